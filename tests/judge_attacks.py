"""정직하지 않거나 망가진 제출들. 줄마다 벽이 없을 때 무엇을 얻거나 망가뜨리는지 적혀 있습니다.

``effect``는 벽이 없을 때 일어나는 일입니다.

- ``gains``: 받을 점수보다 많이 받습니다.
- ``touches``: 과목 폴더의 파일이 바뀌거나, 엿듣는 소켓에 닿거나, 다음 사람에게 쪽지를 남깁니다.
- ``breaks``: 채점하던 프로세스가 죽거나, 끝나지 않거나, 채점을 마치지 못합니다.
- ``scripts``: 되돌림에 실행되는 글이 남습니다.
"""

import json
import textwrap
from typing import NamedTuple

from judge_books import ASSIGNMENT, HONEST, SETUP, book, code, submission


class Attack(NamedTuple):
    """제출 하나와, 정직한 부분이 받을 점수와, 벽이 없을 때 하는 일."""

    kind: str
    name: str
    content: bytes
    deserved: int
    effect: str
    # 벽이 없는 채점기의 종류. tests/judge_victim.py에 있습니다.
    victim: str = "check"


ATTACKS = []
FIRST = "xyxy_to_cxcywh"
OTHERS = {name: source for name, source in HONEST.items() if name != FIRST}


def _add(kind, name, content, deserved, effect, victim="check"):
    ATTACKS.append(Attack(kind, name, content, deserved, effect, victim))


def at_top(kind, name, text, effect="gains"):
    """문제의 셀들보다 앞에 놓인 셀. 답은 모두 틀렸습니다."""
    _add(kind, name, submission({}, before=textwrap.dedent(text)), 0, effect)


def inside(kind, name, text, effect="gains", others=False, victim="check", returns=None):
    """첫 문제의 함수 안에서. 나머지는 틀렸거나(0점) 정직합니다(8점)."""
    body = textwrap.indent(textwrap.dedent(text).strip(), "    ")
    tail = f"    return {returns}\n" if returns else ""
    source = f"def {FIRST}(boxes):\n{body}\n{tail}"
    answers = {FIRST: source, **(OTHERS if others else {})}
    _add(kind, name, submission(answers), 8 if others else 0, effect, victim)


WRONG = "np.full((len(boxes), 4), 7.0)"
PASS = "anchorbox_utils.feedback.CheckResult('x', 'passed', 'ok')"

# ── 검사를 바꾸기 ───────────────────────────────────────────────────────────────────────────

K = "patch"
at_top(
    K,
    "redefined check and grade",
    f"""
    import anchorbox_utils, anchorbox_utils.homework
    def check(*a, **k):
        return {PASS}
    anchorbox_utils.homework.grade = check
    """,
)
at_top(
    K,
    "module swapped",
    f"""
    import sys, types, anchorbox_utils.feedback
    fake = types.ModuleType("anchorbox_utils.homework")
    fake.grade = check = lambda *a, **k: {PASS}
    sys.modules["anchorbox_utils.homework"] = fake
    """,
)
at_top(
    K,
    "CheckResult always passed",
    "from anchorbox_utils.feedback import CheckResult\nCheckResult.passed = True",
)
at_top(
    K,
    "engine.judge replaced",
    f"""
    import anchorbox_utils.feedback, anchorbox_utils.homework.engine as engine
    engine.judge = lambda *a, **k: {PASS}
    """,
)
at_top(
    K,
    "judge_apart replaced",
    f"""
    import anchorbox_utils.feedback, anchorbox_utils.homework.engine as engine
    engine.judge_apart = lambda *a, **k: {PASS}
    """,
)
at_top(
    K,
    "reference replaced by my wrong answer",
    """
    from anchorbox_utils.homework import EXERCISES
    for name, exercise in EXERCISES.items():
        size = len(exercise.parameters)
        wrong = {
            1: lambda boxes: np.full((len(boxes), 4), 7.0),
            2: lambda a, b: np.full((len(a), 4), 7.0),
            4: lambda a, b, c, d: np.full((len(a), 4), 7.0),
        }
        if size in wrong:
            object.__setattr__(exercise, "reference", wrong[size])
            object.__setattr__(exercise, "properties", ())
    """,
)
at_top(
    K,
    "cases emptied",
    """
    from anchorbox_utils.homework import EXERCISES, Case
    none = np.zeros((0, 4))
    for name, args in {
        "xyxy_to_cxcywh": (none,),
        "safe_encode_boxes": (none, none),
        "decode_to_original": (none, none, 1.0, (0, 0)),
    }.items():
        object.__setattr__(EXERCISES[name], "cases", lambda rng, args=args: [Case("a", args)])
        object.__setattr__(EXERCISES[name], "properties", ())
    """,
)
at_top(
    K,
    "refuse replaced",
    f"""
    import anchorbox_utils.feedback, anchorbox_utils.homework.engine as engine
    engine.refuse = lambda *a, **k: {PASS}
    """,
)
inside(
    K,
    "Trial.problem erased during the call",
    """
    from anchorbox_utils.homework.trial import Trial
    Trial.problem = property(lambda self: None, lambda self, value: None)
    """,
    returns=WRONG,
)
inside(
    K,
    "failure replaced during the call",
    f"""
    import anchorbox_utils.feedback, anchorbox_utils.homework.engine as engine
    engine._failed = lambda *a, **k: {PASS}
    """,
    returns=WRONG,
)

