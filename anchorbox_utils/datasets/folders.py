"""폴더 훑기: 어떤 파일이 있고, 라벨과 이미지의 폴더가 서로 어떤 짝인지."""

import os
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from anchorbox_utils.files import odd_kind, reason_of

IMAGE_SUFFIXES = set(
    ".avif .bmp .gif .jfif .jpe .jpeg .jpg .mpo .pgm .png .ppm .tif .tiff .webp".split()
)
# 이런 확장자의 폴더는 라벨이나 이미지로 착각한 것입니다.
_FILE_SUFFIXES = IMAGE_SUFFIXES | {".txt", ".xml", ".json", ".yaml", ".yml"}

# 같은 데이터의 라벨과 이미지를 나누어 담는 폴더의 이름들. 짝을 찾을 때는 없는 셈 칩니다.
_LABEL_WORDS = set(
    "labels label labelstxt labeltxt annotations annotation annots annot annos anno ann anns bbox "
    "bboxes xml xmls json jsons txt txts 라벨 레이블 정답 주석".split()
)
_IMAGE_WORDS = set(
    "images image imgs img jpegimages pictures picture photos photo pics jpg jpgs png pngs 이미지 "
    "사진 그림".split()
)
# KITTI의 label_2와 image_2처럼 이름에 붙는 것.
_FILLERS = {"2", "all", "data"}
_SPLIT = re.compile(r"(train|training|val|valid|validation|test|testing|dev|trainval|minival)\d*")
_SAME_SPLIT = {
    "training": "train",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "testing": "test",
}

_SKIPPED_FOLDERS = {
    "__macosx": "macOS가 압축할 때 넣은 폴더입니다.",
    "__pycache__": "파이썬이 만든 폴더입니다.",
    "node_modules": "프로그램의 폴더입니다.",
    "$recycle.bin": "휴지통입니다.",
    "@eadir": "저장 장치가 만든 폴더입니다.",
}
# 학습이 남긴 폴더에 있는 설정, 예측이 남긴 runs 아래의 폴더.
_RUN_FILES = {"args.yaml", "opt.yaml"}
_RUN_TASKS = {"detect", "segment", "pose", "obb", "classify"}
_RUN = "YOLO가 학습하거나 예측하며 만든 폴더입니다."
_OUTSIDE = (
    "보아도 되는 폴더의 밖({})을 가리키는 링크입니다. 보려면 그 폴더를 직접(이미지는 --images로) "
    "주세요."
)


class Walk(NamedTuple):
    """훑은 결과: 파일의 경로들(이름순)과, 보지 않은 것마다 (경로, 이유)."""

    files: list[str]
    skipped: list[tuple[str, str]]


def roots_of(folder):
    """``folder``를 받았을 때 보아도 되는 곳: 그 폴더와, 정해진 이름의 이웃(:func:`twins_of`).

    링크를 모두 따라간 경로입니다. 파일에 적힌 경로는 여기에 들지 않습니다.
    """
    return [os.path.realpath(path) for path in (folder, *twins_of(folder).files)]


