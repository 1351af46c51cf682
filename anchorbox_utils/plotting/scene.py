"""이미지 위의 그림: 이미지, 박스, 앵커 격자, 라벨 지도."""

import matplotlib as mpl
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from anchorbox_utils.boxes import validate_boxes
from anchorbox_utils.matching import validate_labels
from anchorbox_utils.plotting.style import (
    COLORS,
    INK,
    LABEL_KINDS,
    STYLES,
    find_style,
    halo,
    use_pixel_axes,
)


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
    image = validate_image(image)
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


def validate_image(image):
    """:func:`draw_image`가 그릴 수 있는 이미지인지 확인해 배열로 돌려줍니다."""
    image = np.asarray(image)
    if image.ndim not in (2, 3) or image.shape[2:] not in ((), (3,)) or image.size == 0:
        raise ValueError(f"image: 모양이 (H, W, 3) 또는 (H, W)여야 하는데 {image.shape}입니다.")
    if image.dtype != np.uint8:
        if image.dtype.kind != "f":
            raise ValueError(f"image: uint8이나 실수여야 하는데 자료형이 {image.dtype}입니다.")
        if not ((image >= 0) & (image <= 1)).all():
            raise ValueError(
                "image: 실수 이미지는 0 이상 1 이하여야 하는데 "
                f"최솟값 {image.min():g}, 최댓값 {image.max():g}입니다."
            )
    return image


def draw_boxes(ax, boxes, kind="gt", labels=None, linewidth=None, fill=0.0):
    """박스들을 종류에 맞는 색과 선으로 그립니다.

    Args:
        ax: Matplotlib Axes. 이미지는 먼저 그려 두세요.
        boxes: (N, 4) xyxy 박스, 픽셀.
        kind: ``COLORS``의 이름(``"anchor"``, ``"gt"``, ``"prediction"``, ``"positive"``,
            ``"negative"``, ``"ignore"``).
        labels: 박스마다 붙일 짧은 글 N개. 정답 박스는 위쪽, 나머지는 아래쪽에 붙습니다.
        linewidth: 선 굵기, 포인트. 없으면 종류의 기본값입니다.
        fill: 안쪽을 칠하는 진하기, 0(비움)–1.

    Returns:
        Rectangle N개의 리스트.

    Raises:
        ValueError: 박스가 올바르지 않거나, ``kind``를 모르거나, ``labels``의 수가 다를 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> patches = draw_boxes(Figure().subplots(), [[10, 10, 40, 30]], "gt", labels=["고양이"])
        >>> float(patches[0].get_width()), mpl.colors.to_hex(patches[0].get_edgecolor())
        (30.0, '#d55e00')
    """
    boxes = validate_boxes(boxes)
    style = find_style(kind)
    if labels is not None and len(labels) != len(boxes):
        raise ValueError(f"labels: 박스는 {len(boxes)}개인데 글은 {len(labels)}개입니다.")
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
                zorder=4 if kind == "gt" else 3,
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
    for box, label in zip(boxes, labels if labels is not None else [], strict=False):
        _label_box(ax, box, str(label), style.color, above=kind == "gt")
    return patches


def _label_box(ax, box, text, color, above):
    """글을 보이는 범위 안의 박스 변에 붙입니다. 자리가 모자라면 박스 안쪽으로 넣습니다."""
    left, right = sorted(ax.get_xlim())
    top, bottom = sorted(ax.get_ylim())
    x1, x2 = np.clip(box[[0, 2]], left, right)
    y1, y2 = np.clip(box[[1, 3]], top, bottom)
    height = 22 * ax.figure.dpi / 72 * (bottom - top) / ax.bbox.height
    edge, room = (y1, y1 - top) if above else (y2, bottom - y2)
    outside_up = above == (room >= height)
    in_right_half = x1 + x2 > left + right
    red, green, blue = mpl.colors.to_rgb(color)
    return ax.annotate(
        text,
        (x2 if in_right_half else x1, edge),
        xytext=(-3 if in_right_half else 3, 4 if outside_up else -4),
        textcoords="offset points",
        ha="right" if in_right_half else "left",
        va="bottom" if outside_up else "top",
        color=INK if 0.3 * red + 0.59 * green + 0.11 * blue > 0.55 else "white",
        fontsize=11,
        bbox={"boxstyle": "square,pad=0.2", "fc": color, "ec": "white", "lw": 0.8},
        annotation_clip=False,
        zorder=6,
    )


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
    if not hasattr(grid, "levels"):
        raise ValueError(f"grid: AnchorGrid가 필요한데 {type(grid).__name__}입니다.")
    if not 0 <= level < len(grid.levels):
        raise ValueError(f"level: 0 이상 {len(grid.levels)} 미만이어야 하는데 {level}입니다.")
    chosen = grid.levels[level]
    rows, columns = chosen.shape
    row, column = (rows // 2, columns // 2) if cell is None else cell
    if not (0 <= row < rows and 0 <= column < columns):
        raise ValueError(
            f"cell: 격자가 {rows}행 × {columns}열인데 ({row}, {column})을 가리킵니다. "
            "번호는 0부터입니다."
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
    anchors = draw_boxes(ax, np.tile(center, 2) + chosen.cell_anchors, "anchor")
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
    anchors = validate_boxes(getattr(anchors, "boxes", anchors), "anchors")
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
            zorder=4,
        )
        ax.add_collection(lines)
    use_pixel_axes(ax)
    ax.autoscale_view()
    return markers, lines


def _validate_labels(labels, count):
    labels = np.asarray(labels)
    if labels.shape != (count,):
        raise ValueError(
            f"labels: 앵커가 {count}개이므로 ({count},)여야 하는데 {labels.shape}입니다."
        )
    return validate_labels(labels)
