"""레슨의 실험대와 예측 카드를 커널 없이도 살아 있게 할 것들: 상태의 JSON, 그림, 답.

상태는 레슨의 코드를 실행해서만 얻습니다. 다만 실험대와 카드에 쓰이지 않는 문장은 실행하지 않습니다.
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
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from PIL import Image

from anchorbox_utils.labs import PredictionCard, offline
from anchorbox_utils.labs.questions import QUESTIONS
from tools.notebooks import WIDGET_VIEW, compact, read

PNG_URL = "data:image/png;base64,"
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


# --- 필요한 문장만 ----------------------------------------------------------------------


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
    """문장 하나가 다루는 이름들.

    Attributes:
        made: 새로 만드는 이름.
        changed: 만들거나, 있던 것을 바꾸는 이름.
        used: 쓰는 이름.
    """

    made: set
    changed: set
    used: set


def names_in(statement):
    """문장의 :class:`Names`."""
    top = symtable(ast.unparse(statement), "statement", "exec")
    symbols = top.get_symbols()
    # 맨 바깥의 것은 파이썬의 판에 따라 global로도 local로도 나옵니다.
    used = {symbol.get_name() for symbol in symbols if symbol.is_referenced()} | _globals(top)
    assigned = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    made, changed = set(), set(assigned)
    match statement:
        case ast.Assign(targets=targets):
            made |= _names(*targets) & assigned
        case ast.For(target=target, iter=items):
            made |= _names(target)
            used = used - made | _names(items)
        case ast.FunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
            made |= assigned
    for node in ast.walk(statement):
        match node:
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                changed.add(_base(node))
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
                pass
            case ast.Expr(value=ast.Call(func=func, args=args)):
                # 결과를 버리는 호출은 제 주인이나 첫 인수를 바꾸려는 것입니다.
                owner = func.value if isinstance(func, ast.Attribute) else None
                changed |= {_base(owner), *map(_base, args[:1])}
    # 난수기는 쓰기만 해도 바뀝니다.
    changed |= made | {name for name in used if name.startswith("rng")}
    return Names(made, changed - {""}, used)


def _names(*nodes):
    """나무에 나오는 이름들."""
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}


def is_setup(statement):
    """`setup_plotting()`처럼 아무 이름도 건네지 않고 부르는 준비인지."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name), args=args)) if name != "print":
            return not _names(*args)
    return False


def single(statements):
    """`a, b = x, y`를 한 이름씩 나눈 문장들. 하나만 쓰이는 것이 많습니다."""
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(
                targets
            ) == len(values) and not _names(*targets) & _names(*values):
                for target, value in zip(targets, values, strict=True):
                    yield ast.copy_location(ast.Assign([target], value), statement)
            case _:
                yield statement


