"""회귀 타깃의 그림: 두 박스, 치수선, 네 값의 계산식."""

from typing import NamedTuple

import numpy as np
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.transforms import ScaledTranslation

from anchorbox_utils.boxes import box_convert, validate_one_box
from anchorbox_utils.coding import encode_boxes
from anchorbox_utils.plotting.scene import draw_boxes, drawable
from anchorbox_utils.plotting.style import (
    COLORS,
    INK,
    STYLES,
    add_legend,
    as_axes,
    halo,
    use_pixel_axes,
)
from anchorbox_utils.validation import as_flag


class EncodingArtists(NamedTuple):
    """:func:`draw_encoding`이 그린 것. ``arrow``는 중심이 같으면 ``None``입니다."""

    anchor: Rectangle
    gt: Rectangle
    arrow: FancyArrowPatch | None
    dimensions: list
    formulas: list


def draw_encoding(ax, anchor, gt, show_formula=True, view=None):
    """회귀 타깃의 뜻을 한 장에 그립니다: 앵커, 정답 박스, 중심의 이동, 너비와 높이, 네 값.

    보이는 범위는 두 박스와 치수선에 맞추어 새로 정합니다. 여러 장을 같은 눈금으로 견주려면
    범위를 손으로 정하는 대신 그 박스들을 모두 ``view``로 넘기세요. 치수선의 자리가 지켜집니다.

    Args:
        ax: Matplotlib Axes. 가로 6인치, 세로 4인치 이상이면 넉넉합니다.
        anchor: (4,) 또는 (1, 4) xyxy 앵커, 픽셀.
        gt: (4,) 또는 (1, 4) xyxy 정답 박스, 픽셀.
        show_formula: 거짓이면 네 값의 계산식을 빼고 그림만 그립니다.
        view: (N, 4) 두 박스와 함께 보이는 범위에 넣을 xyxy 박스, 픽셀. 그리지는 않습니다.

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
    as_axes(ax)
    show_formula = as_flag(show_formula, "show_formula")
    anchor = drawable(validate_one_box(anchor, "anchor"), "anchor")
    gt = drawable(validate_one_box(gt, "gt"), "gt")
    extra = np.empty((0, 4)) if view is None else drawable(view, "view")
    layout = _EncodingLayout(ax, np.concatenate([anchor, gt]), extra, show_formula)
    (anchor_patch,) = draw_boxes(ax, anchor, "anchor", fill=0.08)
    (gt_patch,) = draw_boxes(ax, gt, "gt", fill=0.06)
    (xa, ya, wa, ha), (x, y, w, h) = (box_convert(box, "xyxy", "cxcywh")[0] for box in (anchor, gt))
    add_legend(ax, ["anchor", "gt"], loc="upper left", ncols=2)
    arrow = connect_centers(ax, anchor, gt)

    blue, orange = STYLES["anchor"].text, STYLES["gt"].text
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
            path_effects=halo(2.2),
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

    def __init__(self, ax, boxes, extra, show_formula):
        self.ax = ax
        figure = ax.get_figure(root=True)
        if figure.get_layout_engine() is not None:
            # 자리 배치가 끝난 Axes의 크기를 알아야 포인트를 픽셀 좌표로 옮길 수 있습니다.
            figure.get_layout_engine().execute(figure)
        width, height = ax.get_position(original=True).size * figure.get_size_inches() * 72
        self.formulas_side_by_side = width >= 2 * self.FORMULA_WIDTH
        bottom = self.BOTTOM + show_formula * self.FORMULA_HEIGHT
        self.left, self.top = boxes[:, :2].min(axis=0)
        self.right, self.bottom = boxes[:, 2:].max(axis=0)
        shown = np.concatenate([boxes, extra])
        (x1, y1), (x2, y2) = shown[:, :2].min(axis=0), shown[:, 2:].max(axis=0)
        span_x, span_y = max(x2 - x1, 1e-6), max(y2 - y1, 1e-6)
        points_per_pixel = min(
            max(width - self.LEFT - self.RIGHT, 40) / span_x,
            max(height - self.TOP - bottom, 40) / span_y,
        )
        spare_x = width / points_per_pixel - span_x
        spare_y = height / points_per_pixel - span_y
        # 남는 자리는 양쪽에 고르게, 치수선과 글의 자리는 정해진 쪽에 둡니다.
        left = x1 - spare_x / 2 - (self.LEFT - self.RIGHT) / 2 / points_per_pixel
        above = y1 - spare_y / 2 - (self.TOP - bottom) / 2 / points_per_pixel
        use_pixel_axes(ax)
        ax.set_xlim(left, left + width / points_per_pixel)
        ax.set_ylim(above + height / points_per_pixel, above)
        ax.grid(False)

    def across(self, start, stop, source_y, points, text, color, arrowstyle):
        """가로 치수선. ``points``가 음수면 두 박스의 위쪽, 양수면 아래쪽에 놓습니다."""
        edge = self.top if points < 0 else self.bottom
        shifted = self._shifted(0, -points)
        for x, y in zip((start, stop), np.broadcast_to(source_y, 2), strict=True):
            self._extension((x, y), (x, edge), shifted, color)
        self._dimension((start, edge), (stop, edge), shifted, color, arrowstyle)
        return self._text(
            ((start + stop) / 2, edge), (0, -points - np.sign(points) * 3), text, color
        )

    def down(self, start, stop, source_x, points, text, color, arrowstyle):
        """세로 치수선. ``points``가 음수면 두 박스의 왼쪽, 양수면 오른쪽에 놓습니다."""
        edge = self.left if points < 0 else self.right
        shifted = self._shifted(points, 0)
        for x, y in zip(np.broadcast_to(source_x, 2), (start, stop), strict=True):
            self._extension((x, y), (edge, y), shifted, color)
        self._dimension((edge, start), (edge, stop), shifted, color, arrowstyle)
        return self._text(
            (edge, (start + stop) / 2),
            (points + np.sign(points) * 4, 0),
            text,
            color,
            vertical=points > 0,
        )

    def _shifted(self, right, up):
        """데이터 좌표에서 포인트만큼 옮긴 자리. 나중에 범위가 바뀌어도 간격은 그대로입니다."""
        scale = self.ax.get_figure(root=True).dpi_scale_trans
        return self.ax.transData + ScaledTranslation(right / 72, up / 72, scale)

    def _extension(self, start, stop, shifted, color):
        self.ax.annotate(
            "",
            start,
            xytext=stop,
            textcoords=shifted,
            arrowprops={"arrowstyle": "-", "color": color, "lw": 0.9, "ls": ":", "shrinkA": 0,
                        "shrinkB": 0},
            zorder=2,
        )  # fmt: skip

    def _dimension(self, start, stop, shifted, color, arrowstyle):
        if start != stop:
            self.ax.add_patch(
                FancyArrowPatch(
                    start,
                    stop,
                    transform=shifted,
                    arrowstyle=arrowstyle,
                    mutation_scale=11,
                    linewidth=1.5,
                    color=color,
                    shrinkA=0,
                    shrinkB=0,
                    path_effects=halo(1.5),
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
            path_effects=halo(0, extra=3),
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
                bbox={"boxstyle": "round,pad=0.4", "fc": "#F8F9FB", "ec": "#C9CED6"},
                zorder=9,
            )
            for number, lines in enumerate(columns)
        ]


def _number(value):
    """표시용 수: 소수 둘째 자리까지, 빼기표는 유니코드(U+2212)."""
    return f"{round(float(value), 2) + 0.0:g}".replace("-", "−")
