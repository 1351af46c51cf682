"""무엇을 읽었는지: 조용히 사라지는 파일이 없고, 보지 않은 것을 이상 없다고 하지 않습니다."""

import json
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from anchorbox_utils import AnchorGrid, LabeledImage, dataset_from_boxes, diagnose, load_dataset
from anchorbox_utils.datasets import FORMATS, Dataset, recognition
from anchorbox_utils.datasets.folders import walk
from anchorbox_utils.datasets.images import ImageFiles, Wanted
from anchorbox_utils.diagnosis.command import main

SIZE = (64, 48)
BOX = "0 0.5 0.5 0.4 0.5\n"
POSE2 = "0 0.65 0.58 0.30 0.26 0.60 0.56 0.69 0.58 0.69 0.60 0.71 0.59\n"
POSE3 = "0 0.65 0.58 0.30 0.26 0.60 0.56 2 0.69 0.58 2 0.69 0.60 1 0 0 0\n"
POLYGON = "0 0.4 0.4 0.5 0.4 0.55 0.5 0.5 0.62 0.4 0.6\n"
KITTI = "Car 0.00 0 -1.57 10 5 30 35 1.5 1.6 3.9 1 2 10 -1.5\n"
NAMES = "path: .\ntrain: images\nnames: [컵, 접시]\n"
TWO = ("0", "1")
EVALUATED = {"area": 600, "iscrowd": 0}


def voc(filename, folder="", size=SIZE, root="annotation"):
    return (
        f"<{root}><folder>{folder}</folder><filename>{filename}</filename><size>"
        f"<width>{size[0]}</width><height>{size[1]}</height></size><object><name>컵</name><bndbox>"
        "<xmin>5</xmin><ymin>6</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>"
        f"</{root}>"
    )


def coco(*names, size=SIZE, category="컵"):
    images = [
        {"id": i, "file_name": name, "width": size[0], "height": size[1]}
        for i, name in enumerate(names)
    ]
    boxes = [
        {"id": i + 1, "image_id": i, "category_id": 1, "bbox": [4 + i, 5, 20, 30], **EVALUATED}
        for i in range(len(names))
    ]
    categories = [{"id": 1, "name": category}]
    return json.dumps({"images": images, "annotations": boxes, "categories": categories})


def labelme(name):
    shape = {"label": "컵", "points": [[30, 40], [5, 6]], "shape_type": "rectangle"}
    size = {"imageWidth": SIZE[0], "imageHeight": SIZE[1]}
    return json.dumps({"shapes": [shape], "imagePath": name, **size})


def cvat(*names):
    box = '<box label="컵" xtl="5" ytl="6" xbr="30" ybr="40"/>'
    images = "".join(
        f'<image id="{i}" name="{name}" width="{SIZE[0]}" height="{SIZE[1]}">{box}</image>'
        for i, name in enumerate(names)
    )
    meta = "<meta><task><labels><label><name>컵</name></label></labels></task></meta>"
    return f"<annotations>{meta}{images}</annotations>"


def build(folder, texts, pictures=(), size=SIZE):
    try:
        os.fsencode("".join([*texts, *pictures]))
    except UnicodeEncodeError:
        pytest.skip("이 컴퓨터의 파일 이름에는 쓸 수 없는 글자입니다")
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    for number, name in enumerate(pictures):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        # 나눔마다 이름이 같아도 다른 사진이게 합니다.
        Image.new("RGB", size, (number, 0, 0)).save(folder / name, "PNG")
    return folder


def pairs(label, picture, text=BOX, names=TWO):
    """라벨 파일들과, 그와 짝인 이미지의 이름들. ``{}``에 이름이 들어갑니다."""
    return {label.format(n): text for n in names}, [picture.format(n) for n in names]


def seen(path):
    dataset = load_dataset(path)
    return diagnose(dataset), dataset


def opened(report):
    return report.n_opened, len(report.dataset.images)


