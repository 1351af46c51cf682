"""``anchorbox-board``: 수업의 보드를 켭니다."""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from datetime import datetime
from pathlib import Path

from anchorbox_utils.files import reason_of, write_atomically
from anchorbox_utils.validation import shown
from anchorbox_workshop.board import records
from anchorbox_workshop.board.hub import Hub
from anchorbox_workshop.board.server import Board, Setting, qr_code
from anchorbox_workshop.kit.runsheets import sheets

PORT = 8765


def parser():
    """명령의 인수들."""
    told = argparse.ArgumentParser(
        prog="anchorbox-board",
        description="지금 교실에 어떤 오개념이 사는지 보여 주는 보드를 켭니다.",
    )
    told.add_argument(
        "--class",
        dest="name",
        metavar="이름",
        help="반의 이름(오늘의 날짜). 같은 이름으로 다시 켜면 이어집니다",
    )
    told.add_argument("--ip", help="들을 주소. 적지 않으면 학습자와 이어진 네트워크의 주소")
    told.add_argument("--port", type=int, help=f"들을 포트({PORT})")
    told.add_argument(
        "--run-sheet",
        metavar="이름",
        help="워크숍 꾸러미의 진행표(workshop, …). 여러 번의 수업이면 semester:3처럼 씁니다",
    )
    told.add_argument("--folder", type=Path, help="기록을 둘 폴더(~/.anchorbox/board)")
    told.add_argument(
        "--keep",
        type=int,
        default=records.KEEP_DAYS,
        metavar="일",
        help=f"이만큼 쓰지 않은 반의 기록은 켤 때 지웁니다({records.KEEP_DAYS})",
    )
    told.add_argument("--hub", action="store_true", help="JupyterHub의 서비스로 켭니다")
    told.add_argument("--hub-names", action="store_true", help="별명 대신 Hub의 이름을 씁니다")
    others = told.add_mutually_exclusive_group()
    others.add_argument("--list", action="store_true", help="기록이 있는 반들을 보입니다")
    others.add_argument("--delete", metavar="이름", help="반의 기록을 디스크에서 지웁니다")
    others.add_argument("--export", metavar="이름", help="반의 기록을 이름.csv로 내보냅니다")
    return told


def main(arguments=None):
    """명령. 0은 성공, 2는 잘못된 인수입니다."""
    asked = parser().parse_args(arguments)
    folder = asked.folder or records.default_folder()
    try:
        if asked.list:
            return show_classes(folder)
        if asked.delete:
            records.delete_class(folder, asked.delete)
            print(f"{asked.delete}의 기록을 지웠습니다.")
            return 0
        if asked.export:
            return export(folder, asked.export)
        return serve(asked, folder)
    except (ValueError, OSError) as error:
        why = str(error) if isinstance(error, ValueError) else reason_of(error)
        print(why, file=sys.stderr)
        return 2


def show_classes(folder):
    """기록이 있는 반들과 마지막으로 쓴 날."""
    found = records.list_classes(folder)
    for name, touched in found:
        print(f"{name}  {datetime.fromtimestamp(touched):%Y-%m-%d %H:%M}")
    if not found:
        print("기록이 있는 반이 없습니다.")
    return 0


def export(folder, name):
    """반의 기록을 CSV로."""
    kept = records.Records(records.class_file(folder, name), create=False)
    with contextlib.closing(kept):
        target = Path(f"{name}.csv")
        write_atomically(target, kept.export().encode("utf-8"))
    print(f"{target}에 적었습니다. 이 파일에도 별명이 있으니 다 쓴 다음 지우세요.")
    return 0


def steps_of(asked):
    """진행표 ``asked``(``이름``이나 ``이름:몇 번째 수업``)의 (제목, 분)들."""
    name, _, number = asked.partition(":")
    number = int(number) if number.isascii() and number.isdecimal() else 1 if not number else 0
    found = {sheet.name: sheet.sessions for sheet in sheets()}
    if name not in found or not 1 <= number <= len(found[name]):
        known = ", ".join(
            name if len(sessions) == 1 else f"{name}:1~{name}:{len(sessions)}"
            for name, sessions in found.items()
        )
        raise ValueError(f"--run-sheet: {shown(asked)}라는 진행표는 없습니다. 있는 것: {known}")
    return tuple((row.title, row.minutes) for row in found[name][number - 1].rows)


