"""데이터의 검사. 앞선 검사가 원인을 찾은 행은 뒤의 검사가 다시 나무라지 않습니다."""

from collections import Counter

import numpy as np

from anchorbox_utils.datasets.records import BOX_PROBLEMS, to_xyxy
from anchorbox_utils.diagnosis.duplicate_checks import check_duplicates
from anchorbox_utils.diagnosis.field_checks import check_fields, check_polygons
from anchorbox_utils.diagnosis.file_checks import (
    check_duplicate_files,
    check_file_sizes,
    check_splits,
)
from anchorbox_utils.diagnosis.findings import KINDS, Examples, Finding
from anchorbox_utils.diagnosis.repeat_checks import check_repeats
from anchorbox_utils.diagnosis.rows import EXAMPLES, longest_side

_COUNTED = "박스 {total:,}개 가운데 {count:,}개입니다."
# 이미지를 열지 못한 까닭을 이미 한 장씩 말하는 문제들.
_NOT_OPENED = {"missing_image", "ambiguous_image", "broken_image"}
# 이미지를 가득 채운 박스가 이만큼은 있어야 도구의 기본값을 의심합니다.
_FULL_FRAME_SHARE = 0.05
_WRAPPED = (2.0**16, 2.0**32, 2.0**64)

# 다른 형식으로 읽어 보는 방법: 이름 → (네 수의 뜻, 이미지 크기로 나눈 값인지).
_READINGS = {
    "[x1, y1, x2, y2] 픽셀": ("xyxy", False),
    "[x1, y1, w, h] 픽셀": ("xywh", False),
    "[cx, cy, w, h] 픽셀": ("cxcywh", False),
    "[x1, y1, x2, y2] 0~1": ("xyxy", True),
    "[x1, y1, w, h] 0~1": ("xywh", True),
    "[cx, cy, w, h] 0~1": ("cxcywh", True),
}


def check_problems(rows):
    """불러오기가 남긴 문제 가운데 좌표와 상관없는 것. 문제의 종류가 곧 진단의 이름입니다."""
    by_kind = {}
    for problem in rows.dataset.problems:
        by_kind.setdefault(problem.kind, []).append(problem)
    for kind in KINDS:
        if kind in by_kind and kind not in BOX_PROBLEMS:
            found = by_kind[kind]
            examples = tuple(f"{problem.source}: {problem.reason}" for problem in found[:EXAMPLES])
            yield Finding(kind, f"{len(found):,}건입니다.", examples)


def check_reading(rows):
    """무엇을 읽고 무엇을 읽지 않았는지."""
    reading, images = rows.dataset.reading, rows.images
    told = {problem.kind for problem in rows.dataset.problems}
    opened = any(image.file_size is not None for image in images)
    if images and reading.pictures and not opened and not told & _NOT_OPENED:
        yield Finding(
            "images_not_found",
            f"이미지 {len(images):,}장 가운데 한 장도 찾지 못했습니다. 찾아본 곳: "
            f"{', '.join(reading.searched)} (이름이 다른 그림 파일 {reading.pictures:,}개).",
            tuple(f"{name}: {reason}" for name, reason in reading.lost),
        )
    if reading.renamed:
        examples = tuple(f"{source}: {note}" for source, note in reading.renamed[:EXAMPLES])
        yield Finding("image_name_differs", f"{len(reading.renamed):,}건입니다.", examples)
    if reading.notes:
        yield Finding("read_as", " ".join(reading.notes))
    if reading.skipped:
        reasons = Counter(reason for _, reason in reading.skipped)
        counted = ", ".join(f"{reason.rstrip('.')} {n:,}개" for reason, n in reasons.most_common(6))
        examples = tuple(f"{path}: {reason}" for path, reason in reading.skipped[:EXAMPLES])
        evidence = f"{len(reading.skipped):,}개입니다({counted})."
        yield Finding("skipped_files", evidence, examples)


def _claim(rows, found, name, evidence):
    """찾은 행을 맡고 알립니다. ``evidence``에는 전체와 찾은 행의 수를 넣을 수 있습니다."""
    if found.any():
        rows.claimed |= found
        evidence = evidence.format(total=len(rows), count=found.sum())
        yield Finding(name, evidence, rows.examples(found))


def check_wrapped(rows):
    """0에서 1을 빼다가 65535가 된 값."""
    if rows.raw.max(initial=0) < min(_WRAPPED) - 4:
        return
    values = rows.raw[:, :, None]
    far = np.nan_to_num(rows.limit, posinf=0).max(axis=1) < 30_000
    near = ((values <= np.array(_WRAPPED)) & (values >= np.array(_WRAPPED) - 4)).any(axis=(1, 2))
    evidence = "박스 {total:,}개 가운데 {count:,}개에 65535 부근의 값이 있습니다."
    yield from _claim(rows, near & far & ~rows.claimed, "unsigned_wrap", evidence)


