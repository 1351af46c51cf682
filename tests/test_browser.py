"""진짜 JupyterLab 화면에서: 강의가 끝까지 실행되는가, 실험대의 수가 anchorbox_utils와 같은가."""

import base64
import io
import json
import math
import os
import re
import time
from unittest.mock import patch

import nbformat
import numpy as np
import pytest
from browser import ARTIFACTS, PATIENCE, ROOT, copy_course, lab_page, write_notebook
from browser_setup import capture, draw
from PIL import Image
from replaying import COMPARED, REHEARSAL, REHEARSED, cards_in, rehearsal_of

from anchorbox_utils import (
    AnchorGrid,
    box_convert,
    box_iou,
    dataset_from_boxes,
    decode_boxes,
    diagnose,
    encode_boxes,
    make_scene,
    match_anchors,
)
from anchorbox_utils.labs.base import short_number
from anchorbox_utils.plotting.style import FONT_PATH
from tools.notebooks import COMPARE_IMAGES, KERNEL_ENV, differences, normalize

# 여기서 실행하는 강의는 nbval이 또 실행하지 않습니다. CI가 아니면 실험대가 있는 강의만 합니다.
LESSONS = sorted(
    f"notebooks/{path.name}"
    for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")
    if os.environ.get("CI") or "Lab(" in path.read_text(encoding="utf-8")
)
LABS = "labs.ipynb"
LAB_CELLS = [
    "import numpy as np\n"
    "from anchorbox_utils import (\n"
    "    DesignLab, FormulaLab, ThresholdLab, encode_boxes, load_photo, make_scene)\n"
    "lab = FormulaLab([30, 40, 70, 60], [33, 34, 83, 58])\nlab",
    "thresholds = ThresholdLab(pos_thr=0.6, neg_thr=0.3)\nthresholds",
    "rng = np.random.default_rng(0)\n"
    "scenes = [make_scene(rng, n_objects=5, size_range=(16, 110)) for _ in range(20)]\n"
    "design = DesignLab(np.concatenate([scene.boxes for scene in scenes]))\ndesign",
    "photo = load_photo()\n"
    "on_photo = FormulaLab([80, 60, 240, 260], photo.boxes, image=photo.image)\non_photo",
]
CARD_CELLS = [
    "import matplotlib.pyplot as plt\n"
    "from anchorbox_utils import PredictionCard, make_scene\n"
    "from anchorbox_utils.labs.questions import Option, Question\n"
    "def measure(width):\n"
    "    plt.subplots(figsize=(4, 3))[1].plot([0, width])\n"
    "    print('잰 값', width)\n"
    "    return width\n"
    "options = [Option(str(v), v, f'{v}의 풀이', f't_x가 {v}') for v in (10, 20, 30)]\n"
    "q = Question('q', '', '너비 {width}는 어느 것일까요?', 20, choices=options)\n"
    "choice = PredictionCard(q, measure, {'width': 20})\nchoice",
    "q = Question('q', '', '몇 개씩?', [2, 3], fields=('양성', '음성'), right='맞음', wrong='틀림')\n"  # noqa: E501
    "numbers = PredictionCard(q, lambda: [2, 3], {})\nnumbers",
    "q = Question('q', '', '모두 고르세요.', [0, 2], right='맞음', wrong='틀림', item='GT')\n"
    "scene = make_scene(4, n_objects=4, size_range=(30, 90))\n"
    "boxes = PredictionCard(q, lambda: [0, 2], {}, (scene.image, scene.boxes))\nboxes",
]
CARD = "예측 카드"
FORMULA, THRESHOLD, DESIGN = "수식 실험대", "임계값 실험대", "앵커 설계 실험대"
TARGETS = ("tx", "ty", "tw", "th")
# 두 박스가 겹치지도, 손잡이가 가리지도 않는 곳 (박스 안의 비율)
BARE_SPOT = {"anchor": (0.04, 0.27), "gt": (0.93, 0.8)}


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory, browser):
    """강좌 폴더에서 강좌의 설정 그대로 켠 화면."""
    folder = tmp_path_factory.mktemp("jupyter")
    copy_course(folder)
    write_notebook(folder / LABS, *LAB_CELLS, *CARD_CELLS)
    ARTIFACTS.mkdir(exist_ok=True)
    # 커널은 tools/notebooks.py가 저장할 때와 같은 환경이어야 합니다.
    with patch.dict(os.environ, KERNEL_ENV), lab_page(folder, browser) as lab:
        lab.folder = folder
        # 커널에 물을 때마다 JupyterLab이 탭의 아이콘을 바꾸며 서버에서 새로 받습니다. 묻는 데 드는
        # CPU의 40%가 그것입니다.
        lab.page.evaluate(
            "() => document.querySelectorAll('link.favicon').forEach((icon) => icon.remove())"
        )
        yield lab


@pytest.fixture(scope="module")
def lesson_runs(jupyter):
    """강의마다 (열어서 저장한 것, `finish_run`의 것)과 그동안의 문제. 둘씩 겹쳐 실행합니다."""
    saved, runs, waiting = {}, {}, []
    jupyter.problems.clear()
    for name in LESSONS:
        jupyter.open(name)
        saved[name] = save_untouched(jupyter, name)
        jupyter.start_run(name)
        waiting.append(name)
        if len(waiting) == 2:
            first = waiting.pop(0)
            runs[first] = finish_run(jupyter, first)
    runs |= {name: finish_run(jupyter, name) for name in waiting}
    problems = list(jupyter.problems)
    # 커널을 끄면 JupyterLab의 디버거가 불평합니다. 강의의 문제가 아니므로 여기까지만 모읍니다.
    for name in LESSONS:
        jupyter.close(name)
    jupyter.problems.clear()
    return saved, runs, problems


def finish_run(jupyter, path):
    """실행을 마친 셀들과 예측 카드들의 이름, 그 카드들을 그 커널에서 풀어 보고 찾은 문제의 글."""
    cells = jupyter.finish_run(path)
    cards = [name for cell in cells for name in cards_in(cell["source"])]
    code = "\n".join([REHEARSAL, *(f"print({rehearsal_of(name)}, end='')" for name in cards)])
    return cells, cards, jupyter.python(path, code) if cards else ""


def save_untouched(jupyter, path):
    """막 연 노트북을 저장하고, (바뀐 것으로 보였는가, 저장된 바이트)를 돌려줍니다."""
    # 커널의 정보가 노트북에 적힌 다음이어야 합니다.
    dirty = jupyter.page.evaluate(
        """async (path) => {
            const { context, sessionContext } = panels[path];
            const { language_info } = await sessionContext.session.kernel.info;
            while (context.model.getMetadata('language_info')?.version !== language_info.version)
                await new Promise((done) => context.model.metadataChanged.connect(done));
            const { dirty } = context.model;
            await context.save();
            return dirty;
        }""",
        path,
    )
    return dirty, (jupyter.folder / path).read_bytes()


@pytest.fixture(scope="module")
def labs(jupyter):
    """실험대들이 놓인 노트북을 실행해 둔 화면."""
    jupyter.open(LABS)
    # 커널에 물을 때마다 도구 모음의 단추들이 다시 그려집니다. 실험대를 보는 데는 필요 없습니다.
    jupyter.page.evaluate("(path) => panels[path].toolbar.hide()", LABS)
    jupyter.start_run(LABS)
    cells = jupyter.finish_run(LABS)
    errors = [o for cell in cells for o in cell["outputs"] if o["output_type"] == "error"]
    assert errors == []
    jupyter.page.wait_for_function(
        "(count) => document.querySelectorAll('.abx .lab').length === count",
        arg=len(LAB_CELLS + CARD_CELLS),
    )
    return jupyter


@pytest.fixture(scope="module")
def formulas(jupyter):
    """JavaScript 공식을 같은 브라우저에서 부르는 함수: call("encode", 인수들의 목록)."""
    code = (ROOT / "anchorbox_utils/labs/formulas.js").read_text(encoding="utf-8")
    jupyter.page.evaluate(
        """async (code) => {
            const blob = new Blob([code], { type: 'text/javascript' });
            window.formulas = await import(URL.createObjectURL(blob));
        }""",
        code,
    )

    def call(name, rows):
        # 수만 개를 주고받을 때는 JSON 글자로 넘기는 것이 훨씬 빠릅니다.
        found = jupyter.page.evaluate(
            "([name, rows]) => "
            "JSON.stringify(JSON.parse(rows).map((row) => formulas[name](...row)))",
            [name, json.dumps(rows)],
        )
        return np.array(json.loads(found))

    return call


# --- 브라우저 ---------------------------------------------------------------------------


# 리눅스에는 글꼴을 함께 주고, Windows와 macOS에는 처음부터 한글 글꼴이 있습니다.
def test_hangul_is_drawn_without_any_installed_font(browser_options, monkeypatch, tmp_path):
    empty = tmp_path / "fonts.conf"
    empty.write_text("<fontconfig></fontconfig>", encoding="utf-8")
    monkeypatch.setenv("FONTCONFIG_FILE", str(empty))
    picture = draw(
        browser_options,
        "<meta charset=utf-8><body style='margin: 0; display: flex; font: 30px sans-serif'>"
        "<span style='width: 40px'>가</span><span style='width: 40px'>힣</span></body>",
    )
    ink = np.asarray(Image.open(io.BytesIO(picture)).convert("L")) < 128
    first, second = ink[:, :40], ink[:, 40:]
    # 글꼴에 없는 글자는 모두 똑같은 네모(□)로 그려집니다.
    assert first.any() and second.any() and (first != second).any()


# --- 강의 -------------------------------------------------------------------------------


PAGE_SCRIPT = """() => {
    const view = document.documentElement;
    const inside = [...document.querySelectorAll('main *')]
        .filter((node) => !node.closest('.scroll, pre, svg'));
    const wide = inside.filter((n) => n.getBoundingClientRect().right > view.clientWidth + 1);
    const paper = getComputedStyle(document.body).backgroundColor;
    const charts = [...document.querySelectorAll('.charts img')];
    const shown = charts.every((image) => image.naturalWidth);
    return { overflow: view.scrollWidth - view.clientWidth, wide: wide.length, paper, shown,
             pictures: document.querySelectorAll('.shot use').length };
}"""


