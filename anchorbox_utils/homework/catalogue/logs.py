"""과제 07의 연습 문제: 학습 기록을 눈으로 읽고, 어떤 기록이든 읽는 함수 쓰기."""

from functools import cache

import numpy as np

from anchorbox_utils.homework.catalogue.common import EXAMPLE_NUMBER, NOT_YOURS, UNCHANGED_INPUT
from anchorbox_utils.homework.exercise import Case, Exercise, Misconception, Own
from anchorbox_utils.homework.personal import read_number

ROWS = 30
ANSWER = ("first_bad_step", "part", "cause")
PARTS = ("없음", "분류 손실", "회귀 손실", "양성 수", "재현율")
CAUSES = (
    "이상 없음",
    "학습률이 너무 크다",
    "회귀 타깃이 깨졌다",
    "분류 손실에서 0의 로그를 구했다",
    "양성 앵커가 없다",
    "타깃 정규화를 빠뜨렸다",
    "재는 쪽이 고장 났다",
)
HEALTHY, RATE, BROKEN_TARGETS, LOG_OF_ZERO, NO_POSITIVES, NOT_NORMALIZED, MEASURING = range(7)


# ── 나만의 학습 기록 ────────────────────────────────────────────────────────────────────────


def personal_log(student_number):
    """학번으로 정해지는 학습 기록을 돌려줍니다. 같은 학번이면 언제나 같은 기록입니다.

    실제로 학습한 것이 아니라, 레슨 07의 검출기를 30스텝 배워 얻은 기록(정상, 학습률 100배, 정규화
    없음)을 본떠 만든 것입니다. 사람마다 고장의 원인과 자리가 다릅니다.

    Args:
        student_number: 학번. 0 이상의 정수나 숫자로만 된 문자열.

    Returns:
        (30, 5) 실수 배열. 열은 스텝 번호, 분류 손실, 회귀 손실, 양성 수, 재현율입니다.

    Raises:
        ValueError: 학번이 정수나 숫자 문자열이 아닐 때.

    Examples:
        >>> log = personal_log("20260001")
        >>> log.shape, bool((log[1:, 0] - log[:-1, 0] == 1).all())
        ((30, 5), True)

    출처: 이 모듈의 ``train_detector``로 30스텝을 배운 기록(레슨 07).
    """
    rng = np.random.default_rng([7, read_number(student_number)])
    return _simulate(rng, int(rng.integers(RATE, MEASURING + 1)))


def _simulate(rng, fault):
    """고장 하나가 든 기록. 한두 줄 튀었다 돌아오는 잡음은 어느 기록에나 있습니다."""
    t = np.arange(ROWS)
    log = np.stack(
        [
            t + rng.integers(8, 60) * 5,
            4.4 * np.exp(-t / 32) * rng.uniform(0.92, 1.08, ROWS),
            (0.6 + 1.15 * np.exp(-t / 6)) * rng.uniform(0.92, 1.08, ROWS),
            rng.integers(65, 108, ROWS),
            0.05 + 0.7 * (1 - np.exp(-t / 12)) + rng.uniform(-0.02, 0.02, ROWS),
        ],
        axis=1,
    )
    spike, no_object = rng.choice([2, 4, 6, 8], 2, replace=False)
    loss = int(rng.integers(1, 3))
    log[spike : spike + rng.integers(1, 3), loss] = log[0, loss] * rng.uniform(3.5, 6)
    log[no_object, 2:4] = 0
    _FAULTS.get(fault, lambda log, start, rng: None)(log, int(rng.integers(11, 22)), rng)
    log[:, 4] = log[:, 4].clip(0, 1).round(2)
    return log.round(3)


