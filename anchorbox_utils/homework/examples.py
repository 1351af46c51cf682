"""함수보다 먼저 쓴 보기를 판정합니다: 보기가 옳은지, 잘못된 구현을 몇 개나 잡아내는지.

잘못된 구현을 잡아내는 보기부터 쓰게 하는 것은 Wrenn과 Krishnamurthi의 Examplar에서 왔습니다.
"""

import types
from contextlib import nullcontext
from dataclasses import replace

import numpy as np

from anchorbox_utils.feedback import (
    TIME_LIMIT,
    CheckResult,
    Outcome,
    call,
    describe_error,
    explain_error,
    is_blank,
    not_attempted,
    refuse,
    time_limit,
)
from anchorbox_utils.homework.exercise import Case
from anchorbox_utils.homework.trial import Trial

ANSWER = "answer"
# 손으로 확인할 수 있는 크기.
MOST_EXAMPLES = 3
MOST_ROWS = 3
LARGEST = 1000
# 소수 셋째 자리까지 적은 답도 받아들입니다.
TOLERANCE = 6e-4
# 소수 둘째 자리까지만 적은 답은 왜 아닌지 말해 줍니다.
ROUGH = 6e-3
_SHOWN = 3


def judge_examples(question, fn, hidden=False):
    """보기를 돌려주는 함수 ``fn``을 :class:`~anchorbox_utils.homework.exercise.ExampleSet`으로 판정합니다.

    Args:
        question: 보기 문제.
        fn: 보기의 리스트를 돌려주는, 인수 없는 함수. 보기 하나는 입력의 이름들과 ``"answer"``를
            열쇠로 하는 사전입니다.
        hidden: 채점인지. 참이면 숨은 구현들도 잡아내야 합니다.

    Returns:
        :class:`CheckResult`. 옳은 답은 말하지 않습니다.

    Examples:
        >>> from anchorbox_utils.homework.catalogue import EXAMPLE_SETS
        >>> print(judge_examples(EXAMPLE_SETS["examples_for_box_ioa"], lambda: [
        ...     {"boxes": [[0, 0, 2, 2]], "regions": [[1, 0, 9, 9]], "answer": [[0.7]]}
        ... ]))
        × 다시 보기 · examples_for_box_ioa
        1번 보기의 `answer`가 문제의 약속과 다릅니다. 종이에 그려 다시 구해 보세요.
    """  # noqa: E501
    refusal = refuse(question.name, fn, (), question.rules)
    if refusal:
        return refusal
    with np.errstate(all="warn"), time_limit(TIME_LIMIT) as limit:
        outcome = call(fn, (), limit)
        return judge_ready_examples(question, fn, outcome, names_used(fn), hidden, limit)


def judge_ready_examples(question, fn, outcome, used, hidden=False, limit=nullcontext):
    """부를 수 있는 ``fn``이 낸 보기로 판정합니다. ``used``는 :func:`names_used`가 주는 것입니다."""
    if is_blank(fn, outcome):
        return not_attempted(question.name, question.rules)
    try:
        _require_plain_code(used)
        if outcome.error is not None:
            return CheckResult(
                question.name,
                "error",
                explain_error(outcome.error),
                details=describe_error(outcome),
            )
        right = _right_trials(question, outcome.value)
    except ValueError as error:
        return CheckResult(question.name, "failed", str(error))
    return _verdict(question, right, limit, hidden)


def names_used(fn):
    """수만 적은 함수이면 None, 아니면 그 함수가 쓰는 이름들."""
    code = fn.__code__ if isinstance(fn, types.FunctionType) else None
    if code is None:
        return ()
    used = (*code.co_names, *code.co_freevars)
    nested = any(isinstance(constant, types.CodeType) for constant in code.co_consts)
    return used if used or nested or fn.__defaults__ or fn.__kwdefaults__ else None


def _require_plain_code(used):
    """보기가 수만으로 적혔는지. 다른 함수에서 답을 얻어 오면 스스로 구한 것이 아닙니다."""
    if used is not None:
        names = ", ".join(f"`{name}`" for name in used)
        raise ValueError(
            "보기에는 수만 적습니다. 다른 함수나 함수 밖의 변수를 쓰지 말고, 손으로 구한 수를 "
            "그대로 적어 주세요. 나눗셈은 `1 / 3`처럼 적어도 됩니다."
            + (f" 쓴 이름: {names}" if names else "")
        )


def _right_trials(question, examples):
    """답이 옳은 보기들의 :class:`Trial`. 옳지 않은 것이 있으면 ValueError."""
    if type(examples) not in (list, tuple):
        raise ValueError("보기들을 리스트(`[보기, 보기, …]`)로 돌려주세요.")
    if not 1 <= len(examples) <= MOST_EXAMPLES:
        raise ValueError(
            f"보기는 하나에서 {MOST_EXAMPLES}개까지인데 {len(examples)}개입니다. "
            "적은 보기로 많이 잡아내는 것이 이 문제의 목표입니다."
        )
    return [
        _right_trial(question, example, f"{number}번 보기")
        for number, example in enumerate(examples, start=1)
    ]


