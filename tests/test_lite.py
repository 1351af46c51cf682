"""브라우저 안의 Jupyter: 판정은 데스크톱의 것과 같은가, 레슨이 도는가, 한 일이 남는가."""

import json
import subprocess
import sys
import time
from types import SimpleNamespace

import lite_fixture
import nbformat
import pytest
from browser import PATIENCE, LabPage, serving
from browser_plugin import skip_or_fail

from anchorbox_utils import join_class
from anchorbox_utils.homework.catalogue import EXERCISES
from anchorbox_workshop.judge import command
from anchorbox_workshop.kit.lessons import KitError
from anchorbox_workshop.kit.programs import run
from tools.build_lite import CDN, FETCH_PHOTOS, copy_notebooks, settings
from tools.notebooks import ROOT

VERDICTS = ROOT / "tests" / "lite_verdicts.py"


@pytest.fixture(scope="module")
def distribution():
    """NumPy까지 있는 옛 Pyodide. 받을 수 없으면 까닭을 말하고 건너뜁니다."""
    try:
        return lite_fixture.distribution()
    except KitError as error:
        skip_or_fail(f"브라우저의 파이썬을 받지 못해 아무것도 확인하지 못했습니다.\n{error}")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(["uv", "build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT)])
    (found,) = folder.glob("*.whl")
    return found


def rows_of(command):
    """판정을 출력하는 명령의 줄들."""
    done = subprocess.run(command, capture_output=True, cwd=ROOT, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def in_browsers_python(distribution, wheel, script, *packages):
    """강좌의 휠만 있는 브라우저의 파이썬에서 실행합니다. 브라우저 대신 Node.js가 켭니다."""
    runner = ROOT / "tests" / "run_pyodide.mjs"
    return rows_of(["node", runner, distribution, wheel, script, *packages])


# --- 짓기 -------------------------------------------------------------------------------

NOTEBOOKS = sorted([*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("exercises/*/*.ipynb")])


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """브라우저에 놓는 노트북들의 폴더."""
    folder = tmp_path_factory.mktemp("files")
    copy_notebooks(folder)
    return folder


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_stays_what_it_is(path, copies):
    """커널의 이름과 사진을 받는 셀을 빼면 저장된 노트북 그대로입니다."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    copy = json.loads((copies / path.relative_to(ROOT)).read_text(encoding="utf-8"))
    # 이 이름이 아니면 커널을 고르라는 창이 뜹니다.
    assert copy["metadata"].pop("kernelspec")["name"] == "python"
    del stored["metadata"]["kernelspec"]
    added = [cell for cell in copy["cells"] if cell["source"] == FETCH_PHOTOS]
    copy["cells"] = [cell for cell in copy["cells"] if cell not in added]
    assert copy == stored
    with_photos = ("notebooks/06_anchor_design.ipynb", "notebooks/08_mini_detector.ipynb")
    assert len(added) == path.relative_to(ROOT).as_posix().startswith(with_photos)


def test_lessons_find_their_records(copies):
    for record in (ROOT / "notebooks").glob("*.json"):
        assert (copies / "notebooks" / record.name).read_bytes() == record.read_bytes()


def test_python_asks_no_registry_and_keeps_the_progress():
    lock = SimpleNamespace(packages={"numpy": None, "ipython": None, "anchorbox-utils": None})
    (found,) = settings("./static/pyodide/", lock)["jupyter-config-data"][
        "litePluginSettings"
    ].values()
    assert found["disablePyPIFallback"] is True
    assert found["loadPyodideOptions"]["packages"] == ["ipython", "anchorbox-utils"]
    assert found["loadPyodideOptions"]["env"]["ANCHORBOX_HOME"].startswith("/drive/")


def test_the_readme_names_the_outside_address_and_how_to_do_without():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert CDN.split("/")[2] in readme
    assert "build_site.py --pyodide" in readme


def test_the_desktop_leads_neither_to_the_site_nor_to_the_browser():
    for path in NOTEBOOKS:
        text = path.read_text(encoding="utf-8")
        assert "lite/lab" not in text and "여기서 실행" not in text


def test_the_board_is_refused_kindly_where_no_thread_can_run(monkeypatch):
    monkeypatch.setattr("sys.platform", "emscripten")
    with pytest.raises(ValueError, match="브라우저 안에서는 보드에 연결할 수 없습니다"):
        join_class("http://127.0.0.1:8765", code="K7M2QX", name="별이")


# --- 판정 -------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize(
    "seeds", [(1,), pytest.param((0, 20260302), marks=pytest.mark.wide)], ids=["ci", "wide"]
)
def test_every_verdict_is_that_of_the_desktop(
    seeds, distribution, wheel, tmp_path, record_property
):
    """정답과 모든 오개념의 판정이 같고, 스레드도 신호도 없이 끝나지 않는 함수를 멈춥니다."""
    script = tmp_path / "script.py"
    text = f"{VERDICTS.read_text(encoding='utf-8')}\nmain({seeds})\n"
    script.write_text(text, encoding="utf-8")
    desktop = rows_of([sys.executable, "-Xutf8", script])
    browser = in_browsers_python(distribution, wheel, script, "numpy")
    *stopped, deep, known = browser[: -len(desktop)]
    assert [row for row in stopped if "초 안에 끝나지 않아 멈추었습니다" not in row[1]] == []
    assert len(stopped) == 8 and "끝없이 부릅니다" in deep[1]
    assert known[1] == EXERCISES["box_iou"].misconceptions[0].name
    # 브라우저의 정수는 32비트라, 자료형의 이름만 다릅니다.
    alike = [[text and text.replace("int32", "int64") for text in row] for row in browser]
    assert alike[-len(desktop) :] == desktop
    ways = sum(len(m.ways) for e in EXERCISES.values() for m in e.misconceptions)
    assert len(desktop) == len(seeds) * (len(EXERCISES) + ways)
    record_property("lite_verdicts", len(desktop))


# --- 화면 -------------------------------------------------------------------------------

LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
# 옛 배포판에는 scikit-image가 없습니다.
WITHOUT_PHOTOS = ("06_anchor_design.ipynb", "08_mini_detector.ipynb")
HOMEWORK = "exercises/01_formula/01_formula.ipynb"
WRITE = """([path, answers]) => {
    for (const cell of panels[path].content.model.cells) {
        const name = cell.getMetadata('nbgrader')?.grade_id;
        if (name in answers) cell.sharedModel.setSource(answers[name]);
    }
}"""
# 보이지 않는 셀은 화면에 놓이지 않습니다.
SHOW = """([path, word]) => {
    const { content } = panels[path];
    const found = content.widgets.findIndex(({ model }) =>
        model.type === 'code' && model.sharedModel.getSource().includes(word));
    content.activeCellIndex = found;
    return content.scrollToItem(found, 'start');
}"""
PRESS_RIGHT = """(node) => node.dispatchEvent(
    new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }))"""
SAVED = "(path) => !panels[path].context.model.dirty"


@pytest.fixture(scope="module")
def address(distribution, tmp_path_factory):
    """옛 배포판으로 지은 브라우저의 JupyterLab을 내주는 서버의 주소."""
    out = tmp_path_factory.mktemp("lite") / "lite"
    lite_fixture.built_lite(out, distribution)
    with serving(out) as url:
        yield url


@pytest.fixture
def context(browser):
    """아무것도 기억하지 않는 새 브라우저."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ko-KR")
    context.set_default_timeout(2 * PATIENCE * 1000)
    yield context
    context.close()


