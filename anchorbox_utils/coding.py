"""박스 ↔ 오프셋(델타): 인코딩, 디코딩, 타깃 정규화."""

import numpy as np

from anchorbox_utils.boxes import as_float_rows, validate_boxes
from anchorbox_utils.validation import (
    as_real_array,
    check_same_length,
    refuse_overflow,
    refuse_values,
)

MIN_SIZE = 1e-6


def encode_boxes(anchors, gt_boxes):
    """앵커를 정답 박스로 옮기는 오프셋 (t_x, t_y, t_w, t_h)를 구합니다.

    ``t_x = (x - x_a) / w_a``, ``t_y = (y - y_a) / h_a``,
    ``t_w = log(w / w_a)``, ``t_h = log(h / h_a)``이며 (x, y)는 박스의 중심입니다.
    너비와 높이는 1e-6보다 작아지지 않게 막습니다.

    Args:
        anchors: (N, 4) xyxy 앵커, 픽셀.
        gt_boxes: (N, 4) xyxy 정답 박스, 픽셀. 같은 번호의 앵커와 짝입니다.

    Returns:
        (N, 4) 오프셋 [t_x, t_y, t_w, t_h], 단위 없음.

    Raises:
        ValueError: 행 수가 다르거나, 뒤집힌 박스·NaN·무한대가 있을 때.

    Examples:
        >>> from anchorbox_utils import box_convert
        >>> anchor = box_convert([[50, 50, 40, 20]], "cxcywh", "xyxy")
        >>> gt = box_convert([[58, 46, 50, 24]], "cxcywh", "xyxy")
        >>> encode_boxes(anchor, gt).round(3)
        array([[ 0.2  , -0.2  ,  0.223,  0.182]])

    출처: 문서 「수식/기호」와 「구현」, R-CNN (Girshick 외, 2014) 부록 C.
    """
    anchors = validate_boxes(anchors, "anchors")
    gt_boxes = validate_boxes(gt_boxes, "gt_boxes")
    check_same_length(anchors, gt_boxes, "anchors", "gt_boxes")
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        anchor_center, anchor_size = _center_and_size(anchors)
        gt_center, gt_size = _center_and_size(gt_boxes)
        offset = (gt_center - anchor_center) / anchor_size
        deltas = np.concatenate([offset, np.log(gt_size / anchor_size)], axis=1)
    bad = ~np.isfinite(deltas).all(axis=1)
    if bad.any():
        # 둘 가운데 더 큰 수가 적힌 쪽이 넘치게 한 것입니다.
        larger = np.abs(anchors[bad]).max() > np.abs(gt_boxes[bad]).max()
        refuse_overflow(deltas, *((anchors, "anchors") if larger else (gt_boxes, "gt_boxes")))
    return deltas


def decode_boxes(anchors, deltas):
    """앵커에 오프셋을 적용해 박스로 되돌립니다. :func:`encode_boxes`의 역변환입니다.

    Args:
        anchors: (N, 4) xyxy 앵커, 픽셀.
        deltas: (N, 4) 오프셋 [t_x, t_y, t_w, t_h]. 같은 번호의 앵커와 짝입니다.

    Returns:
        (N, 4) xyxy 박스, 픽셀.

    Raises:
        ValueError: 행 수가 다르거나, 앵커가 올바르지 않거나, 오프셋에 NaN·무한대가 있거나,
            e^t_w가 표현 범위를 넘을 때.

    Examples:
        >>> decode_boxes([[30, 40, 70, 60]], [[0.2, -0.2, 0, 0]])
        array([[38., 36., 78., 56.]])

    출처: 문서 「수식/기호」의 디코딩(역변환).
    """
    anchors = validate_boxes(anchors, "anchors")
    deltas = as_float_rows(deltas, "deltas")
    check_same_length(anchors, deltas, "anchors", "deltas")
    with np.errstate(over="ignore", invalid="ignore"):
        anchor_center, anchor_size = _center_and_size(anchors)
        center = deltas[:, :2] * anchor_size + anchor_center
        half = np.exp(deltas[:, 2:]) * anchor_size / 2
        boxes = np.concatenate([center - half, center + half], axis=1)
    return refuse_overflow(boxes, deltas, "deltas")


def _center_and_size(boxes):
    # 검사를 마친 박스이므로, 다시 검사하는 box_convert 대신 같은 식을 바로 씁니다.
    size = boxes[:, 2:] - boxes[:, :2]
    return boxes[:, :2] + size / 2, np.maximum(size, MIN_SIZE)


