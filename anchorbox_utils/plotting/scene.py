"""이미지 위의 그림: 이미지, 박스, 앵커 격자, 라벨 지도."""

import itertools

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform, TransformedBbox

from anchorbox_utils.anchors import AnchorGrid, as_anchor_boxes
from anchorbox_utils.boxes import validate_boxes
from anchorbox_utils.korean import with_particle
from anchorbox_utils.matching import validate_labels
from anchorbox_utils.plotting.style import (
    CARD,
    COLORS,
    INK,
    LABEL_KINDS,
    STYLES,
    as_axes,
    find_style,
    halo,
    use_pixel_axes,
)
from anchorbox_utils.validation import (
    as_count,
    as_flag,
    as_fraction,
    as_image,
    as_instance,
    as_integer_array,
    as_list,
    as_number,
    as_pair,
    as_real_array,
    as_texts,
    refuse,
    refuse_rows,
)

_LARGEST_DRAWN = 1e9


def draw_image(ax, image):
    """이미지를 픽셀 좌표로 그립니다. 박스 (0, 0, 너비, 높이)가 그림의 테두리와 꼭 맞습니다.

    Args:
        ax: Matplotlib Axes.
        image: (H, W, 3) 컬러 또는 (H, W) 흑백. uint8(0–255)이거나 실수(0–1)입니다.

    Returns:
        AxesImage.

    Raises:
        ValueError: 모양이나 자료형이 다르거나, 실수 값이 0–1을 벗어날 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> ax = Figure().subplots()
        >>> image = draw_image(ax, np.zeros((40, 60, 3)))
        >>> tuple(map(float, ax.get_xlim() + ax.get_ylim()))
        (0.0, 60.0, 40.0, 0.0)
    """
    image = as_image(image)
    as_axes(ax)
    height, width = image.shape[:2]
    artist = ax.imshow(
        image,
        extent=(0, width, height, 0),
        cmap="gray",
        vmin=0,
        vmax=255 if image.dtype == np.uint8 else 1,
        interpolation="nearest",
    )
    use_pixel_axes(ax)
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.grid(False)
    return artist


def draw_boxes(ax, boxes, kind="gt", labels=None, linewidth=None, fill=0.0):
    """박스들을 종류에 맞는 색과 선으로 그립니다.

    작은 박스가 큰 박스보다 위에 놓입니다. 변이 겹쳐도 어느 박스든 눈에 보입니다.

    Args:
        ax: Matplotlib Axes. 이미지는 먼저 그려 두세요.
        boxes: (N, 4) xyxy 박스, 픽셀.
        kind: ``COLORS``의 이름(``"anchor"``, ``"gt"``, ``"prediction"``, ``"positive"``,
            ``"negative"``, ``"ignore"``).
        labels: 박스마다 붙일 짧은 글 N개. 정답 박스는 위쪽, 나머지는 아래쪽에 먼저 붙이고, 다른
            글이나 범례와 겹치거나 그림 밖으로 나가면 다른 자리로 옮깁니다. 자리는 그릴 때마다
            정하므로 나중에 보이는 범위를 바꾸어도 됩니다.
        linewidth: 선 굵기, 포인트. 없으면 종류의 기본값입니다.
        fill: 안쪽을 칠하는 진하기, 0(비움)–1.

    Returns:
        Rectangle N개의 리스트.

    Raises:
        ValueError: 박스가 올바르지 않거나, ``kind``를 모르거나, ``labels``의 수가 다를 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> patches = draw_boxes(Figure().subplots(), [[10, 10, 40, 30]], "gt", labels=["고양이"])
        >>> float(patches[0].get_width()), patches[0].get_linestyle()
        (30.0, '-')
    """
    boxes = drawable(boxes, "boxes")
    as_axes(ax)
    style, fill = find_style(kind), as_fraction(fill, "fill")
    labels = None if labels is None else _as_box_labels(labels, len(boxes))
    if linewidth is not None:
        linewidth = as_number(linewidth, "linewidth", least=0, most=1000)
    width = style.linewidth if linewidth is None else linewidth
    patches = [
        ax.add_patch(
            Rectangle(
                (x1, y1),
                x2 - x1,
                y2 - y1,
                fill=False,
                edgecolor=style.color,
                linestyle=style.linestyle,
                linewidth=width,
                path_effects=halo(width),
                label=style.name if number == 0 else None,
                zorder=_box_zorder(x2 - x1, y2 - y1, style),
            )
        )
        for number, (x1, y1, x2, y2) in enumerate(boxes)
    ]
    if fill:
        # 흰 테두리 효과는 안쪽도 다시 칠하므로, 칠은 따로 그려야 투명도가 지켜집니다.
        for patch in patches:
            ax.add_patch(
                Rectangle(
                    patch.get_xy(),
                    patch.get_width(),
                    patch.get_height(),
                    facecolor=(style.color, fill),
                    edgecolor="none",
                    zorder=2,
                )
            )
    use_pixel_axes(ax)
    ax.autoscale_view()
    for box, label in zip(boxes, labels or (), strict=False):
        ax.add_artist(_BoxLabel(ax, box, label, style, above=kind == "gt"))
    return patches


