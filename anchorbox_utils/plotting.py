"""강좌의 그림: 받은 Axes 위에 그리고 그린 것을 돌려주는 함수들.

레슨의 첫 코드 셀에서 :func:`setup_plotting`을 한 번 부르고, ``fig, ax = plt.subplots()``로 만든
``ax``를 그리기 함수에 넘깁니다. 제목은 레슨에서 붙입니다. 색의 뜻은 모든 그림에서 같고,
선 모양·마커·빗금도 함께 달라 색을 구별하지 못해도 읽을 수 있습니다.
"""

import sys
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager, patheffects
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Rectangle

from anchorbox_utils.boxes import box_convert, validate_boxes
from anchorbox_utils.coding import encode_boxes
from anchorbox_utils.matching import assign_anchor_labels, validate_thresholds

FONT_FAMILY = "Anchorbox Noto Sans KR"
FONT_PATH = Path(__file__).parent / "fonts" / "NotoSansKR-subset.otf"
INK = "#222B36"
BAR = "#4B5563"


class Style(NamedTuple):
    """종류 하나의 이름, 색, 선, 마커, 빗금."""

    name: str
    color: str
    linestyle: str
    linewidth: float
    marker: str
    hatch: str


# 색은 적록·청황 색각 이상을 흉내 내도 서로 떨어지게 골랐습니다(tests/test_plotting.py가 잽니다).
STYLES = {
    "anchor": Style("앵커", "#1A85D6", "--", 2.0, "s", ""),
    "gt": Style("정답 박스(GT)", "#D55E00", "-", 3.0, "*", ""),
    "prediction": Style("예측 박스", "#6A1B7A", "-.", 2.4, "P", ""),
    "positive": Style("양성", "#006B4A", "-", 2.0, "o", ""),
    "negative": Style("음성", "#A6ABB3", ":", 1.6, ".", ".."),
    "ignore": Style("무시", "#F0C419", "--", 2.0, "D", "//"),
}
COLORS = {kind: style.color for kind, style in STYLES.items()}
LABEL_KINDS = {0: "negative", -1: "ignore", 1: "positive"}

RC_PARAMS = {
    "font.family": [FONT_FAMILY, "DejaVu Sans"],
    "font.size": 12,
    "axes.unicode_minus": True,
    "axes.titlesize": 14,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.labelsize": 12,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#7A828E",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E3E6EA",
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "legend.fontsize": 11,
    "legend.frameon": False,
    "figure.figsize": (8, 4.5),
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
}


def setup_plotting():
    """한글 글꼴과 강좌의 그림 모양을 켭니다. 첫 코드 셀에서 한 번 부릅니다.

    함께 들어 있는 글꼴을 등록하므로 네트워크도 커널 재시작도 필요 없습니다. 주피터의 인라인
    백엔드에서는 PNG에 Matplotlib 버전을 적지 않게 하여, 다시 실행해도 그림의 바이트가 같습니다.
    여러 번 불러도 결과는 같습니다.

    Examples:
        >>> setup_plotting()
        >>> mpl.rcParams["font.family"]
        ['Anchorbox Noto Sans KR', 'DejaVu Sans']
    """
    manager = font_manager.fontManager
    if all(font.fname != str(FONT_PATH) for font in manager.ttflist):
        manager.addfont(FONT_PATH)
    mpl.rcParams.update(RC_PARAMS)
    _drop_png_software()


def _drop_png_software():
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    if shell is None:
        return
    from matplotlib_inline.config import InlineBackend

    config = InlineBackend.instance(parent=shell)
    # SVG와 PDF는 이 이름의 메타데이터를 받지 않아 오류를 냅니다.
    if config.figure_formats <= {"png", "retina"}:
        config.print_figure_kwargs = {**config.print_figure_kwargs, "metadata": {"Software": None}}


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
    _use_pixel_axes(ax)
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
    style = _style(kind)
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
                path_effects=_halo(width),
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
    _use_pixel_axes(ax)
    ax.autoscale_view()
    for box, label in zip(boxes, labels if labels is not None else [], strict=False):
        _label_box(ax, box, str(label), style.color, above=kind == "gt")
    return patches


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


class EncodingArtists(NamedTuple):
    """:func:`draw_encoding`이 그린 것. ``arrow``는 중심이 같으면 ``None``입니다."""

    anchor: Rectangle
    gt: Rectangle
    arrow: FancyArrowPatch | None
    dimensions: list
    formulas: list


