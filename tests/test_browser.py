"""진짜 JupyterLab 화면에서: 강의가 끝까지 실행되는가, 실험대의 수가 anchorbox_utils와 같은가."""

import io
import json
import os
import shutil
import sys

import numpy as np
import pytest
from browser import ARTIFACTS, ROOT, lab_page, write_notebook
from browser_setup import draw
from PIL import Image

from anchorbox_utils import (
    AnchorGrid,
    box_convert,
    box_iou,
    decode_boxes,
    encode_boxes,
    make_scene,
    match_anchors,
)

# nbval이 이미 모든 강의를 돌립니다. CI는 화면에서도 모두, 다른 곳은 실험대가 있는 강의만 돌립니다.
LESSONS = sorted(
    path.name
    for path in (ROOT / "notebooks").glob("*.ipynb")
    if os.environ.get("CI") or "Lab(" in path.read_text(encoding="utf-8")
)
LABS = "labs.ipynb"
LAB_CELLS = [
    "import numpy as np\n"
    "from anchorbox_utils import DesignLab, FormulaLab, ThresholdLab, encode_boxes, make_scene\n"
    "lab = FormulaLab([30, 40, 70, 60], [33, 34, 83, 58])\nlab",
    "thresholds = ThresholdLab(pos_thr=0.6, neg_thr=0.3)\nthresholds",
    "rng = np.random.default_rng(0)\n"
    "scenes = [make_scene(rng, n_objects=5, size_range=(16, 110)) for _ in range(20)]\n"
    "design = DesignLab(np.concatenate([scene.boxes for scene in scenes]))\ndesign",
]
FORMULA, THRESHOLD, DESIGN = "수식 실험대", "임계값 실험대", "앵커 설계 실험대"
TARGETS = ("tx", "ty", "tw", "th")
# 두 박스가 겹치지도, 손잡이가 가리지도 않는 곳 (박스 안의 비율)
BARE_SPOT = {"anchor": (0.04, 0.27), "gt": (0.93, 0.8)}


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory, browser_options):
    folder = tmp_path_factory.mktemp("jupyter") / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    write_notebook(folder / LABS, *LAB_CELLS)
    ARTIFACTS.mkdir(exist_ok=True)
    with lab_page(folder, browser_options) as page:
        page.folder = folder
        yield page


@pytest.fixture(scope="module")
def lesson_runs(jupyter):
    """강의마다 (셀들, 그동안의 문제). 코어가 둘이므로 둘씩 겹쳐 실행합니다."""
    runs, waiting = {}, []
    jupyter.problems.clear()
    for name in LESSONS:
        jupyter.open(name)
        jupyter.start_run(name)
        waiting.append(name)
        if len(waiting) == 2:
            first = waiting.pop(0)
            runs[first] = jupyter.finish_run(first)
    runs |= {name: jupyter.finish_run(name) for name in waiting}
    problems = list(jupyter.problems)
    # 커널을 끄면 JupyterLab의 디버거가 불평합니다. 강의의 문제가 아니므로 여기까지만 모읍니다.
    for name in LESSONS:
        jupyter.close(name)
    jupyter.problems.clear()
    return runs, problems


@pytest.fixture(scope="module")
def labs(jupyter):
    """실험대 셋이 놓인 노트북을 실행해 둔 화면."""
    jupyter.open(LABS)
    jupyter.start_run(LABS)
    jupyter.finish_run(LABS)
    jupyter.page.wait_for_function("document.querySelectorAll('.abx .lab').length === 3")
    return jupyter


@pytest.fixture(scope="module")
def formulas(jupyter):
    """JavaScript 공식을 같은 브라우저에서 부르는 함수: call("encode", 인수들의 목록)."""
    code = (ROOT / "anchorbox_utils/frontend/formulas.js").read_text(encoding="utf-8")
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


@pytest.mark.skipif(sys.platform != "linux", reason="글꼴을 함께 주는 것은 리눅스에서만입니다.")
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


