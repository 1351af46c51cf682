"""과제의 자동 검사: 옳은 답은 어떤 방식이든 통과하고, 틀린 답은 하나도 통과하지 못합니다."""

import html.parser
import inspect
import math
import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from right_answers import (
    STYLES,
    convert_with_lists,
    count_with_sums,
    decode_with_columns,
    encode_as_taught,
    find_with_any,
    iou_with_loops,
    iou_with_where,
    labels_with_where,
    sample_with_choice,
    targets_by_hand,
    targets_vectorised,
)

import anchorbox_utils as ab
from anchorbox_utils import feedback
from anchorbox_utils.course.lessons import LESSONS
from anchorbox_utils.feedback import STATES, Outcome, call
from anchorbox_utils.homework import (
    EXERCISES,
    Case,
    Exercise,
    Misconception,
    Property,
    check,
    engine,
    grade,
    personal_numbers,
    progress,
)
from anchorbox_utils.homework.assignments import ASSIGNMENTS
from anchorbox_utils.homework.catalogue import QUESTIONS
from anchorbox_utils.homework.trial import Trial

heavy = pytest.mark.heavy
verdicts_only = pytest.mark.usefixtures("verdicts_only")
each_seed = pytest.mark.parametrize("seed", [0, pytest.param(20260302, marks=heavy)])
each_range_of_seeds = pytest.mark.parametrize(
    "seeds", [range(3), pytest.param(range(3, 8), marks=heavy)], ids=["few", "many"]
)
each_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))


@pytest.fixture
def unwatched(monkeypatch):
    """라이브러리 안에 있는 정답과 오개념의 구현을 학습자의 함수인 양 넣어 봅니다."""
    monkeypatch.setattr(engine, "watching", lambda allows, borrowed: nullcontext())


# ── 목록 ────────────────────────────────────────────────────────────────────────────────────


def test_every_exercise_is_asked_somewhere():
    asked = [name for lesson in LESSONS for name in lesson.exercises]
    asked += [name for assignment in ASSIGNMENTS.values() for name in assignment.exercises]
    assert set(asked) == set(QUESTIONS)


@verdicts_only
@pytest.mark.usefixtures("unwatched")
@each_range_of_seeds
@each_exercise
def test_reference_passes_with_any_seed(exercise, seeds):
    for seed in seeds:
        result = check(exercise.name, exercise.reference, seed)
        assert result.passed, result
        assert result.misconception is None
        # 재는 문제는 통과해도 잰 것을 보여 줍니다.
        assert not result.details or exercise.appraise


def _is_scalar(value):
    return not isinstance(value, (np.ndarray, np.random.Generator))


@each_exercise
def test_the_public_cases_notice_an_argument_that_is_never_read(exercise):
    """배열이 아닌 인수 하나를 어느 한 값으로 적어 두고 쓰지 않는 답은 공개 검사에서 떨어집니다."""
    if exercise.appraise:
        # 답을 재는 문제는 같은 답인지 보지 않습니다. 속임수는 test_personal_homework가 봅니다.
        return
    cases = exercise.cases(np.random.default_rng(0))
    for place, name in enumerate(exercise.parameters):
        values = {case.args[place] for case in cases if _is_scalar(case.args[place])}
        assert len(values) != 1, f"{name}의 값이 하나뿐입니다."
        for fixed in values:

            def careless(*args, place=place, fixed=fixed):
                return exercise.reference(*args[:place], fixed, *args[place + 1 :])

            trials = (Trial(exercise, case, call(careless, case.args)) for case in cases)
            assert any(trial.answer_problem for trial in trials), f"{name} = {fixed}"


@verdicts_only
@each_seed
@each_exercise
def test_misconceptions_fail_and_are_recognised_as_themselves(exercise, seed):
    for misconception in exercise.misconceptions:
        for way in misconception.ways:
            result = check(exercise.name, way, seed)
            assert result.status in {"failed", "error"}, misconception.name
            assert result.misconception == misconception.name
            assert result.hint == misconception.hint and misconception.hint in str(result)


@each_exercise
def test_misconceptions_are_plenty_and_distinct(exercise):
    names = [misconception.name for misconception in exercise.misconceptions]
    titles = [misconception.title for misconception in exercise.misconceptions]
    hints = [misconception.hint for misconception in exercise.misconceptions]
    assert len(names) >= 6, f"{exercise.name}: 오개념이 {len(names)}개입니다. 여섯 이상 적으세요."
    assert len(set(names)) == len(names), f"{exercise.name}: 이름이 같은 오개념이 있습니다."
    assert len(set(titles)) == len(titles), f"{exercise.name}: 제목이 같은 오개념이 있습니다."
    assert all(0 < len(title) <= 24 and re.search("[가-힣]", title) for title in titles)
    assert len(set(hints)) == len(hints), f"{exercise.name}: 힌트가 같은 오개념이 있습니다."
    for hint in hints:
        assert hint.endswith(("요.", "다.", "요?", "까?")), f"존댓말 문장으로 끝내세요: {hint}"
        assert 20 <= len(hint) <= 170, f"힌트는 20~170자로 쓰세요({len(hint)}자): {hint}"


def _without_addresses(cases):
    return re.sub(r" at 0x\w+", "", repr(cases))


