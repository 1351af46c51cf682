"""``anchorbox-grade``: 과제를 채점합니다."""

import argparse
import contextlib
import os
import sys
from datetime import datetime
from functools import partial
from pathlib import Path

from anchorbox_utils.files import write_atomically
from anchorbox_utils.homework.assignments import ASSIGNMENTS
from anchorbox_utils.homework.engine import SECRET
from anchorbox_workshop.judge import people
from anchorbox_workshop.judge.classroom import Plan, cluster, grade_class, mark_late, process_pool
from anchorbox_workshop.judge.clusters import Tally, misconception_entry, source_of
from anchorbox_workshop.judge.pages import class_page, feedback_page, file_name
from anchorbox_workshop.judge.records import Records
from anchorbox_workshop.judge.submissions import find_submissions, some
from anchorbox_workshop.judge.tables import read_roster, write_grades, write_results
from anchorbox_workshop.judge.wall import explain, problem

# 반 페이지에 보일 무리의 수.
CLUSTERS_SHOWN = 12
LOCK = ".judging"
# 하는 일마다 듣는 인수. 나머지를 함께 주면 쓰이지 않는다고 말합니다.
COMMON = {"submissions", "assignment", "out", "jobs", "scheduler", "roster", "due", "seed"}
HEARD = {
    "cluster": {"cluster", "out"},
    "forget": {"forget", "out"},
    "overrule": {"overrule", "reason", "out", "gradebook"},
    "regrade": {"regrade", "reason", "unsafe", "gradebook", *COMMON},
    "judge": {"unsafe", "gradebook", *COMMON},
}


def parser():
    """명령의 인수들."""
    told = argparse.ArgumentParser(
        prog="anchorbox-grade",
        description="과제를 학습자의 코드가 닿지 못하는 곳에서 채점합니다.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="판정을 바꾸는 말:\n"
        + "\n".join(f"  {name:10} {text}" for name, (text, _) in people.VERDICTS.items())
        + "\n  오개념 이름  오개념을 그것으로 바꿉니다",
    )
    told.add_argument("submissions", nargs="?", type=Path, help="제출이 든 폴더나 zip 파일")
    told.add_argument(
        "--assignment", choices=sorted(ASSIGNMENTS), metavar="NAME", help="과제의 이름"
    )
    told.add_argument("--out", type=Path, default=Path("graded"), help="결과를 둘 폴더(graded)")
    told.add_argument("--jobs", type=int, default=os.cpu_count(), help="일꾼의 수(코어의 수)")
    told.add_argument(
        "--scheduler", metavar="tcp://…", help="dask.distributed의 스케줄러에 맡깁니다"
    )
    told.add_argument("--roster", type=Path, metavar="CSV", help="사람과 학번의 명단")
    told.add_argument("--due", type=_date, metavar="'2026-12-01 23:59'", help="마감")
    told.add_argument("--seed", help=f"숨은 검사의 씨앗이 되는 글({SECRET}, 없으면 새로 뽑습니다)")
    told.add_argument("--unsafe", action="store_true", help="격리하지 않고 채점합니다(모두 잠정)")
    told.add_argument(
        "--gradebook", type=Path, metavar="COURSE", help="nbgrader 과목 폴더에 적습니다"
    )
    later = told.add_argument_group("채점한 다음에")
    later.add_argument("--regrade", metavar="LEARNER", help="한 사람만 다시 채점합니다")
    later.add_argument(
        "--overrule", nargs=3, metavar=("LEARNER", "EXERCISE", "VERDICT"), help="판정을 바꿉니다"
    )
    later.add_argument("--reason", help="까닭. 기록에 남습니다")
    later.add_argument("--forget", metavar="LEARNER", help="한 사람에 관한 모든 것을 지웁니다")
    later.add_argument("--cluster", metavar="EXERCISE/ID", help="무리를 오개념의 코드로 적습니다")
    return told


def _date(text):
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r}은(는) 날짜가 아닙니다. '2026-12-01 23:59'처럼 적어 주세요."
        ) from None


