"""이름을 우리말로: 문제, 오개념의 힌트와 30초 개입, 예측의 물음과 보기."""

import re
from functools import cache
from textwrap import shorten
from typing import NamedTuple

from anchorbox_utils.bugs import BUG_CASES
from anchorbox_utils.course import LESSONS
from anchorbox_utils.diagnosis import KINDS
from anchorbox_utils.homework.assignments import ASSIGNMENTS, CodeTask
from anchorbox_utils.homework.borrowing import LIBRARY_CALL
from anchorbox_utils.homework.catalogue import QUESTIONS as EXERCISES
from anchorbox_utils.homework.catalogue import mistake_titles
from anchorbox_utils.labs.questions import QUESTIONS as PREDICTIONS

STEPS = {"cause": "원인", "repair": "고치기"}
# 물음마다 보기가 아닌 것: 맞은 답과, 적어 둔 잘못된 답에 없는 답.
RIGHT, OTHER = "right", "other"
# 목록에 보일 물음의 글자 수. 낱말 안에서는 자르지 않습니다.
LINE = 60


class Advice(NamedTuple):
    """오개념 하나에 대해 강사가 알 것.

    Attributes:
        hint: 학습자가 본 힌트.
        intervention: 30초 동안 할 말.
        ours: 사람이 쓴 개입이면 True, 힌트에서 만든 것이면 False.
    """

    hint: str
    intervention: str
    ours: bool


class Option(NamedTuple):
    """물음의 보기 하나. 수를 적는 물음에서는 흔히 적는 답 하나입니다."""

    name: str
    text: str
    why: str
    right: bool


@cache
def names():
    """보드가 받는 이름들과, 화면에 늘어놓는 차례."""
    exercises = [name for lesson in LESSONS for name in lesson.exercises]
    exercises += [task.exercise for task in _tasks() if task.exercise not in exercises]
    exercises += [name for name in EXERCISES if name not in exercises]
    bugs = [f"bug.{name}.{step}" for name in BUG_CASES for step in STEPS]
    return {name: place for place, name in enumerate([*exercises, *bugs, *PREDICTIONS])}


@cache
def lessons():
    """레슨의 파일 이름 → 짧은 이름."""
    return {lesson.stem: lesson.label for lesson in LESSONS}


@cache
def title(name):
    """문제의 우리말 제목. 과제에 없는 문제는 함수의 이름뿐이라 빈 글입니다.

    Examples:
        >>> title("xyxy_to_cxcywh"), title("bug.nan_loss.cause")
        ('모서리에서 중심으로', '버그 nan_loss의 원인')
    """
    if name.startswith("bug."):
        _, bug, step = name.split(".")
        return f"버그 {bug}의 {STEPS[step]}"
    return next((task.title for task in _tasks() if task.exercise == name), "")


@cache
def home(name):
    """그 이름이 나오는 레슨. 과제의 문제는 짝 레슨이고, 버그 사건이면 None입니다.

    Examples:
        >>> home("encode_boxes"), home("safe_encode_boxes"), home("bug.nan_loss.cause")
        ('01_formula', '01_formula', None)
    """
    if name in PREDICTIONS:
        return PREDICTIONS[name].lesson
    assigned = next(
        (
            a.name
            for a in ASSIGNMENTS.values()
            for task in a.tasks
            if isinstance(task, CodeTask) and task.exercise == name
        ),
        None,
    )
    for lesson in LESSONS:
        if name in lesson.exercises or (assigned and lesson.homework == assigned):
            return lesson.stem
    return None


def is_prediction(name):
    """예측 카드의 물음인지."""
    return name in PREDICTIONS


@cache
def labels():
    """문제마다 오개념의 이름 → 사람이 읽을 제목.

    Examples:
        >>> labels()["encode_boxes"]["no_log"], labels()["bug.nan_loss.cause"]["mixed_formats"]
        ('로그를 씌우지 않음', '박스 형식이 섞였습니다')
    """
    bugs = {
        f"bug.{name}.cause": {choice: KINDS[choice].title for choice in case.choices}
        for name, case in BUG_CASES.items()
    }
    return bugs | {name: mistake_titles(question) for name, question in EXERCISES.items()}


