"""검출 결과의 채점: COCO 방식의 평균 정밀도(AP)."""

from functools import partial
from typing import NamedTuple

import numpy as np

from anchorbox_utils.boxes import box_iou, validate_boxes

COCO_IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALL_POINTS = np.linspace(0, 1, 101)


class Detections(NamedTuple):
    """이미지 한 장의 검출 결과.

    Attributes:
        boxes: (N, 4) xyxy 박스, 픽셀.
        scores: (N,) 점수.
        class_ids: (N,) 클래스 번호.

    Examples:
        >>> len(Detections(np.zeros((0, 4)), np.zeros(0), np.zeros(0, dtype=int)).boxes)
        0
    """

    boxes: np.ndarray
    scores: np.ndarray
    class_ids: np.ndarray


def average_precision(
    detections, ground_truths, iou_thresholds=COCO_IOU_THRESHOLDS, max_dets=100, match=None
):
    """COCO 방식의 AP를 클래스와 IoU 임계값마다 구합니다.

    점수가 높은 예측부터 아직 짝이 없는 정답과 맺습니다. 짝을 맺으면 맞은 것(TP), 못 맺으면
    틀린 것(FP)입니다. 재현율을 0, 0.01, …, 1의 101곳에서 재고, 그 재현율 이상에서 얻을 수 있는
    가장 높은 정밀도를 평균합니다. crowd 표시와 넓이 구간은 다루지 않습니다.

    Args:
        detections: 이미지마다 :class:`Detections` 또는 ``(boxes, scores, class_ids)``.
        ground_truths: 이미지마다 ``(boxes, class_ids)``. 순서는 ``detections``와 같습니다.
        iou_thresholds: IoU 임계값 목록. 기본은 COCO의 0.50, 0.55, …, 0.95입니다.
        max_dets: 이미지와 클래스마다 쓸 예측의 최대 수.
        match: 짝짓기에 쓸 ``match(iou, iou_threshold)``. 점수가 높은 순서인 예측 D개와 정답 G개의
            (D, G) IoU를 받아, 예측마다 짝을 맺었는지 (D,) 참/거짓을 돌려줍니다. 없으면 COCO의
            방식입니다.

    Returns:
        ``{클래스 번호: (T,) AP}``. 정답이 하나도 없는 클래스는 들어 있지 않습니다.
        모두 평균하려면 :func:`summarize_ap`를 쓰세요.

    Raises:
        ValueError: 이미지 수가 다르거나, 박스나 점수가 올바르지 않거나, ``match``의 결과가 (D,)가
            아닐 때.

    Examples:
        >>> truth = [([[0, 0, 10, 10]], [0])]
        >>> guess = [Detections([[0, 0, 10, 8]], [0.9], [0])]
        >>> average_precision(guess, truth, iou_thresholds=[0.5, 0.75, 0.9])
        {0: array([1., 1., 0.])}

    출처: COCO (Lin 외, 2014)와 pycocotools의 ``COCOeval``.
    """
    if len(detections) != len(ground_truths):
        raise ValueError(
            f"detections: 이미지가 {len(detections)}장인데 정답은 {len(ground_truths)}장입니다."
        )
    truths = [_rows(pair, f"ground_truths[{i}]") for i, pair in enumerate(ground_truths)]
    guesses = [_rows(triple, f"detections[{i}]") for i, triple in enumerate(detections)]
    thresholds = np.atleast_1d(np.asarray(iou_thresholds, dtype=np.float64))
    classes = sorted({int(c) for _, ids in truths for c in ids})
    match_all = _match if match is None else partial(_match_each, match)
    return {c: _class_ap(guesses, truths, c, thresholds, max_dets, match_all) for c in classes}


