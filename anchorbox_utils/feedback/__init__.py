"""판정: 학습자의 함수를 안전하게 실행하고, 결과를 글과 HTML로 보이고, 소식을 알립니다.

- ``result``: 판정 결과와 그 글·HTML 표시.
- ``running``: 학습자의 함수를 안전하게 실행합니다.
- ``apart``: 판정을 갈라져 나온 프로세스에서 합니다. 무엇을 하는 함수라도 돌아옵니다.
- ``restoring``: 프로세스를 가를 수 없는 곳에서, 함수가 바꾼 프로세스의 상태를 되돌립니다.
- ``attempt``: 답을 견주기 전에 갈리는 판정. 아직 쓰지 않았거나, 부를 수 없거나, 실행하다 멈췄을 때.
- ``events``: 판정이 나올 때마다 알려 주는 곳.
"""

from anchorbox_utils.feedback.apart import judge_apart
from anchorbox_utils.feedback.attempt import (
    describe_error,
    explain_error,
    is_blank,
    not_attempted,
    refuse,
)
from anchorbox_utils.feedback.events import Event, listen, open_lesson, report
from anchorbox_utils.feedback.restoring import restoring
from anchorbox_utils.feedback.result import STATES, CheckResult, Progress
from anchorbox_utils.feedback.running import (
    TIME_LIMIT,
    Outcome,
    TimeLimitExceeded,
    Unreadable,
    call,
    error_text,
    noticing,
    plain,
    safe_repr,
    shorten,
    time_limit,
)

__all__ = [
    "STATES",
    "TIME_LIMIT",
    "CheckResult",
    "Event",
    "Outcome",
    "Progress",
    "TimeLimitExceeded",
    "Unreadable",
    "call",
    "describe_error",
    "error_text",
    "explain_error",
    "is_blank",
    "judge_apart",
    "listen",
    "not_attempted",
    "noticing",
    "open_lesson",
    "plain",
    "refuse",
    "report",
    "restoring",
    "safe_repr",
    "shorten",
    "time_limit",
]
