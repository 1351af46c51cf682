"""보드의 웹 서버. 학습자는 열쇠(token)로 쓰기만 하고, 강사는 쿠키로 보고 정합니다."""

import asyncio
import hashlib
import hmac
import io
import json
import socket
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.web import Application, RedirectHandler, RequestHandler, StaticFileHandler

from anchorbox_utils.feedback import STATES
from anchorbox_workshop.board import knowledge, limits, messages, views
from anchorbox_workshop.board.desk import Desk
from anchorbox_workshop.board.hub import Hub

PAGES = Path(__file__).parent / "pages"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# 화면을 고치는 가장 짧은 간격과, 바뀐 것이 없어도 고치는 간격(초).
REFRESH, HEARTBEAT = 0.2, 15.0
MOST_VIEWERS = 12


class Setting(NamedTuple):
    """서버의 설정.

    Attributes:
        hosts: 이 이름으로 온 요청만 받습니다. 비어 있으면 모두 받습니다(Hub의 프록시 뒤).
        address: 학습자에게 알려 줄 주소.
        hub_names: 별명 대신 Hub의 이름을 쓸지.
        steps: 진행표의 (제목, 분)들.
    """

    title: str
    hosts: frozenset
    address: str
    port: int
    keep_days: int
    steps: tuple = ()
    hub: Hub | None = None
    hub_names: bool = False


class Stop(Exception):
    """까닭을 말하고 거절합니다."""

    def __init__(self, status, why, wait=None):
        super().__init__(why)
        self.status, self.why, self.wait = status, why, wait


class Handler(RequestHandler):
    """모든 요청의 공통: 안전한 머리말, 이름 검사, JSON 답."""

    def initialize(self, board):
        self.board = board

    @property
    def desk(self):
        return self.board.desk

    @property
    def room(self):
        return self.board.desk.room

    def set_default_headers(self):
        self.clear_header("Server")
        for name, value in (
            ("Content-Security-Policy", POLICY),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
        ):
            self.set_header(name, value)

    def prepare(self):
        hosts = self.board.setting.hosts
        # 남의 사이트가 제 이름을 이 주소로 돌려(DNS rebinding) 읽지 못하게 합니다.
        if hosts and self.request.host_name.lower() not in hosts:
            raise Stop(421, "이 주소로는 보드를 열지 않습니다.")

    def log_exception(self, kind, error, trace):
        if not isinstance(error, (Stop, StreamClosedError)):
            super().log_exception(kind, error, trace)

    def write_error(self, status, **options):
        error = options.get("exc_info", (None, None, None))[1]
        why, wait = "요청을 처리하지 못했습니다.", None
        if isinstance(error, Stop):
            status, why, wait = error.status, error.why, error.wait
        elif isinstance(error, sqlite3.Error):
            status, why, wait = 503, "지금은 적을 수 없습니다. 디스크를 확인하세요.", 5
        self.set_status(status)
        if wait:
            self.set_header("Retry-After", str(wait))
        self.finish({"why": why})

    def json(self):
        """요청의 JSON 사전."""
        try:
            return messages.read_json(self.request.body)
        except ValueError as error:
            raise Stop(400, str(error)) from None


