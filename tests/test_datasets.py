"""합성 장면과 최소제곱 학습기의 부품."""

import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorbox_utils import box_convert, box_iou, make_scene
from anchorbox_utils.datasets import scenes
from anchorbox_utils.detector import fit_ridge, pool_features


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 4))
def test_scene_keeps_its_promises(seed, n_objects):
    scene = make_scene(seed, (100, 140), n_objects, size_range=(12, 32), ratio_range=(0.5, 2))
    assert scene.image.shape == (100, 140, 3) and scene.image_size == (100, 140)
    assert (scene.image >= 0).all() and (scene.image <= 1).all()
    assert scene.boxes.shape == (n_objects, 4) and len(scene.class_names) == n_objects
    assert ((scene.boxes >= 0) & (scene.boxes <= [140, 100, 140, 100])).all()
    _, _, w, h = box_convert(scene.boxes, "xyxy", "xywh").T
    assert (np.abs(np.sqrt(w * h) - np.clip(np.sqrt(w * h), 12, 32)) <= 1).all()
    overlap = box_iou(scene.boxes, scene.boxes) - np.eye(n_objects)
    assert (overlap <= 0.05).all()


def test_boxes_are_tight():
    scene = make_scene(2, (120, 160), n_objects=1, size_range=(40, 60))
    empty = make_scene(2, (120, 160), n_objects=1, size_range=(40, 60)).image.mean(axis=2)
    x1, y1, x2, y2 = scene.boxes[0].astype(int)
    background = np.median(empty)
    rows, columns = np.nonzero(np.abs(empty - background) > 0.2)
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == pytest.approx(
        (x1, y1, x2, y2), abs=2
    )


def test_same_seed_same_scene():
    first, second, other = make_scene(5), make_scene(np.random.default_rng(5)), make_scene(6)
    np.testing.assert_array_equal(first.image, second.image)
    np.testing.assert_array_equal(first.boxes, second.boxes)
    assert not np.array_equal(first.boxes, other.boxes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_objects": 60}, "자리가 없습니다"),
        ({"n_objects": -1}, "n_objects"),
        ({"size_range": (50, 20)}, "size_range"),
        ({"ratio_range": (0, 2)}, "ratio_range"),
        ({"image_size": (0, 10)}, "image_size"),
    ],
)
def test_impossible_scenes_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make_scene(0, **options)


def test_pooled_features_equal_plain_means():
    image = np.random.default_rng(0).random((40, 48, 3))
    features = pool_features(image, [[8, 8, 40, 24]], bins=4, context=1)
    edges = np.abs(np.stack(np.gradient(image.mean(axis=2))))[:, 8:24, 8:40]
    means = edges.reshape(2, 4, 4, 4, 8).mean(axis=(2, 4)).ravel()
    np.testing.assert_allclose(features[0, :-1], means / (means.std() + 1e-6))
    assert features[0, -1] == 1


def test_pooling_outside_the_image_is_zero():
    features = pool_features(np.random.default_rng(0).random((20, 20, 3)), [[50, 50, 80, 80]])
    assert (features[0, :-1] == 0).all()


def test_ridge_finds_the_weights_and_shrinks_them():
    rng = np.random.default_rng(0)
    features, weights = rng.normal(size=(50, 3)), np.array([[1.0, -2], [0, 3], [5, 0]])
    np.testing.assert_allclose(fit_ridge(features, features @ weights, 0), weights, atol=1e-9)
    shrunk = fit_ridge(features, features @ weights, 1e4)
    assert np.linalg.norm(shrunk) < np.linalg.norm(weights) / 10


def test_pooling_no_boxes_gives_no_rows():
    assert pool_features(np.zeros((20, 20, 3)), [], bins=4).shape == (0, 33)


def test_a_scene_is_painted_when_its_picture_is_first_seen(monkeypatch):
    expected = make_scene(3).image
    painted = []
    paint = scenes._paint
    monkeypatch.setattr(scenes, "_paint", lambda *args: painted.append(args) or paint(*args))
    scene = make_scene(3)
    stored = pickle.dumps(scene)
    assert scene.image_size == (240, 320) and scene.boxes.shape == (4, 4) and not painted
    with pytest.raises(AttributeError, match="picture"):
        scene.picture  # noqa: B018
    assert scene.image is scene.image and len(painted) == 4
    for same in (
        scene,
        pickle.loads(stored),
        dataclasses.replace(make_scene(3), class_names=("원",) * 4),
    ):
        np.testing.assert_array_equal(same.image, expected)
        assert same.image_size == (240, 320)
