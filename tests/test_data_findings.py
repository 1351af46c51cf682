"""데이터의 진단마다: 같은 잘못의 여러 모습은 알리고, 닮았지만 멀쩡한 데이터는 나무라지 않습니다."""

import json
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from anchorbox_utils import (
    Dataset,
    LabeledImage,
    box_iou,
    dataset_from_boxes,
    diagnose,
    load_coco,
    load_dataset,
)

SIZE = (240, 320)
POLYGON = [[10, 10, 30, 10, 30, 40, 10, 40]]
NAMES = {1: "개", 2: "새"}


def told(boxes, **options):
    # 여기의 데이터는 거의 모두 클래스가 하나라, 그렇다는 말은 빼고 봅니다.
    report = diagnose(dataset_from_boxes(boxes, SIZE, **options))
    report.findings = tuple(f for f in report.findings if f.name != "single_class")
    return report


def coco(folder, annotations=({},), images=None, categories=NAMES, name="a.json", plain=True):
    """``annotations``에는 기본 기록과 다른 것만 적습니다. None이면 그 항목을 뺍니다."""
    base = {"image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 30], "area": 600, "iscrowd": 0}
    full = [{"id": i + 1} | base | changes for i, changes in enumerate(annotations)]
    full = [{key: value for key, value in one.items() if value is not ...} for one in full]
    if not plain:
        # 평범하지 않은 기록이 섞이면 하나씩 읽는 길로 갑니다.
        full.append({"id": "마지막", "image_id": 1, "category_id": 1, "bbox": [1, 2, "x", 4]})
    images = [{"id": 1, "file_name": "a.png"}] if images is None else images
    document = {
        "images": [{"width": 320, "height": 240} | image for image in images],
        "annotations": full,
        "categories": [{"id": number, "name": name} for number, name in categories.items()],
    }
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return folder / name


def names_of(path):
    found = diagnose(load_coco(path)).names
    return [name for name in found if name not in ("unused_class", "bad_box", "empty_images")]


def finding(report, name):
    (found,) = (one for one in report.findings if one.name == name)
    return found


# 평가 도구가 읽는 항목: (기본과 다른 기록들, 나와야 할 진단).
FIELDS = {
    "모두 있음": ([{}], []),
    "id 0": ([{"id": 0}, {"id": 1, "bbox": [50, 50, 20, 30]}], ["annotation_id_zero"]),
    "뒤에 있는 id 0": ([{"id": 5}, {"id": 0, "bbox": [50, 50, 9, 9]}], ["annotation_id_zero"]),
    "글로 적은 id 0": ([{"id": "0"}], []),
    "넓이 0": ([{"area": 0}], ["bad_area"]),
    "넓이 0.0": ([{"area": 0.0}], ["bad_area"]),
    "음수인 넓이": ([{"area": -4}], ["bad_area"]),
    "글인 넓이": ([{"area": "600"}], ["bad_area"]),
    "넓이 없음": ([{"area": ...}], ["no_area"]),
    "넓이 null": ([{"area": None}], ["no_area"]),
    "iscrowd 없음": ([{"iscrowd": ...}], ["no_iscrowd"]),
    "iscrowd null": ([{"iscrowd": None}], ["no_iscrowd"]),
    "참거짓인 iscrowd": ([{"iscrowd": False}], []),
    "무리": ([{"iscrowd": 1, "segmentation": {"counts": [1, 2], "size": [3, 1]}}], []),
    "맞는 다각형": ([{"segmentation": POLYGON}], []),
    "목록 하나로 적은 다각형": ([{"segmentation": POLYGON[0]}], []),
    "여러 조각": ([{"segmentation": [[10, 10, 12, 10, 12, 40], [28, 12, 30, 12, 30, 40]]}], []),
    "조금 작은 다각형": ([{"segmentation": [[11, 12, 29, 12, 29, 39]]}], []),
    "빈 다각형": ([{"segmentation": []}], []),
    "점이 모자란 다각형": ([{"segmentation": [[1, 2, 3, 4]]}], []),
    "수가 아닌 다각형": ([{"segmentation": [["a", 2, 3, 4, 5, 6]]}], []),
    "다른 곳의 다각형": (
        [{"segmentation": [[200, 100, 260, 100, 260, 150]]}],
        ["segment_differs"],
    ),
    "xyxy로 적은 박스": (
        [{"bbox": [100, 60, 140, 100], "segmentation": [[100, 60, 140, 60, 140, 100]]}],
        ["segment_differs"],
    ),
    "아주 작은 물체의 반올림": (
        [{"bbox": [10, 10, 2, 2], "segmentation": [[11, 11, 13.5, 11, 13.5, 13.5]]}],
        [],
    ),
    "열에 하나만 가려진 곳까지 그림": (
        [{"segmentation": POLYGON, "bbox": [10, 10, 20, 30 + i / 8]} for i in range(9)]
        + [{"bbox": [100, 10, 60, 120], "segmentation": [[100, 10, 160, 10, 160, 50]]}],
        ["near_duplicates"],
    ),
}


@pytest.mark.parametrize("plain", [True, False], ids=["한꺼번에", "하나씩"])
@pytest.mark.parametrize("case", FIELDS)
def test_fields_that_evaluation_reads(tmp_path, case, plain):
    annotations, expected = FIELDS[case]
    assert names_of(coco(tmp_path, annotations, plain=plain)) == expected


def test_only_some_records_without_area_are_shown(tmp_path):
    records = [{}, {"area": ..., "bbox": [100, 60, 50, 40]}]
    found = finding(diagnose(load_coco(coco(tmp_path, records))), "no_area")
    assert "2개 가운데 1개" in found.evidence and "(id 2)" in found.examples[0]
    records = [{"area": ...}, {"area": ..., "bbox": [100, 60, 50, 40]}]
    assert finding(diagnose(load_coco(coco(tmp_path, records))), "no_area").examples == ()


def test_a_wrong_reading_is_not_told_again_by_the_polygons(tmp_path):
    """[x1, y1, x2, y2]를 xywh로 읽어 밖으로 나간 박스는 다각형과도 다르지만 원인은 하나입니다."""
    records = [
        {"bbox": [200 + i, 150, 300, 220], "segmentation": [[200, 150, 300, 150, 300, 220]]}
        for i in range(8)
    ]
    assert names_of(coco(tmp_path, records)) == ["mixed_formats"]


def test_marks_survive_every_way_into_a_dataset(tmp_path):
    dataset = load_coco(coco(tmp_path, [{"id": 0}, {"bbox": [50, 50, 9, 9], "area": 0}]))
    again = Dataset(list(dataset.images), categories=dataset.categories)
    assert again.columns.marks.tolist() == dataset.columns.marks.tolist() == [1, 4]
    for name in ("train", "val"):
        coco(
            tmp_path / "둘",
            [{"id": 0}],
            [{"id": 1, "file_name": f"{name}.png"}],
            name=f"둘/{name}.json",
        )
    report = diagnose(load_dataset(tmp_path / "둘"))
    assert "2개" in finding(report, "annotation_id_zero").evidence


BIG = [20, 20, 120, 100]

# 겹친 박스: (한 이미지의 박스들, 클래스들, 나와야 할 진단).
DOUBLES = {
    "따로 밀린 셋": ([BIG, [21, 20, 120, 101], [200, 20, 280, 100], [200, 21, 281, 101]], 0, True),
    "크기가 다름": ([BIG, [20, 20, 121.5, 101.2]], 0, True),
    "안쪽에 들어 있음": ([BIG, [21, 21, 119, 99]], 0, True),
    "IoU 0.9": ([BIG, [22, 22, 122, 102]], 0, False),
    "이웃한 격자": ([[40 * i, 0, 40 * i + 40, 40] for i in range(8)], 0, False),
    "빽빽한 무리": ([[10 + 6 * i, 10, 60 + 6 * i, 70] for i in range(30)], 0, False),
    "한 줄로 쌓인 책": ([[10, 4 * i, 210, 4 * i + 4] for i in range(50)], 0, False),
    "같은 중심의 과녁": (
        [[160 - r, 120 - r, 160 + r, 120 + r] for r in range(10, 110, 10)],
        0,
        False,
    ),
    "머리와 얼굴": ([BIG, [22, 22, 118, 98]], [0, 1], False),
}


@pytest.mark.parametrize("case", DOUBLES)
def test_boxes_that_are_nearly_the_same(case):
    boxes, labels, doubled = DOUBLES[case]
    labels = [labels] * len(boxes) if labels == 0 else labels
    report = told([boxes], labels=[labels])
    assert report.names == (["near_duplicates"] if doubled else [])


def test_a_pair_is_told_by_the_clearest_finding_only():
    boxes = [[BIG, [22, 22, 122, 102], [220 + i, 20, 300, 100]] for i in range(4)]
    assert told(boxes).names == ["shifted_duplicates"]
    thrice = [[BIG, BIG, BIG, [220 + i, 20, 300, 100]] for i in range(2)]
    assert told(thrice).names == ["duplicate_boxes"]
    mixed = [[BIG, BIG, [20, 20, 121, 101]]]
    assert told(mixed).names == ["duplicate_boxes", "near_duplicates"]
    crowd = LabeledImage("a", 320, 240, [BIG, BIG], crowd=[True, False])
    assert diagnose(Dataset([crowd])).names == []


def test_one_box_with_two_classes_names_the_classes():
    boxes = [[BIG, [20.2, 20, 120, 100]]]
    report = told(boxes, labels=[[1, 2]], names=NAMES)
    assert report.names == ["conflicting_classes"] and "개–새 1쌍" in report.findings[0].evidence


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 40), st.sampled_from([1, 3, 9]))
def test_every_pair_above_the_threshold_is_found(seed, count, spread):
    """줄을 세워 이웃만 견주어도, 모든 짝을 견준 것과 같은 짝을 찾습니다."""
    rng = np.random.default_rng(seed)
    boxes = np.array([60.0, 60, 160, 150]) + rng.uniform(-spread, spread, (count, 4))
    iou = np.triu(box_iou(boxes, boxes), 1)
    report = told([boxes])
    expected = (iou > 0.95).sum()
    assert report.names == (["near_duplicates"] if expected else [])
    if expected:
        assert f"{expected:,}쌍" in report.findings[0].evidence


