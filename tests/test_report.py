"""진단서: 통계, 표본 사진, JSON과 CSV, 명령줄의 선택과 설정 파일, 안내 문서."""

import csv
import io
import json
import re
import shlex
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from PIL import Image

from anchorbox_utils import (
    AnchorGrid,
    Dataset,
    LabeledImage,
    best_anchor_iou,
    dataset_from_boxes,
    diagnose,
    match_anchors,
)
from anchorbox_utils.diagnosis import balance, html, options, saving, sheet
from anchorbox_utils.diagnosis.anchor_fit import RATIO_LIMIT, ratio_fit
from anchorbox_utils.diagnosis.command import main
from anchorbox_utils.diagnosis.details import details
from anchorbox_utils.diagnosis.figures import draw_figures
from anchorbox_utils.diagnosis.findings import KINDS
from anchorbox_utils.diagnosis.records import COLUMNS, SCHEMA, SCHEMA_VERSION
from tools import reference

SIZE = (480, 640)
STRIDES = (8, 16, 32)
GRID = AnchorGrid(SIZE, STRIDES, [[s * 4, s * 6] for s in STRIDES])
PAGE = reference.PAGE.read_text(encoding="utf-8")


@pytest.fixture
def no_charts(monkeypatch):
    """그래프는 그리는 데 오래 걸립니다. 사진이나 글만 보는 검사에서는 뺍니다."""
    monkeypatch.setattr(html, "draw_figures", lambda report: ())


def random_boxes(rng, count, low=20, high=200):
    wh = rng.uniform(low, high, (count, 2))
    corner = rng.uniform(0, 1, (count, 2)) * (np.array(SIZE[::-1]) - wh)
    return np.round(np.concatenate([corner, corner + wh], axis=1), 1)


