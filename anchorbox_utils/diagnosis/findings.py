"""진단이 찾아낼 수 있는 것들. 하나를 더하려면 이 표에 한 줄을 더하고 검사에서 내면 됩니다."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from anchorbox_utils.visible import visible

# 진단 하나에 보이는 글의 한도. 파일에서 온 이름은 아무리 길 수도 있고, 모두는 JSON에 있습니다.
_LONGEST = {"evidence": 2000, "examples": 500}


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
    "beyond_unit": Kind(
        "0~1을 조금 벗어난 YOLO 값이 있습니다",
        "warning",
        "format",
        "이미지 밖으로 나간 박스를 자르지 않고 바꾸었거나, 반올림하다가 1을 넘었습니다. 한 "
        "줄이라도 있으면 그 이미지의 라벨을 통째로 빼는 학습 도구가 있습니다(Ultralytics가 "
        "그렇습니다).",
        "clip_boxes로 자른 다음 다시 나누어 적으세요.",
    ),
    "near_duplicates": Kind(
        "거의 같은 박스가 두 번 있습니다",
        "warning",
        "format",
        "두 사람이 같은 물체를 따로 그렸거나, 모델의 예측을 사람의 라벨과 합쳤습니다.",
        "그려서 확인하고, 한 물체면 짝 가운데 하나를 지우세요. 정말로 포개진 물체 둘이면 그대로 "
        "둡니다.",
    ),
    "repeated_box": Kind(
        "똑같은 박스가 여러 이미지에 되풀이됩니다",
        "warning",
        "format",
        "영상의 추적을 끝내지 않아 물체가 떠난 뒤에도 박스가 남았거나, 다른 이미지의 라벨을 "
        "복사했습니다.",
        "되풀이되는 이미지를 몇 장 열어 그 자리에 물체가 있는지 보세요. 움직이지 않는 물체라면 "
        "그대로 두어도 됩니다.",
    ),
    "fixed_boxes": Kind(
        "여러 이미지에서 같은 자리에 있는 박스가 있습니다",
        "info",
        "format",
        "고정된 카메라에 찍힌 움직이지 않는 물체, 양식이 정해진 문서, 색만 바꾼 증강처럼 자리가 "
        "정해진 데이터입니다. 한 라벨을 여러 이미지에 복사한 것일 수도 있습니다.",
        "일부러 그런 것이면 그대로 두고, 같은 장면이 학습과 평가에 나뉘어 들지 않게 하세요.",
    ),
    "segment_differs": Kind(
        "박스가 그 기록의 다각형과 다른 곳을 가리킵니다",
        "warning",
        "format",
        "이미지를 줄이면서 한쪽만 바꾸었거나, bbox를 [x1, y1, x2, y2]로 적었거나, 기록이 서로 "
        "뒤바뀌었습니다. 가려진 곳까지 어림한 박스라면 다각형보다 클 수 있습니다.",
        "둘 다 그려 어느 쪽이 맞는지 보고, 다각형이 맞으면 그것을 감싸는 박스로 다시 적으세요.",
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
        "YOLO 라벨과 이름이 같은 이미지가 없거나, 여럿이라 어느 것인지 모릅니다.",
        "이미지가 다른 폴더에 있으면 --images로 알려 주고, 이름이 다르면 맞추세요. 이미지가 정말로 "
        "없는 라벨만 지우세요.",
    ),
    "missing_image": Kind(
        "이미지 파일을 찾을 수 없습니다",
        "warning",
        "files",
        "파일 이름이 다르거나(대소문자, 확장자) 이미지가 다른 폴더에 있습니다.",
        "이름을 맞추거나 --images로 이미지 폴더를 알려 주세요.",
    ),
    "images_not_found": Kind(
        "라벨이 말하는 이미지를 한 장도 찾지 못했습니다",
        "warning",
        "files",
        "이미지의 이름을 바꾸었거나, 이미지가 다른 폴더에 있습니다. 이미지의 크기와 EXIF는 보지 "
        "않았습니다.",
        "라벨에 적힌 이름과 파일의 이름을 맞추거나, --images로 이미지 폴더를 알려 주세요.",
    ),
    "ambiguous_image": Kind(
        "어느 이미지인지 알 수 없는 이름이 있습니다",
        "warning",
        "files",
        "이름이 같은 이미지나 라벨이 여러 폴더에 있거나, 라벨 파일을 베끼고 거기에 적힌 이미지의 "
        "이름은 그대로 두었습니다. 어느 것인지 짐작하지 않고 열지 않았습니다.",
        "적힌 이름이 틀렸으면 고치고, 맞으면 폴더까지 적거나 쓰지 않는 쪽을 다른 곳으로 옮기세요.",
    ),
    "image_name_differs": Kind(
        "라벨에 적힌 이름과 다른 이미지 파일을 열었습니다",
        "info",
        "files",
        "이미지의 이름을 바꾸고 라벨의 것은 그대로 두었거나, 다른 운영 체제에서 만든 이름입니다. "
        "적힌 이름으로 여는 학습 코드는 파일을 찾지 못합니다.",
        "학습 코드가 무엇으로 이미지를 찾는지 확인하고, 적힌 이름을 파일의 이름과 맞추세요.",
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
    "read_as": Kind(
        "보통과 다르게 읽은 라벨이 있습니다",
        "info",
        "files",
        "검출용 박스만 적는 보통의 라벨이 아닙니다.",
        "읽은 방법이 맞는지 근거의 설명을 확인하세요.",
    ),
    "extra_columns": Kind(
        "박스 뒤에 학습용 라벨에는 없는 수가 있습니다",
        "warning",
        "files",
        "사람이 그린 정답이 아니라 예측이나 추적의 결과를 저장한 것 같습니다. 줄마다 수의 개수를 "
        "검사해 거절하는 학습 도구도 있습니다.",
        "정답으로 쓸 파일이 맞는지 확인하고, 맞다면 클래스와 네 수만 남기세요.",
    ),
    "skipped_files": Kind(
        "읽지 않은 파일이 있습니다",
        "info",
        "files",
        "대개 설명 글이나 설정처럼 라벨이 아닌 파일이고, 다른 형식의 라벨일 수도 있습니다.",
        "라벨인데 읽지 않은 것이 있는지 이유를 훑어보세요.",
    ),
    "annotation_id_zero": Kind(
        "id가 0인 박스 기록이 있습니다",
        "info",
        "files",
        "번호를 0부터 매겼습니다. COCOeval은 짝의 번호가 0이면 짝이 없는 것으로 세어, 맞힌 물체 "
        "하나를 놓친 것으로 칩니다.",
        "기록의 id를 1부터 다시 매기세요. 이미지의 id는 0이어도 됩니다.",
    ),
    "bad_area": Kind(
        "area가 0이거나 수가 아닌 기록이 있습니다",
        "warning",
        "files",
        "내보내는 도구가 area를 계산하지 않고 채웠습니다. 그런 기록을 빼고 배우는 도구가 "
        "있고(mmdetection), COCOeval은 모두 작은 물체로 셉니다.",
        "다각형이 있으면 그 넓이, 없으면 박스의 너비 × 높이로 채우세요.",
    ),
    "no_area": Kind(
        "area가 없는 기록이 있습니다",
        "info",
        "files",
        "area를 적지 않는 도구로 내보냈습니다. 이 파일을 정답으로 쓰면 COCOeval이 KeyError로 "
        "멈춥니다. 학습에만 쓰면 괜찮은 도구가 많습니다.",
        "COCOeval로 평가할 것이면 너비 × 높이나 다각형의 넓이를 채우세요.",
    ),
    "no_iscrowd": Kind(
        "iscrowd가 없는 기록이 있습니다",
        "info",
        "files",
        "iscrowd를 적지 않는 도구로 내보냈습니다. 이 파일을 정답으로 쓰면 COCOeval이 KeyError로 "
        "멈춥니다.",
        "COCOeval로 평가할 것이면 0으로 채우세요.",
    ),
    "duplicate_file": Kind(
        "한 이미지 파일이 이미지 목록에 두 번 있습니다",
        "warning",
        "files",
        "파일을 합치면서 같은 이미지에 새 번호를 매겼습니다. 한쪽의 박스를 모르는 채 배경으로 "
        "배우고, 평가에서는 맞힌 것이 오탐이 됩니다.",
        "이미지의 기록을 하나로 합치고 박스의 image_id를 맞추세요.",
    ),
    "split_leak": Kind(
        "같은 사진이 나눔 둘에 함께 있습니다",
        "warning",
        "files",
        "나누지 않고 한 폴더를 두 번 적었거나, 나누기 전에 겹친 파일을 지우지 않았거나, 따로 나눈 "
        "것을 합쳤습니다. 배운 사진으로 평가하면 점수가 실제보다 높습니다.",
        "나눔마다 다른 폴더를 적고, 겹친 사진은 한쪽에서 지우세요. 비슷한 사진(같은 영상, 증강)은 "
        "같은 나눔에 두세요.",
    ),
    "same_name_in_splits": Kind(
        "나눔마다 이름이 같은 이미지가 있습니다",
        "info",
        "files",
        "나눔마다 번호를 따로 매겼거나, 같은 사진을 다시 저장했습니다.",
        "몇 장을 열어 다른 사진인지 보고, 한 폴더에 합칠 때 서로 덮어쓰지 않게 하세요.",
    ),
    # 클래스
    "class_lists_differ": Kind(
        "나뉜 파일의 클래스 목록이 서로 다릅니다",
        "error",
        "classes",
        "train과 val을 따로 내보내면서 클래스의 번호가 달라졌습니다. 평가가 엉뚱한 클래스와 "
        "견줍니다.",
        "한 목록으로 번호를 다시 매겨 함께 내보내세요.",
    ),
    "many_class_lists": Kind(
        "서로 다른 클래스 목록이 여럿 있습니다",
        "warning",
        "classes",
        "폴더마다 라벨 도구를 따로 켜면 클래스의 차례가 달라집니다. 같은 번호가 다른 물체가 "
        "됩니다.",
        "목록을 하나로 맞추고, --names로 어느 것인지 알려 주세요.",
    ),
    "bad_class_list": Kind(
        "클래스 목록을 읽을 수 없습니다",
        "warning",
        "classes",
        "names가 목록이 아니거나 YAML의 문법이 틀렸습니다.",
        "names를 [이름, 이름]이나 번호: 이름의 목록으로 고치세요.",
    ),
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
    # 균형: 항목은 클래스
    "class_imbalance": Kind(
        "클래스의 박스 수가 크게 기울었습니다",
        "warning",
        "classes",
        "흔한 물체와 드문 물체를 모인 그대로 라벨링했습니다. 드문 클래스는 손실에 거의 나타나지 "
        "않습니다.",
        "드문 클래스의 이미지를 더 자주 뽑거나(repeat factor sampling) 더 모으고, 클래스마다 AP를 "
        "따로 보세요.",
    ),
    "rare_class": Kind(
        "배우기에는 박스나 이미지가 너무 적은 클래스가 있습니다",
        "warning",
        "classes",
        "드문 물체이거나, 이름을 잘못 적어 생긴 클래스입니다.",
        "이름이 틀린 것이 아닌지 보고, 더 모으거나 비슷한 클래스와 합치세요.",
    ),
    "single_class": Kind(
        "클래스가 하나뿐입니다",
        "info",
        "classes",
        "물체 하나만 찾는 데이터이거나, 내보내면서 이름이 하나로 합쳐졌습니다.",
        "하나만 찾는 데이터가 맞는지 확인하세요. 맞다면 그대로 두면 됩니다.",
    ),
    "size_outliers": Kind(
        "같은 클래스의 다른 박스와 크기가 크게 다른 박스가 있습니다",
        "info",
        "classes",
        "클릭 실수나 여러 물체를 한꺼번에 묶은 박스일 수 있고, 정말로 멀거나 가까운 물체일 수도 "
        "있습니다.",
        "몇 개를 열어 보고, 잘못 그린 것만 고치세요.",
    ),
    "class_list_slip": Kind(
        "클래스 목록이 스스로와 맞지 않습니다",
        "warning",
        "classes",
        "클래스를 더하거나 빼면서 nc와 names 가운데 하나만 고쳤거나, 이름에 YAML이 참·거짓으로 "
        "읽는 말(no, on)을 썼습니다.",
        "nc를 지우거나 names의 수에 맞추고, 번호는 0부터 빈틈없이 매기고, 이름은 따옴표로 "
        "감싸세요.",
    ),
    "no_categories": Kind(
        "클래스 목록이 비어 있습니다",
        "warning",
        "classes",
        "내보내는 도구가 categories를 쓰지 않았습니다. 번호가 맞는지 볼 수 없고, 클래스의 수를 "
        "여기에서 세는 도구는 0개로 봅니다.",
        "categories에 id와 name을 채우세요.",
    ),
    "duplicate_class_name": Kind(
        "한 이름이 클래스 번호 둘에 쓰였습니다",
        "warning",
        "classes",
        "파일을 합치면서 같은 클래스가 두 번 들어갔습니다. 한 물체를 둘로 나누어 배우고, 이름을 "
        "열쇠로 쓰는 코드에서는 하나가 사라집니다.",
        "같은 클래스면 번호를 하나로 합치고, 다르면 이름을 바꾸세요.",
    ),
    "conflicting_classes": Kind(
        "같은 자리의 박스에 클래스가 둘입니다",
        "warning",
        "classes",
        "두 사람이 다르게 판단했거나, 클래스를 고치면서 앞의 것을 지우지 않았습니다. 학습에서는 "
        "서로 반대로 당깁니다.",
        "그려서 맞는 것만 남기세요. 한 물체에 여러 이름을 붙이기로 한 데이터(사람–어린이)라면 "
        "그대로 두되, 클래스마다 따로 판단하는 손실(시그모이드)을 쓰세요.",
    ),
    "similar_class_names": Kind(
        "대소문자나 빈칸만 다른 클래스 이름이 있습니다",
        "warning",
        "classes",
        "여러 사람이 이름을 손으로 적었거나, 운영 체제마다 한글의 꼴(NFC/NFD)이 다릅니다. 한 "
        "물체를 여러 클래스로 나누어 배웁니다.",
        "같은 클래스면 이름을 하나로 맞추세요. 일부러 나눈 것이면 그대로 두어도 됩니다.",
    ),
    "blank_class_name": Kind(
        "이름이 비어 있는 클래스가 있습니다",
        "warning",
        "classes",
        "목록의 가운데에 빈 줄이 있거나 이름을 빠뜨렸습니다. 빈 줄을 건너뛰는 도구에서는 뒤의 "
        "번호가 모두 밀립니다.",
        "빈 줄을 지우거나 이름을 채우고, 라벨의 번호와 맞는지 확인하세요.",
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


class Examples(tuple):
    """먼저 볼 몇 기록의 글. 걸린 것의 번호를 모두 함께 지닙니다.

    Attributes:
        rows: 걸린 행의 번호. (K,)이거나, 짝을 이루는 진단이면 (K, 2)입니다.
        images: (K,) 이미지째로 걸렸을 때 이미지의 번호.

    Examples:
        >>> examples = Examples(["a.txt: 3행"], [2, 7, 9])
        >>> list(examples), examples.rows.tolist()
        (['a.txt: 3행'], [2, 7, 9])
    """

    def __new__(cls, texts=(), rows=(), images=()):
        self = super().__new__(cls, (visible(text, _LONGEST["examples"]) for text in texts))
        self.rows = np.asarray(rows, dtype=np.intp)
        self.images = np.asarray(images, dtype=np.intp)
        return self


@dataclass(frozen=True)
class Finding:
    """진단이 찾아낸 것 하나.

    Attributes:
        name: 종류의 이름. :data:`KINDS`의 열쇠입니다.
        evidence: 근거가 되는 수.
        examples: 먼저 볼 기록들. 파일과 자리가 함께 적혀 있습니다. :class:`Examples`면 걸린 행을
            모두 압니다.

    Examples:
        >>> finding = Finding("flipped", "박스 120개 가운데 2개가 뒤집혔습니다.")
        >>> finding.severity, finding.title
        ('error', '뒤집힌 박스가 있습니다')
    """

    name: str
    evidence: str
    examples: tuple[str, ...] = ()

    def __post_init__(self):
        # 근거와 보기에는 파일에서 온 글이 섞입니다.
        object.__setattr__(self, "evidence", visible(self.evidence, _LONGEST["evidence"]))
        if not isinstance(self.examples, Examples):
            object.__setattr__(self, "examples", Examples(self.examples))

    @property
    def kind(self):
        return KINDS[self.name]

    @property
    def rows(self):
        """걸린 행의 번호. 행으로 말할 수 없는 진단이면 비어 있습니다."""
        return getattr(self.examples, "rows", np.empty(0, np.intp))

    @property
    def images(self):
        """이미지째로 걸린 이미지의 번호."""
        return getattr(self.examples, "images", np.empty(0, np.intp))

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
