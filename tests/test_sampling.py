"""표본 뽑기: 비율, 모자람, 어려운 음성."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchorbox_utils import hard_negative_mining, sample_labels

LABELS = st.lists(st.sampled_from([1, 0, -1]), max_size=60).map(np.array)


def count(labels):
    return [int((labels == value).sum()) for value in (1, 0)]


@given(LABELS, st.integers(0, 50), st.floats(0, 1), st.integers(0, 2**32))
def test_sampling_keeps_its_promises(labels, batch_size, fraction, seed):
    sampled = sample_labels(labels, batch_size, fraction, seed)
    chosen = sampled >= 0
    np.testing.assert_array_equal(sampled[chosen], labels[chosen])
    positives, negatives = count(sampled)
    all_positives, all_negatives = count(labels)
    assert positives == min(all_positives, int(batch_size * fraction))
    assert negatives == min(all_negatives, batch_size - positives)


def test_a_shortage_of_positives_is_filled_with_negatives():
    labels = np.repeat([1, 0, -1], [2, 100, 5])
    assert count(sample_labels(labels, 40, 0.25, 0)) == [2, 38]


def test_a_shortage_of_negatives_leaves_a_smaller_batch():
    labels = np.repeat([1, 0], [100, 3])
    assert count(sample_labels(labels, 40, 0.25, 0)) == [10, 3]


def test_every_anchor_can_be_drawn_and_the_seed_decides():
    labels = np.repeat([1, 0], [10, 30])
    rng = np.random.default_rng(0)
    draws = np.array([sample_labels(labels, 8, 0.25, rng) for _ in range(300)])
    assert (draws >= 0).any(axis=0).all()
    np.testing.assert_array_equal(
        sample_labels(labels, 8, 0.25, 3), sample_labels(labels, 8, 0.25, 3)
    )


@given(LABELS, st.integers(0, 5), st.integers(0, 2**32))
def test_mining_keeps_the_hardest_negatives(labels, ratio, seed):
    losses = np.random.default_rng(seed).random(len(labels))
    mined = hard_negative_mining(labels, losses, ratio)
    np.testing.assert_array_equal(mined == 1, labels == 1)
    positives, negatives = count(labels)
    assert count(mined) == [positives, min(negatives, ratio * positives)]
    kept, dropped = losses[mined == 0], losses[(labels == 0) & (mined == -1)]
    assert kept.min(initial=1) >= dropped.max(initial=0)


def test_mining_breaks_ties_by_number_and_ignores_the_ignored():
    mined = hard_negative_mining([1, 0, 0, 0, -1], [0, 1, 1, 1, np.nan], 2)
    assert mined.tolist() == [1, 0, 0, -1, -1]


def test_mining_without_positives_keeps_nothing():
    assert hard_negative_mining([0, 0], [1.0, 2.0]).tolist() == [-1, -1]


def test_inputs_are_left_alone():
    labels, losses = np.array([1, 0, 0, 0]), np.arange(4.0)
    sample_labels(labels, 2, 0.5, 0)
    hard_negative_mining(labels, losses, 1)
    assert labels.tolist() == [1, 0, 0, 0] and losses.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sample_labels([1, 2], 4, 0.5, 0), r"labels\[1\].*2"),
        (lambda: sample_labels([[1, 0]], 4, 0.5, 0), r"labels.*\(1, 2\)"),
        (lambda: sample_labels([1, 0], -1, 0.5, 0), "batch_size.*-1"),
        (lambda: sample_labels([1, 0], 4.0, 0.5, 0), "batch_size.*4.0"),
        (lambda: sample_labels([1, 0], 4, 1.5, 0), "positive_fraction.*1.5"),
        (lambda: hard_negative_mining([1, 0], [1.0]), r"losses.*\(2,\).*\(1,\)"),
        (lambda: hard_negative_mining([1, 0, 0], [1, 2, np.nan]), r"losses\[2\].*nan"),
        (lambda: hard_negative_mining([1, 0], [1.0, 1.0], -1), "negative_ratio.*-1"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
