"""여러 갈래의 문제가 함께 쓰는 것: 힌트, 열의 이름, 무작위 박스."""

import numpy as np

# 학번마다 다른 과제의 노트북에 처음 적혀 있는 학번. 학번 없이 검사하면 이 학번의 문제입니다.
EXAMPLE_NUMBER = 20260001

OFFSETS = ("t_x", "t_y", "t_w", "t_h")
CORNERS = ("x1", "y1", "x2", "y2")

IN_PLACE_HINT = (
    "넘겨받은 배열에 바로 써넣으면 함수를 부른 쪽의 데이터까지 바뀝니다. "
    "계산 결과를 담을 새 배열을 만들어 보세요."
)
PLUS_ONE_HINT = (
    "너비에 1을 더하셨나요? 오래된 코드의 '픽셀 개수' 방식입니다. "
    "이 강좌의 좌표는 픽셀 사이의 위치라서, 너비는 두 좌표의 거리 그대로입니다."
)
READ_AS_XYWH_HINT = (
    "뒤의 두 수를 너비와 높이로 읽고 있습니다. 입력은 두 모서리 [x1, y1, x2, y2]입니다."
)
# 문제의 글과 "아직" 판정에 함께 나오는 약속들.
KEEP_INPUT = "받은 배열은 바꾸지 않고 새 배열을 돌려줍니다."
# 사전처럼 배열이 아닌 것을 돌려주는 문제의 것.
UNCHANGED_INPUT = "받은 배열은 바꾸지 않습니다."
# 손으로 푸는 문제를 학번 없이 검사할 때의 경우.
NOT_YOURS = "학번 {}의 숫자. 내 답이라면 `number=student_number`를 함께 넘기세요."
EMPTY_BOXES = "박스가 하나도 없는 `(0, 4)` 배열을 받으면 결과도 `(0, 4)`입니다."
EMPTY_PAIRS = "짝이 하나도 없으면(둘 다 `(0, 4)`) 결과도 `(0, 4)`입니다."
EMPTY_MATRIX = "어느 한쪽이 비어 있어도 결과의 모양은 `(N, M)`입니다."
EMPTY_LABELS = "앵커가 하나도 없으면 모양이 `(0,)`인 배열을 돌려줍니다."
FLOAT_RESULT = "정수 배열을 받아도 결과의 소수점 아래를 버리지 않습니다."
LABELS_NEEDED = "앵커마다 1, 0, -1 가운데 하나인 라벨 배열이 필요합니다."


def random_boxes(rng, count, low=0.0, high=400.0):
    """너비와 높이가 10 이상인 xyxy 박스."""
    corner = rng.uniform(low, high, (count, 2)).round(1)
    return np.concatenate([corner, corner + rng.uniform(10, 200, (count, 2)).round(1)], axis=1)
