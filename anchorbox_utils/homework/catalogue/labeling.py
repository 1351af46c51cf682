"""레슨 03의 연습 문제: IoU, 라벨, 강제 매칭."""

import numpy as np

from anchorbox_utils.homework.catalogue.common import (
    EMPTY_LABELS,
    EMPTY_MATRIX,
    FLOAT_RESULT,
    IN_PLACE_HINT,
    KEEP_INPUT,
    PLUS_ONE_HINT,
    READ_AS_XYWH_HINT,
    random_boxes,
)
from anchorbox_utils.homework.exercise import Case, Exercise, Misconception, Property

# ── box_iou ─────────────────────────────────────────────────────────────────────────────────


def box_iou(boxes1, boxes2):
    """모든 짝의 IoU를 구합니다.

    Args:
        boxes1: (N, 4) 배열 [x1, y1, x2, y2], 픽셀.
        boxes2: (M, 4) 배열 [x1, y1, x2, y2], 픽셀. N과 M은 다를 수 있고 0일 수도 있습니다.

    Returns:
        (N, M) 실수 배열. i행 j열은 boxes1[i]와 boxes2[j]의 IoU가고 0 이상 1 이하입니다.
    """
    iou = np.zeros((len(boxes1), len(boxes2)))
    for i, (ax1, ay1, ax2, ay2) in enumerate(boxes1):
        for j, (bx1, by1, bx2, by2) in enumerate(boxes2):
            width = max(0, min(ax2, bx2) - max(ax1, bx1))
            height = max(0, min(ay2, by2) - max(ay1, by1))
            overlap = width * height
            union = (ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - overlap
            if union > 0:
                iou[i, j] = overlap / union
    return iou


# 넓이가 1보다 작은 두 박스. 이미지의 크기로 나눈 좌표입니다.
SMALL_BOXES = np.array([[0.05, 0.1, 0.9, 0.95], [0.2, 0.05, 0.95, 0.9]])
ONE_PIXEL_HINT = (
    "0으로 나누지 않으려고 넓이를 적어도 1로 두셨습니다. 좌표를 이미지의 크기로 나누어 쓰면 넓이는 "
    "흔히 1보다 작습니다. 0인 것만 따로 다루어 보세요."
)


def _iou_cases(rng):
    box = np.array([[10.0, 10.0, 50.0, 40.0]])
    return [
        Case(
            "반쯤 겹친 두 박스",
            (np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([[1.0, 0.0, 3.0, 2.0]])),
        ),
        Case("앵커 여섯과 정답 셋", (random_boxes(rng, 6, 0, 120), random_boxes(rng, 3, 0, 120))),
        Case("똑같은 박스", (box, box.copy())),
        Case("안에 든 박스", (box, np.array([[20.0, 15.0, 30.0, 25.0]]))),
        Case(
            "맞닿기만 한 박스",
            (
                box,
                np.array(
                    [[50.0, 10.0, 90.0, 40.0], [10.0, 40.0, 50.0, 70.0], [50.0, 40.0, 60.0, 50.0]]
                ),
            ),
        ),
        Case(
            "대각선으로 떨어진 박스",
            (box, np.array([[70.0, 60.0, 110.0, 90.0], [-60.0, -60.0, -20.0, -30.0]])),
        ),
        Case("한 방향으로만 떨어진 박스", (box, np.array([[70.0, 12.0, 95.0, 38.0]]))),
        Case("음수 좌표", (random_boxes(rng, 2, -200, -100), random_boxes(rng, 3, -200, -100))),
        Case(
            "아주 큰 좌표",
            (random_boxes(rng, 2, 1e5, 1e5 + 100), random_boxes(rng, 4, 1e5, 1e5 + 100)),
        ),
        Case(
            "정수 배열",
            (np.array([[0, 0, 10, 10], [5, 5, 9, 20]]), np.array([[2, 3, 12, 9]])),
            edge=True,
        ),
        Case(
            "float32 배열",
            (random_boxes(rng, 3, 0, 100).astype("f4"), random_boxes(rng, 2, 0, 100).astype("f4")),
        ),
        Case(
            "넓이가 0인 두 박스",
            (
                np.array([[5.0, 5.0, 5.0, 5.0]]),
                np.array([[5.0, 5.0, 5.0, 5.0], [1.0, 2.0, 1.0, 8.0]]),
            ),
            edge=True,
        ),
        Case("0과 1 사이의 좌표", (SMALL_BOXES, SMALL_BOXES[::-1].copy()), edge=True),
        Case("정답이 없는 입력", (random_boxes(rng, 3), np.zeros((0, 4))), edge=True),
        Case("앵커가 없는 입력", (np.zeros((0, 4)), random_boxes(rng, 2)), edge=True),
    ]


def overlap_parts(boxes1, boxes2, grow=0.0, clamp=True):
    """(교집합 넓이, 넓이1, 넓이2). 모두 (N, M)으로 펼칠 수 있습니다."""
    a, b = boxes1[:, None].astype(float), boxes2[None].astype(float)
    size = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]) + grow
    size = np.maximum(size, 0) if clamp else size
    area1 = (a[..., 2:] - a[..., :2] + grow).prod(axis=-1)
    area2 = (b[..., 2:] - b[..., :2] + grow).prod(axis=-1)
    return size.prod(axis=-1), area1, area2


