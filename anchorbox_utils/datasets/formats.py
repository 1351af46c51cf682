"""알아보고 읽을 수 있는 형식의 표. 형식 하나를 더하려면 모듈 하나와 여기의 한 항목이면 됩니다."""

from collections.abc import Callable
from typing import NamedTuple

from anchorbox_utils.datasets.coco import load_coco, sniff_coco
from anchorbox_utils.datasets.cvat import load_cvat, sniff_cvat
from anchorbox_utils.datasets.kitti import load_kitti, sniff_kitti
from anchorbox_utils.datasets.labelme import load_labelme, sniff_labelme
from anchorbox_utils.datasets.reading import mapped
from anchorbox_utils.datasets.voc import load_voc, sniff_voc
from anchorbox_utils.datasets.yolo import load_yolo, sniff_yolo


class Format(NamedTuple):
    """데이터셋의 형식.

    Attributes:
        title: 보이는 이름.
        suffix: 라벨 파일의 확장자.
        sniff: ``sniff(file, data)``. 파일의 바이트를 보고 이 형식의 라벨인지 답합니다. 큰 파일을
            메모리에 올리지 않게 ``data``는 자르고 찾기만 합니다.
        load: ``load(path, images=폴더, **options)``. ``path``는 파일이나 폴더이고, ``single``이
            아니면 파일의 목록이기도 합니다.
        options: ``load``가 더 받는 것 가운데 :func:`load_dataset`이 넘겨줄 인수의 이름.
        single: 라벨이 모두 파일 하나에 있는지. 그런 파일이 여럿이면 골라야 합니다.
        needs_images: 이미지 크기를 알아야 박스를 픽셀로 바꿀 수 있는지. 그런 형식은 폴더로만 받고,
            이미지 폴더를 언제나 넘깁니다.
        is_draft: 라벨 도구가 저장하는 원본인지. 학습에 쓰는 형식이 함께 있으면 그쪽을 읽습니다.
    """

    title: str
    suffix: str
    sniff: Callable
    load: Callable
    options: tuple[str, ...] = ()
    single: bool = False
    needs_images: bool = False
    is_draft: bool = False

    @property
    def file_title(self):
        """라벨 파일을 부르는 이름."""
        return f"{self.title} {self.suffix.removeprefix('.').upper()}"


# 앞의 형식부터 물어봅니다. 수로 시작하는 줄만 보는 YOLO가 가장 헐거우므로 끝에 둡니다.
FORMATS = {
    "coco": Format("COCO", ".json", sniff_coco, load_coco, single=True),
    "voc": Format("VOC", ".xml", sniff_voc, load_voc, options=("one_based",)),
    "cvat": Format("CVAT", ".xml", sniff_cvat, load_cvat, is_draft=True),
    "labelme": Format("LabelMe", ".json", sniff_labelme, load_labelme, is_draft=True),
    "kitti": Format("KITTI", ".txt", sniff_kitti, load_kitti),
    "yolo": Format("YOLO", ".txt", sniff_yolo, load_yolo, options=("names",), needs_images=True),
}

# 오류와 도움말에 보이는 형식의 이름들. 뒤의 것은 파일 하나만 주어도 되는 형식입니다.
TITLES = "·".join(fmt.title for fmt in FORMATS.values())
FILE_TITLES = ", ".join(fmt.file_title for fmt in FORMATS.values() if not fmt.needs_images)


def sniff(file):
    """파일의 내용으로 본 형식의 이름. 아니면 None."""
    with mapped(file) as data:
        return next((name for name, fmt in FORMATS.items() if fmt.sniff(file, data)), None)
