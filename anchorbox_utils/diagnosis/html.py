"""진단서를 HTML로. 그림은 base64 PNG로 넣고, 밝은 화면과 어두운 화면의 것을 따로 그립니다."""

import base64
import io
from html import escape
from pathlib import Path

import numpy as np

from anchorbox_utils.diagnosis.findings import SEVERITIES, TOPICS
from anchorbox_utils.diagnosis.report import MARKS

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
    title = escape(f"진단: {report.dataset.name or '메모리의 데이터'}")
    return _PAGE.format(title=title, body=render_body(report, figures=True))


def render_body(report, figures):
    """문서의 몸통. 노트북에서는 이것만 보입니다."""
    dark = f"@media (prefers-color-scheme: dark) {{ .abx {_DARK} }}"
    if not figures:
        dark = f'[data-jp-theme-light="false"] .abx {_DARK}'
    parts = [f"<style>{_STYLE}{dark}</style>", '<div class="abx">']
    parts.append(f"<h1>진단: {escape(report.dataset.name or '메모리의 데이터')}</h1>")
    tone = "good" if report.ok else "bad"
    parts.append(f'<p class="verdict {tone}">{escape(report.verdict())}</p>')
    rows = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in report.summary())
    parts.append(f"<dl>{rows}</dl>")
    parts.append("<h2>체크리스트</h2>" + _topics(report))
    if report.findings:
        parts.append("<h2>찾아낸 것</h2>")
        parts += [_finding(finding) for finding in report.findings]
    if figures:
        drawn = [_figure(draw, report) for draw in (_draw_statistics, _draw_examples)]
        drawn = [html for html in drawn if html]
        if drawn:
            parts.append("<h2>그림</h2>" + "".join(drawn))
    parts.append("</div>")
    return "\n".join(parts)


def _topics(report):
    labels = {None: ("ok", "○ 이상 없음"), "skipped": ("skipped", "□ 보지 않음")}
    labels |= {s: (s, f"{MARKS[s]} {label}") for s, label in SEVERITIES.items()}
    labels["info"] = labels[None]
    items = []
    for topic, state in report.topic_states().items():
        css, label = labels[state]
        items.append(
            f'<li class="{css}"><span class="tag">{label}</span>{escape(TOPICS[topic])}</li>'
        )
    note = ""
    if report.best_iou is None:
        note = "<p><small>앵커를 주면 나머지 항목도 검사합니다.</small></p>"
    return f'<ul class="topics">{"".join(items)}</ul>{note}'


def _finding(finding):
    severity = finding.severity
    examples = "".join(f"<li><code>{escape(text)}</code></li>" for text in finding.examples)
    listed = f'<ul class="examples">{examples}</ul>' if examples else ""
    return (
        f'<section class="{severity}"><h3><span class="tag">{MARKS[severity]} '
        f"{SEVERITIES[severity]}</span>{escape(finding.title)}</h3>"
        f"<p><b>근거</b> {escape(finding.evidence)}</p>{listed}"
        f"<p><b>흔한 원인</b> {escape(finding.cause)}</p>"
        f"<p><b>할 일</b> {escape(finding.advice)}</p></section>"
    )


