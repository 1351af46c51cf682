"""버그 실험실: 실제로 보고된 증상을 작은 데이터로 되살린 사건들.

증상을 보고, 원인을 짚고(:func:`check_cause`), 고칩니다(:func:`check_repair`). 어디까지 풀었는지는
``anchorbox_utils.bug_board``가 보여 줍니다. 보이는 데이터는 씨앗으로 만들므로 누가 실행해도
같습니다.

- ``clues``: 진단에서 원인의 이름을 뺀 단서.
- ``pipeline``: 고장 나고 고칠 학습 코드 한 벌.
- ``case``: 사건 하나의 꼴과, 펼쳤을 때의 모습.
- ``scenes``: 사건을 짓는 재료. 보이는 데이터와, 크기와 번호가 다른 처음 보는 데이터.
- ``coordinates``, ``anchor_setup``, ``class_numbers``, ``training_code``: 갈래마다의 사건들. 사건의
  고장, 증상, 고치기와 그 기록이 나란히 있습니다.
- ``catalogue``: 모든 사건의 목록.
- ``observations``: 원인마다 "이것이 원인이라면 보였을 것".
- ``judging``: 고친 것이 정말 고친 것인지 가리는 규칙들.
- ``board``: 진도판.
- ``checking``: 사건을 펼치고 답을 봅니다.
"""

from anchorbox_utils.bugs.board import BugBoard
from anchorbox_utils.bugs.case import BugCard, OpenedBug
from anchorbox_utils.bugs.catalogue import BUG_CASES
from anchorbox_utils.bugs.checking import check_cause, check_repair, open_bug
from anchorbox_utils.bugs.clues import Clues
from anchorbox_utils.bugs.pipeline import Pipeline

__all__ = [
    "BUG_CASES",
    "BugBoard",
    "BugCard",
    "Clues",
    "OpenedBug",
    "Pipeline",
    "check_cause",
    "check_repair",
    "open_bug",
]
