"""화면이 보낸 엉뚱한 값은 말없이 거절되고, 파이썬에서 넣은 엉뚱한 값은 우리말로 거절됩니다.

실험대와 카드가 화면과 주고받는 이름을 모두 걷습니다.
"""

import re

import numpy as np
import pytest
import traitlets
from ipywidgets import DOMWidget, Widget
from test_labs import photo_lab, small_design_lab, small_threshold_lab
from test_prediction_card import BOXES, COUNTS, IMAGE, ORPHANS, SIDES, card, double

from anchorbox_utils import DesignLab, FormulaLab
from anchorbox_utils.labs import base

MAKE = {
    "formula": lambda: FormulaLab([30, 40, 70, 60], [33, 34, 83, 58]),
    "photo": photo_lab,
    "threshold": small_threshold_lab,
    "design": small_design_lab,
    "choice card": lambda: card(SIDES, double, width=10),
    "numbers card": lambda: card(COUNTS, lambda: (2, 3)),
    "boxes card": lambda: card(ORPHANS, lambda: [1, 3], (IMAGE, BOXES)),
}
NAN, INF = np.nan, np.inf
NEVER = [
    *("글", "", "1", "NaN", "<img src=x onerror=alert(1)>", "prediction ", b"x", -3, -1e308),
    *({}, {"a": 1}, {"length": 4}, [{}] * 3, [[]], [[]] * 4, [[[1]]], [[1, 2], [3]], [None]),
    *([True, True], [1, "2"], ["a", "b"], [NAN] * 4, [INF] * 4, [0.5, NAN], 10**400, [10**400, 1]),
    *([1e308, -1e308], [[1e308] * 4], [[0, 0, 1e300, 1e300]], [5, 4, 3, 2], [[5, 5, 1, 1]]),
    *([0.3, 0.7], [1] * 7, list(range(3, 10**5)), memoryview(b"abcdefgh")),
]
# 이름마다 또 받을 수 없는 것. 빈 목록은 _predictions에는 기록이 없다는 옳은 값입니다.
ALSO = {
    "stride": [0, 1e-3, 5e-324, None, True, [16], NAN, INF],
    "scales": [None, [], [0], [-1], 0, [1e200], [32, True], "32", ["32"]],
    "ratios": [None, [], [0], [-1], 0, [1e-320], [1, True]],
    "min_iou": [None, 2, True, [0.5], NAN, -0.1],
    "thresholds": [None, [], [0.7], [0.7, 0.3, 0.1], [True, False], [2, 1], ["0.7", "0.3"]],
    "force_match": [None, 2, 0.5, [], "true"],
    "practice": [None, 2, 0.5, [], "true"],
    "guess": [[], [1, 2, 3], ["1", "2", "3", "4"], [True] * 4, 0, True],
    "anchor": [None, [], [1, 2, 3, "4"], [[1, 2, 3, 4]] * 2, [0, 0, NAN, 1], 3, True],
    "gt": [None, [], ["1", "2", "3", "4"], [[1, 2, 3, 4]] * 2, [0, 0, INF, 1], 3],
    "scene": [None, 0, [], ["장면"], True],
    "grid": [None, 0, [], ["격자"], True],
    "mode": [None, 0, [], ["free"], True],
    "_predictions": [None, [None], [[]], [3], 3, True, [{"scene": "장면"}]],
    "prediction": [[], [0.5], [99], [True], [-1], ["1"], 3.5, True, [None]],
    "result": [None, {"status": "passed"}],
}
# 모든 위젯이 물려받은 이름들. 화면이 바꿀 일이 없으므로 무엇을 보내도 받지 않습니다.
INHERITED = {*Widget.class_trait_names(sync=True), *DOMWidget.class_trait_names(sync=True)}
KOREAN = re.compile("[가-힣]")

each_widget = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)


def names_of(widget):
    return sorted(widget.traits(sync=True))


def frozen(widget):
    state = widget.get_state()
    return {name: state[name] for name in names_of(widget)}


# NEVER에 있어도 이 이름에는 옳은 값들.
RIGHT = {
    "scales": ([0.3, 0.7], [5, 4, 3, 2], [1] * 7),
    "ratios": ([0.3, 0.7], [5, 4, 3, 2], [1] * 7),
    "guess": ([5, 4, 3, 2],),
}
# 두 수를 적는 카드에는 두 수의 목록이 옳습니다.
PAIRS = ([0.3, 0.7], [1e308, -1e308])


def garbage(widget, name):
    pairs = name == "prediction" and widget.question is COUNTS
    right = PAIRS if pairs else RIGHT.get(name, ())
    return [value for value in (*NEVER, *ALSO.get(name, ())) if value not in right]


