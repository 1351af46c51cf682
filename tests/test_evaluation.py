"""AP: pycocotools와의 비교와 손으로 셀 수 있는 경우."""

import contextlib
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from right_answers import STYLES

import anchorbox_utils as ab
from anchorbox_utils import (
    Detections,
    GroundTruths,
    average_precision,
    evaluate_detections,
    load_coco,
    summarize_ap,
)

COCO = pytest.importorskip("pycocotools.coco").COCO
COCOeval = pytest.importorskip("pycocotools.cocoeval").COCOeval


def random_file(seed, n_images=6, n_classes=3, most=6, copies=4, grid=2):
    """(COCO 정답 파일, 결과 파일). 예측은 정답을 흔든 것이라 맞는 것과 틀린 것이 섞입니다.

    점수와 박스가 같은 예측, 빈 이미지, 정답이 없는 클래스, crowd, 박스와 다른 넓이, 넓이 구간의
    경계에 놓인 것이 나옵니다. 좌표는 ``1 / grid``의 배수라, 임계값과 꼭 같은 IoU도 나옵니다.
    """
    rng = np.random.default_rng(seed)
    annotations, results = [], []
    for image in rng.permutation(n_images).tolist():
        for _ in range(rng.integers(0, most + 1)):
            corner, size = rng.integers(0, 60 * grid, 2), rng.integers(1, 120 * grid, 2)
            label = int(rng.integers(1, n_classes))
            area = size.prod() / grid**2 * rng.choice([1, 0.7, 0.5])
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "category_id": label,
                    "bbox": [*(corner / grid).tolist(), *(size / grid).tolist()],
                    "area": float(rng.choice([area, area, area, 1024, 9216])),
                    "iscrowd": int(rng.random() < 0.2),
                }
            )
            for _ in range(rng.integers(0, copies + 1)):
                moved = corner + rng.integers(-4, 5, 2)
                shape = np.maximum(size + rng.integers(-6, 7, 2), 1)
                shape = np.array([32, 32]) * grid if rng.random() < 0.1 else shape
                results.append(
                    {
                        "image_id": image,
                        "category_id": label if rng.random() < 0.85 else n_classes,
                        "bbox": [*(moved / grid).tolist(), *(shape / grid).tolist()],
                        "score": float(rng.integers(1, 9) / 8),
                    }
                )
    images = [
        {"id": i, "file_name": f"{i}.jpg", "width": 99, "height": 99} for i in range(n_images)
    ]
    categories = [{"id": c, "name": f"{c}"} for c in range(1, n_classes + 1)]
    truth = {"info": {}, "images": images, "annotations": annotations, "categories": categories}
    return truth, results


def by_image(file, records):
    return [[one for one in records if one["image_id"] == i["id"]] for i in file["images"]]


def column(records, name):
    rows = np.array([one[name] for one in records])
    return rows.reshape(-1, 4) if name == "bbox" else rows


def detections_of(file, results):
    """파일의 xywh 그대로인 예측."""
    return [
        Detections(*(column(image, name) for name in ("bbox", "score", "category_id")))
        for image in by_image(file, results)
    ]


def truths_of(file):
    """파일의 xywh 그대로인 정답."""
    return [
        GroundTruths(
            column(image, "bbox"),
            column(image, "category_id"),
            column(image, "iscrowd").astype(bool),
            column(image, "area"),
        )
        for image in by_image(file, file["annotations"])
    ]


def to_xyxy(rows):
    """xywh인 정답이나 예측을 xyxy로."""
    return [
        one._replace(boxes=np.hstack([one.boxes[:, :2], one.boxes[:, :2] + one.boxes[:, 2:]]))
        for one in rows
    ]


def coco_evaluation(file, results, max_dets=ab.evaluation.COCO_MAX_DETS):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = file
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.params.maxDets = list(max_dets)
        evaluation.evaluate()
        evaluation.accumulate()
        if max_dets == ab.evaluation.COCO_MAX_DETS:
            evaluation.summarize()
    return evaluation


