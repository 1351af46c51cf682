"""진단의 재료: 모든 박스와 박스가 되지 못한 기록을 한 표에 담습니다."""

from functools import cached_property

import numpy as np

from anchorbox_utils.datasets.records import from_xyxy, sizes_of, to_xyxy
from anchorbox_utils.diagnosis.findings import Examples

EXAMPLES = 5


class Rows:
    """박스마다 한 행. 원인을 찾은 행은 ``claimed``로 표시해, 같은 행을 두 번 나무라지 않습니다."""

    def __init__(self, dataset):
        self.dataset, columns = dataset, dataset.columns
        self.images, self._sources = columns.heads, columns.sources
        self.sizes = sizes_of(self.images)
        self.n_good = len(columns.boxes)
        self._wrong = wrong = self._wrong_records()
        owners = np.repeat(np.arange(len(self.images)), np.diff(columns.starts))
        self.image = np.concatenate([owners, [number for number, _ in wrong]]).astype(np.intp)
        wrong_raw = np.array([p.raw for _, p in wrong], dtype=float).reshape(-1, 4)
        sizes = self.sizes[self.image]
        with np.errstate(all="ignore"):
            good_raw = from_xyxy(columns.boxes, dataset.box_format, sizes[: self.n_good])
            wrong_boxes = to_xyxy(wrong_raw, dataset.box_format, sizes[self.n_good :])
        self.raw = np.concatenate([good_raw, wrong_raw])
        self.boxes = np.concatenate([columns.boxes, wrong_boxes])
        self.kind = np.array([""] * self.n_good + [p.kind for _, p in wrong], dtype=object)
        self.labels = np.concatenate([columns.labels, np.full(len(wrong), -1)])
        self.crowd = np.concatenate([columns.crowd, np.zeros(len(wrong), bool)])
        self.claimed = np.zeros(len(self.boxes), bool)

    def _wrong_records(self):
        """네 수로 읽히기는 한 문제의 (이미지 번호, 문제)들."""
        problems = [problem for problem in self.dataset.problems if problem.raw is not None]
        if not problems:
            return []
        number = {image.path: i for i, image in reversed(list(enumerate(self.images)))}
        return [(number[p.image], p) for p in problems if p.image in number]

    def __len__(self):
        return len(self.boxes)

    def source(self, row):
        """행이 어디에서 왔는지."""
        if row >= self.n_good:
            return self._wrong[row - self.n_good][1].source
        return self._sources[row]

    def of_kind(self, kind):
        """(R,) 그 종류의 행인지. 빈 문자열은 박스가 된 행이고, 언제나 앞에 모여 있습니다."""
        found = np.full(len(self), kind == "")
        found[self.n_good :] = self.kind[self.n_good :] == kind
        return found

    def unclaimed(self, kind):
        """(R,) 그 종류의 행 가운데 아직 원인을 찾지 못한 것."""
        return self.of_kind(kind) & ~self.claimed

    def examples(self, mask):
        """``mask``가 참인 처음 몇 행을 자리와 값으로."""
        rows = np.flatnonzero(mask)
        texts = (f"{self.source(row)} → {format_row(self.raw[row])}" for row in rows[:EXAMPLES])
        return Examples(texts, rows)

    @cached_property
    def size(self):
        """(R, 2) 행마다의 (너비, 높이). 수가 아닌 행은 NaN입니다."""
        with np.errstate(all="ignore"):
            return self.boxes[:, 2:] - self.boxes[:, :2]

    @cached_property
    def limit(self):
        """(R, 2) 행마다의 이미지 (너비, 높이). 모르면 무한대입니다."""
        sizes = self.sizes[self.image]
        return np.where(np.isnan(sizes), np.inf, sizes)

    @cached_property
    def filled(self):
        """(R,) 박스가 이미지의 너비와 높이 가운데 덜 채운 쪽을 채운 비율. 크기를 모르면 0입니다."""
        width, height = (self.size / self.limit).T
        return np.minimum(width, height)

    @cached_property
    def overshoot(self):
        """(R,) 이미지 밖으로 나간 길이, 픽셀. 안에 있으면 0 이하입니다."""
        return _overshoot(self.boxes, self.limit)

    def fits(self, boxes=None, limit=None):
        """(R,) 크기가 양수이고 이미지 안에 있는지. 반올림만큼은 봐줍니다."""
        own = boxes is None and limit is None
        boxes = self.boxes if boxes is None else boxes
        limit = self.limit if limit is None else limit
        slack = np.maximum(1.0, 0.005 * longest_side(limit))
        over = self.overshoot if own else _overshoot(boxes, limit)
        with np.errstate(invalid="ignore"):
            positive = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
            return positive & (over <= slack)

    def images_where_all(self, condition):
        """(I,) 박스가 있고, 그 이미지의 모든 행이 조건을 채우는지."""
        total = np.bincount(self.image, minlength=len(self.sizes))
        met = np.bincount(self.image, weights=condition, minlength=len(self.sizes))
        return (total > 0) & (met == total)


def longest_side(limit):
    """(R,) 이미지의 긴 변. 크기를 모르면 0입니다."""
    known = np.where(np.isfinite(limit), limit, 0)
    return np.maximum(known[:, 0], known[:, 1])


def _overshoot(boxes, limit):
    with np.errstate(invalid="ignore"):
        over = np.maximum(-boxes[:, :2], boxes[:, 2:] - limit)
    return np.maximum(over[:, 0], over[:, 1])


def format_row(values):
    """네 수를 짧게.

    Examples:
        >>> format_row([1, 2.5, 1e6, float("nan")])
        '[1, 2.5, 1000000, nan]'
    """
    return "[" + ", ".join(f"{value:.10g}" for value in np.round(values, 4)) + "]"
