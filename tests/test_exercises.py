"""과제 노트북: solutions/는 과제의 표에서, exercises/는 solutions/에서 만들어집니다."""

import ast
import csv
import inspect
import os
import re
import shutil
from dataclasses import replace
from itertools import chain, islice, product

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins.export import CsvExportPlugin
from nbgrader.validator import Validator

from anchorbox_utils.homework import EXERCISES, ExampleSet, check, grade
from anchorbox_utils.homework.assignments import (
    ASSIGNMENTS,
    CodeTask,
    Explanation,
    read_assignments,
)
from anchorbox_utils.homework.catalogue import QUESTIONS
from anchorbox_utils.homework.catalogue.common import EXAMPLE_NUMBER
from tools import release_homework
from tools.answer_key import answer_key
from tools.homework_cells import HomeworkError, fill, solution_cell
from tools.notebooks import ROOT, execute, normalize, serialize
from tools.release_homework import differences, load_config, main, release

# nbgrader가 SQLAlchemy와 nbformat을 쓰는 방식에서 나오는 경고로, 과제와는 상관이 없습니다.
pytestmark = pytest.mark.filterwarnings(
    "ignore::sqlalchemy.exc.SAWarning", "ignore::nbformat.warnings.MissingIDFieldWarning"
)

each_assignment = pytest.mark.parametrize("name", ASSIGNMENTS)

# 문제의 종류마다, 점수가 달린 셀들의 이름.
GRADED = {
    CodeTask: lambda task: [f"public_{task.exercise}", f"hidden_{task.exercise}"],
    Explanation: lambda task: [task.name],
}
EXPLANATIONS = {
    task.name: task
    for assignment in ASSIGNMENTS.values()
    for task in assignment.tasks
    if isinstance(task, Explanation)
}


def _path(folder, name):
    return ROOT / folder / name / f"{name}.ipynb"


def _read(folder, name):
    return nbformat.read(_path(folder, name), as_version=4)


def _graded(nb):
    return {
        cell.metadata.nbgrader.grade_id: cell for cell in nb.cells if "nbgrader" in cell.metadata
    }


def _regions(source):
    """정답과 숨은 검사 구역 안의 줄들."""
    inside = re.findall(
        r"BEGIN (?:SOLUTION|HIDDEN TESTS)(?: -->)?\n(.*?)(?:###|<!--) END",
        source,
        flags=re.DOTALL,
    )
    return [line.strip() for block in inside for line in block.splitlines() if line.strip()]


# ── 원본 ────────────────────────────────────────────────────────────────────────────────────


def test_folders_hold_exactly_the_assignments():
    for folder in ("solutions", "exercises"):
        files = {path.relative_to(ROOT / folder).as_posix() for path in _files(ROOT / folder)}
        key = {release_homework.KEY} if folder == "solutions" else set()
        assert files == {f"{name}/{name}.ipynb" for name in ASSIGNMENTS} | key
        assert all(name.isascii() for name in files)


def _files(folder):
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    ]


@each_assignment
def test_source_follows_nbgraders_conventions(name):
    nb = _read("solutions", name)
    cells = _graded(nb)
    asked = [
        [*([task.key] if isinstance(task, CodeTask) else ()), *GRADED[type(task)](task)]
        for task in ASSIGNMENTS[name].tasks
    ]
    assert list(cells) == ["setup", *chain.from_iterable(asked)]
    for grade_id, cell in cells.items():
        kind = cell.metadata.nbgrader
        if grade_id in EXPLANATIONS:
            assert kind.solution and kind.grade and not kind.locked
            assert cell.cell_type == "markdown" and cell.source.count("BEGIN SOLUTION") == 1
        elif grade_id in QUESTIONS:
            assert kind.solution and not kind.grade and not kind.locked
            assert cell.source.count("### BEGIN SOLUTION") == 1
        else:
            assert kind.locked and not kind.solution
            assert kind.grade == grade_id.startswith(("public_", "hidden_"))
            assert cell.source.count("### BEGIN HIDDEN TESTS") == kind.grade
    for exercise in ASSIGNMENTS[name].exercises:
        public, hidden = (
            cells[f"{kind}_{exercise}"].metadata.nbgrader.points for kind in ("public", "hidden")
        )
        assert public == hidden >= 1