@each_exercise
def test_cases_depend_on_the_seed_only_and_cover_the_edges(exercise):
    first, again, other = (exercise.cases(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert _without_addresses(first) == _without_addresses(again) != _without_addresses(other)
    name = exercise.name
    assert len(first) >= 8, f"{name}: 검사 경우가 {len(first)}가지입니다. 여덟 이상 적으세요."
    assert len({case.label for case in first}) == len(first), (
        f"{name}: 이름이 같은 경우가 있습니다."
    )
    if exercise.by_hand:  # 손으로 푸는 문제의 입력은 언제나 그 사람의 것입니다.
        return
    arrays = [arg for case in first for arg in case.args if isinstance(arg, np.ndarray)]
    single = any(len(array) == 1 or array.ndim == 1 for array in arrays)
    assert single, f"{name}: 한 행뿐인 입력을 검사 경우에 넣으세요."
    one_pair = {"personal_targets", "personal_box"}
    if name not in one_pair | {"choose_thresholds"}:  # 입력이 언제나 있는 문제
        empty = any(array.size == 0 for array in arrays)
        assert empty, f"{name}: 빈 입력을 검사 경우에 넣으세요."
    if name not in one_pair | {"sample_labels"}:  # 형이 하나로 정해진 문제
        narrow = any(array.dtype == np.float32 for array in arrays)
        assert narrow, f"{name}: float32 입력을 검사 경우에 넣으세요."


@each_exercise
def test_rules_are_short_korean_sentences(exercise):
    assert len(exercise.rules) >= 3, f"{exercise.name}: 검사가 보는 약속을 rules에 적으세요."
    for rule in exercise.rules:
        assert rule.endswith("다.") and len(rule) <= 80 and "\n" not in rule, rule


SPECIAL = st.sampled_from([0.0, -0.0, 1.0, 1 + 1e-7, 1 + 1e-5, 1e300, np.inf, -np.inf, np.nan])


@given(st.lists(st.tuples(SPECIAL | st.floats(), SPECIAL | st.floats()), min_size=1, max_size=8))
def test_closeness_is_that_of_numpy(pairs):
    a, b = np.array(pairs).T
    exercise = replace(EXERCISES["xyxy_to_cxcywh"], tolerance=1e-6)
    trial = Trial(exercise, exercise.cases(np.random.default_rng(0))[0], Outcome(value=a))
    with np.errstate(all="ignore"):
        expected = np.isclose(a, b, 1e-6, 1e-6, equal_nan=True)
    assert np.array_equal(trial._close(a, b), expected)


def test_an_exercise_is_only_data():
    halve = Exercise(
        name="halve",
        reference=lambda values: values / 2,
        cases=lambda rng: [Case("네 수", (rng.random(4),)), Case("빈 입력", (np.zeros(0),))],
        misconceptions=(
            Misconception("doubled", "두 배 함", lambda values: values * 2, "절반입니다."),
        ),
        returns="절반",
    )
    assert engine.judge(halve, lambda values: [value * 0.5 for value in values]).passed
    assert engine.judge(halve, lambda values: values + values).misconception == "doubled"


# ── 여러 방식의 옳은 답 ─────────────────────────────────────────────────────────────────────


def library_targets(anchor, gt):
    boxes = ab.box_convert(np.stack([anchor, gt]), "cxcywh", "xyxy")
    return ab.encode_boxes(boxes[:1], boxes[1:])[0]


# 같은 일을 하는 모듈의 함수. 정답 구현과 따로 쓰였으므로 서로를 지킵니다.
LIBRARY = {
    "xyxy_to_cxcywh": lambda boxes: ab.box_convert(boxes, "xyxy", "cxcywh"),
    "encode_boxes": ab.encode_boxes,
    "safe_encode_boxes": ab.encode_boxes,
    "decode_boxes": ab.decode_boxes,
    "personal_targets": library_targets,
    "box_iou": ab.box_iou,
    "assign_anchor_labels": ab.assign_anchor_labels,
    "count_labels": ab.count_labels,
    "normalize_deltas": ab.normalize_deltas,
    "sample_labels": ab.sample_labels,
    "hard_negative_mining": ab.hard_negative_mining,
    "greedy_nms": ab.nms,
}


@each_exercise
def test_an_exercise_has_alternative_styles(exercise):
    styles = STYLES.get(exercise.name, ())
    assert len(styles) >= 2, f"{exercise.name}: 다르게 쓴 옳은 답을 STYLES에 둘 이상 적으세요."


def test_no_style_outlives_its_exercise():
    assert set(STYLES) == set(EXERCISES) >= set(LIBRARY)


@verdicts_only
@pytest.mark.parametrize(
    ("name", "style"),
    [
        pytest.param(name, style, id=f"{name}-{style.__name__}")
        for name, styles in STYLES.items()
        for style in styles
    ],
)
@each_range_of_seeds
def test_correct_answers_in_any_style_pass(name, style, seeds):
    for seed in seeds:
        result = check(name, style, seed)
        assert result.passed, result
    assert grade(name, style).passed


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(LIBRARY)), st.integers(0, 2**32 - 1))
def test_reference_and_library_agree(name, seed):
    exercise = EXERCISES[name]
    twins = [exercise.cases(np.random.default_rng(seed)) for _ in range(2)]
    for mine, theirs in zip(*twins, strict=True):
        expected, got = exercise.reference(*mine.args), LIBRARY[name](*theirs.args)
        if isinstance(expected, dict):
            assert got == expected
            continue
        single = any(getattr(arg, "dtype", None) == np.float32 for arg in mine.args)
        tolerance = 1e-4 if single else 1e-9
        np.testing.assert_allclose(got, expected, tolerance, tolerance, err_msg=mine.label)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 4))
