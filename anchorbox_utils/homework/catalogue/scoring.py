"""과제 08의 연습 문제: 박스 여덟 개의 NMS와 AP를 손으로, 그리고 어떤 입력에나 쓸 함수로."""

from functools import cache
from itertools import combinations

import numpy as np

from anchorbox_utils.boxes import box_iou
from anchorbox_utils.homework.catalogue.common import (
    EXAMPLE_NUMBER,
    IN_PLACE_HINT,
    KEEP_INPUT,
    NOT_YOURS,
    UNCHANGED_INPUT,
    random_boxes,
)
from anchorbox_utils.homework.exercise import Case, Exercise, Misconception, Own
from anchorbox_utils.homework.personal import read_number

# ── 나만의 박스 여덟 개 ─────────────────────────────────────────────────────────────────────

# 물체마다, 정답에서 옮긴 예측들의 거리. 변의 12분의 1이 단위이고 없는 정답은 None입니다.
# 같은 크기의 두 박스가 한 방향으로 s만큼 어긋나면 IoU는 (12 - s) / (12 + s)입니다.
_CHAIN, _EDGE = ((0, -3), (0, 0), (0, 3)), ((0, 4), (0, 8))
_PAIR, _NEAR, _NEAR_TWICE = ((0, 0), (0, 2)), ((0, 5),), ((0, 5), (0, 7))
_GHOST, _GHOST_TWICE, _MISSED = ((None, 0),), ((None, 0), (None, 2)), ()
_PLANS = (
    (_CHAIN, _EDGE, _PAIR, _NEAR),
    (_CHAIN, _EDGE, _PAIR, _GHOST),
    (_CHAIN, _EDGE, _NEAR_TWICE, _GHOST),
    (_CHAIN, _EDGE, _GHOST_TWICE, _NEAR),
    (_CHAIN, _EDGE, _CHAIN, _MISSED),
)


def personal_boxes(student_number):
    """학번으로 정해지는 예측 여덟 개와 정답을 돌려줍니다. 클래스는 하나뿐입니다.

    좌표는 모두 정수이고, 겹치는 두 박스는 크기가 같고 가로나 세로로만 어긋나 있습니다. 그래서 IoU를
    손으로 구할 수 있습니다.

    Args:
        student_number: 학번. 0 이상의 정수나 숫자로만 된 문자열.

    Returns:
        (boxes, scores, gt_boxes). (8, 4) 예측, (8,) 점수, (M, 4) 정답. 박스는 xyxy, 픽셀이고 M은
        3이나 4입니다.

    Raises:
        ValueError: 학번이 정수나 숫자 문자열이 아닐 때.

    Examples:
        >>> boxes, scores, gt_boxes = personal_boxes("20260001")
        >>> boxes.shape, scores.shape, gt_boxes.shape[1]
        ((8, 4), (8,), 4)

    출처: PASCAL VOC와 COCO의 AP 채점 규칙.
    """
    return tuple(array.copy() for array in _boxes_of(read_number(student_number)))


@cache
def _boxes_of(seed):
    rng = np.random.default_rng([8, seed])
    while True:
        case = _eight_boxes(rng)
        if _has_every_trap(case):
            return case


def _eight_boxes(rng):
    corners = rng.permutation([(5, 5), (155, 5), (5, 155), (155, 155)])
    boxes, gt_boxes = [], []
    for (x, y), cluster in zip(corners, _PLANS[rng.integers(len(_PLANS))], strict=True):
        size = rng.choice([48, 60, 72], 2)
        unit = np.zeros(2, dtype=int)
        axis = rng.integers(2)
        unit[axis] = size[axis] // 12 * rng.choice([-1, 1])
        # 어느 쪽으로 어긋나든 다른 묶음에 닿지 않을 자리입니다.
        start = np.array([x, y]) + np.where(unit < 0, -8, 3) * unit
        if not cluster or cluster[0][0] is not None:
            gt_boxes.append([*start, *(start + size)])
        for _, shift in cluster:
            boxes.append([*(start + shift * unit), *(start + shift * unit + size)])
    scores = rng.permutation([0.95, 0.9, 0.8, 0.75, 0.6, 0.5, 0.4, 0.3])
    order = rng.permutation(len(boxes))
    return np.array(boxes, dtype=float)[order], scores, np.array(gt_boxes, dtype=float)


# ── my_hits ─────────────────────────────────────────────────────────────────────────────────


def my_hits(boxes, scores, gt_boxes):
    """NMS에서 살아남은 박스와 맞았는지를 손으로 적은 답입니다.

    Args:
        boxes: 나만의 예측 여덟 개. 위의 그림과 같은 것이니 쓰지 않아도 됩니다.
        scores: 나만의 점수.
        gt_boxes: 나만의 정답.

    Returns:
        [박스 번호, 맞으면 1 틀리면 0]의 리스트. 점수가 높은 박스부터, 살아남은 것만 적습니다.
    """
    return _hits(boxes, scores, gt_boxes)


def _hits(
    boxes,
    scores,
    gt_boxes,
    order=lambda scores: np.argsort(-scores),
    removes=lambda iou: iou > 0.5,
    dead_too=False,
    suppress=True,
    reached=lambda iou: iou >= 0.5,
    once=True,
    listed=lambda kept: kept,
):
    """NMS와 짝짓기의 각 단계를 갈아 끼울 수 있게 나눈 것."""
    between, with_gt = box_iou(boxes, boxes), box_iou(boxes, gt_boxes)
    kept, seen = [], []
    for i in order(scores):
        rivals = seen if dead_too else kept
        if not (suppress and removes(between[i, rivals]).any()):
            kept.append(int(i))
        seen.append(i)
    free = np.ones(len(gt_boxes), dtype=bool)
    rows = []
    for i in listed(kept):
        candidates = np.flatnonzero(free & reached(with_gt[i]))
        rows.append([i, int(len(candidates) > 0)])
        if once and len(candidates):
            free[candidates[with_gt[i, candidates].argmax()]] = False
    return rows


def _hitter(**steps):
    def wrong(boxes, scores, gt_boxes):
        return _hits(boxes, scores, gt_boxes, **steps)

    return wrong


def _closest_kept(boxes, scores, gt_boxes):
    """정답에 가까운 것부터 남기고, 남은 것을 점수의 순서로 적습니다."""
    closeness = box_iou(boxes, gt_boxes).max(axis=1)
    return _hits(
        boxes,
        scores,
        gt_boxes,
        order=lambda scores: np.lexsort([-scores, -closeness]),
        listed=lambda kept: sorted(kept, key=lambda i: -scores[i]),
    )


