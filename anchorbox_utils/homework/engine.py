"""연습 문제를 판정합니다: 모든 경우를 시도하고, 어떤 오개념과 같은지 알아봅니다."""

import difflib
import os
from dataclasses import replace
from functools import cache, cached_property, partial

import numpy as np

from anchorbox_utils import feedback
from anchorbox_utils.feedback import (
    TIME_LIMIT,
    CheckResult,
    Progress,
    TimeLimitExceeded,
    call,
    error_text,
    is_blank,
    judge_apart,
    not_attempted,
    plain,
    refuse,
    safe_repr,
    time_limit,
)
from anchorbox_utils.homework.borrowing import is_known_mistake, library_call, watching
from anchorbox_utils.homework.catalogue import QUESTIONS
from anchorbox_utils.homework.catalogue.common import EXAMPLE_NUMBER
from anchorbox_utils.homework.examples import judge_examples
from anchorbox_utils.homework.exercise import ExampleSet
from anchorbox_utils.homework.personal import hashable_number, read_number
from anchorbox_utils.homework.submitting import executed_cells, left_behind
from anchorbox_utils.homework.trial import KINDS, Trial
from anchorbox_utils.validation import as_seed

PUBLIC = 0
# 채점의 씨앗을 정하는 환경 변수. 값은 어디에도 적거나 보이지 않습니다.
SECRET = "ANCHORBOX_SEED"
ROUNDS = 3
# 합격선을 이보다 조금 넘었으면 다른 데이터에서는 못 넘을 수 있습니다.
NARROW = 0.05


def check(name, fn, seed=PUBLIC, *, number=None):
    """``fn``을 연습 문제 ``name``의 검사에 넣고 판정을 돌려줍니다.

    학습자의 실수로는 예외를 내지 않습니다. 아직 쓰지 않은 함수, 예외, None, 다른 모양이나 자료형,
    입력을 바꾸는 코드, 끝나지 않는 코드, 라이브러리의 함수를 부르는 코드에 각각 다른 메시지로
    답합니다. 과제에 없는 레슨의 문제는 채점이 따로 없어, 통과하면 새로 뽑은 수로 한 번 더 봅니다.

    Args:
        name: 문제 이름. 예: ``"encode_boxes"``.
        fn: 검사할 함수. 괄호 없이 이름만 넘깁니다.
        seed: 검사 경우를 뽑는 씨앗. 0은 공개 검사이고, 채점에는 다른 씨앗을 씁니다.
        number: 학번. 자기 숫자로 푸는 문제(``"personal_targets"``)에서 그 숫자를 맨 먼저 검사하고,
            통과하면 그 결과를 말로 풀어 보여 줍니다. 손으로 푸는 문제(``"my_log"``)에서는 그
            숫자만, 규칙까지 학번마다 다른 문제(``"repair_report"``)에서는 그 학번의 문제로
            검사합니다.

    Returns:
        :class:`CheckResult`. 노트북 셀의 마지막 줄에 두면 보기 좋게 나타납니다.

    Raises:
        ValueError: 그런 이름의 문제가 없을 때, 자기 숫자가 없는 문제에 ``number``를 주었을 때.

    Examples:
        >>> check("count_labels", lambda iou_max, pos_thr, neg_thr: {
        ...     "pos": sum(iou_max >= pos_thr),
        ...     "neg": sum(iou_max < neg_thr),
        ...     "ignore": sum((iou_max >= neg_thr) & (iou_max < pos_thr)),
        ... }).passed
        True
        >>> check("encode_boxes", lambda anchors, gt_boxes: gt_boxes - anchors).status
        'failed'
        >>> import anchorbox_utils
        >>> check("encode_boxes", anchorbox_utils.encode_boxes).misconception
        'library_call'
    """
    exercise, own_cases = for_number(name, number)
    seed = as_seed(seed)
    unseen, *_ = hidden_seeds()
    again = seed == PUBLIC and _has_no_hidden_half(exercise)

    def rounds(beat):
        result = judge(exercise, fn, seed, own_cases, beat)
        if not (again and result.passed):
            return result
        fresh = judge(exercise, fn, unseen, own_cases, beat)
        return result if fresh.passed else _learnt_by_heart(fresh)

    result = judge_apart(name, rounds, TIME_LIMIT)
    feedback.report(feedback.Event(name, result.status, result.misconception))
    return _before_submitting(exercise, with_number(result, number))


