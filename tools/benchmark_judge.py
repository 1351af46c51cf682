"""채점기를 잽니다: 초당 제출, 문제마다의 시간, 벽의 값, 메모리, 이어 하는 시간.

uv run python tools/benchmark_judge.py                   # 500개로 잽니다
uv run python tools/benchmark_judge.py --count 10000     # 메모리가 그대로인지까지

바쁜 컴퓨터에서는 벽시계가 늘어나므로 CPU 시간도 함께 보입니다.
"""

import argparse
import os
import random
import resource
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from judge_books import ASSIGNMENT, HONEST, submission  # noqa: E402
from judge_class import MISTAKES  # noqa: E402

from anchorbox_utils.homework.assignments import ASSIGNMENTS  # noqa: E402
from anchorbox_workshop.judge.classroom import Plan, grade_class, process_pool  # noqa: E402
from anchorbox_workshop.judge.command import main as grade  # noqa: E402
from anchorbox_workshop.judge.grading import judge_exercise  # noqa: E402
from anchorbox_workshop.judge.notebook import read_cells  # noqa: E402
from anchorbox_workshop.judge.records import Records  # noqa: E402
from anchorbox_workshop.judge.submissions import find_submissions  # noqa: E402
from anchorbox_workshop.judge.wall import Jail  # noqa: E402

SECRET = "재는 씨앗"


def one_notebook(rng):
    """정직한 답이 여섯에 넷, 오개념이 든 답이 둘."""
    if rng.random() < 0.67:
        return submission(HONEST)
    name, source = rng.choice(sorted(MISTAKES.values()))
    return submission(HONEST | {name: source})


def write_class(folder, count):
    """문제 셋짜리 과제의 제출 ``count``개."""
    rng = random.Random(0)
    for number in range(count):
        target = folder / f"{20260000 + number}" / ASSIGNMENT
        target.mkdir(parents=True)
        (target / f"{ASSIGNMENT}.ipynb").write_bytes(one_notebook(rng))


def cpu():
    """이 프로세스와 끝난 자식들의 CPU 시간, 초."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(kind)[:2]) for kind in kinds)


def resident():
    """이 프로세스의 메모리, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def exercise_times(walled, repeats):
    """문제 하나를 채점하는 데 걸린 (벽시계, 밖의 CPU)들, ms."""
    tasks, rng, rows = ASSIGNMENTS[ASSIGNMENT].tasks, random.Random(1), []
    names = [task.exercise for task in tasks]
    with Jail(walled) as jail:
        for number in range(repeats):
            cells = read_cells(one_notebook(rng), 1 << 20)
            for task in tasks:
                wall_before, before = time.perf_counter(), time.process_time()
                judge_exercise(jail, task, cells, None, SECRET, names)
                if number:
                    took = time.perf_counter() - wall_before, time.process_time() - before
                    rows.append([1e3 * value for value in took])
    return np.array(rows)


def main(argv=None):
    """재서 보입니다."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=500, help="제출의 수")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="일꾼의 수")
    parser.add_argument("--repeats", type=int, default=60, help="문제마다의 시간을 재는 횟수")
    asked = parser.parse_args(argv)

    # 번갈아 재어, 그사이 바빠진 것이 한쪽에만 더해지지 않게 합니다.
    times = {walled: [] for walled in (True, False)}
    for _ in range(3):
        for walled, rows in times.items():
            rows.append(exercise_times(walled, asked.repeats // 3 + 1))
    for walled, name in ((True, "벽 안"), (False, "벽 없이")):
        rows = np.concatenate(times[walled])
        middle, late = np.percentile(rows[:, 0], [50, 95])
        print(
            f"문제 하나, {name}: p50 {middle:.1f} ms, p95 {late:.1f} ms, "
            f"밖의 CPU 평균 {rows[:, 1].mean():.1f} ms"
        )
    with_wall, without = (np.median(np.concatenate(times[walled])[:, 0]) for walled in times)
    print(f"벽의 값(p50의 차이): {with_wall - without:.1f} ms")

    with tempfile.TemporaryDirectory() as folder:
        submitted, out = Path(folder, "submitted"), Path(folder, "out")
        write_class(submitted, asked.count)
        found = find_submissions(submitted, ASSIGNMENT)
        seen = []

        def told(done, total):
            if done % max(1, total // 10) == 0:
                seen.append(resident())

        started, before = time.perf_counter(), cpu()
        with Records(out, ASSIGNMENT, SECRET) as records:
            executors = partial(process_pool, asked.jobs)
            took = [s for _, s in grade_class(found, records, Plan({}), executors, told)]
        seconds, used = time.perf_counter() - started, cpu() - before
        print(
            f"제출 {asked.count}개, 일꾼 {asked.jobs}: 초당 {asked.count / seconds:.1f}개, "
            f"제출 하나 p95 {1e3 * np.percentile(took, 95):.0f} ms, "
            f"CPU {1e3 * used / asked.count:.0f} ms(서버의 것은 빼고)"
        )
        print(f"메모리(부르는 쪽), MB: {', '.join(f'{value:.0f}' for value in seen)}")
        options = [str(submitted), "--assignment", ASSIGNMENT, "--out", str(out)]
        options += ["--seed", SECRET]
        grade(options)
        started, before = time.perf_counter(), time.process_time()
        grade(options)
        print(
            f"끝난 반을 다시: {time.perf_counter() - started:.2f}초, "
            f"CPU {time.process_time() - before:.2f}초"
        )


if __name__ == "__main__":
    main()
