"""학습자의 함수가 라이브러리의 답을 빌려 썼는지 알아봅니다.

이름이 아니라 실제로 불린 함수의 코드를 봅니다. 그래서 다른 이름으로 가져오거나, 인수의 기본값이나
클로저나 ``functools.partial``에 담거나, 다른 파일에서 부르거나, 반복문 안에서 한 행씩 불러도
알아보고, 이름만 같은 학습자 자신의 함수는 건드리지 않습니다.
"""

import contextlib
import os
import sys
import threading
from functools import cache

from anchorbox_utils.feedback import CheckResult, call
from anchorbox_utils.homework.catalogue import EXERCISES

LIBRARY_CALL = "library_call"
# 이 파일의 코드에 적힌 경로에서 구해야 다른 파일의 코드에 적힌 경로와 꼴이 같습니다.
_HERE = sys._getframe().f_code.co_filename
_PACKAGE = os.path.dirname(os.path.dirname(_HERE)) + os.sep


@contextlib.contextmanager
def watching(allows):
    """그동안 학습자가 부른 라이브러리 함수의 이름을 모아 돌려줍니다.

    Examples:
        >>> from anchorbox_utils import box_area, box_iou
        >>> with watching(("box_area",)) as borrowed:
        ...     outcome = call(lambda boxes: box_iou(boxes, boxes) + box_area(boxes), ([[0, 0, 1, 1]],))
        >>> borrowed
        ['box_iou']
    """  # noqa: E501
    borrowed = []

    def notice(frame, event, argument):
        if event == "call":
            name = _library_name(frame)
            if name and name not in allows and name not in borrowed:
                borrowed.append(name)

    before, spawned = sys.getprofile(), threading.getprofile()
    # 함수가 새로 만드는 스레드도 살핍니다. 이 설정은 모든 스레드가 함께 쓰므로, 검사 둘이 서로의
    # 것을 되돌려 놓지 않도록 주 스레드에서만 바꿉니다.
    in_main = threading.current_thread() is threading.main_thread()
    if in_main:
        threading.setprofile(notice)
    sys.setprofile(notice)
    try:
        yield borrowed
    finally:
        # 파이썬으로 쓰지 않은 측정 도구는 여기서 되돌려 놓을 수 없습니다.
        sys.setprofile(before if callable(before) else None)
        if in_main:
            threading.setprofile(spawned)


def _library_name(frame):
    """학습자가 부른 라이브러리 함수라면 그 이름. 라이브러리가 스스로 부른 것이면 None."""
    code, caller = frame.f_code, frame.f_back
    room = _room(code.co_filename)
    # 함수 안에서 import하거나 이름을 꺼내기만 하는 것은 부르는 것이 아닙니다.
    if room is None or room == "__init__" or code.co_name == "<module>":
        return None
    handed_in = caller is not None and caller.f_code is call.__code__
    if handed_in and room == "homework" and code not in _reference_codes():
        return None
    while caller is not None and caller.f_code is not call.__code__:
        if _room(caller.f_code.co_filename) is not None:
            return None
        caller = caller.f_back
    return code.co_qualname.partition(".")[0]


@cache
def _room(filename):
    """라이브러리의 방 이름. 라이브러리 밖이거나 검사를 돌리는 코드이면 None."""
    if filename == _HERE or not filename.startswith(_PACKAGE):
        return None
    room = filename.removeprefix(_PACKAGE).split(os.sep)[0].removesuffix(".py")
    return None if room == "feedback" else room


@cache
def _reference_codes():
    shown = list(EXERCISES.values())
    # 학번마다 다른 정답도 같은 코드에서 나옵니다.
    shown += [exercise.variant(0) for exercise in shown if exercise.variant]
    return frozenset(exercise.reference.__code__ for exercise in shown)


def library_call(exercise, borrowed):
    """라이브러리를 부른 함수에게 하는 말.

    Examples:
        >>> print(library_call(EXERCISES["encode_boxes"], ["encode_boxes"]))
        × 다시 보기 · encode_boxes
        라이브러리의 함수(`encode_boxes`)를 부르셨네요. 잘 만들어진 함수지만, 이 문제는 그 안의 계산을 직접 써 보는 자리입니다.
          - 불러 써도 되는 것: `box_convert`, `validate_boxes`
          - 힌트: 라이브러리를 부르는 줄을 지우고 식을 한 줄씩 옮겨 보세요. 다 쓴 다음 라이브러리의 결과와 견주어 보는 것은 검사 밖에서 얼마든지 좋습니다.
    """  # noqa: E501
    names = ", ".join(f"`{name}`" for name in borrowed)
    allowed = ", ".join(f"`{name}`" for name in exercise.allows)
    return CheckResult(
        exercise.name,
        "failed",
        f"라이브러리의 함수({names})를 부르셨네요. 잘 만들어진 함수지만, "
        "이 문제는 그 안의 계산을 직접 써 보는 자리입니다.",
        LIBRARY_CALL,
        "라이브러리를 부르는 줄을 지우고 식을 한 줄씩 옮겨 보세요. "
        "다 쓴 다음 라이브러리의 결과와 견주어 보는 것은 검사 밖에서 얼마든지 좋습니다.",
        (("불러 써도 되는 것", allowed),) if allowed else (),
    )
