"""강사의 정답지를 과제의 표와 연습 문제의 목록에서 씁니다. ``release_homework``가 부릅니다."""

import inspect
import re
from collections.abc import Iterable
from textwrap import dedent

import numpy as np

from anchorbox_utils import box_iou, personal_boxes, personal_log
from anchorbox_utils.course.lessons import LESSONS
from anchorbox_utils.homework.assignments import Assignment, CodeTask, Explanation
from anchorbox_utils.homework.catalogue import EXAMPLE_SETS
from anchorbox_utils.homework.catalogue.common import EXAMPLE_NUMBER
from anchorbox_utils.homework.catalogue.logs import CAUSES
from anchorbox_utils.homework.catalogue.logs import PARTS as COLUMNS
from tools.homework_cells import bullets, example_answer, model_answer

LIKELY = 3

HEAD = f"""
# 강사의 정답지

`uv run python tools/release_homework.py`가 과제의 표(`anchorbox_utils/homework/assignments.toml`)와 문제의 정의에서 만듭니다. 손으로 고치지 마세요. 학습자에게 나누어 주는 `exercises/`에는 이 파일도, 여기로 오는 링크도 없습니다.

- **흔한 오개념 셋**은 교실에서 잰 것이 아니라 문제를 낸 이의 짐작입니다. 과제의 표의 `likely`에 적힌 것이고, 적지 않은 문제에는 목록의 앞 셋을 할 말 없이 보입니다. 수업에서 다른 것이 더 많이 나왔다면 `likely`를 고치세요.
- **학습자가 보는 글**은 그 오개념으로 답한 학습자의 화면에 나오는 그대로입니다. 목록의 구현과 답이 꼭 같을 때만 나오므로, 자연스럽게 틀린 답에는 힌트 없이 어긋난 경우만 보일 때가 많습니다. 보기를 먼저 쓰는 문제에서는 그 구현을 놓쳤을 때 나옵니다.

**눈으로 보아야 하는 것**

- **학번.** "학번마다 다름"이라고 적힌 문제가 있는 과제에서는 `student_number` 셀이 제출한 사람의 학번인지, 보기의 학번 {EXAMPLE_NUMBER} 그대로는 아닌지 보세요. 자동 검사는 그 셀에 적힌 학번의 숫자로 맞았는지만 압니다.
- **옮겨 적은 답.** 라이브러리를 부르는 답은 검사가 알아보지만, 정답의 글을 그대로 옮긴 함수는 스스로 쓴 것과 가릴 수 없습니다. 이 파일의 정답과 글자까지 같은지 보세요.
- **거꾸로 푼 답.** `repair_report`를 전처리 코드에 넣었다 빼며 거꾸로 구한 답은 옳은 풀이입니다. 왕복 검사를 제대로 쓴 것이니 깎지 마세요.
- **손으로 푼 답.** 손으로 푸는 문제(`my_log`, `my_hits`, `my_ap`)는 답만 봅니다. 함수로 계산해 얻은 답도 통과하니, 손으로 풀었는지는 종이의 표로 확인하세요.
- **글.** 설명하는 문제는 자동으로 검사하지 않습니다. 채점 기준과 예시 답안이 아래에 있습니다.
""".strip()  # noqa: E501

OWN = """
제출한 사람들의 숫자로 구한 답은 학번을 늘어놓아 한꺼번에 봅니다.

```python
from anchorbox_utils.homework import EXERCISES

exercise = EXERCISES["{name}"]
for number in [{number}, {next_number}]:
    print(number, exercise.reference(*exercise.own.case(number).args))
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
    assignments = tuple(assignments)
    contents = "\n".join(f"- [{title}](#{_anchor(title)})" for title in map(_title, assignments))
    return "\n\n".join([HEAD, f"**차례**\n\n{contents}", *map(_assignment, assignments)]) + "\n"


def _title(assignment):
    (label,) = {x.homework_label for x in LESSONS if x.homework == assignment.name}
    return f"{label} · {assignment.title}"


def _anchor(title):
    """GitHub가 제목에 붙이는 이름."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _assignment(assignment):
    head = (
        f"## {_title(assignment)}\n\n"
        f"{assignment.goal} **{assignment.minutes}분 · {assignment.points}점**"
    )
    parts = [
        part
        for number, task in enumerate(assignment.tasks, start=1)
        for part in (f"### {number}. {task.title} (`{task.key}`)", *PARTS[type(task)](task))
    ]
    if assignment.reflections:
        answers = "\n".join(f"{i}. {text}" for i, text in enumerate(assignment.reflections, 1))
        parts.append(f"### 돌아보기의 답\n\n{answers}")
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
        yield REASONS[name]()
    else:
        yield f"```python\n{dedent(inspect.getsource(question.reference)).strip()}\n```"
    if question.personal and not question.variant:
        yield OWN.format(name=name, number=EXAMPLE_NUMBER, next_number=EXAMPLE_NUMBER + 1)


