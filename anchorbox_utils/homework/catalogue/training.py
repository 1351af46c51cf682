"""레슨 07의 연습 문제: 타깃 정규화, 표본 뽑기, 어려운 음성 고르기."""

import math

import numpy as np

from anchorbox_utils.homework.catalogue.common import (
    EMPTY_LABELS,
    IN_PLACE_HINT,
    KEEP_INPUT,
    LABELS_NEEDED,
    OFFSETS,
)
from anchorbox_utils.homework.exercise import Case, Exercise, Misconception, Property

# ── normalize_deltas ────────────────────────────────────────────────────────────────────────


def normalize_deltas(deltas, mean, std):
    """오프셋을 정규화합니다.

    Args:
        deltas: (N, 4) 배열 [t_x, t_y, t_w, t_h]. N은 0일 수도 있습니다.
        mean: (4,) 배열, 열마다의 평균.
        std: (4,) 배열, 열마다의 표준편차. 모두 0보다 큽니다.

    Returns:
        (N, 4) 배열. 입력은 바꾸지 않습니다.
    """
    return (deltas - mean) / std


def _normalize_cases(rng):
    mean, std = rng.uniform(-0.3, 0.3, 4).round(2), rng.uniform(0.05, 0.5, 4).round(2)
    deltas = rng.normal(0, 0.4, (6, 4)).round(3)
    usual = (np.zeros(4), np.array([0.1, 0.1, 0.2, 0.2]))
    return [
        Case("관습적인 값", (np.array([[0.2, -0.2, 0.223, 0.182]]), *usual)),
        Case("평균이 0이 아닌 값", (deltas, mean, std)),
        Case("평균과 같은 오프셋", (np.tile(mean, (2, 1)), mean, std)),
        Case("표준편차가 1", (deltas, mean, np.ones(4))),
        Case("오프셋 하나", (deltas[:1], mean, std)),
        Case("아주 큰 오프셋", (deltas * 1000, mean, std)),
        Case("float32 배열", (deltas.astype("f4"), mean.astype("f4"), std.astype("f4"))),
        Case("오프셋이 없는 입력", (np.zeros((0, 4)), mean, std)),
    ]


def _normalize_in_place(deltas, mean, std):
    deltas -= mean
    deltas /= std
    return deltas


def _normalize_own_statistics(deltas, mean, std):
    if len(deltas) == 0:
        return deltas.copy()
    return (deltas - deltas.mean(axis=0)) / np.maximum(deltas.std(axis=0), 1e-6)


def _normalize_by_batch(center=None, spread=None):
    """배치에서 다시 잰 통계로 나누는 구현. 재지 않는 쪽은 받은 것을 씁니다."""

    def wrong(deltas, mean, std):
        mean = center(deltas) if center else mean
        return (deltas - mean) / (spread(deltas) if spread else std)

    return wrong


def _batch_mean(deltas):
    return deltas.mean(axis=0)


def _batch_std(deltas):
    return deltas.std(axis=0)