def draw_encoding(ax, anchor, gt, show_formula=True):
    """회귀 타깃의 뜻을 한 장에 그립니다: 앵커, 정답 박스, 중심의 이동, 너비와 높이, 네 값.

    보이는 범위는 두 박스와 치수선에 맞추어 새로 정합니다.

    Args:
        ax: Matplotlib Axes. 가로 6인치, 세로 4인치 이상이면 넉넉합니다.
        anchor: (4,) 또는 (1, 4) xyxy 앵커, 픽셀.
        gt: (4,) 또는 (1, 4) xyxy 정답 박스, 픽셀.
        show_formula: 거짓이면 네 값의 계산식을 빼고 그림만 그립니다.

    Returns:
        EncodingArtists(anchor, gt, arrow, dimensions, formulas).

    Raises:
        ValueError: 박스가 하나씩이 아니거나 올바르지 않을 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> artists = draw_encoding(Figure().subplots(), [30, 40, 70, 60], [33, 34, 83, 58])
        >>> [text.get_text() for text in artists.dimensions[:2]]
        ['$w_a$ = 40', '$w$ = 50']

    출처: 문서 「수식/기호」와 「3분 미니 연습」.
    """
    anchor, gt = _one_box(anchor, "anchor"), _one_box(gt, "gt")
    layout = _EncodingLayout(ax, np.concatenate([anchor, gt]), show_formula)
    (anchor_patch,) = draw_boxes(ax, anchor, "anchor", fill=0.08)
    (gt_patch,) = draw_boxes(ax, gt, "gt", fill=0.06)
    (xa, ya, wa, ha), (x, y, w, h) = (box_convert(box, "xyxy", "cxcywh")[0] for box in (anchor, gt))
    add_legend(ax, ["anchor", "gt"], loc="upper left", ncols=2)
    arrow = connect_centers(ax, anchor, gt)

    blue, orange = COLORS["anchor"], COLORS["gt"]
    (ax1, ay1, ax2, ay2), (gx1, gy1, gx2, gy2) = anchor[0], gt[0]
    dimensions = [
        layout.across(ax1, ax2, ay1, -14, f"$w_a$ = {_number(wa)}", blue, "<->"),
        layout.across(gx1, gx2, gy1, -38, f"$w$ = {_number(w)}", orange, "<->"),
        layout.down(ay1, ay2, ax2, 14, f"$h_a$ = {_number(ha)}", blue, "<->"),
        layout.down(gy1, gy2, gx2, 40, f"$h$ = {_number(h)}", orange, "<->"),
        layout.across(xa, x, (ya, y), 14, rf"$\Delta x$ = {_number(x - xa)}", INK, "->"),
        layout.down(ya, y, (xa, x), -14, rf"$\Delta y$ = {_number(y - ya)}", INK, "->"),
    ]
    formulas = []
    if show_formula:
        formulas = layout.formulas(*formula_lines(anchor, gt))
    return EncodingArtists(anchor_patch, gt_patch, arrow, dimensions, formulas)


def connect_centers(ax, anchor, gt):
    """두 박스의 중심과 그 사이의 화살표를 그립니다. 중심이 같으면 화살표 대신 ``None``입니다."""
    start, stop = (box_convert(box, "xyxy", "cxcywh")[0, :2] for box in (anchor, gt))
    for center, kind, marker in ((start, "anchor", "o"), (stop, "gt", "s")):
        ax.plot(*center, marker, color=COLORS[kind], mec="white", mew=1.0, ms=7, zorder=6)
    if (start == stop).all():
        return None
    return ax.add_patch(
        FancyArrowPatch(
            start,
            stop,
            arrowstyle="-|>",
            mutation_scale=13,
            linewidth=2.2,
            color=INK,
            shrinkA=0,
            shrinkB=0,
            path_effects=_halo(2.2),
            zorder=7,
        )
    )


def formula_lines(anchor, gt):
    """네 오프셋의 계산식: 이동의 줄들과 크기의 줄들. 줄마다 수를 넣은 수식입니다."""
    tx, ty, tw, th = (f"{value:.3f}" for value in encode_boxes(anchor, gt)[0])
    (xa, ya, wa, ha), (x, y, w, h) = (box_convert(box, "xyxy", "cxcywh")[0] for box in (anchor, gt))
    return (
        [
            "이동: 앵커 크기의 몇 배인가",
            rf"$t_x = \Delta x\,/\,w_a = {_number(x - xa)}\,/\,{_number(wa)} = {tx}$",
            rf"$t_y = \Delta y\,/\,h_a = {_number(y - ya)}\,/\,{_number(ha)} = {ty}$",
        ],
        [
            "크기: 배율의 로그",
            rf"$t_w = \ln(w\,/\,w_a) = \ln({_number(w)}\,/\,{_number(wa)}) = {tw}$",
            rf"$t_h = \ln(h\,/\,h_a) = \ln({_number(h)}\,/\,{_number(ha)}) = {th}$",
        ],
    )


