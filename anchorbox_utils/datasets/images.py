"""이미지 파일: 이름으로 찾기, 크기와 EXIF 재기, 찾지 못하거나 열지 못한 것을 문제로 남기기."""

import os
import re
import warnings
from collections import Counter
from functools import cached_property
from typing import NamedTuple
from urllib.parse import unquote

from anchorbox_utils.datasets.folders import (
    IMAGE_SUFFIXES,
    home_of,
    roots_of,
    same_form,
    stem_of,
    walk,
)
from anchorbox_utils.datasets.reading import UnreadableFile
from anchorbox_utils.validation import as_path
from anchorbox_utils.visible import visible

_EXIF_ORIENTATION = 0x0112
# 여는 형식은 IMAGE_SUFFIXES의 것뿐입니다. 이름만 .jpg인 EPS는 그릴 때 다른 프로그램을 부릅니다.
_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "DIB", "GIF", "PPM", "AVIF")
# 흔한 확장자가 말하는 형식. 이름과 내용이 다른 파일도 많아, 아니면 나머지에게 묻습니다.
_USUAL = {".jpg": ["JPEG"], ".jpeg": ["JPEG"], ".png": ["PNG"]}

# 그림을 돌려 보라는 말이 들어 있을 수 있는, 머리에서 읽은 항목들. TIFF는 머리 자체에 있습니다.
_TURN_KEYS = {"exif", "xmp", "XML:com.adobe.xmp"}

# 풀어서 볼 그림의 한도, 픽셀. 넘으면 머리의 크기만 봅니다.
MOST_PIXELS = 64_000_000

# 이미지의 한 변일 수 있는 수, 픽셀.
_SIDES = (1e-3, 1e9)


class Measured(NamedTuple):
    """이미지 파일의 경로, (너비, 높이), EXIF가 가로세로를 바꾸는지. 열지 못했으면 크기가 None."""

    path: str
    size: tuple[int, int] | None = None
    rotated: bool = False


class Wanted(NamedTuple):
    """찾는 이미지 하나.

    Attributes:
        name: 라벨에 적힌 이름이나 경로. 적지 않는 형식이면 빈 문자열입니다.
        near: 라벨 파일이 든 폴더.
        stem: 이름으로 찾지 못하면 쓸, 확장자를 뺀 이름.
        hints: 이름이 같은 파일이 여럿일 때 먼저 볼 폴더의 이름들.
    """

    name: str
    near: str
    stem: str = ""
    hints: tuple[str, ...] = ()


class Found(NamedTuple):
    """찾은 결과. ``path``와 ``kind``가 모두 비었으면 찾아보지 않은 것입니다.

    Attributes:
        path: 찾은 파일. 찾지 못했으면 비었고 ``kind``가 있습니다.
        kind: 찾지 못한 까닭의 종류(문제의 이름).
        reason: 찾지 못한 까닭.
        loose: 얼마나 에둘러 찾았는지. 0은 적힌 그대로입니다. 찾지 못했는데 0이 아니면, 이름이 같은
            파일은 있지만 다른 기록의 것입니다.
        note: 적힌 이름과 어떻게 다른지.
    """

    path: str = ""
    kind: str = ""
    reason: str = ""
    loose: int = 0
    note: str = ""


MISSING = Found(kind="missing_image")


