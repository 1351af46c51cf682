"""슬라이드 안에서 커널 없이 켜지는 예측 카드와 실험대의 상태."""

import ast
import base64
import contextlib
import functools
import json
import os
import re
from pathlib import Path
from unittest.mock import patch

import matplotlib.pyplot as plt
from IPython.utils.capture import capture_output

from anchorbox_utils.labs import DesignLab, FormulaLab, PredictionCard, ThresholdLab
from anchorbox_utils.labs.base import source
from anchorbox_utils.labs.offline import code_of, state_of
from anchorbox_utils.labs.prediction_card import asked_of, key_of
from anchorbox_utils.labs.questions import QUESTIONS
from anchorbox_utils.plotting import COLORS
from anchorbox_workshop.kit.lessons import NOTEBOOKS, ROOT, KitError, cells_of, values_asked

LABS = {lab.__name__: lab for lab in (FormulaLab, ThresholdLab, DesignLab)}
# 실험대에 필요하지 않고, 답을 묻거나 진도를 적는 셀.
NOT_NEEDED = re.compile(r"^(?:predict|check)\(", re.MULTILINE)
NEVER_SHOWN = re.compile(r"^start_lesson\(.*\)$", re.MULTILINE)


def card(name):
    """예측 카드 ``name``의 상태와, 판정에 드는 답."""
    question = QUESTIONS[name]
    asked = asked_of(question, values_asked(name))
    # 교실에서는 번호를 부르며 손을 들게 합니다.
    asked["choices"] = [f"{n}. {text}" for n, text in enumerate(asked["choices"], start=1)]
    return {
        "kind": PredictionCard.__name__,
        "state": {"_palette": COLORS, "_asked": asked, "prediction": None, "result": None},
        "key": key_of(question, question.answer) | {"printed": "", "pictures": []},
    }


@functools.cache
def lab(stem, name):
    """레슨의 셀 ``name``을 실행해 얻은 실험대의 상태.

    Raises:
        KitError: 그 셀이 실험대를 내지 않을 때.
    """
    shown = None
    environment = {"ANCHORBOX_HOME": "-", "MPLBACKEND": "agg"}
    with contextlib.chdir(NOTEBOOKS), patch.dict(os.environ, environment), capture_output():
        space = {"__name__": "__main__"}
        for cell in cells_of(stem):
            if cell.name == name:
                shown = _value(cell.source, space)
                break
            if cell.kind == "code" and not NOT_NEEDED.search(cell.source):
                # 건너뛴 셀의 이름을 쓰는 셀은 실험대에도 필요하지 않습니다.
                with contextlib.suppress(NameError):
                    exec(NEVER_SHOWN.sub("", cell.source), space)
    plt.close("all")
    if type(shown).__name__ not in LABS:
        raise KitError(f"{stem}의 {name}: 실험대를 내는 셀이 아닙니다.")
    return {"kind": type(shown).__name__, "state": _packed(state_of(shown)), "key": None}


def _value(code, space):
    """코드를 실행하고 마지막 식의 값을 돌려줍니다."""
    tree = ast.parse(code)
    last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, "cell", "exec"), space)
    return eval(compile(last, "cell", "eval"), space)


def _packed(value):
    match value:
        case dict():
            return {name: _packed(item) for name, item in value.items()}
        case list() | tuple():
            return [_packed(item) for item in value]
        case bytes() | memoryview():
            return {"bytes": base64.b64encode(value).decode("ascii")}
    return value


def script(states):
    """상태들을 켜는 코드. HTML의 <script>에 그대로 넣을 수 있습니다."""
    kinds = {state["kind"] for state in states.values()}
    classes = LABS | {PredictionCard.__name__: PredictionCard}
    codes = ",".join(f"{json.dumps(kind)}:{code_of(classes[kind])}" for kind in sorted(kinds))
    css = json.dumps(source("style.css"), ensure_ascii=False)
    content = json.dumps(states, ensure_ascii=False, separators=(",", ":"))
    web = ROOT / "web" / "live"
    files = web / "model.js", web / "judging.js", Path(__file__).parent / "live.js"
    mount = "\n".join(file.read_text(encoding="utf-8") for file in files)
    text = f"{mount}({{codes:{{{codes}}},css:{css},states:{content}}});"
    return text.replace("</", "<\\/").replace("<!--", "<\\!--")