class FromLearner(Handler):
    """학습자의 요청. 쿠키를 쓰지 않으므로, 남의 사이트가 대신 보낼 수 없습니다."""

    def check_xsrf_cookie(self):
        pass

    def learner(self):
        """누구의 열쇠인지. 한 사람이 너무 자주 물으면 기다리게 합니다."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        number = self.room.tokens.get(hashed(token)) if scheme == "Bearer" else None
        if number is None:
            raise Stop(401, "모르는 열쇠입니다. 다시 참여하세요.")
        self.slow_down(self.board.requests, number, 1)
        return self.room.learners[number]

    def slow_down(self, bucket, key, count):
        """한도를 넘었으면 기다릴 시간을 말하고 거절합니다."""
        wait = bucket.wait(key, count, time.monotonic())
        if wait:
            raise Stop(429, "너무 빠릅니다. 잠시 뒤에 다시 보내세요.", wait)

    def present(self):
        learner = self.learner()
        if learner.left:
            raise Stop(403, "이미 나온 수업입니다.")
        if learner.sent >= limits.MOST_SENT:
            raise Stop(422, "이 반에 보낼 수 있는 만큼 다 보냈습니다.")
        return learner


class Join(FromLearner):
    async def post(self):
        content = self.json()
        self.slow_down(self.board.joins, self.request.remote_ip, 1)
        code = content.get("code")
        right = self.desk.records.code
        known = isinstance(code, str) and hmac.compare_digest(
            code.strip().upper().encode("utf-8", "replace"), right.encode()
        )
        if not known:
            self.board.wrong_codes += 1
            raise Stop(403, "반 코드가 다릅니다. 강사의 화면에 있는 코드를 보고 다시 적으세요.")
        token = content.get("token")
        if not isinstance(token, str) or not messages.TOKEN.fullmatch(token):
            raise Stop(422, "열쇠의 꼴이 다릅니다.")
        name = await self.name(content)
        known = self.room.tokens.get(hashed(token))
        if known is None:
            if len(self.room.learners) >= limits.MOST_LEARNERS:
                raise Stop(403, "자리가 모두 찼습니다. 강사에게 말해 주세요.")
            row = {"kind": "join", "name": name, "status": hashed(token)}
            await self.desk.write(row | {"id": f"join-{hashed(token)}"})
            known = self.room.tokens[hashed(token)]
        elif self.room.learners[known].left:
            await self.desk.write({"kind": "back", "name": "", "learner": known})
        self.finish({"name": self.room.learners[known].name})

    async def name(self, content):
        """보드에 보일 이름. Hub의 이름을 쓰기로 했으면 Hub에 묻습니다."""
        if self.board.setting.hub_names:
            name = await self.board.setting.hub.name_of(self.request.headers.get("X-Hub-Token"))
            if name is None:
                raise Stop(403, "JupyterHub에서 연 노트북에서 참여하세요.")
            return name
        try:
            return messages.read_name(content.get("name"))
        except ValueError as error:
            raise Stop(422, str(error)) from None


class Events(FromLearner):
    async def post(self):
        learner = self.present()
        try:
            events, refused = messages.read_events(self.json(), time.time())
        except ValueError as error:
            raise Stop(400, str(error)) from None
        self.slow_down(self.board.events, learner.number, len(events))
        if events:
            await self.desk.write(
                *(
                    one | {"learner": learner.number, "id": f"{learner.number}-{one['id']}"}
                    for one in events
                )
            )
        self.finish({"refused": refused})


class Vote(FromLearner):
    async def post(self):
        learner, now = self.present(), self.room.vote
        if not now:
            raise Stop(409, "지금 열린 투표가 없습니다.")
        if not now["open"]:
            raise Stop(409, "투표가 끝났습니다. 앞의 화면을 보세요.")
        choices = knowledge.options(now["question"])
        chosen = self.json().get("choice")
        if type(chosen) is not int or not 1 <= chosen <= len(choices):
            raise Stop(422, f"1부터 {len(choices)}까지의 번호를 보내세요.")
        option = choices[chosen - 1]
        await self.desk.write(
            {
                "kind": "vote",
                "name": now["question"],
                "learner": learner.number,
                "status": "passed" if option.right else "failed",
                "misconception": option.name,
                "lesson": knowledge.home(now["question"]),
                "round": now["round"],
            }
        )
        self.finish({"choice": option.text})


class Hand(FromLearner):
    async def post(self):
        learner, up = self.present(), self.json().get("up")
        if type(up) is not bool:
            raise Stop(422, "up은 true나 false입니다.")
        status = "up" if up else "down"
        await self.desk.write(
            {"kind": "hand", "name": "", "learner": learner.number, "status": status}
        )
        self.finish({})


class Leave(FromLearner):
    async def post(self):
        learner, forget = self.learner(), self.json().get("forget")
        if forget is True:
            await self.desk.forget(learner.number)
        elif not learner.left:
            await self.desk.write({"kind": "leave", "name": "", "learner": learner.number})
        self.finish({})


class Me(FromLearner):
    """휴대전화의 화면에 보일 것: 내 것과 지금의 물음. 답은 강사가 보인 다음에만 있습니다."""

    def get(self):
        learner, now = self.present(), self.room.vote
        told = {"name": learner.name, "hand": learner.hand is not None, "vote": None}
        if now:
            question = now["question"]
            options = knowledge.options(question)
            mine = self.room.ballots.get(question, {}).get(now["round"], {}).get(learner.number)
            told["vote"] = {
                "ask": knowledge.ask(question),
                "round": now["round"],
                "choices": [one.text for one in options],
                "mine": next((n for n, one in enumerate(options, 1) if one.name == mine), None),
                "open": now["open"],
                "right": next(n for n, one in enumerate(options, 1) if one.right)
                if now["answered"]
                else None,
            }
        self.finish(told)


class Instructor(Handler):
    """강사의 요청. 열쇠가 든 쿠키가 있어야 하고, 바꾸는 요청에는 XSRF 표시도 있어야 합니다."""

    def prepare(self):
        super().prepare()
        given = self.get_cookie(self.board.cookie_name, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.board.cookie):
            raise Stop(403, "강사의 주소로 여세요. 보드를 켠 창에 있습니다.")


class Open(Handler):
    """강사의 주소. 열쇠를 쿠키로 바꾸고, 주소에서 열쇠를 지웁니다."""

    def get(self):
        given = self.get_query_argument("key", "")
        if not hmac.compare_digest(given.encode("utf-8"), self.desk.records.key.encode()):
            raise Stop(403, "강사의 주소가 다릅니다. 보드를 켠 창에 있는 주소를 그대로 여세요.")
        self.set_cookie(
            self.board.cookie_name,
            self.desk.records.cookie,
            path=f"{self.board.prefix}/",
            httponly=True,
            samesite="Strict",
            secure=self.request.protocol == "https",
        )
        self.redirect(f"{self.board.prefix}/board")


class Page(Instructor):
    def initialize(self, board, file):
        super().initialize(board)
        self.file = file

    def get(self):
        # 화면이 읽을 XSRF 쿠키를 심습니다.
        assert self.xsrf_token
        self.finish((PAGES / self.file).read_text(encoding="utf-8"))


class LearnerPage(Handler):
    def get(self):
        self.finish((PAGES / "learner.html").read_text(encoding="utf-8"))


class NoIcon(Handler):
    """브라우저가 늘 찾는 아이콘. 없다고 조용히 답합니다."""

    def get(self):
        self.set_status(204)


class Facts(Instructor):
    """수업 동안 바뀌지 않는 것들."""

    def get(self):
        setting = self.board.setting
        self.finish(
            {
                "title": setting.title,
                "address": setting.address,
                "code": self.desk.records.code,
                "lessons": knowledge.lessons(),
                "questions": knowledge.questions(),
                "mistakes": knowledge.labels(),
                "steps": [{"title": title, "minutes": minutes} for title, minutes in setting.steps],
                "keep_days": setting.keep_days,
                "states": {name: [icon, word] for name, (icon, word, *_) in STATES.items()},
            }
        )


class Code(Instructor):
    """학습자의 화면으로 가는 QR 코드."""

    def get(self):
        picture = self.board.qr_code
        if picture is None:
            raise Stop(404, "QR 코드를 그리는 segno가 없습니다.")
        self.set_header("Content-Type", "image/svg+xml")
        self.finish(picture)


class Export(Instructor):
    async def get(self):
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", 'attachment; filename="board.csv"')
        self.finish(await self.desk.export())


class Do(Instructor):
    """강사가 정하는 것들."""

    async def post(self):
        content = self.json()
        name = content.get("action")
        action = self.ACTIONS.get(name) if isinstance(name, str) else None
        if action is None:
            raise Stop(422, "모르는 일입니다.")
        try:
            await action(self, content)
        except (KeyError, TypeError, ValueError):
            raise Stop(422, "보낸 것이 그 일에 맞지 않습니다.") from None
        self.finish({})

    async def open_vote(self, content):
        question = content["question"]
        if not knowledge.is_votable(question):
            raise ValueError(question)
        past = [number for number in self.room.ballots.get(question, {}) if number > 0]
        await self.set_vote(question=question, round=max(past, default=0) + 1)

    async def vote_again(self, content):
        await self.set_vote(question=self.room.vote["question"], round=self.room.vote["round"] + 1)

    async def set_vote(self, **changed):
        fresh = {"open": True, "shown": False, "answered": False}
        await self.desk.control(vote=fresh | changed)

    async def close_vote(self, content):
        await self.change_vote(open=False)

    async def show_votes(self, content):
        await self.change_vote(shown=True)

    async def answer_vote(self, content):
        await self.change_vote(open=False, shown=True, answered=True)

    async def change_vote(self, **changed):
        if not self.room.vote:
            raise ValueError("vote")
        await self.desk.control(vote=self.room.vote | changed)

    async def end_vote(self, content):
        await self.desk.control(vote=None)

    async def spotlight(self, content):
        name, mistake = content["name"], content["misconception"]
        if name is None:
            await self.desk.control(spotlight=None)
            return
        shown = {(row["name"], row["misconception"]) for row in views.misconceptions(self.room)}
        if (name, mistake) not in shown:
            raise ValueError(name)
        await self.desk.control(spotlight={"name": name, "misconception": mistake})

    async def choose_lesson(self, content):
        lesson = content["lesson"]
        if lesson is not None and lesson not in knowledge.lessons():
            raise ValueError(lesson)
        await self.desk.control(lesson=lesson)

    async def start(self, content):
        now = time.time()
        await self.desk.control(started=now, step={"index": 0, "since": now})

    async def step(self, content):
        index = content["index"]
        if type(index) is not int or not 0 <= index < max(1, len(self.board.setting.steps)):
            raise ValueError(index)
        await self.desk.control(step={"index": index, "since": time.time()})

    async def lower_hand(self, content):
        number = content["learner"]
        if number not in self.room.learners:
            raise ValueError(number)
        await self.desk.write({"kind": "hand", "name": "", "learner": number, "status": "down"})

    ACTIONS = {
        "open_vote": open_vote,
        "vote_again": vote_again,
        "close_vote": close_vote,
        "show_votes": show_votes,
        "answer_vote": answer_vote,
        "end_vote": end_vote,
        "spotlight": spotlight,
        "choose_lesson": choose_lesson,
        "start": start,
        "step": step,
        "lower_hand": lower_hand,
    }


class Stream(Instructor):
    """화면으로 가는 소식(SSE). 잠들었던 화면은 ``Last-Event-ID`` 뒤에 바뀐 것을 모두 받습니다."""

    def initialize(self, board, private):
        super().initialize(board)
        self.private = private
        self._task = None

    def on_connection_close(self):
        if self._task:
            self._task.cancel()

    async def get(self):
        board = self.board
        if len(board.streams) >= MOST_VIEWERS:
            raise Stop(429, "보드를 연 화면이 너무 많습니다.", 30)
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        self.set_header("X-Accel-Buffering", "no")
        last = self.request.headers.get("Last-Event-ID", "")
        self._task = asyncio.current_task()
        board.streams.add(self._task)
        try:
            while True:
                last = await self.send(last)
                # 몰려와도 화면은 1초에 다섯 번까지만 고칩니다.
                await asyncio.sleep(REFRESH)
                await self.desk.changed(int(last.partition(".")[2]), HEARTBEAT)
        except (StreamClosedError, asyncio.CancelledError):
            pass
        finally:
            board.streams.discard(self._task)

    async def send(self, last):
        """``last`` 뒤에 바뀐 것을 보내고, 다음의 번호를 돌려줍니다."""
        room = self.room
        epoch, version = room.controls.get("epoch", 0), room.version
        then, _, number = last.partition(".")
        # 한 사람을 지운 뒤라면 그 사람이 남지 않게 처음부터 보냅니다.
        known = then == str(epoch) and number.isdigit() and int(number) <= version
        now = time.time()
        if self.private:
            content = views.private_view(room, now, int(number) if known else 0)
            content["wrong_codes"] = self.board.wrong_codes
        else:
            content = views.projector_view(room, now)
        told = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        self.write(f"id: {epoch}.{version}\ndata: {told}\n\n")
        await self.flush()
        return f"{epoch}.{version}"


class Static(StaticFileHandler):
    def set_extra_headers(self, path):
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-cache")


class Board:
    """켜진 보드 하나."""

    def __init__(self, records, setting):
        self.desk = Desk(records)
        self.setting = setting
        self.prefix = setting.hub.prefix if setting.hub else ""
        # 쿠키는 포트를 가리지 않으므로, 한 컴퓨터의 두 보드가 서로의 것을 덮지 않게 합니다.
        self.cookie_name = f"board-{setting.port}"
        self.cookie = records.cookie.encode()
        self.requests = limits.Bucket(limits.REQUESTS)
        self.events = limits.Bucket(limits.EVENTS)
        self.joins = limits.Bucket(limits.JOINS)
        self.wrong_codes = 0
        self.streams = set()
        self.qr_code = qr_svg(f"{setting.address}/")

    def application(self):
        """주소마다의 처리."""
        told = {"board": self}
        routes = [
            ("/", LearnerPage, told),
            ("/favicon.ico", NoIcon, told),
            ("/api/join", Join, told),
            ("/api/events", Events, told),
            ("/api/vote", Vote, told),
            ("/api/hand", Hand, told),
            ("/api/leave", Leave, told),
            ("/api/me", Me, told),
            ("/open", Open, told),
            ("/board", Page, told | {"file": "board.html"}),
            ("/projector", Page, told | {"file": "projector.html"}),
            ("/board/facts", Facts, told),
            ("/board/qr.svg", Code, told),
            ("/board/export.csv", Export, told),
            ("/board/do", Do, told),
            ("/board/stream", Stream, told | {"private": True}),
            ("/projector/stream", Stream, told | {"private": False}),
            (r"/static/([\w-]+\.(?:js|css))", Static, {"path": str(PAGES)}),
        ]
        routes = [(self.prefix + path, *rest) for path, *rest in routes]
        if self.prefix:
            # 끝의 빗금을 빼고 적은 주소도 열립니다.
            routes.append((self.prefix, RedirectHandler, {"url": f"{self.prefix}/"}))
        return Application(
            routes,
            default_handler_class=Missing,
            default_handler_args=told,
            xsrf_cookies=True,
            xsrf_cookie_kwargs={"samesite": "Strict", "path": f"{self.prefix}/"},
            # 누가 언제 무엇을 물었는지 남기지 않습니다.
            log_function=lambda handler: None,
        )

    def listen(self, ip, port):
        """고른 주소에서만 듣습니다."""
        server = HTTPServer(
            self.application(),
            max_body_size=messages.MOST_BYTES,
            max_buffer_size=4 * messages.MOST_BYTES,
            max_header_size=16_384,
            body_timeout=10,
            idle_connection_timeout=120,
            xheaders=self.setting.hub is not None,
        )
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        # 수업을 시작할 때 모두가 한꺼번에 들어옵니다.
        listener = socket.create_server((ip, port), family=family, backlog=512)
        listener.setblocking(False)
        server.add_socket(listener)
        self._server = server

    async def close(self):
        """새 연결을 받지 않고, 적던 것을 마치고 닫습니다."""
        self._server.stop()
        for task in tuple(self.streams):
            task.cancel()
        await self._server.close_all_connections()
        self.desk.close()


class Missing(Handler):
    def prepare(self):
        super().prepare()
        raise Stop(404, "그런 곳이 없습니다.")


def hashed(token):
    """기록에 적는 열쇠의 꼴. 기록을 본 사람도 학습자 행세를 할 수 없습니다."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def qr_code(address):
    """주소의 QR 코드. segno가 없으면 None입니다."""
    try:
        import segno
    except ImportError:
        return None
    return segno.make(address, error="m", micro=False)


def qr_svg(address):
    """주소의 QR 코드 그림(SVG). segno가 없으면 None입니다."""
    code = qr_code(address)
    if code is None:
        return None
    picture = io.BytesIO()
    code.save(picture, kind="svg", scale=8, border=2, light="#fff", xmldecl=False, nl=False)
    return picture.getvalue()
