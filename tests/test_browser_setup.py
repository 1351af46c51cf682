"""브라우저를 찾고 설치하는 차례와, 없을 때의 약속. 진짜로 설치하지는 않습니다."""

import contextlib
import io
import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import browser
import browser_plugin
import browser_setup
import pytest
from browser_setup import APT, INSTALLERS, PLAYWRIGHT, Machine, candidates, find, is_test_card
from PIL import Image
from processes import running

pytest_plugins = ["pytester"]

PLAIN = Machine("linux", "", root=False, variables={})


# --- 찾는 차례 --------------------------------------------------------------------------


def test_installed_browsers_come_before_channels_and_downloads():
    installed = {"chromium": "/opt/chromium", "google-chrome-stable": "/opt/chrome"}
    machine = PLAIN._replace(system="plan9")
    assert candidates(machine, which=installed.get) == [
        {"executable_path": "/opt/chromium"},
        {"executable_path": "/opt/chrome"},
        {"channel": "chrome"},
        {"channel": "msedge"},
        PLAYWRIGHT,
    ]


@pytest.mark.parametrize(
    ("system", "variable", "path"),
    [
        ("win32", "LOCALAPPDATA", "Chromium/Application/chrome.exe"),
        ("win32", "PROGRAMFILES(X86)", "Chromium/Application/chrome.exe"),
        ("darwin", "HOME", "Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        ("darwin", "HOME", "Applications/Chromium.app/Contents/MacOS/Chromium"),
    ],
)
def test_usual_places_are_looked_into(tmp_path, system, variable, path):
    machine = PLAIN._replace(system=system, variables={variable: str(tmp_path)})
    expected = {"executable_path": str(tmp_path / path)}
    assert expected not in candidates(machine, which=lambda name: None)
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).touch()
    assert candidates(machine, which=lambda name: None)[0] == expected


@pytest.mark.parametrize(
    ("machine", "failure", "expected"),
    [
        (PLAIN, "", [0]),
        (PLAIN._replace(distribution="debian"), "", [0]),
        (PLAIN._replace(distribution="debian", root=True), "", [0, 1]),
        (PLAIN._replace(distribution="ubuntu", root=True), "libnss3.so", [0, 2]),
        (PLAIN._replace(distribution="ubuntu", root=True), "Executable doesn't exist", [0]),
        (PLAIN._replace(distribution="ubuntu"), "libnss3.so", [0]),
        (PLAIN._replace(system="darwin", root=True), "crashed", [0]),
    ],
)
def test_only_what_the_machine_allows_is_installed(machine, failure, expected):
    failures = {"Playwright의 Chromium": failure}
    possible = [n for n, step in enumerate(INSTALLERS) if step.possible(machine, failures)]
    assert possible == expected


def test_installing_never_asks_and_never_waits_for_long():
    download, apt, _ = INSTALLERS
    assert download.commands[0][1:4] == ("-m", "playwright", "install") and download.seconds <= 120
    assert [command[0] for command in apt.commands] == ["apt-get", "apt-get"]
    for command in apt.commands:
        assert {"Acquire::Retries=0", "Acquire::http::Timeout=15"} <= set(command)
    assert {"--yes", "--no-install-recommends", "chromium"} <= set(apt.commands[1])
    assert APT == apt.gives


# --- 그려 보기 --------------------------------------------------------------------------


def png(*colors):
    image = Image.new("RGB", (len(colors), 1))
    image.putdata(colors)
    file = io.BytesIO()
    image.resize((80, 40), Image.Resampling.NEAREST).save(file, "PNG")
    return file.getvalue()


def test_only_the_asked_colours_count_as_drawn():
    red, blue, white, black = (200, 0, 0), (0, 0, 200), (255, 255, 255), (0, 0, 0)
    assert is_test_card(png(red, blue)) and is_test_card(png((214, 10, 20), (30, 10, 190)))
    for wrong in ([white], [black], [red], [blue, red]):
        assert not is_test_card(png(*wrong))
    assert not is_test_card(b"") and not is_test_card(b"not a picture")


def program(folder, name, code):
    """`name`이라는 가짜 실행 파일. 실행 방법 {"executable_path": …}로 돌려줍니다."""
    path = folder / name
    # #! 줄에는 빈칸이 있는 파이썬의 경로를 적을 수 없습니다.
    script = shlex.join([sys.executable, "-c", code])
    path.write_text(f'#!/bin/sh\nexec {script} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return {"executable_path": str(path)}


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="가짜 실행 파일을 만들 수 없습니다.")
HANG = "import signal; signal.pause()"