class ImageFiles:
    """폴더들에 있는 이미지 파일. 라벨에 적힌 이름으로 찾습니다.

    Args:
        folders: 찾아볼 폴더들.
        others: ``folders``에 없을 때만 더 찾아볼 폴더들.
        files: ``folders``를 이미 훑었으면 그 파일들.
        given: 사용자가 직접 고른 폴더인지. 그러면 한 장도 없어도 한 장씩 없다고 말합니다.
        also: 찾아보지는 않지만, 링크가 가리켜도 되는 폴더들.
    """

    def __init__(self, folders, others=(), files=None, given=True, also=()):
        self.folders, self.given = [str(folder) for folder in folders], given
        self._others = [str(folder) for folder in others]
        self._also = tuple(also)
        self._by_name = {}
        self.skipped = []
        if files is None:
            files = [path for folder in self.folders for path in self._walk(folder)]
        self.paths = self._add(files)

    @cached_property
    def roots(self):
        """그림을 열어도 되는 폴더들. 파일에 적힌 경로가 어떻든 이 밖의 그림은 열지 않습니다."""
        near = (*self.folders, *self._others, *self._also)
        return tuple(dict.fromkeys(root for folder in near for root in roots_of(folder)))

    def _walk(self, folder):
        files, skipped = walk(folder, (*self.folders, *self._also))
        self.skipped += skipped
        return files

    def all_paths(self):
        """지금까지 찾아본 폴더에 있는 이미지 파일 모두."""
        return sorted(path for same in self._by_name.values() for path in same)

    def _add(self, files):
        paths = []
        for path in files:
            # 그림이 수십만 장일 수 있어 os.path보다 빠른 길로 나눕니다.
            name = same_form(path.rpartition(os.sep)[2])
            stem, dot, suffix = name.rpartition(".")
            if stem and dot + suffix.lower() in IMAGE_SUFFIXES:
                paths.append(path)
                self._by_name.setdefault(name, []).append(path)
        for stale in ("_by_stem", "_by_folded"):
            vars(self).pop(stale, None)
        return paths

    @cached_property
    def _by_stem(self):
        """{줄기: 이미지들}. 이름을 모두 적는 형식에서는 쓸 일이 드뭅니다."""
        by_stem = {}
        for name, same in self._by_name.items():
            by_stem.setdefault(os.path.splitext(name)[0], []).extend(same)
        return by_stem

    def resolve(self, wanted):
        """찾는 것(:class:`Wanted`)마다 :class:`Found`. 파일 하나를 두 이름에 내주지 않습니다."""
        wanted = list(wanted)
        found = [self._find(want) for want in wanted]
        lost = [i for i, result in enumerate(found) if result.kind == "missing_image"]
        if lost and self._others:
            self.folders += self._others
            known = set(self.all_paths())
            for folder in self._others:
                self._add(path for path in self._walk(folder) if path not in known)
            self._others = []
            for i in lost:
                found[i] = self._find(wanted[i])
        return _one_owner(wanted, found)

    def _find(self, want):
        parts = _parts(want.name)
        names = parts[-1:]
        if names and "%" in names[0]:
            names.append(unquote(names[0]))
        for name in names:
            same = self._by_name.get(name)
            if same is None and os.path.splitext(name)[1].lower() not in IMAGE_SUFFIXES:
                same = self._by_stem.get(name)
            if same:
                return self._with_twin(want, _choose(want, parts[:-1], same))
        same = self._by_stem.get(same_form(want.stem)) if want.stem else None
        if not same:
            return MISSING
        result = _choose(want, [], same)
        if not want.name or not result.path:
            return result
        note = f"적힌 이름({want.name})의 파일이 없어 라벨 파일과 이름이 같은 것을 열었습니다."
        return result._replace(loose=2, note=note)

    def _with_twin(self, want, found):
        """라벨 파일과 이름이 같은 다른 이미지가 바로 곁에 있으면 어느 쪽인지 알 수 없습니다."""
        twins = self._by_stem.get(same_form(want.stem), ()) if want.stem and found.path else ()
        beside = [path for path in twins if os.path.dirname(path) == os.path.dirname(found.path)]
        if not beside or found.path in beside:
            return found
        reason = (
            f"적힌 이름의 이미지({found.path})와 라벨 파일과 이름이 같은 이미지({beside[0]})가 "
            "따로 있어 어느 것인지 알 수 없습니다."
        )
        return Found(kind="ambiguous_image", reason=reason)

    def is_label(self, file):
        """짝인 폴더에 이름이 같은 이미지가 있어, 읽지 못했어도 라벨로 보아야 하는 파일인지."""
        home = home_of(os.path.dirname(file))
        same = self.with_stem(stem_of(str(file)))
        return any(home_of(os.path.dirname(path)) == home for path in same)

    def with_stem(self, stem):
        """확장자를 뺀 이름이 같은 이미지들."""
        return self._by_stem.get(same_form(stem), [])

    @cached_property
    def _by_folded(self):
        """{대소문자를 가리지 않는 줄기: 이미지}. 훑기를 마친 다음에 씁니다."""
        return {name.rpartition(".")[0].casefold(): same[0] for name, same in self._by_name.items()}

    def hint(self, want):
        """찾지 못한 까닭. 비슷한 이름이 있으면 알려 줍니다."""
        parts = _parts(want.name)
        stem = os.path.splitext(parts[-1])[0] if parts else same_form(want.stem)
        like = self._by_folded.get(stem.casefold())
        reason = "이 이름의 이미지 파일이 없습니다."
        return f"{reason} 비슷한 것은 있습니다: {os.path.basename(like)}" if like else reason


