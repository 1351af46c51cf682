"""버그 실험실의 사건마다: 여러 방식의 옳은 고치기와, 고친 척만 하는 속임수.

속임수는 체크리스트만 보면 속는 것들입니다. 저마다 어떤 말을 듣고 떨어지는지(``why``) 적습니다.
"""

from dataclasses import replace
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from anchorbox_utils import (
    AnchorGrid,
    AnchorLevel,
    MatchResult,
    box_convert,
    box_iou,
    decode_boxes,
    encode_boxes,
    match_anchors,
)
from anchorbox_utils.bugs import catalogue
from anchorbox_utils.bugs import pipeline as pipeline_module
from anchorbox_utils.bugs.pipeline import Pipeline
from anchorbox_utils.diagnosis import anchor_checks


class Cheat(NamedTuple):
    """고친 척만 하는 함수와, 그것이 들어야 할 말의 한 대목."""

    repair: object
    why: str


def floats(pipeline):
    return [np.asarray(rows, float) for rows in pipeline.boxes]


def rewrite(change):
    """이미지마다 ``change(박스, 번호)``로 박스를 바꿉니다."""
    return lambda p: replace(p, boxes=tuple(change(rows, i) for i, rows in enumerate(floats(p))))


def keep(good):
    """이미지마다 ``good(박스, 번호)``인 박스와 그 라벨만 남깁니다."""

    def repair(p):
        masks = [np.asarray(good(rows, i), bool) for i, rows in enumerate(floats(p))]
        boxes = tuple(rows[m] for rows, m in zip(p.boxes, masks, strict=True))
        labels = tuple(np.asarray(n)[m] for n, m in zip(p.labels, masks, strict=True))
        return replace(p, boxes=boxes, labels=labels)

    return repair


def relabel(change):
    return lambda p: replace(p, labels=tuple(change(np.asarray(n)) for n in p.labels))


def regrid(*options, **more):
    return lambda p: replace(p, grid=AnchorGrid(p.grid.image_size, *options, **more))


def positive(rows, i):
    return (rows[:, 2:] > rows[:, :2]).all(axis=1)


def ordered(rows):
    low, high = np.minimum(rows[:, :2], rows[:, 2:]), np.maximum(rows[:, :2], rows[:, 2:])
    return np.concatenate([low, high], axis=1)


def at_least(rows, side):
    return np.concatenate([rows[:, :2], np.maximum(rows[:, 2:], rows[:, :2] + side)], axis=1)


drop_everything = keep(lambda rows, i: np.zeros(len(rows), bool))


def drop_missed(p):
    sizes = p.image_sizes
    scale = [min(np.divide(p.grid.image_size, size)) for size in sizes]
    return keep(lambda b, i: match_anchors(p.grid, b * scale[i]).gt_best_iou >= 0.5)(p)


def made_up(rows, i):
    """보기 좋은 자리에 지어낸 박스들."""
    return np.array([[20.0 + 90 * k, 60, 84 + 90 * k, 124] for k in range(len(rows))])


def memorised(p):
    """정답을 그대로 앵커로 씁니다. 칸이 하나인 격자에 정답마다 앵커 하나."""
    sizes = zip(floats(p), p.image_sizes, strict=True)
    factor = np.array(p.grid.image_size)
    boxes = np.concatenate([rows * min(factor / size) for rows, size in sizes])
    level = AnchorLevel((1, 1), tuple(map(float, factor)), 0.0, boxes)
    return replace(p, grid=AnchorGrid.from_levels(p.grid.image_size, [level]))


# 어느 사건에나 쓰는 속임수


class Blind(Pipeline):
    def diagnose(self):
        return SimpleNamespace(errors=(), findings=(), ok=True, dataset=self.dataset())


def blind(p):
    return Blind(**vars(p))


def patched(p):
    pipeline_module.diagnose = lambda dataset, *rest, **more: SimpleNamespace(
        errors=(), findings=(), ok=True, dataset=dataset, best_iou=None
    )
    return p


def borrowed(name):
    return lambda p: catalogue.CASES[name].repair(p)


def everywhere(name):
    return {
        "blind_pipeline": Cheat(blind, "검사를 끄는 것은 고치는 것이 아닙니다"),
        "patched_checker": Cheat(patched, "검사하는 코드(`diagnose`)를 바꾸어"),
        "borrowed_answer": Cheat(borrowed(name), "답을 그대로 불렀습니다"),
    }


# 좌표