@cache
def advice(name, misconception):
    """오개념의 힌트와 30초 개입.

    Examples:
        >>> told = advice("xyxy_to_cxcywh", "corner_as_size")
        >>> told.ours, told.intervention.startswith("박스 하나를 자 위에")
        (True, True)
        >>> made = advice("encode_boxes", "no_log")
        >>> made.ours, "짝" in made.intervention
        (False, True)
    """
    exercise = EXERCISES.get(name)
    mistakes = exercise.misconceptions if exercise else ()
    hint = next((m.hint for m in mistakes if m.name == misconception), "")
    likely = {
        mistake: said for task in _tasks() if task.exercise == name for mistake, said in task.likely
    }
    if misconception in likely:
        return Advice(hint, likely[misconception], True)
    if hint:
        wanted = getattr(exercise, "returns", "") or "답"
        return Advice(
            hint,
            "손을 멈추게 하고 힌트를 소리 내어 읽습니다. 30초 동안 짝과 “내 코드의 어느 줄이 이 "
            f"말에 걸리나요?”를 말한 다음, 작은 입력 하나로 `{name}`의 답({wanted})을 종이에 구해 "
            "코드의 결과와 견줍니다.",
            False,
        )
    if misconception == LIBRARY_CALL:
        return Advice(
            "라이브러리의 함수를 불러 답으로 냈습니다.",
            "빌려 쓴 것은 나쁜 일이 아니라고 말해 주고, 그 함수가 안에서 하는 일을 세 단계로 "
            "나누어 30초 동안 짝에게 설명하게 합니다. 그 세 단계가 쓸 코드의 세 줄입니다.",
            True,
        )
    if name.startswith("bug."):
        return Advice(
            f"원인을 “{labels().get(name, {}).get(misconception, misconception)}”라고 보았습니다.",
            "그 원인이라면 데이터에 어떤 흔적이 남을지 짝에게 30초 동안 말하게 하고, 그 흔적이 "
            "정말 있는지 함께 세어 봅니다.",
            False,
        )
    return Advice(
        "이 강좌의 목록에 없는 오개념입니다.",
        "한 사람에게 자기 답을 소리 내어 설명해 달라고 하고, 어디서 갈라지는지 함께 찾습니다.",
        False,
    )


@cache
def options(name):
    """예측의 물음에 나올 수 있는 답들. 수를 적는 물음이면 맞은 답과 흔한 답, 그 밖입니다."""
    question = PREDICTIONS[name]
    if question.choices:
        return tuple(
            Option(one.name, one.text, one.why, question.matches(one.value, question.answer))
            for one in question.choices
        )
    slips = [
        Option(slip.name, question.say(slip.value), slip.why, False) for slip in question.slips
    ]
    right = Option(RIGHT, question.say(question.answer), question.right, True)
    return (right, *slips, Option(OTHER, "그 밖의 답", question.wrong, False))


def option_of(name, status, misconception):
    """판정의 소식에서 어느 보기인지.

    Examples:
        >>> option_of("two_stickers", "passed", None), option_of("two_stickers", "failed", "same")
        ('right', 'same')
    """
    known = options(name)
    if status == "passed":
        return next((one.name for one in known if one.right), None)
    chosen = misconception or OTHER
    return chosen if any(one.name == chosen and not one.right for one in known) else None


def ask(name):
    """물음의 글. 레슨이 넣는 값까지 들어 있습니다.

    Examples:
        >>> ask("ties")
        '`pos_thr`가 0.9이면 정답 6개에 양성 앵커는 모두 몇 개일까요?'
    """
    question = PREDICTIONS[name]
    return question.ask.format(**question.given)


# 예측 카드의 종류마다, 투표하지 못하는 까닭. 없으면 투표할 수 있습니다.
NOT_VOTABLE = {"numbers": "수를 적는 카드", "boxes": "그림에서 여럿을 고르는 카드"}


@cache
def questions():
    """예측 카드마다의 물음, 목록에 보일 한 줄, 투표하지 못하는 까닭(없으면 None)."""
    return {
        name: {
            "lesson": question.lesson,
            "ask": ask(name),
            "line": shorten(re.sub(r"[`*]", "", ask(name)), LINE, placeholder=" …"),
            "refused": NOT_VOTABLE.get(question.kind),
        }
        for name, question in PREDICTIONS.items()
    }


def is_votable(name):
    """투표할 수 있는 물음인지: 보기에서 하나를 고르는 카드는 모두입니다."""
    return name in PREDICTIONS and PREDICTIONS[name].kind not in NOT_VOTABLE


@cache
def _tasks():
    each = (task for assignment in ASSIGNMENTS.values() for task in assignment.tasks)
    return tuple(task for task in each if isinstance(task, CodeTask))
