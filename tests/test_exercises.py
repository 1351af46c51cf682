"""과제 노트북: solutions/가 원본이고 exercises/는 nbgrader가 만든 배포본입니다."""

import ast
import csv
import inspect
import re
import shutil
from itertools import chain, islice

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins.export import CsvExportPlugin
from nbgrader.validator import Validator

from anchorbox_utils.homework import EXERCISES, check
from tools.notebooks import ROOT, execute, normalize, serialize
from tools.release_homework import differences, load_config, main, release

# nbgrader가 SQLAlchemy와 nbformat을 쓰는 방식에서 나오는 경고로, 과제와는 상관이 없습니다.
pytestmark = pytest.mark.filterwarnings(
    "ignore::sqlalchemy.exc.SAWarning", "ignore::nbformat.warnings.MissingIDFieldWarning"
)

ASSIGNMENTS = {
    "01_formula": ("xyxy_to_cxcywh", "encode_boxes", "decode_boxes"),
    "02_three_minute_exercise": ("personal_targets",),
    "03_labeling": ("box_iou", "assign_anchor_labels", "force_match"),
    "04_threshold_experiment": ("count_labels", "choose_thresholds"),
    "05_debugging_checklist": ("find_bad_boxes", "fix_boxes"),
    "06_training": ("normalize_deltas", "sample_labels", "hard_negative_mining"),
}
POINTS = {
    name: sum(EXERCISES[exercise].points for exercise in exercises)
    for name, exercises in ASSIGNMENTS.items()
}
each_assignment = pytest.mark.parametrize("name", ASSIGNMENTS)


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
        r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END", source, flags=re.DOTALL
    )
    return [line.strip() for block in inside for line in block.splitlines() if line.strip()]


# ── 원본 ────────────────────────────────────────────────────────────────────────────────────


def test_folders_hold_exactly_the_assignments():
    for folder in ("solutions", "exercises"):
        files = {path.relative_to(ROOT / folder).as_posix() for path in _files(ROOT / folder)}
        assert files == {f"{name}/{name}.ipynb" for name in ASSIGNMENTS}
        assert all(name.isascii() for name in files)


def test_the_assignments_hold_different_exercises():
    names = [exercise for exercises in ASSIGNMENTS.values() for exercise in exercises]
    assert len(set(names)) == len(names) == 14 and set(names) <= set(EXERCISES)


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
    assert list(cells) == [
        "setup",
        *(
            grade_id
            for exercise in ASSIGNMENTS[name]
            for grade_id in (exercise, f"public_{exercise}", f"hidden_{exercise}")
        ),
    ]
    for grade_id, cell in cells.items():
        kind = cell.metadata.nbgrader
        if grade_id in EXERCISES:
            assert kind.solution and not kind.grade and not kind.locked
            assert cell.source.count("### BEGIN SOLUTION") == 1
        else:
            assert kind.locked and not kind.solution
            assert kind.grade == grade_id.startswith(("public_", "hidden_"))
            assert cell.source.count("### BEGIN HIDDEN TESTS") == kind.grade
    for exercise in ASSIGNMENTS[name]:
        points = [
            cells[f"{kind}_{exercise}"].metadata.nbgrader.points for kind in ("public", "hidden")
        ]
        assert sum(points) == EXERCISES[exercise].points and min(points) >= 1


