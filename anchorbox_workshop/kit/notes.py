"""연습과 예측마다의 강사 노트. 오개념은 목록에서, 틀린 답은 그 오개념을 실행해서 얻습니다."""

import inspect
import math
import tomllib
from dataclasses import dataclass
from functools import cache
from textwrap import dedent

import numpy as np

from anchorbox_utils.course.lessons import LESSONS
from anchorbox_utils.feedback import call, shorten
from anchorbox_utils.homework.assignments import ASSIGNMENTS, CodeTask, Explanation
from anchorbox_utils.homework.catalogue import EXAMPLE_SETS, QUESTIONS
from anchorbox_utils.homework.catalogue.common import EXAMPLE_NUMBER
from anchorbox_utils.homework.trial import Trial, show
from anchorbox_utils.labs.questions import QUESTIONS as PREDICTIONS
from anchorbox_workshop.kit.lessons import (
    TEXTS,
    KitError,
    section_asking,
    sections_of,
    values_asked,
)

LIKELY = 3
COUNTED = {2: "두", 3: "세", 4: "네"}
ROOM = 30
# 이보다 긴 입력은 보이지 않고 경우의 이름만 적습니다.
LONGEST = 160


@dataclass(frozen=True)
class Example:
    """오개념을 실행해 얻은 틀린 답 하나.

    Attributes:
        case: 어떤 경우인지.
        given: 넣은 것. 길면 빈 글입니다.
        right: 정답 구현이 낸 것.
        wrong: 오개념이 낸 것.
    """

    case: str
    given: str
    right: str
    wrong: str


@dataclass(frozen=True)
class Mistake:
    """흔할 오개념 하나.

    Attributes:
        name: 목록의 이름.
        title: 사람이 읽을 제목.
        hint: 학습자의 화면에 나오는 글.
        words: 그때 할 말. 적어 두지 않았으면 빈 글.
        example: :class:`Example`.
    """

    name: str
    title: str
    hint: str
    words: str
    example: Example


@dataclass(frozen=True)
class ExerciseNote:
    """연습 하나에 대해 강사가 알아야 할 것.

    Attributes:
        name: 연습의 이름.
        where: 레슨의 절이나 과제.
        minutes: 시간을 말하는 글.
        points: 배점. 레슨의 연습에는 없어서 None.
        ask: 막힌 사람에게 던질 물음.
        mistakes: 가장 흔할 오개념 셋.
        reference: 정답 구현의 글.
    """

    name: str
    where: str
    minutes: str
    points: int | None
    ask: str
    mistakes: tuple[Mistake, ...]
    reference: str


@dataclass(frozen=True)
class EssayNote:
    """글로 설명하는 문제에 대해 강사가 알아야 할 것."""

    task: Explanation
    where: str


@dataclass(frozen=True)
class ChoiceNote:
    """예측의 답 하나.

    Attributes:
        text: 보기의 글이나, 흔히 적는 잘못된 답.
        right: 정답인지.
        reveals: 이렇게 답한 사람의 생각.
        chance: 모두가 찍었을 때 서른 명 가운데 이 답을 고를 수. 보기가 없는 물음이면 None.
    """

    text: str
    right: bool
    reveals: str
    chance: float | None


@dataclass(frozen=True)
class PredictionNote:
    """예측 카드 하나에 대해 강사가 알아야 할 것.

    Attributes:
        name: 물음의 이름.
        where: 어느 절에서 묻는지.
        ask: 물음의 글.
        answer: 정답을 글로.
        choices: :class:`ChoiceNote`들.
        lucky: 모두가 찍어도 정답이 이 범위에 든다는 (적게, 많게). 보기가 없는 물음이면 None.
        right: 수를 적는 물음에서 맞았을 때의 풀이.
        otherwise: 그 밖의 답을 낸 사람에게 보이는 풀이.
    """

    name: str
    where: str
    ask: str
    answer: str
    choices: tuple[ChoiceNote, ...]
    lucky: tuple[int, int] | None
    right: str
    otherwise: str


# --- 연습 -----------------------------------------------------------------------------------


def wrong_example(exercise, mistake):
    """오개념을 실행해, 정답과 다른 경우 가운데 가장 짧게 보일 수 있는 것.

    Raises:
        KitError: 어느 경우에서도 정답과 다르지 않을 때.
    """
    found = [_example(exercise, case, way) for case in _cases(exercise) for way in mistake.ways]
    found = [example for example in found if example]
    if not found:
        raise KitError(f"{exercise.name}: {mistake.name}이 정답과 달라지는 경우가 없습니다.")
    # 경계 경우보다 보통의 경우가, 긴 것보다 짧은 것이 알아보기 쉽습니다.
    return min(found, key=lambda pair: pair[0])[1]


def _cases(exercise):
    own = [exercise.own.case(EXAMPLE_NUMBER)] if exercise.own else []
    return [*own, *exercise.cases(np.random.default_rng(0))]


