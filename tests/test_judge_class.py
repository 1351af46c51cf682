"""반 전체의 채점: 제출을 찾고, 나누어 하고, 이어서 하고, 사람이 정하고, 내보이기."""

import csv
import io
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import unicodedata
import zipfile
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from judge_books import ASSIGNMENT, HONEST, submission
from judge_class import MISTAKES, UNNAMED, write_class

from anchorbox_utils.homework import EXERCISES, Misconception
from anchorbox_utils.homework.engine import judge
from anchorbox_workshop.judge import command, work
from anchorbox_workshop.judge.classroom import Plan, grade_class, make_record, process_pool
from anchorbox_workshop.judge.clusters import misconception_entry
from anchorbox_workshop.judge.command import main
from anchorbox_workshop.judge.grading import not_judged
from anchorbox_workshop.judge.pages import feedback_page, file_name
from anchorbox_workshop.judge.people import status_of
from anchorbox_workshop.judge.records import Records
from anchorbox_workshop.judge.submissions import Submission, find_submissions, number_of
from anchorbox_workshop.judge.tables import read_roster

GOOD = submission(HONEST)
HERE = Path(__file__).parent


# ── 제출 찾기 ───────────────────────────────────────────────────────────────────────────────


def write(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(GOOD)


def zipped(path, names, encoding=None):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            entry = zipfile.ZipInfo(name, (2026, 11, 3, 10, 0, 0))
            if encoding:
                entry.filename = name.encode(encoding).decode("cp437")
            archive.writestr(entry, GOOD)
    if encoding:
        # zipfile은 ASCII가 아니면 UTF-8이라고 적습니다. 한국어 Windows는 적지 않습니다.
        data = bytearray(path.read_bytes())
        for name in names:
            raw = name.encode(encoding)
            utf8 = raw.decode("cp437").encode()
            assert utf8 in data
        path.write_bytes(_with_raw_names(bytes(data), names, encoding))


def _with_raw_names(data, names, encoding):
    """이름을 cp949의 바이트 그대로 적은 zip."""
    out = io.BytesIO()

    class Raw(zipfile.ZipInfo):
        def _encodeFilenameFlags(self):
            return self.filename.encode(encoding), self.flag_bits & ~0x800

    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(Raw(name, (2026, 11, 3, 10, 0, 0)), GOOD)
    return out.getvalue()


LAYOUTS = {
    "nbgrader": (
        ["20260001/01_formula/01_formula.ipynb", "홍길동/01_formula/01_formula.ipynb"],
        ["20260001", "홍길동"],
    ),
    "other assignments beside": (
        ["a/01_formula/01_formula.ipynb", "a/03_labeling/03_labeling.ipynb"],
        ["a"],
    ),
    "one folder each": (["20260001/답.ipynb", "김철수/01_formula.ipynb"], ["20260001", "김철수"]),
    "a folder around": (["모음/가/01_formula.ipynb", "모음/나/01_formula.ipynb"], ["가", "나"]),
    "flat": (
        ["20260001.ipynb", "01_formula_홍길동.ipynb", "김철수_01_formula (1).ipynb"],
        ["20260001", "김철수", "홍길동"],
    ),
    "flat copies": (["01_formula-20260003-Copy1.ipynb"], ["20260003"]),
    "Moodle": (
        [
            "홍길동_123456_assignsubmission_file_/01_formula.ipynb",
            "김_7_assignsubmission_file/a.ipynb",
        ],
        ["김", "홍길동"],
    ),
    "Canvas": (
        ["honggildong_1234_5678_01_formula.ipynb", "kim_LATE_12_34_01_formula-1.ipynb"],
        ["honggildong", "kim"],
    ),
    "rubbish beside": (
        ["a/01_formula.ipynb", "__MACOSX/a/._01_formula.ipynb", ".ipynb_checkpoints/x.ipynb"],
        ["a"],
    ),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_submissions_are_found(tmp_path, layout, packed):
    names, learners = LAYOUTS[layout]
    root = tmp_path / "모음.zip" if packed else tmp_path
    if packed:
        zipped(root, names)
    else:
        write(root, *names)
    found = find_submissions(root, ASSIGNMENT)
    assert [one.learner for one in found] == learners
    assert all(one.read(1 << 20) == GOOD for one in found)


def test_names_of_korean_windows_and_of_macs(tmp_path):
    names = ["홍길동/01_formula.ipynb", "김철수/01_formula.ipynb"]
    zipped(tmp_path / "cp949.zip", names, "cp949")
    found = find_submissions(tmp_path / "cp949.zip", ASSIGNMENT)
    assert [one.learner for one in found] == ["김철수", "홍길동"]
    assert found[0].read(1 << 20) == GOOD
    folder = tmp_path / "submitted"
    macs = [unicodedata.normalize("NFD", name) for name in names]
    try:
        os.fsencode("".join(macs))
    except UnicodeEncodeError:
        pytest.skip("이 컴퓨터의 파일 이름에는 쓸 수 없는 글자입니다")
    write(folder, *macs)
    raw = os.fsencode(folder) + b"/" + "박영희".encode("cp949")
    os.makedirs(raw)
    Path(os.fsdecode(raw), "01_formula.ipynb").write_bytes(GOOD)
    found = find_submissions(folder, ASSIGNMENT)
    assert [one.learner for one in found] == ["김철수", "박영희", "홍길동"]


def test_archives_inside_archives_and_unreadable_ones(tmp_path):
    inner = tmp_path / "inner.zip"
    zipped(inner, ["01_formula.ipynb"])
    with zipfile.ZipFile(tmp_path / "lms.zip", "w") as archive:
        archive.write(inner, "홍길동_1_assignsubmission_file_/제출.zip")
        archive.writestr("김철수_2_assignsubmission_file_/01_formula.ipynb", GOOD)
        archive.writestr("박영희_3_assignsubmission_file_/제출.zip", b"PK broken")
    found = find_submissions(tmp_path / "lms.zip", ASSIGNMENT)
    assert [one.learner for one in found] == ["김철수", "홍길동"]
    data = (tmp_path / "lms.zip").read_bytes()
    locked = data.replace(GOOD[:40], b"\0" * 40)
    (tmp_path / "bad.zip").write_bytes(locked)
    broken = find_submissions(tmp_path / "bad.zip", ASSIGNMENT)
    assert [one.read(1 << 20) for one in broken if one.learner == "김철수"] == [b""]


def test_the_latest_of_several_files_is_graded_and_links_are_not_followed(tmp_path):
    write(tmp_path, "a/01_formula.ipynb", "a/01_formula-Copy1.ipynb")
    os.utime(tmp_path / "a/01_formula.ipynb", (9e8, 9e8))
    (tmp_path / "b").mkdir()
    (tmp_path / "b/01_formula.ipynb").symlink_to(tmp_path / "a/01_formula.ipynb")
    (found,) = find_submissions(tmp_path, ASSIGNMENT)
    assert found.source == "a/01_formula-Copy1.ipynb" and found.others == ("a/01_formula.ipynb",)


NAMED = {
    "김철수_최종(2)": "김철수",
    "20260001(1)": "20260001",
    "01_formula_홍길동_진짜최종": "홍길동",
    "박수정_수정본-Copy1": "박수정",
    "이_수정": "이_수정",
    "_최종": "최종",
}


@pytest.mark.parametrize(("stem", "learner"), NAMED.items())
def test_what_a_copy_adds_to_a_name_is_not_a_name(tmp_path, stem, learner):
    write(tmp_path, f"{stem}.ipynb")
    (found,) = find_submissions(tmp_path, ASSIGNMENT)
    assert found.learner == learner


def test_every_file_left_aside_is_told(tmp_path):
    write(
        tmp_path, "1.ipynb", "1(2).ipynb", "1(10).ipynb", "2.ipynb", "03_labeling_3.ipynb", "b.py"
    )
    write(tmp_path, "4_01_formula.ipynb", "4.ipynb", "5.ipynb", "5_최종.ipynb")
    for path in tmp_path.iterdir():
        os.utime(path, (9e8, 9e8))
    os.utime(tmp_path / "5.ipynb", (9e8, 1e9))
    told = []
    found = find_submissions(tmp_path, ASSIGNMENT, told.append)
    assert [one.source for one in found] == [
        *("1(10).ipynb", "2.ipynb", "4_01_formula.ipynb", "5.ipynb")
    ]
    one, four, five, other, rest = told
    assert "1(10).ipynb을(를) 채점(낸 때가 같아" in one and "1.ipynb, 1(2).ipynb" in one
    assert "이 과제의 이름이 있어서" in four and "제쳐 둔 것 4.ipynb" in four
    assert "가장 나중에 내서" in five and "제쳐 둔 것 5_최종.ipynb" in five
    assert "노트북 1개: 03_labeling_3.ipynb" in other and "파일 1개: b.py" in rest


def test_nothing_found_is_told(tmp_path):
    for wrong in (tmp_path, tmp_path / "none", __file__):
        with pytest.raises(ValueError, match="노트북|zip"):
            find_submissions(wrong, ASSIGNMENT)


def test_numbers_come_from_the_roster_or_the_name(tmp_path):
    (tmp_path / "a.csv").write_bytes("이름,학번\n홍길동,20260007\n".encode("cp949"))
    roster = read_roster(tmp_path / "a.csv")
    assert number_of("홍길동", roster) == "20260007"
    assert number_of("김철수 20260009", {}) == "20260009" and number_of("kim12", {}) is None
    (tmp_path / "b.csv").write_text("이름,학번\n홍길동,가나\n", encoding="utf-8")
    with pytest.raises(ValueError, match="2번째 줄"):
        read_roster(tmp_path / "b.csv")


# ── 나누어 하기 ─────────────────────────────────────────────────────────────────────────────


class Here(Executor):
    """맡긴 것을 그 자리에서 하는 실행기. ``poison``인 사람을 맡으면 망가집니다."""

    def __init__(self, do, poison=()):
        self.do, self.poison, self.broken = do, poison, False
        self.asked = []

    def submit(self, function, job):
        if self.broken:
            raise BrokenProcessPool("망가진 실행기")
        self.asked.append(job.learner)
        future = Future()
        if job.learner in self.poison:
            self.broken = True
            future.set_exception(BrokenProcessPool("일꾼이 꺼졌습니다"))
        else:
            future.set_result(self.do(job))
        return future


def full_marks(job):
    rows = not_judged(job.assignment, "x")
    for row in rows:
        row.update(status="passed", points=list(row["max"]))
    return rows, None, 0.01


def students(count):
    return [Submission(f"{n:03}", f"{n}.ipynb", lambda limit, n=n: b"%d" % n) for n in range(count)]


def run_class(out, executors, submissions, plan=None):
    with Records(out, ASSIGNMENT, "씨앗") as records:
        graded = grade_class(submissions, records, plan or Plan({}), executors)
        told = {record["learner"]: record for record in records.each()}
    return [learner for learner, _ in graded], told


def here(poison=(), log=None):
    @contextmanager
    def make():
        executor = Here(full_marks, poison)
        if log is not None:
            log.append(executor)
        yield executor, 2

    return make


def test_a_worker_that_dies_costs_only_the_submission_that_killed_it(tmp_path):
    _, told = run_class(tmp_path, here(["004", "009"]), students(20))
    assert len(told) == 20
    lost = [name for name, record in told.items() if status_of(record) == ["not_judged"]]
    assert lost == ["004", "009"]
    # 다음에 다시 하면 그것들만 다시 해 봅니다.
    again, told = run_class(tmp_path, here(), students(20))
    assert sorted(again) == ["004", "009"]
    assert all(status_of(record) == ["graded"] for record in told.values())


def test_a_finished_class_is_not_graded_again_and_a_changed_one_is(tmp_path):
    first, told = run_class(tmp_path, here(), students(6))
    assert len(first) == 6
    log = []
    assert run_class(tmp_path, here(log=log), students(6)) == ([], told)
    assert log == []
    changed = [*students(5), Submission("005", "5.ipynb", lambda limit: b"new")]
    assert run_class(tmp_path, here(), changed)[0] == ["005"]


def test_only_a_few_are_handed_out_at_a_time(tmp_path):
    waiting, most = [], 0

    class Lazy(Executor):
        def submit(self, function, job):
            nonlocal most
            future = Future()
            waiting.append((future, job))
            most = max(most, len(waiting))
            if len(waiting) == 6:
                while waiting:
                    done, asked = waiting.pop()
                    done.set_result(full_marks(asked))
            return future

    @contextmanager
    def lazy():
        yield Lazy(), 2

    graded, _ = run_class(tmp_path, lazy, students(60))
    assert len(graded) == 60 and most == 6


def test_stopping_keeps_what_is_done(tmp_path):
    class Stop(Here):
        def submit(self, function, job):
            if job.learner == "003":
                raise KeyboardInterrupt
            return super().submit(function, job)

    @contextmanager
    def stopping():
        yield Stop(full_marks), 1

    with pytest.raises(KeyboardInterrupt):
        run_class(tmp_path, stopping, students(10))
    done, told = run_class(tmp_path, here(), students(10))
    assert len(told) == 10 and 7 <= len(done) <= 10


def test_two_at_once_in_one_folder_are_refused(tmp_path, capsys):
    with command._alone(tmp_path):
        assert main(["--forget", "x", "--out", str(tmp_path)]) == 1
    assert "다른 anchorbox-grade" in capsys.readouterr().err


def test_another_assignment_or_seed_is_refused(tmp_path):
    run_class(tmp_path, here(), students(1))
    with pytest.raises(ValueError, match="01_formula"):
        Records(tmp_path, "03_labeling")
    with pytest.raises(ValueError, match="다른 씨앗"):
        Records(tmp_path, ASSIGNMENT, "다른 것")


@pytest.mark.heavy
def test_a_pool_worker_killed_in_the_middle_loses_nobody(tmp_path, wall):
    deserved = write_class(tmp_path / "in", 12, seed=3)
    found = find_submissions(tmp_path / "in", ASSIGNMENT)
    killed = []

    @contextmanager
    def pool():
        with process_pool(2) as (executor, workers):
            yield executor, workers

    with Records(tmp_path / "out", ASSIGNMENT, "씨앗") as records:

        def told(done, total):
            if done >= 3 and not killed:
                import multiprocessing

                victim = next(iter(multiprocessing.active_children()))
                killed.append(victim.pid)
                os.kill(victim.pid, signal.SIGKILL)

        grade_class(found, records, Plan({}), pool, told)
        points = {
            record["learner"]: sum(sum(row["points"]) for row in record["rows"])
            for record in records.each()
        }
    assert killed and points == deserved


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_loses_a_worker_judges_everybody_once(tmp_path, wall):
    distributed = pytest.importorskip("distributed")
    from anchorbox_workshop.judge.classroom import cluster

    deserved = write_class(tmp_path / "in", 16, seed=5)
    found = find_submissions(tmp_path / "in", ASSIGNMENT)
    killed = []
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        silence_logs=50,
    ) as local:

        @contextmanager
        def workers():
            with cluster(local.scheduler_address) as made:
                yield made

        with Records(tmp_path / "out", ASSIGNMENT, "씨앗") as records:

            def told(done, total):
                if done >= 4 and not killed:
                    victim = next(iter(local.workers.values()))
                    killed.append(victim.pid)
                    os.kill(victim.pid, signal.SIGKILL)

            graded = grade_class(found, records, Plan({}), workers, told)
            points = {
                record["learner"]: sum(sum(row["points"]) for row in record["rows"])
                for record in records.each()
            }
    assert killed and points == deserved
    assert sorted(learner for learner, _ in graded) == sorted(deserved)


# ── 명령 ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def graded(tmp_path, monkeypatch, wall):
    """이 프로세스에서 채점한 작은 반."""
    monkeypatch.setattr(command, "process_pool", in_this_process)
    folder = tmp_path / "submitted"
    answers = {
        "20260001": HONEST,
        "20260002": HONEST | dict([MISTAKES["pad_forgotten"]]),
        "20260003": HONEST | {"xyxy_to_cxcywh": UNNAMED[0]},
        "20260004": HONEST | {"xyxy_to_cxcywh": UNNAMED[1]},
        "=cmd": HONEST | dict([MISTAKES["pad_forgotten"]]),
    }
    for learner, told in answers.items():
        target = folder / learner / ASSIGNMENT
        target.mkdir(parents=True)
        (target / f"{ASSIGNMENT}.ipynb").write_bytes(submission(told))
    (folder / "20260005" / ASSIGNMENT).mkdir(parents=True)
    (folder / "20260005" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").write_bytes(b"{")
    (folder / "20260001" / ASSIGNMENT / "timestamp.txt").write_text("2026-12-02 00:00:00 UTC")
    out = tmp_path / "out"
    options = ["--assignment", ASSIGNMENT, "--out", str(out), "--seed", "씨앗"]
    again = [str(folder), *options, "--due", "2026-12-01 23:59"]
    assert main(again) == 0
    return out, again


@contextmanager
def in_this_process(jobs):
    yield Here(work.do), jobs


def grades(out):
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return {row["learner"]: row for row in csv.DictReader(file)}


def test_the_tables_are_what_is_promised(graded):
    out, _ = graded
    assert (out / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbflearner,assignment,points,")
    table = grades(out)
    names = ["xyxy_to_cxcywh", "safe_encode_boxes", "decode_to_original"]
    assert list(table["20260001"]) == [
        *"learner assignment points max_points status".split(),
        *names,
    ]
    assert table["20260001"]["status"] == "graded late" and table["20260001"]["points"] == "10"
    assert table["20260002"]["decode_to_original"] == "0" and table["20260002"]["points"] == "6"
    assert table["20260005"]["status"] == "unreadable" and "'=cmd" in table
    told = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert (told["seed"], len(told["records"])) == ("씨앗", 6)
    assert {"judge", "python", "numpy"} <= set(told["versions"])


def test_the_same_seed_gives_the_same_files(graded, tmp_path):
    out, again = graded
    other = tmp_path / "other"
    again = [str(other) if one == str(out) else one for one in again]
    assert main(again) == 0
    for name in ("grades.csv", "results.json"):
        assert (other / name).read_bytes() == (out / name).read_bytes()


def test_lateness_follows_the_due_of_every_run(graded, monkeypatch, capsys):
    out, again = graded

    def never(jobs):
        raise AssertionError("다시 채점했습니다.")

    monkeypatch.setattr(command, "process_pool", never)
    *rest, _, _ = again
    runs = {"2027-01-01": "graded", "2026-12-01": "graded late"}
    for due, status in runs.items():
        capsys.readouterr()
        assert main([*rest, "--due", due]) == 0
        assert grades(out)["20260001"]["status"] == status
        told = capsys.readouterr().out
        assert "제출로 바뀐 것 1개(20260001)" in told and due in told
    # 바뀐 것이 없으면 바뀌었다고 하지 않습니다.
    assert main([*rest, "--due", "2026-12-01"]) == 0
    told = capsys.readouterr().out
    assert "바뀐" not in told and "그대로 둔 것 6개" in told
    assert main(rest) == 0 and "마감 없음" in capsys.readouterr().out
    assert grades(out)["20260001"]["status"] == "graded"


def test_what_a_run_does_not_use_is_told(graded, capsys):
    out, again = graded
    overrule = ["--out", str(out), "--overrule", "20260001", "decode_to_original", "failed"]
    capsys.readouterr()
    assert main([*overrule, "--reason", "까닭", "--due", "2027-01-01", "--seed", "x"]) == 0
    assert "--due, --seed: --overrule에는 쓰이지 않아" in capsys.readouterr().err
    assert main([*again, "--reason", "까닭"]) == 0
    assert "--reason: 채점에는 쓰이지 않아" in capsys.readouterr().err
    before = (out / "results.json").read_bytes()
    assert main([*again, "--regrade", "없는이", "--reason", "까닭"]) == 1
    assert (out / "results.json").read_bytes() == before


def test_who_is_unreadable_and_who_is_gone_are_told(graded, capsys):
    out, again = graded
    shutil.rmtree(Path(again[0]) / "20260004")
    capsys.readouterr()
    assert main(again) == 0
    told = capsys.readouterr().out
    assert "읽을 수 없는 제출 1개: 20260005(" in told and "앞의 결과를 그대로 둔 사람 1명" in told
    page = (out / "feedback" / file_name("20260005")).read_text(encoding="utf-8")
    assert "실행 중 멈춤" not in page and page.count("깨져") == 1 and "다시 내세요" in page
    assert page.count("<strong>읽을 수 없음</strong>") == 3


def test_pages_say_what_a_person_needs(graded):
    out, _ = graded
    page = (out / "feedback" / file_name("20260002")).read_text(encoding="utf-8")
    hint = next(
        m.hint for m in EXERCISES["decode_to_original"].misconceptions if m.name == "pad_forgotten"
    )
    plain = page.replace("<code>", "`").replace("</code>", "`")
    assert hint in plain and "6 / 10점" in page and "숨은 검사" in page
    room = (out / "class.html").read_text(encoding="utf-8")
    assert "<b>여백을 빼지 않음</b>" in room
    assert room.index("pad_forgotten") < room.index("같은 오답끼리 묶은 것")
    assert "<strong>2명</strong> · <code>xyxy_to_cxcywh</code>" in room
    assert "깨져" in room and "김아무개" not in room
    assert "default-src 'none'" in room and "<script" not in room


def test_hidden_cases_are_in_no_page(graded):
    out, _ = graded
    from anchorbox_utils.homework.engine import hidden_seeds

    seen = (out / "feedback" / file_name("20260003")).read_text(encoding="utf-8")
    public = EXERCISES["xyxy_to_cxcywh"].cases(np.random.default_rng(0))
    shown = {f"{x:.6g}" for case in public for x in case.args[0].ravel()}
    for seed in hidden_seeds("씨앗"):
        for case in EXERCISES["xyxy_to_cxcywh"].cases(np.random.default_rng(seed)):
            for value in {f"{x:.6g}" for x in case.args[0].ravel()} - shown:
                if len(value) > 3:
                    assert value not in seen


def test_a_cluster_becomes_a_misconception(graded, capsys):
    out, _ = graded
    room = (out / "class.html").read_text(encoding="utf-8")
    behaviour = room.split("--cluster xyxy_to_cxcywh/")[1].split()[0]
    capsys.readouterr()
    assert main(["--cluster", f"xyxy_to_cxcywh/{behaviour}", "--out", str(out)]) == 0
    entry = capsys.readouterr().out
    space = {"np": np, "Misconception": Misconception}
    definition, _, call = entry.partition("Misconception(")
    exec(definition, space)
    (made,) = eval("(Misconception(" + call.strip() + ")", space)
    exercise = EXERCISES["xyxy_to_cxcywh"]
    grown = replace(exercise, misconceptions=(*exercise.misconceptions, made))
    mine = {"np": np}
    exec(UNNAMED[0], mine)
    assert judge(exercise, mine["xyxy_to_cxcywh"]).misconception is None
    assert judge(grown, mine["xyxy_to_cxcywh"]).misconception == f"unnamed_{behaviour}"
    assert main(["--cluster", "xyxy_to_cxcywh/none", "--out", str(out)]) == 1
    assert "Misconception" in misconception_entry("box_iou", "x", "def box_iou(a, b): return 0")


def test_a_person_has_the_last_word(graded, capsys):
    out, again = graded
    overrule = ["--overrule", "20260002", "decode_to_original", "passed", "--out", str(out)]
    assert main(overrule) == 1 and "까닭" in capsys.readouterr().err
    assert main([*overrule, "--reason", "손으로 확인함"]) == 0
    assert grades(out)["20260002"]["points"] == "10"
    assert grades(out)["20260002"]["status"] == "graded overruled"
    page = (out / "feedback" / file_name("20260002")).read_text(encoding="utf-8")
    assert "손으로 확인함" in page
    # 다시 실행해도 사람이 정한 것이 남습니다.
    assert main(again) == 0 and grades(out)["20260002"]["points"] == "10"
    renamed = ["--overrule", "20260003", "xyxy_to_cxcywh", "integer_truncation"]
    assert main([*renamed, "--reason", "비슷함", "--out", str(out)]) == 0
    assert "integer_truncation" in (out / "class.html").read_text(encoding="utf-8")
    for wrong in (
        ["nobody", "decode_to_original", "passed"],
        ["20260002", "box_iou", "passed"],
        ["20260002", "decode_to_original", "perfect"],
    ):
        assert main(["--overrule", *wrong, "--reason", "x", "--out", str(out)]) == 1


def test_one_learner_is_graded_again_with_a_reason_that_stays(graded, capsys):
    out, again = graded
    folder = Path(again[0]) / "20260005" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    folder.write_bytes(GOOD)
    assert main([*again, "--regrade", "20260005"]) == 1
    assert main([*again, "--regrade", "20260005", "--reason", "파일을 다시 냈음"]) == 0
    table = grades(out)
    assert table["20260005"]["points"] == "10" and len(table) == 6
    told = json.loads((out / "results.json").read_text(encoding="utf-8"))
    record = next(r for r in told["records"] if r["learner"] == "20260005")
    assert record["decisions"][0]["reason"] == "파일을 다시 냈음"
    assert record["decisions"][0]["points_before"] == 0


def test_forgetting_leaves_nothing_of_a_person(graded, capsys):
    out, _ = graded
    reason = ["--reason", "20260003의 까닭", "--out", str(out)]
    main(["--overrule", "20260003", "xyxy_to_cxcywh", "half", *reason])
    assert main(["--forget", "20260003", "--out", str(out)]) == 0
    for path in out.rglob("*"):
        assert "20260003" not in path.name
        if path.is_file():
            assert b"20260003" not in path.read_bytes(), path
    assert len(grades(out)) == 5
    assert main(["--forget", "20260003", "--out", str(out)]) == 1


def test_a_written_table_is_whole_or_old(graded, monkeypatch):
    out, _ = graded
    before = (out / "grades.csv").read_bytes()

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("anchorbox_workshop.judge.tables.csv.writer", full)
    with pytest.raises(OSError):
        main(
            ["--overrule", "20260003", "xyxy_to_cxcywh", "half", "--reason", "x", "--out", str(out)]
        )
    assert (out / "grades.csv").read_bytes() == before
    assert not list(out.glob("*.tmp")) and not list(out.glob(".*.tmp"))


def test_without_the_wall_everything_is_provisional(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "process_pool", in_this_process)
    write(tmp_path / "in", "a/01_formula.ipynb")
    out = tmp_path / "out"
    told = [str(tmp_path / "in"), "--assignment", ASSIGNMENT, "--out", str(out), "--unsafe"]
    assert main(told) == 0
    assert grades(out)["a"]["status"] == "graded provisional" and grades(out)["a"]["points"] == "10"
    for name in ("class.html", "feedback/a.html"):
        assert "잠정" in (out / name).read_text(encoding="utf-8")
    assert '"provisional": true' in (out / "results.json").read_text(encoding="utf-8")


def test_no_wall_is_refused_before_anything_is_graded(tmp_path, monkeypatch, capsys):
    write(tmp_path / "in", "a/01_formula.ipynb")
    monkeypatch.setattr(command, "problem", lambda: "bubblewrap(bwrap)이 없습니다.")
    told = [str(tmp_path / "in"), "--assignment", ASSIGNMENT, "--out", str(tmp_path / "out")]
    assert main(told) == 1
    assert "WSL2" in capsys.readouterr().err


@pytest.mark.parametrize(
    "told",
    [
        [],
        ["in", "--assignment", ASSIGNMENT, "--jobs", "0"],
        ["none", "--assignment", ASSIGNMENT],
        ["--overrule", "a", "b", "c"],
        ["--cluster", "x"],
    ],
)
def test_a_wrong_command_is_told(tmp_path, monkeypatch, capsys, told):
    monkeypatch.chdir(tmp_path)
    assert main(told) == 1
    assert capsys.readouterr().err


def test_a_wrong_date_or_name_is_told(capsys):
    for told in (["in", "--due", "어제"], ["in", "--assignment", "99"]):
        with pytest.raises(SystemExit):
            main(told)
    assert "날짜가 아닙니다" in capsys.readouterr().err


@pytest.mark.heavy
def test_the_command_stops_at_ctrl_c_and_goes_on(tmp_path, wall, kernel_interrupt):
    deserved = write_class(tmp_path / "in", 12, seed=9)
    # 컴퓨터가 아무리 빨라도 끝나기 전에 멈출 수 있게, 몇 초씩 붙드는 사람이 마지막에 있습니다.
    endless = {name: f"def {name}(*args):\n    while True:\n        pass\n" for name in HONEST}
    for learner in ("30000001", "30000002"):
        target = tmp_path / "in" / learner / ASSIGNMENT
        target.mkdir(parents=True)
        (target / f"{ASSIGNMENT}.ipynb").write_bytes(submission(endless))
        deserved[learner] = 0
    told = [sys.executable, "-m", "anchorbox_workshop.judge.command", str(tmp_path / "in")]
    told += ["--assignment", ASSIGNMENT, "--out", str(tmp_path / "out"), "--jobs", "2"]
    with subprocess.Popen(told, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        records = tmp_path / "out" / "records.sqlite"
        while process.poll() is None and (not records.exists() or not _count(records)):
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 130 and "이어서" in errors.decode("utf-8")
    first = grades(tmp_path / "out")
    assert 0 < len(first) < len(deserved)
    assert subprocess.run(told, capture_output=True, timeout=300).returncode == 0
    assert {k: int(v["points"]) for k, v in grades(tmp_path / "out").items()} == deserved


def _count(path):
    import contextlib
    import sqlite3

    with contextlib.suppress(sqlite3.OperationalError):
        with contextlib.closing(sqlite3.connect(path)) as book:
            return book.execute("SELECT COUNT(*) FROM record").fetchone()[0]
    return 0


# ── 한 사람의 기록 ──────────────────────────────────────────────────────────────────────────


def record_of(assignment, number, written, **options):
    submitted = Submission("누구", "x.ipynb", None, options.pop("time", None))
    rows = not_judged(assignment, "x")
    return make_record(submitted, assignment, rows, number, written, Plan({}, **options))


def test_a_number_that_is_not_the_learners_is_named():
    personal = "08_mini_detector"
    record = record_of(personal, "20260007", "20260001")
    assert record["mismatch"] and "20260001" in record["notes"][0]
    assert "mismatch" in status_of(record)
    assert "20260001" in feedback_page(record)
    assert not record_of(personal, "020260001", "20260001")["mismatch"]
    unknown = record_of(personal, None, "20260001")
    assert "몰라" in unknown["notes"][0] and unknown["number"] == "20260001"
    assert record_of(ASSIGNMENT, None, None)["notes"] == []


def test_late_is_marked_and_not_refused():
    due = datetime.fromisoformat("2026-12-01T23:59:00+09:00")
    late = datetime.fromisoformat("2026-12-01T15:00:00+00:00")
    assert record_of(ASSIGNMENT, None, None, due=due, time=late)["late"]
    assert not record_of(ASSIGNMENT, None, None, due=late, time=due)["late"]
    assert not record_of(ASSIGNMENT, None, None, due=due)["late"]


def test_the_bar_is_silent_where_nobody_looks():
    stream = io.StringIO()
    bar = command.Bar(stream)
    bar(1, 2)
    bar.close()
    assert stream.getvalue() == ""
    stream.isatty = lambda: True
    bar(1, 2)
    bar(1, 2)
    bar.close()
    assert stream.getvalue().count("1/2") == 1


def test_the_lock_and_the_records_are_plain_files(graded):
    out, _ = graded
    kinds = {path.name for path in out.iterdir() if stat.S_ISREG(path.stat().st_mode)}
    assert kinds == {"grades.csv", "results.json", "class.html", "records.sqlite", ".judging"}
