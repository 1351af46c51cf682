"""데이터의 검사. 앞선 검사가 원인을 찾은 행은 뒤의 검사가 다시 나무라지 않습니다."""

import numpy as np

from anchorbox_utils.datasets.records import BOX_PROBLEMS, to_xyxy
from anchorbox_utils.diagnosis.findings import KINDS, Finding
from anchorbox_utils.diagnosis.rows import EXAMPLES, format_row
from anchorbox_utils.korean import with_particle

_COUNTED = "박스 {total:,}개 가운데 {count:,}개입니다."
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


def _claim(rows, found, name, evidence):
    """찾은 행을 맡고 알립니다. ``evidence``에는 전체와 찾은 행의 수를 넣을 수 있습니다."""
    if found.any():
        rows.claimed |= found
        evidence = evidence.format(total=len(rows), count=found.sum())
        yield Finding(name, evidence, rows.examples(found))


def check_wrapped(rows):
    """0에서 1을 빼다가 65535가 된 값."""
    values = rows.raw[:, :, None]
    far = np.nan_to_num(rows.limit, posinf=0).max(axis=1) < 30_000
    near = ((values <= np.array(_WRAPPED)) & (values >= np.array(_WRAPPED) - 4)).any(axis=(1, 2))
    evidence = "박스 {total:,}개 가운데 {count:,}개에 65535 부근의 값이 있습니다."
    yield from _claim(rows, near & far & ~rows.claimed, "unsigned_wrap", evidence)


def check_fillers(rows):
    evidence = "박스 {total:,}개 가운데 {count:,}개가 [0, 0, 0, 0]입니다."
    yield from _claim(rows, rows.unclaimed("filler"), "filler", evidence)
    yield from _claim(rows, rows.unclaimed("not_finite"), "not_finite", _COUNTED)


def check_file_sizes(rows):
    """이미지 파일의 크기와 라벨이 말하는 크기."""
    found = {"swapped_size": [], "stale_size": [], "exif_rotation": []}
    for number, image in enumerate(rows.dataset.images):
        if image.file_size is None or image.width is None:
            continue
        declared, measured = (image.width, image.height), image.file_size
        turned = image.rotated and measured[0] != measured[1]
        if turned and declared in (measured, measured[::-1]):
            found["exif_rotation"].append(number)
        elif declared == measured[::-1] != measured:
            found["swapped_size"].append(number)
        elif declared != measured:
            found["stale_size"].append(number)
    for name, numbers in found.items():
        if numbers:
            # EXIF만으로는 박스가 틀렸다고 할 수 없으므로 다른 검사에 맡깁니다.
            rows.claimed |= np.isin(rows.image, numbers) & (name != "exif_rotation")
            yield Finding(
                name,
                f"이미지 {len(rows.sizes):,}장 가운데 {len(numbers):,}장입니다.",
                tuple(_size_example(rows, number) for number in numbers[:EXAMPLES]),
            )


def _size_example(rows, number):
    image = rows.dataset.images[number]
    file_size = "×".join(str(side) for side in image.file_size)
    remark = ", EXIF가 90도 돌리라고 함" if image.rotated else ""
    return f"{image.path}: 라벨 {image.width:g}×{image.height:g}, 파일 {file_size}{remark}"


def check_readings(rows):
    """다른 형식이나 바뀐 가로세로로 읽으면 맞아떨어지는지."""
    alive = ~rows.claimed
    misfit = alive & ~rows.fits()
    normalized = alive & (np.abs(rows.raw) <= 1.5).all(axis=1)
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
    with_boxes = len(np.unique(rows.image))
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
    for reading, (fmt, normalized) in _READINGS.items():
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
    over = rows.overshoot()
    slack = np.maximum(0.1, 1e-4 * np.where(np.isfinite(rows.limit), rows.limit, 0).max(axis=1))
    outside = alive & (over > np.maximum(1.0, slack))
    if outside.any():
        relative = over[outside] / rows.limit[outside].max(axis=1)
        share = len(np.unique(rows.image[outside])) / max(1, len(np.unique(rows.image)))
        stale = share > 0.2 and np.median(relative) > 0.05 and outside.sum() >= 3
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
        yield Finding("stale_size" if stale else "out_of_image", evidence, rows.examples(outside))
    slightly = alive & ~outside & (over > slack)
    if slightly.any():
        yield Finding(
            "border_rounding",
            f"박스 {len(rows):,}개 가운데 {slightly.sum():,}개가 최대 "
            f"{over[slightly].max():.2f}픽셀 "
            "넘었습니다.",
            rows.examples(slightly),
        )


def check_full_frame(rows):
    size = rows.boxes[:, 2:] - rows.boxes[:, :2]
    full = ~rows.claimed & ~rows.crowd & (size >= 0.995 * rows.limit).all(axis=1)
    if full.sum() >= 3:
        yield Finding(
            "full_frame",
            f"박스 {len(rows):,}개 가운데 {full.sum():,}개가 이미지 전체를 덮습니다.",
            rows.examples(full),
        )


def check_tiny(rows):
    size = rows.boxes[:, 2:] - rows.boxes[:, :2]
    tiny = rows.unclaimed("") & (size < 1).any(axis=1)
    if tiny.any():
        evidence = _COUNTED.format(total=len(rows), count=tiny.sum())
        yield Finding("tiny_boxes", evidence, rows.examples(tiny))


