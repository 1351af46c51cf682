"""결과: 까닭마다의 수와 표, 고치면 오르는 AP. 글과 HTML은 같은 표에서 나옵니다."""

import html
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from anchorbox_utils.boxes import SIZE_CLASSES
from anchorbox_utils.datasets.model import class_name
from anchorbox_utils.evaluation import Detections, average_precision
from anchorbox_utils.korean import pad, text_width, with_particle
from anchorbox_utils.misses.causes import (
    CAUSES,
    DIRECTIONS,
    FALSE_KINDS,
    LACKS,
    MATERIALS,
    FalsePositive,
    Miss,
)
from anchorbox_utils.visible import visible

# 표에 보이는 클래스 이름의 글자 수.
_LONGEST = 60
# 글로 보일 때의 보기와 표의 행.
_EXAMPLES = 5
_MOST_GROUPS = 12


class Group(NamedTuple):
    """정답 한 갈래에서 까닭마다의 수."""

    name: str
    truths: int
    causes: dict

    @property
    def missed(self):
        """놓친 정답의 수."""
        return sum(self.causes.values())


@dataclass(frozen=True, eq=False)
class Misses:
    """:func:`explain_misses`의 결과. 글로도 노트북에서도 표로 보입니다.

    Attributes:
        truths: 이미지마다 빈 칸을 채운 :class:`GroundTruths`. crowd인 정답은 ignore이기도 합니다.
        detections: 이미지마다 :class:`Detections`. 주지 않았으면 None입니다.
        before_nms: 이미지마다 NMS 전의 :class:`Detections`. 주지 않았으면 None입니다.
        rows: 놓친 정답 :class:`Miss`의 튜플. 예측을 주지 않았으면 배울 수 없는 정답입니다.
        false_positives: 틀린 예측 :class:`FalsePositive`의 튜플.
        found: 찾은 정답의 수. 맞은 예측의 수와 같습니다.
        set_aside: 세지 않는 정답과 맺어 맞지도 틀리지도 않은 예측의 수.
        unasked: 재료가 없어 묻지 못한 까닭들.
        score_thr: 점수 임계값.
        iou_thr: 찾았다고 보는 IoU.
        class_names: 클래스 번호 → 이름.
    """

    truths: tuple
    detections: tuple | None
    before_nms: tuple | None
    rows: tuple[Miss, ...]
    false_positives: tuple[FalsePositive, ...]
    found: int
    set_aside: int
    unasked: tuple[str, ...]
    score_thr: float
    iou_thr: float
    class_names: dict

    @cached_property
    def n_truths(self):
        """세는 정답의 수."""
        return sum(int((~truth.ignore).sum()) for truth in self.truths)

    @cached_property
    def counts(self):
        """{까닭: 놓친 정답의 수}. 더하면 놓친 정답의 수입니다."""
        return _tally(CAUSES, (row.cause for row in self.rows))

    @cached_property
    def false_counts(self):
        """{종류: 틀린 예측의 수}."""
        return _tally(FALSE_KINDS, (row.kind for row in self.false_positives))

    @property
    def unsure(self):
        """까닭이 하나라고 잘라 말할 수 없는 줄의 수."""
        return sum(bool(row.also) for row in self.rows)

    @property
    def largest(self):
        """놓친 정답이 가장 많은 까닭. 놓친 것이 없으면 None입니다."""
        return max(self.counts, key=self.counts.get) if self.rows else None

    @cached_property
    def _of_largest(self):
        largest = self.largest
        return [row for row in self.rows if row.cause == largest]

    @property
    def first_step(self):
        """가장 큰 까닭에 가장 먼저 해 볼 한 가지. 놓친 것이 없으면 빈 글입니다."""
        if not self.rows:
            return ""
        cause = CAUSES[self.largest]
        rows = self._of_largest
        return f"{cause.title} {len(rows):,}개. {_most_common(rows)}{cause.advice}"

    def by_class(self):
        """클래스마다의 :class:`Group`. 많이 놓친 것부터입니다."""
        table = self._truth_table
        groups = [
            self._group(class_name(self.class_names, number), table["class"] == number)
            for number in np.unique(table["class"]).tolist()
        ]
        return sorted(groups, key=lambda group: (-group.missed, -group.truths))

    def by_size(self):
        """크기 갈래마다의 :class:`Group`. 정답이 없는 갈래는 뺍니다."""
        size = self._truth_table["size"]
        bands = {name: (size >= low) & (size < high) for name, (low, high) in SIZE_CLASSES.items()}
        return [self._group(name, band) for name, band in bands.items() if band.any()]

    def total(self):
        """모든 정답의 :class:`Group`."""
        return self._group("전체", slice(None))

    def _group(self, name, chosen):
        causes = self._truth_table["cause"][chosen]
        counts = np.bincount(causes[causes >= 0], minlength=len(CAUSES)).tolist()
        return Group(name, len(causes), dict(zip(CAUSES, counts, strict=True)))

    @cached_property
    def _truth_table(self):
        """정답마다 클래스, 크기 √(w·h), 까닭의 차례(찾았으면 −1)."""
        order = {name: number for number, name in enumerate(CAUSES)}
        causes = [np.full(len(truth.boxes), -1) for truth in self.truths]
        for row in self.rows:
            causes[row.image][row.truth] = order[row.cause]
        columns = {"class": [], "size": [], "cause": []}
        for truth, cause in zip(self.truths, causes, strict=True):
            columns["class"].append(truth.class_ids[~truth.ignore])
            columns["size"].append(np.sqrt(truth.areas[~truth.ignore]))
            columns["cause"].append(cause[~truth.ignore])
        empty = np.empty(0, int)
        return {name: np.concatenate([empty, *parts]) for name, parts in columns.items()}

    @cached_property
    def ap(self):
        """지금의 AP(백분율, ``iou_thr`` 하나에서). 예측이나 정답이 없으면 None입니다."""
        if self.detections is None or not self.n_truths:
            return None
        return self._ap_of(self.detections)

    @cached_property
    def gains(self):
        """{까닭이나 틀린 예측의 종류: 그것만 고쳤을 때 오르는 AP(백분율)}.

        까닭을 고치면 그 정답을 정답 그대로의 박스로 찾는다고 봅니다. 점수는 근거가 된 예측의
        것이고, 그것이 없거나 낮으면 그 클래스에서 맞은 예측들의 중앙값입니다. 클래스가 틀리거나
        어긋난 예측은 맞는 예측으로 바뀌거나 사라지고, 배경과 중복은 사라집니다. 저마다 따로 고친
        것이라, 더한 것이 모두 고친 것과 같지는 않습니다.

        출처: TIDE (Bolya 외, 2020)의 오라클. 앵커·점수·NMS로 나눈 것은 이 강좌의 것입니다.
        """
        if self.ap is None:
            return {}
        counts, false_counts = self.counts, self.false_counts
        return {
            name: self._ap_of(self._repaired(name)) - self.ap
            for name in dict.fromkeys([*CAUSES, *FALSE_KINDS])
            if counts.get(name) or false_counts.get(name)
        }

    def _ap_of(self, detections):
        per_class = average_precision(detections, self.truths, [self.iou_thr])
        return float(100 * np.mean(list(per_class.values())))

    @cached_property
    def _usual_scores(self):
        """({클래스: 맞은 예측들의 중앙값 점수}, 모든 클래스의 중앙값). 맞은 것이 없으면 1입니다."""
        wrong = {(row.image, row.detection) for row in self.false_positives}
        scores = {}
        for image, (_, score, class_ids) in enumerate(self.detections):
            for number in np.flatnonzero(score >= self.score_thr).tolist():
                if (image, number) not in wrong:
                    scores.setdefault(int(class_ids[number]), []).append(score[number])
        every = [score for group in scores.values() for score in group] or [1.0]
        medians = {class_id: float(np.median(group)) for class_id, group in scores.items()}
        return medians, float(np.median(every))

    def _repaired(self, name):
        """``name``을 고친 예측들."""
        medians, usual = self._usual_scores
        dropped = {(row.image, row.detection) for row in self.false_positives if row.kind == name}
        added = {}
        for row in self.rows:
            if row.cause != name:
                continue
            number, score = row.evidence.get("detection"), row.evidence.get("score", 0.0)
            if number is not None:
                dropped.add((row.image, number))
            if score < self.score_thr:
                score = medians.get(row.class_id, usual)
            added.setdefault(row.image, []).append((row.box, score, row.class_id))
        repaired = []
        for image, (boxes, scores, class_ids) in enumerate(self.detections):
            keep = [(image, number) not in dropped for number in range(len(boxes))]
            more = added.get(image, [])
            new_boxes = np.array([box for box, _, _ in more], boxes.dtype).reshape(-1, 4)
            repaired.append(
                Detections(
                    np.concatenate([boxes[keep], new_boxes]),
                    np.concatenate([scores[keep], [score for _, score, _ in more]]),
                    np.concatenate([class_ids[keep], [c for _, _, c in more]]).astype(int),
                )
            )
        return repaired

    def summary(self):
        """(이름, 값)의 목록."""
        if self.detections is None:
            return [
                ("정답", f"{self.n_truths:,}개"),
                ("앵커로는 배울 수 없거나 겨우 배우는 정답", _share(len(self.rows), self.n_truths)),
            ]
        count = sum(int((scores >= self.score_thr).sum()) for _, scores, _ in self.detections)
        wrong = len(self.false_positives)
        aside = f", crowd 등에 맺어 세지 않은 것 {self.set_aside:,}개" if self.set_aside else ""
        lines = [
            ("정답", f"{self.n_truths:,}개"),
            ("찾은 정답", _share(self.found, self.n_truths)),
            ("놓친 정답", _share(len(self.rows), self.n_truths)),
            (
                f"점수 {self.score_thr:g} 이상인 예측",
                f"{count:,}개 (맞은 것 {self.found:,}개, 틀린 것 {wrong:,}개{aside})",
            ),
        ]
        if self.ap is not None:
            lines.append((f"AP(IoU {self.iou_thr:g}, 모든 점수)", f"{self.ap:.1f}"))
        return lines

    def notes(self):
        """표의 아래에 적을 말들."""
        told = []
        if self.unsure:
            told.append(
                f"{self.unsure:,}개에는 다른 까닭도 함께 맞습니다. 하나만 고쳐서는 찾지 못할 수 "
                "있습니다."
            )
        if self.unasked:
            titles = ", ".join(CAUSES[name].title for name in self.unasked)
            needs = dict.fromkeys(MATERIALS[CAUSES[name].needs] for name in self.unasked)
            needed = with_particle(", ".join(needs), "이/가")
            told.append(f"묻지 않은 까닭: {titles}. {needed} 있어야 물을 수 있습니다.")
        return told

    def cause_rows(self):
        """까닭마다 (이름, 수, 놓친 것 가운데의 비율, 고치면 오르는 AP). 묻지 않은 것은 뺍니다."""
        for name, count in self.counts.items():
            if name not in self.unasked:
                share = f"{count / len(self.rows):.0%}" if self.rows else "–"
                yield CAUSES[name].title, f"{count:,}", share, self._gain_text(name)

    def false_rows(self):
        """틀린 예측의 종류마다 (이름, 수, 비율, 고치면 오르는 AP)."""
        for name, count in self.false_counts.items():
            total = len(self.false_positives)
            share = f"{count / total:.0%}" if total else "–"
            yield FALSE_KINDS[name].title, f"{count:,}", share, self._gain_text(name)

    def _gain_text(self, name):
        return f"{self.gains[name]:+.1f}" if name in self.gains else "–"

    def group_rows(self):
        """(칸의 이름들, 갈래마다의 칸). 하나라도 있는 까닭만 칸이 됩니다."""
        shown = [name for name, count in self.counts.items() if count]
        heads = ("갈래", "정답", "놓침", *(CAUSES[name].title for name in shown))
        groups = [self.total(), *self.by_size(), *self.by_class()]
        cells = [
            (
                visible(group.name, _LONGEST),
                f"{group.truths:,}",
                f"{group.missed / max(group.truths, 1):.0%}",
                *(f"{group.causes[name]:,}" for name in shown),
            )
            for group in groups
        ]
        return heads, cells

    def tables(self):
        """(제목, 칸의 이름들, 행들)의 목록. 글과 HTML이 함께 씁니다."""
        heads = ("정답", "비율", "고치면 오르는 AP")
        if self.detections is None:
            # 예측이 없으면 AP도 없습니다.
            rows = [row[:3] for row in self.cause_rows()]
            found = [("놓친 까닭", ("까닭", *heads[:2]), rows)]
        else:
            found = [("놓친 까닭", ("까닭", *heads), list(self.cause_rows()))]
            heads = ("종류", "예측", *heads[1:])
            found.append(("틀린 예측", heads, list(self.false_rows())))
        if self.rows:
            found.append(("클래스와 크기마다", *self.group_rows()))
        return found

    def __str__(self):
        lines = [self._title, *(f"  {name}: {value}" for name, value in self.summary())]
        for title, heads, rows in self.tables():
            lines += ["", title, *_aligned([heads, *rows[:_MOST_GROUPS]])]
            if len(rows) > _MOST_GROUPS:
                lines.append(f"  … {len(rows) - _MOST_GROUPS:,}행이 더 있습니다.")
        lines += ["", *self.notes()] if self.notes() else []
        if self.first_step:
            lines += ["", f"먼저 해 볼 것: {self.first_step}"]
        return "\n".join([*lines, *(f"  - {row}" for row in self.examples)])

    __repr__ = __str__

    @property
    def _title(self):
        return "왜 놓쳤나" if self.detections is not None else "앵커가 놓치는 정답"

    @property
    def examples(self):
        """가장 큰 까닭의 처음 몇 줄."""
        return self._of_largest[:_EXAMPLES]

    def _repr_html_(self):
        listed = "".join(
            f"<div>{html.escape(name)}: {html.escape(value)}</div>"
            for name, value in self.summary()
        )
        tables = "".join(_html_table(*table) for table in self.tables())
        notes = "".join(f"<div>{html.escape(note)}</div>" for note in self.notes())
        step = self.first_step
        step = f"<div><strong>먼저 해 볼 것</strong> {with_code(step)}</div>" if step else ""
        examples = "".join(f"<li>{html.escape(str(row))}</li>" for row in self.examples)
        return (
            f'<div style="line-height: 1.6; word-break: keep-all"><strong>{self._title}</strong>'
            f"{listed}{tables}{notes}{step}<ul>{examples}</ul></div>"
        )


