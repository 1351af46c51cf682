"""예측을 준 진단: 표, 그림, 보기 사진, JSON과 CSV, 명령줄."""

import csv
import json
import re
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from anchorbox_utils import (
    CAUSES,
    AnchorGrid,
    Detections,
    Predictions,
    dataset_from_boxes,
    diagnose,
)
from anchorbox_utils.diagnosis import html, missed_html
from anchorbox_utils.diagnosis.command import main
from anchorbox_utils.diagnosis.details import details
from tools import reference

SIZE = (96, 128)
GRID = AnchorGrid(SIZE, 8, [32], [1])
NAMES = {1: "<개>", 2: "고양이"}
# 이미지마다 정답 둘: 앵커에 맞는 것과 아주 납작한 것.
BOXES = [[16, 16, 48, 48], [60, 40, 120, 44]]


def guess(*rows):
    boxes, scores, class_ids = zip(*rows, strict=True) if rows else ([], [], [])
    return Detections(
        np.array(boxes, float).reshape(-1, 4), np.array(scores), np.array(class_ids, int)
    )


GUESSES = [
    guess((BOXES[0], 0.9, 1), (BOXES[1], 0.8, 2)),
    guess((BOXES[0], 0.1, 1), ([90, 60, 120, 90], 0.7, 1)),
    guess((BOXES[0], 0.9, 2)),
    guess(([32, 16, 64, 48], 0.9, 1)),
    guess(),
]
BEFORE = [*GUESSES[:4], guess((BOXES[0], 0.6, 1))]


def data(paths=None):
    boxes, labels = [BOXES] * len(GUESSES), [[1, 2]] * len(GUESSES)
    return dataset_from_boxes(boxes, SIZE, labels, NAMES, paths=paths)


@pytest.fixture(scope="module")
def report():
    predictions, before = (Predictions(tuple(rows), name="예측") for rows in (GUESSES, BEFORE))
    return diagnose(data(), GRID, predictions=predictions, before_nms=before, score_thr=0.3)


@pytest.fixture
def no_charts(monkeypatch):
    """데이터의 그래프는 그리는 데 오래 걸립니다."""
    monkeypatch.setattr(html, "draw_figures", lambda report: ())


def test_every_image_shows_its_cause(report):
    assert [row.cause for row in report.missed.found.rows if row.truth == 0] == [
        *("low_score", "wrong_class", "loose", "suppressed"),
    ]
    assert report.missed.found.counts["no_anchor"] == 4
    assert report.without(["single_class"]).missed is report.missed


def test_text_html_and_json_count_the_same(report, tmp_path, no_charts):
    text, page = details(report), report.to_html()
    report.save_json(tmp_path / "a.json")
    told = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["misses"]
    for row in told["causes"]:
        title = CAUSES[row["cause"]].title
        assert re.search(rf"{title} +{row['truths']} ", text), title
        assert f"<td>{title}</td><td>{row['truths']}</td>" in page
    assert told["missed"] == sum(row["truths"] for row in told["causes"]) == 8
    assert told["truths"] == told["found"] + told["missed"] == 10
    assert "왜 놓쳤나" in text and 'id="abx-misses"' in page
    assert "&lt;개&gt;" in page and "<개>" not in page
    assert told["largest"] == "no_anchor" and "먼저 해 볼 것" in text and "먼저 해 볼 것" in page


