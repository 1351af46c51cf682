"""같은 IoU, 다른 라벨: 검출기마다 다른 할당 규칙을 한 표에 모읍니다.

문턱을 넘는 쪽에 등호가 있는지, 강제 매칭을 몇 개나 하는지, 어느 앵커와도 겹치지 않는 정답을
어떻게 하는지는 논문보다 코드에 적혀 있습니다. :data:`CONVENTIONS`가 그 차이이고,
:func:`match_by_convention`이 그대로 따라 합니다.
"""

from dataclasses import dataclass

import numpy as np

from anchorbox_utils.anchors import as_anchor_boxes
from anchorbox_utils.boxes import common_dtype, finite_area, pairwise_iou, validate_boxes
from anchorbox_utils.matching import IGNORE, NEGATIVE, POSITIVE, MatchResult
from anchorbox_utils.validation import as_choice, as_list, as_number, as_text, shown

COMPARISONS = {
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
}


@dataclass(frozen=True)
class Convention:
    """앵커 할당 규칙 하나. 조건은 ``(">=", 0.7)``처럼 (비교, 문턱)으로 적습니다.

    Attributes:
        source: 이 규칙이 적힌 곳.
        positive: 앵커의 최대 IoU가 이 조건이면 양성. None이면 강제 매칭만 양성입니다.
        negative: 앵커의 최대 IoU가 이 조건이면 음성. 둘 다 아니면 무시입니다.
        force: 강제로 양성이 되는 앵커. :data:`FORCE_RULES`의 이름 또는 None(없음).
        force_if: 강제할 짝의 IoU가 지켜야 할 조건. ``(">=", 0)``이면 아무 앵커와도 겹치지 않는
            정답까지 강제합니다.
        forced_gt: 강제된 앵커가 맡을 정답. ``"own"``은 자기에게 가장 많이 겹치는 정답,
            ``"forcing"``은 강제한 정답(여럿이면 번호가 큰 쪽).
    """

    source: str
    positive: tuple[str, float] | None
    negative: tuple[str, float]
    force: str | None
    force_if: tuple[str, float]
    forced_gt: str

    def __post_init__(self):
        as_text(self.source, "source")
        for name in ("positive", "negative", "force_if"):
            condition = getattr(self, name)
            if name == "positive" and condition is None:
                continue
            # 문턱이 파이썬 수여야 float32의 IoU와 float32로 견줍니다.
            object.__setattr__(self, name, _as_condition(condition, name))
        if self.force is not None:
            as_choice(self.force, "force", FORCE_RULES, "강제 매칭")
        as_choice(self.forced_gt, "forced_gt", ("own", "forcing"))


def _as_condition(condition, name):
    """(비교, 문턱)을 검사합니다."""
    pair = as_list(condition, name)
    if len(pair) != 2:
        raise ValueError(
            f'{name}: (">=", 0.7)처럼 (비교, 문턱)이어야 하는데 {shown(condition)}입니다.'
        )
    return as_choice(pair[0], f"{name}[0]", COMPARISONS, "비교"), as_number(pair[1], f"{name}[1]")


def _every_best(iou):
    """정답마다 IoU가 가장 큰 앵커 모두(동점 포함)."""
    gt, anchor = np.nonzero(iou.T == iou.max(axis=0)[:, None])
    return anchor, gt


def _first_best(iou):
    """정답마다 IoU가 가장 큰 앵커 가운데 번호가 가장 작은 하나."""
    return iou.argmax(axis=0), np.arange(iou.shape[1])


def _greedy(iou):
    """남은 짝 가운데 IoU가 가장 큰 것을 고르고 그 앵커와 정답을 빼기를 되풀이합니다."""
    left = iou.copy()
    pairs = []
    for _ in range(min(iou.shape)):
        anchor, gt = np.unravel_index(left.argmax(), left.shape)
        left[anchor], left[:, gt] = -1, -1
        pairs.append((anchor, gt))
    return np.array(pairs).T


FORCE_RULES = {"ties": _every_best, "first": _first_best, "greedy": _greedy}