def assert_equal(mine, theirs):
    """정밀도와 재현율의 모든 값이 마지막 자리까지 같습니다."""
    np.testing.assert_array_equal(mine.precision, theirs.eval["precision"])
    np.testing.assert_array_equal(mine.recall, theirs.eval["recall"])
    if len(theirs.stats):
        summary = [-1 if one is None else one / 100 for one in mine.summary().values()]
        np.testing.assert_allclose(summary, theirs.stats, rtol=1e-14)


def evaluate(file, detections, truths, **options):
    classes = [one["id"] for one in file["categories"]]
    return evaluate_detections(detections, truths, class_ids=classes, **options)


def check_against_pycocotools(seed, max_dets=ab.evaluation.COCO_MAX_DETS, **options):
    file, results = random_file(seed, **options)
    if not results:
        return
    theirs = coco_evaluation(file, results, max_dets)
    detections, truths = detections_of(file, results), truths_of(file)
    mine = evaluate(file, detections, truths, fmt="xywh", max_dets=max_dets)
    assert_equal(mine, theirs)
    # 배열이 같은 값들의 평균도 같습니다. 쉬운 부름의 AP는 분모에 2.2e-16을 더하지 않을 뿐입니다.
    simple = average_precision(to_xyxy(detections), to_xyxy(truths), max_dets=max_dets[-1])
    counted = mine.precision[:, :, :, 0, -1].mean(axis=1)
    for k, class_id in enumerate(mine.class_ids):
        if class_id in simple:
            np.testing.assert_allclose(simple[class_id], counted[:, k], atol=1e-12)
        else:
            assert (counted[:, k] == -1).all()


TASKS = {
    "seed": st.integers(0, 2**32),
    "max_dets": st.sampled_from([(1, 10, 100), (1, 2, 5), (3,)]),
    "n_images": st.integers(1, 8),
    "n_classes": st.integers(2, 4),
    "most": st.sampled_from([1, 6, 15]),
    "copies": st.sampled_from([1, 4, 8]),
    "grid": st.sampled_from([1, 2, 4]),
}


@settings(max_examples=15, deadline=None)
@given(**TASKS)
def test_every_precision_is_that_of_pycocotools(**task):
    check_against_pycocotools(**task)


@pytest.mark.heavy
@settings(max_examples=100, deadline=None)
@given(**TASKS)
def test_every_precision_is_that_of_pycocotools_many_times(**task):
    check_against_pycocotools(**task)


@pytest.mark.parametrize("grid", [10, 100, 3, 7])
def test_coordinates_that_are_no_binary_fractions_are_rounded_as_pycocotools_does(grid):
    for seed in range(3):
        check = random_file(seed, grid=grid)
        mine = evaluate(check[0], detections_of(*check), truths_of(check[0]), fmt="xywh")
        assert_equal(mine, coco_evaluation(*check))


def test_a_dataset_from_a_file_flows_into_the_evaluation(tmp_path):
    for seed in range(3):
        file, results = random_file(seed)
        path = tmp_path / "instances.json"
        path.write_text(json.dumps(file), encoding="utf-8")
        truths = load_coco(path).ground_truths()
        assert any(one.crowd.any() for one in truths)
        mine = evaluate(file, to_xyxy(detections_of(file, results)), truths)
        assert_equal(mine, coco_evaluation(file, results))


def test_an_object_without_an_area_is_measured_by_its_box(tmp_path):
    file, results = random_file(4)
    for one in file["annotations"]:
        one["area"] = float(np.prod(one["bbox"][2:]))
    expected = coco_evaluation(file, results)
    for one in file["annotations"][::2]:
        del one["area"]
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(file), encoding="utf-8")
    mine = evaluate(file, to_xyxy(detections_of(file, results)), load_coco(path).ground_truths())
    assert_equal(mine, expected)


def test_an_ignored_truth_is_one_whose_area_is_never_asked_for():
    for seed in range(4):
        file, results = random_file(seed)
        ignored = [np.arange(len(one.boxes)) % 3 == 0 for one in truths_of(file)]
        truths = [t._replace(ignore=i) for t, i in zip(truths_of(file), ignored, strict=True)]
        mine = evaluate(file, detections_of(file, results), truths, fmt="xywh")
        for image, flags in zip(by_image(file, file["annotations"]), ignored, strict=True):
            for one, flag in zip(image, flags.tolist(), strict=True):
                one["area"] = 1e11 if flag else one["area"]
        assert_equal(mine, coco_evaluation(file, results))