def _before_submitting(exercise, result):
    """통과한 과제의 답이 채점기에서도 돌 것인지를 덧붙인 판정."""
    if not result.passed or _has_no_hidden_half(exercise):
        return result
    told = left_behind(exercise.name, executed_cells())
    extra = (("내기 전에", "\n".join(told)),) if told else ()
    return replace(result, details=(*result.details, *extra))


def for_number(name, number):
    """이름으로 찾은 문제를 그 학번의 것으로: (문제, 맨 먼저 볼 경우들)."""
    question = find_exercise(name)
    _remember(name)
    if number is None:
        return question, ()
    number = hashable_number(number, "number")
    if not question.personal:
        raise ValueError(f"number: {name} 문제는 학번의 숫자로 풀지 않습니다. number=를 지우세요.")
    if question.variant:
        return question.variant(number), ()
    return question, (question.own.case(number),)


@cache
def _remember(name):
    """문제가 기억해 두는 것을 미리 셈합니다. 가른 다음에 셈하면 검사마다 잊습니다."""
    question = find_exercise(name)
    if isinstance(question, ExampleSet):
        return
    cases = question.cases(np.random.default_rng(PUBLIC))
    if question.appraise:
        for case in cases:
            question.appraise(case.args, question.reference(*case.args))


def grade(name, fn, *, number=None):
    """과제의 숨은 검사. 파일에 없는 씨앗의 경우들과 성질들로 봅니다.

    씨앗은 환경 변수 ``ANCHORBOX_SEED``의 글에서 정해지고, 없으면 부를 때마다 새로 뽑습니다.
    같은 글이면 누구에게나 같은 경우로 채점합니다.

    Args:
        name: 문제 이름.
        fn: 채점할 함수.
        number: 학번. :func:`check`와 같습니다.

    Returns:
        :class:`CheckResult`. 통과하지 못한 판정이 있으면 그것입니다.

    Raises:
        ValueError: 그런 이름의 문제가 없을 때, 자기 숫자가 없는 문제에 ``number``를 주었을 때.

    Examples:
        >>> print(grade("count_labels", lambda iou_max, pos_thr, neg_thr: {
        ...     "pos": sum(iou_max >= pos_thr),
        ...     "neg": sum(iou_max < neg_thr),
        ...     "ignore": sum((iou_max >= neg_thr) & (iou_max < pos_thr)),
        ... }))
        ○ 통과 · count_labels
        채점 검사의 13가지 경우를 모두 통과했습니다.
    """
    exercise, own_cases = for_number(name, number)
    seeds = hidden_seeds()

    def rounds(beat):
        for seed in seeds:
            result = judge(exercise, fn, seed, own_cases, beat)
            if not result.passed:
                break
        return result

    return with_number(judge_apart(name, rounds, TIME_LIMIT), number)


def hidden_entropy(secret=None):
    """숨은 경우를 뽑는 씨앗. 글이나 ``ANCHORBOX_SEED``에서 정해지고, 없으면 늘 새것입니다."""
    secret = secret or os.environ.get(SECRET)
    return np.random.SeedSequence(list(secret.encode()) if secret else None)


def hidden_seeds(secret=None):
    """숨은 검사의 씨앗들. ``secret``은 :func:`hidden_entropy`의 것입니다."""
    return hidden_entropy(secret).spawn(ROUNDS)


def _has_no_hidden_half(exercise):
    """과제에 내지 않은, 레슨의 문제인지. 과제의 문제는 채점이 처음 보는 수로 검사합니다."""
    from anchorbox_utils.homework.assignments import ASSIGNMENTS

    return not any(exercise.name in assignment.exercises for assignment in ASSIGNMENTS.values())


def _learnt_by_heart(fresh):
    told = f"적혀 있는 경우는 모두 맞지만, 새로 뽑은 수에서는 다릅니다. {fresh.message}"
    return replace(fresh, message=told)


