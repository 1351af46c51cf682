"""앵커의 크기, 모양, 자리가 데이터와 맞지 않는 사건들."""

from dataclasses import replace

import numpy as np

from anchorbox_utils.anchors import AnchorGrid, AnchorLevel
from anchorbox_utils.boxes import box_area
from anchorbox_utils.bugs.case import BugCase, Margins

_TOUCHES = ("grid", "config")


def _build_stride(world):
    truth = world.scenes(size_range=(11, 18), n_objects=6, ratio_range=(0.7, 1.4))
    return world.build(truth, truth, config=world.config(32, (11, 14, 18), (0.7, 1, 1.4)))


def _see_recall(pipeline):
    best = pipeline.diagnose().best_iou
    return (
        f"이룰 수 있는 최고 재현율(best possible recall): {(best >= 0.5).mean():.2f}\n"
        f"정답 {len(best)}개의 최고 IoU는 중앙값 {np.median(best):.2f}입니다."
    )


def _see_small(pipeline):
    size = np.sqrt(box_area(np.concatenate(pipeline.boxes)))
    best = pipeline.diagnose().best_iou
    return (
        f"작은 물체(크기 {size.min():.0f}~{size.max():.0f}픽셀) {len(best)}개 가운데 "
        f"{(best < 0.5).sum()}개는 학습을 마쳐도 찾지 못합니다. 앵커의 크기와 종횡비는 물체에 "
        f"맞추었습니다.\n{_see_recall(pipeline)}"
    )


def _regrid(change):
    """설정에서 ``change(설정, pipeline)``만 바꾸어 앵커를 다시 까는 고치기."""

    def repair(pipeline):
        config = pipeline.config | change(pipeline)
        return replace(pipeline, grid=AnchorGrid(pipeline.grid.image_size, **config), config=config)

    return repair


SMALL_NEVER_FOUND = BugCase(
    name="small_never_found",
    title="앵커의 크기를 맞추었는데도 작은 물체를 찾지 못합니다",
    threads=("msracver/FCIS#24", "rbgirshick/py-faster-rcnn#209"),
    cause="stride_too_large",
    others=("anchors_off_scale", "ratio_convention", "threshold_too_high"),
    hint="앵커의 모양은 맞습니다. 그렇다면 남은 것은 앵커가 놓인 자리입니다.",
    build=_build_stride,
    symptom=_see_small,
    repair=_regrid(lambda pipeline: {"strides": np.divide(pipeline.config["strides"], 8)}),
    minutes=7,
    touches=_TOUCHES,
    margins=Margins(anchors=2),
)


def _build_off_scale(world):
    truth = world.scenes(size_range=(20, 44))
    # 처음 보는 데이터에서는 앵커가 너무 작을 수도 있습니다.
    scales = (4, 5, 6) if world.toss(3) else (128, 160, 200)
    return world.build(truth, truth, config=world.config(scales=scales))


def _measured_scales(pipeline):
    size = np.sqrt(box_area(np.concatenate(pipeline.boxes)))
    return {"scales": np.quantile(size, [0.1, 0.5, 0.9])}


ZERO_RECALL = BugCase(
    name="zero_recall",
    title="이룰 수 있는 최고 재현율이 0에 가깝습니다",
    threads=("ultralytics/yolov5#2585", "ultralytics/yolov5#7118", "ultralytics/yolov5#3482"),
    cause="anchors_off_scale",
    others=("stride_too_large", "before_resize", "same_anchors"),
    hint="물체의 크기와 앵커의 크기를 나란히 놓아 보세요.",
    build=_build_off_scale,
    symptom=_see_recall,
    repair=_regrid(_measured_scales),
    minutes=6,
    touches=_TOUCHES,
)


def _build_lying(world):
    # 처음 보는 데이터에서는 누운 물체에 앵커가 서 있을 수도 있습니다.
    ratio_range, ratios = (2.5, 4), np.array([2.5, 3.2, 4])
    if world.toss(3):
        ratio_range, ratios = (1 / 4, 1 / 2.5), 1 / ratios
    truth = world.scenes(ratio_range=ratio_range, size_range=(36, 70))
    config = world.config(scales=(36, 50, 70), ratios=ratios)
    grid = AnchorGrid(world.size(), config["strides"], config["scales"], 1 / ratios)
    return world.build(truth, truth, config=config, grid=grid)


def _see_lying(pipeline):
    ratio = [(b[:, 3] - b[:, 1]) / (b[:, 2] - b[:, 0]) for b in pipeline.boxes]
    return (
        "서 있는 사람처럼 길쭉한 물체(종횡비 h/w 중앙값 "
        f"{np.median(np.concatenate(ratio)):.1f})를 거의 찾지 못합니다. 설정 파일"
        f"(pipeline.config)에는 그 데이터에서 잰 값을 적었습니다.\n{_see_recall(pipeline)}"
    )


