"""수업의 자리: 참여하기, 그만두기, 손들기, 투표하기. 무엇을 보냈는지도 여기서 보입니다."""

import atexit
import contextlib
import hashlib
import html
import sys
import uuid
from datetime import datetime
from urllib.parse import urlsplit

from anchorbox_utils import feedback
from anchorbox_utils.classroom.sending import Courier, Refused, Unreachable
from anchorbox_utils.classroom.spool import Spool
from anchorbox_utils.course.progress import progress_file
from anchorbox_utils.validation import as_count, as_flag, as_text, refuse
from anchorbox_utils.visible import visible

NAME_LIMIT = 20
# 참여 셀이 보드를 기다리는 가장 긴 시간(초). 레슨의 판정은 조금도 기다리지 않습니다.
PATIENCE = 3.0
SENDS = "문제나 물음의 이름, 판정(○ × △ □), 알아본 오개념의 이름, 레슨, 시각"
KEEPS = "코드, 출력, 파일, 이 셀을 실행하기 전의 일"
_FRAME = (
    "border: 1px solid #9e9e9e; border-color: var(--jp-border-color1, #9e9e9e); "
    "border-radius: 8px; padding: 10px 16px; margin: 4px 0; line-height: 1.7; "
    "max-width: 46em; word-break: keep-all"
)

_current = None


class Seat:
    """수업의 내 자리. :func:`join_class`가 만듭니다. 다시 보면 그때의 상태가 보입니다."""

    def __init__(self, address, code, name):
        self.address, self.name = address, name
        self._spool = Spool(_folder(address, code, name))
        self._courier = Courier(self._spool, address, code, name)
        self._stop = feedback.listen(self._hear)
        self._left = False
        self._courier.start()
        self._courier.wait_until_settled(PATIENCE)

    def _hear(self, event):
        self._courier.put(
            {
                "id": uuid.uuid4().hex,
                "name": event.name,
                "status": event.status,
                "misconception": event.misconception,
                "lesson": event.lesson,
                "time": event.time.isoformat(),
            }
        )

    def vote(self, number):
        """강사가 연 물음에 답합니다. 토론한 다음 다시 투표하면 새 답을 보냅니다.

        Args:
            number: 보기의 번호(1부터).
        """
        number = as_count(number, "number", least=1)
        told = self._ask("/api/vote", {"choice": number})
        print(f"「{told['choice']}」에 투표했습니다." if "choice" in told else told["why"])

    def raise_hand(self, up=True):
        """손을 듭니다. ``up=False``면 내립니다. 강사의 화면에만 보입니다.

        Args:
            up: 들면 True, 내리면 False.
        """
        up = as_flag(up, "up")
        told = self._ask("/api/hand", {"up": up})
        print(told.get("why") or ("손을 들었습니다." if up else "손을 내렸습니다."))

    def _ask(self, path, content):
        if self._left:
            return {"why": "이미 수업에서 나왔습니다."}
        try:
            return self._courier.ask(path, content)
        except Unreachable:
            return {"why": "지금은 보드에 닿지 않습니다. 조금 뒤에 다시 해 보세요."}
        except Refused as error:
            return {"why": visible(error.args[0])}

    def leave(self, forget=False):
        """그만둡니다. 이 뒤로는 아무것도 보내지 않습니다.

        Args:
            forget: True면 지금까지 보낸 것도 보드에서 지워 달라고 합니다.
        """
        forget = as_flag(forget, "forget")
        if self._left:
            print("이미 수업에서 나왔습니다.")
            return
        self._stop()
        self._courier.stop()
        # 보내던 묶음이 있으면 끝난 다음에 나와야, 나온 뒤에 아무것도 가지 않습니다.
        self._courier.join(PATIENCE)
        told = self._ask("/api/leave", {"forget": forget})
        self._left = True
        dropped = self._spool.clear(seat=forget)
        print("수업에서 나왔습니다. 이제 아무것도 보내지 않습니다.")
        if dropped:
            print(f"아직 보내지 않은 소식 {dropped}건은 지웠습니다.")
        if forget and "why" in told:
            print(f"보드의 기록은 지우지 못했습니다({told['why']}) 강사에게 말해 주세요.")
        elif forget:
            print("보드에 있던 내 기록도 지웠습니다.")

    def _close(self):
        self._stop()
        self._courier.stop()
        self._spool.close()

    @property
    def _headline(self):
        courier = self._courier
        if self._left:
            return "수업에서 나왔습니다. 아무것도 보내지 않습니다."
        if courier.state == "refused":
            return f"참여하지 못했습니다: {visible(courier.why)}"
        if courier.why or courier.state == "trying":
            return (
                "지금은 보드에 닿지 않습니다. 레슨은 그대로 하면 됩니다. "
                "뒤에서 다시 시도하고, 닿으면 그동안의 소식을 보냅니다."
            )
        return f"수업에 참여했습니다: {visible(courier.name_there)}"

    @property
    def _rows(self):
        courier = self._courier
        waiting = 0 if self._left else len(self._spool)
        rows = [
            ("보드", self.address),
            ("보내는 것", SENDS),
            ("보내지 않는 것", KEEPS),
            (
                "지금까지",
                f"보냄 {courier.sent}건 · 기다림 {waiting}건",
            ),
        ]
        if courier.turned_down:
            rows.append(("보드가 모르는 것", f"{courier.turned_down}건"))
        for event in tuple(courier.last):
            icon, word, *_ = feedback.STATES[event["status"]]
            time = datetime.fromisoformat(event["time"]).astimezone()
            mistake = f" · {event['misconception']}" if event["misconception"] else ""
            lesson = f" ({event['lesson']})" if event["lesson"] else ""
            rows.append((f"{time:%H:%M:%S}", f"{icon} {word} · {event['name']}{mistake}{lesson}"))
        rows.append(("그만두기", "leave_class()"))
        return rows

    def __repr__(self):
        return "\n".join([self._headline, *(f"  {label}: {text}" for label, text in self._rows)])

    def _repr_html_(self):
        rows = "".join(
            f"<div><strong>{html.escape(label)}</strong> {html.escape(text)}</div>"
            for label, text in self._rows
        )
        headline = html.escape(self._headline)
        return f'<div style="{_FRAME}"><div><strong>{headline}</strong></div>{rows}</div>'


