"""레슨 01–02의 연습 문제: 형식 변환, 인코딩, 디코딩, 나만의 숫자."""

import numpy as np

from anchorbox_utils import boxes as _boxes
from anchorbox_utils import coding as _coding
from anchorbox_utils.homework.exercise import Case, Exercise, Misconception
from anchorbox_utils.homework.personal import personal_numbers

OFFSETS = ("t_x", "t_y", "t_w", "t_h")

ROW_BY_ROW_HINT = (
    "행이 하나도 없으면 `np.array([...])`는 모양이 (0,)인 배열이 되어 열의 수를 잊습니다. "
    "반복문 대신 `boxes[:, 0]`처럼 열 전체를 한 번에 계산하면 0행도 저절로 됩니다."
)
STACK_HINT = (
    "행이 하나도 없으면 쌓을 것이 없어 `np.stack`이 멈춥니다. "
    "물체가 없는 이미지는 실제 데이터에 흔합니다. 열 단위로 계산하는 방법을 생각해 보세요."
)
IN_PLACE_HINT = (
    "넘겨받은 배열에 바로 써넣으면 함수를 부른 쪽의 데이터까지 바뀝니다. "
    "계산 결과를 담을 새 배열을 만들어 보세요."
)


def random_boxes(rng, count, low=0.0, high=400.0):
    """너비와 높이가 10 이상인 xyxy 박스."""
    corner = rng.uniform(low, high, (count, 2)).round(1)
    return np.concatenate([corner, corner + rng.uniform(10, 200, (count, 2)).round(1)], axis=1)


def row_by_row(function):
    """행마다 리스트로 모아 ``np.array``로 감싸는 구현."""

    def wrong(*arrays):
        return np.array(
            [function(*(a[i : i + 1] for a in arrays))[0] for i in range(len(arrays[0]))]
        )

    return wrong


def stack_rows(function):
    """행마다 구해 ``np.stack``으로 쌓는 구현."""

    def wrong(*arrays):
        return np.stack(
            [function(*(a[i : i + 1] for a in arrays))[0] for i in range(len(arrays[0]))]
        )

    return wrong


def split(boxes):
    """xyxy 박스의 (중심 x, 중심 y, 너비, 높이) 열들."""
    w, h = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return boxes[:, 0] + 0.5 * w, boxes[:, 1] + 0.5 * h, w, h


def columns(*values):
    return np.stack(values, axis=1)


# ── xyxy_to_cxcywh ──────────────────────────────────────────────────────────────────────────


def xyxy_to_cxcywh(boxes):
    return _boxes.box_convert(boxes, "xyxy", "cxcywh")


def _convert_cases(rng):
    return [
        Case("문서의 앵커 하나", (np.array([[30.0, 40.0, 70.0, 60.0]]),)),
        Case("여러 박스", (random_boxes(rng, 5),)),
        Case("원점에 붙은 박스", (np.array([[0.0, 0.0, 14.0, 6.0], [0.0, 3.0, 8.0, 4.0]]),)),
        Case("음수 좌표", (random_boxes(rng, 3, -300, -50),)),
        Case(
            "너비나 높이가 0인 박스",
            (np.array([[5.0, 5.0, 5.0, 9.0], [2.0, 7.0, 6.0, 7.0]]),),
            edge=True,
        ),
        Case("아주 큰 좌표", (random_boxes(rng, 3, 1e5, 2e5),)),
        Case("정수 배열", (np.array([[1, 2, 4, 9], [10, 20, 25, 33], [7, 7, 8, 8]]),), edge=True),
        Case("float32 배열", (random_boxes(rng, 3).astype(np.float32),)),
        Case("박스가 없는 입력", (np.zeros((0, 4)),), edge=True),
    ]


def _convert_truncating(boxes):
    cx, cy, w, h = split(boxes)
    out = np.zeros_like(boxes)
    out[:, 0], out[:, 1], out[:, 2], out[:, 3] = cx, cy, w, h
    return out