def with_number(result, number):
    """누구의 숫자로 통과했는지 보이는 판정. 이웃의 학번을 두고 푼 것을 스스로 알아챕니다."""
    if number is None or not result.passed:
        return result
    said = f"{read_number(number)}"
    if read_number(number) == EXAMPLE_NUMBER:
        said += ". 처음 적혀 있던 보기의 학번입니다. 자기 학번으로 바꾸세요"
    return replace(result, details=(("학번", said), *result.details))


def progress(*, number=None, **functions):
    """여러 문제를 한꺼번에 검사해 "4/6 통과 · 공개 검사" 한 줄로 보여 줍니다.

    지난 판정을 기억하지 않고 부를 때마다 다시 검사하므로, 셀을 어떤 순서로 실행했든 지금 상태가
    보입니다.

    Args:
        number: 학번. 학번마다 다른 문제를 그 학번으로 검사합니다. 그 밖의 문제와 섞어도 됩니다.
        functions: ``문제_이름=함수`` 꼴의 인수들.

    Returns:
        :class:`Progress`.

    Raises:
        ValueError: 그런 이름의 문제가 없을 때.

    Examples:
        >>> def my_normalize(deltas, mean, std):
        ...     return (deltas - mean) / std
        >>> def my_encode(anchors, gt_boxes):
        ...     raise NotImplementedError
        >>> progress(normalize_deltas=my_normalize, encode_boxes=my_encode)
        1/2 통과 · 공개 검사
          ○ 통과 · normalize_deltas
          □ 아직 · encode_boxes
        채점할 때는 다른 숫자로 한 번 더 검사합니다.
    """
    if number is not None:
        read_number(number, "number")
    asked = {
        name: for_number(name, number if find_exercise(name).personal else None)
        for name in functions
    }
    results = []
    for name, fn in functions.items():
        judged = partial(judge, asked[name][0], fn, PUBLIC, asked[name][1])
        results.append(judge_apart(name, judged, TIME_LIMIT))
    return Progress(tuple(results))


def find_exercise(name):
    """이름으로 연습 문제를 찾습니다. 없으면 비슷한 이름을 알려 주는 ValueError를 냅니다."""
    if isinstance(name, str) and name in QUESTIONS:
        return QUESTIONS[name]
    close = difflib.get_close_matches(name, QUESTIONS, n=1) if isinstance(name, str) else []
    advice = (
        f"혹시 {close[0]!r}인가요?"
        if close
        else 'check("문제 이름", 함수) 순서로 써 주세요. 가능한 이름: ' + ", ".join(QUESTIONS)
    )
    raise ValueError(f"name: {safe_repr(name)}라는 연습 문제는 없습니다. {advice}")


def judge(exercise, fn, seed=PUBLIC, own_cases=(), beat=lambda doing: None):
    """:func:`check`의 본체. 목록에 없는 문제도 판정할 수 있습니다.

    ``beat``는 :func:`judge_apart`가 주는 것으로, 학습자의 코드가 돌기 전마다 부릅니다.

    Examples:
        >>> judge(QUESTIONS["box_iou"], None).status
        'not_attempted'
    """
    if isinstance(exercise, ExampleSet):
        return judge_examples(exercise, fn, hidden=seed != PUBLIC)
    asked = asked_of(exercise, seed, own_cases)
    borrowed = []
    # 학습자가 np.seterr를 바꾸어 두었어도 늘 같은 조건에서 검사합니다.
    with np.errstate(all="warn"), time_limit(TIME_LIMIT) as limit:

        def outcomes():
            for one in asked:
                beat(one.case.label)
                # 돌려준 물건을 배열로 읽는 것도 학습자의 코드(`__array__`)일 수 있어 함께 살핍니다.
                with watching(exercise.allows, borrowed):
                    outcome = call(fn, one.case.args, limit, plain)
                yield outcome

        def hold(rule):
            beat(rule.name)
            return call(lambda: rule.holds(fn), (), limit)

        return judge_outcomes(
            exercise, fn, seed, asked, outcomes(), hold, own_cases, beat, borrowed
        )


