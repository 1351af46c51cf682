"""버그 실험실: 모든 사건이 제 이름으로 잡히고, 고치면 통과하고, 속임수는 통과하지 못합니다."""

import inspect
import re
import types
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np
import pytest
from bug_repairs import CHEATS, SPECIFIC, STYLES

from anchorbox_utils import AnchorGrid, bug_board, check_cause, check_repair, feedback, open_bug
from anchorbox_utils.bugs import (
    BUG_CASES,
    Pipeline,
    anchor_setup,
    board,
    checking,
    class_numbers,
    coordinates,
    judging,
    training_code,
)
from anchorbox_utils.bugs.case import BugCase
from anchorbox_utils.bugs.catalogue import CASES
from anchorbox_utils.bugs.observations import OBSERVATIONS
from anchorbox_utils.bugs.pipeline import FIELDS, report_on
from anchorbox_utils.bugs.scenes import World
from anchorbox_utils.diagnosis import KINDS

every_case = pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.name)
# 크기도 번호도 크게 다른, 처음 보는 데이터.
FAR = World(5, 3.0, 6, True)


@pytest.fixture
def clean_board(monkeypatch):
    monkeypatch.setattr(board, "_kernel", {})


def judged(case, repair, world):
    return judging.find_problem(case, world, repair(case.build(world).pipeline))


def test_there_are_enough_different_cases():
    assert len(CASES) >= 12
    homes = {}
    for case in CASES.values():
        homes.setdefault(case.cause, []).append(case.name)
    twice = {cause: names for cause, names in homes.items() if len(names) > 1}
    assert not twice, f"원인 하나에는 사건 하나입니다: {twice}"


@pytest.mark.parametrize("kind", [anchor_setup, class_numbers, coordinates, training_code])
def test_no_case_is_left_out_of_the_catalogue(kind):
    written = [value for value in vars(kind).values() if isinstance(value, BugCase)]
    left_out = [case.name for case in written if CASES.get(case.name) is not case]
    assert written and not left_out, f"catalogue.py의 차례에 넣으세요: {left_out}"


@every_case
@pytest.mark.parametrize("world", [World(0), FAR], ids=["visible", "hidden"])
def test_a_case_is_found_under_its_own_name_and_no_other_error(case, world):
    built = case.build(world)
    assert [finding.name for finding in report_on(built.pipeline).errors] == [case.cause]
    assert len(built.boxes) == len(built.labels) == len(built.pipeline.boxes)


@every_case
def test_a_case_is_well_told(case):
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", thread) for thread in case.threads)
    assert case.threads and len(set(case.choices)) == 4 and set(case.choices) <= set(KINDS)
    bug = open_bug(case.name)
    assert case.title in str(bug) and "원인의 후보" in str(bug)
    assert case.title in bug._repr_html_()
    # 증상은 원인의 이름을 말하지 않습니다.
    assert KINDS[case.cause].title not in bug.symptom
    # 연 사람이 데이터를 망가뜨려도 다음에 연 사건은 그대로입니다.
    before = str(bug)
    for rows in bug.pipeline.boxes:
        rows[:] = 0
    assert str(open_bug(case.name)) == before


# 답하기 전


def test_the_order_of_the_choices_does_not_tell_the_cause():
    places = [case.choices.index(case.cause) for case in CASES.values()]
    assert all(list(case.choices) == sorted(case.choices) for case in CASES.values())
    assert len(set(places)) == 4 and max(map(places.count, places)) <= len(places) / 2


def test_answers_of_the_case_are_recognised_in_disguise_and_when_read_late():
    case = CASES["nan_loss"]
    code = case.repair.__code__.replace(co_filename="mine.py", co_name="mine")
    copied = types.FunctionType(code, case.repair.__globals__)

    def by_thread(pipeline):
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(case.repair, pipeline).result()

    class Late:
        def __init__(self, pipeline, place):
            self.pipeline, self.place = pipeline, place

        def __array__(self, dtype=None, copy=None):
            return np.asarray(case.repair(self.pipeline).boxes[self.place])

        def __len__(self):
            return len(self.pipeline.boxes[self.place])

    def late(pipeline):
        return replace(pipeline, boxes=tuple(Late(pipeline, i) for i in range(len(pipeline.boxes))))

    for fn in (case.repair, copied, by_thread, late):
        result = check_repair("nan_loss", fn)
        assert result.status == "failed" and "답을 그대로" in result.message, result


def public_texts(thing, depth=0):
    """밑줄로 시작하지 않는 이름을 따라가며 만나는 글 모두. 함수는 펼쳐 본 코드까지."""
    yield from (repr(thing), getattr(thing, "_repr_html_", str)())
    if inspect.isfunction(thing):
        yield from (inspect.getsource(thing), thing.__doc__ or "")
    elif depth < 3 and type(thing).__module__.startswith("anchorbox_utils.bugs"):
        for name in dir(thing):
            value = getattr(thing, name)
            if not name.startswith("_") and not inspect.ismethod(value):
                yield from public_texts(value, depth + 1)


