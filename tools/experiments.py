"""레슨 07과 08이 인용하는 실험을 시드 다섯 개로 다시 돌려 `notebooks/experiments.json`에 씁니다.

uv run python tools/experiments.py                   # 모두 (2코어에서 몇 분)
uv run python tools/experiments.py no_normalization  # 이름을 준 것만 다시 (기준은 함께 돕니다)

시드마다 학습 장면과 시험 장면을 새로 만들고, 견주는 두 설정은 같은 시드의 같은 장면을 씁니다.
"""

import os

# 실험을 프로세스로 나누므로 BLAS까지 나누면 서로 느려집니다. NumPy를 불러오기 전에 정해야 합니다.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from anchorbox_utils.detector import (
    Recipe,
    make_detection_scenes,
    prepare_training,
    train_detector,
)

OUTPUT = Path(__file__).resolve().parent.parent / "notebooks" / "experiments.json"
SEEDS = range(5)
TRAIN_SCENES, TEST_SCENES = 240, 100
METRICS = ("AP", "AP50", "AP75")


@dataclass(frozen=True)
class Experiment:
    """기준에서 한 가지를 바꾼 설정."""

    title: str
    changes: dict = field(default_factory=dict)
    base: str | None = "base"
    ratio_range: tuple[float, float] = (0.5, 2.0)


def _thresholds(force_match, *values):
    kind, note = ("force", "강제 매칭") if force_match else ("no_force", "강제 매칭 없음")
    return {
        f"pos_thr_{value}_{kind}": Experiment(
            f"pos_thr {value}, {note}",
            {"pos_thr": value, "neg_thr": min(0.4, value), "force_match": force_match},
        )
        for value in values
    }


def _anchors_per_cell(scales, ratios):
    count = len(scales) * len(ratios)
    return {
        f"anchors_{count}": Experiment(
            f"한 자리에 앵커 {count}개", {"scales": scales, "ratios": ratios}
        )
    }


def _tall(name, title, ratios, force_match=True, base="tall_matched"):
    changes = {"ratios": ratios, "force_match": force_match}
    return {name: Experiment(title, changes, base=base, ratio_range=(2.0, 3.0))}


def _early(**classifications):
    """학습 초반(100스텝)에 분류 손실만 바꾸어 견줍니다."""
    return {
        f"early_{name}": Experiment(
            f"100스텝: {title}",
            {"classification": name, "steps": 100},
            base=None if name == "sampled" else "early_sampled",
        )
        for name, title in classifications.items()
    }


SQUARE, WIDE = (1.0,), (1 / 3, 0.4, 0.5)
EXPERIMENTS = {
    "base": Experiment("기준", base=None),
    "absolute": Experiment("절대 좌표", {"box_target": "absolute"}),
    "absolute_position": Experiment(
        "절대 좌표 + 앵커 위치", {"box_target": "absolute", "anchor_position": True}
    ),
    "no_normalization": Experiment("정규화 없음", {"normalization": "none"}),
    "fixed_normalization": Experiment("정해진 값으로 정규화", {"normalization": "fixed"}),
    "hard_negatives": Experiment("어려운 음성 1:3", {"classification": "hard_negatives"}),
    "focal": Experiment("focal loss", {"classification": "focal"}),
    "bce_sum": Experiment("모든 앵커, 양성 수로 나눔", {"classification": "bce_sum"}),
    "bce_mean": Experiment("모든 앵커의 평균", {"classification": "bce_mean"}),
    **_early(
        sampled="1:3 표본",
        hard_negatives="어려운 음성 1:3",
        focal="focal loss",
        bce_sum="모든 앵커, 양성 수로 나눔",
        bce_mean="모든 앵커의 평균",
    ),
    **_anchors_per_cell((20,), (1,)),
    **_anchors_per_cell((20,), (0.5, 1, 2)),
    **_anchors_per_cell((12, 16, 20, 24, 28), (0.5, 0.7, 1, 1.4, 2)),
    **_anchors_per_cell((12, 14, 17, 20, 23, 27, 31), (0.5, 0.63, 0.8, 1, 1.26, 1.6, 2)),
    **_thresholds(True, 0.3, 0.4, 0.6, 0.7, 0.8),
    **_thresholds(False, 0.5, 0.6, 0.7, 0.8),
    **_tall("tall_matched", "세로로 긴 물체, 맞춘 종횡비", (2.0, 2.5, 3.0), base=None),
    **_tall("tall_square", "정사각형 앵커만", SQUARE),
    **_tall("tall_wide", "가로로 긴 앵커만", WIDE),
    **_tall("tall_square_no_force", "정사각형 앵커만, 강제 매칭 없음", SQUARE, force_match=False),
    **_tall("tall_wide_no_force", "가로로 긴 앵커만, 강제 매칭 없음", WIDE, force_match=False),
}


