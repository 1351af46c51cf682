"""앵커가 한 일: 정답이 양성 앵커를 얻었는지, 못 얻었으면 왜인지."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from anchorbox_utils.anchors import AnchorGrid, as_anchor_boxes
from anchorbox_utils.boxes import box_iou
from anchorbox_utils.conventions import COMPARISONS, find_convention, match_by_convention
from anchorbox_utils.matching import POSITIVE, match_anchors, validate_thresholds


class _Rule(NamedTuple):
    """앵커에 라벨을 붙이는 법과, 그 IoU가 음성의 조건에 드는지."""

    match: Callable
    is_negative: Callable


class Facts(NamedTuple):
    """정답 하나에 앵커가 한 일: 까닭(없으면 빈 글), 근거, 양성 앵커의 수, 모두 강제된 것인지."""

    reason: str
    evidence: dict
    anchors: int
    forced: bool


def make_rule(pos_thr, neg_thr, force_match, convention):
    """:func:`explain_misses`의 인수로 정해지는 할당 규칙."""
    if convention is None:
        pos_thr, neg_thr = validate_thresholds(pos_thr, neg_thr)
        match = partial(match_anchors, pos_thr=pos_thr, neg_thr=neg_thr, force_match=force_match)
        return _Rule(match, lambda iou: iou < neg_thr or iou == 0)
    convention = find_convention(convention)
    match = partial(match_by_convention, convention=convention)
    comparison, threshold = convention.negative
    # 강제 매칭만 양성인 규칙에서는 음성의 문턱이 앵커가 닿는지를 말하지 않습니다.
    by_threshold = convention.positive is not None
    holds = COMPARISONS[comparison]
    return _Rule(match, lambda iou: iou == 0 or (by_threshold and bool(holds(iou, threshold))))


def anchor_facts(anchors, rule, boxes, ignore, wanted):
    """``wanted``의 정답마다 :class:`Facts`. 학습처럼 이미지의 모든 정답과 함께 매칭합니다."""
    countable = np.flatnonzero(~ignore)
    boxes = boxes[countable]
    result = rule.match(anchors, boxes)
    # 임계값이 0이면 아무와도 겹치지 않는 앵커까지 양성이고, 맡은 정답은 없습니다.
    has_owner = result.pos_gt >= 0
    owned = np.bincount(result.pos_gt[has_owner], minlength=len(boxes))
    chosen = has_owner & ~result.forced[result.pos_anchors]
    chosen = np.bincount(result.pos_gt[chosen], minlength=len(boxes))
    templates = _templates(anchors)
    for place in np.searchsorted(countable, wanted).tolist():
        best, count = float(result.gt_best_iou[place]), int(owned[place])
        if rule.is_negative(best):
            lack = _lack(boxes[place], templates, rule)
            yield Facts("no_anchor", {"iou": best, "forced": count > 0, **lack}, count, True)
        elif count == 0:
            yield _untrained(anchors, result, boxes, place, countable)
        else:
            yield Facts("", {}, count, chosen[place] == 0)


def _untrained(anchors, result, boxes, place, countable):
    """닿는 앵커가 있는데도 양성이 하나도 없는 까닭: 무시이거나, 다른 정답이 맡았거나."""
    every = anchors.boxes if isinstance(anchors, AnchorGrid) else as_anchor_boxes(anchors)
    iou = box_iou(every, boxes[[place]])[:, 0]
    evidence = {"iou": float(iou.max())}
    best = np.flatnonzero(iou == iou.max())
    lent = best[result.labels[best] == POSITIVE]
    if not len(lent):
        return Facts("ignored", evidence, 0, False)
    rival = int(result.pos_gt[np.searchsorted(result.pos_anchors, lent[0])])
    rival_iou = box_iou(every[lent[:1]], boxes[[rival]]).item()
    evidence |= {"rival": int(countable[rival]), "rival_iou": rival_iou}
    return Facts("taken", evidence, 0, False)


def _templates(anchors):
    """(A, 2) 앵커의 서로 다른 (너비, 높이)."""
    if isinstance(anchors, AnchorGrid):
        boxes = np.concatenate([level.cell_anchors for level in anchors.levels])
    else:
        boxes = as_anchor_boxes(anchors)
    return np.unique(np.round(boxes[:, 2:] - boxes[:, :2], 3), axis=0)


def _lack(box, templates, rule):
    """앵커에 모자란 것. 중심을 맞춘 IoU로 가장 닮은 앵커와 견줍니다.

    넓이의 비가 a이면 종횡비를 맞추어도 IoU는 min(a, 1/a)이고, 종횡비의 비가 r이면 넓이를 맞추어도
    IoU는 x / (2 − x)입니다(x는 √r과 √(1/r) 가운데 작은 쪽). 그것만으로도 닿지 않는 것은 모두,
    그런 것이 없으면 더 나쁜 것 하나를 말합니다.
    """
    size = np.maximum(box[2:] - box[:2], 1e-9)
    shared = np.minimum(size, templates).prod(axis=1)
    iou = shared / (size.prod() + templates.prod(axis=1) - shared)
    nearest = templates[iou.argmax()]
    width, height = size / nearest
    area, side = width * height, np.sqrt(height / width)
    closer = min(side, 1 / side)
    by_ratio, by_size = closer / (2 - closer), min(area, 1 / area)
    names = []
    if rule.is_negative(by_size) or by_size <= by_ratio:
        names.append("smaller" if area < 1 else "larger")
    if rule.is_negative(by_ratio) or by_ratio < by_size:
        names.append("wider" if side < 1 else "taller")
    lack = "_".join(names) if rule.is_negative(iou.max()) else "denser"
    return {"lack": lack, "size": size.tolist(), "nearest": nearest.tolist()}