def test_forced_labels_agree_with_the_matcher(seed, gt_count):
    rng = np.random.default_rng(seed)
    # 눈금을 성기게 두어 같은 IoU와 겹치지 않는 정답이 자주 나오게 합니다.
    corners = rng.integers(0, 12, (20 + gt_count, 2)) * 8.0
    boxes = np.concatenate([corners, corners + rng.integers(1, 5, corners.shape) * 8.0], axis=1)
    anchors, gt_boxes = boxes[gt_count:], boxes[:gt_count]
    iou = ab.box_iou(anchors, gt_boxes)
    labels = ab.assign_anchor_labels(iou.max(axis=1, initial=0.0), 0.7, 0.3)
    matched = ab.match_anchors(anchors, gt_boxes, 0.7, 0.3, force_match=True)
    assert np.array_equal(EXERCISES["force_match"].reference(iou, labels), matched.labels)


def test_a_list_passes_and_is_told_kindly_about_arrays():
    result = check("xyxy_to_cxcywh", convert_with_lists)
    assert result.passed and "np.array" in str(result)
    assert "np.array" not in str(check("personal_targets", targets_by_hand))


# ── 채점 ────────────────────────────────────────────────────────────────────────────────────


def _asked_by_grade(monkeypatch, secret):
    """채점할 때 함수가 받은 인수들을 글로 적은 것."""
    if secret is None:
        monkeypatch.delenv("ANCHORBOX_SEED", raising=False)
    else:
        monkeypatch.setenv("ANCHORBOX_SEED", secret)
    asked = []

    def recording(boxes1, boxes2):
        asked.append(f"{boxes1} {boxes2}")
        return iou_with_loops(boxes1, boxes2)

    assert grade("box_iou", recording).passed
    return asked


def test_the_secret_alone_decides_the_hidden_cases(monkeypatch):
    asked = _asked_by_grade(monkeypatch, "봄학기 8675309")
    assert asked == _asked_by_grade(monkeypatch, "봄학기 8675309")
    others = [_asked_by_grade(monkeypatch, secret) for secret in ("0", "가을", None, None, "")]
    for other in (asked, *others):
        assert sum(other == again for again in (asked, *others)) == 1


@verdicts_only
@heavy
def test_the_secret_is_never_said(monkeypatch):
    monkeypatch.setenv("ANCHORBOX_SEED", "8675309")
    for name, exercise in EXERCISES.items():
        for misconception in exercise.misconceptions:
            result = grade(name, misconception.wrong)
            assert not result.passed
            assert "8675309" not in str(result) + result._repr_html_()


def test_grading_is_not_told_to_the_listeners():
    heard = []
    stop = feedback.listen(heard.append)
    try:
        grade("box_iou", iou_with_loops)
        check("box_iou", iou_with_loops)
    finally:
        stop()
    assert len(heard) == 1


ALL_PROPERTIES = [
    pytest.param(exercise, rule, id=f"{exercise.name}-{rule.name}")
    for exercise in EXERCISES.values()
    for rule in exercise.properties
]


@pytest.mark.parametrize(("exercise", "rule"), ALL_PROPERTIES)
def test_a_property_holds_for_right_answers_and_fails_for_some_wrong_one(exercise, rule):
    for right in (exercise.reference, *STYLES[exercise.name]):
        assert rule.holds(right)
    broken = []
    for misconception in exercise.misconceptions:
        try:
            broken.append(not rule.holds(misconception.wrong))
        except Exception:
            broken.append(True)
    assert any(broken)
    assert rule.message.endswith(("요.", "다."))


def test_a_property_is_graded_but_not_part_of_the_public_check():
    def raises(fn):
        return fn(np.zeros(1), "남는 인수")

    doubled = Exercise(
        name="doubled",
        reference=lambda values: values * 2,
        cases=lambda rng: [Case("세 수", (rng.random(3),))],
        misconceptions=(),
        returns="두 배",
        properties=(Property("큰 수", lambda fn: fn(np.array([1e6]))[0] == 2e6, "커도 두 배."),),
    )

    def only_small(values):
        return np.minimum(values * 2, 100.0)

    assert engine.judge(doubled, only_small).passed
    result = engine.judge(doubled, only_small, seed=1)
    assert result.status == "failed" and result.message == "커도 두 배."
    assert dict(result.details) == {"검사한 성질": "큰 수"}
    assert engine.judge(doubled, doubled.reference, seed=1).passed
    stopping = replace(doubled, properties=(Property("멈춤", raises, "멈추지 않아야 합니다."),))
    result = engine.judge(stopping, only_small, seed=1)
    assert result.status == "error" and "TypeError" in str(result)


def test_two_lucky_draws_are_not_taken_for_a_bad_sampler():
    # 양성 서른에서 둘을 뽑으면 사백 번에 한 번은 맨 앞의 둘이 나옵니다.
    labels = np.repeat([1, 0], [30, 60])
    seeds = range(3000)
    lucky = [seed for seed in seeds if (np.random.default_rng(seed).permutation(30)[:2] < 2).all()]
    assert lucky
    summary = EXERCISES["sample_labels"].summary
    for seed in lucky:
        before, after = ((labels, 11, 0.25, np.random.default_rng(seed)) for _ in range(2))
        sampled = EXERCISES["sample_labels"].reference(*after)
        assert (sampled[:2] == 1).all()
        assert summary(before, after, sampled)["앞에서부터 차례로 뽑은 횟수"] == 0


# ── 무작위로 틀린 답 ────────────────────────────────────────────────────────────────────────


def _spoil(value, rng):
    """정답을 허용 오차보다 크게 망가뜨립니다."""
    if isinstance(value, dict):
        key = rng.choice(list(value))
        return {**value, str(key): value[str(key)] + int(rng.choice([-2, -1, 1, 2]))}
    array = np.array(value)
    if array.size == 0:
        return np.zeros((array.shape[0] + 1, *array.shape[1:]))
    spot = tuple(rng.integers(0, n) for n in array.shape)
    if array.dtype == bool:
        array[spot] = ~array[spot]
    elif array.dtype.kind == "i":
        array[spot] = rng.choice([label for label in (-1, 0, 1) if label != array[spot]])
    else:
        size = 10.0 ** rng.uniform(-2, 4)
        array[spot] += rng.choice([-1, 1]) * size * max(1.0, abs(array[spot]))
    return array