@pytest.mark.heavy
@POSIX
def test_browsers_that_do_not_work_are_passed_over(monkeypatch, tmp_path):
    broken = program(tmp_path, "broken", "raise SystemExit('libnss3.so: 없습니다')")
    hanging = program(tmp_path, "hanging", HANG)
    missing = {"executable_path": str(tmp_path / "missing")}
    # Playwright로 켤 수는 있지만 흰 화면만 그리는 브라우저와, 잘 그리는 브라우저
    pictures = {"blank": png((255, 255, 255)), "good": png((200, 0, 0), (0, 0, 200))}
    really_draw = browser_setup.draw

    def draw(options, html, seconds):
        name = options.get("channel")
        return pictures[name] if name else really_draw(options, html, seconds)

    monkeypatch.setattr(browser_setup, "draw", draw)
    tried = [broken, hanging, missing, {"channel": "blank"}]
    problem = find(print, PLAIN, tried, installers=(), seconds=2)["problem"]
    for option in tried:
        assert next(iter(option.values())) in problem
    assert "libnss3.so: 없습니다" in problem and "제대로 그리지 못했습니다" in problem
    good = {"channel": "good"}
    assert find(print, PLAIN, [*tried[-1:], good, broken], ()) == {"options": good}


@pytest.mark.heavy
def test_a_stuck_playwright_is_given_up(monkeypatch, tmp_path):
    stuck = tmp_path / "stuck.py"
    stuck.write_text("import threading; threading.Event().wait()", encoding="utf-8")
    monkeypatch.setattr(browser_setup, "__file__", str(stuck))
    monkeypatch.setattr(browser_setup, "MARGIN", 0)
    assert browser_setup.problem_with(PLAYWRIGHT, seconds=1).startswith("1초 안에")


# --- 설치 -------------------------------------------------------------------------------


def test_the_first_installer_that_gives_a_browser_is_the_last(monkeypatch, tmp_path):
    def problem_with(options, seconds):
        name = options.get("executable_path", "없음")
        return None if Path(name).exists() else "없습니다"

    def installer(number, code, possible=True):
        options = {"executable_path": str(tmp_path / str(number))}
        command = (sys.executable, "-c", code)
        return browser_setup.Installer(
            f"{number}번을 설치합니다.", (command,), 60, options, lambda *_: possible
        )

    monkeypatch.setattr(browser_setup, "problem_with", problem_with)
    steps = [
        installer(0, "raise SystemExit('Error: 네트워크가 없습니다')"),
        installer(1, "open(1 / 0)", possible=False),
        installer(2, f"open(r'{tmp_path / '2'}', 'w', encoding='utf-8').close()"),
        installer(3, "raise SystemExit('설치하지 않을 것입니다')"),
    ]
    said = []
    found = find(said.append, PLAIN, [PLAYWRIGHT], steps)
    assert found == {"options": steps[2].gives}
    assert said == ["0번을 설치합니다.", "2번을 설치합니다."]
    problem = find(said.append, PLAIN, [PLAYWRIGHT], steps[:2])["problem"]
    assert "네트워크가 없습니다" in problem


@pytest.mark.heavy
def test_an_installer_that_hangs_or_is_missing_is_given_up(monkeypatch):
    hang = (sys.executable, "-c", "import threading; threading.Event().wait()")
    assert browser_setup.trouble_with(hang, seconds=1) == "1초 안에 끝나지 않았습니다."
    assert "없는 명령" in browser_setup.trouble_with(("no-such-command",), seconds=1)


