"""사건을 펼치고, 짚은 원인과 고친 코드를 봅니다."""

import contextlib
import sys

import numpy as np

from anchorbox_utils import feedback
from anchorbox_utils.bugs import judging
from anchorbox_utils.bugs.board import event_name, note, passed
from anchorbox_utils.bugs.case import OpenedBug
from anchorbox_utils.bugs.catalogue import CASES
from anchorbox_utils.bugs.judging import find_problem, guarding, seal
from anchorbox_utils.bugs.observations import OBSERVATIONS
from anchorbox_utils.bugs.pipeline import report_on
from anchorbox_utils.bugs.scenes import World
from anchorbox_utils.diagnosis import KINDS
from anchorbox_utils.feedback import (
    CheckResult,
    call,
    describe_error,
    explain_error,
    is_blank,
    judge_apart,
    not_attempted,
    noticing,
    refuse,
    time_limit,
)
from anchorbox_utils.homework.engine import hidden_entropy
from anchorbox_utils.validation import as_choice, as_seed

TIME_LIMIT = 20.0
_HIDDEN = 2
_VISIBLE, _UNSEEN = "보이는 데이터", "처음 보는 데이터"


def open_bug(name, seed=0):
    """사건을 펼칩니다. 증상과 원인의 후보가 보이고, ``.pipeline``에 고장 난 코드가 있습니다.

    Args:
        name: 사건의 이름. :data:`BUG_CASES`에 모두 있습니다.
        seed: 데이터를 만드는 씨앗.

    Returns:
        :class:`OpenedBug`.

    Raises:
        ValueError: 그런 사건이 없을 때.

    Examples:
        >>> bug = open_bug("nan_loss")
        >>> print(bug.card.title)
        첫 에폭에 회귀 손실이 NaN이 됩니다
        >>> bug.pipeline.diagnose().checklist[0]
        ('× 오류', '좌표계 통일')
    """
    case = _find(name)
    pipeline = case.build(World(as_seed(seed))).pipeline
    return OpenedBug(case.card, case.symptom(pipeline), pipeline)


def _find(name):
    return CASES[as_choice(name, "name", CASES, "사건")]


def check_cause(name, answer):
    """사건의 원인을 맞혔는지 봅니다.

    Args:
        name: 사건의 이름.
        answer: 원인의 이름. 사건을 펼치면 후보가 보입니다.

    Returns:
        :class:`CheckResult`. 틀리면 그 원인이 남겼을 흔적과 실제로 센 것을, 맞히면 진단의 근거와 그
        증상이 보고된 공개 글을 알려 줍니다.

    Raises:
        ValueError: 그런 사건이 없을 때.

    Examples:
        >>> check_cause("nan_loss", "mixed_formats").passed
        True
        >>> print(check_cause("nan_loss", "unit_mismatch").message)
        이것이 원인이라면 네 수가 모두 0~1이거나 이미지의 수십 배를 넘는 모습이 보였을 텐데, 여기서는 박스가 이미지의 0.78배까지 닿습니다.
    """  # noqa: E501
    case = _find(name)
    result = _judge_cause(case, answer)
    return _tell(name, "cause", result)


def _tell(name, step, result):
    note(name, step, result.status)
    event = feedback.Event(event_name(name, step), result.status, result.misconception)
    feedback.report(event)
    return result


def _judge_cause(case, answer):
    title = f"{case.name} · 원인"
    if answer is None or answer is ... or (isinstance(answer, str) and not answer):
        return CheckResult(
            title, "not_attempted", "아직 고르지 않았습니다. 후보에서 하나를 고르세요."
        )
    if not isinstance(answer, str) or answer not in case.choices:
        told = ", ".join(f"`{choice}`" for choice in case.choices)
        return CheckResult(title, "failed", f"후보에 없는 답입니다. 후보: {told}")
    pipeline = case.build(World()).pipeline
    if answer != case.cause:
        message = str(OBSERVATIONS[answer](pipeline))
        return CheckResult(title, "failed", message, misconception=answer, hint=case.hint)
    kind = KINDS[case.cause]
    details = (
        ("진단의 근거", report_on(pipeline).errors[0].evidence),
        ("할 일", kind.advice),
        ("실제로 보고된 곳", ", ".join(case.threads)),
    )
    return CheckResult(title, "passed", f"{kind.title}. {kind.cause}", details=details)


