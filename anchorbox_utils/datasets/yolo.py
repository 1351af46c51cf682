"""YOLO 형식: 이미지마다 글 파일 하나, 줄마다 "클래스 cx cy w h"(이미지 크기로 나눈 0~1)."""

import os
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from anchorbox_utils.datasets.class_lists import (
    ClassList,
    find_class_list,
    read_class_names,
    read_key_points,
    read_yaml,
    tell_slip,
)
from anchorbox_utils.datasets.folders import IMAGE_SUFFIXES, home_of, stem_of, suffix_of, walk
from anchorbox_utils.datasets.images import (
    Found,
    Wanted,
    check_images,
    find_images,
    measure_image,
    tell_searched,
)
from anchorbox_utils.datasets.model import Source, as_categories
from anchorbox_utils.datasets.reading import (
    UnreadableFile,
    head_of,
    is_clean,
    plain_numbers,
    read_text,
    track,
)
from anchorbox_utils.datasets.records import Records
from anchorbox_utils.datasets.yolo_lines import box_of_polygon, choose_layout
from anchorbox_utils.validation import as_image_size, as_path, as_paths, as_texts
from anchorbox_utils.visible import visible

# 라벨 곁에 흔히 있는 글 파일. 짝인 이미지가 없을 때만 이름으로 가립니다.
_NOT_LABELS = ("readme", "license", "requirements", "cmakelists", "changelog", "notice", "classes")


def load_yolo(labels, images=None, sizes=None, names=None):
    """YOLO 형식의 글 파일을 읽습니다.

    0~1을 조금 벗어난 값은 박스로 두고(진단이 알려 줍니다), 픽셀처럼 큰 값은 문제로 남깁니다.
    다각형(클래스와 점 3개 이상)은 그것을 감싸는 박스로 읽고 ``polygon``에 표시합니다. 포즈 라벨과
    추적 결과는 모든 줄을 보고 알아내어 박스인 네 수만 읽습니다.

    Args:
        labels: 글 파일이 든 폴더(하위 폴더 포함), 또는 글 파일의 목록. 설명 글이나 이미지 목록처럼
            라벨이 아닌 글 파일은 이유와 함께 빼 둡니다.
        images: 이미지 폴더나 :class:`ImageFiles`. 라벨 파일과 이름(확장자 제외)이 같은 이미지를
            찾아 크기를 잽니다.
        sizes: 이미지 파일이 없을 때 쓸 {이름: (높이, 너비)}. 짝이 하나면 모든 이미지에 씁니다.
        names: 클래스 이름의 목록이나 사전, 또는 이름이 적힌 파일(한 줄에 하나, 또는 data.yaml).
            없으면 라벨 폴더와 그 위의 data.yaml, obj.data, classes.txt 등을 찾아봅니다.

    Returns:
        :class:`Dataset`. 라벨이 없는 이미지도 박스가 없는 이미지로 들어 있습니다.

    Raises:
        ValueError: 라벨 파일이 하나도 없거나, 이미지와 sizes가 모두 없을 때.

    Examples:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = pathlib.Path(folder, "a.txt").write_text("0 0.5 0.5 0.5 1", encoding="utf-8")
        ...     load_yolo(folder, sizes=(40, 100), names=["배"]).images[0].boxes
        array([[25.,  0., 75., 40.]])

    출처: darknet과 Ultralytics의 라벨 형식.
    """
    labels, names = as_paths(labels, "labels"), as_names(names)
    check_images(images)
    for name, size in (sizes if isinstance(sizes, Mapping) else {"": sizes}).items():
        if size is not None:
            as_image_size(size, f"sizes[{name}]" if name else "sizes")
    files, folder, skipped = _files(labels)
    if not files:
        raise ValueError(f"{visible(labels)}: 라벨 파일(*.txt)이 하나도 없습니다.")
    if images is None and sizes is None:
        raise ValueError(
            "images: YOLO 좌표를 픽셀로 바꾸려면 이미지 크기가 필요합니다. "
            "images(폴더)나 sizes({이름: (높이, 너비)})를 주세요."
        )
    records = Records("yolo")
    listed = _class_list(records, folder, names, files)
    if listed.slip:
        records.add_problem("class_list_slip", listed.slip, Source(listed.place, ""))
    on_disk = None if images is None else find_images(images)
    texts = [file for file in files if suffix_of(file) == ".txt"]
    wanted = [Wanted("", os.path.dirname(file), stem_of(file)) for file in texts]
    found = [Found()] * len(texts) if on_disk is None else on_disk.resolve(wanted)
    kept, others = _read_labels(records, texts, found, on_disk)
    if not kept:
        raise ValueError(f"{visible(folder)}: 라벨 파일(*.txt)이 하나도 없습니다.")
    layout = choose_layout([row for label in kept for *_, row in label.rows], listed.key_points)
    if layout.note and layout.extra:
        records.add_problem("extra_columns", layout.note, Source(str(folder), ""))
    elif layout.note:
        records.tell(notes=(layout.note,))
    for label in track(kept, "라벨 읽는 중"):
        number = _add_image(records, label, sizes)
        _add_rows(records, label, number, layout)
    records.tell(class_list=listed.place, skipped=(*skipped, *others))
    if on_disk is not None:
        tell_searched(records, on_disk)
        _add_unlabeled(records, on_disk, kept, found)
    return records.finish(listed.names or None, Path(folder).name, "yolo")


