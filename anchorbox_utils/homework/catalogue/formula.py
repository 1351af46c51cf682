"""레슨과 과제 00–02의 연습 문제: 고칠 양의 순위, 형식 변환, 인코딩, 디코딩, 나만의 숫자."""

import math
from dataclasses import replace

import numpy as np

from anchorbox_utils.homework.catalogue.common import (
    CORNERS,
    EMPTY_BOXES,
    EMPTY_PAIRS,
    FLOAT_RESULT,
    IN_PLACE_HINT,
    KEEP_INPUT,
    OFFSETS,
    PLUS_ONE_HINT,
    random_boxes,
)
from anchorbox_utils.homework.exercise import Case, Exercise, Misconception, Own, Property
from anchorbox_utils.homework.personal import offsets_in_words, personal_numbers, personal_offsets

STACK_HINT = (
    "행이 하나도 없으면 쌓을 것이 없어 `np.stack`이나 `np.vstack`이 멈춥니다. "
    "물체가 없는 이미지는 실제 데이터에 흔합니다. 열 단위로 계산하는 방법을 생각해 보세요."
)
STACKED_HINT = (
    "가로와 세로가 뒤바뀐 배열입니다. 한 행이 박스 하나가 되어야 합니다. "
    "`np.stack`의 `axis`가 무엇을 정하는지 보세요."
)


def _stacking(function):
    """행마다 따로 구해 쌓는 구현. 행이 없으면 쌓을 것도 없습니다."""

    def wrong(*args):
        def row(i):
            return (a[i : i + 1] if isinstance(a, np.ndarray) else a for a in args)

        return np.stack([function(*row(i))[0] for i in range(len(args[0]))])

    return wrong


def slips(function, in_place):
    """식은 맞는데 배열을 다루다 하는 실수들. 이 갈래의 문제에 모두 나타납니다."""
    return (
        Misconception("in_place", "받은 배열에 바로 써넣음", in_place, IN_PLACE_HINT),
        Misconception(
            "stacked_as_columns",
            "행과 열이 뒤바뀌게 쌓음",
            lambda *arrays: function(*arrays).T,
            STACKED_HINT,
        ),
        Misconception("empty_cannot_stack", "빈 배열을 쌓다 멈춤", _stacking(function), STACK_HINT),
    )


NOT_ROUNDED = "결과를 반올림하지 않습니다."
FLOOR_HINT = (
    "`//`로 나누면 소수점 아래가 사라집니다. 박스의 중심은 픽셀과 픽셀 사이에 올 수도 있습니다."
)

# ── rank_anchors ────────────────────────────────────────────────────────────────────────────


def rank_anchors(deltas):
    """적게 고쳐도 되는 앵커부터 번호를 늘어놓습니다.

    Args:
        deltas: (N, 4) 배열 [t_x, t_y, t_w, t_h]. 앵커 N개를 같은 정답으로 옮기는 수정량.

    Returns:
        (N,) 정수 배열. 고칠 양이 가장 적은 앵커의 번호가 맨 앞입니다.
    """
    effort = np.abs(deltas).sum(axis=1)
    return np.argsort(effort)


def _rank_cases(rng):
    # 꼭 같은 양이 나오지 않도록 넉넉한 자릿수를 둡니다.
    return [
        Case(
            "스티커 셋",
            (np.array([[0.5, -0.6, 0.3, 0.2], [0.05, 0.02, -0.1, 0.04], [-0.9, -0.7, -0.4, 0.1]]),),
        ),
        Case("부호가 섞인 수정량", (np.array([[0.8, -0.8, 0.7, -0.7], [0.1, 0.2, 0.15, 0.12]]),)),
        Case("모두 음수인 수정량", (-rng.uniform(0.05, 1.2, (5, 4)),)),
        Case(
            "옮길 것은 적고 키울 것은 많은 앵커",
            (np.array([[0.1, 0.0, 1.3, 0.9], [0.5, 0.4, 0.02, 0.05], [0.9, -0.8, 0.6, 0.7]]),),
        ),
        Case("앵커 일곱", (rng.normal(0, 0.6, (7, 4)),)),
        Case("앵커 열둘", (rng.normal(0, 0.6, (12, 4)),)),
        Case("앵커 넷", (rng.normal(0, 0.6, (4, 4)),)),
        Case("앵커 하나", (np.array([[0.2, -0.2, 0.223, 0.182]]),), edge=True),
        Case("float32 배열", (rng.normal(0, 0.6, (6, 4)).astype("f4"),)),
        Case("앵커가 없는 입력", (np.zeros((0, 4)),), edge=True),
    ]


def _ranker(effort=lambda deltas: np.abs(deltas).sum(axis=1), order=np.argsort):
    """고칠 양을 재고 줄을 세우는 두 단계를 갈아 끼울 수 있게 나눈 것."""

    def wrong(deltas):
        return order(effort(deltas))

    return wrong


def _rank_in_place(deltas):
    np.abs(deltas, out=deltas)
    return np.argsort(deltas.sum(axis=1))


RANK_ANCHORS = Exercise(
    name="rank_anchors",
    reference=rank_anchors,
    cases=_rank_cases,
    returns="(N,) 정수 배열인 앵커의 번호",
    layout="whole",
    rules=(
        "고칠 양은 네 수의 크기(절댓값)를 더한 것입니다.",
        "번호는 0부터 세고, 고칠 양이 가장 적은 앵커가 맨 앞입니다.",
        "고칠 양이 꼭 같은 앵커는 없습니다.",
        "앵커가 하나도 없으면(`(0, 4)`) 빈 배열을 돌려줍니다.",
        KEEP_INPUT,
    ),
    misconceptions=(
        Misconception(
            "signs_cancel",
            "부호를 둔 채 더함",
            _ranker(lambda deltas: deltas.sum(axis=1)),
            "왼쪽으로 옮기는 음수도 '많이 고치는 것'입니다. 그대로 더하면 왼쪽과 오른쪽이 서로를 "
            "지웁니다. 방향이 아니라 크기만 남기는 함수를 떠올려 보세요.",
        ),
        Misconception(
            "absolute_too_late",
            "더한 다음에 절댓값을 씌움",
            _ranker(lambda deltas: np.abs(deltas.sum(axis=1))),
            "더한 다음에 절댓값을 씌우셨습니다. 더하는 동안 양수와 음수가 이미 서로를 지웠습니다. "
            "순서를 바꾸면 어떻게 될까요?",
        ),
        Misconception(
            "largest_first",
            "많이 고칠 앵커를 앞에 둠",
            _ranker(order=lambda effort: np.argsort(-effort)),
            "많이 고쳐야 하는 앵커가 맨 앞에 왔습니다. 정답과 잘 맞는 앵커일수록 수정량이 "
            "어떠했는지 "
            "떠올려 보세요.",
        ),
        Misconception(
            "only_moves",
            "옮기는 두 수만 봄",
            _ranker(lambda deltas: np.abs(deltas[:, :2]).sum(axis=1)),
            "옮기는 두 수만 보셨습니다. 자리는 맞아도 크기가 많이 다르면 그것도 고쳐야 합니다.",
        ),
        Misconception(
            "only_sizes",
            "크기를 바꾸는 두 수만 봄",
            _ranker(lambda deltas: np.abs(deltas[:, 2:]).sum(axis=1)),
            "크기를 바꾸는 두 수만 보셨습니다. 크기가 맞아도 자리가 멀면 그것도 고쳐야 합니다.",
        ),
        Misconception(
            "largest_number_only",
            "가장 큰 수 하나만 봄",
            _ranker(lambda deltas: np.abs(deltas).max(axis=1, initial=0)),
            "네 수 가운데 가장 큰 것 하나로만 견주셨습니다. 나머지 세 수도 고쳐야 할 양입니다.",
        ),
        Misconception(
            "smallest_number_only",
            "가장 작은 수 하나만 봄",
            _ranker(lambda deltas: np.abs(deltas).min(axis=1, initial=np.inf)),
            "네 수 가운데 가장 작은 것 하나로만 견주셨습니다. 한 수가 0이어도 나머지가 크면 많이 "
            "고쳐야 합니다.",
        ),
        Misconception(
            "wrong_axis",
            "앵커가 아니라 열에 순위를 매김",
            _ranker(lambda deltas: np.abs(deltas).sum(axis=0)),
            "앵커가 아니라 네 수(열)에 순위를 매기셨습니다. 한 행이 앵커 하나입니다. `axis`가 "
            "무엇을 "
            "없애는지 보세요.",
        ),
        Misconception(
            "no_axis",
            "모든 수를 한 줄로 폄",
            _ranker(order=lambda effort: np.argsort(effort.ravel()), effort=np.abs),
            "모든 수를 한 줄로 펴서 순위를 매기셨습니다. 먼저 앵커마다 네 수를 하나로 모아 주세요.",
        ),
        Misconception(
            "returns_amounts",
            "번호 대신 고칠 양을 돌려줌",
            _ranker(order=np.sort),
            "고칠 양을 잘 구해 늘어놓으셨습니다. 필요한 것은 그 양을 가진 앵커의 '번호'입니다. "
            "`np.sort`와 이름이 비슷한 함수가 있습니다.",
            variants=(_ranker(order=lambda effort: effort),),
        ),
        Misconception(
            "summed_all",
            "모든 앵커의 수를 하나로 더함",
            lambda deltas: np.argsort([np.abs(deltas).sum()]),
            "모든 앵커의 네 수를 하나로 더하셨습니다. 앵커마다 따로 더하려면 `sum`에 무엇을 알려 "
            "주어야 할까요?",
            (lambda deltas: np.argsort(np.abs(deltas).sum()),),
        ),
        Misconception(
            "squares",
            "절댓값 대신 제곱을 더함",
            _ranker(lambda deltas: (deltas**2).sum(axis=1)),
            "제곱해서 더하셨습니다. 부호는 사라지지만, 큰 수 하나가 작은 수 여럿보다 훨씬 무거워져 "
            "순서가 달라집니다. 약속에 적힌 양을 다시 보세요.",
            (_ranker(lambda deltas: np.sqrt((deltas**2).sum(axis=1))),),
        ),
        Misconception(
            "best_only",
            "가장 좋은 앵커만 돌려줌",
            lambda deltas: np.abs(deltas).sum(axis=1).argmin() if len(deltas) else np.zeros(0, int),
            "가장 적게 고치는 앵커 하나만 돌려주셨습니다. 둘째, 셋째도 차례로 늘어놓아 주세요.",
        ),
        Misconception(
            "ranks_not_numbers",
            "번호 대신 등수를 돌려줌",
            _ranker(order=lambda effort: np.argsort(np.argsort(effort))),
            "앵커마다 몇 등인지를 구하셨습니다. 필요한 것은 1등부터 차례로 늘어놓은 앵커의 "
            "번호입니다.",
        ),
        Misconception("in_place", "받은 배열에 바로 써넣음", _rank_in_place, IN_PLACE_HINT),
    ),
)


