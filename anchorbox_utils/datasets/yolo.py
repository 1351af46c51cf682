"""YOLO 형식: 이미지마다 글 파일 하나, 줄마다 "클래스 cx cy w h"(이미지 크기로 나눈 0~1)."""

from collections.abc import Mapping
from pathlib import Path

from anchorbox_utils.datasets.images import (
    IMAGE_SUFFIXES,
    find_images,
    measure_image,
    pick_image,
)
from anchorbox_utils.datasets.model import Source
from anchorbox_utils.datasets.reading import UnreadableFile, head_of, read_text, track
from anchorbox_utils.datasets.records import Records

_CLASS_FILES = ("classes.txt", "obj.names", "data.yaml", "data.yml", "dataset.yaml")


def load_yolo(labels, images=None, sizes=None, names=None):
    """YOLO 형식의 글 파일을 읽습니다.

    0~1을 조금 벗어난 값은 박스로 두고(진단이 알려 줍니다), 픽셀처럼 큰 값은 문제로 남깁니다.
    다각형(클래스와 점 3개 이상)은 그것을 감싸는 박스로 읽고 ``polygon``에 표시합니다.

    Args:
        labels: 글 파일이 든 폴더(하위 폴더 포함).
        images: 이미지 폴더. 라벨 파일과 이름(확장자 제외)이 같은 이미지를 찾아 크기를 잽니다.
        sizes: 이미지 파일이 없을 때 쓸 {이름: (높이, 너비)}. 짝이 하나면 모든 이미지에 씁니다.
        names: 클래스 이름의 목록이나 사전, 또는 이름이 적힌 파일(한 줄에 하나, 또는 data.yaml).
            없으면 라벨 폴더와 그 위의 classes.txt, obj.names, data.yaml을 찾아봅니다.

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
    labels = Path(labels)
    files = [
        file
        for file in sorted(labels.rglob("*.txt"))
        if file.name not in _CLASS_FILES
        and file.name.lower() != "readme.txt"
        and not _lists_images(file)
    ]
    if not files:
        raise ValueError(f"{labels}: 라벨 파일(*.txt)이 하나도 없습니다.")
    if images is None and sizes is None:
        raise ValueError(
            "images: YOLO 좌표를 픽셀로 바꾸려면 이미지 크기가 필요합니다. "
            "images(폴더)나 sizes({이름: (높이, 너비)})를 주세요."
        )
    records = Records("yolo")
    categories = read_class_names(names) if names is not None else _find_class_names(labels)
    on_disk = {} if images is None else find_images(images)
    used = {None}
    for file in track(files, "라벨 읽는 중"):
        path = _image_of(file.relative_to(labels), on_disk)
        used.add(path)
        _read_file(records, file, _add_image(records, file, path, sizes))
    for path in sorted(set(on_disk.values()) - used):
        source = Source(str(path), "")
        if _add_measured(records, path, source) is not None:
            reason = "이 이미지의 라벨 파일이 없습니다. 물체가 없는 이미지로 읽었습니다."
            records.add_problem("missing_label", reason, source, path.name, path)
    return records.finish(categories or None, labels.name, "yolo")


def sniff_yolo(file, data):
    """첫 줄이 클래스 번호와 수 네 개 이상인지."""
    fields = head_of(data).split(b"\n", 1)[0].split()
    try:
        numbers = [float(field) for field in fields]
    except ValueError:
        return False
    return file.name not in _CLASS_FILES and len(numbers) >= 5 and numbers[0].is_integer()


def _lists_images(file):
    """darknet의 train.txt처럼 이미지 경로를 적은 목록인지."""
    with open(file, encoding="utf-8", errors="replace") as lines:
        first = next((line.strip() for line in lines if line.strip()), "")
    return Path(first).suffix.lower() in IMAGE_SUFFIXES


def _image_of(label, on_disk):
    """라벨 파일의 이미지. labels/…의 짝은 images/…이고, 아니면 줄기가 같은 단 하나의 이미지."""
    stem = label.with_suffix("")
    twin = Path(*("images" if part == "labels" else part for part in stem.parts))
    return pick_image(on_disk, twin.as_posix(), stem.as_posix(), stem.name)


def _add_measured(records, path, source):
    """크기를 이미지 파일에서 잰 이미지를 더하고 그 번호를 돌려줍니다. 열 수 없으면 None입니다."""
    measured = measure_image(records, path, source, path.name)
    if measured.size is None:
        return None
    return records.add_image(measured.path, *measured.size, measured.size, measured.rotated)


def _add_image(records, file, path, sizes):
    """라벨 파일의 이미지를 더합니다. 크기를 알 수 없으면 (None, None)으로 둡니다."""
    source = Source(str(file), "")
    if path is not None:
        number = _add_measured(records, path, source)
        if number is not None:
            return number
    size = sizes.get(file.stem) if isinstance(sizes, Mapping) else sizes
    if size is not None:
        height, width = size
        return records.add_image(file.stem, width, height)
    if path is None:
        reason = "이 라벨 파일과 이름이 같은 이미지가 없습니다."
        records.add_problem("missing_image", reason, source, file.name, file.stem)
    return records.add_image(file.stem if path is None else str(path), None, None)


def _read_file(records, file, image):
    path, width = records.images[image].path, records.images[image].width
    try:
        lines = read_text(file).splitlines()
    except UnreadableFile as error:
        records.add_unreadable("broken_file", error, Source(str(file), ""), image=path)
        return
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        source = Source(str(file), f"{number}행")
        try:
            label, *values = (float(text) for text in line.split())
            if label != int(label) or not 0 <= label < 2**63:
                raise ValueError
        except (ValueError, OverflowError):
            reason = "클래스 번호(0 이상의 정수)와 수로 이루어진 줄이 아닙니다."
            records.add_problem("bad_record", reason, source, line, path)
            continue
        polygon = len(values) >= 6 and len(values) % 2 == 0
        if polygon:
            xs, ys = values[::2], values[1::2]
            low, high = (min(xs), min(ys)), (max(xs), max(ys))
            values = [(a + b) / 2 for a, b in zip(low, high, strict=True)] + [
                b - a for a, b in zip(low, high, strict=True)
            ]
            source = Source(str(file), f"{number}행 (다각형)")
        if len(values) != 4:
            reason = f"클래스 뒤에 수가 4개 있어야 하는데 {len(values)}개입니다."
            if len(values) == 5:
                reason += " 신뢰도까지 적힌 예측 결과가 아닌지 확인하세요."
            records.add_problem("bad_record", reason, source, line, path)
            continue
        if width is None:
            reason = "이미지의 크기를 알 수 없어 픽셀로 바꾸지 못했습니다."
            records.add_problem("no_image_size", reason, source, line, path, values)
            continue
        records.add_box(image, values, int(label), source, line, polygon=polygon)


def _find_class_names(labels):
    for folder in (labels, *labels.absolute().parents[:2]):
        for name in _CLASS_FILES:
            if (folder / name).is_file():
                return read_class_names(folder / name)
    return {}


def read_class_names(names):
    """클래스 이름의 목록·사전·파일을 {번호: 이름}으로 바꿉니다.

    Examples:
        >>> read_class_names(["개", "고양이"])
        {0: '개', 1: '고양이'}
    """
    if isinstance(names, Mapping):
        return {int(number): str(name) for number, name in names.items()}
    if not isinstance(names, (str, Path)):
        return {number: str(name) for number, name in enumerate(names)}
    text = read_text(names)
    if Path(names).suffix not in (".yaml", ".yml"):
        return {n: line.strip() for n, line in enumerate(text.rstrip().splitlines())}
    import yaml

    try:
        document = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ValueError(f"{names}: {line}행에서 YAML 문법이 틀렸습니다.") from None
    except yaml.YAMLError:
        raise ValueError(f"{names}: YAML로 읽을 수 없는 글자가 들어 있습니다.") from None
    listed = document.get("names") if isinstance(document, dict) else None
    if not isinstance(listed, (list, dict)):
        raise ValueError(f"{names}: names 항목(클래스 이름의 목록)이 없습니다.")
    return read_class_names(listed)
