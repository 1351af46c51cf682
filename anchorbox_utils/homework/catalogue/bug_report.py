"""과제 05의 문제: 처음 보는 버그 신고. 원인을 다시 만들어 짚고, 고칩니다.

버그 실험실의 사건은 모두 학습 쪽에 있습니다. 이 신고는 학습이 끝난 다음, 망에 들어간 그림의 박스를
사진의 박스로 되돌리는 곳에 있습니다. 학번이 전처리와 고장을 함께 정합니다.
"""

import html
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

import numpy as np

from anchorbox_utils.feedback import CheckResult
from anchorbox_utils.homework.catalogue.common import (
    CORNERS,
    EMPTY_BOXES,
    EXAMPLE_NUMBER,
    KEEP_INPUT,
)
from anchorbox_utils.homework.exercise import Case, Exercise, Misconception
from anchorbox_utils.homework.personal import read_number


@dataclass(frozen=True)
class Plan:
    """사진을 망에 넣는 방법.

    Attributes:
        fit: ``"letterbox"``(모두 들어오게 줄임), ``"crop"``(꽉 차게 키움), ``"stretch"``(늘임).
        share: 남는 여백이나 잘려 나간 부분 가운데 왼쪽과 위에 놓이는 몫.
        mirror: 좌우를 뒤집어 넣는지.
    """

    fit: str
    share: float
    mirror: bool


@dataclass(frozen=True, eq=False)
class _Way:
    """되돌리는 방법: ``(x - offset) / factor``. ``width``가 있으면 먼저 ``width - x``입니다."""

    photo: np.ndarray
    size: np.ndarray
    plan: Plan
    factor: np.ndarray
    offset: np.ndarray
    width: float | None

    def __call__(self, boxes):
        points = np.asarray(boxes)
        points = points.astype(np.result_type(points.dtype, np.float32)).reshape(-1, 2, 2)
        if self.width is not None:
            points = points[:, ::-1] * [-1, 1] + [self.width, 0]
            points = np.stack([points[..., 0], points[:, ::-1, 1]], axis=2)
        return ((points - self.offset) / self.factor).reshape(-1, 4)


def _factor(fit, photo, size):
    ratio = size / photo
    return {"letterbox": np.full(2, ratio.min()), "crop": np.full(2, ratio.max())}.get(fit, ratio)


def _fitted(fit, share, way):
    factor = _factor(fit, way.photo, way.size)
    return replace(way, factor=factor, offset=share * (way.size - factor * way.photo))


def _right_way(plan, photo_size, input_size):
    photo, size = (np.array(side[::-1], float) for side in (photo_size, input_size))
    width = size[0] if plan.mirror else None
    return _fitted(plan.fit, plan.share, _Way(photo, size, plan, size, size, width))


_OTHER_FIT = {"letterbox": "crop", "crop": "letterbox", "stretch": "letterbox"}


def _other_side(way):
    if way.plan.fit == "stretch":
        return way
    return _fitted(way.plan.fit, 0.5 if way.plan.share == 1 else 1.0, way)


@dataclass(frozen=True)
class _Slip:
    """되돌리다 하는 실수 하나.

    Attributes:
        title: 오개념의 제목.
        cause: 원인의 후보로 보일 설명. 전처리에 따라 다르면 ``cause(plan)``이 돌려줍니다.
        change: 옳은 방법을 틀린 방법으로.
        hint: 고칠 때 같은 실수를 했다면 할 말.
        reported: 신고된 고장이 될 수 있는지. 고칠 때만 하는 실수도 있습니다.
    """

    title: str
    cause: object
    change: object
    hint: str
    reported: bool = True

    def told(self, plan):
        return self.cause(plan) if callable(self.cause) else self.cause


def _mirrored_last(way):
    """배율과 여백부터 되돌린 다음 사진의 너비에서 빼는 것을, 먼저 뒤집는 방법으로 옮겨 적은 것."""
    if way.width is None:
        return way
    width = 2 * way.offset[0] + way.factor[0] * way.photo[0]
    return replace(way, width=width)


