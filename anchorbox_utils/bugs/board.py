"""진도판: 사건마다 원인을 맞혔는지, 고쳤는지."""

import html
from dataclasses import dataclass

from anchorbox_utils.bugs.catalogue import BUG_CASES
from anchorbox_utils.feedback import STATES

STEPS = {"cause": "원인", "repair": "고치기"}


def event_name(name, step):
    """판정의 소식에 적는 이름.

    Examples:
        >>> event_name("nan_loss", "cause")
        'bug.nan_loss.cause'
    """
    return f"bug.{name}.{step}"


@dataclass(frozen=True)
class BugBoard:
    """사건마다의 진도. :func:`anchorbox_utils.bug_board`가 만듭니다.

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

    @classmethod
    def now(cls, passed=()):
        """이 커널에서 한 일에, 지난번에 통과한 소식의 이름들(``passed``)을 더한 진도판.

        Examples:
            >>> BugBoard.now({"bug.nan_loss.cause"}).states["nan_loss"]["cause"]
            'passed'
        """
        marks = {**_kernel, **dict.fromkeys(passed, "passed")}
        return cls(
            {
                name: {step: marks.get(event_name(name, step), "not_attempted") for step in STEPS}
                for name in BUG_CASES
            }
        )

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


def note(name, step, status):
    """이 커널에서 난 판정을 기억합니다. 한 번 통과하면 통과로 남습니다."""
    if not passed(name, step):
        _kernel[event_name(name, step)] = status


def passed(name, step):
    """이 커널에서 통과했는지."""
    return _kernel.get(event_name(name, step)) == "passed"


_kernel = {}
