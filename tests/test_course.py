"""강좌의 앞머리와 진도, 처음 상태로 되돌리기."""

import errno
import fnmatch
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat.v4 as v4
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from right_answers import decode_with_columns, encode_as_taught, iou_with_loops

from anchorbox_utils import bug_board, check, check_cause, feedback, files
from anchorbox_utils.bugs import board
from anchorbox_utils.course import (
    LESSONS,
    PAGES,
    certificate,
    course_map,
    find_lesson,
    find_stem,
    finish_lesson,
    progress,
    reset_lesson,
    reset_progress,
    restore,
    start_lesson,
)
from anchorbox_utils.course.command import main as reset
from anchorbox_utils.feedback import events
from anchorbox_utils.homework import EXERCISES
from tools import course, notebooks
from tools.notebooks import ROOT, serialize

STEMS = restore.STEMS
HOW = "uv run python tools/course.py"
CRLF = b"\r\n"


def _cells(stem):
    text = (ROOT / "notebooks" / f"{stem}.ipynb").read_text(encoding="utf-8")
    cells = json.loads(text)["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in cells]


def _lines(cell):
    return cell["source"].splitlines()


def _tags(cell):
    return cell["metadata"].get("tags", [])


each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)


# --- 앞머리 -----------------------------------------------------------------------------


def test_everything_generated_is_up_to_date(capsys):
    # 만들어 낸 셀은 손으로 고치지 않습니다. lessons.toml을 고치고 이 명령을 실행합니다.
    if course.main(["--check"]):
        pytest.fail(f"{HOW}\n{capsys.readouterr().out}", pytrace=False)


def test_minutes_in_the_readme_are_those_of_the_lessons():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    row = re.compile(r"^\| \[.*?\]\(notebooks/(\w+)\.ipynb\) \|.*?\| (\d+)분", re.MULTILINE)
    listed = dict(row.findall(readme))
    assert len(listed) == len(LESSONS)
    for lesson in LESSONS:
        card = next(cell["source"] for cell in _cells(lesson.stem) if "course-card" in _tags(cell))
        minutes = map(int, re.search(r"설명 (\d+)분 · 실습 (\d+)분", card).groups())
        assert int(listed[lesson.stem]) == sum(minutes)


def test_each_assignment_belongs_to_one_lesson():
    folders = sorted(path.name for path in (ROOT / "exercises").iterdir() if path.is_dir())
    assert sorted(lesson.homework for lesson in LESSONS if lesson.homework) == folders
    for lesson in LESSONS:
        if lesson.homework:
            path = ROOT / "notebooks" / lesson.homework_link
            assert f"notebooks/{lesson.file}" in path.read_text(encoding="utf-8")


@each_lesson
def test_generated_cells_stand_in_their_places(lesson):
    cells = _cells(lesson.stem)
    tags = [tag for cell in cells for tag in _tags(cell) if tag.startswith("course-")]
    assert tags == ["course-title", "course-card", "course-finish", "course-bar"]
    assert [_tags(cells[i]) for i in (0, -2, -1)] == [[tags[0]], [tags[2]], [tags[3]]]
    lines = [line for cell in cells if cell["cell_type"] == "code" for line in _lines(cell)]
    wanted = [f'start_lesson("{lesson.stem}")', "check("]
    steps = [word for line in lines for word in wanted if line.startswith(word)]
    assert steps[:2] == wanted, f"{wanted[0]} 다음에 {wanted[1]}…)가 하나 이상 있어야 합니다."


@each_lesson
def test_exercises_of_a_lesson_are_real(lesson):
    assert lesson.exercises and set(lesson.exercises) <= set(EXERCISES)
    assert 1 <= len(lesson.goals) <= 3 and lesson.explain > 0 < lesson.practice


def test_each_exercise_counts_in_one_lesson():
    homes = {}
    for lesson in LESSONS:
        for name in lesson.exercises:
            homes.setdefault(name, []).append(lesson.number)
    twice = {name: numbers for name, numbers in homes.items() if len(numbers) > 1}
    assert not twice, f"연습 하나는 레슨 하나에서만 검사합니다: {twice}"