@pytest.mark.parametrize("name", LESSONS)
def test_lesson_runs_to_the_end(lesson_runs, name):
    cells = [cell for cell in lesson_runs[0][name] if cell["cell_type"] == "code"]
    expected_errors = {
        number
        for number, cell in enumerate(cells)
        if "raises-exception" in cell["metadata"].get("tags", [])
    }
    errors = {
        number: output["evalue"]
        for number, cell in enumerate(cells)
        for output in cell["outputs"]
        if output["output_type"] == "error"
    }
    assert set(errors) <= expected_errors, errors
    assert cells and all(cell["execution_count"] for cell in cells if cell["source"].strip())


def test_lessons_leave_no_console_error(lesson_runs):
    assert lesson_runs[1] == []


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
    forced = 0
    for number in range(100):
        anchors, gts = random_boxes(rng, 60, number % 2), random_boxes(rng, number % 5, number % 2)
        neg_thr, pos_thr = np.sort(rng.integers(1, 20, 2)) / 20
        force = bool(number % 3)
        found = jupyter.page.evaluate(
            """([anchors, gts, pos, neg, force]) => {
                const match = formulas.matchAnchors(anchors, gts);
                const result = formulas.labelAnchors(match, pos, neg, force);
                return [result.labels, result.forced, match.matchedGt, match.iouMax].map(
                    (values) => Array.from(values));
            }""",
            [anchors.ravel().tolist(), gts.ravel().tolist(), pos_thr, neg_thr, force],
        )
        expected = match_anchors(anchors, gts, pos_thr, neg_thr, force)
        for name, values in zip(("labels", "forced", "matched_gt", "iou_max"), found, strict=True):
            np.testing.assert_array_equal(values, getattr(expected, name), err_msg=name)
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


# --- 실험대 -----------------------------------------------------------------------------


def region(jupyter, name):
    part = jupyter.page.get_by_role("region", name=name)
    part.evaluate("node => node.scrollIntoView({ block: 'center' })")
    return part


def shown(part, *names):
    """화면의 <data>가 가진 정확한 값."""
    return [float(part.locator(f"[data-ref={name}]").get_attribute("value")) for name in names]


def settle(jupyter):
    """화면을 다시 그리고 값이 커널에 닿을 때까지 기다립니다."""
    jupyter.page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    jupyter.python(LABS, "pass")


def kernel(jupyter, expression):
    # 화면이 보낸 값이 먼저 처리되도록 한 번 다녀옵니다.
    settle(jupyter)
    return json.loads(jupyter.python(LABS, f"import json; print(json.dumps({expression}))"))


def assert_page_equals_python(jupyter):
    anchor, gt = kernel(jupyter, "[lab.anchor.tolist(), lab.gt.tolist()]")
    deltas = encode_boxes(anchor, gt)[0]
    part = region(jupyter, FORMULA)
    np.testing.assert_allclose(shown(part, *TARGETS), deltas, rtol=0, atol=1e-6)
    np.testing.assert_allclose(shown(part, "iou"), box_iou(anchor, gt)[0], rtol=0, atol=1e-6)
    decoded = shown(part, "decoded_x", "decoded_y", "decoded_w", "decoded_h")
    np.testing.assert_allclose(decoded, box_convert(gt, "xyxy", "cxcywh")[0], rtol=0, atol=1e-6)
    seen = [part.locator(f"[data-ref={name}]").inner_text() for name in TARGETS]
    assert [float(text.replace("−", "-")) for text in seen] == pytest.approx(deltas, abs=5.1e-4)
    np.testing.assert_array_equal(kernel(jupyter, "lab.deltas.tolist()"), [deltas])
    return anchor[0], gt[0]


