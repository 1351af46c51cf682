"""웹사이트가 될 글과 상태. 지은 사이트는 test_built_site가 봅니다."""

import json
import re

import nbformat
import pytest

from anchorbox_utils import DesignLab, FormulaLab, ThresholdLab
from anchorbox_utils.bugs.catalogue import CASES
from anchorbox_utils.diagnosis import KINDS
from anchorbox_utils.labs import predict
from anchorbox_utils.misses import CAUSES, FALSE_KINDS
from tools.notebooks import ROOT, read
from tools.site_pages import (
    LABS,
    checklist_page,
    code_of,
    for_the_web,
    lesson_pages,
    single_file,
    start_page,
    symptoms_page,
    web_output,
)
from tools.site_states import (
    StateError,
    answer_of,
    needed_code,
    state_of,
    widgets_of,
)

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TURNS = "d.items()"


def cell(source, widget=False):
    code = nbformat.v4.new_code_cell(source)
    if widget:
        data = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": ""}
        code.outputs = [nbformat.v4.new_output("execute_result", data)]
    return code


@pytest.mark.parametrize(
    ("sources", "kept"),
    [
        (["a = 1", "b = 2", "card(a)"], {0: "a = 1"}),
        (["a = 1", "a += 1", "card(a)"], {0: "a = 1", 1: "a += 1"}),
        (["a = 1", "a = 2", "card(a)"], {1: "a = 2"}),
        (["a = 1\nb = 2\nprint(a)", "card(a)"], {0: "a = 1"}),
        (["a, b = 1, 2", "card(b)"], {0: "b = 2"}),
        (["a, b = 1, 2", "a, b = b, a", "card(b)"], {0: "a = 1\nb = 2", 1: "a, b = (b, a)"}),
        (["a, b = f()", "a = 2", "card(b)"], {0: "a, b = f()"}),
        (["a = []", "a.append(1)", "b = a", "card(a)"], {0: "a = []", 1: "a.append(1)"}),
        (["a = {}", "a['k'] = 1", "card(a)"], {0: "a = {}", 1: "a['k'] = 1"}),
        (["a = {}", "fill(a)", "card(a)"], {0: "a = {}", 1: "fill(a)"}),
        (["import m", "m.show()", "card(m)"], {0: "import m"}),
        (["setup()\nlook(b)", "card()", "finish()"], {0: "setup()"}),
        (["import m\nsetup()\nstart('00')", "card(m)"], {0: "import m\nsetup()\nstart('00')"}),
        (["b = 1\ndef f():\n    return b", "b = 2", "card(f)"], None),
        (["def f():\n    return b", "b = 2\nc = 3", "card(f)"], {0: ..., 1: "b = 2"}),
        (["x = 1", "def f(x):\n    return x", "card(f)"], {1: ...}),
        (["rng = g(0)", "print(f(rng))", "card(rng)"], {0: ..., 1: "print(f(rng))"}),
        (
            ["for i in range(3):\n    a = i\n    b = i", "card(a)"],
            {0: "for i in range(3):\n    a = i"},
        ),
        (
            ["a = {}\nfor i in x:\n    a[i] = i\n    b[i] = i", "card(b)"],
            {0: "for i in x:\n    b[i] = i"},
        ),
        (["for i in x:\n    b = c\n    c = i", "card(b)"], {0: ...}),
        (["for i in x:\n    b = i\n    if i:\n        break", "card(b)"], {0: ...}),
        (["a = 1", "if a:\n    a = 2", "card(a)"], {0: ..., 1: ...}),
        (
            [f"a = {{}}\nfor k, v in {TURNS}:\n    b = v\n    a[k] = b", "c = a['x']", "card(c)"],
            {
                0: f"a = {{}}\nfor k, v in [item for item in {TURNS} if item[0] in ['x']]:\n"
                "    b = v\n    a[k] = b",
                1: "c = a['x']",
            },
        ),
        ([f"a = {{}}\nfor k, v in {TURNS}:\n    a[k] = v", "c = a[i]", "card(c)"], None),
        ([f"a = {{}}\nfor k, v in {TURNS}:\n    a[k] = v", "c = f(a['x'], a)", "card(c)"], None),
        ([f"a = {{}}\nfor k, v in {TURNS}:\n    a[k] = v", "c = f(a['x'], k)", "card(c)"], None),
        ([f"a = {{}}\nfor k, v in {TURNS}:\n    a[k] = len(a)", "c = a['x']", "card(c)"], None),
        (
            [f"a, s = {{}}, 0\nfor k, v in {TURNS}:\n    s += v\n    a[k] = s", "card(a['x'])"],
            {0: f"a = {{}}\ns = 0\nfor k, v in {TURNS}:\n    s += v\n    a[k] = s"},
        ),
        (
            [f"rng = g(0)\na = {{}}\nfor k, v in {TURNS}:\n    a[k] = f(rng)", "card(a['x'])"],
            {0: ...},
        ),
        (
            [
                "def f():\n    return a",
                f"a = {{}}\nfor k, v in {TURNS}:\n    a[k] = v",
                "c = a['x']",
                "card(f() + c)",
            ],
            None,
        ),
    ],
)
def test_only_what_a_card_needs_is_run(sources, kept):
    cells = [cell(source, widget=source.startswith("card")) for source in sources]
    card = next(index for index, source in enumerate(sources) if source.startswith("card"))
    kept = dict(enumerate(sources[:-1])) if kept is None else kept
    wanted = {i: sources[i] if code is ... else code for i, code in kept.items()}
    assert dict(needed_code(cells)) == wanted | {card: sources[card]}


