"""앵커 박스 실습 강좌의 공용 모듈.

공개 이름은 모두 ``from anchorbox_utils import ...``로 가져옵니다. 이름을 처음 쓸 때
그 이름이 사는 모듈만 불러오므로(PEP 562), ``import anchorbox_utils``는 NumPy만 불러옵니다.
"""

from importlib import import_module

# 함수와 모듈의 이름이 같습니다. 모듈이 나중에 불려 와 함수를 가리지 않도록 먼저 가져옵니다.
from anchorbox_utils.nms import nms  # noqa: F401

_PUBLIC = {
    "boxes": ("box_area", "box_convert", "box_iou", "clip_boxes", "validate_boxes"),
    "coding": (
        "decode_boxes",
        "delta_statistics",
        "denormalize_deltas",
        "encode_boxes",
        "normalize_deltas",
    ),
    "anchors": ("ANCHOR_PRESETS", "AnchorGrid", "AnchorLevel", "make_cell_anchors"),
    "grid_matching": (),
    "matching": (
        "MatchResult",
        "assign_anchor_labels",
        "count_labels",
        "count_window_pairs",
        "match_anchors",
    ),
    "conventions": ("CONVENTIONS", "Convention", "match_by_convention"),
    "sampling": ("hard_negative_mining", "sample_labels"),
    "losses": ("binary_cross_entropy", "reduce_loss", "sigmoid_focal_loss", "smooth_l1_loss"),
    "nms": ("batched_nms", "nms"),
    "evaluation": ("Detections", "average_precision", "summarize_ap"),
    "datasets": (
        "Dataset",
        "LabeledImage",
        "Problem",
        "Scene",
        "Source",
        "dataset_from_boxes",
        "load_coco",
        "load_coins",
        "load_dataset",
        "load_galaxies",
        "load_photo",
        "load_voc",
        "load_words",
        "load_yolo",
        "make_scene",
        "recognise_format",
    ),
    "bugs": ("BUG_CASES", "Pipeline", "check_cause", "check_repair", "open_bug"),
    "diagnosis": ("Finding", "Report", "diagnose"),
    "design": (
        "AnchorClusters",
        "AnchorDesign",
        "BoxStatistics",
        "Coverage",
        "Recommendation",
        "anchor_coverage",
        "best_anchor_iou",
        "box_statistics",
        "fit_size",
        "kmeans_anchors",
        "recommend_anchors",
        "resize_dataset",
        "shape_iou",
        "stride_ceiling",
    ),
    "detector": (
        "Detector",
        "Recipe",
        "make_detection_scenes",
        "print_progress",
        "prepare_training",
        "train_detector",
    ),
    "feedback": ("CheckResult",),
    "homework": (
        "Exercise",
        "Misconception",
        "check",
        "personal_numbers",
        "progress",
    ),
    "plotting": (
        "COLORS",
        "add_legend",
        "draw_anchor_grid",
        "draw_boxes",
        "draw_encoding",
        "draw_image",
        "draw_iou_histogram",
        "draw_iou_matrix",
        "draw_label_map",
        "draw_threshold_bars",
        "setup_plotting",
    ),
    "course": (
        "certificate",
        "course_map",
        "finish_lesson",
        "reset_lesson",
        "reset_progress",
        "start_lesson",
    ),
    "labs": ("DesignLab", "FormulaLab", "ThresholdLab"),
}
_HOME = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name):
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    if name in _PUBLIC:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"anchorbox_utils에는 {name!r}이(가) 없습니다.")


def __dir__():
    return sorted({*globals(), *_HOME, *_PUBLIC})
