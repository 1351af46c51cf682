"""선언한 진단의 종류마다 그것을 내는 작은 보기가 있고, 형식과 항목의 표가 빈틈없이 맞물립니다."""

import ast
import inspect
import json
from functools import cache

import numpy as np
import pytest
from PIL import Image

import anchorbox_utils
from anchorbox_utils import (
    AnchorGrid,
    Dataset,
    LabeledImage,
    box_convert,
    box_iou,
    dataset_from_boxes,
    diagnose,
    load_coco,
    load_dataset,
    load_voc,
    load_yolo,
    make_scene,
    normalize_deltas,
    recognise_format,
)
from anchorbox_utils.coding import encode_boxes
from anchorbox_utils.datasets import FORMATS, images
from anchorbox_utils.datasets.formats import FILE_TITLES
from anchorbox_utils.datasets.records import BOX_PROBLEMS
from anchorbox_utils.diagnosis import KINDS, SEVERITIES, TOPICS
from anchorbox_utils.diagnosis.command import main

SIZE = (240, 320)
GRID = AnchorGrid(SIZE, 8, [32, 48, 72, 96], [0.5, 1, 2])


@cache
def scenes(n_images=12, **options):
    rng = np.random.default_rng(0)
    options = {"image_size": SIZE, "n_objects": 3, **options}
    return [make_scene(rng, **options).boxes for _ in range(n_images)]


def data(boxes=None, sizes=SIZE, **options):
    return dataset_from_boxes(scenes() if boxes is None else boxes, sizes, **options)


def with_box(*box):
    boxes = scenes()
    return data([np.concatenate([boxes[0], [box]]), *boxes[1:]])


def with_file_size(file_size, rotated=False):
    image = LabeledImage("a.jpg", 320, 240, [[1, 2, 30, 40]], file_size=file_size, rotated=rotated)
    return Dataset([image])


def with_labels(labels, names):
    boxes = [[[10, 10, 60, 70]]] * len(labels)
    return data(boxes, labels=[[number] for number in labels], names=names)


def counted(*counts):
    """클래스마다 박스가 그만큼 있는, 이미지 스무 장의 데이터."""
    labels = np.repeat(np.arange(len(counts)), counts)
    place = 10 + np.arange(len(labels)) % 150
    boxes = np.column_stack([place, place, place + 60.0, place + 70.0])
    owner = np.arange(len(labels)) % 20
    return data(
        [boxes[owner == i] for i in range(20)], labels=[labels[owner == i] for i in range(20)]
    )


def copied(shift):
    return data([np.concatenate([b, b[:1] + shift]) for b in scenes(size_range=(50, 90))])


def from_coco(folder, annotations=({},), image=None, pictures=None):
    """보기 하나짜리 COCO. ``annotations``에는 기본 기록과 다른 것만 적습니다."""
    first = {"id": 1, "file_name": "a.png", "width": 64, "height": 48} if image is None else image
    base = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 30]}
    document = {
        "images": [first],
        "annotations": [base | changes for changes in annotations],
        "categories": [{"id": 1, "name": "개"}],
    }
    path = folder / "a.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return load_coco(path, pictures)


def from_voc(folder, node="", *others):
    for number, text in enumerate((f"<annotation>{node}</annotation>", *others)):
        (folder / f"{number}.xml").write_text(text, encoding="utf-8")
    return load_voc(folder)


VOC = (
    "<annotation><filename>{}</filename><size><width>64</width><height>48</height></size>"
    "<object><name>개</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax>"
    "</bndbox></object></annotation>"
)


def coco_text(name):
    image = {"id": 1, "file_name": "a.png", "width": 64, "height": 48}
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 30]}
    categories = [{"id": 1, "name": name}]
    return json.dumps({"images": [image], "annotations": [box], "categories": categories})


def from_files(folder, texts, pictures=()):
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for name in pictures:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (64, 48)).save(folder / name)
    return load_dataset(folder)


def stray_picture(folder):
    return from_files(folder, {"a.json": coco_text("개")}, pictures=["다른것.png"])


