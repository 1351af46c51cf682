"""까닭을 아는 장면: 놓친 까닭을 심어 만듭니다. misses의 방은 가져다 쓰지 않습니다.

까닭은 기하로 정해집니다. 앵커는 크기 64의 정사각형 하나를 스트라이드 16으로 깔고(:data:`GRID`),
정답을 앵커에 견주어 놓습니다.

- 앵커와 같은 자리·크기: IoU 1. 잘 배우는 정답입니다.
- 같은 중심에서 한 변만 f배: IoU f. 두 변 모두 f배: IoU f².
"""

from typing import NamedTuple

import numpy as np

from anchorbox_utils import AnchorGrid

SIDE, STRIDE = 64, 16
IMAGE = (640, 640)
GRID = AnchorGrid(IMAGE, STRIDE, [SIDE], [1])
POS_THR, NEG_THR, SCORE_THR, IOU_THR = 0.6, 0.4, 0.3, 0.5
CLASSES = 3
# 자리마다의 한가운데. 앵커의 중심이고, 이웃한 자리의 물체가 닿지 않을 만큼 떨어져 있습니다.
SLOTS = [(x + STRIDE / 2, y + STRIDE / 2) for y in (96, 304, 512) for x in (96, 304, 512)]


class Planted(NamedTuple):
    """장면 한 장과, 놓친 정답마다 심은 (정답의 번호, 까닭, 함께 심은 까닭들), 틀린 예측의 수."""

    truths: tuple
    final: tuple
    before_nms: tuple
    expected: list
    false_kinds: dict


class Scene:
    """이미지 한 장에 정답과 예측을 하나씩 더합니다."""

    def __init__(self, rng):
        self.rng = rng
        self.slots = [SLOTS[i] for i in rng.permutation(len(SLOTS))]
        self.boxes, self.class_ids = [], []
        self.final, self.raw, self.expected = [], [], []
        self.false_kinds = dict.fromkeys(("background", "duplicate", "wrong_class", "loose"), 0)

    def slot(self):
        return self.slots.pop()

    def truth(self, center, size, class_id=None):
        class_id = int(self.rng.integers(CLASSES)) if class_id is None else class_id
        self.boxes.append(around(center, size))
        self.class_ids.append(class_id)
        return len(self.boxes) - 1

    def guess(self, box, score, class_id, kept=True):
        row = (np.asarray(box, float), score, class_id)
        self.raw.append(row)
        if kept:
            self.final.append(row)

    def near(self, truth, low=0.75, high=0.95):
        """정답의 한쪽을 깎은 박스. IoU가 깎고 남은 비율과 같습니다."""
        box, keep = self.boxes[truth].copy(), self.rng.uniform(low, high)
        side = int(self.rng.integers(2))
        box[2 + side] -= (1 - keep) * (box[2 + side] - box[side])
        return box

    def high(self):
        return float(self.rng.uniform(SCORE_THR + 0.05, 0.99))

    def low(self):
        return float(self.rng.uniform(0.01, SCORE_THR - 0.05))

    def other_class(self, truth):
        return (self.class_ids[truth] + 1 + int(self.rng.integers(CLASSES - 1))) % CLASSES

    def clutter(self):
        """NMS가 지울 곁가지와, 아무 데나 있는 점수 낮은 예측."""
        for box, score, class_id in list(self.final):
            for _ in range(int(self.rng.integers(0, 4))):
                shift = self.rng.uniform(-0.03, 0.03, 4) * np.tile(box[2:] - box[:2], 2)
                self.guess(box + shift, score * self.rng.uniform(0.5, 0.99), class_id, kept=False)
        for _ in range(20):
            box = around(self.rng.uniform(0, IMAGE[0], 2), self.rng.uniform(10, 150, 2))
            if all(overlap(box, truth) < 0.08 for truth in self.boxes):
                score = float(self.rng.uniform(0, 0.9 * SCORE_THR))
                self.guess(box, score, int(self.rng.integers(CLASSES)))

    def done(self):
        self.clutter()

        def rows(guesses):
            order = self.rng.permutation(len(guesses))
            boxes = np.array([guesses[i][0] for i in order]).reshape(-1, 4)
            scores = np.array([guesses[i][1] for i in order])
            return boxes, scores, np.array([guesses[i][2] for i in order], int)

        truths = (np.array(self.boxes).reshape(-1, 4), np.array(self.class_ids, int))
        return Planted(truths, rows(self.final), rows(self.raw), self.expected, self.false_kinds)


