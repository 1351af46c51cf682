"""모든 그림이 함께 쓰는 것: 한글 글꼴, 색과 선의 뜻, 축, 범례."""

import sys
import warnings
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
from matplotlib import font_manager, patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from anchorbox_utils.validation import as_choice, as_instance, as_list, refuse

FONT_FAMILY = "Anchorbox Noto Sans KR"
FONT_PATH = Path(__file__).parent / "fonts" / "NotoSansKR-subset.otf"
INK = "#222B36"
BAR = "#4B5563"
# 저장된 PNG는 테마를 모릅니다. 흰 종이보다 부드러운 바탕이라 밝은 화면에서는 카드로 보이고, 어두운
# 화면에서는 덜 눈부십니다.
CARD = "#EEF1F5"
# 110dpi로 990픽셀입니다. 더 넓으면 화면이 그림을 줄여 글자가 작아집니다.
MAX_WIDTH = 9


class Style(NamedTuple):
    """종류 하나의 이름, 색, 선, 마커, 빗금, 글자색."""

    name: str
    color: str
    linestyle: str
    linewidth: float
    marker: str
    hatch: str
    # 같은 색이지만 CARD 위의 글자나 흰 글자의 바탕으로도 읽히게 짙습니다.
    text: str


# 색은 적록·청황 색각 이상을 흉내 내도 서로 떨어지게 골랐습니다(tests/test_plotting.py가 잽니다).
STYLES = {
    "anchor": Style("앵커", "#1A85D6", "--", 2.0, "s", "", "#0F66A8"),
    "gt": Style("정답 박스(GT)", "#D55E00", "-", 3.0, "*", "", "#B04C00"),
    "prediction": Style("예측 박스", "#6A1B7A", "-.", 2.4, "P", "", "#6A1B7A"),
    "positive": Style("양성", "#006B4A", "-", 2.0, "o", "", "#006B4A"),
    "negative": Style("음성", "#A6ABB3", ":", 1.6, ".", "..", "#5A616B"),
    "ignore": Style("무시", "#F0C419", "--", 2.0, "D", "//", "#7A5F00"),
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
    "axes.facecolor": CARD,
    "figure.facecolor": CARD,
    "savefig.pad_inches": 0.15,
    "grid.color": "#D5DAE1",
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
        kwargs = {**config.print_figure_kwargs, "metadata": {"Software": None}}
        with warnings.catch_warnings():
            # 설정을 바꾸면 matplotlib_inline이 자기의 옛 함수를 불렀다고 알립니다.
            warnings.simplefilter("ignore", DeprecationWarning)
            config.print_figure_kwargs = kwargs


def find_style(kind, name="kind"):
    return STYLES[as_choice(kind, name, STYLES, "종류")]


def as_axes(ax, name="ax"):
    return as_instance(ax, name, Axes)


def use_pixel_axes(ax):
    ax.set_aspect("equal")
    ax.set(xlabel="x (px)", ylabel="y (px)")
    if not ax.yaxis_inverted():
        ax.invert_yaxis()


def halo(linewidth, extra=2.0):
    """어두운 사진 위에서도 보이도록 선과 글자에 두르는, 바탕과 같은 밝은 테두리."""
    return [patheffects.withStroke(linewidth=linewidth + extra, foreground=CARD, alpha=0.85)]


def add_legend(ax, kinds, **kwargs):
    """종류들의 범례를 그림 오른쪽 바깥에 붙입니다.

    Args:
        ax: Matplotlib Axes. 칸이 여럿인 그림에서는 Figure를 넘기고 ``loc="outside lower left"``처럼
            정하면, 칸의 너비를 건드리지 않고 그림 아래에 놓입니다.
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
    if not isinstance(ax, (Axes, Figure)):
        refuse("ax", "Axes나 Figure", ax)
    handles = []
    for i, kind in enumerate(as_list(kinds, "kinds")):
        style = find_style(kind, f"kinds[{i}]")
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
