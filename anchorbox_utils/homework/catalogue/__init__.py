"""연습 문제 목록. 문제를 더하는 차례는 :mod:`anchorbox_utils.homework`에 있습니다."""

from anchorbox_utils.homework.borrowing import LIBRARY_CALL
from anchorbox_utils.homework.catalogue import (
    anchor_budget,
    bug_report,
    checklist,
    design,
    detection,
    formula,
    ignore_regions,
    labeling,
    logs,
    scoring,
    thresholds,
    training,
)

EXERCISES = {
    exercise.name: exercise
    for module in (
        formula,
        labeling,
        ignore_regions,
        thresholds,
        checklist,
        bug_report,
        design,
        anchor_budget,
        training,
        logs,
        detection,
        scoring,
    )
    for exercise in module.EXERCISES
}
EXAMPLE_SETS = {examples.name: examples for examples in ignore_regions.EXAMPLE_SETS}
# check와 grade가 받는 이름 모두.
QUESTIONS = {**EXERCISES, **EXAMPLE_SETS}


def mistake_titles(question):
    """이 문제의 판정에 나올 수 있는 오개념의 이름 → 사람이 읽을 제목.

    Examples:
        >>> titles = mistake_titles(EXERCISES["encode_boxes"])
        >>> titles["no_log"], titles["library_call"]
        ('로그를 씌우지 않음', '라이브러리의 함수로 답함')
    """
    return {m.name: m.title for m in question.misconceptions} | {
        LIBRARY_CALL: "라이브러리의 함수로 답함"
    }
