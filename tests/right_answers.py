"""학습자가 쓸 법한 옳은 답: 같은 문제를 여러 방식으로 쓴 것."""

import itertools
import math

import numpy as np

import anchorbox_utils as ab


def rank_with_sorted(deltas):
    effort = [sum(abs(t) for t in row) for row in deltas]
    return sorted(range(len(deltas)), key=lambda number: effort[number])


def rank_with_norm(deltas):
    return np.linalg.norm(deltas, ord=1, axis=1).argsort(kind="stable")


def convert_with_means(boxes):
    boxes = np.array(boxes, dtype=float)
    out = np.empty_like(boxes)
    out[:, :2] = (boxes[:, :2] + boxes[:, 2:]) / 2
    out[:, 2:] = boxes[:, 2:] - boxes[:, :2]
    return out


def convert_with_loop(boxes):
    out = np.zeros((len(boxes), 4))
    for i, (x1, y1, x2, y2) in enumerate(boxes):
        out[i] = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
    return out


def convert_with_lists(boxes):
    return [[(a + c) / 2, (b + d) / 2, c - a, d - b] for a, b, c, d in boxes]


def convert_with_matrix(boxes):
    return boxes @ np.array([[0.5, 0, -1, 0], [0, 0.5, 0, -1], [0.5, 0, 1, 0], [0, 0.5, 0, 1]])


def encode_as_taught(anchors, gt_boxes):
    w_a, h_a = anchors[:, 2] - anchors[:, 0], anchors[:, 3] - anchors[:, 1]
    x_a, y_a = (anchors[:, 0] + anchors[:, 2]) / 2, (anchors[:, 1] + anchors[:, 3]) / 2
    w, h = gt_boxes[:, 2] - gt_boxes[:, 0], gt_boxes[:, 3] - gt_boxes[:, 1]
    x, y = (gt_boxes[:, 0] + gt_boxes[:, 2]) / 2, (gt_boxes[:, 1] + gt_boxes[:, 3]) / 2
    return np.stack([(x - x_a) / w_a, (y - y_a) / h_a, np.log(w / w_a), np.log(h / h_a)], axis=1)


def encode_as_in_the_document(anchors, gt_boxes):
    wa = anchors[:, 2] - anchors[:, 0]
    ha = anchors[:, 3] - anchors[:, 1]
    xa = anchors[:, 0] + 0.5 * wa
    ya = anchors[:, 1] + 0.5 * ha
    w = gt_boxes[:, 2] - gt_boxes[:, 0]
    h = gt_boxes[:, 3] - gt_boxes[:, 1]
    x = gt_boxes[:, 0] + 0.5 * w
    y = gt_boxes[:, 1] + 0.5 * h
    tx = (x - xa) / np.clip(wa, 1e-6, None)
    ty = (y - ya) / np.clip(ha, 1e-6, None)
    tw = np.log(np.clip(w, 1e-6, None) / np.clip(wa, 1e-6, None))
    th = np.log(np.clip(h, 1e-6, None) / np.clip(ha, 1e-6, None))
    return np.stack([tx, ty, tw, th], axis=1)


def encode_with_math(anchors, gt_boxes):
    out = []
    for a, g in zip(anchors.tolist(), gt_boxes.tolist(), strict=True):
        wa, ha = max(a[2] - a[0], 1e-6), max(a[3] - a[1], 1e-6)
        w, h = max(g[2] - g[0], 1e-6), max(g[3] - g[1], 1e-6)
        dx = (g[0] + g[2]) / 2 - (a[0] + a[2]) / 2
        dy = (g[1] + g[3]) / 2 - (a[1] + a[3]) / 2
        out.append([dx / wa, dy / ha, math.log(w / wa), math.log(h / ha)])
    return np.array(out).reshape(-1, 4)


def encode_with_log_differences(anchors, gt_boxes):
    a, g = (ab.box_convert(boxes, "xyxy", "cxcywh").astype(float) for boxes in (anchors, gt_boxes))
    size, gt_size = np.maximum(a[:, 2:], 1e-6), np.maximum(g[:, 2:], 1e-6)
    return np.hstack([(g[:, :2] - a[:, :2]) / size, np.log(gt_size) - np.log(size)])


def decode_with_columns(anchors, deltas):
    w, h = anchors[:, 2] - anchors[:, 0], anchors[:, 3] - anchors[:, 1]
    x = anchors[:, 0] + w / 2 + deltas[:, 0] * w
    y = anchors[:, 1] + h / 2 + deltas[:, 1] * h
    w, h = w * np.e ** deltas[:, 2], h * np.e ** deltas[:, 3]
    return np.column_stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2])


def decode_with_loop(anchors, deltas):
    out = np.zeros(anchors.shape)
    for i in range(len(anchors)):
        x1, y1, x2, y2 = anchors[i]
        tx, ty, tw, th = deltas[i]
        x, y = (x1 + x2) / 2 + tx * (x2 - x1), (y1 + y2) / 2 + ty * (y2 - y1)
        w, h = (x2 - x1) * math.exp(tw), (y2 - y1) * math.exp(th)
        out[i] = [x - w / 2, y - h / 2, x + w / 2, y + h / 2]
    return out


