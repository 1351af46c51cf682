"""손으로 만지는 실험대: 수식, 임계값, 앵커 설계.

화면은 브라우저의 JavaScript(``frontend/``)가 바로 계산해 그리고, 파이썬의 값이 기준입니다.
화면에서 바꾼 값은 다음 셀에서 ``lab.anchor``처럼 읽고, ``lab.anchor = ...``로 바꾸면 화면도
바뀝니다. 커널 없이 저장된 노트북만 볼 때는 같은 상태를 그린 그림(PNG)이 대신 보입니다.
"""

import base64
import io
from pathlib import Path

import anywidget
import matplotlib as mpl
import numpy as np
import traitlets as t
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imsave

from anchorbox_utils.anchors import AnchorGrid, as_anchor_boxes, make_cell_anchors
from anchorbox_utils.boxes import box_convert, box_iou, validate_boxes, validate_image_size
from anchorbox_utils.coding import decode_boxes, encode_boxes
from anchorbox_utils.datasets import make_scene
from anchorbox_utils.matching import match_anchors, validate_thresholds
from anchorbox_utils.plotting import (
    COLORS,
    INK,
    add_legend,
    connect_centers,
    draw_boxes,
    draw_encoding,
    draw_image,
    draw_label_map,
    formula_lines,
    setup_plotting,
    validate_image,
)

_FRONTEND = Path(__file__).parent / "frontend"
INVITATION = "이 셀을 고르고 Shift+Enter를 누르면 이 그림을 손으로 움직일 수 있습니다"


def _source(*names):
    # 위젯의 코드는 파일 하나로 전해지므로 서로 import하지 못합니다. 그래서 이어 붙입니다.
    return "\n".join((_FRONTEND / name).read_text(encoding="utf-8") for name in names)