# ── 수집기, 추적, 신호 ──────────────────────────────────────────────────────────────────────

K = "hooks"
inside(
    K,
    "exercise found by the garbage collector",
    """
    import gc
    for one in gc.get_objects():
        if type(one).__name__ == "Exercise" and one.name == "xyxy_to_cxcywh":
            object.__setattr__(one, "reference", lambda boxes: np.full((len(boxes), 4), 7.0))
    """,
    returns=WRONG,
)
inside(
    K,
    "Trial class found by the garbage collector",
    """
    import gc
    for one in gc.get_objects():
        if isinstance(one, type) and one.__name__ == "Trial":
            one.problem = property(lambda self: None, lambda self, value: None)
    """,
    returns=WRONG,
)
HOOK = """
    import sys
    def hook(frame, event, argument):
        while frame:
            trial = frame.f_globals.get("Trial")
            if trial is not None:
                trial.problem = property(lambda self: None, lambda self, value: None)
            frame = frame.f_back
"""
inside(K, "sys.setprofile", HOOK + "    sys.setprofile(hook)\n", returns=WRONG)
inside(K, "sys.settrace", HOOK + "    sys.settrace(hook)\n", returns=WRONG)
inside(
    K,
    "SIGALRM handler",
    """
    import signal
    def ring(number, frame):
        while frame:
            trial = frame.f_globals.get("Trial")
            if trial is not None:
                trial.problem = property(lambda self: None, lambda self, value: None)
            frame = frame.f_back
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 1e-4, 1e-4)
    for _ in range(20000):
        pass
    """,
    returns=WRONG,
)
inside(
    K,
    "finaliser of a returned object",
    """
    class Late:
        def __del__(self):
            from anchorbox_utils.homework.trial import Trial
            Trial.problem = property(lambda self: None, lambda self, value: None)
    late = Late()
    """,
    returns=WRONG,
)
inside(
    K,
    "a thread that patches later",
    """
    import threading
    def late():
        from anchorbox_utils.homework.trial import Trial
        Trial.problem = property(lambda self: None, lambda self, value: None)
    thread = threading.Thread(target=late)
    thread.start()
    thread.join()
    """,
    returns=WRONG,
)

# ── NumPy를 바꾸기 ──────────────────────────────────────────────────────────────────────────

K = "numpy"
at_top(
    K,
    "np.isclose says yes",
    """
    np.isclose = lambda a, b, **k: np.ones(np.broadcast(a, b).shape, bool)
    np.abs = np.zeros_like
    np.allclose = lambda *a, **k: True
    """,
)
inside(
    K,
    "np.isclose says yes, during the call",
    """
    np.isclose = lambda a, b, **k: np.ones(np.broadcast(a, b).shape, bool)
    np.isnan = lambda a: np.ones(np.shape(a), bool)
    """,
    returns=WRONG,
)
at_top(
    K,
    "np.isclose through its module",
    """
    import sys
    module = sys.modules["numpy"]
    for name in ("isclose", "isfinite", "isnan"):
        setattr(module, name, lambda a, *b, **k: np.ones(np.shape(a), bool))
    module.allclose = module.array_equal = lambda *a, **k: True
    """,
)
at_top(
    K,
    "np.asarray turns everything into nothing",
    """
    real = np.asarray
    def asarray(value, *a, **k):
        found = real(value, *a, **k)
        sevens = found.dtype.kind == "f" and found.ndim == 2 and found.shape[1] == 4
        return np.full(found.shape, 7.0) if sevens else found
    np.asarray = asarray
    np.allclose = lambda *a, **k: True
    """,
)
FROZEN = """
    real = np.random.default_rng
    np.random.default_rng = lambda *a: real(0)
"""


