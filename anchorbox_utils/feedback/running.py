"""학습자의 함수를 안전하게 실행합니다: 출력 가로채기, 시간 제한, 예외와 입력 변경 기록."""

import builtins
import contextlib
import copy
import dis
import io
import linecache
import math
import re
import reprlib
import signal
import sys
import sysconfig
import threading
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

TIME_LIMIT = 3.0
_CAPTURE_LIMIT = 2000


class TimeLimitExceeded(BaseException):
    """시간 제한. 학습자의 ``except Exception``에 먹히지 않도록 BaseException입니다.

    Attributes:
        seconds: 넘긴 시간 제한, 초.
    """

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds


@dataclass(frozen=True)
class Outcome:
    """함수를 한 번 부른 결과.

    Attributes:
        value: 돌려준 값. 예외가 났으면 None.
        error: 예외 객체 또는 None.
        error_line: 예외가 난 학습자 코드의 (줄 번호, 줄 내용) 또는 None.
        mutated: 호출하는 동안 내용이 바뀐 인수의 번호들.
        args: 호출에 쓴 인수(호출이 끝난 뒤의 상태).
        printed: 함수가 출력한 글.
        warned: 계산 중 나온 경고들.
    """

    value: object = None
    error: BaseException | None = None
    error_line: tuple[int, str] | None = None
    mutated: tuple[int, ...] = ()
    args: tuple = field(default=(), repr=False)
    printed: str = ""
    warned: tuple[str, ...] = ()


class _Capture(io.StringIO):
    """앞부분만 간직하는 출력. 끝없이 출력해도 메모리를 쓰지 않습니다."""

    def write(self, text):
        room = _CAPTURE_LIMIT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)

    def close(self):
        """학습자가 `sys.stdout.close()`를 불러도 이미 출력한 글은 남습니다."""


def call(function, args, limit=contextlib.nullcontext, read=lambda value: value):
    """인수의 사본으로 함수를 부르고 :class:`Outcome`을 돌려줍니다. 진짜 중단(Ctrl-C)만 통과합니다.

    ``limit``은 :func:`time_limit`이 준 시간 제한이고, 없으면 제한이 없습니다. 돌려준 값은
    ``read``로 읽습니다.

    Examples:
        >>> call(lambda values: values.sum(), (np.array([1, 2]),)).value.item()
        3
        >>> call(lambda: 1 / 0, ()).error
        ZeroDivisionError('division by zero')
    """
    before, args = args, copy.deepcopy(args)
    output = _Capture()
    value = error = line = None
    with (
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(output),
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        try:
            with limit(), _no_exit(function):
                value = read(_settle(function(*args)))
        except KeyboardInterrupt:
            raise
        except BaseException as raised:
            line = _learner_line(raised)
            error = _told(raised, limit)
    return Outcome(
        value=value,
        error=error,
        error_line=line,
        mutated=tuple(i for i, pair in enumerate(zip(before, args, strict=True)) if _differ(*pair)),
        args=args,
        printed=output.getvalue(),
        warned=tuple(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught)),
    )


@contextlib.contextmanager
def noticing(notice, in_new_threads=True):
    """그동안 함수가 불릴 때마다 ``notice(frame, event, argument)``를 부릅니다(``sys.setprofile``).

    Examples:
        >>> called = []
        >>> with noticing(lambda frame, event, argument: called.append(frame.f_code.co_name)):
        ...     shorten("가")
        '가'
        >>> "shorten" in called
        True
    """
    before, spawned = sys.getprofile(), threading.getprofile()
    _take_thrown()
    if in_new_threads:
        threading.setprofile(notice)
    sys.setprofile(notice)
    try:
        yield
    finally:
        # 파이썬으로 쓰지 않은 측정 도구는 여기서 되돌려 놓을 수 없습니다.
        sys.setprofile(before if callable(before) else None)
        if in_new_threads:
            threading.setprofile(spawned)


class _Thrown(BaseException):
    """스스로에게 던져 스스로 받는 것."""


def _take_thrown():
    """어느 스레드에 던졌는데 아직 나지 않은 예외의 표시를 지웁니다. 예외는 그대로 남습니다.

    파이썬 3.11은 그 표시가 있는 동안 함수를 살피면(``sys.setprofile``) 다음 함수의 첫 명령에서 영영
    맴돕니다. C 안에서 기다리는 스레드에 던진 것은 오래 남고, 갈라진 프로세스에는 받을 스레드가
    없습니다. 표시는 누구든 제게 던져진 것을 받을 때 지워집니다.
    """
    if sys.version_info >= (3, 12):
        return
    try:
        raise_in(threading.get_ident(), _Thrown)
        for _ in range(10):
            pass
    except _Thrown:
        pass


