"""진도판: 사건마다 원인을 맞혔는지, 고쳤는지."""

import html
from dataclasses import dataclass

from anchorbox_utils import feedback
from anchorbox_utils.bugs.catalogue import BUG_CASES
from anchorbox_utils.feedback import STATES

STEPS = {"cause": "원인", "repair": "고치기"}
_PREFIX = "bug"


def event_name(name, step):
    """판정의 소식에 적는 이름.

    Examples:
        >>> event_name("nan_loss", "cause")
        'bug.nan_loss.cause'
    """
    return f"{_PREFIX}.{name}.{step}"


@dataclass(frozen=True)
class BugBoard:
    """:func:`bug_board`의 결과.

    Attributes:
        states: 사건마다 ``{"cause": 상태, "repair": 상태}``. 상태는 판정의 것과 같고, 한 번
            통과하면 통과로 남습니다.

    Examples:
        >>> board = BugBoard({"nan_loss": {"cause": "passed", "repair": "not_attempted"}})
        >>> board.solved
        0
        >>> print(str(board).splitlines()[1])
          ○ 원인 □ 고치기  nan_loss: 첫 에폭에 회귀 손실이 NaN이 됩니다 (약 4분)
    """

    states: dict

    @property
    def solved(self):
        """원인을 맞히고 고치기도 통과한 사건의 수."""
        return sum(set(steps.values()) == {"passed"} for steps in self.states.values())

    @property
    def line(self):
        """한 줄 요약."""
        left = [name for name, steps in self.states.items() if set(steps.values()) != {"passed"}]
        minutes = sum(BUG_CASES[name].minutes for name in left)
        told = f"남은 사건에 약 {minutes}분" if left else "모두 마쳤습니다"
        return f"버그 실험실: {len(self.states)}건 가운데 {self.solved}건을 풀었습니다. {told}."

    def _rows(self):
        for name, steps in self.states.items():
            card = BUG_CASES[name]
            marks = [f"{STATES[steps[step]][0]} {label}" for step, label in STEPS.items()]
            guided = ", 레슨이 이끄는 사건" if card.guided else ""
            yield name, f"{card.title} (약 {card.minutes}분{guided})", marks

    def __str__(self):
        rows = [f"  {' '.join(marks)}  {name}: {told}" for name, told, marks in self._rows()]
        return "\n".join([self.line, *rows])

    __repr__ = __str__

    def _repr_html_(self):
        rows = "".join(
            f'<tr><td style="text-align: left"><code>{name}</code></td>'
            f'<td style="text-align: left">{html.escape(told)}</td>'
            + "".join(f'<td style="text-align: left">{mark}</td>' for mark in marks)
            + "</tr>"
            for name, told, marks in self._rows()
        )
        return f"<div><strong>{self.line}</strong><table><tbody>{rows}</tbody></table></div>"


def bug_board():
    """지금까지의 판정을 모은 진도판. 노트북 칸의 마지막 줄에 두면 표로 보입니다.

    Examples:
        >>> bug_board().line.endswith("분.")
        True
    """
    return BugBoard({name: dict(steps) for name, steps in _states.items()})


def remember(states):
    """지난번에 통과한 것을 되살립니다. 모르는 이름은 지나칩니다.

    Examples:
        >>> remember({"없는 사건": ["cause"]})
    """
    for name, steps in states.items():
        for step in steps:
            if name in _states and step in STEPS:
                _states[name][step] = "passed"


_states = {name: dict.fromkeys(STEPS, "not_attempted") for name in BUG_CASES}


def _hear(event):
    prefix, _, rest = event.name.partition(".")
    name, _, step = rest.partition(".")
    if prefix == _PREFIX and name in _states and _states[name].get(step) != "passed":
        _states[name][step] = event.status


feedback.listen(_hear)