def main(argv=None):
    """명령줄에서 부르는 곳. 잘 되면 0, 할 수 없으면 1, 채점하지 못한 제출이 있으면 2입니다."""
    asked = parser().parse_args(argv)
    try:
        return run(asked)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "\n멈추었습니다. 끝난 것은 남아 있고, 같은 명령을 다시 실행하면 이어서 합니다.",
            file=sys.stderr,
        )
        return 130


def run(asked):
    """인수대로 합니다."""
    deed = next((name for name in HEARD if getattr(asked, name, None)), "judge")
    blank = vars(parser().parse_args([]))
    unheard = [n for n, v in vars(asked).items() if v != blank[n] and n not in HEARD[deed]]
    if unheard:
        told = ", ".join("제출 폴더" if n == "submissions" else f"--{n}" for n in unheard)
        with_what = "채점" if deed == "judge" else f"--{deed}"
        print(f"{told}: {with_what}에는 쓰이지 않아 그대로 두었습니다.", file=sys.stderr)
    if asked.cluster:
        exercise, _, behaviour = asked.cluster.partition("/")
        with Records.existing(asked.out) as records:
            source = source_of(records.each(), (exercise, behaviour))
        print(misconception_entry(exercise, behaviour, source))
        return 0
    with _alone(asked.out):
        if asked.forget:
            return forget(asked.out, asked.forget)
        if asked.overrule:
            with Records.existing(asked.out) as records:
                people.overrule(records, *asked.overrule, asked.reason)
                return report(records, asked)
        return judge(asked)


