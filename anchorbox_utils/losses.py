"""손실과 그 기울기. 모두 ``(손실, 예측에 대한 기울기)``를 원소마다 돌려줍니다.

합하거나 평균하는 일은 :func:`reduce_loss`가 합니다. 무엇으로 나누느냐가 불균형의 영향을
바꾸기 때문에, 나누는 수를 부르는 쪽에서 보이게 적습니다.
"""

import numpy as np

from anchorbox_utils.validation import (
    as_fraction,
    as_number,
    as_real_array,
    refuse_overflow,
    refuse_values,
)

# 이보다 크면 조금만 쉬운 예도 0이 되어 뜻이 없습니다. 논문은 5까지 견줍니다.
_MOST_GAMMA = 1000


def smooth_l1_loss(predictions, targets, beta=1.0):
    """작은 오차는 제곱으로, 큰 오차는 절댓값으로 벌하는 손실입니다.

    오차 d에 대해 ``|d| < beta``면 ``d² / (2 * beta)``, 아니면 ``|d| - beta / 2``입니다.
    기울기의 크기가 1을 넘지 않아, 크게 틀린 앵커 하나가 학습을 흔들지 못합니다.

    Args:
        predictions: (...) 예측한 오프셋.
        targets: (...) 회귀 타깃. 예측과 모양이 같아야 합니다.
        beta: 제곱에서 절댓값으로 바뀌는 오차. 0이면 절댓값 손실입니다.

    Returns:
        (손실, 기울기). 모두 예측과 같은 모양입니다.

    Raises:
        ValueError: 모양이 다르거나, NaN·무한대가 있거나, beta가 음수일 때.

    Examples:
        >>> loss, gradient = smooth_l1_loss([0.5, 3.0], [0.0, 0.0])
        >>> loss, gradient
        (array([0.125, 2.5  ]), array([0.5, 1. ]))

    출처: Fast R-CNN (Girshick, 2015) 식 3.
    """
    predictions, targets = _pair(predictions, targets, "predictions")
    beta = as_number(beta, "beta", least=0)
    # np.where는 고르지 않은 쪽도 계산하므로, 넘쳤는지는 고른 결과에서 봅니다.
    with np.errstate(over="ignore", invalid="ignore"):
        error = predictions - targets
        size = np.abs(error)
        if beta == 0:
            return refuse_overflow(size, predictions, "predictions"), np.sign(error)
        quadratic = size < beta
        loss = np.where(quadratic, error * error / (2 * beta), size - beta / 2)
        gradient = np.where(quadratic, error / beta, np.sign(error))
    return refuse_overflow(loss, predictions, "predictions"), gradient


def binary_cross_entropy(logits, targets):
    """로짓(logit)에서 바로 계산하는 이진 교차 엔트로피입니다.

    ``log(1 + e^x) - x * y``를 넘침 없이 계산합니다. 기울기는 ``sigmoid(x) - y``입니다.

    Args:
        logits: (...) 로짓, 곧 시그모이드를 씌우기 전의 수.
        targets: (...) 0 이상 1 이하의 정답. 로짓과 모양이 같아야 합니다.

    Returns:
        (손실, 기울기). 모두 로짓과 같은 모양입니다.

    Raises:
        ValueError: 모양이 다르거나, NaN·무한대가 있거나, 정답이 0~1을 벗어날 때.

    Examples:
        >>> loss, gradient = binary_cross_entropy([0.0, 1000.0], [1.0, 0.0])
        >>> loss.round(3), gradient
        (array([6.93e-01, 1.00e+03]), array([-0.5,  1. ]))

    출처: PyTorch ``BCEWithLogitsLoss``의 식.
    """
    logits, targets = _pair(logits, _as_ones(targets), "logits")
    _check_probabilities(targets)
    return np.logaddexp(0, logits) - logits * targets, sigmoid(logits) - targets


