"""nbgrader의 성적부: 점수, 말, 채점한 노트북이 formgrader에 그대로 나오는지."""

import json
import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from browser import PATIENCE, jupyterlab
from judge_books import ASSIGNMENT, HONEST, code, submission
from judge_class import MISTAKES
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from test_judge_class import in_this_process

from anchorbox_workshop.judge import command
from anchorbox_workshop.judge.command import main
from anchorbox_workshop.judge.gradebook import autograded
from anchorbox_workshop.judge.nbgrader_guard import judged
from tools.notebooks import ROOT
from tools.release_homework import load_config

pytestmark = [
    pytest.mark.filterwarnings(
        "ignore::sqlalchemy.exc.SAWarning", "ignore::nbformat.warnings.MissingIDFieldWarning"
    ),
    pytest.mark.usefixtures("wall"),
]
HALF = submission(HONEST | dict([MISTAKES["pad_forgotten"]]))
CLASS = {"honest": submission(HONEST), "half": HALF, "broken": b"{"}


def cheat(released):
    """배포한 노트북에, 검사를 속이는 셀 하나를 더한 것."""
    nb = nbformat.read(released, as_version=4)
    lie = "from anchorbox_utils.feedback import CheckResult\nCheckResult.passed = True"
    nb.cells.insert(2, nbformat.v4.new_code_cell(lie))
    return nbformat.writes(nb).encode()


@pytest.fixture
def course(tmp_path, monkeypatch):
    """과제를 배포하고 제출까지 받은 nbgrader의 과목 폴더와, 그 설정."""
    root = tmp_path / "course"
    root.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", root)
    shutil.copytree(ROOT / "solutions" / ASSIGNMENT, root / "solutions" / ASSIGNMENT)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(command, "process_pool", in_this_process)
    config = load_config()
    config.CourseDirectory.root = str(root)
    directory = CourseDirectory(config=config, assignment_id=ASSIGNMENT)
    GenerateAssignment(coursedir=directory, config=config, force=True).start()
    released = root / "exercises" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    for learner, content in (CLASS | {"cheat": cheat(released)}).items():
        folder = root / "submitted" / learner / ASSIGNMENT
        folder.mkdir(parents=True)
        (folder / f"{ASSIGNMENT}.ipynb").write_bytes(content)
        (folder / "timestamp.txt").write_text("2026-11-20 10:00:00 UTC", encoding="utf-8")
    return root, config


def grade(root):
    told = [str(root / "submitted"), "--assignment", ASSIGNMENT, "--out", str(root / "graded")]
    return main([*told, "--seed", "씨앗", "--gradebook", str(root)])


def scores(root, config):
    url = f"sqlite:///{root / 'gradebook.db'}"
    with Gradebook(url, config.CourseDirectory.course_id) as book:
        return {one.student.id: one.score for one in book.assignment_submissions(ASSIGNMENT)}


@pytest.mark.heavy
def test_scores_comments_and_notebooks_are_in_the_gradebook(course):
    root, config = course
    assert grade(root) == 0
    assert scores(root, config) == {"honest": 10, "half": 6, "cheat": 0, "broken": 0}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "anchor-box") as book:
        told = book.find_comment("decode_to_original", ASSIGNMENT, ASSIGNMENT, "half")
        assert "여백" in told.comment
        notebook = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "honest")
        assert not notebook.needs_manual_grade
        # 사람이 매긴 점수는 다시 적어도 남습니다.
        mine = book.find_grade("hidden_decode_to_original", ASSIGNMENT, ASSIGNMENT, "half")
        mine.manual_score = 1.0
        book.db.commit()
    assert grade(root) == 0
    assert scores(root, config)["half"] == 7
    path = root / "autograded" / "half" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    graded = nbformat.read(path, as_version=4)
    nbformat.validate(graded)
    text = json.dumps(graded, ensure_ascii=False)
    assert "corners / scale" in text and "숨은 검사: 통과하지 못함" in text


@pytest.mark.heavy
def test_autograde_does_not_bring_the_cheat_back(course):
    root, config = course
    directory = CourseDirectory(config=config, assignment_id=ASSIGNMENT, student_id="cheat")
    Autograde(coursedir=directory, config=config, create_student=True).start()
    assert scores(root, config)["cheat"] > 0
    assert grade(root) == 0
    assert scores(root, config)["cheat"] == 0
    assert "cheat" in judged(root, ASSIGNMENT)
    forced = Autograde(coursedir=directory, config=config, create_student=True, force=True)
    forced.start()
    assert scores(root, config)["cheat"] == 0
    assert (root / "autograded" / "cheat" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").exists()


@pytest.mark.heavy
def test_submissions_from_elsewhere_are_brought_to_the_course(course, tmp_path):
    root, config = course
    shutil.move(root / "submitted", tmp_path / "elsewhere")
    told = [str(tmp_path / "elsewhere"), "--assignment", ASSIGNMENT, "--out", str(root / "graded")]
    assert main([*told, "--gradebook", str(root)]) == 0
    assert scores(root, config)["honest"] == 10
    assert (root / "submitted" / "half" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_bytes() == HALF


@pytest.mark.heavy
def test_a_folder_that_is_no_course_is_told(course, tmp_path, capsys):
    root, _ = course
    told = [str(root / "submitted"), "--assignment", ASSIGNMENT, "--out", str(root / "graded")]
    assert main([*told, "--gradebook", str(tmp_path)]) == 1
    assert "nbgrader_config.py" in capsys.readouterr().err
    # 채점한 것은 남아 있습니다.
    assert (root / "graded" / "grades.csv").exists()


def test_extra_cells_of_the_learner_stay_in_their_place():
    path = ROOT / "exercises" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    released = nbformat.read(path, as_version=4)
    helper = code("def helper():\n    return 1")
    cells = [code("# 맨 앞"), code(HONEST["xyxy_to_cxcywh"], "xyxy_to_cxcywh"), helper]
    rows = []
    made = autograded(released, cells, {"rows": rows})
    sources = [cell.source for cell in made.cells]
    assert sources[0] == "# 맨 앞"
    assert sources.index(helper["source"]) == sources.index(HONEST["xyxy_to_cxcywh"]) + 1


@pytest.mark.heavy
def test_formgrader_shows_the_points(course, browser):
    root, _ = course
    assert grade(root) == 0
    with jupyterlab(root) as address:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(f"{address}/formgrader/manage_submissions/{ASSIGNMENT}")
        page.wait_for_selector("table tbody tr td.score")
        rows = page.query_selector_all("table tbody tr")
        told = {
            row.query_selector("td.student-id").inner_text().strip(): (
                row.query_selector("td.status").inner_text().strip(),
                row.query_selector("td.score").inner_text().strip(),
            )
            for row in rows
        }
        assert told == {
            "honest": ("graded", "10 / 10"),
            "half": ("graded", "6 / 10"),
            "cheat": ("graded", "0 / 10"),
            "broken": ("graded", "0 / 10"),
        }
        page.goto(f"{address}/formgrader/gradebook/{ASSIGNMENT}/{ASSIGNMENT}")
        page.wait_for_selector("table tbody tr a")
        page.screenshot(path=str(root / "formgrader.png"))