def walk(folder, also=()):
    """폴더 아래의 파일을 한 번에 훑습니다. 보지 않은 것은 이유와 함께 뺍니다.

    숨은 것, 프로그램이 만든 것, 학습과 예측의 결과, 보통 파일이 아닌 것(파이프, 장치), 보아도 되는
    곳의 밖을 가리키는 링크는 보지 않습니다. 내려받은 데이터의 링크 하나로 남의 사진이 진단서에
    실리지 않게 합니다.

    Args:
        folder: 훑을 폴더.
        also: :func:`roots_of` 말고도 보아도 되는 폴더들.
    """
    files, skipped, visited = [], [], {os.path.realpath(folder)}
    roots = [*roots_of(folder), *map(os.path.realpath, also)]
    left = [str(folder)]
    while left:
        here = left.pop()
        try:
            with os.scandir(here) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except (OSError, ValueError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else "쓸 수 없는 이름입니다"
            skipped.append((here, f"열 수 없는 폴더입니다({reason})."))
            continue
        if here != str(folder) and _is_run(here, entries):
            skipped.append((here, _RUN))
            continue
        folders = []
        for entry in entries:
            try:
                is_file, is_folder = entry.is_file(), entry.is_dir()
            except OSError:
                is_file = is_folder = False
            reason = None
            if is_file:
                reason = _why_not_file(entry.name)
            elif is_folder:
                reason = _why_not_folder(entry.name)
            else:
                reason = _why_odd(entry.path)
            if reason is None and entry.is_symlink():
                place = os.path.realpath(entry.path)
                if not any(is_below(place, root) for root in roots):
                    reason = _OUTSIDE.format(place)
                elif is_folder:
                    # 서로를 가리키는 링크를 따라 끝없이 돌지 않습니다.
                    if place in visited or is_below(os.path.realpath(here), place):
                        reason = "이미 본 폴더를 가리키는 링크입니다."
                    visited.add(place)
            if reason is not None:
                skipped.append((entry.path, reason))
            elif is_file:
                files.append(entry.path)
            else:
                folders.append(entry.path)
        left += reversed(folders)
    return Walk(files, skipped)


def _is_run(folder, entries):
    """YOLO의 결과 폴더인지. 거기의 그림과 글은 라벨도 이미지도 아닙니다."""
    names = {entry.name for entry in entries}
    is_runs = os.path.basename(folder) == "runs" and names & _RUN_TASKS
    return bool(is_runs or names & _RUN_FILES)


def _why_not_file(name):
    if name.startswith("."):
        return "macOS가 따로 둔 정보입니다." if name.startswith("._") else "숨은 파일입니다."
    ours = name.lower() in ("thumbs.db", "desktop.ini")
    return "Windows가 만든 파일입니다." if ours else None


def _why_not_folder(name):
    if name.startswith("."):
        return "숨은 폴더입니다."
    if suffix_of(name) in _FILE_SUFFIXES:
        return f"이름이 {suffix_of(name)}로 끝나지만 파일이 아니라 폴더입니다."
    return _SKIPPED_FOLDERS.get(name.lower())


def _why_odd(path):
    try:
        odd = odd_kind(path)
    except OSError as error:
        return f"열 수 없습니다({reason_of(error)})."
    return f"보통 파일이 아니라 {odd}입니다." if odd else "훑는 동안 바뀐 파일입니다."


def is_below(path, folder):
    """``path``가 ``folder``이거나 그 안인지. 다른 드라이브여도 됩니다."""
    path, folder = Path(os.path.abspath(path)), Path(os.path.abspath(folder))
    return path.is_relative_to(folder)


def suffix_of(path):
    """소문자로 쓴 확장자. 경로의 글만 봅니다.

    Examples:
        >>> suffix_of("a.XML")
        '.xml'
    """
    # 파일마다 여러 번 부르므로 os.path.splitext보다 짧은 길로 갑니다.
    dot = path.rfind(".")
    return path[dot:].lower() if dot > path.rfind(os.sep) else ""


def stem_of(path):
    """폴더와 확장자를 뺀 이름.

    Examples:
        >>> stem_of("a.b.XML")
        'a.b'
    """
    name = path[path.rfind(os.sep) + 1 :]
    dot = name.rfind(".")
    return name[:dot] if dot > 0 else name


def same_form(text):
    """글자의 꼴(NFC/NFD)이 달라도 같은 이름이 되게 합니다. macOS는 한글 이름을 풀어 씁니다."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@lru_cache(maxsize=4096)
def home_of(folder):
    """라벨이나 이미지의 폴더가 속한 데이터. 짝인 폴더끼리 같습니다.

    Examples:
        >>> home_of("/a/labels/train") == home_of("/a/train/images") == home_of("/a/train")
        True
    """
    parts = same_form(os.path.abspath(folder)).replace(os.sep, "/").casefold().split("/")
    return tuple(core for core in map(_core, parts) if core)


def _core(name):
    """``images_train``에서 ``train``만. 라벨이나 이미지와 상관없는 이름은 그대로입니다."""
    words = _words(name)
    role = [word for word in words if word in _LABEL_WORDS | _IMAGE_WORDS]
    rest = [word for word in words if word not in role and word not in _FILLERS]
    known = role and all(_SPLIT.fullmatch(word) for word in rest)
    return "_".join(rest) if known else name


@lru_cache(maxsize=2**14)
def is_label_folder(name):
    """``labels``나 ``Annotations``처럼 라벨만 담는 폴더의 이름인지."""
    return _core(name) != name and bool(_LABEL_WORDS & set(_words(name)))


@lru_cache(maxsize=2**14)
def is_image_folder(name):
    """``images``나 ``train2017``처럼 이미지를 담는 폴더의 이름인지."""
    words = set(_words(name))
    is_split = bool(words) and all(map(_SPLIT.fullmatch, words))
    return is_split or (_core(name) != name and bool(_IMAGE_WORDS & words))


def without_split(text):
    """이름을 낱말로 나누고 train, val 같은 나눔의 이름을 뺍니다.

    Examples:
        >>> without_split("instances_train2017"), without_split("valid/_annotations.coco")
        (['instances'], ['annotations', 'coco'])
    """
    return [word for word in _words(text) if not _SPLIT.fullmatch(word)]


def splits_in(text):
    """이름에 든 나눔의 이름들. 숫자가 붙은 것은 뗀 것도 냅니다.

    Examples:
        >>> splits_in("instances_train2017")
        ('train2017', 'train')
    """
    found = [word for word in _words(text) if _SPLIT.fullmatch(word)]
    return tuple(dict.fromkeys([*found, *(word.rstrip("0123456789") for word in found)]))


def is_split_name(name):
    """소문자인 이름이 나눔의 이름뿐인지.

    Examples:
        >>> is_split_name("train2017"), is_split_name("cup_train")
        (True, False)
    """
    return _SPLIT.fullmatch(name) is not None


def split_of(path):
    """경로가 말하는 나눔의 이름. 뒤의 마디일수록 가까운 것이고, 없으면 빈 문자열입니다.

    Examples:
        >>> split_of("a/annotations/instances_val2017.json"), split_of("train/labels/a.txt")
        ('val', 'train')
    """
    for part in reversed(path.replace("\\", "/").split("/")):
        for word in splits_in(part):
            word = word.rstrip("0123456789")
            return _SAME_SPLIT.get(word, word)
    return ""


def _words(text):
    return [word for word in re.split(r"[\W_]+", same_form(text).casefold()) if word]


def twins_of(folder):
    """``folder``의 이웃 가운데 이미지나 라벨을 담는 이름의 폴더(:class:`Walk`의 files).

    그 자리의 밖을 가리키는 링크는 이웃이 아니므로 이유와 함께 skipped에 있습니다.
    """
    folder = Path(os.path.abspath(folder))
    kept, skipped = [], []
    for above in dict.fromkeys((_label_root(folder).parent, folder.parent)):
        for name in _names_in(above):
            if not (is_image_folder(name) or is_label_folder(name)):
                continue
            path = os.path.join(above, name)
            if not os.path.isdir(path):
                continue
            place = os.path.realpath(path)
            if is_below(place, os.path.realpath(above)):
                kept.append(path)
            else:
                skipped.append((path, _OUTSIDE.format(place)))
    return Walk(list(dict.fromkeys(kept)), list(dict.fromkeys(skipped)))


def _names_in(folder):
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _label_root(folder):
    """labels/train을 받았으면 labels."""
    return next((up for up in (folder, folder.parent) if is_label_folder(up.name)), folder)


def sibling_folders(folder):
    """라벨 폴더 밖에서 이미지를 찾아볼 곳: ``../images``, ``../train2017`` 같은 이웃 폴더."""
    above = _label_root(Path(os.path.abspath(folder)))
    if above == above.parent:
        return []
    return [
        path
        for path in twins_of(folder).files
        if os.path.dirname(path) == str(above.parent)
        and path != str(above)
        and is_image_folder(os.path.basename(path))
    ]


def label_twins(folder):
    """이미지 폴더의 짝인 라벨 폴더들: ``images/train``이면 ``labels/train``."""
    parts = Path(os.path.abspath(folder)).parts
    twins = []
    for i in range(len(parts) - 1, max(0, len(parts) - 4), -1):
        above = Path(*parts[:i])
        for name in _names_in(above) if is_image_folder(parts[i]) else ():
            twin = os.path.join(above, name, *parts[i + 1 :])
            inside = is_below(os.path.realpath(twin), os.path.realpath(above))
            if is_label_folder(name) and os.path.isdir(twin) and inside:
                twins.append(twin)
    return twins