def _tally(table, names):
    names = list(names)
    return {name: names.count(name) for name in table}


def _most_common(rows):
    """근거 가운데 가장 잦은 것을 말하는 문장. 셀 것이 없으면 빈 글입니다."""
    for key, words in (("lack", LACKS), ("direction", {k: v[0] for k, v in DIRECTIONS.items()})):
        values = [row.evidence[key] for row in rows if key in row.evidence]
        if values:
            most = max(words, key=values.count)
            return f"그 가운데 {values.count(most):,}개는 {words[most]}. "
    return ""


def _share(count, total):
    return f"{count:,}개" + (f" ({count / total:.1%})" if total else "")


def _aligned(rows):
    """칸의 너비를 맞춘 줄들. 첫 칸은 왼쪽, 나머지는 오른쪽에 맞춥니다."""
    widths = [max(text_width(row[k]) for row in rows) for k in range(len(rows[0]))]
    for first, *rest in rows:
        cells = [
            " " * (w - text_width(cell)) + cell for cell, w in zip(rest, widths[1:], strict=True)
        ]
        yield "  " + "  ".join([pad(first, widths[0]), *cells])


def _html_table(title, heads, rows):
    head = "".join(_html_cell("th", number, text) for number, text in enumerate(heads))
    body = "".join(
        f"<tr>{''.join(_html_cell('td', number, text) for number, text in enumerate(row))}</tr>"
        for row in rows
    )
    return (
        f'<div style="overflow-x: auto"><table><caption style="text-align: left">{title}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _html_cell(tag, number, text):
    align = "right" if number else "left; min-width: 8em"
    return f'<{tag} style="text-align: {align}">{html.escape(text)}</{tag}>'


def with_code(text):
    """백틱으로 감싼 곳을 <code>로."""
    parts = html.escape(text).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))
