"""앵커 설계: 박스의 통계, 앵커 묶음이 정답을 덮는 정도, 데이터에 맞는 앵커의 추천.

모든 크기는 **망에 들어가는 이미지**의 픽셀이어야 합니다. 사진을 줄이거나 키워서 넣는다면 먼저
:func:`resize_dataset`을 거치세요. 여러 물체를 한데 묶은 박스(crowd)는 세지 않습니다.
"""

import unicodedata
from dataclasses import dataclass, replace

import numpy as np

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.boxes import finite_area, pairwise_iou, validate_boxes, validate_image_size

# COCO 평가의 경계(넓이 32², 96²). 크기는 넓이의 제곱근입니다.
SIZE_CLASSES = {"작음 (< 32)": (0, 32), "중간 (32–96)": (32, 96), "큼 (≥ 96)": (96, np.inf)}
RATIO_CLASSES = {"가로형": (0, 0.8), "정사각형에 가까움": (0.8, 1.25), "세로형": (1.25, np.inf)}


# ── 이미지 크기 조정 ─────────────────────────────────────────────────────────────────────────


def fit_size(image_size, short_side=None, long_side=None):
    """가로세로의 비를 지키며 크기를 조정한 뒤의 이미지 크기를 구합니다.

    ``short_side``만 주면 짧은 변을, ``long_side``만 주면 긴 변을 그 길이로 맞춥니다. 둘 다 주면
    짧은 변을 맞추되 긴 변이 ``long_side``를 넘지 않게 합니다(torchvision의 800과 1333).

    Args:
        image_size: (높이, 너비), 픽셀.
        short_side: 짧은 변의 길이, 픽셀.
        long_side: 긴 변의 길이, 픽셀.

    Returns:
        (높이, 너비), 픽셀.

    Raises:
        ValueError: 크기나 길이가 0 이하이거나, 두 길이를 모두 주지 않았을 때.

    Examples:
        >>> fit_size((480, 640), short_side=800, long_side=1333)
        (800, 1067)
        >>> fit_size((191, 384), short_side=800, long_side=1333)
        (663, 1333)

    출처: torchvision ``GeneralizedRCNNTransform``, detectron2 ``ResizeShortestEdge``.
    """
    height, width = validate_image_size(image_size)
    limits = [
        _positive_number(side, name) / edge
        for name, side, edge in (
            ("short_side", short_side, min(height, width)),
            ("long_side", long_side, max(height, width)),
        )
        if side is not None
    ]
    if not limits:
        raise ValueError("short_side나 long_side 가운데 하나는 주어야 합니다.")
    return tuple(max(1, round(side * min(limits))) for side in (height, width))


def resize_dataset(dataset, short_side=None, long_side=None, shape=None):
    """이미지를 망에 넣을 크기로 조정했을 때의 데이터셋을 만듭니다. 박스도 함께 커지거나 줄어듭니다.

    ``shape``를 주면 가로세로의 비를 무시하고 그 크기로 잡아 늘입니다(SSD의 300 × 300).
    그러면 박스의 종횡비도 바뀝니다. 그렇지 않으면 :func:`fit_size`를 따릅니다. 남는 자리를 채우는
    방식(letterbox)은 ``long_side``만 주면 됩니다. 채운 자리는 박스의 크기에 영향을 주지 않습니다.

    Args:
        dataset: :class:`Dataset`. 모든 이미지의 크기를 알아야 합니다.
        short_side: 짧은 변의 길이, 픽셀.
        long_side: 긴 변의 길이, 픽셀.
        shape: 잡아 늘일 (높이, 너비), 픽셀.

    Returns:
        새 :class:`Dataset`.

    Raises:
        ValueError: 크기를 모르는 이미지가 있거나, 길이가 올바르지 않을 때.

    Examples:
        >>> from anchorbox_utils import Dataset, LabeledImage
        >>> dataset = Dataset([LabeledImage("a.png", 400, 200, [[0, 0, 40, 20]])])
        >>> resize_dataset(dataset, long_side=800).images[0].boxes
        array([[ 0.,  0., 80., 40.]])
        >>> resize_dataset(dataset, shape=(300, 300)).images[0].boxes
        array([[ 0.,  0., 30., 30.]])
    """
    if shape is not None and (short_side is not None or long_side is not None):
        raise ValueError("shape와 short_side·long_side는 함께 쓸 수 없습니다. 하나만 고르세요.")
    shape = None if shape is None else validate_image_size(shape, "shape")
    images = []
    for image in dataset.images:
        old = _known_size(image)
        new = fit_size(old, short_side, long_side) if shape is None else shape
        factor = [new[1] / old[1], new[0] / old[0]] * 2
        boxes = image.boxes * factor
        images.append(replace(image, boxes=boxes, height=new[0], width=new[1], file_size=None))
    return replace(dataset, images=images)


