"""보드: 참여한 학습자의 판정이 하나도 빠짐없이, 볼 사람에게만 보이는가."""

import csv
import io
import json
import os
import re
import socket
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from board_class import PATIENCE, Here, Pupil, Teacher, event, request, wait_until
from processes import free_port

import anchorbox_utils as ab
from anchorbox_utils import feedback, join_class, leave_class
from anchorbox_utils.classroom import sending
from anchorbox_utils.classroom.spool import Spool
from anchorbox_utils.homework.catalogue import EXERCISES
from anchorbox_utils.labs.questions import QUESTIONS
from anchorbox_workshop.board import command, knowledge, limits, messages, records, views
from anchorbox_workshop.board.command import main
from anchorbox_workshop.board.hub import Hub
from anchorbox_workshop.board.room import Room, rebuild

RUDE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def board(tmp_path):
    here = Here(tmp_path / "board")
    yield here
    here.close()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ANCHORBOX_HOME", str(tmp_path / "home"))
    # 다시 시도하는 것을 기다리는 검사가 오래 걸리지 않게 합니다.
    monkeypatch.setattr(sending, "GATHER", 0.01)
    monkeypatch.setattr(sending, "FIRST_RETRY", 0.02)
    monkeypatch.setattr(sending, "LAST_RETRY", 0.05)
    yield tmp_path / "home"
    leave_class()


def cell_of(teacher, learner, name):
    _, state = teacher.look()
    numbers = {shown: number for number, shown, _ in state["learners"]}
    found = [cell for cell in state["cells"] if cell[:2] == [numbers.get(learner), name]]
    return found[0][2:] if found else None


# --- 소식의 길 ------------------------------------------------------------------------------


def test_a_check_after_joining_is_on_the_board_and_one_before_is_not(board, home, capsys):
    ab.check("decode_boxes", ab.decode_boxes)
    seat = join_class(board.address, code=board.code.lower(), name="별이")
    assert "수업에 참여했습니다: 별이" in repr(seat)
    ab.check("encode_boxes", EXERCISES["encode_boxes"].misconceptions[0].wrong)
    named = EXERCISES["encode_boxes"].misconceptions[0].name
    teacher = Teacher(board)
    assert wait_until(lambda: cell_of(teacher, "별이", "encode_boxes")) == ["failed", named, 1]
    assert cell_of(teacher, "별이", "decode_boxes") is None
    wait_until(lambda: "보냄 1건 · 기다림 0건" in repr(seat))
    assert f"encode_boxes · {named}" in repr(seat)
    for kept in ("코드", "출력"):
        assert kept in repr(seat).split("보내지 않는 것")[1]


def test_only_five_things_leave_the_computer(board, home, monkeypatch):
    sent = []
    post = sending.Link.post

    def watch(self, path, content, *rest, **more):
        sent.append((path, content))
        return post(self, path, content, *rest, **more)

    monkeypatch.setattr(sending.Link, "post", watch)
    join_class(board.address, code=board.code, name="별이")
    secret = "아무도_모르는_글"
    ab.check("encode_boxes", lambda anchors, gt_boxes: print(secret) or secret)
    wait_until(lambda: any(path == "/api/events" for path, _ in sent))
    [told] = next(content["events"] for path, content in sent if path == "/api/events")
    assert set(told) == {"id", "name", "status", "misconception", "lesson", "time"}
    assert secret not in json.dumps(sent, ensure_ascii=False)


def test_a_committed_prediction_reaches_the_board_once(board, home):
    join_class(board.address, code=board.code, name="별이")
    card = ab.predict("shift_signs", lambda: [1, -1])
    card.commit(1)
    card.prediction = None
    card.commit(3)
    teacher = Teacher(board)
    [shown] = wait_until(lambda: teacher.look()[1]["cards"])
    wrong = QUESTIONS["shift_signs"].choices[0]
    assert shown["name"] == "shift_signs" and shown["rounds"] == [
        {"round": 0, "total": 1, "counts": [1, 0, 0, 0][: len(shown["options"])]}
    ]
    assert shown["options"][0]["text"] == wrong.text and not shown["options"][0]["right"]