NORMALIZE_DELTAS = Exercise(
    name="normalize_deltas",
    reference=normalize_deltas,
    cases=_normalize_cases,
    returns="(N, 4) 정규화한 오프셋",
    rules=(
        "`std`에 0은 들어오지 않습니다.",
        "오프셋이 하나도 없는 `(0, 4)` 배열을 받으면 결과도 `(0, 4)`입니다.",
        KEEP_INPUT,
    ),
    columns=OFFSETS,
    misconceptions=(
        Misconception(
            "multiplies",
            "표준편차로 나누지 않고 곱함",
            lambda deltas, mean, std: (deltas - mean) * std,
            "작은 오프셋이 더 작아졌습니다. 퍼진 정도를 1로 맞추려면 표준편차를 곱해야 할까요?",
        ),
        Misconception(
            "denormalizes",
            "정규화 대신 되돌리기를 함",
            lambda deltas, mean, std: deltas * std + mean,
            "정규화가 아니라 되돌리는 계산입니다. 학습할 때와 디코딩할 때 가운데 어느 쪽의 "
            "식인지 떠올려 보세요.",
        ),
        Misconception(
            "divides_first",
            "빼기 전에 나눔",
            lambda deltas, mean, std: deltas / std - mean,
            "나누기를 먼저 했습니다. 평균과 같은 오프셋을 넣으면 얼마가 나와야 할까요?",
        ),
        Misconception(
            "adds_mean",
            "평균을 빼지 않고 더함",
            lambda deltas, mean, std: (deltas + mean) / std,
            "중심을 0으로 옮기려면 평균을 더해야 할지, 빼야 할지 생각해 보세요.",
        ),
        Misconception(
            "forgets_mean",
            "평균을 빼지 않음",
            lambda deltas, mean, std: deltas / std,
            "평균이 0일 때만 맞는 식입니다. `mean`은 어디에 썼나요?",
        ),
        Misconception(
            "forgets_std",
            "표준편차로 나누지 않음",
            lambda deltas, mean, std: deltas - mean,
            "중심은 0으로 옮겼습니다. 이제 네 열의 퍼진 정도도 맞춰 주세요.",
        ),
        Misconception(
            "variance",
            "표준편차 대신 분산으로 나눔",
            lambda deltas, mean, std: (deltas - mean) / std**2,
            "표준편차를 두 번 나누었습니다. 분산과 표준편차를 구별해 보세요.",
        ),
        Misconception(
            "one_scale_for_all",
            "네 열에 같은 통계를 씀",
            lambda deltas, mean, std: (deltas - mean.mean()) / std.mean(),
            "네 열에 같은 평균과 표준편차를 썼습니다. 이동과 크기의 오프셋은 퍼진 정도가 다릅니다.",
        ),
        Misconception(
            "mean_std_exchanged",
            "평균과 표준편차를 바꿈",
            lambda deltas, mean, std: (deltas - std) / mean,
            "평균과 표준편차의 자리가 바뀌었습니다. 중심을 옮기는 것과 눈금을 맞추는 것이 각각 "
            "무엇인지 보세요.",
        ),
        Misconception(
            "own_statistics",
            "받은 통계 대신 새로 잼",
            _normalize_own_statistics,
            "받은 오프셋에서 통계를 새로 쟀습니다. 배치마다 눈금이 바뀌면 디코딩할 때 무엇으로 "
            "되돌려야 할까요? 인수로 받은 `mean`과 `std`를 쓰세요.",
            (
                _normalize_by_batch(_batch_mean, _batch_std),
                _normalize_by_batch(_batch_mean),
                _normalize_by_batch(spread=_batch_std),
                _normalize_by_batch(np.mean, np.std),
            ),
        ),
        Misconception(
            "division_before_subtraction",
            "평균만 표준편차로 나눔",
            lambda deltas, mean, std: deltas - mean / std,
            "나눗셈이 뺄셈보다 먼저 계산되어 평균만 나누었습니다. 무엇 전체를 표준편차로 나누어야 "
            "하는지, 괄호를 보세요.",
        ),
        Misconception(
            "epsilon_added",
            "표준편차에 작은 수를 더함",
            lambda deltas, mean, std: (deltas - mean) / (std + 1e-6),
            "0으로 나누지 않으려고 표준편차에 작은 수를 더하셨습니다. 약속대로 0은 들어오지 "
            "않으니, 더하면 되돌릴 때 어긋나기만 합니다.",
            tuple(
                lambda deltas, mean, std, small=10.0**power: (deltas - mean) / (std + small)
                for power in (-5, -4, -3)
            ),
        ),
        Misconception("in_place", "받은 배열에 바로 써넣음", _normalize_in_place, IN_PLACE_HINT),
    ),
)


# ── sample_labels ───────────────────────────────────────────────────────────────────────────


def sample_labels(labels, batch_size, positive_fraction, rng):
    """손실에 쓸 앵커를 뽑습니다.

    Args:
        labels: (N,) 정수 배열. 양성 1, 음성 0, 무시 -1. N은 0일 수도 있습니다.
        batch_size: 뽑을 앵커의 수(최대).
        positive_fraction: 그 가운데 양성의 비율(최대), 0 이상 1 이하.
        rng: numpy.random.Generator.

    Returns:
        (N,) 정수 배열. 뽑힌 양성 1, 뽑힌 음성 0, 나머지 -1. 입력은 바꾸지 않습니다.
    """
    positives = rng.permutation(np.flatnonzero(labels == 1))
    negatives = rng.permutation(np.flatnonzero(labels == 0))
    positives = positives[: int(batch_size * positive_fraction)]
    negatives = negatives[: batch_size - len(positives)]
    sampled = np.full_like(labels, -1)
    sampled[positives] = 1
    sampled[negatives] = 0
    return sampled


