"""앵커 설계: 통계, 덮는 정도, 스트라이드의 상한, k-평균, 추천."""

import itertools
import sys
from types import ModuleType

import numpy as np
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import boxes as box_rows

from anchorbox_utils import (
    AnchorDesign,
    AnchorGrid,
    Dataset,
    LabeledImage,
    anchor_coverage,
    best_anchor_iou,
    box_area,
    box_iou,
    box_statistics,
    diagnose,
    export_anchors,
    fit_size,
    kmeans_anchors,
    load_coins,
    load_galaxies,
    load_words,
    make_scene,
    match_anchors,
    recommend_anchors,
    resize_dataset,
    shape_iou,
    stride_ceiling,
    uniform_design,
)
from anchorbox_utils.design import EXPORTS

SIDES = st.floats(1, 200, allow_nan=False, width=32)
SHAPES = hnp.arrays(np.float64, st.tuples(st.integers(1, 12), st.just(2)), elements=SIDES)
FPN = AnchorDesign((4, 8, 16, 32, 64), ((32,), (64,), (128,), (256,), (512,)))


def one_image(boxes, size=(240, 320), **fields):
    return Dataset([LabeledImage("a.png", size[1], size[0], boxes, **fields)])


def some_boxes(seed, count=30, size=(240, 320), low=3, high=120):
    rng = np.random.default_rng(seed)
    center = rng.uniform(0, size[::-1], (count, 2))
    half = np.exp(rng.uniform(np.log(low), np.log(high), (count, 2))) / 2
    return np.concatenate([center - half, center + half], axis=1)


# ── 크기 조정 ────────────────────────────────────────────────────────────────────────────────


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(32, 1000), st.integers(32, 2000))
def test_fit_size_keeps_the_limits_and_the_shape(height, width, short, long):
    new = fit_size((height, width), short, long)
    assert min(new) <= short and max(new) <= long
    assert min(new) == short or max(new) == long
    scale = max(new) / max(height, width)
    assert np.allclose(new, np.maximum(np.multiply((height, width), scale), 1), atol=1)


def test_resizing_scales_boxes_and_stretching_changes_ratios():
    dataset = one_image([[10, 20, 50, 40]], (200, 400))
    doubled = resize_dataset(dataset, short_side=400).images[0]
    np.testing.assert_allclose(doubled.boxes, [[20, 40, 100, 80]])
    assert doubled.image_size == (400, 800)
    stretched = resize_dataset(dataset, shape=np.array([300, 300]))
    np.testing.assert_allclose(box_statistics(stretched).ratios, [1.0])
    np.testing.assert_allclose(box_statistics(dataset).ratios, [0.5])
    np.testing.assert_array_equal(dataset.images[0].boxes, [[10, 20, 50, 40]])
    assert diagnose(resize_dataset(load_coins(), long_side=800)).ok


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "short_side"),
        ({"short_side": 0}, r"short_side: 0 초과 .*수여야 하는데 0"),
        ({"long_side": "큼"}, "long_side"),
        ({"shape": (0, 300)}, "shape"),
        ({"shape": (300, 300), "long_side": 640}, "함께 쓸 수 없습니다"),
    ],
)
def test_bad_resizing_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        resize_dataset(one_image([[0, 0, 4, 4]]), **options)


def test_unknown_image_size_is_named():
    dataset = Dataset([LabeledImage("없음.png", None, None, [[0, 0, 4, 4]])])
    for use in (
        lambda: resize_dataset(dataset, long_side=9),
        lambda: anchor_coverage(dataset, FPN),
    ):
        with pytest.raises(ValueError, match=r"없음\.png의 크기를 모릅니다"):
            use()


# ── 통계 ────────────────────────────────────────────────────────────────────────────────────


def test_statistics_leave_out_crowds_and_count_classes():
    dataset = one_image(
        [[0, 0, 40, 10], [0, 0, 20, 20], [0, 0, 40, 160], [0, 0, 300, 200]],
        crowd=[False, False, False, True],
    )
    statistics = box_statistics(dataset)
    np.testing.assert_allclose(statistics.sizes, [20, 20, 80])
    np.testing.assert_allclose(statistics.ratios, [0.25, 1, 4])
    assert list(statistics.size_counts().values()) == [2, 1, 0]
    assert list(statistics.ratio_counts().values()) == [1, 1, 1]
    assert "crowd 1개 제외" in str(statistics)