@pytest.mark.parametrize(
    ("asked", "stem"),
    [
        ("2", "02_three_minute_exercise"),
        ("02", "02_three_minute_exercise"),
        (2, "02_three_minute_exercise"),
        ("02_three_minute_exercise", "02_three_minute_exercise"),
        ("notebooks/02_three_minute_exercise.ipynb", "02_three_minute_exercise"),
        (r"notebooks\02_three_minute_exercise.ipynb", "02_three_minute_exercise"),
        ("home.ipynb", "home"),
    ],
)
def test_lessons_are_called_in_many_ways(asked, stem):
    assert find_stem(asked) == stem


@pytest.mark.parametrize("asked", ["99", "002", "", "02_three", "all of them", "home/"])
def test_unknown_lessons_are_refused(asked):
    with pytest.raises(ValueError, match="레슨"):
        find_lesson(asked)


def _tiny_course(root):
    """만들어 내는 셀만 있는 작은 강좌."""
    for stem in STEMS:
        cells = [v4.new_markdown_cell("손으로 쓴 글")]
        for tag in course.sources(stem):
            new = v4.new_code_cell if tag == course.FINISH else v4.new_markdown_cell
            cells.append(new("옛것", metadata={"tags": [tag]}))
        path = root / "notebooks" / f"{stem}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(serialize(notebooks.normalize(v4.new_notebook(cells=cells))), "utf-8")
    (root / "anchorbox_utils" / "course" / "copies").mkdir(parents=True)
    (root / "README.md").write_text("앞\n{}\n옛 표\n{}\n뒤\n".format(*course.README_MARKS), "utf-8")
    return root


def test_the_command_writes_once_and_notices_every_change(tmp_path, capsys):
    root = _tiny_course(tmp_path)
    assert course.main(["--check"], root) == 1
    assert course.main([], root) == 0 == course.main(["--check"], root)
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("앞\n") and readme.endswith("\n뒤\n") and "옛 표" not in readme
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}

    copies = root / "anchorbox_utils" / "course" / "copies"
    lesson, page = root / "notebooks" / "03_labeling.ipynb", root / "notebooks" / "finish.ipynb"
    lesson.write_text(lesson.read_text("utf-8").replace("설명 30분", "설명 5분"), "utf-8")
    page.write_text(page.read_text("utf-8").replace("# 마치며", "# 끝"), "utf-8")
    (root / "README.md").write_text(readme.replace("70분", "71분"), "utf-8")
    (copies / "home.ipynb.gz").unlink()
    (copies / "08_mini_detector.ipynb.gz").write_bytes(b"broken")
    (copies / "99_gone.ipynb.gz").write_bytes(gzip.compress(b""))
    capsys.readouterr()
    assert course.main(["--check"], root) == 1
    said = capsys.readouterr().out
    for name in ("03_labeling.ipynb", "finish.ipynb", "README.md", "home.ipynb.gz"):
        assert name in said
    assert "08_mini_detector.ipynb.gz" in said and "99_gone.ipynb.gz" in said
    assert course.main([], root) == 0
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_a_changed_code_cell_loses_its_old_output(tmp_path):
    nb = v4.new_notebook(
        cells=[
            v4.new_code_cell(
                "옛것()",
                outputs=[v4.new_output("stream", text="옛 출력\n")],
                execution_count=3,
                metadata={"tags": [course.FINISH]},
            )
        ]
    )
    text = course.fill(serialize(nb), {course.FINISH: "새것()"})
    (cell,) = json.loads(text)["cells"]
    assert (cell["source"], cell["outputs"], cell["execution_count"]) == (["새것()"], [], None)


def test_a_missing_place_is_named(tmp_path, capsys):
    root = _tiny_course(tmp_path)
    path = root / "notebooks" / "04_threshold_experiment.ipynb"
    path.write_text(path.read_text("utf-8").replace(course.CARD, "card"), "utf-8")
    assert course.main([], root) == 1
    assert re.search(rf"{path.name}.*{course.CARD}", capsys.readouterr().err)


