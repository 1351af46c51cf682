"""진행표: 레슨의 절을 늘어놓고 시간을 더합니다."""

import tomllib
from dataclasses import dataclass, replace

from anchorbox_utils.homework.assignments import ASSIGNMENTS
from anchorbox_workshop.kit.decks import Slide, slides_in
from anchorbox_workshop.kit.lessons import (
    DEEDS,
    LAST,
    TEXTS,
    KitError,
    Section,
    find_section,
    sections_of,
)

PARTS = {"설명": "explain", "실습": "practice"}


@dataclass(frozen=True)
class Row:
    """진행표의 한 줄.

    Attributes:
        title: 무엇을 하는 시간인지.
        start: 시작한 뒤 몇 분째인지.
        minutes: 몇 분인지.
        deeds: 할 일. 열쇠는 ``lessons.DEEDS``.
        section: 레슨의 절. 레슨에 없는 시간이면 None.
        part: 그 절의 설명이나 실습만이면 ``"설명"``이나 ``"실습"``. 아니면 빈 글.
        opening: 시작하기 전에 모두가 열고 실행할 것. 바로 앞 절에서 이어지면 빈 글.
        slides: 이때 보일 슬라이드들.
    """

    title: str
    start: int
    minutes: int
    deeds: dict
    section: Section | None = None
    part: str = ""
    opening: str = ""
    slides: tuple[Slide, ...] = ()

    @property
    def end(self):
        """끝나는 때(분)."""
        return self.start + self.minutes

    @property
    def saves(self):
        """늦었을 때 뺄 것을 빼면 줄어드는 시간(분)."""
        whole = self.section.explain + self.section.practice if self.section else self.minutes
        # 설명만 하는 줄에서는 실습의 시간이 이미 빠져 있습니다.
        return min(self.minutes, max(0, self.deeds["saves"] - (whole - self.minutes)))

    @property
    def is_spare(self):
        """늦으면 통째로 빼는 여유인지."""
        return self.section is None and self.saves == self.minutes

    @property
    def predictions(self):
        """이때 묻는 예측들."""
        return self.section.predictions if self.section else ()

    @property
    def exercises(self):
        """이때 푸는 연습들. 설명만 하는 줄에는 없습니다."""
        return self.section.exercises if self.section and self.part != "설명" else ()


@dataclass(frozen=True)
class Need:
    """앞 절에 기대는 절.

    Attributes:
        section: 기대는 절.
        taught: 그것을 가르치는 앞 절.
        say: 앞 절을 건너뛰었을 때 먼저 할 말.
    """

    section: Section
    taught: Section
    say: str


@dataclass(frozen=True)
class Session:
    """한 번의 수업."""

    rows: tuple[Row, ...]

    @property
    def minutes(self):
        """줄의 시간을 더한 것."""
        return sum(row.minutes for row in self.rows)

    @property
    def homework(self):
        """이 수업에서 끝낸 레슨의 짝 과제들."""
        ended = (row.section for row in self.rows if row.section and row.section.key == LAST)
        return tuple(ASSIGNMENTS[s.lesson.homework] for s in ended if s.lesson.homework)


@dataclass(frozen=True)
class Sheet:
    """진행표 하나.

    Attributes:
        name: 짧은 이름.
        title: 사람이 읽는 이름.
        purpose: 어떤 자리에 쓰는지.
        sessions: 수업들.
    """

    name: str
    title: str
    purpose: str
    sessions: tuple[Session, ...]

    @property
    def minutes(self):
        """모두 더한 시간(분)."""
        return sum(session.minutes for session in self.sessions)


