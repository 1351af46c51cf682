"""과제의 표(anchorbox_utils/homework/assignments.toml)에서 과제 노트북의 셀을 만듭니다.

만들어 내는 셀은 nbgrader의 이름이나 ``homework-``로 시작하는 태그를 지닙니다. 그 밖의 셀은 손으로
쓴 글이라 그대로 두고, 바로 앞의 만들어 낸 셀을 따라다닙니다.
"""

import ast
import inspect
import json
from collections.abc import Callable, Iterable
from textwrap import dedent
from typing import NamedTuple

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from anchorbox_utils.course.lessons import LESSONS
from anchorbox_utils.homework.assignments import Assignment, CodeTask, Explanation, Task
from anchorbox_utils.homework.catalogue import QUESTIONS
from anchorbox_utils.homework.catalogue.common import EXAMPLE_NUMBER

TAG = "homework-"

HOW = """
## 푸는 방법

1. 함수의 설명(따옴표 안의 글)을 읽고 `raise NotImplementedError(...)`로 된 줄을 지운 다음 코드를 씁니다.
2. 바로 아래 검사 셀을 실행합니다. 틀렸다면 **어떤 생각이 어긋났는지** 알려 줍니다. 몇 번이든 다시 해도 됩니다.
3. `공개 검사`를 통과하면 다음 문제로 갑니다. {graded}

반복문으로 풀어도, NumPy로 한 번에 풀어도 됩니다. 다만 라이브러리(`anchorbox_utils`)에 있는 함수를 부르지 말고 직접 씁니다. 막히면 힌트를 위에서부터 하나씩 펼쳐 보세요.
""".strip()  # noqa: E501

# 채점할 때 무엇으로 검사하는지. 손으로 푸는 문제가 있는 과제에서는 둘이 다릅니다.
GRADED = "채점할 때는 **다른 숫자**로 한 번 더 검사합니다."
GRADED_BY_HAND = (
    "채점할 때 손으로 푸는 문제는 **같은 학번의 숫자**로, 함수는 **다른 숫자**로 한 번 더 "
    "검사합니다."
)

SO_FAR = """
## 지금까지

아래 셀은 모든 함수를 처음부터 다시 검사합니다. 제출하기 전에 **커널 → 커널 재시작와 모든 셀 실행**을 하고 이 줄을 확인하세요.
""".strip()  # noqa: E501

NUMBER = """
## 나만의 숫자

아래 `student_number`를 **자기 학번**으로 바꾸고 실행하세요. 학번마다 숫자가 다르고, 같은 학번이면 언제나 같은 숫자가 나옵니다. 검사와 채점도 이 학번의 숫자로 하므로 이 셀을 지우지 마세요.
""".strip()  # noqa: E501

PUBLIC = """
result = check("{0}", {0}{1})
display(result)
### BEGIN HIDDEN TESTS
assert result.passed, result
### END HIDDEN TESTS
""".strip()

# 씨앗은 채점하는 곳의 환경 변수 ANCHORBOX_SEED에만 있고 이 셀에는 없습니다.
HIDDEN = """
# 채점할 때 이 셀에서 {2} 숫자로 한 번 더 검사합니다. 고치지 말고 그대로 두세요.
### BEGIN HIDDEN TESTS
from anchorbox_utils.homework import grade

result = grade("{0}", {0}{1})
assert result.passed, result
### END HIDDEN TESTS
""".strip()

# 학번마다 다른 문제의 검사에 더해지는 인수.
OWN_NUMBER = "number=student_number"

# 배포할 때 nbgrader가 두 줄 사이를 지우고 nbgrader_config.py의 text_stub을 남깁니다.
EXPLANATION = """
<!-- BEGIN SOLUTION -->
{}
<!-- END SOLUTION -->
""".strip()


class HomeworkError(Exception):
    """표나 정답 구현이 과제로 만들기에 모자랍니다."""


