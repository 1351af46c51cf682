"""진단: 깨끗한 데이터에는 조용하고, 고장마다 제 이름과 자리를 말합니다."""

import json
import re
import subprocess
import sys
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from anchorbox_utils import (
    AnchorGrid,
    Dataset,
    LabeledImage,
    box_convert,
    dataset_from_boxes,
    denormalize_deltas,
    diagnose,
    encode_boxes,
    load_coco,
    make_scene,
    match_anchors,
    normalize_deltas,
)
from anchorbox_utils.diagnosis import KINDS, SEVERITIES, TOPICS, Finding
from anchorbox_utils.diagnosis.command import main

SIZE = (240, 320)
GRID = AnchorGrid(SIZE, 8, [32, 48, 72, 96], [0.5, 1, 2])


def scene_boxes(seed=0, n_images=12, **options):
    options = {"image_size": SIZE, "n_objects": 3, **options}
    return [rows.copy() for rows in draw_scenes(seed, n_images, tuple(options.items()))]


@cache
def draw_scenes(seed, n_images, options):
    # 장면마다 그림까지 그리느라 진단보다 오래 걸립니다. 같은 장면은 한 번만 그립니다.
    rng = np.random.default_rng(seed)
    return [make_scene(rng, **dict(options)).boxes for _ in range(n_images)]


def crowded(seed):
    """빈틈없이 붙은 같은 크기의 물체들."""
    x, y = np.meshgrid(np.arange(0, 320, 20.0), np.arange(0, 240, 20.0))
    corner = np.column_stack([x.ravel(), y.ravel()])
    return [np.concatenate([corner, corner + 20], axis=1)] * 3


CLEAN = {
    "보통": (scene_boxes, GRID),
    "작은 물체": (
        lambda seed: scene_boxes(seed, n_objects=8, size_range=(6, 12)),
        AnchorGrid(SIZE, 2, [6, 8, 11], [0.5, 1, 2]),
    ),
    "세로로 긴 물체": (
        lambda seed: scene_boxes(seed, ratio_range=(2.5, 4)),
        AnchorGrid(SIZE, 8, [32, 48, 72, 96], [2.5, 3.2, 4]),
    ),
    "빽빽한 물체": (crowded, AnchorGrid(SIZE, 4, [20], [1])),
    "많이 겹친 물체": (lambda seed: scene_boxes(seed, n_objects=9, max_iou=0.6), GRID),
    "테두리에 닿은 물체": (
        lambda seed: [np.array([[0, 0, 60, 50], [250, 180, 320, 240.0]])] * 5,
        GRID,
    ),
    "빈 이미지": (lambda seed: [*scene_boxes(seed, 3), np.empty((0, 4)), np.empty((0, 4))], GRID),
    "물체 하나": (lambda seed: [np.array([[40, 40, 100, 100.0]])], GRID),
    "빈 이미지뿐": (lambda seed: [np.empty((0, 4))] * 2, GRID),
    "가득 찬 물체": (lambda seed: [np.array([[0, 0, 320, 240.0]])] * 10, None),
}


@pytest.mark.parametrize("kind", CLEAN)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_clean_data_gives_no_error(kind, seed):
    make, grid = CLEAN[kind]
    report = diagnose(dataset_from_boxes(make(seed), SIZE), grid)
    assert report.ok, report
    if kind in ("보통", "작은 물체", "세로로 긴 물체"):
        assert report.names == []


@pytest.mark.parametrize("fmt", ["xywh", "cxcywh", "yolo"])
def test_clean_data_in_every_format_gives_no_finding(fmt):
    truth = scene_boxes()
    rows = [box_convert(b, "xyxy", "cxcywh" if fmt == "yolo" else fmt) for b in truth]
    if fmt == "yolo":
        rows = [np.round(b / [320, 240, 320, 240], 6) for b in rows]
    report = diagnose(dataset_from_boxes(rows, SIZE, fmt=fmt), GRID)
    assert report.names == []


def test_an_empty_dataset_is_no_accident():
    report = diagnose(Dataset([]), GRID)
    assert report.ok and "이미지: 0장" in str(report) and "<html" in report.to_html()


