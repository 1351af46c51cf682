"""폴더나 파일의 내용을 보고 형식을 알아봅니다."""

from pathlib import Path

from anchorbox_utils.datasets.coco import load_coco
from anchorbox_utils.datasets.reading import find_images, read_bytes
from anchorbox_utils.datasets.voc import load_voc
from anchorbox_utils.datasets.yolo import CLASS_FILES, load_yolo

_HEAD = 4096


def recognise_format(path):
    """폴더나 파일이 어떤 형식인지 확장자가 아니라 내용으로 알아봅니다.

    Args:
        path: 폴더, JSON 파일, 또는 XML 파일.

    Returns:
        (형식, 라벨이 있는 경로). 형식은 ``"coco"``, ``"voc"``, ``"yolo"``입니다.

    Raises:
        ValueError: 아무 형식도 아니거나, 여러 형식이 섞여 있을 때.

    Examples:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = pathlib.Path(folder, "a.txt").write_text("0 0.5 0.5 0.5 1", encoding="utf-8")
        ...     recognise_format(folder)[0]
        'yolo'
    """
    path = Path(path)
    if path.is_file():
        fmt = _sniff(path)
        if fmt in ("coco", "voc"):
            return fmt, path
        raise ValueError(
            f"{path}: 정답 파일로 보이지 않습니다. COCO JSON이나 VOC XML 파일, 또는 폴더를 주세요."
        )
    if not path.is_dir():
        raise ValueError(f"{path}: 그런 파일이나 폴더가 없습니다.")
    found = {}
    for file in sorted(path.rglob("*")):
        if file.suffix.lower() in (".json", ".xml", ".txt") and file.is_file():
            # 같은 형식의 파일을 수만 개 열어 볼 필요는 없습니다.
            known = found.get(_BY_SUFFIX[file.suffix.lower()], [])
            if len(known) < 20 or file.suffix.lower() == ".json":
                fmt = _sniff(file)
                if fmt:
                    found.setdefault(fmt, []).append(file)
    if not found:
        raise ValueError(f"{path}: COCO·VOC·YOLO 정답 파일을 하나도 찾지 못했습니다.")
    if len(found) > 1:
        examples = ", ".join(f"{fmt}({files[0]})" for fmt, files in sorted(found.items()))
        raise ValueError(
            f"{path}: 여러 형식이 섞여 있습니다: {examples}. --format으로 하나를 고르세요."
        )
    ((fmt, files),) = found.items()
    return fmt, _single_json(files, path) if fmt == "coco" else path


_BY_SUFFIX = {".json": "coco", ".xml": "voc", ".txt": "yolo"}


def _single_json(files, path):
    if len(files) > 1:
        names = ", ".join(str(file.relative_to(path)) for file in files[:4])
        raise ValueError(f"{path}: COCO JSON이 {len(files)}개입니다({names}). 하나를 골라 주세요.")
    return files[0]


def _sniff(file):
    """파일 앞부분의 내용으로 본 형식. 아니면 None."""
    data = read_bytes(file)
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"{", b"[")):
        is_coco = b'"images"' in data and b'"annotations"' in data
        # 틀이 다르거나 끊긴 JSON도 사용자가 직접 고른 파일이면 불러오기가 이유를 말합니다.
        return "coco" if is_coco else None
    if b"<annotation" in head:
        return "voc"
    if file.name in CLASS_FILES:
        return None
    fields = head.split(b"\n", 1)[0].split()
    try:
        numbers = [float(field) for field in fields]
    except ValueError:
        return None
    return "yolo" if len(numbers) >= 5 and numbers[0].is_integer() else None


def load_dataset(path, fmt=None, images=None, names=None, one_based=False):
    """형식을 알아보고 맞는 불러오기를 부릅니다. 이미지 폴더를 주지 않으면 옆에서 찾아봅니다.

    Args:
        path: 폴더, COCO JSON 파일, 또는 VOC XML 파일.
        fmt: ``"coco"``, ``"voc"``, ``"yolo"``. 없으면 내용으로 알아봅니다.
        images: 이미지 폴더. 없으면 ``path`` 폴더(파일이면 그 파일의 폴더) 아래의 이미지를 씁니다.
        names: YOLO의 클래스 이름. :func:`load_yolo`와 같습니다.
        one_based: VOC 좌표가 1부터 세는지. :func:`load_voc`와 같습니다.

    Returns:
        :class:`Dataset`.

    Raises:
        ValueError: 형식을 알 수 없거나 파일을 읽을 수 없을 때.

    Examples:
        >>> load_dataset("없는_폴더")
        Traceback (most recent call last):
            ...
        ValueError: 없는_폴더: 그런 파일이나 폴더가 없습니다.
    """
    path = Path(path)
    if fmt is None:
        fmt, target = recognise_format(path)
    elif fmt == "coco" and path.is_dir():
        files = [file for file in sorted(path.rglob("*.json")) if _sniff(file) == "coco"]
        if not files:
            raise ValueError(f"{path}: COCO JSON이 하나도 없습니다.")
        target = _single_json(files, path)
    else:
        target = path
    loaders = {
        "coco": lambda folder: load_coco(target, folder),
        "voc": lambda folder: load_voc(target, one_based, folder),
        "yolo": lambda folder: load_yolo(target, folder, names=names),
    }
    if fmt not in loaders:
        raise ValueError(f"fmt: {fmt!r}는 모르는 형식입니다. 가능한 값: coco, voc, yolo")
    if images is not None:
        return loaders[fmt](images)
    folder = path if path.is_dir() else path.parent
    if fmt == "yolo":
        return loaders[fmt](folder)
    dataset = loaders[fmt](folder if find_images(folder) else None)
    missing = sum(problem.kind == "missing_image" for problem in dataset.problems)
    # 한 장도 찾지 못했다면 옆에 있던 그림은 이 데이터의 이미지가 아닙니다.
    return loaders[fmt](None) if missing and missing == len(dataset.images) else dataset
