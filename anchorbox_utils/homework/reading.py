"""제출한 노트북에서 채점기가 실행하는 줄. 채점기의 벽 안에서도 쓰므로 표준 라이브러리만 씁니다.

채점기는 노트북을 처음부터 끝까지 실행하지 않습니다. 문제의 함수에서 출발해, 그 함수가 쓰는 이름을
만드는 줄만 차례대로 실행합니다: ``import``, 함수와 클래스, 값을 담는 줄, ``if``와 ``try``. 함수
밖의 반복문과 홀로 선 호출은 실행하지 않습니다. 그림을 그리거나 학습하는 줄이 채점을 멈추지 않게
하려는 것입니다.
"""

import ast
import re
from typing import NamedTuple

# 실행하는 문장의 종류. 나머지(반복문, with, 홀로 선 식, del)는 건너뜁니다.
KEPT = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom),
    *(ast.Assign, ast.AnnAssign, ast.AugAssign, ast.If, ast.Try),
)
_SCOPES = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
# 이런 이름을 쓰는 함수는 무엇을 읽을지 미리 알 수 없습니다.
_DYNAMIC = {"globals", "locals", "vars", "eval", "exec"}
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
# 나머지 줄이 파이썬인 셀 명령.
_PYTHON_MAGICS = {"time", "timeit", "capture", "prun"}
_MAGIC = re.compile(r"(\s*)(?:[\w., ]+=\s*)?(?:[%!]|\?).*|(\s*)[\w.]+\?+\s*")


class Statement(NamedTuple):
    """최상위 문장 하나.

    Attributes:
        cell: 몇 번째 코드 셀인지, 0부터.
        node: 문장의 나무.
        binds: 이 문장이 만들거나 바꾸는 이름들. ``import *``이면 ``"*"``가 들어 있습니다.
        loads: 이 문장이 읽는 이름들.
        told: 이 문장에 든 import와, 따옴표로 적은 글의 나무들.
    """

    cell: int
    node: ast.stmt
    binds: frozenset
    loads: frozenset
    told: tuple

    @property
    def kept(self):
        """채점기가 실행하는 종류인지."""
        return isinstance(self.node, KEPT)


def parse_cell(source):
    """셀의 글을 문장의 나무들로 바꿉니다. ``%``와 ``!``로 시작하는 줄은 빼고 읽습니다.

    Raises:
        SyntaxError: 파이썬이 아닐 때.

    Examples:
        >>> [type(node).__name__ for node in parse_cell("%matplotlib inline\\nx = 1")]
        ['Assign']
        >>> parse_cell("%%bash\\nls")
        []
    """
    magic = _CELL_MAGIC.match(source)
    if magic:
        if magic[1] not in _PYTHON_MAGICS:
            return []
        source = "\n" + source.partition("\n")[2]
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        lines = source.split("\n")
        plain = [_MAGIC.sub(_blank, line) if _MAGIC.fullmatch(line) else line for line in lines]
        if plain == lines:
            raise
        try:
            body = ast.parse("\n".join(plain)).body
        except SyntaxError:
            raise error from None
    return [one for node in body for one in _one_name_each(node)]


def _blank(match):
    # 블록이 비지 않게 같은 깊이에 pass를 둡니다. 맨 바깥의 것은 아무 일도 하지 않습니다.
    return (match[1] or match[2] or "") + "pass"


