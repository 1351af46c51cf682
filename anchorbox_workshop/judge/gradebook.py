"""채점한 것을 nbgrader의 성적부에 옮겨 적습니다. formgrader, 되돌림, LMS 내보내기를 그대로 씁니다.

사람이 매긴 점수(``manual_score``)는 건드리지 않습니다. 옮겨 적은 과제는 ``nbgrader_guard``가 지켜,
``nbgrader autograde --force``가 공격의 점수를 되살리지 못합니다.
"""

import contextlib
import os
import sys
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from anchorbox_utils.files import write_atomically
from anchorbox_workshop.judge.grading import from_json
from anchorbox_workshop.judge.limits import LIMITS
from anchorbox_workshop.judge.nbgrader_guard import judged, write_lock
from anchorbox_workshop.judge.notebook import Unreadable, grade_id, notebook_cells
from anchorbox_workshop.judge.pages import NO_VERDICT, without_verdict
from anchorbox_workshop.judge.people import status_of


def write_gradebook(course, assignment, records, submissions=()):
    """``records``의 점수와 말, 채점한 노트북을 ``course``의 성적부에 적습니다.

    Args:
        course: nbgrader의 과목 폴더(``nbgrader_config.py``가 있는 곳).
        assignment: 과제의 이름.
        records: 사람이 정한 것까지 더한 기록들.
        submissions: :class:`~anchorbox_workshop.judge.submissions.Submission`들. ``submitted/``에
            없는 것을 그리로 옮겨 적습니다.

    Raises:
        ValueError: 과목 폴더가 아닐 때, 성적부에 그 과제가 없을 때.
    """
    course = Path(course).resolve()
    if not (course / "nbgrader_config.py").is_file():
        raise ValueError(
            f"{course}: nbgrader의 과목 폴더가 아닙니다(nbgrader_config.py가 없습니다)."
        )
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.CourseDirectory.root = str(course)
    directory = CourseDirectory(config=config, assignment_id=assignment)
    contents = {one.learner: one for one in submissions}
    # 성적부를 처음 만들 때 nbgrader가 부르는 alembic이 이 환경에 있습니다.
    with _on_path(Path(sys.executable).parent):
        api = NbGraderAPI(directory, config=config)
        with Gradebook(directory.db_url, directory.course_id) as book:
            try:
                book.find_assignment(assignment)
            except MissingEntry:
                raise ValueError(
                    f"성적부에 {assignment}이(가) 없습니다. 먼저 실행하세요: "
                    f"nbgrader generate_assignment {assignment}"
                ) from None
            learners = [
                _write_one(book, api, directory, assignment, record, contents)
                for record in records
                if "not_judged" not in status_of(record)
            ]
            book.db.commit()
    write_lock(course, assignment, {*judged(course, assignment), *learners})


@contextlib.contextmanager
def _on_path(folder):
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = f"{folder}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _write_one(book, api, directory, assignment, record, contents):
    learner = record["learner"]
    submitted = _folder(directory, directory.submitted_directory, learner, assignment)
    notebook = submitted / f"{assignment}.ipynb"
    if learner in contents and not notebook.exists():
        submitted.mkdir(parents=True, exist_ok=True)
        write_atomically(notebook, contents[learner].read(LIMITS.notebook_bytes))
    book.update_or_create_student(learner)
    # formgrader는 이 시각이 폴더의 것과 다르면 아직 채점하지 않은 것으로 봅니다.
    timestamp = api.get_submitted_timestamp(assignment, learner)
    book.update_or_create_submission(assignment, learner, timestamp=timestamp)
    for row in record["rows"]:
        for kind, points in zip(("public", "hidden"), row["points"], strict=True):
            cell = f"{kind}_{row['exercise']}"
            grade = book.find_grade(cell, assignment, assignment, learner)
            grade.auto_score, grade.needs_manual_grade = float(points), False
        comment = book.find_comment(row["exercise"], assignment, assignment, learner)
        comment.auto_comment = _comment(row)
    graded = _folder(directory, directory.autograded_directory, learner, assignment)
    graded.mkdir(parents=True, exist_ok=True)
    told = autograded(_released(directory, assignment), _read(notebook), record)
    write_atomically(graded / f"{assignment}.ipynb", nbformat.writes(told).encode("utf-8"))
    stamp = submitted / "timestamp.txt"
    if stamp.exists():
        write_atomically(graded / stamp.name, stamp.read_bytes())
    return learner


def _folder(directory, kind, learner, assignment):
    return Path(directory.format_path(kind, learner, assignment))


def _comment(row):
    told = [row["public"]["message"], row["hint"] or "", row.get("overruled", "")]
    return "\n".join(filter(None, told))[:1000]


def _released(directory, assignment):
    path = _folder(directory, directory.release_directory, ".", assignment)
    return nbformat.read(path / f"{assignment}.ipynb", as_version=4)


def _read(path):
    try:
        return notebook_cells(path.read_bytes(), LIMITS.notebook_bytes)
    except (Unreadable, OSError):
        return []


def autograded(released, submitted, record):
    """배포한 노트북의 셀에 학습자가 쓴 것을 담고, 검사 셀에 판정을 보인 노트북.

    학습자가 더한 셀도 제자리에 남습니다. 출력은 모두 우리의 판정뿐입니다.

    Args:
        released: 배포한 노트북.
        submitted: 제출한 노트북의 셀(사전)들.
        record: 그 사람의 기록.
    """
    rows = {row["exercise"]: row for row in record["rows"]}
    official = {grade_id(cell): cell for cell in released.cells if grade_id(cell)}
    theirs, extras, last = {}, {}, None
    known = {cell.source for cell in released.cells}
    for cell in submitted:
        name, source = grade_id(cell), cell.get("source", "")
        source = source if isinstance(source, str) else "".join(map(str, source))
        if name in official:
            theirs, last = theirs | {name: source}, name
        elif source.strip() and source not in known:
            kind = "markdown" if cell.get("cell_type") == "markdown" else "code"
            extras.setdefault(last, []).append((kind, source))
    cells = [_extra(*one) for one in extras.get(None, ())]
    for cell in released.cells:
        name = grade_id(cell)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if name in theirs and cell.metadata.nbgrader.solution:
            cell.source = theirs[name]
        kind, _, exercise = name.partition("_")
        if kind in ("public", "hidden") and exercise in rows:
            cell.outputs = [_output(rows[exercise], kind)]
        cells += [cell, *(_extra(*one) for one in extras.get(name, ()) if name)]
    released.cells = cells
    return released


def _extra(kind, source):
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    return make[kind](source)


def _output(row, kind):
    if row["status"] in NO_VERDICT:
        data = {"text/plain": without_verdict(row)}
    elif kind == "public":
        result = from_json(row["exercise"], row["public"])
        data = {"text/html": result._repr_html_(), "text/plain": str(result)}
    else:
        # 숨은 경우는 되돌림에 나오지 않습니다.
        passed = row["hidden"]["status"] == "passed"
        data = {"text/plain": f"숨은 검사: {'통과' if passed else '통과하지 못함'}"}
    return nbformat.v4.new_output("display_data", data)