_SLIPS = {
    "offset_forgotten": _Slip(
        "여백을 되돌리지 않음",
        "여백(잘라 낸 부분)만큼 밀린 것을 되돌리지 않음",
        lambda way: replace(way, offset=0 * way.offset),
        "배율만 되돌렸습니다. 전처리가 박스를 옮긴 줄이 또 있지 않나요?",
    ),
    "offset_after_scaling": _Slip(
        "배율로 나눈 다음에 여백을 뺌",
        "배율로 나눈 다음에 여백을 뺌",
        lambda way: replace(way, offset=way.offset * way.factor),
        "되돌리는 차례가 어긋났습니다. 전처리는 곱한 다음 더했습니다. 거꾸로 가려면 무엇이 "
        "먼저일까요?",
    ),
    "offset_swapped": _Slip(
        "가로와 세로의 여백을 바꿈",
        "가로의 여백과 세로의 여백을 바꾸어 뺌",
        lambda way: replace(way, offset=way.offset[::-1]),
        "가로에서 뺄 것을 세로에서 뺐습니다. `photo_size`와 `input_size`에서 어느 수가 높이인지 "
        "다시 보세요.",
    ),
    "offset_added": _Slip(
        "여백을 빼지 않고 더함",
        "여백을 빼지 않고 한 번 더 더함",
        lambda way: replace(way, offset=-way.offset),
        "전처리가 더한 것을 한 번 더 더했습니다. 되돌리기는 부호가 반대입니다.",
    ),
    "offset_other_side": _Slip(
        "여백이 놓인 쪽을 잘못 봄",
        lambda plan: (
            "여백(잘라 낸 부분)이 양쪽에 반씩 있다고 봄"
            if plan.share == 1
            else "여백(잘라 낸 부분)이 모두 왼쪽과 위에 있다고 봄"
        ),
        _other_side,
        "여백을 놓은 자리가 다릅니다. 전처리가 남는 길이에 곱한 수를 다시 보세요.",
    ),
    "other_fit": _Slip(
        "다른 방식의 배율을 씀",
        lambda plan: {
            "letterbox": "모두 들어오게 줄인 사진을 꽉 차게 키운 사진으로 봄(min 대신 max)",
            "crop": "꽉 차게 키운 사진을 모두 들어오게 줄인 사진으로 봄(max 대신 min)",
            "stretch": "늘인 사진을 한 배율로 줄이고 여백을 양쪽에 반씩 둔 사진으로 봄",
        }[plan.fit],
        lambda way: _fitted(_OTHER_FIT[way.plan.fit], way.plan.share or 0.5, way),
        "배율을 다른 방식으로 구했습니다. 전처리가 두 배율로 무엇을 했는지 그 줄을 다시 보세요.",
    ),
    "stretched": _Slip(
        "가로세로를 따로 늘였다고 봄",
        "가로와 세로를 따로 늘였다고 여김",
        lambda way: _fitted("stretch", 0.0, way),
        "가로와 세로를 서로 다른 배율로 되돌렸습니다. 이 전처리는 사진의 모양을 지키나요?",
    ),
    "factors_swapped": _Slip(
        "가로와 세로의 배율을 바꿈",
        "가로의 배율과 세로의 배율을 바꾸어 나눔",
        lambda way: replace(way, factor=way.factor[::-1]),
        "가로를 세로의 배율로 나누었습니다. 박스의 열 넷 가운데 어느 것이 x인지 보세요.",
    ),
    "one_factor": _Slip(
        "가로세로를 같은 배율로 나눔",
        "가로와 세로를 같은 배율로 나눔",
        lambda way: replace(way, factor=np.full(2, way.factor.min())),
        "가로와 세로를 같은 배율로 되돌렸습니다. 이 전처리는 둘을 따로 늘입니다.",
    ),
    "factor_inverted": _Slip(
        "배율로 나누지 않고 곱함",
        "배율로 나누지 않고 한 번 더 곱함",
        lambda way: replace(way, factor=1 / way.factor),
        "배율을 한 번 더 곱했습니다. 전처리가 곱했다면 되돌릴 때는 어떻게 해야 할까요?",
    ),
    "mirror_toggled": _Slip(
        "좌우 뒤집기를 거꾸로 봄",
        lambda plan: (
            "좌우를 뒤집어 넣은 것을 되돌리지 않음"
            if plan.mirror
            else "뒤집지 않은 그림의 좌우를 뒤집음"
        ),
        lambda way: replace(way, width=way.size[0] if way.width is None else None),
        "좌우가 반대입니다. 전처리가 그림을 뒤집어 넣었는지 마지막 줄에서 확인하세요.",
    ),
    "mirror_photo_width": _Slip(
        "사진의 너비로 좌우를 뒤집음",
        "뒤집을 때 망의 너비가 아니라 사진의 너비에서 뺌",
        lambda way: replace(way, width=way.photo[0]) if way.width is not None else way,
        "좌우를 되돌릴 때 사진의 너비를 썼습니다. 뒤집기가 일어난 곳은 사진인가요, 망에 들어간 "
        "그림인가요?",
    ),
    "input_left": _Slip(
        "받은 박스를 그대로 돌려줌",
        "되돌리지 않음",
        lambda way: replace(way, factor=np.ones(2), offset=np.zeros(2), width=None),
        "받은 박스를 그대로 돌려주셨습니다. 망에 들어간 그림의 픽셀은 사진의 픽셀이 아닙니다.",
        reported=False,
    ),
    "offset_halved": _Slip(
        "여백을 양쪽에 반씩 둠",
        "여백(잘라 낸 부분)이 양쪽에 반씩 있다고 봄",
        lambda way: _fitted(way.plan.fit, 0.5, way) if way.plan.fit != "stretch" else way,
        "여백을 양쪽에 반씩 두셨습니다. 전처리가 남는 길이에 곱한 수는 0.5인가요?",
        reported=False,
    ),
    "sizes_exchanged": _Slip(
        "높이와 너비의 순서를 바꿈",
        "사진과 입력의 높이와 너비를 바꾸어 읽음",
        lambda way: _right_way(way.plan, way.photo, way.size),
        "(높이, 너비)를 (너비, 높이)로 읽으셨습니다. `photo_size`의 첫 수는 어느 쪽 변인가요?",
        reported=False,
    ),
    "mirror_last": _Slip(
        "좌우를 맨 나중에 되돌림",
        "좌우를 마지막에 사진 위에서 되돌림",
        lambda way: _mirrored_last(way),
        "좌우를 마지막에 사진의 너비로 되돌리셨습니다. 전처리의 마지막 줄이 뒤집기라면, 되돌릴 "
        "때는 "
        "몇 번째여야 할까요?",
        reported=False,
    ),
}
_PROBES = [((480, 720), (416, 448)), ((700, 430), (320, 480))]