def targets_by_hand(anchor, gt):
    xa, ya, wa, ha = anchor
    x, y, w, h = gt
    return [(x - xa) / wa, (y - ya) / ha, math.log(w / wa), math.log(h / ha)]


def targets_rounded_as_on_paper(anchor, gt):
    return np.round(targets_by_hand(anchor, gt), 3)


def targets_vectorised(anchor, gt):
    return np.concatenate([(gt[:2] - anchor[:2]) / anchor[2:], np.log(gt[2:] / anchor[2:])])


def iou_with_loops(boxes1, boxes2):
    out = np.zeros((len(boxes1), len(boxes2)))
    for i, a in enumerate(boxes1):
        for j, b in enumerate(boxes2):
            w = max(0, min(a[2], b[2]) - max(a[0], b[0]))
            h = max(0, min(a[3], b[3]) - max(a[1], b[1]))
            union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h
            out[i, j] = w * h / union if union > 0 else 0
    return out


def iou_with_where(boxes1, boxes2):
    top_left = np.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    bottom_right = np.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    overlap = np.prod(np.clip(bottom_right - top_left, 0, None), axis=2)
    area1 = np.prod(boxes1[:, 2:] - boxes1[:, :2], axis=1)
    area2 = np.prod(boxes2[:, 2:] - boxes2[:, :2], axis=1)
    union = area1[:, None] + area2[None] - overlap
    return np.where(union > 0, overlap / union, 0.0)


def iou_with_epsilon(boxes1, boxes2):
    x1, y1, x2, y2 = (column[:, None] for column in boxes1.T)
    w = np.maximum(np.minimum(x2, boxes2[:, 2]) - np.maximum(x1, boxes2[:, 0]), 0)
    h = np.maximum(np.minimum(y2, boxes2[:, 3]) - np.maximum(y1, boxes2[:, 1]), 0)
    area2 = (boxes2[:, 2] - boxes2[:, 0]) * (boxes2[:, 3] - boxes2[:, 1])
    return w * h / ((x2 - x1) * (y2 - y1) + area2 - w * h + 1e-9)


def labels_as_in_the_document(iou_max, pos_thr=0.7, neg_thr=0.3):
    labels = np.full_like(iou_max, fill_value=-1, dtype=np.int64)
    labels[iou_max >= pos_thr] = 1
    labels[iou_max < neg_thr] = 0
    return labels


def labels_with_where(iou_max, pos_thr, neg_thr):
    return np.where(iou_max >= pos_thr, 1, np.where(iou_max < neg_thr, 0, -1))


def labels_with_comprehension(iou_max, pos_thr, neg_thr):
    return [1 if v >= pos_thr else 0 if v < neg_thr else -1 for v in iou_max]


def labels_with_select(iou_max, pos_thr, neg_thr):
    return np.select([iou_max >= pos_thr, iou_max < neg_thr], [1, 0], -1).astype(np.int8)


def force_with_loops(iou, labels):
    out = list(labels)
    for g in range(iou.shape[1]):
        best = max(iou[:, g])
        for a in range(iou.shape[0]):
            if best > 0 and iou[a, g] == best:
                out[a] = 1
    return np.array(out)


def force_with_columns(iou, labels):
    out = labels.copy()
    for column in iou.T:
        if column.max() > 0:
            out[column == column.max()] = 1
    return out


def count_with_sums(iou_max, pos_thr, neg_thr):
    pos, neg = (iou_max >= pos_thr).sum(), (iou_max < neg_thr).sum()
    return {"ignore": len(iou_max) - pos - neg, "neg": neg, "pos": pos}


def count_with_loop(iou_max, pos_thr, neg_thr):
    counts = dict(pos=0, neg=0, ignore=0)
    for value in iou_max:
        counts["pos" if value >= pos_thr else "neg" if value < neg_thr else "ignore"] += 1
    return counts


def choose_with_arange(iou_max, min_positive_rate, max_ignore_rate):
    grid = np.arange(0.05, 0.96, 0.05)
    pos_thr = grid[0]
    for t in grid:
        if (iou_max >= t).mean() >= min_positive_rate:
            pos_thr = t
    for neg_thr in grid:
        if ((iou_max >= neg_thr) & (iou_max < pos_thr)).mean() <= max_ignore_rate:
            return np.array([pos_thr, neg_thr])
    return None


def choose_with_while(iou_max, min_positive_rate, max_ignore_rate):
    pos_thr = 0.95
    while pos_thr > 0.051 and sum(iou_max >= pos_thr) / len(iou_max) < min_positive_rate:
        pos_thr -= 0.05
    neg_thr = 0.05
    while sum((neg_thr <= iou_max) & (iou_max < pos_thr)) / len(iou_max) > max_ignore_rate:
        neg_thr += 0.05
    return [pos_thr, min(neg_thr, pos_thr)]


def sample_with_choice(labels, batch_size, positive_fraction, rng):
    positive, negative = np.where(labels == 1)[0], np.where(labels == 0)[0]
    positive_count = min(int(batch_size * positive_fraction), len(positive))
    negative_count = min(batch_size - positive_count, len(negative))
    out = np.full(len(labels), -1)
    out[rng.choice(positive, positive_count, replace=False)] = 1
    out[rng.choice(negative, negative_count, replace=False)] = 0
    return out


