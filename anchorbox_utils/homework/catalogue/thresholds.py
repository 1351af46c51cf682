"""레슨과 과제 04의 연습 문제: 라벨 세기, 임계값 고르기, 크기마다의 양성."""

from functools import partial

import numpy as np

from anchorbox_utils.homework.catalogue.common import UNCHANGED_INPUT
from anchorbox_utils.homework.catalogue.labeling import (
    BOUNDARIES,
    DOCUMENT_IOU,
    IN_ORDER,
    THRESHOLD_MISTAKES,
    assign_anchor_labels,
    threshold_cases,
)
from anchorbox_utils.homework.exercise import Case, Exercise, Misconception, Own
from anchorbox_utils.homework.personal import personal_matches

# ── count_labels ────────────────────────────────────────────────────────────────────────────


def count_labels(iou_max, pos_thr, neg_thr):
    """라벨별 앵커의 수를 셉니다.

    Args:
        iou_max: (N,) 배열, 각 앵커의 최대 IoU. N은 0일 수도 있습니다.
        pos_thr: 양성 임계값. IoU가 이 값 이상이면 양성입니다.
        neg_thr: 음성 임계값. IoU가 이 값보다 작으면 음성입니다.

    Returns:
        {"pos": 정수, "neg": 정수, "ignore": 정수}. 세 수의 합은 N입니다.
    """
    positive = int((iou_max >= pos_thr).sum())
    negative = int((iou_max < neg_thr).sum())
    return {"pos": positive, "neg": negative, "ignore": len(iou_max) - positive - negative}


VALUES = {"pos": 1, "neg": 0, "ignore": -1}


def _counter(label=assign_anchor_labels, count=lambda labels, value: int((labels == value).sum())):
    """라벨을 붙이고 세는 두 단계를 갈아 끼울 수 있게 나눈 것."""

    def wrong(iou_max, pos_thr, neg_thr):
        labels = label(iou_max, pos_thr, neg_thr)
        return {name: count(labels, value) for name, value in VALUES.items()}

    return wrong


def _tallies(is_positive, is_negative):
    """라벨을 붙이지 않고 조건마다 바로 센 두 가지: 무시를 나머지로, 무시도 조건으로."""

    def count_rest(iou_max, pos_thr, neg_thr):
        positive = int(is_positive(iou_max, pos_thr).sum())
        negative = int(is_negative(iou_max, neg_thr).sum())
        return {"pos": positive, "neg": negative, "ignore": len(iou_max) - positive - negative}

    def count_each(iou_max, pos_thr, neg_thr):
        positive, negative = is_positive(iou_max, pos_thr), is_negative(iou_max, neg_thr)
        masks = {"pos": positive, "neg": negative, "ignore": ~positive & ~negative}
        return {name: int(mask.sum()) for name, mask in masks.items()}

    return count_rest, count_each


_TALLIES = {
    "strict_positive": _tallies(np.greater, np.less),
    "inclusive_negative": _tallies(np.greater_equal, np.less_equal),
    "both_boundaries": _tallies(np.greater, np.less_equal),
}


def _count_lengths_then_rest(iou_max, pos_thr, neg_thr):
    positive, negative = len(iou_max >= pos_thr), len(iou_max < neg_thr)
    return {"pos": positive, "neg": negative, "ignore": len(iou_max) - positive - negative}


def _count_rates(iou_max, pos_thr, neg_thr):
    counts = count_labels(iou_max, pos_thr, neg_thr)
    return {name: count / max(len(iou_max), 1) for name, count in counts.items()}


def _count_ignore_as_rest(iou_max, pos_thr, neg_thr):
    counts = count_labels(iou_max, pos_thr, neg_thr)
    return {**counts, "ignore": len(iou_max) - counts["pos"]}


def _count_between_strictly(iou_max, pos_thr, neg_thr):
    between = (iou_max > neg_thr) & (iou_max < pos_thr)
    return {**count_labels(iou_max, pos_thr, neg_thr), "ignore": int(between.sum())}


