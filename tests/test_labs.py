"""실험대의 파이썬 쪽: 기준이 되는 값, 검사, 커널이 없을 때 보일 그림. 화면은 test_browser.py."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image, ImageChops
from strategies import box_pairs

from anchorbox_utils import (
    COLORS,
    AnchorGrid,
    DesignLab,
    FormulaLab,
    ThresholdLab,
    box_iou,
    count_labels,
    datasets,
    encode_boxes,
    load_photo,
    make_scene,
    match_anchors,
)
from anchorbox_utils.labs import base

ANCHOR, GT = [30, 40, 70, 60], [33, 34, 83, 58]


def small_threshold_lab(**kwargs):
    scene = make_scene(0, image_size=(96, 128), n_objects=2, size_range=(20, 40))
    grid = AnchorGrid(scene.image_size, 16, [32])
    return ThresholdLab({"장면": scene}, {"격자": grid}, **kwargs)


def small_design_lab():
    scene = make_scene(0, image_size=(96, 128), n_objects=2, size_range=(20, 40))
    return DesignLab(scene.boxes, scene.image_size)


def photo_lab(**kwargs):
    photo = load_photo()
    return FormulaLab([80, 60, 240, 260], photo.boxes, image=photo.image, **kwargs)


# 사진을 PNG로 바꾸고 그림을 그리는 일이 오래 걸려, 검사마다 쓸 것만 짓습니다.
SMALL_LABS = {
    "formula": lambda: FormulaLab(ANCHOR, GT),
    "formula-practice": lambda: FormulaLab(ANCHOR, GT, practice=True),
    "threshold": small_threshold_lab,
    "threshold-prediction": lambda: small_threshold_lab(prediction=3),
    "threshold-free": lambda: small_threshold_lab(mode="free"),
    "design": small_design_lab,
    "photo": photo_lab,
    "photo-practice": lambda: photo_lab(practice=True),
}
each_lab = pytest.mark.parametrize("make", SMALL_LABS.values(), ids=SMALL_LABS)


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
        (lambda: FormulaLab(image=np.zeros((9, 9))), r"image: 모양이 \(H, W, 3\)여야"),
        (lambda: FormulaLab(image=np.zeros((9, 9, 4))), "image: 모양이"),
        (lambda: FormulaLab(image=np.zeros((0, 9, 3))), "image: 모양이"),
        (lambda: FormulaLab(image=np.full((9, 9, 3), 2.0)), "image: 실수 이미지는 0 이상 1 이하"),
        (lambda: FormulaLab(image=np.zeros((9, 9, 3), int)), "image: uint8이나 실수"),
        (
            lambda: FormulaLab(image=np.zeros((9, 9, 3)), image_size=(9, 9)),
            "image_size: 화면의 크기는 image를 따르므로",
        ),
        (lambda: ThresholdLab(pos_thr=0.2, neg_thr=0.3), r"neg_thr\(0.3\)는 pos_thr\(0.2\)보다"),
        (lambda: setattr(ThresholdLab(), "thresholds", 0.5), "thresholds: .* 두 수가"),
        (lambda: setattr(ThresholdLab(), "scene", "없는 장면"), "scene: '없는 장면'"),
        (lambda: setattr(ThresholdLab(), "grid", "없는 격자"), "grid: '없는 격자'"),
        (
            lambda: ThresholdLab({"가": make_scene(0), "나": make_scene(0, image_size=(300, 300))}),
            "scenes: 장면의 크기가 모두 같아야",
        ),
        (lambda: DesignLab([[0, 0, 5, 5]], scales=[0]), "scales.*0보다 큰"),
        (lambda: DesignLab([[0, 0, 5, 5]], ratios=[]), "ratios: 0보다 큰 수의 목록"),
        (lambda: DesignLab([[0, 0, 5, 5]], stride=-1), "^stride: 0보다 큰 수 하나"),
        (lambda: DesignLab([[0, 0, 5, 5]], stride=[8, 16]), "^stride: 0보다 큰 수 하나"),
        (lambda: ThresholdLab(prediction="20"), "prediction: 0 이상의 정수"),
        (lambda: setattr(ThresholdLab(), "prediction", -1), "prediction: 0 이상의 정수"),
        (lambda: ThresholdLab(mode="자유"), "mode: '자유'는 없습니다. 가능한 값: prediction, free"),
        (lambda: setattr(ThresholdLab(), "mode", []), r"mode: \[\]는 없습니다"),
        (lambda: setattr(ThresholdLab(), "scene", []), r"scene: \[\]는 없습니다"),
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


def opened(png):
    return Image.open(io.BytesIO(png))


@each_lab
def test_stored_output_shows_the_state_and_how_to_make_it_live(make, monkeypatch):
    first, second = make(), make()
    data, _ = first._repr_mimebundle_()
    assert data["text/plain"] == first.summary() == second.summary()
    assert first.model_id not in data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data
    png = base64.b64decode(data["image/png"])
    assert png.startswith(b"\x89PNG") and len(png) > 5000
    assert png == second.to_png()

    monkeypatch.setattr(base, "INVITATION", "")
    picture, silent = opened(png), opened(second.to_png())
    box = ImageChops.difference(picture.convert("RGB"), silent.convert("RGB")).getbbox()
    # 맨 위의 띠만 다르고, 글은 띠 안에 다 들어옵니다.
    assert 0 < box[0] and box[2] < picture.width
    assert 0 < box[1] and box[3] <= 36
    assert "Shift+Enter" not in "".join(picture_texts(first))


def test_the_photo_lab_is_low_and_wide():
    data, _ = photo_lab()._repr_mimebundle_()
    picture = opened(base64.b64decode(data["image/png"]))
    assert picture.height <= 480 and picture.width >= 1.9 * picture.height


def test_the_lab_takes_its_size_from_the_photo():
    image = np.random.default_rng(0).integers(0, 256, (30, 50, 3), dtype=np.uint8)
    lab = FormulaLab([5, 5, 20, 20], [8, 8, 30, 25], image=image)
    kind, data = lab._image.split(",")
    assert kind == "data:image/png;base64" and lab._image_size == (30, 50)
    sent = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
    np.testing.assert_array_equal(sent, image)
    # 받은 사진을 나중에 고쳐도 그림은 그대로입니다.
    before = lab.to_png()
    image[:] = 0
    assert lab.to_png() == before


def test_the_photo_picture_follows_the_state():
    lab = photo_lab(practice=True)
    assert "$t_x" not in "".join(picture_texts(lab))
    lab.guess = (0.1, 0.1, 0.1, 0.1)
    texts = "".join(picture_texts(lab))
    assert "내 추측" in texts and "t_w" in texts and "0.161" in texts


def test_the_photo_is_small_and_its_box_holds_the_cup():
    photo = load_photo()
    ((x1, y1, x2, y2),) = photo.boxes
    height, width = photo.image_size
    assert 0 <= photo.image.min() and photo.image.max() <= 1
    assert 0 < x1 < x2 < width and 0 < y1 < y2 < height
    # 잔의 흰 테두리가 박스의 왼쪽 변과 위쪽 변에 닿습니다. 오른쪽에는 빛나는 숟가락이 있습니다.
    white = (photo.image[:, : int(x2)] > 0.7).all(axis=2)
    left, top = (np.flatnonzero(white.sum(axis=axis) > 12)[0] for axis in (0, 1))
    assert (left, top) == pytest.approx((x1, y1), abs=2)
    file = Path(datasets.__file__).with_name("photo.jpg")
    assert file.stat().st_size <= 60_000 and file.with_name("photo_license.txt").is_file()


# 화면이 보내는 예측 하나. 실제 수는 들어 있지 않습니다.
ENTRY = {"thresholds": [0.5, 0.3], "force_match": False, "prediction": 9}
CHANGES = [
    ("thresholds", (0.6, 0.4)),
    ("scene", "합성 장면 2"),
    ("grid", "스트라이드 16, 앵커 3종"),
    ("force_match", False),
]


def counts_are_hidden(lab):
    assert ("예측을 적으면" in lab.summary()) == (
        f"양성 {lab.counts['pos']:,}개" not in lab.summary()
    )
    return "예측을 적으면" in lab.summary()


@pytest.mark.parametrize(("name", "value"), CHANGES)
def test_every_new_state_is_asked_anew(name, value):
    lab = ThresholdLab(pos_thr=0.6, prediction=20)
    before = getattr(lab, name)
    setattr(lab, name, value)
    assert lab.prediction is None and counts_are_hidden(lab)
    lab.prediction = 30
    assert lab.prediction == 30 and not counts_are_hidden(lab)
    # 이미 예측한 설정으로 돌아오면 그때의 예측이 그대로입니다.
    setattr(lab, name, before)
    assert lab.prediction == 20 and not counts_are_hidden(lab)


def test_the_record_says_which_state_a_prediction_belonged_to():
    lab = ThresholdLab(pos_thr=0.6, prediction=3)
    first = lab.counts["pos"]
    lab.set_state(
        {"_predictions": [*lab._predictions, {"scene": lab.scene, "grid": lab.grid} | ENTRY]}
    )
    lab.thresholds, lab.force_match = (0.5, 0.3), False
    second = lab.counts["pos"]
    state = {"scene": "합성 장면 1", "grid": "스트라이드 8, 앵커 9종", "neg_thr": 0.3}
    expected = [
        {"pos_thr": 0.6, "force_match": True, "prediction": 3, "actual": first},
        {"pos_thr": 0.5, "force_match": False, "prediction": 9, "actual": second},
    ]
    assert lab.predictions == [
        state | row | {"difference": row["prediction"] - row["actual"]} for row in expected
    ]
    assert f"강제 매칭 끔 → 내 예측 9개, 실제 {second}개, {second - 9}개 적음" in lab.summary()
    # 같은 설정의 예측은 하나뿐이고, 거둘 수 있습니다.
    lab.prediction = second
    assert [record["difference"] for record in lab.predictions] == [3 - first, 0]
    assert "같음" in lab.summary()
    lab.prediction = None
    assert len(lab.predictions) == 1 and counts_are_hidden(lab)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"scene": "없는 장면"}, "scene: '없는 장면'"),
        ({"thresholds": [0.2, 0.3]}, r"neg_thr\(0.3\)"),
        ({"prediction": -1}, "prediction: 0 이상의 정수"),
    ],
)
def test_a_bad_record_is_refused(bad, message):
    lab = ThresholdLab()
    entry = {"scene": lab.scene, "grid": lab.grid} | ENTRY | bad
    with pytest.raises(ValueError, match=message):
        lab._predictions = [entry]
    assert lab.predictions == []


def test_the_free_mode_never_asks():
    lab = ThresholdLab(pos_thr=0.6, mode="free")
    for name, value in CHANGES:
        assert not counts_are_hidden(lab)
        setattr(lab, name, value)
    assert not counts_are_hidden(lab) and lab.predictions == []
    lab.mode = "prediction"
    assert counts_are_hidden(lab)


def test_python_reads_the_same_picture_and_table():
    lab = ThresholdLab()
    lab.scene, lab.grid, lab.force_match = "합성 장면 2", "스트라이드 16, 앵커 3종", False
    scene = make_scene(3, n_objects=6, size_range=(24, 100))
    np.testing.assert_array_equal(lab.image, scene.image)
    np.testing.assert_array_equal(lab.gt_boxes, scene.boxes)
    np.testing.assert_array_equal(lab.anchors, AnchorGrid(scene.image_size, 16, [64]).boxes)
    assert not lab.result.forced.any()


def test_forced_ties_are_explained():
    grid = AnchorGrid((240, 320), 8, [64], [1])
    lab = ThresholdLab(grids={"앵커 1종": grid}, pos_thr=0.9, mode="free")
    iou = box_iou(lab.anchors, lab.gt_boxes)
    expected = [(g, iou[:, g].max(), (iou[:, g] == iou[:, g].max()).sum()) for g in range(6)]
    assert lab.ties == expected and min(count for *_, count in expected) > 1
    assert lab.counts["pos"] == lab.result.forced.sum() == sum(count for *_, count in expected)
    number, best, count = expected[0]
    sentence = f"GT {number}: 최고 IoU({best:.2f})가 같은 앵커 {count}개가 모두 양성이 됩니다"
    assert sentence in lab.summary()
    lab.mode = "prediction"
    assert sentence not in lab.summary()
    lab.mode, lab.force_match = "free", False
    assert lab.ties == [] and sentence not in lab.summary()
    # 앵커 하나만 가장 잘 맞으면 동률이 아닙니다.
    alone = ThresholdLab(grids={"앵커 둘": [[0, 0, 9, 9], [50, 50, 99, 99]]}, mode="free")
    assert alone.ties == []


@pytest.mark.parametrize(("force_match", "word"), [(True, "켬"), (False, "끔")])
def test_forced_matching_is_said_beside_the_counts(force_match, word):
    lab = ThresholdLab(force_match=force_match, mode="free")
    counts = f"강제 매칭 {word}: 양성 {lab.counts['pos']}개"
    assert counts in lab.summary()
    assert any(text.startswith(counts) for text in picture_texts(lab))


@pytest.mark.parametrize(
    ("value", "text"), [(40, "40"), (2.5, "2.5"), (0.125, "0.12"), (-0.001, "0"), (1e6, "1000000")]
)
def test_short_numbers(value, text):
    assert base.short_number(value) == text


def test_the_picture_follows_the_state():
    lab = FormulaLab(ANCHOR, GT)
    before = lab.to_png()
    lab.gt = [40, 34, 90, 58]
    assert lab.to_png() != before


@each_lab
def test_drawing_changes_nothing(make):
    lab = make()
    before = lab.get_state()
    lab.draw(Figure())
    assert lab.get_state() == before


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


@each_lab
def test_the_front_end_is_local_and_uses_the_course_colours(make):
    lab = make()
    assert "export default { render }" in lab._esm
    # SVG의 이름 공간은 주소처럼 생겼지만 불러오는 곳이 아닙니다.
    code = lab._esm.replace("http://www.w3.org/2000/svg", "") + lab._css
    assert not any(word in code for word in ("http", "import ", "url(//", "@import"))
    assert lab._palette == COLORS
