"""불러오기: 한 데이터셋의 형식마다 왕복, 실제로 보고된 결함 있는 기록, 망가진 파일."""

import json
import pickle
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from anchorbox_utils import (
    Dataset,
    LabeledImage,
    box_convert,
    dataset_from_boxes,
    diagnose,
    load_coco,
    load_cvat,
    load_dataset,
    load_kitti,
    load_labelme,
    load_voc,
    load_yolo,
    make_scene,
    recognise_format,
)
from anchorbox_utils.datasets import FORMATS, plain
from anchorbox_utils.datasets.class_lists import read_class_names
from anchorbox_utils.datasets.formats import TITLES
from anchorbox_utils.datasets.images import ImageFiles
from anchorbox_utils.datasets.reading import track

SIZE = (120, 160)
CLASSES = ["네모", "세모", "원"]


@pytest.fixture(scope="module")
def scenes():
    options = {"image_size": SIZE, "size_range": (12, 36)}
    return {f"장면{i}": make_scene(i, n_objects=i % 4, **options) for i in range(8)}


def write(path, text, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding=encoding)
    return path


def save_images(scenes, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, scene in scenes.items():
        Image.fromarray((scene.image * 255).astype(np.uint8)).save(folder / f"{name}.png")
    return folder


def save_coco(scenes, folder, with_images=True):
    images, annotations = [], []
    for name, scene in scenes.items():
        height, width = scene.image_size
        size = {"width": width, "height": height}
        images.append({"id": 10 * len(images), "file_name": f"{name}.png", **size})
        rows = box_convert(scene.boxes, "xyxy", "xywh").tolist()
        for row, label in zip(rows, scene.class_names, strict=True):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": images[-1]["id"],
                    "category_id": CLASSES.index(label) * 3 + 1,
                    "bbox": row,
                    "iscrowd": 0,
                }
            )
    categories = [{"id": 3 * i + 1, "name": name} for i, name in enumerate(CLASSES)]
    document = {"images": images, "annotations": annotations, "categories": categories}
    if with_images:
        save_images(scenes, folder / "images")
    return write(folder / "instances.json", json.dumps(document, ensure_ascii=False))


def voc_text(name, scene):
    height, width = scene.image_size
    objects = "\n".join(
        f"<object><name>{label}</name><bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin>"
        f"<xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox></object>"
        for label, (x1, y1, x2, y2) in zip(scene.class_names, scene.boxes.tolist(), strict=True)
    )
    return (
        f"<annotation><filename>{name}.png</filename><size><width>{width}</width>"
        f"<height>{height}</height><depth>3</depth></size>\n{objects}</annotation>"
    )


def save_voc(scenes, folder, encoding="utf-8"):
    for name, scene in scenes.items():
        declaration = f'<?xml version="1.0" encoding="{encoding}"?>\n'
        write(folder / "Annotations" / f"{name}.xml", declaration + voc_text(name, scene), encoding)
    save_images(scenes, folder / "JPEGImages")
    return folder


def save_yolo(scenes, folder):
    save_images(scenes, folder / "images")
    for name, scene in scenes.items():
        height, width = scene.image_size
        rows = box_convert(scene.boxes, "xyxy", "cxcywh") / [width, height, width, height]
        lines = [
            " ".join([str(CLASSES.index(label)), *map(repr, row)])
            for label, row in zip(scene.class_names, rows.tolist(), strict=True)
        ]
        write(folder / "labels" / f"{name}.txt", "\n".join(lines))
    write(folder / "classes.txt", "\n".join(CLASSES))
    return folder


def save_cvat(scenes, folder):
    images = []
    for number, (name, scene) in enumerate(scenes.items()):
        height, width = scene.image_size
        boxes = "".join(
            f'<box label="{label}" xtl="{x1}" ytl="{y1}" xbr="{x2}" ybr="{y2}" occluded="0"/>'
            for label, (x1, y1, x2, y2) in zip(scene.class_names, scene.boxes.tolist(), strict=True)
        )
        size = f'width="{width}" height="{height}"'
        images.append(f'<image id="{number}" name="{name}.png" {size}>{boxes}</image>')
    save_images(scenes, folder / "images")
    text = f"<annotations><version>1.1</version>{''.join(images)}</annotations>"
    return write(folder / "annotations.xml", text)


def save_labelme(scenes, folder):
    save_images(scenes, folder)
    for name, scene in scenes.items():
        height, width = scene.image_size
        shapes = [
            {"label": label, "points": [[x2, y1], [x1, y2]], "shape_type": "rectangle"}
            for label, (x1, y1, x2, y2) in zip(scene.class_names, scene.boxes.tolist(), strict=True)
        ]
        document = {"shapes": shapes, "imagePath": f"{name}.png", "imageData": None}
        document |= {"imageWidth": width, "imageHeight": height}
        write(folder / f"{name}.json", json.dumps(document, ensure_ascii=False))
    return folder


