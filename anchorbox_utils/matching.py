"""앵커와 정답 박스의 매칭, 그리고 양성/음성/무시 라벨."""

from dataclasses import dataclass

import numpy as np

from anchorbox_utils.anchors import as_anchor_boxes
from anchorbox_utils.boxes import finite_area, pairwise_iou, validate_boxes

POSITIVE, NEGATIVE, IGNORE = 1, 0, -1

# 한 번에 다루는 (앵커, 정답) 짝의 수. 중간 배열 하나가 1 MB 안팎이라 캐시에 머뭅니다.
_BLOCK_PAIRS = 1 << 17


def validate_thresholds(pos_thr, neg_thr):
    """두 임계값을 검사해 파이썬 실수로 돌려줍니다.

    Examples:
        >>> validate_thresholds(0.7, 0.3)
        (0.7, 0.3)
        >>> validate_thresholds(0.3, 0.7)
        Traceback (most recent call last):
            ...
        ValueError: neg_thr(0.7)는 pos_thr(0.3)보다 클 수 없습니다. 두 값이 뒤바뀌지 않았나요?
    """
    for name, value in (("pos_thr", pos_thr), ("neg_thr", neg_thr)):
        try:
            valid = 0 <= value <= 1
        except (TypeError, ValueError):
            valid = False
        if not valid:
            raise ValueError(f"{name}: 0 이상 1 이하의 수여야 하는데 {value!r}입니다.")
    pos_thr, neg_thr = float(pos_thr), float(neg_thr)
    if neg_thr > pos_thr:
        raise ValueError(
            f"neg_thr({neg_thr})는 pos_thr({pos_thr})보다 클 수 없습니다. "
            "두 값이 뒤바뀌지 않았나요?"
        )
    return pos_thr, neg_thr


def _validate_iou_max(iou_max):
    try:
        values = np.asarray(iou_max)
    except ValueError:
        values = np.empty((0, 0))
    if values.size == 0 and values.ndim == 1:
        values = values.astype(np.float64)
    if values.ndim != 1 or values.dtype.kind not in "iuf":
        raise ValueError(
            "iou_max: 앵커마다 최대 IoU 하나씩인 (N,) 숫자 배열이어야 하는데 "
            f"모양이 {values.shape}, 자료형이 {values.dtype}입니다."
        )
    if values.dtype != np.float32:
        values = values.astype(np.float64, copy=False)
    bad = ~((values >= 0) & (values <= 1))
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(f"iou_max[{row}]: IoU는 0 이상 1 이하여야 하는데 {values[row]}입니다.")
    return values


def assign_anchor_labels(iou_max, pos_thr=0.7, neg_thr=0.3):
    """최대 IoU로 앵커마다 라벨을 정합니다.

    ``IoU >= pos_thr``이면 양성(1), ``IoU < neg_thr``이면 음성(0), 그 사이는 무시(-1)입니다.

    Args:
        iou_max: (N,) 각 앵커의 최대 IoU, 0 이상 1 이하.
        pos_thr: 양성 임계값.
        neg_thr: 음성 임계값. ``pos_thr`` 이하여야 합니다.

    Returns:
        (N,) int8 라벨.

    Raises:
        ValueError: IoU가 [0, 1]을 벗어나거나 NaN일 때, ``neg_thr > pos_thr``일 때.

    Examples:
        >>> assign_anchor_labels([0.82, 0.55, 0.12])
        array([ 1, -1,  0], dtype=int8)

    출처: 문서 「미니 구현: IoU 기반 Anchor 라벨링」.
    """
    pos_thr, neg_thr = validate_thresholds(pos_thr, neg_thr)
    return _labels(_validate_iou_max(iou_max), pos_thr, neg_thr)


def _labels(iou_max, pos_thr, neg_thr):
    labels = np.full(len(iou_max), IGNORE, dtype=np.int8)
    labels[iou_max < neg_thr] = NEGATIVE
    labels[iou_max >= pos_thr] = POSITIVE
    return labels


def count_labels(iou_max, pos_thr, neg_thr):
    """두 임계값에서 양성/음성/무시 앵커가 몇 개씩인지 셉니다.

    Args:
        iou_max: (N,) 각 앵커의 최대 IoU, 0 이상 1 이하.
        pos_thr: 양성 임계값.
        neg_thr: 음성 임계값.

    Returns:
        ``{"pos": int, "neg": int, "ignore": int}``. 세 수의 합은 N입니다.

    Raises:
        ValueError: :func:`assign_anchor_labels`와 같습니다.

    Examples:
        >>> count_labels([0.82, 0.74, 0.55, 0.40, 0.29, 0.10, 0.68, 0.02], 0.7, 0.3)
        {'pos': 2, 'neg': 3, 'ignore': 3}

    출처: 문서 「빠른 실험: 임계값을 바꾸면 positive 개수가 어떻게 달라질까?」.
    """
    labels = assign_anchor_labels(iou_max, pos_thr, neg_thr)
    names = {"pos": POSITIVE, "neg": NEGATIVE, "ignore": IGNORE}
    return {name: int(np.count_nonzero(labels == label)) for name, label in names.items()}