@each_assignment
def test_prompts_open_with_goal_minutes_and_points(name):
    texts = [cell.source for cell in _read("exercises", name).cells if cell.cell_type == "markdown"]
    minutes, points = re.search(
        r"\*\*목표\*\* \|.*\*\*예상 시간\*\* \| (\d+)분.*\*\*배점\*\* \| (\d+)점",
        texts[0],
        flags=re.DOTALL,
    ).groups()
    assert int(points) == ASSIGNMENTS[name].points
    prompts = [text for text in texts if re.match(r"## \d\. ", text)]
    assert len(prompts) == len(ASSIGNMENTS[name].tasks)
    asked = [
        re.search(r"\*\*목표\*\* .+\n\*\*시간\*\* (\d+)분 · \*\*배점\*\* (\d+)점", prompt).groups()
        for prompt in prompts
    ]
    cells = _graded(_read("solutions", name))
    assert [int(point) for _, point in asked] == [
        sum(cells[grade_id].metadata.nbgrader.points for grade_id in GRADED[type(task)](task))
        for task in ASSIGNMENTS[name].tasks
    ]
    assert sum(int(minute) for minute, _ in asked) <= int(minutes)
    (lesson,) = re.findall(r"\]\((\.\./\.\./notebooks/[^)]+)\)", texts[0])
    assert (_path("exercises", name).parent / lesson).resolve().is_file()


@each_assignment
def test_every_rule_stands_in_the_prompt(name):
    prompts = {
        tag: cell.source
        for cell in _read("exercises", name).cells
        for tag in cell.metadata.get("tags", ())
    }
    for exercise in ASSIGNMENTS[name].exercises:
        for rule in QUESTIONS[exercise].rules:
            assert f"\n- {rule}" in prompts[f"homework-prompt-{exercise}"]


@pytest.mark.parametrize("name", EXPLANATIONS)
def test_an_explanation_shows_its_checklist_and_hides_its_rubric(name):
    task = EXPLANATIONS[name]
    (assignment,) = [a.name for a in ASSIGNMENTS.values() if task in a.tasks]
    source, released = (_read(folder, assignment) for folder in ("solutions", "exercises"))
    (prompt,) = [
        cell.source
        for cell in released.cells
        if f"homework-prompt-{name}" in cell.metadata.get("tags", ())
    ]
    assert len(task.checklist) >= 3 and all(f"\n- {item}" in prompt for item in task.checklist)
    assert all(
        f"- {points}점: {text}" in _graded(source)[name].source for points, text in task.rubric
    )
    assert task.answer in _graded(source)[name].source
    assert _graded(released)[name].source == load_config().ClearSolutions.text_stub


@each_assignment
def test_hints_are_folded_and_stand_before_the_stub(name):
    cells = _read("exercises", name).cells
    for i, cell in enumerate(cells):
        if cell.metadata.get("nbgrader", {}).get("solution"):
            hints = cells[i - 1].source
            assert hints.count("<details>") == hints.count("</details>") >= 2
            assert re.findall(r"<summary>힌트 (\d)", hints) == [
                str(n + 1) for n in range(hints.count("<details>"))
            ]


@each_assignment
def test_stub_has_the_full_docstring_and_a_kind_error(name):
    cells = _graded(_read("exercises", name))
    for exercise in ASSIGNMENTS[name].exercises:
        (function,) = ast.parse(cells[exercise].source).body
        assert function.name == exercise
        assert [arg.arg for arg in function.args.args] == list(
            inspect.signature(QUESTIONS[exercise].reference).parameters
        )
        docstring, stub = function.body
        text = ast.get_docstring(function)
        assert ("Args:" in text) == bool(function.args.args) and "Returns:" in text
        for arg in function.args.args:
            assert f"    {arg.arg}: " in text
        assert ast.unparse(stub).startswith("raise NotImplementedError('이 줄을 지우고")


