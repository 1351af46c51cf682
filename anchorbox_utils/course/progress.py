"""진도: 어느 레슨을 읽고 어떤 연습을 통과했는지. 노트북 밖의 파일 하나에 적습니다.

파일은 ``~/.anchorbox/progress.json``입니다. 환경 변수 ``ANCHORBOX_HOME``으로 폴더를 바꿀 수 있고,
``-``로 정하면 남기지 않습니다. 적을 수 없는 곳이어도 레슨은 그대로 돌고, 이 커널에서 한 일은
기억합니다.
"""

import contextlib
import errno
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from anchorbox_utils import feedback
from anchorbox_utils.course.lessons import LESSONS, Lesson, find_lesson
from anchorbox_utils.files import write_atomically, write_beside

try:
    import fcntl
except ImportError:
    fcntl = None
try:
    import msvcrt
except ImportError:
    msvcrt = None
# 브라우저의 커널에서는 이름뿐인 빈 모듈입니다.
if not hasattr(fcntl, "flock"):
    fcntl = None

FOLDER_VARIABLE = "ANCHORBOX_HOME"
NOWHERE = "-"
# 옛 강좌가 읽을 수 없게 꼴이 바뀌면 올립니다. 열쇠를 더하는 것은 꼴이 바뀌는 것이 아닙니다.
FORMAT = 1
_PATIENCE = 2.0
# 버그 실험실의 판정은 소식의 이름이 이렇게 시작합니다.
_BUG = "bug."
_BUSY = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}


@dataclass(frozen=True)
class Standing:
    """레슨 하나의 진도.

    Attributes:
        lesson: 레슨.
        read: 끝까지 보았으면 True.
        passed: 통과한 연습 문제의 이름. 지금 레슨에 있는 것만 셉니다.
    """

    lesson: Lesson
    read: bool
    passed: tuple[str, ...]


@dataclass
class _Kernel:
    """이 커널이 기억하는 것: 여기서 한 일, 듣기를 그만두는 함수, 못 적는다는 말을 했는지."""

    record: dict = field(default_factory=dict)
    stop: Callable = lambda: None
    told: bool = False


_kernel = _Kernel()


def start_lesson(name):
    """이 노트북에서 통과한 연습을 ``name`` 레슨의 진도로 적기 시작합니다. 출력은 없습니다.

    Args:
        name: 레슨의 파일 이름. 예: ``"00_intro"``.
    """
    try:
        lesson = find_lesson(name)
    except ValueError as error:
        # 옛 강좌의 노트북을 새 모듈로 여는 사람이 첫 셀에서 멈추지 않게 합니다.
        print(error)
        return
    _kernel.stop()
    feedback.open_lesson(lesson.stem)

    def hear(event):
        kind = "passed" if event.name in lesson.exercises else "bugs"
        if event.status == "passed" and (kind == "passed" or event.name.startswith(_BUG)):
            _add(lesson.stem, {kind: {event.name: event.time.isoformat(timespec="seconds")}})

    _kernel.stop = feedback.listen(hear)


def mark_read(lesson):
    """레슨을 끝까지 보았다고 적습니다."""
    _add(lesson.stem, {"read": datetime.now(UTC).isoformat(timespec="seconds")})


def standings():
    """모든 레슨의 진도를 차례로."""
    marks = _lessons(_union(_load(), _kernel.record))
    return tuple(_standing(lesson, marks.get(lesson.stem, {})) for lesson in LESSONS)


def solved_bugs():
    """버그 실험실에서 통과한 판정들의 이름."""
    marks = _lessons(_union(_load(), _kernel.record)).values()
    return {name for mark in marks for name in mark.get("bugs", {})}


def _standing(lesson, mark):
    passed = mark.get("passed", {})
    return Standing(
        lesson, "read" in mark, tuple(name for name in lesson.exercises if name in passed)
    )


