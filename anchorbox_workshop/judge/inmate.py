"""벽 안의 포크 서버. 문제마다 자식 하나가 학습자의 코드를 돌리고 데이터만 내보냅니다.

서버는 학습자의 코드를 읽지도 돌리지도 않습니다. 벽 안에는 강좌의 답도, 씨앗도, 다른 사람의 제출도
없습니다. 이 파일은 벽 안에서 곧바로 실행되므로 표준 라이브러리, NumPy, 곁에 함께 놓인 세 파일만
가져다 씁니다.
"""

import ast
import base64
import contextlib
import copy
import ctypes
import dis
import functools
import gc
import inspect
import json
import linecache
import os
import resource
import select
import signal
import socket
import sys
import types
from importlib.machinery import ModuleSpec

import codec
import numpy as np
import reading
import running
from running import plain

NAME = "anchorbox_utils"
# 사용자, 프로세스, IPC의 이름 공간.
NAMESPACES = 0x10000000 | 0x20000000 | 0x08000000
CLONE = {"x86_64": 56, "aarch64": 220}
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38
# 자식이 쓰는 파이프의 번호.
IN, OUT = 3, 4
EVIDENCE = 5

LIBC = ctypes.PyDLL(None, use_errno=True)


# ── 서버 ────────────────────────────────────────────────────────────────────────────────────


class Filter(ctypes.Structure):
    """커널에 넘길 seccomp 프로그램."""

    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]

    @classmethod
    def of(cls, code):
        """바이트로 적힌 BPF 프로그램."""
        buffer = ctypes.create_string_buffer(code, len(code))
        made = cls(len(code) // 8, ctypes.addressof(buffer))
        made.buffer = buffer
        return made


def warm_up():
    """갈라진 다음에 늘 하게 되는 일을 미리 해 둡니다."""
    np.linalg.norm(np.random.default_rng(0).permutation(np.zeros((2, 2))))
    np.array2string(np.zeros(2))
    cells = [["f", "import numpy as np\nx = 1\ndef f(a):\n    return np.zeros(2) + x"]]
    function, _ = load({"name": "f", "cells": cells, "alone": False, "names": ["f"]}, 1.0)
    running.call(function, (np.zeros(2),), read=plain)
    gc.collect()
    gc.freeze()


def serve(control, config):
    """부를 때마다 자식을 갈라 파이프를 물려주고, 끝난 모습을 알립니다."""
    program = Filter.of(base64.b64decode(config["filter"])) if config["walled"] else None
    clone = CLONE[os.uname().machine] if config["walled"] else None
    warm_up()
    control.send(b"R")
    while True:
        message, fds, *_ = socket.recv_fds(control, 1, 2)
        if not message:
            return
        pid = LIBC.syscall(clone, NAMESPACES | signal.SIGCHLD, 0, 0, 0, 0) if clone else os.fork()
        if pid == 0:
            try:
                if clone:
                    ctypes.pythonapi.PyOS_AfterFork_Child()
                control.close()
                enter(fds, config, program)
                live(config)
            finally:
                os._exit(0)
        for fd in fds:
            os.close(fd)
        if pid < 0:
            control.recv(1)
            control.send(json.dumps({"error": os.strerror(ctypes.get_errno())}).encode())
            continue
        ended = os.pidfd_open(pid)
        select.select([control, ended], [], [])
        # 파이프를 닫고도 사는 자식이 없도록, 밖에서 끝내라고 할 때까지 기다렸다가 끕니다.
        stop = control.recv(1)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.close(ended)
        _, status, usage = os.wait4(pid, 0)
        if not stop:
            return
        report = {
            "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            "cpu": round(usage.ru_utime + usage.ru_stime, 4),
            "memory": usage.ru_maxrss << 10,
        }
        control.send(json.dumps(report).encode())


def enter(fds, config, program):
    """자식이 학습자의 코드를 돌리기 전에, 할 수 있는 일을 하나씩 내려놓습니다."""
    if program:
        # 세션이 같으면 kill(0, 9)가 이름 공간을 넘어 서버까지 끕니다.
        os.setsid()
    # 옮기다 서로 덮지 않게 먼저 먼 번호로 올립니다.
    for number, fd in zip((40, 41), fds, strict=True):
        os.dup2(fd, number)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.dup2(40, IN)
    os.dup2(41, OUT)
    os.closerange(5, 256)
    limits = config["limits"]
    hard = {
        "AS": limits["memory_bytes"],
        "CPU": limits["cpu_seconds"],
        "NOFILE": limits["descriptors"],
        "FSIZE": 0,
        "CORE": 0,
    }
    for name, value in hard.items():
        # 부드러운 한계를 먼저 넘으므로 SIGXCPU로 끝납니다.
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value + (name == "CPU")))
    if program:
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        drop_capabilities()
        if LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or LIBC.prctl(
            PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0
        ):
            os._exit(70)