def test_no_boxes_is_no_reason_to_fail():
    empty = one_image([])
    assert str(box_statistics(empty)) == "박스 0개"
    coverage = anchor_coverage(empty, FPN)
    assert len(coverage.best_iou) == 0 and np.isnan(coverage.recall(0.5))
    with pytest.raises(ValueError, match="박스가 하나도 없어"):
        recommend_anchors(empty)


@settings(max_examples=50)
@given(SHAPES)
def test_every_box_falls_in_one_class(shapes):
    statistics = box_statistics(one_image(np.concatenate([np.zeros_like(shapes), shapes], axis=1)))
    assert sum(statistics.size_counts().values()) == len(shapes)
    assert sum(statistics.ratio_counts().values()) == len(shapes)


# ── 덮는 정도 ────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=60, deadline=None)
@given(
    box_rows(max_rows=5),
    st.lists(st.sampled_from([3, 8, 20, 64]), min_size=1, max_size=3),
    st.lists(st.floats(2, 300), min_size=1, max_size=3),
    st.lists(st.floats(0.2, 5), min_size=1, max_size=3),
    st.sampled_from([0, 0.25, 0.5, 1]),
)
def test_best_anchor_iou_equals_brute_force(gt, strides, scales, ratios, offset):
    grid = AnchorGrid((70, 90), strides, scales, ratios, offset)
    expected = box_iou(grid.boxes, gt).max(axis=0, initial=0)
    np.testing.assert_allclose(best_anchor_iou(grid, gt), expected, atol=1e-9)
    np.testing.assert_allclose(match_anchors(grid, gt).gt_best_iou, expected, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_coverage_equals_counting_by_hand(seed):
    first, second = some_boxes(seed), some_boxes(seed + 10, 12, (100, 140))
    dataset = Dataset(
        [LabeledImage("a.png", 320, 240, first), LabeledImage("b.png", 140, 100, second)]
    )
    coverage = anchor_coverage(dataset, FPN, thresholds=(0.5, 0.7))
    iou = np.concatenate(
        [
            box_iou(FPN.grid(size).boxes, boxes).max(axis=0)
            for size, boxes in (((240, 320), first), ((100, 140), second))
        ]
    )
    np.testing.assert_allclose(
        coverage.sizes**2, box_area(np.concatenate([first, second])), rtol=1e-9
    )
    for threshold, (low, high) in itertools.product((0.3, 0.5, 0.7), ((0, 32), (32, 96))):
        chosen = (coverage.sizes >= low) & (coverage.sizes < high)
        by_hand = sum(value >= threshold for value in iou[chosen]) / chosen.sum()
        assert coverage.recall(threshold, (low, high)) == pytest.approx(by_hand)
    assert coverage.n_anchors == len(FPN.grid((240, 320))) + len(FPN.grid((100, 140)))
    assert "전체" in str(coverage) and "≥0.7" in str(coverage)


def test_bad_threshold_is_refused():
    with pytest.raises(ValueError, match=r"thresholds\[1\]: .*1\.5"):
        anchor_coverage(one_image([[0, 0, 4, 4]]), FPN, thresholds=(0.5, 1.5))


# ── 스트라이드의 상한 ────────────────────────────────────────────────────────────────────────


@settings(max_examples=100, deadline=None)
@given(
    box_rows(min_rows=1, max_rows=4),
    st.sampled_from([4, 16, 50]),
    st.floats(1, 2000),
    st.floats(0.05, 20),
    st.sampled_from([0, 0.5]),
)
def test_no_anchor_passes_the_ceiling(gt, stride, scale, ratio, offset):
    grid = AnchorGrid((100, 130), stride, scale, [ratio], offset)
    ceiling = stride_ceiling(grid, gt)
    assert (ceiling > 0).all() and (ceiling <= 1).all()
    assert (best_anchor_iou(grid, gt) <= ceiling + 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(2, 60), st.floats(2, 60))
def test_some_anchor_reaches_the_ceiling(u, v, w, h):
    x, y = 32 + 16 * u, 32 + 16 * v
    gt = np.array([[x - w / 2, y - h / 2, x + w / 2, y + h / 2]])
    center = np.array([40.0, 40.0])
    dx, dy = np.abs([x, y] - center)
    sides = [[max(side - 2 * d, 1e-9), side + 2 * d] for side, d in ((w, dx), (h, dy))]
    half = np.array(list(itertools.product(*sides))) / 2
    anchors = np.concatenate([center - half, center + half], axis=1)
    ceiling = stride_ceiling(AnchorGrid((80, 80), 16, 8), gt)
    np.testing.assert_allclose(box_iou(anchors, gt).max(), ceiling[0], atol=1e-9)


def test_ceiling_does_not_depend_on_scales_or_ratios_and_grows_with_finer_strides():
    gt = some_boxes(0, 200, low=4, high=40)
    plain = stride_ceiling(AnchorGrid((240, 320), 16, 32), gt)
    other = stride_ceiling(AnchorGrid((240, 320), 16, [3, 500], [0.1, 9]), gt)
    np.testing.assert_array_equal(plain, other)
    means = [stride_ceiling(AnchorGrid((240, 320), s, 32), gt).mean() for s in (4, 8, 16, 32)]
    assert means == sorted(means, reverse=True)


def test_boxes_without_area_have_ceiling_zero():
    grid = AnchorGrid((64, 64), 16, 32)
    np.testing.assert_array_equal(stride_ceiling(grid, [[8, 8, 8, 20], [5, 5, 5, 5]]), [0, 0])
    np.testing.assert_array_equal(best_anchor_iou(grid, [[8, 8, 8, 20], [5, 5, 5, 5]]), [0, 0])


# ── 모양의 IoU와 k-평균 ──────────────────────────────────────────────────────────────────────


@settings(max_examples=80)
@given(SHAPES, SHAPES, st.floats(0.1, 10))
def test_shape_iou_is_a_similarity(first, second, factor):
    iou = shape_iou(first, second)
    assert iou.shape == (len(first), len(second)) and (iou > 0).all() and (iou <= 1 + 1e-12).all()
    np.testing.assert_allclose(iou, shape_iou(second, first).T)
    np.testing.assert_allclose(np.diag(shape_iou(first, first)), 1)
    np.testing.assert_allclose(iou, shape_iou(first * factor, second * factor), rtol=1e-9)
    np.testing.assert_allclose(iou, shape_iou(first[:, ::-1], second[:, ::-1]))
    inner = np.minimum(first[:, None], second).prod(axis=2)
    whole = first.prod(axis=1)[:, None] + second.prod(axis=1) - inner
    np.testing.assert_allclose(iou, inner / whole)


@settings(max_examples=40, deadline=None)
@given(SHAPES, st.integers(1, 4), st.integers(0, 1000))
def test_kmeans_never_gets_worse(shapes, k, seed):
    assume(k <= len(np.unique(shapes, axis=0)))
    clusters = kmeans_anchors(shapes, k, seed, n_init=2)
    assert (np.diff(clusters.history) >= -1e-9).all()
    assert clusters.shapes.shape == (k, 2)
    assert (np.diff(clusters.shapes.prod(axis=1)) >= 0).all()
    iou = shape_iou(shapes, clusters.shapes)
    chosen = np.take_along_axis(iou, clusters.assignment[:, None], axis=1)[:, 0]
    np.testing.assert_allclose(chosen, iou.max(axis=1))
    assert clusters.mean_iou == pytest.approx(chosen.mean())


def test_kmeans_is_deterministic_per_seed():
    shapes = box_statistics(load_words()).shapes
    first, again = kmeans_anchors(shapes, 4, 7), kmeans_anchors(shapes, 4, np.random.default_rng(7))
    np.testing.assert_array_equal(first.shapes, again.shapes)
    np.testing.assert_array_equal(first.assignment, again.assignment)


def test_kmeans_finds_well_separated_groups():
    rng = np.random.default_rng(3)
    truth = np.array([[10.0, 10], [60, 15], [40, 160]])
    which = rng.integers(3, size=120)
    shapes = truth[which] * rng.uniform(0.95, 1.05, (120, 2))
    clusters = kmeans_anchors(shapes, 3)
    np.testing.assert_allclose(clusters.shapes, truth, rtol=0.03)
    np.testing.assert_array_equal(clusters.assignment, which)


def test_as_many_clusters_as_shapes_fit_exactly():
    shapes = [[10, 20], [11, 20], [300, 20], [10, 20]]
    assert kmeans_anchors(shapes, 3).mean_iou == pytest.approx(1)


@pytest.mark.parametrize(
    ("shapes", "options", "message"),
    [
        ([[1, 2], [0, 3]], {"k": 1}, r"shapes\[1\]: .*\[0\.0, 3\.0\]"),
        ([[1, np.nan]], {"k": 1}, r"shapes\[0\]"),
        ([[1, 2, 3]], {"k": 1}, r"\(1, 3\)"),
        ([["가", "나"]], {"k": 1}, "shapes"),
        ([[1, 2], [1, 2]], {"k": 2}, "k: 1 이상 1 이하"),
        ([[1, 2]], {"k": 0}, "k: "),
        ([[1, 2]], {"k": 1.0}, "k: "),
        ([[1, 2]], {"k": 1, "n_init": 0}, "n_init"),
    ],
)
def test_bad_clusters_are_refused(shapes, options, message):
    with pytest.raises(ValueError, match=message):
        kmeans_anchors(shapes, **options)


# ── 추천 ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def resized():
    return {
        name: resize_dataset(load(), short_side=800, long_side=1333)
        for name, load in (("동전", load_coins), ("낱말", load_words), ("은하", load_galaxies))
    }


@pytest.mark.parametrize("name", ["동전", "낱말", "은하"])
def test_recommendation_beats_the_usual_anchors(resized, name):
    recommendation, usual = recommend_anchors(resized[name]), anchor_coverage(resized[name], FPN)
    for threshold in (0.5, 0.6, 0.7):
        assert recommendation.coverage.recall(threshold) >= usual.recall(threshold)
    assert recommendation.coverage.best_iou.mean() > usual.best_iou.mean() + 0.01


def test_recommendation_speaks_of_the_wall_only_where_there_is_one(resized):
    beyond = {name: recommend_anchors(dataset).beyond_reach for name, dataset in resized.items()}
    assert beyond["동전"] == beyond["낱말"] == 0 and beyond["은하"] > 0.8
    assert "벽:" in str(recommend_anchors(resized["은하"]))
    assert "벽:" not in str(recommend_anchors(resized["낱말"]))


def test_enlarging_by_the_recommended_factor_lowers_the_wall():
    boxes = some_boxes(1, 400, (800, 800), low=3, high=6)
    dataset = one_image(np.clip(boxes, 8, 790) + [0, 0, 0.5, 0.5], (800, 800))
    reason = next(r for r in recommend_anchors(dataset).reasons if r.startswith("벽"))
    factor = float(reason.split("키우세요. ")[1].split("배")[0])
    larger = resize_dataset(dataset, shape=(round(800 * factor), round(800 * factor)))
    assert recommend_anchors(larger).beyond_reach <= 0.105


def test_recommended_levels_keep_their_promise():
    scenes = [make_scene(seed, n_objects=4, size_range=(20, 100)) for seed in range(20)]
    dataset = Dataset([LabeledImage(f"{i}", 320, 240, s.boxes) for i, s in enumerate(scenes)])
    recommendation = recommend_anchors(dataset, strides=(4, 8, 16, 32), rng=0)
    assert recommendation.beyond_reach == 0
    assert (recommendation.coverage.ceiling >= 0.5).all()
    assert set(recommendation.design.strides) <= {4, 8, 16, 32}
    assert recommendation.coverage.recall(0.5) > 0.95
    again = recommend_anchors(dataset, strides=(4, 8, 16, 32), rng=0)
    assert recommendation.design == again.design


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strides": ()}, "strides"),
        ({"strides": (0, 8)}, "strides"),
        ({"pos_thr": 1.0}, "pos_thr"),
        ({"fit": 0}, "fit"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        recommend_anchors(one_image([[0, 0, 40, 40]]), **options)


# ── 연습 문제 ────────────────────────────────────────────────────────────────────────────────


# ── 다른 도구의 설정으로 적기 ────────────────────────────────────────────────────────────────


UNEVEN = AnchorDesign((8, 16, 64), ((11.5, 24), (40,), (100, 180, 333)), (0.083, 1, 10))


def cell_shapes(sizes, ratios):
    """(A, 2) 크기와 h/w로 만든 (너비, 높이)."""
    return np.array([[s / np.sqrt(r), s * np.sqrt(r)] for s in sizes for r in ratios])


def read_torchvision(text, monkeypatch):
    """진짜 torchvision의 규칙: 단계마다 sizes와 aspect_ratios(h/w)의 모든 짝."""
    names = "torchvision.models.detection.anchor_utils".split(".")
    for k in range(len(names)):
        name = ".".join(names[: k + 1])
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules[name].AnchorGenerator = lambda sizes, aspect_ratios: (sizes, aspect_ratios)
    found = {}
    exec(text, found)
    sizes, ratios = found["anchor_generator"]
    return [cell_shapes(s, r) for s, r in zip(sizes, ratios, strict=True)]


def read_detectron2(text, monkeypatch):
    settings = yaml.safe_load(text)["MODEL"]["ANCHOR_GENERATOR"]
    assert (settings["NAME"], settings["OFFSET"]) == ("DefaultAnchorGenerator", 0.5)
    (ratios,) = settings["ASPECT_RATIOS"]
    return [cell_shapes(sizes, ratios) for sizes in settings["SIZES"]]


def read_mmdetection(text, monkeypatch):
    settings = eval(f"dict({text})", {"dict": dict})["anchor_generator"]
    assert settings["type"] == "YOLOAnchorGenerator" and settings["strides"] == [8, 16, 32, 64]
    return [np.array(level) for level in settings["base_sizes"]]


def read_yolov5(text, monkeypatch):
    return [np.array(row).reshape(-1, 2) for row in yaml.safe_load(text)["anchors"]]


READERS = {
    "torchvision": read_torchvision,
    "detectron2": read_detectron2,
    "mmdetection": read_mmdetection,
    "yolov5": read_yolov5,
}


@pytest.mark.parametrize("tool", EXPORTS)
@pytest.mark.parametrize("ratios", [(0.083, 1, 10), (1.0,)])
def test_what_is_pasted_makes_the_anchors_of_the_design(tool, ratios, monkeypatch):
    uneven = AnchorDesign(UNEVEN.strides, UNEVEN.scales, ratios)
    design = uniform_design(uneven, (8, 16, 32, 64))
    levels = READERS[tool](export_anchors(design, tool), monkeypatch)
    cells = [level.cell_anchors for level in design.grid((64, 64)).levels]
    assert len(levels) == len(cells) == 4
    for found, cell in zip(levels, cells, strict=True):
        assert np.allclose(found, cell[:, 2:] - cell[:, :2], atol=0.051)
    assert len({len(found) for found in levels}) == 1


def test_a_uniform_design_keeps_every_anchor_and_never_covers_less():
    design = uniform_design(UNEVEN, (8, 16, 32, 64))
    assert design.strides == (8, 16, 32, 64) and {len(s) for s in design.scales} == {3}
    for stride, scales in zip(UNEVEN.strides, UNEVEN.scales, strict=True):
        assert set(scales) <= set(design.scales[design.strides.index(stride)])
    boxes = np.clip(some_boxes(3), 0, 240)
    boxes = boxes[(boxes[:, 2:] - boxes[:, :2] > 1).all(axis=1)]
    before, after = (best_anchor_iou(d.grid((240, 320)), boxes) for d in (UNEVEN, design))
    assert (after >= before).all()
    shared = AnchorDesign((8, 16), (32, 64), (1,))
    assert uniform_design(shared, (8, 16)).scales == ((32, 64), (32, 64))


def test_designs_that_cannot_be_written_are_refused():
    with pytest.raises(ValueError, match="스케일의 수가 다릅니다"):
        export_anchors(UNEVEN, "torchvision")
    with pytest.raises(ValueError, match="모르는 도구.*torchvision"):
        export_anchors(FPN, "caffe")
    with pytest.raises(ValueError, match="64"):
        uniform_design(UNEVEN, (8, 16, 32))
