"""진단서를 HTML로. 그림은 base64 PNG로 넣어 다른 파일이 필요 없습니다."""

import base64
from html import escape

from anchorbox_utils.diagnosis.figures import draw_figures
from anchorbox_utils.diagnosis.findings import SEVERITIES

_STYLE = """
.abx { --fg: #1f2328; --soft: #59636e; --line: #d1d9e0; --card: #fff;
  --error: #c62828; --warning: #b26a00; --info: #3b6ea5; --good: #2e7d32;
  color: var(--fg); font: 15px/1.65 system-ui, "Noto Sans CJK KR", "Malgun Gothic",
    "Apple SD Gothic Neo", sans-serif; word-break: keep-all; overflow-wrap: anywhere; }
.abx h1 { font-size: 1.5em; margin: 0 0 .2em; }
.abx h2 { font-size: 1.1em; margin: 1.8em 0 .6em; }
.abx .verdict { font-size: 1.1em; font-weight: 600; margin: .2em 0 1em; }
.abx .verdict.bad { color: var(--error); } .abx .verdict.good { color: var(--good); }
.abx dl { display: grid; grid-template-columns: max-content 1fr; gap: .15em 1.2em; margin: 0; }
.abx dt { color: var(--soft); } .abx dd { margin: 0; }
.abx ul.topics { list-style: none; padding: 0; margin: 0; display: flex; flex-wrap: wrap;
  gap: .5em; }
.abx ul.topics li { border: 1px solid var(--line); border-radius: 6px; padding: .2em .7em;
  background: var(--card); }
.abx ul.topics small { color: var(--soft); }
.abx section { border: 1px solid var(--line); border-left: 5px solid var(--tone);
  border-radius: 6px; background: var(--card); padding: .8em 1.1em; margin: 0 0 1em; }
.abx section h3 { font-size: 1.05em; margin: 0 0 .4em; }
.abx .tag { color: var(--tone); font-weight: 700; margin-right: .5em; white-space: nowrap; }
.abx section p { margin: .3em 0; } .abx section b { color: var(--soft); font-weight: 600; }
.abx .examples { margin: .4em 0; padding-left: 1.3em; font-size: .92em; }
.abx code { font-family: ui-monospace, Consolas, "Noto Sans Mono CJK KR", monospace;
  font-size: .93em; }
.abx .error { --tone: var(--error); } .abx .warning { --tone: var(--warning); }
.abx .info { --tone: var(--info); } .abx .ok { --tone: var(--good); }
.abx .skipped { --tone: var(--soft); }
.abx figure { margin: 1em 0; } .abx figcaption { color: var(--soft); font-size: .92em; }
.abx img { max-width: 100%; height: auto; }
"""

_DARK = """{ --fg: #e6edf3; --soft: #9aa4af; --line: #3d444d; --card: #161b22;
  --error: #ff7b72; --warning: #e3a33a; --info: #79b8ff; --good: #6fce74; }"""

_PAGE = """<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ margin: 0; background: #f6f8fa; }}
main {{ max-width: 60em; margin: 0 auto; padding: 2em 1.2em 4em; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #0d1117; }} }}
@media print {{ body {{ background: #fff; }} section {{ break-inside: avoid; }} }}
</style>
</head>
<body><main>
{body}
</main></body>
</html>
"""


def render_page(report):
    """HTML 문서 한 장."""
    return _PAGE.format(title=escape(report.title), body=render_body(report, figures=True))


def render_body(report, figures):
    """문서의 몸통. 노트북에서는 이것만 보입니다."""
    dark = f"@media (prefers-color-scheme: dark) {{ .abx {_DARK} }}"
    if not figures:
        dark = f'[data-jp-theme-light="false"] .abx {_DARK}'
    parts = [f"<style>{_STYLE}{dark}</style>", '<div class="abx">']
    parts.append(f"<h1>{escape(report.title)}</h1>")
    tone = "good" if report.ok else "bad"
    parts.append(f'<p class="verdict {tone}">{escape(report.verdict())}</p>')
    rows = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in report.summary())
    parts.append(f"<dl>{rows}</dl>")
    parts.append("<h2>체크리스트</h2>" + _topics(report))
    if report.findings:
        parts.append("<h2>찾아낸 것</h2>")
        parts += [_finding(finding) for finding in report.findings]
    if figures:
        drawn = [_figure(caption, images) for caption, images in draw_figures(report)]
        if drawn:
            parts.append("<h2>그림</h2>" + "".join(drawn))
    parts.append("</div>")
    return "\n".join(parts)


def _topics(report):
    items = "".join(
        f'<li class="{state}"><span class="tag">{mark}</span>{escape(title)}</li>'
        for state, mark, title in report.checklist()
    )
    note = ""
    if report.best_iou is None:
        note = "<p><small>앵커를 주면 나머지 항목도 검사합니다.</small></p>"
    return f'<ul class="topics">{items}</ul>{note}'


def _finding(finding):
    severity = SEVERITIES[finding.severity]
    examples = "".join(f"<li><code>{escape(text)}</code></li>" for text in finding.examples)
    listed = f'<ul class="examples">{examples}</ul>' if examples else ""
    return (
        f'<section class="{finding.severity}"><h3><span class="tag">{severity.mark} '
        f"{severity.label}</span>{escape(finding.title)}</h3>"
        f"<p><b>근거</b> {escape(finding.evidence)}</p>{listed}"
        f"<p><b>흔한 원인</b> {escape(finding.cause)}</p>"
        f"<p><b>할 일</b> {escape(finding.advice)}</p></section>"
    )


def _figure(caption, images):
    """화면의 밝기에 맞는 그림을 보입니다."""
    light, dark = (
        "data:image/png;base64," + base64.b64encode(images[theme]).decode()
        for theme in ("light", "dark")
    )
    return (
        "<figure><picture>"
        f'<source srcset="{dark}" media="(prefers-color-scheme: dark)">'
        f'<img src="{light}" alt="{escape(caption)}"></picture>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
