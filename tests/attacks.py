"""학습자의 함수가 할 수 있는 고약한 일들. test_attacks.py가 하나씩 검사에 넣어 봅니다.

``python tests/attacks.py forked 이름...``이나 ``here 이름...``으로 실행하면, 하나를 검사할 때마다
판정과 프로세스에 남은 변화를 JSON 한 줄로 적습니다. 하나가 프로세스를 끄더라도 pytest는 남습니다.
"""

import asyncio
import atexit
import builtins
import contextlib
import ctypes
import fcntl
import gc
import itertools
import json
import locale
import logging
import math
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings

import matplotlib as mpl
import numpy as np

import anchorbox_utils
from anchorbox_utils import check
from anchorbox_utils.feedback import apart
from anchorbox_utils.homework import EXERCISES, engine

ATTACKS = {}
# 이 프로세스에서 판정할 때에는 막을 수 없는 것들. 까닭은 apart의 설명에 있습니다.
ONLY_FORKED = set()


def attack(fn):
    ATTACKS[fn.__name__] = fn
    return fn


def needs_a_fork(fn):
    ONLY_FORKED.add(fn.__name__)
    return attack(fn)


# ── 끝나지 않는 것 ──────────────────────────────────────────────────────────────────────────


@attack
def endless(a, b):
    while True:
        pass


@attack
def swallows_everything(a, b):
    while True:
        try:
            int("x")
        except:  # noqa: E722
            pass


@attack
def swallows_twice(a, b):
    while True:
        try:
            try:
                math.sqrt(2)
            except BaseException:
                pass
        except BaseException:
            pass


@attack
def swallows_with_finally(a, b):
    while True:
        try:
            int("x")
        finally:
            continue  # noqa: B012


@attack
def swallows_with_suppress(a, b):
    while True:
        with contextlib.suppress(BaseException):
            int("x")


@attack
def swallows_while_sleeping(a, b):
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            pass


@attack
def sleeps(a, b):
    time.sleep(1000)


@attack
def waits_for_a_lock(a, b):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


@attack
def waits_for_an_event(a, b):
    threading.Event().wait()


@attack
def waits_for_a_socket(a, b):
    ours, _theirs = socket.socketpair()
    ours.recv(1)


@attack
def waits_for_a_pipe(a, b):
    os.read(os.pipe()[0], 1)


@attack
def waits_for_a_thread(a, b):
    thread = threading.Thread(target=endless, args=(a, b), daemon=True)
    thread.start()
    thread.join()


@attack
def ignores_the_interrupt(a, b):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        pass


@attack
def defaults_the_interrupt(a, b):
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    while True:
        pass


@attack
def blocks_every_signal(a, b):
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        pass


@attack
def generates_forever(a, b):
    return list(itertools.chain.from_iterable([0] for _ in iter(int, 1)))


@attack
def runs_an_endless_loop(a, b):
    async def forever():
        while True:
            await asyncio.sleep(0)

    asyncio.new_event_loop().run_until_complete(forever())


@needs_a_fork
def sums_in_c(a, b):
    return sum(range(10**12))


@needs_a_fork
def matches_a_catastrophic_pattern(a, b):
    return re.match("(a+)+$", "a" * 60 + "b")


@needs_a_fork
def decomposes_a_large_matrix(a, b):
    return np.linalg.svd(np.random.default_rng(0).random((6000, 6000)))


@needs_a_fork
def multiplies_large_numbers(a, b):
    return 7 ** (7**11)


@needs_a_fork
def consumes_an_endless_iterator(a, b):
    return all(itertools.repeat(1))


# ── 돌려준 물건이 고약한 것 ─────────────────────────────────────────────────────────────────


class _Stop(BaseException):
    pass


def _forever(*args, **kwargs):
    while True:
        pass


def _stop(*args, **kwargs):
    raise _Stop


def _leave(*args, **kwargs):
    raise SystemExit


def _refuse(*args, **kwargs):
    raise ValueError


_READ = """__array__ __array_interface__ __array_struct__ __array_function__ __len__ __iter__
    __getitem__ __float__ __index__ __bool__ __eq__ __hash__ __repr__ __str__ __format__ __class__
    __getattribute__ __getattr__ __del__ __reduce_ex__ __deepcopy__ __array_ufunc__ __dict__
    dtype shape cr_frame close keys tobytes""".split()
