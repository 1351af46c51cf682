"""격자 위의 빠른 매칭: 겹칠 수 있는 칸만 살피고도, 모든 짝을 계산한 것과 같은 답을 냅니다.

:mod:`anchorbox_utils.matching`의 :func:`match_anchors`가 :class:`AnchorGrid`를 받으면 여기로
옵니다. 쓰는 성질은 둘입니다.

**격자의 교집합은 바깥곱입니다.** 한 단계에서 앵커의 y 좌표는 행에만, x 좌표는 열에만 달려 있습니다.
그래서 정답 하나와 겹친 길이도 행마다, 열마다 구하면 되고, 교집합과 앵커 넓이는 그 둘의
바깥곱입니다.

    교집합[행, 열] = overlap_y[행] * overlap_x[열]
    앵커 넓이[행, 열] = height[행] * width[열]

겹치는 행과 열은 이어져 있으므로 (정답, 단계)마다 직사각형 창 하나만 살피면 나머지는 모두 IoU
0입니다. 드는 시간은 N * G가 아니라 창의 넓이에 비례하고, 좌표와 식이
:func:`~anchorbox_utils.boxes.pairwise_iou`와 똑같아 결과는 마지막 비트까지 같습니다.

**라벨에는 IoU가 t 이상일 수 있는 창이면 충분합니다.** 앵커 넓이를 A, 정답 넓이를 G, 교집합을 I라
하면 IoU >= t는 I >= t * (A + G - I), 곧 ``I >= t / (1 + t) * (A + G)``입니다. 세로로 겹치는 길이는
두 높이 중 작은 쪽을 넘지 못하므로 가로로는 적어도 ``I / min(높이)``만큼 겹쳐야 합니다. 그러려면
앵커의 왼쪽 변은 정답의 오른쪽 변보다, 정답의 왼쪽 변은 앵커의 오른쪽 변보다 그 길이 이상 왼쪽에
있어야 합니다. 이 부등식을 칸 번호로 풀면 창이 나옵니다. 세로도 같습니다. 창은 한 단계에서 스케일과
종횡비가 같은 앵커들(판, plane)마다 따로 잡습니다.

작거나 길쭉해서 t에 이르는 앵커가 없을 정답은 처음부터 문턱을 낮추고, 그래도 이른 앵커가 없으면(예:
이미지 밖의 정답) 찾아 둔 최고값을 새 문턱으로 한 번 더 찾습니다. 그보다 나은 앵커가 있다면 반드시
그 창 안에 있습니다.
"""

from functools import partial
from itertools import pairwise

import numpy as np

from anchorbox_utils.boxes import finite_area

# 한 번에 살피는 창의 짝 수. 중간 배열 하나가 256 KB 안팎입니다.
_WINDOW_PAIRS = 1 << 15

# 창의 경계를 이만큼 느슨하게 잡아, 반올림 때문에 문턱에 걸린 짝을 놓치지 않습니다.
_SLACK = 1 - 1e-6


