"""연습 문제 목록. 문제를 더하려면 한 파일에 정답 구현, 검사 경우, 오개념을 적고 여기에 올립니다."""

from anchorbox_utils.homework.catalogue import (
    checklist,
    design,
    formula,
    labeling,
    thresholds,
    training,
)

EXERCISES = {
    exercise.name: exercise
    for module in (formula, labeling, thresholds, checklist, design, training)
    for exercise in module.EXERCISES
}
