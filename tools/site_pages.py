"""사이트의 페이지가 될 글: 레슨, 시작 페이지, 체크리스트, 증상 찾아보기, 함수 설명."""

import base64
import html
import io
import json
import os
import re
import shutil
import string
from pathlib import Path

import nbformat
from PIL import Image

import anchorbox_utils
from anchorbox_utils.bugs import open_bug
from anchorbox_utils.bugs.catalogue import CASES
from anchorbox_utils.course.lessons import LESSONS, PAGES
from anchorbox_utils.diagnosis import KINDS, SEVERITIES
from anchorbox_utils.diagnosis.findings import TOPICS
from anchorbox_utils.diagnosis.repairs import REPAIRS
from anchorbox_utils.labs import DesignLab, FormulaLab, PredictionCard, ThresholdLab
from anchorbox_utils.labs.base import source
from anchorbox_utils.labs.offline import code_of, state_of, without_strip
from anchorbox_utils.labs.prediction_card import INVITATION
from anchorbox_utils.misses import CAUSES, FALSE_KINDS
from tools.course import CARD, hours, parts, schedule, total
from tools.notebooks import PNG, WIDGET_VIEW, read
from tools.site_states import file_by_content, slot_name, write_script

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
# 강좌를 내려받을 곳. 없으면 링크를 걸지 않습니다.
REPOSITORY = os.environ.get("REPOSITORY_ADDRESS", "")
# 셀에서 만드는 말 → 화면의 코드
LABS = {
    "FormulaLab": FormulaLab,
    "ThresholdLab": ThresholdLab,
    "DesignLab": DesignLab,
    "predict": PredictionCard,
}
HOMEWORK = re.compile(r"\[([^\]]*)\]\((?:\.\./)?(exercises/\w+/\w+\.ipynb)\)")
SOURCE = re.compile(r"\[([^\]]*)\]\(source_document\.md\)")
# 노트북에서만 맞는 말
TO_RUN = re.compile(r" ?[^.*\n]*<kbd>Shift</kbd>[^.]*\.|아래 셀을 실행하고, ")


def template(file, **values):
    """`web/`의 본보기에서 `$이름`을 채운 글."""
    text = (WEB / file).read_text(encoding="utf-8")
    return string.Template(text).substitute(values)


# --- 레슨 -------------------------------------------------------------------------------


def lesson_pages(notebooks, folder):
    """노트북들을 사이트의 페이지로 바꾸어 `folder`에 씁니다. 그림은 `_static/`에 놓습니다."""
    figures = folder / "_static" / "figures"
    figures.mkdir(parents=True)
    for path in sorted(notebooks.glob("*.ipynb")):
        nb = read(path.read_text(encoding="utf-8"))
        for index, cell in enumerate(nb.cells):
            if cell.cell_type == "markdown":
                cell.source = for_the_web(cell.source)
            else:
                name = slot_name(path.stem, index)
                cell.outputs = [web_output(output, cell, name, figures) for output in cell.outputs]
        if path.stem not in PAGES:
            tags = [cell.metadata.get("tags", []) for cell in nb.cells]
            card = next(index for index, found in enumerate(tags) if CARD in found)
            add_note(nb, card + 1, template("lesson.md", stem=path.stem))
        elif path.stem == "home":
            progress = next(k for k, cell in enumerate(nb.cells) if cell.source.startswith("## "))
            add_note(nb, progress, template("home.md"))
        nbformat.write(nb, folder / path.name)


def add_note(nb, place, text):
    """노트북에는 없는, 사이트에서만 하는 말을 `place`번째 셀 앞에 넣습니다."""
    nb.cells.insert(place, nbformat.v4.new_markdown_cell(text, id="web-note"))


def for_the_web(text):
    """노트북의 글을 사이트의 글로."""
    # 좁은 화면에서 화살표만 다음 줄로 넘어가지 않게 합니다.
    text = text.replace(" →](", "\N{NO-BREAK SPACE}→](").replace("[← ", "[←\N{NO-BREAK SPACE}")
    text = HOMEWORK.sub(r'<a href="_static/\2" download>\1</a>', TO_RUN.sub("", text))
    return SOURCE.sub(r'<a href="_static/source_document.md">\1</a>', text)


def told(cell, data):
    """셀의 그림을 볼 수 없을 때 대신 읽을 글: 그 셀이 출력한 요약."""
    printed = "".join(o.text for o in cell.outputs if o.output_type == "stream")
    return " ".join((printed or data["text/plain"]).split())


def web_output(output, cell, name, figures):
    """셀의 출력 하나를 사이트의 것으로: 실험대의 자리, 크기를 아는 그림, 고친 링크."""
    data = output.get("data", {})
    if WIDGET_VIEW in data:
        shown = slot(name, cell, data, figures)
    elif PNG in data:
        shown = enlargeable(picture(base64.b64decode(data[PNG]), told(cell, data), figures))
    elif "text/html" in data:
        shown = data["text/html"].replace("../exercises/", "_static/exercises/")
        shown = re.sub(r'href="(\w+)\.ipynb"', r'href="\1.html"', shown)
        # 진단서의 제목은 이 페이지의 제목이 아니라 셀의 것입니다.
        shown = re.sub(r"(?<=<)(/?h)([1-4])\b", lambda m: f"{m[1]}{int(m[2]) + 2}", shown)
    else:
        return output
    return nbformat.v4.new_output("display_data", data={"text/html": shown})