def _why_the_log():
    log, answer = personal_log(EXAMPLE_NUMBER), example_answer("my_log")
    row = int(np.flatnonzero(log[:, 0] == answer["first_bad_step"])[0])
    part = answer["part"]
    return (
        f"{answer['first_bad_step']}스텝에서 {COLUMNS[part]}의 열이 나빠지기 시작해"
        f"({log[row - 1, part]:g} → {log[row, part]:g}) 세 줄 넘게 이어집니다. "
        "그 앞에서 튄 줄은 한두 줄뿐이라 잡음입니다. "
        f"원인 {answer['cause']}: {CAUSES[answer['cause']]}."
    )


def _why_the_hits():
    boxes, scores, gt_boxes = personal_boxes(EXAMPLE_NUMBER)
    hits = dict(example_answer("my_hits"))
    between, with_gt = box_iou(boxes, boxes), box_iou(boxes, gt_boxes)
    kept, free, rows = [], set(range(len(gt_boxes))), []
    for box in np.argsort(-scores).tolist():
        over = [other for other in kept if between[box, other] > 0.5]
        truths = [] if over else [i for i in free if with_gt[box, i] >= 0.5]
        if not over:
            kept.append(box)
        mate = max(truths, key=lambda i, box=box: with_gt[box, i], default=None)
        free.discard(mate)
        eraser = ", ".join(f"{other}번({between[box, other]:.2f})" for other in over) or "–"
        truth = "–" if mate is None else f"{'가나다라'[mate]}({with_gt[box, mate]:.2f})"
        verdict = {1: "맞음", 0: "틀림", None: "지워짐"}[hits.get(box)]
        rows.append(f"| {scores[box]:.2f} | {box} | {eraser} | {truth} | {verdict} |")
    names = ("점수", "박스 번호", "지운 박스(IoU)", "짝이 된 정답(IoU)", "맞고 틀림")
    return "\n".join([f"| {' | '.join(names)} |", "|---" * len(names) + "|", *rows])


def _why_the_ap():
    hits = [hit for _, hit in example_answer("my_hits")]
    order = ", ".join("맞음" if hit else "틀림" for hit in hits)
    total = len(personal_boxes(EXAMPLE_NUMBER)[2])
    return (
        f"1번의 표에서 지워지지 않은 줄은 {order}이고 정답은 {total}개입니다. 셋째 자리에서 "
        "버린 값도 반올림한 값도 맞은 것으로 봅니다."
    )


# 손으로 푸는 문제의 답에 이르는 길.
REASONS = {"my_log": _why_the_log, "my_hits": _why_the_hits, "my_ap": _why_the_ap}


def _likely(task):
    mistakes = {mistake.name: mistake for mistake in task.question.misconceptions}
    told = "unseen" if task.exercise in EXAMPLE_SETS else "hint"
    rows = task.likely or [(name, "–") for name in list(mistakes)[:LIKELY]]
    table = [
        f"| {mistakes[name].title} `{name}` | {getattr(mistakes[name], told)} | {words} |"
        for name, words in rows
    ]
    return "\n".join(
        ["| 흔한 오개념 | 학습자가 보는 글 | 수업에서 할 말 |", "|---|---|---|", *table]
    )


def _explanation(task):
    yield f"{task.minutes}분 · {task.points}점 (강사가 읽고 채점)"
    yield model_answer(task)
    yield bullets("학습자가 내기 전에 스스로 보는 목록", task.checklist)


PARTS = {CodeTask: _code_task, Explanation: _explanation}
