"""보기 먼저 쓰는 문제: 옳은 보기만 받고, 잘못된 구현을 잡아내야 하며, 베낀 보기는 받지 않습니다."""

import re

import numpy as np
import pytest

from anchorbox_utils.homework import EXAMPLE_SETS, EXERCISES, check, engine, grade, progress
from anchorbox_utils.homework.examples import MOST_EXAMPLES

NAME = "examples_for_box_ioa"
QUESTION = EXAMPLE_SETS[NAME]
REFERENCE = EXERCISES["box_ioa"].reference
each_set = pytest.mark.parametrize("question", EXAMPLE_SETS.values(), ids=list(EXAMPLE_SETS))


@each_set
def test_the_model_examples_catch_everything(question):
    shown = check(question.name, question.reference)
    assert shown.passed, shown
    count = len(question.misconceptions)
    assert dict(shown.details)["잡아낸 잘못된 구현"].startswith(f"{count}/{count} ")
    graded = grade(question.name, question.reference)
    hidden = len(question.hidden)
    assert graded.passed and f"{hidden}/{hidden}" in str(graded)


@each_set
def test_the_bank_is_wide_and_its_numbers_stand_in_the_rules(question):
    assert 10 <= len(question.misconceptions) and question.need < len(question.misconceptions)
    assert question.hidden_need < len(question.hidden)
    said = [int(number) for number in re.findall(r"(\d+)개", " ".join(question.rules))]
    assert said == [
        *(len(question.misconceptions), question.need),
        *(len(question.hidden), question.hidden_need),
    ]
    for misconception in question.misconceptions:
        assert re.search(r"보지(는)? 않았습니다\.$", misconception.unseen)
        # 빠뜨린 것을 말할 뿐, 답에 쓰이는 수를 알려 주지 않습니다.
        assert not re.search(r"\d", misconception.unseen)


def one_of_each():
    return [
        {"boxes": [[0, 0, 4, 4]], "regions": [[2, 2, 9, 9]], "answer": [[1 / 4]]},
        {
            "boxes": [[0, 0, 4, 4], [8, 8, 9, 9]],
            "regions": [[5, 5, 7, 7], [1, 1, 2, 2], [6, 0, 9, 3]],
            "answer": [[0, 1 / 16, 0], [0, 0, 0]],
        },
        {"boxes": [[3, 3, 3, 8]], "regions": [], "answer": [[]]},
    ]


def test_honest_examples_written_otherwise_pass():
    for judge in (check, grade):
        assert judge(NAME, one_of_each).passed


def rounded():
    return [{"boxes": [[0, 0, 3, 1]], "regions": [[1, 0, 9, 9]], "answer": [[0.667]]}]


def test_three_decimals_are_right_enough():
    assert "보기는 모두 옳습니다" in check(NAME, rounded).message


def test_two_decimals_are_told_to_be_too_rough():
    def rough():
        return [{"boxes": [[0, 0, 3, 1]], "regions": [[2, 0, 9, 9]], "answer": [[0.33]]}]

    result = check(NAME, rough)
    assert result.status == "failed" and "반올림이 거칩니다" in result.message


def only_usual():
    return [
        {"boxes": [[0, 0, 10, 10]], "regions": [[0, 0, 5, 10]], "answer": [[0.5]]},
        {"boxes": [[0, 0, 10, 10]], "regions": [[0, 0, 10, 5]], "answer": [[0.5]]},
    ]


def test_easy_examples_are_told_what_they_have_not_seen():
    result = check(NAME, only_usual)
    shown = dict(result.details)
    assert result.status == "failed" and "옳습니다" in result.message
    assert re.fullmatch(r"\d+/19 \(통과하려면 16개\)", shown["잡아낸 잘못된 구현"])
    assert re.fullmatch(r"1번 \d+개, 2번 \d+개", shown["보기마다 잡아낸 수"])
    unseen = shown["아직 보지 않은 것"].split("\n")
    assert 1 <= len(unseen) <= 3 and len(set(unseen)) == len(unseen)
    # 잘못된 구현의 이름이나 그 힌트는 말하지 않습니다.
    assert not any(m.name in str(result) or m.hint in str(result) for m in QUESTION.misconceptions)


def passes_in_public_only():
    # 너비와 높이가 한쪽만 음수가 되는 짝을 보지 않아, 한 축만 막은 구현들이 빠져나갑니다.
    return [
        {
            "boxes": [[10, 10, 14, 14], [10, 10, 30, 14]],
            "regions": [[12, 12, 90, 90], [11, 10, 13, 13], [50, 50, 60, 60]],
            "answer": [[1 / 4, 6 / 16, 0], [36 / 80, 6 / 80, 0]],
        },
        {"boxes": [[7, 3, 7, 9]], "regions": [], "answer": [[]]},
    ]


def test_grading_adds_wrong_implementations_nobody_has_seen():
    assert check(NAME, passes_in_public_only).passed
    result = grade(NAME, one_of_each)
    assert result.passed and dict(result.details)["처음 보는 잘못된 구현"].endswith("/8")


