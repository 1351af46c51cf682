"""레슨 05의 연습 문제: 나쁜 박스 찾기와 고치기."""

import numpy as np

from anchorbox_utils import boxes as _boxes
from anchorbox_utils.homework.catalogue.common import (
    CORNERS,
    IN_PLACE_HINT,
    KEEP_INPUT,
    READ_AS_XYWH_HINT,
    random_boxes,
)
from anchorbox_utils.homework.exercise import Case, Exercise, Misconception, Property

# ── find_bad_boxes ──────────────────────────────────────────────────────────────────────────


def find_bad_boxes(boxes, image_size):
    """나쁜 박스를 찾습니다.

    Args:
        boxes: (N, 4) 배열 [x1, y1, x2, y2], 픽셀. N은 0일 수도 있습니다.
        image_size: (높이, 너비), 픽셀.

    Returns:
        (N,) 참/거짓 배열. 나쁜 박스가 True입니다.
    """
    height, width = image_size
    x1, y1, x2, y2 = boxes.T
    # NaN과의 비교는 늘 거짓이므로, '좋은 조건'을 쓰고 뒤집어야 NaN이 걸러집니다.
    good_x = (0 <= x1) & (x1 < x2) & (x2 <= width)
    good_y = (0 <= y1) & (y1 < y2) & (y2 <= height)
    return ~(good_x & good_y)


def _find_cases(rng):
    size = (60, 100)
    inside = np.array([[10.0, 5.0, 40.0, 30.0], [55.0, 20.0, 90.0, 58.0]])
    corner = rng.uniform(0, 50, (6, 2)).round(1)
    mixed = np.concatenate([corner, corner + rng.uniform(-15, 45, (6, 2)).round(1)], axis=1)
    return [
        Case(
            "좋은 박스와 뒤집힌 박스",
            (
                np.array(
                    [[10.0, 5.0, 40.0, 30.0], [42.0, 8.0, 10.0, 20.0], [5.0, 30.0, 25.0, 12.0]]
                ),
                size,
            ),
        ),
        Case("모두 좋은 박스", (inside, size)),
        Case(
            "너비나 높이가 0인 박스",
            (np.array([[8.0, 8.0, 8.0, 20.0], [9.0, 9.0, 30.0, 9.0], [1.0, 2.0, 3.0, 4.0]]), size),
            edge=True,
        ),
        Case(
            "NaN이 든 박스",
            (
                np.array(
                    [[np.nan, 5.0, 40.0, 30.0], [3.0, 4.0, 20.0, np.nan], [6.0, 7.0, 8.0, 9.0]]
                ),
                size,
            ),
            edge=True,
        ),
        Case(
            "무한대가 든 박스",
            (np.array([[-np.inf, 5.0, 40.0, 30.0], [3.0, 4.0, np.inf, 20.0]]), size),
            edge=True,
        ),
        Case(
            "왼쪽이나 위로 벗어난 박스",
            (np.array([[-1.0, 5.0, 40.0, 30.0], [3.0, -0.5, 20.0, 20.0]]), size),
        ),
        Case(
            "오른쪽이나 아래로 벗어난 박스",
            (np.array([[70.0, 5.0, 100.5, 30.0], [3.0, 40.0, 20.0, 61.0]]), size),
        ),
        Case(
            "완전히 밖에 있는 박스",
            (np.array([[120.0, 5.0, 140.0, 30.0], [3.0, 80.0, 20.0, 90.0]]), size),
        ),
        Case(
            "테두리에 꼭 맞닿은 박스",
            (np.array([[0.0, 0.0, 100.0, 60.0], [80.0, 0.0, 100.0, 60.0]]), size),
            edge=True,
        ),
        Case("가로로 긴 이미지의 오른쪽 끝", (np.array([[70.0, 10.0, 95.0, 50.0]]), size)),
        Case(
            "세로로 긴 이미지",
            (np.array([[10.0, 90.0, 60.0, 150.0], [70.0, 5.0, 85.0, 30.0]]), (160, 80)),
        ),
        Case("무작위 박스", (mixed, size)),
        Case(
            "float32 배열",
            (np.array([[1.0, 2.0, 30.0, 40.0], [30.0, 2.0, 1.0, 40.0]], dtype="f4"), size),
        ),
        Case("박스가 없는 입력", (np.zeros((0, 4)), size), edge=True),
    ]


