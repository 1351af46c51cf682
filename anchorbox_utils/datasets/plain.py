"""평범한 COCO 기록을 빠르게: 다각형을 만들지 않고 필요한 항목만 꺼냅니다.

msgspec은 형이 정해진 것만 빠르게 읽고, 기록 하나라도 다르면 통째로 거절합니다. 그래서 여기서는 글을
기록마다의 토막으로 나누기만 하고, 평범하지 않은 기록은 부른 쪽이 json으로 읽어 이유를 말합니다.
"""

import codecs
from typing import Annotated

import msgspec
import numpy as np

from anchorbox_utils.datasets.reading import BOUNDS, parse_json, refuse_bloat

_PIECE = 2**20

# 토막 하나와, 이미지 기록의 글 한 바이트가 차지하는 메모리의 어림(바이트).
_RAW, _PER_BYTE = 64, 6
# 이보다 짧으면 무엇이 들었든 토막이 메모리를 채우지 못합니다.
_LONG = 2**25


class _Document(msgspec.Struct):
    """COCO 파일의 틀. 안쪽은 아직 읽지 않은 글입니다."""

    images: list[msgspec.Raw]
    annotations: list[msgspec.Raw]
    categories: msgspec.Raw = msgspec.Raw(b"null")


class _Any(msgspec.Struct, gc=False):
    """아무 객체."""


class _Objects(msgspec.Struct):
    """목록에 객체만 있는지 볼 때의 틀."""

    images: list[_Any]
    annotations: list[_Any]


class Annotation(msgspec.Struct, gc=False):
    """평범한 박스 기록. ``coco``의 규칙으로 문제가 될 수 있는 것은 이 형에 들지 않습니다."""

    image_id: int | str
    category_id: Annotated[int, msgspec.Meta(ge=1 - 2**63, le=2**63 - 1)]
    bbox: tuple[float, float, float, float]
    id: int | str | None = None
    iscrowd: int | bool | None = None
    area: float | None = None


_decode = msgspec.json.Decoder(Annotation).decode


def split(data, path):
    """바이트를 기록마다의 글로 나눈 사전. 평범한 COCO 파일이 아니면 None."""
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        # 건너뛴 글 속의 깨진 글자는 msgspec이 보지 않습니다.
        if not _is_utf8(data) or not _fits(data, path):
            return None
        document = msgspec.json.decode(data, type=_Document)
    except (msgspec.DecodeError, RecursionError, MemoryError):
        return None
    refuse_bloat(_PER_BYTE * sum(map(len, map(memoryview, document.images))), path)
    return document and {
        "images": document.images,
        "annotations": document.annotations,
        "categories": parse(document.categories, path),
    }


def _fits(data, path):
    """토막으로 나누어도 메모리가 넘치지 않는지. 목록에 객체가 아닌 것이 섞였으면 거짓입니다."""
    if len(data) < _LONG:
        return True
    refuse_bloat(_RAW * _count(data, b"{"), path)
    if _RAW * _count(data, b",") > BOUNDS["memory"].value:
        # 다각형의 수도 쉼표로 나뉩니다. 목록의 항목이 모두 객체면 그 수는 괄호로 셌습니다.
        msgspec.json.decode(data, type=_Objects)
    return True


def _count(data, letter):
    # bytes.count는 찾을 때마다 멈추어, 쉼표처럼 흔한 글자에서는 몇 배 느립니다.
    view = np.frombuffer(data, np.uint8)
    pieces = (view[start : start + _PIECE] for start in range(0, len(view), _PIECE))
    return sum(int(np.count_nonzero(piece == letter[0])) for piece in pieces)


def _is_utf8(data):
    if data.isascii():
        return True
    # 통째로 글로 바꾸면 메모리가 두 배로 듭니다.
    decoder = codecs.getincrementaldecoder("utf-8")()
    pieces = memoryview(data)
    try:
        for start in range(0, len(data), _PIECE):
            decoder.decode(pieces[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def parse(record, path):
    """기록의 글을 읽습니다. 이미 읽은 기록은 그대로 돌려줍니다."""
    if not isinstance(record, msgspec.Raw):
        return record
    try:
        return msgspec.json.decode(record)
    except (msgspec.DecodeError, RecursionError):
        # 1e400처럼 json만 받아들이는 수입니다.
        return parse_json(str(record, "utf-8"), path)


def as_annotations(records):
    """기록들이 모두 평범하면 :class:`Annotation`의 목록, 아니면 None."""
    try:
        if isinstance(records[0], msgspec.Raw):
            return [_decode(record) for record in records]
        return msgspec.convert(records, list[Annotation])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        # 이름에 짝 없는 서로게이트가 있으면 msgspec은 그 글을 보지도 못합니다.
        return None
