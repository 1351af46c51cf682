"""예측 카드: 예측을 정하기 전에는 답이 어디에도 없고, 정한 다음에는 판정과 풀이가 있습니다.

레슨의 물음마다 계산한 답이 적어 둔 답과 같은지는 노트북을 실행할 때 conftest.py가 봅니다. 화면은
test_browser.py.
"""

import json
import re
import string

import matplotlib.pyplot as plt
import numpy as np
import pytest
from nbformat import read

from anchorbox_utils import PredictionCard, feedback, predict
from anchorbox_utils.labs.questions import QUESTIONS, Option, Question, read_questions
from anchorbox_workshop.kit.lessons import values_asked
from tools.notebooks import ROOT

SIDES = Question(
    "sides",
    "01_formula",
    "너비 {width}의 두 배는?",
    20,
    choices=(
        Option("right", 20, "맞는 풀이", "20"),
        Option("half", 5, "절반의 풀이", "5"),
    ),
)
COUNTS = Question(
    "counts",
    "04_threshold_experiment",
    "몇 개?",
    [2, 3],
    fields=("양성", "음성"),
    slips=(Option("swapped", [3, 2], "바꾸어 센 풀이"),),
    right="맞는 풀이",
    wrong="다른 풀이",
)
ROUGHLY = COUNTS._replace(name="roughly", fields=("배",), answer=476, within=2.0, slips=())
ORPHANS = Question("orphans", "03_labeling", "고르세요", [1, 3], right="맞음", wrong="틀림")
BOXES = np.array([[10 * n, 5, 10 * n + 8, 15] for n in range(4)])
IMAGE = np.zeros((20, 50, 3))
# 화면의 코드와 모양. 물음마다 같습니다.
CODE = {"_esm", "_css"}
CARD = re.compile(r'(?<![\w.])predict\(\s*"(\w+)"')
CARD = re.compile(r'(?<![\w.])predict\(\s*"(\w+)"')


def double(width):
    """두 배를 그림과 글로."""
    plt.subplots(figsize=(1, 1))
    print(f"두 배는 {2 * width}")
    return np.array([2 * width])


def card(question, reveal, picture=None, **parameters):
    return PredictionCard(question, reveal, parameters, picture)


def never(**parameters):
    raise AssertionError("예측을 정하기 전에 답을 계산했습니다.")


def everything_shown(shown):
    bundle, _ = shown._repr_mimebundle_()
    state = {name: value for name, value in shown.get_state().items() if name not in CODE}
    return json.dumps([state, bundle], ensure_ascii=False, default=str)


def test_nothing_is_computed_or_said_before_the_commit():
    asked = everything_shown(card(SIDES, never, width=10))
    assert "너비 10의 두 배는?" in asked and "풀이" not in asked and "half" not in asked
    assert "풀이" not in everything_shown(card(COUNTS, never))
    assert "맞음" not in everything_shown(card(ORPHANS, never, (IMAGE, BOXES)))


def test_the_commit_brings_verdict_reason_text_and_figure():
    shown = card(SIDES, double, width=10).commit(1)
    assert shown.result["status"] == "passed" and shown.result["right"] == [1]
    assert (shown.result["why"], shown.result["printed"]) == ("맞는 풀이", "두 배는 20")
    assert shown.result["others"] == [["5", "절반의 풀이"]]
    (picture,) = shown.result["pictures"]
    assert picture.startswith("data:image/png;base64,") and not plt.get_fignums()


def test_a_wrong_choice_is_told_why_one_would_think_so():
    result = card(SIDES, double, width=10).commit(2).result
    assert (result["status"], result["misconception"]) == ("failed", "half")
    assert (result["why"], result["said"]) == ("절반의 풀이", "20")


def test_changed_parameters_ask_anew_and_drop_reasons_that_no_longer_hold():
    shown = card(SIDES, double, width=10).commit(2)
    shown.ask(width=10)
    assert shown.prediction == [2]
    shown.ask(width=2.5)
    assert shown.prediction is None and shown.result is None
    assert shown._asked["ask"] == "너비 2.5의 두 배는?"
    result = shown.commit(2).result
    assert (result["status"], result["said"], result["why"]) == ("passed", "5", "")


def test_a_commit_holds_until_asked_again():
    shown = card(SIDES, double, width=10).commit(2)
    with pytest.raises(ValueError, match="이미 정했습니다"):
        shown.commit(1)
    assert shown.result["status"] == "failed"
    shown.prediction = None
    assert shown.commit(1).result["status"] == "passed"


@pytest.mark.parametrize(
    "question, answer, prediction, status, misconception, why",
    [
        (COUNTS, (2, 3), (2, 3), "passed", None, "맞는 풀이"),
        (COUNTS, (2, 3), (3, 2), "failed", "swapped", "바꾸어 센 풀이"),
        (COUNTS, (2, 3), (2, 4), "failed", None, "다른 풀이"),
        (ROUGHLY, 476, (240,), "passed", None, "맞는 풀이"),
        (ROUGHLY, 476, (950,), "passed", None, "맞는 풀이"),
        (ROUGHLY, 476, (200,), "failed", None, "다른 풀이"),
        (ROUGHLY, 476, (0,), "failed", None, "다른 풀이"),
    ],
)
def test_numbers(question, answer, prediction, status, misconception, why):
    result = card(question, lambda: answer).commit(*prediction).result
    assert (result["status"], result["misconception"], result["why"]) == (
        status,
        misconception,
        why,
    )


