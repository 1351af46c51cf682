"""제출 하나를 채점합니다. 학습자의 코드는 벽 안에서 돌고, 견주는 일은 모두 여기서 합니다.

판정은 ``check``와 같은 엔진이 합니다. 다른 것은 결과가 벽을 넘어온다는 것뿐입니다.
"""

import builtins
import hashlib
import inspect
import itertools
import json
from dataclasses import replace
from functools import lru_cache

import numpy as np

import anchorbox_utils
from anchorbox_utils.feedback import (
    CheckResult,
    Outcome,
    TimeLimitExceeded,
    Unreadable,
    call,
    describe_error,
    explain_error,
    not_attempted,
)
from anchorbox_utils.homework.assignments import ASSIGNMENTS, CodeTask
from anchorbox_utils.homework.borrowing import library_call
from anchorbox_utils.homework.engine import (
    PUBLIC,
    asked_of,
    for_number,
    hidden_seeds,
    judge_outcomes,
    with_number,
)
from anchorbox_utils.homework.examples import judge_ready_examples
from anchorbox_utils.homework.exercise import ExampleSet
from anchorbox_workshop.judge import codec
from anchorbox_workshop.judge.notebook import Unreadable as BrokenNotebook
from anchorbox_workshop.judge.notebook import read_cells
from anchorbox_workshop.judge.wall import Ended, LostServer

SIGXCPU, SIGSYS = 24, 31
# 배열을 돌려주는 라이브러리 함수에 부탁할 수 있는 크기. IoU 행렬은 두 길이를 곱한 만큼 큽니다.
LIBRARY_PAIRS = 1 << 20
# 정답의 몇 배까지 견줄지.
ROOM = 1000
# 도중에 끝난 까닭마다 학습자에게 하는 말.
FATES = {
    "dead": "함수가 파이썬을 통째로 껐습니다. `os._exit`처럼 프로그램을 끝내는 줄이나, 끝없이 "
    "자기를 부르는 줄이 없는지 보세요.",
    "flood": "함수가 내놓은 것이 너무 큽니다. 필요한 결과만 돌려주세요.",
    "protocol": "함수가 내놓은 것을 읽을 수 없습니다.",
}


class Died(BaseException):
    """벽 안의 파이썬이 없어져 받지 못한 결과의 자리."""


# ── 벽 너머의 함수 ──────────────────────────────────────────────────────────────────────────


class Standin:
    """엔진에 학습자의 함수 대신 건네는 것: 서명과, 본문이 비었는지만 지닙니다."""

    def __init__(self, head):
        if isinstance(head.get("signature"), list):
            self.__signature__ = _signature(head["signature"])
        if head.get("empty") is True:
            self.__code__ = (lambda: None).__code__

    def __call__(self, *args):
        raise TypeError("벽 너머의 함수입니다.")