def _known_size(image):
    if image.image_size is None:
        raise ValueError(f"dataset: 이미지 {image.path}의 크기를 모릅니다.")
    return validate_image_size(image.image_size, f"dataset: 이미지 {image.path}의 크기")


def _positive_number(value, name):
    if not (np.isscalar(value) and np.isreal(value) and 0 < value < np.inf):
        raise ValueError(f"{name}: 0보다 큰 수여야 하는데 {value!r}입니다.")
    return value


# ── 박스의 통계 ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False)
class BoxStatistics:
    """:func:`box_statistics`의 결과. ``print``하면 표로 보입니다.

    Attributes:
        shapes: (N, 2) 박스의 (너비, 높이), 픽셀.
        n_crowd: 세지 않은 crowd 박스의 수.
    """

    shapes: np.ndarray
    n_crowd: int = 0

    @property
    def sizes(self):
        """(N,) 넓이의 제곱근, 픽셀."""
        return np.sqrt(self.shapes.prod(axis=1))

    @property
    def ratios(self):
        """(N,) 종횡비(높이/너비)."""
        return self.shapes[:, 1] / self.shapes[:, 0]

    def size_counts(self):
        """크기 갈래마다의 박스 수."""
        return _count_classes(self.sizes, SIZE_CLASSES)

    def ratio_counts(self):
        """종횡비 갈래(가로형, 정사각형에 가까움, 세로형)마다의 박스 수."""
        return _count_classes(self.ratios, RATIO_CLASSES)

    def __str__(self):
        lines = [
            f"박스 {len(self.shapes):,}개"
            + f" (crowd {self.n_crowd:,}개 제외)" * bool(self.n_crowd)
        ]
        if len(self.shapes):
            lines.append("                최소     10%    중앙     90%    최대")
            lines += [
                _pad(name, 14) + "".join(f"{value:8.{digits}f}" for value in _spread(values))
                for name, values, digits in (
                    ("너비 (픽셀)", self.shapes[:, 0], 1),
                    ("높이 (픽셀)", self.shapes[:, 1], 1),
                    ("크기 (픽셀)", self.sizes, 1),
                    ("종횡비 (h/w)", self.ratios, 2),
                )
            ]
            for counts in (self.size_counts(), self.ratio_counts()):
                lines.append(", ".join(f"{name} {count:,}개" for name, count in counts.items()))
        return "\n".join(lines)


def box_statistics(dataset):
    """박스의 너비·높이·크기·종횡비를 모읍니다. 앵커를 고르기 전에 가장 먼저 볼 표입니다.

    Args:
        dataset: :class:`Dataset`. 망에 들어가는 크기로 조정한 다음이어야 합니다.

    Returns:
        :class:`BoxStatistics`.

    Examples:
        >>> from anchorbox_utils import Dataset, LabeledImage
        >>> dataset = Dataset([LabeledImage("a.png", 400, 200, [[0, 0, 40, 10], [0, 0, 20, 20]])])
        >>> statistics = box_statistics(dataset)
        >>> statistics.sizes, statistics.ratios
        (array([20., 20.]), array([0.25, 1.  ]))

    출처: 문서 「구현 전에 알아둘 실무 포인트」 1, 「1분 자기점검」.
    """
    boxes = [_countable(image) for image in dataset.images] or [np.empty((0, 4))]
    rows = np.concatenate(boxes)
    return BoxStatistics(rows[:, 2:] - rows[:, :2], dataset.n_boxes - len(rows))


