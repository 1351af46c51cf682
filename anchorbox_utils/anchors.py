"""앵커 격자: 이미지 위에 규칙적으로 깔린 기준 박스."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anchorbox_utils.boxes import validate_boxes, validate_image_size


def make_cell_anchors(scales, ratios):
    """특징 맵 한 칸에 놓일 앵커를 칸의 중심을 원점으로 하여 만듭니다.

    스케일 s와 종횡비 r = 높이/너비에 대해 너비는 ``s / √r``, 높이는 ``s * √r``입니다.
    그래서 종횡비를 바꾸어도 넓이는 s²로 같습니다.

    Args:
        scales: 스케일(넓이의 제곱근) 목록, 픽셀.
        ratios: 종횡비(높이/너비) 목록.

    Returns:
        (len(scales) * len(ratios), 4) xyxy 앵커. 스케일이 바깥, 종횡비가 안쪽 순서입니다.

    Raises:
        ValueError: 목록이 비었거나 0 이하의 값이 있을 때.

    Examples:
        >>> make_cell_anchors([32], [1, 4])
        array([[-16., -16.,  16.,  16.],
               [ -8., -32.,   8.,  32.]])

    출처: Faster R-CNN (Ren 외, 2015) 3.1.1절. D2L은 종횡비를 w/h로 씁니다.
    """
    scale, ratio = np.meshgrid(
        _positive(scales, "scales"), np.sqrt(_positive(ratios, "ratios")), indexing="ij"
    )
    half = np.stack([scale / ratio, scale * ratio], axis=-1).reshape(-1, 2) / 2
    return np.concatenate([-half, half], axis=1)


def _positive(values, name):
    try:
        array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        array = np.empty((0, 0))
    if array.ndim != 1 or array.size == 0 or not (np.isfinite(array) & (array > 0)).all():
        raise ValueError(f"{name}: 0보다 큰 수의 목록이어야 하는데 {values!r}입니다.")
    return array


@dataclass(frozen=True, eq=False)
class AnchorLevel:
    """특징 맵 한 단계의 앵커. ``boxes``는 (y, x, 앵커) 순서입니다.

    Attributes:
        shape: (행, 열) 특징 맵의 칸 수.
        stride: (세로, 가로) 이웃한 칸 사이의 거리, 픽셀.
        offset: 칸 안에서 중심의 위치. 0.5면 칸의 가운데, 0이면 왼쪽 위 모서리입니다.
        cell_anchors: (A, 4) 칸의 중심을 원점으로 한 xyxy 앵커.

    Examples:
        >>> level = AnchorLevel((2, 3), (8, 8), 0.5, make_cell_anchors([16], [1]))
        >>> level.centers[:2]
        array([[ 4.,  4.],
               [12.,  4.]])
    """

    shape: tuple[int, int]
    stride: tuple[float, float]
    offset: float
    cell_anchors: np.ndarray

    def __len__(self):
        return self.shape[0] * self.shape[1] * len(self.cell_anchors)

    @cached_property
    def centers(self):
        """(행 * 열, 2) 칸 중심의 (x, y), 픽셀."""
        y, x = (
            (np.arange(count) + self.offset) * stride
            for count, stride in zip(self.shape, self.stride, strict=True)
        )
        return np.stack(np.broadcast_arrays(x, y[:, None]), axis=-1).reshape(-1, 2)

    @cached_property
    def boxes(self):
        """(N, 4) xyxy 앵커, 픽셀."""
        corners = np.tile(self.centers, 2)
        return (corners[:, None] + self.cell_anchors).reshape(-1, 4)


class AnchorGrid:
    """이미지 한 장에 깔리는 앵커 전체. 단계마다 규칙적인 격자 구조를 간직합니다.

    한 단계의 칸 수는 ``ceil(이미지 크기 / stride)``이고, 중심은 ``(i + offset) * stride``입니다.

    Args:
        image_size: (높이, 너비), 픽셀.
        strides: 단계별 스트라이드, 픽셀. 수 하나면 단계가 하나입니다.
        scales: 스케일(넓이의 제곱근), 픽셀. 수의 목록이면 모든 단계에 똑같이 쓰고,
            목록의 목록이면 단계별로 씁니다.
        ratios: 종횡비(높이/너비) 목록. 모든 단계에 똑같이 씁니다.
        offset: 칸 안에서 중심의 위치. 0.5(기본)는 칸의 가운데, 0은 detectron2의 기본값입니다.

    Attributes:
        image_size: (높이, 너비), 픽셀.
        levels: :class:`AnchorLevel`의 튜플.

    Raises:
        ValueError: 크기·스트라이드·스케일·종횡비가 0 이하이거나, 단계 수가 서로 다를 때.

    Examples:
        >>> grid = AnchorGrid((64, 96), strides=(16, 32), scales=((24,), (48,)), ratios=(0.5, 1, 2))
        >>> len(grid), [level.shape for level in grid.levels]
        (90, [(4, 6), (2, 3)])
        >>> grid.boxes[1]
        array([-4., -4., 20., 20.])

    출처: 문서 「구현 전에 알아둘 실무 포인트」 1, Faster R-CNN (2015), FPN (Lin 외, 2017).
    """

    def __init__(self, image_size, strides, scales, ratios=(0.5, 1.0, 2.0), offset=0.5):
        height, width = self.image_size = validate_image_size(image_size)
        strides = _positive(strides, "strides")
        if not 0 <= offset <= 1:
            raise ValueError(f"offset: 0 이상 1 이하여야 하는데 {offset!r}입니다.")
        self.levels = tuple(
            AnchorLevel(
                (int(np.ceil(height / stride)), int(np.ceil(width / stride))),
                (float(stride), float(stride)),
                float(offset),
                make_cell_anchors(level_scales, ratios),
            )
            for stride, level_scales in zip(
                strides, _scales_per_level(scales, len(strides)), strict=True
            )
        )

    def __len__(self):
        return sum(len(level) for level in self.levels)

    def __repr__(self):
        height, width = self.image_size
        return f"AnchorGrid({height}×{width}, 단계 {len(self.levels)}개, 앵커 {len(self):,}개)"

    @cached_property
    def boxes(self):
        """(N, 4) xyxy 앵커, 픽셀. (단계, y, x, 앵커) 순서입니다."""
        return np.concatenate([level.boxes for level in self.levels])

    @cached_property
    def level_index(self):
        """(N,) 각 앵커가 속한 단계의 번호."""
        return np.repeat(np.arange(len(self.levels)), [len(level) for level in self.levels])


def _scales_per_level(scales, levels):
    if not np.iterable(scales) or all(np.ndim(scale) == 0 for scale in scales):
        return [scales] * levels
    if len(scales) != levels:
        raise ValueError(
            f"scales: 스트라이드는 {levels}단계인데 스케일 목록은 {len(scales)}개입니다. "
            "단계마다 목록을 하나씩 주세요."
        )
    return scales


def as_anchor_boxes(anchors):
    """AnchorGrid나 (N, 4) 배열을 검사를 마친 (N, 4) 앵커로 돌려줍니다.

    Examples:
        >>> as_anchor_boxes([[0, 0, 8, 8]]).shape
        (1, 4)
    """
    return anchors.boxes if isinstance(anchors, AnchorGrid) else validate_boxes(anchors, "anchors")