@pytest.mark.parametrize("truth", ["xyxy", "xywh", "cxcywh"])
@pytest.mark.parametrize("belief", ["xyxy", "xywh", "cxcywh"])
@pytest.mark.parametrize("part", [1, 3])
def test_mixed_formats_are_recognised_from_the_data(truth, belief, part):
    """장면 part개마다 하나씩 다른 형식으로 적습니다."""
    boxes = scene_boxes(5, 24, n_objects=4)
    rows = [box_convert(b, "xyxy", truth if i % part == 0 else belief) for i, b in enumerate(boxes)]
    report = diagnose(dataset_from_boxes(rows, SIZE, fmt=belief))
    expected = [] if truth == belief else ["mixed_formats"]
    assert [finding.name for finding in report.errors] == expected


def test_normalised_numbers_read_as_pixels():
    rows = [b / [320, 240, 320, 240] for b in scene_boxes()]
    report = diagnose(dataset_from_boxes(rows, SIZE), GRID)
    assert [f.name for f in report.errors] == ["unit_mismatch"]


@pytest.mark.parametrize(
    ("box", "name"),
    [
        ([296.65, 88.33, 297.68, 88.33], "zero_size"),
        ([204, 137, 204, 137], "zero_size"),
        ([286.24, 130, 285.12, 120], "flipped"),
        ([0, 0, 0, 0], "filler"),
        ([np.nan, 0, 1, 1], "not_finite"),
        ([65535, 20, 60, 50], "unsigned_wrap"),
        ([2.0**32 - 1, 20, 60, 50], "unsigned_wrap"),
        ([2.0**64 - 1, 20, 60, 50], "unsigned_wrap"),
        ([200, 100, 330, 160], "out_of_image"),
        ([-5, 100, 60, 160], "out_of_image"),
        ([200, 100, 320.6, 160], "border_rounding"),
        ([200, 100, 200.4, 160], "tiny_boxes"),
    ],
)
def test_one_bad_record_is_found_with_its_place(box, name):
    boxes = scene_boxes(n_images=30)
    boxes[4] = np.concatenate([boxes[4], [box]])
    report = diagnose(dataset_from_boxes(boxes, SIZE), GRID)
    assert report.names == [name]
    (finding,) = report.findings
    assert len(finding.examples) == 1 and "이미지 4: 박스 3" in finding.examples[0]
    assert f"{box[2]:g}" in finding.examples[0]


def test_full_frame_boxes_of_a_tool():
    frame = [[0, 0, 1935, 1215]]
    boxes = [np.array([[100, 100, 300, 400.0]])] * 30 + [np.array(frame, float)] * 183
    report = diagnose(dataset_from_boxes(boxes, (1216, 1936)))
    assert report.names == ["full_frame", "single_class"]
    assert "183개" in report.findings[0].evidence


def test_duplicates_exact_and_shifted():
    boxes = scene_boxes(n_images=10, size_range=(50, 90))
    copied = [np.concatenate([b, b[:1] + 2]) for b in boxes]
    copied = [np.minimum(b, [320, 240, 320, 240]) for b in copied]
    report = diagnose(dataset_from_boxes(copied, SIZE))
    assert report.names == ["shifted_duplicates"] and "(+2, +2)" in report.findings[0].evidence
    twice = [np.concatenate([b, b[:1]]) for b in boxes]
    assert diagnose(dataset_from_boxes(twice, SIZE)).names == ["duplicate_boxes"]
    labels = [np.array([0, 0, 0, 1])] * 10
    assert diagnose(dataset_from_boxes(twice, SIZE, labels)).names == ["conflicting_classes"]


def test_stale_sizes_from_the_boxes_and_from_the_files(tmp_path):
    report = diagnose(dataset_from_boxes([b * 2 for b in scene_boxes()], SIZE))
    assert [f.name for f in report.errors] == ["stale_size"]
    images = [LabeledImage("a", 320, 240, [[1, 2, 30, 40]], file_size=(640, 480))]
    report = diagnose(Dataset(images))
    assert report.names == ["stale_size"] and "640×480" in report.findings[0].examples[0]