COUNT_LABELS = Exercise(
    name="count_labels",
    reference=count_labels,
    cases=threshold_cases,
    returns='사전 {"pos": 양성의 수, "neg": 음성의 수, "ignore": 무시의 수}',
    rules=(
        BOUNDARIES,
        IN_ORDER,
        "사전의 열쇠는 `pos`, `neg`, `ignore`이고, 세 수를 더하면 앵커의 수가 됩니다.",
        "앵커가 하나도 없으면 세 수가 모두 0입니다.",
        UNCHANGED_INPUT,
    ),
    allows=("assign_anchor_labels",),
    layout="whole",
    misconceptions=(
        *(
            Misconception(name, title, _counter(label), hint, _TALLIES.get(name, ()))
            for name, (title, label, hint) in THRESHOLD_MISTAKES.items()
        ),
        Misconception(
            "length_of_mask",
            "참의 개수 대신 길이를 셈",
            _counter(count=lambda labels, value: len(labels == value)),
            "`len(labels == 1)`은 참의 개수가 아니라 배열의 길이입니다. 참인 것만 세는 방법을 써 "
            "보세요.",
        ),
        Misconception(
            "length_of_mask_then_rest",
            "길이를 세어 무시가 음수가 됨",
            _count_lengths_then_rest,
            "무시의 개수가 음수가 되었습니다. `len(iou_max >= pos_thr)`는 "
            "조건이 참인 것만이 아니라 모두 셉니다.",
        ),
        Misconception(
            "rates_instead_of_counts",
            "개수 대신 비율을 돌려줌",
            _count_rates,
            "비율을 돌려주셨습니다. 여기서는 '몇 개'인지를 셉니다.",
        ),
        Misconception(
            "sums_instead_of_counts",
            "개수 대신 라벨 값을 더함",
            _counter(count=lambda labels, value: int(labels[labels == value].sum())),
            "라벨 값을 더하고 있습니다. 0은 아무리 더해도 0이지요. 값이 아니라 개수를 세어 보세요.",
        ),
        Misconception(
            "boundary_lost",
            "경계의 값을 빠뜨림",
            _count_between_strictly,
            "음성 임계값과 꼭 같은 IoU가 어느 쪽에도 들어가지 않았습니다. 세 수를 더하면 앵커의 "
            "수가 "
            "되는지 보세요.",
        ),
        Misconception(
            "ignore_counts_negative",
            "무시에 음성까지 셈",
            _count_ignore_as_rest,
            "무시의 개수에 음성까지 들어갔습니다. 세 수를 더하면 앵커의 수와 같아야 합니다.",
        ),
    ),
)


# ── choose_thresholds ───────────────────────────────────────────────────────────────────────

GRID = np.arange(1, 20) / 20


def choose_thresholds(iou_max, min_positive_rate, max_ignore_rate):
    """조건에 맞는 두 임계값을 0.05 간격에서 고릅니다.

    Args:
        iou_max: (N,) 배열, 각 앵커의 최대 IoU. N은 1 이상입니다.
        min_positive_rate: 필요한 양성 비율, 0 이상 1 이하.
        max_ignore_rate: 허용하는 무시 비율, 0 이상 1 이하.

    Returns:
        두 수 (pos_thr, neg_thr).
    """
    candidates = np.arange(1, 20) / 20
    pos_thr = candidates[0]
    for threshold in candidates:
        if np.mean(iou_max >= threshold) >= min_positive_rate:
            pos_thr = threshold
    for neg_thr in candidates:
        ignored = (iou_max >= neg_thr) & (iou_max < pos_thr)
        # neg_thr가 pos_thr와 같으면 무시가 0이므로 그런 후보는 반드시 있습니다.
        if np.mean(ignored) <= max_ignore_rate:
            return pos_thr, neg_thr


def _off_grid(values):
    """후보와 같은 값을 피합니다. 0.05씩 더해 만든 후보의 끝자리 오차로 판정이 갈리지 않도록."""
    values = np.asarray(values)
    return np.where(np.abs(values * 20 - np.round(values * 20)) < 0.02, values + 0.003, values)


