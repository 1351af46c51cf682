"""버그 실험실: 모든 사건이 제 이름으로 잡히고, 고치면 통과하고, 속임수는 통과하지 못합니다."""

import re
from dataclasses import replace

import numpy as np
import pytest

from anchorbox_utils import AnchorGrid, check_cause, check_repair, open_bug
from anchorbox_utils.bugs import (
    BUG_CASES,
    BugCase,
    anchor_setup,
    checking,
    class_numbers,
    coordinates,
    training_code,
)
from anchorbox_utils.diagnosis import KINDS

every_case = pytest.mark.parametrize("case", BUG_CASES.values(), ids=lambda case: case.name)


def test_there_are_enough_different_cases():
    assert len(BUG_CASES) >= 12
    homes = {}
    for case in BUG_CASES.values():
        homes.setdefault(case.cause, []).append(case.name)
    twice = {cause: names for cause, names in homes.items() if len(names) > 1}
    assert not twice, f"원인 하나에는 사건 하나입니다: {twice}"


@pytest.mark.parametrize("kind", [anchor_setup, class_numbers, coordinates, training_code])
def test_no_case_is_left_out_of_the_catalogue(kind):
    written = [value for value in vars(kind).values() if isinstance(value, BugCase)]
    left_out = [case.name for case in written if BUG_CASES.get(case.name) is not case]
    assert written and not left_out, f"catalogue.py의 차례에 넣으세요: {left_out}"


@every_case
@pytest.mark.parametrize("seed", [0, 7])
def test_a_case_is_found_under_its_own_name_and_no_other_error(case, seed):
    broken, truth = case.build(seed)
    assert [finding.name for finding in broken.diagnose().errors] == [case.cause]
    assert case.repair(broken).diagnose().errors == ()
    assert len(truth) == len(broken.boxes)


@every_case
def test_a_case_is_well_told(case):
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", thread) for thread in case.threads)
    assert case.threads and len(set(case.choices)) == 4 and set(case.choices) <= set(KINDS)
    bug = open_bug(case.name)
    assert case.title in str(bug) and "원인의 후보" in str(bug)
    assert case.title in bug._repr_html_()
    # 증상은 원인의 이름을 말하지 않습니다.
    assert KINDS[case.cause].title not in case.symptom(bug.pipeline)
    # 연 사람이 데이터를 망가뜨려도 다음에 연 사건은 그대로입니다.
    before = str(bug)
    for rows in bug.pipeline.boxes:
        rows[:] = 0
    assert str(open_bug(case.name)) == before


@every_case
def test_cause_and_repair_are_graded(case):
    right = check_cause(case.name, case.cause)
    assert right.passed and case.threads[0] in str(right)
    for other in case.others:
        wrong = check_cause(case.name, other)
        assert wrong.status == "failed" and wrong.hint == case.hint
    assert check_repair(case.name, case.repair).passed
    untouched = check_repair(case.name, lambda pipeline: pipeline)
    assert untouched.status == "failed" and KINDS[case.cause].title in untouched.message


def test_answers_that_are_no_answers():
    assert check_cause("nan_loss", None).status == "not_attempted"
    assert check_cause("nan_loss", "").status == "not_attempted"
    assert check_cause("nan_loss", "귀신").status == "failed"
    assert check_cause("nan_loss", 3).status == "failed"
    assert check_repair("nan_loss", ...).status == "not_attempted"
    assert check_repair("nan_loss", 3).status == "failed"
    for wrong in (lambda: check_cause("없음", "x"), lambda: check_repair("없음", None)):
        with pytest.raises(ValueError, match="사건은 없습니다"):
            wrong()


def not_yet(pipeline):
    raise NotImplementedError


class StdinNotImplementedError(NotImplementedError):
    """노트북에서 input()을 부를 때 나는 오류."""


def ask(pipeline):
    raise StdinNotImplementedError("raw_input was called")


def crash(pipeline):
    return pipeline.nothing


@pytest.mark.parametrize(
    ("name", "fn", "status", "word"),
    [
        ("nan_loss", not_yet, "not_attempted", "아직"),
        ("nan_loss", lambda p: None, "not_attempted", "아직"),
        ("nan_loss", lambda p: p.boxes[0].sort(), "failed", "None"),
        ("nan_loss", lambda p: p.boxes, "failed", "tuple"),
        ("nan_loss", lambda p: replace(p, boxes=()), "failed", "0장으로"),
        ("nan_loss", lambda p: replace(p, labels=()), "failed", "진단할 수 없습니다"),
        ("missing_class", lambda p: replace(p, num_classes=None), "failed", "num_classes"),
        ("always_background", lambda p: replace(p, background=None), "failed", "background"),
        (
            "augmentation_refuses",
            lambda p: replace(p, image_sizes=tuple((h + 10, w + 10) for h, w in p.image_sizes)),
            "failed",
            "이미지의 크기",
        ),
        (
            "nan_loss",
            lambda p: replace(
                p,
                boxes=tuple(np.empty((0, 4)) for _ in p.boxes),
                labels=tuple(np.empty(0, int) for _ in p.boxes),
            ),
            "failed",
            "36개 사라졌습니다",
        ),
        (
            "nan_loss",
            lambda p: replace(p, boxes=tuple(np.abs(b) % 50 + [0, 0, 60, 60] for b in p.boxes)),
            "failed",
            "",
        ),
        ("zero_recall", lambda p: replace(p, grid=None), "failed", "AnchorGrid"),
        (
            "fits_the_photos",
            lambda p: replace(p, grid=AnchorGrid((960, 1280), 32, [128, 192, 288, 384])),
            "failed",
            "입력의 크기",
        ),
        (
            "missing_class",
            lambda p: replace(p, labels=tuple(np.minimum(n, 2) for n in p.labels)),
            "failed",
            "합쳐졌거나",
        ),
        (
            "dropped_images",
            lambda p: replace(p, fmt="cxcywh"),
            "passed",
            "",
        ),
    ],
)
def test_repairs_of_every_sort(name, fn, status, word):
    result = check_repair(name, fn)
    assert result.status == status and word in result.message


@pytest.mark.parametrize(
    ("fn", "gloss", "error", "line"),
    [
        (crash, "철자를 확인해 보세요", "AttributeError", "return pipeline.nothing"),
        (ask, "오류가 났습니다", "StdinNotImplementedError: raw_input", "raise StdinNot"),
    ],
)
def test_an_error_is_explained_and_its_line_is_shown(fn, gloss, error, line):
    result = check_repair("nan_loss", fn)
    assert result.status == "error" and gloss in result.message
    details = dict(result.details)
    assert details["검사한 데이터"] == "보이는 데이터" and error in details["오류"]
    number = fn.__code__.co_firstlineno + 1
    assert details["멈춘 곳"].startswith(f"{number}번째 줄 `{line}")


def test_an_endless_repair_is_stopped(monkeypatch):
    def endless(pipeline):
        while True:
            pass

    monkeypatch.setattr(checking, "TIME_LIMIT", 0.05)
    result = check_repair("nan_loss", endless)
    assert result.status == "error" and result.message.startswith("0.05초 안에 끝나지 않아")
    assert "오류" not in dict(result.details)


def test_the_learners_function_cannot_change_the_case():
    def spoil(pipeline):
        object.__setattr__(pipeline.grid, "image_size", (960, 1280))
        return pipeline

    assert "입력의 크기" in check_repair("fits_the_photos", spoil).message
    assert check_cause("nan_loss", "mixed_formats").passed
    assert check_repair("nan_loss", BUG_CASES["nan_loss"].repair).passed
