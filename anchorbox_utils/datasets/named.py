"""클래스를 이름으로 적고 박스를 픽셀로 적는 형식들의 공통된 불러오기."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from anchorbox_utils.datasets.folders import suffix_of, walk
from anchorbox_utils.datasets.images import (
    Wanted,
    add_named_image,
    find_images,
    resolve_images,
)
from anchorbox_utils.datasets.model import Source
from anchorbox_utils.datasets.reading import UnreadableFile, plain_numbers, track
from anchorbox_utils.datasets.records import Records
from anchorbox_utils.validation import as_paths
from anchorbox_utils.visible import visible


class NamedObject(NamedTuple):
    """물체 하나. ``corners``는 [x1, y1, x2, y2]이고, 읽을 수 없으면 None입니다.

    ``note``는 자리에 덧붙일 말(예: ``"다각형"``), ``crowd``는 무시할 영역인지입니다.
    """

    place: str
    record: str
    name: str
    corners: Sequence[float] | None
    note: str = ""
    crowd: bool = False


class NamedImage(NamedTuple):
    """이미지 하나. ``name``이 비었으면 라벨 파일과 이름이 같은 이미지입니다.

    ``size``는 적힌 (너비, 높이)이고, 크기를 적지 않는 형식이면 None입니다. ``tags``는 물체가 아니라
    이미지 전체에 붙은 이름의 수입니다.
    """

    place: str
    name: str
    size: tuple | None
    objects: list[NamedObject]
    tags: int = 0


def load_named(path, images, fmt, suffix, read):
    """파일마다 ``read(file)``로 (:class:`NamedImage`의 목록, 클래스 이름의 목록)을 얻어 모읍니다.

    ``read``는 다른 형식의 파일이면 그 이유로 ValueError를, 읽을 수 없으면 UnreadableFile을 냅니다.
    """
    path = as_paths(path)
    records = Records("xyxy")
    on_disk = None if images is None else find_images(images)
    found, listed = [], {}
    for file in track(_files(records, path, suffix), "파일 읽는 중"):
        try:
            pictures, names = read(file)
        except UnreadableFile as error:
            records.add_unreadable("broken_file", error, Source(str(file), ""))
        except ValueError as error:
            if on_disk is not None and on_disk.is_label(file):
                unreadable = UnreadableFile(file, str(error))
                records.add_unreadable("broken_file", unreadable, Source(str(file), ""))
            else:
                records.tell(skipped=((str(file), str(error)),))
        else:
            found += [(str(file), picture) for picture in pictures]
            listed |= dict.fromkeys(names, file.name)
    if not found:
        told = [(problem.source, problem.reason) for problem in records.problems]
        told += [*records.reading.skipped, (path, "라벨 파일이 하나도 없습니다.")]
        raise ValueError(": ".join(map(visible, told[0])))
    if listed:
        records.tell(class_list=", ".join(dict.fromkeys(listed.values())))
    if tags := sum(picture.tags for _, picture in found):
        records.tell(notes=(f"이미지 전체에 붙은 태그 {tags:,}개는 박스가 아니므로 뺐습니다.",))
    used = {one.name for _, picture in found for one in picture.objects}
    numbers = {name: number for number, name in enumerate(sorted({*used, *listed} - {""}))}
    wanted = [
        Wanted(picture.name, str(Path(file).parent), "" if picture.place else Path(file).stem)
        for file, picture in found
    ]
    for (file, picture), image in zip(found, resolve_images(records, on_disk, wanted), strict=True):
        source = Source(file, picture.place)
        name = picture.name or Path(file).stem
        reason = "이미지의 너비나 높이가 없거나 0보다 큰 수가 아닙니다."
        number = add_named_image(records, image, name, picture.size, source, reason, name)
        for one in picture.objects:
            _add(records, number, one, file, numbers)
    return records.finish({number: name for name, number in numbers.items()}, _title(path), fmt)


def _files(records, path, suffix):
    if isinstance(path, (list, tuple)):
        return [Path(file) for file in path if suffix_of(str(file)) == suffix]
    if not Path(path).is_dir():
        return [Path(path)]
    files, skipped = walk(path)
    records.tell(skipped=tuple(skipped))
    return [Path(file) for file in files if suffix_of(file) == suffix]


def _title(path):
    return "" if isinstance(path, (list, tuple)) else Path(path).name


def _add(records, image, one, file, numbers):
    source = Source(file, " ".join(filter(None, (one.place, one.note and f"({one.note})"))))
    path = records.images[image].path
    if not one.name:
        reason = "클래스의 이름이 없거나 비어 있습니다."
        records.add_problem("bad_class", reason, source, one.record, path)
    elif one.corners is None and one.note:
        reason = f"박스로 바꿀 수 없는 것({one.note})입니다."
        records.add_problem("no_bbox", reason, source, one.record, path)
    elif one.corners is None:
        reason = "박스의 좌표가 빠졌거나 수가 아닙니다."
        records.add_problem("bad_box", reason, source, one.record, path)
    else:
        options = {"crowd": one.crowd, "polygon": bool(one.note)}
        records.add_box(image, one.corners, numbers[one.name], source, one.record, **options)


def around(points):
    """점들을 감싸는 [x1, y1, x2, y2]. 점이 없거나 수가 아니면 None.

    Examples:
        >>> around([[1, 5], [4, 2]])
        [1.0, 2.0, 4.0, 5.0]
    """
    try:
        xs, ys = zip(*((to_number(x), to_number(y)) for x, y in points), strict=True)
    except (TypeError, ValueError):
        return None
    if None in xs or None in ys:
        return None
    return [min(xs), min(ys), max(xs), max(ys)]


def to_number(text):
    """글이나 JSON의 수를 실수로. 수가 아니면 None.

    Examples:
        >>> to_number(" 3e1 "), to_number(7), to_number("3_0"), to_number(True), to_number(None)
        (30.0, 7.0, None, None, None)
    """
    if isinstance(text, str):
        found = plain_numbers([text.strip()], False)
        return found and found[0]
    if isinstance(text, bool) or not isinstance(text, (int, float)):
        return None
    try:
        return float(text)
    except OverflowError:
        return None