# 재는 문제는 조금 다른 답도 옳을 수 있습니다.
EXACT = sorted(name for name, exercise in EXERCISES.items() if not exercise.appraise)


@verdicts_only
@heavy
@settings(max_examples=100, deadline=None)
@given(st.sampled_from(EXACT), st.integers(0, 2**32 - 1))
def test_one_spoiled_value_in_one_case_never_passes(name, seed):
    exercise, right = EXERCISES[name], STYLES[name][0]
    rng = np.random.default_rng(seed)
    target = int(rng.integers(0, len(exercise.cases(np.random.default_rng(0)))))
    calls = iter(range(1000))

    def wrong(*args):
        value = right(*args)
        return _spoil(value, rng) if next(calls) == target else value

    # 함수의 인수 이름은 정답과 같아야 하므로 서명을 빌려 옵니다.
    wrong.__signature__ = inspect.signature(exercise.reference)
    assert check(name, wrong).status == "failed"


@verdicts_only
@heavy
@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(EXERCISES)), st.integers(0, 2**32 - 1), st.integers(0, 5))
def test_random_answers_of_the_right_form_never_pass(name, seed, kind):
    exercise, right = EXERCISES[name], STYLES[name][0]
    rng = np.random.default_rng(seed)

    def wrong(*args):
        value = right(*args)
        if isinstance(value, dict):
            return {key: int(rng.integers(0, 20)) for key in value}
        array = np.asarray(value)
        if array.dtype == bool:
            return rng.random(array.shape) < 0.5
        if array.dtype.kind == "i":
            return rng.integers(-1, 2, array.shape)
        return [
            rng.normal(size=array.shape),
            np.zeros(array.shape),
            rng.permuted(array.ravel()).reshape(array.shape) + 0.01,
            array * rng.uniform(1.1, 3),
            array + rng.uniform(0.01, 10),
            np.full(array.shape, np.nan),
        ][kind]

    wrong.__signature__ = inspect.signature(exercise.reference)
    assert check(name, wrong).status == "failed"


CONSTANTS = (
    *(0, 1.5, True, "정답", [], {}, (), [[1, 2], [3]], b"", set()),
    *(np.zeros(3), np.zeros((3, 4))),
)


@verdicts_only
@heavy
@each_exercise
def test_constants_never_pass(exercise):
    for value in CONSTANTS:
        assert check(exercise.name, lambda *args, value=value: value).status == "failed", value


# 새 과제마다, 짝이 되는 레슨에서 쓴 함수를 그대로 가져온 답과 그것을 알아본 이름.
LESSON_COPIES = {
    "decode_to_original": (
        lambda anchors, deltas, scale, pad: decode_with_columns(anchors, deltas),
        "stayed_on_the_network",
    ),
    "personal_box": (lambda anchor, deltas: targets_vectorised(anchor, deltas), "encoded_again"),
    "box_ioa": (lambda boxes, regions: iou_with_where(boxes, regions), "iou_instead"),
    "label_with_ignore": (
        lambda iou, ioa, pos_thr, neg_thr, ignore_thr: labels_with_where(
            iou.max(axis=1), pos_thr, neg_thr
        ),
        "regions_forgotten",
    ),
    "positives_by_size": (
        lambda iou, areas, pos_thr: count_with_sums(iou.max(axis=1, initial=0), pos_thr, 0.3),
        None,
    ),
}


@pytest.mark.parametrize("name", LESSON_COPIES)
def test_a_copy_of_the_lessons_function_does_not_solve_the_homework(name):
    copied, misconception = LESSON_COPIES[name]
    for result in (check(name, copied), grade(name, copied)):
        assert not result.passed and result.misconception == misconception, result


# 무작위로 뽑는 문제는 답이 하나가 아니라 외울 수 없습니다.
ONE_ANSWER = [
    name
    for assignment in ASSIGNMENTS.values()
    for name in assignment.exercises
    if name in EXERCISES and EXERCISES[name].summary is None
]


@pytest.mark.heavy
@pytest.mark.parametrize("name", ONE_ANSWER)
def test_the_public_cases_learnt_by_heart_do_not_pass_the_hidden_half(name):
    exercise = EXERCISES[name]
    known = {
        repr([np.asarray(arg).tolist() for arg in case.args]): exercise.reference(*case.args)
        for case in exercise.cases(np.random.default_rng(0))
    }

    def memorised(*args):
        return known[repr([np.asarray(arg).tolist() for arg in args])]

    memorised.__signature__ = inspect.signature(exercise.reference)
    assert check(name, memorised).passed
    assert not grade(name, memorised).passed


def test_the_example_answer_typed_in_is_recognised():
    result = check("encode_boxes", lambda anchors, gt_boxes: np.array([[0.2, -0.2, 0.223, 0.182]]))
    assert result.status == "failed"
    result = check("personal_targets", lambda anchor, gt: [0.2, -0.2, 0.223, 0.182])
    assert result.misconception == "copied_example"


# ── 학습자의 함수가 하는 별난 일 ────────────────────────────────────────────────────────────


def documented_stub(anchors, gt_boxes):
    """설명만 있습니다."""


def ellipsis_stub(anchors, gt_boxes): ...


def raising_stub(anchors, gt_boxes):
    raise NotImplementedError("여기에 코드를 작성하세요.")


def none_stub(anchors, gt_boxes):
    return None


