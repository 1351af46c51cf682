"""라벨 파일의 글에서 기록 하나의 자리와 네 수의 자리를 찾기. 형식마다 한 함수입니다."""

import json
import re
from typing import NamedTuple
from xml.parsers import expat

_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_SPACE = re.compile(r"[ \t\r\n]*")
# 복사해 붙인 기록이라도 서로 다를 수 있는 것과, 밀린 복제라면 함께 밀리는 것.
_OWN = {"id", "bbox"}
_MOVED = {"segmentation", "area"}


class Place(NamedTuple):
    """글 안의 기록 하나.

    Attributes:
        start: 기록의 처음. 지울 때는 여기부터 ``end`` 앞까지입니다.
        end: 기록의 끝.
        numbers: 네 수의 (처음, 끝). 찾지 못했으면 비어 있습니다.
        strict: 박스와 id를 뺀 나머지. 이것까지 같아야 같은 기록입니다.
        loose: 거기서 박스를 따라 움직이는 것도 뺀 나머지.
    """

    start: int
    end: int
    numbers: tuple[tuple[int, int], ...]
    strict: str
    loose: str


def coco_places(text, wanted):
    """COCO의 annotations. ``wanted``에 있는 차례의 기록과 그 앞뒤 기록의 자리입니다."""
    decoder = json.JSONDecoder()
    keys = {key: start for key, start, _ in _members(text, _skip(text, 0), decoder)}
    spans = list(_elements(text, keys["annotations"], decoder))
    places = {}
    for number in sorted({near for n in wanted for near in (n - 1, n, n + 1)}):
        if 0 <= number < len(spans):
            start, end = spans[number]
            places[number] = _coco_place(text, start, end, decoder)
    return places


def _coco_place(text, start, end, decoder):
    record, numbers = {}, ()
    if text[start] == "{":
        for key, begin, stop in _members(text, start, decoder):
            record[key] = text[begin:stop]
            if key == "bbox":
                numbers = tuple(_elements(text, begin, decoder)) if text[begin] == "[" else ()
    others = {k: json.loads(v) for k, v in record.items() if k not in _OWN}
    still = {k: v for k, v in others.items() if k not in _MOVED}
    strict, loose = (json.dumps(part, sort_keys=True) for part in (others, still))
    return Place(start, end, numbers if len(numbers) == 4 else (), strict, loose)


def _skip(text, position):
    return _SPACE.match(text, position).end()


def _members(text, start, decoder):
    """객체의 (열쇠, 값의 처음, 값의 끝)들."""
    position = _skip(text, start + 1)
    while text[position] != "}":
        key, position = decoder.raw_decode(text, position)
        begin = _skip(text, _skip(text, position) + 1)
        _, end = decoder.raw_decode(text, begin)
        yield key, begin, end
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)


def _elements(text, start, decoder):
    """배열에 든 값의 (처음, 끝)들."""
    position = _skip(text, start + 1)
    while text[position] != "]":
        _, end = decoder.raw_decode(text, position)
        yield position, end
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)


def voc_places(text, wanted):
    """VOC의 object. 들여쓰기와 줄바꿈까지가 기록의 자리입니다."""
    data = text.encode("utf-8", "surrogatepass")
    found = _VocObjects(data).objects
    # 해석기는 바이트의 자리를 알려 줍니다.
    return {
        number: _voc_place(text, data, found[number]) for number in wanted if number < len(found)
    }


def _voc_place(text, data, found):
    (start, end), corners = found
    start, end = _whole_lines(text, *(len(data[:place].decode()) for place in (start, end)))
    numbers = tuple(
        tuple(len(data[:place].decode()) for place in corners[tag])
        for tag in _CORNERS
        if tag in corners
    )
    body = text[start:end]
    rest = re.sub(r"<bndbox\b.*?</bndbox\s*>", "", body, count=1, flags=re.DOTALL)
    same = " ".join(rest.split())
    return Place(start, end, numbers if len(numbers) == 4 else (), same, same)


def _whole_lines(text, start, end):
    """앞뒤에 빈칸만 있으면 줄을 통째로."""
    line = text.rfind("\n", 0, start) + 1
    after = re.compile(r"[ \t]*\r?\n").match(text, end)
    if not text[line:start].strip(" \t") and after:
        return line, after.end()
    return start, end


class _VocObjects:
    """뿌리 바로 아래 object마다 ((처음, 끝), {모서리: 글의 (처음, 끝)}), 바이트의 자리로."""

    def __init__(self, data):
        self.objects, self._path, self._data = [], [], data
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.Parse(data, True)

    def _open(self, tag, _):
        place = self._parser.CurrentByteIndex
        self._path.append((tag, place))
        names = [name for name, _ in self._path[1:]]
        if names == ["object"]:
            self.objects.append([[place, None], {}])

    def _close(self, tag):
        names, place = [name for name, _ in self._path[1:]], self._parser.CurrentByteIndex
        _, opened = self._path.pop()
        if names == ["object"]:
            self.objects[-1][0][1] = self._data.index(b">", place) + 1
        elif names == ["object", "bndbox", tag] and tag in _CORNERS:
            begin = self._data.index(b">", opened) + 1
            inner = self._data[begin:place]
            begin += len(inner) - len(inner.lstrip())
            # 박스가 둘이면 불러오기처럼 첫째 것만 봅니다.
            self.objects[-1][1].setdefault(tag, (begin, begin + len(inner.strip())))


def yolo_places(text, wanted):
    """YOLO의 줄."""
    places, start = {}, 0
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        if number in wanted:
            tokens = [match.span() for match in re.finditer(r"\S+", line)]
            numbers = tuple((start + a, start + b) for a, b in tokens[1:5])
            rest = " ".join(line[a:b] for a, b in (*tokens[:1], *tokens[5:]))
            places[number] = Place(start, start + len(line), numbers, rest, rest)
        start += len(line)
    return places


class Editor(NamedTuple):
    """자리를 찾는 함수와, 기록 사이에 쉼표를 쓰는 형식인지."""

    places: object
    separated: bool = False


EDITORS = {
    "coco": Editor(coco_places, separated=True),
    "voc": Editor(voc_places),
    "yolo": Editor(yolo_places),
}
