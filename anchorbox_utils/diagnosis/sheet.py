"""사진과 그 위의 박스: 표본 사진과 진단마다의 보기. 사진은 작게 줄여 한 번만 넣습니다."""

import base64
import io
import os
from html import escape

import numpy as np

from anchorbox_utils.datasets.images import shrunk
from anchorbox_utils.datasets.model import class_name
from anchorbox_utils.visible import visible

SAMPLES = 12
SHOTS = 3
# 사진에 쓰는 base64 글자 수의 한도. 넘으면 빈 바탕에 그립니다. 나머지까지 3 MB를 넘지 않습니다.
BUDGET = 1_900_000
_SIDE = 480
_MOST_BOXES = 120
_MOST_CLASSES = 6
_MOST_LETTERS = 40
# 사진 위에서 서로 구별되는 색. 클래스가 더 많으면 되풀이합니다.
_COLORS = ("#4fc3f7", "#ffb74d", "#aed581", "#f06292", "#ba68c8", "#fff176", "#4db6ac", "#e0e0e0")
_BAD, _OTHER = "#ff5252", "#81c784"


def pick_samples(rows, count=SAMPLES, seed=0):
    """박스가 있는 이미지 ``count``장의 번호. 클래스와 크기가 고루 섞이고, 씨앗이 같으면 같습니다.

    박스를 (클래스, 크기의 삼분위)로 나누고, 드문 칸이 묻히지 않도록 칸마다 하나씩 뽑습니다.
    """
    usable = np.flatnonzero((rows.kind == "") & np.isfinite(rows.sizes[rows.image]).all(axis=1))
    if not len(usable):
        return []
    usable = np.random.default_rng(seed).permutation(usable)
    size = (rows.boxes[usable, 2:] - rows.boxes[usable, :2]).prod(axis=1)
    band = np.searchsorted(np.quantile(size, [1 / 3, 2 / 3]), size)
    _, first = np.unique(rows.labels[usable] * 3 + band, return_index=True)
    # 앞에서 한 번 섞었으므로 자리의 차례가 곧 무작위입니다.
    order = np.concatenate([np.sort(first), np.arange(len(usable))])
    images = dict.fromkeys(rows.image[usable[order[: 50 * count]]].tolist())
    return sorted(list(images)[:count])