@contextlib.contextmanager
def _alone(out):
    """한 폴더를 둘이 함께 쓰지 않게 합니다."""
    try:
        import fcntl
    except ImportError:
        # Windows에는 벽도 없어 채점하지 않습니다.
        raise ValueError(explain(f"리눅스가 아닙니다({sys.platform}).")) from None
    out.mkdir(parents=True, exist_ok=True)
    with open(out / LOCK, "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ValueError(f"{out}: 다른 anchorbox-grade가 쓰고 있는 폴더입니다.") from None
        yield


def judge(asked):
    """제출을 채점하고 결과를 씁니다."""
    if asked.submissions is None or asked.assignment is None:
        raise ValueError("제출이 든 폴더와 --assignment를 함께 적어 주세요. (--help)")
    if asked.jobs < 1:
        raise ValueError(f"--jobs: 1 이상이어야 하는데 {asked.jobs}입니다.")
    roster = read_roster(asked.roster) if asked.roster else {}
    found = find_submissions(asked.submissions, asked.assignment, print)
    secret = asked.seed or os.environ.get(SECRET)
    plan = Plan(roster, asked.due, not asked.unsafe)
    with Records(asked.out, asked.assignment, secret) as records:
        tell_what_stays(records, found, plan)
        if asked.regrade:
            found = [one for one in found if one.learner == asked.regrade]
            if not found:
                raise ValueError(f"{asked.regrade}: {asked.submissions}에 제출이 없습니다.")
            people.regrade(records, asked.regrade, asked.reason)
        bar = Bar(sys.stderr)
        try:
            fresh = grade_class(found, records, plan, partial(_executor, asked, len(found)), bar)
        finally:
            bar.close()
            # 멈추었을 때에도 끝난 것까지의 성적표가 온전하게 있습니다.
            code = report(records, asked, found)
    print(f"새로 채점한 것 {len(fresh)}개, 바뀌지 않아 그대로 둔 것 {len(found) - len(fresh)}개")
    return code


def tell_what_stays(records, found, plan):
    """다시 채점하지 않는 것의 늦음을 고치고, 바뀐 것과 남은 것을 한 줄씩 말합니다."""
    late, on_time = mark_late(found, records, plan)
    due = f"마감 {plan.due:%Y-%m-%d %H:%M}" if plan.due else "마감 없음(--due를 주지 않음)"
    for word, learners in (("늦은", late), ("늦지 않은", on_time)):
        if learners:
            print(f"{due}: {word} 제출로 바뀐 것 {len(learners)}개({some(learners)})")
    present = {one.learner for one in found}
    gone = [learner for learner in records.learners() if learner not in present]
    if gone:
        print(
            f"이번에는 제출이 없어 앞의 결과를 그대로 둔 사람 {len(gone)}명: {some(gone)} "
            "(지우려면 --forget)"
        )


def _executor(asked, count):
    """일을 맡길 곳. 맡길 것이 있을 때에만 부르므로, 벽을 세울 수 있는지도 그때 봅니다."""
    if asked.scheduler:
        return cluster(asked.scheduler)
    if not asked.unsafe and (reason := problem()):
        raise ValueError(explain(reason))
    return process_pool(min(asked.jobs, count))


def report(records, asked, found=()):
    """기록에서 성적표와 페이지들을 씁니다. 바뀐 파일만 다시 씁니다."""
    out, decisions = asked.out, records.decisions()

    def each():
        for record in records.each():
            yield people.with_decisions(record, decisions.get(record["learner"], []))

    tally, provisional, unjudged, unreadable = Tally(), False, 0, []
    pages = out / "feedback"
    pages.mkdir(exist_ok=True)
    kept = set()
    for record in each():
        words = people.status_of(record)
        tally.add(record, words, people.points_of(record))
        provisional = provisional or record["provisional"]
        unjudged += "not_judged" in words
        if "unreadable" in words:
            unreadable.append(f"{record['learner']}({record['source']})")
        target = pages / file_name(record["learner"])
        kept.add(target.name)
        _write_if_changed(target, feedback_page(record))
    for stale in pages.glob("*.html"):
        if stale.name not in kept:
            stale.unlink()
    write_grades(out / "grades.csv", each())
    write_results(out / "results.json", each(), records.assignment, records.secret)
    samples = {}
    for _, name, behaviour in tally.unnamed()[:CLUSTERS_SHOWN]:
        learner = tally.sample[name, behaviour]
        rows = records.one(learner)["rows"]
        samples[name, behaviour] = next(r["source"] for r in rows if r["exercise"] == name)
    if tally.learners:
        text = class_page(records.assignment, tally, provisional, samples, out)
        _write_if_changed(out / "class.html", text)
    if asked.gradebook:
        try:
            from anchorbox_workshop.judge.gradebook import write_gradebook
        except ImportError as error:
            raise ValueError(f"--gradebook에는 nbgrader가 필요합니다({error}).") from None

        write_gradebook(asked.gradebook, records.assignment, each(), found)
    word = " (격리하지 않고 한 잠정 결과)" if provisional else ""
    print(
        f"제출 {tally.learners}개를 채점했습니다{word}. {out / 'grades.csv'}, {out / 'class.html'}"
    )
    if unreadable:
        print(f"읽을 수 없는 제출 {len(unreadable)}개: {some(unreadable)}")
    if unjudged:
        print(f"채점하지 못한 제출이 {unjudged}개 있습니다. 다시 실행하면 그것만 다시 해 봅니다.")
    return 2 if unjudged else 0


def _write_if_changed(path, text):
    content = text.encode("utf-8")
    if not path.exists() or path.read_bytes() != content:
        write_atomically(path, content)


def forget(out, learner):
    """한 사람에 관한 것을 기록과 모든 결과에서 지웁니다."""
    with Records.existing(out) as records:
        if not records.forget(learner):
            raise ValueError(f"{learner}: 기록이 없습니다.")
        report(records, argparse.Namespace(out=out, gradebook=None))
    print(f"{learner}에 관한 것을 지웠습니다. 제출한 파일 자체는 그대로입니다.")
    return 0


class Bar:
    """한 줄짜리 진행 막대. 화면이 아닌 곳에는 아무것도 쓰지 않습니다."""

    WIDTH = 30

    def __init__(self, stream):
        self.stream, self.shown = stream, ""

    def __call__(self, done, total):
        full = self.WIDTH * done // max(total, 1)
        line = f"\r[{'#' * full}{'.' * (self.WIDTH - full)}] {done}/{total}"
        if self.stream.isatty() and line != self.shown:
            self.stream.write(line)
            self.stream.flush()
            self.shown = line

    def close(self):
        """막대가 있던 줄을 끝냅니다."""
        if self.shown:
            self.stream.write("\n")


if __name__ == "__main__":
    sys.exit(main())
