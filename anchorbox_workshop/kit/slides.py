"""슬라이드: ``workshop/slides/``의 글에 노트북의 저장된 출력을 넣고 Marp로 짓습니다.

글에서 한 줄을 차지하는 ``{{이름 …}}``이 노트북의 것으로 바뀝니다. 수와 그림은 다시 적지 않습니다.

- ``{{title}}``, ``{{close}}``: 제목과, 할 수 있게 된 것.
- ``{{section 2}}``: 2절의 제목. 절이 시작되는 장의 메모에 그 절의 할 일이 들어갑니다.
- ``{{figure 셀}}``, ``{{formula 셀}}``: 저장된 그림과, 글 속의 수식.
- ``{{output 셀 1-3}}``, ``{{code 셀 1-3}}``, ``{{text 셀 1-3}}``: 출력한 글, 코드, 글의 줄들.
- ``{{predict 물음}}``, ``{{lab 셀}}``: 슬라이드 안에서 움직이는 예측 카드와 실험대.
- ``{{exercise 연습}}``: 연습의 이름과 약속.
"""

import base64
import html
import json
import os
import re
import shutil
import textwrap
import unicodedata
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from fontTools import subset

from anchorbox_utils.course.cards import inline_html, plain
from anchorbox_utils.course.lessons import LESSONS
from anchorbox_utils.homework.catalogue import QUESTIONS
from anchorbox_utils.labs.offline import without_strip
from anchorbox_utils.labs.questions import QUESTIONS as PREDICTIONS
from anchorbox_workshop.kit import live, notes
from anchorbox_workshop.kit.decks import DECKS, Slide, directive, read_deck
from anchorbox_workshop.kit.lessons import KitError, find_cell, section_asking
from anchorbox_workshop.kit.page import BUILD, FONT, inline
from anchorbox_workshop.kit.programs import npm_packages, run

# 32px 고정폭 글자로 한 화면에 들어가는 만큼.
WIDEST, TALLEST = 60, 9
FRONT = """---
marp: true
theme: anchorbox
lang: ko
math: mathjax
paginate: true
size: 16:9
title: "{title}"
---
"""


@dataclass
class Making:
    """짓는 중인 슬라이드 한 장.

    Attributes:
        lesson: :class:`Lesson`.
        live: 예측 카드와 실험대를 켤지. PDF에서는 켜지 않습니다.
        slide: 지을 것.
        notes: 발표자 메모의 줄들.
        states: 켤 것들의 상태.
    """

    lesson: object
    live: bool
    slide: Slide
    notes: list = field(default_factory=list)
    states: dict = field(default_factory=dict)