def _choose_cases(rng):
    document = _off_grid(DOCUMENT_IOU)
    return [
        Case("원문의 IoU 8개, 양성 25% 이상", (document, 0.25, 0.25)),
        Case("원문의 IoU 8개, 양성 절반 이상", (document, 0.5, 0.125)),
        Case("무시를 하나도 허용하지 않을 때", (document, 0.25, 0.0)),
        Case("무시를 얼마든지 허용할 때", (document, 0.375, 1.0)),
        Case("무작위 IoU", (_off_grid(rng.random(40)), 0.3, 0.2)),
        Case("양성이 드문 IoU", (_off_grid(rng.random(64) ** 3), 0.125, 0.25)),
        Case(
            "목표에 닿는 후보가 없을 때", (np.array([0.01, 0.02, 0.93, 0.03]), 0.5, 0.1), edge=True
        ),
        Case("정답과 거의 같은 앵커들", (np.array([0.97, 0.12, 0.98, 0.31, 0.96]), 0.6, 0.2)),
        Case("정답과 똑같은 앵커", (np.array([1.0, 1.0, 0.42, 0.07]), 0.5, 0.25)),
        Case("float32 배열", (np.array([0.13, 0.31, 0.66, 0.88], dtype="f4"), 0.5, 0.25)),
        Case("앵커 하나", (np.array([0.47]), 1.0, 0.0)),
    ]


def _pick_pos(iou, rate, pick=max, enough=np.greater_equal, share=np.mean, grid=GRID):
    return pick((t for t in grid if enough(share(iou >= t), rate)), default=grid[0])


def _between(iou, t, pos):
    return np.mean((iou >= t) & (iou < pos))


def _pick_neg(iou, pos, rate, pick=min, few=np.less_equal, share=_between, grid=GRID):
    return pick((t for t in grid if t <= pos and few(share(iou, t, pos), rate)), default=pos)


def _chooser(pick_pos=_pick_pos, pick_neg=_pick_neg):
    """두 단계를 갈아 끼운 구현을 만듭니다."""

    def wrong(iou_max, min_positive_rate, max_ignore_rate):
        pos = pick_pos(iou_max, min_positive_rate)
        return pos, pick_neg(iou_max, pos, max_ignore_rate)

    return wrong