def test_time_tables():
    lessons = list(LESSONS)
    assert course.hours(150) == "2시간 30분" and course.hours(45) == "45분"
    fits = course.evening(lessons)
    assert course.total(fits) <= course.EVENING < course.total(lessons[: len(fits) + 1])
    first, second = course.weekend(lessons)
    assert first + second == lessons
    assert abs(course.total(first) - course.total(second)) <= max(x.minutes for x in lessons)
    assert all(course.weeks(x) * course.CLASS >= x.minutes for x in lessons)
    assert course.hours(course.total(lessons)) in (ROOT / "README.md").read_text(encoding="utf-8")


TERMS = (
    "앵커,정답 박스(GT,오프셋(,델타(,양성(,음성(,무시(,회귀 타깃(,인코딩(,디코딩(,임계값(,종횡비(,"
    "스케일(,특징 맵(,스트라이드(,IoU,NMS,AP,손실(,분류(,회귀(,특징(,학습(,YOLO"
).split(",")


def test_glossary_has_the_terms_and_sends_to_lessons_that_use_them():
    text = "\n".join(cell["source"] for cell in _cells("glossary"))
    rows = re.findall(r"^\| (.+?) \| .+ \| \[(\d\d)\]\((\w+)\.ipynb\) \|$", text, re.M)
    assert [term for term in TERMS if not any(term in row[0] for row in rows)] == []
    names = [name for name, *_ in rows]
    assert len(names) == len(set(names))
    for name, number, stem in rows:
        assert find_stem(number) == stem
        body = "\n".join(cell["source"] for cell in _cells(stem)[1:])
        assert name.split("(")[0] in body, (name, stem)


# --- 소식 -------------------------------------------------------------------------------


def test_check_reports_each_verdict():
    heard = []
    stop = feedback.listen(heard.append)
    check("encode_boxes", encode_as_taught)
    check("encode_boxes", lambda anchors, gt_boxes: gt_boxes - anchors)
    check("encode_boxes", None)
    stop()
    stop()
    check("encode_boxes", encode_as_taught)
    assert [event.status for event in heard] == ["passed", "failed", "not_attempted"]
    assert {event.name for event in heard} == {"encode_boxes"}
    assert heard[0].time <= heard[1].time


def test_the_misconception_is_reported():
    heard = []
    stop = feedback.listen(heard.append)
    misconception = EXERCISES["box_iou"].misconceptions[0]
    result = check("box_iou", misconception.wrong)
    stop()
    assert heard[0].misconception == result.misconception == misconception.name


def test_a_listener_that_fails_breaks_neither_check_nor_the_others():
    heard = []
    stops = [feedback.listen(lambda event: 1 / 0), feedback.listen(heard.append)]
    assert check("encode_boxes", encode_as_taught).passed
    for stop in stops:
        stop()
    assert len(heard) == 1


# --- 진도 -------------------------------------------------------------------------------


@pytest.fixture
def kernel(monkeypatch):
    """커널을 새로 켠 것처럼 기억을 비우는 함수."""

    def restart():
        progress._kernel.stop()
        feedback.open_lesson(None)
        monkeypatch.setattr(progress, "_kernel", progress._Kernel())

    restart()
    yield restart
    progress._kernel.stop()
    feedback.open_lesson(None)


@pytest.fixture
def home(tmp_path, monkeypatch, kernel):
    """진도를 남길 빈 폴더."""
    folder = tmp_path / "진도"
    monkeypatch.setenv("ANCHORBOX_HOME", str(folder))
    return folder


def _standing(number):
    return next(row for row in progress.standings() if row.lesson.number == number)


def test_tests_leave_the_progress_of_this_person_alone():
    assert progress.progress_file() is None
    assert notebooks.KERNEL_ENV["ANCHORBOX_HOME"] == progress.NOWHERE


def test_progress_is_kept_next_to_the_person(monkeypatch):
    monkeypatch.delenv("ANCHORBOX_HOME")
    assert progress.progress_file() == Path.home() / ".anchorbox" / "progress.json"