class Asked:
    """물어볼 경우 하나와, 거기에 정답과 오개념이 낸 것.

    정답과 오개념의 결과는 처음 쓸 때 한 번만 구합니다. 여러 사람의 답을 같은 경우로 판정할 때에는
    이것을 함께 씁니다.
    """

    def __init__(self, exercise, case):
        self.exercise, self.case = exercise, case
        self._wrong = {}

    @cached_property
    def reference(self):
        """정답 구현의 :class:`Outcome`."""
        return call(self.exercise.reference, self.case.args)

    def trial(self, outcome):
        """이 경우에 ``outcome``을 낸 시도."""
        return Trial(self.exercise, self.case, outcome, self.reference)

    def wrong(self, way):
        """오개념의 구현 ``way``의 시도."""
        if way not in self._wrong:
            self._wrong[way] = self.trial(call(way, self.case.args))
        return self._wrong[way]


def asked_of(exercise, seed, own_cases=()):
    """그 씨앗에서 물어볼 것들. 자기 숫자의 경우가 맨 앞에 옵니다."""
    only_own = exercise.by_hand and own_cases
    cases = [*own_cases, *(() if only_own else exercise.cases(np.random.default_rng(seed)))]
    return [Asked(exercise, case) for case in cases]


def judge_outcomes(
    exercise, fn, seed, asked, outcomes, hold, own_cases=(), beat=lambda doing: None, borrowed=()
):
    """이미 나온 결과로 판정합니다. 함수는 여기서 부르지 않으므로 다른 곳에서 돌았어도 됩니다.

    Args:
        exercise: 문제.
        fn: 학습자의 함수, 또는 그 서명과 본문이 비었는지를 지닌 대역.
        seed: ``asked``를 뽑은 씨앗.
        asked: :class:`Asked`들.
        outcomes: 그 차례대로의 :class:`Outcome`들. 판정에 필요한 만큼만 꺼냅니다.
        hold: ``hold(성질)``이 그 성질을 본 :class:`Outcome`을 돌려줍니다.
        own_cases: ``asked``의 맨 앞에 있는 자기 숫자의 경우들.
        beat: :func:`judge`와 같습니다.
        borrowed: 그동안 불린 라이브러리 함수의 이름들.

    Returns:
        :class:`CheckResult`.

    Examples:
        >>> exercise = QUESTIONS["box_iou"]
        >>> asked = asked_of(exercise, PUBLIC)
        >>> ready = [one.reference for one in asked]
        >>> judge_outcomes(exercise, exercise.reference, PUBLIC, asked, ready, None).status
        'passed'
    """
    refusal = refuse(exercise.name, fn, exercise.parameters, exercise.rules)
    if refusal:
        return refusal
    trials = []
    for one, outcome in zip(asked, outcomes, strict=False):
        # 다른 경우를 쓴 다음이면, 남은 갈래가 무엇인지 오류로 말합니다.
        if is_blank(fn, outcome) and not trials:
            return not_attempted(exercise.name, exercise.rules)
        if borrowed and not is_known_mistake(exercise, fn):
            return library_call(exercise, borrowed)
        trial = one.trial(outcome)
        trials.append(trial)
        if isinstance(outcome.error, TimeLimitExceeded):
            return _failed(exercise, trial, f"{len(trials)}/{len(asked)}", None)
    for number, trial in enumerate(trials, start=1):
        if trial.problem:
            recognised = _recognise(exercise, asked, trials, beat)
            return _failed(exercise, trial, f"{number}/{len(asked)}", recognised)
    if seed == PUBLIC:
        return _passed(exercise, trials, "공개 검사", own_cases)
    broken = _broken_property(exercise, hold)
    return broken or _passed(exercise, trials, "채점 검사", own_cases)


def _broken_property(exercise, hold):
    for rule in exercise.properties:
        outcome = hold(rule)
        details = (("검사한 성질", rule.name),)
        if outcome.error is not None:
            details += (("오류", f"`{error_text(outcome.error)}`"),)
            return CheckResult(exercise.name, "error", rule.message, details=details)
        if not outcome.value:
            return CheckResult(exercise.name, "failed", rule.message, details=details)
    return None


