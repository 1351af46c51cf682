"""저장된 노트북: 정규형인가, 모든 셀이 다시 실행되어 비교되는가, 레슨의 규칙을 지키는가.

다시 실행해 비교하는 것은 test_browser.py(화면에서 실행하는 강의)와, 나머지를 실행하는 nbval과
conftest.py입니다.
"""

import tomllib
from functools import cache

import pytest
from lesson_rules import PAGE_RULES, RULES, comparisons_are_measured
from nbval.plugin import find_comment_markers, find_metadata_tags

from tools.notebooks import ROOT, normalize, read, serialize, stored_notebooks

NOTEBOOKS = stored_notebooks()
# 번호로 시작하면 레슨이고, 아니면 지도와 용어 같은 쪽입니다.
LESSONS = [path for path in NOTEBOOKS if path.parent.name == "notebooks" and path.name[0].isdigit()]
HOMEWORK = [path for path in NOTEBOOKS if path.parent.parent.name == "solutions"]
PAGES = [path for path in NOTEBOOKS if path.parent.name == "notebooks" and path not in LESSONS]


def _name(path):
    return path.relative_to(ROOT).as_posix()


@cache
def _stored(path):
    return read(path.read_text(encoding="utf-8"))


def test_lessons_are_numbered_without_gaps():
    assert LESSONS, "notebooks/에 레슨이 없습니다."
    assert [path.name[:3] for path in LESSONS] == [f"{i:02d}_" for i in range(len(LESSONS))]


def test_nbval_runs_every_stored_notebook():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pytest_options = config["tool"]["pytest"]["ini_options"]
    assert "--nbval" in pytest_options["addopts"]
    folders = {_name(path).split("/")[0] for path in NOTEBOOKS}
    assert folders <= set(pytest_options["testpaths"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_name)
def test_no_cell_escapes_the_comparison(path):
    # nbval에는 셀을 건너뛰거나 비교하지 않게 하는 표시가 있습니다. 예외를 예고하는 것만 씁니다.
    marks = {
        option
        for cell in _stored(path).cells
        if cell.cell_type == "code"
        for option, _ in [*find_metadata_tags(cell.metadata), *find_comment_markers(cell.source)]
    }
    assert marks <= {"check_exception"}


# 노트북은 수백 KB라서, pytest가 두 값을 통째로 펼치지 않도록 할 말만 보여 주고 실패시킵니다.
def _fail_if(problem, advice):
    if problem:
        pytest.fail(f"{advice}\n{problem}", pytrace=False)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_name)
def test_is_in_normal_form(path):
    changed = serialize(normalize(_stored(path))).encode() != path.read_bytes()
    _fail_if(changed, f"uv run python tools/notebooks.py --normalize-only {_name(path)}")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", LESSONS, ids=_name)
def test_lesson(path, rule):
    _fail_if("\n".join(rule(_stored(path), path)), _name(path))


@pytest.mark.parametrize("rule", PAGE_RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_page(path, rule):
    _fail_if("\n".join(rule(_stored(path), path)), _name(path))


# 배포본(exercises/)의 글은 여기에서 그대로 나옵니다.
@pytest.mark.parametrize("path", HOMEWORK, ids=_name)
def test_homework_prompts_say_only_what_was_measured(path):
    _fail_if("\n".join(comparisons_are_measured(_stored(path), path)), _name(path))
