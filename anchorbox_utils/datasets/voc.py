"""Pascal VOC 형식: 이미지마다 XML 파일 하나. 박스는 xyxy 픽셀입니다."""

import re
from pathlib import Path

from anchorbox_utils.datasets.folders import suffix_of, walk
from anchorbox_utils.datasets.images import (
    Wanted,
    add_named_image,
    find_images,
    resolve_images,
)
from anchorbox_utils.datasets.model import Source
from anchorbox_utils.datasets.named import to_number
from anchorbox_utils.datasets.reading import UnreadableFile, head_of, mapped, read_xml, track
from anchorbox_utils.datasets.records import Records
from anchorbox_utils.validation import as_flag, as_paths
from anchorbox_utils.visible import visible

_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_ROOT = re.compile(rb"<annotation[\s>]", re.IGNORECASE)
_CAPITAL = (
    "뿌리가 <annotation>이 아니라 <Annotation>처럼 대문자가 섞인 XML {:,}개를 VOC로 읽었습니다. "
    "이름을 그대로 견주는 도구는 읽지 못하므로 소문자로 바꾸세요."
)


def load_voc(path, one_based=False, images=None):
    """VOC 형식의 XML 파일을 읽습니다.

    Args:
        path: XML이 든 폴더(하위 폴더 포함), XML 파일 하나, 또는 파일의 목록(XML만 읽음).
        one_based: 좌표가 1부터 세는 픽셀 번호면 True. 원래의 VOC가 그렇습니다. 왼쪽·위에서 1을
            빼서 ``[xmin - 1, ymin - 1, xmax, ymax]``로 만듭니다. 0부터 세는 데이터에 쓰면 테두리에
            닿은 박스가 −1이 됩니다.
        images: 이미지 폴더나 :class:`ImageFiles`. 주면 이미지 파일의 실제 크기를 재어 ``<size>``와
            견줄 수 있게 합니다. ``<filename>``의 파일이 없으면 XML과 이름이 같은 이미지를 찾습니다.

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
    as_flag(one_based, "one_based")
    files, name, skipped = _files(as_paths(path))
    on_disk = None if images is None else find_images(images)
    records = Records("xyxy")
    records.tell(skipped=tuple(skipped))
    broken, roots, capital = [], [], 0
    for file in track(files, "XML 읽는 중"):
        try:
            root = read_xml(file)
        except UnreadableFile as error:
            broken.append(error)
            tag = _other_root(file)
            if tag is None or (on_disk is not None and on_disk.is_label(file)):
                records.add_unreadable("broken_file", error, Source(str(file), ""))
            else:
                records.tell(skipped=((str(file), f"VOC가 아닙니다(뿌리 <{tag}>)."),))
            continue
        if root.tag.lower() == "annotation":
            roots.append((str(file), root))
            capital += root.tag != "annotation"
        else:
            reason = f"VOC 파일의 뿌리는 <annotation>이어야 하는데 <{root.tag}>입니다."
            broken.append(UnreadableFile(file, reason))
            if on_disk is not None and on_disk.is_label(file):
                records.add_unreadable("broken_file", broken[-1], Source(str(file), ""))
            else:
                records.tell(skipped=((str(file), reason),))
    if broken and not roots:
        others = f" (읽지 못한 파일이 {len(broken) - 1}개 더 있습니다)" if len(broken) > 1 else ""
        raise ValueError(f"{broken[0]}{others}")
    if capital:
        records.tell(notes=(_CAPITAL.format(capital),))
    wanted = [
        Wanted(
            _text(root, "filename") or _text(root, "path"),
            str(Path(file).parent),
            Path(file).stem,
            (_text(root, "folder"),),
        )
        for file, root in roots
    ]
    objects = []
    for (file, root), found in zip(roots, resolve_images(records, on_disk, wanted), strict=True):
        image = _read_image(root, file, records, found)
        objects += [(image, i, file, node) for i, node in enumerate(root.findall("object"))]
    names = sorted({_class_name(node) for *_, node in objects} - {""})
    labels = {name: number for number, name in enumerate(names)}
    for image, i, file, node in objects:
        _read_object(records, image, node, Source(file, f"object[{i}]"), labels, one_based)
    return records.finish({number: name for name, number in labels.items()}, name, "voc")


def sniff_voc(file, data):
    """머리에 <annotation>이 보이는 XML인지."""
    head = head_of(data)
    return head.startswith(b"<") and _ROOT.search(head) is not None


def _other_root(file):
    """문법이 틀린 XML의 첫 태그가 VOC의 것이 아니면 그 이름. VOC이거나 알 수 없으면 None."""
    try:
        with mapped(file) as data:
            first = re.match(rb"(?:<[?!][^>]*>\s*)*<([A-Za-z][\w.-]*)", head_of(data))
    except UnreadableFile:
        return None
    tag = first and first.group(1).decode("ascii", "replace")
    return tag if tag and tag.lower() != "annotation" else None


def _files(path):
    if isinstance(path, (list, tuple)):
        files = [Path(file) for file in path if suffix_of(str(file)) == ".xml"]
        name, skipped = "VOC", []
    elif Path(path).is_dir():
        found, skipped = walk(path)
        files = [Path(file) for file in found if suffix_of(file) == ".xml"]
        name = Path(path).name
    else:
        files, name, skipped = [Path(path)], Path(path).name, []
    if not files:
        raise ValueError(f"{visible(path)}: XML 파일이 하나도 없습니다.")
    return files, name, skipped


def _text(node, tag):
    found = node.find(tag)
    return "" if found is None or found.text is None else found.text.strip()


def _class_name(node):
    """물체의 이름. 줄을 바꾸어 적은 것이 아니면 앞뒤의 빈칸도 다른 도구에서는 이름입니다."""
    name = node.findtext("name") or ""
    return name.strip() if "\n" in name or not name.strip() else name


def _read_image(root, file, records, found):
    name = _text(root, "filename") or Path(file).stem
    texts = [_text(root, f"size/{side}") for side in ("width", "height")]
    size = [to_number(text) for text in texts]
    reason = "<size>의 너비나 높이가 없거나 0보다 큰 수가 아닙니다."
    record = " ".join(text or "(없음)" for text in texts)
    return add_named_image(records, found, name, size, Source(file, "size"), reason, record)


def _read_object(records, image, node, source, labels, one_based):
    from xml.etree.ElementTree import tostring

    path = records.images[image].path
    record = " ".join("".join(tostring(node, encoding="unicode")).split())
    name = _class_name(node)
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
    values = [to_number(text) for text in texts]
    missing = [tag for tag, value in zip(_CORNERS, values, strict=True) if value is None]
    if missing:
        reason = f"<bndbox>에 수가 아니거나 빠진 값이 있습니다: {', '.join(missing)}"
        records.add_problem("bad_box", reason, source, record, path)
        return
    if one_based:
        values = [values[0] - 1, values[1] - 1, *values[2:]]
    records.add_box(image, values, labels[name], source, record)
