"""원인마다 "이것이 원인이라면 무엇이 보이는지"를 Pipeline에서 셉니다.

틀린 원인을 고른 사람에게 그 원인이 남기는 흔적과, 이 데이터에서 실제로 센 것을 나란히 보여 줍니다.
"""

from typing import NamedTuple

import numpy as np

from anchorbox_utils.boxes import box_area
from anchorbox_utils.datasets.records import to_xyxy
from anchorbox_utils.design import pairwise_shape_iou
from anchorbox_utils.matching import POSITIVE, match_anchors


class Observation(NamedTuple):
    """원인 하나의 흔적.

    Attributes:
        would: 그것이 원인일 때 보였을 모습.
        here: 이 데이터에서 센 것.
        fits: 그 모습이 여기에 보이는지.
    """

    would: str
    here: str
    fits: bool

    def __str__(self):
        return f"이것이 원인이라면 {self.would} 보였을 텐데, 여기서는 {self.here}."


def _raw(pipeline):
    return np.concatenate([np.asarray(rows, float) for rows in pipeline.boxes])


def _owners(pipeline):
    return np.repeat(np.arange(len(pipeline.boxes)), [len(rows) for rows in pipeline.boxes])


def _limits(pipeline):
    """(N, 2) 박스마다 이미지의 (너비, 높이)."""
    return np.array(pipeline.image_sizes, float)[_owners(pipeline), ::-1]


def _read(pipeline):
    """(N, 4) 이 코드가 읽은 xyxy 박스, 픽셀."""
    return to_xyxy(_raw(pipeline), pipeline.fmt, _limits(pipeline))


def _fits(boxes, limits):
    positive = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    return positive & (boxes[:, :2] >= -1).all(axis=1) & (boxes[:, 2:] <= limits + 1).all(axis=1)


def _reach(pipeline):
    """박스가 닿은 범위가 이미지 (너비, 높이)의 몇 배인지."""
    boxes = _read(pipeline)
    return (np.maximum(boxes[:, :2], boxes[:, 2:]) / _limits(pipeline)).max(axis=0)


def _inputs(pipeline):
    """이미지마다 (M, 4) 학습 입력으로 줄인, 멀쩡한 박스."""
    boxes, owners, limits = _read(pipeline), _owners(pipeline), _limits(pipeline)
    good = _fits(boxes, limits)
    factor = (np.array(pipeline.grid.image_size[::-1]) / limits).min(axis=1)
    boxes = boxes * factor[:, None]
    return [boxes[good & (owners == i)] for i in range(len(pipeline.boxes))]


def _shapes(pipeline):
    cell = np.concatenate([level.cell_anchors for level in pipeline.grid.levels])
    return cell[:, 2:] - cell[:, :2]


def _shape_fit(pipeline, shapes):
    boxes = np.concatenate(_inputs(pipeline))
    return pairwise_shape_iou(boxes[:, 2:] - boxes[:, :2], shapes).max(axis=1)


def _best_iou(pipeline):
    return np.concatenate(
        [match_anchors(pipeline.grid, gt).gt_best_iou for gt in _inputs(pipeline)]
    )


def _positives(pipeline):
    """정답마다 얻은 양성 앵커의 수."""
    counts = []
    for gt in _inputs(pipeline):
        thresholds = (pipeline.pos_thr, pipeline.neg_thr)
        result = (pipeline.match or match_anchors)(
            pipeline.grid, gt, *(() if pipeline.match else thresholds)
        )
        owners = np.asarray(result.matched_gt)[np.asarray(result.labels) == POSITIVE]
        counts.append(np.bincount(owners, minlength=len(gt)))
    return np.concatenate(counts)


def _count(total, found):
    return f"박스 {total:,}개 가운데 {found:,}개입니다"


# 좌표


def zero_size(p):
    size = (_read(p)[:, 2:] - _read(p)[:, :2])[(_raw(p) != 0).any(axis=1)].min(axis=1)
    flat, negative = (size == 0).sum(), (size < 0).sum()
    would = "좌표는 적혀 있는데 너비나 높이만 꼭 0인 박스가"
    here = f"그런 박스가 {flat}개이고, 너비나 높이가 음수인 박스가 {negative}개입니다"
    return Observation(would, here, flat > negative)


def flipped(p):
    boxes = _read(p)
    turned = (boxes[:, 2:] < boxes[:, :2]).any(axis=1)
    low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
    mended = turned & _fits(np.concatenate([low, high], axis=1), _limits(p))
    would = "두 값을 맞바꾸면 이미지 안에 들어오는 박스가"
    return Observation(would, _count(len(boxes), mended.sum()), mended.any())


def filler(p):
    raw = _raw(p)
    zeros = (raw == 0).all(axis=1)
    return Observation("[0, 0, 0, 0]인 박스가", _count(len(raw), zeros.sum()), zeros.any())


