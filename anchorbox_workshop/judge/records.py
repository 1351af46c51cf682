"""채점한 기록을 담아 두는 파일 하나(SQLite). 도중에 멈추어도 온전하고, 이어서 할 수 있습니다."""

import contextlib
import hashlib
import json
import secrets
import sqlite3
import time
from datetime import UTC, datetime

# 판정이 달라질 수 있게 채점기를 고치면 올립니다. 기록의 열쇠에 들어 있어 모두 다시 채점합니다.
VERSION = "1"
NAME = "records.sqlite"
_TABLES = """
CREATE TABLE IF NOT EXISTS round (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS record (
    learner TEXT PRIMARY KEY, key TEXT NOT NULL, told TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS decision (
    id INTEGER PRIMARY KEY, learner TEXT NOT NULL, told TEXT NOT NULL
);
PRAGMA secure_delete = ON;
"""
# 이만큼마다 디스크에 남깁니다, 초.
_COMMIT_EVERY = 0.5


class Records:
    """한 과제를 한 번 채점하는 동안의 기록.

    사람마다의 기록 하나와, 사람이 정한 것(다시 채점한 까닭, 바꾼 판정)들이 들어 있습니다.
    """

    def __init__(self, out, assignment, secret=None):
        out.mkdir(parents=True, exist_ok=True)
        self.book = sqlite3.connect(out / NAME, isolation_level=None, timeout=5)
        self.book.executescript(_TABLES)
        # 첫 기록은 바로 남깁니다.
        self.committed = float("-inf")
        told = self._round("assignment", assignment)
        if told != assignment:
            self.close()
            raise ValueError(f"{out}: {told}을(를) 채점한 폴더입니다. --out을 다른 곳으로 하세요.")
        self.assignment = assignment
        self.secret = self._round("secret", secret or secrets.token_hex(16))
        if secret and secret != self.secret:
            self.close()
            raise ValueError(f"{out}: 다른 씨앗으로 채점하던 폴더입니다. --out을 새 폴더로 하세요.")

    @classmethod
    def existing(cls, out):
        """이미 채점한 폴더의 기록."""
        if not (out / NAME).exists():
            raise ValueError(f"{out}: 채점한 폴더가 아닙니다({NAME}이 없습니다).")
        with contextlib.closing(sqlite3.connect(out / NAME)) as book:
            row = book.execute("SELECT value FROM round WHERE name = 'assignment'").fetchone()
        return cls(out, row[0])

    def _round(self, name, value):
        self.book.execute("INSERT OR IGNORE INTO round VALUES (?, ?)", (name, value))
        return self.book.execute("SELECT value FROM round WHERE name = ?", (name,)).fetchone()[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """남은 것을 디스크에 남기고 닫습니다."""
        self.flush()
        self.book.close()

    def flush(self):
        """지금까지의 것을 디스크에 남깁니다."""
        if self.book.in_transaction:
            self.book.execute("COMMIT")
        self.committed = time.monotonic()

    def key(self, content, number, walled):
        """같은 것을 같은 조건에서 또 채점하지 않게 하는 열쇠."""
        told = json.dumps([VERSION, self.assignment, self.secret, number, walled])
        return hashlib.sha256(told.encode() + content).hexdigest()

    def done(self):
        """사람마다의 열쇠."""
        return dict(self.book.execute("SELECT learner, key FROM record"))

    def keep(self, learner, key, record):
        """한 사람의 기록을 남깁니다."""
        if not self.book.in_transaction:
            self.book.execute("BEGIN")
        told = json.dumps(record, ensure_ascii=False)
        self.book.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", (learner, key, told))
        if time.monotonic() - self.committed > _COMMIT_EVERY:
            self.flush()

    def learners(self):
        """기록이 있는 사람들, 차례대로."""
        return [row[0] for row in self.book.execute("SELECT learner FROM record ORDER BY learner")]

    def each(self):
        """기록들, 사람의 차례대로. 한 번에 하나만 메모리에 있습니다."""
        for (told,) in self.book.execute("SELECT told FROM record ORDER BY learner"):
            yield json.loads(told)

    def one(self, learner):
        """한 사람의 기록. 없으면 None."""
        row = self.book.execute("SELECT told FROM record WHERE learner = ?", (learner,)).fetchone()
        return json.loads(row[0]) if row else None

    def drop(self, learner):
        """한 사람의 기록을 지워, 다시 채점하게 합니다. 사람이 정한 것은 남습니다."""
        self.book.execute("DELETE FROM record WHERE learner = ?", (learner,))

    def decide(self, learner, decision):
        """사람이 정한 것을 남깁니다. 까닭과 때가 함께 남고, 고쳐 쓰지 않습니다."""
        told = {**decision, "when": datetime.now(UTC).isoformat(timespec="seconds")}
        self.book.execute(
            "INSERT INTO decision (learner, told) VALUES (?, ?)",
            (learner, json.dumps(told, ensure_ascii=False)),
        )

    def decisions(self):
        """사람마다의 정한 것들, 정한 차례대로."""
        found = {}
        for learner, told in self.book.execute("SELECT learner, told FROM decision ORDER BY id"):
            found.setdefault(learner, []).append(json.loads(told))
        return found

    def forget(self, learner):
        """한 사람에 관한 모든 것을 지웁니다. 있던 것이 없으면 False."""
        self.flush()
        gone = sum(
            self.book.execute(f"DELETE FROM {table} WHERE learner = ?", (learner,)).rowcount
            for table in ("record", "decision")
        )
        self.book.execute("VACUUM")
        return gone > 0