def _one_stays(which):
    """지워졌어야 할 박스 하나를 남깁니다."""

    def wrong(boxes, scores, gt_boxes):
        kept = [box for box, _ in _hits(boxes, scores, gt_boxes)]
        gone = np.setdiff1d(np.arange(len(boxes)), kept)
        stays = int(gone[min(which, len(gone) - 1)])
        return _hits(
            boxes,
            scores,
            gt_boxes,
            listed=lambda kept: sorted([*kept, stays], key=lambda i: -scores[i]),
        )

    return wrong


_WRONG_HITS = {
    "no_suppression": (
        "아무것도 지우지 않음",
        _hitter(suppress=False),
        "여덟 개가 모두 남았습니다. 점수가 높은 박스를 남길 때마다, 그것과 많이 겹치는 박스를 지워 "
        "보세요.",
        _hitter(suppress=False, once=False),
    ),
    "dead_boxes_suppress": (
        "지워진 박스가 또 지움",
        _hitter(dead_too=True),
        "이미 지워진 박스가 다른 박스를 지웠습니다. 지울 수 있는 것은 누구인가요? 점수가 높은 "
        "것부터 한 번에 하나씩 남겨 보세요.",
    ),
    "equal_is_removed": (
        "기준과 같은 것까지 지움",
        _hitter(removes=lambda iou: iou >= 0.5),
        "IoU가 꼭 0.5인 박스를 지우셨습니다. NMS가 지우는 것은 기준 '이상'인가요, 기준보다 '큰' "
        "것인가요?",
    ),
    "lowest_first": (
        "점수가 낮은 것부터 남김",
        _hitter(order=lambda scores: np.argsort(scores)),
        "점수가 낮은 박스부터 남기셨습니다. 겹친 둘 가운데 하나만 남긴다면 어느 쪽을 믿어야 "
        "할까요?",
    ),
    "box_order": (
        "점수를 보지 않고 번호순으로 살핌",
        _hitter(order=lambda scores: np.arange(len(scores))),
        "박스의 번호 순서로 남기셨습니다. 번호는 그림에서 가리키려고 붙인 이름일 뿐입니다. 무엇의 "
        "순서로 살펴야 할까요?",
    ),
    "listed_by_number": (
        "번호순으로 늘어놓고 짝지음",
        _hitter(listed=sorted),
        "살아남은 박스를 번호 순서로 적고 그 순서로 짝을 지으셨습니다. 정답을 먼저 차지하는 것은 "
        "점수가 높은 박스입니다.",
    ),
    "any_overlap_suppresses": (
        "조금만 겹쳐도 지움",
        _hitter(removes=lambda iou: iou > 0),
        "조금이라도 겹치면 지우셨습니다. 나란히 선 두 물체는 서로 조금씩 겹칩니다. 얼마나 겹쳐야 "
        "지우기로 했나요?",
    ),
    "duplicates_are_hits": (
        "두 번 찾은 것도 맞다고 셈",
        _hitter(once=False),
        "한 정답에 맞은 예측이 둘입니다. 한 물체를 두 번 찾았다고 물체가 둘이 되지는 않습니다. "
        "뒤에 온 예측은 무엇이어야 할까요?",
    ),
    "kept_are_hits": (
        "살아남은 것을 다 맞다고 봄",
        lambda *case: [[box, 1] for box, _ in _hits(*case)],
        "살아남은 것을 모두 맞다고 하셨습니다. NMS는 예측끼리만 견줍니다. 정답과는 얼마나 "
        "겹치나요?",
    ),
    "equal_is_missed": (
        "기준과 같은 예측을 놓침",
        _hitter(reached=lambda iou: iou > 0.5),
        "정답과의 IoU가 꼭 0.5인 예측을 틀렸다고 하셨습니다. 맞은 것의 기준은 0.5 '이상'입니다. "
        "같은 것도 들어갈까요?",
    ),
    "any_overlap_hits": (
        "걸치기만 해도 맞다고 봄",
        _hitter(reached=lambda iou: iou > 0),
        "정답에 걸치기만 해도 맞았다고 하셨습니다. 가로로 변의 4분의 1만 어긋나도 IoU는 0.6까지 "
        "떨어집니다. 식으로 재어 보세요.",
    ),
    "written_by_number": (
        "점수순이 아니라 번호순으로 적음",
        lambda *case: sorted(_hits(*case)),
        "남은 박스와 맞고 틀림은 맞습니다. 점수가 높은 것부터 늘어놓으세요.",
    ),
    "closest_is_kept": (
        "정답에 가까운 것을 남김",
        _closest_kept,
        "NMS는 정답을 모릅니다. 정답에 가까운 것이 아니라 점수가 높은 것을 남깁니다.",
    ),
    "one_stays": (
        "지울 박스를 남김",
        _one_stays(0),
        "지워졌어야 할 박스가 남아 있습니다. 남긴 박스마다, 점수가 더 높은 남긴 박스와의 IoU를 "
        "다시 재어 보세요.",
        *map(_one_stays, range(1, 5)),
    ),
}


# 다른 넓이를 구한 답끼리의 거리와, my_ap의 허용 오차를 벗어나는 거리.
_APART = 3e-3
_OUT_OF_REACH = 1.75e-3


def _has_every_trap(case):
    """손으로 풀 때 빠지기 쉬운 오개념이 저마다 다른 답을 내는 배치인지."""
    right = _hits(*case)
    if not _ap_is_telling(tuple(hit for _, hit in right), len(case[2])):
        return False
    traps = ("dead_boxes_suppress", "equal_is_removed", "duplicates_are_hits", "equal_is_missed")
    hits = [right, *(_WRONG_HITS[name][1](*case) for name in traps)]
    return all(a != b for a, b in combinations(hits, 2))


@cache
def _ap_is_telling(hits, n_truths):
    """다른 넓이나 옆 칸의 수를 적은 답이 AP의 허용 오차 안에 들지 않는 차례인지."""
    answer = _scores_of(hits, n_truths)
    wrong = {name: _scores_of(hits, n_truths, area)["ap"] for name, area in _WRONG_AREAS.items()}
    rivals = (answer["recall"], answer["precision"], *wrong.values())
    if any(abs(answer["ap"] - rival) <= _OUT_OF_REACH for rival in rivals):
        return False
    traps = ("no_envelope", "mean_precision", "last_point_only")
    aps = [answer["ap"], *(wrong[name] for name in traps)]
    return all(abs(a - b) > _APART for a, b in combinations(aps, 2))


