"""읽지 못하는 형식의 표. 무엇인지 이름을 대고, 읽을 수 있는 형식으로 바꾸는 길을 알려 줍니다."""

import os
import re
from typing import NamedTuple

from anchorbox_utils.datasets.folders import suffix_of
from anchorbox_utils.datasets.reading import UnreadableFile, head_of, mapped
from anchorbox_utils.visible import visible

_NUMBER = rb"-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_LINE_START = rb"(?:\A|\n)[ \t]*"
_NAMED_LINE = rb"[^\W\d][\w-]*(?:[ \t]+" + _NUMBER + rb"){4}\s*(?:\r?\n|\Z)"


class Foreign(NamedTuple):
    """읽지 못하는 형식: 보이는 이름, 확장자, 첫머리에서 찾을 것(모두 있어야 함), 바꾸는 길."""

    title: str
    suffix: str
    marks: tuple[bytes, ...]
    advice: str


_RENAME = "Roboflow나 FiftyOne에서 불러와 COCO JSON으로 내보내세요."

# 앞의 것부터 견줍니다.
_FOREIGN = (
    Foreign("CreateML JSON", ".json", (rb'"coordinates"', rb'"annotations"'), _RENAME),
    Foreign("VIA(VGG) JSON", ".json", (rb'"shape_attributes"',), "VIA에서 COCO로 내보내세요."),
    Foreign(
        "Label Studio JSON",
        ".json",
        (rb'"(?:from_name|rectanglelabels)"',),
        "Label Studio에서 COCO나 YOLO로 내보내세요.",
    ),
    Foreign(
        "Supervisely JSON",
        ".json",
        (rb'"(?:classTitle|geometryType)"',),
        "Supervisely의 Export to COCO로 내보내세요.",
    ),
    Foreign(
        "Supervisely JSON",
        ".json",
        (rb'"tags"', rb'"size"', rb'"objects"'),
        "Supervisely의 Export to COCO로 내보내세요.",
    ),
    Foreign("CreateML JSON", ".json", (rb"\A\[", rb'"image"\s*:', rb'"annotations"'), _RENAME),
    Foreign(
        "COCO의 설명글(caption) JSON",
        ".json",
        (rb'"images"', rb'"(?:caption|segments_info)"'),
        "박스가 없는 파일입니다. instances_*.json을 주세요.",
    ),
    Foreign(
        "COCO와 비슷한 JSON",
        ".json",
        (rb"\A\{", rb'"(?:images|annotations)"', rb'"(?:file_name|image_id)"'),
        "images와 annotations가 모두 있어야 합니다. 정답이 없는 test 파일이 아닌지 확인하세요.",
    ),
    Foreign(
        "VoTT JSON",
        ".json",
        (rb'"(?:boundingBox|lastVisitedAssetId|visitedFrames)"',),
        "VoTT에서 Pascal VOC로 내보내세요.",
    ),
    Foreign(
        "Datumaro JSON",
        ".json",
        (rb'"categories"', rb'"label_groups"|"items"'),
        "datum convert로 COCO나 YOLO로 바꾸세요.",
    ),
    Foreign("BDD100K(Scalabel) JSON", ".json", (rb'"box2d"',), "bdd100k.label.to_coco로 바꾸세요."),
    Foreign(
        "COCO 검출 결과 JSON",
        ".json",
        (rb"\A\[", rb'"image_id"', rb'"score"'),
        "예측이 아니라 images와 annotations가 있는 정답 파일을 주세요.",
    ),
    Foreign(
        "CVAT의 영상(track) XML",
        ".xml",
        (rb"<annotations[\s>]", rb"<track\b"),
        "CVAT에서 COCO 1.0이나 'CVAT for images'로 내보내세요.",
    ),
    Foreign(
        "CSV",
        ".csv",
        (rb"(?i)x_?min|x1|bbox|region_shape|" + _NUMBER + rb"," + _NUMBER + rb"," + _NUMBER,),
        "파일마다 박스를 모아 COCO JSON으로 바꾸거나, Roboflow에 올려 COCO로 내보내세요.",
    ),
    Foreign(
        "DOTA(꼭짓점 네 개와 클래스 이름)",
        ".txt",
        (_LINE_START + rb"(?:" + _NUMBER + rb"\s+){8}[A-Za-z][\w-]*",),
        "Ultralytics의 convert_dota_to_yolo_obb로 바꾸세요.",
    ),
    Foreign(
        "DOTA(imagesource로 시작)",
        ".txt",
        (rb"\Aimagesource:",),
        "Ultralytics의 convert_dota_to_yolo_obb로 바꾸세요.",
    ),
    Foreign(
        "KITTI의 추적(tracking) 라벨",
        ".txt",
        (_LINE_START + rb"\d+ -?\d+ [A-Za-z]\w*(?: " + _NUMBER + rb"){14}",),
        "앞의 두 수(프레임, 추적 번호)를 빼고 프레임마다 파일 하나로 나누면 KITTI로 읽습니다.",
    ),
    Foreign(
        "WIDER FACE의 목록",
        ".txt",
        (rb"\A[^\n]*\.(?:jpe?g|png)\s*\n\d+\s*\n(?:\d+ ){4}",),
        "이미지마다 박스를 모아 COCO JSON으로 바꾸세요.",
    ),
    Foreign(
        "쉼표나 세미콜론으로 나눈 YOLO",
        ".txt",
        (_LINE_START + rb"\d+(?:\s*[,;]\s*" + _NUMBER + rb"){4}\s*(?:\r?\n|\Z)",),
        "YOLO는 빈칸으로 나눕니다. 쉼표와 세미콜론을 모두 빈칸으로 바꾸세요.",
    ),
    Foreign(
        "클래스 번호가 음수인 YOLO",
        ".txt",
        (_LINE_START + rb"-\d+(?:[ \t]+" + _NUMBER + rb"){4}\s*(?:\r?\n|\Z)",),
        "클래스 번호는 0부터 셉니다. 쓰지 않는 클래스의 줄을 빼거나 번호를 다시 매기세요.",
    ),
    Foreign(
        "클래스 이름과 픽셀 좌표의 줄(Cartucho mAP 등)",
        ".txt",
        (_LINE_START + rb"(?=[^\n]*\s\d\d)" + _NAMED_LINE,),
        "대개 x1 y1 x2 y2입니다. 그대로라면 VOC XML로 바꾸기가 가장 쉽습니다.",
    ),
    Foreign(
        "클래스 번호 대신 이름을 쓴 YOLO",
        ".txt",
        (_LINE_START + _NAMED_LINE,),
        "이름을 classes.txt에 적은 차례(0부터)의 번호로 바꾸세요.",
    ),
    Foreign(
        "쉼표로 나눈 텍스트(MOT·VisDrone·ICDAR)",
        ".txt",
        (_LINE_START + _NUMBER + rb"(?:\s*,\s*" + _NUMBER + rb"){4,}",),
        "열의 뜻을 확인해 COCO JSON으로 바꾸세요. VisDrone은 Ultralytics의 변환 코드가 있습니다.",
    ),
    Foreign(
        "이미지 경로와 박스를 한 줄에 적은 목록(keras-yolo)",
        ".txt",
        (_LINE_START + rb"[^\n]*\.(?:jpe?g|png|bmp)[ ,]+\d+(?:\.\d+)?,\d",),
        "줄마다 이미지 하나이니, 이미지마다 COCO의 기록으로 바꾸세요.",
    ),
    Foreign("TFRecord", ".tfrecord", (), "원본 라벨이나 COCO JSON으로 다시 내보내세요."),
    Foreign("Parquet", ".parquet", (), "datasets 꾸러미로 읽어 COCO JSON으로 저장하세요."),
    Foreign("MATLAB", ".mat", (), "scipy.io.loadmat으로 읽어 COCO JSON으로 저장하세요."),
    Foreign("NDJSON", ".ndjson", (), "Ultralytics나 Labelbox에서 YOLO나 COCO로 내보내세요."),
    Foreign("JSON Lines", ".jsonl", (), "줄마다 기록 하나이니, 모아서 COCO JSON으로 바꾸세요."),
    Foreign("SageMaker manifest", ".manifest", (), "줄마다 이미지 하나이니, COCO로 바꾸세요."),
    *(
        Foreign("압축 파일", suffix, (), "압축을 푼 폴더를 주세요.")
        for suffix in (".zip", ".gz", ".tar", ".7z", ".rar")
    ),
)

_SUFFIXES = {one.suffix for one in _FOREIGN}


def recognise_foreign(file):
    """읽지 못하는 형식이면 그 :class:`Foreign`, 아니면 None."""
    suffix = suffix_of(file)
    if suffix not in _SUFFIXES:
        return None
    try:
        with mapped(file) as data:
            head = head_of(data)
    except UnreadableFile:
        return None
    return next(
        (
            one
            for one in _FOREIGN
            if one.suffix == suffix and all(re.search(mark, head) for mark in one.marks)
        ),
        None,
    )


def name_foreign(files):
    """본 것과 바꾸는 길을 알리는 글. 아무것도 알아보지 못했으면 빈 문자열입니다."""
    seen = {}
    for file in files:
        one = recognise_foreign(file)
        if one is not None:
            seen.setdefault(one, []).append(os.path.basename(file))
    return "".join(
        f"\n  {one.title} {len(names):,}개가 보입니다(예: {visible(names[0])}). "
        f"바꾸는 길: {one.advice}"
        for one, names in seen.items()
    )