def fill(nb: NotebookNode | None, assignment: Assignment) -> NotebookNode:
    """``nb``의 만들어 내는 셀을 새로 씁니다. 새 과제라면 None을 넘깁니다.

    내용이 바뀐 코드 셀의 출력은 지웁니다. 표에서 사라진 문제의 셀은 없어집니다.
    """
    old = {}
    followers = {None: []}
    last = None
    for cell in nb.cells if nb else ():
        key = _key(cell)
        if key is None:
            followers[last].append(cell)
        else:
            last, old[key], followers[key] = key, cell, []
    fresh = {_key(cell): cell for cell in _cells(assignment)}
    cells = list(followers[None])
    # 사라진 셀을 따르던 글은 남은 셀 가운데 그 앞의 것을 따릅니다.
    heir = None
    for key, rest in followers.items():
        if key is not None and key not in fresh:
            (cells if heir is None else followers[heir]).extend(rest)
        else:
            heir = key
    for key, cell in fresh.items():
        before = old.get(key)
        if before and before.cell_type == cell.cell_type == "code" and before.source == cell.source:
            cell.outputs, cell.execution_count = before.outputs, before.execution_count
        cells += [cell, *followers.get(key, ())]
    return new_notebook(cells=cells)


def _key(cell):
    tags = [tag for tag in cell.metadata.get("tags", ()) if tag.startswith(TAG)]
    return cell.metadata.get("nbgrader", {}).get("grade_id") or next(iter(tags), None)


def _cells(assignment):
    yield _text("card", _card(assignment))
    by_hand = any(QUESTIONS[name].by_hand for name in assignment.exercises)
    yield _text("how", HOW.format(graded=GRADED_BY_HAND if by_hand else GRADED))
    names = ", ".join(sorted({"check", "progress", *assignment.uses}))
    yield _locked("setup", f"import numpy as np\n\nfrom anchorbox_utils import {names}")
    if _personal(assignment):
        yield _text("number", NUMBER)
        source = f"student_number = {EXAMPLE_NUMBER}"
        yield new_code_cell(source, metadata={"tags": [f"{TAG}student-number"]})
    for number, task in enumerate(assignment.tasks, start=1):
        parts = CELLS[type(task)]
        yield _text(f"prompt-{task.key}", _prompt(number, task, parts.after(task)))
        yield _text(f"hints-{task.key}", _hints(task))
        yield from parts.cells(task)
    yield _text("so-far", SO_FAR)
    yield new_code_cell(_progress(assignment), metadata={"tags": [f"{TAG}progress"]})


def _personal(assignment):
    return any(QUESTIONS[name].personal for name in assignment.exercises)


def _text(name, source):
    return new_markdown_cell(source, metadata={"tags": [TAG + name]})


def _locked(name, source, points=None):
    graded = {} if points is None else {"grade": True, "points": points}
    return _graded(name, source, locked=True, **graded)


def _graded(name, source, new_cell=new_code_cell, **marks):
    usual = {"grade": False, "locked": False, "solution": False, "task": False}
    nbgrader = {**usual, **marks, "grade_id": name, "schema_version": 3}
    return new_cell(source, metadata={"nbgrader": nbgrader})


def _code_cells(task: CodeTask):
    name = task.exercise
    yield _graded(name, solution_cell(name), solution=True)
    number = f", {OWN_NUMBER}" if task.question.personal else ""
    whose = "같은 학번의" if task.question.by_hand else "다른"
    yield _locked(f"public_{name}", PUBLIC.format(name, number), task.public_points)
    yield _locked(f"hidden_{name}", HIDDEN.format(name, number, whose), task.hidden_points)


def _explanation_cells(task: Explanation):
    yield _graded(
        task.name,
        EXPLANATION.format(model_answer(task)),
        new_markdown_cell,
        grade=True,
        solution=True,
        points=task.points,
    )


class Parts(NamedTuple):
    """문제의 종류마다 다른 것: 글의 끝에 붙는 목록과 그다음의 셀들."""

    after: Callable[[Task], str]
    cells: Callable[[Task], Iterable[NotebookNode]]


