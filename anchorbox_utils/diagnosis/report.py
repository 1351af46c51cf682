"""진단서. 글로 보이고, 노트북에서는 HTML로 보입니다."""

from functools import cached_property
from pathlib import Path

import numpy as np

from anchorbox_utils.design import BoxStatistics
from anchorbox_utils.diagnosis.findings import SEVERITIES, TOPICS


class Report:
    """:func:`diagnose`의 결과.

    Attributes:
        dataset: 진단한 데이터셋.
        findings: 찾아낸 것(:class:`Finding`)의 튜플. 오류, 주의, 참고 차례입니다.
        rows: 검사한 박스와 기록의 표 :class:`Rows`.
        context: 앵커 검사의 재료 :class:`AnchorContext`. 앵커를 검사하지 않았으면 None입니다.

    Examples:
        >>> from anchorbox_utils import dataset_from_boxes, diagnose
        >>> report = diagnose(dataset_from_boxes([[[42, 10, 10, 40]]], (64, 64)))
        >>> report.ok, report.errors[0].name
        (False, 'flipped')
    """

    def __init__(self, dataset, findings, rows, context):
        self.dataset, self.findings = dataset, findings
        self.rows, self.context = rows, context

    @property
    def title(self):
        """진단서의 제목."""
        return f"진단: {self.dataset.name or '메모리의 데이터'}"

    @property
    def errors(self):
        """오류만."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def ok(self):
        """오류가 하나도 없는지."""
        return not self.errors

    @property
    def names(self):
        """찾아낸 것의 이름들."""
        return [finding.name for finding in self.findings]

    @cached_property
    def sizes(self):
        """(N,) 박스의 크기(넓이의 제곱근), 픽셀."""
        return self._statistics.sizes

    @cached_property
    def ratios(self):
        """(N,) 박스의 종횡비 h/w."""
        return self._statistics.ratios

    @cached_property
    def _statistics(self):
        boxes = self.rows.boxes[: self.rows.n_good]
        return BoxStatistics(boxes[:, 2:] - boxes[:, :2])

    @cached_property
    def best_iou(self):
        """뽑은 정답마다 가장 잘 맞는 앵커와의 IoU. 앵커를 주지 않았으면 None입니다."""
        return None if self.context is None else self.context.best

    def topic_states(self):
        """항목마다 가장 나쁜 심각도. 문제가 없으면 None, 보지 않았으면 "skipped"입니다."""
        states = {}
        for name, topic in TOPICS.items():
            found = [f.severity for f in self.findings if f.kind.topic == name]
            worst = next((severity for severity in SEVERITIES if severity in found), None)
            if topic.needs_anchors and self.context is None:
                states[name] = "skipped"
            elif worst is None and states.get(topic.after) == "error":
                states[name] = "skipped"
            else:
                states[name] = worst
        return states

    def checklist(self):
        """항목마다 (상태, 상태의 표시, 제목). 참고만 있는 항목은 이상이 없는 것입니다."""
        good = ("ok", "○ 이상 없음")
        shown = {None: good, "info": good, "skipped": ("skipped", "□ 보지 않음")}
        for name in ("error", "warning"):
            shown[name] = (name, f"{SEVERITIES[name].mark} {SEVERITIES[name].label}")
        return [(*shown[state], TOPICS[name].title) for name, state in self.topic_states().items()]

    def summary(self):
        """데이터의 생김새: (이름, 값)의 목록."""
        dataset, lines = self.dataset, []
        lines.append(("이미지", f"{len(dataset.images):,}장"))
        lines.append(("박스", f"{dataset.n_boxes:,}개"))
        lines.append(("박스가 되지 못한 기록 등", f"{len(dataset.problems):,}건"))
        lines.append(("클래스", f"{len(dataset.categories):,}개"))
        if dataset.n_boxes:
            low, middle, high = np.percentile(self.sizes, [5, 50, 95])
            lines.append(("크기 √(w·h)", f"중앙값 {middle:.0f}픽셀 (5~95%: {low:.0f}~{high:.0f})"))
            low, middle, high = np.percentile(self.ratios, [5, 50, 95])
            lines.append(("종횡비 h/w", f"중앙값 {middle:.2f} (5~95%: {low:.2f}~{high:.2f})"))
        if self.best_iou is not None and len(self.best_iou):
            lines.append(
                (
                    "최고 IoU",
                    f"중앙값 {np.median(self.best_iou):.2f}, 0.5 이상 "
                    f"{(self.best_iou >= 0.5).mean():.0%} (정답 {len(self.best_iou):,}개에서)",
                )
            )
        return lines

    def verdict(self):
        """한 줄 결론."""
        counts = {s: sum(f.severity == s for f in self.findings) for s in SEVERITIES}
        told = ", ".join(f"{SEVERITIES[s].label} {n}건" for s, n in counts.items() if n)
        if not self.ok:
            return f"고쳐야 할 것이 있습니다: {told}"
        return f"오류가 없습니다{f' ({told})' if told else ''}."

    def __str__(self):
        lines = [self.title, self.verdict(), ""]
        lines += [f"  {name}: {value}" for name, value in self.summary()]
        lines += ["", "체크리스트"]
        lines += [f"  {mark} · {title}" for _, mark, title in self.checklist()]
        for finding in self.findings:
            severity = SEVERITIES[finding.severity]
            lines += ["", f"{severity.mark} [{severity.label}] {finding.title}"]
            lines.append(f"  근거: {finding.evidence}")
            lines += [f"    - {example}" for example in finding.examples]
            lines.append(f"  흔한 원인: {finding.cause}")
            lines.append(f"  할 일: {finding.advice}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        from anchorbox_utils.diagnosis.html import render_body

        return render_body(self, figures=False)

    def to_html(self):
        """그림까지 든 HTML 문서 한 장. 다른 파일이나 네트워크가 필요 없습니다."""
        from anchorbox_utils.diagnosis.html import render_page

        return render_page(self)

    def save_html(self, path):
        """:meth:`to_html`을 파일로 저장합니다."""
        Path(path).write_text(self.to_html(), encoding="utf-8")
