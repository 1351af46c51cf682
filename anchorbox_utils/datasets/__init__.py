"""정답 박스가 있는 데이터: COCO·VOC·YOLO 파일과 합성 장면.

- ``model``: 데이터셋의 꼴. 박스마다 어느 파일의 어느 기록에서 왔는지를 함께 간직합니다.
- ``coco``, ``voc``, ``yolo``: 형식마다의 불러오기.
- ``recognition``: 폴더나 파일의 내용을 보고 형식을 알아봅니다.
- ``reading``: 불러오기가 함께 쓰는 파일 읽기와 진행 표시.
- ``scenes``: 정답을 아는 합성 장면.
"""

from anchorbox_utils.datasets.model import Dataset, LabeledImage, Problem, Source
from anchorbox_utils.datasets.scenes import SHAPES, Scene, make_scene

__all__ = [
    "SHAPES",
    "Dataset",
    "LabeledImage",
    "Problem",
    "Scene",
    "Source",
    "make_scene",
]
