"""실험대의 파이썬 쪽: 기준이 되는 값, 검사, 커널이 없을 때 보일 그림. 화면은 test_browser.py."""

import base64
import re

import numpy as np
import pytest
from hypothesis import given, settings
from matplotlib.figure import Figure
from matplotlib.text import Text
from strategies import box_pairs

from anchorbox_utils import (
    COLORS,
    AnchorGrid,
    DesignLab,
    FormulaLab,
    ThresholdLab,
    count_labels,
    encode_boxes,
    make_scene,
    match_anchors,
)

ANCHOR, GT = [30, 40, 70, 60], [33, 34, 83, 58]


def small_labs():
    scene = make_scene(0, image_size=(96, 128), n_objects=2, size_range=(20, 40))
    grid = AnchorGrid(scene.image_size, 16, [32])
    return [
        FormulaLab(ANCHOR, GT),
        FormulaLab(ANCHOR, GT, practice=True),
        ThresholdLab({"장면": scene}, {"격자": grid}),
        ThresholdLab({"장면": scene}, {"격자": grid}, prediction=3),
        DesignLab(scene.boxes, scene.image_size),
    ]


@settings(max_examples=20, deadline=None)
@given(pair=box_pairs(min_rows=1, max_rows=1))
def test_deltas_follow_the_boxes(pair):
    lab = FormulaLab()
    lab.anchor, lab.gt = pair
    np.testing.assert_array_equal(lab.deltas, encode_boxes(*pair))


def test_boxes_set_from_python_reach_the_page():
    lab = FormulaLab(ANCHOR, GT)
    lab.gt = np.array([[10, 20, 30, 40]])
    assert lab.get_state(["anchor", "gt"]) == {"anchor": [ANCHOR], "gt": [[10, 20, 30, 40]]}


def test_boxes_from_the_page_reach_python():
    lab = FormulaLab(ANCHOR, GT)
    lab.set_state({"anchor": [[0, 0, 10, 20]], "guess": [0.1, 0.2, 0.3, 0.4]})
    assert lab.anchor.tolist() == [[0, 0, 10, 20]]
    assert lab.guess == (0.1, 0.2, 0.3, 0.4)


