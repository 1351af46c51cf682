"""노트북에서 절과 셀을 읽고, 절마다 강사가 할 일을 짝짓습니다."""

import ast
import contextlib
import json
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anchorbox_utils.course.cards import plain
from anchorbox_utils.course.lessons import LESSONS, find_lesson

# 글은 꾸러미가 아니라 저장소에 있습니다.
ROOT = Path(__file__).resolve().parents[2]
TEXTS, NOTEBOOKS = ROOT / "workshop", ROOT / "notebooks"
LAST = "끝"
NUMBERED = re.compile(r"^## (\d+)\. (.+)$", re.MULTILINE)
SUMMARY = re.compile(r"^## 정리$", re.MULTILINE)
# 강사가 하는 일, 학습자가 하는 일, 늦었을 때 뺄 것, 그것을 빼면 줄어드는 시간(분. 잰 것이 아니라
# 글쓴이의 짐작), 여기서 막히는 것.
DEEDS = ("say", "do", "cut", "saves", "trouble")


class KitError(Exception):
    """꾸러미를 만들 수 없는 까닭."""


@dataclass(frozen=True)
class Cell:
    """노트북의 셀 하나.

    Attributes:
        name: 노트북에 적힌 셀의 이름(id).
        kind: ``"markdown"``이나 ``"code"``.
        source: 셀의 글.
        printed: 출력한 글.
        picture: 저장된 그림(PNG, base64). 없으면 None.
    """

    name: str
    kind: str
    source: str
    printed: str = ""
    picture: str | None = None


@dataclass(frozen=True)
class Section:
    """레슨의 절 하나.

    Attributes:
        lesson: :class:`Lesson`.
        key: ``"2"``처럼 절의 번호. 1절보다 앞은 ``"0"``, 정리부터는 ``"끝"``.
        title: 절의 제목.
        explain: 설명하는 시간(분).
        practice: 실습하는 시간(분).
        cells: 이 절의 셀들.
        deeds: 강사의 할 일. 열쇠는 :data:`DEEDS`.
    """

    lesson: object
    key: str
    title: str
    explain: int
    practice: int
    cells: tuple[Cell, ...]
    deeds: dict

    @property
    def place(self):
        """진행표에 적는 이름."""
        return f"{self.lesson.number}.{self.key}"

    @property
    def label(self):
        """사람이 읽는 이름. 꾸밈이 없는 글입니다."""
        return plain(f"{self.place} {self.title}")

    @property
    def predictions(self):
        """이 절에서 묻는 예측의 이름들."""
        return self._called("predict")

    @property
    def exercises(self):
        """이 절에서 검사하는 연습의 이름들."""
        return self._called("check")

    def _called(self, function):
        code = "\n".join(cell.source for cell in self.cells if cell.kind == "code")
        return tuple(re.findall(rf'^{function}\("(\w+)"', code, re.MULTILINE))


def _read_cell(row):
    printed, picture = [], None
    for output in row.get("outputs", ()):
        data = output.get("data", {})
        if output["output_type"] == "stream":
            printed.append("".join(output["text"]))
        picture = data.get("image/png", picture)
    source = "".join(row["source"])
    return Cell(row["id"], row["cell_type"], source, "".join(printed).rstrip("\n"), picture)


@cache
def cells_of(stem):
    """레슨 ``stem``의 셀들."""
    content = json.loads((NOTEBOOKS / f"{stem}.ipynb").read_text(encoding="utf-8"))
    return tuple(map(_read_cell, content["cells"]))


def find_cell(stem, name):
    """이름(id)으로 찾은 셀.

    Raises:
        KitError: 그런 셀이 없을 때.
    """
    for cell in cells_of(stem):
        if cell.name == name:
            return cell
    raise KitError(f"{stem}: {name}이라는 셀이 없습니다.")


def _headed(cell):
    """이 셀에서 시작하는 절의 (번호, 제목). 절이 시작되지 않으면 None."""
    if cell.kind != "markdown":
        return None
    if found := NUMBERED.search(cell.source):
        return found[1], found[2]
    return (LAST, "정리") if SUMMARY.search(cell.source) else None


@cache
def sections_of(stem):
    """레슨 ``stem``의 절들을 차례대로.

    Raises:
        KitError: 절의 수가 ``lessons.toml``의 시간이나 ``workshop/lessons/``의 글과 다를 때.
    """
    lesson = find_lesson(stem)
    parts = [("0", "시작하기 전에", [])]
    for cell in cells_of(stem):
        if head := _headed(cell):
            parts.append((*head, []))
        parts[-1][2].append(cell)
    keys = [key for key, _, _ in parts]
    texts = tomllib.loads((TEXTS / "lessons" / f"{stem}.toml").read_text(encoding="utf-8"))
    if list(texts) != keys:
        raise KitError(
            f"workshop/lessons/{stem}.toml의 절이 {list(texts)}인데 노트북은 {keys}입니다."
        )
    if len(lesson.section_minutes) != len(keys):
        raise KitError(
            f"lessons.toml의 {stem}: minutes가 {len(lesson.section_minutes)}개인데 노트북의 절은 "
            f"{len(keys)}개입니다."
        )
    for key, deeds in texts.items():
        if tuple(deeds) != DEEDS:
            raise KitError(
                f"workshop/lessons/{stem}.toml의 {key}: {', '.join(DEEDS)}가 있어야 합니다."
            )
    return tuple(
        Section(lesson, key, title, *minutes, tuple(cells), texts[key])
        for (key, title, cells), minutes in zip(parts, lesson.section_minutes, strict=True)
    )


def find_section(place):
    """``"01.2"``처럼 부르는 절.

    Raises:
        KitError: 그런 절이 없을 때.
    """
    number, _, key = place.partition(".")
    for lesson in LESSONS:
        if lesson.number == number:
            for section in sections_of(lesson.stem):
                if section.key == key:
                    return section
    raise KitError(f"{place}: 그런 절이 없습니다.")


def sections():
    """모든 레슨의 절."""
    return tuple(section for lesson in LESSONS for section in sections_of(lesson.stem))


def section_asking(name):
    """예측이나 연습 ``name``이 있는 절. 레슨에 없으면 None."""
    for section in sections():
        if name in (*section.predictions, *section.exercises):
            return section
    return None


def values_asked(name):
    """예측 ``name``을 묻는 셀에 적힌 값들. 물음의 글에 들어갑니다.

    Examples:
        >>> values_asked("setting_b")
        {'pos_thr': 0.6, 'neg_thr': 0.3}
    """
    values = {}
    for cell in section_asking(name).cells:
        if cell.kind == "code" and f'predict("{name}"' in cell.source:
            calls = [
                node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Call)
            ]
            (call,) = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "predict"]
            for keyword in call.keywords:
                # 그림처럼 셀을 실행해야 아는 값은 물음의 글에 들어가지 않습니다.
                with contextlib.suppress(ValueError):
                    values[keyword.arg] = ast.literal_eval(keyword.value)
    return values
