"""레슨의 연습: 검사가 보는 약속은 검사 셀보다 앞의 글에 모두 적혀 있습니다."""

import re

import nbformat
import pytest

from anchorbox_utils.course.lessons import LESSONS
from anchorbox_utils.homework import EXERCISES
from tools.notebooks import ROOT


def _said_before_the_check(lesson, exercise):
    """그 연습의 검사 셀 앞, 다른 연습의 검사 셀 뒤의 마크다운. 줄바꿈은 빈칸으로 봅니다."""
    said = []
    for cell in nbformat.read(ROOT / "notebooks" / lesson.file, as_version=4).cells:
        checked = re.findall(r'^check\("(\w+)"', cell.source, re.MULTILINE)
        if cell.cell_type == "markdown":
            said.append(cell.source)
        elif exercise in checked:
            return " ".join(" ".join(said).split())
        elif checked:
            said = []
    raise AssertionError(f"{lesson.file}: {exercise}의 검사 셀이 없습니다.")


@pytest.mark.parametrize(
    ("lesson", "exercise"),
    [
        pytest.param(lesson, exercise, id=f"{lesson.number}-{exercise}")
        for lesson in LESSONS
        for exercise in lesson.exercises
    ],
)
def test_every_rule_stands_in_the_lesson_before_the_check(lesson, exercise):
    said = _said_before_the_check(lesson, exercise)
    missing = [rule for rule in EXERCISES[exercise].rules if rule not in said]
    assert not missing, "검사 셀보다 앞에 적으세요:\n" + "\n".join(f"- {rule}" for rule in missing)
