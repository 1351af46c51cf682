"""벽이 없는 채점기들. 공격이 정말 공격인지, 벽이 없을 때 무슨 일이 나는지 봅니다.

이 파일은 딴 프로세스에서(그리고 검사하는 컴퓨터를 지키는 울타리 안에서) 돕니다. 소켓으로
"무엇을 어떻게 채점할지"를 받아, 갈라져 나온 프로세스에서 해 보고 결과를 답합니다.
"""

import contextlib
import io
import json
import os
import pickle
import resource
import select
import signal
import socket
import sys
import time

# 끝나지 않는 것은 CPU 시간으로 알아챕니다. 바쁜 컴퓨터에서도 같습니다.
CPU_SECONDS = 2
PATIENCE = 120
MEMORY = 3 << 30


def run_check(cells):
    """nbgrader처럼: 한 IPython에서 셀을 차례로 실행하고, 통과한 첫 문제의 검사 셀을 셉니다."""
    from IPython.core.interactiveshell import InteractiveShell

    from anchorbox_utils.homework.assignments import ASSIGNMENTS

    shell = InteractiveShell.instance()
    shell.showtraceback = lambda *a, **k: None
    shell.user_ns["display"] = lambda *a: None
    points = {FIRST: ASSIGNMENTS["01_formula"].tasks[0]}
    total = 0
    for name, source in cells:
        shell.run_cell(source)
        if name not in points:
            continue
        for kind, how in (
            ("public_points", ""),
            ("hidden_points", "from anchorbox_utils.homework import grade as check\n"),
        ):
            test = f'{how}result = check("{name}", {name})\nassert result.passed, result\n'
            if shell.run_cell(test).success:
                total += getattr(points[name], kind)
    return {"points": total}


def execute(cells):
    """셀을 차례로 실행한 이름표."""
    space = {"__name__": "__main__"}
    for _, source in cells:
        exec(compile(source, "<cell>", "exec"), space)
    return space


def public_cases(name):
    """공개 검사의 (인수들, 정답)들."""
    import numpy as np

    from anchorbox_utils.homework import EXERCISES

    exercise = EXERCISES[name]
    for case in exercise.cases(np.random.default_rng(0)):
        yield case.args, exercise.reference(*case.args)


FIRST = "xyxy_to_cxcywh"


def run_equal(cells):
    """흔한 비교: ``==``, 또는 얼마나 먼지."""
    import numpy as np

    function = execute(cells)[FIRST]

    def alike(got, expected):
        if bool(np.all(expected == got)):
            return True
        with np.errstate(all="ignore"):
            return not np.any(np.abs(got - expected) > 1e-6 * np.abs(got))

    same = all(alike(function(*args), expected) for args, expected in public_cases(FIRST))
    return {"points": 2 * same}


def run_pickle(cells):
    """흔한 일꾼: 결과를 pickle로 보내 채점하는 쪽에서 되살리게 합니다."""
    function = execute(cells)[FIRST]
    args, _ = next(public_cases(FIRST))
    return {"points": 8, "sent": pickle.dumps(function(*args)).hex()}


def run_plain(cells):
    """같은 프로세스에서 부르고, 예외만 막습니다."""
    import numpy as np

    space, total = execute(cells), 0
    for name, points in ((FIRST, 2), ("safe_encode_boxes", 4), ("decode_to_original", 4)):
        with contextlib.suppress(Exception):
            for args, expected in public_cases(name):
                assert np.allclose(space[name](*args), expected)
            total += points
    return {"points": total}


def run_page(cells):
    """학습자의 글을 그대로 되돌림에 적습니다."""
    function, printed = execute(cells)[FIRST], io.StringIO()
    args, _ = next(public_cases(FIRST))
    told = ""
    with contextlib.redirect_stdout(printed):
        try:
            told = type(function(*args)).__name__
        except Exception as error:
            told = str(error)
    page = f"<p>{told}</p><pre>{printed.getvalue()}</pre>"
    return {"points": 8, "page": page.encode("utf-8").decode("utf-8")}


def run_reader(content):
    """제출을 UTF-8의 JSON으로 읽고, 이름이 붙은 셀을 실행합니다."""
    cells = []
    for cell in json.loads(content.decode("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            cells.append([name, "".join(cell["source"])])
    if not all(name for name, _ in cells):
        return {"points": 0}
    return run_plain([["setup", "import numpy as np"], *cells])


RUNS = {
    "check": run_check,
    "equal": run_equal,
    "pickle": run_pickle,
    "plain": run_plain,
    "page": run_page,
}


def attempt(request, channel):
    """갈라진 쪽에서 해 보고 결과를 적습니다."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if request["victim"] != "check":
        # check는 스스로 갈라 한계를 둡니다.
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    sys.stdout = sys.stderr = io.StringIO()
    content = bytes.fromhex(request["content"])
    if request["victim"] == "reader":
        told = run_reader(content)
    else:
        cells = [
            [c["metadata"].get("nbgrader", {}).get("grade_id", ""), c["source"]]
            for c in json.loads(content)["cells"]
        ]
        told = RUNS[request["victim"]](cells)
    os.write(channel, json.dumps(told).encode() + b"\n")


def serve(link):
    """요청마다 갈라져 해 보고, 어떻게 되었는지 답합니다."""
    import numpy as np  # noqa: F401
    from IPython.core.interactiveshell import InteractiveShell  # noqa: F401

    import anchorbox_utils.homework.assignments  # noqa: F401

    link.send(b"ready")
    while request := link.recv(1 << 20):
        told = one(json.loads(request))
        if "sent" in told:
            # 흔한 채점기는 일꾼이 보낸 것을 그냥 되살립니다.
            pickle.loads(bytes.fromhex(told.pop("sent")))
        notes = [n for d in ("/tmp", "/dev/shm") for n in sorted(os.listdir(d)) if "note" in n]
        for folder in ("/tmp", "/dev/shm"):
            for note in set(notes) & set(os.listdir(folder)):
                os.remove(os.path.join(folder, note))
        link.send(json.dumps(told | {"notes": notes}).encode())


def stopped(pid):
    """스스로 멈추어 선 자식인지."""
    state = os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return state is not None and state.si_code == os.CLD_STOPPED


def one(request):
    """요청 하나의 결과. 끝내지 못하면 빈 사전입니다."""
    ours, channel = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            attempt(request, channel)
        finally:
            os._exit(1)
    os.close(channel)
    data, deadline = b"", time.monotonic() + PATIENCE
    while not data.endswith(b"\n") and time.monotonic() < deadline:
        ready, _, _ = select.select([ours], [], [], 0.2)
        piece = os.read(ours, 1 << 16) if ready else None
        data += piece or b""
        if piece == b"" or len(data) > 1 << 22 or stopped(pid):
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(ours)
    try:
        return json.loads(data)
    except ValueError:
        return {}


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