class Sheet:
    """그림 속에 한 번씩만 넣는 사진들."""

    def __init__(self, rows):
        self.rows, self._used, self._left, self._defs = rows, {}, BUDGET, []

    def shot(self, number, marked=None):
        """이미지 한 장을 박스와 함께 그린 <figure>.

        ``marked``를 주면 그 행이 빨갛고 나머지가 초록입니다. 주지 않으면 박스가 된 행만 클래스의
        색으로 그리고 아래에 클래스를 적습니다.
        """
        rows, image = self.rows, self.rows.images[number]
        here = np.flatnonzero(rows.image == number)
        here = here[np.isfinite(rows.boxes[here]).all(axis=1)]
        if marked is None:
            here = here[rows.kind[here] == ""]
        wrong = here[np.isin(here, () if marked is None else marked)]
        here = np.concatenate([wrong, np.setdiff1d(here, wrong)])[:_MOST_BOXES]
        size = rows.sizes[number]
        if not np.isfinite(size).all():
            size = np.maximum(rows.boxes[here].reshape(-1, 2).max(axis=0, initial=1), 1)
        low, high = _view(rows.boxes[here], size)
        width, height = high - low
        drawn = {}
        for row in here[::-1]:
            color = _color(rows.labels[row]) if marked is None else _BAD if row in wrong else _OTHER
            drawn.setdefault(color, []).append(_outline(rows.boxes[row], max(width, height)))
        rings = [_ring(rows.boxes[row], max(width, height)) for row in wrong[:_MOST_BOXES]]
        drawn.setdefault(_BAD, []).extend(filter(None, rings))
        paths = (f'<path stroke="{color}" d="{"".join(d)}"/>' for color, d in drawn.items() if d)
        parts = [self._background(number, image, size), "<g>", *paths, "</g>"]
        name = _short(os.path.basename(image.path))
        label = f"{name}: 박스 {len(here)}개"
        legend = "" if marked is not None else self._legend(rows.labels[here])
        return (
            f'<figure class="shot"><svg viewBox="{low[0]:g} {low[1]:g} {width:g} {height:g}" '
            f'role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
            f"<figcaption>{escape(name)}{legend}</figcaption></figure>"
        )

    def _legend(self, labels):
        """클래스마다의 색과 박스 수."""
        found, counts = np.unique(labels, return_counts=True)
        names = [class_name(self.rows.dataset.categories, int(label)) for label in found]
        shown = [
            f'<span class="class"><i style="background:{_color(label)}"></i>'
            f"{escape(_short(name, 20))} {count}</span>"
            for label, name, count in zip(found, names, counts, strict=True)
        ]
        more = [f"외 {len(shown) - _MOST_CLASSES}가지"] if len(shown) > _MOST_CLASSES else []
        return "<br>" + " ".join([*shown[:_MOST_CLASSES], *more])

    def coded(self, data):
        """사진의 바이트를 base64로. 없거나 한도를 넘으면 빈 글입니다."""
        coded = base64.b64encode(data).decode() if data else ""
        if len(coded) > self._left:
            return ""
        self._left -= len(coded)
        return coded

    def _background(self, number, image, size):
        width, height = size
        frame = f'width="{width:g}" height="{height:g}"'
        if number not in self._used:
            data = b"" if image.named_only else _thumbnail(image.path)
            coded = self.coded(data)
            self._used[number] = bool(coded)
            if coded:
                self._defs.append(
                    f'<image id="abx-{number}" {frame} preserveAspectRatio="none" '
                    f'href="data:image/jpeg;base64,{coded}"/>'
                )
        blank = f'<rect class="paper" {frame}/>'
        return f'<use href="#abx-{number}"/>' if self._used[number] else blank

    def definitions(self):
        """사진들. 몸통의 어디에 있어도 됩니다."""
        return (
            '<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>'
            f"{''.join(self._defs)}</defs></svg>"
        )


def _view(boxes, size):
    """보일 곳의 (왼쪽 위, 오른쪽 아래). 65535 같은 값 하나가 사진을 점으로 만들지 않게 합니다."""
    margin, corners = 0.5 * max(size), boxes.reshape(-1, 2)
    low = np.clip(corners.min(axis=0, initial=0), -margin, 0)
    high = np.clip(corners.max(axis=0, initial=0), size, size + margin)
    pad = 0.01 * max(size)
    return low - pad, high + pad


def _color(label):
    return _COLORS[int(label) % len(_COLORS)]


def _outline(box, span):
    """박스의 테두리를 그리는 길."""
    x1, y1, x2, y2 = np.round(np.clip(box, -4 * span, 4 * span), 1)
    return f"M{x1:g} {y1:g}H{x2:g}V{y2:g}H{x1:g}z"


def _ring(box, span):
    """점처럼 작은 박스도 어디 있는지 보이게 두르는 원의 길. 크면 필요 없습니다."""
    if np.abs(box[2:] - box[:2]).max() >= 0.05 * span:
        return ""
    x, y = (box[:2] + box[2:]) / 2
    radius = 0.04 * span
    arc = f"a{radius:.1f} {radius:.1f} 0 1 0"
    return f"M{x - radius:.1f} {y:.1f}{arc} {2 * radius:.1f} 0{arc} {-2 * radius:.1f} 0"


def _short(name, most=_MOST_LETTERS):
    return visible(name if len(name) <= most else "…" + name[1 - most :])


def _thumbnail(path):
    """작게 줄인 JPEG. 열 수 없으면 빈 바이트입니다."""
    if not os.path.isfile(path):
        return b""
    return jpeg_of(shrunk(path, "RGB", (_SIDE, _SIDE)), quality=72)


def jpeg_of(image, quality):
    """PIL 이미지의 JPEG 바이트. 없으면 빈 바이트입니다."""
    if image is None:
        return b""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
