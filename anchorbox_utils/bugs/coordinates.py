"""좌표를 잘못 적거나 읽은 사건들."""

from dataclasses import replace

import numpy as np

from anchorbox_utils.boxes import box_convert, clip_boxes
from anchorbox_utils.bugs.case import BugCase
from anchorbox_utils.korean import with_particle


def _build_xywh(world):
    truth = world.scenes()
    return world.build([box_convert(rows, "xyxy", "xywh") for rows in truth], truth)


def _plain_targets(pipeline):
    """검사도 clip도 없이 계산한 t_w, t_h. 앵커는 이미지 가운데의 64×64입니다."""
    boxes = np.concatenate([np.asarray(rows, float) for rows in pipeline.boxes])
    with np.errstate(all="ignore"):
        return np.log((boxes[:, 2:] - boxes[:, :2]) / 64)


def _see_nan(pipeline):
    targets = _plain_targets(pipeline)
    bad = np.isnan(targets).any(axis=1)
    return (
        f"첫 배치의 회귀 손실: {np.abs(targets).mean()}\n"
        f"박스 {len(bad)}개 가운데 {bad.sum()}개의 t_w나 t_h가 NaN입니다."
    )


def _repair_xywh(pipeline):
    return replace(pipeline, boxes=tuple(box_convert(b, "xywh", "xyxy") for b in pipeline.boxes))


NAN_LOSS = BugCase(
    name="nan_loss",
    title="첫 에폭에 회귀 손실이 NaN이 됩니다",
    threads=("pytorch/vision#1128", "pytorch/vision#1120", "open-mmlab/mmdetection#3901"),
    cause="mixed_formats",
    others=("zero_size", "exploding_targets", "unit_mismatch"),
    hint=(
        "NaN은 음수의 로그에서 나옵니다. 음수가 되는 것이 어쩌다 한두 개인지, 거의 전부인지 보세요."
    ),
    minutes=4,
    touches=("boxes", "fmt"),
    build=_build_xywh,
    symptom=_see_nan,
    repair=_repair_xywh,
)


def _build_zero_size(world):
    truth = world.scenes()
    labels = world.numbers(truth)
    flat = world.scaled(
        [[296.65, 188.33, 297.68, 188.33], [50.73, 89.65, 298.87, 89.65], [204, 137, 204, 137]]
    )
    boxes, numbers = list(truth), list(labels)
    for order, (i, row) in enumerate(zip(world.hit(0, 3, 6), flat, strict=True)):
        # 처음 보는 데이터에서는 끝이 아닌 자리에도 끼어 있습니다.
        at = order if world.hidden else len(boxes[i])
        boxes[i] = np.insert(boxes[i], at, row, axis=0)
        numbers[i] = np.insert(numbers[i], at, 0)
    return world.build(boxes, truth, numbers, labels)


def _see_refusal(pipeline):
    boxes = np.concatenate(pipeline.boxes)
    bad = (boxes[:, 2:] <= boxes[:, :2]).any(axis=1)
    return (
        "학습 시작 직후 멈춤: 모든 박스의 너비와 높이는 0보다 커야 합니다.\n"
        f"박스 {len(bad)}개 가운데 {bad.sum()}개가 이 조건에 걸립니다. 예: {boxes[bad][0].tolist()}"
    )


def _drop(pipeline, good):
    """조건을 채우는 박스와 그 라벨만 남깁니다."""
    keep = [good(np.asarray(rows, float)) for rows in pipeline.boxes]
    return replace(
        pipeline,
        boxes=tuple(b[k] for b, k in zip(pipeline.boxes, keep, strict=True)),
        labels=tuple(n[k] for n, k in zip(pipeline.labels, keep, strict=True)),
    )


def _repair_zero_size(pipeline):
    return _drop(pipeline, lambda rows: (rows[:, 2:] > rows[:, :2]).all(axis=1))


REFUSED_BOXES = BugCase(
    name="refused_boxes",
    title="라이브러리가 박스를 거절하고 멈춥니다",
    threads=("pytorch/vision#2740", "pytorch/vision#8376", "cocodataset/cocoapi#355"),
    cause="zero_size",
    others=("flipped", "mixed_formats", "filler"),
    hint="x1과 x2, y1과 y2의 차이를 보세요. 음수인가요, 0인가요?",
    minutes=5,
    touches=("boxes", "labels"),
    build=_build_zero_size,
    symptom=_see_refusal,
    repair=_repair_zero_size,
)


def _build_flipped(world):
    truth = world.scenes()
    boxes = [rows.copy() for rows in truth]
    orders = ([2, 3, 0, 1], [2, 1, 0, 3], [0, 3, 2, 1])
    for row, (i, order) in enumerate(zip(world.hit(1, 4, 8), orders, strict=True)):
        boxes[i][row if world.hidden else 0] = boxes[i][row if world.hidden else 0][order]
    return world.build(boxes, truth)


