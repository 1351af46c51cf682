"""브라우저 검사의 약속을 지키는 pytest 플러그인 (pyproject.toml의 addopts가 켭니다).

- 브라우저는 모든 검사에 앞서 한 번만 찾고, 일꾼들에게는 환경 변수로 알립니다.
- 없으면 브라우저 검사를 건너뛰고, 무엇을 확인하지 못했는지 끝에 크게 알립니다.
- CI에서는 모은 브라우저 검사가 하나도 빠짐없이 통과해야 합니다.
"""

import json
import os

import browser_setup
import pytest

# 뒤의 것은 모두 heavy입니다.
TESTS = ("tests/test_browser.py", "tests/test_built_site.py")
FOUND = "ANCHORBOX_BROWSER"
NO_BROWSER = "쓸 수 있는 브라우저가 없습니다."


def in_ci():
    return bool(os.environ.get("CI"))


def skip_or_fail(problem):
    """볼 수 없는 까닭을 말하고 건너뜁니다. CI에서는 실패입니다."""
    if in_ci():
        pytest.fail(problem, pytrace=False)
    pytest.skip(problem)


@pytest.fixture(scope="session")
def browser_options():
    """찾아 둔 브라우저를 켤 때 Playwright의 launch에 줄 인수."""
    # 브라우저 검사와 함께 돌면 찾아 둔 것을, 아니면 이제 찾은 것을 씁니다.
    found = json.loads(os.environ.get(FOUND, "null")) or browser_setup.find(print)
    if "options" in found:
        return found["options"]
    skip_or_fail(NO_BROWSER)


def is_asked_for(config):
    """브라우저 검사가 이번에 돌릴 것에 들어 있는가."""

    def covered(tests, names):
        paths = (config.invocation_params.dir / name.partition("::")[0] for name in names)
        return any(path.resolve() in (tests, *tests.parents) for path in paths)

    asked = TESTS if in_ci() or "heavy" in config.option.markexpr else TESTS[:1]
    files = [file for name in asked if (file := config.rootpath / name).is_file()]
    ignored = config.getoption("ignore") or ()
    return any(covered(f, config.args) and not covered(f, ignored) for f in files)


def pytest_configure(config):
    # 일꾼이 아닌, 검사를 시작한 프로세스에서만.
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        if is_asked_for(config):
            config.pluginmanager.register(BrowserTests(config))


class BrowserTests:
    def __init__(self, config):
        self.config = config
        self.problem = None
        self.collected = set()
        self.passed = set()

    def _say(self, text, **markup):
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        reporter.write_line(text, **markup)
        reporter.flush()

    def pytest_sessionstart(self):
        found = browser_setup.find(self._say)
        self.problem = found.get("problem")
        if self.problem:
            self._say(f"{NO_BROWSER} {self.problem}")
        os.environ[FOUND] = json.dumps(found)
        self.config.add_cleanup(lambda: os.environ.pop(FOUND))

    def _collect(self, ids):
        self.collected |= {name for name in ids if name.partition("::")[0] in TESTS}

    def pytest_collection_finish(self, session):
        self._collect(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node, ids):
        self._collect(ids)

    def pytest_runtest_logreport(self, report):
        if report.when == "call" and report.passed:
            self.passed.add(report.nodeid)

    def _missed_in_ci(self):
        return in_ci() and not (self.collected and self.collected <= self.passed)

    def pytest_sessionfinish(self, session, exitstatus):
        if self._missed_in_ci() and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self):
        yield
        if self._missed_in_ci():
            passed = len(self.collected & self.passed)
            self._say(
                f"CI 실패: 브라우저 검사는 모두 통과해야 하는데 {len(self.collected)}개 가운데 "
                f"{passed}개만 통과했습니다.",
                red=True,
                bold=True,
            )
        elif self.problem:
            self._say(
                f"브라우저 검사 {len(self.collected)}개를 건너뛰었습니다: 실험대와 강의가 "
                "브라우저에서 제대로 도는지는 확인하지 못했습니다. " + browser_setup.HOW_TO_INSTALL,
                red=True,
                bold=True,
            )
