"""책상: 들어온 바뀜을 잠깐 모아 한 번에 적고, 적힌 다음에야 교실에 넣고 받았다고 답합니다."""

import asyncio
import json
import sqlite3
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from anchorbox_workshop.board.room import rebuild

# 모으는 시간(초). 디스크에 쓰는 것은 이 사이에 한 번뿐입니다.
GATHER = 0.02


class Desk:
    """기록과 교실을 함께 쥔 한 사람. 서버의 모든 쓰기가 여기를 지납니다."""

    def __init__(self, records):
        self.records = records
        self.room = rebuild(records.rows())
        self._waiting = []
        self._busy = False
        self._writer = ThreadPoolExecutor(1, "board-writer")
        self._changed = asyncio.Event()

    async def write(self, *entries):
        """바뀜들을 적고, 새로 적힌 것들을 돌려줍니다. 돌아왔으면 디스크에 있습니다."""
        now = time.time()
        future = asyncio.get_running_loop().create_future()
        each = [{"time": now, "received": now, "id": uuid.uuid4().hex} | one for one in entries]
        self._waiting.append((each, future))
        if not self._busy:
            self._busy = True
            self._task = asyncio.create_task(self._flush())
        return await future

    async def control(self, **values):
        """강사가 정한 것을 적습니다."""
        await self.write(
            *(
                {"kind": "control", "name": name, "status": json.dumps(value, ensure_ascii=False)}
                for name, value in values.items()
            )
        )

    async def _flush(self):
        loop = asyncio.get_running_loop()
        while self._waiting:
            await asyncio.sleep(GATHER)
            batch, self._waiting = self._waiting, []
            entries = [entry for each, _ in batch for entry in each]
            try:
                rows = await loop.run_in_executor(self._writer, self.records.append, entries)
            except sqlite3.Error as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            written = {row.id: row for row in rows}
            for row in rows:
                self.room.apply(row)
            for each, future in batch:
                if not future.done():
                    future.set_result([written[e["id"]] for e in each if e["id"] in written])
            if rows:
                self.wake()
        self._busy = False

    def wake(self):
        """기다리는 화면들을 깨웁니다."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self, version, seconds):
        """교실이 ``version``에서 바뀔 때까지, 길어도 ``seconds``초 기다립니다."""
        if self.room.version == version:
            try:
                await asyncio.wait_for(self._changed.wait(), seconds)
            except TimeoutError:
                pass

    async def forget(self, number):
        """한 사람의 모든 것을 지우고 교실을 다시 만듭니다."""
        epoch = self.room.controls.get("epoch", 0) + 1
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writer, self.records.forget, number)
        await self.control(epoch=epoch)
        self.room = await loop.run_in_executor(self._writer, lambda: rebuild(self.records.rows()))
        self.wake()

    async def export(self):
        """모든 소식의 CSV."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, self.records.export)

    def close(self):
        """적던 것을 마저 적고 닫습니다."""
        self._writer.shutdown(wait=True)
        self.records.close()
