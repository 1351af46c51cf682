"""레슨 07과 08이 인용하는 실험을 시드 다섯 개로 다시 돌려 `notebooks/experiments.json`에 씁니다.

uv run python tools/experiments.py                   # 모두 (2코어에서 한 시간쯤)
uv run python tools/experiments.py no_normalization  # 이름을 준 것만 다시 (기준은 함께 돕니다)

시드마다 학습 장면과 시험 장면을 새로 만들고, 견주는 두 설정은 같은 시드의 같은 장면을 씁니다.

견주는 말은 **가장 강한 상대와** 재야 합니다. 그래서 상대의 설정도 우리 것만큼 찾습니다
(:attr:`Experiment.grids`). 찾을 때는 시험에 쓰지 않는 시드를 쓰고, 찾아본 값과 고른 값을 표에
남깁니다. 그렇게 견준 결과(:data:`CLAIMS`)는 `notebooks/claims.json`에 씁니다.
"""

import os

# 실험을 프로세스로 나누므로 BLAS까지 나누면 서로 느려집니다. NumPy를 불러오기 전에 정해야 합니다.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import sys
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
from anchorbox_utils.files import write_atomically

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.claims import summarize_claim, write_claims  # noqa: E402

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
OUTPUT = NOTEBOOKS / "experiments.json"
SIDES = ("ours", "rival")
SEEDS, TUNING_SEEDS = range(5), (100, 101)
TRAIN_SCENES, TEST_SCENES = 240, 100
METRICS = ("AP", "AP50", "AP75")


@dataclass(frozen=True)
class Experiment:
    """기준에서 한 가지를 바꾼 설정.

    Attributes:
        grids: ``{설정: 찾아볼 값들}``. 값마다 나머지는 ``changes``대로 두고 ``TUNING_SEEDS``에서
            잽니다. 고른 값이 모든 줄에서 가장 좋으면, 하나씩 바꾸어서는 더 나아지지 않습니다.
    """

    title: str
    changes: dict = field(default_factory=dict)
    base: str | None = "base"
    ratio_range: tuple[float, float] = (0.5, 2.0)
    grids: dict = field(default_factory=dict)

    def recipe(self, **override):
        changes = {**self.changes, **override}
        if "pos_thr" in override:
            changes["neg_thr"] = min(0.4, changes["pos_thr"])
        return Recipe(**changes)

    def variants(self):
        """찾아볼 (설정, 값)들. 고른 값은 설정이 여럿이어도 한 번만 잽니다."""
        chosen = {name: getattr(self.recipe(), name) for name in self.grids}
        return {
            (name, value): {} if value == chosen[name] else {name: value}
            for name, values in self.grids.items()
            for value in values
        }


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


# 설정의 이름을 기록에 적을 말로.
PARAMETERS = {
    "learning_rate": "학습률",
    "box_weight": "회귀 손실의 무게",
    "class_weight": "분류 손실의 무게",
    "beta": "smooth L1의 β",
    "initial_logit": "처음 로짓",
    "anchor_position": "위치 특징의 눈금",
    "pos_thr": "pos_thr",
}

