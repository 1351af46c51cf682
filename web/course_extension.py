"""Sphinx 확장: 조각으로 찾는 한국어 검색과, 조판하기 전의 수식."""

import ast
import html
import re
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.pycode import ModuleAnalyzer
from sphinx.search import SearchLanguage, languages

WORD = re.compile(r"[가-힣]+|[a-z0-9_]+", re.IGNORECASE)
# 띄어 쓴 두 한글 낱말의 이음매
SEAM = re.compile(r"(?<=([가-힣]))\s(?=([가-힣]))")


def pieces(text):
    """글을 검색에 쓸 조각들로: 한글은 두 글자씩, 나머지는 낱말째.

    조사와 붙여 쓴 말 안에서도 찾으려는 것입니다. 「임계값을」에도 「양성임계값」에도 「임계」와
    「계값」이 들어 있습니다. 띄어 쓴 말은 붙여 쓴 말로도 찾습니다. 「앵커 박스」에는 「커박」도
    들어 있습니다.
    """
    found = ["".join(seam.groups()) for seam in SEAM.finditer(text)]
    for word in WORD.findall(text):
        last = max(len(word) - 1, 1)
        korean = "가" <= word[0] <= "힣"
        found += [word[i : i + 2] for i in range(last)] if korean else [word]
    return found


class SearchKorean(SearchLanguage):
    """두 글자씩 끊어 찾는 한국어 검색."""

    lang = "ko"
    language_name = "Korean"
    # 브라우저에서 물음을 pieces처럼 끊는 함수. 조각이 모두 있는 페이지만 찾으므로, 따로 적은 한
    # 글자(「임계 값」의 「값」)와 사이트 어디에도 없는 조각(「없어요」의 「어요」)은 묻지 않습니다.
    js_splitter_code = """
function splitQuery(query) {
  const words = query.match(/[가-힣]+|[a-z0-9_]+/gi) ?? [];
  const isKorean = (word) => word[0] >= "가" && word[0] <= "힣";
  const pieces = words.flatMap((word) =>
    isKorean(word)
      ? Array.from({ length: Math.max(word.length - 1, 1) }, (_, i) => word.slice(i, i + 2))
      : [word]);
  const { terms, titleterms } = Search._index;
  const isWritten = (piece) => Object.hasOwn(terms, piece) || Object.hasOwn(titleterms, piece);
  const isAsked = (piece) => !isKorean(piece) || (piece.length > 1 && isWritten(piece));
  const asked = pieces.filter(isAsked);
  return asked.length ? asked : pieces;
}
"""
    js_stemmer_code = """
class Stemmer {
  stemWord(word) { return word; }
}
"""

    def split(self, text):
        return pieces(text)

    def stem(self, word):
        return word.lower()


def inline_math(writer, node):
    _tex(writer, node, "span")


def display_math(writer, node):
    _tex(writer, node, "div")


def _tex(writer, node, tag):
    # web/typeset.mjs가 이 꼴을 찾아 조판합니다.
    writer.body.append(f'<{tag} class="tex">{html.escape(node.astext())}</{tag}>')
    raise nodes.SkipNode


MARKED = re.compile(r"``[^`]+``|:\w+:`[^`]+`|\*\*[^*]+\*\*")


def set_apart(found):
    """표시한 말을 이웃한 글자와 떼어 놓습니다. RST는 조사가 붙은 ``이름``을 알아보지 못합니다."""
    text, (start, end) = found.string, found.span()
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    left, right = ("" if edge.isspace() or not edge else "\\ " for edge in (before, after))
    return f"{left}{found[0]}{right}"


def tidy_docstring(app, what, name, obj, options, lines):
    lines[:] = [MARKED.sub(set_apart, line) for line in lines]


@cache
def read_outline(analyzer):
    """모듈에서 정의들이 적힌 차례만 읽습니다.

    Sphinx는 우리가 쓰지 않는 `#:` 주석까지 찾느라 낱말을 하나하나 읽습니다. 함수와 클래스의 쪽을
    짓는 시간의 3분의 1이 거기에 듭니다.
    """
    unread = dict.fromkeys(("attr_docs", "annotations", "finals", "overloads", "tags"), {})
    names = defined_in(ast.parse(analyzer.code))
    vars(analyzer).update(unread, tagorder={name: place for place, name in enumerate(names)})