@each_assignment
def test_prompts_open_with_goal_minutes_and_points(name):
    texts = [cell.source for cell in _read("exercises", name).cells if cell.cell_type == "markdown"]
    minutes, points = re.search(
        r"\*\*목표\*\* \|.*\*\*예상 시간\*\* \| (\d+)분.*\*\*배점\*\* \| (\d+)점",
        texts[0],
        flags=re.DOTALL,
    ).groups()
    assert int(points) == POINTS[name]
    prompts = [text for text in texts if re.match(r"## \d\. ", text)]
    assert len(prompts) == len(ASSIGNMENTS[name])
    asked = [
        re.search(r"\*\*목표\*\* .+\n\*\*시간\*\* (\d+)분 · \*\*배점\*\* (\d+)점", prompt).groups()
        for prompt in prompts
    ]
    assert [int(point) for _, point in asked] == [
        EXERCISES[exercise].points for exercise in ASSIGNMENTS[name]
    ]
    assert sum(int(minute) for minute, _ in asked) <= int(minutes)
    (lesson,) = re.findall(r"\]\((\.\./\.\./notebooks/[^)]+)\)", texts[0])
    assert (_path("exercises", name).parent / lesson).resolve().is_file()


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
    for exercise in ASSIGNMENTS[name]:
        (function,) = ast.parse(cells[exercise].source).body
        assert function.name == exercise
        assert [arg.arg for arg in function.args.args] == list(
            inspect.signature(EXERCISES[exercise].reference).parameters
        )
        docstring, stub = function.body
        text = ast.get_docstring(function)
        assert "Args:" in text and "Returns:" in text
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
    _graded(nb)["personal_targets"].source = "def personal_targets(anchor, gt):\n    return 0"
    nbformat.write(nb, tmp_path / "wrong.ipynb")
    assert "failed" in Validator(config=load_config()).validate(str(tmp_path / "wrong.ipynb"))


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