def remembered(kind, name, freeze):
    """공개 검사의 경우를 모두 외운 답. 외운 만큼(공개 검사의 1점)은 받습니다."""
    import numpy as np

    from anchorbox_utils.homework import EXERCISES

    exercise = EXERCISES[FIRST]
    table = {}
    for case in exercise.cases(np.random.default_rng(0)):
        (boxes,) = case.args
        answer = exercise.reference(boxes)
        table[boxes.tobytes().hex()] = [answer.tolist(), str(answer.dtype)]
    source = (
        f"table = {table!r}\n"
        f"def {FIRST}(boxes):\n"
        "    answer, kind = table.get(boxes.tobytes().hex(), ([[0.0] * 4] * len(boxes), 'f8'))\n"
        "    return np.array(answer, kind).reshape(-1, 4)\n"
    )
    content = submission({FIRST: source}, before=textwrap.dedent(freeze))
    _add(kind, name, content, 1, "gains")


remembered(K, "frozen default_rng and a memory", FROZEN)
remembered(
    K,
    "frozen SeedSequence and a memory",
    """
    class Frozen:
        def __init__(self, *a): pass
        def spawn(self, count): return [0] * count
    np.random.SeedSequence = Frozen
    """,
)
remembered(
    K,
    "environment seed and a memory",
    """
    import anchorbox_utils.homework.engine as engine
    engine.hidden_seeds = engine._hidden_seeds = lambda *a: [0, 0, 0]
    """,
)

# ── IPython ─────────────────────────────────────────────────────────────────────────────────

K = "ipython"
at_top(
    K,
    "input transformer drops the asserts",
    """
    def drop(lines):
        return [line for line in lines if "assert" not in line]
    get_ipython().input_transformers_post.append(drop)
    """,
)
at_top(
    K,
    "AST transformer drops the asserts",
    """
    import ast
    class Drop(ast.NodeTransformer):
        def visit_Assert(self, node):
            return ast.copy_location(ast.Pass(), node)
    get_ipython().ast_transformers.append(Drop())
    """,
)
at_top(
    K,
    "run_code swallows everything",
    """
    shell = type(get_ipython())
    real = shell.run_code
    async def swallow(self, code, result=None, **k):
        await real(self, code, None, **k)
        return False
    shell.run_code = swallow
    """,
)
at_top(
    K,
    "compiler optimises the asserts away",
    """
    import builtins
    real = compile
    builtins.compile = lambda *a, **k: real(*a, **(k | {"optimize": 1}))
    shell = get_ipython()
    kind = type(shell.compile)
    kind.__call__ = lambda self, source, name, symbol: real(source, name, symbol, optimize=1)
    """,
)

# ── 성적부 ──────────────────────────────────────────────────────────────────────────────────

K = "gradebook"
UPDATE = """
    import contextlib, sqlite3
    with contextlib.closing(sqlite3.connect("gradebook.db")) as book, book:
        book.execute("UPDATE grade SET auto_score = 99")
"""
at_top(K, "UPDATE at the top", UPDATE, "touches")
inside(K, "UPDATE inside the function", UPDATE, "touches", others=True, returns=WRONG)
at_top(
    K,
    "the database replaced by another",
    """
    import shutil
    shutil.copy("other.db", "gradebook.db")
    """,
    "touches",
)
inside(
    K,
    "the database emptied",
    """
    with open("gradebook.db", "wb"):
        pass
    """,
    "touches",
    others=True,
    returns=WRONG,
)

# ── 빌린 답 ─────────────────────────────────────────────────────────────────────────────────

K = "borrowed"


def instead(kind, name, text, effect="gains"):
    """세 답을 모두 사전 ``mine``에서 꺼내는 제출."""
    answers = {one: f"{one} = mine[{one!r}]" for one in HONEST}
    _add(kind, name, submission(answers, before=textwrap.dedent(text)), 0, effect)