def moving(count, *extra):
    """움직이는 박스 하나와, 장마다 ``extra``의 박스들."""
    return [[[10 + 3 * i, 10, 60 + 3 * i, 70], *extra] for i in range(count)]


STILL = [200, 100, 260, 160]


def test_a_track_left_open():
    assert told(moving(12, STILL)).names == ["repeated_box"]
    assert told(moving(8, STILL)).names == ["repeated_box"]
    # 짧은 데이터 둘에 우연히 같은 박스, 이미지를 가득 채운 박스, 클래스가 다른 박스.
    assert told(moving(7, STILL)).names == []
    full = told(moving(12, [0, 0, 320, 238])).names
    assert "repeated_box" not in full and "fixed_boxes" not in full
    labels = [[0, i] for i in range(12)]
    assert told(moving(12, STILL), labels=labels).names == []


def test_a_part_of_a_video_and_chance_are_told_apart():
    around = moving(40)
    boxes = [*around, *moving(12, STILL), *around]
    paths = [f"{i:04}.png" for i in range(len(boxes))]
    assert told(boxes, paths=paths).names == ["repeated_box"]
    scattered = [row + [STILL] if i % 7 == 0 else row for i, row in enumerate(moving(84))]
    assert told(scattered).names == []
    shuffled = np.random.default_rng(0).permutation(len(boxes))
    report = told([boxes[i] for i in shuffled], paths=[paths[i] for i in shuffled])
    assert report.names == ["repeated_box"]


