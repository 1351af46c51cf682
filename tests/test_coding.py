"""인코딩, 디코딩, 타깃 정규화."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import box_pairs

from anchorbox_utils import (
    box_convert,
    box_iou,
    decode_boxes,
    delta_statistics,
    denormalize_deltas,
    encode_boxes,
    normalize_deltas,
)

DELTAS = hnp.arrays(np.float64, st.tuples(st.integers(0, 6), st.just(4)), elements=st.floats(-5, 5))


def test_the_worked_example():
    anchor = box_convert([[50, 50, 40, 20]], "cxcywh", "xyxy")
    gt = box_convert([[58, 46, 50, 24]], "cxcywh", "xyxy")
    assert encode_boxes(anchor, gt).round(3).tolist() == [[0.20, -0.20, 0.223, 0.182]]
    np.testing.assert_allclose(decode_boxes(anchor, encode_boxes(anchor, gt)), gt)


@given(box_pairs())
def test_decode_undoes_encode(pair):
    anchors, gt = pair
    np.testing.assert_allclose(
        decode_boxes(anchors, encode_boxes(anchors, gt)), gt, rtol=1e-7, atol=1e-6
    )


@given(box_pairs(min_rows=1), st.floats(0.01, 100), st.floats(-1000, 1000))
def test_deltas_ignore_common_scale_and_shift(pair, scale, shift):
    anchors, gt = pair
    moved = encode_boxes(anchors * scale + shift, gt * scale + shift)
    np.testing.assert_allclose(moved, encode_boxes(anchors, gt), rtol=1e-5, atol=1e-5)


@given(box_pairs(min_rows=1))
def test_iou_bounds_the_size_deltas(pair):
    anchors, gt = pair
    iou = np.diag(box_iou(anchors, gt))
    touching = iou > 0
    size = np.abs(encode_boxes(anchors, gt)[touching, 2:]).max(axis=1, initial=0)
    assert (size <= -np.log(iou[touching]) + 1e-9).all()


def test_zero_size_meets_the_floor():
    deltas = encode_boxes([[0, 0, 40, 20]], [[10, 0, 10, 20]])
    assert deltas[0, 2] == pytest.approx(np.log(1e-6 / 40))
    restored = decode_boxes([[5, 5, 5, 5]], encode_boxes([[5, 5, 5, 5]], [[0, 0, 10, 10]]))
    np.testing.assert_allclose(restored, [[0, 0, 10, 10]], atol=1e-6)


@pytest.mark.parametrize("code", [encode_boxes, decode_boxes])
class TestBothDirections:
    def test_keep_float32_and_inputs(self, code):
        first = np.array([[0, 0, 10, 10]], dtype=np.float32)
        second = np.array([[0, 0, 1, 2]], dtype=np.float32)
        copies = first.copy(), second.copy()
        assert code(first, second).dtype == np.float32
        np.testing.assert_array_equal((first, second), copies)

    def test_accept_uint8(self, code):
        rows = np.array([[200, 0, 250, 10]], dtype=np.uint8), np.array([[0, 0, 1, 2]], np.uint8)
        expected = code(*(row.astype(np.float64) for row in rows))
        np.testing.assert_array_equal(code(*rows), expected)

    def test_accept_no_rows(self, code):
        assert code([], []).shape == (0, 4)

    def test_refuse_different_lengths(self, code):
        with pytest.raises(ValueError, match="2행.*1행"):
            code([[0, 0, 1, 1]] * 2, [[0, 0, 1, 1]])

    def test_refuse_flipped_anchor(self, code):
        with pytest.raises(ValueError, match=r"anchors\[0\]: x2"):
            code([[5, 0, 1, 1]], [[0, 0, 1, 1]])


def test_flipped_gt_is_refused_not_clipped():
    with pytest.raises(ValueError, match=r"gt_boxes\[0\]: x2\(60.0\) < x1\(300.0\)"):
        encode_boxes([[0, 0, 40, 40]], [[300, 100, 60, 150]])


@pytest.mark.parametrize("bad", [[0, 0, 800, 0], [np.nan, 0, 0, 0], [1e308, 0, 0, 0]])
def test_exploding_deltas_are_refused(bad):
    with pytest.raises(ValueError, match=r"deltas\[1\]"):
        decode_boxes([[0, 0, 40, 40]] * 2, [[0, 0, 0, 0], bad])


@given(DELTAS)
def test_normalising_is_undone(deltas):
    mean, std = (0.1, -0.2, 0.3, 0), (0.1, 0.1, 0.2, 5)
    normalized = normalize_deltas(deltas, mean, std)
    np.testing.assert_allclose(denormalize_deltas(normalized, mean, std), deltas, atol=1e-12)


def test_normalised_targets_have_unit_spread():
    deltas = np.random.default_rng(0).normal(0.3, [0.1, 0.2, 0.3, 0.4], (500, 4))
    normalized = normalize_deltas(deltas, deltas.mean(axis=0), deltas.std(axis=0))
    np.testing.assert_allclose(normalized.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(normalized.std(axis=0), 1)


@pytest.mark.parametrize(
    ("statistics", "message"),
    [
        ({"std": (0.1, 0, 0.2, 0.2)}, "std.1.: 0보다 큰"),
        ({"std": (0.1, 0.1, 0.2)}, "std"),
        ({"mean": (np.nan, 0, 0, 0)}, "mean"),
    ],
)
def test_bad_statistics_are_refused(statistics, message):
    for function in (normalize_deltas, denormalize_deltas):
        with pytest.raises(ValueError, match=message):
            function([[0, 0, 0, 0]], **statistics)
    assert normalize_deltas(np.zeros((1, 4), dtype=np.float32)).dtype == np.float32


def test_statistics_refuse_a_constant_column():
    # 0.1 세 개의 표준편차는 반올림 때문에 0이 아닙니다.
    deltas = np.array([[0.1, 0.0, 0.2, 0.0], [0.1, 0.2, 0.0, 0.4], [0.1, 0.3, 0.1, 0.1]])
    with pytest.raises(ValueError, match="t_x.*표준편차"):
        delta_statistics(deltas)
