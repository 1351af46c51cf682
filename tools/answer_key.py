"""강사의 정답지를 과제의 표와 연습 문제의 목록에서 씁니다. ``release_homework``가 부릅니다."""

import inspect
from collections.abc import Iterable
from textwrap import dedent

from anchorbox_utils.course.lessons import LESSONS
from anchorbox_utils.homework import EXERCISES
from anchorbox_utils.homework.assignments import Assignment, Task
from anchorbox_utils.homework.catalogue.common import EXAMPLE_NUMBER
from tools.homework_cells import example_answer

LIKELY = 3

HEAD = """
# 강사의 정답지

`uv run python tools/release_homework.py`가 과제의 표(`anchorbox_utils/homework/assignments.toml`)와 문제의 정의에서 만듭니다. 손으로 고치지 마세요. 학습자에게 나누어 주는 `exercises/`에는 이 파일도, 여기로 오는 링크도 없습니다.

- **흔한 오개념 셋**은 교실에서 잰 것이 아니라 문제를 낸 이의 짐작입니다. 과제의 표의 `likely`에 적힌 것이고, 아직 적지 않은 문제에는 목록의 앞 셋을 힌트만 보입니다. 수업에서 다른 것이 더 많이 나왔다면 `likely`를 고치세요.
- **힌트**는 그 오개념으로 답한 학습자의 화면에 나오는 글 그대로입니다.
- **손으로 푸는 문제**의 답은 학번마다 다릅니다. 채점할 때 `student_number`가 제출한 사람의 학번인지 보세요. 자동 검사는 그 학번의 숫자로 맞았는지만 압니다.
""".strip()  # noqa: E501


def answer_key(assignments: Iterable[Assignment]) -> str:
    """정답지의 글(마크다운)."""
    return "\n\n".join([HEAD, *map(_assignment, assignments)]) + "\n"


def _assignment(assignment):
    (label,) = {x.homework_label for x in LESSONS if x.homework == assignment.name}
    head = (
        f"## {label} · {assignment.title}\n\n"
        f"{assignment.goal} **{assignment.minutes}분 · {assignment.points}점**"
    )
    tasks = (_task(number, task) for number, task in enumerate(assignment.tasks, start=1))
    return "\n\n".join([head, *tasks])


def _task(number: int, task: Task) -> str:
    # 사람이 채점하는 글에는 오개념 대신 채점 기준(rubric)이 있습니다.
    describe = _by_rubric if getattr(task, "rubric", ()) else _by_checks
    name, how, *body = describe(task)
    head = [f"### {number}. {task.title} (`{name}`)", f"{task.minutes}분 · {task.points}점 ({how})"]
    return "\n\n".join([*head, *body])


def _by_checks(task):
    how = f"공개 검사 {task.public_points}점, 숨은 검사 {task.hidden_points}점"
    return [task.exercise, how, *_answer(task.exercise), _likely(task)]


def _by_rubric(task):
    rows = "\n".join(f"| {points}점 | {text} |" for points, text in task.rubric)
    table = f"| 점수 | 채점 기준 |\n|---|---|\n{rows}"
    return [task.name, "강사가 읽고 채점", f"**예시 답안** {task.answer}", table]


def _answer(name):
    exercise = EXERCISES[name]
    if not exercise.by_hand:
        return [f"```python\n{dedent(inspect.getsource(exercise.reference)).strip()}\n```"]
    return [
        f"처음 적혀 있는 학번 {EXAMPLE_NUMBER}의 답은 `{example_answer(name)}`입니다. "
        "다른 학번의 답은 이렇게 봅니다.",
        "```python\nfrom anchorbox_utils.homework import EXERCISES\n\n"
        f'exercise = EXERCISES["{name}"]\n'
        "exercise.reference(*exercise.own.case(학번).args)\n```",
    ]


def _likely(task):
    mistakes = {mistake.name: mistake for mistake in EXERCISES[task.exercise].misconceptions}
    rows = task.likely or [(name, "") for name in list(mistakes)[:LIKELY]]
    table = [
        f"| `{name}` | {mistakes[name].hint} | {words or '–'} |".replace("\n", " ")
        for name, words in rows
    ]
    return "\n".join(
        ["| 흔한 오개념 | 학습자가 보는 힌트 | 수업에서 할 말 |", "|---|---|---|", *table]
    )