def share_of(intersection, whole, defined=np.greater):
    whole = np.broadcast_to(whole, intersection.shape)
    return np.divide(intersection, whole, out=np.zeros_like(intersection), where=defined(whole, 0))


def _over(whole):
    """겹친 넓이를 합집합이 아닌 ``whole(넓이1, 넓이2)``로 나누는 구현."""

    def wrong(boxes1, boxes2):
        intersection, area1, area2 = overlap_parts(boxes1, boxes2)
        return share_of(intersection, whole(area1, area2))

    return wrong


def _iou_of_parts(defined=np.greater, **parts):
    def wrong(boxes1, boxes2):
        intersection, area1, area2 = overlap_parts(boxes1, boxes2, **parts)
        return share_of(intersection, area1 + area2 - intersection, defined)

    return wrong


def _iou_clamped_late(boxes1, boxes2):
    intersection, area1, area2 = overlap_parts(boxes1, boxes2, clamp=False)
    intersection = np.maximum(intersection, 0)
    return share_of(intersection, area1 + area2 - intersection)


def _iou_clamped_ratio(boxes1, boxes2):
    return np.maximum(_iou_of_parts(clamp=False)(boxes1, boxes2), 0)


def _iou_enclosing(boxes1, boxes2):
    intersection, _, _ = overlap_parts(boxes1, boxes2)
    a, b = boxes1[:, None], boxes2[None]
    low, high = np.minimum(a[..., :2], b[..., :2]), np.maximum(a[..., 2:], b[..., 2:])
    return share_of(intersection, (high - low).prod(axis=-1).astype(float))


def _iou_swapped_min_max(boxes1, boxes2):
    a, b = boxes1[:, None].astype(float), boxes2[None].astype(float)
    size = np.maximum(a[..., 2:], b[..., 2:]) - np.minimum(a[..., :2], b[..., :2])
    intersection = size.prod(axis=-1)
    _, area1, area2 = overlap_parts(boxes1, boxes2)
    return share_of(intersection, area1 + area2 - intersection)


def _dice(boxes1, boxes2):
    intersection, area1, area2 = overlap_parts(boxes1, boxes2)
    return share_of(2 * intersection, area1 + area2)


def _iou_without_parentheses(boxes1, boxes2):
    intersection, area1, area2 = overlap_parts(boxes1, boxes2)
    return share_of(intersection, area1) + area2 - intersection


def _iou_of_widths(boxes1, boxes2):
    a, b = boxes1[:, None].astype(float), boxes2[None].astype(float)
    width = np.maximum(np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0]), 0)
    return share_of(width, a[..., 2] - a[..., 0] + b[..., 2] - b[..., 0] - width)


def _iou_intersection_only(boxes1, boxes2):
    return overlap_parts(boxes1, boxes2)[0]


def _iou_same_rows(boxes1, boxes2):
    low = np.maximum(boxes1[:, :2], boxes2[:, :2])
    high = np.minimum(boxes1[:, 2:], boxes2[:, 2:])
    intersection = np.maximum(high - low, 0).prod(axis=1).astype(float)
    area1 = (boxes1[:, 2:] - boxes1[:, :2]).prod(axis=1)
    area2 = (boxes2[:, 2:] - boxes2[:, :2]).prod(axis=1)
    return share_of(intersection, area1 + area2 - intersection)


def _iou_zero_union(boxes1, boxes2):
    intersection, area1, area2 = overlap_parts(boxes1, boxes2)
    return intersection / (area1 + area2 - intersection)


def _iou_one_pixel(boxes1, boxes2):
    intersection, area1, area2 = overlap_parts(boxes1, boxes2)
    return intersection / np.maximum(area1 + area2 - intersection, 1)