def _bad_parts(boxes, image_size):
    height, width = image_size
    x1, y1, x2, y2 = boxes.T
    return {
        "not_finite": ~np.isfinite(boxes).all(axis=1),
        "flipped": (x2 < x1) | (y2 < y1),
        "zero": (x2 == x1) | (y2 == y1),
        "negative": (x1 < 0) | (y1 < 0),
        "beyond": (x2 > width) | (y2 > height),
    }


def _without(*names):
    def wrong(boxes, image_size):
        parts = _bad_parts(boxes, image_size)
        kept = [part for name, part in parts.items() if name not in names]
        return np.any(kept, axis=0)

    return wrong


def _find_border(boxes, image_size):
    height, width = image_size
    x1, y1, x2, y2 = boxes.T
    return ~((0 < x1) & (x1 < x2) & (x2 < width) & (0 < y1) & (y1 < y2) & (y2 < height))


def _find_fully_outside(boxes, image_size):
    height, width = image_size
    parts = _bad_parts(boxes, image_size)
    x1, y1, x2, y2 = boxes.T
    outside = (x2 <= 0) | (y2 <= 0) | (x1 >= width) | (y1 >= height)
    return parts["not_finite"] | parts["flipped"] | parts["zero"] | outside


def _find_and(boxes, image_size):
    parts = _bad_parts(boxes, image_size)
    x1, y1, x2, y2 = boxes.T
    both = (x2 <= x1) & (y2 <= y1)
    return parts["not_finite"] | both | parts["negative"] | parts["beyond"]


def _find_x_only(boxes, image_size):
    x1, _, x2, _ = boxes.T
    return ~(np.isfinite(boxes).all(axis=1) & (0 <= x1) & (x1 < x2) & (x2 <= image_size[1]))


def _find_as_xywh(boxes, image_size):
    return find_bad_boxes(
        np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1), image_size
    )


def _fits_a_wide_image(fn):
    edge = np.array([[0.0, 0.0, 30.0, 20.0], [0.0, 0.0, 20.0, 30.0], [5.0, np.nan, 6.0, 7.0]])
    return np.array_equal(fn(edge, (20, 30)), [False, True, True])