def around(center, size):
    center, size = np.asarray(center, float), np.asarray(size, float)
    return np.concatenate([center - size / 2, center + size / 2])


def overlap(first, second):
    sides = np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2])
    shared = np.maximum(sides, 0).prod()
    return shared / ((first[2:] - first[:2]).prod() + (second[2:] - second[:2]).prod() - shared)


# ── 정답 놓기 ───────────────────────────────────────────────────────────────────────────────


def place_good(scene):
    """앵커와 꼭 같아 잘 배우는 정답."""
    return scene.truth(scene.slot(), (SIDE, SIDE))


def place_no_anchor(scene):
    """어느 앵커와도 IoU가 0.4에 못 미치는 정답: 아주 납작하거나 길쭉하거나, 작거나 큽니다."""
    kind = scene.rng.integers(4)
    if kind < 2:
        # 폭이 앵커의 0.1~0.3배이면 IoU는 그 비율을 넘지 못합니다.
        shape = [SIDE * scene.rng.uniform(0.1, 0.3), SIDE * scene.rng.uniform(0.8, 1.5)]
        shape = shape[:: 1 if kind else -1]
    elif kind == 2:
        shape = [SIDE * scene.rng.uniform(0.2, 0.6)] * 2
    else:
        shape = [SIDE * scene.rng.uniform(1.7, 2.2)] * 2
    return scene.truth(scene.slot(), shape)


def place_ignored(scene):
    """가장 잘 맞는 앵커의 IoU가 0.4와 0.6 사이인 정답. 강제 매칭이 없으면 무시뿐입니다."""
    ratio = scene.rng.uniform(0.44, 0.56)
    # 한 변만 줄이면 IoU가 그 비율, 두 변을 함께 줄이면 제곱입니다. 이웃한 앵커는 더 덜 겹칩니다.
    shapes = ((ratio, 1), (1, ratio), (np.sqrt(ratio),) * 2, (1 / np.sqrt(ratio),) * 2)
    shape = np.array(shapes[scene.rng.integers(4)]) * SIDE
    return scene.truth(scene.slot(), shape)


def place_taken(scene):
    """같은 중심에 앵커와 꼭 같은 정답이 있어, 앵커를 모두 그쪽에 내주는 정답."""
    center = scene.slot()
    # 이 정답에 IoU 0.6을 넘는 앵커는 제 중심의 것뿐이고, 그 앵커는 이웃과 꼭 같습니다.
    shape = np.array([scene.rng.uniform(0.65, 0.72), 1])[:: scene.rng.choice([1, -1])] * SIDE
    truth = scene.truth(center, shape)
    owner = scene.truth(center, (SIDE, SIDE), (scene.class_ids[truth] + 1) % CLASSES)
    scene.guess(scene.near(owner, 0.9, 0.99), scene.high(), scene.class_ids[owner])
    return truth


# ── 예측 놓기 ───────────────────────────────────────────────────────────────────────────────


def detect_nothing(scene, truth):
    """예측이 없는 정답. 반은 곁에 잘 찾은 정답이 있어, 그 예측이 이 정답에도 겹칩니다."""
    if scene.rng.random() < 0.5:
        center = (scene.boxes[truth][:2] + scene.boxes[truth][2:]) / 2
        size = scene.boxes[truth][2:] - scene.boxes[truth][:2]
        neighbour = scene.truth(center + (0, STRIDE), size, scene.class_ids[truth])
        scene.guess(scene.boxes[neighbour], scene.high(), scene.class_ids[truth])


def detect_low(scene, truth):
    scene.guess(scene.near(truth), scene.low(), scene.class_ids[truth])


