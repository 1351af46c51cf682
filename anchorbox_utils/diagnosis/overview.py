"""데이터의 생김새: 클래스, 이미지 크기, 이미지마다의 박스 수, 박스 중심의 분포."""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from anchorbox_utils.datasets.model import class_name

# 크기의 막대는 2배씩 나눈 구간입니다. 경계가 늘 같아서, 나누어 진단한 결과를 더할 수 있습니다.
SIZE_EDGES = tuple(2**power for power in range(15))
COUNT_EDGES = (0, 1, 2, 3, 5, 9, 17, 33, 65, 129, 257)
CENTER_CELLS = 24


class ClassRow(NamedTuple):
    """클래스 하나의 통계. 크기는 √(w·h) 픽셀이고, 박스가 없으면 NaN입니다."""

    number: int
    name: str
    boxes: int
    images: int
    share: float
    low_size: float
    median_size: float
    high_size: float
    median_ratio: float
    size_counts: tuple[int, ...]


class Overview:
    """박스가 된 행 모두의 통계. 배열로만 셈하므로 박스 수십만 개에도 1초가 걸리지 않습니다.

    Attributes:
        size: (N,) 박스의 크기 √(w·h), 픽셀.
        ratio: (N,) 박스의 종횡비 h/w.

    Examples:
        >>> from anchorbox_utils import dataset_from_boxes
        >>> from anchorbox_utils.diagnosis.rows import Rows
        >>> dataset = dataset_from_boxes([[[0, 0, 8, 8]], [[0, 0, 20, 5]]], (64, 64), [[0], [1]])
        >>> overview = Overview(Rows(dataset))
        >>> [(row.boxes, row.images, row.median_size) for row in overview.classes]
        [(1, 1, 8.0), (1, 1, 10.0)]
    """

    def __init__(self, rows):
        self.rows = rows
        self.index = np.flatnonzero(rows.kind == "")
        shape = rows.size[self.index]
        self.size = np.sqrt(shape.prod(axis=1))
        self.ratio = shape[:, 1] / shape[:, 0]
        self.image = rows.image[self.index]
        self.labels, self._group = np.unique(rows.labels[self.index], return_inverse=True)

    @cached_property
    def size_quantiles(self):
        """(C, 5) 클래스마다 크기의 5, 25, 50, 75, 95%."""
        return grouped_quantiles(self.size, self._group, (0.05, 0.25, 0.5, 0.75, 0.95))

    @cached_property
    def size_bins(self):
        """(N,) 크기가 :data:`SIZE_EDGES`의 몇째 구간인지. 1픽셀보다 작으면 0입니다."""
        return np.searchsorted(SIZE_EDGES, self.size, side="right")

    @cached_property
    def classes(self):
        """박스가 많은 것부터 :class:`ClassRow`. 목록에만 있는 클래스도 있습니다."""
        names, total = self.rows.dataset.categories, len(self.index)
        boxes = np.bincount(self._group, minlength=len(self.labels))
        # (클래스, 이미지)의 서로 다른 짝. np.unique의 해시보다 줄을 세우는 쪽이 열 배 빠릅니다.
        pairs = np.sort(self._group.astype(np.int64) * len(self.rows.sizes) + self.image)
        first = np.diff(pairs, prepend=-1) != 0
        owners = (pairs[first] // max(1, len(self.rows.sizes))).astype(np.intp)
        images = np.bincount(owners, minlength=len(self.labels))
        bins = len(SIZE_EDGES) + 1
        cells = np.bincount(self._group * bins + self.size_bins, minlength=bins * len(boxes))
        ratio = grouped_quantiles(self.ratio, self._group, (0.5,))[:, 0]
        found = [
            ClassRow(
                int(number),
                class_name(names, int(number)),
                int(boxes[i]),
                int(images[i]),
                float(boxes[i] / total),
                *self.size_quantiles[i, [0, 2, 4]].tolist(),
                float(ratio[i]),
                tuple(cells[i * bins : (i + 1) * bins].tolist()),
            )
            for i, number in enumerate(self.labels)
        ]
        nan, used = float("nan"), set(self.labels.tolist())
        found += [
            ClassRow(number, name, 0, 0, 0.0, nan, nan, nan, nan, (0,) * bins)
            for number, name in names.items()
            if number not in used
        ]
        return sorted(found, key=lambda row: (-row.boxes, row.number))

    @cached_property
    def image_sizes(self):
        """(너비, 높이, 장수)들. 많은 것부터이고, 크기를 모르는 이미지는 뺍니다."""
        known = self.rows.sizes[~np.isnan(self.rows.sizes).any(axis=1)]
        # 두 수를 복소수 하나로 묶으면 행째로 견주는 것보다 훨씬 빨리 셉니다.
        sizes, counts = np.unique(known @ [1, 1j], return_counts=True)
        order = np.argsort(-counts, kind="stable")
        return [(sizes[i].real, sizes[i].imag, int(counts[i])) for i in order]

    @cached_property
    def boxes_per_image(self):
        """(I,) 이미지마다의 박스 수."""
        return np.bincount(self.image, minlength=len(self.rows.sizes))

    @cached_property
    def count_bins(self):
        """:data:`COUNT_EDGES`의 구간마다 이미지 수."""
        place = np.searchsorted(COUNT_EDGES, self.boxes_per_image, side="right") - 1
        return np.bincount(place, minlength=len(COUNT_EDGES))

    @cached_property
    def centers(self):
        """(격자, 격자) 이미지를 똑같은 칸으로 나누었을 때 칸마다의 박스 중심 수. 위가 0행입니다."""
        boxes = self.rows.boxes[self.index]
        place = (boxes[:, :2] + boxes[:, 2:]) / 2 / self.rows.sizes[self.image]
        place = place[np.isfinite(place).all(axis=1)]
        cell = np.clip(place * CENTER_CELLS, 0, CENTER_CELLS - 1).astype(int)
        flat = np.bincount(cell[:, 1] * CENTER_CELLS + cell[:, 0], minlength=CENTER_CELLS**2)
        return flat.reshape(CENTER_CELLS, CENTER_CELLS)

    def outliers(self, factor, spread, least):
        """(R,) 행마다, 같은 클래스의 중앙값보다 ``factor``배 넘게 크거나 작은지.

        크기의 로그가 중앙값에서 표준편차의 ``spread``배보다 멀고, 박스가 ``least``개 이상인
        클래스에서만 봅니다. 표준편차는 사분위수로 셉니다.
        """
        _, low, middle, high, _ = np.log(np.maximum(self.size_quantiles, 1e-9)).T
        limit = np.maximum(np.log(factor), spread * (high - low) / 1.349)
        many = np.bincount(self._group, minlength=len(self.labels)) >= least
        away = np.abs(np.log(np.maximum(self.size, 1e-9)) - middle[self._group])
        found = np.zeros(len(self.rows), bool)
        found[self.index] = (away > limit[self._group]) & many[self._group]
        return found


def grouped_quantiles(values, groups, quantiles):
    """(G, Q) 무리마다의 분위수(가장 가까운 값). ``groups``는 0부터 빈틈없는 무리 번호입니다.

    Examples:
        >>> grouped_quantiles(np.array([3.0, 1, 2, 9]), np.array([0, 0, 0, 1]), (0.5,)).tolist()
        [[2.0], [9.0]]
    """
    order = np.argsort(values)
    # 작은 정수는 기수 정렬이라 np.lexsort보다 몇 배 빠릅니다.
    small = groups.astype(np.min_scalar_type(groups.max(initial=0)))
    ordered = values[order[np.argsort(small[order], kind="stable")]]
    counts = np.bincount(groups)
    starts = np.cumsum(counts) - counts
    places = starts[:, None] + np.round(np.outer(counts - 1, quantiles)).astype(int)
    return ordered[places] if len(ordered) else np.empty((0, len(quantiles)))
