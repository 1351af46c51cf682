"""진단서의 그림. 밝은 화면과 어두운 화면의 것을 따로 그립니다."""

import io
import warnings

import numpy as np

from anchorbox_utils.design import BoxStatistics
from anchorbox_utils.diagnosis.overview import CENTER_CELLS, COUNT_EDGES
from anchorbox_utils.korean import with_particle
from anchorbox_utils.visible import visible

_MOST_CLASSES = 15
_MOST_POINTS = 3000
_DENSE = 3000
_BAR = "#6b8fb5"

# 화면마다의 (글자와 선, 종이)의 색.
_THEMES = {"light": ("#1f2328", "#ffffff"), "dark": ("#e6edf3", "#161b22")}
_INKED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")


def draw_figures(report):
    """그림마다 (설명, {화면: PNG 바이트}). 그릴 것이 없는 그림은 빠집니다."""
    for draw in _FIGURES:
        caption, images = draw_figure(draw, report)
        if caption is not None:
            yield caption, images


def draw_figure(draw, subject, size=(4.4, 3.2)):
    """``draw(ax, subject, 글자색)``의 (설명, {화면: PNG 바이트}). ``size``는 인치입니다."""
    images = {}
    for theme, colors in _THEMES.items():
        caption, images[theme] = _render(draw, subject, size, *colors)
    return caption, images


def _render(draw, subject, size, ink, paper):
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from anchorbox_utils.plotting import setup_plotting

    with mpl.rc_context(), warnings.catch_warnings():
        # 클래스의 이름에는 우리 글꼴에 없는 글자도 있습니다. 네모로 보이면 됩니다.
        warnings.filterwarnings("ignore", "Glyph")
        setup_plotting()
        mpl.rcParams.update(dict.fromkeys(_INKED, ink))
        mpl.rcParams.update({"axes.facecolor": paper, "figure.facecolor": paper})
        mpl.rcParams["axes.grid"] = False
        figure = Figure(figsize=size, layout="constrained")
        caption = draw(figure.subplots(), subject, ink)
        buffer = io.BytesIO()
        if caption is not None:
            figure.savefig(buffer, format="png", dpi=130, metadata={"Software": None})
    return caption, buffer.getvalue()


def _draw_sizes(ax, report, ink):
    """크기. 앵커가 있으면 박스도 앵커도 입력 크기로 바꾼 다음의 픽셀입니다."""
    fit = report.fit
    sizes, where = (report.sizes, "") if fit is None else (fit.size, "입력에서의 ")
    if not len(sizes):
        return None
    _log_histogram(ax, sizes, f"{where}박스 크기", f"{where}크기 √(w·h) (px)")
    _mark_anchors(ax, report, "sizes", ink)
    low, middle, high = np.percentile(sizes, [5, 50, 95])
    note = "" if fit is None else " 점선은 앵커이고, 모두 입력 크기로 바꾼 다음의 픽셀입니다."
    return (
        f"박스 {len(sizes):,}개의 {where}크기는 중앙값 {middle:.0f}픽셀입니다(5~95%: {low:.0f}~"
        f"{high:.0f}).{note}"
    )


def _draw_ratios(ax, report, ink):
    if not len(report.ratios):
        return None
    _log_histogram(ax, report.ratios, "박스의 종횡비", "종횡비 h/w (비율)")
    _mark_anchors(ax, report, "ratios", ink)
    low, middle, high = np.percentile(report.ratios, [5, 50, 95])
    note = "" if report.fit is None else " 점선은 앵커입니다."
    return f"종횡비 h/w는 중앙값 {middle:.2f}(5~95%: {low:.2f}~{high:.2f})입니다.{note}"


def _draw_shapes(ax, report, ink):
    """입력에서의 너비와 높이를 앵커와 한 자리에."""
    fit = report.fit
    if fit is None:
        return None
    shown = np.random.default_rng(0).permutation(len(fit.boxes))[:_MOST_POINTS]
    size = fit.boxes[shown, 2:] - fit.boxes[shown, :2]
    shapes = report.context.shapes
    ax.plot(*size.T, ".", ms=2, color=_BAR, alpha=0.5, label="정답")
    ax.plot(*shapes.T, "+", ms=9, mew=1.6, color="#e57373", label="앵커")
    ax.set(xscale="log", yscale="log", title="입력에서의 너비와 높이")
    ax.set(xlabel="너비 (px)", ylabel="높이 (px)")
    low, high = (edge(np.concatenate([size, shapes])) for edge in (np.min, np.max))
    _plain_log_ticks(ax.xaxis, low * 0.8, high * 1.25)
    _plain_log_ticks(ax.yaxis, low * 0.8, high * 1.25)
    ax.legend(loc="lower right", framealpha=0.6, facecolor=ax.get_facecolor())
    return (
        f"정답 {len(shown):,}개와 앵커 {len(shapes)}가지의 너비와 높이입니다. 모두 입력 크기로 "
        "바꾼 다음의 픽셀입니다."
    )


