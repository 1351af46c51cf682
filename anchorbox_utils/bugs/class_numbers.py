"""클래스의 번호가 모델과 맞지 않는 사건들."""

from dataclasses import replace

import numpy as np

from anchorbox_utils.bugs.case import BugCase
from anchorbox_utils.bugs.scenes import make_pipeline, scenes


def _number_boxes(seed, truth, numbers):
    """박스마다 번호 하나씩. 모든 번호가 반드시 나옵니다."""
    counts = [len(rows) for rows in truth]
    flat = np.random.default_rng([seed, 1]).permutation(np.resize(numbers, sum(counts)))
    return tuple(np.split(flat, np.cumsum(counts)[:-1]))


def _build_class_gap(seed):
    truth = scenes(seed)
    labels = _number_boxes(seed, truth, [1, 2, 5])
    return make_pipeline(truth, labels=labels, num_classes=4, background=0), truth


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
    build=_build_class_gap,
    symptom=_see_class_gap,
    repair=_renumber,
)


def _build_background(seed):
    truth = scenes(seed)
    labels = _number_boxes(seed, truth, [0, 1])
    return make_pipeline(truth, labels=labels, num_classes=3, background=0), truth


def _see_background(pipeline):
    labels = np.concatenate(pipeline.labels)
    return (
        f"손실은 잘 내려가는데 두 클래스 가운데 하나는 한 번도 예측하지 않습니다.\n"
        f"라벨: 0번 {(labels == 0).sum()}개, 1번 {(labels == 1).sum()}개. 모델의 출력 0번은 "
        "배경입니다."
    )


ALWAYS_BACKGROUND = BugCase(
    name="always_background",
    title="손실은 내려가는데 한 클래스는 언제나 배경입니다",
    threads=("pytorch/vision#1952",),
    cause="background_label",
    others=("class_overflow", "gt_without_positive", "anchors_off_scale"),
    hint="모델이 0번을 무엇으로 쓰는지, 라벨의 0번은 무엇인지 보세요.",
    build=_build_background,
    symptom=_see_background,
    repair=_renumber,
)