def picture(png, alt, figures):
    """크기와 대신 읽을 글이 적힌 그림. 크기를 적어 두면 그림이 늦게 와도 글이 밀리지 않습니다."""
    width, height = Image.open(io.BytesIO(png)).size
    return (
        f'<img class="figure" src="_static/figures/{file_by_content(png, "png", figures)}" '
        f'width="{width}" height="{height}" alt="{html.escape(alt)}" loading="lazy">'
    )


def enlargeable(image):
    """누르면 그림만 열리는 그림. 전화기에서는 그림 속의 글을 키워야 읽을 수 있습니다."""
    address = re.search(r'src="([^"]+)"', image)[1]
    return f'<a class="enlarge" href="{address}" title="그림만 크게 보기">{image}</a>'


def slot(name, cell, data, figures):
    """실험대나 카드가 켜질 자리. 자바스크립트가 없으면 안에 든 것이 그대로 보입니다."""
    (lab,) = {LABS[word] for word in re.findall(r"\w+(?=\()", cell.source) if word in LABS}
    if PNG not in data:
        shown = data["text/html"].replace(
            INVITATION, "자바스크립트를 켜면 이 자리에서 예측할 수 있습니다"
        )
    else:
        png = base64.b64decode(data[PNG])
        png = png if lab is PredictionCard else without_strip(png)
        shown = instead(picture(png, told(cell, data), figures))
    return f'<div class="abx-slot" data-lab="{lab.__name__}" data-state="{name}">{shown}</div>'


def instead(image):
    """실험대를 켤 수 없을 때만 받는 그림과, 켜질 때까지 같은 넓이를 차지하는 자리."""
    width, height = re.search(r'width="(\d+)" height="(\d+)"', image).groups()
    place = f'<div class="abx-place" style="width: {width}px; aspect-ratio: {width} / {height}">'
    return f"<noscript>{image}</noscript>{place}</div>"


# --- 실험대의 코드 ----------------------------------------------------------------------


def lab_scripts(folder):
    """실험대마다의 코드와 모양을 `mount.js`가 받아 갈 파일로 씁니다."""
    for lab in LABS.values():
        name = lab.__name__
        code = compressed(code_of(lab))
        (folder / f"{name}.js").write_text(f"abx.{name}={code};", encoding="utf-8")
    css = source("style.css") + (WEB / "hero.css").read_text(encoding="utf-8")
    write_script(folder, "style", compressed(css))


def live_code(*names):
    """`web/live/`의 코드를 이은 것."""
    files = [(WEB / "live" / f"{name}.js").read_text(encoding="utf-8") for name in names]
    return compressed("\n".join(files))


# --- 강좌의 나머지 ----------------------------------------------------------------------


def start_page():
    """시작 페이지."""
    return template(
        "index.md",
        map="\n".join(_part_on_map(part, lessons) for part, lessons in parts()),
        total=hours(total(list(LESSONS))),
        toctrees="\n".join(
            toctree(part, [f"{lesson.label} <{lesson.stem}>" for lesson in lessons])
            for part, lessons in parts()
        ),
        download=f"[강좌를 내려받은]({REPOSITORY})" if REPOSITORY else "강좌를 내려받은",
        bugs=len(CASES),
        findings=len(KINDS),
    )


def _part_on_map(part, lessons):
    rows = "".join(map(_on_map, lessons))
    return f'<section><h3>{part}</h3><ol class="map">{rows}</ol></section>'


def _on_map(lesson):
    return (
        f'<li><a href="{lesson.stem}.html"><b>{lesson.label}</b>'
        f"<span>{lesson.does.replace('{bugs}', str(len(CASES)))}</span>"
        f"<small>{lesson.minutes}분</small></a></li>"
    )


def toctree(caption, names):
    """옆 메뉴의 한 묶음."""
    return "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *names, "```", ""])


def thread_link(thread):
    """`소유자/저장소#번호`를 그 글로 가는 링크로."""
    repository, number = thread.split("#")
    return f"[{thread}](https://github.com/{repository}/issues/{number})"


