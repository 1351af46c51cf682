"""묻기: 정답이 앵커에서 예측까지 가는 길의 어디에서 처음 막혔는지."""

import numpy as np

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.boxes import finite_area, validate_boxes
from anchorbox_utils.datasets.model import as_categories, class_name
from anchorbox_utils.evaluation import Detections, GroundTruths
from anchorbox_utils.korean import with_particle
from anchorbox_utils.misses.causes import CAUSES, DIRECTIONS, LACKS, FalsePositive, Miss
from anchorbox_utils.misses.detecting import View
from anchorbox_utils.misses.result import Misses
from anchorbox_utils.misses.training import anchor_facts, make_rule
from anchorbox_utils.validation import (
    as_boolean_array,
    as_fraction,
    as_integer_array,
    as_list,
    as_number,
    as_numbers,
    as_real_array,
    real_array,
)
from anchorbox_utils.visible import visible


def explain_misses(
    ground_truths,
    detections=None,
    before_nms=None,
    anchors=None,
    *,
    pos_thr=0.5,
    neg_thr=0.4,
    force_match=True,
    convention=None,
    resize=None,
    score_thr=0.25,
    iou_thr=0.5,
    loose_iou=0.1,
    class_names=None,
):
    """놓친 정답마다 까닭 하나와 근거를, 틀린 예측마다 종류 하나를 찾습니다.

    점수가 ``score_thr`` 이상인 예측을 :func:`average_precision`처럼 점수가 높은 것부터 같은
    클래스의 정답과 맺고, 짝이 없는 정답을 놓친 것으로 봅니다. 놓친 정답에 이렇게 묻습니다.

    1. 닿는 앵커가 없나요? 가장 잘 맞는 앵커마저 음성의 조건에 듭니다.
    2. 양성 앵커가 없고, 가장 잘 맞는 앵커가 무시인가요?
    3. 양성 앵커가 없고, 가장 잘 맞는 앵커를 다른 정답이 맡았나요?
    4. 배웠지만 겹치는 예측이 없나요?
    5. 겹치는 예측이 있지만 모두 점수가 낮나요?
    6. NMS 전에는 있었나요?
    7. 자리는 맞지만 클래스가 다른가요?
    8. 같은 클래스이지만 IoU가 ``loose_iou`` 이상 ``iou_thr`` 미만인가요?

    ``detections``가 없으면 앞의 셋만 모든 정답에, ``anchors``가 없으면 4번부터, ``before_nms``가
    없으면 6번을 빼고 묻습니다. 묻지 않은 것은 ``unasked``에 남습니다.

    Args:
        ground_truths: 이미지마다 ``(boxes, class_ids)`` 또는 :class:`GroundTruths`. crowd나
            ignore인 정답은 놓친 것으로 세지 않고, 거기 맺은 예측은 맞지도 틀리지도 않습니다.
        detections: 이미지마다 NMS까지 마친 :class:`Detections` 또는 ``(boxes, scores, class_ids)``.
        before_nms: 이미지마다 NMS 전의 예측.
        anchors: 모든 이미지에 쓰는 :class:`AnchorGrid`나 (N, 4) 앵커, 또는 이미지마다 하나씩.
        pos_thr: 양성 임계값.
        neg_thr: 음성 임계값.
        force_match: 정답마다 최고 앵커를 강제로 양성으로 만드는지.
        convention: 할당 규칙. :data:`CONVENTIONS`의 이름이나 :class:`Convention`. 주면 위의 셋 대신
            씁니다.
        resize: 앵커를 깔기 전에 이미지를 키운 배율. 수 하나이거나 이미지마다 하나씩.
        score_thr: 이 점수 이상인 예측만 찾은 것으로 칩니다.
        iou_thr: 찾았다고 볼 IoU.
        loose_iou: 어긋났다고 볼 가장 작은 IoU. 이보다 작으면 겹치지 않은 것입니다.
        class_names: 클래스 번호 → 이름.

    Returns:
        :class:`Misses`. 까닭마다의 수를 더하면 놓친 정답의 수입니다.

    Raises:
        ValueError: 이미지의 수가 서로 다르거나, 박스·점수·임계값이 올바르지 않을 때. 예측도 앵커도
            없을 때.

    Examples:
        >>> truths = [([[0, 0, 20, 20], [40, 0, 60, 20]], [0, 0])]
        >>> guesses = [([[0, 0, 20, 18], [46, 0, 66, 20]], [0.9, 0.8], [0, 1])]
        >>> found = explain_misses(truths, guesses)
        >>> [(row.truth, row.cause) for row in found.rows]
        [(1, 'wrong_class')]
        >>> grid = AnchorGrid((64, 64), strides=8, scales=32)
        >>> print(explain_misses([([[4, 4, 8, 60]], [0])], anchors=grid).rows[0])
        이미지 0 정답 0: 가장 잘 맞는 앵커의 IoU가 0.17입니다. 더 작고 길쭉한 앵커가 모자랍니다...

    출처: 문서 「증상→원인 빠른 매핑」. 틀린 예측의 종류는 TIDE (Bolya 외, 2020)를 따릅니다.
    """
    if detections is None and anchors is None:
        raise ValueError("detections와 anchors 가운데 하나는 주어야 합니다.")
    if before_nms is not None and detections is None:
        raise ValueError("detections: before_nms를 주려면 NMS까지 마친 예측도 주세요.")
    score_thr = as_fraction(score_thr, "score_thr")
    iou_thr = as_number(iou_thr, "iou_thr", above=0, most=1)
    loose_iou = as_number(loose_iou, "loose_iou", above=0, below=iou_thr)
    truths = [
        _truth(row, f"ground_truths[{i}]")
        for i, row in enumerate(as_list(ground_truths, "ground_truths"))
    ]
    rule = make_rule(pos_thr, neg_thr, force_match, convention)
    grids = _per_image(anchors, len(truths))
    scales = _scales(resize, len(truths))
    final, raw = (
        _predictions(rows, name, len(truths))
        for rows, name in ((detections, "detections"), (before_nms, "before_nms"))
    )
    names = {} if class_names is None else as_categories(class_names, "class_names")
    rows, false_positives, found, set_aside = [], [], 0, 0
    for image, truth in enumerate(truths):
        if detections is None:
            view, wanted = None, np.flatnonzero(~truth.ignore)
        else:
            view = View(truth, final[image], raw and raw[image], score_thr, iou_thr, loose_iou)
            wanted = view.missed
            false_positives += [FalsePositive(image, *values) for values in view.false_positives()]
            found += int((view.matched >= 0).sum())
            set_aside += int(view.aside.sum())
        trained = [None] * len(wanted)
        if anchors is not None and len(wanted):
            boxes = truth.boxes * scales[image]
            trained = anchor_facts(grids[image], rule, boxes, truth.ignore, wanted)
        for number, facts in zip(wanted.tolist(), trained, strict=True):
            if view is not None or facts.reason:
                rows.append(_miss(image, truth, number, facts, view, names))
    asked = {"anchors": anchors, "detections": detections, "before_nms": before_nms}
    unasked = tuple(name for name, cause in CAUSES.items() if asked[cause.needs] is None)
    return Misses(
        tuple(truths),
        None if final is None else tuple(final),
        None if raw is None else tuple(raw),
        tuple(rows),
        tuple(false_positives),
        found,
        set_aside,
        unasked,
        score_thr,
        iou_thr,
        names,
    )