def save_kitti(scenes, folder):
    save_images(scenes, folder / "image_2")
    for name, scene in scenes.items():
        lines = [
            f"{label} 0.00 0 -1.57 {x1} {y1} {x2} {y2} 1.5 1.6 3.9 1 2 10 -1.5"
            for label, (x1, y1, x2, y2) in zip(scene.class_names, scene.boxes.tolist(), strict=True)
        ]
        write(folder / "label_2" / f"{name}.txt", "\n".join(lines))
    return folder


SAVERS = {
    "coco": save_coco,
    "voc": save_voc,
    "cvat": save_cvat,
    "labelme": save_labelme,
    "kitti": save_kitti,
    "yolo": save_yolo,
}


def test_every_format_is_tried_here():
    assert set(SAVERS) == set(FUZZ) == set(FORMATS), "SAVERS와 FUZZ에 형식을 더하세요."


@pytest.mark.parametrize("fmt", SAVERS)
def test_one_dataset_survives_each_format(scenes, tmp_path, fmt):
    SAVERS[fmt](scenes, tmp_path)
    dataset = load_dataset(tmp_path)
    assert dataset.fmt == fmt and dataset.problems == ()
    assert dataset.n_boxes == sum(len(scene.boxes) for scene in scenes.values())
    by_name = {Path(image.path).stem: image for image in dataset.images}
    assert set(by_name) == set(scenes)
    for name, scene in scenes.items():
        image = by_name[name]
        np.testing.assert_allclose(image.boxes, scene.boxes, atol=1e-9)
        assert image.boxes.dtype == np.float64 and not image.crowd.any()
        assert image.class_names == scene.class_names
        assert image.image_size == SIZE and image.file_size == SIZE[::-1]
        assert [dataset.categories[label] for label in image.labels] == list(scene.class_names)


@pytest.mark.parametrize("fmt", SAVERS)
def test_every_box_names_its_file_and_record(scenes, tmp_path, fmt):
    SAVERS[fmt](scenes, tmp_path)
    sources = [source for image in load_dataset(tmp_path).images for source in image.sources]
    assert len(set(sources)) == len(sources)
    assert all(Path(source.file).is_file() and source.place for source in sources)


def coco(tmp_path, annotations, **changes):
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": 640, "height": 480}],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "개"}, {"id": 90, "name": "새"}],
    } | changes
    return load_coco(write(tmp_path / "a.json", json.dumps(document)))


def record(box=(10, 20, 30, 40), **changes):
    return {"id": 1, "image_id": 1, "category_id": 1, "bbox": list(box)} | changes


def test_coco_gaps_crowd_and_images_without_boxes(tmp_path):
    rle = {"counts": [10, 20], "size": [480, 640]}
    crowd = record(id=2, category_id=90, iscrowd=1, segmentation=rle)
    images = [{"id": i, "file_name": f"{i}.png", "width": 64, "height": 48} for i in (1, 2)]
    dataset = coco(tmp_path, [record(), crowd], images=images)
    assert dataset.problems == () and dataset.categories == {1: "개", 90: "새"}
    assert dataset.images[0].crowd.tolist() == [False, True]
    assert dataset.images[0].labels.tolist() == [1, 90]
    assert dataset.images[1].boxes.shape == (0, 4)


NO_BOXES = [
    (record((296.65, 388.33, 1.03, 0.0)), "zero_size", "0입니다"),
    (record((50.73, 89.65, 498.14, 0.0)), "zero_size", "0입니다"),
    (record((50, 60, -3, 5)), "flipped", "뒤집힌"),
    (record((0, 0, 0, 0)), "filler", "채움값"),
    (record((float("nan"), 0, 1, 1)), "not_finite", "NaN"),
    (record((1e400, 0, 1, 1)), "not_finite", "무한대"),
    (record((1, 2, 3)), "bad_box", "네 개"),
    (record((1, 2, "3", 4)), "bad_box", "네 개"),
    (record((1, 2, True, 4)), "bad_box", "네 개"),
    (record((10**400, 2, 3, 4)), "bad_box", "네 개"),
    (record(bbox="1 2 3 4"), "bad_box", "네 개"),
    (record(bbox=None, segmentation=[[1, 2, 3, 4, 5, 6]]), "no_bbox", "segmentation"),
    (record(image_id=7), "unknown_image", "image_id 7"),
    (record(image_id=[1]), "unknown_image", "images에 없습니다"),
    (record(category_id="개"), "bad_class", "정수"),
    (record(category_id=None), "bad_class", "정수"),
    (record(category_id=10**20), "bad_class", "정수"),
    ("글", "bad_record", "사전"),
    (None, "bad_record", "사전"),
]


