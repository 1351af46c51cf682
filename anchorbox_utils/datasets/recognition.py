"""폴더나 파일의 내용을 보고 형식을 알아보고, 이미지를 곁에서 찾아 불러옵니다."""

import dataclasses
import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from anchorbox_utils.datasets.class_lists import (
    read_yaml,
    resolve_places,
    split_places,
)
from anchorbox_utils.datasets.folders import (
    IMAGE_SUFFIXES,
    is_below,
    label_twins,
    sibling_folders,
    stem_of,
    suffix_of,
    twins_of,
    walk,
    without_split,
)
from anchorbox_utils.datasets.foreign import name_foreign, recognise_foreign
from anchorbox_utils.datasets.formats import FILE_TITLES, FORMATS, TITLES, sniff
from anchorbox_utils.datasets.images import ImageFiles, find_images
from anchorbox_utils.datasets.model import Dataset, Problem, Source
from anchorbox_utils.datasets.reading import UnreadableFile, without_garbage_search
from anchorbox_utils.datasets.records import join_images
from anchorbox_utils.datasets.split_lists import shared_names, shared_places
from anchorbox_utils.datasets.yolo import as_names
from anchorbox_utils.files import odd_kind, reason_of
from anchorbox_utils.korean import with_particle
from anchorbox_utils.validation import as_choice, as_flag, as_path
from anchorbox_utils.visible import visible

# 같은 형식의 파일을 수만 개 열어 볼 필요는 없습니다.
_ENOUGH = 20

_YAML = (".yaml", ".yml")

# COCO가 instances와 함께 나누어 주는, 검출의 정답이 아닌 파일의 이름에 든 말.
_NOT_INSTANCES = {"keypoints", "captions", "panoptic", "stuff", "info"}

_FAR = (
    "YAML에 적힌 폴더가 그 YAML의 폴더와 위 폴더의 밖입니다. 보려면 그 폴더를 직접 주고 --names에 "
    "YAML을 주세요."
)


class _Place(NamedTuple):
    """받은 경로를 훑은 것.

    Attributes:
        path: 받은 경로.
        folders: 라벨과 이미지를 찾을 폴더들.
        files: 그 아래의 모든 파일.
        skipped: 보지 않은 것마다 (경로, 이유).
        names: 받은 것이 YOLO의 data.yaml이면 그 경로.
    """

    path: Path
    folders: tuple[str, ...]
    files: list[str]
    skipped: list[tuple[str, str]]
    names: Path | None = None


def recognise_format(path):
    """폴더나 파일이 어떤 형식인지 확장자가 아니라 내용으로 알아봅니다.

    Args:
        path: 폴더, 라벨 파일, 또는 YOLO의 data.yaml.

    Returns:
        (형식, 라벨이 있는 경로). 형식은 :data:`FORMATS`의 열쇠입니다. train과 val처럼 나뉜 파일은
        경로의 목록입니다.

    Raises:
        ValueError: 아무 형식도 아니거나, 여러 형식이 섞여 있을 때.

    Examples:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = pathlib.Path(folder, "a.txt").write_text("0 0.5 0.5 0.5 1", encoding="utf-8")
        ...     recognise_format(folder)[0]
        'yolo'
    """
    return _recognise(_look_at(Path(as_path(path))))


def _look_at(path, also=()):
    if _is_file(path) and suffix_of(str(path)) in _YAML:
        folders, skipped = _folders_of_yaml(path, also)
        walks = [walk(folder, (*folders, *also)) for folder in folders]
        files = [file for one in walks for file in one.files]
        skipped += [pair for one in walks for pair in one.skipped]
        return _Place(path, folders, files, skipped, path)
    if _is_file(path):
        return _Place(path, (str(path.parent),), [str(path)], [])
    if not os.path.isdir(path):
        raise ValueError(f"{visible(path)}: {_why_absent(path)}")
    files, skipped = walk(path, also)
    return _Place(path, (str(path),), files, [*skipped, *twins_of(path).skipped])


