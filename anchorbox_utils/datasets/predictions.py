"""예측 불러오기: COCO의 결과 JSON과, 신뢰도까지 적은 YOLO의 글 파일."""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from anchorbox_utils.boxes import box_iou
from anchorbox_utils.datasets.folders import suffix_of, walk
from anchorbox_utils.datasets.model import Dataset, Problem
from anchorbox_utils.datasets.records import BOX_PROBLEMS, judge_boxes, sizes_of, to_xyxy
from anchorbox_utils.datasets.yolo_results import read_yolo_results
from anchorbox_utils.evaluation import Detections
from anchorbox_utils.korean import with_particle
from anchorbox_utils.validation import as_instance, as_path
from anchorbox_utils.visible import visible

# 파일의 약속이 다른지 정답과 견주어 볼 이미지의 수와, 그렇다고 하려면 있어야 하는 짝의 수.
_COMPARED_IMAGES = 300
_LEAST_PAIRS = 10
_SAME_PLACE = 0.5
# 박스의 약속마다, 다르게 적혔다고 하는 말.
_WRITTEN = {
    "xywh": "bbox가 {}이어야 하는데 {}로 적힌 것 같습니다.",
    "yolo": "줄의 클래스 뒤가 '{}'의 차례여야 하는데 '{}'의 차례로 적힌 것 같습니다.",
}
# 클래스를 이름으로만 적는 형식. 번호는 불러올 때 매긴 것이라 예측의 번호와 다를 수 있습니다.
_NAMED = {"voc", "cvat", "labelme", "kitti"}


