"""정답 박스를 아는 그림: 합성 장면과, 꾸러미에 든 사진 한 장."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from anchorbox_utils.boxes import box_iou, validate_boxes
from anchorbox_utils.validation import (
    as_count,
    as_fraction,
    as_generator,
    as_image,
    as_image_size,
    as_range,
    as_texts,
    check_same_length,
    refuse,
)

# 자리를 찾느라 몇 초를 넘기지 않을 물체의 수, 그리는 데 1 GB를 넘기지 않을 이미지의 넓이.
_MOST_OBJECTS, _MOST_PIXELS, _LONGEST_SIDE = 500, 25_000_000, 1e6

# 물체 색(RGB). 배경과는 명도가 다르고, 그 위에 그릴 박스보다는 채도가 낮습니다.
_OBJECT_COLORS = np.array(
    [[0.38, 0.44, 0.54], [0.56, 0.44, 0.42], [0.40, 0.50, 0.47], [0.49, 0.43, 0.53]]
)

# 물체의 모양: 박스 안의 상대 좌표 (u, v) ∈ [0, 1]²가 물체에 속하는지. 모두 네 변에 닿습니다.
SHAPES = {
    "원": lambda u, v: (2 * u - 1) ** 2 + (2 * v - 1) ** 2 <= 1,
    "세모": lambda u, v: np.abs(2 * u - 1) <= v,
    "네모": lambda u, v: np.ones(np.broadcast_shapes(u.shape, v.shape), dtype=bool),
}


@dataclass(frozen=True, eq=False)
class Scene:
    """정답 박스를 아는 이미지 한 장.

    Attributes:
        image: (H, W, 3) 0~1 실수 RGB.
        boxes: (N, 4) xyxy 정답 박스, 픽셀.
        class_names: 박스마다의 클래스 이름 N개.
    """

    image: np.ndarray
    boxes: np.ndarray
    class_names: tuple[str, ...]

    def __post_init__(self):
        boxes = validate_boxes(self.boxes)
        names = as_texts(self.class_names, "class_names")
        check_same_length(boxes, names, "boxes", "class_names")
        vars(self).update(image=as_image(self.image, color=True), boxes=boxes, class_names=names)

    @classmethod
    def _painted_later(cls, paint, image_size, boxes, class_names):
        # 박스만 쓰는 곳이 많은데, 그리는 데에 장면을 만드는 시간의 절반 넘게 듭니다.
        scene = cls.__new__(cls)
        vars(scene).update(boxes=boxes, class_names=class_names, _paint=paint, _size=image_size)
        return scene

    def __getattr__(self, name):
        if name != "image" or "_paint" not in vars(self):
            raise AttributeError(f"{type(self).__name__}에는 {name}이(가) 없습니다.")
        vars(self)["image"] = vars(self).pop("_paint")()
        return self.image

    @property
    def image_size(self):
        """(높이, 너비), 픽셀."""
        return vars(self).get("_size") or self.image.shape[:2]


def load_photo():
    """커피잔을 찍은 진짜 사진 한 장과, 사람이 잔에 꼭 맞춘 정답 박스입니다.

    사진은 이 꾸러미에 들어 있어 내려받지 않습니다.

    Returns:
        :class:`Scene`. ``image``는 (320, 480, 3), ``boxes``는 (1, 4) 픽셀입니다. 박스는 잔의
        테두리와 손잡이를 감싸고, 받침과 숟가락은 넣지 않습니다.

    Examples:
        >>> photo = load_photo()
        >>> photo.image.shape, photo.boxes, photo.class_names
        ((320, 480, 3), array([[138.,  14., 326., 246.]]), ('커피잔',))

    출처: Rachel Michetti의 사진(CC0), scikit-image의 ``skimage.data.coffee``를 줄인
    ``photo.jpg``. 자세한 것은 옆의 ``photo_license.txt``에 있습니다.
    """
    from PIL import Image

    with Image.open(Path(__file__).with_name("photo.jpg")) as photo:
        image = np.asarray(photo) / 255
    return Scene(image, np.array([[138.0, 14.0, 326.0, 246.0]]), ("커피잔",))


def make_scene(
    rng,
    image_size=(240, 320),
    n_objects=4,
    size_range=(32, 96),
    ratio_range=(0.5, 2.0),
    max_iou=0.05,
):
    """원·세모·네모가 흩어진 합성 장면을 만듭니다. 박스는 물체에 꼭 맞습니다.

    Args:
        rng: ``numpy.random.Generator`` 또는 시드(정수).
        image_size: (높이, 너비), 픽셀.
        n_objects: 물체의 수.
        size_range: 물체 크기(박스 넓이의 제곱근)의 범위, 픽셀.
        ratio_range: 종횡비(높이/너비)의 범위. 로그 눈금에서 고르게 뽑습니다.
        max_iou: 두 물체 사이에 허용하는 가장 큰 IoU.

    Returns:
        :class:`Scene`.

    Raises:
        ValueError: 인수가 올바르지 않거나, 물체를 놓을 자리를 찾지 못할 때.

    Examples:
        >>> scene = make_scene(0, image_size=(120, 160), n_objects=3, size_range=(20, 40))
        >>> scene.image.shape, scene.boxes.shape
        ((120, 160, 3), (3, 4))

    출처: 이 강좌의 합성 데이터.
    """
    rng = as_generator(rng)
    height, width = _paintable_size(image_size)
    n_objects = as_count(n_objects, "n_objects", most=_MOST_OBJECTS)
    size_range = as_range(size_range, "size_range", above=0, most=_LONGEST_SIDE)
    ratio_range = as_range(ratio_range, "ratio_range", above=0, most=_LONGEST_SIDE)
    max_iou = as_fraction(max_iou, "max_iou")
    boxes = place_boxes(rng, (height, width), n_objects, size_range, ratio_range, max_iou)
    names = tuple(rng.choice(list(SHAPES), size=n_objects).tolist())
    # 난수는 정해진 차례로 모두 뽑아 두고, 그것으로 그리는 일만 그림을 볼 때까지 미룹니다.
    waves = [rng.uniform([-2, -2, 0], 2) for _ in range(3)]
    base = np.array([0.86, 0.85, 0.82]) + rng.uniform(-0.03, 0.03, 3)
    colors = [rng.choice(_OBJECT_COLORS) + rng.uniform(-0.06, 0.06, 3) for _ in names]
    noise = rng.normal(0, 0.02, (height, width, 3))
    paint = partial(_draw, base, waves, boxes.astype(int), names, colors, noise)
    return Scene._painted_later(paint, (height, width), boxes, names)


def _paintable_size(image_size):
    """그릴 수 있는 (높이, 너비): 픽셀로 나뉘는 정수이고 메모리에 들어갑니다."""
    height, width = as_image_size(image_size)
    if type(height) is not int or type(width) is not int or height * width > _MOST_PIXELS:
        wanted = f"(높이, 너비)는 곱해서 {_MOST_PIXELS:,} 이하인 두 정수"
        refuse("image_size", wanted, image_size)
    return height, width


def place_boxes(rng, image_size, n_objects, size_range, ratio_range, max_iou=0.05):
    """:func:`make_scene`의 박스만. 그림의 난수를 뽑지 않아 훨씬 빠릅니다. 인수를 검사하지 않습니다.

    Examples:
        >>> place_boxes(np.random.default_rng(0), (120, 160), 3, (20, 40), (0.5, 2)).shape
        (3, 4)
    """
    height, width = image_size
    boxes = np.empty((0, 4))
    for _ in range(200 * n_objects):
        if len(boxes) == n_objects:
            break
        size = rng.uniform(*size_range)
        root_ratio = np.exp(rng.uniform(*np.log(ratio_range)) / 2)
        w, h = np.maximum(np.round([size / root_ratio, size * root_ratio]), 2)
        if w > width or h > height:
            continue
        x, y = rng.integers(0, [width - w + 1, height - h + 1])
        box = np.array([[x, y, x + w, y + h]], dtype=np.float64)
        if (box_iou(box, boxes) <= max_iou).all():
            boxes = np.concatenate([boxes, box])
    if len(boxes) < n_objects:
        raise ValueError(
            f"n_objects: {height}×{width} 이미지에 물체 {n_objects}개를 놓을 자리가 없습니다. "
            "수나 size_range를 줄이거나 max_iou를 늘리세요."
        )
    return boxes


def _draw(base, waves, boxes, names, colors, noise):
    image = _background(noise.shape[:2], base, waves)
    for box, name, color in zip(boxes, names, colors, strict=True):
        _paint(image, box, SHAPES[name], color)
    image += noise
    return np.clip(image, 0, 1, out=image)


def _background(size, base, waves):
    """완만하게 밝기가 변하는 밝은 배경."""
    y, x = np.linspace(0, 1, size[0])[:, None], np.linspace(0, 1, size[1])
    waves = sum(np.cos(np.pi * (right * x + down * y + phase)) for right, down, phase in waves)
    return base + 0.025 * waves[..., None]


def _paint(image, box, shape, color, samples=4):
    """물체를 그려 넣습니다. 픽셀마다 ``samples``² 점을 찍어 가장자리를 부드럽게 합니다."""
    x1, y1, x2, y2 = box
    u, v = ((np.arange(samples * size) + 0.5) / (samples * size) for size in (x2 - x1, y2 - y1))
    inside = shape(u[None, :], v[:, None]).astype(np.uint8)
    # 점을 칸마다 세는 것보다, 칸의 같은 자리에 있는 점들을 한꺼번에 더하는 것이 열 배 빠릅니다.
    rows = sum(inside[i::samples] for i in range(samples))
    cover = sum(rows[:, i::samples, None] for i in range(samples)) / samples**2
    patch = image[y1:y2, x1:x2]
    patch += cover * (color - patch)
