"""COCO 형식: 이미지·박스·클래스가 JSON 파일 하나에 있습니다. 박스는 xywh 픽셀입니다."""

from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np

from anchorbox_utils.datasets.coco_fields import field_marks, polygon_mark
from anchorbox_utils.datasets.folders import split_of, splits_in
from anchorbox_utils.datasets.images import (
    Wanted,
    add_named_image,
    check_images,
    find_images,
    resolve_images,
)
from anchorbox_utils.datasets.model import Source, class_name
from anchorbox_utils.datasets.reading import (
    LARGEST_NUMBER,
    brief,
    decode_text,
    head_of,
    is_json_number,
    parse_json,
    read_bytes,
    track,
)
from anchorbox_utils.datasets.records import Records
from anchorbox_utils.korean import with_particle
from anchorbox_utils.validation import as_path
from anchorbox_utils.visible import visible

# 한꺼번에 읽어 보는 기록의 수.
_PART = 4096

# 다각형과 견주어 볼 박스의 수. 큰 파일에서는 고르게 뽑습니다.
_COMPARED = 10_000

# 형식을 알아볼 때 들여다보는, 처음 박스 기록들의 바이트 수.
_FIRST = 2**16


def load_coco(path, images=None):
    """COCO 형식의 JSON 파일을 읽습니다.

    ``info``와 ``licenses``는 없어도 됩니다. 클래스 번호는 비어 있는 번호가 있어도 파일의 것을
    그대로 간직합니다. 박스가 될 수 없는 기록은 ``problems``에 남고, id가 겹친 박스는 박스로도
    남습니다.

    Args:
        path: JSON 파일 경로.
        images: 이미지 폴더나 :class:`ImageFiles`. 주면 이미지 파일을 찾아 실제 크기와 견줄 수 있게
            재어 둡니다.

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
    file = path = as_path(path)
    check_images(images)
    records = Records("xywh", split_of(file))
    categories = _read_records(path, file, records, images)
    return records.finish(categories, Path(path).name, "coco")


def sniff_coco(file, data):
    """COCO의 틀이 보이는 JSON인지."""
    # 틀이 다르거나 끊긴 JSON도 사용자가 직접 고른 파일이면 불러오기가 이유를 말합니다.
    looks_json = head_of(data).startswith((b"{", b"["))
    start = data.find(b'"annotations"') if looks_json and data.find(b'"images"') >= 0 else -1
    if start < 0:
        return False
    # 같은 폴더에 있는 설명글과 파놉틱 분할의 파일은 박스의 정답이 아닙니다. 처음 기록들이면 압니다.
    first = data[start : start + _FIRST]
    captions = b'"caption"' in first and b'"bbox"' not in first
    return not captions and b'"segments_info"' not in first


def _read_records(path, file, records, folder):
    """파일의 이미지와 박스를 더하고 {클래스 번호: 이름}을 돌려줍니다."""
    # 파일의 글은 이 함수가 끝나면 놓아주어, 데이터셋을 만들 때의 메모리와 겹치지 않습니다.
    # 불러오기를 쓰지 않으면 없어도 되는 꾸러미를 씁니다.
    from anchorbox_utils.datasets import plain

    data = read_bytes(path, "json")
    document = plain.split(data, path) or parse_json(decode_text(data, path), path)
    del data
    _check_frame(document, path)
    categories = _read_categories(document, file, records)
    records.tell(class_list=f"{Path(path).name}의 categories" if categories else "")
    listed = [plain.parse(item, file) for item in document.pop("images")]
    numbers = _read_images(listed, file, records, folder)
    del listed
    annotations = document["annotations"]
    if annotations and not categories:
        reason = "categories가 없거나 비어 있습니다. 번호가 무엇인지 알 수 없습니다."
        records.add_problem("no_categories", reason, Source(file, "categories"))
    step = max(1, len(annotations) // _COMPARED)
    reader = _Annotations(records, file, numbers, plain, step)
    for start in track(range(0, len(annotations), _PART), "박스 읽는 중"):
        reader.read(annotations[start : start + _PART], start)
    return categories


def _check_frame(document, path):
    if isinstance(document, list):
        raise ValueError(
            f"{visible(path)}: 목록으로 시작하는 JSON입니다. 검출 결과 파일이 아니라 images와 "
            "annotations가 있는 정답 파일을 주세요."
        )
    missing = [
        key
        for key in ("images", "annotations")
        if not (isinstance(document, dict) and isinstance(document.get(key), list))
    ]
    if missing:
        raise ValueError(
            f"{visible(path)}: COCO 형식에 꼭 있어야 할 목록이 없습니다: {', '.join(missing)}"
        )


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
            name = record.get("name", class_name({}, number))
            categories[number] = name if isinstance(name, str) else brief(name)
    return categories


def _read_images(listed, file, records, folder):
    """이미지를 더하고 {id: 이미지 번호}를 돌려줍니다."""
    on_disk = None if folder is None else find_images(folder)
    near, hints = str(Path(file).parent), splits_in(Path(file).stem)
    names = [_file_name(record) for record in listed]
    found = resolve_images(records, on_disk, [Wanted(name, near, hints=hints) for name in names])
    numbers = {}
    for i, record in enumerate(track(listed, "이미지 읽는 중")):
        identity = record.get("id") if isinstance(record, dict) else None
        if not _is_key(identity):
            source = Source(file, f"images[{i}]")
            records.add_problem("bad_record", "이미지에 id가 없습니다.", source, record)
            continue
        source = Source(file, f"images[{i}] (id {identity})")
        if identity in numbers:
            reason = (
                f"이미지 id {with_particle(identity, '이/가')} 두 번 나옵니다. 앞의 것을 씁니다."
            )
            records.add_problem("duplicate_id", reason, source, record)
            continue
        size = (record.get("width"), record.get("height"))
        reason = "이미지의 width나 height가 없거나 0보다 큰 수가 아닙니다."
        numbers[identity] = add_named_image(
            records, found[i], names[i], size, source, reason, record, identity
        )
    return numbers


def _file_name(record):
    name = record.get("file_name", record.get("id", "")) if isinstance(record, dict) else ""
    return name if isinstance(name, str) else brief(name)


def _source(file, start, ids, index):
    """``annotations[start]``부터 이어진 기록들 가운데 하나가 있던 곳."""
    remark = "" if ids[index] is None else f" (id {ids[index]})"
    return Source(file, f"annotations[{start + index}]{remark}")


class _Annotations:
    """박스 기록 읽기. 평범한 기록은 한꺼번에, 나머지는 하나씩 이유를 따집니다."""

    def __init__(self, records, file, numbers, plain, step):
        self._records, self._file, self._numbers, self._plain = records, file, numbers, plain
        self._step = step
        self._seen = {}

    def read(self, items, start):
        """``annotations[start]``부터 이어진 기록들. 평범하지 않은 것이 섞였으면 반씩 나눕니다."""
        if self._read_plain(items, start):
            return
        if len(items) == 1:
            self._read_one(self._plain.parse(items[0], self._file), start)
            return
        half = len(items) // 2
        self.read(items[:half], start)
        self.read(items[half:], start + half)

    def _read_plain(self, items, start):
        """기록이 모두 문제 될 것 없는 박스면 더하고 True."""
        found = self._plain.as_annotations(items)
        if found is None:
            return False
        ids = [record.id for record in found]
        known = {identity: start + i for i, identity in enumerate(ids) if identity is not None}
        owners = [self._numbers.get(record.image_id) for record in found]
        flat = chain.from_iterable([record.bbox for record in found])
        raw = np.fromiter(flat, np.float64, 4 * len(found)).reshape(-1, 4)
        if (
            len(known) + ids.count(None) < len(ids)
            or not self._seen.keys().isdisjoint(known)
            or None in owners
            or (np.abs(raw) >= LARGEST_NUMBER).any()
        ):
            return False
        self._seen |= known
        crowds = [record.iscrowd for record in found]
        areas = [record.area for record in found]
        marks = field_marks(areas, crowds, known.get(0, -1) - start)
        for i in range(-start % self._step, len(items), self._step):
            marks[i] |= polygon_mark(self._plain.parse(items[i], self._file))
        self._records.add_boxes(
            owners,
            raw,
            [record.category_id for record in found],
            [bool(crowd) for crowd in crowds],
            np.zeros(len(found)),
            marks,
            areas,
            partial(_source, self._file, start, ids),
            lambda index: self._plain.parse(items[index], self._file),
        )
        return True

    def _read_one(self, record, number):
        records, place = self._records, f"annotations[{number}]"
        source = Source(self._file, place)
        if not isinstance(record, dict):
            records.add_problem("bad_record", "사전이 아닌 기록입니다.", source, record)
            return
        identity = record.get("id")
        if identity is not None:
            source = Source(self._file, f"{place} (id {identity})")
            if not _is_key(identity):
                records.add_problem("bad_record", "id가 수나 글이 아닙니다.", source, record)
            elif identity in self._seen:
                which = with_particle(identity, "이/가")
                reason = (
                    f"id {which} annotations[{self._seen[identity]}]에도 있습니다. 박스는 "
                    "둘 다 읽었지만, id로 찾는 코드에서는 하나가 사라집니다."
                )
                records.add_problem("duplicate_id", reason, source, record)
            else:
                self._seen[identity] = number
        image_id = record.get("image_id")
        if not _is_key(image_id) or image_id not in self._numbers:
            reason = f"image_id {brief([image_id])[1:-1]}인 이미지가 images에 없습니다."
            records.add_problem("unknown_image", reason, source, record)
            return
        image = self._numbers[image_id]
        path = records.images[image].path
        box = record.get("bbox")
        if not box:
            reason = "bbox가 없습니다."
            if record.get("segmentation"):
                reason += " segmentation은 있으므로 그것으로 박스를 만들 수 있습니다."
            records.add_problem("no_bbox", reason, source, record, path)
            return
        if not (isinstance(box, list) and len(box) == 4 and all(map(is_json_number, box))):
            reason = f"bbox가 수 네 개 [x, y, 너비, 높이]가 아닙니다: {brief(box)[:60]}"
            records.add_problem("bad_box", reason, source, record, path)
            return
        label = record.get("category_id")
        if not _is_integer(label):
            reason = f"category_id가 정수가 아닙니다: {brief([label])[1:-1]}"
            records.add_problem("bad_class", reason, source, record, path)
            return
        crowd, written = record.get("iscrowd"), record.get("area")
        # 글이나 참/거짓은 넓이가 아닙니다.
        area = written if is_json_number(written) else None
        seen = 0 if area is None and written is not None else area
        (marks,) = field_marks([seen], [crowd], 0 if identity == 0 and _is_key(identity) else -1)
        if number % self._step == 0:
            marks |= polygon_mark(record)
        records.add_box(
            image, box, label, source, record, crowd=bool(crowd), marks=marks, area=area
        )


def _is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _is_key(value):
    return isinstance(value, (int, str)) and not isinstance(value, bool)
