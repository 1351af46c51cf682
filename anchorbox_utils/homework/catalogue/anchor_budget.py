"""과제 06의 문제: 앵커의 수 세기, 가장 가까운 앵커와의 IoU, 예산 안에서 앵커 설계하기."""

from dataclasses import dataclass
from functools import lru_cache, partial
from html import escape
from typing import NamedTuple

import numpy as np

from anchorbox_utils.feedback import TIME_LIMIT, CheckResult
from anchorbox_utils.homework.catalogue.common import (
    EMPTY_MATRIX,
    EXAMPLE_NUMBER,
    FLOAT_RESULT,
    KEEP_INPUT,
    random_boxes,
)
from anchorbox_utils.homework.exercise import Appraisal, Case, Exercise, Misconception
from anchorbox_utils.homework.personal import read_number
from anchorbox_utils.korean import with_particle

STRIDES = (8, 16, 32)
COVERED = 0.5
SHARE_OF_BEST = 0.85

_ROWS = "`rows`의 한 행 `[스트라이드, 스케일, 종횡비]`는 칸마다 앵커 하나를 놓습니다."
_SCALE = "스케일은 앵커 넓이의 제곱근(픽셀), 종횡비는 높이/너비입니다."

# ── count_anchors ───────────────────────────────────────────────────────────────────────────


def count_anchors(rows, image_size):
    """앵커 설계가 이미지 한 장에 놓는 앵커의 수를 셉니다.

    Args:
        rows: (K, 3) 배열. 한 행이 [스트라이드, 스케일, 종횡비]. K는 0일 수도 있습니다.
        image_size: (높이, 너비), 픽셀.

    Returns:
        앵커의 수, 정수.
    """
    height, width = image_size
    stride = np.asarray(rows, float).reshape(-1, 3)[:, 0]
    return int((np.ceil(height / stride) * np.ceil(width / stride)).sum())


def _random_rows(rng, count):
    stride = rng.choice(STRIDES, count).astype(float)
    scale = np.exp(rng.uniform(np.log(12), np.log(200), count)).round(1)
    return np.stack([stride, scale, rng.choice([0.25, 0.4, 0.75, 1.5, 2.5, 4], count)], axis=1)


def _count_cases(rng):
    return [
        Case("한 행", (np.array([[16.0, 40, 1]]), (480, 640))),
        Case("나누어떨어지지 않는 크기", (np.array([[16.0, 40, 2]]), (100, 150))),
        Case("스트라이드가 다른 두 행", (np.array([[8.0, 20, 1], [32, 90, 1]]), (250, 330))),
        Case(
            "스트라이드가 같은 두 행",
            (np.array([[16.0, 30, 1], [16, 60, 1]]), (90, 70)),
        ),
        Case("한 변만 남는 크기", (np.array([[32.0, 80, 0.5]]), (96, 130))),
        Case("스트라이드보다 작은 이미지", (np.array([[32.0, 20, 1], [8, 20, 1]]), (20, 50))),
        Case("무작위 설계", (_random_rows(rng, 7), tuple(rng.integers(100, 900, 2).tolist()))),
        Case("정수 배열", (np.array([[8, 24, 1], [16, 48, 2]]), (301, 203))),
        Case("float32 배열", (_random_rows(rng, 4).astype("f4"), (333, 500))),
        Case("행이 없는 설계", (np.zeros((0, 3)), (480, 640)), edge=True),
    ]


def _counter(formula):
    def wrong(rows, image_size):
        return int(sum(formula(*image_size, stride) for stride in np.asarray(rows, float)[:, 0]))

    return wrong


def _cells(height, width, stride):
    return np.ceil(height / stride) * np.ceil(width / stride)


