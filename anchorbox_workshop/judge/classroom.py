"""반 전체를 채점합니다. 일은 아무 ``concurrent.futures.Executor``에나 맡깁니다.

한꺼번에 맡기는 수를 정해 두어, 제출이 아무리 많아도 메모리는 그대로입니다. 일꾼이 죽으면 그때 맡고
있던 것들을 하나씩 다시 맡겨, 죽인 제출만 ``not_judged``가 되고 나머지는 제 판정을 받습니다.
"""

import contextlib
import multiprocessing
from collections import deque
from concurrent.futures import FIRST_COMPLETED, CancelledError, ProcessPoolExecutor, wait
from dataclasses import dataclass

from anchorbox_utils.homework.assignments import ASSIGNMENTS
from anchorbox_workshop.judge import work
from anchorbox_workshop.judge.grading import not_judged
from anchorbox_workshop.judge.limits import LIMITS
from anchorbox_workshop.judge.submissions import number_of
from anchorbox_workshop.judge.work import Job

# 일꾼 하나에 미리 맡겨 두는 수.
AHEAD = 3


@dataclass
class Plan:
    """채점하는 조건.

    Attributes:
        roster: 사람 → 학번.
        due: 마감. 없으면 None.
        walled: 벽 안에서 하는지.
    """

    roster: dict
    due: object = None
    walled: bool = True


def grade_class(submissions, records, plan, executors, told=lambda done, total: None):
    """``submissions``를 채점해 ``records``에 남깁니다.

    Args:
        submissions: :class:`~anchorbox_workshop.judge.submissions.Submission`들.
        records: :class:`~anchorbox_workshop.judge.records.Records`.
        plan: :class:`Plan`.
        executors: ``executors()``가 새 실행기를 주는 문맥 관리자. 실행기가 망가지면 다시 부릅니다.
        told: ``told(끝난 수, 모든 수)``.

    Returns:
        새로 채점한 제출마다의 (사람, 걸린 초).
    """
    done, waiting = records.done(), deque()
    for submission in submissions:
        number = number_of(submission.learner, plan.roster)
        content = submission.read(LIMITS.notebook_bytes)
        key = records.key(content, number, plan.walled)
        if done.get(submission.learner) != key:
            waiting.append((submission, number))
    total, seconds = len(submissions), []
    told(total - len(waiting), total)

    def finish(submission, number, result):
        rows, written, took = result
        content = submission.read(LIMITS.notebook_bytes)
        key = records.key(content, number, plan.walled)
        if any(row["status"] == "not_judged" for row in rows):
            # 다음에 실행할 때 다시 해 봅니다.
            key = ""
        record = make_record(submission, records.assignment, rows, number, written, plan)
        records.keep(submission.learner, key, record)
        seconds.append((submission.learner, took))
        told(total - len(waiting) - len(running) - len(suspects), total)

    def job(submission, number):
        content = submission.read(LIMITS.notebook_bytes)
        return Job(
            submission.learner, content, number, records.assignment, records.secret, plan.walled
        )

    running, suspects = {}, deque()
    try:
        while waiting or suspects:
            with executors() as (executor, workers):
                broken = _drain(executor, workers, waiting, suspects, running, job, finish)
            if broken:
                # 누가 죽였는지 모르므로, 맡고 있던 것들을 하나씩 다시 맡깁니다.
                suspects.extend((one, tries + 1) for one, tries in running.values())
                running.clear()
                for one, tries in [s for s in suspects if s[1] >= LIMITS.attempts]:
                    suspects.remove((one, tries))
                    why = f"채점하던 프로세스가 두 번 꺼졌습니다({broken})."
                    finish(*one, (not_judged(records.assignment, why), None, 0.0))
    finally:
        records.flush()
    return seconds