def _see_spike(pipeline):
    boxes = np.concatenate(pipeline.boxes)
    size = np.clip(boxes[:, 2:] - boxes[:, :2], 1e-6, None)
    loss = np.abs(np.log(size / 64)).sum(axis=1)
    high = loss > 5
    return (
        f"회귀 손실의 평균 {loss.mean():.2f}. 박스 {len(loss)}개 가운데 {high.sum()}개의 손실이 "
        f"{loss.max():.1f}까지 튀고, 나머지의 평균은 {loss[~high].mean():.2f}입니다.\n"
        "clip이 있어서 NaN은 나지 않습니다."
    )


def _repair_flipped(pipeline):
    def order(rows):
        low, high = np.minimum(rows[:, :2], rows[:, 2:]), np.maximum(rows[:, :2], rows[:, 2:])
        return np.concatenate([low, high], axis=1)

    return replace(pipeline, boxes=tuple(order(rows) for rows in pipeline.boxes))


LOSS_SPIKES = BugCase(
    name="loss_spikes",
    title="NaN은 없는데 몇 박스의 회귀 손실만 터무니없이 큽니다",
    threads=("bosch-ros-pkg/bstld#20", "pytorch/vision#2740"),
    cause="flipped",
    others=("mixed_formats", "stale_size", "round_trip"),
    hint="clip은 음수 너비를 1e-6으로 바꿉니다. 손실이 큰 박스의 두 꼭짓점을 그려 보세요.",
    minutes=6,
    touches=("boxes",),
    build=_build_flipped,
    symptom=_see_spike,
    repair=_repair_flipped,
)


def _build_wrapped(world):
    truth = [rows.round() for rows in world.scenes()]
    hit = world.hit(4, 7, 9, 6, 10)
    for i in hit[:3]:
        truth[i][0, 0] = 0
    for i in hit[3:]:
        truth[i][1, 1] = 0
    kind = np.uint32 if world.toss(3) else np.uint16
    return world.build([rows.astype(kind) - kind(1) for rows in truth], truth)


def _first_nan(rows):
    size = np.asarray(rows, float)[:, 2:] - np.asarray(rows, float)[:, :2]
    return bool((size < 0).any())


def _see_late_nan(pipeline):
    bad = [i for i, rows in enumerate(pipeline.boxes) if _first_nan(rows)]
    return (
        f"이미지를 한 장씩 넣어 보면 {bad[0]}번까지 가야 처음 NaN이 납니다. 모두 "
        f"{len(bad)}장에서 나고, "
        f"나머지 {len(pipeline.boxes) - len(bad)}장에서는 멀쩡합니다."
    )


def _repair_wrapped(pipeline):
    return replace(pipeline, boxes=tuple((b.astype(float) + 1) % 65536 for b in pipeline.boxes))


LATE_NAN = BugCase(
    name="late_nan",
    title="한참 잘 배우다가 특정 이미지에서 NaN이 됩니다",
    threads=("endernewton/tf-faster-rcnn#284", "endernewton/tf-faster-rcnn#107"),
    cause="unsigned_wrap",
    others=("flipped", "out_of_image", "not_finite"),
    hint="문제가 난 이미지의 좌표를 출력해 보세요. 이미지보다 훨씬 큰 수는 어디에서 왔을까요?",
    minutes=8,
    touches=("boxes",),
    build=_build_wrapped,
    symptom=_see_late_nan,
    repair=_repair_wrapped,
)


def _build_pixels_in_yolo(world):
    truth, sizes = world.mixed_scenes()
    boxes = [box_convert(rows, "xyxy", "cxcywh") for rows in truth]
    return world.build(boxes, truth, image_sizes=sizes, fmt="yolo")


def _see_dropped(pipeline):
    bad = [bool((np.asarray(rows) > 1).any()) for rows in pipeline.boxes]
    return (
        f"이미지 {len(bad)}장 가운데 {sum(bad)}장이 '정규화되지 않은 라벨'이라며 통째로 빠집니다.\n"
        f"첫 라벨: {pipeline.boxes[0][0].round(3).tolist()}"
    )


def _repair_pixels_in_yolo(pipeline):
    scale = [np.array([w, h, w, h]) for h, w in pipeline.image_sizes]
    boxes = tuple(rows / s for rows, s in zip(pipeline.boxes, scale, strict=True))
    return replace(pipeline, boxes=boxes)


DROPPED_IMAGES = BugCase(
    name="dropped_images",
    title="라벨이 정규화되지 않았다며 이미지가 통째로 빠집니다",
    threads=("ultralytics/yolov5#443", "ultralytics/yolov5#3656", "ultralytics/yolov5#2785"),
    cause="unit_mismatch",
    others=("out_of_image", "mixed_formats", "stale_size"),
    hint="YOLO의 네 수는 모두 0~1이어야 합니다. 지금 수의 단위는 무엇인가요?",
    minutes=6,
    touches=("boxes", "fmt"),
    build=_build_pixels_in_yolo,
    symptom=_see_dropped,
    repair=_repair_pixels_in_yolo,
)


def _build_over_border(world):
    truth, sizes = world.mixed_scenes()
    boxes = [rows.copy() for rows in truth]
    for i, axis in zip(world.hit(0, 2, 5, 9), (2, 3, 2, 3), strict=True):
        limit, over, side = sizes[i][3 - axis], *world.scaled([2.4, 60])
        truth[i][1, [axis - 2, axis]] = limit - side, limit
        boxes[i][1, [axis - 2, axis]] = limit - side, limit + over
    return world.build(boxes, truth, image_sizes=sizes)


