"""내기 전에: 내 노트북에서는 되지만 채점기는 실행하지 않을 것을 미리 말합니다.

채점기가 무엇을 실행하는지는 :mod:`anchorbox_utils.homework.reading`에 있습니다.
"""

import ast
import sys

from anchorbox_utils.homework import reading

# 채점하는 곳에 있는 꾸러미. 파이썬에 딸린 것은 모두 있습니다.
THERE = {"numpy", "anchorbox_utils"}
# 셀이 아주 많은 노트북에서도 검사가 느려지지 않게, 최근의 것만 봅니다.
_RECENT = 120


def left_behind(name, cells):
    """함수 ``name``이 쓰는데 채점기는 실행하지 않을 것들의 문장.

    Args:
        name: 함수 이름.
        cells: 실행한 차례대로의 셀의 글.

    Returns:
        문장들의 튜플. 걱정할 것이 없으면 비어 있습니다.

    Examples:
        >>> cells = ["import torch", "t = []\\nfor i in range(3):\\n    t.append(i)"]
        >>> for told in left_behind("f", [*cells, "def f(x): return torch.add(x, t[0])"]):
        ...     print(told)
        `torch`은(는) 채점하는 곳에 없습니다. NumPy로 써 주세요.
        함수 밖의 `for i in range(3):`은(는) 채점할 때 실행하지 않습니다. 그 값을 만드는 일을 함수 안이나 다른 함수로 옮겨 주세요.
        >>> left_behind("f", ["import numpy as np", "def f(x): return np.add(x, 1)"])
        ()
    """  # noqa: E501
    found, _ = reading.statements(cells)
    missing = dict.fromkeys(
        module
        for one in reading.chosen(found, {name})
        for module in _modules(one.node)
        if module not in THERE and module not in sys.stdlib_module_names
    )
    skipped = [
        ast.unparse(one.node).splitlines()[0]
        for one in reading.left_out(found, {name})
        if not _made_again(one, found)
    ]
    return (
        *(f"`{one}`은(는) 채점하는 곳에 없습니다. NumPy로 써 주세요." for one in missing),
        *(
            f"함수 밖의 `{line}`은(는) 채점할 때 실행하지 않습니다. 그 값을 만드는 일을 함수 "
            "안이나 다른 함수로 옮겨 주세요."
            for line in dict.fromkeys(skipped)
        ),
    )


def _modules(node):
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module.partition(".")[0]]
    return []


def _made_again(skipped, found):
    """뒤에 그 값을 처음부터 다시 만드는 줄이 있으면, 지금은 쓰지 않는 옛 줄입니다."""
    later = [one for one in found if one.kept and one.cell > skipped.cell]
    return any(isinstance(one.node, ast.Assign) and one.binds & skipped.binds for one in later)


def executed_cells():
    """이 노트북에서 실행한 셀들의 글. 노트북이 아니면 비어 있습니다."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return list(shell.user_ns.get("In", ()))[-_RECENT:] if shell else []