def drawable(boxes, name):
    """그릴 수 있는 박스. Matplotlib는 이보다 큰 좌표의 눈금을 셈하다 넘칩니다."""
    boxes = validate_boxes(boxes, name)
    refuse_rows(
        (np.abs(boxes) > _LARGEST_DRAWN).any(axis=1),
        boxes,
        name,
        lambda row: f"그림에 그리기에는 너무 큰 좌표입니다({_LARGEST_DRAWN:g}까지).",
    )
    return boxes


def _as_box_labels(labels, count):
    """박스마다의 짧은 글. 수를 주면 글로 바꿉니다."""
    labels = as_list(labels, "labels")
    if len(labels) != count:
        raise ValueError(f"labels: 박스는 {count}개인데 글은 {len(labels)}개입니다.")
    return [
        label if isinstance(label, str) else f"{as_number(label, f'labels[{i}]')}"
        for i, label in enumerate(labels)
    ]


# 클래스마다의 모습. 예측만 그리는 그림이므로 첫째는 예측 박스의 색이고, 나머지는 정답이나 라벨의
# 색과 다릅니다. 색을 구별하지 못해도 선으로 가려집니다.
CLASS_STYLES = (
    STYLES["prediction"]._replace(linestyle="-"),
    STYLES["prediction"]._replace(color="#C2337F", linestyle="--", text="#B02570"),
    STYLES["prediction"]._replace(color="#7A5A00", linestyle=":", text="#6B4F00"),
)


def draw_detections(ax, detections, class_names, numbered=True):
    """검출 결과를 클래스마다 다른 색과 선으로 그리고, 박스마다 번호와 점수를 적습니다.

    Args:
        ax: Matplotlib Axes. 이미지는 먼저 그려 두세요.
        detections: ``Detections``, 곧 (박스 (N, 4), 점수 (N,), 클래스 번호 (N,)).
        class_names: 클래스의 이름 목록. 셋까지 그릴 수 있습니다.
        numbered: 1부터 센 번호와 점수를 적을지. 박스가 많으면 글이 그림을 가립니다.

    Returns:
        (Rectangle N개의 리스트, 나온 클래스마다의 범례 손잡이).

    Raises:
        ValueError: 박스가 올바르지 않거나, 클래스 번호에 맞는 이름이 없을 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> found = [[10, 10, 40, 30], [50, 10, 80, 30]], [0.92, 0.5], [0, 2]
        >>> patches, handles = draw_detections(Figure().subplots(), found, ["원", "세모", "네모"])
        >>> len(patches), [handle.get_label() for handle in handles]
        (2, ['원', '네모'])
    """
    as_axes(ax)
    columns = as_list(detections, "detections")
    if len(columns) != 3:
        refuse("detections", "(박스, 점수, 클래스 번호)인 셋", detections)
    class_names, numbered = as_texts(class_names, "class_names"), as_flag(numbered, "numbered")
    boxes = drawable(columns[0], "detections의 boxes")
    scores = as_real_array(columns[1], "detections의 scores", (len(boxes),))
    most = min(len(class_names), len(CLASS_STYLES)) - 1
    class_ids = as_integer_array(
        columns[2], "detections의 class_ids", (len(boxes),), least=0, most=most
    )
    patches = []
    for number, (box, score, class_id) in enumerate(
        zip(boxes, scores, class_ids, strict=True), start=1
    ):
        style = CLASS_STYLES[class_id]
        patches.append(
            ax.add_patch(
                Rectangle(
                    box[:2],
                    *(box[2:] - box[:2]),
                    fill=False,
                    edgecolor=style.color,
                    linestyle=style.linestyle,
                    linewidth=1.6,
                    path_effects=halo(1.6, extra=1.4),
                    label=class_names[class_id],
                    zorder=_box_zorder(*(box[2:] - box[:2]), style),
                )
            )
        )
        if numbered:
            text = f"{number}·{score:.2f}"
            ax.add_artist(_BoxLabel(ax, box, text, style, above=True, fontsize=8.5))
    use_pixel_axes(ax)
    seen = {patch.get_label(): patch for patch in patches}
    return patches, [seen[name] for name in class_names if name in seen]