@pytest.mark.parametrize(("annotation", "kind", "word"), NO_BOXES)
def test_a_coco_record_that_is_no_box_is_kept_with_place_and_reason(
    tmp_path, annotation, kind, word
):
    dataset = coco(tmp_path, [record(id=2), annotation])
    (problem,) = dataset.problems
    assert dataset.n_boxes == 1
    assert problem.kind == kind and word in problem.reason
    assert problem.source.file.endswith("a.json") and "annotations[1]" in problem.source.place
    assert problem.record


@contextmanager
def read_only(by):
    """빠른 길의 일부를 막고 읽습니다."""
    with pytest.MonkeyPatch.context() as patch:
        if by.endswith("one by one"):
            patch.setattr(plain, "as_annotations", lambda records: None)
        if by.startswith("json"):
            patch.setattr(plain, "split", lambda data, path: None)
        yield


def everything(path):
    """데이터셋과 진단서가 말하는 모든 것, 또는 오류."""
    try:
        dataset = load_coco(path)
    except ValueError as error:
        return str(error)
    boxes = [
        (image.path, image.image_size, image.boxes.tolist(), image.labels.tolist())
        + (image.class_names, image.crowd.tolist(), image.sources)
        for image in dataset.images
    ]
    problems = [repr(vars(problem)) for problem in dataset.problems]
    return boxes, problems, dataset.categories, str(diagnose(dataset))


def assert_every_way_reads_the_same(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    told = []
    for by in ("msgspec", "msgspec, one by one", "json", "json, one by one"):
        # 1e300픽셀인 박스의 넓이 같은 것은 여기서 볼 일이 아닙니다.
        with read_only(by), np.errstate(all="ignore"):
            told.append(everything(path))
    assert told[0] == told[1] == told[2] == told[3]
    return told[0]


def coco_text(annotations, images=({"id": 1, "file_name": "a.png", "width": 640, "height": 480},)):
    document = {"images": images, "annotations": annotations}
    return json.dumps(document | {"categories": [{"id": 1, "name": "개"}]}, ensure_ascii=False)


def test_the_fast_way_reads_every_known_fault_alike(tmp_path):
    faults = [annotation for annotation, *_ in NO_BOXES]
    # 망가진 것 사이사이의 멀쩡한 기록은 여전히 한꺼번에 읽힙니다.
    good = [record(id=10 + i) for i in range(len(faults))]
    mixed = [item for pair in zip(good, faults, strict=True) for item in pair]
    boxes, problems, *_ = assert_every_way_reads_the_same(tmp_path / "a.json", coco_text(mixed))
    assert len(boxes[0][2]) == len(good) and len(problems) >= len(faults)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"id": 3', '"id": 3.0'),
        ('"id": 3', '"id": true'),
        ('"id": 3', '"id": "셋"'),
        ('"id": 3', '"id": null'),
        ('"id": 3', '"id": 2'),
        ('"id": 3', '"id": 99999999999999999999999'),
        ('"id": 3', '"id": "x", "id": 3'),
        ('"id": 3', '"id": 3, "\\ud800": 1'),
        ('"id": 3', '"id": 3, "note": "\\u0000\\/"'),
        ('"id": 3', '"id": 3, "area": NaN'),
        ('"id": 3', '"id": 3, "area": 1e400'),
        ('"id": 3', '"id": 3, "area": 01'),
        ('"id": 3', '"id": 3, "note": "\t"'),
        ('"id": 3', '"id": 3, "segmentation": [[1, 2,]]'),
        ('"id": 3', '"id": 3, "deep": ' + "[" * 5000 + "]" * 5000),
        ('"id": 3', '"id": 3, "iscrowd": 0.5'),
        ('"id": 3', '"id": 3, "iscrowd": "아니오"'),
        ('"id": 3', '"id": 3, "iscrowd": []'),
        ("10, 20, 30, 40", "-0, -0.0, 30, 40"),
        ("10, 20, 30, 40", "1e-400, 1E1, 3e+1, 0.4e2"),
        ("10, 20, 30, 40", "1e400, 1, 3, 4"),
        ("10, 20, 30, 40", "1e300, 1, 3, 4"),
        ("10, 20, 30, 40", f"{10**300}, 1, 3, 4"),
        ("10, 20, 30, 40", "9" * 5000 + ", 1, 3, 4"),
        ("10, 20, 30, 40", "0.1000000000000000055511151231257827, 9007199254740993, 3, 4"),
        ("10, 20, 30, 40", "NaN, 1, 3, Infinity"),
        ('"category_id": 1', f'"category_id": {2**63 - 1}'),
        ('"category_id": 1', f'"category_id": {-(2**63)}'),
        ('"category_id": 1', '"category_id": false'),
        ('"image_id": 1', '"image_id": "1"'),
        ('"image_id": 1', '"image_id": true'),
        ('{"images"', '\ufeff{"images"'),
        ('{"images"', '{"images": 3, "images"'),
        ('{"images"', '{"ima'),
        ("개", "\ud800"),
    ],
)
def test_the_fast_way_reads_every_spelling_alike(tmp_path, old, new):
    text = coco_text([record(id=i) for i in range(6)])
    assert old in text
    assert_every_way_reads_the_same(tmp_path / "a.json", text.replace(old, new, 1))