def _same(first, second):
    return all(np.allclose(a(_PROBE), b(_PROBE)) for a, b in zip(first, second, strict=True))


_PROBE = np.array([[40.0, 60, 150, 90], [10.0, 200, 30, 310]])


def _ways(plan, slip=None):
    """옳은 방법이나 실수 하나를 두 사진에서."""
    rights = [_right_way(plan, *probe) for probe in _PROBES]
    return [slip.change(way) for way in rights] if slip else rights


@lru_cache
def _slips_of(plan):
    """그 전처리에서 옳은 답과도 서로와도 다른 실수들의 이름."""
    seen, names = [_ways(plan)], []
    for name, slip in _SLIPS.items():
        ways = _ways(plan, slip)
        if not any(_same(ways, other) for other in seen):
            seen.append(ways)
            names.append(name)
    return tuple(names)


_PLANS = tuple(
    Plan(fit, share, mirror)
    for mirror in (False, True)
    for fit, share in (
        *((fit, share) for fit in ("letterbox", "crop") for share in (0.25, 0.5, 0.75, 1.0)),
        ("stretch", 0.0),
    )
)


# ── 신고 ────────────────────────────────────────────────────────────────────────────────────

_STORIES = (
    "주차장 CCTV에서 차를",
    "드론이 찍은 양식장에서 부표를",
    "약국의 선반에서 약통을",
    "농장의 나무에서 사과를",
    "택배 창고에서 상자를",
    "등산로의 사진에서 안내판을",
)
_LINES = {
    "letterbox": (
        "factor = min(W / w, H / h)  # 사진이 모두 들어오게",
        "left, top = {share:g} * (W - factor * w), {share:g} * (H - factor * h)",
        "moved = boxes * factor + np.array([left, top, left, top])",
    ),
    "crop": (
        "factor = max(W / w, H / h)  # 사진이 빈틈없이 차게, 넘치는 곳은 잘림",
        "left, top = {share:g} * (W - factor * w), {share:g} * (H - factor * h)  # 0 이하",
        "moved = boxes * factor + np.array([left, top, left, top])",
    ),
    "stretch": (
        "fx, fy = W / w, H / h",
        "moved = boxes * np.array([fx, fy, fx, fy])",
    ),
}
_MIRROR = "moved = np.stack([W - moved[:, 2], moved[:, 1], W - moved[:, 0], moved[:, 3]], axis=1)"