# 흔한 이름입니다. 고쳐 읽을 것이 없습니다.
_PLAIN = re.compile(r"\w[\w.-]*", re.ASCII)


def _parts(name):
    """경로의 마디들. Windows의 구분자, ``./``, ``..``, 주소의 앞부분을 걷어 냅니다."""
    if _PLAIN.fullmatch(name):
        return [name]
    name = same_form(name).strip().split("?d=")[-1].replace("\\", "/")
    if "://" in name:
        name = name.partition("?")[0]
    return [part for part in name.split("/") if part not in ("", ".", "..")]


def _choose(want, above, same):
    """이름이 같은 파일들 가운데 하나. 폴더로도 가릴 수 없으면 고르지 않습니다."""
    counts = [_matching(path, above) if above else 0 for path in same]
    most = max(counts)
    best = [path for path, count in zip(same, counts, strict=True) if count == most]
    path = best[0] if len(best) == 1 else _nearest(want, most, best)
    if path is None:
        listed = ", ".join(best[:3]) + (" …" if len(best) > 3 else "")
        reason = f"이름이 같은 이미지가 {len(best)}개라 어느 것인지 알 수 없습니다: {listed}"
        return Found(kind="ambiguous_image", reason=reason)
    written, actual = os.path.basename(want.name), os.path.basename(path)
    note = ""
    if "\\" in want.name:
        note = f"적힌 이름({want.name})의 구분자가 역슬래시라 Windows에서만 열립니다."
    elif written and written != actual and same_form(written) == same_form(actual):
        note = "적힌 이름과 한글의 꼴(NFC/NFD)이 달라 Linux와 Windows에서는 열리지 않습니다."
    same_home = home_of(_up(path, most + 1)) == home_of(want.near)
    loose = most < len(above) if above else not same_home
    return Found(path, loose=int(loose), note=note)


def _matching(path, above):
    """뒤에서부터 같은 폴더 이름의 수."""
    folders = same_form(path).replace(os.sep, "/").split("/")[-2::-1]
    count = 0
    for own, other in zip(folders, reversed(above), strict=False):
        if own != other:
            break
        count += 1
    return count


def _nearest(want, depth, paths):
    """라벨 파일 곁, 라벨이 말하는 폴더, 짝인 폴더의 차례로 좁혀 하나만 남으면 그것."""
    bases = {path: _up(path, depth + 1) for path in paths}
    near, home = os.path.abspath(want.near), home_of(want.near)
    tests = [lambda base: os.path.abspath(base) == near]
    tests += [lambda base, hint=hint: _is_called(base, hint) for hint in want.hints if hint]
    tests.append(lambda base: home_of(base) == home)
    tests.append(lambda base: home_of(base)[: len(home)] == home)
    for test in tests:
        chosen = {path: base for path, base in bases.items() if test(base)}
        if len(chosen) == 1:
            return next(iter(chosen))
        bases = chosen or bases
    shared = {path: _shared_end(home_of(base), home) for path, base in bases.items()}
    most = max(shared.values())
    chosen = [path for path, count in shared.items() if count == most]
    return chosen[0] if most and len(chosen) == 1 else None


def _is_called(folder, name):
    name = name.casefold()
    return os.path.basename(folder).casefold() == name or home_of(folder)[-1:] == (name,)


def _up(path, steps):
    for _ in range(steps):
        path = os.path.dirname(path)
    return path