def _diverge(log, start, rng):
    first, second = rng.permutation([1, 2])
    for column, begin in ((first, start), (second, start + 1)):
        length = ROWS - begin
        # 치솟았던 손실은 처음 높이로 돌아와 거기 머뭅니다. 은닉층이 죽어 아무것도 배우지 못합니다.
        peak = rng.uniform(60, 200) * 0.45 ** np.arange(length)
        log[begin:, column] = log[0, column] * (peak + rng.uniform(0.95, 1.1, length))
    log[start:, 4] = rng.uniform(0, 0.03, ROWS - start)
    if rng.random() < 0.5:
        log[start + 4 :, 1:3] = np.nan


def _break_targets(log, start, rng):
    log[start:, 2] = log[start + 1 :, 1] = np.nan
    log[start + 1 :, 4] = 0


def _log_of_zero(log, start, rng):
    log[start, 1] = np.inf
    log[start + 1 :, 1:3] = np.nan
    log[start + 1 :, 4] = 0


def _lose_positives(log, start, rng):
    left = ROWS - start
    log[start:, 2:4] = 0
    log[start:, 1] *= 0.7 ** np.arange(left)
    log[start:, 4] *= 0.8 ** np.arange(left)


def _forget_normalization(log, start, rng):
    log[:, 2] *= 0.055
    log[:, 4] *= 0.7


def _measure_badly(log, start, rng):
    log[:, 4] = rng.uniform(0, 0.04, ROWS)


_FAULTS = {
    RATE: _diverge,
    BROKEN_TARGETS: _break_targets,
    LOG_OF_ZERO: _log_of_zero,
    NO_POSITIVES: _lose_positives,
    NOT_NORMALIZED: _forget_normalization,
    MEASURING: _measure_badly,
}


# ── read_log ────────────────────────────────────────────────────────────────────────────────


def read_log(log):
    """학습 기록에서 처음 고장 난 곳과 원인을 찾습니다.

    Args:
        log: (T, 5) 실수 배열 [스텝 번호, 분류 손실, 회귀 손실, 양성 수, 재현율]. T는 0일 수도
            있습니다.

    Returns:
        사전 {"first_bad_step": 스텝 번호, "part": 부분 번호, "cause": 원인 번호}. 모두 정수입니다.
    """
    answer = {"first_bad_step": -1, "part": 0, "cause": 0}
    if len(log) < 3:
        return answer
    step, class_loss, box_loss, n_positive, recall = log.T
    losses = log[:, 1:3]
    # NaN과의 비교는 늘 거짓이므로, '괜찮은 조건'을 쓰고 뒤집어야 NaN도 고장이 됩니다.
    bad = np.column_stack([~(losses <= 3 * losses[0]), n_positive == 0])
    lasting = bad[:-2] & bad[1:-1] & bad[2:]
    if lasting.any():
        row = int(lasting.any(axis=1).argmax())
        part = int(lasting[row].argmax())
        if part == 2:
            cause = 4
        elif np.isfinite(losses[row, part]):
            cause = 1
        else:
            cause = (3, 2)[part]
        return {"first_bad_step": int(step[row]), "part": part + 1, "cause": cause}
    if np.median(box_loss) < np.median(class_loss) / 10:
        return {"first_bad_step": int(step[0]), "part": 2, "cause": 5}
    if recall.max() < 0.1:
        return {"first_bad_step": int(step[0]), "part": 4, "cause": 6}
    return answer