class _EncodingLayout:
    """치수선과 글자는 포인트 단위라, 박스 크기와 상관없이 같은 간격으로 놓이게 합니다."""

    LEFT, RIGHT, TOP, BOTTOM = 92, 72, 92, 48
    FORMULA_WIDTH, FORMULA_HEIGHT = 232, 84

    def __init__(self, ax, boxes, show_formula):
        self.ax = ax
        figure = ax.get_figure(root=True)
        if figure.get_layout_engine() is not None:
            # 자리 배치가 끝난 Axes의 크기를 알아야 포인트를 픽셀 좌표로 옮길 수 있습니다.
            figure.get_layout_engine().execute(figure)
        width, height = ax.get_position(original=True).size * figure.get_size_inches() * 72
        self.formulas_side_by_side = width >= 2 * self.FORMULA_WIDTH
        bottom = self.BOTTOM + show_formula * self.FORMULA_HEIGHT
        self.x1, self.y1 = boxes[:, :2].min(axis=0)
        self.x2, self.y2 = boxes[:, 2:].max(axis=0)
        span_x, span_y = max(self.x2 - self.x1, 1e-6), max(self.y2 - self.y1, 1e-6)
        points_per_pixel = min(
            max(width - self.LEFT - self.RIGHT, 40) / span_x,
            max(height - self.TOP - bottom, 40) / span_y,
        )
        self.pixel = 1 / points_per_pixel
        spare_x = width - span_x * points_per_pixel - self.LEFT - self.RIGHT
        spare_y = height - span_y * points_per_pixel - self.TOP - bottom
        left = self.x1 - (self.LEFT + spare_x / 2) * self.pixel
        above = self.y1 - (self.TOP + spare_y / 2) * self.pixel
        _use_pixel_axes(ax)
        ax.set_xlim(left, left + width * self.pixel)
        ax.set_ylim(above + height * self.pixel, above)
        ax.grid(False)

    def across(self, start, stop, source_y, points, text, color, arrowstyle):
        """가로 치수선. ``points``가 음수면 두 박스의 위쪽, 양수면 아래쪽에 놓습니다."""
        line = (self.y1 if points < 0 else self.y2) + points * self.pixel
        for x, y in zip((start, stop), np.broadcast_to(source_y, 2), strict=True):
            self._extension([x, x], [y, line], color)
        self._dimension((start, line), (stop, line), color, arrowstyle)
        return self._text(((start + stop) / 2, line), (0, np.sign(-points) * 3), text, color)

    def down(self, start, stop, source_x, points, text, color, arrowstyle):
        """세로 치수선. ``points``가 음수면 두 박스의 왼쪽, 양수면 오른쪽에 놓습니다."""
        line = (self.x1 if points < 0 else self.x2) + points * self.pixel
        for x, y in zip(np.broadcast_to(source_x, 2), (start, stop), strict=True):
            self._extension([x, line], [y, y], color)
        self._dimension((line, start), (line, stop), color, arrowstyle)
        return self._text(
            (line, (start + stop) / 2), (np.sign(points) * 4, 0), text, color, vertical=points > 0
        )

    def _extension(self, x, y, color):
        self.ax.plot(x, y, color=color, linewidth=0.9, linestyle=":", zorder=2)

    def _dimension(self, start, stop, color, arrowstyle):
        if start != stop:
            self.ax.add_patch(
                FancyArrowPatch(
                    start,
                    stop,
                    arrowstyle=arrowstyle,
                    mutation_scale=11,
                    linewidth=1.5,
                    color=color,
                    shrinkA=0,
                    shrinkB=0,
                    path_effects=_halo(1.5),
                    zorder=5,
                )
            )

    def _text(self, point, offset, text, color, vertical=False):
        across, up = offset
        return self.ax.annotate(
            text,
            point,
            xytext=offset,
            textcoords="offset points",
            ha={-1: "right", 0: "center", 1: "left"}[int(np.sign(across))],
            va={-1: "top", 0: "center", 1: "bottom"}[int(np.sign(up))],
            rotation=90 if vertical else 0,
            color=color,
            fontsize=12,
            path_effects=_halo(0, extra=3),
            zorder=8,
        )

    def formulas(self, *columns):
        """계산식 상자들. 폭이 좁으면 제목 줄을 빼고 한 상자로 모읍니다."""
        if not self.formulas_side_by_side:
            columns = [[line for _, *lines in columns for line in lines]]
        return [
            self.ax.annotate(
                "\n".join(lines),
                (0, 0),
                xycoords="axes fraction",
                xytext=(number * self.FORMULA_WIDTH + 10, 10),
                textcoords="offset points",
                va="bottom",
                fontsize=12,
                linespacing=1.35 if self.formulas_side_by_side else 1.15,
                bbox={"boxstyle": "round,pad=0.4", "fc": "#F6F7F9", "ec": "#C9CED6"},
                zorder=9,
            )
            for number, lines in enumerate(columns)
        ]


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
            path_effects=_halo(1.6, extra=1.4),
            zorder=4,
        )
        ax.add_collection(lines)
    _use_pixel_axes(ax)
    ax.autoscale_view()
    return markers, lines


