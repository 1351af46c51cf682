"""까닭의 표: 무엇을 어떤 차례로 묻고, 어떻게 말하고, 무엇을 먼저 해 볼지."""

from typing import NamedTuple

import numpy as np


class Cause(NamedTuple):
    """놓친 까닭 하나.

    Attributes:
        title: 보이는 이름.
        needs: 이것을 물으려면 있어야 하는 것. :data:`MATERIALS`의 열쇠.
        told: 근거를 적는 틀.
        advice: 가장 먼저 해 볼 한 가지.
    """

    title: str
    needs: str
    told: str
    advice: str


MATERIALS = {"anchors": "앵커", "detections": "예측", "before_nms": "NMS 전의 예측"}

# 묻는 차례입니다. 앞의 것이 이깁니다.
CAUSES = {
    "no_anchor": Cause(
        "닿는 앵커 없음",
        "anchors",
        "가장 잘 맞는 앵커의 IoU가 {iou:.2f}입니다. {lack}{forced}",
        "모자란 앵커를 더합니다. 어떤 크기와 종횡비를 더할지는 `recommend_anchors`가 권합니다.",
    ),
    "ignored": Cause(
        "앵커가 무시됨",
        "anchors",
        "가장 잘 맞는 앵커(IoU {iou:.2f})가 무시여서 양성 앵커를 하나도 얻지 못했습니다.",
        "강제 매칭(`force_match`)을 켭니다. 켤 수 없으면 양성 임계값을 이 정답들의 최고 IoU 아래로 "
        "낮춥니다.",
    ),
    "taken": Cause(
        "앵커를 이웃이 맡음",
        "anchors",
        "가장 잘 맞는 앵커(IoU {iou:.2f})를 정답 {rival}번(IoU {rival_iou:.2f})이 맡아, 양성 "
        "앵커를 하나도 얻지 못했습니다.",
        "스트라이드를 줄이거나 종횡비를 늘려, 겹친 정답마다 앵커가 돌아가게 합니다.",
    ),
    "undetected": Cause(
        "예측 없음",
        "detections",
        "{learned}이 정답을 가리키는 예측이 없습니다.{shared}",
        "이 정답이 든 이미지 몇 장만으로 학습해 봅니다. 외우지 못하면 학습 코드나 라벨이, 외우면 "
        "자료의 수가 문제입니다.",
    ),
    "low_score": Cause(
        "점수가 낮음",
        "detections",
        "IoU {iou:.2f}인 예측이 있지만 점수가 {score:.2f}여서 {threshold:g}에 못 미칩니다.",
        "점수 임계값을 이 예측들의 점수 아래로 낮추고, 배경을 잡은 예측이 얼마나 느는지 함께 "
        "봅니다.",
    ),
    "suppressed": Cause(
        "NMS가 지움",
        "before_nms",
        "NMS 전에는 IoU {iou:.2f}, 점수 {score:.2f}인 예측이 있었습니다. {by}",
        "NMS의 IoU 임계값을 높여, 가까이 있는 물체의 예측을 지우지 않게 합니다.",
    ),
    "wrong_class": Cause(
        "클래스가 틀림",
        "detections",
        "IoU {iou:.2f}, 점수 {score:.2f}인 예측이 클래스를 {named} 냈습니다.",
        "서로 헷갈린 두 클래스의 라벨을 먼저 봅니다. 라벨이 섞였거나 클래스 번호가 밀렸을 수 "
        "있습니다.",
    ),
    "loose": Cause(
        "박스가 어긋남",
        "detections",
        "점수 {score:.2f}인 예측이 있지만 IoU가 {iou:.2f}입니다. {direction}",
        "어긋난 쪽이 한결같은지 봅니다. 한결같으면 디코딩, 오프셋의 정규화, 이미지 크기를 되돌리는 "
        "코드부터, 제각각이면 회귀 손실의 무게를 봅니다.",
    ),
}


class FalseKind(NamedTuple):
    """틀린 예측의 종류 하나: 보이는 이름과 뜻."""

    title: str
    meaning: str


FALSE_KINDS = {
    "background": FalseKind("배경", "어느 정답과도 거의 겹치지 않습니다"),
    "duplicate": FalseKind("중복", "이미 다른 예측이 찾은 정답을 또 가리킵니다"),
    "wrong_class": FalseKind("클래스가 틀림", "정답의 자리에 있지만 클래스가 다릅니다"),
    "loose": FalseKind("박스가 어긋남", "같은 클래스의 정답에 조금만 겹칩니다"),
}

# 앵커에 모자란 것 → 말.
LACKS = {
    "smaller": "더 작은 앵커가 모자랍니다",
    "larger": "더 큰 앵커가 모자랍니다",
    "wider": "더 납작한 앵커가 모자랍니다",
    "taller": "더 길쭉한 앵커가 모자랍니다",
    "smaller_wider": "더 작고 납작한 앵커가 모자랍니다",
    "smaller_taller": "더 작고 길쭉한 앵커가 모자랍니다",
    "larger_wider": "더 크고 납작한 앵커가 모자랍니다",
    "larger_taller": "더 크고 길쭉한 앵커가 모자랍니다",
    "denser": "모양이 맞는 앵커는 있지만 자리가 성깁니다",
}

# 어긋난 쪽 → (말, 무엇에 견준 비율인지).
DIRECTIONS = {
    "left": ("예측이 왼쪽으로 밀렸습니다", "너비"),
    "right": ("예측이 오른쪽으로 밀렸습니다", "너비"),
    "up": ("예측이 위로 밀렸습니다", "높이"),
    "down": ("예측이 아래로 밀렸습니다", "높이"),
    "narrow": ("예측이 정답보다 좁습니다", "너비"),
    "wide": ("예측이 정답보다 넓습니다", "너비"),
    "short": ("예측이 정답보다 낮습니다", "높이"),
    "tall": ("예측이 정답보다 높습니다", "높이"),
}


class Miss(NamedTuple):
    """놓친 정답 하나.

    Attributes:
        image: 이미지의 번호.
        truth: 그 이미지에서 정답의 번호.
        class_id: 클래스 번호.
        box: (4,) 정답 박스, 픽셀.
        cause: 까닭. :data:`CAUSES`의 열쇠.
        evidence: 근거가 된 수와 번호. ``detection``은 그 이미지에서 예측의 번호입니다.
        also: 함께 맞는 다른 까닭. 있으면 까닭이 하나라고 잘라 말할 수 없습니다.
        text: 근거를 적은 문장.
    """

    image: int
    truth: int
    class_id: int
    box: np.ndarray
    cause: str
    evidence: dict
    also: tuple[str, ...]
    text: str

    def __str__(self):
        also = ", ".join(CAUSES[name].title for name in self.also)
        unsure = f" (함께 맞는 까닭: {also})" if also else ""
        return f"이미지 {self.image} 정답 {self.truth}: {self.text}{unsure}"


class FalsePositive(NamedTuple):
    """틀린 예측 하나.

    Attributes:
        image: 이미지의 번호.
        detection: 그 이미지에서 예측의 번호.
        class_id: 예측한 클래스 번호.
        score: 점수.
        kind: 종류. :data:`FALSE_KINDS`의 열쇠.
        truth: 가리킨 정답의 번호. 배경이면 −1입니다.
        iou: 그 정답과의 IoU. 배경이면 가장 큰 IoU입니다.
        also: 함께 맞는 다른 종류. 클래스가 틀리고 박스도 어긋났으면 ``("loose",)``입니다.
    """

    image: int
    detection: int
    class_id: int
    score: float
    kind: str
    truth: int
    iou: float
    also: tuple[str, ...] = ()