def reset_progress():
    """진도를 지웁니다. 무엇을 지우는지 먼저 말하고, 노트북은 건드리지 않습니다."""
    path = progress_file()
    rows = standings()
    read, passed = sum(row.read for row in rows), sum(len(row.passed) for row in rows)
    print(f"읽은 레슨 {read}개와 통과한 연습 {passed}개의 기록을 지웁니다.")
    _kernel.record = {}
    if path is not None and path.exists():
        try:
            with _alone(path):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise OSError(f"{path}을(를) 지우지 못했습니다({error.strerror}).") from error
        print(f"지운 파일: {path}")


def progress_file():
    """진도 파일의 경로. 남기지 않기로 했으면 None."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder == NOWHERE:
        return None
    return (Path(folder).expanduser() if folder else Path.home() / ".anchorbox") / "progress.json"


def save(path, record):
    """``record``를 저장된 기록에 더합니다. 다른 커널이 적은 것도, 모르는 열쇠도 남습니다."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        stored = _read(path)
        merged = _union(stored, {"format": FORMAT, **record})
        if merged != stored:
            write_atomically(path, f"{json.dumps(merged, indent=1, sort_keys=True)}\n".encode())


def _add(stem, mark):
    _kernel.record = _union(_kernel.record, {"lessons": {stem: mark}})
    with _telling_once():
        path = progress_file()
        if path is not None:
            save(path, _kernel.record)


def _load():
    with _telling_once():
        path = progress_file()
        if path is not None and path.exists():
            with _alone(path):
                return _read(path)
    return {}


@contextlib.contextmanager
def _telling_once():
    try:
        yield
    except (OSError, RuntimeError) as error:
        # 홈 폴더를 알 수 없으면 RuntimeError가 납니다.
        if not _kernel.told:
            print(f"진도를 남길 수 없는 곳입니다({error}). 레슨은 그대로 쓸 수 있습니다.")
            _kernel.told = True


def _read(path):
    """저장된 기록. 읽을 수 없는 파일은 옆으로 옮겨 두고 빈 기록을 돌려줍니다."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    try:
        record = json.loads(content)
        if record["format"] > FORMAT:
            raise ValueError(record["format"])
        for mark in _lessons(record).values():
            mark.get("passed", {}).keys()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        kept = write_beside(path, "kept", content)
        path.unlink()
        print(f"진도 기록을 읽을 수 없어 {kept.name}(으)로 옮겨 두고 새로 시작합니다.")
        return {}
    return record


def _lessons(record):
    return record.get("lessons", {})


def _union(first, second):
    """두 기록을 합칩니다. 모르는 열쇠도 남기고, 같은 것을 두 번 적었으면 ``first``를 따릅니다."""
    both = {key: (first[key], second[key]) for key in first.keys() & second.keys()}
    deeper = {
        key: _union(*pair)
        for key, pair in both.items()
        if all(isinstance(value, dict) for value in pair)
    }
    return {**second, **first, **deeper}


@contextlib.contextmanager
def _alone(path):
    """다른 커널이 같은 기록을 읽고 쓰는 동안 기다립니다.

    잠글 수 없는 곳이거나 너무 오래 걸리면 그대로 갑니다. 레슨을 멈추는 것보다 낫습니다.
    """
    try:
        file = open(path.with_suffix(".lock"), "ab")
    except OSError:
        # 읽기만 할 수 있는 폴더입니다.
        yield
        return
    with file:
        deadline = time.monotonic() + _PATIENCE
        while (problem := _lock(file)) in _BUSY and time.monotonic() < deadline:
            time.sleep(0.01)
        try:
            yield
        finally:
            if problem is None:
                _unlock(file)


def _lock(file):
    """잠그고 None을, 잠그지 못하면 오류 번호를 돌려줍니다."""
    try:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        elif msvcrt:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError as error:
        return error.errno
    return None


def _unlock(file):
    if fcntl:
        fcntl.flock(file, fcntl.LOCK_UN)
    elif msvcrt:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