def _iou_truncated(boxes1, boxes2):
    out = np.zeros((len(boxes1), len(boxes2)), dtype=boxes1.dtype)
    out[:] = box_iou(boxes1, boxes2)
    return out


def _iou_as_xywh(boxes1, boxes2):
    def corners(boxes):
        return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1).astype(float)

    return box_iou(corners(boxes1), corners(boxes2))


def _matches_paper(fn):
    one = np.array([[0.0, 0.0, 3.0, 1.0]])
    return np.allclose(fn(one, np.array([[2.0, 0.0, 5.0, 1.0], one[0]])), [[0.2, 1.0]])


BOX_IOU = Exercise(
    name="box_iou",
    reference=box_iou,
    cases=_iou_cases,
    returns="(N, M) IoU 배열",
    rules=(
        "겹치지 않거나 모서리만 맞닿은 짝의 IoU는 0입니다.",
        "합집합의 넓이가 0인 짝의 IoU도 0입니다.",
        EMPTY_MATRIX,
        FLOAT_RESULT,
        KEEP_INPUT,
    ),
    allows=("box_area", "box_convert", "validate_boxes"),
    layout="pairs",
    misconceptions=(
        Misconception(
            "union_counts_overlap_twice",
            "겹친 부분을 두 번 셈",
            _over(np.add),
            "두 넓이를 더하면 겹친 부분이 두 번 세어집니다. "
            "똑같은 두 박스의 IoU가 1이 되는지 먼저 확인해 보세요.",
        ),
        Misconception(
            "division_before_union",
            "합집합에 괄호를 치지 않음",
            _iou_without_parentheses,
            "나눗셈이 먼저 계산되어 첫째 넓이로만 나누고 나머지는 더해졌습니다. 합집합 전체를 "
            "괄호로 묶어 보세요.",
        ),
        Misconception(
            "dice",
            "IoU 대신 다이스 계수를 구함",
            _dice,
            "겹친 넓이를 두 배 해서 두 넓이의 합으로 나누는 것은 다이스(Dice) 계수입니다. 0과 "
            "1에서는 "
            "IoU와 같지만 그 사이에서는 더 큽니다. 합집합의 넓이를 구해 보세요.",
        ),
        Misconception(
            "width_only",
            "가로의 겹침만 견줌",
            _iou_of_widths,
            "가로의 겹침만 견주셨습니다. 세로로 떨어진 두 박스도 겹친 것이 됩니다. IoU는 길이가 "
            "아니라 넓이의 비입니다.",
        ),
        Misconception(
            "percent",
            "백분율로 돌려줌",
            lambda boxes1, boxes2: 100 * box_iou(boxes1, boxes2),
            "백분율로 돌려주셨습니다. 비교할 임계값 0.7이 어떤 눈금인지 떠올려 보세요.",
        ),
        Misconception(
            "over_first_area",
            "첫째 박스의 넓이로만 나눔",
            _over(lambda area1, area2: area1),
            "첫째 박스의 넓이로만 나누고 있습니다. 그러면 둘의 순서를 바꿀 때 값이 달라집니다. "
            "IoU의 U는 무엇의 첫 글자일까요?",
        ),
        Misconception(
            "over_second_area",
            "둘째 박스의 넓이로만 나눔",
            _over(lambda area1, area2: area2),
            "둘째 박스의 넓이로만 나누고 있습니다. 그러면 아주 큰 앵커도 1점을 받습니다. "
            "IoU의 U는 무엇의 첫 글자일까요?",
        ),
        Misconception(
            "over_smaller_area",
            "작은 쪽의 넓이로 나눔",
            _over(np.minimum),
            "작은 쪽의 넓이로 나누고 있습니다. 큰 박스 안에 작은 박스가 쏙 들어가면 IoU가 1일까요?",
        ),
        Misconception(
            "over_larger_area",
            "큰 쪽의 넓이로 나눔",
            _over(np.maximum),
            "큰 쪽의 넓이로 나누고 있습니다. 두 박스가 조금만 겹칠 때, 둘이 차지하는 전체 영역은 "
            "큰 박스 하나보다 넓습니다.",
        ),
        Misconception(
            "negative_times_negative",
            "음수 너비와 높이를 그대로 곱함",
            _iou_of_parts(clamp=False),
            "떨어진 두 박스에서는 겹친 너비나 높이가 음수로 나옵니다. 하나만 음수이면 IoU가 음수가 "
            "되고, 둘 다 음수이면 곱이 양수라 겹친 것처럼 보입니다. 곱하기 전에 할 일이 있습니다.",
            (_iou_of_parts(np.not_equal, clamp=False),),
        ),
        Misconception(
            "clamped_after_product",
            "곱한 다음에 0으로 막음",
            _iou_clamped_late,
            "0으로 막는 곳이 늦었습니다. 너비와 높이가 둘 다 음수이면 곱은 이미 양수입니다. "
            "대각선으로 떨어진 두 박스를 그려 보세요.",
            (_iou_clamped_ratio,),
        ),
        Misconception(
            "plus_one_size", "너비와 높이에 1을 더함", _iou_of_parts(grow=1.0), PLUS_ONE_HINT
        ),
        Misconception(
            "enclosing_box",
            "감싸는 사각형으로 나눔",
            _iou_enclosing,
            "두 박스를 모두 감싸는 큰 사각형의 넓이로 나누고 있습니다. "
            "합집합은 그 사각형의 빈 귀퉁이를 포함하지 않습니다.",
        ),
        Misconception(
            "min_max_exchanged",
            "겹친 곳 대신 감싸는 곳을 구함",
            _iou_swapped_min_max,
            "겹친 영역이 아니라 둘을 감싸는 영역을 구했습니다. "
            "겹친 영역의 왼쪽 끝은 두 왼쪽 끝 가운데 어느 쪽일까요? 그림으로 그려 보세요.",
        ),
        Misconception(
            "intersection_only",
            "겹친 넓이만 돌려줌",
            _iou_intersection_only,
            "겹친 넓이까지 잘 구했습니다. 아직 픽셀 단위의 넓이이니, 0과 1 사이의 비로 바꿔 "
            "주세요.",
        ),
        Misconception(
            "same_rows_only",
            "같은 번호끼리만 견줌",
            _iou_same_rows,
            "같은 번호의 박스끼리만 견주고 있습니다. 앵커 N개와 정답 M개의 '모든 짝'이 필요합니다. "
            "`boxes1[:, None]`이 무엇을 해 주는지 찾아보세요.",
        ),
        Misconception(
            "transposed",
            "행과 열을 바꿈",
            lambda boxes1, boxes2: box_iou(boxes2, boxes1),
            "행과 열이 바뀌었습니다. 첫 인수가 행, 둘째 인수가 열입니다.",
        ),
        Misconception(
            "zero_over_zero",
            "0을 0으로 나눔",
            _iou_zero_union,
            "거의 다 왔습니다. 넓이가 0인 두 박스에서는 0을 0으로 나누게 됩니다. "
            "이 강좌에서는 그런 짝의 IoU를 0으로 정했습니다.",
        ),
        Misconception("union_at_least_one", "넓이를 적어도 1로 둠", _iou_one_pixel, ONE_PIXEL_HINT),
        Misconception(
            "integer_truncation",
            "정수 배열에 소수를 담음",
            _iou_truncated,
            "결과를 담는 배열이 정수형이라 0.8 같은 값이 0이 되었습니다. 실수 배열에 담아 주세요.",
        ),
        Misconception(
            "read_as_xywh", "모서리를 너비와 높이로 읽음", _iou_as_xywh, READ_AS_XYWH_HINT
        ),
    ),
    properties=(
        Property(
            "손으로 구한 IoU",
            _matches_paper,
            "종이에 그려 구한 IoU 0.2와 1이 나와야 합니다.",
        ),
    ),
)