def _is_file(path):
    # Path.is_file은 너무 긴 이름에 OSError를 냅니다.
    return os.path.isfile(path)


def _why_absent(path):
    try:
        odd = odd_kind(path)
    except FileNotFoundError:
        return "그런 파일이나 폴더가 없습니다."
    except OSError as error:
        return f"열 수 없습니다. {reason_of(error)}."
    except ValueError:
        return "이름으로 쓸 수 없는 글자가 있습니다."
    return f"보통 파일도 폴더도 아니고 {odd}입니다."


def _folders_of_yaml(path, also):
    """(data.yaml이 말하는 폴더들, 보지 않은 것). 라벨의 자리를 알 수 없으면 그 폴더 하나입니다.

    data.yaml의 폴더와 사용자가 준 ``also``의 안만 봅니다. ``../train``처럼 적었으면 위 폴더의
    안까지입니다. 내려받은 파일에 적힌 경로가 컴퓨터의 다른 폴더를 열게 하지 않습니다.
    """
    document, here = read_yaml(path), os.path.realpath(path.parent)
    places = resolve_places(path, document)
    images = list(dict.fromkeys(filter(None, places.values())))
    twins = [label_twins(one) for one in images]
    folders = [*images, *(twin for same in twins for twin in same)]
    if all(is_below(os.path.realpath(one), here) for one in images):
        listed = any(suffix_of(one) == ".txt" for one in split_places(document))
        if not images or listed or not all(twins):
            return (str(path.parent),), []
        absent = [one for one, folder in places.items() if not folder]
        skipped = [(one, "YAML에 적혔지만 없는 폴더입니다.") for one in absent]
        return tuple(dict.fromkeys(folders)), [*skipped, *_unsaid(path.parent, folders)]
    is_absolute = any(map(os.path.isabs, [str(document.get("path")), *split_places(document)]))
    near = here if is_absolute else os.path.dirname(here)
    allowed = [near, *map(os.path.realpath, also)]
    own, skipped = [], []
    for folder in folders:
        place = os.path.realpath(folder)
        if any(is_below(place, root) for root in allowed):
            own.append(folder)
        else:
            skipped.append((folder, _FAR))
    return tuple(dict.fromkeys(own)), list(dict.fromkeys(skipped))


def _unsaid(above, folders):
    """``above`` 아래에서 data.yaml이 말하지 않는 폴더마다 (경로, 이유)."""
    for here, names, _ in os.walk(above):
        for name in sorted(names):
            path = os.path.join(here, name)
            if any(is_below(path, one) for one in folders):
                names.remove(name)
            elif not any(is_below(one, path) for one in folders):
                names.remove(name)
                yield path, "YAML이 말하지 않는 폴더입니다."


def _recognise(place):
    path = place.path
    if _is_file(path) and place.names is None:
        name = sniff(path)
        if name is not None and FORMATS[name].needs_images:
            title = FORMATS[name].title
            raise ValueError(
                f"{visible(path)}: {title} 라벨 파일 하나입니다. 그 폴더"
                f"({visible(path.parent)})를 주세요."
            )
        if name is None:
            raise ValueError(
                f"{visible(path)}: 정답 파일로 보이지 않습니다. {FILE_TITLES} 파일이나 폴더를 "
                "주세요." + name_foreign([str(path)])
            )
        return name, path
    found = _sort(place)
    if not found:
        message = f"{visible(path)}: {TITLES} 정답 파일을 하나도 찾지 못했습니다."
        raise ValueError(message + name_foreign(place.files) + _tell_others(place))
    if not all(FORMATS[name].is_draft for name in found):
        found = {name: files for name, files in found.items() if not FORMATS[name].is_draft}
    if len(found) > 1:
        examples = ", ".join(
            f"{name}({visible(files[0])})" for name, files in sorted(found.items())
        )
        raise ValueError(
            f"{visible(path)}: 여러 형식이 섞여 있습니다: {examples}. --format으로 하나를 고르세요."
        )
    ((name, files),) = found.items()
    if place.names is not None and name != "yolo":
        raise ValueError(
            f"{visible(path)}: 이 YAML이 말하는 곳에 YOLO 라벨이 없습니다. 라벨을 직접 주세요."
        )
    return name, _only(files, name, path) if FORMATS[name].single else path