def _convert_in_place(boxes):
    boxes[:, 2] = boxes[:, 2] - boxes[:, 0]
    boxes[:, 3] = boxes[:, 3] - boxes[:, 1]
    boxes[:, 0] = boxes[:, 0] + boxes[:, 2] / 2
    boxes[:, 1] = boxes[:, 1] + boxes[:, 3] / 2
    return boxes


def _convert_plus_one(boxes):
    cx, cy, w, h = split(boxes)
    return columns(cx, cy, w + 1, h + 1)


def _convert_plus_one_everywhere(boxes):
    w, h = boxes[:, 2] - boxes[:, 0] + 1, boxes[:, 3] - boxes[:, 1] + 1
    return columns(boxes[:, 0] + w / 2, boxes[:, 1] + h / 2, w, h)


def _convert_swapped_xy(boxes):
    cx, cy, w, h = split(boxes)
    return columns(cy, cx, h, w)


def _convert_swapped_size(boxes):
    cx, cy, w, h = split(boxes)
    return columns(cx, cy, h, w)


def _convert_half_size(boxes):
    cx, cy, w, h = split(boxes)
    return columns(cx, cy, w / 2, h / 2)


def _convert_size_only(boxes):
    _, _, w, h = split(boxes)
    return columns(w / 2, h / 2, w, h)


def _convert_unhalved(boxes):
    _, _, w, h = split(boxes)
    return columns(boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3], w, h)


def _convert_corner(boxes):
    _, _, w, h = split(boxes)
    return columns(boxes[:, 0], boxes[:, 1], w, h)


def _convert_keeps_corner(boxes):
    cx, cy, _, _ = split(boxes)
    return columns(cx, cy, boxes[:, 2], boxes[:, 3])


def _convert_stacked(boxes):
    return np.array(split(boxes))


PLUS_ONE_HINT = (
    "너비에 1을 더하셨나요? 오래된 코드의 '픽셀 개수' 방식입니다. "
    "이 강좌의 좌표는 픽셀 사이의 위치라서, 너비는 두 좌표의 거리 그대로입니다."
)
STACKED_HINT = (
    "가로와 세로가 뒤바뀐 배열입니다. 한 행이 박스 하나가 되어야 합니다. "
    "`np.stack`의 `axis`가 무엇을 정하는지 보세요."
)

XYXY_TO_CXCYWH = Exercise(
    name="xyxy_to_cxcywh",
    points=2,
    reference=xyxy_to_cxcywh,
    cases=_convert_cases,
    returns="(N, 4) 배열 [cx, cy, w, h]",
    columns=("cx", "cy", "w", "h"),
    misconceptions=(
        Misconception(
            "corner_as_center",
            _convert_corner,
            "앞의 두 수가 왼쪽 위 모서리 그대로입니다. "
            "cxcywh의 c가 무엇의 첫 글자인지, 그 점은 모서리에서 얼마나 떨어져 있는지 그려 보세요.",
        ),
        Misconception(
            "corner_as_size",
            _convert_keeps_corner,
            "뒤의 두 수가 오른쪽 아래 모서리 그대로입니다. "
            "너비는 위치가 아니라 두 위치 사이의 거리입니다.",
        ),
        Misconception(
            "half_size",
            _convert_half_size,
            "너비와 높이가 절반입니다. w와 h는 박스의 한쪽 끝에서 다른 쪽 끝까지입니다. "
            "이미 중심으로 덮어쓴 값을 모서리인 줄 알고 빼지는 않았나요?",
        ),
        Misconception(
            "center_without_corner",
            _convert_size_only,
            "너비의 절반은 '모서리에서' 중심까지의 거리입니다. "
            "박스가 원점에서 시작하지 않으면 무엇을 더해야 할까요?",
        ),
        Misconception(
            "sum_not_halved",
            _convert_unhalved,
            "중심은 두 모서리의 한가운데입니다. 두 수를 더하기만 하면 한가운데가 될까요?",
        ),
        Misconception(
            "swapped_xy",
            _convert_swapped_xy,
            "x와 y가 서로 바뀌었습니다. 박스의 열 순서 [x1, y1, x2, y2]에서 "
            "가로 좌표가 몇 번째 열들인지 확인해 보세요.",
        ),
        Misconception(
            "swapped_size",
            _convert_swapped_size,
            "중심은 맞고 너비와 높이의 자리가 바뀌었습니다. 이름 cxcywh의 글자 순서를 따라가 "
            "보세요.",
        ),
        Misconception("plus_one_size", _convert_plus_one, PLUS_ONE_HINT),
        Misconception(
            "plus_one_everywhere",
            _convert_plus_one_everywhere,
            PLUS_ONE_HINT + " 중심도 그만큼 밀렸습니다.",
        ),
        Misconception(
            "integer_truncation",
            _convert_truncating,
            "정수 배열에 소수를 써넣으면 소수점 아래가 소리 없이 사라집니다. "
            "결과를 담는 배열의 자료형을 확인해 보세요.",
        ),
        Misconception("in_place", _convert_in_place, IN_PLACE_HINT),
        Misconception("stacked_as_columns", _convert_stacked, STACKED_HINT),
        Misconception("empty_loses_columns", row_by_row(xyxy_to_cxcywh), ROW_BY_ROW_HINT),
        Misconception("empty_cannot_stack", stack_rows(xyxy_to_cxcywh), STACK_HINT),
    ),
)