def test_passing_and_finishing_are_remembered_by_the_next_kernel(home, kernel, capsys):
    start_lesson("01_formula")
    check("encode_boxes", lambda anchors, gt_boxes: gt_boxes - anchors)
    assert not home.exists()
    check("encode_boxes", encode_as_taught)
    check("box_iou", iou_with_loops)
    kernel()
    check("decode_boxes", decode_with_columns)
    row = _standing("01")
    assert (row.read, row.passed) == (False, ("encode_boxes",))
    assert f"연습 통과 1/{len(LESSONS[1].exercises)}" in repr(finish_lesson("01_formula"))
    kernel()
    assert _standing("01").read and not _standing("00").read
    assert f"읽은 레슨 1/{len(LESSONS)} · 통과한 연습 1/" in repr(course_map())
    assert "읽은 레슨 1개: 01" in repr(certificate())
    assert capsys.readouterr().out == ""


def test_starting_twice_listens_once_and_names_the_lesson(home):
    heard = []
    stop = feedback.listen(heard.append)
    start_lesson("01_formula")
    start_lesson("01_formula")
    listeners = len(events._listeners)
    check("encode_boxes", encode_as_taught)
    stop()
    assert heard[0].lesson == "01_formula" and listeners == 2


def test_the_bug_board_remembers_another_kernel(home, kernel, monkeypatch):
    start_lesson("05_debugging_checklist")
    check_cause("nan_loss", "mixed_formats")
    check_cause("late_nan", "flipped")
    kernel()
    monkeypatch.setattr(board, "_kernel", {})
    states = bug_board().states
    assert states["nan_loss"] == {"cause": "passed", "repair": "not_attempted"}
    assert states["late_nan"]["cause"] == "not_attempted"
    # 연습 문제의 수에는 들지 않습니다.
    assert not _standing("05").passed


def test_the_first_time_is_kept(home, kernel):
    finish_lesson("00_intro")
    before = progress.progress_file().read_bytes()
    kernel()
    finish_lesson("00_intro")
    assert progress.progress_file().read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00broken",
        b"[1, 2]",
        b'{"lessons": {}}',
        b'{"format": 2, "lessons": {}}',
        b'{"format": 1, "lessons": {"00_intro": ["read"]}}',
        b'{"format": 1, "lessons": {"00_intro": {"passed": ["a"]}}}',
        b"[" * 100_000,
    ],
)
def test_a_file_it_cannot_read_is_kept_aside(home, content, capsys):
    home.mkdir()
    (home / "progress.json").write_bytes(content)
    finish_lesson("00_intro")
    (kept,) = home.glob("progress.kept-*.json")
    assert kept.read_bytes() == content
    assert kept.name in capsys.readouterr().out
    assert _standing("00").read
    assert capsys.readouterr().out == ""


def test_what_another_version_wrote_survives(home):
    record = {
        "format": 1,
        "theme": {"dark": True},
        "lessons": {
            "00_intro": {"stars": 5, "passed": {"gone_exercise": "2026-01-01"}},
            "42_future": {"read": "2026-01-01"},
        },
    }
    home.mkdir()
    (home / "progress.json").write_text(json.dumps(record), "utf-8")
    finish_lesson("00_intro")
    stored = json.loads((home / "progress.json").read_text("utf-8"))
    assert stored["lessons"]["00_intro"].pop("read")
    assert stored == record
    assert _standing("00").passed == ()
    assert f"읽은 레슨 1/{len(LESSONS)}" in repr(course_map())


def test_lessons_of_an_older_course_do_not_stop(home, capsys):
    assert start_lesson("02_old_name") is None is finish_lesson("02_old_name")
    assert capsys.readouterr().out.count("02_old_name") == 2


def test_an_unwritable_home_is_said_once_and_stops_nothing(tmp_path, monkeypatch, kernel, capsys):
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("ANCHORBOX_HOME", str(tmp_path / "file" / "folder"))
    start_lesson("01_formula")
    assert check("encode_boxes", encode_as_taught).passed
    assert f"연습 통과 1/{len(LESSONS[1].exercises)}" in repr(finish_lesson("01_formula"))
    course_map()
    assert capsys.readouterr().out.count("진도를 남길 수 없는 곳") == 1


def test_a_home_that_cannot_be_found_stops_nothing(monkeypatch, kernel, capsys):
    monkeypatch.delenv("ANCHORBOX_HOME")

    def lost():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", lost)
    assert finish_lesson("00_intro").standing.read
    assert "진도를 남길 수 없는 곳" in capsys.readouterr().out


