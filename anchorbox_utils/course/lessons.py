"""레슨마다의 사실(``lessons.toml``)을 읽습니다."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from anchorbox_utils.validation import refuse, shown

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Lesson:
    """레슨 하나. 뜻은 ``lessons.toml``의 머리말에 있습니다.

    Attributes:
        stem: 확장자를 뺀 파일 이름.
        section_minutes: 절마다의 (설명, 실습). 맨 앞은 여는 부분, 맨 끝은 "정리"부터입니다.
        exercises: 이 레슨이 검사하는 연습 문제의 이름. 노트북에서 세어 ``exercises.json``에 둡니다.

    Examples:
        >>> lesson = find_lesson("1")
        >>> lesson.label, lesson.file, lesson.explain + lesson.practice == lesson.minutes
        ('01. 공식', '01_formula.ipynb', True)
    """

    stem: str
    title: str
    name: str
    part: str
    does: str
    goals: tuple[str, ...]
    needs: tuple[str, ...]
    section_minutes: tuple[tuple[int, int], ...]
    homework: str | None
    exercises: tuple[str, ...]

    @property
    def number(self):
        """``"01"`` 같은 두 자리 번호."""
        return self.stem[:2]

    @property
    def label(self):
        """``"01. 공식"`` 같은 짧은 이름."""
        return f"{self.number}. {self.name}"

    @property
    def file(self):
        """노트북 파일의 이름."""
        return f"{self.stem}.ipynb"

    @property
    def explain(self):
        """설명하는 시간(분)."""
        return sum(explain for explain, _ in self.section_minutes)

    @property
    def practice(self):
        """실습하는 시간(분)."""
        return sum(practice for _, practice in self.section_minutes)

    @property
    def minutes(self):
        """설명과 실습을 더한 시간(분)."""
        return self.explain + self.practice

    @property
    def homework_label(self):
        """``"과제 01"`` 같은 이름. 짝 과제가 없으면 None."""
        return self.homework and f"과제 {self.homework[:2]}"

    @property
    def homework_link(self):
        """레슨에서 본 짝 과제의 자리. 없으면 None."""
        return self.homework and f"../exercises/{self.homework}/{self.homework}.ipynb"


def read_lessons(text, exercises):
    """``lessons.toml``의 글과 {레슨: 연습 문제 이름들}을 :class:`Lesson`들로 바꿉니다."""
    return tuple(_lesson(row, exercises) for row in tomllib.loads(text)["lesson"])


def _lesson(row, exercises):
    try:
        return Lesson(
            **{key: row[key] for key in ("stem", "title", "name", "part", "does")},
            goals=tuple(row["goals"]),
            needs=tuple(row["needs"]),
            section_minutes=tuple((explain, practice) for explain, practice in row["minutes"]),
            homework=row.get("homework"),
            exercises=tuple(exercises.get(row["stem"], ())),
        )
    except KeyError as error:
        stem = row.get("stem", row.get("title"))
        raise ValueError(f"lessons.toml의 {stem}: {error.args[0]}이(가) 없습니다.") from None


LESSONS = read_lessons(
    (HERE / "lessons.toml").read_text(encoding="utf-8"),
    json.loads((HERE / "exercises.json").read_text(encoding="utf-8")),
)
# 번호가 없는 쪽. 파일 이름과 링크에 쓸 이름입니다.
PAGES = {"home": "강좌 지도", "glossary": "용어", "finish": "마치며"}


def find_stem(name, argument="name"):
    """``"2"``, ``"02"``, 파일 이름처럼 부르는 말을 레슨이나 쪽의 이름으로 바꿉니다.

    Examples:
        >>> find_stem("2"), find_stem("notebooks/02_three_minute_exercise.ipynb"), find_stem("home")
        ('02_three_minute_exercise', '02_three_minute_exercise', 'home')
    """
    is_number = isinstance(name, int) and not isinstance(name, bool) and 0 <= name < len(LESSONS)
    if not is_number and not isinstance(name, (str, Path)):
        refuse(argument, "레슨의 이름이나 번호", name)
    stems = [*(lesson.stem for lesson in LESSONS), *PAGES]
    asked = Path(str(name).strip().replace("\\", "/")).name.removesuffix(".ipynb")
    for stem in stems:
        if asked == stem or (asked.isdecimal() and asked.zfill(2) == stem[:2]):
            return stem
    numbers = ", ".join(lesson.number for lesson in LESSONS)
    raise ValueError(
        f"{argument}: {shown(name)}라는 레슨은 없습니다. 가능한 이름: {numbers}, {', '.join(PAGES)}"
    )


def find_lesson(name):
    """:func:`find_stem`과 같은 이름으로 레슨을 찾습니다. 번호가 없는 쪽은 레슨이 아닙니다."""
    stem = find_stem(name)
    for lesson in LESSONS:
        if lesson.stem == stem:
            return lesson
    raise ValueError(f"name: {shown(name)}은(는) 레슨이 아닙니다.")