# ── encode_boxes ────────────────────────────────────────────────────────────────────────────


def encode_boxes(anchors, gt_boxes):
    return _coding.encode_boxes(anchors, gt_boxes)


def _encode_cases(rng):
    anchors = random_boxes(rng, 5)
    return [
        Case(
            "문서의 예제",
            (np.array([[30.0, 40.0, 70.0, 60.0]]), np.array([[33.0, 34.0, 83.0, 58.0]])),
        ),
        Case("여러 쌍", (anchors, random_boxes(rng, 5))),
        Case("앵커와 정답이 같은 쌍", (anchors[:2], anchors[:2].copy())),
        Case(
            "정답이 앵커 안에 든 쌍",
            (np.array([[0.0, 0.0, 80.0, 60.0]]), np.array([[20.0, 10.0, 40.0, 20.0]])),
        ),
        Case("음수 좌표", (random_boxes(rng, 3, -300, -50), random_boxes(rng, 3, -300, -50))),
        Case(
            "아주 큰 좌표", (random_boxes(rng, 3, 1e5, 1.01e5), random_boxes(rng, 3, 1e5, 1.01e5))
        ),
        Case(
            "float32 배열", (random_boxes(rng, 3).astype("f4"), random_boxes(rng, 3).astype("f4"))
        ),
        Case(
            "너비가 0인 정답",
            (np.array([[10.0, 10.0, 50.0, 30.0]]), np.array([[24.0, 12.0, 24.0, 32.0]])),
            edge=True,
        ),
        Case("짝이 없는 입력", (np.zeros((0, 4)), np.zeros((0, 4))), edge=True),
    ]


def _floored(boxes):
    x, y, w, h = split(boxes)
    return x, y, np.maximum(w, 1e-6), np.maximum(h, 1e-6)


def _encoder(formula):
    """(x, y, w, h, xa, ya, wa, ha)를 받는 공식으로 인코더를 만듭니다."""

    def wrong(anchors, gt_boxes):
        return columns(*formula(*_floored(gt_boxes), *_floored(anchors)))

    return wrong


def _encode_plus_one(anchors, gt_boxes):
    grow = np.array([0, 0, 1, 1], dtype=anchors.dtype)
    return encode_boxes(anchors + grow, gt_boxes + grow)


def _encode_corner(anchors, gt_boxes):
    _, _, w, h = _floored(gt_boxes)
    _, _, wa, ha = _floored(anchors)
    dx, dy = gt_boxes[:, 0] - anchors[:, 0], gt_boxes[:, 1] - anchors[:, 1]
    return columns(dx / wa, dy / ha, np.log(w / wa), np.log(h / ha))


def _encode_without_conversion(anchors, gt_boxes):
    x, y, w, h = gt_boxes.T
    xa, ya, wa, ha = anchors.T
    return columns((x - xa) / wa, (y - ya) / ha, np.log(w / wa), np.log(h / ha))


