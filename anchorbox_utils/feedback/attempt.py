"""답을 견주기 전에 갈리는 판정: 아직 쓰지 않은 것, 부를 수 없는 것, 실행하다 멈춘 것.

과제의 검사와 버그 실험실의 고치기가 여기서 같은 말을 합니다.
"""

import dis
import inspect

from anchorbox_utils.feedback.result import CheckResult
from anchorbox_utils.feedback.running import TimeLimitExceeded, error_text, safe_repr, shorten

# 오류의 마지막 줄에 이 말이 들어 있으면 우리말로 풀어 줍니다. 초보자가 자주 만나는 것들입니다.
_GLOSSES = {
    "StdinNotImplementedError": "검사하는 동안에는 `input()`으로 물어볼 수 없습니다. 값은 인수로 "
    "받으세요.",
    "NotImplementedError": "이 경우를 아직 쓰지 않았습니다. `NotImplementedError`를 내는 갈래를 "
    "채워 보세요.",
    "SystemExit": "함수가 프로그램을 끝내려고 했습니다. 결과는 `return`으로 돌려주세요.",
    "could not be broadcast": "모양이 맞지 않는 배열끼리 계산했습니다. "
    "두 배열의 `shape`를 나란히 적어 보세요.",
    "truth value of an array": "배열 전체를 `if` 하나로 물었습니다. "
    "값마다 따로 묻는 방법을 떠올려 보세요.",
    "arrays can be converted": "수 하나를 받는 함수에 배열을 넘겼습니다. "
    "`math` 대신 `np`에 있는 같은 이름의 함수를 써 보세요.",
    "zero-size array to reduction": "빈 배열에서 최댓값이나 최솟값을 구했습니다. 하나도 없을 때의 "
    "답을 "
    "먼저 정해 두세요.",
    "ufunc 'bitwise_": "`|`와 `&`는 `<`나 `==`보다 먼저 계산됩니다. 견주는 식마다 괄호를 씌워 "
    "보세요.",
    "Cannot cast ufunc": "정수 배열에 실수를 더해 넣으려고 했습니다. 실수로 바꾼 새 배열에 담아 "
    "보세요.",
    "math domain error": "`math`의 함수가 계산할 수 없는 수를 받았습니다. 로그에 0이나 음수가 "
    "들어가지 않았나요? 그 수가 어떤 뺄셈에서 나왔는지 거슬러 보세요.",
    "expected a positive input": "`math.log`에 0이나 음수가 들어갔습니다. 그 수가 어떤 뺄셈에서 "
    "나왔는지 거슬러 보세요.",
    "UnboundLocalError": "값을 넣기 전에 변수를 읽었습니다. 모든 갈래에서 값이 정해지는지 보세요.",
    "NameError": "아직 만들지 않은 이름을 썼습니다. 철자와 대소문자를 확인해 보세요.",
    "IndexError": "없는 번호의 자리를 읽었습니다. 배열의 모양을 `shape`로 확인해 보세요.",
    "KeyError": "사전에 없는 열쇠를 읽었습니다.",
    "AttributeError": "그 값에는 없는 기능을 불렀습니다. 값의 종류와 철자를 확인해 보세요.",
    "ZeroDivisionError": "0으로 나누었습니다. 나누는 수가 0이 되는 때를 생각해 보세요.",
    "EOFError": "검사하는 동안에는 `input()`으로 물어볼 수 없습니다. 값은 인수로 받으세요.",
    "MemoryError": "메모리보다 큰 것을 만들려고 했습니다. 만드는 배열의 모양을 확인해 보세요.",
    "RecursionError": "함수가 자기 자신을 끝없이 부릅니다.",
}
_EMPTY_BODY = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE", "POP_TOP"}


def not_attempted(exercise, rules=()):
    """아직 작성하지 않았다는 판정. ``rules``는 쓰기 전에 알아 둘 약속들입니다.

    Examples:
        >>> print(not_attempted("box_iou", ["겹치지 않는 짝의 IoU는 0입니다."]))
        □ 아직 · box_iou
        아직 작성하지 않았습니다. 함수를 채운 다음 이 셀을 다시 실행해 보세요.
          - 약속: 겹치지 않는 짝의 IoU는 0입니다.
    """
    return CheckResult(
        exercise,
        "not_attempted",
        "아직 작성하지 않았습니다. 함수를 채운 다음 이 셀을 다시 실행해 보세요.",
        details=(("약속", "\n".join(rules)),) if rules else (),
    )