# ── assign_anchor_labels ────────────────────────────────────────────────────────────────────

DOCUMENT_IOU = (0.82, 0.74, 0.55, 0.40, 0.29, 0.10, 0.68, 0.02)


def assign_anchor_labels(iou_max, pos_thr, neg_thr):
    """최대 IoU로 앵커마다 라벨을 정합니다.

    Args:
        iou_max: (N,) 배열, 각 앵커의 최대 IoU. 0 이상 1 이하.
        pos_thr: 양성 임계값.
        neg_thr: 음성 임계값. pos_thr 이하입니다.

    Returns:
        (N,) 정수 배열. 양성 1, 음성 0, 무시 -1. 입력은 바꾸지 않습니다.
    """
    labels = np.full(len(iou_max), -1)
    labels[iou_max >= pos_thr] = 1
    labels[iou_max < neg_thr] = 0
    return labels


def threshold_cases(rng):
    """라벨과 개수 문제가 함께 쓰는 경우들. 임계값과 꼭 같은 IoU를 일부러 넣었습니다."""
    document = np.array(DOCUMENT_IOU)
    return [
        Case("원문의 IoU 8개 (0.7, 0.3)", (document, 0.7, 0.3)),
        Case("원문의 IoU 8개 (0.6, 0.3)", (document, 0.6, 0.3)),
        Case("원문의 IoU 8개 (0.5, 0.4)", (document, 0.5, 0.4)),
        Case("무작위 IoU", (rng.random(20), 0.6, 0.35)),
        Case(
            "양성 임계값과 꼭 같은 IoU", (np.array([0.7, 0.2, 0.9, 0.5, 0.1]), 0.7, 0.3), edge=True
        ),
        Case(
            "음성 임계값과 꼭 같은 IoU",
            (np.array([0.3, 0.8, 0.1, 0.95, 0.75, 0.05, 0.5]), 0.7, 0.3),
            edge=True,
        ),
        Case(
            "두 임계값이 같을 때", (np.array([0.5, 0.49, 0.51, 0.1, 0.9, 0.8]), 0.5, 0.5), edge=True
        ),
        Case(
            "임계값에 아주 가까운 IoU",
            (np.array([0.699, 0.701, 0.299, 0.301, 0.6996, 0.2996]), 0.7, 0.3),
            edge=True,
        ),
        Case("양 끝의 임계값", (np.array([0.0, 1.0, 0.5, 0.999]), 1.0, 0.0), edge=True),
        Case("겹치는 것이 없을 때", (np.zeros(3), 0.7, 0.3)),
        Case(
            "float32 배열",
            (np.array([0.5, 0.25, 0.125, 0.75, 0.375], dtype="f4"), 0.5, 0.25),
            edge=True,
        ),
        Case("앵커 하나", (np.array([0.64]), 0.7, 0.3)),
        Case("앵커가 없는 입력", (np.zeros(0), 0.7, 0.3), edge=True),
    ]