def _encode_no_floor(anchors, gt_boxes):
    x, y, w, h = split(gt_boxes)
    xa, ya, wa, ha = split(anchors)
    return columns((x - xa) / wa, (y - ya) / ha, np.log(w / wa), np.log(h / ha))


def _encode_in_place(anchors, gt_boxes):
    for boxes in (anchors, gt_boxes):
        boxes[:, 2:] -= boxes[:, :2]
        boxes[:, :2] += boxes[:, 2:] / 2
        boxes[:, 2:] = np.maximum(boxes[:, 2:], 1e-6)
    offset = (gt_boxes[:, :2] - anchors[:, :2]) / anchors[:, 2:]
    return np.concatenate([offset, np.log(gt_boxes[:, 2:] / anchors[:, 2:])], axis=1)


_log, _log10, _log2 = np.log, np.log10, np.log2
ENCODE_MISTAKES = {
    "divided_by_gt": (
        lambda x, y, w, h, xa, ya, wa, ha: ((x - xa) / w, (y - ya) / h, _log(w / wa), _log(h / ha)),
        "중심의 이동량을 정답 박스의 크기로 나누고 있습니다. 모델은 정답의 크기를 미리 알 수 "
        "없습니다. "
        "이동량을 재는 '자'는 누구의 크기여야 할까요?",
    ),
    "no_log": (
        lambda x, y, w, h, xa, ya, wa, ha: ((x - xa) / wa, (y - ya) / ha, w / wa, h / ha),
        "t_w와 t_h가 크기의 비 그대로입니다. 두 박스의 크기가 같을 때 0이 나와야 합니다. "
        "수식에서 비를 감싼 함수를 다시 보세요.",
    ),
    "log10": (
        lambda x, y, w, h, xa, ya, wa, ha: (
            (x - xa) / wa,
            (y - ya) / ha,
            _log10(w / wa),
            _log10(h / ha),
        ),
        "로그의 밑이 다릅니다. 디코딩에서 e의 거듭제곱으로 되돌리므로 그 짝이 되는 로그가 "
        "필요합니다.",
    ),
    "log2": (
        lambda x, y, w, h, xa, ya, wa, ha: (
            (x - xa) / wa,
            (y - ya) / ha,
            _log2(w / wa),
            _log2(h / ha),
        ),
        "밑이 2인 로그를 쓰셨습니다. 디코딩의 `exp`와 서로 되돌리는 로그는 밑이 무엇일까요?",
    ),
    "inverse_ratio": (
        lambda x, y, w, h, xa, ya, wa, ha: (
            (x - xa) / wa,
            (y - ya) / ha,
            _log(wa / w),
            _log(ha / h),
        ),
        "t_w와 t_h의 부호가 반대입니다. 정답이 앵커보다 크면 '키워야 하므로' 양수여야 합니다. "
        "비에서 무엇이 분자인지 보세요.",
    ),
    "opposite_direction": (
        lambda x, y, w, h, xa, ya, wa, ha: (
            (xa - x) / wa,
            (ya - y) / ha,
            _log(w / wa),
            _log(h / ha),
        ),
        "t_x와 t_y의 방향이 반대입니다. 정답이 앵커의 오른쪽에 있으면 t_x는 양수입니다. "
        "어디에서 출발해 어디로 가는지 생각해 보세요.",
    ),
    "swapped_anchor_gt": (
        lambda x, y, w, h, xa, ya, wa, ha: ((xa - x) / w, (ya - y) / h, _log(wa / w), _log(ha / h)),
        "앵커와 정답의 역할이 통째로 바뀌었습니다. 출발점은 앵커, 도착점은 정답입니다.",
    ),
    "swapped_xy": (
        lambda x, y, w, h, xa, ya, wa, ha: (
            (y - ya) / ha,
            (x - xa) / wa,
            _log(h / ha),
            _log(w / wa),
        ),
        "가로(x, w)와 세로(y, h)의 자리가 바뀌었습니다. 결과의 순서는 [t_x, t_y, t_w, t_h]입니다.",
    ),
    "column_order": (
        lambda x, y, w, h, xa, ya, wa, ha: (
            (x - xa) / wa,
            _log(w / wa),
            (y - ya) / ha,
            _log(h / ha),
        ),
        "네 수는 모두 맞게 구했지만 놓인 순서가 다릅니다. 이동량 둘이 먼저, 크기 변화 둘이 "
        "나중입니다.",
    ),
    "not_divided": (
        lambda x, y, w, h, xa, ya, wa, ha: (x - xa, y - ya, _log(w / wa), _log(h / ha)),
        "이동량이 픽셀 그대로입니다. 같은 10픽셀도 작은 앵커에는 큰 이동입니다. "
        "앵커를 기준으로 한 상대적인 양으로 바꾸어 보세요.",
    ),
    "wrong_side": (
        lambda x, y, w, h, xa, ya, wa, ha: (
            (x - xa) / wa,
            (y - ya) / wa,
            _log(w / wa),
            _log(h / wa),
        ),
        "세로 방향까지 앵커의 너비로 나누고 있습니다. 세로 이동과 높이는 무엇과 견주어야 할까요?",
    ),
    "difference_not_ratio": (
        lambda x, y, w, h, xa, ya, wa, ha: ((x - xa) / wa, (y - ya) / ha, w - wa, h - ha),
        "크기의 차(뺄셈)를 구하셨습니다. 크기 변화는 '몇 배인가'로 재야 박스의 크기에 휘둘리지 "
        "않습니다.",
    ),
    "relative_difference": (
        lambda x, y, w, h, xa, ya, wa, ha: (
            (x - xa) / wa,
            (y - ya) / ha,
            (w - wa) / wa,
            (h - ha) / ha,
        ),
        "크기도 이동량처럼 '차 나누기 앵커'로 구하셨습니다. "
        "크기에는 다른 식을 씁니다. 두 배와 절반이 같은 거리가 되게 하는 함수를 떠올려 보세요.",
    ),
}

