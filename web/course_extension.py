"""Sphinx 확장: 조각으로 찾는 한국어 검색과, 조판하기 전의 수식."""

import html
import re

from docutils.nodes import SkipNode
from sphinx.search import SearchLanguage, languages

WORD = re.compile(r"[가-힣]+|[a-z0-9_]+", re.IGNORECASE)


def pieces(text):
    """글을 검색에 쓸 조각들로: 한글은 두 글자씩, 나머지는 낱말째.

    조사와 붙여 쓴 말 안에서도 찾으려는 것입니다. 「임계값을」에도 「양성임계값」에도 「임계」와
    「계값」이 들어 있습니다.
    """
    found = []
    for word in WORD.findall(text):
        last = max(len(word) - 1, 1)
        korean = "가" <= word[0] <= "힣"
        found += [word[i : i + 2] for i in range(last)] if korean else [word]
    return found


class SearchKorean(SearchLanguage):
    """두 글자씩 끊어 찾는 한국어 검색."""

    lang = "ko"
    language_name = "Korean"
    # 브라우저에서 물음을 끊는 함수. pieces와 같아야 합니다.
    js_splitter_code = """
function splitQuery(query) {
  const words = query.match(/[가-힣]+|[a-z0-9_]+/gi) ?? [];
  return words.flatMap((word) =>
    word[0] < "가" || word[0] > "힣"
      ? [word]
      : Array.from({ length: Math.max(word.length - 1, 1) }, (_, i) => word.slice(i, i + 2)));
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
    raise SkipNode


MARKED = re.compile(r"``[^`]+``|:\w+:`[^`]+`|\*\*[^*]+\*\*")


def set_apart(found):
    """표시한 말을 이웃한 글자와 떼어 놓습니다. RST는 ``이름``을 처럼 붙여 쓰면 알아보지 못합니다."""
    text, (start, end) = found.string, found.span()
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    left, right = ("" if edge.isspace() or not edge else "\\ " for edge in (before, after))
    return f"{left}{found[0]}{right}"


def tidy_docstring(app, what, name, obj, options, lines):
    lines[:] = [MARKED.sub(set_apart, line) for line in lines]


def preload_font(app, page, template, context, doctree):
    """글꼴을 일찍 받아, 글이 다른 글꼴로 먼저 보였다가 바뀌지 않게 합니다."""
    font = context["pathto"]("_static/course.woff2", resource=True)
    link = f'<link rel="preload" href="{font}" as="font" crossorigin>'
    context["metatags"] = context.get("metatags", "") + link


def setup(app):
    languages["ko"] = SearchKorean
    app.connect("autodoc-process-docstring", tidy_docstring)
    app.connect("html-page-context", preload_font)
    app.add_html_math_renderer("typeset", (inline_math, None), (display_math, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
