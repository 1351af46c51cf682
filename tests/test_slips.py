"""학습자가 쓸 법한 별난 답은 통과하고, 흔한 실수는 저마다 제 힌트를 받습니다."""

import functools
import heapq
import inspect
import itertools
import math
from collections import Counter
from contextlib import nullcontext

import numpy as np
import pytest
from right_answers import STYLES

import anchorbox_utils as ab
from anchorbox_utils.homework import (
    EXERCISES,
    check,
    engine,
    grade,
    offsets_in_words,
    personal_boxes,
    personal_log,
    progress,
)

pytestmark = pytest.mark.usefixtures("verdicts_only")

# ── 별나지만 옳은 답 ────────────────────────────────────────────────────────────────────────


class Box:
    def __init__(self, x1, y1, x2, y2):
        self.w, self.h = x2 - x1, y2 - y1
        self.x, self.y = x1 + self.w / 2, y1 + self.h / 2

    def offsets_to(self, other):
        return (
            *((other.x - self.x) / self.w, (other.y - self.y) / self.h),
            *(math.log(other.w / self.w), math.log(other.h / self.h)),
        )


def encode_with_class(anchors, gt_boxes):
    return [Box(*a).offsets_to(Box(*g)) for a, g in zip(anchors, gt_boxes, strict=True)]


def encode_forgetting_the_columns(anchors, gt_boxes):
    return np.array(encode_with_class(anchors, gt_boxes))


def encode_with_transpose(anchors, gt_boxes):
    (a, b, c, d), (e, f, g, h) = anchors.T, gt_boxes.T
    wa, ha, w, k = c - a, d - b, g - e, h - f
    rows = [(e + w / 2 - a - wa / 2) / wa, (f + k / 2 - b - ha / 2) / ha]
    return np.array([*rows, np.log(w / wa), np.log(k / ha)]).T


def encode_with_ufuncs(anchors, gt_boxes):
    split = functools.partial(np.split, indices_or_sections=2, axis=1)
    (low_a, high_a), (low, high) = split(anchors), split(gt_boxes)
    size_a, size = np.subtract(high_a, low_a), np.subtract(high, low)
    moved = np.divide(np.subtract(np.add(low, high), np.add(low_a, high_a)), 2)
    return np.asfortranarray(np.block([np.divide(moved, size_a), np.log(np.divide(size, size_a))]))


def encode_with_vectorize(anchors, gt_boxes):
    if anchors.shape[0] == 0:
        return np.empty((0, 4))

    @np.vectorize
    def one(i, j):
        a, g = anchors[i], gt_boxes[i]
        k = j % 2
        size_a, size = a[k + 2] - a[k], g[k + 2] - g[k]
        return math.log(size / size_a) if j > 1 else (g[k] + size / 2 - a[k] - size_a / 2) / size_a

    return one(np.arange(len(anchors))[:, None], np.arange(4))


def _cached(function):
    return functools.lru_cache(maxsize=None)(function)


@_cached
def _side(low_a, high_a, low, high):
    return (
        (low + high - low_a - high_a) / 2 / (high_a - low_a),
        math.log2((high - low) / (high_a - low_a)) / math.log2(math.e),
    )


def encode_with_own_helper(anchors, gt_boxes, side=_side):
    def rows():
        for (a, b, c, d), (e, f, g, h) in zip(anchors, gt_boxes, strict=True):
            (tx, tw), (ty, th) = side(a, c, e, g), side(b, d, f, h)
            yield tx, ty, tw, th

    return tuple(rows())


def decode_with_complex(anchors, deltas):
    corner = anchors[:, ::2] + 1j * anchors[:, 1::2]
    span = corner[:, 1] - corner[:, 0]
    center = corner.mean(axis=1) + deltas[:, 0] * span.real + 1j * deltas[:, 1] * span.imag
    half = (span.real * np.exp(deltas[:, 2]) + 1j * span.imag * np.exp(deltas[:, 3])) / 2
    return np.stack([f(z) for z in (center - half, center + half) for f in (np.real, np.imag)], 1)