ENCODE_BOXES = Exercise(
    name="encode_boxes",
    points=4,
    reference=encode_boxes,
    cases=_encode_cases,
    returns="(N, 4) 배열 [t_x, t_y, t_w, t_h]",
    columns=OFFSETS,
    misconceptions=(
        *(Misconception(name, _encoder(f), hint) for name, (f, hint) in ENCODE_MISTAKES.items()),
        Misconception(
            "corner_as_center",
            _encode_corner,
            "왼쪽 위 모서리끼리의 거리를 재고 있습니다. 수식의 (x, y)는 박스의 어느 점일까요?",
        ),
        Misconception(
            "no_conversion",
            _encode_without_conversion,
            "입력은 [x1, y1, x2, y2]인데 [중심 x, 중심 y, 너비, 높이]인 것처럼 계산하셨습니다. "
            "수식에 넣기 전에 한 단계가 필요합니다.",
        ),
        Misconception("plus_one_size", _encode_plus_one, PLUS_ONE_HINT),
        Misconception(
            "rounded",
            lambda anchors, gt_boxes: np.round(encode_boxes(anchors, gt_boxes), 3),
            "식은 맞습니다! 다만 결과를 반올림하면 디코딩했을 때 제자리로 돌아오지 못합니다. "
            "반올림은 화면에 보여 줄 때만 하세요.",
        ),
        Misconception(
            "no_floor",
            _encode_no_floor,
            "거의 다 왔습니다. 너비나 높이가 0인 박스에서 로그가 무한대가 됩니다. "
            "문서의 구현은 크기가 1e-6보다 작아지지 않게 막습니다.",
        ),
        Misconception("in_place", _encode_in_place, IN_PLACE_HINT),
        Misconception(
            "stacked_as_columns",
            lambda anchors, gt_boxes: encode_boxes(anchors, gt_boxes).T,
            STACKED_HINT,
        ),
        Misconception("empty_loses_columns", row_by_row(encode_boxes), ROW_BY_ROW_HINT),
        Misconception("empty_cannot_stack", stack_rows(encode_boxes), STACK_HINT),
    ),
)