def test_a_crash_while_saving_keeps_the_old_record(home, kernel, monkeypatch):
    finish_lesson("00_intro")
    before = (home / "progress.json").read_bytes()

    def fail(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "replace", fail)
        finish_lesson("01_formula")
        assert (home / "progress.json").read_bytes() == before
    # 못 적은 것은 다음에 적을 때 함께 적습니다.
    finish_lesson("02_three_minute_exercise")
    kernel()
    assert [row.lesson.number for row in progress.standings() if row.read] == ["00", "01", "02"]
    assert not list(home.glob("*.tmp"))


WRITER = """
import sys
from pathlib import Path
from anchorbox_utils.course import progress
for number in range(40):
    mark = {"lessons": {"00_intro": {"passed": {f"{sys.argv[2]}{number}": "now"}}}}
    progress.save(Path(sys.argv[1]), mark)
"""


def test_two_kernels_writing_at_once_lose_nothing(tmp_path):
    path = tmp_path / "progress.json"
    command = [sys.executable, "-c", WRITER, str(path)]
    kernels = [subprocess.Popen([*command, name]) for name in "ab"]
    assert [kernel.wait() for kernel in kernels] == [0, 0]
    passed = json.loads(path.read_text("utf-8"))["lessons"]["00_intro"]["passed"]
    assert passed.keys() == {f"{name}{number}" for name in "ab" for number in range(40)}


def test_a_lock_that_never_opens_does_not_stop_a_lesson(home, monkeypatch):
    home.mkdir()
    monkeypatch.setattr(progress, "_PATIENCE", 0.05)
    monkeypatch.setattr(progress, "_lock", lambda file: errno.EAGAIN)
    assert finish_lesson("00_intro").standing.read
    assert json.loads((home / "progress.json").read_text("utf-8"))["lessons"].keys() == {"00_intro"}


def test_windows_locks_and_unlocks_one_byte(home, monkeypatch):
    calls = []

    class Msvcrt:
        LK_NBLCK, LK_UNLCK = "lock", "unlock"

        @staticmethod
        def locking(descriptor, mode, size):
            calls.append((mode, size))
            if len(calls) == 1:
                raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(progress, "fcntl", None)
    monkeypatch.setattr(progress, "msvcrt", Msvcrt, raising=False)
    progress.save(home / "progress.json", {"lessons": {}})
    assert calls == [("lock", 1), ("lock", 1), ("unlock", 1)]


RECORDS = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.text("abc", max_size=2), inner, max_size=3),
    max_leaves=12,
).filter(lambda value: isinstance(value, dict))


@settings(max_examples=50)
@given(RECORDS, RECORDS)
def test_union_keeps_every_key_and_is_idempotent(first, second):
    both = progress._union(first, second)
    assert both.keys() == first.keys() | second.keys()
    assert progress._union(both, second) == both == progress._union(both, first)


def test_resetting_says_what_it_deletes(home, capsys):
    finish_lesson("00_intro")
    capsys.readouterr()
    reset_progress()
    said = capsys.readouterr().out
    assert "읽은 레슨 1개와 통과한 연습 0개" in said and "progress.json" in said
    assert not _standing("00").read and not (home / "progress.json").exists()
    assert reset(["--progress"]) == 0
    assert "읽은 레슨 0개" in capsys.readouterr().out


def test_texts_fit_an_old_korean_console(home, capsys):
    start_lesson("00_intro")
    cards = [finish_lesson(lesson.stem) for lesson in LESSONS]
    for shown in (*cards, course_map(), certificate(), restore.RELOAD):
        str(shown).encode("cp949")


@pytest.mark.parametrize("make", [course_map, certificate, lambda: finish_lesson("01_formula")])
def test_html_says_what_the_text_says(home, make):
    start_lesson("01_formula")
    check("encode_boxes", encode_as_taught)
    shown = make()
    html = re.sub("<[^>]+>", "", shown._repr_html_())
    assert repr(shown).splitlines()[0] in html and "[None" not in html
    # 어두운 화면에서도 읽히도록 글자색은 정하지 않습니다.
    assert not re.search(r"(?<![-\w])color:", shown._repr_html_())


# --- 되돌리기 ---------------------------------------------------------------------------

