"""앵커가 정답을 얼마나 덮는지: yolov5의 BPR, IoU 재현율, 아무것도 배우지 못하는 정답."""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.boxes import SIZE_CLASSES
from anchorbox_utils.datasets.model import class_name
from anchorbox_utils.design import best_anchor_iou

# yolov5의 hyp["anchor_t"]. 너비의 비와 높이의 비가 모두 이보다 작은 앵커만 그 정답을 배웁니다.
RATIO_LIMIT = 4.0
# 캐시에 들어가는 크기로 나누면 한꺼번에 셈하는 것보다 빠르고 메모리도 늘지 않습니다.
_CHUNK = 8192

# 정답이 학습에 쓰이지 않는 까닭. 앞의 것이 더 나쁩니다.
UNTRAINED = {
    "no_positive": "양성 앵커를 하나도 얻지 못했습니다",
    "only_forced": "pos_thr에 이르는 앵커가 없습니다(강제 매칭이 있어야만 배웁니다)",
    "ratio": f"가장 닮은 앵커도 변의 비가 {RATIO_LIMIT:g}배 이상이라 yolov5는 배우지 않습니다",
}


class FitRow(NamedTuple):
    """정답 한 갈래를 앵커가 덮는 정도."""

    name: str
    truths: int
    bpr: float
    per_target: float
    recall: float
    mean_iou: float


class AnchorFit:
    """앵커 검사에 쓴 정답마다의 적합도. 크기는 모두 **입력 크기로 바꾼 다음**의 픽셀입니다.

    정답과 앵커의 비 r은 max(w/a_w, a_w/w, h/a_h, a_h/h)이고, 자리는 보지 않습니다. 어떤 앵커와의
    r이라도 4보다 작은 정답의 비율이 최선의 재현율(BPR), 정답마다 그런 앵커의 수의 평균이
    anchors/target입니다. IoU 재현율은 격자에 실제로 놓인 앵커로 잽니다.

    앵커를 배열로 받았으면 뽑은 이미지의 정답만, 격자로 받았으면 모든 정답을 봅니다.

    Attributes:
        index: (N,) 본 정답의 행 번호.
        boxes: (N, 4) 입력 크기로 바꾼 정답.
        iou: (N,) 가장 잘 맞는 앵커와의 IoU.
        ratio: (N,) 가장 닮은 앵커와의 r.
        count: (N,) r이 4보다 작은 앵커(칸 하나에서)의 수.

    출처: ultralytics/yolov5의 utils/autoanchor.py ``check_anchors``.
    """

    def __init__(self, context):
        self.context, grid = context, context.grid
        if isinstance(grid, AnchorGrid):
            self.index, self.boxes = context.index, context.boxes
            parts = [best_anchor_iou(grid, part) for part in _chunks(self.boxes)]
            self.iou = np.concatenate([np.empty(0), *parts])
        else:
            self.index, self.boxes = context.sampled_rows, context.sampled
            self.iou = context.best
        self.templates = context.templates
        parts = [ratio_fit(part, self.templates) for part in _chunks(self.boxes)]
        self.ratio, self.count = (
            (np.concatenate([np.empty(0), *column]) for column in zip(*parts, strict=True))
            if parts
            else (np.empty(0), np.empty(0))
        )

    @cached_property
    def size(self):
        """(N,) 입력에서의 크기 √(w·h), 픽셀."""
        return np.sqrt((self.boxes[:, 2:] - self.boxes[:, :2]).prod(axis=1))

    @property
    def total(self):
        """모든 정답의 :class:`FitRow`."""
        return self._row("전체", slice(None))

    @property
    def by_size(self):
        """크기 갈래마다의 :class:`FitRow`. 정답이 없는 갈래는 뺍니다."""
        bands = {
            name: (self.size >= low) & (self.size < high)
            for name, (low, high) in SIZE_CLASSES.items()
        }
        return [self._row(name, band) for name, band in bands.items() if band.any()]

    @property
    def by_class(self):
        """클래스마다의 :class:`FitRow`. IoU 재현율이 낮은 것부터입니다."""
        rows = self.context.rows
        labels, group = np.unique(rows.labels[self.index], return_inverse=True)
        counts = np.bincount(group)
        columns = (
            np.bincount(group, weights=values) / counts
            for values in (self.ratio < RATIO_LIMIT, self.count, self._enough, self.iou)
        )
        names = [class_name(rows.dataset.categories, int(label)) for label in labels]
        found = [
            FitRow(name, int(n), *map(float, values))
            for name, n, *values in zip(names, counts, *columns, strict=True)
        ]
        return sorted(found, key=lambda row: (row.recall, -row.truths))

    @cached_property
    def _enough(self):
        return self.iou >= self.context.settings.pos_thr

    def _row(self, name, chosen):
        if not len(self.iou):
            return FitRow(name, 0, *[float("nan")] * 4)
        return FitRow(
            name,
            len(self.iou[chosen]),
            float((self.ratio[chosen] < RATIO_LIMIT).mean()),
            float(self.count[chosen].mean()),
            float(self._enough[chosen].mean()),
            float(self.iou[chosen].mean()),
        )

    def untrained(self, lost):
        """{까닭: (K,) 정답의 번호}. ``lost``는 매칭해 보니 양성이 없던 정답의 행 번호입니다.

        번호는 ``index``의 자리입니다. 한 정답은 가장 나쁜 까닭 하나에만 들어갑니다.
        """
        masks = {
            "no_positive": np.isin(self.index, lost) | (self.iou == 0),
            "only_forced": ~self._enough,
            "ratio": self.ratio >= RATIO_LIMIT,
        }
        told, found = np.zeros(len(self.index), bool), {}
        for name, mask in masks.items():
            found[name] = np.flatnonzero(mask & ~told)
            told |= mask
        return found


def ratio_fit(boxes, shapes):
    """박스마다 (가장 닮은 앵커와의 비 r, r이 4보다 작은 앵커의 수).

    Examples:
        >>> ratio_fit(np.array([[0.0, 0, 20, 240]]), np.array([[64.0, 64], [10, 100]]))
        (array([2.4]), array([2]))
    """
    size = (boxes[:, 2:] - boxes[:, :2]).T[:, :, None]
    # 로그의 차이로 견주면 나눗셈도 역수도 필요 없습니다.
    away = np.abs(np.log(size) - np.log(shapes.T[:, None])).max(axis=0)
    return np.exp(away.min(axis=1)), (away < np.log(RATIO_LIMIT)).sum(axis=1)


def _chunks(rows):
    return [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
