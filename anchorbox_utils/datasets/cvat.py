"""CVAT의 XML(CVAT for images): 파일 하나에 이미지 여럿. 박스는 xyxy 픽셀입니다."""

import math

from anchorbox_utils.datasets.named import NamedImage, NamedObject, around, load_named, to_number
from anchorbox_utils.datasets.reading import UnreadableFile, brief, head_of, read_xml

# 점을 이어 적는 도형의 이름.
_LINES = {"polygon": "다각형", "polyline": "꺾은선"}
# 수 네 개로 적는 도형: 속성의 이름, [x1, y1, x2, y2]로 바꾸는 법, 박스가 아니면 그 이름.
_NUMBERS = {
    "box": (("xtl", "ytl", "xbr", "ybr"), lambda x1, y1, x2, y2: (x1, y1, x2, y2), ""),
    "ellipse": (("cx", "cy", "rx", "ry"), lambda x, y, a, b: (x - a, y - b, x + a, y + b), "타원"),
    "mask": (
        ("left", "top", "width", "height"),
        lambda x, y, w, h: (x, y, x + w, y + h),
        "마스크",
    ),
}


def load_cvat(path, images=None):
    """CVAT이 "CVAT for images"로 내보낸 XML을 읽습니다.

    돌린 박스, 다각형, 타원, 마스크는 그것을 감싸는 박스로 읽고 ``polygon``에 표시합니다. 점이나
    뼈대는 박스가 아니므로 문제로 남기고, 이미지 전체의 태그는 세기만 합니다.

    Args:
        path: XML이 든 폴더(하위 폴더 포함), XML 파일 하나, 또는 파일의 목록.
        images: 이미지 폴더나 :class:`ImageFiles`.

    Returns:
        :class:`Dataset`. 클래스 번호는 이름순입니다.

    Raises:
        ValueError: 읽을 수 있는 XML이 하나도 없을 때.

    Examples:
        >>> import pathlib, tempfile
        >>> xml = '''<annotations><image id="0" name="a.png" width="64" height="48">
        ... <box label="개" xtl="10.5" ytl="5" xbr="30" ybr="35"/></image></annotations>'''
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = pathlib.Path(folder, "a.xml").write_text(xml, encoding="utf-8")
        ...     load_cvat(folder).images[0].boxes
        array([[10.5,  5. , 30. , 35. ]])

    출처: CVAT 문서의 「XML annotation format」 1.1.
    """
    return load_named(path, images, "cvat", ".xml", _read)


def sniff_cvat(file, data):
    """<annotations> 안에 <image>가 있는지. <track>뿐인 영상은 아닙니다."""
    head = head_of(data)
    return head.startswith(b"<") and b"<annotations" in head and data.find(b"<image ") >= 0


def _read(file):
    root = read_xml(file)
    if root.tag != "annotations" or root.find("image") is None:
        raise ValueError(f"CVAT의 <annotations>가 아니라 <{root.tag}>입니다.")
    if root.find("track") is not None:
        reason = "<image>와 영상의 <track>이 함께 있습니다. CVAT for images로 다시 내보내세요."
        raise UnreadableFile(file, reason)
    names = [node.text.strip() for node in root.iterfind("meta//labels/label/name") if node.text]
    return [_picture(node, i) for i, node in enumerate(root.iterfind("image"))], names


def _picture(node, number):
    size = (to_number(node.get("width")), to_number(node.get("height")))
    place = f"image[{number}] (id {node.get('id')})"
    shapes = [shape for shape in node if shape.tag != "tag" and shape.get("label") is not None]
    objects = [_object(shape, f"{place} {shape.tag}[{i}]") for i, shape in enumerate(shapes)]
    return NamedImage(place, node.get("name", ""), size, objects, len(node.findall("tag")))


def _object(shape, place):
    label, record = shape.get("label", "").strip(), brief(dict(shape.attrib))
    corners, note = None, _LINES.get(shape.tag, shape.tag)
    if shape.tag in _LINES:
        corners = around(pair.split(",") for pair in shape.get("points", "").split(";"))
    elif shape.tag in _NUMBERS:
        names, convert, note = _NUMBERS[shape.tag]
        values = [to_number(shape.get(name)) for name in names]
        corners = None if None in values else convert(*values)
        angle = math.radians(to_number(shape.get("rotation")) or 0)
        if corners and angle and math.isfinite(angle):
            corners, note = _around_turned(*corners, angle), note or "돌린 박스"
    return NamedObject(place, record, label, corners, note)


def _around_turned(x1, y1, x2, y2, angle):
    """가운데를 중심으로 돌린 박스를 감싸는 박스."""
    cos, sin = abs(math.cos(angle)), abs(math.sin(angle))
    width, height = (x2 - x1) * cos + (y2 - y1) * sin, (x2 - x1) * sin + (y2 - y1) * cos
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2
