"""레슨 노트북이 지키는 규칙. 규칙마다 함수 하나이고, 어긴 곳을 문장으로 하나씩 내놓습니다."""

import ast
import base64
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np
from claim_tags import EXCUSE, problems
from nbformat import NotebookNode
from terms import wrong_terms

from anchorbox_utils.plotting import MAX_WIDTH
from tools.notebooks import ROOT, WIDGET_VIEW

CODE_SPAN = re.compile(r"(`+)(?:(?!\1).)+?\1", re.DOTALL)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
MATH = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)|\b(?:src|href)=[\"']([^\"']+)")
# 110dpi의 그림에 저장할 때 두르는 여백(양쪽 0.15인치)까지.
MAX_PIXELS = (MAX_WIDTH + 2 * 0.15) * 110
MAX_EXCUSED = 3
MACHINE_PATH = re.compile(
    r"(?<![\w./])/(?:home|root|Users|usr|opt)/\w|\b[A-Z]:\\\w|" + re.escape(str(ROOT))
)


def _cells(nb: NotebookNode, cell_type: str) -> Iterator[tuple[int, NotebookNode]]:
    return ((i, cell) for i, cell in enumerate(nb.cells) if cell.cell_type == cell_type)


def _generated(cell: NotebookNode) -> bool:
    return any(tag.startswith("course-") for tag in cell.metadata.get("tags", []))