class Shown:
    """함수가 아닌 값을 넘겼을 때, 그 값의 자리."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


def _signature(rows):
    kinds, empty = list(inspect._ParameterKind), inspect.Parameter.empty
    try:
        return inspect.Signature(
            [
                inspect.Parameter(
                    codec.clean(name, 60), kinds[kind], default=None if default else empty
                )
                for name, kind, default in rows
            ]
        )
    except (ValueError, TypeError, IndexError):
        raise codec.Violation("서명의 꼴이 아닙니다.") from None


def standin_of(head):
    """벽 안에서 온 사실로 만든, 엔진에 건넬 것."""
    if head.get("nothing") is True:
        return None
    if head.get("callable") is not True:
        return Shown(codec.clean(head.get("shown"), 160))
    return Standin(head)


class _Verbatim(str):
    # KeyError는 인수를 repr로 보입니다.
    __repr__ = str.__str__


_ERRORS = {
    **{f"builtins.{k}": v for k, v in vars(builtins).items() if isinstance(v, type)},
    **{f"{v.__module__}.{k}": v for k, v in vars(np.exceptions).items() if isinstance(v, type)},
    "numpy.linalg.LinAlgError": np.linalg.LinAlgError,
}


@lru_cache(256)
def _stranger(name):
    return type(name if name.isidentifier() else "Exception", (Exception,), {})


def error_of(told):
    """벽 안에서 난 예외와 같은 이름, 같은 글의 예외와, 그것이 난 줄."""
    try:
        module, name, text, line = told
        kind = _ERRORS.get(f"{codec.clean(module, 60)}.{codec.clean(name, 60)}")
        place = None if line is None else (int(line[0]), codec.clean(line[1], 200))
    except (TypeError, ValueError, IndexError, OverflowError):
        raise codec.Violation("예외의 꼴이 아닙니다.") from None
    # 진짜 Ctrl-C와 헷갈리지 않게, 벽 너머의 KeyboardInterrupt는 이름만 같은 것으로 바꿉니다.
    if kind is None or not issubclass(kind, BaseException) or kind is KeyboardInterrupt:
        kind = _stranger(codec.clean(name, 60))
    text = _Verbatim(codec.clean(text, 300))
    try:
        error = kind(text) if text else kind()
        return (error if str(error) == text else _stranger(kind.__name__)(text)), place
    except TypeError:
        return _stranger(kind.__name__)(text), place


def outcome_of(message, reader, args):
    """벽을 넘어온 결과 하나."""
    value = reader.value(message.get("value"))
    after = list(args)
    mutated, changed = message.get("mutated"), message.get("changed")
    if not isinstance(mutated, list) or not isinstance(changed, list):
        raise codec.Violation("결과의 꼴이 아닙니다.")
    places = range(len(args))
    for pair in changed:
        if not isinstance(pair, list) or len(pair) != 2 or pair[0] not in places:
            raise codec.Violation("인수의 꼴이 아닙니다.")
        after[pair[0]] = reader.value(pair[1])
    told = message.get("error")
    error, line = (None, None) if told is None else error_of(told)
    warned = message.get("warned")
    return Outcome(
        value=value if error is None else None,
        error=error,
        error_line=line,
        mutated=tuple(i for i in places if i in mutated),
        args=tuple(after),
        printed=codec.clean(message.get("printed"), 2000),
        warned=tuple(codec.clean(w, 200) for w in warned[:3]) if isinstance(warned, list) else (),
    )


def _bounded(outcome, one):
    """정답보다 터무니없이 큰 배열은 견주지 않습니다. 견주는 일은 벽 밖에서 합니다."""
    value = outcome.value
    if isinstance(value, np.ndarray) and value.size > ROOM:
        expected = np.size(one.reference.value) if one.reference else 0
        if value.size > ROOM * max(expected, 1):
            told = f"너무 큰 배열, 모양 {value.shape}"
            return replace(outcome, value=Unreadable("ndarray", told))
    return outcome


class Library:
    """벽 안에서 부탁한 라이브러리 함수를 밖에서 불러 줍니다. 그 문제에서 허락한 것만입니다."""

    def __init__(self, names):
        self.names = frozenset(names)

    def __call__(self, message, reader):
        reader.unreadable = Unreadable
        name = message.get("ask")
        if not isinstance(name, str) or name not in self.names:
            raise codec.Violation("부를 수 없는 이름입니다.")
        given, named = message.get("args"), message.get("kwargs")
        if not isinstance(given, list) or not isinstance(named, list):
            raise codec.Violation("부탁의 꼴이 아닙니다.")
        args = [reader.value(one) for one in given]
        kwargs = {codec.clean(key, 60): reader.value(one) for key, one in named}
        writer = codec.Writer()
        return writer.frame(self._result(name, args, kwargs, writer))

    def _result(self, name, args, kwargs, writer):
        sizes = [len(a) for a in (*args, *kwargs.values()) if isinstance(a, (np.ndarray, list))]
        if any(n * m > LIBRARY_PAIRS for n, m in itertools.combinations(sizes, 2)):
            return {"error": f"{name}: 한 번에 다룰 수 있는 것보다 큰 배열입니다."}
        outcome = call(getattr(anchorbox_utils, name), tuple(args) if not kwargs else ())
        if kwargs:
            outcome = call(lambda: getattr(anchorbox_utils, name)(*args, **kwargs), ())
        if outcome.error is not None:
            return {"error": str(outcome.error)[:300]}
        value = outcome.value
        if hasattr(value, "__dataclass_fields__"):
            fields = [name for name in value.__dataclass_fields__ if name[0] != "_"]
            return {"fields": [[key, writer.value(getattr(value, key))] for key in fields]}
        return {"value": writer.value(value)}


# ── 문제 하나 ───────────────────────────────────────────────────────────────────────────────

# 무엇을 해도 조용히 지나가는 방과 이름들: 검사, 그림, 실험대, 진도.
QUIET_ROOMS = ("plotting", "labs", "course")
QUIET = frozenset({"check", "progress", "mine_or_ours", "grade", "CheckResult"}).union(
    *(anchorbox_utils.public_names(room) for room in QUIET_ROOMS)
)
SHARED = 64


@lru_cache(SHARED)
def _shared_asked(name, variant, seed, secret):
    """누구에게나 같은 경우들과, 그것을 적은 프레임. 정답과 오개념의 결과도 함께 씁니다."""
    exercise, _ = for_number(name, variant)
    if seed != PUBLIC:
        seed = hidden_seeds(secret)[seed - 1]
    asked = asked_of(exercise, seed)
    return exercise, seed, asked, _cases_frame(asked)


def _cases_frame(asked):
    writer = codec.Writer()
    cases = [[writer.value(value) for value in one.case.args] for one in asked]
    return writer.frame({"cases": cases})


def rounds_of(name, number, secret):
    """공개 검사와 숨은 검사마다 (문제, 씨앗, 자기 숫자의 경우들, 물을 것들, 그 프레임들)."""
    exercise, own_cases = for_number(name, number)
    variant = number if exercise_varies(name) else None
    for order in range(1 + len(hidden_seeds(secret))):
        if own_cases and exercise.by_hand:
            own = asked_of(exercise, PUBLIC, own_cases)
            seed = PUBLIC if order == 0 else hidden_seeds(secret)[order - 1]
            yield exercise, seed, own_cases, own, [_cases_frame(own)]
            continue
        exercise, seed, asked, frame = _shared_asked(name, variant, order, secret)
        own = asked_of(exercise, PUBLIC, own_cases)[: len(own_cases)] if own_cases else []
        frames = [*([_cases_frame(own)] if own else []), frame]
        yield exercise, seed, own_cases, [*own, *asked], frames


def exercise_varies(name):
    """규칙까지 학번마다 다른 문제인지."""
    exercise, _ = for_number(name, None)
    return getattr(exercise, "variant", None) is not None


class Judging:
    """한 문제를 벽 너머의 자식 하나에게 물어 판정하는 동안."""

    def __init__(self, session, name):
        self.session, self.name = session, name
        self.evidence, self.touched = [], []
        self.broken = None
        self.outcomes = []

    def head(self, request):
        """함수에 관한 사실. 자식이 답하지 않으면 빈 사전입니다."""
        try:
            self.session.ask(request)
            message, reader = self.session.answer()
            self._notice(message)
            return message
        except (Ended, codec.Violation) as error:
            self._break(error)
            return {}

    def ask(self, asked, frames):
        """물어본 차례대로의 :class:`Outcome`들. 자식이 없어지면 그 까닭이 대신 섭니다."""
        left = list(asked)
        for frame in frames:
            try:
                self._check_alive()
                self.session.ask(frame)
            except Ended as error:
                self._break(error)
        for one in left:
            yield self._one(one)

    def _one(self, one):
        args = one.case.args
        try:
            self._check_alive()
            message, reader = self.session.answer()
            reader.unreadable = Unreadable
            self._notice(message)
            outcome = _bounded(outcome_of(message, reader, args), one)
        except (Ended, codec.Violation) as error:
            self._break(error)
            outcome = Outcome(error=self.fate(), args=args)
        self.outcomes.append(outcome)
        return outcome

    def source(self):
        """그 함수를 이루는 글. 자식이 없어졌으면 빈 글입니다."""
        try:
            self._check_alive()
            self.session.ask(codec.Writer().frame({"source": True}))
            message, _ = self.session.answer()
        except (Ended, codec.Violation) as error:
            self._break(error)
            return ""
        return codec.clean(message.get("source"), 6000)

    def function(self, *args):
        """성질을 볼 때 부르는 함수: 벽 너머를 부르고, 난수 생성기의 상태를 되돌려 받습니다."""
        writer = codec.Writer()
        frame = writer.frame({"cases": [[writer.value(one) for one in args]]})
        try:
            self._check_alive()
            self.session.ask(frame)
            message, reader = self.session.answer()
            outcome = outcome_of(message, reader, args)
        except (Ended, codec.Violation) as error:
            self._break(error)
            raise self.fate() from None
        for mine, after in zip(args, outcome.args, strict=True):
            if isinstance(mine, np.random.Generator) and isinstance(after, np.random.Generator):
                mine.bit_generator.state = after.bit_generator.state
        if outcome.error is not None:
            raise outcome.error
        return outcome.value

    def _notice(self, message):
        touched = message.get("touched")
        if isinstance(touched, list):
            self.touched = [codec.clean(one, 120) for one in touched[:5]]

    def _check_alive(self):
        if self.broken:
            raise Ended(self.broken)

    def _break(self, error):
        if self.broken:
            return
        if isinstance(error, codec.Violation):
            self.broken = "protocol"
            self.evidence.append(f"판정의 통로에 약속에 없는 것을 썼습니다: {error}")
            return
        self.broken = error.why
        if error.why == "dead":
            self.session.end()
            died_of = self.session.report.get("signal")
            if died_of == SIGXCPU:
                self.broken = "timeout"
            if died_of == SIGSYS:
                self.evidence.append("금지된 시스템 호출을 시도해 그 자리에서 끝났습니다.")

    def fate(self):
        """받지 못한 결과의 자리에 설 예외."""
        if self.broken == "timeout":
            return TimeLimitExceeded(self.session.limits.silence_seconds)
        return Died()


def judge_together(jail, tasks, cells, number, secret, names):
    """한 사람의 문제마다의 기록.

    먼저 자식 하나에게 차례로 묻습니다. 앞 문제의 코드가 남긴 것(바꾼 설정, 써 버린 시간, 통로에
    미리 써 둔 것) 때문에 통과하지 못했을 수 있으므로, 통과하지 못한 것은 새 자식에게 따로 다시
    묻습니다.
    """
    rows = {}
    with jail.session() as session:
        for task in tasks:
            if isinstance(task.question, ExampleSet):
                # 보기의 글은 아무 코드도 돌지 않은 자식의 말만 믿습니다.
                continue
            row, judging = _ask_for(session, task, cells, number, secret, names)
            if row["status"] == "passed":
                rows[task.exercise] = row
            if judging.broken or session.buffer:
                break
    return [
        rows.get(task.exercise) or judge_exercise(jail, task, cells, number, secret, names)
        for task in tasks
    ]


def judge_exercise(jail, task, cells, number, secret, names):
    """새 자식에게 물은 문제 하나의 기록. 벽이 사라지면 :class:`LostServer`입니다."""
    for _ in range(jail.limits.attempts):
        with jail.session() as session:
            row, judging = _ask_for(session, task, cells, number, secret, names)
        starved = judging.broken == "timeout" and session.report.get("cpu", 0) < STARVED
        if not starved:
            break
    return row


def _ask_for(session, task, cells, number, secret, names):
    """문제 하나를 물은 (기록, :class:`Judging`)."""
    question = task.question
    uses = ASSIGNMENTS_OF[task.exercise].uses
    allowed = [name for name in (*getattr(question, "allows", ()), *uses) if name not in QUIET]
    alone = isinstance(question, ExampleSet)
    request = {
        "name": task.exercise,
        "cells": cells,
        "alone": alone,
        "names": names,
        "allowed": allowed,
        "quiet": sorted(QUIET),
    }
    session.begin(Library(allowed))
    judging = Judging(session, task.exercise)
    head = judging.head(codec.Writer().frame(request))
    judge = _judge_examples if alone else _judge_cases
    try:
        early = _before_calling(judging, question, head)
        if early:
            public = hidden = early
        else:
            public, hidden = judge(judging, task, head, number, secret)
    except LostServer:
        raise
    except Exception:
        # 견주는 코드가 생각하지 못한 값입니다. 이 문제만 잃습니다.
        public = hidden = CheckResult(task.exercise, "error", FATES["protocol"])
    return _row(task, judging, head, public, hidden), judging


# 시간을 넘겼는데 CPU를 이만큼도 못 썼으면, 컴퓨터가 바빠 굶은 것일 수 있어 한 번 더 합니다. 초.
STARVED = 1.0


def _judge_cases(judging, task, head, number, secret):
    fn = standin_of(head)
    number = number if task.question.personal else None
    held = {}
    results = []
    for exercise, seed, own, asked, frames in rounds_of(task.exercise, number, secret):

        def hold(rule):
            if rule.name not in held:
                held[rule.name] = call(lambda: rule.holds(judging.function), ())
            return held[rule.name]

        with np.errstate(all="warn"):
            result = judge_outcomes(
                exercise, fn, seed, asked, judging.ask(asked, frames), hold, own
            )
        results.append(_told(judging, exercise, head, with_number(result, number)))
        if not results[-1].passed and len(results) > 1:
            break
    return results[0], results[-1]


def _judge_examples(judging, task, head, number, secret):
    question, fn = task.question, standin_of(head)
    (outcome,) = judging.ask([_NoArguments], [codec.Writer().frame({"cases": [[]]})])
    used = None
    if head.get("plain") is not True or head.get("dressed") is True:
        told = head.get("uses")
        used = tuple(codec.clean(n, 60) for n in told[:8]) if isinstance(told, list) else ()
    results = []
    for hidden in (False, True):
        refusal = None if callable(fn) else not_attempted(question.name, question.rules)
        result = refusal or judge_ready_examples(question, fn, outcome, used, hidden)
        results.append(_told(judging, question, head, result))
    return tuple(results)


class _NoArguments:
    """보기를 돌려주는, 인수 없는 함수에게 묻는 것."""

    reference = None

    class case:
        args = ()


def _before_calling(judging, question, head):
    """함수를 부르기 전에 정해지는 판정. 없으면 None입니다."""
    name = question.name
    if judging.broken:
        return _lost(judging, name)
    if head.get("found") is True:
        return None
    failed = head.get("failed")
    if failed is None:
        result = not_attempted(name, question.rules)
        return replace(result, message=f"노트북에서 함수 `{name}`을(를) 찾지 못했습니다.")
    error, line = error_of(failed)
    syntax = isinstance(error, SyntaxError)
    where = "셀에 문법 오류가 있어" if syntax else "함수를 만드는 줄에서 오류가 나서"
    outcome = Outcome(error=error, error_line=line)
    return CheckResult(
        name,
        "error",
        f"{where} 함수 `{name}`을(를) 만들지 못했습니다. {explain_error(error, '')}".strip(),
        details=describe_error(outcome),
    )


def _lost(judging, name):
    if judging.broken == "timeout":
        return CheckResult(name, "error", explain_error(judging.fate()))
    return CheckResult(name, "error", FATES[judging.broken])


def _told(judging, exercise, head, result):
    """엔진의 판정에, 벽 너머에서만 일어나는 일을 더한 것."""
    if result.passed:
        return result
    if judging.broken in FATES:
        return replace(_lost(judging, result.exercise), details=result.details[:1])
    borrowed = [name for name in map(_library_name, judging.touched) if name]
    if borrowed and isinstance(result.status, str) and not isinstance(exercise, ExampleSet):
        return library_call(exercise, borrowed)
    left = head.get("left_out")
    if isinstance(left, list) and left:
        try:
            told = ", ".join(
                f"{int(cell) + 1}번째 코드 셀의 {int(line)}번째 줄" for _, cell, line in left
            )
        except (TypeError, ValueError):
            raise codec.Violation("사실의 꼴이 아닙니다.") from None
        note = ("실행하지 않은 줄", f"{told}. 함수 밖의 반복문과 홀로 선 호출은 실행하지 않습니다.")
        result = replace(result, details=(*result.details, note))
    return result


def _library_name(touched):
    """대역에서 찾은 것이 라이브러리의 함수이면 그 이름."""
    name = touched.rpartition(".")[2]
    return name if name in anchorbox_utils.__all__ else None


def _row(task, judging, head, public, hidden):
    worst = hidden if public.passed else public
    status = worst.status
    if not worst.passed and judging.broken == "timeout":
        status = "timeout"
    evidence = [*_texts(head.get("evidence")), *judging.evidence]
    evidence += [f"{one}을(를) 꺼내려 했습니다." for one in judging.touched if ".homework" in one]
    row = {
        "exercise": task.exercise,
        "status": status,
        "points": [
            task.public_points * public.passed,
            task.hidden_points * hidden.passed,
        ],
        "max": [task.public_points, task.hidden_points],
        "misconception": worst.misconception,
        "hint": worst.hint,
        "public": as_json(public),
        "hidden": {"status": hidden.status, "misconception": hidden.misconception},
        "evidence": list(dict.fromkeys(evidence))[:5],
    }
    if _unnamed(task, worst):
        row["behaviour"] = behaviour(judging.outcomes)
        row["source"] = judging.source()
    return row


def _unnamed(task, worst):
    """오개념으로 알아보지 못한 틀린 답이고, 누구에게나 같은 것을 물었는지."""
    common = not task.question.personal and not isinstance(task.question, ExampleSet)
    return common and worst.status in ("failed", "error") and worst.misconception is None


def _texts(told):
    return [codec.clean(one, 160) for one in told[:5]] if isinstance(told, list) else []


def as_json(result):
    """:class:`CheckResult`를 JSON으로 적을 수 있는 꼴로."""
    return {
        "status": result.status,
        "message": result.message,
        "misconception": result.misconception,
        "hint": result.hint,
        "details": [list(pair) for pair in result.details],
    }


def from_json(name, told):
    """:func:`as_json`이 적은 것을 :class:`CheckResult`로."""
    details = tuple(map(tuple, told["details"]))
    return CheckResult(
        name, told["status"], told["message"], told["misconception"], told["hint"], details
    )


def behaviour(outcomes):
    """모든 경우에서 낸 결과의 지문. 같은 답을 내는 함수는 지문이 같습니다.

    Examples:
        >>> one, other = Outcome(value=np.array([1.0, 2.0])), Outcome(value=[1, 2.0000001])
        >>> behaviour([one]) == behaviour([other]), behaviour([one]) == behaviour([Outcome()])
        (True, False)
    """
    told = [_behaviour(one) for one in outcomes]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]


def _behaviour(outcome):
    if outcome.error is not None:
        return type(outcome.error).__name__
    return _rounded(outcome.value)


def _rounded(value):
    if isinstance(value, dict):
        return [[str(key), _rounded(one)] for key, one in value.items()]
    try:
        array = np.asarray(value)
        if array.dtype.kind in "biuf":
            return [list(array.shape), [f"{x + 0.0:.5e}" for x in array.ravel().tolist()]]
    except (ValueError, TypeError):
        pass
    return type(value).__name__


# ── 제출 하나 ───────────────────────────────────────────────────────────────────────────────

ASSIGNMENTS_OF = {
    task.exercise: assignment
    for assignment in ASSIGNMENTS.values()
    for task in assignment.tasks
    if isinstance(task, CodeTask)
}


def grade_notebook(jail, assignment, content, number, secret):
    """노트북의 바이트를 채점한 (문제마다의 기록, 노트북에 적힌 학번).

    Args:
        jail: :class:`~anchorbox_workshop.judge.wall.Jail`.
        assignment: 과제의 이름.
        content: 노트북 파일의 바이트.
        number: 제출한 사람의 학번. 모르면 None이고, 그때는 노트북에 적힌 것을 씁니다.
        secret: 숨은 검사의 씨앗을 정하는 글.
    """
    tasks = [t for t in ASSIGNMENTS[assignment].tasks if isinstance(t, CodeTask)]
    try:
        cells = read_cells(content, jail.limits.notebook_bytes)
    except BrokenNotebook as error:
        return [_without_judging(task, "unreadable", str(error)) for task in tasks], None
    written = None
    if any(task.question.personal for task in tasks):
        written = written_number(jail, cells)
    names = [task.exercise for task in tasks]
    asked = number or written
    return judge_together(jail, tasks, cells, asked, secret, names), written


def written_number(jail, cells):
    """노트북의 ``student_number`` 셀에 적힌 학번. 없거나 읽을 수 없으면 None입니다."""
    request = {"name": "student_number", "cells": cells, "alone": True, "names": []}
    with jail.session() as session:
        session.begin(Library(()))
        head = Judging(session, "student_number").head(
            codec.Writer().frame(request | {"allowed": [], "quiet": []})
        )
    told = codec.clean(head.get("number"), 40).strip()
    return told if told.isascii() and told.isdigit() else None


def _without_judging(task, status, message):
    told = as_json(CheckResult(task.exercise, "error", message))
    return {
        "exercise": task.exercise,
        "status": status,
        "points": [0, 0],
        "max": [task.public_points, task.hidden_points],
        "misconception": None,
        "hint": None,
        "public": told,
        "hidden": {"status": "error", "misconception": None},
        "evidence": [],
    }


def not_judged(assignment, why):
    """채점하지 못한 제출의 기록들."""
    tasks = [t for t in ASSIGNMENTS[assignment].tasks if isinstance(t, CodeTask)]
    return [_without_judging(task, "not_judged", why) for task in tasks]


__all__ = ["LostServer", "grade_notebook", "not_judged"]