def data(counts=(60, 30, 12), n_images=20, seed=0, **options):
    """클래스마다의 박스 수대로 이미지에 차례로 나누어 담은 데이터."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    boxes, owner = random_boxes(rng, len(labels)), np.arange(len(labels)) % n_images
    names = {i: f"클래스{i}" for i in range(len(counts))}
    return dataset_from_boxes(
        [boxes[owner == i] for i in range(n_images)],
        SIZE,
        [labels[owner == i] for i in range(n_images)],
        names,
        **options,
    )


def test_classes_are_counted_as_a_plain_loop_counts():
    dataset = data()
    report = diagnose(dataset)
    for row in report.overview.classes:
        sizes, images = [], set()
        for number, image in enumerate(dataset.images):
            for box, label in zip(image.boxes, image.labels, strict=True):
                if label == row.number:
                    sizes.append(np.sqrt((box[2] - box[0]) * (box[3] - box[1])))
                    images.add(number)
        assert (row.boxes, row.images) == (len(sizes), len(images))
        assert row.share == pytest.approx(len(sizes) / dataset.n_boxes)
        assert row.median_size == pytest.approx(np.percentile(sizes, 50, method="nearest"))
        assert sum(row.size_counts) == row.boxes
    assert report.overview.image_sizes == [(640, 480, 20)]
    assert report.overview.count_bins.sum() == 20
    assert report.overview.centers.sum() == dataset.n_boxes


def test_centers_say_where_the_boxes_are():
    dataset = dataset_from_boxes([[[600, 0, 640, 20]]] * 3, SIZE)
    centers = diagnose(dataset).overview.centers
    y, x = np.unravel_index(centers.argmax(), centers.shape)
    assert (y, x) == (0, int(620 / 640 * len(centers))) and centers.max() == 3


def test_a_class_of_the_list_without_a_box_is_in_the_table():
    dataset = dataset_from_boxes([[[0, 0, 9, 9]]], SIZE, [[0]], {0: "개", 1: "새"})
    report = diagnose(dataset)
    assert [(row.name, row.boxes) for row in report.overview.classes] == [("개", 1), ("새", 0)]
    assert re.search("새 .*0 +0.0%", details(report))


@pytest.mark.parametrize(
    ("counts", "names"),
    [
        ((60, 30, 12), ["rare_class"]),
        ((60, 30, 20), []),
        ((70, 20, 19), ["rare_class"]),
        # 모두 100개가 안 되면 따지지 않습니다.
        ((60, 30, 9), []),
        ((1000, 20), ["class_imbalance"]),
        ((999, 20), []),
        # 너무 적은 클래스는 기운 것으로 또 나무라지 않습니다.
        ((1000, 19), ["rare_class"]),
        ((100,), ["single_class"]),
        ((99,), []),
    ],
)
def test_balance_follows_its_table_of_limits(counts, names):
    report = diagnose(data(counts))
    assert report.names == names
    for finding in report.findings:
        assert finding.severity == ("info" if finding.name == "single_class" else "warning")
    limits = {name: limit.value for name, limit in balance.LIMITS.items()}
    assert (limits["least_boxes"], limits["rare_boxes"], limits["imbalance"]) == (100, 20, 50)


def test_a_class_in_few_images_is_rare():
    assert diagnose(data((60, 40), n_images=9)).names == ["rare_class"]
    assert diagnose(data((60, 40), n_images=10)).names == []


def test_a_box_of_an_odd_size_is_named_within_its_class():
    boxes = [np.array([[100, 100, 120 + i, 120 + i]], float) for i in range(40)]
    boxes[7] = np.array([[0, 0, 640, 470]], float)
    report = diagnose(dataset_from_boxes(boxes, SIZE))
    (finding,) = report.findings
    assert finding.name == "size_outliers" and "이미지 7" in finding.examples[0]
    assert finding.rows.tolist() == [7]
    boxes[7] = np.array([[0, 0, 390, 390]], float)
    assert diagnose(dataset_from_boxes(boxes, SIZE)).names == []


def test_samples_hold_every_class_and_size_and_never_change():
    dataset = data((300, 300, 3), n_images=100)
    rows = diagnose(dataset).rows
    chosen = sheet.pick_samples(rows)
    assert chosen == sheet.pick_samples(rows) and len(set(chosen)) == sheet.SAMPLES
    assert chosen != sheet.pick_samples(rows, seed=1)
    shown = np.isin(rows.image, chosen)
    assert set(rows.labels[shown].tolist()) == {0, 1, 2}
    assert sheet.pick_samples(diagnose(Dataset([])).rows) == []


def noisy(folder, count):
    rng = np.random.default_rng(0)
    for number in range(count):
        noise = rng.integers(0, 255, (*SIZE, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{number}.jpg")
    return [str(folder / f"{number}.jpg") for number in range(count)]


@pytest.mark.heavy
def test_a_clean_page_shows_samples_and_stays_small(tmp_path, monkeypatch):
    paths = noisy(tmp_path, 20)
    report = diagnose(data(paths=paths, counts=(60, 30, 20)), GRID)
    page = report.to_html()
    assert page.count('class="shot"') >= sheet.SAMPLES
    assert page.count("<image ") == len(set(re.findall(r'id="(abx-\d+)"', page)))
    assert set(re.findall(r'<use href="#(abx-\d+)"', page)) == set(
        re.findall(r'<image id="(abx-\d+)"', page)
    )
    assert page.count("data:image/png") == 14 and len(page.encode()) < 3_000_000
    monkeypatch.setattr(sheet, "BUDGET", 200_000)
    monkeypatch.setattr(html, "draw_figures", lambda report: ())
    small = report.to_html()
    # 한도를 넘으면 빈 바탕에 그립니다. 박스는 그대로입니다.
    assert small.count("<image ") < page.count("<image ") and 'class="paper"' in small
    assert small.count("<path ") == page.count("<path ")


def test_each_finding_shows_its_own_boxes_in_red(no_charts):
    boxes = [*data().images[0].boxes[None], np.array([[10, 10, 700, 90.0]])]
    report = diagnose(dataset_from_boxes(boxes, SIZE, paths=["a", "b"]))
    section = report.to_html().partition('<section class="error">')[2].partition("</section>")[0]
    assert section.count("<figure") == 1 and ">b<" in section and sheet._BAD in section


def test_a_broken_record_is_drawn_where_its_image_is_known(tmp_path, no_charts):
    (tmp_path / "a.txt").write_text("0 .5 .5 .2 .2\n0 0.5 0.5 0.1\n", encoding="utf-8")
    Image.new("RGB", (64, 48)).save(tmp_path / "a.png")
    from anchorbox_utils import load_dataset

    page = diagnose(load_dataset(tmp_path)).to_html()
    section = page.partition('<section class="error">')[2].partition("</section>")[0]
    assert "형식에 맞지 않는" in section and "a.png" in section and "<svg" in section


def test_ratio_fit_is_the_definition_of_yolov5():
    rng = np.random.default_rng(1)
    boxes, shapes = random_boxes(rng, 200, 4, 300), rng.uniform(5, 200, (9, 2))
    wh = boxes[:, 2:] - boxes[:, :2]
    r = wh[:, None] / shapes[None]
    x = np.minimum(r, 1 / r).min(axis=2)
    ratio, count = ratio_fit(boxes, shapes)
    assert np.allclose(1 / ratio, x.max(axis=1))
    assert np.array_equal(count, (x > 1 / RATIO_LIMIT).sum(axis=1))


@pytest.mark.heavy
def test_fit_is_measured_after_the_resize():
    dataset = data()
    large = dataset_from_boxes([i.boxes * 3 for i in dataset.images], (1440, 1920))
    fit = diagnose(large, GRID).fit
    iou = np.concatenate([best_anchor_iou(GRID, image.boxes) for image in dataset.images])
    assert np.allclose(np.sort(fit.iou), np.sort(iou))
    assert fit.total.recall == pytest.approx((iou >= 0.5).mean())
    assert sum(row.truths for row in fit.by_class) == sum(row.truths for row in fit.by_size)
    page = diagnose(large, GRID).to_html()
    assert f"입력에서의 크기는 중앙값 {np.median(fit.size):.0f}픽셀" in page


def test_fit_of_plain_anchor_arrays(no_charts):
    report = diagnose(data(), GRID.boxes)
    assert report.fit.total.truths == 102 and report.context.advice is None
    assert "앵커의 추천" not in details(report) and "BPR" in report.to_html()


def test_untrained_truths_are_listed_once_with_their_reason():
    small = np.array([[100, 100, 103, 103.0]])
    boxes = [*(image.boxes for image in data().images), small]
    report = diagnose(dataset_from_boxes(boxes, SIZE), GRID)
    found = np.concatenate(list(report.untrained.values()))
    assert len(found) == len(np.unique(found))
    assert len(report.rows) - 1 in report.untrained["only_forced"]
    report = diagnose(dataset_from_boxes(boxes, SIZE), GRID, force_match=False)
    assert len(report.rows) - 1 in report.untrained["no_positive"]
    broken = diagnose(dataset_from_boxes(boxes, SIZE), GRID, match=lambda a, g: 1 / 0)
    assert "function_failed" in broken.names and broken.untrained["no_positive"].size == 0


def rods(n_images=12):
    boxes = [[20, 30, 40, 270], [200, 40, 440, 60], [100, 300, 300, 320], [560, 20, 580, 220]]
    shifts = np.arange(n_images)[:, None, None] * 3.0
    return dataset_from_boxes(list(np.array(boxes, float) + shifts), (640, 640))


def test_when_the_shape_is_wrong_the_shape_is_said():
    grid = AnchorGrid(
        (640, 640), STRIDES, [[s * 4 * 2 ** (i / 3) for i in range(3)] for s in STRIDES]
    )
    report = diagnose(rods(), grid)
    (finding,) = report.errors
    assert finding.name == "anchors_off_scale" and "모양이 다릅니다" in finding.evidence
    assert "0.08~12.00" in finding.evidence and "0.50~2.00" in finding.evidence
    assert "1.0배" not in finding.evidence and "1.1배" not in finding.evidence
    advice = report.context.advice
    assert advice.sentence() in finding.evidence and advice.better
    assert advice.held_out and advice.truths == 24 and advice.new_anchors <= advice.now_anchors
    told = details(report)
    for tool in advice.after:
        assert f"[{tool}]" in told
    design = advice.design
    better = AnchorGrid((640, 640), design.strides, design.scales, design.ratios)
    assert diagnose(rods(), better).ok


def test_advice_that_is_not_better_says_so(no_charts):
    boxes = [[[96, 96, 160, 160.0], [300, 200, 364, 264]]] * 30
    report = diagnose(dataset_from_boxes(boxes, SIZE), AnchorGrid(SIZE, 4, [64], [1]))
    assert not report.context.advice.better
    assert "지금 앵커보다 낫지 않습니다" in details(report)
    assert "AnchorGenerator" not in report.to_html()


def saved_json(report, folder, name="a.json"):
    report.save_json(folder / name)
    return json.loads((folder / name).read_text(encoding="utf-8"))


def broken_data():
    boxes = [image.boxes for image in data((60, 30, 20)).images]
    boxes[3] = np.concatenate([boxes[3], boxes[3][:1]])
    boxes[5] = np.concatenate([boxes[5], [[50, 50, 20, 20]], [[np.nan, 1, 2, 3]]])
    boxes += [np.array([[600, 400, 650 + i, 470]]) for i in range(8)]
    boxes.append(np.empty((0, 4)))
    return dataset_from_boxes(boxes, SIZE)


def test_json_holds_every_record_and_keeps_to_its_schema(tmp_path):
    report = diagnose(broken_data(), GRID)
    document = saved_json(report, tmp_path)
    assert (document["schema"], document["version"]) == (SCHEMA, SCHEMA_VERSION)
    counts = {kind: 0 for kind in report.names}
    for record in document["records"]:
        assert list(record) == [*COLUMNS[:7], "box", "raw", "pair", "reason"]
        if not record["kind"].startswith("untrained:"):
            counts[record["kind"]] += 1
    # 진단서에는 다섯만 보이지만 여기에는 모두 있습니다.
    assert counts["out_of_image"] == 8 and counts["empty_images"] == 1
    assert counts["duplicate_boxes"] == 2 and all(counts.values())
    (nan,) = (record for record in document["records"] if record["kind"] == "not_finite")
    assert nan["raw"] == [None, 1, 2, 3]
    told = {f["kind"]: f["evidence"] for f in document["findings"]}
    assert told == {finding.name: finding.evidence for finding in report.findings}
    # 안내 문서의 표가 최상위의 칸을 모두 말합니다.
    page = PAGE.partition("## JSON")[2].partition("### 나누어")[0]
    assert {name for name in document} == set(
        re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE)))
    ) - {"kind", "severity", "file", "place", "image", "class_id", "class_name", "box", "raw"} - {
        "pair",
        "reason",
    }


def test_csv_has_the_same_records(tmp_path):
    report = diagnose(broken_data())
    document = saved_json(report, tmp_path)
    report.save_csv(tmp_path / "a.csv")
    raw = (tmp_path / "a.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert list(rows[0]) == list(COLUMNS) and len(rows) == len(document["records"])
    for row, record in zip(rows, document["records"], strict=True):
        assert (row["kind"], row["place"]) == (record["kind"], record["place"] or "")
        box = [float(row[name]) for name in ("x1", "y1", "x2", "y2") if row[name]]
        assert box == [value for value in record["box"] or [] if value is not None]


def test_shards_add_up_with_the_code_of_the_guide(tmp_path, monkeypatch):
    whole = broken_data()
    halves = [Dataset(whole.images[k::2], whole.problems[k::2], whole.categories) for k in (0, 1)]
    (tmp_path / "shards").mkdir()
    for number, half in enumerate(halves):
        saved_json(diagnose(half), tmp_path / "shards", f"{number}.json")
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    merged = {}
    exec(code, merged)
    document = saved_json(diagnose(whole), tmp_path)
    assert merged["boxes"] == {row["name"]: row["boxes"] for row in document["classes"]}
    assert merged["images"] == {row["name"]: row["images"] for row in document["classes"]}
    assert merged["counts"]["out_of_image"] == 8 and merged["ok"] is False


@pytest.mark.parametrize("kind", saving.OUTPUTS)
def test_a_foreign_file_is_never_overwritten(kind, tmp_path, no_charts):
    report, path = diagnose(data()), tmp_path / f"a.{kind}"
    saving.save(report, kind, path)
    first = path.read_bytes()
    saving.save(report, kind, path)
    assert path.read_bytes() == first
    path.write_text('{"images": []}', encoding="utf-8")
    with pytest.raises(ValueError, match="이미 있습니다"):
        saving.save(report, kind, path)
    assert path.read_text(encoding="utf-8") == '{"images": []}'
    with pytest.raises(ValueError, match="폴더"):
        saving.save(report, kind, tmp_path)
    with pytest.raises(ValueError, match="폴더가 없습니다"):
        saving.save(report, kind, tmp_path / "없음" / "a")


@pytest.mark.parametrize("kind", saving.OUTPUTS)
def test_a_write_that_fails_midway_keeps_the_old_report(kind, tmp_path, monkeypatch, no_charts):
    report, path = diagnose(data()), tmp_path / f"a.{kind}"
    saving.save(report, kind, path)
    before = path.read_bytes()

    def full(report, file):
        file.write("반만")
        raise OSError(28, "No space left on device")

    broken = (full, *saving.OUTPUTS[kind][1:])
    monkeypatch.setitem(saving.OUTPUTS, kind, broken)
    with pytest.raises(OSError, match="가득"):
        saving.save(report, kind, path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def yolo(folder, line="0 0.5 0.5 0.2 0.2", count=3):
    folder.mkdir(exist_ok=True)
    for number in range(count):
        Image.new("RGB", (64, 48)).save(folder / f"{number}.png")
        (folder / f"{number}.txt").write_text(f"{line}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("0 0.5 0.5 0.2 0.2", {"error": 0, "warning": 0, "never": 0}),
        # 테두리를 0.3픽셀 넘습니다.
        ("0 0.9 0.5 0.21 0.2", {"error": 0, "warning": 1, "never": 0}),
        ("0 0.5 0.5 0 0.2", {"error": 1, "warning": 1, "never": 0}),
    ],
)
def test_exit_codes(line, code, tmp_path, capsys):
    folder = yolo(tmp_path / "데이터", line)
    for fail_on, expected in code.items():
        assert main([str(folder), "--fail-on", fail_on]) == expected
    assert set(options.EXIT_CODES) == {0, 1, 2, 130} and set(code) == set(options.FAIL_ON)
    assert main([str(tmp_path / "없음"), "--fail-on", "never"]) == 2


def test_an_ignored_kind_leaves_the_verdict_but_is_told(tmp_path, capsys):
    folder = yolo(tmp_path / "a", "0 0.5 0.5 0 0.2")
    target = tmp_path / "a.json"
    assert main([str(folder), "--ignore", "zero_size", "--json", str(target)]) == 0
    out = capsys.readouterr().out
    assert "무시한 진단: zero_size" in out and "□ 무시함 · 좌표계 통일" in out
    document = json.loads(target.read_text(encoding="utf-8"))
    assert document["ignored"] == ["zero_size"] and document["ok"] is True
    assert {"topic": "format", "state": "ignored"} in document["checklist"]


def test_a_place_that_cannot_be_written_is_refused_before_the_diagnosis(
    tmp_path, monkeypatch, capsys
):
    def refuse(path):
        raise PermissionError(13, "거절")

    assert main([str(tmp_path), "--csv", f"{tmp_path}/a", "--json", f"{tmp_path}/./a"]) == 2
    assert "서로 다른 이름" in capsys.readouterr().err
    monkeypatch.setattr("pathlib.Path.touch", refuse)
    monkeypatch.setattr("anchorbox_utils.diagnosis.command.load_dataset", pytest.fail)
    assert main([str(tmp_path), "--json", str(tmp_path / "a.json")]) == 2
    assert "쓸 수 없습니다. 권한이 없습니다." in capsys.readouterr().err


@pytest.mark.heavy
def test_the_figure_of_classes_counts_those_without_a_box():
    boxes = [[10, 10, 60, 60]]
    dataset = Dataset([LabeledImage("a.png", *SIZE, boxes)], categories={0: "컵", 1: "접시"})
    told = " ".join(caption for caption, _ in draw_figures(diagnose(dataset)))
    assert "가장 많은 컵은 1개, 가장 적은 접시는 0개" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["a", "--ignore", "fliped"], "'fliped'은(는) 모르는 종류입니다. 비슷한 것: flipped"),
        (["a", "--fail-on", "warn"], "비슷한 것: warning"),
        (["a", "--format", "cocoo"], "비슷한 것: coco"),
        (["a", "--format", "zzz"], "가능한 값: coco"),
        ([], "진단할 폴더나 파일을 주세요"),
        (["a", "--input-size", "640"], "--input-size: 값을 2개"),
        (["a", "--input-size", "가", "640"], "'가'은(는) 수가 아닙니다"),
        (["a", "--scales", "32,x"], "'x'은(는) 수가 아닙니다"),
        (["a", "--num-classes", "0"], "1 이상"),
        (["a", "--background", "x"], "정수가 아닙니다"),
        (["a", "--html"], "--html: 값을 적어"),
        (["a", "--one-based=3"], "값을 받지 않는"),
        (["a", "b"], "남는 값입니다: b"),
    ],
)
def test_a_wrong_option_is_refused_with_what_is_near(
    arguments, told, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2 and told in capsys.readouterr().err


def test_a_config_is_found_upward_and_the_command_line_wins(tmp_path, monkeypatch, capsys):
    yolo(tmp_path / "데이터", "0 0.9 0.5 0.21 0.2")
    (tmp_path / options.CONFIG_NAME).write_text(
        'path = "데이터"\nfail-on = "warning"\nignore = ["empty_images"]\n'
        "scales = [[32, 40], [64, 80]]\nstrides = [8, 16]\ninput_size = [48, 64]\n",
        encoding="utf-8",
    )
    inner = tmp_path / "안" / "더 안"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    found = options.parse_options(["--ignore", "single_class", "--strides", "4"])
    assert found.path == str(tmp_path / "데이터") and found.fail_on == "warning"
    assert found.ignore == ["empty_images", "single_class"] and found.strides == [4.0]
    assert found.scales == [[32.0, 40.0], [64.0, 80.0]] and found.input_size == [48.0, 64.0]
    assert options.parse_options(["b", "--scales", "9"]).scales == [[9.0]]
    assert main([]) == 1
    assert options.CONFIG_NAME in capsys.readouterr().out
    assert main(["--fail-on", "never"]) == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fail_onn = 1", "비슷한 것: fail-on"),
        ('ignore = ["fliped"]', "비슷한 것: flipped"),
        ("path = ", "TOML 문법"),
        ("pos-thr = true", "참/거짓"),
        ("[html]\na = 1", "표(table)"),
        ('pos-thr = "높게"', "pos-thr"),
    ],
)
def test_a_wrong_config_is_refused(text, told, tmp_path, capsys):
    file = tmp_path / "a.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        main(["a", "--config", str(file)])
    assert stop.value.code == 2 and told in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["a", "--config", str(tmp_path / "없음.toml")])


def test_the_guide_is_held_to_the_code():
    assert reference.render(PAGE) == PAGE, "uv run python tools/reference.py로 표를 다시 만드세요."
    for name in (*options.OPTIONS, *KINDS, *balance.LIMITS):
        assert f"`{name}`" in PAGE or f"`--{name}" in PAGE


def test_the_examples_of_the_guide_work(tmp_path, monkeypatch):
    (toml,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / options.CONFIG_NAME).write_text(toml, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert options.parse_options([]).format == "yolo"
    (workflow,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    steps = yaml.safe_load(workflow)["jobs"]["diagnose"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    (command,) = (line for line in commands if line.startswith("anchorbox-diagnose"))
    found = options.parse_options(shlex.split(command)[1:])
    assert found.fail_on == "warning" and found.html == "report.html"
    shown = re.findall(r"^uv run anchorbox-diagnose (.+)$", PAGE, re.MULTILINE)
    assert len(shown) == 3
    for line in shown:
        options.parse_options(shlex.split(line))


def test_a_learners_match_is_used_for_what_trains_nothing():
    def nothing(grid, gt_boxes):
        result = match_anchors(grid, gt_boxes, 0.5, 0.4)
        names = {"labels": result.labels * 0, "matched_gt": result.matched_gt * 0 - 1}
        return SimpleNamespace(**names, iou_max=result.iou_max)

    report = diagnose(data(), GRID, match=nothing)
    assert len(report.untrained["no_positive"]) == 102


def test_the_page_of_an_image_without_a_known_size(no_charts):
    image = LabeledImage("a", None, None, [[1, 2, 300, 40]])
    assert "<svg" in diagnose(Dataset([image])).to_html()