LESSON = "02_three_minute_exercise"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """git 없이 풀어 놓은 강좌의 notebooks 폴더. 그 안에서 실행합니다."""
    (tmp_path / "anchorbox_utils" / "course").mkdir(parents=True)
    for name in ("pyproject.toml", "anchorbox_utils/course/lessons.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for stem in STEMS:
        (folder / f"{stem}.ipynb").write_bytes(restore.original(stem))
    monkeypatch.chdir(folder)
    return folder


def _backups(folder):
    return sorted(folder.glob("*.backup-*.ipynb"))


@pytest.mark.parametrize("stem", STEMS)
def test_copies_are_the_notebooks_byte_for_byte(stem):
    assert restore.original(stem) == (ROOT / "notebooks" / f"{stem}.ipynb").read_bytes(), HOW


def test_copies_hold_every_notebook_and_no_more():
    stored = {path.stem for path in notebooks.stored_notebooks() if path.parent.name == "notebooks"}
    assert {path.name.removesuffix(".ipynb.gz") for path in restore.COPIES.iterdir()} == stored
    assert stored == set(STEMS) == {lesson.stem for lesson in LESSONS} | set(PAGES)


def test_a_lesson_returns_and_the_edited_one_stays_beside_it(tree, capsys):
    path = tree / f"{LESSON}.ipynb"
    edited = path.read_bytes().replace(b"\n", CRLF)
    path.write_bytes(edited)
    assert reset(["02"]) == 0
    assert path.read_bytes() == restore.original(LESSON)
    (backup,) = _backups(tree)
    assert backup.read_bytes() == edited
    assert re.fullmatch(rf"{LESSON}\.backup-\d{{8}}-\d{{6}}\.ipynb", backup.name)
    said = capsys.readouterr().out
    assert backup.name in said and "디스크에서" in said


def test_nothing_happens_to_an_unchanged_lesson(tree, capsys):
    lesson = tree / f"{LESSON}.ipynb"
    # 읽은 시각(atime)은 읽기만 해도 바뀝니다.
    before = (lesson.stat().st_ino, lesson.stat().st_mtime_ns)
    assert reset(["all"]) == 0
    assert (lesson.stat().st_ino, lesson.stat().st_mtime_ns) == before and _backups(tree) == []
    said = capsys.readouterr().out
    assert said.count("처음 상태 그대로") == len(STEMS) and "디스크에서" not in said


def test_backups_are_never_overwritten(tree):
    path = tree / f"{LESSON}.ipynb"
    contents = [f"고친 것 {number}".encode() for number in range(4)]
    for content in contents:
        path.write_bytes(content)
        reset_lesson("02")
    assert sorted(backup.read_bytes() for backup in _backups(tree)) == contents


def test_deleted_lessons_and_a_deleted_folder_return(tree, monkeypatch):
    (tree / "home.ipynb").unlink()
    assert reset(["home", "2"]) == 0
    assert (tree / "home.ipynb").read_bytes() == restore.original("home")
    monkeypatch.chdir(tree.parent)
    shutil.rmtree(tree)
    assert reset(["all"]) == 0
    assert {path.stem for path in tree.iterdir()} == set(STEMS)


def test_only_what_was_asked_for_is_reset(tree):
    for stem in STEMS:
        (tree / f"{stem}.ipynb").write_bytes(b"{}")
    done = reset_lesson("3", "finish.ipynb", "00_intro", "03")
    assert [item.path.stem for item in done] == ["00_intro", "03_labeling", "finish"]
    assert {path.name.partition(".")[0] for path in _backups(tree)} == {
        "00_intro",
        "03_labeling",
        "finish",
    }
    assert (tree / "01_formula.ipynb").read_bytes() == b"{}"


@pytest.mark.parametrize("names", [["99"], ["02", "없는 레슨"], ["02_three"], []])
def test_unknown_names_reset_nothing(tree, capsys, names):
    (tree / f"{LESSON}.ipynb").write_bytes(b"{}")
    assert reset(names) == 2
    assert "레슨" in capsys.readouterr().err
    assert (tree / f"{LESSON}.ipynb").read_bytes() == b"{}" and _backups(tree) == []


def test_listing_changes_nothing(tree, capsys):
    (tree / f"{LESSON}.ipynb").write_bytes(b"{}")
    (tree / "glossary.ipynb").unlink()
    assert reset(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    changed = [line.split()[1] for line in lines if line.startswith("고침")]
    assert len(lines) == len(STEMS) and changed == [LESSON, "glossary"]
    assert (tree / f"{LESSON}.ipynb").read_bytes() == b"{}"


def test_the_course_is_found_from_below_and_from_elsewhere(tree, tmp_path_factory, monkeypatch):
    deep = tree / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert restore.lesson_folder() == tree
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert restore.lesson_folder() == ROOT / "notebooks"


def test_the_menu_is_called_as_in_jupyterlab():
    package = find_spec("jupyterlab_language_pack_ko_KR").submodule_search_locations[0]
    (words,) = Path(package).rglob("jupyterlab.json")
    label = json.loads(words.read_text(encoding="utf-8"))["Reload %1 from Disk"][0]
    name = label.replace("%1", "Notebook")
    assert name in restore.RELOAD
    assert any(name in cell["source"] for cell in _cells("home"))


class Crash(BaseException):
    """전원이 나간 것처럼 아무도 잡지 않는 것."""


# 파일을 쓰는 동안 부르는 것들. 부르기 전에, 또는 부른 다음에 멈춥니다.
STEPS = ["open", "fsync", "replace", "unlink"]


def _failing(function, error, number, after):
    calls = iter(range(1, 100))

    def call(*args, **options):
        if next(calls) != number:
            return function(*args, **options)
        if after:
            done = function(*args, **options)
            if hasattr(done, "close"):
                done.close()
        raise error

    return call


@pytest.mark.heavy
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), Crash()], ids=repr)
def test_nothing_is_lost_wherever_it_stops(tree, monkeypatch, capsys, step, number, after, error):
    path, mine = tree / f"{LESSON}.ipynb", "내가 고친 레슨".encode()
    path.write_bytes(mine)
    owner = {"open": files, "unlink": Path}.get(step, files.os)
    with monkeypatch.context() as patch:
        function = open if step == "open" else getattr(owner, step)
        patch.setattr(owner, step, _failing(function, error, number, after), raising=False)
        try:
            stopped = reset(["02"]) == 2
        except Crash:
            stopped = True
    kept = [file.read_bytes() for file in tree.glob(f"{LESSON}*.ipynb")]
    assert mine in kept
    assert path.read_bytes() in (mine, restore.original(LESSON))
    if stopped and isinstance(error, OSError):
        assert "고친 노트북은 그대로" in capsys.readouterr().err
    assert reset(["02"]) == 0 and path.read_bytes() == restore.original(LESSON)
    assert mine in [backup.read_bytes() for backup in _backups(tree)]