def check_repair(name, fn, seed=0):
    """고치는 함수가 고장을 정말 고치는지 봅니다. 처음 보는 데이터로도 봅니다.

    처음 보는 데이터는 같은 고장이 난, 크기와 스트라이드와 클래스가 다른 데이터입니다. 과제의
    채점처럼 환경 변수 ``ANCHORBOX_SEED``의 글에서 정해지고, 없으면 부를 때마다 새로 뽑습니다.
    그래서 수를 적어 넣은 고치기는 통과하지 못합니다. 멀쩡한 박스를 지우거나, 고장과 상관없는 칸을
    바꾸거나, 앵커를 쏟아붓거나, 검사하는 코드를 바꾸어도 마찬가지입니다.

    Args:
        name: 사건의 이름.
        fn: ``fn(pipeline)``. 고친 :class:`Pipeline`을 돌려줍니다.
        seed: 보이는 데이터를 만드는 씨앗.

    Returns:
        :class:`CheckResult`. 학습자의 실수로는 예외를 내지 않습니다.

    Raises:
        ValueError: 그런 사건이 없을 때.

    Examples:
        >>> from dataclasses import replace
        >>> from anchorbox_utils import box_convert
        >>> def repair(pipeline):
        ...     return replace(
        ...         pipeline, boxes=[box_convert(b, "xywh", "xyxy") for b in pipeline.boxes]
        ...     )
        >>> check_repair("nan_loss", repair).passed
        True
        >>> check_repair("nan_loss", lambda pipeline: pipeline).status
        'failed'
    """
    case = _find(name)
    hidden = World.unseen(np.random.default_rng(hidden_entropy()), _HIDDEN)
    worlds = [World(as_seed(seed)), *hidden]
    title = f"{case.name} · 고치기"
    # 미리 바꾸어 둔 검사 코드는 갈라진 쪽에서 알아채고, 여기서는 되돌려 놓기만 합니다.
    with guarding():
        result = judge_apart(title, lambda beat: judge_repair(case, fn, worlds, beat), TIME_LIMIT)
    return _tell(name, "repair", result)


def judge_repair(case, fn, worlds, beat=lambda doing: None):
    """:func:`check_repair`의 본체. 데이터 ``worlds``에서 차례로 봅니다.

    ``beat``는 :func:`judge_apart`가 주는 것으로, 학습자의 코드가 돌기 전마다 부릅니다.
    """
    title = f"{case.name} · 고치기"
    refusal = refuse(title, fn, ("pipeline",))
    if refusal:
        return refusal
    for world in worlds:
        beat(_UNSEEN if world.hidden else _VISIBLE)
        where = (("검사한 데이터", _UNSEEN if world.hidden else _VISIBLE),)
        # 올바른 답은 학습자의 함수가 끝난 다음에 만듭니다.
        broken = case.build(world).pipeline
        with _noticing(case) as borrowed:
            with guarding() as changed, time_limit(TIME_LIMIT) as limit:
                outcome = call(fn, (broken,), limit)
            # 돌려준 배열과 함수는 볼 때 비로소 계산하기도 하므로, 다 볼 때까지 살핍니다.
            with time_limit(TIME_LIMIT) as limit, limit():
                problem = outcome.error is None and find_problem(
                    case, world, outcome.value, passed(case.name, "cause")
                )
        if is_blank(fn, outcome) and not world.hidden:
            return not_attempted(title)
        if outcome.error is not None:
            details = (*where, *describe_error(outcome))
            hint = _HARD_CODED if world.hidden else None
            message = explain_error(outcome.error)
            return CheckResult(title, "error", message, hint=hint, details=details)
        problem = _foul(changed, borrowed) or problem
        if problem:
            if world.hidden:
                problem = (
                    f"보이는 데이터에서는 통과했지만 처음 보는 데이터에서는 아닙니다. {problem}"
                )
            hint = _HARD_CODED if world.hidden else None
            return CheckResult(title, "failed", problem, hint=hint, details=where)
    return CheckResult(
        title, "passed", "체크리스트에 오류가 없습니다. 처음 보는 데이터에서도 통과했습니다."
    )


_HARD_CODED = (
    "보이는 데이터의 수(크기, 번호, 자리)를 적어 넣지 않았나요? 처음 보는 데이터는 같은 고장이 난, "
    "크기와 번호가 다른 데이터입니다. `pipeline`에서 읽어 계산하세요."
)


@contextlib.contextmanager
def _noticing(case):
    """그동안 사건의 답을 부르는지 살핍니다. 이름이나 경로를 바꾸어 베낀 코드도 알아봅니다."""
    answers, borrowed = (case.repair, case.build), []

    def notice(frame, event, argument):
        caller = frame.f_back
        checking = caller and caller.f_globals.get("__name__") == judging.__name__
        if event != "call" or checking:
            return
        code = frame.f_code
        for answer in answers:
            if frame.f_globals is answer.__globals__ and code.co_code == answer.__code__.co_code:
                borrowed.append(code.co_name)

    with noticing(notice):
        yield borrowed
        if sys.getprofile() is not notice:
            borrowed.append("sys.setprofile")


def _foul(changed, borrowed):
    if changed:
        names = ", ".join(f"`{name}`" for name in changed[:3])
        return f"검사하는 코드({names})를 바꾸어 놓았습니다. 되돌렸으니 고장 난 코드를 고쳐 보세요."
    if borrowed:
        return "사건에 든 답을 그대로 불렀습니다. 왜 그렇게 고치는지 직접 적어 보세요."
    return None


seal()