SQUARE, WIDE = (1.0,), (1 / 3, 0.4, 0.5)
NINE_SIZES = (12.0, 13.6, 15.3, 17.3, 19.6, 22.2, 25.0, 28.3, 32.0)
EXPERIMENTS = {
    "base": Experiment(
        "기준",
        base=None,
        grids={
            "learning_rate": (0.0025, 0.005, 0.01, 0.02),
            "box_weight": (0.5, 1.0, 2.0, 4.0),
            "pos_thr": (0.4, 0.5, 0.6),
            "initial_logit": (-4.0, -3.0, -2.0, -1.0),
        },
    ),
    "absolute": Experiment("절대 좌표", {"box_target": "absolute"}),
    "absolute_tuned": Experiment(
        "절대 좌표, 학습률을 찾은 것({learning_rate:g})",
        {"box_target": "absolute", "learning_rate": 0.01},
        grids={"learning_rate": (0.0025, 0.005, 0.01, 0.02)},
    ),
    "absolute_position": Experiment(
        "절대 좌표 + 앵커 위치", {"box_target": "absolute", "anchor_position": 1.0}
    ),
    "absolute_position_tuned": Experiment(
        "절대 좌표 + 앵커 위치, 눈금({anchor_position:g})·무게({box_weight:g})·"
        "학습률({learning_rate:g})을 찾고 은닉층을 네 배로",
        {
            "box_target": "absolute",
            "anchor_position": 32.0,
            "box_weight": 10.0,
            "hidden": 512,
            "learning_rate": 0.0025,
        },
        grids={
            "anchor_position": (16.0, 32.0, 64.0),
            "box_weight": (5.0, 10.0, 20.0),
            "learning_rate": (0.00125, 0.0025, 0.005),
        },
    ),
    "pixels": Experiment(
        "픽셀 차이 (앵커의 크기로 나누지 않음)",
        {"box_target": "pixels"},
        grids={"box_weight": (0.5, 1.0, 2.0, 4.0, 8.0)},
    ),
    "linear_deltas": Experiment(
        "로그 없는 오프셋",
        {"box_target": "linear_deltas"},
        grids={"box_weight": (0.5, 1.0, 2.0, 4.0)},
    ),
    "no_normalization": Experiment("정규화 없음", {"normalization": "none"}),
    "no_normalization_weight": Experiment(
        "정규화 없음, 회귀 손실의 무게를 찾은 것({box_weight:g})",
        {"normalization": "none", "box_weight": 80.0},
        grids={"box_weight": (5.0, 20.0, 80.0, 320.0)},
    ),
    "no_normalization_tuned": Experiment(
        "정규화 없음, 무게({box_weight:g})와 β({beta:g})를 찾은 것",
        {"normalization": "none", "box_weight": 2.5, "beta": 0.03},
        grids={"box_weight": (1.25, 2.5, 5.0), "beta": (0.015, 0.03, 0.06, 0.11, 0.22)},
    ),
    "fixed_normalization": Experiment("정해진 값으로 정규화", {"normalization": "fixed"}),
    "hard_negatives": Experiment("어려운 음성 1:3", {"classification": "hard_negatives"}),
    "focal": Experiment("focal loss", {"classification": "focal"}),
    "bce_sum": Experiment("모든 앵커, 양성 수로 나눔", {"classification": "bce_sum"}),
    "bce_mean": Experiment("모든 앵커의 평균", {"classification": "bce_mean"}),
    "hard_negatives_tuned": Experiment(
        "어려운 음성 1:3, 처음 로짓({initial_logit:g})과 학습률({learning_rate:g})을 찾은 것",
        {"classification": "hard_negatives", "learning_rate": 0.01, "initial_logit": -3.0},
        grids={
            "learning_rate": (0.005, 0.01, 0.02),
            "initial_logit": (-4.0, -3.0, -2.0, -1.0),
        },
    ),
    "focal_tuned": Experiment(
        "focal loss, 처음 로짓({initial_logit:g})과 학습률({learning_rate:g})을 찾은 것",
        {"classification": "focal", "learning_rate": 0.01, "initial_logit": -2.0},
        grids={"learning_rate": (0.005, 0.01, 0.02), "initial_logit": (-3.0, -2.0, -1.0)},
    ),
    "bce_sum_tuned": Experiment(
        "모든 앵커, 양성 수로 나눔, 처음 로짓({initial_logit:g})과 학습률({learning_rate:g})을 "
        "찾은 것",
        {"classification": "bce_sum", "learning_rate": 0.01, "initial_logit": -6.0},
        grids={
            "learning_rate": (0.005, 0.01, 0.02),
            "initial_logit": (-7.0, -6.0, -5.0, -4.0, -3.0),
        },
    ),
    **_early(
        sampled="1:3 표본",
        hard_negatives="어려운 음성 1:3",
        focal="focal loss",
        bce_sum="모든 앵커, 양성 수로 나눔",
        bce_mean="모든 앵커의 평균",
    ),
    "early_sampled_tuned": Experiment(
        "100스텝: 1:3 표본, 처음 로짓({initial_logit:g})과 학습률({learning_rate:g})을 찾은 것",
        {"steps": 100, "initial_logit": -3.0, "learning_rate": 0.01},
        base=None,
        grids={
            "learning_rate": (0.005, 0.01, 0.02),
            "initial_logit": (-5.0, -4.0, -3.0, -2.0, -1.0),
        },
    ),
    "early_bce_sum_tuned": Experiment(
        "100스텝: 모든 앵커, 양성 수로 나눔, 처음 로짓({initial_logit:g})과 "
        "학습률({learning_rate:g})을 찾은 것",
        {
            "classification": "bce_sum",
            "steps": 100,
            "initial_logit": -5.0,
            "learning_rate": 0.01,
        },
        base="early_sampled_tuned",
        grids={
            "learning_rate": (0.005, 0.01, 0.02),
            "initial_logit": (-6.0, -5.0, -4.0, -3.0, -2.0),
        },
    ),
    "early_bce_mean_tuned": Experiment(
        "100스텝: 모든 앵커의 평균, 무게({class_weight:g})와 처음 로짓({initial_logit:g})과 "
        "학습률({learning_rate:g})을 찾은 것",
        {
            "classification": "bce_mean",
            "steps": 100,
            "class_weight": 10.0,
            "initial_logit": -5.0,
            "learning_rate": 0.01,
        },
        base="early_sampled_tuned",
        grids={
            "class_weight": (3.0, 10.0, 30.0),
            "initial_logit": (-6.0, -5.0, -4.0),
            "learning_rate": (0.005, 0.01, 0.02),
        },
    ),
    "early_bce_mean_weight": Experiment(
        "100스텝: 모든 앵커의 평균, 무게만 10배",
        {"classification": "bce_mean", "steps": 100, "class_weight": 10.0},
        base="early_bce_mean",
    ),
    "early_bce_mean_start": Experiment(
        "100스텝: 모든 앵커의 평균, 처음 로짓과 학습률만 바꾼 것",
        {
            "classification": "bce_mean",
            "steps": 100,
            "initial_logit": -5.0,
            "learning_rate": 0.01,
        },
        base="early_bce_mean",
    ),
    **_anchors_per_cell((20,), (1,)),
    "anchors_1_tuned": Experiment(
        "한 자리에 앵커 1개, pos_thr를 찾은 것({pos_thr:g})",
        {"scales": (20,), "ratios": (1,), "pos_thr": 0.4},
        grids={"pos_thr": (0.3, 0.35, 0.4, 0.45, 0.5)},
    ),
    **_anchors_per_cell((20,), (0.5, 1, 2)),
    **_anchors_per_cell((12, 16, 20, 24, 28), (0.5, 0.7, 1, 1.4, 2)),
    **_anchors_per_cell((12, 14, 17, 20, 23, 27, 31), (0.5, 0.63, 0.8, 1, 1.26, 1.6, 2)),
    **_thresholds(True, 0.3, 0.4, 0.6, 0.7, 0.8),
    **_thresholds(False, 0.5, 0.6, 0.7, 0.8),
    "tall_matched": Experiment(
        "세로로 긴 물체, 맞춘 종횡비",
        {"ratios": (2.0, 2.5, 3.0)},
        base=None,
        ratio_range=(2.0, 3.0),
        grids={"pos_thr": (0.4, 0.5, 0.6)},
    ),
    "tall_square_tuned": Experiment(
        "정사각형 앵커 9개, pos_thr를 찾은 것({pos_thr:g})",
        {"ratios": SQUARE, "scales": NINE_SIZES, "pos_thr": 0.4},
        base="tall_matched",
        ratio_range=(2.0, 3.0),
        grids={"pos_thr": (0.3, 0.4, 0.5)},
    ),
    **_tall("tall_square", "정사각형 앵커만", SQUARE),
    **_tall("tall_wide", "가로로 긴 앵커만", WIDE),
    **_tall("tall_square_no_force", "정사각형 앵커만, 강제 매칭 없음", SQUARE, force_match=False),
    **_tall("tall_wide_no_force", "가로로 긴 앵커만, 강제 매칭 없음", WIDE, force_match=False),
}