def check_fillers(rows):
    evidence = "박스 {total:,}개 가운데 {count:,}개가 [0, 0, 0, 0]입니다."
    yield from _claim(rows, rows.unclaimed("filler"), "filler", evidence)
    yield from _claim(rows, rows.unclaimed("not_finite"), "not_finite", _COUNTED)


def check_readings(rows):
    """다른 형식이나 바뀐 가로세로로 읽으면 맞아떨어지는지."""
    # 크기를 모르는 이미지에는 무엇이든 들어맞으므로, 그런 행으로는 아무것도 짐작하지 않습니다.
    known = np.isfinite(rows.limit).all(axis=1)
    alive = ~rows.claimed & known
    misfit = alive & ~rows.fits()
    normalized = ~rows.claimed & (np.abs(rows.raw) <= 1.5).all(axis=1)
    if rows.dataset.box_format != "yolo" and len(rows) >= 3 and normalized.sum() >= 0.9 * len(rows):
        rows.claimed |= normalized
        yield Finding(
            "unit_mismatch",
            f"박스 {len(rows):,}개 가운데 {normalized.sum():,}개의 네 수가 모두 0~1입니다. "
            "이미지 크기로 나눈 값을 픽셀로 읽고 있습니다.",
            rows.examples(normalized),
        )
        return
    if misfit.sum() < 3:
        return
    guesses = list(_reading_guesses(rows, alive, misfit))
    name, reading, images, share = max(guesses, key=lambda guess: guess[3])
    # 몇 개의 실수와 형식의 혼동은 다릅니다: 걸린 이미지 안에서 흔하고, 거의 다 설명되어야 합니다.
    candidates = np.isin(rows.image, rows.image[misfit])
    if share < 0.8 or misfit.sum() < 0.2 * candidates.sum():
        return
    claimed = images[rows.image] & alive
    rows.claimed |= claimed
    with_boxes = len(np.unique(rows.image[known]))
    scope = "모든 이미지" if images.sum() == with_boxes else f"이미지 {images.sum():,}장"
    evidence = (
        f"박스 {len(rows):,}개 가운데 {misfit.sum():,}개가 뒤집혔거나 이미지 밖입니다. {scope}에서 "
        f"{reading} 읽으면 박스가 모두 이미지 안에 들어옵니다."
    )
    yield Finding(name, evidence, rows.examples(claimed & misfit))


def _reading_guesses(rows, alive, misfit):
    """(진단 이름, 읽는 법, 설명되는 이미지, 설명되는 행의 비율)들."""
    sick = np.zeros(len(rows.sizes), bool)
    sick[rows.image[misfit]] = True

    def guess(name, reading, fits):
        images = sick & rows.images_where_all(fits | ~alive)
        return name, reading, images, images[rows.image[misfit]].mean()

    swapped = rows.limit[:, ::-1]
    positive = (rows.boxes[:, 2:] > rows.boxes[:, :2]).all(axis=1)
    differ = rows.limit[:, 0] != rows.limit[:, 1]
    fits = rows.fits(limit=swapped) & positive & differ
    yield guess("swapped_size", "가로와 세로를 바꾸어", fits)
    own = (
        ("cxcywh", True) if rows.dataset.box_format == "yolo" else (rows.dataset.box_format, False)
    )
    # 똑같이 들어맞으면 단위만 다른 것입니다.
    for reading, (fmt, normalized) in sorted(
        _READINGS.items(), key=lambda item: item[1][0] != own[0]
    ):
        if (fmt, normalized) == own or (normalized and not own[1]):
            continue
        raw = rows.raw * np.tile(rows.limit, 2) if normalized else rows.raw
        with np.errstate(all="ignore"):
            boxes = to_xyxy(raw, fmt, None)
        name = "mixed_formats" if normalized == own[1] else "unit_mismatch"
        yield guess(name, f"{reading}로", rows.fits(boxes))


def check_flipped(rows):
    yield from _claim(rows, rows.unclaimed("flipped"), "flipped", _COUNTED)
    yield from _claim(rows, rows.unclaimed("zero_size"), "zero_size", _COUNTED)
    evidence = "0~1이어야 하는 값이 1을 크게 넘는 줄이 {count:,}개 있습니다."
    yield from _claim(rows, rows.unclaimed("not_normalized"), "unit_mismatch", evidence)


