"""예측을 주었을 때의 진단: 놓친 정답마다의 까닭을 표와 기록으로."""

from collections import Counter

import numpy as np

from anchorbox_utils.datasets.model import class_name
from anchorbox_utils.diagnosis.details import Table
from anchorbox_utils.misses import CAUSES, FALSE_KINDS, explain_misses
from anchorbox_utils.visible import visible


class Missed:
    """데이터셋의 정답과 예측을 :func:`explain_misses`로 견준 것.

    앵커를 검사했으면 그 앵커로, 이미지를 입력 크기에 맞춘 배율에서 앵커까지 묻습니다.

    Attributes:
        rows: 진단한 박스의 표 :class:`Rows`.
        predictions: :class:`Predictions`.
        scale: (I,) 이미지를 입력 크기에 맞춘 배율. 앵커가 없으면 모두 1입니다.
        found: :class:`Misses`.
    """

    def __init__(self, rows, context, predictions, before_nms, score_thr, thresholds):
        self.rows, self.predictions = rows, predictions
        columns = rows.dataset.columns
        n_images = len(columns.heads)
        self.scale = np.ones(n_images)
        if context is not None:
            self.scale = context.scale(np.arange(n_images))
        self._starts = columns.starts
        self.found = explain_misses(
            rows.dataset.ground_truths(),
            predictions.detections,
            None if before_nms is None else before_nms.detections,
            None if context is None else context.grid,
            resize=self.scale,
            score_thr=score_thr,
            class_names=rows.dataset.categories,
            **thresholds,
        )

    def row_of(self, miss):
        """놓친 정답의 행 번호."""
        return int(self._starts[miss.image] + miss.truth)

    def text(self):
        """표에 앞서 보일 글."""
        lines = [f"  {name}: {value}" for name, value in self.summary()]
        lines += [f"  {note}" for note in self.notes()]
        if self.found.first_step:
            lines.append(f"  먼저 해 볼 것: {self.found.first_step}")
        return "\n".join(lines)

    def summary(self):
        """(이름, 값)의 목록."""
        problems = len(self.predictions.problems)
        told = f"{visible(self.predictions.name, 60)}: {self.predictions.count:,}개"
        if problems:
            told += f" (읽지 못한 기록 {problems:,}건)"
        return [("예측", told), *self.found.summary()]

    def notes(self):
        """알릴 문장들."""
        return [*self.predictions.notes, *self.found.notes()]

    def tables(self):
        """놓친 까닭과 틀린 예측의 표들."""
        gain = (
            "고치면 오르는 AP는 그것만 고쳤다고 치고 다시 잰 AP(IoU 0.5)의 차이라, 서로 더할 수 "
            "없습니다."
        )
        notes = {"놓친 까닭": gain}
        for title, columns, rows in self.found.tables():
            yield Table(title, columns, rows, notes.get(title, ""))
        problems = self.predictions.problems
        first = {problem.kind: problem for problem in reversed(problems)}
        rows = [
            (visible(f"{first[kind].source}: {first[kind].reason}", 300), f"{count:,}")
            for kind, count in Counter(problem.kind for problem in problems).most_common()
        ]
        if rows:
            yield Table("읽지 못한 예측", ("첫 기록", "같은 까닭의 기록"), rows)

    def records(self, row_values):
        """놓친 정답과 틀린 예측마다 ``records.COLUMNS`` 차례의 값."""
        for miss in self.found.rows:
            values = row_values(self.rows, self.row_of(miss), None, miss.text)
            yield ("missed:" + miss.cause, "info", *values)
        names = self.rows.dataset.categories
        for wrong in self.found.false_positives:
            boxes = self.predictions.detections[wrong.image].boxes
            place = f"예측 {wrong.detection} (점수 {wrong.score:.3g})"
            reason = f"{FALSE_KINDS[wrong.kind].meaning}(IoU {wrong.iou:.2f})."
            yield (
                *("false:" + wrong.kind, "info", self.predictions.name, place),
                self.rows.images[wrong.image].path,
                *(wrong.class_id, class_name(names, wrong.class_id)),
                *np.round(boxes[wrong.detection], 6).tolist(),
                *[None] * 5,
                reason,
            )

    def as_json(self):
        """JSON에 적을 통계."""
        found, gains = self.found, self.found.gains
        return {
            "predictions": {
                "name": self.predictions.name,
                "format": self.predictions.fmt,
                "detections": self.predictions.count,
                "problems": [
                    {"kind": one.kind, "place": str(one.source), "reason": one.reason}
                    for one in self.predictions.problems
                ],
                "notes": list(self.predictions.notes),
            },
            "score_thr": found.score_thr,
            "iou_thr": found.iou_thr,
            "truths": found.n_truths,
            "found": found.found,
            "missed": len(found.rows),
            "unsure": found.unsure,
            "false_positives": len(found.false_positives),
            "set_aside": found.set_aside,
            "ap": found.ap,
            "causes": [
                {"cause": name, "truths": count, "gain": gains.get(name)}
                for name, count in found.counts.items()
            ],
            "false_kinds": [
                {"kind": name, "detections": count, "gain": gains.get(name)}
                for name, count in found.false_counts.items()
            ],
            "by_size": [_group(group) for group in found.by_size()],
            "by_class": [_group(group) for group in found.by_class()],
            "unasked": list(found.unasked),
            "largest": found.largest,
            "advice": CAUSES[found.largest].advice if found.largest else None,
        }


def _group(group):
    return {
        "name": group.name,
        "truths": group.truths,
        "missed": group.missed,
        "causes": group.causes,
    }
