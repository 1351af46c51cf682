"""학습자의 함수를 갈라져 나온 프로세스에서 판정합니다: 무엇을 하는 함수라도 판정은 돌아옵니다.

시간 제한의 예외를 삼키는 반복문, C로 쓴 긴 계산, 파이썬을 통째로 끄는 코드는 같은 프로세스 안에서
멈출 수 없습니다. 그래서 Linux에서는 프로세스를 갈라 거기서 판정하고, 기한이 지나면 끕니다. 갈라진
프로세스는 노트북의 변수를 모두 볼 수 있고, 거기서 바꾼 것(작업 폴더, NumPy의 설정, 닫은 출력)은
노트북에 남지 않습니다. macOS의 수학 라이브러리는 갈라진 프로세스에서 멈추기도 하고 Windows에서는
가를 수 없어, 거기서는 :func:`anchorbox_utils.feedback.time_limit`만 씁니다.
"""

import builtins
import contextlib
import faulthandler
import multiprocessing
import sys
import warnings

from anchorbox_utils.feedback.attempt import explain_error
from anchorbox_utils.feedback.result import CheckResult
from anchorbox_utils.feedback.running import TimeLimitExceeded, error_text

CAN_FORK = sys.platform == "linux"
# 시간 제한이 스스로 듣기를 기다려 주는 시간, 초. 그래도 소식이 없으면 끕니다.
_GRACE = 1.5
# 노트북이 먼저 꺼져 끌 사람이 없을 때에도 영영 돌지는 않게 하는 CPU 시간, 초.
_CPU_LIMIT = 120


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
        return judge(lambda doing: None)
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    child = fork.Process(target=_answer, args=(judge, exercise, sender), daemon=True)
    try:
        with warnings.catch_warnings():
            # 커널의 다른 스레드는 갈라진 쪽에 없고, 거기서는 판정 말고 아무것도 하지 않습니다.
            warnings.simplefilter("ignore", DeprecationWarning)
            child.start()
        sender.close()
        return _listen(exercise, receiver, child, seconds)
    finally:
        # Ctrl-C로 여기에 왔을 때에도 남기지 않습니다.
        if child.pid:
            child.kill()
            child.join()
        receiver.close()


def _answer(judge, exercise, sender):
    """갈라진 쪽: 판정을 보냅니다. 판정이 예외로 끝나도 그 말을 보냅니다."""
    import resource  # Windows에는 없습니다.

    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_LIMIT, _CPU_LIMIT))
    builtins.input = _no_input
    # 꺼진 까닭은 판정이 말합니다. 스택을 화면에 쏟지 않습니다.
    faulthandler.disable()
    try:
        result = judge(sender.send)
    except BaseException as error:
        result = CheckResult(
            exercise,
            "error",
            "함수를 부른 다음 검사를 이어 갈 수 없었습니다. 함수가 NumPy나 파이썬의 기능을 "
            "지우거나 바꾸지 않았는지 보세요.",
            details=(("오류", f"`{error_text(error)}`"),),
        )
    sender.send(result)


def _no_input(*prompt):
    raise EOFError("input()은 검사하는 동안 쓸 수 없습니다.")


def _listen(exercise, receiver, child, seconds):
    """소식이 끊기지 않는 동안 기다려 판정을 받습니다."""
    doing = None
    with contextlib.suppress(EOFError):
        while receiver.poll(seconds + _GRACE):
            told = receiver.recv()
            if isinstance(told, CheckResult):
                return told
            doing = told
        return _lost(exercise, doing, explain_error(TimeLimitExceeded(seconds)))
    child.join()
    return _lost(
        exercise,
        doing,
        "함수가 파이썬을 통째로 껐습니다. 노트북은 그대로입니다. `os._exit`처럼 프로그램을 끝내는 "
        "줄이나 끝없이 커지는 배열이 없는지 보세요.",
    )


def _lost(exercise, doing, message):
    return CheckResult(
        exercise, "error", message, details=(("검사한 경우", doing),) if doing else ()
    )