@pytest.mark.heavy
@every_case
def test_the_answer_cannot_be_read_before_it_is_given(case, clean_board):
    bug, untouched = open_bug(case.name), check_repair(case.name, lambda pipeline: pipeline)
    texts = [*public_texts(bug.pipeline), *public_texts(bug.pipeline.diagnose()), str(untouched)]
    kind = KINDS[case.cause]
    for text in texts:
        assert case.cause not in text and kind.title not in text and kind.cause not in text
    assert not bug.pipeline.diagnose().ok and untouched.status == "failed"
    # 겉장에는 후보 넷만 있고 어느 것인지는 없습니다.
    assert {field.name for field in fields(bug.card)} == {
        "name",
        "title",
        "minutes",
        "guided",
        "choices",
    }


@every_case
def test_a_wrong_cause_is_answered_by_what_it_would_have_left(case):
    told = set()
    for other in case.others:
        wrong = check_cause(case.name, other)
        assert wrong.status == "failed" and wrong.hint == case.hint
        assert wrong.misconception == other
        told_both = r"이것이 원인이라면 .+ 보였을 텐데, 여기서는 .+니다\."
        assert re.fullmatch(told_both, wrong.message)
        told.add(wrong.message)
        for seed in range(3):
            seen = OBSERVATIONS[other](case.build(World(seed)).pipeline)
            assert not seen.fits, f"{other}의 흔적이 씨앗 {seed}에서 보입니다: {seen}"
    assert len(told) == 3


@pytest.mark.parametrize(
    "case", [case for case in CASES.values() if case.cause in OBSERVATIONS], ids=lambda c: c.name
)
def test_a_cause_leaves_its_trace_where_it_is_the_cause(case):
    seen = OBSERVATIONS[case.cause](case.build(World(0)).pipeline)
    assert seen.fits, seen


def test_every_observation_answers_someone():
    assert {other for case in CASES.values() for other in case.others} == set(OBSERVATIONS)


@every_case
def test_the_right_cause_tells_evidence_advice_and_threads(case, clean_board):
    right = check_cause(case.name, case.cause)
    assert right.passed and case.threads[0] in str(right)
    assert KINDS[case.cause].advice in str(right)
    # 맞힌 다음에는 남은 오류의 이름과 근거도 말합니다.
    untouched = check_repair(case.name, lambda pipeline: pipeline)
    assert KINDS[case.cause].title in untouched.message


def test_advice_and_case_agree_on_wrapped_numbers():
    advice = KINDS["unsigned_wrap"].advice
    assert "1을 더하면" in advice and "1픽셀 밀립니다" in advice
    case = CASES["late_nan"]
    # 조언대로 같은 자료형에서 1을 더하면 통과하고, float로 바꾼 다음 빼면 말한 대로 밀립니다.
    assert judged(case, STYLES["late_nan"][1], World(0)) is None
    assert "-1.0" in judged(case, CHEATS["late_nan"]["read_as_signed"].repair, World(0))


# 고치기


@pytest.mark.heavy
@every_case
def test_right_repairs_of_every_style_pass(case):
    unseen = [World.unseen(np.random.default_rng(seed), 1)[0] for seed in range(4)]
    # 시험을 빨리 마치려고 이미지를 줄입니다. 고장이 나는 이미지가 다섯 장까지 있습니다.
    worlds = [World(0), *(replace(world, images=5) for world in unseen)]
    for repair in (case.repair, *STYLES[case.name]):
        assert [judged(case, repair, world) for world in worlds] == [None] * 5


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("name", "trick"),
    [(name, trick) for name, cheats in CHEATS.items() for trick in cheats],
    ids=lambda value: value,
)
def test_a_cheat_fails_and_is_told_why(name, trick):
    cheat, case = CHEATS[name][trick], CASES[name]
    if trick in SPECIFIC[name] and trick != "carpet":
        # 체크리스트를 속이지 못하는 것은 속임수로 치지 않습니다. 앵커 수십만 개는 오래 걸려 뺍니다.
        with judging.guarding():
            assert report_on(cheat.repair(case.build(World(0)).pipeline)).ok
    result = checking.judge_repair(case, cheat.repair, [World(0), FAR])
    assert result.status == "failed" and cheat.why in result.message


def test_every_case_has_its_own_cheats_and_styles():
    assert CHEATS.keys() == STYLES.keys() == CASES.keys()
    assert min(map(len, SPECIFIC.values())) >= 4
    assert all(len(set(styles)) >= 2 for styles in STYLES.values())