instead(
    K,
    "source of the references",
    """
    import inspect
    from anchorbox_utils.homework import EXERCISES
    mine = {"np": np}
    for name in ("xyxy_to_cxcywh", "safe_encode_boxes", "decode_to_original"):
        exec(inspect.getsource(EXERCISES[name].reference), mine)
    """,
)
instead(
    K,
    "code of the references",
    """
    import types
    from anchorbox_utils.homework import EXERCISES
    mine = {"np": np}
    for name in ("xyxy_to_cxcywh", "safe_encode_boxes", "decode_to_original"):
        code = EXERCISES[name].reference.__code__.replace(co_filename="mine")
        mine[name] = types.FunctionType(code, mine)
    """,
)
instead(
    K,
    "text of the catalogue",
    """
    import ast, importlib.util
    where = importlib.util.find_spec("anchorbox_utils.homework.catalogue.formula").origin
    tree = ast.parse(open(where, encoding="utf-8").read())
    mine = {"np": np}
    tree.body = [n for n in tree.body if getattr(n, "name", "") in
                 ("xyxy_to_cxcywh", "safe_encode_boxes", "decode_to_original")]
    exec(compile(tree, "mine", "exec"), mine)
    """,
)
instead(
    K,
    "library in another process",
    """
    import pickle, subprocess, sys
    CODE = (
        "import pickle, sys, anchorbox_utils.homework as h\\n"
        "while True:\\n"
        "    name, args = pickle.load(sys.stdin.buffer)\\n"
        "    pickle.dump(h.EXERCISES[name].reference(*args), sys.stdout.buffer)\\n"
        "    sys.stdout.buffer.flush()\\n"
    )
    helper = subprocess.Popen([sys.executable, "-c", CODE], stdin=-1, stdout=-1)
    def remote(name):
        def answer(*args):
            pickle.dump((name, args), helper.stdin)
            helper.stdin.flush()
            return pickle.load(helper.stdout)
        return answer
    mine = {"xyxy_to_cxcywh": remote("xyxy_to_cxcywh"),
            "safe_encode_boxes": lambda *a: None, "decode_to_original": lambda *a: None}
    """,
)

# ── 프레임과 __array__ ──────────────────────────────────────────────────────────────────────

K = "frames"
EXPECT = """
    import types
    def expected(frame):
        while frame:
            exercise = frame.f_locals.get("exercise")
            if exercise is not None and hasattr(exercise, "reference"):
                code = exercise.reference.__code__.replace(co_filename="mine")
                return types.FunctionType(code, {"np": np})(boxes)
            frame = frame.f_back
        return np.full((len(boxes), 4), 7.0)
"""
inside(K, "sys._getframe", EXPECT + "    import sys\n    return expected(sys._getframe())")
inside(
    K,
    "frame of a traceback",
    EXPECT
    + """
    try:
        raise ValueError
    except ValueError as error:
        frame = error.__traceback__.tb_frame
    return expected(frame)
""",
)
inside(
    K, "inspect.stack", EXPECT + "    import inspect\n    return expected(inspect.currentframe())"
)
inside(
    K,
    "__array__ that reads what is expected",
    EXPECT
    + """
    class Lazy:
        def __array__(self, *a, **k):
            import sys
            return expected(sys._getframe())
    return Lazy()
""",
)
inside(
    K,
    "exercise of the garbage collector's list",
    """
    import gc, types
    for one in gc.get_objects():
        if type(one).__name__ == "Exercise" and one.name == "xyxy_to_cxcywh":
            code = one.reference.__code__.replace(co_filename="mine")
            return types.FunctionType(code, {"np": np})(boxes)
    return np.full((len(boxes), 4), 7.0)
    """,
)

# ── 남의 것을 읽기 ──────────────────────────────────────────────────────────────────────────

K = "reading"
FROM_BOOK = """
    def cells_of(path):
        return [c for c in json.load(open(path, encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
    mine = {"np": np}
    def take(path):
        for cell in cells_of(path):
            source = "".join(cell["source"])
            if source.startswith("def "):
                exec(source, mine)
"""  # noqa: E501
for name, find in {
    "solutions by their path": 'take("solutions/01_formula/01_formula.ipynb")',
    "solutions by searching": """
    import pathlib
    for path in sorted(pathlib.Path.cwd().rglob("solutions/*/*.ipynb")):
        take(path)
""",
    "a classmate's submission": 'take("submitted/classmate/01_formula/01_formula.ipynb")',
    "anything open in this process": """
    import os
    for one in sorted(os.listdir("/proc/self/cwd/submitted")):
        take(f"/proc/self/cwd/submitted/{one}/01_formula/01_formula.ipynb")
""",
}.items():
    find = textwrap.indent(textwrap.dedent(find).strip(), "    ")
    instead(K, name, "\n    import json" + FROM_BOOK + find)

# ── 이상한 값 ───────────────────────────────────────────────────────────────────────────────