# ── decode_boxes ────────────────────────────────────────────────────────────────────────────


def decode_boxes(anchors, deltas):
    return _coding.decode_boxes(anchors, deltas)


def _random_deltas(rng, count):
    return rng.uniform(-0.8, 0.8, (count, 4)).round(3)


def _decode_cases(rng):
    anchors = random_boxes(rng, 5)
    return [
        Case(
            "문서의 예제를 되돌리기",
            (np.array([[30.0, 40.0, 70.0, 60.0]]), np.array([[0.2, -0.2, 0.223144, 0.182322]])),
        ),
        Case("여러 쌍", (anchors, _random_deltas(rng, 5))),
        Case("오프셋이 모두 0", (anchors[:2], np.zeros((2, 4)))),
        Case("이동만", (anchors[:2], np.array([[0.5, -1.0, 0.0, 0.0], [-2.0, 0.25, 0.0, 0.0]]))),
        Case("음수 좌표", (random_boxes(rng, 3, -300, -50), _random_deltas(rng, 3))),
        Case("아주 큰 좌표", (random_boxes(rng, 3, 1e5, 2e5), _random_deltas(rng, 3))),
        Case(
            "float32 배열",
            (random_boxes(rng, 3).astype("f4"), _random_deltas(rng, 3).astype("f4")),
        ),
        Case("짝이 없는 입력", (np.zeros((0, 4)), np.zeros((0, 4))), edge=True),
    ]


def _corners(x, y, w, h):
    return x - w / 2, y - h / 2, x + w / 2, y + h / 2


def _decoder(formula):
    """(xa, ya, wa, ha, tx, ty, tw, th)를 받는 공식으로 디코더를 만듭니다."""

    def wrong(anchors, deltas):
        return columns(*formula(*split(anchors), *deltas.T))

    return wrong


def _decode_plus_one(anchors, deltas):
    grown = decode_boxes(anchors + np.array([0, 0, 1, 1], dtype=anchors.dtype), deltas)
    return grown - np.array([0, 0, 1, 1], dtype=anchors.dtype)


def _decode_in_place(anchors, deltas):
    deltas[:, :2] = (
        deltas[:, :2] * (anchors[:, 2:] - anchors[:, :2]) + (anchors[:, :2] + anchors[:, 2:]) / 2
    )
    deltas[:, 2:] = np.exp(deltas[:, 2:]) * (anchors[:, 2:] - anchors[:, :2])
    return columns(*_corners(*deltas.T))