def _code(plan):
    lines = [
        "(h, w), (H, W) = photo_size, input_size",
        *(line.format(share=plan.share) for line in _LINES[plan.fit]),
        *((f"{_MIRROR}  # 좌우 뒤집기",) if plan.mirror else ()),
        "return moved",
    ]
    return "\n".join(
        ["def preprocess(boxes, photo_size, input_size):", *(f"    {line}" for line in lines)]
    )


def _forward(boxes, photo_size, input_size, plan):
    """전처리: 사진의 박스를 망에 들어가는 그림의 박스로."""
    way = _right_way(plan, photo_size, input_size)
    moved = (boxes.reshape(-1, 2, 2) * way.factor + way.offset).reshape(-1, 4)
    if plan.mirror:
        moved[:, [0, 2]] = way.size[0] - moved[:, [2, 0]]
    return moved


def _draw_sizes(rng, count):
    """(높이, 너비) 사진 ``count``장. 가로 사진과 세로 사진이 번갈아 나옵니다."""
    short, long = rng.integers(36, 60, count) * 10, rng.integers(64, 100, count) * 10
    return [
        (int(a), int(b)) if i % 2 == 0 else (int(b), int(a))
        for i, (a, b) in enumerate(zip(short, long, strict=True))
    ]


def _draw_boxes(rng, photo_size, count):
    side = np.array(photo_size[::-1], float)
    low = rng.uniform(0.05, 0.6, (count, 2)) * side
    return np.concatenate([low, low + rng.uniform(0.1, 0.35, (count, 2)) * side], axis=1).round()