CHOOSE_THRESHOLDS = Exercise(
    name="choose_thresholds",
    reference=choose_thresholds,
    cases=_choose_cases,
    returns="두 수 (pos_thr, neg_thr)",
    rules=(
        "후보는 0.05, 0.10, …, 0.95의 19개이고, 앵커는 하나 이상 들어옵니다.",
        "양성 비율이 `min_positive_rate`와 꼭 같아도, 무시 비율이 `max_ignore_rate`와 꼭 같아도 "
        "됩니다.",
        "양성 비율이 모자라지 않는 후보가 하나도 없으면 `pos_thr`는 0.05입니다.",
        IN_ORDER,
        "`(pos_thr, neg_thr)` 순서로 돌려줍니다.",
    ),
    allows=("assign_anchor_labels", "count_labels"),
    columns=("pos_thr", "neg_thr"),
    layout="whole",
    misconceptions=(
        Misconception(
            "smallest_positive_threshold",
            "가장 작은 양성 임계값을 고름",
            _chooser(partial(_pick_pos, pick=min)),
            "조건을 만족하는 후보 가운데 가장 작은 것을 골랐습니다. 그러면 거의 겹치지 않는 앵커도 "
            "양성이 됩니다. 양성 수를 지키면서 가장 '까다로운' 기준은 어느 쪽일까요?",
        ),
        Misconception(
            "largest_negative_threshold",
            "가장 큰 음성 임계값을 고름",
            _chooser(pick_neg=lambda iou, pos, rate: pos),
            "neg_thr가 늘 pos_thr와 같습니다. 무시를 허용 한도까지는 남겨 두어야 음성이 "
            "깨끗해집니다. "
            "한도를 지키는 가장 작은 후보를 찾아보세요.",
        ),
        Misconception(
            "smallest_candidate_always",
            "늘 가장 작은 후보를 고름",
            _chooser(pick_neg=lambda iou, pos, rate: GRID[0]),
            "neg_thr가 늘 0.05입니다. 그러면 애매한 앵커가 모두 무시됩니다. 무시 비율의 한도를 "
            "확인했나요?",
        ),
        Misconception(
            "returned_in_wrong_order",
            "두 임계값의 순서를 바꿈",
            lambda iou_max, min_positive_rate, max_ignore_rate: choose_thresholds(
                iou_max, min_positive_rate, max_ignore_rate
            )[::-1],
            "두 수는 맞게 골랐지만 순서가 바뀌었습니다. (pos_thr, neg_thr) 순서로 돌려주세요.",
        ),
        Misconception(
            "strict_positive_rate",
            "목표와 같은 양성 비율을 뺌",
            _chooser(partial(_pick_pos, enough=np.greater)),
            "양성 비율이 목표와 꼭 같아도 충분합니다. '이상'을 기호로 옮겨 보세요.",
        ),
        Misconception(
            "strict_ignore_rate",
            "한도와 같은 무시 비율을 뺌",
            _chooser(pick_neg=partial(_pick_neg, few=np.less)),
            "무시 비율이 한도와 꼭 같아도 괜찮습니다. '이하'를 기호로 옮겨 보세요.",
        ),
        Misconception(
            "counts_instead_of_rates",
            "비율 대신 개수를 견줌",
            _chooser(
                partial(_pick_pos, share=np.sum),
                partial(_pick_neg, share=lambda iou, t, pos: np.sum((iou >= t) & (iou < pos))),
            ),
            "앵커의 '개수'를 비율과 견주고 있습니다. 전체 앵커 가운데 얼마인지로 바꾸어 보세요.",
        ),
        Misconception(
            "ignore_includes_positive",
            "무시 비율에 양성까지 셈",
            _chooser(pick_neg=partial(_pick_neg, share=lambda iou, t, pos: np.mean(iou >= t))),
            "무시 비율에 양성까지 세었습니다. 무시는 두 임계값 '사이'의 앵커뿐입니다.",
        ),
        Misconception(
            "negative_rate_checked",
            "무시 대신 음성의 비율을 봄",
            _chooser(
                pick_neg=partial(
                    _pick_neg,
                    share=lambda iou, t, pos: np.mean(iou < t),
                    pick=lambda found, default: max(found, default=GRID[0]),
                )
            ),
            "음성의 비율을 한도와 견주고 있습니다. 한도가 정해진 것은 어느 라벨인가요?",
        ),
        Misconception(
            "coarse_grid",
            "0.1 간격으로만 찾음",
            _chooser(partial(_pick_pos, grid=GRID[1::2]), partial(_pick_neg, grid=GRID[1::2])),
            "0.1 간격으로만 찾고 있습니다. 후보는 0.05 간격입니다.",
        ),
        Misconception(
            "last_candidate_missing",
            "마지막 후보를 빠뜨림",
            _chooser(partial(_pick_pos, grid=GRID[:-1]), partial(_pick_neg, grid=GRID[:-1])),
            "0.95를 살펴보지 않으셨습니다. `np.arange`는 끝 값을 넣지 않고, 소수를 더해 가면 끝이 "
            "조금 어긋납니다. 후보를 출력해 몇 개인지 세어 보세요.",
        ),
        Misconception(
            "starts_at_zero",
            "0도 후보로 넣음",
            _chooser(
                partial(_pick_pos, grid=np.arange(20) / 20),
                partial(_pick_neg, grid=np.arange(20) / 20),
            ),
            "0도 후보로 넣으셨습니다. 첫 후보가 무엇인지 약속을 다시 보고, 만든 후보를 출력해 "
            "보세요.",
        ),
        Misconception(
            "one_candidate_too_many",
            "1.0도 후보로 넣음",
            _chooser(
                partial(_pick_pos, grid=np.arange(1, 21) / 20),
                partial(_pick_neg, grid=np.arange(1, 21) / 20),
            ),
            "1.0도 후보로 넣으셨습니다. 소수를 더해 만든 후보는 끝이 하나 더 생기기도 합니다. 만든 "
            "후보를 출력해 몇 개인지 세어 보세요.",
        ),
        Misconception(
            "no_candidate_crashes",
            "후보가 없을 때를 다루지 않음",
            _chooser(partial(_pick_pos, pick=lambda found, default: max(found))),
            "거의 다 왔습니다. 양성 목표에 닿는 후보가 하나도 없을 때를 정해 두지 않았습니다. "
            "문제에 적힌 대로 그때의 값을 정해 주세요.",
        ),
    ),
)

# ── positives_by_size ───────────────────────────────────────────────────────────────────────

SMALL, MEDIUM = 32**2, 96**2


def positives_by_size(iou, areas, pos_thr):
    """양성 앵커를 그 앵커가 맡은 정답의 크기로 나누어 셉니다.

    Args:
        iou: (N, M) 배열. i행 j열은 앵커 i와 정답 j의 IoU. M은 0일 수도 있습니다.
        areas: (M,) 배열, 정답의 넓이, 제곱 픽셀.
        pos_thr: 양성 임계값.

    Returns:
        {"small": 정수, "medium": 정수, "large": 정수}. 세 수의 합은 양성 앵커의 수입니다.
    """
    counts = {"small": 0, "medium": 0, "large": 0}
    if iou.shape[1] == 0:
        return counts
    positive = iou.max(axis=1) >= pos_thr
    owned = areas[iou.argmax(axis=1)[positive]]
    counts["small"] = int((owned < 32**2).sum())
    counts["large"] = int((owned >= 96**2).sum())
    counts["medium"] = len(owned) - counts["small"] - counts["large"]
    return counts