def labeler(positive, negative, labels=(1, 0, -1)):
    """조건 둘과 (양성, 음성, 무시) 값으로 라벨 함수를 만듭니다."""

    def wrong(iou_max, pos_thr, neg_thr):
        out = np.full(len(iou_max), labels[2], dtype=np.int64)
        out[negative(iou_max, pos_thr, neg_thr)] = labels[1]
        out[positive(iou_max, pos_thr, neg_thr)] = labels[0]
        return out

    return wrong


def _at_least_pos(iou, pos, neg):
    return iou >= pos


def _below_neg(iou, pos, neg):
    return iou < neg


def _labels_in_place(iou_max, pos_thr, neg_thr):
    positive, negative = iou_max >= pos_thr, iou_max < neg_thr
    iou_max[:] = -1
    iou_max[positive] = 1
    iou_max[negative] = 0
    return iou_max.astype(int)


BOUNDARIES = "IoU가 `pos_thr`와 꼭 같으면 양성이고, `neg_thr`와 꼭 같으면 음성이 아닙니다."
IN_ORDER = "`neg_thr`는 `pos_thr`보다 크지 않습니다."
# 라벨 문제와 개수 문제에 함께 나타나는 오개념입니다. (제목, 구현, 힌트)
THRESHOLD_MISTAKES = {
    "strict_positive": (
        "양성 임계값과 같은 값을 뺌",
        labeler(lambda iou, pos, neg: iou > pos, _below_neg),
        "양성 임계값과 꼭 같은 IoU를 어떻게 할지 다시 보세요. 기호 ≥에는 '같다'가 들어 있습니다.",
    ),
    "inclusive_negative": (
        "음성 임계값과 같아도 음성으로 함",
        labeler(_at_least_pos, lambda iou, pos, neg: iou <= neg),
        "음성 임계값과 꼭 같은 IoU가 음성이 되었습니다. 음성의 조건은 '이하'일까요, '미만'일까요?",
    ),
    "both_boundaries": (
        "두 경계를 모두 거꾸로 다룸",
        labeler(lambda iou, pos, neg: iou > pos, lambda iou, pos, neg: iou <= neg),
        "두 임계값에서 경계의 처리가 모두 반대입니다. '이상'과 '미만'을 기호로 옮겨 보세요.",
    ),
    "ignore_negative_exchanged": (
        "무시와 음성을 바꿈",
        labeler(_at_least_pos, _below_neg, labels=(1, -1, 0)),
        "무시와 음성이 서로 바뀌었습니다. 0은 '배경이라고 배우는' 앵커, "
        "-1은 '손실에서 빼는' 앵커입니다.",
    ),
    "positive_negative_exchanged": (
        "양성과 음성을 바꿈",
        labeler(_at_least_pos, _below_neg, labels=(0, 1, -1)),
        "양성과 음성이 서로 바뀌었습니다. 정답과 많이 겹치는 앵커가 어느 쪽일까요?",
    ),
    "no_ignore": (
        "애매한 앵커를 음성으로 함",
        labeler(_at_least_pos, lambda iou, pos, neg: iou < pos),
        "애매한 앵커까지 모두 음성이 되었습니다. 두 임계값 사이의 앵커는 세 번째 라벨을 받습니다. "
        "음성의 조건에 어느 임계값을 썼는지도 확인해 보세요.",
    ),
    "thresholds_exchanged": (
        "애매한 앵커를 양성으로 함",
        labeler(lambda iou, pos, neg: iou >= neg, _below_neg),
        "애매한 앵커까지 모두 양성이 되었습니다. 양성을 정하는 임계값과 음성을 정하는 임계값을 "
        "서로 바꾸어 쓰지 않았는지 보세요.",
    ),
    "rounded_first": (
        "반올림한 다음 견줌",
        labeler(
            lambda iou, pos, neg: np.round(iou, 2) >= pos,
            lambda iou, pos, neg: np.round(iou, 2) < neg,
        ),
        "IoU를 반올림한 다음 견주셨습니다. 임계값에 조금 못 미친 앵커가 넘은 것이 됩니다. 받은 값 "
        "그대로 견주세요.",
    ),
    "fixed_thresholds": (
        "받은 임계값을 쓰지 않음",
        labeler(lambda iou, pos, neg: iou >= 0.7, lambda iou, pos, neg: iou < 0.3),
        "임계값을 바꾸어도 결과가 그대로입니다. 함수가 받은 `pos_thr`와 `neg_thr`를 쓰고 있나요?",
    ),
}


