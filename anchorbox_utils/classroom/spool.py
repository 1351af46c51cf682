"""아직 보내지 않은 소식. 소식 하나가 파일 하나라, 커널이 언제 죽어도 나머지가 남습니다."""

import contextlib
import json
import os
import shutil
import tempfile
import time
import uuid
from pathlib import Path

from anchorbox_utils.files import temporary_beside

_EVENT = ".event"
_SEAT = "seat.json"


class Spool:
    """한 자리(보드, 코드, 별명)의 소식이 쌓이는 폴더. 여러 커널이 함께 씁니다.

    쓸 수 없는 곳이면 이 커널의 메모리에 쌓습니다. 레슨을 멈추는 것보다 낫습니다.

    Args:
        folder: 쌓을 폴더. None이면 커널이 꺼질 때 사라지는 곳에 쌓습니다.
    """

    def __init__(self, folder):
        self._kept = folder is not None
        self._folder = Path(folder) if self._kept else Path(tempfile.mkdtemp(prefix="anchorbox-"))
        self._memory = {}

    def put(self, event):
        """소식 하나를 쌓습니다."""
        name = f"{time.time_ns():020d}-{event['id']}{_EVENT}"
        try:
            self._write(name, event)
        except OSError:
            self._memory[name] = event

    def take(self, most):
        """먼저 쌓인 것부터 ``most``개의 (이름, 소식)들. 지우지는 않습니다."""
        taken = []
        for name in self._names()[:most]:
            try:
                event = self._memory.get(name) or self._read(name)
                if not isinstance(event["id"], str):
                    raise TypeError(event)
            except FileNotFoundError:
                # 같은 자리의 다른 커널이 먼저 보냈습니다.
                continue
            except (OSError, ValueError, LookupError, TypeError):
                # 디스크가 깨뜨린 파일 하나가 뒤의 소식을 막지 않게 옆으로 치웁니다.
                with contextlib.suppress(OSError):
                    os.replace(self._folder / name, self._folder / f"{name}.broken")
                continue
            taken.append((name, event))
        return taken

    def drop(self, names):
        """보드가 받았다고 한 소식들을 지웁니다."""
        for name in names:
            if self._memory.pop(name, None) is None:
                with contextlib.suppress(OSError):
                    (self._folder / name).unlink(missing_ok=True)

    def clear(self, seat=False):
        """남은 소식을 지우고 그 수를 돌려줍니다. ``seat``면 이 자리의 열쇠까지 지웁니다."""
        names = self._names()
        self.drop(names)
        if seat:
            shutil.rmtree(self._folder, ignore_errors=True)
        return len(names)

    def close(self):
        """커널이 꺼질 때. 쌓아 두지 않기로 한 곳이면 폴더도 지웁니다."""
        if not self._kept:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __len__(self):
        return len(self._names())

    def token(self):
        """이 자리의 열쇠. 처음이면 만들어 둡니다. 커널을 다시 켜도 같은 자리입니다."""
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
            return str(self._read(_SEAT)["token"])
        token = f"{uuid.uuid4().hex}{uuid.uuid4().hex}"
        with contextlib.suppress(OSError):
            self._write(_SEAT, {"token": token})
        return token

    def _names(self):
        try:
            kept = [name for name in os.listdir(self._folder) if name.endswith(_EVENT)]
        except OSError:
            kept = []
        return sorted([*kept, *self._memory])

    def _read(self, name):
        return json.loads((self._folder / name).read_text(encoding="utf-8"))

    def _write(self, name, content):
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = temporary_beside(self._folder / name)
        # 컴퓨터가 꺼지는 일까지 막으려 fsync를 하면 판정마다 레슨이 기다립니다.
        temporary.write_text(json.dumps(content), encoding="utf-8")
        os.replace(temporary, self._folder / name)
