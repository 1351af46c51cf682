"""실험을 견주는 표: 글로도 HTML로도 같은 내용입니다."""

import html
from collections.abc import Mapping
from dataclasses import dataclass

from anchorbox_utils.validation import as_instance, as_number, as_text, shown

METRICS = ("AP", "AP50", "AP75")
# 판정마다 (기호, 뜻, HTML의 바탕색). 글자색은 정하지 않아 어두운 화면에서도 읽힙니다.
_VERDICTS = {
    "better": ("▲", "모든 시드에서 높음", "rgba(0, 128, 90, 0.25)"),
    "worse": ("▼", "모든 시드에서 낮음", "rgba(213, 94, 0, 0.25)"),
    "unclear": ("≈", "다르다고 말할 수 없음", "rgba(128, 128, 128, 0.15)"),
}
_LEGEND = " · ".join(f"{mark} {meaning}" for mark, meaning, _ in _VERDICTS.values())


@dataclass(frozen=True)
class ComparisonTable:
    """견주는 표. :func:`compare_runs`와 :func:`compare_scores`가 만듭니다.

    Attributes:
        heads: 열의 이름들.
        rows: 줄마다 칸의 글들. 첫 칸이 이름입니다.
        deltas: 줄마다 차이(Δ) 칸의 바탕색. 빈 글이면 칠하지 않습니다. Δ는 셋째 열입니다.
        note: 표 아래에 적을 글.

    Examples:
        >>> table = ComparisonTable(("설정", "AP"), (("기준", "65.9"),), ("",), "다섯 시드의 평균")
        >>> print(table)
        기준: AP 65.9
        다섯 시드의 평균
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    deltas: tuple[str, ...]
    note: str = ""

    def __str__(self):
        lines = [
            f"{row[0]}: "
            + " | ".join(
                f"{head} {text}" for head, text in zip(self.heads[1:], row[1:], strict=True) if text
            )
            for row in self.rows
        ]
        return "\n".join([*lines, *([self.note] if self.note else [])])

    __repr__ = __str__

    def _repr_html_(self):
        head = "".join(_cell("th", i, name) for i, name in enumerate(self.heads))
        body = "".join(
            f"<tr>{''.join(_cell('td', i, text, color) for i, text in enumerate(row))}</tr>"
            for row, color in zip(self.rows, self.deltas, strict=True)
        )
        note = f"<div>{self.note}</div>" if self.note else ""
        return (
            '<div style="overflow-x: auto">'
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}</div>"
        )


def _cell(tag, column, text, color=""):
    style = "text-align: left; word-break: keep-all; min-width: 8em"
    content = html.escape(text)
    if column > 0:
        style = "text-align: right; white-space: nowrap"
        content = content.replace("-", "−")
    if column == 2 and color:
        style += f"; background-color: {color}"
        content = f"<strong>{content}</strong>"
    return f'<{tag} style="{style}">{content}</{tag}>'


def compare_runs(table, *names):
    """저장된 실험 표에서 몇 줄을 골라, 기준과의 차이(Δ)가 눈에 띄는 표로 만듭니다.

    Δ는 같은 시드끼리 뺀 차이의 평균 ± 표준편차입니다. Δ가 제 표준편차보다 크고 모든 시드에서 같은
    쪽일 때만 "높음"이나 "낮음"입니다.

    Args:
        table: ``notebooks/experiments.json``을 읽은 사전.
        *names: 보일 실험의 이름들, 보일 차례대로.

    Returns:
        :class:`ComparisonTable`. 노트북 셀의 마지막 줄에 두면 표로 보입니다.

    Raises:
        ValueError: 모르는 실험의 이름이 있을 때.

    Examples:
        >>> numbers = {"mean": 57.2, "std": 2.3, "delta": -8.8, "delta_std": 0.9, "wins": 0}
        >>> row = {
        ...     "title": "정규화 없음",
        ...     "runs": [{}] * 5,
        ...     "summary": {"AP": numbers, "AP50": numbers, "AP75": numbers, "positives": 11.1},
        ... }
        >>> print(compare_runs({"no_normalization": row}, "no_normalization").rows[0][:4])
        ('정규화 없음', '57.2 ± 2.3', '▼ -8.8 ± 0.9', '0/5')
    """
    as_instance(table, "table", Mapping)
    if not names:
        raise ValueError("names: 보일 실험의 이름을 하나 이상 주세요.")
    for name in names:
        if not isinstance(name, str) or name not in table:
            raise ValueError(f"names: {shown(name)}라는 실험은 표에 없습니다.")
    rows, colors = zip(*(_run_row_of(table, name) for name in names), strict=True)
    heads = ("설정", "AP", "ΔAP", "이긴 시드", "AP50", "AP75", "이미지당 양성")
    return ComparisonTable(heads, rows, colors, _LEGEND)


def _run_row_of(table, name):
    try:
        return _run_row(table[name])
    except (KeyError, TypeError, ValueError, IndexError):
        raise ValueError(f"table[{name!r}]: 실험의 기록이 아닙니다. {shown(table[name])}") from None


def _run_row(row):
    numbers, seeds = row["summary"]["AP"], len(row["runs"])
    ap, *others = (
        f"{row['summary'][metric]['mean']:.1f} ± {row['summary'][metric]['std']:.1f}"
        for metric in METRICS
    )
    delta, wins, color = "기준", "", ""
    if "delta" in numbers:
        mark, _, color = _VERDICTS[_verdict(numbers, seeds)]
        delta = f"{mark} {numbers['delta']:+.1f} ± {numbers['delta_std']:.1f}"
        wins = f"{numbers['wins']}/{seeds}"
    return (row["title"], ap, delta, wins, *others, f"{row['summary']['positives']:.1f}"), color


def _verdict(numbers, seeds):
    if abs(numbers["delta"]) > numbers["delta_std"] and numbers["wins"] in (0, seeds):
        return "better" if numbers["wins"] else "worse"
    return "unclear"


def compare_scores(scores):
    """한 번씩 잰 AP들을 맨 앞의 것과 견주는 표로 만듭니다. 시드가 하나라 우열은 말하지 않습니다.

    Args:
        scores: ``{이름: {"AP": …, "AP50": …, "AP75": …}}``. 맨 앞이 기준입니다.

    Returns:
        :class:`ComparisonTable`.

    Examples:
        >>> ours, wrong = {"AP": 68.4, "AP50": 95.2, "AP75": 85.0}, dict.fromkeys(METRICS, 25.2)
        >>> print(compare_scores({"기준": ours, "점수를 보지 않으면": wrong, "내 함수": ours}))
        기준: AP 68 | ΔAP 기준 | AP50 95 | AP75 85
        점수를 보지 않으면: AP 25 | ΔAP -43 | AP50 25 | AP75 25
        내 함수: AP 68 | ΔAP 같음 | AP50 95 | AP75 85
    """
    as_instance(scores, "scores", Mapping)
    for name, row in scores.items():
        as_text(name, "scores의 이름")
        as_instance(row, f"scores[{name!r}]", Mapping)
        for metric in METRICS:
            as_number(row.get(metric), f"scores[{name!r}][{metric!r}]")
    if not scores:
        raise ValueError("scores: 견줄 것이 하나도 없습니다.")
    names = list(scores)
    base = scores[names[0]]["AP"]
    rows, colors = [], []
    for name, row in scores.items():
        delta = row["AP"] - base
        different = abs(delta) > 1e-9
        text = f"{delta:+.0f}" if different else "같음"
        ap, *others = (f"{row[metric]:.0f}" for metric in METRICS)
        rows.append((name, ap, "기준" if name == names[0] else text, *others))
        verdict = "better" if delta > 0 else "worse"
        colors.append(_VERDICTS[verdict][2] if different else "")
    return ComparisonTable(("설정", "AP", "ΔAP", "AP50", "AP75"), tuple(rows), tuple(colors))
