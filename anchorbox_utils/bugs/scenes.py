"""사건을 짓는 재료: 합성 장면의 박스와 멀쩡한 학습 코드."""

from functools import lru_cache

import numpy as np

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.bugs.pipeline import Pipeline
from anchorbox_utils.datasets import make_scene

SIZE = (240, 320)
_IMAGES = 12


def scenes(seed, **options):
    """합성 장면들의 정답 박스. 받은 쪽이 고쳐도 되는 사본입니다."""
    options = {"image_size": SIZE, "n_objects": 3, "size_range": (32, 96), **options}
    return tuple(rows.copy() for rows in _draw(seed, tuple(options.items())))


@lru_cache(maxsize=64)
def _draw(seed, options):
    # 박스만 쓰지만 그림까지 그려야 다음 박스의 난수가 정해집니다. 같은 장면을 여러 사건이 쓰고,
    # 고칠 때마다 다시 검사하므로 한 번만 그립니다.
    rng = np.random.default_rng(seed)
    return tuple(make_scene(rng, **dict(options)).boxes for _ in range(_IMAGES))


def make_pipeline(boxes, image_size=SIZE, grid=None, **options):
    grid = grid or AnchorGrid(SIZE, 8, [32, 48, 72, 96], [0.5, 1, 2])
    labels = options.pop("labels", tuple(np.zeros(len(rows), int) for rows in boxes))
    return Pipeline(tuple(boxes), (image_size,) * len(boxes), labels, grid, **options)