def test_nothing_is_lost_while_the_board_is_away(tmp_path, home):
    port = free_port()
    first = Here(tmp_path / "board", port)
    join_class(first.address, code=first.code, name="별이")
    first.close()
    for name in ("encode_boxes", "decode_boxes", "box_iou"):
        feedback.report(feedback.Event(name, "passed"))
    again = Here(tmp_path / "board", port)
    try:
        assert (again.code, again.key) == (first.code, first.key)
        teacher = Teacher(again)
        wait_until(lambda: cell_of(teacher, "별이", "box_iou"))
        _, state = teacher.look()
        assert len(state["cells"]) == 3 and state["people"] == 1
    finally:
        leave_class()
        again.close()


def test_a_lost_answer_does_not_count_an_event_twice(board):
    pupil = Pupil(board, "별이")
    one = event("encode_boxes", "failed")
    for _ in range(3):
        assert pupil.send(one) == (200, {"refused": []})
    assert cell_of(Teacher(board), "별이", "encode_boxes") == ["failed", None, 1]


def test_a_restarted_kernel_has_the_same_seat_and_sends_what_was_left(board, home):
    join_class("http://127.0.0.1:9", code=board.code, name="별이")
    feedback.report(feedback.Event("encode_boxes", "passed"))
    left = list((home / "class").rglob("*.event"))
    assert len(left) == 1
    first = join_class(board.address, code=board.code, name="별이")
    again = join_class(board.address, code=board.code, name="별이")
    assert first._courier.token == again._courier.token
    assert len(Teacher(board).look()[1]["learners"]) == 1


def test_joining_never_waits_for_a_board_that_does_not_answer(home, monkeypatch, capsys):
    monkeypatch.setattr("anchorbox_utils.classroom.seat.PATIENCE", 0.05)
    hole = socket.create_server(("127.0.0.1", 0))
    with hole:
        seat = join_class(f"http://127.0.0.1:{hole.getsockname()[1]}", code="ABCDEF", name="별이")
        result = ab.check("encode_boxes", ab.encode_boxes)
        assert result.misconception == "library_call"
        assert "지금은 보드에 닿지 않습니다" in repr(seat) and "기다림 1건" in repr(seat)
        monkeypatch.setattr(sending, "TIMEOUT", 0.05)
        leave_class()
    assert "소식 1건은 지웠습니다" in capsys.readouterr().out


def test_a_wrong_code_is_told_and_nothing_is_kept_there(board, home):
    seat = join_class(board.address, code="AAAAAA", name="별이")
    assert "반 코드가 다릅니다" in repr(seat) and "반 코드가 다릅니다" in seat._repr_html_()
    _, state = Teacher(board).look()
    assert (state["people"], state["wrong_codes"]) == (0, 1)


def test_leaving_stops_everything_and_can_take_the_past_along(board, home, capsys):
    seat = join_class(board.address, code=board.code, name="별이")
    feedback.report(feedback.Event("encode_boxes", "failed"))
    teacher = Teacher(board)
    wait_until(lambda: cell_of(teacher, "별이", "encode_boxes"))
    leave_class()
    feedback.report(feedback.Event("decode_boxes", "failed"))
    assert not seat._courier.is_alive() and len(seat._spool) == 0
    number, state = teacher.look()
    assert state["people"] == 0 and state["stuck"] == [] and len(state["cells"]) == 1
    join_class(board.address, code=board.code, name="별이")
    assert teacher.look()[1]["people"] == 1
    leave_class(forget=True)
    assert "내 기록도 지웠습니다" in capsys.readouterr().out
    _, state = teacher.look(last=number)
    assert state["full"] and state["cells"] == [] and state["learners"] == []
    assert "별이".encode() not in b"".join(
        path.read_bytes() for path in board.board.desk.records.path.parent.iterdir()
    )


def test_a_broken_file_in_the_spool_does_not_hold_the_rest(tmp_path):
    spool = Spool(tmp_path / "seat")
    spool.put(event("encode_boxes"))
    for number, text in enumerate(("{", "[]", '{"id": 3}', "")):
        (tmp_path / "seat" / f"000{number}.event").write_text(text, encoding="utf-8")
    [(name, kept)] = [row for row in spool.take(10)]
    assert kept["name"] == "encode_boxes" and len(spool) == 1
    spool.drop([name])
    assert len(spool) == 0 and len(list((tmp_path / "seat").glob("*.broken"))) == 4


