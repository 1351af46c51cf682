"""남이 지은 글(파일과 클래스의 이름, 기록의 내용)을 화면과 문서에 그대로 보여도 되게 바꾸기."""

import re

# 터미널을 움직이거나(제어 문자), 글의 차례를 뒤집거나(방향 표시), 폭이 없어 보이지 않거나(ZWSP,
# 한글 채움 문자, 변이 선택자), UTF-8로 적을 수 없는(짝 없는 서로게이트) 글자들.
_HIDDEN = (
    r"\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_ALL = re.compile(f"[{_HIDDEN}]")
_BUT_LINES = re.compile(f"(?!\n)[{_HIDDEN}]")


def visible(text, most=None, lines=False):
    r"""보이지 않거나 화면을 어지럽히는 글자를 ``\x1b``처럼 적습니다.

    Args:
        text: 글. 아니면 글로 바꿉니다.
        most: 이보다 길면 가운데를 줄입니다.
        lines: 줄바꿈은 그대로 둘지. 여러 줄인 우리 글의 마지막 관문에서 씁니다.

    Examples:
        >>> visible("a\x1b[31m\u202egpj.exe\n")
        'a\\x1b[31m\\u202egpj.exe\\n'
        >>> visible("아주_긴_이름의_파일.jpg", most=12)
        '아주_긴_이름….jpg'
    """
    text = str(text)
    if most is not None and len(text) > most:
        tail = most // 3
        text = f"{text[: most - tail - 1]}…{text[-tail:] if tail else ''}"
    return (_BUT_LINES if lines else _ALL).sub(_escape, text)


def visible_json(text):
    r"""이미 JSON인 글에서 같은 글자를 JSON의 방법으로 적습니다. 읽으면 원래의 글자입니다.

    짝 없는 서로게이트만은 JSON으로 적을 수 없어 ``\udcff``라는 글이 됩니다.

    Examples:
        >>> import json
        >>> json.loads(visible_json(json.dumps("\u202e", ensure_ascii=False)))
        '\u202e'
    """
    return _BUT_LINES.sub(_escape_json, text)


def _escape(match):
    return match[0].encode("unicode_escape").decode("ascii")


def _escape_json(match):
    code = ord(match[0])
    if 0xD800 <= code <= 0xDFFF:
        return f"\\\\u{code:04x}"
    # BMP 밖의 글자는 서로게이트 둘로 적는 것이 JSON의 약속입니다.
    pair = match[0].encode("utf-16-be")
    return "".join(f"\\u{pair[i : i + 2].hex()}" for i in range(0, len(pair), 2))