def _example(exercise, case, way):
    trial = Trial(exercise, case, call(way, case.args))
    if trial.problem is None:
        return None
    outcome = trial.outcome
    if outcome.error is not None:
        wrong = f"멈춤: {type(outcome.error).__name__}"
    elif trial.answer_problem is None:
        wrong = f"받은 것을 바꾸어 버림: {trial.problem}"
    else:
        wrong = _shown(outcome.value)
    given = ", ".join(
        f"{name} = {_shown(value)}"
        for name, value in zip(exercise.parameters, case.args, strict=False)
    )
    right = _shown(trial.expected)
    # 이름 뒤의 문장은 학습자에게 하는 말입니다.
    label = case.label.partition(". ")[0]
    shown = Example(label, given if len(given) <= LONGEST else "", right, wrong)
    # 화면에서는 같아 보이는 답(float과 정수처럼)은 뒤로 미룹니다.
    return (wrong == right, case.edge, len(given) + len(right) + len(wrong)), shown


def _shown(value):
    """값을 한 줄로. 수의 튜플도 배열처럼 적습니다."""
    if isinstance(value, tuple) and all(isinstance(item, float) for item in value):
        value = np.array(value)
    return shorten(show(value), limit=LONGEST)


@cache
def _texts():
    return tomllib.loads((TEXTS / "exercises.toml").read_text(encoding="utf-8"))


def _mistakes(name, likely):
    question = QUESTIONS[name]
    exercise = question.exercise if name in EXAMPLE_SETS else question
    known = {mistake.name: mistake for mistake in question.misconceptions}
    for mistake, words in likely:
        if mistake not in known:
            raise KitError(f"workshop/exercises.toml의 {name}: {mistake}라는 오개념이 없습니다.")
        found = known[mistake]
        hint = found.unseen if name in EXAMPLE_SETS else found.hint
        yield Mistake(mistake, found.title, hint, words, wrong_example(exercise, found))


def _note(name, where, minutes, points, likely):
    reference = dedent(inspect.getsource(QUESTIONS[name].reference)).strip()
    ask = _texts()[name]["ask"]
    return ExerciseNote(
        name, where, minutes, points, ask, tuple(_mistakes(name, likely)), reference
    )


@cache
def lesson_note(name):
    """레슨의 연습 ``name``의 노트."""
    section = section_asking(name)
    # 과제에도 나오는 연습이면 그쪽에 적은 오개념을 씁니다.
    tasks = (task for a in ASSIGNMENTS.values() for task in a.tasks if task.key == name)
    task = next(tasks, None)
    likely = task.likely if task else tuple((one, "") for one in _texts()[name]["likely"])
    minutes = f"이 절의 실습 {section.practice}분"
    if len(section.exercises) > 1:
        minutes += f"(연습 {COUNTED[len(section.exercises)]} 개를 합한 시간)"
    return _note(name, f"레슨 {section.label}", minutes, None, likely)


def task_note(assignment, task):
    """과제의 문제 하나의 노트."""
    where = f"과제 {assignment.name[:2]} {assignment.title} · {task.title}"
    if isinstance(task, Explanation):
        return EssayNote(task, where)
    return _note(task.key, where, f"{task.minutes}분", task.points, task.likely)


def lesson_notes(lesson):
    """레슨 하나의 연습들의 노트."""
    return tuple(map(lesson_note, lesson.exercises))


@cache
def homework_notes(assignment):
    """과제 하나의 문제들의 노트."""
    return tuple(task_note(assignment, task) for task in assignment.tasks)


def exercises_noted():
    """노트를 쓰는 연습의 이름 모두."""
    lessons = {name for lesson in LESSONS for name in lesson.exercises}
    tasks = (task for assignment in ASSIGNMENTS.values() for task in assignment.tasks)
    return lessons | {task.key for task in tasks if isinstance(task, CodeTask)}


# --- 예측 -----------------------------------------------------------------------------------


def lucky_range(options, people=ROOM):
    """보기 ``options``개에서 모두가 찍었을 때, 스무 번에 열아홉 번은 정답의 수가 드는 범위.

    이항 분포의 양 끝에서 2.5%씩 뺀 것입니다.

    Examples:
        >>> lucky_range(3), lucky_range(4)
        ((5, 15), (3, 12))
    """
    total, ends = 0.0, []
    for right in range(people + 1):
        total += math.comb(people, right) * (options - 1) ** (people - right) / options**people
        ends += [right] * ((total >= 0.025 and not ends) + (total >= 0.975 and len(ends) < 2))
    return ends[0], ends[1]


@cache
def prediction_note(name):
    """예측 카드 ``name``의 노트."""
    question = PREDICTIONS[name]
    right = question.right_choices(question.answer)
    chance = ROOM / len(question.choices) if question.choices else None
    choices = [
        ChoiceNote(option.text, number in right, option.why, chance)
        for number, option in enumerate(question.choices, start=1)
    ]
    choices += [
        ChoiceNote(question.say(slip.value), False, slip.why, None) for slip in question.slips
    ]
    section = section_asking(name)
    return PredictionNote(
        name,
        f"레슨 {section.label}",
        question.ask.format(**values_asked(name)),
        question.say(question.answer),
        tuple(choices),
        lucky_range(len(question.choices)) if question.choices else None,
        question.right,
        question.wrong,
    )


def prediction_notes(lesson):
    """레슨 하나의 예측 카드들의 노트. 노트북에 나오는 차례입니다."""
    names = (name for section in sections_of(lesson.stem) for name in section.predictions)
    return tuple(map(prediction_note, names))