def test_boxes_are_picked_in_any_order():
    shown = card(ORPHANS, lambda: np.array([1, 3]), (IMAGE, BOXES))
    assert shown._asked["size"] == [50, 20] and shown._asked["boxes"] == BOXES.tolist()
    assert shown.commit(3, 1).result["status"] == "passed"
    assert shown.result["said"] == "상자 1, 상자 3"


@pytest.mark.parametrize(
    "question, wrong",
    [
        (SIDES, (0,)),
        (SIDES, (3,)),
        (SIDES, (1, 2)),
        (SIDES, (1.5,)),
        (SIDES, ()),
        (SIDES, ("가",)),
        (COUNTS, (1,)),
        (COUNTS, (1, float("nan"))),
        (ORPHANS, (4,)),
        (ORPHANS, (1, 1)),
    ],
)
def test_what_cannot_be_an_answer_is_refused_in_words(question, wrong):
    shown = card(question, never, (IMAGE, BOXES) if question is ORPHANS else None, width=1)
    with pytest.raises(ValueError, match="답이 될 수 없습니다"):
        shown.commit(*wrong)
    assert shown.prediction is None and shown.result is None


def test_a_broken_reveal_is_told_and_judges_nothing():
    heard = []
    stop = feedback.listen(heard.append)
    result = card(SIDES, lambda width: 1 / 0, width=1).commit(1).result
    stop()
    assert result["status"] == "error" and "ZeroDivisionError" in result["why"] and not heard


def test_a_commit_is_reported_once():
    heard = []
    stop = feedback.listen(heard.append)
    card(SIDES, double, width=10).commit(2)
    stop()
    assert [(e.name, e.status, e.misconception) for e in heard] == [("sides", "failed", "half")]


def test_only_the_first_commit_counts_until_the_question_changes():
    heard = []
    stop = feedback.listen(heard.append)
    shown = card(SIDES, double, width=10).commit(2)
    shown.prediction = None
    assert shown.commit(1).result["status"] == "passed"
    shown.ask(width=20)
    shown.commit(1)
    stop()
    assert len(heard) == 2 and heard[0].misconception == "half"


def test_text_is_escaped():
    question = SIDES._replace(ask="<b>t_x와</b> `a<b t_w` **굵게**")
    shown = card(question, never)._asked["ask"]
    assert shown == (
        "&lt;b&gt;<i>t</i><sub>x</sub>와&lt;/b&gt; <code>a&lt;b t_w</code> <b>굵게</b>"
    )


def test_export_holds_question_answer_reasons_and_figure(tmp_path):
    path = tmp_path / "sides.json"
    shown = card(SIDES, double, width=10)
    shown.export(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["ask"] == "너비 10의 두 배는?" and content["right"] == [1]
    assert content["whys"] == ["맞는 풀이", "절반의 풀이"]
    assert content["printed"] == "두 배는 20" and len(content["pictures"]) == 1
    assert shown.prediction is None


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="name: 'nothing'"):
        predict("nothing", never)
    with pytest.raises(ValueError, match="reveal"):
        predict("shift_signs", 3)
    with pytest.raises(ValueError, match="picture"):
        card(ORPHANS, never)
    with pytest.raises(ValueError, match="picture"):
        card(SIDES, never, (IMAGE, BOXES))


# --- 물음의 데이터 ----------------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda question: question.name)
def test_each_question_is_whole(question):
    assert question.ask.endswith(("요?", "요.", "니다.", "요.)", "다.)"))
    options = question.choices or question.slips
    names, values = [o.name for o in options], [str(o.value) for o in options]
    assert len(set(names)) == len(names) and len(set(values)) == len(values)
    assert all(option.why.strip("*").endswith((".", ".)")) for option in options)
    if question.kind == "choice":
        assert 3 <= len(question.choices) <= 5 and all(option.text for option in options)
        right = [o.name for o in options if question.matches(o.value, question.answer)]
        assert right == ["right"]
    else:
        assert question.right and question.wrong
        assert not any(question.matches(slip.value, question.answer) for slip in question.slips)


def test_the_right_choice_does_not_always_stand_in_the_same_place():
    places = [
        [option.name for option in question.choices].index("right")
        for question in QUESTIONS.values()
        if question.kind == "choice"
    ]
    assert len(set(places)) >= 3 and max(map(places.count, places)) <= len(places) * 0.6


def test_each_question_is_asked_once_in_its_lesson():
    asked = {}
    for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"):
        for cell in read(path, as_version=4).cells:
            for name in CARD.findall(cell.source) if cell.cell_type == "code" else ():
                asked.setdefault(name, []).append(path.stem)
    assert asked == {question.name: [question.lesson] for question in QUESTIONS.values()}


def test_placeholders_are_names_and_get_what_the_lesson_gives():
    for question in QUESTIONS.values():
        names = {name for _, name, *_ in string.Formatter().parse(question.ask) if name}
        assert all(name.isidentifier() for name in names)
        told = values_asked(question.name)
        assert question.given == {name: told[name] for name in names}


def test_a_name_is_used_once(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(
            '[same]\nask = "?"\nanswer = 1\nfields = ["수"]\n', encoding="utf-8"
        )
    with pytest.raises(ValueError, match="이미 있습니다"):
        read_questions(tmp_path)
