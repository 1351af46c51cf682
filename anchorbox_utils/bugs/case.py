"""사건 하나: 증상, 원인의 후보, 고장 내기와 고치기."""

import html
from collections.abc import Callable
from dataclasses import dataclass

from anchorbox_utils.bugs.pipeline import Pipeline
from anchorbox_utils.diagnosis import KINDS

# 진단의 제목은 무엇이 보이는지를 말해서, 원인이 다른 사건에도 글자 그대로 들어맞을 수 있습니다.
# 후보로 보일 때는 그 원인에서만 참인 말로 바꿉니다.
_AS_CAUSE = {
    "mixed_formats": "박스의 형식(xyxy, xywh, cxcywh)을 잘못 읽고 있습니다",
    "flipped": "두 모서리의 값(x1과 x2, y1과 y2)을 바꾸어 적은 박스가 있습니다",
    "zero_size": "물체의 자리에 너비나 높이가 0인 박스를 적었습니다",
    "stale_size": "박스와 라벨에 적힌 이미지 크기가 서로 다른 해상도의 것입니다",
    "out_of_image": "박스가 이미지의 테두리를 몇 픽셀 넘었습니다",
    "unused_class": "모은 데이터에 물체가 하나도 없는 클래스가 있습니다",
    "same_anchors": "종횡비를 무엇으로 적어도 앵커가 정사각형입니다",
    "ratio_convention": "종횡비의 약속(h/w와 w/h)이 반대입니다",
    "anchors_off_scale": "앵커의 크기가 데이터와 맞지 않습니다",
    "gt_without_positive": "멀쩡한 정답인데 양성 앵커를 얻지 못합니다",
    "threshold_too_high": "앵커와 꽤 겹치는 정답에도 양성 임계값이 너무 높습니다",
    "exploding_targets": "박스는 멀쩡한데 회귀 타깃이 폭주합니다",
    "round_trip": "멀쩡한 박스를 같은 앵커로 인코딩하고 디코딩해도 돌아오지 않습니다",
}


def cause_title(name):
    """원인의 후보로 보일 말.

    Examples:
        >>> cause_title("out_of_image")
        '박스가 이미지의 테두리를 몇 픽셀 넘었습니다'
    """
    return _AS_CAUSE.get(name, KINDS[name].title)


@dataclass(frozen=True)
class Margins:
    """고친 것이 알맞은 설계에 얼마나 가까워야 하는지.

    Attributes:
        box: 박스의 네 수가 올바른 값과 이만큼까지 달라도 됩니다, 픽셀. 반올림은 봐줍니다.
        recall: 뽑지 않은 데이터의 재현율이 알맞은 설계보다 이만큼까지 낮아도 됩니다.
        best_iou: 같은 데이터의 최고 IoU 평균이 이만큼까지 낮아도 됩니다.
        anchors: 앵커의 수는 알맞은 설계의 몇 배까지인지.
    """

    box: float = 0.51
    recall: float = 0.15
    best_iou: float = 0.08
    anchors: float = 1.5


@dataclass(frozen=True)
class BugCard:
    """사건의 겉장: 답을 말하지 않는 것들.

    Attributes:
        name: 이름.
        title: 사람들이 본 증상.
        minutes: 원인을 짚고 고치는 데 걸리는 시간의 어림, 분.
        guided: 레슨 05의 "직접 해보기"가 힌트와 함께 이끄는 사건인지.
        choices: 원인의 후보 넷.
    """

    name: str
    title: str
    minutes: int
    guided: bool
    choices: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class BugCase:
    """사건 하나. 원인과 고치기까지 든 기록이라 학습자에게는 :class:`BugCard`만 보입니다.

    Attributes:
        name: 이름.
        title: 사람들이 본 증상.
        threads: 그 증상이 보고된 공개 글(소유자/저장소#번호).
        cause: 원인. 진단이 찾아내는 이름이기도 합니다.
        others: 그럴듯하지만 아닌 원인 셋. 까닭은 ``observations``가 데이터에서 셉니다.
        hint: 틀렸을 때의 힌트.
        minutes: 걸리는 시간의 어림, 분.
        build: ``build(world)``가 :class:`Built`를 만듭니다.
        symptom: ``symptom(pipeline)``이 눈에 보이는 증상을 계산해 한두 줄로 말합니다.
        repair: 고치는 방법의 한 가지 예.
        touches: 고칠 때 바꾸어도 되는 Pipeline의 칸. 나머지는 고장과 상관이 없습니다.
        renumbers: 클래스의 번호를 다시 매기는 사건인지.
        margins: 알맞은 설계에 얼마나 가까워야 하는지.
        probe: ``probe(고친 것, 고장 난 것, 새 박스)``. 체크리스트가 보지 않는 것까지 시험해, 문제가
            있으면 말합니다.
        guided: 레슨 05가 이끄는 사건인지.
    """

    name: str
    title: str
    threads: tuple[str, ...]
    cause: str
    others: tuple[str, str, str]
    hint: str
    minutes: int
    build: Callable
    symptom: Callable
    repair: Callable
    touches: tuple[str, ...]
    renumbers: bool = False
    margins: Margins = Margins()
    probe: Callable | None = None
    guided: bool = False

    @property
    def choices(self):
        """원인의 후보들. 이름순이라, 차례는 어느 것이 답인지 말하지 않습니다."""
        return tuple(sorted((self.cause, *self.others)))

    @property
    def card(self):
        """학습자에게 보이는 :class:`BugCard`."""
        return BugCard(self.name, self.title, self.minutes, self.guided, self.choices)


@dataclass(frozen=True, eq=False, repr=False)
class OpenedBug:
    """:func:`open_bug`로 펼친 사건. 노트북 칸의 마지막 줄에 두면 증상과 후보가 보입니다.

    Attributes:
        card: :class:`BugCard`.
        symptom: 눈에 보이는 증상.
        pipeline: 고장 난 :class:`Pipeline`.
    """

    card: BugCard
    symptom: str
    pipeline: Pipeline

    def __str__(self):
        card = self.card
        lines = [f"사건 {card.name}: {card.title} (약 {card.minutes}분)", ""]
        lines += [self.symptom, "", "원인의 후보"]
        lines += [f"  {name}: {cause_title(name)}" for name in card.choices]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        card = self.card
        choices = "".join(
            f"<li><code>{name}</code> {html.escape(cause_title(name))}</li>"
            for name in card.choices
        )
        symptom = html.escape(self.symptom).replace("\n", "<br>")
        return (
            f"<div><strong>사건 <code>{card.name}</code>: {html.escape(card.title)}</strong> "
            f"(약 {card.minutes}분)<p>{symptom}</p>원인의 후보<ul>{choices}</ul></div>"
        )
