"""사건을 짓는 재료: 어떤 데이터에서 일어난 고장인지, 합성 장면의 박스, 멀쩡한 학습 코드."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.bugs.pipeline import Pipeline
from anchorbox_utils.datasets.scenes import place_boxes

_SIZE = (240, 320)
_ZOOMS = (1.5, 2.0, 2.5, 3.0)
_HIDDEN_IMAGES = 8
# 재현율을 견주려면 물체가 넉넉해야 합니다. 적으면 옳은 고치기도 운에 따라 떨어집니다.
_FRESH_IMAGES = 24


class Built(NamedTuple):
    """지어진 사건: 고장 난 코드와, 이미지마다의 올바른 xyxy 박스와 그 라벨."""

    pipeline: Pipeline
    boxes: tuple
    labels: tuple


@dataclass(frozen=True)
class World:
    """같은 고장이 일어나는 데이터 한 벌.

    ``zoom``은 그림, 물체, 앵커, 스트라이드를 함께 키웁니다. 모양이 닮은꼴이라 재현율과 앵커의 수는
    그대로이고 적힌 수만 모두 달라집니다.

    Attributes:
        seed: 데이터를 만드는 씨앗.
        zoom: 보이는 데이터의 몇 배 크기인지.
        images: 이미지의 수.
        hidden: 처음 보는 데이터인지. 고장 난 자리와 클래스의 번호도 달라집니다.
        draw: 같은 고장에서 물체를 몇 번째로 새로 뽑은 것인지.
    """

    seed: int = 0
    zoom: float = 1.0
    images: int = 12
    hidden: bool = False
    draw: int = 0

    @classmethod
    def unseen(cls, rng, count):
        """크기가 서로 다른 처음 보는 데이터 ``count``벌."""
        zooms = rng.permutation(_ZOOMS)[:count].tolist()
        return [cls(int(rng.integers(2**31)), zoom, _HIDDEN_IMAGES, True) for zoom in zooms]

    def next(self):
        """고장도 조건도 같고 물체만 새로 뽑은 데이터."""
        return replace(self, draw=self.draw + 1, images=_FRESH_IMAGES)

    def rng(self, stream):
        return np.random.default_rng([self.seed, stream])

    def toss(self, stream):
        """보이는 데이터에서는 언제나 거짓. 처음 보는 데이터에서는 반반입니다."""
        return self.hidden and bool(self.rng(stream).integers(2))

    def hit(self, *images):
        """고장 난 이미지의 번호들."""
        if not self.hidden:
            return images
        return tuple(self.rng(2).permutation(self.images)[: len(images)].tolist())

    def size(self, zoom=1.0):
        return tuple(int(side * self.zoom * zoom) for side in _SIZE)

    def scaled(self, values, by=1.0):
        return (np.asarray(values, float) * self.zoom * by).tolist()

    def scenes(self, part=0, zoom=1.0, portrait=False, size_range=(32, 96), **options):
        """장면들의 올바른 박스. 받은 쪽이 고쳐도 되는 사본입니다."""
        size = self.size(zoom)
        options = {"n_objects": 3, "ratio_range": (0.5, 2.0), **options}
        options["image_size"] = size[::-1] if portrait else size
        options["size_range"] = tuple(self.scaled(size_range, zoom))
        drawn = _draw((self.seed, self.draw, part), self.images, tuple(options.items()))
        return tuple(rows.copy() for rows in drawn)

    def mixed_scenes(self, **options):
        """(박스, 이미지 크기). 처음 보는 데이터에서는 이미지의 크기가 두 가지입니다."""
        zooms = (1.0, 1.5) if self.hidden else (1.0,)
        drawn = [self.scenes(part, zoom, **options) for part, zoom in enumerate(zooms)]
        turn = [i % len(zooms) for i in range(self.images)]
        truth = tuple(drawn[kind][i] for i, kind in enumerate(turn))
        return truth, tuple(self.size(zooms[kind]) for kind in turn)

    def numbers(self, truth, numbers=(0, 1, 2)):
        """박스마다 클래스 번호 하나씩. 모든 번호가 반드시 나옵니다."""
        counts = [len(rows) for rows in truth]
        flat = self.rng(1).permutation(np.resize(numbers, sum(counts)))
        return tuple(np.split(flat, np.cumsum(counts)[:-1]))

    def config(self, strides=8, scales=(32, 48, 72, 96), ratios=(0.5, 1, 2), by=1.0):
        """설정 파일에 적힌 앵커. ``AnchorGrid(입력 크기, **설정)``에 그대로 넘길 수 있습니다."""
        return {
            "strides": self.scaled(np.atleast_1d(strides)),
            "scales": self.scaled(scales, by),
            "ratios": list(ratios),
        }

    def build(self, boxes, truth, labels=None, truth_labels=None, config=None, **options):
        """고장 난 코드 한 벌과 올바른 답. 적지 않은 것은 멀쩡합니다."""
        config = config or self.config()
        truth_labels = self.numbers(truth) if truth_labels is None else truth_labels
        options = {
            "grid": AnchorGrid(self.size(), **config),
            "image_sizes": (self.size(),) * self.images,
            "config": config,
            **options,
        }
        labels = truth_labels if labels is None else labels
        pipeline = Pipeline(boxes=tuple(boxes), labels=tuple(labels), **options)
        return Built(pipeline, tuple(truth), tuple(truth_labels))


@lru_cache(maxsize=128)
def _draw(seed, images, options):
    # 같은 장면을 여러 사건이 쓰고, 고칠 때마다 다시 검사하므로 한 번만 만듭니다.
    rng = np.random.default_rng(seed)
    return tuple(place_boxes(rng, **dict(options)) for _ in range(images))
