"""놓친 까닭의 HTML: 막대그림과 까닭마다의 보기 사진."""

import os
from html import escape

import numpy as np

from anchorbox_utils.datasets.images import shrunk
from anchorbox_utils.datasets.model import class_name
from anchorbox_utils.diagnosis.figures import draw_figure
from anchorbox_utils.diagnosis.sheet import jpeg_of
from anchorbox_utils.misses import CAUSES
from anchorbox_utils.misses.result import with_code
from anchorbox_utils.visible import visible

# 까닭마다 보이는 보기의 수와, 그림에 보이는 클래스의 수.
EXAMPLES = 6
_MOST_CLASSES = 10
_SIDE = 240
# 보기에서 정답의 둘레를 얼마나 넓게 볼지, 아무리 작아도 몇 픽셀은 볼지.
_ROOM, _LEAST = 1.9, 24

# 보기에 그리는 것: 이름 → (말, 색, 선).
_MARKS = {
    "truth": ("놓친 정답", "#ff9f43", ""),
    "detection": ("그 예측", "#d68cff", "6 3"),
    "other": ("지운 예측이나 앵커를 맡은 정답", "#2dd4bf", "2 3"),
    "anchor": ("가장 닮은 앵커", "#4fc3f7", "6 3"),
}


def render_missed(missed, sheet, table, chart):
    """「왜 놓쳤나」의 내용. ``table``과 ``chart``는 표와 그림을 HTML로 만드는 함수입니다."""
    found = missed.found
    listed = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in missed.summary()
    )
    notes = "".join(f"<p><small>{escape(note)}</small></p>" for note in missed.notes())
    step = ""
    if found.first_step:
        step = (
            '<section class="info"><h3>먼저 해 볼 것</h3>'
            f"<p>{with_code(found.first_step)}</p></section>"
        )
    charts = ""
    if found.rows:
        groups = _groups(found)
        size = (6.4, 1.5 + 0.3 * len(groups))
        caption, images = draw_figure(_draw_causes, (found, groups), size)
        charts = f'<div class="charts wide">{chart(caption, images)}</div>'
    tables = "".join(map(table, missed.tables()))
    return f"<dl>{listed}</dl>{notes}{step}{charts}{tables}{_examples(missed, sheet)}"


def _groups(found):
    return [found.total(), *found.by_size(), *found.by_class()[:_MOST_CLASSES]]


def _draw_causes(ax, subject, ink):
    from anchorbox_utils.plotting import draw_miss_causes

    found, groups = subject
    draw_miss_causes(ax, groups)
    ax.set_title("갈래마다 놓친 까닭")
    ax.figure.legend(loc="outside lower center", ncols=4, fontsize=9, handlelength=1.4)
    told = ", ".join(
        f"{CAUSES[name].title} {count:,}개" for name, count in found.counts.items() if count
    )
    classes = len(found.by_class())
    shown = f" 클래스는 많이 놓친 {_MOST_CLASSES}개입니다." if classes > _MOST_CLASSES else ""
    return f"정답 {found.n_truths:,}개 가운데 놓친 {len(found.rows):,}개의 까닭: {told}.{shown}"


def _examples(missed, sheet):
    parts = []
    for name, cause in CAUSES.items():
        rows = [row for row in missed.found.rows if row.cause == name]
        if not rows:
            continue
        shown = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), EXAMPLES)).astype(int))
        shots = "".join(_shot(missed, sheet, rows[i]) for i in shown)
        parts.append(
            f"<h3>{escape(cause.title)} ({len(rows):,}개)</h3>"
            f'<p>{with_code(cause.advice)}</p><div class="shots">{shots}</div>'
        )
    legend = "".join(
        f'<span class="class"><i style="background:{color}"></i>{escape(title)}</span> '
        for title, color, _ in _MARKS.values()
    )
    return f'<p class="marks"><small>보기의 색: {legend}</small></p>{"".join(parts)}' * bool(parts)