def _see_border(pipeline):
    pairs = zip(pipeline.boxes, pipeline.image_sizes, strict=True)
    over = np.concatenate([rows[:, 2:] / [w, h] for rows, (h, w) in pairs])
    bad = over[over > 1]
    first = with_particle(f"{bad[0]:.4f}", "이/가")
    return (
        f"증강 도구가 멈춤: x_max나 y_max {first} [0, 1]을 벗어났습니다.\n"
        f"벗어난 값은 {len(bad)}개이고 {bad.min():.4f}~{bad.max():.4f}입니다."
    )


def _repair_over_border(pipeline):
    pairs = zip(pipeline.boxes, pipeline.image_sizes, strict=True)
    return replace(pipeline, boxes=tuple(clip_boxes(rows, size) for rows, size in pairs))


AUGMENTATION_REFUSES = BugCase(
    name="augmentation_refuses",
    title="x_max가 1.0을 조금 넘는다며 증강 도구가 멈춥니다",
    threads=(
        "albumentations-team/albumentations#459",
        "albumentations-team/albumentations#679",
        "albumentations-team/albumentations#1431",
    ),
    cause="out_of_image",
    others=("unit_mismatch", "swapped_size", "flipped"),
    hint="넘은 정도가 1%쯤입니다. 단위가 틀렸다면 이렇게 조금만 넘을까요?",
    minutes=6,
    touches=("boxes",),
    guided=True,
    build=_build_over_border,
    symptom=_see_border,
    repair=_repair_over_border,
)


def _build_filler(world):
    truth = list(world.scenes())
    for i in world.hit(2, 6, 11):
        truth[i] = np.empty((0, 4))
    if world.hidden:
        # 물체가 하나뿐인 이미지도 있습니다. 박스의 수로는 채움과 가릴 수 없습니다.
        full = [i for i, rows in enumerate(truth) if len(rows)]
        truth[full[0]] = truth[full[0]][:1]
    labels = world.numbers(truth)
    boxes = [rows if len(rows) else np.zeros((1, 4)) for rows in truth]
    numbers = [n if len(n) else np.zeros(1, int) for n in labels]
    return world.build(boxes, truth, numbers, labels)


def _see_filler(pipeline):
    targets = [_plain_targets(replace(pipeline, boxes=(rows,))) for rows in pipeline.boxes]
    bad = [i for i, t in enumerate(targets) if not np.isfinite(t).all()]
    return f"물체가 없는 이미지 {bad}번을 넣을 때만 회귀 손실이 무한대가 됩니다."


def _repair_filler(pipeline):
    return _drop(pipeline, lambda rows: (rows != 0).any(axis=1))


EMPTY_IMAGE_CRASHES = BugCase(
    name="empty_image_crashes",
    title="물체가 없는 이미지에서만 손실이 무한대가 됩니다",
    threads=("pytorch/vision#2144", "facebookresearch/detr#82"),
    cause="filler",
    others=("zero_size", "not_finite", "gt_without_positive"),
    hint="물체가 없는 이미지의 박스 배열을 출력해 보세요. 정말 비어 있나요?",
    minutes=5,
    touches=("boxes", "labels"),
    build=_build_filler,
    symptom=_see_filler,
    repair=_repair_filler,
)


def _build_swapped(world):
    truth, sizes = world.mixed_scenes(portrait=True)
    config = world.config(scales=(24, 36, 54, 72))
    return world.build(truth, truth, image_sizes=sizes, config=config)


def _see_swapped(pipeline):
    pairs = zip(pipeline.boxes, pipeline.image_sizes, strict=True)
    over = [(rows[:, 2:] > [w, h]).any(axis=1) for rows, (h, w) in pairs]
    over = np.concatenate(over)
    h, w = pipeline.image_sizes[0]
    return (
        "라벨 도구에서는 박스가 물체에 꼭 맞는데, 학습 코드에서 그리면 어긋납니다.\n"
        f"학습 코드가 읽은 이미지는 너비 {w}, 높이 {h}이고, 박스 {len(over)}개 가운데 "
        f"{over.sum()}개가 "
        "그 밖으로 나갑니다."
    )


def _repair_swapped(pipeline):
    return replace(pipeline, image_sizes=tuple((w, h) for h, w in pipeline.image_sizes))


RIGHT_IN_THE_TOOL = BugCase(
    name="right_in_the_tool",
    title="라벨 도구에서는 맞는 박스가 학습 코드에서는 어긋납니다",
    threads=("facebookresearch/detectron2#863", "facebookresearch/detectron2#2463"),
    cause="swapped_size",
    others=("mixed_formats", "out_of_image", "stale_size"),
    hint="휴대전화로 세워 찍은 사진이라고 합니다. 어느 쪽 변이 더 길어야 할까요?",
    minutes=5,
    touches=("image_sizes",),
    build=_build_swapped,
    symptom=_see_swapped,
    repair=_repair_swapped,
)
