"""COCO 기록의 항목 검사: 박스는 멀쩡해도 평가 도구가 멈추거나 다르게 세는 것."""

import numpy as np

from anchorbox_utils.datasets.model import Mark
from anchorbox_utils.diagnosis.findings import Finding

# 다각형과 크기만 다른 박스(가려진 곳까지 그린 것일 수 있음)는 이만큼은 있어야 알립니다.
_NESTED_SHARE = 0.2

_FIELDS = {
    "annotation_id_zero": (Mark.ID_ZERO, "id가 0인 기록이 {count:,}개 있습니다."),
    "bad_area": (
        Mark.BAD_AREA,
        "박스 {total:,}개 가운데 {count:,}개의 area가 0보다 큰 수가 아닙니다.",
    ),
    "no_area": (Mark.NO_AREA, "박스 {total:,}개 가운데 {count:,}개에 area가 없습니다."),
    "no_iscrowd": (Mark.NO_CROWD, "박스 {total:,}개 가운데 {count:,}개에 iscrowd가 없습니다."),
}


def check_fields(rows):
    """평가 도구가 읽는 id, area, iscrowd."""
    marks = rows.dataset.columns.marks
    for name, (mark, evidence) in _FIELDS.items():
        found = marks & mark != 0
        if found.any():
            evidence = evidence.format(total=rows.n_good, count=found.sum())
            # 모두 없는 것은 보기를 들 것이 없습니다.
            yield Finding(name, evidence, () if found.all() else rows.examples(found))


def check_polygons(rows):
    """박스와 그 기록의 다각형."""
    # 박스의 형식을 잘못 읽은 것으로 이미 드러난 행은 다각형과도 다를 수밖에 없습니다.
    marks = np.where(rows.claimed[: rows.n_good], 0, rows.dataset.columns.marks)
    compared = (marks & Mark.COMPARED != 0).sum()
    differs = marks & Mark.APART != 0
    nested = marks & Mark.NESTED != 0
    if nested.sum() >= _NESTED_SHARE * compared:
        differs |= nested
    if differs.any():
        yield Finding(
            "segment_differs",
            f"다각형과 견주어 본 박스 {compared:,}개 가운데 {differs.sum():,}개가 다각형을 감싸는 "
            "박스와 절반도 겹치지 않습니다(IoU 0.5 미만).",
            rows.examples(differs),
        )