def _pixels(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def _invitation(width):
    """그림 위에 붙일 띠의 픽셀. 이 그림은 커널이 없을 때만 보이므로 살리는 법을 적어 둡니다."""
    strip = Figure(figsize=(width, 0.36), dpi=100)
    badge = {"boxstyle": "round,pad=0.3", "fc": "#EEF4FA", "ec": "#B9CFE3"}
    strip.text(0.5, 0.45, INVITATION, ha="center", va="center", bbox=badge)
    return _pixels(strip)


def _png(pixels):
    buffer = io.BytesIO()
    imsave(buffer, pixels, format="png", metadata={"Software": None})
    return buffer.getvalue()


class _Lab(anywidget.AnyWidget):
    """실험대의 공통 부분: 색, 글 요약, 커널이 없을 때 보일 그림."""

    _css = _source("style.css")
    _palette = t.Dict(COLORS).tag(sync=True)
    _image_size = t.Tuple(t.Float(), t.Float()).tag(sync=True)

    def summary(self):
        """지금 상태를 글로 돌려줍니다. 그림을 볼 수 없을 때 대신 읽습니다."""
        raise NotImplementedError

    def draw(self, figure):
        """지금 상태를 Matplotlib Figure에 그립니다."""
        raise NotImplementedError

    def to_png(self):
        """지금 상태를 그린 PNG의 바이트. 상태가 같으면 바이트도 같습니다."""
        with mpl.rc_context():
            setup_plotting()
            figure = Figure(layout="constrained", dpi=100)
            self.draw(figure)
            picture = np.concatenate([_invitation(figure.get_figwidth()), _pixels(figure)])
        return _png(picture)

    def __repr__(self):
        return self.summary()

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        # 저장된 노트북이 바이트까지 같도록, 길면 줄이는 anywidget의 글 대신 요약을 씁니다.
        data["text/plain"] = self.summary()
        data["image/png"] = base64.b64encode(self.to_png()).decode("ascii")
        return data, metadata


def _one_box(value, name):
    rows = np.asarray(value)
    box = validate_boxes(rows[None] if rows.ndim == 1 else rows, name)
    if len(box) != 1:
        raise ValueError(f"{name}: 박스 하나가 필요한데 {len(box)}개입니다.")
    box = box.astype(np.float64)
    # 제자리에서 고치면 화면이 모르므로 막습니다.
    box.setflags(write=False)
    return box


class _OneBox(t.TraitType):
    """(1, 4) xyxy 박스 하나, 읽기 전용 배열."""

    def validate(self, obj, value):
        return _one_box(value, self.name)


_ONE_BOX = {"sync": True, "to_json": lambda box, widget: box.tolist()}


class FormulaLab(_Lab):
    """앵커와 정답 박스를 끌며 네 오프셋의 공식을 보는 실험대입니다.

    마우스·터치·키보드로 옮기고 크기를 바꿉니다. ``practice=True``면 "3분 연습"으로 시작해,
    오프셋을 손으로 계산해 적을 때까지 답을 가립니다.

    Args:
        anchor: (4,) 또는 (1, 4) xyxy 앵커, 픽셀.
        gt: (4,) 또는 (1, 4) xyxy 정답 박스, 픽셀.
        practice: 참이면 "3분 연습"으로 시작합니다.
        image_size: (높이, 너비) 화면의 크기, 픽셀. 없으면 두 박스에 맞춥니다.
        image: (H, W, 3) 박스 밑에 놓을 사진, uint8(0–255)이나 실수(0–1). 화면의 크기는 사진을
            따르므로 ``image_size``와 함께 쓰지 않습니다.

    Attributes:
        anchor: (1, 4) xyxy 앵커. 화면에서 끌면 바뀝니다.
        gt: (1, 4) xyxy 정답 박스.
        practice: 3분 연습 중인지.
        guess: 3분 연습에서 적은 오프셋 네 수의 튜플, 아직이면 ``None``.

    Raises:
        ValueError: 박스나 크기, 사진이 올바르지 않을 때.

    Examples:
        >>> lab = FormulaLab([30, 40, 70, 60], [33, 34, 83, 58])
        >>> lab.deltas.round(3)
        array([[ 0.2  , -0.2  ,  0.223,  0.182]])
        >>> lab.gt = [35, 44, 75, 64]
        >>> lab.deltas.round(3)
        array([[0.125, 0.2  , 0.   , 0.   ]])

        진짜 사진 위에서 봅니다.

        >>> from anchorbox_utils import load_photo
        >>> photo = load_photo()
        >>> lab = FormulaLab([80, 60, 240, 260], photo.boxes, image=photo.image)

    출처: 문서 「수식/기호」와 「3분 미니 연습」.
    """

    _esm = _source("formulas.js", "common.js", "formula_lab.js")
    anchor = _OneBox().tag(**_ONE_BOX)
    gt = _OneBox().tag(**_ONE_BOX)
    practice = t.Bool(False).tag(sync=True)
    guess = t.Any(None).tag(sync=True)
    _image = t.Unicode("").tag(sync=True)

    def __init__(
        self,
        anchor=(30, 40, 70, 60),
        gt=(33, 34, 83, 58),
        practice=False,
        image_size=None,
        image=None,
    ):
        boxes = np.concatenate([_one_box(anchor, "anchor"), _one_box(gt, "gt")])
        self._photo = None if image is None else _one_photo(image, image_size)
        if image is not None:
            image_size = self._photo.shape[:2]
        elif image_size is None:
            image_size = _roomy_size(boxes)
        super().__init__(
            anchor=boxes[0],
            gt=boxes[1],
            practice=practice,
            _image_size=_floats(validate_image_size(image_size)),
            _image="" if image is None else _data_url(self._photo),
        )

    @t.validate("guess")
    def _validate_guess(self, proposal):
        if proposal.value is None:
            return None
        try:
            guess = np.asarray(proposal.value, dtype=np.float64)
        except (TypeError, ValueError):
            guess = np.empty(0)
        if guess.shape != (4,) or not np.isfinite(guess).all():
            raise ValueError(
                "guess: 오프셋 네 수 (t_x, t_y, t_w, t_h)나 None이어야 하는데 "
                f"{proposal.value!r}입니다."
            )
        return tuple(guess.tolist())

    @property
    def deltas(self):
        """(1, 4) 오프셋 [t_x, t_y, t_w, t_h]. ``encode_boxes``로 구합니다."""
        return encode_boxes(self.anchor, self.gt)

    @property
    def iou(self):
        """두 박스의 IoU."""
        return float(box_iou(self.anchor, self.gt)[0, 0])

    @property
    def _hidden(self):
        return self.practice and self.guess is None

    def summary(self):
        """두 박스와 오프셋, IoU를 글로 돌려줍니다. 3분 연습 중에는 오프셋을 가립니다."""
        lines = [
            f"{name}: 중심 ({x:g}, {y:g}), 크기 {w:g} × {h:g}"
            for name, box in (("앵커", self.anchor), ("정답", self.gt))
            for x, y, w, h in box_convert(box, "xyxy", "cxcywh")
        ]
        deltas = ", ".join(f"{value:.3f}" for value in self.deltas[0] + 0.0)
        hidden = "오프셋: 추측을 적으면 보입니다"
        lines.append(hidden if self._hidden else f"오프셋: ({deltas})")
        return "\n".join([*lines, f"IoU: {self.iou:.3f}"])

    def draw(self, figure):
        """두 박스와 네 공식을 그립니다."""
        if self._photo is None:
            figure.set_size_inches(8, 5)
            ax = figure.subplots()
            draw_encoding(ax, self.anchor, self.gt, show_formula=not self._hidden)
        else:
            figure.set_size_inches(9.6, 4.4)
            figure.set_layout_engine("none")
            ax = figure.add_axes((0.07, 0.13, 0.55, 0.79), anchor="W")
            self._draw_on_photo(ax)
            self._write_formulas(figure)
        ax.set_title("수식 실험대")
        # 터무니없이 큰 추측은 그리면 두 박스가 점이 됩니다.
        if self.practice and self.guess is not None and max(map(abs, self.guess)) < 10:
            guessed = decode_boxes(self.anchor, [self.guess])
            draw_boxes(ax, guessed, kind="prediction", labels=["내 추측"])

    def _draw_on_photo(self, ax):
        draw_image(ax, self._photo)
        draw_boxes(ax, self.anchor, "anchor", labels=["앵커"], fill=0.08)
        draw_boxes(ax, self.gt, "gt", labels=["정답 박스(GT)"], fill=0.06)
        connect_centers(ax, self.anchor, self.gt)

    def _write_formulas(self, figure):
        hidden = [["오프셋: 추측을 적으면 보입니다"]]
        columns = hidden if self._hidden else formula_lines(self.anchor, self.gt)
        lines = [line for column in columns for line in [*column, ""]]
        text = "\n".join([*lines, f"IoU = {self.iou:.3f}"])
        figure.text(0.64, 0.52, text, va="center", linespacing=1.8)


class ThresholdLab(_Lab):
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

    _esm = _source("formulas.js", "common.js", "threshold_lab.js")
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
            _image_size=_floats(image_size),
            _scenes=[
                {"name": name, "image": _data_url(scene.image), "gt": _bytes(scene.boxes)}
                for name, scene in self._scene_of.items()
            ],
            _grids=[
                {"name": name, "boxes": _bytes(anchors)}
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
        labels = self.result.labels
        return {
            name: int((labels == label).sum())
            for name, label in (("pos", 1), ("neg", 0), ("ignore", -1))
        }

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
        pos, neg, ignore = self.counts.values()
        lines.append(f"양성 {pos:,}개, 음성 {neg:,}개, 무시 {ignore:,}개")
        return "\n".join([*lines, f"내 예측: 양성 {self.prediction:,}개"])

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
            counts = self.summary().splitlines()[-2]
            figure.supxlabel(
                f"{counts} (보라색은 강제 매칭으로 양성이 된 앵커 {len(forced)}개)", fontsize=12
            )
        draw_boxes(ax, self.gt_boxes, labels=[f"GT {i}" for i in range(len(self.gt_boxes))])
        pos_thr, neg_thr = self.thresholds
        ax.set_title(f"임계값 실험대: pos_thr {pos_thr:.2f}, neg_thr {neg_thr:.2f}")


class DesignLab(_Lab):
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

    _esm = _source("formulas.js", "common.js", "design_lab.js")
    scales = t.Any().tag(sync=True)
    ratios = t.Any().tag(sync=True)
    stride = t.Any().tag(sync=True)
    min_iou = t.Any().tag(sync=True)
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
            _boxes=_bytes(self.boxes),
            _image_size=_floats(validate_image_size(image_size)),
        )

    @t.validate("scales", "ratios")
    def _validate_list(self, proposal):
        # 잘못된 값은 make_cell_anchors가 그 이름으로 거절합니다.
        make_cell_anchors(
            **({"scales": [1], "ratios": [1]} | {proposal.trait.name: proposal.value})
        )
        return np.atleast_1d(np.asarray(proposal.value, dtype=np.float64)).tolist()

    @t.validate("stride")
    def _validate_stride(self, proposal):
        value = proposal.value
        number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not (number and 0 < value < np.inf):
            raise ValueError(f"stride: 0보다 큰 수 하나여야 하는데 {value!r}입니다.")
        return float(value)

    @t.validate("min_iou")
    def _validate_min_iou(self, proposal):
        if not (isinstance(proposal.value, (int, float, np.number)) and 0 <= proposal.value <= 1):
            raise ValueError(f"min_iou: 0 이상 1 이하의 수여야 하는데 {proposal.value!r}입니다.")
        return float(proposal.value)

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
            f"스케일 {', '.join(f'{v:g}' for v in self.scales)}, "
            f"종횡비 {', '.join(f'{v:g}' for v in self.ratios)}, 스트라이드 {self.stride:g}px\n"
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
        left.legend(loc="upper left")
        for mask, kind in ((covered, "positive"), (~covered, "negative")):
            right.hist(best[mask], bins=np.arange(21) / 20, color=COLORS[kind], ec="white")
        right.yaxis.get_major_locator().set_params(integer=True)
        right.axvline(self.min_iou, color=INK, linestyle="--")
        right.set(xlabel="정답마다 최고 IoU", ylabel="정답 수 (개)", xlim=(0, 1))
        right.set_title(f"IoU {self.min_iou:.2f} 이상: {self.coverage:.1%}")


def _floats(values):
    return tuple(float(value) for value in values)


def _one_photo(image, image_size):
    photo = validate_image(image)
    if photo.ndim != 3:
        raise ValueError(f"image: 모양이 (H, W, 3)이어야 하는데 {photo.shape}입니다.")
    if image_size is not None:
        raise ValueError("image_size: 화면의 크기는 image를 따르므로 둘 가운데 하나만 주세요.")
    # 받은 배열을 나중에 고치면 화면과 그림이 달라지므로 베껴 둡니다.
    return photo.copy()


def _roomy_size(boxes):
    """두 박스가 가운데쯤 오고 끌 자리가 남는 (높이, 너비)."""
    margin = np.maximum(boxes[:, :2].min(axis=0), 20)
    width, height = np.ceil((boxes[:, 2:].max(axis=0) + margin) / 20) * 20
    return max(height, 20), max(width, 20)


def _bytes(boxes):
    return np.ascontiguousarray(boxes, dtype="<f8").tobytes()


def _data_url(image):
    return "data:image/png;base64," + base64.b64encode(_png(image)).decode("ascii")


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
