"""Pascal VOC 형식: 이미지마다 XML 파일 하나. 박스는 xyxy 픽셀입니다."""

from pathlib import Path

from anchorbox_utils.datasets.images import add_named_image, find_images
from anchorbox_utils.datasets.model import Source
from anchorbox_utils.datasets.reading import UnreadableFile, head_of, read_xml, track
from anchorbox_utils.datasets.records import Records

_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def load_voc(path, one_based=False, images=None):
    """VOC 형식의 XML 파일을 읽습니다.

    Args:
        path: XML이 든 폴더(하위 폴더 포함), XML 파일 하나, 또는 XML 파일의 목록.
        one_based: 좌표가 1부터 세는 픽셀 번호면 True. 원래의 VOC가 그렇습니다. 왼쪽·위에서 1을
            빼서 ``[xmin - 1, ymin - 1, xmax, ymax]``로 만듭니다. 0부터 세는 데이터에 쓰면 테두리에
            닿은 박스가 −1이 됩니다.
        images: 이미지 폴더. 주면 이미지 파일의 실제 크기를 재어 ``<size>``와 견줄 수 있게 합니다.

    Returns:
        :class:`Dataset`. 클래스 번호는 이름순입니다. 여러 파일 가운데 일부를 읽을 수 없으면 그
        파일은 ``problems``에 ``"broken_file"``로 남습니다.

    Raises:
        ValueError: XML이 하나도 없거나, 읽을 수 있는 XML이 하나도 없을 때.

    Examples:
        >>> import pathlib, tempfile
        >>> xml = '''<annotation><filename>a.png</filename>
        ... <size><width>64</width><height>48</height></size>
        ... <object><name>개</name><bndbox><xmin>10.5</xmin><ymin>5</ymin>
        ... <xmax>30</xmax><ymax>35</ymax></bndbox></object></annotation>'''
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = pathlib.Path(folder, "a.xml").write_text(xml, encoding="utf-8")
        ...     load_voc(folder).images[0].boxes
        array([[10.5,  5. , 30. , 35. ]])

    출처: PASCAL VOC 2012 Development Kit.
    """
    files, name = _files(path)
    on_disk = None if images is None else find_images(images)
    records = Records("xyxy")
    broken, objects = [], []
    for file in track(files, "XML 읽는 중"):
        try:
            root = read_xml(file)
            if root.tag != "annotation":
                reason = f"VOC 파일의 뿌리는 <annotation>이어야 하는데 <{root.tag}>입니다."
                raise UnreadableFile(file, reason)
        except UnreadableFile as error:
            broken.append(error)
            records.add_unreadable("broken_file", error, Source(str(file), ""))
            continue
        image = _read_image(root, str(file), records, on_disk)
        objects += [(image, i, str(file), node) for i, node in enumerate(root.findall("object"))]
    if broken and len(broken) == len(files):
        others = f" (읽지 못한 파일이 {len(broken) - 1}개 더 있습니다)" if len(broken) > 1 else ""
        raise ValueError(f"{broken[0]}{others}")
    names = sorted({_text(node, "name") for *_, node in objects} - {""})
    labels = {name: number for number, name in enumerate(names)}
    for image, i, file, node in objects:
        _read_object(records, image, node, Source(file, f"object[{i}]"), labels, one_based)
    return records.finish({number: name for name, number in labels.items()}, name, "voc")


def sniff_voc(file, data):
    """머리에 <annotation>이 보이는지. JSON 안의 글에 나온 것은 치지 않습니다."""
    head = head_of(data)
    return b"<annotation" in head and not head.startswith((b"{", b"["))


def _files(path):
    if isinstance(path, (list, tuple)):
        files, name = [Path(file) for file in path], "VOC"
    elif Path(path).is_dir():
        files, name = sorted(Path(path).rglob("*.xml")), Path(path).name
    else:
        files, name = [Path(path)], Path(path).name
    if not files:
        raise ValueError(f"{path}: XML 파일이 하나도 없습니다.")
    return files, name


def _text(node, tag):
    found = node.find(tag)
    return "" if found is None or found.text is None else found.text.strip()


def _number(text):
    """글을 유한하거나 NaN인 실수로. 수가 아니면 None."""
    try:
        return float(text)
    except ValueError:
        return None


def _read_image(root, file, records, on_disk):
    name = _text(root, "filename") or Path(file).stem
    texts = [_text(root, f"size/{side}") for side in ("width", "height")]
    size = [_number(text) for text in texts]
    reason = "<size>의 너비나 높이가 없거나 0보다 큰 수가 아닙니다."
    record = " ".join(text or "(없음)" for text in texts)
    return add_named_image(records, on_disk, name, size, Source(file, "size"), reason, record)


def _read_object(records, image, node, source, labels, one_based):
    from xml.etree.ElementTree import tostring

    path = records.images[image].path
    record = " ".join("".join(tostring(node, encoding="unicode")).split())
    name = _text(node, "name")
    corners = node.findall("bndbox")
    if not name:
        reason = "<name>이 없거나 비어 있습니다."
        records.add_problem("bad_class", reason, source, record, path)
        return
    if not corners:
        records.add_problem("no_bbox", "<bndbox>가 없습니다.", source, record, path)
        return
    if len(corners) > 1:
        reason = f"<bndbox>가 {len(corners)}개입니다. 첫 번째만 읽었습니다."
        records.add_problem("bad_record", reason, source, record, path)
    texts = [_text(corners[0], tag) for tag in _CORNERS]
    values = [_number(text) for text in texts]
    missing = [tag for tag, value in zip(_CORNERS, values, strict=True) if value is None]
    if missing:
        reason = f"<bndbox>에 수가 아니거나 빠진 값이 있습니다: {', '.join(missing)}"
        records.add_problem("bad_box", reason, source, record, path)
        return
    if one_based:
        values = [values[0] - 1, values[1] - 1, *values[2:]]
    records.add_box(image, values, labels[name], source, record)
