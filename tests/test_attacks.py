"""고약한 함수를 하나씩 검사에 넣어도 판정은 돌아오고, 다음 검사와 노트북은 그대로입니다.

무엇을 해 보는지는 attacks.py에 있습니다. 가른 프로세스(Linux)와 이 프로세스(macOS, Windows의 길)
모두에서 봅니다.
"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from attacks import ATTACKS, ONLY_FORKED

from anchorbox_utils import mine_or_ours
from anchorbox_utils.bugs import checking
from anchorbox_utils.feedback import apart
from anchorbox_utils.homework import engine, swapping

MODES = {
    "forked": list(ATTACKS),
    "here": [name for name in ATTACKS if name not in ONLY_FORKED],
}
FEW = ["swallows_everything", "deletes_np_asarray", "clears_modules", "returns_a_masked_answer"]
EACH = 60
# 이 프로세스에서 판정하는 길은 macOS와 Windows의 것이라, CI에서는 몇 가지만 합니다.
MARKS = {"forked": pytest.mark.heavy, "here": pytest.mark.wide}
CHUNKS = [
    pytest.param(mode, names[first : first + EACH], id=f"{mode}-{names[first]}", marks=MARKS[mode])
    for mode, names in MODES.items()
    for first in range(0, len(names), EACH)
]

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc을 읽습니다")


def attack(mode, names):
    """``names``를 차례로 검사한 보고들. 끝나지 않으면 여기서 멈춥니다."""
    ran = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("attacks.py")), mode, *names],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=240,
    )
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def faults(reports):
    return {
        report["name"]: report
        for report in reports
        if report["status"] not in {"failed", "error"}
        or report["changed"]
        or report["next"] != "passed"
    }


@pytest.mark.heavy
@needs_linux
@pytest.mark.parametrize("mode", MODES)
def test_a_few_attacks_leave_nothing_behind(mode):
    reports = attack(mode, FEW)
    assert [report["name"] for report in reports] == FEW
    assert faults(reports) == {}


@needs_linux
@pytest.mark.parametrize(("mode", "names"), CHUNKS)
def test_every_attack_leaves_nothing_behind(mode, names):
    reports = attack(mode, names)
    assert [report["name"] for report in reports] == names
    assert faults(reports) == {}


@pytest.fixture(params=[True, False], ids=["apart", "here"])
def either_way(request, monkeypatch):
    """갈라진 프로세스에서도, 이 프로세스에서도."""
    if request.param and sys.platform != "linux":
        pytest.skip("프로세스를 가를 수 없는 곳입니다")
    monkeypatch.setattr(apart, "CAN_FORK", request.param)
    monkeypatch.setattr(apart, "_GRACE", 0.2)


@pytest.mark.heavy
@pytest.mark.usefixtures("either_way")
def test_a_function_that_hangs_only_later_does_not_hang_the_swap(monkeypatch, capsys):
    """판정에서는 틀리기만 하고, 꼴을 볼 때에야 끝나지 않습니다."""
    monkeypatch.setattr(engine, "TIME_LIMIT", 0.3)
    monkeypatch.setattr(swapping, "TIME_LIMIT", 0.3)
    cases = len(engine.find_exercise("box_iou").cases(np.random.default_rng(0)))
    calls = []

    def later(boxes1, boxes2):
        calls.append(1)
        while len(calls) > cases:
            pass
        return [[0.0] * len(boxes2) for _ in boxes1]

    assert mine_or_ours("box_iou", later, max) is max
    assert "강좌의 함수로 이어 갑니다" in capsys.readouterr().out


def endless(*args):
    while True:
        pass


def vandal(*args):
    np.seterr(all="raise")
    np.set_printoptions(precision=1)
    del np.asarray
    return args[0]


ENTRIES = {
    "grade": lambda fn: engine.grade("box_iou", fn),
    "progress": lambda fn: engine.progress(box_iou=fn).results[0],
    "check_repair": lambda fn: checking.check_repair("nan_loss", fn),
    # 돌려준 Pipeline 속의 함수는 고친 것을 볼 때에야 불립니다.
    "check_repair later": lambda fn: checking.check_repair(
        "self_iou_below_one", lambda pipeline: replace(pipeline, iou=fn)
    ),
}


@pytest.mark.heavy
@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("fn", [endless, vandal])
@pytest.mark.parametrize("enter", ENTRIES.values(), ids=ENTRIES)
def test_every_entry_comes_back_and_leaves_nothing(enter, fn, monkeypatch):
    monkeypatch.setattr(engine, "TIME_LIMIT", 0.3)
    monkeypatch.setattr(checking, "TIME_LIMIT", 0.6)
    before = np.geterr(), np.get_printoptions(), np.asarray
    assert enter(fn).status in {"failed", "error"}
    assert (np.geterr(), np.get_printoptions(), np.asarray) == before
