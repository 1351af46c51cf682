"""학습 코드 한 벌. 고장 난 채로 주어지고, 고친 것을 돌려받습니다."""

import html
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.boxes import box_iou
from anchorbox_utils.bugs.clues import Clues
from anchorbox_utils.coding import decode_boxes, encode_boxes
from anchorbox_utils.datasets import dataset_from_boxes
from anchorbox_utils.diagnosis import diagnose

# 이름 → 모양, 단위, 뜻. 도움말과 화면에 보이는 표가 모두 여기서 나옵니다.
FIELDS = {
    "boxes": "이미지마다 (N, 4) 배열. 네 수의 뜻은 fmt라고 믿고 있는 것입니다. 픽셀(yolo는 0~1)",
    "image_sizes": "이미지마다 (높이, 너비), 픽셀",
    "labels": "이미지마다 (N,) 클래스 번호, 정수",
    "grid": "학습에 쓰는 앵커 AnchorGrid, 픽셀. grid.image_size가 학습 입력의 (높이, 너비)입니다",
    "fmt": "boxes의 형식이라고 믿는 것: 'xyxy', 'xywh', 'cxcywh', 'yolo'",
    "pos_thr": "이 IoU 이상이면 양성, 0~1",
    "neg_thr": "이 IoU 미만이면 음성, 0~1",
    "match": "match(앵커, 정답) → labels, matched_gt, iou_max가 있는 결과. None이면 match_anchors",
    "encode": "encode(앵커 (N, 4), 정답 (N, 4)) → (N, 4) 오프셋, 단위 없음",
    "decode": "decode(앵커 (N, 4), 오프셋 (N, 4)) → (N, 4) 박스, 픽셀",
    "decode_anchors": "추론에 쓰는 앵커 AnchorGrid. None이면 grid와 같습니다",
    "iou": "iou(박스 (N, 4), 박스 (M, 4)) → (N, M) IoU, 0~1",
    "num_classes": "모델의 출력 수. 번호는 0부터 num_classes − 1까지입니다. None이면 정하지 않음",
    "background": "모델이 배경으로 쓰는 번호. None이면 없음",
    "config": "설정 파일에 적힌 앵커: strides·scales(픽셀), ratios(h/w). 실제로 쓰이는 것은 grid",
}


@dataclass(frozen=True, eq=False, repr=False)
class Pipeline:
    """학습 코드가 정답과 앵커를 다루는 방식. ``dataclasses.replace``로 일부를 바꾸어 고칩니다.

    노트북 칸의 마지막 줄에 두면 아래의 표가 지금 값과 함께 보입니다.

    Attributes:
        {fields}

    Examples:
        >>> grid = AnchorGrid((64, 64), 8, [32])
        >>> pipeline = Pipeline(([[8, 8, 40, 40]],), ((64, 64),), ([0],), grid)
        >>> pipeline.diagnose().ok
        True
        >>> print(str(pipeline).splitlines()[1])
          boxes: 1장, 박스 1개, int64
    """

    boxes: tuple
    image_sizes: tuple
    labels: tuple
    grid: AnchorGrid
    fmt: str = "xyxy"
    pos_thr: float = 0.5
    neg_thr: float = 0.4
    match: Callable | None = None
    encode: Callable = encode_boxes
    decode: Callable = decode_boxes
    decode_anchors: AnchorGrid | None = None
    iou: Callable = box_iou
    num_classes: int | None = None
    background: int | None = None
    config: dict | None = None

    def dataset(self):
        """이 코드가 읽은 데이터셋."""
        return dataset_from_boxes(self.boxes, self.image_sizes, self.labels, fmt=self.fmt)

    def diagnose(self):
        """체크리스트로 진단해 :class:`Clues`, 곧 걸린 항목과 기록만 돌려줍니다."""
        return Clues(report_on(self))

    def _rows(self):
        return [(name, _brief(name, getattr(self, name)), told) for name, told in FIELDS.items()]

    def __str__(self):
        lines = ["Pipeline: 학습 코드 한 벌 (이름: 지금 값)"]
        lines += [f"  {name}: {brief}" for name, brief, _ in self._rows()]
        return "\n".join([*lines, "이름마다의 모양과 단위는 help(Pipeline)에 있습니다."])

    __repr__ = __str__

    def _repr_html_(self):
        rows = "".join(
            f"<tr>{_LEFT}<code>{name}</code></td>{_LEFT}{html.escape(brief)}</td>"
            f"{_LEFT}{html.escape(told)}</td></tr>"
            for name, brief, told in self._rows()
        )
        head = "".join(f'<th style="text-align: left">{title}</th>' for title in _HEAD)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def report_on(pipeline):
    """체크리스트의 진단서. 원인의 이름까지 적혀 있어, 답을 보는 쪽에서만 씁니다."""
    names = ("pos_thr", "neg_thr", "match", "encode", "decode", "decode_anchors", "iou")
    options = {name: getattr(pipeline, name) for name in (*names, "num_classes", "background")}
    return diagnose(pipeline.dataset(), pipeline.grid, **options)


_HEAD, _LEFT = (
    ("이름", "지금 값", "모양, 단위, 뜻"),
    '<td style="text-align: left; word-break: keep-all">',
)
# -OO로 실행하면 설명이 없습니다.
Pipeline.__doc__ = (Pipeline.__doc__ or "").replace(
    "{fields}", "\n        ".join(f"{name}: {told}." for name, told in FIELDS.items())
)


def _brief(name, value):
    """값을 한 구절로. 무엇이 들어 있든 멈추지 않습니다."""
    try:
        return _SHOWN.get(name, str)(value)
    except Exception:
        return f"{type(value).__name__}(읽을 수 없는 값)"


def _show_boxes(boxes):
    arrays = [np.asarray(rows) for rows in boxes]
    kinds = ", ".join(sorted({str(rows.dtype) for rows in arrays}))
    return f"{len(arrays):,}장, 박스 {sum(map(len, arrays)):,}개, {kinds}"


def _show_sizes(sizes):
    different = list(dict.fromkeys(tuple(map(int, size)) for size in sizes))
    return f"{len(sizes):,}장, " + ", ".join(map(str, different[:4]))


def _show_labels(labels):
    numbers = np.unique(np.concatenate([np.asarray(n, int) for n in labels]))
    return f"{len(labels):,}장, 번호 {', '.join(map(str, numbers[:12].tolist()))}"


def _show_grid(grid):
    if grid is None:
        return "None"
    strides = ", ".join(f"{level.stride[0]:g}" for level in grid.levels)
    return f"앵커 {len(grid):,}개, 입력 {grid.image_size}, 스트라이드 {strides}"


def _show_function(function):
    return "None" if function is None else f"함수 {getattr(function, '__name__', '(이름 없음)')}"


def _show_config(config):
    if config is None:
        return "None"
    numbers = {key: ", ".join(f"{v:.4g}" for v in values) for key, values in config.items()}
    return "; ".join(f"{key} [{told}]" for key, told in numbers.items())


_SHOWN = {
    "boxes": _show_boxes,
    "image_sizes": _show_sizes,
    "labels": _show_labels,
    "grid": _show_grid,
    "decode_anchors": _show_grid,
    "config": _show_config,
    **dict.fromkeys(("match", "encode", "decode", "iou"), _show_function),
}
