"""학습자가 쓴 함수를 강좌의 함수 자리에 바꾸어 끼웁니다."""

from dataclasses import replace

import numpy as np

from anchorbox_utils.feedback import TIME_LIMIT, call, judge_apart, plain, time_limit
from anchorbox_utils.homework.engine import PUBLIC, find_exercise, judge
from anchorbox_utils.homework.trial import Trial
from anchorbox_utils.validation import as_callable

# 판정마다 하는 말. 멈추거나 다른 꼴을 돌려주는 함수까지 끼우면 다음 셀들이 모두 멈춥니다.
_SAYINGS = {
    "passed": "○ {name}: 검사를 통과한 내 함수로 바꾸어 끼웁니다.",
    "failed": "× {name}: 검사는 통과하지 못했지만 내 함수로 바꾸어 끼웁니다. "
    "결과가 어떻게 달라지는지 보세요.",
    "error": "△ {name}: 내 함수를 부를 수 없거나 실행하다 멈추거나 돌려준 것의 꼴이 달라, 강좌의 "
    "함수로 이어 갑니다.",
    "not_attempted": "□ {name}: 아직 쓰지 않았습니다. 강좌의 함수로 이어 갑니다.",
}


def mine_or_ours(name, mine, ours):
    """학습자의 함수를 썼으면 그것을, 아직이면 강좌의 함수를 돌려주고 어느 쪽인지 한 줄로 말합니다.

    틀린 함수도 끼웁니다. 무엇이 달라지는지 보는 것도 배우는 일이기 때문입니다. 판정은 소식으로
    알리지 않으므로 진도에는 들어가지 않습니다.

    Args:
        name: 연습 문제의 이름. 예: ``"greedy_nms"``.
        mine: 학습자의 함수.
        ours: 같은 일을 하는 강좌의 함수. None은 부르는 쪽에서 스스로 하던 대로 한다는 뜻입니다.

    Returns:
        ``mine`` 또는 ``ours``.

    Raises:
        ValueError: 그런 이름의 문제가 없을 때.

    Examples:
        >>> def my_decode_boxes(anchors, deltas):
        ...     raise NotImplementedError
        >>> mine_or_ours("decode_boxes", my_decode_boxes, max) is max
        □ decode_boxes: 아직 쓰지 않았습니다. 강좌의 함수로 이어 갑니다.
        True
    """
    exercise = find_exercise(name)
    if ours is not None:
        as_callable(ours, "ours")

    def judged(beat):
        result = judge(exercise, mine, beat=beat)
        if result.status == "failed" and not _fits(exercise, mine, beat):
            return replace(result, status="error")
        return result

    result = judge_apart(name, judged, TIME_LIMIT)
    status = result.status
    print(_SAYINGS[status].format(name=name))
    if status in {"failed", "error"}:
        print("  까닭:", result.message)
    if result.hint:
        print("  힌트:", result.hint)
    return mine if status in {"passed", "failed"} else ours


def _fits(exercise, mine, beat):
    """모든 경우에 정답과 꼴이 같은 것을 돌려주는지. 값은 틀려도 됩니다."""
    cases = exercise.cases(np.random.default_rng(PUBLIC))
    tried = []
    with time_limit(TIME_LIMIT) as limit:
        for case in cases:
            beat(case.label)
            tried.append(Trial(exercise, case, call(mine, case.args, limit, plain)))
    # 골라서 돌려주는 문제라면 몇 개를 골랐는지까지 같을 까닭은 없습니다.
    picks = any(len(trial.expected_array) != len(trial.case.args[0]) for trial in tried)
    return all(trial.has_form(any_length=picks) for trial in tried)