def test_nbgraders_own_validate_passes_a_solution():
    # 나머지 원본은 아래의 한 바퀴가 만점으로 채점합니다.
    path = _path("solutions", "02_three_minute_exercise")
    assert Validator(config=load_config()).validate(str(path)) == {}


def test_nbgraders_own_validate_refuses_the_unsolved(tmp_path):
    # validate가 무엇이든 통과시키는 것은 아닌지 봅니다.
    nb = _read("solutions", "02_three_minute_exercise")
    _graded(nb)["personal_box"].source = "def personal_box(anchor, deltas):\n    return 0"
    nbformat.write(nb, tmp_path / "wrong.ipynb")
    assert "failed" in Validator(config=load_config()).validate(str(tmp_path / "wrong.ipynb"))


# ── 표에서 만드는 셀 ────────────────────────────────────────────────────────────────────────


def _sources(nb):
    return [cell.source for cell in nb.cells]


def test_a_notebook_made_from_nothing_holds_every_generated_cell():
    made = fill(None, ASSIGNMENTS["04_threshold_experiment"])
    stored = _sources(_read("solutions", "04_threshold_experiment"))
    assert [source for source in stored if source in _sources(made)] == _sources(made)
    assert not any(cell.get("outputs") for cell in made.cells)


def test_handwritten_cells_follow_the_generated_cell_before_them():
    assignment = ASSIGNMENTS["03_labeling"]
    nb = fill(None, assignment)
    for grade_id in ("setup", "hidden_box_ioa", "hidden_label_with_ignore"):
        place = nb.cells.index(_graded(nb)[grade_id])
        nb.cells.insert(place + 1, nbformat.v4.new_markdown_cell(f"{grade_id} 다음의 글"))
    examples, ioa, labels = assignment.tasks
    turned = _sources(fill(nb, replace(assignment, tasks=(labels, ioa))))
    for grade_id in ("hidden_box_ioa", "hidden_label_with_ignore"):
        after = turned[turned.index(f"{grade_id} 다음의 글") - 1]
        assert grade_id.removeprefix("hidden_") in after and after.startswith("# 채점할 때")
    assert not any("def examples_for" in source for source in turned)
    # 문제가 빠져도 그 뒤에 쓴 글은 남습니다.
    left = _sources(fill(nb, replace(assignment, tasks=(examples,))))
    kept = [source for source in left if source.endswith("다음의 글")]
    assert kept == [
        f"{name} 다음의 글" for name in ("setup", "hidden_box_ioa", "hidden_label_with_ignore")
    ]


def test_outputs_survive_only_where_the_cell_is_the_same():
    assignment = ASSIGNMENTS["01_formula"]
    nb = _read("solutions", "01_formula")
    same, changed = (
        _graded(fill(nb, made)) for made in (assignment, replace(assignment, uses=("box_iou",)))
    )
    assert same["setup"].execution_count and same["public_safe_encode_boxes"].outputs
    assert changed["setup"].execution_count is None and changed["public_safe_encode_boxes"].outputs
    assert "check, progress" in same["setup"].source
    assert "box_iou, check, progress" in changed["setup"].source


@each_assignment
def test_the_solution_cell_is_the_reference_itself(name):
    for exercise in ASSIGNMENTS[name].exercises:
        cell = _graded(_read("solutions", name))[exercise]
        assert cell.source == solution_cell(exercise)
        if QUESTIONS[exercise].by_hand:
            continue
        lines = [line for line in cell.source.splitlines() if "### " not in line]
        assert lines == inspect.getsource(QUESTIONS[exercise].reference).splitlines()