def _miss(image, truth, number, facts, view, names):
    """놓친 정답 하나의 :class:`Miss`."""
    reasons, hints = {}, ()
    if facts is not None and facts.reason:
        reasons[facts.reason] = facts.evidence
    if view is not None:
        reasons |= view.reasons(number)
        hints, shared = view.hints(number)
        if not reasons:
            reasons["undetected"] = {"learned": _learned(facts), "shared": shared}
            if facts is not None and facts.forced:
                hints = ("ignored", *hints)
        elif reasons.keys() == {"no_anchor"} and facts.anchors:
            # 강제 매칭으로 겨우 배웠으면, 앵커가 아니라 학습의 탓일 수도 있습니다.
            hints = ("undetected", *hints)
        else:
            hints = ()
    cause, *rest = reasons
    text = CAUSES[cause].told.format(**_words(reasons[cause], view, names))
    evidence = {k: v for k, v in reasons[cause].items() if k not in ("learned", "shared")}
    also = tuple(name for name in CAUSES if name in {*rest, *hints})
    class_id, box = int(truth.class_ids[number]), truth.boxes[number]
    return Miss(image, number, class_id, box, cause, evidence, also, text)


def _learned(facts):
    if facts is None:
        return ""
    how = "강제 매칭으로 얻은 " if facts.forced else ""
    return f"{how}양성 앵커 {facts.anchors:,}개로 배웠지만 "


def _words(evidence, view, names):
    """근거의 이름들을 말로 바꾼 것."""
    words = dict(evidence)
    if "lack" in evidence:
        (width, height), (near_width, near_height) = evidence["size"], evidence["nearest"]
        words["lack"] = (
            f"{LACKS[evidence['lack']]}(정답 {width:.0f}×{height:.0f}, 가장 닮은 앵커 "
            f"{near_width:.0f}×{near_height:.0f}픽셀)."
        )
        words["forced"] = " 강제 매칭으로만 배웠습니다." if evidence["forced"] else ""
    if "direction" in evidence:
        lean, side = DIRECTIONS[evidence["direction"]]
        words["direction"] = f"{lean}(정답 {side}의 {evidence['amount']:.0%})."
    if "class_id" in evidence:
        words["named"] = with_particle(_named(names, evidence["class_id"]), "으로/로")
    if "by" in evidence:
        words["by"] = _suppressor_text(evidence["by"], view, names)
    return words


