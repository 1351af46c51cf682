"""tools/notebooks.py와 레슨의 규칙이 잘못을 정말로 잡아내는지, 작은 노트북을 만들어 확인합니다."""

import base64
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat.v4 as v4
import numpy as np
import pytest
from lesson_rules import RULES
from nbformat import NotebookNode
from PIL import Image

import anchorbox_utils
from tools.notebooks import (
    COMPARE_IMAGES,
    ROOT,
    WIDGET_VIEW,
    differences,
    execute,
    main,
    normalize,
    read,
    serialize,
)


def _png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "png")
    return base64.b64encode(buffer.getvalue()).decode("ascii")


PNG = _png(np.zeros((4, 4, 4), np.uint8))
OTHER_PNG = _png(np.full((4, 4, 4), 255, np.uint8))


def _code(source, *outputs, tags=()):
    metadata = {"tags": list(tags)} if tags else {}
    return v4.new_code_cell(source, outputs=list(outputs), execution_count=7, metadata=metadata)


def _stream(text, name="stdout"):
    return v4.new_output("stream", name=name, text=text)


def _figure(png=PNG):
    return v4.new_output("display_data", data={"image/png": png, "text/plain": "<Figure>"})


def _widget(model_id):
    view = {"model_id": model_id, "version_major": 2, "version_minor": 0}
    return v4.new_output("display_data", data={"application/vnd.jupyter.widget-view+json": view})


def _notebook(*cells):
    return v4.new_notebook(cells=list(cells))


def _save(path, *cells):
    path.write_text(serialize(normalize(_notebook(*cells))), encoding="utf-8", newline="\n")
    return path


# --- 정규형 ---------------------------------------------------------------------------


def test_normalize_is_idempotent_and_does_not_touch_its_input():
    nb = _notebook(v4.new_markdown_cell("# 제목"), _code("x", _widget("abc"), _stream("한글\n")))
    before = serialize(nb)
    once = normalize(nb)
    assert serialize(normalize(once)) == serialize(once)
    assert serialize(nb) == before


def test_serialized_form():
    text = serialize(normalize(_notebook(v4.new_markdown_cell("가"))))
    assert text.endswith("}\n") and not text.endswith("\n\n")
    assert text.startswith('{\n "cells"') and "가" in text
    stored = json.loads(text)
    assert (stored["nbformat"], stored["nbformat_minor"]) == (4, 5)
    assert "version" not in stored["metadata"]["language_info"]


def test_what_editors_leave_behind_is_dropped():
    nb = _notebook(_code("x", _figure(), tags=["raises-exception"]))
    nb.metadata = NotebookNode(widgets={"state": {}}, celltoolbar="Slideshow")
    nb.cells[0].metadata.update(collapsed=True, execution={"iopub": "2026"}, nbgrader={"points": 1})
    nb.cells[0].outputs[0].metadata = {"needs_background": "light", "image/png": {"width": 3}}
    new = normalize(nb)
    assert set(new.metadata) == {"kernelspec", "language_info"}
    assert new.cells[0].metadata == {"tags": ["raises-exception"], "nbgrader": {"points": 1}}
    assert new.cells[0].outputs[0].metadata == {"image/png": {"width": 3}}


def test_pictures_are_stored_in_256_colors_that_look_the_same():
    pixels = np.random.default_rng(0).integers(100, 120, (200, 200, 3)).astype(np.uint8)
    pixels[:, :50] = (23, 105, 170)
    nb = _notebook(_code("draw()", _figure(_png(pixels))))
    png = normalize(nb).cells[0].outputs[0].data["image/png"]
    assert len(png) < len(_png(pixels)) / 2
    stored = Image.open(io.BytesIO(base64.b64decode(png)))
    assert stored.mode == "P"
    assert np.abs(np.asarray(stored.convert("RGB")).astype(int) - pixels).max() <= 8


def test_counts_are_renumbered_and_unrun_cells_stay_unrun():
    unrun = v4.new_code_cell("y")
    result = v4.new_output("execute_result", data={"text/plain": "1"}, execution_count=9)
    new = normalize(_notebook(_code("a"), unrun, _code("b", result)))
    assert [cell.execution_count for cell in new.cells] == [1, None, 2]
    assert new.cells[2].outputs[0].execution_count == 2