def started(context, address):
    """JupyterLab을 연 화면. 커널의 것까지 모든 요청이 `requests`에 모입니다."""
    lab = LabPage(context.new_page())
    context.on("request", lambda request: lab.requests.append(request.url))
    lab.start(address)
    return lab


def told_errors(cells):
    """셀들이 낸 오류의 글."""
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return [o["evalue"] for o in outputs if o["output_type"] == "error"]


@pytest.mark.wide
@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_to_its_end(name, context, address, record_property):
    lab, path = started(context, address), f"notebooks/{name}"
    begun = time.monotonic()
    lab.open(path)
    ready = time.monotonic()
    lab.page.get_by_text("3/3 준비되었습니다.").wait_for()
    lab.start_run(path)
    cells = [cell for cell in lab.finish_run(path) if cell["cell_type"] == "code"]
    done = [cell for cell in cells if cell["execution_count"]]
    seconds = f"켜는 데 {ready - begun:.0f}초, 도는 데 {time.monotonic() - ready:.0f}초"
    record_property("lite_lesson", f"{name}: 셀 {len(done)}/{len(cells)}, {seconds}")
    if name in WITHOUT_PHOTOS:
        (error,) = told_errors(cells)
        assert "scikit-image" in error
        assert any("scikit-image가 없어" in json.dumps(c, ensure_ascii=False) for c in done)
    else:
        assert told_errors(cells) == [] and len(done) == len(cells)
    # 바깥의 어디에도 묻지 않았습니다.
    assert [url for url in lab.requests if not url.startswith((address, "data:", "blob:"))] == []


