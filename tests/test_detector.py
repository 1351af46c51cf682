"""검출기: 결정적인가, 배우는가, 잘못된 설정을 거절하는가."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from right_answers import STYLES
from threadpoolctl import threadpool_info, threadpool_limits

from anchorbox_utils import (
    Recipe,
    Scene,
    make_detection_scenes,
    prepare_training,
    print_progress,
    train_detector,
)
from anchorbox_utils.detector import (
    BOX_TARGETS,
    CLASSIFICATIONS,
    Adam,
    fit_ridge,
    pool_features,
)
from anchorbox_utils.homework import EXERCISES

SHORT = Recipe(steps=120, hidden=48)


@pytest.fixture(scope="module")
def scenes():
    return make_detection_scenes(0, 80)


@pytest.fixture(scope="module")
def training(scenes):
    return prepare_training(scenes, SHORT)


@pytest.fixture(scope="module")
def detector(training):
    return train_detector(training, SHORT, seed=0)


def test_learns_to_find_unseen_objects(detector):
    # 시드 다섯 개에서 68~76입니다. 바닥은 그보다 한참 아래에 둡니다.
    scores = detector.evaluate(make_detection_scenes(1000, 40))
    assert scores["AP50"] > 50
    assert 0 < scores["AP"] < scores["AP50"] <= 100


def test_the_same_seed_gives_the_same_detector(training, detector, scenes):
    again, other = (train_detector(training, SHORT, seed=seed) for seed in (0, 1))
    assert again.log == detector.log != other.log
    for mine, theirs in zip(
        again.detect(scenes[0].image), detector.detect(scenes[0].image), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)


def test_training_takes_one_thread_and_gives_the_others_back(training):
    def threads():
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    seen = []
    with threadpool_limits(2, "blas"):
        before = threads()
        train_detector(training, replace(SHORT, steps=1), on_step=lambda *_: seen.append(threads()))
        after = threads()
    assert seen == [{1}] and before == after == {2}


def test_without_threadpoolctl_training_gives_the_same(training, detector, monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    assert train_detector(training, SHORT, seed=0).log == detector.log


def test_training_leaves_its_input_alone(training):
    before = training.targets.copy(), training.labels.copy()
    train_detector(training, replace(SHORT, steps=3))
    np.testing.assert_array_equal(training.targets, before[0])
    np.testing.assert_array_equal(training.labels, before[1])


def test_the_log_counts_what_entered_the_loss(detector):
    assert len(detector.log) == SHORT.steps
    assert {row.n_samples for row in detector.log} == {64 * SHORT.images_per_step}
    assert all(0 < row.n_positive <= row.n_samples / 4 for row in detector.log)
    first, last = detector.log[0], np.mean(detector.log[-20:], axis=0)
    assert last[0] < first.class_loss / 2 and last[1] < first.box_loss / 2


@pytest.mark.parametrize("name", CLASSIFICATIONS)
def test_every_classification_loss_learns(training, name):
    log = train_detector(training, replace(SHORT, steps=40, classification=name)).log
    assert np.mean([row.class_loss for row in log[-5:]]) < log[0].class_loss
    negatives = np.array([row.n_samples - row.n_positive for row in log])
    positives = np.array([row.n_positive for row in log])
    if name == "hard_negatives":
        np.testing.assert_array_equal(negatives, 3 * positives)
    elif name != "sampled":
        assert (negatives > 20 * positives).all()


@pytest.mark.parametrize("normalization", ["data", "fixed", "none"])
def test_target_statistics(training, normalization):
    made = train_detector(training, replace(SHORT, steps=1, normalization=normalization))
    expected = {
        "data": (training.positive_targets.mean(axis=0), training.positive_targets.std(axis=0)),
        "fixed": (np.zeros(4), [0.1, 0.1, 0.2, 0.2]),
        "none": (np.zeros(4), np.ones(4)),
    }[normalization]
    np.testing.assert_allclose((made.mean, made.std), expected)


def test_the_position_is_centred_and_scaled():
    boxes = np.array([[0.0, 0, 64, 64], [16, 16, 48, 48]])
    features = Recipe(anchor_position=2.0).features(np.zeros((64, 64, 3)), boxes)
    np.testing.assert_allclose(features[:, -4:], [[-1, -1, 1, 1], [-0.5, -0.5, 0.5, 0.5]])


@pytest.mark.parametrize("changes", [{"class_weight": 5.0}, {"box_weight": 5.0}, {"beta": 0.2}])
def test_a_weight_changes_what_is_learned(training, changes):
    plain, weighted = (
        train_detector(training, replace(SHORT, steps=5, **extra)) for extra in ({}, changes)
    )
    assert plain.log[0].class_loss == weighted.log[0].class_loss
    assert plain.log[-1] != weighted.log[-1]


def test_the_initial_logit_is_what_every_anchor_starts_with(training):
    first = [
        train_detector(training, replace(SHORT, steps=1, initial_logit=score)).log[0].class_loss
        for score in (-2.0, 0.0)
    ]
    # 대부분이 배경이므로, 배경이라는 답에서 출발하면 처음 손실이 작습니다.
    assert first[0] < first[1] / 2


@pytest.mark.parametrize("target", BOX_TARGETS.values(), ids=BOX_TARGETS)
def test_box_targets_round_trip(target, scenes):
    anchors = Recipe().grid((64, 64)).boxes[:3]
    np.testing.assert_allclose(
        target.decode(anchors, target.encode(anchors, scenes[0].boxes[:3])), scenes[0].boxes[:3]
    )


def test_decoding_caps_runaway_sizes():
    box = BOX_TARGETS["deltas"].decode(np.array([[0.0, 0, 16, 16]]), np.array([[0.0, 0, 900, 0]]))
    assert box[0, 2] - box[0, 0] == pytest.approx(1000)


def test_detects_in_pictures_of_another_size(detector):
    rng = np.random.default_rng(0)
    boxes, scores, class_ids = detector.detect(
        rng.random((50, 90, 3)), score_threshold=0.0, max_dets=7
    )
    assert boxes.shape == (7, 4) and (np.diff(scores) <= 0).all() and set(class_ids) <= {0, 1, 2}
    assert (boxes >= 0).all() and (boxes <= [90, 50, 90, 50]).all()


class TestSwapping:
    """학습자의 디코딩과 NMS를 끼워도 같은 그림이 나오고, 틀린 것을 끼우면 달라집니다."""

    @staticmethod
    def same(first, second):
        return all(
            len(mine) == len(theirs) and np.allclose(mine, theirs)
            for mine, theirs in zip(first, second, strict=True)
        )

    @pytest.mark.parametrize("decode", STYLES["decode_boxes"])
    @pytest.mark.parametrize("nms", STYLES["greedy_nms"])
    def test_right_functions_change_nothing(self, detector, scenes, decode, nms):
        mine = replace(detector, decode=decode, nms=nms)
        for scene in scenes[:5]:
            assert self.same(mine.detect(scene.image), detector.detect(scene.image))
        assert mine.evaluate(scenes[:5]) == pytest.approx(detector.evaluate(scenes[:5]))

    @pytest.mark.parametrize(
        "swapped",
        [
            *({"nms": m.wrong} for m in EXERCISES["greedy_nms"].misconceptions[:3]),
            *({"decode": m.wrong} for m in EXERCISES["decode_boxes"].misconceptions[4:6]),
        ],
    )
    def test_wrong_functions_change_the_picture(self, detector, scenes, swapped):
        wrong = replace(detector, **swapped)
        assert not self.same(wrong.detect(scenes[0].image), detector.detect(scenes[0].image))
        assert wrong.evaluate(scenes[:20])["AP"] < detector.evaluate(scenes[:20])["AP"] - 1

    def test_training_hands_them_on(self, training, scenes):
        decode, nms = STYLES["decode_boxes"][0], STYLES["greedy_nms"][0]
        made = train_detector(training, replace(SHORT, steps=1), decode=decode, nms=nms)
        assert (made.decode, made.nms) == (decode, nms)

    @pytest.mark.parametrize(
        ("swapped", "message"),
        [
            ({"decode": lambda anchors, deltas: deltas[:, :2]}, r"decode: .*\(576, 4\).*2\)"),
            ({"nms": lambda boxes, scores, iou: scores > 0.5}, "nms: .*bool"),
            ({"nms": lambda boxes, scores, iou: boxes}, r"nms: .*4\)"),
        ],
    )
    def test_results_of_another_form_are_named(self, detector, scenes, swapped, message):
        with pytest.raises(ValueError, match=message):
            replace(detector, **swapped).detect(scenes[0].image)


def test_a_scene_without_objects_is_all_background():
    empty = Scene(np.full((64, 64, 3), 0.8), np.zeros((0, 4)), ())
    training = prepare_training([empty, *make_detection_scenes(0, 1)])
    assert (training.labels[0] == 0).all() and (training.labels[1] == 1).any()
    with pytest.raises(ValueError, match="양성 앵커가 하나도"):
        train_detector(prepare_training([empty]))


def test_bad_settings_are_refused(scenes):
    with pytest.raises(ValueError, match="normalization.*'std'.*data, fixed, none"):
        Recipe(normalization="std")
    with pytest.raises(ValueError, match="steps.*0"):
        Recipe(steps=0)
    with pytest.raises(ValueError, match="크기가 같은"):
        prepare_training([])
    with pytest.raises(ValueError, match="크기가 같은"):
        prepare_training([scenes[0], Scene(np.zeros((32, 64, 3)), np.zeros((0, 4)), ())])


def test_progress_ends_in_one_full_line(training, capsys):
    train_detector(training, replace(SHORT, steps=10), on_step=print_progress(10, width=5))
    lines = capsys.readouterr().out.split("\r")
    assert len(lines) == 5 and lines[0].startswith("█░░░░ 2/10")
    assert lines[-1].startswith("█████ 10/10") and lines[-1].endswith("\n")


def test_adam_walks_to_the_minimum():
    weights = {"w": np.array([3.0, -20.0])}
    optimizer = Adam(weights)
    for _ in range(4000):
        optimizer.update(weights, {"w": 2 * (weights["w"] - 1)}, 0.05)
    np.testing.assert_allclose(weights["w"], 1, atol=1e-3)


class TestFeatures:
    def test_brightness_and_contrast_hardly_matter(self, scenes):
        image, boxes = scenes[0].image, scenes[0].boxes
        np.testing.assert_allclose(
            pool_features(image * 0.5 + 0.2, boxes), pool_features(image, boxes), rtol=1e-3
        )

    def test_move_with_the_picture(self):
        image = np.zeros((60, 60, 3))
        image[20:30, 20:36] = 1
        box = np.array([[18.0, 18, 34, 34]])
        np.testing.assert_allclose(
            pool_features(np.roll(image, (8, 5), axis=(0, 1)), box + [5, 8, 5, 8]),
            pool_features(image, box),
        )

    def test_diagonals_add_two_directions(self, scenes):
        image, boxes = scenes[0].image, scenes[0].boxes
        plain, full = (pool_features(image, boxes, bins=4, diagonals=on) for on in (False, True))
        assert plain.shape[1] == 2 * 16 + 1 and full.shape[1] == 4 * 16 + 1

    @pytest.mark.parametrize("count", [127, 128, 129, 300])
    def test_a_box_has_the_same_features_among_any_others(self, scenes, count):
        image = scenes[0].image
        boxes = Recipe().grid((64, 64)).boxes[:count]
        alone = np.concatenate([pool_features(image, [box]) for box in boxes])
        np.testing.assert_array_equal(pool_features(image, boxes), alone)

    def test_ridge_finds_the_line(self):
        features = np.c_[np.arange(5.0), np.ones(5)]
        np.testing.assert_allclose(
            fit_ridge(features, features @ [[2.0], [1.0]], 1e-9), [[2.0], [1.0]], atol=1e-6
        )


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"decode": lambda a, d: np.ma.array(a, mask=True)}, "decode: 가린 값"),
        ({"decode": lambda a, d: a.astype(object)}, "decode: 박스는 수여야"),
        ({"decode": lambda a, d: a.astype(complex)}, "decode: 박스는 수여야"),
        ({"decode": lambda a, d: [[1, 2], [3]]}, "decode: 돌려준 것을 배열로"),
        ({"nms": lambda b, s, t: np.ma.array([0], mask=[1])}, "nms: 가린 값"),
        ({"nms": lambda b, s, t: np.array([len(b)])}, "nms: 박스 .*개 가운데 남길 번호"),
        ({"nms": lambda b, s, t: np.array([-1])}, "nms: 박스 .*개 가운데 남길 번호"),
    ],
)
def test_parts_that_return_what_cannot_be_used_are_refused(parts, message):
    recipe = Recipe(steps=2, hidden=4)
    training = prepare_training(make_detection_scenes(0, 4), recipe)
    detector = train_detector(training, recipe, **parts)
    with pytest.raises(ValueError, match=message):
        detector.detect(np.zeros((64, 64, 3)), score_threshold=0)