def draw_threshold_bars(ax, iou_max, pos_thr=0.7, neg_thr=0.3):
    """앵커마다 최대 IoU를 막대로, 두 임계값을 가로선으로 그리고, 번호 아래에 라벨을 적습니다.

    Args:
        ax: Matplotlib Axes.
        iou_max: (N,) 각 앵커의 최대 IoU. 20개쯤까지 읽기 좋습니다.
        pos_thr: 양성 임계값.
        neg_thr: 음성 임계값.

    Returns:
        막대(Rectangle) N개의 리스트. 입력 순서입니다.

    Raises:
        ValueError: IoU나 임계값이 0–1을 벗어나거나 ``neg_thr > pos_thr``일 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> bars = draw_threshold_bars(Figure().subplots(), [0.82, 0.55, 0.12])
        >>> [f"{bar.get_height():.2f}" for bar in bars]
        ['0.82', '0.55', '0.12']

    출처: 문서 「미니 구현: IoU 기반 Anchor 라벨링」.
    """
    labels = assign_anchor_labels(iou_max, pos_thr, neg_thr)
    iou_max = np.asarray(iou_max, dtype=np.float64)
    styles = [STYLES[LABEL_KINDS[int(label)]] for label in labels]
    numbers = np.arange(len(iou_max))
    bars = list(
        ax.bar(
            numbers,
            iou_max,
            width=0.72,
            color=[style.color for style in styles],
            hatch=[style.hatch for style in styles],
            edgecolor=INK,
            linewidth=0.8,
            zorder=2,
        )
    )
    for number, value in zip(numbers, iou_max, strict=True):
        foot = value
        for threshold in (neg_thr, pos_thr):
            # 임계값 선이 글자를 가로지르면 글자를 선 위로 올립니다.
            if foot <= threshold < foot + 0.09:
                foot = threshold
        ax.annotate(
            f"{value:.2f}",
            (number, foot),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            va="bottom",
            path_effects=_halo(0, extra=3),
            zorder=4,
        )
    _threshold_lines(ax.axhline, pos_thr, neg_thr)
    for symbol, threshold, side in (("pos", pos_thr, "bottom"), ("neg", neg_thr, "top")):
        ax.annotate(
            rf"$\tau_{{{symbol}}}$ = {threshold:g}",
            (1, threshold),
            xycoords=("axes fraction", "data"),
            xytext=(-4, 3 if side == "bottom" else -3),
            textcoords="offset points",
            ha="right",
            va=side,
            fontsize=12,
            path_effects=_halo(0, extra=3),
            zorder=5,
        )
    ax.set(
        xlabel="앵커 번호와 라벨",
        ylabel="최대 IoU",
        xlim=(-0.6, len(iou_max) - 0.4 + max(1.1, 0.14 * len(iou_max))),
        ylim=(0, 1.1),
        yticks=np.linspace(0, 1, 6),
    )
    ax.set_xticks(
        numbers, [f"{number}\n{style.name}" for number, style in zip(numbers, styles, strict=True)]
    )
    ax.grid(False, axis="x")
    return bars


