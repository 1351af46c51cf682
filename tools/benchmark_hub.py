"""교실의 JupyterHub에 사람 여럿이 한꺼번에 들어와 레슨을 돌릴 때의 시간과 메모리를 잽니다.

uv run --extra hub python tools/benchmark_hub.py             # 다섯 사람, 레슨 01
uv run --extra hub python tools/benchmark_hub.py --users 5 --lesson 08

허브를 임시 폴더에 켰다가 끕니다. 메모리는 나누어 쓰는 것을 사람 수로 나눈 값(PSS)입니다.
"""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

import httpx
import psutil
import websocket

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from anchorbox_utils.course.lessons import find_lesson  # noqa: E402
from anchorbox_workshop.kit.hub import hub_command  # noqa: E402
from anchorbox_workshop.kit.lessons import cells_of  # noqa: E402

PATIENCE = 120


def wait_for(asked, what):
    """`asked()`가 참이 될 때까지 기다리고 그 값을 돌려줍니다."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := asked():
            return value
        time.sleep(0.2)
    raise TimeoutError(what)


def is_up(client, address):
    """그 주소가 대답하는지."""
    try:
        return client.get(address).status_code == 200
    except httpx.TransportError:
        return False


class Person:
    """허브에 들어와 레슨을 돌리는 한 사람."""

    def __init__(self, base, name):
        self.base, self.name = base, name
        self.client = httpx.Client(base_url=base, follow_redirects=True, timeout=PATIENCE)
        self.opened = self.ran = None
        self.problem = None

    def work(self, cells):
        """들어와서 셀을 차례로 실행합니다."""
        try:
            started = time.monotonic()
            self._enter()
            self.opened = time.monotonic() - started
            started = time.monotonic()
            self._run(cells)
            self.ran = time.monotonic() - started
        except Exception as error:
            self.problem = f"{type(error).__name__}: {error}"

    def _token(self, path):
        found = [c.value for c in self.client.cookies.jar if c.name == "_xsrf" and c.path == path]
        return found[0]

    def _enter(self):
        self.client.get("/hub/login")
        form = {"username": self.name, "password": "", "_xsrf": self._token("/hub/")}
        self.client.post("/hub/login", data=form)
        wait_for(self._is_in, f"{self.name}의 서버")

    def _is_in(self):
        """자기 서버의 JupyterLab에 닿았는지. 켜지는 동안에는 허브의 기다리는 화면이 나옵니다."""
        page = self.client.get(f"/user/{self.name}/lab")
        return page.status_code == 200 and page.url.path.startswith("/user/")

    def _run(self, cells):
        own = f"/user/{self.name}/"
        headers = {"X-XSRFToken": self._token(own)}
        body = {"name": "python3", "path": "notebooks/lesson.ipynb"}
        made = self.client.post(f"{own}api/kernels", json=body, headers=headers)
        made.raise_for_status()
        cookies = "; ".join(f"{c.name}={c.value}" for c in self.client.cookies.jar)
        address = f"{self.base.replace('http', 'ws')}{own}api/kernels/{made.json()['id']}/channels"
        line = websocket.create_connection(address, cookie=cookies, timeout=PATIENCE)
        for code in cells:
            self._execute(line, code)
        self.line = line

    @staticmethod
    def _execute(line, code):
        asked = uuid.uuid4().hex
        header = {"msg_id": asked, "msg_type": "execute_request", "username": "", "session": asked}
        content = {"code": code, "silent": False, "stop_on_error": True, "allow_stdin": False}
        header |= {"version": "5.3", "date": ""}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        line.send(json.dumps(message | {"channel": "shell", "buffers": []}))
        while True:
            told = json.loads(line.recv())
            if told["parent_header"].get("msg_id") != asked:
                continue
            if told["msg_type"] == "error":
                raise RuntimeError(f"{told['content']['ename']}: {told['content']['evalue']}")
            if told["msg_type"] == "status" and told["content"]["execution_state"] == "idle":
                return


def memory(process):
    """프로세스의 메모리(MiB)."""
    return process.memory_full_info().pss / 2**20


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=5, help="사람 수(5)")
    parser.add_argument("--lesson", default="01", help="돌릴 레슨(01)")
    args = parser.parse_args(argv)
    lesson = find_lesson(args.lesson)
    cells = [cell.source for cell in cells_of(lesson.stem) if cell.kind == "code"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command, environment = hub_command()
    with tempfile.TemporaryDirectory() as data:
        environment |= {"ANCHORBOX_HUB_DATA": data, "ANCHORBOX_HUB_PORT": str(port)}
        log = Path(data, "hub.log").open("wb")
        hub = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=data)
        try:
            report(hub, f"http://127.0.0.1:{port}", args.users, cells, lesson)
        finally:
            hub.terminate()
            hub.wait(60)
            log.close()


def report(hub, base, users, cells, lesson):
    """사람들을 들여보내고 잰 것을 출력합니다."""
    started = time.monotonic()
    plain = httpx.Client(base_url=base, timeout=PATIENCE)
    wait_for(lambda: is_up(plain, "/hub/login"), "허브")
    print(f"허브가 켜질 때까지 {time.monotonic() - started:.1f}초")
    people = [Person(base, f"learner{number}") for number in range(1, users + 1)]
    threads = [threading.Thread(target=person.work, args=(cells,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for person in people:
        if person.problem:
            print(f"{person.name}: {person.problem}")
    fine = [person for person in people if person.ran is not None]
    if fine:
        print(f"모두 켜질 때까지 {max(p.opened for p in fine):.1f}초")
        ran = sorted(p.ran for p in fine)
        print(f"레슨 {lesson.label}을 끝까지: 빠른 사람 {ran[0]:.1f}초, 느린 사람 {ran[-1]:.1f}초")
    rows = {"허브와 프록시": [], "사람의 서버": [], "사람의 커널": []}
    for process in [psutil.Process(hub.pid), *psutil.Process(hub.pid).children(recursive=True)]:
        line = " ".join(process.cmdline())
        kind = (
            "사람의 커널"
            if "ipykernel" in line
            else "사람의 서버"
            if "singleuser" in line
            else None
        )
        rows[kind or "허브와 프록시"].append(memory(process))
    print(f"허브와 프록시 {sum(rows['허브와 프록시']):.0f} MiB")
    for kind in ("사람의 서버", "사람의 커널"):
        if rows[kind]:
            print(f"{kind} {len(rows[kind])}개, 하나에 {sum(rows[kind]) / len(rows[kind]):.0f} MiB")


if __name__ == "__main__":
    main()