def only_flipped(rows, i):
    bad = ~positive(rows, i)
    return np.where(bad[:, None], rows + np.pad(rows[:, :2], ((0, 0), (2, 0))), rows)


def without_last(rows, i):
    return np.arange(len(rows)) < len(rows) - (i in (0, 3, 6))


def sort_numbered(rows, i):
    first = (np.arange(len(rows)) == 0) & (i in (1, 4, 8))
    return np.where(first[:, None], ordered(rows), rows)


def signed(p):
    kind = {np.dtype("uint16"): np.int16, np.dtype("uint32"): np.int32}
    return replace(p, boxes=tuple(b.astype(kind[b.dtype]).astype(float) for b in p.boxes))


def thin(rows, i):
    return np.where(rows > 60000, rows[:, [2, 3, 0, 1]] - 24, rows)


def clip_and_sort(p):
    pairs = zip(floats(p), p.image_sizes, strict=True)
    return replace(p, boxes=tuple(ordered(np.minimum(b, [w, h, w, h])) for b, (h, w) in pairs))


def over_first_size(p):
    h, w = p.image_sizes[0]
    return replace(p, boxes=tuple(rows / [w, h, w, h] for rows in floats(p)))


def shrink_to_unit(rows, i):
    return rows / rows.max() / 2


def push_inside(p):
    pairs = zip(floats(p), p.image_sizes, strict=True)
    moved = (rows - np.tile(np.maximum(rows[:, 2:] - [w, h], 0), 2) for rows, (h, w) in pairs)
    return replace(p, boxes=tuple(moved))


def drop_outside(p):
    limits = [[w, h] for h, w in p.image_sizes]
    return keep(lambda rows, i: (rows[:, 2:] <= limits[i]).all(axis=1))(p)


def resize(change):
    return lambda p: replace(p, image_sizes=tuple(change(h, w) for h, w in p.image_sizes))


def turn_offenders(p):
    pairs = zip(floats(p), p.image_sizes, strict=True)
    sizes = [(w, h) if (b[:, 2:] > [w, h]).any() else (h, w) for b, (h, w) in pairs]
    return replace(p, image_sizes=tuple(sizes))


# 매칭, IoU, 디코딩


def relabelled(change):
    """제대로 매칭한 다음 ``change(라벨, 최대 IoU)``로 라벨만 바꾸는 매칭."""

    def match(grid, gt):
        r = match_anchors(grid, gt, 0.7, 0.3)
        labels = change(r.labels.copy(), r.iou_max)
        return MatchResult.from_arrays(labels, r.matched_gt, r.iou_max, r.gt_best_iou, r.forced)

    return lambda p: replace(p, match=match)


def first_anchors(grid, gt):
    """정답마다 아무 앵커나 하나씩 양성으로."""
    r = match_anchors(grid, gt, 0.7, 0.3, force_match=False)
    labels, owner = r.labels.copy(), r.matched_gt.copy()
    labels[: len(gt)], owner[: len(gt)] = 1, np.arange(len(gt))
    return MatchResult.from_arrays(labels, owner, r.iou_max, r.gt_best_iou, r.forced)


def silent(grid, gt):
    """iou_max를 0으로 적어, 임계값을 넘은 양성을 아무도 들여다보지 못하게 합니다."""
    r = match_anchors(grid, gt, 0.7, 0.3)
    zeros = np.zeros_like(r.iou_max)
    return MatchResult.from_arrays(r.labels, r.matched_gt, zeros, r.gt_best_iou, r.forced)


def patch_reference(p):
    anchor_checks.box_iou = p.iou
    return p


def iou_when(condition):
    """``condition(a, b)``일 때만 옳은 IoU."""

    def repair(p):
        given = p.iou
        return replace(p, iou=lambda a, b: (box_iou if condition(a, b) else given)(a, b))

    return repair


def remembering(p):
    """인코딩할 때 정답을 적어 두었다가 디코딩에서 꺼냅니다."""
    seen = []

    def encode(anchors, gt):
        seen.append(gt)
        return encode_boxes(anchors, gt)

    return replace(p, encode=encode, decode=lambda anchors, deltas: seen[-1])


def tiny_grids(p):
    grid = AnchorGrid(p.grid.image_size, 24, [32, 48, 72, 96])
    return replace(p, grid=grid, decode_anchors=grid)


