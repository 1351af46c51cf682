"""나눔의 목록: VOC의 ImageSets, YOLO의 이미지 목록(train.txt, val.txt), data.yaml과 obj.data."""

import os
import posixpath

from anchorbox_utils.datasets.class_lists import places_by_split, read_darknet, read_yaml
from anchorbox_utils.datasets.folders import (
    IMAGE_SUFFIXES,
    is_split_name,
    same_form,
    split_of,
    stem_of,
    suffix_of,
)
from anchorbox_utils.datasets.model import Problem, Source
from anchorbox_utils.datasets.reading import UnreadableFile, read_text

# 서로 겹치지 않아야 하는 나눔. trainval은 둘을 합친 것이라 보지 않습니다.
_APART = ("train", "val", "test")


def shared_names(files):
    """같은 폴더의 두 목록에 함께 있는 이미지마다 :class:`Problem`."""
    lists = {}
    for file in files:
        stem = stem_of(file).casefold()
        if suffix_of(file) == ".txt" and is_split_name(stem) and split_of(stem) in _APART:
            lists.setdefault(os.path.dirname(file), []).append(file)
    for same in lists.values():
        owner = {}
        for file in same if len(same) > 1 else ():
            for number, name in _names(file):
                first = owner.setdefault(name, file)
                if split_of(stem_of(first)) != split_of(stem_of(file)):
                    reason = f"{name}이(가) {os.path.basename(first)}에도 있습니다."
                    yield Problem(Source(file, f"{number}행"), name, reason, "split_leak")


def shared_places(file):
    """data.yaml이나 obj.data의 train과 다른 나눔에 같은 곳을 적었으면 :class:`Problem`."""
    try:
        document = read_darknet(file) if suffix_of(file) == ".data" else read_yaml(file)
    except ValueError:
        return
    train, *others = (
        (split, set(map(posixpath.normpath, places)))
        for split, places in places_by_split(document).items()
    )
    for split, places in others:
        for place in sorted(places & train[1]):
            reason = f"train과 {split}에 같은 곳을 적었습니다: {place}"
            yield Problem(Source(file, f"train, {split}"), place, reason, "split_leak")


def _names(file):
    """줄마다 (행 번호, 이미지의 이름). 라벨처럼 수가 이어지는 줄은 목록이 아닙니다."""
    try:
        lines = read_text(file).splitlines()
    except UnreadableFile:
        return
    for number, line in enumerate(lines, start=1):
        line = same_form(line.strip()).replace("\\", "/").removeprefix("./")
        fields = line.split()
        if suffix_of(line) in IMAGE_SUFFIXES:
            yield number, line
        elif 1 <= len(fields) <= 2:
            yield number, fields[0]
