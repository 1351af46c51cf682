"""레슨의 비교 주장: 기록이 규칙을 지키는가, 다시 돌려도 같은가, 본문이 기록만 인용하는가."""

import re

import numpy as np
import pytest
from nbformat import read

from anchorbox_utils.target_comparison import SCALES, run_seed
from tools.claims import (
    CLAIMS,
    INTRO_RUNS,
    NOTEBOOKS,
    SEEDS,
    intro_claims,
    summarize_claim,
    write_claims,
)
from tools.claims import read as read_json

RECORD = read_json(CLAIMS)
RUNS = read_json(INTRO_RUNS)
ROWS = [pytest.param(row, id=row["claim"]) for rows in RECORD.values() for row in rows]
# 본문이 기록을 인용하는 꼴: 소수 셋째 자리까지 적은 수와, "차이 ± 표준편차".
NUMBER = re.compile(r"(?<![\d.])0\.\d{3}(?!\d)")
DELTA = re.compile(r"(0\.\d{3}) ± (0\.\d{3})")
WINS = re.compile(r"(0\.\d{3}) ± (0\.\d{3}), (\d+)/(\d+)승")


def test_the_claims_are_what_their_runs_say():
    assert len(RUNS) == len(SEEDS)
    assert RECORD["00_intro"] == intro_claims(RUNS), "uv run python tools/claims.py --summary"


@pytest.mark.parametrize("row", ROWS)
def test_a_claim_is_made_only_when_it_holds(row):
    assert row["seeds"] >= 5
    assert row["holds"] == (row["delta"] > row["delta_std"] and row["wins"] == row["seeds"])


@pytest.mark.parametrize("row", ROWS)
def test_both_sides_were_searched_alike_and_away_from_the_edge(row):
    tried = {}
    for side, first in row["search"].items():
        searches = [first, *first.get("also", [])]
        tried[side] = sum(len(search["grid"]) for search in searches)
        for search in searches:
            chosen = np.atleast_1d(search["chosen"])
            if search["grid"] and np.issubdtype(chosen.dtype, np.number):
                assert min(search["grid"]) < chosen.min() and chosen.max() < max(search["grid"])
    # 배우지 않는 상대("앵커 그대로")에게는 고를 것이 없습니다.
    assert tried["rival"] >= tried["ours"] or not tried["rival"]


def test_the_scale_of_the_coordinates_was_searched_too():
    for start in ("position", "position_at_anchor"):
        chosen = [run["descent"][start]["scale"] for run in RUNS]
        assert SCALES[0] < min(chosen) and max(chosen) < SCALES[-1]


@pytest.mark.heavy
def test_running_a_seed_again_gives_the_record():
    again = run_seed(0, situations=["scenes_5", "moved"], starts=["deltas"])
    for situation, scores in again["iou"].items():
        assert scores == pytest.approx(RUNS[0]["iou"][situation], abs=0.005)
    curve, stored = (run["descent"]["deltas"]["curve"] for run in (again, RUNS[0]))
    assert curve == pytest.approx(stored, abs=0.005)


@pytest.mark.parametrize(
    ("ours", "holds"),
    [([0.5, 0.6, 0.7], True), ([0.5, 0.6, 0.3], False), ([0.41, 0.9, 0.41], False)],
    ids=["every seed", "one seed lost", "spread larger than the difference"],
)
def test_a_claim_needs_every_seed_and_more_than_its_spread(ours, holds):
    row = summarize_claim("a > b, c", "어디: 가 > 나", "나", {}, ours, [0.4, 0.4, 0.4])
    assert row["holds"] is holds


def test_writing_one_lesson_leaves_the_others_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("tools.claims.CLAIMS", tmp_path / "claims.json")
    write_claims("08_last", [{"claim": "가"}, {"claim": "나"}])
    write_claims("00_intro", [{"claim": "다"}])
    written = read_json(tmp_path / "claims.json")
    assert written == {"00_intro": [{"claim": "다"}], "08_last": [{"claim": "가"}, {"claim": "나"}]}
    assert [path.name for path in tmp_path.iterdir()] == ["claims.json"]