def _suppressor_text(by, view, names):
    if by is None:
        return "겹쳐서 지운 예측은 없습니다. 이미지마다 남기는 예측의 수를 보세요."
    number = by["detection"]
    score, class_id = view.final.scores[number], int(view.final.class_ids[number])
    kind = "" if by["same_class"] else f"클래스가 {_named(names, class_id)}이고 "
    owner = f", 정답 {by['truth']}번을 찾은 것" if by["truth"] >= 0 else ""
    return f"{kind}점수가 {score:.2f}인 예측이 지웠습니다(두 예측의 IoU {by['iou']:.2f}{owner})."


def _named(names, class_id):
    return visible(class_name(names, class_id), 60)


def _truth(row, name):
    """빠진 것을 채운 :class:`GroundTruths`. crowd인 정답은 ignore이기도 합니다."""
    boxes, class_ids, crowd, areas, ignore = _fields(row, name, GroundTruths)
    boxes = validate_boxes(boxes, f"{name}의 boxes").astype(np.float64)
    count = (len(boxes),)
    class_ids = as_integer_array(class_ids, f"{name}의 class_ids", count)
    crowd, ignore = (
        np.zeros(count, bool)
        if flags is None
        else as_boolean_array(flags, f"{name}의 {what}", count)
        for flags, what in ((crowd, "crowd"), (ignore, "ignore"))
    )
    own = finite_area(boxes, f"{name}의 boxes")
    if areas is not None:
        areas = real_array(areas, f"{name}의 areas", count)
        # 파일의 area가 0이거나 음수이면(진단의 bad_area) 크기를 말해 주지 않습니다.
        own = np.where((areas > 0) & np.isfinite(areas), areas, own)
    return GroundTruths(boxes, class_ids, crowd, own, crowd | ignore)


def _fields(row, name, kind):
    """튜플의 칸들. 빠진 뒤의 칸은 None입니다."""
    values = as_list(row, name)
    least = len(kind._fields) - len(kind._field_defaults)
    if not least <= len(values) <= len(kind._fields):
        raise ValueError(
            f"{name}: ({', '.join(kind._fields)})의 묶음이어야 하는데 값이 {len(values)}개입니다."
        )
    return kind(*values)


def _predictions(rows, name, n_images):
    if rows is None:
        return None
    rows = as_list(rows, name)
    if len(rows) != n_images:
        raise ValueError(f"{name}: 이미지가 {len(rows)}장인데 정답은 {n_images}장입니다.")
    found = []
    for i, row in enumerate(rows):
        here = f"{name}[{i}]"
        boxes, scores, class_ids = _fields(row, here, Detections)
        boxes = validate_boxes(boxes, f"{here}의 boxes").astype(np.float64)
        count = (len(boxes),)
        scores = as_real_array(scores, f"{here}의 scores", count).astype(np.float64)
        found.append(
            Detections(boxes, scores, as_integer_array(class_ids, f"{here}의 class_ids", count))
        )
    return found


def _per_image(anchors, count):
    """이미지마다의 앵커. 앵커가 없으면 빈 리스트입니다."""
    if anchors is None:
        return []
    one_each = isinstance(anchors, list | tuple) and any(
        isinstance(part, AnchorGrid | np.ndarray) and np.ndim(part) != 1 for part in anchors
    )
    if one_each:
        anchors = [_anchors(part, f"anchors[{i}]") for i, part in enumerate(anchors)]
    else:
        anchors = [_anchors(anchors, "anchors")] * count
    if len(anchors) != count:
        raise ValueError(
            f"anchors: 이미지마다 하나씩이면 {count}개여야 하는데 {len(anchors)}개입니다."
        )
    if not all(map(len, anchors)):
        raise ValueError("anchors: 앵커가 하나도 없습니다.")
    return anchors


def _anchors(anchors, name):
    return anchors if isinstance(anchors, AnchorGrid) else validate_boxes(anchors, name)


def _scales(resize, count):
    """이미지마다의 배율."""
    scales = (
        [1.0]
        if resize is None
        else as_numbers(resize, "resize", length=max(count, 1), above=0, most=1e6)
    )
    if len(scales) not in (1, count):
        raise ValueError(f"resize: 수 하나이거나 {count}개여야 하는데 {len(scales)}개입니다.")
    return scales * count if len(scales) == 1 else scales
