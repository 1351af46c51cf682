"""학습자가 넘긴 것을 부르기 전에 봅니다: 아직 쓰지 않았는지, 부를 수 있는지.

문제의 종류와 상관없으므로, 학습자의 함수를 받는 곳이면 어디서든 씁니다.
"""

import dis
import inspect

from anchorbox_utils.homework.result import CheckResult
from anchorbox_utils.homework.running import safe_repr, shorten


def untouched(title):
    """아직 쓰지 않았다는 판정."""
    return CheckResult(
        title,
        "not_attempted",
        "아직 작성하지 않았습니다. 함수를 채운 다음 이 칸을 다시 실행해 보세요.",
    )


def refuse(title, fn, parameters):
    """부를 수 없는 것이거나 인수의 수가 맞지 않으면 판정을, 아니면 None을 돌려줍니다.

    Examples:
        >>> refuse("f", None, ("x",)).status
        'not_attempted'
        >>> refuse("f", lambda: 1, ("x",)).message
        '함수가 인수 1개를 차례로 받아야 합니다.'
        >>> refuse("f", abs, ("x",)) is None
        True
    """
    if fn is None or fn is ...:
        return untouched(title)
    if not callable(fn):
        return CheckResult(
            title,
            "failed",
            "함수가 아니라 값을 넘기셨습니다. 괄호를 붙여 부르지 말고 함수 이름만 넘겨 주세요.",
            details=(("넘긴 값", f"`{safe_repr(fn)}`"),),
        )
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):
        # 서명을 알 수 없는 C 함수는 불러 보고 판단합니다.
        return None
    try:
        signature.bind(*parameters)
    except TypeError:
        return CheckResult(
            title,
            "failed",
            f"함수가 인수 {len(parameters)}개를 차례로 받아야 합니다.",
            details=(
                ("지금의 인수", f"`{shorten(str(signature))}`"),
                ("필요한 인수", f"`({', '.join(parameters)})`"),
            ),
        )
    return None


_EMPTY_BODY = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE", "POP_TOP"}


def is_stub(fn, outcome):
    """NotImplementedError를 냈거나, 본문이 비어 있어 None을 돌려주었는지 봅니다."""
    # input()도 NotImplementedError의 하위 예외를 내므로 꼭 그 예외인지 봅니다.
    if type(outcome.error) is NotImplementedError:
        return True
    if outcome.error is not None or (outcome.value is not None and outcome.value is not ...):
        return False
    code = getattr(fn, "__code__", None)
    # 설명 글, pass, ...뿐인 본문은 상수를 돌려주는 명령으로만 이루어집니다.
    return code is not None and {step.opname for step in dis.get_instructions(code)} <= _EMPTY_BODY