@dataclass(frozen=True, eq=False)
class Predictions:
    """:func:`load_predictions`의 결과.

    Attributes:
        detections: 데이터셋의 이미지마다 :class:`Detections`. 예측이 없는 이미지는 비어 있습니다.
        problems: 예측이 되지 못한 기록 :class:`Problem`의 튜플.
        notes: 보통과 다르게 읽은 것을 알리는 문장들.
        name: 파일이나 폴더의 이름.
        fmt: ``"coco"`` 또는 ``"yolo"``.

    Examples:
        >>> Predictions((Detections(np.zeros((0, 4)), np.zeros(0), np.zeros(0, int)),))
        Predictions(이미지 1장, 예측 0개, 문제 0건)
    """

    detections: tuple[Detections, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    name: str = ""
    fmt: str = ""

    @property
    def count(self):
        """예측의 수."""
        return sum(len(one.boxes) for one in self.detections)

    def __repr__(self):
        return (
            f"Predictions(이미지 {len(self.detections):,}장, 예측 {self.count:,}개, "
            f"문제 {len(self.problems):,}건)"
        )


def load_predictions(path, dataset):
    """검출기가 저장한 예측을 읽어 데이터셋의 이미지 차례로 나눕니다.

    - **COCO의 결과 JSON**: ``[{"image_id", "category_id", "bbox": [x, y, w, h], "score"}, …]``.
      이미지는 데이터셋의 이미지 id로 찾고, id가 없는 데이터면 파일 이름으로 찾습니다. 정답처럼
      ``images``와 ``categories``를 함께 적은 파일이면 거기에 적힌 이름으로 찾습니다.
    - **YOLO의 글 파일**: yolov5와 ultralytics의 ``--save-txt --save-conf``. 줄마다 클래스와 0~1의
      박스와 신뢰도입니다. 이름이 같은 이미지의 예측이고, 파일이 없는 이미지는 예측이 없는 것입니다.

    클래스 번호가 한결같이 어긋났으면(0부터와 1부터 등) 정답과 겹치는 예측으로 확인한 다음 바꾸어
    읽고, 그렇다고 ``notes``에 적습니다.

    Args:
        path: JSON 파일이나 글 파일이 든 폴더.
        dataset: 예측한 :class:`Dataset`.

    Returns:
        :class:`Predictions`.

    Raises:
        ValueError: 읽을 수 없는 파일이거나, 데이터셋의 이미지가 하나도 없거나, 신뢰도가 없거나,
            박스의 꼴이 다를 때.

    Examples:
        >>> import json, pathlib, tempfile
        >>> from anchorbox_utils import Dataset, LabeledImage
        >>> dataset = Dataset([LabeledImage("a.png", 64, 48, [[10, 5, 30, 35]], ["고양이"])])
        >>> record = {"image_id": "a", "category_id": 0, "bbox": [10, 5, 20, 28], "score": 0.9}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "results.json")
        ...     _ = file.write_text(json.dumps([record]), encoding="utf-8")
        ...     predictions = load_predictions(file, dataset)
        >>> predictions.detections[0].boxes
        array([[10.,  5., 30., 33.]])

    출처: COCO의 「Results Format」, ultralytics/yolov5의 detect.py.
    """
    path = Path(as_path(path))
    heads = as_instance(dataset, "dataset", Dataset).columns.heads
    fmt, read = _recognise(path)
    found = read(path, heads)
    sizes = sizes_of(heads)
    with np.errstate(all="ignore"):
        boxes = to_xyxy(found.raw, found.box_format, sizes[found.images])
        verdict = judge_boxes(found.raw, boxes, found.box_format)
    _refuse_other_formats(path, dataset, found, sizes)
    problems = list(found.problems)
    good = _keep_good(found, verdict, problems)
    images, boxes, labels, scores = (
        column[good] for column in (found.images, boxes, found.labels, found.scores)
    )
    labels, notes = _same_names(dataset, found.classes, labels) or _same_numbers(
        dataset, images, boxes, labels
    )
    unknown = ~np.isin(labels, list(dataset.categories))
    problems += _unknown_classes(found, good, labels, unknown)
    order = np.flatnonzero(~unknown)
    order = order[np.argsort(images[order], kind="stable")]
    starts = np.searchsorted(images[order], np.arange(len(heads) + 1))
    parts = [order[starts[i] : starts[i + 1]] for i in range(len(heads))]
    detections = (Detections(boxes[part], scores[part], labels[part]) for part in parts)
    notes = (*found.notes, *notes)
    return Predictions(tuple(detections), tuple(problems), notes, path.name, fmt)


def _recognise(path):
    """(형식, 읽는 함수)."""
    # 불러오기를 쓰지 않으면 없어도 되는 꾸러미를 씁니다.
    from anchorbox_utils.datasets.coco_results import read_coco_results

    if os.path.isdir(path):
        files = walk(path).files
        texts = [file for file in files if suffix_of(file) == ".txt"]
        listed = [file for file in files if suffix_of(file) == ".json"]
        if texts:
            return "yolo", partial(read_yolo_results, files=texts, others=listed)
        if len(listed) == 1:
            return "coco", lambda _, heads: read_coco_results(Path(listed[0]), heads)
        told = f"JSON 파일이 {len(listed)}개라 고를 수 없습니다" if listed else "없습니다"
        raise ValueError(f"{visible(path)}: 예측을 적은 글 파일(.txt)이나 결과 JSON이 {told}.")
    if not os.path.exists(path):
        raise ValueError(f"{visible(path)}: 그런 파일이나 폴더가 없습니다.")
    if suffix_of(str(path)) == ".txt":
        raise ValueError(f"{visible(path)}: 글 파일 하나입니다. 그 폴더를 주세요.")
    return "coco", read_coco_results


def _keep_good(found, verdict, problems):
    """박스와 점수가 옳은 행의 번호. 아닌 것은 문제로 남깁니다."""
    kinds = list(BOX_PROBLEMS)
    bad_score = ~((found.scores >= 0) & (found.scores <= 1))
    if len(bad_score) and bad_score.mean() > 0.5:
        first = int(np.argmax(bad_score))
        value = found.scores[first]
        hint = " 백분율이라면 100으로 나누어 적어 주세요." if value > 1 else ""
        raise ValueError(
            f"{found.source_of(first)}: 점수는 0 이상 1 이하여야 하는데 {value:g}입니다.{hint}"
        )
    for row in np.flatnonzero((verdict >= 0) | bad_score):
        if verdict[row] >= 0:
            kind, reason = kinds[verdict[row]], BOX_PROBLEMS[kinds[verdict[row]]]
        else:
            kind, reason = "bad_score", f"점수가 0 이상 1 이하가 아닙니다: {found.scores[row]:g}"
        raw = tuple(found.raw[row].tolist())
        problems.append(Problem(found.source_of(row), str(list(raw)), reason, kind, "", raw))
    return np.flatnonzero((verdict < 0) & ~bad_score)


def _compared(dataset, images):
    """견주어 볼 이미지마다 (정답 박스, 정답 클래스, 예측의 행 번호)."""
    columns = dataset.columns
    counts = np.bincount(images, minlength=len(columns.heads))
    both = np.flatnonzero((counts > 0) & (np.diff(columns.starts) > 0))
    if len(both) > _COMPARED_IMAGES:
        both = both[np.linspace(0, len(both) - 1, _COMPARED_IMAGES).astype(int)]
    order = np.argsort(images, kind="stable")
    starts = np.searchsorted(images[order], both)
    for image, start in zip(both.tolist(), starts.tolist(), strict=True):
        here = slice(*columns.starts[image : image + 2])
        yield columns.boxes[here], columns.labels[here], order[start : start + counts[image]]


def _refuse_other_formats(path, dataset, found, sizes):
    """적힌 수를 달리 읽을 때에만 정답과 겹치면, 잘못 적힌 파일입니다."""
    readings = _readings(found)
    covered, total = dict.fromkeys(readings, 0), 0
    for truths, _, rows in _compared(dataset, found.images):
        total += len(truths)
        for name, (raw, read) in readings.items():
            with np.errstate(all="ignore"):
                boxes = read(raw[rows], sizes[found.images[rows]])
            valid = (boxes[:, 2:] >= boxes[:, :2]).all(axis=1) & np.isfinite(boxes).all(axis=1)
            iou = box_iou(truths, boxes[valid])
            covered[name] += int((iou.max(axis=1, initial=0) >= _SAME_PLACE).sum())
    usual, best = next(iter(readings)), max(covered, key=covered.get)
    if covered[best] >= max(_LEAST_PAIRS, total / 2, 2 * covered[usual]):
        raise ValueError(
            f"{visible(path)}: {_WRITTEN[found.box_format].format(usual, best)} 그렇게 읽으면 정답 "
            f"{total:,}개 가운데 {covered[best]:,}개에 겹치고, 적힌 대로는 {covered[usual]:,}개에 "
            "겹칩니다."
        )


_USUAL_YOLO = "0~1로 나눈 [cx, cy, 너비, 높이]"
# 네 수를 읽는 법 → (네 수, 이미지의 크기)를 xyxy로 바꾸는 함수.
_FOUR = {
    "[x, y, 너비, 높이] 픽셀": lambda raw, sizes: to_xyxy(raw, "xywh", None),
    "[x1, y1, x2, y2]": lambda raw, sizes: raw,
    "[cx, cy, 너비, 높이]": lambda raw, sizes: to_xyxy(raw, "cxcywh", None),
    "0~1로 나눈 [x, y, 너비, 높이]": lambda raw, sizes: to_xyxy(
        raw * np.tile(sizes, 2), "xywh", None
    ),
    _USUAL_YOLO: lambda raw, sizes: to_xyxy(raw, "yolo", sizes),
    "0~1로 나눈 [x1, y1, x2, y2]": lambda raw, sizes: raw * np.tile(sizes, 2),
}


def _readings(found):
    """{적힌 수를 읽는 법: (네 수, 바꾸는 함수)}. 첫째가 그 형식의 약속입니다."""
    if found.box_format == "xywh":
        return {name: (found.raw, read) for name, read in _FOUR.items()}
    # 다섯 수 가운데 점수를 앞에 적는 도구도 있습니다.
    turned = np.column_stack([found.raw[:, 1:], found.scores])
    names = sorted(_FOUR, key=lambda name: name != _USUAL_YOLO)
    return {
        order.format(name): (raw, _FOUR[name])
        for order, raw in (("{}, 점수", found.raw), ("점수, {}", turned))
        for name in names
    }


def _same_names(dataset, classes, labels):
    """(데이터셋의 클래스 번호, 알릴 말들). 예측 파일의 이름이 모두 정답에도 있을 때만."""
    numbers = {name: number for number, name in dataset.categories.items()}
    seen = np.unique(labels).tolist()
    to = [
        one if dataset.categories.get(one) == classes.get(one) else numbers.get(classes.get(one))
        for one in seen
    ]
    if not seen or not classes or None in to or len(set(to)) < len(to):
        return None
    note = "클래스는 category_id가 아니라 예측 파일의 categories에 적힌 이름으로 읽었습니다."
    return np.array(to)[np.searchsorted(seen, labels)], (note,) * (to != seen)


def _same_numbers(dataset, images, boxes, labels):
    """클래스 번호를 데이터셋의 것으로. 한결같이 어긋났을 때만 바꾸고 알립니다."""
    seen, known = np.unique(labels), np.array(sorted(dataset.categories))
    table = np.zeros((len(seen), len(known)), int)
    for truths, classes, rows in _compared(dataset, images):
        iou = box_iou(truths, boxes[rows])
        same = iou.max(axis=1) >= _SAME_PLACE
        guessed = np.searchsorted(seen, labels[rows[iou.argmax(axis=1)]])
        # 목록에 없는 클래스의 정답과는 견줄 수 없습니다.
        same &= np.isin(classes, known)
        np.add.at(table, (guessed[same], np.searchsorted(known, classes[same])), 1)
    pairs = int(table.sum())
    if pairs < _LEAST_PAIRS:
        return labels, ()
    ways = {"": seen, "1부터 세어 적혀 있어 1을 뺐습니다": seen - 1}
    if ((seen >= 0) & (seen < len(known))).all():
        ways["클래스의 차례로 적혀 있어 그 차례의 번호로 바꾸었습니다"] = known[seen]
    likely = known[table.argmax(axis=1)]
    one_to_one = len(set(likely.tolist())) == len(seen)
    told = ", ".join(
        f"{number}={visible(dataset.categories[name], 30)}"
        for number, name in zip(seen.tolist(), likely.tolist(), strict=True)
    )
    if dataset.fmt in _NAMED and one_to_one:
        ways[f"정답의 이름과 짝지어지지 않아, 겹치는 정답의 이름으로 읽었습니다({told})"] = likely
    agreed = {how: int(table[to[:, None] == known].sum()) for how, to in ways.items()}
    how = max(agreed, key=agreed.get)
    least = max(pairs / 2, 2 * agreed[""])
    if not how or agreed[how] < least:
        # 번호가 뜻이 있는 형식은 바꾸어 읽지 않습니다. 라벨 쪽의 번호가 틀렸을 수도 있습니다.
        turned = one_to_one and table.max(axis=1).sum() >= least
        note = (
            "예측과 정답의 클래스 번호를 매긴 차례가 서로 다른 것 같습니다. 겹치는 정답대로라면 "
            f"예측의 번호는 {told}입니다. 번호는 적힌 그대로 읽었습니다."
        )
        return labels, (note,) * bool(turned)
    note = (
        f"예측의 클래스 번호가 {how}. 정답과 겹치는 예측 {pairs:,}개 가운데 그대로는 "
        f"{agreed['']:,}개, 바꾸면 {agreed[how]:,}개의 클래스가 같습니다."
    )
    return ways[how][np.searchsorted(seen, labels)], (note,)


def _unknown_classes(found, good, labels, unknown):
    """데이터셋에 없는 클래스마다 문제 하나."""
    for number in np.unique(labels[unknown]).tolist():
        rows = np.flatnonzero(unknown & (labels == number))
        told = with_particle(number, "은/는")
        reason = f"클래스 {told} 데이터셋에 없습니다. 그런 예측이 {len(rows):,}개입니다."
        yield Problem(found.source_of(good[rows[0]]), str(number), reason, "unknown_class")
