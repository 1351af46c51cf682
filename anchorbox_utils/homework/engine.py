"""연습 문제를 판정합니다: 모든 경우를 시도하고, 어떤 오개념과 같은지 알아봅니다."""

import difflib
import dis
import inspect

import numpy as np

from anchorbox_utils import feedback
from anchorbox_utils.feedback import (
    TIME_LIMIT,
    CheckResult,
    Progress,
    TimeLimitExceeded,
    safe_repr,
    shorten,
)
from anchorbox_utils.homework.catalogue import EXERCISES
from anchorbox_utils.homework.trial import Trial


def check(name, fn, seed=0):
    """``fn``을 연습 문제 ``name``의 검사에 넣고 판정을 돌려줍니다.

    학습자의 실수로는 예외를 내지 않습니다. 아직 쓰지 않은 함수, 예외, None, 다른 모양이나 자료형,
    입력을 바꾸는 코드, 끝나지 않는 코드에 각각 다른 메시지로 답합니다.

    Args:
        name: 문제 이름. 예: ``"encode_boxes"``.
        fn: 검사할 함수. 괄호 없이 이름만 넘깁니다.
        seed: 검사 경우를 뽑는 씨앗. 0은 공개 검사이고, 채점에는 다른 씨앗을 씁니다.

    Returns:
        :class:`CheckResult`. 노트북 칸의 마지막 줄에 두면 보기 좋게 나타납니다.

    Raises:
        ValueError: 그런 이름의 문제가 없을 때.

    Examples:
        >>> import anchorbox_utils
        >>> check("encode_boxes", anchorbox_utils.encode_boxes).passed
        True
        >>> check("encode_boxes", lambda anchors, gt_boxes: gt_boxes - anchors).status
        'failed'
    """
    result = judge(_find(name), fn, seed)
    feedback.report(feedback.Event(name, result.status, result.misconception))
    return result


def progress(**functions):
    """여러 문제를 한꺼번에 검사해 "4/6 통과 · 공개 검사" 한 줄로 보여 줍니다.

    지난 판정을 기억하지 않고 부를 때마다 다시 검사하므로, 칸을 어떤 순서로 실행했든 지금 상태가
    보입니다.

    Args:
        functions: ``문제_이름=함수`` 꼴의 인수들.

    Returns:
        :class:`Progress`.

    Raises:
        ValueError: 그런 이름의 문제가 없을 때.

    Examples:
        >>> from anchorbox_utils import box_iou
        >>> def my_encode(anchors, gt_boxes):
        ...     raise NotImplementedError
        >>> progress(box_iou=box_iou, encode_boxes=my_encode)
        1/2 통과 · 공개 검사
          ○ 통과 · box_iou
          □ 아직 · encode_boxes
        채점할 때는 다른 숫자로 한 번 더 검사합니다.
    """
    exercises = {name: _find(name) for name in functions}
    return Progress(tuple(judge(exercises[name], fn) for name, fn in functions.items()))


def _find(name):
    if isinstance(name, str) and name in EXERCISES:
        return EXERCISES[name]
    close = difflib.get_close_matches(name, EXERCISES, n=1) if isinstance(name, str) else []
    advice = (
        f"혹시 {close[0]!r}인가요?"
        if close
        else 'check("문제 이름", 함수) 순서로 써 주세요. 가능한 이름: ' + ", ".join(EXERCISES)
    )
    raise ValueError(f"name: {safe_repr(name)}라는 연습 문제는 없습니다. {advice}")


def judge(exercise, fn, seed=0):
    """:func:`check`의 본체. 목록에 없는 문제도 판정할 수 있습니다.

    Examples:
        >>> judge(EXERCISES["box_iou"], None).status
        'not_attempted'
    """
    refusal = _refuse(exercise, fn)
    if refusal:
        return refusal
    cases = exercise.cases(np.random.default_rng(seed))
    # 학습자가 np.seterr를 바꾸어 두었어도 늘 같은 조건에서 검사합니다.
    with np.errstate(all="warn"):
        trials = []
        for case in cases:
            trial = Trial(exercise, case, fn, TIME_LIMIT)
            trials.append(trial)
            if _not_attempted(fn, trial.outcome):
                return _untouched(exercise)
            if isinstance(trial.outcome.error, TimeLimitExceeded):
                return _failed(exercise, trial, f"{len(trials)}/{len(cases)}", None)
        for number, trial in enumerate(trials, start=1):
            if trial.problem:
                recognised = _recognise(exercise, trials)
                return _failed(exercise, trial, f"{number}/{len(cases)}", recognised)
    return _passed(exercise, trials, "공개 검사" if seed == 0 else "채점 검사")


