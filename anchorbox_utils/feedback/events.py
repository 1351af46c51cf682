"""판정이 나올 때마다 알려 주는 곳. 기본으로는 아무도 듣지 않습니다.

레슨의 진도 기록(:mod:`anchorbox_utils.course`)처럼, 판정에 관심이 있는 쪽이 :func:`listen`으로
듣습니다. 판정하는 쪽은 누가 듣는지 모르고 :func:`report`만 부릅니다.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

_listeners: dict[object, Callable] = {}
_lesson: str | None = None


@dataclass(frozen=True)
class Event:
    """연습 문제나 예측 카드 하나의 판정이 났다는 소식.

    Attributes:
        name: 문제나 물음의 이름.
        status: ``"passed"``, ``"failed"``, ``"not_attempted"``, ``"error"`` 중 하나.
        misconception: 알아본 오개념의 이름. 없으면 None.
        lesson: 이 커널에서 연 레슨. 레슨 밖이면 None.
        time: 판정이 난 때(UTC).

    Examples:
        >>> Event("box_iou", "failed", "dice", lesson="03_labeling").misconception
        'dice'
    """

    name: str
    status: str
    misconception: str | None = None
    lesson: str | None = field(default_factory=lambda: _lesson)
    time: datetime = field(default_factory=lambda: datetime.now(UTC))


def open_lesson(stem):
    """이제부터 나는 소식에 붙일 레슨을 정합니다. 커널 하나에 레슨 하나입니다."""
    global _lesson
    _lesson = stem


def listen(function):
    """소식이 있을 때마다 ``function(event)``를 부릅니다. 그만 들을 때 부를 함수를 돌려줍니다.

    Examples:
        >>> heard = []
        >>> stop = listen(heard.append)
        >>> report(Event("box_iou", "passed"))
        >>> stop()
        >>> report(Event("box_iou", "failed"))
        >>> [event.status for event in heard]
        ['passed']
    """
    key = object()
    _listeners[key] = function

    def stop():
        _listeners.pop(key, None)

    return stop


def report(event):
    """듣는 이들에게 차례로 알립니다. 듣는 쪽의 잘못은 판정을 막지 않습니다."""
    for function in tuple(_listeners.values()):
        try:
            function(event)
        except Exception:
            continue
