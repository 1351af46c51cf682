"""학번으로 정해지는 나만의 숫자: 앵커와 정답, 앵커와 오프셋, IoU 행렬. 오프셋을 말로 푼 것."""

import math

import numpy as np

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.boxes import box_area, box_iou
from anchorbox_utils.validation import as_seed, shown


def personal_numbers(student_number):
    """학번으로 정해지는 앵커와 정답 박스를 돌려줍니다. 같은 학번이면 언제나 같은 숫자입니다.

    손으로 계산하기 좋게, 중심의 차이는 앵커 크기의 0.05배 단위이고 크기의 비는
    0.5에서 2 사이의 간단한 수입니다. 0인 오프셋과 음수인 좌표는 나오지 않습니다.

    Args:
        student_number: 학번. 0 이상의 정수나 숫자로만 된 문자열. 앞에 붙은 0은 무시합니다.

    Returns:
        (anchor, gt). 둘 다 (4,) 실수 배열 [cx, cy, w, h], 픽셀.

    Raises:
        ValueError: 학번이 정수나 숫자 문자열이 아닐 때.

    Examples:
        >>> anchor, gt = personal_numbers("20260001")
        >>> anchor
        array([210., 330., 120.,  40.])
        >>> gt
        array([180., 338., 240.,  50.])

    출처: 문서 「3분 미니 연습」의 숫자를 바꾼 것.
    """
    rng = np.random.default_rng(read_number(student_number))
    anchor_center = rng.integers(17, 38, 2) * 10.0
    anchor_size = rng.choice([40.0, 60.0, 80.0, 100.0, 120.0], 2)
    shift = rng.choice([-0.35, -0.25, -0.2, -0.15, -0.1, 0.1, 0.15, 0.2, 0.25, 0.35], 2)
    ratio = rng.choice([0.5, 0.75, 1.25, 1.5, 2.0], 2)
    gt_center = np.round(anchor_center + shift * anchor_size, 6)
    anchor = np.concatenate([anchor_center, anchor_size])
    return anchor, np.concatenate([gt_center, ratio * anchor_size])


def personal_offsets(student_number):
    """학번으로 정해지는 앵커와 오프셋을 돌려줍니다. 같은 학번이면 언제나 같은 숫자입니다.

    :func:`personal_numbers`와 다른 숫자입니다. 크기의 오프셋은 소수 셋째 자리까지입니다.

    Args:
        student_number: 학번. 0 이상의 정수나 숫자로만 된 문자열.

    Returns:
        (anchor, deltas). (4,) 실수 배열 [cx, cy, w, h](픽셀)와 [t_x, t_y, t_w, t_h].

    Raises:
        ValueError: 학번이 정수나 숫자 문자열이 아닐 때.

    Examples:
        >>> personal_offsets("20260001")
        (array([370., 180., 100.,  80.]), array([ 0.25 ,  0.2  ,  0.693, -0.288]))

    출처: 문서 「3분 미니 연습」의 숫자를 바꾼 것.
    """
    rng = np.random.default_rng([read_number(student_number), 2])
    center = rng.integers(17, 38, 2) * 10.0
    # 두 변이 같으면 너비와 높이를 바꾸어 쓴 계산도 맞아 버립니다.
    size = rng.choice([40.0, 60.0, 80.0, 100.0, 120.0], 2, replace=False)
    shift = rng.choice([-0.35, -0.25, -0.2, -0.15, 0.15, 0.2, 0.25, 0.35], 2, replace=False)
    ratio = rng.choice([0.5, 0.75, 1.25, 1.5, 2.0], 2, replace=False)
    return np.concatenate([center, size]), np.concatenate([shift, np.log(ratio).round(3)])


