"""사진과 그 위의 박스: 표본 사진과 진단마다의 보기. 사진은 작게 줄여 한 번만 넣습니다."""

import base64
import io
from html import escape
from pathlib import Path

import numpy as np

from anchorbox_utils.datasets.model import class_name

SAMPLES = 12
SHOTS = 3
# 사진에 쓰는 base64 글자 수의 한도. 넘으면 빈 바탕에 그립니다. 나머지까지 3 MB를 넘지 않습니다.
BUDGET = 1_900_000
_SIDE = 480
_MOST_BOXES = 120
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

    def shot(self, number, marked=(), caption=""):
        """이미지 한 장을 박스와 함께 그린 <figure>. ``marked``의 행은 빨갛게 그립니다."""
        rows, image = self.rows, self.rows.dataset.images[number]
        here = np.flatnonzero(rows.image == number)
        here = here[np.isfinite(rows.boxes[here]).all(axis=1)]
        wrong = here[np.isin(here, marked)]
        here = np.concatenate([wrong, np.setdiff1d(here, wrong)])[:_MOST_BOXES]
        size = rows.sizes[number]
        if not np.isfinite(size).all():
            size = np.maximum(rows.boxes[here].reshape(-1, 2).max(axis=0, initial=1), 1)
        low, high = _view(rows.boxes[here], size)
        width, height = high - low
        parts = [self._background(number, image, size)]
        for row in here[::-1]:
            bad = row in wrong
            if len(marked):
                color, name = (_BAD if bad else _OTHER), ""
            else:
                color = _COLORS[int(rows.labels[row]) % len(_COLORS)]
                name = class_name(rows.dataset.categories, int(rows.labels[row]))
            parts.append(_box(rows.boxes[row], color, name, max(width, height), bad))
        label = f"{Path(image.path).name}: 박스 {len(here)}개"
        name = _short(Path(image.path).name)
        return (
            f'<figure class="shot"><svg viewBox="{low[0]:g} {low[1]:g} {width:g} {height:g}" '
            f'role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
            f"<figcaption>{escape(name)}{' · ' if caption else ''}{escape(caption)}</figcaption>"
            "</figure>"
        )

    def _background(self, number, image, size):
        width, height = size
        frame = f'width="{width:g}" height="{height:g}"'
        if number not in self._used:
            data = _thumbnail(image.path)
            coded = base64.b64encode(data).decode() if data else ""
            if len(coded) > self._left:
                coded = ""
            self._left -= len(coded)
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


def _box(box, color, name, span, bad):
    x1, y1, x2, y2 = np.clip(box, -4 * span, 4 * span)
    left, top, width, height = min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)
    rect = f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"'
    parts = [f'{rect} class="halo"/>', f'{rect} class="box" stroke="{color}"/>']
    if bad and max(width, height) < 0.05 * span:
        # 점처럼 작은 박스도 어디 있는지 보이게 합니다.
        parts.append(
            f'<circle cx="{left + width / 2:.1f}" cy="{top + height / 2:.1f}" '
            f'r="{0.04 * span:.1f}" class="box" stroke="{color}"/>'
        )
    if name:
        parts.append(
            f'<text x="{left:.1f}" y="{top - 0.008 * span:.1f}" font-size="{0.035 * span:.1f}" '
            f'fill="{color}">{escape(_short(name, 16))}</text>'
        )
    return "".join(parts)


def _short(name, most=_MOST_LETTERS):
    return name if len(name) <= most else "…" + name[1 - most :]


def _thumbnail(path):
    """작게 줄인 JPEG. 열 수 없으면 None입니다."""
    if not path or not Path(path).is_file():
        return None
    from PIL import Image

    try:
        with Image.open(path) as image:
            image.draft("RGB", (_SIDE, _SIDE))
            image.thumbnail((_SIDE, _SIDE))
            buffer = io.BytesIO()
            image.convert("RGB").save(buffer, "JPEG", quality=72)
            return buffer.getvalue()
    except Exception:
        return None