def normalize_deltas(deltas, mean=(0.0, 0.0, 0.0, 0.0), std=(0.1, 0.1, 0.2, 0.2)):
    """오프셋을 ``(t - mean) / std``로 정규화합니다. 손실을 계산하기 전에 씁니다.

    Args:
        deltas: (N, 4) 오프셋.
        mean: 성분별 평균 4개. 기본값은 널리 쓰이는 0입니다.
        std: 성분별 표준편차 4개. 기본값은 Fast R-CNN과 SSD가 쓰는 0.1, 0.1, 0.2, 0.2입니다.

    Returns:
        (N, 4) 정규화한 오프셋.

    Raises:
        ValueError: 오프셋이 (N, 4)가 아니거나, mean·std가 4개가 아니거나, std가 0 이하일 때.

    Examples:
        >>> normalize_deltas([[0.2, -0.2, 0.2, 0.1]])
        array([[ 2. , -2. ,  1. ,  0.5]])

    출처: 문서 「구현 전에 알아둘 실무 포인트」 2.
    """
    deltas = as_float_rows(deltas, "deltas")
    mean, std = _statistics(mean, std, deltas.dtype)
    with np.errstate(over="ignore"):
        return refuse_overflow((deltas - mean) / std, deltas, "deltas")


def denormalize_deltas(deltas, mean=(0.0, 0.0, 0.0, 0.0), std=(0.1, 0.1, 0.2, 0.2)):
    """정규화한 오프셋을 ``t' * std + mean``으로 되돌립니다. 디코딩하기 전에 씁니다.

    Args:
        deltas: (N, 4) 정규화한 오프셋.
        mean: 정규화할 때 쓴 평균 4개.
        std: 정규화할 때 쓴 표준편차 4개.

    Returns:
        (N, 4) 오프셋.

    Raises:
        ValueError: :func:`normalize_deltas`와 같습니다.

    Examples:
        >>> denormalize_deltas([[2, -2, 1, 0.5]])
        array([[ 0.2, -0.2,  0.2,  0.1]])

    출처: 문서 「구현 전에 알아둘 실무 포인트」 2.
    """
    deltas = as_float_rows(deltas, "deltas")
    mean, std = _statistics(mean, std, deltas.dtype)
    with np.errstate(over="ignore"):
        return refuse_overflow(deltas * std + mean, deltas, "deltas")


def delta_statistics(deltas):
    """학습 자료의 오프셋에서 정규화에 쓸 평균과 표준편차를 잽니다.

    학습에 쓸 **양성 앵커의 오프셋만** 넣으세요. 배경 앵커의 오프셋은 뜻이 없습니다.

    Args:
        deltas: (N, 4) 오프셋. N은 2 이상이어야 합니다.

    Returns:
        (mean, std). 각각 (4,)이고 :func:`normalize_deltas`에 그대로 넘길 수 있습니다.

    Raises:
        ValueError: 오프셋이 2행보다 적거나, 어느 열의 값이 모두 같아 표준편차가 0일 때.

    Examples:
        >>> mean, std = delta_statistics([[0.1, 0.0, 0.2, 0.0], [0.3, 0.2, 0.0, 0.4]])
        >>> mean.round(3), std.round(3)
        (array([0.2, 0.1, 0.1, 0.2]), array([0.1, 0.1, 0.1, 0.2]))

    출처: 문서 「구현 전에 알아둘 실무 포인트」 2.
    """
    deltas = as_float_rows(deltas, "deltas")
    if len(deltas) < 2:
        raise ValueError(f"deltas: 통계를 내려면 2행 이상이어야 하는데 {len(deltas)}행입니다.")
    with np.errstate(over="ignore", invalid="ignore"):
        mean, std = deltas.mean(axis=0), deltas.std(axis=0)
    refuse_overflow(np.stack([mean, std]).T, deltas.T, "deltas의 열")
    # 반올림 때문에 std는 값이 모두 같아도 0이 아닐 수 있습니다.
    constant = np.ptp(deltas, axis=0) == 0
    if constant.any():
        column = int(np.argmax(constant))
        raise ValueError(
            f"deltas: {'t_x t_y t_w t_h'.split()[column]}이(가) 모두 {deltas[0, column]}이어서 "
            "표준편차가 0입니다."
        )
    return mean, std


def _statistics(mean, std, dtype):
    mean, std = as_real_array(mean, "mean", (4,)), as_real_array(std, "std", (4,))
    # float32로 바꾸어 0이나 무한대가 되는 값도 나눌 수 없습니다.
    with np.errstate(over="ignore"):
        mean, std = mean.astype(dtype, copy=False), std.astype(dtype, copy=False)
    refuse_values(~(np.isfinite(std) & (std > 0)), std, "std", "0보다 큰 표준편차")
    return refuse_overflow(mean, mean, "mean"), std