def run(name, seed, **override):
    """실험 하나를 시드 하나로 돌려 점수와 이미지당 양성 수를 돌려줍니다."""
    experiment = EXPERIMENTS[name]
    recipe = experiment.recipe(**override)
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
    return {key: round(value, 3) for key, value in (scores | {"positives": positives}).items()}


def search_scores(name, results):
    """``{(이름, 바꾼 것, 시드): 점수}``에서 설정마다 찾아본 값들의 AP를 모읍니다."""
    experiment = EXPERIMENTS[name]
    rows = {}
    for (parameter, _), override in experiment.variants().items():
        scores = [results[name, tuple(override.items()), seed]["AP"] for seed in TUNING_SEEDS]
        rows.setdefault(parameter, []).append(round(float(np.mean(scores)), 2))
    return rows


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


def build_table(runs, searches):
    """``{이름: 시드별 점수}``와 ``{이름: {설정: 찾아본 값들의 AP}}``를 저장할 표로 만듭니다."""
    table = {}
    for name, experiment in EXPERIMENTS.items():
        base = runs[experiment.base] if experiment.base else None
        recipe = experiment.recipe()
        table[name] = {
            # 찾은 값은 설정에만 적고, 이름에는 그 값이 들어갑니다.
            "title": experiment.title.format_map(experiment.changes),
            "base": experiment.base,
            "changes": experiment.changes,
            "ratio_range": experiment.ratio_range,
            "searches": {
                parameter: {
                    "parameter": PARAMETERS[parameter],
                    "grid": grid,
                    "chosen": getattr(recipe, parameter),
                    "AP": searches[name][parameter],
                }
                for parameter, grid in experiment.grids.items()
            },
            "runs": runs[name],
            "summary": summarize(runs[name], base),
        }
    # 튜플을 리스트로 바꾸어, 새로 만든 표와 읽어 온 표를 바로 견줄 수 있게 합니다.
    return json.loads(json.dumps(table))


