"""검출 결과의 채점: COCO 방식의 평균 정밀도(AP)와 평균 재현율(AR).

채점은 두 걸음입니다.

1. **짝짓기.** 같은 이미지, 같은 클래스 안에서, 점수가 높은 예측부터 아직 짝이 없는 정답 가운데
   IoU가 가장 큰 것과 맺습니다(임계값 이상일 때만). 맺으면 맞은 것(TP), 못 맺으면 틀린 것(FP)입니다.
2. **곡선.** 모든 이미지의 예측을 점수순으로 세우고 하나씩 더 받아들이며 재현율과 정밀도를 잽니다.
   재현율 0, 0.01, …, 1의 101곳에서, 그 재현율 이상에서 얻을 수 있는 가장 높은 정밀도를 읽습니다.

세지 않는 정답이 있습니다. 여러 물체를 한데 묶은 crowd, 채점에서 빼기로 한 것(VOC의 difficult),
지금 보는 넓이 구간 밖의 것입니다. 이런 정답은 못 찾아도 벌하지 않고, 이것과 맺은 예측은 맞은 것도
틀린 것도 아닙니다.

- 예측은 세는 정답부터 찾고, 하나도 없을 때만 세지 않는 정답과 맺습니다.
- crowd에는 몇 번이고 맺을 수 있고, crowd와의 IoU는 교집합을 예측의 넓이로 나눈 값입니다.
- 짝이 없는 예측도 넓이 구간 밖이면 세지 않습니다.

짝짓기는 앞의 예측이 정답을 먼저 가져가는 일이라 차례로 해야 하지만, 이미지나 클래스가 다른
예측끼리는 서로 상관이 없습니다. 그래서 이미지마다 도는 대신 모든 이미지와 클래스의 첫째 예측을
한꺼번에, 다음에 둘째 예측을 한꺼번에 맺습니다. 임계값과 넓이 구간도 나란히 놓고 함께 셈합니다.

출처: COCO (Lin 외, 2014)와 pycocotools의 ``COCOeval``.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from anchorbox_utils.boxes import validate_boxes
from anchorbox_utils.validation import (
    as_boolean_array,
    as_callable,
    as_choice,
    as_count,
    as_fraction,
    as_instance,
    as_integer_array,
    as_list,
    as_number,
    as_numbers,
    as_pair,
    as_real_array,
    as_text,
    real_array,
    refuse_rows,
)

COCO_IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
COCO_AREA_RANGES = {
    "all": (0, 1e10),
    "small": (0, 32**2),
    "medium": (32**2, 96**2),
    "large": (96**2, 1e10),
}
COCO_MAX_DETS = (1, 10, 100)
RECALL_POINTS = np.linspace(0, 1, 101)

# IoU를 한꺼번에 구할 짝의 수. 메모리가 예측과 정답의 수의 곱만큼 커지지 않게 합니다.
_PAIRS = 1 << 18


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


class GroundTruths(NamedTuple):
    """이미지 한 장의 정답. 없는 것은 None으로 둡니다.

    Attributes:
        boxes: (N, 4) xyxy 박스, 픽셀.
        class_ids: (N,) 클래스 번호.
        crowd: (N,) bool. 여러 물체를 한데 묶은 박스인지(COCO의 iscrowd). 없으면 모두 아닙니다.
        areas: (N,) 넓이 구간을 나눌 때 쓸 넓이, 제곱 픽셀. COCO는 박스가 아니라 물체의 넓이(area)를
            씁니다. 없으면 박스의 넓이입니다.
        ignore: (N,) bool. crowd가 아니어도 채점에서 뺄 정답인지(VOC의 difficult).

    Examples:
        >>> GroundTruths([[0, 0, 10, 10]], [0], crowd=[True]).crowd
        [True]
    """

    boxes: np.ndarray
    class_ids: np.ndarray
    crowd: np.ndarray | None = None
    areas: np.ndarray | None = None
    ignore: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Evaluation:
    """:func:`evaluate_detections`의 결과. 배열의 차례와 값은 pycocotools의 ``eval``과 같습니다.

    Attributes:
        class_ids: K개의 클래스 번호.
        iou_thresholds: T개의 IoU 임계값.
        area_ranges: ``{이름: (하한, 상한)}``, A개.
        max_dets: 이미지와 클래스마다 쓸 예측의 최대 수 M개. 작은 것부터입니다.
        precision: (T, 101, K, A, M) 재현율 0, 0.01, …, 1에서의 정밀도. 세는 정답이 하나도 없으면
            −1입니다.
        recall: (T, K, A, M) 모든 예측을 받아들였을 때의 재현율. 세는 정답이 하나도 없으면 −1입니다.
    """

    class_ids: tuple
    iou_thresholds: np.ndarray
    area_ranges: dict
    max_dets: tuple
    precision: np.ndarray
    recall: np.ndarray

    def ap(self, iou_threshold=None, area="all", max_dets=None):
        """AP를 백분율로 돌려줍니다. 클래스와 IoU 임계값에 대해 평균한 것입니다.

        Args:
            iou_threshold: 잰 것 가운데 하나. 없으면 모두 평균합니다.
            area: ``area_ranges``의 이름.
            max_dets: 잰 것 가운데 하나. 없으면 가장 큰 것입니다.

        Returns:
            0 이상 100 이하, 또는 세는 정답이 하나도 없으면 None.

        Raises:
            ValueError: 재지 않은 임계값, 이름, 수일 때.
        """
        return self._mean(self.precision, iou_threshold, area, max_dets)

    def ar(self, iou_threshold=None, area="all", max_dets=None):
        """AR(평균 재현율)을 백분율로 돌려줍니다. 인수와 결과는 :meth:`ap`과 같습니다."""
        return self._mean(self.recall, iou_threshold, area, max_dets)

    def summary(self):
        """COCO의 순위표에 나오는 열두 값입니다. 재지 않았거나 세는 정답이 없는 것은 None입니다.

        Returns:
            AP, AP50, AP75, 크기마다의 APs·APm·APl, 예측 1·10·100개까지의 AR1·AR10·AR100, 크기마다의
            ARs·ARm·ARl. 백분율입니다.

        Examples:
            >>> truth = [([[0, 0, 10, 10]], [0])]
            >>> result = evaluate_detections([([[0, 0, 10, 8]], [0.9], [0])], truth).summary()
            >>> round(result["AP"], 1), round(result["APs"], 1), result["APl"]
            (70.0, 70.0, None)
        """
        measured = (set(self.iou_thresholds.tolist()), self.area_ranges, self.max_dets)
        return {
            name: getattr(self, kind)(*settings)
            if all(x is None or x in known for x, known in zip(settings, measured, strict=True))
            else None
            for name, (kind, *settings) in _SUMMARY.items()
        }

    def _mean(self, values, iou_threshold, area, max_dets):
        as_choice(area, "area", self.area_ranges, "넓이 구간")
        place = list(self.area_ranges).index(area)
        last = len(self.max_dets) - 1
        size = last if max_dets is None else _place(max_dets, self.max_dets, "max_dets")
        chosen = values[..., place, size]
        if iou_threshold is not None:
            chosen = chosen[[_place(iou_threshold, self.iou_thresholds.tolist(), "iou_threshold")]]
        chosen = chosen[chosen > -1]
        return 100 * float(np.mean(chosen)) if chosen.size else None


# 이름 → (재는 것, IoU 임계값, 넓이 구간, 예측의 최대 수). None은 모두의 평균, 가장 큰 수입니다.
_SUMMARY = {
    "AP": ("ap", None, "all", None),
    "AP50": ("ap", 0.5, "all", None),
    "AP75": ("ap", 0.75, "all", None),
    "APs": ("ap", None, "small", None),
    "APm": ("ap", None, "medium", None),
    "APl": ("ap", None, "large", None),
    "AR1": ("ar", None, "all", 1),
    "AR10": ("ar", None, "all", 10),
    "AR100": ("ar", None, "all", 100),
    "ARs": ("ar", None, "small", None),
    "ARm": ("ar", None, "medium", None),
    "ARl": ("ar", None, "large", None),
}


def _place(value, known, name):
    number = as_number(value, name)
    if number not in known:
        raise ValueError(f"{name}: {number}에서는 재지 않았습니다. 잰 것: {known}")
    return known.index(number)


def average_precision(
    detections, ground_truths, iou_thresholds=COCO_IOU_THRESHOLDS, max_dets=100, match=None
):
    """COCO 방식의 AP를 클래스와 IoU 임계값마다 구합니다.

    점수가 높은 예측부터 아직 짝이 없는 정답과 맺습니다. 짝을 맺으면 맞은 것(TP), 못 맺으면
    틀린 것(FP)입니다. 재현율을 0, 0.01, …, 1의 101곳에서 재고, 그 재현율 이상에서 얻을 수 있는
    가장 높은 정밀도를 평균합니다. 크기마다의 AP와 AR은 :func:`evaluate_detections`가 구합니다.

    Args:
        detections: 이미지마다 :class:`Detections` 또는 ``(boxes, scores, class_ids)``.
        ground_truths: 이미지마다 ``(boxes, class_ids)`` 또는 :class:`GroundTruths`. 순서는
            ``detections``와 같습니다. 파일에서 읽은 것은 ``Dataset.ground_truths()``로 얻습니다.
        iou_thresholds: IoU 임계값 목록, 0 이상 1 이하. 기본은 COCO의 0.50, 0.55, …, 0.95입니다.
        max_dets: 이미지와 클래스마다 쓸 예측의 최대 수, 1 이상.
        match: 짝짓기에 쓸 ``match(iou, iou_threshold)``. 점수가 높은 순서인 예측 D개와 정답 G개의
            (D, G) IoU를 받아, 예측마다 짝을 맺었는지 (D,) 참/거짓을 돌려줍니다. 없으면 COCO의
            방식입니다. crowd나 ignore인 정답이 있으면 쓸 수 없습니다.

    Returns:
        ``{클래스 번호: (T,) AP}``. 세는 정답이 하나도 없는 클래스는 들어 있지 않습니다.
        모두 평균하려면 :func:`summarize_ap`를 쓰세요.

    Raises:
        ValueError: 이미지 수가 다르거나, 박스·점수·클래스 번호·임계값이 올바르지 않거나,
            ``match``의 결과가 (D,)가 아닐 때.

    Examples:
        >>> truth = [([[0, 0, 10, 10]], [0])]
        >>> guess = [Detections([[0, 0, 10, 8]], [0.9], [0])]
        >>> average_precision(guess, truth, iou_thresholds=[0.5, 0.75, 0.9])
        {0: array([1., 1., 0.])}

    출처: COCO (Lin 외, 2014)와 pycocotools의 ``COCOeval``.
    """
    thresholds = _thresholds(iou_thresholds)
    limit = as_count(max_dets, "max_dets", least=1)
    found, truths = _read_task(detections, ground_truths, "xyxy")
    classes = np.unique(truths.class_ids[~truths.ignore])
    task = _arrange(found, truths, len(detections), classes, limit)
    bounds = np.array([[0, np.inf]])
    if match is None:
        matching = _match(task, thresholds, bounds)
    elif truths.ignore.any():
        raise ValueError("match: crowd나 ignore인 정답이 있으면 쓸 수 없습니다.")
    else:
        matching = _match_each(as_callable(match, "match"), task, thresholds)
    per_class = {}
    for k, _, _, (at_recall, reached, _) in _curves(task, matching, [limit], 0):
        # 닿지 못한 재현율의 정밀도는 0입니다.
        total = [row[:n].sum() for row, n in zip(at_recall, reached, strict=True)]
        per_class[int(classes[k])] = np.array(total) / len(RECALL_POINTS)
    return per_class


def summarize_ap(detections, ground_truths, match=None):
    """AP(0.50:0.95), AP50, AP75를 백분율로 돌려줍니다.

    Args:
        detections: 이미지마다 :class:`Detections`.
        ground_truths: 이미지마다 ``(boxes, class_ids)`` 또는 :class:`GroundTruths`.
        match: :func:`average_precision`과 같습니다.

    Returns:
        ``{"AP": float, "AP50": float, "AP75": float}``, 0 이상 100 이하.

    Raises:
        ValueError: :func:`average_precision`과 같습니다. 세는 정답이 하나도 없을 때도 냅니다.

    Examples:
        >>> summarize_ap([([[0, 0, 10, 8]], [0.9], [0])], [([[0, 0, 10, 10]], [0])])
        {'AP': 70.0, 'AP50': 100.0, 'AP75': 100.0}
    """
    per_class = average_precision(detections, ground_truths, match=match)
    if not per_class:
        raise ValueError("ground_truths: 정답 박스가 하나도 없어 AP를 정의할 수 없습니다.")
    mean = 100 * np.mean(list(per_class.values()), axis=0)
    return {"AP": float(mean.mean()), "AP50": float(mean[0]), "AP75": float(mean[5])}


def evaluate_detections(
    detections,
    ground_truths,
    *,
    iou_thresholds=COCO_IOU_THRESHOLDS,
    area_ranges=COCO_AREA_RANGES,
    max_dets=COCO_MAX_DETS,
    class_ids=None,
    fmt="xyxy",
):
    """COCO의 채점을 모두 합니다: 넓이 구간과 예측의 최대 수마다 정밀도와 재현율을 구합니다.

    배열은 pycocotools의 ``COCOeval.eval``과 마지막 자리까지 같습니다. 그래서 첫 예측 하나만 맞은
    곳의 정밀도는 1이 아니라 0.9999999999999998입니다. 0으로 나누지 않으려고 분모에 2.2e-16을 더하기
    때문입니다(:func:`average_precision`은 더하지 않습니다). 일부러 따르지 않은 것이 하나 있습니다.
    pycocotools는 id가 0인 정답과 맺은 예측을 틀렸다고 세지만, 여기에서는 맞은 것입니다.

    Args:
        detections: 이미지마다 :class:`Detections` 또는 ``(boxes, scores, class_ids)``. 점수가 같은
            예측은 이미지의 차례를 따릅니다(pycocotools는 이미지 id의 차례입니다).
        ground_truths: 이미지마다 ``(boxes, class_ids)`` 또는 :class:`GroundTruths`.
        iou_thresholds: IoU 임계값 목록, 0 이상 1 이하.
        area_ranges: ``{이름: (하한, 상한)}``, 제곱 픽셀. 양 끝을 포함합니다.
        max_dets: 이미지와 클래스마다 쓸 예측의 최대 수의 목록, 1 이상.
        class_ids: 잴 클래스 번호. 없으면 정답이나 예측에 나오는 모든 클래스입니다.
        fmt: 정답과 예측의 박스 형식, ``"xyxy"``나 COCO 파일의 ``"xywh"``.

    Returns:
        :class:`Evaluation`. 열두 가지 요약은 ``.summary()``입니다.

    Raises:
        ValueError: 인수가 올바르지 않을 때.

    Examples:
        >>> truth = [GroundTruths([[0, 0, 10, 10], [20, 0, 60, 40]], [0, 0], crowd=[False, True])]
        >>> guess = [([[0, 0, 10, 10], [25, 5, 35, 15]], [0.9, 0.8], [0, 0])]
        >>> round(evaluate_detections(guess, truth).ap(), 1)
        100.0

    출처: COCO (Lin 외, 2014)와 pycocotools의 ``COCOeval``.
    """
    as_choice(fmt, "fmt", ("xyxy", "xywh"), "형식")
    thresholds = _thresholds(iou_thresholds)
    ranges = _area_ranges(area_ranges)
    limits = tuple(
        sorted(as_count(n, "max_dets", least=1) for n in as_numbers(max_dets, "max_dets"))
    )
    found, truths = _read_task(detections, ground_truths, fmt)
    if class_ids is None:
        classes = np.union1d(found.class_ids, truths.class_ids)
    else:
        classes = np.unique(as_integer_array(class_ids, "class_ids"))
    task = _arrange(found, truths, len(detections), classes, limits[-1])
    bounds = np.array(list(ranges.values()), dtype=np.float64).reshape(-1, 2)
    matching = _match(task, thresholds, bounds)
    shape = (len(classes), len(bounds), len(limits), len(thresholds))
    precision, recall = np.full((*shape, len(RECALL_POINTS)), -1.0), np.full(shape, -1.0)
    for k, a, m, (at_recall, _, final) in _curves(task, matching, limits, np.spacing(1.0)):
        precision[k, a, m], recall[k, a, m] = at_recall, final
    arrays = (np.moveaxis(one, (0, 1, 2), (-3, -2, -1)) for one in (precision, recall))
    return Evaluation(tuple(classes.tolist()), thresholds, ranges, limits, *arrays)


# --- 읽기: 이미지마다의 묶음을 검사하며 하나로 잇습니다 -------------------------------------------


class _Found(NamedTuple):
    """이어 붙인 예측. 박스는 COCO가 셈하는 xywh입니다."""

    image: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray
    class_ids: np.ndarray


class _Truths(NamedTuple):
    """이어 붙인 정답. 박스는 xywh이고, crowd는 ``ignore``이기도 합니다."""

    image: np.ndarray
    boxes: np.ndarray
    class_ids: np.ndarray
    crowd: np.ndarray
    areas: np.ndarray
    ignore: np.ndarray


def _thresholds(values):
    listed = as_numbers(values, "iou_thresholds")
    return np.array([as_fraction(one, f"iou_thresholds[{i}]") for i, one in enumerate(listed)])


def _area_ranges(values):
    ranges = {}
    for name, pair in as_instance(values, "area_ranges", dict).items():
        place = f"area_ranges[{as_text(name, 'area_ranges')!r}]"
        low, high = as_pair(pair, place, "(하한, 상한)인 0 이상의 두 수", least=0)
        if low > high:
            raise ValueError(f"{place}: 하한({low})이 상한({high})보다 큽니다.")
        ranges[name] = low, high
    if not ranges:
        raise ValueError("area_ranges: 비어 있습니다. 하나 이상 주세요.")
    return ranges


def _read_task(detections, ground_truths, fmt):
    detections, ground_truths = (
        as_list(detections, "detections"),
        as_list(ground_truths, "ground_truths"),
    )
    if len(detections) != len(ground_truths):
        raise ValueError(
            f"detections와 ground_truths: 이미지의 수가 {len(detections)}장과 "
            f"{len(ground_truths)}장으로 다릅니다."
        )
    found = _Found(*_stack(detections, "detections", Detections, fmt))
    truths = _Truths(*_stack(ground_truths, "ground_truths", GroundTruths, fmt))
    areas = np.where(np.isnan(truths.areas), truths.boxes[:, 2:].prod(axis=1), truths.areas)
    return found, truths._replace(areas=areas, ignore=truths.ignore | truths.crowd)


def _stack(rows, name, kind, fmt):
    """이미지의 번호, xywh 박스, 나머지 열들."""
    images = [_read_image(row, f"{name}[{i}]", kind) for i, row in enumerate(rows)]
    empty = _read_image(([],) * len(kind._fields), name, kind)
    boxes, *others = (np.concatenate(column) for column in zip(empty, *images, strict=True))
    # 한꺼번에 검사하고, 틀린 것이 있을 때만 어느 이미지인지 찾습니다.
    try:
        boxes = _as_xywh(boxes, name, fmt)
    except ValueError:
        for i, (rows_of_one, *_) in enumerate(images):
            _as_xywh(rows_of_one, f"{name}[{i}]의 boxes", fmt)
        raise
    counts = [len(rows_of_one) for rows_of_one, *_ in images]
    return np.repeat(np.arange(len(images)), counts), boxes, *others


def _read_image(row, name, kind):
    values = as_list(row, name)
    try:
        fields = kind(*values)._asdict()
    except TypeError:
        raise ValueError(
            f"{name}: ({', '.join(kind._fields)})의 묶음이어야 하는데 값이 {len(values)}개입니다."
        ) from None
    boxes = real_array(fields.pop("boxes"), f"{name}의 boxes", ("N", 4))
    # float32인 이미지와 섞여도 float64로 이어집니다.
    columns = [boxes.astype(np.float64, copy=False)]
    for field, values in fields.items():
        columns.append(_READ[field](values, f"{name}의 {field}", (len(boxes),)))
    return columns


def _read_flags(values, name, shape):
    return np.zeros(shape, dtype=bool) if values is None else as_boolean_array(values, name, shape)


def _read_areas(values, name, shape):
    # NaN은 박스를 읽은 다음 그 넓이로 채웁니다.
    return np.full(shape, np.nan) if values is None else as_real_array(values, name, shape)


_READ = {
    "scores": as_real_array,
    "class_ids": as_integer_array,
    "crowd": _read_flags,
    "areas": _read_areas,
    "ignore": _read_flags,
}


def _as_xywh(boxes, name, fmt):
    rows = validate_boxes(boxes, name, fmt)
    with np.errstate(over="ignore"):
        size = rows[:, 2:] - rows[:, :2] if fmt == "xyxy" else rows[:, 2:]
        huge = ~np.isfinite(size.prod(axis=1))
    refuse_rows(huge, rows, name, lambda row: "넓이가 float64 범위를 넘을 만큼 큽니다.")
    return np.concatenate([rows[:, :2], size], axis=1)


# --- 짝짓기 -------------------------------------------------------------------------------------


class _Task(NamedTuple):
    """칸(같은 클래스, 같은 이미지)의 차례로 늘어놓은 예측과 정답. 칸 안의 예측은 점수순입니다.

    ``class_of``와 ``gt_class_of``는 클래스 번호가 아니라 몇 번째 클래스인지입니다.
    """

    boxes: np.ndarray
    scores: np.ndarray
    class_of: np.ndarray
    cell: np.ndarray
    rank: np.ndarray
    gt_boxes: np.ndarray
    gt_class_of: np.ndarray
    gt_cell: np.ndarray
    crowd: np.ndarray
    areas: np.ndarray
    ignore: np.ndarray
    n_classes: int


class _Matching(NamedTuple):
    """짝짓기의 결과.

    Attributes:
        hits: (N, A, T) 세는 정답과 맺었는지.
        counted: (N, A, T) 맞은 것이나 틀린 것으로 세는 예측인지.
        counted_truths: (G, A) 세는 정답인지.
    """

    hits: np.ndarray
    counted: np.ndarray
    counted_truths: np.ndarray


def _arrange(found, truths, n_images, classes, limit):
    """``classes``의 것을 칸의 차례로 늘어놓고, 칸마다 점수가 높은 예측 ``limit``개만 남깁니다."""
    class_of, cell = _cells(found, n_images, classes)
    order = np.lexsort((-found.scores, cell))[np.count_nonzero(cell < 0) :]
    rank = np.arange(len(order)) - np.searchsorted(cell[order], cell[order])
    order, rank = order[rank < limit], rank[rank < limit]
    gt_class_of, gt_cell = _cells(truths, n_images, classes)
    gt_order = np.argsort(gt_cell, kind="stable")[np.count_nonzero(gt_cell < 0) :]
    columns = (truths.boxes, gt_class_of, gt_cell, truths.crowd, truths.areas, truths.ignore)
    return _Task(
        *(column[order] for column in (found.boxes, found.scores, class_of, cell)),
        rank,
        *(column[gt_order] for column in columns),
        len(classes),
    )


def _cells(rows, n_images, classes):
    """(몇 번째 클래스인지, 칸 번호). 칸 번호는 ``classes``에 없는 클래스면 −1입니다."""
    class_of = np.searchsorted(classes, rows.class_ids)
    known = np.isin(rows.class_ids, classes)
    return class_of, np.where(known, class_of * n_images + rows.image, -1)


def _match(task, thresholds, bounds):
    """넓이 구간 A개와 IoU 임계값 T개에서 따로따로, COCO의 규칙으로 짝을 맺습니다."""
    counted_truths = _within(task.areas, bounds) & ~task.ignore[:, None]
    within = _within(task.boxes[:, 2:].prod(axis=1), bounds)
    counted = np.repeat(within[:, :, None], len(thresholds), axis=2)
    hits = np.zeros_like(counted)
    free = np.ones((len(task.gt_boxes), *counted.shape[1:]), dtype=bool)
    # 1이어야 할 IoU가 반올림으로 1보다 조금 작아도 임계값 1을 넘게 합니다.
    reach = np.minimum(thresholds, 1 - 1e-10)
    for det, gt, iou in _turns(task, *_candidates(task, reach.min())):
        # 행은 예측마다 IoU가 작은 것부터, 같으면 앞의 정답부터입니다. 뒤의 행일수록 나은 상대이고,
        # 세는 정답은 그렇지 않은 모든 정답보다 낫습니다. 1부터 매긴 점수의 최댓값이 고른 짝입니다.
        order = np.arange(1, len(gt) + 1)[:, None] + len(gt) * counted_truths[gt]
        open_pairs = free[gt] & (iou[:, None] >= reach)[:, None]
        heads = np.flatnonzero(np.diff(det, prepend=-1))
        best = np.maximum.reduceat(np.where(open_pairs, order[:, :, None], 0), heads, axis=0)
        row, area, threshold = np.nonzero(best)
        chosen = gt[(best[row, area, threshold] - 1) % len(gt)]
        truly = counted_truths[chosen, area]
        place = det[heads][row], area, threshold
        hits[place] = counted[place] = truly
        free[chosen, area, threshold] = task.crowd[chosen]
    return _Matching(hits, counted, counted_truths)


def _within(areas, bounds):
    return (areas[:, None] >= bounds[:, 0]) & (areas[:, None] <= bounds[:, 1])


def _candidates(task, least):
    """같은 칸에서 IoU가 ``least`` 이상인 모든 짝 (예측, 정답, IoU). 예측의 차례입니다."""
    first = np.searchsorted(task.gt_cell, task.cell)
    counts = np.searchsorted(task.gt_cell, task.cell, side="right") - first
    ends = np.cumsum(counts)
    found = [(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0))]
    for start in range(0, int(counts.sum()), _PAIRS):
        pair = np.arange(start, min(start + _PAIRS, ends[-1]))
        det = np.searchsorted(ends, pair, side="right")
        gt = pair - (ends - counts)[det] + first[det]
        iou = _coco_iou(task.boxes[det], task.gt_boxes[gt], task.crowd[gt])
        near = iou >= least
        found.append((det[near], gt[near], iou[near]))
    return (np.concatenate(column) for column in zip(*found, strict=True))


def _coco_iou(boxes, gt_boxes, crowd):
    """xywh 박스의 IoU. crowd에서는 교집합을 예측의 넓이로 나눕니다. 셈의 차례가 COCO와 같습니다."""
    x, y, w, h = np.moveaxis(boxes, -1, 0)
    gt_x, gt_y, gt_w, gt_h = np.moveaxis(gt_boxes, -1, 0)
    width = np.minimum(x + w, gt_x + gt_w) - np.maximum(x, gt_x)
    height = np.minimum(y + h, gt_y + gt_h) - np.maximum(y, gt_y)
    overlap = np.maximum(width, 0) * np.maximum(height, 0)
    area = w * h
    whole = np.where(crowd, area, area + gt_w * gt_h - overlap)
    return np.divide(overlap, whole, out=np.zeros_like(whole), where=overlap > 0)


def _turns(task, det, gt, iou):
    """칸마다 첫째 예측의 짝들, 둘째 예측의 짝들, …. 짝이 없는 예측은 건너뜁니다."""
    heads = np.flatnonzero(np.diff(det, prepend=-1))
    new_cell = np.diff(task.cell[det[heads]], prepend=-1) > 0
    turn = np.arange(len(heads)) - np.flatnonzero(new_cell)[np.cumsum(new_cell) - 1]
    turn = np.repeat(turn, np.diff(heads, append=len(det)))
    order = np.lexsort((gt, iou, det, turn))
    ends = np.searchsorted(turn[order], np.arange(turn.max(initial=-1) + 1), side="right")
    for rows in np.split(order, ends[:-1]) if len(order) else ():
        yield det[rows], gt[rows], iou[rows]


def _match_each(match, task, thresholds):
    """칸과 임계값마다 ``match``를 불러 :func:`_match`와 같은 것을 만듭니다."""
    hits = np.zeros((len(task.boxes), 1, len(thresholds)), dtype=bool)
    for cell in np.intersect1d(task.cell, task.gt_cell):
        rows = slice(*np.searchsorted(task.cell, [cell, cell + 1]))
        columns = slice(*np.searchsorted(task.gt_cell, [cell, cell + 1]))
        iou = _coco_iou(task.boxes[rows, None], task.gt_boxes[columns], task.crowd[columns])
        for t, threshold in enumerate(thresholds.tolist()):
            matched = np.asarray(match(iou.copy(), threshold))
            if matched.shape != (len(iou),) or matched.dtype.kind not in "biuf":
                raise ValueError(
                    f"match: 예측이 {len(iou)}개이므로 ({len(iou)},)인 참/거짓을 돌려주어야 하는데 "
                    f"모양이 {matched.shape}, 자료형이 {matched.dtype}입니다."
                )
            hits[rows, 0, t] = matched
    every = np.ones((len(task.gt_boxes), 1), dtype=bool)
    return _Matching(hits, np.ones_like(hits), every)


# --- 곡선 ---------------------------------------------------------------------------------------


def _curves(task, matching, limits, extra):
    """세는 정답이 있는 (클래스, 넓이 구간, 최대 수)마다의 곡선.

    Args:
        task: 늘어놓은 예측과 정답.
        matching: 짝짓기의 결과.
        limits: 이미지와 클래스마다 쓸 예측의 최대 수들.
        extra: 정밀도의 분모에 더할 수.

    Yields:
        (몇 번째 클래스, 구간, 최대 수, ((T, 101) 재현율마다의 정밀도, (T,) 닿은 곳의 수,
        (T,) 마지막 재현율)).
    """
    order = np.lexsort((-task.scores, task.class_of))
    rank = task.rank[order]
    n_areas, n_thresholds = matching.hits.shape[1:]
    # 한 줄이 (넓이 구간, 임계값) 하나입니다.
    hits, counted = (
        np.ascontiguousarray(one[order].reshape(len(order), n_areas * n_thresholds).T)
        for one in (matching.hits, matching.counted)
    )
    classes = np.arange(task.n_classes + 1)
    starts = np.searchsorted(task.class_of[order], classes)
    totals = np.cumsum(matching.counted_truths, axis=0, dtype=np.intp)
    totals = np.concatenate([np.zeros((1, n_areas), np.intp), totals])
    n_truths = np.diff(totals[np.searchsorted(task.gt_class_of, classes)], axis=0)
    for k in np.flatnonzero(n_truths.any(axis=1)).tolist():
        own = slice(*starts[k : k + 2])
        # 재현율 r에 처음 닿는 예측은, 정답을 need개째 맞힌 예측입니다.
        need = np.stack([np.searchsorted(_recalls(n), RECALL_POINTS) for n in n_truths[k].tolist()])
        need = np.repeat(need, n_thresholds, axis=0)
        known = {}
        for m, limit in enumerate(limits):
            used = rank[own] < limit
            # 더 받아들여도 예측이 늘지 않으면 곡선도 그대로입니다.
            count = np.count_nonzero(used)
            if count not in known:
                columns = own if used.all() else starts[k] + np.flatnonzero(used)
                known[count] = _curve(hits[:, columns], counted[:, columns], need, extra)
            at_recall, reached, found = known[count]
            for a in np.flatnonzero(n_truths[k]).tolist():
                rows = slice(a * n_thresholds, (a + 1) * n_thresholds)
                yield k, a, m, (at_recall[rows], reached[rows], found[rows] / n_truths[k, a])


def _recalls(n_truths):
    """정답을 0, 1, …, ``n_truths``개 맞혔을 때의 재현율."""
    return np.arange(n_truths + 1) / max(n_truths, 1)


def _curve(hits, counted, need, extra):
    """줄마다 (101곳의 정밀도, 닿은 곳의 수, 맞힌 정답의 수). 예측은 점수가 높은 순서입니다."""
    found = hits.cumsum(axis=1, dtype=np.intp)
    precision = found / (np.maximum(counted.cumsum(axis=1, dtype=np.intp), 1) + extra)
    best_from_here = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    total = np.count_nonzero(hits, axis=1)
    # 줄의 차례로 이어 놓은 맞은 예측들의 자리. 0개째(재현율 0)는 첫 예측의 자리입니다.
    place = np.nonzero(hits)[1]
    nth = (np.cumsum(total) - total - 1)[:, None] + need
    reached = (need <= total[:, None]) & (hits.shape[1] > 0)
    row = np.nonzero(reached)[0]
    column = np.where(need[reached] > 0, place[nth[reached]] if len(place) else 0, 0)
    at_recall = np.zeros(need.shape)
    at_recall[reached] = best_from_here[row, column]
    return at_recall, reached.sum(axis=1), total
