"""LabelMe 형식: 이미지마다 JSON 파일 하나. 도형의 점은 픽셀입니다."""

import math

from anchorbox_utils.datasets.named import NamedImage, NamedObject, around, load_named, to_number
from anchorbox_utils.datasets.reading import brief, head_of, read_json


def load_labelme(path, images=None):
    """LabelMe의 JSON을 읽습니다. 사각형이 아닌 도형은 그것을 감싸는 박스로 읽습니다.

    점 하나(point)는 박스가 될 수 없으므로 크기가 0인 박스로 문제에 남습니다.

    Args:
        path: JSON이 든 폴더(하위 폴더 포함), JSON 파일 하나, 또는 파일의 목록.
        images: 이미지 폴더나 :class:`ImageFiles`.

    Returns:
        :class:`Dataset`. 클래스 번호는 이름순입니다.

    Raises:
        ValueError: 읽을 수 있는 JSON이 하나도 없을 때.

    Examples:
        >>> import json, pathlib, tempfile
        >>> shape = {"label": "개", "points": [[30, 35], [10, 5]], "shape_type": "rectangle"}
        >>> document = {"shapes": [shape], "imagePath": "a.png", "imageWidth": 64,
        ...             "imageHeight": 48}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "a.json")
        ...     _ = file.write_text(json.dumps(document), encoding="utf-8")
        ...     load_labelme(folder).images[0].boxes
        array([[10.,  5., 30., 35.]])

    출처: LabelMe(wkentaro/labelme)가 저장하는 JSON.
    """
    return load_named(path, images, "labelme", ".json", _read)


def sniff_labelme(file, data):
    """LabelMe의 틀(shapes와 imagePath)이 보이는 JSON인지."""
    looks_json = head_of(data).startswith(b"{")
    return looks_json and data.find(b'"shapes"') >= 0 and data.find(b'"imagePath"') >= 0


def _read(file):
    document = read_json(file)
    if not isinstance(document, dict) or not isinstance(document.get("shapes"), list):
        raise ValueError("LabelMe의 shapes 목록이 없는 JSON입니다.")
    size = (document.get("imageWidth"), document.get("imageHeight"))
    shapes = [_object(shape, f"shapes[{i}]") for i, shape in enumerate(document["shapes"])]
    return [NamedImage("", _text(document.get("imagePath")), size, shapes)], ()


def _text(value):
    return brief(value) if value and not isinstance(value, str) else value or ""


def _object(shape, place):
    record = brief(shape)
    if not isinstance(shape, dict):
        return NamedObject(place, record, "", None)
    name, kind = _text(shape.get("label")).strip(), _text(shape.get("shape_type")) or "polygon"
    points = shape.get("points")
    if kind == "circle" and isinstance(points, list) and len(points) == 2:
        points = _circle(points)
    note = "" if kind == "rectangle" else kind
    return NamedObject(place, record, name, around(points or ()), note)


def _circle(points):
    """중심과 둘레의 점을, 감싸는 네모의 두 꼭짓점으로. 수가 아니면 빈 목록."""
    try:
        (x, y), (edge_x, edge_y) = ((to_number(a), to_number(b)) for a, b in points)
        radius = math.hypot(edge_x - x, edge_y - y)
    except (TypeError, ValueError):
        return ()
    return [(x - radius, y - radius), (x + radius, y + radius)]