def test_a_truth_whose_id_is_zero_can_be_found():
    file, results = random_file(0)
    mine = evaluate(file, detections_of(file, results), truths_of(file), fmt="xywh")
    for one in file["annotations"]:
        one["id"] -= 1
    theirs = coco_evaluation(file, results)
    # pycocotools는 짝의 id가 0이면 짝이 없다고 여깁니다.
    assert (theirs.eval["recall"] < mine.recall).any()


def test_a_crowd_hides_its_detections_and_is_not_missed():
    alone, crowd = [0, 0, 10, 10], [20, 0, 60, 40]
    truth = [GroundTruths([alone, crowd], [0, 0], crowd=[False, True])]
    inside = [[20, 0, 30, 10], [30, 10, 40, 20], [50, 30, 60, 40]]
    guess = [Detections([*inside, alone], [0.9, 0.8, 0.7, 0.6], [0] * 4)]
    assert summarize_ap(guess, truth) == {"AP": 100.0, "AP50": 100.0, "AP75": 100.0}
    assert average_precision(guess, [truth[0]._replace(crowd=None)], [0.5])[0] < 0.2
    assert average_precision(guess, [GroundTruths([crowd], [0], crowd=[True])]) == {}


def test_each_size_is_measured_on_its_own():
    small, large = [0, 0, 20, 20], [100, 100, 300, 300]
    result = evaluate_detections([([small], [0.9], [0])], [([small, large], [0, 0])])
    summary = result.summary()
    assert summary["APs"] == pytest.approx(100) and summary["ARs"] == 100
    assert summary["APm"] is None and summary["ARm"] is None
    assert summary["APl"] == 0 and summary["AR100"] == 50
    assert result.ap(0.5, area="large") == 0 and result.ar(max_dets=1) == 50
    with pytest.raises(ValueError, match="iou_threshold: 0.33에서는 재지 않았습니다"):
        result.ap(0.33)
    with pytest.raises(ValueError, match="area: 'tiny'는 모르는 넓이 구간"):
        result.ap(area="tiny")
    with pytest.raises(ValueError, match="max_dets: 7에서는"):
        result.ar(max_dets=7)


def test_only_the_best_hundred_of_an_image_count():
    box, far = [[0.0, 0, 10, 10]], [[50.0, 50, 60, 60]]
    guess = Detections(
        np.array(far * 100 + box), np.r_[np.full(100, 0.9), 0.1], np.zeros(101, dtype=int)
    )
    truth = [(np.array(box), np.array([0]))]
    assert average_precision([guess], truth)[0].max() == 0
    assert average_precision([guess], truth, max_dets=101)[0].min() > 0


def plain_task(seed):
    """crowd가 없는 (예측, 정답)."""
    file, results = random_file(seed)
    truths = [one[:2] for one in to_xyxy(truths_of(file))]
    return to_xyxy(detections_of(file, results)), truths


@pytest.mark.parametrize("match", STYLES["match_predictions"])
def test_a_learners_matching_gives_the_same_ap(match):
    for seed in range(6):
        guesses, truths = plain_task(seed)
        mine = average_precision(guesses, truths, match=match)
        for class_id, expected in average_precision(guesses, truths).items():
            np.testing.assert_array_equal(mine[class_id], expected, err_msg=f"{seed}, {class_id}")


def test_a_wrong_matching_changes_the_ap_and_a_wrong_shape_is_named():
    truth = [([[0, 0, 10, 10], [20, 20, 30, 30]], [0, 0])]
    guess = [([[0, 0, 10, 10], [0, 0, 10, 9], [20, 20, 30, 30]], [0.9, 0.8, 0.7], [0, 0, 0])]

    def shared(iou, iou_threshold):
        return (iou >= iou_threshold).any(axis=1)

    assert summarize_ap(guess, truth, shared)["AP50"] > summarize_ap(guess, truth)["AP50"]
    with pytest.raises(ValueError, match=r"match: .*\(3,\).*\(2,\)"):
        summarize_ap(guess, truth, lambda iou, iou_threshold: iou.max(axis=0) > 0.5)
    with pytest.raises(ValueError, match="match: .*자료형이 <U2"):
        summarize_ap(guess, truth, lambda iou, iou_threshold: ["예", "아니", "예"])
    with pytest.raises(ValueError, match="match: crowd나 ignore"):
        summarize_ap(guess, [(*truth[0], [True, False])], shared)