@pytest.mark.parametrize(
    ("declared", "measured", "rotated", "name"),
    [
        ((320, 240), (240, 320), False, "swapped_size"),
        ((320, 240), (240, 320), True, "exif_rotation"),
        ((320, 240), (320, 240), True, "exif_rotation"),
        ((240, 240), (240, 240), True, None),
        ((320, 240), (320, 240), False, None),
    ],
)
def test_file_sizes(declared, measured, rotated, name):
    box = [[1, 2, 30, 40]]
    image = LabeledImage("a.jpg", *declared, box, file_size=measured, rotated=rotated)
    assert diagnose(Dataset([image])).names == ([name] if name else [])


def test_classes():
    boxes = scene_boxes(n_images=2)
    labels = [[1, 1, 3], [3, 3, 7]]
    dataset = dataset_from_boxes(boxes, SIZE, labels, {1: "개", 3: "새", 7: "배"})
    assert diagnose(dataset).names == ["class_gap"]
    assert diagnose(dataset, num_classes=8).names == []
    assert diagnose(dataset, num_classes=7).names == ["class_overflow"]
    assert diagnose(dataset, num_classes=8, background=1).names == ["background_label"]
    dataset = dataset_from_boxes(boxes, SIZE, labels, {0: "개", 1: "새", 3: "배", 4: "말"})
    assert diagnose(dataset).names == ["unknown_class", "unused_class"]


@pytest.mark.parametrize(
    ("grid", "name"),
    [
        (AnchorGrid(SIZE, 8, [160, 200]), "anchors_off_scale"),
        (AnchorGrid(SIZE, 8, [6, 8]), "anchors_off_scale"),
        (AnchorGrid(SIZE, 96, [32, 48, 72, 96]), "stride_too_large"),
        (AnchorGrid(SIZE, 8, [32, 48, 48, 72]), "same_anchors"),
    ],
)
def test_anchors_that_do_not_fit(grid, name):
    report = diagnose(dataset_from_boxes(scene_boxes(), SIZE), grid)
    assert [f.name for f in report.errors] == [name]
    states = report.topic_states()
    assert states["scale"] == "error" and states["positives"] == "skipped"


def test_a_missing_middle_scale_is_named():
    middle = scene_boxes(n_images=8, size_range=(38, 44))
    boxes = scene_boxes(n_images=32, size_range=(80, 110)) + middle
    report = diagnose(dataset_from_boxes(boxes, SIZE), AnchorGrid(SIZE, 8, [85, 100]))
    assert report.names == ["size_gap", "single_class"]
    assert "32~64픽셀" in report.findings[0].evidence


def test_boxes_are_judged_after_the_resize():
    photos = dataset_from_boxes([b * 4 for b in scene_boxes()], (960, 1280))
    assert diagnose(photos, GRID).names == []
    raw_anchors = AnchorGrid(SIZE, 8, [128, 192, 288, 384])
    assert diagnose(photos, raw_anchors).names == ["before_resize"]


def test_thresholds():
    dataset = dataset_from_boxes(scene_boxes(), SIZE)
    assert "threshold_too_low" in diagnose(dataset, GRID, pos_thr=0.2, neg_thr=0.1).names
    high = diagnose(dataset, GRID, pos_thr=0.85).names
    assert "threshold_too_high" in high and "few_positives" in high
    lost = diagnose(dataset, GRID, pos_thr=0.85, force_match=False)
    assert [f.name for f in lost.errors] == ["gt_without_positive"]
    with pytest.raises(ValueError, match="neg_thr"):
        diagnose(dataset, GRID, pos_thr=0.3, neg_thr=0.5)


MEAN, STD = (0.1, 0, 0, 0), (0.1, 0.1, 0.2, 0.2)


def normalised(anchors, gt):
    return normalize_deltas(encode_boxes(anchors, gt), MEAN, STD)