def _right_trial(question, example, label):
    keys = [*question.inputs, ANSWER]
    if type(example) is not dict or set(example) != set(keys):
        names = ", ".join(f"`{key}`" for key in keys)
        raise ValueError(f"{label}: 열쇠가 {names}인 사전(dict)으로 적어 주세요.")
    arrays = {key: _numbers(value, f"{label}의 `{key}`") for key, value in example.items()}
    for name, validate in question.inputs.items():
        try:
            arrays[name] = validate(arrays[name], name)
        except ValueError as error:
            raise ValueError(f"{label}: {error}") from None
        if len(arrays[name]) > MOST_ROWS:
            raise ValueError(
                f"{label}의 `{name}`에 행이 {len(arrays[name])}개입니다. 손으로 확인할 수 있게 "
                f"{MOST_ROWS}개까지만 적어 주세요."
            )
    args = tuple(arrays[name] for name in question.exercise.parameters)
    if _is_borrowed(question.exercise, args):
        raise ValueError(
            f"{label}의 입력이 함수의 검사에 쓰는 것과 똑같습니다. 스스로 지은 수로 바꾸어 주세요."
        )
    exercise = replace(question.exercise, tolerance=TOLERANCE)
    trial = Trial(exercise, Case(label, args), Outcome(value=arrays[ANSWER], args=args))
    if trial.different is None:
        raise ValueError(
            f"{label}의 `{ANSWER}`: 모양이 {arrays[ANSWER].shape}인데, 이 입력이면 "
            f"{trial.expected_array.shape}이어야 합니다."
        )
    if trial.answer_problem:
        rough = replace(exercise, tolerance=ROUGH)
        if not Trial(rough, trial.case, trial.outcome, trial.reference).answer_problem:
            raise ValueError(
                f"{label}의 `{ANSWER}`는 반올림이 거칩니다. `1 / 3`처럼 나눗셈으로 적거나 소수 "
                f"셋째 "
                "자리까지 적어 주세요."
            )
        raise ValueError(
            f"{label}의 `{ANSWER}`가 문제의 약속과 다릅니다. {_wrong_rows(trial)}종이에 그려 다시 "
            "구해 보세요."
        )
    return trial


def _wrong_rows(trial):
    """답의 행이 여럿이면 어느 행인지. 어느 수인지는 말하지 않습니다."""
    if len(trial.different) <= 1:
        return ""
    rows = trial.different.reshape(len(trial.different), -1).any(axis=1)
    return f"다시 볼 행(0부터 셉니다): {', '.join(map(str, np.flatnonzero(rows)))}. "


def _numbers(value, label):
    if not _is_plain(value):
        raise ValueError(f"{label}에는 수와 대괄호만 적어 주세요. 예: `[[0, 0, 4, 2]]`")
    try:
        array = np.array(value, dtype=float)
    except (ValueError, OverflowError):
        raise ValueError(f"{label}: 행마다 수의 개수가 다릅니다.") from None
    if not (np.abs(array) <= LARGEST).all():
        raise ValueError(f"{label}: -{LARGEST}에서 {LARGEST} 사이의 수만 적어 주세요.")
    return array


def _is_plain(value):
    # 하위 클래스는 견주는 방법을 바꿀 수 있어 꼭 이 종류인지 봅니다.
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    return type(value) in (int, float)


def _is_borrowed(exercise, args):
    return all(array.size for array in args) and any(
        all(np.array_equal(mine, theirs) for mine, theirs in zip(args, case.args, strict=True))
        for case in exercise.cases(np.random.default_rng(0))
    )


def _caught_by(right, wrong, limit):
    """``wrong``을 잡아낸 보기의 번호들."""
    return [
        number
        for number, trial in enumerate(right, start=1)
        if Trial(
            trial.exercise, trial.case, call(wrong, trial.case.args, limit), trial.reference
        ).answer_problem
    ]


def _verdict(question, right, limit, hidden):
    caught = {m: _caught_by(right, m.wrong, limit) for m in question.misconceptions}
    count = sum(map(bool, caught.values()))
    by_example = [
        f"{number}번 {sum(number in numbers for numbers in caught.values())}개"
        for number in range(1, len(right) + 1)
    ]
    # 여러 구현이 같은 까닭으로 빠져나가므로 한 번씩만 말합니다.
    unseen = list(dict.fromkeys(m.unseen for m, numbers in caught.items() if not numbers))
    details = [
        ("잡아낸 잘못된 구현", f"{count}/{len(caught)} (통과하려면 {question.need}개)"),
        ("보기마다 잡아낸 수", ", ".join(by_example)),
    ]
    if unseen:
        details.append(("아직 보지 않은 것", "\n".join(unseen[:_SHOWN])))
    if count < question.need:
        message = "보기는 모두 옳습니다. 다만 잘못된 구현이 아직 많이 빠져나갑니다."
        return CheckResult(question.name, "failed", message, details=tuple(details))
    if hidden:
        found = sum(bool(_caught_by(right, wrong, limit)) for wrong in question.hidden)
        details = [("처음 보는 잘못된 구현", f"{found}/{len(question.hidden)}")]
        if found < question.hidden_need:
            message = "공개한 것은 잡아냈지만, 처음 보는 잘못된 구현이 빠져나갑니다."
            return CheckResult(question.name, "failed", message, details=tuple(details))
    message = "보기가 모두 옳고, 잘못된 구현을 넉넉히 잡아냅니다."
    return CheckResult(question.name, "passed", message, details=tuple(details))
