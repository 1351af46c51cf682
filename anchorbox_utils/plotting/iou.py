"""IoU의 그림: 임계값 막대, 히스토그램, 열지도, 할당의 단계."""

import numpy as np
from matplotlib.patches import Rectangle

from anchorbox_utils.conventions import FORCE_RULES
from anchorbox_utils.matching import assign_anchor_labels, count_labels, validate_thresholds
from anchorbox_utils.plotting.style import (
    BAR,
    CARD,
    COLORS,
    INK,
    LABEL_KINDS,
    STYLES,
    as_axes,
    halo,
)
from anchorbox_utils.validation import as_count, as_flag, as_list, real_array, refuse_values


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
    as_axes(ax)
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
            path_effects=halo(0, extra=3),
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
            path_effects=halo(0, extra=3),
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
    as_axes(ax)
    tally = count_labels(iou_max, pos_thr, neg_thr)
    bins, log = as_count(bins, "bins", 1, 1000), as_flag(log, "log")
    counts, edges = np.histogram(np.asarray(iou_max, dtype=np.float64), bins=bins, range=(0, 1))
    zones = (
        ("neg", "negative", 0, neg_thr, f"IoU < {neg_thr:g}"),
        ("ignore", "ignore", neg_thr, pos_thr, f"{neg_thr:g} ≤ IoU < {pos_thr:g}"),
        ("pos", "positive", pos_thr, 1, f"IoU ≥ {pos_thr:g}"),
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
            label=f"{STYLES[kind].name} {tally[name]:,}개 ({rule})",
        )
        for name, kind, start, stop, rule in zones
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
    as_axes(ax)
    iou = _validate_iou(iou)
    image = _draw_heatmap(ax, iou)
    best = [(row, int(values.argmax())) for row, values in enumerate(iou) if values.any()]
    return image, [_frame(ax, row, column) for row, column in best]


def draw_assignment_steps(axes, iou, pos_thr=0.5):
    """탐욕 할당을 IoU 행렬 위에 한 단계씩 그립니다.

    단계마다 남은 칸 가운데 IoU가 가장 큰 칸을 골라 그 앵커를 그 정답 박스에 주고, 그 행과 열을
    지웁니다. 정답마다 앵커를 하나씩 받으면, 마지막 장에서 남은 앵커에 임계값 규칙을 씁니다.
    강제로 준 앵커는 실선, 임계값을 넘어 양성이 된 앵커는 점선 테두리입니다.

    Args:
        axes: Axes min(N, G) + 1개. 제목도 붙입니다.
        iou: (N, G) IoU. 행이 앵커, 열이 정답 박스입니다.
        pos_thr: 남은 앵커를 양성으로 삼는 최소 IoU.

    Returns:
        {앵커 번호: 정답 박스 번호}. 양성이 된 차례대로입니다.

    Raises:
        ValueError: ``axes``의 수가 다르거나, IoU나 임계값이 0–1을 벗어날 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> draw_assignment_steps(Figure().subplots(1, 3), [[0.6, 0.5], [0.9, 0.8], [0.7, 0.1]])
        {1: 0, 0: 1, 2: 0}

    출처: Dive into Deep Learning 14.4절(``assign_anchor_to_bbox``).
    """
    iou = _validate_iou(iou)
    pos_thr, _ = validate_thresholds(pos_thr, pos_thr)
    pairs = [(int(anchor), int(gt)) for anchor, gt in zip(*FORCE_RULES["greedy"](iou), strict=True)]
    axes = np.ravel(axes) if isinstance(axes, np.ndarray) else as_list(axes, "axes")
    axes = [as_axes(ax, f"axes[{i}]") for i, ax in enumerate(axes)]
    if len(axes) != len(pairs) + 1:
        raise ValueError(
            f"axes: 단계가 {len(pairs)}개이므로 {len(pairs) + 1}개여야 하는데 {len(axes)}개입니다."
        )
    used = np.zeros(iou.shape, dtype=bool)
    for step, (ax, (anchor, gt)) in enumerate(zip(axes, pairs, strict=False), start=1):
        _draw_heatmap(ax, iou)
        _cross_out(ax, used)
        _frame(ax, anchor, gt)
        ax.set_title(f"{step}단계: 앵커 {anchor} → GT {gt}")
        used[anchor], used[:, gt] = True, True
    assigned = dict(pairs)
    _draw_heatmap(axes[-1], iou)
    used[:] = False
    for anchor, gt in pairs:
        used[anchor] = np.arange(iou.shape[1]) != gt
        _frame(axes[-1], anchor, gt)
    _cross_out(axes[-1], used)
    for anchor, values in enumerate(iou):
        if anchor not in assigned and values.max(initial=-1) >= pos_thr:
            assigned[anchor] = int(values.argmax())
            _frame(axes[-1], anchor, assigned[anchor], linestyle="--")
    axes[-1].set_title(f"나머지: IoU ≥ {pos_thr:g}")
    return assigned


def _cross_out(ax, cells):
    """더는 고를 수 없는 칸을 흐리게 덮고 빗금을 칩니다."""
    veil = {"fc": (CARD, 0.8), "ec": (INK, 0.3), "hatch": "//", "lw": 0, "zorder": 2.5}
    for row, column in np.argwhere(cells):
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, **veil))


def _validate_iou(iou):
    iou = real_array(iou, "iou", ("앵커 수", "GT 수"))
    refuse_values(~((iou >= 0) & (iou <= 1)), iou, "iou", "0 이상 1 이하의 수")
    return iou.astype(np.float64, copy=False)


def _draw_heatmap(ax, iou):
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
            # 두 색 모두 바탕과의 대비가 4.5:1을 넘는 경계입니다.
            color="white" if value > 0.715 else "black",
            zorder=2,
        )
    ax.hlines(np.arange(1, rows) - 0.5, -0.5, columns - 0.5, color="#C9CED6", linewidth=0.8)
    ax.vlines(np.arange(1, columns) - 0.5, -0.5, rows - 0.5, color="#C9CED6", linewidth=0.8)
    ax.set(xlabel="정답 박스(GT) 번호", ylabel="앵커 번호")
    ax.set_xticks(range(columns))
    ax.set_yticks(range(rows))
    ax.grid(False)
    return image


def _frame(ax, row, column, linestyle="-"):
    return ax.add_patch(
        Rectangle(
            (column - 0.47, row - 0.45),
            0.94,
            0.9,
            fill=False,
            edgecolor=COLORS["gt"],
            linewidth=3,
            linestyle=linestyle,
            zorder=3,
        )
    )


def _threshold_lines(draw_line, pos_thr, neg_thr):
    pos_thr, neg_thr = validate_thresholds(pos_thr, neg_thr)
    draw_line(pos_thr, color=INK, linewidth=1.8, linestyle="-", zorder=3)
    draw_line(neg_thr, color=INK, linewidth=1.8, linestyle="--", zorder=3)