def no_check(anchors, gt):
    size = (gt[:, 2:] - gt[:, :2]) * [1, -1]
    return np.concatenate([gt[:, :2] - anchors[:, :2], np.log(size)], axis=1)


def match_as_lists(anchors, gt):
    result = match_anchors(anchors, gt, 0.5, 0.4)
    names = ("labels", "matched_gt", "iou_max")
    return SimpleNamespace(**{name: getattr(result, name).tolist() for name in names})


def plain_decode(anchors, deltas):
    from anchorbox_utils import decode_boxes

    return decode_boxes(anchors, denormalize_deltas(deltas, MEAN, STD))


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"encode": normalised, "decode": plain_decode}, []),
        ({"encode": normalised}, ["round_trip"]),
        ({"decode": plain_decode}, ["round_trip"]),
        ({"encode": lambda a, g: encode_boxes(a, g * 4)}, ["round_trip"]),
        ({"encode": no_check}, ["exploding_targets"]),
        (
            {"decode_anchors": AnchorGrid(SIZE, 8, [32, 48, 72, 96], offset=0)},
            ["half_stride_shift"],
        ),
        ({"decode_anchors": AnchorGrid(SIZE, 16, [32])}, ["round_trip"]),
        ({"encode": lambda a, g: 1 / 0}, ["function_failed"]),
        ({"match": lambda a, g: 1 / 0}, ["function_failed"]),
        ({"match": lambda a, g: match_anchors(a, g, 0.5, 0.4)}, []),
        ({"match": match_as_lists}, []),
        ({"iou": lambda a, b: np.zeros((len(a), len(b)))}, ["iou_convention"]),
    ],
)
def test_the_training_code_is_tried(options, names):
    report = diagnose(dataset_from_boxes(scene_boxes(), SIZE), GRID, **options)
    # 넘겨받은 함수가 멈추어도 진단서는 볼 수 있어야 합니다.
    assert str(report) and report._repr_html_()
    assert report.names == names


def test_a_match_that_pairs_the_wrong_boxes_explodes():
    def shuffled(anchors, gt):
        result = match_anchors(anchors, gt, 0.5, 0.4)
        wrong = np.where(result.matched_gt >= 0, (result.matched_gt + 1) % len(gt), -1)
        return type(result).from_arrays(
            result.labels, wrong, result.iou_max, result.gt_best_iou, result.forced
        )

    report = diagnose(dataset_from_boxes(scene_boxes(), SIZE), GRID, match=shuffled)
    assert [f.name for f in report.errors] == ["exploding_targets"]


def test_memory_is_foreseen(monkeypatch):
    dataset = dataset_from_boxes(scene_boxes(), SIZE)
    needed = 8 * 3 * len(GRID)
    monkeypatch.setattr("anchorbox_utils.diagnosis.anchor_checks._MEMORY_LIMIT", needed - 1)
    assert diagnose(dataset, GRID).names == ["iou_matrix_memory"]
    monkeypatch.setattr("anchorbox_utils.diagnosis.anchor_checks._MEMORY_LIMIT", needed)
    assert diagnose(dataset, GRID).names == []


def test_anchors_are_not_judged_on_broken_data():
    flipped = [b[:, [2, 3, 0, 1]] for b in scene_boxes()]
    report = diagnose(dataset_from_boxes(flipped, SIZE), AnchorGrid(SIZE, 8, [200]))
    assert report.names == ["flipped", "fix_data_first"]
    assert report.topic_states()["scale"] == "skipped"


def test_crowd_boxes_are_not_asked_for_anchors():
    normal = scene_boxes(n_images=1)[0]
    boxes = np.concatenate([normal, [[0, 0, 320, 3.0]] * 5])
    crowd = np.arange(len(boxes)) >= len(normal)
    image = LabeledImage("a", 320, 240, boxes, crowd=crowd)
    assert diagnose(Dataset([image]), GRID).names == []


def test_every_kind_is_complete_and_korean():
    for name, kind in KINDS.items():
        assert kind.severity in SEVERITIES and kind.topic in TOPICS
        for text in (kind.title, kind.cause, kind.advice):
            assert re.search("[가-힣]", text), name
        assert kind.cause.endswith(".") and kind.advice.endswith(".")
        assert Finding(name, "근거").title == kind.title