def _keeps_the_boundaries(fn):
    edges = np.array([0.35, 0.65, 0.34, 0.66, 0.5])
    return np.array_equal(fn(edges, 0.65, 0.35), [-1, 1, 0, 1, -1])


ASSIGN_ANCHOR_LABELS = Exercise(
    name="assign_anchor_labels",
    reference=assign_anchor_labels,
    cases=threshold_cases,
    returns="(N,) 정수 배열 (양성 1, 음성 0, 무시 -1)",
    rules=(
        BOUNDARIES,
        IN_ORDER,
        "라벨은 정수 배열로 돌려줍니다.",
        EMPTY_LABELS,
        KEEP_INPUT,
    ),
    misconceptions=(
        *(Misconception(name, *row) for name, row in THRESHOLD_MISTAKES.items()),
        Misconception(
            "float_labels",
            "라벨을 실수로 돌려줌",
            lambda iou_max, pos_thr, neg_thr: assign_anchor_labels(iou_max, pos_thr, neg_thr) * 1.0,
            "라벨이 1.0 같은 실수입니다. `np.full_like`는 원래 배열의 자료형을 그대로 "
            "물려받으니, 자료형을 따로 알려 주세요.",
        ),
        Misconception("in_place", "받은 배열에 바로 써넣음", _labels_in_place, IN_PLACE_HINT),
        Misconception(
            "positive_mask",
            "양성인지만 돌려줌",
            lambda iou_max, pos_thr, neg_thr: iou_max >= pos_thr,
            "양성인지 아닌지(참/거짓)만 돌려주셨습니다. 앵커마다 1, 0, -1 가운데 하나가 "
            "필요합니다.",
        ),
    ),
    properties=(
        Property(
            "임계값과 꼭 같은 IoU",
            _keeps_the_boundaries,
            "임계값과 꼭 같은 IoU의 라벨이 다릅니다. '이상'과 '미만'을 다시 보세요.",
        ),
    ),
)


# ── force_match ─────────────────────────────────────────────────────────────────────────────


def force_match(iou, labels):
    """정답마다 가장 잘 맞는 앵커를 양성으로 만듭니다.

    Args:
        iou: (N, G) 배열, 앵커 N개와 정답 G개의 IoU. G는 0일 수도 있습니다.
        labels: (N,) 정수 배열, 임계값으로 정한 라벨.

    Returns:
        (N,) 정수 배열, 새 라벨. 입력은 바꾸지 않습니다.
    """
    new_labels = labels.copy()
    for column in iou.T:
        best = column.max()
        if best > 0:
            new_labels[column == best] = 1
    return new_labels


