"""진단서. 글로 보이고, 노트북에서는 HTML로 보입니다."""

from functools import cached_property

import numpy as np

from anchorbox_utils.diagnosis.anchor_fit import AnchorFit
from anchorbox_utils.diagnosis.findings import SEVERITIES, TOPICS
from anchorbox_utils.validation import as_path, as_texts
from anchorbox_utils.visible import visible

# 클래스를 번호로만 적는 형식.
_NUMBERED = {"coco", "yolo"}


class Report:
    """:func:`diagnose`의 결과.

    Attributes:
        dataset: 진단한 데이터셋.
        findings: 찾아낸 것(:class:`Finding`)의 튜플. 오류, 주의, 참고 차례입니다.
        rows: 검사한 박스와 기록의 표 :class:`Rows`.
        context: 앵커 검사의 재료 :class:`AnchorContext`. 앵커를 검사하지 않았으면 None입니다.
        overview: 클래스와 이미지의 통계 :class:`Overview`.
        ignored: 무시하라고 한 종류여서 결론에 넣지 않은 것의 튜플.
        missed: 예측을 주었으면 놓친 까닭 :class:`Missed`, 아니면 None입니다.

    Examples:
        >>> from anchorbox_utils import dataset_from_boxes, diagnose
        >>> report = diagnose(dataset_from_boxes([[[42, 10, 10, 40]]], (64, 64)))
        >>> report.ok, report.errors[0].name
        (False, 'flipped')
    """

    def __init__(self, dataset, findings, rows, context, overview, ignored=(), missed=None):
        self.dataset, self.findings = dataset, findings
        self.rows, self.context, self.overview = rows, context, overview
        self.ignored, self.missed = ignored, missed

    def without(self, kinds):
        """``kinds``의 진단을 결론에서 뺀 진단서. 무엇을 무시했는지는 남습니다."""
        listed = sorted(kinds, key=str) if isinstance(kinds, (set, frozenset)) else kinds
        kinds = as_texts(listed, "kinds")
        kept = tuple(finding for finding in self.findings if finding.name not in kinds)
        dropped = tuple(finding for finding in self.findings if finding.name in kinds)
        ignored = (*self.ignored, *dropped)
        parts = (self.rows, self.context, self.overview, ignored, self.missed)
        return Report(self.dataset, kept, *parts)

    @property
    def title(self):
        """진단서의 제목."""
        return f"진단: {visible(self.dataset.name, 200) or '메모리의 데이터'}"

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
        return self.overview.size

    @cached_property
    def ratios(self):
        """(N,) 박스의 종횡비 h/w."""
        return self.overview.ratio

    @cached_property
    def best_iou(self):
        """뽑은 정답마다 가장 잘 맞는 앵커와의 IoU. 앵커를 주지 않았으면 None입니다."""
        return None if self.context is None else self.context.best

    @cached_property
    def fit(self):
        """앵커가 정답을 덮는 정도 :class:`AnchorFit`. 앵커를 주지 않았으면 None입니다."""
        if self.context is None or not len(self.context.boxes):
            return None
        return AnchorFit(self.context)

    @cached_property
    def untrained(self):
        """{까닭: 학습에 쓰이지 않는 정답의 행 번호}. 까닭은 :data:`UNTRAINED`의 열쇠입니다."""
        if self.fit is None:
            return {}
        # 넘겨받은 매칭이 멈추었으면 매칭의 결과는 모릅니다.
        failed = "function_failed" in self.names
        lost = [] if failed else self.context.sampled_rows[self.context.lost]
        return {why: self.fit.index[found] for why, found in self.fit.untrained(lost).items()}

    def topic_states(self):
        """항목마다 가장 나쁜 심각도.

        문제가 없으면 None, 보지 않았으면 "skipped", 무시한 것뿐이면 "ignored"입니다.
        """
        states = {}
        for name, topic in TOPICS.items():
            found = [f.severity for f in self.findings if f.kind.topic == name]
            worst = next((severity for severity in SEVERITIES if severity in found), None)
            no_anchors = self.context is None or worst is None and not len(self.overview.index)
            if topic.needs_anchors and no_anchors:
                states[name] = "skipped"
            elif worst is None and states.get(topic.after) == "error":
                states[name] = "skipped"
            elif worst is None and any(f.kind.topic == name for f in self.ignored):
                states[name] = "ignored"
            elif worst in (None, "info") and name in self.unseen:
                states[name] = "skipped"
            else:
                states[name] = worst
        return states

    @cached_property
    def n_opened(self):
        """열어서 크기를 잰 이미지 파일의 수."""
        return sum(image.file_size is not None for image in self.rows.images)

    @cached_property
    def unseen(self):
        """데이터만으로 보는 항목 가운데, 재료가 없어 보지 못한 것."""
        dataset = self.dataset
        no_files = dataset.fmt and dataset.images and not self.n_opened
        # 번호만 적는 형식은 목록이 있어야 번호가 맞는지 볼 수 있습니다.
        no_list = dataset.fmt in _NUMBERED and not dataset.reading.class_list
        in_images = np.isfinite(self.rows.limit).all(axis=1).any()
        seen = {
            "format": in_images,
            "files": not no_files,
            "classes": len(self.overview.index) and not no_list,
        }
        return {name for name, done in seen.items() if not done}

    def checklist(self):
        """항목마다 (상태, 상태의 표시, 제목). 참고만 있는 항목은 이상이 없는 것입니다."""
        good = ("ok", "○ 이상 없음")
        shown = {None: good, "info": good, "skipped": ("skipped", "□ 보지 않음")}
        shown["ignored"] = ("skipped", "□ 무시함")
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
        lines += self._account()
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

    def _account(self):
        """파일에서 읽은 데이터면 무엇을 열어 보았는지."""
        dataset, reading = self.dataset, self.dataset.reading
        if not dataset.fmt:
            return []
        total = len(dataset.images)
        opened = f"{total:,}개 가운데 {self.n_opened:,}개를 열어 보았습니다"
        if self.n_opened < total:
            where = ", ".join(reading.searched) or "이미지 폴더를 받지 않음"
            opened += f" (찾아본 곳: {where})"
        if (others := reading.pictures - self.n_opened) > 0:
            opened += f". 라벨이 말하지 않는 그림 파일 {others:,}개는 열지 않았습니다"
        listed = f"{reading.class_list}에서 읽음" if reading.class_list else "없음 (박스에서 모음)"
        roots = ", ".join(reading.roots) or "없음 (이미지를 열지 않음)"
        return [
            ("이미지 파일", visible(opened, 1000)),
            ("그림을 열어도 되는 폴더", visible(roots, 1000)),
            ("클래스 목록", visible(listed, 1000)),
            ("읽지 않은 파일", f"{len(reading.skipped):,}개"),
        ]

    def verdict(self):
        """한 줄 결론."""
        counts = {s: sum(f.severity == s for f in self.findings) for s in SEVERITIES}
        told = ", ".join(f"{SEVERITIES[s].label} {n}건" for s, n in counts.items() if n)
        names = ", ".join(finding.name for finding in self.ignored)
        ignored = f" (무시한 진단: {names})" if names else ""
        if not self.ok:
            return f"고쳐야 할 것이 있습니다: {told}{ignored}"
        states = self.topic_states()
        unseen = ", ".join(TOPICS[n].title for n in sorted(self.unseen) if states[n] == "skipped")
        return (
            f"오류가 없습니다{f' ({told})' if told else ''}.{ignored}"
            + f" 다만 보지 않은 항목이 있습니다: {unseen}." * bool(unseen)
        )

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

        return render_body(self)

    def to_html(self):
        """그림까지 든 HTML 문서 한 장. 다른 파일이나 네트워크가 필요 없습니다."""
        from anchorbox_utils.diagnosis.html import render_page

        return render_page(self)

    def save_html(self, path):
        """:meth:`to_html`을 파일로 저장합니다. 진단서가 아닌 파일은 덮지 않습니다."""
        self._save("html", path)

    def save_json(self, path):
        """걸린 기록 모두와 통계를 JSON으로 저장합니다."""
        self._save("json", path)

    def save_csv(self, path):
        """걸린 기록 모두를 CSV로 저장합니다."""
        self._save("csv", path)

    def _save(self, kind, path):
        from anchorbox_utils.diagnosis.saving import save

        save(self, kind, as_path(path))
