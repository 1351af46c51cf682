"""앵커 설계: 박스의 통계, 앵커 묶음이 정답을 덮는 정도, 데이터에 맞는 앵커의 추천.

모든 크기는 **망에 들어가는 이미지**의 픽셀이어야 합니다. 사진을 줄이거나 키워서 넣는다면 먼저
:func:`resize_dataset`을 거치세요. 여러 물체를 한데 묶은 박스(crowd)는 세지 않습니다.

- ``resizing``: 이미지를 망에 넣을 크기로 조정하기.
- ``statistics``: 박스의 크기와 종횡비의 통계.
- ``coverage``: 앵커 묶음이 정답을 얼마나 덮는가, 스트라이드가 정하는 상한.
- ``clusters``: 박스의 모양을 견주고 k-평균으로 묶기.
- ``recommendation``: 위의 셋을 이어 데이터에 맞는 앵커를 추천합니다.
- ``exporting``: 설계를 다른 도구(torchvision, detectron2, mmdetection, yolov5)의 설정으로 적기.
"""

from anchorbox_utils.design.clusters import (
    AnchorClusters,
    kmeans_anchors,
    pairwise_shape_iou,
    shape_iou,
)
from anchorbox_utils.design.coverage import (
    AnchorDesign,
    Coverage,
    anchor_coverage,
    best_anchor_iou,
    stride_ceiling,
)
from anchorbox_utils.design.exporting import EXPORTS, export_anchors, uniform_design
from anchorbox_utils.design.recommendation import Recommendation, recommend_anchors
from anchorbox_utils.design.resizing import fit_size, resize_dataset
from anchorbox_utils.design.statistics import BoxStatistics, box_statistics

__all__ = [
    "EXPORTS",
    "AnchorClusters",
    "AnchorDesign",
    "BoxStatistics",
    "Coverage",
    "Recommendation",
    "anchor_coverage",
    "best_anchor_iou",
    "box_statistics",
    "export_anchors",
    "fit_size",
    "kmeans_anchors",
    "pairwise_shape_iou",
    "recommend_anchors",
    "resize_dataset",
    "shape_iou",
    "stride_ceiling",
    "uniform_design",
]