def _sample(
    labels,
    batch_size,
    positive_fraction,
    rng,
    cap=lambda batch, fraction, positives: int(batch * fraction),
    fill=lambda batch, cap, taken: batch - taken,
    pick=lambda rng, candidates, count: rng.permutation(candidates)[:count],
    negative=lambda labels: labels == 0,
    start=lambda labels: np.full_like(labels, -1),
):
    """표본 뽑기의 각 단계를 갈아 끼울 수 있게 나눈 것."""
    positives, negatives = np.flatnonzero(labels == 1), np.flatnonzero(negative(labels))
    limit = cap(batch_size, positive_fraction, positives)
    taken = min(len(positives), limit)
    room = min(len(negatives), max(fill(batch_size, limit, taken), 0))
    out = start(labels)
    out[pick(rng, positives, taken)] = 1
    out[pick(rng, negatives, room)] = 0
    return out


def _sampler(**steps):
    def wrong(labels, batch_size, positive_fraction, rng):
        return _sample(labels, batch_size, positive_fraction, rng, **steps)

    return wrong


def _labels_of(rng, positive, negative, ignore):
    return rng.permutation(np.repeat([1, 0, -1], [positive, negative, ignore]))


def _sample_cases(rng):
    def case(label, labels, batch_size, fraction, edge=False):
        draw = np.random.default_rng(int(rng.integers(1 << 30)))
        return Case(label, (labels, batch_size, fraction, draw), edge)

    return [
        case("양성과 음성이 넉넉할 때", _labels_of(rng, 30, 200, 20), 32, 0.25),
        case("양성이 모자랄 때", _labels_of(rng, 3, 120, 10), 32, 0.5, edge=True),
        case("음성이 모자랄 때", _labels_of(rng, 40, 5, 8), 32, 0.25),
        case("나누어떨어지지 않는 비율", _labels_of(rng, 30, 60, 5), 11, 0.25, edge=True),
        case("양성이 하나도 없을 때", _labels_of(rng, 0, 50, 5), 16, 0.25, edge=True),
        case("모두 뽑아도 남는 크기", _labels_of(rng, 4, 6, 3), 64, 0.5),
        case("양성만 뽑을 때", _labels_of(rng, 40, 40, 0), 8, 1.0, edge=True),
        case("음성만 뽑을 때", _labels_of(rng, 40, 40, 0), 8, 0.0, edge=True),
        case("앵커가 없는 입력", np.zeros(0, dtype=np.int64), 16, 0.25, edge=True),
    ]


def _sample_summary(before, after, sampled):
    """무작위 결과를 견줄 수 있는 성질들로 줄입니다."""
    labels, _, _, draw = before
    candidates = [np.flatnonzero(labels == value) for value in (1, 0)]
    chosen = [np.flatnonzero((sampled == value) & (labels == value)) for value in (1, 0)]
    groups = [(a, c) for a, c in zip(candidates, chosen, strict=True) if 0 < len(c) < len(a)]
    # 고르는 방법이 몇 안 되면 섞어 뽑아도 우연히 앞의 것들이 나옵니다.
    in_order = [
        math.comb(len(a), len(c)) > 10**6 and np.array_equal(c, a[: len(c)]) for a, c in groups
    ]
    unused = draw.bit_generator.state == after[3].bit_generator.state
    return {
        "양성의 수": np.sum(sampled == 1),
        "음성의 수": np.sum(sampled == 0),
        "양성이 아니었는데 양성이 된 수": np.sum((sampled == 1) & (labels != 1)),
        "음성이 아니었는데 음성이 된 수": np.sum((sampled == 0) & (labels != 0)),
        "1, 0, -1이 아닌 값의 수": np.sum(~np.isin(sampled, (1, 0, -1))),
        "앞에서부터 차례로 뽑은 횟수": np.sum(in_order),
        # 고를 것이 없는 경우에는 난수를 쓰든 말든 상관없습니다.
        "rng를 쓰지 않고 뽑은 횟수": np.sum(bool(groups) and unused),
    }


