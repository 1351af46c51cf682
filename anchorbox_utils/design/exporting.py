"""앵커의 설계를 다른 도구의 설정으로 적기."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from anchorbox_utils.anchors import make_cell_anchors
from anchorbox_utils.design.coverage import AnchorDesign
from anchorbox_utils.validation import as_choice, as_instance, as_numbers


def uniform_design(design, strides):
    """모든 단계에 같은 수의 스케일을 두는 설계로 늘립니다. 원래의 앵커는 그대로 남습니다.

    단계들이 머리(head) 하나를 함께 쓰는 망은 칸마다의 앵커 수가 단계마다 같아야 합니다. 모자란
    단계는 사이가 가장 벌어진 두 스케일 사이에 하나씩 더하고, 쓰지 않던 단계에는 다른 단계에서
    스케일이 스트라이드의 몇 배인지를 보고 채웁니다.

    Args:
        design: :class:`AnchorDesign`.
        strides: 망에 있는 모든 스트라이드, 픽셀. ``design.strides``를 모두 담아야 합니다.

    Returns:
        :class:`AnchorDesign`.

    Raises:
        ValueError: ``strides``에 없는 단계를 설계가 쓸 때.

    Examples:
        >>> from anchorbox_utils import AnchorDesign
        >>> small = AnchorDesign((8, 32), ((20, 40), (100,)), (1.0,))
        >>> uniform_design(small, (8, 16, 32)).scales
        ((20.0, 40.0), (44.7, 71.0), (100.0, 126.0))
    """
    as_instance(design, "design", AnchorDesign)
    strides = as_numbers(strides, "strides", above=0)
    missing = set(design.strides) - set(strides)
    if missing:
        raise ValueError(f"strides: 설계가 쓰는 {sorted(missing)}이(가) 없습니다.")
    scales = dict(zip(design.strides, _levels(design), strict=True))
    count = max(map(len, scales.values()))
    filled = {stride: _grown(list(map(float, level)), count) for stride, level in scales.items()}
    relative = np.log([np.array(level) / stride for stride, level in filled.items()])
    known = np.log(list(filled))
    order = np.argsort(known)
    for stride in strides:
        if stride not in filled:
            guess = [
                np.interp(np.log(stride), known[order], relative[order, k]) for k in range(count)
            ]
            filled[stride] = [float(f"{value:.3g}") for value in stride * np.exp(guess)]
    return replace(design, strides=tuple(strides), scales=tuple(tuple(filled[s]) for s in strides))


def _grown(scales, count):
    while len(scales) < count:
        if len(scales) == 1:
            scales = [scales[0], float(f"{scales[0] * 2 ** (1 / 3):.3g}")]
            continue
        wide = int(np.argmax(np.diff(np.log(scales))))
        middle = float(f"{np.sqrt(scales[wide] * scales[wide + 1]):.3g}")
        scales = sorted([*scales, middle])
    return scales


def export_anchors(design, tool):
    """앵커의 설계를 다른 도구에 붙여 넣을 수 있는 글로 적습니다.

    Args:
        design: :class:`AnchorDesign`. 단계마다 스케일의 수가 같아야 합니다(:func:`uniform_design`).
        tool: :data:`EXPORTS`의 열쇠. ``"torchvision"``, ``"detectron2"``, ``"mmdetection"``,
            ``"yolov5"``.

    Returns:
        글. torchvision은 파이썬 코드, mmdetection은 설정의 한 항목, 나머지는 YAML입니다.

    Raises:
        ValueError: 모르는 도구이거나, 단계마다 스케일의 수가 다를 때.

    Examples:
        >>> from anchorbox_utils import AnchorDesign
        >>> print(export_anchors(AnchorDesign((8, 16), ((32,), (64,)), (0.5, 2)), "yolov5"))
        # 칸마다 앵커 2개. 학습할 때 --noautoanchor를 주어야 바뀌지 않습니다.
        anchors:
          - [45.3,22.6, 22.6,45.3]  # 스트라이드 8
          - [90.5,45.3, 45.3,90.5]  # 스트라이드 16

    출처: torchvision ``AnchorGenerator``, detectron2 ``DefaultAnchorGenerator``, mmdetection
    ``YOLOAnchorGenerator``, yolov5의 ``models/*.yaml``.
    """
    as_instance(design, "design", AnchorDesign)
    as_choice(tool, "tool", EXPORTS, "도구")
    levels = _levels(design)
    if len({len(level) for level in levels}) > 1:
        raise ValueError("design: 단계마다 스케일의 수가 다릅니다. uniform_design으로 맞추세요.")
    return EXPORTS[tool].render(design, levels)


def _levels(design):
    """단계마다의 스케일 목록. 모든 단계가 같은 목록을 쓰는 설계도 풀어 적습니다."""
    shared = all(np.ndim(scale) == 0 for scale in design.scales)
    return [design.scales] * len(design.strides) if shared else design.scales


def _torchvision(design, scales):
    levels = "\n".join(f"        {_row(level, '()')}," for level in scales)
    return (
        "from torchvision.models.detection.anchor_utils import AnchorGenerator\n\n"
        f"# 특징 맵 {len(scales)}장(스트라이드 {_row(design.strides, '  ').strip()})에 이 차례로 "
        "짝지어집니다.\n"
        "anchor_generator = AnchorGenerator(\n"
        f"    sizes=(\n{levels}\n    ),\n"
        f"    aspect_ratios=({_row(design.ratios, '()')},) * {len(scales)},\n)"
    )


def _detectron2(design, scales):
    levels = ", ".join(_row(level, "[]") for level in scales)
    return (
        f"# 특징 맵 {len(scales)}장(스트라이드 {_row(design.strides, '  ').strip()})의 차례.\n"
        "MODEL:\n  ANCHOR_GENERATOR:\n    NAME: DefaultAnchorGenerator\n"
        f"    SIZES: [{levels}]\n    ASPECT_RATIOS: [{_row(design.ratios, '[]')}]\n"
        f"    OFFSET: 0.5"
    )


def _mmdetection(design, scales):
    levels = "\n".join(
        "        [" + ", ".join(f"({_plain(w)}, {_plain(h)})" for w, h in shapes) + "],"
        for shapes in _shapes(design, scales)
    )
    return (
        "anchor_generator=dict(\n    type='YOLOAnchorGenerator',\n"
        f"    strides={_row(design.strides, '[]')},\n    base_sizes=[\n{levels}\n    ]),"
    )


def _yolov5(design, scales):
    rows = (", ".join(f"{_plain(w)},{_plain(h)}" for w, h in s) for s in _shapes(design, scales))
    levels = "\n".join(
        f"  - [{row}]  # 스트라이드 {stride:g}"
        for stride, row in zip(design.strides, rows, strict=True)
    )
    return (
        f"# 칸마다 앵커 {len(scales[0]) * len(design.ratios)}개. 학습할 때 --noautoanchor를 주어야 "
        f"바뀌지 않습니다.\nanchors:\n{levels}"
    )


def _shapes(design, scales):
    """단계마다 (A, 2) 앵커의 (너비, 높이)."""
    for level in scales:
        boxes = make_cell_anchors(level, design.ratios)
        yield boxes[:, 2:] - boxes[:, :2]


def _plain(side):
    """지수 표기 없이 소수 한 자리까지."""
    return f"{side:.1f}".removesuffix(".0")


def _row(values, brackets):
    listed = ", ".join(f"{value:g}" for value in values)
    comma = "," if brackets == "()" and len(values) == 1 else ""
    return f"{brackets[0]}{listed}{comma}{brackets[1]}"


class Export(NamedTuple):
    """적는 방법, 그 도구가 칸의 어디에 앵커를 놓는지, 그 글을 무엇으로 확인했는지."""

    render: Callable
    offset: float
    checked: str


_SYNTAX = "설정의 문법과 값으로만 확인했습니다(도구에 넣어 돌려 보지는 않았습니다)."

_RUN = "torchvision 0.29에 넣어 같은 앵커가 나오는 것을 확인했습니다."

EXPORTS = {
    "torchvision": Export(_torchvision, 0.0, _RUN),
    "detectron2": Export(_detectron2, 0.5, _SYNTAX),
    "mmdetection": Export(_mmdetection, 0.5, _SYNTAX),
    "yolov5": Export(_yolov5, 0.5, _SYNTAX),
}