# ── xyxy_to_cxcywh ──────────────────────────────────────────────────────────────────────────


def xyxy_to_cxcywh(boxes):
    """박스를 중심과 크기로 나타냅니다.

    Args:
        boxes: (N, 4) 배열 [x1, y1, x2, y2], 픽셀. N은 0일 수도 있습니다.

    Returns:
        (N, 4) 실수 배열 [cx, cy, w, h], 픽셀. 입력은 바꾸지 않습니다.
    """
    size = boxes[:, 2:] - boxes[:, :2]
    center = boxes[:, :2] + size / 2
    return np.concatenate([center, size], axis=1)


def _convert_cases(rng):
    return [
        Case("원문의 앵커 하나", (np.array([[30.0, 40.0, 70.0, 60.0]]),)),
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


def _converter(
    center=lambda low, high: low + (high - low) / 2,
    size=lambda low, high: high - low,
    order=(0, 1, 2, 3),
):
    """두 모서리에서 중심과 크기를 구하는 단계를 갈아 끼울 수 있게 나눈 것."""

    def wrong(boxes):
        low, high = boxes[:, :2], boxes[:, 2:]
        return np.concatenate([center(low, high), size(low, high)], axis=1)[:, order]

    return wrong


def _convert_truncating(boxes):
    out = np.zeros_like(boxes)
    out[:] = xyxy_to_cxcywh(boxes)
    return out


def _convert_in_place(boxes):
    boxes[:, 2:] -= boxes[:, :2]
    boxes[:, :2] = boxes[:, :2] + boxes[:, 2:] / 2
    return boxes


XYXY_TO_CXCYWH = Exercise(
    name="xyxy_to_cxcywh",
    reference=xyxy_to_cxcywh,
    cases=_convert_cases,
    returns="(N, 4) 배열 [cx, cy, w, h]",
    rules=(
        "너비와 높이는 두 좌표의 차이이고, 1을 더하지 않습니다.",
        FLOAT_RESULT,
        EMPTY_BOXES,
        KEEP_INPUT,
    ),
    columns=("cx", "cy", "w", "h"),
    misconceptions=(
        Misconception(
            "corner_as_center",
            "모서리를 중심으로 씀",
            _converter(center=lambda low, high: low),
            "앞의 두 수가 왼쪽 위 모서리 그대로입니다. "
            "cxcywh의 c가 무엇의 첫 글자인지, 그 점은 모서리에서 얼마나 떨어져 있는지 그려 보세요.",
        ),
        Misconception(
            "corner_as_size",
            "모서리를 너비와 높이로 씀",
            _converter(size=lambda low, high: high),
            "뒤의 두 수가 오른쪽 아래 모서리 그대로입니다. "
            "너비는 위치가 아니라 두 위치 사이의 거리입니다.",
        ),
        Misconception(
            "half_size",
            "너비와 높이를 절반으로 구함",
            _converter(size=lambda low, high: (high - low) / 2),
            "너비와 높이가 절반입니다. w와 h는 박스의 한쪽 끝에서 다른 쪽 끝까지입니다. "
            "이미 중심으로 덮어쓴 값을 모서리인 줄 알고 빼지는 않았나요?",
        ),
        Misconception(
            "center_without_corner",
            "절반에 모서리를 더하지 않음",
            _converter(center=lambda low, high: (high - low) / 2),
            "너비의 절반은 '모서리에서' 중심까지의 거리입니다. "
            "박스가 원점에서 시작하지 않으면 무엇을 더해야 할까요?",
        ),
        Misconception(
            "floor_division",
            "소수점 아래를 버림",
            _converter(center=lambda low, high: (low + high) // 2),
            FLOOR_HINT,
            variants=(_converter(center=lambda low, high: low + (high - low) // 2),),
        ),
        Misconception(
            "subtracted_backwards",
            "큰 쪽을 작은 쪽에서 뺌",
            _converter(size=lambda low, high: low - high),
            "너비와 높이가 음수입니다. 오른쪽 끝과 왼쪽 끝 가운데 어느 쪽에서 어느 쪽을 빼야 "
            "할까요?",
        ),
        Misconception(
            "half_of_one_corner",
            "한쪽 모서리만 2로 나눔",
            _converter(center=lambda low, high: low + high / 2),
            "한쪽 모서리만 2로 나누셨습니다. 나눗셈이 덧셈보다 먼저 계산됩니다. 괄호를 보세요.",
        ),
        Misconception(
            "whole_size_added",
            "절반이 아니라 너비를 다 더함",
            _converter(center=lambda low, high: low + (high - low)),
            "앞의 두 수가 오른쪽 아래 모서리입니다. 중심은 왼쪽 위 모서리에서 너비를 '모두' 간 "
            "곳일까요?",
        ),
        Misconception(
            "read_as_x1x2y1y2",
            "x1, x2, y1, y2 순서로 읽음",
            lambda boxes: xyxy_to_cxcywh(boxes[:, [0, 2, 1, 3]]),
            "열을 [x1, x2, y1, y2] 순서로 읽고 계산하셨습니다. 박스의 열은 [x1, y1, x2, y2]입니다. "
            "너비는 몇 번째 열끼리의 차이인가요?",
        ),
        Misconception(
            "vertical_copied",
            "세로를 가로와 똑같이 씀",
            _converter(order=(0, 0, 2, 2)),
            "세로의 두 수가 가로의 두 수와 똑같습니다. 가로의 줄을 복사한 다음 x를 모두 y로 "
            "바꾸었나요?",
        ),
        Misconception(
            "y_flipped",
            "세로의 방향을 뒤집음",
            _converter(size=lambda low, high: (high - low) * np.array([1, -1], dtype=low.dtype)),
            "높이만 음수입니다. 이미지의 y는 아래로 갈수록 커집니다. 그러면 y1과 y2 가운데 어느 "
            "쪽이 "
            "더 클까요?",
        ),
        Misconception(
            "sum_not_halved",
            "더하고 반으로 나누지 않음",
            _converter(center=lambda low, high: low + high),
            "중심은 두 모서리의 한가운데입니다. 두 수를 더하기만 하면 한가운데가 될까요?",
        ),
        Misconception(
            "swapped_xy",
            "가로와 세로를 바꿈",
            _converter(order=(1, 0, 3, 2)),
            "x와 y가 서로 바뀌었습니다. 박스의 열 순서 [x1, y1, x2, y2]에서 "
            "가로 좌표가 몇 번째 열들인지 확인해 보세요.",
        ),
        Misconception(
            "swapped_size",
            "너비와 높이를 바꿈",
            _converter(order=(0, 1, 3, 2)),
            "중심은 맞고 너비와 높이의 자리가 바뀌었습니다. 이름 cxcywh의 글자 순서를 따라가 "
            "보세요.",
        ),
        Misconception(
            "plus_one_size",
            "너비와 높이에 1을 더함",
            _converter(size=lambda low, high: high - low + 1),
            PLUS_ONE_HINT,
        ),
        Misconception(
            "plus_one_everywhere",
            "1을 더해 중심까지 밀림",
            _converter(
                lambda low, high: low + (high - low + 1) / 2, lambda low, high: high - low + 1
            ),
            PLUS_ONE_HINT + " 중심도 그만큼 밀렸습니다.",
        ),
        Misconception(
            "integer_truncation",
            "정수 배열에 소수를 담음",
            _convert_truncating,
            "정수 배열에 소수를 써넣으면 소수점 아래가 소리 없이 사라집니다. "
            "결과를 담는 배열의 자료형을 확인해 보세요.",
        ),
        *slips(xyxy_to_cxcywh, _convert_in_place),
    ),
)


# ── encode_boxes ────────────────────────────────────────────────────────────────────────────


def encode_boxes(anchors, gt_boxes):
    """앵커를 정답 박스로 옮기는 오프셋을 구합니다.

    Args:
        anchors: (N, 4) 배열 [x1, y1, x2, y2], 픽셀.
        gt_boxes: (N, 4) 배열 [x1, y1, x2, y2], 픽셀. 같은 번호의 앵커와 짝입니다.

    Returns:
        (N, 4) 실수 배열 [t_x, t_y, t_w, t_h], 단위 없음.
    """
    anchors, gt_boxes = xyxy_to_cxcywh(anchors), xyxy_to_cxcywh(gt_boxes)
    shift = (gt_boxes[:, :2] - anchors[:, :2]) / anchors[:, 2:]
    return np.concatenate([shift, np.log(gt_boxes[:, 2:] / anchors[:, 2:])], axis=1)


def _encode_cases(rng):
    anchors = random_boxes(rng, 5)
    return [
        Case(
            "레슨 01의 예제",
            (np.array([[80.0, 40.0, 120.0, 120.0]]), np.array([[80.0, 32.0, 140.0, 112.0]])),
        ),
        Case(
            "원문의 예제",
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
        Case("짝이 없는 입력", (np.zeros((0, 4)), np.zeros((0, 4))), edge=True),
    ]


def _offsets(
    shift=lambda c, s, ca, sa: (c - ca) / sa,
    size=lambda s, sa: np.log(s / sa),
    order=(0, 1, 2, 3),
):
    """인코딩 수식의 두 조각을 갈아 끼울 수 있게 나눈 것.

    ``shift``와 ``size``는 정답의 중심 c와 크기 s, 앵커의 중심 ca와 크기 sa를 받습니다.
    모두 마지막 축이 (가로, 세로)입니다. ``order``는 네 수를 놓는 순서입니다.
    """

    def formula(anchor, gt):
        c, s, ca, sa = gt[..., :2], gt[..., 2:], anchor[..., :2], anchor[..., 2:]
        return np.concatenate([shift(c, s, ca, sa), size(s, sa)], axis=-1)[..., order]

    return formula


def _divided_by(shift=(0, 1), size=(0, 1)):
    """이동량과 크기를 앵커의 다른 변으로 나누는 인코딩. 0은 너비, 1은 높이입니다."""
    return _offsets(
        lambda c, s, ca, sa: (c - ca) / sa[..., list(shift)],
        lambda s, sa: np.log(s / sa[..., list(size)]),
    )


# 인코딩 문제와 나만의 숫자에 함께 나타나는 오개념입니다. (제목, 구현, 힌트, 구현의 변형들)
ENCODE_MISTAKES = {
    "divided_by_gt": (
        "앵커 대신 정답의 크기로 나눔",
        _offsets(shift=lambda c, s, ca, sa: (c - ca) / s),
        "중심의 이동량을 정답 박스의 크기로 나누고 있습니다. 모델은 정답의 크기를 미리 알 수 "
        "없습니다. 이동량을 재는 '자'는 누구의 크기여야 할까요?",
    ),
    "no_log": (
        "로그를 씌우지 않음",
        _offsets(size=lambda s, sa: s / sa),
        "t_w와 t_h가 크기의 비 그대로입니다. 두 박스의 크기가 같을 때 0이 나와야 합니다. "
        "수식에서 비를 감싼 함수를 다시 보세요.",
    ),
    "log10": (
        "밑이 10인 로그를 씀",
        _offsets(size=lambda s, sa: np.log10(s / sa)),
        "로그의 밑이 다릅니다. 디코딩에서 e의 거듭제곱으로 되돌리므로 그 짝이 되는 로그가 "
        "필요합니다.",
    ),
    "log2": (
        "밑이 2인 로그를 씀",
        _offsets(size=lambda s, sa: np.log2(s / sa)),
        "밑이 2인 로그를 쓰셨습니다. 디코딩의 `exp`와 서로 되돌리는 로그는 밑이 무엇일까요?",
    ),
    "inverse_ratio": (
        "크기의 비를 뒤집음",
        _offsets(size=lambda s, sa: np.log(sa / s)),
        "t_w와 t_h의 부호가 반대입니다. 정답이 앵커보다 크면 '키워야 하므로' 양수여야 합니다. "
        "비에서 무엇이 분자인지 보세요.",
    ),
    "opposite_direction": (
        "이동의 방향을 뒤집음",
        _offsets(shift=lambda c, s, ca, sa: (ca - c) / sa),
        "t_x와 t_y의 방향이 반대입니다. 정답이 앵커의 오른쪽에 있으면 t_x는 양수입니다. "
        "어디에서 출발해 어디로 가는지 생각해 보세요.",
    ),
    "y_flipped": (
        "세로의 방향을 뒤집음",
        _offsets(shift=lambda c, s, ca, sa: (c - ca) * np.array([1, -1]) / sa),
        "t_y의 부호만 반대입니다. 이미지의 y는 아래로 갈수록 커집니다. 정답이 앵커보다 아래에 "
        "있으면 "
        "y에서 y_a를 뺀 값은 양수일까요, 음수일까요?",
    ),
    "swapped_anchor_gt": (
        "앵커와 정답을 바꿈",
        lambda anchor, gt: _offsets()(gt, anchor),
        "앵커와 정답의 역할이 통째로 바뀌었습니다. 출발점은 앵커, 도착점은 정답입니다.",
    ),
    "swapped_xy": (
        "가로와 세로를 바꿈",
        _offsets(order=(1, 0, 3, 2)),
        "가로(x, w)와 세로(y, h)의 자리가 바뀌었습니다. 결과의 순서는 [t_x, t_y, t_w, t_h]입니다.",
    ),
    "column_order": (
        "네 수의 순서를 바꿈",
        _offsets(order=(0, 2, 1, 3)),
        "네 수는 모두 맞게 구했지만 놓인 순서가 다릅니다. 이동량 둘이 먼저, 크기 변화 둘이 "
        "나중입니다.",
    ),
    "not_divided": (
        "이동량을 나누지 않음",
        _offsets(shift=lambda c, s, ca, sa: c - ca),
        "이동량이 픽셀 그대로입니다. 같은 10픽셀도 작은 앵커에는 큰 이동입니다. "
        "앵커를 기준으로 한 상대적인 양으로 바꾸어 보세요.",
    ),
    "divided_before_subtracting": (
        "빼기 전에 나눔",
        _offsets(shift=lambda c, s, ca, sa: c - ca / sa),
        "나눗셈이 뺄셈보다 먼저 계산되었습니다. 앵커의 크기로 나눌 것은 두 중심의 '차이' "
        "전체입니다. "
        "괄호를 보세요.",
    ),
    "wrong_side": (
        "가로세로를 모두 너비로 나눔",
        _divided_by((0, 0), (0, 0)),
        "세로 방향까지 앵커의 너비로 나누고 있습니다. 세로 이동과 높이는 무엇과 견주어야 할까요?",
    ),
    "height_for_both": (
        "가로세로를 모두 높이로 나눔",
        _divided_by((1, 1), (1, 1)),
        "가로 방향까지 앵커의 높이로 나누고 있습니다. 가로 이동과 너비는 무엇과 견주어야 할까요?",
    ),
    "vertical_shift_by_width": (
        "세로 이동을 너비로 나눔",
        _divided_by((0, 0)),
        "t_y를 앵커의 너비로 나누셨습니다. 세로로 옮긴 거리는 앵커의 어느 변과 견주어야 할까요?",
    ),
    "horizontal_shift_by_height": (
        "가로 이동을 높이로 나눔",
        _divided_by((1, 1)),
        "t_x를 앵커의 높이로 나누셨습니다. 가로로 옮긴 거리는 앵커의 어느 변과 견주어야 할까요?",
    ),
    "height_over_width": (
        "높이를 앵커의 너비와 견줌",
        _divided_by(size=(0, 0)),
        "t_h에서 정답의 높이를 앵커의 너비와 견주셨습니다. 높이의 짝은 무엇일까요?",
    ),
    "width_over_height": (
        "너비를 앵커의 높이와 견줌",
        _divided_by(size=(1, 1)),
        "t_w에서 정답의 너비를 앵커의 높이와 견주셨습니다. 너비의 짝은 무엇일까요?",
    ),
    "denominators_exchanged": (
        "나누는 두 변을 바꿈",
        _divided_by((1, 0)),
        "나누는 두 변이 서로 바뀌었습니다. 가로의 것은 너비로, 세로의 것은 높이로 재는지 한 줄씩 "
        "확인해 보세요.",
        _divided_by((1, 0), (1, 0)),
        _divided_by(size=(1, 0)),
    ),
    "vertical_copied": (
        "세로를 가로와 똑같이 씀",
        _offsets(order=(0, 0, 2, 2)),
        "t_y와 t_h가 t_x, t_w와 똑같습니다. 가로의 줄을 복사한 다음 x와 w를 모두 y와 h로 "
        "바꾸었나요?",
    ),
    "log_before_division": (
        "나누기 전에 로그를 씌움",
        _offsets(size=lambda s, sa: np.log(s) / sa),
        "로그를 먼저 씌운 다음 나누셨습니다. 로그 안에 무엇이 통째로 들어가야 하는지, 괄호가 "
        "닫히는 "
        "곳을 보세요.",
    ),
    "ratio_of_logs": (
        "로그끼리 나눔",
        _offsets(size=lambda s, sa: np.log(s) / np.log(sa)),
        "로그끼리 나누셨습니다. '비의 로그'와 '로그의 비'는 다릅니다. 두 박스의 크기가 같을 때 0이 "
        "나오나요?",
    ),
    "exp_instead_of_log": (
        "log 대신 exp를 씌움",
        _offsets(size=lambda s, sa: np.exp(s / sa)),
        "비에 지수 함수를 씌우셨습니다. 그것은 되돌릴 때 쓰는 함수입니다. 인코딩에서 쓰는 짝은 "
        "무엇일까요?",
    ),
    "difference_not_ratio": (
        "크기를 나누지 않고 뺌",
        _offsets(size=lambda s, sa: s - sa),
        "크기의 차(뺄셈)를 구하셨습니다. 크기 변화는 '몇 배인가'로 재야 박스의 크기에 휘둘리지 "
        "않습니다.",
    ),
    "relative_difference": (
        "크기도 차를 앵커로 나눔",
        _offsets(size=lambda s, sa: (s - sa) / sa),
        "크기도 이동량처럼 '차 나누기 앵커'로 구하셨습니다. "
        "크기에는 다른 식을 씁니다. 두 배와 절반이 같은 거리가 되게 하는 함수를 떠올려 보세요.",
    ),
}


def _encoder(formula, prepare=xyxy_to_cxcywh):
    """(앵커, 정답)의 중심과 크기를 받는 공식으로 인코더를 만듭니다."""

    def wrong(anchors, gt_boxes):
        return formula(prepare(anchors), prepare(gt_boxes))

    return wrong


def _encode_plus_one(anchors, gt_boxes):
    grow = np.array([0, 0, 1, 1], dtype=anchors.dtype)
    return encode_boxes(anchors + grow, gt_boxes + grow)


def _encode_plus_one_size_only(boxes):
    """중심은 그대로 두고 너비와 높이에만 1을 더한 것."""
    return xyxy_to_cxcywh(boxes) + np.array([0, 0, 1, 1], dtype=boxes.dtype)


def _corner_and_size(boxes):
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)


def _encode_in_place(anchors, gt_boxes):
    for boxes in (anchors, gt_boxes):
        boxes[:, 2:] -= boxes[:, :2]
        boxes[:, :2] += boxes[:, 2:] / 2
    offset = (gt_boxes[:, :2] - anchors[:, :2]) / anchors[:, 2:]
    return np.concatenate([offset, np.log(gt_boxes[:, 2:] / anchors[:, 2:])], axis=1)


def _moves_together(fn):
    anchors = np.array([[30.0, 40.0, 70.0, 60.0], [-12.0, 5.0, 48.0, 20.0]])
    gt_boxes = np.array([[33.0, 34.0, 83.0, 58.0], [-20.0, 1.0, 30.0, 31.0]])
    return np.allclose(fn(anchors + 300, gt_boxes + 300), fn(anchors, gt_boxes))


ENCODE_BOXES = Exercise(
    name="encode_boxes",
    reference=encode_boxes,
    cases=_encode_cases,
    returns="(N, 4) 배열 [t_x, t_y, t_w, t_h]",
    rules=(
        "크기가 0인 박스나 뒤집힌 박스는 들어오지 않습니다.",
        NOT_ROUNDED,
        EMPTY_PAIRS,
        KEEP_INPUT,
    ),
    allows=("box_convert", "validate_boxes"),
    columns=OFFSETS,
    misconceptions=(
        *(
            Misconception(name, title, _encoder(formula), hint, tuple(map(_encoder, variants)))
            for name, (title, formula, hint, *variants) in ENCODE_MISTAKES.items()
        ),
        Misconception(
            "corner_as_center",
            "중심 대신 모서리의 거리를 잼",
            _encoder(_offsets(), prepare=_corner_and_size),
            "왼쪽 위 모서리끼리의 거리를 재고 있습니다. 수식의 (x, y)는 박스의 어느 점일까요?",
        ),
        Misconception(
            "no_conversion",
            "모서리 형식을 그대로 계산함",
            _encoder(_offsets(), prepare=lambda boxes: boxes),
            "입력은 [x1, y1, x2, y2]인데 [중심 x, 중심 y, 너비, 높이]인 것처럼 계산하셨습니다. "
            "수식에 넣기 전에 한 단계가 필요합니다.",
        ),
        Misconception(
            "floor_division",
            "소수점 아래를 버림",
            _encoder(_offsets(), _converter(center=lambda low, high: (low + high) // 2)),
            FLOOR_HINT,
            (_encoder(_offsets(), _converter(center=lambda low, high: low + (high - low) // 2)),),
        ),
        Misconception(
            "plus_one_size",
            "너비와 높이에 1을 더함",
            _encode_plus_one,
            PLUS_ONE_HINT,
            (_encoder(_offsets(), _encode_plus_one_size_only),),
        ),
        Misconception(
            "rounded",
            "결과를 반올림함",
            lambda anchors, gt_boxes: np.round(encode_boxes(anchors, gt_boxes), 3),
            "식은 맞습니다! 다만 결과를 반올림하면 디코딩했을 때 제자리로 돌아오지 못합니다. "
            "반올림은 화면에 보여 줄 때만 하세요.",
        ),
        *slips(encode_boxes, _encode_in_place),
    ),
    properties=(
        Property(
            "함께 옮기기",
            _moves_together,
            "두 박스를 함께 옮겨도 오프셋은 그대로여야 합니다.",
        ),
    ),
)


# ── safe_encode_boxes ───────────────────────────────────────────────────────────────────────


def safe_encode_boxes(anchors, gt_boxes):
    """아주 작은 박스에서도 유한한 오프셋을 구합니다.

    Args:
        anchors: (N, 4) 배열 [x1, y1, x2, y2], 픽셀.
        gt_boxes: (N, 4) 배열 [x1, y1, x2, y2], 픽셀. 같은 번호의 앵커와 짝입니다.

    Returns:
        (N, 4) 실수 배열 [t_x, t_y, t_w, t_h], 단위 없음. 무한대나 NaN이 없습니다.
    """
    anchors, gt_boxes = xyxy_to_cxcywh(anchors), xyxy_to_cxcywh(gt_boxes)
    anchor_size = np.maximum(anchors[:, 2:], 1e-6)
    gt_size = np.maximum(gt_boxes[:, 2:], 1e-6)
    shift = (gt_boxes[:, :2] - anchors[:, :2]) / anchor_size
    return np.concatenate([shift, np.log(gt_size / anchor_size)], axis=1)


def _safe_encode_in_place(anchors, gt_boxes):
    for boxes in (anchors, gt_boxes):
        boxes[:] = _floored(boxes)
    return _offsets()(anchors, gt_boxes)


def _safe_encode_cases(rng):
    *usual, empty = _encode_cases(rng)
    return [
        *usual,
        Case(
            "너비가 0인 정답",
            (np.array([[10.0, 10.0, 50.0, 30.0]]), np.array([[24.0, 12.0, 24.0, 32.0]])),
            edge=True,
        ),
        Case(
            "높이가 0인 앵커",
            (np.array([[10.0, 20.0, 50.0, 20.0]]), np.array([[12.0, 20.0, 60.0, 20.0]])),
            edge=True,
        ),
        # 바닥값보다 작은 것과 조금 큰 것이 있어야, 더한 것과 0만 바꾼 것이 드러납니다.
        Case(
            "바닥값보다 작은 크기",
            (
                np.array([[10.0, 10.0, 50.0, 30.0], [10.0, 0.0, 50.0, 5e-7]]),
                np.array([[24.0, 12.0, 24.0000005, 32.0], [12.0, 1.0, 60.0, 4.0]]),
            ),
            edge=True,
        ),
        Case(
            "바닥값보다 조금 큰 크기",
            (
                np.array([[10.0, 10.0, 50.0, 30.0], [0.0, 0.0, 0.4, 2e-6]]),
                np.array([[24.0, 0.0, 34.0, 2e-6], [0.0, 1.0, 0.3, 4.0]]),
            ),
            edge=True,
        ),
        empty,
    ]


def _floored(boxes):
    boxes = xyxy_to_cxcywh(boxes)
    return np.concatenate([boxes[:, :2], np.maximum(boxes[:, 2:], 1e-6)], axis=1)


def _sized_encoder(size, anchor_size=None):
    """너비와 높이를 ``size``로 고쳐 쓰는 인코더. 앵커의 것은 ``anchor_size``로 고칩니다."""
    anchor_size = anchor_size or size
    return _encoder(
        _offsets(
            shift=lambda c, s, ca, sa: (c - ca) / anchor_size(sa),
            size=lambda s, sa: np.log(size(s) / anchor_size(sa)),
        )
    )


def _ratio_floored(ratio):
    """크기가 아니라 비를 고쳐 쓰는 인코더."""
    return _encoder(
        _offsets(
            shift=lambda c, s, ca, sa: (c - ca) / np.maximum(sa, 1e-6),
            size=lambda s, sa: np.log(ratio(s / sa)),
        )
    )


def _at_least(floor):
    return lambda size: np.maximum(size, floor)


def _as_it_is(size):
    return size


def _encode_by_math(anchors, gt_boxes):
    rows = []
    for (xa, ya, wa, ha), (x, y, w, h) in zip(
        xyxy_to_cxcywh(anchors).tolist(), xyxy_to_cxcywh(gt_boxes).tolist(), strict=True
    ):
        rows.append([(x - xa) / wa, (y - ya) / ha, math.log(w / wa), math.log(h / ha)])
    return np.array(rows).reshape(-1, 4)


ABOUT_ARRAYS = {"rounded", "in_place", "stacked_as_columns", "empty_cannot_stack"}
SAFE_ENCODE_BOXES = replace(
    ENCODE_BOXES,
    name="safe_encode_boxes",
    reference=safe_encode_boxes,
    cases=_safe_encode_cases,
    rules=(
        "너비와 높이가 `1e-6`보다 작으면 `1e-6`으로 봅니다. 나눌 때도, 로그를 씌울 때도 "
        "그렇습니다.",
        "뒤집힌 박스는 들어오지 않습니다.",
        *ENCODE_BOXES.rules[1:],
    ),
    misconceptions=(
        # 바닥값까지 지키면서 이렇게 틀린 답은 경계 경우만 다르므로 같은 오개념으로 알아봅니다.
        *(m for m in ENCODE_BOXES.misconceptions if m.name not in ABOUT_ARRAYS),
        Misconception(
            "rounded",
            "결과를 반올림함",
            lambda anchors, gt_boxes: np.round(safe_encode_boxes(anchors, gt_boxes), 3),
            "식은 맞습니다! 다만 결과를 반올림하면 디코딩했을 때 제자리로 돌아오지 못합니다. "
            "반올림은 화면에 보여 줄 때만 하세요.",
        ),
        Misconception(
            "no_floor",
            "바닥값을 쓰지 않음",
            _encoder(_offsets()),
            "거의 다 왔습니다. 너비나 높이가 0인 박스에서 무한대나 NaN이 나옵니다. "
            "문제의 약속에서 아주 작은 크기를 어떻게 보기로 했는지 다시 읽어 보세요.",
            (_encode_by_math,),
        ),
        Misconception(
            "floor_only_in_log",
            "로그에만 바닥값을 씀",
            _encoder(
                lambda anchor, gt: np.concatenate(
                    [
                        (gt[:, :2] - anchor[:, :2]) / anchor[:, 2:],
                        np.log(np.maximum(gt[:, 2:], 1e-6) / np.maximum(anchor[:, 2:], 1e-6)),
                    ],
                    axis=1,
                )
            ),
            "로그에는 바닥값을 잘 쓰셨습니다. 이동량을 나누는 앵커의 크기도 0이 될 수 있습니다.",
        ),
        Misconception(
            "floor_added",
            "모든 크기에 바닥값을 더함",
            _sized_encoder(lambda size: size + 1e-6),
            "모든 크기에 `1e-6`을 더하셨습니다. 크기가 0일 때는 맞지만, 바닥값보다 큰 박스의 "
            "크기까지 달라집니다. 약속은 '작으면 그 값으로 본다'입니다.",
        ),
        Misconception(
            "only_zero_replaced",
            "꼭 0인 크기만 바꿈",
            _sized_encoder(lambda size: np.where(size == 0, 1e-6, size)),
            "크기가 꼭 0인 박스만 바꾸셨습니다. 0보다 크지만 `1e-6`보다 작은 박스는 어떻게 보기로 "
            "했나요?",
        ),
        Misconception(
            "ratio_floored",
            "크기의 비에 바닥값을 씀",
            _ratio_floored(_at_least(1e-6)),
            "크기가 아니라 두 크기의 비에 바닥값을 쓰셨습니다. 그러면 앵커가 클수록 바닥이 "
            "높아집니다. 나누기 전에 무엇을 고쳐야 할까요?",
            (
                _ratio_floored(lambda ratio: ratio + 1e-6),
                _encoder(
                    _offsets(
                        shift=lambda c, s, ca, sa: (c - ca) / np.maximum(sa, 1e-6),
                        size=lambda s, sa: np.log(np.maximum(s / np.maximum(sa, 1e-6), 1e-6)),
                    )
                ),
            ),
        ),
        Misconception(
            "another_floor",
            "다른 바닥값을 씀",
            _sized_encoder(_at_least(1.0)),
            "다른 바닥값을 쓰셨습니다. 1픽셀보다 작은 박스도 있습니다. 약속에 적힌 수를 다시 "
            "보세요.",
            tuple(_sized_encoder(_at_least(10.0**power)) for power in (-2, -3, -4, -5, -7, -8, -9)),
        ),
        Misconception(
            "one_side_floored",
            "한쪽 박스에만 바닥값을 씀",
            _sized_encoder(_at_least(1e-6), _as_it_is),
            "앵커와 정답 가운데 한쪽에만 바닥값을 쓰셨습니다. 두 쪽 모두 크기가 0일 수 있습니다.",
            (_sized_encoder(_as_it_is, _at_least(1e-6)),),
        ),
        *slips(safe_encode_boxes, _safe_encode_in_place),
    ),
)


# ── decode_boxes ────────────────────────────────────────────────────────────────────────────


def decode_boxes(anchors, deltas):
    """오프셋을 앵커에 적용해 박스를 구합니다. encode_boxes의 반대입니다.

    Args:
        anchors: (N, 4) 배열 [x1, y1, x2, y2], 픽셀.
        deltas: (N, 4) 배열 [t_x, t_y, t_w, t_h]. 같은 번호의 앵커와 짝입니다.

    Returns:
        (N, 4) 실수 배열 [x1, y1, x2, y2], 픽셀.
    """
    anchors = xyxy_to_cxcywh(anchors)
    center = anchors[:, :2] + deltas[:, :2] * anchors[:, 2:]
    half = anchors[:, 2:] * np.exp(deltas[:, 2:]) / 2
    return np.concatenate([center - half, center + half], axis=1)


def _random_deltas(rng, count):
    return rng.uniform(-0.8, 0.8, (count, 4)).round(3)


def _decode_cases(rng):
    anchors = random_boxes(rng, 5)
    return [
        Case(
            "레슨 01의 예제를 되돌리기",
            (np.array([[80.0, 40.0, 120.0, 120.0]]), np.array([[0.25, -0.1, 0.405465, 0.0]])),
        ),
        Case(
            "원문의 예제를 되돌리기",
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


def _decoder(
    center=lambda t, s, ca, sa: t * sa + ca,
    size=lambda t, sa: np.exp(t) * sa,
    ends=lambda c, s: (c - s / 2, c + s / 2),
    order=(0, 1, 2, 3),
    prepare=xyxy_to_cxcywh,
):
    """디코딩의 각 단계를 갈아 끼울 수 있게 나눈 것.

    ``center``와 ``size``는 오프셋 t, 새 크기 s, 앵커의 중심 ca와 크기 sa를 받습니다. 모두
    (N, 2)입니다. ``ends``는 새 중심과 크기로 돌려줄 두 점을 정하고, ``order``는 deltas의 열을
    읽는 순서입니다.
    """

    def wrong(anchors, deltas):
        boxes, deltas = prepare(anchors), deltas[:, order]
        ca, sa = boxes[:, :2], boxes[:, 2:]
        s = size(deltas[:, 2:], sa)
        return np.concatenate(ends(center(deltas[:, :2], s, ca, sa), s), axis=1)

    return wrong


def _decode_plus_one(anchors, deltas):
    grown = decode_boxes(anchors + np.array([0, 0, 1, 1], dtype=anchors.dtype), deltas)
    return grown - np.array([0, 0, 1, 1], dtype=anchors.dtype)


def _decode_in_place(anchors, deltas):
    deltas[:, :2] = (
        deltas[:, :2] * (anchors[:, 2:] - anchors[:, :2]) + (anchors[:, :2] + anchors[:, 2:]) / 2
    )
    deltas[:, 2:] = np.exp(deltas[:, 2:]) * (anchors[:, 2:] - anchors[:, :2])
    return np.concatenate(
        [deltas[:, :2] - deltas[:, 2:] / 2, deltas[:, :2] + deltas[:, 2:] / 2], axis=1
    )


def _comes_back(fn):
    truth = np.array([[12.0, 7.0, 40.0, 90.0], [-5.0, 3.0, 60.0, 20.0]])
    priors = np.array([[0.0, 0.0, 50.0, 80.0], [10.0, -8.0, 30.0, 40.0]])
    return np.allclose(fn(priors, encode_boxes(priors, truth)), truth)


DECODE_BOXES = Exercise(
    name="decode_boxes",
    reference=decode_boxes,
    cases=_decode_cases,
    returns="(N, 4) 배열 [x1, y1, x2, y2]",
    rules=(
        "결과는 모서리 형식 `[x1, y1, x2, y2]`이고, 이미지 밖으로 나가도 자르지 않습니다.",
        NOT_ROUNDED,
        EMPTY_PAIRS,
        KEEP_INPUT,
    ),
    allows=("box_convert", "validate_boxes"),
    columns=CORNERS,
    misconceptions=(
        Misconception(
            "no_exp",
            "exp를 씌우지 않음",
            _decoder(size=lambda t, sa: t * sa),
            "t_w가 0이면 크기가 그대로여야 하는데, 지금은 크기가 0이 됩니다. "
            "인코딩에서 로그를 썼으니 되돌릴 때는 무엇을 써야 할까요?",
        ),
        Misconception(
            "power_of_ten",
            "10의 거듭제곱으로 되돌림",
            _decoder(size=lambda t, sa: 10**t * sa),
            "10의 거듭제곱으로 되돌리고 있습니다. 인코딩의 로그는 밑이 무엇이었나요?",
        ),
        Misconception(
            "power_of_two",
            "2의 거듭제곱으로 되돌림",
            _decoder(size=lambda t, sa: 2**t * sa),
            "2의 거듭제곱으로 되돌리고 있습니다. 인코딩의 로그는 밑이 무엇이었나요?",
        ),
        Misconception(
            "log_instead_of_exp",
            "exp 대신 log를 씌움",
            _decoder(size=lambda t, sa: np.log(t) * sa),
            "크기를 구할 때 로그를 씌우셨습니다. 로그는 인코딩에서 이미 썼고, 지금은 그것을 되돌릴 "
            "차례입니다.",
        ),
        Misconception(
            "one_plus",
            "exp 대신 1 + t를 곱함",
            _decoder(size=lambda t, sa: (1 + t) * sa),
            "(1 + t)배는 t가 아주 작을 때만 비슷합니다. 로그를 정확히 되돌리는 함수를 써 보세요.",
        ),
        Misconception(
            "offsets_added_to_corners",
            "오프셋을 네 수에 그대로 더함",
            lambda anchors, deltas: anchors + deltas,
            "오프셋을 앵커의 네 수에 그대로 더하셨습니다. t_x는 앵커의 크기를 자로 잰 것이고, "
            "t_w는 "
            "로그를 씌운 비입니다.",
        ),
        Misconception(
            "size_added",
            "크기 변화를 곱하지 않고 더함",
            _decoder(size=lambda t, sa: sa + np.exp(t)),
            "크기 변화를 앵커 크기에 더하고 있습니다. 크기 변화는 '몇 배'입니다.",
        ),
        Misconception(
            "inverse_scale",
            "크기 변화의 방향을 뒤집음",
            _decoder(size=lambda t, sa: np.exp(-t) * sa),
            "t_w가 양수인데 박스가 작아집니다. 지수의 부호나 나눗셈의 방향을 보세요.",
        ),
        Misconception(
            "added_before_multiplying",
            "중심에까지 크기를 곱함",
            _decoder(center=lambda t, s, ca, sa: (t + ca) * sa),
            "앵커의 중심에까지 크기를 곱하셨습니다. 곱할 것은 오프셋뿐입니다. 괄호를 보세요.",
        ),
        Misconception(
            "size_without_anchor",
            "앵커의 크기를 곱하지 않음",
            _decoder(size=lambda t, sa: np.exp(t)),
            "새 크기에 앵커의 크기가 들어가지 않았습니다. exp로 되돌린 것은 크기가 아니라 '몇 "
            "배'입니다.",
        ),
        Misconception(
            "anchor_center_forgotten",
            "앵커의 중심을 더하지 않음",
            _decoder(center=lambda t, s, ca, sa: t * sa),
            "이동한 거리까지 구하셨습니다. 그만큼 '어디에서' 움직인 것인지 빠졌습니다.",
        ),
        Misconception(
            "shift_in_pixels",
            "이동량을 픽셀로 여기고 더함",
            _decoder(center=lambda t, s, ca, sa: t + ca),
            "t_x를 픽셀처럼 그대로 더하고 있습니다. 인코딩에서 무엇으로 나누었는지 떠올려 보세요.",
        ),
        Misconception(
            "shift_by_new_size",
            "이동량에 새 크기를 곱함",
            _decoder(center=lambda t, s, ca, sa: t * s + ca),
            "이동량에 새로 구한 박스의 크기를 곱하고 있습니다. "
            "이동량을 잰 자는 앵커의 크기였습니다.",
        ),
        Misconception(
            "opposite_direction",
            "반대 방향으로 움직임",
            _decoder(center=lambda t, s, ca, sa: ca - t * sa),
            "박스가 반대 방향으로 움직입니다. t_x가 양수이면 오른쪽으로 가야 합니다.",
        ),
        Misconception(
            "y_flipped",
            "세로의 방향을 뒤집음",
            _decoder(center=lambda t, s, ca, sa: ca + t * sa * np.array([1, -1], dtype=t.dtype)),
            "세로로만 반대로 움직입니다. 이미지의 y는 아래로 갈수록 커집니다. t_y가 양수이면 "
            "박스는 "
            "어느 쪽으로 가야 할까요?",
        ),
        Misconception(
            "swapped_arguments",
            "앵커와 오프셋을 바꿈",
            lambda anchors, deltas: decode_boxes(deltas, anchors),
            "앵커와 오프셋이 서로 바뀌었습니다. 어느 인수가 픽셀이고 어느 인수가 비율인지 보세요.",
        ),
        Misconception(
            "vertical_shift_by_width",
            "세로 이동에 너비를 곱함",
            _decoder(center=lambda t, s, ca, sa: t * sa[:, [0, 0]] + ca),
            "세로로 옮길 때 앵커의 너비를 곱하셨습니다. t_y는 앵커의 어느 변으로 나눈 값이었나요?",
        ),
        Misconception(
            "width_for_both",
            "가로세로에 모두 너비를 씀",
            _decoder(
                center=lambda t, s, ca, sa: t * sa[:, [0, 0]] + ca,
                size=lambda t, sa: np.exp(t) * sa[:, [0, 0]],
            ),
            "가로와 세로에 모두 앵커의 너비를 쓰셨습니다. 세로 방향의 자는 무엇이었나요?",
        ),
        Misconception(
            "sides_exchanged",
            "곱하는 두 변을 바꿈",
            _decoder(center=lambda t, s, ca, sa: t * sa[:, [1, 0]] + ca),
            "곱하는 두 변이 서로 바뀌었습니다. 가로의 것은 너비로, 세로의 것은 높이로 되돌리는지 "
            "한 "
            "줄씩 확인해 보세요.",
            (
                _decoder(
                    center=lambda t, s, ca, sa: t * sa[:, [1, 0]] + ca,
                    size=lambda t, sa: np.exp(t) * sa[:, [1, 0]],
                ),
                _decoder(size=lambda t, sa: np.exp(t) * sa[:, [1, 0]]),
            ),
        ),
        Misconception(
            "height_by_width",
            "새 높이에 앵커의 너비를 곱함",
            _decoder(size=lambda t, sa: np.exp(t) * sa[:, [0, 0]]),
            "새 높이를 구할 때 앵커의 너비를 곱하셨습니다. 높이는 무엇의 몇 배인가요?",
        ),
        Misconception(
            "floor_division",
            "소수점 아래를 버림",
            _decoder(ends=lambda c, s: (c - s // 2, c + s // 2)),
            FLOOR_HINT,
            (
                _decoder(prepare=_converter(center=lambda low, high: (low + high) // 2)),
                _decoder(prepare=_converter(center=lambda low, high: low + (high - low) // 2)),
            ),
        ),
        Misconception(
            "swapped_xy",
            "가로와 세로를 바꿈",
            _decoder(order=(1, 0, 3, 2)),
            "가로와 세로의 오프셋이 서로 바뀌었습니다. deltas의 열 순서를 확인해 보세요.",
        ),
        Misconception(
            "column_order",
            "오프셋의 열 순서를 잘못 읽음",
            _decoder(order=(0, 2, 1, 3)),
            "deltas의 열을 [t_x, t_w, t_y, t_h]로 읽고 있습니다. 몇 번째 열이 무엇인지 다시 세어 "
            "보세요.",
        ),
        Misconception(
            "returns_cxcywh",
            "중심과 크기로 돌려줌",
            _decoder(ends=lambda c, s: (c, s)),
            "중심과 크기까지는 맞게 구했습니다. 돌려줄 형식은 [x1, y1, x2, y2]이니 한 단계가 "
            "남았습니다.",
        ),
        Misconception(
            "returns_xywh",
            "모서리와 크기로 돌려줌",
            _decoder(ends=lambda c, s: (c - s / 2, s)),
            "왼쪽 위 모서리까지는 맞았지만 뒤의 두 수가 너비와 높이입니다. 약속한 형식의 뒤 두 "
            "수는 "
            "무엇인가요?",
        ),
        Misconception(
            "center_as_corner",
            "중심을 모서리로 씀",
            _decoder(ends=lambda c, s: (c, c + s)),
            "새 중심을 왼쪽 위 모서리로 쓰고 있습니다. "
            "중심에서 모서리까지는 얼마나 떨어져 있을까요?",
        ),
        Misconception(
            "full_size_from_center",
            "중심에서 변 전체만큼 뻗음",
            _decoder(ends=lambda c, s: (c - s, c + s)),
            "박스가 두 배로 커졌습니다. 중심에서 한쪽 모서리까지의 거리를 다시 생각해 보세요.",
        ),
        Misconception(
            "anchor_corner_as_center",
            "앵커의 모서리를 중심으로 씀",
            _decoder(center=lambda t, s, ca, sa: t * sa + ca - sa / 2),
            "앵커의 왼쪽 위 모서리를 중심으로 여기고 움직였습니다. "
            "이동의 출발점은 앵커의 어디일까요?",
        ),
        Misconception(
            "moved_corner",
            "중심이 아니라 모서리를 옮김",
            _decoder(
                center=lambda t, s, ca, sa: ca - sa / 2 + t * sa, ends=lambda c, s: (c, c + s)
            ),
            "왼쪽 위 모서리를 옮긴 다음 크기를 바꾸셨습니다. "
            "크기가 바뀌면 중심이 밀려납니다. t_x는 중심의 이동량입니다.",
        ),
        Misconception("plus_one_size", "너비와 높이에 1을 더함", _decode_plus_one, PLUS_ONE_HINT),
        Misconception(
            "read_as_cxcywh",
            "모서리를 중심과 크기로 읽음",
            _decoder(prepare=lambda boxes: boxes),
            "앵커 [x1, y1, x2, y2]를 [중심 x, 중심 y, 너비, 높이]처럼 쓰고 있습니다. "
            "먼저 앵커의 중심과 크기를 구해 보세요.",
        ),
        *slips(decode_boxes, _decode_in_place),
    ),
    properties=(
        Property(
            "인코딩하고 되돌리기", _comes_back, "인코딩한 박스를 디코딩하면 제자리로 와야 합니다."
        ),
    ),
)


# ── decode_to_original ──────────────────────────────────────────────────────────────────────


def decode_to_original(anchors, deltas, scale, pad):
    """망에 들어간 그림 위의 예측을 디코딩해 원래 그림의 박스로 되돌립니다.

    Args:
        anchors: (N, 4) 배열 [x1, y1, x2, y2], 망에 들어간 그림의 픽셀.
        deltas: (N, 4) 배열 [t_x, t_y, t_w, t_h]. 같은 번호의 앵커와 짝입니다.
        scale: 원래 그림에 곱한 배율. 0보다 큰 수입니다.
        pad: (왼쪽 여백, 위쪽 여백). 배율을 곱한 다음 덧댄 픽셀입니다.

    Returns:
        (N, 4) 실수 배열 [x1, y1, x2, y2], 원래 그림의 픽셀. 입력은 바꾸지 않습니다.
    """
    anchors = xyxy_to_cxcywh(anchors)
    center = anchors[:, :2] + deltas[:, :2] * anchors[:, 2:]
    half = anchors[:, 2:] * np.exp(deltas[:, 2:]) / 2
    left, top = pad
    corners = np.concatenate([center - half, center + half], axis=1)
    return (corners - [left, top, left, top]) / scale


def _original_cases(rng):
    anchors = random_boxes(rng, 5)
    usual = (0.5, (0, 80))
    return [
        Case(
            "가로로 긴 그림",
            (np.array([[80.0, 140.0, 120.0, 220.0]]), np.array([[0.25, -0.1, 0.4, 0.1]]), *usual),
        ),
        Case("세로로 긴 그림", (anchors, _random_deltas(rng, 5), 0.8, (60, 0))),
        Case("두 쪽 모두 여백", (random_boxes(rng, 4), _random_deltas(rng, 4), 1.6, (17, 42))),
        Case("키운 작은 그림", (random_boxes(rng, 3), _random_deltas(rng, 3), 4.0, (12, 96))),
        Case("오프셋이 모두 0", (anchors[:2], np.zeros((2, 4)), 0.37, (30, 8))),
        Case("바꾸지 않은 그림", (anchors[:2], _random_deltas(rng, 2), 1, (0, 0)), edge=True),
        Case(
            "여백까지 나간 예측",
            (np.array([[4.0, 60.0, 44.0, 90.0]]), np.array([[-0.3, -0.4, 0.2, 0.5]]), *usual),
        ),
        Case(
            "정수 앵커",
            (np.array([[80, 141, 121, 220]]), np.array([[0.2, 0.1, -0.3, 0.05]]), 0.5, (6, 80)),
            edge=True,
        ),
        Case(
            "float32 배열",
            (
                random_boxes(rng, 3).astype("f4"),
                _random_deltas(rng, 3).astype("f4"),
                *(0.75, (24, 10)),
            ),
        ),
        Case("예측이 없는 그림", (np.zeros((0, 4)), np.zeros((0, 4)), *usual), edge=True),
    ]


def _four(pad):
    return np.array([*pad, *pad], dtype=float)


def _undone(back):
    """디코딩은 맞고, 망의 픽셀에서 원래 픽셀로 가는 ``back(박스, 배율, 여백)``이 다른 구현."""

    def wrong(anchors, deltas, scale, pad):
        return back(decode_boxes(anchors, deltas), scale, pad)

    return wrong


def _then_undone(decode):
    """디코딩이 다르고, 원래 픽셀로는 맞게 가는 구현."""

    def wrong(anchors, deltas, scale, pad):
        return (decode(anchors, deltas) - _four(pad)) / scale

    return wrong


def _undo_center_only(boxes, scale, pad):
    center, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    center = (center - np.array(pad)) / scale
    return np.concatenate([center - half, center + half], axis=1)


def _undo_size_too(anchors, deltas, scale, pad):
    boxes = _decoder(ends=lambda c, s: (c, s))(anchors, deltas)
    boxes = (boxes - _four(pad)) / scale
    return np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], 1)


def _original_in_place(anchors, deltas, scale, pad):
    anchors[:] = decode_boxes(anchors, deltas)
    return (anchors - _four(pad)) / scale


def _deltas_scaled(anchors, deltas, scale, pad):
    return (decode_boxes(anchors, deltas / scale) - _four(pad)) / scale


ROUNDED_BOX_HINT = (
    "식은 맞습니다! 다만 결과를 반올림하면 작은 박스의 IoU가 눈에 띄게 달라집니다. 반올림은 화면에 "
    "보여 줄 때만 하세요."
)


def _rounded_original(decimals):
    return _undone(lambda boxes, scale, pad: np.round((boxes - _four(pad)) / scale, decimals))


def _decode_columns_exchanged(anchors, deltas):
    return _decoder(order=(0, 1, 3, 2))(anchors, deltas)


DECODE_SLIPS = ("no_exp", "shift_in_pixels", "shift_by_new_size", "returns_cxcywh", "returns_xywh")


def _original_mistakes():
    """디코딩의 실수 가운데 되돌린 다음에도 남는 것들."""
    known = {m.name: m for m in DECODE_BOXES.misconceptions}
    for name in (*DECODE_SLIPS, "center_as_corner", "full_size_from_center", "read_as_cxcywh"):
        found = known[name]
        yield replace(
            found,
            wrong=_then_undone(found.wrong),
            variants=tuple(map(_then_undone, found.variants)),
        )


def _sees_the_same_place(fn):
    # 원래 그림에서 딱 떨어지는 박스를 망의 픽셀로 보냈다가 되찾습니다.
    truth = np.array([[40.0, 20.0, 100.0, 60.0], [0.0, 0.0, 30.0, 90.0]])
    network = truth * 0.6 + [8, 30, 8, 30]
    priors = network + [-5, 3, 9, -4]
    return np.allclose(fn(priors, encode_boxes(priors, network), 0.6, (8, 30)), truth)


DECODE_TO_ORIGINAL = Exercise(
    name="decode_to_original",
    reference=decode_to_original,
    cases=_original_cases,
    returns="(N, 4) 배열 [x1, y1, x2, y2], 원래 그림의 픽셀",
    rules=(
        "망의 좌표는 원래 좌표에 `scale`을 곱하고 여백을 더한 것입니다. 가로와 세로의 배율은 "
        "같습니다.",
        "`pad`는 `(왼쪽, 위쪽)` 순서이고, 오른쪽과 아래쪽의 여백은 좌표를 바꾸지 않습니다.",
        "결과는 모서리 형식이고, 그림 밖으로 나가도 자르지 않으며 반올림하지 않습니다.",
        "예측이 하나도 없으면(둘 다 `(0, 4)`) 결과도 `(0, 4)`입니다.",
        KEEP_INPUT,
    ),
    allows=("box_convert", "validate_boxes"),
    columns=CORNERS,
    misconceptions=(
        Misconception(
            "stayed_on_the_network",
            "원래 그림으로 되돌리지 않음",
            _undone(lambda boxes, scale, pad: boxes),
            "디코딩은 맞았지만 아직 망에 들어간 그림 위의 좌표입니다. 원래 그림에 그리면 엉뚱한 "
            "곳에 놓입니다.",
        ),
        Misconception(
            "scale_before_pad",
            "배율로 나눈 다음에 여백을 뺌",
            _undone(lambda boxes, scale, pad: boxes / scale - _four(pad)),
            "여백을 원래 그림의 픽셀처럼 빼셨습니다. 여백은 배율을 곱한 다음에 덧댔습니다. 신발을 "
            "나중에 신었다면 무엇부터 벗어야 할까요?",
        ),
        Misconception(
            "scale_multiplied",
            "배율로 나누지 않고 곱함",
            _undone(lambda boxes, scale, pad: (boxes - _four(pad)) * scale),
            "배율을 한 번 더 곱하셨습니다. 원래 그림을 절반으로 줄였다면, 되돌릴 때는 어떻게 해야 "
            "할까요?",
        ),
        Misconception(
            "forward_again",
            "되돌리지 않고 한 번 더 보냄",
            _undone(lambda boxes, scale, pad: boxes * scale + _four(pad)),
            "원래 그림에서 망으로 가는 계산을 한 번 더 하셨습니다. 지금은 그 길을 거꾸로 걸을 "
            "차례입니다.",
        ),
        Misconception(
            "pad_added",
            "여백을 빼지 않고 더함",
            _undone(lambda boxes, scale, pad: (boxes + _four(pad)) / scale),
            "여백을 더하셨습니다. 덧댄 것을 되돌리려면 어느 쪽으로 옮겨야 할까요?",
        ),
        Misconception(
            "pad_forgotten",
            "여백을 빼지 않음",
            _undone(lambda boxes, scale, pad: boxes / scale),
            "배율은 되돌렸지만 여백만큼 밀려 있습니다. `pad`는 어디에 쓰나요?",
        ),
        Misconception(
            "scale_forgotten",
            "배율로 나누지 않음",
            _undone(lambda boxes, scale, pad: boxes - _four(pad)),
            "여백은 떼어 냈지만 크기가 아직 망에 들어간 그림의 것입니다. `scale`은 어디에 쓰나요?",
        ),
        Misconception(
            "pad_exchanged",
            "가로와 세로의 여백을 바꿈",
            _undone(lambda boxes, scale, pad: (boxes - _four(pad[::-1])) / scale),
            "왼쪽 여백을 세로에서, 위쪽 여백을 가로에서 빼셨습니다. `pad`의 순서를 다시 보세요.",
        ),
        Misconception(
            "one_pad_for_both",
            "가로세로에서 같은 여백을 뺌",
            _undone(lambda boxes, scale, pad: (boxes - pad[0]) / scale),
            "가로와 세로에서 같은 여백을 빼셨습니다. 긴 그림은 한쪽에만 여백이 생깁니다.",
            (_undone(lambda boxes, scale, pad: (boxes - pad[1]) / scale),),
        ),
        Misconception(
            "vertical_pad_forgotten",
            "세로의 여백을 빼지 않음",
            _undone(lambda boxes, scale, pad: (boxes - np.array([pad[0], 0] * 2)) / scale),
            "가로의 여백만 빼셨습니다. 가로로 긴 그림은 어느 쪽에 여백이 생기나요?",
        ),
        Misconception(
            "horizontal_pad_forgotten",
            "가로의 여백을 빼지 않음",
            _undone(lambda boxes, scale, pad: (boxes - np.array([0, pad[1]] * 2)) / scale),
            "세로의 여백만 빼셨습니다. 세로로 긴 그림은 어느 쪽에 여백이 생기나요?",
        ),
        Misconception(
            "pad_from_first_corner_only",
            "한쪽 모서리에서만 여백을 뺌",
            _undone(lambda boxes, scale, pad: (boxes - np.array([*pad, 0, 0])) / scale),
            "한쪽 모서리에서만 여백을 빼서 박스의 크기까지 달라졌습니다. 여백은 박스를 통째로 "
            "밀었습니다.",
            (_undone(lambda boxes, scale, pad: (boxes - np.array([0, 0, *pad])) / scale),),
        ),
        Misconception(
            "both_pads_removed",
            "여백을 두 번 뺌",
            _undone(lambda boxes, scale, pad: (boxes - 2 * _four(pad)) / scale),
            "여백을 두 번 빼셨습니다. 오른쪽과 아래쪽의 여백도 좌표를 밀까요?",
        ),
        Misconception(
            "size_not_scaled",
            "너비와 높이를 되돌리지 않음",
            _undone(_undo_center_only),
            "중심만 되돌리고 너비와 높이는 그대로 두셨습니다. 그림을 줄이면 크기도 함께 "
            "줄어듭니다.",
        ),
        Misconception(
            "pad_taken_from_size",
            "너비와 높이에서도 여백을 뺌",
            _undo_size_too,
            "너비와 높이에서도 여백을 빼셨습니다. 밀어 옮긴 박스의 너비는 달라지나요?",
        ),
        Misconception(
            "offsets_scaled",
            "오프셋을 배율로 나눔",
            _deltas_scaled,
            "오프셋을 배율로 나누셨습니다. 오프셋은 앵커에 견준 비율이라 그림의 크기와 상관이 "
            "없습니다.",
        ),
        Misconception(
            "rounded",
            "결과를 반올림함",
            _undone(lambda boxes, scale, pad: np.round((boxes - _four(pad)) / scale)),
            ROUNDED_BOX_HINT,
            tuple(_rounded_original(decimals) for decimals in (1, 2, 3)),
        ),
        Misconception(
            "clipped",
            "그림 밖을 0으로 자름",
            _undone(lambda boxes, scale, pad: np.maximum((boxes - _four(pad)) / scale, 0)),
            "원래 그림의 왼쪽과 위로 나간 곳을 0으로 자르셨습니다. 자를지 말지는 이 함수를 부른 "
            "쪽이 정합니다.",
        ),
        Misconception(
            "sizes_exchanged",
            "t_w와 t_h를 바꾸어 씀",
            _then_undone(_decode_columns_exchanged),
            "t_w와 t_h를 서로 바꾸어 쓰셨습니다. deltas의 셋째 열은 너비의 것입니다.",
        ),
        *_original_mistakes(),
        *slips(decode_to_original, _original_in_place),
    ),
    properties=(
        Property(
            "원래 그림에서 갔다 오기",
            _sees_the_same_place,
            "원래 그림의 박스를 망의 좌표로 보냈다가 디코딩하면 제자리로 와야 합니다.",
        ),
    ),
)


# ── personal_targets ────────────────────────────────────────────────────────────────────────


def personal_targets(anchor, gt):
    """앵커 하나와 정답 하나의 오프셋을 구합니다.

    Args:
        anchor: (4,) 배열 [x_a, y_a, w_a, h_a]. 이미 중심과 크기입니다.
        gt: (4,) 배열 [x, y, w, h]. 이미 중심과 크기입니다.

    Returns:
        네 수 (t_x, t_y, t_w, t_h). 튜플, 리스트, 배열 모두 좋습니다.
    """
    xa, ya, wa, ha = anchor
    x, y, w, h = gt
    return (x - xa) / wa, (y - ya) / ha, np.log(w / wa), np.log(h / ha)


def _personal_cases(rng):
    numbers = rng.integers(20_200_000, 20_400_000, 6)
    return [
        Case(
            "원문의 숫자", (np.array([50.0, 50.0, 40.0, 20.0]), np.array([58.0, 46.0, 50.0, 24.0]))
        ),
        *(Case(f"학번 {number}의 숫자", personal_numbers(number)) for number in numbers),
        Case("앵커와 정답이 같은 숫자", (np.array([30.0, 20.0, 8.0, 16.0]),) * 2),
    ]


def _personal_from_xyxy(anchor, gt):
    # 이미 중심과 크기인 수를 모서리로 여기고 한 번 더 바꿉니다. 크기가 음수가 되기도 합니다.
    with np.errstate(all="ignore"):
        return _offsets()(*(xyxy_to_cxcywh(box[None])[0] for box in (anchor, gt)))


def _own_case(number):
    return Case(f"내 숫자 (학번 {number})", personal_numbers(number))


def _own_words(deltas):
    numbers = ", ".join(f"{name} = {t:.3f}" for name, t in zip(OFFSETS, deltas, strict=True))
    return [
        ("내 숫자의 오프셋", f"`{numbers}`"),
        ("말로 하면", "\n".join(offsets_in_words(deltas))),
    ]


PERSONAL_TARGETS = Exercise(
    name="personal_targets",
    reference=personal_targets,
    cases=_personal_cases,
    returns="네 수 (t_x, t_y, t_w, t_h)",
    rules=(
        "받은 네 수는 이미 `[중심 x, 중심 y, 너비, 높이]`입니다.",
        "튜플, 리스트, 배열 어느 것으로 돌려주어도 됩니다.",
        "소수 셋째 자리까지 적은 값도 맞은 것으로 봅니다.",
    ),
    allows=("personal_numbers",),
    own=Own(_own_case, _own_words),
    columns=OFFSETS,
    layout="whole",
    # 손으로 계산해 셋째 자리까지 적은 답도 받아들입니다.
    tolerance=6e-4,
    misconceptions=(
        *(
            Misconception(name, title, formula, hint, tuple(variants))
            for name, (title, formula, hint, *variants) in ENCODE_MISTAKES.items()
        ),
        Misconception(
            "converted_again",
            "이미 바꾼 형식을 또 바꿈",
            _personal_from_xyxy,
            "나만의 숫자는 이미 [중심 x, 중심 y, 너비, 높이]입니다. 한 번 더 변환할 필요가 "
            "있을까요?",
        ),
        Misconception(
            "copied_example",
            "원문 예제의 답을 그대로 냄",
            lambda anchor, gt: (0.2, -0.2, 0.223, 0.182),
            "원문 예제의 답이 그대로 나옵니다. 함수가 받은 `anchor`와 `gt`로 계산해 보세요.",
        ),
        Misconception(
            "first_two_only",
            "이동량 두 개만 돌려줌",
            lambda anchor, gt: ((gt[0] - anchor[0]) / anchor[2], (gt[1] - anchor[1]) / anchor[3]),
            "이동량 두 개까지 잘 구했습니다. 크기가 얼마나 달라지는지 두 수가 더 필요합니다.",
        ),
    ),
)

# ── personal_box ────────────────────────────────────────────────────────────────────────────


def personal_box(anchor, deltas):
    """앵커 하나와 오프셋 네 수로 박스의 두 모서리를 구합니다.

    Args:
        anchor: (4,) 배열 [x_a, y_a, w_a, h_a]. 이미 중심과 크기입니다.
        deltas: (4,) 배열 [t_x, t_y, t_w, t_h].

    Returns:
        네 수 (x1, y1, x2, y2). 튜플, 리스트, 배열 모두 좋습니다.
    """
    xa, ya, wa, ha = anchor
    tx, ty, tw, th = deltas
    x, y = xa + tx * wa, ya + ty * ha
    w, h = wa * np.exp(tw), ha * np.exp(th)
    return x - w / 2, y - h / 2, x + w / 2, y + h / 2


def _personal_box_cases(rng):
    numbers = rng.integers(20_200_000, 20_400_000, 6)
    return [
        Case(
            "원문의 숫자",
            (np.array([50.0, 50.0, 40.0, 20.0]), np.array([0.2, -0.2, 0.223, 0.182])),
        ),
        *(Case(f"학번 {number}의 숫자", personal_offsets(number)) for number in numbers),
        Case("오프셋이 모두 0", (np.array([30.0, 20.0, 8.0, 16.0]), np.zeros(4))),
    ]


def _on_one_box(decode):
    """박스 하나의 중심과 크기로 부르게 감싼 디코딩."""

    def wrong(anchor, deltas):
        center, half = anchor[:2], anchor[2:] / 2
        corners = np.concatenate([center - half, center + half])
        return decode(corners[None], deltas[None])[0]

    return wrong


# 배열을 다루다 하는 실수와, 입력이 모서리일 때의 실수는 여기서 일어나지 않습니다.
ONLY_WITH_CORNERS = {
    *("plus_one_size", "read_as_cxcywh", "in_place", "stacked_as_columns", "empty_cannot_stack"),
    "floor_division",
}


def _own_box_case(number):
    return Case(f"내 숫자 (학번 {number})", personal_offsets(number))


def _own_box_words(box):
    x1, y1, x2, y2 = box
    numbers = ", ".join(f"{name} = {value:.1f}" for name, value in zip(CORNERS, box, strict=True))
    return [
        ("내 숫자의 박스", f"`{numbers}`"),
        ("말로 하면", f"너비 {x2 - x1:.1f}픽셀, 높이 {y2 - y1:.1f}픽셀인 박스입니다."),
    ]


PERSONAL_BOX = Exercise(
    name="personal_box",
    reference=personal_box,
    cases=_personal_box_cases,
    returns="네 수 (x1, y1, x2, y2)",
    rules=(
        "받은 앵커는 `[중심 x, 중심 y, 너비, 높이]`이고, 돌려줄 것은 두 모서리입니다.",
        "튜플, 리스트, 배열 어느 것으로 돌려주어도 됩니다.",
        NOT_ROUNDED,
    ),
    allows=("personal_offsets",),
    own=Own(_own_box_case, _own_box_words),
    columns=CORNERS,
    layout="whole",
    misconceptions=(
        Misconception(
            "read_as_corners",
            "중심과 크기를 모서리로 읽음",
            lambda anchor, deltas: decode_boxes(anchor[None], deltas[None])[0],
            "앵커를 두 모서리로 읽고 계산하셨습니다. 나만의 숫자는 이미 중심과 크기입니다.",
        ),
        *(
            replace(m, wrong=_on_one_box(m.wrong), variants=tuple(map(_on_one_box, m.variants)))
            for m in DECODE_BOXES.misconceptions
            if m.name not in {*ONLY_WITH_CORNERS, "swapped_arguments"}
        ),
        Misconception(
            "sizes_exchanged",
            "t_w와 t_h를 바꾸어 씀",
            _on_one_box(_decode_columns_exchanged),
            "t_w로 높이를, t_h로 너비를 구하셨습니다. 글자 w와 h가 무엇의 첫 글자인지 보세요.",
        ),
        Misconception(
            "rounded",
            "결과를 반올림함",
            lambda anchor, deltas: np.round(personal_box(anchor, deltas), 1),
            ROUNDED_BOX_HINT,
            (
                lambda anchor, deltas: np.round(personal_box(anchor, deltas)),
                lambda anchor, deltas: np.round(personal_box(anchor, deltas), 2),
            ),
        ),
        Misconception(
            "encoded_again",
            "디코딩 대신 인코딩을 함",
            lambda anchor, deltas: _offsets()(anchor, deltas),
            "인코딩의 식을 쓰셨습니다. 받은 네 수는 이미 오프셋입니다. 이번에는 박스로 "
            "되돌아갑니다.",
        ),
        Misconception(
            "example_answer",
            "원문 예제의 박스를 그대로 냄",
            lambda anchor, deltas: (33.0, 34.0, 83.0, 58.0),
            "원문 예제의 박스가 그대로 나옵니다. 함수가 받은 `anchor`와 `deltas`로 계산해 보세요.",
        ),
    ),
)

EXERCISES = (
    RANK_ANCHORS,
    XYXY_TO_CXCYWH,
    ENCODE_BOXES,
    SAFE_ENCODE_BOXES,
    DECODE_BOXES,
    DECODE_TO_ORIGINAL,
    PERSONAL_TARGETS,
    PERSONAL_BOX,
)