_exp = np.exp
DECODE_MISTAKES = {
    "no_exp": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: _corners(
            tx * wa + xa, ty * ha + ya, tw * wa, th * ha
        ),
        "t_w가 0이면 크기가 그대로여야 하는데, 지금은 크기가 0이 됩니다. "
        "인코딩에서 로그를 썼으니 되돌릴 때는 무엇을 써야 할까요?",
    ),
    "power_of_ten": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: _corners(
            tx * wa + xa, ty * ha + ya, 10**tw * wa, 10**th * ha
        ),
        "10의 거듭제곱으로 되돌리고 있습니다. 인코딩의 로그는 밑이 무엇이었나요?",
    ),
    "one_plus": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: _corners(
            tx * wa + xa, ty * ha + ya, (1 + tw) * wa, (1 + th) * ha
        ),
        "(1 + t)배는 t가 아주 작을 때만 비슷합니다. 로그를 정확히 되돌리는 함수를 써 보세요.",
    ),
    "size_added": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: _corners(
            tx * wa + xa, ty * ha + ya, wa + _exp(tw), ha + _exp(th)
        ),
        "크기 변화를 앵커 크기에 더하고 있습니다. 크기 변화는 '몇 배'입니다.",
    ),
    "inverse_scale": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: _corners(
            tx * wa + xa, ty * ha + ya, _exp(-tw) * wa, _exp(-th) * ha
        ),
        "t_w가 양수인데 박스가 작아집니다. 지수의 부호나 나눗셈의 방향을 보세요.",
    ),
    "shift_in_pixels": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: _corners(
            tx + xa, ty + ya, _exp(tw) * wa, _exp(th) * ha
        ),
        "t_x를 픽셀처럼 그대로 더하고 있습니다. 인코딩에서 무엇으로 나누었는지 떠올려 보세요.",
    ),
    "shift_by_new_size": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: _corners(
            tx * _exp(tw) * wa + xa, ty * _exp(th) * ha + ya, _exp(tw) * wa, _exp(th) * ha
        ),
        "이동량에 새로 구한 박스의 크기를 곱하고 있습니다. 이동량을 잰 자는 앵커의 크기였습니다.",
    ),
    "opposite_direction": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: _corners(
            xa - tx * wa, ya - ty * ha, _exp(tw) * wa, _exp(th) * ha
        ),
        "박스가 반대 방향으로 움직입니다. t_x가 양수이면 오른쪽으로 가야 합니다.",
    ),
    "swapped_xy": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: _corners(
            ty * wa + xa, tx * ha + ya, _exp(th) * wa, _exp(tw) * ha
        ),
        "가로와 세로의 오프셋이 서로 바뀌었습니다. deltas의 열 순서를 확인해 보세요.",
    ),
    "column_order": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: _corners(
            tx * wa + xa, tw * ha + ya, _exp(ty) * wa, _exp(th) * ha
        ),
        "deltas의 열을 [t_x, t_w, t_y, t_h]로 읽고 있습니다. 몇 번째 열이 무엇인지 다시 세어 "
        "보세요.",
    ),
    "returns_cxcywh": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: (
            tx * wa + xa,
            ty * ha + ya,
            _exp(tw) * wa,
            _exp(th) * ha,
        ),
        "중심과 크기까지는 맞게 구했습니다. 돌려줄 형식은 [x1, y1, x2, y2]이니 한 단계가 "
        "남았습니다.",
    ),
    "center_as_corner": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: (
            tx * wa + xa,
            ty * ha + ya,
            tx * wa + xa + _exp(tw) * wa,
            ty * ha + ya + _exp(th) * ha,
        ),
        "새 중심을 왼쪽 위 모서리로 쓰고 있습니다. 중심에서 모서리까지는 얼마나 떨어져 있을까요?",
    ),
    "full_size_from_center": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: (
            tx * wa + xa - _exp(tw) * wa,
            ty * ha + ya - _exp(th) * ha,
            tx * wa + xa + _exp(tw) * wa,
            ty * ha + ya + _exp(th) * ha,
        ),
        "박스가 두 배로 커졌습니다. 중심에서 한쪽 모서리까지의 거리를 다시 생각해 보세요.",
    ),
    "anchor_corner_as_center": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: _corners(
            tx * wa + xa - wa / 2, ty * ha + ya - ha / 2, _exp(tw) * wa, _exp(th) * ha
        ),
        "앵커의 왼쪽 위 모서리를 중심으로 여기고 움직였습니다. 이동의 출발점은 앵커의 어디일까요?",
    ),
    "moved_corner": (
        lambda xa, ya, wa, ha, tx, ty, tw, th: (
            xa - wa / 2 + tx * wa,
            ya - ha / 2 + ty * ha,
            xa - wa / 2 + tx * wa + _exp(tw) * wa,
            ya - ha / 2 + ty * ha + _exp(th) * ha,
        ),
        "왼쪽 위 모서리를 옮긴 다음 크기를 바꾸셨습니다. "
        "크기가 바뀌면 중심이 밀려납니다. t_x는 중심의 이동량입니다.",
    ),
}

