"""모든 검사가 시작되기 전의 준비."""

import os
import signal
from contextlib import nullcontext
from unittest.mock import patch

import pytest
import wall_setup

# 일꾼 둘과 그 커널들이 코어 둘을 나누어 씁니다. 작은 행렬곱을 스레드로 또 나누면 서로 기다리느라
# CPU 시간이 두 배 가까이 듭니다. 커널과 JupyterLab도 이 값을 물려받습니다.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# 검사가 실행하는 레슨이 이 컴퓨터를 쓰는 사람의 진도를 고치지 않게 합니다.
os.environ["ANCHORBOX_HOME"] = "-"


@pytest.fixture(autouse=True)
def own_environment():
    """검사가 바꾼 환경 변수는 다음 검사에 남지 않습니다. dask는 되돌리지 않습니다."""
    with patch.dict(os.environ):
        yield


@pytest.fixture(autouse=True)
def in_process(monkeypatch):
    """학습자의 함수를 이 프로세스에서 판정합니다. macOS와 Windows의 길입니다.

    검사의 프로세스는 커서 가르는 데 판정보다 오래 걸립니다. 가르는 것은 test_apart와 노트북의
    커널이 봅니다.
    """
    monkeypatch.setattr("anchorbox_utils.feedback.apart.CAN_FORK", False)


@pytest.fixture
def verdicts_only(monkeypatch):
    """판정만 합니다: 시간을 재거나, 프로세스의 상태를 적어 두었다가 되돌리는 일은 하지 않습니다.

    같은 씨앗의 경우와, 거기에 정답과 오개념이 낸 것을 검사끼리 함께 씁니다. 판정마다 모든 오개념을
    다시 돌리면, 오개념을 하나씩 넣어 보는 검사는 그 수의 제곱만큼 돌립니다.
    """
    from anchorbox_utils.homework import engine

    def asked_of(exercise, seed, own_cases=()):
        if own_cases or engine.QUESTIONS.get(exercise.name) is not exercise:
            return plain(exercise, seed, own_cases)
        key = exercise.name, seed if isinstance(seed, int) else seed_key(seed)
        if key not in ASKED:
            ASKED[key] = plain(exercise, seed)
        return ASKED[key]

    plain = engine.asked_of
    monkeypatch.setattr(engine, "asked_of", asked_of)
    monkeypatch.setattr(engine, "judge_apart", lambda name, judge, seconds: judge(lambda doing: 0))
    monkeypatch.setattr(engine, "time_limit", lambda seconds: nullcontext(nullcontext))


ASKED = {}


def seed_key(seed):
    return str(seed.entropy), seed.spawn_key


@pytest.fixture
def kernel_interrupt():
    """SIGINT의 처리기를 노트북 커널의 것으로.

    뒤에서 띄운 프로세스는 무시한 채 시작하고, 무시하는 것은 켜는 프로그램까지 물려받습니다.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def browser(browser_options):
    from browser import opened

    with opened(browser_options) as browser:
        yield browser


@pytest.fixture(scope="session")
def wall():
    """채점의 벽. 이름 공간을 만들 수 없는 컴퓨터에서만, 까닭을 말하고 건너뜁니다."""
    if reason := wall_setup.forbidden():
        pytest.skip(f"{NO_WALL}: {reason}")


NO_WALL = "채점의 벽을 세울 수 없어 건너뜁니다"


def pytest_terminal_summary(terminalreporter):
    passed = terminalreporter.getreports("passed")
    if same := sum(dict(report.user_properties).get("lite_verdicts", 0) for report in passed):
        terminalreporter.write_line(f"브라우저의 판정 {same}건이 데스크톱의 것과 같았습니다.")
    for report in passed:
        if told := dict(report.user_properties).get("lite_lesson"):
            terminalreporter.write_line(f"브라우저에서 실행한 {told}")
    skipped = terminalreporter.getreports("skipped")
    count = sum(NO_WALL in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.section("채점의 벽", red=True, bold=True)
        terminalreporter.write_line(
            f"벽을 세울 수 없어 검사 {count}개를 하지 않았습니다: {wall_setup.forbidden()}"
        )