def join_class(address, code, name):
    """수업에 참여합니다. 이때부터 ``check``와 예측 카드의 판정이 강사의 보드에 나타납니다.

    문제나 물음의 이름, 판정, 알아본 오개념의 이름, 레슨, 시각만 보냅니다. 코드와 출력은 보내지
    않고, 참여하기 전의 일도 보내지 않습니다. 보드에 닿지 않아도 레슨은 그대로 돌고, 소식은 디스크에
    쌓였다가 닿을 때 갑니다. 커널을 다시 켜고 같은 셀을 실행하면 같은 자리로 돌아옵니다.

    Args:
        address: 강사가 알려 준 보드의 주소. 예: ``"http://192.168.0.5:8765"``.
        code: 강사가 알려 준 반 코드.
        name: 보드에 보일 별명. 20자까지이고, 이름을 적지 않아도 됩니다.

    Returns:
        내 자리(``seat``). 무엇을 보냈는지 보이고, ``seat.vote(번호)``로 투표하고
        ``seat.raise_hand()``로 손을 들고 ``seat.leave()``로 나옵니다.

    Raises:
        ValueError: 주소나 코드, 별명이 될 수 없는 값일 때, 브라우저 안의 파이썬일 때.

    Examples:
        >>> join_class("192.168.0.5:8765", code="K7M2QX", name="별이")
        Traceback (most recent call last):
            ...
        ValueError: address: http://나 https://로 시작하는 주소여야 하는데 '192.168.0.5:8765'입니다.
    """
    global _current
    if sys.platform == "emscripten":
        raise ValueError(
            "브라우저 안에서는 보드에 연결할 수 없습니다. 레슨과 검사는 그대로 쓸 수 있습니다. "
            "수업에 참여하려면 강좌를 설치하고 거기서 이 셀을 실행하세요."
        )
    place = _as_address(address)
    secret = as_text(code, "code").strip().upper()
    if not 1 <= len(secret) <= 40 or not secret.isascii() or not secret.isprintable():
        refuse("code", "강사가 알려 준 반 코드", code)
    nickname = as_text(name, "name").strip()
    if not 1 <= len(nickname) <= NAME_LIMIT or visible(nickname) != nickname:
        refuse("name", f"별명은 보이는 글자 1~{NAME_LIMIT}자", name)
    if _current is not None:
        _current._close()
    _current = Seat(place, secret, nickname)
    return _current


def leave_class(forget=False):
    """수업에서 나옵니다. 이 뒤로는 아무것도 보내지 않습니다.

    Args:
        forget: True면 지금까지 보낸 것도 보드에서 지워 달라고 합니다.

    Examples:
        >>> leave_class()
        참여한 수업이 없습니다.
    """
    global _current
    forget = as_flag(forget, "forget")
    seat, _current = _current, None
    if seat is None:
        print("참여한 수업이 없습니다.")
    else:
        seat.leave(forget)


def _as_address(address):
    text = as_text(address, "address").strip()
    wanted = "http://나 https://로 시작하는 주소"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        usable = usable and not parts.username and visible(text) == text and " " not in text
        usable = usable and parts.netloc.isascii() and parts.path.isascii()
    except ValueError:
        usable = False
    if not usable:
        refuse("address", wanted, address)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _folder(address, code, name):
    """이 자리의 소식이 쌓이는 폴더. 진도를 남기지 않기로 한 곳이면 None입니다."""
    with contextlib.suppress(RuntimeError):
        path = progress_file()
        if path is not None:
            seat = hashlib.sha256("\0".join((address, code, name)).encode()).hexdigest()[:16]
            return path.parent / "class" / seat
    return None


@atexit.register
def _close():
    if _current is not None:
        _current._close()