def run(name, seed):
    """실험 하나를 시드 하나로 돌려 점수와 이미지당 양성 수를 돌려줍니다."""
    experiment = EXPERIMENTS[name]
    recipe = Recipe(**experiment.changes)
    train, test = (
        make_detection_scenes(np.random.default_rng([split, seed]), count, experiment.ratio_range)
        for split, count in ((0, TRAIN_SCENES), (1, TEST_SCENES))
    )
    training = prepare_training(train, recipe)
    positives = float((training.labels == 1).sum(axis=1).mean())
    if positives == 0:
        # 배울 양성이 하나도 없으면 아무것도 찾지 못하는 검출기와 같습니다.
        scores = dict.fromkeys(METRICS, 0.0)
    else:
        scores = train_detector(training, recipe, seed).evaluate(test)
    return {**scores, "positives": positives}


def summarize(runs, base_runs=None):
    """시드별 점수를 평균, 표준편차, 기준과의 차, 기준을 이긴 시드 수로 줄입니다."""
    rows = {}
    for metric in METRICS:
        values = np.array([run[metric] for run in runs])
        rows[metric] = {"mean": round(values.mean(), 1), "std": round(values.std(ddof=1), 1)}
        if base_runs is not None:
            difference = values - [run[metric] for run in base_runs]
            rows[metric] |= {
                "delta": round(difference.mean(), 1) + 0.0,
                "delta_std": round(difference.std(ddof=1), 1),
                "wins": int((difference > 0).sum()),
            }
    return {**rows, "positives": round(np.mean([run["positives"] for run in runs]), 1)}


def build_table(runs):
    """``{이름: 시드별 점수}``를 저장할 표로 만듭니다."""
    table = {}
    for name, experiment in EXPERIMENTS.items():
        base = runs[experiment.base] if experiment.base else None
        table[name] = {
            "title": experiment.title,
            "base": experiment.base,
            "changes": experiment.changes,
            "ratio_range": experiment.ratio_range,
            "runs": runs[name],
            "summary": summarize(runs[name], base),
        }
    # 튜플을 리스트로 바꾸어, 새로 만든 표와 읽어 온 표를 바로 견줄 수 있게 합니다.
    return json.loads(json.dumps(table))


def read_table():
    return json.loads(OUTPUT.read_text(encoding="utf-8"))


def main(names):
    runs = {name: row["runs"] for name, row in read_table().items()} if names else {}
    wanted = list(dict.fromkeys(names)) or list(EXPERIMENTS)
    wanted += [base for name in wanted if (base := EXPERIMENTS[name].base) and base not in wanted]
    jobs = [(name, seed) for name in dict.fromkeys(wanted) for seed in SEEDS]
    with ProcessPoolExecutor() as pool:
        results = pool.map(run, *zip(*jobs, strict=True))
        for (name, seed), result in zip(jobs, results, strict=True):
            rounded = {key: round(value, 3) for key, value in result.items()}
            runs[name] = [*runs.get(name, [])[:seed], rounded]
            print(name, seed, rounded, flush=True)
    text = json.dumps(build_table(runs), ensure_ascii=False, indent=1)
    OUTPUT.write_text(text + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="레슨이 인용하는 실험 표를 다시 만듭니다.")
    parser.add_argument("names", nargs="*", choices=[*EXPERIMENTS, []], metavar="이름")
    main(parser.parse_args().names)
