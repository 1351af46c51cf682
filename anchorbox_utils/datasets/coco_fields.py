"""COCO 기록에서 박스 말고도 평가 도구가 쓰는 항목: id, area, iscrowd, segmentation."""

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
    box = np.array(record["bbox"], np.float64)
    box[2:] += box[:2]
    gap = box - around
    corner, end = np.maximum(box[:2], around[:2]), np.minimum(box[2:], around[2:])
    with np.errstate(all="ignore"):
        shared = np.clip(end - corner, 0, None).prod()
        total = (box[2:] - box[:2]).prod() + (around[2:] - around[:2]).prod() - shared
    if np.abs(gap).max() <= _ROUNDING or shared >= _SAME_OBJECT * total:
        return Mark.COMPARED
    outward = gap * [1, 1, -1, -1]
    nested = (outward <= _ROUNDING).all() or (outward >= -_ROUNDING).all()
    return Mark.COMPARED | (Mark.NESTED if nested else Mark.APART)


def _around(parts):
    """다각형들을 감싸는 xyxy. 마스크(RLE)이거나 다각형이 아니면 None."""
    if not isinstance(parts, list) or not parts:
        return None
    # [[x, y, …], …]이어야 하지만 [x, y, …]로 적는 도구도 있습니다.
    parts = parts if isinstance(parts[0], list) else [parts]
    try:
        points = [np.array(part, np.float64).reshape(-1, 2) for part in parts]
    except (TypeError, ValueError, OverflowError):
        return None
    points = np.concatenate(points)
    if len(points) < 3 or not np.isfinite(points).all():
        return None
    return np.concatenate([points.min(axis=0), points.max(axis=0)])
