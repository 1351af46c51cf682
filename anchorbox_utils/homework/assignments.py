"""과제마다의 사실(``assignments.toml``)을 읽습니다.

어느 문제가 어느 과제에 있는지, 배점, 시간, 문제의 글, 힌트는 모두 그 파일에만 있습니다. 노트북의
셀은 ``tools/release_homework.py``가 여기서 만듭니다.
"""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from anchorbox_utils.homework.catalogue import EXERCISES


@dataclass(frozen=True)
class Task:
    """과제 안의 문제 하나. 뜻은 ``assignments.toml``의 머리말에 있습니다.

    Examples:
        >>> task = ASSIGNMENTS["01_formula"].tasks[0]
        >>> task.exercise, task.points, task.public_points, task.hidden_points
        ('xyxy_to_cxcywh', 2, 1, 1)
    """

    exercise: str
    title: str
    goal: str
    minutes: int
    points: int
    text: str
    hints: tuple[tuple[str, str], ...]
    likely: tuple[tuple[str, str], ...] = ()

    @property
    def public_points(self):
        """학습자가 보는 검사의 점수."""
        return self.points // 2

    @property
    def hidden_points(self):
        """숨은 검사의 점수."""
        return self.points - self.public_points


@dataclass(frozen=True)
class Assignment:
    """과제 하나: 노트북 하나에 담긴 문제들.

    Examples:
        >>> assignment = ASSIGNMENTS["02_three_minute_exercise"]
        >>> assignment.points, assignment.exercises
        (4, ('personal_targets',))
    """

    name: str
    title: str
    goal: str
    minutes: int
    tasks: tuple[Task, ...]
    uses: tuple[str, ...] = ()

    @property
    def points(self):
        """문제의 배점을 더한 것."""
        return sum(task.points for task in self.tasks)

    @property
    def exercises(self):
        """문제의 이름들."""
        return tuple(task.exercise for task in self.tasks)


def read_assignments(text):
    """``assignments.toml``의 글을 :class:`Assignment`들로 바꿉니다.

    Raises:
        ValueError: 빠졌거나 모르는 항목이 있을 때, 없는 문제이거나 두 번 낸 문제일 때, 배점이
            짝수가 아닐 때, 없는 오개념을 흔하다고 했을 때, 과제의 시간이 문제마다의 시간을 더한
            것보다 짧을 때.
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
        if task.exercise not in EXERCISES:
            raise ValueError(
                f"{task.exercise}: 그런 연습 문제가 없습니다. homework/catalogue의 파일에 적고 "
                "그 파일의 EXERCISES에 올렸는지 보세요."
            )
        if task.exercise in seen:
            raise ValueError(f"{task.exercise}: 같은 문제를 두 번 냈습니다.")
        if task.points < 2 or task.points % 2:
            raise ValueError(
                f"{task.exercise}: 공개 검사와 숨은 검사가 절반씩이라 배점은 짝수여야 하는데 "
                f"{task.points}입니다."
            )
        known = {mistake.name for mistake in EXERCISES[task.exercise].misconceptions}
        strange = [name for name, _ in task.likely if name not in known]
        if strange:
            raise ValueError(
                f"{task.exercise}: likely에 적은 오개념이 문제에 없습니다: {', '.join(strange)}"
            )
        seen.add(task.exercise)
    return assignments


def _assignment(row):
    tasks = tuple(_task(task) for task in row.pop("task", ()))
    return _build(Assignment, {**row, "tasks": tasks, "uses": tuple(row.get("uses", ()))}, "name")


def _task(row):
    pairs = {name: tuple(map(tuple, row.get(name, ()))) for name in ("hints", "likely")}
    return _build(Task, {**row, "text": row.get("text", "").strip(), **pairs}, "exercise")


def _build(kind, row, key):
    names = {field.name for field in fields(kind)}
    wrong = {"모르는": row.keys() - names, "빠진": names - row.keys()}
    for word, found in wrong.items():
        if found:
            where = row.get(key, kind.__name__)
            raise ValueError(f"{where}: {word} 항목이 있습니다: {', '.join(sorted(found))}")
    return kind(**row)


ASSIGNMENTS = {
    assignment.name: assignment
    for assignment in read_assignments(
        (Path(__file__).parent / "assignments.toml").read_text(encoding="utf-8")
    )
}
