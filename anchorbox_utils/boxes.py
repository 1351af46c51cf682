"""박스의 기초: 형식 변환, 넓이, IoU, 자르기, 검사.

박스는 어디서나 (N, 4) 실수 배열이고 단위는 픽셀입니다. y는 아래로 커지며,
너비는 ``x2 - x1``입니다(+1을 더하지 않습니다). 어떤 함수도 입력을 바꾸지 않습니다.
"""

import numpy as np

from anchorbox_utils.validation import (
    as_choice,
    as_image_size,
    as_text,
    real_array,
    refuse_overflow,
    refuse_rows,
)

FORMATS = {
    "xyxy": "[x1, y1, x2, y2]",
    "xywh": "[x1, y1, w, h]",
    "cxcywh": "[cx, cy, w, h]",
}

# COCO 평가의 경계(넓이 32², 96²). 크기는 넓이의 제곱근입니다.
SIZE_CLASSES = {"작음 (< 32)": (0, 32), "중간 (32–96)": (32, 96), "큼 (≥ 96)": (96, np.inf)}


def as_float_rows(values, name="values"):
    """값을 유한한 (N, 4) 실수 배열로 바꿉니다. 박스와 오프셋이 함께 쓰는 입구 검사입니다.

    float32는 float32로 두고, 정수와 uint8을 포함한 나머지는 float64로 바꿉니다
    (uint8 뺄셈은 256에서 되돌아가므로 계산 전에 바꿔야 합니다).

    Args:
        values: (N, 4) 배열이나 리스트. 빈 입력 ``[]``은 (0, 4)로 봅니다.
        name: 오류 메시지에 쓸 인수 이름.

    Returns:
        (N, 4) float32 또는 float64 배열. 입력이 이미 그 형이면 복사하지 않습니다.

    Raises:
        ValueError: 모양이 (N, 4)가 아니거나, 숫자가 아니거나, NaN·무한대가 있을 때.

    Examples:
        >>> as_float_rows([[0, 0, 10, 10]]).dtype
        dtype('float64')
    """
    rows = real_array(values, name, ("N", 4))
    finite = np.isfinite(rows)
    # 행마다 묻는 일은 느리므로, 이상한 값이 있을 때만 어느 행인지 찾습니다.
    if not finite.all():
        said = "NaN이나 무한대가 들어 있습니다."
        refuse_rows(~finite.all(axis=1), rows, name, lambda row: said)
    return rows


def validate_boxes(boxes, name="boxes", fmt="xyxy"):
    """박스를 검사하고 실수 배열로 돌려줍니다. 이상한 박스는 고치지 않고 거절합니다.

    너비나 높이가 0인 박스는 받아들이고, 뒤집힌 박스는 거절합니다. 뒤집힌 박스를
    ``clip``으로 덮으면 오류가 사라지는 대신 t_w ≈ -17.5 같은 값으로 숨어 버립니다.

    Args:
        boxes: (N, 4) 배열이나 리스트, 픽셀.
        name: 오류 메시지에 쓸 인수 이름.
        fmt: ``"xyxy"``, ``"xywh"``, ``"cxcywh"`` 중 하나.

    Returns:
        (N, 4) float32 또는 float64 배열.

    Raises:
        ValueError: 모양이나 자료형이 맞지 않을 때, NaN·무한대·뒤집힌 박스가 있을 때.

    Examples:
        >>> validate_boxes([[0, 0, 4, 2]])
        array([[0., 0., 4., 2.]])
        >>> validate_boxes([[42, 0, 10, 5]], name="gt_boxes")
        Traceback (most recent call last):
            ...
        ValueError: gt_boxes[0]: x2(10.0) < x1(42.0), 뒤집힌 박스입니다. xywh를 xyxy로 ... 값: ...

    출처: 문서 「실무 디버깅 체크리스트」와 정오 1.
    """
    as_choice(fmt, "fmt", FORMATS, "형식")
    rows = as_float_rows(boxes, as_text(name, "name"))
    if fmt == "xyxy":

        def describe(row):
            x1, y1, x2, y2 = row
            pair = f"x2({x2}) < x1({x1})" if x2 < x1 else f"y2({y2}) < y1({y1})"
            return f"{pair}, 뒤집힌 박스입니다. xywh를 xyxy로 넘기지 않았는지 확인하세요."

        bad = rows[:, 2:] < rows[:, :2]
    else:

        def describe(row):
            side = f"너비 w({row[2]})" if row[2] < 0 else f"높이 h({row[3]})"
            return f"{side}가 음수입니다. 형식이 정말 {fmt} {FORMATS[fmt]}인지 확인하세요."

        bad = rows[:, 2:] < 0
    if bad.any():
        refuse_rows(bad.any(axis=1), rows, name, describe)
    return rows