def sniff_yolo(file, data):
    """첫머리의 어느 줄이 클래스 번호와 수 네 개 이상인지."""
    lines = head_of(data).split(b"\n")[:20]
    if suffix_of(lines[0].strip().decode("latin-1")) in IMAGE_SUFFIXES:
        return False
    return any(_numbers(line.decode("latin-1")) is not None for line in lines)


class _Label(NamedTuple):
    """라벨 파일 하나: 이미지와, 줄마다 (자리, 적힌 글, 클래스 번호, 뒤의 수들)."""

    file: str
    image: Found
    rows: list


def _files(labels):
    """(모든 파일, 폴더, 보지 않은 것)."""
    if isinstance(labels, (list, tuple)):
        files = [str(file) for file in labels]
        return files, Path(os.path.dirname(os.path.commonprefix(files))), []
    files, skipped = walk(labels)
    has_labels = any(suffix_of(file) == ".txt" for file in files)
    return files if has_labels else [], Path(labels), skipped


def as_names(names):
    """이름의 사전이나 튜플, 파일의 경로, None 가운데 하나로."""
    if names is None:
        return None
    if isinstance(names, Mapping):
        return as_categories(names, "names")
    return (
        as_path(names, "names") if isinstance(names, (str, PathLike)) else as_texts(names, "names")
    )


def _class_list(records, folder, names, files):
    if names is None:
        return find_class_list(records, folder, files)
    if not isinstance(names, str):
        return ClassList(read_class_names(names), "names")
    if suffix_of(str(names)) not in (".yaml", ".yml"):
        return ClassList(read_class_names(names), str(names))
    document = read_yaml(names)
    key_points = read_key_points(document)
    try:
        return ClassList(read_class_names(names), str(names), key_points, tell_slip(document))
    except ValueError as error:
        reason = str(error).removeprefix(f"{visible(names)}: ")
        records.add_problem("bad_class_list", reason, Source(str(names), ""))
        return ClassList({}, "", key_points)


def _numbers(line):
    """줄이 0 이상의 정수와 수 네 개 이상이면 (클래스 번호, 수들)."""
    fields = line.split()
    return None if len(fields) < 5 else _class_and_values(fields, is_clean(line))


def _class_and_values(fields, clean):
    """(클래스 번호, 뒤의 수들). 클래스가 0 이상의 정수가 아니거나 수가 아닌 것이 있으면 None."""
    numbers = plain_numbers(fields, clean)
    # NaN과 무한대는 어느 쪽도 참이 아닙니다.
    if not numbers or not 0 <= numbers[0] < 2**63 or numbers[0] != int(numbers[0]):
        return None
    return int(numbers[0]), numbers[1:]


def _read_labels(records, files, found, on_disk):
    """라벨 파일들과, 라벨이 아닌 글 파일마다 (경로, 이유)."""
    kept, skipped, empty = [], [], []
    used = {image.path for image in found}
    for file, image in zip(track(files, "파일 읽는 중"), found, strict=True):
        stem = stem_of(file).casefold()
        has_twin = bool(image.path) or image.kind == "ambiguous_image"
        if not has_twin and any(word in stem for word in _NOT_LABELS):
            skipped.append((file, "이름으로 보아 라벨이 아니라 설명이나 목록입니다."))
            continue
        try:
            text = read_text(file)
        except UnreadableFile as error:
            records.add_unreadable("broken_file", error, Source(file, ""), image=image.path)
            kept.append(_Label(file, image, []))
            continue
        lines, clean = text.splitlines(), is_clean(text)
        first = next((line.strip() for line in lines if line.strip()), "")
        if not has_twin and not first:
            empty.append(_Label(file, image, []))
        elif suffix_of(first) in IMAGE_SUFFIXES:
            skipped.append((file, "이미지 경로의 목록입니다."))
        elif not has_twin and not any(map(_numbers, lines)):
            skipped.append((file, "짝인 이미지도, 클래스와 수로 이루어진 줄도 없습니다."))
        elif image.kind and used.issuperset(on_disk.with_stem(stem_of(file)) or [None]):
            reason = "이름이 같은 이미지에는 라벨 파일이 따로 있습니다. 이것은 읽지 않았습니다."
            records.add_problem("ambiguous_image", reason, Source(file, ""), os.path.basename(file))
            skipped.append((file, "짝인 이미지의 라벨 파일이 따로 있습니다."))
        else:
            kept.append(_Label(file, image, list(_rows(records, file, lines, clean, image.path))))
    # 빈 파일은 다른 라벨과 같은 폴더에 있을 때만, 이미지가 없어진 라벨로 봅니다.
    folders = {os.path.dirname(label.file) for label in kept}
    for label in empty:
        if os.path.dirname(label.file) in folders:
            kept.append(label)
        else:
            skipped.append((label.file, "빈 글 파일이고 짝인 이미지가 없습니다."))
    return sorted(kept), skipped