def twice(folder):
    return from_files(folder, {"a.json": coco_text("개")}, pictures=["x/a.png", "y/a.png"])


def from_yolo(folder, line, pictures=("a",), broken=()):
    (folder / "a.txt").write_text(line, encoding="utf-8")
    for name in pictures:
        Image.new("RGB", (64, 48)).save(folder / f"{name}.png")
    for name in broken:
        (folder / f"{name}.png").write_bytes(b"not a png")
    return load_yolo(folder, folder)


def twice_listed(folder):
    document = json.loads(coco_text("개"))
    document["images"] *= 2
    document["images"][1] = document["images"][1] | {"id": 2}
    (folder / "a.json").write_text(json.dumps(document), encoding="utf-8")
    return load_coco(folder / "a.json")


def without_categories(folder):
    text = json.dumps(json.loads(coco_text("개")) | {"categories": []})
    return from_files(folder, {"a.json": text})


def split_in_two(folder, colors):
    """train과 val에 이름이 같은 이미지가 하나씩."""
    for split, color in zip(("train", "val"), colors, strict=True):
        (folder / split).mkdir()
        (folder / split / "a.txt").write_text("0 .5 .5 .2 .3", encoding="utf-8")
        Image.new("RGB", (64, 48), color).save(folder / split / "a.png")
    return load_dataset(folder)


def frames(extra, count=12):
    """움직이는 박스 하나와, 장마다 ``extra``의 박스들."""
    return data([[[10 + i, 10, 60 + i, 70], *extra] for i in range(count)])


def tiles(side, count):
    corner = side * np.stack(np.meshgrid(np.arange(count), np.arange(count)), axis=2).reshape(-1, 2)
    return np.concatenate([corner, corner + side], axis=1).astype(float)


def plus_one_iou(boxes1, boxes2):
    return box_iou(boxes1 + [0, 0, 1, 1], boxes2)


def log_of_flipped(anchors, gt_boxes):
    size = (gt_boxes[:, 2:] - gt_boxes[:, :2]) * [1, -1]
    return np.concatenate([gt_boxes[:, :2] - anchors[:, :2], np.log(size)], axis=1)


def divided(anchors, gt_boxes):
    return normalize_deltas(encode_boxes(anchors, gt_boxes), std=(0.1, 0.1, 0.2, 0.2))


TALL = {"ratio_range": (2.5, 4)}
SHIFTED = AnchorGrid(SIZE, 8, [32, 48, 72, 96], [0.5, 1, 2], offset=0)

