"""글을 짓는 코드가 함께 쓰는 우리말의 규칙."""

import unicodedata

# 숫자를 소리 내어 읽을 때의 끝소리. 받침이 없으면 빈 글입니다.
_FINALS = dict(zip("0123456789", ("ㅇ", "ㄹ", "", "ㅁ", "", "", "ㄱ", "ㄹ", "ㄹ", ""), strict=True))
_HANGUL, _LAST = ord("가"), ord("힣")
# 받침의 차례에서 ㄹ의 자리.
_RIEUL = 8


def with_particle(text, particles):
    """``text``의 뒤에, 소리 내어 읽을 때 맞는 조사를 붙입니다.

    숫자는 마지막 자리의 소리로 고릅니다. 닫는 괄호와 따옴표는 읽지 않습니다. 로마자처럼 소리를 알
    수 없는 글로 끝나면 ``을(를)``처럼 둘 다 적습니다.

    Args:
        text: 수나 글.
        particles: ``"을/를"``, ``"이/가"``, ``"으로/로"``처럼, 받침이 있을 때의 것을 먼저
            적습니다.

    Returns:
        조사가 붙은 글.

    Examples:
        >>> with_particle(0.5, "을/를"), with_particle(0.7, "을/를"), with_particle(6, "으로/로")
        ('0.5를', '0.7을', '6으로')
        >>> with_particle("(3, 4)", "이/가"), with_particle("글", "으로/로")
        ('(3, 4)가', '글로')
        >>> with_particle("float32", "은/는"), with_particle("xyxy", "을/를")
        ('float32는', 'xyxy을(를)')
    """
    text = str(text)
    closed, bare = particles.split("/")
    final = _final(text.rstrip(")]}>'\"`”’ ")[-1:])
    if final is None:
        shared = "(으)로" if bare == "로" else f"{closed}({bare})"
        return text + shared
    open_end = final == "" or (bare == "로" and final == "ㄹ")
    return text + (bare if open_end else closed)


def _final(letter):
    """글자의 끝소리. 모르면 None입니다."""
    if letter and _HANGUL <= ord(letter) <= _LAST:
        number = (ord(letter) - _HANGUL) % 28
        return {0: "", _RIEUL: "ㄹ"}.get(number, "받침")
    return _FINALS.get(letter)


def text_width(text):
    """한글이 두 칸을 차지하는 글꼴에서 글의 너비.

    Examples:
        >>> text_width("IoU 값")
        6
    """
    return len(text) + sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)


def pad(text, width):
    """너비(:func:`text_width`)가 ``width``가 되게 빈칸을 덧붙입니다."""
    return text + " " * (width - text_width(text))
