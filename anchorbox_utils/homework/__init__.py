"""과제: 무엇을 잘못 생각했는지까지 알려 주는 자동 검사.

- ``catalogue``: 연습 문제 목록. 문제는 데이터입니다(정답 구현, 검사 경우, 흔한 오개념, 성질).
- ``assignments``: 어느 문제가 어느 과제에 있는지, 배점, 시간, 글, 힌트(``assignments.toml``).
- ``exercise``: 문제를 이루는 데이터의 꼴.
- ``engine``: 문제와 학습자의 함수를 받아 판정합니다.
- ``examples``: 함수보다 먼저 쓴 보기가 옳은지, 잘못된 구현을 얼마나 잡아내는지 판정합니다.
- ``borrowing``: 라이브러리의 함수를 답으로 빌려 썼는지 알아봅니다.
- ``reading``: 제출한 노트북에서 채점기가 실행하는 줄.
- ``submitting``: 채점기가 실행하지 않을 것을 내기 전에 말합니다.
- ``trial``: 한 경우에서 무엇이 어디가 다른지 견줍니다.
- ``swapping``: 학습자의 함수를 강좌의 함수 자리에 바꾸어 끼웁니다(레슨 08).
- ``personal``: 학번으로 정해지는 나만의 숫자(레슨 02, 과제 02와 04). 나만의 신고, 의뢰, 기록,
  박스는 그 문제 곁에 있습니다.

문제를 더하는 방법은 CONTRIBUTING.md에 있습니다.

학습자의 함수를 실행하고 판정을 보이는 일은 :mod:`anchorbox_utils.feedback`이 합니다.
"""

from anchorbox_utils.feedback import CheckResult, Progress
from anchorbox_utils.homework.catalogue import EXAMPLE_SETS, EXERCISES
from anchorbox_utils.homework.catalogue.anchor_budget import AnchorBrief, anchor_brief
from anchorbox_utils.homework.catalogue.bug_report import BugReport, bug_report
from anchorbox_utils.homework.catalogue.logs import personal_log
from anchorbox_utils.homework.catalogue.scoring import personal_boxes
from anchorbox_utils.homework.engine import check, grade, progress
from anchorbox_utils.homework.exercise import (
    Appraisal,
    Case,
    ExampleSet,
    Exercise,
    Misconception,
    Own,
    Property,
)
from anchorbox_utils.homework.personal import (
    offsets_in_words,
    personal_matches,
    personal_numbers,
    personal_offsets,
)
from anchorbox_utils.homework.swapping import mine_or_ours

__all__ = [
    "EXAMPLE_SETS",
    "EXERCISES",
    "AnchorBrief",
    "Appraisal",
    "BugReport",
    "Case",
    "CheckResult",
    "ExampleSet",
    "Exercise",
    "Misconception",
    "Own",
    "Progress",
    "Property",
    "anchor_brief",
    "bug_report",
    "check",
    "grade",
    "mine_or_ours",
    "offsets_in_words",
    "personal_boxes",
    "personal_log",
    "personal_matches",
    "personal_numbers",
    "personal_offsets",
    "progress",
]