@pytest.mark.parametrize("fn", [documented_stub, ellipsis_stub, raising_stub, none_stub, None, ...])
def test_stub_is_not_attempted(fn):
    result = check("encode_boxes", fn)
    assert result.status == "not_attempted" and not result.passed
    assert "아직 작성하지 않았습니다" in result.message
    assert dict(result.details)["약속"].split("\n") == [*EXERCISES["encode_boxes"].rules]


def test_an_empty_answer_of_another_kind_is_told_how_to_be_made():
    def without_dtype(boxes, scores, iou_threshold):
        waiting, kept = np.argsort(-scores), []
        while len(waiting):
            best, rest = waiting[0], waiting[1:]
            kept.append(best)
            waiting = rest[ab.box_iou(boxes[[best]], boxes[rest])[0] <= iou_threshold]
        return np.array(kept)

    result = check("greedy_nms", without_dtype)
    note = dict(result.details)["참고"]
    assert result.passed and "비어 있는 실수 배열" in note and "`dtype=int`" in note


def test_work_without_return_is_not_a_stub():
    def forgot(anchors, gt_boxes):
        t_x = gt_boxes - anchors  # noqa: F841

    result = check("encode_boxes", forgot)
    assert result.status == "failed"
    assert "return" in result.message and "None" in result.message


def test_exception_shows_its_last_line_and_the_learners_line():
    def helper(values):
        return values.size_of_box

    def broken(anchors, gt_boxes):
        return helper(anchors)

    result = check("encode_boxes", broken)
    assert result.status == "error"
    shown = dict(result.details)
    assert "AttributeError: 'numpy.ndarray' object has no attribute" in shown["오류"]
    assert "return values.size_of_box" in shown["멈춘 곳"]
    assert "numpy/" not in str(result) and ".py" not in str(result)


def test_exception_inside_a_library_points_to_the_learners_line():
    def broken(anchors, gt_boxes):
        return np.linalg.inv(anchors)

    shown = dict(check("encode_boxes", broken).details)
    assert "np.linalg.inv(anchors)" in shown["멈춘 곳"]