def never_far_apart():
    return [
        {
            "boxes": [[10, 10, 14, 14], [10, 10, 30, 14]],
            "regions": [[11, 10, 13, 13], [12, 9, 90, 90]],
            "answer": [[6 / 16, 1 / 2], [6 / 80, 18 / 20]],
        },
        {"boxes": [[7, 3, 7, 9], [8, 8, 9, 9]], "regions": [[0, 0, 20, 20]], "answer": [[0], [1]]},
        {"boxes": [[1, 2, 3, 4]], "regions": [], "answer": [[]]},
    ]


def test_examples_that_miss_what_is_hidden_lose_only_the_hidden_half():
    assert check(NAME, never_far_apart).passed
    result = grade(NAME, never_far_apart)
    assert result.status == "failed" and "처음 보는" in result.message


# ── 옳지 않은 보기 ──────────────────────────────────────────────────────────────────────────


def _one(boxes, regions, answer):
    """보기 하나를 적은 함수. 학습자가 쓰듯 수만 든 코드로 만듭니다."""
    source = f'def f(): return [{{"boxes": {boxes}, "regions": {regions}, "answer": {answer}}}]'
    namespace = {}
    exec(source, namespace)
    return namespace["f"]


def test_a_wrong_answer_is_refused_without_telling_the_right_one():
    result = check(NAME, _one([[0, 0, 8, 8]], [[1, 0, 9, 9]], [[0.5]]))
    assert result.status == "failed" and "1번 보기의 `answer`" in result.message
    assert "0.875" not in str(result) + result._repr_html_() and not result.details


@pytest.mark.parametrize(
    ("boxes", "regions", "answer", "words"),
    [
        ([[0, 0, 8, 8]], [[1, 0, 9, 9]], [0.875], r"모양이 \(1,\)인데.*\(1, 1\)"),
        ([[0, 0, 8, 8]], [[1, 0, 9, 9]], 0.875, r"모양이 \(\)인데.*\(1, 1\)"),
        ([[0, 0, 8, 8]], [[1, 0, 9, 9], [0, 0, 1, 1]], [[1], [1]], r"\(2, 1\)인데.*\(1, 2\)"),
        ([[0, 0, 8]], [[1, 0, 9, 9]], [[1]], r"1번 보기: boxes"),
        ([0, 0, 8, 8], [[1, 0, 9, 9]], [[1]], r"1번 보기: boxes"),
        ([[0, 0, 8, 8], [1, 2]], [[1, 0, 9, 9]], [[1]], "행마다 수의 개수가"),
        ([[9, 0, 8, 8]], [[1, 0, 9, 9]], [[1]], "뒤집힌"),
        ([[0, 0, 8, 8]] * 4, [[1, 0, 9, 9]], [[1]] * 4, "행이 4개"),
        ([[0, 0, 8, 5000]], [[1, 0, 9, 9]], [[1]], "1000 사이의 수만"),
        ([[0, 0, 8, "9"]], [[1, 0, 9, 9]], [[1]], "수와 대괄호만"),
        ([[0, 0, 8, True]], [[1, 0, 9, 9]], [[1]], "수와 대괄호만"),
        ([[0, 0, 8, None]], [[1, 0, 9, 9]], [[1]], "수와 대괄호만"),
        ([[0, 0, 8, 8]], [[1, 0, 9, 9]], "[[1e999 - 1e999]]", "1000 사이의 수만"),
    ],
)
def test_a_misshapen_example_is_explained(boxes, regions, answer, words):
    result = check(NAME, _one(boxes, regions, answer))
    assert result.status == "failed" and re.search(words, result.message), result
    assert "1번 보기" in result.message


def bare_numbers():
    return [[0, 0, 4, 4], [2, 2, 9, 9], 0.25]


def misspelt():
    return [{"boxes": [[0, 0, 4, 4]], "region": [[2, 2, 9, 9]], "answer": [[0.25]]}]


def one_dict():
    return {"boxes": [[0, 0, 4, 4]], "regions": [[2, 2, 9, 9]], "answer": [[0.25]]}


def nothing():
    return []


@pytest.mark.parametrize(
    ("fn", "words"),
    [
        (bare_numbers, "열쇠가 `boxes`, `regions`, `answer`"),
        (misspelt, "열쇠가 `boxes`"),
        (one_dict, "리스트"),
        (nothing, "0개입니다"),
    ],
)
def test_a_misshapen_list_is_explained(fn, words):
    result = check(NAME, fn)
    assert result.status == "failed" and words in result.message


def stub():
    raise NotImplementedError("이 줄을 지우고 여기에 코드를 작성하세요.")


def empty_stub():
    """설명만 있습니다."""


def dividing():
    return [1 / 0]


def endless():
    while True:
        pass