def _boxes_case(number):
    return Case(f"내 박스 (학번 {number})", personal_boxes(number))


def _boxes_cases(rng):
    numbers = rng.choice(200, 8, replace=False) + 20_200_000
    return [_boxes_case(int(number))._replace(label=NOT_YOURS.format(number)) for number in numbers]


def _hits_in_words(rows):
    right = [str(box) for box, hit in rows if hit]
    wrong = [str(box) for box, hit in rows if not hit]
    return [
        ("살아남은 박스", f"{len(rows)}개"),
        ("맞은 것", ", ".join(right)),
        ("틀린 것", ", ".join(wrong)),
    ]


_HAND_RULES = (
    "NMS는 이미 남긴 박스와의 IoU가 0.5보다 큰 박스를 지웁니다. 꼭 0.5이면 남깁니다.",
    "아직 짝이 없는 정답과의 IoU가 0.5 이상이면 맞은 것입니다. 꼭 0.5도 맞습니다.",
    "정답 하나는 예측 하나와만 짝이 되고, 점수가 높은 예측이 먼저 고릅니다.",
)

MY_HITS = Exercise(
    name="my_hits",
    reference=my_hits,
    cases=_boxes_cases,
    returns="살아남은 박스마다 [번호, 맞으면 1 틀리면 0]",
    rules=_HAND_RULES,
    allows=("personal_boxes",),
    columns=("박스 번호", "맞고 틀림"),
    own=Own(_boxes_case, _hits_in_words),
    by_hand=True,
    layout="whole",
    misconceptions=(
        *(
            Misconception(name, title, way, hint, tuple(variants))
            for name, (title, way, hint, *variants) in _WRONG_HITS.items()
        ),
        Misconception(
            "example_number",
            "처음 적힌 학번의 답을 냄",
            lambda boxes, scores, gt_boxes: _hits(*personal_boxes(EXAMPLE_NUMBER)),
            "과제에 처음 적혀 있던 학번의 답입니다. `student_number`를 자기 학번으로 바꾸고 "
            "그림을 다시 그려 보세요.",
        ),
    ),
)


# ── my_ap ───────────────────────────────────────────────────────────────────────────────────


def my_ap(boxes, scores, gt_boxes):
    """손으로 구한 재현율, 정밀도, AP입니다. 소수 셋째 자리까지 적습니다.

    Args:
        boxes: 나만의 예측 여덟 개. 위의 그림과 같은 것이니 쓰지 않아도 됩니다.
        scores: 나만의 점수.
        gt_boxes: 나만의 정답.

    Returns:
        사전 {"recall": 재현율, "precision": 정밀도, "ap": AP}. 재현율과 정밀도는 살아남은 예측을
        모두 썼을 때의 값입니다. 나눗셈식으로 적어도 됩니다(예: 2 / 3).
    """
    hits = [hit for _, hit in _hits(boxes, scores, gt_boxes)]
    return _scores_of(hits, len(gt_boxes))


def _envelope(precision):
    return np.maximum.accumulate(precision[::-1])[::-1]


def _interpolated(points):
    """재현율을 points에서 재어, 그 이상에서 가장 높은 정밀도를 평균합니다."""

    def area(recall, precision):
        best = [max(precision[recall >= point - 1e-9], default=0.0) for point in points]
        return float(np.mean(best))

    return area


def _all_points(recall, precision, best=_envelope):
    return float(np.diff(recall, prepend=0.0) @ best(precision))


def _curve(hits, n_truths):
    found = np.cumsum(hits)
    return found / n_truths, found / np.arange(1, len(hits) + 1)


def _scores_of(hits, n_truths, area=_all_points):
    recall, precision = _curve(hits, n_truths)
    numbers = (recall[-1], precision[-1], area(recall, precision))
    return {
        name: round(float(x), 3)
        for name, x in zip(("recall", "precision", "ap"), numbers, strict=True)
    }


def _ap_way(change=lambda answer, hits, n_truths: answer, **steps):
    def wrong(boxes, scores, gt_boxes):
        hits = [hit for _, hit in _hits(boxes, scores, gt_boxes)]
        return change(_scores_of(hits, len(gt_boxes), **steps), hits, len(gt_boxes))

    return wrong


def _with_hits(**steps):
    def wrong(boxes, scores, gt_boxes):
        hits = [hit for _, hit in _hits(boxes, scores, gt_boxes, **steps)]
        return _scores_of(hits, len(gt_boxes))

    return wrong


_WRONG_AREAS = {
    "no_envelope": lambda r, p: _all_points(r, p, best=lambda precision: precision),
    "hundred_and_one_points": _interpolated(np.linspace(0, 1, 101)),
    "eleven_points": _interpolated(np.linspace(0, 1, 11)),
    "mean_precision": lambda recall, precision: float(precision.mean()),
    "last_point_only": lambda recall, precision: float(recall[-1] * precision[-1]),
}

