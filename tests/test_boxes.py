"""박스의 기초: 형식, 넓이, IoU, 자르기, 검사."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import boxes

from anchorbox_utils import box_area, box_convert, box_iou, clip_boxes, validate_boxes
from anchorbox_utils.boxes import FORMATS

PAIRS = list(permutations(FORMATS, 2))


@pytest.mark.parametrize(("in_fmt", "out_fmt"), PAIRS)
@given(rows=boxes())
def test_formats_round_trip(in_fmt, out_fmt, rows):
    start = box_convert(rows, "xyxy", in_fmt)
    back = box_convert(box_convert(start, in_fmt, out_fmt), out_fmt, in_fmt)
    np.testing.assert_allclose(back, start, rtol=1e-9, atol=1e-9)


def test_formats_agree_on_a_known_box():
    known = {"xyxy": [30, 40, 70, 60], "xywh": [30, 40, 40, 20], "cxcywh": [50, 50, 40, 20]}
    for in_fmt, out_fmt in [*PAIRS, *((f, f) for f in FORMATS)]:
        assert box_convert([known[in_fmt]], in_fmt, out_fmt).tolist() == [known[out_fmt]]


@given(boxes(), boxes())
def test_iou_is_symmetric_and_bounded(first, second):
    iou = box_iou(first, second)
    assert iou.shape == (len(first), len(second))
    assert ((iou >= 0) & (iou <= 1)).all()
    np.testing.assert_array_equal(iou, box_iou(second, first).T)


@given(boxes(min_rows=1), st.sampled_from([np.float32, np.float64]))
def test_iou_with_itself_is_exactly_one(rows, dtype):
    assert (np.diag(box_iou(rows.astype(dtype), rows.astype(dtype))) == 1).all()


@given(boxes(min_rows=1), boxes(min_rows=1))
def test_iou_equals_areas_computed_one_pair_at_a_time(first, second):
    iou = box_iou(first, second)
    for i, (ax1, ay1, ax2, ay2) in enumerate(first.tolist()):
        for j, (bx1, by1, bx2, by2) in enumerate(second.tolist()):
            overlap = max(0.0, min(ax2, bx2) - max(ax1, bx1)) * max(
                0.0, min(ay2, by2) - max(ay1, by1)
            )
            union = (ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - overlap
            assert iou[i, j] == pytest.approx(overlap / union, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ([10, 0, 20, 10], 0.0),  # 변만 맞닿음
        ([2, 2, 4, 4], 0.04),  # 안에 들어 있음
        ([5, 0, 15, 10], 1 / 3),
        ([3, 3, 3, 3], 0.0),  # 점
    ],
)
def test_iou_edges(box, expected):
    assert box_iou([[0, 0, 10, 10]], [box])[0, 0] == pytest.approx(expected)


def test_iou_of_two_points_is_zero_not_nan():
    assert box_iou([[3, 3, 3, 3]], [[3, 3, 3, 3]]).tolist() == [[0.0]]


def test_width_has_no_plus_one():
    assert box_area([[0, 0, 9, 9]]).tolist() == [81.0]


@given(boxes(), st.tuples(st.integers(1, 500), st.integers(1, 500)))
def test_clipped_boxes_lie_inside(rows, image_size):
    height, width = image_size
    clipped = clip_boxes(rows, image_size)
    assert ((clipped >= 0) & (clipped <= [width, height, width, height])).all()
    validate_boxes(clipped)
    np.testing.assert_array_equal(clip_boxes(clipped, image_size), clipped)


OPERATIONS = {
    "box_convert": lambda rows: box_convert(rows, "xyxy", "cxcywh"),
    "box_convert (same)": lambda rows: box_convert(rows, "xyxy", "xyxy"),
    "box_area": box_area,
    "box_iou": lambda rows: box_iou(rows, rows),
    "clip_boxes": lambda rows: clip_boxes(rows, (100, 100)),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
class TestEveryOperation:
    def test_keeps_its_input(self, operation):
        rows = np.array([[-5.0, 1, 200, 40]])
        before = rows.copy()
        result = operation(rows)
        result += 1
        np.testing.assert_array_equal(rows, before)

    def test_keeps_float32(self, operation):
        assert operation(np.array([[0, 1, 20, 40]], dtype=np.float32)).dtype == np.float32

    @pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.float16])
    def test_computes_other_numbers_in_float64(self, operation, dtype):
        rows = np.array([[90, 10, 100, 250], [0, 0, 200, 255]])
        result = operation(rows.astype(dtype))
        assert result.dtype == np.float64
        np.testing.assert_allclose(result, operation(rows.astype(np.float64)))

    @pytest.mark.parametrize("empty", [[], np.empty((0, 4)), np.empty((0, 4), dtype=np.uint8)])
    def test_accepts_no_boxes(self, operation, empty):
        assert len(operation(empty)) == 0


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([[0, 0, 1, 1], [42, 0, 10, 5]], r"gt\[1\]: x2\(10.0\) < x1\(42.0\)"),
        ([[0, 9, 1, 2]], r"gt\[0\]: y2\(2.0\) < y1\(9.0\)"),
        ([[9, 0, 1, 1], [0, 0, 1, 1], [9, 0, 1, 1]], r"gt\[0\]: .*1개 더"),
        ([[0, 0, np.nan, 1]], r"gt\[0\]: NaN"),
        ([[0, 0, 1, 1], [0, 0, np.inf, 1]], r"gt\[1\]: NaN이나 무한대"),
        ([0, 0, 1, 1], r"gt: .*\(4,\).*\[\[\.\.\.\]\]"),
        ([[0, 0, 1]], r"gt: .*\(1, 3\)"),
        ([[0, 0, 1, 1], [0, 0]], "gt: 행마다"),
        ([["a", "b", "c", "d"]], "gt: 숫자"),
        ([[True, True, True, True]], "gt: 숫자"),
        ([[1j, 0, 1, 1]], "gt: 숫자"),
        (None, "gt: "),
    ],
)
def test_bad_boxes_are_refused_by_name_row_and_value(value, message):
    with pytest.raises(ValueError, match=message):
        validate_boxes(value, name="gt")


@pytest.mark.parametrize("fmt", ["xywh", "cxcywh"])
def test_negative_size_is_refused(fmt):
    with pytest.raises(ValueError, match=r"boxes\[0\]: 높이 h\(-3.0\)가 음수"):
        box_convert([[5, 5, 2, -3]], fmt, "xyxy")


@pytest.mark.parametrize("name", ["in_fmt", "out_fmt"])
def test_unknown_format_is_refused(name):
    formats = {"in_fmt": "xyxy", "out_fmt": "xyxy", name: "yxyx"}
    with pytest.raises(ValueError, match=f"{name}: 'yxyx'"):
        box_convert([[0, 0, 1, 1]], **formats)


def test_area_beyond_the_number_range_is_refused():
    with pytest.raises(ValueError, match=r"boxes2\[0\]: 넓이가 float64"):
        box_iou([[0, 0, 1, 1]], [[0, 0, 1e200, 1e200]])


@pytest.mark.parametrize("image_size", [(0, 5), (5,), 5, (5, -1), (np.nan, 5), "ab", (5, np.inf)])
def test_bad_image_size_is_refused(image_size):
    with pytest.raises(ValueError, match="image_size"):
        clip_boxes([[0, 0, 1, 1]], image_size)
