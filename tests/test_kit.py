"""워크숍 꾸러미: 진행표, 강사 노트, 페이지, 슬라이드의 재료."""

import ast
import html
import importlib.resources
import json
import re
import sys
import tomllib
from collections import defaultdict

import matplotlib.pyplot as plt
import numpy as np
import pytest

from anchorbox_utils.course.lessons import LESSONS
from anchorbox_utils.homework.assignments import ASSIGNMENTS
from anchorbox_utils.homework.catalogue import QUESTIONS
from anchorbox_utils.homework.exercise import Misconception
from anchorbox_utils.labs.questions import QUESTIONS as PREDICTIONS
from anchorbox_workshop.kit import command, decks, live, notes, programs, slides
from anchorbox_workshop.kit.lessons import (
    NOTEBOOKS,
    ROOT,
    TEXTS,
    KitError,
    cells_of,
    find_section,
    sections,
    sections_of,
)
from anchorbox_workshop.kit.page import README, inline, write_page
from anchorbox_workshop.kit.page import page as render
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


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=lambda sheet: sheet.name)
def test_a_row_that_does_not_follow_the_one_before_says_what_to_open_and_run(sheet):
    for session in sheet.sessions:
        before = None
        for row in (row for row in session.rows if row.section):
            lesson, order = row.section.lesson, sections_of(row.section.lesson.stem)
            place = order.index(row.section)
            follows = bool(place) and before == order[place - 1]
            assert bool(row.opening) is not follows
            is_open = before is not None and before.lesson == lesson
            assert (lesson.file in row.opening) is not is_open
            assert ("위의 모든 셀 실행" in row.opening) is (place > 0 and not follows)
            before = row.section


NEEDS = [tuple(need.values()) for need in tomllib.loads(RUNSHEETS)["need"]]


@pytest.mark.parametrize("sheet", SHEETS.values(), ids=lambda sheet: sheet.name)
@pytest.mark.parametrize(("place", "taught", "say"), NEEDS)
def test_what_a_skipped_section_teaches_is_said_where_it_is_needed(sheet, place, taught, say):
    places = [row.section and row.section.place for s in sheet.sessions for row in s.rows]
    rows = [row for s in sheet.sessions for row in s.rows]
    if place not in places:
        return
    row = rows[places.index(place)]
    assert row.deeds["say"].startswith(say) is (taught not in places)
    first = decks.slides_in(find_section(place if taught in places else taught))[0]
    assert row.slides[0] == first


def test_forced_matching_is_told_before_a_row_uses_it():
    for sheet in SHEETS.values():
        told = False
        for row in (row for s in sheet.sessions for row in s.rows if row.section):
            told |= row.section.place == "03.5" or "강제 매칭" in row.deeds["say"]
            code = "".join(cell.source for cell in row.section.cells if cell.kind == "code")
            assert told or "force_match=True" not in code, (sheet.name, row.title)


def test_what_a_cut_saves_fits_into_the_row():
    assert all(0 <= s.deeds["saves"] <= s.explain + s.practice for s in sections())
    for row in (row for sheet in SHEETS.values() for s in sheet.sessions for row in s.rows):
        assert 0 <= row.saves <= row.minutes
        assert row.is_spare is (row.title == "여유")