@pytest.mark.parametrize("name", ["nan_loss", "lying_anchors", "shifted_results"])
def test_a_right_repair_passes_the_whole_check(name, monkeypatch):
    monkeypatch.setenv("ANCHORBOX_SEED", "봄학기 8675309")
    assert check_repair(name, STYLES[name][0]).passed
    monkeypatch.delenv("ANCHORBOX_SEED")
    assert check_repair(name, STYLES[name][0]).passed


@pytest.mark.heavy
def test_hidden_data_comes_from_the_secret(monkeypatch):
    def seen_with(secret):
        seen = []
        monkeypatch.setenv("ANCHORBOX_SEED", secret)
        check_repair("nan_loss", lambda p: seen.append(p.image_sizes) or STYLES["nan_loss"][0](p))
        return seen

    first, again = seen_with("가"), seen_with("가")
    assert first == again and len(set(map(str, first))) == 3
    assert any(seen_with(str(n))[1:] != first[1:] for n in range(5))


@pytest.mark.heavy
def test_a_checker_patched_beforehand_is_noticed_and_mended(monkeypatch):
    honest = checking.find_problem
    monkeypatch.setattr(checking, "find_problem", lambda *args: None)
    patched = check_repair("nan_loss", lambda pipeline: pipeline)
    assert "검사하는 코드(`find_problem`)를 바꾸어" in patched.message
    assert checking.find_problem is honest
    assert check_repair("nan_loss", STYLES["nan_loss"][0]).passed


def test_a_repair_of_the_settings_alone_is_told_so():
    def only_config(pipeline):
        return replace(pipeline, config={**pipeline.config, "scales": [20, 30, 44]})

    assert "grid이니 다시 깔아야" in judged(CASES["zero_recall"], only_config, World(0))


def test_a_wrong_shape_is_named_instead_of_a_size_of_one():
    repair = STYLES["ratios_do_nothing"][0]
    case = CASES["ratios_do_nothing"]
    broken = case.build(World(0)).pipeline
    wrong = replace(broken, config={**broken.config, "ratios": [0.7, 1.3]})
    told = judged(case, lambda _: repair(wrong), World(0))
    assert "모양이 다릅니다" in told and "0.70~1.30" in told and "1.0배" not in told


def test_a_symptom_says_the_number_it_means():
    symptom = open_bug("small_never_found").symptom
    best = open_bug("small_never_found").pipeline.diagnose().best_iou
    assert f"{(best < 0.5).sum()}개는" in symptom and "하나도" not in symptom


def test_answers_that_are_no_answers():
    assert check_cause("nan_loss", None).status == "not_attempted"
    assert check_cause("nan_loss", "").status == "not_attempted"
    assert check_cause("nan_loss", "귀신").status == "failed"
    assert check_cause("nan_loss", 3).status == "failed"
    assert check_repair("nan_loss", ...).status == "not_attempted"
    assert check_repair("nan_loss", 3).status == "failed"
    for wrong in (lambda: check_cause("없음", "x"), lambda: check_repair("없음", None)):
        with pytest.raises(ValueError, match="모르는 사건"):
            wrong()


def not_yet(pipeline):
    raise NotImplementedError


class StdinNotImplementedError(NotImplementedError):
    """노트북에서 input()을 부를 때 나는 오류."""


def ask(pipeline):
    raise StdinNotImplementedError("raw_input was called")


def crash(pipeline):
    return pipeline.nothing


def spoil_grid(pipeline):
    object.__setattr__(pipeline.grid, "image_size", (960, 1280))
    return pipeline


def deaf(pipeline):
    vars(pipeline)["diagnose"] = lambda: None
    return pipeline


@pytest.mark.parametrize(
    ("name", "fn", "status", "word"),
    [
        ("nan_loss", not_yet, "not_attempted", "아직"),
        ("nan_loss", lambda p: None, "not_attempted", "아직"),
        ("nan_loss", lambda p: p.boxes[0].sort(), "failed", "None"),
        ("nan_loss", lambda p: p.boxes, "failed", "tuple"),
        ("nan_loss", lambda p: replace(p, boxes=()), "failed", "0장으로"),
        ("nan_loss", lambda p: replace(p, labels=()), "failed", "라벨은 그대로"),
        ("nan_loss", lambda p: replace(p, boxes=["아니요"] * 12), "failed", "진단할 수 없습니다"),
        ("nan_loss", deaf, "failed", "검사를 끄는 것은"),
        ("zero_recall", lambda p: replace(p, grid=None), "failed", "AnchorGrid"),
        (
            "fits_the_photos",
            lambda p: replace(p, grid=AnchorGrid((960, 1280), 32, [128, 192, 288, 384])),
            "failed",
            "입력의 크기",
        ),
        ("fits_the_photos", spoil_grid, "failed", "입력의 크기"),
        ("shifted_results", lambda p: replace(p, decode_anchors=p.grid.boxes), "passed", ""),
        (
            "shifted_results",
            lambda p: replace(p, decode_anchors=p.grid.boxes[1:]),
            "failed",
            "다른 오류가 생겼습니다",
        ),
        (
            "empty_image_crashes",
            lambda p: replace(
                STYLES["empty_image_crashes"][0](p),
                labels=tuple(n[::-1] + 1 for n in STYLES["empty_image_crashes"][0](p).labels),
            ),
            "failed",
            "짝이 어긋났습니다",
        ),
    ],
)
def test_repairs_of_every_sort(name, fn, status, word):
    result = check_repair(name, fn)
    assert result.status == status and word in result.message