def test_a_duplicate_is_a_false_positive():
    truth = [([[0, 0, 10, 10], [20, 20, 30, 30]], [0, 0])]
    guess = [([[0, 0, 10, 10], [0, 0, 10, 10], [20, 20, 30, 30]], [0.9, 0.8, 0.7], [0, 0, 0])]
    # 재현율 0.5까지는 정밀도 1, 그다음은 2/3입니다.
    assert average_precision(guess, truth, [0.5])[0] == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_the_summary_is_a_percentage():
    truth = [([[0, 0, 10, 10]], [0])]
    assert summarize_ap([([[0, 0, 10, 10]], [0.5], [0])], truth) == {
        "AP": 100.0,
        "AP50": 100.0,
        "AP75": 100.0,
    }
    assert summarize_ap([(np.zeros((0, 4)), [], [])], truth) == {
        "AP": 0.0,
        "AP50": 0.0,
        "AP75": 0.0,
    }


def test_scores_of_any_number_type_are_ordered_alike():
    two = [[0, 0, 10, 10], [50, 50, 60, 60]]
    truth = [([[0, 0, 10, 10]], [0])]
    for dtype in (np.uint8, np.int8, np.uint64, np.float16, np.float32, float):
        # 부호 없는 수의 부호를 뒤집으면 차례가 뒤바뀝니다.
        guess = [(np.array(two, dtype), np.array([1, 0], dtype), [0, 0])]
        assert average_precision(guess, truth, [0.5])[0].tolist() == [1.0]


def test_nothing_at_all_is_no_error():
    assert average_precision([], []) == {}
    assert set(evaluate_detections([], []).summary().values()) == {None}
    nothing = evaluate_detections([([], [], [])], [([], [])], class_ids=[3, 1])
    assert nothing.class_ids == (1, 3) and (nothing.precision == -1).all()


TWO, TRUTH = [[0, 0, 10, 10], [50, 50, 60, 60]], [([[0, 0, 10, 10]], [0])]


def guess(**changes):
    return [Detections(**({"boxes": TWO, "scores": [0.9, 0.8], "class_ids": [0, 0]} | changes))]


def truth(**changes):
    return [GroundTruths(**({"boxes": TWO, "class_ids": [0, 0]} | changes))]


