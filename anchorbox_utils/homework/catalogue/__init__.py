"""연습 문제 목록. 문제를 더하는 차례는 :mod:`anchorbox_utils.homework`에 있습니다."""

from anchorbox_utils.homework.catalogue import (
    anchor_budget,
    bug_report,
    checklist,
    design,
    detection,
    formula,
    labeling,
    thresholds,
    training,
)

EXERCISES = {
    exercise.name: exercise
    for module in (
        formula,
        labeling,
        thresholds,
        checklist,
        bug_report,
        design,
        anchor_budget,
        training,
        detection,
    )
    for exercise in module.EXERCISES
}
