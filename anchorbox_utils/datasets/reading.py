"""불러오기가 함께 쓰는 것: 한도 안에서 파일 읽기, 수 읽기, 진행 표시."""

import codecs
import contextlib
import gc
import json
import mmap
import os
import re
import reprlib
import sys
import time
from typing import NamedTuple

from anchorbox_utils.files import odd_kind, reason_of
from anchorbox_utils.visible import visible

_HEAD = 4096
_XML_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")

# XML과 YAML이 겹칠 수 있는 깊이. 라벨은 열 단계를 넘지 않습니다.
_DEEPEST = 100

# 글에서 읽은 정수를 실수로 바꿀 수 있는 한계. 이보다 큰 정수는 박스의 수가 아닙니다.
LARGEST_NUMBER = 1e300

# 기록의 내용을 말할 때 보이는 글자 수.
_BRIEF = 200


class Bound(NamedTuple):
    """읽는 한도와 그 뜻."""

    value: int
    meaning: str


# 이보다 크면 메모리를 다 쓰거나 끝나지 않을 수 있어 읽지 않고 그렇다고 말합니다.
BOUNDS = {
    "json": Bound(3 * 2**29, "JSON 파일 하나의 바이트. COCO train2017은 그 3분의 1입니다"),
    "xml": Bound(2**28, "XML 파일 하나의 바이트"),
    "text": Bound(2**25, "라벨이나 목록인 글 파일 하나의 바이트"),
    "yaml": Bound(2**20, "data.yaml 같은 YAML 파일 하나의 바이트"),
    "memory": Bound(3 * 2**30, "파일 하나의 내용을 펼친 것이 차지할 메모리의 어림, 바이트"),
}

# 펼친 JSON과 XML의 어림: 글자마다 그것이 만드는 물건의 바이트.
_JSON_COST = {"{": 232, "[": 88, ",": 40, '"': 30}
_XML_COST = {"<": 100, "=": 60}
# 이보다 짧은 글은 어림할 것도 없습니다.
_SMALL = 2**23

# 글자를 바꾸는 표가 아니라 다른 것을 하는 파이썬의 코덱.
_NOT_TEXT = {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"}

_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

_PLAIN_NUMBER = re.compile(
    r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan|inf(?:inity)?)", re.ASCII | re.IGNORECASE
)


class UnreadableFile(ValueError):
    """읽을 수 없는 파일. 어느 파일이 왜 그런지를 따로 간직합니다.

    Examples:
        >>> error = UnreadableFile("a.txt", "그런 파일이 없습니다.")
        >>> print(error)
        a.txt: 그런 파일이 없습니다.
    """

    def __init__(self, path, reason):
        super().__init__(f"{visible(path)}: {visible(reason)}")
        self.path, self.reason = str(path), reason


