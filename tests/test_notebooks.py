"""저장된 노트북: 정규형인가, 다시 실행해도 같은가, 강의의 규칙을 지키는가.

셀의 글자 출력은 nbval이 따로 비교합니다(pyproject.toml의 addopts).
"""

import os
import platform
import sys
import tomllib
from functools import cache

import pytest
from lesson_rules import PAGE_RULES, RULES

from tools.notebooks import (
    ROOT,
    differences,
    execute,
    normalize,
    read,
    serialize,
    stored_notebooks,
)

NOTEBOOKS = stored_notebooks()
# nbval이 이미 모든 노트북을 돌립니다. 그림의 바이트까지 보는 두 번째 실행은 CI에서 모두 하고,
# 다른 곳에서는 하나로 줄여 검사 시간을 아낍니다. 모두 보려면 tools/notebooks.py --check를 씁니다.
RUN_AGAIN = NOTEBOOKS if os.environ.get("CI") else NOTEBOOKS[2:3]
# 번호로 시작하면 레슨이고, 아니면 지도와 용어 같은 쪽입니다.
LESSONS = [path for path in NOTEBOOKS if path.parent.name == "notebooks" and path.name[0].isdigit()]
PAGES = [path for path in NOTEBOOKS if path.parent.name == "notebooks" and path not in LESSONS]
# 글꼴을 그리는 방식이 플랫폼마다 조금씩 달라, 그림의 바이트는 한 곳에서만 비교합니다.
COMPARE_IMAGES = (sys.platform, platform.machine()) == ("linux", "x86_64")


def _name(path):
    return path.relative_to(ROOT).as_posix()


@cache
def _stored(path):
    return read(path.read_text(encoding="utf-8"))


def test_lessons_are_numbered_without_gaps():
    assert LESSONS, "notebooks/에 강의가 없습니다."
    assert [path.name[:3] for path in LESSONS] == [f"{i:02d}_" for i in range(len(LESSONS))]


def test_nbval_runs_every_stored_notebook():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pytest_options = config["tool"]["pytest"]["ini_options"]
    assert "--nbval" in pytest_options["addopts"]
    folders = {_name(path).split("/")[0] for path in NOTEBOOKS}
    assert folders <= set(pytest_options["testpaths"])


# 노트북은 수백 KB라서, pytest가 두 값을 통째로 펼치지 않도록 할 말만 보여 주고 실패시킵니다.
def _fail_if(problem, advice):
    if problem:
        pytest.fail(f"{advice}\n{problem}", pytrace=False)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_name)
def test_is_in_normal_form(path):
    changed = serialize(normalize(_stored(path))).encode() != path.read_bytes()
    _fail_if(changed, f"uv run python tools/notebooks.py --normalize-only {_name(path)}")


@pytest.mark.parametrize("path", RUN_AGAIN, ids=_name)
def test_running_again_gives_the_same_file(path):
    diff = differences(normalize(_stored(path)), execute(path), images=COMPARE_IMAGES)
    _fail_if(diff, f"uv run python tools/notebooks.py {_name(path)}")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", LESSONS, ids=_name)
def test_lesson(path, rule):
    _fail_if("\n".join(rule(_stored(path), path)), _name(path))


@pytest.mark.parametrize("rule", PAGE_RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_page(path, rule):
    _fail_if("\n".join(rule(_stored(path), path)), _name(path))