@each_widget
def test_garbage_from_the_page_changes_nothing_and_says_nothing(make, capfd, caplog):
    widget, sent = make(), []
    widget._send = lambda message, buffers=None: sent.append(message)
    before, walked = frozen(widget), 0
    for name in names_of(widget):
        walked += 1
        for value in garbage(widget, name):
            sent.clear()
            message = {"method": "update", "state": {name: value}, "buffer_paths": []}
            widget._handle_msg({"content": {"data": message}, "buffers": []})
            assert frozen(widget) == before, (name, value)
            # 화면이 지금 값을 다시 받습니다.
            told = [data for data in sent if data["method"] == "update"][-1]
            # 바이트는 따로 갑니다.
            assert name in [*told["state"], *(path[0] for path in told["buffer_paths"])]
    assert walked == len([t for t in widget.traits().values() if t.metadata.get("sync")])
    assert capfd.readouterr() == ("", "") and not caplog.records


@each_widget
def test_garbage_beside_a_right_value_does_not_stop_it(make):
    widget = make()
    name, value = {
        "FormulaLab": ("practice", True),
        "ThresholdLab": ("force_match", False),
        "DesignLab": ("min_iou", 0.25),
        "PredictionCard": ("prediction", [1]),
    }[type(widget).__name__]
    if name == "prediction" and widget.question is COUNTS:
        value = [2, 3]
    widget.set_state({name: value, "layout": 3, "_palette": [], "nothing": None})
    assert getattr(widget, name) == value


@each_widget
@pytest.mark.parametrize("state", [None, [], 3, "글", [["stride", 3]]])
def test_a_state_that_is_no_table_is_refused(make, state, capfd):
    widget = make()
    before = frozen(widget)
    message = {"method": "update", "state": state, "buffer_paths": []}
    widget._handle_msg({"content": {"data": message}, "buffers": []})
    assert frozen(widget) == before and capfd.readouterr() == ("", "")


@each_widget
def test_garbage_from_python_is_refused_in_korean(make):
    widget = make()
    before = frozen(widget)
    for name in widget._from_page:
        for value in garbage(widget, name):
            with pytest.raises(traitlets.TraitError, match=KOREAN) as caught:
                setattr(widget, name, value)
            assert isinstance(caught.value, ValueError)
            assert len(str(caught.value)) < 400
    for name in set(names_of(widget)) - set(widget._from_page) - INHERITED:
        with pytest.raises(traitlets.TraitError, match=KOREAN):
            setattr(widget, name, object())
    assert frozen(widget) == before


def test_masked_arrays_are_refused():
    lab = small_design_lab()
    with pytest.raises(ValueError, match="scales"):
        lab.scales = np.ma.array([32.0, 64.0], mask=[0, 1])


def test_too_many_anchors_are_told_before_the_memory_is_gone():
    with pytest.raises(ValueError, match="앵커 6가지를 깔면 460,800,000,000개"):
        DesignLab([[0, 0, 5, 5]], stride=1e-3)
    with pytest.raises(ValueError, match="앵커 6가지를 깔면 150,000,000개"):
        DesignLab([[0, 0, 5, 5]], (5000, 5000), stride=1)


def test_refused_is_both_kinds_of_error():
    assert issubclass(base.Refused, ValueError) and issubclass(base.Refused, traitlets.TraitError)


def test_an_interrupted_card_can_be_answered_again():
    def interrupted():
        raise KeyboardInterrupt

    shown = card(COUNTS, interrupted)
    with pytest.raises(KeyboardInterrupt):
        shown.commit(2, 3)
    assert shown.prediction is None and shown.result is None


@pytest.mark.parametrize("error", [SystemExit, GeneratorExit])
def test_a_card_that_tries_to_leave_is_told(error):
    def leaving():
        raise error

    result = card(COUNTS, leaving).commit(2, 3).result
    assert result["status"] == "error" and error.__name__ in result["why"]


def test_a_card_leaves_the_settings_alone():
    def vandal():
        np.seterr(all="raise")
        del np.asarray
        return (2, 3)

    before = np.geterr(), np.asarray
    card(COUNTS, vandal).commit(2, 3)
    assert (np.geterr(), np.asarray) == before


def test_a_card_with_values_that_cannot_be_pickled():
    shown = card(SIDES, lambda width, key: 20, width=10, key=lambda: 1).commit(1)
    assert shown.result["status"] == "passed"
    shown.ask(width=11)
    assert shown.prediction is None