def _force_cases(rng):
    iou = rng.uniform(0.05, 0.65, (6, 3)).round(2)
    return [
        Case(
            "정답 둘",
            (
                np.array([[0.1, 0.0], [0.45, 0.2], [0.3, 0.25], [0.0, 0.05], [0.2, 0.1]]),
                np.array([0, -1, -1, 0, 0]),
            ),
        ),
        Case("무작위 IoU", (iou, assign_anchor_labels(iou.max(axis=1), 0.7, 0.3))),
        Case(
            "최고 앵커가 음성이던 정답",
            (np.array([[0.8, 0.0], [0.1, 0.2], [0.5, 0.1], [0.0, 0.15]]), np.array([1, 0, -1, 0])),
        ),
        Case(
            "최고 앵커가 둘인 정답",
            (
                np.array([[0.4, 0.1], [0.2, 0.0], [0.4, 0.3], [0.1, 0.3], [0.0, 0.0]]),
                np.array([-1, 0, -1, -1, 0]),
            ),
            edge=True,
        ),
        Case(
            "아무 앵커와도 겹치지 않는 정답",
            (np.array([[0.1, 0.0, 0.0], [0.35, 0.0, 0.2], [0.0, 0.0, 0.4]]), np.array([0, -1, -1])),
            edge=True,
        ),
        Case(
            "이미 양성이 있는 정답",
            (np.array([[0.9, 0.1], [0.75, 0.0], [0.1, 0.6], [0.0, 0.5]]), np.array([1, 1, -1, -1])),
        ),
        Case(
            "float32 배열",
            (
                np.array([[0.5, 0.25], [0.25, 0.125], [0.375, 0.25]], dtype="f4"),
                np.array([-1, 0, -1]),
            ),
        ),
        Case(
            "조금만 겹치는 정답과 거의 같은 두 앵커",
            (
                np.array([[0.01, 0.0], [0.0, 0.4], [0.005, 0.398], [0.0, 0.39]]),
                np.array([0, -1, -1, -1]),
            ),
            edge=True,
        ),
        Case("정답이 없는 이미지", (np.zeros((3, 0)), np.array([0, 0, 0])), edge=True),
        Case("앵커 하나", (np.array([[0.2]]), np.array([0]))),
    ]


def _force_wrong_axis(iou, labels):
    out = labels.copy()
    if iou.shape[1]:
        out[iou.argmax(axis=1)] = 1
    return out


def _force_first_only(iou, labels):
    out = labels.copy()
    for gt in range(iou.shape[1]):
        if iou[:, gt].max() > 0:
            out[iou[:, gt].argmax()] = 1
    return out


def _force_zero_too(iou, labels):
    best = iou.max(axis=0, initial=0.0)
    return np.where((iou == best).any(axis=1), 1, labels)


def _force_plain_argmax(iou, labels):
    out = labels.copy()
    out[iou.argmax(axis=0)] = 1
    return out


def _force_every_overlap(iou, labels):
    return np.where((iou > 0).any(axis=1), 1, labels)


def _force_single_best(iou, labels):
    out = labels.copy()
    if iou.size and iou.max() > 0:
        out[(iou == iou.max()).any(axis=1)] = 1
    return out


def _force_ignored_only(iou, labels):
    return np.where((force_match(iou, np.zeros_like(labels)) == 1) & (labels == -1), 1, labels)


def _force_above(floor):
    """최고 IoU가 ``floor``보다 큰 정답에게만 앵커를 주는 구현."""
    return lambda iou, labels: force_match(np.where(iou > floor, iou, 0), labels)


def _force_in_place(iou, labels):
    labels[force_match(iou, np.zeros_like(labels)) == 1] = 1
    return labels


def _serves_shared_anchors(fn):
    shared = np.array([[0.6, 0.6], [0.6, 0.1], [0.0, 0.0]])
    return np.array_equal(fn(shared, np.array([-1, 0, 0])), [1, 1, 0])


