"""실제 사진에서 얻은 박스: scikit-image 꾸러미 안에 든 사진 세 장.

사람이 그린 정답이 아니라 고전적인 영상 처리로 얻은 박스입니다. 어떤 규칙으로 얻었는지를 함수마다
적어 두었고, 규칙이 놓치거나 잘못 묶은 것도 그대로 둡니다. 사진은 scikit-image를 설치할 때 함께
깔리므로 내려받지 않습니다. scikit-image는 여기의 함수를 부를 때 비로소 불러옵니다.
"""

import contextlib
import sys
from importlib import resources

import numpy as np

from anchorbox_utils.datasets.model import Dataset, LabeledImage, Source

_IN_BROWSER = (
    "브라우저에서는 새 셀에서 `import skimage`를 먼저 실행해 보세요. 그래도 없다면 강좌를 설치해야 "
    "이 사진까지 볼 수 있습니다."
)
_INSTALL = '강좌에 필요한 것까지 설치하세요: pip install "anchorbox-utils[course]"'
_ADVICE = {"emscripten": _IN_BROWSER}.get(sys.platform, _INSTALL)


@contextlib.contextmanager
def _needs_scikit_image():
    try:
        yield
    except ModuleNotFoundError as error:
        raise ImportError(f"실제 사진을 읽으려면 scikit-image가 필요합니다. {_ADVICE}") from error


def load_coins():
    """동전 사진에서 동전 24개의 박스를 얻습니다. 크기가 고르고 거의 정사각형입니다.

    소벨(Sobel) 경계선을 지형으로 보고, 아주 어두운 곳(밝기 30 미만)은 배경, 아주 밝은 곳(150
    초과)은 동전이라고 씨앗을 심어 유역 분할(watershed)을 합니다.
    100픽셀보다 작은 영역은 얼룩으로 봅니다.

    Returns:
        이미지가 한 장인 :class:`Dataset`. 클래스는 ``"동전"``입니다.

    Raises:
        ValueError: 설치된 scikit-image에 사진이 들어 있지 않을 때.

    Examples:
        >>> load_coins()
        Dataset(이미지 1장, 박스 24개, 문제 0건)

    출처: 브루클린 박물관의 그리스 동전(알려진 저작권 제한 없음), ``skimage.data.coins``.
    분할 방법은 scikit-image의 예제 "Segmenting Objects"를 따릅니다.
    """
    with _needs_scikit_image():
        from skimage import filters, measure, segmentation

    path, image = _read("coins.png")
    seeds = np.select([image < 30, image > 150], [1, 2], 0)
    coins = segmentation.watershed(filters.sobel(image), seeds) == 2
    return _dataset(path, image, measure.label(coins), "동전", min_area=100)


def load_words():
    """책 페이지 사진에서 낱말 47개의 박스를 얻습니다. 대부분 옆으로 깁니다.

    둘레의 밝기(51 × 51)보다 25 넘게 어두운 픽셀을 글자로 보고, 옆으로 5픽셀, 위아래로 3픽셀 안의
    글자를 한 낱말로 잇습니다. 사진의 테두리에 걸려 잘린 낱말과, 20픽셀이 안 되거나 높이가 6픽셀이
    안 되는 얼룩은 뺍니다.

    Returns:
        이미지가 한 장인 :class:`Dataset`. 클래스는 ``"낱말"``입니다.

    Raises:
        ValueError: 설치된 scikit-image에 사진이 들어 있지 않을 때.

    Examples:
        >>> load_words()
        Dataset(이미지 1장, 박스 47개, 문제 0건)

    출처: scikit-image 설명서를 찍은 사진, ``skimage.data.page``.
    """
    with _needs_scikit_image():
        from skimage import filters, measure, morphology, segmentation

    path, image = _read("page.png")
    ink = image < filters.threshold_local(image, 51, offset=25)
    words = segmentation.clear_border(morphology.closing(ink, np.ones((3, 5), dtype=bool)))
    return _dataset(path, image, measure.label(words), "낱말", min_area=20, min_height=6)


def load_galaxies():
    """허블 딥 필드 사진에서 은하 수백 개의 박스를 얻습니다. 아주 작고 아주 많습니다.

    한 픽셀짜리 가우스 흐림으로 잡음을 누르고 밝기가 0.2를 넘는 픽셀의 덩어리를 은하로 봅니다.
    9픽셀보다 작은 덩어리는 뺍니다. 별이 몇 개 섞여 있고, 맞닿은 은하는 한 덩어리로 묶입니다.

    Returns:
        이미지가 한 장인 :class:`Dataset`. 클래스는 ``"은하"``입니다.

    Raises:
        ValueError: 설치된 scikit-image에 사진이 들어 있지 않을 때.

    Examples:
        >>> load_galaxies()
        Dataset(이미지 1장, 박스 649개, 문제 0건)

    출처: NASA·ESA의 허블 익스트림 딥 필드(공공 자산), ``skimage.data.hubble_deep_field``.
    """
    with _needs_scikit_image():
        from skimage import color, filters, measure

    path, image = _read("hubble_deep_field.jpg")
    bright = filters.gaussian(color.rgb2gray(image), 1) > 0.2
    return _dataset(path, image, measure.label(bright), "은하", min_area=9)


def _read(name):
    """꾸러미 안의 사진을 읽어 (경로, 배열)로 돌려줍니다."""
    with _needs_scikit_image():
        from skimage import io

    # skimage.data의 함수는 파일이 없으면 내려받으려 하므로, 꾸러미 안의 파일을 직접 엽니다.
    path = resources.files("skimage") / "data" / name
    if not path.is_file():
        raise ValueError(f"설치된 scikit-image에 {name}가 들어 있지 않습니다. 다시 설치해 주세요.")
    return str(path), io.imread(path)


def _dataset(path, image, regions, class_name, min_area, min_height=0):
    with _needs_scikit_image():
        from skimage import measure

    # bbox는 (y1, x1, y2, x2)이고 y2와 x2는 영역의 바로 다음 픽셀이라, +1 없이 그대로 박스입니다.
    kept = [
        region
        for region in measure.regionprops(regions)
        if region.area >= min_area and region.bbox[2] - region.bbox[0] >= min_height
    ]
    boxes = np.array([region.bbox for region in kept], dtype=np.float64)[:, [1, 0, 3, 2]]
    height, width = image.shape[:2]
    labeled = LabeledImage(
        path,
        width,
        height,
        boxes,
        [class_name] * len(boxes),
        sources=[Source(path, f"영역 {region.label}") for region in kept],
        file_size=(width, height),
    )
    return Dataset([labeled], name=class_name)


PICTURES = {"동전": load_coins, "낱말": load_words, "은하": load_galaxies}
