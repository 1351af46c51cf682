"""매칭, IoU, 디코딩을 하는 코드가 틀린 사건들."""

from dataclasses import replace
from functools import partial

import numpy as np

from anchorbox_utils.anchors import AnchorGrid, as_anchor_boxes
from anchorbox_utils.boxes import box_area, box_iou
from anchorbox_utils.bugs.case import BugCase
from anchorbox_utils.coding import decode_boxes, encode_boxes
from anchorbox_utils.korean import with_particle
from anchorbox_utils.matching import IGNORE, NEGATIVE, POSITIVE, MatchResult, match_anchors


# 최고 앵커를 float32로 저장한 값과 ==로 비교해 찾는 매칭. 학습자가 코드를 펼쳐 볼 수 있어, 이름과
# 설명은 원인을 말하지 않습니다.
def own_match(anchors, gt_boxes):
    result = match_anchors(anchors, gt_boxes, 0.7, 0.3, force_match=False)
    stored = result.gt_best_iou.astype(np.float32)
    forced = np.isin(result.iou_max, stored) & (result.labels == IGNORE)
    labels = np.where(forced, POSITIVE, result.labels)
    return MatchResult.from_arrays(
        labels, result.matched_gt, result.iou_max, result.gt_best_iou, forced
    )


def _build_equal(world):
    truth = world.scenes()
    config = world.config(16, (40, 60, 84), (0.6, 1, 1.6))
    options = {"config": config, "pos_thr": 0.7, "neg_thr": 0.3, "match": own_match}
    return world.build(truth, truth, **options)


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


def _try_match(repaired, broken, boxes):
    """정답마다 최고 앵커가 양성이고, 배경은 음성이고, 중간은 무시인지."""
    match = repaired.match or partial(
        match_anchors, pos_thr=repaired.pos_thr, neg_thr=repaired.neg_thr
    )
    counts = np.sum([_match_faults(match, broken, gt) for gt in boxes], axis=0)
    total = len(boxes) * len(repaired.grid)
    told = zip(_MATCH_FAULTS, counts.tolist(), strict=True)
    return next((text.format(total=total, n=n) for text, n in told if n), None)


def _match_faults(match, broken, gt):
    """``_MATCH_FAULTS``의 차례대로, 어긴 앵커나 정답의 수."""
    result = match(broken.grid, gt)
    labels, owner, iou_max = map(np.asarray, (result.labels, result.matched_gt, result.iou_max))
    iou = box_iou(broken.grid.boxes, gt)
    top, best = iou.max(axis=1), iou.max(axis=0)
    is_best = (iou >= best - 1e-5) & (iou > 0)
    free = ~is_best.any(axis=1)
    positive, numbers = labels == POSITIVE, np.arange(len(gt))
    own = iou[np.arange(len(iou)), np.clip(owner, 0, len(gt) - 1)]
    # 최고 앵커가 모두 다른 정답과 더 겹치는 정답은 양성을 얻지 못할 수 있습니다.
    excused = ~(is_best & (iou >= top[:, None])).any(axis=0)
    return (
        (positive & (top < broken.pos_thr) & free).sum(),
        ((labels != NEGATIVE) & (top < broken.neg_thr) & free).sum(),
        ((labels != IGNORE) & (top >= broken.neg_thr) & (top < broken.pos_thr) & free).sum(),
        (np.abs(iou_max - top) > 1e-4).sum(),
        (positive & (own < top - 1e-5) & (own < best[owner] - 1e-5)).sum(),
        (~np.isin(numbers, owner[positive]) & ~excused).sum(),
    )


# 앞의 것부터 말합니다.
_MATCH_FAULTS = (
    "정답의 최고 앵커도 아니고 pos_thr에도 못 미치는 앵커가 양성입니다({total:,}개 가운데 "
    "{n:,}개). 배경까지 물체로 배웁니다.",
    "배경이어야 할 앵커가 음성이 아닙니다({total:,}개 가운데 {n:,}개). 배경을 배우지 못하면 아무 "
    "데나 물체가 있다고 합니다.",
    "neg_thr와 pos_thr 사이의 앵커는 무시해야 하는데 {n:,}개가 그렇지 않습니다.",
    "iou_max가 실제 IoU와 다른 앵커가 {n:,}개입니다. 검사에 보일 값을 지어내면 고친 것이 아닙니다.",
    "양성 앵커 {n:,}개가 자기와 겹치지도 않는 정답을 맡았습니다. 엉뚱한 물체로 회귀합니다.",
    "양성 앵커를 얻지 못한 정답이 아직 {n:,}개 있습니다.",
)


LOST_OBJECTS = BugCase(
    name="lost_objects",
    title="강제 매칭을 켰는데도 끝내 찾지 못하는 물체가 있습니다",
    threads=(
        "amdegroot/ssd.pytorch#193",
        "facebookresearch/detectron2#1162",
        "facebookresearch/detectron2#3750",
    ),
    cause="gt_without_positive",
    others=("anchors_off_scale", "threshold_too_low", "round_trip"),
    hint="앵커의 최고 IoU는 나쁘지 않습니다. 강제 매칭 코드의 비교를 다시 보세요.",
    minutes=9,
    touches=("match",),
    probe=_try_match,
    build=_build_equal,
    symptom=_see_orphans,
    repair=lambda pipeline: replace(pipeline, match=None),
)


