"""보드를 잽니다: 소식이 나서 화면에 가기까지, 서버를 죽였을 때 잃는 것, 메모리.

uv run python tools/benchmark_board.py                # 300명, 10초씩 세 번의 소나기
uv run python tools/benchmark_board.py --rounds 12    # 메모리가 그대로인지까지

학습자들은 딴 프로세스에서 흉내 내지만 같은 코어를 나누어 씁니다. 저마다 join_class처럼 0.2초
모아 한 번에 보내고, 답을 받지 못하면 같은 것을 다시 보냅니다. 그동안 소식 하나를 따로 보내, 강사의
화면이 받는 소식(SSE)에 그 칸이 나타날 때까지를 잽니다.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import sys
import tempfile
import threading
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
# 재려고 따로 보내는 소식.
PROBE = "bug.nan_loss.cause"
STATUSES = ("failed", "error", "not_attempted", "passed")
NAMES = (
    "xyxy_to_cxcywh",
    "encode_boxes",
    "decode_boxes",
    "box_iou",
    "assign_anchor_labels",
    "force_match",
    "count_labels",
    "choose_thresholds",
)


class Learner:
    """연결 하나를 열어 두고 쓰는 학습자."""

    def __init__(self, port, token):
        self.port, self.token = port, token
        self.streams = None
        self.waiting, self.made, self.acked = [], 0, 0

    async def post(self, path, content):
        """상태를 돌려줍니다. 닿지 않으면 None입니다."""
        body = json.dumps(content).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self.token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            self.streams = self.streams or await asyncio.open_connection("127.0.0.1", self.port)
            reader, writer = self.streams
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            return int(answer.split()[1])
        except (OSError, asyncio.IncompleteReadError):
            if self.streams:
                self.streams[1].close()
            self.streams = None
            return None

    async def send(self, until, gather, most):
        """모아서 보냅니다. 받았다고 한 것만 지웁니다."""
        while time.monotonic() < until or self.waiting:
            await asyncio.sleep(gather)
            batch = self.waiting[:most]
            if not batch:
                continue
            now = datetime.now(UTC).isoformat()
            if await self.post("/api/events", {"now": now, "events": batch}) == 200:
                del self.waiting[: len(batch)]
                self.acked += len(batch)
            else:
                await asyncio.sleep(random.uniform(0.3, 0.7))

    async def work(self, rate, until):
        """``until``까지 1초에 ``rate``개의 소식을 냅니다. 늦어도 건너뛰지 않습니다."""
        next_one = time.monotonic() + random.random() / rate
        while next_one < until:
            await asyncio.sleep(max(0, next_one - time.monotonic()))
            next_one += 1 / rate
            self.made += 1
            self.waiting.append(news(random.choice(NAMES), random.choice(STATUSES)))


def news(name, status):
    """소식 하나."""
    return {
        "id": uuid.uuid4().hex,
        "name": name,
        "status": status,
        "misconception": None,
        "lesson": "01_formula",
        "time": datetime.now(UTC).isoformat(),
    }


def join(port, code, tokens):
    """모두 참여합니다."""

    async def everyone():
        for number, token in enumerate(tokens):
            content = {"code": code, "name": f"학습자{number}", "token": token}
            while await Learner(port, token).post("/api/join", content) != 200:
                await asyncio.sleep(1)

    asyncio.run(everyone())


def storm(port, tokens, rate, seconds, gather, most):
    """소나기 한 번. (만든 소식, 받았다고 한 소식, 든 CPU 초)."""

    async def everyone():
        until = time.monotonic() + seconds
        crowd = [Learner(port, token) for token in tokens]
        await asyncio.gather(
            *(one.work(rate, until) for one in crowd),
            *(one.send(until, gather, most) for one in crowd),
        )
        return sum(one.made for one in crowd), sum(one.acked for one in crowd)

    began = time.process_time()
    made, acked = asyncio.run(everyone())
    return made, acked, time.process_time() - began


class Probe:
    """소식 하나를 보내고 화면에 나타날 때까지를 거듭 재는 실들."""

    def __init__(self, board):
        from board_class import Pupil, Teacher

        self.pupil, self.teacher = Pupil(board, "재는 이"), Teacher(board)
        self.delays, self._seen, self._news = [], 0, threading.Event()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=one) for one in (self._follow, self._send)]

    def _follow(self):
        with contextlib.suppress(OSError), self.teacher.stream() as messages:
            number = None
            for _, state in messages:
                people = {name: n for n, name, _ in state["learners"]}
                number = people.get("재는 이", number)
                for cell in state["cells"]:
                    if cell[:2] == [number, PROBE]:
                        self._seen = cell[4]
                        self._news.set()
                if self._stop.is_set():
                    return

    def _send(self):
        from anchorbox_utils.classroom.sending import GATHER

        for count in range(1, 10**6):
            if self._stop.wait(random.uniform(0.1, 0.3)):
                return
            began = time.monotonic()
            self._news.clear()
            # join_class도 소식을 이만큼 모읍니다.
            self._stop.wait(GATHER)
            self.pupil.send(news(PROBE, STATUSES[count % 4]))
            while self._seen < count and not self._stop.is_set():
                self._news.wait(0.05)
                self._news.clear()
            self.delays.append(time.monotonic() - began)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._stop.set()
        self._threads[1].join()
        # 화면을 깨워 실을 끝냅니다.
        self.pupil.post("/api/hand", up=True)
        self._threads[0].join()


def memory(process):
    """그 프로세스가 쓰는 메모리, MiB."""
    text = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


def cpu(process):
    """그 프로세스가 쓴 CPU 시간, 초."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1]
    return sum(map(int, fields.split()[11:13])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learners", type=int, default=300)
    parser.add_argument("--rate", type=float, default=10.0, help="한 사람이 1초에 내는 소식")
    parser.add_argument("--seconds", type=float, default=10.0, help="소나기 한 번의 길이")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    from board_class import Apart

    tokens = [uuid.uuid4().hex * 2 for _ in range(asked.learners)]
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(1, get_context("spawn")) as crowd,
    ):
        board = Apart(folder)
        try:
            crowd.submit(join, board.port, board.code, tokens).result()
            made, acked, board = measure(folder, board, crowd, tokens, asked)
        finally:
            board.close()
        count(folder, made, acked)