_WRONG_AP = {
    "exchanged": (
        "재현율과 정밀도를 바꿈",
        _ap_way(
            lambda answer, hits, n: {
                **answer,
                "recall": answer["precision"],
                "precision": answer["recall"],
            }
        ),
        "재현율과 정밀도의 자리가 바뀌었습니다. '정답 가운데 찾은 비율'과 '예측 가운데 맞은 "
        "비율'을 나누는 수부터 견주어 보세요.",
    ),
    "precision_of_all_eight": (
        "정밀도에 지워진 것까지 셈",
        _ap_way(lambda answer, hits, n: {**answer, "precision": round(sum(hits) / 8, 3)}),
        "정밀도를 여덟 개로 나누셨습니다. NMS가 지운 박스는 더는 예측이 아닙니다. 몇 개가 "
        "남았나요?",
    ),
    "before_suppression": (
        "NMS 전의 예측으로 잼",
        _with_hits(suppress=False),
        "NMS를 하기 전의 여덟 개로 재셨습니다. 지워진 박스까지 세면 같은 물체를 여러 번 틀린 것이 "
        "됩니다.",
    ),
    "no_envelope": (
        "톱니 모양 그대로 넓이를 구함",
        _ap_way(area=_WRONG_AREAS["no_envelope"]),
        "톱니 모양 그대로의 넓이입니다. 재현율마다 쓰는 정밀도는 그 자리의 값이 아니라, 그 재현율 "
        "'이상'에서 얻을 수 있는 어떤 값이었나요?",
    ),
    "hundred_and_one_points": (
        "재현율 101곳의 평균을 냄",
        _ap_way(area=_WRONG_AREAS["hundred_and_one_points"]),
        "재현율을 101곳에서 재는 COCO 방식의 값입니다. 틀린 것은 아니지만 이 과제에서는 꺾이는 "
        "곳을 모두 재기로 했습니다. 계단의 너비를 그대로 곱해 보세요.",
    ),
    "eleven_points": (
        "재현율 11곳의 평균을 냄",
        _ap_way(area=_WRONG_AREAS["eleven_points"]),
        "재현율을 11곳에서 재는 옛 VOC 방식의 값입니다. 이 과제에서는 꺾이는 곳을 모두 재기로 "
        "했습니다. 계단의 너비를 그대로 곱해 보세요.",
    ),
    "mean_precision": (
        "정밀도를 그냥 평균함",
        _ap_way(area=_WRONG_AREAS["mean_precision"]),
        "줄마다의 정밀도를 그냥 평균하셨습니다. 재현율이 그대로인 줄은 넓이를 보태지 않습니다. "
        "계단의 너비는 무엇인가요?",
    ),
    "mean_over_found": (
        "찾은 정답의 수로 나눔",
        _ap_way(lambda answer, hits, n: {**answer, "ap": _scores_of(hits, sum(hits))["ap"]}),
        "찾은 정답의 수로 나누셨습니다. 끝내 찾지 못한 정답도 AP를 깎아야 합니다. 재현율이 1까지 "
        "가지 못하면 남은 곳의 정밀도는 얼마일까요?",
    ),
    "last_point_only": (
        "맨 끝의 점만 곱함",
        _ap_way(area=_WRONG_AREAS["last_point_only"]),
        "맨 끝의 재현율과 정밀도를 곱하셨습니다. AP는 점 하나가 아니라 점수의 기준을 낮추며 그은 "
        "선 아래의 넓이입니다.",
    ),
    "trapezoid": (
        "계단 대신 비스듬히 이음",
        _ap_way(
            area=lambda recall, precision: float(
                np.trapezoid([precision[0], *precision], [0.0, *recall])
            )
        ),
        "두 점 사이를 비스듬한 선으로 이으셨습니다. 그 사이의 재현율은 실제로 얻을 수 없는 "
        "값입니다. 계단 모양으로 그려 보세요.",
    ),
    "two_places": (
        "소수 둘째 자리까지만 적음",
        _ap_way(lambda answer, hits, n: {name: round(x, 2) for name, x in answer.items()}),
        "소수 둘째 자리에서 끝내신 것 같습니다. 셋째 자리까지 적거나 나눗셈식 그대로 적어 주세요.",
    ),
    "percent": (
        "백분율로 적음",
        _ap_way(lambda answer, hits, n: {name: round(100 * x, 1) for name, x in answer.items()}),
        "백분율로 적으셨습니다. 0과 1 사이의 수로 적어 주세요. 레슨 08의 표는 읽기 좋게 100을 곱한 "
        "것입니다.",
    ),
}


def _ap_in_words(answer):
    recall, precision, ap = answer
    return [
        ("말로 하면", f"정답의 {recall:.0%}를 찾았고, 남은 예측의 {precision:.0%}가 맞았습니다."),
        ("AP50", f"{100 * ap:.1f}"),
    ]


MY_AP = Exercise(
    name="my_ap",
    reference=my_ap,
    cases=_boxes_cases,
    returns="사전 {recall, precision, ap}",
    rules=(
        "재현율과 정밀도는 살아남은 예측을 모두 썼을 때의 값입니다.",
        "AP는 모든 점 보간으로 구합니다.",
        "맞을 때마다 늘어난 재현율에 그 줄과 그 뒤에서 가장 높은 정밀도를 곱해 더합니다.",
        "소수 셋째 자리까지 적습니다. 반올림한 값도 버린 값도 맞은 것으로 봅니다.",
        "백분율이 아니라 0과 1 사이의 수로 적습니다.",
    ),
    allows=("personal_boxes",),
    own=Own(_boxes_case, _ap_in_words),
    by_hand=True,
    layout="whole",
    # 정답도 셋째 자리까지 반올림한 값이라, 넷째 자리에서 버린 답까지 받으려면 이만큼 필요합니다.
    # 절대와 상대의 오차를 더해 0.001이 넘고 _OUT_OF_REACH를 넘지 않습니다.
    tolerance=9e-4,
    misconceptions=(
        *(Misconception(name, *row) for name, row in _WRONG_AP.items()),
        Misconception(
            "example_number",
            "처음 적힌 학번의 답을 냄",
            lambda boxes, scores, gt_boxes: my_ap(*personal_boxes(EXAMPLE_NUMBER)),
            "과제에 처음 적혀 있던 학번의 답입니다. `student_number`를 자기 학번으로 바꾸고 다시 "
            "구해 보세요.",
        ),
    ),
)


# ── nms_per_class ───────────────────────────────────────────────────────────────────────────


def nms_per_class(boxes, scores, class_ids, iou_threshold, max_detections):
    """클래스마다 NMS를 하고 점수가 높은 것부터 정해진 수만큼 남깁니다.

    Args:
        boxes: (N, 4) 배열 [x1, y1, x2, y2], 픽셀. N은 0일 수도 있습니다.
        scores: (N,) 배열, 점수.
        class_ids: (N,) 정수 배열, 클래스 번호.
        iou_threshold: 같은 클래스의 박스와 IoU가 이 값보다 크면 지웁니다.
        max_detections: 모든 클래스를 합쳐 남길 박스의 최대 수.

    Returns:
        (K,) 정수 배열, 남은 박스의 번호. 점수가 높은 순서입니다.
    """
    x1, y1, x2, y2 = boxes.T
    area = (x2 - x1) * (y2 - y1)
    kept = []
    for i in np.argsort(-scores, kind="stable"):
        same = [k for k in kept if class_ids[k] == class_ids[i]]
        width = np.minimum(x2[i], x2[same]) - np.maximum(x1[i], x1[same])
        height = np.minimum(y2[i], y2[same]) - np.maximum(y1[i], y1[same])
        overlap = np.maximum(width, 0) * np.maximum(height, 0)
        union = area[i] + area[same] - overlap
        if np.all(overlap <= iou_threshold * union):
            kept.append(int(i))
    return np.array(kept[:max_detections], dtype=int)