def test_letters_that_are_not_utf8_are_not_skipped(tmp_path):
    text = coco_text([record(note="자전거")]).encode("cp949")
    boxes, *_ = assert_every_way_reads_the_same(tmp_path / "a.json", text)
    assert boxes[0][4] == ("개",)
    broken = text.replace("자전거".encode("cp949"), b"\xff\xff")
    assert "바이트" in assert_every_way_reads_the_same(tmp_path / "a.json", broken)


NUMBERS = st.one_of(
    *(st.integers(0, 400), st.floats(0, 400), st.floats(), st.integers(), st.just(10**300)),
)
ODD = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=3), st.just([]), st.just({}))
MOSTLY = {
    "id": st.integers(0, 60),
    "image_id": st.sampled_from([1, "2", 3]),
    "category_id": st.integers(0, 3),
    "bbox": st.lists(NUMBERS, min_size=4, max_size=4) | st.lists(NUMBERS | ODD, max_size=5),
    "iscrowd": st.integers(0, 1),
    "segmentation": st.lists(st.lists(NUMBERS, max_size=6), max_size=2),
}
PLAIN = record((10, 20, 30.5, 40), image_id=3)


@st.composite
def coco_records(draw):
    """대개는 멀쩡하고 가끔 항목 하나가 이상하거나 빠진 박스 기록."""
    made = {name: draw(values) for name, values in MOSTLY.items()}
    for name in draw(st.sets(st.sampled_from([*MOSTLY]), max_size=2)):
        if draw(st.booleans()):
            made[name] = draw(ODD)
        else:
            del made[name]
    return draw(st.sampled_from([made, PLAIN, made | {"bbox": PLAIN["bbox"]}]))


@pytest.mark.heavy
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(coco_records() | ODD, max_size=30), st.integers(1, 9))
def test_the_fast_way_reads_any_records_alike(tmp_path, annotations, part):
    sides = {"width": 400, "height": 300.5}
    images = [{"id": key, "file_name": f"{key}.png", **sides} for key in (1, "2", 3)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("anchorbox_utils.datasets.coco._PART", part)
        assert_every_way_reads_the_same(tmp_path / "a.json", coco_text(annotations, images))


def test_duplicate_ids_lose_nothing(tmp_path):
    dataset = coco(tmp_path, [record(), record((5, 5, 9, 9))])
    assert dataset.n_boxes == 2
    (problem,) = dataset.problems
    assert problem.kind == "duplicate_id" and "annotations[0]" in problem.reason
    images = [{"id": 1, "file_name": f"{i}.png", "width": 64, "height": 48} for i in range(2)]
    dataset = coco(tmp_path, [record()], images=images)
    assert [p.kind for p in dataset.problems] == ["duplicate_id"] and dataset.n_boxes == 1


def test_coco_without_info_or_categories_or_size(tmp_path):
    dataset = coco(tmp_path, [record()], images=[{"id": 1}], categories=None)
    assert dataset.images[0].class_names == ("클래스 1",)
    assert dataset.images[0].image_size is None
    assert [p.kind for p in dataset.problems] == ["bad_image_size", "no_categories"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n"images": [],\n"annotations": [}', r"a\.json: 3행 17열.*JSON"),
        ('{"images": [], "annot', r"1행.*끊긴"),
        ("", r"1행 1열.*끊긴"),
        ("[1, 2]", "목록으로 시작"),
        ("3", "images, annotations"),
        ('{"images": []}', "annotations"),
        ('{"images": {}, "annotations": []}', "images"),
        ("[" * 100_000, "깊"),
        ('{"images": [], "annotations": [' + "9" * 5000 + "]}", "긴 수"),
    ],
)
def test_a_broken_coco_file_is_one_korean_error(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        load_coco(write(tmp_path / "a.json", text))


def test_a_missing_or_binary_file_is_one_korean_error(tmp_path):
    with pytest.raises(ValueError, match="그런 파일이 없습니다"):
        load_coco(tmp_path / "없음.json")
    (tmp_path / "a.json").write_bytes(b"{\n\xff\xfe\xfa\x81")
    with pytest.raises(ValueError, match="2행.*바이트"):
        load_coco(tmp_path / "a.json")


def voc(tmp_path, objects, size="<size><width>64</width><height>48</height></size>", **options):
    text = f"<annotation><filename>a.png</filename>{size}{objects}</annotation>"
    return load_voc(write(tmp_path / "a.xml", text), **options)


def voc_object(*corners, name="개"):
    tags = zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)
    inside = "".join(f"<{tag}>{value}</{tag}>" for tag, value in tags)
    return f"<object><name>{name}</name><bndbox>{inside}</bndbox></object>"


