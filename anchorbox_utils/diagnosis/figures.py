"""진단서의 그림. 밝은 화면과 어두운 화면의 것을 따로 그립니다."""

import io
from pathlib import Path

import numpy as np

from anchorbox_utils.design import BoxStatistics

_MOST_IMAGES = 6
_MOST_LETTERS = 34

# 화면마다의 (글자와 선, 종이)의 색.
_THEMES = {"light": ("#1f2328", "#ffffff"), "dark": ("#e6edf3", "#161b22")}
_INKED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")


def draw_figures(report):
    """그림마다 (설명, {화면: PNG 바이트}). 그릴 것이 없는 그림은 빠집니다."""
    for draw in (_draw_statistics, _draw_examples):
        images = {}
        for theme, colors in _THEMES.items():
            caption, images[theme] = _render(draw, report, *colors)
        if caption is not None:
            yield caption, images


def _render(draw, report, ink, paper):
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from anchorbox_utils.plotting import setup_plotting

    with mpl.rc_context():
        setup_plotting()
        mpl.rcParams.update(dict.fromkeys(_INKED, ink))
        mpl.rcParams.update({"axes.facecolor": paper, "figure.facecolor": paper})
        mpl.rcParams["axes.grid"] = False
        figure = Figure(layout="constrained")
        caption = draw(figure, report, ink)
        buffer = io.BytesIO()
        if caption is not None:
            figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return caption, buffer.getvalue()


def _draw_statistics(figure, report, ink):
    """크기와 종횡비, 앵커가 있으면 최고 IoU의 히스토그램."""
    if not report.dataset.n_boxes:
        return None
    best = report.best_iou
    panels = 2 if best is None or not len(best) else 3
    figure.set_size_inches(4 * panels, 3)
    axes = figure.subplots(1, panels)
    shapes = None if report.context is None else report.context.shapes
    for ax, values, title, label in (
        (axes[0], report.sizes, "박스의 크기", "크기 √(w·h) (px)"),
        (axes[1], report.ratios, "박스의 종횡비", "종횡비 h/w (비율)"),
    ):
        low, high = max(values.min(), 1e-3), max(values.max(), 2e-3)
        ax.hist(values, np.geomspace(low * 0.9, high * 1.1, 31), color="#6b8fb5")
        ax.set(xscale="log", title=title, xlabel=label, ylabel="박스 수 (개)")
        _plain_log_ticks(ax, low * 0.9, high * 1.1)
    if shapes is not None:
        anchors = BoxStatistics(shapes)
        for ax, values in zip(axes, (anchors.sizes, anchors.ratios), strict=False):
            values = np.unique(np.round(values, 2))
            if len(values) <= 20:
                for value in values:
                    ax.axvline(value, color=ink, ls="--", lw=0.9, alpha=0.7)
    low, middle, high = np.percentile(report.sizes, [5, 50, 95])
    caption = (
        f"박스 {report.dataset.n_boxes:,}개의 크기는 중앙값 {middle:.0f}픽셀(5~95%: {low:.0f}~"
        f"{high:.0f}), 종횡비는 중앙값 {np.median(report.ratios):.2f}입니다."
    )
    if panels == 3:
        caption = f"{caption} 점선은 앵커입니다(박스의 크기는 원본 이미지에서 잰 것입니다)."
        axes[2].hist(best, np.linspace(0, 1, 21), color="#6b8fb5")
        axes[2].axvline(0.5, color=ink, ls="--", lw=0.9)
        axes[2].set(title="정답마다의 최고 IoU", xlabel="IoU (비율)", ylabel="정답 수 (개)")
    return caption


def _plain_log_ticks(ax, low, high):
    from matplotlib.ticker import FixedLocator, NullLocator

    steps = [m * 10.0**e for e in range(-3, 6) for m in (1, 2, 3, 5, 7)]
    ticks = [step for step in steps if low <= step <= high]
    if len(ticks) > 7:
        ticks = ticks[::2]
    ax.set_xlim(low, high)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")


def _draw_examples(figure, report, ink):
    """문제가 있는 박스가 든 이미지 몇 장. 이미지 파일이 없으면 빈 바탕에 그립니다."""
    from matplotlib.patches import Rectangle

    rows = report.rows
    bad = (rows.claimed | (rows.kind != "")) & np.isfinite(rows.boxes).all(axis=1)
    bad &= np.isfinite(rows.sizes[rows.image]).all(axis=1)
    numbers = list(dict.fromkeys(rows.image[bad].tolist()))[:_MOST_IMAGES]
    if not numbers:
        return None
    columns = min(3, len(numbers))
    lines = -(-len(numbers) // columns)
    figure.set_size_inches(4 * columns, 3.3 * lines)
    axes = np.atleast_1d(figure.subplots(lines, columns)).ravel()
    for ax in axes[len(numbers) :]:
        ax.remove()
    for ax, number in zip(axes, numbers, strict=False):
        image = rows.images[number]
        width, height = rows.sizes[number]
        picture = _thumbnail(image.path)
        if picture is not None:
            ax.imshow(picture, extent=(0, width, height, 0), aspect="auto")
        ax.add_patch(Rectangle((0, 0), width, height, fill=False, ec=ink, lw=1.2))
        here = np.flatnonzero(rows.image == number)[:200]
        for row in here:
            x1, y1, x2, y2 = rows.boxes[row]
            color, thick = ("#e53935", 1.8) if bad[row] else ("#43a047", 1.2)
            ax.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, ec=color, lw=thick))
            if bad[row]:
                ax.plot([x1, x2], [y1, y2], "x", color=color, ms=5)
        # 65535 같은 값 하나가 그림을 점으로 만들지 않도록 이미지 둘레만 봅니다.
        margin = 0.5 * max(width, height)
        low = np.clip(rows.boxes[here].reshape(-1, 2).min(axis=0), -margin, 0)
        high = np.clip(
            rows.boxes[here].reshape(-1, 2).max(axis=0),
            [width, height],
            [width + margin, height + margin],
        )
        pad = 0.03 * max(width, height)
        ax.set_xlim(low[0] - pad, high[0] + pad)
        ax.set_ylim(high[1] + pad, low[1] - pad)
        ax.set_aspect("equal")
        name = Path(image.path).name
        short = name if len(name) <= _MOST_LETTERS else "…" + name[-_MOST_LETTERS + 1 :]
        ax.set_title(short, fontsize=10)
        ax.set(xlabel="x (px)", ylabel="y (px)")
    return "빨간 박스가 문제가 있는 기록, 초록 박스가 그 이미지의 다른 박스, 테두리가 이미지입니다."


def _thumbnail(path):
    """그림에 깔 작은 이미지. 열 수 없으면 None입니다."""
    if not path or not Path(path).is_file():
        return None
    from PIL import Image

    try:
        with Image.open(path) as image:
            image.thumbnail((480, 480))
            return np.asarray(image.convert("RGB"))
    except Exception:
        return None
