"""파일을 잃지 않고 쓰는 법: 통째로 바꿔 쓰기와, 남의 것을 덮지 않는 이름."""

import contextlib
import os
from datetime import datetime
from itertools import count


def temporary_beside(path):
    """``path``를 다 쓰기 전까지 쓰는, 옆의 숨은 파일."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


@contextlib.contextmanager
def replacing(path, mode="wb", **options):
    """``path`` 옆에 쓰는 파일. 다 쓰면 한 번에 바꾸고, 멈추면 원래 파일이 그대로입니다."""
    temporary = temporary_beside(path)
    try:
        with _synced(temporary, mode, **options) as file:
            yield file
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_atomically(path, content):
    """``content``(바이트)로 ``path``를 한 번에 바꿉니다. 실패하면 원래 파일이 그대로입니다."""
    with replacing(path) as file:
        file.write(content)


def write_beside(path, mark, content):
    """``path`` 옆에 날짜를 붙인 새 파일을 만들어 그 경로를 돌려줍니다. 있는 파일은 덮지 않습니다.

    이름은 ``02_lesson.backup-20261128-153012.ipynb`` 꼴이고, 이미 있으면 끝에 번호가 붙습니다.
    """
    date = f"{datetime.now():%Y%m%d-%H%M%S}"
    for number in count(1):
        tail = "" if number == 1 else f"-{number}"
        target = path.with_name(f"{path.stem}.{mark}-{date}{tail}{path.suffix}")
        try:
            with _synced(target, "xb") as file:
                file.write(content)
        except FileExistsError:
            continue
        except BaseException:
            # 쓰다 만 것을 온전한 사본으로 착각하지 않게 합니다. 원래 파일은 건드리지 않았습니다.
            with contextlib.suppress(OSError):
                target.unlink(missing_ok=True)
            raise
        return target


@contextlib.contextmanager
def _synced(path, mode, **options):
    with open(path, mode, **options) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
