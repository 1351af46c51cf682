"""앵커 설계 실험대. 화면은 ``design_lab.js``입니다."""

import numpy as np
import traitlets as t

from anchorbox_utils.anchors import AnchorGrid, make_cell_anchors
from anchorbox_utils.boxes import validate_boxes
from anchorbox_utils.feedback import safe_repr
from anchorbox_utils.labs.base import (
    FARTHEST,
    Lab,
    Refused,
    Value,
    floats,
    is_number,
    numbers,
    refusing,
    short_number,
    source,
    to_bytes,
)
from anchorbox_utils.matching import match_anchors
from anchorbox_utils.plotting import COLORS, INK
from anchorbox_utils.validation import as_image_size

# 이만큼이면 640 × 640 이미지에 스트라이드 4로 일흔여덟 가지를 깝니다. 화면은 그 전에 느려집니다.
MOST_ANCHORS = 2_000_000
# 그릴 수 있는 만큼. 이 밖의 앵커는 한 변이 보이지 않습니다.
RANGES = {"scales": (1e-3, FARTHEST), "ratios": (1e-3, 1e3), "stride": (1e-3, FARTHEST)}


class DesignLab(Lab):
    """스케일·종횡비·스트라이드를 바꾸며 정답 박스를 얼마나 덮는지 보는 실험대입니다.

    Args:
        boxes: (G, 4) xyxy 정답 박스, 픽셀. 이미지 여러 장의 박스를 모아도 됩니다.
        image_size: (높이, 너비) 앵커를 까는 크기, 픽셀.
        scales: 스케일 목록, 픽셀.
        ratios: 종횡비(높이/너비) 목록.
        stride: 스트라이드, 픽셀. 슬라이더는 4, 8, 16, 32, 64를 오갑니다.
        min_iou: 이 값 이상이면 정답을 덮었다고 봅니다.

    Attributes:
        scales, ratios, stride, min_iou: 화면에서 바꾼 지금 값.

    Raises:
        ValueError: 박스나 설정이 올바르지 않을 때.

    Examples:
        >>> lab = DesignLab([[10, 10, 42, 42], [60, 20, 70, 120]], (128, 128), scales=[32])
        >>> lab.best_iou.round(2), lab.coverage
        (array([0.78, 0.26]), 0.5)

    출처: 문서 「구현 전에 알아둘 실무 포인트」 1.
    """

    _esm = source("formulas.js", "common.js", "design_lab.js")
    _from_page = ("scales", "ratios", "stride", "min_iou")
    scales = Value().tag(sync=True)
    ratios = Value().tag(sync=True)
    stride = Value().tag(sync=True)
    min_iou = Value().tag(sync=True)
    _boxes = t.Bytes().tag(sync=True)

    def __init__(
        self,
        boxes,
        image_size=(240, 320),
        scales=(32, 64),
        ratios=(0.5, 1.0, 2.0),
        stride=16,
        min_iou=0.5,
    ):
        self.boxes = validate_boxes(boxes).astype(np.float64)
        super().__init__(
            scales=scales,
            ratios=ratios,
            stride=stride,
            min_iou=min_iou,
            _boxes=to_bytes(self.boxes),
            _image_size=floats(as_image_size(image_size)),
        )

    @refusing("scales", "ratios")
    def _validate_list(self, proposal):
        name = proposal.trait.name
        try:
            values = numbers(proposal.value, name)
        except (TypeError, ValueError):
            values = []
        low, high = RANGES[name]
        if not values or not all(low <= value <= high for value in values):
            raise Refused(
                f"{name}: 0보다 큰 수의 목록이어야 하는데 {safe_repr(proposal.value)}입니다. "
                f"{low:g} 이상 {high:,.0f} 이하의 수를 적으세요."
            )
        self._refuse_flood(name, **{name: values})
        return values

    @refusing("stride")
    def _validate_stride(self, proposal):
        value, (low, high) = proposal.value, RANGES["stride"]
        if not is_number(value, low, high):
            raise Refused(
                f"stride: 0보다 큰 수 하나여야 하는데 {safe_repr(value)}입니다. "
                f"{low:g} 이상 {high:,.0f} 이하의 수를 적으세요."
            )
        self._refuse_flood("stride", stride=float(value))
        return float(value)

    def _refuse_flood(self, name, **new):
        """앵커가 너무 많아지는 설정을 거절합니다. 너무 촘촘하면 메모리를 모두 씁니다."""
        # 처음 만들 때에는 아직 정해지지 않은 것이 있고, 그것이 정해질 때 다시 봅니다.
        plan = {key: getattr(self, key) for key in ("scales", "ratios", "stride")} | new
        if None in plan.values() or not self._image_size:
            return
        cells = np.prod(np.ceil(np.divide(self._image_size, plan["stride"])))
        count = cells * np.size(plan["scales"]) * np.size(plan["ratios"])
        if count > MOST_ANCHORS:
            shapes = np.size(plan["scales"]) * np.size(plan["ratios"])
            raise Refused(
                f"{name}: 스트라이드 {plan['stride']:g}px로 앵커 {shapes:,}가지를 깔면 "
                f"{count:,.0f}개가 됩니다. {MOST_ANCHORS:,}개까지 깔 수 있으니 stride를 키우거나 "
                "목록을 줄이세요."
            )

    @refusing("min_iou")
    def _validate_min_iou(self, proposal):
        value = proposal.value
        if not is_number(value, 0, 1):
            raise Refused(f"min_iou: 0 이상 1 이하의 수여야 하는데 {safe_repr(value)}입니다.")
        return float(value)

    @property
    def anchor_grid(self):
        """지금 설정의 :class:`AnchorGrid`."""
        return AnchorGrid(self._image_size, self.stride, self.scales, self.ratios)

    @property
    def best_iou(self):
        """(G,) 정답마다 가장 잘 맞는 앵커와의 IoU. ``match_anchors``로 구합니다."""
        return match_anchors(self.anchor_grid, self.boxes).gt_best_iou

    @property
    def coverage(self):
        """최고 IoU가 ``min_iou`` 이상인 정답의 비율, 0–1."""
        return float((self.best_iou >= self.min_iou).mean()) if len(self.boxes) else 0.0

    def summary(self):
        """설정과 덮은 비율을 글로 돌려줍니다."""
        return (
            f"스케일 {', '.join(map(short_number, self.scales))}, "
            f"종횡비 {', '.join(map(short_number, self.ratios))}, "
            f"스트라이드 {short_number(self.stride)}px\n"
            f"앵커 {len(self.anchor_grid):,}개, 정답 {len(self.boxes):,}개\n"
            f"IoU {self.min_iou:.2f} 이상으로 덮인 정답: {self.coverage:.1%}"
        )

    def draw(self, figure):
        """정답과 앵커의 너비·높이, 최고 IoU의 히스토그램을 나란히 그립니다."""
        figure.set_size_inches(10, 4.2)
        left, right = figure.subplots(1, 2)
        best = self.best_iou
        covered = best >= self.min_iou
        size = self.boxes[:, 2:] - self.boxes[:, :2]
        for mask, color, marker, name in (
            (covered, COLORS["positive"], "o", "덮인 정답"),
            (~covered, COLORS["gt"], "x", "놓친 정답"),
        ):
            left.scatter(*size[mask].T, s=18, color=color, marker=marker, label=name)
        shapes = make_cell_anchors(self.scales, self.ratios)[:, 2:] * 2
        left.scatter(*shapes.T, s=70, marker="s", color=COLORS["anchor"], ec="white", label="앵커")
        left.set_xscale("log", base=2)
        left.set_yscale("log", base=2)
        left.xaxis.set_major_formatter("{x:g}")
        left.yaxis.set_major_formatter("{x:g}")
        left.set(xlabel="너비 (px, 로그 눈금)", ylabel="높이 (px, 로그 눈금)")
        left.set_title("정답과 앵커의 모양")
        left.legend(loc="upper left", frameon=True, framealpha=0.95, edgecolor="#C9CED6")
        for mask, kind in ((covered, "positive"), (~covered, "negative")):
            right.hist(best[mask], bins=np.arange(21) / 20, color=COLORS[kind], ec="white")
        right.yaxis.get_major_locator().set_params(integer=True)
        right.axvline(self.min_iou, color=INK, linestyle="--")
        right.set(xlabel="정답마다 최고 IoU", ylabel="정답 수 (개)", xlim=(0, 1))
        right.set_title(f"IoU {self.min_iou:.2f} 이상: {self.coverage:.1%}")