def _countable(image):
    return image.boxes[~image.crowd]


def _count_classes(values, classes):
    return {
        name: int(np.count_nonzero((values >= low) & (values < high)))
        for name, (low, high) in classes.items()
    }


def _spread(values):
    return np.percentile(values, [0, 10, 50, 90, 100])


def _pad(text, width):
    """한글이 두 칸을 차지하는 글꼴에서 줄이 맞게 빈칸을 덧붙입니다."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return text + " " * (width - len(text) - wide)


# ── 앵커 묶음이 정답을 얼마나 덮는가 ─────────────────────────────────────────────────────────


@dataclass(frozen=True)
class AnchorDesign:
    """이미지 크기와 상관없는 앵커의 설계. :class:`AnchorGrid`의 인수를 한데 모은 것입니다.

    Attributes:
        strides: 단계별 스트라이드, 픽셀.
        scales: 단계마다 같은 스케일 목록이거나, 단계별 목록의 목록, 픽셀.
        ratios: 종횡비(높이/너비) 목록.
        offset: 칸 안에서 중심의 위치.

    Examples:
        >>> design = AnchorDesign(strides=(8, 16), scales=((16,), (32,)), ratios=(1, 2))
        >>> design.grid((64, 96))
        AnchorGrid(64×96, 단계 2개, 앵커 240개)
    """

    strides: tuple
    scales: tuple
    ratios: tuple = (0.5, 1.0, 2.0)
    offset: float = 0.5

    def grid(self, image_size):
        """이 설계대로 이미지 한 장에 깐 :class:`AnchorGrid`."""
        return AnchorGrid(image_size, self.strides, self.scales, self.ratios, self.offset)


def best_anchor_iou(grid, boxes):
    """박스마다 가장 잘 맞는 앵커와의 IoU를 구합니다.

    크기와 모양이 같은 앵커 가운데서는 중심이 가장 가까운 앵커의 IoU가 가장 큽니다. 그래서 단계마다
    가장 가까운 칸의 앵커만 견줍니다. 결과는 ``match_anchors(grid, boxes).gt_best_iou``와 같고,
    계산량은 앵커의 수와 무관합니다.

    Args:
        grid: :class:`AnchorGrid`.
        boxes: (N, 4) xyxy 박스, 픽셀.

    Returns:
        (N,) IoU, 0 이상 1 이하.

    Raises:
        ValueError: 박스가 올바르지 않을 때.

    Examples:
        >>> grid = AnchorGrid((64, 64), strides=16, scales=[32], ratios=[1])
        >>> best_anchor_iou(grid, [[8, 8, 40, 40], [8, 8, 24, 40]])
        array([1. , 0.5])
    """
    rows = validate_boxes(boxes)
    area = finite_area(rows, "boxes")
    best = np.zeros(len(rows))
    for level in grid.levels:
        centers = np.tile(_nearest_centers(level, rows), 2)
        for cell in level.cell_anchors:
            np.maximum(best, _row_iou(centers + cell, rows, area), out=best)
    return best


def _row_iou(anchors, boxes, area):
    """같은 행끼리의 (N,) IoU."""
    low = np.maximum(anchors[:, :2], boxes[:, :2])
    intersection = np.maximum(np.minimum(anchors[:, 2:], boxes[:, 2:]) - low, 0).prod(axis=1)
    union = (anchors[:, 2:] - anchors[:, :2]).prod(axis=1) + area - intersection
    return intersection / union


def _nearest_centers(level, boxes):
    """박스의 중심에서 가장 가까운 앵커 중심 (N, 2)."""
    stride, last = np.array(level.stride[::-1]), np.array(level.shape[::-1]) - 1
    index = np.round((boxes[:, :2] + boxes[:, 2:]) / 2 / stride - level.offset)
    return (np.clip(index, 0, last) + level.offset) * stride


def stride_ceiling(grid, boxes):
    """앵커의 중심이 그 자리인 한, **어떤 크기와 모양의 앵커로도** 넘을 수 없는 IoU를 구합니다.

    중심이 어긋난 거리를 박스 변의 절반으로 나눈 값을 p(가로), q(세로)라 하면, 가장 좋은
    앵커는 축마다 박스를 꼭 감싸거나(IoU 1/(1 + p)) 박스 안에 꼭 드는(1 - p) 것입니다. 둘 다 감싸면
    1 / ((1 + p)(1 + q))이고, 한 축만 안에 들면 1 / (1/(1 - p) + q)입니다. 이 가운데 큰 값이
    상한입니다. 스케일이나 종횡비를 아무리 바꾸어도 이보다 커지지 않으니, 상한이 낮으면 스트라이드를
    줄이거나 이미지를 키워야 합니다.

    Args:
        grid: :class:`AnchorGrid`. 중심만 쓰고 앵커의 크기는 보지 않습니다.
        boxes: (N, 4) xyxy 박스, 픽셀.

    Returns:
        (N,) IoU의 상한, 0 이상 1 이하.

    Raises:
        ValueError: 박스가 올바르지 않을 때.

    Examples:
        >>> grid = AnchorGrid((64, 64), strides=16, scales=[32])
        >>> stride_ceiling(grid, [[4, 4, 12, 12], [12, 12, 20, 20]]).round(3)
        array([1.   , 0.111])
    """
    rows = validate_boxes(boxes)
    shapes = rows[:, 2:] - rows[:, :2]
    best = np.zeros(len(rows))
    for level in grid.levels:
        distance = np.abs((rows[:, :2] + rows[:, 2:]) / 2 - _nearest_centers(level, rows))
        np.maximum(best, _ceiling(2 * distance, shapes), out=best)
    return best


def _ceiling(shift, shapes):
    """어긋난 거리의 두 배와 (너비, 높이)로 IoU의 상한을 구합니다. 넓이가 0인 박스는 0입니다."""
    positive = (shapes > 0).all(axis=1)
    p, q = np.divide(shift, shapes, out=np.ones_like(shapes), where=positive[:, None]).T
    # 1 - p가 0 이하면 박스 안에 드는 앵커가 없습니다.
    inside_p, inside_q = (1 / np.maximum(1 - part, 1e-12) for part in (p, q))
    size = np.minimum((1 + p) * (1 + q), np.minimum(inside_p + q, inside_q + p))
    return np.where(positive, 1 / size, 0.0)


@dataclass(frozen=True, eq=False)
class Coverage:
    """:func:`anchor_coverage`의 결과. ``print``하면 크기 갈래별 표로 보입니다.

    Attributes:
        best_iou: (N,) 정답마다 가장 잘 맞는 앵커와의 IoU.
        ceiling: (N,) 정답마다 스트라이드가 정하는 IoU의 상한. :func:`stride_ceiling`을 보세요.
        sizes: (N,) 정답의 크기(넓이의 제곱근), 픽셀.
        n_anchors: 모든 이미지의 앵커 수.
        thresholds: 표에 보일 IoU 임계값들.
    """

    best_iou: np.ndarray
    ceiling: np.ndarray
    sizes: np.ndarray
    n_anchors: int
    thresholds: tuple

    def recall(self, threshold, size_range=(0, np.inf)):
        """크기가 ``size_range`` 안인 정답 가운데 IoU ``threshold`` 이상인 앵커가 있는 비율.

        해당하는 정답이 없으면 NaN입니다.
        """
        low, high = size_range
        chosen = self.best_iou[(self.sizes >= low) & (self.sizes < high)]
        return float(np.mean(chosen >= threshold)) if len(chosen) else float("nan")

    def __str__(self):
        head = "".join(f"{f'≥{thr:g}':>8}" for thr in self.thresholds)
        lines = [_pad("정답의 크기", 16) + f"    정답  평균 IoU{head}  스트라이드 상한"]
        for name, (low, high) in {**SIZE_CLASSES, "전체": (0, np.inf)}.items():
            chosen = (self.sizes >= low) & (self.sizes < high)
            if not chosen.any():
                continue
            shares = "".join(f"{self.recall(thr, (low, high)):8.0%}" for thr in self.thresholds)
            lines.append(
                _pad(name, 16) + f"{chosen.sum():8,d}{self.best_iou[chosen].mean():10.2f}{shares}"
                f"{self.ceiling[chosen].mean():17.2f}"
            )
        return "\n".join(lines)


def anchor_coverage(dataset, design, thresholds=(0.5, 0.6, 0.7, 0.8)):
    """앵커 설계가 데이터의 정답을 얼마나 덮는지(재현율) 크기 갈래별로 잽니다.

    Args:
        dataset: :class:`Dataset`. 망에 들어가는 크기로 조정한 다음이어야 합니다.
        design: :class:`AnchorDesign`.
        thresholds: 표에 보일 IoU 임계값들, 0 이상 1 이하.

    Returns:
        :class:`Coverage`.

    Raises:
        ValueError: 크기를 모르는 이미지가 있거나, 설계나 임계값이 올바르지 않을 때.

    Examples:
        >>> from anchorbox_utils import Dataset, LabeledImage
        >>> boxes = [[8, 8, 40, 40], [8, 8, 24, 40]]
        >>> dataset = Dataset([LabeledImage("a.png", 64, 64, boxes)])
        >>> coverage = anchor_coverage(dataset, AnchorDesign((16,), (32,), (1,)))
        >>> coverage.recall(0.5), coverage.recall(0.7)
        (1.0, 0.5)

    출처: 문서 「증상→원인 빠른 매핑」의 "anchor scale 커버리지".
    """
    for threshold in thresholds:
        if not 0 <= threshold <= 1:
            raise ValueError(f"thresholds: 0 이상 1 이하여야 하는데 {threshold!r}입니다.")
    best, ceiling, n_anchors = [np.empty(0)], [np.empty(0)], 0
    for image in dataset.images:
        grid = design.grid(_known_size(image))
        best.append(best_anchor_iou(grid, _countable(image)))
        ceiling.append(stride_ceiling(grid, _countable(image)))
        n_anchors += len(grid)
    return Coverage(
        np.concatenate(best),
        np.concatenate(ceiling),
        box_statistics(dataset).sizes,
        n_anchors,
        tuple(thresholds),
    )


# ── k-평균 앵커 ─────────────────────────────────────────────────────────────────────────────


def centered_boxes(shapes):
    """(N, 2) (너비, 높이)를 중심이 원점인 (N, 4) 박스로. 값은 검사하지 않습니다.

    Examples:
        >>> centered_boxes(np.array([[4.0, 2.0]]))
        array([[-2., -1.,  2.,  1.]])
    """
    return np.concatenate([-shapes / 2, shapes / 2], axis=1)


def shape_iou(shapes1, shapes2):
    """중심을 겹쳐 놓았을 때, 곧 자리는 무시하고 모양만 견줄 때의 IoU를 구합니다.

    Args:
        shapes1: (N, 2) (너비, 높이), 픽셀.
        shapes2: (M, 2) (너비, 높이), 픽셀.

    Returns:
        (N, M) IoU, 0 초과 1 이하.

    Raises:
        ValueError: 모양이 (N, 2)가 아니거나, 0 이하이거나 유한하지 않은 값이 있을 때.

    Examples:
        >>> shape_iou([[40, 10]], [[40, 10], [20, 20], [80, 20]]).round(3)
        array([[1.   , 0.333, 0.25 ]])

    출처: YOLOv2 (Redmon과 Farhadi, 2017) 2절 "Dimension Clusters".
    """
    boxes1 = centered_boxes(_validate_shapes(shapes1, "shapes1"))
    boxes2 = centered_boxes(_validate_shapes(shapes2, "shapes2"))
    return pairwise_iou(
        boxes1, boxes2, finite_area(boxes1, "shapes1"), finite_area(boxes2, "shapes2")
    )


def _validate_shapes(shapes, name):
    try:
        rows = np.asarray(shapes, dtype=np.float64)
    except (TypeError, ValueError):
        rows = np.empty(0)
    if rows.ndim != 2 or rows.shape[1] != 2:
        raise ValueError(
            f"{name}: (너비, 높이)인 (N, 2) 숫자 배열이어야 하는데 {rows.shape}입니다."
        )
    bad = ~(np.isfinite(rows) & (rows > 0)).all(axis=1)
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(
            f"{name}[{row}]: 너비와 높이는 0보다 커야 하는데 {rows[row].tolist()}입니다."
        )
    return rows


@dataclass(frozen=True, eq=False)
class AnchorClusters:
    """:func:`kmeans_anchors`의 결과.

    Attributes:
        shapes: (k, 2) 묶음을 대표하는 (너비, 높이), 픽셀. 넓이가 작은 것부터.
        assignment: (N,) 박스마다 속한 묶음의 번호.
        history: 되풀이할 때마다의 평균 IoU. 줄어드는 일이 없습니다.
    """

    shapes: np.ndarray
    assignment: np.ndarray
    history: tuple[float, ...]

    @property
    def mean_iou(self):
        """박스와 그 묶음의 대표 사이 평균 IoU."""
        return self.history[-1]

    @property
    def scales(self):
        """(k,) 대표의 스케일(넓이의 제곱근), 픽셀."""
        return np.sqrt(self.shapes.prod(axis=1))

    @property
    def ratios(self):
        """(k,) 대표의 종횡비(높이/너비)."""
        return self.shapes[:, 1] / self.shapes[:, 0]


def kmeans_anchors(shapes, k, rng=0, n_init=5):
    """박스의 (너비, 높이)를 거리 1 - IoU로 k개의 묶음으로 나눕니다.

    유클리드 거리를 쓰면 큰 박스의 몇 픽셀이 작은 박스의 몇 배보다 무겁게 다뤄집니다. 1 - IoU는
    박스의 크기에 상관없이 비율을 봅니다. 대표는 묶음의 평균으로 옮기되, 평균이 IoU를 높이지 못하면
    그대로 둡니다. 그래서 평균 IoU는 되풀이할수록 커지기만 합니다. 첫 대표는 k-means++ 방식으로
    고르고, 서로 다른 출발 ``n_init``번 가운데 평균 IoU가 가장 큰 결과를 돌려줍니다.

    Args:
        shapes: (N, 2) (너비, 높이), 픽셀.
        k: 묶음의 수. 서로 다른 모양의 수를 넘을 수 없습니다.
        rng: ``numpy.random.Generator`` 또는 시드(정수).
        n_init: 출발을 바꾸어 되풀이하는 횟수.

    Returns:
        :class:`AnchorClusters`.

    Raises:
        ValueError: 모양이나 ``k``, ``n_init``이 올바르지 않을 때.

    Examples:
        >>> clusters = kmeans_anchors([[10, 10], [11, 10], [12, 10], [80, 20]], k=2)
        >>> clusters.shapes
        array([[11., 10.],
               [80., 20.]])

    출처: YOLOv2 (2017) 2절 "Dimension Clusters", k-means++ (Arthur와 Vassilvitskii, 2007).
    """
    rows = _validate_shapes(shapes, "shapes")
    distinct = len(np.unique(rows, axis=0))
    for name, value, most in (("k", k, distinct), ("n_init", n_init, 1000)):
        if not (isinstance(value, (int, np.integer)) and 1 <= value <= most):
            raise ValueError(f"{name}: 1 이상 {most} 이하의 정수여야 하는데 {value!r}입니다.")
    rng = np.random.default_rng(rng)
    runs = [_kmeans(rows, _spread_out(rows, k, rng)) for _ in range(n_init)]
    return max(runs, key=lambda run: run.mean_iou)


def _spread_out(shapes, k, rng):
    """이미 고른 대표에서 먼 것일수록 자주 뽑습니다(k-means++)."""
    centers = shapes[[rng.integers(len(shapes))]]
    while len(centers) < k:
        distance = 1 - shape_iou(shapes, centers).max(axis=1)
        # 반올림 오차로 이미 고른 모양에 남은 아주 작은 거리를 없앱니다.
        weight = np.where(distance > 1e-12, distance, 0) ** 2
        if not weight.any():
            weight = (~(shapes[:, None] == centers).all(axis=2).any(axis=1)).astype(float)
        chosen = rng.choice(len(shapes), p=weight / weight.sum())
        centers = np.concatenate([centers, shapes[[chosen]]])
    return centers


def _kmeans(shapes, centers):
    history = []
    while True:
        iou = shape_iou(shapes, centers)
        assignment = iou.argmax(axis=1)
        history.append(float(iou.max(axis=1).mean()))
        count = np.bincount(assignment, minlength=len(centers))
        total = np.stack(
            [np.bincount(assignment, weights=side, minlength=len(centers)) for side in shapes.T], 1
        )
        moved = np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], centers)
        gain = np.take_along_axis(shape_iou(shapes, moved) - iou, assignment[:, None], 1)[:, 0]
        # 부동소수점 오차만 한 이득을 좇으면 끝나지 않을 수 있습니다.
        better = np.bincount(assignment, weights=gain, minlength=len(centers)) > 1e-9
        if not better.any():
            break
        centers = np.where(better[:, None], moved, centers)
    order = np.argsort(centers.prod(axis=1), kind="stable")
    return AnchorClusters(centers[order], np.argsort(order)[assignment], tuple(history))


# ── 추천 ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False)
class Recommendation:
    """:func:`recommend_anchors`의 결과. ``print``하면 설계와 까닭이 함께 보입니다.

    Attributes:
        design: 추천하는 :class:`AnchorDesign`.
        reasons: 그렇게 고른 까닭들.
        coverage: 같은 데이터에서 잰 :class:`Coverage`. 고른 데이터로 잰 것이라 후한 값입니다.
        beyond_reach: 가장 촘촘한 스트라이드로도 ``pos_thr``를 보장하지 못하는 정답의 비율.
    """

    design: AnchorDesign
    reasons: tuple[str, ...]
    coverage: Coverage
    beyond_reach: float

    def __str__(self):
        return "\n".join(
            [
                f"스트라이드 {_listed(self.design.strides)}",
                f"스케일     {', '.join(_listed(level) for level in self.design.scales)}",
                f"종횡비     {_listed(self.design.ratios)} (높이/너비)",
                *(f"- {reason}" for reason in self.reasons),
            ]
        )


def recommend_anchors(dataset, strides=(4, 8, 16, 32, 64), pos_thr=0.5, fit=0.85, rng=0):
    """데이터에 맞는 스트라이드, 스케일, 종횡비를 까닭과 함께 추천합니다.

    1. **스트라이드.** 정답을, 격자의 어디에 놓여도 IoU ``pos_thr``에 이를 수 있는 가장 성긴 단계에
       맡깁니다. 가장 촘촘한 단계로도 안 되면 그 단계에 두고 그 비율을 알립니다.
    2. **스케일.** 단계마다, 맡은 정답의 크기를 1 - IoU k-평균으로 묶습니다.
    3. **종횡비.** 모든 정답의 모양을 넓이가 1이 되게 하여 같은 방법으로 묶습니다.

    묶음의 수는 평균 IoU가 ``fit`` 이상이 되는 가장 적은 수입니다.

    Args:
        dataset: :class:`Dataset`. 망에 들어가는 크기로 조정한 다음이어야 합니다.
        strides: 쓸 수 있는 스트라이드들, 픽셀.
        pos_thr: 학습에 쓸 양성 임계값.
        fit: 묶음의 수를 정하는 평균 모양 IoU.
        rng: ``numpy.random.Generator`` 또는 시드(정수).

    Returns:
        :class:`Recommendation`.

    Raises:
        ValueError: 박스가 없거나, 크기를 모르는 이미지가 있거나, 인수가 올바르지 않을 때.

    Examples:
        >>> from anchorbox_utils import Dataset, LabeledImage
        >>> dataset = Dataset([LabeledImage("a.png", 640, 480, [[8, 8, 72, 40], [9, 90, 75, 122]])])
        >>> recommend_anchors(dataset).design
        AnchorDesign(strides=(16,), scales=((46.0,),), ratios=(0.5,), offset=0.5)

    출처: 문서 「구현 전에 알아둘 실무 포인트」 1.
    """
    for name, value in (("pos_thr", pos_thr), ("fit", fit)):
        if not 0 < value < 1:
            raise ValueError(f"{name}: 0과 1 사이의 수여야 하는데 {value!r}입니다.")
    available = sorted(_positive_number(stride, "strides") for stride in np.atleast_1d(strides))
    if not available:
        raise ValueError("strides: 쓸 수 있는 스트라이드를 하나 이상 주세요.")
    shapes = box_statistics(dataset).shapes
    if len(shapes) == 0:
        raise ValueError("dataset: 박스가 하나도 없어 앵커를 고를 수 없습니다.")
    rng = np.random.default_rng(rng)

    reachable = np.stack([_ceiling(np.full_like(shapes, s), shapes) >= pos_thr for s in available])
    reached = reachable.any(axis=0)
    level = np.where(reached, len(available) - 1 - reachable[::-1].argmax(axis=0), 0)
    used = np.unique(level).tolist()
    sizes = np.sqrt(shapes.prod(axis=1))
    scales = []
    for number in used:
        side = sizes[level == number]
        scales.append(_rounded(_fewest_clusters(np.stack([side, side], 1), fit, rng)[-1].scales, 3))
    ratio_runs = _fewest_clusters(shapes / sizes[:, None], fit, rng)
    design = AnchorDesign(
        tuple(_plain(available[number]) for number in used),
        tuple(scales),
        _rounded(ratio_runs[-1].ratios, 2),
    )
    coverage = anchor_coverage(dataset, design)
    shares = ", ".join(f"{_plain(available[n])}: {np.sum(level == n):,}개" for n in used)
    reasons = [
        f"스트라이드: 정답을 격자의 어디에 놓여도 IoU {pos_thr:g}에 이를 수 있는 가장 성긴 단계에 "
        f"맡겼습니다({shares}).",
        f"스케일: 단계마다 크기만 견준 평균 IoU가 {fit:g} 이상이 되는 가장 적은 수입니다.",
        "종횡비: 모양만 견준 평균 IoU가 "
        + ", ".join(f"{k}개면 {run.mean_iou:.2f}" for k, run in enumerate(ratio_runs, start=1))
        + "입니다.",
        f"결과: IoU {pos_thr:g} 이상인 앵커가 있는 정답은 {coverage.recall(pos_thr):.0%}, "
        f"앵커는 {coverage.n_anchors:,}개입니다.",
    ]
    if not reached.all():
        reasons.insert(1, _wall_reason(shapes, reached, available[0], pos_thr))
    return Recommendation(design, tuple(reasons), coverage, float(np.mean(~reached)))


def _wall_reason(shapes, reachable, stride, pos_thr):
    """스트라이드가 벽인 정답의 90%가 벽을 넘으려면 이미지를 몇 배 키워야 하는지 말합니다."""
    p, q = stride / shapes[~reachable].T
    # (1 + p/f)(1 + q/f) = 1/pos_thr를 배율 f에 대해 푼 것입니다.
    total = p + q
    inverse = (np.sqrt(total**2 + 4 * p * q * (1 / pos_thr - 1)) - total) / (2 * p * q)
    factor = np.ceil(np.percentile(1 / inverse, 90) * 10) / 10
    return (
        f"벽: 정답의 {np.mean(~reachable):.0%}는 스트라이드 {_plain(stride)}에서도 자리가 나쁘면 "
        f"IoU {pos_thr:g}에 이르지 못합니다. 스케일과 종횡비로는 고칠 수 없습니다. 더 촘촘한 특징 "
        f"맵을 쓰거나 이미지를 키우세요. {factor:.1f}배로 키우면 그 가운데 90%가 벽을 넘습니다."
    )


def _fewest_clusters(shapes, fit, rng, most=9):
    """평균 IoU가 ``fit``에 이를 때까지 묶음을 하나씩 늘린 결과들."""
    runs = []
    for k in range(1, min(most, len(np.unique(shapes, axis=0))) + 1):
        runs.append(kmeans_anchors(shapes, k, rng))
        if runs[-1].mean_iou >= fit:
            break
    return runs


def _rounded(values, digits):
    return tuple(sorted({float(f"{value:.{digits}g}") for value in values}))


def _plain(value):
    """4.0은 4로, 4.5는 4.5로."""
    return int(value) if value == int(value) else float(value)


def _listed(values):
    return "(" + ", ".join(f"{value:g}" for value in values) + ")"