# --- 끝내기 -----------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_process_ends_even_when_the_body_raises(error):
    with pytest.raises(error):
        with running(
            [sys.executable, "-c", "print('켜짐', flush=True); input()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            process.stdout.readline()
            raise error
    assert process.returncode is not None and process.stdin.closed and process.stdout.closed


STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = "import signal; print(1, flush=True); signal.alarm(30); signal.pause()"
subprocess.run([sys.executable, "-c", child])
print("손자만 끝나고 자식은 남았습니다.")
"""


@POSIX
def test_a_process_that_ignores_the_request_is_killed_with_its_children():
    reading, writing = os.pipe()
    with open(reading, "rb") as output:
        with running([sys.executable, "-c", STUBBORN], grace=0.1, stdout=writing) as process:
            os.close(writing)
            assert output.readline() == b"1\n"
        # 쓰는 쪽을 가진 프로세스가 하나도 남지 않아야 끝까지 읽힙니다.
        assert output.read() == b"" and process.returncode < 0


@pytest.mark.heavy
def test_jupyterlab_ends_with_the_process_that_started_it(tmp_path):
    code = (
        f"from browser import jupyterlab\nwith jupyterlab({str(tmp_path)!r}) as url:\n"
        "    print(url, flush=True)\n    input()\n"
    )
    variables = {"PYTHONPATH": str(Path(__file__).parent), "TMPDIR": str(tmp_path)}
    with running(
        [sys.executable, "-c", code],
        env=os.environ | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        port = int(process.stdout.readline().rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            process.kill()
            # 서버가 끝나야 연결이 끊깁니다.
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""


def test_a_server_that_does_not_start_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(browser, "SERVER", "raise SystemExit('포트가 없습니다')")
    with pytest.raises(RuntimeError, match="포트가 없습니다"):
        with browser.jupyterlab(tmp_path):
            pytest.fail("켜지지 않은 서버를 켜졌다고 했습니다.")


# --- 없을 때의 약속 ----------------------------------------------------------------------

FOUND = {"options": {"channel": "chrome"}}
NONE = {"problem": "chrome: 없습니다"}
PAGES = """
import pytest
def test_page(browser_options):
    assert browser_options == {"channel": "chrome"}
def test_other_page(browser_options):
    if SKIPS:
        pytest.skip("까닭이 있습니다")
"""


@pytest.fixture
def course(pytester, monkeypatch):
    """브라우저 검사 둘과 다른 검사 하나가 있는 작은 저장소."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    # 이 검사를 돌리는 쪽의 것을 지우지 못하게, 끝나면 되돌릴 값을 먼저 적어 둡니다.
    for name in ("CI", browser_plugin.FOUND):
        monkeypatch.setenv(name, "")
    # 바깥의 tests/test_browser.py도 이름이 test_browser입니다.
    pytester.makeini("[pytest]\naddopts = --import-mode=importlib")
    pytester.makepyfile(**{"tests/test_browser": PAGES, "tests/test_boxes": "def test_box(): pass"})
    return pytester


@pytest.fixture
def run(course, monkeypatch):
    def run(*args, found, skips=False):
        searches = []
        monkeypatch.setattr(browser_setup, "find", lambda say: searches.append(say) or found)
        code = PAGES.replace("SKIPS", str(skips))
        (course.path / "tests/test_browser.py").write_text(code, encoding="utf-8")
        result = course.runpytest_inprocess("-pxdist.plugin", "-pbrowser_plugin", *args)
        assert len(searches) == 1
        return result

    return run


def test_without_a_browser_the_rest_passes_and_one_line_says_what_is_missing(run):
    result = run("-n2", found=NONE)
    result.assert_outcomes(passed=1, skipped=2)
    assert result.ret == 0
    loud = [line for line in result.outlines if "브라우저 검사 2개를 건너뛰었습니다" in line]
    assert len(loud) == 1 and "확인하지 못했습니다" in loud[0] and "playwright install" in loud[0]


@pytest.mark.heavy
@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_what_was_found_reaches_the_tests(run, workers):
    result = run(workers, found=FOUND)
    result.assert_outcomes(passed=3)
    assert result.ret == 0 and "건너뛰었습니다" not in result.stdout.str()


@pytest.mark.parametrize(
    ("args", "asked"),
    [
        ([], True),
        (["tests"], True),
        (["tests/test_boxes.py", "tests/test_browser.py::test_page"], True),
        (["tests/test_boxes.py"], False),
        (["tests", "--ignore=tests/test_browser.py"], False),
    ],
)
def test_a_browser_is_looked_for_only_when_its_tests_are_asked_for(course, args, asked):
    assert browser_plugin.is_asked_for(course.parseconfig(*args)) == asked


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("args", "found", "skips", "counts"),
    [
        (["-n2"], NONE, False, "2개 가운데 0개"),
        (["-n2"], FOUND, True, "2개 가운데 1개"),
        (["-n0"], FOUND, True, "2개 가운데 1개"),
        (["-n0", "-kbox"], FOUND, False, "0개 가운데 0개"),
        (["-n2"], FOUND, False, None),
        (["-n0"], FOUND, False, None),
    ],
)
def test_in_ci_every_browser_test_must_pass(run, monkeypatch, args, found, skips, counts):
    monkeypatch.setenv("CI", "true")
    result = run(*args, found=found, skips=skips)
    assert result.ret == (1 if counts else 0)
    loud = [line for line in result.outlines if "CI 실패" in line]
    assert [counts in line for line in loud] == ([True] if counts else [])
