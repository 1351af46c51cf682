"""레슨이 인용하는 숫자가 저장된 실험 표와, 저장된 표가 지금의 설정과 맞는지."""

import json
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from nbformat import read

from tools import experiments, rivals
from tools.claims import CLAIMS as CLAIMS_OUTPUT
from tools.experiments import (
    EXPERIMENTS,
    METRICS,
    OUTPUT,
    SEEDS,
    build_claims,
    build_table,
    read_table,
    run,
    summarize,
)

TABLE = read_table()
CLAIMS = json.loads(CLAIMS_OUTPUT.read_text(encoding="utf-8"))
MEASURED_HERE = [*rivals.CLAIMS, *experiments.CLAIMS]
LESSONS = [
    OUTPUT.parent / f"{name}.ipynb" for name in ("07_training_stability", "08_mini_detector")
]
# 본문이 표를 인용하는 꼴: "AP 65.9", "AP50 −18.0", "AP75 +4.8". 소수 첫째 자리까지 적습니다.
QUOTE = re.compile(r"\b(AP(?:50|75)?) ([+−]?)(\d+\.\d)(?![\d.])")


# "+3.1 ± 1.3(5/5)"라고 적은 것과, 셀이 그것을 찍은 두 꼴. 부호도 찍은 것과 같아야 합니다.
SAID = re.compile(r"([+−]\d+\.\d) ± (\d+\.\d)\((\d/5)\)")
PRINTED = re.compile(r"([+-]\d+\.\d) ± (\d+\.\d)(?: \| 이긴 시드|,) (\d/5)")


def show_at_once(name, reveal):
    reveal()


def prose(path):
    cells = read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def stored_outputs(path):
    outputs = [
        output for cell in read(path, as_version=4).cells for output in cell.get("outputs", [])
    ]
    return "\n".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs)


def signed(number):
    return f"{'+' if number >= 0 else '−'}{abs(number)}"


def test_the_table_is_what_its_runs_say():
    runs = {name: row["runs"] for name, row in TABLE.items()}
    assert runs.keys() == EXPERIMENTS.keys()
    assert all(len(rows) == len(SEEDS) for rows in runs.values())
    found = {
        name: {parameter: search["AP"] for parameter, search in row["searches"].items()}
        for name, row in TABLE.items()
    }
    assert build_table(runs, found) == TABLE, "다시 만듭니다: uv run python tools/experiments.py"


@pytest.mark.parametrize(
    ("name", "parameter"),
    [(name, parameter) for name, row in TABLE.items() for parameter in row["searches"]],
)
def test_the_chosen_value_is_the_best_that_was_searched(name, parameter):
    search = TABLE[name]["searches"][parameter]
    best = search["grid"][int(np.argmax(search["AP"]))]
    assert search["chosen"] == best
    assert min(search["grid"]) < best < max(search["grid"])


class TestClaimRecords:
    """`claims.json`: 레슨이 견주어 말하는 것과, 가장 강한 상대와 잰 결과."""

    def test_the_stored_record_is_what_the_table_says(self):
        assert build_claims(TABLE).items() <= CLAIMS.items()

    @pytest.mark.parametrize("stem", MEASURED_HERE)
    def test_every_claim_of_the_tools_was_measured(self, stem):
        texts = [
            claim.text if stem in experiments.CLAIMS else claim[1]
            for claim in (experiments.CLAIMS.get(stem) or rivals.CLAIMS[stem])
        ]
        assert [row["claim"] for row in CLAIMS[stem]] == texts

    @pytest.mark.parametrize("stem", MEASURED_HERE)
    def test_the_lesson_tells_every_record(self, stem):
        path = OUTPUT.parent / f"{stem}.ipynb"
        text = prose(path) + stored_outputs(path).replace("-", "−")
        missing = [
            record["claim"]
            for record in CLAIMS[stem]
            # 본문은 표와 같은 방향으로 적습니다. 표는 주장의 상대에서 우리를 뺀 것일 수 있습니다.
            if not any(
                f"{record['metric']} {signed(delta)}" in text
                for delta in (record["delta"], -record["delta"])
            )
        ]
        assert not missing


@pytest.mark.parametrize("name", ["base", "tall_wide_no_force"])
def test_running_again_gives_the_stored_scores(name):
    # BLAS가 다르면 끝자리가 다르게 자라날 수 있어, 시드 사이의 퍼짐보다 작은 폭을 허용합니다.
    again, stored = run(name, 0), TABLE[name]["runs"][0]
    assert again == pytest.approx(stored, abs=1.0)