_DEEDS = {"forever": _forever, "stop": _stop, "leave": _leave, "refuse": _refuse}


class _Meta(type):
    def __repr__(cls):
        raise _Stop

    def __instancecheck__(cls, instance):
        raise _Stop


def _odd_class(name, deed, base):
    own = property(deed) if name in {"__class__", "__dict__"} else deed
    return type("Odd", (base,), {name: own})


def _odd_return(name, deed, base):
    def odd(a, b):
        kind = _odd_class(name, _DEEDS[deed], base)
        return kind((2, 2)) if base is np.ndarray else kind()

    odd.__name__ = f"returns_{base.__name__}_{name.strip('_')}_{deed}"
    return odd


# 이름마다 한 가지 일을 한 가지 종류에. 셋이 서로소인 길이로 돌아 고루 섞입니다.
for _name, _deed, _base in zip(
    _READ * 2, itertools.cycle(_DEEDS), itertools.cycle((object, list, np.ndarray, dict, float))
):
    attack(_odd_return(_name, _deed, _base))


@attack
def returns_an_odd_metaclass(a, b):
    return _Meta("Odd", (), {})()


@attack
def returns_itself_inside(a, b):
    value = []
    value.append(value)
    return value


@attack
def returns_a_deep_list(a, b):
    value = []
    for _ in range(100_000):
        value = [value]
    return value


@attack
def returns_a_masked_answer(a, b):
    return np.ma.array(EXERCISES["box_iou"].reference(a, b), mask=True)


@attack
def returns_masked_rows_in_a_list(a, b):
    return [np.ma.array(row, mask=True) for row in EXERCISES["box_iou"].reference(a, b)]


@attack
def returns_masked_values_in_lists(a, b):
    return [[np.ma.masked] * len(b) for _ in a]


@attack
def returns_objects(a, b):
    return np.array([[object()] * max(len(b), 1)] * max(len(a), 1), dtype=object)


@attack
def returns_surrogates(a, b):
    return "\udcff" * 10


@attack
def returns_a_long_text(a, b):
    return "가" * 10**7


@attack
def returns_a_huge_view(a, b):
    return np.broadcast_to(0.0, (10**6, 10**6))


@attack
def returns_structured_values(a, b):
    return np.zeros((2, 2), dtype=[("x", "f8")])


@attack
def returns_a_matrix_of_dates(a, b):
    return np.zeros((2, 2), dtype="M8[s]")


@attack
def returns_a_function(a, b):
    return returns_a_function


@attack
def returns_a_coroutine(a, b):
    async def later():
        return 1

    return later()


@attack
def raises_an_odd_error(a, b):
    class Odd(Exception):
        __str__ = _stop
        __repr__ = _stop

    raise Odd


@attack
def raises_an_endless_error(a, b):
    class Odd(Exception):
        __str__ = _forever

    raise Odd


@attack
def raises_an_error_with_an_odd_trace(a, b):
    class Odd(Exception):
        __setattr__ = _stop

    raise Odd


@attack
def raises_a_base_exception(a, b):
    raise _Stop


@attack
def raises_generator_exit(a, b):
    raise GeneratorExit


@attack
def exits(a, b):
    sys.exit(3)


@attack
def exits_by_name(a, b):
    exit()


@attack
def warns_oddly(a, b):
    class Odd(UserWarning):
        __str__ = _stop

    warnings.warn(Odd(), stacklevel=1)


@attack
def recurses(a, b):
    return recurses(a, b)


@attack
def recurses_through_str(a, b):
    class Odd:
        def __repr__(self):
            return repr(self)

    return Odd()


# ── 프로세스를 바꾸는 것 ────────────────────────────────────────────────────────────────────


def _deed(name, *steps):
    """``steps``를 차례로 하고 0을 돌려주는 함수."""

    def deed(a, b):
        for step in steps:
            step()
        return 0

    deed.__name__ = name
    return deed


def _delete(owner, name):
    return lambda: delattr(owner, name)


def _put(owner, name, value):
    return lambda: setattr(owner, name, value)


