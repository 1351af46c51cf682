"""클래스와 크기의 균형을 보는 검사. 경계는 모두 LIMITS에 있습니다."""

from typing import NamedTuple

import numpy as np

from anchorbox_utils.diagnosis.findings import Examples, Finding


class Limit(NamedTuple):
    """검사의 경계와 그 뜻."""

    value: float
    meaning: str


LIMITS = {
    "least_boxes": Limit(100, "모든 박스가 이보다 적으면 균형을 따지지 않습니다"),
    "rare_boxes": Limit(20, "박스가 이보다 적은 클래스는 너무 적다고 합니다"),
    "rare_images": Limit(10, "이보다 적은 이미지에만 나오는 클래스도 너무 적다고 합니다"),
    "imbalance": Limit(
        50, "가장 많은 클래스가 가장 적은 클래스(너무 적은 것은 빼고)의 몇 배부터 기울었다고 할지"
    ),
    "outlier_boxes": Limit(30, "크기가 유별난 박스는 박스가 이만큼 있는 클래스에서만 찾습니다"),
    "outlier_factor": Limit(10, "같은 클래스의 중앙값보다 이 배수를 넘게 크거나 작아야 합니다"),
    "outlier_spread": Limit(5, "로그 크기가 중앙값에서 표준편차의 이 배수보다 멀어야 합니다"),
}


def check_balance(rows, overview):
    """클래스의 수와 크기. 경계의 수를 근거에 함께 적습니다."""
    limit = {name: entry.value for name, entry in LIMITS.items()}
    used = [row for row in overview.classes if row.boxes]
    if sum(row.boxes for row in used) >= limit["least_boxes"]:
        yield from _check_counts(rows, used, limit)
    found = overview.outliers(
        limit["outlier_factor"], limit["outlier_spread"], limit["outlier_boxes"]
    )
    # 한 변이 1픽셀도 안 되는 박스는 check_tiny가 이미 말했습니다.
    found &= ~rows.claimed & ~rows.crowd & (rows.size >= 1).all(axis=1)
    if found.any():
        yield Finding(
            "size_outliers",
            f"박스 {len(rows):,}개 가운데 {found.sum():,}개가 같은 클래스의 중앙값보다 "
            f"{limit['outlier_factor']:g}배 넘게 크거나 작습니다.",
            rows.examples(found),
        )


def _check_counts(rows, used, limit):
    if len(used) == 1:
        yield Finding("single_class", f"박스 {used[0].boxes:,}개가 모두 {used[0].name}입니다.")
        return
    rare = [
        row for row in used if row.boxes < limit["rare_boxes"] or row.images < limit["rare_images"]
    ]
    common = [row for row in used if row not in rare]
    if rare:
        told = tuple(
            f"{row.name}: 박스 {row.boxes:,}개, 이미지 {row.images:,}장" for row in rare[-5:]
        )
        yield Finding(
            "rare_class",
            f"클래스 {len(used)}개 가운데 {len(rare)}개가 박스 {limit['rare_boxes']}개나 이미지 "
            f"{limit['rare_images']}장보다 적습니다.",
            Examples(told[::-1], _rows_of(rows, rare)),
        )
    if len(common) > 1 and common[0].boxes >= limit["imbalance"] * common[-1].boxes:
        most, least = common[0], common[-1]
        yield Finding(
            "class_imbalance",
            f"박스가 {most.name}은(는) {most.boxes:,}개, {least.name}은(는) {least.boxes:,}개입니다"
            f"({most.boxes / least.boxes:.0f}배, {limit['imbalance']}배부터 알립니다).",
            Examples((), _rows_of(rows, [least])),
        )


def _rows_of(rows, classes):
    return np.flatnonzero((rows.kind == "") & np.isin(rows.labels, [row.number for row in classes]))
