"""앵커와 정답 박스의 매칭, 그리고 양성/음성/무시 라벨.

:func:`match_anchors`가 이 모듈의 중심입니다. 격자(:class:`AnchorGrid`)를 받으면 겹칠 수 있는
칸만 들르고(:func:`_match_grid`), 자유로운 (N, 4) 앵커를 받으면 전체 짝을 토막 내어
계산합니다(:func:`_match_blocks`). 두 길의 결과는 마지막 비트까지 같습니다.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import pairwise

import numpy as np

from anchorbox_utils.anchors import AnchorGrid, as_anchor_boxes
from anchorbox_utils.boxes import common_dtype, finite_area, pairwise_iou, validate_boxes

POSITIVE, NEGATIVE, IGNORE = 1, 0, -1

# 한 번에 다루는 (앵커, 정답) 짝의 수. 중간 배열 하나가 1 MB 안팎이라 캐시에 머뭅니다.
_BLOCK_PAIRS = 1 << 17

# 격자에서 한 번에 들르는 창의 짝 수. 중간 배열 하나가 256 KB 안팎입니다.
_WINDOW_PAIRS = 1 << 15

# 창의 경계를 이만큼 느슨하게 잡아, 반올림 때문에 문턱에 걸린 짝을 놓치지 않습니다.
_SLACK = 1 - 1e-6


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
    pos_thr, neg_thr = _fraction(pos_thr, "pos_thr"), _fraction(neg_thr, "neg_thr")
    if neg_thr > pos_thr:
        raise ValueError(
            f"neg_thr({neg_thr})는 pos_thr({pos_thr})보다 클 수 없습니다. "
            "두 값이 뒤바뀌지 않았나요?"
        )
    return pos_thr, neg_thr


def _fraction(value, name):
    try:
        valid = 0 <= value <= 1
    except (TypeError, ValueError):
        valid = False
    if not valid:
        raise ValueError(f"{name}: 0 이상 1 이하의 수여야 하는데 {value!r}입니다.")
    return float(value)


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
            (array([0]), array([0]))
        """
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
    gt_boxes = validate_boxes(gt_boxes, "gt_boxes")
    if isinstance(anchors, AnchorGrid):
        gt_boxes = gt_boxes.astype(np.float64)
        near, iou, gt, gt_best_iou, best_anchors = _match_grid(anchors, gt_boxes, neg_thr)
        find_best = partial(_best_gt_on_grid, anchors, gt_boxes)
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

    작거나 길쭉해서 ``min_iou``에 이르는 앵커가 없을 정답은 처음부터 문턱을 낮춥니다. 그래도 이른
    앵커가 없으면(예: 이미지 밖의 정답) 찾아 둔 최고값을 새 문턱으로 한 번 더 찾습니다. 그보다
    나은 앵커가 있다면 반드시 그 창 안에 있습니다.

    Returns:
        (near, iou, gt, gt_best_iou, best_anchors). near는 최대 IoU가 ``min_iou`` 이상인 앵커와
        정답마다의 최고 앵커(``best_anchors``)의 번호이고, iou와 gt는 그 앵커들의 최대 IoU와
        정답입니다.
    """
    iou_max, matched_gt = _no_match(len(grid))
    is_near = np.full(len(grid), min_iou == 0)
    gt_area = finite_area(gt_boxes, "gt_boxes")
    gt_best_iou = np.zeros(len(gt_boxes))
    candidates = []

    def visit(chosen, bounds):
        for gt, anchor, iou in _overlapping_pairs(grid, gt_boxes, gt_area, chosen, bounds):
            np.maximum.at(gt_best_iou, gt, iou)
            top = np.flatnonzero(iou == gt_best_iou[gt])
            candidates.append((anchor[top], gt[top], iou[top]))
            near = np.flatnonzero(iou >= min_iou)
            _keep_best(iou_max, matched_gt, gt[near], anchor[near], iou[near])
            is_near[anchor[near]] = True

    everyone = np.arange(len(gt_boxes))
    bounds = np.minimum(min_iou, _expected_best_iou(grid, gt_boxes))
    visit(everyone, bounds)
    missed = np.flatnonzero(gt_best_iou < bounds)
    if len(missed):
        visit(missed, gt_best_iou[missed])
    best_anchors = _best_anchors(candidates, gt_best_iou)
    weak = best_anchors[~is_near[best_anchors]]
    if len(weak):
        # min_iou에 못 미치는 최고 앵커는 창 밖의 다른 정답과 더 겹칠 수 있어 모든 정답과 견줍니다.
        iou_max[weak], matched_gt[weak], *_ = _match_blocks(grid.boxes_at(weak), gt_boxes)
        is_near[weak] = True
    near = np.flatnonzero(is_near)
    return near, iou_max[near], matched_gt[near], gt_best_iou, best_anchors


def _expected_best_iou(grid, gt_boxes):
    """정답마다, 중심이 칸의 모서리에 놓여도 이를 IoU. 중심이 격자 안이면 최고 IoU의 하한입니다."""
    planes = grid.planes
    size = planes.cell_anchors[:, 2:] - planes.cell_anchors[:, :2]
    gt_size = (gt_boxes[:, 2:] - gt_boxes[:, :2])[:, None]
    overlap = np.minimum(np.minimum(size, gt_size), (size + gt_size - planes.stride[:, ::-1]) / 2)
    intersection = _product(np.maximum(overlap, 0))
    return (intersection / (_product(size) + _product(gt_size) - intersection)).max(axis=1)


def _best_gt_on_grid(grid, gt_boxes):
    """모든 앵커의 (iou_max, matched_gt).

    한 단계에서 앵커의 y 좌표는 행에만, x 좌표는 열에만 달려 있습니다. 그래서 정답 하나와 겹친
    길이도 행마다, 열마다 구하면 되고, 교집합과 앵커 넓이는 그 둘의 바깥곱입니다.

        교집합[행, 열] = overlap_y[행] * overlap_x[열]
        앵커 넓이[행, 열] = height[행] * width[열]

    겹치는 행과 열은 이어져 있으므로 (정답, 단계)마다 직사각형 창 하나만 들르면 나머지는 모두
    IoU 0입니다. 드는 시간은 N * G가 아니라 창의 넓이에 비례하고, 좌표와 식이
    :func:`pairwise_iou`와 똑같아 결과는 마지막 비트까지 같습니다.
    """
    iou_max, matched_gt = _no_match(len(grid))
    gt_area = finite_area(gt_boxes, "gt_boxes")
    y_edges, x_edges = grid.planes.edges
    overlap_y, overlap_x = np.empty(y_edges.shape[1]), np.empty(x_edges.shape[1])
    split = partial(_split_by_level, grid)
    parts = (
        [_overlapping_lines(level.y_edges, gt_boxes[:, 1::2]) for level in grid.levels],
        [_overlapping_lines(level.x_edges, gt_boxes[:, 0::2]) for level in grid.levels],
        split(iou_max, "yxa"),
        split(matched_gt, "yxa"),
        split(overlap_y, "ya"),
        split(overlap_x, "xa"),
        split(grid.areas, "yxa"),
    )
    levels = list(zip(*parts, strict=True))
    # 넓이가 0인 정답은 어느 앵커와도 IoU가 0입니다.
    for gt in np.flatnonzero(gt_area).tolist():
        x1, y1, x2, y2 = gt_boxes[gt]
        _overlap(y_edges, y1, y2, overlap_y)
        _overlap(x_edges, x1, x2, overlap_x)
        for rows, columns, best_iou, best_gt, line_y, line_x, area in levels:
            row, column = window = rows[gt], columns[gt]
            iou = _outer(line_y[row], line_x[column])
            union = area[window] + gt_area[gt]
            union -= iou
            iou /= union
            better = iou > best_iou[window]
            np.copyto(best_iou[window], iou, where=better)
            np.copyto(best_gt[window], gt, where=better)
    return iou_max, matched_gt


def _split_by_level(grid, values, axes):
    """모든 단계를 이은 배열을 단계마다 나누어, 행(y), 열(x), 앵커(a) 축을 세웁니다(view).

    Examples:
        >>> grid = AnchorGrid((16, 24), strides=(8, 16), scales=16, ratios=(1, 2))
        >>> [part.shape for part in _split_by_level(grid, np.arange(len(grid)), "yxa")]
        [(2, 3, 2), (1, 2, 2)]
    """
    shapes = [
        [{"y": level.shape[0], "x": level.shape[1], "a": len(level.cell_anchors)}[a] for a in axes]
        for level in grid.levels
    ]
    ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]
    return [v.reshape(shape) for v, shape in zip(np.split(values, ends), shapes, strict=True)]


def _overlap(edges, gt_low, gt_high, out):
    """앵커의 변 (2, L)과 정답의 변이 1차원에서 겹친 길이 (L,)을 ``out``에 적습니다."""
    low, high = edges
    np.minimum(high, gt_high, out=out)
    out -= np.maximum(low, gt_low)
    np.maximum(out, 0, out=out)


def _overlapping_lines(edges, gt_edges):
    """정답마다, 겹칠 수 있는 줄(행이나 열)의 범위(slice).

    Args:
        edges: (2, L, A) 줄마다 앵커의 낮은 변과 높은 변. L을 따라 커집니다.
        gt_edges: (G, 2) 정답의 낮은 변과 높은 변.
    """
    low, high = edges
    first = np.searchsorted(high.max(axis=1), gt_edges[:, 0], side="right")
    stop = np.searchsorted(low.min(axis=1), gt_edges[:, 1], side="left")
    return [slice(*ends) for ends in zip(first.tolist(), stop.tolist(), strict=True)]


def _outer(rows, columns):
    """(R, A)와 (C, A)의 바깥곱 (R, C, A)."""
    # rows[:, None] * columns와 같지만 빠릅니다. 마지막 축이 짧으면 broadcasting이 느립니다.
    product = rows[:, None].repeat(len(columns), axis=1)
    product *= columns
    return product


def _no_match(anchors):
    return np.zeros(anchors), np.full(anchors, -1, dtype=np.int32)


def _keep_best(iou_max, matched_gt, gt, anchor, iou):
    """정답 번호순으로 들른 짝들로 앵커마다의 최고 기록을 고칩니다. 같으면 작은 번호가 남습니다."""
    # 한 앵커에 여러 번 쓰면 마지막 것이 남습니다. 거꾸로 써서 작은 번호가 마지막에 오게 하고,
    # 덮여 버린 더 큰 IoU가 없어질 때까지 되풀이합니다.
    gt, anchor, iou = gt[::-1], anchor[::-1], iou[::-1]
    while len(better := np.flatnonzero(iou > iou_max.take(anchor))):
        gt, anchor, iou = gt.take(better), anchor.take(better), iou.take(better)
        iou_max[anchor] = iou
        matched_gt[anchor] = gt


def _overlapping_pairs(grid, gt_boxes, gt_area, chosen, min_iou):
    """IoU가 ``min_iou`` 이상일 수 있는 짝과 그 IoU를 정답 번호순으로, 한 묶음씩 냅니다.

    :func:`_best_gt_on_grid`와 같은 바깥곱이지만 창이 작고 많으므로, 모든 창의 행과 열을 한
    줄로 늘어놓고 한꺼번에 계산합니다. 창은 한 단계에서 스케일과 종횡비가 같은 앵커들(판,
    plane)마다 따로 잡습니다.

    Args:
        chosen: 들를 정답의 번호, 오름차순.
        min_iou: ``chosen``의 정답마다 하나. IoU가 이 값 이상인 짝은 빠뜨리지 않습니다.

    Yields:
        (정답 번호, 앵커 번호, IoU). 한 묶음 안에서 길이가 모두 같습니다.
    """
    windows = _find_windows(grid, gt_boxes, chosen, min_iou)
    for block in _split_evenly(_product(windows[-1])):
        yield _window_pairs(grid, gt_boxes, gt_area, *(values[block] for values in windows))


def _window_pairs(grid, gt_boxes, gt_area, gt, plane, first, count):
    """창들 안에서 겹치는 짝의 (정답 번호, 앵커 번호, IoU)."""
    area = gt_area[gt]
    row, row_step, height, overlap_y = _window_lines(grid, gt_boxes, 0, gt, plane, first, count)
    col, col_step, width, overlap_x = _window_lines(grid, gt_boxes, 1, gt, plane, first, count)
    # 행마다 그 창의 열을 모두 짝짓습니다. column은 짝마다 열 목록에서의 자리입니다.
    columns = np.bincount(col, minlength=len(gt))
    repeats = columns.take(row)
    column = _ranges((np.cumsum(columns) - columns).take(row), repeats)
    iou = np.repeat(overlap_y, repeats)
    iou *= overlap_x.take(column)
    union = np.repeat(height, repeats)
    union *= width.take(column)
    union += np.repeat(area.take(row), repeats)
    union -= iou
    # 넓이가 있는 정답이면 합집합도 0이 아니므로, 느린 where 없이 나눕니다.
    np.divide(iou, union, out=iou, where=True if area.all() else union > 0)
    anchor = np.repeat(grid.planes.start.take(plane.take(row)) + row_step, repeats)
    anchor += col_step.take(column)
    return np.repeat(gt.take(row), repeats), anchor, iou


def _find_windows(grid, gt_boxes, chosen, min_iou):
    """IoU가 ``min_iou`` 이상일 수 있는 창을 (정답, 판)마다 찾습니다.

    앵커 넓이를 A, 정답 넓이를 G, 교집합을 I라 하면 IoU >= t는 I >= t * (A + G - I), 곧
    ``I >= t / (1 + t) * (A + G)``입니다. 세로로 겹치는 길이는 두 높이 중 작은 쪽을 넘지 못하므로
    가로로는 적어도 ``I / min(높이)``만큼 겹쳐야 합니다. 그러려면 앵커의 왼쪽 변은 정답의 오른쪽
    변보다, 정답의 왼쪽 변은 앵커의 오른쪽 변보다 그 길이 이상 왼쪽에 있어야 합니다. 이 부등식을
    칸 번호로 풀면 창이 나옵니다. 세로도 같습니다.

    Returns:
        정답 번호 (W,), 판 번호 (W,), 첫 칸 (W, 2), 칸 수 (W, 2). 축은 (y, x)이고 정답 번호순입니다.
    """
    planes = grid.planes
    bound = (min_iou * _SLACK)[:, None]
    low, high = planes.cell_anchors[:, 1::-1], planes.cell_anchors[:, :1:-1]
    gt_low, gt_high = gt_boxes[chosen, 1::-1], gt_boxes[chosen, :1:-1]
    size, gt_size = high - low, (gt_high - gt_low)[:, None]
    shorter = np.minimum(size, gt_size)
    largest = _product(shorter)
    needed = bound / (1 + bound) * (_product(size) + _product(gt_size))
    possible = (needed <= largest) & (largest > 0)
    gt, plane = np.nonzero(possible)
    needed = needed[possible][:, None] / shorter[possible][:, ::-1]
    # 반올림에 걸리지 않게 한 칸씩 넉넉히 잡습니다. 더 들른 칸은 결과를 바꾸지 않습니다.
    stride, offset, shape = planes.stride[plane], planes.offset[plane], planes.shape[plane]
    first = np.floor((gt_low[gt] + needed - high[plane]) / stride - offset)
    last = np.ceil((gt_high[gt] - needed - low[plane]) / stride - offset)
    first = np.clip(first, 0, shape).astype(np.intp)
    count = np.clip(last + 1, first, shape).astype(np.intp) - first
    return chosen[gt], plane, first, count


def _product(pairs):
    # np.prod(axis=-1)은 길이 2인 축에서 열 배쯤 느립니다.
    return pairs[..., 0] * pairs[..., 1]


def _window_lines(grid, gt_boxes, axis, gt, plane, first, count):
    """창의 행(axis=0)이나 열(axis=1)을 한 줄로 늘어놓고 1차원 겹침을 구합니다.

    Returns:
        겹치는 줄마다 (창 번호, 앵커 번호의 증가분, 앵커의 변 길이, 겹친 길이).
    """
    planes = grid.planes
    first, count, step = first[:, axis], count[:, axis], planes.step[plane]
    window, line = np.repeat(np.arange(len(gt)), count), _ranges(first, count)
    edge = np.repeat(planes.edge_start[plane, axis], count) + line * np.repeat(step[:, 1], count)
    low, high = planes.edges[axis].take(edge, axis=1)
    overlap = np.minimum(high, np.repeat(gt_boxes[gt, 3 - axis], count))
    overlap -= np.maximum(low, np.repeat(gt_boxes[gt, 1 - axis], count))
    keep = np.flatnonzero(overlap > 0)
    anchor_step = line * np.repeat(step[:, axis], count)
    return tuple(values.take(keep) for values in (window, anchor_step, high - low, overlap))


def _ranges(start, count):
    """``[start[0], start[0] + 1, ...]``을 count[0]개, 이어서 start[1]부터 count[1]개, ...

    Examples:
        >>> _ranges(np.array([5, 0]), np.array([2, 3]))
        array([5, 6, 0, 1, 2])
    """
    ends = np.cumsum(count)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(start - (ends - count), count)


def _split_evenly(sizes):
    """크기의 합이 ``_WINDOW_PAIRS`` 안팎인 이어진 묶음(slice)으로 나눕니다."""
    if sizes.sum() < _WINDOW_PAIRS:
        return [slice(0, len(sizes))]
    block = np.cumsum(sizes) // _WINDOW_PAIRS
    edges = [0, *(np.flatnonzero(np.diff(block)) + 1), len(sizes)]
    return [slice(start, stop) for start, stop in pairwise(edges) if stop > start]


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
    gt_boxes = validate_boxes(gt_boxes, "gt_boxes")
    min_iou = np.full(len(gt_boxes), _fraction(min_iou, "min_iou"))
    *_, count = _find_windows(grid, gt_boxes, np.arange(len(gt_boxes)), min_iou)
    return int(_product(count).sum())