@dataclass(frozen=True, eq=False)
class MatchResult:
    """:func:`match_anchors`의 결과. N은 앵커 수, G는 정답 박스 수입니다.

    Attributes:
        labels: (N,) int8. 양성 1, 음성 0, 무시 -1.
        matched_gt: (N,) int32. 가장 많이 겹치는 정답 박스의 번호. 겹치는 것이 없으면 -1.
        iou_max: (N,) 그 정답 박스와의 IoU.
        gt_best_iou: (G,) 정답 박스마다 가장 잘 맞는 앵커와의 IoU.
        forced: (N,) bool. ``pos_thr``에 못 미치지만 강제로 양성이 된 앵커.
    """

    labels: np.ndarray
    matched_gt: np.ndarray
    iou_max: np.ndarray
    gt_best_iou: np.ndarray
    forced: np.ndarray


def match_anchors(anchors, gt_boxes, pos_thr=0.7, neg_thr=0.3, force_match=True):
    """앵커를 정답 박스와 매칭하고 라벨을 붙입니다.

    앵커마다 IoU가 가장 큰 정답 박스를 고르고(같으면 번호가 작은 쪽) 임계값으로 라벨을 정합니다.
    ``force_match``면 정답 박스마다 가장 잘 맞는 앵커를(같으면 모두) ``pos_thr``에 못 미쳐도
    양성으로 만듭니다. 그 앵커의 ``matched_gt``는 자기에게 가장 많이 겹치는 정답 그대로입니다.
    어떤 앵커와도 겹치지 않는 정답 박스에는 강제 매칭이 없습니다.

    IoU 행렬 전체를 만들지 않고 앵커를 토막 내어 계산하므로, 메모리는 앵커 수에 비례합니다.

    Args:
        anchors: :class:`AnchorGrid` 또는 (N, 4) xyxy 앵커, 픽셀.
        gt_boxes: (G, 4) xyxy 정답 박스, 픽셀. G가 0이면 모든 앵커가 음성입니다.
        pos_thr: 양성 임계값.
        neg_thr: 음성 임계값.
        force_match: 정답마다 최고 앵커를 양성으로 만들지 여부.

    Returns:
        :class:`MatchResult`.

    Raises:
        ValueError: 박스나 임계값이 올바르지 않을 때.

    Examples:
        >>> result = match_anchors([[0, 0, 10, 10], [20, 0, 30, 10]], [[0, 0, 10, 6]])
        >>> result.labels, result.forced
        (array([1, 0], dtype=int8), array([ True, False]))

    출처: 문서 「Anchor 할당(매칭) 직관」, Faster R-CNN (2015) 3.1.2절,
    torchvision ``Matcher(allow_low_quality_matches=True)``.
    """
    pos_thr, neg_thr = validate_thresholds(pos_thr, neg_thr)
    anchors = as_anchor_boxes(anchors)
    gt_boxes = validate_boxes(gt_boxes, "gt_boxes")
    iou_max, matched_gt, gt_best_iou, best_anchors = _match_blocks(anchors, gt_boxes)
    labels = _labels(iou_max, pos_thr, neg_thr)
    forced = np.zeros(len(anchors), dtype=bool)
    if force_match:
        forced[best_anchors] = labels[best_anchors] != POSITIVE
        labels[best_anchors] = POSITIVE
    return MatchResult(labels, matched_gt, iou_max, gt_best_iou, forced)


def _match_blocks(anchors, gt_boxes):
    """(iou_max, matched_gt, gt_best_iou, 정답마다 최고인 앵커 번호)를 토막 단위로 구합니다."""
    dtype = np.result_type(anchors, gt_boxes)
    iou_max = np.zeros(len(anchors), dtype=dtype)
    matched_gt = np.full(len(anchors), -1, dtype=np.int32)
    gt_best_iou = np.zeros(len(gt_boxes), dtype=dtype)
    anchor_area, gt_area = finite_area(anchors, "anchors"), finite_area(gt_boxes, "gt_boxes")
    if len(gt_boxes) == 0 or len(anchors) == 0:
        return iou_max, matched_gt, gt_best_iou, np.empty(0, dtype=np.intp)
    candidates = []
    step = max(1, _BLOCK_PAIRS // len(gt_boxes))
    for start in range(0, len(anchors), step):
        block = slice(start, start + step)
        iou = pairwise_iou(anchors[block], gt_boxes, anchor_area[block], gt_area)
        best = iou.argmax(axis=1)
        iou_max[block] = np.take_along_axis(iou, best[:, None], axis=1)[:, 0]
        matched_gt[block] = np.where(iou_max[block] > 0, best, -1)
        np.maximum(gt_best_iou, iou.max(axis=0), out=gt_best_iou)
        rows, columns = np.nonzero((iou == gt_best_iou) & (iou > 0))
        candidates.append((rows + start, columns, iou[rows, columns]))
    rows, columns, values = (np.concatenate(parts) for parts in zip(*candidates, strict=True))
    return iou_max, matched_gt, gt_best_iou, rows[values == gt_best_iou[columns]]
