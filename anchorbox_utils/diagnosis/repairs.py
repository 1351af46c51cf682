"""짐작 없이 고칠 수 있는 것: 무엇을 어떻게 고칠지 정합니다. 파일은 건드리지 않습니다."""

import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from anchorbox_utils.datasets.records import from_xyxy


class Repair(NamedTuple):
    """기록 하나를 고치는 방법.

    Attributes:
        kind: 진단의 종류.
        row: 고칠 행.
        raw: 새로 적을 네 수. 지울 때는 None입니다.
        twin: 지울 때, 남겨 둘 짝의 행. 아니면 -1입니다.
        reason: 한 줄의 까닭.
    """

    kind: str
    row: int
    raw: tuple[float, ...] | None
    twin: int
    reason: str


def plan_repairs(report):
    """진단서에서 고칠 것들. 같은 행을 두 번 고치지 않고, 지우기가 먼저입니다.

    언제나 나중에 적힌 쪽을 지우므로, 짝의 짝까지 지워도 맨 앞의 것은 남습니다.
    """
    found = {finding.name: finding for finding in (*report.findings, *report.ignored)}
    repairs = {}
    for kind, remedy in REPAIRS.items():
        if kind in found:
            for repair in remedy.plan(report.rows, found[kind].rows):
                repairs.setdefault(repair.row, repair)
    return list(repairs.values())


def _drop_copies(rows, pairs):
    for keep, drop in _ordered(rows, pairs):
        reason = f"{rows.source(keep).place}과(와) 완전히 같은 기록입니다."
        yield Repair("duplicate_boxes", drop, None, keep, reason)


def _drop_twins(rows, pairs):
    for keep, drop in _ordered(rows, pairs):
        shift = np.round(rows.boxes[drop, :2] - rows.boxes[keep, :2], 3)
        reason = (
            f"{rows.source(keep).place}을(를) ({shift[0]:+g}, {shift[1]:+g})픽셀 밀어 복사한 "
            "기록입니다."
        )
        yield Repair("shifted_duplicates", drop, None, keep, reason)


def _ordered(rows, pairs):
    """같은 파일에 있는 짝마다 (먼저 적힌 행, 나중에 적힌 행)."""
    for pair in pairs.tolist():
        sources = [rows.source(row) for row in pair]
        if sources[0].file == sources[1].file:
            yield sorted(pair, key=lambda row: place_number(rows.source(row)))


def _clip(rows, found):
    limit = rows.limit[found]
    inside = np.concatenate(
        [np.maximum(rows.boxes[found, :2], 0), np.minimum(rows.boxes[found, 2:], limit)], axis=1
    )
    over = rows.overshoot[found]
    for row, raw, far in zip(found.tolist(), _raw(rows, found, inside), over, strict=True):
        yield Repair(
            "border_rounding",
            row,
            raw,
            -1,
            f"테두리를 {far:.2g}픽셀 넘어 이미지 안으로 잘랐습니다.",
        )


def _swap(rows, found):
    boxes = rows.boxes[found]
    ordered = np.concatenate(
        [np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])], axis=1
    )
    # 바로 놓아도 이미지 밖이면 뒤집힌 것만이 문제가 아닙니다.
    fits = rows.fits(ordered, rows.limit[found]) & np.isfinite(rows.limit[found]).all(axis=1)
    reason = "뒤집힌 모서리를 바로 놓았습니다."
    for row, raw in zip(found[fits].tolist(), _raw(rows, found, ordered)[fits], strict=True):
        yield Repair("flipped", row, raw, -1, reason)


def _raw(rows, found, boxes):
    return from_xyxy(boxes, rows.dataset.box_format, rows.sizes[rows.image[found]])


class Remedy(NamedTuple):
    """진단 하나를 고치는 함수와 그 설명."""

    plan: Callable
    meaning: str


# 고칠 수 있는 진단. 앞의 것이 같은 행을 먼저 가져갑니다.
REPAIRS = {
    "duplicate_boxes": Remedy(
        _drop_copies, "나머지 내용까지 같은 기록이면 나중에 적힌 것을 지웁니다"
    ),
    "shifted_duplicates": Remedy(_drop_twins, "나중에 적힌 복제를 지웁니다"),
    "border_rounding": Remedy(_clip, "테두리를 1픽셀 안쪽으로 넘은 박스를 이미지 안으로 자릅니다"),
    "flipped": Remedy(_swap, "모서리를 바로 놓으면 이미지 안에 드는 것만 바로 놓습니다"),
}


def place_number(source):
    """기록의 차례. 자리의 글에서 처음 나오는 수입니다(:class:`Source`의 약속)."""
    return int(re.search(r"\d+", source.place)[0])
