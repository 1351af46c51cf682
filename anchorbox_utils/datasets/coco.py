"""COCO 형식: 이미지·박스·클래스가 JSON 파일 하나에 있습니다. 박스는 xywh 픽셀입니다."""

from pathlib import Path

from anchorbox_utils.datasets.images import add_named_image, find_images
from anchorbox_utils.datasets.model import Source, class_name
from anchorbox_utils.datasets.reading import head_of, read_json, track
from anchorbox_utils.datasets.records import Records
from anchorbox_utils.korean import with_particle


def load_coco(path, images=None):
    """COCO 형식의 JSON 파일을 읽습니다.

    ``info``와 ``licenses``는 없어도 됩니다. 클래스 번호는 비어 있는 번호가 있어도 파일의 것을
    그대로 간직합니다. 박스가 될 수 없는 기록은 ``problems``에 남고, id가 겹친 박스는 박스로도
    남습니다.

    Args:
        path: JSON 파일 경로.
        images: 이미지 폴더. 주면 이미지 파일을 찾아 실제 크기와 견줄 수 있게 재어 둡니다.

    Returns:
        :class:`Dataset`. ``box_format``은 ``"xywh"``입니다.

    Raises:
        ValueError: JSON 문법이 틀렸거나, COCO의 틀(images, annotations)이 아닐 때.

    Examples:
        >>> import json, pathlib, tempfile
        >>> record = {"images": [{"id": 7, "file_name": "a.png", "width": 64, "height": 48}],
        ...           "annotations": [{"id": 1, "image_id": 7, "category_id": 3,
        ...                            "bbox": [10, 5, 20, 30]}],
        ...           "categories": [{"id": 3, "name": "고양이"}]}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "a.json")
        ...     _ = file.write_text(json.dumps(record), encoding="utf-8")
        ...     dataset = load_coco(file)
        >>> dataset.images[0].boxes, dataset.images[0].class_names
        (array([[10.,  5., 30., 35.]]), ('고양이',))

    출처: COCO 데이터셋의 「Data format」.
    """
    document = read_json(path)
    _check_frame(document, path)
    file = str(path)
    records = Records("xywh")
    categories = _read_categories(document, file, records)
    numbers = _read_images(document, file, records, images)
    annotations = document["annotations"]
    seen = {}
    for i, record in enumerate(track(annotations, "박스 읽는 중")):
        _read_annotation(records, record, f"annotations[{i}]", file, numbers, categories, seen)
    return records.finish(categories, Path(path).name, "coco")


def sniff_coco(file, data):
    """COCO의 틀이 보이는 JSON인지."""
    # 틀이 다르거나 끊긴 JSON도 사용자가 직접 고른 파일이면 불러오기가 이유를 말합니다.
    looks_json = head_of(data).startswith((b"{", b"["))
    return looks_json and b'"images"' in data and b'"annotations"' in data


def _check_frame(document, path):
    if isinstance(document, list):
        raise ValueError(
            f"{path}: 목록으로 시작하는 JSON입니다. 검출 결과 파일이 아니라 images와 annotations가 "
            "있는 정답 파일을 주세요."
        )
    missing = [
        key
        for key in ("images", "annotations")
        if not (isinstance(document, dict) and isinstance(document.get(key), list))
    ]
    if missing:
        raise ValueError(f"{path}: COCO 형식에 꼭 있어야 할 목록이 없습니다: {', '.join(missing)}")


def _read_categories(document, file, records):
    categories = {}
    listed = document.get("categories") or []
    for i, record in enumerate(listed if isinstance(listed, list) else [listed]):
        source = Source(file, f"categories[{i}]")
        if not (isinstance(record, dict) and _is_integer(record.get("id"))):
            reason = "클래스에 정수 id가 없습니다."
            records.add_problem("bad_record", reason, source, record)
        elif record["id"] in categories:
            repeated = with_particle(record["id"], "이/가")
            reason = f"클래스 id {repeated} 두 번 나옵니다. 앞의 것을 씁니다."
            records.add_problem("duplicate_id", reason, source, record)
        else:
            number = record["id"]
            categories[number] = str(record.get("name", class_name({}, number)))
    return categories


def _read_images(document, file, records, folder):
    """이미지를 더하고 {id: 이미지 번호}를 돌려줍니다."""
    on_disk = None if folder is None else find_images(folder)
    numbers = {}
    for i, record in enumerate(track(document["images"], "이미지 읽는 중")):
        source = Source(file, f"images[{i}]")
        if not (isinstance(record, dict) and _is_key(record.get("id"))):
            records.add_problem("bad_record", "이미지에 id가 없습니다.", source, record)
            continue
        source = Source(file, f"images[{i}] (id {record['id']})")
        if record["id"] in numbers:
            repeated = with_particle(record["id"], "이/가")
            reason = f"이미지 id {repeated} 두 번 나옵니다. 앞의 것을 씁니다."
            records.add_problem("duplicate_id", reason, source, record)
            continue
        name = str(record.get("file_name", record["id"]))
        size = (record.get("width"), record.get("height"))
        reason = "이미지의 width나 height가 없거나 0보다 큰 수가 아닙니다."
        number = add_named_image(records, on_disk, name, size, source, reason, record)
        numbers[record["id"]] = number
    return numbers


def _read_annotation(records, record, place, file, numbers, categories, seen):
    source = Source(file, place)
    if not isinstance(record, dict):
        records.add_problem("bad_record", "사전이 아닌 기록입니다.", source, record)
        return
    identity = record.get("id")
    if identity is not None:
        source = Source(file, f"{place} (id {identity})")
        if not _is_key(identity):
            records.add_problem("bad_record", "id가 수나 글이 아닙니다.", source, record)
        elif identity in seen:
            reason = (
                f"id {with_particle(identity, '이/가')} {seen[identity]}에도 있습니다. 박스는 "
                "둘 다 읽었지만, id로 찾는 코드에서는 하나가 사라집니다."
            )
            records.add_problem("duplicate_id", reason, source, record)
        else:
            seen[identity] = place
    image_id = record.get("image_id")
    if not _is_key(image_id) or image_id not in numbers:
        reason = f"image_id {image_id!r}인 이미지가 images에 없습니다."
        records.add_problem("unknown_image", reason, source, record)
        return
    image = numbers[image_id]
    path = records.images[image].path
    box = record.get("bbox")
    if not box:
        reason = "bbox가 없습니다."
        if record.get("segmentation"):
            reason += " segmentation은 있으므로 그것으로 박스를 만들 수 있습니다."
        records.add_problem("no_bbox", reason, source, record, path)
        return
    if not (isinstance(box, list) and len(box) == 4 and all(map(_is_number, box))):
        reason = f"bbox가 수 네 개 [x, y, 너비, 높이]가 아닙니다: {str(box)[:60]}"
        records.add_problem("bad_box", reason, source, record, path)
        return
    label = record.get("category_id")
    if not _is_integer(label):
        reason = f"category_id가 정수가 아닙니다: {label!r}"
        records.add_problem("bad_class", reason, source, record, path)
        return
    name = class_name(categories, label)
    records.add_box(image, box, label, name, source, record, crowd=bool(record.get("iscrowd")))


def _is_number(value):
    # 표현 범위를 넘는 정수는 실수로 바꿀 수 없습니다.
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1e300
    return isinstance(value, float) or whole


def _is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _is_key(value):
    return isinstance(value, (int, str)) and not isinstance(value, bool)