def sample_by_switching_off(labels, batch_size, positive_fraction, rng):
    out = labels.copy()
    limit = int(batch_size * positive_fraction)
    extra = (out == 1).sum() - limit
    if extra > 0:
        out[rng.choice(np.flatnonzero(out == 1), extra, replace=False)] = -1
    extra = (out == 0).sum() - (batch_size - (out == 1).sum())
    if extra > 0:
        out[rng.choice(np.flatnonzero(out == 0), extra, replace=False)] = -1
    return out


def sample_with_shuffle(labels, batch_size, positive_fraction, rng):
    order = list(range(len(labels)))
    rng.shuffle(order)
    out = [-1] * len(labels)
    limit, room = int(batch_size * positive_fraction), batch_size
    for i in order:
        if labels[i] == 1 and limit > 0:
            out[i], limit, room = 1, limit - 1, room - 1
    for i in order:
        if labels[i] == 0 and room > 0:
            out[i], room = 0, room - 1
    return np.array(out, dtype=int)


def find_with_any(boxes, image_size):
    height, width = image_size
    return (
        np.isnan(boxes).any(axis=1)
        | np.isinf(boxes).any(axis=1)
        | (boxes[:, 2] <= boxes[:, 0])
        | (boxes[:, 3] <= boxes[:, 1])
        | (boxes < 0).any(axis=1)
        | (boxes[:, [0, 2]] > width).any(axis=1)
        | (boxes[:, [1, 3]] > height).any(axis=1)
    )


def find_with_loop(boxes, image_size):
    height, width = image_size
    out = []
    for x1, y1, x2, y2 in boxes:
        good = 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height
        out.append(not good)
    return np.array(out, dtype=bool)


def fix_with_sort(boxes, fmt):
    a, b = boxes[:, :2], boxes[:, 2:]
    if fmt == "cxcywh":
        a, b = a - b / 2, a + b / 2
    elif fmt == "xywh":
        b = a + b
    corners = np.sort(np.stack([a, b], axis=1), axis=1)
    size = corners[:, 1] - corners[:, 0]
    keep = np.isfinite(corners).all(axis=(1, 2)) & (size > 0).all(axis=1)
    return corners[keep].reshape(-1, 4)


def fix_with_loop(boxes, fmt):
    out = []
    for a, b, c, d in boxes.astype(float):
        if fmt == "xywh":
            c, d = a + c, b + d
        if fmt == "cxcywh":
            a, b, c, d = a - c / 2, b - d / 2, a + c / 2, b + d / 2
        row = [min(a, c), min(b, d), max(a, c), max(b, d)]
        if np.all(np.isfinite(row)) and row[0] < row[2] and row[1] < row[3]:
            out.append(row)
    return out


def shape_iou_with_loops(shapes1, shapes2):
    out = np.zeros((len(shapes1), len(shapes2)))
    for i, (w1, h1) in enumerate(shapes1):
        for j, (w2, h2) in enumerate(shapes2):
            inner = min(w1, w2) * min(h1, h2)
            out[i, j] = inner / (w1 * h1 + w2 * h2 - inner)
    return out


def shape_iou_with_boxes(shapes1, shapes2):
    return ab.box_iou(*(np.concatenate([np.zeros_like(s), s], axis=1) for s in (shapes1, shapes2)))


def recall_with_loop(iou, thresholds):
    n_gt = iou.shape[1]
    found = [[(iou[:, j] >= t).any() for j in range(n_gt)] for t in thresholds]
    return [sum(row) / n_gt if n_gt else 0.0 for row in found]


def recall_with_any(iou, thresholds):
    if iou.shape[1] == 0:
        return np.zeros(len(thresholds))
    return (iou[None] >= np.asarray(thresholds)[:, None, None]).any(axis=1).mean(axis=1)


def normalize_with_loop(deltas, mean, std):
    out = np.empty_like(deltas)
    for i, row in enumerate(deltas):
        for j in range(4):
            out[i, j] = (row[j] - mean[j]) / std[j]
    return out


def normalize_by_columns(deltas, mean, std):
    return np.stack([(deltas[:, j] - mean[j]) / std[j] for j in range(4)], axis=1)


def mine_with_loop(labels, losses, negative_ratio):
    room = negative_ratio * sum(1 for label in labels if label == 1)
    hardest = sorted((i for i in range(len(labels)) if labels[i] == 0), key=lambda i: -losses[i])
    kept = set(hardest[:room])
    return [int(n) if n != 0 or i in kept else -1 for i, n in enumerate(labels)]


def mine_with_masked_losses(labels, losses, negative_ratio):
    order = np.argsort(np.where(labels == 0, losses, -np.inf))[::-1]
    kept = np.isin(np.arange(len(labels)), order[: negative_ratio * (labels == 1).sum()])
    return np.where((labels == 0) & ~kept, -1, labels)


def nms_with_flags(boxes, scores, iou_threshold):
    iou = ab.box_iou(boxes, boxes)
    alive = np.ones(len(boxes), dtype=bool)
    kept = []
    for i in np.argsort(scores)[::-1]:
        if alive[i]:
            kept.append(i)
            alive &= iou[i] <= iou_threshold
    return np.array(kept, dtype=np.int64)