# 라벨과 이미지를 두는 여러 자리: (글 파일들, 이미지들, 주는 경로, 열어야 할 이미지의 수).
PLACES = {
    "VOC 곁": (*pairs("{}.xml", "{}.jpg", voc("0.jpg")), "", None),
    "VOC 대문자 확장자": (
        {"0.xml": voc("0.jpg"), "1.XML": voc("1.JPG")},
        ["0.jpg", "1.JPG"],
        "",
        2,
    ),
    "VOC 원래 자리": (
        {"V/Annotations/0.Xml": voc("0.jpg", "V"), "V/ImageSets/Main/a.txt": "0 1\n0 -1\n"},
        ["V/JPEGImages/0.jpg", "V/SegmentationClass/0.png"],
        "V/Annotations",
        1,
    ),
    "VOC 파일 하나": (
        {"Annotations/0.xml": voc("0.jpg")},
        ["JPEGImages/0.jpg"],
        "Annotations/0.xml",
        1,
    ),
    "VOC <folder>": ({"xml/0.xml": voc("0.jpg", "b")}, ["a/0.jpg", "b/0.jpg"], "", 1),
    "VOC 확장자 없는 이름": ({"ann/0.xml": voc("0")}, ["img/0.png"], "", 1),
    "VOC 나눔": (
        {"train/ann/0.xml": voc("0.jpg"), "test/ann/0.xml": voc("0.jpg")},
        ["train/img/0.jpg", "test/img/0.jpg"],
        "",
        2,
    ),
    "COCO images": (
        {"annotations/a.json": coco("0.jpg")},
        ["images/0.jpg"],
        "annotations/a.json",
        1,
    ),
    "COCO 대문자 확장자": ({"A.JSON": coco("0.JPG")}, ["images/0.JPG"], "", 1),
    "COCO train2017": (
        {"annotations/instances_val2017.json": coco("0.jpg")},
        ["train2017/0.jpg", "val2017/0.jpg"],
        "annotations/instances_val2017.json",
        1,
    ),
    "COCO 나눔 둘": (
        {f"annotations/instances_{s}2017.json": coco("0.jpg") for s in ("train", "val")},
        ["train2017/0.jpg", "val2017/0.jpg"],
        "",
        2,
    ),
    "COCO 설명글 곁": (
        {
            "a/instances_val.json": coco("0.jpg"),
            "a/captions_val.json": '{"images": [], "annotations": [{"caption": "x"}]}',
        },
        ["a/0.jpg"],
        "",
        1,
    ),
    "Roboflow COCO": (
        {f"{s}/_annotations.coco.json": coco("0.jpg") for s in ("train", "valid", "test")},
        [f"{s}/0.jpg" for s in ("train", "valid", "test")],
        "",
        3,
    ),
    "COCO train_images": (
        {"annotations/train.json": coco("0.jpg")},
        ["train_images/0.jpg", "test_images/0.jpg"],
        "",
        1,
    ),
    "YOLO 곁": ({"a.txt": BOX, "b.TXT": BOX}, ["a.jpg", "b.JPG"], "", 2),
    "YOLO 짝 폴더": (*pairs("labels/train/{}.txt", "images/train/{}.jpg"), "labels/train", 2),
    "YOLO 나눔이 앞": (*pairs("train/labels/{}.txt", "train/images/{}.jpg"), "train/labels", 2),
    "YOLO 엇갈린 나눔": (*pairs("labels/train/{}.txt", "train/images/{}.jpg"), "", 2),
    "Roboflow YOLO": (
        {
            "train/labels/a.txt": BOX,
            "valid/labels/b.txt": BOX,
            "data.yaml": "train: ../train/images\nval: ../valid/images\nnames: [컵]\n",
            "README.roboflow.txt": "설명",
        },
        ["train/images/a.jpg", "valid/images/b.jpg"],
        "data.yaml",
        2,
    ),
    "Windows의 YAML": (
        {
            "cfg/c.yaml": "path: ..\\set\ntrain: images\\train\nnames: [컵]\n",
            "set/labels/train/a.txt": BOX,
        },
        ["set/images/train/a.jpg"],
        "cfg/c.yaml",
        1,
    ),
    "COCO 나눔마다의 폴더": (
        {f"{s}/labels.json": coco("0.png") for s in ("train", "val")},
        ["train/rgb/0.png", "val/rgb/0.png"],
        "",
        2,
    ),
    "밖을 가리키는 YAML": (
        {
            "cfg/c.yaml": "path: ../set\ntrain: images/train\nnames: [컵]\n",
            "set/labels/train/a.txt": BOX,
        },
        ["set/images/train/a.jpg"],
        "cfg/c.yaml",
        1,
    ),
    "makesense": (
        {"labels_my-project_2026/a.txt": BOX, "labels_my-project_2026/classes.txt": "컵"},
        ["images/a.png"],
        "",
        1,
    ),
    "CVAT YOLO": (
        {
            "obj_train_data/a.txt": BOX,
            "obj.data": "classes = 1\nnames = data/obj.names\n",
            "obj.names": "컵",
            "train.txt": "data/obj_train_data/a.jpg\n",
        },
        ["obj_train_data/a.jpg"],
        "",
        1,
    ),
    "CVAT": ({"annotations.xml": cvat("train/0.jpg")}, ["images/train/0.jpg"], "", 1),
    "LabelMe": (
        {"0.json": labelme("0.jpg"), "1.JSON": labelme("1.jpg")},
        ["0.jpg", "1.jpg"],
        "",
        2,
    ),
    "KITTI": (
        {
            "training/label_2/000001.txt": KITTI,
            # 보정값은 이미지와 이름이 같지만 라벨이 아닙니다.
            "training/calib/000001.txt": "P0: 7.2e+02 0 0\n",
        },
        ["training/image_2/000001.png"],
        "",
        1,
    ),
    "한글과 빈칸": (
        {"내 데이터/정답 라벨/사진 1.txt": BOX, "내 데이터/classes.txt": "컵"},
        ["내 데이터/원본 이미지/사진 1.jpg"],
        "내 데이터",
        1,
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_images_are_found_where_people_put_them(place, tmp_path):
    texts, pictures, path, count = PLACES[place]
    if place == "VOC 곁":
        texts, count = {f"{n}.xml": voc(f"{n}.jpg") for n in TWO}, 2
    report, dataset = seen(build(tmp_path, texts, pictures) / path)
    assert opened(report) == (count, count) and dataset.n_boxes == count
    assert report.ok and {f.severity for f in report.findings} <= {"info"}, report
    assert "files" not in report.unseen
    assert f"{count:,}개 가운데 {count:,}개를 열어 보았습니다" in str(report)


# 이미지를 열지 못하는 경우: (글 파일들, 이미지들, 나와야 하는 진단).
UNOPENED = {
    "이름을 바꿈": (
        {"annotations/a.json": coco("p0.jpg", "p1.jpg")},
        ["images/0.jpg"],
        "images_not_found",
    ),
    "확장자가 다름": ({"a.json": coco("0.jpg")}, ["images/0.png"], "images_not_found"),
    "대소문자가 다름": ({"a.json": coco("a.jpg")}, ["images/A.JPG"], "images_not_found"),
    "두 폴더에": ({"a.json": coco("0.jpg")}, ["x/0.jpg", "y/0.jpg"], "ambiguous_image"),
    "나눔을 모름": ({"a.json": coco("0.jpg")}, ["train/0.jpg", "val/0.jpg"], "ambiguous_image"),
    "확장자가 둘": ({"labels/a.txt": BOX}, ["images/a.jpg", "images/a.png"], "ambiguous_image"),
    "복사한 XML": ({"b.xml": voc("a.jpg")}, ["a.jpg", "b.jpg"], "ambiguous_image"),
    "이름 둘에 파일 하나": ({"a.json": coco("x/0.jpg", "y/0.jpg")}, ["z/0.jpg"], "ambiguous_image"),
    "남의 파일": ({"a.json": coco("train/0.jpg", "val/0.jpg")}, ["val/0.jpg"], "missing_image"),
    "한 장만 없음": ({"a.json": coco("0.jpg", "1.jpg")}, ["0.jpg"], "missing_image"),
    "빈 라벨의 이미지": ({"a.txt": BOX, "b.txt": ""}, ["a.jpg"], "missing_image"),
}


@pytest.mark.parametrize("case", UNOPENED)
def test_an_image_that_was_not_opened_is_never_silent(case, tmp_path):
    texts, pictures, kind = UNOPENED[case]
    report, dataset = seen(build(tmp_path, texts, pictures))
    assert kind in report.names
    assert report.n_opened < len(dataset.images)
    assert ("files", "warning") in report.topic_states().items() or not report.ok
    assert "열어 보았습니다 (찾아본 곳:" in str(report)


def test_one_name_written_in_two_ways_is_one_file(tmp_path):
    report, _ = seen(build(tmp_path, {"a.json": coco("0.jpg", "./0.jpg", ".\\0.jpg")}, ["0.jpg"]))
    assert report.n_opened == 3 and "duplicate_file" in report.names
    assert "ambiguous_image" not in report.names


def test_labels_that_powershell_wrote_are_read(tmp_path):
    build(tmp_path, {}, ["a.jpg"])
    (tmp_path / "a.txt").write_bytes(BOX.encode("utf-16"))
    _, dataset = seen(tmp_path)
    assert dataset.n_boxes == 1 and not dataset.problems


def test_similar_names_are_offered(tmp_path):
    texts, pictures, _ = UNOPENED["대소문자가 다름"]
    report, _ = seen(build(tmp_path, texts, pictures))
    assert any("A.JPG" in text for f in report.findings for text in f.examples)


# 적힌 이름과 다르지만 무엇인지 알 수 있는 이름.
RENAMED = {
    "역슬래시": ({"a/a.json": coco("images\\0.jpg")}, ["images/0.jpg"]),
    "Windows의 전체 경로": ({"a.json": coco("C:\\나\\images\\0.jpg")}, ["images/0.jpg"]),
    "낡은 <filename>": ({"new0.xml": voc("IMG_0.JPG")}, ["new0.jpg"]),
    "NFC와 NFD": ({"a.json": coco("고양이.jpg")}, [unicodedata.normalize("NFD", "고양이.jpg")]),
}


@pytest.mark.parametrize("case", RENAMED)
def test_a_name_written_otherwise_is_opened_and_told(case, tmp_path):
    report, dataset = seen(build(tmp_path, *RENAMED[case]))
    assert opened(report) == (1, 1) and dataset.problems == ()
    assert report.names == ["image_name_differs"]


def test_yolo_labels_and_images_in_different_unicode_forms(tmp_path):
    nfd = unicodedata.normalize("NFD", "고양이 1.jpg")
    report, _ = seen(build(tmp_path, {"labels/고양이 1.txt": BOX}, [f"images/{nfd}"]))
    assert opened(report) == (1, 1) and report.names == []


@pytest.mark.parametrize("text", ["", BOX])
def test_without_a_box_nothing_about_boxes_is_right(text, tmp_path):
    pictures = [] if text else ["a.jpg"]
    dataset = load_dataset(build(tmp_path, {"a.txt": text or "\n", "classes.txt": "컵"}, pictures))
    report = diagnose(dataset, AnchorGrid((64, 64), 8, [32]))
    states = report.topic_states()
    boxes = ["format", "scale", "positives", "targets", "thresholds"]
    assert {states[name] for name in boxes} == {"skipped"}
    assert states["classes"] == "skipped" and "h/w 중앙값" not in str(report)
    assert report.ok == (not text)


def test_without_any_image_the_topic_says_it_was_not_seen(tmp_path):
    report, dataset = seen(build(tmp_path, {"a.json": coco("0.jpg")}))
    assert report.names == [] and report.topic_states()["files"] == "skipped"
    assert "1개 가운데 0개를 열어 보았습니다" in str(report) and "파일과 기록" in report.verdict()
    # 메모리에서 만든 데이터에는 파일이 없습니다.
    assert "이미지 파일" not in str(diagnose(dataset_from_boxes([[[1, 2, 9, 9]]], (20, 20))))
    assert dataset.reading.class_list == "a.json의 categories"


@pytest.mark.parametrize("path", ["", "annotations/a.json"])
def test_sizes_are_compared_however_the_file_is_given(tmp_path, path):
    build(tmp_path, {"annotations/a.json": coco("0.jpg", size=SIZE[::-1])}, ["images/0.jpg"])
    report, _ = seen(tmp_path / path)
    assert report.names == ["swapped_size"]


def test_a_json_is_read_once(tmp_path, monkeypatch):
    build(tmp_path, {"a.json": coco("0.jpg")}, ["logo.png"])
    calls = []
    load = FORMATS["coco"].load
    counted = FORMATS["coco"]._replace(load=lambda *a, **k: calls.append(a) or load(*a, **k))
    monkeypatch.setitem(recognition.FORMATS, "coco", counted)
    for path in (tmp_path, tmp_path / "a.json"):
        assert load_dataset(path).n_boxes == 1
    assert len(calls) == 2


def test_the_folder_given_for_images_is_taken_at_its_word(tmp_path):
    build(tmp_path, {"a.json": coco("0.jpg")}, ["images/0.jpg", "empty/other.png"])
    names = diagnose(load_dataset(tmp_path, images=tmp_path / "empty")).names
    assert names == ["missing_image"]


# 라벨이 아닌 파일: (글 파일들, 이미지들).
NOT_LABELS = {
    "설명과 설정": (
        {
            "labels/a.txt": BOX,
            **dict.fromkeys(
                "README.dataset.txt CMakeLists.txt requirements.txt my_classes.txt LICENSE.txt "
                "notes.txt docs/설명.txt train/readme_ko.txt".split(),
                "설명입니다\n1 2 3\n",
            ),
            "train.txt": "images/a.jpg\n",
            "ids.txt": "000001\n000002\n",
        },
        ["images/a.jpg"],
    ),
    "숨은 것": (
        {
            "a.xml": voc("a.jpg"),
            ".idea/workspace.xml": "<project/>",
            "__MACOSX/._a.xml": "x",
            "._a.xml": "x",
            ".DS_Store": "x",
        },
        ["a.jpg"],
    ),
    "다른 XML": (
        {"a.xml": voc("a.jpg"), "pom.xml": "<project></project>", "b.xml": "<build>\n<x"},
        ["a.jpg"],
    ),
    "다른 JSON": ({"a.json": coco("a.jpg"), "package.json": "{}", "b.json": "[1"}, ["a.jpg"]),
    "설정 YAML": (
        {"a.txt": BOX, "hyp.yaml": "lr0: 0.1", "compose.yml": "a: [", "c.yaml": "names: [x, y]"},
        ["a.jpg"],
    ),
    "YOLO의 결과 폴더": (
        {
            "labels/a.txt": BOX,
            "runs/detect/exp/labels/a.txt": BOX.strip() + " 0.9\n",
            "train7/opt.yaml": "epochs: 1\n",
            "train7/results.txt": "0/49 7.6G 0.1 0.03 0 0.13 9 640\n",
        },
        ["images/a.jpg", "runs/detect/exp/a.jpg", "train7/results.png", "train7/F1_curve.png"],
    ),
    "다른 폴더의 그림": ({"labels/a.txt": BOX}, ["images/a.jpg", "docs/logo.png"]),
}


@pytest.mark.parametrize("case", NOT_LABELS)
def test_a_file_that_is_no_label_is_counted_and_named(case, tmp_path):
    texts, pictures = NOT_LABELS[case]
    report, dataset = seen(build(tmp_path, texts, pictures))
    assert opened(report) == (1, 1) and dataset.n_boxes == 1
    assert report.names == ["skipped_files"] and dataset.problems == ()
    (finding,) = report.findings
    told = {Path(path).name for path, _ in dataset.reading.skipped}
    assert all(reason for _, reason in dataset.reading.skipped) and finding.evidence[0].isdigit()
    read = {"a.txt", "a.xml", "a.json", "a.jpg"}
    left = {Path(name).parts for name in [*texts, *pictures]}
    assert all({*parts} & told or parts[-1] in read for parts in left)


# 형식에 맞지 않지만 이름이 같은 이미지가 있는 파일.
WITH_PICTURE = {
    "KITTI의 줄바꿈이 없음": ({"a.txt": KITTI, "b.txt": KITTI.strip() * 2}, "broken_file"),
    "VOC의 다른 뿌리": ({"a.xml": voc("a.jpg"), "b.xml": "<project></project>"}, "broken_file"),
    "VOC의 끊긴 다른 뿌리": ({"a.xml": voc("a.jpg"), "b.xml": "<build>\n<x"}, "broken_file"),
    "빈 XML": ({"a.xml": voc("a.jpg"), "b.xml": ""}, "broken_file"),
    "LabelMe의 다른 JSON": ({"a.json": labelme("a.jpg"), "b.json": "{}"}, "broken_file"),
    "YOLO의 글": ({"a.txt": BOX, "b.txt": "설명"}, "bad_record"),
}


@pytest.mark.parametrize("case", WITH_PICTURE)
def test_a_file_with_a_picture_of_its_name_is_a_label_even_when_it_cannot_be_read(case, tmp_path):
    texts, kind = WITH_PICTURE[case]
    report, _ = seen(build(tmp_path, texts, ["a.jpg", "b.jpg"]))
    assert [finding.name for finding in report.errors] == [kind]
    assert any("b." in text for text in report.errors[0].examples)


def test_a_label_named_like_a_list_is_read_when_its_image_is_there(tmp_path):
    build(tmp_path, {"classes_1.txt": BOX, "readme.txt": BOX}, ["classes_1.jpg", "readme.png"])
    assert load_dataset(tmp_path).n_boxes == 2


def test_a_second_label_of_one_image_is_not_read_twice(tmp_path):
    texts = {"labels/a.txt": BOX, "labels_old/a.txt": BOX, "runs/detect/labels/a.txt": BOX}
    report, dataset = seen(build(tmp_path, texts, ["images/a.jpg"]))
    assert dataset.n_boxes == 1 and report.names == ["ambiguous_image", "skipped_files"]
    assert len(dataset.reading.skipped) == 2


CLASS_FILES = {
    "labels/classes.txt": "컵\n접시\n",
    "labels/train/classes.txt": "컵\n접시\n",
    "컵.yaml": NAMES,
    "data.yml": "names: {0: 컵, 1: 접시}",
    "obj.names": "컵\n접시\n",
    "labels/_darknet.labels": "컵\n접시\n",
}


@pytest.mark.parametrize("file", CLASS_FILES)
@pytest.mark.parametrize("number", [1, 5])
def test_class_lists_are_found_and_named(tmp_path, file, number):
    texts, pictures = pairs("labels/train/{}.txt", "images/train/{}.jpg", f"{number}{BOX[1:]}")
    report, dataset = seen(build(tmp_path, {**texts, file: CLASS_FILES[file]}, pictures))
    assert dataset.categories == {0: "컵", 1: "접시"}
    assert f"{Path(file).name}에서 읽음" in str(report)
    assert report.errors == () if number == 1 else report.errors[0].name == "unknown_class"


def test_obj_data_names_its_class_list(tmp_path):
    texts = {
        "obj.data": "classes = 2\nnames = data/cups.lst\n",
        "data/cups.lst": "컵\n접시\n",
        "data/obj/a.txt": "3" + BOX[1:],
    }
    report, _ = seen(build(tmp_path, texts, ["data/obj/a.jpg"]))
    assert "unknown_class" in report.names and "cups.lst에서 읽음" in str(report)


def test_without_a_class_list_the_topic_says_it_was_not_seen(tmp_path):
    build(tmp_path, {"a.txt": BOX}, ["a.jpg"])
    report, _ = seen(tmp_path)
    assert report.names == [] and report.topic_states()["classes"] == "skipped"
    assert "클래스 목록: 없음" in str(report) and "클래스" in report.verdict()


def test_of_several_yaml_files_the_one_that_points_here_counts(tmp_path):
    other = "path: ../다른곳\ntrain: x\nnames: [가, 나]\n"
    build(tmp_path, {"labels/a.txt": BOX, "a.yaml": other, "b.yaml": NAMES}, ["images/a.jpg"])
    assert load_dataset(tmp_path).categories == {0: "컵", 1: "접시"}
    (tmp_path / "b.yaml").write_text(other.replace("가", "다"), encoding="utf-8")
    report, _ = seen(tmp_path)
    assert "many_class_lists" in report.names and report.dataset.reading.class_list == ""


@pytest.mark.parametrize("path", ["", "data.yaml"])
def test_a_class_list_that_cannot_be_read_is_a_finding(tmp_path, path):
    texts = {"labels/a.txt": BOX, "data.yaml": "train: images\nnames: 컵\n"}
    report, _ = seen(build(tmp_path, texts, ["images/a.jpg"]) / path)
    assert report.names[0] == "bad_class_list" and not report.errors


# YOLO의 줄: (줄, data.yaml, 박스가 [cx, cy, w, h] 그대로인지, 나와야 하는 진단).
LINES = {
    "포즈 2차원": (POSE2, "names: [컵]\nkpt_shape: [4, 2]\n", True, ["read_as"]),
    "포즈 3차원": (POSE3, "names: [컵]\nkpt_shape: [4, 3]\n", True, ["read_as"]),
    "포즈 2차원, YAML 없음": (POSE2, None, True, ["read_as"]),
    "포즈 3차원, YAML 없음": (POSE3, None, True, ["read_as"]),
    "추적": ("0 0.5 0.5 0.2 0.3 0.91 7\n", None, True, ["extra_columns"]),
    "추적 번호": ("0 0.5 0.5 0.2 0.3 7\n", None, True, ["extra_columns"]),
    "신뢰도": ("0 0.5 0.5 0.2 0.3 0.91\n", None, True, ["extra_columns"]),
    "다각형과 신뢰도": (POLYGON.strip() + " 0.9\n", None, False, ["extra_columns", "polygons"]),
    "다각형": (POLYGON, None, False, ["polygons"]),
    "삼각형": ("0 0.4 0.4 0.5 0.41 0.45 0.52\n", None, False, ["polygons"]),
    "다각형과 박스": (POLYGON + BOX, None, False, ["polygons"]),
    "기울어진 박스": ("0 0.2 0.3 0.5 0.2 0.6 0.5 0.3 0.6\n", None, False, ["read_as", "polygons"]),
}


@pytest.mark.parametrize("kind", LINES)
def test_what_a_yolo_line_is_is_told_from_all_lines(kind, tmp_path):
    line, yaml, plain, names = LINES[kind]
    texts, pictures = pairs("labels/{}.txt", "images/{}.jpg", line, "abcd")
    report, dataset = seen(build(tmp_path, texts | ({"data.yaml": yaml} if yaml else {}), pictures))
    assert report.names == names and dataset.n_boxes == 4 * line.count("\n")
    cx, cy, w, h = (float(text) for text in line.split()[1:5])
    box = [(cx - w / 2) * 64, (cy - h / 2) * 48, (cx + w / 2) * 64, (cy + h / 2) * 48]
    assert (dataset.images[0].boxes[0] == pytest.approx(box)) == plain


polygons = st.lists(
    st.tuples(
        st.floats(0.1, 0.9),
        st.floats(0.1, 0.9),
        st.floats(0.01, 0.1),
        st.lists(st.floats(0.3, 1), min_size=5, max_size=5),
    ),
    min_size=3,
    max_size=12,
)


# 꼴만 보고 짐작하는 일이라 어긋나는 예가 어딘가에는 있습니다. 같은 예들로 봅니다.
@settings(derandomize=True)
@given(polygons)
@example(
    [(0.5, 0.5, 0.0625, [1, 1, 0.5, 1, 1])] + 2 * [(0.5, 0.25, 0.09375, [1, 1, 0.625, 1, 0.5])]
)
def test_real_polygons_are_not_taken_for_poses(shapes):
    from math import cos, pi, sin

    from anchorbox_utils.datasets.yolo_lines import choose_layout

    rows = [
        [
            value
            for i, r in enumerate(radii)
            for value in (x + size * r * cos(2 * pi * i / 5), y + size * r * sin(2 * pi * i / 5))
        ]
        for x, y, size, radii in shapes
    ]
    assert choose_layout(rows).note == ""


def test_missing_images_do_not_make_the_units_doubtful(tmp_path):
    texts, pictures = pairs("labels/{}.txt", "images/{}.jpg", BOX, "abcdefghij")
    report, _ = seen(build(tmp_path, texts, pictures[4:]))
    assert report.names == ["no_image_size", "missing_image"]


def test_empty_labels_beside_an_archive_are_background_too(tmp_path):
    texts, pictures = pairs("labels/{}.txt", "images/{}.png", "\n")
    report, _ = seen(build(tmp_path, texts | {"old.zip": "PK"}, pictures))
    assert report.names == ["skipped_files", "empty_images"]


def test_an_image_named_by_its_address_is_opened(tmp_path):
    text = coco("https://나/images/a%20b.jpg?v=1", "https://나/data/?d=images/c.jpg")
    report, _ = seen(build(tmp_path, {"a.json": text}, ["images/a b.jpg", "images/c.jpg"]))
    assert opened(report) == (2, 2)


def test_boxes_on_images_of_unknown_size_do_not_suggest_another_format(tmp_path):
    document = json.loads(coco("0.jpg", "1.jpg", "2.jpg"))
    for image, box in zip(document["images"], document["annotations"], strict=True):
        del image["width"], image["height"]
        box["bbox"] = [50, 60, 40, -20]
    report, _ = seen(build(tmp_path, {"a.json": json.dumps(document)}))
    assert report.names == ["flipped", "bad_image_size"]


def test_boxes_outside_a_file_of_the_declared_size_do_not_make_it_stale():
    box = [[10, 10, 90, 40]]
    images = [LabeledImage(f"{i}.png", 64, 48, box, file_size=SIZE) for i in range(6)]
    assert diagnose(Dataset(images)).names == ["out_of_image"]
    unopened = [LabeledImage(f"{i}.png", 64, 48, box) for i in range(6)]
    assert diagnose(Dataset(unopened)).names == ["stale_size"]


def test_a_few_objects_that_fill_their_picture_are_normal():
    whole, parts = [[0, 0, 64, 48]], [[[5, 5, 30 + i / 8, 30]] for i in range(96)]
    few = dataset_from_boxes([whole] * 4 + parts, (48, 64))
    many = dataset_from_boxes([whole] * 6 + parts[:94], (48, 64))
    assert diagnose(few).names == ["single_class"]
    assert set(diagnose(many).names) == {"full_frame", "single_class"}


# 읽지 못하는 형식: (파일 이름, 내용, 이름에 있어야 할 말).
FOREIGN = {
    "a.createml.json": ('[{"image": "a", "annotations": [{"coordinates": {}}]}]', "CreateML"),
    "b.json": ('[{"image": "a", "annotations": []}]', "CreateML"),
    "via.json": ('{"a": {"regions": [{"shape_attributes": {"name": "rect"}}]}}', "VIA"),
    "ls.json": ('[{"label": [{"rectanglelabels": ["컵"]}]}]', "Label Studio"),
    "s.jpg.json": ('{"tags": [], "size": {"height": 4}, "objects": []}', "Supervisely"),
    "vott.json": ('{"assets": {"a": {"regions": [{"boundingBox": {"top": 1}}]}}}', "VoTT"),
    "d.json": ('{"categories": {"label": {"label_groups": []}}, "items": []}', "Datumaro"),
    "bdd.json": ('[{"labels": [{"box2d": {"x1": 1}}]}]', "BDD100K"),
    "r.json": ('[{"image_id": 1, "bbox": [1, 2, 3, 4], "score": 0.9}]', "검출 결과"),
    "track.xml": ('<annotations><track id="0"></track></annotations>', "track"),
    "_annotations.csv": ("filename,width,height,class,xmin,ymin,xmax,ymax\n", "CSV"),
    "retina.CSV": ("a.jpg,1,2,30,40,컵\n", "CSV"),
    "P1.txt": ("imagesource:x\ngsd:1\n1 1 2 1 2 2 1 2 ship 0\n", "DOTA"),
    "P2.txt": ("100.0 100.0 200.0 100.0 200.0 150.0 100.0 150.0 ship 0\n", "DOTA"),
    "c.txt": ("0,0.5,0.5,0.2,0.3\n", "쉼표나 세미콜론으로 나눈 YOLO"),
    "d.txt": ("0; 0.5; 0.5; 0.2; 0.3\r\n", "쉼표나 세미콜론으로 나눈 YOLO"),
    "m.txt": ("-1 0.5 0.5 0.2 0.3\n", "음수인 YOLO"),
    "no_images.json": ('{"annotations": [{"image_id": 1, "bbox": [1, 2, 3, 4]}]}', "COCO와 비슷"),
    "image_info_test.json": ('{"images": [{"id": 1, "file_name": "a.jpg"}]}', "COCO와 비슷"),
    "a.jsonl": ("{}\n", "JSON Lines"),
    "output.manifest": ("{}\n", "SageMaker"),
    "n.txt": ("cup 0.5 0.5 0.2 0.3\n", "이름을 쓴 YOLO"),
    "px.txt": ("cup 155 144 481 298 \r\n", "픽셀 좌표의 줄"),
    "t.txt": ("0 2 Car 0 0 -1.5 1 2 8 9 1.5 1.6 3.9 1.8 1.5 8.4 0.01\n", "추적(tracking) 라벨"),
    "gt.txt": ("1,1,912,484,97,109,0,7,1\n", "MOT"),
    "k.txt": ("img/a.jpg 1,2,30,40,0 5,6,7,8,1\n", "keras"),
    "w.txt": ("a/b.jpg\n1\n449 330 122 149 0 0 0 0 0 0\n", "WIDER"),
    "a.tfrecord": ("x", "TFRecord"),
    "a.zip": ("x", "압축"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_format_that_is_not_read_is_named_with_the_way_to_convert(name, tmp_path, capsys):
    text, word = FOREIGN[name]
    build(tmp_path, {name: text})
    for path in (tmp_path, tmp_path / name):
        assert main([str(path)]) == 2
        told = capsys.readouterr().err
        assert word in told and "바꾸는 길" in told


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_chosen_format_without_its_files_names_the_folder(fmt, tmp_path, capsys):
    assert main([str(build(tmp_path, {"a.py": ""}, ["a.jpg"])), "--format", fmt]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"{tmp_path}: ") and "하나도 없습니다" in told


def test_a_file_of_the_format_that_was_not_chosen_is_called_by_its_name(tmp_path):
    build(tmp_path, {"a.txt": BOX, "a.xml": voc("a.jpg")}, ["a.jpg"])
    for fmt, other in (("yolo", "voc"), ("voc", "yolo")):
        ((_, reason),) = load_dataset(tmp_path, fmt).reading.skipped
        assert f"--format {other}" in reason


def test_of_the_files_of_coco_the_boxes_are_chosen_and_the_others_named(tmp_path):
    names = [f"{kind}_{split}.json" for kind in ("instances", "person_keypoints") for split in "ab"]
    names = [name.replace("_a", "_train").replace("_b", "_val") for name in names]
    report, dataset = seen(build(tmp_path, {name: coco(f"{name}.jpg") for name in names}))
    assert len(dataset.images) == 2 and report.names == ["skipped_files"]
    assert {Path(path).name for path, _ in dataset.reading.skipped} == set(names[2:])
    assert all("다른 정답" in reason for _, reason in dataset.reading.skipped)


def test_a_yaml_is_diagnosed_by_the_folders_it_names(tmp_path):
    own, other = (pairs(f"{place}/labels/{{}}.txt", f"{place}/images/{{}}.jpg") for place in "ab")
    texts = own[0] | other[0] | {"data.yaml": "train: a/images\nval: c/images\nnames: [컵]\n"}
    report, dataset = seen(build(tmp_path, texts, [*own[1], *other[1]]) / "data.yaml")
    assert opened(report) == (2, 2) and dataset.n_boxes == 2
    assert (str(tmp_path / "b"), "YAML이 말하지 않는 폴더입니다.") in dataset.reading.skipped
    assert ("c/images", "YAML에 적혔지만 없는 폴더입니다.") in dataset.reading.skipped
    # 라벨의 자리를 알 수 없으면 그 폴더를 모두 봅니다.
    (tmp_path / "a" / "labels").rename(tmp_path / "a" / "정답들")
    assert len(load_dataset(tmp_path / "data.yaml").images) == 4


def test_a_folder_searched_twice_does_not_double_its_images(tmp_path):
    texts, pictures = pairs("labels/train/{}.txt", "images/train/{}.jpg")
    texts |= {"labels/train/2.txt": BOX, "data.yaml": "train: images/train\nnames: [컵]\n"}
    pictures.append("images/train/라벨 없음.jpg")
    report, dataset = seen(build(tmp_path, texts, pictures) / "data.yaml")
    kinds = ["missing_image", "no_image_size", "missing_label"]
    assert opened(report) == (3, 4)
    assert [problem.kind for problem in dataset.problems] == kinds


def test_an_unknown_folder_says_what_is_inside(tmp_path):
    build(tmp_path, {"labels/a.txt": BOX, "x/a.py": ""}, ["images/a.jpg"])
    for folder, word in (("x", ".py 1개"), ("images", "labels")):
        with pytest.raises(ValueError, match=word):
            load_dataset(tmp_path / folder)
    with pytest.raises(ValueError, match="폴더"):
        load_dataset(tmp_path / "labels" / "a.txt")
    build(tmp_path, {"x/c.yaml": "train: 없는곳/images\nnames: [컵]"})
    with pytest.raises(ValueError, match="없는곳/images"):
        load_dataset(tmp_path / "x" / "c.yaml")


@pytest.mark.parametrize("path", ["", "labels"])
def test_empty_labels_are_a_data_set_of_background(tmp_path, path):
    texts, pictures = pairs("labels/{}.txt", "images/{}.png", "\n")
    report, dataset = seen(build(tmp_path, texts, pictures) / path)
    assert len(dataset.images) == 2 and report.names == ["empty_images"]


def test_a_root_in_capitals_is_read_and_told(tmp_path):
    report, dataset = seen(build(tmp_path, {"a.xml": voc("a.jpg", root="Annotation")}, ["a.jpg"]))
    assert dataset.n_boxes == 1 and report.names == ["read_as"]


def test_a_draft_of_a_label_tool_steps_back_behind_the_training_format(tmp_path):
    texts = {
        "a.json": labelme("a.jpg"),
        "all.json": coco("a.jpg"),
        "annotations.xml": cvat("a.jpg"),
    }
    report, dataset = seen(build(tmp_path, texts, ["a.jpg"]))
    assert dataset.fmt == "coco" and report.names == ["skipped_files"]
    assert "--format labelme" in str(report) and "--format cvat" in str(report)
    for name in ("labelme", "cvat"):
        assert load_dataset(tmp_path, name).fmt == name
    (tmp_path / "a.txt").write_text(BOX, encoding="utf-8")
    with pytest.raises(ValueError, match="여러 형식"):
        load_dataset(tmp_path)


# CVAT의 도형: (도형, 감싸는 박스 또는 문제의 종류).
SHAPES = {
    '<box label="a" xtl="10" ytl="5" xbr="30" ybr="35"/>': [10, 5, 30, 35],
    '<box label="a" xtl="10" ytl="20" xbr="30" ybr="30" rotation="90"/>': [15, 15, 25, 35],
    '<polygon label="a" points="1,2;30,4;8,9"/>': [1, 2, 30, 9],
    '<polyline label="a" points="1,2;30,4"/>': [1, 2, 30, 4],
    '<ellipse label="a" cx="20" cy="20" rx="5" ry="8"/>': [15, 12, 25, 28],
    '<mask label="a" left="3" top="4" width="5" height="6" rle="1"/>': [3, 4, 8, 10],
    '<points label="a" points="1,2;3,4"/>': "no_bbox",
    '<box label="a" xtl="10" ytl="5" xbr="30"/>': "bad_box",
    '<box label="" xtl="1" ytl="2" xbr="3" ybr="4"/>': "bad_class",
    '<polygon label="a" points="1,2;3"/>': "no_bbox",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_shapes_of_cvat(tmp_path, shape):
    size = f'width="{SIZE[0]}" height="{SIZE[1]}"'
    image = f'<image id="0" name="a.jpg" {size}><tag label="b"/>{shape}</image>'
    text = f"<annotations>{image}</annotations>"
    dataset = load_dataset(build(tmp_path, {"a.xml": text}, ["a.jpg"]))
    assert "태그 1개" in dataset.reading.notes[0]
    if isinstance(SHAPES[shape], str):
        assert [problem.kind for problem in dataset.problems] == [SHAPES[shape]]
    else:
        (box,) = dataset.images[0].boxes
        assert box == pytest.approx(SHAPES[shape]) and dataset.problems == ()
        assert dataset.images[0].polygon == [dataset.images[0].sources[0].place[-1] == ")"]


def test_splits_with_other_classes_are_an_error(tmp_path):
    texts = {"train/a.json": coco("0.jpg"), "val/a.json": coco("1.jpg", category="접시")}
    report, dataset = seen(build(tmp_path, texts, ["train/0.jpg", "val/1.jpg"]))
    assert report.names == ["class_lists_differ"] and dataset.n_boxes == 2
    (tmp_path / "val" / "a.json").rename(tmp_path / "val" / "b.json")
    with pytest.raises(ValueError, match="2개"):
        load_dataset(tmp_path)


names = st.text(st.sampled_from("ab1가힣 ._-()#%한"), min_size=1, max_size=8).filter(
    lambda text: text.strip(" .") == text and not text.startswith(".")
)
layouts = st.sampled_from(
    [
        ("labels", "images"),
        ("Annotations", "JPEGImages"),
        ("label", "img"),
        ("라벨", "사진"),
        ("", ""),
    ]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(names, min_size=1, max_size=4, unique_by=lambda n: unicodedata.normalize("NFC", n)),
    layouts,
    st.sampled_from(["", "train", "내 데이터/val"]),
    st.booleans(),
    st.sampled_from([".jpg", ".PNG", ".jpeg"]),
    st.sampled_from([".txt", ".TXT", ".xml", ".XML"]),
)
def test_any_name_in_any_usual_place_is_found(
    tmp_path_factory, stems, layout, split, first, picture, label
):
    folder = tmp_path_factory.mktemp("set")
    places = [Path(split, word) if first else Path(word, split) for word in layout]
    texts, pictures = {}, []
    for stem in stems:
        text = BOX if label.lower() == ".txt" else voc(f"{stem}{picture}")
        texts[str(places[0] / f"{stem}{label}")] = text
        pictures.append(str(places[1] / f"{stem}{picture}"))
    report, dataset = seen(build(folder, texts, pictures))
    assert opened(report) == (len(stems), len(stems)) == (dataset.n_boxes, len(stems))
    assert report.names == []


files = st.sampled_from(
    "a.txt b.TXT labels/a.txt x/a.xml y.json README.txt classes.txt .git/x .hidden d/e/f.csv g.md "
    "a.jpg x/a.png ._z.xml data.yaml".split()
)


@settings(deadline=None)
@given(st.sets(files, min_size=1))
def test_no_file_vanishes(tmp_path_factory, chosen):
    """정답 하나에 아무 파일이나 더해도, 모두 읽혔거나 열렸거나 이유와 함께 적혀 있습니다."""
    folder = tmp_path_factory.mktemp("set")
    build(folder, {name: "설명" for name in chosen if not name.endswith((".jpg", ".png"))})
    build(folder, {"정답.xml": voc("정답.jpg")}, ["정답.jpg", *(n for n in chosen if n[-1] == "g")])
    dataset = load_dataset(folder)
    told = {Path(path).relative_to(folder).parts for path, _ in dataset.reading.skipped}
    told |= {Path(p.source.file).relative_to(folder).parts for p in dataset.problems}
    for name in chosen - {"a.jpg", "x/a.png"}:
        parts = Path(name).parts
        assert any(parts[: len(one)] == one for one in told), (name, told)
    assert dataset.reading.pictures == 1 + len(chosen & {"a.jpg", "x/a.png"})


@given(
    st.lists(st.sampled_from(["a/0.jpg", "b/0.jpg", "0.jpg", "c/d/0.jpg", "1.jpg"]), unique=True),
    st.lists(st.sampled_from(["a/0.jpg", "b/0.jpg", "d/0.jpg", "e/0.jpg", "1.jpg", "2.jpg"])),
)
def test_one_file_is_never_given_to_two_names(paths, wanted):
    files = ImageFiles([], files=[f"/set/{path}" for path in paths])
    found = files.resolve([Wanted(name, "/set") for name in wanted])
    owners = {}
    for name, one in zip(wanted, found, strict=True):
        assert bool(one.path) != bool(one.kind)
        if one.path:
            assert owners.setdefault(one.path, name) == name
        elif f"/set/{name}" in files.paths:
            raise AssertionError("적힌 그대로 있는 파일은 언제나 찾습니다.")


def test_links_that_point_at_each_other_end(tmp_path):
    build(tmp_path, {"real/labels/a.txt": BOX}, ["pictures/a.jpg"])
    try:
        (tmp_path / "real" / "images").symlink_to(tmp_path / "pictures", target_is_directory=True)
        (tmp_path / "real" / "up").symlink_to(tmp_path / "real", target_is_directory=True)
    except OSError:
        pytest.skip("이 컴퓨터에서는 링크를 만들 수 없습니다.")
    found = walk(tmp_path / "real")
    assert len(found.files) == 2 and "링크" in found.skipped[0][1]
    report, _ = seen(tmp_path / "real")
    assert opened(report) == (1, 1)