def test_a_disk_that_cannot_be_written_keeps_events_in_memory(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    spool = Spool(blocked / "seat")
    spool.put(event("encode_boxes"))
    [(name, kept)] = spool.take(10)
    spool.drop([name])
    assert kept["name"] == "encode_boxes" and len(spool) == 0 and len(spool.token()) == 64


@pytest.mark.parametrize(
    "address",
    [
        "192.168.0.5",
        "ftp://a",
        "http://",
        "http://a:0",
        "http://a:99999",
        "http://u@a",
        "http://가",
    ],
)
def test_an_address_that_cannot_be_one_is_refused(address):
    with pytest.raises(ValueError, match="address: "):
        join_class(address, code="ABCDEF", name="별이")


@pytest.mark.parametrize("name", ["", " ", "가" * 21, "a\u202eb", "a\nb"])
def test_a_name_that_would_not_show_is_refused(name):
    with pytest.raises(ValueError, match="name: "):
        join_class("http://127.0.0.1:9", code="ABCDEF", name=name)


# --- 강사가 보는 것 ------------------------------------------------------------------------


def test_the_board_says_which_idea_lives_in_the_room(board):
    mistake = knowledge.EXERCISES["encode_boxes"].misconceptions[0]
    pupils = [Pupil(board, f"학습자{n}") for n in range(5)]
    for pupil in pupils[:3]:
        pupil.check("encode_boxes", "failed", mistake.name)
    pupils[3].check("encode_boxes", "error")
    pupils[0].check("encode_boxes", "passed")
    _, state = Teacher(board).look()
    [row] = state["mistakes"]
    assert (row["misconception"], row["count"], row["hint"]) == (mistake.name, 2, mistake.hint)
    assert row["people"] == ["학습자1", "학습자2"] and row["intervention"]
    assert state["exercises"][0]["counts"] == {"passed": 1, "failed": 2, "error": 1}
    assert state["unnamed"] == [{"name": "encode_boxes", "failed": 0, "error": 1}]


def test_the_one_stuck_longest_comes_first_and_a_quiet_one_is_seen(board):
    times = {"빠름": 10, "막힘": 900, "조금": 60}
    for name, ago in times.items():
        pupil = Pupil(board, name)
        pupil.check("encode_boxes", "failed", ago=ago)
        pupil.check("encode_boxes", "passed" if name == "빠름" else "error", ago=5)
    _, state = Teacher(board).look()
    assert [(row["learner"], row["tries"]) for row in state["stuck"]] == [("막힘", 2), ("조금", 2)]
    quiet = Pupil(board, "조용")
    room = board.board.desk.room
    later = room.learners[max(room.learners)].seen + views.QUIET + 1
    assert quiet.shown in [row["learner"] for row in views.stuck(room, later)]


def test_the_clock_of_a_learner_may_be_wrong(board):
    pupil = Pupil(board, "별이")
    years_off = "2020-01-01T00:05:00+00:00"
    one = event("encode_boxes", "failed", time="2020-01-01T00:00:00+00:00")
    assert pupil.post("/api/events", now=years_off, events=[one])[0] == 200
    _, state = Teacher(board).look()
    assert 295 < state["now"] - state["stuck"][0]["since"] < 360


def test_voting_twice_is_compared_and_nothing_shows_before_its_time(board):
    question = "two_stickers"
    right = next(n for n, o in enumerate(knowledge.options(question), 1) if o.right)
    wrong = next(n for n, o in enumerate(knowledge.options(question), 1) if not o.right)
    one, two, three = (Pupil(board, name) for name in "가나다")
    teacher = Teacher(board)
    assert one.post("/api/vote", choice=right)[0] == 409
    assert teacher.do("open_vote", question=question) == 200
    for pupil, choice in ((one, wrong), (two, right), (three, wrong), (one, wrong)):
        assert pupil.post("/api/vote", choice=choice)[0] == 200
    for bad in (0, 99, "1", None, True):
        assert one.post("/api/vote", choice=bad)[0] == 422
    mine = one.get("/api/me")[1]["vote"]
    assert (mine["mine"], mine["open"], mine["right"]) == (wrong, True, None)
    hidden = teacher.look("/projector/stream")[1]["vote"]
    assert hidden["rounds"] == [{"round": 1, "total": 3}]
    assert all(set(option) == {"text"} for option in hidden["options"])
    assert teacher.do("close_vote") == teacher.do("show_votes") == 200
    mine = one.get("/api/me")[1]["vote"]
    assert (mine["open"], mine["right"]) == (False, None)
    assert "끝났습니다" in one.post("/api/vote", choice=wrong)[1]["why"]
    shown = teacher.look("/projector/stream")[1]["vote"]
    assert sum(shown["rounds"][0]["counts"]) == 3 and shown["moved"] is None
    assert all(set(option) == {"text"} for option in shown["options"])
    assert teacher.do("vote_again") == 200
    assert one.post("/api/vote", choice=right)[0] == two.post("/api/vote", choice=right)[0] == 200
    assert teacher.do("answer_vote") == 200
    assert one.post("/api/vote", choice=wrong)[0] == 409
    assert one.get("/api/me")[1]["vote"]["right"] == right
    told = teacher.look("/projector/stream")[1]["vote"]
    assert [row["round"] for row in told["rounds"]] == [1, 2]
    assert told["moved"] == {
        "wrong_to_right": 1,
        "right_to_wrong": 0,
        "stayed_right": 1,
        "stayed_wrong": 0,
    }
    assert [option["right"] for option in told["options"]].count(True) == 1
    assert teacher.do("end_vote") == 200 and teacher.look()[1]["vote"] is None


def test_hands_pace_lesson_and_spotlight(board):
    pupil, teacher = Pupil(board, "별이"), Teacher(board)
    pupil.post("/api/hand", up=True)
    [hand] = teacher.look()[1]["hands"]
    assert hand["learner"] == "별이" and pupil.get("/api/me")[1]["hand"] is True
    assert teacher.do("lower_hand", learner=hand["number"]) == 200
    assert teacher.look()[1]["hands"] == []
    mistake = knowledge.EXERCISES["encode_boxes"].misconceptions[0].name
    pupil.check("encode_boxes", "failed", mistake)
    lit = {"name": "encode_boxes", "misconception": mistake}
    assert teacher.do("spotlight", **lit) == 200
    assert teacher.look("/projector/stream")[1]["spotlight"]["count"] == 1
    assert teacher.do("spotlight", name=RUDE, misconception=RUDE) == 422
    assert teacher.do("spotlight", name=None, misconception=None) == 200
    assert teacher.look()[1]["lesson"] == "01_formula"
    assert teacher.do("choose_lesson", lesson="03_labeling") == 200
    assert teacher.do("start") == 200
    _, state = teacher.look()
    assert state["lesson"] == "03_labeling" and state["pace"]["started"] <= state["now"]
    for bad in ({"index": 1}, {"index": "0"}, {}):
        assert teacher.do("step", **bad) == 422
    assert teacher.do("없는 일") == teacher.do(["start"]) == teacher.do(None) == 422


def test_a_page_that_slept_gets_what_it_missed_and_only_that(board):
    pupils = [Pupil(board, name) for name in "가나다"]
    for pupil in pupils:
        pupil.check("encode_boxes", "passed")
    teacher = Teacher(board)
    number, state = teacher.look()
    assert state["full"] and len(state["cells"]) == 3
    pupils[1].check("decode_boxes", "failed")
    pupils[1].check("encode_boxes", "failed")
    _, state = teacher.look(last=number)
    assert not state["full"] and {tuple(cell[1:3]) for cell in state["cells"]} == {
        ("decode_boxes", "failed"),
        ("encode_boxes", "failed"),
    }
    for strange in ("", "9.1", "0.999999", "x", "0.-1"):
        assert len(teacher.look(last=strange)[1]["cells"]) == 4


def test_an_open_page_hears_of_an_event_by_itself(board):
    pupil, teacher = Pupil(board, "별이"), Teacher(board)
    with teacher.stream() as told:
        assert next(told)[1]["cells"] == []
        pupil.check("encode_boxes", "passed")
        assert next(told)[1]["cells"][0][1:3] == ["encode_boxes", "passed"]


def test_a_room_rebuilt_from_the_log_is_the_same_room(board, tmp_path):
    pupils = [Pupil(board, "별이"), Pupil(board, "별이")]
    assert [pupil.shown for pupil in pupils] == ["별이", "별이 (2)"]
    teacher = Teacher(board)
    teacher.do("open_vote", question="two_stickers")
    for pupil in pupils:
        pupil.check("encode_boxes", "failed", "no_log", ago=30)
        pupil.check("encode_boxes", "error", ago=40)
        pupil.post("/api/vote", choice=1)
        pupil.post("/api/hand", up=True)
    pupils[0].post("/api/leave")
    desk = board.board.desk
    assert rebuild(desk.records.rows()) == desk.room != Room()


def test_every_misconception_has_a_hint_and_something_to_do():
    for name, exercise in knowledge.EXERCISES.items():
        for mistake in exercise.misconceptions:
            told = knowledge.advice(name, mistake.name)
            assert told.hint == mistake.hint and 20 < len(told.intervention) < 400
            assert knowledge.labels()[name][mistake.name] == mistake.title
    assert knowledge.advice("bug.nan_loss.cause", "flipped").intervention
    for name in knowledge.PREDICTIONS:
        shown = knowledge.options(name)
        assert sum(one.right for one in shown) == 1
        assert {
            knowledge.option_of(name, "failed", one.name) for one in shown if not one.right
        } == {one.name for one in shown if not one.right}


def test_every_card_with_choices_can_be_voted_on_and_the_others_say_why(board):
    teacher = Teacher(board)
    for name, told in knowledge.questions().items():
        asked = knowledge.PREDICTIONS[name]
        assert bool(told["refused"]) is (asked.kind != "choice") and "{" not in told["ask"]
        # 줄인 글은 낱말에서 끝납니다.
        line = told["line"].removesuffix(" …")
        assert re.sub(r"[`*]", "", told["ask"]).startswith(line) and len(line) <= knowledge.LINE
        assert teacher.do("open_vote", question=name) == (422 if told["refused"] else 200)
    assert not knowledge.questions()["ties"]["refused"]


# --- 남의 것을 보지도 쓰지도 못합니다 -------------------------------------------------------


INSTRUCTORS = [
    "/board",
    "/projector",
    "/board/facts",
    "/board/stream",
    "/projector/stream",
    "/board/export.csv",
    "/board/qr.svg",
]


@pytest.mark.parametrize("path", INSTRUCTORS)
def test_a_learner_cannot_see_what_the_instructor_sees(board, path):
    pupil = Pupil(board, "별이")
    for headers in (
        {},
        {"Authorization": f"Bearer {pupil.token}"},
        {"Cookie": f"board-{board.port}={board.code}"},
        {"Cookie": f"board-{board.port}={board.key}"},
        {"Cookie": f"board-{board.port}="},
    ):
        status, _, told = request(board.address, "GET", path, headers=headers)
        assert status == 403 and "별이".encode() not in told
    assert request(board.address, "GET", f"/open?key={board.code}")[0] == 403


def test_a_learner_sees_only_their_own(board):
    pupil, other = Pupil(board, "별이"), Pupil(board, "다른이")
    other.check("encode_boxes", "failed")
    status, told = pupil.get("/api/me")
    assert status == 200 and set(told) == {"name", "hand", "vote"}
    assert "다른이" not in json.dumps(told, ensure_ascii=False)


def test_a_learner_cannot_write_for_another(board):
    pupil, other = Pupil(board, "별이"), Pupil(board, "다른이")
    mine = event("encode_boxes", "failed")
    # 남의 번호를 적어도, 남의 소식과 같은 번호를 써도, 쓴 사람의 것입니다.
    pupil.send(mine | {"learner": 2, "kind": "leave", "round": 3})
    other.send(mine | {"status": "passed"})
    teacher = Teacher(board)
    assert cell_of(teacher, "별이", "encode_boxes")[0] == "failed"
    assert cell_of(teacher, "다른이", "encode_boxes")[0] == "passed"
    same_name = Pupil(board, "별이")
    same_name.check("encode_boxes", "passed")
    assert cell_of(teacher, "별이", "encode_boxes")[0] == "failed"
    for token in ("", "0" * 64, pupil.token[:-1], pupil.token + "0"):
        headers = {"Authorization": f"Bearer {token}"}
        told = request(board.address, "POST", "/api/events", {"events": [mine]}, headers)
        assert told[0] == 401


def test_another_site_cannot_act_for_the_instructor(board):
    teacher = Teacher(board)
    told = {"action": "start"}
    forged = [
        {"Cookie": teacher.cookie},
        {"Cookie": f"{teacher.cookie}; _xsrf={teacher.xsrf}"},
        {"Cookie": f"{teacher.cookie}; _xsrf={teacher.xsrf}", "X-XSRFToken": "다른것".encode()},
        {"X-XSRFToken": teacher.xsrf, "Cookie": f"_xsrf={teacher.xsrf}"},
    ]
    for headers in forged:
        assert request(board.address, "POST", "/board/do", told, headers)[0] == 403
    assert teacher.look()[1]["pace"]["started"] is None
    _, headers, _ = request(board.address, "GET", f"/open?key={board.key}")
    assert "HttpOnly" in headers["Set-Cookie"] and "SameSite=Strict" in headers["Set-Cookie"]


@pytest.mark.parametrize("path", ["/", "/board", "/open", "/api/me"])
def test_another_name_for_this_address_is_refused(board, path):
    teacher = Teacher(board)
    headers = {"Cookie": teacher.cookie, "Host": f"evil.example:{board.port}"}
    assert request(board.address, "GET", path, headers=headers)[0] == 421


def test_pages_run_no_text_and_name_no_other_place(board):
    teacher = Teacher(board)
    for path in ("/", "/board", "/projector"):
        status, headers, told = teacher.get(path)
        assert status == 200
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        text = told.decode()
        assert not re.search(r"https?://|\son\w+=|<script>|style=", text)
        for name in re.findall(r'"(static/[^"]+)"', text):
            status, headers, code = teacher.get(f"/{name}")
            assert status == 200 and headers["X-Content-Type-Options"] == "nosniff"
            assert b"innerHTML" not in code and b"eval(" not in code
    for path in ("/static/../server.py", "/static/%2e%2e/server.py", "/static/board.html"):
        assert teacher.get(path)[0] == 404


def test_a_rude_name_is_text_everywhere(board):
    pupil, teacher = Pupil(board, RUDE[:20]), Teacher(board)
    pupil.check("encode_boxes", "failed")
    _, state = teacher.look()
    assert state["learners"][0][1] == RUDE[:20]
    _, headers, _ = teacher.get("/board/facts")
    assert headers["Content-Type"].startswith("application/json")
    formula = Pupil(board, "=cmd()")
    formula.check("encode_boxes", "passed")
    _, _, told = teacher.get("/board/export.csv")
    rows = list(csv.reader(io.StringIO(told.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == [RUDE[:20], "'=cmd()"]


@pytest.mark.parametrize("name", [None, 3, "", "가" * 21, "a\u202eb", "a\0b", ["a"], "\ud800"])
def test_a_bad_name_is_refused_by_the_board_too(board, name):
    told = {"code": board.code, "name": name, "token": "a" * 64}
    assert request(board.address, "POST", "/api/join", told)[0] == 422


BAD_EVENTS = [
    None,
    3,
    [],
    {},
    {"id": "x"},
    event("없는 문제"),
    event("encode_boxes", "이상한 판정"),
    event("encode_boxes") | {"id": "A" * 32},
    event("encode_boxes") | {"id": None},
    event(["encode_boxes"]),
    event("encode_boxes", ["passed"]),
    event("__class__"),
]


def test_bad_events_are_refused_one_by_one(board):
    pupil = Pupil(board, "별이")
    good = event("encode_boxes", "failed", RUDE, lesson=RUDE, time="어제")
    status, told = pupil.send(*BAD_EVENTS, good)
    assert status == 200
    known = [
        one["id"] for one in BAD_EVENTS if isinstance(one, dict) and isinstance(one.get("id"), str)
    ]
    assert told["refused"] == known
    assert cell_of(Teacher(board), "별이", "encode_boxes") == ["failed", None, 1]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b"[" * 60_000, 400),
        (b"{}", 400),
        (json.dumps({"events": [{}] * (messages.MOST_EVENTS + 1)}).encode(), 400),
    ],
)
def test_a_bad_body_is_refused(board, body, status):
    pupil = Pupil(board, "별이")
    headers = {"Authorization": f"Bearer {pupil.token}"}
    assert request(board.address, "POST", "/api/events", headers=headers, body=body)[0] == status


def test_a_body_too_large_is_not_read(board):
    pupil = Pupil(board, "별이")
    head = (
        f"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {10**9}\r\n"
        f"Authorization: Bearer {pupil.token}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", board.port), timeout=PATIENCE) as link:
        link.sendall(head.encode())
        # 본문을 기다리지 않고 끊습니다.
        answer = b"".join(iter(lambda: link.recv(4096), b""))
    assert b" 200 " not in answer
    assert pupil.get("/api/me")[0] == 200