@pytest.mark.parametrize(
    ("body", "gloss"),
    [
        (lambda anchors, gt_boxes: unknown_name, "철자"),  # noqa: F821
        (lambda anchors, gt_boxes: anchors[:, 9], "shape"),
        (lambda anchors, gt_boxes: anchors[:, :2] + gt_boxes[:, :3], "모양이 맞지 않는"),
        (lambda anchors, gt_boxes: 1 if anchors > 0 else 0, "값마다"),
        (lambda anchors, gt_boxes: math.log(anchors), "math"),
        (lambda anchors, gt_boxes: 1 // 0, "0으로"),
    ],
)
def test_common_errors_are_explained_in_korean(body, gloss):
    result = check("encode_boxes", body)
    assert result.status == "error" and gloss in result.message


def leave(anchors, gt_boxes):
    sys.exit("안녕")


def recurse(anchors, gt_boxes):
    return recurse(anchors, gt_boxes)


@pytest.mark.parametrize("fn", [leave, recurse])
def test_leaving_and_recursing_are_caught(fn):
    assert check("encode_boxes", fn).status == "error"


def test_notebook_exit_does_not_stop_the_kernel():
    # 노트북의 exit는 예외를 내지 않고 커널에 끝내 달라고 부탁하는 객체입니다.
    asked = []
    namespace = {"exit": lambda: asked.append("exit")}
    exec("def fn(anchors, gt_boxes):\n    exit()\n    return anchors", namespace)
    original = namespace["exit"]
    assert check("encode_boxes", namespace["fn"]).status == "error"
    assert asked == [] and namespace["exit"] is original


def test_printing_is_shown_shortened_and_kept_out_of_the_output(capsys):
    def chatty(anchors, gt_boxes):
        print("너비", anchors[:, 2] - anchors[:, 0])
        print("경고처럼", "아주" * 1000, file=sys.stderr)
        return encode_as_taught(anchors, gt_boxes)

    result = check("encode_boxes", chatty)
    assert result.passed
    assert "너비 [40.]" in str(result) and len(str(result)) < 400
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_warnings_are_reported_not_emitted():
    def warns(anchors, gt_boxes):
        return np.log(anchors - anchors)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = check("encode_boxes", warns)
    assert "divide by zero" in dict(result.details)["계산 중 나온 경고"]


def test_learners_numpy_settings_do_not_matter():
    def wrong(anchors, gt_boxes):
        return gt_boxes - anchors / 3

    usual = str(check("encode_boxes", wrong))
    with np.errstate(all="raise"), np.printoptions(precision=1, threshold=1, sign="+"):
        assert str(check("encode_boxes", wrong)) == usual
        assert check("box_iou", iou_with_where).passed


def test_mutation_is_found_even_when_the_values_are_right():
    def mutates(labels, batch_size, positive_fraction, rng):
        sampled = sample_with_choice(labels, batch_size, positive_fraction, rng)
        labels[:] = 7
        return sampled

    result = check("sample_labels", mutates)
    assert result.status == "failed" and "`labels`" in result.message


class BadRepr:
    def __repr__(self):
        raise RuntimeError("아무것도 못 보여 줍니다")


class BadArray:
    def __array__(self, *args, **kwargs):
        raise SystemExit


class BadMapping(dict):
    def __iter__(self):
        raise RuntimeError


async def coroutine(anchors, gt_boxes):
    return anchors


@pytest.mark.parametrize(
    "fn",
    [
        lambda anchors, gt_boxes: BadRepr(),
        lambda anchors, gt_boxes: BadArray(),
        lambda anchors, gt_boxes: BadMapping(a=1),
        lambda anchors, gt_boxes: object(),
        lambda anchors, gt_boxes: 10**10_000,
        lambda anchors, gt_boxes: "가" * 10**6,
        lambda anchors, gt_boxes: list(range(10**5)),
        lambda anchors, gt_boxes: np.zeros((10**6, 4)),
        lambda anchors, gt_boxes: (row for row in anchors),
        lambda anchors, gt_boxes: anchors.astype(object),
        lambda anchors, gt_boxes: anchors * 1j,
        lambda anchors, gt_boxes: np.ma.masked_array(anchors, mask=True),
        lambda anchors, gt_boxes: np.array(["1", "2"]),
        lambda anchors, gt_boxes: lambda: None,
        coroutine,
    ],
)
@pytest.mark.parametrize("name", ["encode_boxes", "count_labels"])
def test_odd_results_are_refused_briefly(name, fn):
    if name == "count_labels":

        def adapted(iou_max, pos_thr, neg_thr):
            return fn(np.zeros((2, 4)), np.zeros((2, 4)))
    else:
        adapted = fn
    result = check(name, adapted)
    text = str(result) + result._repr_html_()
    assert result.status == "failed"
    assert len(text) < 4000
    assert " at 0x" not in text


@pytest.mark.parametrize(
    ("fn", "words"),
    [
        (lambda: 1, "인수 2개"),
        (lambda anchors: 1, "인수 2개"),
        (lambda anchors, gt_boxes, extra: 1, "인수 2개"),
        (lambda *, anchors, gt_boxes: 1, "인수 2개"),
        (np.zeros((2, 4)), "함수 이름만"),
        ("encode_boxes", "함수 이름만"),
    ],
)
def test_wrong_signature_or_value_is_explained(fn, words):
    result = check("encode_boxes", fn)
    assert result.status == "failed" and words in result.message


def test_extra_parameters_with_defaults_are_welcome():
    def encode(anchors, gt_boxes, eps=1e-6):
        return encode_as_taught(anchors, gt_boxes)

    assert check("encode_boxes", encode).passed


@pytest.mark.parametrize(
    "name", ["encode_box", "Encode_Boxes", "iou_box", "nothing like it", 3, None]
)
def test_unknown_exercise_is_a_korean_value_error(name):
    with pytest.raises(ValueError, match="연습 문제는 없습니다") as caught:
        check(name, encode_as_taught)
    assert any(known in str(caught.value) for known in EXERCISES)
    with pytest.raises(ValueError, match="혹시 'encode_boxes'인가요"):
        progress(encode_box=encode_as_taught)


# ── 시간 제한 ───────────────────────────────────────────────────────────────────────────────


def endless(anchors, gt_boxes):
    while True:
        pass


def endless_printing(anchors, gt_boxes):
    while True:
        print("아직도")


def endless_swallowing(anchors, gt_boxes):
    count = 0
    while True:
        try:
            count += len(str(count))
        except:  # noqa: E722
            pass


def sleeping(anchors, gt_boxes):
    time.sleep(1000)


@pytest.mark.parametrize("fn", [endless, endless_printing, endless_swallowing, sleeping])
def test_endless_code_is_stopped(fn, monkeypatch):
    monkeypatch.setattr(engine, "TIME_LIMIT", 0.05)
    handler, threads = signal.getsignal(signal.SIGINT), threading.active_count()
    result = check("encode_boxes", fn)
    assert result.status == "error" and "멈추었습니다" in result.message
    assert signal.getsignal(signal.SIGINT) is handler
    assert threading.active_count() == threads


def test_without_pthread_kill_the_loop_is_stopped_too(monkeypatch):
    # Windows에서 쓰는 길입니다.
    monkeypatch.setattr(engine, "TIME_LIMIT", 0.05)
    monkeypatch.delattr(signal, "pthread_kill")
    assert "멈추었습니다" in check("encode_boxes", endless).message


def test_one_thread_watches_all_the_calls_of_a_check(monkeypatch):
    started = []
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda self: started.append(self) or start(self))
    assert check("encode_boxes", encode_as_taught).passed
    # 적혀 있는 수로 한 번, 새로 뽑은 수로 한 번 판정합니다.
    assert len(started) == 2


def test_after_the_limit_nothing_more_is_called():
    called = []
    with feedback.time_limit(0.05) as limit:
        assert feedback.call(called.append, ("먼저",), limit).error is None
        first = feedback.call(endless, (None, None), limit)
        later = feedback.call(called.append, ("나중",), limit)
        outside = feedback.call(lambda: "제한 없음", ())
    assert type(first.error) is type(later.error) is feedback.TimeLimitExceeded
    assert outside.value == "제한 없음" and called == ["먼저"]


def test_a_real_interrupt_still_interrupts(kernel_interrupt):
    def interrupted(anchors, gt_boxes):
        signal.raise_signal(signal.SIGINT)
        return anchors

    with pytest.raises(KeyboardInterrupt):
        check("encode_boxes", interrupted)
    assert signal.getsignal(signal.SIGINT) is kernel_interrupt


def test_outside_the_main_thread_there_is_no_limit_but_a_verdict():
    results = []
    worker = threading.Thread(
        target=lambda: results.append(check("encode_boxes", encode_as_taught))
    )
    worker.start()
    worker.join()
    assert results[0].passed


# ── 메시지와 표시 ───────────────────────────────────────────────────────────────────────────


