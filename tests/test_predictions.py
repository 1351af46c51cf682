"""예측 불러오기: 옳은 파일은 그대로, 틀린 것은 어느 기록이 왜 그런지 말합니다."""

import json
import random
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from anchorbox_utils import dataset_from_boxes, load_coco, load_dataset, load_predictions

SIZE = (48, 64)
BOXES = [[4, 5, 24, 30], [30, 10, 60, 40]]


def data(n_images=8, numbers=(0, 1), path="{}.png"):
    """이미지마다 정답 둘. 클래스는 차례로 돌아갑니다."""
    rng = np.random.default_rng(0)
    boxes = [np.array(BOXES) + rng.uniform(-3, 3, (2, 4)).round(1) for _ in range(n_images)]
    labels = [[numbers[i % len(numbers)], numbers[(i + 1) % len(numbers)]] for i in range(n_images)]
    names = {number: f"클래스{number}" for number in numbers}
    return dataset_from_boxes(
        boxes, SIZE, labels, names, paths=[*map(path.format, range(n_images))]
    )


def as_results(dataset, image_id, shift=0, convert=lambda box: box, score=0.9):
    """정답을 그대로 예측한 COCO의 결과."""
    return [
        {
            "image_id": image_id(number, image),
            "category_id": int(label) + shift,
            "bbox": convert([x1, y1, x2 - x1, y2 - y1]),
            "score": score,
        }
        for number, image in enumerate(dataset.images)
        for (x1, y1, x2, y2), label in zip(image.boxes.tolist(), image.labels, strict=True)
    ]


def save(folder, records, name="results.json"):
    file = folder / name
    file.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    return file


def same_as_truth(predictions, dataset):
    for image, found in zip(dataset.images, predictions.detections, strict=True):
        np.testing.assert_allclose(found.boxes, image.boxes, atol=1e-3)
        np.testing.assert_array_equal(found.class_ids, image.labels)
    return True


COCO = {
    "images": [
        {"id": 10 * i, "file_name": f"사진/{i}.png", "width": 64, "height": 48} for i in range(8)
    ],
    "categories": [{"id": 3, "name": "개"}, {"id": 7, "name": "고양이"}],
}


def coco(folder):
    dataset = data(numbers=(3, 7))
    annotations = [
        {"id": k + 1, "image_id": row["image_id"], "category_id": row["category_id"]}
        | {"bbox": row["bbox"], "area": 1.0, "iscrowd": 0}
        for k, row in enumerate(as_results(dataset, lambda i, _: 10 * i))
    ]
    return load_coco(save(folder, COCO | {"annotations": annotations}, "truth.json"))


# image_id를 적는 법 → 알리는 말. 도구마다 다릅니다.
IDS = {
    "coco": (lambda i, _: 10 * i, ""),
    "as text": (lambda i, _: str(10 * i), "글로 적은 이미지 id"),
    "file name": (lambda i, _: f"{i}.png", "파일 이름으로"),
    "stem": (lambda i, _: f"{i}", "확장자를 뺀 파일 이름"),
}


@pytest.mark.parametrize("way", IDS)
def test_coco_results_find_their_images(tmp_path, way):
    image_id, note = IDS[way]
    dataset = coco(tmp_path)
    file = save(tmp_path, as_results(dataset, image_id))
    found = load_predictions(file, dataset)
    assert same_as_truth(found, dataset) and found.problems == () and found.fmt == "coco"
    assert len(found.notes) == bool(note) and note in "".join(found.notes)
    assert load_predictions(save(tmp_path, [], "none.json"), dataset).count == 0


def test_numbers_in_file_names_are_ids_too(tmp_path):
    """ultralytics는 000007.png의 예측에 7이라고 적습니다."""
    dataset = data(path="{:06d}.png")
    found = load_predictions(save(tmp_path, as_results(dataset, lambda i, _: i)), dataset)
    assert same_as_truth(found, dataset) and "파일 이름의 수" in found.notes[0]


