"""강좌의 그림: 받은 Axes 위에 그리고 그린 것을 돌려주는 함수들.

레슨의 첫 코드 셀에서 :func:`setup_plotting`을 한 번 부르고, ``fig, ax = plt.subplots()``로 만든
``ax``를 그리기 함수에 넘깁니다. 제목은 레슨에서 붙입니다. 색의 뜻은 모든 그림에서 같고,
선 모양·마커·빗금도 함께 달라 색을 구별하지 못해도 읽을 수 있습니다.

- ``style``: 글꼴, 색과 선의 뜻, 축, 범례. 글꼴은 ``fonts/``에 있습니다.
- ``scene``: 이미지 위의 그림. 이미지, 박스, 앵커 격자, 라벨 지도.
- ``encoding``: 회귀 타깃의 그림.
- ``iou``: IoU의 그림. 임계값 막대, 히스토그램, 열지도, 할당의 단계.
- ``methods``: 방법들을 견주는 그림. 조건마다의 선, 상황마다의 막대.
- ``causes``: 놓친 까닭의 막대.
- ``tables``: 실험을 견주는 표.
"""

from anchorbox_utils.plotting.causes import CAUSE_LOOKS, draw_miss_causes
from anchorbox_utils.plotting.encoding import connect_centers, draw_encoding, formula_lines
from anchorbox_utils.plotting.iou import (
    draw_assignment_steps,
    draw_iou_histogram,
    draw_iou_matrix,
    draw_threshold_bars,
)
from anchorbox_utils.plotting.methods import draw_method_bars, draw_method_lines
from anchorbox_utils.plotting.scene import (
    draw_anchor_grid,
    draw_boxes,
    draw_detections,
    draw_image,
    draw_label_map,
)
from anchorbox_utils.plotting.style import (
    CARD,
    COLORS,
    FONT_FAMILY,
    FONT_PATH,
    INK,
    LABEL_KINDS,
    MAX_WIDTH,
    STYLES,
    add_legend,
    setup_plotting,
)
from anchorbox_utils.plotting.tables import compare_runs, compare_scores

__all__ = [
    "CARD",
    "CAUSE_LOOKS",
    "COLORS",
    "FONT_FAMILY",
    "FONT_PATH",
    "INK",
    "LABEL_KINDS",
    "MAX_WIDTH",
    "STYLES",
    "add_legend",
    "compare_runs",
    "compare_scores",
    "connect_centers",
    "draw_anchor_grid",
    "draw_assignment_steps",
    "draw_boxes",
    "draw_detections",
    "draw_encoding",
    "draw_image",
    "draw_iou_histogram",
    "draw_iou_matrix",
    "draw_label_map",
    "draw_method_bars",
    "draw_method_lines",
    "draw_miss_causes",
    "draw_threshold_bars",
    "formula_lines",
    "setup_plotting",
]