def validate_one_box(box, name):
    """박스 하나를 검사해 (1, 4) float64 배열로 돌려줍니다.

    Args:
        box: (4,) 또는 (1, 4) xyxy 박스, 픽셀.
        name: 오류 메시지에 쓸 인수 이름.

    Raises:
        ValueError: 박스가 하나가 아니거나 올바르지 않을 때.

    Examples:
        >>> validate_one_box([0, 0, 4, 2], "anchor")
        array([[0., 0., 4., 2.]])
    """
    rows = real_array(box, name)
    rows = validate_boxes(rows[None] if rows.ndim == 1 else rows, name)
    if len(rows) != 1:
        raise ValueError(f"{name}: 박스 하나가 필요한데 {len(rows)}개입니다.")
    return rows.astype(np.float64, copy=False)


def box_convert(boxes, in_fmt, out_fmt):
    """박스 형식을 바꿉니다.

    Args:
        boxes: (N, 4) 박스, ``in_fmt`` 형식, 픽셀.
        in_fmt: 지금 형식. ``"xyxy"``, ``"xywh"``, ``"cxcywh"`` 중 하나.
        out_fmt: 바꿀 형식.

    Returns:
        (N, 4) 새 배열, ``out_fmt`` 형식.

    Raises:
        ValueError: 모르는 형식이거나 박스가 올바르지 않을 때.

    Examples:
        >>> box_convert([[30, 40, 70, 60]], "xyxy", "cxcywh")
        array([[50., 50., 40., 20.]])

    출처: 문서 「구현」의 중심/크기 계산.
    """
    as_choice(in_fmt, "in_fmt", FORMATS, "형식")
    as_choice(out_fmt, "out_fmt", FORMATS, "형식")
    rows = validate_boxes(boxes, fmt=in_fmt)
    if in_fmt == out_fmt:
        return rows.copy()
    with np.errstate(over="ignore"):
        return refuse_overflow(_convert(rows, in_fmt, out_fmt), rows, "boxes")


def _convert(rows, in_fmt, out_fmt):
    first, second = rows[:, :2], rows[:, 2:]
    if in_fmt == "xyxy":
        corner, size = first, second - first
    elif in_fmt == "xywh":
        corner, size = first, second
    else:
        corner, size = first - second / 2, second
    if out_fmt == "xyxy":
        return np.concatenate([corner, corner + size], axis=1)
    if out_fmt == "xywh":
        return np.concatenate([corner, size], axis=1)
    return np.concatenate([corner + size / 2, size], axis=1)


def box_area(boxes):
    """박스 넓이를 구합니다.

    Args:
        boxes: (N, 4) xyxy 박스, 픽셀.

    Returns:
        (N,) 넓이, 제곱 픽셀.

    Raises:
        ValueError: 박스가 올바르지 않거나, 넓이가 표현 범위를 넘을 만큼 클 때.

    Examples:
        >>> box_area([[0, 0, 4, 3]])
        array([12.])
    """
    return finite_area(validate_boxes(boxes), "boxes")