def _read(
    log,
    lasts=3,
    bad=lambda losses, first: ~(losses <= 3 * first),
    counts=True,
    choose=lambda lasting: (int(lasting.any(axis=1).argmax()), None),
    cause=lambda value, part: 1 if np.isfinite(value) else (3, 2)[part],
    says=lambda step, row: step[row],
    joined=False,
    scale=True,
    recall=True,
    none=-1,
):
    """읽기의 각 단계를 갈아 끼울 수 있게 나눈 것."""
    if len(log) < 3:
        return dict(zip(ANSWER, (none, 0, 0), strict=True))
    losses = log[:, 1:3]
    no_positive = (log[:, 3] == 0) & counts
    marks = np.column_stack([bad(losses, losses[0]), no_positive])
    counted = np.broadcast_to(marks.any(axis=1, keepdims=True), marks.shape) if joined else marks
    lasting = np.all([counted[i : len(marks) - lasts + 1 + i] for i in range(lasts)], axis=0)
    if lasting.any():
        row, part = choose(lasting)
        part = int((lasting & marks[: len(lasting)])[row].argmax()) if part is None else part
        why = NO_POSITIVES if part == 2 else cause(losses[row, part], part)
        return dict(zip(ANSWER, (int(says(log[:, 0], row)), part + 1, why), strict=True))
    first = int(says(log[:, 0], 0))
    with np.errstate(invalid="ignore"):
        if scale and np.median(log[:, 2]) < np.median(log[:, 1]) / 10:
            return dict(zip(ANSWER, (first, 2, NOT_NORMALIZED), strict=True))
        if recall and log[:, 4].max() < 0.1:
            return dict(zip(ANSWER, (first, 4, MEASURING), strict=True))
    return dict(zip(ANSWER, (none, 0, 0), strict=True))


def _reader(**steps):
    def wrong(log):
        return _read(log, **steps)

    return wrong


def _left_column_first(lasting):
    part = int(lasting.any(axis=0).argmax())
    return int(lasting[:, part].argmax()), part


def _read_the_end(log):
    """마지막 줄만 보고, 거기서 고장 난 것이 언제부터 이어졌는지 거슬러 갑니다."""
    if len(log) < 3:
        return read_log(log)
    losses = log[:, 1:3]
    bad = np.column_stack([~(losses <= 3 * losses[0]), log[:, 3] == 0])
    if not bad[-1].any():
        return _read(log, lasts=len(log))
    part = int(bad[-1].argmax())
    good = np.flatnonzero(~bad[:, part])
    row = int(good[-1]) + 1 if len(good) else 0
    why = 4 if part == 2 else 1 if np.isfinite(losses[row, part]) else (3, 2)[part]
    return dict(zip(ANSWER, (int(log[row, 0]), part + 1, why), strict=True))


def _log_cases(rng):
    def case(label, fault, edge=False):
        return Case(label, (_simulate(rng, fault),), edge)

    quiet = _simulate(rng, HEALTHY)
    at_start = _simulate(rng, HEALTHY)
    at_start[:, 2:4] = 0
    return [
        case("기록 1", RATE),
        case("기록 2", BROKEN_TARGETS),
        case("기록 3", LOG_OF_ZERO),
        case("기록 4", NO_POSITIVES),
        case("기록 5", NOT_NORMALIZED),
        case("기록 6", MEASURING),
        case("기록 7", HEALTHY),
        Case("기록 8", (_ending_in_nan(rng),)),
        Case("기록 9", (_returning(rng),)),
        Case("처음부터 양성이 없는 기록", (at_start,)),
        Case("float32 기록", (quiet.astype(np.float32),)),
        *_borderline_cases(rng),
        # 판단하지 않기로 한 기록입니다. 판단하면 원인 6이 됩니다.
        Case("두 줄뿐인 기록", (_still(rng, 2, recall=0.05),), edge=True),
        Case("한 줄뿐인 기록", (_still(rng, 1, recall=0.05),), edge=True),
        Case("빈 기록", (np.zeros((0, 5)),), edge=True),
    ]


def _still(rng, rows=9, class_loss=4.0, box_loss=2.0, positives=80, recall=0.5):
    """모든 줄이 같은 기록. 약속의 경계에 꼭 맞는 값을 써넣기 좋습니다."""
    log = np.tile([0.0, class_loss, box_loss, positives, recall], (rows, 1))
    log[:, 0] = np.arange(rows) + rng.integers(8, 60) * 5
    return log


