"""노트북의 셀을 저장된 것과 통째로 비교하고, 커널과 일꾼과 오래 걸리는 검사(heavy)를 정합니다.

nbval은 셀을 실행하고 글자를 비교하지만 그림, 위젯, 출력의 종류와 순서는 보지 않습니다. 그 한 번의
실행에서 나온 것을 tools/notebooks.py의 정규형으로 바꾸어 나머지까지 봅니다. 노트북을 두 번 실행하지
않으려는 것입니다. 브라우저 검사가 화면에서 실행하며 똑같이 비교하는 강의는 nbval이 또 실행하지
않습니다. 예측 카드는 그 커널에서 예측까지 정해 봅니다. 이 파일은 저장소의 맨 위에 있어야 합니다.
tests/에 두면 notebooks/의 셀에는 불리지 않고, 모든 검사가 초록인 채로 아무것도 비교하지 않습니다.
"""

import ast
import gc
import json
import os
import sys
from collections import Counter
from contextlib import ExitStack
from unittest.mock import patch

import pytest
from browser_plugin import FOUND
from hypothesis import settings
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell
from replaying import COMPARED, IN_BROWSER, REHEARSAL, REHEARSED, cards_in, rehearsal_of
from warm_kernels import Nursery

from tools.notebooks import (
    COMPARE_IMAGES,
    KERNEL_ENV,
    Normalizer,
    cell_difference,
    normalize,
    read,
)

# 바쁜 컴퓨터에서는 같은 검사가 몇 배 느려집니다. 시간은 재지 않습니다.
settings.register_profile("course", deadline=None)
settings.load_profile("course")


class Replay:
    """노트북 하나를 다시 실행하는 동안, 셀마다 저장된 것과 다른 점을 찾습니다."""

    def __init__(self, path):
        cells = normalize(read(path.read_text(encoding="utf-8"))).cells
        self._stored = [pair for pair in enumerate(cells) if pair[1].cell_type == "code"]
        self._normalizer = Normalizer()

    def difference(self, number, outputs):
        """`number`번째 코드 셀이 방금 낸 출력을 저장된 셀과 비교합니다."""
        index, stored = self._stored[number]
        # 빈 셀은 실행되지 않으므로 번호가 없습니다.
        count = 1 if stored.source.strip() else None
        fresh = NotebookNode(stored, execution_count=count, outputs=outputs)
        return cell_difference(index, stored, self._normalizer.cell(fresh), COMPARE_IMAGES)


REPLAY = pytest.StashKey[Replay]()
# 하지 않은 검사의 수: {표시: 수}
LEFT = pytest.StashKey[dict]()
# 오래 걸리는 검사의 표시와, 그 검사를 하게 하는 것. 더 오래 걸리는 것이 앞입니다.
LATER = {"wide": "-m wide", "heavy": "CI=true나 -m heavy"}


def pytest_configure(config):
    # 다른 운영 체제에서는 라이브러리를 불러온 프로세스를 가를 수 없거나 위험합니다.
    if sys.platform == "linux":
        stack = ExitStack()
        stack.enter_context(Nursery().instead())
        config.add_cleanup(stack.close)


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers():
    """코어보다 하나 많게. 브라우저나 서버의 답을 기다리는 동안 남는 코어를 씁니다."""
    return (yield) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    leave_to_the_browser(config, items)
    leave_for_later(config, items)


def leave_for_later(config, items):
    """오래 걸리는 검사 가운데, 하라고 하지 않은 것을 뺍니다."""
    asked = config.option.markexpr
    is_wide = "wide" in asked
    is_asked = {
        None: True,
        "wide": is_wide,
        "heavy": is_wide or "heavy" in asked or bool(os.environ.get("CI")),
    }
    left = leave_out(config, items, lambda item: not is_asked[later_mark(item)])
    counts = dict(Counter(map(later_mark, left)))
    config.stash[LEFT] = counts
    # 일꾼이면, 검사를 시작한 프로세스가 끝에 알립니다.
    if hasattr(config, "workeroutput"):
        config.workeroutput["left"] = counts