COUNT_ANCHORS = Exercise(
    name="count_anchors",
    reference=count_anchors,
    cases=_count_cases,
    returns="앵커의 수, 정수 하나",
    rules=(
        _ROWS,
        "칸의 수는 변을 스트라이드로 나누어 올림한 것이고, 가로와 세로를 따로 올립니다.",
        "행이 하나도 없으면 0입니다.",
        "받은 배열은 바꾸지 않습니다.",
    ),
    layout="whole",
    misconceptions=(
        Misconception(
            "floored",
            "남는 픽셀의 칸을 버림",
            _counter(lambda h, w, s: (h // s) * (w // s)),
            "남는 픽셀을 버렸습니다. 이미지의 끝에 걸친 칸에도 앵커가 놓입니다.",
        ),
        Misconception(
            "one_cell_too_many",
            "나누어떨어질 때도 한 칸을 더함",
            _counter(lambda h, w, s: (h // s + 1) * (w // s + 1)),
            "`// 스트라이드 + 1`은 꼭 나누어떨어질 때 한 칸이 많습니다. 640을 16으로 나누면 칸은 "
            "몇 "
            "개인가요?",
        ),
        Misconception(
            "rounded",
            "칸의 수를 반올림함",
            _counter(lambda h, w, s: np.round(h / s) * np.round(w / s)),
            "반올림하셨습니다. 남는 픽셀이 적어도 그 칸에는 앵커가 놓입니다.",
        ),
        Misconception(
            "one_side_squared",
            "한쪽 변의 칸을 제곱함",
            _counter(lambda h, w, s: np.ceil(w / s) ** 2),
            "한쪽 변의 칸을 제곱하셨습니다. 이미지는 정사각형이 아닐 수 있습니다.",
            (_counter(lambda h, w, s: np.ceil(h / s) ** 2),),
        ),
        Misconception(
            "rounded_after_product",
            "두 변을 곱한 다음에 올림함",
            _counter(lambda h, w, s: np.ceil(h / s * w / s)),
            "넓이를 나눈 다음에 올렸습니다. 칸은 줄을 맞추어 놓이니 두 변을 따로 세어 보세요.",
        ),
        Misconception(
            "one_axis_only",
            "한쪽 변의 칸만 셈",
            _counter(lambda h, w, s: np.ceil(h / s)),
            "한쪽 변의 칸만 세었습니다. 칸은 가로로도 세로로도 놓입니다.",
        ),
        Misconception(
            "same_stride_once",
            "같은 스트라이드를 한 번만 셈",
            lambda rows, image_size: int(
                sum(_cells(*image_size, s) for s in np.unique(np.asarray(rows, float)[:, 0]))
            ),
            "스트라이드가 같은 행을 한 번만 세었습니다. 한 칸에 모양이 셋이면 앵커도 셋입니다.",
        ),
        Misconception(
            "rows_only",
            "칸은 세지 않고 모양만 셈",
            lambda rows, image_size: len(rows),
            "모양의 수를 세었습니다. 모양 하나가 칸마다 놓이면 앵커는 몇 개가 되나요?",
        ),
        Misconception(
            "every_pixel",
            "앵커를 픽셀마다 놓음",
            _counter(lambda h, w, s: h * w),
            "앵커를 픽셀마다 놓았습니다. 앵커의 중심은 몇 픽셀 간격인가요?",
        ),
        Misconception(
            "scale_as_stride",
            "스트라이드 대신 스케일로 나눔",
            lambda rows, image_size: int(
                sum(_cells(*image_size, s) for s in np.asarray(rows, float)[:, 1])
            ),
            "앵커의 크기로 나누었습니다. 앵커의 수를 정하는 것은 크기가 아니라 간격입니다.",
        ),
        Misconception(
            "all_rows_everywhere",
            "모든 모양을 모든 스트라이드에 놓음",
            lambda rows, image_size: int(
                len(rows)
                * sum(_cells(*image_size, s) for s in np.unique(np.asarray(rows, float)[:, 0]))
            ),
            "모든 모양을 모든 스트라이드에 놓았습니다. 한 행의 모양은 그 행의 스트라이드에만 "
            "놓입니다.",
        ),
    ),
)

# ── nearest_anchor_iou ──────────────────────────────────────────────────────────────────────


def nearest_anchor_iou(boxes, rows):
    """박스마다, 행마다, 가장 가까운 칸에 놓인 앵커와의 IoU를 구합니다.

    Args:
        boxes: (N, 4) 배열 [x1, y1, x2, y2], 픽셀. N은 0일 수도 있습니다.
        rows: (K, 3) 배열. 한 행이 [스트라이드, 스케일, 종횡비]. K는 0일 수도 있습니다.

    Returns:
        (N, K) 실수 배열. i번 박스와, 그 중심에서 가장 가까운 k번 행의 앵커 사이의 IoU.
    """
    boxes = np.asarray(boxes, float)[:, None]
    stride, scale, ratio = np.asarray(rows, float).T
    half = np.stack([scale / np.sqrt(ratio), scale * np.sqrt(ratio)], axis=1) / 2
    middle = (boxes[..., :2] + boxes[..., 2:]) / 2
    center = (np.floor(middle / stride[:, None]) + 0.5) * stride[:, None]
    low = np.maximum(boxes[..., :2], center - half)
    high = np.minimum(boxes[..., 2:], center + half)
    inner = np.clip(high - low, 0, None).prod(axis=2)
    area = (boxes[..., 2:] - boxes[..., :2]).prod(axis=2)
    return inner / (area + scale**2 - inner)


def _nearest_cases(rng):
    one, row = np.array([[20.0, 30, 60, 110]]), np.array([[16.0, 60, 2]])
    return [
        Case("박스 하나와 행 하나", (one, row)),
        Case("칸의 중심에 꼭 놓인 박스", (np.array([[4.0, 4, 44, 44]]), np.array([[16.0, 40, 1]]))),
        Case("누운 앵커와 선 앵커", (one, np.array([[16.0, 60, 0.5], [16, 60, 2]]))),
        Case("간격이 다른 행들", (random_boxes(rng, 4), np.array([[8.0, 80, 1], [32, 80, 1]]))),
        Case("무작위 박스와 무작위 행", (random_boxes(rng, 6), _random_rows(rng, 5))),
        Case("아주 작은 박스", (random_boxes(rng, 4) / 20, np.array([[32.0, 6, 1], [8, 6, 1.5]]))),
        Case("앵커 안에 든 박스", (random_boxes(rng, 3), np.array([[16.0, 300, 1.5]]))),
        Case("정수 배열", (np.array([[3, 5, 40, 90], [100, 20, 131, 47]]), np.array([[8, 40, 2]]))),
        Case("float32 배열", (random_boxes(rng, 3).astype("f4"), _random_rows(rng, 2))),
        Case("박스가 없는 입력", (np.zeros((0, 4)), _random_rows(rng, 3)), edge=True),
        Case("행이 없는 입력", (random_boxes(rng, 2), np.zeros((0, 3))), edge=True),
    ]


def _changed(rows, **columns):
    """열 몇 개를 ``식(스트라이드, 스케일, 종횡비)``으로 바꾼 설계."""
    rows = np.array(rows, float).reshape(-1, 3)
    names = ("stride", "scale", "ratio")
    new = [columns.get(n, lambda *r, i=i: r[i])(*rows.T) for i, n in enumerate(names)]
    return np.stack(new, axis=1)


def _nearest_with(**columns):
    return lambda boxes, rows: nearest_anchor_iou(boxes, _changed(rows, **columns))


def _sized_anchor(sides):
    """앵커의 너비와 높이를 ``sides(스케일, 종횡비)``로 구하는 구현."""

    def as_row(rows):
        stride, scale, ratio = np.array(rows, float).reshape(-1, 3).T
        width, height = sides(scale, ratio)
        return np.stack([stride, np.sqrt(width * height), height / width], axis=1)

    return lambda boxes, rows: nearest_anchor_iou(boxes, as_row(rows))


def _at_centers(locate):
    """중심을 ``locate(중심, 스트라이드)``로 고르는 구현."""

    def wrong(boxes, rows):
        boxes = np.asarray(boxes, float)
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        out = np.zeros((len(boxes), len(rows)))
        for k, row in enumerate(np.asarray(rows, float)):
            # 박스를 옮겨 놓고 보면, 고른 중심이 가장 가까운 칸의 중심이 됩니다.
            away = middle - locate(middle, row[0])
            put = np.tile(away, 2) + row[0] / 2 + (boxes - np.tile(middle, 2))
            out[:, k] = _iou_at(put, row)
        return out

    return wrong


def _unclipped(inner_of):
    """겹친 너비와 높이에서 ``inner_of``로 넓이를 구하는 구현."""

    def wrong(boxes, rows):
        boxes = np.asarray(boxes, float)
        stride, scale, ratio = np.asarray(rows, float).T
        half = np.stack([scale / np.sqrt(ratio), scale * np.sqrt(ratio)], axis=1) / 2
        middle = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
        center = (np.floor(middle / stride[:, None]) + 0.5) * stride[:, None]
        low = np.maximum(boxes[:, None, :2], center - half)
        high = np.minimum(boxes[:, None, 2:], center + half)
        inner = inner_of(high - low)
        return inner / ((boxes[:, 2:] - boxes[:, :2]).prod(axis=1)[:, None] + scale**2 - inner)

    return wrong


def _iou_at(boxes, row):
    """중심이 (스트라이드/2, 스트라이드/2)인 앵커 하나와의 IoU."""
    stride, scale, ratio = row
    half = np.array([scale / np.sqrt(ratio), scale * np.sqrt(ratio)]) / 2
    low = np.maximum(boxes[:, :2], stride / 2 - half)
    high = np.minimum(boxes[:, 2:], stride / 2 + half)
    inner = np.clip(high - low, 0, None).prod(axis=1)
    return inner / ((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + scale**2 - inner)


NEAREST_ANCHOR_IOU = Exercise(
    name="nearest_anchor_iou",
    reference=nearest_anchor_iou,
    cases=_nearest_cases,
    returns="(N, K) IoU 배열",
    rules=(
        _SCALE,
        "앵커의 중심은 `(i + 0.5) × 스트라이드`이고, 이미지의 끝은 생각하지 않습니다.",
        EMPTY_MATRIX.replace("M", "K"),
        FLOAT_RESULT,
        KEEP_INPUT,
    ),
    allows=("box_area", "box_convert", "box_iou"),
    layout="pairs",
    misconceptions=(
        Misconception(
            "ratio_upside_down",
            "종횡비를 너비/높이로 읽음",
            _nearest_with(ratio=lambda stride, scale, ratio: 1 / ratio),
            "앵커가 누웠습니다. 종횡비 2는 높이가 너비의 두 배라는 뜻입니다. 앵커 하나의 너비와 "
            "높이를 출력해 보세요.",
        ),
        Misconception(
            "scale_as_width",
            "스케일을 너비로 씀",
            _nearest_with(scale=lambda stride, scale, ratio: scale * np.sqrt(ratio)),
            "스케일을 너비로 썼습니다. 종횡비를 바꾸어도 앵커의 넓이는 그대로여야 합니다.",
        ),
        Misconception(
            "width_is_scale_over_ratio",
            "너비를 스케일 ÷ 종횡비로 구함",
            _sized_anchor(lambda scale, ratio: (scale / ratio, scale)),
            "너비를 스케일 ÷ 종횡비로 구하셨습니다. 그러면 종횡비를 바꿀 때 넓이도 바뀝니다. "
            "너비와 "
            "높이를 곱해 스케일의 제곱이 되는지 보세요.",
            (_sized_anchor(lambda scale, ratio: (scale / ratio, scale * ratio)),),
        ),
        Misconception(
            "full_size_from_center",
            "중심에서 변 전체만큼 뻗음",
            _nearest_with(scale=lambda stride, scale, ratio: 2 * scale),
            "앵커가 두 배로 커졌습니다. 중심에서 한쪽 끝까지는 변의 얼마인가요?",
        ),
        Misconception(
            "scale_as_area",
            "스케일을 넓이로 씀",
            _nearest_with(scale=lambda stride, scale, ratio: np.sqrt(scale)),
            "스케일을 넓이로 썼습니다. 스케일은 이미 넓이의 제곱근이고 단위는 픽셀입니다.",
        ),
        Misconception(
            "scale_in_cells",
            "스케일에 스트라이드를 곱함",
            _nearest_with(scale=lambda stride, scale, ratio: scale * stride),
            "스케일에 스트라이드를 곱했습니다. 이 설계의 스케일은 칸의 수가 아니라 픽셀입니다.",
        ),
        Misconception(
            "cell_corners",
            "앵커를 칸의 모서리에 놓음",
            _at_centers(lambda middle, stride: np.round(middle / stride) * stride),
            "앵커를 칸의 모서리에 놓았습니다. 중심의 식에 0.5가 있습니다.",
        ),
        Misconception(
            "top_left_corner_of_cell",
            "칸의 왼쪽 위를 중심으로 씀",
            _at_centers(lambda middle, stride: np.floor(middle / stride) * stride),
            "칸의 왼쪽 위 모서리를 중심으로 썼습니다. 칸의 가운데는 거기서 얼마나 떨어져 있나요?",
        ),
        Misconception(
            "next_cell",
            "옆 칸의 앵커를 고름",
            _at_centers(lambda middle, stride: (np.round(middle / stride) + 0.5) * stride),
            "옆 칸의 앵커를 골랐습니다. 반올림한 번호에 0.5를 더하면 가장 가까운 중심이 아닐 수 "
            "있습니다. 중심이 9이고 스트라이드가 16이면 몇 번 칸인가요?",
        ),
        Misconception(
            "shape_only",
            "자리는 빼고 모양만 견줌",
            _at_centers(lambda middle, stride: middle),
            "중심을 겹쳐 놓고 모양만 견주었습니다. 앵커는 정해진 칸에만 놓이므로 자리가 어긋난 "
            "만큼 덜 겹칩니다.",
        ),
        Misconception(
            "negative_times_negative",
            "음수 너비와 높이를 그대로 곱함",
            _unclipped(lambda size: size.prod(axis=2)),
            "앵커가 작으면 가장 가까운 앵커와도 겹치지 않을 수 있습니다. 그때 겹친 너비나 높이는 "
            "음수로 나옵니다. 곱하기 전에 할 일이 있습니다.",
        ),
        Misconception(
            "clamped_after_product",
            "곱한 다음에 0으로 막음",
            _unclipped(lambda size: np.maximum(size.prod(axis=2), 0)),
            "0으로 막는 곳이 늦었습니다. 겹친 너비와 높이가 둘 다 음수이면 곱은 이미 양수입니다.",
        ),
        Misconception(
            "transposed",
            "행과 열을 바꿈",
            lambda boxes, rows: nearest_anchor_iou(boxes, rows).T,
            "행과 열이 바뀌었습니다. 박스가 행, 설계의 행이 열입니다.",
        ),
    ),
)

# ── design_anchors ──────────────────────────────────────────────────────────────────────────


def design_anchors(boxes, image_size, budget):
    """박스에 맞는 앵커를 예산 안에서 고릅니다.

    Args:
        boxes: (N, 4) 배열 [x1, y1, x2, y2], 픽셀. N은 0일 수도 있습니다.
        image_size: (높이, 너비), 픽셀.
        budget: 이미지 한 장에 놓을 수 있는 앵커의 수.

    Returns:
        (K, 3) 실수 배열. 한 행이 [스트라이드, 스케일, 종횡비]. K는 스스로 정합니다.
    """
    if len(boxes) == 0:
        return np.zeros((0, 3))
    width, height = (boxes[:, 2:] - boxes[:, :2]).astype(float).T
    scales = np.quantile(np.sqrt(width * height), np.linspace(0.1, 0.9, 8))
    ratios = np.quantile(height / width, np.linspace(0.1, 0.9, 5))
    rows = np.array([[s, a, r] for s in (8.0, 16.0, 32.0) for a in scales for r in ratios])
    cost = np.array([count_anchors(row[None], image_size) for row in rows])
    # 박스가 놓일 자리는 모르므로, 칸 안의 여러 자리로 옮긴 박스를 덮는 행을 고릅니다.
    places = [[0, 0], [4, 12], [12, 4], [20, 28], [28, 20]]
    moved = np.concatenate([boxes + np.tile(place, 2) for place in places])
    covered = nearest_anchor_iou(moved, rows) >= 0.5
    chosen, left = [], np.ones(len(moved), bool)
    while True:
        # 아직 덮이지 않은 박스를, 앵커 하나에 가장 많이 덮는 행을 더합니다.
        gain = covered[left].sum(axis=0) / cost
        gain[cost > budget - cost[chosen].sum()] = 0
        if gain.max() == 0:
            return rows[chosen]
        chosen.append(int(gain.argmax()))
        left &= ~covered[:, chosen[-1]]


class _Family(NamedTuple):
    """물체의 갈래: (몫, 중앙값, 로그의 표준편차)로 적은 크기와 종횡비의 봉우리들."""

    story: str
    sizes: tuple
    ratios: tuple


_FAMILIES = (
    _Family(
        "교차로의 신호등",
        ((0.6, 36, 0.25), (0.4, 84, 0.3)),
        ((0.85, 2.7, 0.12), (0.15, 1.6, 0.1)),
    ),
    _Family(
        "책꽂이의 책등",
        ((0.5, 60, 0.25), (0.5, 120, 0.25)),
        ((0.8, 6, 0.25), (0.2, 4, 0.2)),
    ),
    _Family(
        "주차장의 번호판",
        ((0.5, 36, 0.25), (0.5, 90, 0.3)),
        ((0.7, 0.23, 0.12), (0.3, 0.45, 0.12)),
    ),
    _Family(
        "현미경의 막대 세균",
        ((0.6, 32, 0.2), (0.4, 64, 0.25)),
        ((0.7, 0.3, 0.2), (0.3, 0.55, 0.12)),
    ),
    _Family(
        "진열대의 병",
        ((0.5, 50, 0.3), (0.5, 110, 0.25)),
        ((0.6, 3, 0.15), (0.4, 1.8, 0.12)),
    ),
)


def _pick(rng, modes, count):
    share, middle, spread = np.array(modes).T
    kind = rng.choice(len(modes), count, p=share)
    return middle[kind] * np.exp(rng.normal(0, spread[kind]))


def _draw(rng, family, image_size, zoom, count, power=1):
    """``zoom``배로 찍은 물체들. 종횡비의 ``power``가 -1이면 사진기를 눕혀 찍은 것입니다."""
    scale, ratio = _pick(rng, family.sizes, count) * zoom, _pick(rng, family.ratios, count) ** power
    most = 0.8 * np.array(image_size[::-1])
    size = np.minimum(np.stack([scale / np.sqrt(ratio), scale * np.sqrt(ratio)], axis=1), most)
    low = rng.uniform(0, np.array(image_size[::-1]) - size)
    return np.concatenate([low, low + size], axis=1).round(1)


# 찾을 때와 잴 때 옮기는 자리가 다릅니다. 같으면 알려진 가장 좋은 설계만 답을 보고 고른 셈입니다.
_SEARCHED = np.array([[0, 0], [5, 19], [9, 29], [17, 9], [23, 22], [27, 4]])
_MEASURED = np.array([[3, 26], [11, 7], [21, 14], [30, 1]])


def _moved(boxes, places):
    return (np.asarray(boxes, float) + np.tile(places, 2)[:, None]).reshape(-1, 4)


def _shares(boxes, rows):
    """(N,) 박스마다, 옮긴 자리 가운데 덮인 자리의 비율."""
    if not len(rows):
        return np.zeros(len(boxes))
    iou = nearest_anchor_iou(_moved(boxes, _MEASURED), rows)
    return (iou.max(axis=1) >= COVERED).reshape(-1, len(boxes)).mean(axis=0)


def _recall(boxes, rows):
    """자리를 옮겨 가며 잰, 덮인 박스의 비율."""
    return float(_shares(boxes, rows).mean())


def _by_size(boxes, rows):
    """크기로 셋으로 나눈 재현율. 어디서 놓치는지 보여 줍니다."""
    order = np.argsort((boxes[:, 2:] - boxes[:, :2]).prod(axis=1), kind="stable")
    thirds = [part.mean() for part in np.array_split(_shares(boxes, rows)[order], 3)]
    names = ("작은 쪽", "가운데", "큰 쪽")
    return ", ".join(f"{name} {part:.2f}" for name, part in zip(names, thirds, strict=True))


# 기억해 둔 것은 부르지 않고도 꺼낼 수 있으므로, 답이 되는 행은 기억하지 않습니다.
@lru_cache(maxsize=256)
def _best_known(data, image_size, budget):
    """알려진 가장 좋은 설계의 재현율. ``data``는 박스의 바이트입니다.

    한 행씩 더하고, 더 나아지지 않을 때까지 바꾸어 봅니다.
    """
    boxes = np.frombuffer(data).reshape(-1, 4)
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    scales = np.unique(np.quantile(np.sqrt(width * height), np.linspace(0.02, 0.98, 14)))
    ratios = np.unique(np.quantile(height / width, np.linspace(0.05, 0.95, 7)))
    rows = np.array([[s, a, r] for s in STRIDES for a in scales for r in ratios])
    cost = np.array([count_anchors(row[None], image_size) for row in rows])
    covered = nearest_anchor_iou(_moved(boxes, _SEARCHED), rows) >= COVERED

    def gains(chosen):
        base = covered[:, chosen].any(axis=1)
        fits = cost <= budget - cost[chosen].sum()
        return np.where(fits, covered[~base].sum(axis=0), 0)

    def fill(chosen, weight):
        while (gain := gains(chosen)).max() > 0:
            chosen = [*chosen, int((gain / weight).argmax())]
        return chosen

    def found(chosen):
        return covered[:, chosen].any(axis=1).sum()

    chosen, better = fill([], cost), True
    while better:
        better = False
        for number in range(len(chosen)):
            tried = fill(chosen[:number] + chosen[number + 1 :], 1)
            if found(tried) > found(chosen):
                chosen, better = tried, True
                break
    return _recall(boxes, rows[chosen])


def _best_for(boxes, image_size, budget):
    data = np.ascontiguousarray(boxes, dtype=np.float64).tobytes()
    return _best_known(data, tuple(map(int, image_size)), int(budget))


# 설계의 열을 이렇게 바꾸면 합격한다면, 그 오개념으로 봅니다. 어떤 방법으로 골랐든 알아봅니다.
_REPAIRS = {
    "ratio_upside_down": {"ratio": lambda stride, scale, ratio: 1 / ratio},
    "area_as_scale": {"scale": lambda stride, scale, ratio: np.sqrt(scale)},
    "scale_in_cells": {"scale": lambda stride, scale, ratio: scale * stride},
    "half_side": {"scale": lambda stride, scale, ratio: scale * 2},
    "scale_is_width": {"scale": lambda stride, scale, ratio: scale * np.sqrt(ratio)},
    "scale_is_height": {"scale": lambda stride, scale, ratio: scale / np.sqrt(ratio)},
}


def _first_column(rows):
    """첫 열이 스트라이드가 아닐 때 알아본 오개념의 이름."""
    if np.isin(rows[:, 1:], STRIDES).all(axis=0).any():
        return "columns_exchanged"
    return "other_stride" if (np.log2(rows[:, 0]) % 1 == 0).all() else "stride_column"


def _across(answers):
    """어떤 박스를 넣어도 한 표의 행들만 돌려주면 그 오개념의 이름."""
    tables = [set(map(tuple, rows)) for rows in answers if rows.ndim == 2 and len(rows)]
    same = len(tables) > 1 and max(map(len, tables)) == len(set().union(*tables))
    return "same_rows" if same else None


def _alike(values):
    return len(values) and values.max() <= 1.1 * values.min()


# 앞의 것부터 봅니다.
_HABITS = {
    "dense_only": lambda rows: (rows[:, 0] == min(STRIDES)).all(),
    "one_shape": lambda rows: _alike(rows[:, 1]) and _alike(rows[:, 2]),
    "squares_only": lambda rows: np.allclose(rows[:, 2], 1, atol=0.1),
    "default_ratios": lambda rows: np.isin(rows[:, 2].round(3), (0.5, 1, 2)).all(),
    "one_scale": lambda rows: _alike(rows[:, 1]),
    "coarse_only": lambda rows: (rows[:, 0] == max(STRIDES)).all(),
}


def _appraise(args, rows):
    boxes, image_size, budget = args
    if not len(boxes):
        return Appraisal("박스가 없는데 앵커를 놓았습니다." if len(rows) else None)
    rows = np.asarray(rows, float)
    if not (np.isfinite(rows) & (rows > 0)).all():
        return Appraisal("스트라이드, 스케일, 종횡비는 모두 0보다 큰 수여야 합니다.")
    if not np.isin(rows[:, 0], STRIDES).all():
        odd = rows[~np.isin(rows[:, 0], STRIDES), 0][0]
        odd = with_particle(f"{odd:g}", "은/는")
        told = f"스트라이드 {odd} 쓸 수 없습니다. 첫 열은 8, 16, 32 가운데 하나입니다."
        return Appraisal(told, _first_column(rows))
    count, best = count_anchors(rows, image_size), _best_for(boxes, image_size, budget)
    recall, line = _recall(boxes, rows), SHARE_OF_BEST * best
    told = f"{recall:.3f} (합격선 {line:.3f}, 알려진 가장 좋은 설계 {best:.3f})"
    if recall > best and count <= budget:
        told += ". 알려진 것보다 낫습니다"
    notes = (("재현율", told), ("앵커 수", f"{count:,}개 (예산 {budget:,}개)"))
    if len(boxes) >= 3:
        notes += (("크기로 나눈 재현율", _by_size(boxes, rows)),)
    if count > budget:
        name = "fixed_rows" if count <= 2 * budget else "over_budget"
        name = "every_box" if len(rows) >= len(boxes) > 1 else name
        return Appraisal(f"앵커가 예산보다 {count - budget:,}개 많습니다.", name, notes)
    if recall >= line:
        return Appraisal(None, None, notes, recall - line)
    reached = with_particle(f"{recall:.3f}", "으로/로")
    told = f"재현율이 {reached} 합격선 {line:.3f}에 못 미칩니다."
    return Appraisal(told, _habit(boxes, rows, recall, line), notes)


def _habit(boxes, rows, recall, line):
    if not len(rows):
        return None
    repaired = {
        name: _recall(boxes, _changed(rows, **columns)) for name, columns in _REPAIRS.items()
    }
    name = max(repaired, key=repaired.get)
    if repaired[name] >= max(line, recall + 0.1):
        return name
    return next((name for name, has in _HABITS.items() if has(rows)), None)


def _design_cases(brief, rng):
    family = brief.family

    def case(label, zoom, image_size=(480, 640), power=1):
        budget = int(rng.integers(70, 110)) * 100
        boxes = _draw(rng, family, image_size, zoom, 60, power)
        return Case(label, (boxes, image_size, budget))

    middle = rng.uniform(0.9, 1.2)
    boxes, *rest = case("float32", middle).args
    return [
        Case("내 데이터", (brief.boxes, brief.image_size, brief.budget)),
        case("멀리서 찍은 데이터", 0.85),
        case("가까이에서 찍은 데이터", 1.8),
        case("사진기를 눕혀 찍은 데이터", 1.0, power=-1),
        case("가로세로를 따로 늘인 데이터", 1.0, power=0.4),
        case("세로로 긴 사진", middle, (640, 416)),
        case("다른 날의 데이터", middle * rng.uniform(0.85, 1.15)),
        Case("float32 배열", (boxes.astype("f4"), *rest)),
        Case("박스 하나", (np.array([[100.0, 80, 290, 300]]), (480, 640), 6000), edge=True),
        Case("박스가 없는 입력", (np.zeros((0, 4)), (480, 640), 6000), edge=True),
    ]


@dataclass(frozen=True, eq=False, repr=False)
class AnchorBrief:
    """:func:`anchor_brief`가 보여 주는 설계 의뢰. 노트북 칸의 마지막 줄에 두면 보입니다.

    Attributes:
        number: 학번.
        boxes: (N, 4) 박스 [x1, y1, x2, y2]. 망에 들어가는 그림의 픽셀.
        image_size: (높이, 너비), 픽셀.
        budget: 이미지 한 장에 놓을 수 있는 앵커의 수.
    """

    number: int
    boxes: np.ndarray
    image_size: tuple
    budget: int
    family: _Family

    def measure(self, rows):
        """설계를 재 봅니다. 검사와 같은 방법이고, 몇 번이든 할 수 있습니다.

        Args:
            rows: (K, 3) 배열. 한 행이 [스트라이드, 스케일, 종횡비].

        Returns:
            :class:`CheckResult`.
        """
        title = f"재 보기 · 학번 {self.number}의 데이터"
        try:
            rows = np.array(rows, float).reshape(-1, 3)
        except (TypeError, ValueError):
            return CheckResult(title, "failed", "(K, 3) 모양의 숫자 배열이 필요합니다.")
        found = _appraise((self.boxes, self.image_size, self.budget), rows)
        status = "failed" if found.problem else "passed"
        hint = next((m.hint for m in _DESIGN_MISTAKES if m.name == found.misconception), None)
        told = found.problem or "합격선을 넘었습니다."
        return CheckResult(title, status, told, found.misconception, hint, found.notes)

    def _lines(self):
        h, w = self.image_size
        best = _best_for(self.boxes, self.image_size, self.budget)
        yield f"{self.family.story} {len(self.boxes)}개, 이미지 (높이, 너비) = ({h}, {w})"
        yield f"앵커 예산: 이미지 한 장에 {self.budget:,}개"
        yield (
            f"합격선: IoU {COVERED} 이상으로 덮인 박스의 비율 {SHARE_OF_BEST * best:.3f} "
            f"(알려진 가장 좋은 설계 {best:.3f}의 {SHARE_OF_BEST:.0%})"
        )

    def __str__(self):
        title = f"설계 의뢰 · 학번 {self.number}"
        return "\n".join([title, *(f"  {line}" for line in self._lines())])

    __repr__ = __str__

    def _repr_html_(self):
        lines = "".join(f"<li>{escape(line)}</li>" for line in self._lines())
        return f"<div><strong>설계 의뢰 · 학번 {self.number}</strong><ul>{lines}</ul></div>"


def anchor_brief(student_number):
    """학번으로 정해지는 설계 의뢰를 펼칩니다. 같은 학번이면 언제나 같은 데이터입니다.

    Args:
        student_number: 학번. 0 이상의 정수나 숫자로만 된 문자열.

    Returns:
        :class:`AnchorBrief`.

    Raises:
        ValueError: 학번이 정수나 숫자 문자열이 아닐 때.

    Examples:
        >>> brief = anchor_brief(20260001)
        >>> brief.boxes.shape, brief.image_size
        ((60, 4), (480, 640))
        >>> brief.measure([[16, 60, 1]]).status
        'failed'
    """
    return _brief(read_number(student_number))


@lru_cache(maxsize=64)
def _brief(number):
    rng = np.random.default_rng([number, 6])
    family, size = _FAMILIES[rng.integers(len(_FAMILIES))], (480, 640)
    boxes = _draw(rng, family, size, rng.uniform(0.85, 1.25), 60)
    return AnchorBrief(number, boxes, size, int(rng.integers(70, 110)) * 100, family)


def _from_answer(**columns):
    """옳은 설계의 열을 잘못 적은 것."""
    return lambda *args: _changed(_answer(*args), **columns)


def _answer(*args):
    return design_anchors(*args)


def _sizes(boxes):
    width, height = (boxes[:, 2:] - boxes[:, :2]).astype(float).T
    return np.sqrt(width * height), height / width


def _laid_out(make):
    """박스가 있을 때만 ``make(스케일, 종횡비)``로 행을 만드는 설계."""

    def wrong(boxes, image_size, budget):
        if not len(boxes):
            return np.zeros((0, 3))
        return np.array([row for row in make(*_sizes(boxes))], float).reshape(-1, 3)

    return wrong


def _grid_of(stride, scales, ratios):
    return [[stride, scale, ratio] for scale in scales for ratio in ratios]


def _trimmed(boxes, image_size, budget):
    """적어 둔 표를 예산에 드는 데까지 돌려주는 설계."""
    table = np.array([[32, 110, 3], [32, 60, 2], [16, 40, 3], [16, 70, 2], [16, 30, 3], [8, 20, 2]])
    cost = np.cumsum([count_anchors(row[None], image_size) for row in table])
    return table[cost <= budget] * 1.0 if len(boxes) else np.zeros((0, 3))


_THREE = (0.2, 0.5, 0.8)

_DESIGN_MISTAKES = (
    Misconception(
        "ratio_upside_down",
        "종횡비를 너비/높이로 적음",
        _from_answer(ratio=lambda stride, scale, ratio: 1 / ratio),
        "너비/높이를 적으셨네요. 셋째 열을 뒤집으면 합격선을 넘습니다. 서 있는 물체의 종횡비"
        "(높이/너비)는 1보다 큰가요, 작은가요?",
    ),
    Misconception(
        "area_as_scale",
        "스케일 자리에 넓이를 적음",
        _from_answer(scale=lambda stride, scale, ratio: scale**2),
        "둘째 열이 넓이입니다. 스케일의 단위는 픽셀이지 제곱 픽셀이 아닙니다.",
    ),
    Misconception(
        "scale_in_cells",
        "스케일을 칸의 수로 적음",
        _from_answer(scale=lambda stride, scale, ratio: scale / stride),
        "둘째 열을 특징 맵의 칸으로 재셨습니다. 스케일은 망에 들어가는 그림의 픽셀입니다.",
    ),
    Misconception(
        "half_side",
        "변의 절반을 스케일로 적음",
        _from_answer(scale=lambda stride, scale, ratio: scale / 2),
        "앵커가 물체의 절반 크기입니다. 중심에서 끝까지가 아니라 변 전체로 재어 보세요.",
    ),
    Misconception(
        "scale_is_width",
        "스케일 자리에 너비를 적음",
        _from_answer(scale=lambda stride, scale, ratio: scale / np.sqrt(ratio)),
        "둘째 열에 너비를 적으셨습니다. 스케일은 너비도 높이도 아니고 넓이에서 나옵니다.",
    ),
    Misconception(
        "scale_is_height",
        "스케일 자리에 높이를 적음",
        _from_answer(scale=lambda stride, scale, ratio: scale * np.sqrt(ratio)),
        "둘째 열에 높이를 적으셨습니다. 길쭉한 물체에서 높이와 스케일은 많이 다릅니다.",
    ),
    Misconception(
        "one_shape",
        "모양을 하나만 둠",
        _laid_out(lambda scale, ratio: [[16, scale.mean(), ratio.mean()]]),
        "모양이 하나뿐입니다. 평균인 물체는 드뭅니다. 크기와 종횡비의 히스토그램에 봉우리가 몇 개 "
        "있나요?",
    ),
    Misconception(
        "one_scale",
        "스케일을 하나만 둠",
        _laid_out(lambda scale, ratio: _grid_of(16, [scale.mean()], np.quantile(ratio, _THREE))),
        "스케일이 하나뿐입니다. 가장 작은 물체와 가장 큰 물체는 몇 배 다른가요?",
    ),
    Misconception(
        "squares_only",
        "정사각형 앵커만 둠",
        _laid_out(lambda scale, ratio: _grid_of(16, np.quantile(scale, _THREE), [1])),
        "정사각형 앵커뿐입니다. 길쭉한 물체와 정사각형은 넓이가 같아도 절반도 겹치지 않을 수 "
        "있습니다.",
    ),
    Misconception(
        "default_ratios",
        "흔한 기본 종횡비를 그대로 씀",
        _laid_out(lambda scale, ratio: _grid_of(32, np.quantile(scale, _THREE), [0.5, 1, 2])),
        "종횡비가 흔한 기본값 0.5, 1, 2입니다. 이 데이터의 종횡비를 재어 보셨나요?",
    ),
    Misconception(
        "dense_only",
        "가장 촘촘한 스트라이드만 씀",
        _laid_out(lambda scale, ratio: [[8, np.median(scale), np.median(ratio)]]),
        "가장 촘촘한 스트라이드에 예산을 다 썼습니다. 큰 물체도 그만큼 촘촘해야 할까요?",
    ),
    Misconception(
        "coarse_only",
        "가장 성긴 스트라이드만 씀",
        _laid_out(
            lambda scale, ratio: _grid_of(
                32, np.quantile(scale, np.linspace(0.1, 0.9, 6)), np.quantile(ratio, _THREE)
            )
        ),
        "스트라이드가 모두 가장 성깁니다. 작은 물체는 중심 사이에 통째로 들어갈 수 있습니다.",
    ),
    Misconception(
        "every_box",
        "박스마다 앵커를 하나씩 둠",
        _laid_out(lambda scale, ratio: np.stack([np.full(len(scale), 16), scale, ratio], axis=1)),
        "박스마다 앵커를 하나씩 두었습니다. 외운 것은 다음 사진에서 쓸모가 없고, 예산도 넘습니다. "
        "비슷한 박스를 묶어 보세요.",
    ),
    Misconception(
        "over_budget",
        "모든 조합을 놓아 예산을 넘김",
        _laid_out(
            lambda scale, ratio: [
                row
                for stride in STRIDES
                for row in _grid_of(stride, np.quantile(scale, _THREE), np.quantile(ratio, _THREE))
            ]
        ),
        "모든 조합을 다 놓아 예산을 넘었습니다. 앵커 하나에 박스를 얼마나 더 덮는지 견주어 보세요.",
    ),
    Misconception(
        "fixed_rows",
        "예산을 보지 않고 행 수를 정함",
        _laid_out(
            lambda scale, ratio: _grid_of(
                16, np.quantile(scale, np.linspace(0.1, 0.9, 5)), np.quantile(ratio, [0.3, 0.7])
            )
        ),
        "예산을 조금 넘었습니다. 예산은 데이터마다 다릅니다. 행의 수를 정해 두지 말고 `budget`을 "
        "보며 더하거나 빼 보세요.",
    ),
    Misconception(
        "stride_column",
        "스트라이드 자리에 칸의 수를 적음",
        _from_answer(stride=lambda stride, scale, ratio: 480 / stride),
        "첫 열이 스트라이드가 아닙니다. 칸의 수가 아니라 칸 사이의 간격을 픽셀로 적어 주세요.",
    ),
    Misconception(
        "columns_exchanged",
        "열의 차례를 바꿈",
        lambda *args: _answer(*args)[:, [1, 0, 2]],
        "열의 차례가 다릅니다. 스트라이드가 다른 열에 들어 있습니다. 한 행은 무엇, 무엇, 무엇의 "
        "차례였나요?",
        (lambda *args: _answer(*args)[:, [1, 2, 0]], lambda *args: _answer(*args)[:, [2, 1, 0]]),
    ),
    Misconception(
        "other_stride",
        "없는 특징 맵의 스트라이드를 씀",
        _from_answer(stride=lambda stride, scale, ratio: 2 * stride),
        "간격은 맞지만 그런 특징 맵이 없습니다. 앵커를 놓을 수 있는 특징 맵은 셋뿐입니다. 더 "
        "성기거나 촘촘하게 놓고 싶은 까닭을 스케일과 행의 수로 풀어 보세요.",
    ),
    Misconception(
        "same_rows",
        "박스를 보지 않고 같은 행을 냄",
        _laid_out(lambda scale, ratio: [[16, 60, 3], [32, 100, 3], [32, 150, 2]]),
        "어떤 박스를 넣어도 같은 행을 돌려줍니다. 함수가 받은 `boxes`를 아직 쓰지 않았습니다. "
        "데이터가 바뀌면 무엇이 달라져야 하나요?",
        (_trimmed,),
    ),
)


def _design_exercise(number, reference=None):
    brief = anchor_brief(number)

    def answer(boxes, image_size, budget):
        return _answer(boxes, image_size, budget)

    return Exercise(
        name="design_anchors",
        reference=reference or answer,
        cases=partial(_design_cases, brief),
        misconceptions=_DESIGN_MISTAKES,
        returns="(K, 3) 배열. 한 행이 [스트라이드, 스케일, 종횡비]",
        rules=(
            _SCALE,
            "첫 열의 스트라이드는 8, 16, 32 가운데 하나입니다.",
            "놓는 앵커의 수(`count_anchors`)가 `budget`을 넘으면 안 됩니다.",
            f"행 하나와라도 IoU가 {COVERED} 이상인 박스를 덮인 박스로 셉니다.",
            "재현율은 같은 박스들을 칸 안의 다른 자리로 옮겨 가며 잽니다.",
            f"합격선은 알려진 가장 좋은 설계가 얻은 재현율의 {SHARE_OF_BEST:.0%}입니다.",
            "박스가 하나도 없으면 `(0, 3)` 배열을 돌려줍니다.",
            f"함수는 부를 때마다 {TIME_LIMIT:g}초 안에 끝나야 합니다.",
            KEEP_INPUT,
        ),
        allows=("box_area", "box_convert", "box_iou"),
        layout="whole",
        variant=lru_cache(maxsize=64)(_design_exercise) if reference else None,
        appraise=_appraise,
        across=_across,
    )


DESIGN_ANCHORS = _design_exercise(EXAMPLE_NUMBER, design_anchors)

EXERCISES = (COUNT_ANCHORS, NEAREST_ANCHOR_IOU, DESIGN_ANCHORS)
