"""강좌의 말: 한 가지를 가리키는 말은 하나만 씁니다. 학습자가 보는 모든 글에 적용합니다."""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Term(NamedTuple):
    """쓰는 말, 쓰지 않는 말(정규식), 까닭, 쓰지 않는 말이 허락되는 파일의 이름들."""

    use: str
    avoid: str
    because: str
    except_in: tuple[str, ...] = ()

    def found_in(self, text: str) -> Iterator[str]:
        return (found[0] for found in re.finditer(self.avoid, text))


TERMS = (
    Term(
        "오프셋",
        r"(?<!오프셋\()델타(?!\(delta\))",
        "델타는 오프셋의 다른 이름으로 한 번만, '델타(delta)'나 '오프셋(델타)'로 소개합니다.",
    ),
    Term(
        "오프셋",
        r"수정량(?!\(오프셋\))",
        "수정량은 오프셋을 배우기 전인 00에서만 풀어 쓰는 말입니다.",
        # 00의 목표는 지도와 마치며에도, 00의 실험과 연습은 꾸러미에도 있습니다.
        (
            *("00_intro.ipynb", "00_intro.toml", "target_comparison.py", "claims.py", "formula.py"),
            *("lessons.toml", "cards.py", "home.ipynb", "finish.ipynb", "README.md"),
        ),
    ),
    Term("레슨", r"강의", "노트북 하나는 레슨, 모두를 합친 것은 강좌입니다."),
    Term(
        "셀",
        r"(?:검사|정답|코드|아래|위) 칸|칸을 (?:다시 )?실행|이 칸에서",
        "셀은 노트북에서 실행하는 것, 칸은 격자·표·배열의 한 자리입니다.",
    ),
    Term(
        "칸",
        r"(?:격자|특징 맵)의? 셀|셀(?:마다|의) 앵커",
        "앵커가 놓이는 격자의 한 자리는 칸입니다.",
    ),
    Term("재현율", r"리콜", "재현율(recall)로 씁니다."),
    Term(
        "로짓",
        r"점수\(로짓|씌우기 전의 점수|점수[^→\n]{0,15} → 물체일 확률|점수 −2, 확률",
        "로짓은 확률로 바꾸기 전의 수, 점수(score)는 예측에 붙은 0에서 1까지의 수입니다.",
    ),
    Term(
        "IoU나 AP",
        r"최고 점수|검출의 점수|점수 \(%\)|망가뜨려\*{0,2} 점수|의 점수가 어떻게",
        "점수(score)는 예측에 붙은 수입니다. 결과를 잰 값은 그 이름(IoU, AP)으로 부릅니다.",
    ),
    Term("우리말다운 글", r"들(?:르|릅|른)|기대한 꼴|두 수를 돌리", "옮긴 말투입니다."),
    Term(
        "우리말다운 글",
        r"최고의 경우의|[을를] 가지고 있|에 의해|되어지|보여지|함에 있어|에 있어서",
        "옮긴 말투입니다.",
    ),
)


def wrong_terms(text: str, name: str) -> Iterator[str]:
    """`name`이라는 파일의 글에서 쓰지 않기로 한 말을 문장으로 하나씩 내놓습니다."""
    for term in TERMS:
        if name not in term.except_in:
            for found in term.found_in(text):
                yield f"{found!r} 대신 {term.use!r}: {term.because}"
