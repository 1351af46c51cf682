"""학번마다 다른 과제(05 버그 신고, 06 앵커 설계): 남의 답과 속임수는 통과하지 못합니다."""

import inspect
import re
from itertools import product

import numpy as np
import pytest
from right_answers import (
    STYLES,
    count_with_integers,
    design_by_adding_the_best,
    repair_with_loop,
    reproduce_in_two_steps,
)

from anchorbox_utils import (
    BUG_CASES,
    LabeledImage,
    anchor_brief,
    box_convert,
    bug_report,
    check,
    check_cause,
    kmeans_anchors,
    progress,
    recommend_anchors,
)
from anchorbox_utils.datasets import Dataset
from anchorbox_utils.homework import EXAMPLE_SETS, EXERCISES, engine, grade
from anchorbox_utils.homework.borrowing import LIBRARY_CALL
from anchorbox_utils.homework.catalogue.common import EXAMPLE_NUMBER

# 세 전처리(여백, 잘라 냄, 늘임)와 뒤집기가 있고 없는 것이 모두 나오는 학번들.
NUMBERS = range(1, 13)
PERSONAL = ("reproduce_report", "repair_report")


def _namespace(report):
    made = {"np": np}
    exec(report.code, made)
    return made


pytestmark = pytest.mark.usefixtures("verdicts_only")

# ── 05: 신고 ────────────────────────────────────────────────────────────────────────────────


def test_the_numbers_cover_every_kind_of_preprocessing():
    codes = "\n".join(bug_report(number).code for number in NUMBERS)
    for word in ("min(", "max(", "fx, fy", "W - moved"):
        assert word in codes


@pytest.mark.parametrize("number", [*NUMBERS, EXAMPLE_NUMBER])
def test_a_report_says_what_its_numbers_say(number):
    report = bug_report(number)
    preprocess = _namespace(report)["preprocess"]
    for box, size, moved in zip(report.truth, report.photo_sizes, report.input_boxes, strict=True):
        np.testing.assert_allclose(preprocess(box[None], size, report.input_size)[0], moved)
    assert not np.allclose(report.returned, report.truth, atol=1)
    verdicts = {name: report.check_cause(name) for name in report.choices}
    assert len(verdicts) == 5 and sum(v.passed for v in verdicts.values()) == 1
    for verdict in verdicts.values():
        if not verdict.passed:
            assert "이것이 원인이라면" in verdict.message and "여기서는" in verdict.message
    assert str(number) in str(report) and "def preprocess" in report._repr_html_()


def test_a_cause_that_is_no_candidate_is_answered_kindly():
    report = bug_report(EXAMPLE_NUMBER)
    assert report.check_cause("").status == report.check_cause(None).status == "not_attempted"
    for answer in ("여백", 3, "zero_size"):
        assert "후보에 없는" in report.check_cause(answer).message


def test_no_report_is_a_case_of_the_bug_lab():
    causes = {name for card in BUG_CASES.values() for name in card.choices}
    assert causes.isdisjoint(name for n in NUMBERS for name in bug_report(n).choices)
    assert check_cause("nan_loss", "mixed_formats").passed


def test_the_number_is_read_as_everywhere_else():
    assert str(bug_report("0020260001")) == str(bug_report(EXAMPLE_NUMBER)) != str(bug_report(7))
    for make in (bug_report, anchor_brief):
        with pytest.raises(ValueError, match="number: 학번은"):
            make("스물")
    with pytest.raises(ValueError, match="number: 학번은"):
        check("repair_report", repair_with_loop, number="스물")


@pytest.mark.parametrize("name", PERSONAL)
@pytest.mark.parametrize(
    "number",
    [pytest.param(n, marks=pytest.mark.heavy if n > 4 else ()) for n in NUMBERS],
)
def test_mistakes_are_plenty_and_recognised_for_every_number(name, number):
    exercise = EXERCISES[name].variant(number)
    hints = [misconception.hint for misconception in exercise.misconceptions]
    assert len(hints) >= 6 and len(set(hints)) == len(hints)
    assert all(20 <= len(hint) <= 170 and hint.endswith(("요.", "다.", "요?")) for hint in hints)
    for misconception in exercise.misconceptions:
        result = check(name, misconception.wrong, number=number)
        assert result.status == "failed" and result.misconception == misconception.name, result