def _size_cases(rng):
    iou = np.array(
        [[0.6, 0.1, 0.0], [0.2, 0.55, 0.1], [0.0, 0.7, 0.65], [0.1, 0.2, 0.9], [0.3, 0.1, 0.2]]
    )
    areas = np.array([400.0, 2500.0, 20000.0])

    def case(label, n, m, pos_thr):
        return Case(label, (rng.random((n, m)), np.exp(rng.uniform(4, 11, m)).round(), pos_thr))

    return [
        Case("앵커 다섯, 정답 셋", (iou, areas, 0.5)),
        Case("임계값을 올렸을 때", (iou, areas, 0.65)),
        case("무작위 행렬", 60, 6, 0.6),
        case("정답이 많을 때", 80, 9, 0.85),
        case("정답 하나", 12, 1, 0.4),
        Case("양성이 하나도 없을 때", (iou, areas, 0.95)),
        Case(
            "경계와 꼭 같은 넓이",
            (np.eye(6), np.array([1024.0, 9216.0, 1023.0, 9215.0, 1023.5, 9215.5]), 0.5),
            edge=True,
        ),
        Case(
            "임계값과 꼭 같은 IoU",
            (np.array([[0.5, 0.25], [0.25, 0.5], [0.75, 0.5]]), np.array([300.0, 5000.0]), 0.5),
            edge=True,
        ),
        Case(
            "float32 배열",
            (
                np.array([[0.75, 0.125], [0.5, 0.625], [0.25, 0.875]], dtype="f4"),
                np.array([900, 12000], dtype="f4"),
                0.625,
            ),
        ),
        Case("정답이 없는 이미지", (np.zeros((5, 0)), np.zeros(0), 0.5), edge=True),
        Case("앵커가 없는 입력", (np.zeros((0, 3)), areas, 0.5), edge=True),
    ]


def _sized(
    owned=lambda iou, areas, pos_thr: areas[iou.argmax(axis=1)[iou.max(axis=1) >= pos_thr]],
    small=lambda areas: areas < SMALL,
    large=lambda areas: areas >= MEDIUM,
    finish=lambda counts, mine, areas: counts,
):
    """양성 앵커의 정답을 찾고, 크기로 나누는 단계를 갈아 끼울 수 있게 나눈 것."""

    def wrong(iou, areas, pos_thr):
        if iou.shape[1] == 0:
            return dict.fromkeys(("small", "medium", "large"), 0)
        mine = owned(iou, areas, pos_thr)
        is_small, is_large = small(mine), large(mine)
        counts = {
            "small": int(is_small.sum()),
            "medium": int((~is_small & ~is_large).sum()),
            "large": int(is_large.sum()),
        }
        return finish(counts, mine, areas)

    return wrong


def _every_pair(iou, areas, pos_thr):
    return np.broadcast_to(areas, iou.shape)[iou >= pos_thr]


def _objects_found(iou, areas, pos_thr):
    return areas[iou.max(axis=0, initial=0) >= pos_thr]


def _owners(positive):
    return lambda iou, areas, pos_thr: areas[iou.argmax(axis=1)[positive(iou, pos_thr)]]


def _per_object(counts, mine, areas):
    objects = [np.sum(areas < SMALL), 0, np.sum(areas >= MEDIUM)]
    objects[1] = len(areas) - sum(objects)
    return {
        name: count / max(total, 1)
        for (name, count), total in zip(counts.items(), objects, strict=True)
    }


def _without_exact_small(counts, mine, areas):
    return {**counts, "medium": counts["medium"] - int((mine == SMALL).sum())}


def _owned_areas(iou, areas, pos_thr):
    if iou.shape[1] == 0:
        return areas
    return areas[iou.argmax(axis=1)[iou.max(axis=1) >= pos_thr]]


def _length_of_mask(iou, areas, pos_thr):
    return dict.fromkeys(("small", "medium", "large"), len(_owned_areas(iou, areas, pos_thr)))


