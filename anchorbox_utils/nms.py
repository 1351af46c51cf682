"""비최대 억제(NMS): 같은 물체를 가리키는 여러 예측 가운데 하나만 남깁니다.

정의는 짧습니다. 점수가 높은 박스부터 보아, 아직 지워지지 않았으면 남기고, 남긴 박스와 많이 겹치는
뒤의 박스를 지웁니다. 그대로 쓰면 모든 짝의 IoU를 구하느라 느립니다. 여기서는 똑같은 결과를 이렇게
빨리 얻습니다.

1. 점수순으로 번호를 다시 매깁니다. 번호가 작은 쪽이 이깁니다.
2. 앞에서부터 한 토막씩 끊어, 토막 안에서 남길 것을 먼저 정하고 그것들로 나머지를 한꺼번에 지웁니다.
   많이 겹친 예측은 첫 토막에서 거의 다 사라지므로 그다음 일이 줄어듭니다.
3. IoU가 t보다 크려면 가로만 따로 잰 겹침(교집합 / 합집합)도 t보다 커야 하고, 두 너비의 비도 t보다
   커야 합니다. 그러니 왼쪽 변이 x, 너비가 w인 박스의 상대는 왼쪽 변이 x - w(1 - t)/t부터
   x + w(1 - t)까지에 있습니다. 왼쪽 변의 차례로 늘어놓으면 이어진 한 구간입니다.
4. 교집합을 I, 두 넓이를 A와 B라 하면 I / (A + B - I) > t는 I > t / (1 + t) · (A + B)와 같습니다.
   나누지 않는 이 식으로 먼저 거르고, 남은 짝만 IoU를 구해 정의대로 판단합니다.

반올림 때문에 놓치는 짝이 없도록 3과 4는 조금 낮은 임계값으로 넉넉하게 거릅니다. 마지막 판단은
언제나 IoU입니다.
"""

from typing import NamedTuple

import numpy as np

from anchorbox_utils.boxes import finite_area, paired_iou, validate_boxes
from anchorbox_utils.validation import as_fraction, as_integer_array, real_array, refuse_values

# 첫 토막이 작아야 많이 겹친 예측을 일찍 지우고, 다음 토막이 커야 되풀이가 적습니다.
_FIRST_BLOCK, _BLOCK = 32, 512

# 한꺼번에 견줄 짝과 행의 수. 중간 결과가 캐시에 들어갈 만큼 작습니다.
_PAIRS, _ROWS = 16384, 32

# 거를 때 임계값을 이만큼 낮춥니다. float32의 반올림보다 훨씬 큽니다.
_SLACK = 1e-4


def nms(boxes, scores, iou_threshold=0.5):
    """점수가 높은 박스부터 남기고, 남긴 박스와 많이 겹치는 박스를 지웁니다.

    Args:
        boxes: (N, 4) xyxy 박스, 픽셀.
        scores: (N,) 점수. 같은 점수면 번호가 작은 박스가 먼저입니다.
        iou_threshold: IoU가 이 값보다 **크면** 지웁니다(같으면 남깁니다). 0 이상 1 이하입니다.

    Returns:
        (K,) 남은 박스의 번호. 점수가 높은 순서입니다.

    Raises:
        ValueError: 박스가 올바르지 않거나, 점수가 수가 아니거나, 수가 다르거나 NaN이 있거나,
            임계값이 0~1을 벗어날 때.

    Examples:
        >>> nms([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]], [0.8, 0.9, 0.3])
        array([1, 2])

    출처: 문서 「관련 콘텐츠」의 NMS, torchvision ``ops.nms``.
    """
    boxes = validate_boxes(boxes)
    return _keep(boxes, scores, np.zeros(len(boxes), np.int64), iou_threshold)


def batched_nms(boxes, scores, class_ids, iou_threshold=0.5):
    """클래스마다 따로 하는 NMS입니다. 클래스가 다른 박스는 서로 지우지 않습니다.

    클래스마다 박스를 멀리 옮겨 한꺼번에 NMS를 하는 요령이 널리 쓰이지만, 옮긴 좌표에서는 소수점
    아래가 깎여 결과가 달라질 수 있습니다. 여기서는 박스를 옮기지 않고 짝마다 클래스를 견줍니다.

    Args:
        boxes: (N, 4) xyxy 박스, 픽셀.
        scores: (N,) 점수.
        class_ids: (N,) 클래스 번호. 정수입니다.
        iou_threshold: IoU가 이 값보다 크면 지웁니다. 0 이상 1 이하입니다.

    Returns:
        (K,) 남은 박스의 번호. 점수가 높은 순서입니다.

    Raises:
        ValueError: :func:`nms`와 같습니다. 클래스 번호가 정수가 아닐 때도 냅니다.

    Examples:
        >>> batched_nms([[0, 0, 10, 10], [1, 0, 11, 10]], [0.8, 0.9], class_ids=[0, 1])
        array([1, 0])

    출처: torchvision ``ops.batched_nms``.
    """
    boxes = validate_boxes(boxes)
    class_ids = as_integer_array(class_ids, "class_ids", (len(boxes),))
    return _keep(boxes, scores, class_ids, iou_threshold)