def _drain(executor, workers, waiting, suspects, running, job, finish):
    """맡길 것이 없을 때까지 맡깁니다. 망가지면 맡고 있던 것을 ``running``에 남기고 까닭을."""
    while waiting or suspects or running:
        # 의심스러운 것은 혼자 맡겨, 또 꺼지면 그것이 까닭임을 압니다.
        while suspects and not running:
            one, tries = suspects.popleft()
            if not _submit(executor, running, one, tries, job):
                return "BrokenExecutor"
        while not suspects and waiting and len(running) < workers * AHEAD:
            one = waiting.popleft()
            if not _submit(executor, running, one, 0, job):
                return "BrokenExecutor"
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        broken = ""
        for future in finished:
            try:
                result = future.result()
            except (Exception, CancelledError) as error:
                # 일꾼이 꺼졌거나, 일꾼의 코드가 생각하지 못한 일입니다. 어느 쪽이든 다시 해 봅니다.
                broken = f"{type(error).__name__}: {error}"[:200]
                continue
            one, _ = running.pop(future)
            finish(*one, result)
        if broken:
            return broken
    return ""


def _submit(executor, running, one, tries, job):
    try:
        future = executor.submit(work.do, job(*one))
    except RuntimeError:
        # 방금 망가진 실행기입니다. 맡기지 못한 것은 죽인 것일 수 없어 시도로 세지 않습니다.
        running[object()] = (one, tries - 1)
        return False
    running[future] = (one, tries)
    return True


@contextlib.contextmanager
def process_pool(jobs):
    """이 컴퓨터의 프로세스 ``jobs``개."""
    # fork는 부모의 스레드와 열린 것들을 물려받습니다.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=work.quiet)
    try:
        yield pool, jobs
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def cluster(address):
    """``dask.distributed``의 스케줄러가 거느린 일꾼들."""
    try:
        from distributed import Client
    except ImportError:
        raise ValueError(
            "--scheduler에는 distributed가 필요합니다: pip install 'anchorbox-utils[scale]'"
        ) from None
    with Client(address, set_as_default=False) as client:
        threads = sum(client.nthreads().values())
        yield client.get_executor(pure=False, retries=LIMITS.attempts), max(threads, 1)


def make_record(submission, assignment, rows, number, written, plan):
    """한 사람의 기록. 사람에 관한 것은 이름, 학번이 맞는지, 늦었는지뿐입니다."""
    notes = []
    if number and written and int(written) != int(number):
        notes.append(
            f"노트북에 적힌 학번({written})이 제출한 사람의 것({number})과 다릅니다. "
            "채점은 제출한 사람의 학번으로 했습니다."
        )
    personal = _is_personal(assignment)
    if personal and not number:
        notes.append(
            f"제출한 사람의 학번을 몰라 노트북에 적힌 것({written or '없음'})으로 채점했습니다."
        )
    if submission.others:
        notes.append(f"같은 사람의 파일이 {len(submission.others) + 1}개라 나중 것만 채점했습니다.")
    return {
        "learner": submission.learner,
        "assignment": assignment,
        "source": submission.source,
        "number": written if personal and not number else None,
        "mismatch": bool(number and written and int(written) != int(number)),
        "late": is_late(submission, plan),
        "provisional": not plan.walled,
        "notes": notes,
        "rows": rows,
    }


def is_late(submission, plan):
    """마감보다 늦게 낸 것인지. 마감이나 낸 때를 모르면 아닙니다."""
    return bool(plan.due and submission.time and submission.time > plan.due)


def mark_late(submissions, records, plan):
    """이미 채점한 것의 늦음을 지금의 마감으로 고칩니다. 다시 채점하지 않습니다.

    Returns:
        (늦음이 된 사람들, 늦지 않게 된 사람들).
    """
    keys, changed = records.done(), {True: [], False: []}
    for submission in submissions:
        record, late = records.one(submission.learner), is_late(submission, plan)
        if record and record["late"] != late:
            records.keep(submission.learner, keys[submission.learner], record | {"late": late})
            changed[late].append(submission.learner)
    records.flush()
    return changed[True], changed[False]


def _is_personal(assignment):
    return any(
        task.question.personal
        for task in ASSIGNMENTS[assignment].tasks
        if hasattr(task, "exercise")
    )