def _borderline_cases(rng):
    """약속의 말 하나하나를 지키는지 보는 기록들. 이야기는 씨앗이 달라도 같습니다."""

    def case(label, *changes, **steady):
        log = _still(rng, **steady)
        for rows, column, value in changes:
            log[rows, column] = value
        return Case(label, (log,), edge=True)

    inside = slice(1, -1)
    return [
        case("세 줄만 나빴다가 나은 기록", (slice(3, 6), 2, 10.0)),
        case("다른 열의 잡음이 잇닿은 기록", (slice(2, 4), 1, 20.0), (4, 3, 0)),
        case(
            "세 열이 같은 줄에서 고장 난 기록",
            (slice(4, None), slice(1, 3), np.nan),
            (slice(4, None), 3, 0),
        ),
        case(
            "첫 줄의 3배에 가까운 기록",
            (slice(1, 4), 1, 12.0),
            (slice(1, 5), 2, 5.8),
            (slice(6, None), 1, 12.4),
        ),
        case("양성이 없는 세 줄", (slice(None), 3, 0), rows=3),
        case("처음과 끝만 분류 손실이 큰 기록", (inside, 1, 4.0), class_loss=100.0),
        case("처음과 끝만 회귀 손실이 큰 기록", (inside, 2, 0.2), box_loss=20.0),
        case("회귀 손실이 꼭 10분의 1인 기록", class_loss=10.0, box_loss=1.0),
        case("회귀 손실이 10분의 1에 조금 못 미치는 기록", box_loss=0.36),
        case("원인 5와 6이 함께 보이는 기록", box_loss=0.2, recall=0.03),
        case("재현율이 낮지만 0.1은 넘는 기록", recall=0.15),
        case("재현율이 올랐다가 떨어진 기록", (6, 4, 0.3), recall=0.02),
    ]


def _ending_in_nan(rng):
    log = _simulate(rng, HEALTHY)
    start = int(rng.integers(11, 20))
    log[start : start + 4, 2] = log[0, 2] * np.array([5.0, 30.0, 90.0, 400.0])
    log[start + 4 :, 1:3] = np.nan
    return log.round(3)


def _returning(rng):
    log = _simulate(rng, HEALTHY)
    start = int(rng.integers(11, 20))
    log[start : start + 5, 1] = log[0, 1] * np.array([90.0, 40.0, 15.0, 6.0, 3.5])
    log[start + 5 :, 1] = log[0, 1]
    log[start:, 4] = 0.01
    return log.round(3)


def _noise_row(which):
    """잡음 하나를 고장으로 읽기. 잡음이 모자라면 마지막 것입니다."""

    def wrong(log):
        if len(log) < 3:
            return read_log(log)
        losses = log[:, 1:3]
        bad = np.column_stack([~(losses <= 3 * losses[0]), log[:, 3] == 0])
        edges = np.pad(bad, ((2, 2), (0, 0)))
        three = edges[:-2] & edges[1:-1] & edges[2:]
        lasting = three[:-2] | three[1:-1] | three[2:]
        noise = np.argwhere(bad & ~lasting)
        if not len(noise):
            return read_log(log)
        row, part = noise[min(which, len(noise) - 1)]
        why = NO_POSITIVES if part == 2 else RATE
        return dict(zip(ANSWER, (int(log[row, 0]), int(part) + 1, why), strict=True))

    return wrong


def _counts_parts_from_zero(log):
    answer = read_log(log)
    return {**answer, "part": max(answer["part"] - 1, 0)}


def _counts_columns_from_zero(log):
    """어긋난 열을 번호로 옮길 때만 하나 작게 적습니다."""
    answer = read_log(log)
    from_a_column = answer["cause"] in (RATE, BROKEN_TARGETS, LOG_OF_ZERO, NO_POSITIVES)
    return {**answer, "part": answer["part"] - from_a_column}


def _previous_row(losses, first):
    return ~(losses <= 3 * np.concatenate([losses[:1], losses[:-1]]))