_NUMPY = "asarray array isclose allclose argwhere ndarray bool_ errstate array2string random ma "
_PYTHON = "len isinstance print open repr str dict type hasattr Exception __import__ sorted map "

for _deed_of in (
    *(_deed(f"deletes_np_{n}", _delete(np, n)) for n in _NUMPY.split()),
    *(_deed(f"replaces_np_{n}", _put(np, n, lambda *a, **k: True)) for n in _NUMPY.split()),
    *(_deed(f"deletes_{n}", _delete(builtins, n)) for n in _PYTHON.split()),
    *(_deed(f"replaces_{n}", _put(builtins, n, _stop)) for n in _PYTHON.split()),
    _deed("changes_the_folder", lambda: os.chdir("/")),
    _deed("changes_to_a_lost_folder", lambda: _go_nowhere()),
    _deed("changes_the_environment", lambda: os.environ.update(HOME="/", NEW="1")),
    _deed("clears_the_environment", os.environ.clear),
    _deed("lowers_the_recursion_limit", lambda: sys.setrecursionlimit(150)),
    _deed("raises_the_recursion_limit", lambda: sys.setrecursionlimit(10**8)),
    _deed("sets_print_options", lambda: np.set_printoptions(precision=1, threshold=2)),
    _deed("sets_seterr", lambda: np.seterr(all="raise")),
    _deed("sets_seterrcall", lambda: np.seterrcall(_stop)),
    _deed("seeds_numpy", lambda: np.random.seed(0)),
    _deed("seeds_random", lambda: random.seed(0)),
    _deed("filters_warnings", lambda: warnings.simplefilter("error")),
    _deed("resets_warnings", warnings.resetwarnings),
    _deed("replaces_showwarning", _put(warnings, "showwarning", _stop)),
    _deed("clears_modules", sys.modules.clear),
    _deed("forgets_numpy", lambda: sys.modules.pop("numpy")),
    _deed("forbids_numpy", lambda: sys.modules.update(numpy=None)),
    _deed("clears_the_path", sys.path.clear),
    _deed("replaces_the_path", _put(sys, "path", [])),
    _deed("clears_importers", sys.meta_path.clear),
    _deed("closes_stdout", lambda: sys.stdout.close()),
    _deed("closes_stderr", lambda: sys.stderr.close()),
    _deed("removes_stdout", _put(sys, "stdout", None), _put(sys, "stderr", None)),
    _deed("deletes_stdout", _delete(sys, "stdout")),
    _deed("replaces_excepthook", _put(sys, "excepthook", _stop)),
    _deed("traces", lambda: sys.settrace(_stop)),
    _deed("profiles", lambda: sys.setprofile(_stop)),
    _deed("profiles_threads", lambda: threading.setprofile(_stop)),
    _deed("disables_gc", gc.disable),
    _deed("freezes_gc", lambda: gc.set_threshold(0)),
    _deed("sets_the_locale", lambda: locale.setlocale(locale.LC_ALL, "C")),
    _deed("sets_rcparams", lambda: mpl.rcParams.update({"font.size": 99, "figure.dpi": 7})),
    _deed("clears_rcparams", lambda: mpl.rcParams.clear()),
    _deed("ignores_signals", lambda: _ignore_signals()),
    _deed("sets_an_alarm", lambda: signal.setitimer(signal.ITIMER_REAL, 0.3)),
    _deed("sets_the_umask", lambda: os.umask(0o777)),
    _deed("sets_the_digits", lambda: sys.set_int_max_str_digits(640)),
    _deed("sets_the_switch_interval", lambda: sys.setswitchinterval(60)),
    _deed("registers_atexit", lambda: atexit.register(_stop)),
    _deed("disables_logging", lambda: logging.disable(60)),
    _deed("clears_the_exercises", EXERCISES.clear),
    _deed("replaces_check", _put(anchorbox_utils, "check", _stop)),
    _deed("replaces_the_engine", _put(engine, "judge", _stop)),
    _deed("replaces_os_exit", _put(os, "_exit", _stop), _put(os, "write", _stop)),
    _deed("starts_endless_threads", lambda: _start_threads()),
    _deed("reads_input", lambda: input("?")),
    _deed("reads_stdin", lambda: sys.stdin.read()),
    _deed("prints_a_lot", lambda: [print("가" * 10**5) for _ in range(10**3)]),
    _deed("writes_to_stdout_behind_python", lambda: os.write(1, b"LEAK\n")),
    _deed("writes_to_the_real_stdout", lambda: print("LEAK", file=sys.__stdout__, flush=True)),
    _deed("writes_long_warnings", lambda: warnings.warn("가" * 10**6, stacklevel=1)),
):
    attack(_deed_of)