def test_what_is_not_written_or_does_not_end_is_told_apart(monkeypatch):
    assert check(NAME, stub).status == check(NAME, empty_stub).status == "not_attempted"
    assert progress(**{NAME: stub, "box_ioa": REFERENCE}).passed == 0
    result = check(NAME, dividing)
    assert result.status == "error" and "0으로" in result.message
    monkeypatch.setattr("anchorbox_utils.homework.examples.TIME_LIMIT", 0.05)
    assert "멈추었습니다" in check(NAME, endless).message
    assert "인수 0개" in check(NAME, lambda boxes: boxes).message


def test_a_number_is_not_for_examples():
    with pytest.raises(ValueError, match=f"number: {NAME}"):
        check(NAME, QUESTION.reference, number=3)


# ── 속임수 ──────────────────────────────────────────────────────────────────────────────────


class Chameleon(float):
    """무엇과 견주어도 같다고 하는 수."""

    __hash__ = float.__hash__

    def __eq__(self, other):
        return True

    def __array_ufunc__(self, *args, **kwargs):
        return True


BOXES, REGIONS = [[0, 0, 4, 4]], [[2, 2, 9, 9]]
FROM_REFERENCE = [
    {"boxes": BOXES, "regions": REGIONS, "answer": REFERENCE(*map(np.array, (BOXES, REGIONS)))}
]


def by_import():
    from anchorbox_utils.homework import EXERCISES

    answer = EXERCISES["box_ioa"].reference(np.array(BOXES), np.array(REGIONS))
    return [{"boxes": BOXES, "regions": REGIONS, "answer": answer.tolist()}]


def by_global():
    return FROM_REFERENCE


def by_model():
    return QUESTION.reference()


def by_default(examples=QUESTION.reference()):  # noqa: B008
    return examples


def _closing_over(examples):
    def by_closure():
        return examples

    return by_closure


def by_inner_function():
    return (lambda: [{"boxes": [[0, 0, 4, 4]], "regions": [], "answer": [[]]}])()


def by_magic():
    return [{"boxes": BOXES, "regions": REGIONS, "answer": [[Chameleon(0)]]}]


class Examples:
    def __call__(self):
        return QUESTION.reference()


@pytest.mark.parametrize(
    "cheat",
    [
        *(by_import, by_global, by_model, by_default, _closing_over(QUESTION.reference())),
        *(by_inner_function, by_magic, Examples(), Examples().__call__),
    ],
)
def test_examples_hold_numbers_only(cheat):
    for judge in (check, grade):
        result = judge(NAME, cheat)
        assert result.status == "failed" and "수만 적습니다" in result.message


def by_append():
    examples = []
    examples.append({"boxes": [[0, 0, 4, 4]], "regions": [], "answer": [[]]})
    return examples


def test_the_names_that_are_not_numbers_are_told():
    assert check(NAME, by_append).message.endswith("쓴 이름: `append`")
    assert "쓴 이름" not in check(NAME, by_inner_function).message


def test_a_wrong_row_is_named_when_there_are_several():
    boxes, regions = [[0, 0, 4, 4], [0, 0, 2, 2], [0, 0, 1, 1]], [[2, 2, 9, 9], [0, 0, 9, 9]]
    message = check(NAME, _one(boxes, regions, [[0.25, 1], [0, 1], [0, 0.5]])).message
    assert "다시 볼 행(0부터 셉니다): 2." in message
    assert "다시 볼 행" not in check(NAME, _one(boxes[:1], regions, [[0.5, 1]])).message


def test_a_thousand_examples_are_too_many():
    source = ", ".join(['{"boxes": [[0, 0, 2, 2]], "regions": [], "answer": [[]]}'] * 1000)
    namespace = {}
    exec(f"def f(): return [{source}]", namespace)
    result = check(NAME, namespace["f"])
    assert result.status == "failed" and f"{MOST_EXAMPLES}개까지인데 1000개" in result.message


def test_the_cases_of_the_public_check_are_not_ones_own_examples():
    cases = QUESTION.exercise.cases(np.random.default_rng(engine.PUBLIC))
    copied = 0
    for case in cases:
        if all(len(arg) in (1, 2, 3) for arg in case.args):
            answer = QUESTION.exercise.reference(*case.args)
            values = [array.tolist() for array in (*case.args, answer)]
            if np.abs(values[0]).max() < 1000:
                result = check(NAME, _one(*values))
                assert result.status == "failed" and "똑같습니다" in result.message, case.label
                copied += 1
    assert copied >= 8


def test_a_number_that_equals_everything_is_not_a_number():
    namespace = {"value": Chameleon(0)}
    exec(
        'def f(): return [{"boxes": [[0, 0, 4, 4]], "regions": [[2, 2, 9, 9]], "answer": [[0]]}]',
        namespace,
    )
    # 상수의 자리에 별난 수를 몰래 넣어도 종류를 봅니다.
    f = namespace["f"]
    f.__code__ = f.__code__.replace(
        co_consts=tuple(
            Chameleon(c) if c == 0 and type(c) is int else c for c in f.__code__.co_consts
        )
    )
    assert check(NAME, f).status == "failed"
