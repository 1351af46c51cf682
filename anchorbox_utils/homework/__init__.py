"""과제: 무엇을 잘못 생각했는지까지 알려 주는 자동 검사.

- ``catalogue``: 연습 문제 목록. 문제는 데이터입니다(정답 구현, 검사 경우, 흔한 오개념, 성질).
- ``assignments``: 어느 문제가 어느 과제에 있는지, 배점, 시간, 글, 힌트(``assignments.toml``).
- ``exercise``: 문제를 이루는 데이터의 꼴.
- ``engine``: 문제와 학습자의 함수를 받아 판정합니다.
- ``trial``: 한 경우에서 무엇이 어디가 다른지 견줍니다.
- ``personal``: 학번으로 정해지는 나만의 숫자(레슨 02).

과제에 문제를 더하려면:

1. ``catalogue/``의 한 파일에 정답 구현, 검사 경우, 오개념을 적고 그 파일의 ``EXERCISES``에
   올립니다. 정답 구현은 과제에 보일 그대로 씁니다. 머리와 설명(Args, Returns)은 학습자가 보는
   것이 되고, 본문은 정답 칸에 들어갑니다. 본문에서는 ``np``와 같은 과제의 앞 문제만 씁니다.
2. ``assignments.toml``의 과제에 ``[[assignment.task]]`` 하나를 더합니다.
3. ``uv run python tools/release_homework.py``를 실행합니다.
4. ``tests/test_homework.py``의 ``STYLES``에 다르게 쓴 옳은 답을 둘 이상 더하고 ``uv run pytest``로
   확인합니다.

새 과제라면 ``course/lessons.toml``에서 짝이 되는 레슨의 ``homework``도 적습니다.

학습자의 함수를 실행하고 판정을 보이는 일은 :mod:`anchorbox_utils.feedback`이 합니다.
"""

from anchorbox_utils.feedback import CheckResult, Progress
from anchorbox_utils.homework.catalogue import EXERCISES
from anchorbox_utils.homework.engine import check, grade, progress
from anchorbox_utils.homework.exercise import Case, Exercise, Misconception, Property
from anchorbox_utils.homework.personal import personal_numbers

__all__ = [
    "EXERCISES",
    "Case",
    "CheckResult",
    "Exercise",
    "Misconception",
    "Progress",
    "Property",
    "check",
    "grade",
    "personal_numbers",
    "progress",
]