@pytest.mark.parametrize(
    ("fn", "gloss", "error", "line"),
    [
        (crash, "철자를 확인해 보세요", "AttributeError", "return pipeline.nothing"),
        (ask, "`input()`으로 물어볼 수", "StdinNotImplementedError: raw_input", "raise StdinNot"),
    ],
)
def test_an_error_is_explained_and_its_line_is_shown(fn, gloss, error, line):
    result = check_repair("nan_loss", fn)
    assert result.status == "error" and gloss in result.message
    details = dict(result.details)
    assert details["검사한 데이터"] == "보이는 데이터" and error in details["오류"]
    number = fn.__code__.co_firstlineno + 1
    assert details["멈춘 곳"].startswith(f"{number}번째 줄 `{line}")


def test_an_endless_repair_is_stopped(monkeypatch):
    def endless(pipeline):
        while True:
            pass

    monkeypatch.setattr(checking, "TIME_LIMIT", 0.05)
    result = check_repair("nan_loss", endless)
    assert result.status == "error" and result.message.startswith("0.05초 안에 끝나지 않아")
    assert "오류" not in dict(result.details)


# 진도판과 표


def test_the_board_shows_what_was_solved(clean_board):
    assert bug_board().solved == 0 and "0건을 풀었습니다" in str(bug_board())
    check_cause("nan_loss", "zero_size")
    assert bug_board().states["nan_loss"] == {"cause": "failed", "repair": "not_attempted"}
    check_cause("nan_loss", "mixed_formats")
    check_repair("nan_loss", STYLES["nan_loss"][0])
    # 한 번 푼 것은 다시 틀려도 푼 것입니다.
    check_cause("nan_loss", "zero_size")
    now = bug_board()
    assert now.states["nan_loss"] == {"cause": "passed", "repair": "passed"} and now.solved == 1
    assert (
        "약 4분" not in now.line and str(sum(c.minutes for c in BUG_CASES.values()) - 4) in now.line
    )
    assert all(card.title in str(now) for card in BUG_CASES.values())
    assert now._repr_html_().count("<tr>") == len(BUG_CASES)


def test_the_board_remembers_what_was_passed_before(clean_board):
    earlier = board.BugBoard.now({"bug.lying_anchors.cause", "bug.없는.cause", "box_iou"})
    assert earlier.states["lying_anchors"] == {"cause": "passed", "repair": "not_attempted"}
    assert earlier.solved == 0
    all_names = {board.event_name(name, step) for name in BUG_CASES for step in board.STEPS}
    done = board.BugBoard.now(all_names)
    assert done.solved == len(BUG_CASES) and "모두 마쳤습니다" in done.line


def test_verdicts_are_told_to_listeners():
    heard = []
    stop = feedback.listen(heard.append)
    check_cause("nan_loss", "zero_size")
    check_repair("nan_loss", ...)
    stop()
    told = [(event.name, event.status, event.misconception) for event in heard]
    assert told == [
        ("bug.nan_loss.cause", "failed", "zero_size"),
        ("bug.nan_loss.repair", "not_attempted", None),
    ]


def test_the_time_is_honest():
    minutes = [card.minutes for card in BUG_CASES.values()]
    assert sum(minutes) >= 90
    guided = [name for name, card in BUG_CASES.items() if card.guided]
    assert guided == ["augmentation_refuses", "lying_anchors", "shifted_results"]


def test_a_pipeline_explains_its_fields():
    assert list(FIELDS) == [field.name for field in fields(Pipeline)]
    pipeline = open_bug("shifted_results").pipeline
    for name, told in FIELDS.items():
        assert f"{name}: {told}" in Pipeline.__doc__ and f"  {name}: " in str(pipeline)
        assert f"<code>{name}</code>" in pipeline._repr_html_()
    broken = replace(pipeline, boxes=3, grid="앵커")
    assert "읽을 수 없는 값" in str(broken)
