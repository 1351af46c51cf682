"""겹친 박스의 검사: 같은 이미지에 두 번 있는 물체."""

from collections import Counter

import numpy as np

from anchorbox_utils.datasets.model import class_name
from anchorbox_utils.diagnosis.findings import Examples, Finding
from anchorbox_utils.diagnosis.rows import EXAMPLES, format_row

# 같은 클래스면 이만큼, 다른 클래스면 이만큼 겹쳐야 한 물체를 두 번 적은 것으로 봅니다.
_SAME_CLASS_IOU = 0.95
_OTHER_CLASS_IOU = 0.99


def check_duplicates(rows):
    """같은 이미지·클래스에 겹친 박스. 또렷한 것(똑같음, 똑같이 밀림)부터 알립니다."""
    usable = np.flatnonzero(rows.unclaimed("") & ~rows.crowd)
    told = np.zeros(len(rows), bool)
    for name, evidence, first, second in _same_size(rows, usable):
        told[second] = True
        yield Finding(name, evidence, _pair_examples(rows, first, second))
    first, second, iou = _overlapping(rows, usable, _SAME_CLASS_IOU)
    same = rows.labels[first] == rows.labels[second]
    # 이미 알린 복제를 지우면 남지 않을 짝은 다시 알리지 않습니다.
    near = same & ~told[first] & ~told[second]
    if near.any():
        yield Finding(
            "near_duplicates",
            f"같은 클래스이고 IoU가 {_SAME_CLASS_IOU}를 넘는 짝이 {near.sum():,}쌍입니다(이미지 "
            f"{len(np.unique(rows.image[first[near]])):,}장).",
            _pair_examples(rows, first[near], second[near]),
        )
    conflict = ~same & (iou >= _OTHER_CLASS_IOU)
    if conflict.any():
        yield _conflict(rows, first[conflict], second[conflict])


def _same_size(rows, usable):
    """(진단, 근거, 앞의 행들, 뒤의 행들): 클래스와 크기가 같은 짝. 줄을 세워 이웃끼리 견줍니다."""
    size = np.round(rows.size[usable], 3)
    keys = np.column_stack([rows.image[usable], rows.labels[usable], size])
    again = _repeated(keys)
    usable, size, keys = usable[again], size[again], keys[again]
    corner = np.round(rows.boxes[usable, :2], 3)
    order = np.lexsort([*corner.T[::-1], *keys.T[::-1]])
    first, second = usable[order[:-1]], usable[order[1:]]
    same = (keys[order[:-1]] == keys[order[1:]]).all(axis=1)
    shift = np.round(rows.boxes[second, :2] - rows.boxes[first, :2], 3)
    exact = same & (shift == 0).all(axis=1)
    if exact.any():
        yield "duplicate_boxes", f"{exact.sum():,}쌍입니다.", first[exact], second[exact]
    overlap = np.clip(1 - np.abs(shift) / np.maximum(size[order[:-1]], 1e-9), 0, 1).prod(axis=1)
    near = same & ~exact & (overlap / (2 - overlap) >= 0.8)
    if near.sum() < 3:
        return
    shifts, counts = np.unique(shift[near], axis=0, return_counts=True)
    common = shifts[counts.argmax()]
    if counts.max() < 3 or counts.max() < 0.5 * near.sum():
        return
    pairs = near & (shift == common).all(axis=1)
    evidence = f"{pairs.sum():,}쌍이 모두 ({common[0]:+g}, {common[1]:+g})픽셀 밀려 있습니다."
    yield "shifted_duplicates", evidence, first[pairs], second[pairs]


def _repeated(keys):
    """(N,) 같은 행이 또 있을 수 있는지. 줄을 세우기 전에 혼자인 행을 덜어 냅니다."""
    # 행을 정수 하나로 뭉칩니다. 다른 행이 우연히 같아지면 남을 뿐, 같은 행이 빠지지는 않습니다.
    mixed = keys.view(np.int64) @ np.array([0x9E3779B97F4A7C1, 0x1000193, 0x5851F42D4C957F2D, 1])
    _, inverse, counts = np.unique(mixed, return_inverse=True, return_counts=True)
    return counts[inverse] > 1


def _overlapping(rows, usable, threshold):
    """(앞의 행들, 뒤의 행들, IoU들): 같은 이미지에서 IoU가 ``threshold``를 넘는 짝."""
    usable = usable[_left_to_right(rows.image[usable], rows.boxes[usable, 0])]
    image, boxes = rows.image[usable], rows.boxes[usable]
    left = boxes[:, 0]
    # 왼쪽이 이보다 멀면 나머지가 모두 같아도 IoU가 threshold를 넘지 못합니다.
    reach = left + (1 - threshold) * rows.size[usable, 0]
    pairs, here, step = [], np.arange(len(usable)), 0
    while len(here) or not pairs:
        step += 1
        here = here[: np.searchsorted(here, len(usable) - step)]
        other = here + step
        # 왼쪽의 차례로 세웠으므로, 여기서 멀면 더 뒤의 것은 모두 멉니다.
        close = (image[other] == image[here]) & (left[other] <= reach[here])
        here, other = here[close], other[close]
        iou = _iou_of_pairs(boxes[here], boxes[other])
        pairs.append((usable[here], usable[other], iou))
    first, second, iou = (np.concatenate(part) for part in zip(*pairs, strict=True))
    over = np.flatnonzero(iou > threshold)
    # 파일에 적힌 차례로 보입니다.
    first, second = np.minimum(first, second)[over], np.maximum(first, second)[over]
    order = np.lexsort([second, first])
    return first[order], second[order], iou[over][order]


def _left_to_right(image, left):
    """이미지마다 왼쪽의 차례로 줄을 세우는 번호. 정수 하나로 뭉쳐, 두 번 세우는 것보다 빠릅니다."""
    sign = np.uint64(1) << np.uint64(63)
    # 부호를 뒤집은 실수의 비트는 정수로 견주어도 차례가 같습니다. 0.0과 -0.0은 같게 합니다.
    bits = (left + 0.0).view(np.uint64)
    bits = np.where(bits & sign, ~bits, bits | sign)
    width = int(image.max(initial=0)).bit_length()
    owners = image.astype(np.uint64) << np.uint64(63 - width)
    return np.argsort(owners | (bits >> np.uint64(width + 1)))


def _iou_of_pairs(boxes1, boxes2):
    low = np.maximum(boxes1[:, :2], boxes2[:, :2])
    high = np.minimum(boxes1[:, 2:], boxes2[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (boxes1, boxes2)]
    return shared / (sum(areas) - shared)


def _conflict(rows, first, second):
    names = rows.dataset.categories
    both = np.sort(np.stack([rows.labels[first], rows.labels[second]], axis=1), axis=1)
    counted = Counter(map(tuple, both.tolist())).most_common(3)
    listed = ", ".join(
        f"{class_name(names, a)}–{class_name(names, b)} {n:,}쌍" for (a, b), n in counted
    )
    return Finding(
        "conflicting_classes",
        f"IoU가 {_OTHER_CLASS_IOU} 이상인데 클래스가 다른 짝이 {len(both):,}쌍입니다({listed}).",
        _pair_examples(rows, first, second),
    )


def _pair_examples(rows, first, second):
    texts = (
        f"{rows.source(a)} → {format_row(rows.raw[a])}, {rows.source(b)} → "
        f"{format_row(rows.raw[b])}"
        for a, b in zip(first[:EXAMPLES], second[:EXAMPLES], strict=True)
    )
    return Examples(texts, np.column_stack([first, second]))