def _recall_to_blame(shift):
    def wrong(log):
        step = read_log(log)["first_bad_step"] + shift
        return dict(zip(ANSWER, (step, 4, MEASURING), strict=True))

    return wrong


_MISREADINGS = (
    Misconception(
        "row_number",
        "스텝 대신 줄 번호를 적음",
        _reader(says=lambda step, row: row),
        variants=(_reader(says=lambda step, row: row or step[0]),),
        hint="줄이 몇 번째인지를 적으셨습니다. 기록은 0스텝부터 시작하지 않습니다. 맨 왼쪽 열에는 "
        "무엇이 적혀 있나요?",
    ),
    Misconception(
        "one_bad_row_is_enough",
        "한두 줄 튄 것을 고장으로 봄",
        _reader(lasts=1),
        variants=(_reader(lasts=2), *map(_noise_row, range(3))),
        hint="한두 줄 튀었다가 돌아온 곳을 고장으로 보셨습니다. 어려운 이미지가 섞인 배치에서도 "
        "손실은 튑니다. 고장은 몇 줄 이어져야 한다고 약속했나요?",
    ),
    Misconception(
        "left_column_first",
        "왼쪽 열부터 봄",
        _reader(choose=_left_column_first),
        "왼쪽 열부터 살피고 거기서 멈추셨네요. 두 손실은 은닉층을 함께 써서 한쪽의 고장이 다음 "
        "스텝에 번집니다. 열이 아니라 시간의 순서로 먼저인 것을 찾으세요.",
    ),
    Misconception(
        "only_the_end_is_read",
        "맨 끝에서 거슬러 읽음",
        _read_the_end,
        "맨 끝에서 거슬러 읽으셨네요. 치솟은 손실은 도로 내려오기도 하고, NaN은 원인이 지나간 뒤의 "
        "결과이기도 합니다. 앞에서부터 처음 나빠진 곳을 찾아보세요.",
    ),
    Misconception(
        "nan_is_not_big",
        "NaN이 된 줄을 지나침",
        _reader(bad=lambda losses, first: losses > 3 * first),
        "NaN이 된 줄을 지나치셨습니다. NaN과 견주면 `>`도 `<`도 거짓이라, '크다'를 찾는 조건에는 "
        "걸리지 않습니다.",
    ),
    Misconception(
        "nan_means_rate",
        "NaN은 다 학습률 탓으로 봄",
        _reader(cause=lambda value, part: RATE),
        "NaN이면 모두 학습률 탓으로 보셨습니다. 학습률이 원인이면 숫자가 아니게 되기 전에 무엇이 "
        "먼저 보일까요? 바로 앞줄의 값과 견주어 보세요.",
    ),
    Misconception(
        "nan_causes_exchanged",
        "NaN의 두 원인을 바꿈",
        _reader(cause=lambda value, part: 1 if np.isfinite(value) else (2, 3)[part]),
        "고장 난 손실은 맞게 찾으셨는데 원인이 서로 바뀌었습니다. 뒤집힌 박스의 너비는 어느 손실로 "
        "들어가나요?",
    ),
    Misconception(
        "positives_unread",
        "양성 수의 열을 읽지 않음",
        _reader(counts=False),
        "회귀 손실이 0이면 다 배운 것처럼 보입니다. 그런데 손실을 잴 앵커가 있기는 했나요? 양성 "
        "수의 열도 함께 읽어 보세요.",
    ),
    Misconception(
        "small_loss_is_good",
        "작은 손실을 좋게만 봄",
        _reader(scale=False),
        "회귀 손실이 작으니 괜찮다고 보셨습니다. 처음부터 분류 손실의 수십 분의 1이라면, 그 "
        "기울기는 누구의 목소리에 묻힐까요?",
    ),
    Misconception(
        "recall_unread",
        "재현율을 읽지 않음",
        _reader(recall=False),
        "손실이 내려가니 이상이 없다고 보셨습니다. 손실이 줄었는데도 찾은 물체가 늘지 않는다면 "
        "배우는 쪽과 재는 쪽 가운데 어디를 먼저 의심해야 할까요?",
    ),
    Misconception(
        "when_it_was_sure",
        "시작 대신 확신한 때를 적음",
        _reader(says=lambda step, row: step[row + 2] if row else step[0]),
        "고장이라고 확신할 수 있게 된 셋째 줄의 스텝을 적으셨습니다. 물음은 언제 알았는지가 "
        "아니라 언제 시작했는지입니다.",
    ),
    Misconception(
        "zero_for_none",
        "고장이 없음을 0으로 적음",
        _reader(none=0),
        "고장이 없을 때 0을 적으셨습니다. 0은 진짜 스텝 번호일 수도 있습니다. 없다는 것은 어떤 "
        "수로 나타내기로 했나요?",
    ),
)

