"""강좌의 사실(anchorbox_utils/course/lessons.toml)에서 나오는 것들을 새로 만듭니다.

노트북의 제목·카드·이동 줄·맺음 셀, 지도와 마치며의 표, README의 레슨 지도, 레슨마다의 연습 목록,
`anchorbox-reset`이 쓰는 처음 상태의 사본입니다.

uv run python tools/course.py            # 새로 만듭니다
uv run python tools/course.py --check    # 만들지 않고 지금 것과 같은지만 봅니다
"""

import argparse
import gzip
import json
import math
import re
import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from anchorbox_utils.bugs import BUG_CASES  # noqa: E402
from anchorbox_utils.course.cards import following  # noqa: E402
from anchorbox_utils.course.lessons import LESSONS, PAGES, Lesson  # noqa: E402
from anchorbox_utils.files import write_atomically  # noqa: E402
from tools.notebooks import normalize, read, serialize  # noqa: E402

# 만들어 내는 셀에 붙은 태그. 셀을 옮겨도 태그로 찾습니다.
TITLE, CARD, FINISH, BAR, MAP, GOALS = (
    f"course-{name}" for name in ("title", "card", "finish", "bar", "map", "goals")
)
README_MARKS = ("<!-- tools/course.py가 만듭니다. -->", "<!-- 여기까지 -->")
EVENING, CLASS = 150, 75


class CourseError(Exception):
    """만들 자리를 찾지 못했습니다."""


# --- 노트북의 셀 ----------------------------------------------------------------------------


def link(target: str, text: str) -> str:
    return f"[{text}]({target})"


def bar(stem: str) -> str:
    """앞 레슨 · 지도 · 용어 · 다음 레슨."""
    steps = [(lesson.file, lesson.label) for lesson in LESSONS]
    steps = [None, *steps, following(LESSONS[-1]), None]
    here = next((i for i, step in enumerate(steps) if step and step[0] == f"{stem}.ipynb"), None)
    before, after = (steps[here - 1], steps[here + 1]) if here else (None, steps[1])
    pages = [link(f"{page}.ipynb", PAGES[page]) for page in ("home", "glossary") if page != stem]
    return " · ".join(
        [
            *([link(before[0], f"← {before[1]}")] if before else []),
            *pages,
            *([link(after[0], f"{after[1]} →")] if after else []),
        ]
    )


def title(lesson: Lesson) -> str:
    return f"{lesson.number}. {lesson.title}"


def card(lesson: Lesson) -> str:
    titles = {other.stem: link(other.file, title(other)) for other in LESSONS}
    goals = "<br>".join(f"{chr(ord('①') + i)} {goal}" for i, goal in enumerate(lesson.goals))
    rows = {
        "학습 목표": goals,
        "선수지식": ", ".join(titles.get(need, need) for need in lesson.needs),
        "예상 시간": f"설명 {lesson.explain}분 · 실습 {lesson.practice}분",
        "짝 과제": lesson.homework and link(lesson.homework_link, lesson.homework_label),
    }
    lines = [f"| **{name}** | {content} |" for name, content in rows.items() if content]
    return "\n".join(["| | |", "|---|---|", *lines])


def closing(lesson: Lesson) -> str:
    return f'from anchorbox_utils import finish_lesson\n\nfinish_lesson("{lesson.stem}")'


def goals() -> str:
    """모든 레슨의 목표를 갈래로 묶은 글."""
    return "\n\n".join(
        f"### {part}\n\n"
        + "\n".join(
            f"- {goal} ({link(lesson.file, lesson.number)})"
            for lesson in lessons
            for goal in lesson.goals
        )
        for part, lessons in parts()
    )


def parts() -> list[tuple[str, list[Lesson]]]:
    return [(part, list(group)) for part, group in groupby(LESSONS, lambda lesson: lesson.part)]


def table(folder: str = "") -> str:
    """레슨 지도의 표. `folder`는 이 표를 놓을 곳에서 본 notebooks/의 자리입니다."""
    lines = ["| 레슨 | 무엇을 하나요 | 시간 | 짝 과제 |", "|---|---|---|---|"]
    for part, lessons in parts():
        lines += [f"| **{part}** | | | |", *(row(lesson, folder) for lesson in lessons)]
    return "\n".join(lines)


def row(lesson: Lesson, folder: str) -> str:
    target = f"{folder}{lesson.homework_link}".replace("notebooks/../", "")
    homework = link(target, lesson.homework_label) if lesson.homework else "–"
    name = link(f"{folder}{lesson.file}", lesson.label)
    does = lesson.does.replace("{bugs}", str(len(BUG_CASES)))
    return f"| {name} | {does} | {lesson.minutes}분 | {homework} |"


def course_map() -> str:
    return f"{table()}\n\n{schedule()}"


def sources(stem: str) -> dict[str, str]:
    """노트북 하나에서 만들어 내는 셀들: {태그: 내용}."""
    head = {stem: f"# {name}\n\n{bar(stem)}" for stem, name in PAGES.items()}
    pages = {
        "home": {TITLE: head["home"], MAP: course_map()},
        "glossary": {TITLE: head["glossary"]},
        "finish": {TITLE: head["finish"], GOALS: goals()},
    }
    lessons = {
        lesson.stem: {
            TITLE: f"# {title(lesson)}\n\n{bar(lesson.stem)}",
            CARD: card(lesson),
            FINISH: closing(lesson),
            BAR: bar(lesson.stem),
        }
        for lesson in LESSONS
    }
    return (lessons | pages)[stem]