def nms_with_own_iou(boxes, scores, iou_threshold):
    def iou(a, b):
        w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        inner = max(w, 0) * max(h, 0)
        return inner / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner)

    kept = []
    for i in sorted(range(len(boxes)), key=lambda i: scores[i], reverse=True):
        if all(iou(boxes[i], boxes[k]) <= iou_threshold for k in kept):
            kept.append(i)
    return kept


def nms_with_recursion(boxes, scores, iou_threshold):
    def rounds(waiting):
        if not waiting:
            return []
        best = max(waiting, key=lambda i: scores[i])
        near = ab.box_iou(boxes[[best]], boxes)[0] > iou_threshold
        return [best, *rounds([i for i in waiting if i != best and not near[i]])]

    return np.array(rounds(list(range(len(boxes)))), dtype=int)


def match_with_sets(iou, iou_threshold):
    taken, hits = set(), []
    for row in iou:
        pairs = [(v, g) for g, v in enumerate(row) if g not in taken and v >= iou_threshold]
        if pairs:
            taken.add(max(pairs)[1])
        hits.append(bool(pairs))
    return hits


def match_by_crossing_out(iou, iou_threshold):
    left = np.where(iou >= iou_threshold, iou, -1.0)
    hits = np.zeros(len(iou), dtype=bool)
    for d in range(len(left)):
        if left[d].max(initial=-1) >= 0:
            hits[d] = True
            left[:, np.argmax(left[d])] = -1
    return hits


def match_with_partner_list(iou, iou_threshold):
    n_predictions, n_truths = iou.shape
    partner_of = [None] * n_truths
    for d in range(n_predictions):
        best, best_iou = None, iou_threshold
        for g in range(n_truths):
            if partner_of[g] is None and iou[d, g] >= best_iou:
                best, best_iou = g, iou[d, g]
        if best is not None:
            partner_of[best] = d
    return np.isin(np.arange(n_predictions), [d for d in partner_of if d is not None])


def reproduce_in_two_steps(boxes, photo_size, input_size):
    """보기의 학번 20260001의 신고: 좌우를 되돌리고, 여백을 한 번 더 더하고, 배율로 나눕니다."""
    scale = min(input_size[0] / photo_size[0], input_size[1] / photo_size[1])
    pad = [0.25 * (input_size[k] - scale * photo_size[k]) for k in (1, 0)]
    out = np.zeros((len(boxes), 4))
    for i, (x1, y1, x2, y2) in enumerate(boxes):
        left, right = input_size[1] - x2, input_size[1] - x1
        out[i] = left + pad[0], y1 + pad[1], right + pad[0], y2 + pad[1]
    return out / scale


def reproduce_from_the_right_one(boxes, photo_size, input_size):
    (h, w), (height, width) = photo_size, input_size
    scale = min(width / w, height / h)
    extra = np.tile([0.5 * (width / scale - w), 0.5 * (height / scale - h)], 2)
    return repair_by_unmapping(boxes, photo_size, input_size) + extra


def repair_by_unmapping(boxes, photo_size, input_size):
    photo, size = np.array(photo_size[::-1]), np.array(input_size[::-1])
    scale = (size / photo).min()
    points = np.asarray(boxes, float).reshape(-1, 2, 2)
    points = (points - 0.25 * (size - scale * photo) - [0.5 * (size - scale * photo)[0], 0]) / scale
    # 여백이 왼쪽에 1/4이면 거울에 비친 그림에서는 3/4이 왼쪽에 있습니다.
    x, y = photo[0] - points[..., 0], points[..., 1]
    return np.stack([x[:, 1], y[:, 0], x[:, 0], y[:, 1]], axis=1)


def repair_with_loop(boxes, photo_size, input_size):
    (h, w), (height, width) = photo_size, input_size
    scale = width / w if width / w < height / h else height / h
    pad_x, pad_y = (width - w * scale) / 4, (height - h * scale) / 4
    out = np.zeros((len(boxes), 4))
    for i, (x1, y1, x2, y2) in enumerate(boxes):
        out[i, 0::2] = (width - x2 - pad_x) / scale, (width - x1 - pad_x) / scale
        out[i, 1::2] = (y1 - pad_y) / scale, (y2 - pad_y) / scale
    return out