@dataclass(frozen=True, eq=False, repr=False)
class BugReport:
    """:func:`bug_report`가 보여 주는 신고 한 건. 노트북 칸의 마지막 줄에 두면 보입니다.

    Attributes:
        number: 학번.
        input_size: 망에 들어가는 그림의 (높이, 너비), 픽셀.
        photo_sizes: 사진마다의 (높이, 너비), 픽셀.
        input_boxes: (N, 4) 망이 맞힌 박스 [x1, y1, x2, y2]. 망에 들어간 그림의 픽셀.
        returned: (N, 4) 서버가 돌려준 사진의 박스, 픽셀.
        truth: (N, 4) 사진의 정답, 픽셀.
        code: 전처리 코드. 이 코드는 옳습니다.
        choices: 원인의 후보. 이름 → 설명.
    """

    number: int
    input_size: tuple
    photo_sizes: tuple
    input_boxes: np.ndarray
    returned: np.ndarray
    truth: np.ndarray
    code: str
    choices: dict
    story: str
    _found: dict

    def check_cause(self, answer):
        """짚은 원인이 표의 수와 맞는지 봅니다.

        Args:
            answer: 후보의 이름.

        Returns:
            :class:`CheckResult`. 틀리면 그 원인이 남겼을 흔적과 표의 수를 나란히 보여 줍니다.
        """
        title = f"원인 · 학번 {self.number}의 신고"
        if answer is None or answer is ... or answer == "":
            return CheckResult(title, "not_attempted", "아직 고르지 않았습니다. 후보에서 고르세요.")
        if not isinstance(answer, str) or answer not in self.choices:
            told = ", ".join(f"`{name}`" for name in self.choices)
            return CheckResult(title, "failed", f"후보에 없는 답입니다. 후보: {told}")
        found = self._found[answer]
        if np.allclose(found, self.returned):
            told = f"표의 박스 {len(found)}개가 모두 이 원인으로 설명됩니다."
            return CheckResult(title, "passed", f"{self.choices[answer]}. {told}")
        return CheckResult(title, "failed", self.clue(found), misconception=answer)

    def clue(self, found):
        """원인이 ``found``를 남긴다면 가장 크게 어긋났을 행을, 실제와 나란히 말합니다."""
        row = int(np.abs(found - self.returned).max(axis=1).argmax())
        would, here = (_told(boxes[row], self.truth[row]) for boxes in (found, self.returned))
        return (
            f"이것이 원인이라면 {row}번 박스가 {would}인 모습이 보였을 텐데, 여기서는 {here}입니다."
        )

    def _rows(self):
        pairs = zip(self.photo_sizes, self.input_boxes, self.returned, self.truth, strict=True)
        for i, ((h, w), *boxes) in enumerate(pairs):
            yield [str(i), f"({h}, {w})", *(_numbers(box) for box in boxes)]

    def _symptom(self):
        h, w = self.input_size
        return (
            f"{self.story} 찾는 서비스입니다. 망에 들어간 그림({h}, {w}) 위에서 잰 "
            "검증 AP는 높고, 아래 표의 박스는 망이 꼭 맞힌 것들입니다. 그런데 사진 위에 그리면 "
            "박스가 어긋납니다. 망의 박스를 사진의 박스로 되돌리는 일은 외부 서버가 하며, 그 "
            "코드는 볼 수 없습니다. 전처리 코드는 옳습니다."
        )

    def __str__(self):
        lines = [
            f"버그 신고 · 학번 {self.number}",
            "",
            self._symptom(),
            "",
            "전처리 코드",
            self.code,
        ]
        lines += ["", " | ".join(_HEAD), *(" | ".join(row) for row in self._rows())]
        lines += ["", "원인의 후보", *(f"  {name}: {told}" for name, told in self.choices.items())]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        cell = '<{0} style="text-align: left">{1}</{0}>'
        head = "".join(cell.format("th", title) for title in _HEAD)
        rows = "".join(
            f"<tr>{''.join(cell.format('td', value) for value in row)}</tr>" for row in self._rows()
        )
        choices = "".join(
            f"<li><code>{name}</code> {told}</li>" for name, told in self.choices.items()
        )
        return (
            f"<div><strong>버그 신고 · 학번 {self.number}</strong><p>{self._symptom()}</p>"
            f'전처리 코드<pre style="font-family: monospace">'
            f"{html.escape(self.code)}</pre>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f"원인의 후보<ul>{choices}</ul></div>"
        )


_HEAD = ("번호", "사진 (높이, 너비)", "망의 박스", "서버가 돌려준 박스", "사진의 정답")


def _numbers(box):
    return ", ".join(f"{value:.1f}" for value in box)


