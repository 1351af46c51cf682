"""보드와의 연결과, 뒤에서 소식을 보내는 실. 무슨 일이 있어도 레슨을 멈추지 않습니다."""

import http.client
import json
import os
import random
import threading
from collections import deque
from datetime import UTC, datetime
from urllib.parse import urlsplit

# 한 번에 보내는 소식의 수. 소식 하나가 300바이트쯤이고 보드는 64 KiB까지 받습니다.
BATCH = 100
# 소식이 잇달아 날 때 모으는 시간과, 닿지 않을 때 다시 해 보는 간격(초).
GATHER = 0.2
FIRST_RETRY, LAST_RETRY = 0.5, 15.0
TIMEOUT = 5.0
# 화면에 보일, 마지막으로 보낸 소식의 수.
SHOWN = 8
_LARGEST_ANSWER = 1 << 16
HUB_TOKEN = "JUPYTERHUB_API_TOKEN"


class Unreachable(Exception):
    """보드에 닿지 않거나, 보드가 지금은 받을 수 없을 때. ``wait``초 뒤에 다시 해 봅니다."""

    def __init__(self, why, wait=None):
        super().__init__(why)
        self.wait = wait


class Refused(Exception):
    """보드가 까닭을 말하며 거절했을 때."""


class Link:
    """보드로 가는 연결 하나. 프록시를 거치지 않고, 다른 주소로 넘기는 답을 따라가지 않습니다."""

    def __init__(self, address):
        parts = urlsplit(address)
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        self._open = lambda: kinds[parts.scheme](parts.hostname, parts.port, timeout=TIMEOUT)
        self._path = parts.path.rstrip("/")
        self._connection = None

    def post(self, path, content, token=None, hub=None):
        """JSON을 보내고 받은 JSON을 돌려줍니다."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if hub:
            headers["X-Hub-Token"] = hub
        try:
            self._connection = self._connection or self._open()
            body = json.dumps(content).encode()
            self._connection.request("POST", f"{self._path}{path}", body, headers)
            response = self._connection.getresponse()
            answer = response.read(_LARGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(type(error).__name__) from None
        try:
            told = json.loads(answer)
            if not isinstance(told, dict):
                raise ValueError(told)
        except ValueError:
            # 공유기의 로그인 화면처럼, 보드가 아닌 것이 답했습니다.
            self.close()
            raise Unreachable("보드가 아닌 곳이 답했습니다") from None
        if response.status == 200:
            return told
        why = str(told.get("why", response.status))[:200]
        if response.status in (401, 403, 404, 409, 422):
            raise Refused(why, response.status)
        wait = response.headers.get("Retry-After", "")
        raise Unreachable(why, float(wait) if wait.isdigit() else None)

    def close(self):
        """연결을 닫습니다. 다시 보내면 새로 엽니다."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def hub_token(address):
    """JupyterHub의 서비스인 보드에게만, 누구인지 알리는 열쇠를 줍니다. 아니면 None입니다."""
    prefix = os.environ.get("JUPYTERHUB_BASE_URL", "/")
    public = urlsplit(os.environ.get("JUPYTERHUB_PUBLIC_HUB_URL", ""))
    inside = urlsplit(os.environ.get("JUPYTERHUB_API_URL", ""))
    parts = urlsplit(address)
    ours = {(url.scheme, url.netloc) for url in (public, inside) if url.netloc}
    if (parts.scheme, parts.netloc) in ours and parts.path.startswith(f"{prefix}services/"):
        return os.environ.get(HUB_TOKEN)
    return None


class Courier(threading.Thread):
    """쌓인 소식을 차례로 보내는 실.

    Attributes:
        state: ``"trying"``, ``"joined"``, ``"refused"`` 가운데 하나.
        why: 거절당했거나 닿지 않는 까닭.
        name_there: 보드가 붙인 이름. 같은 별명이 있으면 번호가 붙습니다.
        sent: 보낸 소식의 수.
        last: 마지막으로 보낸 소식들.
    """

    def __init__(self, spool, address, code, name):
        super().__init__(name="anchorbox-class", daemon=True)
        self.state, self.why, self.name_there = "trying", "", name
        self.sent, self.turned_down, self.last = 0, 0, deque(maxlen=SHOWN)
        self.settled = threading.Event()
        self.token = spool.token()
        self._spool, self._address, self._code, self._nickname = spool, address, code, name
        self._link = Link(address)
        self._news = threading.Event()
        self._stopping = threading.Event()

    def put(self, event):
        """소식을 쌓고 실을 깨웁니다. 네트워크를 기다리지 않습니다."""
        self._spool.put(event)
        self._news.set()

    def stop(self):
        """보내기를 그만둡니다. 보내던 것이 있으면 그 한 번만 끝납니다."""
        self._stopping.set()
        self._news.set()

    def run(self):
        pause = FIRST_RETRY
        try:
            while not self._stopping.is_set():
                try:
                    if self.state != "joined":
                        self._join()
                    self._news.clear()
                    while not self._stopping.is_set() and self._send():
                        pause = FIRST_RETRY
                    self.why, pause = "", FIRST_RETRY
                except Unreachable as error:
                    self.why = str(error)
                    self.settled.set()
                    # 서른 대가 한꺼번에 다시 두드리지 않게 저마다 다르게 쉽니다.
                    self._stopping.wait(error.wait or pause * random.uniform(0.7, 1.3))
                    pause = min(pause * 2, LAST_RETRY)
                    continue
                except Refused as error:
                    why, status = error.args
                    # 보드가 우리를 모르면(새 보드, 지운 반) 코드로 다시 들어가 봅니다.
                    self.state = "trying" if status == 401 and self.state == "joined" else "refused"
                    self.why = why
                    if self.state == "refused":
                        self.settled.set()
                        self._stopping.wait(LAST_RETRY)
                    continue
                except Exception as error:
                    # 우리의 잘못이 레슨을 어지럽히지 않게 합니다. 쌓인 소식은 그대로입니다.
                    self.why = type(error).__name__
                    self.settled.set()
                    self._stopping.wait(LAST_RETRY)
                    continue
                self._news.wait()
                self._stopping.wait(GATHER)
        finally:
            self._link.close()

    def _join(self):
        content = {"code": self._code, "name": self._nickname, "token": self.token}
        told = self._link.post("/api/join", content, hub=hub_token(self._address))
        self.name_there = str(told.get("name", self._nickname))[:60]
        self.state, self.why = "joined", ""
        self.settled.set()

    def _send(self):
        """한 묶음을 보냅니다. 보낼 것이 더 있으면 참입니다."""
        waiting = self._spool.take(BATCH)
        if not waiting:
            return False
        events = [event for _, event in waiting]
        now = datetime.now(UTC).isoformat()
        told = self._link.post("/api/events", {"now": now, "events": events}, self.token)
        self._spool.drop(name for name, _ in waiting)
        refused = set(told.get("refused", ()))
        taken = [event for event in events if event["id"] not in refused]
        self.sent += len(taken)
        self.turned_down += len(refused)
        self.last.extend(taken)
        return len(waiting) == BATCH

    def ask(self, path, content):
        """지금 바로 묻습니다(손들기, 투표, 그만두기). 실이 쓰는 연결과 따로입니다."""
        link = Link(self._address)
        try:
            return link.post(path, content, self.token)
        finally:
            link.close()

    def wait_until_settled(self, seconds):
        """처음 닿거나 닿지 않는 것을 알 때까지, 길어도 ``seconds``초 기다립니다."""
        self.settled.wait(seconds)