def test_the_menu_is_called_as_jupyterlab_calls_it():
    pack = importlib.resources.files("jupyterlab_language_pack_ko_KR") / "locale" / "ko_KR"
    words = json.loads((pack / "LC_MESSAGES" / "jupyterlab.json").read_text(encoding="utf-8"))
    menu = [words["Run"][0], words["Run All Above Selected Cell"][0]]
    assert menu == ["실행", "위의 모든 셀 실행"]
    assert f"**{' → '.join(menu)}**" in SHEETS["short"].sessions[0].rows[4].opening


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
    ('[moment."여유"]\nsay', '[moment."여유"]\nsays', "여유: say, do, cut, saves, trouble"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_wrong_run_sheets_are_refused(old, new, message):
    assert RUNSHEETS.count(old) >= 1
    with pytest.raises(KitError, match=re.escape(message)):
        read_sheets(RUNSHEETS.replace(old, new, 1))


# --- 강사 노트 ------------------------------------------------------------------------------


def test_every_exercise_has_a_question_that_unsticks():
    written = tomllib.loads((TEXTS / "exercises.toml").read_text(encoding="utf-8"))
    assert set(written) == notes.exercises_noted()
    assert all(
        text["ask"].count("?") >= 1 or text["ask"].endswith(".") for text in written.values()
    )


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_lesson_exercises_have_three_mistakes_with_a_wrong_answer(lesson):
    found = notes.lesson_notes(lesson)
    assert [note.name for note in found] == list(lesson.exercises)
    for note in found:
        assert len(note.mistakes) == notes.LIKELY and note.points is None
        assert all(m.example.wrong and m.hint for m in note.mistakes)


@pytest.mark.parametrize("assignment", ASSIGNMENTS.values(), ids=lambda one: one.name)
def test_homework_notes_hold_points_and_three_mistakes(assignment):
    found = notes.homework_notes(assignment)
    code = [note for note in found if isinstance(note, notes.ExerciseNote)]
    assert sum(note.points for note in code) == assignment.points - assignment.manual_points
    for note in code:
        assert [m.name for m in note.mistakes] and len(note.mistakes) == notes.LIKELY
        assert all(m.words for m in note.mistakes)


def test_the_wrong_answer_is_what_the_misconception_gives():
    note = notes.lesson_note("xyxy_to_cxcywh")
    example = next(m.example for m in note.mistakes if m.name == "corner_as_size")
    assert example.right != example.wrong
    boxes = np.array(ast.literal_eval(example.given.removeprefix("boxes = ")), dtype=float)
    right, wrong = (np.array(ast.literal_eval(text)) for text in (example.right, example.wrong))
    assert np.allclose(right[:, 2], boxes[:, 2] - boxes[:, 0])
    assert np.allclose(wrong[:, 2], boxes[:, 2])


def test_a_misconception_that_is_right_everywhere_is_refused():
    exercise = QUESTIONS["count_anchors"]
    fake = Misconception("not_wrong", "틀리지 않음", exercise.reference, "틀리지 않습니다.")
    with pytest.raises(KitError, match="not_wrong이 정답과 달라지는 경우가 없습니다"):
        notes.wrong_example(exercise, fake)


def test_every_prediction_card_of_the_lessons_is_noted():
    found = [note for lesson in LESSONS for note in notes.prediction_notes(lesson)]
    assert {note.name for note in found} == set(PREDICTIONS)
    for note in found:
        assert note.answer and all(choice.reveals for choice in note.choices)
        if PREDICTIONS[note.name].choices:
            assert sum(choice.right for choice in note.choices) == 1
            assert sum(choice.chance for choice in note.choices) == pytest.approx(notes.ROOM)


@pytest.mark.parametrize("options", [2, 3, 4, 6])
def test_lucky_range_holds_nineteen_of_twenty_rooms(options):
    low, high = notes.lucky_range(options)
    rooms = np.random.default_rng(0).binomial(notes.ROOM, 1 / options, 20_000)
    assert 0.95 <= np.mean((rooms >= low) & (rooms <= high)) <= 0.99
    assert np.mean((rooms > low) & (rooms < high)) < 0.95


# --- 강사의 페이지 --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kit")
    (folder / "slides").mkdir()
    (folder / "slides" / "01_formula.pdf").touch()
    return write_page(folder).read_text(encoding="utf-8")


def test_the_page_has_everything_in_one_place(page):
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(ids) and len(links) > 80
    needed = {"runsheets", "timer", "checklists", "slides", "notes", "homework", "board", "judge"}
    needed |= {f"sheet-{name}" for name in SHEETS}
    needed |= {f"exercise-{name}" for name in notes.exercises_noted()}
    assert needed <= set(ids)


def test_the_page_asks_nothing_of_the_network_and_links_built_slides(page):
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert re.findall(r'href="(slides/[^"]+)"', page) == ["slides/01_formula.pdf"]
    assert page.count("아직 짓지 않았습니다") == len(LESSONS) - 1


@pytest.fixture(scope="module")
def built_page():
    """슬라이드를 모두 지었을 때의 페이지."""
    return render({lesson.stem: [f"{lesson.stem}.html"] for lesson in LESSONS})


def rows_of(text):
    """페이지의 진행표에서 (진행표의 줄, 그 줄의 HTML)들."""
    shown = re.findall(
        r"<tr(?: class=\"moment\")?>\n(<td class=\"n\" data-head.+?)</tr>", text, re.DOTALL
    )
    rows = [row for sheet in SHEETS.values() for session in sheet.sessions for row in session.rows]
    return list(zip(rows, shown, strict=True))


def test_a_row_shows_the_titles_of_its_slides(built_page):
    covered = 0
    for row, shown in rows_of(built_page):
        listed = re.findall(
            r'href="slides/(\w+)\.html#(\d+)" target="slides">'
            r"<b>(?:\d\d-)?\2</b><span> (.+?)</span></a>",
            shown,
        )
        ours = decks.slides_in(row.section) if row.section else ()
        assert listed == [
            (slide.section.lesson.stem, str(slide.number), inline(slide.title))
            for slide in row.slides
        ]
        assert row.slides[len(row.slides) - len(ours) :] == ours
        # 절의 첫 장은 절의 이름을 달고 있습니다. 레슨의 첫 장만 레슨의 이름입니다.
        assert not row.section or ours[0].title == row.section.title or ours[0].number == 1
        covered += len(ours)
    assert covered > 150


def test_every_question_and_exercise_of_a_row_leads_to_its_slide(built_page):
    for row, shown in rows_of(built_page):
        for name in (*row.predictions, *row.exercises):
            found = re.search(
                rf'>{name}</a> <a class="slide" href="slides/(\w+)\.html#(\d+)"', shown
            )
            stem, number = found[1], int(found[2])
            text = re.split(r"^---$", DECKS[stem].read_text("utf-8"), flags=re.MULTILINE)[
                number - 1
            ]
            assert re.search(rf"^\{{\{{(predict|exercise) {name}\}}\}}$", text, re.MULTILINE)


def test_the_timer_leads_to_the_slides_of_the_row(built_page):
    data = json.loads(re.search(r'id="timer-data">(.+?)</script>', built_page)[1])
    row = next(row for row in data[0]["rows"] if row["title"].startswith("01.2 "))
    assert row["title"] == "01.2 옮기기: t_x와 t_y"
    assert ["4 shift_signs", "slides/01_formula.html#4"] in row["slides"]


def test_what_the_documents_say_is_on_the_page_as_it_stands(page):
    assert "uv run jupyter lab" in page.split('id="sheet-')[0]
    homework = page.split('id="homework"')[1].split('id="homework-')[0]
    readme = README.read_text(encoding="utf-8").split("### 과제 내고 채점하기")[1]
    lines = re.findall(r"^\d\. (.+)$", readme, re.MULTILINE)[:3]
    told = re.sub(r"</?(strong|code)>", "", homework)
    assert len(lines) == 3 and homework.count("<li>") == 3
    assert all(re.sub(r"\*\*|`", "", line) in told for line in lines)
    for needed in ("exercises/01_formula/01_formula.ipynb", "submitted/", "anchorbox-grade"):
        assert needed in told


def test_the_page_shows_values_in_questions_and_how_to_use_the_board_and_the_judge(page):
    asked = page.split('id="prediction-setting_b"')[1][:900]
    assert "<code>pos_thr</code>가 0.6" in asked and "{pos_thr}" not in page
    board, judge = page.split('id="board"')[1].split('id="judge"')
    assert "uv run anchorbox-board" in board and "join_class(" in board
    assert judge.count("<li>") == 10 and "anchorbox-grade submitted" in judge


def test_the_learners_get_the_command_of_the_readme(page):
    text = html.unescape(re.search(r'id="invitation-text">(.+?)</pre>', page, re.DOTALL)[1])
    said = " && ".join(re.findall(r"^ {7}(.+)$", text, re.MULTILINE))
    assert f"```bash\n{said}\n```" in README.read_text(encoding="utf-8")
    # 페이지에서 적을 곳 하나만 남습니다.
    assert re.findall(r"\{\w+\}", text) == ["{address}"]


def test_misconceptions_are_called_by_their_titles(page):
    shown = re.findall(r'<td class="what">([^<]+)<br><small><code>(\w+)</code>', page)
    titles = {(m.title, m.name) for question in QUESTIONS.values() for m in question.misconceptions}
    assert len(shown) > 100 and {(html.unescape(title), name) for title, name in shown} <= titles


def test_the_timer_reads_every_session(page):
    data = json.loads(re.search(r'id="timer-data">(.+?)</script>', page)[1])
    assert len(data) == sum(len(sheet.sessions) for sheet in SHEETS.values())
    assert [sum(row["minutes"] for row in one["rows"]) for one in data[:3]] == [90, 180, 480]


def test_the_command_makes_the_page_without_a_browser(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "write_page", lambda: write_page(tmp_path))
    monkeypatch.setattr(command.webbrowser, "open", lambda uri: False)
    assert command.main([]) == 0
    told = capsys.readouterr().out
    assert str(tmp_path / "index.html") in told and "브라우저를 열지 못했습니다" in told


def test_the_command_outside_the_course_says_where_to_go(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "TEXTS", tmp_path / "workshop")
    assert command.main(["--no-browser"]) == 1
    assert "내려받은 강좌의 폴더에서" in capsys.readouterr().err


# --- 슬라이드 -------------------------------------------------------------------------------

DECKS = {lesson.stem: (slides.DECKS / f"{lesson.stem}.md") for lesson in LESSONS}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_everything_a_deck_includes_is_in_the_notebook(lesson):
    text = slides.deck(lesson, is_live=False)
    assert text.startswith("---\nmarp: true\n")
    assert not re.search(r"\{\{", text) and "<script" not in text
    parts = re.split(r"^---$", text, flags=re.MULTILINE)[2:]
    ours = decks.slides_of(lesson.stem)
    assert len(parts) == len(ours) >= 10
    for slide, part in zip(ours, parts, strict=True):
        told = re.findall(r"<!--\n(.+?)\n-->", part, re.DOTALL)
        assert told and len(told[-1]) > 20
        assert re.findall(r"^#+ (.+)$", part, re.MULTILINE) == [slide.title]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_deck_never_shows_what_comes_after_a_prediction_before_it_is_asked(lesson):
    cells = cells_of(lesson.stem)
    order = {cell.name: n for n, cell in enumerate(cells)}
    asked = {
        name: n
        for n, cell in enumerate(cells)
        for name in re.findall(r'^predict\("(\w+)"', cell.source, re.MULTILINE)
    }
    directives = re.findall(
        r"^\{\{(\w+) (\w+)", DECKS[lesson.stem].read_text("utf-8"), re.MULTILINE
    )
    shown = -1
    for kind, name in directives:
        if kind == "predict":
            assert shown < asked.pop(name), name
        elif kind in ("figure", "output", "lab"):
            shown = max(shown, order[name])
    assert not asked


WRONG_SLIDES = [
    ("{{figure ab9bcbf7}}", "ab9bcbf7: 저장된 그림이 없습니다"),
    ("{{output 9b55ff5e}}", "9b55ff5e: 출력한 글이 없습니다"),
    ("{{output ffffffff}}", "ffffffff이라는 셀이 없습니다"),
    ("{{output ab9bcbf7 1-3}}", "1-3번째 줄이 없습니다. 모두 2줄"),
    ("{{code c3cd53ec}}", "이라 뒷자리에서 읽을 수 없습니다. 9줄 × 60칸까지"),
    ("{{formula ab9bcbf7}}", "수식이 없습니다"),
    ("{{text ab9bcbf7}}", "글이 든 셀이 아닙니다"),
    ("{{predict setting_a}}", "setting_a이라는 예측을 묻지 않습니다"),
    ("{{section 12}}", "01.12: 그런 절이 없습니다"),
    ("{{movie ab9bcbf7}}", "넣을 수 있는 것은 title, close"),
]


@pytest.mark.parametrize(("line", "message"), WRONG_SLIDES)
def test_slides_that_include_what_is_not_there_are_refused(line, message):
    with pytest.raises(KitError, match=re.escape(message)):
        slides.deck(LESSONS[1], False, f"# 제목\n\n{line}\n")


@pytest.mark.parametrize("name", [n for n, q in PREDICTIONS.items() if q.kind != "boxes"])
def test_a_card_in_a_slide_asks_and_judges_as_the_site_does(name):
    card, question = live.card(name), PREDICTIONS[name]
    assert "{" not in card["state"]["_asked"]["ask"]
    key = card["key"]
    assert len(card["state"]["_asked"]["choices"]) == len(question.choices)
    assert len(key["right"]) == bool(question.choices)
    assert question.matches(key["answer"], np.ravel(question.answer))
    # 판정하는 코드는 웹사이트의 것 하나입니다.
    assert (ROOT / "web" / "live" / "judging.js").read_text("utf-8") in live.script({name: card})


def test_the_script_of_a_deck_cannot_be_broken_by_its_texts():
    state = {"kind": "PredictionCard", "state": {"text": "</script><!-- 글 -->"}, "key": None}
    text = live.script({"card": state})
    assert "</script" not in text and "<!--" not in text


def test_a_program_that_is_missing_or_fails_is_told():
    with pytest.raises(KitError, match="no-such-command: 없는 명령입니다"):
        programs.run(["no-such-command"])
    with pytest.raises(KitError, match="(?s)-c.*틀렸습니다"):
        said = "import sys; sys.stdout.buffer.write('틀렸습니다'.encode()); sys.exit(3)"
        programs.run([sys.executable, "-c", said])


LAB_CELLS = [
    (lesson.stem, name)
    for lesson in LESSONS
    for name in re.findall(
        r"^\{\{lab (\w+)\}\}", DECKS[lesson.stem].read_text("utf-8"), re.MULTILINE
    )
]


@pytest.mark.heavy
@pytest.mark.parametrize(("stem", "name"), LAB_CELLS)
def test_a_lab_in_a_slide_starts_as_the_stored_one(stem, name):
    made = live.lab(stem, name)
    assert made["kind"] in live.LABS and made["state"]["_palette"]
    assert json.loads(json.dumps(made)) == made


@pytest.mark.heavy
def test_cells_of_the_ninety_minutes_run_when_what_a_row_says_is_done(monkeypatch, capsys):
    monkeypatch.chdir(NOTEBOOKS)
    monkeypatch.setenv("ANCHORBOX_HOME", "-")
    spaces = defaultdict(lambda: {"__name__": "__main__"})
    for row in SHEETS["short"].sessions[0].rows:
        if row.section:
            order = sections_of(row.section.lesson.stem)
            above = order[: order.index(row.section)] if "위의 모든 셀" in row.opening else ()
            cells = [cell for section in (*above, row.section) for cell in section.cells]
            for cell in cells:
                if cell.kind == "code":
                    exec(cell.source, spaces[row.section.lesson.stem])
            plt.close("all")
    assert len(spaces) == 5


@pytest.mark.heavy
def test_a_cell_without_a_lab_is_refused():
    with pytest.raises(KitError, match="실험대를 내는 셀이 아닙니다"):
        live.lab("01_formula", "ab9bcbf7")
