"""무엇을 맞히게 할까: 절대 좌표와 수정량을 같은 학습기, 같은 특징, 같은 조심성으로 견줍니다.

레슨 00의 3절이 씁니다. 견주는 방법은 표 ``TARGETS``에, 시험하는 상황은 ``SITUATIONS``에 있습니다.
어느 방법이든 벌의 세기 λ를 같은 후보 가운데에서 같은 교차 검증으로 고릅니다. 그래야 지는 쪽이
서투른 설정 때문에 지지 않습니다.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.boxes import box_area, box_convert, paired_iou
from anchorbox_utils.coding import decode_boxes, encode_boxes
from anchorbox_utils.datasets import make_scene
from anchorbox_utils.detector import MAX_SIZE_DELTA, pool_features
from anchorbox_utils.matching import match_anchors

IMAGE_SIZE = (120, 160)
GRID = AnchorGrid(IMAGE_SIZE, strides=16, scales=[24, 40, 64], ratios=[0.5, 1, 2])

TRAIN_SCENES, TEST_SCENES, DESCENT_SCENES = 80, 60, 20
STRENGTHS = np.logspace(-4, 6, 21)
FOLDS = 5
# 교차 검증의 점수가 이만큼도 다르지 않은 λ들은 우열을 가리지 않습니다.
SAME_SCORE = 0.002


# ── 자료 ────────────────────────────────────────────────────────────────────────────────────


class Rows(NamedTuple):
    """양성 앵커와 그 정답. 한 행이 앵커 하나입니다.

    Attributes:
        features: (N, D) 앵커 둘레의 경계를 잰 특징. 마지막 열은 상수 1입니다.
        anchors: (N, 4) 앵커, 픽셀.
        gt_boxes: (N, 4) 정답 박스, 픽셀.
        scene: (N,) 몇 번째 장면에서 왔는지.
    """

    features: np.ndarray
    anchors: np.ndarray
    gt_boxes: np.ndarray
    scene: np.ndarray

    def pick(self, chosen):
        """참인 행만 남깁니다."""
        return Rows(*(column[chosen] for column in self))


def collect_rows(rng, n_scenes):
    """장면을 만들고, 정답과 IoU가 0.5 이상인 앵커를 모읍니다.

    Args:
        rng: ``numpy.random.Generator`` 또는 시드.
        n_scenes: 장면의 수. 한 장에 물체가 2개입니다.

    Returns:
        :class:`Rows`.

    Examples:
        >>> rows = collect_rows(0, 3)
        >>> rows.features.shape, rows.anchors.shape
        ((32, 129), (32, 4))
    """
    rng = np.random.default_rng(rng)
    parts = []
    for number in range(n_scenes):
        scene = make_scene(rng, IMAGE_SIZE, n_objects=2, size_range=(20, 72))
        match = match_anchors(GRID, scene.boxes, pos_thr=0.5, force_match=False)
        anchors = GRID.boxes_at(match.pos_anchors)
        features = pool_features(scene.image, anchors)
        gt_boxes = scene.boxes[match.pos_gt]
        parts.append((features, anchors, gt_boxes, np.full(len(anchors), number)))
    return Rows(*map(np.concatenate, zip(*parts, strict=True)))


def matched_iou(boxes, gt_boxes):
    """(N,) 같은 번호끼리의 IoU. 뒤집힌 예측(``x2 < x1``)은 0점입니다.

    Examples:
        >>> matched_iou(np.array([[0.0, 0, 4, 4], [4, 0, 0, 4]]), np.array([[0.0, 0, 4, 8]] * 2))
        array([0.5, 0. ])
    """
    iou = np.zeros(len(boxes))
    valid = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    rows = boxes[valid], gt_boxes[valid]
    iou[valid] = paired_iou(*rows, *map(box_area, rows))
    return iou


# ── 맞힐 것 ─────────────────────────────────────────────────────────────────────────────────


def _sizes(boxes):
    return box_convert(boxes, "xyxy", "cxcywh")[:, 2:]


def _shapes(rows):
    return rows.features[:, :-1]


def _constant(rows):
    return rows.features[:, -1:]


def _constant_and_position(rows):
    return np.hstack([_constant(rows), rows.anchors])


def _shapes_times_sizes(rows):
    # 간격으로 나누어 특징과 비슷한 크기로 맞춥니다. 픽셀 그대로면 λ가 이 열들만 봐주게 됩니다.
    shapes = _shapes(rows)
    width, height = np.hsplit(_sizes(rows.anchors) / GRID.levels[0].stride, 2)
    return np.hstack([shapes, shapes * width, shapes * height])


def _decode_deltas(anchors, deltas):
    # 폭주한 예측도 점수를 매길 수 있도록, 크기가 표현 범위를 넘지 않게 막습니다.
    return decode_boxes(
        anchors, np.hstack([deltas[:, :2], deltas[:, 2:].clip(-MAX_SIZE_DELTA, MAX_SIZE_DELTA)])
    )


class Target(NamedTuple):
    """회귀의 한 방법: 무엇을 주고, 무엇을 맞히게 하고, 어떻게 박스로 되돌리는가.

    Attributes:
        title: 한국어 이름.
        encode: (앵커, 정답) → (N, 4) 맞힐 값.
        decode: (앵커, 예측한 값) → (N, 4) 박스.
        penalised: 행들 → (N, D) λ로 벌을 주는 입력.
        free: 행들 → (N, K) 벌을 주지 않는 입력. 절편과, 주기로 했다면 앵커의 좌표입니다.
    """

    title: str
    encode: Callable
    decode: Callable
    penalised: Callable = _shapes
    free: Callable = _constant


def _as_they_are(anchors, values):
    return values


TARGETS = {
    "absolute": Target("절대 좌표", _as_they_are, _as_they_are),
    "position": Target(
        "절대 좌표 + 앵커 위치", _as_they_are, _as_they_are, free=_constant_and_position
    ),
    "pixels": Target(
        "픽셀 차이", lambda anchors, boxes: boxes - anchors, lambda anchors, moves: anchors + moves
    ),
    "deltas": Target("수정량", encode_boxes, _decode_deltas),
    "no_log": Target(
        "로그 없는 수정량",
        lambda anchors, boxes: (boxes - anchors) / np.tile(_sizes(anchors), 2),
        lambda anchors, moves: anchors + moves * np.tile(_sizes(anchors), 2),
    ),
    "product": Target(
        "절대 좌표 + 앵커 위치 + 특징 × 앵커 크기",
        _as_they_are,
        _as_they_are,
        _shapes_times_sizes,
        _constant_and_position,
    ),
}


# ── 상황 ────────────────────────────────────────────────────────────────────────────────────

SMALL, LARGE = 32, 48


def _size(rows):
    return np.sqrt(box_area(rows.gt_boxes))


def _is_left(rows):
    return rows.gt_boxes[:, [0, 2]].mean(axis=1) < IMAGE_SIZE[1] / 2


def _any(rows):
    return np.ones(len(rows.scene), dtype=bool)


class Situation(NamedTuple):
    """시험 하나: 몇 장에서, 어떤 물체로 배우고, 어떤 물체로 시험하는가."""

    title: str
    n_scenes: int
    train: Callable = _any
    test: Callable = _any


SITUATIONS = {
    "scenes_2": Situation("장면 2장", 2),
    "scenes_5": Situation("장면 5장", 5),
    "scenes_20": Situation("장면 20장", 20),
    "scenes_80": Situation("장면 80장", 80),
    "small": Situation("작은 물체로 시험", 20, test=lambda rows: _size(rows) < SMALL),
    "moved": Situation(
        "왼쪽에서 배우고 오른쪽에서 시험", 20, _is_left, lambda rows: ~_is_left(rows)
    ),
    "large_to_small": Situation(
        "큰 물체로 배우고 작은 물체로 시험",
        20,
        lambda rows: _size(rows) >= LARGE,
        lambda rows: _size(rows) < SMALL,
    ),
    "large": Situation(
        "장면 80장으로 배우고 큰 물체로 시험", 80, test=lambda rows: _size(rows) >= LARGE
    ),
}


def split_rows(situation, train, test):
    """상황에 맞는 (학습 행, 시험 행)을 고릅니다. 장면은 앞에서부터 씁니다."""
    train = train.pick(train.scene < situation.n_scenes)
    return train.pick(situation.train(train)), test.pick(situation.test(test))


# ── 학습 ────────────────────────────────────────────────────────────────────────────────────


def fit_ridge_path(penalised, free, targets, strengths):
    """릿지 회귀를 여러 λ에 대해 한꺼번에 풉니다. ``free``의 가중치에는 벌을 주지 않습니다.

    벌이 없는 입력으로 설명되는 만큼을 먼저 덜어 내고, 남은 것의 고유값을 한 번만 구합니다.

    Args:
        penalised: (N, D) 벌을 주는 입력.
        free: (N, K) 벌을 주지 않는 입력.
        targets: (N, C) 목표값.
        strengths: L개의 λ.

    Returns:
        ``predict(penalised, free)``. (M, D)와 (M, K)를 받아 (L, M, C) 예측을 돌려줍니다.

    Examples:
        >>> x = np.array([[1.0], [2.0], [3.0]])
        >>> predict = fit_ridge_path(x, np.ones((3, 1)), 2 * x + 5, [0.0, 1e9])
        >>> predict(np.array([[4.0]]), np.ones((1, 1))).round(2).ravel()
        array([13.,  9.])

    출처: 릿지 회귀 (Hoerl과 Kennard, 1970), 덜어 내기 (Frisch와 Waugh, 1933).
    """
    inverse = np.linalg.pinv(free)
    explained, known = inverse @ penalised, inverse @ targets
    rest = penalised - free @ explained
    values, vectors = np.linalg.eigh(rest.T @ rest)
    moment = vectors.T @ (rest.T @ (targets - free @ known))
    # 반올림 때문에 0이어야 할 고유값이 음수일 수 있습니다.
    growth = values.clip(min=0) + np.reshape(strengths, (-1, 1))
    weights = vectors @ (moment / growth[:, :, None])
    return lambda penalised, free: penalised @ weights + free @ (known - explained @ weights)


class Outcome(NamedTuple):
    """비교 하나의 결과: 시험 장면의 평균 IoU와, 교차 검증으로 고른 λ."""

    iou: float
    strength: float


def compare(target, train, test, strengths=STRENGTHS):
    """λ를 장면 단위의 교차 검증으로 고르고, 학습 행 모두로 배워 시험 행에서 잽니다.

    Args:
        target: :class:`Target`.
        train: 학습 :class:`Rows`.
        test: 시험 :class:`Rows`.
        strengths: λ의 후보.

    Returns:
        :class:`Outcome`.

    Examples:
        >>> outcome = compare(TARGETS["deltas"], collect_rows(0, 5), collect_rows(1, 5))
        >>> 0.6 < outcome.iou < 0.8
        True
    """
    scores = np.zeros(len(strengths))
    for held_out in scene_folds(train):
        scores += _ious(target, train.pick(~held_out), train.pick(held_out), strengths).sum(axis=1)
    chosen = strengths[pick_middle(scores / len(train.scene))]
    return Outcome(float(_ious(target, train, test, [chosen]).mean()), float(chosen))


def _ious(target, train, test, strengths):
    predict = fit_ridge_path(
        target.penalised(train),
        target.free(train),
        target.encode(train.anchors, train.gt_boxes),
        strengths,
    )
    predicted = predict(target.penalised(test), target.free(test))
    return _score(target, predicted, test)


def _score(target, predicted, test):
    """(L, M, 4) 예측의 (L, M) IoU."""
    boxes = [target.decode(test.anchors, values) for values in predicted]
    gt_boxes = np.tile(test.gt_boxes, (len(boxes), 1))
    return matched_iou(np.concatenate(boxes), gt_boxes).reshape(len(boxes), -1)


def scene_folds(rows):
    """검증에 쓸 행의 표시를 차례로 냅니다. 한 장면의 앵커들은 함께 움직입니다."""
    _, scene = np.unique(rows.scene, return_inverse=True)
    count = min(FOLDS, scene.max() + 1)
    return [scene % count == fold for fold in range(count)]


def pick_middle(scores):
    """가장 좋은 후보의 자리. 우열이 없으면 후보들의 한가운데에 가까운 쪽입니다.

    Examples:
        >>> int(pick_middle(np.array([0.60, 0.601, 0.602, 0.55, 0.3])))
        2
        >>> int(pick_middle(np.array([0.60, 0.601, 0.50, 0.45, 0.3])))
        1
    """
    good = np.flatnonzero(scores >= scores.max() - SAME_SCORE)
    return good[np.abs(good - (len(scores) - 1) / 2).argmin()]


# ── 한 걸음씩 ───────────────────────────────────────────────────────────────────────────────

RATES = np.logspace(-4, 0, 17)
SCALES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200)
# 발산하는 가중치가 표현 범위를 넘지 않게 막습니다. 이만큼 커지면 이미 0점입니다.
MAX_WEIGHT = 1e6


class Start(NamedTuple):
    """기울기를 따라 배우는 한 방법: 맞힐 것, 처음 예측, 앵커의 좌표에 곱할 수의 후보."""

    target: str
    at_anchor: bool = False
    scales: tuple = (1.0,)


STARTS = {
    "position": Start("position", scales=SCALES),
    "position_at_anchor": Start("position", True, SCALES),
    "pixels": Start("pixels", True),
    "deltas": Start("deltas", True),
}

TITLES = {
    "anchor": "앵커 그대로",
    **{name: target.title for name, target in TARGETS.items()},
    "position_at_anchor": "절대 좌표 + 앵커 위치, 앵커에서 출발",
}


class Descent(NamedTuple):
    """배우는 동안의 결과.

    Attributes:
        curve: 고른 학습률에서 ``STEPS``마다의 평균 IoU.
        finals: ``RATES``마다 마지막 평균 IoU.
        rate: 교차 검증으로 고른 학습률.
        scale: 교차 검증으로 고른, 앵커의 좌표에 곱할 수.
    """

    curve: list
    finals: list
    rate: float
    scale: float


def descend(start, train, test):
    """학습률과 좌표의 눈금을 교차 검증으로 고르고, 기울기를 따라 걸으며 시험 행에서 잽니다.

    Args:
        start: :class:`Start`.
        train: 학습 :class:`Rows`.
        test: 시험 :class:`Rows`.

    Returns:
        :class:`Descent`.

    Examples:
        >>> walk = descend(STARTS["deltas"], collect_rows(0, 5), collect_rows(1, 5))
        >>> walk.curve[0] < walk.curve[-1]
        True
    """
    scores = np.zeros((len(start.scales), len(RATES)))
    for held_out in scene_folds(train):
        fold = train.pick(~held_out), train.pick(held_out)
        for row, scale in zip(scores, start.scales, strict=True):
            row += _walk(start, *fold, scale, STEPS[-1:])[0].sum(axis=1)
    best, rate = np.unravel_index(scores.argmax(), scores.shape)
    ious = _walk(start, train, test, start.scales[best], STEPS).mean(axis=2)
    return Descent(ious[:, rate].tolist(), ious[-1].tolist(), RATES[rate], start.scales[best])


def _walk(start, train, test, scale, steps):
    """(걸음 수, 학습률, 시험 행) IoU."""
    target = TARGETS[start.target]
    goal = target.encode(train.anchors, train.gt_boxes)
    inputs, seen, weights = _prepare_walk(start, train, test, goal, scale)
    gram, moment = (inputs.T @ other / len(inputs) for other in (inputs, goal))
    weights = np.repeat(weights[None], len(RATES), axis=0)
    ious = []
    for step in range(steps[-1] + 1):
        if step in steps:
            ious.append(_score(target, seen @ weights, test))
        weights = weights - RATES[:, None, None] * (gram @ weights - moment)
        weights = weights.clip(-MAX_WEIGHT, MAX_WEIGHT)
    return np.stack(ious)


def _prepare_walk(start, train, test, goal, scale):
    """(학습 입력, 시험 입력, 처음 가중치). 어느 쪽이나 평균을 빼서 걷기 좋게 만듭니다."""
    target = TARGETS[start.target]
    shape_mean = _shapes(train).mean(axis=0)
    position, position_of_test = (target.free(rows)[:, 1:] for rows in (train, test))
    mean, unit = position.mean(axis=0), position.std(axis=0) / scale
    inputs, seen = (
        np.hstack([_shapes(rows) - shape_mean, (where - mean) / unit, _constant(rows)])
        for rows, where in ((train, position), (test, position_of_test))
    )
    weights = np.zeros((inputs.shape[1], goal.shape[1]))
    if not start.at_anchor:
        weights[-1] = goal.mean(axis=0)
    elif position.shape[1]:
        weights[-5:] = np.vstack([np.diag(unit), mean])
    return inputs, seen, weights


# ── 시드마다의 기록 ─────────────────────────────────────────────────────────────────────────


def collect_seed(seed, n_train=TRAIN_SCENES, n_test=TEST_SCENES):
    """시드 하나의 (학습 행, 시험 행). 두 쪽의 장면은 겹치지 않습니다."""
    return collect_rows([0, seed], n_train), collect_rows([1, seed], n_test)


def score_situation(situation, train, test, targets=TARGETS):
    """한 상황에서 방법마다의 :class:`Outcome`. ``"anchor"``는 배우지 않은 앵커의 점수입니다."""
    train, test = split_rows(situation, train, test)
    untouched = Outcome(float(matched_iou(test.anchors, test.gt_boxes).mean()), None)
    return {"anchor": untouched} | {name: compare(TARGETS[name], train, test) for name in targets}


def run_seed(seed, situations=SITUATIONS, starts=STARTS):
    """시드 하나로 모든 상황과 걷기를 재어, JSON에 적을 수 있는 기록으로 돌려줍니다."""
    train, test = collect_seed(seed)
    outcomes = {name: score_situation(SITUATIONS[name], train, test) for name in situations}
    few = train.pick(train.scene < DESCENT_SCENES)
    descents = {name: descend(STARTS[name], few, test) for name in starts}
    return {
        "iou": {
            name: {method: _short(outcome.iou) for method, outcome in row.items()}
            for name, row in outcomes.items()
        },
        "strength": {
            name: {method: _short(row[method].strength) for method in TARGETS}
            for name, row in outcomes.items()
        },
        "descent": {
            name: {
                "curve": [_short(iou) for iou in descent.curve],
                "finals": [_short(iou) for iou in descent.finals],
                "rate": _short(descent.rate),
                "scale": descent.scale,
            }
            for name, descent in descents.items()
        },
    }


def _short(value):
    return float(f"{value:.4g}")


def recorded_ious(runs, situation, method):
    """기록에서 시드마다의 평균 IoU.

    Examples:
        >>> recorded_ious([{"iou": {"small": {"deltas": 0.74}}}], "small", "deltas")
        array([0.74])
    """
    return np.array([run["iou"][situation][method] for run in runs])


def usable_rates(runs, start):
    """기록에서 시드마다, 배우지 않은 앵커보다 높이 끝난 학습률의 비율.

    Examples:
        >>> run = {
        ...     "iou": {"scenes_20": {"anchor": 0.5}},
        ...     "descent": {"deltas": {"finals": [0.6, 0.0]}},
        ... }
        >>> usable_rates([run], "deltas")
        array([0.5])
    """
    finals = np.array([run["descent"][start]["finals"] for run in runs])
    return (finals > recorded_ious(runs, "scenes_20", "anchor")[:, None]).mean(axis=1)
