"""레슨 06의 연습 문제: 모양의 IoU, 앵커의 재현율."""

import numpy as np

from anchorbox_utils.design import shape_iou
from anchorbox_utils.homework.catalogue.common import (
    EMPTY_MATRIX,
    FLOAT_RESULT,
    IN_PLACE_HINT,
    KEEP_INPUT,
    PLUS_ONE_HINT,
)
from anchorbox_utils.homework.exercise import Case, Exercise, Misconception

# ── shape_iou ───────────────────────────────────────────────────────────────────────────────


def _random_shapes(rng, count, low=4.0, high=300.0):
    return np.exp(rng.uniform(np.log(low), np.log(high), (count, 2))).round(1)


def _shape_cases(rng):
    word = np.array([[40.0, 10.0]])
    return [
        Case("낱말과 세 앵커", (word, np.array([[40.0, 10.0], [20.0, 20.0], [80.0, 20.0]]))),
        Case("정답 다섯과 앵커 셋", (_random_shapes(rng, 5), _random_shapes(rng, 3))),
        Case("가로형과 세로형", (word, word[:, ::-1].copy())),
        Case("안에 쏙 드는 모양", (np.array([[100.0, 80.0]]), np.array([[50.0, 40.0]]))),
        Case(
            "아주 작은 모양", (_random_shapes(rng, 3, 0.1, 2.0), _random_shapes(rng, 4, 0.1, 2.0))
        ),
        Case("정수 배열", (np.array([[40, 10], [7, 9]]), np.array([[20, 20], [13, 5]]))),
        Case(
            "float32 배열",
            (_random_shapes(rng, 4).astype("f4"), _random_shapes(rng, 1).astype("f4")),
        ),
        Case("정답이 없는 입력", (np.zeros((0, 2)), _random_shapes(rng, 3)), edge=True),
    ]


def _shape_parts(shapes1, shapes2):
    """(교집합 넓이, 넓이1, 넓이2). 모두 (N, M)으로 펼칠 수 있습니다."""
    a, b = shapes1[:, None].astype(float), shapes2[None].astype(float)
    return np.minimum(a, b).prod(axis=-1), a.prod(axis=-1), b.prod(axis=-1)


def _from_parts(formula):
    def wrong(shapes1, shapes2):
        return formula(*_shape_parts(shapes1, shapes2))

    return wrong


def _no_parentheses(shapes1, shapes2):
    inner, area1, area2 = _shape_parts(shapes1, shapes2)
    return inner / area1 + area2 - inner


def _sums_of_sides(shapes1, shapes2):
    a, b = shapes1[:, None].astype(float), shapes2[None].astype(float)
    inner, size1, size2 = (side.sum(axis=-1) for side in (np.minimum(a, b), a, b))
    return inner / (size1 + size2 - inner)


def _larger_sides(shapes1, shapes2):
    a, b = shapes1[:, None].astype(float), shapes2[None].astype(float)
    outer = np.maximum(a, b).prod(axis=-1)
    return outer / (a.prod(axis=-1) + b.prod(axis=-1) - outer)


def _same_rows(shapes1, shapes2):
    inner = np.minimum(shapes1, shapes2).prod(axis=1)
    return inner / (shapes1.prod(axis=1) + shapes2.prod(axis=1) - inner)


def _as_corners(shapes1, shapes2):
    """(너비, 높이)를 중심이라고 읽어 두 점 사이의 거리를 잰 것."""
    return np.linalg.norm(shapes1[:, None].astype(float) - shapes2[None], axis=-1)


def _enclosing(shapes1, shapes2):
    a, b = shapes1[:, None].astype(float), shapes2[None].astype(float)
    return np.minimum(a, b).prod(axis=-1) / np.maximum(a, b).prod(axis=-1)


