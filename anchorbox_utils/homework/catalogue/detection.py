"""레슨 08의 연습 문제: NMS와, AP를 잴 때의 짝짓기."""

import numpy as np

from anchorbox_utils.boxes import box_iou
from anchorbox_utils.homework.catalogue.common import IN_PLACE_HINT, KEEP_INPUT, random_boxes
from anchorbox_utils.homework.exercise import Case, Exercise, Misconception

# ── greedy_nms ──────────────────────────────────────────────────────────────────────────────


def greedy_nms(boxes, scores, iou_threshold):
    """겹친 예측 가운데 점수가 가장 높은 것만 남깁니다.

    Args:
        boxes: (N, 4) 배열 [x1, y1, x2, y2], 픽셀. N은 0일 수도 있습니다.
        scores: (N,) 배열, 예측의 점수.
        iou_threshold: 남긴 박스와의 IoU가 이 값보다 크면 지웁니다.

    Returns:
        (K,) 정수 배열. 남은 박스의 번호를 점수가 높은 순서로.
    """
    waiting = np.argsort(-scores)
    kept = []
    while len(waiting) > 0:
        best, rest = waiting[0], waiting[1:]
        kept.append(best)
        waiting = rest[box_iou(boxes[[best]], boxes[rest])[0] <= iou_threshold]
    return np.array(kept, dtype=int)


def _crowd(rng, n_objects, copies):
    """물체마다 조금씩 흔들린 예측 여럿. 점수는 모두 다릅니다."""
    boxes = np.repeat(random_boxes(rng, n_objects), copies, axis=0)
    boxes += rng.uniform(-12, 12, boxes.shape).round(1)
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 4)
    return boxes, _different_scores(rng, len(boxes))


def _different_scores(rng, count):
    return rng.permutation(np.linspace(0.05, 0.95, count)).round(4)


def _chain():
    """가-나, 나-다는 많이 겹치고 가-다는 조금 겹치는 세 박스. 나의 점수가 가운데입니다."""
    return np.array([[40.0, 0, 140, 100], [0, 0, 100, 100], [80, 0, 180, 100]])


def _nms_cases(rng):
    boxes, scores = _crowd(rng, 4, 5)
    nested = np.array([[0.0, 0, 100, 100], [10, 10, 60, 60], [200, 0, 260, 60]])
    halves = np.array([[0.0, 0, 40, 40], [0, 0, 40, 20], [0, 20, 40, 40]])
    return [
        Case("물체 넷에 예측 스물", (boxes, scores, 0.5)),
        Case("같은 예측, 낮은 기준", (boxes, scores, 0.2)),
        Case("다른 예측, 높은 기준", (*_crowd(rng, 3, 6), 0.7)),
        Case("사슬처럼 이어진 셋", (_chain(), np.array([0.6, 0.9, 0.3]), 0.3)),
        Case("큰 박스 속의 작은 박스", (nested, np.array([0.9, 0.8, 0.7]), 0.4)),
        Case("IoU가 기준과 꼭 같을 때", (halves, np.array([0.4, 0.9, 0.8]), 0.5), edge=True),
        Case("겹치지 않는 셋", (_far_apart(3), _different_scores(rng, 3), 0.5)),
        Case("예측 하나", (random_boxes(rng, 1), np.array([0.5]), 0.5)),
        Case(
            "float32 배열",
            (*(part.astype("f4") for part in _crowd(rng, 3, 4)), 0.4),
        ),
        Case("예측이 없는 입력", (np.zeros((0, 4)), np.zeros(0), 0.5), edge=True),
    ]


def _far_apart(count):
    """서로 멀리 떨어진 20픽셀 박스들."""
    corner = np.arange(count)[:, None] * 100.0
    return np.concatenate([corner, corner, corner + 20, corner + 20], axis=1)


def _suppressor(
    order=lambda scores: np.argsort(-scores),
    removes=lambda iou, threshold: iou > threshold,
    overlap=box_iou,
    judges=lambda kept, seen: kept,
    answer=lambda kept, boxes, scores: np.array(kept, dtype=int),
):
    """NMS의 각 단계를 갈아 끼울 수 있게 나눈 것.

    차례대로 보며, ``judges``가 고른 앞의 박스들 가운데 하나라도 ``removes``이면 지웁니다.
    """

    def wrong(boxes, scores, iou_threshold):
        kept, seen = [], []
        for i in order(scores):
            rivals = judges(kept, seen)
            iou = overlap(boxes[[i]], boxes[rivals])[0] if rivals else np.zeros(0)
            if not removes(iou, iou_threshold).any():
                kept.append(i)
            seen.append(i)
        return answer(kept, boxes, scores)

    return wrong


