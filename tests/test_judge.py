"""벽 너머의 판정: check와 같은지, 무엇이 넘어와도 무너지지 않는지, 노트북을 어떻게 읽는지."""

import ast
import importlib.util
import inspect
import json
import sys
import textwrap
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge_books import ASSIGNMENT, HONEST, SETUP, WRONG, book, code, submission
from right_answers import STYLES

from anchorbox_utils.feedback import Outcome, Unreadable, running
from anchorbox_utils.homework import EXERCISES, engine, reading
from anchorbox_utils.homework.assignments import ASSIGNMENTS, CodeTask
from anchorbox_utils.homework.engine import PUBLIC, judge, judge_outcomes
from anchorbox_utils.homework.submitting import executed_cells, left_behind
from anchorbox_workshop.judge import codec, wall
from anchorbox_workshop.judge.grading import (
    Library,
    grade_notebook,
    outcome_of,
    standin_of,
)
from anchorbox_workshop.judge.limits import Limits
from anchorbox_workshop.judge.notebook import read_cells

ROOT = Path(__file__).resolve().parents[1]
SECRET = "가을학기"


def points(rows):
    return sum(sum(row["points"]) for row in rows)


@pytest.fixture(scope="module")
def jail(wall):
    with wall_jail() as made:
        yield made


def wall_jail(**limits):
    return wall.Jail(limits=Limits(**limits))


