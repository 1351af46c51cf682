"""브라우저 안의 Jupyter: 판정은 데스크톱의 것과 같은가, 레슨이 도는가, 한 일이 남는가."""

import json
import subprocess
import sys

import lite_fixture
import pytest
from browser_plugin import in_ci

from anchorbox_utils.homework.catalogue import EXERCISES
from anchorbox_workshop.kit.lessons import KitError
from anchorbox_workshop.kit.programs import run
from tools.notebooks import ROOT

VERDICTS = ROOT / "tests" / "lite_verdicts.py"


@pytest.fixture(scope="module")
def distribution():
    """NumPy까지 있는 옛 Pyodide. 받을 수 없으면 까닭을 말하고 건너뜁니다."""
    try:
        return lite_fixture.distribution()
    except KitError as error:
        problem = f"브라우저의 파이썬을 받지 못해 아무것도 확인하지 못했습니다.\n{error}"
        if in_ci():
            pytest.fail(problem, pytrace=False)
        pytest.skip(problem)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(["uv", "build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT)])
    (found,) = folder.glob("*.whl")
    return found


def rows_of(command):
    """판정을 출력하는 명령의 줄들."""
    done = subprocess.run(command, capture_output=True, cwd=ROOT, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def in_browsers_python(distribution, wheel, script, *packages):
    """강좌의 휠만 있는 브라우저의 파이썬에서 실행합니다. 브라우저 대신 Node.js가 켭니다."""
    runner = ROOT / "tests" / "run_pyodide.mjs"
    return rows_of(["node", runner, distribution, wheel, script, *packages])


# --- 판정 -------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize(
    "seeds", [(1,), pytest.param((0, 20260302), marks=pytest.mark.wide)], ids=["ci", "wide"]
)
def test_every_verdict_is_that_of_the_desktop(
    seeds, distribution, wheel, tmp_path, record_property
):
    """정답과 모든 오개념의 판정이 같고, 스레드도 신호도 없이 끝나지 않는 함수를 멈춥니다."""
    script = tmp_path / "script.py"
    text = f"SEEDS = {seeds}\n{VERDICTS.read_text(encoding='utf-8')}"
    script.write_text(text, encoding="utf-8")
    desktop = rows_of([sys.executable, "-Xutf8", script])
    browser = in_browsers_python(distribution, wheel, script, "numpy")
    *stopped, deep, known = browser[: -len(desktop)]
    assert [row for row in stopped if "초 안에 끝나지 않아 멈추었습니다" not in row[1]] == []
    assert len(stopped) == 8 and "끝없이 부릅니다" in deep[1]
    assert known[1] == EXERCISES["box_iou"].misconceptions[0].name
    # 브라우저의 정수는 32비트라, 자료형의 이름만 다릅니다.
    alike = [[text and text.replace("int32", "int64") for text in row] for row in browser]
    assert alike[-len(desktop) :] == desktop
    ways = sum(len(m.ways) for e in EXERCISES.values() for m in e.misconceptions)
    assert len(desktop) == len(seeds) * (len(EXERCISES) + ways)
    record_property("lite_verdicts", len(desktop))
