"""이미지를 망에 넣을 크기로 조정하기."""

from dataclasses import replace

from anchorbox_utils.datasets import Dataset
from anchorbox_utils.validation import as_image_size, as_instance, as_number

# 망에 넣는 이미지의 한 변이 넘지 않을 길이.
_LONGEST = 10**6


def fit_size(image_size, short_side=None, long_side=None):
    """가로세로의 비를 지키며 크기를 조정한 뒤의 이미지 크기를 구합니다.

    ``short_side``만 주면 짧은 변을, ``long_side``만 주면 긴 변을 그 길이로 맞춥니다. 둘 다 주면
    짧은 변을 맞추되 긴 변이 ``long_side``를 넘지 않게 합니다(torchvision의 800과 1333).

    Args:
        image_size: (높이, 너비), 픽셀.
        short_side: 짧은 변의 길이, 픽셀.
        long_side: 긴 변의 길이, 픽셀.

    Returns:
        (높이, 너비), 픽셀.

    Raises:
        ValueError: 크기나 길이가 0 이하이거나, 두 길이를 모두 주지 않았을 때.

    Examples:
        >>> fit_size((480, 640), short_side=800, long_side=1333)
        (800, 1067)
        >>> fit_size((191, 384), short_side=800, long_side=1333)
        (663, 1333)

    출처: torchvision ``GeneralizedRCNNTransform``, detectron2 ``ResizeShortestEdge``.
    """
    height, width = as_image_size(image_size)
    limits = [
        as_number(side, name, above=0, most=_LONGEST) / edge
        for name, side, edge in (
            ("short_side", short_side, min(height, width)),
            ("long_side", long_side, max(height, width)),
        )
        if side is not None
    ]
    if not limits:
        raise ValueError("short_side나 long_side 가운데 하나는 주어야 합니다.")
    sides = [side * min(limits) for side in (height, width)]
    if max(sides) > _LONGEST:
        raise ValueError(
            f"image_size: 크기를 조정하면 긴 변이 {max(sides):g}픽셀이 됩니다. long_side도 주세요. "
            f"값: {image_size!r}"
        )
    return tuple(max(1, round(side)) for side in sides)


def resize_dataset(dataset, short_side=None, long_side=None, shape=None):
    """이미지를 망에 넣을 크기로 조정했을 때의 데이터셋을 만듭니다. 박스도 함께 커지거나 줄어듭니다.

    ``shape``를 주면 가로세로의 비를 무시하고 그 크기로 잡아 늘입니다(SSD의 300 × 300).
    그러면 박스의 종횡비도 바뀝니다. 그렇지 않으면 :func:`fit_size`를 따릅니다. 남는 자리를 채우는
    방식(letterbox)은 ``long_side``만 주면 됩니다. 채운 자리는 박스의 크기에 영향을 주지 않습니다.

    Args:
        dataset: :class:`Dataset`. 모든 이미지의 크기를 알아야 합니다.
        short_side: 짧은 변의 길이, 픽셀.
        long_side: 긴 변의 길이, 픽셀.
        shape: 잡아 늘일 (높이, 너비), 픽셀.

    Returns:
        새 :class:`Dataset`.

    Raises:
        ValueError: 크기를 모르는 이미지가 있거나, 길이가 올바르지 않을 때.

    Examples:
        >>> from anchorbox_utils import Dataset, LabeledImage
        >>> dataset = Dataset([LabeledImage("a.png", 400, 200, [[0, 0, 40, 20]])])
        >>> resize_dataset(dataset, long_side=800).images[0].boxes
        array([[ 0.,  0., 80., 40.]])
        >>> resize_dataset(dataset, shape=(300, 300)).images[0].boxes
        array([[ 0.,  0., 30., 30.]])
    """
    if shape is not None and (short_side is not None or long_side is not None):
        raise ValueError("shape와 short_side·long_side는 함께 쓸 수 없습니다. 하나만 고르세요.")
    as_instance(dataset, "dataset", Dataset)
    shape = None if shape is None else as_image_size(shape, "shape")
    if shape is None:
        # 이미지가 한 장도 없어도 길이를 검사합니다.
        fit_size((1, 1), short_side, long_side)
    images = []
    for image in dataset.images:
        old = known_size(image)
        new = fit_size(old, short_side, long_side) if shape is None else shape
        factor = [new[1] / old[1], new[0] / old[0]] * 2
        boxes = image.boxes * factor
        images.append(replace(image, boxes=boxes, height=new[0], width=new[1], file_size=None))
    return replace(dataset, images=images)


def known_size(image):
    if image.image_size is None:
        raise ValueError(f"dataset: 이미지 {image.path}의 크기를 모릅니다.")
    return as_image_size(image.image_size, f"dataset: 이미지 {image.path}의 크기")