@dataclass(frozen=True)
class Claim:
    """레슨가 견주어 말하는 것 하나. ``searched``는 우리 쪽이 찾아본 설정 가운데 이 주장에 쓴 것."""

    text: str
    ours: str
    rival: str
    metric: str = "AP"
    searched: tuple[str, ...] = ()


_WEIGHT, _RATE = ("box_weight",), ("learning_rate",)
CLAIMS = {
    "07_training_stability": [
        Claim("정규화하면 낫다", "base", "no_normalization_weight", "AP", _WEIGHT),
        Claim("정규화하면 낫다", "base", "no_normalization_tuned", "AP", _WEIGHT),
        Claim("정규화하면 꼭 맞는 박스가 는다", "base", "no_normalization_tuned", "AP75", _WEIGHT),
        Claim("focal loss가 낫다", "focal_tuned", "base"),
        Claim("focal loss가 낫다", "focal_tuned", "hard_negatives_tuned"),
        Claim("focal loss가 낫다", "focal_tuned", "bce_sum_tuned"),
        Claim("100스텝이면 1:3 표본이 낫다", "early_sampled_tuned", "early_bce_sum_tuned"),
        Claim("100스텝이면 1:3 표본이 낫다", "early_sampled_tuned", "early_bce_mean_tuned"),
        Claim("100스텝이면 어려운 음성이 낫다", "early_hard_negatives", "early_sampled_tuned"),
        Claim("100스텝이면 focal loss가 낫다", "early_focal", "early_sampled_tuned"),
    ],
    "08_mini_detector": [
        Claim("오프셋이 낫다", "base", "absolute_position_tuned", "AP", _RATE),
        Claim("오프셋이 물체를 더 찾는다", "base", "absolute_position_tuned", "AP50", _RATE),
        Claim("오프셋이 낫다", "base", "absolute_tuned", "AP", _RATE),
        Claim("앵커의 크기로 나누면 낫다", "base", "pixels", "AP", _WEIGHT),
        Claim("로그를 씌우면 낫다", "base", "linear_deltas", "AP", _WEIGHT),
        Claim("앵커 9개가 1개보다 낫다", "base", "anchors_1_tuned", "AP", ("pos_thr",)),
        Claim("앵커 9개가 물체를 더 찾는다", "base", "anchors_1_tuned", "AP50", ("pos_thr",)),
        Claim("종횡비를 맞추면 낫다", "tall_matched", "tall_square_tuned"),
    ],
}