OUT = "사라졌습니다"
OFF = "물체와 어긋납니다"
UNSEEN = "처음 보는 데이터에서는 아닙니다"
BUDGET = "앵커를 쏟아부으면"
NEW = "새로 뽑은 물체에는 앵커가 맞지 않습니다"
BOXES = "박스는 처음부터 옳았습니다"

SPECIFIC = {
    "nan_loss": {
        "drop_everything": Cheat(drop_everything, OUT),
        "made_up_boxes": Cheat(rewrite(made_up), OFF),
        "only_the_flipped": Cheat(rewrite(only_flipped), OFF),
        "clip_the_size": Cheat(rewrite(lambda b, i: at_least(np.minimum(b, 200), 40)), OFF),
    },
    "refused_boxes": {
        "widen_the_flat": Cheat(rewrite(lambda b, i: at_least(b, 8)), "물체가 아닌 박스가 3개"),
        "first_three": Cheat(keep(lambda b, i: np.arange(len(b)) < 3), UNSEEN),
        "numbered_images": Cheat(keep(without_last), UNSEEN),
        "drop_the_small": Cheat(keep(lambda b, i: (b[:, 2:] - b[:, :2]).min(axis=1) > 40), OUT),
        "empty_the_images": Cheat(keep(lambda b, i: np.full(len(b), positive(b, i).all())), OUT),
    },
    "loss_spikes": {
        "drop_flipped": Cheat(keep(positive), OUT),
        "numbered_images": Cheat(rewrite(sort_numbered), UNSEEN),
        "clip_to_a_pixel": Cheat(rewrite(lambda b, i: at_least(b, 1)), OFF),
        "only_a_point": Cheat(
            rewrite(
                lambda b, i: np.where(
                    positive(b, i)[:, None],
                    b,
                    np.tile((b[:, :2] + b[:, 2:]) / 2, 2) + [-9, -9, 9, 9],
                )
            ),
            OFF,
        ),
    },
    "late_nan": {
        "read_as_signed": Cheat(signed, "모두 [-1.0, -1.0, -1.0, -1.0]픽셀 밀려"),
        "zero_the_wrapped": Cheat(rewrite(lambda b, i: np.where(b > 60000, 0, b)), OFF),
        "drop_wrapped": Cheat(keep(lambda b, i: (b < 60000).all(axis=1)), OUT),
        "clip_and_sort": Cheat(clip_and_sort, OFF),
        "thin_the_wrapped": Cheat(rewrite(thin), OFF),
    },
    "small_never_found": {
        "carpet": Cheat(regrid(1, [11, 14, 18], [0.7, 1, 1.4]), BUDGET),
        "memorised": Cheat(memorised, NEW),
        "written_numbers": Cheat(regrid(4, [11, 14, 18], [0.7, 1, 1.4]), UNSEEN),
        "drop_the_missed": Cheat(drop_missed, OUT),
    },
    "zero_recall": {
        "drop_everything": Cheat(drop_everything, OUT),
        "carpet": Cheat(regrid(1, [20, 30, 44]), BUDGET),
        "memorised": Cheat(memorised, NEW),
        "written_numbers": Cheat(regrid(8, [20, 30, 44]), UNSEEN),
    },
    "dropped_images": {
        "written_size": Cheat(rewrite(lambda b, i: b / [320, 240, 320, 240]), UNSEEN),
        "first_size": Cheat(over_first_size, UNSEEN),
        "drop_all": Cheat(keep(lambda b, i: (b <= 1).all(axis=1)), OUT),
        "over_the_largest": Cheat(rewrite(shrink_to_unit), OFF),
    },
    "augmentation_refuses": {
        "shrink_everything": Cheat(rewrite(lambda b, i: b * 0.99), OFF),
        "push_inside": Cheat(push_inside, OFF),
        "drop_outside": Cheat(drop_outside, OUT),
        "written_size": Cheat(rewrite(lambda b, i: np.minimum(b, [320, 240, 320, 240])), UNSEEN),
        "grow_the_image": Cheat(resize(lambda h, w: (h + 10, w + 10)), "이미지의 크기는 사진이"),
    },
    "empty_image_crashes": {
        "numbered_images": Cheat(keep(lambda b, i: np.full(len(b), i not in (2, 6, 11))), UNSEEN),
        "alone_is_filler": Cheat(keep(lambda b, i: np.full(len(b), len(b) > 1)), UNSEEN),
        "widen_the_filler": Cheat(rewrite(lambda b, i: at_least(b, 24)), "물체가 아닌 박스가 3개"),
        "corner_is_filler": Cheat(keep(lambda b, i: (b[:, :2] > 40).any(axis=1)), OUT),
    },
    "lying_anchors": {
        "default_ratios": Cheat(regrid(8, [36, 50, 70]), NEW),
        "carpet": Cheat(regrid(1, [36, 50, 70], [2.5, 3.2, 4]), BUDGET),
        "memorised": Cheat(memorised, NEW),
        "written_numbers": Cheat(regrid(8, [36, 50, 70], [2.5, 3.2, 4]), UNSEEN),
        "both_ways": Cheat(regrid(8, [36, 50, 70], [2.5, 3.2, 4, 1 / 2.5, 1 / 3.2, 1 / 4]), BUDGET),
    },
    "right_in_the_tool": {
        "written_size": Cheat(resize(lambda h, w: (320, 240)), UNSEEN),
        "square": Cheat(resize(lambda h, w: (max(h, w),) * 2), "크기가 사진과 다릅니다"),
        "only_offenders": Cheat(turn_offenders, "크기가 사진과 다릅니다"),
        "transpose_boxes": Cheat(rewrite(lambda b, i: b[:, [1, 0, 3, 2]]), BOXES),
    },
    "missing_class": {
        "clip_numbers": Cheat(relabel(lambda n: np.clip(n, 1, 3)), UNSEEN),
        "written_number": Cheat(relabel(lambda n: np.where(n == 5, 3, n)), UNSEEN),
        "more_outputs": Cheat(lambda p: replace(p, num_classes=100), "모델의 약속입니다"),
        "modulo": Cheat(relabel(lambda n: (n - 1) % 3 + 1), "합쳐졌거나"),
        "drop_the_class": Cheat(lambda p: keep(lambda b, i: p.labels[i] < p.num_classes)(p), OUT),
    },
    "always_background": {
        "merge": Cheat(relabel(lambda n: np.maximum(n, 1)), "합쳐졌거나"),
        "written_number": Cheat(relabel(lambda n: np.where(n == 0, 2, n)), UNSEEN),
        "no_background": Cheat(lambda p: replace(p, background=None), "모델의 약속입니다"),
        "move_background": Cheat(
            lambda p: replace(p, background=p.num_classes - 1), "모델의 약속입니다"
        ),
        "drop_the_class": Cheat(lambda p: keep(lambda b, i: p.labels[i] != p.background)(p), OUT),
    },
    "fits_the_photos": {
        "drop_the_missed": Cheat(drop_missed, OUT),
        "carpet": Cheat(regrid(1, [32, 48, 72, 96]), BUDGET),
        "memorised": Cheat(memorised, NEW),
        "written_numbers": Cheat(regrid(8, [32, 48, 72, 96]), UNSEEN),
        "small_data": Cheat(
            lambda p: replace(
                p,
                grid=AnchorGrid(p.grid.image_size, 8, [32, 48, 72, 96]),
                boxes=tuple(b / 4 for b in p.boxes),
                image_sizes=(p.grid.image_size,) * len(p.boxes),
            ),
            BOXES,
        ),
    },
    "ratios_do_nothing": {
        "carpet": Cheat(regrid(1, [40, 50, 60], [1 / 6, 1 / 5]), BUDGET),
        "memorised": Cheat(memorised, NEW),
        "written_numbers": Cheat(regrid(8, [40, 50, 60], [1 / 6, 1 / 5]), UNSEEN),
        "square_objects": Cheat(
            rewrite(
                lambda b, i: box_convert(
                    np.concatenate([b[:, :2], np.full((len(b), 2), 22.0)], axis=1), "xywh", "xyxy"
                )
            ),
            BOXES,
        ),
    },
    "lost_objects": {
        "all_positive": Cheat(
            relabelled(lambda labels, iou: np.ones_like(labels)), "배경까지 물체로 배웁니다"
        ),
        "no_negatives": Cheat(
            relabelled(lambda labels, iou: np.where(labels == 1, 1, -1)), "음성이 아닙니다"
        ),
        "no_ignored": Cheat(
            relabelled(lambda labels, iou: np.where(labels == 1, 1, 0)), "무시해야 하는데"
        ),
        "low_threshold": Cheat(
            lambda p: replace(p, match=lambda g, gt: match_anchors(g, gt, 0.1, 0.05)),
            "배경까지 물체로 배웁니다",
        ),
        "silent_iou": Cheat(lambda p: replace(p, match=silent), "지어내면"),
        "any_anchor": Cheat(lambda p: replace(p, match=first_anchors), "배경까지 물체로"),
    },
    "self_iou_below_one": {
        "same_object": Cheat(iou_when(lambda a, b: a is b), "IoU가 최대"),
        "same_length": Cheat(iou_when(lambda a, b: len(a) == len(b)), "IoU가 최대"),
        "patched_reference": Cheat(patch_reference, "검사하는 코드(`box_iou`)를 바꾸어"),
        "drop_everything": Cheat(drop_everything, OUT),
    },
    "shifted_results": {
        "plus_eight": Cheat(
            lambda p: replace(p, decode=lambda a, d: decode_boxes(a, d) + 8), "결과를 몇 픽셀 옮겨"
        ),
        "encode_the_shift": Cheat(
            lambda p: replace(p, encode=lambda a, g: encode_boxes(a, g + 8)), "식을 비틀어"
        ),
        "remember_the_truth": Cheat(remembering, "식을 비틀어"),
        "other_anchors": Cheat(tiny_grids, "갈아 끼우지 말고"),
        "written_grid": Cheat(
            lambda p: replace(
                p, decode_anchors=AnchorGrid(p.grid.image_size, 16, [32, 48, 72, 96])
            ),
            UNSEEN,
        ),
    },
}

