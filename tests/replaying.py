"""노트북을 다시 실행하는 두 길(nbval과 브라우저)이 함께 쓰는 것: 카드를 푸는 코드와 세는 이름."""

import re
from pathlib import Path

# 검사마다 몇 개를 보았는지 적어 두는 이름. conftest.py가 더해서 끝에 알립니다.
COMPARED = "compared with the stored cell"
REHEARSED = "prediction card rehearsed"
# 브라우저에서 실행하며 통째로 비교하는 강의를 nbval이 또 실행하지 않습니다.
IN_BROWSER = "test_lesson_gives_what_is_stored"

_CARD = re.compile(r"(?<![\w.])predict\(\s*\"(\w+)\"")
_REHEARSAL = Path(__file__).with_name("card_rehearsal.py").read_text(encoding="utf-8")
# 노트북의 이름을 건드리지 않으려고 따로 둔 이름표에서 실행합니다.
REHEARSAL = f"exec({_REHEARSAL!r}, (_rehearsal := {{}}))"


def cards_in(source):
    """셀이 보이는 예측 카드의 이름들."""
    return _CARD.findall(source)


def rehearsal_of(name):
    """`name`이라는 카드에서 찾은 잘못들의 글이 되는 식. `REHEARSAL` 다음에 계산합니다."""
    return f"_rehearsal['report']({name!r})"
