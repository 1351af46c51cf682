"""레슨의 비교 주장마다 가장 강한 상대와의 차이를 재어 `notebooks/claims.json`에 씁니다.

uv run python tools/claims.py             # 모두 (2코어에서 1분쯤)
uv run python tools/claims.py --summary   # 재지 않고, 저장된 시드별 기록에서 주장만 다시

주장 하나는 두 방법을 여러 시드에서 짝지어 견준 것입니다. 두 쪽 모두 같은 수의 후보에서 같은 교차
검증으로 설정을 고릅니다. 차이가 제 퍼짐보다 크고 모든 시드에서 이겼을 때만 `holds`가 참이고, 레슨은
그런 주장만 합니다. 시드별 기록은 옆의 `target_comparison.json`에 있고 레슨 00의 그림이 읽습니다.
"""

import os

# 실험을 프로세스로 나누므로 BLAS까지 나누면 서로 느려집니다. NumPy를 불러오기 전에 정해야 합니다.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from anchorbox_utils.files import write_atomically
from anchorbox_utils.target_comparison import (
    RATES,
    SITUATIONS,
    STEPS,
    STRENGTHS,
    TITLES,
    recorded_ious,
    run_seed,
    usable_rates,
)

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
CLAIMS = NOTEBOOKS / "claims.json"
INTRO_RUNS = NOTEBOOKS / "target_comparison.json"
SEEDS = range(10)

# (상황, 낫다고 주장하는 쪽, 상대). 지는 주장도 적어, 무엇을 말하지 않는지 남깁니다.
INTRO_SCORES = [
    ("scenes_2", "deltas", "position"),
    ("scenes_2", "deltas", "product"),
    ("scenes_2", "deltas", "pixels"),
    ("scenes_2", "pixels", "position"),
    ("scenes_2", "deltas", "anchor"),
    ("scenes_2", "anchor", "position"),
    ("scenes_5", "deltas", "position"),
    ("scenes_5", "deltas", "product"),
    ("scenes_5", "deltas", "pixels"),
    ("scenes_20", "deltas", "position"),
    ("scenes_20", "product", "deltas"),
    ("scenes_20", "deltas", "pixels"),
    ("scenes_80", "deltas", "position"),
    ("scenes_80", "product", "deltas"),
    ("scenes_80", "deltas", "pixels"),
    ("scenes_80", "deltas", "no_log"),
    ("scenes_80", "anchor", "absolute"),
    ("moved", "deltas", "position"),
    ("moved", "deltas", "product"),
    ("moved", "deltas", "pixels"),
    ("moved", "pixels", "position"),
    ("moved", "anchor", "pixels"),
    ("small", "deltas", "position"),
    ("small", "deltas", "product"),
    ("small", "deltas", "pixels"),
    ("small", "anchor", "pixels"),
    ("large_to_small", "deltas", "position"),
    ("large_to_small", "deltas", "product"),
    ("large_to_small", "deltas", "pixels"),
    ("large_to_small", "deltas", "no_log"),
    ("large_to_small", "anchor", "pixels"),
    ("large", "position", "deltas"),
    ("large", "product", "deltas"),
]
# (무엇을, 낫다고 주장하는 쪽, 상대). 걷기의 주장입니다.
INTRO_WALKS = [
    ("step_5", "deltas", "position"),
    ("step_5", "deltas", "position_at_anchor"),
    ("step_5", "position_at_anchor", "position"),
    ("usable", "deltas", "position"),
    ("usable", "deltas", "position_at_anchor"),
    ("usable", "deltas", "pixels"),
    ("usable", "position_at_anchor", "position"),
]
WALK_TITLES = {"step_5": "다섯 걸음 뒤의 평균 IoU", "usable": "쓸 수 있는 학습률의 비율"}