def _figure(draw, report):
    """같은 그림을 두 색으로 그려 화면에 맞는 것을 보입니다."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from anchorbox_utils.plotting import setup_plotting

    images = {}
    for theme, ink, paper in (("light", "#1f2328", "#ffffff"), ("dark", "#e6edf3", "#161b22")):
        with mpl.rc_context():
            setup_plotting()
            keys = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
            mpl.rcParams.update(dict.fromkeys(keys, ink))
            mpl.rcParams.update({"axes.facecolor": paper, "figure.facecolor": paper})
            mpl.rcParams["axes.grid"] = False
            figure = Figure(layout="constrained")
            caption = draw(figure, report, ink)
            if caption is None:
                return ""
            buffer = io.BytesIO()
            figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
        images[theme] = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    return (
        "<figure><picture>"
        f'<source srcset="{images["dark"]}" media="(prefers-color-scheme: dark)">'
        f'<img src="{images["light"]}" alt="{escape(caption)}"></picture>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _draw_statistics(figure, report, ink):
    """크기와 종횡비, 앵커가 있으면 최고 IoU의 히스토그램."""
    if not report.dataset.n_boxes:
        return None
    best = report.best_iou
    panels = 2 if best is None or not len(best) else 3
    figure.set_size_inches(4 * panels, 3)
    axes = figure.subplots(1, panels)
    shapes = None if report._context is None else report._context.shapes
    for ax, values, title, label in (
        (axes[0], report.sizes, "박스의 크기", "크기 √(w·h) (px)"),
        (axes[1], report.ratios, "박스의 종횡비", "종횡비 h/w (비율)"),
    ):
        low, high = max(values.min(), 1e-3), max(values.max(), 2e-3)
        ax.hist(values, np.geomspace(low * 0.9, high * 1.1, 31), color="#6b8fb5")
        ax.set(xscale="log", title=title, xlabel=label, ylabel="박스 수 (개)")
        _plain_log_ticks(ax, low * 0.9, high * 1.1)
    if shapes is not None:
        anchors = (np.sqrt(shapes.prod(axis=1)), shapes[:, 1] / shapes[:, 0])
        for ax, values in zip(axes, anchors, strict=False):
            values = np.unique(np.round(values, 2))
            if len(values) <= 20:
                for value in values:
                    ax.axvline(value, color=ink, ls="--", lw=0.9, alpha=0.7)
    low, middle, high = np.percentile(report.sizes, [5, 50, 95])
    caption = (
        f"박스 {report.dataset.n_boxes:,}개의 크기는 중앙값 {middle:.0f}픽셀(5~95%: {low:.0f}~"
        f"{high:.0f}), 종횡비는 중앙값 {np.median(report.ratios):.2f}입니다."
    )
    if panels == 3:
        caption = f"{caption} 점선은 앵커입니다(박스의 크기는 원본 이미지에서 잰 것입니다)."
        axes[2].hist(best, np.linspace(0, 1, 21), color="#6b8fb5")
        axes[2].axvline(0.5, color=ink, ls="--", lw=0.9)
        axes[2].set(title="정답마다의 최고 IoU", xlabel="IoU (비율)", ylabel="정답 수 (개)")
    return caption


def _plain_log_ticks(ax, low, high):
    from matplotlib.ticker import FixedLocator, NullLocator

    steps = [m * 10.0**e for e in range(-3, 6) for m in (1, 2, 3, 5, 7)]
    ticks = [step for step in steps if low <= step <= high]
    if len(ticks) > 7:
        ticks = ticks[::2]
    ax.set_xlim(low, high)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")


def _draw_examples(figure, report, ink, limit=6):
    """문제가 있는 박스가 든 이미지 몇 장. 이미지 파일이 없으면 빈 바탕에 그립니다."""
    from matplotlib.patches import Rectangle

    rows = report._rows
    bad = (rows.claimed | (rows.kind != "")) & np.isfinite(rows.boxes).all(axis=1)
    bad &= np.isfinite(rows.sizes[rows.image]).all(axis=1)
    numbers = list(dict.fromkeys(rows.image[bad].tolist()))[:limit]
    if not numbers:
        return None
    columns = min(3, len(numbers))
    lines = -(-len(numbers) // columns)
    figure.set_size_inches(4 * columns, 3.3 * lines)
    axes = np.atleast_1d(figure.subplots(lines, columns)).ravel()
    for ax in axes[len(numbers) :]:
        ax.remove()
    for ax, number in zip(axes, numbers, strict=False):
        image = rows.dataset.images[number]
        width, height = rows.sizes[number]
        picture = _thumbnail(image.path)
        if picture is not None:
            ax.imshow(picture, extent=(0, width, height, 0), aspect="auto")
        ax.add_patch(Rectangle((0, 0), width, height, fill=False, ec=ink, lw=1.2))
        here = np.flatnonzero(rows.image == number)[:200]
        for row in here:
            x1, y1, x2, y2 = rows.boxes[row]
            style = ("#e53935", "-", 1.8) if bad[row] else ("#43a047", "-", 1.2)
            color, line, thick = style
            ax.add_patch(
                Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, ec=color, ls=line, lw=thick)
            )
            if bad[row]:
                ax.plot([x1, x2], [y1, y2], "x", color=color, ms=5)
        # 65535 같은 값 하나가 그림을 점으로 만들지 않도록 이미지 둘레만 봅니다.
        margin = 0.5 * max(width, height)
        low = np.clip(rows.boxes[here].reshape(-1, 2).min(axis=0), -margin, 0)
        high = np.clip(
            rows.boxes[here].reshape(-1, 2).max(axis=0),
            [width, height],
            [width + margin, height + margin],
        )
        pad = 0.03 * max(width, height)
        ax.set_xlim(low[0] - pad, high[0] + pad)
        ax.set_ylim(high[1] + pad, low[1] - pad)
        ax.set_aspect("equal")
        ax.set_title(_short(Path(image.path).name), fontsize=10)
        ax.set(xlabel="x (px)", ylabel="y (px)")
    return "빨간 박스가 문제가 있는 기록, 초록 박스가 그 이미지의 다른 박스, 테두리가 이미지입니다."


def _short(text, length=34):
    return text if len(text) <= length else "…" + text[-length + 1 :]


def _thumbnail(path):
    """그림에 깔 작은 이미지. 열 수 없으면 None입니다."""
    if not path or not Path(path).is_file():
        return None
    from PIL import Image

    try:
        with Image.open(path) as image:
            image.thumbnail((480, 480))
            return np.asarray(image.convert("RGB"))
    except Exception:
        return None
