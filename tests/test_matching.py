"""라벨과 매칭. 격자 경로와 블록 경로는 전체 IoU 행렬과 마지막 비트까지 같아야 합니다."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorbox_utils import (
    CONVENTIONS,
    AnchorGrid,
    AnchorLevel,
    assign_anchor_labels,
    box_iou,
    count_labels,
    count_window_pairs,
    grid_matching,
    match_anchors,
    match_by_convention,
    matching,
)

DOCUMENT_IOUS = [0.82, 0.74, 0.55, 0.40, 0.29, 0.10, 0.68, 0.02]


@pytest.mark.parametrize(
    ("pos_thr", "neg_thr", "pos", "neg", "ignore"),
    [
        (0.7, 0.3, 2, 3, 3),
        (0.6, 0.3, 3, 3, 2),
        (0.5, 0.4, 4, 3, 1),
        (0.7, 0.2, 2, 2, 4),
        (0.7, 0.5, 2, 4, 2),
        (0.7, 0.6, 2, 5, 1),
    ],
)
def test_document_counts(pos_thr, neg_thr, pos, neg, ignore):
    expected = {"pos": pos, "neg": neg, "ignore": ignore}
    assert count_labels(DOCUMENT_IOUS, pos_thr, neg_thr) == expected


def test_thresholds_are_inclusive_above_and_strict_below():
    assert assign_anchor_labels([0.7, 0.3, np.nextafter(0.3, 0)]).tolist() == [1, -1, 0]
    assert assign_anchor_labels([0.5, 0.4], 0.5, 0.5).tolist() == [1, 0]


# --- 격자, 블록, 전체 행렬 -------------------------------------------------------------


def brute_force(anchors, gt_boxes, pos_thr, neg_thr, force_match):
    """정의를 그대로 옮긴 (N, G) 행렬 판."""
    iou = box_iou(anchors, gt_boxes)
    iou_max = iou.max(axis=1, initial=0)
    matched = np.full(len(iou), -1)
    if iou.size:
        matched = np.where(iou_max > 0, iou.argmax(axis=1), -1)
    labels = np.where(iou_max >= pos_thr, 1, np.where(iou_max < neg_thr, 0, -1))
    forced = np.zeros(len(iou), dtype=bool)
    best = iou.max(axis=0, initial=0)
    if force_match:
        is_best = ((iou == best) & (iou > 0)).any(axis=1)
        forced = is_best & (labels != 1)
        labels[is_best] = 1
    return labels, matched, iou_max, best, forced


def assert_same(result, expected, gt_boxes):
    labels, matched, iou_max, best, forced = expected
    assert result.labels.dtype == np.int8
    assert result.matched_gt.dtype == np.int32
    assert np.array_equal(result.labels, labels)
    assert np.array_equal(result.forced, forced)
    assert np.array_equal(result.pos_anchors, np.flatnonzero(labels == 1))
    assert np.array_equal(result.pos_gt, matched[labels == 1])
    assert np.array_equal(result.gt_best_iou, best)
    assert np.array_equal(result.iou_max, iou_max)
    assert np.array_equal(result.matched_gt, matched)
    assert result.gt_best_iou.shape == (len(gt_boxes),)


@st.composite
def grids(draw):
    levels = []
    for _ in range(draw(st.integers(1, 3))):
        side = st.one_of(st.sampled_from([1.0, 7.5, 8.0, 16.0, 64.0]), st.floats(0.5, 120))
        sizes = draw(st.lists(st.tuples(side, side), min_size=1, max_size=4))
        half = np.array(sizes) / 2
        if draw(st.booleans()):
            half = np.round(half) + 1
        stride = st.one_of(st.sampled_from([4.0, 8.0, 16.0, 61.0]), st.floats(1, 40))
        levels.append(
            AnchorLevel(
                draw(st.tuples(st.integers(1, 9), st.integers(1, 9))),
                draw(st.tuples(stride, stride)),
                draw(st.sampled_from([0.0, 0.5, 1.0, 0.3])),
                np.concatenate([-half, half], axis=1),
            )
        )
    return AnchorGrid.from_levels((64, 64), levels)


@st.composite
def scenes(draw):
    """격자와 정답. 정답은 앵커 그대로, 앵커를 민 것, 아주 작은 것, 이미지 밖, 중복을 섞습니다."""
    grid = draw(grids())
    gt_boxes = []
    for kind in draw(st.lists(st.sampled_from("asstof"), max_size=7)):
        if kind in "as":
            box = grid.boxes[draw(st.integers(0, len(grid) - 1))].copy()
            if kind == "s":
                box += np.repeat(draw(st.sampled_from([-3.0, -0.5, 0.25, 4.0])), 4)
        else:
            size = {"t": 2.0, "o": 60.0, "f": 300.0}[kind]
            low, high = {"t": (0, 60), "o": (-300, 300), "f": (-50, 60)}[kind]
            corner = np.array([draw(st.floats(low, high)) for _ in range(2)])
            box = np.concatenate([corner, corner + [draw(st.floats(0, size)) for _ in range(2)]])
        gt_boxes.append(box)
    if gt_boxes and draw(st.booleans()):
        gt_boxes.insert(draw(st.integers(0, len(gt_boxes))), gt_boxes[0])
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    return grid, np.array(gt_boxes, dtype=dtype).reshape(-1, 4)


@st.composite
def thresholds(draw, grid, gt_boxes):
    """아무 값이거나, 실제로 나오는 IoU와 똑같은 값."""
    exact = np.unique(box_iou(grid.boxes, gt_boxes)) if len(gt_boxes) else np.empty(0)
    choices = [0.0, 0.3, 0.5, 0.7, 1.0, *exact[exact <= 1].astype(float).tolist()]
    return sorted(draw(st.tuples(st.sampled_from(choices), st.sampled_from(choices))))


@settings(max_examples=150, deadline=None)
@given(data=st.data(), force_match=st.booleans())
def test_grid_and_blocks_equal_the_full_matrix_to_the_last_bit(data, force_match):
    grid, gt_boxes = data.draw(scenes())
    neg_thr, pos_thr = data.draw(thresholds(grid, gt_boxes))
    given_gt = gt_boxes.copy()
    expected = brute_force(grid.boxes, gt_boxes, pos_thr, neg_thr, force_match)
    for anchors in (grid, grid.boxes):
        result = match_anchors(anchors, gt_boxes, pos_thr, neg_thr, force_match)
        assert np.array_equal(gt_boxes, given_gt)
        assert_same(result, expected, gt_boxes)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_blocks_equal_the_full_matrix_in_float32(data):
    grid, gt_boxes = data.draw(scenes())
    anchors = grid.boxes.astype(np.float32)
    neg_thr, pos_thr = data.draw(thresholds(grid, gt_boxes))
    result = match_anchors(anchors, gt_boxes, pos_thr, neg_thr)
    assert result.iou_max.dtype == np.result_type(anchors, gt_boxes)
    assert_same(result, brute_force(anchors, gt_boxes, pos_thr, neg_thr, True), gt_boxes)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), size=st.integers(1, 40))
def test_the_block_size_changes_nothing(data, size):
    grid, gt_boxes = data.draw(scenes())
    expected = brute_force(grid.boxes, gt_boxes, 0.5, 0.4, True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid_matching, "_WINDOW_PAIRS", size)
        patch.setattr(matching, "_BLOCK_PAIRS", size)
        assert_same(match_anchors(grid, gt_boxes, 0.5, 0.4), expected, gt_boxes)
        assert_same(match_anchors(grid.boxes, gt_boxes, 0.5, 0.4), expected, gt_boxes)


@pytest.mark.parametrize("name", ["retinanet", "retinanet_detectron2", "yolov3"])
def test_real_presets_equal_the_full_matrix(name):
    rng = np.random.default_rng(4)
    grid = AnchorGrid.preset(name, (192, 320))
    corner = rng.uniform(-20, 300, (12, 2))
    gt_boxes = np.concatenate([corner, corner + np.exp(rng.uniform(0, 5.5, (12, 2)))], axis=1)
    expected = brute_force(grid.boxes, gt_boxes, 0.5, 0.4, True)
    assert_same(match_anchors(grid, gt_boxes, 0.5, 0.4), expected, gt_boxes)


def test_no_gt_makes_every_anchor_negative():
    result = match_anchors(AnchorGrid((64, 64), 16, 32), [])
    assert result.labels.tolist() == [0] * 48
    assert result.matched_gt.tolist() == [-1] * 48
    assert result.iou_max.max() == 0
    assert result.gt_best_iou.shape == result.pos_anchors.shape == (0,)


def test_forced_anchor_keeps_its_own_gt():
    # 정답 1의 최고 앵커는 앵커 0인데, 앵커 0은 정답 0과 더 많이 겹칩니다.
    anchors = [[0, 0, 10, 10], [100, 0, 110, 10]]
    gt_boxes = [[0, 0, 10, 6], [0, 6, 10, 10]]
    result = match_anchors(anchors, gt_boxes)
    assert result.labels.tolist() == [1, 0]
    assert result.forced.tolist() == [True, False]
    assert result.pos_gt.tolist() == [0]
    assert result.gt_best_iou == pytest.approx([0.6, 0.4])


def test_result_does_not_change_when_the_caller_reuses_the_gt_array():
    grid = AnchorGrid((64, 64), 8, 16)
    gt_boxes = np.array([[8.0, 8.0, 24.0, 24.0]])
    expected = brute_force(grid.boxes, gt_boxes, 0.7, 0.3, True)
    result = match_anchors(grid, gt_boxes)
    gt_boxes[:] = 0
    assert_same(result, expected, gt_boxes)


def test_a_box_whose_area_vanishes_in_float32_still_overlaps():
    grid = AnchorGrid((8, 8), 8, 8, ratios=1)
    gt_boxes = np.array([[0, 0, 1e-7, 1e-42]], dtype=np.float32)
    assert np.prod(gt_boxes[0, 2:]) == 0 < box_iou(grid.boxes, gt_boxes)[0, 0]
    expected = brute_force(grid.boxes, gt_boxes, 0.7, 0.3, True)
    for anchors in (grid, grid.boxes):
        assert_same(match_anchors(anchors, gt_boxes), expected, gt_boxes)


def test_windows_visit_few_pairs_and_cover_every_overlap():
    grid = AnchorGrid.preset("retinanet", (640, 640))
    gt_boxes = np.array([[100.0, 120.0, 180.0, 260.0], [400.0, 30.0, 432.0, 62.0]])
    overlapping = np.count_nonzero(box_iou(grid.boxes, gt_boxes))
    reachable = np.count_nonzero(box_iou(grid.boxes, gt_boxes) >= 0.4)
    visited, visited_to_label = (count_window_pairs(grid, gt_boxes, iou) for iou in (0.0, 0.4))
    assert overlapping <= visited < 2 * overlapping < 0.2 * len(grid) * len(gt_boxes)
    assert reachable <= visited_to_label < 0.2 * visited


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: match_anchors([[0, 0, 8, 8]], [[0, 0, 8, 8], [9, 0, 4, 8]]), r"gt_boxes\[1\]"),
        (lambda: match_anchors(AnchorGrid((8, 8), 8, 8), [[0, 0, np.nan, 8]]), r"gt_boxes\[0\]"),
        (lambda: match_anchors(AnchorGrid((8, 8), 8, 8), [[0, 0, 1e200, 1e200]]), "넓이"),
        (lambda: match_anchors([[5, 0, 4, 8]], []), r"anchors\[0\]"),
        (lambda: match_anchors([[0, 0, 8, 8]], [], 0.3, 0.7), "neg_thr"),
        (lambda: match_anchors([[0, 0, 8, 8]], [], 1.5), "pos_thr"),
        (lambda: count_window_pairs(AnchorGrid((8, 8), 8, 8), [], -1), "min_iou"),
        (lambda: assign_anchor_labels([0.5, 1.5]), r"iou_max\[1\]"),
        (lambda: match_by_convention([[0, 0, 8, 8]], [], "yolo"), "모르는 규칙.*yolov3_paper"),
    ],
)
def test_bad_input_is_named_in_korean(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --- 관례 ------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_course_convention_is_match_anchors(data):
    grid, gt_boxes = data.draw(scenes())
    ours, table = match_anchors(grid, gt_boxes), match_by_convention(grid, gt_boxes, "course")
    for field in ("labels", "pos_anchors", "pos_gt", "gt_best_iou", "forced", "matched_gt"):
        assert np.array_equal(getattr(ours, field), getattr(table, field)), field


@pytest.mark.parametrize("name", CONVENTIONS)
def test_every_convention_accepts_empty_input(name):
    assert match_by_convention([[0, 0, 8, 8]], [], name).labels.tolist() == [0]
    assert match_by_convention([], [[0, 0, 8, 8]], name).labels.tolist() == []


def labels_by_convention(anchors, gt_boxes):
    return {
        name: match_by_convention(anchors, gt_boxes, name).labels.tolist() for name in CONVENTIONS
    }


def test_threshold_equality_splits_the_conventions():
    # IoU가 꼭 0.5인 앵커와 꼭 0.7인 앵커. 앵커 0은 정답과 같아 강제 매칭이 결과를 가리지 않습니다.
    anchors, gt_boxes = [[0, 0, 10, 10], [0, 0, 10, 5], [0, 0, 10, 7]], [[0, 0, 10, 10]]
    labels = labels_by_convention(anchors, gt_boxes)
    assert labels["course"] == labels["detectron2_rpn"] == [1, -1, 1]
    assert labels["faster_rcnn_paper"] == [1, -1, -1]
    assert labels["torchvision_retinanet"] == labels["d2l"] == [1, 1, 1]
    assert labels["yolov3_paper"] == [1, 0, -1]


def test_ties_are_all_forced_or_only_the_first():
    anchors, gt_boxes = [[0, 0, 10, 10], [10, 0, 20, 10]], [[5, 0, 15, 10]]
    assert match_by_convention(anchors, gt_boxes, "torchvision_rpn").labels.tolist() == [1, 1]
    assert match_by_convention(anchors, gt_boxes, "torchvision_ssd").labels.tolist() == [1, 0]


def test_gt_without_overlap():
    anchors = [[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]]
    gt_boxes = [[40, 0, 50, 10], [200, 0, 210, 10]]
    labels = labels_by_convention(anchors, gt_boxes)
    # torchvision과 detectron2의 Matcher는 IoU 0도 최고값으로 봅니다. 그래서 모두 양성이 됩니다.
    assert labels["torchvision_rpn"] == labels["detectron2_retinanet"] == [1, 1, 1]
    assert labels["course"] == labels["mmdet_rpn"] == [0, 0, 1]
    assert labels["torchvision_ssd"] == labels["d2l"] == [1, 0, 1]


def test_forced_anchor_goes_to_its_own_gt_or_to_the_forcing_one():
    anchors = [[0, 0, 10, 10]]
    gt_boxes = [[0, 0, 10, 6], [0, 6, 10, 10]]
    assert match_by_convention(anchors, gt_boxes, "torchvision_retinanet").pos_gt.tolist() == [0]
    assert match_by_convention(anchors, gt_boxes, "mmdet_retinanet").pos_gt.tolist() == [1]


def test_d2l_published_example():
    # D2L 14.4절: 개(0)와 고양이(1). 책의 출력 [0, 1, 2, 0, 2]는 배경 0, 개 1, 고양이 2입니다.
    gt_boxes = [[0.1, 0.08, 0.52, 0.92], [0.55, 0.2, 0.9, 0.88]]
    anchors = [
        [0, 0.1, 0.2, 0.3],
        [0.15, 0.2, 0.4, 0.4],
        [0.63, 0.05, 0.88, 0.98],
        [0.66, 0.45, 0.8, 0.8],
        [0.57, 0.3, 0.92, 0.9],
    ]
    result = match_by_convention(anchors, gt_boxes, "d2l")
    assert np.where(result.labels == 1, result.matched_gt + 1, 0).tolist() == [0, 1, 2, 0, 2]


def test_greedy_gives_every_gt_its_own_anchor_where_first_does_not():
    # 두 정답의 최고 앵커가 모두 앵커 0입니다. 번호가 큰 정답이 덮어쓰면 정답 0은 짝을 잃습니다.
    anchors = [[0, 0, 10, 10], [0, 30, 10, 35]]
    gt_boxes = [[0, 0, 10, 32], [0, 0, 10, 20]]
    first = match_by_convention(anchors, gt_boxes, "torchvision_ssd")
    greedy = match_by_convention(anchors, gt_boxes, "d2l")
    assert first.pos_gt.tolist() == [1]
    assert dict(zip(greedy.pos_anchors, greedy.pos_gt, strict=True)) == {0: 1, 1: 0}