def _areas_added_up(iou, areas, pos_thr):
    owned = _owned_areas(iou, areas, pos_thr)
    group = np.digitize(owned, [SMALL, MEDIUM])
    return {name: owned[group == i].sum() for i, name in enumerate(("small", "medium", "large"))}


def _size_without_objects(iou, areas, pos_thr):
    owned = areas[iou.argmax(axis=1)[iou.max(axis=1) >= pos_thr]]
    small, large = int((owned < SMALL).sum()), int((owned >= MEDIUM).sum())
    return {"small": small, "medium": len(owned) - small - large, "large": large}


def _inclusive_without_objects(iou, areas, pos_thr):
    owned = areas[iou.argmax(axis=1)[iou.max(axis=1) >= pos_thr]]
    small, large = int((owned <= SMALL).sum()), int((owned >= MEDIUM).sum())
    return {"small": small, "medium": len(owned) - small - large, "large": large}


def _masked_by_anchor(iou, areas, pos_thr):
    return areas[iou.max(axis=1) >= pos_thr]


def _own_scene(number):
    return Case(f"내 장면 (학번 {number})", (*personal_matches(number), 0.5))


def _own_scene_words(counts):
    return [("내 장면, pos_thr = 0.5", f"작은 정답의 양성 앵커는 {counts[0]:g}개입니다.")]


