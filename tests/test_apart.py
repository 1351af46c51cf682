"""무엇을 하는 함수라도 판정은 돌아오고, 노트북에는 아무것도 남지 않습니다(Linux)."""

import contextlib
import ctypes
import os
import re
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from lite_verdicts import swallowing

from anchorbox_utils import check, encode_boxes
from anchorbox_utils.feedback import apart, restoring
from anchorbox_utils.feedback.running import raise_in
from anchorbox_utils.homework import EXERCISES, engine
from anchorbox_utils.homework.engine import judge

pytestmark = pytest.mark.skipif(not apart.CAN_FORK, reason="프로세스를 가를 수 없는 곳입니다")


@pytest.fixture(autouse=True)
def in_process():
    """여기서는 정말로 가릅니다."""


def ignoring_the_interrupt(boxes1, boxes2):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        pass


def long_in_c(boxes1, boxes2):
    return sum(range(10**12))


def catastrophic_pattern(boxes1, boxes2):
    return re.match("(a+)+$", "a" * 60 + "b")


def sleeping(boxes1, boxes2):
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            pass


class Endless:
    def __array__(self, *args, **kwargs):
        while True:
            pass

    def __repr__(self):
        while True:
            pass


class EndlessToShow:
    def __repr__(self):
        while True:
            pass


def endless_array(boxes1, boxes2):
    return Endless()


def endless_text(boxes1, boxes2):
    return EndlessToShow()


def leaving(boxes1, boxes2):
    os._exit(0)


def killing(boxes1, boxes2):
    os.kill(os.getpid(), signal.SIGKILL)


def crashing(boxes1, boxes2):
    ctypes.string_at(0)


ENDLESS = [
    swallowing,
    ignoring_the_interrupt,
    long_in_c,
    catastrophic_pattern,
    sleeping,
    endless_array,
    endless_text,
]


def judged(fn, seconds):
    exercise = EXERCISES["box_iou"]
    return apart.judge_apart("box_iou", lambda beat: judge(exercise, fn, beat=beat), seconds)


def no_children():
    """끝나지 않은 것도, 거두지 않은 것도 없는지."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(apart, "_GRACE", 0.1)


@pytest.mark.heavy
@pytest.mark.parametrize("fn", ENDLESS)
def test_what_never_ends_is_ended_and_the_case_is_told(fn, impatient):
    result = judged(fn, 0.4)
    assert result.status == "error"
    assert "끝나지 않아 멈추었습니다" in result.message
    assert result.details[0][0] == "검사한 경우"
    assert no_children()


@pytest.mark.parametrize("fn", [leaving, killing, crashing])
def test_a_function_that_ends_python_leaves_the_notebook_alone(fn):
    result = check("box_iou", fn)
    assert result.status == "error" and "노트북은 그대로입니다" in result.message


def test_nothing_a_function_changes_stays(monkeypatch):
    def vandal(boxes1, boxes2):
        os.chdir("/")
        os.environ["VANDAL"] = "1"
        np.seterr(all="raise")
        np.set_printoptions(precision=1)
        sys.setrecursionlimit(200)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.stdout.close()
        del np.asarray
        return EXERCISES

    def state():
        return (
            os.getcwd(),
            dict(os.environ),
            np.geterr(),
            np.get_printoptions(),
            sys.getrecursionlimit(),
            signal.getsignal(signal.SIGINT),
            sys.stdout.closed,
            np.asarray,
            threading.active_count(),
        )

    before = state()
    assert check("box_iou", vandal).status == "failed"
    assert state() == before


def test_variables_of_the_notebook_are_seen():
    shift = 3

    def shifted(boxes1, boxes2):
        return np.full((len(boxes1), len(boxes2)), shift)

    assert "돌려준 값" in dict(check("box_iou", shifted).details)


def test_input_is_refused_in_words():
    result = check("box_iou", lambda boxes1, boxes2: float(input("IoU는? ")))
    assert result.status == "error" and "input()" in result.message


def test_closing_the_output_is_no_mistake():
    def closing(anchors, gt_boxes):
        print("안녕")
        sys.stdout.close()
        return gt_boxes - anchors

    result = check("encode_boxes", closing)
    assert result.status == "failed" and dict(result.details)["함수가 출력한 글"] == "안녕"


def test_hidden_values_are_no_answer():
    reference = EXERCISES["box_iou"].reference
    result = check("box_iou", lambda a, b: np.ma.array(reference(a, b), mask=True))
    assert not result.passed


def test_an_interrupt_of_the_notebook_ends_the_check(kernel_interrupt):
    # 갈라진 쪽은 신호를 보낼 수 없으므로, 시작했다는 것을 관으로 알립니다.
    reader, writer = os.pipe()

    def started(boxes1, boxes2):
        os.write(writer, b"!")
        while True:
            pass

    def interrupt():
        os.read(reader, 1)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        check("box_iou", started)
    assert signal.getsignal(signal.SIGINT) is kernel_interrupt
    assert no_children()


@pytest.mark.heavy
def test_outside_the_main_thread_the_limit_holds_too(impatient):
    results = []
    worker = threading.Thread(target=lambda: results.append(judged(swallowing, 0.4)))
    worker.start()
    worker.join()
    assert results[0].status == "error"


def test_a_thread_older_than_the_check_does_not_answer(monkeypatch):
    monkeypatch.setattr(engine, "TIME_LIMIT", 0.1)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(len, "").result()
        result = check("encode_boxes", lambda a, g: pool.submit(encode_boxes, a, g).result())
    assert result.status == "error"


def test_an_exception_nobody_took_does_not_stop_a_check():
    ended = threading.Event()

    def sleep():
        with contextlib.suppress(SystemExit):
            ended.wait()

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    try:
        raise_in(sleeper.ident, SystemExit)
        assert (
            check("encode_boxes", lambda anchors, gt_boxes: gt_boxes - anchors).status == "failed"
        )
    finally:
        ended.set()
        sleeper.join()


def test_restoring_ends_the_threads_it_saw_start_and_no_other():
    usual, threads = threading.Thread.start, {}
    asked, ended = threading.Event(), threading.Event()

    def endless(name):
        threads[name] = threading.current_thread()
        while not ended.wait(0.01):
            pass

    def start(name, *inside):
        threading.Thread(target=run, args=(name, *inside)).start()

    def run(name, *inside):
        for other in inside:
            start(other)
        with contextlib.suppress(SystemExit):
            endless(name)

    def notebook():
        asked.wait()
        start("labs")

    other = threading.Thread(target=notebook)
    other.start()
    try:
        with restoring():
            start("learner", "grandchild")
            asked.set()
            other.join()
            while len(threads) < 3:
                time.sleep(0.01)
        for name in ("learner", "grandchild"):
            threads[name].join()
        assert threads["labs"].is_alive()
        assert threading.Thread.start is usual
    finally:
        asked.set()
        ended.set()
        for thread in threads.values():
            thread.join()
