"""벽: bubblewrap 안의 포크 서버 하나와, 그 자식에게 물어보는 통로.

이름 공간(사용자, 프로세스, IPC, 네트워크), 읽기만 하는 파일 몇 개, rlimit, seccomp가 겹쳐 있습니다.
자식의 시간과 출력은 벽 밖에서 잽니다. 여기에 있는 것은 학습자의 글을 읽지 않습니다.
"""

import base64
import contextlib
import errno
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np

from anchorbox_utils.feedback import running
from anchorbox_utils.homework import reading
from anchorbox_workshop.judge import codec
from anchorbox_workshop.judge.limits import LIMITS

# 파이썬이 계산하고, 파일을 읽고, 파이프로 답하는 데 드는 것만. 나머지는 EPERM으로 거절합니다.
ALLOWED = """
read write readv writev pread64 close fstat newfstatat stat lstat statx lseek poll ppoll select
pselect6 access faccessat faccessat2 readlink readlinkat getcwd getdents64 openat open fcntl dup
mmap mprotect munmap mremap madvise brk membarrier
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending sigaltstack setitimer getitimer alarm
futex futex_waitv set_robust_list get_robust_list rseq sched_yield sched_getaffinity restart_syscall
getpid gettid getppid getuid geteuid getgid getegid getrlimit getrusage times uname sysinfo getcpu
clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time getrandom
tgkill exit exit_group
""".split()
# 시도하는 것만으로 수상한 것. 부르면 그 자리에서 끝납니다(SIGSYS).
FATAL = """
ptrace process_vm_readv process_vm_writev mount umount2 pivot_root chroot setns unshare
init_module finit_module kexec_load bpf perf_event_open userfaultfd keyctl add_key request_key
io_uring_setup open_by_handle_at name_to_handle_at open_tree move_mount fsopen
""".split()

# 벽 안에서 실행되는 파일들. 강좌의 답은 여기에 없습니다.
INSIDE = (
    Path(__file__).with_name("inmate.py"),
    *(Path(module.__file__) for module in (codec, reading, running)),
)

MISSING = """\
이 컴퓨터에서는 채점하지 않습니다: {reason}

학습자의 코드를 가두는 벽(bubblewrap과 리눅스의 이름 공간, libseccomp)이 있어야 합니다.
  - Debian, Ubuntu, WSL2: sudo apt install bubblewrap libseccomp2
    꾸러미: pip install "anchorbox-utils[judge]"
  - Windows: WSL2의 Ubuntu에서 위와 같이 합니다.  macOS: 아래의 Docker를 씁니다.
  - Docker: docker build -t anchorbox-judge -f {dockerfile} .
    docker run --rm --security-opt seccomp=unconfined --security-opt apparmor=unconfined \\
        -v "$PWD/submitted:/submitted:ro" -v "$PWD/out:/out" \\
        anchorbox-judge /submitted --assignment 01_formula --out /out
  - 위험을 알고 벽 없이 하려면 --unsafe를 붙입니다. 학습자의 코드가 이 컴퓨터의 모든 것에 닿고,
    모든 결과에 "잠정"이라고 적힙니다."""


class NoWall(RuntimeError):
    """벽을 세울 수 없는 컴퓨터입니다."""


class LostServer(RuntimeError):
    """포크 서버가 없어졌습니다. 제출의 잘못이 아닐 수 있습니다."""


@cache
def seccomp_program():
    """이 기계의 구조에 맞는 BPF 프로그램."""
    if sys.platform != "linux":
        raise NoWall(f"리눅스가 아닙니다({sys.platform}).")
    try:
        import pyseccomp
    except (ImportError, RuntimeError) as error:
        raise NoWall(f"seccomp을 쓸 수 없습니다({error}).") from None
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    return compile_filter(pyseccomp, rules)


