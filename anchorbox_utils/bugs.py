"""버그 실험실: 실제로 보고된 증상을 작은 데이터로 되살린 사건들.

증상을 보고, 진단으로 원인을 짚고(:func:`check_cause`), 고칩니다(:func:`check_repair`). 데이터는
모두 씨앗으로 만들므로 누가 실행해도 같습니다.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from anchorbox_utils.anchors import AnchorGrid, AnchorLevel
from anchorbox_utils.boxes import box_area, box_convert, box_iou, clip_boxes
from anchorbox_utils.coding import decode_boxes, encode_boxes
from anchorbox_utils.datasets import dataset_from_boxes, make_scene
from anchorbox_utils.diagnosis import KINDS, diagnose
from anchorbox_utils.feedback import (
    CheckResult,
    call,
    describe_error,
    error_text,
    explain_error,
    is_blank,
    not_attempted,
    refuse,
)
from anchorbox_utils.matching import IGNORE, POSITIVE, MatchResult, match_anchors

_SIZE = (240, 320)
_IMAGES = 12
_TIME_LIMIT = 20.0


@dataclass(frozen=True, eq=False)
class Pipeline:
    """학습 코드가 정답과 앵커를 다루는 방식. ``dataclasses.replace``로 일부를 바꾸어 고칩니다.

    Attributes:
        boxes: 이미지마다 (N, 4) 배열. 뜻은 ``fmt``라고 **믿고 있는** 것입니다.
        image_sizes: 이미지마다 (높이, 너비).
        labels: 이미지마다 (N,) 클래스 번호.
        grid: 학습에 쓰는 앵커. ``grid.image_size``가 학습 입력 크기입니다.
        fmt: ``"xyxy"``, ``"xywh"``, ``"cxcywh"``, ``"yolo"``.
        pos_thr, neg_thr: 매칭 임계값.
        match: ``match(anchors, gt_boxes)``. None이면 :func:`match_anchors`를 씁니다.
        encode, decode: 인코딩과 디코딩 함수.
        decode_anchors: 추론에 쓰는 앵커. None이면 ``grid``와 같습니다.
        iou: IoU 함수.
        num_classes: 모델의 출력 수.
        background: 모델이 배경으로 쓰는 번호. 없으면 None.

    Examples:
        >>> grid = AnchorGrid((64, 64), 8, [32])
        >>> pipeline = Pipeline(([[8, 8, 40, 40]],), ((64, 64),), ([0],), grid)
        >>> pipeline.diagnose().ok
        True
    """

    boxes: tuple
    image_sizes: tuple
    labels: tuple
    grid: AnchorGrid
    fmt: str = "xyxy"
    pos_thr: float = 0.5
    neg_thr: float = 0.4
    match: Callable | None = None
    encode: Callable = encode_boxes
    decode: Callable = decode_boxes
    decode_anchors: AnchorGrid | None = None
    iou: Callable = box_iou
    num_classes: int | None = None
    background: int | None = None

    def dataset(self):
        """이 코드가 읽은 데이터셋."""
        return dataset_from_boxes(self.boxes, self.image_sizes, self.labels, fmt=self.fmt)

    def diagnose(self):
        """체크리스트로 진단합니다. :func:`diagnose`의 결과를 돌려줍니다."""
        names = ("pos_thr", "neg_thr", "match", "encode", "decode", "decode_anchors", "iou")
        options = {name: getattr(self, name) for name in (*names, "num_classes", "background")}
        return diagnose(self.dataset(), self.grid, **options)


@dataclass(frozen=True, eq=False)
class BugCase:
    """사건 하나.

    Attributes:
        name: 이름.
        title: 사람들이 본 증상.
        threads: 그 증상이 보고된 공개 글(소유자/저장소#번호).
        cause: 원인. 진단이 찾아내는 이름이기도 합니다.
        others: 그럴듯하지만 아닌 원인 셋.
        hint: 틀렸을 때의 힌트.
        build: ``build(seed)``가 (고장 난 Pipeline, 올바른 xyxy 박스)를 만듭니다.
        symptom: ``symptom(pipeline)``이 눈에 보이는 증상을 계산해 한두 줄로 말합니다.
        repair: 고치는 방법의 한 가지 예.
    """

    name: str
    title: str
    threads: tuple[str, ...]
    cause: str
    others: tuple[str, str, str]
    hint: str
    build: Callable
    symptom: Callable
    repair: Callable

    @property
    def choices(self):
        """원인의 후보들. 정답의 자리는 이름으로 정해집니다."""
        choices = list(self.others)
        choices.insert(sum(map(ord, self.name)) % 4, self.cause)
        return tuple(choices)


@dataclass(frozen=True, eq=False)
class OpenedBug:
    """:func:`open_bug`로 펼친 사건. 노트북 칸의 마지막 줄에 두면 증상과 후보가 보입니다.

    Attributes:
        case: :class:`BugCase`.
        pipeline: 고장 난 :class:`Pipeline`.
    """

    case: BugCase
    pipeline: Pipeline

    def __str__(self):
        lines = [f"사건 {self.case.name}: {self.case.title}", ""]
        lines += [self.case.symptom(self.pipeline), "", "원인의 후보"]
        lines += [f"  {name}: {KINDS[name].title}" for name in self.case.choices]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        choices = "".join(
            f"<li><code>{name}</code> {html.escape(KINDS[name].title)}</li>"
            for name in self.case.choices
        )
        symptom = html.escape(self.case.symptom(self.pipeline)).replace("\n", "<br>")
        return (
            f"<div><strong>사건 <code>{self.case.name}</code>: {html.escape(self.case.title)}"
            f"</strong><p>{symptom}</p>원인의 후보<ul>{choices}</ul></div>"
        )


def _scenes(seed, **options):
    """합성 장면들의 정답 박스. 받은 쪽이 고쳐도 되는 사본입니다."""
    options = {"image_size": _SIZE, "n_objects": 3, "size_range": (32, 96), **options}
    return tuple(rows.copy() for rows in _draw(seed, tuple(options.items())))


@lru_cache(maxsize=64)
def _draw(seed, options):
    # 박스만 쓰지만 그림까지 그려야 다음 박스의 난수가 정해집니다. 같은 장면을 여러 사건이 쓰고,
    # 고칠 때마다 다시 검사하므로 한 번만 그립니다.
    rng = np.random.default_rng(seed)
    return tuple(make_scene(rng, **dict(options)).boxes for _ in range(_IMAGES))


def _pipeline(boxes, image_size=_SIZE, grid=None, **options):
    grid = grid or AnchorGrid(_SIZE, 8, [32, 48, 72, 96], [0.5, 1, 2])
    labels = options.pop("labels", tuple(np.zeros(len(rows), int) for rows in boxes))
    return Pipeline(tuple(boxes), (image_size,) * len(boxes), labels, grid, **options)


def _plain_targets(pipeline):
    """검사도 clip도 없이 계산한 t_w, t_h. 앵커는 이미지 가운데의 64×64입니다."""
    boxes = np.concatenate([np.asarray(rows, float) for rows in pipeline.boxes])
    with np.errstate(all="ignore"):
        return np.log((boxes[:, 2:] - boxes[:, :2]) / 64)


def _best_iou(pipeline):
    report = pipeline.diagnose()
    return report.best_iou


# --- 사건마다의 고장(build), 증상(symptom), 고치기(repair) ---


def _build_xywh(seed):
    truth = _scenes(seed)
    return _pipeline([box_convert(rows, "xyxy", "xywh") for rows in truth]), truth


def _see_nan(pipeline):
    targets = _plain_targets(pipeline)
    bad = np.isnan(targets).any(axis=1)
    return (
        f"첫 배치의 회귀 손실: {np.abs(targets).mean()}\n"
        f"박스 {len(bad)}개 가운데 {bad.sum()}개의 t_w나 t_h가 NaN입니다."
    )


def _repair_xywh(pipeline):
    return replace(pipeline, boxes=tuple(box_convert(b, "xywh", "xyxy") for b in pipeline.boxes))


def _build_zero_size(seed):
    truth = _scenes(seed)
    flat = [[296.65, 188.33, 297.68, 188.33], [50.73, 89.65, 298.87, 89.65], [204, 137, 204, 137]]
    boxes = list(truth)
    for i, row in enumerate(flat):
        boxes[3 * i] = np.concatenate([boxes[3 * i], [row]])
    return _pipeline(boxes), truth


def _see_refusal(pipeline):
    boxes = np.concatenate(pipeline.boxes)
    bad = (boxes[:, 2:] <= boxes[:, :2]).any(axis=1)
    return (
        "학습 시작 직후 멈춤: 모든 박스의 너비와 높이는 0보다 커야 합니다.\n"
        f"박스 {len(bad)}개 가운데 {bad.sum()}개가 이 조건에 걸립니다. 예: {boxes[bad][0].tolist()}"
    )


def _drop(pipeline, good):
    """조건을 채우는 박스와 그 라벨만 남깁니다."""
    keep = [good(np.asarray(rows, float)) for rows in pipeline.boxes]
    return replace(
        pipeline,
        boxes=tuple(b[k] for b, k in zip(pipeline.boxes, keep, strict=True)),
        labels=tuple(n[k] for n, k in zip(pipeline.labels, keep, strict=True)),
    )


def _repair_zero_size(pipeline):
    return _drop(pipeline, lambda rows: (rows[:, 2:] > rows[:, :2]).all(axis=1))


def _build_flipped(seed):
    truth = _scenes(seed)
    boxes = [rows.copy() for rows in truth]
    for i in (1, 4, 8):
        boxes[i][0] = boxes[i][0, [2, 3, 0, 1]]
    return _pipeline(boxes), truth


def _see_spike(pipeline):
    boxes = np.concatenate(pipeline.boxes)
    size = np.clip(boxes[:, 2:] - boxes[:, :2], 1e-6, None)
    loss = np.abs(np.log(size / 64)).sum(axis=1)
    high = loss > 5
    return (
        f"회귀 손실의 평균 {loss.mean():.2f}. 박스 {len(loss)}개 가운데 {high.sum()}개의 손실이 "
        f"{loss.max():.1f}까지 튀고, 나머지의 평균은 {loss[~high].mean():.2f}입니다.\n"
        "clip이 있어서 NaN은 나지 않습니다."
    )


def _repair_flipped(pipeline):
    def order(rows):
        low, high = np.minimum(rows[:, :2], rows[:, 2:]), np.maximum(rows[:, :2], rows[:, 2:])
        return np.concatenate([low, high], axis=1)

    return replace(pipeline, boxes=tuple(order(rows) for rows in pipeline.boxes))


def _build_wrapped(seed):
    truth = list(_scenes(seed))
    for i in (4, 7, 9):
        truth[i][0, 0] = 0
    for i in (6, 10):
        truth[i][1, 1] = 0
    boxes = [rows.astype(np.uint16) - np.uint16(1) for rows in truth]
    return _pipeline(boxes), tuple(truth)


def _see_late_nan(pipeline):
    bad = [i for i, rows in enumerate(pipeline.boxes) if _first_nan(rows)]
    return (
        f"이미지를 한 장씩 넣어 보면 {bad[0]}번까지 가야 처음 NaN이 납니다. 모두 "
        f"{len(bad)}장에서 나고, "
        f"나머지 {len(pipeline.boxes) - len(bad)}장에서는 멀쩡합니다."
    )


def _first_nan(rows):
    size = np.asarray(rows, float)[:, 2:] - np.asarray(rows, float)[:, :2]
    return bool((size < 0).any())


def _repair_wrapped(pipeline):
    return replace(pipeline, boxes=tuple((b.astype(float) + 1) % 65536 for b in pipeline.boxes))


def _build_stride(seed):
    truth = _scenes(seed, size_range=(11, 18), n_objects=6, ratio_range=(0.7, 1.4))
    return _pipeline(truth, grid=AnchorGrid(_SIZE, 32, [11, 14, 18], [0.7, 1, 1.4])), truth


def _see_recall(pipeline):
    best = _best_iou(pipeline)
    return (
        f"최고의 경우의 리콜(best possible recall): {(best >= 0.5).mean():.2f}\n"
        f"정답 {len(best)}개의 최고 IoU는 중앙값 {np.median(best):.2f}입니다."
    )


def _see_small(pipeline):
    size = np.sqrt(box_area(np.concatenate(pipeline.boxes)))
    return (
        f"작은 물체(크기 {size.min():.0f}~{size.max():.0f}픽셀)를 하나도 찾지 못합니다. 앵커의 "
        "크기와 "
        f"종횡비는 물체에 맞추었습니다.\n{_see_recall(pipeline)}"
    )


def _regrid(*options):
    return lambda pipeline: replace(pipeline, grid=AnchorGrid(pipeline.grid.image_size, *options))


def _build_off_scale(seed):
    truth = _scenes(seed, size_range=(20, 44))
    return _pipeline(truth, grid=AnchorGrid(_SIZE, 8, [128, 160, 200], [0.5, 1, 2])), truth


def _build_pixels_in_yolo(seed):
    truth = _scenes(seed)
    return _pipeline([box_convert(b, "xyxy", "cxcywh") for b in truth], fmt="yolo"), truth


def _see_dropped(pipeline):
    bad = [bool((np.asarray(rows) > 1).any()) for rows in pipeline.boxes]
    return (
        f"이미지 {len(bad)}장 가운데 {sum(bad)}장이 '정규화되지 않은 라벨'이라며 통째로 빠집니다.\n"
        f"첫 라벨: {pipeline.boxes[0][0].round(3).tolist()}"
    )


def _repair_pixels_in_yolo(pipeline):
    scale = [np.array([w, h, w, h]) for h, w in pipeline.image_sizes]
    boxes = tuple(rows / s for rows, s in zip(pipeline.boxes, scale, strict=True))
    return replace(pipeline, boxes=boxes)


def _build_over_border(seed):
    truth = list(_scenes(seed))
    boxes = [rows.copy() for rows in truth]
    for i, axis in ((0, 2), (2, 3), (5, 2), (9, 3)):
        limit = (320, 240)[axis - 2]
        truth[i][1, axis] = limit
        truth[i][1, axis - 2] = limit - 60
        boxes[i][1] = truth[i][1]
        boxes[i][1, axis] = limit + 2.4
    return _pipeline(boxes), tuple(truth)


def _see_border(pipeline):
    over = np.concatenate(pipeline.boxes)[:, 2:] / [320, 240]
    bad = over[over > 1]
    return (
        f"증강 도구가 멈춤: x_max나 y_max {bad[0]:.4f}가 [0, 1]을 벗어났습니다.\n"
        f"벗어난 값은 {len(bad)}개이고 {bad.min():.4f}~{bad.max():.4f}입니다."
    )


def _repair_over_border(pipeline):
    pairs = zip(pipeline.boxes, pipeline.image_sizes, strict=True)
    return replace(pipeline, boxes=tuple(clip_boxes(rows, size) for rows, size in pairs))


def _build_filler(seed):
    truth = list(_scenes(seed))
    for i in (2, 6, 11):
        truth[i] = np.empty((0, 4))
    boxes = [rows if len(rows) else np.zeros((1, 4)) for rows in truth]
    return _pipeline(boxes), tuple(truth)


def _see_filler(pipeline):
    targets = [_plain_targets(replace(pipeline, boxes=(rows,))) for rows in pipeline.boxes]
    bad = [i for i, t in enumerate(targets) if not np.isfinite(t).all()]
    return f"물체가 없는 이미지 {bad}번을 넣을 때만 회귀 손실이 무한대가 됩니다."


def _repair_filler(pipeline):
    return _drop(pipeline, lambda rows: (rows != 0).any(axis=1))


def _build_lying(seed):
    truth = _scenes(seed, ratio_range=(2.5, 4), size_range=(36, 70))
    return _pipeline(
        truth, grid=AnchorGrid(_SIZE, 8, [36, 50, 70], [1 / 2.5, 1 / 3.2, 1 / 4])
    ), truth


def _see_lying(pipeline):
    ratio = [(b[:, 3] - b[:, 1]) / (b[:, 2] - b[:, 0]) for b in pipeline.boxes]
    return (
        "서 있는 사람처럼 길쭉한 물체(종횡비 h/w 중앙값 "
        f"{np.median(np.concatenate(ratio)):.1f})를 거의 "
        f"찾지 못합니다. 설정 파일에는 그 데이터에서 잰 값을 적었습니다.\n{_see_recall(pipeline)}"
    )


def _build_swapped(seed):
    truth = _scenes(seed, image_size=(320, 240))
    return _pipeline(truth, grid=AnchorGrid(_SIZE, 8, [24, 36, 54, 72], [0.5, 1, 2])), truth


def _see_swapped(pipeline):
    pairs = zip(pipeline.boxes, pipeline.image_sizes, strict=True)
    over = [(rows[:, 2:] > [w, h]).any(axis=1) for rows, (h, w) in pairs]
    over = np.concatenate(over)
    h, w = pipeline.image_sizes[0]
    return (
        "라벨 도구에서는 박스가 물체에 꼭 맞는데, 학습 코드에서 그리면 어긋납니다.\n"
        f"학습 코드가 읽은 이미지는 너비 {w}, 높이 {h}이고, 박스 {len(over)}개 가운데 "
        f"{over.sum()}개가 "
        "그 밖으로 나갑니다."
    )


def _repair_swapped(pipeline):
    return replace(pipeline, image_sizes=tuple((w, h) for h, w in pipeline.image_sizes))


def _labels(seed, truth, numbers):
    """박스마다 번호 하나씩. 모든 번호가 반드시 나옵니다."""
    counts = [len(rows) for rows in truth]
    flat = np.random.default_rng([seed, 1]).permutation(np.resize(numbers, sum(counts)))
    return tuple(np.split(flat, np.cumsum(counts)[:-1]))


def _build_class_gap(seed):
    truth = _scenes(seed)
    labels = _labels(seed, truth, [1, 2, 5])
    return _pipeline(truth, labels=labels, num_classes=4, background=0), truth


def _see_class_gap(pipeline):
    numbers, counts = np.unique(np.concatenate(pipeline.labels), return_counts=True)
    told = ", ".join(f"{n}번 {c}개" for n, c in zip(numbers, counts, strict=True))
    return (
        f"물체의 클래스는 {len(numbers)}가지이고 모델의 출력은 배경까지 "
        f"{pipeline.num_classes}개입니다. "
        f"그런데 한 클래스가 끝내 나오지 않거나 색인 오류로 멈춥니다.\n라벨: {told}"
    )


def _renumber(pipeline):
    numbers = np.unique(np.concatenate(pipeline.labels))
    return replace(pipeline, labels=tuple(np.searchsorted(numbers, n) + 1 for n in pipeline.labels))


def _build_background(seed):
    truth = _scenes(seed)
    labels = _labels(seed, truth, [0, 1])
    return _pipeline(truth, labels=labels, num_classes=3, background=0), truth


def _see_background(pipeline):
    labels = np.concatenate(pipeline.labels)
    return (
        f"손실은 잘 내려가는데 두 클래스 가운데 하나는 한 번도 예측하지 않습니다.\n"
        f"라벨: 0번 {(labels == 0).sum()}개, 1번 {(labels == 1).sum()}개. 모델의 출력 0번은 "
        "배경입니다."
    )


def _build_before_resize(seed):
    truth = tuple(rows * 4 for rows in _scenes(seed))
    grid = AnchorGrid(_SIZE, 8, [128, 192, 288, 384], [0.5, 1, 2])
    return _pipeline(truth, image_size=(960, 1280), grid=grid), truth


def _see_before_resize(pipeline):
    boxes = np.concatenate(pipeline.boxes)
    h, w = pipeline.image_sizes[0]
    sides = np.sqrt(box_area(boxes))
    anchors = np.sqrt(np.prod(pipeline.grid.levels[0].cell_anchors[:, 2:] * 2, axis=1))
    return (
        f"사진({w}×{h})에서 잰 물체의 크기는 {sides.min():.0f}~{sides.max():.0f}픽셀, 앵커는 "
        f"{anchors.min():.0f}~{anchors.max():.0f}픽셀로 잘 맞습니다. 입력은 "
        f"{pipeline.grid.image_size[1]}×{pipeline.grid.image_size[0]}입니다.\n{_see_recall(pipeline)}"
    )


def _build_squares(seed):
    truth = _scenes(seed, ratio_range=(0.16, 0.22), size_range=(40, 60))
    good = AnchorGrid(_SIZE, 8, [40, 50, 60], [1 / 6, 1 / 5])
    # 너비에도 높이에도 √r을 곱하는 실수.
    half = np.outer([40, 50, 60], np.sqrt([1 / 6, 1 / 5])).ravel()[:, None] / 2
    level = good.levels[0]
    cell_anchors = np.concatenate([-half, -half, half, half], axis=1)
    good.levels = (AnchorLevel(level.shape, level.stride, level.offset, cell_anchors),)
    return _pipeline(truth, grid=good), truth


def _see_squares(pipeline):
    shapes = pipeline.grid.levels[0].cell_anchors
    size = shapes[:, 2:] - shapes[:, :2]
    ratio = [(b[:, 3] - b[:, 1]) / (b[:, 2] - b[:, 0]) for b in pipeline.boxes]
    told = ", ".join(f"{w:.0f}×{h:.0f}" for w, h in size)
    return (
        f"종횡비를 1/5, 1/6, 1/10 무엇으로 바꾸어도 리콜이 나아지지 않습니다. 물체의 종횡비 h/w는 "
        f"중앙값 {np.median(np.concatenate(ratio)):.2f}입니다.\n"
        f"지금 한 칸의 앵커(너비×높이): {told}\n{_see_recall(pipeline)}"
    )


def _equal_match(anchors, gt_boxes):
    """최고 앵커를 float32로 저장한 값과 ==로 비교해 찾는 매칭."""
    result = match_anchors(anchors, gt_boxes, 0.7, 0.3, force_match=False)
    stored = result.gt_best_iou.astype(np.float32)
    forced = np.isin(result.iou_max, stored) & (result.labels == IGNORE)
    labels = np.where(forced, POSITIVE, result.labels)
    return MatchResult.from_arrays(
        labels, result.matched_gt, result.iou_max, result.gt_best_iou, forced
    )


def _build_equal(seed):
    truth = _scenes(seed)
    grid = AnchorGrid(_SIZE, 16, [40, 60, 84], [0.6, 1, 1.6])
    return _pipeline(truth, grid=grid, pos_thr=0.7, neg_thr=0.3, match=_equal_match), truth


def _see_orphans(pipeline):
    lost = total = 0
    for gt in pipeline.boxes:
        result = pipeline.match(pipeline.grid, gt)
        owners = set(result.matched_gt[result.labels == POSITIVE].tolist())
        lost, total = lost + len(set(range(len(gt))) - owners), total + len(gt)
    return (
        f"강제 매칭을 켰는데도 정답 {total}개 가운데 {lost}개가 손실에 한 번도 나타나지 않습니다.\n"
        "강제 매칭 코드: labels[iou_max == gt_best_iou] = 1 (gt_best_iou는 float32로 저장해 둔 값)"
    )


def _plus_one_iou(boxes1, boxes2):
    """넓이에만 +1이 남은 IoU."""
    boxes1, boxes2 = np.asarray(boxes1, float), np.asarray(boxes2, float)
    low = np.maximum(boxes1[:, None, :2], boxes2[:, :2])
    high = np.minimum(boxes1[:, None, 2:], boxes2[:, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=2)
    area1, area2 = ((b[:, 2:] - b[:, :2] + 1).prod(axis=1) for b in (boxes1, boxes2))
    return inner / (area1[:, None] + area2 - inner)


def _build_plus_one(seed):
    truth = _scenes(seed, size_range=(24, 64))
    return _pipeline(truth, grid=AnchorGrid(_SIZE, 8, [24, 36, 54]), iou=_plus_one_iou), truth


def _see_self_iou(pipeline):
    boxes = np.concatenate(pipeline.boxes)
    own = np.diag(pipeline.iou(boxes, boxes))
    size = np.sqrt(box_area(boxes))
    return (
        f"똑같은 두 박스의 IoU가 1이 아닙니다: {own.min():.3f}~{own.max():.3f}\n"
        f"가장 작은 물체({size.min():.0f}픽셀)에서 {own[size.argmin()]:.3f}, 가장 큰 물체"
        f"({size.max():.0f}픽셀)에서 {own[size.argmax()]:.3f}입니다."
    )


def _build_half_stride(seed):
    truth = _scenes(seed)
    options = (_SIZE, 16, [32, 48, 72, 96], [0.5, 1, 2])
    corner = AnchorGrid(*options, offset=0)
    return _pipeline(truth, grid=AnchorGrid(*options), decode_anchors=corner), truth


def _see_shift(pipeline):
    gt = pipeline.boxes[0]
    result = match_anchors(pipeline.grid, gt, 0.5, 0.4)
    positive = result.labels == POSITIVE
    target = gt[result.matched_gt[positive]]
    deltas = encode_boxes(pipeline.grid.boxes[positive], target)
    found = decode_boxes(pipeline.decode_anchors.boxes[positive], deltas)
    shift = (found - target).mean(axis=0).round(2)
    return (
        "모델이 학습 타깃을 완벽하게 맞혀도 결과가 왼쪽 위로 밀립니다.\n"
        f"예측 − 정답의 평균 (x1, y1, x2, y2): {shift.tolist()} 픽셀"
    )


_CASES = (
    BugCase(
        "nan_loss",
        "첫 에폭에 회귀 손실이 NaN이 됩니다",
        ("pytorch/vision#1128", "pytorch/vision#1120", "open-mmlab/mmdetection#3901"),
        "mixed_formats",
        ("zero_size", "exploding_targets", "unit_mismatch"),
        "NaN은 음수의 로그에서 나옵니다. 음수가 되는 것이 어쩌다 한두 개인지, 거의 전부인지 "
        "보세요.",
        _build_xywh,
        _see_nan,
        _repair_xywh,
    ),
    BugCase(
        "refused_boxes",
        "박스의 너비와 높이는 0보다 커야 한다며 멈춥니다",
        ("pytorch/vision#2740", "pytorch/vision#8376", "cocodataset/cocoapi#355"),
        "zero_size",
        ("flipped", "mixed_formats", "filler"),
        "x1과 x2, y1과 y2의 차이를 보세요. 음수인가요, 0인가요?",
        _build_zero_size,
        _see_refusal,
        _repair_zero_size,
    ),
    BugCase(
        "loss_spikes",
        "NaN은 없는데 몇 박스의 회귀 손실만 터무니없이 큽니다",
        ("bosch-ros-pkg/bstld#20", "pytorch/vision#2740"),
        "flipped",
        ("mixed_formats", "stale_size", "round_trip"),
        "clip은 음수 너비를 1e-6으로 바꿉니다. 손실이 큰 박스의 두 꼭짓점을 그려 보세요.",
        _build_flipped,
        _see_spike,
        _repair_flipped,
    ),
    BugCase(
        "late_nan",
        "한참 잘 배우다가 특정 이미지에서 NaN이 됩니다",
        ("endernewton/tf-faster-rcnn#284", "endernewton/tf-faster-rcnn#107"),
        "unsigned_wrap",
        ("flipped", "out_of_image", "not_finite"),
        "문제가 난 이미지의 좌표를 출력해 보세요. 이미지보다 훨씬 큰 수는 어디에서 왔을까요?",
        _build_wrapped,
        _see_late_nan,
        _repair_wrapped,
    ),
    BugCase(
        "small_never_found",
        "앵커의 크기를 맞추었는데도 작은 물체를 찾지 못합니다",
        ("msracver/FCIS#24", "rbgirshick/py-faster-rcnn#209"),
        "stride_too_large",
        ("anchors_off_scale", "ratio_convention", "threshold_too_high"),
        "앵커의 모양은 맞습니다. 그렇다면 남은 것은 앵커가 놓인 자리입니다.",
        _build_stride,
        _see_small,
        _regrid(4, [11, 14, 18], [0.7, 1, 1.4]),
    ),
    BugCase(
        "zero_recall",
        "최고의 경우의 리콜이 0에 가깝습니다",
        ("ultralytics/yolov5#2585", "ultralytics/yolov5#7118", "ultralytics/yolov5#3482"),
        "anchors_off_scale",
        ("stride_too_large", "before_resize", "same_anchors"),
        "물체의 크기와 앵커의 크기를 나란히 놓아 보세요.",
        _build_off_scale,
        _see_recall,
        _regrid(8, [20, 30, 44], [0.5, 1, 2]),
    ),
    BugCase(
        "dropped_images",
        "라벨이 정규화되지 않았다며 이미지가 통째로 빠집니다",
        ("ultralytics/yolov5#443", "ultralytics/yolov5#3656", "ultralytics/yolov5#2785"),
        "unit_mismatch",
        ("out_of_image", "mixed_formats", "stale_size"),
        "YOLO의 네 수는 모두 0~1이어야 합니다. 지금 수의 단위는 무엇인가요?",
        _build_pixels_in_yolo,
        _see_dropped,
        _repair_pixels_in_yolo,
    ),
    BugCase(
        "augmentation_refuses",
        "x_max가 1.0을 조금 넘는다며 증강 도구가 멈춥니다",
        (
            "albumentations-team/albumentations#459",
            "albumentations-team/albumentations#679",
            "albumentations-team/albumentations#1431",
        ),
        "out_of_image",
        ("unit_mismatch", "swapped_size", "flipped"),
        "넘은 정도가 1%쯤입니다. 단위가 틀렸다면 이렇게 조금만 넘을까요?",
        _build_over_border,
        _see_border,
        _repair_over_border,
    ),
    BugCase(
        "empty_image_crashes",
        "물체가 없는 이미지에서만 손실이 무한대가 됩니다",
        ("pytorch/vision#2144", "facebookresearch/detr#82"),
        "filler",
        ("zero_size", "not_finite", "gt_without_positive"),
        "물체가 없는 이미지의 박스 배열을 출력해 보세요. 정말 비어 있나요?",
        _build_filler,
        _see_filler,
        _repair_filler,
    ),
    BugCase(
        "lying_anchors",
        "서 있어야 할 앵커가 누워 있습니다",
        ("pytorch/vision#2171", "open-mmlab/mmdetection#4658", "tensorflow/models#1930"),
        "ratio_convention",
        ("same_anchors", "anchors_off_scale", "swapped_size"),
        "종횡비 3은 어떤 코드에서는 h/w = 3, 어떤 코드에서는 w/h = 3입니다.",
        _build_lying,
        _see_lying,
        _regrid(8, [36, 50, 70], [2.5, 3.2, 4]),
    ),
    BugCase(
        "right_in_the_tool",
        "라벨 도구에서는 맞는 박스가 학습 코드에서는 어긋납니다",
        ("facebookresearch/detectron2#863", "facebookresearch/detectron2#2463"),
        "swapped_size",
        ("mixed_formats", "out_of_image", "stale_size"),
        "휴대전화로 세워 찍은 사진이라고 합니다. 어느 쪽 변이 더 길어야 할까요?",
        _build_swapped,
        _see_swapped,
        _repair_swapped,
    ),
    BugCase(
        "missing_class",
        "한 클래스가 끝내 나오지 않습니다",
        ("open-mmlab/mmdetection#3629", "pytorch/vision#1141"),
        "class_overflow",
        ("background_label", "unused_class", "few_positives"),
        "라벨에 나오는 가장 큰 번호와 모델의 출력 수를 견주어 보세요.",
        _build_class_gap,
        _see_class_gap,
        _renumber,
    ),
    BugCase(
        "always_background",
        "손실은 내려가는데 한 클래스는 언제나 배경입니다",
        ("pytorch/vision#1952",),
        "background_label",
        ("class_overflow", "gt_without_positive", "anchors_off_scale"),
        "모델이 0번을 무엇으로 쓰는지, 라벨의 0번은 무엇인지 보세요.",
        _build_background,
        _see_background,
        _renumber,
    ),
    BugCase(
        "fits_the_photos",
        "사진에서 잰 앵커인데 학습에서는 맞지 않습니다",
        ("pierluigiferrari/ssd_keras#72", "pjreddie/darknet#1812"),
        "before_resize",
        ("stale_size", "ratio_convention", "stride_too_large"),
        "앵커는 어느 크기의 그림 위에 놓이나요? 사진인가요, 입력인가요?",
        _build_before_resize,
        _see_before_resize,
        _regrid(8, [32, 48, 72, 96], [0.5, 1, 2]),
    ),
    BugCase(
        "ratios_do_nothing",
        "종횡비를 무엇으로 바꾸어도 결과가 나아지지 않습니다",
        ("dbolya/yolact#19", "dbolya/yolact#220"),
        "same_anchors",
        ("ratio_convention", "stride_too_large", "threshold_too_high"),
        "앵커 하나의 너비와 높이를 나누어 보세요. 설정한 종횡비가 나오나요?",
        _build_squares,
        _see_squares,
        _regrid(8, [40, 50, 60], [1 / 6, 1 / 5]),
    ),
    BugCase(
        "lost_objects",
        "강제 매칭을 켰는데도 배우지 못하는 정답이 있습니다",
        (
            "amdegroot/ssd.pytorch#193",
            "facebookresearch/detectron2#1162",
            "facebookresearch/detectron2#3750",
        ),
        "gt_without_positive",
        ("anchors_off_scale", "threshold_too_low", "round_trip"),
        "앵커의 최고 IoU는 나쁘지 않습니다. 강제 매칭 코드의 비교를 다시 보세요.",
        _build_equal,
        _see_orphans,
        lambda pipeline: replace(pipeline, match=None),
    ),
    BugCase(
        "self_iou_below_one",
        "똑같은 두 박스의 IoU가 1보다 작습니다",
        ("fizyr/keras-retinanet#1317",),
        "iou_convention",
        ("zero_size", "border_rounding", "half_stride_shift"),
        "작은 물체일수록 더 많이 틀립니다. 넓이를 어떻게 세었을까요?",
        _build_plus_one,
        _see_self_iou,
        lambda pipeline: replace(pipeline, iou=box_iou),
    ),
    BugCase(
        "shifted_results",
        "모든 결과가 왼쪽 위로 조금씩 밀립니다",
        ("pytorch/vision#1765", "facebookresearch/detectron2#378"),
        "half_stride_shift",
        ("round_trip", "iou_convention", "stale_size"),
        "밀린 양을 스트라이드(16픽셀)와 견주어 보세요. 물체의 크기와 상관이 있나요?",
        _build_half_stride,
        _see_shift,
        lambda pipeline: replace(pipeline, decode_anchors=None),
    ),
)

BUG_CASES = {case.name: case for case in _CASES}


def open_bug(name, seed=0):
    """사건을 펼칩니다. 증상과 원인의 후보가 보이고, ``.pipeline``에 고장 난 코드가 있습니다.

    Args:
        name: 사건의 이름. :data:`BUG_CASES`에 모두 있습니다.
        seed: 데이터를 만드는 씨앗.

    Returns:
        :class:`OpenedBug`.

    Raises:
        ValueError: 그런 사건이 없을 때.

    Examples:
        >>> bug = open_bug("nan_loss")
        >>> print(bug.case.title)
        첫 에폭에 회귀 손실이 NaN이 됩니다
        >>> bug.pipeline.diagnose().errors[0].name
        'mixed_formats'
    """
    case = _find(name)
    return OpenedBug(case, case.build(seed)[0])


def _find(name):
    if not isinstance(name, str) or name not in BUG_CASES:
        raise ValueError(f"name: {name!r}라는 사건은 없습니다. 가능한 이름: {', '.join(BUG_CASES)}")
    return BUG_CASES[name]


def check_cause(name, answer):
    """사건의 원인을 맞혔는지 봅니다.

    Args:
        name: 사건의 이름.
        answer: 원인의 이름. 사건을 펼치면 후보가 보입니다.

    Returns:
        :class:`CheckResult`. 맞히면 그 증상이 보고된 공개 글을 알려 줍니다.

    Raises:
        ValueError: 그런 사건이 없을 때.

    Examples:
        >>> check_cause("nan_loss", "mixed_formats").passed
        True
        >>> check_cause("nan_loss", "zero_size").status
        'failed'
    """
    case = _find(name)
    title = f"{name} · 원인"
    if answer is None or answer is ... or answer == "":
        return CheckResult(
            title, "not_attempted", "아직 고르지 않았습니다. 후보에서 하나를 고르세요."
        )
    if not isinstance(answer, str) or answer not in case.choices:
        told = ", ".join(f"`{choice}`" for choice in case.choices)
        return CheckResult(title, "failed", f"후보에 없는 답입니다. 후보: {told}")
    if answer != case.cause:
        return CheckResult(
            title,
            "failed",
            f"'{KINDS[answer].title}'는 이 증상을 다 설명하지 못합니다.",
            misconception=answer,
            hint=case.hint,
        )
    kind = KINDS[case.cause]
    return CheckResult(
        title,
        "passed",
        f"{kind.title}. {kind.cause}",
        details=(("실제로 보고된 곳", ", ".join(case.threads)),),
    )


def check_repair(name, fn, seed=0):
    """고치는 함수가 체크리스트를 통과시키는지 봅니다. 처음 보는 데이터로도 한 번 더 봅니다.

    오류를 없애려고 멀쩡한 박스를 지우거나, 앵커를 빼거나, 입력 크기를 바꾸면 통과하지 못합니다.

    Args:
        name: 사건의 이름.
        fn: ``fn(pipeline)``. 고친 :class:`Pipeline`을 돌려줍니다.
        seed: 데이터를 만드는 씨앗. 다음 씨앗의 데이터로도 검사합니다.

    Returns:
        :class:`CheckResult`. 학습자의 실수로는 예외를 내지 않습니다.

    Raises:
        ValueError: 그런 사건이 없을 때.

    Examples:
        >>> from dataclasses import replace
        >>> from anchorbox_utils import box_convert
        >>> def repair(pipeline):
        ...     return replace(
        ...         pipeline, boxes=[box_convert(b, "xywh", "xyxy") for b in pipeline.boxes]
        ...     )
        >>> check_repair("nan_loss", repair).passed
        True
        >>> check_repair("nan_loss", lambda pipeline: pipeline).status
        'failed'
    """
    case = _find(name)
    title = f"{name} · 고치기"
    refusal = refuse(title, fn)
    if refusal:
        return refusal
    for label, number in (("보이는 데이터", seed), ("처음 보는 데이터", seed + 1)):
        broken, truth = case.build(number)
        outcome = call(fn, (broken,), _TIME_LIMIT)
        if is_blank(fn, outcome):
            return not_attempted(title)
        where = (("검사한 데이터", label),)
        if outcome.error is not None:
            details = (*where, *describe_error(outcome))
            return CheckResult(title, "error", explain_error(outcome.error), details=details)
        try:
            problem = _remaining_problem(outcome.value, broken, truth)
        except Exception as error:
            # 돌려준 Pipeline에 무엇이 들었을지 모르므로 어떤 예외든 판정으로 바꿉니다.
            problem = f"고친 Pipeline을 진단할 수 없습니다. {error_text(error)}"
        if problem:
            return CheckResult(title, "failed", problem, details=where)
    return CheckResult(
        title, "passed", "체크리스트에 오류가 없습니다. 처음 보는 데이터에서도 통과했습니다."
    )


def _remaining_problem(repaired, broken, truth):
    """고친 것에 남은 문제 하나를 말합니다. 없으면 None."""
    if repaired is None:
        return "None을 돌려주었습니다. 고친 Pipeline을 return했는지 확인하세요."
    if not isinstance(repaired, Pipeline):
        kind = type(repaired).__name__
        return f"Pipeline을 돌려주어야 하는데 {kind}입니다. replace(pipeline, …)를 써 보세요."
    if not isinstance(repaired.grid, AnchorGrid):
        return "앵커(grid)가 AnchorGrid가 아닙니다. 앵커를 빼면 검사도 사라질 뿐입니다."
    if repaired.grid.image_size != broken.grid.image_size:
        return "학습 입력의 크기(grid.image_size)는 그대로 두고 고쳐 보세요."
    if len(repaired.boxes) != len(truth):
        return f"이미지가 {len(truth)}장에서 {len(repaired.boxes)}장으로 바뀌었습니다."
    if broken.num_classes is not None and repaired.num_classes is None:
        return "모델의 출력 수(num_classes)를 지우면 검사도 사라질 뿐입니다."
    if repaired.background != broken.background:
        return "배경의 번호(background)는 모델의 약속입니다. 그대로 두고 라벨을 고쳐 보세요."
    turned = tuple((width, height) for height, width in broken.image_sizes)
    if tuple(map(tuple, repaired.image_sizes)) not in (tuple(broken.image_sizes), turned):
        return "이미지의 크기는 사진이 정합니다. 크기를 바꾸어 박스를 담지 마세요."
    pairs = zip(repaired.boxes, truth, strict=True)
    removed = sum(max(0, len(expected) - len(rows)) for rows, expected in pairs)
    if removed:
        return (
            f"박스가 {removed}개 사라졌습니다. 오류가 난 물체를 지우는 것은 고치는 것이 아닙니다."
        )
    report = repaired.diagnose()
    if report.errors:
        first = report.errors[0]
        return f"아직 오류가 있습니다: {first.title}. {first.evidence}"
    return _lost_truth(report.dataset, truth) or _merged_labels(repaired, broken, truth)


def _lost_truth(dataset, truth):
    for number, (image, expected) in enumerate(zip(dataset.images, truth, strict=True)):
        if len(image.boxes) != len(expected):
            return (
                f"{number}번 이미지에 박스가 {len(expected)}개 있어야 하는데 "
                f"{len(image.boxes)}개입니다. "
                "멀쩡한 물체를 지우거나 없는 물체를 남기지 않았나요?"
            )
        close = box_iou(expected, image.boxes) >= 0.9
        if not (close.any(axis=1).all() and close.any(axis=0).all()):
            return f"{number}번 이미지의 박스가 물체와 맞지 않습니다. 오류만 사라졌습니다."
    return None


def _merged_labels(repaired, broken, truth):
    """클래스가 합쳐지거나 나뉘지 않았는지. 박스가 지워진 사건에서는 클래스가 하나뿐입니다."""
    before, after = np.concatenate(broken.labels), np.concatenate(repaired.labels)
    if len(before) != len(after):
        return None
    pairs = set(zip(before.tolist(), after.tolist(), strict=True))
    if len(pairs) != len(set(before.tolist())) or len(pairs) != len(set(after.tolist())):
        return "서로 다른 클래스가 합쳐졌거나 한 클래스가 나뉘었습니다."
    return None