# 눈으로 읽을 때는 나오지 않고 함수에서만 나오는 오해.
_MISCODINGS = (
    Misconception(
        "columns_joined",
        "여러 열을 합쳐 세 줄을 셈",
        _reader(joined=True),
        "세 열을 합쳐서 세 줄을 세셨습니다. 서로 다른 열의 나쁜 줄이 이어져도 한 열의 고장은 "
        "아닙니다. 열마다 따로 세어 보세요.",
    ),
    Misconception(
        "previous_row",
        "바로 앞줄과 견줌",
        _reader(bad=_previous_row),
        "바로 앞줄과 견주셨습니다. 높은 곳에 머무는 손실은 앞줄과 비슷해서 나쁜 줄로 보이지 "
        "않습니다. 무엇의 3배로 약속했나요?",
    ),
    Misconception(
        "part_from_zero",
        "부분의 번호를 0부터 셈",
        _counts_parts_from_zero,
        variants=(_counts_columns_from_zero,),
        hint="찾은 곳은 맞는데 부분의 번호가 하나씩 작습니다. 1번의 표에서 0은 무엇을 뜻하나요?",
    ),
)
# 손으로 적은 답에서만 나오는 오해.
_MISWRITINGS = (
    Misconception(
        "one_row_off",
        "한 줄 어긋난 스텝을 적음",
        _reader(says=lambda step, row: step[row] + 1),
        variants=(_reader(says=lambda step, row: step[row] - 1),),
        hint="고장 난 부분과 원인은 맞습니다. 처음 나쁜 줄이 어디인지 한 줄만 더 살펴보세요.",
    ),
    Misconception(
        "last_step",
        "맨 끝의 스텝을 적음",
        _reader(says=lambda step, row: step[-1]),
        "고장 난 부분과 원인은 맞습니다. 그런데 적으신 스텝은 기록의 맨 끝입니다. 그 열을 위에서 "
        "아래로 다시 읽어 보세요.",
    ),
    Misconception(
        "recall_to_blame",
        "재현율을 원인으로 봄",
        _recall_to_blame(0),
        variants=(_recall_to_blame(1), _recall_to_blame(-1)),
        hint="재현율이 낮은 것은 결과일 때가 많습니다. 재현율보다 먼저, 또는 처음부터 달랐던 열은 "
        "없는지 손실과 양성 수를 보세요.",
    ),
)

