"""매칭, IoU, 디코딩을 하는 코드가 틀린 사건들."""

from dataclasses import replace

import numpy as np

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.boxes import box_area, box_iou
from anchorbox_utils.bugs.case import BugCase
from anchorbox_utils.bugs.scenes import SIZE, make_pipeline, scenes
from anchorbox_utils.coding import decode_boxes, encode_boxes
from anchorbox_utils.matching import IGNORE, POSITIVE, MatchResult, match_anchors


def _equal_match(anchors, gt_boxes):
    """최고 앵커를 float32로 저장한 값과 ==로 비교해 찾는 매칭."""
    result = match_anchors(anchors, gt_boxes, 0.7, 0.3, force_match=False)
    stored = result.gt_best_iou.astype(np.float32)
    forced = np.isin(result.iou_max, stored) & (result.labels == IGNORE)
    labels = np.where(forced, POSITIVE, result.labels)
    return MatchResult.from_arrays(
        labels, result.matched_gt, result.iou_max, result.gt_best_iou, forced
    )


def _build_equal(seed):
    truth = scenes(seed)
    grid = AnchorGrid(SIZE, 16, [40, 60, 84], [0.6, 1, 1.6])
    return make_pipeline(truth, grid=grid, pos_thr=0.7, neg_thr=0.3, match=_equal_match), truth


def _see_orphans(pipeline):
    lost = total = 0
    for gt in pipeline.boxes:
        result = pipeline.match(pipeline.grid, gt)
        owners = set(result.matched_gt[result.labels == POSITIVE].tolist())
        lost, total = lost + len(set(range(len(gt))) - owners), total + len(gt)
    return (
        f"강제 매칭을 켰는데도 정답 {total}개 가운데 {lost}개가 손실에 한 번도 나타나지 않습니다.\n"
        "강제 매칭 코드: labels[iou_max == gt_best_iou] = 1 (gt_best_iou는 float32로 저장해 둔 값)"
    )


LOST_OBJECTS = BugCase(
    name="lost_objects",
    title="강제 매칭을 켰는데도 배우지 못하는 정답이 있습니다",
    threads=(
        "amdegroot/ssd.pytorch#193",
        "facebookresearch/detectron2#1162",
        "facebookresearch/detectron2#3750",
    ),
    cause="gt_without_positive",
    others=("anchors_off_scale", "threshold_too_low", "round_trip"),
    hint="앵커의 최고 IoU는 나쁘지 않습니다. 강제 매칭 코드의 비교를 다시 보세요.",
    build=_build_equal,
    symptom=_see_orphans,
    repair=lambda pipeline: replace(pipeline, match=None),
)


def _plus_one_iou(boxes1, boxes2):
    """넓이에만 +1이 남은 IoU."""
    boxes1, boxes2 = np.asarray(boxes1, float), np.asarray(boxes2, float)
    low = np.maximum(boxes1[:, None, :2], boxes2[:, :2])
    high = np.minimum(boxes1[:, None, 2:], boxes2[:, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=2)
    area1, area2 = ((b[:, 2:] - b[:, :2] + 1).prod(axis=1) for b in (boxes1, boxes2))
    return inner / (area1[:, None] + area2 - inner)


def _build_plus_one(seed):
    truth = scenes(seed, size_range=(24, 64))
    return make_pipeline(truth, grid=AnchorGrid(SIZE, 8, [24, 36, 54]), iou=_plus_one_iou), truth


def _see_self_iou(pipeline):
    boxes = np.concatenate(pipeline.boxes)
    own = np.diag(pipeline.iou(boxes, boxes))
    size = np.sqrt(box_area(boxes))
    return (
        f"똑같은 두 박스의 IoU가 1이 아닙니다: {own.min():.3f}~{own.max():.3f}\n"
        f"가장 작은 물체({size.min():.0f}픽셀)에서 {own[size.argmin()]:.3f}, 가장 큰 물체"
        f"({size.max():.0f}픽셀)에서 {own[size.argmax()]:.3f}입니다."
    )


SELF_IOU_BELOW_ONE = BugCase(
    name="self_iou_below_one",
    title="똑같은 두 박스의 IoU가 1보다 작습니다",
    threads=("fizyr/keras-retinanet#1317",),
    cause="iou_convention",
    others=("zero_size", "border_rounding", "half_stride_shift"),
    hint="작은 물체일수록 더 많이 틀립니다. 넓이를 어떻게 세었을까요?",
    build=_build_plus_one,
    symptom=_see_self_iou,
    repair=lambda pipeline: replace(pipeline, iou=box_iou),
)


def _build_half_stride(seed):
    truth = scenes(seed)
    options = (SIZE, 16, [32, 48, 72, 96], [0.5, 1, 2])
    corner = AnchorGrid(*options, offset=0)
    return make_pipeline(truth, grid=AnchorGrid(*options), decode_anchors=corner), truth


def _see_shift(pipeline):
    gt = pipeline.boxes[0]
    result = match_anchors(pipeline.grid, gt, 0.5, 0.4)
    positive = result.labels == POSITIVE
    target = gt[result.matched_gt[positive]]
    deltas = encode_boxes(pipeline.grid.boxes[positive], target)
    found = decode_boxes(pipeline.decode_anchors.boxes[positive], deltas)
    shift = (found - target).mean(axis=0).round(2)
    return (
        "모델이 학습 타깃을 완벽하게 맞혀도 결과가 왼쪽 위로 밀립니다.\n"
        f"예측 − 정답의 평균 (x1, y1, x2, y2): {shift.tolist()} 픽셀"
    )


SHIFTED_RESULTS = BugCase(
    name="shifted_results",
    title="모든 결과가 왼쪽 위로 조금씩 밀립니다",
    threads=("pytorch/vision#1765", "facebookresearch/detectron2#378"),
    cause="half_stride_shift",
    others=("round_trip", "iou_convention", "stale_size"),
    hint="밀린 양을 스트라이드(16픽셀)와 견주어 보세요. 물체의 크기와 상관이 있나요?",
    build=_build_half_stride,
    symptom=_see_shift,
    repair=lambda pipeline: replace(pipeline, decode_anchors=None),
)
