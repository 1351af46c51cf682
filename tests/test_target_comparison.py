"""절대 좌표와 수정량의 비교: 풀이가 옳은가, 두 쪽이 같은 조건인가, 그림이 값을 그리는가."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from anchorbox_utils import draw_method_bars, draw_method_lines
from anchorbox_utils.detector import fit_ridge
from anchorbox_utils.plotting.methods import LOOKS
from anchorbox_utils.target_comparison import (
    SITUATIONS,
    STARTS,
    STEPS,
    STRENGTHS,
    TARGETS,
    collect_rows,
    compare,
    descend,
    fit_ridge_path,
    matched_iou,
    pick_middle,
    scene_folds,
    split_rows,
)


@pytest.fixture(scope="module")
def train():
    return collect_rows(0, 20)


@pytest.fixture(scope="module")
def test_rows():
    return collect_rows(1, 12)


def untouched(rows):
    return matched_iou(rows.anchors, rows.gt_boxes).mean()


class TestRidgePath:
    def test_every_strength_solves_its_own_equations(self):
        rng = np.random.default_rng(0)
        x, free, y = (rng.normal(size=(40, n)) for n in (6, 2, 3))
        strengths = [0.1, 10.0]
        penalty = np.r_[np.ones(6), np.zeros(2)]
        both = np.hstack([x, free])
        for strength, predicted in zip(
            strengths, fit_ridge_path(x, free, y, strengths)(x, free), strict=True
        ):
            gram = both.T @ both + strength * np.diag(penalty)
            np.testing.assert_allclose(predicted, both @ np.linalg.solve(gram, both.T @ y))

    def test_the_scale_of_free_inputs_does_not_matter(self, train):
        target = TARGETS["position"]
        inputs = target.penalised(train), target.free(train)
        plain, scaled = (
            fit_ridge_path(*columns, train.gt_boxes, [30.0])(*columns)
            for columns in (inputs, (inputs[0], inputs[1] / 160))
        )
        np.testing.assert_allclose(plain, scaled)

    def test_fewer_rows_than_free_inputs_still_give_an_answer(self, train):
        few = train.pick(train.scene == 0)
        target = TARGETS["position"]
        columns = target.penalised(few)[:3], target.free(few)[:3]
        predicted = fit_ridge_path(*columns, few.gt_boxes[:3], [1.0])(*columns)
        np.testing.assert_allclose(predicted[0], few.gt_boxes[:3], atol=1e-6)


def test_subtracting_only_supplies_what_position_would_have_to_learn(train, test_rows):
    position = TARGETS["position"]
    pixels_and_position = TARGETS["pixels"]._replace(free=position.free)
    boxes = []
    for target in (position, pixels_and_position):
        values = target.encode(train.anchors, train.gt_boxes)
        predict = fit_ridge_path(target.penalised(train), target.free(train), values, [30.0])
        predicted = predict(target.penalised(test_rows), target.free(test_rows))[0]
        boxes.append(target.decode(test_rows.anchors, predicted))
    np.testing.assert_allclose(*boxes, atol=1e-6)


def test_a_badly_scaled_rival_is_easily_beaten(train, test_rows):
    """레슨의 첫 대결: λ = 1이면 좌표의 눈금만 바꾸어도 상대의 점수가 뛰어오릅니다."""

    def score(scale):
        inputs, seen = (
            np.hstack([rows.features, rows.anchors / scale]) for rows in (few, test_rows)
        )
        predicted = seen @ fit_ridge(inputs, few.gt_boxes, 1.0)
        return matched_iou(predicted, test_rows.gt_boxes).mean()

    few = train.pick(train.scene < 5)
    assert score(160) < 0.25 and score(1) > 0.5


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_targets_round_trip(target, train):
    values = target.encode(train.anchors, train.gt_boxes)
    np.testing.assert_allclose(target.decode(train.anchors, values), train.gt_boxes)


def test_flipped_predictions_score_zero():
    boxes = np.array([[0.0, 0, 4, 4], [4, 0, 0, 4], [0, 4, 4, 0]])
    np.testing.assert_array_equal(matched_iou(boxes, np.array([[0.0, 0, 4, 4]] * 3)), [1, 0, 0])


def test_folds_keep_a_scene_together(train):
    folds = scene_folds(train)
    np.testing.assert_array_equal(np.sum(folds, axis=0), 1)
    for held_out in folds:
        assert not set(train.scene[held_out]) & set(train.scene[~held_out])
    assert len(scene_folds(train.pick(train.scene < 2))) == 2


def test_a_clear_winner_is_picked_even_at_the_edge():
    assert pick_middle(np.array([0.7, 0.6, 0.5])) == 0
    assert pick_middle(np.array([0.5, 0.5, 0.5, 0.5, 0.5])) == 2


def test_the_strength_is_chosen_without_the_test_rows(train, test_rows):
    once = compare(TARGETS["deltas"], train, test_rows)
    other = compare(TARGETS["deltas"], train, test_rows.pick(test_rows.scene < 3))
    assert once.strength == other.strength and once.iou != other.iou
    assert STRENGTHS[0] < once.strength < STRENGTHS[-1]
    assert once.iou > untouched(test_rows)


def test_situations_train_and_test_on_what_they_say(train, test_rows):
    def sizes(rows):
        return np.sqrt(np.prod(rows.gt_boxes[:, 2:] - rows.gt_boxes[:, :2], axis=1))

    def centers(rows):
        return rows.gt_boxes[:, [0, 2]].mean(axis=1)

    large, small = split_rows(SITUATIONS["large_to_small"], train, test_rows)
    assert len(large.scene) and sizes(large).min() >= 48
    assert len(small.scene) and sizes(small).max() < 32
    left, right = split_rows(SITUATIONS["moved"], train, test_rows)
    assert centers(left).max() < 80 <= centers(right).min()
    few, every = split_rows(SITUATIONS["scenes_5"], train, test_rows)
    assert set(few.scene) == set(range(5)) and len(every.scene) == len(test_rows.scene)


@pytest.mark.parametrize("name", STARTS)
def test_walks_start_where_they_say_and_learn(name, train, test_rows):
    few = train.pick(train.scene < 6)
    # 눈금 하나만 써서 빠르게 봅니다.
    walk = descend(STARTS[name]._replace(scales=(4.0,)), few, test_rows)
    start, anchor = walk.curve[0], untouched(test_rows)
    assert len(walk.curve) == len(STEPS) and walk.curve[-1] > start
    if STARTS[name].at_anchor:
        assert start == pytest.approx(anchor)
    else:
        assert start < anchor - 0.2
    assert walk.finals[-1] < 0.1, "가장 큰 학습률에서는 발산합니다"


class TestFigures:
    SCORES = {
        "anchor": [[0.5, 0.6], [0.5, 0.6]],
        "deltas": [[0.6, 0.7], [0.7, 0.9]],
    }

    def test_lines_show_the_mean_under_their_names(self):
        ax = Figure().subplots()
        lines = draw_method_lines(ax, ["5", "20"], self.SCORES)
        assert [line.get_label() for line in lines] == ["앵커 그대로", "수정량"]
        np.testing.assert_allclose(lines[1].get_ydata(), [0.65, 0.8])
        assert [tick.get_text() for tick in ax.get_xticklabels()] == ["5", "20"]

    def test_whiskers_reach_from_the_lowest_to_the_highest_seed(self):
        ax = Figure().subplots()
        draw_method_lines(ax, ["5", "20"], {"deltas": self.SCORES["deltas"]})
        (whiskers,) = [c for c in ax.collections if len(c.get_segments()) == 2]
        ends = [segment[:, 1] for segment in whiskers.get_segments()]
        np.testing.assert_allclose(ends, self.SCORES["deltas"])

    def test_bars_stand_side_by_side_with_their_values(self):
        ax = Figure().subplots()
        bars = draw_method_bars(ax, ["가", "나"], self.SCORES)
        np.testing.assert_allclose([bar.get_height() for bar in bars], [0.55, 0.55, 0.65, 0.8])
        assert bars[0].get_x() + bars[0].get_width() <= bars[2].get_x()
        assert {"0.55", "0.65", "0.80"} <= {text.get_text() for text in ax.texts}

    def test_methods_are_told_apart_without_colour(self):
        _, lines, _, markers, hatches = zip(*LOOKS.values(), strict=True)
        assert len(set(zip(lines, markers, strict=True))) == len(LOOKS)
        # 막대에는 색과 빗금뿐입니다. 빗금이 없는 둘은 밝기가 다릅니다.
        assert sorted(hatch for hatch in hatches if hatch) == sorted(set(hatches) - {""})