CELLS = {
    CodeTask: Parts(lambda task: bullets("약속", task.question.rules), _code_cells),
    Explanation: Parts(
        lambda task: bullets("내기 전에 스스로 살펴보세요", task.checklist), _explanation_cells
    ),
}


def bullets(title: str, items: Iterable[str]) -> str:
    """굵은 제목과 목록."""
    return f"**{title}**\n\n" + "\n".join(f"- {item}" for item in items)


def model_answer(task: Explanation) -> str:
    """예시 답안과 채점 기준."""
    rubric = (f"{points}점: {text}" for points, text in task.rubric)
    return f"**예시 답안**\n\n{task.answer}\n\n{bullets('채점 기준', rubric)}"


def _card(assignment):
    lessons = [lesson for lesson in LESSONS if lesson.homework == assignment.name]
    if len(lessons) != 1:
        raise HomeworkError(
            f"{assignment.name}: course/lessons.toml에서 homework가 이것인 레슨이 하나여야 하는데 "
            f"{len(lessons)}개입니다."
        )
    (lesson,) = lessons
    rows = {
        "목표": assignment.goal,
        "예상 시간": f"{assignment.minutes}분",
        "배점": f"{assignment.points}점 ({_who_grades(assignment)})",
        "먼저 볼 레슨": f"[{lesson.stem}](../../notebooks/{lesson.file})",
    }
    table = "\n".join(f"| **{name}** | {content} |" for name, content in rows.items())
    return f"# {lesson.homework_label} · {assignment.title}\n\n| | |\n|---|---|\n{table}"


def _who_grades(assignment):
    if assignment.manual_points:
        return f"글 {assignment.manual_points}점은 강사가, 나머지는 공개 검사와 숨은 검사가 절반씩"
    return "공개 검사와 숨은 검사가 절반씩"


def _prompt(number: int, task: Task, after: str) -> str:
    return (
        f"## {number}. {task.title}\n\n**목표** {task.goal}<br>\n"
        f"**시간** {task.minutes}분 · **배점** {task.points}점\n\n{task.text}\n\n{after}"
    )


def _hints(task):
    return "\n\n".join(
        f"<details>\n<summary>힌트 {number}: {title}</summary>\n\n{text}\n</details>"
        for number, (title, text) in enumerate(task.hints, start=1)
    )


def _progress(assignment):
    pairs = [f"{name}={name}" for name in assignment.exercises]
    if _personal(assignment):
        pairs.append(OWN_NUMBER)
    if len(pairs) == 1:
        return f"progress({pairs[0]})"
    return "\n".join(["progress(", *(f"    {pair}," for pair in pairs), ")"])


def solution_cell(name: str) -> str:
    """정답 셀: 정답 구현의 머리와 설명은 그대로, 본문은 nbgrader의 정답 구역 안에.

    손으로 푸는 문제의 본문은 처음 적혀 있는 학번의 답입니다.
    """
    reference = QUESTIONS[name].reference
    source = dedent(inspect.getsource(reference))
    function = ast.parse(source).body[0]
    if not (isinstance(function, ast.FunctionDef) and function.name == name):
        raise HomeworkError(f"{name}: 정답 구현이 같은 이름의 함수(def {name})여야 합니다.")
    if not ast.get_docstring(function) or len(function.body) < 2:
        raise HomeworkError(f"{name}: 정답 구현에 학습자가 읽을 설명과 본문이 있어야 합니다.")
    end = function.body[0].end_lineno
    lines = source.rstrip().split("\n")
    body = (
        [f"    return {json.dumps(example_answer(name))}"]
        if QUESTIONS[name].by_hand
        else lines[end:]
    )
    begin, finish = (f"    ### {word} SOLUTION" for word in ("BEGIN", "END"))
    return "\n".join([*lines[:end], begin, *body, finish])


def example_answer(name: str) -> object:
    """손으로 푸는 문제에서, 처음 적혀 있는 학번의 답."""
    exercise = QUESTIONS[name]
    return exercise.reference(*exercise.own.case(EXAMPLE_NUMBER).args)