def _tell_others(place):
    """형식을 알아보지 못했을 때, 무엇이 있었는지."""
    suffixes = Counter(suffix_of(file) or "확장자 없음" for file in place.files)
    inside = ", ".join(f"{suffix} {n:,}개" for suffix, n in suffixes.most_common(5))
    lines = [f"안에 있는 파일: {inside or '없음'}."]
    if place.skipped:
        path, reason = place.skipped[0]
        lines.append(
            f"보지 않은 것이 {len(place.skipped):,}개 있습니다(예: {visible(path)}: {reason})"
        )
    if place.names is not None:
        places = ", ".join(split_places(read_yaml(place.names))) or "없음"
        lines.append(f"YAML이 말하는 이미지 폴더: {places}. 정말로 있는 폴더인지 확인하세요.")
    if labels := label_twins(place.path):
        lines.append(f"이미지 폴더를 주신 것 같습니다. 라벨 폴더는 {labels[0]}입니다.")
    return "".join(f"\n  {line}" for line in lines)


def _sort(place):
    """{형식: 파일들}. 한 확장자에서 충분히 찾으면 그 확장자의 남은 파일은 열지 않습니다."""
    # 확장자 하나를 여러 형식이 함께 쓸 수 있습니다.
    by_suffix = {}
    for name, fmt in FORMATS.items():
        by_suffix.setdefault(fmt.suffix, []).append(name)
    found = {}
    for file in place.files:
        usual = by_suffix.get(suffix_of(file))
        if usual is None:
            continue
        seen = sum(len(found.get(name, [])) for name in usual)
        if seen < _ENOUGH or any(FORMATS[name].single for name in usual):
            name = _sniff(file)
            if name is not None:
                found.setdefault(name, []).append(file)
    foreign = filter(None, map(recognise_foreign, place.files[:1000]))
    # 곁에 있는 압축 파일 같은 것은 라벨이 비었는지와 상관없습니다.
    if found or any(one.marks for one in foreign):
        return found
    return _all_empty(place)


def _sniff(file):
    try:
        return sniff(file)
    except UnreadableFile:
        return None


def _all_empty(place):
    """라벨이 모두 빈 파일이면(배경뿐인 데이터) 이미지와 이름이 같은지로 알아봅니다."""
    files = place.files
    around = [other for folder in place.folders for other in sibling_folders(folder)]
    pictures = [*files, *(file for other in around for file in walk(other).files)]
    stems = {stem_of(file) for file in pictures if suffix_of(file) in IMAGE_SUFFIXES}
    empty = [
        file
        for file in files
        if suffix_of(file) == ".txt" and stem_of(file) in stems and _size_of(file) < 16
    ]
    return {"yolo": empty} if empty else {}


def _size_of(file):
    try:
        return os.path.getsize(file)
    except OSError:
        # 훑은 다음에 사라진 파일입니다.
        return 0


def _only(files, name, path):
    """라벨이 파일 하나에 있는 형식의 그 파일. train과 val처럼 나뉘었으면 그 목록."""
    title = FORMATS[name].file_title
    words = {file: set(without_split(stem_of(file))) for file in files}
    if any("instances" in own for own in words.values()):
        files = [file for file in files if not words[file] & _NOT_INSTANCES]
    if not files:
        raise ValueError(f"{visible(path)}: {title}이 하나도 없습니다.")
    if len(files) == 1:
        return Path(files[0])
    places = [Path(file).relative_to(path) for file in files]
    if len({tuple(without_split(str(place.with_suffix("")))) for place in places}) == 1:
        return [Path(file) for file in files]
    names = ", ".join(map(str, places[:4]))
    raise ValueError(
        f"{visible(path)}: {title}이 {len(files)}개입니다({visible(names)}). 하나를 골라 주세요."
    )


