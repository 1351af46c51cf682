"""예측이 한 일: 정답마다 겹치는 예측, 틀린 예측마다의 종류."""

import numpy as np

from anchorbox_utils.boxes import box_iou, finite_area
from anchorbox_utils.coding import encode_boxes

# 파일에 적을 때 반올림된 예측도 같은 것으로 봅니다. 픽셀.
_SAME_BOX = 0.05
# 오프셋 (t_x, t_y, t_w, t_h)마다 (음수일 때의 이름, 양수일 때의 이름).
_SIGNS = (("left", "right"), ("up", "down"), ("narrow", "wide"), ("short", "tall"))


class View:
    """이미지 한 장의 정답과 예측.

    Attributes:
        final: NMS까지 마친 :class:`Detections`.
        kept: (K,) 점수가 임계값 이상인 예측의 번호, 점수가 높은 차례.
        matched: (K,) 그 예측과 맺은 정답의 번호. 없으면 −1입니다.
        aside: (K,) 세지 않는 정답과 맺어 맞지도 틀리지도 않은 예측인지.
        wrong: (W,) 틀린 예측의 번호.
        missed: (M,) 놓친 정답의 번호.
    """

    def __init__(self, truth, final, raw, score_thr, iou_thr, loose_iou):
        self.truth, self.final, self._raw = truth, final, raw
        self._score_thr, self._loose_iou = score_thr, loose_iou
        # average_precision과 pycocotools처럼, 반올림한 1을 넘지 못하는 일이 없게 합니다.
        self._reach = min(iou_thr, 1 - 1e-10)
        good = np.flatnonzero(final.scores >= score_thr)
        self.kept = good[np.argsort(-final.scores[good], kind="stable")]
        self._iou = box_iou(final.boxes, truth.boxes)
        self._same = final.class_ids[:, None] == truth.class_ids
        counted = np.where(self._same & ~truth.ignore, self._iou, 0)[self.kept]
        self.matched = _pair(counted, self._reach)
        self._lost = ~truth.ignore
        self._lost[self.matched[self.matched >= 0]] = False
        self.missed = np.flatnonzero(self._lost)
        self.aside = self._set_aside()
        self.wrong = self.kept[(self.matched < 0) & ~self.aside]
        self._kinds = list(self._find_kinds())

    def _set_aside(self):
        """(K,) crowd에 ``iou_thr`` 이상 들었거나, 세지 않는 다른 정답과 맺었는지."""
        same, iou = self._same[self.kept], self._iou[self.kept]
        area = finite_area(self.final.boxes, "detections")[self.kept, None]
        shared = iou / (1 + iou) * (area + finite_area(self.truth.boxes, "ground_truths"))
        inside = np.divide(shared, area, out=np.zeros_like(shared), where=area > 0)
        in_crowd = (same & self.truth.crowd & (inside >= self._reach)).any(axis=1)
        left = (self.matched < 0) & ~in_crowd
        others = same & self.truth.ignore & ~self.truth.crowd & left[:, None]
        return (self.matched < 0) & in_crowd | (_pair(np.where(others, iou, 0), self._reach) >= 0)

    def _find_kinds(self):
        """틀린 예측마다 (종류, 정답, IoU, 함께 맞는 종류)."""
        iou = np.where(self.truth.ignore, 0, self._iou[self.wrong])
        same = self._same[self.wrong]
        own, other = np.where(same, iou, 0), np.where(same, 0, iou)
        # 앞의 것이 이깁니다.
        steps = (
            ("duplicate", own, self._reach, ()),
            ("wrong_class", other, self._reach, ()),
            ("loose", own, self._loose_iou, ()),
            ("wrong_class", other, self._loose_iou, ("loose",)),
        )
        for row in range(len(self.wrong)):
            for kind, table, least, also in steps:
                if table[row].max(initial=0) >= least:
                    # 예측 하나는 정답 하나만 가리킵니다. 놓친 정답이 있으면 그것입니다.
                    to_lost = np.where(self._lost, table[row], 0)
                    values = to_lost if to_lost.max() >= least else table[row]
                    truth = int(values.argmax())
                    yield kind, truth, float(values[truth]), also
                    break
            else:
                yield "background", -1, float(iou[row].max(initial=0)), ()

    def false_positives(self):
        """틀린 예측마다 :class:`FalsePositive`의 이미지 다음 값들."""
        for number, (kind, truth, iou, also) in zip(self.wrong.tolist(), self._kinds, strict=True):
            score, class_id = self.final.scores[number], self.final.class_ids[number]
            yield number, int(class_id), float(score), kind, truth, iou, also

    def reasons(self, truth):
        """놓친 정답에 맞는 까닭마다의 근거, CAUSES의 차례로."""
        found = {}
        if suppressed := self._suppressed(truth):
            found["suppressed"] = suppressed
        elif weak := self._weak(truth):
            found["low_score"] = weak
        for kind in ("wrong_class", "loose"):
            pointing = [
                (iou, number)
                for number, (name, target, iou, also) in zip(self.wrong, self._kinds, strict=True)
                if name == kind and target == truth and not also
            ]
            if pointing:
                found[kind] = self._pointing(kind, *max(pointing), truth)
        return found

    def hints(self, truth):
        """예측이 없다고 하기에는 걸리는 것: (함께 맞을 수 있는 까닭들, 덧붙일 말)."""
        iou = self._iou[self.kept, truth]
        near = iou >= self._reach
        same = self._same[self.kept, truth]
        for place in np.flatnonzero(near & same & (self.matched >= 0)):
            told = f"정답 {self.matched[place]}번을 찾은 예측이 이 정답에도 겹칩니다"
            return ("suppressed",), f" {told}(IoU {iou[place]:.2f})."
        for place in np.flatnonzero(near & ~same):
            told = "다른 정답을 가리키는, 클래스가 다른 예측이 이 정답에도 겹칩니다"
            return ("wrong_class",), f" {told}(IoU {iou[place]:.2f})."
        if any(target == truth and also for _, target, _, also in self._kinds):
            return ("wrong_class", "loose"), " 클래스가 다르고 어긋난 예측은 있습니다."
        return (), ""

    def _pointing(self, kind, iou, number, truth):
        """클래스가 틀리거나 어긋난 채 이 정답을 가리키는 예측."""
        found = {"detection": int(number), "iou": iou, "score": float(self.final.scores[number])}
        if kind == "wrong_class":
            return found | {"class_id": int(self.final.class_ids[number])}
        boxes = self.truth.boxes[[truth]], self.final.boxes[[number]]
        offsets = encode_boxes(*boxes)[0]
        axis = int(np.abs(offsets).argmax())
        amount = abs(offsets[axis]) if axis < 2 else np.exp(offsets[axis])
        direction = _SIGNS[axis][int(offsets[axis] > 0)]
        return found | {"direction": direction, "amount": float(amount)}

    def _toward(self, detections, truth):
        """같은 클래스의 정답 가운데 이 정답에 가장 많이 겹치는 예측의 번호와, 모든 예측의 IoU."""
        same = detections.class_ids[:, None] == self.truth.class_ids
        iou = box_iou(detections.boxes, self.truth.boxes)
        iou = np.where(same & ~self.truth.ignore, iou, 0)
        toward = (iou[:, truth] >= self._reach) & (iou[:, truth] == iou.max(axis=1))
        return np.flatnonzero(toward), iou[:, truth]

    def _weak(self, truth):
        """점수가 낮은 예측 가운데 점수가 가장 높은 것. 없으면 None입니다."""
        for name, detections in (("detection", self.final), ("raw", self._raw)):
            if detections is None:
                continue
            numbers, iou = self._toward(detections, truth)
            numbers = numbers[detections.scores[numbers] < self._score_thr]
            if len(numbers):
                best = int(numbers[detections.scores[numbers].argmax()])
                score = float(detections.scores[best])
                threshold = self._score_thr
                return {name: best, "iou": float(iou[best]), "score": score, "threshold": threshold}
        return None

    def _suppressed(self, truth):
        """NMS 뒤에 사라진 예측과 지운 쪽. 없으면 None입니다."""
        if self._raw is None:
            return None
        numbers, iou = self._toward(self._raw, truth)
        numbers = numbers[self._raw.scores[numbers] >= self._score_thr]
        for number in numbers[np.argsort(-self._raw.scores[numbers], kind="stable")].tolist():
            if not self._survived(number):
                score = float(self._raw.scores[number])
                by = self._suppressor(number)
                return {"raw": number, "iou": float(iou[number]), "score": score, "by": by}
        return None

    def _survived(self, number):
        """NMS 전의 예측이 충분한 점수로 그대로 남아 있는지."""
        alike = self.final.class_ids[self.kept] == self._raw.class_ids[number]
        apart = np.abs(self.final.boxes[self.kept[alike]] - self._raw.boxes[number]).max(axis=1)
        return bool((apart <= _SAME_BOX).any())

    def _suppressor(self, number):
        """지운 쪽: 점수가 낮지 않고 가장 많이 겹치는, 남은 예측. 같은 클래스가 먼저입니다."""
        overlap = box_iou(self._raw.boxes[[number]], self.final.boxes)[0]
        overlap = np.where(self.final.scores >= self._raw.scores[number], overlap, 0)
        same = self.final.class_ids == self._raw.class_ids[number]
        for alike in (same, ~same):
            values = np.where(alike, overlap, 0)
            if values.max(initial=0) > 0:
                best = int(values.argmax())
                owner = self.matched[self.kept == best]
                return {
                    "detection": best,
                    "iou": float(values[best]),
                    "same_class": bool(same[best]),
                    "truth": int(owner[0]) if len(owner) else -1,
                }
        return None


def _pair(iou, reach):
    """(K,) 예측마다 짝이 된 정답의 번호, 없으면 −1. 행은 점수가 높은 차례입니다."""
    matched = np.full(len(iou), -1)
    free = np.ones(iou.shape[1], bool)
    for row in np.flatnonzero((iou >= reach).any(axis=1)):
        values = np.where(free, iou[row], 0)
        # 같은 IoU면 뒤의 정답을 고르는 것까지 average_precision과 같습니다.
        best = len(values) - 1 - int(values[::-1].argmax())
        if values[best] >= reach:
            matched[row], free[best] = best, False
    return matched
