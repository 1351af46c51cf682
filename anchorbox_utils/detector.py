"""가장 작은 정직한 앵커 검출기: 앵커 안의 특징, 은닉층 하나, 클래스와 오프셋.

순서는 진짜 검출기와 같습니다. 앵커를 깔고(:class:`Recipe`), 라벨과 회귀 타깃을 만들고
(:func:`prepare_training`), 손실의 기울기를 따라 배우고(:func:`train_detector`), 디코딩과 NMS로
박스를 냅니다(:meth:`Detector.detect`). 다른 것은 특징뿐입니다. 합성곱 층을 배우는 대신
:func:`pool_features`로 앵커 안의 경계를 재므로, NumPy만으로 몇 초면 배웁니다.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.boxes import box_convert, clip_boxes, validate_boxes
from anchorbox_utils.coding import (
    decode_boxes,
    delta_statistics,
    denormalize_deltas,
    encode_boxes,
    normalize_deltas,
)
from anchorbox_utils.datasets import SHAPES, Scene, make_scene
from anchorbox_utils.evaluation import Detections, summarize_ap
from anchorbox_utils.losses import (
    binary_cross_entropy,
    reduce_loss,
    sigmoid,
    sigmoid_focal_loss,
    smooth_l1_loss,
)
from anchorbox_utils.matching import POSITIVE, match_anchors, validate_thresholds
from anchorbox_utils.nms import batched_nms
from anchorbox_utils.sampling import hard_negative_mining, sample_labels
from anchorbox_utils.validation import (
    as_callable,
    as_choice,
    as_count,
    as_flag,
    as_fraction,
    as_generator,
    as_image,
    as_instance,
    as_list,
    as_number,
    as_numbers,
    as_range,
    as_seed,
)

CLASS_NAMES = tuple(SHAPES)

# 디코딩할 때 t_w, t_h의 한계. torchvision과 같은 값으로, 앵커의 62.5배까지 커질 수 있습니다.
MAX_SIZE_DELTA = np.log(1000 / 16)

# 특징을 한 번에 잴 박스의 수
_AT_ONCE = 128


# ── 특징과 최소제곱 ─────────────────────────────────────────────────────────────────────────


def pool_features(image, boxes, bins=8, context=1.5, diagonals=False, floor=1e-6):
    """박스 둘레의 경계(기울기)를 ``bins`` × ``bins`` 칸으로 평균해 특징을 만듭니다.

    적분 영상을 쓰므로 박스가 커도 칸마다 네 번의 참조로 끝납니다.

    Args:
        image: (H, W, 3) 0~1 실수 RGB.
        boxes: (N, 4) xyxy 박스, 픽셀. 이미지 밖은 0으로 봅니다.
        bins: 가로세로 칸의 수.
        context: 박스를 중심에서 몇 배 넓혀서 볼지. 1보다 커야 박스 밖의 물체 끝이 보입니다.
        diagonals: 참이면 두 대각선 방향의 기울기도 잽니다. 모양을 가려낼 때 씁니다.
        floor: 밝기 차이를 맞추려고 나누는 표준편차에 더하는 값. 크면 배경의 잡음이 작아집니다.

    Returns:
        (N, C * bins * bins + 1) 특징. C는 방향의 수(2 또는 4)이고 마지막 열은 상수 1입니다.

    Raises:
        ValueError: 박스가 올바르지 않을 때.

    Examples:
        >>> pool_features(np.zeros((20, 30, 3)), [[0, 0, 16, 16]], bins=2).shape
        (1, 9)

    출처: Viola와 Jones (2001)의 적분 영상, R-CNN (2014)의 영역 특징.
    """
    boxes = box_convert(boxes, "xyxy", "cxcywh")
    boxes[:, 2:] *= context
    boxes = box_convert(boxes, "cxcywh", "xyxy")
    image = np.asarray(image, dtype=np.float64)
    # 세 값씩 평균하는 것보다 채널을 통째로 더하는 것이 열 배 빠르고, 값은 같습니다.
    gray = sum(np.moveaxis(image, 2, 0)) / image.shape[2]
    down, across = np.gradient(gray)
    directions = [down, across]
    if diagonals:
        directions += [(down + across) / np.sqrt(2), (down - across) / np.sqrt(2)]
    edges = np.abs(np.stack(directions))
    integral = np.pad(edges.cumsum(axis=1).cumsum(axis=2), ((0, 0), (1, 0), (1, 0)))
    x, y = (
        np.clip(np.round(np.linspace(boxes[:, low], boxes[:, low + 2], bins + 1)), 0, limit)
        for low, limit in ((0, gray.shape[1]), (1, gray.shape[0]))
    )
    # 네 귀퉁이를 한 줄로 편 번호로 찾습니다. 짧은 칸이 아니라 긴 박스가 마지막 축이어야 빠릅니다.
    corners = (y[:, None] * integral.shape[2] + x).astype(int)
    area = np.maximum(np.diff(y, axis=0)[:, None] * np.diff(x, axis=0), 1)
    features = np.ones((len(boxes), len(edges) * bins**2 + 1))
    # 한꺼번에 재면 큰 배열마다 메모리를 새로 받느라 재는 만큼의 시간이 또 듭니다.
    for start in range(0, len(boxes), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        at_corners = integral.reshape(len(edges), -1).take(corners[..., rows], axis=1)
        sums = np.diff(np.diff(at_corners, axis=1), axis=2)
        sums /= area[..., rows]
        means = features[rows, :-1]
        means[:] = sums.reshape(means.shape[::-1]).T
        means /= means.std(axis=1, keepdims=True) + floor
    return features


def fit_ridge(features, targets, strength=1.0):
    """``features @ weights``가 ``targets``에 가장 가까워지는 weights를 한 번에 풉니다.

    Args:
        features: (N, D) 특징.
        targets: (N, K) 목표값.
        strength: 가중치를 작게 유지하는 정도(릿지 항).

    Returns:
        (D, K) weights.

    Examples:
        >>> fit_ridge([[1.0], [2.0]], [[2.0], [4.0]], strength=0.0)
        array([[2.]])

    출처: 릿지 회귀 (Hoerl과 Kennard, 1970).
    """
    features, targets = np.asarray(features), np.asarray(targets)
    gram = features.T @ features + strength * np.eye(features.shape[1])
    return np.linalg.solve(gram, features.T @ targets)


# ── 설정 ────────────────────────────────────────────────────────────────────────────────────


class BoxTarget(NamedTuple):
    """회귀 헤드가 맞힐 것. 두 함수는 서로 역변환입니다."""

    encode: Callable
    decode: Callable


def _centers(boxes):
    return box_convert(boxes, "xyxy", "cxcywh")


def _corners(boxes):
    # 배운 모델은 음수인 크기도 냅니다. box_convert는 그런 박스를 거절하므로 여기서 바꿉니다.
    center, half = boxes[:, :2], boxes[:, 2:] / 2
    return np.concatenate([center - half, center + half], axis=1)


def _sizes(anchors):
    """앵커의 (너비, 높이)를 두 번 이어 붙인 (N, 4)."""
    return np.tile(_centers(anchors)[:, 2:], 2)


BOX_TARGETS = {
    "deltas": BoxTarget(
        encode_boxes,
        lambda anchors, deltas: decode_boxes(
            anchors, np.concatenate([deltas[:, :2], deltas[:, 2:].clip(max=MAX_SIZE_DELTA)], 1)
        ),
    ),
    "linear_deltas": BoxTarget(
        lambda anchors, gt_boxes: (_centers(gt_boxes) - _centers(anchors)) / _sizes(anchors),
        lambda anchors, deltas: _corners(_centers(anchors) + deltas * _sizes(anchors)),
    ),
    "pixels": BoxTarget(
        lambda anchors, gt_boxes: _centers(gt_boxes) - _centers(anchors),
        lambda anchors, shifts: _corners(_centers(anchors) + shifts),
    ),
    "absolute": BoxTarget(
        lambda anchors, gt_boxes: gt_boxes.copy(),
        lambda anchors, boxes: boxes,
    ),
}


class Classification(NamedTuple):
    """분류 손실: 어느 앵커로, 어떤 손실을, 무엇으로 나누어 배우는가."""

    choose: Callable
    loss: Callable
    divide_by_positives: bool = True
    needs_losses: bool = False


CLASSIFICATIONS = {
    "sampled": Classification(
        lambda labels, losses, rng: sample_labels(labels, 64, 0.25, rng), binary_cross_entropy
    ),
    "hard_negatives": Classification(
        lambda labels, losses, rng: hard_negative_mining(labels, losses, 3),
        binary_cross_entropy,
        needs_losses=True,
    ),
    "focal": Classification(lambda labels, losses, rng: labels, sigmoid_focal_loss),
    "bce_sum": Classification(lambda labels, losses, rng: labels, binary_cross_entropy),
    "bce_mean": Classification(
        lambda labels, losses, rng: labels, binary_cross_entropy, divide_by_positives=False
    ),
}


def _choices(options):
    return partial(as_choice, options=options)


def _listed(values, name):
    return tuple(as_numbers(values, name, above=0))


# (검사, 그 검사를 하는 설정들). 임계값 둘은 서로 견주므로 따로 봅니다.
_RECIPE_CHECKS = (
    (partial(as_number, above=0), "stride box_weight class_weight beta learning_rate"),
    (_listed, "scales ratios"),
    (as_number, "anchor_position initial_logit"),
    (partial(as_count, least=1, most=10**6), "hidden steps images_per_step"),
    (as_flag, "force_match"),
    (_choices(BOX_TARGETS), "box_target"),
    (_choices(("data", "fixed", "none")), "normalization"),
    (_choices(CLASSIFICATIONS), "classification"),
)


@dataclass(frozen=True)
class Recipe:
    """검출기를 만드는 설정. 한 칸만 바꾸어 가며 견줄 수 있습니다.

    Attributes:
        stride: 앵커 자리의 간격, 픽셀.
        scales: 앵커의 스케일, 픽셀.
        ratios: 앵커의 종횡비(높이/너비).
        pos_thr: 양성 임계값.
        neg_thr: 음성 임계값.
        force_match: 정답마다 최고 앵커를 양성으로 만들지 여부.
        box_target: 회귀 헤드가 맞힐 것. ``"deltas"``, ``"linear_deltas"``(크기에 로그를 씌우지
            않음), ``"pixels"``(앵커의 크기로 나누지도 않은 차이), ``"absolute"``(픽셀 좌표).
        anchor_position: 특징에 더할 앵커의 좌표(이미지 가운데가 0, 양 끝이 ±0.5)에 곱할 수. 0이면
            더하지 않습니다.
        normalization: 타깃 정규화. ``"data"``(학습 자료의 평균과 표준편차), ``"fixed"``
            (0과 0.1, 0.1, 0.2, 0.2), ``"none"``.
        classification: 분류 손실. ``CLASSIFICATIONS``의 이름.
        box_weight: 회귀 손실에 곱하는 무게.
        class_weight: 분류 손실에 곱하는 무게.
        beta: smooth L1이 제곱에서 절댓값으로 바뀌는 오차.
        initial_logit: 배우기 전에 모든 앵커가 내는 클래스 로짓.
        hidden: 은닉층의 크기.
        steps: 학습 스텝 수.
        images_per_step: 한 스텝에 보는 이미지 수.
        learning_rate: 처음 학습률. 뒤쪽 절반에서 0까지 곧게 줄어듭니다.

    Examples:
        >>> Recipe(pos_thr=0.6).grid((64, 64))
        AnchorGrid(64×64, 단계 1개, 앵커 576개)
    """

    stride: int = 8
    scales: tuple[float, ...] = (14, 20, 28)
    ratios: tuple[float, ...] = (0.5, 1, 2)
    pos_thr: float = 0.5
    neg_thr: float = 0.4
    force_match: bool = True
    box_target: str = "deltas"
    anchor_position: float = 0.0
    normalization: str = "data"
    classification: str = "sampled"
    box_weight: float = 1.0
    class_weight: float = 1.0
    beta: float = 1.0
    initial_logit: float = -2.0
    hidden: int = 128
    steps: int = 500
    images_per_step: int = 8
    learning_rate: float = 0.005

    def __post_init__(self):
        checked = {
            name: check(getattr(self, name), name)
            for check, names in _RECIPE_CHECKS
            for name in names.split()
        }
        pos_thr, neg_thr = validate_thresholds(self.pos_thr, self.neg_thr)
        vars(self).update(checked, pos_thr=pos_thr, neg_thr=neg_thr)

    def grid(self, image_size):
        """이 설정의 :class:`AnchorGrid`."""
        return AnchorGrid(image_size, self.stride, self.scales, self.ratios)

    def features(self, image, anchors):
        """(N, D) float32 특징."""
        image, anchors = as_image(image, color=True), validate_boxes(anchors, "anchors")
        features = pool_features(image, anchors, bins=6, diagonals=True, floor=0.01)
        if self.anchor_position:
            size = np.tile(image.shape[1::-1], 2)
            position = (anchors / size - 0.5) * self.anchor_position
            features = np.concatenate([features, position], axis=1)
        return features.astype(np.float32)


# ── 학습 ────────────────────────────────────────────────────────────────────────────────────


def make_detection_scenes(rng, n_scenes, ratio_range=(0.5, 2.0)):
    """검출기를 가르치고 채점할 64 × 64 장면을 만듭니다. 한 장에 물체가 1~3개입니다.

    Args:
        rng: ``numpy.random.Generator`` 또는 시드(정수).
        n_scenes: 장면의 수.
        ratio_range: 물체의 종횡비(높이/너비) 범위.

    Returns:
        ``Scene``의 리스트.

    Raises:
        ValueError: :func:`make_scene`과 같습니다.

    Examples:
        >>> [len(scene.boxes) for scene in make_detection_scenes(0, 3)]
        [3, 3, 2]
    """
    rng, n_scenes = as_generator(rng), as_count(n_scenes, "n_scenes", most=100_000)
    # 0장이어도 범위를 검사합니다.
    as_range(ratio_range, "ratio_range", above=0)
    return [
        make_scene(rng, (64, 64), int(rng.integers(1, 4)), (14, 32), ratio_range)
        for _ in range(n_scenes)
    ]


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """학습 자료. S는 장면 수, N은 장면마다의 앵커 수, D는 특징의 길이입니다.

    Attributes:
        features: (S, N, D) float32 특징.
        labels: (S, N) int8. 양성 1, 음성 0, 무시 -1.
        class_ids: (S, N) 매칭된 정답의 클래스 번호. 양성에서만 뜻이 있습니다.
        targets: (S, N, 4) 정규화하기 전의 회귀 타깃. 양성에서만 뜻이 있습니다.
    """

    features: np.ndarray
    labels: np.ndarray
    class_ids: np.ndarray
    targets: np.ndarray

    @property
    def positive_targets(self):
        """(P, 4) 양성 앵커의 회귀 타깃."""
        return self.targets[self.labels == POSITIVE]


def prepare_training(scenes, recipe=None):
    """장면마다 앵커를 깔고 특징, 라벨, 클래스, 회귀 타깃을 만듭니다.

    Args:
        scenes: 크기가 같은 ``Scene``의 리스트.
        recipe: :class:`Recipe`. 없으면 기본 설정입니다.

    Returns:
        :class:`TrainingSet`.

    Raises:
        ValueError: 장면이 없거나 크기가 서로 다를 때.

    Examples:
        >>> training = prepare_training(make_detection_scenes(0, 2))
        >>> training.features.shape, training.targets.shape
        ((2, 576, 145), (2, 576, 4))
    """
    recipe = _as_recipe(recipe)
    scenes = _as_scenes(scenes)
    if len({scene.image_size for scene in scenes}) != 1:
        raise ValueError("scenes: 크기가 같은 장면이 하나 이상 있어야 합니다.")
    anchors = recipe.grid(scenes[0].image_size).boxes
    columns = zip(*(_answers(scene, anchors, recipe) for scene in scenes), strict=True)
    return TrainingSet(_features(scenes, anchors, recipe), *map(np.stack, columns))


def _as_recipe(recipe):
    return Recipe() if recipe is None else as_instance(recipe, "recipe", Recipe)


def _as_scenes(scenes):
    return [
        as_instance(scene, f"scenes[{i}]", Scene)
        for i, scene in enumerate(as_list(scenes, "scenes"))
    ]


def _features(scenes, anchors, recipe):
    """(S, N, D) 특징. 수십 MB라서, 장면마다의 것을 모아 두었다가 붙이지 않고 바로 채웁니다."""
    each = (recipe.features(scene.image, anchors) for scene in scenes)
    first = next(each)
    features = np.empty((len(scenes), *first.shape), first.dtype)
    for row, values in zip(features, chain([first], each), strict=True):
        row[:] = values
    return features


def _answers(scene, anchors, recipe):
    """장면 하나의 (라벨, 클래스 번호, 회귀 타깃)."""
    match = match_anchors(anchors, scene.boxes, recipe.pos_thr, recipe.neg_thr, recipe.force_match)
    # 겹치는 정답이 없는 앵커(-1)는 자리만 채웁니다. 양성이 아니므로 손실에 들어가지 않습니다.
    owner = np.maximum(match.matched_gt, 0)
    gt_boxes, class_ids = scene.boxes, class_ids_of(scene)
    if len(gt_boxes) == 0:
        gt_boxes, class_ids = anchors[:1], np.zeros(1, dtype=int)
    targets = BOX_TARGETS[recipe.box_target].encode(anchors, gt_boxes[owner])
    return match.labels, class_ids[owner], targets


def class_ids_of(scene):
    """장면의 클래스 이름을 ``CLASS_NAMES``의 번호로 바꿉니다.

    Examples:
        >>> class_ids_of(make_detection_scenes(0, 1)[0]).dtype
        dtype('int64')
    """
    return np.array([CLASS_NAMES.index(name) for name in scene.class_names], dtype=np.int64)


class StepLog(NamedTuple):
    """학습 한 스텝의 기록.

    Attributes:
        class_loss: 무게를 곱하기 전의 분류 손실.
        box_loss: 무게를 곱하기 전의 회귀 손실.
        n_samples: 손실에 들어간 앵커의 수.
        n_positive: 그 가운데 양성의 수.
        max_size_delta: 양성 앵커에서 예측한 |t_w|, |t_h|의 최댓값(정규화를 되돌린 값).
    """

    class_loss: float
    box_loss: float
    n_samples: int
    n_positive: int
    max_size_delta: float


def train_detector(training, recipe=None, seed=0, on_step=None, decode=None, nms=None):
    """기울기를 따라 은닉층 하나짜리 검출기를 배웁니다. 시드가 같으면 결과가 같습니다.

    Args:
        training: :class:`TrainingSet`.
        recipe: :class:`Recipe`. ``training``을 만들 때와 같은 설정이어야 합니다.
        seed: 처음 가중치, 이미지와 표본의 순서를 정하는 시드.
        on_step: 스텝마다 ``on_step(스텝 번호, StepLog)``로 부를 함수. 진행 표시에 씁니다.
        decode: 배운 다음 :class:`Detector`가 쓸 디코딩. 없으면 ``recipe.box_target``의 것입니다.
        nms: 배운 다음 :class:`Detector`가 쓸 NMS. 없으면 :func:`batched_nms`입니다.

    Returns:
        :class:`Detector`.

    Raises:
        ValueError: 학습 자료에 양성 앵커가 하나도 없을 때, 손실이 NaN이나 무한대가 될 때.

    Examples:
        >>> recipe = Recipe(steps=2, hidden=4)
        >>> detector = train_detector(prepare_training(make_detection_scenes(0, 4), recipe), recipe)
        >>> len(detector.log)
        2

    출처: Faster R-CNN (2015) 3.1.2절의 손실, Adam (Kingma와 Ba, 2015).
    """
    as_instance(training, "training", TrainingSet)
    recipe = _as_recipe(recipe)
    rng = np.random.default_rng(as_seed(seed))
    for name, function in (("on_step", on_step), ("decode", decode), ("nms", nms)):
        if function is not None:
            as_callable(function, name)
    if not (training.labels == POSITIVE).any():
        raise ValueError(
            "training: 양성 앵커가 하나도 없어 배울 수 없습니다. pos_thr를 낮추거나 앵커의 크기와 "
            "종횡비를 데이터에 맞추세요."
        )
    with _one_thread():
        weights, mean, std, log = _train(training, recipe, rng, on_step)
    return Detector(recipe, weights, mean, std, log, decode, nms)


def _one_thread():
    """작은 행렬곱을 스레드로 나누지 않게 하는 문맥.

    나누는 값이 곱하는 값보다 크고, 서른 명이 함께 쓰는 서버에서는 서로의 코어를 빼앗아 몇 배씩
    느려집니다. threadpoolctl이 없어도 느려질 뿐 결과를 얻습니다.
    """
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    return threadpool_limits(1, "blas")


def _train(training, recipe, rng, on_step):
    mean, std = _target_statistics(training, recipe)
    weights = _initial_weights(rng, training.features.shape[2], recipe)
    optimizer = Adam(weights)
    log = []
    for step in range(recipe.steps):
        x, labels, class_ids, targets = _batch(training, recipe, weights, rng)
        hidden, logits, predicted = _forward(weights, x)
        positive = labels == POSITIVE
        n_positive = int(positive.sum())
        classification = CLASSIFICATIONS[recipe.classification]
        class_loss, class_gradient = reduce_loss(
            *classification.loss(logits, _one_hot(class_ids, positive)),
            n_positive if classification.divide_by_positives else len(labels),
        )
        box_gradient = np.zeros_like(predicted)
        box_loss, box_gradient[positive] = reduce_loss(
            *smooth_l1_loss(
                predicted[positive], normalize_deltas(targets[positive], mean, std), recipe.beta
            ),
            n_positive,
        )
        out_gradient = np.concatenate(
            [recipe.class_weight * class_gradient, recipe.box_weight * box_gradient], axis=1
        )
        gradients = _backward(weights, x, hidden, out_gradient)
        decay = min(1.0, 2 * (1 - step / recipe.steps))
        optimizer.update(weights, gradients, recipe.learning_rate * decay)
        size = np.abs(denormalize_deltas(predicted[positive], mean, std)[:, 2:])
        log.append(
            StepLog(class_loss, box_loss, len(labels), n_positive, float(size.max(initial=0)))
        )
        if on_step is not None:
            on_step(step, log[-1])
    return weights, mean, std, tuple(log)


def print_progress(total, width=24):
    """``train_detector(on_step=...)``에 넘길 진행 막대를 만듭니다. 한 줄을 고쳐 씁니다.

    Args:
        total: 전체 스텝 수.
        width: 막대의 칸 수.

    Returns:
        ``on_step(스텝 번호, StepLog)`` 꼴의 함수.

    Examples:
        >>> on_step = print_progress(total=4, width=4)
        >>> on_step(3, StepLog(0.5, 0.25, 64, 16, 0.3))
        ████ 4/4 · 분류 손실 0.50 · 회귀 손실 0.25
    """

    total, width = as_count(total, "total", least=1), as_count(width, "width", 1, 1000)

    def on_step(step, row):
        done = step + 1
        filled = done * width // total
        # 막대가 자랄 때만 씁니다. 매번 쓰면 출력이 학습보다 오래 걸립니다.
        if filled > step * width // total:
            bar = "█" * filled + "░" * (width - filled)
            losses = f"분류 손실 {row.class_loss:.2f} · 회귀 손실 {row.box_loss:.2f}"
            print(
                f"{bar} {done}/{total} · {losses}", end="\n" if done == total else "\r", flush=True
            )

    return on_step


def _target_statistics(training, recipe):
    if recipe.normalization == "data":
        return delta_statistics(training.positive_targets)
    fixed = (0.1, 0.1, 0.2, 0.2) if recipe.normalization == "fixed" else (1.0, 1.0, 1.0, 1.0)
    return np.zeros(4), np.array(fixed)


def _initial_weights(rng, n_features, recipe):
    n_classes = len(CLASS_NAMES)
    bias = np.zeros(n_classes + 4)
    # 처음에는 모든 앵커가 배경에 가깝다고 답하게 해야 초반 손실이 배경에 휩쓸리지 않습니다.
    bias[:n_classes] = recipe.initial_logit
    return {
        "hidden": rng.normal(0, np.sqrt(2 / n_features), (n_features, recipe.hidden)),
        "head": rng.normal(0, 0.01, (recipe.hidden, n_classes + 4)),
        "bias": bias,
    }


def _batch(training, recipe, weights, rng):
    """한 스텝에 쓸 앵커의 (특징, 라벨, 클래스, 타깃). 무시 앵커는 뺍니다."""
    classification = CLASSIFICATIONS[recipe.classification]
    images = rng.integers(len(training.labels), size=recipe.images_per_step)
    chosen = []
    for image in images:
        labels = training.labels[image]
        losses = None
        if classification.needs_losses:
            _, logits, _ = _forward(weights, training.features[image])
            targets = _one_hot(training.class_ids[image], labels == POSITIVE)
            losses = classification.loss(logits, targets)[0].sum(axis=1)
        chosen.append(classification.choose(labels, losses, rng))
    labels = np.stack(chosen)
    place, anchor = np.nonzero(labels >= 0)
    rows = images[place], anchor
    return (
        training.features[rows].astype(np.float64),
        labels[place, anchor],
        training.class_ids[rows],
        training.targets[rows],
    )


def _one_hot(class_ids, positive):
    return (class_ids[:, None] == np.arange(len(CLASS_NAMES))) & positive[:, None]


def _forward(weights, features):
    hidden = features @ weights["hidden"]
    np.maximum(hidden, 0, out=hidden)
    out = hidden @ weights["head"] + weights["bias"]
    return hidden, out[:, : len(CLASS_NAMES)], out[:, len(CLASS_NAMES) :]


def _backward(weights, features, hidden, out_gradient):
    hidden_gradient = (out_gradient @ weights["head"].T) * (hidden > 0)
    return {
        "hidden": features.T @ hidden_gradient,
        "head": hidden.T @ out_gradient,
        "bias": out_gradient.sum(axis=0),
    }


class Adam:
    """기울기의 크기를 가중치마다 맞추어 걷는 Adam."""

    def __init__(self, weights, beta1=0.9, beta2=0.999):
        self.betas = beta1, beta2
        self.moments = {name: (np.zeros_like(w), np.zeros_like(w)) for name, w in weights.items()}
        self.step = 0

    def update(self, weights, gradients, learning_rate):
        """``weights``를 제자리에서 고칩니다."""
        self.step += 1
        beta1, beta2 = self.betas
        for name, gradient in gradients.items():
            first, second = self.moments[name]
            first += (1 - beta1) * (gradient - first)
            second += (1 - beta2) * (gradient**2 - second)
            size = np.sqrt(second / (1 - beta2**self.step)) + 1e-8
            weights[name] -= learning_rate * first / (1 - beta1**self.step) / size


# ── 검출 ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, eq=False)
class Detector:
    """배운 검출기. 디코딩과 NMS는 ``dataclasses.replace``로 바꾸어 끼울 수 있습니다.

    Attributes:
        recipe: 배울 때의 :class:`Recipe`.
        weights: 은닉층, 헤드, 편향.
        mean: (4,) 회귀 타깃의 평균.
        std: (4,) 회귀 타깃의 표준편차.
        log: 스텝마다의 :class:`StepLog`.
        decode: ``decode(앵커 (N, 4), 오프셋 (N, 4))`` → (N, 4) xyxy 박스. None이면
            ``recipe.box_target``의 것이고, 크기의 오프셋을 ``MAX_SIZE_DELTA``로 막습니다.
        nms: ``nms(박스 (N, 4), 점수 (N,), IoU 임계값)`` → 남길 번호. 클래스마다 따로 부릅니다.
            None이면 :func:`batched_nms`입니다.

    Examples:
        >>> from dataclasses import replace
        >>> recipe = Recipe(steps=2, hidden=4)
        >>> detector = train_detector(prepare_training(make_detection_scenes(0, 4), recipe), recipe)
        >>> mine = replace(detector, nms=lambda boxes, scores, iou_threshold: np.array([0]))
        >>> len(mine.detect(np.zeros((64, 64, 3)), score_threshold=0).boxes)
        3
    """

    recipe: Recipe
    weights: dict
    mean: np.ndarray
    std: np.ndarray
    log: tuple
    decode: Callable | None = None
    nms: Callable | None = None

    def predict(self, image):
        """앵커마다의 예측을 NMS 없이 그대로 돌려줍니다.

        Args:
            image: (H, W, 3) 0~1 실수 RGB. 크기는 배울 때와 달라도 됩니다.

        Returns:
            (앵커 (N, 4), 점수 (N, 클래스 수), 박스 (N, 4)). 박스는 뒤집혔을 수도 있습니다.

        Raises:
            ValueError: 바꾸어 끼운 디코딩의 결과가 (N, 4)가 아닐 때.
        """
        image = as_image(image, color=True)
        anchors = self.recipe.grid(image.shape[:2]).boxes
        features = self.recipe.features(image, anchors).astype(np.float64)
        _, logits, predicted = _forward(self.weights, features)
        targets = denormalize_deltas(predicted, self.mean, self.std)
        decode = self.decode or BOX_TARGETS[self.recipe.box_target].decode
        boxes = _unmasked(decode(anchors, targets), "decode")
        if boxes.dtype.kind not in "fiu":
            raise ValueError(f"decode: 박스는 수여야 하는데 자료형이 {boxes.dtype}입니다.")
        if boxes.shape != anchors.shape:
            raise ValueError(
                f"decode: 앵커와 같은 {anchors.shape}인 박스가 필요한데 {boxes.shape}입니다."
            )
        return anchors, sigmoid(logits), boxes

    def detect(self, image, score_threshold=0.05, iou_threshold=0.5, max_dets=100):
        """이미지에서 물체를 찾습니다.

        Args:
            image: (H, W, 3) 0~1 실수 RGB.
            score_threshold: 이 점수보다 낮은 예측은 버립니다.
            iou_threshold: NMS의 IoU 임계값.
            max_dets: 돌려줄 예측의 최대 수.

        Returns:
            :class:`Detections`. 점수가 높은 순서입니다.

        Raises:
            ValueError: 바꾸어 끼운 디코딩이나 NMS의 결과를 쓸 수 없을 때.
        """
        score_threshold = as_fraction(score_threshold, "score_threshold")
        iou_threshold = as_fraction(iou_threshold, "iou_threshold")
        max_dets = as_count(max_dets, "max_dets")
        _, scores, boxes = self.predict(image)
        usable = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        anchor, class_ids = np.nonzero((scores >= score_threshold) & usable[:, None])
        boxes, scores = clip_boxes(boxes[anchor], image.shape[:2]), scores[anchor, class_ids]
        suppress = batched_nms if self.nms is None else partial(_class_by_class, self.nms)
        kept = suppress(boxes, scores, class_ids, iou_threshold)[:max_dets]
        return Detections(boxes[kept], scores[kept], class_ids[kept])

    def evaluate(self, scenes, match=None):
        """장면들에서 AP, AP50, AP75를 잽니다.

        Args:
            scenes: ``Scene``의 리스트.
            match: 예측과 정답의 짝짓기. :func:`average_precision`의 것과 같습니다.

        Returns:
            ``{"AP": float, "AP50": float, "AP75": float}``, 백분율.
        """
        scenes = _as_scenes(scenes)
        if match is not None:
            as_callable(match, "match")
        with _one_thread():
            detections = [self.detect(scene.image) for scene in scenes]
        truths = [(scene.boxes, class_ids_of(scene)) for scene in scenes]
        return summarize_ap(detections, truths, match)


def _unmasked(value, name):
    if isinstance(value, np.ma.MaskedArray):
        raise ValueError(f"{name}: 가린 값(masked)이 있는 배열은 쓸 수 없습니다.")
    try:
        return np.asarray(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: 돌려준 것을 배열로 읽을 수 없습니다.") from None


def _class_by_class(nms, boxes, scores, class_ids, iou_threshold):
    """클래스 하나만 아는 ``nms``를 클래스마다 불러 :func:`batched_nms`처럼 씁니다."""
    kept = [np.zeros(0, dtype=int)]
    for class_id in np.unique(class_ids):
        rows = np.flatnonzero(class_ids == class_id)
        chosen = _unmasked(nms(boxes[rows], scores[rows], iou_threshold), "nms")
        if chosen.ndim != 1 or (chosen.size and chosen.dtype.kind not in "iu"):
            raise ValueError(
                "nms: 남길 박스의 번호를 1차원 정수 배열로 돌려주어야 하는데 모양은 "
                f"{chosen.shape}, 자료형은 {chosen.dtype}입니다."
            )
        if chosen.size and not (0 <= chosen.min() and chosen.max() < len(rows)):
            raise ValueError(
                f"nms: 박스 {len(rows)}개 가운데 남길 번호인데 "
                f"{chosen.min()}부터 {chosen.max()}까지 있습니다."
            )
        kept.append(rows[chosen.astype(int)])
    kept = np.sort(np.concatenate(kept))
    return kept[np.argsort(-scores[kept], kind="stable")]