@pytest.fixture(scope="module")
def diagnosis_page(tmp_path_factory):
    """사진과 문제가 있는 데이터의 HTML 진단서."""
    folder = tmp_path_factory.mktemp("진단 서")
    rng, boxes, paths = np.random.default_rng(0), [], []
    for number in range(6):
        scene = make_scene(rng, image_size=(240, 320), n_objects=4)
        paths.append(str(folder / f"사진 {number}.png"))
        Image.fromarray((scene.image * 255).astype(np.uint8)).save(paths[-1])
        boxes.append(scene.boxes)
    boxes[0][0] = boxes[0][0, [2, 3, 0, 1]]
    labels = [[0, 1, 2, 2]] * 6
    names = dict(enumerate(["개", "고양이", "아주 긴 이름을 가진 물체의 클래스"]))
    dataset = dataset_from_boxes(boxes, (240, 320), labels, names, paths=paths)
    diagnose(dataset, AnchorGrid((240, 320), 8, [200, 300])).save_html(folder / "report.html")
    return folder / "report.html"


@pytest.mark.heavy
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_report_opens_from_a_file(browser, diagnosis_page, width, scheme):
    viewport = {"width": width, "height": 900}
    context = browser.new_context(viewport=viewport, color_scheme=scheme)
    page, requests, problems = context.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(diagnosis_page.as_uri())
    seen = page.evaluate(PAGE_SCRIPT)
    assert [url for url in requests if not url.startswith("data:")] == [diagnosis_page.as_uri()]
    assert problems == [] and seen["shown"] and seen["pictures"] >= 6
    assert (seen["overflow"], seen["wide"]) == (0, 0)
    assert (sum(map(int, re.findall(r"\d+", seen["paper"])[:3])) < 150) == (scheme == "dark")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.wait_for_url("**/report.html#abx-findings")
    page.emulate_media(media="print", color_scheme=scheme)
    # 종이는 어두운 화면에서 인쇄해도 흽니다.
    assert page.evaluate(PAGE_SCRIPT)["paper"] == "rgb(255, 255, 255)"
    ARTIFACTS.mkdir(exist_ok=True)
    page.emulate_media(media="screen", color_scheme=scheme)
    page.screenshot(path=ARTIFACTS / f"report_{width}_{scheme}.png", full_page=True)
    context.close()


@pytest.mark.parametrize("name", LESSONS)
def test_lesson_gives_what_is_stored(lesson_runs, record_property, name):
    cells, cards, problems = lesson_runs[1][name]
    fresh = normalize(nbformat.from_dict({"cells": cells, "metadata": {}, "nbformat": 4}))
    stored = normalize(nbformat.read(ROOT / name, as_version=4))
    if difference := differences(stored, fresh, COMPARE_IMAGES):
        pytest.fail(f"uv run python tools/notebooks.py {name}\n{difference}", pytrace=False)
    assert problems == "", "예측 카드"
    record_property(COMPARED, sum(cell.cell_type == "code" for cell in stored.cells))
    record_property(REHEARSED, len(cards))


def test_lessons_leave_no_console_error(lesson_runs):
    assert lesson_runs[2] == []


@pytest.mark.parametrize("name", LESSONS)
def test_an_untouched_lesson_is_not_changed_by_opening_and_saving(lesson_runs, name):
    dirty, saved = lesson_runs[0][name]
    assert not dirty
    assert saved == (ROOT / name).read_bytes()


def test_the_course_speaks_korean(jupyter):
    menus = jupyter.page.locator(".lm-MenuBar-itemLabel").all_inner_texts()
    assert {"파일", "편집", "보기", "실행", "커널"} <= set(menus)


# --- 공식 -------------------------------------------------------------------------------


def random_boxes(rng, count, whole=False):
    corner, size = rng.uniform(-50, 400, (count, 2)), rng.uniform(0, 200, (count, 2))
    # 크기가 0인 박스와, 값이 같아 순위가 갈리는 경우도 섞습니다.
    size[rng.random((count, 2)) < 0.02] = 0
    boxes = np.concatenate([corner, corner + size], axis=1)
    return np.round(boxes / 10) * 10 if whole else boxes


def test_javascript_encodes_and_decodes_like_python(formulas):
    rng = np.random.default_rng(0)
    anchors, gts = random_boxes(rng, 5000), random_boxes(rng, 5000)
    deltas = encode_boxes(anchors, gts)
    found = formulas("encode", list(zip(anchors.tolist(), gts.tolist(), strict=True)))
    np.testing.assert_allclose(found, deltas, rtol=1e-12, atol=1e-12)
    deltas = rng.normal(0, 1, (5000, 4))
    found = formulas("decode", list(zip(anchors.tolist(), deltas.tolist(), strict=True)))
    np.testing.assert_allclose(found, decode_boxes(anchors, deltas), rtol=1e-12, atol=1e-9)


def test_javascript_converts_and_overlaps_like_python(formulas):
    rng = np.random.default_rng(1)
    first, second = random_boxes(rng, 5000), random_boxes(rng, 5000)
    centers = box_convert(first, "xyxy", "cxcywh")
    found = formulas("toCenter", [[box] for box in first.tolist()])
    np.testing.assert_allclose(found, centers, rtol=0, atol=1e-9)
    found = formulas("toCorners", [[box] for box in centers.tolist()])
    np.testing.assert_allclose(found, first, rtol=0, atol=1e-9)
    blocks = zip(np.split(first, 50), np.split(second, 50), strict=True)
    expected = np.concatenate([np.diagonal(box_iou(a, b)) for a, b in blocks])
    found = formulas("iou", list(zip(first.tolist(), second.tolist(), strict=True)))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    assert expected.min() == 0 and expected.max() > 0.5


def test_javascript_matches_like_python(formulas, jupyter):
    rng = np.random.default_rng(2)
    cases = []
    for number in range(100):
        anchors, gts = random_boxes(rng, 60, number % 2), random_boxes(rng, number % 5, number % 2)
        neg_thr, pos_thr = np.sort(rng.integers(1, 20, 2)) / 20
        cases.append((anchors, gts, pos_thr, neg_thr, bool(number % 3)))
    found = jupyter.page.evaluate(
        """(cases) => JSON.stringify(JSON.parse(cases).map(([anchors, gts, pos, neg, force]) => {
            const match = formulas.matchAnchors(anchors, gts);
            const result = formulas.labelAnchors(match, pos, neg, force);
            return [result.labels, result.forced, match.matchedGt, match.iouMax].map(
                (values) => Array.from(values));
        }))""",
        json.dumps([[a.ravel().tolist(), g.ravel().tolist(), *rest] for a, g, *rest in cases]),
    )
    forced = 0
    for case, results in zip(cases, json.loads(found), strict=True):
        expected = match_anchors(*case)
        for name, result in zip(
            ("labels", "forced", "matched_gt", "iou_max"), results, strict=True
        ):
            np.testing.assert_array_equal(result, getattr(expected, name), err_msg=name)
        forced += expected.forced.sum()
    assert forced > 50


def test_javascript_covers_like_python(formulas, jupyter):
    rng = np.random.default_rng(3)
    for stride in (4, 8, 16, 32, 64):
        boxes = np.concatenate([make_scene(rng, size_range=(8, 120)).boxes for _ in range(10)])
        scales, ratios = rng.uniform(8, 128, 3).tolist(), rng.uniform(0.3, 3, 2).tolist()
        options = {"imageSize": [240, 320], "stride": stride, "scales": scales, "ratios": ratios}
        found = jupyter.page.evaluate(
            "([boxes, options]) => "
            "Array.from(formulas.bestIouOnGrid(Float64Array.from(boxes), options))",
            [boxes.ravel().tolist(), options],
        )
        grid = AnchorGrid((240, 320), stride, scales, ratios)
        expected = match_anchors(grid, boxes).gt_best_iou
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


NUMBERS = [
    *((2 * k + 1) / 2**power for power in range(1, 12) for k in range(-40, 40)),
    *(sign * 10.0**power for power in range(-12, 25) for sign in (-1, 1)),
    *np.random.default_rng(0).normal(size=3000),
    *np.random.default_rng(1).normal(scale=1e4, size=3000).round(4),
    0.5625, 0.0, -0.0, 5e-324, 1.7976931348623157e308, 2.0**53 + 2, 123456789012345.125,
]  # fmt: skip


def test_javascript_writes_numbers_like_python(jupyter):
    code = (ROOT / "anchorbox_utils/labs/common.js").read_text(encoding="utf-8")
    found = jupyter.page.evaluate(
        """async ([code, values]) => {
            const blob = new Blob([code, '\\nexport { formatNumber, shortNumber, formatCount };'],
                { type: 'text/javascript' });
            const common = await import(URL.createObjectURL(blob));
            return JSON.parse(values).map((value) => [
                ...[0, 1, 2, 3, 6].map((digits) => common.formatNumber(value, digits)),
                common.shortNumber(value), common.formatCount(Math.trunc(value)),
            ].map((text) => text.replace('−', '-')));
        }""",
        [code, json.dumps([float(value) for value in NUMBERS])],
    )
    for value, (*texts, short, count) in zip(NUMBERS, found, strict=True):
        assert texts == [f"{value:z.{digits}f}" for digits in (0, 1, 2, 3, 6)]
        assert short == short_number(value)
        if abs(value) < 2**53:
            assert count.removeprefix("-") == f"{abs(int(value)):,}"
    assert f"{0.5625:.3f}" == "0.562"