@pytest.mark.wide
def test_a_lab_in_the_page_moves_with_its_python(context, address):
    lab, path = started(context, address), "notebooks/01_formula.ipynb"
    lab.open(path)
    lab.start_run(path)
    lab.finish_run(path)
    before = lab.python(path, "print(lab.anchor)")
    lab.page.evaluate(SHOW, [path, "lab = FormulaLab("])
    box = lab.page.locator("rect.box.anchor").first
    box.evaluate(PRESS_RIGHT)
    deadline = time.monotonic() + PATIENCE
    while (after := lab.python(path, "print(lab.anchor)")) == before:
        assert time.monotonic() < deadline, "실험대를 움직여도 파이썬의 값이 그대로입니다."
    # 파이썬에서 옮기면 화면도 옮겨집니다.
    place = box.get_attribute("x")
    lab.python(path, "lab.anchor = [50, 40, 110, 90]")
    lab.page.wait_for_function(
        "(x) => document.querySelector('rect.box.anchor').getAttribute('x') !== x", arg=place
    )
    assert before != after


@pytest.mark.wide
def test_homework_without_a_network_survives_and_is_graded(context, address, tmp_path, wall):
    """네트워크가 끊긴 채 풀고 내려받은 과제를 채점하고, 죽은 탭을 다시 열어도 그대로입니다."""
    source = nbformat.read(ROOT / HOMEWORK.replace("exercises", "solutions", 1), as_version=4)
    answers = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    lab = started(context, address)
    lab.open(HOMEWORK)
    lab.page.get_by_text("3/3 준비되었습니다.").wait_for()
    context.set_offline(True)
    lab.page.evaluate(WRITE, [HOMEWORK, answers])
    lab.start_run(HOMEWORK)
    ran = json.dumps(lab.finish_run(HOMEWORK), ensure_ascii=False)
    assert "3/3 통과" in ran
    lab.page.wait_for_function(SAVED, arg=HOMEWORK)
    with lab.page.expect_download() as download:
        lab.page.evaluate("() => void jupyterapp.commands.execute('docmanager:download')")
    folder = tmp_path / "submitted" / "kim" / "01_formula"
    download.value.save_as(folder / "01_formula.ipynb")
    lab.page.close()
    context.set_offline(False)
    again = started(context, address)
    again.open(HOMEWORK)
    cells = again.page.evaluate("(path) => panels[path].context.model.toJSON().cells", HOMEWORK)
    assert {cell["source"] for cell in cells} >= set(answers.values())
    assert "3/3 통과" in json.dumps(cells, ensure_ascii=False)
    out = tmp_path / "graded"
    command.main([str(tmp_path / "submitted"), "--assignment", "01_formula", "--out", str(out)])
    assert "kim,01_formula,10,10" in (out / "grades.csv").read_text(encoding="utf-8-sig")


@pytest.mark.wide
def test_progress_stays_in_the_browser(context, address):
    path = "notebooks/00_intro.ipynb"
    mark = "from anchorbox_utils import finish_lesson\nprint(finish_lesson('00_intro'))"
    lab = started(context, address)
    lab.open(path)
    lab.python(path, mark)
    lab.page.close()
    again = started(context, address)
    again.open(path)
    told = again.python(
        path,
        "from anchorbox_utils.course.progress import standings\nprint(standings()[0].read)",
    )
    assert told.strip() == "True"