def _box_zorder(width, height, style):
    """3과 4 사이. 작을수록 위이고, 크기가 같으면 틈으로 아래가 비치는 점선이 위입니다."""
    return 3 + 1 / (1 + np.sqrt(width * height)) + (style.linestyle != "-") * 1e-9


class _BoxLabel(Text):
    """박스에 붙는 글. 축의 범위와 크기가 정해지는 그릴 때마다 자리를 새로 찾습니다."""

    PAD = 0.2

    def __init__(self, ax, box, text, style, above, fontsize=11):
        super().__init__(
            text=text,
            color="white",
            fontsize=fontsize,
            va="bottom",
            bbox={"boxstyle": f"square,pad={self.PAD}", "fc": style.text, "ec": CARD, "lw": 0.8},
            zorder=6,
        )
        self._box = TransformedBbox(Bbox(box.reshape(2, 2)), ax.transData)
        self._above = above
        self.rect = None
        # 언제나 Axes 안에 놓이므로, 자리 배치가 이 글을 재지 않아도 됩니다.
        self.set_in_layout(False)

    def draw(self, renderer):
        self.set_transform(IdentityTransform())
        pad = self.PAD * renderer.points_to_pixels(self.get_fontsize())
        text = self.get_window_extent(renderer)
        gap = renderer.points_to_pixels(3)
        self.rect = place_label(
            [text.width + 2 * pad, text.height + 2 * pad],
            self._box,
            self.axes.bbox,
            list(self._taken(renderer)),
            self._above,
            gap,
        )
        self.set_position(self.rect[:2] + pad)
        super().draw(renderer)

    def _taken(self, renderer):
        """이미 자리를 잡은 것들: 범례와, 이 글보다 먼저 그린 글."""
        if self.axes.get_legend() is not None:
            yield self.axes.get_legend().get_window_extent(renderer).extents
        labels = (child for child in self.axes.get_children() if isinstance(child, _BoxLabel))
        for label in itertools.takewhile(lambda label: label is not self, labels):
            yield label.rect


def place_label(size, box, view, taken, above, gap):
    """글 상자의 자리 (x1, y1, x2, y2). 모두 화면 픽셀이고 y는 위로 갈수록 커집니다.

    박스의 변에 붙는 자리부터 한 줄씩 멀어지며, 보이는 범위 안에서 아무것도 가리지 않는 첫 자리를
    고릅니다. 그런 자리가 없으면 가장 덜 가리는 자리입니다.
    """
    wanted = np.array(list(_label_places(*size, box, view, above, gap)))
    corners = np.clip(wanted, view.min, np.maximum(view.max - size, view.min))
    places = np.hstack([corners, corners + size])
    taken = np.reshape(taken, (-1, 4))
    sides = np.minimum(places[:, None, 2:], taken[:, 2:]) - np.maximum(
        places[:, None, :2], taken[:, :2]
    )
    covered = sides.clip(0).prod(axis=2).sum(axis=1)
    # 보이는 범위 밖의 자리는 안으로 밀어 넣되, 처음부터 안에 있는 자리보다 나중에 고릅니다.
    pushed = np.abs(corners - wanted).max(axis=1) > 0.5
    return places[np.argmin(covered + 1e-6 * pushed)]