def test_one_learner_cannot_drown_the_rest(board, monkeypatch):
    pupil, other = Pupil(board, "별이"), Pupil(board, "다른이")
    statuses = [pupil.get("/api/me")[0] for _ in range(limits.REQUESTS[0] + 30)]
    assert statuses.count(429) > 0 and other.get("/api/me")[0] == 200
    monkeypatch.setattr(limits, "MOST_SENT", 1)
    assert [other.send(event("box_iou"))[0] for _ in range(2)] == [200, 422]
    assert other.post("/api/hand", up=True)[0] == 422


def test_codes_cannot_be_tried_one_by_one(board, monkeypatch):
    board.board.joins = limits.Bucket((5, 0.001))
    tries = [request(board.address, "POST", "/api/join", {"code": f"A{n}"})[0] for n in range(8)]
    assert tries == [403] * 5 + [429] * 3
    assert len(records.LETTERS) ** records.CODE_LENGTH > 5e8
    board.board.joins = limits.Bucket(limits.JOINS)
    monkeypatch.setattr(limits, "MOST_LEARNERS", 1)
    Pupil(board, "별이")
    told = {"code": board.code, "name": "하나 더", "token": "b" * 64}
    assert request(board.address, "POST", "/api/join", told)[0] == 403


def test_viewers_are_limited(board, monkeypatch):
    monkeypatch.setattr("anchorbox_workshop.board.server.MOST_VIEWERS", 1)
    teacher = Teacher(board)
    with teacher.stream() as told:
        next(told)
        assert teacher.get("/board/stream")[0] == 429


