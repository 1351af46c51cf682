"""YOLO 라벨의 줄이 무엇인지(박스, 다각형, 포즈, 추적 결과). 모든 줄을 보고 정합니다."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

_POSE = (
    "포즈 라벨입니다. 클래스 다음의 네 수를 박스로 읽고, 뒤의 수 {rest}개(키포인트)는 읽지 "
    "않았습니다."
)
_EXTRA = "클래스 다음의 네 수만 박스로 읽었습니다. 뒤의 수는 {what}로 보입니다."


class Layout(NamedTuple):
    """줄을 읽는 법.

    Attributes:
        note: 알릴 말. 보통의 줄이면 빈 문자열입니다.
        boxes: 네 수가 박스이고 뒤는 다른 것인 줄의, 클래스 다음 수의 개수.
        drop: 다각형 뒤에 덧붙은 수의 개수.
        extra: 학습용 라벨에는 없어야 할 수(신뢰도, 추적 번호)가 붙어 있는지.
    """

    note: str = ""
    boxes: int = 4
    drop: int = 0
    extra: bool = False


class _Guess(NamedTuple):
    """줄의 꼴 하나: 모든 줄의 수가 같을 때 (N, n) 배열을 보고 그 꼴인지 답합니다."""

    fits: Callable
    note: str
    polygon: bool = False
    extra: bool = True


def choose_layout(rows, key_points=None):
    """수가 몇 개씩인지와 그 값으로 :class:`Layout`을 정합니다.

    Args:
        rows: 줄마다의, 클래스를 뺀 수의 목록.
        key_points: data.yaml의 ``kpt_shape``.

    Examples:
        >>> choose_layout([[0.5, 0.5, 0.2, 0.3, 0.91, 7]]).extra
        True
    """
    if key_points is not None:
        count = key_points[0] * key_points[1]
        return Layout(_POSE.format(rest=count), 4 + count)
    counts = Counter(len(row) for row in rows if len(row) >= 4)
    count, number = counts.most_common(1)[0] if counts else (4, 0)
    # 틀린 줄 몇 개가 섞여도 나머지가 무엇인지는 알 수 있습니다.
    if count > 4 and number >= 0.9 * counts.total():
        table = np.array([row for row in rows if len(row) == count], dtype=np.float64)
        for guess in _GUESSES:
            if np.isfinite(table).all() and guess.fits(table):
                note = guess.note.format(rest=count - 4)
                return Layout(note, 4 if guess.polygon else count, extra=guess.extra)
    if counts and all(n >= 7 and n % 2 for n in counts) and all(0 <= r[-1] <= 1 for r in rows):
        note = (
            "다각형 뒤에 신뢰도로 보이는 수가 하나씩 더 있습니다. 예측 결과를 저장한 것 같습니다."
        )
        return Layout(note, drop=1, extra=True)
    return Layout()


def box_of_polygon(values):
    """점들을 감싸는 [cx, cy, w, h]."""
    xs, ys = values[::2], values[1::2]
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    return [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]


def _is_box(table):
    return ((table[:, 2:4] > 0) & (table[:, 2:4] <= 1.01)).all()


def _whole(values):
    return (values == np.round(values)).all()


def _is_rectangle(table):
    if table.shape[1] != 8:
        return False
    a, b, c, d = (table[:, i : i + 2] for i in (0, 2, 4, 6))
    return (np.abs(a + c - b - d) < 0.01).all()


def _is_track(table):
    if table.shape[1] != 6 or not _is_box(table):
        return False
    score, number = table[:, 4], table[:, 5]
    # 삼각형의 마지막 y도 0이나 1일 수 있으므로, 2 이상인 번호가 하나는 있어야 합니다.
    return ((score >= 0) & (score <= 1)).all() and _whole(number) and (number >= 2).any()


def _is_scored(table):
    score = table[:, 4]
    return table.shape[1] == 5 and ((score >= 0) & (score <= 1)).all() and not _whole(score)


def _is_numbered(table):
    return table.shape[1] == 5 and _whole(table[:, 4])


def _is_pose_with_marks(table):
    """(x, y, 0·1·2)가 되풀이되고, 보이는 점이 모두 박스 안에 있는지."""
    if (table.shape[1] - 4) % 3 or not _is_box(table):
        return False
    marks = table[:, 6::3]
    points = np.stack([table[:, 4::3], table[:, 5::3]], axis=2)
    return bool(np.isin(marks, (0, 1, 2)).all() and _inside(table, points)[marks > 0].all())


def _is_pose_without_marks(table):
    """(x, y)나 (x, y, 신뢰도)가 되풀이되는지. 다각형과 헷갈리지 않게 세 줄에 점 셋은 필요합니다."""
    rest = table.shape[1] - 4
    for step in (2, 3):
        if rest % step or rest // step < 3 or len(table) < 3 or not _is_box(table):
            continue
        points = np.stack([table[:, 4::step], table[:, 5::step]], axis=2)
        if not (_inside(table, points) | (points == 0).all(axis=2)).all():
            continue
        low, high = points.min(axis=1), points.max(axis=1)
        spread = ((high - low) / table[:, 2:4]).max(axis=1)
        # 다각형이라면 둘째 점(여기서는 박스의 너비와 높이)도 나머지 점들 곁에 있습니다.
        margin = 0.5 * (high - low)
        far = ((table[:, 2:4] < low - margin) | (table[:, 2:4] > high + margin)).any(axis=1)
        # 첫 점은 다각형이라면 나머지 점들의 가장자리이고, 포즈라면 박스의 한가운데입니다.
        centre, edge = table[:, :2], 0.1 * (high - low)
        middle = ((centre > low + edge) & (centre < high - edge)).all(axis=1)
        if np.median(spread) >= 0.25 and far.mean() >= 0.7 and middle.mean() >= 0.7:
            return True
    return False


def _inside(table, points):
    centre, half = table[:, None, :2], table[:, None, 2:4] / 2
    return (np.abs(points - centre) <= half + 0.01).all(axis=2)


# 앞의 것부터 물어봅니다.
_GUESSES = (
    _Guess(
        _is_rectangle,
        "기울어진 박스(OBB)입니다. 네 꼭짓점을 감싸는 박스로 읽었습니다.",
        polygon=True,
        extra=False,
    ),
    _Guess(_is_track, _EXTRA.format(what="신뢰도와 추적 번호")),
    _Guess(_is_scored, _EXTRA.format(what="신뢰도")),
    _Guess(_is_numbered, _EXTRA.format(what="추적 번호")),
    _Guess(_is_pose_with_marks, _POSE, extra=False),
    _Guess(_is_pose_without_marks, _POSE, extra=False),
)