def test_voc_floats_and_one_based(tmp_path):
    floats = voc(tmp_path, voc_object("10.5", " 5 ", "3e1", "35.25"))
    np.testing.assert_array_equal(floats.images[0].boxes, [[10.5, 5, 30, 35.25]])
    one = voc(tmp_path, voc_object(1, 1, 64, 48), one_based=True)
    np.testing.assert_array_equal(one.images[0].boxes, [[0, 0, 64, 48]])


@pytest.mark.parametrize(
    ("node", "kind"),
    [
        (voc_object(504, 337, 504, 337), "zero_size"),
        (voc_object(786.24, 30, 785.12, 20), "flipped"),
        (voc_object("nan", 1, 2, 3), "not_finite"),
        (voc_object("10,5", 1, 20, 30), "bad_box"),
        (voc_object("", 1, 20, 30), "bad_box"),
        (voc_object(1, 2, 3, 4, name=""), "bad_class"),
        ("<object><name>개</name></object>", "no_bbox"),
        ("<object/>", "bad_class"),
        (
            "<object><name>개</name><bndbox><xmin>1</xmin><xmax>3</xmax></bndbox></object>",
            "bad_box",
        ),
    ],
)
def test_a_voc_object_that_is_no_box_is_kept(tmp_path, node, kind):
    dataset = voc(tmp_path, voc_object(1, 2, 30, 40) + node)
    assert dataset.n_boxes == 1
    (problem,) = dataset.problems
    assert problem.kind == kind and problem.source.place == "object[1]"


def test_voc_without_size_takes_the_file_or_says_so(tmp_path):
    dataset = voc(tmp_path, voc_object(1, 2, 30, 40), size="")
    assert dataset.images[0].image_size is None
    assert [p.kind for p in dataset.problems] == ["bad_image_size"]
    Image.new("RGB", (64, 48)).save(tmp_path / "a.png")
    dataset = voc(tmp_path, voc_object(1, 2, 30, 40), size="", images=tmp_path)
    assert dataset.images[0].image_size == (48, 64)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949", "euc-kr"])
def test_voc_in_other_encodings(scenes, tmp_path, encoding):
    save_voc(scenes, tmp_path, encoding)
    dataset = load_voc(tmp_path)
    assert dataset.problems == () and set(dataset.categories.values()) == set(CLASSES)


def test_cp949_without_declaration(tmp_path):
    text = f"<annotation>{voc_object(1, 2, 3, 4, name='자전거')}</annotation>"
    dataset = load_voc(write(tmp_path / "a.xml", text, "cp949"))
    assert dataset.images[0].class_names == ("자전거",)