CHEATS = {name: {**cheats, **everywhere(name)} for name, cheats in SPECIFIC.items()}


# 옳은 고치기: 사건마다 서로 다른 방식들


def by_hand_xywh(p):
    boxes = [np.array([[x, y, x + w, y + h] for x, y, w, h in rows]) for rows in p.boxes]
    return replace(p, boxes=boxes)


def drop_flat_by_loop(p):
    boxes, labels = [], []
    for rows, numbers in zip(p.boxes, p.labels, strict=True):
        good = [k for k, (x1, y1, x2, y2) in enumerate(rows) if x2 - x1 > 0 and y2 - y1 > 0]
        boxes.append(rows[good].reshape(-1, 4))
        labels.append(numbers[good])
    return replace(p, boxes=boxes, labels=labels)


def swap_where_flipped(p):
    boxes = []
    for rows in floats(p):
        for low, high in ((0, 2), (1, 3)):
            bad = rows[:, high] < rows[:, low]
            rows[bad, low], rows[bad, high] = rows[bad, high], rows[bad, low].copy()
        boxes.append(rows)
    return replace(p, boxes=boxes)


def far_is_zero(p):
    return replace(p, boxes=[np.where(b > 60000, 0, b + 1.0) for b in floats(p)])


def settings(p, **change):
    config = {**p.config, **change}
    return replace(p, grid=AnchorGrid(p.grid.image_size, **config))


