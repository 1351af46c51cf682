"""진단이 찾아낼 수 있는 것들. 하나를 더하려면 이 표에 한 줄을 더하고 검사에서 내면 됩니다."""

from dataclasses import dataclass
from typing import NamedTuple


class Severity(NamedTuple):
    """심각도의 이름과 표시. 표시는 cp949에도 있는 기호만 씁니다."""

    label: str
    mark: str


# 나쁜 것부터입니다. 진단서도 이 차례로 보입니다.
SEVERITIES = {
    "error": Severity("오류", "×"),
    "warning": Severity("주의", "△"),
    "info": Severity("참고", "○"),
}


class Topic(NamedTuple):
    """체크리스트의 항목.

    Attributes:
        title: 보이는 이름.
        needs_anchors: 앵커를 받아야 볼 수 있는지.
        after: 먼저 보는 항목. 그것이 오류면 이 항목은 그 결과일 뿐이라 보지 않습니다.
    """

    title: str
    needs_anchors: bool = False
    after: str | None = None


# 진단서에 보이는 차례이고, after에 적은 항목은 앞에 있어야 합니다.
TOPICS = {
    "format": Topic("좌표계 통일"),
    "scale": Topic("스케일 매칭", needs_anchors=True),
    "positives": Topic("양성 비율", needs_anchors=True, after="scale"),
    "targets": Topic("회귀 폭주와 치우침", needs_anchors=True),
    "thresholds": Topic("매칭 임계값", needs_anchors=True, after="scale"),
    "files": Topic("파일과 기록"),
    "classes": Topic("클래스"),
}


class Kind(NamedTuple):
    """찾아낸 것의 종류: 제목, 심각도, 체크리스트 항목, 흔한 원인, 할 일."""

    title: str
    severity: str
    topic: str
    cause: str
    advice: str