@pytest.mark.parametrize("agree", [False, True])
def test_a_result_file_with_its_own_tables_is_read_by_their_names(tmp_path, agree):
    """정답의 틀에 담은 예측은 이미지와 클래스의 번호를 스스로 다시 매깁니다."""
    dataset = coco(tmp_path)
    names = [image.path.rpartition("/")[2] for image in dataset.images]
    # 번호는 모두 정답에도 있지만 다른 사진과 다른 클래스의 것입니다.
    images = [10 * i if agree else 10 * (7 - i) for i in range(8)]
    classes = {3: 3, 7: 7} if agree else {3: 7, 7: 3}
    records = as_results(dataset, lambda i, _: images[i])
    document = {
        "images": [{"id": images[i], "file_name": f"어디/{name}"} for i, name in enumerate(names)],
        "categories": [
            {"id": classes[number], "name": name} for number, name in dataset.categories.items()
        ],
        "annotations": [
            row | {"category_id": classes[row["category_id"]], "score": 0.9} for row in records
        ],
    }
    found = load_predictions(save(tmp_path, document), dataset)
    assert same_as_truth(found, dataset) and found.problems == ()
    told = [] if agree else ["images에 적힌 파일 이름", "categories에 적힌 이름"]
    assert all(word in note for word, note in zip(told, found.notes, strict=True))


@pytest.mark.parametrize(
    ("numbers", "shift", "told"),
    [((0, 1), 1, "1부터 세어"), ((3, 7), None, "클래스의 차례")],
)
def test_shifted_classes_are_put_back_and_told(tmp_path, numbers, shift, told):
    dataset = data(numbers=numbers)
    records = as_results(dataset, lambda i, _: str(i), shift or 0)
    if shift is None:
        records = [row | {"category_id": numbers.index(row["category_id"])} for row in records]
    found = load_predictions(save(tmp_path, records), dataset)
    assert same_as_truth(found, dataset) and found.problems == ()
    assert told in found.notes[-1] and "16개 가운데" in found.notes[-1]


def test_numbers_of_a_format_without_numbers_follow_the_names(tmp_path):
    """VOC는 이름만 적습니다. 모델의 번호가 이름순이 아니어도 겹치는 정답으로 짝을 찾습니다."""
    dataset = replace(data(numbers=(0, 1, 2)), fmt="voc")
    records = as_results(dataset, lambda i, _: str(i))
    turned = [row | {"category_id": [5, 0, 1][row["category_id"]]} for row in records]
    found = load_predictions(save(tmp_path, turned), dataset)
    assert same_as_truth(found, dataset) and "0=클래스1, 1=클래스2, 5=클래스0" in found.notes[-1]


def test_numbers_in_another_order_are_told_and_stay(tmp_path):
    """번호가 뜻이 있는 형식에서는 어느 쪽의 번호가 틀렸는지 모릅니다."""
    dataset = data(n_images=12, numbers=(0, 1, 2))
    records = as_results(dataset, lambda i, _: str(i))
    turned = [row | {"category_id": [2, 0, 1][row["category_id"]]} for row in records]
    found = load_predictions(save(tmp_path, turned), dataset)
    assert "0=클래스1, 1=클래스2, 2=클래스0" in found.notes[-1] and "그대로" in found.notes[-1]
    assert found.detections[0].class_ids.tolist() == [2, 0]


def test_honest_confusion_is_not_put_back(tmp_path):
    """반쯤 틀린 클래스는 번호가 밀린 것이 아닙니다."""
    dataset = data(n_images=20, numbers=(0, 1, 2))
    rng = random.Random(0)
    records = [
        row | {"category_id": rng.randrange(3)} for row in as_results(dataset, lambda i, _: str(i))
    ]
    found = load_predictions(save(tmp_path, records), dataset)
    told = [int(c) for one in found.detections for c in one.class_ids]
    assert sorted(told) == sorted(row["category_id"] for row in records)
    assert not any("번호가" in note for note in found.notes)


WRONG_BOXES = {
    "x1, y1, x2, y2": lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]],
    "cx, cy": lambda b: [b[0] + b[2] / 2, b[1] + b[3] / 2, b[2], b[3]],
    r"0~1로 나눈 \[x, y": lambda b: [b[0] / 64, b[1] / 48, b[2] / 64, b[3] / 48],
    r"0~1로 나눈 \[cx": lambda b: [
        *((b[0] + b[2] / 2) / 64, (b[1] + b[3] / 2) / 48, b[2] / 64, b[3] / 48),
    ],
}


