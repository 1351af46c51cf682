"""이미지 파일: 찾기, 크기와 EXIF 재기, 찾지 못하거나 열지 못한 것을 문제로 남기기."""

import math
import warnings
from pathlib import Path
from typing import NamedTuple

from anchorbox_utils.datasets.reading import UnreadableFile

IMAGE_SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}

_EXIF_ORIENTATION = 0x0112


class Measured(NamedTuple):
    """이미지 파일의 경로, (너비, 높이), EXIF가 가로세로를 바꾸는지. 열지 못했으면 크기가 None."""

    path: str
    size: tuple[int, int] | None = None
    rotated: bool = False


def find_images(folder):
    """폴더 아래의 이미지 파일을 {상대 경로와 파일 이름과 줄기: 경로}로 모읍니다.

    이름이나 줄기가 같은 파일이 둘 이상이면 어느 것인지 알 수 없으므로 그 열쇠의 값은 None입니다.
    """
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file():
            place = path.relative_to(folder)
            exact = {place.as_posix(), place.with_suffix("").as_posix()}
            found |= dict.fromkeys(exact, path)
            for key in {path.name, path.stem} - exact:
                found[key] = None if key in found else path
    return found


def pick_image(on_disk, *keys):
    """:func:`find_images`의 결과에서 먼저 맞는 열쇠의 경로. 없거나 어느 것인지 모르면 None."""
    return next((on_disk[key] for key in keys if on_disk.get(key)), None)


def measure_image(records, path, source, record):
    """이미지 파일의 머리 부분만 읽어 :class:`Measured`를 냅니다. 열 수 없으면 문제로 남깁니다."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                rotated = image.getexif().get(_EXIF_ORIENTATION, 1) >= 5
                return Measured(str(path), image.size, rotated)
    except Exception as error:
        # Pillow는 깨진 파일에 따라 여러 종류의 예외를 냅니다. 무엇이든 "열 수 없다"는 뜻입니다.
        unreadable = UnreadableFile(path, f"이미지를 열 수 없습니다. {type(error).__name__}")
        records.add_unreadable("broken_image", unreadable, source, record, path)
        return Measured(str(path))


def add_named_image(records, on_disk, name, declared, source, reason, record):
    """이름과 크기를 라벨 파일이 적는 형식의 이미지를 더하고 그 번호를 돌려줍니다.

    Args:
        records: :class:`Records`.
        on_disk: :func:`find_images`의 결과. 이미지 폴더를 받지 않았으면 None입니다.
        name: 라벨 파일에 적힌 이미지의 이름.
        declared: 라벨 파일에 적힌 (너비, 높이). 쓸 수 없는 값이면 파일에서 잰 크기로 대신합니다.
        source: 크기가 적힌 곳.
        reason: 크기를 쓸 수 없을 때 남길 이유.
        record: 크기가 적힌 기록.
    """
    measured = _measure_named(records, on_disk, name, source)
    if not all(map(_is_side, declared)):
        records.add_problem("bad_image_size", reason, source, record, measured.path)
        declared = measured.size or (None, None)
    return records.add_image(measured.path, *declared, measured.size, measured.rotated)


def _measure_named(records, on_disk, name, source):
    if on_disk is None:
        return Measured(name)
    path = pick_image(on_disk, Path(name).as_posix(), Path(name).name)
    if path is None:
        reason = "이미지 폴더에 이 이름의 파일이 없습니다."
        records.add_problem("missing_image", reason, source, name, name)
        return Measured(name)
    return measure_image(records, path, source, name)


def _is_side(value):
    # 참/거짓도 정수이고, 아주 긴 정수는 실수로 바꿀 수 없습니다.
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and 0 < value < (math.inf if isinstance(value, float) else 1e300)
