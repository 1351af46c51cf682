"""레슨 03, 05, 06이 견주어 말하는 것을 가장 강한 상대와 다시 재어 `notebooks/claims.json`에 씁니다.

uv run python tools/rivals.py                  # 모두 (1분쯤)
uv run python tools/rivals.py 06_anchor_design # 이름을 준 레슨만

학습이 필요한 07과 08의 주장은 `tools/experiments.py`가 씁니다. 양쪽의 설정은 시험에 쓰지 않는
시드에서 고르고, 한 번에 하나씩 바꾸어도 나아지지 않을 때까지 되풀이합니다.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from statistics import mean
from unittest.mock import patch

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from anchorbox_utils import (  # noqa: E402
    AnchorDesign,
    AnchorGrid,
    Dataset,
    LabeledImage,
    anchor_coverage,
    box_statistics,
    grid_matching,
    kmeans_anchors,
    load_coins,
    load_galaxies,
    load_words,
    make_scene,
    match_anchors,
    matching,
    recommend_anchors,
    resize_dataset,
    shape_iou,
)
from anchorbox_utils.design.coverage import best_anchor_iou  # noqa: E402
from tools.benchmark_matching import NEG_THR, POS_THR, make_gt_boxes  # noqa: E402
from tools.claims import summarize_claim, write_claims  # noqa: E402
from tools.experiments import SEEDS, SIDES, merge_searches  # noqa: E402

TUNING_SEEDS = range(100, 105)


@dataclass(frozen=True)
class Side:
    """견주는 한쪽.

    Attributes:
        score: ``score(시드, **설정)``이 점수를 냅니다. 클수록 좋습니다.
        grids: ``{설정의 이름: (찾아볼 값들, 표에 적을 이름)}``.
    """

    score: Callable
    grids: dict

    def average(self, settings):
        return mean(self.score(seed, **settings) for seed in TUNING_SEEDS)

    def tune(self):
        """가운데 값에서 시작해, 하나씩 바꾸어도 나아지지 않는 설정을 찾습니다."""
        settings = {name: grid[len(grid) // 2] for name, (grid, _) in self.grids.items()}
        while True:
            before = dict(settings)
            for name, (grid, _) in self.grids.items():
                scores = [round(self.average({**settings, name: value}), 6) for value in grid]
                best = [i for i, score in enumerate(scores) if score == max(scores)]
                # 점수가 같은 값이 이어지면 그 가운데 것을 고릅니다.
                settings[name] = grid[best[len(best) // 2]]
            # 설정이 하나뿐이면 한 바퀴로 끝납니다. 시간은 잴 때마다 달라 더 돌면 끝나지 않습니다.
            if settings == before or len(self.grids) == 1:
                return settings

    def searches(self, settings):
        return [
            {"parameter": label, "grid": list(grid), "chosen": settings[name]}
            for name, (grid, label) in self.grids.items()
        ]


# --- 03: 격자를 아는 매칭의 시간 ---------------------------------------------------------------


def grid_time(seed, log_pairs):
    return _fastest(retinanet_grid(), seed, grid_matching, "_WINDOW_PAIRS", log_pairs)


def block_time(seed, log_pairs):
    return _fastest(retinanet_grid().boxes, seed, matching, "_BLOCK_PAIRS", log_pairs)


def _fastest(anchors, seed, module, setting, log_pairs):
    """정답 200개의 모든 IoU까지 얻는 속도의 로그(밑 2). 세 번 가운데 가장 빠른 것입니다.

    로그이므로 차이가 곧 배수이고, 컴퓨터의 빠르기와 거의 상관없습니다.
    """
    gt_boxes, seconds = make_gt_boxes(200, (640, 640), seed), []
    with patch.object(module, setting, 1 << log_pairs):
        for _ in range(3):
            start = time.perf_counter()
            result = match_anchors(anchors, gt_boxes, POS_THR, NEG_THR)
            result.iou_max, result.matched_gt  # noqa: B018 - 격자는 물어볼 때 계산합니다.
            seconds.append(time.perf_counter() - start)
    return -math.log2(min(seconds))


@cache
def retinanet_grid():
    return AnchorGrid.preset("retinanet", (640, 640))


# --- 05: 앵커의 수와 크기 ----------------------------------------------------------------------


@cache
def toy_boxes(seed, n_objects=4, size_range=(16, 48), scenes=50):
    rng = np.random.default_rng([5, seed])
    made = [make_scene(rng, n_objects=n_objects, size_range=size_range) for _ in range(scenes)]
    return np.concatenate([scene.boxes for scene in made])


@cache
def best_iou(seed, stride, count, smallest, largest, tallest):
    """스케일 ``count``개 × 종횡비 ``count``개를 깔았을 때 정답마다 최고 IoU의 평균."""
    scales = np.geomspace(smallest, largest, count)
    ratios = np.geomspace(1 / tallest, tallest, count)
    grid = AnchorGrid((240, 320), stride, scales, ratios)
    return float(best_anchor_iou(grid, toy_boxes(seed)).mean())


@cache
def reached(seed, **scales):
    """IoU 0.6 이상인 앵커가 있는 정답의 비율, %."""
    grid = AnchorGrid((240, 320), 8, sorted(scales.values()), [0.5, 1, 2])
    return 100 * float((best_anchor_iou(grid, toy_boxes(seed, 4, (16, 120), 60)) >= 0.6).mean())


SHAPES = {
    "smallest": ((16, 18, 20, 22, 24, 27, 30), "가장 작은 스케일 (px)"),
    "largest": ((34, 37, 40, 44, 48, 54, 60), "가장 큰 스케일 (px)"),
    "tallest": ((1.2, 1.35, 1.5, 1.7, 1.9, 2.1, 2.4), "가장 긴 종횡비"),
}
NINE, FORTY_NINE = (Side(partial(best_iou, stride=16, count=n), SHAPES) for n in (3, 7))
NINE_DENSE = Side(partial(best_iou, stride=8, count=3), SHAPES)


# --- 06: 앵커 설계 -----------------------------------------------------------------------------

DEFAULT = AnchorDesign((4, 8, 16, 32, 64), ((32,), (64,), (128,), (256,), (512,)))


@cache
def photos():
    originals = {"coins": load_coins(), "words": load_words(), "galaxies": load_galaxies()}
    return {name: resize_dataset(d, 800, 1333) for name, d in originals.items()}


@cache
def halves(name, seed):
    """고를 절반과 잴 절반."""
    image = photos()[name].images[0]
    order = np.random.default_rng(seed).permutation(len(image.boxes))
    middle = (len(order) + 1) // 2
    return [
        Dataset([LabeledImage(image.path, image.width, image.height, image.boxes[rows])])
        for rows in (order[:middle], order[middle:])
    ]


@cache
def recall(seed, name, threshold, design, budget=np.inf, **settings):
    """고르지 않은 절반의 재현율, %. 앵커가 ``budget``개를 넘는 설계는 0점입니다."""
    chosen_from, test = halves(name, seed)
    coverage = anchor_coverage(test, design(chosen_from, **settings))
    return 100 * coverage.recall(threshold) if coverage.n_anchors <= budget else 0.0


def recommended(dataset, fit):
    return recommend_anchors(dataset, fit=fit).design


def quantiles(values, tail):
    return tuple(np.quantile(values, [tail, 0.5, 1 - tail]).tolist())


def fitted_ratios(dataset, tail):
    """기본 앵커에서 종횡비 셋만 데이터의 분위수로 바꿉니다."""
    return replace(DEFAULT, ratios=quantiles(box_statistics(dataset).ratios, tail))


def octave(scale, count):
    return tuple(scale * 2 ** (i / count) for i in range(count))


def more_scales(dataset, count, factor=1.0):
    """기본 앵커에서 단계마다 스케일만 늘리고, 모든 스케일에 같은 수를 곱합니다."""
    scales = tuple(octave(factor * scale, count) for (scale,) in DEFAULT.scales)
    return replace(DEFAULT, scales=scales)


def by_hand(dataset, tail, count):
    """기본 앵커에서 쓸모없는 스트라이드 4를 빼고, 종횡비는 분위수로, 스케일은 단계마다 늘립니다."""
    scales = tuple(octave(32 * 2**level, count) for level in range(4))
    return AnchorDesign((8, 16, 32, 64), scales, quantiles(box_statistics(dataset).ratios, tail))


def before_resizing(load, dataset, fit):
    """크기를 조정하기 전의 사진에서 고른 설계."""
    return recommended(resize_dataset(dataset, shape=load().images[0].image_size), fit)


def fitted_scales(dataset, tail):
    return AnchorDesign((16,), quantiles(box_statistics(dataset).sizes, tail), (1,))


@cache
def kmeans_fit(seed, k=5, n_init=5):
    train, test = (box_statistics(half).shapes for half in halves("galaxies", seed))
    return float(shape_iou(test, kmeans_anchors(train, k, seed, n_init).shapes).max(axis=1).mean())


@cache
def euclidean_fit(seed, power, k=5, n_init=5):
    """(너비, 높이)의 ``power`` 제곱을 픽셀 거리로 묶습니다. 1이 보통의 k-평균, 0은 로그입니다."""
    train, test = (box_statistics(half).shapes for half in halves("galaxies", seed))
    points = np.log(train) if power == 0 else train**power
    rng = np.random.default_rng(seed)
    runs = [_lloyd(points, k, rng) for _ in range(n_init)]
    centers = min(runs, key=lambda found: _nearest(points, found).min(axis=1).sum())
    shapes = np.exp(centers) if power == 0 else centers ** (1 / power)
    return float(shape_iou(test, shapes).max(axis=1).mean())


def _nearest(points, centers):
    return ((points[:, None] - centers) ** 2).sum(axis=2)


def _lloyd(points, k, rng):
    centers = points[[rng.integers(len(points))]]
    while len(centers) < k:
        weight = _nearest(points, centers).min(axis=1)
        chosen = rng.choice(len(points), p=weight / weight.sum())
        centers = np.concatenate([centers, points[[chosen]]])
    while True:
        owner = _nearest(points, centers).argmin(axis=1)
        moved = np.stack(
            [
                points[owner == j].mean(axis=0) if (owner == j).any() else centers[j]
                for j in range(k)
            ]
        )
        if np.allclose(moved, centers):
            return centers
        centers = moved


FIT = {"fit": ((0.84, 0.86, 0.88, 0.9, 0.92, 0.94), "묶음의 수를 정하는 평균 IoU")}
TAIL = {"tail": ((0.0, 0.05, 0.1, 0.15, 0.2, 0.25), "분위수의 꼬리")}
COUNT = {"count": ((1, 2, 3, 4, 5, 6), "단계마다 스케일의 수")}
FACTOR = {"factor": ((0.7, 0.8, 0.9, 1.0, 1.1, 1.2), "스케일에 곱하는 수")}
PAIRS = "한 번에 계산할 짝의 수 (2의 거듭제곱)"
# 같은 이미지에 깐 기본 앵커의 수. 추천도 손 설계도 이보다 많이 쓰지 않습니다.
BUDGET = 221_838


def words(threshold, design, grids, budget=BUDGET):
    return Side(
        partial(recall, name="words", threshold=threshold, design=design, budget=budget), grids
    )


def coins(threshold, design, grids):
    return Side(partial(recall, name="coins", threshold=threshold, design=design), grids)


# --- 표 ----------------------------------------------------------------------------------------

# (이름, 주장, 상대, 재는 것, 소수 자리, 우리, 상대). 상대보다 클 때만 주장이 서는 값으로 적습니다.
CLAIMS = {
    "03_labeling": [
        (
            "grid > blocks, 정답 200개의 시간",
            "격자를 아는 매칭이 전체 행렬보다 빠르다 (앵커 76,725개, 정답 200개, 모든 IoU)",
            "캐시에 맞게 토막 낸 NumPy",
            "속도(log₂)",
            1,
            Side(grid_time, {"log_pairs": ((13, 15, 17, 19, 21), PAIRS)}),
            Side(block_time, {"log_pairs": ((13, 15, 16, 17, 19), PAIRS)}),
        ),
    ],
    "05_debugging_checklist": [
        (
            "anchors_49 > anchors_9, 최고 IoU",
            "앵커 49개가 9개보다 정답에 더 가깝다 (스트라이드 16)",
            "크기와 모양을 데이터에 맞춘 9개",
            "최고 IoU",
            3,
            FORTY_NINE,
            NINE,
        ),
        (
            "anchors_9_dense > anchors_49, 최고 IoU",
            "간격을 줄인 9개(스트라이드 8)가 49개(스트라이드 16)보다 정답에 더 가깝다",
            "크기와 모양을 데이터에 맞춘 49개",
            "최고 IoU",
            3,
            NINE_DENSE,
            FORTY_NINE,
        ),
        (
            "three_scales > two_scales, 커버리지",
            "빠진 크기의 앵커를 더하면 닿는 정답이 늘어난다 (스케일 3개)",
            "스케일 2개를 데이터에 맞춘 것",
            "커버리지",
            1,
            Side(
                reached,
                {
                    "small": ((24, 28, 32, 36, 40), "작은 스케일 (px)"),
                    "middle": ((48, 52, 56, 60, 64), "중간 스케일 (px)"),
                    "large": ((70, 80, 90, 100, 110), "큰 스케일 (px)"),
                },
            ),
            Side(
                reached,
                {
                    "small": ((32, 36, 40, 44, 48, 52, 56), "작은 스케일 (px)"),
                    "large": ((60, 65, 70, 75, 80, 85, 90, 100), "큰 스케일 (px)"),
                },
            ),
        ),
    ],
    "06_anchor_design": [
        (
            "fitted_ratios > more_scales, words@0.5",
            "낱말: 종횡비를 맞추면 재현율이 오른다 (IoU 0.5)",
            "종횡비는 그대로, 스케일을 늘린 기본 앵커",
            "재현율@0.5",
            1,
            words(0.5, fitted_ratios, TAIL),
            words(0.5, more_scales, COUNT, np.inf),
        ),
        (
            "fitted_ratios > more_scales, words@0.7",
            "낱말: 종횡비를 맞추면 재현율이 오른다 (IoU 0.7)",
            "종횡비는 그대로, 스케일을 늘린 기본 앵커",
            "재현율@0.7",
            1,
            words(0.7, fitted_ratios, TAIL),
            words(0.7, more_scales, COUNT, np.inf),
        ),
        (
            "by_hand > more_scales, words@0.7",
            "낱말: 종횡비와 스케일을 함께 맞추면 낫다 (IoU 0.7)",
            "종횡비는 그대로, 스케일을 늘리고 옮긴 기본 앵커",
            "재현율@0.7",
            1,
            words(0.7, by_hand, {**TAIL, **COUNT}),
            words(0.7, more_scales, {**COUNT, **FACTOR}, np.inf),
        ),
        (
            "fitted_scales > more_scales, coins@0.8",
            "동전: 맞춘 스케일 셋이 기본 앵커보다 낫다 (IoU 0.8)",
            "단계마다 스케일을 늘린 기본 앵커",
            "재현율@0.8",
            1,
            coins(0.8, fitted_scales, TAIL),
            coins(0.8, more_scales, COUNT),
        ),
        (
            "resized > original, coins@0.5",
            "동전: 크기를 조정한 다음에 설계해야 재현율이 높다 (IoU 0.5)",
            "조정하기 전의 사진에서 고른 추천",
            "재현율@0.5",
            1,
            coins(0.5, recommended, FIT),
            coins(0.5, partial(before_resizing, load_coins), FIT),
        ),
        (
            "resized > original, words@0.5",
            "낱말: 크기를 조정한 다음에 설계해야 재현율이 높다 (IoU 0.5)",
            "조정하기 전의 사진에서 고른 추천",
            "재현율@0.5",
            1,
            words(0.5, recommended, FIT),
            words(0.5, partial(before_resizing, load_words), FIT, np.inf),
        ),
        (
            "iou_kmeans > euclidean_kmeans, galaxies",
            "은하: k-평균의 거리는 1 − IoU가 낫다 (k = 5)",
            "너비와 높이를 거듭제곱하거나 로그를 씌운 유클리드 거리",
            "모양 IoU",
            3,
            Side(kmeans_fit, {"n_init": ((1, 3, 5, 10, 20), "출발의 수")}),
            Side(
                euclidean_fit,
                {
                    "power": (
                        (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0),
                        "지수(0은 로그)",
                    ),
                },
            ),
        ),
        (
            "recommended > fitted_ratios, words@0.5",
            "낱말: recommend_anchors의 추천이 낫다 (IoU 0.5)",
            "종횡비만 분위수로 바꾼 기본 앵커",
            "재현율@0.5",
            1,
            words(0.5, recommended, FIT),
            words(0.5, fitted_ratios, TAIL),
        ),
        (
            "recommended > fitted_ratios, words@0.7",
            "낱말: recommend_anchors의 추천이 낫다 (IoU 0.7)",
            "종횡비만 분위수로 바꾼 기본 앵커",
            "재현율@0.7",
            1,
            words(0.7, recommended, FIT),
            words(0.7, fitted_ratios, TAIL),
        ),
        (
            "recommended > by_hand, words@0.7",
            "낱말: recommend_anchors의 추천이 낫다 (IoU 0.7, 손 설계와)",
            "스트라이드 4를 빼고 종횡비는 분위수로, 스케일은 단계마다 늘린 손 설계",
            "재현율@0.7",
            1,
            words(0.7, recommended, FIT),
            words(0.7, by_hand, {**TAIL, **COUNT}),
        ),
    ],
}


def measure(name, claim, rival, metric, digits, ours, theirs):
    sides = [(side, side.tune()) for side in (ours, theirs)]
    scores = [[side.score(seed, **found) for seed in SEEDS] for side, found in sides]
    searches = [merge_searches(side.searches(found)) for side, found in sides]
    found = dict(zip(SIDES, searches, strict=True))
    return summarize_claim(name, claim, rival, found, *scores, metric, digits)


def main(stems):
    for stem in stems or CLAIMS:
        rows = [measure(*claim) for claim in CLAIMS[stem]]
        for row in rows:
            print(stem, row, flush=True)
        write_claims(stem, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="03, 05, 06의 주장을 가장 강한 상대와 잽니다.")
    parser.add_argument("stems", nargs="*", choices=[*CLAIMS, []], metavar="레슨")
    main(parser.parse_args().stems)