@pytest.mark.parametrize("told", WRONG_BOXES)
def test_another_box_format_is_refused_by_name(tmp_path, told):
    dataset = data(n_images=12)
    records = as_results(dataset, lambda i, _: str(i), convert=WRONG_BOXES[told])
    with pytest.raises(ValueError, match=f"{told}.*로 적힌 것 같습니다"):
        load_predictions(save(tmp_path, records), dataset)


GOOD = {"image_id": "0", "category_id": 0, "bbox": [4, 5, 20, 25], "score": 0.5}
RECORDS = {
    "bad_record": 5,
    "unknown_image": GOOD | {"image_id": "없는 것"},
    "bad_class": GOOD | {"category_id": "개"},
    "unknown_class": GOOD | {"category_id": 99},
    "bad_box": GOOD | {"bbox": [1, 2, 3]},
    "no_score": {key: GOOD[key] for key in ("image_id", "category_id", "bbox")},
    "bad_score": GOOD | {"score": 1.5},
    "zero_size": GOOD | {"bbox": [4, 5, 0, 25]},
    "flipped": GOOD | {"bbox": [4, 5, -3, 25]},
    "not_finite": GOOD | {"bbox": [4, 5, 1e308, 1e999]},
}


@pytest.mark.parametrize("kind", RECORDS)
def test_no_record_vanishes(tmp_path, kind):
    found = load_predictions(save(tmp_path, [GOOD, RECORDS[kind], GOOD, GOOD]), data())
    assert found.count == 3
    (problem,) = found.problems
    assert problem.kind == kind and problem.reason and problem.source.place == "[1]"


def test_many_of_one_unknown_image_are_counted_in_one_problem(tmp_path):
    lost = [GOOD | {"image_id": "없는 것"}] * 30
    (problem,) = load_predictions(save(tmp_path, [GOOD, *lost]), data()).problems
    assert "30개" in problem.reason


BAD_FILES = {
    "예측의 목록이 아닙니다": "{}",
    "JSON 문법이 틀렸습니다": '[{"image_id": 1',
    "score가 없습니다. 예측이 아니라 정답 파일": json.dumps({"annotations": [RECORDS["no_score"]]}),
    "하나도 없습니다. 예측은 404": json.dumps([GOOD | {"image_id": 404}]),
    "백분율이라면": json.dumps([GOOD | {"score": 97.5}]),
}