K = "values"
inside(
    K,
    "array subclass that is equal to everything",
    """
    class Agree(np.ndarray):
        def __eq__(self, other):
            return np.ones(self.shape, bool)
        __req__ = __eq__
        def __array_ufunc__(self, ufunc, method, *inputs, **k):
            return np.ones(self.shape, bool)
    return np.full((len(boxes), 4), 7.0).view(Agree)
    """,
    victim="equal",
)
inside(
    K,
    "object array of agreeing objects",
    """
    class Agree:
        def __eq__(self, other):
            return True
    found = np.empty((len(boxes), 4), object)
    found[:] = Agree()
    return found
    """,
    victim="equal",
)
inside(
    K,
    "an object that is equal to everything",
    """
    class Agree:
        __array_ufunc__ = None
        def __eq__(self, other):
            return True
    return Agree()
    """,
    victim="equal",
)
inside(K, "NaN is never too far", "return np.full((len(boxes), 4), np.nan)", victim="equal")
inside(
    K,
    "infinity is as far as infinity",
    "return np.full((len(boxes), 4), np.inf)",
    victim="equal",
)
inside(
    K,
    "a generator",
    "return (row for row in boxes)",
    "breaks",
    others=True,
    victim="pickle",
)
for name, sent in {
    "__reduce__ writes a file": 'open, ("solutions/owned", "w")',
    "__reduce__ removes the gradebook": '__import__("os").remove, ("gradebook.db",)',
}.items():
    inside(
        K,
        name,
        f"""
        class Sent:
            def __reduce__(self):
                return {sent}
        return Sent()
        """,
        "touches",
        others=True,
        victim="pickle",
    )
inside(
    K,
    "__reduce__ ends the grader",
    """
    class Sent:
        def __reduce__(self):
            import os
            return os._exit, (0,)
    return Sent()
    """,
    "breaks",
    others=True,
    victim="pickle",
)
inside(
    K,
    "a huge array",
    "return np.zeros((1 << 28, 4))",
    "breaks",
    others=True,
    victim="pickle",
)
inside(
    K,
    "HTML in an error",
    "raise ValueError('<script>alert(1)</script>')",
    "scripts",
    others=True,
    victim="page",
)
inside(
    K,
    "HTML in the name of a type",
    "return type('<img src=x onerror=alert(1)><script>', (), {})()",
    "scripts",
    others=True,
    victim="page",
)
inside(
    K,
    "HTML in what is printed",
    "print('</code><script>alert(1)</script>')\nreturn boxes",
    "scripts",
    others=True,
    victim="page",
)
inside(
    K,
    "a broken half of a character",
    "raise ValueError('\\ud800')",
    "breaks",
    others=True,
    victim="page",
)

# ── 망가뜨리기 ──────────────────────────────────────────────────────────────────────────────

K = "crashes"
CRASHES = {
    "os._exit": "import os\nos._exit(0)",
    "segfault": "import ctypes\nctypes.string_at(0)",
    "abort": "import os\nos.abort()",
    "C recursion": (
        "import sys\nsys.setrecursionlimit(1 << 30)\n"
        "def deep():\n    return [*map(lambda _: deep(), [0])]\ndeep()"
    ),
    "killing the parent": "import os\nos.kill(os.getppid(), 9)",
    "killing the group": "import os\nos.kill(0, 9)",
    "killing everything": "import os\nos.kill(-1, 9)",
    "twenty forks": (
        "import os, time\nfor _ in range(20):\n"
        "    if os.fork() == 0:\n        time.sleep(600)\n        os._exit(0)\n"
        "os.kill(os.getppid(), 9)"
    ),
    "signals blocked for ever": (
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))\n"
        "while True:\n    pass"
    ),
    "exceptions swallowed for ever": (
        "while True:\n    try:\n        while True:\n            pass\n"
        "    except BaseException:\n        pass"
    ),
    "one long call of C": "return sum(range(1 << 40))",
    "stopping oneself": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "memory without end": (
        "hoard = []\nwhile True:\n    try:\n        hoard.append(np.ones(1 << 24))\n"
        "    except MemoryError:\n        pass"
    ),
}
for name, text in CRASHES.items():
    inside(K, name, text, "breaks", others=True, victim="plain")
inside(
    K,
    "output without end",
    "import os\nwhile True:\n    for fd in range(1, 64):\n        try:\n"
    "            os.write(fd, b'x' * 65536)\n        except OSError:\n            pass",
    "breaks",
    others=True,
    victim="plain",
)
at_top(K, "top of the notebook ends Python", "import os\nos._exit(0)", "breaks")

