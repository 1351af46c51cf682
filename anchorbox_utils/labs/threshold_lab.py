"""임계값 실험대. 화면은 ``threshold_lab.js``입니다."""

import numpy as np
import traitlets as t

from anchorbox_utils.anchors import AnchorGrid, as_anchor_boxes
from anchorbox_utils.datasets import make_scene
from anchorbox_utils.labs.base import Lab, data_url, floats, source, to_bytes
from anchorbox_utils.matching import match_anchors, tally_labels, validate_thresholds
from anchorbox_utils.plotting import (
    COLORS,
    INK,
    add_legend,
    draw_boxes,
    draw_image,
    draw_label_map,
)


class ThresholdLab(Lab):
    """두 임계값을 움직이며 앵커의 라벨이 바뀌는 것을 보는 실험대입니다.

    처음에는 라벨이 가려져 있고, 양성이 몇 개일지 예측을 적어야 보입니다.

    Args:
        scenes: {이름: :class:`Scene`}. 모두 크기가 같아야 합니다. 없으면 합성 장면 세 장.
        grids: {이름: :class:`AnchorGrid` 또는 (N, 4) 앵커}. 없으면 촘촘함이 다른 격자 둘.
        pos_thr: 양성 임계값.
        neg_thr: 음성 임계값.
        force_match: 정답마다 최고 앵커를 양성으로 만들지 여부.
        prediction: 양성 수의 예측. 주면 처음부터 라벨이 보입니다.

    Attributes:
        thresholds: (pos_thr, neg_thr). 둘을 한꺼번에 바꿉니다.
        scene: 고른 장면의 이름.
        grid: 고른 격자의 이름.
        force_match: 강제 매칭 여부.
        prediction: 학습자의 예측, 아직이면 ``None``.

    Raises:
        ValueError: 장면의 크기가 서로 다르거나, 임계값이 올바르지 않을 때.

    Examples:
        >>> lab = ThresholdLab(pos_thr=0.6)
        >>> lab.thresholds = (0.5, 0.4)
        >>> sum(lab.counts.values()) == len(lab.anchors)
        True

    출처: 문서 「빠른 실험: 임계값을 바꾸면 positive 개수가 어떻게 달라질까?」.
    """

    _esm = source("formulas.js", "common.js", "threshold_lab.js")
    thresholds = t.Any((0.7, 0.3)).tag(sync=True)
    scene = t.Any().tag(sync=True)
    grid = t.Any().tag(sync=True)
    force_match = t.Bool(True).tag(sync=True)
    prediction = t.Any(None).tag(sync=True)
    # 화면을 하나 더 열어도 예측했을 때의 결과가 보이도록 간직합니다.
    _first = t.Unicode("").tag(sync=True)
    _scenes = t.List().tag(sync=True)
    _grids = t.List().tag(sync=True)

    def __init__(
        self, scenes=None, grids=None, pos_thr=0.7, neg_thr=0.3, force_match=True, prediction=None
    ):
        self._scene_of = scenes or {
            f"합성 장면 {number}": make_scene(seed, n_objects=6, size_range=(24, 100))
            for number, seed in enumerate((11, 3, 7), start=1)
        }
        image_size = _common_size(self._scene_of)
        self._anchors_of = {
            name: as_anchor_boxes(grid).astype(np.float64)
            for name, grid in (grids or _default_grids(image_size)).items()
        }
        super().__init__(
            scene=next(iter(self._scene_of)),
            grid=next(iter(self._anchors_of)),
            thresholds=(pos_thr, neg_thr),
            force_match=force_match,
            prediction=prediction,
            _image_size=floats(image_size),
            _scenes=[
                {"name": name, "image": data_url(scene.image), "gt": to_bytes(scene.boxes)}
                for name, scene in self._scene_of.items()
            ],
            _grids=[
                {"name": name, "boxes": to_bytes(anchors)}
                for name, anchors in self._anchors_of.items()
            ],
        )

    @t.validate("prediction")
    def _validate_prediction(self, proposal):
        value = proposal.value
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if value is not None and not (whole and value >= 0):
            raise ValueError(f"prediction: 0 이상의 정수나 None이어야 하는데 {value!r}입니다.")
        return None if value is None else int(value)

    @t.observe("prediction")
    def _keep_first(self, change):
        if change.new is None:
            self._first = ""
            return
        pos_thr, neg_thr = self.thresholds
        actual = self.counts["pos"]
        self._first = f"내 예측 {change.new:,}개, 실제 {actual:,}개 ({pos_thr:.2f}, {neg_thr:.2f})"

    @t.validate("thresholds")
    def _validate_thresholds(self, proposal):
        try:
            pos_thr, neg_thr = proposal.value
        except (TypeError, ValueError):
            raise ValueError(
                f"thresholds: (pos_thr, neg_thr) 두 수가 필요한데 {proposal.value!r}입니다."
            ) from None
        return validate_thresholds(pos_thr, neg_thr)

    @t.validate("scene", "grid")
    def _validate_choice(self, proposal):
        name = proposal.trait.name
        choices = self._scene_of if name == "scene" else self._anchors_of
        if proposal.value not in choices:
            raise ValueError(
                f"{name}: {proposal.value!r}는 없습니다. 가능한 값: {', '.join(choices)}"
            )
        return proposal.value

    @property
    def anchors(self):
        """(N, 4) 고른 격자의 앵커, 픽셀."""
        return self._anchors_of[self.grid]

    @property
    def gt_boxes(self):
        """(G, 4) 고른 장면의 정답 박스, 픽셀."""
        return self._scene_of[self.scene].boxes

    @property
    def result(self):
        """지금 설정의 :class:`MatchResult`. ``match_anchors``로 구합니다."""
        return match_anchors(self.anchors, self.gt_boxes, *self.thresholds, self.force_match)

    @property
    def counts(self):
        """``{"pos": int, "neg": int, "ignore": int}``. 강제 매칭까지 더한 수입니다."""
        return tally_labels(self.result.labels)

    @property
    def _counts_text(self):
        counts = self.counts
        return f"양성 {counts['pos']:,}개, 음성 {counts['neg']:,}개, 무시 {counts['ignore']:,}개"

    def summary(self):
        """설정과 라벨의 수를 글로 돌려줍니다. 예측을 적기 전에는 수를 가립니다."""
        pos_thr, neg_thr = self.thresholds
        lines = [
            f"장면: {self.scene}, 정답 {len(self.gt_boxes)}개",
            f"격자: {self.grid}, 앵커 {len(self.anchors):,}개",
            f"pos_thr {pos_thr:.2f}, neg_thr {neg_thr:.2f}, "
            f"강제 매칭 {'켬' if self.force_match else '끔'}",
        ]
        if self.prediction is None:
            return "\n".join([*lines, "라벨의 수: 예측을 적으면 보입니다"])
        return "\n".join([*lines, self._counts_text, f"내 예측: 양성 {self.prediction:,}개"])

    def draw(self, figure):
        """장면 위에 앵커를 라벨의 색으로 찍습니다. 예측 전에는 앵커의 중심만 찍습니다."""
        figure.set_size_inches(8.5, 5)
        ax = figure.subplots()
        draw_image(ax, self._scene_of[self.scene].image)
        if self.prediction is None:
            centers = (self.anchors[:, :2] + self.anchors[:, 2:]) / 2
            ax.scatter(*centers.T, s=5, color=INK, linewidths=0)
        else:
            result = self.result
            draw_label_map(ax, self.anchors, result.labels)
            forced = self.anchors[result.forced]
            centers = (forced[:, :2] + forced[:, 2:]) / 2
            ax.scatter(*centers.T, s=90, color=COLORS["prediction"], edgecolors="white", zorder=6)
            add_legend(ax, ["positive", "ignore", "negative"])
            figure.supxlabel(
                f"{self._counts_text} (보라색은 강제 매칭으로 양성이 된 앵커 {len(forced)}개)",
                fontsize=12,
            )
        draw_boxes(ax, self.gt_boxes, labels=[f"GT {i}" for i in range(len(self.gt_boxes))])
        pos_thr, neg_thr = self.thresholds
        ax.set_title(f"임계값 실험대: pos_thr {pos_thr:.2f}, neg_thr {neg_thr:.2f}")


def _common_size(scenes):
    sizes = {name: tuple(scene.image_size) for name, scene in scenes.items()}
    if len(set(sizes.values())) > 1:
        raise ValueError(f"scenes: 장면의 크기가 모두 같아야 하는데 {sizes}입니다.")
    return next(iter(sizes.values()))


def _default_grids(image_size):
    return {
        "스트라이드 8, 앵커 9종": AnchorGrid(image_size, 8, [32, 64, 96]),
        "스트라이드 16, 앵커 3종": AnchorGrid(image_size, 16, [64]),
    }
