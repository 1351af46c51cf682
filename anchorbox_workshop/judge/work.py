"""일꾼이 하는 일: 제출 하나를 받아 기록 하나를 돌려줍니다. 다른 프로세스나 컴퓨터에서 돕니다.

일꾼에게 필요한 것은 이 꾸러미와 bubblewrap뿐입니다. 제출과 씨앗이 가고 기록이 옵니다.
"""

import atexit
import os
import signal
import threading
import time
from dataclasses import dataclass

from anchorbox_workshop.judge.grading import grade_notebook, not_judged
from anchorbox_workshop.judge.limits import LIMITS
from anchorbox_workshop.judge.wall import Jail, LostServer


@dataclass(frozen=True)
class Job:
    """일꾼에게 건네는 것.

    Attributes:
        learner: 누구의 것인지.
        content: 노트북의 바이트.
        number: 그 사람의 학번. 모르면 None.
        assignment: 과제의 이름.
        secret: 숨은 검사의 씨앗을 정하는 글.
        walled: 벽 안에서 하는지.
    """

    learner: str
    content: bytes
    number: str | None
    assignment: str
    secret: str
    walled: bool = True


_jails: dict = {}


def do(job):
    """:class:`Job` 하나의 (문제마다의 기록, 노트북에 적힌 학번, 걸린 초)."""
    started = time.perf_counter()
    # 스레드마다 서버 하나. 한 서버는 한 번에 한 제출만 받습니다.
    key = (os.getpid(), threading.get_ident(), job.walled)
    jail = _jails.setdefault(key, Jail(job.walled))
    for attempt in range(LIMITS.attempts):
        try:
            rows, written = grade_notebook(
                jail, job.assignment, job.content, job.number, job.secret
            )
            break
        except LostServer as error:
            if attempt + 1 == LIMITS.attempts:
                rows, written = (
                    not_judged(job.assignment, f"격리된 환경이 두 번 꺼졌습니다: {error}"),
                    None,
                )
    return rows, written, time.perf_counter() - started


def quiet():
    """일꾼 프로세스의 준비: Ctrl-C는 부른 쪽만 듣습니다."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # 작은 행렬을 스레드로 나누면 일꾼들끼리 기다립니다.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"


@atexit.register
def close():
    """이 프로세스가 켠 서버들을 끕니다."""
    while _jails:
        _jails.popitem()[1].close()