def chosen_ip():
    """학습자와 이어진 네트워크에서의 내 주소. 네트워크가 없으면 이 컴퓨터에서만 듣습니다."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # UDP라 아무것도 보내지 않고, 어느 주소로 나갈지만 정해집니다.
        probe.connect(("192.0.2.1", 9))
        return probe.getsockname()[0]
    return "127.0.0.1"


def settle(asked):
    """(들을 주소, 설정)."""
    steps = steps_of(asked.run_sheet) if asked.run_sheet else ()
    name = asked.name or f"{datetime.now():%Y-%m-%d}"
    if asked.hub_names and not asked.hub:
        raise ValueError("--hub-names: --hub와 함께 씁니다.")
    if asked.hub:
        hub = Hub.from_environment(os.environ)
        host = os.environ.get("JUPYTERHUB_PUBLIC_URL", "").rstrip("/")
        address = host or f"https://Hub의_주소{hub.prefix}"
        setting = Setting(
            name, frozenset(), address, hub.port, asked.keep, steps, hub, asked.hub_names
        )
        return hub.ip, setting
    ip = asked.ip or chosen_ip()
    port = PORT if asked.port is None else asked.port
    local = {"127.0.0.1", "localhost", "::1"}
    hosts = frozenset({ip, *(local if ip in local else ())} | {socket.gethostname().lower()})
    host = f"[{ip}]" if ":" in ip else ip
    return ip, Setting(name, hosts, f"http://{host}:{port}", port, asked.keep, steps)


def serve(asked, folder):
    """보드를 켜고, 끄라고 할 때까지 둡니다."""
    ip, setting = settle(asked)
    for name in records.expire(folder, asked.keep, time.time()):
        print(f"{asked.keep}일 넘게 쓰지 않은 {name}의 기록을 지웠습니다.")
    kept = records.Records(records.class_file(folder, setting.title))
    asyncio.run(_serve(ip, setting, kept))
    print("보드를 껐습니다. 같은 명령으로 다시 켜면 이어집니다.")
    return 0


async def _serve(ip, setting, kept):
    board = Board(kept, setting)
    try:
        board.listen(ip, setting.port)
    except OSError as error:
        kept.close()
        raise ValueError(
            f"{ip}:{setting.port}에서 들을 수 없습니다({error.strerror}). 다른 프로그램이 쓰고 "
            "있으면 --port로 바꾸고, 주소가 다르면 --ip로 적으세요."
        ) from None
    print(welcome(setting, kept), flush=True)
    show_code(f"{setting.address}/")
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows의 이벤트 루프에는 이 함수가 없습니다. 거기서는 KeyboardInterrupt로 끝납니다.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, done.set)
    try:
        await done.wait()
    except asyncio.CancelledError:
        pass
    await board.close()


def welcome(setting, kept):
    """보드를 켜고 처음 보이는 글."""
    return f"""\
보드를 켰습니다: {setting.title}

  학습자의 주소  {setting.address}
  반 코드        {kept.code}
  학습자의 셀    from anchorbox_utils import join_class
                 seat = join_class("{setting.address}", code="{kept.code}", name="별명")
                 seat

  강사의 화면    {setting.address}/open?key={kept.key}
                 이 주소를 아는 사람은 모두의 판정을 봅니다. 학습자에게 보이지 마세요.

  기록           {kept.path}
                 {setting.keep_days}일 동안 쓰지 않으면 켤 때 지웁니다. 바로 지우려면
                 anchorbox-board --delete {setting.title}

끄려면 Ctrl+C. 같은 명령으로 다시 켜면 이어집니다.
"""


def show_code(address):
    """학습자의 주소를 QR 코드로. 그릴 수 없는 터미널이면 그리지 않습니다."""
    code = qr_code(address)
    if code is None:
        print("(segno가 없어 QR 코드는 그리지 않습니다.)")
    elif sys.stdout.isatty():
        with contextlib.suppress(UnicodeEncodeError):
            code.terminal(compact=True)


if __name__ == "__main__":
    sys.exit(main())
