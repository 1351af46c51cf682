"""공개 이름마다의 약속: 나쁜 인수에는 그 인수를 말하는 한국어 ValueError를 냅니다.

예외의 종류가 다르거나, 인수를 말하지 않거나, 경고를 남기거나, NaN을 돌려주거나, 입력을 바꾸거나,
조용히 받아들이면 실패합니다. 표는 contract.py에 있습니다.
"""

import numpy as np
import pytest
from contract import CALLS, EXEMPT, KINDS, VALUES, signatures, trials, try_call

import anchorbox_utils as ab

SIGNATURES = signatures()
# 평소에는 갈래마다 하나씩만, CI에서는 모두 넣어 봅니다.
FEW = ["none", "hostile", "masked_rows"]
SLOW = {name for name in CALLS if name.startswith(("draw_", "Detector", "check", "train"))}


def exempt(name, parameter):
    return name in EXEMPT or f"{name}.{parameter}" in EXEMPT


def pairs(table):
    return {(name, parameter) for name, parameters in table.items() for parameter in parameters}


def test_every_parameter_is_walked_or_exempt_with_a_reason():
    every, walked = pairs(SIGNATURES), pairs(CALLS)
    excused = {pair for pair in every if exempt(*pair)}
    assert walked & excused == set()
    assert every == walked | excused
    assert len(every) == len(walked) + len(excused)


def test_no_exemption_is_stale():
    for key, reason in EXEMPT.items():
        assert reason
        assert any(key in (name, f"{name}.{parameter}") for name, parameter in pairs(SIGNATURES))


def test_kinds_and_values_are_all_used():
    used = {p.kind.removesuffix("?") for parameters in CALLS.values() for p in parameters.values()}
    assert used == set(KINDS)
    assert set().union(*KINDS.values()) <= set(VALUES)


def faults(name, values):
    for _, argument, label, call, value, allowed, goods in trials({name}, values):
        outcome = try_call(call, name, argument, value, allowed, goods)
        if outcome.fault:
            yield f"{name}({argument}={label}): {outcome.fault} {outcome.told}"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", sorted(set(CALLS) - SLOW))
def test_a_few_bad_values_keep_the_contract(name):
    assert list(faults(name, FEW)) == []


@pytest.mark.wide
@pytest.mark.parametrize("name", sorted(CALLS))
def test_all_bad_values_keep_the_contract(name, capsys):
    assert list(faults(name, VALUES)) == []


BOX = np.array([[4.0, 4, 20, 24]])
HUGE = np.array([[0.0, 0, 1e305, 1]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ab.make_scene(0, n_objects=2**70), "n_objects: .*500"),
        (lambda: ab.LabeledImage("a", 64, 64, [[0, 0, np.nan, 4]]), r"boxes\[0\]: NaN"),
        (lambda: ab.LabeledImage("a", 64, 64, [[0, 0, 4j, 4]]), "boxes: .*complex"),
        (lambda: ab.clip_boxes(BOX, {480, 640}), "image_size: .*{"),
        (lambda: ab.check("count_labels", len, seed="0"), "seed: .*'0'"),
        (lambda: ab.encode_boxes([[0, 0, 1e-9, 1]], HUGE), r"gt_boxes\[0\]: .*범위"),
        (lambda: ab.encode_boxes([[-1.7e308, 0, 1.7e308, 1]], BOX), r"anchors\[0\]: .*범위"),
        (lambda: ab.box_convert([[1e308, 0, 1e308, 1]], "xywh", "xyxy"), r"boxes\[0\]: .*범위"),
        (lambda: ab.smooth_l1_loss([1e308], [-1e308]), r"predictions\[0\]: .*범위"),
        (lambda: ab.denormalize_deltas([[1e308] * 4], std=[10] * 4), r"deltas\[0\]: .*범위"),
        (lambda: ab.sigmoid_focal_loss([0.5], [1], gamma=np.inf), "gamma: .*inf"),
        (lambda: ab.AnchorGrid((4000, 4000), 1e-3, 32), "image_size와 strides: 앵커가"),
        (lambda: ab.box_iou(np.ma.array(BOX, mask=True), BOX), "boxes1: .*masked"),
        (lambda: ab.kmeans_anchors([[4, 8], [9, 9]], True), "k: .*True"),
        (lambda: ab.nms(BOX, [0.5], None), "iou_threshold: .*None"),
    ],
)
def test_known_faults_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_numpy_threshold_is_compared_in_the_precision_of_the_iou():
    anchors = np.array([[0, 0, 10, 7]], dtype=np.float32)
    gt_boxes = np.array([[0, 0, 10, 10]], dtype=np.float32)
    rule = ab.Convention("", (">=", np.float64(0.7)), ("<", 0.3), None, (">", 0), "own")
    plain = ab.Convention("", (">=", 0.7), ("<", 0.3), None, (">", 0), "own")
    for convention in (rule, plain):
        assert ab.match_by_convention(anchors, gt_boxes, convention).labels.tolist() == [1]


def test_a_recommendation_stays_in_its_budget_and_says_so():
    sizes = np.exp(np.random.default_rng(0).normal(3, 1.5, (400, 2))).clip(2, 600)
    dataset = ab.dataset_from_boxes([np.hstack([np.zeros((400, 2)), sizes])], (640, 640))
    free = ab.recommend_anchors(dataset, budget=10**8)
    kept = ab.recommend_anchors(dataset)
    assert free.coverage.n_anchors > 10**6 and "예산" not in str(free)
    assert kept.coverage.n_anchors <= 10**6 and "예산: fit만 보고" in str(kept)
    tight = ab.recommend_anchors(dataset, budget=10)
    assert "그래도 예산을 넘습니다" in str(tight)


def test_numbers_are_python_numbers_after_the_check():
    result = ab.AnchorDesign(np.array([8, 16]), [np.float32(16), 32], (np.float64(0.5), 1))
    assert repr(result) == (
        "AnchorDesign(strides=(8, 16), scales=(16.0, 32), ratios=(0.5, 1), offset=0.5)"
    )