def not_finite(p):
    raw = _raw(p)
    bad = ~np.isfinite(raw).all(axis=1)
    would = "좌표에 이미 NaN이나 무한대가 적힌 박스가"
    return Observation(would, _count(len(raw), bad.sum()), bad.any())


def unit_mismatch(p):
    reach = _reach(p).max()
    would = "네 수가 모두 0~1이거나 이미지의 수십 배를 넘는 모습이"
    return Observation(would, f"박스가 이미지의 {reach:.2f}배까지 닿습니다", not 0.02 < reach < 10)


def mixed_formats(p):
    raw, limits, owners = _raw(p), _limits(p), _owners(p)
    sick = np.unique(owners[~_fits(_read(p), limits)])
    scale = np.tile(limits, 2) if p.fmt == "yolo" else 1.0
    explained = 0
    for fmt in ("xyxy", "xywh", "cxcywh"):
        fits = _fits(to_xyxy(raw * scale, fmt, None), limits)
        explained = max(explained, sum(fits[owners == i].all() for i in sick))
    would = "형식(xyxy, xywh, cxcywh)만 바꾸어 읽으면 걸린 이미지의 박스가 모두 들어오는 모습이"
    here = f"걸린 이미지 {len(sick)}장 가운데 {explained}장만 그렇습니다"
    return Observation(would, here, explained >= 0.8 * len(sick))


def out_of_image(p):
    reach = _reach(p).max()
    would = "테두리를 몇 % 넘은 박스가"
    return Observation(would, f"박스가 이미지의 {reach:,.2f}배까지 닿습니다", 1 < reach < 1.1)


def border_rounding(p):
    reach = _reach(p).max()
    would = "테두리를 1픽셀이 안 되게 넘은 박스가"
    here = f"박스가 이미지의 {reach:.2f}배까지만 닿습니다"
    return Observation(would, here, reach > 1)


def stale_size(p):
    x, y = _reach(p)
    would = "박스가 적힌 너비와 높이를 같은 배율로 넘는 모습이"
    here = f"너비의 {x:,.2f}배, 높이의 {y:,.2f}배까지 닿습니다"
    return Observation(would, here, min(x, y) > 1.05 and max(x, y) < 10)


def swapped_size(p):
    boxes, limits = _read(p), _limits(p)
    now, then = (~_fits(boxes, limit) for limit in (limits, limits[:, ::-1]))
    would = "가로와 세로를 바꾸어 읽으면 밖으로 나간 박스가 없어지는 모습이"
    here = f"밖으로 나간 박스가 지금 {now.sum()}개이고 바꾸어 읽으면 {then.sum()}개입니다"
    return Observation(would, here, now.any() and not then.any())


# 클래스


def background_label(p):
    labels = np.concatenate(p.labels)
    hidden = (labels == p.background).sum()
    would = f"배경의 번호({p.background})를 쓰는 물체가"
    return Observation(would, _count(len(labels), hidden), hidden > 0)


def class_overflow(p):
    top = np.concatenate(p.labels).max()
    would = "모델의 출력 수 이상인 번호가"
    here = f"출력이 {p.num_classes}개이고 가장 큰 번호는 {top}입니다"
    return Observation(would, here, top >= p.num_classes)


def unused_class(p):
    _, counts = np.unique(np.concatenate(p.labels), return_counts=True)
    wanted = p.num_classes - (p.background is not None)
    would = "박스가 하나도 없는 클래스가"
    here = (
        f"클래스 {wanted}가지 가운데 {len(counts)}가지에 박스가 적어도 {counts.min()}개씩 있습니다"
    )
    return Observation(would, here, len(counts) < wanted)


# 앵커와 매칭


def anchors_off_scale(p):
    size = np.sqrt(box_area(np.concatenate(_inputs(p))))
    ratio = np.sqrt(_shapes(p).prod(axis=1)) / size[:, None]
    nearest = np.exp(np.median(np.abs(np.log(ratio)).min(axis=1)))
    would = "크기가 가장 가까운 앵커마저 물체와 몇 배씩 다른 모습이"
    here = f"크기의 차이가 {nearest:.2f}배(중앙값)뿐입니다"
    return Observation(would, here, nearest > 1.5)


def ratio_convention(p):
    shapes = _shapes(p)
    now, then = ((_shape_fit(p, s) >= 0.5).mean() for s in (shapes, shapes[:, ::-1]))
    would = "앵커를 90도 돌리면 모양이 맞는 정답이 크게 느는 모습이"
    here = f"돌리기 전 {now:.0%}, 돌린 다음 {then:.0%}입니다"
    return Observation(would, here, then - now > 0.3)