# 실수마다 값이 다른 문제: 앵커 중심 (60, 50), 크기 40 × 25, 정답 중심 (81, 38), 크기 60 × 70
PROBLEM = [[40, 37.5, 80, 62.5], [51, 3, 111, 73]]
# (몇 번째 오프셋, 실수의 이름, 그렇게 계산한 값)
SLIPS = [
    (0, "sign", (60 - 81) / 40),
    (0, "exchanged", (60 - 81) / 60),
    (0, "pixels", 81 - 60),
    (0, "pixels_sign", 60 - 81),
    (0, "gt_side", (81 - 60) / 60),
    (0, "other_side", (81 - 60) / 25),
    (0, "corner", (51 - 40) / 40),
    (0, "log_of_center", math.log(81 / 60)),
    (0, "coarse", 0.5),
    (1, "sign", (50 - 38) / 25),
    (1, "exchanged", (50 - 38) / 70),
    (1, "pixels", 38 - 50),
    (1, "pixels_sign", 50 - 38),
    (1, "gt_side", (38 - 50) / 70),
    (1, "other_side", (38 - 50) / 40),
    (1, "corner", (3 - 37.5) / 25),
    (1, "log_of_center", math.log(38 / 50)),
    (1, "coarse", -0.5),
    (2, "exchanged", math.log(40 / 60)),
    (2, "ratio", 60 / 40),
    (2, "ratio_exchanged", 40 / 60),
    (2, "ratio_minus_one", 60 / 40 - 1),
    (2, "pixels", 60 - 40),
    (2, "log10", math.log10(60 / 40)),
    (2, "log2", math.log2(60 / 40)),
    (2, "log_before_division", math.log(60) / 40),
    (2, "other_side", math.log(60 / 25)),
    (3, "exchanged", math.log(25 / 70)),
    (3, "ratio", 70 / 25),
    (3, "ratio_exchanged", 25 / 70),
    (3, "ratio_minus_one", 70 / 25 - 1),
    (3, "pixels", 70 - 25),
    (3, "log10", math.log10(70 / 25)),
    (3, "log2", math.log2(70 / 25)),
    (3, "log_before_division", math.log(70) / 25),
    (3, "other_side", math.log(70 / 40)),
    (3, "coarse", 1.0),
]


@pytest.fixture(scope="module")
def judge(formulas, jupyter):
    def call(rows):
        return jupyter.page.evaluate("rows => rows.map((row) => formulas.judgeGuess(...row))", rows)

    return call


def slip_names(found):
    return [[slip["name"] for slip in one["slips"]] for one in found]


def test_a_slip_is_recognised_by_its_value(judge):
    rows = [[index, *PROBLEM, round(value, 2)] for index, _, value in SLIPS]
    found = judge(rows)
    assert slip_names(found) == [[name] for _, name, _ in SLIPS]
    assert all(len(one["slips"][0]["says"]) > 15 and not one["right"] for one in found)
    # 가로의 말과 세로의 말이 다릅니다.
    says = {
        (index, name): one["slips"][0]["says"]
        for (index, name, _), one in zip(SLIPS, found, strict=True)
    }
    assert "너비" in says[0, "pixels"] and "높이" in says[1, "pixels"]
    assert "오른쪽" in says[0, "sign"] and "아래쪽" in says[1, "sign"]


def test_the_right_guess_and_an_unknown_one(judge):
    right = encode_boxes(*([box] for box in PROBLEM))[0]
    found = judge([[i, *PROBLEM, float(value)] for i, value in enumerate(right.round(2))])
    assert [one["right"] for one in found] == [True] * 4 and slip_names(found) == [[]] * 4
    (unknown,) = judge([[0, *PROBLEM, 7.7]])
    assert unknown["slips"] == [] and unknown["error"] == pytest.approx(7.7 - right[0])


def test_slips_that_give_the_same_value_are_all_named(judge):
    # 두 박스의 크기가 같으면 부호를 뒤집은 것과 서로 바꾼 것이 같고, 정답의 변으로 나누면 맞습니다.
    same = [[0, 0, 40, 20], [10, 0, 50, 20]]
    flipped, by_gt = judge([[0, *same, -0.25], [0, *same, 0.25]])
    assert slip_names([flipped]) == [["sign", "exchanged"]]
    assert by_gt == {"right": True, "error": 0, "slips": []}
    # 강좌의 예: ln(24/20)을 0.2로 적으면 비율 − 1인지 거친 반올림인지 알 수 없습니다.
    (coarse,) = judge([[3, [30, 40, 70, 60], [33, 34, 83, 58], 0.2]])
    assert slip_names([coarse]) == [["ratio_minus_one", "coarse"]]


# --- 실험대 -----------------------------------------------------------------------------


