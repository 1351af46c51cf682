"""손실과 기울기: 유한 차분, 알려진 값, 넘침."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchorbox_utils import (
    binary_cross_entropy,
    reduce_loss,
    sigmoid_focal_loss,
    smooth_l1_loss,
)
from anchorbox_utils.losses import sigmoid

SCORES = st.lists(st.floats(-20, 20), min_size=1, max_size=8).map(np.array)
LOSSES = {
    "bce": binary_cross_entropy,
    "focal": sigmoid_focal_loss,
    "focal, gamma 0": partial(sigmoid_focal_loss, gamma=0.0),
    "focal, gamma 0.5": partial(sigmoid_focal_loss, alpha=0.6, gamma=0.5),
    "smooth L1": smooth_l1_loss,
    "smooth L1, beta 0.1": partial(smooth_l1_loss, beta=0.1),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@given(scores=SCORES, seed=st.integers(0, 2**32))
def test_gradients_match_finite_differences(loss, scores, seed):
    targets = np.random.default_rng(seed).integers(0, 2, len(scores)).astype(float)
    step = 1e-5
    slope = (loss(scores + step, targets)[0] - loss(scores - step, targets)[0]) / (2 * step)
    np.testing.assert_allclose(loss(scores, targets)[1], slope, rtol=1e-4, atol=1e-6)


@given(SCORES, st.integers(0, 2**32))
def test_focal_without_focus_is_weighted_cross_entropy(scores, seed):
    targets = np.random.default_rng(seed).integers(0, 2, len(scores)).astype(float)
    focal = sigmoid_focal_loss(scores, targets, alpha=0.5, gamma=0.0)
    for mine, theirs in zip(focal, binary_cross_entropy(scores, targets), strict=True):
        np.testing.assert_allclose(mine, theirs / 2, atol=1e-12)


def test_focal_loss_is_the_formula_of_the_paper():
    p = np.array([0.9, 0.2])
    loss, _ = sigmoid_focal_loss(np.log(p / (1 - p)), [1, 0], alpha=0.25, gamma=2.0)
    expected = [-0.25 * 0.1**2 * np.log(0.9), -0.75 * 0.2**2 * np.log(0.8)]
    np.testing.assert_allclose(loss, expected)


@pytest.mark.parametrize("loss", [binary_cross_entropy, sigmoid_focal_loss])
def test_extreme_scores_stay_finite(loss):
    for values in loss([-1e4, 1e4, -1e4, 1e4], [1, 1, 0, 0]):
        assert np.isfinite(values).all()


def test_smooth_l1_meets_itself_at_beta_and_can_be_absolute():
    loss, gradient = smooth_l1_loss([0.999999, 1.000001, -3], [0, 0, 0])
    np.testing.assert_allclose(loss, [0.5, 0.5, 2.5], atol=1e-5)
    np.testing.assert_allclose(gradient, [1, 1, -1], atol=1e-5)
    assert smooth_l1_loss([-2.0], [0.0], beta=0)[0].tolist() == [2.0]


def test_float32_stays_float32():
    scores, targets = np.zeros(3, np.float32), np.ones(3)
    for loss in LOSSES.values():
        assert {values.dtype for values in loss(scores, targets)} == {np.dtype(np.float32)}


def test_the_two_reductions_differ_by_how_rare_positives_are():
    targets = np.r_[np.ones(2), np.zeros(998)]
    loss, gradient = binary_cross_entropy(np.zeros(1000), targets)
    mean, mean_gradient = reduce_loss(loss, gradient, len(loss))
    summed, summed_gradient = reduce_loss(loss, gradient, targets.sum())
    assert mean == pytest.approx(np.log(2))
    assert summed == pytest.approx(500 * mean)
    np.testing.assert_allclose(summed_gradient, 500 * mean_gradient)


def test_an_empty_batch_does_not_divide_by_zero():
    loss, gradient = reduce_loss(*binary_cross_entropy(np.zeros(0), np.zeros(0)), 0)
    assert loss == 0 and gradient.shape == (0,)


def test_sigmoid_is_symmetric():
    x = np.linspace(-30, 30, 61)
    np.testing.assert_allclose(sigmoid(x) + sigmoid(-x), 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: smooth_l1_loss([1.0, np.nan], [0, 0]), r"predictions\[1\].*nan"),
        (lambda: smooth_l1_loss([[1.0]], [[np.inf]]), r"targets\[0, 0\].*inf"),
        (lambda: smooth_l1_loss([1.0], [0.0], beta=-1), "beta.*-1"),
        (lambda: binary_cross_entropy([1.0, 2.0], [1.0]), r"targets.*\(2,\).*\(1,\)"),
        (lambda: binary_cross_entropy([1.0], [1.5]), r"targets\[0\].*1.5"),
        (lambda: sigmoid_focal_loss([1.0], [0.5]), "targets"),
        (lambda: sigmoid_focal_loss([1.0], [1.0], alpha=2), "alpha.*2"),
        (lambda: reduce_loss(np.ones(1), np.ones(1), -1), "normalizer.*-1"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
