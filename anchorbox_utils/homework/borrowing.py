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

from anchorbox_utils.feedback import CheckResult, call, noticing

LIBRARY_CALL = "library_call"
# 이 파일의 코드에 적힌 경로에서 구해야 다른 파일의 코드에 적힌 경로와 꼴이 같습니다.
_HERE = sys._getframe().f_code.co_filename
_PACKAGE = os.path.dirname(os.path.dirname(_HERE)) + os.sep
_NAME = __name__.partition(".")[0] + "."


@contextlib.contextmanager
def watching(allows, borrowed):
    """그동안 학습자가 부른 라이브러리 함수의 이름을 리스트 ``borrowed``에 더합니다.

    함수가 만든 스레드는 다음 호출까지 살아 있을 수 있으므로, 한 번 검사하는 동안 부르는 것은 모두
    같은 리스트에 모읍니다.

    Examples:
        >>> from anchorbox_utils import box_area, box_iou
        >>> borrowed = []
        >>> with watching(("box_area",), borrowed):
        ...     outcome = call(lambda boxes: box_iou(boxes, boxes) + box_area(boxes), ([[0, 0, 1, 1]],))
        >>> borrowed
        ['box_iou']
    """  # noqa: E501

    def notice(frame, event, argument):
        if event == "call":
            name = _library_name(frame)
            if name and name not in allows and name not in borrowed:
                borrowed.append(name)

    # 새 스레드의 설정은 모든 스레드가 함께 쓰므로, 검사 둘이 서로의 것을 되돌려 놓지 않도록 주
    # 스레드에서만 바꿉니다.
    in_main = threading.current_thread() is threading.main_thread()
    with noticing(notice, in_new_threads=in_main):
        yield


def _library_name(frame):
    """학습자가 부른 라이브러리 함수라면 그 이름. 라이브러리가 스스로 부른 것이면 None."""
    code, caller = frame.f_code, frame.f_back
    room = _room(code.co_filename)
    # 코드를 베끼며 경로를 바꿔 적을 수 있어, 라이브러리 안에서 이름을 찾는 코드인지도 봅니다.
    if not room and not (room is None and _looks_names_up_in_the_library(frame)):
        return None
    # 함수 안에서 import하거나 이름을 꺼내기만 하는 것은 부르는 것이 아닙니다.
    if room == "__init__" or code.co_name == "<module>":
        return None
    while caller is not None and caller.f_code is not call.__code__:
        if _room(caller.f_code.co_filename):
            return None
        caller = caller.f_back
    return code.co_qualname.partition(".")[0]


@cache
def _room(filename):
    """라이브러리의 방 이름. 검사를 돌리는 코드이면 빈 글, 라이브러리 밖이면 None."""
    if not filename.startswith(_PACKAGE):
        return None
    room = filename.removeprefix(_PACKAGE).split(os.sep)[0].removesuffix(".py")
    return "" if filename == _HERE or room == "feedback" else room


def _looks_names_up_in_the_library(frame):
    home = frame.f_globals.get("__name__")
    if not isinstance(home, str) or not home.startswith(_NAME):
        return False
    if home.startswith(call.__module__.rpartition(".")[0]):
        return False
    return getattr(sys.modules.get(home), "__dict__", None) is frame.f_globals


def is_known_mistake(exercise, fn):
    """문제에 적힌 오개념의 구현 그 자체인지. 틀린 답이라, 시험 삼아 넘겨도 빌린 것이 아닙니다.

    Examples:
        >>> from anchorbox_utils.homework.catalogue import EXERCISES
        >>> exercise = EXERCISES["encode_boxes"]
        >>> is_known_mistake(exercise, exercise.misconceptions[0].wrong)
        True
        >>> is_known_mistake(exercise, exercise.reference)
        False
    """
    return any(fn is way for mistake in exercise.misconceptions for way in mistake.ways)


def library_call(exercise, borrowed):
    """라이브러리를 부른 함수에게 하는 말.

    Examples:
        >>> from anchorbox_utils.homework.catalogue import EXERCISES
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