FIND_BAD_BOXES = Exercise(
    name="find_bad_boxes",
    reference=find_bad_boxes,
    cases=_find_cases,
    returns="(N,) 참/거짓 배열 (나쁜 박스가 True)",
    rules=(
        "NaN이나 무한대가 하나라도 든 박스는 나쁜 박스입니다.",
        "테두리에 꼭 맞닿은 박스는 괜찮습니다.",
        "`image_size`는 NumPy의 `image.shape`처럼 (높이, 너비) 순서입니다.",
        "결과는 참/거짓(bool) 배열이고, 박스가 하나도 없으면 모양이 `(0,)`입니다.",
        KEEP_INPUT,
    ),
    misconceptions=(
        Misconception(
            "only_flipped",
            "뒤집힌 박스만 찾음",
            _without("not_finite", "zero", "negative", "beyond"),
            "뒤집힌 박스만 찾았습니다. 나쁜 박스는 더 있습니다. 약속의 문장마다 조건을 하나씩 적어 "
            "보세요.",
            (_without("not_finite", "negative", "beyond"), _without("negative", "beyond")),
        ),
        Misconception(
            "nan_and_zero_slip_through",
            "NaN과 크기 0을 함께 놓침",
            _without("not_finite", "zero"),
            "NaN이 든 박스와 너비나 높이가 0인 박스를 놓쳤습니다. '좋은 박스의 조건'을 적고 "
            "뒤집으면 "
            "둘 다 걸립니다.",
        ),
        Misconception(
            "image_size_ignored",
            "받은 이미지 크기를 쓰지 않음",
            lambda boxes, image_size: find_bad_boxes(boxes, (60, 100)),
            "이미지의 크기를 수로 적어 두셨나요? 함수가 받은 `image_size`를 쓰세요.",
        ),
        Misconception(
            "nan_slips_through",
            "NaN이 든 박스를 놓침",
            _without("not_finite"),
            "NaN이 든 박스를 놓쳤습니다. NaN과 견주면 `<`도 `>`도 모두 거짓입니다. "
            "NaN만 따로 묻는 함수가 있습니다.",
        ),
        Misconception(
            "zero_size_allowed",
            "크기가 0인 박스를 놓침",
            _without("zero"),
            "너비나 높이가 0인 박스를 놓쳤습니다. 그런 박스로 `log(w / w_a)`를 계산하면 어떻게 "
            "될까요?",
        ),
        Misconception(
            "flipped_missed",
            "뒤집힌 박스를 놓침",
            _without("flipped"),
            "뒤집힌 박스(x2가 x1보다 왼쪽)를 놓쳤습니다. 너비의 부호를 살펴보세요.",
        ),
        Misconception(
            "negative_coordinates_missed",
            "왼쪽과 위로 나간 박스를 놓침",
            _without("negative"),
            "왼쪽이나 위로 벗어난 박스를 놓쳤습니다. 이미지 안의 좌표는 몇부터 시작하나요?",
        ),
        Misconception(
            "far_edge_missed",
            "오른쪽과 아래로 나간 박스를 놓침",
            _without("beyond"),
            "오른쪽이나 아래로 벗어난 박스를 놓쳤습니다. `image_size`를 어디에 쓰면 좋을까요?",
        ),
        Misconception(
            "image_size_exchanged",
            "이미지의 높이와 너비를 바꿈",
            lambda boxes, image_size: find_bad_boxes(boxes, image_size[::-1]),
            "이미지의 높이와 너비가 바뀌었습니다. `image_size`는 NumPy의 `image.shape`처럼 "
            "높이가 먼저입니다.",
        ),
        Misconception(
            "border_is_outside",
            "테두리에 닿은 것도 나쁘다고 봄",
            _find_border,
            "테두리에 꼭 맞닿은 박스까지 나쁘다고 했습니다. 이미지를 꽉 채운 박스는 괜찮습니다.",
        ),
        Misconception(
            "only_fully_outside",
            "완전히 밖인 박스만 찾음",
            _find_fully_outside,
            "완전히 밖에 있는 박스만 찾았습니다. 일부라도 밖으로 나가면 나쁜 박스로 세기로 "
            "했습니다.",
        ),
        Misconception(
            "both_sides_required",
            "두 방향 다 나빠야 나쁘다고 봄",
            _find_and,
            "가로와 세로가 '둘 다' 잘못되어야 나쁘다고 하고 있습니다. 하나만 잘못되어도 나쁜 "
            "박스입니다.",
        ),
        Misconception(
            "only_x_checked",
            "가로 방향만 살핌",
            _find_x_only,
            "가로 방향만 살폈습니다. 세로 방향에도 같은 문제가 생길 수 있습니다.",
        ),
        Misconception(
            "good_instead_of_bad",
            "좋은 박스를 True로 함",
            lambda boxes, image_size: ~find_bad_boxes(boxes, image_size),
            "참과 거짓이 정반대입니다. 함수 이름처럼 '나쁜' 박스가 True여야 합니다.",
        ),
        Misconception(
            "returns_indices",
            "참/거짓 대신 번호를 돌려줌",
            lambda boxes, image_size: np.flatnonzero(find_bad_boxes(boxes, image_size)),
            "나쁜 박스의 번호를 돌려주셨습니다. 박스마다 참/거짓이 하나씩 필요합니다.",
        ),
        Misconception(
            "returns_boxes",
            "참/거짓 대신 박스를 돌려줌",
            lambda boxes, image_size: boxes[find_bad_boxes(boxes, image_size)],
            "나쁜 박스 자체를 돌려주셨습니다. 박스마다 참/거짓이 하나씩 필요합니다.",
        ),
        Misconception(
            "read_as_xywh", "모서리를 너비와 높이로 읽음", _find_as_xywh, READ_AS_XYWH_HINT
        ),
    ),
    properties=(
        Property(
            "가로로 긴 이미지",
            _fits_a_wide_image,
            "가로로 긴 이미지를 꽉 채운 박스만 좋은 박스여야 합니다.",
        ),
    ),
)


# ── fix_boxes ───────────────────────────────────────────────────────────────────────────────


def fix_boxes(boxes, fmt):
    """박스를 올바른 xyxy로 바꿉니다.

    Args:
        boxes: (N, 4) 배열, fmt 형식, 픽셀. N은 0일 수도 있습니다.
        fmt: "xyxy", "xywh", "cxcywh" 가운데 하나.

    Returns:
        (M, 4) 실수 배열 [x1, y1, x2, y2], 픽셀. M은 N 이하입니다. 입력은 바꾸지 않습니다.
    """
    first, second = boxes[:, :2], boxes[:, 2:]
    if fmt == "xywh":
        second = first + second
    elif fmt == "cxcywh":
        first, second = first - second / 2, first + second / 2
    low, high = np.minimum(first, second), np.maximum(first, second)
    fixed = np.concatenate([low, high], axis=1)
    keep = np.isfinite(fixed).all(axis=1) & (low < high).all(axis=1)
    return fixed[keep]