def same_anchors(p):
    shapes = _shapes(p).round(3)
    square, kinds = (shapes[:, 0] == shapes[:, 1]).sum(), len(np.unique(shapes, axis=0))
    would = "한 칸의 앵커가 서로 같거나 모두 정사각형인 모습이"
    here = f"한 칸의 앵커 {len(shapes)}개가 {kinds}가지 모양이고 정사각형은 {square}개입니다"
    return Observation(would, here, kinds < len(shapes) or square == len(shapes))


def stride_too_large(p):
    fit = np.median(_shape_fit(p, _shapes(p)))
    would = "중심만 맞추면 물체와 잘 겹치는 앵커가"
    here = f"중심을 맞추어도 가장 잘 맞는 IoU가 {fit:.2f}(중앙값)입니다"
    return Observation(would, here, fit >= 0.55)


def before_resize(p):
    factor = np.min(np.divide(p.grid.image_size, p.image_sizes[0]))
    would = "사진이 학습 입력과 다른 크기여서 줄어드는 모습이"
    return Observation(would, f"사진이 입력의 {1 / factor:.2f}배 크기입니다", factor < 0.9)


def threshold_too_high(p):
    best = _best_iou(p)
    would = f"최고 IoU가 pos_thr({p.pos_thr})에 조금 못 미쳐 임계값만 낮추면 살아나는 정답이 많이"
    share = ((best >= p.pos_thr - 0.1) & (best < p.pos_thr)).mean()
    here = (
        f"0.1을 낮추어 살아나는 정답은 {share:.0%}이고, 그래도 못 미치는 정답이 "
        f"{(best < p.pos_thr - 0.1).mean():.0%}입니다"
    )
    return Observation(would, here, share > (best < p.pos_thr - 0.1).mean())


def threshold_too_low(p):
    would = "0.35도 안 되는 임계값으로 조금만 겹쳐도 양성이 되는 모습이"
    return Observation(would, f"pos_thr가 {p.pos_thr}입니다", p.pos_thr < 0.35)


def few_positives(p):
    counts = np.median(_positives(p))
    would = "정답 하나가 얻는 양성 앵커가 하나도 안 되는 모습이"
    return Observation(would, f"정답마다 {counts:.0f}개(중앙값)입니다", counts < 1)


def gt_without_positive(p):
    counts = _positives(p)
    would = "양성 앵커를 얻지 못한 정답이"
    here = f"멀쩡한 정답 {len(counts)}개 가운데 {(counts == 0).sum()}개입니다"
    return Observation(would, here, (counts == 0).mean() > 0.05)


# 인코딩, 디코딩, IoU


def exploding_targets(p):
    boxes = _read(p)
    bad = (boxes[:, 2:] <= boxes[:, :2]).any(axis=1)
    would = "박스는 모두 멀쩡한데 인코딩한 값만 커지는 모습이"
    here = (
        f"박스 {len(boxes)}개 가운데 {bad.sum()}개는 인코딩하기 전에 이미 너비나 높이가 음수입니다"
    )
    return Observation(would, here, not bad.any())


def round_trip(p):
    gt = np.concatenate(_inputs(p))
    anchors = gt + np.array([-4.0, -2, 2, 3])
    error = np.abs(p.decode(anchors, p.encode(anchors, gt)) - gt).max()
    would = "같은 앵커로 인코딩했다가 디코딩해도 정답으로 돌아오지 않는 모습이"
    return Observation(would, f"어긋남이 {error:.1f}픽셀입니다", error > 0.01)


def half_stride_shift(p):
    used = p.grid if p.decode_anchors is None else p.decode_anchors
    shift = np.abs(used.boxes - p.grid.boxes).max()
    would = "학습과 추론의 앵커 중심이 서로 다른 모습이"
    return Observation(would, f"두 앵커의 차이가 {shift:.1f}픽셀입니다", shift > 0)


def iou_convention(p):
    boxes = _raw(p)
    own = np.diag(p.iou(boxes, boxes))
    would = "똑같은 두 박스의 IoU가 1이 아닌 모습이"
    return Observation(would, f"가장 작은 것도 {own.min():.3f}입니다", own.min() < 1 - 1e-6)


OBSERVATIONS = {
    function.__name__: function
    for function in (
        zero_size,
        flipped,
        filler,
        not_finite,
        unit_mismatch,
        mixed_formats,
        out_of_image,
        border_rounding,
        stale_size,
        swapped_size,
        background_label,
        class_overflow,
        unused_class,
        anchors_off_scale,
        ratio_convention,
        same_anchors,
        stride_too_large,
        before_resize,
        threshold_too_high,
        threshold_too_low,
        few_positives,
        gt_without_positive,
        exploding_targets,
        round_trip,
        half_stride_shift,
        iou_convention,
    )
}