def _rows(records, file, lines, clean, path):
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        found = _class_and_values(line.split(), clean or is_clean(line))
        if found is None:
            reason = "클래스 번호(0 이상의 정수)와 수로 이루어진 줄이 아닙니다."
            if "," in line:
                reason += " 쉼표가 아니라 빈칸으로 나누어야 합니다."
            records.add_problem("bad_record", reason, Source(file, f"{number}행"), line, path)
            continue
        yield number, line, *found


def _add_image(records, label, sizes):
    """라벨 파일의 이미지를 더합니다. 크기를 알 수 없으면 (None, None)으로 둡니다."""
    file, found = label.file, label.image
    source, stem = Source(file, ""), stem_of(file)
    if found.path:
        measured = measure_image(records, found.path, source, os.path.basename(found.path))
        if measured.size is not None:
            size = measured.size
            return records.add_image(measured.path, *size, size, measured.rotated)
    size = sizes.get(stem) if isinstance(sizes, Mapping) else sizes
    if size is not None:
        height, width = size
        return records.add_image(found.path or stem, width, height)
    if found.kind == "ambiguous_image":
        records.add_problem("ambiguous_image", found.reason, source, os.path.basename(file), stem)
    elif not found.path:
        reason = "이 라벨 파일과 이름이 같은 이미지가 없습니다."
        records.add_problem("missing_image", reason, source, os.path.basename(file), stem)
    return records.add_image(found.path or stem, None, None)


def _add_rows(records, label, image, layout):
    path, width = records.images[image].path, records.images[image].width
    for number, line, class_number, values in label.rows:
        source = Source(label.file, f"{number}행")
        count, polygon = len(values), False
        if count == layout.boxes:
            values = values[:4]
        elif count - layout.drop >= 6 and (count - layout.drop) % 2 == 0:
            values = box_of_polygon(values[: count - layout.drop])
            polygon, source = True, Source(label.file, f"{number}행 (다각형)")
        else:
            reason = f"클래스 뒤에 수가 4개 있어야 하는데 {count}개입니다."
            if count == 5:
                reason += " 신뢰도까지 적힌 예측 결과가 아닌지 확인하세요."
            records.add_problem("bad_record", reason, source, line, path)
            continue
        if width is None:
            reason = "이미지의 크기를 알 수 없어 픽셀로 바꾸지 못했습니다."
            records.add_problem("no_image_size", reason, source, line, path, values)
            continue
        records.add_box(image, values, class_number, source, line, polygon=polygon)


def _add_unlabeled(records, on_disk, kept, found):
    """라벨이 없는 이미지. 라벨과 짝인 폴더의 것만 물체가 없는 이미지입니다."""
    folders = {os.path.dirname(label.image.path) for label in kept if label.image.path}
    # 라벨의 짝인 폴더라도, 이미 다른 폴더에서 이미지를 찾았으면 그 폴더의 것이 아닙니다.
    homes = {home_of(os.path.dirname(label.file)) for label in kept} - set(map(home_of, folders))
    used = {result.path for result in found}
    unsure = {stem_of(label.file) for label in kept if label.image.kind == "ambiguous_image"}
    own, strangers = set(on_disk.paths), []
    for path in on_disk.all_paths():
        if path in used or stem_of(path) in unsure:
            continue
        folder = os.path.dirname(path)
        if folder not in folders and home_of(folder) not in homes:
            # 받은 폴더 밖에서 찾아본 것은 이 데이터의 파일이 아닙니다.
            if path in own:
                strangers.append((path, "라벨과 짝인 폴더에 있지 않은 그림입니다."))
            continue
        source = Source(path, "")
        measured = measure_image(records, path, source, os.path.basename(path))
        if measured.size is not None:
            records.add_image(measured.path, *measured.size, measured.size, measured.rotated)
            reason = "이 이미지의 라벨 파일이 없습니다. 물체가 없는 이미지로 읽었습니다."
            records.add_problem("missing_label", reason, source, os.path.basename(path), path)
    records.tell(skipped=tuple(strangers))