def _to_xyxy(boxes, fmt):
    first, second = boxes[:, :2], boxes[:, 2:]
    return {
        "xyxy": lambda: boxes.copy(),
        "xywh": lambda: np.concatenate([first, first + second], axis=1),
        "cxcywh": lambda: np.concatenate([first - second / 2, first + second / 2], axis=1),
    }[fmt]()


def _unflip(boxes):
    low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
    return np.concatenate([low, high], axis=1)


def _drop_hopeless(boxes):
    return boxes[np.isfinite(boxes).all(axis=1) & (boxes[:, 2:] > boxes[:, :2]).all(axis=1)]


def _fix_cases(rng):
    good = random_boxes(rng, 4)
    flipped = np.array([[40.0, 8.0, 10.0, 20.0], [5.0, 30.0, 25.0, 12.0], [60.0, 70.0, 50.0, 40.0]])
    return [
        Case("좋은 xyxy 박스", (good, "xyxy")),
        Case("xywh 박스", (_boxes.box_convert(good, "xyxy", "xywh"), "xywh")),
        Case("cxcywh 박스", (_boxes.box_convert(good, "xyxy", "cxcywh"), "cxcywh")),
        Case("뒤집힌 xyxy 박스", (flipped, "xyxy")),
        Case(
            "너비가 음수인 xywh 박스",
            (np.array([[40.0, 8.0, -30.0, 12.0], [5.0, 30.0, 20.0, -18.0]]), "xywh"),
        ),
        Case("높이가 음수인 cxcywh 박스", (np.array([[40.0, 30.0, 20.0, -12.0]]), "cxcywh")),
        Case(
            "NaN이 든 박스",
            (np.array([[np.nan, 5.0, 40.0, 30.0], [3.0, 4.0, 20.0, 9.0]]), "xyxy"),
            edge=True,
        ),
        Case(
            "무한대가 든 박스",
            (np.array([[3.0, 4.0, 20.0, 9.0], [1.0, 2.0, np.inf, 9.0]]), "xywh"),
            edge=True,
        ),
        Case(
            "너비나 높이가 0인 박스",
            (
                np.array([[8.0, 8.0, 8.0, 20.0], [1.0, 2.0, 3.0, 4.0], [9.0, 9.0, 30.0, 9.0]]),
                "xyxy",
            ),
            edge=True,
        ),
        Case("음수 좌표의 박스", (random_boxes(rng, 3, -300, -50), "xyxy")),
        Case("float32 배열", (random_boxes(rng, 2).astype("f4"), "cxcywh")),
        Case(
            "고칠 수 없는 박스뿐일 때",
            (np.array([[np.nan, 1.0, 2.0, 3.0], [4.0, 4.0, 4.0, 9.0]]), "xyxy"),
            edge=True,
        ),
        Case("박스가 없는 입력", (np.zeros((0, 4)), "xywh"), edge=True),
    ]


def _fix_as(actual):
    """형식 이름을 다른 형식으로 잘못 읽는 구현."""

    def wrong(boxes, fmt):
        return fix_boxes(boxes, actual.get(fmt, fmt))

    return wrong


def _fix_with_box_convert(*formats):
    """``formats``를 검사가 든 ``box_convert``로 바꾸려는 구현."""

    def wrong(boxes, fmt):
        if fmt in formats:
            boxes = _boxes.box_convert(boxes, fmt, "xyxy")
        return fix_boxes(boxes, "xyxy")

    return wrong


def _fix_full_size(boxes, fmt):
    if fmt == "cxcywh":
        boxes = np.concatenate([boxes[:, :2], boxes[:, 2:] * 2], axis=1)
    return fix_boxes(boxes, fmt)


def _fixer(unflip=_unflip, drop=_drop_hopeless):
    """변환한 다음의 두 단계를 갈아 끼운 구현을 만듭니다."""

    def wrong(boxes, fmt):
        return drop(unflip(_to_xyxy(boxes, fmt)))

    return wrong


def _finite(boxes):
    return np.isfinite(boxes).all(axis=1)


def _sized(boxes):
    return (boxes[:, 2:] != boxes[:, :2]).all(axis=1)