def _refuse(exercise, fn):
    """부를 수 없는 것이거나 인수의 수가 맞지 않으면 판정을, 아니면 None을 돌려줍니다."""
    names = exercise.parameters
    if fn is None or fn is ...:
        return _untouched(exercise)
    if not callable(fn):
        return CheckResult(
            exercise.name,
            "failed",
            "함수가 아니라 값을 넘기셨습니다. 괄호를 붙여 부르지 말고 함수 이름만 넘겨 주세요.",
            details=(("넘긴 값", f"`{safe_repr(fn)}`"),),
        )
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):
        # 서명을 알 수 없는 C 함수는 불러 보고 판단합니다.
        return None
    try:
        signature.bind(*names)
    except TypeError:
        return CheckResult(
            exercise.name,
            "failed",
            f"함수가 인수 {len(names)}개를 차례로 받아야 합니다.",
            details=(
                ("지금의 인수", f"`{shorten(str(signature))}`"),
                ("필요한 인수", f"`({', '.join(names)})`"),
            ),
        )
    return None


_EMPTY_BODY = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE", "POP_TOP"}


def _not_attempted(fn, outcome):
    """NotImplementedError를 냈거나, 본문이 비어 있어 None을 돌려주었는지 봅니다."""
    # input()도 NotImplementedError의 하위 예외를 내므로 꼭 그 예외인지 봅니다.
    if type(outcome.error) is NotImplementedError:
        return True
    if outcome.error is not None or (outcome.value is not None and outcome.value is not ...):
        return False
    code = getattr(fn, "__code__", None)
    # 설명 글, pass, ...뿐인 본문은 상수를 돌려주는 명령으로만 이루어집니다.
    return code is not None and {step.opname for step in dis.get_instructions(code)} <= _EMPTY_BODY


def _recognise(exercise, trials):
    """결과가 모든 경우에서 같은 오개념을 찾습니다.

    실수는 흔히 둘씩 옵니다. 꼭 같은 것이 없으면 입력을 바꾸었는지는 따지지 않고 답만 견주고,
    그래도 없으면 경계 경우를 빼고 견줍니다. 로그를 잘못 쓰고 빈 입력에서도 멈추는 함수에게
    로그 이야기를 먼저 들려주기 위해서입니다.
    """
    same_answers = same_but_edges = None
    for misconception in exercise.misconceptions:
        exact = everywhere = True
        for trial in trials:
            wrong = Trial(exercise, trial.case, misconception.wrong, reference=trial.reference)
            alike = trial.alike(wrong)
            if not alike and not trial.case.edge:
                break
            everywhere = everywhere and alike
            exact = exact and alike and trial.outcome.mutated == wrong.outcome.mutated
        else:
            if exact:
                return misconception
            if everywhere:
                same_answers = same_answers or misconception
            same_but_edges = same_but_edges or misconception
    # 경계 밖에서 틀린 경우가 하나뿐이면 우연히 같을 수 있습니다.
    wrong_answers = sum(bool(t.answer_problem) for t in trials if not t.case.edge)
    return same_answers or (same_but_edges if wrong_answers >= 2 else None)


def _untouched(exercise):
    return CheckResult(
        exercise.name,
        "not_attempted",
        "아직 작성하지 않았습니다. 함수를 채운 다음 이 칸을 다시 실행해 보세요.",
    )


def _failed(exercise, trial, position, misconception):
    return CheckResult(
        exercise.name,
        "failed" if trial.outcome.error is None else "error",
        trial.problem,
        misconception.name if misconception else None,
        misconception.hint if misconception else None,
        (("검사한 경우", f"{trial.case.label} ({position})"), *trial.details()),
    )


def _passed(exercise, trials, kind):
    notes = ()
    if isinstance(trials[0].expected, np.ndarray) and any(
        isinstance(trial.outcome.value, (list, tuple)) for trial in trials
    ):
        notes = (
            (
                "참고",
                "값은 모두 맞습니다. 리스트 대신 `np.array(...)`로 돌려주면 "
                "다음 계산에 바로 쓸 수 있습니다.",
            ),
        )
    return CheckResult(
        exercise.name,
        "passed",
        f"{kind}의 {len(trials)}가지 경우를 모두 통과했습니다.",
        details=(*notes, *trials[0].extras()),
    )
