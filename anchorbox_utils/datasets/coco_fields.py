"""COCO 기록에서 박스 말고도 평가 도구가 쓰는 항목: id, area, iscrowd, segmentation."""

import math

import numpy as np

from anchorbox_utils.datasets.model import Mark

# 박스와 다각형이 이만큼도 겹치지 않으면 서로 다른 것을 가리킵니다.
_SAME_OBJECT = 0.5

# 네 변이 모두 이 안이면, 아주 작은 물체라 겹치는 비율이 낮아도 같은 것입니다. 픽셀.
_ROUNDING = 2.0


def field_marks(areas, crowds, zero):
    """(K,) 기록마다의 :class:`Mark`.

    Args:
        areas: 기록마다의 area. 없으면 None입니다.
        crowds: 기록마다의 iscrowd. 없으면 None입니다.
        zero: id가 0인 행. 없으면 음수입니다.

    Examples:
        >>> field_marks([12.5, None, 0], [0, 0, None], -1).tolist()
        [0, 2, 12]
    """
    # None은 float64 배열에서 NaN이 됩니다.
    areas = np.array(areas, np.float64)
    marks = np.where(np.isnan(areas), int(Mark.NO_AREA), 0) | np.where(areas <= 0, Mark.BAD_AREA, 0)
    if None in crowds:
        marks[[crowd is None for crowd in crowds]] |= Mark.NO_CROWD
    if zero >= 0:
        marks[zero] |= Mark.ID_ZERO
    return marks.astype(np.uint8)


def polygon_mark(record):
    """박스를 그 기록의 다각형과 견준 :class:`Mark`. 견줄 다각형이 없으면 0입니다.

    Examples:
        >>> polygon_mark({"bbox": [0, 0, 10, 10], "segmentation": [[50, 50, 60, 50, 60, 60]]})
        <Mark.COMPARED|APART: 48>
    """
    around = None if record.get("iscrowd") else _around(record.get("segmentation"))
    if around is None:
        return Mark(0)
    x, y, width, height = record["bbox"]
    box = (x, y, x + width, y + height)
    gaps = [own - other for own, other in zip(box, around, strict=True)]
    sides = [min(box[i + 2], around[i + 2]) - max(box[i], around[i]) for i in (0, 1)]
    shared = max(0, sides[0]) * max(0, sides[1])
    total = width * height + (around[2] - around[0]) * (around[3] - around[1]) - shared
    if max(map(abs, gaps)) <= _ROUNDING or shared >= _SAME_OBJECT * total:
        return Mark.COMPARED
    outward = (*gaps[:2], -gaps[2], -gaps[3])
    nested = max(outward) <= _ROUNDING or min(outward) >= -_ROUNDING
    return Mark.COMPARED | (Mark.NESTED if nested else Mark.APART)


def _around(parts):
    """다각형들을 감싸는 xyxy. 마스크(RLE)이거나 다각형이 아니면 None."""
    if not isinstance(parts, list) or not parts:
        return None
    # [[x, y, …], …]이어야 하지만 [x, y, …]로 적는 도구도 있습니다.
    parts = parts if isinstance(parts[0], list) else [parts]
    try:
        numbers = [float(number) for part in parts for number in part]
    except (TypeError, ValueError, OverflowError):
        return None
    if len(numbers) < 6 or any(len(part) % 2 for part in parts):
        return None
    xs, ys = numbers[::2], numbers[1::2]
    around = (min(xs), min(ys), max(xs), max(ys))
    return around if all(map(math.isfinite, around)) else None
