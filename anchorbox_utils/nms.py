"""비최대 억제(NMS): 같은 물체를 가리키는 여러 예측 가운데 하나만 남깁니다."""

import numpy as np

from anchorbox_utils.boxes import finite_area, pairwise_iou, validate_boxes

_BLOCK = 64


def nms(boxes, scores, iou_threshold=0.5):
    """점수가 높은 박스부터 남기고, 남긴 박스와 많이 겹치는 박스를 지웁니다.

    Args:
        boxes: (N, 4) xyxy 박스, 픽셀.
        scores: (N,) 점수. 같은 점수면 번호가 작은 박스가 먼저입니다.
        iou_threshold: IoU가 이 값보다 **크면** 지웁니다(같으면 남깁니다).

    Returns:
        (K,) 남은 박스의 번호. 점수가 높은 순서입니다.

    Raises:
        ValueError: 박스가 올바르지 않거나, 점수의 수가 다르거나 NaN이 있거나,
            임계값이 0~1을 벗어날 때.

    Examples:
        >>> nms([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]], [0.8, 0.9, 0.3])
        array([1, 2])

    출처: 문서 「관련 콘텐츠」의 NMS, torchvision ``ops.nms``.
    """
    boxes = validate_boxes(boxes)
    return batched_nms(boxes, scores, np.zeros(len(boxes), dtype=int), iou_threshold)


def batched_nms(boxes, scores, class_ids, iou_threshold=0.5):
    """클래스마다 따로 하는 NMS입니다. 클래스가 다른 박스는 서로 지우지 않습니다.

    Args:
        boxes: (N, 4) xyxy 박스, 픽셀.
        scores: (N,) 점수.
        class_ids: (N,) 클래스 번호.
        iou_threshold: IoU가 이 값보다 크면 지웁니다.

    Returns:
        (K,) 남은 박스의 번호. 점수가 높은 순서입니다.

    Raises:
        ValueError: :func:`nms`와 같습니다.

    Examples:
        >>> batched_nms([[0, 0, 10, 10], [1, 0, 11, 10]], [0.8, 0.9], class_ids=[0, 1])
        array([1, 0])

    출처: torchvision ``ops.batched_nms``.
    """
    boxes = validate_boxes(boxes)
    scores = _per_box(scores, boxes, "scores").astype(np.float64)
    class_ids = _per_box(class_ids, boxes, "class_ids")
    if np.isnan(scores).any():
        row = int(np.argmax(np.isnan(scores)))
        raise ValueError(f"scores[{row}]: 점수가 NaN이라 순서를 정할 수 없습니다. 값: nan")
    if not 0 <= iou_threshold <= 1:
        raise ValueError(f"iou_threshold: 0 이상 1 이하여야 하는데 {iou_threshold!r}입니다.")
    area = finite_area(boxes, "boxes")

    def suppresses(first, second):
        overlap = pairwise_iou(boxes[first], boxes[second], area[first], area[second])
        return (overlap > iou_threshold) & (class_ids[first][:, None] == class_ids[second])

    waiting = np.argsort(-scores, kind="stable")
    kept = [waiting[:0]]
    # 하나씩 지우는 것과 결과가 같습니다. 점수순으로 한 토막씩 끊어, 토막 안에서 남길 것을 먼저
    # 정하고 그것들로 나머지를 한꺼번에 지웁니다. 작은 배열을 다루는 횟수가 수십 분의 1이 됩니다.
    while len(waiting):
        block, rest = waiting[:_BLOCK], waiting[_BLOCK:]
        clash = suppresses(block, block)
        alive = np.ones(len(block), dtype=bool)
        for i in range(len(block)):
            if alive[i]:
                alive[i + 1 :] &= ~clash[i, i + 1 :]
        kept.append(block[alive])
        waiting = rest[~suppresses(block[alive], rest).any(axis=0)]
    return np.concatenate(kept)


def _per_box(values, boxes, name):
    values = np.asarray(values)
    if values.shape != (len(boxes),):
        raise ValueError(
            f"{name}: 박스가 {len(boxes)}개이므로 ({len(boxes)},)여야 하는데 {values.shape}입니다."
        )
    return values
