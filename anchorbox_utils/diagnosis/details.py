"""진단서의 표: 클래스, 이미지, 앵커. 글과 HTML이 함께 씁니다."""

from typing import NamedTuple

import numpy as np

from anchorbox_utils.diagnosis.anchor_fit import RATIO_LIMIT, UNTRAINED
from anchorbox_utils.diagnosis.balance import LIMITS
from anchorbox_utils.diagnosis.overview import COUNT_EDGES
from anchorbox_utils.korean import pad
from anchorbox_utils.visible import visible

# 표의 칸에 보이는 클래스 이름의 글자 수.
_LONGEST = 60


class Table(NamedTuple):
    """표 하나: 제목, 칸의 이름, 행들, 아래에 적을 말. 행의 값은 글입니다."""

    title: str
    columns: tuple[str, ...]
    rows: list
    note: str = ""

    def text(self, most):
        """글로 적은 표. ``most``행까지만 보입니다."""
        shown = [self.columns, *self.rows[:most]]
        widths = [
            max(len(pad(row[k], 0).encode("cp949", "replace")) for row in shown)
            for k in range(len(self.columns))
        ]
        lines = [self.title]
        for row in shown:
            cells = (pad(cell, width) for cell, width in zip(row, widths, strict=True))
            lines.append("  " + "  ".join(cells).rstrip())
        if len(self.rows) > most:
            lines.append(f"  … {len(self.rows) - most:,}행이 더 있습니다.")
        return "\n".join([*lines, *([f"  {self.note}"] if self.note else [])])


def data_tables(report):
    """데이터의 표들."""
    overview = report.overview
    if len(overview.index):
        rows = [_class_cells(row) for row in overview.classes]
        few, rare = LIMITS["rare_boxes"].value, LIMITS["rare_images"].value
        note = f"*: 박스 {few}개나 이미지 {rare}장보다 적습니다. 크기는 √(w·h) 픽셀입니다."
        columns = ("클래스", "박스", "비율", "이미지", "크기 중앙값", "5~95%", "h/w 중앙값")
        yield Table("클래스", columns, rows, note)
    if overview.image_sizes:
        total = len(overview.rows.sizes)
        rows = [
            (f"{width:g}×{height:g}", f"{count:,}", f"{count / total:.1%}")
            for width, height, count in overview.image_sizes
        ]
        yield Table("이미지 크기", ("너비×높이", "이미지", "비율"), rows)
    if len(overview.index):
        edges = [*COUNT_EDGES[1:], None]
        rows = [
            (_span(low, high), f"{count:,}", f"{count / overview.count_bins.sum():.1%}")
            for low, high, count in zip(COUNT_EDGES, edges, overview.count_bins, strict=True)
            if count
        ]
        note = (
            f"중앙값 {np.median(overview.boxes_per_image):g}개, 가장 많은 이미지는 "
            f"{overview.boxes_per_image.max():,}개입니다."
        )
        yield Table("이미지마다의 박스", ("박스", "이미지", "비율"), rows, note)


def anchor_tables(report):
    """앵커의 표들. 앵커를 주지 않았으면 없습니다."""
    fit = report.fit
    if fit is None:
        return
    pos_thr = report.context.settings.pos_thr
    columns = ("정답", "수", "BPR", "앵커/정답", f"재현율(IoU {pos_thr:g})", "평균 최고 IoU")
    note = (
        f"BPR은 변의 비가 {RATIO_LIMIT:g}배 미만인 앵커가 있는 정답의 비율, 앵커/정답은 그런 "
        "앵커 수의 평균입니다(yolov5 autoanchor의 정의)."
    )
    rows = [_fit_cells(row) for row in (*fit.by_size, fit.total)]
    yield Table("크기마다 앵커가 덮는 정도", columns, rows, note)
    if len(fit.by_class) > 1:
        yield Table("클래스마다 앵커가 덮는 정도", columns, [_fit_cells(r) for r in fit.by_class])
    rows = [
        (f"{len(found):,}", f"{len(found) / len(fit.index):.1%}", UNTRAINED[why])
        for why, found in report.untrained.items()
        if len(found)
    ]
    if rows:
        sampled = len(report.context.sampled)
        note = (
            f"정답 {len(fit.index):,}개를 보았습니다. 실제로 매칭해 본 것은 그 가운데 "
            f"{sampled:,}개입니다."
        )
        yield Table("학습에 쓰이지 않거나 겨우 쓰이는 정답", ("수", "비율", "까닭"), rows, note)


def advice_text(report):
    """권하는 앵커와 붙여 넣을 글."""
    advice = None if report.fit is None else report.context.advice
    if advice is None:
        return ""
    lines = ["앵커의 추천(recommend_anchors)", f"  {advice.sentence()}"]
    lines += [f"  - {reason}" for reason in advice.reasons]
    if not advice.better:
        return "\n".join(lines)
    if report.topic_states()["scale"] in ("error", "warning"):
        for tool, text, checked in advice.exports():
            recall = advice.after[tool]
            lines += ["", f"  [{tool}] 재현율 {advice.before:.1%} → {recall:.1%}. {checked}"]
            lines += [f"    {line}".rstrip() for line in text.splitlines()]
    else:
        lines.append("  도구마다 붙여 넣을 글은 --html과 --json에 있습니다.")
    return "\n".join(lines)


def details(report, most=15):
    """명령줄에서 진단서 뒤에 붙이는 표와 추천."""
    tables = [*data_tables(report), *anchor_tables(report)]
    parts = [*(table.text(most) for table in tables), advice_text(report)]
    if report.missed is not None:
        parts += ["왜 놓쳤나", report.missed.text()]
        parts += [table.text(most) for table in report.missed.tables()]
    return "\n\n".join(part for part in parts if part)


def _class_cells(row):
    few = row.boxes < LIMITS["rare_boxes"].value or row.images < LIMITS["rare_images"].value
    return (
        f"{visible(row.name, _LONGEST)}{' *' if few else ''}",
        f"{row.boxes:,}",
        f"{row.share:.1%}",
        f"{row.images:,}",
        f"{row.median_size:.0f}" if row.boxes else "–",
        f"{row.low_size:.0f}~{row.high_size:.0f}" if row.boxes else "–",
        f"{row.median_ratio:.2f}" if row.boxes else "–",
    )


def _fit_cells(row):
    return (
        visible(row.name, _LONGEST),
        f"{row.truths:,}",
        f"{row.bpr:.1%}",
        f"{row.per_target:.2f}",
        f"{row.recall:.1%}",
        f"{row.mean_iou:.2f}",
    )


def _span(low, high):
    if high is None:
        return f"{low} 이상"
    return f"{low}" if high == low + 1 else f"{low}~{high - 1}"