@pytest.mark.parametrize("name", PERSONAL)
def test_a_flip_that_keeps_the_ends_in_place_is_told(name):
    # 이 학번의 서버는 뒤집지 않은 그림을 뒤집습니다. 전처리는 꽉 차게 키우고 반씩 잘라 냅니다.
    def flipped(boxes, photo_size, input_size):
        (h, w), (height, width) = photo_size, input_size
        factor = max(width / w, height / h)
        margin = np.array([width - factor * w, height - factor * h] * 2) / 2
        turned = boxes * np.array([-1, 1, -1, 1]) + np.array([width, 0, width, 0])
        return (turned - margin) / factor

    result = check(name, flipped, number=20267731)
    assert result.misconception == "corners_exchanged" and "x1이 x2보다" in result.hint


def test_a_neighbours_answer_fails():
    # 전처리가 같은 이웃의 고치기는 내게도 옳습니다. 전처리는 열여덟 가지입니다.
    others = [
        number for number in NUMBERS if bug_report(number).code != bug_report(EXAMPLE_NUMBER).code
    ]
    assert len(others) > 9
    for name, mine in zip(PERSONAL, (reproduce_in_two_steps, repair_with_loop), strict=True):
        for judge in (check, grade):
            assert judge(name, mine, number=EXAMPLE_NUMBER).passed
            assert not any(judge(name, mine, number=number).passed for number in others)


def _right(number):
    """전처리의 글만 읽고, 끝의 두 점에서 직선을 맞추어 되돌리는 답. 어느 학번에서나 옳습니다."""
    preprocess = _namespace(bug_report(number))["preprocess"]

    def repair(boxes, photo_size, input_size):
        low, high = (
            preprocess(np.full((1, 4), side), photo_size, input_size)[0] for side in (0.0, 1.0)
        )
        found = (np.asarray(boxes) - low) / (high - low)
        flipped = high[0] < low[0]
        return found[:, [2, 1, 0, 3]] if flipped else found

    return repair


@pytest.mark.parametrize("number", NUMBERS)
def test_a_round_trip_solves_every_report(number):
    assert check("repair_report", _right(number), number=number).passed
    assert grade("repair_report", _right(number), number=number).passed


@pytest.mark.heavy
@pytest.mark.parametrize("number", [*NUMBERS, EXAMPLE_NUMBER])
def test_cheats_of_the_report_fail(number):
    report = bug_report(number)
    table = {box.tobytes(): row for row, box in enumerate(report.input_boxes)}

    def remembered(boxes, photo_size, input_size):
        rows = [table.get(np.asarray(box, float).tobytes(), 0) for box in boxes]
        return report.truth[rows].reshape(-1, 4)

    def unchanged(boxes, photo_size, input_size):
        return boxes.copy()

    def peeking(boxes, photo_size, input_size):
        return bug_report(number).truth[: len(boxes)]

    def borrowed(boxes, photo_size, input_size):
        return EXERCISES["repair_report"].variant(number).reference(boxes, photo_size, input_size)

    for cheat in (remembered, unchanged, peeking, borrowed):
        assert check("repair_report", cheat, number=number).status == "failed", cheat.__name__
    assert check("repair_report", unchanged, number=number).misconception == "input_left"
    handed = EXERCISES["repair_report"].variant(number).reference
    for fn in (peeking, borrowed, handed):
        assert check("repair_report", fn, number=number).misconception == LIBRARY_CALL


def test_progress_looks_at_the_own_report():
    solved = _right(5)
    assert progress(number=5, repair_report=solved).passed == 1
    assert progress(number=6, repair_report=solved).passed == 0
    # 학번이 없는 문제와 함께 써도 됩니다.
    assert progress(number=5, count_anchors=STYLES["count_anchors"][0]).passed == 1
    examples = EXAMPLE_SETS["examples_for_box_ioa"]
    assert len(progress(number=5, examples_for_box_ioa=lambda: None).results) == 1
    for judge, name in product((check, grade), ("count_anchors", examples.name)):
        with pytest.raises(ValueError, match=f"number: {name}"):
            judge(name, lambda: None, number=5)