@contextlib.contextmanager
def _no_exit(function):
    """노트북의 ``exit()``는 예외 없이 커널을 꺼 버리므로, 부르는 동안만 SystemExit로 바꿉니다.

    파이썬의 ``exit()``는 표준 입력을 닫습니다.
    """
    homes = (getattr(function, "__globals__", {}), vars(builtins))
    saved = [{name: home[name] for name in ("exit", "quit") if name in home} for home in homes]
    try:
        for home, names in zip(homes, saved, strict=True):
            home.update(dict.fromkeys(names, sys.exit))
        yield
    finally:
        for home, names in zip(homes, saved, strict=True):
            home.update(names)


def _told(error, limit):
    """학습자가 지은 예외는 그 글을 한 번만 읽어, 이름과 글이 같은 평범한 예외로 바꿉니다."""
    kind = type(error)
    if isinstance(error, TimeLimitExceeded):
        return TimeLimitExceeded(error.seconds)
    if kind.__module__.partition(".")[0] in _TRUSTED:
        return error
    text = ""
    with contextlib.suppress(TimeLimitExceeded), limit():
        text = error_text(error).partition(": ")[2]
    return type(kind.__name__, (Exception,), {})(text)


_TRUSTED = {*sys.stdlib_module_names, "numpy", __name__.partition(".")[0]} - {"__main__"}


def _settle(value):
    """기다리지 않은 코루틴이 나중에 경고를 내지 않도록 닫습니다."""
    if hasattr(value, "cr_frame"):
        value.close()
    return value


@dataclass(frozen=True, repr=False)
class Unreadable:
    """수로 읽을 수 없는 물건의 자리: 종류와 나타낸 글만 남깁니다."""

    kind: str
    text: str

    def __repr__(self):
        return self.text


_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...), np.ndarray)


def plain(value):
    """돌려준 물건을 그 자리에서 배열, 리스트, 튜플, 사전으로 읽습니다.

    배열처럼 구는 물건은 읽을 때 비로소 계산하기도 합니다. 읽는 때마다 다른 것을 내놓지 못하도록
    한 번만 읽고, 수로 읽을 수 없는 것은 :class:`Unreadable`로 바꿉니다.

    Examples:
        >>> plain([range(3), {"답": memoryview(b"ab")}, {7}])
        [array([0, 1, 2]), {'답': array([97, 98], dtype=uint8)}, {7}]
        >>> type(plain({7})).__name__
        'Unreadable'
    """
    if type(value) in _PLAIN or isinstance(value, np.generic):
        return value
    if isinstance(value, (list, tuple)):
        return (tuple if isinstance(value, tuple) else list)(map(plain, value))
    unreadable = Unreadable(type(value).__name__, safe_repr(value))
    # 가린 값(masked)은 값이 아닙니다. 벗겨서 견주면 아무것도 답하지 않은 배열이 통과합니다.
    if isinstance(value, np.ma.MaskedArray):
        return unreadable
    try:
        if isinstance(value, Mapping):
            return {key: plain(value[key]) for key in value}
        array = np.asarray(value)
    except (KeyboardInterrupt, TimeLimitExceeded):
        raise
    except BaseException:
        return unreadable
    return unreadable if array.dtype.hasobject else array


def _differ(before, after):
    if isinstance(before, np.random.Generator):
        return False
    if isinstance(before, np.ndarray):
        return (
            before.shape != after.shape
            or before.dtype != after.dtype
            or before.tobytes() != after.tobytes()
        )
    return before != after


