"""박스의 모양을 견주고 k-평균으로 묶기."""

from dataclasses import dataclass

import numpy as np

from anchorbox_utils.boxes import finite_area, pairwise_iou
from anchorbox_utils.validation import as_count, as_generator, real_array, refuse_rows


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
    return pairwise_shape_iou(
        _validate_shapes(shapes1, "shapes1"), _validate_shapes(shapes2, "shapes2")
    )


def pairwise_shape_iou(shapes1, shapes2):
    """검사를 마친 (너비, 높이)들로 (N, M) 모양 IoU를 구합니다."""
    boxes1, boxes2 = (np.concatenate([-half, half], 1) for half in (shapes1 / 2, shapes2 / 2))
    return pairwise_iou(boxes1, boxes2, shapes1.prod(axis=1), shapes2.prod(axis=1))


def _validate_shapes(shapes, name):
    rows = real_array(shapes, name, ("N", 2)).astype(np.float64, copy=False)
    bad = ~(np.isfinite(rows) & (rows > 0)).all(axis=1)
    refuse_rows(bad, rows, name, lambda row: "너비와 높이는 0보다 큰 수여야 합니다.")
    finite_area(np.concatenate([np.zeros_like(rows), rows], axis=1), name)
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
    k, n_init = as_count(k, "k", least=1, most=distinct), as_count(n_init, "n_init", 1, 1000)
    rng = as_generator(rng)
    runs = [_kmeans(rows, _spread_out(rows, k, rng)) for _ in range(n_init)]
    return max(runs, key=lambda run: run.mean_iou)


def _spread_out(shapes, k, rng):
    """이미 고른 대표에서 먼 것일수록 자주 뽑습니다(k-means++)."""
    centers = shapes[[rng.integers(len(shapes))]]
    while len(centers) < k:
        distance = 1 - pairwise_shape_iou(shapes, centers).max(axis=1)
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
        iou = pairwise_shape_iou(shapes, centers)
        assignment = iou.argmax(axis=1)
        history.append(float(iou.max(axis=1).mean()))
        count = np.bincount(assignment, minlength=len(centers))
        total = np.stack(
            [np.bincount(assignment, weights=side, minlength=len(centers)) for side in shapes.T], 1
        )
        moved = np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], centers)
        gain = np.take_along_axis(pairwise_shape_iou(shapes, moved) - iou, assignment[:, None], 1)[
            :, 0
        ]
        # 부동소수점 오차만 한 이득을 좇으면 끝나지 않을 수 있습니다.
        better = np.bincount(assignment, weights=gain, minlength=len(centers)) > 1e-9
        if not better.any():
            break
        centers = np.where(better[:, None], moved, centers)
    order = np.argsort(centers.prod(axis=1), kind="stable")
    return AnchorClusters(centers[order], np.argsort(order)[assignment], tuple(history))