def _shot(missed, sheet, row):
    """놓친 정답의 둘레를 오려 근거와 함께 그린 <figure>."""
    image, size = missed.rows.images[row.image], missed.rows.sizes[row.image]
    boxes = _boxes(missed, row)
    low, high = _region(np.array(list(boxes.values())), size)
    width, height = high - low
    inside = np.clip([low, high], 0, np.where(np.isfinite(size), size, np.inf))
    (left, top), (across, down) = inside[0], inside[1] - inside[0]
    frame = f'x="{left:g}" y="{top:g}" width="{across:g}" height="{down:g}"'
    coded = sheet.coded(b"" if image.named_only else _crop(image, low / size, high / size))
    paper = f'<rect class="paper" {frame}/>'
    if coded:
        paper = f'<image {frame} preserveAspectRatio="none" href="data:image/jpeg;base64,{coded}"/>'
    paths = "".join(
        f'<path stroke="{_MARKS[name][1]}" stroke-dasharray="{_MARKS[name][2]}" '
        f'd="M{x1:g} {y1:g}H{x2:g}V{y2:g}H{x1:g}z"/>'
        for name, (x1, y1, x2, y2) in reversed(boxes.items())
    )
    name = visible(os.path.basename(image.path), 40)
    title = f"{visible(class_name(missed.found.class_names, row.class_id), 20)}: {row.text}"
    also = ", ".join(CAUSES[other].title for other in row.also)
    unsure = f"<br>함께 맞는 까닭: {escape(also)}" if also else ""
    return (
        f'<figure class="shot"><svg viewBox="{low[0]:g} {low[1]:g} {width:g} {height:g}" '
        f'role="img" aria-label="{escape(title)}">{paper}<g>{paths}</g></svg>'
        f"<figcaption><b>{escape(name)}</b> {escape(title)}{unsure}</figcaption></figure>"
    )


def _boxes(missed, row):
    """보기에 그릴 박스들. 정답이 언제나 있습니다."""
    found, evidence, boxes = missed.found, row.evidence, {"truth": row.box}
    final = found.detections[row.image].boxes
    if "detection" in evidence:
        boxes["detection"] = final[evidence["detection"]]
    elif "raw" in evidence:
        boxes["detection"] = found.before_nms[row.image].boxes[evidence["raw"]]
    if evidence.get("by"):
        boxes["other"] = final[evidence["by"]["detection"]]
    if "rival" in evidence:
        boxes["other"] = found.truths[row.image].boxes[evidence["rival"]]
    if "nearest" in evidence:
        center = np.tile((row.box[:2] + row.box[2:]) / 2, 2)
        half = np.array(evidence["nearest"]) / missed.scale[row.image] / 2
        boxes["anchor"] = center + np.concatenate([-half, half])
    return {name: np.round(box, 1) for name, box in boxes.items()}


def _region(boxes, size):
    """보일 곳의 (왼쪽 위, 오른쪽 아래). 모든 박스가 들고, 되도록 이미지 안입니다."""
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    side = max(_ROOM * (high - low).max(), _LEAST)
    limit = np.where(np.isfinite(size), size, np.inf)
    start = np.clip((low + high - side) / 2, 0, np.maximum(limit - side, 0))
    # 이미지보다 넓게 보아야 하면 이미지까지만 봅니다. 밖으로 나간 박스만 예외입니다.
    start, end = np.maximum(start, 0), np.minimum(start + side, limit)
    return np.minimum(start, low), np.maximum(end, high)


def _crop(image, low, high):
    """``low``부터 ``high``까지(0~1)를 오려 줄인 JPEG. 열 수 없으면 빈 바이트입니다."""
    size = image.file_size or (image.width, image.height)
    if None in size or not os.path.isfile(image.path):
        return b""
    # 이미지 밖으로 나간 박스가 있어도 사진은 이미지까지입니다.
    box = np.clip(np.concatenate([low, high]), 0, 1) * np.tile(size, 2)
    width, height = box[2:] - box[:2]
    shrink = _SIDE / max(width, height)
    side = [max(1, round(edge * shrink)) for edge in (width, height)]
    return jpeg_of(shrunk(image.path, "RGB", side, tuple(box.tolist())), quality=78)
