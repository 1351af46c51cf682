"""벽을 넘는 데이터: JSON과 배열의 바이트뿐입니다. 벽의 양쪽이 이 파일을 씁니다.

프레임 하나는 두 길이(JSON, 바이트), JSON, 바이트 덩어리입니다. 배열은 JSON에 자료형과 모양만 적히고
내용은 덩어리에 차례대로 놓입니다. 어느 쪽도 pickle을 쓰지 않고, 읽는 쪽은 보낸 쪽을 믿지 않습니다.
"""

import json
import math
import re
import struct

import numpy as np

HEAD = struct.Struct("<II")
DEPTH = 4
_CODE = re.compile(r"[<|][biufc]\d{1,2}")
_INTEGER = 1 << 200
# 줄바꿈과 탭을 뺀 제어 문자. 터미널에 그대로 내보내면 화면을 고쳐 씁니다.
_CONTROLS = {n: "?" for n in (*range(32), 127, *range(0x202A, 0x202F)) if chr(n) not in "\n\t\r"}


class Violation(ValueError):
    """약속에 없는 것이 벽을 넘어왔습니다."""


def clean(text, limit):
    """벽을 넘어온 글. 길이를 자르고, UTF-8로 적을 수 없거나 화면을 움직이는 글자를 바꿉니다.

    Examples:
        >>> clean("가\\ud800나" * 9, 4)
        '가?나가'
        >>> clean(3, 9)
        ''
    """
    if not isinstance(text, str):
        return ""
    text = text[:limit].encode("utf-8", "replace").decode("utf-8")
    return text.translate(_CONTROLS)


class Writer:
    """값들을 JSON으로 적을 수 있는 꼴로 바꾸며 배열의 바이트를 모읍니다.

    Examples:
        >>> writer = Writer()
        >>> message = {"value": writer.value([np.arange(2.0), 3])}
        >>> told, reader = read_frame(writer.frame(message))
        >>> reader.value(told["value"])
        [array([0., 1.]), 3]
    """

    def __init__(self, array_bytes=4 << 20, items=20_000, text=500):
        self.array_bytes, self.items, self.text = array_bytes, items, text
        self.blobs = []

    def value(self, value, depth=0):
        """``value``를 적은 것. 적을 곳이 없는 것은 종류와 나타낸 글만 남습니다."""
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is int and abs(value) < _INTEGER:
            return value
        if kind is str and len(value) <= self.text:
            return value
        if value is ...:
            return {"e": 0}
        if isinstance(value, np.random.Generator):
            return {"g": value.bit_generator.state}
        if kind is np.ndarray or isinstance(value, np.generic):
            array = np.asarray(value)
            code = array.dtype.newbyteorder("<").str
            if _CODE.fullmatch(code) and array.nbytes <= self.array_bytes:
                self.blobs.append(array.astype(code, copy=False).tobytes())
                return {"a": [code, list(array.shape), kind is not np.ndarray]}
        if depth < DEPTH and kind in (list, tuple) and len(value) <= self.items:
            return {kind.__name__[0]: [self.value(one, depth + 1) for one in value]}
        if depth < DEPTH and kind is dict and len(value) <= self.items:
            if all(type(key) in (str, int, float, bool) for key in value):
                pairs = [[self.value(k, DEPTH), self.value(v, depth + 1)] for k, v in value.items()]
                return {"d": pairs}
        return {"u": self.unreadable(value)}

    def unreadable(self, value):
        """수로 읽을 수 없는 것의 [종류, 나타낸 글]."""
        if type(value).__name__ == "Unreadable":
            return [str(value.kind)[:60], str(value.text)[:160]]
        try:
            return [type(value).__name__[:60], " ".join(repr(value)[:400].split())[:160]]
        except Exception:
            return [type(value).__name__[:60], ""]

    def frame(self, message):
        """``message``와 그동안 모은 바이트를 담은 프레임."""
        body = json.dumps(message).encode()
        blob = b"".join(self.blobs)
        return HEAD.pack(len(body), len(blob)) + body + blob


def read_frame(data):
    """프레임 하나를 (메시지, 바이트를 차례로 읽는 :class:`Reader`)로 바꿉니다."""
    size, _ = HEAD.unpack_from(data)
    start = HEAD.size + size
    try:
        message = json.loads(data[HEAD.size : start])
    except (ValueError, RecursionError) as error:
        raise Violation(f"JSON이 아닙니다: {type(error).__name__}") from None
    if not isinstance(message, dict):
        raise Violation("사전이 아닙니다.")
    return message, Reader(memoryview(data)[start:])


class Reader:
    """:class:`Writer`가 적은 값을 되살립니다. 조금이라도 어긋나면 :class:`Violation`입니다."""

    def __init__(self, blob, unreadable=lambda kind, text: text, items=20_000, text=500):
        self.blob, self.unreadable = blob, unreadable
        self.items, self.text = items, text

    def value(self, data, depth=0):
        """적힌 것 하나를 되살린 값."""
        if data is None or isinstance(data, (bool, float)):
            return data
        if isinstance(data, int):
            if abs(data) >= _INTEGER:
                raise Violation("너무 큰 정수입니다.")
            return data
        if isinstance(data, str):
            return clean(data, self.text)
        if not isinstance(data, dict) or len(data) != 1:
            raise Violation("값의 꼴이 아닙니다.")
        ((form, body),) = data.items()
        read = self._FORMS.get(form)
        if read is None or depth > DEPTH:
            raise Violation("모르는 값입니다.")
        try:
            return read(self, body, depth)
        except Violation:
            raise
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            raise Violation(f"{form}: {type(error).__name__}") from None

    def _array(self, body, depth):
        code, shape, scalar = body
        if not _CODE.fullmatch(code) or len(shape) > 8:
            raise Violation("배열의 꼴이 아닙니다.")
        if any(type(n) is not int or not 0 <= n < 1 << 40 for n in shape):
            raise Violation("배열의 모양이 아닙니다.")
        size = math.prod(shape) * np.dtype(code).itemsize
        if size > len(self.blob):
            raise Violation("배열의 내용이 모자랍니다.")
        # 새로 담아, 벽 너머의 누구도 뒤에 고칠 수 없게 합니다.
        array = np.frombuffer(self.blob[:size], code).reshape(shape).astype(np.dtype(code[1:]))
        self.blob = self.blob[size:]
        return array[()] if scalar and not shape else array

    def _generator(self, body, depth):
        rng = np.random.Generator(np.random.PCG64())
        rng.bit_generator.state = body
        return rng

    def _many(self, body, depth):
        if type(body) is not list or len(body) > self.items:
            raise Violation("너무 깁니다.")
        return [self.value(one, depth + 1) for one in body]

    def _dict(self, body, depth):
        if type(body) is not list or len(body) > self.items:
            raise Violation("너무 깁니다.")
        pairs = [(self.value(key, DEPTH + 1), self.value(one, depth + 1)) for key, one in body]
        return dict(pairs)

    def _unreadable(self, body, depth):
        kind, text = body
        return self.unreadable(clean(kind, 60) or "?", clean(text, 160))

    _FORMS = {
        "a": _array,
        "g": _generator,
        "l": _many,
        "t": lambda self, body, depth: tuple(self._many(body, depth)),
        "d": _dict,
        "e": lambda self, body, depth: ...,
        "u": _unreadable,
    }
