"""강사의 페이지: 진행표, 타이머, 준비 목록, 노트, 슬라이드, 채점이 파일 하나에 있습니다."""

import json
import re
import shutil
import tomllib
from pathlib import Path

import mistune
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import anchorbox_utils
from anchorbox_utils.course.cards import inline_html, plain
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


def spoken(minutes):
    """``90``을 ``"1시간 30분"``으로.

    Examples:
        >>> spoken(90), spoken(180)
        ('1시간 30분', '3시간')
    """
    hours, rest = divmod(minutes, 60)
    return f"{hours}시간" + (f" {rest}분" if rest else "")


def inline(text):
    """글의 Markdown과 ``t_x``를 HTML로. 코드 안은 그대로 둡니다.

    Examples:
        >>> inline("`t_x`는 t_x의 **이름**")
        Markup('<code>t_x</code>는 <i>t</i><sub>x</sub>의 <strong>이름</strong>')
    """
    parts = re.split(r"(<code>.*?</code>)", inline_html(text))
    parts[::2] = (OFFSET.sub(r"<i>t</i><sub>\1</sub>", part) for part in parts[::2])
    return Markup("".join(parts))


# 강사의 페이지가 안내의 글에서 그대로 가져오는 곳: 파일과, 그 안의 자리.
README = ROOT / "README.md"
GUIDE = r"^```bash\n(?:(?!## ).*\n)+"
EXCERPTS = {
    "start": (README, r"^```bash\n[^`]*uv run jupyter lab\n```$"),
    "hand_in": (README, r"(?<=^### 과제 내고 채점하기\n\n)(?:\d\. .+\n)+"),
    "board": (HERE.parent / "board" / "README.md", GUIDE),
    "judge": (HERE.parent / "judge" / "README.md", GUIDE),
}


def excerpt(name):
    """안내의 글에서 :data:`EXCERPTS`의 ``name``에 적은 곳.

    Raises:
        KitError: 글에 그런 곳이 없을 때.
    """
    path, pattern = EXCERPTS[name]
    found = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise KitError(f"{path.relative_to(ROOT)}에 강사의 페이지에 보일 곳({name})이 없습니다.")
    return found[0]


def invitation():
    """학습자에게 보낼 글. 명령은 README의 것이고, ``{address}``는 페이지에서 적습니다."""
    _, start, _ = excerpt("start").splitlines()
    # PowerShell 5는 &&를 모릅니다.
    commands = "\n".join(f"       {command}" for command in start.split(" && "))
    text = (TEXTS / "invitation.txt").read_text(encoding="utf-8")
    return text.replace("{commands}", commands)


def slides_of_row(row, built):
    """진행표의 한 줄에서 보일 슬라이드의 (슬라이드, 번호, 주소)들. 짓지 않은 것은 빠집니다.

    다른 레슨의 슬라이드에는 번호에 레슨까지 적습니다.

    Args:
        row: :class:`Row`.
        built: 지어 둔 슬라이드(:func:`slides_in`).
    """
    return tuple(
        (slide, _number(row, slide), f"slides/{lesson.stem}.html#{slide.number}")
        for slide in row.slides
        if f"{(lesson := slide.section.lesson).stem}.html" in built.get(lesson.stem, ())
    )


def _number(row, slide):
    lesson = slide.section.lesson
    is_own = row.section and row.section.lesson == lesson
    return str(slide.number) if is_own else f"{lesson.number}-{slide.number}"


def checklists():
    """준비 목록들."""
    text = (TEXTS / "checklists.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["checklist"]


def timer_data(all_sheets, built):
    """타이머가 읽는 진행표. 슬라이드는 번호로, 묻는 것이 있는 장은 그 이름까지 적습니다."""
    return [
        {
            "title": sheet.title if len(sheet.sessions) == 1 else f"{sheet.title} · {number}번째",
            "rows": [
                {
                    "title": row.title,
                    "minutes": row.minutes,
                    "opening": plain(row.opening),
                    "say": plain(row.deeds["say"]),
                    "cut": plain(row.deeds["cut"]),
                    "saves": row.saves,
                    "isSpare": row.is_spare,
                    "slides": [
                        [" ".join([number, *slide.asks]), url]
                        for slide, number, url in slides_of_row(row, built)
                    ],
                }
                for row in session.rows
            ],
        }
        for sheet in all_sheets
        for number, session in enumerate(sheet.sessions, start=1)
    ]


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
    environment.filters |= {"inline": inline, "clock": clock, "spoken": spoken}
    all_sheets = sheets()
    data = json.dumps(timer_data(all_sheets, slides), ensure_ascii=False).replace("<", "\\u003c")
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
        invitation=invitation(),
        **{name: Markup(mistune.html(excerpt(name))) for name in EXCERPTS},
        slides_of_row=lambda row: slides_of_row(row, slides),
        slides=slides,
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
