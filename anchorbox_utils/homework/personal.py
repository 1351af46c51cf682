"""학번으로 정해지는 나만의 숫자(레슨 02)."""

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
    rng = np.random.default_rng(_digits(student_number))
    anchor_center = rng.integers(17, 38, 2) * 10.0
    anchor_size = rng.choice([40.0, 60.0, 80.0, 100.0, 120.0], 2)
    shift = rng.choice([-0.35, -0.25, -0.2, -0.15, -0.1, 0.1, 0.15, 0.2, 0.25, 0.35], 2)
    ratio = rng.choice([0.5, 0.75, 1.25, 1.5, 2.0], 2)
    gt_center = np.round(anchor_center + shift * anchor_size, 6)
    anchor = np.concatenate([anchor_center, anchor_size])
    return anchor, np.concatenate([gt_center, ratio * anchor_size])


def _digits(student_number):
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