def _overlap_by_smaller(boxes1, boxes2):
    sides = np.minimum(boxes1[:, None, 2:], boxes2[:, 2:]) - np.maximum(
        boxes1[:, None, :2], boxes2[:, :2]
    )
    area1, area2 = ((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (boxes1, boxes2))
    return sides.clip(0).prod(axis=2) / np.minimum(area1[:, None], area2)


def _any_overlap(boxes1, boxes2):
    return (box_iou(boxes1, boxes2) > 0).astype(float)


def _mask(kept, boxes, scores):
    mask = np.zeros(len(boxes), dtype=bool)
    mask[np.asarray(kept, dtype=int)] = True
    return mask


def _places_in_order(kept, boxes, scores):
    rank = np.argsort(np.argsort(-scores))
    return rank[np.asarray(kept, dtype=int)]


def _only_the_winner_clears(boxes, scores, iou_threshold):
    order = np.argsort(-scores)
    if len(order) == 0:
        return order
    far = box_iou(boxes[order[:1]], boxes[order[1:]])[0] <= iou_threshold
    return np.concatenate([order[:1], order[1:][far]])


def _winner_clears_itself(boxes, scores, iou_threshold):
    # 남긴 박스를 적지 않고, 자기와의 IoU 1까지 지우는 반복.
    waiting = np.argsort(-scores)
    kept = []
    while len(waiting) > 0:
        near = box_iou(boxes[waiting[:1]], boxes[waiting])[0] > iou_threshold
        if near.sum() == 1:
            kept.append(waiting[0])
        waiting = waiting[~near]
    return np.array(kept, dtype=int)


def _removed_while_walking(boxes, scores, iou_threshold):
    """도는 리스트에서 지워, 지운 다음 것을 건너뛰는 반복."""
    waiting, kept = np.argsort(-scores).tolist(), []
    while waiting:
        best = waiting.pop(0)
        kept.append(best)
        for other in waiting:
            if box_iou(boxes[[best]], boxes[[other]])[0, 0] > iou_threshold:
                waiting.remove(other)
    return np.array(kept, dtype=int)


def _places_as_numbers(boxes, scores, iou_threshold):
    """늘어놓은 자리를 박스의 번호인 양 쓴 것."""
    kept = []
    for place in range(len(scores)):
        iou = box_iou(boxes[[place]], boxes[kept])[0] if kept else np.zeros(0)
        if not (iou > iou_threshold).any():
            kept.append(place)
    return np.argsort(-scores)[np.array(kept, dtype=int)]


def _scores_in_place(boxes, scores, iou_threshold):
    kept = []
    while (scores > 0).any():
        best = int(scores.argmax())
        kept.append(best)
        scores[box_iou(boxes[[best]], boxes)[0] > iou_threshold] = 0
        scores[best] = 0
    return np.array(kept, dtype=int)


GREEDY_NMS = Exercise(
    name="greedy_nms",
    reference=greedy_nms,
    cases=_nms_cases,
    returns="(K,) 남은 박스의 번호, 점수가 높은 순서",
    rules=(
        "결과는 박스가 아니라 남은 박스의 번호(정수)이고, 점수가 높은 순서입니다.",
        "IoU가 기준과 꼭 같으면 남깁니다.",
        "점수는 0보다 크고 모두 서로 다릅니다.",
        "예측이 하나도 없으면 모양이 `(0,)`인 배열을 돌려줍니다.",
        KEEP_INPUT,
    ),
    allows=("box_iou", "box_area", "validate_boxes"),
    layout="whole",
    misconceptions=(
        Misconception(
            "ignores_scores",
            "점수를 보지 않고 차례로 남김",
            _suppressor(order=lambda scores: np.arange(len(scores))),
            "박스를 받은 순서대로 남겼습니다. 겹친 것들 가운데 누가 남을지는 무엇이 정하나요?",
        ),
        Misconception(
            "lowest_first",
            "점수가 낮은 것부터 남김",
            _suppressor(order=lambda scores: np.argsort(scores)),
            "점수가 낮은 것부터 남겼습니다. `np.argsort`가 어느 쪽부터 늘어놓는지 보세요.",
        ),
        Misconception(
            "keeps_the_overlapping",
            "많이 겹친 것을 남김",
            _suppressor(removes=lambda iou, threshold: iou <= threshold),
            "많이 겹친 것이 남고 멀리 있는 것이 지워졌습니다. 부등호의 방향을 그림으로 그려 "
            "확인해 보세요.",
            (_suppressor(removes=lambda iou, threshold: iou < threshold),),
        ),
        Misconception(
            "removes_at_the_threshold",
            "기준과 같은 것까지 지움",
            _suppressor(removes=lambda iou, threshold: iou >= threshold),
            "IoU가 기준과 꼭 같은 박스까지 지웠습니다. 약속에서 기준과 같으면 어떻게 하나요?",
        ),
        Misconception(
            "removed_ones_still_remove",
            "지워진 박스가 또 지움",
            _suppressor(judges=lambda kept, seen: seen),
            "이미 지운 박스가 다른 박스를 또 지웠습니다. 지우는 힘은 누구에게만 있나요? 사슬처럼 "
            "이어진 박스 셋을 떠올려 보세요.",
        ),
        Misconception(
            "one_round_only",
            "가장 높은 박스의 둘레만 지움",
            _only_the_winner_clears,
            "점수가 가장 높은 박스의 둘레만 지우고 멈추었습니다. 물체가 둘이면 둘째 물체의 "
            "둘레는 누가 지우나요?",
        ),
        Misconception(
            "compares_with_the_last_kept",
            "바로 앞에 남긴 것하고만 견줌",
            _suppressor(judges=lambda kept, seen: kept[-1:]),
            "바로 앞에 남긴 박스하고만 견주었습니다. 그보다 먼저 남긴 박스와 겹치는 예측은 "
            "어떻게 되나요?",
        ),
        Misconception(
            "share_of_the_smaller",
            "작은 박스의 넓이로 나눔",
            _suppressor(overlap=_overlap_by_smaller),
            "겹친 넓이를 작은 박스의 넓이로 나누었습니다. 큰 물체 앞의 작은 물체가 지워집니다. "
            "IoU의 분모는 무엇이었나요?",
        ),
        Misconception(
            "any_overlap",
            "조금만 겹쳐도 지움",
            _suppressor(overlap=_any_overlap),
            "조금이라도 겹치면 지웠습니다. `iou_threshold`는 어디에 썼나요?",
        ),
        Misconception(
            "fixed_threshold",
            "받은 기준을 쓰지 않음",
            _suppressor(removes=lambda iou, threshold: iou > 0.5),
            "기준을 바꾸어도 결과가 그대로입니다. 함수가 받은 `iou_threshold`를 쓰고 있나요?",
        ),
        Misconception(
            "removed_while_walking",
            "도는 리스트에서 바로 지움",
            _removed_while_walking,
            "`for`로 도는 리스트에서 바로 지우면 그다음 것을 건너뜁니다. 남길 것만 모은 새 "
            "리스트를 "
            "만들어 보세요.",
        ),
        Misconception(
            "places_used_as_numbers",
            "점수순 자리를 박스 번호로 씀",
            _places_as_numbers,
            "점수순의 자리를 박스의 번호인 양 쓰셨습니다. `boxes[0]`은 점수가 가장 높은 "
            "박스인가요, "
            "처음 받은 박스인가요?",
        ),
        Misconception(
            "returns_a_mask",
            "번호 대신 참/거짓을 돌려줌",
            _suppressor(answer=_mask),
            "남길지 말지를 참과 거짓으로 돌려주었습니다. 순서까지 담으려면 무엇을 돌려주어야 "
            "할까요?",
        ),
        Misconception(
            "returns_boxes",
            "번호 대신 박스를 돌려줌",
            _suppressor(answer=lambda kept, boxes, scores: boxes[np.asarray(kept, dtype=int)]),
            "남은 박스를 그대로 돌려주었습니다. 점수와 클래스도 함께 고르려면 무엇이 필요할까요?",
        ),
        Misconception(
            "returns_places_in_the_order",
            "점수순의 자리를 돌려줌",
            _suppressor(answer=_places_in_order),
            "점수순으로 늘어놓은 다음의 자리를 돌려주었습니다. 받은 배열에서는 몇 번째 박스인지 "
            "되돌려야 합니다.",
        ),
        Misconception(
            "returns_index_order",
            "점수순이 아니라 번호순으로 냄",
            _suppressor(answer=lambda kept, boxes, scores: np.sort(np.asarray(kept, dtype=int))),
            "남은 것은 맞지만 번호순입니다. 돌려줄 순서를 약속에서 다시 보세요.",
        ),
        Misconception(
            "winner_clears_itself",
            "남길 박스까지 지움",
            _winner_clears_itself,
            "점수가 가장 높은 박스까지 함께 지웠습니다. 자기 자신과의 IoU는 얼마인가요?",
        ),
        Misconception("in_place", "받은 배열에 바로 써넣음", _scores_in_place, IN_PLACE_HINT),
    ),
)


# ── match_predictions ───────────────────────────────────────────────────────────────────────


def match_predictions(iou, iou_threshold):
    """예측마다 정답과 짝을 맺었는지 봅니다. 예측은 점수가 높은 순서로 와 있습니다.

    Args:
        iou: (D, G) 배열. 예측 D개와 정답 G개의 IoU. D나 G는 0일 수도 있습니다.
        iou_threshold: IoU가 이 값 이상이어야 짝이 됩니다.

    Returns:
        (D,) 참/거짓 배열. 짝을 맺었으면(맞았으면) 참.
    """
    hits = np.zeros(len(iou), dtype=bool)
    free = np.ones(iou.shape[1], dtype=bool)
    for d in range(len(iou)):
        candidates = np.flatnonzero(free & (iou[d] >= iou_threshold))
        if len(candidates) > 0:
            hits[d] = True
            free[candidates[iou[d, candidates].argmax()]] = False
    return hits


def _random_iou(rng, n_predictions, n_truths):
    """정답마다 예측 몇이 몰린 IoU. 값은 모두 다릅니다."""
    iou = rng.uniform(0.0, 0.4, (n_predictions, n_truths))
    owner = rng.integers(0, n_truths, n_predictions)
    iou[np.arange(n_predictions), owner] = rng.uniform(0.45, 0.98, n_predictions)
    neighbour = (owner + 1) % n_truths
    iou[np.arange(n_predictions), neighbour] += rng.uniform(0.0, 0.3, n_predictions)
    return iou.round(4)


def _match_cases(rng):
    iou = _random_iou(rng, 12, 4)
    duplicates = np.array([[0.8, 0.1], [0.9, 0.2], [0.1, 0.7], [0.6, 0.3]])
    # 둘째 예측이 가장 많이 겹치는 정답은 이미 짝이 있고, 다른 정답도 기준을 넘습니다.
    second_choice = np.array([[0.9, 0.2], [0.8, 0.6], [0.3, 0.7]])
    # 앞의 예측이 처음 만난 정답을 가져가면 뒤의 예측이 짝을 잃습니다.
    best_choice = np.array([[0.6, 0.9], [0.7, 0.2]])
    # 앞의 예측이 걸친 정답을 모두 가져가면 뒤의 예측이 짝을 잃습니다.
    straddling = np.array([[0.9, 0.6], [0.2, 0.8]])
    # 기준에 못 미친 예측이 정답을 써 버리면 뒤의 예측이 짝을 잃습니다.
    low_first = np.array([[0.45, 0.1], [0.8, 0.2], [0.2, 0.95]])
    return [
        Case("예측 열둘과 정답 넷", (iou, 0.5)),
        Case("같은 IoU, 높은 기준", (iou, 0.75)),
        Case("한 정답에 몰린 예측", (duplicates, 0.5)),
        Case("둘째로 겹치는 정답", (second_choice, 0.5)),
        Case("더 많이 겹치는 정답", (best_choice, 0.5)),
        Case("두 정답에 걸친 예측", (straddling, 0.5)),
        Case("기준에 못 미친 예측이 먼저", (low_first, 0.5)),
        Case("IoU가 기준과 꼭 같을 때", (np.array([[0.5, 0.1], [0.2, 0.75]]), 0.5), edge=True),
        Case("정답 하나", (_random_iou(rng, 5, 1), 0.5)),
        Case("예측 하나", (_random_iou(rng, 1, 3), 0.5)),
        Case("float32 배열", (_random_iou(rng, 9, 3).astype("f4"), 0.6)),
        Case("예측이 없는 입력", (np.zeros((0, 3)), 0.5), edge=True),
        Case("정답이 없는 입력", (np.zeros((4, 0)), 0.5), edge=True),
    ]


def _best_free(row, free, threshold):
    candidates = np.flatnonzero(free & (row >= threshold))
    return candidates[row[candidates].argmax()] if len(candidates) else None


def _matcher(
    choose=_best_free,
    use=lambda free, chosen: chosen,
    order=lambda count: range(count),
    answer=lambda chosen, iou: np.array([c is not None for c in chosen], dtype=bool),
):
    """짝짓기의 각 단계를 갈아 끼울 수 있게 나눈 것.

    ``choose``가 정답의 번호나 None을 고르고, ``use``가 이제 쓸 수 없는 정답을 고릅니다.
    """

    def wrong(iou, iou_threshold):
        free = np.ones(iou.shape[1], dtype=bool)
        chosen = [None] * len(iou)
        for d in order(len(iou)):
            chosen[d] = choose(iou[d], free, iou_threshold)
            if chosen[d] is not None and (used := use(free, chosen[d])) is not None:
                free[used] = False
        return answer(chosen, iou)

    return wrong


def _first_free(row, free, threshold):
    candidates = np.flatnonzero(free & (row >= threshold))
    return candidates[0] if len(candidates) else None


def _best_of_all(row, free, threshold):
    """VOC의 방식: 가장 많이 겹치는 정답이 이미 짝이 있으면 틀린 것으로 셉니다."""
    if row.size == 0:
        return None
    best = int(row.argmax())
    return best if free[best] and row[best] >= threshold else None


def _strictly_above(row, free, threshold):
    return _best_free(row, free & (row > threshold), threshold)


def _any_free(row, free, threshold):
    return _best_free(row, free, 1e-9)


def _below(row, free, threshold):
    candidates = np.flatnonzero(free & (row < threshold))
    return candidates[row[candidates].argmax()] if len(candidates) else None


def _spends_before_asking(iou, iou_threshold):
    free = np.ones(iou.shape[1], dtype=bool)
    hits = np.zeros(len(iou), dtype=bool)
    for d, row in enumerate(iou):
        if free.any():
            best = int(np.where(free, row, -1).argmax())
            free[best] = False
            hits[d] = row[best] >= iou_threshold
    return hits


def _every_truth_picks(iou, iou_threshold):
    hits = np.zeros(len(iou), dtype=bool)
    if len(iou):
        best = iou.argmax(axis=0)
        hits[best[iou.max(axis=0, initial=0) >= iou_threshold]] = True
    return hits


def _takes_all_it_reaches(iou, iou_threshold):
    free = np.ones(iou.shape[1], dtype=bool)
    hits = np.zeros(len(iou), dtype=bool)
    for d, row in enumerate(iou):
        reached = free & (row >= iou_threshold)
        hits[d] = reached.any()
        free &= ~reached
    return hits


def _zeroes_the_column(iou, iou_threshold):
    hits = np.zeros(len(iou), dtype=bool)
    for d in range(len(iou)):
        if iou.shape[1] and iou[d].max() >= iou_threshold:
            hits[d] = True
            iou[:, iou[d].argmax()] = 0
    return hits


MATCH_PREDICTIONS = Exercise(
    name="match_predictions",
    reference=match_predictions,
    cases=_match_cases,
    returns="(D,) 참/거짓 배열. 짝을 맺은 예측이 참",
    rules=(
        "예측은 이미 점수가 높은 순서입니다. 앞의 예측부터 짝을 고릅니다.",
        "아직 짝이 없고 IoU가 기준 이상인 정답 가운데 가장 많이 겹치는 것과 맺습니다.",
        "정답 하나는 예측 하나하고만 짝이 됩니다.",
        "예측 하나에서 정답들과의 IoU는 모두 다릅니다.",
        "정답이 하나도 없으면 모두 거짓이고, 예측이 하나도 없으면 모양이 `(0,)`입니다.",
        "결과는 0과 1이 아니라 참/거짓(bool)의 배열입니다.",
        KEEP_INPUT,
    ),
    misconceptions=(
        Misconception(
            "truths_are_shared",
            "한 정답에 여럿을 맞다고 셈",
            _matcher(use=lambda free, chosen: None),
            "한 정답에 몰린 예측을 모두 맞은 것으로 셌습니다. 같은 물체를 두 번 찾으면 둘째는 "
            "무엇일까요?",
        ),
        Misconception(
            "best_of_all_even_taken",
            "짝이 있는 정답만 보고 포기함",
            _matcher(choose=_best_of_all),
            "가장 많이 겹치는 정답에 이미 짝이 있으면 곧바로 틀렸다고 셌습니다. 아직 짝이 없는 "
            "다른 정답도 보아야 합니다.",
        ),
        Misconception(
            "first_reached",
            "기준을 넘는 첫 정답과 맺음",
            _matcher(choose=_first_free),
            "기준을 넘는 첫 정답과 맺었습니다. 여럿이 넘으면 어느 것과 맺기로 했나요?",
        ),
        Misconception(
            "strictly_above",
            "기준과 같은 짝을 놓침",
            _matcher(choose=_strictly_above),
            "IoU가 기준과 꼭 같은 짝을 놓쳤습니다. '이상'과 '초과'를 구별해 보세요.",
        ),
        Misconception(
            "ignores_the_threshold",
            "조금만 겹쳐도 짝을 맺음",
            _matcher(choose=_any_free),
            "조금만 겹쳐도 짝을 맺었습니다. `iou_threshold`는 어디에 썼나요?",
        ),
        Misconception(
            "threshold_reversed",
            "부등호를 거꾸로 씀",
            _matcher(choose=_below),
            "기준보다 덜 겹치는 정답과 맺었습니다. 부등호의 방향을 확인해 보세요.",
        ),
        Misconception(
            "spends_before_asking",
            "기준에 못 미쳐도 정답을 써 버림",
            _spends_before_asking,
            "기준에 못 미친 예측이 정답을 써 버렸습니다. 정답에 짝이 생기는 것은 언제인가요?",
        ),
        Misconception(
            "truths_choose",
            "정답이 예측을 고르게 함",
            _every_truth_picks,
            "정답마다 가장 많이 겹치는 예측을 골랐습니다. AP에서는 점수가 높은 예측이 먼저 "
            "고릅니다.",
        ),
        Misconception(
            "takes_all_it_reaches",
            "한 예측이 정답을 여럿 가져감",
            _takes_all_it_reaches,
            "예측 하나가 기준을 넘는 정답을 모두 가져갔습니다. 예측 하나는 정답 몇 개와 짝이 "
            "되나요?",
        ),
        Misconception(
            "last_first",
            "점수가 낮은 예측부터 고름",
            _matcher(order=lambda count: reversed(range(count))),
            "점수가 낮은 예측부터 골랐습니다. 예측은 이미 점수가 높은 순서로 와 있습니다.",
        ),
        Misconception(
            "returns_the_partner",
            "맞았는지 대신 정답 번호를 냄",
            _matcher(
                answer=lambda chosen, iou: np.array(
                    [-1 if c is None else int(c) for c in chosen], dtype=int
                )
            ),
            "짝이 된 정답의 번호를 돌려주었습니다. 여기서 필요한 것은 맞았는지 틀렸는지입니다.",
        ),
        Misconception(
            "zeros_and_ones",
            "참/거짓 대신 0과 1을 담음",
            lambda iou, iou_threshold: match_predictions(iou, iou_threshold).astype(int),
            "맞고 틀린 것은 모두 옳게 찾았습니다. 0과 1 대신 참과 거짓을 담으려면, 배열을 만들 때 "
            "자료형을 정해 주세요.",
            (lambda iou, iou_threshold: match_predictions(iou, iou_threshold) * 1.0,),
        ),
        Misconception(
            "answers_for_the_truths",
            "예측이 아니라 정답마다 답함",
            lambda iou, iou_threshold: np.array(
                [bool((column >= iou_threshold).any()) for column in iou.T], dtype=bool
            ),
            "정답마다의 답을 돌려주었습니다. 무엇마다 맞았는지를 세어야 정밀도를 잴 수 있을까요?",
        ),
        Misconception("in_place", "받은 배열에 바로 써넣음", _zeroes_the_column, IN_PLACE_HINT),
    ),
)

EXERCISES = (GREEDY_NMS, MATCH_PREDICTIONS)