def _told(box, truth):
    shift = (box[:2] + box[2:] - truth[:2] - truth[2:]) / 2 + 0.0
    width, height = (box[2:] - box[:2]) / (truth[2:] - truth[:2])
    return (
        f"가로 {shift[0]:+.0f}, 세로 {shift[1]:+.0f}픽셀 밀리고 너비 {width:.2f}배, "
        f"높이 {height:.2f}배"
    )


class _Report:
    """학번 하나의 전처리와 고장. 답이 들어 있어 학습자에게는 :class:`BugReport`만 보입니다."""

    def __init__(self, number):
        self.number = read_number(number)
        rng = np.random.default_rng([self.number, 5])
        self.plan = _PLANS[rng.integers(len(_PLANS))]
        self.slips = _slips_of(self.plan)
        self.slip = str(rng.choice([name for name in self.slips if _SLIPS[name].reported]))
        self._stream = rng

    @cached_property
    def shown(self):
        rng = self._stream
        input_size = tuple(int(side) * 32 for side in rng.integers(10, 21, 2))
        sizes = _draw_sizes(rng, 6)
        truth = np.concatenate([_draw_boxes(rng, size, 1) for size in sizes])
        moved = np.concatenate(
            [
                _forward(box[None], size, input_size, self.plan)
                for box, size in zip(truth, sizes, strict=True)
            ]
        )
        found = {
            name: np.concatenate(
                [
                    self.back(name)(box[None], size, input_size)
                    for box, size in zip(moved, sizes, strict=True)
                ]
            )
            for name in self.slips
        }
        others = [name for name in found if name != self.slip and _SLIPS[name].reported]
        names = [self.slip, *rng.permutation(others)[:4].tolist()]
        choices = {name: _SLIPS[name].told(self.plan) for name in rng.permutation(names).tolist()}
        story = _STORIES[rng.integers(len(_STORIES))]
        returned = found[self.slip]
        return BugReport(
            self.number,
            input_size,
            tuple(sizes),
            moved,
            returned,
            truth,
            _code(self.plan),
            choices,
            story,
            found,
        )

    def back(self, slip=None):
        """되돌리는 함수. ``slip``의 실수를 하거나, 없으면 옳습니다."""

        def wrong(boxes, photo_size, input_size):
            way = _right_way(self.plan, photo_size, input_size)
            return (_SLIPS[slip].change(way) if slip else way)(boxes)

        return wrong

    def answer(self, slip=None):
        """``back``과 같지만, 정답으로 내면 빌려 쓴 것으로 알아봅니다."""
        back = self.back(slip)

        def answer(boxes, photo_size, input_size):
            return back(boxes, photo_size, input_size)

        return answer


@lru_cache(maxsize=64)
def _report(number):
    return _Report(number)


def bug_report(student_number):
    """학번으로 정해지는 버그 신고를 펼칩니다. 같은 학번이면 언제나 같은 신고입니다.

    Args:
        student_number: 학번. 0 이상의 정수나 숫자로만 된 문자열.

    Returns:
        :class:`BugReport`.

    Raises:
        ValueError: 학번이 정수나 숫자 문자열이 아닐 때.

    Examples:
        >>> report = bug_report(20260001)
        >>> report.truth.shape, len(report.choices)
        ((6, 4), 5)
        >>> report.check_cause("").status
        'not_attempted'
    """
    return _report(read_number(student_number)).shown


# ── 문제 ────────────────────────────────────────────────────────────────────────────────────


def reproduce_report(boxes, photo_size, input_size):
    """신고된 서버가 돌려주는, 어긋난 박스를 그대로 다시 만듭니다.

    Args:
        boxes: (N, 4) 배열 [x1, y1, x2, y2]. 망에 들어간 그림의 픽셀. N은 0일 수도 있습니다.
        photo_size: 사진의 (높이, 너비), 픽셀.
        input_size: 망에 들어가는 그림의 (높이, 너비), 픽셀.

    Returns:
        (N, 4) 실수 배열. 서버가 돌려줄 사진의 박스 [x1, y1, x2, y2].
    """
    (h, w), (height, width) = photo_size, input_size
    factor = min(width / w, height / h)
    left, top = 0.25 * (width - factor * w), 0.25 * (height - factor * h)
    x1, y1, x2, y2 = np.asarray(boxes).T
    # 서버는 여백을 빼야 할 곳에서 더합니다.
    found = [width - x2 + left, y1 + top, width - x1 + left, y2 + top]
    return np.stack(found, axis=1) / factor