@pytest.mark.parametrize("told", BAD_FILES)
def test_a_file_of_another_kind_is_refused(tmp_path, told):
    file = tmp_path / "a.json"
    file.write_text(BAD_FILES[told], encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        load_predictions(file, data())


def test_places_are_refused_with_what_to_do(tmp_path):
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.1 0.1 0.9", encoding="utf-8")
    for path, told in ((tmp_path / "a.txt", "그 폴더"), (tmp_path / "b.json", "그런 파일이나")):
        with pytest.raises(ValueError, match=told):
            load_predictions(path, data())
    with pytest.raises(ValueError, match="dataset"):
        load_predictions(tmp_path, None)


# ── 망가진 파일 ─────────────────────────────────────────────────────────────────────────────

# 기록의 값 자리에 넣어 볼 것들과, YOLO의 줄에 넣어 볼 것들.
VALUES = [
    *("NaN", "Infinity", "-1", "1e400", '"x"', "null", "true", "[]", "{}", "9" * 400, "1.5"),
    *('"\\ud800"', '"\\u202e"', "0", "[1,2,3,4]", "[1e308,1e308,1e308,1e308]", "1e-320", ",", "]"),
]
WORDS = [
    "0",
    "nan",
    "inf",
    "1e400",
    "-1",
    "0.5",
    "0.2",
    "개",
    "0.1_5",
    "٤",
    "9" * 30,
    "\x1b[31m",
    "7",
]


@pytest.mark.parametrize(
    "seeds", [range(30), pytest.param(range(30, 600), marks=pytest.mark.heavy)]
)
def test_a_mangled_file_ends_in_predictions_or_one_korean_error(tmp_path, seeds):
    dataset = data()
    good = as_results(dataset, lambda i, _: str(i))
    for seed in seeds:
        rng = random.Random(seed)
        rows = [{key: json.dumps(value) for key, value in row.items()} for row in good]
        for row in rows:
            if rng.random() < 0.3:
                row[rng.choice(list(row))] = rng.choice(VALUES)
            if rng.random() < 0.05:
                row.pop(rng.choice(list(row)))
        text = ",".join(
            "{" + ",".join(f'"{key}":{value}' for key, value in row.items()) + "}" for row in rows
        )
        # 아홉에 하나는 끝이 잘린 파일입니다.
        text = f"[{text}]" if seed % 9 else f"[{text}"
        (tmp_path / "a.json").write_text(text, encoding="utf-8")
        (tmp_path / "texts").mkdir(exist_ok=True)
        for name in ("0", "1"):
            lines = (" ".join(rng.choice(WORDS) for _ in range(rng.randrange(9))) for _ in range(6))
            (tmp_path / "texts" / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
        for place in ("a.json", "texts"):
            try:
                found = load_predictions(tmp_path / place, dataset)
            except ValueError as error:
                assert any("가" <= letter <= "힣" for letter in str(error))
                continue
            for one in found.detections:
                assert np.isfinite(one.boxes).all() and (one.boxes[:, 2:] > one.boxes[:, :2]).all()
                assert ((one.scores >= 0) & (one.scores <= 1)).all()


# ── YOLO ────────────────────────────────────────────────────────────────────────────────────


def yolo_lines(image, tail="0.875"):
    height, width = image.image_size
    for (x1, y1, x2, y2), label in zip(image.boxes, image.labels, strict=True):
        box = (x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height
        yield " ".join([str(label), *(f"{value:.6f}" for value in box), *tail.split()])


def save_yolo(folder, dataset, tail="0.875"):
    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(dataset.images):
        text = "\n".join(yolo_lines(image, tail)) + "\n"
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("place", ["labels", "exp/labels", "."])
@pytest.mark.parametrize("tail", ["0.875", "0.875 7"])
def test_yolo_texts_with_confidence(tmp_path, place, tail):
    dataset = data()
    save_yolo(tmp_path / place, dataset, tail)
    (tmp_path / "predictions.json").write_text("[]", encoding="utf-8")
    found = load_predictions(tmp_path, dataset)
    assert same_as_truth(found, dataset) and found.problems == () and found.fmt == "yolo"
    assert {score for one in found.detections for score in one.scores} == {0.875}
    assert "predictions.json" in found.notes[-1]


def test_images_without_a_file_have_no_predictions(tmp_path):
    dataset = data()
    save_yolo(tmp_path, dataset)
    (tmp_path / "3.txt").unlink()
    found = load_predictions(tmp_path, dataset)
    assert len(found.detections[3].boxes) == 0 and "1장은 예측이 없는 것" in found.notes[0]


LINES = {
    "bad_record": "개 0.5 0.5 0.1 0.1 0.9",
    "no_score": "0 0.5 0.5 0.1 0.1",
    "not_normalized": "0 32 24 10 10 0.9",
    "bad_score": "0 0.5 0.5 0.1 0.1 7",
    "not_finite": "0 nan 0.5 0.1 0.1 0.9",
    "unknown_class": "7 0.5 0.5 0.1 0.1 0.9",
}


@pytest.mark.parametrize("kind", LINES)
def test_no_line_vanishes(tmp_path, kind):
    dataset = data()
    save_yolo(tmp_path, dataset)
    with open(tmp_path / "2.txt", "a", encoding="utf-8") as file:
        file.write(LINES[kind] + "\n")
    found = load_predictions(tmp_path, dataset)
    (problem,) = found.problems
    assert (problem.kind, problem.source.place) == (kind, "3행") and found.count == 16


# 줄의 클래스 뒤에 적는 다른 차례 → 그렇다고 하는 말.
ORDERS = {
    "점수, 0~1로 나눈 [cx, cy, 너비, 높이]": lambda b: (0.5, *b),
    "점수, [x1, y1, x2, y2]": lambda b: (
        *(0.5, (b[0] - b[2] / 2) * 64, (b[1] - b[3] / 2) * 48),
        *((b[0] + b[2] / 2) * 64, (b[1] + b[3] / 2) * 48),
    ),
    "[x, y, 너비, 높이] 픽셀, 점수": lambda b: (
        *((b[0] - b[2] / 2) * 64, (b[1] - b[3] / 2) * 48, b[2] * 64, b[3] * 48, 0.5),
    ),
    "0~1로 나눈 [x1, y1, x2, y2], 점수": lambda b: (
        *(b[0] - b[2] / 2, b[1] - b[3] / 2, b[0] + b[2] / 2, b[1] + b[3] / 2, 0.5),
    ),
}


@pytest.mark.parametrize("told", ORDERS)
def test_lines_in_another_order_are_refused_by_name(tmp_path, told):
    dataset = data(n_images=12)
    for file in save_yolo(tmp_path, dataset).glob("*.txt"):
        rows = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
        rows = [(row[0], *ORDERS[told](list(map(float, row[1:5])))) for row in rows]
        file.write_text("\n".join(" ".join(map(str, row)) for row in rows), encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(f"'{told}'의 차례로 적힌 것 같습니다")):
        load_predictions(tmp_path, dataset)


def test_lines_of_which_none_is_a_prediction_are_not_an_empty_prediction(tmp_path):
    dataset = data()
    (tmp_path / "0.txt").write_text("tvmonitor 0.47 0 13 174 244\n", encoding="utf-8")
    with pytest.raises(ValueError, match="예측으로 읽을 수 있는 줄이 하나도 없습니다. 1행"):
        load_predictions(tmp_path, dataset)


def test_a_polygon_with_confidence_becomes_its_box(tmp_path):
    dataset = data()
    save_yolo(tmp_path, dataset)
    (tmp_path / "0.txt").write_text("0 0.25 0.25 0.5 0.25 0.5 0.75 0.9\n", encoding="utf-8")
    found = load_predictions(tmp_path, dataset)
    np.testing.assert_allclose(found.detections[0].boxes, [[16, 12, 32, 36]])


def test_a_truth_folder_given_as_predictions_is_told(tmp_path):
    dataset = data()
    with pytest.raises(ValueError, match="--save-conf"):
        load_predictions(save_yolo(tmp_path, dataset, ""), dataset)


def test_strangers_are_named(tmp_path):
    dataset = data()
    save_yolo(tmp_path, dataset)
    (tmp_path / "없는_사진.txt").write_text("0 0.5 0.5 0.1 0.1 0.9", encoding="utf-8")
    (tmp_path / "classes.txt").write_text("개", encoding="utf-8")
    found = load_predictions(tmp_path, dataset)
    assert [problem.kind for problem in found.problems] == ["unknown_image"]
    assert "classes.txt" in found.notes[-1]
    with pytest.raises(ValueError, match="이름이 같은 것이 하나도"):
        load_predictions(tmp_path, data(path="사진{}.png"))


def test_images_of_one_name_are_told_apart_by_their_split(tmp_path):
    for split in ("train", "val"):
        for name in ("a", "b"):
            image = tmp_path / "data" / "images" / split / f"{name}.png"
            label = tmp_path / "data" / "labels" / split / f"{name}.txt"
            for file in (image, label):
                file.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (64, 48)).save(image)
            label.write_text("0 0.5 0.5 0.5 0.5\n", encoding="utf-8")
    dataset = load_dataset(tmp_path / "data")
    place = tmp_path / "runs" / "val" / "labels"
    place.mkdir(parents=True)
    (place / "a.txt").write_text("0 0.5 0.5 0.5 0.5 0.9\n", encoding="utf-8")
    found = load_predictions(tmp_path / "runs", dataset)
    assert [len(one.boxes) for one in found.detections] == [
        int(image.path.replace("\\", "/").endswith("val/a.png")) for image in dataset.images
    ]
    (place / "a.txt").rename(tmp_path / "runs" / "a.txt")
    with pytest.raises(ValueError, match="이름이 같은"):
        load_predictions(tmp_path / "runs", dataset)
