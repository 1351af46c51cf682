"""이미지 파일의 검사: 라벨과 다른 크기, 한 파일에 id가 둘인 것, 나눔 둘에 함께 든 사진."""

import hashlib
import os
import re
from collections import defaultdict
from itertools import islice

import numpy as np

from anchorbox_utils.datasets.folders import same_form, split_of
from anchorbox_utils.datasets.images import shrunk
from anchorbox_utils.diagnosis.findings import Examples, Finding
from anchorbox_utils.diagnosis.rows import EXAMPLES

# 한쪽이 다른 쪽을 담고 있으므로 같은 사진이 있어야 하는 나눔의 짝.
_CONTAINED = {frozenset(pair) for pair in (("train", "trainval"), ("val", "trainval"))}
_CONTAINED |= {frozenset(("val", "minival"))}

# 파일을 열지 못했을 때, 작은 나눔의 이름이 이만큼이나 겹치고 모두 번호면 따로 센 번호로 봅니다.
_COUNTER_SHARE = 0.9
_COUNTER = re.compile(r"[^\W\d]*[_\- ]?\d+")

# 내보낼 때마다 붙는 Roboflow의 꼬리.
_EXPORT_TAIL = re.compile(r"\.rf\.[0-9a-f]{8,}$")

# 크기가 같은 파일들을 통째로 읽기 전에 가운데의 이만큼만 견줍니다.
_PIECE = 4096


def check_file_sizes(rows):
    """이미지 파일의 크기와 라벨이 말하는 크기."""
    found = {"swapped_size": [], "stale_size": [], "exif_rotation": []}
    for number, image in enumerate(rows.images):
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
                Examples(
                    (_size_example(rows, number) for number in numbers[:EXAMPLES]), images=numbers
                ),
            )


def _size_example(rows, number):
    image = rows.images[number]
    file_size = "×".join(str(side) for side in image.file_size)
    remark = ", EXIF가 90도 돌리라고 함" if image.rotated else ""
    return f"{image.path}: 라벨 {image.width:g}×{image.height:g}, 파일 {file_size}{remark}"


def check_duplicate_files(rows):
    """이미지 목록에서 한 파일을 두 번 적었는지."""
    # 이름만으로 같은 파일이라고 할 수 있는 것은 이미지 목록이 한 파일에 있을 때입니다.
    by_name = rows.dataset.fmt == "coco"
    numbers = [n for n, image in enumerate(rows.images) if by_name or image.file_size is not None]
    files = [(rows.images[n].split, _plain(rows.images[n].path)) for n in numbers]
    if len(set(files)) == len(files):
        return
    again = {path: same for (_, path), same in _grouped(files, numbers).items() if len(same) > 1}
    counts = np.diff(rows.dataset.columns.starts)
    texts = (
        f"{path}: {len(same)}번(박스 {', '.join(str(counts[n]) for n in same[:4])}개)"
        for path, same in list(again.items())[:EXAMPLES]
    )
    evidence = f"이미지 {len(rows.images):,}장에 두 번 이상 나오는 파일이 {len(again):,}개입니다."
    images = [n for same in again.values() for n in same]
    yield Finding("duplicate_file", evidence, Examples(texts, images=images))


def check_splits(rows):
    """train과 val처럼 나뉜 데이터의 두 곳에 같은 사진이 있는지. 이름을 보고, 내용을 견줍니다."""
    splits = _splits(rows.images)
    if len(set(splits) - {""}) < 2:
        return
    contents = _Contents(rows.images, splits)
    leaks, known, same_names, unsure = [], set(), [], []
    for numbers in _grouped(_names(rows.images), range(len(splits))).values():
        if not _crosses(numbers, splits):
            continue
        if any(rows.images[number].file_size is None for number in numbers):
            unsure.append(numbers)
        elif same := contents.groups(numbers):
            # 원본이 같은 증강들은 이름이 같아, 한 이름에 사진이 여럿일 수 있습니다.
            leaks += same
            known.update(numbers)
        else:
            same_names.append(numbers)
    (same_names if _are_counters(rows.images, splits, unsure) else leaks).extend(unsure)
    known.update(number for numbers in leaks for number in numbers)
    others = [
        numbers
        for numbers in contents.groups(n for n in range(len(splits)) if n not in known)
        if not _is_plain(rows.images[numbers[0]].path)
    ]
    unopened = " 파일을 열지 못한 것은 이름만 견주었습니다." * bool(unsure)
    if leaks or others:
        evidence = (
            f"이미지 {sum(map(len, [*leaks, *others])):,}장입니다(이름이 같은 사진 "
            f"{len(leaks):,}가지, 내용만 같은 사진 {len(others):,}가지)."
        )
        evidence += unopened
        yield Finding("split_leak", evidence, _examples(rows.images, splits, [*leaks, *others]))
    if same_names:
        evidence = f"{len(same_names):,}장입니다.{unopened}"
        yield Finding("same_name_in_splits", evidence, _examples(rows.images, splits, same_names))


