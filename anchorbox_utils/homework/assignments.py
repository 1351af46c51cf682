"""과제마다의 사실(``assignments.toml``)을 읽습니다.

어느 문제가 어느 과제에 있는지, 배점, 시간, 문제의 글, 힌트는 모두 그 파일에만 있습니다. 노트북의
셀은 ``tools/release_homework.py``가 여기서 만듭니다.
"""

import tomllib
from dataclasses import MISSING, dataclass, fields
from pathlib import Path

from anchorbox_utils.homework.catalogue import QUESTIONS


@dataclass(frozen=True, kw_only=True)
class Task:
    """과제 안의 문제 하나. 항목의 뜻은 ``assignments.toml``의 머리말에 있습니다."""

    title: str
    goal: str
    minutes: int
    points: int
    text: str = ""
    hints: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class CodeTask(Task):
    """함수를 쓰고 자동 검사를 받는 문제.

    Raises:
        ValueError: 없는 문제일 때, 배점이 짝수가 아닐 때, 문제에 없는 오개념을 흔하다고 했을 때.

    Examples:
        >>> task = ASSIGNMENTS["01_formula"].tasks[0]
        >>> task.exercise, task.points, task.public_points, task.hidden_points
        ('xyxy_to_cxcywh', 2, 1, 1)
    """

    exercise: str
    likely: tuple[tuple[str, str], ...] = ()

    def __post_init__(self):
        if self.exercise not in QUESTIONS:
            raise ValueError(
                f"{self.exercise}: 그런 연습 문제가 없습니다. homework/catalogue의 파일에 적고 "
                "그 파일의 EXERCISES에 올렸는지 보세요."
            )
        if self.points < 2 or self.points % 2:
            raise ValueError(
                f"{self.exercise}: 공개 검사와 숨은 검사가 절반씩이라 배점은 짝수여야 하는데 "
                f"{self.points}입니다."
            )
        known = {mistake.name for mistake in self.question.misconceptions}
        strange = [name for name, _ in self.likely if name not in known]
        if strange:
            raise ValueError(
                f"{self.exercise}: likely에 적은 오개념이 문제에 없습니다: {', '.join(strange)}"
            )

    @property
    def key(self):
        """과제 안에서 하나뿐인 이름."""
        return self.exercise

    @property
    def question(self):
        """이 문제의 정의."""
        return QUESTIONS[self.exercise]

    @property
    def public_points(self):
        """학습자가 보는 검사의 점수."""
        return self.points // 2

    @property
    def hidden_points(self):
        """숨은 검사의 점수."""
        return self.points - self.public_points


@dataclass(frozen=True, kw_only=True)
class Explanation(Task):
    """글로 설명하고 사람이 채점하는 문제.

    Raises:
        ValueError: 채점 기준의 점수를 더한 것이 배점과 다를 때.

    Examples:
        >>> task = ASSIGNMENTS["04_threshold_experiment"].tasks[-1]
        >>> task.key, sum(points for points, _ in task.rubric) == task.points
        ('explain_threshold', True)
    """

    name: str
    checklist: tuple[str, ...]
    rubric: tuple[tuple[int, str], ...]
    answer: str

    def __post_init__(self):
        total = sum(points for points, _ in self.rubric)
        if total != self.points:
            raise ValueError(
                f"{self.name}: 채점 기준의 점수를 더하면 {total}점인데 배점은 "
                f"{self.points}점입니다."
            )

    @property
    def key(self):
        """과제 안에서 하나뿐인 이름."""
        return self.name


# 표의 kind마다의 (꼴, 잘못을 말할 때 부르는 이름이 적힌 항목).
KINDS = {"code": (CodeTask, "exercise"), "explanation": (Explanation, "name")}


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """과제 하나: 노트북 하나에 담긴 문제들.

    Examples:
        >>> assignment = ASSIGNMENTS["02_three_minute_exercise"]
        >>> assignment.points, assignment.exercises
        (4, ('personal_box',))
    """

    name: str
    title: str
    goal: str
    minutes: int
    tasks: tuple[Task, ...]
    uses: tuple[str, ...] = ()
    reflections: tuple[str, ...] = ()

    @property
    def points(self):
        """문제의 배점을 더한 것."""
        return sum(task.points for task in self.tasks)

    @property
    def exercises(self):
        """자동으로 검사하는 문제의 이름들."""
        return tuple(task.exercise for task in self.tasks if isinstance(task, CodeTask))

    @property
    def manual_points(self):
        """사람이 채점하는 글의 배점을 더한 것."""
        return sum(task.points for task in self.tasks if isinstance(task, Explanation))


def read_assignments(text):
    """``assignments.toml``의 글을 :class:`Assignment`들로 바꿉니다.

    Raises:
        ValueError: 빠졌거나 모르는 항목이 있을 때, 없는 종류이거나 두 번 낸 문제일 때, 과제의
            시간이 문제마다의 시간을 더한 것보다 짧을 때, 문제가 제 종류의 약속을 어길 때.
    """
    assignments = tuple(_assignment(row) for row in tomllib.loads(text)["assignment"])
    for assignment in assignments:
        total = sum(task.minutes for task in assignment.tasks)
        if assignment.minutes < total:
            raise ValueError(
                f"{assignment.name}: 문제마다의 시간을 더하면 {total}분인데 과제의 시간은 "
                f"{assignment.minutes}분입니다."
            )
    seen = set()
    for task in (task for assignment in assignments for task in assignment.tasks):
        if task.key in seen:
            raise ValueError(f"{task.key}: 같은 문제를 두 번 냈습니다.")
        seen.add(task.key)
    return assignments


def _assignment(row):
    tasks = tuple(_task(task) for task in row.pop("task", ()))
    return _build(Assignment, {**row, "tasks": tasks}, "name")


def _task(row):
    kind = row.pop("kind", "code")
    if kind not in KINDS:
        raise ValueError(f"kind: {', '.join(KINDS)} 가운데 하나여야 하는데 {kind!r}입니다.")
    return _build(KINDS[kind][0], row, KINDS[kind][1])


def _frozen(value):
    """표의 리스트를 튜플로, 글의 앞뒤 빈 줄을 없애 바꿉니다."""
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return value.strip() if isinstance(value, str) else value


def _build(kind, row, key):
    names = {field.name for field in fields(kind)}
    needed = {field.name for field in fields(kind) if field.default is MISSING}
    wrong = {"모르는": row.keys() - names, "빠진": needed - row.keys()}
    for word, found in wrong.items():
        if found:
            where = row.get(key, kind.__name__)
            raise ValueError(f"{where}: {word} 항목이 있습니다: {', '.join(sorted(found))}")
    return kind(**{name: _frozen(value) for name, value in row.items()})


ASSIGNMENTS = {
    assignment.name: assignment
    for assignment in read_assignments(
        (Path(__file__).parent / "assignments.toml").read_text(encoding="utf-8")
    )
}
