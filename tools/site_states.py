"""레슨의 실험대와 예측 카드를 커널 없이도 살아 있게 할 것들: 상태의 JSON, 그림, 답.

상태는 레슨의 코드를 실행해서만 얻습니다. 다만 실험대와 카드에 쓰이지 않는 셀은 실행하지 않습니다.
"""

import ast
import base64
import contextlib
import hashlib
import io
import json
import os
import tempfile
import zlib
from pathlib import Path
from symtable import symtable
from typing import NamedTuple
from unittest.mock import patch

import matplotlib
import matplotlib.pyplot as plt
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from PIL import Image

from anchorbox_utils.labs import PredictionCard
from anchorbox_utils.labs.questions import QUESTIONS
from tools.notebooks import WIDGET_VIEW, compact, read

PNG_URL = "data:image/png;base64,"
# 위젯 틀의 속성들. 화면의 코드는 이것을 묻지 않습니다.
FRAME = ("_model_", "_view_", "_dom_classes", "_esm", "_css", "_anywidget_id")
FRAME += ("layout", "tabbable", "tooltip")
ANSWER = ("answer", "right", "said", "whys", "slips", "within", "right_why", "wrong_why")
ANSWER += ("printed", "pictures")
MOST_COLORS = 4096


class StateError(Exception):
    """레슨에서 상태를 얻지 못했습니다."""


def has_widget(cell):
    """실험대나 예측 카드를 보이는 셀인지."""
    return any(WIDGET_VIEW in output.get("data", {}) for output in cell.get("outputs", []))


def slot_name(stem, index):
    """레슨 `stem`의 `index`번째 셀에 있는 실험대의 이름."""
    return f"{stem[:2]}-{index}"


# --- 필요한 셀만 ------------------------------------------------------------------------


def _base(node):
    """`a.b[0].c`의 `a`. 이름에서 시작하지 않으면 빈 글."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _globals(table):
    """심볼 표와 그 안의 함수들이 쓰는 바깥 이름들."""
    used = {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    return used.union(*map(_globals, table.get_children()))


class Names(NamedTuple):
    """코드 셀 하나가 다루는 이름들.

    Attributes:
        made: 새로 만드는 이름.
        changed: 만들거나, 있던 것을 바꾸는 이름.
        used: 쓰는 이름.
    """

    made: set
    changed: set
    used: set


def names_in(source):
    """코드 셀의 :class:`Names`."""
    top = symtable(source, "cell", "exec")
    symbols = top.get_symbols()
    # 맨 바깥의 것은 파이썬의 판에 따라 global로도 local로도 나옵니다.
    used = {symbol.get_name() for symbol in symbols if symbol.is_referenced()} | _globals(top)
    assigned = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    tree = ast.parse(source)
    made, changed = set(), set(assigned)
    for node in tree.body:
        match node:
            case ast.Assign(targets=targets):
                leaves = [leaf for target in targets for leaf in ast.walk(target)]
                made |= {n.id for n in leaves if isinstance(n, ast.Name) and n.id in assigned}
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                made.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                made |= {(alias.asname or alias.name).partition(".")[0] for alias in aliases}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                changed.add(_base(node))
            case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
                changed.add(_base(method))
    # 난수기는 쓰기만 해도 바뀝니다.
    changed |= made | {name for name in used if name.startswith("rng")}
    return Names(made, changed, used)


def needed_cells(cells):
    """실험대와 카드를 만드는 데 필요한 코드 셀의 번호들, 차례대로."""
    kept, wanted = [], set()
    for index, cell in reversed([*enumerate(cells)]):
        if cell.cell_type != "code":
            continue
        made, changed, used = names_in(cell.source)
        if has_widget(cell) or changed & wanted:
            kept.append(index)
            wanted = (wanted - made) | used
    return kept[::-1]


# --- 실행하기 ---------------------------------------------------------------------------


def widgets_of(path, cells):
    """레슨을 실행해 (셀의 번호, 그 셀이 보이는 위젯)을 차례대로 내놓습니다."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    with patch.object(plt, "show", lambda *args, **rest: plt.close("all")):
        for index in needed_cells(cells):
            with capture_output():
                run = shell.run_cell(cells[index].source, store_history=False)
            plt.close("all")
            error = run.error_before_exec or run.error_in_exec
            if error:
                raise StateError(f"{path.name}의 셀 {index}: {type(error).__name__}: {error}")
            if has_widget(cells[index]):
                yield index, run.result