def refuse(exercise, fn, parameters=None, rules=()):
    """부를 수 없는 것을 넘겼으면 그 판정을, 부를 수 있으면 None을 돌려줍니다.

    ``parameters``(이름들)를 주면 그만큼의 인수를 차례로 받는지도 봅니다. ``rules``는
    :func:`not_attempted`의 것과 같습니다.

    Examples:
        >>> refuse("box_iou", ...).status, refuse("box_iou", 3).status, refuse("box_iou", len)
        ('not_attempted', 'failed', None)
        >>> refuse("f", lambda: 1, ("x",)).message
        '함수가 인수 1개를 차례로 받아야 합니다.'
    """
    if fn is None or fn is ...:
        return not_attempted(exercise, rules)
    if not callable(fn):
        return CheckResult(
            exercise,
            "failed",
            "함수가 아니라 값을 넘기셨습니다. 괄호를 붙여 부르지 말고 함수 이름만 넘겨 주세요.",
            details=(("넘긴 값", f"`{safe_repr(fn)}`"),),
        )
    return None if parameters is None else _refuse_signature(exercise, fn, parameters)


def _refuse_signature(exercise, fn, parameters):
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):
        # 서명을 알 수 없는 C 함수는 불러 보고 판단합니다.
        return None
    try:
        signature.bind(*parameters)
    except TypeError:
        return CheckResult(
            exercise,
            "failed",
            f"함수가 인수 {len(parameters)}개를 차례로 받아야 합니다.",
            details=(
                ("지금의 인수", f"`{shorten(str(signature))}`"),
                ("필요한 인수", f"`({', '.join(parameters)})`"),
            ),
        )
    return None


def is_blank(fn, outcome):
    """NotImplementedError를 냈거나, 본문이 비어 있어 None을 돌려주었는지 봅니다.

    Examples:
        >>> from anchorbox_utils.feedback.running import call
        >>> def later(x): ...
        >>> def forgot_to_return(x):
        ...     y = x + 1
        >>> [is_blank(fn, call(fn, (1,))) for fn in (later, forgot_to_return)]
        [True, False]
    """
    # input()도 NotImplementedError의 하위 예외를 내므로 꼭 그 예외인지 봅니다.
    if type(outcome.error) is NotImplementedError:
        return True
    if outcome.error is not None or (outcome.value is not None and outcome.value is not ...):
        return False
    code = getattr(fn, "__code__", None)
    # 설명 글, pass, ...뿐인 본문은 상수를 돌려주는 명령으로만 이루어집니다.
    return code is not None and {step.opname for step in dis.get_instructions(code)} <= _EMPTY_BODY


def explain_error(error, otherwise="함수를 실행하는 동안 오류가 났습니다."):
    """학습자의 함수에서 난 예외를 우리말 한두 문장으로 풉니다. 모르는 예외면 ``otherwise``입니다.

    Examples:
        >>> explain_error(KeyError("pos"))
        '사전에 없는 열쇠를 읽었습니다.'
        >>> explain_error(OSError())
        '함수를 실행하는 동안 오류가 났습니다.'
    """
    if isinstance(error, TimeLimitExceeded):
        return (
            f"{error.seconds:g}초 안에 끝나지 않아 멈추었습니다. "
            "반복의 조건이 언젠가 거짓이 되는지 보세요."
        )
    text = error_text(error)
    gloss = next((gloss for words, gloss in _GLOSSES.items() if words in text), None)
    return gloss or otherwise


def describe_error(outcome):
    """예외와 그것이 난 자리를 (이름, 내용) 줄들로. 예외가 없으면 빈 튜플입니다.

    Examples:
        >>> from anchorbox_utils.feedback.running import Outcome
        >>> describe_error(Outcome(error=KeyError("pos"), error_line=(2, 'counts["pos"]')))
        (('오류', "`KeyError: 'pos'`"), ('멈춘 곳', '2번째 줄 `counts["pos"]`'))
    """
    rows = []
    if outcome.error is not None and not isinstance(outcome.error, TimeLimitExceeded):
        rows.append(("오류", f"`{error_text(outcome.error)}`"))
    if outcome.error_line:
        number, text = outcome.error_line
        rows.append(("멈춘 곳", f"{number}번째 줄 `{shorten(text, 100)}`"))
    return tuple(rows)