def test_the_solution_by_hand_is_right_for_the_number_in_the_notebook_only():
    by_hand = [exercise for exercise in EXERCISES.values() if exercise.by_hand]
    assert by_hand
    for exercise in by_hand:
        namespace = {}
        exec(solution_cell(exercise.name), namespace)
        answer = namespace[exercise.name]
        assert check(exercise.name, answer, number=EXAMPLE_NUMBER).passed
        assert grade(exercise.name, answer, number=EXAMPLE_NUMBER).passed
        assert check(exercise.name, answer, number=7).misconception == "example_number"


@each_assignment
def test_the_number_stands_once_and_reaches_every_personal_check(name):
    personal = {exercise: QUESTIONS[exercise].personal for exercise in ASSIGNMENTS[name].exercises}
    for folder in ("solutions", "exercises"):
        nb = _read(folder, name)
        sources = _sources(nb)
        places = [i for i, source in enumerate(sources) if "student_number = " in source]
        # 학번을 적는 곳은 하나이고, 그 앞에는 학번을 쓰는 셀이 없습니다.
        first = next((i for i, s in enumerate(sources) if "(student_number)" in s), len(sources))
        assert len(places) == any(personal.values()) and all(place < first for place in places)
        assert all(sources[place] == f"student_number = {EXAMPLE_NUMBER}" for place in places)
        cells = _graded(nb)
        for exercise, asked in personal.items():
            assert ("number=student_number" in cells[f"public_{exercise}"].source) is asked
        (progress,) = [source for source in sources if source.startswith("progress(")]
        assert ("    number=student_number," in progress.splitlines()) is any(personal.values())
    for exercise, asked in personal.items():
        hidden = _graded(_read("solutions", name))[f"hidden_{exercise}"].source
        assert (f'grade("{exercise}", {exercise}, number=student_number)' in hidden) is asked


def test_every_kind_of_personal_exercise_is_asked():
    asked = [QUESTIONS[name] for a in ASSIGNMENTS.values() for name in a.exercises]
    assert {(q.by_hand, bool(getattr(q, "variant", None))) for q in asked if q.personal} == {
        (False, False),
        (True, False),
        (False, True),
    }
    assert any(not q.personal for q in asked)


# ── 강사의 정답지 ───────────────────────────────────────────────────────────────────────────


def test_the_answer_key_is_current_and_out_of_the_learners_reach():
    stored = (ROOT / "solutions" / release_homework.KEY).read_text(encoding="utf-8")
    assert stored == answer_key(ASSIGNMENTS.values()), "tools/release_homework.py를 실행하세요."
    for path in _files(ROOT / "exercises"):
        text = path.read_text(encoding="utf-8")
        assert "answer_key" not in text and "solutions/" not in text


def test_the_answer_key_says_all_of_every_task():
    key = answer_key(ASSIGNMENTS.values())
    for assignment in ASSIGNMENTS.values():
        assert f"**{assignment.minutes}분 · {assignment.points}점**" in key
        for number, task in enumerate(assignment.tasks, start=1):
            (part,) = [
                text
                for text in key.split("\n### ")
                if text.startswith(f"{number}. {task.title} (`{task.key}`)")
            ]
            assert f"{task.minutes}분 · {task.points}점" in part
            IN_THE_KEY[type(task)](task, part)


def _code_in_the_key(task, part):
    question = task.question
    assert ("학번마다 다름" in part) is question.personal
    if question.personal:
        assert f'EXERCISES["{question.name}"]' in part
    assert (f"def {question.name}(" in part) is not question.by_hand
    if question.by_hand:
        assert f"학번 {EXAMPLE_NUMBER}의 답은 `" in part
    is_set = isinstance(question, ExampleSet)
    told = {m.name: (m.title, m.unseen if is_set else m.hint) for m in question.misconceptions}
    shown = re.findall(r"^\| (.+?) `(\w+)` \| (.+?) \| (.+?) \|$", part, re.MULTILINE)
    assert len({name for _, name, _, _ in shown}) == 3
    assert all(told[name] == (title, text) for title, name, text, _ in shown)
    assert [(name, words) for _, name, _, words in shown] == list(task.likely)