def _keep(boxes, scores, class_ids, iou_threshold):
    scores = real_array(scores, "scores", (len(boxes),))
    refuse_values(np.isnan(scores), scores, "scores", "NaN이 아닌 수")
    iou_threshold = as_fraction(iou_threshold, "iou_threshold")
    area = finite_area(boxes, "boxes")
    order = np.argsort(-scores, kind="stable")
    # 넓이가 0에 가까워 유효 숫자가 모자라면(비정규 수) 3과 4가 어긋나므로, 겹치는지만 봅니다.
    crude = ((area > 0) & (area < np.finfo(area.dtype).tiny)).any()
    loose = (0 if crude else iou_threshold) - _SLACK
    ranked = _Ranked(boxes[order], area[order], class_ids[order], iou_threshold, loose)
    # 아주 멀리 떨어진 박스 사이의 거리는 표현 범위를 넘지만, 그런 짝은 겹치지 않습니다.
    with np.errstate(over="ignore", invalid="ignore"):
        return order[_survivors(ranked)]


class _Ranked(NamedTuple):
    """점수가 높은 순서로 늘어놓은 박스. 행 번호가 작은 쪽이 이깁니다."""

    boxes: np.ndarray
    area: np.ndarray
    class_ids: np.ndarray
    iou_threshold: float
    # 거를 때 쓰는, 조금 낮은 임계값입니다.
    loose: float


def _survivors(ranked):
    """(N,) 점수가 높은 순서로, 남는지."""
    alive = np.ones(len(ranked.boxes), dtype=bool)
    waiting = np.argsort(ranked.boxes[:, 0])
    size = _FIRST_BLOCK
    while len(waiting):
        # waiting은 왼쪽 변의 차례이므로, 순위가 size번째인 것까지를 골라 토막을 만듭니다.
        last = np.partition(waiting, size - 1)[size - 1] if len(waiting) > size else len(alive)
        block, rest = waiting[waiting <= last], waiting[waiting > last]
        better, worse = _clashes(ranked, block, block)
        by_rank = np.argsort(better, kind="stable")
        # 앞선 박스의 짝을 먼저 다 보았으므로, 살아 있는 박스는 이미 남기로 정해진 것입니다.
        for winner, loser in zip(better[by_rank].tolist(), worse[by_rank].tolist(), strict=True):
            if alive[winner]:
                alive[loser] = False
        if len(rest):
            _, suppressed = _clashes(ranked, block[alive[block]], rest)
            alive[suppressed] = False
        waiting, size = rest[alive[rest]], _BLOCK
    return alive


def _clashes(ranked, first, second):
    """``first``의 박스가 이기고 ``second``의 박스가 지는, 같은 클래스의 짝 (이기는 쪽, 지는 쪽).

    둘은 왼쪽 변의 차례로 늘어놓은 행 번호입니다. IoU가 임계값보다 큰 짝만 돌려줍니다.
    """
    boxes, area, class_ids, iou_threshold, loose = ranked
    columns1, columns2 = boxes[first].T.copy(), boxes[second].T.copy()
    left1, top1, right1, bottom1 = columns1[:, :, None]
    left2, top2, right2, bottom2 = columns2
    share = max(loose, 0) / (1 + loose)
    least1, least2 = share * area[first, None], share * area[second]
    pairs = [np.empty((2, 0), dtype=np.intp)]
    for rows, near in _windows(columns1, left2, loose):
        overlap = np.minimum(right1[rows], right2[near])
        overlap -= np.maximum(left1[rows], left2[near])
        height = np.minimum(bottom1[rows], bottom2[near])
        height -= np.maximum(top1[rows], top2[near])
        overlap *= np.maximum(height, 0, out=height)
        found = (overlap > np.add(least1[rows], least2[near], out=height)).ravel().nonzero()[0]
        if len(found):
            row, column = np.divmod(found, overlap.shape[1])
            pairs.append((first[rows][row], second[near][column]))
    better, worse = np.concatenate(pairs, axis=1)
    rivals = (better < worse) & (class_ids[better] == class_ids[worse])
    better, worse = better[rivals], worse[rivals]
    over = paired_iou(boxes[better], boxes[worse], area[better], area[worse]) > iou_threshold
    return better[over], worse[over]


def _windows(columns, left, loose):
    """한꺼번에 견줄 (이기는 쪽의 토막, 왼쪽 변이 가까워 그 상대일 수 있는 쪽의 토막)."""
    n_rows = columns.shape[1]
    if n_rows * len(left) <= _PAIRS:
        yield slice(0, n_rows), slice(0, len(left))
        return
    x, width = columns[0], columns[2] - columns[0]
    ahead = (1 - loose) * width
    begin = np.searchsorted(left, x - ahead / loose if loose > 0 else np.full_like(x, -np.inf))
    end = np.searchsorted(left, x + ahead, side="right")
    for start in range(0, n_rows, _ROWS):
        rows = slice(start, start + _ROWS)
        yield rows, slice(begin[rows].min(), end[rows].max())