SHAPE_IOU = Exercise(
    name="shape_iou",
    reference=shape_iou,
    cases=_shape_cases,
    returns="(N, M) IoU 배열",
    rules=(
        "너비와 높이는 모두 0보다 큽니다.",
        EMPTY_MATRIX,
        FLOAT_RESULT,
        KEEP_INPUT,
    ),
    # 중심을 겹쳐 놓은 박스의 IoU로 구하는 것도 좋은 풀이입니다.
    allows=("box_area", "box_convert", "box_iou"),
    layout="pairs",
    misconceptions=(
        Misconception(
            "ratio_of_areas",
            "넓이의 비만 구함",
            _from_parts(
                lambda inner, area1, area2: np.minimum(area1, area2) / np.maximum(area1, area2)
            ),
            "넓이만 견주고 있습니다. 40 × 10과 20 × 20은 넓이가 같지만 겹쳐 보면 꼭 맞지 않습니다.",
        ),
        Misconception(
            "no_parentheses",
            "합집합에 괄호를 치지 않음",
            _no_parentheses,
            "나누기는 더하기보다 먼저 계산됩니다. 합집합을 통째로 나누는 수로 쓰려면 무엇이 "
            "필요할까요?",
        ),
        Misconception(
            "dice",
            "IoU 대신 다이스 계수를 구함",
            _from_parts(lambda inner, area1, area2: 2 * inner / (area1 + area2)),
            "겹친 넓이의 두 배를 두 넓이의 합으로 나누면 다이스 계수(Dice)입니다. IoU는 합집합으로 "
            "나눕니다.",
        ),
        Misconception(
            "over_one_shape",
            "한 모양의 넓이로만 나눔",
            _from_parts(lambda inner, area1, area2: inner / area1),
            "두 모양 가운데 하나의 넓이로만 나누셨습니다. 작은 모양이 큰 모양에 쏙 들 때 얼마가 "
            "나오는지 보세요.",
            (
                _from_parts(lambda inner, area1, area2: inner / area2),
                _from_parts(lambda inner, area1, area2: inner / np.minimum(area1, area2)),
                _from_parts(lambda inner, area1, area2: inner / np.maximum(area1, area2)),
            ),
        ),
        Misconception(
            "percent",
            "백분율로 돌려줌",
            _from_parts(lambda inner, area1, area2: 100 * inner / (area1 + area2 - inner)),
            "백분율로 돌려주셨습니다. IoU는 0과 1 사이의 수입니다.",
        ),
        Misconception(
            "floor_division",
            "소수점 아래를 버림",
            _from_parts(lambda inner, area1, area2: inner // (area1 + area2 - inner)),
            "소수점 아래를 버렸습니다. `//`로 나누거나 정수 배열에 담지 않았는지 보세요.",
            (lambda shapes1, shapes2: shape_iou(shapes1, shapes2).astype(int),),
        ),
        Misconception(
            "sides_added",
            "넓이 대신 변을 더해 견줌",
            _sums_of_sides,
            "너비와 높이를 더해 견주셨습니다. 겹친 크기는 변이 아니라 넓이로 잽니다.",
        ),
        Misconception(
            "larger_sides",
            "겹친 변에 긴 쪽을 씀",
            _larger_sides,
            "두 변 가운데 긴 쪽을 쓰셨습니다. 겹친 곳의 너비는 두 너비 가운데 어느 쪽일까요?",
        ),
        Misconception(
            "union_counts_overlap_twice",
            "겹친 부분을 두 번 셈",
            _from_parts(lambda inner, area1, area2: inner / (area1 + area2)),
            "두 넓이를 더하면 겹친 부분이 두 번 세어집니다. 같은 모양끼리 1이 나오는지 확인해 "
            "보세요.",
        ),
        Misconception(
            "enclosing_rectangle",
            "감싸는 사각형으로 나눔",
            _enclosing,
            "두 모양을 모두 감싸는 사각형으로 나누고 있습니다. 가로형과 세로형을 겹치면 십자 "
            "모양입니다. 합집합은 십자의 빈 귀퉁이를 포함하지 않습니다.",
        ),
        Misconception(
            "intersection_only",
            "겹친 넓이만 돌려줌",
            _from_parts(lambda inner, area1, area2: inner),
            "겹친 넓이까지 잘 구했습니다. 아직 픽셀 단위의 넓이이니, 0과 1 사이의 비로 바꿔 "
            "주세요.",
        ),
        Misconception(
            "distance_returned",
            "1에서 빼 거리로 돌려줌",
            _from_parts(lambda inner, area1, area2: 1 - inner / (area1 + area2 - inner)),
            "1에서 빼면 거리가 됩니다. 이 문제는 거리로 바꾸기 전의 IoU를 묻습니다.",
        ),
        Misconception(
            "euclidean_distance",
            "픽셀 거리를 잼",
            _as_corners,
            "픽셀 거리를 재고 있습니다. 그러면 큰 물체의 5픽셀과 작은 물체의 5픽셀이 같은 무게가 "
            "됩니다. 겹친 넓이의 비를 구해 보세요.",
        ),
        Misconception(
            "same_rows_only",
            "같은 번호끼리만 견줌",
            _same_rows,
            "같은 번호끼리만 견주고 있습니다. 정답 N개와 앵커 M개의 '모든 짝'이 필요합니다. "
            "`shapes1[:, None]`이 무엇을 해 주는지 떠올려 보세요.",
        ),
        Misconception(
            "plus_one_size",
            "너비와 높이에 1을 더함",
            lambda shapes1, shapes2: shape_iou(shapes1 + 1, shapes2 + 1),
            PLUS_ONE_HINT,
        ),
        Misconception(
            "transposed",
            "행과 열을 바꿈",
            lambda shapes1, shapes2: shape_iou(shapes2, shapes1),
            "행과 열이 바뀌었습니다. 첫 인수가 행, 둘째 인수가 열입니다.",
        ),
    ),
)

# ── anchor_recall ───────────────────────────────────────────────────────────────────────────


def anchor_recall(iou, thresholds):
    """임계값마다, 정답(열) 가운데 그 이상으로 겹치는 앵커(행)가 하나라도 있는 비율."""
    return _recall(iou, thresholds)


def _recall(
    iou,
    thresholds,
    best=lambda iou: iou.max(axis=0, initial=0),
    passes=np.greater_equal,
    reduce=lambda passed: passed.mean(axis=1),
):
    """재현율의 각 단계를 갈아 끼울 수 있게 나눈 것. 견줄 것이 없으면 0입니다."""
    values = best(iou)
    if values.size == 0:
        return np.zeros(len(thresholds))
    return reduce(passes(values.ravel(), np.asarray(thresholds)[:, None])).astype(float)


def _recaller(**steps):
    def wrong(iou, thresholds):
        return _recall(iou, thresholds, **steps)

    return wrong


THREE = np.array([0.5, 0.6, 0.7])


def _recall_cases(rng):
    return [
        Case("앵커 셋과 정답 둘", (np.array([[0.6, 0.1], [0.7, 0.2], [0.0, 0.4]]), THREE)),
        Case("앵커 마흔과 정답 여섯", (rng.random((40, 6)) ** 6, np.array([0.5, 0.7, 0.9]))),
        Case("임계값과 꼭 같은 IoU", (np.array([[0.5, 0.2, 0.9], [0.1, 0.5, 0.7]]), THREE)),
        Case("앵커보다 정답이 많을 때", (rng.random((3, 20)), np.array([0.9, 0.5, 0.7, 0.3]))),
        Case("모두 덮일 때", (rng.uniform(0.8, 1, (5, 4)), THREE)),
        Case("하나도 덮이지 않을 때", (rng.uniform(0, 0.3, (5, 4)), THREE)),
        Case(
            "한 앵커가 여러 정답을 덮을 때", (np.array([[0.8, 0.9, 0.1], [0.0, 0.0, 0.2]]), THREE)
        ),
        Case("임계값 하나", (rng.random((6, 5)), np.array([0.5]))),
        Case("float32 배열", (rng.random((8, 7)).astype("f4"), np.array([0.75, 0.5], dtype="f4"))),
        Case("앵커가 없는 입력", (np.zeros((0, 3)), THREE), edge=True),
        Case("정답이 없는 입력", (np.zeros((5, 0)), THREE), edge=True),
    ]


def _mean_best(iou, thresholds):
    return np.full(len(thresholds), np.mean(iou.max(axis=0, initial=0)) if iou.size else 0.0)


def _recall_no_gt(iou, thresholds):
    best = iou.max(axis=0, initial=0)
    return np.array([(best >= threshold).sum() / np.float64(len(best)) for threshold in thresholds])


def _strict_best(iou):
    return iou.max(axis=0)


def _strict_recall(iou, thresholds):
    """빈 입력을 따로 생각하지 않은 것."""
    passed = _strict_best(iou) >= np.asarray(thresholds)[:, None]
    return passed.sum(axis=1) / np.float64(iou.shape[1])


def _sorted_thresholds(iou, thresholds):
    return anchor_recall(iou, np.sort(thresholds))


def _over_anchors(iou, thresholds):
    return anchor_recall(iou, thresholds) * iou.shape[1] / max(len(iou), 1)


def _recall_in_place(iou, thresholds):
    answer = anchor_recall(iou, thresholds)
    iou[:] = iou >= thresholds[0]
    return answer


ANCHOR_RECALL = Exercise(
    name="anchor_recall",
    reference=anchor_recall,
    cases=_recall_cases,
    returns="(T,) 임계값마다의 재현율",
    rules=(
        "IoU가 임계값과 꼭 같은 앵커도 그 정답을 찾은 것입니다.",
        "앵커나 정답이 하나도 없으면 재현율은 모두 0입니다.",
        "결과의 순서는 받은 `thresholds`의 순서입니다.",
        KEEP_INPUT,
    ),
    layout="whole",
    misconceptions=(
        Misconception(
            "share_of_anchors",
            "정답 대신 앵커의 비율을 셈",
            _recaller(best=lambda iou: iou.max(axis=1, initial=0)),
            "정답에 맞는 '앵커의 비율'을 세었습니다. 재현율은 무엇 가운데의 비율일까요? "
            "행과 열 가운데 무엇이 정답인지 보세요.",
        ),
        Misconception(
            "share_of_pairs",
            "모든 짝의 비율을 셈",
            _recaller(best=lambda iou: iou),
            "모든 짝을 세었습니다. 정답 하나에는 잘 맞는 앵커가 하나만 있으면 됩니다.",
        ),
        Misconception(
            "mean_best_iou",
            "최고 IoU의 평균을 구함",
            _mean_best,
            "정답마다 가장 좋은 IoU의 평균을 구했습니다. 임계값을 넘는지를 아직 묻지 않았습니다.",
        ),
        Misconception(
            "count_instead_of_share",
            "비율 대신 개수를 돌려줌",
            _recaller(reduce=lambda passed: passed.sum(axis=1)),
            "덮인 정답의 '개수'를 돌려주셨습니다. 전체 정답 가운데 얼마인지로 바꾸어 보세요.",
        ),
        Misconception(
            "strict_threshold",
            "임계값과 같은 값을 뺌",
            _recaller(passes=np.greater),
            "임계값과 꼭 같은 IoU도 덮인 것입니다. '이상'을 기호로 옮겨 보세요.",
        ),
        Misconception(
            "mean_over_anchors",
            "앵커들의 평균을 견줌",
            _recaller(best=lambda iou: iou.mean(axis=0) if len(iou) else np.zeros(0)),
            "앵커들의 평균을 임계값과 견주고 있습니다. 대부분의 앵커는 멀리 있으니 평균은 늘 "
            "낮습니다. 정답마다 어떤 앵커 하나를 보아야 할까요?",
        ),
        Misconception(
            "missed_share",
            "놓친 정답의 비율을 구함",
            _recaller(passes=np.less),
            "놓친 정답의 비율을 구했습니다. 재현율은 그 반대쪽입니다.",
        ),
        Misconception(
            "index_instead_of_value",
            "값 대신 번호를 견줌",
            _recaller(best=lambda iou: iou.argmax(axis=0) if len(iou) else np.zeros(0)),
            "가장 잘 맞는 앵커의 '번호'를 임계값과 견주셨습니다. `argmax`와 `max`는 무엇이 "
            "다른가요?",
            (_recaller(best=lambda iou: iou.argmax(axis=0)),),
        ),
        Misconception(
            "percent",
            "백분율로 돌려줌",
            _recaller(reduce=lambda passed: 100 * passed.mean(axis=1)),
            "백분율로 돌려주셨습니다. 재현율은 0과 1 사이의 수입니다.",
        ),
        Misconception(
            "over_anchor_count",
            "정답 대신 앵커의 수로 나눔",
            _over_anchors,
            "덮인 정답의 수를 앵커의 수로 나누셨습니다. 재현율은 무엇 가운데의 비율일까요?",
        ),
        Misconception(
            "thresholds_sorted",
            "임계값의 차례를 바꿈",
            _sorted_thresholds,
            "임계값을 크기순으로 바꾸셨습니다. 결과는 받은 차례대로여야 합니다.",
        ),
        Misconception(
            "zero_over_zero",
            "0을 0으로 나눔",
            _recall_no_gt,
            "거의 다 왔습니다. 정답이 하나도 없으면 0을 0으로 나누게 됩니다. "
            "이 문제에서는 그때의 값을 0으로 정했습니다.",
        ),
        Misconception(
            "empty_has_no_maximum",
            "빈 입력에서 최댓값을 구함",
            _recaller(best=_strict_best),
            "거의 다 왔습니다. 앵커가 하나도 없으면 최댓값을 구할 수 없어 멈춥니다. 그때를 "
            "무엇으로 보기로 했나요?",
            (_strict_recall,),
        ),
        Misconception("in_place", "받은 배열에 바로 써넣음", _recall_in_place, IN_PLACE_HINT),
    ),
)

EXERCISES = (SHAPE_IOU, ANCHOR_RECALL)
