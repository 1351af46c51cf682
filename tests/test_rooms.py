"""방의 차례: anchorbox_utils의 방은 표에서 자기보다 위에 적힌 방만 가져다 씁니다."""

import ast
import re
from pathlib import Path

import pytest

import anchorbox_utils

PACKAGE = "anchorbox_utils"
ROOT = Path(anchorbox_utils.__file__).parent
TABLE = re.findall(r"^- (\w+): .+$", anchorbox_utils.__doc__, re.MULTILINE)
PUBLIC = anchorbox_utils._PUBLIC
HOME = anchorbox_utils._HOME


def room_of(path, root):
    first = path.relative_to(root).parts[0]
    return first.removesuffix(".py")


def rooms_of(root):
    """폴더에 실제로 있는 방: 모듈과, 무엇이든 든 폴더."""
    files = [path for path in root.rglob("*") if path.is_file()]
    kept = [path for path in files if "__pycache__" not in path.parts and path.name[0] != "."]
    return {room_of(path, root) for path in kept} - {"__init__"}


def is_private(name):
    return name.startswith("_") and not name.startswith("__")


def imported(node, path, root):
    """import 문 하나가 이 꾸러미에서 가져오는 것마다 (점으로 나눈 경로, 묶인 이름)."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            parts = alias.name.split(".")
            if parts[0] == PACKAGE:
                yield parts[1:], alias.asname or parts[0]
    elif isinstance(node, ast.ImportFrom):
        folder = list(path.relative_to(root).parts[:-1])
        parts = (node.module or "").split(".") if node.module else []
        if node.level:
            parts = folder[: len(folder) - node.level + 1] + parts
        elif parts[0] == PACKAGE:
            parts = parts[1:]
        else:
            return
        for alias in node.names:
            yield [*parts, alias.name], alias.asname or alias.name


def violations(root, table):
    """차례를 어긴 곳들. 함수 안의 import도 봅니다."""
    if missing := rooms_of(root) ^ set(table):
        yield f"표와 폴더가 다릅니다: {sorted(missing)}"
    for path in sorted(root.rglob("*.py")):
        if path == root / "__init__.py":
            continue
        own, where = room_of(path, root), path.relative_to(root).as_posix()
        above = table[: table.index(own)] if own in table else table
        tree = ast.parse(path.read_text(encoding="utf-8"))
        strangers = set()
        for node in ast.walk(tree):
            for parts, name in imported(node, path, root):
                room = HOME.get(parts[0], parts[0]) if parts else None
                if room == own:
                    continue
                strangers.add(name)
                here = f"{where}:{node.lineno}"
                if room not in above:
                    yield f"{here} {own}보다 위에 없는 {room or PACKAGE}을(를) 가져옵니다"
                if any(map(is_private, parts)):
                    yield f"{here} 남의 밑줄 이름 {'.'.join(parts)}을(를) 가져옵니다"
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(value=ast.Name(id=name), attr=attr):
                    if name in strangers and is_private(attr):
                        yield f"{where}:{node.lineno} 남의 밑줄 이름 {name}.{attr}을(를) 씁니다"
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                    if name in ("import_module", "__import__"):
                        yield f"{where}:{node.lineno} 읽어서는 알 수 없는 import입니다"


def test_every_room_stands_on_the_rooms_above_it():
    assert len(TABLE) == len(set(TABLE))
    assert list(violations(ROOT, TABLE)) == []


def imports_of(root, package):
    """``root``의 파일들이 꾸러미 ``package``를 가져오는 곳들. 함수 안도 봅니다."""
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            if any(name.partition(".")[0] == package for name in names):
                yield f"{path.relative_to(root).as_posix()}:{node.lineno}"


def test_learners_code_knows_nothing_of_the_instructors_tools():
    workshop = ROOT.parent / "anchorbox_workshop"
    assert list(imports_of(ROOT, "anchorbox_workshop")) == []
    assert list(imports_of(workshop, PACKAGE))


def test_the_workshop_uses_no_private_names():
    workshop = ROOT.parent / "anchorbox_workshop"
    private = re.compile(
        r"from anchorbox_utils[\w.]* import .*\b_[a-z]|anchorbox_utils(\.\w+)*\._[a-z]"
    )
    told = [
        f"{path.name}: {match[0]}"
        for path in workshop.rglob("*.py")
        for match in private.finditer(path.read_text(encoding="utf-8"))
    ]
    assert told == []


def test_the_public_names_follow_the_table():
    assert list(PUBLIC) == [room for room in TABLE if room in PUBLIC]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"low.py": "", "high.py": "from anchorbox_utils.low import x"}, None),
        ({"low.py": "", "high/__init__.py": "", "high/a.py": "from .b import _mine"}, None),
        ({"low.py": "import anchorbox_utils.high", "high.py": ""}, "low.py:1 .*high을"),
        ({"low.py": "from anchorbox_utils import high", "high.py": ""}, "low.py:1 .*high을"),
        ({"low.py": "def f():\n    from anchorbox_utils.high import x", "high.py": ""}, "low.py:2"),
        ({"low/__init__.py": "", "low/a.py": "from ..high import x", "high.py": ""}, "low/a.py:1"),
        ({"low/__init__.py": "from .. import high", "high.py": ""}, "low/__init__.py:1 .*high을"),
        ({"low.py": "from anchorbox_utils import box_iou", "high.py": ""}, "low.py:1 .*boxes을"),
        ({"low.py": "import anchorbox_utils", "high.py": ""}, "low.py:1 .*anchorbox_utils을"),
        (
            {
                "low.py": "from anchorbox_utils.high import x",
                "high.py": "from anchorbox_utils.low import x",
            },
            "low.py:1",
        ),
        ({"low.py": "", "high.py": "", "cellar.py": ""}, "표와 폴더.*cellar"),
        ({"low.py": "", "high.py": "", "fonts/a.otf": ""}, "표와 폴더.*fonts"),
        ({"low.py": ""}, "표와 폴더.*high"),
        ({"low.py": "", "high.py": "from anchorbox_utils.low import _x"}, "밑줄 이름 low._x을"),
        ({"low.py": "", "high.py": "from anchorbox_utils import low as a\na._x"}, "이름 a._x을"),
        ({"low.py": "", "high.py": "import importlib\nimportlib.import_module('a')"}, "알 수 없는"),
    ],
)
def test_a_broken_order_is_noticed(tmp_path, files, found):
    for name, code in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(code, encoding="utf-8")
    told = list(violations(tmp_path, ["low", "high"]))
    if found is None:
        assert told == []
    else:
        assert len(told) == 1 and re.search(found, told[0])
