"""학습자의 함수를 갈라져 나온 프로세스에서 판정합니다: 무엇을 하는 함수라도 판정은 돌아옵니다.

시간 제한의 예외를 삼키는 반복문, C로 쓴 긴 계산, 파이썬을 통째로 끄는 코드는 같은 프로세스 안에서
멈출 수 없습니다. 그래서 Linux에서는 프로세스를 갈라 거기서 판정하고, 기한이 지나면 끕니다. 갈라진
프로세스는 노트북의 변수를 모두 볼 수 있고, 거기서 바꾼 것(작업 폴더, NumPy의 설정, 닫은 출력)은
노트북에 남지 않습니다. 파일에 쓴 것과, 노트북이 열어 둔 파일에서 읽은 자리는 남습니다.

macOS의 수학 라이브러리는 갈라진 프로세스에서 멈추기도 하고 Windows와 브라우저에서는 가를 수 없어,
거기서는 이 프로세스에서 판정합니다. 파이썬으로 쓴 반복은
:func:`~anchorbox_utils.feedback.time_limit`이 멈추고, 바꾼 설정은
:func:`~anchorbox_utils.feedback.restoring`이 되돌립니다. C로 쓴 긴 계산과 파이썬을 통째로 끄는
코드는 거기서 막을 수 없습니다.
"""

import builtins
import contextlib
import faulthandler
import json
import os
import signal
import sys
import time
import warnings
from dataclasses import asdict
from multiprocessing import connection

from anchorbox_utils.feedback.attempt import explain_error
from anchorbox_utils.feedback.restoring import restoring
from anchorbox_utils.feedback.result import CheckResult
from anchorbox_utils.feedback.running import TimeLimitExceeded, error_text

CAN_FORK = sys.platform == "linux"
# 시간 제한이 스스로 듣기를 기다려 주는 시간, 초. 그래도 소식이 없으면 끕니다.
_GRACE = 1.5
# 갈라진 쪽이 쓸 수 있는 만큼. CPU 시간은 노트북이 먼저 꺼져 끌 사람이 없을 때의 것입니다.
_CPU_SECONDS = 120
_MORE_MEMORY = 2 * 2**30
_FILE_SIZE = 2**28
# 판정의 글은 몇 킬로바이트입니다. 이보다 길면 판정이 아닙니다.
_LONGEST = 2**20

_LOST = (
    "함수가 검사하던 파이썬을 통째로 껐거나 검사와의 연결을 닫았습니다. 노트북은 그대로입니다. "
    "`os._exit`나 `os.close`를 부르는 줄, 끝없이 커지는 배열이 없는지 보세요."
)
_BROKEN = (
    "함수를 부른 다음 검사를 이어 갈 수 없었습니다. 함수가 NumPy나 파이썬의 기능을 지우거나 바꾸지 "
    "않았는지 보세요."
)


def judge_apart(exercise, judge, seconds):
    """``judge(beat)``의 판정을 돌려줍니다. 늘 돌아옵니다(Linux가 아니면 돌아오려 애씁니다).

    Args:
        exercise: 문제 이름. 판정이 돌아오지 못했을 때 씁니다.
        judge: ``judge(beat)``가 :class:`CheckResult`를 돌려줍니다. 학습자의 코드가 돌 수 있는 일을
            하기 전마다 ``beat(무엇을 하는지)``를 불러야 하고, 그 사이가 ``seconds``보다 한참 길면
            끕니다.
        seconds: 시간 제한, 초.

    Examples:
        >>> judge_apart("f", lambda beat: CheckResult("f", "passed", "맞습니다."), 3.0).status
        'passed'
    """
    if not CAN_FORK:
        return _judge_here(exercise, judge)
    try:
        reader, writer = os.pipe()
    except OSError:
        # 노트북이 파일을 너무 많이 열어 두었습니다.
        return _judge_here(exercise, judge)
    child = None
    try:
        with warnings.catch_warnings():
            # 커널의 다른 스레드는 갈라진 쪽에 없고, 거기서는 판정 말고 아무것도 하지 않습니다.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            _answer(exercise, judge, writer)
        os.close(writer)
        return _listen(exercise, reader, seconds)
    except OSError:
        if child is not None:
            raise
        os.close(writer)
        return _judge_here(exercise, judge)
    finally:
        # Ctrl-C로 여기에 왔을 때에도 남기지 않습니다.
        if child:
            _end(child)
        os.close(reader)


def _judge_here(exercise, judge):
    def judged(beat):
        with restoring():
            builtins.input = _no_input
            return judge(beat)

    # 오류를 말하는 것은 바꾼 것을 되돌린 다음이어야 합니다.
    return _safely(exercise, judged, lambda doing: None)


