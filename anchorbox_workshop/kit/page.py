"""강사의 페이지: 진행표, 타이머, 준비 목록, 노트, 슬라이드, 채점이 파일 하나에 있습니다."""

import json
import re
import shutil
import tomllib
from functools import cache
from pathlib import Path

import mistune
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import anchorbox_utils
from anchorbox_utils.course.cards import inline_html
from anchorbox_utils.course.lessons import LESSONS
from anchorbox_utils.files import write_atomically
from anchorbox_utils.homework.assignments import ASSIGNMENTS
from anchorbox_workshop.kit import notes
from anchorbox_workshop.kit.lessons import ROOT, TEXTS, KitError
from anchorbox_workshop.kit.runsheets import sheets

HERE = Path(__file__).parent
FONT = Path(anchorbox_utils.__file__).parent / "plotting" / "fonts" / "NotoSansKR-subset.otf"
BUILD = ROOT / "build" / "workshop"

OFFSET = re.compile(r"(?<!\w)t_([xywh])(?![A-Za-z0-9_])")


def clock(minutes):
    """``95``를 ``"1:35"``로.

    Examples:
        >>> clock(95), clock(0)
        ('1:35', '0:00')
    """
    return f"{minutes // 60}:{minutes % 60:02}"


def inline(text):
    """글의 Markdown과 ``t_x``를 HTML로. 코드 안은 그대로 둡니다.

    Examples:
        >>> inline("`t_x`는 t_x의 **이름**")
        Markup('<code>t_x</code>는 <i>t</i><sub>x</sub>의 <strong>이름</strong>')
    """
    parts = re.split(r"(<code>.*?</code>)", inline_html(text))
    parts[::2] = (OFFSET.sub(r"<i>t</i><sub>\1</sub>", part) for part in parts[::2])
    return Markup("".join(parts))


def guide(room):
    """강사의 도구 ``room``을 쓰는 명령과 번호 붙은 줄들(HTML). 그 도구의 README에서 가져옵니다.

    Raises:
        KitError: README에 그런 줄이 없을 때.
    """
    text = (HERE.parent / room / "README.md").read_text(encoding="utf-8").partition("\n## ")[0]
    found = re.search(r"^```bash\n.*?^```\n\n1\. .*", text, re.MULTILINE | re.DOTALL)
    if not found:
        raise KitError(f"{room}/README.md의 머리에 명령과 번호 붙은 줄들이 없습니다.")
    return Markup(mistune.html(found[0]))


def start_lines():
    """학습자가 강좌를 여는 명령(HTML). 강좌의 README에서 가져옵니다.

    Raises:
        KitError: README에 그런 명령이 없을 때.
    """
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^```bash\n[^`]*uv run jupyter lab\n```$", text, re.MULTILINE)
    if not found:
        raise KitError("README.md에 강좌를 여는 명령이 없습니다.")
    return Markup(mistune.html(found[0]))


@cache
def slide_numbers(stem):
    """슬라이드에서 절마다 몇 번째 장부터인지."""
    text = (TEXTS / "slides" / f"{stem}.md").read_text(encoding="utf-8")
    found = {}
    for number, part in enumerate(re.split(r"^---$", text, flags=re.MULTILINE), start=1):
        if head := re.search(r"^\{\{section (\S+)\}\}$", part, re.MULTILINE):
            found[head[1]] = number
    return found


def slide_of(section, slides):
    """그 절의 슬라이드로 가는 링크. 아직 짓지 않았으면 빈 글."""
    if f"{section.lesson.stem}.html" not in slides[section.lesson.stem]:
        return ""
    number = slide_numbers(section.lesson.stem).get(section.key, 1)
    return f"slides/{section.lesson.stem}.html#{number}"


def checklists():
    """준비 목록들."""
    text = (TEXTS / "checklists.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["checklist"]


def timer_data(all_sheets):
    """타이머가 읽는 진행표."""
    return [
        {
            "title": sheet.title if len(sheet.sessions) == 1 else f"{sheet.title} · {number}번째",
            "rows": [
                {"title": notes_text(row.title), "minutes": row.minutes, **row.deeds}
                for row in session.rows
            ],
        }
        for sheet in all_sheets
        for number, session in enumerate(sheet.sessions, start=1)
    ]


def notes_text(text):
    """HTML이 아닌 곳에 보일 글."""
    return re.sub(r"[`$*]", "", text)


def slides_in(folder):
    """지어 둔 슬라이드: {레슨의 이름: 파일들}."""
    return {
        lesson.stem: [
            path.name
            for suffix in ("html", "pdf", "txt")
            if (path := folder / f"{lesson.stem}.{suffix}").exists()
        ]
        for lesson in LESSONS
    }


def page(slides):
    """페이지의 글(HTML)."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"inline": inline, "clock": clock}
    all_sheets = sheets()
    data = json.dumps(timer_data(all_sheets), ensure_ascii=False).replace("<", "\\u003c")
    return environment.get_template("page.html").render(
        sheets=all_sheets,
        lessons=LESSONS,
        lesson_notes={lesson.stem: notes.lesson_notes(lesson) for lesson in LESSONS},
        prediction_notes={lesson.stem: notes.prediction_notes(lesson) for lesson in LESSONS},
        homework={name: notes.homework_notes(one) for name, one in ASSIGNMENTS.items()},
        assignments=ASSIGNMENTS,
        is_essay=lambda note: isinstance(note, notes.EssayNote),
        room=notes.ROOM,
        checklists=checklists(),
        start=start_lines(),
        slide_of=lambda section: slide_of(section, slides),
        slides=slides,
        board=guide("board"),
        judge=guide("judge"),
        timer_data=Markup(data),
        style=Markup((HERE / "page.css").read_text(encoding="utf-8")),
        script=Markup((HERE / "timer.js").read_text(encoding="utf-8")),
    )


def write_page(folder=BUILD):
    """페이지를 ``folder/index.html``에 쓰고 그 경로를 돌려줍니다."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(FONT, folder / "course.otf")
    path = folder / "index.html"
    write_atomically(path, page(slides_in(folder / "slides")).encode("utf-8"))
    return path
