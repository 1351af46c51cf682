"""YOLO의 클래스 목록 찾기: data.yaml, obj.data, classes.txt처럼 도구마다 다른 곳에 적습니다."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from anchorbox_utils.datasets.folders import is_below, is_label_folder, suffix_of
from anchorbox_utils.datasets.reading import UnreadableFile, brief, read_text
from anchorbox_utils.visible import visible

_YAML = (".yaml", ".yml")
_SUFFIXES = {*_YAML, ".data", ".names", ".labels"}
_TEXT_LISTS = ("classes.txt", "_classes.txt", "class_names.txt", "classes.names")

# 학습 설정이나 다른 도구의 YAML에도 names가 있을 수 있습니다. 이 가운데 하나는 함께 있어야 합니다.
_DATA_KEYS = {"train", "val", "test", "path", "nc", "kpt_shape"}

# data.yaml에 이보다 많은 별칭(*)이나 깊은 목록은 없습니다. 별칭을 겹치면 짧은 글이 끝없이 커집니다.
_MOST_ALIASES, _DEEPEST = 20, 20


class ClassList(NamedTuple):
    """클래스 {번호: 이름}, 읽은 곳, 포즈 라벨이면 (키포인트의 수, 하나의 수의 개수), 어긋난 것."""

    names: dict[int, str]
    place: str = ""
    key_points: tuple[int, int] | None = None
    slip: str = ""


def read_class_names(names):
    """클래스 이름의 목록·사전·파일을 {번호: 이름}으로 바꿉니다.

    Examples:
        >>> read_class_names(["개", "고양이"])
        {0: '개', 1: '고양이'}
    """
    if isinstance(names, Mapping):
        return {_number(number): _name(name) for number, name in names.items()}
    if not isinstance(names, (str, Path)):
        return {number: _name(name) for number, name in enumerate(names)}
    if suffix_of(str(names)) not in _YAML:
        lines = read_text(names).rstrip().splitlines()
        return {number: line.strip() for number, line in enumerate(lines)}
    document = read_yaml(names)
    listed = document.get("names")
    if isinstance(listed, str):
        raise ValueError(f"{visible(names)}: names가 목록이 아니라 글({listed[:40]})입니다.")
    if not isinstance(listed, (list, dict)):
        raise ValueError(f"{visible(names)}: names 항목(클래스 이름의 목록)이 없습니다.")
    try:
        return read_class_names(listed)
    except ValueError as error:
        raise ValueError(f"{visible(names)}: {error}") from None


def _number(key):
    """클래스 번호로 쓸 수 있는 정수. ``"0"``처럼 적은 것도 됩니다."""
    plain = isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 19
    number = int(key) if plain else key
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**63:
        raise ValueError(f"names의 번호가 0 이상의 정수가 아닙니다: {brief([key])[1:-1]}")
    return number


def _name(value):
    if isinstance(value, (dict, list, set, tuple)):
        raise ValueError("names의 항목이 글이 아니라 목록이나 사전입니다.")
    return value if isinstance(value, str) else brief(value)


def read_yaml(path):
    """YAML 파일의 사전. 사전이 아니면 빈 사전입니다."""
    import yaml

    text = read_text(path, "yaml")
    try:
        document = _load_bounded(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ValueError(f"{visible(path)}: {line}행에서 YAML 문법이 틀렸습니다.") from None
    except UnreadableFile as error:
        raise UnreadableFile(path, error.reason) from None
    except Exception:
        # !!int ""나 없는 날짜처럼 꼬리표와 다른 값에는 여러 종류의 예외가 납니다.
        reason = "YAML로 읽을 수 없는 글이 들어 있습니다."
        raise ValueError(f"{visible(path)}: {reason}") from None
    return document if isinstance(document, dict) else {}


def _load_bounded(text):
    """별칭의 수와 깊이에 한도를 두고 YAML을 읽습니다. 넘으면 UnreadableFile입니다."""
    import yaml

    class Bounded(yaml.SafeLoader):
        aliases = depth = 0

        def compose_node(self, parent, index):
            self.aliases += self.check_event(yaml.AliasEvent)
            self.depth += 1
            if self.aliases > _MOST_ALIASES:
                raise UnreadableFile("", f"별칭(*)이 {_MOST_ALIASES}개보다 많은 YAML입니다.")
            if self.depth > _DEEPEST:
                raise UnreadableFile("", f"{_DEEPEST}단계보다 깊이 겹친 YAML입니다.")
            node = super().compose_node(parent, index)
            self.depth -= 1
            return node

    return yaml.load(text, Bounded)


def read_key_points(document):
    """``kpt_shape``의 두 수. 없거나 알 수 없는 꼴이면 None."""
    shape = document.get("kpt_shape")
    good = isinstance(shape, list) and len(shape) == 2 and shape[1] in (2, 3)
    return tuple(shape) if good and isinstance(shape[0], int) and shape[0] > 0 else None


def tell_slip(document):
    """data.yaml의 nc와 names가 서로 어긋났으면 어떻게 그런지. 아니면 빈 글입니다."""
    names, count = document["names"], document.get("nc")
    numbered = names if isinstance(names, dict) else dict(enumerate(names))
    if count is not None and brief(count).strip() != str(len(names)):
        return f"nc는 {brief(count)}인데 names는 {len(names)}개입니다."
    if sorted(map(_number, numbered)) != list(range(len(names))):
        return f"names의 번호가 0부터 이어지지 않습니다: {', '.join(map(str, list(names)[:8]))}"
    odd = [number for number, name in numbered.items() if name is None or isinstance(name, bool)]
    if odd:
        return f"names의 {odd[0]}번이 글이 아니라 {numbered[odd[0]]}(으)로 읽힙니다."
    return ""


def find_class_list(records, folder, files):
    """라벨 곁의 클래스 목록. 목록이 여럿이고 서로 다르면 고르지 않고 문제로 남깁니다.

    Args:
        records: :class:`Records`.
        folder: 라벨 폴더.
        files: 그 아래의 모든 파일.
    """
    from anchorbox_utils.datasets.model import Source

    folder = Path(os.path.abspath(folder))
    in_labels = is_label_folder(folder.name) or is_label_folder(folder.parent.name)
    above = [_files_in(folder.parent), _files_in(folder.parent.parent)]
    for place in (files, *above):
        # 수십만 개의 라벨과 이미지를 찾는 방법마다 다시 훑지 않습니다.
        candidates = [file for file in place if _may_list_classes(file)]
        own = place is files or in_labels
        for find in _FINDERS:
            lists = []
            for file in candidates:
                try:
                    lists += find(file, own)
                except ValueError as error:
                    source = Source(file, "")
                    reason = str(error).removeprefix(f"{visible(file)}: ")
                    records.add_problem("bad_class_list", reason, source, Path(file).name)
            lists = _in_use(lists)
            distinct = {tuple(sorted(found.names.items())) for found in lists}
            if len(distinct) > 1:
                listed = ", ".join(found.place for found in lists[:4])
                reason = (
                    f"서로 다른 클래스 목록이 {len(distinct)}가지라 고르지 않았습니다: {listed}"
                )
                records.add_problem("many_class_lists", reason, Source(str(folder), ""))
                return ClassList({})
            if distinct:
                return lists[0]
    return ClassList({})


def _may_list_classes(file):
    return suffix_of(file) in _SUFFIXES or os.path.basename(file).lower() in _TEXT_LISTS


def _files_in(folder):
    """폴더의 파일들. 그 폴더의 밖을 가리키는 링크는 남의 파일이므로 뺍니다."""
    try:
        files = [entry for entry in os.scandir(folder) if entry.is_file()]
    except OSError:
        return []
    here = os.path.realpath(folder)
    return sorted(
        entry.path
        for entry in files
        if not entry.is_symlink() or is_below(os.path.realpath(entry.path), here)
    )


def _in_use(lists):
    """그 YAML이 가리키는 폴더가 정말로 있는 것이 있으면 그것들만."""
    used = [found for found in lists if suffix_of(found.place) in _YAML and _points_here(found)]
    return used or lists


def _points_here(found):
    return any(resolve_places(found.place, read_yaml(found.place)).values())


def split_places(document):
    """data.yaml의 train, val, test에 적힌 경로들."""
    return [one for places in places_by_split(document).values() for one in places]


def places_by_split(document):
    """{나눔: data.yaml이나 obj.data에 적힌 경로들}."""
    listed = {key: document.get(key) for key in ("train", "val", "valid", "test")}
    return {
        key: [
            one.replace("\\", "/")
            for one in (place if isinstance(place, list) else [place])
            if isinstance(one, str)
        ]
        for key, place in listed.items()
    }


def resolve_places(path, document):
    """{data.yaml의 train, val, test에 적힌 경로: 가리키는 폴더. 없으면 빈 글}."""
    here = Path(os.path.abspath(path)).parent
    root = document.get("path")
    roots = [here, here / root.replace("\\", "/")] if isinstance(root, str) else [here]
    found = {}
    for place in split_places(document):
        # Roboflow는 한 단계 위를 가리키는 경로를 적지만 폴더는 옆에 둡니다.
        tries = [up / one for up in roots for one in (place, place.removeprefix("../"))]
        good = next((one for one in tries if os.path.isdir(one)), None)
        found[place] = "" if good is None else os.path.normpath(good)
    return found


def _from_yaml(file, own):
    name = os.path.basename(file).lower()
    usual = name in ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
    if suffix_of(file) not in _YAML or not (own or usual) or os.path.getsize(file) > 1_000_000:
        return
    try:
        document = read_yaml(file)
    except ValueError:
        # 다른 프로그램의 YAML은 우리가 읽지 못해도 이상이 아닙니다.
        if usual:
            raise
        return
    if "names" in document and (usual or _DATA_KEYS & set(document)):
        names = read_class_names(file)
        yield ClassList(names, file, read_key_points(document), tell_slip(document))


def read_darknet(file):
    """obj.data의 {열쇠: 값}."""
    pairs = (line.split("=", 1) for line in read_text(file).splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, value in pairs}


def _from_darknet_data(file, own):
    if suffix_of(file) != ".data" or not own:
        return
    name = read_darknet(file).get("names", "")
    here = Path(file).parent
    name = name.replace("\\", "/")
    base = os.path.basename(name)
    tries = [here / name, here.parent / name, here / base, here / "data" / base]
    # 다른 곳을 가리키는 경로를 따라가면 남의 글이 클래스의 이름으로 보입니다.
    own = [path for path in tries if is_below(os.path.realpath(path), os.path.realpath(here))]
    good = next((path for path in own if name and os.path.isfile(path)), None)
    if good is not None:
        yield ClassList(read_class_names(good), str(good))


def _from_names(file, own):
    name = os.path.basename(file).lower()
    if name == "obj.names" or (own and suffix_of(file) == ".names"):
        yield ClassList(read_class_names(file), file)


def _from_text(file, own):
    if os.path.basename(file).lower() in _TEXT_LISTS:
        yield ClassList(read_class_names(file), file)


def _from_roboflow(file, own):
    if own and os.path.basename(file).lower() == "_darknet.labels":
        yield ClassList(read_class_names(file), file)


# 앞의 것이 있으면 뒤의 것은 보지 않습니다.
_FINDERS = (_from_yaml, _from_darknet_data, _from_names, _from_text, _from_roboflow)
