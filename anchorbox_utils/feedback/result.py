"""판정 결과와 그 표시. 글과 HTML은 같은 데이터에서 나오므로 내용이 늘 같습니다."""

import html
import re
from dataclasses import dataclass

# 상태마다 (기호, 낱말, JupyterLab의 색 이름, 그 이름이 없는 곳의 색).
# 색 없이도 읽히도록 기호와 낱말을 함께 씁니다. 기호는 cp949에도 있는 것만 골랐습니다.
STATES = {
    "passed": ("○", "통과", "success-color1", "#388e3c"),
    "failed": ("×", "다시 보기", "error-color1", "#d32f2f"),
    "error": ("△", "실행 중 멈춤", "warn-color1", "#f57c00"),
    "not_attempted": ("□", "아직", "border-color1", "#9e9e9e"),
}


@dataclass(frozen=True)
class CheckResult:
    """한 연습 문제의 판정. 노트북에서는 HTML로, 그 밖에서는 글로 보입니다.

    Attributes:
        exercise: 문제 이름.
        status: ``"passed"``, ``"failed"``, ``"not_attempted"``, ``"error"`` 중 하나.
        message: 한두 문장의 판정.
        misconception: 알아본 오개념의 이름. 없으면 None.
        hint: 그 오개념의 힌트. 없으면 None.
        details: (이름, 내용) 줄들. 넣은 값, 돌려준 값, 필요한 형태 등.

    Examples:
        >>> result = CheckResult("encode_boxes", "passed", "공개 검사를 통과했습니다.")
        >>> result.passed
        True
        >>> print(result)
        ○ 통과 · encode_boxes
        공개 검사를 통과했습니다.
    """

    exercise: str
    status: str
    message: str
    misconception: str | None = None
    hint: str | None = None
    details: tuple[tuple[str, str], ...] = ()

    @property
    def passed(self):
        """통과했으면 True."""
        return self.status == "passed"

    @property
    def _rows(self):
        return (*self.details, *((("힌트", self.hint),) if self.hint else ()))

    def __str__(self):
        icon, word, *_ = STATES[self.status]
        lines = [f"{icon} {word} · {self.exercise}", self.message]
        for label, text in self._rows:
            first, *rest = text.split("\n")
            lines += [f"  - {label}: {first}", *(f"      {line}" for line in rest)]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        icon, word, *_ = STATES[self.status]
        rows = "".join(_html_row(label, text) for label, text in self.details)
        if self.hint:
            rows += _html_row("힌트", self.hint, _HINT_STYLE)
        return _card(
            self.status,
            f"<div><strong>{icon} {word}</strong> · <code>{html.escape(self.exercise)}</code></div>"
            f"<div>{_inline(self.message)}</div>{rows}",
        )


@dataclass(frozen=True)
class Progress:
    """여러 문제의 판정을 한 줄로 모은 것. :func:`anchorbox_utils.homework.progress`가 만듭니다.

    Examples:
        >>> Progress((CheckResult("box_iou", "passed", "통과했습니다."),))
        1/1 통과 · 공개 검사
          ○ 통과 · box_iou
        채점할 때는 다른 숫자로 한 번 더 검사합니다.
    """

    results: tuple[CheckResult, ...]

    @property
    def passed(self):
        """통과한 문제의 수."""
        return sum(result.passed for result in self.results)

    @property
    def line(self):
        """``"4/6 통과 · 공개 검사"`` 꼴의 한 줄."""
        return f"{self.passed}/{len(self.results)} 통과 · 공개 검사"

    _note = "채점할 때는 다른 숫자로 한 번 더 검사합니다."

    def __str__(self):
        rows = []
        for result in self.results:
            icon, word, *_ = STATES[result.status]
            rows.append(f"  {icon} {word} · {result.exercise}")
        return "\n".join([self.line, *rows, self._note])

    __repr__ = __str__

    def _repr_html_(self):
        rows = ""
        for result in self.results:
            icon, word, *_ = STATES[result.status]
            rows += f"<div>{icon} {word} · <code>{html.escape(result.exercise)}</code></div>"
        return _card(
            "passed" if self.passed == len(self.results) else "not_attempted",
            f"<div><strong>{self.line}</strong></div>{rows}<div>{self._note}</div>",
        )


_ROW_STYLE = "margin-top: 4px"
_HINT_STYLE = (
    "margin-top: 8px; padding: 6px 10px; background-color: rgba(128, 128, 128, 0.15); "
    "word-break: keep-all"
)


def _card(status, body):
    *_, name, colour = STATES[status]
    # 글자색을 정하지 않아 밝은 화면과 어두운 화면 모두 그 화면의 글자색을 따릅니다.
    # 색을 두 번 적는 까닭: 믿지 않는 노트북에서는 JupyterLab이 var()가 든 선언을 지웁니다.
    return (
        f'<div style="border-left: 4px solid {colour}; '
        f"border-left-color: var(--jp-{name}, {colour}); "
        f'padding: 6px 12px; margin: 4px 0; line-height: 1.6; max-width: 50em">{body}</div>'
    )


def _html_row(label, text, style=_ROW_STYLE):
    content = _inline(text)
    if "\n" in content:
        content = "<br>" + content.replace("\n", "<br>")
    return f'<div style="{style}"><strong>{label}</strong> {content}</div>'


def _inline(text):
    """글을 HTML로 바꿉니다. ``백틱``으로 감싼 곳은 <code>가 됩니다."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(text))