def compile_filter(pyseccomp, rules):
    """허용과 금지의 표를 커널이 읽는 프로그램으로 옮깁니다."""
    actions = (pyseccomp.ALLOW, ALLOWED), (pyseccomp.KILL_PROCESS, FATAL)
    for action, names in actions:
        for name in names:
            # 구조나 판에 따라 없는 이름이 있습니다. 없는 것은 어차피 부를 수 없습니다.
            with contextlib.suppress(OSError, ValueError):
                rules.add_rule(action, name)
    # 새 라이브러리가 먼저 시도하는 것으로, 없다고 하면 옛것을 씁니다.
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def command(control, config):
    """포크 서버를 켜는 명령."""
    base, site = Path(sys.base_prefix), Path(np.__file__).parents[1]
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    files = {f"/wall/{path.name}": path for path in INSIDE}
    python = [_interpreter(base, version), "-S", "-B", "-s", "-P"]
    if not config["walled"]:
        paths = [str(path.parent) for path in files.values()] + [str(site)]
        start = f"import sys; sys.path[:0] = {paths!r}; import inmate, socket, json; "
    else:
        start = "import sys; sys.path[:0] = ['/wall', '/site']; import inmate, socket, json; "
    start += "inmate.serve(socket.socket(fileno=int(sys.argv[1])), json.loads(sys.argv[2]))"
    serve = [*python, "-c", start, str(control), json.dumps(config)]
    if not config["walled"]:
        return serve
    library = base / "lib" / version
    # 다른 사람의 홈은 닫혀 있을 수 있어, 인터프리터가 있는 곳을 그대로 겁니다.
    binds = {
        **{str(path): path for path in (library, *base.glob("lib/libpython*"), python[0])},
        **{path: path for path in ("/usr/lib", "/lib64") if Path(path).exists()},
        **files,
        **{
            f"/site/{path.name}": path
            for path in site.glob("numpy*")
            if path.suffix != ".dist-info"
        },
    }
    # 다른 꾸러미는 보이지도 않고, 그 자리에 쓸 수도 없습니다.
    hidden = [library / "site-packages", library / "dist-packages", Path("/usr/lib/python3")]
    hidden += list(Path("/usr/lib").glob("python3.*/*-packages"))
    return [
        *("bwrap", "--unshare-all", "--die-with-parent", "--new-session"),
        *("--uid", "65534", "--gid", "65534", "--cap-drop", "ALL", "--hostname", "wall"),
        *("--clearenv", "--setenv", "LANG", "C.UTF-8", "--setenv", "PYTHONHASHSEED", "0"),
        *("--setenv", "OPENBLAS_NUM_THREADS", "1", "--setenv", "PYTHONHOME", str(base)),
        *(str(part) for to, path in binds.items() for part in ("--ro-bind", path, to)),
        *(() if "/lib" in binds else ("--symlink", "usr/lib", "/lib")),
        *(
            str(part)
            for path in hidden
            if path.is_dir() and any(path.is_relative_to(to) for to in binds)
            for part in ("--tmpfs", path, "--remount-ro", path)
        ),
        *("--dev-bind", "/dev/null", "/dev/null", "--remount-ro", "/", "--chdir", "/"),
        *map(str, serve),
    ]


def _interpreter(base, version):
    named = base / "bin" / version
    return named if named.exists() else Path(os.path.realpath(sys.executable))


class Jail:
    """포크 서버 하나. 죽으면 다음 제출이 새로 켭니다."""

    def __init__(self, walled=True, limits=LIMITS):
        self.walled, self.limits = walled, limits
        self.process = self.control = None

    def start(self):
        """서버를 켭니다. 켜져 있으면 아무 일도 하지 않습니다."""
        if self.process is not None and self.process.poll() is None:
            return
        self.close()
        config = {"walled": self.walled, "limits": self.limits.as_dict()}
        if self.walled:
            if not shutil.which("bwrap"):
                raise NoWall("bubblewrap(bwrap)이 없습니다.")
            config["filter"] = base64.b64encode(seccomp_program()).decode()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, tempfile.TemporaryFile() as errors:
            self.process = subprocess.Popen(
                command(theirs.fileno(), config),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=(theirs.fileno(),),
                env=None if self.walled else os.environ | {"OPENBLAS_NUM_THREADS": "1"},
                start_new_session=True,
            )
            theirs.close()
            ours.settimeout(60)
            try:
                ready = ours.recv(1)
            except TimeoutError:
                ready = b""
            self.control = ours
            if not ready:
                self.close()
                errors.seek(0)
                told = errors.read().decode("utf-8", "replace").strip().splitlines()
                raise NoWall(told[-1] if told else "벽 안의 파이썬이 켜지지 않습니다.")

    def close(self):
        """서버와 그 안의 모든 것을 끕니다."""
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = self.control = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    @contextlib.contextmanager
    def session(self):
        """자식 하나와의 :class:`Session`. 블록이 끝나면 자식도 없습니다."""
        self.start()
        session = Session(self)
        try:
            yield session
        finally:
            session.end()


