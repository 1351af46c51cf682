"""폴더나 파일의 내용을 보고 형식을 알아봅니다."""

from dataclasses import replace
from pathlib import Path

from anchorbox_utils.datasets.formats import FILE_TITLES, FORMATS, TITLES, sniff

# 같은 형식의 파일을 수만 개 열어 볼 필요는 없습니다.
_ENOUGH = 20


def recognise_format(path):
    """폴더나 파일이 어떤 형식인지 확장자가 아니라 내용으로 알아봅니다.

    Args:
        path: 폴더, 또는 라벨 파일(YOLO는 폴더만).

    Returns:
        (형식, 라벨이 있는 경로). 형식은 :data:`FORMATS`의 열쇠입니다.

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
        name = sniff(path)
        if name is None or FORMATS[name].needs_images:
            raise ValueError(
                f"{path}: 정답 파일로 보이지 않습니다. {FILE_TITLES} 파일이나 폴더를 주세요."
            )
        return name, path
    if not path.is_dir():
        raise ValueError(f"{path}: 그런 파일이나 폴더가 없습니다.")
    # 확장자 하나를 여러 형식이 함께 쓸 수 있습니다.
    by_suffix = {}
    for name, fmt in FORMATS.items():
        by_suffix.setdefault(fmt.suffix, []).append(name)
    found = {}
    for file in sorted(path.rglob("*")):
        usual = by_suffix.get(file.suffix.lower())
        if usual is None or not file.is_file():
            continue
        seen = sum(len(found.get(name, [])) for name in usual)
        if seen < _ENOUGH or any(FORMATS[name].single for name in usual):
            name = sniff(file)
            if name is not None:
                found.setdefault(name, []).append(file)
    if not found:
        raise ValueError(f"{path}: {TITLES} 정답 파일을 하나도 찾지 못했습니다.")
    if len(found) > 1:
        examples = ", ".join(f"{name}({files[0]})" for name, files in sorted(found.items()))
        raise ValueError(
            f"{path}: 여러 형식이 섞여 있습니다: {examples}. --format으로 하나를 고르세요."
        )
    ((name, files),) = found.items()
    return name, _only(files, name, path) if FORMATS[name].single else path


def _only(files, name, path):
    """라벨이 파일 하나에 있는 형식의 그 파일."""
    title = FORMATS[name].file_title
    if not files:
        raise ValueError(f"{path}: {title}이 하나도 없습니다.")
    if len(files) > 1:
        names = ", ".join(str(file.relative_to(path)) for file in files[:4])
        raise ValueError(f"{path}: {title}이 {len(files)}개입니다({names}). 하나를 골라 주세요.")
    return files[0]


def load_dataset(path, fmt=None, images=None, names=None, one_based=False):
    """형식을 알아보고 맞는 불러오기를 부릅니다. 이미지 폴더를 주지 않으면 옆에서 찾아봅니다.

    Args:
        path: 폴더, 또는 라벨 파일(YOLO는 폴더만).
        fmt: :data:`FORMATS`의 열쇠. 없으면 내용으로 알아봅니다.
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
    elif fmt not in FORMATS:
        raise ValueError(f"fmt: {fmt!r}는 모르는 형식입니다. 가능한 값: {', '.join(FORMATS)}")
    elif FORMATS[fmt].single and path.is_dir():
        files = sorted(path.rglob(f"*{FORMATS[fmt].suffix}"))
        target = _only([file for file in files if sniff(file) == fmt], fmt, path)
    else:
        target = path
    chosen = FORMATS[fmt]
    given = {"names": names, "one_based": one_based}
    options = {option: given[option] for option in chosen.options}
    folder = path if path.is_dir() else path.parent
    if images is not None or chosen.needs_images:
        return chosen.load(target, images=folder if images is None else images, **options)
    dataset = chosen.load(target, images=folder, **options)
    missing = [problem for problem in dataset.problems if problem.kind == "missing_image"]
    if len(missing) < len(dataset.images):
        return dataset
    # 한 장도 찾지 못했다면 옆에 있던 그림은 이 데이터의 이미지가 아닙니다.
    return replace(dataset, problems=[p for p in dataset.problems if p.kind != "missing_image"])