def detect_wrong_class(scene, truth):
    scene.guess(scene.near(truth), scene.high(), scene.other_class(truth))
    scene.false_kinds["wrong_class"] += 1


def detect_loose(scene, truth):
    # 한 변을 따라 d만큼 밀면 IoU는 (1 - d) / (1 + d)입니다. 0.4~0.75를 밀면 0.43~0.14입니다.
    box, shift = scene.boxes[truth].copy(), scene.rng.uniform(0.4, 0.75)
    axis, sign = int(scene.rng.integers(2)), scene.rng.choice([-1, 1])
    box[[axis, axis + 2]] += sign * shift * (box[axis + 2] - box[axis])
    scene.guess(box, scene.high(), scene.class_ids[truth])
    scene.false_kinds["loose"] += 1


def detect_suppressed(scene, truth):
    """NMS 전에는 있었지만, 남은 예측과 겹쳐 지워진 예측. 남은 것은 이웃 정답을 찾습니다."""
    width, height = scene.boxes[truth][2:] - scene.boxes[truth][:2]
    center = (scene.boxes[truth][:2] + scene.boxes[truth][2:]) / 2
    neighbour = scene.truth(center + (STRIDE, 0), (width, height), scene.class_ids[truth])
    score = scene.rng.uniform(SCORE_THR + 0.05, 0.8)
    scene.guess(scene.boxes[neighbour], float(score + 0.1), scene.class_ids[truth])
    scene.guess(scene.near(truth, 0.9, 0.98), float(score), scene.class_ids[truth], kept=False)


PLACE = {
    "no_anchor": place_no_anchor,
    "ignored": place_ignored,
    "taken": place_taken,
}
DETECT = {
    "undetected": detect_nothing,
    "low_score": detect_low,
    "suppressed": detect_suppressed,
    "wrong_class": detect_wrong_class,
    "loose": detect_loose,
}
# 두 까닭을 함께 심은 것: 앞의 것이 답이고 뒤의 것은 함께 맞는 까닭입니다.
MIXTURES = [
    *((place, detect) for place in PLACE for detect in DETECT if detect != "undetected"),
    ("low_score", "wrong_class"),
    ("low_score", "loose"),
    ("suppressed", "loose"),
    ("wrong_class", "loose"),
]
SINGLES = (*PLACE, *DETECT)


def plant(scene, *causes):
    """정답 하나를 놓고 까닭을 심습니다."""
    placing = [cause for cause in causes if cause in PLACE]
    truth = PLACE[placing[0]](scene) if placing else place_good(scene)
    for cause in causes:
        if cause in DETECT:
            DETECT[cause](scene, truth)
    scene.expected.append((truth, *causes))


def add_found(scene):
    truth = place_good(scene)
    scene.guess(scene.near(truth), scene.high(), scene.class_ids[truth])
    if scene.rng.random() < 0.4:
        # 같은 정답을 또 가리키는 예측. 찾은 예측보다 덜 겹치게 해도 점수에 따라 짝이 바뀔 뿐입니다.
        scene.guess(scene.near(truth), scene.high(), scene.class_ids[truth])
        scene.false_kinds["duplicate"] += 1


def add_background(scene):
    scene.guess(around(scene.slot(), (SIDE, SIDE)), scene.high(), int(scene.rng.integers(CLASSES)))
    scene.false_kinds["background"] += 1


def make_scene(seed):
    """까닭을 심은 장면. 씨앗마다 하나의 까닭이나 섞인 까닭이 차례로 돌아갑니다."""
    rng = np.random.default_rng([20, seed])
    scene = Scene(rng)
    recipes = [(cause,) for cause in SINGLES] + MIXTURES
    plant(scene, *recipes[seed % len(recipes)])
    for _ in range(int(rng.integers(0, 4))):
        plant(scene, *recipes[rng.integers(len(recipes))])
    for add in (add_found, add_background):
        for _ in range(int(rng.integers(0, 3))):
            if scene.slots:
                add(scene)
    return scene.done()