def fill(text: str, cells: dict[str, str]) -> str:
    """노트북의 글에서 태그가 붙은 셀들을 새로 씁니다. 내용이 바뀐 코드 셀의 출력은 지웁니다."""
    nb = read(text)
    for tag, source in cells.items():
        found = [cell for cell in nb.cells if tag in cell.metadata.get("tags", [])]
        if len(found) != 1:
            raise CourseError(f"태그 {tag}가 붙은 셀이 하나여야 하는데 {len(found)}개입니다.")
        (cell,) = found
        if cell.source != source:
            cell.source = source
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
    return serialize(normalize(nb))


def exercises(text: str) -> list[str]:
    """노트북이 검사하는 연습 문제의 이름."""
    code = "\n".join(cell.source for cell in read(text).cells if cell.cell_type == "code")
    return re.findall(r'^check\("(\w+)"', code, re.MULTILINE)


# --- 시간 -----------------------------------------------------------------------------------


def hours(minutes: int) -> str:
    whole, rest = divmod(minutes, 60)
    return " ".join([*([f"{whole}시간"] if whole else []), *([f"{rest}분"] if rest else [])])


def total(lessons: list[Lesson]) -> int:
    return sum(lesson.minutes for lesson in lessons)


def span(lessons: list[Lesson]) -> str:
    first, last = lessons[0].number, lessons[-1].number
    return f"{first}부터 {last}까지({hours(total(lessons))})"


def evening(lessons: list[Lesson]) -> list[Lesson]:
    """처음부터 차례로 볼 때 하루 저녁에 들어가는 레슨들."""
    ends = range(len(lessons), 0, -1)
    return next(lessons[:end] for end in ends if total(lessons[:end]) <= EVENING)


def weekend(lessons: list[Lesson]) -> tuple[list[Lesson], list[Lesson]]:
    """두 날 가운데 긴 쪽이 가장 짧도록 이틀로 나눈 것."""
    days = [(lessons[:i], lessons[i:]) for i in range(1, len(lessons))]
    return min(days, key=lambda pair: max(map(total, pair)))


def weeks(lesson: Lesson) -> int:
    return math.ceil(lesson.minutes / CLASS)


def schedule() -> str:
    lessons = list(LESSONS)
    first, second = weekend(lessons)
    long = ", ".join(lesson.number for lesson in lessons if weeks(lesson) > 1)
    spread = f", 긴 레슨({long})은 나누어" if long else ""
    return "\n".join(
        [
            f"모두 {hours(total(lessons))}입니다(과제는 따로).",
            "",
            f"- **하루 저녁**: {span(evening(lessons))}",
            f"- **주말 이틀**: 첫날 {span(first)}, 둘째 날 {span(second)}",
            f"- **한 학기**: {CLASS}분 수업으로 {sum(map(weeks, lessons))}주. 한 주에 한 레슨씩"
            f"{spread} 보고, 짝 과제는 그 주의 숙제로 냅니다.",
        ]
    )


# --- 파일 -----------------------------------------------------------------------------------


def readme(text: str) -> str:
    start, end = README_MARKS
    if text.count(start) != 1 or text.count(end) != 1:
        raise CourseError(f"README.md에 {start}와 {end}가 하나씩 있어야 합니다.")
    before, after = text.partition(start)[0], text.partition(end)[2]
    body = f"{table('notebooks/')}\n\n{schedule()}"
    return f"{before}{start}\n\n{body}\n\n{end}{after}"


def generated(root: Path) -> dict[str, bytes]:
    """만들어 내는 파일들: {저장소에서 본 경로: 내용}. 사본은 풀어 놓은 내용입니다."""
    files = {}
    for stem in (*(lesson.stem for lesson in LESSONS), *PAGES):
        name = f"notebooks/{stem}.ipynb"
        try:
            files[name] = fill((root / name).read_text(encoding="utf-8"), sources(stem))
        except CourseError as error:
            raise CourseError(f"{name}: {error}") from None
    found = {lesson.stem: exercises(files[f"notebooks/{lesson.file}"]) for lesson in LESSONS}
    copies = {
        f"anchorbox_utils/course/copies/{Path(name).name}.gz": text for name, text in files.items()
    }
    listing = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    texts = {
        **files,
        "README.md": readme((root / "README.md").read_text(encoding="utf-8")),
        "anchorbox_utils/course/exercises.json": listing,
        **copies,
    }
    return {name: text.encode() for name, text in texts.items()}


def stored(path: Path) -> bytes | None:
    """지금 있는 내용. 압축한 것은 풀어서 돌려줍니다(압축은 zlib의 판마다 다를 수 있습니다)."""
    if not path.exists():
        return None
    content = path.read_bytes()
    try:
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError):
        return None


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """명령줄에서 부르는 곳입니다. 잘 되면 0, 만들 수 없거나 `--check`에서 다르면 1입니다."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="만들지 않고 비교만 합니다")
    args = parser.parse_args(argv)
    try:
        files = generated(root)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    copies = root / "anchorbox_utils" / "course" / "copies"
    changed = [name for name, content in files.items() if stored(root / name) != content]
    names = {Path(name).name for name in files}
    # 없어진 레슨의 사본입니다.
    extra = [path for path in sorted(copies.iterdir()) if path.name not in names]
    if not args.check:
        for name in changed:
            content = files[name]
            if name.endswith(".gz"):
                content = gzip.compress(content, compresslevel=9, mtime=0)
            write_atomically(root / name, content)
        for path in extra:
            path.unlink()
    for name in [*changed, *(path.relative_to(root).as_posix() for path in extra)]:
        print(f"{name}  {'다릅니다' if args.check else '저장'}")
    if not changed and not extra:
        print("만들어 낸 것이 모두 그대로입니다.")
    return 1 if args.check and (changed or extra) else 0


if __name__ == "__main__":
    sys.exit(main())