FORCE_MATCH = Exercise(
    name="force_match",
    reference=force_match,
    cases=_force_cases,
    returns="(N,) 정수 배열인 새 라벨",
    rules=(
        "가장 큰 IoU가 같은 앵커가 여럿이면 모두 양성으로 만듭니다.",
        "가장 큰 IoU가 0인 정답은 건너뜁니다.",
        "나머지 앵커의 라벨은 그대로 둡니다. 정답이 하나도 없으면(`(N, 0)`) 모두 그대로입니다.",
        KEEP_INPUT,
    ),
    layout="whole",
    misconceptions=(
        Misconception(
            "argmax_wrong_axis",
            "argmax의 축을 바꿈",
            _force_wrong_axis,
            "`argmax`의 축이 반대입니다. '앵커마다 가장 잘 맞는 정답'이 아니라 "
            "'정답마다 가장 잘 맞는 앵커'를 찾아야 합니다. 결과의 개수가 무엇의 개수와 같아야 "
            "할까요?",
        ),
        Misconception(
            "first_of_ties",
            "동점에서 하나만 고름",
            _force_first_only,
            "같은 최고 IoU를 받은 앵커가 여럿일 때 하나만 골랐습니다. `argmax`는 첫째만 알려 "
            "줍니다. "
            "최고 IoU와 '같은' 앵커를 모두 찾으려면 어떻게 할까요?",
        ),
        Misconception(
            "zero_overlap_forced",
            "겹치지 않는 정답도 강제로 맡김",
            _force_zero_too,
            "아무 앵커와도 겹치지 않는 정답이 있으면 최고 IoU가 0이고, "
            "IoU가 0인 앵커가 전부 '최고'가 됩니다. 그런 정답은 어떻게 해야 할까요?",
        ),
        Misconception(
            "least_overlap_demanded",
            "조금 겹친 정답을 건너뜀",
            _force_above(0.1),
            "조금밖에 겹치지 않는 정답을 건너뛰셨습니다. 최고 IoU가 아무리 작아도, 0만 아니면 그 "
            "정답에게는 최선의 앵커입니다.",
            (_force_above(0.05),),
        ),
        Misconception(
            "nearly_equal_are_ties",
            "거의 같은 것도 동점으로 봄",
            lambda iou, labels: force_match(np.round(iou, 1), labels),
            "최고 IoU와 거의 같은 앵커까지 양성으로 만드셨습니다. 값이 꼭 같은 앵커만 동점입니다.",
            (lambda iou, labels: force_match(np.round(iou, 2), labels),),
        ),
        Misconception(
            "plain_argmax",
            "동점과 IoU 0을 다루지 않음",
            _force_plain_argmax,
            "방향은 맞습니다. 남은 것은 두 가지입니다. 같은 최고 IoU가 둘이면 어떻게 될까요? "
            "또 최고 IoU가 0이면 어떻게 될까요?",
        ),
        Misconception(
            "every_overlap",
            "겹치는 앵커를 다 양성으로 함",
            _force_every_overlap,
            "조금이라도 겹치는 앵커가 모두 양성이 되었습니다. 정답마다 '가장' 잘 맞는 앵커만 "
            "해당합니다.",
        ),
        Misconception(
            "single_best_for_all",
            "전체에서 하나만 고름",
            _force_single_best,
            "전체에서 IoU가 가장 큰 앵커만 양성이 되었습니다. 정답이 여럿이면 정답마다 따로 찾아야 "
            "합니다.",
        ),
        Misconception(
            "only_ignored_changed",
            "음성이던 앵커는 바꾸지 않음",
            _force_ignored_only,
            "음성이던 앵커는 그대로 두셨습니다. 강제 매칭은 IoU가 음성 임계값보다 낮아도 "
            "그 정답에게 최선이면 양성으로 바꿉니다.",
        ),
        Misconception(
            "others_reset_to_negative",
            "나머지를 모두 음성으로 함",
            lambda iou, labels: force_match(iou, np.zeros_like(labels)),
            "강제로 고른 앵커 말고는 모두 0이 되었습니다. 나머지 앵커의 라벨은 원래대로 두어야 "
            "합니다.",
        ),
        Misconception(
            "others_reset_to_ignore",
            "나머지를 모두 무시로 함",
            lambda iou, labels: force_match(iou, np.full_like(labels, -1)),
            "강제로 고른 앵커 말고는 모두 무시(-1)가 되었습니다. 나머지 라벨은 원래대로 두어야 "
            "합니다.",
        ),
        Misconception(
            "returns_mask",
            "라벨 대신 참/거짓을 돌려줌",
            lambda iou, labels: force_match(iou, np.zeros_like(labels)) == 1,
            "어느 앵커를 골랐는지는 맞게 찾았습니다. 이제 그 자리를 양성으로 바꾼 '라벨'을 "
            "돌려주세요.",
        ),
        Misconception("in_place", "받은 배열에 바로 써넣음", _force_in_place, IN_PLACE_HINT),
    ),
    properties=(
        Property(
            "앵커 하나를 두 정답이 고를 때",
            _serves_shared_anchors,
            "두 정답이 같은 앵커를 골라도, IoU가 같은 앵커는 모두 양성이어야 합니다.",
        ),
    ),
)

EXERCISES = (BOX_IOU, ASSIGN_ANCHOR_LABELS, FORCE_MATCH)
