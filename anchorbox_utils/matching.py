"""앵커와 정답 박스의 매칭, 그리고 양성/음성/무시 라벨.

:func:`match_anchors`가 이 모듈의 중심입니다. 자유로운 (N, 4) 앵커를 받으면 전체 짝을 토막 내어
계산하고(:func:`_match_blocks`), 격자(:class:`AnchorGrid`)를 받으면 겹칠 수 있는 칸만
계산합니다(:mod:`anchorbox_utils.grid_matching`). 두 길의 결과는 마지막 비트까지 같습니다.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np

from anchorbox_utils.anchors import AnchorGrid, as_anchor_boxes
from anchorbox_utils.boxes import common_dtype, finite_area, pairwise_iou, validate_boxes
from anchorbox_utils.grid_matching import best_gt_on_grid, find_windows, search_windows
from anchorbox_utils.validation import (
    as_boolean_array,
    as_flag,
    as_fraction,
    as_instance,
    as_integer_array,
    real_array,
    refuse_values,
)

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
    pos_thr, neg_thr = as_fraction(pos_thr, "pos_thr"), as_fraction(neg_thr, "neg_thr")
    if neg_thr > pos_thr:
        raise ValueError(
            f"neg_thr({neg_thr})는 pos_thr({pos_thr})보다 클 수 없습니다. "
            "두 값이 뒤바뀌지 않았나요?"
        )
    return pos_thr, neg_thr


def _validate_iou(iou, name, shape):
    values = real_array(iou, name, shape)
    refuse_values(~((values >= 0) & (values <= 1)), values, name, "IoU는 0 이상 1 이하의 수")
    return values


def validate_labels(labels):
    """라벨을 검사해 (N,) int8 배열로 돌려줍니다.

    Examples:
        >>> validate_labels([1, 0, -1])
        array([ 1,  0, -1], dtype=int8)
        >>> validate_labels([1, 2])
        Traceback (most recent call last):
            ...
        ValueError: labels[1]: 1(양성), 0(음성), -1(무시)만 쓸 수 있는데 2입니다.
    """
    values = as_integer_array(labels, "labels")
    # 세 라벨은 잇닿은 정수입니다. 학습하는 스텝마다 부르므로 np.isin보다 빠르게 봅니다.
    bad = (values < IGNORE) | (values > POSITIVE)
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(
            f"labels[{row}]: 1(양성), 0(음성), -1(무시)만 쓸 수 있는데 {values[row]}입니다."
        )
    return values.astype(np.int8)


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
    return _labels(_validate_iou(iou_max, "iou_max", ("N",)), pos_thr, neg_thr)


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
    return tally_labels(assign_anchor_labels(iou_max, pos_thr, neg_thr))


def tally_labels(labels):
    """라벨마다 앵커가 몇 개인지 셉니다.

    Examples:
        >>> tally_labels(np.array([1, -1, 0, 0]))
        {'pos': 1, 'neg': 2, 'ignore': 1}
    """
    names = {"pos": POSITIVE, "neg": NEGATIVE, "ignore": IGNORE}
    return {name: int(np.count_nonzero(labels == label)) for name, label in names.items()}


@dataclass(frozen=True, eq=False)
class MatchResult:
    """:func:`match_anchors`의 결과. N은 앵커, G는 정답 박스, P는 양성 앵커의 수입니다.

    학습에는 라벨과 양성 앵커의 짝만 있으면 됩니다. 그래서 음성 앵커까지 포함하는
    ``iou_max``와 ``matched_gt``는 처음 읽을 때 계산합니다.

    Attributes:
        labels: (N,) int8. 양성 1, 음성 0, 무시 -1.
        pos_anchors: (P,) 양성 앵커의 번호, 오름차순.
        pos_gt: (P,) int32. 그 앵커가 맡은 정답 박스의 번호. ``matched_gt[pos_anchors]``와 같습니다.
        gt_best_iou: (G,) 정답 박스마다 가장 잘 맞는 앵커와의 IoU.
        forced: (N,) bool. ``pos_thr``에 못 미치지만 강제로 양성이 된 앵커.
    """

    labels: np.ndarray
    pos_anchors: np.ndarray
    pos_gt: np.ndarray
    gt_best_iou: np.ndarray
    forced: np.ndarray
    _find_best: Callable = field(repr=False)

    @classmethod
    def from_arrays(cls, labels, matched_gt, iou_max, gt_best_iou, forced):
        """이미 구해 둔 배열로 결과를 만듭니다. 다른 매칭 코드의 결과를 검사할 때 씁니다.

        Examples:
            >>> result = MatchResult.from_arrays(
            ...     *map(np.array, ([1, 0], [0, -1], [0.9, 0.0], [0.9], [False, False]))
            ... )
            >>> result.pos_anchors, result.pos_gt
            (array([0]), array([0], dtype=int32))
        """
        labels = validate_labels(labels)
        shape = labels.shape
        matched_gt = as_integer_array(matched_gt, "matched_gt", shape, -1, 2**31 - 1)
        matched_gt = matched_gt.astype(np.int32)
        iou_max = _validate_iou(iou_max, "iou_max", shape)
        gt_best_iou = _validate_iou(gt_best_iou, "gt_best_iou", ("G",))
        forced = as_boolean_array(forced, "forced", shape)
        pos_anchors = np.flatnonzero(labels == POSITIVE)
        best = partial(tuple, (iou_max, matched_gt))
        return cls(labels, pos_anchors, matched_gt[pos_anchors], gt_best_iou, forced, best)

    @cached_property
    def _best(self):
        return self._find_best()

    @property
    def iou_max(self):
        """(N,) 앵커마다 가장 큰 IoU."""
        return self._best[0]

    @property
    def matched_gt(self):
        """(N,) int32. 앵커와 가장 많이 겹치는 정답 박스의 번호. 겹치는 것이 없으면 -1."""
        return self._best[1]


def match_anchors(anchors, gt_boxes, pos_thr=0.7, neg_thr=0.3, force_match=True):
    """앵커를 정답 박스와 매칭하고 라벨을 붙입니다.

    앵커마다 IoU가 가장 큰 정답 박스를 고르고(같으면 번호가 작은 쪽) 임계값으로 라벨을 정합니다.
    ``force_match``면 정답 박스마다 가장 잘 맞는 앵커를(같으면 모두) ``pos_thr``에 못 미쳐도
    양성으로 만듭니다. 그 앵커의 ``matched_gt``는 자기에게 가장 많이 겹치는 정답 그대로입니다.
    어떤 앵커와도 겹치지 않는 정답 박스에는 강제 매칭이 없습니다.

    (N, G) IoU 행렬을 통째로 만들지 않습니다. 메모리는 앵커 수에 비례합니다.

    Args:
        anchors: :class:`AnchorGrid` 또는 (N, 4) xyxy 앵커, 픽셀. 격자가 훨씬 빠릅니다.
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

        >>> grid = AnchorGrid((640, 640), strides=(8, 16, 32), scales=((32,), (64,), (128,)))
        >>> result = match_anchors(grid, [[100, 100, 164, 164]])
        >>> len(grid), result.gt_best_iou.round(3), grid.boxes_at(result.pos_anchors)
        (25200, array([0.784]), array([[104., 104., 168., 168.]]))

    출처: 문서 「Anchor 할당(매칭) 직관」, Faster R-CNN (2015) 3.1.2절,
    torchvision ``Matcher(allow_low_quality_matches=True)``.
    """
    pos_thr, neg_thr = validate_thresholds(pos_thr, neg_thr)
    gt_boxes, force_match = (
        validate_boxes(gt_boxes, "gt_boxes"),
        as_flag(force_match, "force_match"),
    )
    if isinstance(anchors, AnchorGrid):
        gt_boxes = gt_boxes.astype(np.float64)
        near, iou, gt, gt_best_iou, best_anchors = _match_grid(anchors, gt_boxes, neg_thr)
        find_best = partial(best_gt_on_grid, anchors, gt_boxes)
    else:
        anchors = as_anchor_boxes(anchors)
        iou, gt, gt_best_iou, best_anchors = _match_blocks(anchors, gt_boxes)
        near, find_best = np.arange(len(anchors)), partial(tuple, (iou, gt))
    # near에 없는 앵커는 IoU가 neg_thr보다 작으므로 음성입니다.
    labels = np.full(len(anchors), NEGATIVE, dtype=np.int8)
    labels[near] = _labels(iou, pos_thr, neg_thr)
    forced = np.zeros(len(anchors), dtype=bool)
    if force_match:
        forced[best_anchors] = labels[best_anchors] != POSITIVE
        labels[best_anchors] = POSITIVE
    positive = np.flatnonzero(labels[near] == POSITIVE)
    return MatchResult(labels, near[positive], gt[positive], gt_best_iou, forced, find_best)


def _match_blocks(anchors, gt_boxes):
    """(iou_max, matched_gt, gt_best_iou, 정답마다 최고인 앵커 번호)를 토막 단위로 구합니다."""
    anchors, gt_boxes = common_dtype(anchors, gt_boxes)
    iou_max = np.zeros(len(anchors), dtype=anchors.dtype)
    matched_gt = np.full(len(anchors), -1, dtype=np.int32)
    gt_best_iou = np.zeros(len(gt_boxes), dtype=anchors.dtype)
    anchor_area, gt_area = finite_area(anchors, "anchors"), finite_area(gt_boxes, "gt_boxes")
    if len(gt_boxes) == 0:
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
    return iou_max, matched_gt, gt_best_iou, _best_anchors(candidates, gt_best_iou)


def _match_grid(grid, gt_boxes, min_iou):
    """:func:`_match_blocks`와 같은 답을, IoU가 ``min_iou``에 이를 수 있는 짝만 들러 구합니다.

    Returns:
        (near, iou, gt, gt_best_iou, best_anchors). near는 최대 IoU가 ``min_iou`` 이상인 앵커와
        정답마다의 최고 앵커(``best_anchors``)의 번호이고, iou와 gt는 그 앵커들의 최대 IoU와
        정답입니다.
    """
    iou_max, matched_gt, is_near, gt_best_iou, candidates = search_windows(grid, gt_boxes, min_iou)
    best_anchors = _best_anchors(candidates, gt_best_iou)
    weak = best_anchors[~is_near[best_anchors]]
    if len(weak):
        # min_iou에 못 미치는 최고 앵커는 창 밖의 다른 정답과 더 겹칠 수 있어 모든 정답과 견줍니다.
        iou_max[weak], matched_gt[weak], *_ = _match_blocks(grid.boxes_at(weak), gt_boxes)
        is_near[weak] = True
    near = np.flatnonzero(is_near)
    return near, iou_max[near], matched_gt[near], gt_best_iou, best_anchors


def _best_anchors(candidates, gt_best_iou):
    """후보 (앵커 번호, 정답 번호, IoU) 가운데 정답의 최고 IoU에 이른 앵커 번호."""
    if not candidates:
        return np.empty(0, dtype=np.intp)
    anchor, gt, iou = (np.concatenate(parts) for parts in zip(*candidates, strict=True))
    return anchor[(iou == gt_best_iou[gt]) & (iou > 0)]


def count_window_pairs(grid, gt_boxes, min_iou=0.0):
    """격자에서 IoU가 ``min_iou``에 이를 수 있는 창 안의 (앵커, 정답) 짝의 수를 셉니다.

    :func:`match_anchors`는 ``min_iou=neg_thr``인 창만 들러 라벨을 정합니다. 전체 짝은
    ``len(grid) * len(gt_boxes)``개입니다.

    Args:
        grid: :class:`AnchorGrid`.
        gt_boxes: (G, 4) xyxy 정답 박스, 픽셀.
        min_iou: 이 IoU에 이를 수 있는 창만 셉니다. 0이면 겹치는 창 모두입니다.

    Returns:
        창 안의 짝 수(int).

    Raises:
        ValueError: 박스나 min_iou가 올바르지 않을 때.

    Examples:
        >>> grid = AnchorGrid((640, 640), strides=8, scales=32)
        >>> gt_boxes = [[100, 100, 140, 132]]
        >>> len(grid), count_window_pairs(grid, gt_boxes), count_window_pairs(grid, gt_boxes, 0.4)
        (19200, 308, 80)
    """
    as_instance(grid, "grid", AnchorGrid)
    gt_boxes = validate_boxes(gt_boxes, "gt_boxes").astype(np.float64)
    finite_area(gt_boxes, "gt_boxes")
    min_iou = np.full(len(gt_boxes), as_fraction(min_iou, "min_iou"))
    *_, count = find_windows(grid, gt_boxes, np.arange(len(gt_boxes)), min_iou)
    return int(count.prod(axis=1).sum())