def test_cell_ids_depend_on_content_only():
    def ids(*sources):
        cells = normalize(_notebook(*map(v4.new_markdown_cell, sources))).cells
        return [cell.id for cell in cells]

    first, other, second = ids("가", "나", "가")
    assert len({first, other, second}) == 3
    assert ids("나", "가", "가") == [other, first, second]


def test_widget_ids_are_numbered_in_display_order():
    cells = [_code("s", _widget("f00d")), _code("t", _widget("beef"), _widget("f00d"))]
    new = normalize(_notebook(*cells))
    views = [list(out.data.values())[0].model_id for cell in new.cells for out in cell.outputs]
    assert [int(view, 16) for view in views] == [1, 2, 1]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<A object at 0x7f01ab>", "<A object at 0x...>"),
        ("색 0xff00ff", "색 0xff00ff"),
        ("/tmp/tmpab_1cd2/labels/1.txt", "/tmp/.../labels/1.txt"),
        ("/private/var/folders/zz/y1/T/tmpq/a.json", "/tmp/.../a.json"),
        ("/tmp/ipykernel_12/345.py:3", "/tmp/...:3"),
        (r"C:\Users\me\AppData\Local\Temp\tmpab12\a.txt", r"/tmp/...\a.txt"),
        ("notebooks/tmp/a.txt", "notebooks/tmp/a.txt"),
    ],
)
def test_texts_that_change_every_run_are_rewritten(raw, clean):
    plain = v4.new_output("execute_result", data={"text/plain": raw}, execution_count=1)
    outputs = normalize(_notebook(_code("x", _stream(raw), plain))).cells[0].outputs
    assert [outputs[0].text, outputs[1].data["text/plain"]] == [clean, clean]


def test_differences_name_the_cell_and_the_picture():
    title = v4.new_markdown_cell("# 제목")
    old = normalize(_notebook(title, _code("draw(1)\nshow()", _stream("합 1\n"), _figure())))
    new = normalize(
        _notebook(title, _code("draw(1)\nshow()", _stream("합 2\n"), _figure(OTHER_PNG)))
    )
    diff = differences(old, new)
    assert diff.startswith("셀 1 (draw(1))\n")
    assert {"-합 1", "+합 2", "그림이 달라졌습니다."} <= set(diff.splitlines())
    assert "그림이 달라졌습니다." not in differences(old, new, images=False)
    assert differences(old, old) == ""


# --- 실행 -----------------------------------------------------------------------------


def test_command_writes_checks_and_reports(tmp_path, capsys):
    path = tmp_path / "sample.ipynb"
    cells = [
        _code("from pathlib import Path\nprint(Path.cwd().name, object())"),
        _code("1 / 0", tags=["raises-exception"]),
        _code("hash('가') % 1000"),
    ]
    path.write_text(serialize(_notebook(*cells)), encoding="utf-8")

    assert main([str(path)]) == 0
    stored = path.read_bytes()
    nb = read(stored.decode("utf-8"))
    assert nb.cells[0].outputs[0].text == f"{tmp_path.name} <object object at 0x...>\n"
    assert nb.cells[1].outputs[0].traceback == ["ZeroDivisionError: division by zero"]
    assert [cell.execution_count for cell in nb.cells] == [1, 2, 3]
    assert main(["--check", str(path)]) == 0

    path.write_bytes(stored.replace(b"division by zero", b"something else"))
    changed = path.read_bytes()
    capsys.readouterr()
    assert main(["--check", str(path)]) == 1
    said = capsys.readouterr().out
    assert str(path) in said and "+ZeroDivisionError: division by zero" in said
    assert path.read_bytes() == changed


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "x = 1\nraise ValueError('박스가 없습니다')",
            "셀 1 (x = 1)에서 ValueError: 박스가 없습니다",
        ),
        ("import sys\nprint('경고', file=sys.stderr)", "stderr"),
    ],
)
def test_a_failing_cell_is_named_and_nothing_is_written(tmp_path, capsys, source, message):
    path = _save(tmp_path / "bad.ipynb", v4.new_markdown_cell("# 제목"), _code(source))
    before = path.read_bytes()
    assert main([str(path)]) == 1
    said = capsys.readouterr().out
    assert str(path) in said and "셀 1 (" in said and message in said
    assert "\x1b" not in said
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [None, "노트북이 아닙니다"])
def test_unreadable_notebooks_are_reported(tmp_path, capsys, content):
    path = tmp_path / "broken.ipynb"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert main([str(path)]) == 1
    assert f"{path}" in capsys.readouterr().out


