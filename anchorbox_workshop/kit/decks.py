"""슬라이드의 글(``workshop/slides/``)을 장으로 나누고, 장마다 제목과 절을 정합니다.

슬라이드도 진행표도 여기에서 제목과 번호를 가져가므로, 진행표에 적힌 제목은 슬라이드에 있습니다.
"""

import re
from dataclasses import dataclass
from functools import cache

from anchorbox_utils.course.lessons import find_lesson
from anchorbox_workshop.kit.lessons import LAST, TEXTS, Section, find_section

DECKS = TEXTS / "slides"
DIRECTIVE = re.compile(r"^\{\{(\w+)((?: [\w-]+)*)\}\}$")
HEADING = re.compile(r"^#+ (.+)$")
# 예측 카드와 연습을 넣는 말.
ASKING = ("predict", "exercise")


@dataclass(frozen=True)
class Slide:
    """슬라이드 한 장.

    Attributes:
        number: 몇 번째 장인지(1부터). 지은 슬라이드의 주소에 ``#번호``로 붙습니다.
        title: 제목.
        section: 어느 절의 것인지. 절이 시작되기 전이면 None.
        opens: 그 절의 첫 장인지.
        asks: 묻는 예측과 푸는 연습의 이름들.
        text: 슬라이드의 글.
    """

    number: int
    title: str
    section: Section | None
    opens: bool
    asks: tuple[str, ...]
    text: str


def directive(line):
    """``{{이름 …}}`` 줄의 (이름, 인수들). 그런 줄이 아니면 None."""
    found = DIRECTIVE.match(line)
    return (found[1], found[2].split()) if found else None


def read_deck(lesson, text):
    """슬라이드의 글을 :class:`Slide`들로.

    Raises:
        KitError: 없는 절을 적었을 때.
    """
    found, section = [], None
    for number, part in enumerate(re.split(r"^---$", text, flags=re.MULTILINE), start=1):
        told = [one for line in part.split("\n") if (one := directive(line))]
        before = section
        for name, arguments in told:
            key = {"title": "0", "close": LAST}.get(name) or (name == "section" and arguments[0])
            section = find_section(f"{lesson.number}.{key}") if key else section
        asks = tuple(arguments[0] for name, arguments in told if name in ASKING)
        title = _title(lesson, section, part, told)
        found.append(Slide(number, title, section, section != before, asks, part.strip()))
    return tuple(found)


def _title(lesson, section, part, told):
    for name, arguments in told:
        match name:
            case "title":
                return lesson.label
            case "section" | "close":
                return section.title
            case "predict":
                return f"예측해 보세요 `{arguments[0]}`"
    return next((found[1] for line in part.split("\n") if (found := HEADING.match(line))), "")


@cache
def slides_of(stem):
    """레슨 ``stem``의 슬라이드들."""
    text = (DECKS / f"{stem}.md").read_text(encoding="utf-8")
    return read_deck(find_lesson(stem), text)


def slides_in(section):
    """절 하나의 슬라이드들."""
    return tuple(slide for slide in slides_of(section.lesson.stem) if slide.section == section)