@pytest.fixture(scope="module")
def inmate():
    """벽 안의 모듈을 벽 없이 불러온 것. 오가는 프레임을 모아 볼 수 있습니다."""
    alone = {"codec": codec, "reading": reading, "running": running}
    with pytest.MonkeyPatch.context() as patch:
        for name, module in alone.items():
            patch.setitem(sys.modules, name, module)
        path = Path(codec.__file__).with_name("inmate.py")
        spec = importlib.util.spec_from_file_location("judge_inmate", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


# ── 같은 판정 ───────────────────────────────────────────────────────────────────────────────


def over_the_wall(inmate, monkeypatch, fn, asked):
    """``fn``의 사실과 결과들이 벽을 넘은 것."""
    sent = []
    monkeypatch.setattr(inmate, "send", sent.append)
    head = inmate.describe(fn, True)
    outcomes = []
    for one in asked:
        with np.errstate(all="warn"):
            inmate.answer(fn, one.case.args, codec.Writer(), [])
        message, reader = codec.read_frame(sent.pop())
        reader.unreadable = Unreadable
        outcomes.append(outcome_of(message, reader, one.case.args))
    return standin_of(json.loads(json.dumps(head))), outcomes


def assert_same_verdict(inmate, monkeypatch, exercise, fn, seed):
    # 정답 구현은 라이브러리의 것이라, 빌렸다고 하기 전에 값으로 견줍니다.
    monkeypatch.setattr(engine, "watching", lambda allows, borrowed: nullcontext())
    here = judge(exercise, fn, seed)
    asked = engine.asked_of(exercise, seed)
    standin, outcomes = over_the_wall(inmate, monkeypatch, fn, asked)

    def hold(rule):
        return running.call(lambda: rule.holds(fn), ())

    with np.errstate(all="warn"):
        there = judge_outcomes(exercise, standin, seed, asked, outcomes, hold)
    assert (there.status, there.misconception, there.message, there.hint) == (
        here.status,
        here.misconception,
        here.message,
        here.hint,
    )
    # 넣은 값, 돌려준 값, 필요한 형태까지 글자 그대로 같습니다.
    assert there.details == here.details


def wrong_ways(exercise):
    return [way for mistake in exercise.misconceptions for way in mistake.ways]


@pytest.mark.usefixtures("verdicts_only")
@pytest.mark.parametrize("name", ["xyxy_to_cxcywh", "count_anchors", "sample_labels"])
def test_verdicts_are_those_of_check(name, inmate, monkeypatch):
    exercise = EXERCISES[name]
    for seed in (PUBLIC, 1):
        for fn in (exercise.reference, *STYLES[name], wrong_ways(exercise)[0]):
            assert_same_verdict(inmate, monkeypatch, exercise, fn, seed)


@pytest.mark.usefixtures("verdicts_only")
@pytest.mark.parametrize(
    "seed", [pytest.param(1, marks=pytest.mark.heavy), pytest.param(PUBLIC, marks=pytest.mark.wide)]
)
@pytest.mark.parametrize("name", EXERCISES)
def test_every_verdict_is_that_of_check(name, seed, inmate, monkeypatch):
    exercise = EXERCISES[name]
    styles = STYLES[name] if seed == PUBLIC else ()
    for fn in (exercise.reference, *styles, *wrong_ways(exercise)):
        assert_same_verdict(inmate, monkeypatch, exercise, fn, seed)


def solutions(name):
    return (ROOT / "solutions" / name / f"{name}.ipynb").read_bytes()


FIRST, *OTHERS = ASSIGNMENTS


@pytest.mark.parametrize(
    "name", [FIRST, *(pytest.param(name, marks=pytest.mark.heavy) for name in OTHERS)]
)
def test_solutions_get_all_the_points_and_releases_none(name, jail):
    rows, _ = grade_notebook(jail, name, solutions(name), None, SECRET)
    tasks = [task for task in ASSIGNMENTS[name].tasks if isinstance(task, CodeTask)]
    assert points(rows) == sum(task.points for task in tasks)
    assert [row["evidence"] for row in rows] == [[]] * len(tasks)
    released = (ROOT / "exercises" / name / f"{name}.ipynb").read_bytes()
    rows, _ = grade_notebook(jail, name, released, None, SECRET)
    assert [row["status"] for row in rows] == ["not_attempted"] * len(tasks)


def test_a_wrong_answer_gets_its_misconception_and_half_right_gets_half(jail):
    no_floor = HONEST["safe_encode_boxes"].replace("np.maximum(size, 1e-6)", "size")
    decimals = HONEST["xyxy_to_cxcywh"].replace("size / 2", "size // 2")
    content = submission(HONEST | {"safe_encode_boxes": no_floor, "xyxy_to_cxcywh": decimals})
    first, second, third = grade_notebook(jail, ASSIGNMENT, content, None, SECRET)[0]
    assert (first["status"], second["misconception"]) == ("failed", "no_floor")
    assert third["points"] == [2, 2] and second["points"] == [0, 0]
    assert "behaviour" not in second and second["hint"]


def test_learnt_by_heart_passes_only_the_public_half(jail):
    exercise = EXERCISES["xyxy_to_cxcywh"]
    table = {
        case.args[0].tobytes(): exercise.reference(*case.args)
        for case in exercise.cases(np.random.default_rng(PUBLIC))
    }
    lines = [f"    {key!r}: np.array({v.tolist()}, '{v.dtype}')," for key, v in table.items()]
    source = "table = {\n" + "\n".join(lines) + "\n}\n"
    source += (
        "def xyxy_to_cxcywh(boxes):\n"
        "    return table.get(boxes.tobytes(), np.zeros((1, 4))).reshape(-1, 4)\n"
    )
    rows, _ = grade_notebook(jail, ASSIGNMENT, submission({"xyxy_to_cxcywh": source}), None, SECRET)
    assert rows[0]["points"] == [1, 0]


def test_the_same_seed_gives_the_same_rows_and_another_another(jail):
    wrong = {"xyxy_to_cxcywh": "def xyxy_to_cxcywh(boxes):\n    return boxes + 1"}
    first = grade_notebook(jail, ASSIGNMENT, submission(wrong), None, SECRET)
    with wall_jail() as fresh:
        assert grade_notebook(fresh, ASSIGNMENT, submission(wrong), None, SECRET) == first
    other = grade_notebook(jail, ASSIGNMENT, submission(wrong), None, "봄학기")
    assert [row["points"] for row in other[0]] == [row["points"] for row in first[0]]
    assert other[0][0]["behaviour"] != first[0][0]["behaviour"]


# ── 학번 ────────────────────────────────────────────────────────────────────────────────────


def test_personal_numbers_are_those_of_the_learner(jail):
    name = "08_mini_detector"
    mine = solutions(name)
    assert b"20260001" in mine
    rows, written = grade_notebook(jail, name, mine, "20260001", SECRET)
    assert written == "20260001" and rows[0]["status"] == "passed"
    rows, written = grade_notebook(jail, name, mine, "20269999", SECRET)
    assert written == "20260001" and rows[0]["status"] == "failed"
    # 규칙이 누구에게나 같은 문제는 그대로입니다.
    assert rows[2]["status"] == "passed"


@pytest.mark.parametrize("line", ["student_number = '20260001'", "student_number = 20260001"])
def test_the_number_is_read_without_running_anything(jail, line):
    cells = [code(line), code("while True:\n    pass"), code("student_number_2 = input()")]
    _, written = grade_notebook(jail, "02_three_minute_exercise", book(cells), None, SECRET)
    assert written == "20260001"


@pytest.mark.parametrize("line", ["student_number = input()", "x = 3", "student_number = -1"])
def test_no_number_is_none(jail, line):
    _, written = grade_notebook(jail, "02_three_minute_exercise", book([code(line)]), None, SECRET)
    assert written is None


# ── 보기와 라이브러리 ───────────────────────────────────────────────────────────────────────

EXAMPLES = "examples_for_box_ioa"


def examples_row(jail, source, before=""):
    cells = [code(before), code(source, EXAMPLES)]
    return grade_notebook(jail, "03_labeling", book(cells), None, SECRET)[0][0]


def test_examples_hold_numbers_only(jail):
    body = inspect.getsource(ROOT_EXAMPLES())
    assert examples_row(jail, body)["status"] == "passed"
    for cheat in (
        body.replace("():", "(x=len('a')):"),
        f"@(lambda f: f)\n{body}",
        body + f"\n{EXAMPLES}.__code__ = {EXAMPLES}.__code__",
    ):
        row = examples_row(jail, cheat)
        assert row["status"] == ("passed" if cheat.endswith("__code__") else "failed")
    computed = f"def {EXAMPLES}():\n    return helper()\n"
    row = examples_row(jail, computed, "def helper():\n    return []")
    assert row["status"] == "failed" and "helper" in row["public"]["message"]
    assert examples_row(jail, f"{EXAMPLES} = 3")["points"] == [0, 0]
    assert examples_row(jail, f"def {EXAMPLES}():\n    ...")["status"] == "not_attempted"
    assert examples_row(jail, f"def {EXAMPLES}(:\n")["status"] == "error"


def ROOT_EXAMPLES():
    from anchorbox_utils.homework.catalogue import EXAMPLE_SETS

    return EXAMPLE_SETS[EXAMPLES].reference


def one_row(jail, source, name="safe_encode_boxes", before=""):
    content = submission({name: source}, before=before)
    rows, _ = grade_notebook(jail, ASSIGNMENT, content, None, SECRET)
    return next(row for row in rows if row["exercise"] == name)


def test_allowed_functions_are_called_outside_and_others_are_refused(jail):
    allowed = HONEST["safe_encode_boxes"].replace(
        "    def center",
        "    anchors = box_convert(anchors, 'xyxy', out_fmt='xyxy')\n    def center",
    )
    row = one_row(jail, allowed, before="from anchorbox_utils import box_convert, draw_boxes")
    assert row["status"] == "passed"
    borrowed = (
        "from anchorbox_utils import encode_boxes\n"
        "def safe_encode_boxes(a, b):\n    return encode_boxes(a, b)\n"
    )
    row = one_row(jail, borrowed)
    assert (row["points"], row["misconception"]) == ([0, 0], "library_call")
    assert row["evidence"] == []
    inside = "def safe_encode_boxes(a, b):\n    import anchorbox_utils as ab\n"
    row = one_row(jail, inside + "    return ab.encode_boxes(a, b)\n")
    assert row["misconception"] == "library_call"
    bad = allowed.replace("'xyxy', out_fmt='xyxy'", "'xyxy', 'nothing'")
    row = one_row(jail, bad, before="from anchorbox_utils import box_convert")
    assert row["status"] == "error" and "nothing" in json.dumps(row, ensure_ascii=False)


def test_a_request_for_a_huge_matrix_is_refused():
    writer = codec.Writer(array_bytes=1 << 26)
    rows = np.zeros((5000, 4))
    args = [writer.value(rows), writer.value(rows)]
    frame = writer.frame({"ask": "box_iou", "args": args, "kwargs": []})
    told, _ = codec.read_frame(Library(["box_iou"])(*codec.read_frame(frame)))
    assert "큰 배열" in told["error"]


def test_touching_the_homework_room_is_for_a_person_to_confirm(jail):
    row = one_row(jail, "import anchorbox_utils.homework\n" + HONEST["safe_encode_boxes"])
    assert row["points"] == [2, 2] and row["status"] == "passed"
    assert any("anchorbox_utils.homework" in one for one in row["evidence"])
    fine = "from anchorbox_utils.homework import check, grade, personal_numbers\n"
    assert one_row(jail, fine + HONEST["safe_encode_boxes"])["evidence"] == []


# ── 읽기 ────────────────────────────────────────────────────────────────────────────────────

FIRST = "xyxy_to_cxcywh"
SCALED = HONEST[FIRST].replace("size / 2", "size / TWO")


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ([code("TWO = 2"), code(SCALED, FIRST)], "passed"),
        ([code(SCALED, FIRST), code("TWO = 2")], "passed"),
        ([code("ONE = 1\nTWO = ONE + 1"), code(SCALED, FIRST)], "passed"),
        ([code("TWO = 0\nTWO += 2"), code(SCALED, FIRST)], "passed"),
        ([code("if True:\n    TWO = 2\nelse:\n    TWO = 1"), code(SCALED, FIRST)], "passed"),
        ([code("try:\n    import none\nexcept Exception:\n    TWO = 2"), code(SCALED)], "passed"),
        ([code("from math import *\nTWO = floor(2.5)"), code(SCALED, FIRST)], "passed"),
        ([code("import none, numpy as np, alsonone\nTWO = np.int64(2)"), code(SCALED)], "passed"),
        ([code("class Two:\n    value = 2\nTWO = Two.value"), code(SCALED, FIRST)], "passed"),
        ([code("def two():\n    return 2\nTWO = two()"), code(SCALED, FIRST)], "passed"),
        ([code("%time TWO = 2\nTWO = 2"), code("%%time\n" + SCALED, FIRST)], "passed"),
        ([code(HONEST[FIRST], FIRST), code(WRONG[FIRST])], "passed"),
        ([code(WRONG[FIRST]), code(HONEST[FIRST], FIRST)], "passed"),
        ([code(WRONG[FIRST]), code(HONEST[FIRST])], "passed"),
        ([code(HONEST[FIRST]), code(WRONG[FIRST])], "failed"),
        ([code(HONEST[FIRST].replace("(boxes)", "(boxes, extra)"), FIRST)], "failed"),
        ([code(f"{FIRST} = lambda boxes: None", FIRST)], "not_attempted"),
        ([code(f"{FIRST} = 3", FIRST)], "failed"),
        ([code(f"{FIRST} = None", FIRST)], "not_attempted"),
        ([code(f"def {FIRST}(boxes):\n    ...", FIRST)], "not_attempted"),
        ([code("x = 1")], "not_attempted"),
        ([code(f"def {FIRST}(boxes):\n    return (", FIRST)], "error"),
        ([code(f"def {FIRST}(boxes):\n    return boxes[9, 9, 9]", FIRST)], "error"),
        ([code(f"{FIRST} = undefined", FIRST)], "error"),
        ([code("TWO = []\nfor i in range(3):\n    TWO = i"), code(SCALED, FIRST)], "error"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_only_what_the_function_needs_runs(jail, cells, status):
    rows, _ = grade_notebook(jail, ASSIGNMENT, book([code(SETUP), *cells]), None, SECRET)
    assert rows[0]["status"] == status, rows[0]["public"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def xyxy_to_cxcywh(boxes)\n    return boxes", "셀에 문법 오류가 있어 함수"),
        (
            "@missing\ndef xyxy_to_cxcywh(boxes):\n    return boxes",
            "만드는 줄에서 오류가 나서 함수",
        ),
    ],
)
def test_a_function_that_could_not_be_made_is_not_said_to_have_run(jail, code, told):
    rows, _ = grade_notebook(
        jail, ASSIGNMENT, submission(HONEST | {"xyxy_to_cxcywh": code}), None, "s"
    )
    message = rows[0]["public"]["message"]
    assert told in message and "실행하는 동안" not in message, message
    assert any(name == "오류" for name, _ in rows[0]["public"]["details"])


def test_a_value_built_by_a_loop_is_named(jail):
    cells = [
        code(SETUP),
        code("table = {}\nfor i in range(4):\n    table[i] = i / 2"),
        code(f"def {FIRST}(boxes):\n    return boxes * table[1]", FIRST),
    ]
    rows, _ = grade_notebook(jail, ASSIGNMENT, book(cells), None, SECRET)
    told = dict(map(tuple, rows[0]["public"]["details"]))
    assert "2번째 코드 셀의 2번째 줄" in told["실행하지 않은 줄"]


def test_magics_inside_a_text_stay():
    source = 'def f():\n    return """\n%time\n"""\n'
    (node,) = reading.parse_cell(source)
    assert ast.unparse(node) == ast.unparse(ast.parse(source))
    with pytest.raises(SyntaxError):
        reading.parse_cell("%time\nx = (")
    nested = reading.parse_cell("if True:\n    %time f()\n    y = 1\nnp.sum?\nz = !ls")
    assert [type(node).__name__ for node in nested] == ["If"]


# ── 시간과 양 ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.heavy
def test_limits_are_numbers_that_hold(wall):
    slow = f"import time\ndef {FIRST}(boxes):\n    time.sleep(9)\n"
    busy = f"def {FIRST}(boxes):\n    while True:\n        pass\n"
    loud = f"def {FIRST}(boxes):\n    return [boxes.tolist()] * 9000\n"
    deep = f"def {FIRST}(boxes):\n    return [[[[[[boxes]]]]]]\n"
    with wall_jail(wall_seconds=4.0, silence_seconds=1.0, output_bytes=1 << 18) as jail:
        assert one_row(jail, slow, FIRST)["status"] == "timeout"
        assert one_row(jail, busy, FIRST)["status"] == "timeout"
        assert one_row(jail, loud, FIRST)["status"] in ("error", "failed")
        assert one_row(jail, deep, FIRST)["status"] == "failed"
        assert one_row(jail, HONEST[FIRST], FIRST)["status"] == "passed"


def test_an_answer_far_larger_than_the_right_one_is_not_compared(jail):
    source = "def design_anchors(*args):\n    return np.ones((20000, 3))\n"
    cells = [code(SETUP), code(source, "design_anchors")]
    rows, _ = grade_notebook(jail, "06_anchor_design", book(cells), "20260001", SECRET)
    assert rows[2]["status"] == "failed" and "너무 큰 배열" in str(rows[2]["public"])


def test_a_lost_server_is_started_again(wall):
    with wall_jail() as jail:
        jail.process.kill()
        jail.process.wait()
        assert one_row(jail, HONEST[FIRST], FIRST)["status"] == "passed"


# ── 벽을 넘어온 것 ──────────────────────────────────────────────────────────────────────────

FORGERIES = [
    "b'\\xff' * 64",
    "b'\\x02\\0\\0\\0\\0\\0\\0\\0[]'",
    "b'\\x04\\0\\0\\0\\0\\0\\0\\0null'",
    "b'\\xff\\xff\\xff\\x7f\\0\\0\\0\\0'",
    "b''.join([(2).to_bytes(4, 'little'), bytes(4), b'{}']) * 400",
    "frame({'value': {'a': ['<f8', [1 << 39, 1 << 39], False]}, 'mutated': [], 'changed': []})",
    "frame({'value': {'a': ['|O8', [1], False]}, 'mutated': [], 'changed': []})",
    "frame({'value': {'a': ['<f8', [-1], False]}, 'mutated': [], 'changed': []})",
    "frame({'value': {'g': {'state': 1}}, 'mutated': [], 'changed': []})",
    "frame({'value': None, 'mutated': 3, 'changed': []})",
    "frame({'value': None, 'mutated': [], 'changed': [[99, None]]})",
    "frame({'value': None, 'mutated': [], 'changed': [], 'error': ['builtins']})",
    "frame({'value': None, 'mutated': [], 'changed': [], 'error': ['builtins', 'int', 'x', None]})",
    "frame({'value': None, 'mutated': [], 'changed': [], 'error': [0, 0, 0, [1e999, 2]]})",
    "frame({'ask': '__import__', 'args': [], 'kwargs': []})",
    "frame({'ask': ['box_iou'], 'args': [], 'kwargs': []})",
    "frame({'value': {'d': [[{'l': []}, 1]]}, 'mutated': [], 'changed': []})",
    "b'[' * 100000",
    "frame({'touched': 7, 'value': None, 'mutated': [], 'changed': [], 'warned': 3, 'printed': 9})",
]


def test_what_one_answer_leaves_behind_does_not_spoil_the_next(jail):
    """앞 문제의 함수가 NumPy를 망가뜨리고 시간을 다 써도, 뒤의 옳은 답은 옳습니다."""
    spoils = (
        HONEST[FIRST]
        .rstrip("\n")
        .replace("    return ", "    np.maximum = np.exp = np.log = None\n    return ")
    )
    assert spoils != HONEST[FIRST]
    rows, _ = grade_notebook(jail, ASSIGNMENT, submission(HONEST | {FIRST: spoils}), None, SECRET)
    assert points(rows) == 10
    ends = f"import os\ndef {FIRST}(boxes):\n    os._exit(0)\n"
    rows, _ = grade_notebook(jail, ASSIGNMENT, submission(HONEST | {FIRST: ends}), None, SECRET)
    assert [row["points"] for row in rows] == [[0, 0], [2, 2], [2, 2]]


@pytest.mark.heavy
@pytest.mark.parametrize("forged", FORGERIES)
@pytest.mark.parametrize("when", ["call", "load"])
def test_forged_frames_gain_nothing(jail, forged, when):
    tools = (
        "import json, os\n"
        "def frame(told):\n"
        "    body = json.dumps(told).encode()\n"
        "    return len(body).to_bytes(4, 'little') + bytes(4) + body\n"
        "def forge():\n"
        "    for _ in range(50):\n"
        f"        os.write(4, {forged})\n"
    )
    call = "    forge()\n" if when == "call" else ""
    load = "done = forge()\n" if when == "load" else "done = 0\n"
    source = f"{tools}{load}def {FIRST}(boxes):\n{call}    done\n    return boxes\n"
    content = submission({**HONEST, FIRST: source})
    rows, _ = grade_notebook(jail, ASSIGNMENT, content, None, SECRET)
    assert [row["points"] for row in rows] == [[0, 0], [2, 2], [2, 2]]


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
forms = st.sampled_from(["a", "g", "l", "t", "d", "e", "u", "x"])
shapes = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(forms, inner, max_size=2)
        | st.tuples(
            st.sampled_from(["<f8", "|b1", "<i4", "|O"]), st.lists(inner, max_size=3), inner
        )
    ),
    max_leaves=12,
)


