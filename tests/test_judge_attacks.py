"""벽: 공격마다 벽이 없으면 무슨 일이 나는지와, 벽이 있으면 아무 일도 없는지."""

import contextlib
import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from judge_attacks import ATTACKS, KINDS
from judge_books import ASSIGNMENT, HONEST, submission

from anchorbox_workshop.judge.classroom import Plan, make_record
from anchorbox_workshop.judge.grading import grade_notebook
from anchorbox_workshop.judge.pages import feedback_page
from anchorbox_workshop.judge.submissions import Submission
from anchorbox_workshop.judge.wall import Jail

pytestmark = [pytest.mark.heavy, pytest.mark.usefixtures("wall")]
ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).parent


def points(rows):
    return sum(sum(row["points"]) for row in rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("course")


def empty(folder):
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@pytest.fixture
def course(folder, monkeypatch):
    """nbgrader의 과목 폴더처럼 생긴, 지켜야 할 것들이 있는 폴더."""
    empty(folder)
    for name in (f"solutions/{ASSIGNMENT}", f"submitted/classmate/{ASSIGNMENT}"):
        (folder / name).mkdir(parents=True)
        (folder / name / f"{ASSIGNMENT}.ipynb").write_bytes(submission(HONEST))
    (folder / "site").mkdir()
    for name, score in (("gradebook.db", 3), ("other.db", 99)):
        with contextlib.closing(sqlite3.connect(folder / name)) as database, database:
            database.execute("CREATE TABLE grade (auto_score REAL)")
            database.execute("INSERT INTO grade VALUES (?)", (score,))
    monkeypatch.chdir(folder)
    return folder


def contents(folder):
    """폴더에 있는 모든 것."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else "folder"
        for path in folder.rglob("*")
    }


@pytest.fixture
def listener():
    """엿듣는 소켓: (포트, 닿은 것들)."""
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def listen():
            with contextlib.suppress(OSError):
                while True:
                    link, _ = server.accept()
                    with link:
                        heard.append(link.recv(100))

        thread = threading.Thread(target=listen)
        thread.start()
        yield port, heard
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


class Victim:
    """벽이 없는 채점기. 공격이 죽이면 다음에 새로 켭니다."""

    def __init__(self, course):
        self.course, self.process, self.link = course, None, None

    def start(self):
        course = self.course
        self.link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # 이 컴퓨터를 지키는 울타리. 과목 폴더와 그물은 열려 있습니다.
        fence = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
        fence += ["--tmpfs", "/tmp", "--tmpfs", "/dev/shm", "--bind", str(course), str(course)]
        fence += ["--ro-bind", str(ROOT), str(ROOT), "--unshare-pid", "--unshare-ipc"]
        fence += ["--die-with-parent", "--chdir", str(course)]
        with theirs:
            self.process = subprocess.Popen(
                [*fence, sys.executable, str(HERE / "judge_victim.py"), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self.link.settimeout(180)
        assert self.link.recv(100) == b"ready"

    def __call__(self, attack, content):
        """채점한 결과. 죽거나 끝내지 못했으면 빈 사전입니다."""
        if self.process is None:
            self.start()
        try:
            self.link.send(json.dumps({"victim": attack.victim, "content": content.hex()}).encode())
            return json.loads(self.link.recv(1 << 22))
        except (OSError, ValueError):
            self.close()
            return {}

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.link.close()
        self.process = None


@pytest.fixture(scope="module")
def victim(folder):
    made = Victim(folder)
    yield made
    made.close()


def harm(attack, told, before, after, heard):
    """벽이 없을 때 일어난 일들."""
    found = set()
    if told.get("points", 0) > attack.deserved:
        found.add("gains")
    if before != after or heard or told.get("notes"):
        found.add("touches")
    if told.get("points", -1) < attack.deserved or not told:
        found.add("breaks")
    if "<script" in told.get("page", ""):
        found.add("scripts")
    return found


def test_every_kind_of_attack_is_tried_at_least_three_times():
    kinds = [attack.kind for attack in ATTACKS]
    assert len(ATTACKS) >= 80 and len(KINDS) >= 12
    assert min(map(kinds.count, KINDS)) >= 3
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.kind}: {attack.name}")
def test_an_attack_works_without_the_wall_and_not_with_it(attack, course, listener, jail, victim):
    port, heard = listener
    content = attack.content.replace(b"PORT", str(port).encode())
    before = contents(course)
    told = victim(attack, content)
    assert attack.effect in harm(attack, told, before, contents(course), heard)

    empty(course)
    for name, kept in before.items():
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        if kept == "folder":
            (course / name).mkdir(exist_ok=True)
        else:
            (course / name).write_bytes(kept)
    heard.clear()
    rows, written = grade_notebook(jail, ASSIGNMENT, content, None, "비밀")
    assert points(rows) == attack.deserved
    assert contents(course) == before and heard == []
    submitted = Submission("누구", "x.ipynb", None)
    record = make_record(submitted, ASSIGNMENT, rows, None, written, Plan({}))
    page = feedback_page(record)
    assert "<script" not in page and "<img" not in page
    assert page.encode("utf-8")
    # 다음 사람은 아무 영향도 받지 않습니다.
    rows, _ = grade_notebook(jail, ASSIGNMENT, submission(HONEST), None, "비밀")
    assert points(rows) == 10


@pytest.fixture(scope="module")
def jail():
    with Jail() as made:
        yield made