def width(text):
    """고정폭 글꼴에서 차지하는 칸의 수. 한글은 두 칸입니다.

    Examples:
        >>> width("IoU 값")
        6
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _lines(where, text, lines):
    chosen = text.split("\n")
    if lines:
        first, last = map(int, lines.split("-"))
        if not 1 <= first <= last <= len(chosen):
            raise KitError(f"{where}: {lines}번째 줄이 없습니다. 모두 {len(chosen)}줄입니다.")
        chosen = chosen[first - 1 : last]
    return chosen


def _block(where, chosen):
    tall, wide = len(chosen), max(map(width, chosen))
    if tall > TALLEST or wide > WIDEST:
        raise KitError(
            f"{where}: {tall}줄 × {wide}칸이라 뒷자리에서 읽을 수 없습니다. "
            f"{TALLEST}줄 × {WIDEST}칸까지 됩니다."
        )
    return f"<pre><code>{html.escape(chr(10).join(chosen))}</code></pre>"


def _title(making):
    lesson = making.lesson
    goals = "\n".join(f"- {plain(goal)}" for goal in lesson.goals)
    making.notes.append(f"설명 {lesson.explain}분, 실습 {lesson.practice}분입니다. 목표:\n{goals}")
    does = lesson.title.partition(": ")[2] or "앵커 박스 워크숍"
    return (
        "<!-- _class: first -->\n<!-- _paginate: false -->\n\n"
        f"# {making.slide.title}\n\n{does} · {lesson.minutes}분"
    )


def _close(making):
    lesson = making.lesson
    making.notes.append("한 줄씩 학습자에게 읽게 하고, 할 수 있게 되었는지 묻습니다.")
    goals = "\n".join(f"- {inline_html(goal)}" for goal in lesson.goals)
    homework = f"\n\n짝 과제: **{lesson.homework_label}**" if lesson.homework else ""
    return f"## {making.slide.title}\n\n이제 이런 것을 할 수 있습니다.\n\n{goals}{homework}"


def _section(making, key):
    return f"## {making.slide.title}"


def _deeds(slide):
    """그 절에서 할 일의 줄들. 첫 장에 모두 적고, 이어지는 장에는 줄여 적습니다."""
    section = slide.section
    if not slide.opens:
        told = plain(section.deeds["say"]), plain(section.deeds["trouble"])
        return [f"[{section.place}에 이어서] {told[0]}", told[1]]
    words = {"say": "할 일", "do": "학습자", "trouble": "막히는 곳", "cut": "늦으면"}
    minutes = f"설명 {section.explain}분, 실습 {section.practice}분"
    told = [f"{word}: {plain(section.deeds[name])}" for name, word in words.items()]
    return [f"[{section.place}] {minutes}", *told]


def _place(slide):
    """어느 절의 장인지. 진행표와 타이머의 이름과 같습니다."""
    section = slide.section
    told = section.place if slide.title == section.title else section.label
    return f"<!-- _footer: {json.dumps(told, ensure_ascii=False)} -->\n"


def _formula(making, name):
    found = re.search(r"\$\$.*?\$\$", find_cell(making.lesson.stem, name).source, re.DOTALL)
    if not found:
        raise KitError(f"{making.lesson.stem}의 {name}: 수식이 없습니다.")
    return found[0]


def _picture(making, name):
    cell = find_cell(making.lesson.stem, name)
    if cell.picture is None:
        raise KitError(f"{making.lesson.stem}의 {name}: 저장된 그림이 없습니다.")
    return cell


def _figure(making, name):
    cell = _picture(making, name)
    told = " ".join(re.sub(r"[\[\]]", "", cell.printed).split())
    making.notes.append(f"그림의 수: {told}")
    return f"![{told}](data:image/png;base64,{''.join(cell.picture.split())})"


def _output(making, name, lines=""):
    cell = find_cell(making.lesson.stem, name)
    if not cell.printed:
        raise KitError(f"{making.lesson.stem}의 {name}: 출력한 글이 없습니다.")
    where = f"{making.lesson.stem}의 {name}"
    return _block(where, _lines(where, cell.printed, lines))


def _code(making, name, lines=""):
    cell = find_cell(making.lesson.stem, name)
    where = f"{making.lesson.stem}의 {name}"
    # 긴 코드는 빈칸에서 줄을 바꾸고 이어지는 줄을 들여 씁니다.
    rows = (
        textwrap.wrap(row, WIDEST, subsequent_indent=" " * 8, break_long_words=False) or [""]
        for row in _lines(where, cell.source, lines)
    )
    return _block(where, [piece for row in rows for piece in row])


def _text(making, name, lines=""):
    cell = find_cell(making.lesson.stem, name)
    if cell.kind != "markdown":
        raise KitError(f"{making.lesson.stem}의 {name}: 글이 든 셀이 아닙니다.")
    return "\n".join(_lines(f"{making.lesson.stem}의 {name}", cell.source, lines))


def _predict(making, name):
    if section_asking(name) is None or section_asking(name).lesson != making.lesson:
        raise KitError(f"{making.lesson.stem}: {name}이라는 예측을 묻지 않습니다.")
    note, question = notes.prediction_note(name), PREDICTIONS[name]
    making.notes.append("30초를 기다리고 손을 들게 합니다. 정하기 전에는 결과를 보이지 않습니다.")
    if note.lucky:
        low, high = note.lucky
        making.notes.append(f"모두 찍어도 {notes.ROOM}명 가운데 {low}~{high}명은 맞습니다.")
    making.notes.append(f"정답: {plain(note.answer)}")
    making.notes += [
        f"{'정답' if choice.right else '틀린 답'} 「{plain(choice.text)}」: {plain(choice.reveals)}"
        for choice in note.choices
    ]
    making.notes += [plain(text) for text in (note.right, note.otherwise) if text]
    rows = [f"{n}. {option.text}" for n, option in enumerate(question.choices, start=1)]
    rows = rows or [f"{text}: ?" for text in question.fields]
    items = "".join(f"<li>{inline(row)}</li>" for row in rows)
    shown = f'<p class="ask">{inline(note.ask)}</p><ul class="choices">{items}</ul>'
    if question.kind == "boxes":
        # 고를 상자가 그려진 사진은 셀을 실행해야 나옵니다. 저장된 그림을 보입니다.
        cells = (cell for cell in section_asking(name).cells if f'predict("{name}"' in cell.source)
        png = "".join(next(cells).picture.split())
        picture = f'<div class="abx-slot"><img alt="" src="data:image/png;base64,{png}"></div>'
        shown = f'<p class="ask">{inline(note.ask)}</p>\n\n{picture}'
    elif making.live:
        making.states[f"card-{name}"] = live.card(name)
        shown = f'<div class="abx-slot" data-live="card-{name}">{shown}</div>'
    return f"## {making.slide.title}\n\n{shown}"


def _lab(making, name):
    cell = _picture(making, name)
    png = without_strip(base64.b64decode(cell.picture))
    encoded = base64.b64encode(png).decode("ascii")
    told = html.escape(" ".join(cell.printed.split()))
    slot = f"lab-{name}"
    if making.live:
        making.states[slot] = live.lab(making.lesson.stem, name)
    making.notes.append("실험대는 HTML 슬라이드에서 움직입니다. 노트북의 셀과 같은 것입니다.")
    return (
        f'<div class="abx-slot" data-live="{slot}">'
        f'<img alt="{told}" src="data:image/png;base64,{encoded}"></div>'
    )


def _exercise(making, name):
    note = notes.lesson_note(name)
    making.notes.append(f"{name}: {note.minutes}. 막히면: {plain(note.ask)}")
    making.notes += [f"흔할 오개념 「{m.title}」: {plain(m.hint)}" for m in note.mistakes]
    return f"`{name}`: {QUESTIONS[name].returns}"


PARTS = {
    "title": _title,
    "close": _close,
    "section": _section,
    "formula": _formula,
    "figure": _figure,
    "output": _output,
    "code": _code,
    "text": _text,
    "predict": _predict,
    "lab": _lab,
    "exercise": _exercise,
}


def _expand(making):
    lines = []
    for line in making.slide.text.split("\n"):
        found = directive(line)
        if found is None:
            lines.append(line)
            continue
        name, arguments = found
        if name not in PARTS:
            raise KitError(
                f"{making.lesson.stem}의 {line}: 넣을 수 있는 것은 {', '.join(PARTS)}입니다."
            )
        lines.append(PARTS[name](making, *arguments))
    slide = making.slide
    if slide.section:
        # 이어지는 장에서는 그 장의 것(정답과 틀린 답)이 먼저 보여야 합니다.
        told = (_deeds(slide), making.notes)
        making.notes = sum(told if slide.opens else reversed(told), [])
        if slide.number > 1:
            lines.insert(0, _place(slide))
    if making.notes:
        told = "\n\n".join(making.notes).replace("--", "––")
        lines.append(f"\n<!--\n{told}\n-->")
    return "\n".join(lines)


def deck(lesson, is_live, text=None):
    """레슨 하나의 슬라이드를 Marp의 글로.

    Args:
        lesson: :class:`Lesson`.
        is_live: 예측 카드와 실험대를 켤지.
        text: 슬라이드의 글. 없으면 ``workshop/slides/``에서 읽습니다.

    Raises:
        KitError: 없는 것을 넣으라고 했거나, 너무 길어 읽을 수 없을 때.
    """
    text = text or (DECKS / f"{lesson.stem}.md").read_text(encoding="utf-8")
    slides, states = [], {}
    for slide in read_deck(lesson, text):
        making = Making(lesson, is_live, slide)
        slides.append(_expand(making))
        states |= making.states
    if states:
        slides[0] += f"\n\n<script>{live.script(states)}</script>"
    return FRONT.format(title=lesson.label) + "\n\n---\n\n".join(slides) + "\n"


def font_face(texts):
    """슬라이드에 나오는 글자만 담은 글꼴(CSS)."""
    # 실험대가 켜진 다음에 만들어 내는 글자까지.
    letters = set("".join(texts)) | {chr(code) for code in range(0x20, 0x7F)}
    font = subset_font(FONT, letters, flavor="woff", notdef_outline=True)
    encoded = base64.b64encode(font).decode("ascii")
    return f'@font-face {{ font-family: Course; src: url("data:font/woff;base64,{encoded}"); }}\n'


def subset_font(path, letters, **options):
    """``letters``만 남긴 글꼴(바이트). 한글 11,172자를 다 담으면 1 MB가 넘습니다."""
    options = subset.Options(hinting=False, **options)
    buffer = BytesIO()
    with subset.load_font(str(path), options) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(text="".join(letters))
        subsetter.subset(font)
        subset.save_font(font, buffer, options)
    return buffer.getvalue()


def _browser():
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    path = os.environ.get("CHROME_PATH") or next(filter(None, found), None)
    return {"CHROME_PATH": path} if path else {}


def _tell(line):
    """Marp가 파일 하나를 다 지었으면 그 이름을 알립니다."""
    if " => " in line:
        print(f"  {Path(line.rpartition(' => ')[2].strip()).name}", flush=True)


def build_slides(folder=BUILD / "slides", lessons=LESSONS):
    """슬라이드를 HTML, PDF, 메모로 짓고 그 폴더를 돌려줍니다."""
    print(f"레슨 {len(lessons)}개의 슬라이드를 짓습니다. 모두 지으면 1~3분 걸립니다.", flush=True)
    source = folder.parent / "slides-source"
    shutil.rmtree(source, ignore_errors=True)
    texts = {}
    print("  실험대가 든 셀을 실행합니다.", flush=True)
    for kind, is_live in (("live", True), ("still", False)):
        (source / kind).mkdir(parents=True)
        for lesson in lessons:
            texts[kind, lesson] = deck(lesson, is_live)
            path = source / kind / f"{lesson.stem}.md"
            path.write_text(texts[kind, lesson], encoding="utf-8", newline="\n")
    theme = (DECKS / "theme.css").read_text(encoding="utf-8")
    names = re.match(r"/\* @theme \w+ \*/\n", theme)[0]
    (source / "theme.css").write_text(
        names + font_face(texts.values()) + theme.removeprefix(names), encoding="utf-8"
    )
    # 그림 글자를 바깥의 그림으로 바꾸지 않게 합니다.
    settings = {"html": True, "options": {"emoji": {"shortcode": False, "unicode": False}}}
    # 영어로 "Page 3 of 15"라고 나오는 막대. 쪽 번호는 슬라이드에 있습니다.
    settings["bespoke"] = {"osc": False}
    config = source / "marp.json"
    config.write_text(json.dumps(settings), encoding="utf-8")
    marp = ["node", str(npm_packages(DECKS) / "@marp-team" / "marp-cli" / "marp-cli.js")]
    marp += ["--config-file", str(config), "--theme-set", str(source / "theme.css")]
    folder.mkdir(parents=True, exist_ok=True)
    pdf = ["--pdf", "--pdf-notes", "--pdf-outlines"]
    for kind, options in (("live", []), ("still", pdf), ("still", ["--notes"])):
        command = [*marp, *options, "-I", str(source / kind), "-o", str(folder)]
        run(command, env=_browser(), hear=_tell)
    return folder