@given(shapes, st.binary(max_size=64))
def test_anything_is_a_value_or_a_violation(data, blob):
    reader = codec.Reader(memoryview(blob), Unreadable)
    try:
        value = reader.value(json.loads(json.dumps(data)))
    except codec.Violation:
        return
    json.dumps(repr(value)).encode()


plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), 1 << 63)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.builds(lambda n, kind: np.ones(n, kind), st.integers(0, 6), st.sampled_from("?bif")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(plain_values)
def test_plain_values_come_through_as_they_are(value):
    writer = codec.Writer()
    told, reader = codec.read_frame(writer.frame({"value": writer.value(value)}))
    back = reader.value(told["value"])
    assert repr(back) == repr(value) or "u" in json.dumps(told)


def test_texts_cannot_move_the_screen():
    assert codec.clean("\x1b[2J\u202e가\n", 9) == "?[2J?가\n"


def test_exceptions_keep_their_kind():
    kinds = (KeyError("pos"), ZeroDivisionError("x"), np.linalg.LinAlgError("y"), SystemExit())
    for error in kinds:
        told = [type(error).__module__, type(error).__name__, str(error), None]
        message = {"value": None, "mutated": [], "changed": [], "error": told}
        outcome = outcome_of(message, codec.Reader(memoryview(b"")), ())
        assert type(outcome.error) is type(error) and str(outcome.error) == str(error)
    for strange in ("KeyboardInterrupt", "UnicodeDecodeError", "object", "없는것", "a b"):
        told = ["builtins", strange, "x", [3, "y"]]
        message = {"value": None, "mutated": [], "changed": [], "error": told}
        outcome = outcome_of(message, codec.Reader(memoryview(b"")), ())
        assert not isinstance(outcome.error, KeyboardInterrupt)
        assert isinstance(outcome, Outcome) and str(outcome.error) == "x"


# ── 벽 ──────────────────────────────────────────────────────────────────────────────────────


def probe(jail, body):
    """벽 안에서 ``body``를 돌려 본 결과: 끝난 모습과, 함수가 출력한 글."""
    body = textwrap.indent(textwrap.dedent(body), "    ")
    source = f"def {FIRST}(boxes):\n{body}\n    return 0\n"
    row = one_row(jail, source, FIRST)
    return row, json.dumps(row, ensure_ascii=False)


SYSCALLS = {
    "fork": "import os\nos.fork()",
    "exec": "import os\nos.execv('/usr/bin/true', ['true'])",
    "socket": "import socket\nsocket.socket()",
    "socketpair": "import socket\nsocket.socketpair()",
    "memfd": "import os\nos.memfd_create('x')",
    "thread": "import threading\nthreading.Thread(target=print).start()",
    "signal to a process": "import os\nos.kill(os.getpid(), 0)",
    "a fifo": "import os\nos.mkfifo('/x')",
    "a write": "open('/wall/codec.py', 'w')",
    "more memory": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
}


@pytest.mark.parametrize("name", SYSCALLS)
def test_what_is_not_allowed_is_refused(jail, name):
    row, _ = probe(jail, SYSCALLS[name])
    assert row["status"] == "error" and row["points"] == [0, 0]


@pytest.mark.parametrize("number", [101, 165, 272, 321, 310])
def test_an_escape_is_fatal_and_noticed(jail, number):
    row, _ = probe(jail, f"import ctypes\nctypes.CDLL(None).syscall({number}, 0, 0, 0, 0, 0)")
    if sys.platform == "linux" and np.dtype(np.intp).itemsize == 8:
        assert any("시스템 호출" in one for one in row["evidence"])


INSIDE = {
    "folders": (
        "sorted(os.listdir('/'))",
        "['dev', 'lib', 'lib64', 'root', 'site', 'usr', 'wall']",
    ),
    "home": (
        "[os.path.isdir(d) for d in ('/home', '/tmp', '/etc', '/proc', '/sys', '/var')]",
        "[False, False, False, False, False, False]",
    ),
    "packages": ("sorted(n for n in os.listdir('/site') if '.' not in n)", "['numpy']"),
    "course": ("[n for n in sys.modules if 'anchorbox' in n]", "[]"),
    "environment": (
        "sorted(os.environ)",
        "['LANG', 'OPENBLAS_NUM_THREADS', 'PWD', 'PYTHONHASHSEED', 'PYTHONHOME']",
    ),
    "people": ("(os.getuid(), os.getpid(), os.uname().nodename)", "(65534, 1, 'wall')"),
}  # noqa: E501


@pytest.mark.parametrize("name", INSIDE)
def test_there_is_nothing_to_read_inside(jail, name):
    looking, seen = INSIDE[name]
    _, told = probe(jail, f"import os, sys\nprint({looking})")
    if name == "folders":
        # 인터프리터가 사는 곳으로 가는 길만 더 있을 수 있습니다.
        home = Path(sys.base_prefix).parts[1]
        seen = str(sorted({"dev", "lib", "lib64", "site", "usr", "wall", home}))
    assert seen in told


def test_the_filter_is_made_for_both_architectures():
    import errno

    import pyseccomp

    here = pyseccomp.system_arch()
    for machine in {here, pyseccomp.Arch.X86_64, pyseccomp.Arch.AARCH64}:
        rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
        if machine != here:
            rules.add_arch(machine)
            rules.remove_arch(here)
        assert len(wall.compile_filter(pyseccomp, rules)) > 8 * len(wall.FATAL)


def test_a_computer_without_the_wall_says_how(monkeypatch):
    monkeypatch.setattr(wall.shutil, "which", lambda name: None)
    wall.problem.cache_clear()
    try:
        told = wall.explain(wall.problem())
    finally:
        wall.problem.cache_clear()
    assert "bubblewrap" in told and "WSL2" in told and "Docker" in told and "--unsafe" in told
    assert (ROOT / "anchorbox_workshop" / "judge" / "Dockerfile").is_file()


# ── 내기 전에 ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["import numpy as np, math, itertools"], ()),
        (["import torch"], ()),
        (["import torch", "def helper():\n    return torch.zeros(3)"], ("torch",)),
        (["from scipy import special as helper"], ("scipy",)),
        (["helper = []", "for i in range(3):\n    helper.append(i)"], ("for i in range(3):",)),
        (["for i in range(3):\n    helper = i", "helper = 3"], ()),
        (["helper = {}", "helper.update(a=1)"], ("helper.update(a=1)",)),
        (["for i in range(3):\n    print(i)", "while False:\n    pass"], ()),
        (["이것은 파이썬이 아닙니다 ("], ()),
        (["for size, boxes in [(1, 2)]:\n    print(size)"], ()),
        (["helper = [size for size in range(3)]"], ()),
    ],
)
def test_check_says_what_the_judge_will_not_run(monkeypatch, cells, told):
    source = HONEST[FIRST].replace("size = boxes", "helper\n    size = boxes")
    monkeypatch.setattr(engine, "executed_cells", lambda: [*cells, source])
    space = {"np": np, "helper": None}
    exec(source, space)
    result = engine.check(FIRST, space[FIRST])
    assert result.passed and "공개 검사" in result.message
    notes = dict(result.details)
    assert ("내기 전에" in notes) == bool(told)
    assert all(one in notes["내기 전에"] for one in told)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_solutions_are_told_nothing(name):
    cells = [source for _, source in read_cells(solutions(name), 1 << 22)]
    for exercise in ASSIGNMENTS[name].exercises:
        assert left_behind(exercise, cells) == ()