def _draw_alike(sample):
    """rng의 상태가 같으면 뽑힌 것도 같은지."""
    labels = np.repeat([1, 0], 40)

    def draw(seed):
        return np.asarray(sample(labels.copy(), 16, 0.5, np.random.default_rng(seed)))

    return all(np.array_equal(draw(seed), draw(seed)) for seed in range(5))


def _draw_every_pair(sample):
    """어느 두 앵커든 함께 뽑히는지. 이어진 한 토막만 뽑으면 먼 짝은 나오지 않습니다."""
    labels = np.repeat([1, 0], 12)
    rng = np.random.default_rng(0)
    together = np.zeros((24, 24), dtype=bool)
    for _ in range(200):
        drawn = np.flatnonzero(np.asarray(sample(labels.copy(), 8, 0.5, rng)) >= 0)
        together[np.ix_(drawn, drawn)] = True
    return together.all()


def _sample_in_place(labels, batch_size, positive_fraction, rng):
    labels[:] = sample_labels(labels, batch_size, positive_fraction, rng)
    return labels


def _sample_indices(labels, batch_size, positive_fraction, rng):
    return np.flatnonzero(sample_labels(labels, batch_size, positive_fraction, rng) >= 0)


def _unsampled_negative(labels, batch_size, positive_fraction, rng):
    sampled = sample_labels(labels, batch_size, positive_fraction, rng)
    return np.where((sampled == -1) & (labels == 1), 0, sampled)


def _keeps_unsampled(labels, batch_size, positive_fraction, rng):
    sampled = sample_labels(labels, batch_size, positive_fraction, rng)
    return np.where((sampled == -1) & (labels == 0), 0, sampled)