def drop_capabilities():
    """새 사용자 이름 공간에서 얻은 권한을 모두 버립니다."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    if LIBC.capset(header, (ctypes.c_uint32 * 6)()):
        os._exit(71)


# ── 자식: 밖과 주고받기 ─────────────────────────────────────────────────────────────────────


def _exactly(count):
    data = bytearray()
    while len(data) < count:
        piece = os.read(IN, min(count - len(data), 1 << 20))
        if not piece:
            os._exit(0)
        data += piece
    return bytes(data)


def receive():
    """밖에서 온 프레임 하나."""
    head = _exactly(codec.HEAD.size)
    return codec.read_frame(head + _exactly(sum(codec.HEAD.unpack(head))))


def send(data):
    """프레임을 내보냅니다."""
    while data:
        data = data[os.write(OUT, data) :]


class Outside:
    """밖에 부탁해서 부르는 함수들. 라이브러리의 코드는 벽 안에 하나도 없습니다."""

    def __init__(self, writer):
        self.writer = writer

    def __call__(self, name, args, kwargs):
        writer = self.writer()
        given = [writer.value(one) for one in map(plain, args)]
        named = [[key, writer.value(plain(one))] for key, one in kwargs.items()]
        send(writer.frame({"ask": name, "args": given, "kwargs": named}))
        message, reader = receive()
        if "error" in message:
            raise ValueError(message["error"])
        if "fields" in message:
            fields = {key: reader.value(one) for key, one in message["fields"]}
            return types.SimpleNamespace(**fields)
        return reader.value(message["value"])


# ── 자식: 강좌의 대역 ───────────────────────────────────────────────────────────────────────


class Quiet:
    """무엇을 해도 조용한 대역. 검사, 그림, 실험대의 자리에 섭니다."""

    passed, status = False, "not_attempted"

    def __call__(self, *args, **kwargs):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self):
        return iter(())

    def __repr__(self):
        return "채점하는 동안에는 아무 일도 하지 않습니다."


class NotHere(ImportError):
    """벽 안에 없는 강좌의 이름."""


class Course(types.ModuleType):
    """``anchorbox_utils``의 대역. 불러 써도 되는 것은 밖에 부탁하고, 나머지는 없다고 합니다."""

    def __init__(self, name, allowed, quiet, ask, touched):
        super().__init__(name)
        self.__path__ = []
        self._allowed, self._quiet, self._ask, self._touched = allowed, quiet, ask, touched

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._quiet:
            return Quiet()
        if name in self._allowed:
            return lambda *args, **kwargs: self._ask(name, args, kwargs)
        self._touched(f"{self.__name__}.{name}")
        told = ", ".join(sorted(self._allowed)) or "없음"
        raise NotHere(
            f"채점하는 곳에는 {NAME}의 {name}이(가) 없습니다. 불러 써도 되는 것: {told}. "
            "나머지는 NumPy로 직접 써 주세요."
        )


class Finder:
    """``anchorbox_utils``의 방을 찾는 import에 같은 대역을 내어 줍니다."""

    def __init__(self, make):
        self.make = make

    def find_spec(self, name, path=None, target=None):
        if name != NAME and not name.startswith(NAME + "."):
            return None
        # 꾸러미처럼 그 아래를 또 찾게 합니다.
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return self.make(spec.name)

    def exec_module(self, module):
        pass


# ── 자식: 학습자의 코드 ─────────────────────────────────────────────────────────────────────


class TooSlow(Exception):
    """함수 밖의 한 문장이 너무 오래 걸렸습니다."""


def too_slow(*_):
    raise TooSlow("이 줄이 제때 끝나지 않아 건너뛰었습니다.")


def live(config):
    """요청을 차례로 받아 끝까지 답합니다. 한 사람의 문제들입니다."""
    request, _ = receive()
    while True:
        request = reply(request, config["limits"])


def reply(request, limits):
    """문제 하나에 답하고 다음 요청을 돌려줍니다."""
    touched = []

    def touch(text):
        if len(touched) < EVIDENCE and text not in touched:
            touched.append(text)

    def writer():
        return codec.Writer(limits["array_bytes"], limits["items"], limits["text"])

    ask = Outside(writer)
    allowed, quiet = set(request["allowed"]), set(request["quiet"])
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]
    others = [finder for finder in sys.meta_path if not isinstance(finder, Finder)]
    sys.meta_path[:] = [Finder(lambda name: Course(name, allowed, quiet, ask, touch)), *others]
    # 실행하기 전의 나무입니다. 글은 달라고 할 때 만듭니다.
    function, head = load(request, limits["statement_seconds"])
    head["touched"] = touched
    found = head.pop("statements")
    send(writer().frame(head))
    while True:
        message, reader = receive()
        if "name" in message:
            return message
        if "source" in message:
            send(writer().frame({"source": sources(request["name"], found)}))
            continue
        for case in message["cases"]:
            answer(function, [reader.value(one) for one in case], writer(), touched)


def load(request, seconds):
    """(문제의 함수, 그것에 관한 사실)."""
    name, cells = request["name"], request["cells"]
    found, errors = parsed(tuple(source for _, source in cells))
    head = facts(name, cells, found, errors)
    space = {"__name__": "__main__", "__builtins__": __builtins__, "np": np}
    if request["alone"]:
        # 보기에는 수만 적으므로 함수의 정의만 실행합니다. 그래서 그 함수가 무엇을 쓰는지 벽 안에서
        # 보아도 속일 수 없습니다.
        own = [one for one in found if reading.defines(one.node, name)]
        own = [one for one in own if cells[one.cell][0] == name] or own
        wanted = [one for one in own if not reading.is_stub(one.node)][-1:] or own[-1:]
        head["dressed"] = any(reading.undress(one.node) for one in wanted)
    else:
        wanted = reading.chosen(found, {name})
        head["left_out"] = [
            [type(one.node).__name__, one.cell, one.node.lineno]
            for one in reading.left_out(found, {name})[:3]
        ]
    run_statements(wanted, cells, request["names"], space, seconds, head)
    function = space.get(name)
    head |= describe(function, name in space)
    return function, head


@functools.lru_cache(1)
def parsed(cells):
    """셀들의 문장들과 오류. 한 사람의 문제들은 같은 셀에서 찾습니다."""
    return reading.statements(cells)


def facts(name, cells, found, errors):
    """학습자의 코드를 실행하기 전에 글에서 읽은 사실들."""
    head = {"failed": None, "number": None, "evidence": [], "statements": found}
    for one in found:
        head["evidence"] += suspicious(one)
        node = one.node
        if isinstance(node, ast.Assign) and one.binds == {"student_number"}:
            if isinstance(node.value, ast.Constant) and type(node.value.value) in (int, str):
                head["number"] = str(node.value.value)[:40]
    head["evidence"] = list(dict.fromkeys(head["evidence"]))[:EVIDENCE]
    for number, error in errors.items():
        line = getattr(error, "text", None) or ""
        broken = [*shape(error), [getattr(error, "lineno", 0) or 0, line.strip()[:160]]]
        if cells[number][0] == name or f"def {name}" in cells[number][1]:
            head["failed"] = broken
    return head


def sources(name, found):
    """그 함수를 이루는 글. 주석과 설명 글은 빼고, 수를 담은 줄과 곁의 함수까지입니다."""
    told = []
    for one in reading.chosen(found, {name}):
        if isinstance(one.node, (ast.Import, ast.ImportFrom)):
            continue
        node = copy.deepcopy(one.node)
        for part in ast.walk(node):
            if isinstance(part, ast.FunctionDef) and ast.get_docstring(part) and part.body[1:]:
                del part.body[0]
        told.append(ast.unparse(node))
    return "\n".join(told)[:6000]


ANSWERS = (f"{NAME}.homework", f"{NAME}.bugs", f"{NAME}.feedback")
HANDS = {"gradebook.db", "answer_key.md"}


def suspicious(statement):
    """채점의 속을 만지려는 줄들. 사람이 보고 정할 일이라 글만 옮깁니다."""
    for node in statement.told:
        touched = ()
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(ANSWERS):
            fine = {"check", "progress", "grade"}
            touched = [
                a.name for a in node.names if a.name not in fine and a.name[:9] != "personal_"
            ]
        elif isinstance(node, ast.Import):
            touched = [a.name for a in node.names if a.name.startswith(ANSWERS)]
        elif isinstance(node, ast.Constant):
            touched = [mark for mark in HANDS if mark in node.value]
        if touched:
            return [ast.unparse(statement.node)[:160]]
    return []


def run_statements(wanted, cells, names, space, seconds, head):
    """문장을 하나씩 실행합니다. 실패한 문장이 다른 것까지 데려가지 않습니다."""
    signal.signal(signal.SIGALRM, too_slow)
    official = {}
    for one in wanted:
        file = f"<{one.cell + 1}번째 코드 셀>"
        source = cells[one.cell][1]
        linecache.cache[file] = (len(source), None, source.splitlines(True), file)
        try:
            code = compile(ast.Module([one.node], []), file, "exec", dont_inherit=True)
            signal.setitimer(signal.ITIMER_REAL, seconds)
            outcome = running.call(lambda code=code: exec(code, space), ())
        except BaseException as error:
            outcome = running.Outcome(error=error)
        signal.setitimer(signal.ITIMER_REAL, 0)
        if outcome.error is not None and head["failed"] is None:
            head["failed"] = [*shape(outcome.error), outcome.error_line]
        if cells[one.cell][0] in one.binds & set(names):
            own = cells[one.cell][0]
            official[own] = space.get(own)
    # 아래에서 연습 삼아 다시 정의한 것보다, 과제의 셀에 쓴 것이 답입니다.
    space.update({name: value for name, value in official.items() if value is not None})


def describe(function, found):
    """함수의 서명과, 본문이 비었는지."""
    facts = {"found": found, "callable": callable(function), "signature": None, "empty": False}
    facts["shown"] = running.safe_repr(function) if found and not callable(function) else ""
    facts["nothing"] = function is None or function is ...
    with contextlib.suppress(BaseException):
        facts["signature"] = [
            [one.name[:60], int(one.kind), one.default is not one.empty]
            for one in inspect.signature(function).parameters.values()
        ]
    code = getattr(function, "__code__", None)
    if isinstance(code, types.CodeType):
        facts["empty"] = {dis.opname[code] for code in code.co_code[::2]} <= EMPTY
        facts["plain"] = not (
            code.co_names
            or code.co_freevars
            or any(isinstance(constant, types.CodeType) for constant in code.co_consts)
            or function.__defaults__
            or function.__kwdefaults__
        )
        facts["uses"] = [str(n)[:60] for n in (*code.co_names, *code.co_freevars)][:8]
    return facts


EMPTY = {"CACHE", "RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE", "POP_TOP"}


def answer(function, args, writer, touched):
    """한 경우를 불러 그 결과를 내보냅니다."""
    np.seterr(all="warn")
    try:
        outcome = running.call(function, tuple(args), read=plain)
    except KeyboardInterrupt as error:
        outcome = running.Outcome(error=error)
    message = {"value": writer.value(outcome.value), "mutated": list(outcome.mutated)}
    message["changed"] = [
        [place, writer.value(after if isinstance(after, np.random.Generator) else plain(after))]
        for place, after in enumerate(outcome.args)
        if place in outcome.mutated or isinstance(after, np.random.Generator)
    ]
    message["error"] = (
        None if outcome.error is None else [*shape(outcome.error), outcome.error_line]
    )
    message["printed"] = outcome.printed
    message["warned"] = [text[:200] for text in outcome.warned[:3]]
    message["touched"] = touched
    send(writer.frame(message))


def shape(error):
    """[예외가 사는 모듈, 이름, 글]."""
    kind = type(error)
    try:
        text = str(error)[:300]
    except Exception:
        text = ""
    return [str(kind.__module__)[:60], kind.__name__[:60], text]


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), json.loads(sys.argv[2]))