HIDDEN = np.ma.array([0.9, 0.8], mask=[False, True])
REFUSED = [
    (guess(boxes=[[5, 0, 1, 10], [0, 0, 1, 1]]), TRUTH, {}, r"detections\[0\]의 boxes\[0\]: x2\(1"),
    (guess(boxes=[[0, 0, 1, np.nan]] * 2), TRUTH, {}, r"detections\[0\]의 boxes\[0\].*nan"),
    (guess(boxes=[[0, 0, 1e200, 1e200]] * 2), TRUTH, {}, r"detections\[0\]의 boxes\[0\]: 넓이"),
    (guess(scores=[0.9]), TRUTH, {}, r"detections\[0\]의 scores.*\(2,\).*\(1,\)"),
    (guess(scores=[0.9j, 0.8]), TRUTH, {}, r"detections\[0\]의 scores.*complex"),
    (guess(scores=[True, False]), TRUTH, {}, r"detections\[0\]의 scores.*bool"),
    (guess(scores=[0.9, np.nan]), TRUTH, {}, r"detections\[0\]의 scores\[1\].*nan"),
    (guess(scores=[np.inf, 0.8]), TRUTH, {}, r"detections\[0\]의 scores\[0\].*inf"),
    (guess(scores=HIDDEN), TRUTH, {}, r"detections\[0\]의 scores.*masked"),
    (guess(scores=None), TRUTH, {}, r"detections\[0\]의 scores"),
    (guess(class_ids=[0, 1.5]), TRUTH, {}, r"detections\[0\]의 class_ids\[1\].*1\.5"),
    (guess(), truth(class_ids=[1.5, 0]), {}, r"ground_truths\[0\]의 class_ids\[0\].*1\.5"),
    (guess(), truth(class_ids=["개", "새"]), {}, r"ground_truths\[0\]의 class_ids"),
    (guess(), truth(boxes=[[5, 0, 1, 10]] * 2), {}, r"ground_truths\[0\]의 boxes\[0\]: x2"),
    (guess(), truth(boxes=HIDDEN), {}, r"ground_truths\[0\]의 boxes.*masked"),
    (guess(), truth(crowd=[0, 1]), {}, r"ground_truths\[0\]의 crowd.*int"),
    (guess(), truth(ignore=[True]), {}, r"ground_truths\[0\]의 ignore.*\(2,\)"),
    (guess(), truth(areas=[3, np.inf]), {}, r"ground_truths\[0\]의 areas\[1\].*inf"),
    ([], TRUTH, {}, "detections와 ground_truths: .*0장.*1장"),
    (None, TRUTH, {}, "detections: .*None"),
    ([None], TRUTH, {}, r"detections\[0\]: .*None"),
    ([(TWO,)], TRUTH, {}, r"detections\[0\]: \(boxes, scores, class_ids\)의 묶음.*1개"),
    (guess(), {}, {}, "ground_truths: .*{}"),
    (guess(), [(TWO,)], {}, r"ground_truths\[0\]: \(boxes, class_ids, crowd.*1개"),
    *(
        (guess(), TRUTH, {"iou_thresholds": value}, f"iou_thresholds{where}: ")
        for value, where in (
            (None, ""),
            ([], ""),
            ([0.5, np.nan], r"\[1\]"),
            ([2], r"\[0\]"),
            ([-1], r"\[0\]"),
            ([True], r"\[0\]"),
            ([0.5j], r"\[0\]"),
            ("0.5", ""),
        )
    ),
    *((guess(), TRUTH, {"max_dets": value}, "max_dets: ") for value in (0, -1, 1.5, None, True)),
]


@pytest.mark.parametrize(("detections", "ground_truths", "options", "message"), REFUSED)
@pytest.mark.parametrize("function", [average_precision, evaluate_detections])
def test_bad_input_is_refused(function, detections, ground_truths, options, message):
    with pytest.raises(ValueError, match=f"(?s)^{message}.*니다"):
        function(detections, ground_truths, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"area_ranges": None}, "area_ranges: "),
        ({"area_ranges": {}}, "area_ranges: 비어"),
        ({"area_ranges": {1: (0, 5)}}, "area_ranges: 글"),
        ({"area_ranges": {"small": (5, 1)}}, r"area_ranges\['small'\]: 하한\(5\)"),
        ({"area_ranges": {"small": (-1, 5)}}, r"area_ranges\['small'\]: "),
        ({"max_dets": []}, "max_dets: 비어"),
        ({"max_dets": (1, 2.5)}, "max_dets: .*2.5"),
        ({"class_ids": [0.5]}, r"class_ids\[0\]: .*0.5"),
        ({"fmt": "cxcywh"}, "fmt: 'cxcywh'"),
        ({"fmt": None}, "fmt: None"),
    ],
)
def test_bad_settings_are_refused(options, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        evaluate_detections(guess(), TRUTH, **options)


def test_no_truth_has_no_ap():
    with pytest.raises(ValueError, match="정답 박스가 하나도"):
        summarize_ap([(np.zeros((0, 4)), [], [])], [(np.zeros((0, 4)), [])])


def test_inputs_are_left_alone():
    file, results = random_file(1)
    detections, truths = detections_of(file, results), truths_of(file)
    before = [
        [column.copy() for column in one if column is not None] for one in (*detections, *truths)
    ]
    for rows in (*detections, *truths):
        for values in rows:
            if values is not None:
                values.flags.writeable = False
    evaluate(file, detections, truths, fmt="xywh")
    average_precision(to_xyxy(detections), to_xyxy(truths))
    for rows, copies in zip((*detections, *truths), before, strict=True):
        for values, copy in zip([v for v in rows if v is not None], copies, strict=True):
            np.testing.assert_array_equal(values, copy)