def _one_name_each(node):
    """없는 꾸러미 하나가 같은 줄의 다른 것까지 막지 않게, 이름마다 한 문장으로 나눕니다."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            fields = {"names": [alias]}
            if isinstance(node, ast.ImportFrom):
                fields |= {"module": node.module, "level": node.level}
            yield ast.copy_location(type(node)(**fields), node)
    elif not isinstance(node, ast.Pass):
        yield node


def statements(cells):
    """파이썬으로 읽히는 셀들의 문장들과, 읽지 못한 셀마다의 오류 ``{셀 번호: 오류}``."""
    found, errors = [], {}
    for number, source in enumerate(cells):
        try:
            found += [Statement(number, node, *_names(node)) for node in parse_cell(source)]
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            errors[number] = error
    return found, errors


def _names(node):
    """(만들거나 바꾸는 이름들, 읽는 이름들, import와 글들). 함수 안에서만 쓰는 이름은 뺍니다."""
    names = _Names([])
    _collect(node, names)
    return frozenset(names.binds), frozenset(names.loads), tuple(names.told)


class _Names:
    """나무를 한 번 훑으며 모으는 것. ``declared``는 ``global``로 적은 이름입니다."""

    def __init__(self, told):
        self.binds, self.loads, self.declared, self.told = set(), set(), set(), told


def _collect(node, names):
    kind = type(node)
    if kind is ast.Name:
        (names.loads if type(node.ctx) is ast.Load else names.binds).add(node.id)
        return
    if kind is ast.Constant:
        if isinstance(node.value, str):
            names.told.append(node)
        return
    if kind in _SCOPES:
        _collect_scope(node, names)
        return
    if kind is ast.arg:
        names.binds.add(node.arg)
    elif kind in (ast.Subscript, ast.Attribute):
        # 안의 것을 바꾸는 것도 바꾸는 것입니다: table[i] = 1
        if type(node.ctx) is not ast.Load and (base := _base(node)):
            names.binds.add(base)
    elif kind in (ast.Import, ast.ImportFrom):
        names.binds.update((a.asname or a.name.partition(".")[0]) for a in node.names)
        names.told.append(node)
    elif kind in (ast.Global, ast.Nonlocal):
        names.loads.update(node.names)
        if kind is ast.Global:
            names.declared.update(node.names)
    elif kind is ast.ExceptHandler and node.name:
        names.binds.add(node.name)
    for child in ast.iter_child_nodes(node):
        _collect(child, names)


def _collect_scope(node, names):
    """함수, 클래스, 람다, 컴프리헨션: 안에서 만든 이름은 밖에서 읽는 것이 아닙니다."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        names.binds.add(node.name)
    inner = _Names(names.told)
    for child in ast.iter_child_nodes(node):
        _collect(child, inner)
    # 클래스 안의 이름은 그 안의 함수에 보이지 않으므로 빼지 않습니다.
    own = set() if isinstance(node, ast.ClassDef) else inner.binds - inner.declared
    names.loads |= inner.loads - own
    names.binds |= inner.binds & inner.declared
    names.declared |= inner.declared


def _base(node):
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def needed(found, names):
    """``names``를 만드는 데 필요한 이름 모두. 무엇을 읽을지 알 수 없는 함수가 있으면 모든 이름입니다.

    Examples:
        >>> cells = ["import numpy as np\\nscale = 2\\nother = 3", "def f(x): return np.sum(x) * scale"]
        >>> sorted(needed(statements(cells)[0], {"f"}))
        ['f', 'np', 'scale']
    """  # noqa: E501
    wanted, grew = set(names), True
    while grew:
        grew = False
        for one in found:
            if one.kept and (one.binds & wanted or "*" in one.binds) and not one.loads <= wanted:
                wanted |= one.loads
                grew = True
    if wanted & _DYNAMIC:
        wanted.update(*(one.binds for one in found))
    return wanted


def chosen(found, names):
    """``names``를 얻으려고 차례대로 실행할 문장들. 쓴 것이 따로 있으면 빈 함수는 넣지 않습니다."""
    wanted = needed(found, names)
    chosen = [one for one in found if one.kept and (one.binds & wanted or "*" in one.binds)]
    written = {
        one.node.name
        for one in chosen
        if isinstance(one.node, ast.FunctionDef) and not is_stub(one.node)
    }
    return [one for one in chosen if not (is_stub(one.node) and one.node.name in written)]


def defines(node, name):
    """``name``이라는 함수의 정의인지."""
    return isinstance(node, ast.FunctionDef) and node.name == name


def is_stub(node):
    """배포한 그대로의, 아직 쓰지 않은 함수인지.

    Examples:
        >>> [is_stub(node) for node in parse_cell("def f(): ...\\ndef g(): return 1\\nx = 1")]
        [True, False, False]
    """
    return isinstance(node, ast.FunctionDef) and all(map(_says_nothing, node.body))


def _says_nothing(node):
    if isinstance(node, ast.Raise):
        return "NotImplementedError" in ast.unparse(node)
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return constant or isinstance(node, ast.Pass)


def undress(node):
    """정의하는 동안 도는 것(장식, 기본값, 주석)을 함수에서 떼어 냅니다. 있었으면 참입니다."""
    worn = bool(node.decorator_list or node.args.defaults or any(node.args.kw_defaults))
    node.decorator_list, node.args.defaults, node.returns = [], [], None
    node.args.kw_defaults = [None] * len(node.args.kwonlyargs)
    for argument in ast.walk(node.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    return worn


def left_out(found, names):
    """``names``에 필요한 값을 만들거나 바꾸는데도 실행하지 않는 문장들.

    Examples:
        >>> cells = ["table = []\\nfor i in range(3):\\n    table.append(i)", "def f(i): return table[i]"]
        >>> [one.node.lineno for one in left_out(statements(cells)[0], {"f"})]
        [2]
    """  # noqa: E501
    wanted = needed(found, names)
    values = set().union(
        *(one.binds for one in found if isinstance(one.node, (ast.Assign, ast.AnnAssign)))
    )
    return [one for one in found if not one.kept and _changes(one) & wanted & (values | one.binds)]


def _changes(one):
    """이 문장이 바꿀 수 있는 이름들. ``table.append(…)``처럼 불러서 바꾸는 것도 넣습니다."""
    called = {
        _base(node.func)
        for node in ast.walk(one.node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return one.binds | called
