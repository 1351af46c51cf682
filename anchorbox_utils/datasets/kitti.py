"""KITTI 형식: 이미지마다 글 파일 하나, 줄마다 "클래스 잘림 가림 각도 x1 y1 x2 y2 …"(픽셀)."""

from anchorbox_utils.datasets.named import NamedImage, NamedObject, load_named, to_number
from anchorbox_utils.datasets.reading import head_of, read_text

# 3차원 박스까지 15개, 예측이면 신뢰도까지 16개입니다.
_FIELDS = (15, 16)


def load_kitti(path, images=None):
    """KITTI의 글 파일을 읽습니다. 2차원 박스만 읽고, ``DontCare``는 ``crowd``로 표시합니다.

    Args:
        path: 글 파일이 든 폴더(하위 폴더 포함), 글 파일 하나, 또는 파일의 목록.
        images: 이미지 폴더나 :class:`ImageFiles`. 라벨 파일과 이름이 같은 이미지를 찾습니다.

    Returns:
        :class:`Dataset`. 클래스 번호는 이름순이고, 이미지의 크기는 파일에서 잽니다.

    Raises:
        ValueError: KITTI의 줄이 있는 글 파일이 하나도 없을 때.

    Examples:
        >>> import pathlib, tempfile
        >>> line = "Car 0.00 0 -1.57 10.5 5 30 35 1.5 1.6 3.9 1 2 10 -1.5"
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = pathlib.Path(folder, "000001.txt").write_text(line, encoding="utf-8")
        ...     load_kitti(folder).images[0].boxes
        array([[10.5,  5. , 30. , 35. ]])

    출처: KITTI Object Detection의 devkit.
    """
    return load_named(path, images, "kitti", ".txt", _read)


def sniff_kitti(file, data):
    """첫 줄이 이름 하나와 수 14개(또는 15개)인지."""
    line = head_of(data).split(b"\n", 1)[0].decode("latin-1")
    return _is_kitti(line.split())


def _is_kitti(fields):
    whole = len(fields) in _FIELDS and to_number(fields[0]) is None
    return whole and None not in map(to_number, fields[1:])


def _read(file):
    lines = [(i, line) for i, line in enumerate(read_text(file).splitlines(), 1) if line.strip()]
    if lines and not any(_is_kitti(line.split()) for _, line in lines):
        raise ValueError("KITTI의 줄(클래스와 수 14개)이 하나도 없는 글 파일입니다.")
    objects = [_object(line, f"{number}행") for number, line in lines]
    return [NamedImage("", "", None, objects)], ()


def _object(line, place):
    fields = line.split()
    corners = [to_number(field) for field in fields[4:8]]
    good = len(fields) in _FIELDS and None not in corners
    crowd = fields[0] == "DontCare"
    return NamedObject(place, line, fields[0], corners if good else None, crowd=crowd)