@without_garbage_search()
def load_dataset(path, fmt=None, images=None, names=None, one_based=False):
    """형식을 알아보고 맞는 불러오기를 부릅니다. 이미지 폴더를 주지 않으면 곁에서 찾아봅니다.

    Args:
        path: 폴더, 라벨 파일, 또는 YOLO의 data.yaml. train, valid, test로 나뉜 것도 한 번에
            읽습니다.
        fmt: :data:`FORMATS`의 열쇠. 없으면 내용으로 알아봅니다.
        images: 이미지 폴더. 없으면 ``path`` 폴더(파일이면 그 파일의 폴더) 아래와, 거기에 없으면
            ``../images`` 같은 이웃 폴더의 이미지를 씁니다.
        names: YOLO의 클래스 이름. :func:`load_yolo`와 같습니다.
        one_based: VOC 좌표가 1부터 세는지. :func:`load_voc`와 같습니다.

    Returns:
        :class:`Dataset`. ``reading``에 무엇을 읽고 무엇을 읽지 않았는지가 있습니다.

    Raises:
        ValueError: 형식을 알 수 없거나 파일을 읽을 수 없을 때.

    Examples:
        >>> load_dataset("없는_폴더")
        Traceback (most recent call last):
            ...
        ValueError: 없는_폴더: 그런 파일이나 폴더가 없습니다.
    """
    if fmt is not None:
        as_choice(fmt, "fmt", FORMATS, "형식")
    as_flag(one_based, "one_based")
    as_names(names)
    given = None if images is None else find_images(images)
    place = _look_at(Path(as_path(path)), () if given is None else given.folders)
    if fmt is None:
        fmt, target = _recognise(place)
    else:
        target = place.path
        usual = [file for file in place.files if suffix_of(file) == FORMATS[fmt].suffix]
        if os.path.isdir(target) and (FORMATS[fmt].single or not usual):
            target = _only([file for file in usual if _sniff(file) == fmt], fmt, target)
    chosen = FORMATS[fmt]
    values = {"names": place.names if names is None else names, "one_based": one_based}
    options = {option: values[option] for option in chosen.options}
    options["images"] = _pictures(place, target) if given is None else given
    if isinstance(target, list):
        dataset = _load_each(chosen, target, options, place.path.name)
    elif chosen.single or _is_file(place.path) and place.names is None:
        dataset = chosen.load(target, **options)
    else:
        dataset = chosen.load(place.files, **options)
    return _account(dataset, place, target)


def _load_each(chosen, files, options, name):
    """나뉜 파일들. 읽지 못한 것이 있어도 나머지는 읽고, 읽지 못한 것은 문제로 남깁니다."""
    parts, read, broken = [], [], []
    for file in files:
        try:
            parts.append(chosen.load(file, **options))
            read.append(file)
        except ValueError as error:
            broken.append((str(file), error))
    if not parts:
        raise broken[0][1]
    dataset = _merge(parts, read, name)
    problems = [
        Problem(Source(file, ""), "", str(error).removeprefix(f"{visible(file)}: "), "broken_file")
        for file, error in broken
    ]
    return dataclasses.replace(dataset, problems=(*dataset.problems, *problems))


def _pictures(place, target):
    """곁의 이미지. 파일 하나를 받았으면 그 폴더를 이제 훑습니다."""
    files = place.files
    if _is_file(place.path) and place.names is None:
        files, skipped = walk(place.folders[0])
        place.skipped.extend(pair for pair in skipped if suffix_of(pair[0]) in IMAGE_SUFFIXES)
    beside = {os.path.dirname(str(file)) for file in (target if isinstance(target, list) else [])}
    beside |= {str(target.parent)} if not isinstance(target, list) and _is_file(target) else set()
    others = {
        other: None for one in (*place.folders, *sorted(beside)) for other in sibling_folders(one)
    }
    # 이미 훑은 폴더는 다시 훑지 않습니다.
    others = [one for one in others if not any(is_below(one, up) for up in place.folders)]
    return ImageFiles(place.folders, others, files, given=False)