@contextlib.contextmanager
def time_limit(seconds):
    """:func:`call`마다 ``seconds``초의 제한을 거는 ``limit``을 줍니다.

    제한을 넘기면 부르던 스레드에서 :class:`TimeLimitExceeded`를 냅니다. 그 뒤로 같은 ``limit``을
    쓰는 호출은 곧바로 멈춥니다. 지켜보는 스레드를 호출마다 켜면 짧은 함수를 부르는 것보다
    오래 걸려, 블록에 하나만 켭니다.

    주 스레드에서는 SIGINT로 찔러 ``time.sleep`` 같은 대기까지 깨우고, 학습자의 ``except:``가 삼키면
    ``try`` 밖의 명령에서 다시 냅니다. 그 밖의 스레드이거나 학습자가 SIGINT를 무시하면 파이썬의
    다음 명령에서 냅니다. C로 쓴 긴 계산은 끝난 다음에야 멈춥니다. 스레드를 만들 수 없는
    브라우저에서는 반복하거나 함수를 부를 때마다 시계를 보고, 대기는 깨우지 못합니다.

    Examples:
        >>> with time_limit(3.0) as limit:
        ...     call(lambda: 1, (), limit).value
        1
    """
    previous = signal.getsignal(signal.SIGINT)
    # 파이썬 밖에서 건 처리기(None)는 되돌려 놓을 수 없으므로 건드리지 않습니다.
    by_signal = previous is not None and threading.current_thread() is threading.main_thread()
    thread = threading.get_ident()
    closed, expired = threading.Event(), threading.Event()
    deadline = heard = traced = None
    thrown = False

    # 다른 스레드에서 던질 수 있는 것은 값이 아니라 클래스뿐입니다.
    class Expired(TimeLimitExceeded):
        def __init__(self):
            super().__init__(seconds)

    def on_interrupt(number, frame):
        nonlocal heard, traced
        if not expired.is_set():
            # 진짜 Ctrl-C: 원래 하던 대로 맡깁니다.
            return previous(number, frame) if callable(previous) else None
        heard = time.monotonic()
        if deadline is None:
            return None
        if sys.gettrace() is not insist:
            traced = sys.gettrace()
        sys.settrace(insist)
        while frame is not None and frame.f_code is not call.__code__:
            frame.f_trace, frame.f_trace_opcodes, frame = insist, True, frame.f_back
        raise Expired

    def insist(frame, event, argument):
        if deadline is None:
            sys.settrace(traced)
            return None
        if frame.f_code.co_filename == __file__:
            return None
        # try를 한 줄에 적으면 그 밖의 줄이 없으므로 줄이 아니라 명령마다 봅니다.
        frame.f_trace_opcodes = True
        if event == "opcode" and not _in_try(frame):
            raise Expired
        return insist

    def poke():
        nonlocal thrown
        asked = time.monotonic()
        # 학습자가 처리기를 기본값으로 바꾸었으면 이 신호는 파이썬을 끕니다.
        if by_signal and signal.getsignal(signal.SIGINT) is on_interrupt:
            _poke_main_thread()
        if closed.wait(_POKE_PAUSE) or (heard is not None and heard >= asked):
            return
        if deadline is not None:
            thrown = True
            raise_in(thread, Expired)

    def watch():
        pause = seconds
        while not closed.wait(pause):
            # 기한은 뒤로만 옮겨지므로, 깨어났을 때 지나지 않았으면 남은 만큼 더 기다리면 됩니다.
            now, end = time.monotonic(), deadline
            pause = seconds if end is None else end - now
            if pause <= 0:
                expired.set()
                poke()
                pause = _POKE_PAUSE

    def catch():
        """스레드에 던져 놓고 아직 나지 않은 예외를 여기서 받습니다."""
        nonlocal thrown
        # 거두는 호출(None을 던지기)은 파이썬 3.11에서 함수를 살피는 동안 다음 호출을 멈추게 합니다.
        try:
            for _ in range(thrown * 10):
                pass
        except TimeLimitExceeded:
            pass
        thrown = False

    def leave():
        nonlocal deadline
        deadline = None
        if sys.gettrace() is insist:
            sys.settrace(traced)
        catch()

    @contextlib.contextmanager
    def limit():
        nonlocal deadline
        if expired.is_set():
            raise Expired
        deadline = time.monotonic() + seconds
        try:
            try:
                yield
            finally:
                leave()
        finally:
            # 위의 한 줄마저 시간 제한에 끊길 수 있어 다시 한 번 끝을 알립니다.
            leave()

    watcher = threading.Thread(target=watch, daemon=True)
    try:
        watcher.start()
    except RuntimeError:
        with _clock_watched(seconds) as limit:
            yield limit
        return
    if by_signal:
        signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield limit
    finally:
        closed.set()
        watcher.join()
        catch()
        if by_signal:
            signal.signal(signal.SIGINT, previous)


