"""왜 놓쳤나: 놓친 정답마다 까닭 하나와 그 근거를 찾습니다.

정답이 앵커에서 예측까지 가는 길을 차례로 물으며 따라갑니다. 처음으로 막힌 곳이 까닭입니다
(:data:`CAUSES`의 차례). 뒤의 까닭도 함께 맞으면 ``also``에 남겨, 하나만 고쳐서는 모자랄 수 있다고
알립니다.

- ``causes``: 까닭의 표. 이름, 묻는 차례, 근거의 말, 먼저 해 볼 것.
- ``training``: 앵커가 한 일. ``detecting``: 예측이 한 일.
- ``explaining``: :func:`explain_misses`. 위의 둘에 차례로 묻습니다.
- ``result``: 결과의 표와, 고치면 오르는 AP.
"""

from anchorbox_utils.misses.causes import CAUSES, FALSE_KINDS, FalsePositive, Miss
from anchorbox_utils.misses.explaining import explain_misses
from anchorbox_utils.misses.result import Group, Misses

__all__ = [
    "CAUSES",
    "FALSE_KINDS",
    "FalsePositive",
    "Group",
    "Miss",
    "Misses",
    "explain_misses",
]
