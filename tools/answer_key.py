"""강사의 정답지를 과제의 표와 연습 문제의 목록에서 씁니다. ``release_homework``가 부릅니다."""

import inspect
from collections.abc import Iterable
from textwrap import dedent

from anchorbox_utils.course.lessons import LESSONS
from anchorbox_utils.homework.assignments import Assignment, CodeTask, Explanation
from anchorbox_utils.homework.catalogue import EXAMPLE_SETS
from anchorbox_utils.homework.catalogue.common import EXAMPLE_NUMBER
from tools.homework_cells import bullets, example_answer, model_answer

LIKELY = 3

HEAD = f"""
# 강사의 정답지

`uv run python tools/release_homework.py`가 과제의 표(`anchorbox_utils/homework/assignments.toml`)와 문제의 정의에서 만듭니다. 손으로 고치지 마세요. 학습자에게 나누어 주는 `exercises/`에는 이 파일도, 여기로 오는 링크도 없습니다.

- **흔한 오개념 셋**은 교실에서 잰 것이 아니라 문제를 낸 이의 짐작입니다. 과제의 표의 `likely`에 적힌 것이고, 적지 않은 문제에는 목록의 앞 셋을 할 말 없이 보입니다. 수업에서 다른 것이 더 많이 나왔다면 `likely`를 고치세요.
- **학습자가 보는 글**은 그 오개념으로 답한 학습자의 화면에 나오는 그대로입니다. 보기를 먼저 쓰는 문제에서는 그 구현을 놓쳤을 때 나옵니다.

**눈으로 보아야 하는 것**

- **학번.** "학번마다 다름"이라고 적힌 문제가 있는 과제에서는 `student_number` 셀이 제출한 사람의 학번인지, 보기의 학번 {EXAMPLE_NUMBER} 그대로는 아닌지 보세요. 자동 검사는 그 셀에 적힌 학번의 숫자로 맞았는지만 압니다.
- **글.** 설명하는 문제는 자동으로 검사하지 않습니다. 채점 기준과 예시 답안이 아래에 있습니다.
""".strip()  # noqa: E501

OWN = """
제출한 사람의 숫자로 구한 답은 이렇게 봅니다.

```python
from anchorbox_utils.homework import EXERCISES

exercise = EXERCISES["{name}"]
exercise.reference(*exercise.own.case(학번).args)
```
""".strip()

VARIANT = (
    "아래의 정답과 힌트는 학번 {number}의 문제의 것입니다. 제출한 사람의 문제는 "
    '`EXERCISES["{name}"].variant(학번)`이고, 정답은 그 `.reference`입니다.'
)

EXAMPLES = (
    "아래는 모범 보기입니다. 공개한 잘못된 구현 {shown}개 가운데 {need}개를 잡으면 통과하고, "
    "채점할 때는 처음 보는 구현 {hidden}개 가운데 {hidden_need}개도 잡아야 합니다."
)


def answer_key(assignments: Iterable[Assignment]) -> str:
    """정답지의 글(마크다운)."""
    return "\n\n".join([HEAD, *map(_assignment, assignments)]) + "\n"


def _assignment(assignment):
    (label,) = {x.homework_label for x in LESSONS if x.homework == assignment.name}
    head = (
        f"## {label} · {assignment.title}\n\n"
        f"{assignment.goal} **{assignment.minutes}분 · {assignment.points}점**"
    )
    parts = [
        part
        for number, task in enumerate(assignment.tasks, start=1)
        for part in (f"### {number}. {task.title} (`{task.key}`)", *PARTS[type(task)](task))
    ]
    return "\n\n".join([head, *parts])


def _code_task(task):
    personal = " · **학번마다 다름**" if task.question.personal else ""
    yield (
        f"{task.minutes}분 · {task.points}점 "
        f"(공개 검사 {task.public_points}점, 숨은 검사 {task.hidden_points}점){personal}"
    )
    yield from _answer(task)
    yield _likely(task)


def _answer(task):
    name, question = task.exercise, task.question
    if name in EXAMPLE_SETS:
        yield EXAMPLES.format(
            shown=len(question.misconceptions),
            need=question.need,
            hidden=len(question.hidden),
            hidden_need=question.hidden_need,
        )
    elif question.variant:
        yield VARIANT.format(number=EXAMPLE_NUMBER, name=name)
    if question.by_hand:
        yield f"학번 {EXAMPLE_NUMBER}의 답은 `{example_answer(name)}`입니다."
    else:
        yield f"```python\n{dedent(inspect.getsource(question.reference)).strip()}\n```"
    if question.personal and not question.variant:
        yield OWN.format(name=name)


def _likely(task):
    mistakes = {mistake.name: mistake for mistake in task.question.misconceptions}
    told = "unseen" if task.exercise in EXAMPLE_SETS else "hint"
    rows = task.likely or [(name, "–") for name in list(mistakes)[:LIKELY]]
    table = [f"| `{name}` | {getattr(mistakes[name], told)} | {words} |" for name, words in rows]
    return "\n".join(
        ["| 흔한 오개념 | 학습자가 보는 글 | 수업에서 할 말 |", "|---|---|---|", *table]
    )


def _explanation(task):
    yield f"{task.minutes}분 · {task.points}점 (강사가 읽고 채점)"
    yield model_answer(task)
    yield bullets("학습자가 내기 전에 스스로 보는 목록", task.checklist)


PARTS = {CodeTask: _code_task, Explanation: _explanation}