LYING_ANCHORS = BugCase(
    name="lying_anchors",
    title="길쭉한 물체를 거의 찾지 못합니다",
    threads=("pytorch/vision#2171", "open-mmlab/mmdetection#4658", "tensorflow/models#1930"),
    cause="ratio_convention",
    others=("same_anchors", "anchors_off_scale", "swapped_size"),
    hint="종횡비 3은 어떤 코드에서는 h/w = 3, 어떤 코드에서는 w/h = 3입니다.",
    build=_build_lying,
    symptom=_see_lying,
    repair=_regrid(lambda pipeline: {}),
    minutes=7,
    touches=_TOUCHES,
    guided=True,
)


def _build_before_resize(world):
    by = (8.0 if world.toss(3) else 10.0) if world.hidden else 4.0
    truth = tuple(rows * by for rows in world.scenes())
    photo = tuple(int(side * by) for side in world.size())
    sizes = (photo,) * world.images
    return world.build(truth, truth, image_sizes=sizes, config=world.config(by=by))


def _shrunk_scales(pipeline):
    factor = min(np.divide(pipeline.grid.image_size, pipeline.image_sizes[0]))
    return {"scales": np.multiply(pipeline.config["scales"], factor)}


def _see_before_resize(pipeline):
    boxes = np.concatenate(pipeline.boxes)
    h, w = pipeline.image_sizes[0]
    sides = np.sqrt(box_area(boxes))
    anchors = np.sqrt(np.prod(pipeline.grid.levels[0].cell_anchors[:, 2:] * 2, axis=1))
    return (
        f"사진({w}×{h})에서 잰 물체의 크기는 {sides.min():.0f}~{sides.max():.0f}픽셀, 앵커는 "
        f"{anchors.min():.0f}~{anchors.max():.0f}픽셀로 잘 맞습니다. 입력은 "
        f"{pipeline.grid.image_size[1]}×{pipeline.grid.image_size[0]}입니다.\n{_see_recall(pipeline)}"
    )


FITS_THE_PHOTOS = BugCase(
    name="fits_the_photos",
    title="사진에서 잰 앵커인데 학습에서는 맞지 않습니다",
    threads=("pierluigiferrari/ssd_keras#72", "pjreddie/darknet#1812"),
    cause="before_resize",
    others=("stale_size", "ratio_convention", "stride_too_large"),
    hint="앵커는 어느 크기의 그림 위에 놓이나요? 사진인가요, 입력인가요?",
    build=_build_before_resize,
    symptom=_see_before_resize,
    repair=_regrid(_shrunk_scales),
    minutes=7,
    touches=_TOUCHES,
)


def _build_squares(world):
    ratio_range, ratios = (0.16, 0.22), np.array([1 / 6, 1 / 5])
    if world.toss(3):
        ratio_range, ratios = (1 / 0.22, 1 / 0.16), 1 / ratios
    truth = world.scenes(ratio_range=ratio_range, size_range=(40, 60))
    config = world.config(scales=(40, 50, 60), ratios=ratios)
    level = AnchorGrid(world.size(), **config).levels[0]
    # 너비에도 높이에도 √r을 곱하는 실수.
    half = np.outer(config["scales"], np.sqrt(np.minimum(ratios, 1 / ratios))).reshape(-1, 1) / 2
    squares = np.concatenate([-half, -half, half, half], axis=1)
    level = AnchorLevel(level.shape, level.stride, level.offset, squares)
    grid = AnchorGrid.from_levels(world.size(), [level])
    return world.build(truth, truth, config=config, grid=grid)


def _see_squares(pipeline):
    shapes = pipeline.grid.levels[0].cell_anchors
    size = shapes[:, 2:] - shapes[:, :2]
    ratio = [(b[:, 3] - b[:, 1]) / (b[:, 2] - b[:, 0]) for b in pipeline.boxes]
    told = ", ".join(f"{w:.0f}×{h:.0f}" for w, h in size)
    return (
        f"종횡비를 1/5, 1/6, 1/10 무엇으로 바꾸어도 재현율이 나아지지 않습니다. 물체의 종횡비 "
        f"h/w는 중앙값 {np.median(np.concatenate(ratio)):.2f}입니다.\n"
        f"지금 한 칸의 앵커(너비×높이): {told}\n{_see_recall(pipeline)}"
    )


RATIOS_DO_NOTHING = BugCase(
    name="ratios_do_nothing",
    title="납작한 물체만 찾지 못하고, 설정을 바꾸어도 그대로입니다",
    threads=("dbolya/yolact#19", "dbolya/yolact#220"),
    cause="same_anchors",
    others=("ratio_convention", "stride_too_large", "threshold_too_high"),
    hint="앵커 하나의 너비와 높이를 나누어 보세요. 설정한 종횡비가 나오나요?",
    build=_build_squares,
    symptom=_see_squares,
    repair=_regrid(lambda pipeline: {}),
    minutes=7,
    touches=_TOUCHES,
)