def test_text_and_html_say_the_same_and_nothing_is_fetched():
    boxes = scene_boxes()
    boxes[0][0] = boxes[0][0, [2, 3, 0, 1]]
    dataset = dataset_from_boxes(boxes, SIZE, paths=[f"<b>{i}" for i in range(len(boxes))])
    report = diagnose(dataset, GRID)
    page = report.to_html()
    for finding in report.findings:
        assert finding.title in page and finding.title in str(report)
    assert "&lt;b&gt;0: 박스 0" in page and "<b>0" not in page
    assert "data:image/png;base64," in page and "prefers-color-scheme: dark" in page
    # 같은 문서의 사진과 차례를 가리키는 #는 밖으로 나가지 않습니다.
    assert not re.search(r"(src|href|srcset)=\"(?!data:|#)", page) and "url(" not in page
    assert report.errors[0].title in report._repr_html_()
    assert str(report).encode("cp949", "strict")


def coco_file(folder, boxes):
    images = [
        {"id": i, "file_name": f"{i}.png", "width": 320, "height": 240} for i in range(len(boxes))
    ]
    annotations = [
        {"id": 100 * i + j, "image_id": i, "category_id": 0, "bbox": row}
        for i, rows in enumerate(boxes)
        for j, row in enumerate(box_convert(rows, "xyxy", "xywh").tolist())
    ]
    document = {"images": images, "annotations": annotations}
    document["categories"] = [{"id": 0, "name": "물체"}]
    path = folder / "a.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_command_line(tmp_path, capsys):
    path = coco_file(tmp_path, scene_boxes())
    options = ["--input-size", "240", "320", "--strides", "8", "--scales", "32,48,72,96"]
    assert main([str(path), *options]) == 0
    assert "오류가 없습니다" in capsys.readouterr().out
    document = json.loads(path.read_text(encoding="utf-8"))
    document["annotations"][3]["bbox"] = [50.73, 89.65, 198.14, 0.0]
    path.write_text(json.dumps(document), encoding="utf-8")
    html = tmp_path / "report.html"
    assert main([str(tmp_path), "--html", str(html)]) == 1
    out = capsys.readouterr().out
    assert "너비나 높이가 0" in out and "annotations[3] (id 100)" in out
    assert html.read_text(encoding="utf-8").startswith("<!doctype html>")
    path.write_text("{", encoding="utf-8")
    assert main([str(path)]) == 2
    assert main([str(path), "--format", "coco"]) == 2
    assert "JSON 문법" in capsys.readouterr().err


def test_the_module_runs_as_a_command(tmp_path):
    path = coco_file(tmp_path, scene_boxes())
    command = [sys.executable, "-m", "anchorbox_utils.diagnosis", str(path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=_utf8())
    assert done.returncode == 0 and "오류가 없습니다" in done.stdout and done.stderr == ""


def _utf8():
    import os

    return os.environ | {"PYTHONIOENCODING": "utf-8"}


def test_html_shows_the_picture_below_the_boxes(tmp_path):
    picture = tmp_path / "0.png"
    Image.fromarray((make_scene(0, SIZE).image * 255).astype(np.uint8)).save(picture)
    bad = LabeledImage(str(picture), 320, 240, [[10, 10, 400, 100]])
    missing = LabeledImage("없음.png", 320, 240, [[10, 10, 400, 100]])
    with_picture, without = (len(diagnose(Dataset([i])).to_html()) for i in (bad, missing))
    assert with_picture > without + 5_000


def test_loading_and_diagnosing_many_boxes(tmp_path):
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 150, (50, 40, 2))
    boxes = list(np.round(np.concatenate([corner, corner + rng.uniform(20, 80, (50, 40, 2))], 2)))
    dataset = load_coco(coco_file(tmp_path, boxes))
    assert dataset.n_boxes == 2000
    assert diagnose(dataset, GRID).ok