def test_boxes_cannot_be_changed_behind_the_page():
    given_box = np.array(ANCHOR, dtype=float)
    lab = FormulaLab(given_box, GT)
    given_box[0] = 0
    assert lab.anchor.tolist() == [ANCHOR]
    with pytest.raises(ValueError, match="read-only"):
        lab.anchor[0, 0] = 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FormulaLab([70, 40, 30, 60], GT), r"anchor\[0\]: x2\(30.0\) < x1\(70.0\)"),
        (lambda: FormulaLab(ANCHOR, [GT, GT]), "gt: 박스 하나가 필요한데 2개"),
        (lambda: setattr(FormulaLab(), "gt", [0, 0, 1, np.nan]), r"gt\[0\]: NaN"),
        (lambda: FormulaLab(image_size=(0, 10)), "image_size"),
        (lambda: ThresholdLab(pos_thr=0.2, neg_thr=0.3), r"neg_thr\(0.3\)는 pos_thr\(0.2\)보다"),
        (lambda: setattr(ThresholdLab(), "thresholds", 0.5), "thresholds: .* 두 수가"),
        (lambda: setattr(ThresholdLab(), "scene", "없는 장면"), "scene: '없는 장면'"),
        (lambda: setattr(ThresholdLab(), "grid", "없는 격자"), "grid: '없는 격자'"),
        (
            lambda: ThresholdLab({"가": make_scene(0), "나": make_scene(0, image_size=(300, 300))}),
            "scenes: 장면의 크기가 모두 같아야",
        ),
        (lambda: DesignLab([[0, 0, 5, 5]], scales=[0]), "scales: 0보다 큰"),
        (lambda: DesignLab([[0, 0, 5, 5]], ratios=[]), "ratios: 0보다 큰"),
        (lambda: DesignLab([[0, 0, 5, 5]], stride=-1), "^stride: 0보다 큰 수 하나"),
        (lambda: DesignLab([[0, 0, 5, 5]], stride=[8, 16]), "^stride: 0보다 큰 수 하나"),
        (lambda: ThresholdLab(prediction="20"), "prediction: 0 이상의 정수"),
        (lambda: setattr(ThresholdLab(), "prediction", -1), "prediction: 0 이상의 정수"),
        (lambda: setattr(FormulaLab(), "guess", (0.1, 0.2)), "guess: 오프셋 네 수"),
        (lambda: setattr(FormulaLab(), "guess", "넷"), "guess: 오프셋 네 수"),
        (lambda: DesignLab([[0, 0, 5, 5]], min_iou=2), "min_iou: 0 이상 1 이하"),
        (lambda: DesignLab([[5, 0, 0, 5]]), r"boxes\[0\]: x2"),
    ],
)
def test_bad_values_are_refused_in_korean(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_refused_values_leave_the_lab_as_it_was():
    lab = ThresholdLab(pos_thr=0.6, neg_thr=0.3)
    with pytest.raises(ValueError, match="neg_thr"):
        lab.thresholds = (0.2, 0.3)
    assert lab.thresholds == (0.6, 0.3)


@pytest.mark.parametrize("force_match", [True, False])
def test_threshold_lab_agrees_with_match_anchors(force_match):
    lab = ThresholdLab(pos_thr=0.8, neg_thr=0.4, force_match=force_match)
    expected = match_anchors(lab.anchors, lab.gt_boxes, 0.8, 0.4, force_match)
    np.testing.assert_array_equal(lab.result.labels, expected.labels)
    assert lab.counts["pos"] == (expected.labels == 1).sum()
    if not force_match:
        assert lab.counts == count_labels(expected.iou_max, 0.8, 0.4)


def test_choosing_a_scene_and_a_grid():
    scenes = {"가": make_scene(1), "나": make_scene(2, n_objects=2)}
    grids = {"성긴 격자": AnchorGrid((240, 320), 32, [64]), "앵커 둘": [ANCHOR, GT]}
    lab = ThresholdLab(scenes, grids)
    assert (len(lab.gt_boxes), len(lab.anchors)) == (4, len(grids["성긴 격자"]))
    lab.scene, lab.grid = "나", "앵커 둘"
    assert (len(lab.gt_boxes), len(lab.anchors)) == (2, 2)


def test_design_lab_agrees_with_match_anchors():
    boxes = make_scene(5, n_objects=6).boxes
    lab = DesignLab(boxes, (240, 320), scales=[32, 64], stride=8, min_iou=0.6)
    best = match_anchors(AnchorGrid((240, 320), 8, [32, 64]), boxes).gt_best_iou
    np.testing.assert_array_equal(lab.best_iou, best)
    assert lab.coverage == (best >= 0.6).mean()


def test_answers_stay_hidden_until_the_learner_commits():
    lab = FormulaLab(ANCHOR, GT, practice=True)
    assert "0.223" not in lab.summary()
    lab.guess = (0.2, -0.2, 0.2, 0.2)
    assert "(0.200, -0.200, 0.223, 0.182)" in lab.summary()

    lab = ThresholdLab(pos_thr=0.6)
    positives = f"양성 {lab.counts['pos']}개"
    assert positives not in lab.summary()
    lab.prediction = 10
    assert positives in lab.summary()


@pytest.mark.parametrize("number", range(len(small_labs())))
def test_stored_output_shows_the_state_without_a_kernel(number):
    first, second = (small_labs()[number] for _ in range(2))
    data, _ = first._repr_mimebundle_()
    assert data["text/plain"] == first.summary() == second.summary()
    assert first.model_id not in data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data
    png = base64.b64decode(data["image/png"])
    assert png.startswith(b"\x89PNG") and len(png) > 5000
    assert png == second.to_png()


def test_the_picture_follows_the_state():
    lab = FormulaLab(ANCHOR, GT)
    before = lab.to_png()
    lab.gt = [40, 34, 90, 58]
    assert lab.to_png() != before


def picture_texts(lab):
    figure = Figure()
    lab.draw(figure)
    return [text.get_text() for text in figure.findobj(Text)]


def test_the_picture_shows_the_guess_and_the_forced_matches():
    lab = FormulaLab(ANCHOR, GT, practice=True)
    assert "내 추측" not in picture_texts(lab)
    lab.guess = (0.2, 0.2, 0.2, 0.2)
    assert "내 추측" in picture_texts(lab)
    lab.guess = (0.2, 0.2, 800, 0.2)
    assert "내 추측" not in picture_texts(lab)

    lab = ThresholdLab(pos_thr=0.95, neg_thr=0.9)
    assert not any("강제 매칭" in text for text in picture_texts(lab))
    lab.prediction = 1
    forced = int(lab.result.forced.sum())
    assert forced > 0
    expected = f"양성 {lab.counts['pos']}개, .*강제 매칭으로 양성이 된 앵커 {forced}개"
    assert any(re.search(expected, text) for text in picture_texts(lab))


@pytest.mark.parametrize("lab", small_labs(), ids=lambda lab: type(lab).__name__)
def test_the_front_end_is_local_and_uses_the_course_colours(lab):
    assert "export default { render }" in lab._esm
    # SVG의 이름 공간은 주소처럼 생겼지만 불러오는 곳이 아닙니다.
    code = lab._esm.replace("http://www.w3.org/2000/svg", "") + lab._css
    assert not any(word in code for word in ("http", "import ", "url(//", "@import"))
    assert lab._palette == COLORS