# 넓이에만 +1이 남은 IoU.
def own_iou(boxes1, boxes2):
    boxes1, boxes2 = np.asarray(boxes1, float), np.asarray(boxes2, float)
    low = np.maximum(boxes1[:, None, :2], boxes2[:, :2])
    high = np.minimum(boxes1[:, None, 2:], boxes2[:, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=2)
    area1, area2 = ((b[:, 2:] - b[:, :2] + 1).prod(axis=1) for b in (boxes1, boxes2))
    return inner / (area1[:, None] + area2 - inner)


def _build_plus_one(world):
    truth = world.scenes(size_range=(24, 64))
    return world.build(truth, truth, config=world.config(scales=(24, 36, 54)), iou=own_iou)


def _see_self_iou(pipeline):
    boxes = np.concatenate(pipeline.boxes)
    own = np.diag(pipeline.iou(boxes, boxes))
    size = np.sqrt(box_area(boxes))
    return (
        f"똑같은 두 박스의 IoU가 1이 아닙니다: {own.min():.3f}~{own.max():.3f}\n"
        f"가장 작은 물체({size.min():.0f}픽셀)에서 {own[size.argmin()]:.3f}, 가장 큰 물체"
        f"({size.max():.0f}픽셀)에서 {own[size.argmax()]:.3f}입니다."
    )


def _try_iou(repaired, broken, boxes):
    """크기도 수도 다른 박스들끼리의 IoU가 맞는지."""
    first = np.concatenate(boxes)
    size = first[:, 2:] - first[:, :2]
    moved = first + np.tile(size * [0.2, -0.1], 2)
    inside = np.concatenate([first[:, :2] + size * 0.3, first[:, :2] + size * 0.7], axis=1)
    for others, told in (
        (first[::-1], "서로 다른 차례로 늘어놓은 같은 박스들"),
        (moved[:-1], "조금 밀린 박스들"),
        (inside[2:], "안에 쏙 들어간 박스들"),
    ):
        given = np.asarray(repaired.iou(first, others), float)
        true = box_iou(first, others)
        if given.shape != true.shape:
            expected = with_particle(true.shape, "이/가")
            return f"{told}에서 IoU의 모양이 {expected} 아니라 {given.shape}입니다."
        difference = np.abs(given - true).max()
        if not difference <= 1e-4:
            return (
                f"{told}에서 IoU가 최대 {difference:.3f} 틀립니다. 똑같은 박스에서만 1이 되게 "
                "했거나 검사하는 자리만 알아본 것은 아닌가요?"
            )
    return None


SELF_IOU_BELOW_ONE = BugCase(
    name="self_iou_below_one",
    title="정답과 똑같은 예측이 만점을 받지 못합니다",
    threads=("fizyr/keras-retinanet#1317",),
    cause="iou_convention",
    others=("zero_size", "border_rounding", "half_stride_shift"),
    hint="작은 물체일수록 더 많이 틀립니다. 넓이를 어떻게 세었을까요?",
    minutes=6,
    touches=("iou",),
    probe=_try_iou,
    build=_build_plus_one,
    symptom=_see_self_iou,
    repair=lambda pipeline: replace(pipeline, iou=box_iou),
)


def _build_half_stride(world):
    truth = world.scenes()
    # 처음 보는 데이터에서는 단계가 둘이라 밀리는 양도 두 가지입니다.
    config = world.config((16, 32) if world.hidden else 16)
    corner = AnchorGrid(world.size(), **config, offset=0)
    return world.build(truth, truth, config=config, decode_anchors=corner)


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


def _try_anchors(repaired, broken, boxes):
    """학습과 추론의 앵커가 같고, 앵커의 모양은 그대로인지."""
    shapes = [
        [(level.shape, level.stride, level.cell_anchors.tolist()) for level in grid.levels]
        for grid in (repaired.grid, broken.grid)
    ]
    if shapes[0] != shapes[1]:
        return "앵커의 모양과 간격은 옳습니다. 다른 앵커로 갈아 끼우지 말고 중심만 맞추세요."
    used = repaired.grid if repaired.decode_anchors is None else repaired.decode_anchors
    train, infer = repaired.grid.boxes, as_anchor_boxes(used)
    if train.shape != infer.shape:
        return f"학습의 앵커는 {len(train):,}개인데 추론의 앵커는 {len(infer):,}개입니다."
    shift = np.abs(infer - train).max()
    if shift > 1e-6:
        return f"추론의 앵커가 학습의 앵커와 아직 최대 {shift:.1f}픽셀 다릅니다."
    return None


SHIFTED_RESULTS = BugCase(
    name="shifted_results",
    title="학습은 잘되는데 그린 결과가 물체와 어긋납니다",
    threads=("pytorch/vision#1765", "facebookresearch/detectron2#378"),
    cause="half_stride_shift",
    others=("round_trip", "iou_convention", "stale_size"),
    hint="밀린 양을 스트라이드(16픽셀)와 견주어 보세요. 물체의 크기와 상관이 있나요?",
    minutes=7,
    touches=("grid", "decode_anchors"),
    probe=_try_anchors,
    guided=True,
    build=_build_half_stride,
    symptom=_see_shift,
    repair=lambda pipeline: replace(pipeline, decode_anchors=None),
)