def _outputs(nb: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    return ((i, out) for i, cell in _cells(nb, "code") for out in cell.outputs)


def _section(nb: NotebookNode, title: str) -> str | None:
    """제목이 `title`인 마디의 글 (다음 제목 앞까지). 없으면 None."""
    # 이동 줄처럼 만들어 낸 셀은 손으로 쓴 마디의 일부가 아닙니다.
    written = (cell for _, cell in _cells(nb, "markdown") if not _generated(cell))
    text = "\n\n".join(FENCE.sub("", cell.source) for cell in written)
    found = re.search(rf"^#+ (?:\d+[.] )?{title} *\n(.*?)(?=^#+ |\Z)", text + "\n", re.M | re.S)
    return found and found[1]


def _card(nb: NotebookNode) -> str:
    """학습 목표가 든 표. 없으면 빈 글."""
    return next((c.source for _, c in _cells(nb, "markdown") if c.source.startswith("| | |")), "")


def _goals(nb: NotebookNode) -> list[str]:
    row = re.search(r"^\|[^|]*학습 목표[^|]*\|(.+)\|\s*$", _card(nb), re.MULTILINE)
    return re.split("[①-⑳]", row[1])[1:] if row else []


def opens_with_title_and_card(nb: NotebookNode, path: Path) -> Iterator[str]:
    """첫 셀은 제목이고, 학습 목표(1~3개)·선수지식·예상 시간이 적힌 카드가 있습니다."""
    if not nb.cells[0].source.startswith("# "):
        yield "첫 셀이 '# 제목'으로 시작하지 않습니다."
    if not 1 <= len(_goals(nb)) <= 3:
        yield f"카드에 학습 목표가 ①②③으로 1~3개여야 하는데 {len(_goals(nb))}개입니다."
    for row, content in [("선수지식", r"\S"), ("예상 시간", r"설명 \d+분 · 실습 \d+분")]:
        if not re.search(rf"^\|[^|]*{row}[^|]*\|.*{content}", _card(nb), re.MULTILINE):
            yield f"카드에 '{row}' 줄이 없거나 비었습니다."


def reviews_earlier_lessons(nb: NotebookNode, path: Path) -> Iterator[str]:
    """01부터는 복습 질문이 셋이고 답은 접혀 있습니다."""
    if path.name.startswith("00_"):
        return
    review = next((c.source for _, c in _cells(nb, "markdown") if "복습 질문" in c.source), "")
    counts = [review.count(tag) for tag in ("<details>", "<summary>", "</summary>", "</details>")]
    if counts != [3, 3, 3, 3]:
        yield f"'복습 질문'은 접힌 답(<details><summary>)이 3개여야 하는데 {counts}입니다."


def lets_the_learner_try(nb: NotebookNode, path: Path) -> Iterator[str]:
    """'직접 해보기' 마디와 그 뒤의 코드 셀이 있습니다."""
    heading = re.compile(r"^#+ .*직접 해보기", re.MULTILINE)
    start = next((i for i, c in _cells(nb, "markdown") if heading.search(c.source)), None)
    code = [i for i, cell in _cells(nb, "code") if not _generated(cell)]
    if start is None or not any(i > start for i in code):
        yield "'직접 해보기' 제목과 그 뒤의 코드 셀이 없습니다."


def summary_mirrors_goals(nb: NotebookNode, path: Path) -> Iterator[str]:
    """'정리'의 항목 수가 학습 목표의 수와 같습니다."""
    points = re.findall(r"^(?:[-*]|\d+\.) ", _section(nb, "정리") or "", re.MULTILINE)
    if len(points) != len(_goals(nb)):
        yield f"'정리'의 항목이 {len(points)}개인데 학습 목표는 {len(_goals(nb))}개입니다."


def points_further(nb: NotebookNode, path: Path) -> Iterator[str]:
    """'더 나아가기' 마디가 있습니다."""
    if not (_section(nb, "더 나아가기") or "").strip():
        yield "'더 나아가기' 마디가 없거나 비었습니다."


def predictions_are_made_on_cards(nb: NotebookNode, path: Path) -> Iterator[str]:
    """'예측해 보세요' 다음의 코드 셀 넷 안에 예측 카드가 있습니다."""
    for i, cell in _cells(nb, "markdown"):
        if "예측해 보세요" in cell.source:
            following = [c.source for k, c in _cells(nb, "code") if k > i][:4]
            if not any("predict(" in source for source in following):
                yield f"셀 {i}: '예측해 보세요' 다음에 예측 카드가 없습니다."


def cards_do_not_answer_themselves(nb: NotebookNode, path: Path) -> Iterator[str]:
    """카드의 코드는 답하기 전에도 보이므로, 그 안의 글은 결과를 문장으로 말하지 않습니다."""
    for i, cell in _cells(nb, "code"):
        if re.search(r"(?<![\w.])predict\(", cell.source):
            for node in ast.walk(ast.parse(cell.source)):
                text = node.value if isinstance(node, ast.Constant) else None
                if isinstance(text, str) and re.search(r"니다[.!]?\s*$", text):
                    yield f"셀 {i}: 카드의 글이 결과를 말합니다: {text}"


def code_cells_are_short(nb: NotebookNode, path: Path) -> Iterator[str]:
    """코드 셀의 줄 수는 중앙값 5, 90번째 백분위수 12를 넘지 않습니다."""
    sizes = [
        sum(1 for line in cell.source.splitlines() if line.strip() and line.strip()[0] != "#")
        for _, cell in _cells(nb, "code")
        if not _generated(cell)
    ]
    for name, percent, limit in [("중앙값", 50, 5), ("90번째 백분위수", 90, 12)]:
        if (size := np.percentile(sizes or [0], percent)) > limit:
            yield f"코드 셀 줄 수의 {name}이 {size:g}입니다 (한계 {limit}). 모두: {sizes}"


def no_trailing_semicolon(nb: NotebookNode, path: Path) -> Iterator[str]:
    """줄 끝에 세미콜론을 쓰지 않습니다."""
    for i, cell in _cells(nb, "code"):
        for line in cell.source.splitlines():
            if line.rstrip().endswith(";"):
                yield f"셀 {i}: 줄 끝의 세미콜론은 nbval이 지키지 않습니다: {line}"


def no_widget_state(nb: NotebookNode, path: Path) -> Iterator[str]:
    """위젯의 상태를 파일에 저장하지 않습니다."""
    if "widgets" in nb.metadata:
        yield "metadata.widgets에 위젯 상태가 저장되어 있습니다."


def plain_markdown(nb: NotebookNode, path: Path) -> Iterator[str]:
    """마크다운은 평범하게 씁니다. MyST 지시자와 역할을 쓰지 않습니다."""
    for i, cell in _cells(nb, "markdown"):
        if found := re.search(r"^\s*(?:```+|~~~+|:::+)\s*\{.*", cell.source, re.MULTILINE):
            yield f"셀 {i}: MyST 지시자는 쓰지 않습니다: {found[0].strip()}"
        if found := re.search(r"\{[a-z][\w:-]*\}\0", CODE_SPAN.sub("\0", cell.source)):
            yield f"셀 {i}: MyST 역할은 쓰지 않습니다: {found[0][:-1]}"


def no_accidental_strikethrough(nb: NotebookNode, path: Path) -> Iterator[str]:
    """물결표(~)로 뜻하지 않게 취소선이 그어지는 곳이 없습니다."""
    for i, cell in _cells(nb, "markdown"):
        text = MATH.sub("", CODE_SPAN.sub("", FENCE.sub("", cell.source)))
        for paragraph in re.split(r"\n\s*\n", text):
            if found := re.search(r"(?<!~)~[^\s~](?:[^~]*[^\s~])?~(?!~)", paragraph):
                yield f"셀 {i}: 물결표 둘 사이의 글에 취소선이 그어집니다: {found[0]}"


def figures_come_with_numbers(nb: NotebookNode, path: Path) -> Iterator[str]:
    """그림 곁에는 같은 내용의 숫자 요약이 있습니다."""
    for i, cell in _cells(nb, "code"):
        # 실험대의 글은 지금 상태의 요약이지만, 그림(<Figure …>)의 글에는 크기뿐입니다.
        printed = "".join(
            o.data["text/plain"] if WIDGET_VIEW in o.get("data", {}) else o.get("text", "")
            for o in cell.outputs
        )
        if any("image/png" in o.get("data", {}) for o in cell.outputs):
            if not re.search(r"\d", printed):
                yield f"셀 {i}: 그림 곁에 print한 숫자 요약이 없습니다 (nbval은 글자만 봅니다)."


def figures_fit_the_screen(nb: NotebookNode, path: Path) -> Iterator[str]:
    """그림은 가로 9인치를 넘지 않습니다. 더 넓으면 화면에 맞게 줄어 글자가 작아집니다."""
    for i, out in _outputs(nb):
        if png := out.get("data", {}).get("image/png"):
            # PNG의 머리: 서명 8바이트, IHDR의 길이와 이름 8바이트, 그다음이 너비입니다.
            (width,) = struct.unpack(">I", base64.b64decode(png)[16:20])
            if width > MAX_PIXELS:
                yield f"셀 {i}: 그림의 너비가 {width}픽셀입니다 (한계 {MAX_PIXELS:.0f})."


def one_word_for_one_thing(nb: NotebookNode, path: Path) -> Iterator[str]:
    """한 가지를 가리키는 말은 하나만 씁니다. 그 표는 tests/terms.py에 있습니다."""
    for i, cell in enumerate(nb.cells):
        shown = [out.get("text") or out.get("data", {}).get("text/plain", "")
                 for out in cell.get("outputs", [])]  # fmt: skip
        for text in (cell.source, *shown):
            for problem in wrong_terms(text, path.name):
                yield f"셀 {i}: {problem}"


def comparisons_are_measured(nb: NotebookNode, path: Path) -> Iterator[str]:
    """견주는 말(낫다, 못하다, 앞선다, 오른다 등)에는 기록을 부르는 꼬리표가 있고, 기록에서 차이가 제 퍼짐보다 크고 모든 시드에서 이겼습니다. 꼬리표의 꼴은 tests/claim_tags.py에 있습니다."""  # noqa: E501
    written = [(i, cell.source) for i, cell in _cells(nb, "markdown") if not _generated(cell)]
    for i, source in written:
        yield from (f"셀 {i}: {problem}" for problem in problems(source))
    if (excused := sum(len(EXCUSE.findall(source)) for _, source in written)) > MAX_EXCUSED:
        yield f"'주장 아님'이 {excused}개입니다 (한계 {MAX_EXCUSED}). 문장을 고쳐 쓰세요."


def links_exist(nb: NotebookNode, path: Path) -> Iterator[str]:
    """링크한 파일이 있습니다."""
    for i, cell in _cells(nb, "markdown"):
        text = MATH.sub("", CODE_SPAN.sub("", FENCE.sub("", cell.source)))
        for target in (found[1] or found[2] for found in LINK.finditer(text)):
            if re.match(r"[a-z][a-z0-9+.-]*:|#", target):
                continue
            if not (path.parent / unquote(target.partition("#")[0])).exists():
                yield f"셀 {i}: 링크 대상이 없습니다: {target}"


def no_errors_shown(nb: NotebookNode, path: Path) -> Iterator[str]:
    """오류와 stderr 출력이 저장되어 있지 않습니다."""
    for i, out in _outputs(nb):
        if out.output_type == "error":
            yield f"셀 {i}: 오류 출력이 저장되어 있습니다: {out.ename}: {out.evalue}"
        if out.get("name") == "stderr":
            yield f"셀 {i}: stderr 출력이 저장되어 있습니다: {out.text}"


def no_machine_paths(nb: NotebookNode, path: Path) -> Iterator[str]:
    """출력에 이 컴퓨터에만 있는 경로가 없습니다."""
    for i, out in _outputs(nb):
        for text in [out.get("text", ""), *map(str, out.get("data", {}).values())]:
            if found := MACHINE_PATH.search(text):
                where = text[found.start() :][:60]
                yield f"셀 {i}: 이 컴퓨터에만 있는 경로가 출력에 있습니다: {where}"


# 번호가 없는 쪽(지도, 용어, 마치며)도 지키는 것.
PAGE_RULES = [
    no_trailing_semicolon,
    no_widget_state,
    plain_markdown,
    no_accidental_strikethrough,
    figures_come_with_numbers,
    figures_fit_the_screen,
    one_word_for_one_thing,
    comparisons_are_measured,
    links_exist,
    no_errors_shown,
    no_machine_paths,
]
RULES = [
    opens_with_title_and_card,
    reviews_earlier_lessons,
    lets_the_learner_try,
    summary_mirrors_goals,
    points_further,
    predictions_are_made_on_cards,
    cards_do_not_answer_themselves,
    code_cells_are_short,
    *PAGE_RULES,
]