def test_data_with_fixed_places_is_only_mentioned():
    """양식이 정해진 문서나 주차장처럼, 여러 자리가 되풀이되는 데이터."""
    fields = [[60 * i, 150, 60 * i + 40, 200] for i in range(5)]
    assert told([fields] * 20).names == ["fixed_boxes"]


def filmed(folder, picture_of):
    rng = np.random.default_rng(0)
    images = []
    for i in range(12):
        pixels = rng.integers(0, 255, (*SIZE, 3)).astype(np.uint8)
        pixels[100:160, 200:260] = picture_of(rng)
        Image.fromarray(pixels).save(folder / f"{i:02}.png")
        boxes = [[10 + 3 * i, 10, 60 + 3 * i, 70], STILL]
        path = str(folder / f"{i:02}.png")
        images.append(LabeledImage(path, 320, 240, boxes, file_size=(320, 240)))
    return diagnose(Dataset(images)).names


def test_an_object_that_stands_still_in_the_pictures_is_only_mentioned(tmp_path):
    still = np.random.default_rng(1).integers(0, 200, (60, 60, 3))

    def flickering(rng):
        return still + rng.integers(0, 40)

    assert filmed(tmp_path, flickering) == ["fixed_boxes"]
    assert filmed(tmp_path, lambda rng: rng.integers(0, 255, (60, 60, 3))) == ["repeated_box"]
    # 민무늬는 물체가 있다는 증거가 되지 못합니다.
    assert filmed(tmp_path, lambda rng: 90) == ["repeated_box"]