def _merge(datasets, files, name):
    """나뉜 파일들을 하나로. 같은 번호에 다른 이름을 적은 파일이 있으면 문제로 남깁니다."""
    categories, problems = {}, []
    for dataset, file in zip(datasets, files, strict=True):
        for number, title in dataset.categories.items():
            if categories.setdefault(number, title) != title:
                first = categories[number]
                which = with_particle(number, "이/가")
                reason = f"클래스 {which} 앞 파일에서는 {first}, 여기서는 {title}입니다."
                source = Source(str(file), "categories")
                problems.append(Problem(source, title, reason, "class_lists_differ"))
        problems += dataset.problems
    images = join_images(datasets, categories)
    readings = [dataset.reading for dataset in datasets]
    reading = readings[0]._replace(
        class_list=", ".join(dict.fromkeys(one.class_list for one in readings if one.class_list)),
        searched=tuple(dict.fromkeys(folder for one in readings for folder in one.searched)),
        roots=tuple(dict.fromkeys(folder for one in readings for folder in one.roots)),
        skipped=tuple(dict.fromkeys(pair for one in readings for pair in one.skipped)),
        notes=tuple(dict.fromkeys(note for one in readings for note in one.notes)),
        renamed=tuple(pair for one in readings for pair in one.renamed),
    )
    first = datasets[0]
    return Dataset(images, problems, categories, name, first.fmt, first.box_format, reading)


def _account(dataset, place, target):
    """읽지 않은 파일을 모두 이유와 함께 적습니다."""
    told = dict(place.skipped) | dict(dataset.reading.skipped)
    read = {str(file) for file in (target if isinstance(target, list) else [target])}
    suffix, tried = FORMATS[dataset.fmt].suffix, Counter()
    for file in place.files if os.path.isdir(place.path) or place.names else ():
        own = suffix_of(file)
        is_label = own == suffix and not FORMATS[dataset.fmt].single
        if file in told or file in read or is_label or own in IMAGE_SUFFIXES:
            continue
        tried[own] += 1
        told[file] = _other(file, own, dataset.fmt, look=tried[own] <= _ENOUGH)
    told.pop(dataset.reading.class_list, None)
    name = dataset.name if _is_file(place.path) and not place.names else place.path.name
    reading = dataset.reading._replace(skipped=tuple(sorted(told.items())))
    problems = (*dataset.problems, *shared_names(place.files))
    for file in _split_files(place, reading.class_list):
        problems += tuple(shared_places(file))
    return dataclasses.replace(dataset, name=name, reading=reading, problems=problems)


def _split_files(place, class_list):
    """이 데이터의 나눔을 적은 파일들: 클래스 목록을 읽은 data.yaml이나, 그 곁의 obj.data."""
    folder = os.path.dirname(class_list)
    beside = [file for file in place.files if os.path.dirname(file) == folder]
    used = [class_list, *filter(None, [place.names])]
    return dict.fromkeys(
        [str(file) for file in used if suffix_of(str(file)) in _YAML]
        + [file for file in beside if suffix_of(file) == ".data"]
    )


def _other(file, suffix, fmt, look):
    """라벨이 아닌 파일의 이유. ``look``이면 열어서 다른 형식인지 봅니다."""
    known = look and any(one.suffix == suffix for one in FORMATS.values())
    name = _sniff(file) if known else None
    if name == fmt:
        return f"{FORMATS[name].title} 형식의 다른 정답입니다. 보려면 그 파일을 직접 주세요."
    foreign = recognise_foreign(file) if look else None
    if foreign is not None:
        return f"{foreign.title} 형식입니다."
    if name is not None:
        how = with_particle(f"--format {name}", "으로/로")
        return f"{FORMATS[name].title} 형식입니다. {how} 따로 볼 수 있습니다."
    return f"라벨이 아닌 {suffix or '확장자 없는'} 파일입니다."