@pytest.fixture
def formula(labs):
    labs.python(LABS, "lab.practice = False; lab.guess = None")
    labs.python(LABS, "lab.anchor = [30, 40, 70, 60]; lab.gt = [33, 34, 83, 58]")
    settle(labs)
    return region(labs, FORMULA)


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
    x, y = middle(formula.locator("[data-box=anchor][data-handle=w]"))
    touch = labs.page.context.new_cdp_session(labs.page)
    for kind, dx in (("touchStart", 0), ("touchMove", -30), ("touchMove", -60), ("touchEnd", 0)):
        points = [] if kind == "touchEnd" else [{"x": x + dx, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.detach()
    after, _ = assert_page_equals_python(labs)
    assert after[0] < before[0] and after[1:] == before[1:]


def test_keyboard_moves_and_resizes(labs, formula):
    page = labs.page
    (ax1, ay1, ax2, ay2), gt = assert_page_equals_python(labs)
    box = formula.locator("rect.box.anchor")
    plain = box.evaluate("node => getComputedStyle(node).strokeWidth")
    formula.get_by_role("button", name="처음으로").focus()
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
        settle(labs)
        assert width.input_value() == "50"
    formula.get_by_label("앵커 중심 x, 픽셀").fill("9999")
    (x1, _, x2, _), _ = assert_page_equals_python(labs)
    height, image_width = kernel(labs, "list(lab._image_size)")
    assert (x2 - x1, x2) == (40, image_width)
    width.focus()
    labs.page.mouse.move(*middle(width))
    labs.page.mouse.wheel(0, 100)
    assert kernel(labs, "lab.gt.tolist()") == [[33, 34, 83, 58]]


def test_the_smaller_of_two_stacked_boxes_is_taken(labs, formula):
    labs.python(LABS, "lab.anchor = [50, 40, 60, 50]; lab.gt = [30, 30, 90, 80]")
    settle(labs)
    drag(labs.page, formula.locator("rect.box.anchor"), -40, 0)
    anchor, gt = assert_page_equals_python(labs)
    assert anchor[0] < 50 and gt == [30, 30, 90, 80]


def test_escape_cancels_a_drag(labs, formula):
    x, y = middle(formula.locator("[data-box=anchor][data-handle=w]"))
    labs.page.mouse.move(x, y)
    labs.page.mouse.down()
    labs.page.mouse.move(x - 60, y, steps=3)
    assert assert_page_equals_python(labs)[0][0] < 30
    labs.page.keyboard.press("Escape")
    labs.page.mouse.move(x - 90, y, steps=3)
    labs.page.mouse.up()
    assert assert_page_equals_python(labs)[0] == [30, 40, 70, 60]


def test_python_moves_the_page_and_reset_returns(labs, formula):
    labs.python(LABS, "lab.gt = [10, 10, 50, 90]")
    _, gt = assert_page_equals_python(labs)
    assert gt == [10, 10, 50, 90]
    formula.get_by_role("button", name="처음으로").click()
    assert assert_page_equals_python(labs) == ([30, 40, 70, 60], [33, 34, 83, 58])


def test_practice_hides_the_answer_until_a_guess(labs, formula):
    answer = encode_boxes([[30, 40, 70, 60]], [[33, 34, 83, 58]])[0]
    formula.get_by_label("3분 연습").check()
    settle(labs)
    hidden = [formula.locator(f"[data-ref={name}]") for name in (*TARGETS, "decoded_x")]
    assert all(node.inner_text() == "?" and not node.get_attribute("value") for node in hidden)
    formula.get_by_role("button", name="확인").click()
    assert kernel(labs, "lab.guess") is None
    for name, value in zip("xywh", (0.2, 0.2, 0.22, 0.18), strict=True):
        formula.get_by_label(f"t_{name} 추측").fill(str(value))
    labs.page.keyboard.press("Enter")
    assert kernel(labs, "lab.guess") == [0.2, 0.2, 0.22, 0.18]
    assert_page_equals_python(labs)
    verdicts = [formula.locator(f"[data-ref=verdict_{name}]").inner_text() for name in "xywh"]
    assert verdicts == ["✓ 맞음", f"차이 {0.2 - answer[1]:.2f}", "✓ 맞음", "✓ 맞음"]
    assert formula.locator(".equation").evaluate_all(
        "rows => rows.every((row) => row.scrollWidth <= row.clientWidth)"
    )
    labs.page.screenshot(path=ARTIFACTS / "formula-practice.png")
    # 누르기만 하고 옮기지 않으면 추측이 남습니다.
    drag(labs.page, formula.locator("rect.box.gt"), 0, 0, at=BARE_SPOT["gt"])
    assert kernel(labs, "lab.guess") == [0.2, 0.2, 0.22, 0.18]
    assert formula.get_by_label("t_x 추측").input_value() == "0.2"
    formula.locator("rect.box.gt").focus()
    labs.page.keyboard.press("ArrowRight")
    assert kernel(labs, "lab.guess") is None
    assert formula.locator("[data-ref=tx]").inner_text() == "?"


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
            await frame(); await frame(); await frame();
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
    for key in ("ArrowLeft", "Enter", "d", "Control+b", "Escape"):
        labs.page.keyboard.press(key)
    heard = labs.page.evaluate("() => { window.onkeydown = null; return heard; }")
    assert heard == ["Control", "b", "Escape"]


@pytest.fixture
def threshold(labs):
    labs.python(LABS, "thresholds.prediction = None; thresholds.thresholds = (0.6, 0.3)")
    settle(labs)
    return region(labs, THRESHOLD)


def assert_counts_equal_python(jupyter, part):
    expected = kernel(jupyter, "[*thresholds.thresholds, *thresholds.counts.values()]")
    assert shown(part, "pos_thr_value", "neg_thr_value", "pos", "neg", "ignore") == expected
    rows = part.locator("[data-ref=sizes] tr").evaluate_all(
        "rows => rows.map(({dataset: d}) => [+d.gt, +d.count, +d.forced])"
    )
    code = (
        "[[g, int(((r.labels == 1) & (r.matched_gt == g)).sum()),"
        " int((r.forced & (r.matched_gt == g)).sum())]"
        " for r in [thresholds.result] for g in range(len(thresholds.gt_boxes))]"
    )
    assert sorted(rows) == kernel(jupyter, code)
    return expected


def canvas_pixels(part):
    return part.locator("canvas").evaluate("node => node.toDataURL()")


def test_labels_stay_hidden_until_a_prediction(labs, threshold):
    assert threshold.locator("[data-ref=pos]").inner_text() == "?"
    before = canvas_pixels(threshold)
    threshold.get_by_label("먼저 예측하세요").fill("20")
    labs.page.keyboard.press("Enter")
    assert_counts_equal_python(labs, threshold)
    assert kernel(labs, "thresholds.prediction") == 20
    assert canvas_pixels(threshold) != before
    positives = kernel(labs, "thresholds.counts['pos']")
    assert f"내 예측 20개, 실제 {positives}개" in threshold.inner_text()
    # 예측 칸이 사라져도 초점은 다음에 만질 슬라이더로 갑니다.
    labs.page.keyboard.press("End")
    assert assert_counts_equal_python(labs, threshold)[0] == 0.95
    assert f"내 예측 20개, 실제 {positives}개" in threshold.inner_text()
    labs.python(LABS, "thresholds.prediction = None")
    settle(labs)
    name = threshold.locator("canvas").get_attribute("aria-label")
    assert "예측을 적으면" in name and "양성" not in name


def test_thresholds_of_zero_make_every_anchor_positive(labs, threshold):
    labs.python(LABS, "thresholds.prediction = 1; thresholds.thresholds = (0, 0)")
    settle(labs)
    assert shown(threshold, "pos") == [kernel(labs, "len(thresholds.anchors)")]


def test_sliders_relabel_and_keep_their_order(labs, threshold):
    labs.python(LABS, "thresholds.prediction = 1")
    settle(labs)
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


def test_choosing_a_scene_and_a_grid(labs, threshold):
    labs.python(LABS, "thresholds.prediction = 1")
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
    labs.python(
        LABS, "thresholds.scene = '합성 장면 1'; thresholds.grid = '스트라이드 8, 앵커 9종'"
    )


@pytest.fixture
def design(labs):
    labs.python(LABS, "design.scales, design.ratios = [32, 64], [0.5, 1, 2]")
    labs.python(LABS, "design.stride, design.min_iou = 16, 0.5")
    settle(labs)
    return region(labs, DESIGN)


def assert_coverage_equals_python(jupyter, part):
    code = "[design.coverage, float(design.best_iou.mean()), len(design.anchor_grid)]"
    expected = kernel(jupyter, code)
    assert shown(part, "coverage", "mean", "anchors") == pytest.approx(expected, abs=1e-6)
    counts = part.locator(".bin").evaluate_all("bars => bars.map((bar) => +bar.dataset.count)")
    code = "np.histogram(design.best_iou, np.arange(21) / 20)[0].tolist()"
    assert counts == kernel(jupyter, code)
    return expected


def test_design_follows_typing_and_sliders(labs, design):
    start = assert_coverage_equals_python(labs, design)
    design.get_by_label("스케일 (px)").fill("20, 40, 80, 110")
    typed = assert_coverage_equals_python(labs, design)
    assert kernel(labs, "design.scales") == [20, 40, 80, 110] and typed[0] > start[0]
    design.get_by_label("종횡비").fill("1, 없음")
    assert "쉼표로" in design.get_by_role("alert").inner_text()
    assert kernel(labs, "design.ratios") == [0.5, 1, 2]
    design.get_by_label("종횡비").fill("0.5, 1, 2")
    assert design.get_by_role("alert").inner_text() == ""
    assert kernel(labs, "design.ratios") == [0.5, 1, 2]
    design.get_by_label("스트라이드").press("ArrowLeft")
    design.get_by_label("덮었다고 볼 IoU").press("ArrowRight")
    assert_coverage_equals_python(labs, design)
    assert kernel(labs, "[design.stride, design.min_iou]") == [8, 0.55]


def test_design_follows_dragged_shapes(labs, design):
    drag(labs.page, design.locator(".shape").nth(1), -60, 60)
    assert_coverage_equals_python(labs, design)
    dragged = kernel(labs, "design.scales[0]")
    assert dragged < 32
    design.locator(".shape").first.focus()
    labs.page.keyboard.press("Shift+ArrowUp")
    assert_coverage_equals_python(labs, design)
    assert kernel(labs, "design.scales") == [dragged + 10, 64]
    for key in ("Home", "PageUp"):
        labs.page.keyboard.press(key)
    assert kernel(labs, "design.scales") == [14, 64]
    assert_coverage_equals_python(labs, design)


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


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_labs_are_readable_in_both_themes(labs, formula, threshold, design, theme):
    labs.python(LABS, "thresholds.prediction = 20")
    labs.theme(f"JupyterLab {theme}")
    for name in (FORMULA, THRESHOLD, DESIGN):
        part = region(labs, name)
        assert part.locator("..").get_attribute("data-theme") == theme.lower()
        assert part.evaluate(CONTRAST) == []
        # 1280×720 화면에서 JupyterLab의 메뉴를 빼고 남는 높이에 한 번에 들어옵니다.
        assert part.bounding_box()["height"] <= 560
        assert part.evaluate("node => node.scrollWidth <= node.clientWidth")
        kind = {FORMULA: "formula", THRESHOLD: "threshold", DESIGN: "design"}[name]
        labs.page.screenshot(path=ARTIFACTS / f"{kind}-{theme.lower()}.png")
    labs.theme("JupyterLab Light")


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
    labs.page.wait_for_function(
        "([node, words]) => node.textContent.includes(words)",
        arg=[live.element_handle(), words[name]],
    )


def test_stored_notebook_without_a_kernel_shows_pictures(labs):
    cells = labs.page.evaluate("(path) => window.panels[path].context.model.toJSON()", LABS)
    (labs.folder / "stored.ipynb").write_text(json.dumps(cells), encoding="utf-8")
    shown_images = labs.page.evaluate(
        """async () => {
            const panel = await jupyterapp.commands.execute('docmanager:open', {
                path: 'stored.ipynb', factory: 'Notebook',
                kernelPreference: { shouldStart: false, canStart: false } });
            await panel.context.ready;
            const deadline = Date.now() + 5000;
            const images = () => [...panel.node.querySelectorAll('.jp-OutputArea-output img')]
                .filter((image) => image.complete && image.naturalWidth > 400).length;
            while (images() < 3 && Date.now() < deadline)
                await new Promise((done) => setTimeout(done, 50));
            const found = [images(), panel.node.querySelectorAll('.abx').length];
            panel.dispose();
            return found;
        }"""
    )
    assert shown_images == [3, 0]


def test_nothing_is_loaded_from_a_network(labs):
    outside = [
        url
        for url in labs.requests
        if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))
    ]
    assert labs.requests and outside == []


def test_labs_leave_no_problem_in_the_console(labs):
    assert labs.problems == []