# 이 프로세스에 남지만 파이썬이 되돌릴 길이 없는 것들.
ONLY_FORKED |= {
    "writes_to_stdout_behind_python",
    "writes_to_the_real_stdout",
    "reads_stdin",
    "registers_atexit",
    "blocks_every_signal",
    "starts_endless_threads",
    # 함수가 연 파일 번호와 이벤트 루프, 지켜보던 스레드가 남았다가 나중에 닫힙니다.
    "waits_for_a_pipe",
    "runs_an_endless_loop",
    "deletes_len",
    "replaces_len",
}


def _go_nowhere():
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    os.rmdir(folder)


def _ignore_signals():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN)


def _start_threads():
    for _ in range(3):
        threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()


# ── 프로세스를 끄는 것 ──────────────────────────────────────────────────────────────────────


@needs_a_fork
def leaves_python(a, b):
    os._exit(0)


@needs_a_fork
def kills_itself(a, b):
    os.kill(os.getpid(), signal.SIGKILL)


@needs_a_fork
def kills_its_group(a, b):
    os.killpg(os.getpgrp(), signal.SIGKILL)


@needs_a_fork
def kills_group_zero(a, b):
    os.kill(0, signal.SIGKILL)


@needs_a_fork
def kills_the_notebook(a, b):
    os.kill(os.getppid(), signal.SIGKILL)


@needs_a_fork
def stops_itself(a, b):
    os.kill(os.getpid(), signal.SIGSTOP)


@needs_a_fork
def crashes(a, b):
    ctypes.string_at(0)


@needs_a_fork
def replaces_the_program(a, b):
    os.execv("/bin/sleep", ["sleep", "1000"])


@needs_a_fork
def closes_every_file(a, b):
    os.closerange(0, 4096)
    return 0


@needs_a_fork
def closes_every_file_and_loops(a, b):
    os.closerange(0, 4096)
    while True:
        pass


@needs_a_fork
def writes_into_every_file(a, b):
    for number in range(3, 64):
        try:
            os.write(number, b'\x00\x00\xff\xff{"result": 3}\n[1]\n"x"\n\n\xff')
        except OSError:
            pass
    return 0


@needs_a_fork
def floods_every_file(a, b):
    for number in range(3, 64):
        try:
            for _ in range(100):
                os.write(number, b"x" * 2**16)
        except OSError:
            pass
    return 0


@needs_a_fork
def forks(a, b):
    os.fork()
    return 0


@needs_a_fork
def forks_forever(a, b):
    while True:
        try:
            os.fork()
        except Exception:
            pass


@needs_a_fork
def forks_in_c(a, b):
    for _ in range(4):
        ctypes.CDLL(None).fork()
    while True:
        pass


@needs_a_fork
def starts_a_program(a, b):
    subprocess.Popen(["sleep", "1000"])
    return 0


@needs_a_fork
def starts_a_shell(a, b):
    os.system("sleep 1000 &")
    return 0


@needs_a_fork
def grows_a_list(a, b):
    kept = []
    while True:
        kept.append(bytearray(2**26))


@attack
def asks_for_a_huge_array(a, b):
    return np.ones((10**7, 10**7))


@attack
def asks_for_a_huge_list(a, b):
    return [0] * 10**15


@needs_a_fork
def writes_a_huge_file(a, b):
    with tempfile.TemporaryFile() as file:
        while True:
            file.write(bytes(2**24))


# ── 하나씩 해 보기 ──────────────────────────────────────────────────────────────────────────


def _modules():
    return {name: id(module) for name, module in sys.modules.items()}


def _files():
    return sorted(
        (number, os.readlink(f"/proc/self/fd/{number}").partition(":")[0])
        for number in map(int, os.listdir("/proc/self/fd"))
        if os.path.lexists(f"/proc/self/fd/{number}")
    )