def _nms(
    boxes,
    scores,
    class_ids,
    iou_threshold,
    max_detections,
    order=lambda scores: np.argsort(-scores, kind="stable"),
    rivals=lambda class_ids, i: class_ids == class_ids[i],
    removes=np.greater,
    dead_too=False,
    before=lambda order, class_ids, limit: order,
    after=lambda kept, scores, class_ids, limit: kept[:limit],
    iou=box_iou,
):
    """NMS의 각 단계를 갈아 끼울 수 있게 나눈 것."""
    between = iou(boxes.astype(float), boxes.astype(float))
    kept, seen = [], []
    for i in before(order(scores), class_ids, max_detections):
        mine = np.array(seen if dead_too else kept, dtype=int)
        mine = mine[rivals(class_ids, i)[mine]]
        if not removes(between[i, mine], iou_threshold).any():
            kept.append(int(i))
        seen.append(int(i))
    return np.array(after(kept, scores, class_ids, max_detections), dtype=int)


def _suppressor(**steps):
    def wrong(boxes, scores, class_ids, iou_threshold, max_detections):
        return _nms(boxes, scores, class_ids, iou_threshold, max_detections, **steps)

    return wrong


def _plus_one_iou(boxes1, boxes2):
    grown = np.array([0, 0, 1, 1])
    return box_iou(boxes1 + grown, boxes2 + grown)


def _unclipped_iou(boxes1, boxes2):
    size = np.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    inner = (size - np.maximum(boxes1[:, None, :2], boxes2[None, :, :2])).prod(axis=2)
    area1, area2 = (np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (boxes1, boxes2))
    union = area1[:, None] + area2 - inner
    return np.divide(inner, union, out=np.zeros_like(inner), where=union != 0)


def _over_the_smaller(boxes1, boxes2):
    area1, area2 = (np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (boxes1, boxes2))
    iou = box_iou(boxes1, boxes2)
    inner = iou * (area1[:, None] + area2) / (1 + iou)
    smaller = np.minimum(area1[:, None], area2)
    return np.divide(inner, smaller, out=np.zeros_like(inner), where=smaller > 0)


def _limit_each_class(kept, scores, class_ids, limit):
    return [i for n, i in enumerate(kept) if sum(class_ids[kept[:n]] == class_ids[i]) < limit]


def _class_after_class(kept, scores, class_ids, limit):
    return sorted(kept[:limit], key=lambda i: class_ids[i])


def _classes_then_cut(kept, scores, class_ids, limit):
    return sorted(kept, key=lambda i: class_ids[i])[:limit]


def _returned_boxes(boxes, scores, class_ids, iou_threshold, max_detections):
    return boxes[nms_per_class(boxes, scores, class_ids, iou_threshold, max_detections)]


def _nms_cases(rng):
    def crowd(count, classes, dtype=float):
        objects = rng.choice(random_boxes(rng, 4, 100, 300), count)
        shift = np.tile(rng.uniform(-20, 20, (count, 2)), 2)
        boxes = (objects + shift + rng.uniform(-4, 4, (count, 4))).round(1)
        scores = (rng.permutation(count) + 1) / (count + 1)
        return boxes.astype(dtype), scores.astype(dtype), rng.integers(0, classes, count)

    chain = np.array([[0.0, 0, 60, 40], [15, 0, 75, 40], [30, 0, 90, 40]])
    half = np.array([[0.0, 0, 60, 40], [20, 0, 80, 40], [5, 0, 65, 40]])
    shift = rng.integers(0, 50, 2).repeat(2).reshape(2, 2).T.ravel()
    two = np.tile(chain[:1], (2, 1)) + shift
    flock = np.concatenate([two + [[0], [1]], two[:1] + 300])
    far = np.arange(6).repeat(2)[:, None] * 100.0
    pairs = np.tile(chain[:1], (12, 1)) + far + rng.integers(0, 3, (12, 1))
    equal = np.tile(0.5, 12)
    apart = np.array([[0.0, 0, 40, 40], [100, 100, 140, 140], [130, 130, 170, 170]])
    points = np.tile([[5.0, 5.0, 5.0, 5.0]], (2, 1))
    one_class = np.zeros(3, dtype=int)
    return [
        Case("한 클래스 여섯 개", (*crowd(6, 1), 0.5, 10)),
        Case("세 클래스 스무 개", (*crowd(20, 3), 0.5, 100)),
        Case("남길 수가 모자랄 때", (*crowd(24, 2), 0.45, 5)),
        Case("남길 수가 하나", (*crowd(12, 3), 0.5, 1)),
        Case("사슬처럼 겹친 셋", (chain + shift, np.array([0.9, 0.8, 0.7]), one_class, 0.5, 10)),
        Case("IoU가 꼭 기준인 둘", (half + shift, np.array([0.9, 0.8, 0.7]), one_class, 0.5, 10)),
        Case("클래스만 다른 같은 박스", (two, np.array([0.6, 0.7]), np.array([4, 9]), 0.3, 10)),
        Case("점수가 같은 둘", (two + [[0], [1]], np.array([0.5, 0.5]), one_class[:2], 0.5, 10)),
        Case("점수가 모두 같은 여섯 짝", (pairs, equal, np.zeros(12, dtype=int), 0.5, 12)),
        Case("대각선으로 떨어진 셋", (apart, np.array([0.7, 0.9, 0.8]), one_class, 0.5, 10)),
        Case("예측이 한 물체에 몰릴 때", (flock, np.array([0.9, 0.8, 0.7]), one_class, 0.5, 2)),
        Case("낮은 기준", (*crowd(15, 2), 0.1, 10)),
        Case("박스 하나", (*crowd(1, 1), 0.5, 10)),
        Case("float32 배열", (*crowd(10, 2, np.float32), 0.5, 10)),
        Case("크기가 0인 박스", (points, np.array([0.4, 0.3]), one_class[:2], 0.5, 10), edge=True),
        Case(
            "박스가 없는 입력",
            (np.zeros((0, 4)), np.zeros(0), np.zeros(0, dtype=int), 0.5, 10),
            edge=True,
        ),
    ]


def _nms_in_place(boxes, scores, class_ids, iou_threshold, max_detections):
    kept = nms_per_class(boxes, scores, class_ids, iou_threshold, max_detections)
    scores[np.setdiff1d(np.arange(len(scores)), kept)] = -1
    return kept


