"""기록 모으기: 숫자 네 개씩을 박스와 문제로 나눕니다. 모든 불러오기가 이 관문을 지납니다."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from anchorbox_utils.datasets.model import (
    BOX_FORMATS,
    Columns,
    Dataset,
    LoadedImages,
    Problem,
    Reading,
    Source,
    as_categories,
    class_name,
)
from anchorbox_utils.datasets.reading import brief
from anchorbox_utils.validation import (
    as_choice,
    as_image_size,
    as_integer_array,
    as_list,
    as_text,
    is_nested,
    real_array,
)
from anchorbox_utils.visible import visible

# 0~1이어야 할 YOLO 값이 이보다 크면 반올림이 아니라 다른 단위로 적은 것입니다.
_NORMALIZED_LIMIT = 1.5

# 좌표의 한도와 변의 길이의 하한, 픽셀. 이 밖의 수는 넓이나 비를 셈하다가 넘치거나 사라집니다.
_LARGEST, _SMALLEST = 1e30, 1e-9

# 문제로 남길 기록의 수. 하나에 1 KB쯤 들고, 이보다 많으면 낱낱의 실수가 아닙니다.
MOST_PROBLEMS = 1_000_000

# 하나씩 받은 기록을 이만큼 모아 한꺼번에 봅니다. 박스가 된 기록의 내용은 그때 놓아줍니다.
_BLOCK = 4096

# 박스마다 하나씩 있는 열. Columns가 이 차례로 받습니다.
_STACKED = ("boxes", "labels", "crowd", "polygon", "marks", "areas")

# 네 수는 읽었지만 박스가 될 수 없는 까닭. 진단이 원인을 더 찾아봅니다. 앞의 것이 이깁니다.
BOX_PROBLEMS = {
    "not_finite": "좌표에 NaN이나 무한대, 또는 셈할 수 없이 큰 수가 있습니다.",
    "not_normalized": "0~1이어야 하는 값이 1을 크게 넘습니다. 픽셀 좌표를 적은 것 같습니다.",
    "filler": "네 수가 모두 0입니다. 물체가 없는 이미지에 넣은 채움값 같습니다.",
    "flipped": "너비나 높이가 음수입니다(뒤집힌 박스).",
    "zero_size": "너비나 높이가 0입니다.",
}


def to_xyxy(raw, box_format, sizes):
    """파일에 적힌 네 수를 xyxy 픽셀로 바꿉니다. 검사하지 않으므로 이상한 박스도 그대로 나옵니다.

    Args:
        raw: (N, 4) 파일에 적힌 수.
        box_format: ``"xyxy"``, ``"xywh"``, ``"cxcywh"``, ``"yolo"``.
        sizes: (N, 2) 행마다의 이미지 (너비, 높이). ``"yolo"``일 때만 씁니다.

    Returns:
        (N, 4) xyxy.

    Examples:
        >>> to_xyxy(np.array([[0.5, 0.5, 0.5, 1.0]]), "yolo", np.array([[100.0, 40.0]]))
        array([[25.,  0., 75., 40.]])
    """
    first, second = raw[:, :2], raw[:, 2:]
    if box_format == "yolo":
        first, second = first * sizes, second * sizes
    if box_format == "xyxy":
        return np.concatenate([first, second], axis=1)
    corner = first if box_format == "xywh" else first - second / 2
    return np.concatenate([corner, corner + second], axis=1)


def from_xyxy(boxes, box_format, sizes):
    """:func:`to_xyxy`의 역변환.

    Examples:
        >>> from_xyxy(np.array([[25.0, 0, 75, 40]]), "yolo", np.array([[100.0, 40.0]]))
        array([[0.5, 0.5, 0.5, 1. ]])
    """
    if box_format == "xyxy":
        return boxes.copy()
    corner, size = boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
    first = corner if box_format == "xywh" else corner + size / 2
    raw = np.concatenate([first, size], axis=1)
    return raw / np.tile(sizes, 2) if box_format == "yolo" else raw


class _Image(NamedTuple):
    """박스를 나누어 주기 전의 이미지. 이름은 :class:`LabeledImage`의 것입니다."""

    path: str
    width: float | None
    height: float | None
    file_size: tuple[int, int] | None
    rotated: bool
    split: str
    image_id: int | str | None
    named_only: bool


class _Block(NamedTuple):
    """한꺼번에 본 행들. ``source_of(행)``이 그 :class:`Source`를 줍니다."""

    images: np.ndarray
    boxes: np.ndarray
    good: np.ndarray
    labels: np.ndarray
    crowd: np.ndarray
    polygon: np.ndarray
    marks: np.ndarray
    areas: np.ndarray
    source_of: Callable


class _Sources(Sequence):
    """박스마다, 그 기록이 들어온 토막 (행의 수, 자리를 주는 함수)에서 자리를 찾아 줍니다."""

    def __init__(self, parts, order):
        self._parts = [source_of for _, source_of in parts]
        self._starts = np.cumsum([0, *(count for count, _ in parts)]).tolist()
        self._order = order

    def __len__(self):
        return len(self._order)

    def __getitem__(self, row):
        number = int(self._order[row])
        part = bisect_right(self._starts, number) - 1
        return self._parts[part](number - self._starts[part])


def join_images(datasets, categories):
    """여러 데이터셋의 이미지를 차례로 이은 것. 박스마다의 것은 달라고 할 때 만듭니다."""
    columns = [dataset.columns for dataset in datasets]
    stacked = [np.concatenate([getattr(one, name) for one in columns]) for name in _STACKED]
    counts = np.concatenate([np.diff(one.starts) for one in columns])
    parts = [(len(one.sources), one.sources.__getitem__) for one in columns]
    sources = _Sources(parts, np.arange(counts.sum()))
    heads = [head for one in columns for head in one.heads]
    starts = np.concatenate([[0], np.cumsum(counts)])
    return LoadedImages(Columns(heads, starts, *stacked, sources), categories)


class Records:
    """이미지와 기록을 모았다가 :class:`Dataset` 하나로 만듭니다."""

    def __init__(self, box_format, split=""):
        self.box_format, self._split = box_format, split
        self.images = []
        self.problems = []
        self.reading = Reading()
        self._box_problems = []
        self._pending = []
        self._blocks = []

    def add_image(
        self, path, width, height, file_size=None, rotated=False, named_only=None, image_id=None
    ):
        """이미지를 더하고 그 번호를 돌려줍니다. 크기를 재지 않은 것은 이름만 있는 것입니다."""
        named_only = file_size is None if named_only is None else named_only
        size = (width, height, file_size, rotated)
        head = _Image(str(path), *size, self._split, image_id, named_only)
        self.images.append(head)
        return len(self.images) - 1

    def tell(self, **changes):
        """무엇을 읽었는지를 적습니다. 튜플은 앞의 것에 이어 붙이고, 나머지는 바꿉니다."""
        for name, value in changes.items():
            if isinstance(value, tuple):
                changes[name] = getattr(self.reading, name) + value
        self.reading = self.reading._replace(**changes)

    def add_problem(self, kind, reason, source, record="", image="", raw=None):
        self.problems.append(_problem(kind, reason, source, record, image, raw))
        self._check_count()

    def _check_count(self):
        if len(self.problems) + len(self._box_problems) > MOST_PROBLEMS:
            last = (self.problems or self._box_problems)[-1]
            raise ValueError(
                f"{visible(last.source)}: 박스가 되지 못한 기록이 {MOST_PROBLEMS:,}개를 넘어 "
                f"멈췄습니다. 파일의 형식을 확인하세요. 여기서는: {visible(last.reason)}"
            )

    def add_unreadable(self, kind, error, source, record="", image=""):
        """읽지 못한 파일을 문제로 남깁니다. 그 파일이 곧 자리이면 이름을 되풀이하지 않습니다."""
        reason = error.reason if error.path == source.file else str(error)
        self.add_problem(kind, reason, source, record, image)

    def add_box(
        self, image, raw, label, source, record, crowd=False, polygon=False, marks=0, area=None
    ):
        """숫자 네 개를 더합니다. 박스가 될 수 있는지는 모아서 한꺼번에 봅니다."""
        self._pending.append((image, raw, label, crowd, polygon, marks, area, source, record))
        if len(self._pending) >= _BLOCK:
            self._settle()

    def add_boxes(self, images, raw, labels, crowd, polygon, marks, areas, source_of, record_of):
        """여러 행을 한꺼번에 더합니다.

        Args:
            images: (K,) 이미지 번호.
            raw: (K, 4) float64. 파일에 적힌 수.
            labels: (K,) 클래스 번호.
            crowd: (K,) bool.
            polygon: (K,) bool.
            marks: (K,) :class:`Mark`를 더한 수.
            areas: (K,) 파일에 적힌 넓이. 없으면 None입니다.
            source_of: 0부터 센 행의 :class:`Source`를 주는 함수. 필요할 때 부릅니다.
            record_of: 행의 기록을 주는 함수. 박스가 되지 못한 행에만, 여기서 바로 부릅니다.
        """
        self._settle()
        self._add_block(images, raw, labels, crowd, polygon, marks, areas, source_of, record_of)

    def _settle(self):
        if self._pending:
            images, raw, *columns, sources, records = zip(*self._pending, strict=True)
            self._pending = []
            raw = np.fromiter(chain.from_iterable(raw), np.float64, 4 * len(raw)).reshape(-1, 4)
            self._add_block(images, raw, *columns, sources.__getitem__, records.__getitem__)

    def _add_block(self, images, raw, labels, crowd, polygon, marks, areas, source_of, record_of):
        images = np.asarray(images, np.intp)
        sizes = None
        if self.box_format == "yolo":
            numbers, places = np.unique(images, return_inverse=True)
            sizes = sizes_of([self.images[number] for number in numbers])[places]
        with np.errstate(all="ignore"):
            boxes = to_xyxy(raw, self.box_format, sizes)
            verdict = judge_boxes(raw, boxes, self.box_format)
            box_areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
        good = verdict < 0
        for row in np.flatnonzero(~good):
            kind, reason = list(BOX_PROBLEMS.items())[verdict[row]]
            path = self.images[images[row]].path
            found = _problem(kind, reason, source_of(row), record_of(row), path, raw[row])
            self._box_problems.append(found)
            self._check_count()
        flags = (np.asarray(flag, bool) for flag in (crowd, polygon))
        labels = np.asarray(labels, np.int64)
        marks = np.asarray(marks, np.uint8)
        # None은 float64 배열에서 NaN이 됩니다.
        areas = np.array(areas, np.float64)
        areas = np.where(np.isfinite(areas), areas, box_areas)
        self._blocks.append(_Block(images, boxes, good, labels, *flags, marks, areas, source_of))

    def finish(self, categories=None, name="", fmt=""):
        """모은 것을 데이터셋으로 만듭니다. 박스가 되지 못한 행은 다른 문제들의 뒤에 놓입니다."""
        self._settle()
        blocks = self._blocks or [_EMPTY]
        owners, boxes, good, *others = (
            np.concatenate(column) for column in list(zip(*blocks, strict=True))[:-1]
        )
        order = np.flatnonzero(good)
        # 이미지 번호로 안정 정렬하면 이미지마다 이어진 한 토막이 됩니다.
        order = order[np.argsort(owners[order], kind="stable")]
        columns = Columns(
            self.images,
            np.searchsorted(owners[order], np.arange(len(self.images) + 1)),
            *(column[order] for column in (boxes, *others)),
            _Sources([(len(block.images), block.source_of) for block in blocks], order),
        )
        if categories is None:
            categories = {n: class_name({}, n) for n in np.unique(columns.labels).tolist()}
        images = LoadedImages(columns, categories)
        problems = self.problems + self._box_problems
        return Dataset(images, problems, categories, name, fmt, self.box_format, self.reading)


def judge_boxes(raw, boxes, box_format):
    """(N,) 행마다의 문제가 BOX_PROBLEMS의 몇 번째인지. 박스면 −1입니다.

    Examples:
        >>> raw = np.array([[0.0, 0, 5, 5], [0, 0, -5, 5]])
        >>> judge_boxes(raw, to_xyxy(raw, "xywh", None), "xywh")
        array([-1,  3])
    """
    size = boxes[:, 2:] - boxes[:, :2]
    # 너비나 높이가 수가 아니면 박스도 수가 아닙니다. NaN과 견주면 언제나 거짓입니다.
    finite = (np.abs(boxes) <= _LARGEST).all(axis=1)
    too_big = np.full(len(raw), False)
    if box_format == "yolo":
        too_big = (np.abs(raw) > _NORMALIZED_LIMIT).any(axis=1)
    verdict = np.full(len(raw), -1)
    bad = np.flatnonzero(~finite | too_big | (size <= _SMALLEST).any(axis=1))
    conditions = {
        "not_finite": ~finite[bad],
        "not_normalized": too_big[bad],
        "filler": (raw[bad] == 0).all(axis=1),
        "flipped": (size[bad] < 0).any(axis=1),
        "zero_size": np.full(len(bad), True),
    }
    verdict[bad] = np.select([conditions[kind] for kind in BOX_PROBLEMS], range(5))
    return verdict


_EMPTY = _Block(
    np.empty(0, np.intp),
    np.empty((0, 4)),
    np.empty(0, bool),
    np.empty(0, np.int64),
    np.empty(0, bool),
    np.empty(0, bool),
    np.empty(0, np.uint8),
    np.empty(0),
    None,
)


def sizes_of(images):
    """(I, 2) 이미지마다의 (너비, 높이). 모르는 것은 NaN입니다."""
    sides = [(image.width, image.height) for image in images]
    # None은 float64 배열에서 NaN이 됩니다.
    return np.array(sides, dtype=np.float64).reshape(-1, 2)


def _problem(kind, reason, source, record, image, raw):
    raw = None if raw is None else tuple(float(value) for value in raw)
    return Problem(source, brief(record), reason, kind, str(image), raw)


def dataset_from_boxes(boxes, image_sizes, labels=None, names=None, fmt="xyxy", paths=None):
    """메모리에 있는 박스로 데이터셋을 만듭니다. 파일에서 읽을 때와 똑같은 검사를 거칩니다.

    Args:
        boxes: 이미지마다 (N, 4) 숫자 배열 하나씩.
        image_sizes: 이미지마다 (높이, 너비), 픽셀. 짝이 하나면 모든 이미지에 씁니다.
        labels: 이미지마다 (N,) 클래스 번호. 없으면 모두 0입니다.
        names: 클래스 번호 → 이름 사전. 없으면 ``"클래스 0"``처럼 씁니다.
        fmt: 네 수의 뜻. ``"xyxy"``, ``"xywh"``, ``"cxcywh"``(픽셀), ``"yolo"``(0~1 cxcywh).
        paths: 이미지마다의 이름. 없으면 ``"이미지 0"``처럼 씁니다.

    Returns:
        :class:`Dataset`.

    Raises:
        ValueError: 이미지 수가 서로 다르거나, 배열의 모양이나 fmt가 올바르지 않을 때.

    Examples:
        >>> dataset = dataset_from_boxes([[[4, 4, 20, 30], [9, 9, 5, 12]]], (48, 64))
        >>> dataset
        Dataset(이미지 1장, 박스 1개, 문제 1건)
        >>> print(dataset.problems[0].source, dataset.problems[0].reason)
        이미지 0: 박스 1 너비나 높이가 음수입니다(뒤집힌 박스).
    """
    as_choice(fmt, "fmt", BOX_FORMATS, "형식")
    boxes = [_as_rows(rows, f"boxes[{i}]") for i, rows in enumerate(as_list(boxes, "boxes"))]
    image_sizes = as_list(image_sizes, "image_sizes")
    if len(image_sizes) == 2 and not is_nested(image_sizes):
        image_sizes = [as_image_size(image_sizes, "image_sizes")] * len(boxes)
    labels = [np.zeros(len(rows), np.int64) for rows in boxes] if labels is None else labels
    paths = [f"이미지 {i}" for i in range(len(boxes))] if paths is None else paths
    labels, paths = as_list(labels, "labels"), as_list(paths, "paths")
    if names is not None:
        as_categories(names, "names")
    for argument, values in (("image_sizes", image_sizes), ("labels", labels), ("paths", paths)):
        if len(values) != len(boxes):
            raise ValueError(f"{argument}: 이미지는 {len(boxes)}장인데 {len(values)}개입니다.")
    records = Records(fmt)
    for i, (rows, size, numbers) in enumerate(zip(boxes, image_sizes, labels, strict=True)):
        height, width = as_image_size(size, f"image_sizes[{i}]")
        path = as_text(paths[i], f"paths[{i}]")
        image = records.add_image(path, width, height, named_only=False)
        raw, numbers = rows, as_integer_array(numbers, f"labels[{i}]")
        if len(numbers) != len(raw):
            raise ValueError(f"labels[{i}]: 박스는 {len(raw)}개인데 라벨은 {len(numbers)}개입니다.")
        for j, (row, label) in enumerate(zip(raw, numbers, strict=True)):
            source = Source(paths[i], f"박스 {j}")
            records.add_box(image, row, int(label), source, str(row.tolist()))
    return records.finish(names)


def _as_rows(values, name):
    """NaN과 뒤집힌 박스도 받아들이는 (N, 4) float64 배열. 모양만 검사합니다."""
    return real_array(values, name, ("N", 4)).astype(np.float64, copy=False)
