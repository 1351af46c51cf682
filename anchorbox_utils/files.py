"""파일을 잃지 않고 쓰는 법: 통째로 바꿔 쓰기와, 남의 것을 덮지 않는 이름. 보통 파일 가려내기."""

import contextlib
import errno
import os
import stat
import sys
from datetime import datetime
from itertools import count

# 이름 하나의 한도(바이트). 흔한 파일 시스템이 모두 이렇습니다.
_LONGEST_NAME = 255

_REASONS = {
    errno.ENOENT: "그런 파일이 없습니다",
    errno.ENOTDIR: "그런 파일이 없습니다",
    errno.EACCES: "권한이 없습니다",
    errno.EPERM: "권한이 없습니다",
    errno.EISDIR: "파일이 아니라 폴더입니다",
    errno.ENOSPC: "디스크가 가득 찼습니다",
    errno.EDQUOT: "쓸 수 있는 공간을 다 썼습니다",
    errno.EFBIG: "쓸 수 있는 파일의 크기를 넘었습니다",
    errno.EROFS: "읽기만 할 수 있는 디스크입니다",
    errno.ENAMETOOLONG: "이름이 너무 깁니다",
    errno.ELOOP: "서로를 가리키는 링크입니다",
    errno.EMFILE: "한꺼번에 연 파일이 너무 많습니다",
    errno.EIO: "디스크를 읽거나 쓰다가 오류가 났습니다",
    errno.EILSEQ: "파일 시스템이 받지 않는 글자가 이름에 있습니다",
    errno.EINVAL: "파일 시스템이 받지 않는 이름이거나 쓰임입니다",
}

_KINDS = (
    (stat.S_ISDIR, "폴더"),
    (stat.S_ISFIFO, "파이프(FIFO)"),
    (stat.S_ISSOCK, "소켓"),
    (stat.S_ISCHR, "장치 파일"),
    (stat.S_ISBLK, "장치 파일"),
)


def reason_of(error):
    """OSError의 까닭을 우리말로. 마침표는 붙이지 않습니다.

    Examples:
        >>> reason_of(FileNotFoundError(2, "No such file or directory"))
        '그런 파일이 없습니다'
    """
    return _REASONS.get(error.errno) or error.strerror or type(error).__name__


def odd_kind(path):
    """보통 파일이면 빈 글, 아니면 무엇인지. 열지 않고 보므로 파이프에서 기다리지 않습니다.

    Examples:
        >>> odd_kind(os.curdir), odd_kind(__file__)
        ('폴더', '')
    """
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        if error.errno == errno.ENOENT and os.path.islink(path):
            return "끊어진 링크"
        raise
    if stat.S_ISREG(mode):
        return ""
    return next((name for test, name in _KINDS if test(mode)), "보통이 아닌 파일")


def temporary_beside(path):
    """``path``를 다 쓰기 전까지 쓰는, 옆의 숨은 파일."""
    tail = f".{os.getpid()}.tmp"
    # 이름이 한도에 가까워도 임시 이름은 한도를 넘지 않습니다.
    kept = os.fsencode(path.name)[: _LONGEST_NAME - len(tail) - 1]
    name = kept.decode(sys.getfilesystemencoding(), "ignore")
    return path.with_name(f".{name}{tail}")


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