def test_not_in_normal_form_is_told_apart(tmp_path, capsys):
    path = _save(tmp_path / "sample.ipynb", v4.new_markdown_cell("# 제목"))
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert main(["--check", "--normalize-only", str(path)]) == 1
    assert "정규형이 아닙니다" in capsys.readouterr().out
    assert main(["--normalize-only", str(path)]) == 0
    assert b"\r" not in path.read_bytes()


# --- nbval이 실행한 셀의 비교 (conftest.py) ---------------------------------------------

PRELUDE = f"""import sys
from uuid import uuid4

from IPython.display import display
from PIL import Image

picture = Image.new("RGB", (4, 4), "red")
widgets = [uuid4().hex for _ in range(3)]


def show(number):
    display({{"{WIDGET_VIEW}": {{"model_id": widgets[number]}}, "text/plain": "위젯"}}, raw=True)"""


def _other_picture(cell):
    cell.outputs[0].data["image/png"] = OTHER_PNG


def _no_view(cell):
    del cell.outputs[0].data[WIDGET_VIEW]


def _other_view(cell):
    cell.outputs[0].data[WIDGET_VIEW]["model_id"] = f"{2:032x}"


def _other_type(cell):
    cell.outputs[0] = v4.new_output("display_data", data=cell.outputs[0].data)


def _other_size(cell):
    cell.outputs[0].metadata = {"image/png": {"width": 9}}


def _other_text(cell):
    cell.outputs[0].text = "나\n"


def _no_count(cell):
    cell.execution_count = None


# (셀, 저장된 것을 망가뜨리는 방법). nbval은 그림, 위젯, 순서, 종류, 메타데이터를 보지 않습니다.
REPLAYED = [
    (PRELUDE, None),
    ("picture", None),
    ("picture  # 다른 그림", _other_picture),
    ("show(0)\nshow(1)", None),
    ("show(0)", None),
    ("show(0)  # 다른 위젯", _other_view),
    ("print('가')\ndisplay(3)", None),
    ("print('가')\ndisplay(3)  # 바뀐 순서", lambda cell: cell.outputs.reverse()),
    ("print('가', file=sys.stderr)", lambda cell: cell.outputs.clear()),
    ("4", None),
    ("4  # 다른 종류", _other_type),
    ("display(picture, metadata={'image/png': {'width': 3}})", None),
    ("display(picture, metadata={'image/png': {'width': 3}})  # 다른 크기", _other_size),
    ("print('가')", None),
    ("print('가')  # 다른 글", _other_text),
    ("print('가')  # 없던 출력", lambda cell: cell.outputs.clear()),
    ("1 / 0", None),
    ("show(2)", _no_view),
    ("x = 3", None),
    # 뒤의 셀들의 번호가 밀리므로 마지막에 둡니다.
    ("x = 3  # 실행하지 않은 셀", _no_count),
]


@pytest.fixture
def folder_of_the_repository():
    """저장소 안이지만 tests/ 밖인 곳. notebooks/에서처럼 conftest.py가 불리는지 보려는 것입니다."""
    artifacts = ROOT / "test-artifacts"
    artifacts.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=artifacts) as folder:
        yield Path(folder)


