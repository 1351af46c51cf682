"""연습 문제 목록. 문제를 더하는 차례는 :mod:`anchorbox_utils.homework`에 있습니다."""

from anchorbox_utils.homework.catalogue import (
    checklist,
    design,
    formula,
    labeling,
    logs,
    scoring,
    thresholds,
    training,
)

EXERCISES = {
    exercise.name: exercise
    for module in (formula, labeling, thresholds, checklist, design, training, logs, scoring)
    for exercise in module.EXERCISES
}
