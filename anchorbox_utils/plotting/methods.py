"""방법들을 견주는 그림: 조건마다의 선, 상황마다의 막대. 점수는 시드마다 하나씩입니다."""

from collections.abc import Mapping

import numpy as np

from anchorbox_utils.plotting.style import INK, Style, as_axes
from anchorbox_utils.validation import as_choice, as_instance, as_real_array, as_texts

# 색만이 아니라 선과 마커나 빗금도 방법마다 다릅니다. 앵커의 색은 다른 그림에서와 같습니다.
LOOKS = {
    "anchor": ("#1A85D6", "--", 2.0, "", ""),
    "absolute": ("#8A6D1B", ":", 2.0, "^", ".."),
    "position": ("#C2337F", "-.", 2.0, "s", "//"),
    "position_at_anchor": ("#6A1B7A", (0, (5, 1.5)), 2.0, "D", "xx"),
    "pixels": ("#B0B7C0", (0, (3, 1.5)), 2.0, "v", "\\\\"),
    "deltas": ("#00543A", "-", 2.6, "o", ""),
}


def _find_style(method):
    # 실험대도 그림의 방을 부릅니다. 실험의 방은 그릴 때에야 불러, 실험대가 늦게 뜨지 않게 합니다.
    from anchorbox_utils.target_comparison import TITLES

    as_choice(method, "scores", LOOKS, "방법")
    color, *rest = LOOKS[method]
    return Style(TITLES[method], color, *rest, text=color)


def draw_method_lines(ax, ticks, scores):
    """조건을 가로축에 고른 간격으로 놓고, 방법마다 시드의 평균을 선으로 그립니다.

    세로 막대는 시드들의 가장 낮은 점수에서 가장 높은 점수까지입니다.

    Args:
        ax: Matplotlib Axes.
        ticks: 조건 C개의 눈금 글자. 빈 글자는 적지 않습니다.
        scores: ``{방법: (C, 시드 수) 점수}``. 방법은 ``LOOKS``의 이름입니다.

    Returns:
        선(Line2D)의 리스트. ``scores``의 순서입니다.

    Raises:
        ValueError: 모르는 방법이 있을 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> lines = draw_method_lines(
        ...     Figure().subplots(), ["5", "20"], {"deltas": [[0.6, 0.7], [0.7, 0.8]]}
        ... )
        >>> lines[0].get_ydata()
        array([0.65, 0.75])

    출처: 이 강좌의 그림.
    """
    as_axes(ax)
    ticks, scores = as_texts(ticks, "ticks"), _as_scores(scores)
    places = np.arange(len(ticks))
    lines = []
    for method, values in scores.items():
        style = _find_style(method)
        mean, reach = _mean_and_reach(values, method, len(ticks))
        lines += ax.plot(
            places,
            mean,
            color=style.color,
            linestyle=style.linestyle,
            linewidth=style.linewidth,
            marker=style.marker,
            markersize=7,
            label=style.name,
        )
        ax.errorbar(places, mean, reach, fmt="none", ecolor=style.color, elinewidth=1, capsize=3)
    ax.set_xticks(places, ticks)
    return lines


def draw_method_bars(ax, groups, scores):
    """상황마다 방법들의 평균을 나란한 막대로 그리고, 막대 위에 값을 적습니다.

    가는 세로선은 시드들의 가장 낮은 점수에서 가장 높은 점수까지입니다.

    Args:
        ax: Matplotlib Axes. 막대마다 가로 0.4인치쯤이 필요합니다.
        groups: 상황 G개의 이름.
        scores: ``{방법: (G, 시드 수) 점수}``. 방법은 ``LOOKS``의 이름입니다.

    Returns:
        막대(Rectangle)의 리스트. 방법, 상황의 순서입니다.

    Raises:
        ValueError: 모르는 방법이 있을 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> bars = draw_method_bars(Figure().subplots(), ["작은 물체"], {"deltas": [[0.7, 0.8]]})
        >>> [f"{bar.get_height():.2f}" for bar in bars]
        ['0.75']

    출처: 이 강좌의 그림.
    """
    as_axes(ax)
    groups, scores = as_texts(groups, "groups"), _as_scores(scores)
    width = 0.86 / len(scores)
    places = np.arange(len(groups))
    bars = []
    for number, (method, values) in enumerate(scores.items()):
        style = _find_style(method)
        mean, reach = _mean_and_reach(values, method, len(groups))
        drawn = ax.bar(
            places + (number - (len(scores) - 1) / 2) * width,
            mean,
            width * 0.92,
            yerr=reach,
            color=style.color,
            hatch=style.hatch,
            edgecolor="white",
            linewidth=0,
            error_kw={"elinewidth": 1, "ecolor": INK, "capsize": 2},
            label=style.name,
        )
        ax.bar_label(drawn, fmt="%.2f", padding=2, fontsize=10)
        bars += drawn
    ax.set_xticks(places, groups)
    ax.grid(axis="x", visible=False)
    return bars


def _as_scores(scores):
    if not as_instance(scores, "scores", Mapping):
        raise ValueError("scores: 방법이 하나도 없습니다.")
    return scores


def _mean_and_reach(values, method, count):
    """(C,) 평균과, 평균에서 가장 낮은 값과 가장 높은 값까지의 (2, C) 거리."""
    values = as_real_array(values, f"scores[{method!r}]", (count, "시드 수"))
    if values.size == 0:
        raise ValueError(f"scores[{method!r}]: 점수가 하나도 없습니다.")
    mean = values.mean(axis=1)
    return mean, np.abs([values.min(axis=1) - mean, values.max(axis=1) - mean])
