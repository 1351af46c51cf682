"""레슨 04의 연습 문제: 라벨 세기와 임계값 고르기."""

from functools import partial

import numpy as np

from anchorbox_utils.homework.catalogue.common import KEEP_INPUT
from anchorbox_utils.homework.catalogue.labeling import (
    BOUNDARIES,
    DOCUMENT_IOU,
    IN_ORDER,
    THRESHOLD_MISTAKES,
    assign_anchor_labels,
    threshold_cases,
)
from anchorbox_utils.homework.exercise import Case, Exercise, Misconception

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
        KEEP_INPUT,
    ),
    allows=("assign_anchor_labels",),
    layout="whole",
    misconceptions=(
        *(
            Misconception(name, _counter(label), hint, variants=_TALLIES.get(name, ()))
            for name, (label, hint) in THRESHOLD_MISTAKES.items()
        ),
        Misconception(
            "length_of_mask",
            _counter(count=lambda labels, value: len(labels == value)),
            "`len(labels == 1)`은 참의 개수가 아니라 배열의 길이입니다. 참인 것만 세는 방법을 써 "
            "보세요.",
        ),
        Misconception(
            "length_of_mask_then_rest",
            _count_lengths_then_rest,
            "무시의 개수가 음수가 되었습니다. `len(iou_max >= pos_thr)`는 "
            "조건이 참인 것만이 아니라 모두 셉니다.",
        ),
        Misconception(
            "rates_instead_of_counts",
            _count_rates,
            "비율을 돌려주셨습니다. 여기서는 '몇 개'인지를 셉니다.",
        ),
        Misconception(
            "sums_instead_of_counts",
            _counter(count=lambda labels, value: int(labels[labels == value].sum())),
            "라벨 값을 더하고 있습니다. 0은 아무리 더해도 0이지요. 값이 아니라 개수를 세어 보세요.",
        ),
        Misconception(
            "ignore_counts_negative",
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
            _chooser(partial(_pick_pos, pick=min)),
            "조건을 만족하는 후보 가운데 가장 작은 것을 골랐습니다. 그러면 거의 겹치지 않는 앵커도 "
            "양성이 됩니다. 양성 수를 지키면서 가장 '까다로운' 기준은 어느 쪽일까요?",
        ),
        Misconception(
            "largest_negative_threshold",
            _chooser(pick_neg=lambda iou, pos, rate: pos),
            "neg_thr가 늘 pos_thr와 같습니다. 무시를 허용 한도까지는 남겨 두어야 음성이 "
            "깨끗해집니다. "
            "한도를 지키는 가장 작은 후보를 찾아보세요.",
        ),
        Misconception(
            "smallest_candidate_always",
            _chooser(pick_neg=lambda iou, pos, rate: GRID[0]),
            "neg_thr가 늘 0.05입니다. 그러면 애매한 앵커가 모두 무시됩니다. 무시 비율의 한도를 "
            "확인했나요?",
        ),
        Misconception(
            "returned_in_wrong_order",
            lambda iou_max, min_positive_rate, max_ignore_rate: choose_thresholds(
                iou_max, min_positive_rate, max_ignore_rate
            )[::-1],
            "두 수는 맞게 골랐지만 순서가 바뀌었습니다. (pos_thr, neg_thr) 순서로 돌려주세요.",
        ),
        Misconception(
            "strict_positive_rate",
            _chooser(partial(_pick_pos, enough=np.greater)),
            "양성 비율이 목표와 꼭 같아도 충분합니다. '이상'을 기호로 옮겨 보세요.",
        ),
        Misconception(
            "strict_ignore_rate",
            _chooser(pick_neg=partial(_pick_neg, few=np.less)),
            "무시 비율이 한도와 꼭 같아도 괜찮습니다. '이하'를 기호로 옮겨 보세요.",
        ),
        Misconception(
            "counts_instead_of_rates",
            _chooser(
                partial(_pick_pos, share=np.sum),
                partial(_pick_neg, share=lambda iou, t, pos: np.sum((iou >= t) & (iou < pos))),
            ),
            "앵커의 '개수'를 비율과 견주고 있습니다. 전체 앵커 가운데 얼마인지로 바꾸어 보세요.",
        ),
        Misconception(
            "ignore_includes_positive",
            _chooser(pick_neg=partial(_pick_neg, share=lambda iou, t, pos: np.mean(iou >= t))),
            "무시 비율에 양성까지 세었습니다. 무시는 두 임계값 '사이'의 앵커뿐입니다.",
        ),
        Misconception(
            "negative_rate_checked",
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
            _chooser(partial(_pick_pos, grid=GRID[1::2]), partial(_pick_neg, grid=GRID[1::2])),
            "0.1 간격으로만 찾고 있습니다. 후보는 0.05 간격입니다.",
        ),
        Misconception(
            "no_candidate_crashes",
            _chooser(partial(_pick_pos, pick=lambda found, default: max(found))),
            "거의 다 왔습니다. 양성 목표에 닿는 후보가 하나도 없을 때를 정해 두지 않았습니다. "
            "문제에 적힌 대로 그때의 값을 정해 주세요.",
        ),
    ),
)

EXERCISES = (COUNT_LABELS, CHOOSE_THRESHOLDS)