def test_the_board_listens_where_it_was_told_and_nowhere_else(board):
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", board.port), timeout=5)


def test_a_full_disk_is_told_and_the_event_is_taken_later(board, monkeypatch):
    pupil = Pupil(board, "별이")
    append = board.board.desk.records.append

    def full(entries):
        raise sqlite3.OperationalError("database or disk is full")

    one = event("encode_boxes")
    monkeypatch.setattr(board.board.desk.records, "append", full)
    assert pupil.send(one)[0] == 503
    monkeypatch.setattr(board.board.desk.records, "append", append)
    assert pupil.send(one)[0] == 200
    assert cell_of(Teacher(board), "별이", "encode_boxes")[2] == 1


def test_tokens_are_not_in_the_records(board):
    pupil = Pupil(board, "별이")
    kept = b"".join(path.read_bytes() for path in board.board.desk.records.path.parent.iterdir())
    assert pupil.token.encode() not in kept


# --- 명령 ----------------------------------------------------------------------------------


def run(capsys, *arguments):
    code = main([str(one) for one in arguments])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_a_class_is_listed_exported_and_deleted(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "board"
    here = Here(folder, title="3반")
    Pupil(here, "별이").check("encode_boxes", "failed")
    code, told = run(capsys, "--folder", folder, "--delete", "3반")
    assert code == 2 and "켜져 있습니다" in told
    here.close()
    assert "3반" in run(capsys, "--folder", folder, "--list")[1]
    assert run(capsys, "--folder", folder, "--export", "3반")[0] == 0
    assert "별이,check,encode_boxes,failed" in (tmp_path / "3반.csv").read_text("utf-8-sig")
    assert run(capsys, "--folder", folder, "--delete", "3반")[0] == 0
    assert list(folder.iterdir()) == []
    for name in ("3반", "../3반", ""):
        code, told = run(capsys, "--folder", folder, f"--export={name}") if name else (2, "")
        assert code == 2
    assert "없습니다" in run(capsys, "--folder", folder, "--list")[1]


def test_old_classes_are_deleted_when_the_board_starts(tmp_path):
    for name in ("옛", "새"):
        records.Records(records.class_file(tmp_path, name)).close()
    old = records.class_file(tmp_path, "옛")
    os.utime(old, (0, 0))
    now = records.class_file(tmp_path, "새").stat().st_mtime
    assert records.expire(tmp_path, 30, now) == ["옛"]
    assert [name for name, _ in records.list_classes(tmp_path)] == ["새"]


def test_a_record_that_is_no_database_is_told(tmp_path, capsys):
    records.class_file(tmp_path, "t").write_text("x" * 5000, encoding="utf-8")
    code, told = run(capsys, "--folder", tmp_path, "--export", "t")
    assert code == 2 and "읽을 수 없습니다" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--run-sheet", "\x1b[2J"], "있는 것: short, workshop"),
        (["--run-sheet", "semester:99"], "semester:1~"),
        (["--run-sheet", "short:x"], "진행표는 없습니다"),
        (["--hub"], "JUPYTERHUB_SERVICE_URL"),
        (["--hub-names"], "--hub와 함께"),
        (["--class", "../x"], "--class"),
    ],
)
def test_bad_arguments_are_told(tmp_path, capsys, monkeypatch, arguments, told):
    monkeypatch.delenv("JUPYTERHUB_SERVICE_URL", raising=False)
    code, said = run(capsys, "--folder", tmp_path / "b", "--ip", "127.0.0.1", *arguments)
    assert code == 2 and told in said