def export_lesson(path, folder):
    """레슨 하나의 상태와 그림, 답을 새 폴더 `folder`에 씁니다. 다 쓰기 전에는 만들지 않습니다."""
    matplotlib.use("agg")
    os.environ["ANCHORBOX_HOME"] = "-"
    cells = read(path.read_text(encoding="utf-8")).cells
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.chdir(path.parent), tempfile.TemporaryDirectory(dir=folder.parent) as made:
        states = Path(made, "states")
        states.mkdir()
        for index, widget in widgets_of(path, cells):
            name = slot_name(path.stem, index)
            _check_summary(name, widget, cells[index])
            write_script(states, name, state_of(widget, states))
            if isinstance(widget, PredictionCard):
                write_script(states, f"{name}-answer", answer_of(widget, states))
        states.rename(folder)


def _check_summary(name, widget, cell):
    (stored,) = (o.data["text/plain"] for o in cell.outputs if WIDGET_VIEW in o.get("data", {}))
    if widget.summary() != stored:
        raise StateError(
            f"{name}: 실험대가 저장된 노트북과 다릅니다.\n{stored}\n---\n{widget.summary()}"
        )


def state_of(widget, folder):
    """화면의 코드가 읽는 값들. 그림은 파일에 쓰고 그 이름을 적습니다."""
    values = {k: v for k, v in widget.get_state().items() if not k.startswith(FRAME)}
    return _filed(values, folder)


def answer_of(card, folder):
    """예측을 정한 다음에야 받아 가는 답과 풀이."""
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary, "answer.json")
        card.export(path)
        content = json.loads(path.read_text(encoding="utf-8"))
    question = QUESTIONS[content["name"]]
    if not question.matches(content["answer"], question.answer):
        raise StateError(f"{question.name}: 답이 {content['answer']}인데 물음의 표와 다릅니다.")
    return _filed({name: content[name] for name in ANSWER}, folder)


def _filed(value, folder):
    match value:
        case dict():
            return {name: _filed(item, folder) for name, item in value.items()}
        case list() | tuple():
            return [_filed(item, folder) for item in value]
        case bytes() | memoryview():
            # 격자의 앵커 수만 개에는 같은 수가 되풀이되어 크게 줄어듭니다.
            return {"deflated": base64.b64encode(zlib.compress(value, 9)).decode("ascii")}
        case str() if value.startswith(PNG_URL):
            return {"picture": _picture_file(value.removeprefix(PNG_URL), folder)}
    return value


def _picture_file(png, folder):
    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    # 색이 많은 사진은 색을 줄이면 띠가 생기고, 선과 글자는 WebP로 줄이면 번집니다.
    if image.getcolors(MOST_COLORS):
        return file_by_content(base64.b64decode(compact(png)), "png", folder)
    buffer = io.BytesIO()
    image.save(buffer, "webp", quality=85)
    return file_by_content(buffer.getvalue(), "webp", folder)


def file_by_content(content, suffix, folder):
    """내용으로 이름을 지은 파일을 쓰고 그 이름을 돌려줍니다. 같은 사진은 한 번만 받게 됩니다."""
    name = f"{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
    (folder / name).write_bytes(content)
    return name


def write_script(folder, name, content):
    """`web/live/mount.js`가 받아 가는 파일 하나. JSON이지만 file://에서도 열립니다."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    (folder / f"{name}.js").write_text(f'abx["{name}"]={text};', encoding="utf-8")
