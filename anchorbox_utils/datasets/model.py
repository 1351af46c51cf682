"""데이터셋의 꼴: 이미지, 박스, 그리고 박스가 되지 못한 기록."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from functools import cached_property
from os import PathLike
from typing import NamedTuple

import numpy as np

from anchorbox_utils.boxes import FORMATS, finite_area, validate_boxes
from anchorbox_utils.evaluation import GroundTruths
from anchorbox_utils.validation import (
    as_boolean_array,
    as_choice,
    as_count,
    as_flag,
    as_instance,
    as_integer_array,
    as_list,
    as_number,
    as_pair,
    as_path,
    as_real_array,
    as_text,
    as_texts,
)

# 파일에 적힌 네 수의 뜻. yolo는 이미지 크기로 나눈 cxcywh입니다.
BOX_FORMATS = (*FORMATS, "yolo")


def as_categories(categories, name):
    """클래스 번호 → 이름의 사전인지 봅니다."""
    as_instance(categories, name, Mapping)
    for number, title in categories.items():
        as_count(number, f"{name}의 번호", least=-(2**63))
        as_text(title, f"{name}[{number}]")
    return categories


def _instances(values, name, kind):
    return tuple(
        as_instance(value, f"{name}[{i}]", kind) for i, value in enumerate(as_list(values, name))
    )


def _no_flags(n):
    return np.zeros(n, dtype=bool)


def class_name(names, number):
    """클래스 번호의 이름. 목록에 없으면 번호로 부릅니다.

    Examples:
        >>> class_name({0: "개"}, 0), class_name({0: "개"}, 7)
        ('개', '클래스 7')
    """
    return names.get(number, f"클래스 {number}")


class Mark(IntFlag):
    """박스는 되지만 평가 도구가 다르게 볼 기록에 붙이는 표시. 흔할 수 있어 비트로 적습니다.

    Examples:
        >>> int(Mark.ID_ZERO | Mark.NO_AREA)
        3
    """

    ID_ZERO = 1
    NO_AREA = 2
    BAD_AREA = 4
    NO_CROWD = 8
    # 아래 셋은 박스를 그 기록의 다각형과 견준 결과입니다. APART는 서로 어긋난 것, NESTED는 한쪽이
    # 다른 쪽 안에 들어 있지만 크기가 크게 다른 것입니다.
    COMPARED = 16
    APART = 32
    NESTED = 64


class Source(NamedTuple):
    """기록이 있던 곳.

    Attributes:
        file: 파일 경로. 메모리에서 만든 데이터면 빈 문자열입니다.
        place: 파일 안의 자리. 예: ``"3행"``, ``"annotations[12] (id 34)"``. 처음 나오는 수가 그
            파일에서 기록의 차례입니다(고친 사본을 만들 때 그 수로 기록을 찾습니다).

    Examples:
        >>> print(Source("labels/a.txt", "3행"))
        labels/a.txt: 3행
    """

    file: str
    place: str

    def __str__(self):
        return ": ".join(part for part in self if part)


@dataclass(frozen=True, eq=False)
class Problem:
    """박스가 되지 못한 기록 하나. 버리지 않고 이유와 함께 남깁니다.

    Attributes:
        source: 기록이 있던 곳.
        record: 파일에 적힌 그대로의 내용(길면 앞부분).
        reason: 왜 박스가 되지 못했는지.
        kind: 이유의 종류. 예: ``"flipped"``, ``"zero_size"``, ``"missing_image"``.
        image: 그 기록이 가리키는 이미지의 경로. 모르면 빈 문자열입니다.
        raw: 숫자 네 개로 읽히기는 했다면 파일에 적힌 그대로의 네 수, 아니면 None.

    Examples:
        >>> source = Source("a.txt", "1행")
        >>> problem = Problem(source, "0 .5 .5 0 .1", "너비가 0입니다.", "zero_size")
        >>> problem.reason
        '너비가 0입니다.'
    """

    source: Source
    record: str
    reason: str
    kind: str
    image: str = ""
    raw: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class LabeledImage:
    """이미지 한 장과 그 정답 박스.

    Attributes:
        path: 이미지의 경로나 이름.
        width: 라벨 파일이 말하는 너비, 픽셀. 알 수 없으면 None입니다.
        height: 라벨 파일이 말하는 높이, 픽셀. 알 수 없으면 None입니다.
        boxes: (N, 4) float64 xyxy 박스, 픽셀. 모두 유한하고 x1 < x2, y1 < y2입니다.
            이미지 밖으로 나간 박스는 자르지 않고 그대로 둡니다.
        class_names: 박스마다의 클래스 이름 N개.
        crowd: (N,) bool. 여러 물체를 한데 묶은 박스(COCO의 iscrowd)인지.
        sources: 박스마다의 :class:`Source` N개.
        labels: (N,) int64. 파일에 적힌 클래스 번호. 번호가 없는 형식이면 이름순 번호입니다.
        file_size: 이미지 파일을 열어 잰 (너비, 높이). 열지 않았으면 None입니다.
        rotated: 이미지 파일의 EXIF가 가로세로를 바꾸라고 하는지.
        polygon: (N,) bool. 다각형으로 적힌 것을 감싸는 박스로 읽었는지.
        marks: (N,) uint8. 박스마다의 :class:`Mark`를 더한 수.
        areas: (N,) float64. 파일에 적힌 물체의 넓이(COCO의 area), 제곱 픽셀. 없으면 박스의
            넓이입니다.
        split: 라벨 파일이 말하는 나눔의 이름(``"train"`` 등). 없으면 빈 문자열입니다.
        image_id: 라벨 파일이 이미지를 부르는 id(COCO). 예측 파일의 이미지를 찾을 때 씁니다. 없으면
            None입니다.
        named_only: ``path``가 라벨 파일에 적힌 이름일 뿐이어서 열면 안 되는지. 불러오기가 보아도
            되는 폴더에서 찾은 파일이거나 손으로 지은 이미지면 False입니다.

    Examples:
        >>> image = LabeledImage("a.png", 64, 48, [[1, 2, 30, 40]], ["원"])
        >>> image.boxes.shape, image.crowd, image.labels
        ((1, 4), array([False]), array([0]))
    """

    path: str
    width: float | None
    height: float | None
    boxes: np.ndarray = field(default_factory=lambda: np.empty((0, 4)))
    class_names: Sequence[str] = ()
    crowd: np.ndarray | None = None
    sources: Sequence[Source] | None = None
    labels: np.ndarray | None = None
    file_size: tuple[int, int] | None = None
    rotated: bool = False
    polygon: np.ndarray | None = None
    marks: np.ndarray | None = None
    areas: np.ndarray | None = None
    split: str = ""
    image_id: int | str | None = None
    named_only: bool = False

    def __post_init__(self):
        path = as_path(self.path) if isinstance(self.path, PathLike) else as_text(self.path, "path")
        boxes = validate_boxes(self.boxes).astype(np.float64, copy=False)
        box_areas = finite_area(boxes, "boxes")
        n = len(boxes)
        names = as_texts(self.class_names, "class_names") or ("물체",) * n
        labels = self.labels
        if labels is None:
            _, labels = np.unique(names, return_inverse=True) if n else (None, np.empty(0, int))
        fields = {
            "boxes": boxes,
            "class_names": names,
            "crowd": _no_flags(n) if self.crowd is None else as_boolean_array(self.crowd, "crowd"),
            "polygon": _no_flags(n)
            if self.polygon is None
            else as_boolean_array(self.polygon, "polygon"),
            "marks": np.zeros(n, np.uint8)
            if self.marks is None
            else as_integer_array(self.marks, "marks", least=0, most=255).astype(np.uint8),
            "sources": _instances(self.sources, "sources", Source)
            if self.sources is not None
            else tuple(Source("", f"{path} 박스 {i}") for i in range(n)),
            "labels": as_integer_array(labels, "labels"),
            "areas": box_areas
            if self.areas is None
            else as_real_array(self.areas, "areas", ("N",)).astype(np.float64, copy=False),
        }
        for name, value in fields.items():
            if len(value) != n:
                raise ValueError(f"{name}: 박스는 {n}개인데 {len(value)}개입니다. 이미지: {path}")
        for name in ("width", "height"):
            side = getattr(self, name)
            fields[name] = None if side is None else as_number(side, name, above=0, most=10**9)
        if self.file_size is not None:
            fields["file_size"] = as_pair(
                self.file_size, "file_size", "(너비, 높이)는 0보다 큰 두 수", above=0, most=10**9
            )
        fields["path"], fields["split"] = path, as_text(self.split, "split")
        if self.image_id is not None and not isinstance(self.image_id, str):
            as_count(self.image_id, "image_id", least=-(2**63))
        for name in ("rotated", "named_only"):
            fields[name] = as_flag(getattr(self, name), name)
        vars(self).update(fields)

    @classmethod
    def _trusted(cls, **fields):
        """검사를 마친 값들로 만듭니다. 불러온 수십만 장은 다시 검사하지 않습니다."""
        image = cls.__new__(cls)
        vars(image).update(fields)
        return image

    @property
    def image_size(self):
        """(높이, 너비), 픽셀. 크기를 모르면 None입니다."""
        return None if self.width is None or self.height is None else (self.height, self.width)


class Reading(NamedTuple):
    """파일에서 무엇을 읽고 무엇을 읽지 않았는지. 메모리에서 만든 데이터면 모두 비어 있습니다.

    Attributes:
        class_list: 클래스 목록을 읽은 곳. 목록이 없었으면 빈 문자열입니다.
        searched: 이미지를 찾아본 폴더들.
        roots: 그림을 열어도 되는 폴더들. 파일에 적힌 경로나 링크가 가리켜도 이 밖은 열지 않습니다.
        pictures: 그 폴더들에 있던 이미지 파일의 수.
        skipped: 읽지 않은 파일마다 (경로, 이유).
        notes: 보통과 다르게 읽은 것을 알리는 문장들.
        renamed: 적힌 이름과 다른 이름의 이미지를 열었을 때마다 (기록의 자리, 어떻게 다른지).
        lost: 한 장도 찾지 못했을 때 처음 몇 이미지의 (이름, 까닭).

    Examples:
        >>> Reading(skipped=(("README.txt", "설명 글입니다"),)).skipped[0]
        ('README.txt', '설명 글입니다')
    """

    class_list: str = ""
    searched: tuple[str, ...] = ()
    pictures: int = 0
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    renamed: tuple[tuple[Source, str], ...] = ()
    lost: tuple[tuple[str, str], ...] = ()
    roots: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Columns:
    """모든 박스를 이미지의 차례로 이어 놓은 열. 박스가 수십만 개일 때 한꺼번에 셈하려는 것입니다.

    Attributes:
        heads: 이미지마다의 ``path``, ``width``, ``height``, ``file_size``, ``rotated``, ``split``이
            있는 것.
        starts: (I + 1,) 이미지 ``i``의 박스는 ``starts[i]:starts[i + 1]``입니다.
        boxes: (N, 4) xyxy.
        labels: (N,) 클래스 번호.
        crowd: (N,) bool.
        polygon: (N,) bool.
        marks: (N,) uint8. :class:`Mark`를 더한 수.
        areas: (N,) 파일에 적힌 물체의 넓이. 없으면 박스의 넓이입니다.
        sources: 박스마다의 :class:`Source`. 달라고 할 때 만들기도 합니다.
    """

    heads: Sequence
    starts: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    crowd: np.ndarray
    polygon: np.ndarray
    marks: np.ndarray
    areas: np.ndarray
    sources: Sequence[Source]

    @classmethod
    def of(cls, images):
        """:class:`LabeledImage`들을 이어 놓습니다."""
        empty = LabeledImage("", None, None)
        joined = (
            np.concatenate([getattr(image, name) for image in (empty, *images)])
            for name in ("boxes", "labels", "crowd", "polygon", "marks", "areas")
        )
        starts = np.cumsum([0, *(len(image.boxes) for image in images)])
        return cls(images, starts, *joined, [s for image in images for s in image.sources])


class LoadedImages(Sequence):
    """열에서 :class:`LabeledImage`를 달라고 할 때마다 만드는 묶음. 배열은 열의 것을 함께 씁니다."""

    def __init__(self, columns, names):
        self.columns, self._names = columns, names

    def __len__(self):
        return len(self.columns.heads)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        columns, number = self.columns, range(len(self))[index]
        here = slice(*columns.starts[number : number + 2])
        labels = columns.labels[here]
        return LabeledImage._trusted(
            **columns.heads[number]._asdict(),
            boxes=columns.boxes[here],
            class_names=tuple(class_name(self._names, label) for label in labels.tolist()),
            crowd=columns.crowd[here],
            sources=tuple(columns.sources[row] for row in range(here.start, here.stop)),
            labels=labels,
            polygon=columns.polygon[here],
            marks=columns.marks[here],
            areas=columns.areas[here],
        )


@dataclass(frozen=True, eq=False)
class Dataset:
    """이미지와 정답 박스 묶음. ``load_coco``와 같은 불러오기의 결과입니다.

    Attributes:
        images: :class:`LabeledImage`의 묶음. 파일에서 읽은 것이면 달라고 할 때마다 만듭니다.
        problems: 박스가 되지 못한 기록 :class:`Problem`의 튜플. 조용히 버려진 기록은 없습니다.
        categories: 클래스 번호 → 이름. 파일이 목록을 따로 적지 않으면 박스에서 모은 것입니다.
        name: 데이터셋의 이름(파일이나 폴더).
        fmt: ``FORMATS``의 열쇠, 또는 메모리에서 만들었으면 빈 문자열.
        box_format: 파일에 적힌 네 수의 뜻. ``"xyxy"``, ``"xywh"``, ``"cxcywh"``, 또는 이미지
            크기로 나눈 cxcywh인 ``"yolo"``.
        reading: 무엇을 읽고 무엇을 읽지 않았는지(:class:`Reading`).

    Examples:
        >>> dataset = Dataset([LabeledImage("a.png", 64, 48, [[1, 2, 30, 40]], ["원"])])
        >>> dataset
        Dataset(이미지 1장, 박스 1개, 문제 0건)
    """

    images: Sequence[LabeledImage]
    problems: Sequence[Problem] = ()
    categories: dict[int, str] | None = None
    name: str = ""
    fmt: str = ""
    box_format: str = "xyxy"
    reading: Reading = Reading()

    def __post_init__(self):
        if not isinstance(self.images, LoadedImages):
            object.__setattr__(self, "images", _instances(self.images, "images", LabeledImage))
        object.__setattr__(self, "problems", _instances(self.problems, "problems", Problem))
        as_text(self.name, "name"), as_text(self.fmt, "fmt")
        as_choice(self.box_format, "box_format", BOX_FORMATS, "형식")
        as_instance(self.reading, "reading", Reading)
        if self.categories is not None:
            as_categories(self.categories, "categories")
        else:
            pairs = {
                (int(label), name)
                for image in self.images
                for label, name in zip(image.labels, image.class_names, strict=True)
            }
            object.__setattr__(self, "categories", dict(sorted(pairs)))

    @cached_property
    def columns(self):
        """모든 박스의 :class:`Columns`."""
        loaded = isinstance(self.images, LoadedImages)
        return self.images.columns if loaded else Columns.of(self.images)

    @property
    def n_boxes(self):
        """박스의 수."""
        return len(self.columns.boxes)

    def ground_truths(self):
        """이미지마다의 정답. 예측을 채점하는 :func:`evaluate_detections` 등에 그대로 줍니다.

        Returns:
            :class:`GroundTruths`의 리스트. crowd와 넓이도 들어 있고, 차례는 ``images``와 같습니다.

        Examples:
            >>> image = LabeledImage("a.png", 64, 48, [[1, 2, 30, 40]], ["원"], crowd=[True])
            >>> Dataset([image]).ground_truths()[0].crowd
            array([ True])
        """
        columns = self.columns
        rows = (columns.boxes, columns.labels, columns.crowd, columns.areas)
        parts = (np.split(column, columns.starts[1:-1]) for column in rows)
        return [GroundTruths(*image) for image in zip(*parts, strict=True)][: len(self.images)]

    def __repr__(self):
        return (
            f"Dataset(이미지 {len(self.images):,}장, 박스 {self.n_boxes:,}개, "
            f"문제 {len(self.problems):,}건)"
        )