# ── 06: 설계 ────────────────────────────────────────────────────────────────────────────────


def _families():
    """갈래마다 학번 하나."""
    found = {}
    for number in range(30):
        found.setdefault(anchor_brief(number).family.story, number)
    return tuple(found.values())


FAMILIES = _families()


def test_every_family_is_asked():
    assert len(FAMILIES) == 5


@pytest.mark.parametrize("number", FAMILIES)
def test_the_solution_passes_for_every_family(number):
    design = EXERCISES["design_anchors"].variant(number).reference
    cases = EXERCISES["design_anchors"].variant(number).cases(np.random.default_rng(1))
    appraise = EXERCISES["design_anchors"].appraise
    assert all(appraise(case.args, design(*case.args)).problem is None for case in cases)


def _design(scale=lambda a, w, h: a, ratio=lambda r: r, strides=(16, 32)):
    """오개념의 구현과 다르게, 크기의 순서로 여섯 묶음으로 나누어 고른 설계."""

    def design_anchors(boxes, image_size, budget):
        if len(boxes) == 0:
            return np.zeros((0, 3))
        w, h = (boxes[:, 2:] - boxes[:, :2]).astype(float).T
        order = np.argsort(w * h)
        rows = []
        for number, group in enumerate(np.array_split(order, 6)):
            if len(group):
                middle, tall = np.median(w[group]), np.median(h[group])
                stride = strides[0] if number < 3 else strides[-1]
                size = scale(np.sqrt(middle * tall), middle, tall)
                rows.append([stride, size, ratio(tall / middle)])
        return np.array(rows)

    return design_anchors


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("wrong", "misconception"),
    [
        (_design(ratio=lambda r: 1 / r), "ratio_upside_down"),
        (_design(scale=lambda a, w, h: w * h), "area_as_scale"),
        (_design(scale=lambda a, w, h: a / 16), "scale_in_cells"),
        (_design(scale=lambda a, w, h: a / 2), "half_side"),
        (_design(scale=lambda a, w, h: w), "scale_is_width"),
        (_design(scale=lambda a, w, h: h), "scale_is_height"),
        (_design(strides=(4, 4)), "other_stride"),
        (_design(strides=(64, 64)), "other_stride"),
        (_design(strides=(60, 30)), "stride_column"),
        (lambda *args: _design()(*args)[:, [1, 2, 0]], "columns_exchanged"),
        (_design(strides=(8, 8)), "over_budget"),
        (_design(scale=lambda a, w, h: 90.0), "one_scale"),
        (_design(ratio=lambda r: 1.0), "squares_only"),
        (_design(scale=lambda a, w, h: 90.0, ratio=lambda r: 5.0), "same_rows"),
        (_design(ratio=lambda r: 2.0), "default_ratios"),
    ],
)
def test_a_wrong_design_is_recognised_whatever_way_it_was_found(wrong, misconception):
    assert check("design_anchors", _design(), number=EXAMPLE_NUMBER).passed
    result = check("design_anchors", wrong, number=EXAMPLE_NUMBER)
    assert not result.passed and result.misconception == misconception, result


def _typed(rows):
    """적어 둔 행을 예산에 드는 대로 담아 돌려주는 답."""

    def design_anchors(boxes, image_size, budget):
        kept = []
        for row in rows if len(boxes) else ():
            if count_with_integers([*kept, row], image_size) <= budget:
                kept.append(row)
        return np.reshape(kept, (-1, 3))

    return design_anchors


# 한 번 잘 고른 표. 선 물체라면 어느 데이터에나 어지간히 맞습니다.
TABLE = [
    *([32, 100.1, 2.3], [32, 192.7, 2.3], [32, 80.8, 1.9], [16, 40.2, 3], [32, 112.7, 3]),
    *([16, 56.1, 2.3], [16, 25.6, 2.3], [32, 40.2, 3.8], [16, 40.2, 1.5], [32, 25.6, 1.5]),
    [32, 33.9, 3.8],
]


