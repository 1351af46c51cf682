"""학번으로 정해지는 나만의 숫자와 그 오프셋을 말로 푼 것(레슨 02)."""

import math

import numpy as np


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
    rng = np.random.default_rng(student_seed(student_number))
    anchor_center = rng.integers(17, 38, 2) * 10.0
    anchor_size = rng.choice([40.0, 60.0, 80.0, 100.0, 120.0], 2)
    shift = rng.choice([-0.35, -0.25, -0.2, -0.15, -0.1, 0.1, 0.15, 0.2, 0.25, 0.35], 2)
    ratio = rng.choice([0.5, 0.75, 1.25, 1.5, 2.0], 2)
    gt_center = np.round(anchor_center + shift * anchor_size, 6)
    anchor = np.concatenate([anchor_center, anchor_size])
    return anchor, np.concatenate([gt_center, ratio * anchor_size])


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


def student_seed(student_number):
    """학번을 난수의 씨앗이 될 정수로 읽습니다.

    Raises:
        ValueError: 학번이 정수나 숫자 문자열이 아닐 때.

    Examples:
        >>> student_seed(" 0042 ")
        42
    """
    text = student_number.strip() if isinstance(student_number, str) else student_number
    is_integer = isinstance(text, (int, np.integer)) and not isinstance(text, bool)
    if is_integer and text >= 0:
        return int(text)
    # isdigit()만으로는 '²' 같은 글자도 숫자로 보므로 ASCII인지도 확인합니다.
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= 40:
        return int(text)
    raise ValueError(
        "student_number: 학번은 20260001이나 '20260001'처럼 숫자로만 써야 하는데 "
        f"{student_number!r}입니다."
    )
