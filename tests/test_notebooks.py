"""저장된 노트북: 정규형인가, 다시 실행해도 같은가, 강의의 규칙을 지키는가.

셀의 글자 출력은 nbval이 따로 비교합니다(pyproject.toml의 addopts).
"""

import platform
import sys
import tomllib
from functools import cache

import pytest
from lesson_rules import RULES

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
LESSONS = [path for path in NOTEBOOKS if path.parent.name == "notebooks"]
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


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_name)
def test_running_again_gives_the_same_file(path):
    diff = differences(normalize(_stored(path)), execute(path), images=COMPARE_IMAGES)
    _fail_if(diff, f"uv run python tools/notebooks.py {_name(path)}")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", LESSONS, ids=_name)
def test_lesson(path, rule):
    _fail_if("\n".join(rule(_stored(path), path)), _name(path))