NMS_PER_CLASS = Exercise(
    name="nms_per_class",
    reference=nms_per_class,
    cases=_nms_cases,
    returns="(K,) 정수 배열 (남은 박스의 번호, 점수가 높은 순서)",
    rules=(
        "IoU가 기준보다 클 때만 지웁니다. 꼭 같으면 남깁니다.",
        "클래스가 다른 박스는 아무리 겹쳐도 서로 지우지 않습니다.",
        "`max_detections`는 모든 클래스를 합친 수이고, NMS를 마친 다음에 자릅니다.",
        "점수가 같으면 번호가 작은 박스가 먼저입니다.",
        "합집합의 넓이가 0인 짝의 IoU는 0입니다.",
        "박스가 하나도 없으면 모양이 `(0,)`인 정수 배열을 돌려줍니다.",
        KEEP_INPUT,
    ),
    layout="whole",
    misconceptions=(
        Misconception(
            "class_ignored",
            "다른 클래스까지 지움",
            _suppressor(rivals=lambda class_ids, i: np.ones(len(class_ids), dtype=bool)),
            "클래스가 다른 박스까지 지웠습니다. 자전거 위의 사람은 자전거와 많이 겹칩니다. "
            "누구끼리만 겨루어야 할까요?",
        ),
        Misconception(
            "limited_before",
            "자른 다음에 NMS를 함",
            _suppressor(
                before=lambda order, class_ids, limit: order[:limit],
            ),
            "먼저 점수로 자르고 NMS를 하셨습니다. 같은 물체를 가리키는 박스들이 자리를 다 "
            "차지하면 다른 물체는 어떻게 될까요?",
        ),
        Misconception(
            "limited_per_class",
            "클래스마다 한도를 따로 씀",
            _suppressor(after=_limit_each_class),
            "클래스마다 따로 `max_detections`개까지 남기셨습니다. 클래스가 여든이면 모두 몇 개가 "
            "남을까요?",
        ),
        Misconception(
            "not_limited",
            "한도를 쓰지 않음",
            _suppressor(after=lambda kept, scores, class_ids, limit: kept),
            "겹친 박스는 잘 지우셨습니다. 그런데 남은 것이 너무 많을 때의 한도는 어디에 쓰셨나요?",
        ),
        Misconception(
            "class_after_class",
            "클래스 차례로 이어 붙임",
            _suppressor(after=_class_after_class),
            variants=(_suppressor(after=_classes_then_cut),),
            hint="클래스의 차례로 이어 붙이셨습니다. 남은 박스는 맞지만 순서가 다릅니다. AP를 "
            "재려면 무엇의 순서여야 할까요?",
        ),
        Misconception(
            "dead_boxes_suppress",
            "지워진 박스가 또 지움",
            _suppressor(dead_too=True),
            "이미 지워진 박스가 다른 박스를 지웠습니다. 겹친 짝을 한꺼번에 지우면 이렇게 됩니다. "
            "견줄 상대는 남긴 박스뿐입니다.",
        ),
        Misconception(
            "equal_is_removed",
            "기준과 같은 것까지 지움",
            _suppressor(removes=np.greater_equal),
            "IoU가 기준과 꼭 같은 박스를 지웠습니다. 약속의 부등호에 '같다'가 들어 있나요?",
        ),
        Misconception(
            "lowest_first",
            "점수가 낮은 것부터 남김",
            _suppressor(order=lambda scores: np.argsort(scores, kind="stable")),
            "점수가 낮은 박스부터 남겼습니다. `np.argsort`는 어느 쪽부터 늘어놓나요?",
        ),
        Misconception(
            "later_wins_ties",
            "동점에서 뒤의 것을 앞세움",
            _suppressor(order=lambda scores: np.argsort(scores, kind="stable")[::-1]),
            "점수가 같을 때 뒤의 박스가 이겼습니다. 늘어놓은 것을 통째로 뒤집으면 같은 점수끼리의 "
            "순서도 뒤집힙니다.",
        ),
        Misconception(
            "listed_by_number",
            "점수순이 아니라 번호순으로 냄",
            _suppressor(after=lambda kept, scores, class_ids, limit: sorted(kept[:limit])),
            "번호 순서로 돌려주셨습니다. 남은 박스는 맞으니, 어느 순서로 늘어놓기로 했는지만 "
            "보세요.",
        ),
        Misconception(
            "number_order",
            "점수를 보지 않고 번호순으로 살핌",
            _suppressor(order=lambda scores: np.arange(len(scores))),
            "받은 순서, 곧 번호의 순서로 살피셨습니다. 겹친 둘 가운데 누가 먼저 살펴질 권리가 "
            "있나요?",
        ),
        Misconception(
            "negative_sides",
            "음수 너비와 높이를 그대로 곱함",
            _suppressor(iou=_unclipped_iou),
            "대각선으로 떨어진 두 박스를 겹친다고 보셨습니다. 겹친 너비도 높이도 음수이면 곱은 "
            "어떻게 되나요?",
        ),
        Misconception(
            "over_the_smaller",
            "작은 박스의 넓이로 나눔",
            _suppressor(iou=_over_the_smaller),
            "겹친 넓이를 작은 박스의 넓이로 나누셨습니다. IoU의 U는 무엇의 줄임말이었나요?",
        ),
        Misconception(
            "plus_one",
            "너비와 높이에 1을 더함",
            _suppressor(iou=_plus_one_iou),
            "너비와 높이에 1을 더하셨나요? 오래된 NMS 코드가 그렇습니다. 이 강좌의 너비는 두 "
            "좌표의 거리 그대로입니다.",
        ),
        Misconception(
            "returns_boxes",
            "번호 대신 박스를 돌려줌",
            _returned_boxes,
            "남은 박스의 좌표를 돌려주셨습니다. 점수와 클래스도 함께 골라내려면 좌표가 아니라 "
            "무엇이 필요할까요?",
        ),
        Misconception("in_place", "받은 배열에 바로 써넣음", _nms_in_place, IN_PLACE_HINT),
    ),
)


# ── ap_with_difficult ───────────────────────────────────────────────────────────────────────


def ap_with_difficult(scores, iou, difficult, iou_threshold):
    """어려운 정답을 세지 않는 AP를 모든 점 보간으로 구합니다.

    Args:
        scores: (N,) 배열, 한 클래스의 예측의 점수. N은 0일 수도 있습니다.
        iou: (N, M) 배열, 예측과 정답의 IoU. 이미지가 다르면 0입니다. M은 0일 수도 있습니다.
        difficult: (M,) 참/거짓 배열. 참이면 어려운 정답입니다.
        iou_threshold: 짝이 되는 IoU의 기준(이상).

    Returns:
        AP, 0 이상 1 이하의 실수 하나.
    """
    free = ~difficult
    hits = []
    for i in np.argsort(-scores, kind="stable"):
        reached = iou[i] >= iou_threshold
        candidates = np.flatnonzero(reached & free)
        if len(candidates):
            free[candidates[np.argmax(iou[i, candidates])]] = False
            hits.append(1)
        elif not np.any(reached & difficult):
            hits.append(0)
    total = np.sum(~difficult)
    if total == 0 or len(hits) == 0:
        return 0.0
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.array(hits) * best_from_here) / total)