def section_three():
    cells = read(NOTEBOOKS / "00_intro.ipynb", as_version=4).cells
    first, last = (
        next(i for i, cell in enumerate(cells) if cell.source.startswith(f"## {number}."))
        for number in (3, 4)
    )
    return "\n".join(cell.source for cell in cells[first:last] if cell.cell_type == "markdown")


def test_the_lesson_quotes_the_record():
    prose = section_three()
    known = {(f"{row['delta']:.3f}", f"{row['delta_std']:.3f}") for row in RECORD["00_intro"]}
    quotes = DELTA.findall(prose)
    assert len(quotes) >= 10 and set(quotes) <= known
    # 인용하지 않은 소수 셋째 자리 수는 없습니다. 설명하는 문장이 인용을 되풀이하는 것은 괜찮습니다.
    assert set(NUMBER.findall(prose)) <= {number for quote in quotes for number in quote}


def test_the_lesson_counts_the_wins_of_the_record():
    known = {
        (f"{row['delta']:.3f}", f"{row['delta_std']:.3f}", str(row["wins"]), str(row["seeds"]))
        for row in RECORD["00_intro"]
    }
    counted = WINS.findall(section_three())
    assert counted and set(counted) <= known


class TestStory:
    """레슨 00의 결론이 기대는 부등식. 기록을 새로 만들었을 때 결론이 뒤집히면 여기서 드러납니다."""

    HOLDS = {row["claim"]: row["holds"] for row in RECORD["00_intro"]}

    @pytest.mark.parametrize(
        "claim",
        [
            "장면 2장: 앵커 그대로 > 절대 좌표 + 앵커 위치",
            "장면 2장: 픽셀 차이 > 절대 좌표 + 앵커 위치",
            "장면 2장: 수정량 > 앵커 그대로",
            "장면 80장: 앵커 그대로 > 절대 좌표",
            "장면 20장: 절대 좌표 + 앵커 위치 + 특징 × 앵커 크기 > 수정량",
            "장면 80장: 절대 좌표 + 앵커 위치 + 특징 × 앵커 크기 > 수정량",
            "왼쪽에서 배우고 오른쪽에서 시험: 수정량 > 절대 좌표 + 앵커 위치",
            "작은 물체로 시험: 수정량 > 픽셀 차이",
            "큰 물체로 배우고 작은 물체로 시험: 수정량 > 절대 좌표 + 앵커 위치 + 특징 × 앵커 크기",
            "큰 물체로 배우고 작은 물체로 시험: 수정량 > 픽셀 차이",
            "큰 물체로 배우고 작은 물체로 시험: 앵커 그대로 > 픽셀 차이",
            "장면 80장으로 배우고 큰 물체로 시험: 절대 좌표 + 앵커 위치 > 수정량",
            "다섯 걸음 뒤의 평균 IoU: 수정량 > 절대 좌표 + 앵커 위치",
            "쓸 수 있는 학습률의 비율: 수정량 > 절대 좌표 + 앵커 위치",
        ],
    )
    def test_said(self, claim):
        assert self.HOLDS[claim]

    @pytest.mark.parametrize(
        "claim",
        [
            "장면 80장: 수정량 > 로그 없는 수정량",
            "왼쪽에서 배우고 오른쪽에서 시험: 픽셀 차이 > 절대 좌표 + 앵커 위치",
            "작은 물체로 시험: 수정량 > 절대 좌표 + 앵커 위치 + 특징 × 앵커 크기",
            "다섯 걸음 뒤의 평균 IoU: 수정량 > 절대 좌표 + 앵커 위치, 앵커에서 출발",
            "쓸 수 있는 학습률의 비율: 수정량 > 절대 좌표 + 앵커 위치, 앵커에서 출발",
            "쓸 수 있는 학습률의 비율: 수정량 > 픽셀 차이",
        ],
    )
    def test_not_said(self, claim):
        assert not self.HOLDS[claim]

    def test_the_rival_nearly_catches_up(self):
        for scenes in (20, 80):
            (row,) = [
                row
                for row in RECORD["00_intro"]
                if row["claim"] == f"장면 {scenes}장: 수정량 > 절대 좌표 + 앵커 위치"
            ]
            assert 0 < row["delta"] < 0.03