def _shared_end(first, second):
    pairs = zip(reversed(first), reversed(second), strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


def _one_owner(wanted, found):
    """적힌 그대로 찾은 이름이 있는 파일을 에둘러 찾은 다른 이름에 내주지 않습니다."""
    taken = Counter(result.path for result in found if result.path)
    if len(taken) == taken.total():
        return found
    owners = {}
    for want, result in zip(wanted, found, strict=True):
        if taken[result.path] > 1:
            name = os.path.join(want.near, *(_parts(want.name) or [want.stem]))
            best = owners.get(result.path)
            if best is None or result.loose < best[0]:
                owners[result.path] = (result.loose, {name})
            elif result.loose == best[0]:
                best[1].add(name)
    kept = []
    for result in found:
        loose, names = owners.get(result.path, (result.loose, ()))
        if result.loose > loose:
            reason = f"이름이 같은 파일({result.path})은 다른 기록의 이미지입니다."
            result = Found(kind="missing_image", reason=reason, loose=result.loose)
        elif result.path and len(names) > 1:
            listed = ", ".join(sorted(names)[:3])
            reason = f"이미지 하나({result.path})를 여러 이름이 가리킵니다: {listed}"
            result = Found(kind="ambiguous_image", reason=reason)
        kept.append(result)
    return kept


def find_images(images):
    """이미지 폴더 하나, 또는 이미 모은 :class:`ImageFiles`를 :class:`ImageFiles`로."""
    return images if isinstance(images, ImageFiles) else ImageFiles([check_images(images)])


def check_images(images):
    """이미지 폴더의 경로나 :class:`ImageFiles`, None인지 봅니다. 폴더를 훑지는 않습니다."""
    if images is None or isinstance(images, ImageFiles):
        return images
    folder = as_path(images, "images")
    if not os.path.isdir(folder):
        raise ValueError(f"images: {visible(folder)} 폴더가 없습니다.")
    return folder


def open_image(path):
    """이미지 파일의 머리만 읽어 엽니다. 아주 큰 그림도 되고, 닫거나 푸는 것은 부른 쪽의 일입니다.

    확장자가 말하는 형식부터 물어봅니다. 형식마다 묻는 시간이 여는 시간의 5분의 1입니다.
    """
    from PIL import Image, UnidentifiedImageError

    likely = _USUAL.get(path[path.rfind(".") :].lower())
    with _quietly():
        try:
            try:
                return Image.open(path, formats=likely or _known_formats())
            except UnidentifiedImageError:
                return Image.open(path, formats=_known_formats())
        except Image.DecompressionBombError:
            return _open_huge(path)


def _known_formats():
    """설치된 Pillow가 아는 것만. AVIF는 없을 수 있습니다."""
    from PIL import Image

    Image.init()
    return [name for name in _FORMATS if name in Image.OPEN]


def _open_huge(path):
    """Pillow가 크기만 보고 거절하는 그림."""
    from PIL import Image

    most = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        return Image.open(path, formats=_known_formats())
    finally:
        Image.MAX_IMAGE_PIXELS = most


def _quietly():
    """Pillow는 알려 줄 것이 있는 그림을 경고로 말합니다."""
    return warnings.catch_warnings(action="ignore")


def shrunk(path, mode, side, box=None):
    """그림을 ``side`` 안으로 줄인 PIL 이미지. 열 수 없거나 풀기에 너무 크면 None입니다.

    Args:
        path: 이미지 파일.
        mode: PIL의 모드(``"RGB"``, ``"L"``).
        side: (너비, 높이).
        box: 볼 곳 xyxy, 픽셀. 주면 그곳만 ``side``로 줄입니다. 없으면 종횡비를 지킵니다.
    """
    try:
        with _quietly(), open_image(path) as image:
            width, height = image.size
            if box is None:
                image.draft(mode, side)
            # 점진적인 JPEG은 작게 풀 때도 온 그림만큼의 메모리를 씁니다.
            if not image.info.get("progressive"):
                width, height = image.size
            if width * height > MOST_PIXELS:
                return None
            if box is not None:
                return image.convert(mode).resize(side, box=box)
            image.thumbnail(side)
            return image.convert(mode)
    except Exception:
        # Pillow는 깨진 파일에 따라 여러 종류의 예외를 냅니다. 무엇이든 보일 것이 없다는 뜻입니다.
        return None


def measure_image(records, path, source, record):
    """이미지 파일의 머리 부분만 읽어 :class:`Measured`를 냅니다. 열 수 없으면 문제로 남깁니다."""
    try:
        with open_image(path) as image:
            # PNG는 없는 EXIF를 찾으려고 그림을 모두 풀고, JPEG도 여는 시간의 5분의 1을 씁니다.
            has_exif = image.format == "TIFF" or not _TURN_KEYS.isdisjoint(image.info)
            turn = _turn_of(image) if has_exif else 1
            return Measured(str(path), image.size, isinstance(turn, int) and turn >= 5)
    except Exception as error:
        # Pillow는 깨진 파일에 따라 여러 종류의 예외를 냅니다. 무엇이든 "열 수 없다"는 뜻입니다.
        unreadable = UnreadableFile(path, f"이미지를 열 수 없습니다. {type(error).__name__}")
        records.add_unreadable("broken_image", unreadable, source, record, path)
        return Measured(str(path))


def tell_searched(records, on_disk):
    """어디를 찾아보았고 어디까지 열어도 되었는지를 적습니다."""
    records.tell(
        searched=tuple(on_disk.folders),
        pictures=len(on_disk.paths),
        roots=on_disk.roots,
        skipped=tuple(on_disk.skipped),
    )


def _turn_of(image):
    with _quietly():
        return image.getexif().get(_EXIF_ORIENTATION, 1)


def resolve_images(records, on_disk, wanted):
    """라벨에 적힌 이미지들을 찾습니다. 찾아본 곳을 적어 두고, :class:`Found`의 목록을 냅니다.

    사용자가 폴더를 고르지 않았는데 한 장도 찾지 못했다면, 이미지가 여기에 없는 것입니다. 한 장씩
    없다고 하는 대신 진단서가 "열어 보지 않았다"고 말합니다.
    """
    wanted = list(wanted)
    if on_disk is None:
        return [Found()] * len(wanted)
    found = on_disk.resolve(wanted)
    tell_searched(records, on_disk)
    if on_disk.given or any(result.path or result.kind == "ambiguous_image" for result in found):
        pairs = zip(wanted, found, strict=True)
        return [
            one._replace(reason=on_disk.hint(want)) if one is MISSING else one
            for want, one in pairs
        ]
    lost = tuple((want.name or want.stem, on_disk.hint(want)) for want in wanted[:5])
    records.tell(lost=lost)
    return [Found()] * len(wanted)


def add_named_image(records, found, name, declared, source, reason, record, image_id=None):
    """이름과 크기를 라벨 파일이 적는 형식의 이미지를 더하고 그 번호를 돌려줍니다.

    Args:
        records: :class:`Records`.
        found: :func:`resolve_images`가 낸 것.
        name: 라벨 파일에 적힌 이미지의 이름.
        declared: 라벨 파일에 적힌 (너비, 높이). 쓸 수 없는 값이면 파일에서 잰 크기로 대신합니다.
            크기를 적지 않는 형식이면 None입니다.
        source: 크기가 적힌 곳.
        reason: 크기를 쓸 수 없을 때 남길 이유.
        record: 크기가 적힌 기록.
        image_id: 라벨 파일이 이미지를 부르는 id.
    """
    measured = _measure_found(records, found, name, source)
    if declared is None and measured.size is not None:
        declared = measured.size
    if not all(map(is_side, declared or (None,))):
        records.add_problem("bad_image_size", reason, source, record, measured.path)
        declared = measured.size or (None, None)
    return records.add_image(
        measured.path, *declared, measured.size, measured.rotated, image_id=image_id
    )


def _measure_found(records, found, name, source):
    if found.kind == "missing_image":
        records.add_problem("missing_image", found.reason, source, name, name)
    elif found.kind:
        records.add_problem("ambiguous_image", found.reason, source, name, name)
    if found.note:
        records.tell(renamed=((source, found.note),))
    if not found.path:
        return Measured(name)
    return measure_image(records, found.path, source, name)


def is_side(value):
    """이미지의 너비나 높이로 쓸 수 있는 수인지."""
    # 참/거짓도 정수입니다.
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and _SIDES[0] <= value <= _SIDES[1]
