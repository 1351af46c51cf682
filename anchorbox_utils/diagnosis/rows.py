"""진단의 재료: 모든 박스와 박스가 되지 못한 기록을 한 표에 담습니다."""

from functools import cached_property

import numpy as np

from anchorbox_utils.datasets.records import from_xyxy, to_xyxy
from anchorbox_utils.diagnosis.findings import Examples

EXAMPLES = 5


class Rows:
    """박스마다 한 행. 원인을 찾은 행은 ``claimed``로 표시해, 같은 행을 두 번 나무라지 않습니다."""

    def __init__(self, dataset):
        self.dataset = dataset
        images = dataset.images
        self.sizes = np.array(
            [[np.nan if s is None else s for s in (i.width, i.height)] for i in images], dtype=float
        ).reshape(-1, 2)
        number = {image.path: i for i, image in reversed(list(enumerate(images)))}
        wrong = [p for p in dataset.problems if p.raw is not None and p.image in number]
        self._wrong = wrong
        counts = [len(image.boxes) for image in images]
        owners = np.repeat(np.arange(len(images)), counts)
        self.n_good = len(owners)
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(int)
        boxes = np.concatenate([np.empty((0, 4)), *(image.boxes for image in images)])
        self.image = np.concatenate([owners, [number[p.image] for p in wrong]]).astype(int)
        wrong_raw = np.array([p.raw for p in wrong], dtype=float).reshape(-1, 4)
        sizes = self.sizes[self.image]
        with np.errstate(all="ignore"):
            good_raw = from_xyxy(boxes, dataset.box_format, sizes[: self.n_good])
            wrong_boxes = to_xyxy(wrong_raw, dataset.box_format, sizes[self.n_good :])
        self.raw = np.concatenate([good_raw, wrong_raw])
        self.boxes = np.concatenate([boxes, wrong_boxes])
        self.kind = np.array([""] * self.n_good + [p.kind for p in wrong], dtype=object)
        none = np.full(len(wrong), -1)
        self.labels = np.concatenate([*(i.labels for i in images), none]).astype(int)
        crowd = [image.crowd for image in images]
        self.crowd = np.concatenate([*crowd, np.zeros(len(wrong), bool)]).astype(bool)
        self.claimed = np.zeros(len(self.boxes), bool)

    def __len__(self):
        return len(self.boxes)

    def source(self, row):
        """행이 어디에서 왔는지."""
        if row >= self.n_good:
            return self._wrong[row - self.n_good].source
        image = self.image[row]
        return self.dataset.images[image].sources[row - self._starts[image]]

    def unclaimed(self, kind):
        """(R,) 그 종류의 행 가운데 아직 원인을 찾지 못한 것. 빈 문자열은 박스가 된 행입니다."""
        return (self.kind == kind) & ~self.claimed

    def examples(self, mask):
        """``mask``가 참인 처음 몇 행을 자리와 값으로."""
        rows = np.flatnonzero(mask)
        texts = (f"{self.source(row)} → {format_row(self.raw[row])}" for row in rows[:EXAMPLES])
        return Examples(texts, rows)

    @cached_property
    def limit(self):
        """(R, 2) 행마다의 이미지 (너비, 높이). 모르면 무한대입니다."""
        sizes = self.sizes[self.image]
        return np.where(np.isnan(sizes), np.inf, sizes)

    def overshoot(self, boxes=None, limit=None):
        """(R,) 이미지 밖으로 나간 길이, 픽셀. 안에 있으면 0 이하입니다."""
        boxes = self.boxes if boxes is None else boxes
        limit = self.limit if limit is None else limit
        with np.errstate(invalid="ignore"):
            return np.maximum(-boxes[:, :2], boxes[:, 2:] - limit).max(axis=1, initial=-np.inf)

    def fits(self, boxes=None, limit=None):
        """(R,) 크기가 양수이고 이미지 안에 있는지. 반올림만큼은 봐줍니다."""
        boxes = self.boxes if boxes is None else boxes
        limit = self.limit if limit is None else limit
        slack = np.maximum(1.0, 0.005 * np.where(np.isfinite(limit), limit, 0).max(axis=1))
        with np.errstate(invalid="ignore"):
            positive = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
            return positive & (self.overshoot(boxes, limit) <= slack)

    def images_where_all(self, condition):
        """(I,) 박스가 있고, 그 이미지의 모든 행이 조건을 채우는지."""
        total = np.bincount(self.image, minlength=len(self.sizes))
        met = np.bincount(self.image, weights=condition, minlength=len(self.sizes))
        return (total > 0) & (met == total)


def format_row(values):
    """네 수를 짧게.

    Examples:
        >>> format_row([1, 2.5, 1e6, float("nan")])
        '[1, 2.5, 1000000, nan]'
    """
    return "[" + ", ".join(f"{value:.10g}" for value in np.round(values, 4)) + "]"
