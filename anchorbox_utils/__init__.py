"""앵커 박스 실습 강좌의 공용 모듈.

공개 이름은 모두 ``from anchorbox_utils import ...``로 가져옵니다. 이름을 처음 쓸 때
그 이름이 사는 모듈만 불러오므로(PEP 562), ``import anchorbox_utils``는 NumPy만 불러옵니다.

아래는 방의 차례입니다. 방은 자기보다 위에 적힌 방만 가져다 쓰고, 남의 방에서 밑줄로 시작하는 이름은
쓰지 않습니다. tests/test_rooms.py가 이 표를 읽어 지켜지는지 봅니다.

- files: 파일을 잃지 않고 쓰기
- korean: 수와 이름 뒤의 조사
- visible: 남이 지은 글을 화면에 보여도 되게 바꾸기
- validation: 인수의 종류마다 하나씩인 입구 검사
- boxes: 박스의 형식 변환, 넓이, IoU, 자르기, 검사
- feedback: 판정의 글과 HTML, 학습자의 함수를 안전하게 실행하기, 판정의 소식
- coding: 앵커와 정답 사이의 오프셋. 인코딩, 디코딩, 정규화
- anchors: 앵커 격자와 다른 도구들의 약속
- grid_matching: 격자 위의 빠른 매칭과 그 유도
- matching: 라벨, 임계값, 강제 매칭
- conventions: 다른 도구들의 매칭 규칙
- sampling: 1:3 뽑기, 어려운 음성 고르기
- losses: smooth L1, 교차 엔트로피, 초점 손실
- nms: 겹친 예측 지우기
- evaluation: COCO 방식의 AP
- datasets: COCO·VOC·YOLO와 예측 불러오기, 합성 장면, 진짜 사진의 박스
- misses: 놓친 정답마다의 까닭과 근거
- design: 크기와 종횡비의 통계, 앵커가 덮는 정도, k-평균, 추천
- detector: 가장 작은 정직한 검출기
- target_comparison: 절대 좌표와 오프셋의 공정한 비교
- plotting: 그림
- labs: 손으로 만지는 실험대와 예측 카드
- diagnosis: 실행하는 디버깅 체크리스트와 진단서
- homework: 연습 문제, 오개념, 자동 검사
- bugs: 원인을 아는 고장 난 학습 코드
- course: 레슨의 사실, 진도, 처음 상태로 되돌리기
- classroom: 수업에 참여하기. 판정의 소식을 강사의 보드로 보냅니다
"""

from importlib import import_module

# 함수와 모듈의 이름이 같습니다. 모듈이 나중에 불려 와 함수를 가리지 않도록 먼저 가져옵니다.
from anchorbox_utils.nms import nms  # noqa: F401

_PUBLIC = {
    "boxes": ("box_area", "box_convert", "box_iou", "clip_boxes", "validate_boxes"),
    "feedback": ("CheckResult",),
    "coding": (
        "decode_boxes",
        "delta_statistics",
        "denormalize_deltas",
        "encode_boxes",
        "normalize_deltas",
    ),
    "anchors": ("ANCHOR_PRESETS", "AnchorGrid", "AnchorLevel", "make_cell_anchors"),
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
    "evaluation": (
        "Detections",
        "Evaluation",
        "GroundTruths",
        "average_precision",
        "evaluate_detections",
        "summarize_ap",
    ),
    "datasets": (
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
    ),
    "misses": ("CAUSES", "FALSE_KINDS", "Misses", "explain_misses"),
    "design": (
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
        "recommend_anchors",
        "resize_dataset",
        "shape_iou",
        "stride_ceiling",
        "uniform_design",
    ),
    "detector": (
        "Detector",
        "Recipe",
        "make_detection_scenes",
        "print_progress",
        "prepare_training",
        "train_detector",
    ),
    "plotting": (
        "COLORS",
        "add_legend",
        "compare_runs",
        "compare_scores",
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
        "setup_plotting",
    ),
    "labs": ("DesignLab", "FormulaLab", "PredictionCard", "ThresholdLab", "predict"),
    "diagnosis": ("Finding", "Report", "diagnose"),
    "homework": (
        "Exercise",
        "Misconception",
        "anchor_brief",
        "bug_report",
        "check",
        "mine_or_ours",
        "personal_boxes",
        "personal_log",
        "personal_matches",
        "personal_numbers",
        "personal_offsets",
        "progress",
    ),
    "bugs": ("BUG_CASES", "Pipeline", "check_cause", "check_repair", "open_bug"),
    "course": (
        "bug_board",
        "certificate",
        "course_map",
        "finish_lesson",
        "reset_lesson",
        "reset_progress",
        "start_lesson",
    ),
    "classroom": ("join_class", "leave_class"),
}
_HOME = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = sorted(_HOME)


def public_names(room):
    """그 방의 공개 이름들. 방을 불러오지 않고 알 수 있습니다."""
    return _PUBLIC[room]


def __getattr__(name):
    if name in _HOME:
        try:
            value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        except ModuleNotFoundError as error:
            raise ImportError(
                f"{name}에는 {error.name}이(가) 필요합니다. 강좌에 필요한 것까지 설치하세요: "
                'pip install "anchorbox-utils[course]"'
            ) from error
        globals()[name] = value
        return value
    if name in _PUBLIC:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"anchorbox_utils에는 {name!r}이(가) 없습니다.")


def __dir__():
    return sorted({*globals(), *_HOME, *_PUBLIC})