def _draw_best(ax, report, ink):
    if report.fit is None:
        return None
    iou, pos_thr = report.fit.iou, report.context.settings.pos_thr
    ax.hist(iou, np.linspace(0, 1, 21), color=_BAR)
    ax.axvline(pos_thr, color=ink, ls="--", lw=0.9)
    ax.set(title="정답마다의 최고 IoU", xlabel="IoU (비율)", ylabel="정답 수 (개)")
    return (
        f"정답 {len(iou):,}개 가운데 {(iou >= pos_thr).mean():.1%}에 IoU {pos_thr:g} 이상인 앵커가 "
        "있습니다."
    )


def _draw_classes(ax, report, ink):
    classes = report.overview.classes[:_MOST_CLASSES]
    if len(report.overview.classes) < 2 or not classes[0].boxes:
        return None
    names = [visible(row.name, 14) for row in classes]
    ax.barh(range(len(classes)), [row.boxes for row in classes], color=_BAR)
    # 이름의 $는 수식이 아닙니다.
    ax.set_yticks(range(len(classes)), names, fontsize=8, parse_math=False)
    ax.invert_yaxis()
    ax.set(title="클래스마다의 박스", xlabel="박스 수 (개)")
    most, least = report.overview.classes[0], report.overview.classes[-1]
    return (
        f"클래스 {len(report.overview.classes):,}개 가운데 많은 {len(classes)}개입니다. 가장 많은 "
        f"{with_particle(visible(most.name, 60), '은/는')} {most.boxes:,}개, 가장 적은 "
        f"{with_particle(visible(least.name, 60), '은/는')} {least.boxes:,}개입니다."
    )


def _draw_counts(ax, report, ink):
    counts = report.overview.boxes_per_image
    if not counts.sum():
        return None
    bins = report.overview.count_bins
    edges = [*COUNT_EDGES[1:], None]
    names = [
        f"{low}~" if high is None else str(low) if high == low + 1 else f"{low}~{high - 1}"
        for low, high in zip(COUNT_EDGES, edges, strict=True)
    ]
    ax.bar(range(len(bins)), bins, color=_BAR)
    ax.set_xticks(range(len(bins)), names, fontsize=7, rotation=40)
    ax.set(title="이미지마다의 박스", xlabel="박스 수 (개)", ylabel="이미지 수 (장)")
    return (
        f"이미지 한 장의 박스는 중앙값 {np.median(counts):g}개, 최대 {counts.max():,}개이고, "
        f"{(counts == 0).sum():,}장에는 없습니다."
    )


def _draw_centers(ax, report, ink):
    centers = report.overview.centers
    if not centers.sum():
        return None
    cells = CENTER_CELLS
    if centers.sum() < _DENSE:
        # 박스가 적으면 잘게 나눈 칸은 얼룩으로만 보입니다.
        cells = CENTER_CELLS // 3
        centers = centers.reshape(cells, 3, cells, 3).sum(axis=(1, 3))
    picture = ax.imshow(centers, cmap="viridis", extent=(0, 1, 1, 0), aspect="auto")
    ax.figure.colorbar(picture, ax=ax, label="박스 수 (개)")
    ax.set(title="박스 중심의 자리", xlabel="x / 이미지 너비", ylabel="y / 이미지 높이")
    y, x = np.unravel_index(centers.argmax(), centers.shape)
    return (
        f"이미지를 {cells}×{cells}칸으로 나누어 센 박스 중심입니다. 가장 많은 칸은 가로 "
        f"{(x + 0.5) / cells:.0%}, 세로 {(y + 0.5) / cells:.0%} 자리의 "
        f"{centers.max():,}개, 하나도 없는 칸은 {(centers == 0).mean():.0%}입니다."
    )


def _log_histogram(ax, values, title, label):
    low, high = max(values.min(), 1e-3) * 0.9, max(values.max(), 2e-3) * 1.1
    ax.hist(values, np.geomspace(low, high, 31), color=_BAR)
    ax.set(xscale="log", title=title, xlabel=label, ylabel="박스 수 (개)")
    _plain_log_ticks(ax.xaxis, low, high)


def _mark_anchors(ax, report, name, ink):
    if report.fit is None:
        return
    values = np.unique(np.round(getattr(BoxStatistics(report.context.shapes), name), 2))
    if len(values) <= 20:
        for value in values:
            ax.axvline(value, color=ink, ls="--", lw=0.9, alpha=0.7)


def _plain_log_ticks(axis, low, high):
    from matplotlib.ticker import FixedLocator, NullLocator

    steps = [m * 10.0**e for e in range(-3, 6) for m in (1, 2, 3, 5, 7)]
    ticks = [step for step in steps if low <= step <= high]
    while len(ticks) > 7:
        ticks = ticks[::2]
    axis.set_view_interval(low, high, ignore=True)
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, _: f"{value:g}")


_FIGURES = (
    _draw_sizes,
    _draw_ratios,
    _draw_shapes,
    _draw_best,
    _draw_classes,
    _draw_counts,
    _draw_centers,
)