def _explanation_in_the_key(task, part):
    assert task.answer in part
    assert all(f"- {points}점: {text}" in part for points, text in task.rubric)
    assert all(f"- {item}" in part for item in task.checklist)


IN_THE_KEY = {CodeTask: _code_in_the_key, Explanation: _explanation_in_the_key}


def test_a_task_without_likely_mistakes_shows_the_first_ones_without_words():
    assignment = ASSIGNMENTS["02_three_minute_exercise"]
    (task,) = assignment.tasks
    key = answer_key([replace(assignment, tasks=(replace(task, likely=()),))])
    first = [m.name for m in task.question.misconceptions][:3]
    assert re.findall(r"^\| .+? `(\w+)` \| .+ \| – \|$", key, re.MULTILINE) == first


def test_a_reference_that_cannot_be_shown_is_refused(monkeypatch):
    # 설명이 없으면 학습자가 읽을 것이 없고, 이름이 다르면 학습자가 쓸 함수가 아닙니다.
    def box_iou(boxes1, boxes2):
        return boxes1

    for reference, words in ((box_iou, "설명"), (_path, "def box_iou")):
        monkeypatch.setitem(
            QUESTIONS, "box_iou", replace(EXERCISES["box_iou"], reference=reference)
        )
        with pytest.raises(HomeworkError, match=words):
            solution_cell("box_iou")


def test_an_assignment_without_a_lesson_is_refused():
    stray = replace(ASSIGNMENTS["01_formula"], name="77_stray")
    with pytest.raises(HomeworkError, match="77_stray.*lessons.toml"):
        fill(None, stray)


TABLE = """
[[assignment]]
name = "a"
title = "제목"
goal = "목표"
minutes = 10

[[assignment.task]]
exercise = "box_iou"
title = "제목"
goal = "목표"
minutes = 5
points = 4
text = "글"
hints = [["하나", "둘"]]
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("points = 4", "points = 3", "box_iou: .*짝수여야 하는데 3"),
        ('exercise = "box_iou"', 'exercise = "box_uoi"', "box_uoi: 그런 연습 문제가 없습니다"),
        ("points = 4\n", "", "box_iou: 빠진 항목이 있습니다: points"),
        ("points = 4", 'points = 4\nlikely = [["x", "말"]]', "box_iou: likely에 .*없습니다: x"),
        ("points = 4", "points = 4\npoint = 4", "box_iou: 모르는 항목이 있습니다: point"),
        ('title = "제목"\ngoal = "목표"\nminutes = 10', "minutes = 10", "a: 빠진.*goal, title"),
        ("", TABLE, "box_iou: 같은 문제를 두 번"),
        ("minutes = 5", "minutes = 15", "a: 문제마다의 시간을 더하면 15분"),
        ("minutes = 5", 'kind = "essay"\nminutes = 5', "kind: code, explanation .*'essay'"),
        ("minutes = 5", 'kind = "explanation"\nminutes = 5', "모르는 항목.*exercise"),
    ],
)
def test_a_slip_in_the_table_is_a_korean_value_error(old, new, words):
    assert read_assignments(TABLE)[0].points == 4
    text = TABLE.replace(old, new, 1) if old else TABLE + new
    with pytest.raises(ValueError, match=words):
        read_assignments(text)


# ── 배포본 ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """solutions/를 복사하고 배포한 과목 폴더."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "solutions", root / "solutions")
    release(root)
    return root


def test_released_again_it_is_what_is_stored(course):
    assert differences(course / "exercises", ROOT / "exercises") == []