def test_message_tells_what_was_given_what_came_back_and_what_kind_is_expected():
    def no_log(anchors, gt_boxes):
        deltas = encode_as_taught(anchors, gt_boxes)
        deltas[:, 2:] = np.exp(deltas[:, 2:])
        return deltas

    result = check("encode_boxes", no_log)
    assert result.misconception == "no_log"
    assert "다른 것: t_w, t_h (맞은 것: t_x, t_y)" in result.message
    shown = dict(result.details)
    assert (
        shown["넣은 값"] == "`anchors[0] = [80, 40, 120, 120]`\n`gt_boxes[0] = [80, 32, 140, 112]`"
    )
    assert shown["돌려준 값"] == "`결과[0] = [0.25, -0.1, 1.5, 1]`"
    assert "(1, 4) 실수 배열" in shown["필요한 형태"]
    # 힌트도 다른 줄도 정답의 값을 말하지 않습니다.
    assert "0.405" not in str(result)


def test_first_differing_pair_is_shown_for_a_matrix():
    def no_clamp(boxes1, boxes2):
        a, b = boxes1[:, None], boxes2[None]
        size = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
        area1, area2 = ((c[..., 2:] - c[..., :2]).prod(axis=-1) for c in (a, b))
        union = area1 + area2 - size.prod(axis=-1)
        return size.prod(axis=-1) / np.where(union == 0, 1, union)

    result = check("box_iou", no_clamp)
    assert result.misconception == "negative_times_negative"
    number = re.search(r"결과\[(\d+), (\d+)\]", result.message)
    shown = dict(result.details)["넣은 값"]
    assert f"boxes1[{number[1]}]" in shown and f"boxes2[{number[2]}]" in shown


def log10_that_cannot_stack(anchors, gt_boxes):
    rows = encode_as_taught(anchors, gt_boxes)
    rows[:, 2:] /= math.log(10)
    return np.stack([row for row in rows])


def divided_by_gt_without_floor(anchors, gt_boxes):
    size, gt_size = anchors[:, 2:] - anchors[:, :2], gt_boxes[:, 2:] - gt_boxes[:, :2]
    shift = (gt_boxes[:, :2] + gt_boxes[:, 2:] - anchors[:, :2] - anchors[:, 2:]) / 2
    return np.hstack([shift / gt_size, np.log(gt_size / size)])


def unclamped_with_zero_division(boxes1, boxes2):
    a, b = boxes1[:, None], boxes2[None]
    overlap = np.prod(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 2)
    return overlap / (
        np.prod(a[..., 2:] - a[..., :2], 2) + np.prod(b[..., 2:] - b[..., :2], 2) - overlap
    )


def exchanged_with_strict_positive(iou_max, pos_thr, neg_thr):
    return np.where(iou_max > pos_thr, 1, np.where(iou_max < neg_thr, -1, 0))


def plain_argmax_in_place(iou, labels):
    labels[iou.argmax(axis=0)] = 1
    return labels


def sorted_in_place(boxes, fmt):
    if fmt == "xywh":
        boxes[:, 2:] += boxes[:, :2]
    if fmt == "cxcywh":
        boxes = np.hstack([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2])
    return np.sort(boxes, axis=1)


def first_ones_without_filling(labels, batch_size, positive_fraction, rng):
    limit = int(batch_size * positive_fraction)
    out = np.full_like(labels, -1)
    out[np.flatnonzero(labels == 1)[:limit]] = 1
    out[np.flatnonzero(labels == 0)[: batch_size - limit]] = 0
    return out


@pytest.mark.parametrize(
    ("name", "wrong", "misconception"),
    [
        ("encode_boxes", log10_that_cannot_stack, "log10"),
        ("encode_boxes", divided_by_gt_without_floor, "divided_by_gt"),
        ("box_iou", unclamped_with_zero_division, "negative_times_negative"),
        ("assign_anchor_labels", exchanged_with_strict_positive, "ignore_negative_exchanged"),
        ("force_match", plain_argmax_in_place, "plain_argmax"),
        ("fix_boxes", sorted_in_place, "all_four_sorted"),
        ("sample_labels", first_ones_without_filling, "takes_the_first"),
    ],
)
def test_a_second_mistake_does_not_hide_the_first(name, wrong, misconception):
    assert check(name, wrong).misconception == misconception


def test_an_unknown_mistake_gets_no_hint():
    result = check("encode_boxes", lambda anchors, gt_boxes: (gt_boxes - anchors) * 0.37 + 1)
    assert result.status == "failed" and result.misconception is None and result.hint is None
    assert "힌트" not in str(result)


@pytest.mark.parametrize(
    ("name", "wrong", "words"),
    [
        ("encode_boxes", lambda a, b: encode_as_taught(a, b)[:, :3], "(1, 3)"),
        ("assign_anchor_labels", lambda i, p, n: labels_with_where(i, p, n) > 0, "bool"),
        ("count_labels", lambda i, p, n: [1, 2, 3], "사전(dict)"),
        ("count_labels", lambda i, p, n: {"양성": 1}, "열쇠"),
        ("find_bad_boxes", lambda b, s: find_with_any(b, s).astype(int), "int64"),
    ],
)
def test_shape_type_and_keys_get_their_own_message(name, wrong, words):
    assert words in check(name, wrong).message


ALLOWED_TAGS = {"div", "strong", "code", "br", "ul", "li"}


class _Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen, self.attributes, self.text = [], set(), set(), ""

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def hostile(anchors, gt_boxes):
    print("<script>alert(1)</script>")
    raise ValueError("<img src=x onerror=alert(1)> `</code>`")