@contextlib.contextmanager
def _clock_watched(seconds):
    """스레드 없이 거는 제한. 삼킨 예외는 다음 반복에서 다시 냅니다."""
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is None or monitoring.get_tool(_CLOCK):
        yield contextlib.nullcontext
        return
    deadline, expired = math.inf, False

    def stop():
        nonlocal expired
        expired = True
        raise TimeLimitExceeded(seconds)

    def look(code, *where):
        if time.monotonic() > deadline and code.co_filename not in _WAY_OUT:
            stop()

    @contextlib.contextmanager
    def limit():
        nonlocal deadline
        if expired:
            stop()
        deadline = time.monotonic() + seconds
        try:
            yield
            if time.monotonic() > deadline:
                stop()
        finally:
            deadline = math.inf

    events = monitoring.events.PY_START, monitoring.events.JUMP
    monitoring.use_tool_id(_CLOCK, __name__)
    for event in events:
        monitoring.register_callback(_CLOCK, event, look)
    monitoring.set_events(_CLOCK, sum(events))
    try:
        yield limit
    finally:
        monitoring.set_events(_CLOCK, 0)
        monitoring.free_tool_id(_CLOCK)


# 다른 도구의 것으로 정해지지 않은 번호입니다.
_CLOCK = 4
# 제한이 끝났다고 적는 곳까지 나오는 길.
_WAY_OUT = tuple(function.__code__.co_filename for function in (call, contextlib.contextmanager))
_POKE_PAUSE = 0.05


def _poke_main_thread():
    # pthread_kill은 time.sleep 같은 대기도 깨웁니다. 그것이 없는 Windows에서는 raise가 깨웁니다.
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


def raise_in(thread, exception):
    """``thread``가 다음 명령에서 ``exception``을 내게 합니다."""
    import ctypes

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(exception))


def _in_try(frame):
    """이 명령에서 낸 예외를 같은 함수의 ``except``나 ``with``가 잡을 수 있는지."""
    entries = dis.Bytecode(frame.f_code).exception_entries
    return any(entry.start <= frame.f_lasti < entry.end for entry in entries)


_LIBRARY_FOLDERS = tuple(
    str(Path(folder).resolve())
    for folder in (
        *(sysconfig.get_paths()[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")),
        Path(__file__).parent.parent,
    )
)


def _learner_line(error):
    """예외가 지나온 줄 가운데 라이브러리가 아닌 마지막 줄을 (줄 번호, 내용)으로 돌려줍니다."""
    found = None
    trace = error.__traceback__
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if not str(Path(filename)).startswith(_LIBRARY_FOLDERS):
            text = linecache.getline(filename, trace.tb_lineno or 0).strip()
            if text:
                found = trace.tb_lineno, text
        trace = trace.tb_next
    # 학습자의 지역 변수를 붙들고 있지 않도록 흔적을 놓아 줍니다.
    error.__traceback__ = None
    return found


_SHORT = reprlib.Repr()
_SHORT.maxlevel = 3
_SHORT.maxstring = _SHORT.maxother = 80
_SHORT.maxdict = _SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = 6
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def shorten(text, limit=160):
    """긴 글을 줄이고 실행마다 달라지는 메모리 주소를 지웁니다.

    Examples:
        >>> shorten("<function f at 0x7f00beef>")
        '<function f>'
        >>> shorten("가" * 200, limit=5)
        '가가가가…'
    """
    text = _ADDRESS.sub("", text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def safe_repr(value):
    """무엇이든 짧게 나타냅니다. ``__repr__``가 예외를 내도 멈추지 않습니다.

    Examples:
        >>> safe_repr(list(range(100)))
        '[0, 1, 2, 3, 4, 5, ...]'
    """
    try:
        return shorten(" ".join(_SHORT.repr(value).split()))
    except (KeyboardInterrupt, TimeLimitExceeded):
        raise
    except BaseException:
        return f"<{type(value).__name__} 객체>"


def error_text(error):
    """예외를 파이썬이 마지막 줄에 쓰는 꼴로 나타냅니다.

    Examples:
        >>> error_text(ZeroDivisionError("division by zero"))
        'ZeroDivisionError: division by zero'
    """
    try:
        text = str(error)
    except (KeyboardInterrupt, TimeLimitExceeded):
        raise
    except BaseException:
        text = ""
    name = type(error).__name__
    return shorten(f"{name}: {text}" if text else name, limit=200)