# --- 주장 ---------------------------------------------------------------------------------


def build_claims(table):
    """``CLAIMS``를 표의 숫자로 채웁니다."""
    return {stem: [_claim(table, claim) for claim in claims] for stem, claims in CLAIMS.items()}


def _claim(table, claim):
    rows = [table[name] for name in (claim.ours, claim.rival)]
    kept = (claim.searched or rows[0]["searches"], rows[1]["searches"])
    searches = [
        [
            {key: row["searches"][name][key] for key in ("parameter", "grid", "chosen")}
            for name in names
        ]
        for row, names in zip(rows, kept, strict=True)
    ]
    scores = [[run[claim.metric] for run in row["runs"]] for row in rows]
    found = {side: merge_searches(rows) for side, rows in zip(SIDES, searches, strict=True)}
    name = f"{claim.ours} > {claim.rival}, {claim.metric}"
    return summarize_claim(name, claim.text, rows[1]["title"], found, *scores, claim.metric, 1)


def merge_searches(searches):
    """찾아본 것들 ``[{"parameter", "grid", "chosen"}, …]``을 기록의 꼴로."""
    first, *also = searches or [{"parameter": "찾지 않음", "grid": [], "chosen": []}]
    return first | ({"also": also} if also else {})


def write_json(path, content):
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    write_atomically(path, text.encode())


# --- 명령 ---------------------------------------------------------------------------------


def read_table():
    return json.loads(OUTPUT.read_text(encoding="utf-8"))


def jobs_of(names):
    """돌릴 것들: (이름, 바꾼 것, 시드)."""
    jobs = [(name, (), seed) for name in names for seed in SEEDS]
    jobs += [
        (name, tuple(override.items()), seed)
        for name in names
        for override in EXPERIMENTS[name].variants().values()
        for seed in TUNING_SEEDS
    ]
    return list(dict.fromkeys(jobs))


def perform(job):
    name, override, seed = job
    return run(name, seed, **dict(override))


def main(names):
    table = read_table() if names else {}
    wanted = list(dict.fromkeys(names)) or list(EXPERIMENTS)
    wanted += [base for name in wanted if (base := EXPERIMENTS[name].base) and base not in wanted]
    jobs, results = jobs_of(dict.fromkeys(wanted)), {}
    with ProcessPoolExecutor() as pool:
        for job, result in zip(jobs, pool.map(perform, jobs), strict=True):
            results[job] = result
            print(*job, result, flush=True)
    store(table, wanted, results)


def store(table, names, results):
    """새로 얻은 것을 표에 끼워 넣고, 두 파일을 씁니다."""
    runs = {name: row["runs"] for name, row in table.items()}
    searches = {
        name: {parameter: found["AP"] for parameter, found in row["searches"].items()}
        for name, row in table.items()
    }
    for name in names:
        runs[name] = [results[name, (), seed] for seed in SEEDS]
        searches[name] = search_scores(name, results)
    table = build_table(runs, searches)
    write_json(OUTPUT, table)
    for lesson, claims in build_claims(table).items():
        write_claims(lesson, claims)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="레슨이 인용하는 실험 표를 다시 만듭니다.")
    parser.add_argument("names", nargs="*", choices=[*EXPERIMENTS, []], metavar="이름")
    main(parser.parse_args().names)