KINDS = {
    # 좌표계 통일
    "mixed_formats": Kind(
        "박스 형식이 섞였습니다",
        "error",
        "format",
        "다른 형식(xywh, cxcywh, 정규화된 값 등)으로 적힌 수를 지금 형식으로 읽고 있습니다. 너비가 "
        "음수가 되면 log에서 NaN이 납니다.",
        "아래 파일을 만든 도구의 형식을 확인하고, box_convert로 한 번만 바꾸어 통일하세요.",
    ),
    "unit_mismatch": Kind(
        "좌표의 단위(픽셀과 0~1)가 맞지 않습니다",
        "error",
        "format",
        "픽셀 좌표를 0~1로 읽거나, 0~1로 나눈 좌표를 픽셀로 읽고 있습니다. YOLO에서는 이런 "
        "이미지가 "
        "통째로 빠지기도 합니다.",
        "이미지의 너비와 높이로 나누거나(YOLO) 곱해서 단위를 맞추세요.",
    ),
    "unsigned_wrap": Kind(
        "부호 없는 정수에서 1을 빼다가 값이 되돌았습니다",
        "error",
        "format",
        "0부터 세는 좌표에서 VOC의 관례대로 1을 뺐고, uint16 같은 자료형이라 −1이 65535가 "
        "되었습니다.",
        "0부터 세는 좌표이니 1을 빼는 코드를 지우고 캐시도 다시 만드세요. 이미 뺀 값은 같은 "
        "자료형에서 1을 더하면 되돌아옵니다(65535 + 1 → 0). float로 바꾼 다음 빼면 65535는 "
        "사라지지만 박스가 모두 1픽셀 밀립니다.",
    ),
    "filler": Kind(
        "[0, 0, 0, 0] 채움 박스가 있습니다",
        "error",
        "format",
        "물체가 없는 이미지에 빈 배열 대신 0으로 채운 박스를 넣었습니다.",
        "채움 박스를 지우고, 물체가 없으면 모양이 (0, 4)인 빈 배열을 쓰세요.",
    ),
    "flipped": Kind(
        "뒤집힌 박스가 있습니다",
        "error",
        "format",
        "x1과 x2(또는 y1과 y2)가 바뀌었습니다. 오른쪽 아래에서 끌어 그린 라벨이거나 수작업 "
        "실수입니다.",
        "원본 기록을 열어 확인한 다음 두 값을 맞바꾸세요. clip으로 덮으면 숨기만 합니다.",
    ),
    "zero_size": Kind(
        "너비나 높이가 0인 박스가 있습니다",
        "error",
        "format",
        "클릭만 하고 끌지 않은 라벨이거나, 축소하고 반올림하면서 크기가 사라졌습니다.",
        "이미지를 열어 다시 그리거나 기록을 지우세요. 학습에 넣으면 log(0)이 됩니다.",
    ),
    "not_finite": Kind(
        "NaN이나 무한대인 좌표가 있습니다",
        "error",
        "format",
        "라벨을 만드는 계산에서 0으로 나누었거나, 넘을 수 없는 크기의 수를 적었습니다.",
        "그 기록을 만든 코드를 찾아 고치고 다시 내보내세요.",
    ),
    "swapped_size": Kind(
        "이미지의 가로와 세로가 바뀌었습니다",
        "error",
        "format",
        "EXIF 회전을 라벨 도구와 학습 코드 가운데 한쪽만 적용했거나, (높이, 너비)와 (너비, 높이)의 "
        "순서를 바꾸어 적었습니다.",
        "이미지를 EXIF대로 돌려 다시 저장하거나, 라벨 파일의 width와 height를 맞바꾸세요.",
    ),
    "exif_rotation": Kind(
        "EXIF가 돌려 보라고 하는 이미지가 있습니다",
        "warning",
        "format",
        "휴대전화 사진입니다. EXIF를 적용하는 프로그램과 하지 않는 프로그램에서 가로세로가 "
        "다릅니다.",
        "라벨 도구와 학습 코드가 둘 다 EXIF를 적용하는지 확인하거나, 돌려서 다시 저장하세요.",
    ),
    "stale_size": Kind(
        "라벨의 이미지 크기가 실제와 다릅니다",
        "error",
        "format",
        "이미지를 줄이거나 늘린 다음 라벨의 크기나 박스를 함께 바꾸지 않았습니다.",
        "박스와 크기가 같은 해상도의 것인지 확인하고, 바뀐 비율만큼 박스에도 곱하세요.",
    ),
    "out_of_image": Kind(
        "박스가 이미지 밖으로 나갔습니다",
        "error",
        "format",
        "테두리에 걸친 물체를 밖까지 그렸거나, 반올림으로 1을 넘었습니다. 이런 박스를 거절하는 "
        "증강 "
        "도구가 많습니다.",
        "테두리를 조금 넘은 것이면 clip_boxes로 자르고, 많이 넘은 것이면 원본 기록을 확인하세요.",
    ),
    "border_rounding": Kind(
        "박스가 테두리를 1픽셀 이내로 넘었습니다",
        "warning",
        "format",
        "좌표를 반올림하거나 정규화하면서 생긴 작은 차이입니다.",
        "clip_boxes로 잘라 두면 엄격한 도구에서도 멈추지 않습니다.",
    ),
    "full_frame": Kind(
        "이미지 전체를 덮는 박스가 여럿 있습니다",
        "warning",
        "format",
        "라벨을 아직 그리지 않은 이미지에 도구가 넣은 기본값이거나, 정말로 가득 찬 물체입니다.",
        "몇 장을 열어 보고, 기본값이면 지우고 다시 라벨링하세요.",
    ),
    "shifted_duplicates": Kind(
        "똑같은 만큼 밀린 복제 박스가 있습니다",
        "warning",
        "format",
        "라벨 도구에서 복사해 붙이면 조금 밀린 자리에 같은 박스가 하나 더 생깁니다.",
        "짝 가운데 하나를 지우세요. 남겨 두면 한 물체를 두 번 찾도록 배웁니다.",
    ),
    "duplicate_boxes": Kind(
        "완전히 같은 박스가 두 번 있습니다",
        "warning",
        "format",
        "라벨 파일을 합치면서 같은 기록이 두 번 들어갔습니다.",
        "클래스와 좌표가 모두 같은 기록은 하나만 남기세요.",
    ),
    "tiny_boxes": Kind(
        "한 변이 1픽셀도 안 되는 박스가 있습니다",
        "warning",
        "format",
        "점에 가까운 라벨이거나, 픽셀이어야 할 좌표를 다른 단위로 적었습니다.",
        "그려서 확인하고, 물체가 아니면 지우세요.",
    ),
    # 파일과 기록
    "broken_file": Kind(
        "읽을 수 없는 라벨 파일이 있습니다",
        "error",
        "files",
        "저장이 중간에 끊겼거나, 다른 형식의 파일이 섞였습니다.",
        "적힌 행을 열어 고치거나 원본에서 다시 내보내세요.",
    ),
    "broken_image": Kind(
        "열 수 없는 이미지 파일이 있습니다",
        "error",
        "files",
        "내려받거나 복사하는 동안 파일이 깨졌습니다.",
        "그 이미지를 다시 받거나 목록에서 빼세요.",
    ),
    "bad_record": Kind(
        "형식에 맞지 않는 기록이 있습니다",
        "error",
        "files",
        "값의 수가 다르거나 꼭 있어야 할 항목이 빠졌습니다.",
        "적힌 자리를 열어 고치세요.",
    ),
    "bad_box": Kind(
        "좌표가 수 네 개가 아닌 기록이 있습니다",
        "error",
        "files",
        "값이 빠졌거나 글자가 들어갔습니다.",
        "적힌 자리를 열어 고치세요.",
    ),
    "no_bbox": Kind(
        "박스가 없는 기록이 있습니다",
        "warning",
        "files",
        "분할(segmentation)이나 키포인트만 있는 기록입니다.",
        "검출에 쓸 물체라면 분할을 감싸는 박스를 만들어 넣으세요.",
    ),
    "duplicate_id": Kind(
        "같은 id가 두 번 쓰였습니다",
        "error",
        "files",
        "파일을 합치면서 번호를 새로 매기지 않았습니다. id를 열쇠로 쓰는 코드에서 하나가 "
        "사라집니다.",
        "기록마다 다른 id를 새로 매기세요.",
    ),
    "unknown_image": Kind(
        "없는 이미지를 가리키는 박스가 있습니다",
        "error",
        "files",
        "이미지 목록에서만 지우고 박스는 남겼거나, 파일을 나누면서 섞였습니다.",
        "images 목록과 image_id를 맞추세요.",
    ),
    "bad_image_size": Kind(
        "이미지 크기가 적혀 있지 않습니다",
        "warning",
        "files",
        "라벨 파일의 너비·높이가 없거나 0입니다. 크기를 모르면 밖으로 나간 박스를 찾을 수 "
        "없습니다.",
        "이미지 폴더를 함께 주면 실제 크기를 재어 씁니다.",
    ),
    "no_image_size": Kind(
        "이미지 크기를 몰라 버려진 박스가 있습니다",
        "error",
        "files",
        "YOLO 라벨과 이름이 같은 이미지가 없습니다.",
        "이미지와 라벨의 이름을 맞추거나, 남은 라벨 파일을 지우세요.",
    ),
    "missing_image": Kind(
        "이미지 파일을 찾을 수 없습니다",
        "warning",
        "files",
        "파일 이름이 다르거나(대소문자, 확장자) 이미지가 다른 폴더에 있습니다.",
        "이름을 맞추거나 이미지 폴더를 바르게 주세요.",
    ),
    "missing_label": Kind(
        "라벨 파일이 없는 이미지가 있습니다",
        "info",
        "files",
        "물체가 없는 이미지이거나, 라벨 파일의 이름이 이미지와 다릅니다.",
        "물체가 없는 것이 맞는지 몇 장을 열어 보세요.",
    ),
    "empty_images": Kind(
        "물체가 없는 이미지가 있습니다",
        "info",
        "files",
        "배경만 있는 이미지는 오탐을 줄이는 데 도움이 됩니다. 빠뜨린 라벨일 수도 있습니다.",
        "일부러 넣은 것이 아니라면 몇 장을 열어 보세요.",
    ),
    "polygons": Kind(
        "다각형을 박스로 바꾸어 읽었습니다",
        "info",
        "files",
        "분할용 라벨이나 기울어진 박스(OBB)입니다.",
        "검출 학습에 쓸 것이라면 그대로 두어도 됩니다.",
    ),
    # 클래스
    "bad_class": Kind(
        "클래스가 없는 기록이 있습니다",
        "error",
        "classes",
        "라벨을 고르지 않고 저장했습니다.",
        "그 기록의 클래스를 채우세요.",
    ),
    "unknown_class": Kind(
        "목록에 없는 클래스 번호가 있습니다",
        "error",
        "classes",
        "클래스 목록을 바꾸었거나, 번호를 1부터 세고 목록은 0부터 셌습니다.",
        "클래스 목록과 번호를 맞추세요. 번호는 목록의 첫 번호부터 시작해야 합니다.",
    ),
    "class_overflow": Kind(
        "모델의 출력 수를 넘는 클래스 번호가 있습니다",
        "error",
        "classes",
        "COCO처럼 번호가 띄엄띄엄한데 다시 매기지 않았거나, 클래스 수를 잘못 세었습니다.",
        "번호를 빈틈없이 다시 매기는 표를 만들어 학습과 평가에 똑같이 쓰세요.",
    ),
    "background_label": Kind(
        "배경의 번호를 쓰는 물체가 있습니다",
        "error",
        "classes",
        "물체의 번호를 0부터 셌는데 모델은 0을 배경으로 씁니다. 그 클래스는 영원히 배경으로 "
        "배웁니다.",
        "물체의 번호를 1부터 매기세요.",
    ),
    "class_gap": Kind(
        "클래스 번호가 띄엄띄엄합니다",
        "info",
        "classes",
        "COCO의 원래 번호가 그렇습니다. 번호를 그대로 출력 번호로 쓰면 안 됩니다.",
        "학습에는 빈틈없이 다시 매긴 번호를 쓰세요.",
    ),
    "unused_class": Kind(
        "박스가 하나도 없는 클래스가 있습니다",
        "info",
        "classes",
        "일부만 뽑은 데이터이거나 라벨을 빠뜨렸습니다.",
        "그 클래스를 배우게 하려면 라벨을 더하세요.",
    ),
    # 스케일 매칭
    "same_anchors": Kind(
        "종횡비가 앵커에 반영되지 않습니다",
        "error",
        "scale",
        "너비에도 높이에도 √r을 곱해서(÷여야 할 곳에 ×) 모두 정사각형이 되었거나, 종횡비를 쓰지 "
        "않는 "
        "코드입니다.",
        "너비는 s / √r, 높이는 s · √r인지 확인하고 앵커 몇 개를 그려 보세요.",
    ),
    "ratio_convention": Kind(
        "앵커가 눕혀져 있습니다(종횡비의 약속이 반대)",
        "error",
        "scale",
        "h/w로 정한 종횡비를 w/h로 읽는 코드에 넘겼거나 그 반대입니다.",
        "앵커를 하나 그려 확인하고 종횡비를 1/r로 바꾸세요.",
    ),
    "before_resize": Kind(
        "앵커가 축소하기 전의 크기에 맞추어져 있습니다",
        "error",
        "scale",
        "원본 사진의 박스로 앵커를 정했는데, 학습에서는 사진을 입력 크기로 줄이거나 늘립니다.",
        "박스를 학습 입력 크기로 바꾼 다음 앵커를 다시 정하세요.",
    ),
    "stride_too_large": Kind(
        "스트라이드가 물체보다 커서 앵커가 물체를 비껴갑니다",
        "error",
        "scale",
        "앵커의 모양은 맞지만 중심 사이가 넓어 물체 위에 놓이는 앵커가 없습니다.",
        "더 촘촘한 단계(작은 스트라이드)를 더하거나 입력을 키우세요. 종횡비를 더해도 낫지 "
        "않습니다.",
    ),
    "anchors_off_scale": Kind(
        "앵커의 크기나 모양이 데이터와 맞지 않습니다",
        "error",
        "scale",
        "다른 데이터의 기본 앵커를 그대로 썼습니다. 재현율은 낮은데 손실은 내려가는 증상이 "
        "나타납니다.",
        "박스의 크기·종횡비 히스토그램을 보고 스케일과 종횡비를 다시 정하세요.",
    ),
    "size_gap": Kind(
        "특정 크기의 물체에 맞는 앵커가 부족합니다",
        "warning",
        "scale",
        "앵커의 스케일 사이가 비었습니다. 그 크기의 물체만 계속 놓치게 됩니다.",
        "빈 구간의 스케일을 더하거나 단계를 더하세요.",
    ),
    # 양성 비율, 임계값
    "gt_without_positive": Kind(
        "양성 앵커를 하나도 얻지 못한 정답이 있습니다",
        "error",
        "positives",
        "강제 매칭이 없거나 고장 났습니다. 실수를 ==로 비교하거나, 두 물체가 최고 앵커를 나누어 "
        "가지면 생깁니다.",
        "match_anchors(force_match=True)로 견주어 보고, pos_thr를 조금 낮추거나 앵커를 더하세요.",
    ),
    "few_positives": Kind(
        "임계값을 넘는 양성이 이미지마다 거의 없습니다",
        "warning",
        "positives",
        "대부분의 정답이 강제 매칭된 앵커 하나로만 배웁니다. 회귀의 학습 신호가 약합니다.",
        "앵커를 데이터에 맞추는 것이 먼저이고, 그다음 pos_thr를 0.05씩 낮추어 보세요.",
    ),
    "threshold_too_high": Kind(
        "양성 임계값이 데이터에 비해 높습니다",
        "warning",
        "thresholds",
        "앵커는 물체와 꽤 겹치지만 그 값이 pos_thr에 못 미칩니다.",
        "pos_thr를 0.05씩 낮추며 양성이 없는 정답의 비율을 보세요.",
    ),
    "threshold_too_low": Kind(
        "양성 임계값이 너무 낮습니다",
        "warning",
        "thresholds",
        "조금만 겹쳐도 양성이 되어, 멀리 있는 정답까지 회귀하도록 배웁니다.",
        "pos_thr를 0.5 근처로 올려 보세요.",
    ),
    "iou_matrix_memory": Kind(
        "IoU 행렬 전체를 만들면 메모리가 모자랄 수 있습니다",
        "warning",
        "positives",
        "앵커 수 × 정답 수의 행렬을 한꺼번에 만드는 라벨링 코드가 많습니다.",
        "match_anchors처럼 토막 내어 계산하거나, 정답이 많은 이미지를 나누세요.",
    ),
    # 회귀 폭주와 치우침
    "exploding_targets": Kind(
        "회귀 타깃이 폭주합니다",
        "error",
        "targets",
        "크기가 0이나 음수인 박스가 인코딩에 들어갔거나, 매칭과 인코딩이 서로 다른 박스를 씁니다.",
        "인코딩에 넘기는 앵커와 정답이 매칭에 쓴 것과 같은지, 로그의 입력이 0보다 큰지 확인하세요.",
    ),
    "half_stride_shift": Kind(
        "박스가 스트라이드의 절반만큼 밀립니다",
        "error",
        "targets",
        "학습과 추론의 앵커 중심이 다릅니다. 한쪽은 칸의 모서리(offset 0), 다른 쪽은 "
        "가운데(0.5)입니다.",
        "두 곳에서 같은 AnchorGrid를 쓰세요.",
    ),
    "round_trip": Kind(
        "인코딩한 것을 디코딩해도 정답으로 돌아오지 않습니다",
        "error",
        "targets",
        "정규화(mean/std)를 한쪽만 적용했거나 디코딩 식이 다릅니다. 박스가 한쪽으로 치우칩니다.",
        "normalize_deltas와 denormalize_deltas에 같은 mean·std를 쓰는지 확인하세요.",
    ),
    "iou_convention": Kind(
        "IoU 함수의 값이 어긋납니다",
        "error",
        "thresholds",
        "너비를 x2 − x1 + 1로 세는 옛 관례가 한쪽에만 남아 있습니다. 작은 물체일수록 크게 "
        "어긋납니다.",
        "교집합과 넓이에서 모두 +1을 빼세요.",
    ),
    "function_failed": Kind(
        "넘겨받은 함수가 멈췄습니다",
        "error",
        "targets",
        "올바른 박스를 넣어도 예외가 나는 코드입니다.",
        "아래 메시지를 보고 함수를 고치세요.",
    ),
    "fix_data_first": Kind(
        "앵커 검사는 건너뛰었습니다",
        "info",
        "scale",
        "데이터에 오류가 많아, 지금 앵커를 검사하면 잘못된 박스에 맞추게 됩니다.",
        "위의 오류를 고친 다음 다시 진단하세요.",
    ),
}


@dataclass(frozen=True)
class Finding:
    """진단이 찾아낸 것 하나.

    Attributes:
        name: 종류의 이름. :data:`KINDS`의 열쇠입니다.
        evidence: 근거가 되는 수.
        examples: 먼저 볼 기록들. 파일과 자리가 함께 적혀 있습니다.

    Examples:
        >>> finding = Finding("flipped", "박스 120개 가운데 2개가 뒤집혔습니다.")
        >>> finding.severity, finding.title
        ('error', '뒤집힌 박스가 있습니다')
    """

    name: str
    evidence: str
    examples: tuple[str, ...] = ()

    @property
    def kind(self):
        return KINDS[self.name]

    @property
    def severity(self):
        """``"error"``, ``"warning"``, ``"info"`` 가운데 하나."""
        return self.kind.severity

    @property
    def title(self):
        return self.kind.title

    @property
    def cause(self):
        """흔한 원인."""
        return self.kind.cause

    @property
    def advice(self):
        """무엇을 하면 되는지."""
        return self.kind.advice