def test_a_cell_that_fails_is_named(tmp_path):
    cells = [cell("1 / 0", widget=True)]
    with pytest.raises(StateError, match=r"a.ipynb의 셀 0: ZeroDivisionError"):
        list(widgets_of(tmp_path / "a.ipynb", cells))


def read_names(lab):
    """화면의 코드가 모델에서 읽는 이름들."""
    return set(re.findall(r'model\.get\("(\w+)"\)', lab._esm))


@pytest.mark.parametrize(
    "lab",
    [
        FormulaLab(),
        ThresholdLab(),
        DesignLab([[0, 0, 9, 9]]),
        predict("shift_signs", lambda: [1, -1]),
    ],
    ids=lambda lab: type(lab).__name__,
)
def test_a_state_holds_what_the_lab_reads_as_small_json(tmp_path, lab):
    state = json.loads(json.dumps(state_of(lab, tmp_path)))
    assert read_names(lab) <= set(state)
    assert len(json.dumps(state)) < 120_000
    assert "base64" not in json.dumps(state)


def test_an_answer_that_is_not_the_written_one_stops_the_build(tmp_path):
    right = predict("shift_signs", lambda: [1, -1])
    assert answer_of(right, tmp_path)["right"] == [3]
    with pytest.raises(StateError, match="shift_signs"):
        answer_of(predict("shift_signs", lambda: [1, 1]), tmp_path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_lab_of_a_lesson_gets_its_place(tmp_path, path):
    for index, code in enumerate(read(path.read_text(encoding="utf-8")).cells):
        for output in code.get("outputs", []):
            shown = web_output(output, code, f"0-{index}", tmp_path).get("data", {})
            assert "image/png" not in shown
            assert ("abx-slot" in shown.get("text/html", "")) == (
                "application/vnd.jupyter.widget-view+json" in output.get("data", {})
            )
            assert "Shift+Enter" not in re.sub("<img.*?>", "", shown.get("text/html", ""))


def test_what_is_only_true_in_a_notebook_is_left_out():
    text = "**끌어 보세요.** 셀을 고르고 <kbd>Shift</kbd>+<kbd>Enter</kbd>를 누르면 움직입니다. 끝."
    assert for_the_web(text) == "**끌어 보세요.** 끝."
    text = "**예측해 보세요.** 아래 셀을 실행하고, 답을 정하세요."
    assert for_the_web(text) == "**예측해 보세요.** 답을 정하세요."
    link = for_the_web("[과제 01](../exercises/01_formula/01_formula.ipynb)")
    assert link == '<a href="_static/exercises/01_formula/01_formula.ipynb" download>과제 01</a>'


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_card_that_lives_is_not_to_be_run(path):
    texts = [for_the_web(cell.source) for cell in read(path.read_text(encoding="utf-8")).cells]
    assert not re.search(r"예측해 보세요.*셀을 실행", "\n".join(texts))


def test_the_map_says_that_the_site_keeps_no_progress(tmp_path):
    lesson_pages(ROOT / "notebooks", tmp_path)
    sources = [cell.source for cell in nbformat.read(tmp_path / "home.ipynb", 4).cells]
    note = next(k for k, text in enumerate(sources) if "진도를 기억하지 않습니다" in text)
    assert sources[note + 1].startswith("## 나의 진도")


@pytest.mark.parametrize("lab", list(dict.fromkeys(LABS.values())), ids=lambda lab: lab.__name__)
def test_lab_code_is_no_module(lab):
    assert not re.search(r"^(import|export)\b", code_of(lab), re.MULTILINE)


def test_the_checklist_page_says_all_of_every_finding():
    page = checklist_page()
    for name, kind in KINDS.items():
        assert f"({name})=" in page and kind.cause in page and kind.advice in page
    for case in CASES.values():
        assert all(thread in page for thread in case.threads)
    for cause in CAUSES.values():
        assert f"| {cause.title} | {cause.advice} |" in page
    for kind in FALSE_KINDS.values():
        assert f"| {kind.title} | {kind.meaning} |" in page


def test_the_symptoms_page_keeps_causes_folded():
    page = symptoms_page()
    open_parts = re.sub(r"<details>.*?</details>", "", page, flags=re.DOTALL)
    for case in CASES.values():
        assert case.title in page.replace("\\", "")
        assert f"checklist.md#{case.cause}" in page
        assert f"checklist.md#{case.cause}" not in open_parts


def test_the_start_page_has_every_lesson_with_its_minutes():
    page = start_page()
    for path in NOTEBOOKS:
        if path.name[0].isdigit():
            assert re.search(rf'href="{path.stem}\.html".*?<small>\d+분</small>', page)


def test_the_single_file_is_small_and_asks_for_nothing():
    page = single_file()
    assert len(page.encode()) <= 60_000
    assert not re.search(r'(src|href)="(?!#)|@import|fetch\(', page)


def test_npm_packages_have_exact_versions():
    package = json.loads((ROOT / "web" / "package.json").read_text(encoding="utf-8"))
    for versions in (package["dependencies"], package["devDependencies"]):
        assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())