BOMB = """<?xml version="1.0"?>
<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]>
<annotation><filename>&c;</filename></annotation>"""
OUTSIDE = """<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>
<annotation><filename>&b;</filename></annotation>"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "엔티티"),
        (OUTSIDE, "엔티티"),
        ("<annotation>\n<object>\n</annotation>", r"a\.xml: 3행"),
        ("", "XML 문법"),
        ("<html/>", "<html>"),
    ],
)
def test_a_broken_xml_is_one_korean_error(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        load_voc(write(tmp_path / "a.xml", text))


def test_one_broken_xml_among_many_is_a_problem(scenes, tmp_path):
    save_voc(scenes, tmp_path)
    write(tmp_path / "Annotations" / "망가짐.xml", "<annotation>\n<obj")
    dataset = load_voc(tmp_path / "Annotations")
    assert len(dataset.images) == len(scenes)
    (problem,) = dataset.problems
    assert problem.kind == "broken_file" and "2행" in problem.reason
    with pytest.raises(ValueError, match="하나도 없습니다"):
        load_voc(tmp_path / "JPEGImages")


def yolo(tmp_path, text, **options):
    write(tmp_path / "labels" / "a.txt", text)
    return load_yolo(tmp_path / "labels", sizes=options.pop("sizes", (100, 200)), **options)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("0 0.668899 0.708168 0.000000 0.000992", "zero_size"),
        ("0 320 240 50 40", "not_normalized"),
        ("0 0.5 0.5 nan 0.1", "not_finite"),
        ("0 0 0 0 0", "filler"),
        ("0 0.5 0.5 -0.1 0.1", "flipped"),
        ("0 0.5 0.5 0.1", "bad_record"),
        ("0 0.5 0.5 0.1 0.1 0.9", "bad_record"),
        ("개 0.5 0.5 0.1 0.1", "bad_record"),
        ("0.5 0.5 0.5 0.1 0.1", "bad_record"),
        ("-1 0.5 0.5 0.1 0.1", "bad_record"),
        ("inf 0.5 0.5 0.1 0.1", "bad_record"),
        ("99999999999999999999 0.5 0.5 0.1 0.1", "bad_record"),
        ("1", "bad_record"),
    ],
)
def test_a_yolo_line_that_is_no_box_is_kept(tmp_path, line, kind):
    dataset = yolo(tmp_path, f"0 0.5 0.5 0.5 0.5\n\n{line}\n")
    assert dataset.n_boxes == 1
    (problem,) = dataset.problems
    assert problem.kind == kind and problem.source.place == "3행"
    assert problem.record.split()[0] == line.split()[0] or problem.raw is not None


def test_yolo_images_of_one_name_are_told_apart_by_their_folders(tmp_path):
    for part, size in (("train", (100, 50)), ("val", (400, 400))):
        for kind in ("images", "labels"):
            (tmp_path / kind / part).mkdir(parents=True)
        Image.new("RGB", size).save(tmp_path / "images" / part / "1.png")
        text = "0 0.5 0.5 0.5 0.5\n"
        (tmp_path / "labels" / part / "1.txt").write_text(text, encoding="utf-8")
    (tmp_path / "train.txt").write_text("images/train/1.png\n", encoding="utf-8")
    dataset = load_yolo(tmp_path, tmp_path)
    assert [image.boxes.tolist() for image in dataset.images] == [
        [[25, 12.5, 75, 37.5]],
        [[100, 100, 300, 300]],
    ]
    assert not dataset.problems
    # 폴더만으로 짝을 알 수 없으면 아무 이미지나 고르지 않습니다.
    (tmp_path / "labels" / "train" / "1.txt").rename(tmp_path / "labels" / "1.txt")
    kinds = [problem.kind for problem in load_yolo(tmp_path / "labels", tmp_path).problems]
    assert "ambiguous_image" in kinds


def test_yolo_polygon_becomes_its_box(tmp_path):
    dataset = yolo(tmp_path, "2 0.1 0.2 0.5 0.2 0.5 0.8\n1 0.1 0.1 0.2 0.1 0.2 0.3 0.1 0.3")
    expected = [[20, 20, 100, 80], [20, 10, 40, 30]]
    np.testing.assert_allclose(dataset.images[0].boxes, expected)
    assert all("다각형" in source.place for source in dataset.images[0].sources)


def test_yolo_labels_without_image_and_the_reverse(scenes, tmp_path):
    save_yolo(scenes, tmp_path)
    (tmp_path / "images" / "장면3.png").unlink()
    (tmp_path / "labels" / "장면2.txt").unlink()
    dataset = load_dataset(tmp_path)
    kinds = sorted({problem.kind for problem in dataset.problems})
    assert kinds == ["missing_image", "missing_label", "no_image_size"]
    lost = [p for p in dataset.problems if p.kind == "no_image_size"]
    assert len(lost) == len(scenes["장면3"].boxes)
    total = sum(len(scene.boxes) for scene in scenes.values())
    assert dataset.n_boxes == total - len(lost) - len(scenes["장면2"].boxes)


def test_yolo_class_files(tmp_path):
    yaml = write(tmp_path / "data.yaml", "names:\n  0: 개\n  1: 새\n")
    assert read_class_names(yaml) == {0: "개", 1: "새"}
    assert read_class_names(write(tmp_path / "b.yaml", "names: [개, 새]")) == {0: "개", 1: "새"}
    assert read_class_names(write(tmp_path / "a.txt", "개\n새\n")) == {0: "개", 1: "새"}
    with pytest.raises(ValueError, match="b.yaml: 2행"):
        read_class_names(write(tmp_path / "b.yaml", "names: [개\n- : : ["))
    with pytest.raises(ValueError, match="names 항목"):
        read_class_names(write(tmp_path / "b.yaml", "nc: 3"))
    dataset = yolo(tmp_path, "1 0.5 0.5 0.1 0.1")
    assert dataset.images[0].class_names == ("새",)
    with pytest.raises(ValueError, match="이미지 크기가 필요"):
        load_yolo(tmp_path / "labels")
    with pytest.raises(ValueError, match="하나도 없습니다"):
        load_yolo(tmp_path / "없음", sizes=(10, 10))


def test_a_broken_image_and_a_rotated_one(scenes, tmp_path):
    save_yolo(scenes, tmp_path)
    (tmp_path / "images" / "장면1.png").write_bytes(b"not a png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", SIZE[::-1]).save(tmp_path / "images" / "장면2.jpg", exif=exif)
    (tmp_path / "images" / "장면2.png").unlink()
    dataset = load_dataset(tmp_path)
    assert {"broken_image"} <= {problem.kind for problem in dataset.problems}
    assert [i.rotated for i in dataset.images if i.path.endswith("장면2.jpg")] == [True]


def test_formats_are_recognised_by_content(scenes, tmp_path):
    save_coco(scenes, tmp_path / "c")
    (tmp_path / "c" / "instances.json").rename(tmp_path / "c" / "라벨.json")
    write(tmp_path / "c" / "settings.json", '{"lr": 0.1}')
    write(tmp_path / "c" / "README.txt", "설명입니다")
    assert recognise_format(tmp_path / "c")[0] == "coco"
    save_voc(scenes, tmp_path / "v")
    write(tmp_path / "v" / "train.txt", "장면1\n장면2\n")
    assert recognise_format(tmp_path / "v")[0] == "voc"
    save_yolo(scenes, tmp_path / "y")
    assert recognise_format(tmp_path / "y")[0] == "yolo"
    with pytest.raises(ValueError, match="여러 형식"):
        recognise_format(tmp_path)
    assert load_dataset(tmp_path / "c", "coco").n_boxes > 0
    save_coco(scenes, tmp_path / "c", with_images=False)
    with pytest.raises(ValueError, match="COCO JSON이 2개"):
        recognise_format(tmp_path / "c")
    empty = tmp_path / "빈"
    empty.mkdir()
    for path, word in ((empty, "하나도"), (tmp_path / "없음", "없습니다")):
        with pytest.raises(ValueError, match=word):
            recognise_format(path)


def test_unrelated_pictures_beside_a_json_are_no_problem(scenes, tmp_path):
    file = save_coco(scenes, tmp_path, with_images=False)
    Image.new("RGB", (8, 8)).save(tmp_path / "figure.png")
    assert load_dataset(file).problems == ()


def test_a_json_is_parsed_once_whatever_lies_beside_it(scenes, tmp_path):
    file = save_coco(scenes, tmp_path, with_images=False)
    for number in range(30):
        Image.new("RGB", (8, 8)).save(tmp_path / f"무관{number}.png")
    spy = {"autospec": True, "side_effect": ImageFiles.hint}
    with (
        patch.object(plain, "split", side_effect=plain.split) as split,
        patch.object(ImageFiles, "hint", **spy) as hint,
    ):
        load_dataset(file)
    assert split.call_count == 1
    # 한 장도 없을 때 비슷한 이름을 모두 찾으면 이미지의 수와 그림의 수를 곱한 만큼 걸립니다.
    assert hint.call_count <= 5


def test_images_are_views_of_columns(scenes, tmp_path):
    dataset = load_dataset(save_coco(scenes, tmp_path))
    columns, images = dataset.columns, dataset.images
    assert len(columns.sources) == dataset.n_boxes == columns.starts[-1] == len(columns.boxes)
    assert images[-1].path == images[len(images) - 1].path == images[::-1][0].path
    with pytest.raises(IndexError):
        images[len(images)]
    # 손으로 만든 데이터셋도 같은 열이 됩니다.
    again = Dataset(list(images)).columns
    for name in ("starts", "boxes", "labels", "crowd", "polygon"):
        np.testing.assert_array_equal(getattr(again, name), getattr(columns, name))
    assert list(again.sources) == list(columns.sources)
    assert pickle.loads(pickle.dumps(dataset)).images[1].sources == images[1].sources


def test_split_files_are_joined_without_losing_a_place(scenes, tmp_path):
    for split in ("train", "val"):
        save_coco(scenes, tmp_path / split).rename(tmp_path / split / f"instances_{split}.json")
    dataset = load_dataset(tmp_path)
    alone = [load_coco(tmp_path / s / f"instances_{s}.json") for s in ("train", "val")]
    assert len(dataset.images) == 2 * len(scenes)
    expected = [source for one in alone for image in one.images for source in image.sources]
    assert [source for image in dataset.images for source in image.sources] == expected
    boxes = np.concatenate([one.columns.boxes for one in alone])
    np.testing.assert_array_equal(dataset.columns.boxes, boxes)


COCO_TEXT = json.dumps(
    {
        "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}],
        "annotations": [record(id=i) for i in range(3)],
        "categories": [{"id": 1, "name": "개"}],
    }
)
VOC_TEXT = f"<annotation><filename>a.png</filename>{voc_object(1, 2, 30, 40)}</annotation>"
YOLO_TEXT = "0 0.5 0.5 0.5 0.5\n1 0.25 0.5 0.1 0.2\n"
CVAT_TEXT = (
    '<annotations><image id="0" name="a.png" width="64" height="48">'
    '<box label="개" xtl="1" ytl="2" xbr="30" ybr="40" rotation="30"/>'
    '<polygon label="새" points="1,2;30,4;8,9"/></image></annotations>'
)
LABELME_TEXT = json.dumps(
    {
        "shapes": [
            {"label": "개", "points": [[1, 2], [30, 40]], "shape_type": "rectangle"},
            {"label": "새", "points": [[20, 20], [30, 20]], "shape_type": "circle"},
        ],
        "imagePath": "a.png",
        "imageWidth": 64,
        "imageHeight": 48,
    }
)
KITTI_TEXT = "Car 0.00 0 -1.57 1 2 30 40 1.5 1.6 3.9 1 2 10 -1.5\nDontCare" + " -1" * 14
FUZZ = {
    "coco": (COCO_TEXT, "a.json", lambda path: load_coco(path)),
    "voc": (VOC_TEXT, "a.xml", lambda path: load_voc(path)),
    "cvat": (CVAT_TEXT, "a.xml", lambda path: load_cvat(path)),
    "labelme": (LABELME_TEXT, "a.json", lambda path: load_labelme(path)),
    "kitti": (KITTI_TEXT, "a.txt", lambda path: load_kitti(path)),
    "yolo": (YOLO_TEXT, "a.txt", lambda path: load_yolo(path.parent, sizes=(48, 64))),
}


@pytest.mark.parametrize("fmt", FUZZ)
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_damaged_files_give_a_dataset_or_one_korean_error(tmp_path, fmt, data):
    text, name, load = FUZZ[fmt]
    content = bytearray(text.encode())
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(0, len(content)))
        stop = start + data.draw(st.integers(0, 6))
        content[start:stop] = data.draw(st.binary(max_size=6))
    content = content[: data.draw(st.integers(0, len(content)))]
    path = tmp_path / name
    path.write_bytes(bytes(content))
    try:
        dataset = load(path)
    except ValueError as error:
        assert any("가" <= letter <= "힣" for letter in str(error))
    else:
        boxes = np.concatenate([np.empty((0, 4)), *(image.boxes for image in dataset.images)])
        assert np.isfinite(boxes).all() and (boxes[:, 2:] > boxes[:, :2]).all()


def test_dataset_from_boxes_checks_its_arguments():
    with pytest.raises(ValueError, match="fmt"):
        dataset_from_boxes([], (10, 10), fmt="xxyy")
    with pytest.raises(ValueError, match="image_sizes"):
        dataset_from_boxes([[[0, 0, 1, 1]]], [(10, 10), (10, 10)])
    with pytest.raises(ValueError, match=r"labels\[0\]"):
        dataset_from_boxes([[[0, 0, 1, 1]]], (10, 10), labels=[[0, 1]])
    with pytest.raises(ValueError, match=r"boxes\[0\]"):
        dataset_from_boxes([[[0, 0, 1]]], (10, 10))
    with pytest.raises(ValueError, match="crowd"):
        LabeledImage("a", 1, 1, [[0, 0, 1, 1]], crowd=[])
    assert dataset_from_boxes([np.empty((0, 4))], (10, 10)).n_boxes == 0
    assert Dataset([]).n_boxes == 0 and Dataset([]).categories == {}


class Terminal:
    def __init__(self):
        self.text = ""

    def isatty(self):
        return True

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def test_progress_shows_on_a_terminal_when_the_work_is_long(monkeypatch):
    clock = iter(np.arange(0, 100, 0.7))
    monkeypatch.setattr("anchorbox_utils.datasets.reading.time.monotonic", lambda: next(clock))
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert list(track(range(5), "읽는 중")) == [0, 1, 2, 3, 4]
    assert "읽는 중" in sys.stderr.text and "5/5 (100%)" in sys.stderr.text


def test_loaders_import_nothing_heavy():
    script = (
        "import sys; from anchorbox_utils import load_coco, load_voc, load_yolo, diagnose;"
        "print([m for m in ('matplotlib', 'PIL', 'defusedxml', 'yaml', 'IPython')"
        " if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("page", ["README.md", "notebooks/05_debugging_checklist.ipynb"])
def test_every_format_is_named_where_the_command_is_shown(page):
    root = Path(__file__).resolve().parent.parent
    assert TITLES in (root / page).read_text(encoding="utf-8")
