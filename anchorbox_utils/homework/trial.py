"""한 경우에서 학습자의 결과를 정답과 견줍니다: 무엇이, 어디가 다른지."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from anchorbox_utils.feedback import (
    Unreadable,
    call,
    describe_error,
    explain_error,
    safe_repr,
    shorten,
)
from anchorbox_utils.korean import with_particle

KINDS = {"b": "참/거짓(bool)", "i": "정수", "u": "정수", "f": "실수"}


class Trial:
    """한 경우의 시도.

    Attributes:
        problem: 무엇이 다른지 말하는 문장. 맞으면 None.
        answer_problem: 입력을 바꾼 것은 눈감아 주고, 답만 볼 때의 ``problem``.
        array: 학습자의 결과를 배열로 읽은 것. 읽을 수 없으면 None.
        forgot_shape: 빈 결과의 모양이나 자료형을 잊어 (0,)인 배열이나 빈 리스트를 돌려주었는지.
    """

    def __init__(self, exercise, case, outcome, reference=None):
        self.exercise, self.case = exercise, case
        self.names = exercise.parameters
        self.outcome = outcome
        self.reference = reference or call(exercise.reference, case.args)
        if self.reference.error is not None:
            raise self.reference.error
        self.expected = self.reference.value
        self.expected_array = _as_array(self.expected)
        self.array = _as_array(self.outcome.value, self.expected)
        self.forgot_shape = self._forgot_shape()
        if self.forgot_shape:
            self.array = self.expected_array
        self.answer_problem = self._error() or self._form() or self._value()
        self.problem = self.answer_problem or self._mutation()

    def alike(self, other):
        """두 시도의 답이 같은지: 같은 종류의 예외이거나, 같은 꼴의 같은 값."""
        mine, theirs = self.outcome, other.outcome
        if mine.error is not None or theirs.error is not None:
            return type(mine.error) is type(theirs.error)
        if bool(self.answer_problem) != bool(other.answer_problem):
            return False
        if self.array is None or other.array is None:
            return self.array is other.array and type(mine.value) is type(theirs.value)
        if self.array.shape != other.array.shape:
            return False
        if self.array.shape != self.expected_array.shape:
            return bool(self._close(self.array, other.array).all())
        return bool(self._close(self._features, other._features).all())

    def _forgot_shape(self):
        """행마다 모은 것을 배열로 만들면, 행이 없을 때 열의 수와 자료형을 잊습니다."""
        if not isinstance(self.expected, np.ndarray) or self.expected.size:
            return False
        if isinstance(self.outcome.value, (list, tuple)):
            # 빈 리스트에는 자료형이 없으므로 모양만 봅니다.
            return not self.outcome.value and self.expected.ndim > 1
        return (
            isinstance(self.outcome.value, np.ndarray)
            and self.array is not None
            and self.array.shape == (0,)
            and (self.array.shape, KINDS[self.array.dtype.kind])
            != (self.expected.shape, KINDS[self.expected.dtype.kind])
        )

    # 무엇이 다른가: 앞의 것부터 살피고, 다르지 않으면 None입니다.

    def _error(self):
        error = self.outcome.error
        return None if error is None else explain_error(error)

    def _form(self):
        value, expected = self.outcome.value, self.expected
        if value is None:
            return (
                "함수가 아무것도 돌려주지 않았습니다(None). "
                "마지막에 `return`을 잊지 않았는지 보세요."
            )
        if isinstance(value, Mapping) and not isinstance(expected, Mapping):
            return "사전(dict)을 돌려주었습니다. 이름 없이 수만 차례로 담아 주세요."
        if isinstance(expected, Mapping):
            if not isinstance(value, Mapping):
                return f"사전(dict)이 필요한데 {_type_name(value)} 값을 돌려주었습니다."
            if _keys(value) != set(expected):
                return "사전의 열쇠(key)가 다릅니다. 문제에 적힌 이름을 그대로 써 주세요."
        if self.array is None:
            return f"돌려준 {_type_name(value)} 값을 숫자 배열로 읽을 수 없습니다."
        if self.exercise.appraise:
            return self._open_form()
        if self.array.shape != self.expected_array.shape:
            if self.exercise.by_hand and self.array.ndim == self.expected_array.ndim == 2:
                # 몇 줄이어야 하는지도 답의 한 부분입니다.
                return "줄의 수가 다릅니다. 더 적은 줄이나 빠뜨린 줄이 있는지 다시 보세요."
            return (
                f"결과의 모양은 {self.array.shape}인데, "
                f"이 경우에는 {self.expected_array.shape} 모양이 필요합니다."
            )
        got, want = KINDS[self.array.dtype.kind], KINDS[self.expected_array.dtype.kind]
        if want != "실수" and got != want:
            return f"결과의 자료형은 {self.array.dtype}인데, {want} 자료형이 필요합니다."
        return None

    def has_form(self, any_length=False):
        """값은 어떻든 정답과 꼴이 같은 것을 돌려주었는지. 첫 축의 길이는 봐줄 수 있습니다."""
        if not any_length or self.array is None or self.array.ndim == 0:
            return not (self._error() or self._form())
        kinds = KINDS[self.array.dtype.kind], KINDS[self.expected_array.dtype.kind]
        return kinds[1] in ("실수", kinds[0]) and (
            self.array.shape[1:] == self.expected_array.shape[1:]
            and self.array.ndim == self.expected_array.ndim
        )

    def _open_form(self):
        """행의 수를 학습자가 정하는 답의 꼴."""
        columns = self.expected_array.shape[1]
        if self.array.ndim == 2 and self.array.shape[1] == columns:
            return None
        return f"결과의 모양은 {self.array.shape}인데, (K, {columns}) 모양이 필요합니다."

    @cached_property
    def _appraisal(self):
        readable = self.exercise.appraise and self.array is not None and not self._form()
        return self.exercise.appraise(self.case.args, self.array) if readable else None

    @property
    def misconception(self):
        """답을 재는 문제에서 알아본 오개념의 이름. 없으면 None."""
        return self._appraisal.misconception if self._appraisal else None

    @property
    def margin(self):
        """답을 재는 문제에서 합격선을 넘은 만큼. 없으면 None."""
        return self._appraisal.margin if self._appraisal else None

    @property
    def notes(self):
        """답을 잰 결과의 줄들."""
        return self._appraisal.notes if self._appraisal else ()

    def _value(self):
        if self._appraisal:
            return self._appraisal.problem
        if not self._differs:
            return None
        different = self.different
        if self._feature_names:
            rows = different.reshape(-1, different.shape[-1])
            if self.exercise.by_hand and different.ndim == 2:
                # 두 값 가운데 하나를 적는 열이라, 줄까지 말하면 답이 됩니다.
                wrong = _join(self._feature_names, rows.any(axis=0))
                return f"{with_particle(wrong, '이/가')} 다른 줄이 있습니다."
            row = int(np.argmax(rows.any(axis=1)))
            wrong = _join(self._feature_names, rows[row])
            right = _join(self._feature_names, ~rows[row])
            also = f" (맞은 것: {right})" if right and not self.exercise.summary else ""
            where = f"결과의 {row}번 행에서 " if different.ndim == 2 else ""
            return f"{_count(rows.any(axis=1), '행', '이')}{where}다른 것: {wrong}{also}"
        if different.ndim == 0:
            return "돌려준 값이 다릅니다."
        where = ", ".join(map(str, self._first))
        return f"{_count(different.ravel(), '개', '가')}처음 다른 곳은 결과[{where}]입니다."

    def _mutation(self):
        if not self.outcome.mutated:
            return None
        changed = ", ".join(f"`{self.names[i]}`" for i in self.outcome.mutated)
        return (
            f"이 경우의 값은 맞지만 함수가 입력({changed})의 내용을 바꾸었습니다. "
            "입력은 그대로 두고 새 배열을 돌려주세요."
        )

    # 어디가 다른가

    @cached_property
    def different(self):
        """견주는 값에서 정답과 다른 자리. 모양이 달라 견줄 수 없으면 None."""
        if self.array is None or self.array.shape != self.expected_array.shape:
            return None
        wanted = self._summarise(self.reference, self.expected_array)
        return ~self._close(self._features, wanted)

    @property
    def _differs(self):
        if self.exercise.appraise:
            return False
        return self.different is not None and self.different.any()

    @cached_property
    def _features(self):
        return self._summarise(self.outcome, self.array)

    def _summarise(self, outcome, array):
        if self.exercise.summary is None:
            return array
        return np.array(list(self._summary(outcome, array).values()), dtype=np.float64)

    def _summary(self, outcome, array):
        return self.exercise.summary(self.case.args, outcome.args, array)

    @property
    def _feature_names(self):
        if isinstance(self.expected, Mapping):
            return tuple(self.expected)
        if self.exercise.summary is not None:
            return tuple(self._summary(self.reference, self.expected_array))
        return self.exercise.columns

    @property
    def _first(self):
        return tuple(int(i) for i in np.argwhere(self.different)[0])

    def _close(self, a, b):
        # float32는 계산 순서만 달라도 일곱째 자리가 달라집니다.
        single = any(isinstance(a, np.ndarray) and a.dtype == np.float32 for a in self.case.args)
        tolerance = max(self.exercise.tolerance, 1e-4 if single else 0)
        return _isclose(a.astype(np.float64), b.astype(np.float64), tolerance)

    # 학습자에게 보일 줄들

    def details(self):
        """(이름, 내용) 줄들: 넣은 값, 돌려준 값이나 오류, 필요한 형태, 출력과 경고."""
        outcome = self.outcome
        rows = [("넣은 값", self._given())]
        if outcome.error is None:
            rows.append(("돌려준 값", self._returned()))
        rows += describe_error(outcome)
        rows += self.notes
        rows.append(("필요한 형태", self._expected_form()))
        return (*rows, *self.extras())

    def extras(self):
        """출력과 경고처럼 덧붙일 이야기."""
        printed = " / ".join(self.outcome.printed.split("\n")).strip(" /")
        rows = []
        if printed:
            rows.append(("함수가 출력한 글", shorten(printed)))
        if self.outcome.warned:
            rows.append(("계산 중 나온 경고", shorten(self.outcome.warned[0])))
        return tuple(rows)

    def _row_of(self, index, value):
        """첫 차이에 대응하는 인수의 행 번호. 대응이 없으면 None."""
        if not self._differs or self.exercise.summary:
            return None
        if self.exercise.layout == "pairs":
            return self._first[index]
        if self.exercise.layout != "rows" or not isinstance(value, np.ndarray):
            return None
        return self._first[0] if len(value) == len(self.expected_array) else None

    def _given(self):
        lines = []
        for index, (name, value) in enumerate(zip(self.names, self.case.args, strict=True)):
            row = self._row_of(index, value)
            if row is None:
                lines.append(f"`{name} = {show(value)}`")
            else:
                lines.append(f"`{name}[{row}] = {show(value[row])}`")
        return "\n".join(lines)

    def _returned(self):
        value = self.outcome.value
        if self.array is None or isinstance(self.expected, Mapping) != isinstance(value, Mapping):
            return f"`{safe_repr(value)}`"
        if self.exercise.summary is not None and self.different is not None:
            # 무작위 결과는 값보다 성질이 읽기 쉽습니다.
            return ", ".join(
                f"{name} {value:g}"
                for name, value, wrong in zip(
                    self._feature_names, self._features, self.different, strict=True
                )
                if wrong or not self._differs
            )
        if isinstance(self.expected, Mapping):
            pairs = (f"{key!r}: {show(value[key])}" for key in self.expected if key in value)
            return f"`{shorten('{' + ', '.join(pairs) + '}')}`"
        if not self._differs or self.exercise.layout == "whole":
            return f"`{show(self.array)}`"
        first = self._first if self.exercise.layout == "pairs" else self._first[0]
        index = str(first).strip("()")
        return f"`결과[{index}] = {show(self.array[first])}`"

    def _expected_form(self):
        if not isinstance(self.expected, np.ndarray) or self.exercise.appraise:
            return self.exercise.returns
        kind = KINDS[self.expected_array.dtype.kind]
        return f"{self.exercise.returns}. 이 경우에는 {self.expected_array.shape} {kind} 배열"


def _isclose(a, b, tolerance):
    """``np.isclose(a, b, tolerance, tolerance, equal_nan=True)``. 작은 배열에서 몇 배 빠릅니다."""
    with np.errstate(all="ignore"):
        near = np.abs(a - b) <= tolerance * (1 + np.abs(b))
        return (near & np.isfinite(b)) | (a == b) | (np.isnan(a) & np.isnan(b))


def _join(names, flags):
    return ", ".join(name for name, flag in zip(names, flags, strict=True) if flag)


def _count(flags, unit, particle):
    if flags.size == 1:
        return ""
    return f"{flags.size}{unit} 가운데 {int(flags.sum())}{unit}{particle} 다릅니다. "


def _type_name(value):
    dtype = f"(자료형 {value.dtype})" if isinstance(value, np.ndarray) else ""
    kind = value.kind if isinstance(value, Unreadable) else type(value).__name__
    return f"`{kind}{dtype}`"


def _keys(mapping):
    try:
        return set(mapping)
    except Exception:
        return None


def _as_array(value, expected=None):
    """숫자나 참/거짓의 배열로 읽습니다. 읽을 수 없으면 None. 사전은 정답의 열쇠 순서로 읽습니다."""
    try:
        if isinstance(value, Mapping):
            keys = expected if isinstance(expected, Mapping) else value
            value = [value[key] for key in keys]
        if isinstance(value, (list, tuple)) and not value and isinstance(expected, np.ndarray):
            # 빈 리스트나 튜플에는 열의 수를 적을 곳이 없으므로 모양을 탓하지 않습니다.
            value = np.zeros(expected.shape if expected.size == 0 else 0, dtype=expected.dtype)
        array = np.asarray(value)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return None
    # 가린 값(masked)은 값이 아닙니다. 벗겨서 견주면 아무것도 답하지 않은 배열이 통과합니다.
    if isinstance(value, np.ma.MaskedArray):
        return None
    return array if array.dtype.kind in KINDS else None


def show(value):
    """값을 한 줄로, 실행 환경의 NumPy 출력 설정과 무관하게 나타냅니다.

    Examples:
        >>> show(np.array([[30.0, 40.5], [1e5, np.nan]]))
        '[[30, 40.5], [100000, nan]]'
        >>> show(np.zeros((0, 4)))
        '빈 배열, 모양 (0, 4)'
    """
    if isinstance(value, np.random.Generator):
        return "난수 생성기"
    if isinstance(value, np.generic):
        value = np.asarray(value)
    if not isinstance(value, np.ndarray):
        return safe_repr(value)
    if value.size == 0:
        return f"빈 배열, 모양 {value.shape}"
    text = np.array2string(
        value,
        max_line_width=10**6,
        threshold=40,
        edgeitems=3,
        separator=", ",
        formatter={"float_kind": lambda x: f"{x + 0.0:.6g}", "int_kind": str, "bool": str},
    )
    return shorten(text.replace("\n", ""), limit=400)
