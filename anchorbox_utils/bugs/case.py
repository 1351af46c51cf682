"""사건 하나: 증상, 원인의 후보, 고장 내기와 고치기."""

import html
from collections.abc import Callable
from dataclasses import dataclass

from anchorbox_utils.bugs.pipeline import Pipeline
from anchorbox_utils.diagnosis import KINDS


@dataclass(frozen=True, eq=False)
class BugCase:
    """사건 하나.

    Attributes:
        name: 이름.
        title: 사람들이 본 증상.
        threads: 그 증상이 보고된 공개 글(소유자/저장소#번호).
        cause: 원인. 진단이 찾아내는 이름이기도 합니다.
        others: 그럴듯하지만 아닌 원인 셋.
        hint: 틀렸을 때의 힌트.
        build: ``build(seed)``가 (고장 난 Pipeline, 올바른 xyxy 박스)를 만듭니다.
        symptom: ``symptom(pipeline)``이 눈에 보이는 증상을 계산해 한두 줄로 말합니다.
        repair: 고치는 방법의 한 가지 예.
    """

    name: str
    title: str
    threads: tuple[str, ...]
    cause: str
    others: tuple[str, str, str]
    hint: str
    build: Callable
    symptom: Callable
    repair: Callable

    @property
    def choices(self):
        """원인의 후보들. 정답의 자리는 이름으로 정해집니다."""
        choices = list(self.others)
        choices.insert(sum(map(ord, self.name)) % 4, self.cause)
        return tuple(choices)


@dataclass(frozen=True, eq=False)
class OpenedBug:
    """:func:`open_bug`로 펼친 사건. 노트북 칸의 마지막 줄에 두면 증상과 후보가 보입니다.

    Attributes:
        case: :class:`BugCase`.
        pipeline: 고장 난 :class:`Pipeline`.
    """

    case: BugCase
    pipeline: Pipeline

    def __str__(self):
        lines = [f"사건 {self.case.name}: {self.case.title}", ""]
        lines += [self.case.symptom(self.pipeline), "", "원인의 후보"]
        lines += [f"  {name}: {KINDS[name].title}" for name in self.case.choices]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        choices = "".join(
            f"<li><code>{name}</code> {html.escape(KINDS[name].title)}</li>"
            for name in self.case.choices
        )
        symptom = html.escape(self.case.symptom(self.pipeline)).replace("\n", "<br>")
        return (
            f"<div><strong>사건 <code>{self.case.name}</code>: {html.escape(self.case.title)}"
            f"</strong><p>{symptom}</p>원인의 후보<ul>{choices}</ul></div>"
        )