@pytest.mark.parametrize(
    "show",
    [
        lambda: check("encode_boxes", hostile),
        lambda: check("encode_boxes", raising_stub),
        lambda: check("encode_boxes", encode_as_taught),
        lambda: check("encode_boxes", EXERCISES["encode_boxes"].misconceptions[0].wrong),
        lambda: progress(encode_boxes=encode_as_taught, box_iou=None),
    ],
    ids=["error", "not_attempted", "passed", "failed", "progress"],
)
def test_html_is_plain_escaped_and_says_what_the_text_says(show):
    result = show()
    tags = _Tags()
    source = result._repr_html_()
    tags.feed(source)
    assert not tags.open and tags.seen <= ALLOWED_TAGS and tags.attributes <= {"style"}
    plain = re.sub(r"[\s`·:-]+", "", str(result))
    assert sorted(re.sub(r"[\s`·:-]+", "", tags.text)) == sorted(plain)
    # 색이 꺼지거나 걸러져도 상태를 읽을 수 있고, 글자색은 화면의 것을 따릅니다.
    assert any(f"{icon} {word}" in tags.text for icon, word, *_ in STATES.values())
    assert not re.search(r"[^-]color:", source)


def test_icons_and_words_differ_between_states_and_fit_a_korean_console():
    icons, words, *_ = zip(*STATES.values(), strict=True)
    assert len(set(icons)) == len(set(words)) == len(STATES) == 4
    "".join([*icons, *words]).encode("cp949")


def test_results_are_the_same_in_every_process():
    script = (
        "from anchorbox_utils.homework import EXERCISES, check\n"
        "for name, exercise in EXERCISES.items():\n"
        "    result = check(name, exercise.misconceptions[0].wrong)\n"
        "    print(result); print(result._repr_html_())\n"
        "print('IPython' in __import__('sys').modules, 'matplotlib' in __import__('sys').modules)\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout.decode("utf-8")
        for seed in ("1", "2")
    }
    (output,) = outputs
    assert output.rstrip().endswith("False False")


@pytest.mark.parametrize(
    ("mine", "mark", "kept"),
    [
        (STYLES["greedy_nms"][0], "○", True),
        (lambda boxes, scores, iou_threshold: np.argsort(scores), "×", True),
        (lambda boxes, scores, iou_threshold: 1 / 0, "△", False),
        (lambda boxes, scores: np.argsort(scores), "△", False),
        (lambda boxes, scores, iou_threshold: print(end=""), "△", False),
        (lambda boxes, scores, iou_threshold: np.argsort(scores) * 1.0, "△", False),
        (lambda boxes, scores, iou_threshold: boxes, "△", False),
        (lambda boxes, scores, iou_threshold: {"ids": np.argsort(scores)}, "△", False),
        (3, "△", False),
        (lambda boxes, scores, iou_threshold: ..., "□", False),
        (None, "□", False),
    ],
)
def test_a_written_function_is_swapped_in_and_a_blank_one_is_not(mine, mark, kept, capsys):
    heard = []
    stop = feedback.listen(heard.append)
    try:
        chosen = ab.mine_or_ours("greedy_nms", mine, ab.nms)
    finally:
        stop()
    assert chosen is (mine if kept else ab.nms)
    said = capsys.readouterr().out
    assert said.startswith(f"{mark} greedy_nms: ") and not heard


@pytest.mark.parametrize(
    ("name", "mine", "mark"),
    [
        ("decode_boxes", lambda anchors, deltas: anchors + deltas, "×"),
        ("decode_boxes", lambda anchors, deltas: anchors[:, :2], "△"),
        ("match_predictions", lambda iou, iou_threshold: iou.max(1, initial=0) > 0, "×"),
        ("match_predictions", lambda iou, iou_threshold: iou >= iou_threshold, "△"),
        ("match_predictions", lambda iou, iou_threshold: np.zeros(2, bool), "△"),
    ],
)
def test_an_answer_of_another_form_is_not_swapped_in_and_every_failure_has_a_reason(
    name, mine, mark, capsys
):
    assert ab.mine_or_ours(name, mine, max) is (mine if mark == "×" else max)
    said = capsys.readouterr().out
    assert said.startswith(mark) and "까닭: " in said


def test_the_hint_stands_beside_a_swapped_function(capsys):
    wrong = EXERCISES["greedy_nms"].misconceptions[1]
    ab.mine_or_ours("greedy_nms", wrong.wrong, ab.nms)
    assert wrong.hint in capsys.readouterr().out


def test_progress_counts_afresh_every_time():
    functions = {"box_iou": iou_with_loops, "encode_boxes": raising_stub}
    assert progress(**functions).line == "1/2 통과 · 공개 검사"
    functions["encode_boxes"] = encode_as_taught
    assert progress(**functions).line == "2/2 통과 · 공개 검사"
    assert progress(**functions).passed == 2


# ── 나만의 숫자 ─────────────────────────────────────────────────────────────────────────────


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**12))
def test_personal_numbers_are_tidy_and_repeatable(number):
    anchor, gt = personal_numbers(number)
    again = personal_numbers(f" {number:015d} ")
    assert np.array_equal(anchor, again[0]) and np.array_equal(gt, again[1])
    assert np.array_equal(anchor, np.round(anchor)) and np.array_equal(gt, np.round(gt))
    for box in (anchor, gt):
        assert (box[2:] > 0).all() and (box[:2] >= box[2:] / 2).all()
    shift = (gt[:2] - anchor[:2]) / anchor[2:]
    assert np.allclose(shift * 20, np.round(shift * 20)) and (np.abs(shift) >= 0.1 - 1e-9).all()
    assert np.isin(gt[2:] / anchor[2:], (0.5, 0.75, 1.25, 1.5, 2.0)).all()


def test_personal_numbers_differ_between_students():
    seen = {tuple(np.concatenate(personal_numbers(20260000 + i))) for i in range(200)}
    assert len(seen) == 200


@pytest.mark.parametrize("number", ["", "2026-01", "²", "１２", 3.5, -1, True, None, "9" * 41])
def test_bad_student_number_is_a_korean_value_error(number):
    with pytest.raises(ValueError, match="number: "):
        personal_numbers(number)