def draw_iou_histogram(ax, iou_max, pos_thr=0.7, neg_thr=0.3, bins=50, log=True):
    """최대 IoU의 히스토그램에 음성·무시·양성 구간을 칠하고 개수를 적습니다.

    Args:
        ax: Matplotlib Axes.
        iou_max: (N,) 각 앵커의 최대 IoU.
        pos_thr: 양성 임계값.
        neg_thr: 음성 임계값.
        bins: 0–1을 나눌 막대의 수.
        log: 참이면 세로축이 로그입니다. 음성이 훨씬 많아 보통 로그라야 양성이 보입니다.

    Returns:
        막대(Rectangle) ``bins``개의 리스트.

    Raises:
        ValueError: IoU나 임계값이 0–1을 벗어나거나 ``neg_thr > pos_thr``일 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> bars = draw_iou_histogram(Figure().subplots(), [0.05, 0.05, 0.95], bins=10)
        >>> [int(bar.get_height()) for bar in bars]
        [2, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    """
    labels = assign_anchor_labels(iou_max, pos_thr, neg_thr)
    counts, edges = np.histogram(np.asarray(iou_max, dtype=np.float64), bins=bins, range=(0, 1))
    zones = (
        (0, 0, neg_thr, f"IoU < {neg_thr:g}"),
        (-1, neg_thr, pos_thr, f"{neg_thr:g} ≤ IoU < {pos_thr:g}"),
        (1, pos_thr, 1, f"IoU ≥ {pos_thr:g}"),
    )
    shades = [
        ax.axvspan(
            start,
            stop,
            facecolor=(STYLES[kind].color, 0.25),
            edgecolor=(STYLES[kind].color, 0.6),
            hatch=STYLES[kind].hatch,
            linewidth=0,
            zorder=0,
            label=f"{STYLES[kind].name} {np.count_nonzero(labels == label):,}개 ({rule})",
        )
        for label, start, stop, rule in zones
        for kind in [LABEL_KINDS[label]]
    ]
    bars = list(
        ax.bar(edges[:-1], counts, np.diff(edges), align="edge", color=BAR, ec="white", lw=0.5)
    )
    _threshold_lines(ax.axvline, pos_thr, neg_thr)
    ax.legend(handles=shades, loc="upper right", frameon=True, framealpha=0.95, edgecolor="#C9CED6")
    if log:
        # 범위를 먼저 정해야 막대가 하나도 없을 때 로그 눈금이 경고하지 않습니다.
        ax.set_ylim(0.7, max(10, counts.max(initial=1) * 3))
        ax.set_yscale("log")
    ax.set(xlabel="최대 IoU", ylabel="앵커 수(로그 눈금)" if log else "앵커 수", xlim=(0, 1))
    ax.grid(False, axis="x")
    return bars


def draw_iou_matrix(ax, iou):
    """앵커 × 정답 박스의 IoU를 값이 적힌 열지도로 그리고, 앵커마다 최댓값에 테두리를 칩니다.

    Args:
        ax: Matplotlib Axes.
        iou: (N, G) IoU. 행이 앵커, 열이 정답 박스입니다. 15 × 8쯤까지 읽기 좋습니다.

    Returns:
        (AxesImage, 최댓값 테두리 Rectangle 리스트). 겹치는 정답이 없는 행에는 테두리가 없고,
        최댓값이 여럿이면 번호가 작은 쪽에 칩니다.

    Raises:
        ValueError: 모양이 (N, G)가 아니거나 값이 0–1을 벗어날 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> image, frames = draw_iou_matrix(Figure().subplots(), [[0.1, 0.8], [0.0, 0.0]])
        >>> [int(round(frame.get_center()[0])) for frame in frames]
        [1]
    """
    iou = np.asarray(iou, dtype=np.float64)
    if iou.ndim != 2:
        raise ValueError(f"iou: 모양이 (앵커 수, GT 수)여야 하는데 {iou.shape}입니다.")
    bad = ~((iou >= 0) & (iou <= 1))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ValueError(
            f"iou[{row}, {column}]: 0 이상 1 이하여야 하는데 {iou[row, column]:g}입니다."
        )
    rows, columns = iou.shape
    extent = (-0.5, max(columns, 1) - 0.5, max(rows, 1) - 0.5, -0.5)
    image = ax.imshow(iou, cmap="Blues", vmin=0, vmax=1, aspect="auto", extent=extent)
    for (row, column), value in np.ndenumerate(iou):
        ax.text(
            column,
            row,
            f"{value:.2f}",
            ha="center",
            va="center",
            fontsize=12,
            color="white" if value > 0.55 else INK,
        )
    ax.hlines(np.arange(1, rows) - 0.5, -0.5, columns - 0.5, color="#C9CED6", linewidth=0.8)
    ax.vlines(np.arange(1, columns) - 0.5, -0.5, rows - 0.5, color="#C9CED6", linewidth=0.8)
    frames = [
        ax.add_patch(
            Rectangle(
                (int(np.argmax(values)) - 0.47, row - 0.45),
                0.94,
                0.9,
                fill=False,
                edgecolor=COLORS["gt"],
                linewidth=3,
                zorder=3,
            )
        )
        for row, values in enumerate(iou)
        if values.max(initial=0) > 0
    ]
    ax.set(xlabel="정답 박스(GT) 번호", ylabel="앵커 번호")
    ax.set_xticks(range(columns))
    ax.set_yticks(range(rows))
    ax.grid(False)
    return image, frames


