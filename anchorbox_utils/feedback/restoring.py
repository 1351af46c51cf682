"""학습자의 함수가 바꾼 프로세스의 상태를 되돌립니다. 프로세스를 가를 수 없는 곳에서 씁니다."""

import contextlib
import gc
import locale
import os
import random
import signal
import sys
import threading
import warnings

import numpy as np


@contextlib.contextmanager
def restoring():
    """그동안 바뀐 파이썬과 NumPy의 함수, 설정, 신호 처리기, 작업 폴더, 난수의 상태를 되돌립니다.

    닫은 파일 번호, 파일에 쓴 것, ``atexit``에 적은 함수는 되돌리지 못합니다.

    Examples:
        >>> with restoring():
        ...     del np.asarray
        ...     ignored = np.seterr(all="raise")
        >>> np.asarray([1]), np.geterr()["over"]
        (array([1]), 'warn')
    """
    # 되돌리는 데 쓰는 것까지 바뀔 수 있으므로 이름부터 되돌립니다.
    names = _library_names()
    before = [(restore, read()) for read, restore in _STATE]
    try:
        yield
    finally:
        for home, values in names:
            for name, value in values.items():
                if home.get(name) is not value:
                    home[name] = value
        for restore, value in before:
            # 하나를 되돌리지 못해도(지워진 작업 폴더) 나머지는 되돌립니다.
            with contextlib.suppress(Exception):
                restore(value)


# 파이썬과 NumPy의 함수를 바꾸어 끼우면 노트북의 다음 셀까지 달라집니다.
_LIBRARIES = {*sys.stdlib_module_names, "numpy", "matplotlib", __name__.partition(".")[0]}


def _library_names():
    """라이브러리의 모듈마다 (이름표, 그 안의 함수와 클래스들)."""
    homes = [
        vars(module)
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in _LIBRARIES and name != "__main__" and module is not None
    ]
    return [
        (home, {name: value for name, value in home.items() if callable(value)}) for home in homes
    ]


def _replace(mapping, before):
    """``mapping``을 ``before``와 같게. 달라진 열쇠만 건드립니다."""
    for key in [key for key in mapping if key not in before]:
        del mapping[key]
    for key, value in before.items():
        if key not in mapping or mapping[key] is not value:
            mapping[key] = value


def _replace_list(values):
    def restore(before):
        values[:] = before

    return restore


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

# 상태마다 (읽기, 되돌리기).
_STATE = (
    (lambda: dict(sys.modules), lambda before: _replace(sys.modules, sys.modules | before)),
    (_streams, lambda before: vars(sys).update(before)),
    (lambda: sys.path[:], _replace_list(sys.path)),
    (lambda: warnings.filters[:], _replace_list(warnings.filters)),
    (os.getcwd, os.chdir),
    (lambda: dict(os.environ), lambda before: _replace(os.environ, before)),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (sys.getswitchinterval, sys.setswitchinterval),
    (sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    (_tracing, _set_tracing),
    (_signals, _set_signals),
    (_alarm, _stop_alarm),
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
