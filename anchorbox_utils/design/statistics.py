"""박스의 크기와 종횡비의 통계."""

from dataclasses import dataclass

import numpy as np

from anchorbox_utils.boxes import SIZE_CLASSES
from anchorbox_utils.datasets import Dataset
from anchorbox_utils.korean import pad
from anchorbox_utils.validation import as_instance

RATIO_CLASSES = {"가로형": (0, 0.8), "정사각형에 가까움": (0.8, 1.25), "세로형": (1.25, np.inf)}


@dataclass(frozen=True, eq=False)
class BoxStatistics:
    """:func:`box_statistics`의 결과. ``print``하면 표로 보입니다.

    Attributes:
        shapes: (N, 2) 박스의 (너비, 높이), 픽셀.
        n_crowd: 세지 않은 crowd 박스의 수.
    """

    shapes: np.ndarray
    n_crowd: int = 0

    @property
    def sizes(self):
        """(N,) 넓이의 제곱근, 픽셀."""
        return np.sqrt(self.shapes.prod(axis=1))

    @property
    def ratios(self):
        """(N,) 종횡비(높이/너비)."""
        return self.shapes[:, 1] / self.shapes[:, 0]

    def size_counts(self):
        """크기 갈래마다의 박스 수."""
        return _count_classes(self.sizes, SIZE_CLASSES)

    def ratio_counts(self):
        """종횡비 갈래(가로형, 정사각형에 가까움, 세로형)마다의 박스 수."""
        return _count_classes(self.ratios, RATIO_CLASSES)

    def __str__(self):
        lines = [
            f"박스 {len(self.shapes):,}개"
            + f" (crowd {self.n_crowd:,}개 제외)" * bool(self.n_crowd)
        ]
        if len(self.shapes):
            lines.append("                최소     10%    중앙     90%    최대")
            lines += [
                pad(name, 14) + "".join(f"{value:8.{digits}f}" for value in _spread(values))
                for name, values, digits in (
                    ("너비 (픽셀)", self.shapes[:, 0], 1),
                    ("높이 (픽셀)", self.shapes[:, 1], 1),
                    ("크기 (픽셀)", self.sizes, 1),
                    ("종횡비 (h/w)", self.ratios, 2),
                )
            ]
            for counts in (self.size_counts(), self.ratio_counts()):
                lines.append(", ".join(f"{name} {count:,}개" for name, count in counts.items()))
        return "\n".join(lines)


def box_statistics(dataset):
    """박스의 너비·높이·크기·종횡비를 모읍니다. 앵커를 고르기 전에 가장 먼저 볼 표입니다.

    Args:
        dataset: :class:`Dataset`. 망에 들어가는 크기로 조정한 다음이어야 합니다.

    Returns:
        :class:`BoxStatistics`.

    Raises:
        ValueError: :class:`Dataset`이 아닐 때.

    Examples:
        >>> from anchorbox_utils import Dataset, LabeledImage
        >>> dataset = Dataset([LabeledImage("a.png", 400, 200, [[0, 0, 40, 10], [0, 0, 20, 20]])])
        >>> statistics = box_statistics(dataset)
        >>> statistics.sizes, statistics.ratios
        (array([20., 20.]), array([0.25, 1.  ]))

    출처: 문서 「구현 전에 알아둘 실무 포인트」 1, 「1분 자기점검」.
    """
    as_instance(dataset, "dataset", Dataset)
    boxes = [countable(image) for image in dataset.images] or [np.empty((0, 4))]
    rows = np.concatenate(boxes)
    return BoxStatistics(rows[:, 2:] - rows[:, :2], dataset.n_boxes - len(rows))


def countable(image):
    return image.boxes[~image.crowd]


def _count_classes(values, classes):
    return {
        name: int(np.count_nonzero((values >= low) & (values < high)))
        for name, (low, high) in classes.items()
    }


def _spread(values):
    return np.percentile(values, [0, 10, 50, 90, 100])
