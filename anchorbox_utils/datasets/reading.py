"""불러오기가 함께 쓰는 것: 파일 읽기와 진행 표시."""

import contextlib
import gc
import json
import mmap
import os
import re
import sys
import time

_HEAD = 4096
_XML_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")


class UnreadableFile(ValueError):
    """읽을 수 없는 파일. 어느 파일이 왜 그런지를 따로 간직합니다.

    Examples:
        >>> error = UnreadableFile("a.txt", "그런 파일이 없습니다.")
        >>> print(error)
        a.txt: 그런 파일이 없습니다.
    """

    def __init__(self, path, reason):
        super().__init__(f"{path}: {reason}")
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


def read_bytes(path):
    """파일의 바이트를 읽습니다. 열 수 없으면 UnreadableFile로 이유를 말합니다."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        reason = "그런 파일이 없습니다" if isinstance(error, FileNotFoundError) else str(error)
        raise UnreadableFile(path, f"파일을 열 수 없습니다. {reason}.") from None


@contextlib.contextmanager
def mapped(path):
    """파일의 바이트를 메모리에 올리지 않고 봅니다. 찾기(find)와 자르기만 씁니다."""
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                yield b""
            else:
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                    yield data
    except OSError as error:
        raise UnreadableFile(path, f"파일을 열 수 없습니다. {error}.") from None


def head_of(data):
    """파일의 머리에서 BOM과 빈칸을 뺀 것. 형식을 알아보는 데 씁니다.

    Examples:
        >>> head_of(b"\\xef\\xbb\\xbf\\n{}"), head_of("{}".encode("utf-16"))
        (b'{}', b'{}')
    """
    head = data[:_HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        # PowerShell의 >가 쓰는 UTF-16입니다.
        head = head.decode("utf-16", "replace").encode()
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")


def decode_text(data, path, declared=None):
    """바이트를 글로 바꿉니다. 선언된 인코딩, BOM, UTF-8, CP949 차례로 시도합니다.

    Examples:
        >>> decode_text("자전거".encode("cp949"), "a.txt")
        '자전거'
    """
    if declared is None and data.isascii():
        return data.decode("ascii")
    boms = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    by_bom = [name for mark, name in boms.items() if data.startswith(mark)]
    failures = {}
    for encoding in (*by_bom, *([declared] if declared else []), "utf-8", "cp949"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError) as error:
            failures[encoding] = error
    line = data[: failures["utf-8"].start].count(b"\n") + 1
    raise UnreadableFile(
        path,
        f"{line}행에 글자로 읽을 수 없는 바이트가 있습니다. "
        "텍스트 파일이 맞는지, UTF-8로 저장했는지 확인하세요.",
    )


def read_text(path):
    """글 파일을 읽습니다."""
    return decode_text(read_bytes(path), path)


def read_json(path):
    """JSON 파일을 읽습니다."""
    return parse_json(read_text(path), path)


def parse_json(text, path):
    """JSON 글을 읽습니다. 문법이 틀리면 UnreadableFile로 행을 말합니다."""
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


def _near(text, position):
    return repr(text[max(0, position - 20) : position + 20])


def read_xml(path):
    """XML 파일의 뿌리 요소를 읽습니다. 엔티티 선언이 있는 파일은 거절합니다.

    여러 바이트 인코딩(CP949, EUC-KR)은 XML 해석기가 모르므로 먼저 글로 바꾸어 넘깁니다.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    data = read_bytes(path)
    match = _XML_DECLARATION.match(data)
    text = decode_text(data, path, match and match.group(1).decode("ascii", "replace"))
    # 선언의 인코딩은 이미 적용했으므로, 해석기가 다시 적용하지 않게 지웁니다(행 수는 그대로).
    text = re.sub(r"^\ufeff?\s*<\?xml[^>]*\?>", lambda m: "\n" * m[0].count("\n"), text, count=1)
    try:
        return fromstring(text)
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