def count_with_integers(rows, image_size):
    strides = [int(row[0]) for row in rows]
    return sum(-(-image_size[0] // s) * -(-image_size[1] // s) for s in strides)


def count_with_aranges(rows, image_size):
    height, width = image_size
    return sum(len(np.arange(0, height, s)) * len(np.arange(0, width, s)) for s, *_ in rows)


def nearest_with_loops(boxes, rows):
    out = np.zeros((len(boxes), len(rows)))
    for i, (x1, y1, x2, y2) in enumerate(boxes.astype(float)):
        for k, (stride, scale, ratio) in enumerate(rows.astype(float)):
            w, h = scale / math.sqrt(ratio), scale * math.sqrt(ratio)
            cx, cy = (((a + b) / 2 // stride + 0.5) * stride for a, b in ((x1, x2), (y1, y2)))
            inner_w = max(0, min(x2, cx + w / 2) - max(x1, cx - w / 2))
            inner_h = max(0, min(y2, cy + h / 2) - max(y1, cy - h / 2))
            inner = inner_w * inner_h
            out[i, k] = inner / ((x2 - x1) * (y2 - y1) + w * h - inner)
    return out


def nearest_with_box_iou(boxes, rows):
    out = np.zeros((len(boxes), len(rows)))
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    for k, (stride, scale, ratio) in enumerate(rows):
        size = scale * np.array([ratio**-0.5, ratio**0.5])
        center = np.floor(middle / stride) * stride + stride / 2
        anchors = np.concatenate([center - size / 2, center + size / 2], axis=1)
        out[:, k] = np.diag(ab.box_iou(boxes, anchors))
    return out


def _logs(boxes):
    w, h = (boxes[:, 2:] - boxes[:, :2]).astype(float).T
    return np.log(np.stack([np.sqrt(w * h), h / w], axis=1))


def _means(points, k):
    """출발점을 크기 순서로 고르게 둔 유클리드 k-평균."""
    centers = points[np.argsort(points[:, 0])[np.linspace(0, len(points) - 1, k).astype(int)]]
    for _ in range(12):
        nearest = ((points[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1)
        centers = np.array(
            [
                points[nearest == j].mean(axis=0) if (nearest == j).any() else centers[j]
                for j in range(k)
            ]
        )
    return np.exp(centers)


PLACES = ([0, 0], [4, 12], [12, 4], [20, 28], [28, 20])


def _hits(boxes, rows):
    """(옮긴 박스, 행) IoU가 0.5 이상인지. 축마다 겹친 길이를 따로 구합니다."""
    moved = np.concatenate([boxes + np.tile(place, 2) for place in PLACES])
    inner, area = 1.0, 1.0
    for low, high, way in (
        (moved[:, [0]], moved[:, [2]], -0.5),
        (moved[:, [1]], moved[:, [3]], 0.5),
    ):
        side = rows[:, 1] * rows[:, 2] ** way
        center = ((low + high) / 2 // rows[:, 0] + 0.5) * rows[:, 0]
        shared = np.minimum(high, center + side / 2) - np.maximum(low, center - side / 2)
        inner, area = inner * np.maximum(shared, 0), area * (high - low)
    return inner * 3 >= area + rows[:, 1] ** 2


def design_by_clusters(boxes, image_size, budget):
    """크기로 셋으로 나누어 스트라이드마다 묶고, 묶음의 수는 예산에 드는 것을 모두 재어 고릅니다."""
    if len(boxes) == 0:
        return np.zeros((0, 3))
    points = _logs(boxes)
    points = points[points[:, 0].argsort()]
    groups = (
        points[: len(points) // 3 + 1],
        points[: len(points) // 2 + 1],
        points[len(points) // 3 :],
    )
    laid = [
        {
            k: np.column_stack([np.full(k, stride), _means(some, k)]) if k else np.zeros((0, 3))
            for k in counts
            if k <= len(some)
        }
        for stride, some, counts in zip(
            (8, 16, 32), groups, ((0, 1), range(9), (1, 9, 13)), strict=True
        )
    ]
    tried = [np.concatenate(parts) for parts in itertools.product(*(way.values() for way in laid))]
    affordable = [rows for rows in tried if count_with_integers(rows, image_size) <= budget]
    return max(affordable, key=lambda rows: _hits(boxes, rows).any(axis=1).mean())


def design_by_adding_the_best(boxes, image_size, budget):
    """로그 눈금의 후보에서, 남은 예산 안에 드는 가장 좋은 행을 하나씩 더합니다."""
    rows = []
    if len(boxes) == 0:
        return np.zeros((0, 3))
    low, high = np.exp(np.quantile(_logs(boxes), [0.04, 0.96], axis=0))
    scales, ratios = (np.geomspace(a, b, k) for a, b, k in zip(low, high, (11, 6), strict=True))
    candidates = np.array(list(itertools.product((8, 16, 32), scales, ratios)))
    # 덮은 박스들을 정수 하나의 비트로 적습니다.
    columns = _hits(boxes, candidates).T.astype(int)
    hits = [int("".join(map(str, column.tolist())), 2) for column in columns]
    prices = [count_with_integers([row], image_size) for row in candidates]
    found = 0
    while True:
        offers = [
            ((hit & ~found).bit_count() / price, k)
            for k, (hit, price) in enumerate(zip(hits, prices, strict=True))
            if price <= budget
        ]
        gain, best = max(offers, default=(0, 0))
        if gain == 0:
            return np.array(rows)
        rows.append(candidates[best])
        found |= hits[best]
        budget -= prices[best]


def original_with_loop(anchors, deltas, scale, pad):
    out = []
    for (x1, y1, x2, y2), (tx, ty, tw, th) in zip(anchors, deltas, strict=True):
        x, y = (x1 + x2) / 2 + tx * (x2 - x1), (y1 + y2) / 2 + ty * (y2 - y1)
        w, h = (x2 - x1) * math.exp(tw), (y2 - y1) * math.exp(th)
        corners = [(x - w / 2, pad[0]), (y - h / 2, pad[1]), (x + w / 2, pad[0])]
        corners.append((y + h / 2, pad[1]))
        out.append([(value - moved) / scale for value, moved in corners])
    return np.array(out).reshape(-1, 4)


def original_moving_anchors_first(anchors, deltas, scale, pad):
    # 오프셋은 비율이라, 앵커부터 되돌려도 같은 박스가 나옵니다.
    return decode_with_columns((anchors - np.tile(pad, 2)) / scale, deltas)


def original_with_affine(anchors, deltas, scale, pad):
    center, half = (anchors[:, 2:] + anchors[:, :2]) / 2, (anchors[:, 2:] - anchors[:, :2]) / 2
    center = (center + 2 * half * deltas[:, :2] - pad) / scale
    half = half * np.exp(deltas[:, 2:]) / scale
    return np.hstack([center - half, center + half])


def box_by_hand(anchor, deltas):
    x, y = anchor[0] + deltas[0] * anchor[2], anchor[1] + deltas[1] * anchor[3]
    w, h = anchor[2] * math.e ** deltas[2], anchor[3] * math.e ** deltas[3]
    return [x - w / 2, y - h / 2, x + w / 2, y + h / 2]


def box_vectorised(anchor, deltas):
    center = anchor[:2] + deltas[:2] * anchor[2:]
    half = anchor[2:] * np.exp(deltas[2:]) / 2
    return np.concatenate([center - half, center + half])


def ioa_with_loops(boxes, regions):
    out = np.zeros((len(boxes), len(regions)))
    for i, (a, b, c, d) in enumerate(boxes):
        for j, (e, f, g, h) in enumerate(regions):
            w, k = max(0, min(c, g) - max(a, e)), max(0, min(d, h) - max(b, f))
            area = (c - a) * (d - b)
            out[i, j] = w * k / area if area else 0
    return out


def ioa_by_clipping(boxes, regions):
    # 영역으로 잘라 낸 박스의 넓이를 잽니다.
    low, high = (
        np.clip(part, regions[:, :2], regions[:, 2:])
        for part in np.split(boxes[:, None], 2, axis=2)
    )
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)[:, None]
    covered = np.prod(high - low, axis=2)
    return np.divide(covered, area, out=np.zeros(covered.shape), where=area > 0)


def ioa_with_columns(boxes, regions):
    x1, y1, x2, y2 = (column[:, None] for column in boxes.T)
    w = np.maximum(np.minimum(x2, regions[:, 2]) - np.maximum(x1, regions[:, 0]), 0)
    h = np.maximum(np.minimum(y2, regions[:, 3]) - np.maximum(y1, regions[:, 1]), 0)
    return w * h / np.maximum((x2 - x1) * (y2 - y1), 1e-9)


def ignore_with_loop(iou, ioa, pos_thr, neg_thr, ignore_thr):
    labels = []
    for overlaps, covers in zip(iou.tolist(), ioa.tolist(), strict=True):
        if any(value >= pos_thr for value in overlaps):
            labels.append(1)
        elif any(value >= neg_thr for value in overlaps) or any(v >= ignore_thr for v in covers):
            labels.append(-1)
        else:
            labels.append(0)
    return labels


def ignore_with_any(iou, ioa, pos_thr, neg_thr, ignore_thr):
    positive = (iou >= pos_thr).any(axis=1)
    quiet = (iou < neg_thr).all(axis=1) & (ioa < ignore_thr).all(axis=1)
    return np.where(positive, 1, np.where(quiet, 0, -1))


def ignore_after_labelling(iou, ioa, pos_thr, neg_thr, ignore_thr):
    best = np.concatenate([np.zeros((len(iou), 1)), iou], axis=1).max(axis=1)
    labels = labels_with_where(best, pos_thr, neg_thr)
    crowded = np.concatenate([np.zeros((len(ioa), 1)), ioa], axis=1).max(axis=1) >= ignore_thr
    labels[crowded & (labels == 0)] = -1
    return labels


def sizes_with_loop(iou, areas, pos_thr):
    counts = {"small": 0, "medium": 0, "large": 0}
    for row in iou:
        if len(row) and max(row) >= pos_thr:
            area = areas[list(row).index(max(row))]
            counts["small" if area < 1024 else "medium" if area < 9216 else "large"] += 1
    return counts


def sizes_with_digitize(iou, areas, pos_thr):
    if not areas.size:
        return {"small": 0, "medium": 0, "large": 0}
    positive = (iou >= pos_thr).any(axis=1)
    group = np.digitize(areas, [32**2, 96**2])[np.argmax(iou, axis=1)][positive]
    small, medium, large = np.bincount(group, minlength=3)
    return {"large": large, "medium": medium, "small": small}


def read_with_loop(log):
    bad_since = {1: None, 2: None, 3: None}
    found = None
    for row in log.tolist():
        good = [value <= 3 * first for value, first in zip(row[1:3], log[0, 1:3], strict=True)]
        for part, fine in zip((1, 2, 3), (*good, row[3] != 0), strict=True):
            bad_since[part] = None if fine else [*(bad_since[part] or []), row]
        sure = [part for part, rows in bad_since.items() if rows and len(rows) == 3]
        if sure and found is None:
            # 같은 줄에서 확실해졌다면 시작한 줄도 같습니다.
            found = sure[0], bad_since[sure[0]][0]
    if found:
        part, row = found
        cause = 4 if part == 3 else 1 if math.isfinite(row[part]) else {1: 3, 2: 2}[part]
        return {"first_bad_step": int(row[0]), "part": part, "cause": cause}
    if len(log) >= 3:
        if np.median(log[:, 2]) * 10 < np.median(log[:, 1]):
            return {"first_bad_step": int(log[0][0]), "part": 2, "cause": 5}
        if all(recall < 0.1 for recall in log[:, 4]):
            return {"first_bad_step": int(log[0][0]), "part": 4, "cause": 6}
    return {"first_bad_step": -1, "part": 0, "cause": 0}


def read_with_windows(log):
    none = {"first_bad_step": np.int64(-1), "part": np.int64(0), "cause": np.int64(0)}
    if log.shape[0] < 3:
        return none
    limit = log[0, 1:3] * 3
    too_big = np.isnan(log[:, 1:3]) | (log[:, 1:3] > limit)
    bad = np.hstack([too_big, log[:, 3:4] == 0])
    starts = np.argwhere(np.lib.stride_tricks.sliding_window_view(bad, 3, axis=0).all(axis=2))
    if len(starts):
        row, part = starts[0]
        value = log[row, part + 1]
        if part == 2:
            cause = 4
        elif np.isnan(value) or np.isinf(value):
            cause = 3 - part
        else:
            cause = 1
        return {"first_bad_step": int(log[row, 0]), "part": int(part) + 1, "cause": int(cause)}
    if sorted(log[:, 2])[len(log) // 2] * 10 < sorted(log[:, 1])[len(log) // 2]:
        return {"first_bad_step": int(log[0, 0]), "part": 2, "cause": 5}
    if not (log[:, 4] >= 0.1).any():
        return {"first_bad_step": int(log[0, 0]), "part": 4, "cause": 6}
    return none


def _overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    inner = max(width, 0) * max(height, 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inner
    return inner / union if union > 0 else 0.0


def hits_with_lists(boxes, scores, gt_boxes):
    waiting = sorted(range(len(boxes)), key=lambda i: scores[i], reverse=True)
    kept = []
    while waiting:
        best = waiting.pop(0)
        kept.append(best)
        waiting = [i for i in waiting if _overlap(boxes[i], boxes[best]) <= 0.5]
    left = list(range(len(gt_boxes)))
    rows = []
    for i in kept:
        match = max(left, key=lambda j: _overlap(boxes[i], gt_boxes[j]), default=None)
        hit = match is not None and _overlap(boxes[i], gt_boxes[match]) >= 0.5
        if hit:
            left.remove(match)
        rows.append((i, int(hit)))
    return rows


def hits_with_matrix(boxes, scores, gt_boxes):
    order = np.argsort(scores)[::-1]
    iou = np.array([[_overlap(a, b) for b in boxes] for a in boxes])
    alive = np.ones(len(boxes), dtype=bool)
    for i in order:
        if alive[i]:
            alive &= (iou[i] <= 0.5) | (np.arange(len(boxes)) == i)
    with_gt = np.array([[_overlap(a, b) for b in gt_boxes] for a in boxes])
    out = []
    for i in order[alive[order]]:
        out.append([i, with_gt[i].max() >= 0.5])
        if out[-1][1]:
            with_gt[:, with_gt[i].argmax()] = 0
    return np.array(out, dtype=int)


def _area_of_steps(hits, truths):
    area, best = 0.0, 0.0
    for n in range(len(hits), 0, -1):
        best = max(best, sum(hits[:n]) / n)
        area += hits[n - 1] * best / truths
    return area


def ap_on_paper(boxes, scores, gt_boxes):
    hits = [hit for _, hit in hits_with_lists(boxes, scores, gt_boxes)]
    found = sum(hits)
    return {
        "recall": found / len(gt_boxes),
        "precision": found / len(hits),
        "ap": _area_of_steps(hits, len(gt_boxes)),
    }


def ap_rounded_on_paper(boxes, scores, gt_boxes):
    return {k: round(v, 3) for k, v in ap_on_paper(boxes, scores, gt_boxes).items()}


def ap_cut_on_paper(boxes, scores, gt_boxes):
    return {k: math.floor(v * 1000) / 1000 for k, v in ap_on_paper(boxes, scores, gt_boxes).items()}


def nms_with_lists(boxes, scores, class_ids, iou_threshold, max_detections):
    waiting = sorted(range(len(boxes)), key=lambda i: (-scores[i], i))
    kept = []
    while waiting and len(kept) < max_detections:
        best, *rest = waiting
        kept.append(best)
        waiting = [
            i
            for i in rest
            if class_ids[i] != class_ids[best] or _overlap(boxes[i], boxes[best]) <= iou_threshold
        ]
    return kept


def nms_with_far_classes(boxes, scores, class_ids, iou_threshold, max_detections):
    if len(boxes) == 0:
        return np.zeros(0, dtype=int)
    # 클래스마다 멀리 옮겨 두면 다른 클래스와는 겹치지 않습니다.
    moved = boxes.astype(float) + class_ids[:, None] * (np.ptp(boxes) + 1.0)
    size = np.minimum(moved[:, None, 2:], moved[None, :, 2:])
    size = np.clip(size - np.maximum(moved[:, None, :2], moved[None, :, :2]), 0, None)
    inner = size[..., 0] * size[..., 1]
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]).astype(float)
    union = area[:, None] + area - inner
    iou = np.where(union > 0, inner / np.where(union > 0, union, 1), 0).round(9)
    alive, out = np.ones(len(boxes), dtype=bool), []
    for i in np.lexsort([np.arange(len(boxes)), -scores]):
        if alive[i]:
            out.append(i)
            alive &= iou[i] <= iou_threshold
    return np.array(out[:max_detections])


def ap_with_loop(scores, iou, difficult, iou_threshold):
    taken, hits = set(), []
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):
        best, match = 0.0, None
        for j in range(len(difficult)):
            if not difficult[j] and j not in taken and iou[i][j] >= max(iou_threshold, best):
                if match is None or iou[i][j] > best:
                    best, match = iou[i][j], j
        if match is not None:
            taken.add(match)
            hits.append(1)
        elif not any(iou[i][j] >= iou_threshold for j in range(len(difficult)) if difficult[j]):
            hits.append(0)
    ordinary = len(difficult) - int(difficult.sum())
    return _area_of_steps(hits, ordinary) if ordinary else 0.0


def ap_with_masked_matrix(scores, iou, difficult, iou_threshold):
    left, hard = iou[:, ~difficult].astype(float), iou[:, difficult]
    if left.shape[1] == 0:
        return 0
    hits, total = np.full(len(scores), np.nan), left.shape[1]
    order = np.lexsort([np.arange(len(scores)), -scores])
    for i in order:
        if left[i].max() >= iou_threshold:
            left[:, left[i].argmax()] = -1
            hits[i] = 1
        elif hard[i].max(initial=0) < iou_threshold:
            hits[i] = 0
    counted = hits[order][~np.isnan(hits[order])]
    recall = np.concatenate([[0], np.cumsum(counted) / total])
    precision = np.cumsum(counted) / (np.arange(len(counted)) + 1)
    return sum(
        (after - before) * precision[n:].max()
        for n, (before, after) in enumerate(zip(recall[:-1], recall[1:], strict=True))
    )


STYLES = {
    "my_log": (read_with_loop, read_with_windows),
    "read_log": (read_with_loop, read_with_windows),
    "my_hits": (hits_with_lists, hits_with_matrix),
    "my_ap": (ap_on_paper, ap_rounded_on_paper, ap_cut_on_paper),
    "nms_per_class": (nms_with_lists, nms_with_far_classes),
    "ap_with_difficult": (ap_with_loop, ap_with_masked_matrix),
    "rank_anchors": (rank_with_sorted, rank_with_norm),
    "safe_encode_boxes": (
        encode_as_in_the_document,
        encode_with_math,
        encode_with_log_differences,
    ),
    "normalize_deltas": (normalize_with_loop, normalize_by_columns),
    "hard_negative_mining": (mine_with_loop, mine_with_masked_losses),
    "xyxy_to_cxcywh": (
        convert_with_means,
        convert_with_loop,
        convert_with_lists,
        convert_with_matrix,
    ),
    "encode_boxes": (
        encode_as_taught,
        encode_as_in_the_document,
        encode_with_math,
        encode_with_log_differences,
    ),
    "decode_boxes": (decode_with_columns, decode_with_loop),
    "decode_to_original": (
        original_with_loop,
        original_moving_anchors_first,
        original_with_affine,
    ),
    "personal_box": (box_by_hand, box_vectorised),
    "box_ioa": (ioa_with_loops, ioa_by_clipping, ioa_with_columns),
    "label_with_ignore": (ignore_with_loop, ignore_with_any, ignore_after_labelling),
    "positives_by_size": (sizes_with_loop, sizes_with_digitize),
    "personal_targets": (targets_by_hand, targets_rounded_as_on_paper, targets_vectorised),
    "box_iou": (iou_with_loops, iou_with_where, iou_with_epsilon),
    "assign_anchor_labels": (
        labels_as_in_the_document,
        labels_with_where,
        labels_with_comprehension,
        labels_with_select,
    ),
    "force_match": (force_with_loops, force_with_columns),
    "count_labels": (count_with_sums, count_with_loop),
    "choose_thresholds": (choose_with_arange, choose_with_while),
    "sample_labels": (sample_with_choice, sample_by_switching_off, sample_with_shuffle),
    "find_bad_boxes": (find_with_any, find_with_loop),
    "fix_boxes": (fix_with_sort, fix_with_loop),
    "reproduce_report": (reproduce_in_two_steps, reproduce_from_the_right_one),
    "repair_report": (repair_with_loop, repair_by_unmapping),
    "count_anchors": (count_with_integers, count_with_aranges),
    "nearest_anchor_iou": (nearest_with_loops, nearest_with_box_iou),
    "design_anchors": (design_by_clusters, design_by_adding_the_best),
    "shape_iou": (shape_iou_with_loops, shape_iou_with_boxes),
    "anchor_recall": (recall_with_loop, recall_with_any),
    "greedy_nms": (nms_with_flags, nms_with_own_iou, nms_with_recursion),
    "match_predictions": (match_with_sets, match_by_crossing_out, match_with_partner_list),
}