def _grouped(keys, numbers):
    groups = defaultdict(list)
    for key, number in zip(keys, numbers, strict=True):
        groups[key].append(number)
    return groups


def _folders(images):
    """이미지마다의 폴더와, 폴더마다의 마디들. 모든 이미지가 함께 든 앞부분은 뺍니다."""
    folders = [_plain(image.path).rpartition("/")[0] for image in images]
    parts = {folder: folder.split("/") for folder in set(folders)}
    shared = len(os.path.commonprefix(list(parts.values())))
    return folders, {folder: names[shared:] for folder, names in parts.items()}


def _splits(images):
    """이미지마다의 나눔. 라벨 파일이 말하지 않으면 폴더의 이름입니다."""
    folders, parts = _folders(images)
    own = {folder: split_of("/".join(names)) for folder, names in parts.items()}
    return [image.split or own[folder] for image, folder in zip(images, folders, strict=True)]


def _names(images):
    """이미지마다의, 나눔을 뺀 이름. 장면의 폴더가 다르면 파일의 이름이 같아도 다릅니다."""
    folders, parts = _folders(images)
    rest = {
        folder: tuple(name for name in names if not split_of(name))
        for folder, names in parts.items()
    }
    stems = [_stem(image.path) for image in images]
    return [(rest[folder], stem) for folder, stem in zip(folders, stems, strict=True)]


def _plain(path):
    """구분자와 글자의 꼴이 달라도 같은 이름."""
    return same_form(path).replace("\\", "/").removeprefix("./")


def _stem(path):
    stem = os.path.splitext(os.path.basename(_plain(path)))[0]
    return _EXPORT_TAIL.sub("", stem)


def _crosses(numbers, splits):
    """이미지들이 서로 담지 않는 두 나눔에 걸쳐 있는지."""
    names = sorted({splits[number] for number in numbers} - {""})
    pairs = [frozenset((a, b)) for i, a in enumerate(names) for b in names[i + 1 :]]
    return any(pair not in _CONTAINED for pair in pairs)


def _are_counters(images, splits, groups):
    """나눔마다 1번부터 다시 센 이름들인지."""
    if not groups:
        return False
    stems = [_stem(images[numbers[0]].path) for numbers in groups]
    smallest = min(splits.count(split) for split in set(splits) - {""})
    return len(groups) >= _COUNTER_SHARE * smallest and all(map(_COUNTER.fullmatch, stems))


class _Contents:
    """파일의 내용으로 묶기. 두 나눔에 걸쳐 크기가 같은 것끼리만 열어 봅니다."""

    def __init__(self, images, splits):
        self._images, self._splits, self._lengths, self._digests = images, splits, {}, {}

    def groups(self, numbers):
        """``numbers`` 가운데 내용이 같고 두 나눔에 걸친 파일들의 묶음."""
        found = [[n for n in numbers if self._images[n].file_size is not None]]
        for key in (self._length, self._middle, self._digest):
            found = [same for group in found for same in self._same(group, key)]
        return found

    def _same(self, numbers, key):
        keys = [self._try(key, number) for number in numbers]
        return [
            same
            for value, same in _grouped(keys, numbers).items()
            if value is not None and _crosses(same, self._splits)
        ]

    def _try(self, key, number):
        try:
            return key(number)
        except OSError:
            # 그새 지워졌거나 잠긴 파일은 견주지 않습니다.
            return None

    def _length(self, number):
        image = self._images[number]
        if number not in self._lengths:
            self._lengths[number] = os.path.getsize(image.path)
        return image.file_size, self._lengths[number]

    def _middle(self, number):
        with open(self._images[number].path, "rb") as file:
            file.seek(max(0, self._lengths[number] // 2))
            return file.read(_PIECE)

    def _digest(self, number):
        if number not in self._digests:
            with open(self._images[number].path, "rb") as file:
                self._digests[number] = hashlib.file_digest(file, "sha256").digest()
        return self._digests[number]


def _is_plain(path):
    """한 가지 색뿐인 그림인지. 그런 것은 내용이 같아도 같은 사진이라고 할 수 없습니다."""
    image = shrunk(path, "L", (4096, 4096))
    if image is None:
        return False
    low, high = image.getextrema()
    return low == high


def _examples(images, splits, groups):
    # 나눔마다 한 장씩 보여야 걸쳐 있는 것이 보입니다.
    firsts = ({splits[n]: images[n].path for n in reversed(numbers)} for numbers in groups)
    texts = (
        " = ".join(f"{split}: {path}" for split, path in sorted(first.items())[:3])
        for first in islice(firsts, EXAMPLES)
    )
    return Examples(texts, images=[n for numbers in groups for n in numbers])