def search_windows(grid, gt_boxes, min_iou):
    """IoU가 ``min_iou``에 이를 수 있는 창을 들러, 앵커와 정답마다 가장 큰 IoU를 찾습니다.

    Args:
        grid: :class:`AnchorGrid`.
        gt_boxes: (G, 4) float64 정답 박스. 값은 검사하지 않습니다.
        min_iou: 이 값에 이르지 못하는 앵커는 모두 음성입니다.

    Returns:
        (iou_max, matched_gt, is_near, gt_best_iou, candidates). is_near인 앵커의 iou_max와
        matched_gt만 믿을 수 있습니다. candidates는 정답의 최고 앵커일 수 있는 짝들의
        (앵커 번호, 정답 번호, IoU) 묶음입니다.
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

    bounds = np.minimum(min_iou, _expected_best_iou(grid, gt_boxes))
    visit(np.arange(len(gt_boxes)), bounds)
    missed = np.flatnonzero(gt_best_iou < bounds)
    if len(missed):
        visit(missed, gt_best_iou[missed])
    return iou_max, matched_gt, is_near, gt_best_iou, candidates


def _expected_best_iou(grid, gt_boxes):
    """정답마다, 중심이 칸의 모서리에 놓여도 이를 IoU. 중심이 격자 안이면 최고 IoU의 하한입니다."""
    planes = grid.planes
    size = planes.cell_anchors[:, 2:] - planes.cell_anchors[:, :2]
    gt_size = (gt_boxes[:, 2:] - gt_boxes[:, :2])[:, None]
    overlap = np.minimum(np.minimum(size, gt_size), (size + gt_size - planes.stride[:, ::-1]) / 2)
    intersection = _product(np.maximum(overlap, 0))
    return (intersection / (_product(size) + _product(gt_size) - intersection)).max(axis=1)


def find_windows(grid, gt_boxes, chosen, min_iou):
    """IoU가 ``min_iou`` 이상일 수 있는 창을 (정답, 판)마다 찾습니다.

    Args:
        chosen: 들를 정답의 번호, 오름차순.
        min_iou: ``chosen``의 정답마다 하나.

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
    # 반올림에 걸리지 않게 한 칸씩 넉넉히 잡습니다. 더 살핀 칸은 결과를 바꾸지 않습니다.
    stride, offset, shape = planes.stride[plane], planes.offset[plane], planes.shape[plane]
    first = np.floor((gt_low[gt] + needed - high[plane]) / stride - offset)
    last = np.ceil((gt_high[gt] - needed - low[plane]) / stride - offset)
    first = np.clip(first, 0, shape).astype(np.intp)
    count = np.clip(last + 1, first, shape).astype(np.intp) - first
    return chosen[gt], plane, first, count


def _overlapping_pairs(grid, gt_boxes, gt_area, chosen, min_iou):
    """IoU가 ``min_iou`` 이상일 수 있는 짝과 그 IoU를 정답 번호순으로, 한 묶음씩 냅니다.

    :func:`best_gt_on_grid`와 같은 바깥곱이지만 창이 작고 많으므로, 모든 창의 행과 열을 한
    줄로 늘어놓고 한꺼번에 계산합니다.

    Args:
        chosen: 들를 정답의 번호, 오름차순.
        min_iou: ``chosen``의 정답마다 하나. IoU가 이 값 이상인 짝은 빠뜨리지 않습니다.

    Yields:
        (정답 번호, 앵커 번호, IoU). 한 묶음 안에서 길이가 모두 같습니다.
    """
    windows = find_windows(grid, gt_boxes, chosen, min_iou)
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


def _keep_best(iou_max, matched_gt, gt, anchor, iou):
    """정답 번호순으로 살핀 짝들로 앵커마다의 최고 기록을 고칩니다. 같으면 작은 번호가 남습니다."""
    # 한 앵커에 여러 번 쓰면 마지막 것이 남습니다. 거꾸로 써서 작은 번호가 마지막에 오게 하고,
    # 덮여 버린 더 큰 IoU가 없어질 때까지 되풀이합니다.
    gt, anchor, iou = gt[::-1], anchor[::-1], iou[::-1]
    while len(better := np.flatnonzero(iou > iou_max.take(anchor))):
        gt, anchor, iou = gt.take(better), anchor.take(better), iou.take(better)
        iou_max[anchor] = iou
        matched_gt[anchor] = gt


def best_gt_on_grid(grid, gt_boxes):
    """모든 앵커의 (iou_max, matched_gt). 라벨이 아니라 IoU 자체가 필요할 때만 부릅니다."""
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
        >>> from anchorbox_utils import AnchorGrid
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


def _no_match(anchors):
    return np.zeros(anchors), np.full(anchors, -1, dtype=np.int32)


def _outer(rows, columns):
    """(R, A)와 (C, A)의 바깥곱 (R, C, A)."""
    # rows[:, None] * columns와 같지만 빠릅니다. 마지막 축이 짧으면 broadcasting이 느립니다.
    product = rows[:, None].repeat(len(columns), axis=1)
    product *= columns
    return product


def _product(pairs):
    # np.prod(axis=-1)은 길이 2인 축에서 열 배쯤 느립니다.
    return pairs[..., 0] * pairs[..., 1]


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
