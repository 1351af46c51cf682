"""앵커와 학습 코드의 검사. 데이터에 오류가 없는 이미지만 씁니다."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anchorbox_utils.anchors import AnchorGrid, as_anchor_boxes
from anchorbox_utils.boxes import box_convert, box_iou
from anchorbox_utils.coding import encode_boxes
from anchorbox_utils.design import pairwise_shape_iou
from anchorbox_utils.diagnosis.advice import advise
from anchorbox_utils.diagnosis.findings import Examples, Finding
from anchorbox_utils.diagnosis.rows import EXAMPLES, format_row
from anchorbox_utils.korean import with_particle
from anchorbox_utils.matching import POSITIVE, match_anchors

# 매칭을 실제로 해 보는 이미지의 수. 고르게 뽑으므로 결과가 늘 같습니다.
SAMPLE_IMAGES = 64
_SAMPLE_BOXES = 4000
_GOOD_FIT = 0.5
# 이보다 덜 다르면 크기가 아니라 모양을 말합니다.
_SAME_SIZE = 1.25
_MEMORY_LIMIT = 2**30
_CHUNK = 20_000


@dataclass(frozen=True)
class Settings:
    """시험할 학습 코드. :func:`diagnose`의 인수이고, ``own_match``는 우리 매칭을 쓰는지입니다."""

    pos_thr: float
    match: Callable
    own_match: bool
    encode: Callable
    decode: Callable
    decode_anchors: object
    iou: Callable


@dataclass(frozen=True, eq=False)
class Matched:
    """이미지 한 장의 매칭."""

    rows: np.ndarray
    gt: np.ndarray
    result: object

    def arrays(self):
        """(라벨, 맡은 정답, 최대 IoU). 넘겨받은 매칭은 목록이나 텐서를 돌려줄 수도 있습니다."""
        found = (self.result.labels, self.result.matched_gt, self.result.iou_max)
        return tuple(map(np.asarray, found))


class AnchorContext:
    """앵커 검사의 재료: 입력 크기로 바꾼 박스와 매칭."""

    def __init__(self, rows, grid, settings):
        self.rows, self.grid, self.settings = rows, grid, settings
        sick = np.zeros(len(rows.sizes), bool)
        sick[rows.image[rows.claimed]] = True
        keep = rows.unclaimed("") & ~rows.crowd & ~sick[rows.image]
        self.index = np.flatnonzero(keep)
        self.raw_boxes = rows.boxes[self.index]
        self.boxes = self.raw_boxes * self.scale(rows.image[self.index])[:, None]

    def scale(self, images):
        """(K,) 이미지를 종횡비를 지켜 입력 크기에 맞출 때의 배율."""
        if not isinstance(self.grid, AnchorGrid):
            return np.ones(len(images))
        height, width = self.grid.image_size
        ratio = np.array([width, height]) / self.rows.sizes[images]
        return np.where(np.isnan(ratio).any(axis=1), 1.0, ratio.min(axis=1))

    @cached_property
    def templates(self):
        """(A, 2) 칸 하나에 놓이는 앵커의 (너비, 높이). 배열로 받은 앵커면 서로 다른 것만입니다."""
        if isinstance(self.grid, AnchorGrid):
            boxes = np.concatenate([level.cell_anchors for level in self.grid.levels])
            return boxes[:, 2:] - boxes[:, :2]
        boxes = as_anchor_boxes(self.grid)
        return np.unique(np.round(boxes[:, 2:] - boxes[:, :2], 3), axis=0)

    @cached_property
    def shapes(self):
        """(A, 2) 앵커의 서로 다른 (너비, 높이)."""
        shapes = np.unique(np.round(self.templates, 3), axis=0)
        return shapes[np.linspace(0, len(shapes) - 1, min(len(shapes), 200)).astype(int)]

    def shape_fit(self, boxes, shapes=None):
        """(B,) 중심을 맞추었을 때 가장 잘 맞는 앵커와의 IoU. 위치는 보지 않습니다."""
        shapes = self.shapes if shapes is None else shapes
        best = np.empty(len(boxes))
        for start in range(0, len(boxes), _CHUNK):
            part = slice(start, start + _CHUNK)
            size = boxes[part, 2:] - boxes[part, :2]
            best[part] = pairwise_shape_iou(size, shapes).max(axis=1)
        return best

    @cached_property
    def picked(self):
        """뽑은 이미지마다의 (행 번호, 입력 크기의 정답). 넘겨받은 매칭을 부르지 않습니다."""
        owners = self.rows.image[self.index]
        images = np.unique(owners)
        count = min(SAMPLE_IMAGES, len(images))
        images = images[np.linspace(0, len(images) - 1, count).astype(int)]
        parts = [np.flatnonzero(owners == image)[:_SAMPLE_BOXES] for image in images]
        return [(self.index[part], self.boxes[part]) for part in parts]

    @cached_property
    def matched(self):
        """뽑은 이미지마다의 매칭."""
        return [Matched(rows, gt, self.settings.match(self.grid, gt)) for rows, gt in self.picked]

    @cached_property
    def lost(self):
        """(K,) 뽑은 정답마다 양성 앵커를 하나도 얻지 못했는지."""
        lost = []
        for m in self.matched:
            labels, owner, _ = m.arrays()
            positive = (labels == POSITIVE) & (owner >= 0)
            lost.append(np.bincount(owner[positive], minlength=len(m.gt))[: len(m.gt)] == 0)
        return np.concatenate([np.empty(0, bool), *lost])

    @cached_property
    def advice(self):
        """데이터에 맞는 앵커의 추천. 앵커가 격자가 아니면 None입니다."""
        return advise(self)

    @cached_property
    def anchors(self):
        return as_anchor_boxes(self.grid)

    @cached_property
    def best(self):
        """뽑은 정답마다 가장 잘 맞는 앵커와의 IoU. 넘겨받은 매칭이 아니라 우리 것으로 잽니다."""
        if self.settings.own_match:
            parts = [m.result.gt_best_iou for m in self.matched]
        else:
            parts = [match_anchors(self.grid, gt).gt_best_iou for _, gt in self.picked]
        return np.concatenate([np.empty(0), *parts])

    @cached_property
    def sampled(self):
        """뽑은 정답들의 (K, 4) 박스, 입력 크기."""
        return np.concatenate([np.empty((0, 4)), *(gt for _, gt in self.picked)])

    @cached_property
    def sampled_rows(self):
        return np.concatenate([np.empty(0, int), *(rows for rows, _ in self.picked)])

    def examples(self, mask, values, label):
        """뽑은 정답 가운데 ``mask``가 참인 것의 자리와 크기."""
        picked = np.flatnonzero(mask)
        size = self.sampled[:, 2:] - self.sampled[:, :2]
        texts = (
            f"{self.rows.source(self.sampled_rows[i])} → 입력에서 "
            f"{size[i, 0]:.0f}×{size[i, 1]:.0f}픽셀"
            f", {label} {values[i]:.2f}"
            for i in picked[:EXAMPLES]
        )
        return Examples(texts, self.sampled_rows[picked])

    @cached_property
    def pairs(self):
        """임계값을 넘은 양성 (앵커 번호, 정답 박스, 정답의 행). 강제로 양성이 된 것은 뺍니다."""
        numbers, boxes, rows = [], [], []
        for m in self.matched[:16]:
            labels, matched_gt, iou_max = m.arrays()
            keep = (labels == POSITIVE) & (matched_gt >= 0) & (iou_max >= self.settings.pos_thr)
            found = np.flatnonzero(keep)[:2000]
            numbers.append(found)
            boxes.append(m.gt[matched_gt[found]])
            rows.append(m.rows[matched_gt[found]])
        return (
            np.concatenate([np.empty(0, int), *numbers]),
            np.concatenate([np.empty((0, 4)), *boxes]),
            np.concatenate([np.empty(0, int), *rows]),
        )


def check_same_anchors(context):
    """한 칸의 앵커 가운데 똑같은 것."""
    if not isinstance(context.grid, AnchorGrid):
        return
    for number, level in enumerate(context.grid.levels):
        shapes = np.round(level.cell_anchors, 3)
        different = len(np.unique(shapes, axis=0))
        if different < len(shapes):
            yield Finding(
                "same_anchors",
                f"단계 {number}에서 한 칸의 앵커 {len(shapes)}개 가운데 서로 다른 것은 "
                f"{different}개뿐입니다.",
                tuple(f"앵커 {format_row(anchor)}" for anchor in shapes[:EXAMPLES]),
            )
            return


def check_fit(context):
    """정답마다 가장 잘 맞는 앵커가 있는지, 없다면 왜 없는지."""
    best = context.best
    if not len(best):
        return
    poor = best < _GOOD_FIT
    if poor.mean() <= 0.3:
        yield from _size_gaps(context, best)
        return
    boxes = context.sampled
    fit = context.shape_fit(boxes)
    evidence = (
        f"정답 {len(best):,}개 가운데 {poor.mean():.0%}가 어떤 앵커와도 "
        f"IoU {with_particle(_GOOD_FIT, '을/를')} 넘지 못합니다(최고 IoU의 중앙값 "
        f"{np.median(best):.2f}). "
    )
    examples = context.examples(poor, best, "최고 IoU")
    shapes = context.shapes
    if len(shapes) > 1 and np.allclose(shapes[:, 0], shapes[:, 1], rtol=0.01):
        ratio = (boxes[:, 3] - boxes[:, 1]) / (boxes[:, 2] - boxes[:, 0])
        long = (np.abs(np.log(ratio)) > np.log(2)).mean()
        if long > 0.3:
            evidence += (
                f"정답의 {long:.0%}는 한쪽이 2배 넘게 긴데, 크기가 다른 앵커 {len(shapes)}가지가 "
                "모두 "
                "정사각형입니다."
            )
            yield Finding("same_anchors", evidence, examples)
            return
    before = context.shape_fit(context.rows.boxes[context.sampled_rows])
    turned = context.shape_fit(boxes, context.shapes[:, ::-1])
    enough = min(0.3, poor.mean() / 2)
    if _improves(fit, turned, enough):
        evidence += f"앵커를 90도 돌리면 {(turned < _GOOD_FIT).mean():.0%}로 줄어듭니다."
        yield Finding("ratio_convention", evidence, examples)
    elif _improves(fit, before, enough):
        scale = np.median(context.scale(context.rows.image[context.sampled_rows]))
        evidence += (
            f"축소하기 전의 박스라면 {(before < _GOOD_FIT).mean():.0%}입니다. 입력에서 물체는 "
            f"{scale:.2f}배가 됩니다."
        )
        yield Finding("before_resize", evidence, examples)
    elif np.median(fit[poor]) >= 0.55:
        size = _sizes(boxes)
        stride = _smallest_stride(context.grid)
        evidence += (
            f"중심만 맞추면 {np.median(fit[poor]):.2f}까지 겹칠 모양인데 그 자리에 앵커가 "
            "없습니다. "
            f"못 맞춘 물체의 크기는 중앙값 {np.median(size[poor]):.0f}픽셀"
        )
        evidence += f", 가장 작은 스트라이드는 {stride:g}픽셀입니다." if stride else "입니다."
        yield Finding("stride_too_large", evidence, examples)
    else:
        ratio = _size_ratio(boxes[poor], context.shapes)
        if max(ratio, 1 / ratio) < _SAME_SIZE:
            evidence += _shape_words(boxes[poor], shapes)
        else:
            direction = "큽니다" if ratio > 1 else "작습니다"
            evidence += (
                f"가장 가까운 앵커도 물체보다 {max(ratio, 1 / ratio):.1f}배 {direction}(한 변, "
                "중앙값)."
            )
        yield Finding("anchors_off_scale", evidence + _suggestion(context), examples)


def _shape_words(boxes, shapes):
    needed = (boxes[:, 3] - boxes[:, 1]) / (boxes[:, 2] - boxes[:, 0])
    return (
        "크기는 비슷한데 모양이 다릅니다: 이 정답들의 종횡비 h/w는 5~95%가 "
        f"{_span(np.quantile(needed, [0.05, 0.95]))}인데 앵커는 "
        f"{_span(np.quantile(shapes[:, 1] / shapes[:, 0], [0, 1]))}입니다."
    )


def _span(edges):
    low, high = (f"{edge:.2f}" for edge in edges)
    return low if low == high else f"{low}~{high}"


def _suggestion(context):
    """더 나은 앵커를 찾았으면 그것을 권하는 문장."""
    advice = context.advice
    if advice is None or not advice.better:
        return ""
    ratios = ", ".join(f"{ratio:g}" for ratio in advice.design.ratios)
    return f" recommend_anchors는 종횡비 ({ratios})를 권합니다: {advice.sentence()}"


def _improves(now, then, enough):
    """모양의 적합도가 나쁘다가 충분히 좋아지는지."""
    return (now < _GOOD_FIT).mean() > 0.3 and (then < _GOOD_FIT).mean() <= enough


def _sizes(boxes):
    """(N,) 크기(넓이의 제곱근), 픽셀."""
    return np.sqrt((boxes[:, 2:] - boxes[:, :2]).prod(axis=1))


def _smallest_stride(grid):
    return min(min(level.stride) for level in grid.levels) if isinstance(grid, AnchorGrid) else None


def _size_ratio(boxes, shapes):
    """가장 가까운 크기의 앵커가 물체의 몇 배인지(한 변, 중앙값)."""
    size = _sizes(boxes)[:, None]
    ratio = np.log(np.sqrt(shapes.prod(axis=1)) / size)
    nearest = np.take_along_axis(ratio, np.abs(ratio).argmin(axis=1)[:, None], axis=1)
    return float(np.exp(np.median(nearest)))


def _size_gaps(context, best):
    """크기를 2배씩 나눈 구간 가운데 절반 넘게 놓치는 곳."""
    size = _sizes(context.sampled)
    octave = np.floor(np.log2(np.maximum(size, 1))).astype(int)
    for level in np.unique(octave):
        band = octave == level
        poor = band & (best < _GOOD_FIT)
        if band.sum() >= 8 and poor.sum() > 0.5 * band.sum():
            yield Finding(
                "size_gap",
                f"입력에서 {2.0**level:.0f}~{2.0 ** (level + 1):.0f}픽셀인 정답 {band.sum():,}개 "
                f"가운데 {poor.sum() / band.sum():.0%}의 최고 IoU가 {_GOOD_FIT}에 못 미칩니다.",
                context.examples(poor, best, "최고 IoU"),
            )


def check_positives(context):
    """정답마다 양성 앵커를 얻는지, 임계값은 알맞은지."""
    if not context.matched:
        return
    lost, best, pos_thr = context.lost, context.best, context.settings.pos_thr
    counts = [(m.arrays()[2] >= pos_thr).sum() / len(m.gt) for m in context.matched]
    if lost.mean() > 0.05:
        yield Finding(
            "gt_without_positive",
            f"정답 {len(lost):,}개 가운데 {lost.sum():,}개({lost.mean():.0%})에 양성 앵커가 "
            "없습니다. "
            f"그 정답들의 최고 IoU는 중앙값 {np.median(best[lost]):.2f}, pos_thr는 "
            f"{pos_thr}입니다.",
            context.examples(lost, best, "최고 IoU"),
        )
    elif np.median(counts) < 1:
        yield Finding(
            "few_positives",
            f"이미지 {len(counts):,}장에서 정답 하나가 얻는, pos_thr {pos_thr} 이상인 앵커는 "
            "중앙값 "
            f"{np.median(counts):.1f}개입니다.",
        )
    orphan = {thr: (best < thr).mean() for thr in (pos_thr, pos_thr - 0.1, pos_thr - 0.2)}
    if orphan[pos_thr] > 0.3 and pos_thr > 0.5:
        curve = ", ".join(f"{thr:.2f}이면 {rate:.0%}" for thr, rate in orphan.items())
        yield Finding("threshold_too_high", f"강제 매칭이 없을 때 양성이 없는 정답: {curve}.")
    if pos_thr < 0.35:
        yield Finding("threshold_too_low", f"pos_thr가 {pos_thr}입니다.")


def check_memory(context):
    most = np.bincount(context.rows.image[context.index]).max(initial=0)
    size = 8 * most * len(context.grid)
    if size > _MEMORY_LIMIT:
        yield Finding(
            "iou_matrix_memory",
            f"앵커 {len(context.grid):,}개 × 정답 {most:,}개의 float64 행렬은 "
            f"{size / 2**30:.1f} GiB입니다.",
        )


def check_targets(context):
    """인코딩한 값이 폭주하지 않는지, 디코딩하면 돌아오는지."""
    settings = context.settings
    numbers, gt, rows = context.pairs
    if not len(numbers):
        return
    anchors = context.anchors[numbers]
    with np.errstate(all="ignore"):
        targets = np.asarray(settings.encode(anchors, gt), dtype=float)
    # 정규화한 타깃(std 0.1)까지는 10배로 커지는 것이 정상입니다.
    limit = np.log(1 / settings.pos_thr) * (1 if settings.encode is encode_boxes else 10) + 1e-6
    wild = ~np.isfinite(targets).all(axis=1) | (np.abs(targets[:, 2:]) > limit).any(axis=1)
    if wild.any():
        worst = np.nanmax(np.abs(targets[:, 2:]), initial=0)
        yield Finding(
            "exploding_targets",
            f"양성 {len(wild):,}개 가운데 {wild.sum():,}개의 |t_w|, |t_h|가 한계 "
            f"{with_particle(round(limit, 2), '을/를')} 넘거나 NaN입니다(최댓값 {worst:.1f}).",
            tuple(
                f"{context.rows.source(rows[i])} → 오프셋 {format_row(targets[i])}"
                for i in np.flatnonzero(wild)[:EXAMPLES]
            ),
        )
        return
    reference = as_anchor_boxes(
        context.grid if settings.decode_anchors is None else settings.decode_anchors
    )
    if len(reference) != len(context.anchors):
        yield Finding(
            "round_trip",
            f"학습의 앵커는 {len(context.anchors):,}개, 추론의 앵커는 {len(reference):,}개입니다.",
        )
        return
    decoded = np.asarray(settings.decode(reference[numbers], targets), dtype=float)
    error = np.abs(decoded - gt).max(axis=1)
    off = error > np.maximum(0.5, 0.01 * (gt[:, 2:] - gt[:, :2]).max(axis=1))
    if not off.mean() > 0.05:
        return
    now, true = (box_convert(_ordered(boxes), "xyxy", "cxcywh") for boxes in (decoded, gt))
    shift = now[:, :2] - true[:, :2]
    factor = now[:, 2:] / np.maximum(true[:, 2:], 1e-6)
    strides = _strides(context.grid, numbers)
    half = strides is not None and (
        (np.abs(np.abs(shift) - strides / 2) < 0.02 * strides).all(axis=1)
        & (np.abs(factor - 1) < 0.01).all(axis=1)
    )
    mean = shift.mean(axis=0)
    yield Finding(
        "half_stride_shift" if np.mean(half) > 0.9 else "round_trip",
        f"양성 {len(off):,}개를 인코딩했다가 디코딩하면 중심이 평균 ({mean[0]:+.1f}, "
        f"{mean[1]:+.1f})"
        f"픽셀 옮겨지고 크기는 {np.median(factor):.2f}배가 됩니다.",
        tuple(
            f"{context.rows.source(rows[i])} → 정답 {format_row(gt[i])}, 디코딩 "
            f"{format_row(decoded[i])}"
            for i in np.flatnonzero(off)[:EXAMPLES]
        ),
    )


def _ordered(boxes):
    boxes = np.nan_to_num(boxes)
    return np.concatenate(
        [np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])], axis=1
    )


def _strides(grid, numbers):
    if not isinstance(grid, AnchorGrid):
        return None
    return np.array([level.stride[::-1] for level in grid.levels])[grid.level_index[numbers]]


def check_iou(context):
    """IoU 함수가 자기 자신과 1인지, 우리 것과 같은지."""
    iou = context.settings.iou
    boxes = context.raw_boxes[:: max(1, len(context.raw_boxes) // 100)][:100]
    if iou is box_iou or not len(boxes):
        return
    given, true = np.asarray(iou(boxes, boxes), dtype=float), box_iou(boxes, boxes)
    difference = np.abs(given - true)
    if difference.max() <= 1e-4:
        return
    own = np.diag(given)
    rows = context.index[:: max(1, len(context.index) // 100)][:100]
    worst = np.argsort(-difference.max(axis=1), kind="stable")[:EXAMPLES]
    yield Finding(
        "iou_convention",
        f"box_iou와 최대 {difference.max():.3f} 다릅니다. 자기 자신과의 IoU는 "
        f"{own.min():.3f}~{own.max():.3f}입니다(1이어야 합니다).",
        tuple(
            f"{context.rows.source(rows[i])} → 크기 "
            f"{boxes[i, 2] - boxes[i, 0]:.0f}×{boxes[i, 3] - boxes[i, 1]:.0f}, 자기 IoU "
            f"{own[i]:.3f}"
            for i in worst
        ),
    )


# 앵커가 물체와 맞는지부터 봅니다. 오류가 나오면 뒤의 것은 그 결과로 나타나는 증상이라 멈춥니다.
_FIT_CHECKS = (check_same_anchors, check_fit, check_positives)
_OTHER_CHECKS = (check_memory, check_targets, check_iou)


def run_anchor_checks(context):
    """앵커 검사 전부."""
    for check in _FIT_CHECKS:
        found = list(check(context))
        yield from found
        if any(finding.severity == "error" for finding in found):
            break
    for check in _OTHER_CHECKS:
        yield from check(context)
