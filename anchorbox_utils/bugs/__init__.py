"""버그 실험실: 실제로 보고된 증상을 작은 데이터로 되살린 사건들.

증상을 보고, 진단으로 원인을 짚고(:func:`check_cause`), 고칩니다(:func:`check_repair`). 데이터는
모두 씨앗으로 만들므로 누가 실행해도 같습니다.

- ``pipeline``: 고장 나고 고칠 학습 코드 한 벌.
- ``case``: 사건 하나의 꼴과, 펼쳤을 때의 모습.
- ``scenes``: 사건을 짓는 재료.
- ``coordinates``, ``anchor_setup``, ``class_numbers``, ``training_code``: 갈래마다의 사건들. 사건의
  고장, 증상, 고치기와 그 기록이 나란히 있습니다.
- ``catalogue``: 모든 사건의 목록.
- ``checking``: 사건을 펼치고 답을 봅니다.
"""

from anchorbox_utils.bugs.case import BugCase, OpenedBug
from anchorbox_utils.bugs.catalogue import BUG_CASES
from anchorbox_utils.bugs.checking import check_cause, check_repair, open_bug
from anchorbox_utils.bugs.pipeline import Pipeline

__all__ = [
    "BUG_CASES",
    "BugCase",
    "OpenedBug",
    "Pipeline",
    "check_cause",
    "check_repair",
    "open_bug",
]
