"""놓친 까닭의 그림: 갈래마다 놓친 비율을 까닭으로 나눈 막대."""

from anchorbox_utils.plotting.style import as_axes
from anchorbox_utils.validation import as_choice, as_instance, as_list
from anchorbox_utils.visible import visible

# 색만이 아니라 빗금도 까닭마다 다릅니다. 앵커의 까닭 셋은 푸른 쪽입니다.
CAUSE_LOOKS = {
    "no_anchor": ("#2424A8", ""),
    "ignored": ("#8A71D6", "//"),
    "taken": ("#DCA8DC", ".."),
    "undetected": ("#9E2E2E", ""),
    "low_score": ("#D48535", "\\\\"),
    "suppressed": ("#6F206F", "xx"),
    "wrong_class": ("#3B917B", ""),
    "loose": ("#9AEA9A", "--"),
}
_MOST_LETTERS = 14


def draw_miss_causes(ax, groups):
    """갈래마다 놓친 정답의 비율을 까닭으로 나누어 쌓은 가로 막대로 그립니다.

    Args:
        ax: Matplotlib Axes. 갈래마다 세로 0.3인치쯤이 필요합니다.
        groups: :meth:`Misses.by_class` 등이 내는 갈래들, 위에서부터.

    Returns:
        막대(Rectangle)의 리스트. 까닭, 갈래의 순서이고, 놓친 것이 없는 까닭은 없습니다.

    Raises:
        ValueError: 모르는 까닭이 있을 때.

    Examples:
        >>> from matplotlib.figure import Figure
        >>> from anchorbox_utils import explain_misses
        >>> found = explain_misses([([[0, 0, 9, 9]], [0])], [([], [], [])])
        >>> bars = draw_miss_causes(Figure().subplots(), [found.total()])
        >>> [float(bar.get_width()) for bar in bars]
        [100.0]

    출처: 이 강좌의 그림.
    """
    # 실험대도 그림의 방을 부릅니다. 까닭의 방은 그릴 때에야 부릅니다.
    from anchorbox_utils.misses import CAUSES, Group

    as_axes(ax)
    groups = [
        as_instance(group, f"groups[{i}]", Group)
        for i, group in enumerate(as_list(groups, "groups"))
    ]
    for i, group in enumerate(groups):
        for name in group.causes:
            as_choice(name, f"groups[{i}]의 causes", CAUSES, "까닭")
    places, left, bars = range(len(groups)), [0.0] * len(groups), []
    for name, (color, hatch) in CAUSE_LOOKS.items():
        widths = [100 * group.causes.get(name, 0) / max(group.truths, 1) for group in groups]
        if not any(widths):
            continue
        bars += ax.barh(
            places,
            widths,
            left=left,
            color=color,
            hatch=hatch,
            edgecolor="white",
            linewidth=0.6,
            label=CAUSES[name].title,
        )
        left = [start + width for start, width in zip(left, widths, strict=True)]
    # 이름의 $는 수식이 아닙니다.
    names = [visible(group.name, _MOST_LETTERS) for group in groups]
    ax.set_yticks(places, names, parse_math=False)
    ax.set_xlim(0, max([*left, 1]) * 1.04)
    ax.set_xlabel("놓친 정답 / 모든 정답 (%)")
    ax.grid(axis="y", visible=False)
    ax.invert_yaxis()
    return bars