def test_a_run_sheet_of_the_kit_is_the_pace_of_the_board():
    steps = command.steps_of("short")
    assert sum(minutes for _, minutes in steps) == 90
    assert command.steps_of("semester:2") != command.steps_of("semester")


def test_a_taken_port_is_told(board, tmp_path, capsys):
    code, told = run(capsys, "--folder", tmp_path / "b", "--ip", "127.0.0.1", "--port", board.port)
    assert code == 2 and "--port" in told


# --- JupyterHub ------------------------------------------------------------------------------


class FakeHub(BaseHTTPRequestHandler):
    """`/user`에만 답하는 Hub."""

    USERS = {"star": {"kind": "user", "name": "hub-star"}, "svc": {"kind": "service", "name": "s"}}

    def do_GET(self):
        user = self.USERS.get(self.headers["Authorization"].removeprefix("token "))
        self.send_response(200 if user and self.path == "/hub/api/user" else 403)
        self.end_headers()
        self.wfile.write(json.dumps(user).encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def hub():
    with HTTPServer(("127.0.0.1", 0), FakeHub) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Hub(
            "127.0.0.1", 0, "/services/board", f"http://127.0.0.1:{server.server_port}/hub/api"
        )
        server.shutdown()
        thread.join()


def test_names_come_from_the_hub_and_the_pages_live_under_its_prefix(tmp_path, hub):
    here = Here(tmp_path / "board", hub=hub, hub_names=True, hosts=frozenset())
    try:
        address = f"{here.address}/services/board"
        told = {"code": here.code, "name": "가짜 이름", "token": "c" * 64}
        for token, status in ((None, 403), ("nobody", 403), ("svc", 403), ("star", 200)):
            headers = {"X-Hub-Token": token} if token else {}
            got, _, body = request(address, "POST", "/api/join", told, headers)
            assert got == status
        assert json.loads(body)["name"] == "hub-star"
        status, headers, _ = request(address, "GET", f"/open?key={here.key}")
        assert headers["Location"] == "/services/board/board"
        assert "Path=/services/board/" in headers["Set-Cookie"]
        assert request(here.address, "GET", "/board")[0] == 404
        status, headers, _ = request(here.address, "GET", "/services/board")
        assert (status, headers["Location"]) == (301, "/services/board/")
    finally:
        here.close()


@pytest.mark.parametrize(
    ("address", "given"),
    [
        ("http://hub.example:8000/services/board", True),
        ("http://hub.example:8000/user/other", False),
        ("http://evil.example/services/board", False),
        ("https://hub.example:8000/services/board", False),
    ],
)
def test_the_hubs_key_goes_to_the_hubs_services_only(monkeypatch, address, given):
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_HUB_URL", "http://hub.example:8000/hub/")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "열쇠")
    assert (sending.hub_token(address) == "열쇠") is given
