"""NMS: 정의 그대로 쓴 구현과의 비교."""

from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import boxes

from anchorbox_utils import batched_nms, box_iou, nms


def brute_force(rows, scores, class_ids, threshold):
    """정의 그대로: 점수가 높은 것부터, 살아 있으면 남기고 많이 겹치는 같은 클래스를 지웁니다."""
    iou, alive = box_iou(rows, rows), np.ones(len(rows), dtype=bool)
    kept = []
    for i in sorted(range(len(rows)), key=lambda i: (-scores[i], i)):
        if alive[i]:
            kept.append(i)
            alive &= ~((iou[i] > threshold) & (class_ids == class_ids[i]))
    return kept


SCALES = (1, 0.1, 1e-3, 1e6, 1e-150, 1e-162)


def on_a_grid(rng, rows, spread):
    """좁은 범위의 정수 격자라야 많이 겹치고, 점수와 IoU가 같은 경우도 나옵니다."""
    corner = rng.integers(0, spread, (rows, 2))
    return np.concatenate([corner, corner + rng.integers(0, 8, (rows, 2))], axis=1).astype(float)


def around_objects(rng, rows, spread):
    """진짜 예측처럼 물체 몇 개의 둘레에 몰린 박스."""
    objects = rng.uniform(0, spread, (max(1, rows // 20), 4))
    corner, size = objects[:, :2], objects[:, 2:] + 1
    owner = rng.integers(0, len(objects), rows)
    corner = corner[owner] + size[owner] * rng.normal(0, 0.1, (rows, 2))
    return np.concatenate([corner, corner + size[owner] * rng.uniform(0.7, 1.4, (rows, 2))], axis=1)


@st.composite
def predictions(draw, most):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    make = draw(st.sampled_from([on_a_grid, around_objects]))
    rows = make(rng, draw(st.integers(0, most)), draw(st.sampled_from([8, 40, 400])))
    rows *= draw(st.sampled_from(SCALES))
    if draw(st.booleans()) and np.abs(rows).max(initial=0) > 1e-6:
        rows = rows.astype(np.float32)
    levels = draw(st.sampled_from([3, 10**6]))
    classes = draw(st.sampled_from([1, 3, 40]))
    n = len(rows)
    return rows, rng.integers(0, levels, n) / levels, rng.integers(0, classes, n)


THRESHOLDS = st.sampled_from([0.0, 1e-5, 0.25, 1 / 3, 0.5, 0.7, 0.75, 0.999, 1.0])


def check_against_brute_force(prediction, threshold):
    rows, scores, class_ids = prediction
    together = np.zeros(len(rows))
    assert nms(rows, scores, threshold).tolist() == brute_force(rows, scores, together, threshold)
    assert batched_nms(rows, scores, class_ids, threshold).tolist() == brute_force(
        rows, scores, class_ids, threshold
    )


@given(predictions(most=80), THRESHOLDS)
def test_matches_brute_force(prediction, threshold):
    check_against_brute_force(prediction, threshold)


@pytest.mark.heavy
@settings(max_examples=100, deadline=None)
@given(predictions(most=1500), THRESHOLDS)
def test_matches_brute_force_on_many_blocks(prediction, threshold):
    check_against_brute_force(prediction, threshold)


@pytest.mark.parametrize("spread", [30, 300, 3000])
def test_more_boxes_than_a_block_match_brute_force(spread):
    rng = np.random.default_rng(spread)
    rows = np.concatenate([on_a_grid(rng, 600, spread), around_objects(rng, 600, spread)])
    check_against_brute_force((rows, rng.random(1200), rng.integers(0, 3, 1200)), 0.5)


@pytest.mark.skipif(find_spec("torchvision") is None, reason="torchvision이 없습니다")
@settings(deadline=None)
@given(predictions(most=300), THRESHOLDS)
def test_matches_torchvision(prediction, threshold):
    import torch
    from torchvision.ops import nms as theirs

    rows, scores, _ = prediction
    # torchvision은 넓이가 0인 짝의 IoU가 NaN이고, 같은 점수의 차례를 정하지 않았습니다.
    solid = (rows[:, 2:] > rows[:, :2]).all(axis=1) & (np.abs(rows).max(axis=1, initial=0) > 1e-6)
    rows, scores = rows[solid].astype(np.float64), np.arange(solid.sum(), dtype=float)
    kept = theirs(torch.tensor(rows), torch.tensor(scores), threshold)
    assert nms(rows, scores, threshold).tolist() == kept.tolist()


@given(boxes(max_rows=8), st.floats(0, 1))
def test_what_is_left_does_not_overlap(rows, threshold):
    kept = nms(rows, np.arange(len(rows)), threshold)
    iou = box_iou(rows[kept], rows[kept])
    np.fill_diagonal(iou, 0)
    assert (iou <= threshold).all()


def test_each_class_is_suppressed_on_its_own():
    rows = np.array([[0, 0, 10, 10]] * 4)
    scores, class_ids = np.array([0.1, 0.4, 0.3, 0.2]), np.array([0, 1, 0, 1])
    assert nms(rows, scores).tolist() == [1]
    assert batched_nms(rows, scores, class_ids).tolist() == [1, 2]


def test_the_number_of_a_class_does_not_move_its_boxes():
    # IoU가 꼭 0.5인 짝입니다. 클래스마다 멀리 옮긴 좌표에서는 반올림 때문에 0.5를 벗어납니다.
    rows = np.array([[0, 0, 0.3, 0.1], [0, 0, 0.6, 0.1]], dtype=np.float32)
    expected = nms(rows, [0.9, 0.8]).tolist()
    for class_id in (0, 7, 90, 10**6, 2**40):
        assert batched_nms(rows, [0.9, 0.8], [class_id] * 2).tolist() == expected
    far = rows.astype(np.float64) + 1e12
    assert batched_nms(far, [0.9, 0.8], [0, 1]).tolist() == [0, 1]


def test_boxes_at_both_ends_of_the_world_do_not_overlap():
    rows = np.array([[-1e308, 0, -0.9e308, 1], [0.9e308, 0, 1e308, 1], [0, 0, 1, 1]])
    assert nms(rows, [0.1, 0.2, 0.3]).tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nms([[5, 0, 1, 1]], [1.0]), r"boxes\[0\]"),
        (lambda: nms(np.ma.array([[0, 0, 1, 1]], mask=True), [1.0]), "boxes: .*masked"),
        (lambda: nms([[0, 0, 1, 1]], [1.0, 2.0]), r"scores.*\(1,\).*\(2,\)"),
        (lambda: nms([[0, 0, 1, 1]] * 2, [1.0, np.nan]), r"scores\[1\].*nan"),
        (lambda: nms([[0, 0, 1, 1]], [1j]), "scores: .*complex"),
        (lambda: nms([[0, 0, 1, 1]], [True]), "scores: .*bool"),
        (lambda: nms([[0, 0, 1, 1]], None), "scores: "),
        (lambda: nms([[0, 0, 1, 1]], [1.0], 1.5), "iou_threshold: .*1.5"),
        (lambda: nms([[0, 0, 1, 1]], [1.0], None), "iou_threshold: .*None"),
        (lambda: nms([[0, 0, 1, 1]], [1.0], np.nan), "iou_threshold: .*nan"),
        (lambda: nms([[0, 0, 1, 1]], [1.0], True), "iou_threshold: .*True"),
        (lambda: nms([[0, 0, 1, 1]], [1.0], [0.5]), r"iou_threshold: .*\[0.5\]"),
        (lambda: batched_nms([[0, 0, 1, 1]], [1.0], []), "class_ids"),
        (lambda: batched_nms([[0, 0, 1, 1]], [1.0], [1.5]), r"class_ids\[0\]: .*1.5"),
        (lambda: batched_nms([[0, 0, 1, 1]], [1.0], ["개"]), "class_ids: "),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


def test_unsigned_scores_and_integer_boxes_are_numbers_too():
    rows = np.array([[0, 0, 10, 10], [1, 0, 11, 10]], dtype=np.uint8)
    assert nms(rows, np.array([1, 0], dtype=np.uint8)).tolist() == [0]
    assert nms(rows, np.array([0, 200], dtype=np.uint8)).tolist() == [1]
