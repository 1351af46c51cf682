"""실제 사진에서 얻은 박스: 수와 자리, 그리고 꾸러미 안의 파일만 쓴다는 약속."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.pyplot import imread

from anchorbox_utils import box_iou, load_coins, load_galaxies, load_words
from anchorbox_utils.datasets.pictures import PICTURES

EXPECTED = {
    # 이름: (박스 수, (높이, 너비), 크기의 중앙값, 종횡비의 중앙값)
    "동전": (24, (303, 384), 43.2, 0.97),
    "낱말": (47, (191, 384), 18.3, 0.39),
    "은하": (649, (872, 1000), 5.5, 1.0),
}


@pytest.fixture(scope="module")
def pictures():
    return {name: load().images[0] for name, load in PICTURES.items()}


@pytest.mark.parametrize("name", PICTURES)
def test_golden_counts_and_shapes(pictures, name):
    picture, (count, image_size, size, ratio) = pictures[name], EXPECTED[name]
    width, height = (picture.boxes[:, 2:] - picture.boxes[:, :2]).T
    assert picture.boxes.dtype == np.float64
    assert len(picture.boxes) == count and picture.image_size == image_size
    assert np.median(np.sqrt(width * height)) == pytest.approx(size, abs=0.05)
    assert np.median(height / width) == pytest.approx(ratio, abs=0.005)
    assert set(picture.class_names) == {name} and len(set(picture.sources)) == count


@pytest.mark.parametrize("name", PICTURES)
def test_boxes_lie_inside_the_picture_they_name(pictures, name):
    picture = pictures[name]
    assert imread(picture.path).shape[:2] == picture.image_size
    assert picture.file_size == (picture.width, picture.height)
    limit = [picture.width, picture.height] * 2
    assert (picture.boxes >= 0).all() and (picture.boxes <= limit).all()
    assert (picture.boxes[:, :2] < picture.boxes[:, 2:]).all()


def test_coins_are_apart_and_brighter_than_their_surroundings(pictures):
    coins = pictures["동전"]
    overlap = box_iou(coins.boxes, coins.boxes) - np.eye(24)
    assert (overlap == 0).all()
    image = imread(coins.path)
    inside = np.zeros(coins.image_size, dtype=bool)
    for x1, y1, x2, y2 in coins.boxes.astype(int):
        inside[y1:y2, x1:x2] = True
    assert np.median(image[inside]) > 2 * np.median(image[~inside])


def test_every_side_of_a_galaxy_box_touches_bright_pixels(pictures):
    galaxies = pictures["은하"]
    brightness = imread(galaxies.path).mean(axis=2) / 255
    for x1, y1, x2, y2 in galaxies.boxes.astype(int):
        patch = brightness[y1:y2, x1:x2]
        sides = (patch[0], patch[-1], patch[:, 0], patch[:, -1])
        assert min(side.max() for side in sides) > 0.05


def test_loading_twice_gives_the_same_boxes():
    for load in (load_coins, load_words, load_galaxies):
        np.testing.assert_array_equal(load().images[0].boxes, load().images[0].boxes)


def test_a_missing_picture_is_refused_and_nothing_is_downloaded(monkeypatch, tmp_path):
    monkeypatch.setattr("anchorbox_utils.datasets.pictures.resources.files", lambda name: tmp_path)
    with pytest.raises(ValueError, match=r"coins\.png"):
        load_coins()


def test_scikit_image_is_loaded_only_when_a_picture_is():
    script = (
        "import sys, anchorbox_utils; from anchorbox_utils import load_coins;"
        "assert 'skimage' not in sys.modules; load_coins(); assert 'skimage' in sys.modules;"
        "assert 'pooch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_without_scikit_image_the_way_to_install_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(ImportError, match=r"anchorbox-utils\[course\]"):
        load_coins()