def summarize_claim(name, claim, rival, search, ours, theirs, metric="평균 IoU", digits=3):
    """시드별 값 두 줄을 주장 하나의 기록으로 줄입니다.

    차이가 제 퍼짐보다 크고 모든 시드에서 이겼을 때만 ``holds``가 참입니다.

    Args:
        name: 레슨의 꼬리표가 이 기록을 부르는 이름. ``"우리 > 상대, 무엇"``입니다.
        claim: 주장.
        rival: 상대의 이름.
        search: ``{"ours": …, "rival": …}``. 찾아본 후보와 고른 값입니다. 여럿이면 둘째부터는
            ``also``에 듭니다.
        ours: 시드마다의 우리 값.
        theirs: 같은 시드의 상대 값.
        metric: 무엇을 쟀는지. 클수록 좋습니다.
        digits: 적을 소수 자리.
    """
    difference = np.subtract(ours, theirs)
    delta, spread = float(difference.mean()), float(difference.std(ddof=1))
    wins, seeds = int((difference > 0).sum()), len(difference)
    return {
        "name": name,
        "claim": claim,
        "rival": rival,
        "metric": metric,
        "holds": delta > spread and wins == seeds,
        "delta": round(delta, digits) + 0.0,
        "delta_std": round(spread, digits),
        "wins": wins,
        "losses": int((difference < 0).sum()),
        "seeds": seeds,
        "search": search,
    }


def _searched(parameter, grid, chosen):
    return {"parameter": parameter, "grid": [float(f"{x:.4g}") for x in grid], "chosen": chosen}


def _searched_strength(runs, situation, method):
    if method == "anchor":
        return {"parameter": "배우지 않음", "grid": [], "chosen": []}
    return _searched("λ", STRENGTHS, [run["strength"][situation][method] for run in runs])


def _score_claim(runs, situation, ours, rival):
    return summarize_claim(
        f"{ours} > {rival}, {situation}",
        f"{SITUATIONS[situation].title}: {TITLES[ours]} > {TITLES[rival]}",
        TITLES[rival],
        {
            side: _searched_strength(runs, situation, method)
            for side, method in (("ours", ours), ("rival", rival))
        },
        recorded_ious(runs, situation, ours),
        recorded_ious(runs, situation, rival),
    )


def _walk_scores(runs, what, start):
    if what == "usable":
        return usable_rates(runs, start)
    return [run["descent"][start]["curve"][STEPS.index(5)] for run in runs]


def _walk_claim(runs, what, ours, rival):
    return summarize_claim(
        f"{ours} > {rival}, {what}",
        f"{WALK_TITLES[what]}: {TITLES[ours]} > {TITLES[rival]}",
        TITLES[rival],
        {
            side: _searched("학습률", RATES, [run["descent"][name]["rate"] for run in runs])
            for side, name in (("ours", ours), ("rival", rival))
        },
        _walk_scores(runs, what, ours),
        _walk_scores(runs, what, rival),
    )


def intro_claims(runs):
    """레슨 00의 주장들."""
    return [
        *(_score_claim(runs, *row) for row in INTRO_SCORES),
        *(_walk_claim(runs, *row) for row in INTRO_WALKS),
    ]


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def _lines(rows):
    """한 줄에 하나씩 적습니다. 무엇이 바뀌었는지 줄 단위로 보입니다."""
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]"


def write_claims(lesson, claims):
    """``claims.json``에서 레슨 하나의 주장만 바꿉니다."""
    stored = (read(CLAIMS) if CLAIMS.exists() else {}) | {lesson: claims}
    sections = (f"{json.dumps(name)}: {_lines(rows)}" for name, rows in sorted(stored.items()))
    write_atomically(CLAIMS, ("{\n" + ",\n".join(sections) + "\n}\n").encode())


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--summary", action="store_true", help="저장된 기록에서 주장만 다시 씁니다")
    if not parser.parse_args(argv).summary:
        with ProcessPoolExecutor() as pool:
            write_atomically(INTRO_RUNS, (_lines(pool.map(run_seed, SEEDS)) + "\n").encode())
    claims = intro_claims(read(INTRO_RUNS))
    write_claims("00_intro", claims)
    for row in claims:
        mark = "○" if row["holds"] else "×"
        print(
            f"{mark} {row['delta']:+.3f} ± {row['delta_std']:.3f} {row['wins']}/{row['seeds']}승  "
            f"{row['claim']}"
        )


if __name__ == "__main__":
    main()