def test_a_half_written_backup_does_not_stay(tree, monkeypatch):
    path = tree / f"{LESSON}.ipynb"
    path.write_bytes(b"{}")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="고친 노트북은 그대로"):
        reset_lesson("02")
    assert path.read_bytes() == b"{}" and _backups(tree) == []


def test_backups_disturb_nothing(tree, monkeypatch, pytestconfig):
    (tree / f"{LESSON}.ipynb").write_bytes(b"{}")
    reset_lesson("02")
    (backup,) = _backups(tree)
    monkeypatch.setattr(notebooks, "ROOT", tree.parent)
    assert {path.stem for path in notebooks.stored_notebooks()} == set(STEMS)
    in_repository = str(ROOT / "notebooks" / backup.name)
    patterns = [os.path.abspath(ROOT / glob) for glob in pytestconfig.getoption("ignore_glob")]
    assert any(fnmatch.fnmatch(in_repository, pattern) for pattern in patterns)
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert any(fnmatch.fnmatch(backup.name, line) for line in ignored)


def test_the_command_is_installed(tree):
    (tree / f"{LESSON}.ipynb").write_bytes(b"{}")
    command = Path(sys.executable).with_name("anchorbox-reset")
    done = subprocess.run([command, "02"], capture_output=True, cwd=tree.parent, check=True)
    assert done.stderr == b"" and len(_backups(tree)) == 1