def finite_area(rows, name):
    with np.errstate(over="ignore"):
        area = (rows[:, 2] - rows[:, 0]) * (rows[:, 3] - rows[:, 1])
        # IoU의 합집합은 두 넓이를 더한 다음 교집합을 뺍니다. 그 합도 넘치면 안 됩니다.
        too_large = ~np.isfinite(2 * area)
    refuse_rows(too_large, rows, name, lambda row: f"넓이가 {rows.dtype} 범위를 넘을 만큼 큽니다.")
    return area


def box_iou(boxes1, boxes2):
    """두 박스 묶음의 모든 짝에 대해 IoU(교집합 넓이 / 합집합 넓이)를 구합니다.

    Args:
        boxes1: (N, 4) xyxy 박스, 픽셀.
        boxes2: (M, 4) xyxy 박스, 픽셀.

    Returns:
        (N, M) IoU, 0 이상 1 이하. 합집합 넓이가 0인 짝은 0입니다.

    Raises:
        ValueError: 박스가 올바르지 않을 때.

    Examples:
        >>> box_iou([[0, 0, 2, 2]], [[1, 0, 3, 2], [5, 5, 6, 6]]).round(3)
        array([[0.333, 0.   ]])

    출처: 문서 「Anchor 할당(매칭) 직관」, PASCAL VOC의 겹침 기준.
    """
    rows1, rows2 = common_dtype(validate_boxes(boxes1, "boxes1"), validate_boxes(boxes2, "boxes2"))
    return pairwise_iou(rows1, rows2, finite_area(rows1, "boxes1"), finite_area(rows2, "boxes2"))


def common_dtype(rows1, rows2):
    """두 박스 묶음을 더 정밀한 쪽 자료형으로 맞춥니다. 그래야 두 넓이의 정밀도가 같습니다."""
    dtype = np.result_type(rows1, rows2)
    return rows1.astype(dtype, copy=False), rows2.astype(dtype, copy=False)


def pairwise_iou(rows1, rows2, area1, area2):
    """검사를 마친 박스와 그 넓이로 (N, M) IoU를 구합니다."""
    return _iou(rows1.T[:, :, None], rows2.T, area1[:, None], area2)


def paired_iou(rows1, rows2, area1, area2):
    """검사를 마친 박스와 그 넓이로 같은 행끼리의 (N,) IoU를 구합니다."""
    return _iou(rows1.T, rows2.T, area1, area2)


def _iou(corners1, corners2, area1, area2):
    """두 박스의 (x1, y1, x2, y2)와 넓이로 IoU를 구합니다. 모양은 broadcasting을 따릅니다."""
    left1, top1, right1, bottom1 = corners1
    left2, top2, right2, bottom2 = corners2
    width = np.minimum(right1, right2)
    height = np.minimum(bottom1, bottom2)
    # 아주 멀리 떨어진 두 박스의 틈은 넘쳐도 음수이므로 0이 됩니다.
    with np.errstate(over="ignore"):
        width -= np.maximum(left1, left2)
        height -= np.maximum(top1, top2)
    np.maximum(width, 0, out=width)
    np.maximum(height, 0, out=height)
    intersection = np.multiply(width, height, out=width)
    union = np.add(area1, area2, out=height)
    union -= intersection
    return np.divide(intersection, union, out=np.zeros_like(union), where=union > 0)


def clip_boxes(boxes, image_size):
    """박스를 이미지 안쪽으로 자릅니다. 완전히 밖에 있던 박스는 넓이 0으로 테두리에 남습니다.

    Args:
        boxes: (N, 4) xyxy 박스, 픽셀.
        image_size: (높이, 너비), 픽셀.

    Returns:
        (N, 4) 새 배열.

    Raises:
        ValueError: 박스나 image_size가 올바르지 않을 때.

    Examples:
        >>> clip_boxes([[-5, 2, 30, 8]], image_size=(10, 20))
        array([[ 0.,  2., 20.,  8.]])
    """
    height, width = as_image_size(image_size)
    rows = validate_boxes(boxes)
    limit = np.array([width, height, width, height], dtype=rows.dtype)
    return np.clip(rows, 0, limit)