@pytest.mark.heavy
@pytest.mark.parametrize("number", [*FAMILIES, EXAMPLE_NUMBER])
def test_numbers_typed_in_fail_on_other_data_of_the_same_things(number):
    brief = anchor_brief(number)
    own = design_by_adding_the_best(brief.boxes, brief.image_size, brief.budget)
    assert brief.measure(own).passed
    for rows in (own, TABLE, *([[*row[:2], 1 / row[2]] for row in rows] for rows in (own, TABLE))):
        for judge in (check, grade):
            result = judge("design_anchors", _typed(rows), number=number)
            assert result.misconception == "same_rows", result


def test_a_first_try_with_six_rows_is_told_about_the_budget_even_with_one_box():
    def six(boxes, image_size, budget):
        if not len(boxes):
            return np.zeros((0, 3))
        w, h = (boxes[:, 2:] - boxes[:, :2]).T
        scales, ratios = (
            np.quantile(np.sqrt(w * h), [0.2, 0.5, 0.8]),
            np.quantile(h / w, [0.3, 0.7]),
        )
        return np.array([[16, scale, ratio] for scale in scales for ratio in ratios])

    boxes = np.array([[100.0, 80, 290, 300]])
    appraised = EXERCISES["design_anchors"].appraise((boxes, (480, 640), 6000), six(boxes, 0, 0))
    assert appraised.misconception == "fixed_rows"


def test_the_verdict_tells_how_close_it_was(monkeypatch):
    for narrow, warned in ((0.0, False), (1.0, True)):
        monkeypatch.setattr(engine, "NARROW", narrow)
        close = dict(check("design_anchors", _design(), number=EXAMPLE_NUMBER).details)
        assert "합격선보다 0." in close["가장 아슬아슬한 경우"]
        assert ("여유를 더 두세요" in close["가장 아슬아슬한 경우"]) == warned


def test_the_librarys_designs_are_not_an_answer():
    def clustered(boxes, image_size, budget):
        shapes = box_convert(boxes, "xyxy", "cxcywh")[:, 2:]
        found = kmeans_anchors(shapes, 6)
        return np.column_stack([np.full(6, 16), found.scales, found.ratios])

    def recommended(boxes, image_size, budget):
        height, width = image_size
        design = recommend_anchors(Dataset([LabeledImage("a", width, height, boxes)])).design
        return [[16, s, r] for s in design.scales[0] for r in design.ratios]

    def measured(boxes, image_size, budget):
        anchor_brief(EXAMPLE_NUMBER).measure([[16, 60, 1]])
        return np.array([[16.0, 60, 1]])

    for cheat in (clustered, recommended, measured):
        assert check("design_anchors", cheat, number=EXAMPLE_NUMBER).misconception == LIBRARY_CALL


def test_the_verdict_shows_the_best_known_and_admits_when_it_is_beaten():
    brief = anchor_brief(EXAMPLE_NUMBER)
    poor = brief.measure([[16, 60, 1]])
    assert "알려진 가장 좋은 설계" in dict(poor.details)["재현율"] and not poor.passed
    shown = []
    for number in range(8):
        own = anchor_brief(number)
        for style in STYLES["design_anchors"]:
            rows = style(own.boxes, own.image_size, own.budget)
            verdict = own.measure(rows)
            mine, _, best = re.findall(r"\d\.\d{3}", dict(verdict.details)["재현율"])
            shown.append((float(mine) > float(best), "낫습니다" in str(verdict)))
    assert {said for _, said in shown} == {True, False}
    assert all(beaten == said for beaten, said in shown)


@pytest.mark.parametrize("rows", ["앵커", [[1, 2]], None, [["a", "b", "c"]]])
def test_what_cannot_be_measured_is_told(rows):
    assert anchor_brief(EXAMPLE_NUMBER).measure(rows).status == "failed"


def test_an_empty_design_and_broken_numbers_fail():
    for rows in (np.zeros((0, 3)), [[16, -3, 1]], [[16, np.nan, 1]], [[0, 3, 1]]):
        assert not anchor_brief(EXAMPLE_NUMBER).measure(rows).passed


def test_a_personal_exercise_keeps_its_signature():
    for name in (*PERSONAL, "design_anchors"):
        shown = inspect.signature(EXERCISES[name].reference)
        assert inspect.signature(EXERCISES[name].variant(3).reference) == shown