# fmt: off
CONVENTIONS = {
    name: Convention(source, positive, negative, force, force_if, forced_gt)
    for name, positive, negative, force, force_if, forced_gt, source in (
        ("course", (">=", 0.7), ("<", 0.3), "ties", (">", 0), "own",
         "이 강좌의 match_anchors"),
        ("faster_rcnn_paper", (">", 0.7), ("<", 0.3), "ties", (">", 0), "own",
         "Faster R-CNN (2015) 3.1.2절"),
        ("torchvision_rpn", (">=", 0.7), ("<", 0.3), "ties", (">=", 0), "own",
         "torchvision models/detection/rpn.py, _utils.py의 Matcher"),
        ("torchvision_retinanet", (">=", 0.5), ("<", 0.4), "ties", (">=", 0), "own",
         "torchvision models/detection/retinanet.py, _utils.py의 Matcher"),
        ("torchvision_ssd", (">=", 0.5), ("<", 0.5), "first", (">=", 0), "forcing",
         "torchvision models/detection/ssd.py, _utils.py의 SSDMatcher"),
        ("detectron2_rpn", (">=", 0.7), ("<", 0.3), "ties", (">=", 0), "own",
         "detectron2 modeling/proposal_generator/rpn.py, matcher.py"),
        ("detectron2_retinanet", (">=", 0.5), ("<", 0.4), "ties", (">=", 0), "own",
         "detectron2 modeling/meta_arch/retinanet.py, matcher.py"),
        ("mmdet_rpn", (">=", 0.7), ("<", 0.3), "ties", (">=", 0.3), "forcing",
         "mmdetection configs/_base_/models/faster_rcnn_r50_fpn.py, max_iou_assigner.py"),
        ("mmdet_retinanet", (">=", 0.5), ("<", 0.4), "ties", (">=", 0), "forcing",
         "mmdetection configs/_base_/models/retinanet_r50_fpn.py, max_iou_assigner.py"),
        ("d2l", (">=", 0.5), ("<", 0.5), "greedy", (">=", 0), "forcing",
         "D2L 14.4절 assign_anchor_to_bbox"),
        ("yolov3_paper", None, ("<=", 0.5), "first", (">", 0), "forcing",
         "YOLOv3 (2018) 2.1절. darknet의 코드는 중심을 겹쳐 놓은 IoU로 앵커를 고릅니다"),
    )
}
# fmt: on


def find_convention(convention):
    """:data:`CONVENTIONS`의 이름이면 그 :class:`Convention`, 이미 규칙이면 그대로.

    Examples:
        >>> find_convention("course") is find_convention(CONVENTIONS["course"])
        True
    """
    if isinstance(convention, Convention):
        return convention
    return CONVENTIONS[as_choice(convention, "convention", CONVENTIONS, "규칙")]


def match_by_convention(anchors, gt_boxes, convention="course"):
    """정해진 규칙(:data:`CONVENTIONS`)대로 앵커를 매칭하고 라벨을 붙입니다.

    규칙을 견주기 위한 함수라 (N, G) IoU 행렬을 그대로 만듭니다. 메모리가 ``N * G * 8`` 바이트
    들므로, 학습에는 :func:`match_anchors`를 쓰세요. 두 함수의 ``"course"`` 결과는 같습니다.

    Args:
        anchors: :class:`AnchorGrid` 또는 (N, 4) xyxy 앵커, 픽셀.
        gt_boxes: (G, 4) xyxy 정답 박스, 픽셀.
        convention: :data:`CONVENTIONS`의 이름 또는 :class:`Convention`.

    Returns:
        :class:`MatchResult`.

    Raises:
        ValueError: 박스가 올바르지 않거나 모르는 규칙 이름일 때.

    Examples:
        >>> anchors = [[0, 0, 10, 10], [0, 0, 10, 7], [40, 0, 50, 10]]
        >>> gt_boxes = [[0, 0, 10, 10], [70, 0, 80, 10]]
        >>> for name in ("course", "faster_rcnn_paper", "torchvision_rpn"):
        ...     print(name, match_by_convention(anchors, gt_boxes, name).labels)
        course [1 1 0]
        faster_rcnn_paper [ 1 -1  0]
        torchvision_rpn [1 1 1]

    두 번째 정답은 아무 앵커와도 겹치지 않습니다. torchvision의 ``Matcher``는 이때 IoU가 0인 앵커를
    모두 '가장 잘 맞는 앵커'로 보아 양성으로 만듭니다.
    """
    convention = find_convention(convention)
    anchors, gt_boxes = as_anchor_boxes(anchors), validate_boxes(gt_boxes, "gt_boxes")
    anchors, gt_boxes = common_dtype(anchors, gt_boxes)
    areas = finite_area(anchors, "anchors"), finite_area(gt_boxes, "gt_boxes")
    iou = pairwise_iou(anchors, gt_boxes, *areas)
    iou_max = iou.max(axis=1, initial=0.0)
    labels = np.full(len(anchors), IGNORE, dtype=np.int8)
    labels[_holds(convention.negative, iou_max)] = NEGATIVE
    if convention.positive:
        labels[_holds(convention.positive, iou_max)] = POSITIVE
    matched_gt = np.full(len(anchors), -1, dtype=np.int32)
    forced = np.zeros(len(anchors), dtype=bool)
    if iou.size:
        own = iou.argmax(axis=1)
        matched_gt[iou_max > 0] = own[iou_max > 0]
        if convention.force:
            anchor, gt = FORCE_RULES[convention.force](iou)
            keep = _holds(convention.force_if, iou[anchor, gt])
            anchor, gt = anchor[keep], gt[keep]
            forced[anchor] = labels[anchor] != POSITIVE
            labels[anchor] = POSITIVE
            matched_gt[anchor] = gt if convention.forced_gt == "forcing" else own[anchor]
    gt_best_iou = iou.max(axis=0, initial=0.0)
    return MatchResult.from_arrays(labels, matched_gt, iou_max, gt_best_iou, forced)


def _holds(condition, values):
    comparison, threshold = condition
    return COMPARISONS[comparison](values, threshold)