def _recognise(exercise, asked, trials, beat):
    """결과가 모든 경우에서 같은 오개념을 찾습니다.

    실수는 흔히 둘씩 옵니다. 꼭 같은 것이 없으면 입력을 바꾸었는지는 따지지 않고 답만 견주고,
    그래도 없으면 경계 경우를 빼고 견줍니다. 로그를 잘못 쓰고 빈 입력에서도 멈추는 함수에게
    로그 이야기를 먼저 들려주기 위해서입니다. 답을 재는 문제에서는 잰 쪽이 까닭을 압니다.
    """
    if exercise.appraise:
        answers = [t.array for t in trials if t.array is not None]
        named = exercise.across and exercise.across(answers)
        failures = (trial.misconception for trial in trials if trial.problem)
        named = named or next(filter(None, failures), None)
        return next((m for m in exercise.misconceptions if m.name == named), None)
    same_answers = same_but_edges = None
    for misconception in exercise.misconceptions:
        for way in misconception.ways:
            exact = everywhere = True
            beat(trials[-1].case.label)
            for one, trial in zip(asked, trials, strict=True):
                wrong = one.wrong(way)
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


def _failed(exercise, trial, position, misconception):
    return CheckResult(
        exercise.name,
        "failed" if trial.outcome.error is None else "error",
        trial.problem,
        misconception.name if misconception else None,
        misconception.hint if misconception else None,
        (("검사한 경우", f"{trial.case.label} ({position})"), *trial.details()),
    )


def _narrowest(trials):
    """합격선을 가장 아슬아슬하게 넘은 경우. 재지 않는 문제이면 없습니다."""
    measured = [trial for trial in trials if trial.margin is not None]
    if not measured:
        return ()
    tightest = min(measured, key=lambda trial: trial.margin)
    told = f"{tightest.case.label}에서 합격선보다 {tightest.margin:.3f} 높습니다."
    if tightest.margin < NARROW:
        told += " 채점의 새 데이터에서는 모자랄 수 있으니 여유를 더 두세요."
    return (("가장 아슬아슬한 경우", told),)


def _empty_advice(trial):
    expected = trial.expected_array
    kind = KINDS[expected.dtype.kind]
    if expected.shape == (0,):
        return (
            f"{trial.case.label}: 비어 있는 {KINDS[trial.outcome.value.dtype.kind]} 배열입니다. "
            f"비어 있다는 것은 맞으니 통과로 봅니다. 다만 {kind} 배열이 아니면 다른 배열에서 꺼낼 "
            f"때 멈춥니다. `dtype={expected.dtype.name.rstrip('0123456789')}`로 정해 주세요."
        )
    return (
        f"{trial.case.label}: 빈 결과의 모양이 (0,)입니다. 비어 있다는 것은 맞으니 통과로 봅니다. "
        f"다만 모양이 {expected.shape}인 {kind} 배열로 돌려주면 다른 배열과 이어 붙일 때도 멈추지 "
        "않습니다."
    )


def _passed(exercise, trials, kind, own_cases):
    notes = []
    if own_cases:
        notes += exercise.own.words(trials[0].array)
    notes += trials[0].notes
    notes += _narrowest(trials)
    if isinstance(trials[0].expected, np.ndarray) and any(
        isinstance(trial.outcome.value, (list, tuple)) for trial in trials
    ):
        notes.append(
            (
                "참고",
                "값은 모두 맞습니다. 리스트 대신 `np.array(...)`로 돌려주면 "
                "다음 계산에 바로 쓸 수 있습니다.",
            )
        )
    forgetful = next((trial for trial in trials if trial.forgot_shape), None)
    if forgetful:
        notes.append(("참고", _empty_advice(forgetful)))
    return CheckResult(
        exercise.name,
        "passed",
        "내 숫자의 답이 모두 맞습니다."
        if exercise.by_hand and own_cases
        else f"{kind}의 {len(trials)}가지 경우를 모두 통과했습니다.",
        details=(*notes, *trials[0].extras()),
    )