DECODE_BOXES = Exercise(
    name="decode_boxes",
    points=4,
    reference=decode_boxes,
    cases=_decode_cases,
    returns="(N, 4) 배열 [x1, y1, x2, y2]",
    columns=("x1", "y1", "x2", "y2"),
    misconceptions=(
        *(Misconception(name, _decoder(f), hint) for name, (f, hint) in DECODE_MISTAKES.items()),
        Misconception("plus_one_size", _decode_plus_one, PLUS_ONE_HINT),
        Misconception(
            "read_as_cxcywh",
            lambda anchors, deltas: columns(
                *_corners(
                    deltas[:, 0] * anchors[:, 2] + anchors[:, 0],
                    deltas[:, 1] * anchors[:, 3] + anchors[:, 1],
                    np.exp(deltas[:, 2]) * anchors[:, 2],
                    np.exp(deltas[:, 3]) * anchors[:, 3],
                )
            ),
            "앵커 [x1, y1, x2, y2]를 [중심 x, 중심 y, 너비, 높이]처럼 쓰고 있습니다. "
            "먼저 앵커의 중심과 크기를 구해 보세요.",
        ),
        Misconception("in_place", _decode_in_place, IN_PLACE_HINT),
        Misconception(
            "stacked_as_columns",
            lambda anchors, deltas: decode_boxes(anchors, deltas).T,
            STACKED_HINT,
        ),
        Misconception("empty_loses_columns", row_by_row(decode_boxes), ROW_BY_ROW_HINT),
        Misconception("empty_cannot_stack", stack_rows(decode_boxes), STACK_HINT),
    ),
)


# ── personal_targets ────────────────────────────────────────────────────────────────────────


def personal_targets(anchor, gt):
    (xa, ya, wa, ha), (x, y, w, h) = anchor, gt
    return (x - xa) / wa, (y - ya) / ha, np.log(w / wa), np.log(h / ha)


def _personal_cases(rng):
    numbers = rng.integers(20_200_000, 20_400_000, 6)
    return [
        Case(
            "문서의 숫자", (np.array([50.0, 50.0, 40.0, 20.0]), np.array([58.0, 46.0, 50.0, 24.0]))
        ),
        *(Case(f"학번 {number}의 숫자", personal_numbers(number)) for number in numbers),
        Case("앵커와 정답이 같은 숫자", (np.array([30.0, 20.0, 8.0, 16.0]),) * 2),
    ]


def _personal(formula):
    def wrong(anchor, gt):
        return np.array(formula(*gt, *anchor))

    return wrong


def _personal_from_xyxy(anchor, gt):
    # 이미 중심과 크기인 수를 모서리로 여기고 한 번 더 바꿉니다. 크기가 음수가 되기도 합니다.
    (xa, ya, wa, ha), (x, y, w, h) = (
        ((b[0] + b[2]) / 2, (b[1] + b[3]) / 2, b[2] - b[0], b[3] - b[1]) for b in (anchor, gt)
    )
    with np.errstate(all="ignore"):
        return np.array([(x - xa) / wa, (y - ya) / ha, np.log(w / wa), np.log(h / ha)])


PERSONAL_TARGETS = Exercise(
    name="personal_targets",
    points=4,
    reference=personal_targets,
    cases=_personal_cases,
    returns="네 수 (t_x, t_y, t_w, t_h)",
    columns=OFFSETS,
    layout="whole",
    # 손으로 계산해 셋째 자리까지 적은 답도 받아들입니다.
    tolerance=6e-4,
    misconceptions=(
        *(Misconception(name, _personal(f), hint) for name, (f, hint) in ENCODE_MISTAKES.items()),
        Misconception(
            "converted_again",
            _personal_from_xyxy,
            "나만의 숫자는 이미 [중심 x, 중심 y, 너비, 높이]입니다. 한 번 더 변환할 필요가 "
            "있을까요?",
        ),
        Misconception(
            "copied_example",
            lambda anchor, gt: (0.2, -0.2, 0.223, 0.182),
            "문서 예제의 답이 그대로 나옵니다. 함수가 받은 `anchor`와 `gt`로 계산해 보세요.",
        ),
        Misconception(
            "first_two_only",
            lambda anchor, gt: ((gt[0] - anchor[0]) / anchor[2], (gt[1] - anchor[1]) / anchor[3]),
            "이동량 두 개까지 잘 구했습니다. 크기가 얼마나 달라지는지 두 수가 더 필요합니다.",
        ),
    ),
)

EXERCISES = (XYXY_TO_CXCYWH, ENCODE_BOXES, DECODE_BOXES, PERSONAL_TARGETS)
