"""진단서를 HTML로. 그림과 사진을 글로 바꾸어 넣으므로 다른 파일도 네트워크도 필요 없습니다."""

import base64
from html import escape
from importlib.resources import files

import numpy as np

from anchorbox_utils.diagnosis.anchor_fit import UNTRAINED
from anchorbox_utils.diagnosis.details import anchor_tables, data_tables
from anchorbox_utils.diagnosis.figures import draw_figures
from anchorbox_utils.diagnosis.findings import SEVERITIES
from anchorbox_utils.diagnosis.missed_html import render_missed
from anchorbox_utils.diagnosis.records import SCHEMA
from anchorbox_utils.diagnosis.sheet import SHOTS, Sheet, pick_samples
from anchorbox_utils.visible import visible

# HTML의 표에 보이는 행의 한도. 모두는 JSON에 있습니다.
MOST_ROWS = 60
_MOST_LISTED = 20

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
<meta name="generator" content="{schema}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}@media screen and (prefers-color-scheme: dark) {{ .abx {dark} }}
{page_style}</style>
</head>
<body><a class="skip" href="#abx-findings">찾아낸 것으로 건너뛰기</a><main><div class="abx">
{body}
</div></main></body>
</html>
"""


def render_page(report):
    """HTML 문서 한 장."""
    sheet = Sheet(report.rows)
    sections = [
        ("findings", "찾아낸 것", _findings(report, sheet)),
        ("data", "데이터의 생김새", _data(report)),
        ("misses", "왜 놓쳤나", _misses(report, sheet)),
        ("samples", "표본 사진", _samples(report, sheet)),
        ("anchors", "앵커", _anchors(report, sheet)),
    ]
    sections = [section for section in sections if section[2]]
    links = "".join(f'<a href="#abx-{name}">{title}</a>' for name, title, _ in sections)
    parts = [_head(report), f'<nav aria-label="차례">{links}</nav>', _checklist(report)]
    parts += [f'<h2 id="abx-{name}">{title}</h2>{content}' for name, title, content in sections]
    page = _PAGE.format(
        schema=SCHEMA,
        title=escape(report.title),
        style=_STYLE,
        dark=_DARK,
        page_style=files(__package__).joinpath("page.css").read_text(encoding="utf-8"),
        body="\n".join([*parts, sheet.definitions()]),
    )
    # 글마다 이미 보았지만, 남의 글이 새는 곳이 하나라도 있으면 문서째로 저장하지 못합니다.
    return visible(page, lines=True)


def render_body(report):
    """노트북에 보이는 것. 그림은 없습니다."""
    style = f'<style>{_STYLE}[data-jp-theme-light="false"] .abx {_DARK}</style>'
    parts = [style, '<div class="abx">', _head(report), _checklist(report)]
    if report.findings:
        parts.append("<h2>찾아낸 것</h2>")
        parts += [_finding(finding) for finding in report.findings]
    return visible("\n".join([*parts, "</div>"]), lines=True)


def _head(report):
    tone = "good" if report.ok else "bad"
    rows = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in report.summary())
    return (
        f"<h1>{escape(report.title)}</h1>\n"
        f'<p class="verdict {tone}">{escape(report.verdict())}</p>\n<dl>{rows}</dl>'
    )


def _checklist(report):
    items = "".join(
        f'<li class="{state}"><span class="tag">{mark}</span>{escape(title)}</li>'
        for state, mark, title in report.checklist()
    )
    note = ""
    if report.best_iou is None:
        note = "<p><small>앵커를 주면 나머지 항목도 검사합니다.</small></p>"
    return f'<h2>체크리스트</h2><ul class="topics">{items}</ul>{note}'


def _findings(report, sheet):
    if not report.findings:
        return "<p>없습니다.</p>"
    return "".join(_finding(finding, _shots(report, sheet, finding)) for finding in report.findings)


def _finding(finding, shots=""):
    severity = SEVERITIES[finding.severity]
    examples = "".join(f"<li><code>{escape(text)}</code></li>" for text in finding.examples)
    listed = f'<ul class="examples">{examples}</ul>' if examples else ""
    return (
        f'<section class="{finding.severity}"><h3><span class="tag">{severity.mark} '
        f"{severity.label}</span>{escape(finding.title)}</h3>"
        f"<p><b>근거</b> {escape(finding.evidence)}</p>{listed}{shots}"
        f"<p><b>흔한 원인</b> {escape(finding.cause)}</p>"
        f"<p><b>할 일</b> {escape(finding.advice)}</p></section>"
    )


def _shots(report, sheet, finding):
    """진단에 걸린 이미지 몇 장. 걸린 박스가 빨갛습니다."""
    rows = finding.rows.ravel()
    if len(rows):
        images = report.rows.image[rows].tolist()
    elif len(finding.images):
        images = finding.images.tolist()
    else:
        paths = {p.image for p in report.dataset.problems if p.kind == finding.name}
        images = [n for n, i in enumerate(report.rows.images) if paths and i.path in paths]
    # 이미지째로 걸렸으면 빨갛게 할 박스가 따로 없습니다.
    return _grid(sheet.shot(number, rows) for number in list(dict.fromkeys(images))[:SHOTS])


def _grid(figures):
    inside = "".join(figures)
    return f'<div class="shots">{inside}</div>' if inside else ""


def _data(report):
    charts = "".join(_chart(caption, images) for caption, images in draw_figures(report))
    return f'<div class="charts">{charts}</div>' * bool(charts) + "".join(
        _table(table) for table in data_tables(report)
    )


def _chart(caption, images):
    """화면의 밝기에 맞는 그림을 보입니다."""
    light, dark = (
        "data:image/png;base64," + base64.b64encode(images[theme]).decode()
        for theme in ("light", "dark")
    )
    return (
        "<figure><picture>"
        f'<source srcset="{dark}" media="screen and (prefers-color-scheme: dark)">'
        f'<img src="{light}" alt="{escape(caption)}"></picture>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _table(table):
    rows = table.rows[:MOST_ROWS]
    # 수는 오른쪽에, 문장은 왼쪽에 맞춥니다.
    kinds = [
        ' class="text"' if max((len(row[k]) for row in rows), default=0) > 20 else ""
        for k in range(len(table.columns))
    ]
    head = "".join(
        f'<th scope="col"{kind}>{escape(name)}</th>'
        for name, kind in zip(table.columns, kinds, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{escape(v)}</td>" for v, kind in zip(row, kinds, strict=True))
        + "</tr>"
        for row in rows
    )
    note = table.note
    if len(table.rows) > MOST_ROWS:
        note = f"{len(table.rows):,}행 가운데 {MOST_ROWS}행입니다. 모두는 --json에 있습니다. {note}"
    return (
        f"<h3>{escape(table.title)}</h3>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.title)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f"<p><small>{escape(note)}</small></p>"
    )


def _samples(report, sheet):
    chosen = pick_samples(report.rows)
    note = (
        "<p><small>클래스와 크기가 고루 섞이게 뽑은 이미지입니다. 같은 데이터면 언제나 같은 것을 "
        "뽑습니다. 색은 클래스이고, 이미지 파일이 없거나 그림이 많으면 빈 바탕에 그립니다."
        "</small></p>"
    )
    shots = _grid(map(sheet.shot, chosen))
    return shots and note + shots


def _anchors(report, sheet):
    if report.fit is None:
        return ""
    parts = [_table(table) for table in anchor_tables(report)]
    for why, rows in report.untrained.items():
        if len(rows):
            parts.append(_untrained(report, sheet, UNTRAINED[why], rows))
    return "".join([*parts, _advice(report.context.advice)])


def _untrained(report, sheet, why, rows):
    place = np.searchsorted(report.fit.index, rows[:_MOST_LISTED])
    listed = "".join(
        f"<li><code>{escape(visible(report.rows.source(row), 500))}</code> 최고 IoU "
        f"{report.fit.iou[i]:.2f}, 변의 비 {report.fit.ratio[i]:.1f}배</li>"
        for row, i in zip(rows[:_MOST_LISTED].tolist(), place, strict=True)
    )
    more = ""
    if len(rows) > _MOST_LISTED:
        more = (
            f"<p><small>{len(rows):,}개 가운데 {_MOST_LISTED}개입니다. 모두는 --json에 "
            "있습니다.</small></p>"
        )
    images = list(dict.fromkeys(report.rows.image[rows].tolist()))[:SHOTS]
    shots = _grid(sheet.shot(number, rows) for number in images)
    return f'<h3>{escape(why)}</h3>{shots}<ul class="examples">{listed}</ul>{more}'


def _misses(report, sheet):
    return "" if report.missed is None else render_missed(report.missed, sheet, _table, _chart)


def _advice(advice):
    if advice is None:
        return ""
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in advice.reasons)
    parts = [f"<h3>앵커의 추천</h3><p>{escape(advice.sentence())}</p><ul>{reasons}</ul>"]
    for tool, text, checked in advice.exports() if advice.better else ():
        recall = f"재현율 {advice.before:.1%} → {advice.after[tool]:.1%}. {checked}"
        parts.append(
            f"<h3>{tool}</h3><p><small>{escape(recall)}</small></p>"
            f'<pre tabindex="0">{escape(text)}</pre>'
        )
    return "".join(parts)