def _ap(
    scores,
    iou,
    difficult,
    iou_threshold,
    order=lambda scores: np.argsort(-scores, kind="stable"),
    reaches=np.greater_equal,
    taken=lambda iou, candidates: candidates[iou[candidates].argmax()],
    once=True,
    best=None,
    difficult_first=False,
    difficult_once=False,
    easy=lambda difficult: ~difficult,
    skipped=None,
    total=lambda difficult, hits: np.sum(~difficult),
    area=_all_points,
):
    """AP의 각 단계를 갈아 끼울 수 있게 나눈 것. skipped는 세지 않을 예측에 적을 값입니다."""
    free, countable = easy(difficult).copy(), easy(difficult)
    unused = np.ones(len(difficult), dtype=bool)
    hits = []
    for i in order(scores):
        reached = reaches(iou[i], iou_threshold)
        if best and len(reached):
            reached = reached & (np.arange(len(reached)) == best(iou[i], countable))
        candidates = np.flatnonzero(reached & free)
        hard = np.flatnonzero(reached & ~countable & unused)
        if difficult_first and len(hard):
            continue
        if len(candidates):
            hits.append(1)
            free[taken(iou[i], candidates)] = not once
        elif not len(hard):
            hits.append(0)
        elif difficult_once:
            unused[hard[iou[i, hard].argmax()]] = False
        elif skipped is not None:
            hits.append(skipped)
    n = total(difficult, hits)
    if n == 0 or not hits:
        return 0.0
    return area(*_curve(np.array(hits), n))


def _averager(**steps):
    def wrong(scores, iou, difficult, iou_threshold):
        return _ap(scores, iou, difficult, iou_threshold, **steps)

    return wrong


def _ap_in_place(scores, iou, difficult, iou_threshold):
    answer = ap_with_difficult(scores, iou, difficult, iou_threshold)
    iou[iou < iou_threshold] = 0
    return answer


def _ap_cases(rng):
    def case(label, predictions, truths, hard, spread=2, dtype=float, threshold=0.5):
        """정답마다 예측 몇 개가 걸치게 한 것. 걸치지 않은 예측도 있습니다."""
        iou = rng.uniform(0, 0.3, (predictions, truths))
        for i in range(predictions - 1):
            near = rng.permutation(truths)[:spread]
            iou[i, near] = rng.uniform(0.35, 0.95, len(near))
        difficult = rng.permutation(np.arange(truths) < hard)
        scores = rng.permutation(predictions) / predictions
        return Case(label, (scores.astype(dtype), iou.round(3).astype(dtype), difficult, threshold))

    easy = np.zeros(2, dtype=bool)
    hard_first = np.array([True, False])
    tie = (np.array([0.4, 0.8, 0.8, 0.8]), np.array([[0.1, 0.7], [0.6, 0.1], [0.2, 0.3], [0.2, 0]]))
    rivals = (np.array([0.9, 0.7]), np.array([[0.6, 0.9], [0.7, 0.1]]))
    return [
        case("어려운 정답이 없을 때", 8, 4, 0, spread=1),
        case("어려운 정답이 섞였을 때", 12, 6, 2, spread=1),
        case("한 예측이 여러 정답에 걸칠 때", 14, 7, 2),
        case("예측이 많을 때", 40, 9, 3),
        case("기준이 0.75일 때", 20, 6, 1, threshold=0.75),
        Case("점수가 같은 예측", (*tie, easy, 0.5)),
        Case("두 정답에 걸친 예측이 먼저일 때", (*rivals, easy, 0.5)),
        Case(
            "IoU가 꼭 기준일 때",
            (np.array([0.9, 0.7]), np.array([[0.5, 0.0], [0.1, 0.6]]), easy, 0.5),
        ),
        Case(
            "같은 정답을 세 번 찾을 때",
            (np.array([0.9, 0.8, 0.7]), np.array([[0.8, 0.0], [0.7, 0.1], [0.9, 0.0]]), easy, 0.5),
        ),
        Case(
            "어려운 정답을 두 번 찾을 때",
            (
                np.array([0.9, 0.8, 0.7]),
                np.array([[0.8, 0.0], [0.7, 0.1], [0.0, 0.9]]),
                np.array([True, False]),
                0.5,
            ),
        ),
        Case(
            "가장 잘 맞는 정답에 이미 짝이 있을 때",
            (np.array([0.9, 0.8]), np.array([[0.9, 0.1], [0.8, 0.6]]), easy, 0.5),
        ),
        Case(
            "보통 정답과 어려운 정답에 함께 걸칠 때",
            (np.array([0.9, 0.8]), np.array([[0.8, 0.6], [0.1, 0.2]]), hard_first, 0.5),
        ),
        Case(
            "어려운 정답과의 IoU가 꼭 기준일 때",
            (np.array([0.9, 0.8]), np.array([[0.5, 0.0], [0.0, 0.9]]), hard_first, 0.5),
        ),
        case("예측 하나", 1, 3, 1),
        case("float32 배열", 10, 5, 1, dtype=np.float32),
        Case("모두 어려운 정답", (np.array([0.9]), np.array([[0.8, 0.1]]), ~easy, 0.5), edge=True),
        Case("예측이 없는 입력", (np.zeros(0), np.zeros((0, 2)), easy, 0.5), edge=True),
        Case("정답이 없는 입력", (np.ones(2), np.zeros((2, 0)), easy[:0], 0.5), edge=True),
    ]