def later_mark(item):
    """오래 걸린다는 표시. 둘 다 붙은 것은 wide까지 달라고 해야 합니다."""
    return next(filter(item.get_closest_marker, LATER), None)


def leave_out(config, items, is_out):
    """`is_out`인 검사들을 `items`에서 빼고 돌려줍니다."""
    kept, out = [], []
    for item in items:
        (out if is_out(item) else kept).append(item)
    config.hook.pytest_deselected(items=out)
    items[:] = kept
    return out


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    # 일꾼마다 같은 검사를 모읍니다. 죽은 일꾼은 말이 없습니다.
    if left := getattr(node, "workeroutput", {}).get("left"):
        node.config.stash[LEFT] = left


def pytest_collection_finish():
    # 끝까지 남을 검사 수천 개를, 쓰레기를 모을 때마다 다시 훑지 않게 합니다.
    gc.freeze()


def leave_to_the_browser(config, items):
    """화면에서 실행할 강의의 셀들을 뺍니다. 브라우저가 없으면 모두 nbval이 실행합니다."""
    if "options" not in json.loads(os.environ.get(FOUND, "{}")):
        return
    shown = {
        config.rootpath / item.callspec.params["name"]
        for item in items
        if getattr(item, "originalname", None) == IN_BROWSER
    }
    leave_out(config, items, lambda item: isinstance(item, IPyNbCell) and item.path in shown)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    if not isinstance(item, IPyNbCell):
        return (yield)
    # 첫 셀을 준비할 때 커널이 켜집니다. tools/notebooks.py가 저장할 때와 같은 환경이어야 합니다.
    with patch.dict(os.environ, KERNEL_ENV):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    if not isinstance(item, IPyNbCell):
        return (yield)
    notebook = item.parent
    if REPLAY not in notebook.stash:
        notebook.stash[REPLAY] = Replay(notebook.path)
    try:
        result = yield
    finally:
        # 셀이 실패해도 번호는 이어져야 다음 셀이 덩달아 실패하지 않습니다.
        difference = notebook.stash[REPLAY].difference(item.cell_num, item.test_outputs or [])
    if difference:
        path = notebook.path.relative_to(item.config.rootpath).as_posix()
        pytest.fail(f"uv run python tools/notebooks.py {path}\n{difference}", pytrace=False)
    cards = cards_in(item.cell.source)
    if problems := "\n".join(filter(None, (rehearse(notebook.kernel, name) for name in cards))):
        pytest.fail(f"예측 카드\n{problems}", pytrace=False)
    item.user_properties += [(COMPARED, 1), (REHEARSED, len(cards))]
    return result


def rehearse(kernel, name):
    """`name`이라는 예측 카드에서 찾은 잘못들의 글."""
    request = kernel.kc.execute(
        REHEARSAL,
        silent=True,
        store_history=False,
        user_expressions={"problems": rehearsal_of(name)},
    )
    while True:
        message = kernel.get_message("shell", timeout=60)
        if message["parent_header"].get("msg_id") == request:
            found = message["content"]["user_expressions"]["problems"]
            if found["status"] == "ok":
                return ast.literal_eval(found["data"]["text/plain"])
            return "\n".join(found["traceback"])


def pytest_terminal_summary(terminalreporter):
    passed = terminalreporter.getreports("passed")
    seen = [dict(report.user_properties) for report in passed]
    compared, rehearsed = (
        sum(counts.get(name, 0) for counts in seen) for name in (COMPARED, REHEARSED)
    )
    if compared:
        terminalreporter.write_line(f"노트북의 셀 {compared}개를 저장된 것과 통째로 비교했습니다.")
    if rehearsed:
        terminalreporter.write_line(f"예측 카드 {rehearsed}장을 그 커널에서 풀어 보았습니다.")
    for name, count in terminalreporter.config.stash.get(LEFT, {}).items():
        terminalreporter.write_line(
            f"오래 걸리는 검사 {count}개를 하지 않았습니다. {LATER[name]}를 붙이면 합니다."
        )