# 이미지 목록에서 한 파일을 두 번: (이미지의 이름 둘, 같은 파일인지).
FILES = {
    "같은 이름": (["a.png", "a.png"], True),
    "구분자가 다름": (["x/a.png", "x\\a.png"], True),
    "./가 붙음": (["./a.png", "a.png"], True),
    "NFC와 NFD": (["각.png", unicodedata.normalize("NFD", "각.png")], True),
    "폴더가 다름": (["x/a.png", "y/a.png"], False),
    "대소문자가 다름": (["a.png", "A.png"], False),
}


@pytest.mark.parametrize("case", FILES)
def test_one_file_under_two_ids(tmp_path, case):
    files, same = FILES[case]
    images = [{"id": i + 1, "file_name": name} for i, name in enumerate(files)]
    records = [{"image_id": 1}, {"image_id": 2, "bbox": [50, 50, 20, 30]}]
    assert names_of(coco(tmp_path, records, images)) == (["duplicate_file"] if same else [])


def noise(seed):
    pixels = np.random.default_rng(seed).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    return Image.fromarray(pixels)


def yolo(folder, pictures):
    """{이미지의 경로: 무늬의 번호(민무늬면 색 이름)}."""
    for number, (name, seed) in enumerate(pictures.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.new("RGB", (64, 48), seed) if isinstance(seed, str) else noise(seed)
        picture.save(path, "PNG")
        label = f"0 .5 {0.4 + number / 100} .2 .3"
        path.with_suffix(".txt").write_text(label, encoding="utf-8")
    return [name for name in diagnose(load_dataset(folder)).names if name != "missing_label"]


# 나눔 둘의 사진: ({이미지: 무늬}, 나와야 할 진단).
SPLITS = {
    "이름도 내용도 같음": ({"train/a.png": 1, "val/a.png": 1}, ["split_leak"]),
    "이름만 다름": ({"train/a.png": 1, "valid/b.png": 1}, ["split_leak"]),
    "민무늬라도 이름이 같음": ({"train/a.png": "red", "test/a.png": "red"}, ["split_leak"]),
    "민무늬이고 이름이 다름": ({"train/a.png": "red", "test/b.png": "red"}, []),
    "이름만 같음": ({"train/1.png": 1, "val/1.png": 2}, ["same_name_in_splits"]),
    "한 나눔 안의 같은 사진": ({"train/a.png": 1, "train/b.png": 1, "val/c.png": 2}, []),
    "장면의 폴더가 다름": ({"train/s1/1.png": 1, "val/s2/1.png": 2}, []),
    "나눔이 아닌 폴더": ({"x/a.png": 1, "y/b.png": 1}, []),
    "담고 담기는 나눔": ({"train/a.png": 1, "trainval/a.png": 1}, []),
    "Roboflow의 꼬리": (
        {"train/a_jpg.rf.0123456789ab.png": 1, "valid/a_jpg.rf.ba9876543210.png": 2},
        ["same_name_in_splits"],
    ),
}


@pytest.mark.parametrize("case", SPLITS)
def test_pictures_in_two_splits(tmp_path, case):
    pictures, expected = SPLITS[case]
    assert yolo(tmp_path, pictures) == expected


def test_every_picture_in_two_splits_is_counted_and_shown_once_a_split(tmp_path):
    """증강한 것은 원본의 이름이 같습니다. 원본의 수만 말하면 모두 겹쳐도 몇 장뿐인 것 같습니다."""
    tails = ["0123456789ab", "1123456789ab", "2123456789ab"]
    pictures = {
        f"{split}/a_jpg.rf.{tail}.png": seed
        for split in ("train", "valid")
        for seed, tail in enumerate(tails)
    }
    yolo(tmp_path, pictures)
    found = finding(diagnose(load_dataset(tmp_path)), "split_leak")
    assert "이미지 6장" in found.evidence and "사진 3가지" in found.evidence
    assert all("train: " in text and "val: " in text for text in found.examples)


@pytest.mark.parametrize(
    ("train", "val", "expected"),
    [
        (["거리.png", "b.png"], ["거리.png", "c.png"], ["split_leak"]),
        (["a/1.png"], ["b/1.png"], []),
        # 나눔마다 1번부터 다시 센 이름은 다른 사진일 수 있습니다.
        (["1.png", "2.png", "3.png"], ["1.png", "2.png"], ["same_name_in_splits"]),
        (["img_1.png", "img_2.png"], ["img_1.png"], ["same_name_in_splits"]),
        (["000139.png", "000285.png", "000632.png"], ["000724.png", "000139.png"], ["split_leak"]),
    ],
)
def test_names_alone_when_no_picture_is_there(tmp_path, train, val, expected):
    for split, files in (("train", train), ("val", val)):
        images = [{"id": i + 1, "file_name": name} for i, name in enumerate(files)]
        coco(tmp_path, [{}], images, {1: "개"}, f"instances_{split}.json")
    found = diagnose(load_dataset(tmp_path)).names
    assert [name for name in found if name != "empty_images"] == expected


# 클래스 이름: (이름들, 나와야 할 진단).
CLASS_NAMES = {
    "다른 이름": (["cup", "mug"], []),
    "같은 이름": (["cup", "cup"], ["duplicate_class_name"]),
    "대소문자": (["cup", "Cup", "CUP"], ["similar_class_names"]),
    "빈칸": (["traffic light", "trafficlight"], ["similar_class_names"]),
    "끝의 빈칸": (["cup ", "cup"], ["similar_class_names"]),
    "보이지 않는 글자": (["cup\u200b", "cup"], ["similar_class_names"]),
    "NFC와 NFD": (["컵", unicodedata.normalize("NFD", "컵")], ["similar_class_names"]),
    "글자를 찾는 데이터": (["a", "A", "b", "B"], []),
    "비슷하지만 다른 말": (["cup", "cups", "cup1", "컵"], []),
    "빈 이름": (["cup", " "], ["blank_class_name"]),
    "빈 이름 둘": (["", " ", "cup"], ["blank_class_name"]),
}


@pytest.mark.parametrize("case", CLASS_NAMES)
def test_class_names(case):
    names, expected = CLASS_NAMES[case]
    boxes = [[[10 + i, 10, 60, 70]] for i in range(len(names))]
    labels = [[i] for i in range(len(names))]
    report = told(boxes, labels=labels, names=dict(enumerate(names)))
    assert report.names == expected


def test_names_that_look_alike_are_shown_apart():
    names = {0: "컵", 1: unicodedata.normalize("NFD", "컵"), 2: "새", 3: "새 "}
    boxes = [[[10 + i, 10, 60, 70]] for i in range(4)]
    report = told(boxes, labels=[[i] for i in range(4)], names=names)
    (forms, spaces) = finding(report, "similar_class_names").examples
    assert "NFD" in forms and spaces == "'새' / '새 '"


def test_the_empty_class_zero_of_roboflow_may_share_a_name(tmp_path):
    records = [{}, {"category_id": 2, "bbox": [100, 60, 50, 40]}]
    assert names_of(coco(tmp_path, records[:1], categories={0: "개", 1: "개"})) == []
    assert names_of(coco(tmp_path, records, categories={1: "개", 2: "개"})) == [
        "duplicate_class_name"
    ]


# data.yaml: (내용, 나와야 할 진단).
LISTS = {
    "맞음": ("nc: 2\nnames: [개, 새]", []),
    "nc가 글": ('nc: "2"\nnames: [개, 새]', []),
    "nc 없음": ("names: {0: 개, 1: 새}", []),
    "nc가 작음": ("nc: 1\nnames: [개, 새]", ["class_list_slip"]),
    "nc가 큼": ("nc: 3\nnames: [개, 새]", ["class_list_slip"]),
    "1부터 셈": ("names: {1: 개, 2: 새}", ["class_list_slip"]),
    "빠진 번호": ("names: {0: 개, 2: 새}", ["class_list_slip"]),
    "YAML의 거짓": ("names: [개, no]", ["class_list_slip"]),
    "빈 항목": ("names:\n- 개\n-\n", ["class_list_slip"]),
    "글인 names": ("nc: 1\nnames: 개", ["bad_class_list"]),
    "빈 names": ("nc: 1\nnames:", ["bad_class_list"]),
}


@pytest.mark.parametrize("given", [False, True], ids=["곁에서", "--names"])
@pytest.mark.parametrize("case", LISTS)
def test_a_class_list_against_itself(tmp_path, case, given):
    text, expected = LISTS[case]
    (tmp_path / "data.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "a.txt").write_text("0 .5 .5 .2 .3", encoding="utf-8")
    noise(0).save(tmp_path / "a.png")
    names = tmp_path / "data.yaml" if given else None
    found = diagnose(load_dataset(tmp_path, names=names)).names
    ignored = ("unused_class", "skipped_files", "class_gap", "unknown_class")
    assert [name for name in found if name not in ignored] == expected


# YOLO의 줄: (줄, 나와야 할 진단).
UNITS = {
    "꼭 1": ("0 .5 .5 1 1", []),
    "float32에서 1": ("0 .5 .5 1.0000000001 .5", []),
    "1을 아주 조금": ("0 .5 .5 1.0001 .5", ["beyond_unit"]),
    "음수를 아주 조금": ("0 -.001 .5 .02 .5", ["beyond_unit"]),
    "수는 안이고 박스만 밖": ("0 .95 .5 .2 .5", ["out_of_image"]),
    "많이": ("0 .5 .5 1.2 .5", ["out_of_image"]),
    "픽셀": ("0 30 20 10 10", ["unit_mismatch"]),
}


@pytest.mark.parametrize("case", UNITS)
def test_yolo_values_above_one_by_any_amount(tmp_path, case):
    line, expected = UNITS[case]
    (tmp_path / "a.txt").write_text(line, encoding="utf-8")
    noise(0).save(tmp_path / "a.png")
    report = diagnose(load_dataset(tmp_path))
    assert report.names == expected
    if expected == ["out_of_image"]:
        assert ("0~1을 벗어나" in report.findings[0].evidence) == (case == "많이")


def test_turned_boxes_in_pixels_are_a_matter_of_unit(tmp_path):
    # 왼쪽 위로 치우친 박스는 [cx, cy, w, h]로도 [x1, y1, x2, y2]로도 이미지 안에 듭니다.
    for i in range(3):
        (tmp_path / f"{i}.txt").write_text("0 4 4 40 4 40 36 4 36", encoding="utf-8")
        noise(i).save(tmp_path / f"{i}.png")
    found = diagnose(load_dataset(tmp_path)).errors
    assert [finding.name for finding in found] == ["unit_mismatch"]
    assert "[cx, cy, w, h] 픽셀로" in found[0].evidence


def voc(name="컵"):
    box = "<bndbox><xmin>5</xmin><ymin>6</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>"
    size = "<size><width>64</width><height>48</height></size>"
    return f"<annotation>{size}<object><name>{name}</name>{box}</object></annotation>"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["컵", "컵 "], ["similar_class_names"]),
        (["컵", "\n  컵\n "], []),
        (["컵", "컵"], []),
        (["컵", " "], ["bad_class"]),
    ],
)
def test_spaces_around_a_name_in_xml(tmp_path, names, expected):
    for i, name in enumerate(names):
        (tmp_path / f"{i}.xml").write_text(voc(name), encoding="utf-8")
    found = diagnose(load_dataset(tmp_path)).names
    assert [name for name in found if name != "empty_images"] == expected


