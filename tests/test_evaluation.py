"""AP: pycocotools와의 비교와 손으로 셀 수 있는 경우."""

import contextlib
import io

import numpy as np
import pytest
from right_answers import STYLES

from anchorbox_utils import Detections, average_precision, box_convert, summarize_ap

COCO = pytest.importorskip("pycocotools.coco").COCO
COCOeval = pytest.importorskip("pycocotools.cocoeval").COCOeval


def random_task(seed, n_images=6, n_classes=3):
    """정답을 흔들어 만든 예측. 점수와 박스가 같은 예측, 빈 이미지, 없는 클래스도 섞습니다."""
    rng = np.random.default_rng(seed)
    truths, guesses = [], []
    for _ in range(n_images):
        n = int(rng.integers(0, 6))
        corner = rng.integers(0, 40, (n, 2))
        gt = np.concatenate([corner, corner + rng.integers(4, 30, (n, 2))], axis=1).astype(float)
        ids = rng.integers(0, n_classes - 1, n)
        copies = np.repeat(np.arange(n), rng.integers(0, 4, n))
        boxes = gt[copies] + rng.integers(-3, 4, (len(copies), 4)) / 2
        classes = np.where(rng.random(len(copies)) < 0.15, n_classes - 1, ids[copies])
        scores = rng.integers(1, 9, len(copies)) / 8
        truths.append((gt, ids))
        guesses.append(Detections(boxes, scores, classes))
    return guesses, truths


def coco_precisions(guesses, truths):
    """{클래스: (10,) AP}. pycocotools가 계산한 값입니다."""
    annotations, results = [], []
    for image, (boxes, ids) in enumerate(truths):
        for box, c in zip(box_convert(boxes, "xyxy", "xywh").tolist(), ids.tolist(), strict=True):
            annotations.append(
                {"id": len(annotations) + 1, "image_id": image, "category_id": c, "bbox": box}
                | {"area": box[2] * box[3], "iscrowd": 0}
            )
    for image, (boxes, scores, ids) in enumerate(guesses):
        rows = zip(
            box_convert(boxes, "xyxy", "xywh").tolist(), scores.tolist(), ids.tolist(), strict=True
        )
        for box, score, c in rows:
            results.append({"image_id": image, "category_id": c, "bbox": box, "score": score})
    classes = sorted(
        {c for _, ids in (*truths, *[(0, g.class_ids) for g in guesses]) for c in ids.tolist()}
    )
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "info": {},
            "images": [{"id": image} for image in range(len(truths))],
            "annotations": annotations,
            "categories": [{"id": c} for c in classes],
        }
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, 2]
    return {
        c: precision[:, :, k].mean(axis=1)
        for k, c in enumerate(classes)
        if (precision[:, :, k] > -1).all()
    }


@pytest.mark.parametrize("seed", range(25))
def test_matches_pycocotools(seed):
    guesses, truths = random_task(seed)
    mine, theirs = average_precision(guesses, truths), coco_precisions(guesses, truths)
    assert mine.keys() == theirs.keys()
    for class_id, expected in theirs.items():
        np.testing.assert_allclose(mine[class_id], expected, atol=1e-9)


def test_only_the_best_hundred_of_an_image_count():
    box, far = [[0.0, 0, 10, 10]], [[50.0, 50, 60, 60]]
    guess = Detections(
        np.array(far * 100 + box), np.r_[np.full(100, 0.9), 0.1], np.zeros(101, dtype=int)
    )
    truth = [(np.array(box), np.array([0]))]
    assert average_precision([guess], truth)[0].max() == 0
    assert average_precision([guess], truth, max_dets=101)[0].min() > 0


@pytest.mark.parametrize("match", STYLES["match_predictions"])
def test_a_learners_matching_gives_the_same_ap(match):
    for seed in range(6):
        guesses, truths = random_task(seed)
        mine = average_precision(guesses, truths, match=match)
        for class_id, expected in average_precision(guesses, truths).items():
            np.testing.assert_allclose(mine[class_id], expected, err_msg=f"{seed}, {class_id}")


def test_a_wrong_matching_changes_the_ap_and_a_wrong_shape_is_named():
    truth = [([[0, 0, 10, 10], [20, 20, 30, 30]], [0, 0])]
    guess = [([[0, 0, 10, 10], [0, 0, 10, 9], [20, 20, 30, 30]], [0.9, 0.8, 0.7], [0, 0, 0])]

    def shared(iou, iou_threshold):
        return (iou >= iou_threshold).any(axis=1)

    assert summarize_ap(guess, truth, shared)["AP50"] > summarize_ap(guess, truth)["AP50"]
    with pytest.raises(ValueError, match=r"match: .*\(3,\).*\(2,\)"):
        summarize_ap(guess, truth, lambda iou, iou_threshold: iou.max(axis=0) > 0.5)


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


def test_bad_input_is_refused():
    truth = [([[0, 0, 10, 10]], [0])]
    with pytest.raises(ValueError, match="0장.*1장"):
        average_precision([], truth)
    with pytest.raises(ValueError, match=r"detections\[0\].*x2"):
        average_precision([([[5, 0, 1, 10]], [0.5], [0])], truth)
    with pytest.raises(ValueError, match=r"detections\[0\]"):
        average_precision([([[0, 0, 1, 10]], [0.5, 0.2], [0])], truth)
    with pytest.raises(ValueError, match="정답 박스가 하나도"):
        summarize_ap([(np.zeros((0, 4)), [], [])], [(np.zeros((0, 4)), [])])
