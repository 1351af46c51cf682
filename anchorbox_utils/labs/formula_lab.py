"""수식 실험대. 화면은 ``formula_lab.js``입니다."""

import numpy as np
import traitlets as t

from anchorbox_utils.boxes import box_convert, box_iou, validate_one_box
from anchorbox_utils.coding import decode_boxes, encode_boxes
from anchorbox_utils.feedback import safe_repr
from anchorbox_utils.labs.base import (
    FARTHEST,
    Lab,
    Refused,
    data_url,
    floats,
    numbers,
    refusing,
    short_number,
    source,
)
from anchorbox_utils.plotting import (
    connect_centers,
    draw_boxes,
    draw_encoding,
    draw_image,
    formula_lines,
)
from anchorbox_utils.validation import as_image, as_image_size


class _OneBox(t.TraitType):
    """(1, 4) xyxy 박스 하나, 읽기 전용 배열."""

    def validate(self, obj, value):
        box = validate_one_box(value, self.name).copy()
        if np.abs(box).max() > FARTHEST:
            raise Refused(
                f"{self.name}: 좌표의 크기는 {FARTHEST:,.0f}픽셀까지인데 {box[0].tolist()}입니다."
            )
        # 제자리에서 고치면 화면이 모르므로 막습니다.
        box.setflags(write=False)
        return box


_ONE_BOX = {"sync": True, "to_json": lambda box, widget: box.tolist()}


class FormulaLab(Lab):
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

    _esm = source("formulas.js", "common.js", "formula_lab.js")
    _from_page = ("anchor", "gt", "practice", "guess")
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
        boxes = np.concatenate([validate_one_box(anchor, "anchor"), validate_one_box(gt, "gt")])
        self._photo = None if image is None else _one_photo(image, image_size)
        if image is not None:
            image_size = self._photo.shape[:2]
        elif image_size is None:
            image_size = _roomy_size(boxes)
        super().__init__(
            anchor=boxes[0],
            gt=boxes[1],
            practice=practice,
            _image_size=floats(as_image_size(image_size)),
            _image="" if image is None else data_url(self._photo),
        )

    @refusing("guess")
    def _validate_guess(self, proposal):
        if proposal.value is None:
            return None
        try:
            guess = numbers(proposal.value, "guess")
        except (TypeError, ValueError):
            guess = []
        if len(guess) != 4 or not np.isfinite(guess).all():
            raise Refused(
                "guess: 오프셋 네 수 (t_x, t_y, t_w, t_h)나 None이어야 하는데 "
                f"{safe_repr(proposal.value)}입니다."
            )
        return tuple(guess)

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
            f"{name}: 중심 ({x}, {y}), 크기 {w} × {h}"
            for name, box in (("앵커", self.anchor), ("정답", self.gt))
            for x, y, w, h in [map(short_number, box_convert(box, "xyxy", "cxcywh")[0])]
        ]
        deltas = ", ".join(f"{value:z.3f}" for value in self.deltas[0])
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


def _one_photo(image, image_size):
    photo = as_image(image, color=True)
    if image_size is not None:
        raise ValueError("image_size: 화면의 크기는 image를 따르므로 둘 가운데 하나만 주세요.")
    # 받은 배열을 나중에 고치면 화면과 그림이 달라지므로 베껴 둡니다.
    return photo.copy()


def _roomy_size(boxes):
    """두 박스가 가운데쯤 오고 끌 자리가 남는 (높이, 너비)."""
    margin = np.maximum(boxes[:, :2].min(axis=0), 20)
    width, height = np.ceil((boxes[:, 2:].max(axis=0) + margin) / 20) * 20
    return max(height, 20), max(width, 20)