@pytest.mark.parametrize(
    ("source", "binds", "loads"),
    [
        ("def f(a, b=c):\n    d = a\n    return d + e", "f", "c e"),
        ("def f():\n    global g\n    g = h", "f g", "g h"),
        ("x = [y for y in z if y > w]", "x", "w z"),
        ("x = lambda y: y + z", "x", "z"),
        ("class A(B):\n    c = d\n    def f(self):\n        return c", "A", "B c d"),
        ("def f():\n    def g(x):\n        return x + y\n    return g", "f", "y"),
        ("t[i] = v", "t", "i t v"),
        ("a.b.c = v", "a", "a v"),
        ("if (n := m) > 1:\n    import os.path as p, re", "n p re", "m n"),
    ],
)
def test_names_a_statement_makes_and_reads(source, binds, loads):
    (statement, *more) = reading.statements([source])[0]
    told = {*statement.binds}.union(*(one.binds for one in more))
    assert told == set(binds.split())
    assert statement.loads - {"n"} == set(loads.split()) - {"n"}


def test_outside_a_notebook_there_is_nothing_to_warn_about():
    assert executed_cells() == []


def test_the_documented_limits_are_the_real_ones():
    text = (ROOT / "anchorbox_workshop" / "judge" / "README.md").read_text(encoding="utf-8")
    limits, mib = Limits(), 1 << 20
    for told in (
        f"| {limits.silence_seconds:g}초 |",
        f"| {limits.cpu_seconds}초 / {limits.wall_seconds:g}초 |",
        f"| {limits.statement_seconds:g}초 |",
        f"| {limits.memory_bytes // mib} MiB |",
        f"| {limits.output_bytes // mib} MiB / {limits.array_bytes // mib} MiB |",
        f"| {limits.items:,} / {limits.text}자 |",
        f"| {limits.descriptors} / 0 |",
        f"| {limits.calls:,} |",
        f"| {limits.notebook_bytes // mib} MiB |",
        f"| {limits.attempts}번, ",
    ):
        assert told in text