class Ended(Exception):
    """자식이 더는 답하지 않습니다. ``why``는 ``"timeout"``, ``"flood"``, ``"dead"`` 가운데 하나."""

    def __init__(self, why):
        super().__init__(why)
        self.why = why


class Session:
    """자식 하나와 주고받는 통로. 시간과 양을 여기서 잽니다.

    Attributes:
        why: 도중에 끝난 까닭. 끝까지 답했으면 None.
        report: 자식이 어떻게 끝났는지. 끝난 다음에 생깁니다.
    """

    def __init__(self, jail):
        self.jail, self.limits = jail, jail.limits
        self.why, self.report = None, {}
        self.buffer = bytearray()
        theirs_in, self.to = os.pipe()
        self.source, theirs_out = os.pipe()
        os.set_blocking(self.to, False)
        try:
            socket.send_fds(jail.control, [b"F"], [theirs_in, theirs_out])
        except OSError as error:
            os.close(self.to)
            os.close(self.source)
            jail.close()
            raise LostServer(str(error)) from None
        finally:
            os.close(theirs_in)
            os.close(theirs_out)

    def begin(self, library):
        """문제 하나를 묻기 시작합니다. ``library(메시지, 읽개)``가 부탁받은 함수를 부릅니다."""
        self.library, self.total, self.calls = library, 0, 0
        self.deadline = time.monotonic() + self.limits.wall_seconds

    def end(self):
        """자식을 끄고 어떻게 끝났는지 읽습니다. 이미 끝냈으면 아무 일도 하지 않습니다."""
        if self.to is None:
            return
        os.close(self.to)
        os.close(self.source)
        self.to = self.source = None
        try:
            self.jail.control.send(b"K")
            self.jail.control.settimeout(20)
            told = self.jail.control.recv(4096)
            self.report = json.loads(told)
        except (OSError, ValueError):
            self.jail.close()
            raise LostServer("서버가 답하지 않습니다.") from None
        if "error" in self.report:
            self.jail.close()
            raise LostServer(self.report["error"])

    def ask(self, data):
        """프레임 ``data``를 보냅니다. 답은 :meth:`answer`로 읽습니다."""
        view = memoryview(data)
        quiet = time.monotonic() + self.limits.silence_seconds
        while view:
            self._wait([], [self.to], quiet)
            try:
                view = view[os.write(self.to, view[: 1 << 16]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise self._ended("dead") from None

    def answer(self):
        """다음 프레임의 (메시지, 읽개). 도중에 라이브러리를 부탁하면 대신 불러 줍니다."""
        quiet = time.monotonic() + self.limits.silence_seconds
        while True:
            message, reader = codec.read_frame(self._frame(quiet))
            if "ask" not in message:
                return message, reader
            self.calls += 1
            if self.calls > self.limits.calls:
                raise self._ended("timeout")
            self.ask(self.library(message, reader))

    def _frame(self, quiet):
        while True:
            if len(self.buffer) >= codec.HEAD.size:
                size = codec.HEAD.size + sum(codec.HEAD.unpack_from(self.buffer))
                if size > self.limits.output_bytes:
                    raise self._ended("flood")
                if len(self.buffer) >= size:
                    frame = bytes(self.buffer[:size])
                    del self.buffer[:size]
                    return frame
            self._wait([self.source], [], quiet)
            piece = os.read(self.source, 1 << 16)
            self.total += len(piece)
            if not piece:
                raise self._ended("dead")
            if self.total > self.limits.output_bytes:
                raise self._ended("flood")
            self.buffer += piece

    def _wait(self, reading_from, writing_to, quiet):
        left = min(self.deadline, quiet) - time.monotonic()
        if left <= 0 or not any(select.select(reading_from, writing_to, [], left)):
            raise self._ended("timeout")

    def _ended(self, why):
        self.why = self.why or why
        return Ended(why)


@cache
def problem():
    """이 컴퓨터에 벽을 세울 수 없는 까닭. 세울 수 있으면 None입니다."""
    try:
        with Jail():
            return None
    except NoWall as error:
        return str(error)


def explain(reason):
    """벽을 세울 수 없을 때 하는 말."""
    return MISSING.format(reason=reason, dockerfile="anchorbox_workshop/judge/Dockerfile")
