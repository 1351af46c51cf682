"""양성/음성 불균형을 다루는 표본 뽑기: 비율을 정한 무작위 뽑기와 어려운 음성 고르기."""

import numpy as np

from anchorbox_utils.matching import IGNORE, NEGATIVE, POSITIVE, validate_labels
from anchorbox_utils.validation import as_count, as_fraction, as_generator, as_number, real_array


def sample_labels(labels, batch_size, positive_fraction, rng):
    """손실에 넣을 앵커를 양성과 음성의 비율에 맞추어 무작위로 뽑습니다.

    양성은 최대 ``int(batch_size * positive_fraction)``개를 뽑고, 남은 자리는 모두 음성으로
    채웁니다. 양성이 모자라면 그만큼 음성이 더 들어가고, 음성도 모자라면 배치가 작아집니다.

    Args:
        labels: (N,) 라벨. 양성 1, 음성 0, 무시 -1.
        batch_size: 뽑을 앵커의 수.
        positive_fraction: 그 가운데 양성이 차지할 수 있는 가장 큰 비율, 0 이상 1 이하.
        rng: ``numpy.random.Generator`` 또는 시드(정수).

    Returns:
        (N,) int8 라벨. 뽑히지 않은 앵커는 무시(-1)가 됩니다.

    Raises:
        ValueError: 라벨이 1, 0, -1이 아니거나, 크기나 비율이 범위를 벗어날 때.

    Examples:
        >>> sampled = sample_labels([1, 1, 1, 0, 0, 0, 0, 0, -1], 4, 0.25, rng=0)
        >>> int((sampled == 1).sum()), int((sampled == 0).sum())
        (1, 3)

    출처: 문서 「구현 전에 알아둘 실무 포인트」 4, Faster R-CNN (2015) 3.1.3절.
    """
    labels = validate_labels(labels)
    batch_size = as_count(batch_size, "batch_size")
    positive_fraction = as_fraction(positive_fraction, "positive_fraction")
    rng = as_generator(rng)
    sampled = np.full_like(labels, IGNORE)
    positives, negatives = (np.flatnonzero(labels == value) for value in (POSITIVE, NEGATIVE))
    taken = min(len(positives), int(batch_size * positive_fraction))
    sampled[rng.permutation(positives)[:taken]] = POSITIVE
    sampled[rng.permutation(negatives)[: batch_size - taken]] = NEGATIVE
    return sampled


def hard_negative_mining(labels, losses, negative_ratio=3):
    """양성은 모두 두고, 음성은 손실이 큰 순서로 양성의 ``negative_ratio``배만 남깁니다.

    손실이 같으면 번호가 작은 앵커를 남깁니다. 양성이 하나도 없으면 음성을 하나도 남기지
    않으므로, 물체가 없는 이미지는 손실에 들어가지 않습니다.

    Args:
        labels: (N,) 라벨. 양성 1, 음성 0, 무시 -1.
        losses: (N,) 앵커마다의 분류 손실. 무시 앵커의 값은 쓰지 않습니다.
        negative_ratio: 양성 하나에 남길 음성의 수.

    Returns:
        (N,) int8 라벨. 남지 못한 음성은 무시(-1)가 됩니다.

    Raises:
        ValueError: 라벨이 1, 0, -1이 아니거나, 길이가 다르거나, 손실에 NaN이 있거나,
            비율이 음수일 때.

    Examples:
        >>> hard_negative_mining([1, 0, 0, 0, -1], [0.1, 0.2, 2.0, 0.9, 5.0], negative_ratio=2)
        array([ 1, -1,  0,  0, -1], dtype=int8)

    출처: 문서 「구현 전에 알아둘 실무 포인트」 4, SSD (Liu 외, 2016) 2.2절.
    """
    labels = validate_labels(labels)
    losses = real_array(losses, "losses").astype(np.float64, copy=False)
    if losses.shape != labels.shape:
        raise ValueError(f"losses: 라벨은 {labels.shape}인데 손실은 {losses.shape}입니다.")
    negatives = np.flatnonzero(labels == NEGATIVE)
    bad = np.isnan(losses[negatives])
    if bad.any():
        row = int(negatives[np.argmax(bad)])
        raise ValueError(f"losses[{row}]: 손실이 NaN이라 어려운 순서를 정할 수 없습니다. 값: nan")
    negative_ratio = as_number(negative_ratio, "negative_ratio", least=0)
    kept = int(min(negative_ratio * int(np.count_nonzero(labels == POSITIVE)), len(negatives)))
    mined = labels.copy()
    mined[negatives[np.argsort(-losses[negatives], kind="stable")[kept:]]] = IGNORE
    return mined