AP_WITH_DIFFICULT = Exercise(
    name="ap_with_difficult",
    reference=ap_with_difficult,
    cases=_ap_cases,
    returns="AP, 0 이상 1 이하의 실수 하나",
    rules=(
        "점수가 높은 예측부터 봅니다. 같으면 번호가 작은 예측이 먼저입니다.",
        "짝이 없는 보통 정답 가운데 IoU가 기준 이상이고 가장 큰 것과 짝을 맺으면 맞은 것입니다.",
        "그런 정답이 없는데 어려운 정답과의 IoU가 기준 이상이면 그 예측은 아예 세지 않습니다.",
        "어려운 정답은 몇 번을 찾아도 됩니다. 둘 다 아니면 틀린 것입니다.",
        "재현율은 보통 정답의 수로 나눕니다. 보통 정답이 없거나 셀 예측이 없으면 AP는 0입니다.",
        "AP는 모든 점 보간으로 구합니다.",
        "맞을 때마다 늘어난 재현율에 그 줄과 그 뒤에서 가장 높은 정밀도를 곱해 더합니다.",
        UNCHANGED_INPUT,
    ),
    layout="whole",
    misconceptions=(
        Misconception(
            "difficult_is_ordinary",
            "어려운 정답도 보통처럼 셈",
            _averager(
                easy=lambda difficult: np.ones(len(difficult), dtype=bool),
                total=lambda difficult, hits: len(difficult),
            ),
            "어려운 정답을 보통 정답과 똑같이 세셨습니다. 찾으면 맞은 것이 되고 못 찾으면 "
            "깎입니다. `difficult`는 어디에 썼나요?",
        ),
        Misconception(
            "difficult_is_wrong",
            "어려운 정답을 찾으면 틀렸다고 셈",
            _averager(skipped=0),
            "어려운 정답을 찾은 예측을 틀렸다고 세셨습니다. 잘 찾은 모델이 오히려 손해를 봅니다. "
            "그런 예측은 어떻게 하기로 했나요?",
        ),
        Misconception(
            "difficult_in_recall",
            "재현율에 어려운 정답을 넣음",
            _averager(total=lambda difficult, hits: len(difficult)),
            "재현율을 모든 정답의 수로 나누셨습니다. 찾아도 세지 않는 정답을 나누는 수에 넣으면 "
            "재현율이 1이 될 수 없습니다.",
        ),
        Misconception(
            "duplicates_are_hits",
            "두 번 찾은 것도 맞다고 셈",
            _averager(once=False),
            "같은 정답을 두 번 찾은 것을 둘 다 맞다고 하셨습니다. 짝이 된 정답은 어떻게 표시해 "
            "두면 좋을까요?",
        ),
        Misconception(
            "only_the_best_truth",
            "가장 겹치는 정답만 봄",
            _averager(best=lambda iou, countable: iou.argmax()),
            variants=(
                _averager(best=lambda iou, countable: np.where(countable, iou, -1).argmax()),
            ),
            hint="IoU가 가장 큰 정답 하나만 보고, 그것이 이미 짝이 있으면 포기하셨습니다. 기준을 "
            "넘는 다른 정답이 남아 있을 수 있습니다.",
        ),
        Misconception(
            "difficult_asked_first",
            "어려운 정답부터 물음",
            _averager(difficult_first=True),
            "어려운 정답에 닿았는지부터 물으셨습니다. 보통 정답도 찾은 예측이라면 어느 쪽을 먼저 "
            "물어야 할까요?",
        ),
        Misconception(
            "difficult_is_hit",
            "어려운 정답을 찾으면 맞다고 셈",
            _averager(skipped=1),
            "어려운 정답을 찾은 예측을 맞았다고 세셨습니다. 상을 주지도 벌을 주지도 않으려면 그 "
            "줄은 어떻게 되어야 할까요?",
        ),
        Misconception(
            "difficult_used_once",
            "어려운 정답을 한 번만 봐줌",
            _averager(difficult_once=True),
            "어려운 정답을 두 번째로 찾은 예측을 틀렸다고 하셨습니다. 어려운 정답은 몇 번까지 "
            "찾아도 된다고 약속했나요?",
        ),
        Misconception(
            "eleven_points",
            "재현율 11곳의 평균을 냄",
            _averager(area=_WRONG_AREAS["eleven_points"]),
            "재현율 11곳의 평균, 곧 옛 VOC 방식입니다. 이 문제는 꺾이는 곳을 모두 재는 모든 점 "
            "보간으로 구합니다.",
        ),
        Misconception(
            "percent",
            "백분율로 돌려줌",
            lambda *args: 100 * ap_with_difficult(*args),
            "백분율로 돌려주셨습니다. AP는 0과 1 사이의 수입니다.",
        ),
        Misconception(
            "first_free_truth",
            "기준을 넘는 첫 정답과 맺음",
            _averager(taken=lambda iou, candidates: candidates[0]),
            "기준을 넘는 정답 가운데 앞의 것과 짝을 지으셨습니다. 더 잘 맞는 정답을 두고 남의 "
            "짝을 빼앗을 수 있습니다.",
        ),
        Misconception(
            "equal_is_missed",
            "기준과 같은 예측을 놓침",
            _averager(reaches=np.greater),
            "IoU가 기준과 꼭 같은 예측을 놓쳤습니다. 기준 '이상'이라는 말을 다시 읽어 보세요.",
        ),
        Misconception(
            "given_order",
            "받은 순서대로 셈",
            _averager(order=lambda scores: np.arange(len(scores))),
            "받은 순서대로 세셨습니다. 정답을 먼저 고를 권리는 누구에게 있나요?",
        ),
        Misconception(
            "later_wins_ties",
            "동점에서 뒤의 것을 앞세움",
            _averager(order=lambda scores: np.argsort(scores, kind="stable")[::-1]),
            "점수가 같을 때 뒤의 예측이 먼저 골랐습니다. 늘어놓은 것을 통째로 뒤집으면 같은 "
            "점수끼리의 순서도 뒤집힙니다.",
        ),
        Misconception(
            "no_envelope",
            "톱니 모양 그대로 넓이를 구함",
            _averager(area=_WRONG_AREAS["no_envelope"]),
            "맞은 자리의 정밀도를 그대로 곱하셨습니다. 그 재현율 이상에서 더 높은 정밀도를 얻을 "
            "수 있다면 그것을 씁니다.",
        ),
        Misconception(
            "hundred_and_one_points",
            "재현율 101곳의 평균을 냄",
            _averager(area=_WRONG_AREAS["hundred_and_one_points"]),
            "재현율 101곳의 평균, 곧 COCO 방식입니다. 이 문제는 꺾이는 곳을 모두 재는 모든 점 "
            "보간으로 구합니다.",
        ),
        Misconception(
            "mean_over_found",
            "찾은 정답의 수로 나눔",
            _averager(total=lambda difficult, hits: sum(hits)),
            "찾은 정답의 수로 나누셨습니다. 끝내 찾지 못한 정답도 AP를 깎아야 합니다.",
        ),
        Misconception("in_place", "받은 배열에 바로 써넣음", _ap_in_place, IN_PLACE_HINT),
    ),
)

EXERCISES = (MY_HITS, MY_AP, NMS_PER_CLASS, AP_WITH_DIFFICULT)
