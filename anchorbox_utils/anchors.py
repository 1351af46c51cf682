"""앵커 격자: 이미지 위에 규칙적으로 깔린 기준 박스, 그리고 널리 쓰이는 검출기의 격자들."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from anchorbox_utils.boxes import finite_area, validate_boxes
from anchorbox_utils.validation import (
    as_choice,
    as_count,
    as_fraction,
    as_image_size,
    as_instance,
    as_integer_array,
    as_list,
    as_numbers,
    as_pair,
    is_nested,
)

# 이보다 많으면 박스만 3 GB가 넘습니다. 8K 이미지에 스트라이드 1로 앵커 셋씩 깔 때가 이쯤입니다.
MOST_ANCHORS = 10**8


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
        ValueError: 목록이 비었거나, 0 이하의 값이 있거나, 넓이가 표현 범위를 넘을 때.

    Examples:
        >>> make_cell_anchors([32], [1, 4])
        array([[-16., -16.,  16.,  16.],
               [ -8., -32.,   8.,  32.]])

    출처: Faster R-CNN (Ren 외, 2015) 3.1.1절. D2L은 종횡비를 w/h로 씁니다.
    """
    return _cell_anchors(
        as_numbers(scales, "scales", above=0), as_numbers(ratios, "ratios", above=0)
    )


def _cell_anchors(scales, ratios):
    """검사를 마친 목록으로 만드는 :func:`make_cell_anchors`."""
    scale, ratio = np.meshgrid(
        np.array(scales, dtype=np.float64),
        np.sqrt(np.array(ratios, dtype=np.float64)),
        indexing="ij",
    )
    with np.errstate(over="ignore"):
        half = np.stack([scale / ratio, scale * ratio], axis=-1).reshape(-1, 2) / 2
    cell_anchors = np.concatenate([-half, half], axis=1)
    finite_area(cell_anchors, "scales와 ratios로 만든 앵커")
    return cell_anchors


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

    def __post_init__(self):
        rows, columns = as_pair(self.shape, "shape", "(행, 열)은 1 이상의 두 정수", least=1)
        checked = {
            "shape": (as_count(rows, "shape", least=1), as_count(columns, "shape", least=1)),
            "stride": as_pair(self.stride, "stride", "(세로, 가로)는 0보다 큰 두 수", above=0),
            "offset": as_fraction(self.offset, "offset"),
            "cell_anchors": validate_boxes(self.cell_anchors, "cell_anchors"),
        }
        vars(self).update(checked)

    def __len__(self):
        return self.shape[0] * self.shape[1] * len(self.cell_anchors)

    def _axis_centers(self, axis):
        return (np.arange(self.shape[axis]) + self.offset) * self.stride[axis]

    @cached_property
    def centers(self):
        """(행 * 열, 2) 칸 중심의 (x, y), 픽셀."""
        y, x = self._axis_centers(0), self._axis_centers(1)
        return np.stack(np.broadcast_arrays(x, y[:, None]), axis=-1).reshape(-1, 2)

    @cached_property
    def x_edges(self):
        """(2, 열, A) 앵커의 왼쪽 x1과 오른쪽 x2. 같은 열의 앵커는 행이 달라도 이 값이 같습니다."""
        return self._axis_centers(1)[:, None] + self.cell_anchors.T[0::2, None]

    @cached_property
    def y_edges(self):
        """(2, 행, A) 앵커의 위쪽 y1과 아래쪽 y2. 같은 행의 앵커는 열이 달라도 이 값이 같습니다."""
        return self._axis_centers(0)[:, None] + self.cell_anchors.T[1::2, None]

    @property
    def areas(self):
        """(행, 열, A) 앵커의 넓이, 제곱 픽셀."""
        height, width = (high - low for low, high in (self.y_edges, self.x_edges))
        return height[:, None] * width

    @cached_property
    def boxes(self):
        """(N, 4) xyxy 앵커, 픽셀."""
        boxes = np.empty((*self.shape, len(self.cell_anchors), 4))
        boxes[..., 0], boxes[..., 2] = self.x_edges
        boxes[..., 1], boxes[..., 3] = self.y_edges[:, :, None]
        return boxes.reshape(-1, 4)


