"""진단의 단서: 어느 항목이 걸렸고 어떤 기록이 걸렸는지. 원인의 이름은 말하지 않습니다."""

from html import escape


class Clues:
    """:meth:`Pipeline.diagnose`의 결과. 진단서에서 원인의 이름과 설명을 뺀 것입니다.

    원인은 ``check_cause``에 답하면 근거, 할 일과 함께 보입니다.

    Attributes:
        ok: 오류가 하나도 없는지.
        checklist: 항목마다 (상태, 제목).
        records: 오류에 걸린 처음 몇 기록.
        summary: 데이터의 생김새: (이름, 값)의 목록.
        best_iou: 정답마다 가장 잘 맞는 앵커와의 IoU. 앵커를 검사하지 못했으면 None.

    Examples:
        >>> from anchorbox_utils import dataset_from_boxes, diagnose
        >>> clues = Clues(diagnose(dataset_from_boxes([[[42, 10, 10, 40]]], (64, 64))))
        >>> clues.ok, clues.checklist[0]
        (False, ('× 오류', '좌표계 통일'))
    """

    def __init__(self, report):
        self.ok = report.ok
        self.checklist = tuple((mark, title) for _, mark, title in report.checklist())
        self.records = tuple(text for error in report.errors for text in error.examples)
        self.summary = tuple(report.summary())
        self.best_iou = report.best_iou

    def _notes(self):
        if self.ok:
            return ["오류가 없습니다."]
        return ["원인의 이름은 check_cause에 답하면 근거, 할 일과 함께 보입니다."]

    def __str__(self):
        lines = ["진단의 단서", *(f"  {name}: {value}" for name, value in self.summary)]
        lines += ["", "체크리스트", *(f"  {mark} · {title}" for mark, title in self.checklist)]
        if self.records:
            lines += ["", "걸린 기록", *(f"  - {text}" for text in self.records)]
        return "\n".join([*lines, "", *self._notes()])

    __repr__ = __str__

    def _repr_html_(self):
        summary = "".join(f"<li>{escape(k)}: {escape(v)}</li>" for k, v in self.summary)
        checklist = "".join(f"<li>{mark} · {escape(title)}</li>" for mark, title in self.checklist)
        records = "".join(f"<li><code>{escape(text)}</code></li>" for text in self.records)
        listed = f"<p>걸린 기록</p><ul>{records}</ul>" if records else ""
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes())
        return (
            f"<div><strong>진단의 단서</strong><ul>{summary}</ul><p>체크리스트</p>"
            f"<ul>{checklist}</ul>{listed}{notes}</div>"
        )
