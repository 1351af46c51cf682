"""검사가 켜는 보드와, 거기에 말을 거는 학습자와 강사.

tests/test_board.py, tests/test_board_heavy.py, tools/benchmark_board.py가 함께 씁니다.
"""

import asyncio
import contextlib
import http.client
import itertools
import json
import re
import socket
import subprocess
import sys
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from processes import free_port, running

from anchorbox_workshop.board.records import Records, class_file
from anchorbox_workshop.board.server import Board, Setting

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60


def wait_until(check, seconds=PATIENCE):
    """`check()`가 참인 값을 낼 때까지 기다려 그 값을 돌려줍니다."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not (value := check()):
        if time.monotonic() > deadline:
            raise AssertionError("기다리던 상태가 오지 않았습니다.")
        pause.wait(0.01)
    return value


class Here:
    """이 프로세스의 실 하나에서 도는 보드."""

    def __init__(self, folder, port=None, **setting):
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        values = {"title": "검사", "keep_days": 30, "hosts": frozenset({"127.0.0.1", "localhost"})}
        self._setting = Setting(address=self.address, port=self.port, **{**values, **setting})
        self._ready, self._done = threading.Event(), None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        self._ready.wait()

    async def _run(self):
        self._loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        kept = Records(class_file(self._folder, self._setting.title))
        self.code, self.key = kept.code, kept.key
        self.board = Board(kept, self._setting)
        self.board.listen("127.0.0.1", self.port)
        self._ready.set()
        await self._done.wait()
        await self.board.close()

    def close(self):
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join()


class Apart:
    """`anchorbox-board`를 켠 프로세스. 죽일 수 있습니다."""

    def __init__(self, folder, port=None, *more):
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-u", "-m", "anchorbox_workshop.board.command"]
        command += ["--ip", "127.0.0.1", "--port", str(self.port), "--class", "t"]
        command += ["--folder", str(folder), *more]
        self._stack = contextlib.ExitStack()
        self.process = self._stack.enter_context(
            running(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=ROOT)
        )
        told = ""
        while "끄려면" not in told:
            line = self.process.stdout.readline()
            assert line, f"보드가 켜지지 않았습니다: {told}"
            told += line
        self.code = re.search(r'code="(\w+)"', told)[1]
        self.key = re.search(r"key=(\S+)", told)[1]

    def kill(self):
        """SIGKILL로 죽입니다."""
        self.process.kill()
        self.process.wait()
        self._stack.close()

    def close(self):
        self._stack.close()


def request(address, method, path, content=None, headers=None, body=None):
    """(상태, 머리말, 본문)."""
    host, _, prefix = address.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=PATIENCE)
    with contextlib.closing(connection):
        told = {"Content-Type": "application/json"} | (headers or {})
        sent = body if content is None else json.dumps(content).encode()
        connection.request(method, f"{prefix and '/'}{prefix}{path}", sent, told)
        response = connection.getresponse()
        return response.status, response.headers, response.read()


class Pupil:
    """노트북 없이 말만 거는 학습자."""

    def __init__(self, board, name, token=None):
        self.address, self.name = board.address, name
        self.token = token or uuid.uuid4().hex * 2
        status, told = self.post("/api/join", code=board.code, name=name, token=self.token)
        assert status == 200, told
        self.shown = told["name"]

    def post(self, path, **content):
        headers = {"Authorization": f"Bearer {self.token}"}
        status, _, told = request(self.address, "POST", path, content, headers)
        return status, json.loads(told)

    def get(self, path):
        headers = {"Authorization": f"Bearer {self.token}"}
        status, _, told = request(self.address, "GET", path, headers=headers)
        return status, json.loads(told)

    def send(self, *events):
        return self.post("/api/events", now=datetime.now(UTC).isoformat(), events=list(events))

    def check(self, name, status, misconception=None, ago=0.0):
        return self.send(event(name, status, misconception, ago))


def event(name, status="passed", misconception=None, ago=0.0, **more):
    moment = datetime.fromtimestamp(time.time() - ago, UTC).isoformat()
    return {
        "id": uuid.uuid4().hex,
        "name": name,
        "status": status,
        "misconception": misconception,
        "lesson": None,
        "time": moment,
    } | more


class Teacher:
    """쿠키를 든 강사."""

    def __init__(self, board):
        self.address = board.address
        status, headers, _ = request(board.address, "GET", f"/open?key={board.key}")
        assert status == 302
        self.cookie = headers["Set-Cookie"].partition(";")[0]
        status, headers, _ = self.get("/board")
        assert status == 200
        self.xsrf = re.search(r"_xsrf=([^;]+)", headers["Set-Cookie"])[1]

    def get(self, path, **headers):
        return request(self.address, "GET", path, headers={"Cookie": self.cookie} | headers)

    def do(self, action, **content):
        headers = {"Cookie": f"{self.cookie}; _xsrf={self.xsrf}", "X-XSRFToken": self.xsrf}
        told = {"action": action} | content
        return request(self.address, "POST", "/board/do", told, headers)[0]

    @contextlib.contextmanager
    def stream(self, path="/board/stream", last=None):
        """화면이 받는 (번호, 내용)들."""
        host = self.address.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=PATIENCE)
        with contextlib.closing(connection):
            headers = {"Cookie": self.cookie} | ({"Last-Event-ID": last} if last else {})
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            assert response.status == 200
            with contextlib.closing(response):
                yield _messages(response)

    def look(self, path="/board/stream", last=None):
        """지금의 (번호, 내용)."""
        with self.stream(path, last) as messages:
            return next(messages)


def _messages(response):
    number = None
    for line in iter(response.readline, b""):
        if line.startswith(b"id: "):
            number = line[4:].decode().strip()
        elif line.startswith(b"data: "):
            yield number, json.loads(line[6:])


class Lossy:
    """클라이언트와 보드 사이의 끊을 수 있는 길. 와이파이가 끊긴 것처럼 말없이 삼킵니다."""

    def __init__(self, port):
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.cut = threading.Event()
        self._open = set()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            for _ in itertools.count():
                near, _ = self._listener.accept()
                self._open.add(near)
                if self.cut.is_set():
                    continue
                far = socket.create_connection(("127.0.0.1", self._target))
                self._open.add(far)
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source, target):
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                # 끊긴 동안의 것은 사라집니다. 연결은 열린 채라, 보낸 쪽은 답을 기다립니다.
                if not self.cut.is_set():
                    target.sendall(piece)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def drop(self):
        """열려 있던 연결도 모두 끊습니다."""
        for one in tuple(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()