def check_outside(rows):
    """이미지 밖으로 나간 박스. 많은 이미지에서 멀리 나갔다면 크기가 낡은 것입니다."""
    alive = ~rows.claimed
    over = rows.overshoot
    slack = np.maximum(0.1, 1e-4 * longest_side(rows.limit))
    outside = alive & (over > np.maximum(1.0, slack))
    if outside.any():
        relative = over[outside] / rows.limit[outside].max(axis=1)
        share = len(np.unique(rows.image[outside])) / max(1, len(np.unique(rows.image)))
        stale = (
            share > 0.2
            and np.median(relative) > 0.05
            and outside.sum() >= 3
            and not _sizes_are_right(rows.images)
        )
        rows.claimed |= outside
        evidence = (
            f"박스 {len(rows):,}개 가운데 {outside.sum():,}개(이미지 "
            f"{len(np.unique(rows.image[outside])):,}장)가 최대 {over[outside].max():,.1f}픽셀 "
            "나갔습니다."
        )
        if stale:
            # 이 정도면 낱낱의 실수가 아니라 그 이미지들의 크기가 통째로 다른 것입니다.
            rows.claimed |= np.isin(rows.image, rows.image[outside])
            ratio = (rows.boxes[outside, 2:] / rows.limit[outside]).max()
            evidence += f" 박스가 닿은 범위는 적힌 크기의 {ratio:.2f}배입니다."
        if (beyond := outside & _is_beyond_unit(rows)).any():
            evidence += (
                f" 이 가운데 {beyond.sum():,}줄은 적힌 수도 0~1을 벗어나, 그런 이미지를 통째로 "
                "빼는 학습 도구가 있습니다."
            )
        yield Finding("stale_size" if stale else "out_of_image", evidence, rows.examples(outside))
    beyond = alive & ~outside & _is_beyond_unit(rows)
    if beyond.any():
        evidence = _COUNTED.format(total=len(rows), count=beyond.sum())
        yield Finding("beyond_unit", evidence, rows.examples(beyond))
    slightly = alive & ~outside & ~beyond & (over > slack)
    if slightly.any():
        yield Finding(
            "border_rounding",
            f"박스 {len(rows):,}개 가운데 {slightly.sum():,}개가 최대 "
            f"{over[slightly].max():.2f}픽셀 "
            "넘었습니다.",
            rows.examples(slightly),
        )


def _is_beyond_unit(rows):
    """(R,) YOLO의 줄에 적힌 수가 조금이라도 0~1을 벗어났는지."""
    if rows.dataset.box_format != "yolo":
        return np.zeros(len(rows), bool)
    # 학습 도구가 읽는 float32에서 1이 되는 값은 1이고, float32를 넘는 수는 무한대입니다.
    with np.errstate(over="ignore"):
        values = rows.raw.astype(np.float32)
    return ((values > 1) | (values < 0)).any(axis=1)


def _sizes_are_right(images):
    """열어 본 이미지가 있고, 모두 라벨이 말하는 크기인지."""
    opened = [image for image in images if image.file_size is not None]
    return bool(opened) and all(
        image.file_size == (image.width, image.height)
        or (image.rotated and image.file_size[::-1] == (image.width, image.height))
        for image in opened
    )


def check_full_frame(rows):
    full = ~rows.claimed & ~rows.crowd & (rows.filled >= 0.995)
    images, labeled = len(np.unique(rows.image[full])), len(np.unique(rows.image))
    if full.sum() >= 3 and images >= _FULL_FRAME_SHARE * labeled:
        yield Finding(
            "full_frame",
            f"박스 {len(rows):,}개 가운데 {full.sum():,}개가 이미지 전체를 덮습니다(박스가 있는 "
            f"이미지 {labeled:,}장 가운데 {images:,}장. {_FULL_FRAME_SHARE:.0%}부터 알립니다).",
            rows.examples(full),
        )


def check_tiny(rows):
    tiny = rows.unclaimed("") & (rows.size < 1).any(axis=1)
    if tiny.any():
        evidence = _COUNTED.format(total=len(rows), count=tiny.sum())
        yield Finding("tiny_boxes", evidence, rows.examples(tiny))


def check_images(rows):
    sick = {problem.image for problem in rows.dataset.problems}
    columns = rows.dataset.columns
    without = np.flatnonzero(np.diff(columns.starts) == 0)
    empty = [number for number in without.tolist() if rows.images[number].path not in sick]
    if empty:
        evidence = f"이미지 {len(rows.sizes):,}장 가운데 {len(empty):,}장입니다."
        names = (rows.images[number].path for number in empty[:EXAMPLES])
        yield Finding("empty_images", evidence, Examples(names, images=empty))
    polygons = np.flatnonzero(columns.polygon)
    if len(polygons):
        examples = Examples((str(rows.source(row)) for row in polygons[:EXAMPLES]), polygons)
        yield Finding("polygons", f"{len(polygons):,}줄입니다.", examples)


# 순서가 뜻을 가집니다: 원인이 또렷한 것이 먼저 행을 가져갑니다.
DATA_CHECKS = (
    check_problems,
    check_reading,
    check_wrapped,
    check_fillers,
    check_file_sizes,
    check_readings,
    check_flipped,
    check_outside,
    check_full_frame,
    check_tiny,
    check_duplicates,
    check_repeats,
    check_images,
    check_fields,
    check_polygons,
    check_duplicate_files,
    check_splits,
)