def _label_places(width, height, box, view, above, gap):
    """글 상자의 왼쪽 아래 모서리들, 고를 차례대로."""
    (x1, y1), (x2, y2) = (np.clip(corner, view.min, view.max) for corner in (box.min, box.max))
    left, middle, right = x1 + gap, (x1 + x2 - width) / 2, x2 - gap - width
    in_right_half = x1 + x2 > view.x0 + view.x1
    across = (right, left, middle) if in_right_half else (left, right, middle)
    outside = {True: y2 + gap, False: y1 - gap - height}
    inside = {True: y2 - gap - height, False: y1 + gap}
    for line in range(1 + int(view.height // height)):
        shift = line * (height + gap)
        for side in (above, not above):
            for base, upward in ((outside[side], side), (inside[side], not side)):
                for x in across:
                    yield x, base + (shift if upward else -shift)


def draw_anchor_grid(ax, grid, level=0, cell=None):
    """앵커 격자의 모든 중심과, 고른 칸 하나의 앵커를 그립니다.

    Args:
        ax: Matplotlib Axes.
        grid: ``AnchorGrid``.
        level: 그릴 단계의 번호.
        cell: (행, 열) 앵커를 그릴 칸. 없으면 가운데 칸입니다.

    Returns:
        (중심 PathCollection, 고른 칸의 앵커 Rectangle 리스트).

    Raises:
        ValueError: 격자가 아니거나, 없는 단계나 칸을 가리킬 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> from anchorbox_utils import AnchorGrid
        >>> grid = AnchorGrid((64, 96), strides=16, scales=[24], ratios=[0.5, 1, 2])
        >>> centers, anchors = draw_anchor_grid(Figure().subplots(), grid, cell=(1, 2))
        >>> len(centers.get_offsets()), len(anchors)
        (24, 3)
    """
    as_axes(ax)
    as_instance(grid, "grid", AnchorGrid)
    chosen = grid.levels[as_count(level, "level", most=len(grid.levels) - 1)]
    rows, columns = chosen.shape
    row, column = (rows // 2, columns // 2)
    if cell is not None:
        row, column = (as_count(one, "cell") for one in as_pair(cell, "cell", "(행, 열)인 두 정수"))
    if not (0 <= row < rows and 0 <= column < columns):
        asked = with_particle((row, column), "을/를")
        raise ValueError(
            f"cell: 격자가 {rows}행 × {columns}열인데 {asked} 가리킵니다. 번호는 0부터입니다."
        )
    color = COLORS["anchor"]
    centers = ax.scatter(
        *chosen.centers.T,
        s=float(np.clip(6000 / len(chosen.centers), 3, 24)),
        color=INK,
        edgecolors="white",
        linewidths=0.4,
        zorder=3,
    )
    stride_y, stride_x = chosen.stride
    ax.add_patch(
        Rectangle(
            (column * stride_x, row * stride_y),
            stride_x,
            stride_y,
            facecolor=(color, 0.35),
            edgecolor="none",
            zorder=2,
        )
    )
    center = chosen.centers[row * columns + column]
    anchors = draw_boxes(ax, np.tile(center, 2) + chosen.cell_anchors, "anchor", linewidth=1.6)
    ax.scatter(*center, s=70, color=color, edgecolors="white", linewidths=1.2, zorder=5)
    return centers, anchors


def draw_label_map(ax, anchors, labels, boxes=True):
    """앵커의 중심을 라벨에 따라 다른 색과 마커로 찍습니다. 앵커가 수만 개여도 빠릅니다.

    음성은 작고 흐리게, 무시는 그 위에, 양성은 맨 위에 크게 그려 겹쳐도 양성이 보입니다.

    Args:
        ax: Matplotlib Axes. 이미지는 먼저 그려 두세요.
        anchors: ``AnchorGrid`` 또는 (N, 4) xyxy 앵커, 픽셀.
        labels: (N,) 1(양성), 0(음성), -1(무시).
        boxes: 참이면 양성 앵커의 박스도 그립니다.

    Returns:
        ({라벨: PathCollection}, 양성 앵커의 LineCollection 또는 ``None``).

    Raises:
        ValueError: 앵커가 올바르지 않거나, 라벨의 수나 값이 다를 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> anchors = [[0, 0, 8, 8], [8, 0, 16, 8], [16, 0, 24, 8]]
        >>> markers, lines = draw_label_map(Figure().subplots(), anchors, [1, 0, 0])
        >>> {label: len(points.get_offsets()) for label, points in markers.items()}
        {0: 2, -1: 0, 1: 1}
    """
    as_axes(ax)
    boxes = as_flag(boxes, "boxes")
    anchors = drawable(as_anchor_boxes(anchors), "anchors")
    labels = _validate_labels(labels, len(anchors))
    centers = (anchors[:, :2] + anchors[:, 2:]) / 2
    looks = {
        0: {"s": 34, "alpha": 0.7, "edgecolors": "none", "zorder": 2},
        -1: {"s": 26, "edgecolors": INK, "linewidths": 0.6, "zorder": 3},
        1: {"s": 62, "edgecolors": "white", "linewidths": 1.1, "zorder": 5},
    }
    markers = {}
    for label, look in looks.items():
        style = STYLES[LABEL_KINDS[label]]
        markers[label] = ax.scatter(
            *centers[labels == label].T,
            facecolors=style.color,
            marker=style.marker,
            label=style.name,
            **look,
        )
    lines = None
    if boxes:
        style = STYLES["positive"]
        lines = LineCollection(
            anchors[labels == 1][:, [[0, 1], [2, 1], [2, 3], [0, 3], [0, 1]]],
            colors=style.color,
            linewidths=1.6,
            path_effects=halo(1.6, extra=1.4),
            # draw_boxes가 그리는 정답 박스는 3보다 위라 양성 앵커에 묻히지 않습니다.
            zorder=3,
        )
        ax.add_collection(lines)
    use_pixel_axes(ax)
    ax.autoscale_view()
    return markers, lines


def _validate_labels(labels, count):
    labels = validate_labels(labels)
    if len(labels) != count:
        raise ValueError(f"labels: 앵커는 {count}개인데 라벨은 {len(labels)}개입니다.")
    return labels