@pytest.mark.heavy
def test_whatever_changes_in_a_cell_fails_that_cell_and_no_other(folder_of_the_repository):
    path = folder_of_the_repository / "sample.ipynb"
    sources = [source for source, _ in REPLAYED]
    # 저장할 때는 stderr가 허락되지 않으므로, 그 셀은 저장한 다음에 바꿉니다.
    cells = [_code("pass" if "stderr" in source else source) for source in sources]
    cells[sources.index("1 / 0")].metadata.tags = ["raises-exception"]
    path.write_text(serialize(_notebook(*cells)), encoding="utf-8")
    nb = execute(path)
    for cell, (source, spoil) in zip(nb.cells, REPLAYED, strict=True):
        cell.source = source
        if spoil:
            spoil(cell)
    path.write_text(serialize(nb), encoding="utf-8")

    command = ["pytest", "-n0", "-rf", "-p", "no:cacheprovider", str(path)]
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    failed = {int(number) for number in re.findall(r"^FAILED .*::Cell (\d+)", done.stdout, re.M)}
    unseen = {None} if COMPARE_IMAGES else {None, _other_picture}
    spoiled = {number for number, (_, spoil) in enumerate(REPLAYED) if spoil not in unseen}
    assert failed == spoiled, done.stdout
    name = path.relative_to(ROOT).as_posix()
    assert f"uv run python tools/notebooks.py {name}\n셀 5 (show(0)  # 다른" in done.stdout
    assert f"노트북의 셀 {len(REPLAYED) - len(spoiled)}개를" in done.stdout


# --- 레슨의 규칙 -----------------------------------------------------------------------

TITLE = "# 01. 제목"
CARD = """| | |
|---|---|
| **학습 목표** | ① 가를 **계산합니다.** ② 나를 **설명합니다.** |
| **선수지식** | [00](00_intro.ipynb), $[a](b)$, `[c](d)` |
| **예상 시간** | 설명 10분 · 실습 20분 |"""
REVIEW = "**복습 질문 3개**\n\n" + "<details>\n<summary>물음</summary>\n\n답\n</details>\n\n" * 3
TRY = '## 3. 직접 해보기 (5분)\n\n`f"{x}"`와 `{y}`를 채웁니다.'
BAR = "[앞](00_intro.ipynb)"
END = "## 정리\n\n1. 가\n2. 나\n\n## 더 나아가기\n\n- [바깥](https://example.org)"


def _lesson():
    markdown = [v4.new_markdown_cell(text) for text in (TITLE, CARD, REVIEW, TRY, END, BAR)]
    markdown[-1].metadata.tags = ["course-bar"]
    finish = _code("finish_lesson()", tags=["course-finish"])
    code = [_code("# 설명\nprint(3)\nplt.show()", _stream("3\n"), _figure()), _code("check(f)")]
    return _notebook(*markdown[:3], code[0], markdown[3], code[1], markdown[4], finish, markdown[5])


def _replace(index, old, new):
    def edit(nb):
        assert old in nb.cells[index].source
        nb.cells[index].source = nb.cells[index].source.replace(old, new, 1)

    return edit


def _output(out):
    return lambda nb: nb.cells[5].outputs.append(out)


def _error_output():
    return v4.new_output("error", ename="ValueError", evalue="…", traceback=[])


def _wide_figure():
    buffer = io.BytesIO()
    Image.new("1", (1100, 1)).save(buffer, "png")
    return v4.new_output(
        "display_data", {"image/png": base64.b64encode(buffer.getvalue()).decode("ascii")}
    )


