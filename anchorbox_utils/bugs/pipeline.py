"""학습 코드 한 벌. 고장 난 채로 주어지고, 고친 것을 돌려받습니다."""

from collections.abc import Callable
from dataclasses import dataclass

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.boxes import box_iou
from anchorbox_utils.coding import decode_boxes, encode_boxes
from anchorbox_utils.datasets import dataset_from_boxes
from anchorbox_utils.diagnosis import diagnose


@dataclass(frozen=True, eq=False)
class Pipeline:
    """학습 코드가 정답과 앵커를 다루는 방식. ``dataclasses.replace``로 일부를 바꾸어 고칩니다.

    Attributes:
        boxes: 이미지마다 (N, 4) 배열. 뜻은 ``fmt``라고 **믿고 있는** 것입니다.
        image_sizes: 이미지마다 (높이, 너비).
        labels: 이미지마다 (N,) 클래스 번호.
        grid: 학습에 쓰는 앵커. ``grid.image_size``가 학습 입력 크기입니다.
        fmt: ``"xyxy"``, ``"xywh"``, ``"cxcywh"``, ``"yolo"``.
        pos_thr, neg_thr: 매칭 임계값.
        match: ``match(anchors, gt_boxes)``. None이면 :func:`match_anchors`를 씁니다.
        encode, decode: 인코딩과 디코딩 함수.
        decode_anchors: 추론에 쓰는 앵커. None이면 ``grid``와 같습니다.
        iou: IoU 함수.
        num_classes: 모델의 출력 수.
        background: 모델이 배경으로 쓰는 번호. 없으면 None.

    Examples:
        >>> grid = AnchorGrid((64, 64), 8, [32])
        >>> pipeline = Pipeline(([[8, 8, 40, 40]],), ((64, 64),), ([0],), grid)
        >>> pipeline.diagnose().ok
        True
    """

    boxes: tuple
    image_sizes: tuple
    labels: tuple
    grid: AnchorGrid
    fmt: str = "xyxy"
    pos_thr: float = 0.5
    neg_thr: float = 0.4
    match: Callable | None = None
    encode: Callable = encode_boxes
    decode: Callable = decode_boxes
    decode_anchors: AnchorGrid | None = None
    iou: Callable = box_iou
    num_classes: int | None = None
    background: int | None = None

    def dataset(self):
        """이 코드가 읽은 데이터셋."""
        return dataset_from_boxes(self.boxes, self.image_sizes, self.labels, fmt=self.fmt)

    def diagnose(self):
        """체크리스트로 진단합니다. :func:`diagnose`의 결과를 돌려줍니다."""
        names = ("pos_thr", "neg_thr", "match", "encode", "decode", "decode_anchors", "iou")
        options = {name: getattr(self, name) for name in (*names, "num_classes", "background")}
        return diagnose(self.dataset(), self.grid, **options)