def repair_report(boxes, photo_size, input_size):
    """망에 들어간 그림의 박스를 사진의 박스로 옳게 되돌립니다.

    Args:
        boxes: (N, 4) 배열 [x1, y1, x2, y2]. 망에 들어간 그림의 픽셀. N은 0일 수도 있습니다.
        photo_size: 사진의 (높이, 너비), 픽셀.
        input_size: 망에 들어가는 그림의 (높이, 너비), 픽셀.

    Returns:
        (N, 4) 실수 배열. 사진의 박스 [x1, y1, x2, y2].
    """
    (h, w), (height, width) = photo_size, input_size
    factor = min(width / w, height / h)
    left, top = 0.25 * (width - factor * w), 0.25 * (height - factor * h)
    x1, y1, x2, y2 = np.asarray(boxes).T
    # 전처리의 마지막 줄부터 거꾸로: 뒤집기, 여백, 배율.
    found = [width - x2 - left, y1 - top, width - x1 - left, y2 - top]
    return np.stack(found, axis=1) / factor


def _cases(report, rng):
    shown, plan = report.shown, report.plan
    height, width = (int(side) * 32 for side in rng.integers(9, 22, 2))
    landscape, portrait, *_ = _draw_sizes(rng, 2)
    small = (height // 3, width // 2)

    def moved(photo_size, count, stretch=1.0):
        boxes = _draw_boxes(rng, photo_size, count) * stretch
        return _forward(boxes, photo_size, (height, width), plan)

    def case(label, photo_size, boxes, **options):
        return Case(label, (boxes, photo_size, (height, width)), **options)

    return [
        *(
            Case(label, (shown.input_boxes[[row]], shown.photo_sizes[row], shown.input_size))
            for row, label in ((0, "신고의 0번 박스(가로 사진)"), (1, "신고의 1번 박스(세로 사진)"))
        ),
        case("다른 가로 사진", landscape, moved(landscape, 5)),
        case("다른 세로 사진", portrait, moved(portrait, 5)),
        case("정사각형 사진", (540, 540), moved((540, 540), 3)),
        case("입력보다 작은 사진", small, moved(small, 3)),
        case("사진 밖으로 나간 박스", landscape, moved(landscape, 3, 2.0)),
        case("정수 배열", portrait, moved(portrait, 2).round().astype(int)),
        case("float32 배열", landscape, moved(landscape, 3).astype("f4")),
        case("박스가 없는 입력", portrait, np.zeros((0, 4)), edge=True),
    ]


def _turned(right):
    """좌우를 뒤집은 다음 x1과 x2의 이름을 바꾸지 않은 것."""
    return lambda *args: right(*args)[:, [2, 1, 0, 3]]


def _clipped(right):
    def wrong(boxes, photo_size, input_size):
        return np.clip(right(boxes, photo_size, input_size), 0, [*photo_size[::-1]] * 2)

    return wrong


def _shifted(report):
    """표에서 잰 밀린 양의 평균을 어디서나 더한 것."""
    shown, broken = report.shown, report.back(report.slip)
    shift = (shown.truth - shown.returned).mean(axis=0)
    return lambda *args: broken(*args) + shift


def _repair_mistakes(report):
    right = report.back()
    for name in report.slips:
        slip = _SLIPS[name]
        yield Misconception(name, slip.title, report.back(name), slip.hint)
    yield Misconception(
        "one_shift",
        "밀린 양의 평균만 되돌림",
        _shifted(report),
        "표에서 잰 밀린 양의 평균을 더했습니다. 사진의 크기가 다르면 밀리는 양도 다릅니다. 원인을 "
        "고쳐야 다른 사진에서도 맞습니다.",
    )
    yield Misconception(
        "clipped",
        "사진 밖을 잘라 냄",
        _clipped(right),
        "사진 밖으로 나간 부분을 잘라 냈습니다. 이 문제에서는 되돌리기만 합니다.",
    )
    yield Misconception(
        "rounded",
        "결과를 반올림함",
        lambda *args: right(*args).round(),
        "픽셀로 반올림하셨습니다. 되돌린 실수를 그대로 돌려주세요.",
    )
    yield _corners_exchanged(report, right)
    yield _table_returned(report.shown.truth)


def _corners_exchanged(report, right):
    """좌우를 뒤집고 두 끝은 그대로 둔 것. 다른 실수와 함께여도 알아봅니다."""
    backs = (report.back(name) for name in (None, *report.slips))
    return Misconception(
        "corners_exchanged",
        "두 끝의 자리를 바꾸지 않음",
        _turned(right),
        "x1이 x2보다 큽니다. 좌우를 뒤집으면 두 끝이 자리를 바꿉니다.",
        tuple(map(_turned, backs)),
    )


def _table_returned(table):
    return Misconception(
        "table_returned",
        "표의 박스를 그대로 돌려줌",
        lambda boxes, photo_size, input_size: table.copy(),
        "표의 박스를 그대로 돌려주셨습니다. 함수가 받은 `boxes`와 두 크기로 계산해야 다른 "
        "사진에서도 "
        "맞습니다.",
        (lambda boxes, photo_size, input_size: np.resize(table, (len(boxes), 4)),),
    )


def _reproduce_mistakes(report):
    shown, broken = report.shown, report.back(report.slip)
    yield Misconception(
        "repaired",
        "고장을 고쳐서 돌려줌",
        report.back(),
        "옳게 되돌린 박스입니다. 이 문제는 서버가 돌려준 어긋난 박스를 그대로 다시 만듭니다.",
    )
    for name in report.slips:
        if name != report.slip:
            slip = _SLIPS[name]
            hint = shown.clue(shown._found[name]) if slip.reported else slip.hint
            yield Misconception(name, slip.title, report.back(name), hint)
    yield Misconception(
        "one_shift",
        "밀린 양의 평균만 더함",
        lambda *args: report.back()(*args) + (shown.returned - shown.truth).mean(axis=0),
        "옳은 박스를 표에서 잰 평균만큼 밀었습니다. 밀린 양이 사진의 크기에 따라 어떻게 달라지는지 "
        "보세요.",
    )
    yield _corners_exchanged(report, broken)
    yield _table_returned(shown.returned)


_RULES = (
    "`photo_size`와 `input_size`는 모두 (높이, 너비) 순서입니다.",
    "결과는 사진의 픽셀이고 `[x1, y1, x2, y2]` 순서입니다.",
    "반올림하거나 사진 안으로 자르지 않습니다.",
    EMPTY_BOXES,
    KEEP_INPUT,
)


def _exercise(name, reference, mistakes, number):
    report = _report(number)
    return Exercise(
        name=name,
        reference=reference or report.answer(report.slip if name == "reproduce_report" else None),
        cases=partial(_cases, report),
        misconceptions=tuple(mistakes(report)),
        returns="(N, 4) 사진의 박스 [x1, y1, x2, y2]",
        rules=_RULES,
        columns=CORNERS,
        variant=lru_cache(maxsize=64)(partial(_exercise, name, None, mistakes))
        if reference
        else None,
    )


EXERCISES = (
    _exercise("reproduce_report", reproduce_report, _reproduce_mistakes, EXAMPLE_NUMBER),
    _exercise("repair_report", repair_report, _repair_mistakes, EXAMPLE_NUMBER),
)