def check_duplicates(rows):
    """같은 이미지·클래스·크기의 박스가 겹치는지. 크기로 줄을 세워 이웃끼리만 견줍니다."""
    usable = np.flatnonzero(rows.unclaimed("") & ~rows.crowd)
    size = np.round(rows.boxes[usable, 2:] - rows.boxes[usable, :2], 3)
    keys = np.column_stack([rows.image[usable], rows.labels[usable], size])
    corner = np.round(rows.boxes[usable, :2], 3)
    order = np.lexsort([*corner.T[::-1], *keys.T[::-1]])
    first, second = usable[order[:-1]], usable[order[1:]]
    same = (keys[order[:-1]] == keys[order[1:]]).all(axis=1)
    shift = np.round(rows.boxes[second, :2] - rows.boxes[first, :2], 3)
    exact = same & (shift == 0).all(axis=1)
    if exact.any():
        yield Finding(
            "duplicate_boxes",
            f"{exact.sum():,}쌍입니다.",
            _pair_examples(rows, first[exact], second[exact]),
        )
    overlap = np.clip(1 - np.abs(shift) / np.maximum(size[order[:-1]], 1e-9), 0, 1).prod(axis=1)
    near = same & ~exact & (overlap / (2 - overlap) >= 0.8)
    if near.sum() < 3:
        return
    shifts, counts = np.unique(shift[near], axis=0, return_counts=True)
    common = shifts[counts.argmax()]
    if counts.max() < 3 or counts.max() < 0.5 * near.sum():
        return
    pairs = near & (shift == common).all(axis=1)
    yield Finding(
        "shifted_duplicates",
        f"{pairs.sum():,}쌍이 모두 ({common[0]:+g}, {common[1]:+g})픽셀 밀려 있습니다.",
        _pair_examples(rows, first[pairs], second[pairs]),
    )


def _pair_examples(rows, first, second):
    return tuple(
        f"{rows.source(a)} → {format_row(rows.raw[a])}, {rows.source(b)} → "
        f"{format_row(rows.raw[b])}"
        for a, b in list(zip(first, second, strict=True))[:EXAMPLES]
    )


def check_images(rows):
    sick = {problem.image for problem in rows.dataset.problems}
    images = [image for image in rows.dataset.images if image.path not in sick]
    empty = [image.path for image in images if len(image.boxes) == 0]
    if empty:
        evidence = f"이미지 {len(rows.sizes):,}장 가운데 {len(empty):,}장입니다."
        yield Finding("empty_images", evidence, tuple(empty[:EXAMPLES]))
    polygons = [
        image.sources[number]
        for image in rows.dataset.images
        for number in np.flatnonzero(image.polygon)
    ]
    if polygons:
        examples = tuple(str(source) for source in polygons[:EXAMPLES])
        yield Finding("polygons", f"{len(polygons):,}줄입니다.", examples)


def check_classes(rows, num_classes=None, background=None):
    """클래스 번호. ``num_classes``와 ``background``는 모델이 정한 것입니다."""
    categories = rows.dataset.categories
    good = rows.kind == ""
    used = set(np.unique(rows.labels[good]).tolist())
    unknown = good & ~np.isin(rows.labels, list(categories))
    if unknown.any() and categories:
        yield Finding(
            "unknown_class",
            f"목록의 번호는 {_numbers(sorted(categories))}인데 박스 {unknown.sum():,}개가 "
            f"{with_particle(_numbers(np.unique(rows.labels[unknown])), '을/를')} 씁니다.",
            _class_examples(rows, unknown),
        )
    if background is not None:
        hidden = good & (rows.labels == background)
        if hidden.any():
            yield Finding(
                "background_label",
                f"모델은 {with_particle(background, '을/를')} 배경으로 쓰는데 박스 "
                f"{hidden.sum():,}개의 번호가 {background}입니다.",
                _class_examples(rows, hidden),
            )
    over = good & (rows.labels >= (np.inf if num_classes is None else num_classes))
    if over.any():
        yield Finding(
            "class_overflow",
            f"모델의 출력은 {num_classes}개(0~{num_classes - 1})인데 박스 {over.sum():,}개의 "
            "번호가 "
            f"{_numbers(np.unique(rows.labels[over]))}입니다.",
            _class_examples(rows, over),
        )
    elif num_classes is None and used and not unknown.any():
        listed = sorted(categories)
        if listed and listed[-1] - listed[0] + 1 > len(listed):
            evidence = f"클래스는 {len(listed)}개인데 번호는 {listed[0]}~{listed[-1]}입니다."
            yield Finding("class_gap", evidence)
    unused = [name for number, name in categories.items() if number not in used]
    if unused and used:
        evidence = f"클래스 {len(categories)}개 가운데 {len(unused)}개: {', '.join(unused[:8])}"
        yield Finding("unused_class", evidence + (" …" if len(unused) > 8 else ""))


def _numbers(values):
    values = [str(int(value)) for value in values]
    return ", ".join(values[:8]) + (" …" if len(values) > 8 else "")


def _class_examples(rows, mask):
    return tuple(
        f"{rows.source(row)} → 클래스 {rows.labels[row]}" for row in np.flatnonzero(mask)[:EXAMPLES]
    )


# 순서가 뜻을 가집니다: 원인이 또렷한 것이 먼저 행을 가져갑니다.
DATA_CHECKS = (
    check_problems,
    check_wrapped,
    check_fillers,
    check_file_sizes,
    check_readings,
    check_flipped,
    check_outside,
    check_full_frame,
    check_tiny,
    check_duplicates,
    check_images,
)