SAMPLE_LABELS = Exercise(
    name="sample_labels",
    reference=sample_labels,
    cases=_sample_cases,
    returns="(N,) 정수 배열 (뽑힌 양성 1, 뽑힌 음성 0, 나머지 -1)",
    rules=(
        "양성은 많아야 `int(batch_size * positive_fraction)`개 뽑습니다.",
        "남은 자리는 음성으로 채우고, 음성이 모자라면 있는 만큼만 뽑습니다.",
        "뽑히지 않은 앵커는 모두 -1(무시)입니다.",
        "무작위는 받은 `rng`로만 만듭니다.",
        EMPTY_LABELS,
        KEEP_INPUT,
    ),
    layout="whole",
    summary=_sample_summary,
    properties=(
        Property(
            "같은 난수로 두 번 뽑기",
            _draw_alike,
            "받은 `rng`의 상태가 같은데 뽑힌 앵커가 다릅니다. 무작위를 모두 `rng`로만 만드세요.",
        ),
        Property(
            "여러 번 뽑기",
            _draw_every_pair,
            "여러 번 뽑아도 함께 나오지 않는 앵커들이 있습니다. 이어진 한 토막이 아니라 하나하나를 "
            "무작위로 뽑으세요.",
        ),
    ),
    misconceptions=(
        Misconception(
            "all_positives_kept",
            "양성을 모두 남김",
            _sampler(cap=lambda batch, fraction, positives: len(positives)),
            "양성을 모두 남겼습니다. 양성에도 자리의 한도가 있습니다. 그 한도는 무엇으로 "
            "정해지나요?",
        ),
        Misconception(
            "empty_seats_left",
            "모자란 자리를 비워 둠",
            _sampler(fill=lambda batch, cap, taken: batch - cap),
            "양성이 모자라 비는 자리를 그대로 두셨습니다. 그 자리는 무엇으로 채우기로 했나요?",
        ),
        Misconception(
            "always_one_to_three",
            "음성을 늘 세 배만 뽑음",
            _sampler(fill=lambda batch, cap, taken: 3 * taken),
            "음성을 늘 양성의 세 배만 뽑고 있습니다. 1:3은 한 예일 뿐이고, "
            "음성의 수는 배치에 남은 자리로 정해집니다.",
        ),
        Misconception(
            "fraction_of_positives",
            "비율을 양성의 수에 곱함",
            _sampler(cap=lambda batch, fraction, positives: int(len(positives) * fraction)),
            "비율을 양성의 수에 곱하고 있습니다. `positive_fraction`은 무엇 가운데의 비율일까요?",
        ),
        Misconception(
            "rounded_up",
            "양성의 한도를 올림함",
            _sampler(cap=lambda batch, fraction, positives: int(np.ceil(batch * fraction))),
            "양성이 한도보다 하나 많습니다. 자리가 2.75개라면 '최대' 몇 개까지 앉을 수 있을까요?",
        ),
        Misconception(
            "ignored_as_negative",
            "무시를 음성으로 씀",
            _sampler(negative=lambda labels: labels != 1),
            "무시(-1)이던 앵커가 음성으로 뽑혔습니다. '양성이 아닌 것'과 '음성'은 다릅니다.",
        ),
        Misconception(
            "unsampled_positive_to_negative",
            "뽑히지 않은 양성을 음성으로 둠",
            _unsampled_negative,
            "뽑히지 않은 양성이 음성(0)이 되었습니다. 물체 위의 앵커를 배경이라고 가르치게 됩니다. "
            "손실에서 빼려면 어떤 라벨이어야 할까요?",
        ),
        Misconception(
            "unsampled_negative_kept",
            "뽑히지 않은 음성을 남겨 둠",
            _keeps_unsampled,
            "뽑히지 않은 음성이 0으로 남아 있습니다. 그러면 모두 손실에 들어가 뽑은 보람이 "
            "없습니다.",
        ),
        Misconception(
            "starts_from_labels",
            "처음 라벨을 그대로 둠",
            _sampler(start=lambda labels: labels.copy()),
            "뽑히지 않은 앵커가 처음 라벨 그대로 남아 있습니다. 빈 배열을 무엇으로 채우고 "
            "시작할까요?",
        ),
        Misconception(
            "takes_the_first",
            "섞지 않고 앞에서부터 뽑음",
            _sampler(pick=lambda rng, candidates, count: candidates[:count]),
            "앞에서부터 차례로 뽑고 있습니다. 그러면 늘 이미지 위쪽의 앵커만 배웁니다. "
            "`rng`로 섞어 보세요.",
        ),
        Misconception(
            "own_random_source",
            "받은 rng를 쓰지 않음",
            _sampler(
                pick=lambda rng, candidates, count: np.random.default_rng().permutation(candidates)[
                    :count
                ]
            ),
            variants=(
                _sampler(
                    pick=lambda rng, candidates, count: np.random.default_rng(0).permutation(
                        candidates
                    )[:count]
                ),
            ),
            hint="무작위로 뽑았지만 받은 `rng`를 쓰지 않았습니다. "
            "난수의 출처를 밖에서 정해야 실험을 다시 해도 같은 결과가 나옵니다.",
        ),
        Misconception(
            "with_replacement",
            "같은 앵커를 두 번 뽑음",
            _sampler(pick=lambda rng, candidates, count: rng.choice(candidates, count)),
            "같은 앵커가 두 번 뽑혀 개수가 모자랍니다. `rng.choice`는 뽑은 것을 도로 넣고 다시 "
            "뽑습니다. 도로 넣지 않으려면 무엇을 정해 주어야 할까요?",
        ),
        Misconception("in_place", "받은 배열에 바로 써넣음", _sample_in_place, IN_PLACE_HINT),
        Misconception(
            "returns_indices",
            "라벨 대신 번호를 돌려줌",
            _sample_indices,
            f"뽑힌 앵커의 번호를 돌려주셨습니다. {LABELS_NEEDED}",
        ),
    ),
)


# ── hard_negative_mining ────────────────────────────────────────────────────────────────────