_READING_RULES = (
    "첫 줄의 두 손실은 언제나 숫자입니다. 한두 줄짜리 잡음도 손실은 숫자입니다.",
    "손실이 NaN이거나 무한대이거나 첫 줄의 3배보다 크면 나쁜 줄입니다.",
    "양성 수가 0이어도 나쁜 줄입니다. 분류 손실, 회귀 손실, 양성 수를 따로 봅니다.",
    "한 열에서 나쁜 줄이 세 줄 이상 이어지면 고장이고, 그 첫 줄이 고장이 시작된 곳입니다.",
    "여러 열이 고장 났으면 먼저 시작된 것을, 같은 줄이면 왼쪽 열을 적습니다.",
    "고장이 시작된 줄의 손실이 숫자이면 원인 1, NaN이나 무한대이면 원인 2나 3입니다.",
    "이어진 고장이 없으면 원인 5, 6의 차례로 보고, 시작은 기록의 첫 스텝으로 적습니다.",
    "원인 5는 회귀 손실의 가운뎃값이 분류 손실의 가운뎃값의 10분의 1보다 작을 때입니다.",
    "원인 6은 재현율이 끝까지 0.1보다 작을 때입니다.",
    "아무것도 아니면 `first_bad_step`은 -1, `part`와 `cause`는 0입니다.",
)

READ_LOG = Exercise(
    name="read_log",
    reference=read_log,
    cases=_log_cases,
    returns="사전 {first_bad_step, part, cause}, 모두 정수",
    rules=(
        "1번의 약속을 그대로 따르고, 두 가지를 더합니다.",
        "세 줄이 안 되는 기록은 판단하지 않고 이상 없음(-1, 0, 0)으로 적습니다.",
        UNCHANGED_INPUT,
    ),
    layout="whole",
    misconceptions=(*_MISREADINGS, *_MISCODINGS),
)


# ── my_log ──────────────────────────────────────────────────────────────────────────────────


def my_log(log):
    """나만의 기록을 눈으로 읽은 답입니다. 답 셋을 숫자로 적어 돌려줍니다.

    Args:
        log: 나만의 기록. 위의 표와 같은 것이니 쓰지 않아도 됩니다.

    Returns:
        사전 {"first_bad_step": 스텝 번호, "part": 부분 번호, "cause": 원인 번호}. 모두 정수입니다.
    """
    return read_log(log)


@cache
def _numbers_of_every_fault():
    """고장과 끝의 모습마다, 그런 기록이 나오는 학번들. 검사할 때 모두 고루 봅니다."""
    found = {}
    for number in range(20_200_000, 20_200_200):
        log = personal_log(number)
        kind = read_log(log)["cause"], bool(np.isfinite(log[-1, 1]))
        found.setdefault(kind, []).append(number)
    return found


def _my_log_cases(rng):
    return [
        _own_log(int(number))._replace(label=NOT_YOURS.format(number))
        for numbers in _numbers_of_every_fault().values()
        for number in rng.choice(numbers, 2, replace=False)
    ]


def _own_log(number):
    return Case(f"내 기록 (학번 {number})", (personal_log(number),))


def _log_in_words(answer):
    step, part, cause = answer
    return [
        ("말로 하면", f"{step}스텝의 {PARTS[part]}에서 시작한 고장입니다."),
        ("원인", f"{CAUSES[cause]}."),
    ]


MY_LOG = Exercise(
    name="my_log",
    reference=my_log,
    cases=_my_log_cases,
    returns="사전 {first_bad_step, part, cause}, 모두 정수",
    rules=_READING_RULES,
    allows=("personal_log",),
    own=Own(_own_log, _log_in_words),
    by_hand=True,
    layout="whole",
    misconceptions=(
        # 나만의 기록에는 언제나 고장이 있어, 고장이 없을 때의 오해는 나오지 않습니다.
        *(mistake for mistake in _MISREADINGS if mistake.name != "zero_for_none"),
        *_MISWRITINGS,
        Misconception(
            "example_number",
            "처음 적힌 학번의 답을 냄",
            lambda log: read_log(personal_log(EXAMPLE_NUMBER)),
            "과제에 처음 적혀 있던 학번의 답입니다. `student_number`를 자기 학번으로 바꾸고 표를 "
            "다시 뽑아 읽어 보세요.",
        ),
    ),
)

EXERCISES = (MY_LOG, READ_LOG)