# 나눔의 목록: ({목록: 내용}, 두 나눔에 함께 있는 이미지의 수).
SPLIT_LISTS = {
    "겹치지 않음": ({"train.txt": "0\n1\n", "val.txt": "2\n"}, 0),
    "VOC": ({"train.txt": "0\n1\n", "val.txt": "1\n2\n", "trainval.txt": "0\n1\n2\n"}, 1),
    "VOC의 클래스마다의 목록": ({"cup_train.txt": "0 1\n", "cup_val.txt": "0 -1\n"}, 0),
    "YOLO": ({"train.txt": "./x/0.jpg\nx/1.jpg", "test.txt": "x\\0.jpg\nx/1.jpg\n"}, 2),
    "나눔마다의 폴더": ({"train.txt": "train/0.jpg\n", "val.txt": "val/0.jpg\n"}, 0),
    "같은 나눔의 두 목록": ({"val.txt": "0\n", "valid.txt": "0\n"}, 0),
    "이름이 train인 라벨": ({"train.txt": "0 1 2 3 4\n", "val.txt": "0 1 2 3 4\n"}, 0),
}


@pytest.mark.parametrize("case", SPLIT_LISTS)
def test_an_image_in_the_lists_of_two_splits(tmp_path, case):
    lists, shared = SPLIT_LISTS[case]
    (tmp_path / "ImageSets").mkdir()
    (tmp_path / "0.xml").write_text(voc(), encoding="utf-8")
    for name, text in lists.items():
        (tmp_path / "ImageSets" / name).write_text(text, encoding="utf-8")
    report = diagnose(load_dataset(tmp_path, "voc"))
    assert ("split_leak" in report.names) == bool(shared)
    if shared:
        assert f"{shared}건" in finding(report, "split_leak").evidence


