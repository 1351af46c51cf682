"""학습자의 함수가 바꾼 프로세스의 상태를 되돌립니다. 프로세스를 가를 수 없는 곳에서 씁니다."""

import gc
import locale
import logging
import os
import random
import signal
import sys
import threading
import warnings
from types import ModuleType

import numpy as np

from anchorbox_utils.feedback.running import raise_in


class restoring:  # noqa: N801
    """그동안 바뀐 파이썬과 NumPy의 함수, 설정, 신호 처리기, 작업 폴더, 난수의 상태를 되돌립니다.

    그동안 이 스레드에서 켠 스레드는 파이썬의 다음 명령에서 끝나게 합니다. 닫은 파일 번호, 파일에 쓴
    것, ``atexit``에 적은 함수, C 안에서 기다리는 스레드는 되돌리지 못합니다.

    Examples:
        >>> with restoring():
        ...     del np.asarray
        ...     ignored = np.seterr(all="raise")
        >>> np.asarray([1]), np.geterr()["over"]
        (array([1]), 'warn')
    """

    def __enter__(self):
        self._names = _library_names()
        self._tables = _our_tables()
        self._before = [(restore, read()) for read, restore in _STATE]
        return self

    def __exit__(self, *error):
        # 되돌리는 데 쓰는 것까지 지워졌을 수 있어, 이름부터 아무것도 부르지 않고 되돌립니다.
        for home, values in self._names:
            for name in values:
                if name not in home or home[name] is not values[name]:
                    if _is_named(values[name]):
                        home[name] = values[name]
        for table, values in self._tables:
            _replace(table, values)
        for restore, value in self._before:
            # 하나를 되돌리지 못해도(지워진 작업 폴더) 나머지는 되돌립니다.
            try:
                restore(value)
            except Exception:
                continue


# 파이썬과 NumPy의 함수를 바꾸어 끼우면 노트북의 다음 셀까지 달라집니다.
_OURS = __name__.partition(".")[0]
_LIBRARIES = {*sys.stdlib_module_names, "numpy", "matplotlib", _OURS}


def _homes(*libraries):
    return [
        vars(module)
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in libraries and name != "__main__"
        # 모듈 자리에 든 클래스의 이름표는 고칠 수 없습니다.
        if isinstance(module, ModuleType)
    ]


def _library_names():
    """라이브러리의 모듈마다 (이름표, 그 사본). 견주기보다 베끼기가 빨라 통째로 베낍니다."""
    return [(home, home.copy()) for home in _homes(*_LIBRARIES)]


def _is_named(value, callable=callable, type=type, module=ModuleType):
    """이름으로 쓰는 것(함수, 클래스, 모듈)인지. 다른 값은 라이브러리가 스스로 바꾸기도 합니다."""
    # 학습자가 callable과 type을 바꾸었을 수 있어, 정의할 때의 것을 씁니다.
    return callable(value) or type(value) is module


def _our_tables():
    """강좌의 모듈에 있는 표마다 (표, 그 내용)."""
    return [
        (value, dict(value))
        for home in _homes(_OURS)
        for value in list(home.values())
        if type(value) is dict and value is not home["__builtins__"]
    ]


def _replace(mapping, before):
    """``mapping``을 ``before``와 같게. 달라진 열쇠만 건드립니다."""
    for key in [key for key in mapping if key not in before]:
        del mapping[key]
    for key, value in before.items():
        if key not in mapping or mapping[key] is not value:
            mapping[key] = value


def _replace_lists(lists, before):
    for values, then in zip(lists, before, strict=True):
        if values != then:
            values[:] = then


def _umask():
    # 읽기만 하는 길이 없습니다.
    now = os.umask(0o22)
    os.umask(now)
    return now


def _signals():
    if threading.current_thread() is not threading.main_thread():
        return {}
    found = {number: signal.getsignal(number) for number in signal.valid_signals()}
    # 파이썬 밖에서 건 처리기(None)는 되돌려 놓을 수 없습니다.
    return {number: handler for number, handler in found.items() if handler is not None}


def _set_signals(before):
    for number, handler in before.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _alarm():
    return hasattr(signal, "getitimer") and signal.getitimer(signal.ITIMER_REAL) > (0, 0)


def _stop_alarm(was_set):
    if _alarm() and not was_set:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _note_started_threads():
    """이 스레드와 거기서 켠 스레드가 켜는 것을 적기 시작합니다.

    같은 때에 노트북도 제 스레드를 켭니다. JupyterLab의 실험대는 그 스레드로 커널과 이야기합니다.
    """
    start = threading.Thread.start
    started = [threading.current_thread()]

    def noting(thread):
        if threading.current_thread() in started:
            started.append(thread)
        start(thread)

    threading.Thread.start = noting
    return start, started


def _end_started_threads(noted):
    start, (_, *started) = noted
    threading.Thread.start = start
    started = [thread for thread in started if thread.is_alive()]
    for thread in started:
        raise_in(thread.ident, SystemExit)
    for thread in started:
        thread.join(0.1)


def _tracing():
    return sys.gettrace(), sys.getprofile(), threading.gettrace(), threading.getprofile()


def _set_tracing(before):
    setters = (sys.settrace, sys.setprofile, threading.settrace, threading.setprofile)
    for set_one, now, then in zip(setters, _tracing(), before, strict=True):
        # 파이썬으로 쓰지 않은 측정 도구는 되돌려 놓을 수 없습니다.
        if now is not then and (then is None or callable(then)):
            set_one(then)


def _drawing():
    return (
        dict(dict.items(sys.modules["matplotlib"].rcParams)) if "matplotlib" in sys.modules else {}
    )


def _set_drawing(before):
    if before:
        dict.update(sys.modules["matplotlib"].rcParams, before)


def _streams():
    return {name: getattr(sys, name) for name in _STREAMS if hasattr(sys, name)}


_STREAMS = ("stdin", "stdout", "stderr", "argv", "meta_path", "path_hooks", "path")
_LISTS = (sys.path, sys.meta_path, sys.path_hooks, sys.argv)

# 상태마다 (읽기, 되돌리기).
_STATE = (
    (lambda: dict(sys.modules), lambda before: _replace(sys.modules, sys.modules | before)),
    (_streams, lambda before: vars(sys).update(before)),
    (lambda: [values[:] for values in _LISTS], lambda before: _replace_lists(_LISTS, before)),
    (
        lambda: warnings.filters[:],
        lambda before: _replace_lists([warnings.filters], [before]),
    ),
    (os.getcwd, os.chdir),
    (lambda: dict(os.environ), lambda before: _replace(os.environ, before)),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (sys.getswitchinterval, sys.setswitchinterval),
    (sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    (_tracing, _set_tracing),
    (_note_started_threads, _end_started_threads),
    (_signals, _set_signals),
    (_alarm, _stop_alarm),
    (_umask, os.umask),
    (lambda: logging.root.manager.disable, logging.disable),
    (gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
    (gc.get_threshold, lambda before: gc.set_threshold(*before)),
    (lambda: locale.setlocale(locale.LC_ALL), lambda old: locale.setlocale(locale.LC_ALL, old)),
    (random.getstate, random.setstate),
    (np.random.get_state, np.random.set_state),
    (np.geterr, lambda before: np.seterr(**before)),
    (np.geterrcall, np.seterrcall),
    (np.get_printoptions, lambda before: np.set_printoptions(**before)),
    (_drawing, _set_drawing),
)
