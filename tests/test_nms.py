"""NMS: 무차별 구현과의 비교."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import boxes

from anchorbox_utils import batched_nms, box_iou, nms


def brute_force(rows, scores, class_ids, threshold):
    """정의 그대로: 앞서 남긴 같은 클래스의 모든 박스와 threshold 이하로 겹치면 남깁니다."""
    kept = []
    for i in sorted(range(len(rows)), key=lambda i: (-scores[i], i)):
        overlaps = [
            box_iou(rows[[i]], rows[[k]])[0, 0] for k in kept if class_ids[k] == class_ids[i]
        ]
        if all(overlap <= threshold for overlap in overlaps):
            kept.append(i)
    return kept


@st.composite
def predictions(draw):
    # 좁은 범위의 정수 격자라야 많이 겹치고, 점수와 IoU가 같은 경우도 나옵니다.
    rows = draw(st.integers(0, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    corner = rng.integers(0, 8, (rows, 2))
    both = np.concatenate([corner, corner + rng.integers(0, 8, (rows, 2))], axis=1).astype(float)
    return both, rng.integers(0, 5, rows) / 4, rng.integers(0, 3, rows)


@given(predictions(), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))
def test_matches_brute_force(prediction, threshold):
    rows, scores, class_ids = prediction
    together = np.zeros(len(rows))
    assert nms(rows, scores, threshold).tolist() == brute_force(rows, scores, together, threshold)
    assert batched_nms(rows, scores, class_ids, threshold).tolist() == brute_force(
        rows, scores, class_ids, threshold
    )


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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nms([[5, 0, 1, 1]], [1.0]), r"boxes\[0\]"),
        (lambda: nms([[0, 0, 1, 1]], [1.0, 2.0]), r"scores.*\(1,\).*\(2,\)"),
        (lambda: nms([[0, 0, 1, 1]] * 2, [1.0, np.nan]), r"scores\[1\].*nan"),
        (lambda: nms([[0, 0, 1, 1]], [1.0], 1.5), "iou_threshold.*1.5"),
        (lambda: batched_nms([[0, 0, 1, 1]], [1.0], []), "class_ids"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
