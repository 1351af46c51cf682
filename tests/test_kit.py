"""워크숍 꾸러미: 진행표, 강사 노트, 페이지, 슬라이드의 재료."""

import re

import pytest

from anchorbox_utils.course.lessons import LESSONS
from anchorbox_workshop.kit.lessons import (
    TEXTS,
    KitError,
    find_section,
    sections,
    sections_of,
)
from anchorbox_workshop.kit.runsheets import read_sheets, sheets

SHEETS = {sheet.name: sheet for sheet in sheets()}
RUNSHEETS = (TEXTS / "runsheets.toml").read_text(encoding="utf-8")


# --- 절 -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_minutes_of_a_lesson_are_those_of_its_sections(lesson):
    found = sections_of(lesson.stem)
    assert sum(s.explain + s.practice for s in found) == lesson.minutes
    assert [s.key for s in found] == ["0", *map(str, range(1, len(found) - 1)), "끝"]
    assert all(s.explain + s.practice > 0 for s in found)


def test_minutes_said_in_a_notebook_fit_into_the_practice_of_the_section():
    said = []
    for section in sections():
        heads = "\n".join(
            line
            for cell in section.cells
            if cell.kind == "markdown"
            for line in cell.source.splitlines()
            if line.startswith("#")
        )
        minutes = sum(map(int, re.findall(r"(\d+)분\)", heads)))
        said.append(minutes)
        assert minutes <= section.practice, section.place
    assert sum(said) > 100


def test_every_exercise_and_prediction_of_the_course_has_a_section():
    asked = {name for section in sections() for name in section.exercises}
    assert {name for lesson in LESSONS for name in lesson.exercises} == asked
    assert all(section.deeds["say"].endswith(".") for section in sections())


@pytest.mark.parametrize("place", ["09.1", "01.11", "01", "", "1.2"])
def test_unknown_section_is_refused(place):
    with pytest.raises(KitError, match="그런 절이 없습니다"):
        find_section(place)


# --- 진행표 ---------------------------------------------------------------------------------


def test_run_sheets_last_as_long_as_they_say():
    assert [(s.name, s.minutes) for s in SHEETS.values()] == [
        ("short", 90),
        ("workshop", 180),
        ("day", 480),
        ("semester", 75 * 11),
    ]


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=lambda sheet: sheet.name)
def test_rows_follow_each_other_and_keep_the_order_of_the_lessons(sheet):
    for session in sheet.sessions:
        assert [row.start for row in session.rows[1:]] == [row.end for row in session.rows[:-1]]
    order = [section.place for section in sections()]
    taught = [row.section.place for s in sheet.sessions for row in s.rows if row.section]
    assert taught == sorted(set(taught), key=order.index)


def test_the_semester_has_every_section_once_and_gives_every_homework():
    semester = SHEETS["semester"]
    rows = [row for session in semester.sessions for row in session.rows if row.section]
    assert [row.section.place for row in rows] == [section.place for section in sections()]
    given = [homework.name for session in semester.sessions for homework in session.homework]
    assert given == [lesson.homework for lesson in LESSONS if lesson.homework]


WRONG = [
    ('"여유 3"', '"여유 4"', "90분의 수업 1: 더하면 91분인데 90분이어야"),
    ('"02.1",\n    "03.1"', '"03.1"', "더하면 85분인데 90분"),
    ('"00.0", "00.1"', '"00.0", "00.9"', "90분의 수업 1: 00.9: 그런 절이 없습니다"),
    ('"00.3 설명"', '"00.3 시연"', "'00.3 시연': 레슨의 절도"),
    ('"점심 60"', '"저녁 60"', "'저녁 60': 레슨의 절도"),
    ('"00.끝", "숙제와 질문"', '"숙제와 질문", "숙제와 질문"', "더하면 43분인데 75분"),
    ('[moment."여유"]\nsay', '[moment."여유"]\nsays', "여유: say, do, cut, trouble"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_wrong_run_sheets_are_refused(old, new, message):
    assert RUNSHEETS.count(old) >= 1
    with pytest.raises(KitError, match=re.escape(message)):
        read_sheets(RUNSHEETS.replace(old, new, 1))