@pytest.fixture
def copied(tmp_path):
    """solutions/와 exercises/를 복사한 폴더."""
    for folder in ("solutions", "exercises"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def test_the_command_notices_a_change_by_hand(copied, capsys):
    assert main(["--check"], copied) == 0
    changed = copied / "exercises" / "05_debugging_checklist" / "05_debugging_checklist.ipynb"
    changed.write_text(changed.read_text(encoding="utf-8") + " ", encoding="utf-8")
    (copied / "exercises" / "extra.txt").write_text("", encoding="utf-8")
    assert main(["--check"], copied) == 1
    out = capsys.readouterr().out
    assert "exercises/05_debugging_checklist/05_debugging_checklist.ipynb" in out
    assert "extra.txt" in out


@pytest.mark.heavy
def test_the_command_rewrites_what_was_changed_and_runs_the_notebook(tmp_path, monkeypatch, capsys):
    # 노트북마다 커널을 켭니다. 나머지 원본의 출력은 nbval이, 배포본은 위의 검사가 봅니다.
    few = {name: ASSIGNMENTS[name] for name in ("02_three_minute_exercise", "07_training")}
    monkeypatch.setattr(release_homework, "ASSIGNMENTS", few)
    copied = tmp_path
    for folder, name in product(("solutions", "exercises"), few):
        shutil.copytree(ROOT / folder / name, copied / folder / name)
    path = copied / "solutions" / "02_three_minute_exercise" / "02_three_minute_exercise.ipynb"
    stored = path.read_text(encoding="utf-8")
    nb = nbformat.reads(stored, as_version=4)
    _graded(nb)["personal_box"].source = "def personal_box(anchor, deltas):\n    return 0"
    nb.cells[0].source = "# 다른 제목"
    path.write_text(serialize(nb), encoding="utf-8")
    key = copied / "solutions" / release_homework.KEY
    key.write_text("낡은 정답지", encoding="utf-8")
    assert main(["--check"], copied) == 1
    assert capsys.readouterr().out.splitlines() == [
        "solutions/02_three_minute_exercise/02_three_minute_exercise.ipynb  다릅니다",
        "solutions/answer_key.md  다릅니다",
    ]
    changed = copied / "exercises" / "07_training" / "07_training.ipynb"
    changed.write_text(changed.read_text(encoding="utf-8") + " ", encoding="utf-8")
    (copied / "exercises" / "extra.txt").write_text("", encoding="utf-8")
    assert main([], copied) == 0 and main(["--check"], copied) == 0
    assert path.read_text(encoding="utf-8") == stored
    assert key.read_text(encoding="utf-8") == answer_key(few.values())
    for folder, name in product(("solutions", "exercises"), few):
        assert differences(copied / folder / name, ROOT / folder / name) == []
    assert not (copied / "exercises" / "extra.txt").exists()


def test_the_command_leaves_a_folder_it_does_not_know_alone(copied, capsys):
    stranger = copied / "solutions" / "99_mine"
    stranger.mkdir()
    assert main([], copied) == 1
    assert "99_mine" in capsys.readouterr().err and stranger.is_dir()


def test_a_rubric_must_add_up_to_the_points():
    row = """kind = "explanation"
name = "why"
checklist = ["하나"]
rubric = [[1, "기준"]]
answer = "답"
"""
    text = TABLE.replace('exercise = "box_iou"\n', row).replace("points = 4", "points = {}")
    assert read_assignments(text.format(1))[0].manual_points == 1
    with pytest.raises(ValueError, match="why: 채점 기준의 점수를 더하면 1점인데 배점은 3점"):
        read_assignments(text.format(3))


@each_assignment
def test_nothing_secret_leaks(name):
    released = _path("exercises", name).read_text(encoding="utf-8")
    shown = {
        line.strip() for cell in _read("exercises", name).cells for line in cell.source.splitlines()
    }
    source = _read("solutions", name)
    secrets = [line for cell in source.cells for line in _regions(cell.source)]
    secrets = [line for line in secrets if len(line) > 3]
    assert len(secrets) > 5 * len(ASSIGNMENTS[name].tasks)
    assert shown.isdisjoint(secrets)
    for cell in source.cells:
        if cell.source.startswith("# 채점할 때"):
            # 씨앗은 어느 파일에도 없습니다.
            assert not re.search(r"\d", cell.source) and "grade(" in cell.source
    assert "grade(" not in released and "ANCHORBOX_SEED" not in released
    assert "BEGIN" not in released and not any(
        cell.get("outputs") for cell in _read("exercises", name).cells
    )


@each_assignment
def test_checks_are_locked(name):
    for grade_id, cell in _graded(_read("exercises", name)).items():
        locked = grade_id not in QUESTIONS and grade_id not in EXPLANATIONS
        assert cell.metadata.deletable is False
        assert cell.metadata.get("editable", True) is not locked
        assert len(cell.metadata.nbgrader.checksum) == 32


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """배포본마다 실행을 마친 셀들. 커널 하나에서 차례로, 사이마다 이름을 모두 지우고 실행합니다."""
    path = tmp_path_factory.mktemp("released") / "all.ipynb"
    parts = {}
    for name in ASSIGNMENTS:
        folder = _path("exercises", name).parent.as_posix()
        alone = nbformat.v4.new_code_cell(f"%reset -f\n%cd -q {folder}")
        parts[name] = [alone, *_read("exercises", name).cells]
    nb = NotebookNode(cells=list(chain.from_iterable(parts.values())))
    path.write_text(serialize(normalize(nb)), encoding="utf-8")
    # execute는 예외나 stderr 출력이 있으면 NotebookError를 냅니다.
    cells = iter(execute(path).cells)
    return {name: list(islice(cells, len(part)))[1:] for name, part in parts.items()}


@each_assignment
def test_released_notebook_runs_to_the_end_and_every_check_says_not_yet(executed, name):
    nb = NotebookNode(cells=executed[name])
    cells = _graded(nb)
    for exercise in ASSIGNMENTS[name].exercises:
        (output,) = cells[f"public_{exercise}"].outputs
        assert output.data["text/plain"].startswith(
            f"□ 아직 · {exercise}\n아직 작성하지 않았습니다"
        )
        assert "아직 작성하지 않았습니다" in output.data["text/html"]
        assert cells[f"hidden_{exercise}"].outputs == []
    (line,) = [cell for cell in nb.cells if cell.source.startswith("progress(")]
    total = len(ASSIGNMENTS[name].exercises)
    assert line.outputs[0].data["text/plain"].startswith(f"0/{total} 통과 · 공개 검사")


# ── 채점 ────────────────────────────────────────────────────────────────────────────────────

MEMORISED = """
from anchorbox_utils.homework import EXERCISES

exercise = EXERCISES["safe_encode_boxes"]
memory = {
    case.args[0].tobytes() + case.args[1].tobytes(): exercise.reference(*case.args)
    for case in exercise.cases(np.random.default_rng(0))
}


def safe_encode_boxes(anchors, gt_boxes):
    return memory[anchors.tobytes() + gt_boxes.tobytes()]
"""

WITHOUT_EXP = """
def decode_to_original(anchors, deltas, scale, pad):
    anchors = xyxy_to_cxcywh(anchors)
    center = anchors[:, :2] + deltas[:, :2] * anchors[:, 2:]
    half = anchors[:, 2:] * deltas[:, 2:] / 2
    return (np.concatenate([center - half, center + half], axis=1) - [*pad, *pad]) / scale
"""


def _submit(course, student, name, change=lambda nb: None):
    """배포본을 풀어 제출합니다. change는 학습자가 한 일입니다."""
    nb = nbformat.read(course / "exercises" / name / f"{name}.ipynb", as_version=4)
    change(nb)
    target = course / "submitted" / student / name
    target.mkdir(parents=True)
    nbformat.write(nb, target / f"{name}.ipynb")


def _solve(*names):
    """이름의 셀만 solutions/의 정답으로 채웁니다."""

    def change(nb):
        for assignment in ASSIGNMENTS:
            for name, cell in _graded(_read("solutions", assignment)).items():
                if name in names:
                    _graded(nb)[name].source = cell.source

    return change


def _half_done(nb):
    _solve("xyxy_to_cxcywh")(nb)
    cells = _graded(nb)
    cells["safe_encode_boxes"].source = MEMORISED
    cells["decode_to_original"].source = WITHOUT_EXP
    # 검사 칸을 지워도 채점할 때 되살아납니다.
    nb.cells.remove(cells["hidden_xyxy_to_cxcywh"])


def test_one_full_round_gives_full_and_partial_points(course, tmp_path, monkeypatch):
    # CI가 아니면 자동으로만 채점하는 과제 하나와 사람도 채점하는 과제 하나만 합니다.
    everything = bool(os.environ.get("CI"))
    names = list(ASSIGNMENTS) if everything else ["01_formula", "04_threshold_experiment"]
    root = shutil.copytree(course, tmp_path / "course")
    monkeypatch.setenv("ANCHORBOX_SEED", "봄학기 8675309")
    config = load_config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    for name in names:
        directory = CourseDirectory(config=config, assignment_id=name)
        GenerateAssignment(coursedir=directory, config=config, force=True).start()
        _submit(root, "full", name, _solve(*(task.key for task in ASSIGNMENTS[name].tasks)))
    _submit(root, "half", "01_formula", _half_done)
    _submit(root, "blank", "01_formula")
    for name in names:
        directory = CourseDirectory(config=config, assignment_id=name, student_id="*")
        Autograde(coursedir=directory, config=config, create_student=True).start()
    with Gradebook(config.CourseDirectory.db_url, "anchor-box") as gradebook:
        CsvExportPlugin(to=str(tmp_path / "grades.csv"), config=config).export(gradebook)
    with open(tmp_path / "grades.csv", encoding="utf-8") as file:
        rows = {(row["student_id"], row["assignment"]): row for row in csv.DictReader(file)}
        waiting = [
            grade.name
            for name in names
            for grade in gradebook.find_submission(name, "full").notebooks[0].grades
            if grade.needs_manual_grade
        ]
    # 글은 자동으로 채점하지 않고 강사를 기다립니다.
    tasks = [task for name in names for task in ASSIGNMENTS[name].tasks]
    assert sorted(waiting) == sorted(task.key for task in tasks if isinstance(task, Explanation))
    for name in names:
        assignment = ASSIGNMENTS[name]
        automatic = assignment.points - assignment.manual_points
        assert float(rows["full", name]["raw_score"]) == automatic
        assert float(rows["full", name]["max_score"]) == assignment.points
    # 변환 2점, 인코딩은 공개 검사만 외워서 2점(숨은 검사 0점), 디코딩 0점.
    assert float(rows["half", "01_formula"]["raw_score"]) == 4
    assert float(rows["blank", "01_formula"]["raw_score"]) == 0
    # 틀린 까닭은 채점한 노트북에 남지만 씨앗은 어디에도 남지 않습니다.
    graded = root / "autograded" / "half" / "01_formula" / "01_formula.ipynb"
    assert "AssertionError" in graded.read_text(encoding="utf-8")
    for path in (*_files(root), tmp_path / "gradebook.db", tmp_path / "grades.csv"):
        assert b"8675309" not in path.read_bytes(), path


def test_memorised_public_cases_fail_other_seeds():
    namespace = {"np": np}
    exec(MEMORISED, namespace)
    memorised = namespace["safe_encode_boxes"]
    assert check("safe_encode_boxes", memorised).passed
    assert not check("safe_encode_boxes", memorised, seed=2).passed
    assert not grade("safe_encode_boxes", memorised).passed