BREAKS = [
    ("opens_with_title_and_card", _replace(0, "# 01", "01")),
    ("opens_with_title_and_card", _replace(1, "② 나", "② 나 ③ 다 ④ 라")),
    ("opens_with_title_and_card", _replace(1, "선수지식", "준비")),
    ("opens_with_title_and_card", _replace(1, "실습 20분", "")),
    ("reviews_earlier_lessons", _replace(2, "복습 질문", "질문")),
    ("reviews_earlier_lessons", _replace(2, "<details>", "")),
    ("lets_the_learner_try", _replace(4, "직접 해보기", "연습")),
    ("lets_the_learner_try", lambda nb: nb.cells.pop(5)),
    ("summary_mirrors_goals", _replace(6, "2. 나\n", "2. 나\n3. 다\n")),
    ("summary_mirrors_goals", _replace(6, "## 정리", "## 끝")),
    ("points_further", _replace(6, "- [바깥](https://example.org)", "")),
    ("predictions_are_made_on_cards", _replace(4, "직접", "예측해 보세요. 직접")),
    (
        "cards_do_not_answer_themselves",
        _replace(5, "check(f)", 'predict("a", lambda: ax.set_title("답은 셋입니다"))'),
    ),
    ("code_cells_are_short", _replace(5, "check(f)", "x = 1\n" * 9)),
    ("code_cells_are_short", _replace(5, "check(f)", "x = 1\n" * 14)),
    ("no_trailing_semicolon", _replace(3, "plt.show()", "plt.plot(x);")),
    ("no_widget_state", lambda nb: nb.metadata.update(widgets={})),
    ("plain_markdown", _replace(4, "`f", "```{note}\n가\n```\n`f")),
    ("plain_markdown", _replace(4, "`f", ":::{tip}\n:::\n`f")),
    ("plain_markdown", _replace(4, "`f", "{math}`x`, `f")),
    ("no_accidental_strikethrough", _replace(4, "채웁니다", "1~2절과 3~4절을 채웁니다")),
    ("figures_come_with_numbers", lambda nb: nb.cells[3].outputs.pop(0)),
    ("figures_come_with_numbers", lambda nb: nb.cells[3].outputs[0].update(text="끝\n")),
    ("figures_fit_the_screen", _output(_wide_figure())),
    ("one_word_for_one_thing", _replace(4, "`f", "이 강의에서 `f")),
    ("one_word_for_one_thing", _output(_stream("리콜 0.5\n"))),
    ("comparisons_are_measured", _replace(4, "`f", "focal loss가 1:3 표본보다 낫습니다. `f")),
    (
        "comparisons_are_measured",
        _replace(6, "1. 가", "1. 가<!-- 주장 아님: 까닭을 적습니다 -->" * 4),
    ),
    ("links_exist", _replace(1, "00_intro", "00_missing")),
    ("links_exist", _replace(6, "- [바깥]", "- ![그림](figures/a.png) [바깥]")),
    ("links_exist", _replace(6, "- [바깥]", '- <img src="a.png"> [바깥]')),
    ("no_errors_shown", _output(_error_output())),
    ("no_errors_shown", _output(_stream("경고\n", name="stderr"))),
    ("no_machine_paths", _output(_stream("/home/me/lesson/a.txt\n"))),
    ("no_machine_paths", _output(_stream("C:\\Users\\me\\a.txt\n"))),
]


def _broken_rules(nb, path):
    return {rule.__name__ for rule in RULES if list(rule(nb, path))}


@pytest.fixture
def lesson_path(tmp_path):
    (tmp_path / "00_intro.ipynb").touch()
    return tmp_path / "01_sample.ipynb"


def test_good_lesson_breaks_no_rule(lesson_path):
    assert _broken_rules(_lesson(), lesson_path) == set()


def test_first_lesson_needs_no_review(lesson_path):
    nb = _lesson()
    del nb.cells[2]
    assert _broken_rules(nb, lesson_path.with_name("00_intro.ipynb")) == set()
    assert _broken_rules(nb, lesson_path) == {"reviews_earlier_lessons"}


@pytest.mark.parametrize(("rule", "edit"), BREAKS)
def test_each_rule_catches_its_mistake(lesson_path, rule, edit):
    nb = _lesson()
    edit(nb)
    assert rule in _broken_rules(nb, lesson_path)


def test_every_rule_has_a_mistake_it_catches():
    assert {rule for rule, _ in BREAKS} == {rule.__name__ for rule in RULES}


def test_the_rules_are_written_down_where_an_author_reads_them():
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    written = guide.partition("<!-- rules:begin -->")[2].partition("<!-- rules:end -->")[0]
    assert written.split("\n")[1:-1] == [f"- {rule.__doc__}" for rule in RULES]


def test_the_english_guide_names_every_room_in_order():
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = re.findall(r"^- (\w+): ", anchorbox_utils.__doc__, re.MULTILINE)
    assert re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE) == rooms
