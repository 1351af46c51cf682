"""클래스의 번호가 모델과 맞지 않는 사건들."""

from dataclasses import replace

import numpy as np

from anchorbox_utils.bugs.case import BugCase


def _build_class_gap(world):
    truth = world.scenes()
    numbers = (2, 3, 7, 9) if world.hidden else (1, 2, 5)
    labels = world.numbers(truth, numbers)
    options = {"num_classes": len(numbers) + 1, "background": 0}
    return world.build(truth, truth, truth_labels=labels, **options)


def _see_class_gap(pipeline):
    numbers, counts = np.unique(np.concatenate(pipeline.labels), return_counts=True)
    told = ", ".join(f"{n}번 {c}개" for n, c in zip(numbers, counts, strict=True))
    return (
        f"물체의 클래스는 {len(numbers)}가지이고 모델의 출력은 배경까지 "
        f"{pipeline.num_classes}개입니다. "
        f"그런데 한 클래스가 끝내 나오지 않거나 색인 오류로 멈춥니다.\n라벨: {told}"
    )


def _renumber(pipeline):
    numbers = np.unique(np.concatenate(pipeline.labels))
    return replace(pipeline, labels=tuple(np.searchsorted(numbers, n) + 1 for n in pipeline.labels))


MISSING_CLASS = BugCase(
    name="missing_class",
    title="한 클래스가 끝내 나오지 않습니다",
    threads=("open-mmlab/mmdetection#3629", "pytorch/vision#1141"),
    cause="class_overflow",
    others=("background_label", "unused_class", "few_positives"),
    hint="라벨에 나오는 가장 큰 번호와 모델의 출력 수를 견주어 보세요.",
    minutes=6,
    touches=("labels",),
    renumbers=True,
    build=_build_class_gap,
    symptom=_see_class_gap,
    repair=_renumber,
)


def _build_background(world):
    truth = world.scenes()
    numbers = (0, 1, 2) if world.hidden else (0, 1)
    labels = world.numbers(truth, numbers)
    options = {"num_classes": len(numbers) + 1, "background": 0}
    return world.build(truth, truth, truth_labels=labels, **options)


def _see_background(pipeline):
    labels = np.concatenate(pipeline.labels)
    return (
        f"손실은 잘 내려가는데 두 클래스 가운데 하나는 한 번도 예측하지 않습니다.\n"
        f"라벨: 0번 {(labels == 0).sum()}개, 1번 {(labels == 1).sum()}개. 모델의 출력 0번은 "
        "배경입니다."
    )


ALWAYS_BACKGROUND = BugCase(
    name="always_background",
    title="손실은 내려가는데 한 클래스만 한 번도 찾지 못합니다",
    threads=("pytorch/vision#1952",),
    cause="background_label",
    others=("class_overflow", "gt_without_positive", "anchors_off_scale"),
    hint="모델이 0번을 무엇으로 쓰는지, 라벨의 0번은 무엇인지 보세요.",
    minutes=4,
    touches=("labels",),
    renumbers=True,
    build=_build_background,
    symptom=_see_background,
    repair=_renumber,
)