def wait_until(check, seconds=PATIENCE):
    """`check()`가 AssertionError 없이 끝날 때까지 되풀이하고, 그 값을 돌려줍니다.

    화면과 커널은 잠깐 다를 수 있으므로, 시간이나 프레임 수가 아니라 상태를 기다립니다. `check`는
    부를 때마다 브라우저에 다녀오므로 그동안 화면과 커널이 나아갑니다.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > deadline:
                raise


def region(jupyter, name, number=0):
    # 역할과 이름으로 화면을 다 뒤지는 일은 비쌉니다. 처음 찾았을 때 적어 둔 id로 다시 찾습니다.
    mark = f"lab-{name.replace(' ', '-')}-{number}"
    part = jupyter.page.locator(f"#{mark}")
    if not part.count():
        found = jupyter.page.get_by_role("region", name=name).nth(number)
        found.evaluate("(node, mark) => { node.id = mark; }", mark)
    part.evaluate("node => node.scrollIntoView({ block: 'center' })")
    return part


def lab_state(part, name):
    """실험대의 바깥 요소에 적힌 상태 (aria-busy, data-practice 등)."""
    return part.evaluate("(node, name) => node.parentElement.getAttribute(name)", name)


def read(part, *queries):
    """모델의 지금 값을 다 그린 화면에서 (선택자, 속성)마다 걸린 요소들의 값을 한 번에 읽습니다.

    하나씩 읽으면 느리고, 그 사이에 화면이 바뀌기도 합니다.
    """
    busy, found = part.evaluate(
        """(node, queries) => [node.parentElement.ariaBusy, queries.map(([selector, name]) =>
            [...node.querySelectorAll(selector)].map((found) =>
                found.getAttribute(name) ?? found[name]))]""",
        queries,
    )
    assert busy == "false"
    return found


def values(*names):
    """화면의 <data>가 가진 정확한 값을 묻는 질문들."""
    return [(f"[data-ref={name}]", "value") for name in names]


def numbers(found):
    texts = [text for [text] in found]
    assert all(texts)
    return [float(text) for text in texts]


def shown(part, *names):
    return numbers(read(part, *values(*names)))


def kernel(jupyter, expression):
    return json.loads(jupyter.python(LABS, f"import json; print(json.dumps({expression}))"))


def assert_kernel(jupyter, expression, expected):
    def check():
        assert kernel(jupyter, expression) == expected

    wait_until(check)


def wait_for(holds):
    def check():
        assert holds()

    wait_until(check)


def assert_text(locator, expected):
    wait_for(lambda: expected in locator.inner_text())


def assert_page_equals_python(jupyter):
    """수식 실험대의 화면과 커널이 같아지기를 기다려 (앵커, 정답)을 돌려줍니다."""
    part = region(jupyter, FORMULA)

    exact = values(*TARGETS, "iou", "decoded_x", "decoded_y", "decoded_w", "decoded_h")
    texts = [(f"[data-ref={name}]", "innerText") for name in TARGETS]

    def check():
        # 다 그리지 않은 화면이라면 커널에 묻지 않고 다시 읽습니다.
        found = read(part, *exact, *texts, ("rect.box.anchor", "aria-label"))
        anchor, gt, [deltas] = kernel(
            jupyter, "[lab.anchor.tolist(), lab.gt.tolist(), lab.deltas.tolist()]"
        )
        np.testing.assert_array_equal(encode_boxes(anchor, gt), [deltas])
        expected = [*deltas, box_iou(anchor, gt)[0, 0], *box_convert(gt, "xyxy", "cxcywh")[0]]
        np.testing.assert_allclose(numbers(found[: len(exact)]), expected, rtol=0, atol=1e-6)
        # 두 박스가 함께 옮겨 가면 오프셋이 같으므로, 앵커의 자리도 봅니다.
        *seen, [label] = found[len(exact) :]
        x, y = box_convert(anchor, "xyxy", "cxcywh")[0, :2].round(2)
        assert f"중심 {x:g}, {y:g}," in label
        rounded = [float(text.replace("−", "-")) for [text] in seen]
        assert rounded == pytest.approx(deltas, abs=5.1e-4)
        return anchor[0], gt[0]

    return wait_until(check)


@pytest.fixture
def formula(labs):
    part = region(labs, FORMULA)

    def reset():
        # 앞 검사의 값이 늦게 도착할 수 있으므로, 그대로 남을 때까지 되풀이합니다.
        labs.python(
            LABS,
            "lab.practice, lab.guess = False, None\n"
            "lab.anchor, lab.gt = [30, 40, 70, 60], [33, 34, 83, 58]",
        )
        assert assert_page_equals_python(labs) == ([30, 40, 70, 60], [33, 34, 83, 58])
        assert kernel(labs, "[lab.practice, lab.guess]") == [False, None]
        assert lab_state(part, "data-practice") == "off"

    wait_until(reset)
    return part


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, locator, dx, dy, at=(0.5, 0.5)):
    box = locator.bounding_box()
    x, y = box["x"] + box["width"] * at[0], box["y"] + box["height"] * at[1]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=6)
    page.mouse.up()


def test_values_at_the_start(labs, formula):
    assert_page_equals_python(labs)
    assert shown(formula, *TARGETS) == pytest.approx([0.2, -0.2, 0.223, 0.182], abs=5e-4)


@pytest.mark.parametrize("name", ["anchor", "gt"])
def test_dragging_moves_a_box(labs, formula, name):
    before = dict(zip(("anchor", "gt"), assert_page_equals_python(labs), strict=True))
    drag(labs.page, formula.locator(f"rect.box.{name}"), -40, 25, at=BARE_SPOT[name])
    after = dict(zip(("anchor", "gt"), assert_page_equals_python(labs), strict=True))
    moved = np.subtract(after[name], before[name])
    assert moved[0] < 0 < moved[1] and moved[:2].tolist() == moved[2:].tolist()
    other = "gt" if name == "anchor" else "anchor"
    assert after[other] == before[other]


def test_dragging_a_handle_resizes_a_box(labs, formula):
    _, before = assert_page_equals_python(labs)
    drag(labs.page, formula.locator("[data-box=gt][data-handle=ne]"), 50, -30)
    _, after = assert_page_equals_python(labs)
    assert after[0] == before[0] and after[3] == before[3]
    assert after[1] < before[1] and after[2] > before[2]
    # 반대쪽 변을 넘어가도 뒤집히지 않습니다.
    drag(labs.page, formula.locator("[data-box=gt][data-handle=e]"), -600, 0)
    _, after = assert_page_equals_python(labs)
    assert after[2] == after[0] + 4


def test_dragging_stops_at_the_edge(labs, formula):
    drag(labs.page, formula.locator("rect.box.anchor"), -900, -900, at=BARE_SPOT["anchor"])
    anchor, _ = assert_page_equals_python(labs)
    assert anchor == [0, 0, 40, 20]


def test_touch_moves_a_box(labs, formula):
    before, _ = assert_page_equals_python(labs)
    zoom = formula.locator(".paper").bounding_box()["width"] / kernel(labs, "lab._image_size[1]")
    x, y = middle(formula.locator("[data-box=anchor][data-handle=w]"))
    touch = labs.page.context.new_cdp_session(labs.page)
    for kind, dx in (("touchStart", 0), ("touchMove", -30), ("touchMove", -60), ("touchEnd", 0)):
        points = [] if kind == "touchEnd" else [{"x": x + dx, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.detach()
    after, _ = assert_page_equals_python(labs)
    # 화면을 넘기는 손짓으로 빼앗기지 않고 끝까지 따라갑니다.
    assert after[0] == pytest.approx(before[0] - 60 / zoom, abs=1) and after[1:] == before[1:]


def test_keyboard_moves_and_resizes(labs, formula):
    page = labs.page
    (ax1, ay1, ax2, ay2), gt = assert_page_equals_python(labs)
    box = formula.locator("rect.box.anchor")
    formula.get_by_role("button", name="처음으로").focus()
    plain = box.evaluate("node => getComputedStyle(node).strokeWidth")
    page.keyboard.press("Tab")
    assert box.evaluate("node => node === document.activeElement")
    assert box.evaluate("node => getComputedStyle(node).strokeWidth") != plain
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert assert_page_equals_python(labs)[0] == [ax1 + 2, ay1 + 9, ax2 + 2, ay2 + 9]
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowUp")
    assert assert_page_equals_python(labs)[0] == [ax1 + 2, ay1 + 9, ax2 + 12, ay2 + 8]
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    assert assert_page_equals_python(labs)[1] == [gt[0] - 1, gt[1], gt[2] - 1, gt[3]]


def test_typing_a_number(labs, formula):
    formula.get_by_label("정답 박스 너비, 픽셀").fill("61.5")
    _, gt = assert_page_equals_python(labs)
    assert box_convert([gt], "xyxy", "cxcywh")[0].tolist() == [58, 46, 61.5, 24]
    formula.get_by_label("앵커 중심 x, 픽셀").fill("")
    assert_page_equals_python(labs)


def test_a_field_left_with_an_unusable_number_shows_the_true_one(labs, formula):
    width = formula.get_by_label("정답 박스 너비, 픽셀")
    for text in ("2", "", "-5"):
        width.fill(text)
        width.blur()
        assert width.input_value() == "50"
    width.focus()
    labs.page.mouse.move(*middle(width))
    labs.page.mouse.wheel(0, 100)
    assert_kernel(labs, "lab.gt.tolist()", [[33, 34, 83, 58]])


def test_the_smaller_of_two_stacked_boxes_is_taken(labs, formula):
    labs.python(LABS, "lab.anchor, lab.gt = [50, 40, 60, 50], [30, 30, 90, 80]")
    assert_page_equals_python(labs)
    drag(labs.page, formula.locator("rect.box.anchor"), -40, 0)
    anchor, gt = assert_page_equals_python(labs)
    assert anchor[0] < 50 and gt == [30, 30, 90, 80]


def pull(page, locator, dx):
    """잡아서 dx만큼 끈 채로 두고, 누른 자리를 돌려줍니다."""
    x, y = middle(locator)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y, steps=3)
    return x, y


def test_escape_cancels_a_drag(labs, formula):
    handle = formula.locator("[data-box=anchor][data-handle=w]")
    x, y = pull(labs.page, handle, -60)
    assert assert_page_equals_python(labs)[0][0] < 30
    labs.page.keyboard.press("Escape")
    labs.page.mouse.move(x - 90, y, steps=3)
    labs.page.mouse.up()
    assert assert_page_equals_python(labs)[0] == [30, 40, 70, 60]
    # 끌어서 지워진 추측도 함께 돌아오고, 초점이 다른 데 있어도 듣습니다.
    labs.python(LABS, "lab.practice = True; lab.guess = (1, 2, 3, 4)")
    wait_until(lambda: shown(formula, *TARGETS))
    pull(labs.page, handle, -60)
    assert_kernel(labs, "lab.guess", None)
    formula.get_by_role("button", name="처음으로").focus()
    labs.page.keyboard.press("Escape")
    labs.page.mouse.up()
    assert_kernel(labs, "lab.guess", [1, 2, 3, 4])
    assert assert_page_equals_python(labs)[0] == [30, 40, 70, 60]


def test_a_message_from_the_kernel_in_the_middle_of_a_drag(labs, formula):
    x, y = pull(labs.page, formula.locator("[data-box=anchor][data-handle=w]"), -40)
    left = assert_page_equals_python(labs)[0][0]
    labs.python(LABS, "lab.anchor = [60, 50, 100, 70]")
    assert assert_page_equals_python(labs)[0] == [60, 50, 100, 70]
    labs.page.mouse.move(x - 80, y, steps=3)
    anchor, _ = assert_page_equals_python(labs)
    # 커널의 값에서, 그 뒤에 끈 만큼만 옮겨 갑니다.
    assert anchor[0] == pytest.approx(60 - (30 - left), abs=1) and anchor[1:] == [50, 100, 70]
    labs.page.keyboard.press("Escape")
    labs.page.mouse.up()
    assert assert_page_equals_python(labs)[0] == [60, 50, 100, 70]


# 한 번의 evaluate 안에서 보내면, 그 사이에 화면이 한 번도 그려지지 않습니다.
PRESS = """(node, keys) => keys.forEach((key) => node.dispatchEvent(
    new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })))"""
POINT = """(node, events) => {
    const root = node.ownerSVGElement;
    const { x, y, width, height } = node.getBoundingClientRect();
    root.setPointerCapture = () => {};
    for (const [type, pointerId, dx, dy] of events) node.dispatchEvent(new PointerEvent(type, {
        bubbles: true, pointerId, button: 0,
        clientX: x + width / 2 + dx, clientY: y + height / 2 + dy }));
    delete root.setPointerCapture;
}"""


def test_keys_within_one_frame_are_all_counted(labs, formula, design):
    formula.locator("rect.box.anchor").evaluate(PRESS, ["ArrowRight"] * 3 + ["ArrowDown"])
    assert assert_page_equals_python(labs)[0] == [33, 41, 73, 61]
    # 적는 칸의 방향키는 칸에 남아 있는 글이 아니라 모델의 값에서 갑니다.
    width = formula.get_by_label("정답 박스 너비, 픽셀")
    width.fill("9999")
    assert width.input_value() == "9999"
    width.evaluate(PRESS, ["ArrowDown"] * 3)
    assert width.input_value() == "47"
    gt = assert_page_equals_python(labs)[1]
    assert gt[2] - gt[0] == 47
    shape = design.locator(".shape").first
    for keys, scale in ((["ArrowRight"] * 3, 35), (["Home", "PageUp"], 14), (["End"] * 2, 400)):
        shape.evaluate(PRESS, keys)
        assert_kernel(labs, "design.scales", [scale, 64])
        assert_coverage_equals_python(labs, design)


def test_a_second_finger_and_a_cancelled_pointer_change_nothing(labs, formula, design):
    boxes = formula.locator("[data-box=gt][data-handle=e]"), design.locator(".shape").first
    first = [("pointerdown", 1, 0, 0), ("pointermove", 1, 24, -24)]
    second = [("pointerdown", 2, 0, 0), ("pointermove", 2, 90, -90), ("pointerup", 2, 90, -90)]

    def state():
        assert_coverage_equals_python(labs, design)
        return [assert_page_equals_python(labs)[1], kernel(labs, "design.scales")]

    start = state()
    for box in boxes:
        box.evaluate(POINT, [*first, *second, ("pointercancel", 1, 0, 0)])
    assert state() == start
    for box in boxes:
        box.evaluate(POINT, [*first, ("pointerup", 1, 24, -24)])
    alone = state()
    assert alone[0] != start[0] and alone[1] != start[1]
    labs.python(LABS, f"lab.gt = {start[0]}; design.scales = {start[1]}")
    assert state() == start
    for box in boxes:
        box.evaluate(POINT, [*first, *second, ("pointerup", 1, 24, -24)])
    assert state() == alone


def test_python_moves_the_page_and_reset_returns(labs, formula):
    labs.python(LABS, "lab.gt = [10, 10, 50, 90]")
    _, gt = assert_page_equals_python(labs)
    assert gt == [10, 10, 50, 90]
    formula.get_by_role("button", name="처음으로").click()
    assert assert_page_equals_python(labs) == ([30, 40, 70, 60], [33, 34, 83, 58])


def asking(part):
    assert lab_state(part, "aria-busy") == "false"
    assert lab_state(part, "data-practice") == "asking"


def test_practice_hides_the_answer_until_a_guess(labs, formula):
    answer = encode_boxes([[30, 40, 70, 60]], [[33, 34, 83, 58]])[0]
    formula.get_by_label("3분 연습").check()
    wait_until(lambda: asking(formula))
    hidden = [formula.locator(f"[data-ref={name}]") for name in (*TARGETS, "decoded_x")]
    assert all(node.inner_text() == "?" and not node.get_attribute("value") for node in hidden)
    formula.get_by_role("button", name="확인").click()
    assert_kernel(labs, "[lab.practice, lab.guess]", [True, None])
    for name, value in zip("xywh", (0.2, 0.2, 0.22, 0.18), strict=True):
        formula.get_by_label(f"t_{name} 추측").fill(str(value))
    labs.page.keyboard.press("Enter")
    assert_kernel(labs, "lab.guess", [0.2, 0.2, 0.22, 0.18])
    assert_page_equals_python(labs)
    verdicts = [formula.locator(f"[data-ref=verdict_{name}]").inner_text() for name in "xywh"]
    assert verdicts == ["✓ 맞음", f"차이 {0.2 - answer[1]:.2f}", "✓ 맞음", "✓ 맞음"]
    assert formula.locator(".equation").evaluate_all(
        "rows => rows.every((row) => row.scrollWidth <= row.clientWidth)"
    )
    capture(labs.page, path=ARTIFACTS / "formula-practice.png")
    # 누르기만 하고 옮기지 않으면 추측이 남습니다.
    drag(labs.page, formula.locator("rect.box.gt"), 0, 0, at=BARE_SPOT["gt"])
    assert_page_equals_python(labs)
    assert kernel(labs, "lab.guess") == [0.2, 0.2, 0.22, 0.18]
    assert formula.get_by_label("t_x 추측").input_value() == "0.2"
    # 다시 적던 추측은 다른 칸으로 옮겨 가도 지워지지 않습니다.
    formula.get_by_label("t_y 추측").fill("-0.2")
    formula.locator("rect.box.gt").focus()
    assert_page_equals_python(labs)
    assert formula.get_by_label("t_y 추측").input_value() == "-0.2"
    labs.page.keyboard.press("ArrowRight")
    assert_kernel(labs, "lab.guess", None)
    wait_until(lambda: asking(formula))
    assert formula.locator("[data-ref=tx]").inner_text() == "?"


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("label", "texts", "allowed"),
    [
        ("정답 박스 너비, 픽셀", ("2", "-5", "9999", ""), "정답 박스의 너비: 4 이상 {width} 이하"),
        ("앵커 중심 x, 픽셀", ("9999", "19", "", "-1"), "앵커의 중심 x: 20 이상 {right} 이하"),
        ("앵커 중심 y, 픽셀", ("9.5", "-30"), "앵커의 중심 y: 10 이상 {bottom} 이하"),
    ],
)
def test_numbers_out_of_range_are_refused_in_words(labs, formula, label, texts, allowed):
    field, problem = formula.get_by_label(label), formula.locator("[data-ref=problem]")
    height, width = kernel(labs, "list(lab._image_size)")
    words = allowed.format(width=f"{width:g}", right=f"{width - 20:g}", bottom=f"{height - 10:g}")
    start = assert_page_equals_python(labs)
    before = field.input_value()
    live = formula.locator("[aria-live=polite]")
    for text in texts:
        field.fill(text)
        assert words in problem.inner_text()
        assert field.get_attribute("aria-invalid") == "true"
        assert field.get_attribute("aria-describedby") == problem.get_attribute("id")
        assert field.input_value() == text
        assert assert_page_equals_python(labs) == start
        wait_for(lambda: words in live.text_content())
    # 떠나면 모델의 값으로, 고치면 고친 값으로 돌아가고 안내는 사라집니다.
    field.blur()
    assert (field.input_value(), problem.text_content()) == (before, "")
    assert field.get_attribute("aria-invalid") is None
    field.fill(texts[0])
    field.fill("30")
    assert problem.text_content() == "" and field.get_attribute("aria-invalid") is None
    assert assert_page_equals_python(labs) != start


def test_practice_names_the_slip(labs, formula):
    labs.python(LABS, "lab.practice = True")
    wait_until(lambda: asking(formula))
    first, problem = formula.get_by_label("t_x 추측"), formula.locator("[data-ref=problem]")
    first.fill("5000")
    formula.get_by_role("button", name="확인").click()
    assert "t_x 추측: −1000 이상 1000 이하" in problem.inner_text()
    assert "t_h 추측" in problem.inner_text() and first.get_attribute("aria-invalid") == "true"
    # 차례로: 픽셀에서 멈춤, 부호, 비율에서 멈춤, 모르는 수
    for name, value in zip("xywh", (8, 0.2, 1.25, 3), strict=True):
        formula.get_by_label(f"t_{name} 추측").fill(str(value))
    assert problem.inner_text() == ""
    labs.page.keyboard.press("Enter")
    assert_kernel(labs, "lab.guess", [8, 0.2, 1.25, 3])
    assert_page_equals_python(labs)
    lines = formula.locator("[data-ref=slips] li").all_inner_texts()
    words = ("너비로 나눕니다", "부호가 반대", "비율에서 멈추었습니다", "2.82만큼 큽니다")
    assert len(lines) == 4 and all(word in line for word, line in zip(words, lines, strict=True))
    assert "부호가 반대" in formula.get_by_label("t_y 추측").get_attribute("aria-description")
    # 사이드바를 연 너비에서도 판정이 추측과 한 줄에 섭니다.
    rows = formula.evaluate(
        """(node) => {
            node.parentElement.style.width = '848px';
            const heights = [...node.querySelectorAll('.equation')].map((row) => row.offsetHeight);
            node.parentElement.style.width = '';
            return heights;
        }"""
    )
    assert max(rows) <= 54
    capture(formula, path=ARTIFACTS / "formula-slips.png")
    labs.python(LABS, "lab.guess = (0.2, -0.2, 0.22, 0.18)")
    wait_for(lambda: formula.locator("[data-ref=slips] li").count() == 0)


INSIDE_AND_APART = """(node) => {
    const room = node.getBoundingClientRect();
    const paper = node.querySelector('.paper').getBoundingClientRect();
    const shown = (text) => text.getClientRects().length && !text.closest('[visibility=hidden]');
    const rects = (query) =>
        [...node.querySelectorAll(query)].filter(shown).map((text) => text.getBoundingClientRect());
    const isIn = (a, b) => a.left >= b.left - 0.5 && a.right <= b.right + 0.5
        && a.top >= b.top - 0.5 && a.bottom <= b.bottom + 0.5;
    const apart = (a, b) =>
        a.left >= b.right || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom;
    const [labels, ticks] = [rects('.box-label'), rects('.tick')];
    const all = [...labels, ...ticks];
    return labels.every((a) => isIn(a, paper)) && ticks.every((a) => isIn(a, room))
        && all.every((a, i) => all.slice(i + 1).every((b) => apart(a, b)));
}"""


@pytest.mark.heavy
def test_labels_stay_inside_and_apart_wherever_the_boxes_are(labs, formula):
    height, width = kernel(labs, "list(lab._image_size)")
    stage = formula.locator("[data-ref=stage]")
    corners = [
        [x, y, x + w, y + h]
        for w, h in ((30, 12), (width, 10), (8, height))
        for x in (0, width - w)
        for y in (0, height - h)
    ]
    whole = [0, 0, width, height]
    # 포개진 두 박스와, 모서리의 박스와 그림을 다 덮은 박스
    pairs = [(box, box) for box in corners] + [(whole, whole), (whole, corners[0])]
    # 추측까지 이름표 셋이 같은 자리를 다툽니다.
    labs.python(LABS, "lab.practice = True; lab.guess = (0, 0, 0, 0)")
    for anchor, gt in pairs:
        labs.python(LABS, f"lab.anchor, lab.gt = {anchor}, {gt}")

        def settled(anchor=anchor, gt=gt):
            assert assert_page_equals_python(labs) == (anchor, gt)
            assert stage.evaluate(INSIDE_AND_APART), (anchor, gt)

        wait_until(settled)


def test_a_fast_drag_draws_once_a_frame(labs, formula):
    x, y = middle(formula.locator("[data-box=anchor][data-handle=nw]"))
    changes = formula.evaluate(
        """async (node, [x, y]) => {
            const frame = () => new Promise((done) => requestAnimationFrame(done));
            const handle = node.querySelector('[data-box=anchor][data-handle=nw]');
            const send = (type, clientX) => handle.dispatchEvent(new PointerEvent(type,
                { bubbles: true, pointerId: 1, button: 0, clientX, clientY: y }));
            handle.ownerSVGElement.setPointerCapture = () => {};
            await frame();
            let changes = 0;
            const observer = new MutationObserver((list) => (changes += list.length));
            observer.observe(handle, { attributes: true, attributeFilter: ['x'] });
            send('pointerdown', x);
            for (let step = 1; step <= 500; step++) send('pointermove', x - step / 10);
            send('pointerup', x - 50);
            while (node.closest('.abx').ariaBusy !== 'false') await frame();
            return changes;
        }""",
        [x, y],
    )
    assert changes == 1
    anchor, _ = assert_page_equals_python(labs)
    assert anchor[0] < 25


def test_jupyterlab_does_not_take_the_keys(labs, formula):
    def count():
        return labs.page.evaluate(
            "(path) => window.panels[path].context.model.toJSON().cells.length", LABS
        )

    before = count()
    targets = ("rect.box.gt", "[data-ref=practice]", "[data-ref=reset]", "[data-ref=gt_w]")
    for target in map(formula.locator, targets):
        target.focus()
        labs.page.evaluate("(path) => (window.panels[path].content.mode = 'command')", LABS)
        target.focus()
        for key in ("b", "a", "d", "d", "x"):
            labs.page.keyboard.press(key)
    assert count() == before


def test_plain_keys_stay_inside_but_shortcuts_leave(labs, formula):
    # VS Code는 창까지 올라온 키를 노트북의 명령으로 씁니다.
    formula.locator("rect.box.gt").focus()
    labs.page.evaluate(
        "() => { window.heard = []; window.onkeydown = (event) => heard.push(event.key); }"
    )
    for key in ("ArrowLeft", "Enter", "d", "Control+e", "Escape"):
        labs.page.keyboard.press(key)
    heard = labs.page.evaluate("() => { window.onkeydown = null; return heard; }")
    assert heard == ["Control", "e", "Escape"]


def test_save_shortcut_reaches_jupyterlab(labs, formula):
    width = formula.get_by_label("정답 박스 너비, 픽셀")
    labs.page.evaluate(
        """(path) => {
            window.saves = [];
            panels[path].context.saveState.connect((_, state) => saves.push(state));
        }""",
        LABS,
    )
    # 글을 고치는 키와 글자는 칸에 남고, 저장만 JupyterLab으로 갑니다.
    width.focus()
    for key in ("Control+a", "7", "Control+s"):
        labs.page.keyboard.press(key)
    labs.page.wait_for_function("saves.includes('completed')")
    assert width.evaluate("node => node === document.activeElement") and width.input_value() == "7"
    stored = json.loads((labs.folder / LABS).read_text(encoding="utf-8"))
    assert all(len(cell["outputs"]) == 1 for cell in stored["cells"])


@pytest.fixture
def threshold(labs):
    part = region(labs, THRESHOLD)
    code = (
        "thresholds.scene, thresholds.grid = '합성 장면 1', '스트라이드 8, 앵커 9종'\n"
        "thresholds.thresholds, thresholds.force_match = (0.6, 0.3), True\n"
        "thresholds.mode, thresholds._predictions = 'prediction', []"
    )

    def reset():
        labs.python(LABS, code)
        assert shown(part, "pos_thr_value", "neg_thr_value") == [0.6, 0.3]
        assert lab_state(part, "data-revealed") == "false"
        state = "[thresholds.mode, thresholds.predictions, *thresholds.thresholds]"
        assert kernel(labs, state) == ["prediction", [], 0.6, 0.3]

    wait_until(reset)
    return part


def assert_counts_equal_python(jupyter, part):
    """화면과 커널이 같아지기를 기다려 (pos_thr, neg_thr, 라벨마다의 수)를 돌려줍니다."""
    code = (
        "[[*thresholds.thresholds, *thresholds.counts.values()],"
        " [[g, int(((r.labels == 1) & (r.matched_gt == g)).sum()),"
        " int((r.forced & (r.matched_gt == g)).sum())]"
        " for r in [thresholds.result] for g in range(len(thresholds.gt_boxes))]]"
    )
    exact = values("pos_thr_value", "neg_thr_value", "pos", "neg", "ignore")
    columns = [("[data-ref=sizes] tr", f"data-{name}") for name in ("gt", "count", "forced")]

    def check():
        found = read(part, *exact, *columns)
        expected, sizes = kernel(jupyter, code)
        assert numbers(found[: len(exact)]) == expected
        rows = zip(*found[len(exact) :], strict=True)
        assert sorted([int(value) for value in row] for row in rows) == sizes
        return expected

    return wait_until(check)


def canvas_pixels(part):
    return part.locator("canvas").evaluate("node => node.toDataURL()")


def asking_for_a_prediction(part):
    assert lab_state(part, "aria-busy") == "false"
    assert lab_state(part, "data-revealed") == "false"
    texts = [part.locator(f"[data-ref={name}]").inner_text() for name in ("pos", "neg", "ignore")]
    assert texts == ["?"] * 3
    name = part.locator("canvas").get_attribute("aria-label")
    assert "예측을 적으면" in name and "양성" not in name


def test_labels_stay_hidden_until_a_prediction(labs, threshold):
    asking_for_a_prediction(threshold)
    before = canvas_pixels(threshold)
    field = threshold.get_by_label("먼저 예측하세요")
    field.fill("20")
    # 적다 말고 슬라이더를 만져도 적던 예측은 남습니다.
    threshold.get_by_label("neg_thr").press("ArrowRight")
    assert_kernel(labs, "thresholds.thresholds[1]", 0.35)
    wait_until(lambda: shown(threshold, "neg_thr_value"))
    assert field.input_value() == "20"
    threshold.get_by_role("button", name="예측하고 보기").click()
    assert_counts_equal_python(labs, threshold)
    assert kernel(labs, "thresholds.prediction") == 20
    assert canvas_pixels(threshold) != before
    positives = kernel(labs, "thresholds.counts['pos']")
    assert_text(threshold, f"내 예측 20개, 실제 {positives}개 ({positives - 20}개 적음)")
    # 예측 칸이 사라져도 초점은 다음에 만질 슬라이더로 갑니다.
    labs.page.keyboard.press("ArrowRight")
    assert_kernel(labs, "list(thresholds.thresholds)", [0.65, 0.35])
    wait_until(lambda: asking_for_a_prediction(threshold))
    assert canvas_pixels(threshold) == before and field.input_value() == ""


def test_thresholds_of_zero_make_every_anchor_positive(labs, threshold):
    labs.python(LABS, "thresholds.thresholds = 0, 0; thresholds.prediction = 1")
    anchors = kernel(labs, "len(thresholds.anchors)")
    assert assert_counts_equal_python(labs, threshold) == [0, 0, anchors, 0, 0]


def test_a_slider_pushes_the_other_at_once(labs, threshold):
    slider = threshold.get_by_label("pos_thr")
    pushed = slider.evaluate(
        """(node) => {
            node.value = 2;
            node.dispatchEvent(new Event('input', { bubbles: true }));
            return node.closest('.lab').querySelector('[data-ref=neg_thr]').value;
        }"""
    )
    assert pushed == "2"
    assert_kernel(labs, "list(thresholds.thresholds)", [0.1, 0.1])


def test_sliders_relabel_and_keep_their_order(labs, threshold):
    labs.python(LABS, "thresholds.mode = 'free'")
    assert_counts_equal_python(labs, threshold)
    pixels = canvas_pixels(threshold)
    slider = threshold.get_by_label("pos_thr")
    slider.focus()
    labs.page.keyboard.press("ArrowLeft")
    assert assert_counts_equal_python(labs, threshold)[:2] == [0.55, 0.3]
    assert canvas_pixels(threshold) != pixels
    for _ in range(8):
        labs.page.keyboard.press("ArrowLeft")
    assert assert_counts_equal_python(labs, threshold)[:2] == [0.15, 0.15]
    threshold.get_by_label("neg_thr").focus()
    labs.page.keyboard.press("End")
    assert assert_counts_equal_python(labs, threshold)[:2] == [0.95, 0.95]
    assert sum(kernel(labs, "thresholds.result.forced.tolist()")) > 0
    threshold.get_by_role("checkbox", name="강제 매칭").uncheck()
    assert assert_counts_equal_python(labs, threshold)[2] == 0
    threshold.get_by_role("checkbox", name="강제 매칭").check()
    assert assert_counts_equal_python(labs, threshold)[2] > 0


def test_choosing_a_scene_and_a_grid(labs, threshold):
    labs.python(LABS, "thresholds.mode = 'free'")
    assert_counts_equal_python(labs, threshold)
    seen = []
    for label, option in (("장면", "합성 장면 2"), ("격자", "스트라이드 16, 앵커 3종")):
        threshold.get_by_role("combobox", name=label).select_option(option)
        seen.append(assert_counts_equal_python(labs, threshold))
    assert kernel(labs, "[thresholds.scene, thresholds.grid, len(thresholds.anchors)]") == [
        "합성 장면 2",
        "스트라이드 16, 앵커 3종",
        900,
    ]
    assert sum(seen[0][2:]) == 10_800 and sum(seen[1][2:]) == 900


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda part: part.get_by_label("pos_thr").press("ArrowRight"), None),
        (lambda part: part.get_by_role("checkbox", name="강제 매칭").uncheck(), None),
        (lambda part: part.get_by_role("combobox", name="장면").select_option(index=1), None),
        (lambda part: part.get_by_role("combobox", name="격자").select_option(index=1), None),
        (None, "thresholds.thresholds = 0.6, 0.45"),
    ],
)
def test_every_new_state_is_asked_anew(labs, threshold, change, code):
    labs.python(LABS, "thresholds.prediction = 20")
    first = assert_counts_equal_python(labs, threshold)
    labs.python(LABS, code) if code else change(threshold)
    wait_until(lambda: asking_for_a_prediction(threshold))
    threshold.get_by_label("먼저 예측하세요").fill("7")
    labs.page.keyboard.press("Enter")
    second = assert_counts_equal_python(labs, threshold)
    records = kernel(labs, "thresholds.predictions")
    assert [record["prediction"] for record in records] == [20, 7]
    assert [record["actual"] for record in records] == [first[2], second[2]]
    rows = threshold.get_by_role("region", name="예측 기록").locator("tbody tr").all_inner_texts()
    for record, row in zip(reversed(records), rows, strict=True):
        state = f"({record['pos_thr']:.2f}, {record['neg_thr']:.2f})"
        force = f"강제 매칭 {'켬' if record['force_match'] else '끔'}"
        gap = record["difference"]
        words = (record["scene"], record["grid"], state, force, f"{record['prediction']}개")
        assert all(word in row for word in (*words, f"{record['actual']:,}개"))
        assert f"{abs(gap):,}개 {'많음' if gap > 0 else '적음'}" in row
    # 이미 예측한 설정으로 돌아오면 그때의 예측과 결과가 보입니다.
    labs.python(
        LABS,
        "thresholds.scene, thresholds.grid = '합성 장면 1', '스트라이드 8, 앵커 9종'\n"
        "thresholds.thresholds, thresholds.force_match = (0.6, 0.3), True",
    )
    assert assert_counts_equal_python(labs, threshold) == first
    assert_text(threshold, f"내 예측 20개, 실제 {first[2]:.0f}개")


def test_an_unusable_prediction_is_refused_in_words(labs, threshold):
    field, problem = (
        threshold.get_by_label("먼저 예측하세요"),
        threshold.locator("[data-ref=problem]"),
    )
    for text in ("", "-3", "2.5", "99999999"):
        field.fill(text)
        labs.page.keyboard.press("Enter")
        assert "0 이상 9,999,999 이하의 정수를" in problem.inner_text()
        assert field.get_attribute("aria-invalid") == "true"
    assert kernel(labs, "thresholds.predictions") == []
    field.fill("4")
    assert problem.inner_text() == "" and field.get_attribute("aria-invalid") is None


def test_the_free_mode_shows_every_state(labs, threshold):
    free = threshold.get_by_role("checkbox", name="자유 모드")
    free.check()
    assert_kernel(labs, "thresholds.mode", "free")
    assert_counts_equal_python(labs, threshold)
    threshold.get_by_label("pos_thr").press("ArrowLeft")
    assert assert_counts_equal_python(labs, threshold)[0] == 0.55
    assert kernel(labs, "thresholds.predictions") == []
    free.uncheck()
    wait_until(lambda: asking_for_a_prediction(threshold))
    labs.python(LABS, "thresholds.mode = 'free'")
    assert_counts_equal_python(labs, threshold)
    assert free.is_checked()


def test_forced_matching_and_ties_are_said(labs, threshold):
    labs.python(
        LABS,
        "thresholds.grid, thresholds.thresholds = '스트라이드 16, 앵커 3종', (0.9, 0.3)\n"
        "thresholds.mode = 'free'",
    )
    assert_counts_equal_python(labs, threshold)
    ties = kernel(labs, "thresholds.ties")
    expected = [
        f"GT {g}: 최고 IoU({best:.2f})가 같은 앵커 {count}개가 모두 양성이 됩니다."
        for g, best, count in ties
    ]
    assert ties and threshold.locator("[data-ref=ties] li").all_inner_texts()[:-1] == expected
    names = ("force_text", "sentence", "sizes_force")
    texts = [threshold.locator(f"[data-ref={name}]") for name in names]
    canvas = threshold.locator("canvas")
    assert all("켬" in text.inner_text() for text in texts)
    assert "강제 매칭 켬" in canvas.get_attribute("aria-label")
    threshold.get_by_role("checkbox", name="강제 매칭").uncheck()
    assert_counts_equal_python(labs, threshold)
    assert all("끔" in text.inner_text() for text in texts)
    assert "강제 매칭 끔" in canvas.get_attribute("aria-label")
    assert threshold.locator("[data-ref=ties] li").count() == 0


TAGS_INSIDE_AND_APART = """(node) => {
    const room = node.getBoundingClientRect();
    const rects = (query) =>
        [...node.querySelectorAll(query)].map((part) => part.getBoundingClientRect());
    const [tags, texts] = [rects('.truth-tag'), rects('.truth-text')];
    const isIn = (a, b) => a.left >= b.left - 0.5 && a.right <= b.right + 0.5
        && a.top >= b.top - 0.5 && a.bottom <= b.bottom + 0.5;
    return tags.every((a, i) => isIn(a, room)
        && texts[i].left >= a.left && texts[i].right <= a.right
        && tags.slice(i + 1).every((b) => a.left >= b.right - 0.01 || b.left >= a.right - 0.01
            || a.top >= b.bottom - 0.01 || b.top >= a.bottom - 0.01));
}"""


def side_by_side(part):
    frame, controls = (part.locator(name).bounding_box() for name in (".scene", ".controls"))
    inside = part.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert inside and part.locator(".truth, [data-ref=truth]").first.is_visible()
    return controls["x"] >= frame["x"] + frame["width"] and controls["y"] == frame["y"]


@pytest.mark.heavy
def test_the_threshold_lab_is_side_by_side_beside_the_open_sidebar(labs, threshold):
    truth = threshold.locator("[data-ref=truth]")
    labs.page.evaluate("jupyterapp.shell.expandLeft()")
    try:
        wait_for(lambda: threshold.bounding_box()["width"] < 900)
        assert side_by_side(threshold)
        wait_for(lambda: truth.evaluate(TAGS_INSIDE_AND_APART))
    finally:
        labs.page.evaluate("jupyterapp.shell.collapseLeft()")
    for width, expected in (("800px", True), ("600px", False), ("390px", False)):
        threshold.evaluate("(node, width) => (node.parentElement.style.width = width)", width)

        def settled(width=width, expected=expected):
            assert threshold.bounding_box()["width"] == float(width[:-2])
            assert side_by_side(threshold) == expected
            assert truth.evaluate(TAGS_INSIDE_AND_APART)
            # 좁아져도 그림의 픽셀과 화면의 픽셀이 같아 점과 글자가 줄지 않습니다.
            sizes = threshold.locator("canvas").evaluate(
                "node => [node.width, node.clientWidth * devicePixelRatio]"
            )
            assert sizes[0] == pytest.approx(sizes[1], abs=1.5)

        wait_until(settled)
        capture(threshold, path=ARTIFACTS / f"threshold-{width}.png")
    threshold.evaluate("node => { node.parentElement.style.width = ''; }")


@pytest.fixture
def design(labs):
    part = region(labs, DESIGN)

    def reset():
        labs.python(
            LABS,
            "design.scales, design.ratios = [32, 64], [0.5, 1, 2]\n"
            "design.stride, design.min_iou = 16, 0.5",
        )
        assert_coverage_equals_python(labs, part)
        assert kernel(labs, "[design.scales, design.stride]") == [[32, 64], 16]
        assert part.get_by_label("스케일 (px)").input_value() == "32, 64"

    wait_until(reset)
    return part


def assert_coverage_equals_python(jupyter, part):
    """화면과 커널이 같아지기를 기다려 (덮은 비율, 평균, 앵커 수)를 돌려줍니다."""

    code = (
        "[[design.coverage, float(design.best_iou.mean()), len(design.anchor_grid)],"
        " np.histogram(design.best_iou, np.arange(21) / 20)[0].tolist()]"
    )

    def check():
        *exact, bars = read(part, *values("coverage", "mean", "anchors"), (".bin", "data-count"))
        expected, counts = kernel(jupyter, code)
        assert numbers(exact) == pytest.approx(expected, abs=1e-6)
        assert [int(bar) for bar in bars] == counts
        return expected

    return wait_until(check)


def test_design_follows_typing_and_sliders(labs, design):
    start = assert_coverage_equals_python(labs, design)
    scales = design.get_by_label("스케일 (px)")
    scales.fill("20, 40, 80, 110")
    assert_kernel(labs, "design.scales", [20, 40, 80, 110])
    assert assert_coverage_equals_python(labs, design)[0] > start[0]
    ratios, problem = design.get_by_label("종횡비"), design.locator("[data-ref=problem]")
    ratios.fill("1, 없음")
    assert "쉼표로" in problem.inner_text()
    # 커널이 다른 값을 바꾸어도, 고치고 있는 글과 안내는 남습니다.
    labs.python(LABS, "design.scales = [32, 64]")
    assert_coverage_equals_python(labs, design)
    assert scales.input_value() == "32, 64"
    assert ratios.input_value() == "1, 없음" and "쉼표로" in problem.inner_text()
    ratios.fill("0.5, 1, 2")
    assert problem.inner_text() == ""
    assert_coverage_equals_python(labs, design)
    assert kernel(labs, "design.ratios") == [0.5, 1, 2]
    design.get_by_label("스트라이드").press("ArrowLeft")
    design.get_by_label("덮었다고 볼 IoU").press("ArrowRight")
    assert_kernel(labs, "[design.stride, design.min_iou]", [8, 0.55])
    assert_coverage_equals_python(labs, design)


def test_design_follows_dragged_shapes(labs, design):
    shapes = design.locator(".shape")
    drag(labs.page, shapes.nth(1), -60, 60)
    assert_coverage_equals_python(labs, design)
    dragged = kernel(labs, "design.scales[0]")
    assert dragged < 32
    shapes.first.focus()
    labs.page.keyboard.press("Shift+ArrowUp")
    assert_kernel(labs, "design.scales", [dragged + 10, 64])
    for key in ("Home", "PageUp"):
        labs.page.keyboard.press(key)
    assert_kernel(labs, "design.scales", [14, 64])
    assert_coverage_equals_python(labs, design)


def test_escape_cancels_a_dragged_shape(labs, design):
    x, y = pull(labs.page, design.locator(".shape").last, -60)
    assert_coverage_equals_python(labs, design)
    assert kernel(labs, "design.scales[1]") < 64
    # 끌던 모양이 커널 때문에 사라져도 끝까지 갑니다.
    labs.python(LABS, "design.scales = [50]")
    labs.page.mouse.move(x - 90, y, steps=3)
    assert_coverage_equals_python(labs, design)
    labs.page.keyboard.press("Escape")
    labs.page.mouse.up()
    assert_coverage_equals_python(labs, design)
    assert kernel(labs, "design.scales") == [50]


# --- 모양과 접근성 -----------------------------------------------------------------------

CONTRAST = """(root) => {
    const parse = (text) => text.match(/[\\d.]+/g).map(Number);
    const luminance = (rgb) => rgb.slice(0, 3)
        .map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const backdrop = (node) => {
        const paper = node.matches('.truth-text')
            ? node.previousElementSibling
            : node.closest('.stage')?.querySelector('.paper');
        if (paper) return parse(getComputedStyle(paper).fill);
        for (; node; node = node.parentElement) {
            const color = parse(getComputedStyle(node).backgroundColor);
            if (color.length === 3 || color[3] === 1) return color;
        }
    };
    const low = [];
    for (const node of root.querySelectorAll('*')) {
        const hasText = [...node.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
        const seen = node.getClientRects().length && !node.closest('option');
        if (!hasText || !seen) continue;
        const style = getComputedStyle(node);
        const color = parse(node.ownerSVGElement ? style.fill : style.color);
        const [a, b] = [luminance(color), luminance(backdrop(node))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) low.push(`${node.textContent.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
    }
    return low;
}"""


def readable(part, theme):
    assert lab_state(part, "data-theme") == theme.lower()
    assert part.evaluate(CONTRAST) == []


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_labs_are_readable_in_both_themes(labs, formula, threshold, design, theme):
    labs.python(LABS, "thresholds.prediction = 20")
    labs.theme(f"JupyterLab {theme}")
    for name in (FORMULA, THRESHOLD, DESIGN):
        part = region(labs, name)
        wait_until(lambda part=part: readable(part, theme))
        # 1280×720 화면에서 JupyterLab의 메뉴를 빼고 남는 높이에 한 번에 들어옵니다.
        assert part.bounding_box()["height"] <= 560
        assert part.evaluate("node => node.scrollWidth <= node.clientWidth")
        kind = {FORMULA: "formula", THRESHOLD: "threshold", DESIGN: "design"}[name]
        capture(labs.page, path=ARTIFACTS / f"{kind}-{theme.lower()}.png")
    labs.theme("JupyterLab Light")


# --- 예측 카드 --------------------------------------------------------------------------


@pytest.fixture
def cards(labs):
    """(하나 고르기, 수 적기, 그림에서 고르기) 카드를 처음 물은 상태로."""
    parts = [region(labs, CARD, number) for number in range(3)]
    labs.python(LABS, "for card in (choice, numbers, boxes): card.prediction = None")
    for part in parts:
        wait_for_state(part, "asking")
        part.evaluate("node => node.querySelector('form').reset()")
    return parts


def card_asking(jupyter, text):
    """새로 물으면 카드를 다시 그리므로, 그 물음이 보이는 카드를 다시 찾습니다."""
    jupyter.page.get_by_role("region", name=CARD).filter(has_text=text).wait_for()
    return region(jupyter, CARD)


def wait_for_state(part, state):
    part.page.wait_for_function(
        "([node, state]) => node.closest('.abx').dataset.state === state"
        " && node.closest('.abx').ariaBusy === 'false'",
        arg=[part.element_handle(), state],
    )


def test_a_choice_is_made_and_asked_again_with_the_keyboard(labs, cards):
    card, keyboard = cards[0], labs.page.keyboard
    assert "풀이" not in card.inner_text()
    card.get_by_role("radio").first.focus()
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    wait_for_state(card, "answered")
    words = card.inner_text()
    assert "예측이 맞았습니다" in words and "20의 풀이" in words and "잰 값 20" in words
    assert card.locator(".outcome img").evaluate(
        "async (image) => { await image.decode(); return image.naturalWidth > 100; }"
    )
    assert card.get_by_role("radio").first.is_disabled()
    live = card.locator("[aria-live=polite]")
    labs.page.wait_for_function(
        "(node) => node.textContent.includes('예측이 맞았습니다')", arg=live.element_handle()
    )
    card.get_by_role("button", name="다시 예측하기").press("Enter")
    wait_for_state(card, "asking")
    assert "풀이" not in card.inner_text()
    assert card.evaluate("node => node.querySelectorAll('input:checked').length") == 0
    assert card.get_by_role("radio").first.evaluate("node => node === document.activeElement")


def test_the_answer_is_not_in_the_page_before_the_commit(labs, cards):
    state = kernel(labs, "[repr(card.get_state(('_asked', 'result'))) for card in (choice, boxes)]")
    assert all("풀이" not in text and "맞음" not in text for text in state)
    assert all("풀이" not in card.inner_html() for card in cards)


def test_numbers_are_all_needed_and_told_in_words(labs, cards):
    card = cards[1]
    first, second = card.get_by_role("spinbutton").all()
    first.fill("2")
    first.press("Enter")
    assert_text(card.get_by_role("alert"), "수를 모두 적으세요.")
    assert second.evaluate("node => node === document.activeElement")
    second.fill("4")
    second.press("Enter")
    wait_for_state(card, "answered")
    words = card.inner_text()
    assert "예측과 다릅니다" in words and "양성 2, 음성 3" in words and "틀림" in words


def test_boxes_are_picked_on_the_picture_and_in_the_list(labs, cards):
    card = cards[2]
    spots = card.locator(".choice-box")
    for number in (0, 1, 2, 1):
        spots.nth(number).click()
    assert card.evaluate(
        "node => [...node.querySelectorAll('input:checked')].map((input) => Number(input.value))"
    ) == [0, 2]
    card.get_by_role("button", name="예측 정하기").click()
    wait_for_state(card, "answered")
    assert "GT 0, GT 2" in card.inner_text()
    spots.nth(3).click()
    assert not card.get_by_role("checkbox", name="GT 3").is_checked()


@pytest.mark.heavy
def test_new_parameters_are_asked_anew(labs, cards):
    card = cards[0]
    labs.python(LABS, "choice.commit(2)")
    wait_for_state(card, "answered")
    labs.python(LABS, "choice.ask(width=30)")
    card = card_asking(labs, "너비 30는 어느 것일까요?")
    wait_for_state(card, "asking")
    card.locator("[data-value='3']").click()
    card.get_by_role("button", name="예측 정하기").click()
    wait_for_state(card, "answered")
    assert "예측이 맞았습니다" in card.inner_text() and "풀이" not in card.inner_text()
    labs.python(LABS, "choice.ask(width=20)")
    card_asking(labs, "너비 20는 어느 것일까요?")


@pytest.mark.heavy
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_cards_are_readable_in_both_themes(labs, cards, theme):
    labs.python(LABS, "choice.commit(1), numbers.commit(2, 3)")
    labs.theme(f"JupyterLab {theme}")
    for number, card in enumerate(cards):
        wait_for_state(card, "asking" if number == 2 else "answered")
        wait_until(lambda card=card: readable(card, theme))
        for width in ("", "360px"):
            card.evaluate("(node, width) => { node.parentElement.style.width = width; }", width)
            assert card.evaluate("node => node.scrollWidth <= node.clientWidth")
            capture(card, path=ARTIFACTS / f"card-{number}-{theme.lower()}-{width or 'wide'}.png")
        card.evaluate("node => { node.parentElement.style.width = ''; }")
    labs.theme("JupyterLab Light")


@pytest.mark.heavy
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_photo_lab_fits_the_first_screen(labs, formula, theme):
    labs.theme(f"JupyterLab {theme}")
    part = region(labs, FORMULA, 1)
    wait_until(lambda: readable(part, theme))
    layout = """(node, width) => {
        node.parentElement.style.width = width;
        const box = (target) => node.querySelector(target).getBoundingClientRect();
        const [paper, stage, controls] = ['.paper', '.stage', '.controls'].map(box);
        const labels = [...node.querySelectorAll('.box-label:not([visibility] *)')]
            .map((label) => label.getBoundingClientRect());
        return [node.offsetHeight <= 400, stage.top === controls.top,
            node.scrollWidth <= node.clientWidth,
            labels.every((label) => label.left >= paper.left && label.right <= paper.right
                && label.top >= paper.top && label.bottom <= paper.bottom)];
    }"""
    # 제목과 한 줄 밑에 다 들어오고, 왼쪽 사이드바가 열려 좁아져도 두 칸이 나란합니다.
    for width in ("", "800px"):
        assert part.evaluate(layout, width) == [True, True, True, True]
        capture(part, path=ARTIFACTS / f"photo-{theme.lower()}-{width or 'wide'}.png")
    assert part.evaluate(layout, "390px")[1:] == [False, True, True]
    part.evaluate("node => { node.parentElement.style.width = ''; }")
    assert part.locator("image").evaluate(
        """async (node) => {
            const image = new Image();
            image.src = node.href.baseVal;
            await image.decode();
            return [image.naturalWidth, image.naturalHeight];
        }"""
    ) == [480, 320]
    labs.theme("JupyterLab Light")


FACES = {
    "높은 글꼴": "ascent-override: 150%; descent-override: 70%; size-adjust: 100%;",
    "넓은 글꼴": "ascent-override: 100%; descent-override: 30%; size-adjust: 110%;",
}


@pytest.mark.heavy
@pytest.mark.parametrize("font", FACES)
def test_the_photo_lab_is_low_with_any_font(labs, formula, font):
    # 강좌의 글꼴을 높이와 너비만 바꾸어, 다른 글꼴이 골라진 것처럼 합니다.
    part = region(labs, FORMULA, 1)
    source = f"url(data:font/otf;base64,{base64.b64encode(FONT_PATH.read_bytes()).decode()})"
    part.evaluate(
        """(node, [font, face]) => {
            const style = document.createElement('style');
            style.textContent = `@font-face { font-family: '${font}'; ${face} }`;
            node.append(style);
            node.parentElement.style.fontFamily = `'${font}'`;
            return document.fonts.load(`15px '${font}'`, '가');
        }""",
        [font, f"src: {source}; {FACES[font]}"],
    )
    for width in ("", "850px", "800px"):
        part.evaluate("(node, width) => (node.parentElement.style.width = width)", width)
        assert part.evaluate("node => node.offsetHeight") <= 400
        assert part.evaluate("node => node.scrollWidth <= node.clientWidth")
    part.evaluate(
        """(node) => {
            node.querySelector('style').remove();
            Object.assign(node.parentElement.style, { width: '', fontFamily: '' });
        }"""
    )


def test_the_sentence_says_what_stays(labs, formula):
    sentence = formula.locator("[data-ref=sentence]")
    for gt, words in (
        ([30, 40, 70, 60], "앵커가 정답과 똑같습니다. 옮기지도, 크기를 바꾸지도 않습니다."),
        (
            [30, 44, 70, 64],
            "앵커를 가로로는 옮기지 않고 높이의 20%만큼 아래로 옮기고, 크기는 그대로 두면",
        ),
        ([20, 35, 80, 65], "앵커를 옮기지 않고, 너비를 1.50배, 높이를 1.50배로 바꾸면"),
        (
            [28, 40, 68, 70],
            "너비의 5%만큼 왼쪽으로, 높이의 25%만큼 아래로 옮기고, 너비는 그대로 두고 높이를",
        ),
        ([30.1, 40, 70.1, 60], "앵커를 세로로는 옮기지 않고 너비의 1%보다 조금 오른쪽으로 옮기고,"),
        (
            [29.95, 35, 70.05, 65],
            "앵커를 옮기지 않고, 너비는 거의 그대로 두고 높이를 1.50배로 바꾸면",
        ),
    ):
        labs.python(LABS, f"lab.gt = {gt}")
        assert_text(sentence, words)


@pytest.mark.parametrize("name", [FORMULA, THRESHOLD, DESIGN])
def test_every_control_has_a_name_and_the_state_is_read_out(labs, formula, threshold, name):
    part = region(labs, name)
    nameless = part.evaluate(
        """root => [...root.querySelectorAll('input, select, button, [tabindex="0"]')]
            .filter((node) => !(node.getAttribute('aria-label') || node.labels?.length
                                || node.textContent.trim())).map((node) => node.outerHTML)"""
    )
    assert nameless == []
    live = part.locator("[aria-live=polite]")
    words = {FORMULA: "오프셋 0.200, −0.200", THRESHOLD: "예측을 적으면", DESIGN: "덮인 정답은"}
    assert part.locator("[aria-live], [role=alert]").count() == 1
    labs.page.wait_for_function(
        "([node, words]) => node.textContent.includes(words)",
        arg=[live.element_handle(), words[name]],
    )


def test_nothing_is_loaded_from_a_network(labs):
    outside = [
        url
        for url in labs.requests
        if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))
    ]
    assert labs.requests and outside == []


def test_labs_leave_no_problem_in_the_console(labs):
    assert labs.problems == []


# 커널 없이 노트북을 열면 ipywidgets의 확장 자신이 예외를 내므로, 콘솔을 본 다음에 합니다.
def test_stored_notebook_without_a_kernel_shows_pictures(labs):
    notebook = labs.page.evaluate("(path) => panels[path].context.model.toJSON()", LABS)
    # 내 컴퓨터에서 저장해 서명한 노트북과 한 글자라도 다르면, 내려받은 것처럼 신뢰하지 않습니다.
    notebook["metadata"]["title"] = "stored"
    # 실험대마다, 그리고 그림에서 고르는 카드에 그림이 있습니다.
    expected = len(LAB_CELLS) + 1
    (labs.folder / "stored.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    shown_images = labs.page.evaluate(
        """async ([count, patience]) => {
            const panel = await jupyterapp.commands.execute('docmanager:open', {
                path: 'stored.ipynb', factory: 'Notebook',
                kernelPreference: { shouldStart: false, canStart: false } });
            await panel.context.ready;
            const deadline = Date.now() + patience;
            const images = () => [...panel.node.querySelectorAll('.jp-OutputArea-output img')]
                .filter((image) => image.complete && image.naturalWidth > 400).length;
            while (images() < count && Date.now() < deadline)
                await new Promise((done) => setTimeout(done, 50));
            const found = [images(), panel.node.querySelectorAll('.abx').length];
            panel.dispose();
            return found;
        }""",
        [expected, PATIENCE * 1000],
    )
    assert shown_images == [expected, 0]