def measure(folder, board, crowd, tokens, asked):
    """소나기마다 재어 알리고, 마지막에는 한가운데에서 죽입니다."""
    import numpy as np
    from board_class import Apart

    from anchorbox_utils.classroom.sending import BATCH, GATHER

    more = (asked.rate, asked.seconds, GATHER, BATCH)
    print(
        f"참여 {len(tokens)}명, 메모리 {memory(board.process):.0f} MiB, "
        f"이 컴퓨터의 부하 {os.getloadavg()[0]:.1f}"
    )
    total = np.zeros(2, int)
    with Probe(board) as probe:
        for number in range(asked.rounds):
            probe.delays.clear()
            used, began = cpu(board.process), time.monotonic()
            made, acked, spent = crowd.submit(storm, board.port, tokens, *more).result()
            seconds = time.monotonic() - began
            p50, p95, most = np.percentile(probe.delays, [50, 95, 100]) * 1000
            total += made, acked
            print(
                f"소나기 {number + 1}: {made:,}건을 {seconds:.1f}초에({made / seconds:,.0f}건/초), "
                f"화면까지 p50 {p50:.0f}, p95 {p95:.0f}, 최대 {most:.0f} ms"
                f"({len(probe.delays)}번), CPU: 서버 {cpu(board.process) - used:.1f}초, 학습자들 "
                f"{spent:.1f}초, 메모리 {memory(board.process):.0f} MiB, "
                f"부하 {os.getloadavg()[0]:.1f}"
            )
    running = crowd.submit(storm, board.port, tokens, *more)
    threading.Event().wait(asked.seconds / 2)
    board.kill()
    began = time.monotonic()
    board = Apart(folder, board.port)
    print(f"한가운데에서 kill -9, {time.monotonic() - began:.1f}초 뒤에 다시 켜졌습니다.")
    made, acked, _ = running.result()
    return *(total + (made, acked)), board


def count(folder, made, acked):
    """끝난 다음 디스크에서 셉니다."""
    from anchorbox_workshop.board.records import Records, class_file

    path = class_file(folder, "t")
    with contextlib.closing(Records(path)) as records:
        kept = [row.id for row in records.rows() if row.kind == "check" and row.name != PROBE]
    print(
        f"만든 소식 {made:,}건, 받았다고 한 소식 {acked:,}건, 기록에 있는 소식 {len(kept):,}건, "
        f"두 번 적힌 것 {len(kept) - len(set(kept))}건, 파일 {path.stat().st_size / 2**20:.1f} MiB"
    )


if __name__ == "__main__":
    main()