def sigmoid_focal_loss(logits, targets, alpha=0.25, gamma=2.0):
    """쉬운 예의 손실을 ``(1 - p_t)^gamma``배로 줄인 교차 엔트로피입니다.

    p_t는 정답 쪽에 준 확률입니다. alpha는 양성의 무게, 1 - alpha는 음성의 무게입니다.

    Args:
        logits: (...) 로짓, 곧 시그모이드를 씌우기 전의 수.
        targets: (...) 0 또는 1. 로짓과 모양이 같아야 합니다.
        alpha: 양성의 무게, 0 이상 1 이하.
        gamma: 쉬운 예를 줄이는 세기. 0이면 무게를 준 교차 엔트로피입니다.

    Returns:
        (손실, 기울기). 모두 로짓과 같은 모양입니다.

    Raises:
        ValueError: 모양이 다르거나, NaN·무한대가 있거나, 정답이 0과 1이 아니거나,
            alpha나 gamma가 범위를 벗어날 때.

    Examples:
        >>> loss, _ = sigmoid_focal_loss([-1.0, 0.0], [0.0, 0.0])
        >>> loss.round(3)
        array([0.017, 0.13 ])

    출처: RetinaNet (Lin 외, 2017) 식 5.
    """
    logits, targets = _pair(logits, _as_ones(targets), "logits")
    refuse_values((targets != 0) & (targets != 1), targets, "targets", "0이나 1인 수")
    alpha, gamma = as_fraction(alpha, "alpha"), as_number(gamma, "gamma", least=0, most=_MOST_GAMMA)
    sign = 2 * targets - 1
    margin = logits * sign
    log_p, miss = -np.logaddexp(0, -margin), sigmoid(-margin)
    weight = np.where(targets == 1, alpha, 1 - alpha).astype(logits.dtype)
    factor = weight * miss**gamma
    with np.errstate(over="ignore", invalid="ignore"):
        gradient = factor * sign * (gamma * (1 - miss) * log_p - miss)
    return -factor * log_p, refuse_overflow(gradient, logits, "logits")


def reduce_loss(loss, gradient, normalizer):
    """원소마다의 손실과 기울기를 합하고 ``normalizer``로 나눕니다.

    ``normalizer``에 원소의 수를 주면 평균이고, 양성의 수를 주면 RetinaNet의 방식입니다. 배경이
    대부분일 때 평균은 양성의 기울기를 앵커의 수만큼 작게 만듭니다.

    Args:
        loss: (...) 원소마다의 손실.
        gradient: (...) 원소마다의 기울기.
        normalizer: 나눌 수. 1보다 작으면 1로 봅니다(양성이 0개인 배치).

    Returns:
        (손실 하나, 같은 수로 나눈 기울기).

    Raises:
        ValueError: ``normalizer``가 음수이거나 NaN일 때.

    Examples:
        >>> reduce_loss(np.array([1.0, 3.0]), np.array([0.5, 0.5]), normalizer=2)
        (2.0, array([0.25, 0.25]))
    """
    loss, gradient = as_real_array(loss, "loss"), as_real_array(gradient, "gradient")
    if gradient.shape != loss.shape:
        raise ValueError(f"gradient: loss는 {loss.shape}인데 기울기는 {gradient.shape}입니다.")
    normalizer = max(float(as_number(normalizer, "normalizer", least=0)), 1.0)
    with np.errstate(over="ignore"):
        total = np.sum(loss)
    return float(refuse_overflow(total, total, "loss의 합")) / normalizer, gradient / normalizer


def sigmoid(logits):
    """``1 / (1 + e^-x)``를 넘침 없이 구합니다.

    Args:
        logits: (...) 실수.

    Returns:
        (...) 0 이상 1 이하의 값.

    Examples:
        >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
        array([0. , 0.5, 1. ])
    """
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(logits)))


def _pair(values, targets, name):
    values = as_real_array(values, name)
    targets = as_real_array(targets, "targets")
    if values.shape != targets.shape:
        raise ValueError(f"targets: {name}는 {values.shape}인데 정답은 {targets.shape}입니다.")
    with np.errstate(over="ignore"):
        return values, refuse_overflow(targets.astype(values.dtype, copy=False), targets, "targets")


def _as_ones(targets):
    """참과 거짓으로 적은 정답은 1과 0입니다."""
    flags = isinstance(targets, np.ndarray) and targets.dtype == bool
    return targets.astype(np.float64) if flags else targets


def _check_probabilities(targets):
    refuse_values(~((targets >= 0) & (targets <= 1)), targets, "targets", "0 이상 1 이하의 수")