# 종류 → 그 종류를 내는 진단서. 파일이 필요한 보기는 빈 폴더를 받아 씁니다.
EXAMPLES = {
    "mixed_formats": lambda _: diagnose(data([box_convert(b, "xyxy", "xywh") for b in scenes()])),
    "unit_mismatch": lambda _: diagnose(data([b / [320, 240, 320, 240] for b in scenes()])),
    "unsigned_wrap": lambda _: diagnose(with_box(65535, 20, 60, 50)),
    "filler": lambda _: diagnose(with_box(0, 0, 0, 0)),
    "flipped": lambda _: diagnose(with_box(60, 20, 40, 50)),
    "zero_size": lambda _: diagnose(with_box(60, 20, 60, 50)),
    "not_finite": lambda _: diagnose(with_box(np.nan, 20, 60, 50)),
    "swapped_size": lambda _: diagnose(with_file_size((240, 320))),
    "exif_rotation": lambda _: diagnose(with_file_size((240, 320), rotated=True)),
    "stale_size": lambda _: diagnose(with_file_size((640, 480))),
    "out_of_image": lambda _: diagnose(with_box(200, 100, 330, 160)),
    "border_rounding": lambda _: diagnose(with_box(200, 100, 320.6, 160)),
    "full_frame": lambda _: diagnose(data([[[0, 0, 320, 240]]] * 3)),
    "shifted_duplicates": lambda _: diagnose(copied([-2, -2, -2, -2])),
    "duplicate_boxes": lambda _: diagnose(copied(0)),
    "beyond_unit": lambda folder: diagnose(from_yolo(folder, "0 .5 .5 1.004 .3")),
    "near_duplicates": lambda _: diagnose(
        data([[[10, 10, 110, 110], [11, 10, 111, 111]], *scenes()[1:]])
    ),
    "conflicting_classes": lambda _: diagnose(data([[[9, 9, 60, 60]] * 2], labels=[[0, 1]])),
    "repeated_box": lambda _: diagnose(frames([[200, 100, 260, 160]])),
    "fixed_boxes": lambda _: diagnose(frames([[60 * i, 150, 60 * i + 40, 200] for i in range(5)])),
    "segment_differs": lambda folder: diagnose(
        from_coco(folder, [{"segmentation": [[40, 2, 60, 2, 60, 8]]}])
    ),
    "tiny_boxes": lambda _: diagnose(with_box(200, 100, 200.4, 160)),
    "broken_file": lambda folder: diagnose(from_voc(folder, "", "<annotation>\n<obj")),
    "broken_image": lambda folder: diagnose(from_yolo(folder, "", broken=["a"])),
    "bad_record": lambda folder: diagnose(from_yolo(folder, "0 0.5 0.5 0.1")),
    "bad_box": lambda folder: diagnose(from_coco(folder, [{"bbox": [1, 2, 3]}])),
    "no_bbox": lambda folder: diagnose(from_coco(folder, [{"bbox": None}])),
    "duplicate_id": lambda folder: diagnose(from_coco(folder, [{}, {"bbox": [5, 5, 9, 9]}])),
    "unknown_image": lambda folder: diagnose(from_coco(folder, [{"image_id": 7}])),
    "annotation_id_zero": lambda folder: diagnose(from_coco(folder, [{"id": 0}])),
    "bad_area": lambda folder: diagnose(from_coco(folder, [{"area": 0}])),
    "no_area": lambda folder: diagnose(from_coco(folder)),
    "no_iscrowd": lambda folder: diagnose(from_coco(folder)),
    "duplicate_file": lambda folder: diagnose(twice_listed(folder)),
    "split_leak": lambda folder: diagnose(split_in_two(folder, ["red", "red"])),
    "same_name_in_splits": lambda folder: diagnose(split_in_two(folder, ["red", "blue"])),
    "bad_image_size": lambda folder: diagnose(from_coco(folder, image={"id": 1})),
    "no_image_size": lambda folder: diagnose(from_yolo(folder, "0 .5 .5 .1 .1", pictures=["b"])),
    "missing_image": lambda folder: diagnose(from_coco(folder, pictures=folder)),
    "missing_label": lambda folder: diagnose(from_yolo(folder, "", pictures=["a", "b"])),
    "images_not_found": lambda folder: diagnose(stray_picture(folder)),
    "ambiguous_image": lambda folder: diagnose(twice(folder)),
    "image_name_differs": lambda folder: diagnose(
        from_files(folder, {"a.xml": VOC.format("b.png")}, pictures=["a.png"])
    ),
    "read_as": lambda folder: diagnose(
        from_files(folder, {"a.xml": VOC.format("a.png").replace("annotation", "Annotation")})
    ),
    "extra_columns": lambda folder: diagnose(from_yolo(folder, "0 .5 .5 .1 .1 .91 7")),
    "skipped_files": lambda folder: diagnose(
        from_files(folder, {"a.xml": VOC.format("a.png"), "README.md": "설명"})
    ),
    "class_lists_differ": lambda folder: diagnose(
        from_files(folder, {"train.json": coco_text("개"), "val.json": coco_text("새")})
    ),
    "many_class_lists": lambda folder: diagnose(
        from_files(
            folder,
            {"a/1.txt": "0 .5 .5 .1 .1", "a/classes.txt": "개", "b/classes.txt": "새"},
            pictures=["a/1.png"],
        )
    ),
    "bad_class_list": lambda folder: diagnose(
        from_files(folder, {"1.txt": "0 .5 .5 .1 .1", "data.yaml": "names: 개"}, pictures=["1.png"])
    ),
    "class_list_slip": lambda folder: diagnose(
        from_files(
            folder,
            {"1.txt": "0 .5 .5 .1 .1", "data.yaml": "nc: 1\nnames: [개, 새]"},
            pictures=["1.png"],
        )
    ),
    "no_categories": lambda folder: diagnose(without_categories(folder)),
    "duplicate_class_name": lambda _: diagnose(with_labels([0, 1], {0: "개", 1: "개"})),
    "similar_class_names": lambda _: diagnose(with_labels([0, 1], {0: "cup", 1: "Cup"})),
    "blank_class_name": lambda _: diagnose(with_labels([0, 1], {0: "개", 1: " "})),
    "empty_images": lambda _: diagnose(data([np.empty((0, 4))])),
    "polygons": lambda folder: diagnose(from_yolo(folder, "0 .1 .1 .5 .1 .5 .6")),
    "bad_class": lambda folder: diagnose(from_voc(folder, "<object/>")),
    "unknown_class": lambda _: diagnose(with_labels([0, 2], {0: "개", 1: "새"})),
    "class_overflow": lambda _: diagnose(with_labels([0, 2], None), num_classes=2),
    "background_label": lambda _: diagnose(with_labels([0, 1], None), background=0),
    "class_gap": lambda _: diagnose(with_labels([0, 2], None)),
    "unused_class": lambda _: diagnose(with_labels([0, 0], {0: "개", 1: "새"})),
    "class_imbalance": lambda _: diagnose(counted(1000, 20)),
    "rare_class": lambda _: diagnose(counted(100, 5)),
    "single_class": lambda _: diagnose(counted(100)),
    "size_outliers": lambda _: diagnose(data([[[9, 9, 15, 15]]] * 40 + [[[9, 9, 200, 200]]])),
    "same_anchors": lambda _: diagnose(data(), AnchorGrid(SIZE, 8, [32, 48, 48, 72])),
    "ratio_convention": lambda _: diagnose(
        data(scenes(**TALL)), AnchorGrid(SIZE, 8, [32, 48, 72, 96], [1 / 2.5, 1 / 3.2, 1 / 4])
    ),
    "before_resize": lambda _: diagnose(
        data([b * 4 for b in scenes()], (960, 1280)), AnchorGrid(SIZE, 8, [128, 192, 288, 384])
    ),
    "stride_too_large": lambda _: diagnose(data(), AnchorGrid(SIZE, 96, [32, 48, 72, 96])),
    "anchors_off_scale": lambda _: diagnose(data(), AnchorGrid(SIZE, 8, [6, 8])),
    "size_gap": lambda _: diagnose(
        data(scenes(32, size_range=(80, 110)) + scenes(8, size_range=(38, 44))),
        AnchorGrid(SIZE, 8, [85, 100]),
    ),
    "gt_without_positive": lambda _: diagnose(data(), GRID, pos_thr=0.85, force_match=False),
    "few_positives": lambda _: diagnose(data(), GRID, pos_thr=0.85),
    "threshold_too_high": lambda _: diagnose(data(), GRID, pos_thr=0.85),
    "threshold_too_low": lambda _: diagnose(data(), GRID, pos_thr=0.2, neg_thr=0.1),
    "iou_matrix_memory": lambda _: diagnose(
        data([tiles(16, 64)], (1024, 1024)), AnchorGrid((1024, 1024), 4, [16], [1])
    ),
    "exploding_targets": lambda _: diagnose(data(), GRID, encode=log_of_flipped),
    "half_stride_shift": lambda _: diagnose(data(), GRID, decode_anchors=SHIFTED),
    "round_trip": lambda _: diagnose(data(), GRID, encode=divided),
    "iou_convention": lambda _: diagnose(data(), GRID, iou=plus_one_iou),
    "function_failed": lambda _: diagnose(data(), GRID, encode=lambda anchors, gt_boxes: 1 / 0),
    "fix_data_first": lambda _: diagnose(data([b[:, [2, 3, 0, 1]] for b in scenes()]), GRID),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_declared_kind_is_produced_by_its_example(kind, tmp_path):
    assert kind in EXAMPLES, f"{kind}: 이 진단이 나오는 가장 작은 데이터를 EXAMPLES에 더하세요."
    report = EXAMPLES[kind](tmp_path)
    assert kind in report.names, (
        f"{kind}: 나온 것은 {report.names}입니다. 검사를 DATA_CHECKS나 앵커의 표에 올렸나요?"
    )
    assert KINDS[kind].title in str(report) and KINDS[kind].advice in report._repr_html_()


def test_no_example_outlives_its_kind():
    assert set(EXAMPLES) == set(KINDS)


def test_every_topic_and_severity_is_used_and_topics_wait_only_for_earlier_ones():
    assert {kind.topic for kind in KINDS.values()} == set(TOPICS)
    assert {kind.severity for kind in KINDS.values()} == set(SEVERITIES)
    order = list(TOPICS)
    for name, topic in TOPICS.items():
        assert topic.after is None or order.index(topic.after) < order.index(name)


def test_topics_that_need_anchors_are_skipped_without_them():
    states = diagnose(data()).topic_states()
    assert {name for name, state in states.items() if state == "skipped"} == {
        "scale",
        "positives",
        "targets",
        "thresholds",
    }
    assert set(diagnose(data(), GRID).topic_states().values()) == {None}


def problem_kinds(module):
    """모듈이 문제로 남기는 종류의 이름들."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("add_problem", "add_unreadable"):
                yield ast.literal_eval(node.args[0])


def test_every_problem_of_a_loader_becomes_a_finding():
    loaders = [inspect.getmodule(fmt.load) for fmt in FORMATS.values()]
    told = {kind for module in (*loaders, images) for kind in problem_kinds(module)}
    assert len(told) >= 10 and told <= set(KINDS)
    # 0~1을 크게 넘은 값은 단위의 혼동으로 알립니다.
    assert set(BOX_PROBLEMS) - set(KINDS) == {"not_normalized"}
    report = EXAMPLES["unit_mismatch"](None)
    wild = data([[[100, 100, 50, 40]]], fmt="yolo")
    assert [p.kind for p in wild.problems] == ["not_normalized"]
    assert diagnose(wild).names == report.names == ["unit_mismatch"]


def test_formats_name_their_public_loaders():
    for name, fmt in FORMATS.items():
        assert fmt.load is getattr(anchorbox_utils, f"load_{name}")
        accepted = inspect.signature(fmt.load).parameters
        assert {"images", *fmt.options} <= set(accepted)


def test_messages_and_help_list_every_format(tmp_path, capsys):
    (tmp_path / "a.csv").write_text("1,2", encoding="utf-8")
    with pytest.raises(ValueError) as empty:
        recognise_format(tmp_path)
    with pytest.raises(ValueError, match=f"{FILE_TITLES} 파일이나 폴더"):
        recognise_format(tmp_path / "a.csv")
    with pytest.raises(ValueError) as unknown:
        load_dataset(tmp_path, "xml")
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    for name, fmt in FORMATS.items():
        assert fmt.title in str(empty.value) and fmt.title in shown
        assert name in str(unknown.value) and name in shown


def test_a_polygon_is_a_field_of_its_box(tmp_path):
    dataset = from_yolo(tmp_path, "0 .5 .5 .2 .2\n0 .1 .1 .5 .1 .5 .6")
    assert dataset.images[0].polygon.tolist() == [False, True]
    (finding,) = (f for f in diagnose(dataset).findings if f.name == "polygons")
    assert "1줄" in finding.evidence and "2행" in finding.examples[0]
    with pytest.raises(ValueError, match="polygon"):
        LabeledImage("a", 1, 1, [[0, 0, 1, 1]], polygon=[])


def test_an_unreadable_file_is_named_once(tmp_path):
    dataset = from_voc(tmp_path, "", "<annotation>\n<obj")
    (problem,) = (p for p in dataset.problems if p.kind == "broken_file")
    assert problem.source.file.endswith("1.xml") and "1.xml" not in problem.reason
    (finding,) = (f for f in diagnose(dataset).findings if f.name == "broken_file")
    assert finding.examples[0].count("1.xml") == 1
