"""정답 박스가 있는 데이터: COCO·VOC·YOLO 등의 파일, 합성 장면, 진짜 사진.

- ``model``: 데이터셋의 꼴. 박스마다 어느 파일의 어느 기록에서 왔는지를 함께 간직합니다.
- ``coco``, ``voc``, ``yolo``, ``cvat``, ``labelme``, ``kitti``: 형식마다의 불러오기. 뒤의 셋은
  ``named``를 함께 씁니다.
- ``class_lists``, ``yolo_lines``: YOLO의 클래스 목록을 찾고, 줄이 무엇인지 알아봅니다.
- ``formats``: 형식의 표. ``recognition``이 이것으로 폴더나 파일의 형식을 알아보고, 읽지 못하는
  형식은 ``foreign``이 이름을 댑니다.
- ``predictions``: 예측 불러오기. ``coco_results``와 ``yolo_results``가 파일을 읽어
  ``result_rows``의 꼴로 냅니다.
- ``records``: 기록을 박스와 문제로 나눕니다. 모든 불러오기가 이 관문을 지납니다.
- ``folders``: 폴더 훑기와 라벨·이미지 폴더의 짝. ``images``: 이미지 파일을 찾고 재기.
  ``reading``: 파일 읽기와 진행 표시.
- ``scenes``: 정답을 아는 합성 장면과 사진 한 장.
- ``pictures``: 진짜 사진 세 장에서 얻은 박스.
"""

from anchorbox_utils.datasets.coco import load_coco
from anchorbox_utils.datasets.cvat import load_cvat
from anchorbox_utils.datasets.formats import FORMATS
from anchorbox_utils.datasets.kitti import load_kitti
from anchorbox_utils.datasets.labelme import load_labelme
from anchorbox_utils.datasets.model import Dataset, LabeledImage, Problem, Reading, Source
from anchorbox_utils.datasets.pictures import load_coins, load_galaxies, load_words
from anchorbox_utils.datasets.predictions import Predictions, load_predictions
from anchorbox_utils.datasets.recognition import load_dataset, recognise_format
from anchorbox_utils.datasets.records import dataset_from_boxes
from anchorbox_utils.datasets.scenes import SHAPES, Scene, load_photo, make_scene
from anchorbox_utils.datasets.voc import load_voc
from anchorbox_utils.datasets.yolo import load_yolo

__all__ = [
    "FORMATS",
    "SHAPES",
    "Dataset",
    "LabeledImage",
    "Predictions",
    "Problem",
    "Reading",
    "Scene",
    "Source",
    "dataset_from_boxes",
    "load_coco",
    "load_coins",
    "load_cvat",
    "load_dataset",
    "load_galaxies",
    "load_kitti",
    "load_labelme",
    "load_photo",
    "load_predictions",
    "load_voc",
    "load_words",
    "load_yolo",
    "make_scene",
    "recognise_format",
]