def decode_with_bare_loop(anchors, deltas):
    out = []
    for (a, b, c, d), (tx, ty, tw, th) in zip(anchors.tolist(), deltas.tolist(), strict=True):
        w, h = (c - a) * math.e**tw, (d - b) * math.e**th
        x, y = (a + c) / 2 + tx * (c - a), (b + d) / 2 + ty * (d - b)
        out.append([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
    return np.array(out)


def convert_with_mean_and_ptp(boxes):
    pairs = np.asarray(boxes).reshape(-1, 2, 2)
    return np.hstack([pairs.mean(axis=1), np.ptp(pairs, axis=1)])


def convert_with_einsum(boxes):
    weights = np.array([[0.5, -1], [0.5, 1]])
    return np.einsum("nck,cm->nmk", boxes.reshape(-1, 2, 2), weights).reshape(-1, 4)


def targets_with_dict(anchor, gt):
    a, g = (dict(zip("xywh", box, strict=True)) for box in (anchor, gt))
    pairs = ("xw", "yh")
    return [(g[p] - a[p]) / a[q] for p, q in pairs] + [math.log(g[q] / a[q]) for _, q in pairs]


def iou_with_product(boxes1, boxes2):
    def overlap(low1, high1, low2, high2):
        return max(min(high1, high2) - max(low1, low2), 0)

    values = []
    for (a, b, c, d), (e, f, g, h) in itertools.product(boxes1, boxes2):
        inner = overlap(a, c, e, g) * overlap(b, d, f, h)
        union = (c - a) * (d - b) + (g - e) * (h - f) - inner
        values.append(inner / union if union else 0.0)
    return np.reshape(values, (len(boxes1), len(boxes2)))


def iou_with_meshgrid(boxes1, boxes2):
    i, j = np.meshgrid(np.arange(len(boxes1)), np.arange(len(boxes2)), indexing="ij")
    a, b = boxes1[i], boxes2[j]
    side = np.fmax(np.fmin(a[..., 2:], b[..., 2:]) - np.fmax(a[..., :2], b[..., :2]), 0)
    inner = side[..., 0] * side[..., 1]
    union = sum((c[..., 2] - c[..., 0]) * (c[..., 3] - c[..., 1]) for c in (a, b)) - inner
    return np.divide(inner, union, out=np.zeros(inner.shape), where=union > 0)


def labels_with_arithmetic(iou_max, pos_thr, neg_thr):
    return (iou_max >= pos_thr).astype(int) * 2 + (iou_max < neg_thr) - 1


def labels_with_digitize(iou_max, pos_thr, neg_thr):
    return np.array([0, -1, 1])[np.digitize(iou_max, [neg_thr, pos_thr])]


def labels_with_bare_loop(iou_max, pos_thr, neg_thr):
    out = []
    for value in iou_max:
        if value < neg_thr:
            out.append(0)
        elif value < pos_thr:
            out.append(-1)
        else:
            out.append(1)
    return np.array(out)


def force_with_outer(iou, labels):
    best = np.max(iou, axis=0, initial=0)
    chosen = ((iou == best) & (iou > 0)).any(axis=1)
    return np.where(chosen, 1, labels)


def force_with_argwhere(iou, labels):
    out = np.array(labels)
    for gt in range(iou.shape[-1]):
        column = iou[..., gt]
        peak = np.amax(column)
        for (row,) in np.argwhere(np.logical_and(column == peak, peak > 0)):
            out[row] = 1
    return out


def count_with_counter(iou_max, pos_thr, neg_thr):
    names = ("pos" if v >= pos_thr else "neg" if v < neg_thr else "ignore" for v in iou_max)
    counter = Counter(pos=0, neg=0, ignore=0)
    counter.update(names)
    return counter


def count_with_numpy_integers(iou_max, pos_thr, neg_thr):
    pos, neg = np.count_nonzero(iou_max >= pos_thr), np.count_nonzero(iou_max < neg_thr)
    return {
        "pos": np.int32(pos),
        "neg": np.int64(neg),
        "ignore": np.int64(iou_max.size - pos - neg),
    }


def find_with_reduce(boxes, image_size):
    (height, width), (x1, y1, x2, y2) = image_size, np.transpose(boxes)
    bad = [x1 < 0, y1 < 0, x2 > width, y2 > height, x2 <= x1, y2 <= y1]
    return np.logical_or.reduce([*bad, np.isnan(boxes.sum(axis=1)), np.isinf(boxes).any(axis=1)])


def find_with_list(boxes, image_size):
    height, width = image_size
    return [not (0 <= a < c <= width and 0 <= b < d <= height) for a, b, c, d in boxes.tolist()]


def mine_with_heap(labels, losses, negative_ratio):
    out = labels.tolist()
    keep = heapq.nlargest(
        negative_ratio * out.count(1), (i for i, n in enumerate(out) if n == 0), losses.__getitem__
    )
    return np.array([-1 if n == 0 and i not in keep else n for i, n in enumerate(out)])


def rank_with_bubbles(deltas):
    effort = [abs(a) + abs(b) + abs(c) + abs(d) for a, b, c, d in deltas]
    order = list(range(len(effort)))
    for end, i in itertools.product(range(len(order)), range(len(order) - 1)):
        if effort[order[i]] > effort[order[i + 1]]:
            order[i], order[i + 1] = order[i + 1], order[i]
        del end
    return np.array(order)


def rank_with_sqrt_of_squares(deltas):
    return np.lexsort([np.sqrt(deltas**2) @ np.ones(4)])


def nms_with_heap(boxes, scores, iou_threshold):
    heap = [(-score, i) for i, score in enumerate(scores.tolist())]
    heapq.heapify(heap)
    kept = []
    while heap:
        _, i = heapq.heappop(heap)
        if not kept or iou_with_meshgrid(boxes[[i]], boxes[kept]).max() <= iou_threshold:
            kept.append(i)
    return np.array(kept, dtype=int)


def nms_with_sorted_matrix(boxes, scores, iou_threshold):
    order = np.argsort(scores)[::-1]
    near = np.triu(iou_with_meshgrid(boxes[order], boxes[order]) > iou_threshold, 1)
    alive = np.ones(len(order), dtype=bool)
    for place in range(len(order)):
        alive[near[place] & alive[place]] = False
    return order[alive]


def match_with_copy(iou, iou_threshold):
    iou, hits = iou.copy(), []
    for row in iou:
        hits.append(row.size > 0 and row.max() >= iou_threshold)
        if hits[-1]:
            iou[:, row.argmax()] = -1
    return np.array(hits, dtype=bool)


UNUSUAL = {
    "encode_boxes": (
        *(encode_with_class, encode_forgetting_the_columns, encode_with_transpose),
        *(encode_with_ufuncs, encode_with_vectorize, encode_with_own_helper),
        functools.partial(encode_with_own_helper, side=_side),
    ),
    "decode_boxes": (decode_with_complex, decode_with_bare_loop),
    "xyxy_to_cxcywh": (convert_with_mean_and_ptp, convert_with_einsum),
    "personal_targets": (targets_with_dict,),
    "box_iou": (iou_with_product, iou_with_meshgrid),
    "assign_anchor_labels": (labels_with_arithmetic, labels_with_digitize, labels_with_bare_loop),
    "force_match": (force_with_outer, force_with_argwhere),
    "count_labels": (count_with_counter, count_with_numpy_integers),
    "find_bad_boxes": (find_with_reduce, find_with_list),
    "hard_negative_mining": (mine_with_heap,),
    "rank_anchors": (rank_with_bubbles, rank_with_sqrt_of_squares),
    "greedy_nms": (nms_with_heap, nms_with_sorted_matrix),
    "match_predictions": (match_with_copy,),
}


def _names(pair):
    return getattr(pair, "__name__", None) if callable(pair) else str(pair)


@pytest.mark.parametrize(
    ("name", "answer"),
    [(name, answer) for name, answers in UNUSUAL.items() for answer in answers],
    ids=_names,
)
def test_unusual_right_answers_pass(name, answer):
    for seed in range(4):
        result = check(name, answer, seed)
        assert result.passed, result
    assert grade(name, answer).passed


def _forgetting(right, empty):
    """결과가 비었을 때 모양을 잊은 ``empty``를 돌려주는 답."""

    @functools.wraps(right)
    def answer(*args):
        value = np.asarray(right(*args))
        return value if value.size else empty

    return answer


# 결과가 빈 배열이 되는 문제마다, 그런 첫째 경우의 모양.
EMPTY_SHAPES = {
    "xyxy_to_cxcywh": "(0, 4)",
    "encode_boxes": "(0, 4)",
    "safe_encode_boxes": "(0, 4)",
    "decode_boxes": "(0, 4)",
    "decode_to_original": "(0, 4)",
    "box_iou": "(3, 0)",
    "box_ioa": "(3, 0)",
    "shape_iou": "(0, 3)",
    "fix_boxes": "(0, 4)",
    "normalize_deltas": "(0, 4)",
}


@pytest.mark.parametrize("name", EMPTY_SHAPES)
@pytest.mark.parametrize("empty", [np.array([]), np.zeros(0, "f4"), np.zeros(0, int), [], ()])
def test_an_empty_result_without_columns_passes_with_a_note(name, empty):
    answer = _forgetting(STYLES[name][0], empty)
    for result in (check(name, answer), grade(name, answer)):
        assert result.passed, result
        notes = [text for label, text in result.details if "빈 결과" in text]
        assert len(notes) == 1 and EMPTY_SHAPES[name] in notes[0]


@pytest.mark.parametrize("name", ["assign_anchor_labels", "label_with_ignore", "rank_anchors"])
def test_an_empty_result_of_one_axis_is_only_told_about_its_kind(name):
    plain = _forgetting(STYLES[name][0], [])
    of_floats = _forgetting(STYLES[name][0], np.array([]))
    assert check(name, plain).passed and "빈 결과" not in str(check(name, plain))
    assert check(name, of_floats).passed and "정수 배열" in str(check(name, of_floats))


def test_an_empty_result_that_should_hold_something_does_not_pass():
    def nothing(anchors, gt_boxes):
        return np.array([])

    result = check("encode_boxes", nothing)
    assert result.status == "failed" and "(0,)" in result.message


# ── 흔한 실수, 학습자가 쓰는 대로 ───────────────────────────────────────────────────────────


def _parts(box):
    w, h = box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]
    return box[:, 0] + w / 2, box[:, 1] + h / 2, w, h


def _encode(**lines):
    """네 줄 가운데 일부를 바꾸어 쓴 인코딩. 줄은 학습자가 쓰는 식 그대로입니다."""
    usual = {
        "t_x": "(x - x_a) / w_a",
        "t_y": "(y - y_a) / h_a",
        "t_w": "np.log(w / w_a)",
        "t_h": "np.log(h / h_a)",
    }
    body = ", ".join((usual | lines).values())
    return eval("lambda x_a, y_a, w_a, h_a, x, y, w, h: (" + body + ")", {"np": np, "math": math})


def _on_boxes(formula, parts=_parts):
    def encode(anchors, gt_boxes):
        return np.stack(formula(*parts(anchors), *parts(gt_boxes)), axis=1)

    return encode


def _floored(box):
    return ((box[:, 0] + box[:, 2]) // 2, (box[:, 1] + box[:, 3]) // 2, *_parts(box)[2:])


SLIPS = {
    "divided_before_subtracting": {"t_x": "x - x_a / w_a", "t_y": "y - y_a / h_a"},
    "y_flipped": {"t_y": "(y_a - y) / h_a"},
    "swapped_anchor_gt": {
        "t_x": "(x_a - x) / w",
        "t_y": "(y_a - y) / h",
        "t_w": "np.log(w_a / w)",
        "t_h": "np.log(h_a / h)",
    },
    "log_before_division": {"t_w": "np.log(w) / w_a", "t_h": "np.log(h) / h_a"},
    "vertical_shift_by_width": {"t_y": "(y - y_a) / w_a"},
    "horizontal_shift_by_height": {"t_x": "(x - x_a) / h_a"},
    "denominators_exchanged": {"t_x": "(x - x_a) / h_a", "t_y": "(y - y_a) / w_a"},
    "height_over_width": {"t_h": "np.log(h / w_a)"},
    "vertical_copied": {"t_y": "(x - x_a) / w_a", "t_h": "np.log(w / w_a)"},
    "ratio_of_logs": {"t_w": "np.log(w) / np.log(w_a)", "t_h": "np.log(h) / np.log(h_a)"},
    "no_log": {"t_w": "w / w_a", "t_h": "h / h_a"},
    "log10": {"t_w": "np.log10(w / w_a)", "t_h": "np.log10(h / h_a)"},
    "log2": {"t_w": "np.log2(w / w_a)", "t_h": "np.log2(h / h_a)"},
    "not_divided": {"t_x": "x - x_a", "t_y": "y - y_a"},
}


@pytest.mark.parametrize("misconception", SLIPS)
def test_a_slip_in_the_formula_is_recognised_in_every_exercise_that_has_it(
    misconception, monkeypatch
):
    formula = _encode(**SLIPS[misconception])
    answers = {
        "encode_boxes": _on_boxes(formula),
        "safe_encode_boxes": _on_boxes(formula),
        "personal_targets": lambda anchor, gt: formula(*anchor, *gt),
    }
    for secret in ("봄", "가을 2026", "8675309"):
        monkeypatch.setenv("ANCHORBOX_SEED", secret)
        for name, answer in answers.items():
            for result in (check(name, answer), grade(name, answer)):
                assert result.misconception == misconception, result


def _decode(
    corners="x - w / 2, y - h / 2, x + w / 2, y + h / 2",
    x="(x1 + x2) / 2 + tx * (x2 - x1)",
    y="(y1 + y2) / 2 + ty * (y2 - y1)",
    w="(x2 - x1) * np.exp(tw)",
    h="(y2 - y1) * np.exp(th)",
):
    source = f"""
def decode(anchors, deltas):
    x1, y1, x2, y2 = anchors.T
    tx, ty, tw, th = deltas.T
    x, y = {x}, {y}
    w, h = {w}, {h}
    return np.stack([{corners}], axis=1)
"""
    namespace = {"np": np}
    exec(source, namespace)
    return namespace["decode"]


def _iou(body):
    def iou(boxes1, boxes2):
        out = np.zeros((len(boxes1), len(boxes2)))
        for i, (a, b, c, d) in enumerate(boxes1):
            for j, (e, f, g, h) in enumerate(boxes2):
                w, n = min(c, g) - max(a, e), min(d, h) - max(b, f)
                out[i, j] = body(w, n, (c - a) * (d - b), (g - e) * (h - f))
        return out

    return iou


def _choose(candidates):
    def choose(iou_max, min_positive_rate, max_ignore_rate):
        pos_thr = candidates[0]
        for t in candidates:
            if (iou_max >= t).mean() >= min_positive_rate:
                pos_thr = t
        for neg_thr in candidates:
            between = (iou_max >= neg_thr) & (iou_max < pos_thr)
            if neg_thr <= pos_thr and between.mean() <= max_ignore_rate:
                return pos_thr, neg_thr
        return pos_thr, pos_thr

    return choose


def _count(positive, negative, ignore):
    def count(iou_max, pos_thr, neg_thr):
        names = {"iou_max": iou_max, "pos_thr": pos_thr, "neg_thr": neg_thr}
        tests = {"pos": positive, "neg": negative, "ignore": ignore}
        return {name: int(eval(test, names).sum()) for name, test in tests.items()}

    return count


def unflipped_only(boxes, fmt):
    a, b = boxes[:, :2], boxes[:, 2:]
    if fmt == "xywh":
        b = a + b
    if fmt == "cxcywh":
        a, b = a - b / 2, a + b / 2
    return np.hstack([np.minimum(a, b), np.maximum(a, b)])


def fixed_with_box_convert(boxes, fmt):
    boxes = ab.box_convert(boxes, fmt, "xyxy")
    a, b = boxes[:, :2], boxes[:, 2:]
    fixed = np.hstack([np.minimum(a, b), np.maximum(a, b)])
    return fixed[np.isfinite(fixed).all(axis=1) & (fixed[:, :2] < fixed[:, 2:]).all(axis=1)]


def _recall_over(axis, passes):
    """빈 입력을 생각하지 않은 재현율. ``axis``로 최댓값을 구하고 ``passes``로 견줍니다."""
    return lambda iou, thresholds: np.array(
        [passes(iou.max(axis=axis), threshold).mean() for threshold in thresholds]
    )


def recall_of_pairs(iou, thresholds):
    return np.array([(iou >= threshold).mean() for threshold in thresholds])


def _nearest(inner):
    """겹친 너비 w와 높이 n에서 ``inner``로 넓이를 구하는 답."""
    overlap = eval("lambda w, n: " + inner)

    def nearest(boxes, rows):
        out = np.zeros((len(boxes), len(rows)))
        for i, (x1, y1, x2, y2) in enumerate(boxes):
            for k, (stride, scale, ratio) in enumerate(rows):
                w, h = scale / ratio**0.5, scale * ratio**0.5
                x = ((x1 + x2) / 2 // stride + 0.5) * stride
                y = ((y1 + y2) / 2 // stride + 0.5) * stride
                wide = min(x2, x + w / 2) - max(x1, x - w / 2)
                tall = min(y2, y + h / 2) - max(y1, y - h / 2)
                area = overlap(wide, tall)
                out[i, k] = area / ((x2 - x1) * (y2 - y1) + w * h - area)
        return out

    return nearest


def _letterbox(back):
    """디코딩은 옳고 마지막 줄만 ``back``인 답. c는 (N, 4) 모서리, s는 배율, p는 여백입니다."""
    decode = _decode()
    last = eval("lambda c, s, p: " + back, {"np": np})

    def original(anchors, deltas, scale, pad):
        return last(decode(anchors, deltas), scale, pad)

    return original


def _ioa(share):
    """박스와 영역의 짝마다 ``share``를 구하는 답. w와 n은 덮인 변, p와 q는 두 넓이입니다."""

    def ioa(boxes, regions):
        return _iou(share)(boxes, regions)

    return ioa


LABEL_LINES = {
    "best": "iou.max(axis=1, initial=0)",
    "covered": "ioa.max(axis=1, initial=0)",
    "start": "np.full(len(iou), -1)",
}


def _label(*lines, **changed):
    """첫 세 줄 가운데 일부를 바꾸고 ``lines``를 이어 쓴 라벨 함수."""
    usual = LABEL_LINES | changed
    body = [
        f"best, covered, labels = {usual['best']}, {usual['covered']}, {usual['start']}",
        *lines,
        "return labels",
    ]
    namespace = {"np": np}
    exec("def f(iou, ioa, pos_thr, neg_thr, ignore_thr):\n " + "\n ".join(body), namespace)
    return namespace["f"]


POSITIVE = "labels[best >= pos_thr] = 1"
BACKGROUND = "labels[(best < neg_thr) & (covered < ignore_thr)] = 0"


def _by_size(owned, small="o < 1024", medium="(o >= 1024) & (o < 9216)", count="({}).sum()"):
    """크기마다 세는 답. ``owned``는 앵커가 맡은 정답의 넓이 o를 구하는 식입니다."""
    parts = {"small": small, "medium": medium, "large": "o >= 9216"}
    body = ", ".join(f"{name!r}: int({count.format(mask)})" for name, mask in parts.items())
    source = f"lambda iou, areas, pos_thr: (lambda o: {{{body}}})({owned})"
    return eval(source, {"np": np})


OWNED = "areas[iou.argmax(1)][iou.max(1) >= pos_thr] if len(areas) else areas"


def _share(inner, area1, area2):
    union = area1 + area2 - inner
    return inner / union if union else 0


def _encode_sized(size):
    """한 행씩, 변의 길이를 ``size``로 고쳐 쓰는 인코딩."""

    def wrong(anchors, gt_boxes):
        rows = []
        for (a, b, c, d), (e, f, g, h) in zip(anchors, gt_boxes, strict=True):
            sides = [
                ((a + c) / 2, c - a, (e + g) / 2, g - e),
                ((b + d) / 2, d - b, (f + h) / 2, h - f),
            ]
            moves = [(x - xa) / size(wa) for xa, wa, x, w in sides]
            rows.append([*moves, *(math.log(size(w) / size(wa)) for xa, wa, x, w in sides)])
        return np.reshape(rows, (-1, 4))

    return wrong


def overwritten_center(boxes, fmt):
    x1, y1, x2, y2 = boxes.T.astype(float)
    if fmt == "xywh":
        x2, y2 = x1 + x2, y1 + y2
    if fmt == "cxcywh":
        x1, y1 = x1 - x2 / 2, y1 - y2 / 2
        x2, y2 = x1 + x2 / 2, y1 + y2 / 2
    rows = [
        [min(a, c), min(b, d), max(a, c), max(b, d)] for a, b, c, d in np.stack([x1, y1, x2, y2], 1)
    ]
    rows = [r for r in rows if np.isfinite(r).all() and r[0] < r[2] and r[1] < r[3]]
    return np.array(rows).reshape(-1, 4)


def _recall(best, share="{}", order="thr"):
    mean = share.format("(best >= t).mean()")
    source = f"""
def recall(iou, thr):
    best = {best}
    return np.array([{mean} if best.size else 0.0 for t in {order}])
"""
    namespace = {"np": np}
    exec(source, namespace)
    return namespace["recall"]


def _shape(formula, kind=float):
    value = eval(f"lambda i, p, q: {formula}", {})

    def shape_iou(shapes1, shapes2):
        out = np.zeros((len(shapes1), len(shapes2)), dtype=kind)
        for n, (a, b) in enumerate(shapes1):
            for m, (c, d) in enumerate(shapes2):
                out[n, m] = value(min(a, c) * min(b, d), a * b, c * d)
        return out

    return shape_iou


def _count_rows(cells):
    value = eval(f"lambda h, w, s: {cells}", {})
    return lambda rows, size: int(sum(value(*size, s) for s, *_ in rows.tolist()))


def _nearest_with_sides(width, height):
    sides = eval(f"lambda s, r: ({width}, {height})", {})

    def nearest(boxes, rows):
        out = np.zeros((len(boxes), len(rows)))
        for i, (x1, y1, x2, y2) in enumerate(boxes.astype(float)):
            for k, (t, s, r) in enumerate(rows.astype(float)):
                x, y = (((low + high) / 2 // t + 0.5) * t for low, high in ((x1, x2), (y1, y2)))
                w, h = sides(s, r)
                across = max(min(x2, x + w / 2) - max(x1, x - w / 2), 0)
                down = max(min(y2, y + h / 2) - max(y1, y - h / 2), 0)
                inner = across * down
                out[i, k] = inner / ((x2 - x1) * (y2 - y1) + w * h - inner)
        return out

    return nearest


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("name", "answer", "misconception"),
    [
        ("encode_boxes", _on_boxes(_encode(), _floored), "floor_division"),
        *(
            ("safe_encode_boxes", _encode_sized(size), name)
            for size, name in (
                (lambda side: side + 1e-6, "floor_added"),
                (lambda side: side or 1e-6, "only_zero_replaced"),
                (lambda side: max(side, 1e-8), "another_floor"),
            )
        ),
        ("normalize_deltas", lambda d, m, s: d - m / s, "division_before_subtraction"),
        (
            "normalize_deltas",
            lambda d, m, s: (d - np.mean(d, axis=0)) / np.std(d, axis=0),
            "own_statistics",
        ),
        ("box_iou", _iou(lambda w, n, p, q: _share(w * n, p, q)), "negative_times_negative"),
        ("box_iou", _iou(lambda w, n, p, q: _share(max(w * n, 0), p, q)), "clamped_after_product"),
        (
            "box_iou",
            _iou(lambda w, n, p, q: max(w, 0) * max(n, 0) / ((p + q) or 1)),
            "union_counts_overlap_twice",
        ),
        (
            "xyxy_to_cxcywh",
            lambda b: np.array([[(p + r) // 2, (q + s) // 2, r - p, s - q] for p, q, r, s in b]),
            "floor_division",
        ),
        (
            "decode_boxes",
            _decode("x - w // 2, y - h // 2, x + w // 2, y + h // 2"),
            "floor_division",
        ),
        ("decode_boxes", _decode(y="(y1 + y2) / 2 - ty * (y2 - y1)"), "y_flipped"),
        ("decode_boxes", _decode(y="(y1 + y2) / 2 + ty * (x2 - x1)"), "vertical_shift_by_width"),
        ("decode_boxes", _decode(h="(y2 - y1) * th"), None),
        ("decode_boxes", _decode("x - w / 2, y - h / 2, w, h"), "returns_xywh"),
        ("decode_boxes", _decode(w="np.exp(tw)", h="np.exp(th)"), "size_without_anchor"),
        (
            "decode_boxes",
            _decode(x="tx * (x2 - x1)", y="ty * (y2 - y1)"),
            "anchor_center_forgotten",
        ),
        (
            "decode_boxes",
            _decode(x="((x1 + x2) / 2 + tx) * (x2 - x1)", y="((y1 + y2) / 2 + ty) * (y2 - y1)"),
            "added_before_multiplying",
        ),
        ("box_iou", _iou(lambda w, n, p, q: 2 * max(w, 0) * max(n, 0) / ((p + q) or 1)), "dice"),
        (
            "box_iou",
            _iou(lambda w, n, p, q: 100 * _share(max(w, 0) * max(n, 0), p, q)),
            "percent",
        ),
        (
            "xyxy_to_cxcywh",
            lambda b: np.stack([b[:, 0] + b[:, 2] / 2, b[:, 1] + b[:, 3] / 2, *_parts(b)[2:]], 1),
            "half_of_one_corner",
        ),
        (
            "xyxy_to_cxcywh",
            lambda b: np.stack(
                [b[:, :2].mean(1), b[:, 2:].mean(1), b[:, 1] - b[:, 0], b[:, 3] - b[:, 2]], 1
            ),
            "read_as_x1x2y1y2",
        ),
        ("rank_anchors", lambda deltas: np.argsort(np.abs(deltas).sum()), "summed_all"),
        ("rank_anchors", lambda deltas: np.argsort(np.linalg.norm(deltas, axis=1)), "squares"),
        (
            "count_labels",
            _count(
                "iou_max >= pos_thr",
                "iou_max <= neg_thr",
                "(iou_max > neg_thr) & (iou_max < pos_thr)",
            ),
            "inclusive_negative",
        ),
        (
            "count_labels",
            _count(
                "iou_max >= pos_thr",
                "iou_max < neg_thr",
                "(iou_max > neg_thr) & (iou_max < pos_thr)",
            ),
            "boundary_lost",
        ),
        ("choose_thresholds", _choose(np.arange(0.05, 0.95, 0.05)), "last_candidate_missing"),
        ("choose_thresholds", _choose(np.arange(0, 1, 0.05)), "starts_at_zero"),
        ("choose_thresholds", _choose(np.arange(0.05, 1.01, 0.05)), "one_candidate_too_many"),
        ("choose_thresholds", _choose(np.linspace(0.1, 0.9, 9)), "coarse_grid"),
        ("fix_boxes", unflipped_only, "nothing_dropped"),
        ("fix_boxes", fixed_with_box_convert, "box_convert_refuses"),
        ("anchor_recall", _recall_over(1, np.greater_equal), "share_of_anchors"),
        ("anchor_recall", _recall_over(0, np.greater), "strict_threshold"),
        ("anchor_recall", _recall_over(0, np.greater_equal), "empty_has_no_maximum"),
        ("anchor_recall", recall_of_pairs, "share_of_pairs"),
        ("nearest_anchor_iou", _nearest("w * n"), "negative_times_negative"),
        ("nearest_anchor_iou", _nearest("max(w * n, 0)"), "clamped_after_product"),
        ("box_ioa", _ioa(lambda w, n, p, q: w * n / p if p else 0), "negative_times_negative"),
        (
            "box_ioa",
            _ioa(lambda w, n, p, q: max(w * n, 0) / p if p else 0),
            "clamped_after_product",
        ),
        ("box_ioa", _ioa(lambda w, n, p, q: max(w, 0) * n / p if p else 0), "one_axis_clamped"),
        ("box_ioa", _ioa(lambda w, n, p, q: max(w, 0) * max(n, 0) / q), "over_region_area"),
        ("box_ioa", _ioa(lambda w, n, p, q: _share(max(w, 0) * max(n, 0), p, q)), "iou_instead"),
        ("label_with_ignore", _label(POSITIVE, "labels[best < neg_thr] = 0"), "regions_forgotten"),
        (
            "label_with_ignore",
            _label(POSITIVE, "labels[best < neg_thr] = 0", "labels[covered >= ignore_thr] = -1"),
            "positives_ignored_too",
        ),
        (
            "label_with_ignore",
            _label(
                POSITIVE,
                "labels[(covered >= ignore_thr) & (labels == 0)] = -1",
                start="np.zeros(len(iou), int)",
            ),
            "covered_middle_becomes_negative",
        ),
        (
            "label_with_ignore",
            _label(BACKGROUND, POSITIVE, best="iou.max(axis=0)", covered="ioa.max(axis=0)"),
            "wrong_axis",
        ),
        (
            "label_with_ignore",
            _label(BACKGROUND, POSITIVE, covered="ioa.sum(1)"),
            "added_over_regions",
        ),
        ("label_with_ignore", _label(BACKGROUND, POSITIVE, best="iou.sum(1)"), "mean_over_objects"),
        (
            "label_with_ignore",
            _label(BACKGROUND, POSITIVE, best="iou.max(1)"),
            "empty_has_no_maximum",
        ),
        ("positives_by_size", _by_size("areas[np.nonzero(iou >= pos_thr)[1]]"), "pairs_counted"),
        (
            "positives_by_size",
            _by_size("areas[iou.max(0, initial=0) >= pos_thr]"),
            "objects_counted",
        ),
        (
            "positives_by_size",
            _by_size(OWNED, small="o <= 1024", medium="(o > 1024) & (o < 9216)"),
            "inclusive_small",
        ),
        ("positives_by_size", _by_size(OWNED, medium="(o > 1024) & (o < 9216)"), "boundary_lost"),
        ("positives_by_size", _by_size(OWNED, count="len({})"), "length_of_mask"),
        ("positives_by_size", _by_size(OWNED.split(" if")[0]), "empty_has_no_maximum"),
        (
            "personal_box",
            lambda anchor, deltas: [
                *(anchor[:2] + deltas[:2] * anchor[2:]),
                *(anchor[2:] * np.exp(deltas[2:])),
            ],
            "returns_cxcywh",
        ),
        ("decode_to_original", _letterbox("c"), "stayed_on_the_network"),
        ("decode_to_original", _letterbox("np.round((c - [*p, *p]) / s)"), "rounded"),
        ("decode_to_original", _letterbox("c / s - [*p, *p]"), "scale_before_pad"),
        ("decode_to_original", _letterbox("(c - [*p, *p]) * s"), "scale_multiplied"),
        ("decode_to_original", _letterbox("(c - [*p[::-1], *p[::-1]]) / s"), "pad_exchanged"),
        (
            "decode_to_original",
            _letterbox("(c - [p[0], 0, p[0], 0]) / s"),
            "vertical_pad_forgotten",
        ),
        ("decode_to_original", _letterbox("(c - [*p, 0, 0]) / s"), "pad_from_first_corner_only"),
        ("anchor_recall", _recall("iou.max(axis=1)"), "share_of_anchors"),
        ("anchor_recall", _recall("iou.argmax(axis=0)"), "index_instead_of_value"),
        ("anchor_recall", _recall("iou.max(0, initial=0)", "{} * 100"), "percent"),
        (
            "anchor_recall",
            _recall("iou.max(0, initial=0)", order="sorted(thr)"),
            "thresholds_sorted",
        ),
        ("shape_iou", _shape("i / p + q - i"), "no_parentheses"),
        ("shape_iou", _shape("i / p"), "over_one_shape"),
        ("shape_iou", _shape("i / min(p, q)"), "over_one_shape"),
        ("shape_iou", _shape("2 * i / (p + q)"), "dice"),
        ("shape_iou", _shape("100 * i / (p + q - i)"), "percent"),
        ("shape_iou", _shape("i // (p + q - i)"), "floor_division"),
        ("shape_iou", _shape("i / (p + q - i)", kind=int), "floor_division"),
        (
            "find_bad_boxes",
            lambda b, size: (b[:, 2] < b[:, 0]) | (b[:, 3] < b[:, 1]),
            "only_flipped",
        ),
        (
            "find_bad_boxes",
            lambda b, size: (b[:, 2] <= b[:, 0]) | (b[:, 3] <= b[:, 1]),
            "only_flipped",
        ),
        (
            "find_bad_boxes",
            lambda b, size: (
                (b[:, 2:] < b[:, :2]).any(1)
                | (b[:, :2] < 0).any(1)
                | (b[:, 2:] > size[::-1]).any(1)
            ),
            "nan_and_zero_slip_through",
        ),
        ("fix_boxes", overwritten_center, "overwritten_in_sequence"),
        ("count_anchors", _count_rows("(h // s + 1) * (w // s + 1)"), "one_cell_too_many"),
        ("count_anchors", _count_rows("round(h / s) * round(w / s)"), "rounded"),
        ("count_anchors", _count_rows("-(-h // s) * -(-h // s)"), "one_side_squared"),
        (
            "box_ioa",
            _ioa(lambda w, n, p, q: 100 * max(w, 0) * max(n, 0) / p if p else 0),
            "percent",
        ),
        (
            "box_ioa",
            lambda b, r: STYLES["box_ioa"][0](b, r).max(1, initial=0),
            "one_number_per_box",
        ),
        (
            "label_with_ignore",
            _label(BACKGROUND, POSITIVE, best="iou.argmax(1)"),
            "index_instead_of_value",
        ),
        (
            "label_with_ignore",
            _label("labels[(best < neg_thr) & (covered < 0.5)] = 0", POSITIVE),
            "fixed_ignore",
        ),
        (
            "label_with_ignore",
            _label(BACKGROUND, "labels[best >= 0.5] = 1"),
            "fixed_positive",
        ),
        (
            "positives_by_size",
            _by_size(OWNED.split(" if")[0], small="o <= 1024", medium="(o > 1024) & (o < 9216)"),
            "inclusive_small",
        ),
        ("nearest_anchor_iou", _nearest_with_sides("s / r", "s"), "width_is_scale_over_ratio"),
        (
            "nearest_anchor_iou",
            _nearest_with_sides("2 * s / r**0.5", "2 * s * r**0.5"),
            "full_size_from_center",
        ),
        ("decode_boxes", lambda a, d: a + d, "offsets_added_to_corners"),
    ],
)
def test_other_common_slips_are_recognised(name, answer, misconception, monkeypatch):
    for secret in ("봄", "가을 2026"):
        monkeypatch.setenv("ANCHORBOX_SEED", secret)
        for result in (check(name, answer), grade(name, answer)):
            assert not result.passed and result.misconception == misconception, result


def _nms(order="(-scores).argsort()", keep="iou[first, rest] <= iou_threshold"):
    """학습자가 쓰는 대로의 NMS. 차례와 남기는 조건을 바꾸어 쓸 수 있습니다."""
    source = f"""
def nms(boxes, scores, iou_threshold):
    iou = box_iou(boxes, boxes)
    waiting, kept = {order}, []
    while len(waiting):
        first, rest = waiting[0], waiting[1:]
        kept.append(first)
        waiting = rest[{keep}]
    return np.array(kept, dtype=int)
"""
    namespace = {"np": np, "box_iou": iou_with_meshgrid}
    exec(source, namespace)
    return namespace["nms"]


def _match(ask="free & (iou[d] >= thr)", spend="free[best] = False"):
    source = f"""
def match(iou, thr):
    hits, free = np.zeros(len(iou), bool), np.ones(iou.shape[1], bool)
    for d in range(len(iou)):
        candidates = np.flatnonzero({ask})
        if len(candidates):
            best = candidates[iou[d, candidates].argmax()]
            hits[d] = True
            {spend}
    return hits
"""
    namespace = {"np": np}
    exec(source, namespace)
    return namespace["match"]


@pytest.mark.parametrize(
    ("name", "answer", "misconception"),
    [
        ("greedy_nms", _nms(), None),
        ("greedy_nms", _nms(order="scores.argsort()"), "lowest_first"),
        ("greedy_nms", _nms(order="np.arange(len(scores))"), "ignores_scores"),
        ("greedy_nms", _nms(keep="iou[first, rest] < iou_threshold"), "removes_at_the_threshold"),
        ("greedy_nms", _nms(keep="iou[first, rest] > iou_threshold"), "keeps_the_overlapping"),
        ("greedy_nms", _nms(keep="iou[first, rest] == 0"), "any_overlap"),
        ("match_predictions", _match(), None),
        ("match_predictions", _match(ask="iou[d] >= thr"), "truths_are_shared"),
        ("match_predictions", _match(spend="pass"), "truths_are_shared"),
        ("match_predictions", _match(ask="free & (iou[d] > thr)"), "strictly_above"),
        ("match_predictions", _match(ask="free & (iou[d] < thr)"), "threshold_reversed"),
        ("match_predictions", _match(ask="free & (iou[d] > 0)"), "ignores_the_threshold"),
    ],
)
def test_slips_of_nms_and_matching_are_recognised(name, answer, misconception, monkeypatch):
    for secret in ("봄", "가을 2026"):
        monkeypatch.setenv("ANCHORBOX_SEED", secret)
        for result in (check(name, answer), grade(name, answer)):
            assert result.passed == (misconception is None), result
            assert result.misconception == misconception, result


def test_the_hint_for_an_unclipped_overlap_fits_a_negative_iou():
    result = check("box_iou", _iou(lambda w, n, p, q: _share(w * n, p, q)))
    assert "-0.233" in dict(result.details)["돌려준 값"]
    assert "IoU가 음수" in result.hint and "둘 다 음수" in result.hint


def test_two_slips_at_once_are_told_by_column_without_a_guess():
    both = _encode(t_y="(y_a - y) / h_a", t_w="w / w_a", t_h="h / h_a")
    result = check("encode_boxes", _on_boxes(both))
    assert result.misconception is None and result.hint is None
    assert "다른 것: t_y, t_w, t_h (맞은 것: t_x)" in result.message


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("safe_encode_boxes", encode_with_class, "로그에 0"),
        ("encode_boxes", lambda a, g: [[math.log(w - 1e9) for w in row] for row in a], "로그에 0"),
        (
            "encode_boxes",
            _on_boxes(_encode(t_w="math.log(w / w_a)", t_h="math.log(h / h_a)")),
            "`math` 대신 `np`",
        ),
    ],
)
def test_errors_of_math_are_explained(name, answer, words):
    result = check(name, answer)
    assert result.status == "error" and words in result.message, result


def _bad_without_parentheses(boxes, image_size):
    return boxes[:, 2] < boxes[:, 0] | boxes[:, 3] < boxes[:, 1]


def _shifted_in_place(boxes, fmt):
    boxes = np.array([[1, 2, 3, 4]])
    boxes[:, :2] += boxes[:, 2:] / 2
    return boxes


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("find_bad_boxes", _bad_without_parentheses, "먼저 계산됩니다"),
        ("fix_boxes", _shifted_in_place, "정수 배열에 실수를"),
        ("shape_iou", lambda a, b: np.zeros((0, 2)).max(axis=0), "하나도 없을 때의 답"),
    ],
)
def test_errors_of_arrays_are_explained(name, answer, words):
    result = check(name, answer)
    assert result.status == "error" and words in result.message, result


def test_a_branch_that_is_not_written_is_told_with_its_case():
    def half_written(boxes, fmt):
        if fmt == "xyxy":
            return STYLES["fix_boxes"][0](boxes, fmt)
        raise NotImplementedError

    result = check("fix_boxes", half_written)
    assert result.status == "error" and "이 경우를 아직 쓰지 않았습니다" in result.message
    assert "xywh 박스" in dict(result.details)["검사한 경우"]


def test_a_dict_where_an_array_is_asked_does_not_pass():
    def named(anchor, deltas):
        return dict(zip("abcd", STYLES["personal_box"][0](anchor, deltas), strict=True))

    result = check("personal_box", named)
    assert result.status == "failed" and "사전(dict)" in result.message


def test_the_verdict_tells_whose_numbers_passed():
    fn = STYLES["personal_box"][0]
    for judge in (check, grade):
        assert dict(judge("personal_box", fn, number=31).details)["학번"] == "31"
        assert "자기 학번으로" in dict(judge("personal_box", fn, number="20260001").details)["학번"]
    assert "학번" not in dict(check("personal_box", fn).details)
    wrong = check("personal_box", lambda anchor, deltas: anchor, number=31)
    assert "학번" not in dict(wrong.details)


def test_a_lesson_exercise_learnt_by_heart_fails_on_fresh_numbers():
    exercise = EXERCISES["box_iou"]
    known = {
        repr([arg.tolist() for arg in case.args]): exercise.reference(*case.args)
        for case in exercise.cases(np.random.default_rng(0))
    }

    def by_heart(boxes1, boxes2):
        return known.get(repr([boxes1.tolist(), boxes2.tolist()]), np.zeros((1, 1)))

    result = check("box_iou", by_heart)
    assert result.status == "failed" and "새로 뽑은 수" in result.message


def test_math_log_of_an_empty_box_is_told_about_the_floor():
    def no_floor(anchors, gt_boxes):
        rows = []
        for a, g in zip(anchors.tolist(), gt_boxes.tolist(), strict=True):
            wa, ha, w, h = a[2] - a[0], a[3] - a[1], g[2] - g[0], g[3] - g[1]
            x, y = (g[0] + g[2] - a[0] - a[2]) / 2, (g[1] + g[3] - a[1] - a[3]) / 2
            rows.append([x / wa, y / ha, math.log(w / wa), math.log(h / ha)])
        return np.array(rows)

    assert check("encode_boxes", no_floor).passed
    result = check("safe_encode_boxes", no_floor)
    assert result.status == "error" and result.misconception == "no_floor"


# ── 나만의 숫자 ─────────────────────────────────────────────────────────────────────────────


def test_own_numbers_are_checked_first_and_told_in_words_only_after_passing():
    formula = _encode()
    right = check("personal_targets", lambda anchor, gt: formula(*anchor, *gt), number="20260001")
    shown = dict(right.details)
    assert right.passed and "t_x = -0.250" in shown["내 숫자의 오프셋"]
    assert shown["말로 하면"].split("\n") == offsets_in_words(
        [-0.25, 0.2, math.log(2), math.log(1.25)]
    )
    flipped = _encode(t_y="(y_a - y) / h_a")
    wrong = check("personal_targets", lambda anchor, gt: flipped(*anchor, *gt), number=20260001)
    shown = dict(wrong.details)
    assert wrong.misconception == "y_flipped" and "학번 20260001" in shown["검사한 경우"]
    assert "[210, 330, 120, 40]" in shown["넣은 값"] and "말로 하면" not in shown
    assert check("personal_targets", lambda anchor, gt: formula(*anchor, *gt)).details == ()


def test_a_number_is_for_the_exercise_with_own_numbers():
    with pytest.raises(ValueError, match="number: box_iou"):
        check("box_iou", iou_with_product, number=3)
    with pytest.raises(ValueError, match="number: 학번은"):
        check("personal_targets", targets_with_dict, number="스물")
    assert EXERCISES["box_iou"].own is None


@pytest.mark.parametrize(
    ("deltas", "words"),
    [
        ([0, 0, 0, 0], ["가로로는 그대로", "세로로는 그대로", "너비는 그대로", "높이는 그대로"]),
        ([0.004, -0.004, 0.004, -0.004], offsets_in_words([0, 0, 0, 0])),
        (
            [0.2, -0.2, 0.223, -0.693],
            [
                "너비의 20%만큼 오른쪽으로",
                "높이의 20%만큼 위로",
                "너비를 1.25배로",
                "높이를 0.50배로",
            ],
        ),
        (
            [-1.5, 0.01, 0, 0.1],
            [
                "너비의 150%만큼 왼쪽으로",
                "높이의 1%만큼 아래로",
                "너비는 그대로",
                "높이를 1.11배로",
            ],
        ),
    ],
)
def test_offsets_are_said_in_words(deltas, words):
    assert offsets_in_words(deltas) == words
    assert not any("0%만큼" in text and "의 0%" in text for text in words)


# ── 손으로 푸는 문제: 나만의 기록과 박스 ────────────────────────────────────────────────────

BY_HAND = [name for name, exercise in EXERCISES.items() if exercise.by_hand]
STUDENTS = range(20_260_100, 20_260_140)


def _fixed(name, value):
    """계산하지 않고 적어 넣은 답."""
    return eval(f"lambda {', '.join(EXERCISES[name].parameters)}: value", {"value": value})


@pytest.mark.parametrize("name", BY_HAND)
def test_a_typed_in_answer_passes_for_its_own_number_and_is_told_in_words(name):
    exercise = EXERCISES[name]
    for number in STUDENTS:
        right = exercise.reference(*exercise.own.case(number).args)
        for result in (
            check(name, _fixed(name, right), number=number),
            grade(name, _fixed(name, right), number=number),
        ):
            assert result.passed and result.message == "내 숫자의 답이 모두 맞습니다."
            assert result.details
        assert progress(number=number, **{name: _fixed(name, right)}).line.startswith("1/1")


@pytest.mark.heavy
@pytest.mark.parametrize("name", BY_HAND)
def test_a_neighbours_answer_rarely_fits(name):
    exercise = EXERCISES[name]
    answers = [exercise.reference(*exercise.own.case(number).args) for number in STUDENTS]
    lucky = sum(
        check(name, _fixed(name, answer), number=STUDENTS[i - 1]).passed
        for i, answer in enumerate(answers)
    )
    # AP 셋은 고를 수 있는 값이 적어, 남의 답이 맞을 때가 있습니다.
    assert lucky <= {"my_log": 1, "my_hits": 0, "my_ap": 8}[name]


@pytest.mark.heavy
@pytest.mark.parametrize("name", BY_HAND)
def test_one_wrong_answer_by_hand_is_given_a_hint_that_fits(name):
    exercise = EXERCISES[name]
    exact = total = 0
    for number in STUDENTS:
        case = exercise.own.case(number)
        right = exercise.reference(*case.args)
        for misconception in exercise.misconceptions:
            wrong = misconception.wrong(*case.args)
            result = check(name, _fixed(name, wrong), number=number)
            if result.passed:
                # 이 사람의 숫자에서는 그렇게 생각해도 답이 같습니다.
                assert np.allclose(*(_flat(answer) for answer in (wrong, right)), 2e-3, 2e-3)
                continue
            total += 1
            exact += result.misconception == misconception.name
            assert result.misconception is not None, (number, misconception.name)
    # 숫자 몇 개가 우연히 같은 오개념들은 목록의 앞에 있는 것으로 말합니다.
    assert exact >= 0.8 * total


def _flat(answer):
    return np.ravel(list(answer.values()) if isinstance(answer, dict) else answer)


def test_the_personal_log_holds_one_lasting_fault_and_noise():
    reference = EXERCISES["read_log"].reference
    causes = Counter(reference(personal_log(number))["cause"] for number in range(120))
    assert set(causes) == set(range(1, 7))
    for number in STUDENTS:
        assert np.array_equal(personal_log(number), personal_log(str(number)), equal_nan=True)
        with_noise = [m for m in EXERCISES["my_log"].misconceptions if m.name.startswith("one_bad")]
        assert with_noise[0].wrong(personal_log(number)) != reference(personal_log(number))


def test_the_personal_boxes_can_be_worked_out_on_paper():
    for number in STUDENTS:
        boxes, scores, gt_boxes = personal_boxes(number)
        assert boxes.shape == (8, 4) and len(set(scores)) == 8 and len(gt_boxes) in (3, 4)
        everything = np.concatenate([boxes, gt_boxes])
        assert np.array_equal(everything, everything.round()) and everything.min() >= 0
        assert everything.max() < 300
        for a, b in itertools.combinations(everything, 2):
            if ab.box_iou(a[None], b[None]) > 0:
                # 크기가 같고 한 방향으로만 어긋났습니다.
                assert np.array_equal(a[2:] - a[:2], b[2:] - b[:2])
                assert (a[:2] == b[:2]).any()
        scores[:] = 0
        assert personal_boxes(number)[1].all()


@pytest.mark.parametrize("name", ["personal_log", "personal_boxes"])
def test_a_number_that_is_no_number_is_a_korean_value_error(name):
    with pytest.raises(ValueError, match="number: 학번은"):
        getattr(ab, name)("스물")


def test_ap_agrees_with_the_library_where_their_rules_meet():
    rng = np.random.default_rng(0)
    reference = EXERCISES["ap_with_difficult"].reference
    for _ in range(40):
        gt_boxes = np.array([[0, 0, 40, 40], [100, 0, 140, 40], [200, 0, 240, 40]], dtype=float)
        boxes = rng.choice(gt_boxes, 9) + np.tile(rng.uniform(-25, 25, (9, 2)), 2)
        scores = rng.permutation(9) / 9
        iou, ordinary = ab.box_iou(boxes, gt_boxes), np.zeros(3, dtype=bool)
        mine = reference(scores, iou, ordinary, 0.5)
        guesses, truth = [(boxes, scores, [0] * 9)], [(gt_boxes, [0] * 3)]
        (theirs,) = ab.average_precision(guesses, truth, iou_thresholds=[0.5])[0]
        # 101곳에서 재는 것과 모든 곳에서 재는 것은 많아야 계단마다 한 칸쯤 다릅니다.
        assert abs(mine - theirs) < 3 / 101


def test_nms_agrees_with_the_library():
    for seed in range(30):
        for case in EXERCISES["nms_per_class"].cases(np.random.default_rng(seed)):
            *args, limit = case.args
            kept = ab.batched_nms(*args)[:limit]
            assert np.array_equal(EXERCISES["nms_per_class"].reference(*case.args), kept)


# 정답 구현에서 (이 글을) (이렇게) 바꾼 함수들. 하나하나가 약속 하나를 어깁니다.
MUTANTS = {
    "read_log": [
        ("np.median", "np.mean"),
        *(("np.median(box_loss) < np.median(class_loss)", way) for way in (
            "box_loss[0] < class_loss[0]",
            "box_loss[-1] < class_loss[-1]",
        )),
        *(("/ 10", way) for way in ("/ 5", "/ 20")),
        ("np.median(box_loss) <", "np.median(box_loss) <="),
        *(("3 * losses[0]", f"{times} * losses[0]") for times in (2.5, 4)),
        ("losses <= 3", "losses < 3"),
        ("bad[:-2] & bad[1:-1] & bad[2:]", "bad[:-1] & bad[1:]"),
        ("bad[:-2] & bad[1:-1] & bad[2:]", "bad[:-3] & bad[1:-2] & bad[2:-1] & bad[3:]"),
        ("int(lasting[row].argmax())", "2 - int(lasting[row][::-1].argmax())"),
        *(("recall.max() < 0.1", way) for way in (
            "recall[-1] < 0.1",
            "recall.mean() < 0.1",
            "np.median(recall) < 0.1",
            "recall.max() < 0.2",
        )),
        # 원인 6을 5보다 먼저 봅니다.
        ("/ 10:", "/ 10 and not recall.max() < 0.1:"),
        *(("len(log) < 3", f"len(log) < {rows}") for rows in (1, 2, 4)),
    ],
    "nms_per_class": [
        # 점수가 같은 것끼리 아무렇게나 늘어놓습니다.
        (
            'np.argsort(-scores, kind="stable")',
            "np.lexsort([np.random.default_rng().random(len(scores)), -scores])",
        ),
    ],
    "ap_with_difficult": [
        ("np.any(reached & difficult)", "np.any((iou[i] > iou_threshold) & difficult)"),
        ("np.any(reached & difficult)", "np.any(iou[i] > 0)"),
    ],
}  # fmt: skip


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("name", "old", "new"), [(name, *pair) for name, pairs in MUTANTS.items() for pair in pairs]
)
def test_a_function_that_breaks_one_rule_fails_both_halves(name, old, new, monkeypatch):
    monkeypatch.setattr(engine, "watching", lambda allows, borrowed: nullcontext())
    exercise = EXERCISES[name]
    source = inspect.getsource(exercise.reference)
    assert old in source
    namespace = {"np": np}
    exec(source.replace(old, new), namespace)
    for seed in (engine.PUBLIC, 1, 2, 20260302):
        assert not engine.judge(exercise, namespace[name], seed).passed, seed


def test_the_median_of_numbers_is_the_same_whether_or_not_nan_is_skipped(monkeypatch):
    # 약속이 손실을 숫자로 두는 곳에서는 두 방법이 모두 맞습니다.
    monkeypatch.setattr(engine, "watching", lambda allows, borrowed: nullcontext())
    exercise, namespace = EXERCISES["read_log"], {"np": np}
    exec(inspect.getsource(exercise.reference).replace("np.median", "np.nanmedian"), namespace)
    assert engine.judge(exercise, namespace["read_log"]).passed