def test_summary_counts_paired_wins():
    runs, base = (
        [dict.fromkeys(METRICS, v) | {"positives": 2.0} for v in values]
        for values in ((3, 5), (1, 6))
    )
    row = summarize(runs, base)["AP"]
    assert row == {"mean": 4.0, "std": 1.4, "delta": 0.5, "delta_std": 2.1, "wins": 1}


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lessons_quote_the_table(path):
    known = set()
    for row in TABLE.values():
        for metric in METRICS:
            numbers = row["summary"][metric]
            known.add((metric, "", f"{numbers['mean']:.1f}"))
            if "delta" in numbers:
                known.add((metric, signed(numbers["delta"])[0], f"{abs(numbers['delta']):.1f}"))
    for row in CLAIMS[path.stem]:
        known.add((row["metric"], signed(row["delta"])[0], f"{abs(row['delta']):.1f}"))
    quotes = QUOTE.findall(prose(path))
    assert len(quotes) >= 5, "본문에서 인용을 찾지 못했습니다."
    assert not [quote for quote in quotes if quote not in known]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_spread_in_the_prose_is_printed_by_a_cell(path, monkeypatch, capsys):
    monkeypatch.chdir(path.parent)
    namespace = {"json": json, "Path": Path, "np": np, "plt": plt, "predict": show_at_once}
    for cell in read(path, as_version=4).cells:
        if cell.cell_type == "code":
            # 카드의 답은 저장된 출력에 없습니다. 표를 읽어 찍는 카드를 여기서 풀어 봅니다.
            if "show(metric" in cell.source:
                exec(cell.source, namespace)
    plt.close("all")
    printed = set(PRINTED.findall(stored_outputs(path) + capsys.readouterr().out))
    said = {(delta.replace("−", "-"), *rest) for delta, *rest in SAID.findall(prose(path))}
    assert len(said) >= 6 and said <= printed, said - printed


class TestClaims:
    """레슨의 결론이 기대는 부등식. 표를 새로 만들었을 때 결론이 뒤집히면 여기서 드러납니다."""

    @staticmethod
    def wins(name, metric="AP"):
        return TABLE[name]["summary"][metric]["wins"]

    @staticmethod
    def mean(name, metric="AP"):
        return TABLE[name]["summary"][metric]["mean"]

    def test_the_base_detector_is_good_enough(self):
        assert min(row["AP50"] for row in TABLE["base"]["runs"]) >= 85

    @pytest.mark.parametrize(
        "name",
        "absolute absolute_tuned absolute_position absolute_position_tuned pixels "
        "no_normalization no_normalization_weight anchors_1 anchors_1_tuned anchors_3 "
        "pos_thr_0.3_force pos_thr_0.4_force pos_thr_0.7_force pos_thr_0.7_no_force tall_square "
        "tall_square_tuned tall_wide early_bce_sum early_bce_mean".split(),
    )
    def test_these_lose_on_every_seed(self, name):
        assert self.wins(name) == 0

    @pytest.mark.parametrize("name", ["focal", "early_focal", "early_hard_negatives", "anchors_25"])
    def test_these_win_on_every_seed(self, name):
        assert self.wins(name) == len(SEEDS)

    def test_normalisation_is_about_tight_boxes(self):
        numbers = TABLE["no_normalization"]["summary"]
        assert numbers["AP75"]["delta"] < 5 * numbers["AP50"]["delta"] < 0

    def test_the_gain_of_more_anchors_stops(self):
        assert (
            abs(self.mean("anchors_49") - self.mean("anchors_25"))
            < TABLE["base"]["summary"]["AP"]["std"]
        )

    def test_forced_matches_matter_more_than_the_threshold(self):
        assert self.mean("pos_thr_0.7_force") - self.mean("pos_thr_0.7_no_force") > 10

    @pytest.mark.parametrize("value", ["0.6", "0.7", "0.8"])
    def test_forced_matches_keep_a_high_threshold_mild(self, value):
        assert abs(TABLE[f"pos_thr_{value}_force"]["summary"]["AP"]["delta"]) < 5

    @pytest.mark.parametrize(
        "name", ["fixed_normalization", "linear_deltas", "pos_thr_0.6_force", "bce_mean"]
    )
    def test_these_cannot_be_told_from_the_base(self, name):
        numbers = TABLE[name]["summary"]["AP"]
        assert abs(numbers["delta"]) < numbers["delta_std"] and 0 < numbers["wins"] < len(SEEDS)

    def test_found_objects_differ_where_the_ap_does_not(self):
        assert self.wins("bce_mean", "AP50") == 0
        assert self.wins("hard_negatives", "AP50") == len(SEEDS)

    def test_the_early_gap_was_the_settings(self):
        gap = {
            name: TABLE[name]["summary"]["AP"]["delta"]
            for name in ("early_bce_sum", "early_bce_mean", "bce_mean")
        }
        assert gap["early_bce_sum"] < -10 and gap["early_bce_mean"] < -10
        assert np.abs(gap["bce_mean"]) < TABLE["bce_mean"]["summary"]["AP"]["std"]
        assert self.wins("early_bce_sum_tuned") == len(SEEDS)

    def test_most_of_the_gap_without_normalisation_was_the_weight(self):
        untuned, weighted, tuned = (
            TABLE[f"no_normalization{suffix}"]["summary"]["AP"]["delta"]
            for suffix in ("", "_weight", "_tuned")
        )
        assert untuned < 2 * weighted < 2 * tuned < 0

    def test_tuned_rivals_find_as_many_objects(self):
        numbers = TABLE["absolute_position_tuned"]["summary"]["AP50"]
        assert abs(numbers["delta"]) < numbers["delta_std"]
        assert self.wins("anchors_1_tuned", "AP50") == len(SEEDS)