def input_boxes(p):
    pairs = zip(floats(p), p.image_sizes, strict=True)
    boxes = np.concatenate(
        [rows * min(np.divide(p.grid.image_size, size)) for rows, size in pairs if len(rows)]
    )
    return boxes[:, 2:] - boxes[:, :2]


def from_the_data(count=3, stride=None):
    """물체에서 잰 크기와 종횡비로 앵커를 다시 정합니다."""

    def repair(p):
        size = input_boxes(p)
        at = np.linspace(0.1, 0.9, count)
        strides = p.config["strides"] if stride is None else stride(size)
        scales = np.quantile(np.sqrt(size.prod(axis=1)), at)
        ratios = np.quantile(size[:, 1] / size[:, 0], [0.1, 0.5, 0.9])
        return replace(p, grid=AnchorGrid(p.grid.image_size, strides, scales, ratios))

    return repair


def turn_the_cells(p):
    levels = [
        replace(level, cell_anchors=level.cell_anchors[:, [1, 0, 3, 2]]) for level in p.grid.levels
    ]
    return replace(p, grid=AnchorGrid.from_levels(p.grid.image_size, levels))


def halve_until_small(p):
    return settings(p, strides=[s / 8 for s in p.config["strides"]])


def measured_and_rounded(p):
    sides = np.sqrt(input_boxes(p).prod(axis=1))
    return settings(p, scales=[round(float(np.percentile(sides, q))) for q in (10, 35, 65, 90)])


def over_sizes(p):
    boxes = []
    for rows, (h, w) in zip(p.boxes, p.image_sizes, strict=True):
        boxes.append(np.stack([rows[:, 0] / w, rows[:, 1] / h, rows[:, 2] / w, rows[:, 3] / h], 1))
    return replace(p, boxes=boxes)