class AnchorPlanes(NamedTuple):
    """판(plane), 곧 한 단계에서 스케일과 종횡비가 같은 앵커들의 표. K는 판의 수, 축은 (y, x)입니다.

    판 k의 y행 x열에 놓인 앵커의 번호는 ``start[k] + y * step[k, 0] + x * step[k, 1]``이고,
    그 앵커의 y1, y2는 ``edges[0][:, edge_start[k, 0] + y * step[k, 1]]``입니다. x1, x2는
    ``edges[1]``에서 같은 방법으로 찾습니다.

    Attributes:
        cell_anchors: (K, 4) 칸의 중심을 원점으로 한 xyxy 앵커, 픽셀.
        shape: (K, 2) 칸 수.
        stride: (K, 2) 스트라이드, 픽셀.
        offset: (K, 1) 칸 안에서 중심의 위치.
        start: (K,) 첫 앵커의 번호.
        step: (K, 2) 한 행 아래, 한 열 옆 앵커까지의 번호 차이.
        edges: 축마다 (2, L), 모든 단계의 ``y_edges``와 ``x_edges``를 이은 것.
        edge_start: (K, 2) ``edges``에서 그 판이 시작하는 자리.
    """

    cell_anchors: np.ndarray
    shape: np.ndarray
    stride: np.ndarray
    offset: np.ndarray
    start: np.ndarray
    step: np.ndarray
    edges: tuple[np.ndarray, np.ndarray]
    edge_start: np.ndarray


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
        height, width = self.image_size = as_image_size(image_size)
        strides = as_numbers(strides, "strides", above=0)
        ratios = as_numbers(ratios, "ratios", above=0)
        offset = as_fraction(offset, "offset")
        self.levels = tuple(
            _level(
                (_cells(height, stride), _cells(width, stride)),
                (stride, stride),
                _cell_anchors(level_scales, ratios),
                offset,
            )
            for stride, level_scales in zip(
                strides, scales_per_level(scales, len(strides)), strict=True
            )
        )
        _refuse_too_many(self)

    @classmethod
    def from_levels(cls, image_size, levels):
        """단계마다 칸 수·스트라이드·앵커를 직접 정한 격자를 만듭니다.

        Args:
            image_size: (높이, 너비), 픽셀.
            levels: :class:`AnchorLevel`의 목록, 앵커 번호를 매길 순서대로.

        Returns:
            :class:`AnchorGrid`.

        Raises:
            ValueError: image_size가 올바르지 않거나 단계가 없을 때.

        Examples:
            >>> level = AnchorLevel((2, 3), (8, 4), 0, make_cell_anchors([16], [1]))
            >>> AnchorGrid.from_levels((16, 12), [level]).boxes[-1]
            array([ 0.,  0., 16., 16.])
        """
        grid = cls.__new__(cls)
        grid.image_size = as_image_size(image_size)
        grid.levels = tuple(
            as_instance(level, f"levels[{i}]", AnchorLevel)
            for i, level in enumerate(as_list(levels, "levels"))
        )
        if not grid.levels:
            raise ValueError("levels: 단계가 하나도 없습니다.")
        _refuse_too_many(grid)
        return grid

    @classmethod
    def preset(cls, name, image_size):
        """널리 쓰이는 검출기의 앵커를 반올림, 오프셋, 순서까지 똑같이 만듭니다.

        ``image_size``는 그 검출기가 크기를 조정해 망에 넣는 이미지의 크기입니다.

        Args:
            name: :data:`ANCHOR_PRESETS`의 이름. 출처는 ``ANCHOR_PRESETS[name].source``에 있습니다.
            image_size: (높이, 너비), 픽셀.

        Returns:
            :class:`AnchorGrid`.

        Raises:
            ValueError: 모르는 이름이거나, 그 검출기가 받지 않는 크기일 때.

        Examples:
            >>> AnchorGrid.preset("retinanet", image_size=(640, 640))
            AnchorGrid(640×640, 단계 5개, 앵커 76,725개)
            >>> AnchorGrid.preset("retinanet", image_size=(800, 1333)).levels[-1].stride
            (114.0, 122.0)
        """
        preset = ANCHOR_PRESETS[as_choice(name, "name", ANCHOR_PRESETS, "프리셋")]
        size = tuple(_cells(side, 1) for side in as_image_size(image_size))
        return cls.from_levels(image_size, list(preset.levels(size)))

    @cached_property
    def planes(self):
        """:class:`AnchorPlanes`. 격자 매칭이 씁니다."""
        levels = self.levels
        anchors = [len(level.cell_anchors) for level in levels]

        within_cell = np.concatenate([np.arange(count) for count in anchors])

        def per_plane(values):
            return np.repeat(np.array(values), anchors, axis=0)

        def starts(sizes):
            return per_plane(np.cumsum([0, *sizes[:-1]])) + within_cell

        edges = [
            [level.y_edges.reshape(2, -1) for level in levels],
            [level.x_edges.reshape(2, -1) for level in levels],
        ]
        return AnchorPlanes(
            cell_anchors=np.concatenate([level.cell_anchors for level in levels]),
            shape=per_plane([level.shape for level in levels]),
            stride=per_plane([level.stride for level in levels]),
            offset=per_plane([[level.offset] for level in levels]),
            start=starts([len(level) for level in levels]),
            step=per_plane(
                [
                    (level.shape[1] * count, count)
                    for level, count in zip(levels, anchors, strict=True)
                ]
            ),
            edges=tuple(np.concatenate(parts, axis=1) for parts in edges),
            edge_start=np.stack([starts([e.shape[1] for e in parts]) for parts in edges], axis=1),
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

    def boxes_at(self, indices):
        """``boxes[indices]``를 앵커 전체를 만들지 않고 구합니다. 양성 앵커만 꺼낼 때 씁니다.

        Args:
            indices: (K,) 앵커 번호, 0 이상 N 미만.

        Returns:
            (K, 4) xyxy 앵커, 픽셀.

        Raises:
            ValueError: 번호가 범위를 벗어날 때.

        Examples:
            >>> grid = AnchorGrid((64, 96), strides=(16, 32), scales=((24,), (48,)), ratios=(1,))
            >>> grid.boxes_at([0, 24])
            array([[-4., -4., 20., 20.],
                   [-8., -8., 40., 40.]])
        """
        ends = np.cumsum([len(level) for level in self.levels])
        indices = as_integer_array(indices, "indices", least=0, most=int(ends[-1]) - 1)
        indices = indices.astype(np.intp, copy=False)
        planes = self.planes
        first_planes = np.cumsum([0, *(len(level.cell_anchors) for level in self.levels[:-1])])
        plane = first_planes[np.searchsorted(ends, indices, side="right")]
        row_step, column_step = planes.step[plane].T
        y, rest = np.divmod(indices - planes.start[plane], row_step)
        x, anchor = np.divmod(rest, column_step)
        y_start, x_start = planes.edge_start[plane + anchor].T
        y1, y2 = planes.edges[0].take(y_start + y * column_step, axis=1)
        x1, x2 = planes.edges[1].take(x_start + x * column_step, axis=1)
        return np.stack([x1, y1, x2, y2], axis=1)

    @cached_property
    def areas(self):
        """(N,) 앵커의 넓이, 제곱 픽셀. ``box_area(boxes)``와 마지막 비트까지 같습니다."""
        return np.concatenate([level.areas.ravel() for level in self.levels])

    @cached_property
    def level_index(self):
        """(N,) 각 앵커가 속한 단계의 번호."""
        return np.repeat(np.arange(len(self.levels)), [len(level) for level in self.levels])


def _cells(side, stride):
    """그 변에 놓일 칸의 수. 셀 수 없이 많아도 정수로 답합니다."""
    return max(1, int(np.ceil(min(side / stride, 10.0 * MOST_ANCHORS))))


def _refuse_too_many(grid):
    if len(grid) > MOST_ANCHORS:
        raise ValueError(
            f"image_size와 strides: 앵커가 {len(grid):,}개가 되어 메모리에 담을 수 없습니다. "
            f"{MOST_ANCHORS:,}개까지 만들 수 있으니 스트라이드를 키우거나 이미지를 줄이세요."
        )


def scales_per_level(scales, levels):
    """단계마다의 스케일 목록. 목록 하나면 모든 단계가 함께 씁니다.

    Examples:
        >>> scales_per_level((16, 32), 2), scales_per_level(((16,), (32, 64)), 2)
        ([[16, 32], [16, 32]], [[16], [32, 64]])
    """
    if not is_nested(scales):
        return [as_numbers(scales, "scales", above=0)] * levels
    if len(scales) != levels:
        raise ValueError(
            f"scales: 스트라이드는 {levels}단계인데 스케일 목록은 {len(scales)}개입니다. "
            "단계마다 목록을 하나씩 주세요."
        )
    return [as_numbers(level, f"scales[{i}]", above=0) for i, level in enumerate(scales)]


def as_anchor_boxes(anchors):
    """AnchorGrid나 (N, 4) 배열을 검사를 마친 (N, 4) 앵커로 돌려줍니다.

    Examples:
        >>> as_anchor_boxes([[0, 0, 8, 8]]).shape
        (1, 4)
    """
    return anchors.boxes if isinstance(anchors, AnchorGrid) else validate_boxes(anchors, "anchors")


def _level(shape, stride, cell_anchors, offset=0.5):
    """검사를 마친 값들로 만드는 :class:`AnchorLevel`. 이미지마다 격자를 까는 곳이 있습니다."""
    level = AnchorLevel.__new__(AnchorLevel)
    stride = tuple(map(float, stride))
    vars(level).update(shape=tuple(shape), stride=stride, offset=offset, cell_anchors=cell_anchors)
    return level


def _cells_from_sizes(sizes):
    """(너비, 높이) 목록을 원점 중심의 xyxy 앵커로 바꿉니다."""
    half = np.array(sizes, dtype=np.float64) / 2
    return np.concatenate([-half, half], axis=1)


def _fpn_shapes(image_size, first_stride, levels):
    """32의 배수로 채운 이미지에서 FPN 단계마다의 칸 수. 다음 단계는 앞 단계의 절반(올림)입니다."""
    padded = [-(-side // 32) * 32 for side in image_size]
    shapes = [tuple(side // first_stride for side in padded)]
    while len(shapes) < levels:
        shapes.append(tuple(-(-count // 2) for count in shapes[-1]))
    return padded, shapes


def _torchvision_levels(image_size, first_stride, sizes, ratios=(0.5, 1.0, 2.0)):
    """offset 0, 정수로 반올림한 앵커, 종횡비가 바깥 순서, 스트라이드는 축마다 크기 // 칸 수."""
    padded, shapes = _fpn_shapes(image_size, first_stride, len(sizes))
    for shape, level_sizes in zip(shapes, sizes, strict=True):
        cells = make_cell_anchors(level_sizes, ratios).reshape(len(level_sizes), len(ratios), 4)
        stride = [side // count for side, count in zip(padded, shape, strict=True)]
        yield _level(shape, stride, np.round(cells.swapaxes(0, 1).reshape(-1, 4)), offset=0.0)


def _detectron2_levels(image_size, first_stride, sizes, ratios=(0.5, 1.0, 2.0)):
    """offset 0, 반올림하지 않은 앵커, 크기가 바깥 순서, 이름 그대로의 스트라이드."""
    _, shapes = _fpn_shapes(image_size, first_stride, len(sizes))
    for number, (shape, level_sizes) in enumerate(zip(shapes, sizes, strict=True)):
        stride = first_stride * 2**number
        yield _level(shape, (stride, stride), make_cell_anchors(level_sizes, ratios), offset=0.0)


def _ssd300_levels(image_size):
    """종횡비 1인 것 둘, 그다음 가로형과 세로형의 쌍들. 변의 길이는 이미지 크기를 넘지 않습니다."""
    if image_size != (300, 300):
        raise ValueError(f"image_size: SSD300은 (300, 300)만 받는데 {image_size}입니다.")
    scales = (0.07, 0.15, 0.33, 0.51, 0.69, 0.87, 1.05)
    ratios = ((2,), (2, 3), (2, 3), (2, 3), (2,), (2,))
    for k, (count, stride) in enumerate(((38, 8), (19, 16), (10, 32), (5, 64), (3, 100), (1, 300))):
        scale, middle = scales[k], np.sqrt(scales[k] * scales[k + 1])
        sizes = [(scale, scale), (middle, middle)]
        for root in np.sqrt(ratios[k]):
            sizes += [(scale * root, scale / root), (scale / root, scale * root)]
        cells = _cells_from_sizes(300 * np.minimum(sizes, 1.0))
        yield _level((count, count), (stride, stride), cells)


def _d2l_level(image_size, shape, sizes, ratios):
    """종횡비는 너비/높이. 첫 종횡비는 모든 크기와, 나머지는 첫 크기와만 짝지어 n + m - 1개."""
    (height, width), (rows, columns) = image_size, shape
    pairs = [(size, ratios[0]) for size in sizes] + [(sizes[0], ratio) for ratio in ratios[1:]]
    cells = [
        (size * np.sqrt(ratio) * rows / columns * width, size / np.sqrt(ratio) * height)
        for size, ratio in pairs
    ]
    return _level(shape, (height / rows, width / columns), _cells_from_sizes(cells))


def _d2l_levels(image_size):
    yield _d2l_level(image_size, image_size, (0.75, 0.5, 0.25), (1, 2, 0.5))


def _d2l_tiny_ssd_levels(image_size):
    if min(image_size) < 64:
        raise ValueError(f"image_size: TinySSD는 64픽셀 이상만 받는데 {image_size}입니다.")
    sizes = ((0.2, 0.272), (0.37, 0.447), (0.54, 0.619), (0.71, 0.79), (0.88, 0.961))
    shapes = [tuple(side // stride for side in image_size) for stride in (8, 16, 32, 64)]
    for shape, level_sizes in zip([*shapes, (1, 1)], sizes, strict=True):
        yield _d2l_level(image_size, shape, level_sizes, (1, 2, 0.5))


def _yolov3_levels(image_size):
    """성긴 단계부터. 앵커는 COCO를 k-평균으로 묶어 얻은 (너비, 높이) 아홉 개입니다."""
    if any(side % 32 for side in image_size):
        raise ValueError(f"image_size: YOLOv3은 32의 배수만 받는데 {image_size}입니다.")
    for stride, sizes in (
        (32, ((116, 90), (156, 198), (373, 326))),
        (16, ((30, 61), (62, 45), (59, 119))),
        (8, ((10, 13), (16, 30), (33, 23))),
    ):
        shape = [side // stride for side in image_size]
        yield _level(shape, (stride, stride), _cells_from_sizes(sizes))


class AnchorPreset(NamedTuple):
    """프리셋 하나: 출처와, (높이, 너비)에서 단계를 만드는 함수."""

    source: str
    levels: Callable


_BASE_SIZES = (32, 64, 128, 256, 512)
_OCTAVES = tuple(2 ** (octave / 3) for octave in range(3))

ANCHOR_PRESETS = {
    "retinanet": AnchorPreset(
        "torchvision models/detection/retinanet.py, anchor_utils.py의 AnchorGenerator",
        partial(
            _torchvision_levels,
            first_stride=8,
            sizes=[[int(size * octave) for octave in _OCTAVES] for size in _BASE_SIZES],
        ),
    ),
    "retinanet_detectron2": AnchorPreset(
        "detectron2 configs/Base-RetinaNet.yaml, anchor_generator.py의 DefaultAnchorGenerator",
        partial(
            _detectron2_levels,
            first_stride=8,
            sizes=[[size * octave for octave in _OCTAVES] for size in _BASE_SIZES],
        ),
    ),
    "faster_rcnn_fpn": AnchorPreset(
        "torchvision models/detection/faster_rcnn.py, anchor_utils.py의 AnchorGenerator",
        partial(_torchvision_levels, first_stride=4, sizes=[[size] for size in _BASE_SIZES]),
    ),
    "faster_rcnn_fpn_detectron2": AnchorPreset(
        "detectron2 configs/Base-RCNN-FPN.yaml, anchor_generator.py의 DefaultAnchorGenerator",
        partial(_detectron2_levels, first_stride=4, sizes=[[size] for size in _BASE_SIZES]),
    ),
    "ssd300": AnchorPreset(
        "torchvision models/detection/ssd.py의 ssd300_vgg16, SSD (Liu 외, 2016) 2.2절",
        _ssd300_levels,
    ),
    "d2l": AnchorPreset("D2L 14.4절 multibox_prior의 예: 픽셀마다 다섯 개", _d2l_levels),
    "d2l_tiny_ssd": AnchorPreset("D2L 14.7절 TinySSD", _d2l_tiny_ssd_levels),
    "yolov3": AnchorPreset(
        "YOLOv3 (Redmon과 Farhadi, 2018) 2.3절, darknet cfg/yolov3.cfg", _yolov3_levels
    ),
}