# ── 파일과 소켓 ─────────────────────────────────────────────────────────────────────────────

K = "outside"
TOUCHES = {
    "writing": "open('solutions/mine', 'w').write('x')",
    "appending": "open('gradebook.db', 'ab').write(b'x')",
    "deleting": "import os\nos.remove('gradebook.db')",
    "renaming": "import os\nos.rename('gradebook.db', 'g.db')",
    "a new folder": "import os\nos.mkdir('owned')",
    "a symbolic link": "import os\nos.symlink('/etc/passwd', 'solutions/link')",
    "removing the tree": "import shutil\nshutil.rmtree('submitted')",
    "a socket": (
        "import socket\nwith socket.create_connection(('127.0.0.1', PORT), 1) as to:\n"
        "    to.sendall(b'secret')\n    to.recv(1)"
    ),
    "a web request": (
        "import urllib.request\n"
        "urllib.request.urlopen('http://127.0.0.1:PORT/secret', timeout=1).read()"
    ),
    "a command": "import os\nos.system('touch owned')",
    "a process": "import subprocess\nsubprocess.run(['touch', 'owned'])",
    "a note in /tmp": "open('/tmp/note-for-the-next', 'w').write('x')",
    "a note in shared memory": (
        "from multiprocessing import shared_memory\n"
        "shared_memory.SharedMemory('note_for_the_next', create=True, size=8)"
    ),
    "a note beside NumPy": (
        "import pathlib\n(pathlib.Path('site') / 'note_for_the_next.py').write_text('x')"
    ),
}
for name, text in TOUCHES.items():
    inside(K, name, text, "touches", others=True, returns=WRONG, victim="plain")

# ── 정직하지만 망가진 노트북 ────────────────────────────────────────────────────────────────

K = "notebooks"


def broken(name, content, deserved=10):
    """정직한 답이 든, 어딘가 망가진 노트북. 그대로 읽는 채점기는 점수를 잃거나 멈춥니다."""
    _add(K, name, content, deserved, "breaks", "reader")


GOOD = submission(HONEST)
bare = [code(SETUP), *map(code, HONEST.values())]
named = [code(source, name) for name, source in HONEST.items()]
setup = code(SETUP, "setup")
first, second, third = named
broken("a byte order mark", b"\xef\xbb\xbf" + GOOD)
broken("UTF-16", b"\xff\xfe" + GOOD.decode().encode("utf-16-le"))
broken("cp949", submission(HONEST, before="# 제 답입니다\nx = '한글'").decode().encode("cp949"))
broken("lost metadata", book(bare))
broken("metadata of the wrong kind", book([c | {"metadata": {"nbgrader": 3}} for c in bare]))
broken("metadata missing", book([{k: v for k, v in c.items() if k != "metadata"} for c in bare]))
broken(
    "duplicate names, the stub below",
    book(
        [setup, *named, code(f"def {FIRST}(boxes):\n    raise NotImplementedError('x')", FIRST)],
    ),
)
broken("magics", book([code("%matplotlib inline\n!ls\nimport numpy as np\nx = %time 3"), *named]))
broken("a magic cell", book([setup, code("%%bash\necho 1 && exit 1"), *named]))
broken("a raising helper cell", book([setup, code("y = undefined + 1\nz = 1 / 0"), *named]))
broken("a cell that is no Python", book([setup, code("이 셀은 나중에 (지울 것"), *named]))
broken("a plot that cannot be drawn", book([setup, code("import torch, matplotlib"), *named]))
broken(
    "a long training at the top",
    book([setup, code("while True:\n    pass"), code("for _ in iter(int, 1):\n    pass"), *named]),
)
broken("asking for input", book([setup, code("name = input('이름: ')"), *named]))
broken(
    "an old format",
    json.dumps(
        {
            "nbformat": 3,
            "worksheets": [
                {"cells": [{"cell_type": "code", "input": c["source"]} for c in [setup, *named]]}
            ],
        }
    ).encode(),
)
broken("broken JSON", GOOD[:-40], 0)
broken("an empty file", b"", 0)
broken("no notebook at all", b"[1, 2]", 0)
broken("nested without end", b"[" * 200_000, 0)
broken("a picture", b"\x89PNG\r\n\x1a\n" + bytes(2000), 0)

KINDS = sorted({attack.kind for attack in ATTACKS})
__all__ = ["ASSIGNMENT", "ATTACKS", "KINDS", "Attack"]