def clip_by_hand(p):
    pairs = zip(floats(p), p.image_sizes, strict=True)
    return replace(p, boxes=[np.clip(rows, 0, [w, h, w, h]) for rows, (h, w) in pairs])


def minimum_by_loop(p):
    boxes = []
    for rows, (h, w) in zip(floats(p), p.image_sizes, strict=True):
        boxes.append([[x1, y1, min(x2, w), min(y2, h)] for x1, y1, x2, y2 in rows])
    return replace(p, boxes=[np.reshape(rows, (-1, 4)) for rows in boxes])


def lookup(p):
    order = sorted(set(np.concatenate(p.labels).tolist()))
    table = {number: place for place, number in enumerate(order, start=1)}
    return replace(p, labels=[np.array([table[int(n)] for n in rows], int) for rows in p.labels])


def one_per_truth(grid, gt):
    """정답마다 최고 앵커 하나를 강제로. 그 앵커는 그 정답을 맡습니다(SSD의 방식)."""
    iou = box_iou(grid.boxes, gt)
    top, owner = iou.max(axis=1), iou.argmax(axis=1)
    labels = np.where(top >= 0.7, 1, np.where(top < 0.3, 0, -1))
    best = iou.argmax(axis=0)
    labels[best], owner[best] = 1, np.arange(len(gt))
    return SimpleNamespace(labels=labels, matched_gt=owner, iou_max=top)


def isclose_match(grid, gt):
    iou = box_iou(grid.boxes, gt)
    top, owner = iou.max(axis=1), iou.argmax(axis=1)
    labels = np.where(top >= 0.7, 1, np.where(top < 0.3, 0, -1))
    labels[np.isclose(iou, iou.max(axis=0), rtol=0, atol=1e-9).any(axis=1)] = 1
    return SimpleNamespace(labels=labels.tolist(), matched_gt=owner, iou_max=top)


def loop_iou(a, b):
    out = np.zeros((len(a), len(b)))
    for i, (ax1, ay1, ax2, ay2) in enumerate(a):
        for j, (bx1, by1, bx2, by2) in enumerate(b):
            inner = max(0, min(ax2, bx2) - max(ax1, bx1)) * max(0, min(ay2, by2) - max(ay1, by1))
            area = (ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1)
            out[i, j] = inner / (area - inner)
    return out


def train_at_the_corner(p):
    return replace(p, grid=p.decode_anchors)


STYLES = {
    "nan_loss": (lambda p: replace(p, fmt="xywh"), by_hand_xywh),
    "refused_boxes": (drop_flat_by_loop, keep(positive)),
    "loss_spikes": (swap_where_flipped, rewrite(lambda b, i: ordered(b))),
    "late_nan": (far_is_zero, lambda p: replace(p, boxes=[b + b.dtype.type(1) for b in p.boxes])),
    "small_never_found": (halve_until_small, from_the_data(3, lambda s: s.mean() / 3.5)),
    "zero_recall": (measured_and_rounded, from_the_data(3)),
    "dropped_images": (over_sizes, lambda p: replace(p, fmt="cxcywh")),
    "augmentation_refuses": (clip_by_hand, minimum_by_loop),
    "empty_image_crashes": (keep(positive), keep(lambda b, i: b.any(axis=1))),
    "lying_anchors": (turn_the_cells, from_the_data(3)),
    "right_in_the_tool": (
        resize(lambda h, w: [w, h]),
        lambda p: replace(p, image_sizes=[size[::-1] for size in p.image_sizes]),
    ),
    "missing_class": (
        lookup,
        lambda p: replace(
            p,
            labels=np.split(
                np.unique(np.concatenate(p.labels), return_inverse=True)[1] + 1,
                np.cumsum([len(n) for n in p.labels])[:-1],
            ),
        ),
    ),
    "always_background": (relabel(lambda n: n + 1), lookup),
    "fits_the_photos": (measured_and_rounded, from_the_data(4)),
    "ratios_do_nothing": (lambda p: settings(p), from_the_data(3)),
    "lost_objects": (
        lambda p: replace(p, match=one_per_truth),
        lambda p: replace(p, match=isclose_match),
    ),
    "self_iou_below_one": (lambda p: replace(p, iou=loop_iou), lambda p: replace(p, iou=box_iou)),
    "shifted_results": (lambda p: replace(p, decode_anchors=p.grid), train_at_the_corner),
}