# 나눔을 적은 파일: (이름, 내용, train이 다른 나눔과 같은 곳을 가리키는지).
SPLIT_FILES = {
    "따로": ("data.yaml", "train: images/train\nval: images/val\nnames: [컵]\n", False),
    "함께": ("data.yaml", "train: ../d/images\nval: ../d/images/\nnames: [컵]\n", True),
    "목록 가운데 하나": ("data.yaml", "train: [a, b]\ntest: b\nnames: [컵]\n", True),
    "val과 test": ("data.yaml", "train: a\nval: b\ntest: b\nnames: [컵]\n", False),
    "남의 YAML": ("other.yaml", "train: a\nval: a\n", False),
    "darknet": ("obj.data", "train = train.txt\nvalid = train.txt\nnames = obj.names\n", True),
}


@pytest.mark.parametrize("case", SPLIT_FILES)
def test_a_training_folder_that_is_also_for_validation(tmp_path, case):
    name, text, shared = SPLIT_FILES[case]
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "obj.names").write_text("컵\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n", encoding="utf-8")
    Image.new("RGB", (64, 48)).save(tmp_path / "a.png")
    report = diagnose(load_dataset(tmp_path))
    assert ("split_leak" in report.names) == shared
    if shared:
        assert "같은 곳" in finding(report, "split_leak").examples[0]
