"""데이터에 맞는 앵커를 권하고, 고를 때 쓰지 않은 정답으로 지금 앵커와 견줍니다."""

from dataclasses import dataclass

import numpy as np

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.datasets.model import Dataset, LabeledImage
from anchorbox_utils.design import (
    EXPORTS,
    AnchorDesign,
    best_anchor_iou,
    export_anchors,
    recommend_anchors,
    uniform_design,
)

# 앵커를 고르는 데는 이만큼의 정답이면 충분하고, 더 쓰면 k-평균이 오래 걸립니다.
_MOST_TRUTHS = 3_000
# recommend_anchors의 fit. 앵커가 지금보다 많아지면 다음 것으로 덜 촘촘하게 고릅니다.
_FITS = (0.85, 0.8, 0.75, 0.7, 0.65)
# 정답이 이보다 적으면 나누지 않고 같은 정답으로 잽니다.
_LEAST_TO_SPLIT = 40


@dataclass(frozen=True)
class Advice:
    """권하는 앵커와 재현율(IoU pos_thr 이상인 앵커가 있는 정답의 비율)의 앞뒤.

    Attributes:
        design: 권하는 :class:`AnchorDesign`. 모든 단계의 앵커 수가 같습니다.
        reasons: 그렇게 고른 까닭들.
        before: 지금 앵커의 재현율.
        after: 도구 → 권하는 앵커의 재현율. 도구마다 앵커를 놓는 자리가 다릅니다.
        now_anchors: 지금 앵커의 수.
        new_anchors: 권하는 앵커의 수.
        truths: 재현율을 잰 정답의 수.
        held_out: 고를 때 쓰지 않은 정답으로 쟀는지.
    """

    design: AnchorDesign
    reasons: tuple[str, ...]
    before: float
    after: dict
    now_anchors: int
    new_anchors: int
    truths: int
    held_out: bool

    @property
    def better(self):
        """어느 도구에서라도 지금 앵커보다 나은지."""
        return max(self.after.values()) > self.before

    def sentence(self):
        """재현율의 앞뒤를 말하는 문장."""
        low, high = min(self.after.values()), max(self.after.values())
        after = f"{low:.1%}" if f"{low:.1%}" == f"{high:.1%}" else f"{low:.1%}~{high:.1%}"
        how = "고를 때 쓰지 않은 " if self.held_out else "고를 때 쓴 바로 그 "
        told = (
            f"{how}정답 {self.truths:,}개에서 재현율은 {self.before:.1%} → {after}, 앵커는 "
            f"{self.now_anchors:,}개 → {self.new_anchors:,}개입니다."
        )
        return told if self.better else f"지금 앵커보다 낫지 않습니다. {told}"

    def exports(self):
        """지금보다 나아지는 도구마다 (이름, 붙여 넣을 글, 무엇으로 확인했는지)."""
        return [
            (tool, export_anchors(self.design, tool), export.checked)
            for tool, export in EXPORTS.items()
            if self.after[tool] > self.before
        ]


def advise(context):
    """:class:`Advice`. 격자가 아니거나 정답이 없으면 None입니다."""
    grid = context.grid
    if not isinstance(grid, AnchorGrid) or not len(context.boxes):
        return None
    order = np.random.default_rng(0).permutation(len(context.boxes))[: 2 * _MOST_TRUTHS]
    held_out = len(order) >= _LEAST_TO_SPLIT
    # 같은 이미지의 물체는 서로 닮았으므로 이미지로 나눕니다.
    odd = context.rows.image[context.index[order]] % 2 == 1
    held_out = held_out and 0 < int(odd.sum()) < len(odd)
    chosen = context.boxes[order[~odd]] if held_out else context.boxes[order]
    measured = context.boxes[order[odd]] if held_out else chosen
    height, width = grid.image_size
    strides = tuple(float(min(level.stride)) for level in grid.levels)
    one = Dataset([LabeledImage("", width, height, chosen[:_MOST_TRUTHS])])
    pos_thr = context.settings.pos_thr
    for fit in _FITS:
        advice = recommend_anchors(one, strides, pos_thr, fit)
        design = uniform_design(advice.design, strides)
        if len(design.grid(grid.image_size)) <= len(grid):
            break
    after = {
        tool: _recall(design, grid.image_size, export.offset, measured, pos_thr)
        for tool, export in EXPORTS.items()
    }
    before = float((best_anchor_iou(grid, measured) >= pos_thr).mean())
    count = len(design.grid(grid.image_size))
    # 마지막 까닭은 고른 정답으로 잰 결과라, 여기서 따로 잰 것으로 대신합니다.
    return Advice(
        design, advice.reasons[:-1], before, after, len(grid), count, len(measured), held_out
    )


def _recall(design, image_size, offset, boxes, pos_thr):
    grid = AnchorGrid(image_size, design.strides, design.scales, design.ratios, offset)
    return float((best_anchor_iou(grid, boxes) >= pos_thr).mean())