def hard_negative_mining(labels, losses, negative_ratio):
    """손실이 큰 음성만 남깁니다.

    Args:
        labels: (N,) 정수 배열. 양성 1, 음성 0, 무시 -1. N은 0일 수도 있습니다.
        losses: (N,) 배열, 앵커마다의 분류 손실.
        negative_ratio: 양성 하나에 남길 음성의 수(정수).

    Returns:
        (N,) 정수 배열. 양성 1, 남은 음성 0, 나머지 -1. 입력은 바꾸지 않습니다.
    """
    negatives = np.flatnonzero(labels == 0)
    hardest_first = negatives[np.argsort(-losses[negatives])]
    mined = labels.copy()
    mined[hardest_first[negative_ratio * np.sum(labels == 1) :]] = -1
    return mined


def _mine(
    labels,
    losses,
    negative_ratio,
    order=lambda losses: np.argsort(-losses, kind="stable"),
    candidates=lambda labels: labels == 0,
    kept=lambda ratio, positives, negatives: ratio * positives,
    dropped=-1,
):
    """고르기의 각 단계를 갈아 끼울 수 있게 나눈 것."""
    negatives = np.flatnonzero(candidates(labels))
    positives = int((labels == 1).sum())
    out = labels.copy()
    out[negatives] = dropped
    out[negatives[order(losses[negatives])][: kept(negative_ratio, positives, len(negatives))]] = 0
    return out


def _miner(**steps):
    def wrong(labels, losses, negative_ratio):
        return _mine(labels, losses, negative_ratio, **steps)

    return wrong


def _mining_cases(rng):
    def case(label, positive, negative, ignore, ratio):
        labels = _labels_of(rng, positive, negative, ignore)
        # 손실이 모두 달라야 답이 하나로 정해집니다.
        losses = (rng.permutation(len(labels)) + 1.0) / 10
        return Case(label, (labels, losses, ratio))

    return [
        case("음성이 넉넉할 때", 3, 30, 4, 3),
        case("비율이 1일 때", 4, 20, 3, 1),
        case("비율이 2일 때", 5, 40, 6, 2),
        case("음성이 모자랄 때", 6, 4, 3, 3),
        case("양성이 하나도 없을 때", 0, 12, 2, 3),
        case("음성이 하나도 없을 때", 5, 0, 3, 3),
        Case(
            "무시 앵커의 손실이 가장 클 때",
            (np.array([1, 0, 0, -1, 0, -1]), np.array([0.1, 0.5, 2.0, 9.0, 0.7, 8.0]), 2),
        ),
        Case(
            "float32 손실",
            (np.array([0, 1, 0, 0, -1]), np.array([0.5, 0.25, 2, 1, 4], dtype="f4"), 2),
        ),
        Case("앵커가 없는 입력", (np.zeros(0, dtype=np.int64), np.zeros(0), 3)),
    ]


def _mine_in_place(labels, losses, negative_ratio):
    labels[:] = hard_negative_mining(labels, losses, negative_ratio)
    return labels


def _mine_indices(labels, losses, negative_ratio):
    return np.flatnonzero(hard_negative_mining(labels, losses, negative_ratio) >= 0)


def _mine_positives_too(labels, losses, negative_ratio):
    out = np.full_like(labels, -1)
    usable = np.flatnonzero(labels >= 0)
    count = (1 + negative_ratio) * int((labels == 1).sum())
    best = usable[np.argsort(-losses[usable], kind="stable")][:count]
    out[best] = labels[best]
    return out


def _mine_by_place(labels, losses, negative_ratio):
    negatives = np.flatnonzero(labels == 0)
    places = np.argsort(-losses[negatives], kind="stable")
    out = np.where(labels == 0, -1, labels)
    out[places[: negative_ratio * int((labels == 1).sum())]] = 0
    return out


def _mine_from_the_end(labels, losses, negative_ratio):
    negatives = np.flatnonzero(labels == 0)
    easiest_first = negatives[np.argsort(losses[negatives], kind="stable")]
    out = np.where(labels == 0, -1, labels)
    # K가 0이면 [-0:]은 [0:], 곧 전부입니다.
    out[easiest_first[-negative_ratio * int((labels == 1).sum()) :]] = 0
    return out