def defined_in(node, prefix=""):
    """클래스 안의 것은 `클래스.이름`으로, 적힌 차례대로 내놓습니다."""
    for child in node.body:
        match child:
            case ast.ClassDef(name=name):
                yield prefix + name
                yield from defined_in(child, f"{prefix}{name}.")
            case ast.FunctionDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                yield prefix + name


def drop_empty_heads(app, doctree):
    """마크다운의 표에는 머리줄이 꼭 있어, 레슨의 카드는 머리줄이 비었습니다."""
    for head in [*doctree.findall(nodes.thead)]:
        if not head.astext().strip():
            head.parent.remove(head)


# furo에는 한국어가 없습니다.
KOREAN = {
    "Next": "다음",
    "Previous": "이전",
    "Home": "처음",
    "On this page": "이 페이지에서",
    "Toggle site navigation sidebar": "강좌의 메뉴 열고 닫기",
    "Toggle table of contents sidebar": "이 페이지의 차례 열고 닫기",
    "Toggle Light / Dark / Auto color theme": "밝은 테마, 어두운 테마, 자동 바꾸기",
    "Skip to content": "본문으로 가기",
    "Back to top": "맨 위로",
    "Link to this heading": "이 제목의 주소",
    "Link to this definition": "이 설명의 주소",
    "Made with": "만든 도구:",
    "Hide navigation sidebar": "메뉴 닫기",
    "Hide table of contents sidebar": "차례 닫기",
}
ENGLISH = re.compile(rf"(?<=[>\"])(\s*)({'|'.join(KOREAN)})(?=\s*[<\"])")


# furo와 Sphinx의 표시를 화면 낭독기가 읽을 수 있게
READABLE = {
    '<div id="search-results"></div>': '<h1>검색</h1><div id="search-results"></div>',
    '<p class="caption" role="heading">': '<p class="caption">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="강좌의 메뉴">',
    '<aside class="toc-drawer': '<aside aria-label="이 페이지의 차례" class="toc-drawer',
}


def finish_pages(app, exception):
    """furo가 적은 영어를 바꾸고, 화면 낭독기가 읽을 수 있게 합니다."""
    for page in Path(app.outdir).rglob("*.html") if exception is None else ():
        text = ENGLISH.sub(lambda m: m[1] + KOREAN[m[2]], page.read_text(encoding="utf-8"))
        for before, after in READABLE.items():
            text = text.replace(before, after)
        page.write_text(text, encoding="utf-8")


SLOT = re.compile(r'data-lab="(\w+)" data-state="([\w-]+)"')
# 본문의 이만큼(글자) 안에 있는 실험대는 첫 화면에 보입니다.
FIRST_SCREEN = 8000


# 처음 그리기 바로 앞에 와 있을 때만 씁니다. 늦게 온 글꼴은 읽던 글을 밀기 때문입니다. 스타일의
# font-display: optional로는 모자랍니다. 글자를 감춘 채 기다리는 100ms 안에 오면 바꾸며 밉니다.
LOAD_FONT = """<script>{
    const face = new FontFace('Anchorbox Web', "url('_static/course.woff2')");
    face.load().catch(() => {});
    requestAnimationFrame(() => face.status === 'loaded' && document.fonts.add(face));
}</script>"""


def load_early(app, page, template, context, doctree):
    """실험대를 켜는 코드와 그 페이지의 첫 실험대, 글꼴을 일찍 받습니다. 실험대가 먼저입니다."""
    links = ["<script async fetchpriority='high' src='_static/live.js'></script>"]
    if slot := SLOT.search(context.get("body", "")):
        urgency = "high" if slot.start() < FIRST_SCREEN else "low"
        kind = f"rel='preload' as='script' fetchpriority='{urgency}'"
        names = ("style", *slot.groups())
        links += [f"<link {kind} href='_static/labs/{name}.js'>" for name in names]
    kind = "rel='preload' as='font' crossorigin fetchpriority='low'"
    links += [f"<link {kind} href='_static/course.woff2'>", LOAD_FONT]
    static = context["pathto"]("_static/", resource=True)
    context["metatags"] = context.get("metatags", "") + "".join(links).replace("_static/", static)


def setup(app):
    languages["ko"] = SearchKorean
    ModuleAnalyzer.analyze = read_outline
    app.connect("autodoc-process-docstring", tidy_docstring)
    app.connect("doctree-read", drop_empty_heads)
    app.connect("html-page-context", load_early)
    app.connect("build-finished", finish_pages)
    app.add_html_math_renderer("typeset", (inline_math, None), (display_math, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