def _pressed(boxes):
    high = np.maximum(boxes[:, 2:], boxes[:, :2] + 1e-6)
    return np.concatenate([boxes[:, :2], high], axis=1)


def _swapped_points(boxes):
    flipped = (boxes[:, 2:] < boxes[:, :2]).any(axis=1)
    return np.where(flipped[:, None], boxes[:, [2, 3, 0, 1]], boxes)


def _absolute(boxes):
    return np.concatenate(
        [boxes[:, :2], boxes[:, :2] + np.abs(boxes[:, 2:] - boxes[:, :2])], axis=1
    )


def _fix_in_place(boxes, fmt):
    boxes[:] = _unflip(_to_xyxy(boxes, fmt))
    return _drop_hopeless(boxes)


def _overwritten(boxes, fmt):
    """바꾼 중심을 다시 중심인 양 쓴 것."""
    if fmt == "cxcywh":
        low = boxes[:, :2] - boxes[:, 2:] / 2
        boxes = np.concatenate([low, low + boxes[:, 2:] / 2], axis=1)
        fmt = "xyxy"
    return fix_boxes(boxes, fmt)


def _clipped_at_zero(boxes, fmt):
    fixed = np.maximum(_unflip(_to_xyxy(boxes, fmt)), 0)
    return _drop_hopeless(fixed)


def _turns_wide_boxes(fn):
    flipped = np.array([[30.0, 40.0, -10.0, 5.0], [1.0, 1.0, 0.0, 9.0]])
    fixed = np.asarray(fn(flipped, "xywh"))
    return fixed.shape == (1, 4) and np.allclose(fixed, [[20.0, 40.0, 30.0, 45.0]])