HARD_NEGATIVE_MINING = Exercise(
    name="hard_negative_mining",
    reference=hard_negative_mining,
    cases=_mining_cases,
    returns="(N,) 정수 배열 (양성 1, 남은 음성 0, 나머지 -1)",
    rules=(
        "음성이 모자라면 있는 만큼만 남기고, 양성이 하나도 없으면 음성도 남기지 않습니다.",
        "처음부터 -1이던 앵커는 손실이 아무리 커도 -1로 둡니다.",
        "손실은 모두 서로 다릅니다.",
        EMPTY_LABELS,
        KEEP_INPUT,
    ),
    layout="whole",
    misconceptions=(
        Misconception(
            "keeps_the_easiest",
            "손실이 작은 음성을 남김",
            _miner(order=lambda losses: np.argsort(losses, kind="stable")),
            "손실이 작은 음성을 남겼습니다. 이미 잘 맞히는 앵커와 틀리는 앵커 가운데 어느 쪽에서 "
            "더 배울까요?",
        ),
        Misconception(
            "keeps_the_first",
            "손실을 보지 않고 앞의 것을 남김",
            _miner(order=lambda losses: np.arange(len(losses))),
            "앞 번호의 음성을 남겼습니다. 손실을 보고 골라 주세요.",
        ),
        Misconception(
            "ignored_as_negative",
            "무시를 음성으로 씀",
            _miner(candidates=lambda labels: labels != 1),
            "무시(-1)이던 앵커가 음성으로 남았습니다. 물체에 걸친 앵커의 손실은 흔히 큽니다. "
            "'양성이 아닌 것'과 '음성'은 다릅니다.",
        ),
        Misconception(
            "place_for_index",
            "늘어놓은 자리를 번호로 씀",
            _mine_by_place,
            "음성끼리 늘어놓은 자리를 앵커의 번호로 쓰셨습니다. 음성 가운데 셋째가 앵커 3번은 "
            "아닙니다. 자리를 번호로 바꾸는 한 걸음이 더 필요합니다.",
        ),
        Misconception(
            "minus_zero_is_all",
            "양성이 없으면 음성을 다 남김",
            _mine_from_the_end,
            "양성이 없을 때 음성이 모두 남았습니다. `[-K:]`에서 K가 0이면 무엇이 나오는지 빈 "
            "셀에서 확인해 보세요.",
        ),
        Misconception(
            "at_least_one",
            "양성이 없어도 음성을 남김",
            _miner(kept=lambda ratio, positives, negatives: ratio * max(positives, 1)),
            "양성이 하나도 없을 때도 음성을 남겼습니다. 0의 세 배는 얼마인가요?",
        ),
        Misconception(
            "fixed_ratio",
            "늘 세 배를 남김",
            _miner(kept=lambda ratio, positives, negatives: 3 * positives),
            "늘 세 배를 남깁니다. 1:3은 한 예일 뿐입니다. `negative_ratio`를 쓰세요.",
        ),
        Misconception(
            "ratio_of_negatives",
            "음성의 수에서 비율을 잼",
            _miner(kept=lambda ratio, positives, negatives: negatives // (1 + ratio)),
            "음성의 수에서 비율을 쟀습니다. 남길 수는 무엇의 몇 배인가요?",
        ),
        Misconception(
            "dropped_stay_negative",
            "고르지 않은 음성을 남겨 둠",
            _miner(dropped=0),
            "고르지 않은 음성이 0으로 남아 있습니다. 손실에서 빼려면 어떤 라벨이어야 할까요?",
        ),
        Misconception(
            "dropped_become_positive",
            "고르지 않은 음성을 양성으로 함",
            _miner(dropped=1),
            "고르지 않은 음성이 양성이 되었습니다. 배경을 물체라고 가르치게 됩니다.",
        ),
        Misconception(
            "positives_compete",
            "양성까지 손실로 줄 세움",
            _mine_positives_too,
            "양성까지 손실 순서로 줄을 세웠습니다. 양성은 드무니 모두 남기고, 음성끼리만 견주세요.",
        ),
        Misconception("in_place", "받은 배열에 바로 써넣음", _mine_in_place, IN_PLACE_HINT),
        Misconception(
            "returns_indices",
            "라벨 대신 번호를 돌려줌",
            _mine_indices,
            f"남은 앵커의 번호를 돌려주셨습니다. {LABELS_NEEDED}",
        ),
    ),
)

EXERCISES = (NORMALIZE_DELTAS, SAMPLE_LABELS, HARD_NEGATIVE_MINING)