def _umask():
    now = os.umask(0o22)
    os.umask(now)
    return now


def _processes():
    """이 프로세스가 낳은 것들의 수와, 어버이를 잃은 sleep 1000의 수."""
    found = []
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/stat", encoding="utf-8", errors="replace") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
            with open(f"/proc/{number}/cmdline", encoding="utf-8", errors="replace") as file:
                command = file.read()
        except OSError:
            continue
        if parent == os.getpid() or (parent == 1 and "1000" in command):
            found.append((number, command))
    return found


LOOKS = {
    "folder": lambda: os.getcwd(),
    "environment": lambda: dict(os.environ),
    "numpy's errors": lambda: (np.geterr(), np.geterrcall()),
    "print options": lambda: np.get_printoptions(),
    "numpy's names": lambda: {k: id(v) for k, v in vars(np).items() if callable(v)},
    "builtins": lambda: {k: id(v) for k, v in vars(builtins).items() if k != "_"},
    "our names": lambda: {k: id(v) for k, v in vars(engine).items() if callable(v)},
    "os": lambda: {k: id(v) for k, v in vars(os).items()},
    "recursion limit": lambda: sys.getrecursionlimit(),
    "signals": lambda: {n: signal.getsignal(n) for n in signal.valid_signals()},
    "signal mask": lambda: signal.pthread_sigmask(signal.SIG_BLOCK, []),
    "alarm": lambda: signal.getitimer(signal.ITIMER_REAL)[0] > 0,
    "streams": lambda: [(id(s), s.closed) for s in (sys.stdin, sys.stdout, sys.stderr)],
    "path": lambda: (id(sys.path), tuple(sys.path), len(sys.meta_path)),
    "warning filters": lambda: (list(warnings.filters), id(warnings.showwarning)),
    "random": lambda: random.getstate(),
    "numpy's random": lambda: repr(np.random.get_state()),
    "garbage collection": lambda: (gc.isenabled(), gc.get_threshold()),
    "tracing": lambda: (sys.gettrace(), sys.getprofile(), threading.getprofile()),
    "locale": lambda: locale.setlocale(locale.LC_ALL),
    "drawing": lambda: dict(mpl.rcParams),
    "umask": _umask,
    "digits": lambda: (sys.get_int_max_str_digits(), sys.getswitchinterval()),
    "logging": lambda: logging.root.manager.disable,
    "exercises": lambda: list(EXERCISES),
    "exit handlers": lambda: atexit._ncallbacks(),
    "threads": lambda: threading.active_count(),
    "files": _files,
    "processes": _processes,
}


def state():
    gc.collect()
    return {name: look() for name, look in LOOKS.items()}


def right(boxes1, boxes2):
    rows = []
    for x1, y1, x2, y2 in boxes1.tolist():
        row = []
        for u1, v1, u2, v2 in boxes2.tolist():
            shared = max(min(x2, u2) - max(x1, u1), 0) * max(min(y2, v2) - max(y1, v1), 0)
            union = (x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - shared
            row.append(shared / union if union > 0 else 0.0)
        rows.append(row)
    return np.array(rows).reshape(len(boxes1), len(boxes2))


def main(mode, *names):
    apart.CAN_FORK = mode == "forked"
    apart._GRACE, engine.TIME_LIMIT = 0.4, 0.4
    # 함수가 아무 파일에나 써도 이 보고에 섞이지 않을 만큼 큰 번호.
    report = os.fdopen(fcntl.fcntl(1, fcntl.F_DUPFD, 5000), "w", encoding="utf-8")
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    np.random.seed(7)
    ask, dumps, now = check, json.dumps, time.monotonic
    ask("box_iou", right)
    later, later_modules = state(), _modules()
    for name in names:
        before, modules, start = later, later_modules, now()
        result = ask("box_iou", ATTACKS[name])
        seconds = now() - start
        later, later_modules = state(), _modules()
        changed = [look for look, value in later.items() if value != before[look]]
        changed += sorted(key for key, i in modules.items() if later_modules.get(key) != i)
        said = {
            "name": name,
            "status": result.status,
            "message": str(result),
            "seconds": seconds,
            "changed": changed,
            "next": ask("box_iou", right).status,
        }
        report.write(dumps(said) + "\n")
        report.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
