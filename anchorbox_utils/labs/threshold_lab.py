"""임계값 실험대. 화면은 ``threshold_lab.js``입니다."""

import numpy as np
import traitlets as t

from anchorbox_utils.anchors import AnchorGrid, as_anchor_boxes
from anchorbox_utils.boxes import box_iou
from anchorbox_utils.datasets import make_scene
from anchorbox_utils.feedback import safe_repr
from anchorbox_utils.labs.base import (
    Lab,
    Refused,
    Value,
    data_url,
    floats,
    is_number,
    refusing,
    source,
    to_bytes,
)
from anchorbox_utils.matching import match_anchors, tally_labels, validate_thresholds
from anchorbox_utils.plotting import (
    COLORS,
    INK,
    add_legend,
    draw_boxes,
    draw_image,
    draw_label_map,
)

MODES = ("prediction", "free")
STATE = ("scene", "grid", "thresholds", "force_match")
# 예측으로 적을 수 있는 가장 큰 수와, 기록에 남는 예측의 수.
MOST = 9_999_999
MOST_RECORDS = 1000


class ThresholdLab(Lab):
    """두 임계값을 움직이며 앵커의 라벨이 바뀌는 것을 보는 실험대입니다.

    예측 모드에서는 라벨이 가려져 있고, 지금 설정에서 양성이 몇 개일지 예측을 적어야 보입니다.
    설정을 바꾸면 다시 묻고, 예측은 그때의 설정과 함께 ``predictions``에 남습니다. 자유 모드에서는
    묻지 않고 늘 보여 줍니다.

    Args:
        scenes: {이름: :class:`Scene`}. 모두 크기가 같아야 합니다. 없으면 합성 장면 세 장.
        grids: {이름: :class:`AnchorGrid` 또는 (N, 4) 앵커}. 없으면 촘촘함이 다른 격자 둘.
        pos_thr: 양성 임계값.
        neg_thr: 음성 임계값.
        force_match: 정답마다 최고 앵커를 양성으로 만들지 여부.
        prediction: 처음 설정에서의 양성 수의 예측. 주면 처음부터 라벨이 보입니다.
        mode: ``"prediction"``(예측 모드)이나 ``"free"``(자유 모드).

    Attributes:
        thresholds: (pos_thr, neg_thr). 둘을 한꺼번에 바꿉니다.
        scene: 고른 장면의 이름.
        grid: 고른 격자의 이름.
        force_match: 강제 매칭 여부.
        mode: 예측 모드인지 자유 모드인지.

    Raises:
        ValueError: 장면의 크기가 서로 다르거나, 임계값이나 모드가 올바르지 않을 때.

    Examples:
        >>> lab = ThresholdLab(pos_thr=0.6)
        >>> lab.thresholds = (0.5, 0.4)
        >>> sum(lab.counts.values()) == len(lab.anchors)
        True
        >>> lab.prediction = 100
        >>> lab.predictions[0]["prediction"], lab.predictions[0]["pos_thr"]
        (100, 0.5)

    출처: 문서 「빠른 실험: 임계값을 바꾸면 positive 개수가 어떻게 달라질까?」.
    """

    _esm = source("formulas.js", "common.js", "threshold_lab.js")
    _from_page = (*STATE, "mode", "_predictions")
    thresholds = Value((0.7, 0.3)).tag(sync=True)
    scene = Value().tag(sync=True)
    grid = Value().tag(sync=True)
    force_match = t.Bool(True).tag(sync=True)
    mode = Value("prediction").tag(sync=True)
    # 설정마다 예측 하나. 실제 수는 적어 두지 않고 읽을 때 구합니다.
    _predictions = Value([]).tag(sync=True)
    _scenes = t.List().tag(sync=True)
    _grids = t.List().tag(sync=True)
    _most = t.Int(MOST).tag(sync=True)

    def __init__(
        self,
        scenes=None,
        grids=None,
        pos_thr=0.7,
        neg_thr=0.3,
        force_match=True,
        prediction=None,
        mode="prediction",
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
            mode=mode,
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
        self.prediction = prediction

    @refusing("_predictions")
    def _validate_predictions(self, proposal):
        if not isinstance(proposal.value, (list, tuple)) or len(proposal.value) > MOST_RECORDS:
            raise Refused(f"_predictions: 예측의 기록은 목록으로 {MOST_RECORDS}개까지입니다.")
        return [
            {
                "scene": self._one_of("scene", entry["scene"]),
                "grid": self._one_of("grid", entry["grid"]),
                "thresholds": list(_thresholds(entry["thresholds"])),
                "force_match": _yes_or_no(entry["force_match"]),
                "prediction": _whole_number(entry["prediction"]),
            }
            for entry in proposal.value
        ]

    @refusing("thresholds")
    def _validate_thresholds(self, proposal):
        return _thresholds(proposal.value)

    @refusing("scene", "grid", "mode")
    def _validate_choice(self, proposal):
        return self._one_of(proposal.trait.name, proposal.value)

    def _one_of(self, name, value):
        choices = {"scene": self._scene_of, "grid": self._anchors_of, "mode": MODES}[name]
        if not any(type(value) is type(choice) and value == choice for choice in choices):
            raise Refused(
                f"{name}: {safe_repr(value)}는 없습니다. 가능한 값: {', '.join(map(str, choices))}"
            )
        return value

    @property
    def _state(self):
        return {name: getattr(self, name) for name in STATE} | {"thresholds": [*self.thresholds]}

    @property
    def prediction(self):
        """지금 설정에서 적은 양성 수의 예측. 아직이면 ``None``이며, ``None``을 주면 거둡니다."""
        state = self._state
        return next((e["prediction"] for e in self._predictions if e == e | state), None)

    @prediction.setter
    def prediction(self, value):
        state = self._state
        others = [entry for entry in self._predictions if entry != entry | state]
        added = [] if value is None else [state | {"prediction": _whole_number(value)}]
        self._predictions = others + added

    @property
    def predictions(self):
        """적은 차례대로의 예측 기록. 예측마다 그때의 설정과 실제 양성 수를 담은 dict입니다.

        ``scene``, ``grid``, ``pos_thr``, ``neg_thr``, ``force_match``, ``prediction``(내 예측),
        ``actual``(실제), ``difference``(예측 − 실제).
        """
        return [self._record(**entry) for entry in self._predictions]

    def _record(self, scene, grid, thresholds, force_match, prediction):
        pos_thr, neg_thr = thresholds
        boxes = self._scene_of[scene].boxes
        labels = match_anchors(
            self._anchors_of[grid], boxes, pos_thr, neg_thr, force_match=force_match
        ).labels
        actual = tally_labels(labels)["pos"]
        return {
            "scene": scene,
            "grid": grid,
            "pos_thr": pos_thr,
            "neg_thr": neg_thr,
            "force_match": force_match,
            "prediction": prediction,
            "actual": actual,
            "difference": prediction - actual,
        }

    @property
    def image(self):
        """(H, W, 3) 고른 장면의 그림."""
        return self._scene_of[self.scene].image

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
    def ties(self):
        """최고 IoU가 같은 앵커 여럿이 함께 강제로 양성이 된 정답들.

        ``(정답의 번호, IoU, 앵커의 수)``의 목록입니다.
        """
        result = self.result
        iou = box_iou(self.anchors, self.gt_boxes)
        found = []
        for number, best in enumerate(result.gt_best_iou):
            tied = iou[:, number] == best
            if best > 0 and tied.sum() > 1 and result.forced[tied].any():
                found.append((number, float(best), int(tied.sum())))
        return found

    @property
    def _hidden(self):
        return self.mode == "prediction" and self.prediction is None

    @property
    def _counts_text(self):
        counts = self.counts
        return (
            f"강제 매칭 {_on_or_off(self.force_match)}: 양성 {counts['pos']:,}개, "
            f"음성 {counts['neg']:,}개, 무시 {counts['ignore']:,}개"
        )

    def summary(self):
        """설정과 라벨의 수를 글로 돌려줍니다. 예측을 적기 전에는 수를 가립니다."""
        pos_thr, neg_thr = self.thresholds
        lines = [
            f"장면: {self.scene}, 정답 {len(self.gt_boxes)}개",
            f"격자: {self.grid}, 앵커 {len(self.anchors):,}개",
            f"pos_thr {pos_thr:.2f}, neg_thr {neg_thr:.2f}, "
            f"강제 매칭 {_on_or_off(self.force_match)}",
        ]
        if self._hidden:
            lines.append("라벨의 수: 예측을 적으면 보입니다")
        else:
            lines.append(self._counts_text)
            lines += [
                f"GT {number}: 최고 IoU({best:.2f})가 같은 앵커 {count:,}개가 모두 양성이 됩니다"
                for number, best, count in self.ties
            ]
        lines += [f"예측 기록 {i}: {_say(r)}" for i, r in enumerate(self.predictions, start=1)]
        return "\n".join(lines)

    def draw(self, figure):
        """장면 위에 앵커를 라벨의 색으로 찍습니다. 예측 전에는 앵커의 중심만 찍습니다."""
        figure.set_size_inches(8.5, 5)
        ax = figure.subplots()
        draw_image(ax, self.image)
        if self._hidden:
            centers = (self.anchors[:, :2] + self.anchors[:, 2:]) / 2
            ax.scatter(*centers.T, s=5, color=INK, linewidths=0)
        else:
            result = self.result
            draw_label_map(ax, self.anchors, result.labels)
            forced = self.anchors[result.forced]
            centers = (forced[:, :2] + forced[:, 2:]) / 2
            ax.scatter(*centers.T, s=90, color=COLORS["prediction"], edgecolors="white", zorder=6)
            add_legend(ax, ["positive", "ignore", "negative"])
            note = (
                f" (보라색은 강제 매칭으로 양성이 된 앵커 {len(forced):,}개)"
                if self.force_match
                else ""
            )
            figure.supxlabel(self._counts_text + note, fontsize=12)
        draw_boxes(ax, self.gt_boxes, labels=[f"GT {i}" for i in range(len(self.gt_boxes))])
        pos_thr, neg_thr = self.thresholds
        ax.set_title(f"임계값 실험대: pos_thr {pos_thr:.2f}, neg_thr {neg_thr:.2f}")


def _on_or_off(force_match):
    return "켬" if force_match else "끔"


def _say(record):
    difference = record["difference"]
    verdict = (
        f"{abs(difference):,}개 {'많음' if difference > 0 else '적음'}" if difference else "같음"
    )
    return (
        f"{record['scene']}, {record['grid']}, "
        f"pos_thr {record['pos_thr']:.2f}, neg_thr {record['neg_thr']:.2f}, "
        f"강제 매칭 {_on_or_off(record['force_match'])} → "
        f"내 예측 {record['prediction']:,}개, 실제 {record['actual']:,}개, {verdict}"
    )


def _thresholds(value):
    try:
        pos_thr, neg_thr = value
    except (TypeError, ValueError):
        raise Refused(
            f"thresholds: (pos_thr, neg_thr) 두 수가 필요한데 {safe_repr(value)}입니다."
        ) from None
    for name, number in (("pos_thr", pos_thr), ("neg_thr", neg_thr)):
        if not is_number(number, 0, 1):
            raise Refused(f"{name}: 0 이상 1 이하의 수여야 하는데 {safe_repr(number)}입니다.")
    return validate_thresholds(pos_thr, neg_thr)


def _yes_or_no(value):
    if not isinstance(value, (bool, np.bool_)):
        raise Refused(f"force_match: 참이나 거짓이어야 하는데 {safe_repr(value)}입니다.")
    return bool(value)


def _whole_number(value):
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not (whole and 0 <= value <= MOST):
        raise Refused(
            f"prediction: 0 이상의 정수나 None이어야 하고 {MOST:,}까지인데 "
            f"{safe_repr(value)}입니다."
        )
    return int(value)


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