def test_the_command_notices_a_change_by_hand(tmp_path, monkeypatch, capsys):
    for folder in ("solutions", "exercises"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    monkeypatch.setattr("tools.release_homework.ROOT", tmp_path)
    assert main(["--check"]) == 0
    changed = tmp_path / "exercises" / "05_debugging_checklist" / "05_debugging_checklist.ipynb"
    changed.write_text(changed.read_text(encoding="utf-8") + " ", encoding="utf-8")
    (tmp_path / "exercises" / "extra.txt").write_text("", encoding="utf-8")
    assert main(["--check"]) == 1
    out = capsys.readouterr().out
    assert "05_debugging_checklist.ipynb" in out and "extra.txt" in out
    assert main([]) == 0 and main(["--check"]) == 0


@each_assignment
def test_nothing_secret_leaks(name):
    released = _path("exercises", name).read_text(encoding="utf-8")
    shown = {
        line.strip() for cell in _read("exercises", name).cells for line in cell.source.splitlines()
    }
    source = _read("solutions", name)
    secrets = [line for cell in source.cells for line in _regions(cell.source)]
    secrets = [line for line in secrets if len(line) > 3]
    assert len(secrets) > 5 * len(ASSIGNMENTS[name])
    assert shown.isdisjoint(secrets)
    references = [
        line.strip()
        for exercise in ASSIGNMENTS[name]
        for line in inspect.getsource(EXERCISES[exercise].reference).splitlines()[1:]
        if len(line.strip()) > 3
    ]
    assert references and shown.isdisjoint(references)
    seeds = re.findall(r"for seed in \(([^)]*)\)", "\n".join(secrets))
    assert len(seeds) == len(ASSIGNMENTS[name])
    for seed in re.findall(r"\d+", " ".join(seeds)):
        assert seed not in re.sub(r'"(checksum|id)": "[^"]*"', "", released)
    assert "BEGIN" not in released and not any(
        cell.get("outputs") for cell in _read("exercises", name).cells
    )


@each_assignment
def test_checks_are_locked(name):
    for grade_id, cell in _graded(_read("exercises", name)).items():
        locked = grade_id not in EXERCISES
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
    for exercise in ASSIGNMENTS[name]:
        (output,) = cells[f"public_{exercise}"].outputs
        assert output.data["text/plain"].startswith(
            f"□ 아직 · {exercise}\n아직 작성하지 않았습니다"
        )
        assert "아직 작성하지 않았습니다" in output.data["text/html"]
        assert cells[f"hidden_{exercise}"].outputs == []
    (line,) = [cell for cell in nb.cells if cell.source.startswith("progress(")]
    total = len(ASSIGNMENTS[name])
    assert line.outputs[0].data["text/plain"].startswith(f"0/{total} 통과 · 공개 검사")


# ── 채점 ────────────────────────────────────────────────────────────────────────────────────

MEMORISED = """
from anchorbox_utils.homework import EXERCISES

exercise = EXERCISES["encode_boxes"]
memory = {
    case.args[0].tobytes() + case.args[1].tobytes(): exercise.reference(*case.args)
    for case in exercise.cases(np.random.default_rng(0))
}


def encode_boxes(anchors, gt_boxes):
    return memory[anchors.tobytes() + gt_boxes.tobytes()]
"""

WITHOUT_EXP = """
def decode_boxes(anchors, deltas):
    anchors = xyxy_to_cxcywh(anchors)
    center = anchors[:, :2] + deltas[:, :2] * anchors[:, 2:]
    half = anchors[:, 2:] * deltas[:, 2:] / 2
    return np.concatenate([center - half, center + half], axis=1)
"""


def _submit(course, student, name, change=lambda nb: None):
    """배포본을 풀어 제출합니다. change는 학습자가 한 일입니다."""
    nb = nbformat.read(course / "exercises" / name / f"{name}.ipynb", as_version=4)
    change(nb)
    target = course / "submitted" / student / name
    target.mkdir(parents=True)
    nbformat.write(nb, target / f"{name}.ipynb")


def _solve(*names):
    """이름의 함수만 solutions/의 정답으로 채웁니다."""

    def change(nb):
        for name, exercises in ASSIGNMENTS.items():
            for exercise in set(exercises) & set(names):
                _graded(nb)[exercise].source = _graded(_read("solutions", name))[exercise].source

    return change


def _half_done(nb):
    _solve("xyxy_to_cxcywh")(nb)
    cells = _graded(nb)
    cells["encode_boxes"].source = MEMORISED
    cells["decode_boxes"].source = WITHOUT_EXP
    # 검사 칸을 지워도 채점할 때 되살아납니다.
    nb.cells.remove(cells["hidden_xyxy_to_cxcywh"])


@pytest.mark.parametrize(
    "names",
    [["01_formula"], pytest.param(list(ASSIGNMENTS), marks=pytest.mark.heavy)],
    ids=["one", "all"],
)
def test_one_full_round_gives_full_and_partial_points(course, tmp_path, names):
    root = shutil.copytree(course, tmp_path / "course")
    config = load_config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    for name in names:
        directory = CourseDirectory(config=config, assignment_id=name)
        GenerateAssignment(coursedir=directory, config=config, force=True).start()
        _submit(root, "full", name, _solve(*ASSIGNMENTS[name]))
    _submit(root, "half", "01_formula", _half_done)
    _submit(root, "blank", "01_formula")
    for name in names:
        directory = CourseDirectory(config=config, assignment_id=name, student_id="*")
        Autograde(coursedir=directory, config=config, create_student=True).start()
    with Gradebook(config.CourseDirectory.db_url, "anchor-box") as gradebook:
        CsvExportPlugin(to=str(tmp_path / "grades.csv"), config=config).export(gradebook)
    with open(tmp_path / "grades.csv", encoding="utf-8") as file:
        rows = {(row["student_id"], row["assignment"]): row for row in csv.DictReader(file)}
    for name in names:
        assert float(rows["full", name]["raw_score"]) == POINTS[name]
        assert float(rows["full", name]["max_score"]) == POINTS[name]
    # 변환 2점, 인코딩은 공개 검사만 외워서 2점(숨은 검사 0점), 디코딩 0점.
    assert float(rows["half", "01_formula"]["raw_score"]) == 4
    assert float(rows["blank", "01_formula"]["raw_score"]) == 0


def test_memorised_public_cases_fail_other_seeds():
    namespace = {"np": np}
    exec(MEMORISED, namespace)
    assert check("encode_boxes", namespace["encode_boxes"]).passed
    assert not check("encode_boxes", namespace["encode_boxes"], seed=2).passed