class Needs:
    """실험대와 카드를 만드는 데 드는 문장을 레슨의 끝에서부터 고릅니다."""

    def __init__(self, bodies):
        statements = [statement for body in bodies for statement in body]
        of = {
            kind: [s for s in statements if isinstance(s, kind)] for kind in (DEFINING, IMPORTING)
        }
        self._modules = set().union(*(names_in(s).made for s in of[IMPORTING]))
        # 함수가 쓰는 이름은 함수를 부를 때 있으면 됩니다.
        self._inside = {s.name: names_in(s).used for s in of[DEFINING]}
        self._functions = of[DEFINING]

    def chosen(self, statements, wanted, shown=False, later=()):
        """`wanted`의 이름들에 드는 문장들과, 그 앞에서 마련해야 하는 이름들.

        `shown`이면 마지막 문장은 실험대를 보이는 것입니다. `later`는 뒤에서 실행할 문장들입니다.
        """
        kept = []
        statements = [*single(statements)]
        for place, statement in reversed([*enumerate(statements, 1)]):
            if isinstance(statement, ast.For):
                statement = self._shorter(statement, wanted, [*kept, *later])
            made, changed, used = names_in(statement)
            # 꾸러미의 함수를 부르는 것(plt.show())은 꾸러미를 바꾸지 않습니다.
            changed = made | changed - self._modules
            needed = changed & wanted or (wanted and is_setup(statement))
            if needed or (shown and place == len(statements)):
                kept.append(statement)
                wanted = wanted - made | self._with_functions(used)
        return kept[::-1], wanted

    def _with_functions(self, used):
        while more := {n for name in used for n in self._inside.get(name, ())} - used:
            used = used | more
        return used

    def _shorter(self, loop, wanted, later):
        """쓰이지 않는 문장을 몸에서 뺀 반복문. 앞 바퀴가 만든 것을 다음 바퀴가 쓸 수 있습니다."""
        if any(isinstance(node, ast.Break | ast.Continue) for node in ast.walk(loop)):
            return loop
        body, inside = None, set()
        while True:
            before, (body, inside) = body, self.chosen(loop.body, wanted | inside)
            if before is not None and len(before) == len(body):
                items = self._turns(loop, body, wanted, inside, later)
                return ast.copy_location(
                    ast.For(loop.target, items, body or [ast.Pass()], []), loop
                )

    def _turns(self, loop, body, wanted, inside, later):
        """반복문이 돌 것. 이름마다 `표[이름]`만 채우면, 뒤에서 쓰는 이름만 돕니다."""
        match loop:
            case ast.For(
                target=ast.Tuple(elts=[ast.Name(id=turn), *_]),
                iter=ast.Call(func=ast.Attribute(attr="items")),
            ):
                pass
            case _:
                return loop.iter
        own = names_in(loop).made
        changed = own.union(*(names_in(statement).changed for statement in body))
        tables = changed & wanted
        filled = _places(tables, body)
        read = _places(tables, [*later, *self._functions])
        # 앞 바퀴가 남긴 것을 쓰거나, 표를 통째로 쓰면 모든 바퀴를 돌아야 합니다.
        tangled = changed & inside - wanted - own
        by_turn = all(isinstance(place, ast.Name) and place.id == turn for place in filled)
        by_name = all(isinstance(place, ast.Constant) for place in read)
        if len(tables) > 1 or tangled or not (by_turn and by_name):
            return loop.iter
        names = sorted({place.value for place in read}, key=repr)
        picked = f"[item for item in {ast.unparse(loop.iter)} if item[0] in {names}]"
        return ast.parse(picked, mode="eval").body


def _places(tables, statements):
    """`표[자리]`의 자리들. 자리 없이 쓰인 표는 None입니다."""
    nodes = [node for statement in statements for node in ast.walk(statement)]
    places = {id(node.value): node.slice for node in nodes if isinstance(node, ast.Subscript)}
    return [
        places.get(id(node)) for node in nodes if isinstance(node, ast.Name) and node.id in tables
    ]


DEFINING = (ast.FunctionDef, ast.ClassDef)
IMPORTING = (ast.Import, ast.ImportFrom)


def needed_code(cells):
    """실험대와 카드를 만드는 데 드는 (셀의 번호, 코드)들, 차례대로."""
    parsed = {i: ast.parse(c.source).body for i, c in enumerate(cells) if c.cell_type == "code"}
    needs = Needs(parsed.values())
    kept, later, wanted = [], [], set()
    for index, body in reversed(parsed.items()):
        chosen, wanted = needs.chosen(body, wanted, has_widget(cells[index]), later)
        later += chosen
        if chosen:
            kept.append((index, "\n".join(map(ast.unparse, chosen))))
    return kept[::-1]


# --- 실행하기 ---------------------------------------------------------------------------


def widgets_of(path, cells):
    """레슨을 실행해 (셀의 번호, 그 셀이 보이는 위젯)을 차례대로 내놓습니다."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    with patch.object(plt, "show", lambda *args, **rest: plt.close("all")):
        for index, code in needed_code(cells):
            # 실험대를 보일 그림 하나를 그리는 데 반 초가 듭니다.
            with capture_output(), patch.object(DisplayFormatter, "format", return_value=({}, {})):
                run = shell.run_cell(code, store_history=False)
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
    return _filed(offline.state_of(widget), folder)


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
