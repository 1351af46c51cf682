"""앵커 묶음이 정답을 얼마나 덮는가."""

from dataclasses import dataclass

import numpy as np

from anchorbox_utils.anchors import AnchorGrid, scales_per_level
from anchorbox_utils.boxes import SIZE_CLASSES, finite_area, paired_iou, validate_boxes
from anchorbox_utils.datasets import Dataset
from anchorbox_utils.design.resizing import known_size
from anchorbox_utils.design.statistics import box_statistics, countable
from anchorbox_utils.korean import pad
from anchorbox_utils.validation import (
    as_fraction,
    as_instance,
    as_list,
    as_numbers,
    as_range,
    is_nested,
    refuse,
)


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

    def __post_init__(self):
        strides = tuple(as_numbers(self.strides, "strides", above=0))
        scales = scales_per_level(self.scales, len(strides))
        checked = {
            "strides": strides,
            "scales": tuple(map(tuple, scales)) if is_nested(self.scales) else tuple(scales[0]),
            "ratios": tuple(as_numbers(self.ratios, "ratios", above=0)),
            "offset": as_fraction(self.offset, "offset"),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

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
    as_instance(grid, "grid", AnchorGrid)
    rows = validate_boxes(boxes).astype(np.float64, copy=False)
    area = finite_area(rows, "boxes")
    best = np.zeros(len(rows))
    for level in grid.levels:
        centers = np.tile(_nearest_centers(level, rows), 2)
        for cell in level.cell_anchors:
            anchors = centers + cell
            iou = paired_iou(anchors, rows, finite_area(anchors, "grid"), area)
            np.maximum(best, iou, out=best)
    return best


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
    as_instance(grid, "grid", AnchorGrid)
    rows = validate_boxes(boxes).astype(np.float64, copy=False)
    finite_area(rows, "boxes")
    shapes = rows[:, 2:] - rows[:, :2]
    best = np.zeros(len(rows))
    for level in grid.levels:
        distance = np.abs((rows[:, :2] + rows[:, 2:]) / 2 - _nearest_centers(level, rows))
        np.maximum(best, center_ceiling(2 * distance, shapes), out=best)
    return best


def center_ceiling(shift, shapes):
    """어긋난 거리의 두 배와 (너비, 높이)로 IoU의 상한을 구합니다. 넓이가 0인 박스는 0입니다."""
    positive = (shapes > 0).all(axis=1)
    p, q = np.divide(shift, shapes, out=np.ones_like(shapes), where=positive[:, None]).T
    # 1 - p가 0 이하면 박스 안에 드는 앵커가 없습니다.
    inside_p, inside_q = (1 / np.maximum(1 - part, 1e-12) for part in (p, q))
    # 박스보다 터무니없이 큰 스트라이드면 넘쳐서 상한이 0이 됩니다.
    with np.errstate(over="ignore"):
        size = np.minimum((1 + p) * (1 + q), np.minimum(inside_p + q, inside_q + p))
    return np.where(positive, 1 / size, 0.0)


def _as_size_range(size_range):
    """(이상, 미만). 미만은 무한대여도 됩니다."""
    pair = as_list(size_range, "size_range")
    if len(pair) != 2:
        refuse("size_range", "(최솟값, 최댓값)인 두 수", size_range)
    low, high = pair
    endless = isinstance(high, float) and high == np.inf
    limit = low if endless else high
    return as_range((low, limit), "size_range", least=0)[0], np.inf if endless else high


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
        threshold = as_fraction(threshold, "threshold")
        low, high = _as_size_range(size_range)
        chosen = self.best_iou[(self.sizes >= low) & (self.sizes < high)]
        return float(np.mean(chosen >= threshold)) if len(chosen) else float("nan")

    def __str__(self):
        head = "".join(f"{f'≥{thr:g}':>8}" for thr in self.thresholds)
        lines = [pad("정답의 크기", 16) + f"    정답  평균 IoU{head}  스트라이드 상한"]
        for name, (low, high) in {**SIZE_CLASSES, "전체": (0, np.inf)}.items():
            chosen = (self.sizes >= low) & (self.sizes < high)
            if not chosen.any():
                continue
            shares = "".join(f"{self.recall(thr, (low, high)):8.0%}" for thr in self.thresholds)
            lines.append(
                pad(name, 16) + f"{chosen.sum():8,d}{self.best_iou[chosen].mean():10.2f}{shares}"
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
    as_instance(dataset, "dataset", Dataset)
    as_instance(design, "design", AnchorDesign)
    thresholds = [
        as_fraction(threshold, f"thresholds[{i}]")
        for i, threshold in enumerate(as_list(thresholds, "thresholds"))
    ]
    best, ceiling, n_anchors = [np.empty(0)], [np.empty(0)], 0
    for image in dataset.images:
        grid = design.grid(known_size(image))
        best.append(best_anchor_iou(grid, countable(image)))
        ceiling.append(stride_ceiling(grid, countable(image)))
        n_anchors += len(grid)
    return Coverage(
        np.concatenate(best),
        np.concatenate(ceiling),
        box_statistics(dataset).sizes,
        n_anchors,
        tuple(thresholds),
    )