def _safely(exercise, judge, beat):
    """판정이 예외로 끝나면 그 말을 판정으로."""
    try:
        return judge(beat)
    except KeyboardInterrupt:
        raise
    except TimeLimitExceeded as error:
        return CheckResult(exercise, "error", explain_error(error))
    except BaseException as error:
        told = (("오류", f"`{error_text(error)}`"),)
        return CheckResult(exercise, "error", _BROKEN, details=told)


# ── 갈라진 쪽 ───────────────────────────────────────────────────────────────────────────────


def _answer(exercise, judge, writer):
    """판정을 보내고 꺼집니다. 돌아가지 않습니다."""
    # 학습자가 지우거나 바꾸기 전의 것을 붙들어 둡니다.
    leave, write, dumps = os._exit, os.write, json.dumps

    def tell(**said):
        left = dumps(said).encode() + b"\n"
        while left:
            left = left[write(writer, left) :]

    try:
        _settle_in()
        tell(result=asdict(_safely(exercise, judge, lambda doing: tell(doing=doing))))
    except BaseException as error:
        # 함수가 스스로 KeyboardInterrupt를 냈거나, 판정을 글로 옮길 수 없습니다.
        with contextlib.suppress(BaseException):
            told = (("오류", type(error).__name__),)
            tell(result=asdict(CheckResult(exercise, "error", _BROKEN, details=told)))
    finally:
        leave(0)


def _settle_in():
    """노트북의 화면과 신호에서 떨어지고, 쓸 수 있는 만큼을 정합니다."""
    import resource  # Windows에는 없습니다.

    # 끌 때 무리째 끌 수 있고, 무리에 보낸 신호가 노트북에 닿지 않습니다.
    os.setsid()
    # 메모리가 모자라면 노트북보다 먼저 꺼집니다.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="utf-8") as f:
        f.write("1000")
    with open("/proc/self/statm", encoding="utf-8") as f:
        memory = int(f.read().split()[0]) * resource.getpagesize()
    for kind, most in (
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_AS, memory + _MORE_MEMORY),
        (resource.RLIMIT_FSIZE, _FILE_SIZE),
        (resource.RLIMIT_CORE, 0),
    ):
        allowed = resource.getrlimit(kind)[1]
        most = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(kind, (most, most))
    # 꺼진 까닭은 판정이 말합니다. 스택을 화면에 쏟지 않습니다.
    faulthandler.disable()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = open(
        1, "w", encoding="utf-8", closefd=False
    )
    builtins.input = _no_input
    if "getpass" in sys.modules:
        sys.modules["getpass"].getpass = _no_input
    # 갈라진 쪽에서 그린 그림은 노트북에 닿지 못하고 커널의 로그만 채웁니다.
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell:
        shell.display_pub.publish = lambda *shown, **options: None
    sys.addaudithook(_forbid)


def _no_input(*prompt, **options):
    raise EOFError("input()은 검사하는 동안 쓸 수 없습니다.")


_STARTING = {
    *("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system"),
    *("pty.spawn", "subprocess.Popen"),
}


def _forbid(event, arguments):
    if event in _STARTING:
        raise RuntimeError("검사하는 동안에는 다른 프로그램을 시작할 수 없습니다.")
    if event in ("os.kill", "os.killpg") and arguments[0] not in (0, os.getpid()):
        raise RuntimeError("검사하는 동안에는 다른 프로그램에 신호를 보낼 수 없습니다.")


# ── 노트북 쪽 ───────────────────────────────────────────────────────────────────────────────


def _listen(exercise, reader, seconds):
    """소식이 끊기지 않는 동안 기다려 판정을 받습니다."""
    doing, heard = None, b""
    deadline = time.monotonic() + seconds + _GRACE
    while (left := deadline - time.monotonic()) > 0:
        if not connection.wait([reader], left):
            continue
        piece = os.read(reader, 2**16)
        heard += piece
        if not piece or len(heard) > _LONGEST:
            return _lost(exercise, doing, _LOST)
        *lines, heard = heard.split(b"\n")
        for said in map(_read, lines):
            if "result" in said:
                return _as_result(said["result"])
            if "doing" in said:
                doing = said["doing"]
                deadline = time.monotonic() + seconds + _GRACE
    return _lost(exercise, doing, explain_error(TimeLimitExceeded(seconds)))


def _read(line):
    """소식 한 줄. 함수가 아무 파일 번호에나 쓴 것이면 빈 사전입니다."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _as_result(fields):
    return CheckResult(**fields | {"details": tuple(map(tuple, fields["details"]))})


def _lost(exercise, doing, message):
    return CheckResult(
        exercise, "error", message, details=(("검사한 경우", doing),) if doing else ()
    )


def _end(child):
    """갈라진 프로세스와 그 무리를 끕니다."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError):
            kill(child, signal.SIGKILL)
    # 노트북이 SIGCHLD를 무시하면 기다릴 것이 없습니다.
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)