FIX_BOXES = Exercise(
    name="fix_boxes",
    reference=fix_boxes,
    cases=_fix_cases,
    returns="(M, 4) 배열 [x1, y1, x2, y2] (M은 N 이하)",
    rules=(
        "뒤집힌 축은 두 끝을 맞바꿉니다. 가로와 세로는 따로 봅니다.",
        "NaN이나 무한대가 든 행과 너비나 높이가 0인 행은 뺍니다.",
        "남은 행의 순서는 그대로 두고, 남은 행이 없으면 `(0, 4)` 배열을 돌려줍니다.",
        KEEP_INPUT,
    ),
    allows=("box_convert",),
    columns=CORNERS,
    misconceptions=(
        Misconception(
            "box_convert_refuses",
            "거절하는 box_convert를 씀",
            _fix_with_box_convert("xyxy", "xywh", "cxcywh"),
            "`box_convert`는 뒤집힌 박스와 NaN을 거절합니다. 여기서는 그런 박스를 고쳐야 하니 "
            "바꾸는 식을 직접 쓰세요.",
            (_fix_with_box_convert("xywh", "cxcywh"),),
        ),
        Misconception(
            "format_ignored",
            "형식을 모두 xyxy로 여김",
            _fix_as({"xywh": "xyxy", "cxcywh": "xyxy"}),
            "형식이 무엇이든 xyxy로 여기고 있습니다. `fmt`에 따라 먼저 할 일이 다릅니다.",
        ),
        Misconception(
            "cxcywh_as_xywh",
            "cxcywh를 xywh로 읽음",
            _fix_as({"cxcywh": "xywh"}),
            "cxcywh의 앞 두 수를 왼쪽 위 모서리로 썼습니다. c가 무엇의 첫 글자였지요?",
        ),
        Misconception(
            "xywh_as_cxcywh",
            "xywh를 cxcywh로 읽음",
            _fix_as({"xywh": "cxcywh"}),
            "xywh의 앞 두 수를 중심으로 썼습니다. COCO의 박스는 어느 점에서 시작하나요?",
        ),
        Misconception(
            "full_size_from_center",
            "중심에서 변 전체만큼 뻗음",
            _fix_full_size,
            "cxcywh 박스가 두 배로 커졌습니다. 중심에서 모서리까지는 너비의 얼마일까요?",
        ),
        Misconception(
            "returns_input_format",
            "원래 형식으로 되돌려 놓음",
            lambda boxes, fmt: _boxes.box_convert(fix_boxes(boxes, fmt), "xyxy", fmt),
            "잘 고친 다음 원래 형식으로 되돌려 놓았습니다. 결과는 언제나 xyxy여야 합니다.",
        ),
        Misconception(
            "flipped_dropped",
            "뒤집힌 박스를 버림",
            _fixer(unflip=lambda boxes: boxes),
            "뒤집힌 박스를 버렸습니다. 두 모서리의 이름이 바뀌었을 뿐이라 살릴 수 있습니다.",
        ),
        Misconception(
            "flipped_clipped",
            "뒤집힌 박스를 얇게 누름",
            _fixer(_pressed, lambda boxes: boxes[_finite(boxes)]),
            "뒤집힌 박스를 아주 얇은 박스로 눌러 버렸습니다. 오류는 사라지지만 물체의 크기도 "
            "사라집니다. "
            "원래 어떤 박스였을지 생각해 보세요.",
        ),
        Misconception(
            "absolute_size",
            "너비의 부호만 바꿈",
            _fixer(_absolute),
            "너비를 양수로 만들었지만 박스가 다른 곳으로 옮겨 갔습니다. "
            "뒤집힌 박스에서 진짜 왼쪽 끝은 어느 값일까요?",
        ),
        Misconception(
            "points_swapped_then_dropped",
            "모서리를 통째로 맞바꾸고 버림",
            _fixer(_swapped_points),
            "두 모서리를 통째로 맞바꾸면, 가로만 뒤집힌 박스는 이번엔 세로가 뒤집혀 버려집니다. "
            "가로와 세로를 따로 다루어 보세요.",
        ),
        Misconception(
            "points_swapped",
            "모서리를 통째로 맞바꿈",
            _fixer(_swapped_points, lambda boxes: boxes[_finite(boxes) & _sized(boxes)]),
            "두 모서리를 통째로 맞바꾸면, 가로만 뒤집힌 박스는 이번엔 세로가 뒤집힙니다. "
            "가로와 세로를 따로 다루어 보세요.",
        ),
        Misconception(
            "all_four_sorted",
            "네 수를 한꺼번에 줄 세움",
            _fixer(lambda boxes: np.sort(boxes, axis=1)),
            "네 수를 한꺼번에 크기순으로 늘어놓아 x와 y가 섞였습니다. x는 x끼리, y는 y끼리입니다.",
        ),
        Misconception(
            "nothing_dropped",
            "고칠 수 없는 행을 남김",
            _fixer(drop=lambda boxes: boxes),
            "뒤집힌 박스는 잘 고쳤지만 아무 행도 빼지 않았습니다. 고칠 수 없는 박스가 어떤 것인지 "
            "약속을 다시 보세요.",
        ),
        Misconception(
            "nan_kept",
            "NaN이나 무한대인 행을 남김",
            _fixer(drop=lambda boxes: boxes[_sized(boxes)]),
            "NaN이나 무한대가 든 행이 남아 있습니다. 원래 값을 알 길이 없는 행은 어떻게 하기로 "
            "했나요?",
        ),
        Misconception(
            "infinity_kept",
            "무한대인 행을 남김",
            _fixer(drop=lambda boxes: boxes[~np.isnan(boxes).any(axis=1) & _sized(boxes)]),
            "무한대가 든 행이 남아 있습니다. NaN만이 아니라 '유한한 수인지'를 묻는 함수가 "
            "있습니다.",
        ),
        Misconception(
            "overwritten_in_sequence",
            "덮어쓴 중심을 다시 씀",
            _overwritten,
            "cxcywh의 중심을 모서리로 바꾸어 써넣은 다음, 그것을 중심인 양 다시 쓰셨습니다. 원래 "
            "값을 따로 꺼내 두세요.",
        ),
        Misconception(
            "clipped_at_zero",
            "음수 좌표를 0으로 자름",
            _clipped_at_zero,
            "음수 좌표를 0으로 잘랐습니다. 이미지 밖으로 나간 것은 이 문제에서 고칠 것이 아닙니다.",
        ),
        Misconception(
            "zero_size_kept",
            "크기가 0인 행을 남김",
            _fixer(drop=lambda boxes: boxes[_finite(boxes)]),
            "너비나 높이가 0인 행이 남아 있습니다. 배울 것이 없는 박스는 어떻게 하기로 했나요?",
        ),
        Misconception("in_place", "받은 배열에 바로 써넣음", _fix_in_place, IN_PLACE_HINT),
    ),
    properties=(
        Property(
            "오른쪽 끝에서 시작한 박스",
            _turns_wide_boxes,
            "너비가 음수인 박스는 두 끝을 맞바꾸고, 너비가 0인 박스는 빼야 합니다.",
        ),
    ),
)

EXERCISES = (FIND_BAD_BOXES, FIX_BOXES)