POSITIVES_BY_SIZE = Exercise(
    name="positives_by_size",
    reference=positives_by_size,
    cases=_size_cases,
    returns='사전 {"small": 수, "medium": 수, "large": 수}',
    rules=(
        "앵커는 IoU가 가장 큰 정답 하나만 맡고, 그 IoU가 `pos_thr` 이상이면 양성입니다.",
        "양성 앵커에서 IoU가 가장 큰 정답은 하나뿐입니다.",
        "맡은 정답의 넓이가 1,024(32²) 미만이면 `small`, 9,216(96²) 이상이면 `large`입니다.",
        "그 사이는 `medium`입니다. 세 수를 더하면 양성 앵커의 수가 됩니다.",
        "정답이나 앵커가 하나도 없으면 세 수가 모두 0입니다.",
        UNCHANGED_INPUT,
    ),
    allows=("personal_matches",),
    layout="whole",
    own=Own(_own_scene, _own_scene_words),
    misconceptions=(
        Misconception(
            "pairs_counted",
            "앵커 대신 짝을 셈",
            _sized(_every_pair),
            "임계값을 넘은 '짝'을 세셨습니다. 두 정답과 많이 겹치는 앵커가 두 번 들어갑니다. 앵커 "
            "하나는 정답 몇 개를 맡나요?",
        ),
        Misconception(
            "objects_counted",
            "앵커 대신 정답을 셈",
            _sized(_objects_found),
            "양성 앵커를 얻은 '정답'을 세셨습니다. 묻는 것은 앵커의 수입니다. `axis`가 무엇을 "
            "없애는지 보세요.",
        ),
        Misconception(
            "all_objects_counted",
            "IoU를 보지 않고 정답을 셈",
            _sized(lambda iou, areas, pos_thr: areas),
            "정답이 크기마다 몇 개인지를 세셨습니다. IoU와 임계값은 어디에 썼나요?",
        ),
        Misconception(
            "strict_positive",
            "양성 임계값과 같은 값을 뺌",
            _sized(_owners(lambda iou, pos_thr: iou.max(axis=1) > pos_thr)),
            "양성 임계값과 꼭 같은 IoU가 빠졌습니다. '이상'을 기호로 옮겨 보세요.",
        ),
        Misconception(
            "negatives_counted",
            "양성 대신 나머지를 셈",
            _sized(_owners(lambda iou, pos_thr: iou.max(axis=1) < pos_thr)),
            "임계값에 미치지 못한 앵커를 세셨습니다. 정답과 많이 겹치는 쪽이 양성입니다.",
        ),
        Misconception(
            "threshold_ignored",
            "임계값을 보지 않고 다 셈",
            _sized(_owners(lambda iou, pos_thr: iou.max(axis=1) >= 0)),
            "모든 앵커를 세셨습니다. 맡은 정답이 있어도 IoU가 낮으면 양성이 아닙니다.",
        ),
        Misconception(
            "fixed_threshold",
            "받은 기준을 쓰지 않음",
            _sized(_owners(lambda iou, pos_thr: iou.max(axis=1) >= 0.7)),
            "임계값을 바꾸어도 결과가 그대로입니다. 함수가 받은 `pos_thr`를 쓰고 있나요?",
            (_sized(_owners(lambda iou, pos_thr: iou.max(axis=1) >= 0.5)),),
        ),
        Misconception(
            "side_for_area",
            "넓이를 변의 길이와 견줌",
            _sized(small=lambda areas: areas < 32, large=lambda areas: areas >= 96),
            "넓이를 변의 길이와 견주셨습니다. 32와 96은 정사각형의 한 변입니다.",
        ),
        Misconception(
            "inclusive_small",
            "작은 쪽에 경계의 값을 넣음",
            _sized(small=lambda areas: areas <= SMALL),
            "넓이가 꼭 32²인 정답이 작은 쪽에 들어갔습니다. '미만'에는 '같다'가 들어 있나요?",
            (_inclusive_without_objects,),
        ),
        Misconception(
            "exclusive_large",
            "큰 쪽에서 경계의 값을 뺌",
            _sized(large=lambda areas: areas > MEDIUM),
            "넓이가 꼭 96²인 정답이 중간에 들어갔습니다. '이상'에는 '같다'가 들어 있나요?",
        ),
        Misconception(
            "both_size_boundaries",
            "두 넓이 경계를 거꾸로 다룸",
            _sized(small=lambda areas: areas <= SMALL, large=lambda areas: areas > MEDIUM),
            "두 넓이의 경계가 모두 반대쪽에 들어갔습니다. '미만'과 '이상'을 기호로 옮겨 보세요.",
        ),
        Misconception(
            "medium_includes_small",
            "작은 것을 중간에도 셈",
            _sized(
                finish=lambda counts, mine, areas: {
                    **counts,
                    "medium": counts["small"] + counts["medium"],
                }
            ),
            "작은 정답의 앵커를 중간에도 세셨습니다. 세 수를 더한 것이 양성 앵커의 수와 같은지 "
            "보세요.",
        ),
        Misconception(
            "boundary_lost",
            "경계의 값을 빠뜨림",
            _sized(finish=_without_exact_small),
            "넓이가 꼭 32²인 정답의 앵커가 어디에도 들어가지 않았습니다. 세 수를 더한 것이 양성 "
            "앵커의 수와 같은지 보세요.",
        ),
        Misconception(
            "length_of_mask",
            "참의 개수 대신 길이를 셈",
            _length_of_mask,
            "`len(넓이 < 1024)`는 참의 개수가 아니라 배열의 길이입니다. 참인 것만 세는 방법을 써 "
            "보세요.",
        ),
        Misconception(
            "areas_added_up",
            "개수 대신 넓이를 더함",
            _areas_added_up,
            "앵커의 수가 아니라 정답의 넓이를 더하셨습니다. 조건이 참인 것이 '몇 개'인지 세어 "
            "보세요.",
        ),
        Misconception(
            "small_large_exchanged",
            "작은 쪽과 큰 쪽을 바꿈",
            _sized(small=lambda areas: areas >= MEDIUM, large=lambda areas: areas < SMALL),
            "작은 쪽과 큰 쪽이 서로 바뀌었습니다. 넓이가 어느 쪽일 때 작은 물체인가요?",
        ),
        Misconception(
            "mean_per_object",
            "정답마다의 평균을 구함",
            _sized(finish=_per_object),
            "정답 하나에 평균 몇 개인지를 구하셨습니다. 여기서는 앵커의 수를 그대로 셉니다.",
        ),
        Misconception(
            "masked_by_anchor",
            "앵커의 조건으로 정답을 고름",
            _masked_by_anchor,
            "앵커의 것으로 정답의 배열을 고르다 멈췄습니다. 앵커마다 '몇 번 정답을 맡았는지'를 "
            "먼저 구하세요. `axis`가 무엇을 없애는지도 보세요.",
        ),
        Misconception(
            "empty_has_no_maximum",
            "빈 입력에서 최댓값을 구함",
            _size_without_objects,
            "거의 다 왔습니다. 물체가 없는 이미지에서는 최댓값을 구할 수 없어 멈춥니다. 그때의 "
            "답은 "
            "무엇인가요?",
        ),
    ),
)

EXERCISES = (COUNT_LABELS, CHOOSE_THRESHOLDS, POSITIVES_BY_SIZE)