def summarize_ap(detections, ground_truths, match=None):
    """AP(0.50:0.95), AP50, AP75를 백분율로 돌려줍니다.

    Args:
        detections: 이미지마다 :class:`Detections`.
        ground_truths: 이미지마다 ``(boxes, class_ids)``.
        match: :func:`average_precision`과 같습니다.

    Returns:
        ``{"AP": float, "AP50": float, "AP75": float}``, 0 이상 100 이하.

    Raises:
        ValueError: :func:`average_precision`과 같습니다. 정답이 하나도 없을 때도 냅니다.

    Examples:
        >>> summarize_ap([([[0, 0, 10, 8]], [0.9], [0])], [([[0, 0, 10, 10]], [0])])
        {'AP': 70.0, 'AP50': 100.0, 'AP75': 100.0}
    """
    per_class = average_precision(detections, ground_truths, match=match)
    if not per_class:
        raise ValueError("ground_truths: 정답 박스가 하나도 없어 AP를 정의할 수 없습니다.")
    mean = 100 * np.mean(list(per_class.values()), axis=0)
    return {"AP": float(mean.mean()), "AP50": float(mean[0]), "AP75": float(mean[5])}


def _rows(row, name):
    boxes, *columns = row
    boxes = validate_boxes(boxes, f"{name}의 boxes")
    columns = [np.asarray(column) for column in columns]
    for column in columns:
        if column.shape != (len(boxes),):
            raise ValueError(f"{name}: 박스는 {len(boxes)}개인데 나머지는 {column.shape}입니다.")
        if not np.isfinite(column).all():
            raise ValueError(f"{name}: 점수나 클래스에 NaN이나 무한대가 있습니다.")
    return boxes, *columns


def _class_ap(guesses, truths, class_id, thresholds, max_dets, match_all):
    scores, hits = [], []
    n_truths = 0
    for (boxes, score, ids), (gt_boxes, gt_ids) in zip(guesses, truths, strict=True):
        gt = gt_boxes[gt_ids == class_id]
        n_truths += len(gt)
        mine = np.flatnonzero(ids == class_id)
        mine = mine[np.argsort(-score[mine], kind="stable")][:max_dets]
        scores.append(score[mine])
        hits.append(match_all(box_iou(boxes[mine], gt), thresholds))
    order = np.argsort(-np.concatenate(scores), kind="stable")
    return _interpolated_ap(np.concatenate(hits, axis=1)[:, order], n_truths)


def _match(iou, thresholds):
    """(T, D) 예측마다 짝을 맺었는지. 행은 점수가 높은 순서여야 합니다."""
    hits = np.zeros((len(thresholds), len(iou)), dtype=bool)
    if iou.shape[1] == 0:
        return hits
    reached = iou >= np.minimum(thresholds, 1 - 1e-10)[:, None, None]
    free = np.ones((len(thresholds), iou.shape[1]), dtype=bool)
    every = np.arange(len(thresholds))
    for d in np.flatnonzero(reached.any(axis=(0, 2))):
        candidates = free & reached[:, d]
        # 같은 IoU면 뒤의 정답을 고르는 것까지 pycocotools와 같습니다.
        best = np.where(candidates, iou[d], -1)[:, ::-1].argmax(axis=1)
        hits[:, d] = candidates.any(axis=1)
        free[every, -1 - best] &= ~hits[:, d]
    return hits


def _match_each(match, iou, thresholds):
    """임계값마다 ``match``를 불러 :func:`_match`와 같은 (T, D)를 만듭니다."""
    if iou.size == 0:
        return np.zeros((len(thresholds), len(iou)), dtype=bool)
    hits = [np.asarray(match(iou, threshold)) for threshold in thresholds]
    for row in hits:
        if row.shape != (len(iou),):
            raise ValueError(
                f"match: 예측이 {len(iou)}개이므로 ({len(iou)},)인 참/거짓을 돌려주어야 하는데 "
                f"{row.shape}입니다."
            )
    return np.array(hits, dtype=bool)


def _interpolated_ap(hits, n_truths):
    found = hits.cumsum(axis=1)
    recall = found / n_truths
    precision = found / np.arange(1, hits.shape[1] + 1)
    best_from_here = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    ap = np.zeros(len(hits))
    for t in range(len(hits)):
        places = np.searchsorted(recall[t], RECALL_POINTS)
        ap[t] = best_from_here[t, places[places < hits.shape[1]]].sum() / len(RECALL_POINTS)
    return ap