def read_sheets(text):
    """``runsheets.toml``의 글을 :class:`Sheet`들로 바꿉니다.

    Raises:
        KitError: 없는 절이나 일을 적었을 때, 시간을 더한 것이 적은 것과 다를 때.
    """
    content = tomllib.loads(text)
    moments = content["moment"]
    shown = {name: deeds.pop("slide") for name, deeds in moments.items() if "slide" in deeds}
    for name, deeds in moments.items():
        if tuple(deeds) != DEEDS:
            raise KitError(f"runsheets.toml의 {name}: {', '.join(DEEDS)}가 있어야 합니다.")
    needs = [
        Need(find_section(row["section"]), find_section(row["taught"]), row["say"])
        for row in content["need"]
    ]
    return tuple(_sheet(row, moments, shown, needs) for row in content["sheet"])


def _sheet(row, moments, shown, needs):
    sessions = [
        _session(f"{row['title']}의 수업 {number}", lines, row["minutes"], moments)
        for number, lines in enumerate(row["sessions"], start=1)
    ]
    taught = [one.section for session in sessions for one in session if one.section]
    needs = [need for need in needs if need.taught not in taught]
    return Sheet(
        row["name"],
        row["title"],
        row["for"],
        tuple(Session(tuple(_show(one, shown, needs) for one in rows)) for rows in sessions),
    )


def _show(row, shown, needs):
    """줄에 슬라이드를 잇고, 건너뛴 절에 기대면 그 절의 말부터 하게 합니다."""
    if row.section is None:
        slides = slides_in(find_section(shown[row.title]))[:1] if row.title in shown else ()
        return replace(row, slides=slides)
    needed = [need for need in needs if need.section == row.section]
    first = tuple(slides_in(need.taught)[0] for need in needed)
    say = " ".join([*(need.say for need in needed), row.deeds["say"]])
    return replace(row, slides=first + slides_in(row.section), deeds=row.deeds | {"say": say})


def _session(where, lines, minutes, moments):
    read = [_line(where, line, moments) for line in lines]
    open_ended = [n for n, (_, length, *_) in enumerate(read) if length is None]
    known = sum(length for _, length, *_ in read if length)
    rest = minutes - known
    if len(open_ended) > 1 or (open_ended and rest < 1) or (not open_ended and rest):
        raise KitError(f"{where}: 더하면 {known}분인데 {minutes}분이어야 합니다.")
    rows, start, before = [], 0, None
    for title, length, deeds, section, part in read:
        minutes = rest if length is None else length
        opening = _opening(before, section) if section else ""
        rows.append(Row(title, start, minutes, deeds, section, part, opening))
        start, before = rows[-1].end, section or before
    return rows


def _opening(before, section):
    """앞에서 절 ``before``를 했을 때, ``section``의 셀이 멈추지 않도록 먼저 할 일."""
    lesson = section.lesson
    order = sections_of(lesson.stem)
    place = order.index(section)
    if before and place and before == order[place - 1]:
        return ""
    opens = "" if before and before.lesson == lesson else f"`notebooks/{lesson.file}`"
    if not place:
        return f"모두 {opens}를 엽니다."
    # 불러오기와 건너뛴 절의 값이 위의 셀에 있습니다.
    name = section.title if section.key == LAST else f"{section.key}절"
    opens = opens and f"{opens}를 열고, "
    return f"모두 {opens}{name}의 제목을 고르고 **실행 → 위의 모든 셀 실행**을 누릅니다."


def _line(where, line, moments):
    """한 줄의 (제목, 시간, 할 일, 절, 부분)."""
    name, _, number = line.rpartition(" ")
    if line in moments:
        return line, None, moments[line], None, ""
    if name in moments and number.isdecimal():
        return name, int(number), moments[name], None, ""
    place, _, part = line.partition(" ")
    if part and part not in PARTS:
        raise KitError(f"{where}의 {line!r}: 레슨의 절도, 적어 둔 일도 아닙니다.")
    try:
        section = find_section(place)
    except KitError as error:
        raise KitError(f"{where}: {error}") from None
    whole = section.explain + section.practice
    minutes = getattr(section, PARTS[part]) if part else whole
    return section.label, minutes, section.deeds, section, part


def sheets():
    """``workshop/runsheets.toml``의 진행표들."""
    return read_sheets((TEXTS / "runsheets.toml").read_text(encoding="utf-8"))
