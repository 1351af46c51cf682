"""모든 바뀜을 차례로 적는 SQLite 파일. 반 하나가 파일 하나라, 반을 지우면 디스크에서 사라집니다."""

import csv
import io
import re
import secrets
import sqlite3
import time
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from anchorbox_utils.course.progress import progress_file
from anchorbox_utils.files import reason_of
from anchorbox_workshop.judge.tables import cell

# 사람이 불러 주고 받아 적을 글자들. 헷갈리는 0/O, 1/I/L은 없습니다.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 6
# 학교에서 정하지 않았을 때 기록을 두는 날수.
KEEP_DAYS = 30
_SUFFIX = ".board"
_CLASS = re.compile(r"[\w-]{1,40}")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS log(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, learner INTEGER,
  kind TEXT NOT NULL, name TEXT NOT NULL, status TEXT, misconception TEXT, lesson TEXT,
  round INTEGER, time REAL NOT NULL, received REAL NOT NULL);
CREATE INDEX IF NOT EXISTS by_learner ON log(learner);
"""
_COLUMNS = (
    *("id", "learner", "kind", "name", "status", "misconception", "lesson", "round"),
    *("time", "received"),
)
_INSERT = (
    f"INSERT OR IGNORE INTO log({', '.join(_COLUMNS)}) "
    f"VALUES({', '.join(':' + name for name in _COLUMNS)}) RETURNING seq"
)
EXPORTED = ("시각", "별명", "종류", "이름", "판정", "오개념", "레슨", "투표의 차례")


class Row(NamedTuple):
    """바뀜 하나."""

    seq: int
    id: str
    learner: int | None
    kind: str
    name: str
    status: str | None = None
    misconception: str | None = None
    lesson: str | None = None
    round: int | None = None
    time: float = 0.0
    received: float = 0.0


def default_folder():
    """기록을 두는 폴더."""
    path = progress_file()
    return (path.parent if path else Path.home() / ".anchorbox") / "board"


def class_file(folder, name):
    """반의 파일. 폴더를 벗어나는 이름이면 ValueError를 냅니다.

    Examples:
        >>> class_file(Path("board"), "3반").name
        '3반.board'
        >>> class_file(Path("board"), "../3반")
        Traceback (most recent call last):
            ...
        ValueError: --class: 글자와 숫자, -, _로 된 40자까지의 이름이어야 하는데 '../3반'입니다.
    """
    if not _CLASS.fullmatch(name):
        raise ValueError(
            f"--class: 글자와 숫자, -, _로 된 40자까지의 이름이어야 하는데 {name!r}입니다."
        )
    return Path(folder) / f"{name}{_SUFFIX}"


class Records:
    """반 하나의 기록. 여는 동안 다른 프로세스는 같은 파일을 열지 못합니다.

    판을 바꾸는 일은 모두 ``append`` 하나를 지나고, 한 번 부를 때 한 번 디스크에 씁니다.
    """

    def __init__(self, path, create=True):
        if not create and not path.exists():
            raise ValueError(f"{path.stem}: 그런 반이 없습니다. --list로 이름을 보세요.")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        # 여는 실과 적는 실이 다릅니다. 한 번에 하나만 쓰는 것은 책상이 지킵니다.
        self._base = sqlite3.connect(
            path, timeout=0.5, check_same_thread=False, isolation_level=None
        )
        try:
            self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._base.execute("PRAGMA journal_mode = WAL")
            # 노트북의 전지가 나가도, 받았다고 한 소식은 남아야 합니다.
            self._base.execute("PRAGMA synchronous = FULL")
            self._base.executescript(_SCHEMA)
            path.chmod(0o600)
            self.code = self._fact("code", new_code)
            self.key = self._fact("key", lambda: secrets.token_urlsafe(24))
            self.cookie = self._fact("cookie", lambda: secrets.token_urlsafe(32))
            self.started = float(self._fact("started", lambda: str(time.time())))
        except sqlite3.OperationalError as error:
            self._base.close()
            if "locked" not in str(error):
                raise
            raise ValueError(
                f"{path.stem}: 이 반의 보드가 켜져 있습니다. 먼저 보드를 끄세요(Ctrl+C)."
            ) from None
        except sqlite3.DatabaseError as error:
            self._base.close()
            raise ValueError(f"{path}: 보드의 기록을 읽을 수 없습니다({error}).") from None

    def _fact(self, name, make):
        self._base.execute("INSERT OR IGNORE INTO facts VALUES(?, ?)", (name, make()))
        return self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()[0]

    def append(self, entries):
        """바뀜들을 한 번에 적고, 새로 적힌 :class:`Row`들을 돌려줍니다. 이미 있는 것은 뺍니다."""
        rows = []
        self._base.execute("BEGIN IMMEDIATE")
        try:
            for entry in entries:
                full = dict.fromkeys(_COLUMNS) | entry
                written = self._base.execute(_INSERT, full).fetchall()
                rows += [Row(seq, **full) for (seq,) in written]
            self._base.execute("COMMIT")
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        return rows

    def rows(self):
        """모든 바뀜을 차례로."""
        asked = self._base.execute(f"SELECT seq, {', '.join(_COLUMNS)} FROM log ORDER BY seq")
        return (Row(*row) for row in asked)

    def forget(self, learner):
        """한 사람이 보낸 것과 별명을 모두 지웁니다."""
        self._base.execute("PRAGMA secure_delete = ON")
        self._base.execute("DELETE FROM log WHERE learner = ?1 OR seq = ?1", (learner,))
        self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def export(self):
        """모든 소식의 CSV. 한국어 Excel에서 그대로 열립니다."""
        file = io.StringIO(newline="")
        table = csv.writer(file)
        table.writerow(EXPORTED)
        people = {}
        for row in self.rows():
            if row.kind == "join":
                people[row.seq] = row.name
            elif row.learner is not None:
                when = datetime.fromtimestamp(row.time).astimezone().isoformat(timespec="seconds")
                told = (
                    *(when, people.get(row.learner, ""), row.kind, row.name, row.status or ""),
                    *(row.misconception or "", row.lesson or "", row.round or ""),
                )
                table.writerow([cell(one) for one in told])
        return "\ufeff" + file.getvalue()

    def close(self):
        """기록을 닫습니다."""
        self._base.close()


def new_code():
    """반 코드.

    Examples:
        >>> len(new_code())
        6
    """
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


def list_classes(folder):
    """폴더에 있는 반의 (이름, 마지막으로 쓴 때[초])들."""
    found = sorted(Path(folder).glob(f"*{_SUFFIX}"))
    return [(path.stem, _touched(path)) for path in found]


def _touched(path):
    each = (path.with_name(path.name + tail) for tail in ("", "-wal"))
    return max(one.stat().st_mtime for one in each if one.exists())


def delete_class(folder, name):
    """반의 기록을 디스크에서 지웁니다. 보드가 켜져 있으면 ValueError를 냅니다."""
    path = class_file(folder, name)
    # 켜진 보드의 기록은 지우지 않습니다.
    Records(path, create=False).close()
    for tail in ("", "-wal", "-shm", "-journal"):
        try:
            path.with_name(path.name + tail).unlink(missing_ok=True)
        except OSError as error:
            raise ValueError(f"{path}: 지우지 못했습니다({reason_of(error)}).") from None


def expire(folder, days, now):
    """``days``일 넘게 쓰지 않은 반들을 지우고 그 이름들을 돌려줍니다."""
    old = [name for name, touched in list_classes(folder) if now - touched > days * 86400]
    gone = []
    for name in old:
        delete_class(folder, name)
        gone.append(name)
    return gone