@contextlib.contextmanager
def without_garbage_search():
    """기록을 수백만 개 만드는 동안 순환 참조를 찾지 않습니다. 찾을 때마다 기록을 모두 훑습니다."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def track(items, label):
    """오래 걸리는 일이면 터미널에 진행을 보이며 항목을 하나씩 돌려줍니다.

    터미널이 아니거나 1초 안에 끝나면 아무것도 쓰지 않습니다.

    Examples:
        >>> list(track([1, 2, 3], "읽는 중"))
        [1, 2, 3]
    """
    items = list(items)
    stream = sys.stderr
    if stream is None or not stream.isatty():
        yield from items
        return
    next_time, shown = time.monotonic() + 1, False
    for done, item in enumerate(items):
        if time.monotonic() >= next_time:
            stream.write(f"\r{label} {done:,}/{len(items):,} ({done / len(items):.0%})")
            stream.flush()
            next_time, shown = time.monotonic() + 0.2, True
        yield item
    if shown:
        stream.write(f"\r{label} {len(items):,}/{len(items):,} (100%)\n")


def read_bytes(path, bound="text"):
    """보통 파일의 바이트를 한도(:data:`BOUNDS`) 안에서 읽습니다.

    파이프나 장치처럼 끝나지 않을 수 있는 것은 열지 않습니다. 읽을 수 없으면 UnreadableFile로 이유를
    말합니다.
    """
    most = BOUNDS[bound].value
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size <= most:
            data = file.readall()
            if len(data) <= most:
                return data
            size = len(data)
    raise UnreadableFile(path, _too_big(size, most))


def _too_big(size, most):
    return (
        f"{size / 2**20:,.1f} MB인 파일이라 읽지 않았습니다. 이런 파일은 {most / 2**20:,.0f} MB"
        "까지 읽으니 나누어 주세요."
    )


@contextlib.contextmanager
def _opened(path):
    try:
        if odd := odd_kind(path):
            raise UnreadableFile(path, f"보통 파일이 아니라 {odd}입니다.")
        with open(path, "rb", buffering=0) as file:
            yield file
    except OSError as error:
        raise UnreadableFile(path, f"파일을 열 수 없습니다. {reason_of(error)}.") from None
    except MemoryError:
        raise UnreadableFile(path, "메모리가 모자라 읽지 못했습니다.") from None
    except ValueError as error:
        if isinstance(error, UnreadableFile):
            raise
        raise UnreadableFile(path, "파일의 이름으로 쓸 수 없는 글자가 있습니다.") from None


@contextlib.contextmanager
def mapped(path):
    """파일의 바이트를 메모리에 올리지 않고 봅니다. 찾기(find)와 자르기만 씁니다.

    UTF-16이나 UTF-32면 앞의 8 MB를 UTF-8로 바꾸어 보입니다.
    """
    with _opened(path) as file:
        if file.seek(0, 2) == 0:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            wide = _by_bom(data[:4])
            if wide in ("utf-16", "utf-32"):
                yield data[:_SMALL].decode(wide, "replace").encode("utf-8", "replace")
            else:
                yield data


def _by_bom(start):
    return next((name for mark, name in _BOMS.items() if start.startswith(mark)), None)


def head_of(data):
    """파일의 머리에서 BOM과 빈칸을 뺀 것. 형식을 알아보는 데 씁니다.

    Examples:
        >>> head_of(b"\\xef\\xbb\\xbf\\n{}"), head_of("{}".encode("utf-16"))
        (b'{}', b'{}')
    """
    head = data[:_HEAD]
    wide = _by_bom(head)
    if wide in ("utf-16", "utf-32"):
        # PowerShell의 >가 쓰는 UTF-16입니다.
        head = head.decode(wide, "replace").encode("utf-8", "replace")
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")


def decode_text(data, path, declared=None):
    """바이트를 글로 바꿉니다. 선언된 인코딩, BOM, UTF-8, CP949 차례로 시도합니다.

    Examples:
        >>> decode_text("자전거".encode("cp949"), "a.txt")
        '자전거'
    """
    if declared is None and data.isascii():
        return data.decode("ascii")
    failures = {}
    names = (_by_bom(data[:4]), _text_codec(declared), "utf-8", "cp949")
    for encoding in filter(None, names):
        try:
            return data.decode(encoding)
        except UnicodeError as error:
            failures[encoding] = error
    line = data[: failures["utf-8"].start].count(b"\n") + 1
    raise UnreadableFile(
        path,
        f"{line}행에 글자로 읽을 수 없는 바이트가 있습니다. "
        "텍스트 파일이 맞는지, UTF-8로 저장했는지 확인하세요.",
    )


def _text_codec(name):
    """글자를 바꾸는 인코딩의 이름. 모르는 것이거나 글자의 표가 아니면 None."""
    try:
        info = codecs.lookup(name or "")
        return info.name if info.name not in _NOT_TEXT and info._is_text_encoding else None
    except (LookupError, ValueError):
        return None


def read_text(path, bound="text"):
    """글 파일을 읽습니다."""
    return decode_text(read_bytes(path, bound), path)


def read_json(path):
    """JSON 파일을 읽습니다."""
    return parse_json(read_text(path, "json"), path)


def plain_numbers(fields, clean):
    """글들을 실수로. 하나라도 수가 아니면 None입니다.

    십진수와 지수로 적은 ASCII의 수만 수입니다. 파이썬이 받아 주는 ``0.1_5``나 ``٤٠``은 아니고,
    ``nan``과 ``inf``는 계산이 남긴 것이어서 그대로 읽어 진단이 알려 주게 합니다.

    Args:
        fields: 글들.
        clean: 모두 밑줄이 없는 ASCII인지. 파일째로 보아 두면 하나씩 보지 않아도 됩니다.

    Examples:
        >>> plain_numbers(["1", "-.5", "3e1", "nan"], True), plain_numbers(["3_0"], False)
        ([1.0, -0.5, 30.0, nan], None)
    """
    if not (clean or all(map(_PLAIN_NUMBER.fullmatch, fields))):
        return None
    try:
        return list(map(float, fields))
    except ValueError:
        return None


def is_clean(text):
    """:func:`plain_numbers`의 ``clean``."""
    return text.isascii() and "_" not in text


def is_json_number(value):
    """JSON에서 읽은 값이 실수로 셈할 수 있는 수인지. 참/거짓은 수가 아닙니다.

    Examples:
        >>> is_json_number(3), is_json_number(10**400), is_json_number(True)
        (True, False, False)
    """
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST_NUMBER
    return isinstance(value, float) or whole


def brief(value):
    """기록의 값을 짧게. 아주 깊거나 커도 됩니다.

    Examples:
        >>> brief({"bbox": [1, 2]}), brief("글"), len(brief("가" * 10**6))
        ("{'bbox': [1, 2]}", '글', 200)
    """
    if not isinstance(value, str):
        try:
            value = repr(value)
        except (RecursionError, ValueError):
            # 파이썬은 4,300자리가 넘는 정수를 글로 바꾸지 않습니다.
            value = reprlib.repr(value) if not isinstance(value, int) else "아주 큰 정수"
    return value if len(value) <= _BRIEF else value[: _BRIEF - 1] + "…"


def _refuse_bloat(text, costs, path):
    """펼치면 메모리를 다 쓸 글을 읽기 전에 거절합니다."""
    if len(text) < _SMALL:
        return
    size = sum(text.count(letter) * cost for letter, cost in costs.items())
    refuse_bloat(size, path)


def refuse_bloat(size, path):
    """펼친 크기의 어림이 한도를 넘으면 UnreadableFile입니다."""
    most = BOUNDS["memory"].value
    if size > most:
        reason = (
            f"펼치면 메모리를 {size / 2**30:,.1f} GB쯤 쓸 내용이라 읽지 않았습니다. "
            f"{most / 2**30:.0f} GB까지 읽으니 나누어 주세요."
        )
        raise UnreadableFile(path, reason)


def parse_json(text, path):
    """JSON 글을 읽습니다. 문법이 틀리면 UnreadableFile로 행을 말합니다."""
    _refuse_bloat(text, _JSON_COST, path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        ended = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        where = f"{error.lineno}행 {error.colno}열"
        hint = (
            "파일이 중간에 끊긴 것 같습니다."
            if ended
            else f"읽지 못한 곳: {_near(text, error.pos)}"
        )
        raise UnreadableFile(path, f"{where}에서 JSON 문법이 틀렸습니다. {hint}") from None
    except (RecursionError, ValueError):
        reason = "JSON이 너무 깊거나 너무 긴 수가 들어 있어 읽을 수 없습니다."
        raise UnreadableFile(path, reason) from None
    except MemoryError:
        raise UnreadableFile(path, "메모리가 모자라 읽지 못했습니다.") from None


def _near(text, position):
    return repr(text[max(0, position - 20) : position + 20])


def read_xml(path):
    """XML 파일의 뿌리 요소를 읽습니다. 엔티티 선언이 있는 파일은 거절합니다.

    여러 바이트 인코딩(CP949, EUC-KR)은 XML 해석기가 모르므로 먼저 글로 바꾸어 넘깁니다.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    data = read_bytes(path, "xml")
    match = _XML_DECLARATION.match(data)
    text = decode_text(data, path, match and match.group(1).decode("ascii", "replace"))
    # 선언의 인코딩은 이미 적용했으므로, 해석기가 다시 적용하지 않게 지웁니다(행 수는 그대로).
    text = re.sub(r"^\ufeff?\s*<\?xml[^>]*\?>", lambda m: "\n" * m[0].count("\n"), text, count=1)
    _refuse_bloat(text, _XML_COST, path)
    try:
        root = fromstring(text)
    except ParseError as error:
        line, column = error.position
        reason = f"{line}행 {column + 1}열에서 XML 문법이 틀렸습니다."
        raise UnreadableFile(path, reason) from None
    except DefusedXmlException:
        raise UnreadableFile(
            path,
            "엔티티 선언이 들어 있는 XML입니다. 메모리를 가득 채우거나 다른 파일을 끌어올 수 있어 "
            "읽지 않습니다.",
        ) from None
    except (ValueError, RecursionError):
        raise UnreadableFile(path, "XML로 읽을 수 없는 글자가 들어 있습니다.") from None
    except MemoryError:
        raise UnreadableFile(path, "메모리가 모자라 읽지 못했습니다.") from None
    level = [root]
    for _ in range(_DEEPEST):
        if not level:
            return root
        level = [child for node in level for child in node]
    reason = f"요소가 {_DEEPEST}단계보다 깊이 겹친 XML입니다. 라벨이 아닌 것 같아 읽지 않았습니다."
    raise UnreadableFile(path, reason)