def add_legend(ax, kinds, **kwargs):
    """종류들의 범례를 그림 오른쪽 바깥에 붙입니다.

    Args:
        ax: Matplotlib Axes.
        kinds: ``COLORS``의 이름 목록, 적은 순서대로 나옵니다.
        **kwargs: ``ax.legend``에 그대로 넘깁니다(자리를 바꾸려면 ``loc`` 등).

    Returns:
        Legend.

    Raises:
        ValueError: 모르는 종류가 있을 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> legend = add_legend(Figure().subplots(), ["anchor", "gt"])
        >>> [text.get_text() for text in legend.get_texts()]
        ['앵커', '정답 박스(GT)']
    """
    handles = []
    for kind in kinds:
        style = _style(kind)
        is_label = kind in LABEL_KINDS.values()
        handles.append(
            Line2D(
                [],
                [],
                color=style.color,
                linestyle="none" if is_label else style.linestyle,
                linewidth=style.linewidth,
                marker=style.marker if is_label else "none",
                markersize=9,
                markeredgecolor=INK if kind == "ignore" else style.color,
                markeredgewidth=0.6,
                label=style.name,
            )
        )
    place = {} if "loc" in kwargs else {"loc": "upper left", "bbox_to_anchor": (1.01, 1)}
    return ax.legend(handles=handles, handlelength=2.6, borderaxespad=0, **place | kwargs)


def _style(kind):
    if kind not in STYLES:
        raise ValueError(f"kind: {kind!r}는 모르는 종류입니다. 가능한 값: {', '.join(STYLES)}")
    return STYLES[kind]


def _one_box(box, name):
    box = np.asarray(box)
    box = validate_boxes(box[None] if box.ndim == 1 else box, name)
    if len(box) != 1:
        raise ValueError(f"{name}: 박스 하나가 필요한데 {len(box)}개입니다.")
    return box.astype(np.float64, copy=False)


def _number(value):
    """표시용 수: 소수 둘째 자리까지, 빼기표는 유니코드(U+2212)."""
    return f"{round(float(value), 2) + 0.0:g}".replace("-", "−")


def _validate_labels(labels, count):
    labels = np.asarray(labels)
    if labels.shape != (count,):
        raise ValueError(
            f"labels: 앵커가 {count}개이므로 ({count},)여야 하는데 {labels.shape}입니다."
        )
    bad = ~np.isin(labels, list(LABEL_KINDS))
    if bad.any():
        first = int(np.argmax(bad))
        raise ValueError(
            f"labels[{first}]: 1(양성), 0(음성), -1(무시)만 쓸 수 있는데 {labels[first]}입니다."
        )
    return labels


def _use_pixel_axes(ax):
    ax.set_aspect("equal")
    ax.set(xlabel="x (px)", ylabel="y (px)")
    if not ax.yaxis_inverted():
        ax.invert_yaxis()


def _halo(linewidth, extra=2.0):
    """어두운 사진 위에서도 보이도록 선과 글자에 두르는 흰 테두리."""
    return [patheffects.withStroke(linewidth=linewidth + extra, foreground="white", alpha=0.85)]


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


def _threshold_lines(draw_line, pos_thr, neg_thr):
    pos_thr, neg_thr = validate_thresholds(pos_thr, neg_thr)
    draw_line(pos_thr, color=INK, linewidth=1.8, linestyle="-", zorder=3)
    draw_line(neg_thr, color=INK, linewidth=1.8, linestyle="--", zorder=3)