def personal_matches(student_number):
    """학번으로 정해지는 장면의 IoU 행렬과 정답의 넓이를 돌려줍니다.

    320 × 320 그림에 크기가 여러 가지인 정답 박스 아홉 개와 격자 앵커가 놓여 있습니다. 같은
    학번이면 언제나 같은 장면입니다.

    Args:
        student_number: 학번. 0 이상의 정수나 숫자로만 된 문자열.

    Returns:
        (iou, areas). (N, 9) 배열과 (9,) 배열(픽셀²).

    Raises:
        ValueError: 학번이 정수나 숫자 문자열이 아닐 때.

    Examples:
        >>> iou, areas = personal_matches("20260001")
        >>> iou.shape, (areas < 32**2).sum().item()
        ((7500, 9), 3)
    """
    rng = np.random.default_rng([read_number(student_number), 4])
    # 작은 것, 중간, 큰 것 셋씩. 갈래의 경계에 걸리지 않게 사이를 둡니다.
    size = np.concatenate([rng.uniform(low, high, 3) for low, high in _SIZES])
    shape = np.exp(rng.uniform(-0.35, 0.35, 9))
    sides = np.stack([size * shape, size / shape], axis=1).round()
    corner = (rng.uniform(0, 1, (9, 2)) * (320 - sides)).round()
    grid = AnchorGrid((320, 320), (8, 16, 32), ((24,), (48, 96), (160,)), (0.5, 1, 2))
    boxes = np.concatenate([corner, corner + sides], axis=1)
    return box_iou(grid.boxes, boxes), box_area(boxes)


_SIZES = ((16, 28), (42, 84), (110, 200))

# (어느 방향, 무엇의 몇 %, 양수일 때, 음수일 때)
_MOVES = (("가로", "너비", "오른쪽으로", "왼쪽으로"), ("세로", "높이", "아래로", "위로"))


def offsets_in_words(deltas):
    """오프셋 네 수를 우리말 네 마디로 풉니다.

    Args:
        deltas: 네 수 [t_x, t_y, t_w, t_h].

    Returns:
        문장 조각 넷의 리스트.

    Examples:
        >>> offsets_in_words([0.2, -0.2, 0.223, 0.182])
        ['너비의 20%만큼 오른쪽으로', '높이의 20%만큼 위로', '너비를 1.25배로', '높이를 1.20배로']
        >>> offsets_in_words([0, 0, 0, -0.693])
        ['가로로는 그대로', '세로로는 그대로', '너비는 그대로', '높이를 0.50배로']

    출처: 문서 「3분 미니 연습」의 해석.
    """
    t_x, t_y, *scales = (float(t) for t in deltas)
    moves = [_move(t, *words) for t, words in zip((t_x, t_y), _MOVES, strict=True)]
    sides = zip(scales, ("너비", "높이"), strict=True)
    return [*moves, *(_scaling(f"{math.exp(t):.2f}", side) for t, side in sides)]


def _move(t, axis, side, forward, backward):
    percent = f"{abs(t):.0%}"
    if percent == "0%":
        return f"{axis}로는 그대로"
    return f"{side}의 {percent}만큼 {forward if t > 0 else backward}"


def _scaling(factor, side):
    return f"{side}는 그대로" if factor == "1.00" else f"{side}를 {factor}배로"


def hashable_number(student_number, name="student_number"):
    """학번을 검사하고 기억해 둘 열쇠로 쓸 수 있는 글이나 정수로 돌려줍니다.

    Examples:
        >>> hashable_number("00123"), hashable_number(np.array(123))
        ('00123', 123)
    """
    number = read_number(student_number, name)
    return student_number if isinstance(student_number, str) else number


def read_number(student_number, name="student_number"):
    """학번을 정수로 읽습니다.

    Raises:
        ValueError: 학번이 정수나 숫자 문자열이 아닐 때.

    Examples:
        >>> read_number(" 00123 ")
        123
    """
    text = student_number.strip() if isinstance(student_number, str) else student_number
    if not isinstance(text, str):
        return as_seed(text, name)
    # isdigit()만으로는 '²' 같은 글자도 숫자로 보므로 ASCII인지도 확인합니다.
    if text.isascii() and text.isdigit() and len(text) <= 40:
        return int(text)
    raise ValueError(
        f"{name}: 학번은 20260001이나 '20260001'처럼 숫자로만 써야 하는데 "
        f"{shown(student_number)}입니다."
    )