def checklist_page():
    """진단 하나하나가 무엇이고, 왜 생기고, 어떻게 고치는지. 학습한 다음에 놓친 까닭도 함께."""
    lines = [template("checklist.md", count=len(KINDS))]
    threads = {}
    for case in CASES.values():
        threads.setdefault(case.cause, []).extend(case.threads)
    for topic, (title, *_) in TOPICS.items():
        lines.append(f"## {title}\n")
        for name, kind in KINDS.items():
            if kind.topic != topic:
                continue
            facts = {
                "이름": f"`{name}` · {SEVERITIES[kind.severity].label}",
                "왜 생기나요": kind.cause,
                "할 일": kind.advice,
                "저절로 고치기": name in REPAIRS and f"`--fix`: {REPAIRS[name].meaning}",
                "실제로 보고된 곳": ", ".join(map(thread_link, threads.get(name, ()))),
            }
            lines += [f"({name})=", f"### {escape(kind.title)}\n"]
            lines += [f"- **{fact}**: {text}" for fact, text in facts.items() if text]
            lines.append("")
    tables = {
        "causes": [(cause.title, cause.advice) for cause in CAUSES.values()],
        "kinds": FALSE_KINDS.values(),
    }
    rows = {
        name: "\n".join(f"| {title} | {text} |" for title, text in table)
        for name, table in tables.items()
    }
    return "\n".join([*lines, template("misses.md", **rows)])


def escape(text):
    """마크다운의 표시로 읽히지 않게 한 글."""
    return re.sub(r"([\[\]*_<$])", r"\\\1", text)


def symptoms_page():
    """버그 실험실의 증상들. 원인은 접어 둡니다."""
    lines = [template("symptoms.md", count=len(CASES))]
    for name, case in CASES.items():
        kind = KINDS[case.cause]
        lines += [
            f"## {escape(case.title)}\n",
            *(escape(line) + "  " for line in open_bug(name).symptom.splitlines()),
            "",
            f"보고된 곳: {', '.join(map(thread_link, case.threads))}\n",
            "<details>\n<summary>원인과 할 일</summary>\n",
            f"[{escape(kind.title)}](checklist.md#{case.cause}). {kind.cause}\n",
            f"**할 일**: {kind.advice}\n",
            "</details>\n",
        ]
    return "\n".join(lines)


def instructor_page():
    """강사를 위한 페이지."""
    homework = "\n".join(
        f'- <a href="_static/exercises/{lesson.homework}/{lesson.homework}.ipynb" download>'
        f"{lesson.homework_label}</a>: {lesson.label}"
        for lesson in LESSONS
        if lesson.homework
    )
    return template("instructor.md", schedule=schedule(), homework=homework)


def api_pages(folder):
    """방마다 한 페이지씩, 공개 이름의 설명을 docstring에서 만들 글을 씁니다."""
    folder.mkdir()
    does = dict(re.findall(r"^- (\w+): (.+)$", anchorbox_utils.__doc__, re.MULTILINE))
    rooms = anchorbox_utils._PUBLIC
    for room, names in rooms.items():
        lines = [f"# {room}: {does[room]}\n", "```{eval-rst}"]
        lines += [directive(name) for name in names]
        (folder / f"{room}.md").write_text("\n".join([*lines, "```", ""]), encoding="utf-8")
    rows = "\n".join(
        f"| [{room}]({room}.md) | {does[room]} | {', '.join(f'`{name}`' for name in names)} |"
        for room, names in rooms.items()
    )
    page = template("api.md", rows=rows, toctree=toctree("방", rooms))
    (folder / "index.md").write_text(page, encoding="utf-8")


def directive(name):
    """공개 이름 하나의 설명을 가져오는 Sphinx의 지시."""
    value = getattr(anchorbox_utils, name)
    if isinstance(value, dict):
        keys = ", ".join(f"``{key}``" for key in value)
        return f".. py:data:: {name}\n\n   표. 담긴 이름: {keys}\n"
    if isinstance(value, type):
        return f".. autoclass:: anchorbox_utils.{name}\n   :members:\n"
    return f".. autofunction:: anchorbox_utils.{name}\n"


def write_pages(folder):
    """레슨이 아닌 페이지들과, 내려받을 노트북을 `folder`에 씁니다."""
    pages = {
        "index": start_page,
        "checklist": checklist_page,
        "symptoms": symptoms_page,
        "instructor": instructor_page,
        "diagnose": (ROOT / "DIAGNOSE.md").read_text,
    }
    for name, page in pages.items():
        text = page(encoding="utf-8") if name == "diagnose" else page()
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    api_pages(folder / "api")
    static = folder / "_static"
    live = live_code("model", "judging", "mount")
    (static / "live.js").write_text(live, encoding="utf-8")
    shutil.copytree(
        ROOT / "exercises",
        static / "exercises",
        ignore=shutil.ignore_patterns(".ipynb_checkpoints", "*.backup-*"),
    )
    shutil.copy(ROOT / "notebooks" / "source_document.md", static)
    shutil.copy(ROOT / "anchorbox_utils" / "datasets" / "photo.jpg", static)


# --- 파일 하나짜리 실험대 ---------------------------------------------------------------


def single_file():
    """슬라이드, LMS, 메일에 넣는 수식 실험대. 파일 하나이고 file://에서도 움직입니다."""
    return template(
        "formula_lab.html",
        style=compressed(source("style.css")),
        model=live_code("model"),
        lab=compressed(code_of(FormulaLab)),
        state=json.dumps(state_of(FormulaLab()), ensure_ascii=False),
    )


def compressed(code):
    """주석과 들여쓰기를 뺀 코드."""
    code = re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL)
    lines = (line.strip() for line in code.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