def test_records_hold_every_miss_and_every_false_positive(report, tmp_path):
    report.save_csv(tmp_path / "a.csv")
    with open(tmp_path / "a.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    kinds = Counter(row["kind"] for row in rows)
    found = report.missed.found
    for cause, count in found.counts.items():
        assert kinds["missed:" + cause] == count
    for kind, count in found.false_counts.items():
        assert kinds["false:" + kind] == count
    (low,) = (row for row in rows if row["kind"] == "missed:low_score")
    assert (low["x1"], low["class_name"], low["image"]) == ("16.0", "<개>", "이미지 1")
    assert "0.10" in low["reason"]


def test_the_guide_names_every_field_of_the_json(report):
    page = reference.PAGE.read_text(encoding="utf-8")
    table = page.split("### 진단서 JSON의 `misses`")[1].split("##")[0]
    told = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", table, re.MULTILINE)
    assert re.findall(r"`(\w+)`", " ".join(told)) == list(report.missed.as_json())


def test_examples_show_the_photo_and_the_evidence(tmp_path, no_charts, monkeypatch):
    monkeypatch.setattr(missed_html, "draw_figure", lambda *_: ("", {"light": b"", "dark": b""}))
    paths = [str(tmp_path / f"{i}.png") for i in range(len(GUESSES))]
    for path in paths:
        Image.effect_noise(SIZE[::-1], 40).save(path)
    (tmp_path / "1.png").write_bytes(b"broken")
    predictions = Predictions(tuple(GUESSES), name="예측")
    report = diagnose(data(paths), GRID, predictions=predictions, score_thr=0.3)
    page = report.to_html()
    shown = page.split('class="marks"')[1].split('id="abx-samples"')[0]
    counts = report.missed.found.counts
    n_shots = sum(min(count, missed_html.EXAMPLES) for count in counts.values())
    assert shown.count("<figure") == n_shots
    # 1번 이미지는 깨져서 사진 없이 그립니다.
    assert shown.count("data:image/jpeg") == n_shots - 2
    for name, (_, color, _) in missed_html._MARKS.items():
        assert (color in shown.split("<h3>", 1)[1]) == (name != "other"), name


@pytest.mark.parametrize(
    "box", [[16, 16, 48, 48], [0, 0, 128, 96], [120, 90, 140, 110], [5, 5, 6, 6]]
)
def test_the_view_holds_the_boxes_and_keeps_to_the_image(box):
    low, high = missed_html._region(np.array([box], float), np.array([128.0, 96]))
    assert (low <= box[:2]).all() and (high >= box[2:]).all()
    assert (low >= 0).all() and (high <= np.maximum([128, 96], box[2:])).all()


def test_without_anchors_or_predictions_it_says_what_it_did_not_ask():
    assert diagnose(data()).missed is None
    found = diagnose(data(), predictions=Predictions(tuple(GUESSES))).missed.found
    assert found.unasked == ("no_anchor", "ignored", "taken", "suppressed")
    with pytest.raises(ValueError, match="before_nms"):
        diagnose(data(), before_nms=Predictions(tuple(GUESSES)))


def test_anchors_are_asked_at_the_input_size():
    """정답은 원래 이미지의 픽셀이고, 앵커는 입력 크기에 놓입니다."""
    grid = AnchorGrid((192, 256), 8, [64], [1])
    rows = diagnose(data(), grid, predictions=Predictions((guess(),) * 5)).missed.found.rows
    assert Counter(row.cause for row in rows) == {"undetected": 5, "no_anchor": 5}


@pytest.fixture
def files(tmp_path):
    """YOLO 데이터와 그 예측."""
    for number, rows in enumerate(GUESSES):
        for folder, scored in (("data/labels", False), ("runs/labels", True)):
            lines = []
            boxes = rows.boxes if scored else np.array(BOXES, float)
            labels = rows.class_ids - 1 if scored else [0, 1]
            scores = rows.scores if scored else ["", ""]
            for (x1, y1, x2, y2), label, score in zip(boxes, labels, scores, strict=True):
                middle = (x1 + x2) / 256, (y1 + y2) / 192, (x2 - x1) / 128, (y2 - y1) / 96
                lines.append(" ".join(map(str, (label, *middle, score))))
            place = tmp_path / folder / f"{number}.txt"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("\n".join(lines) + "\n", encoding="utf-8")
        image = tmp_path / "data" / "images" / f"{number}.png"
        image.parent.mkdir(exist_ok=True)
        Image.new("RGB", SIZE[::-1], (90, 120, 90)).save(image)
    return tmp_path


def test_the_command_reads_predictions_from_the_line_or_the_settings(files, capsys, monkeypatch):
    command = [str(files / "data"), "--predictions", str(files / "runs"), "--score-thr", "0.3"]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "왜 놓쳤나" in told and "예측: runs: 6개" in told
    settings = 'path = "data"\npredictions = "runs"\nscore-thr = 0.3\n'
    (files / "anchorbox.toml").write_text(settings, encoding="utf-8")
    monkeypatch.chdir(files)
    assert main([]) == 0
    again = capsys.readouterr().out
    assert (
        again.split("왜 놓쳤나")[1].split("결론")[0] == told.split("왜 놓쳤나")[1].split("결론")[0]
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--predictions", "없는.json"], "그런 파일이나 폴더가 없습니다"),
        (["--before-nms", "runs"], "predictions"),
        (["--predictions", "data/labels"], "--save-conf"),
    ],
)
def test_a_wrong_choice_ends_with_two_and_says_why(files, capsys, monkeypatch, options, told):
    monkeypatch.chdir(files)
    assert main(["data", *options]) == 2
    assert told in capsys.readouterr().err
