"""브라우저 검사에 쓸 브라우저를 찾고, 없으면 설치합니다.

설치된 Chromium·Chrome·Edge, Playwright가 내려받은 것, 새로 설치하는 것의 차례입니다. 파일이 있다고
믿지 않고, 화면을 하나 그려 보아 제대로 그린 것만 고릅니다.
"""

import contextlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from PIL import Image
from processes import running

FONTS = Path(__file__).resolve().parents[1] / "anchorbox_utils" / "plotting" / "fonts"
HOW_TO_INSTALL = (
    "Chrome이나 Edge를 설치하거나 `uv run playwright install --with-deps chromium`을 실행한 뒤 "
    "다시 검사하세요."
)


class Machine(NamedTuple):
    """어디에서 무엇을 할 수 있는지를 정하는 것들."""

    system: str
    distribution: str
    root: bool
    variables: dict

    @classmethod
    def here(cls):
        distribution = ""
        with contextlib.suppress(OSError):
            distribution = platform.freedesktop_os_release()["ID"]
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        return cls(sys.platform, distribution, root, dict(os.environ))


# --- 찾기 -------------------------------------------------------------------------------

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "microsoft-edge-stable",
)
# Playwright의 channel이 보지 않는 곳: (앞에 붙는 환경 변수, 경로)
PLACES = {
    "linux": ((None, "/usr/bin/chromium"), (None, "/snap/bin/chromium")),
    "darwin": tuple(
        (home, f"{'' if home else '/'}Applications/{name}.app/Contents/MacOS/{name}")
        for name in ("Chromium", "Google Chrome", "Microsoft Edge")
        for home in (None, "HOME")
    ),
    "win32": tuple(
        (variable, "Chromium/Application/chrome.exe")
        for variable in ("LOCALAPPDATA", "PROGRAMFILES", "PROGRAMFILES(X86)")
    ),
}
CHANNELS = ("chrome", "msedge")
PLAYWRIGHT = {}
APT = {"executable_path": "/usr/bin/chromium"}


def candidates(machine, which=shutil.which):
    """시도해 볼 실행 방법(Playwright의 launch에 줄 인수)을 차례대로 돌려줍니다."""
    found = [which(name) for name in NAMES]
    for variable, path in PLACES.get(machine.system, ()):
        folder = machine.variables.get(variable, "") if variable else "/"
        if folder and Path(folder, path).is_file():
            found.append(str(Path(folder, path)))
    paths = dict.fromkeys(filter(None, found))
    return [
        *({"executable_path": path} for path in paths),
        *({"channel": channel} for channel in CHANNELS),
        PLAYWRIGHT,
    ]


@contextlib.contextmanager
def launched(playwright, options):
    """브라우저를 켭니다. 리눅스에서는 글꼴이 없는 컴퓨터에서도 강좌의 한글 글꼴을 씁니다.

    root와 작은 /dev/shm에 필요한 --no-sandbox, --disable-dev-shm-usage는 Playwright가 붙입니다.
    """
    with tempfile.TemporaryDirectory() as folder:
        # 로캘에 따라 다른 글꼴이 골라져 높이가 몇 픽셀씩 달라지므로, 로캘은 물려주지 않습니다.
        environment = {k: v for k, v in os.environ.items() if k not in ("LC_ALL", "LOCPATH")}
        if sys.platform == "linux":
            config = Path(folder, "fonts.conf")
            base = os.environ.get("FONTCONFIG_FILE", "/etc/fonts/fonts.conf")
            config.write_text(
                '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
                f'<include ignore_missing="yes">{escape(base)}</include>'
                f"<dir>{escape(str(FONTS))}</dir><cachedir>{escape(folder)}</cachedir>"
                "</fontconfig>",
                encoding="utf-8",
            )
            environment["FONTCONFIG_FILE"] = str(config)
        # GPU 프로세스가 바쁜 컴퓨터에서 다시 켜지는 동안에는 화면을 캡처하지 못합니다.
        options = {"timeout": 180_000, "args": ["--disable-gpu"]} | options
        browser = playwright.chromium.launch(**options, env=environment)
        try:
            yield browser
        finally:
            browser.close()


# 안에서 Playwright가 먼저 포기하고 브라우저를 치울 틈(초)
MARGIN = 10


def draw(options, html, seconds=60):
    """`html`을 80×40 화면에 그린 PNG. 켜지지 않거나 늦으면 까닭을 담은 RuntimeError를 냅니다.

    Playwright까지 멈추어도 검사가 멈추지 않도록 딴 프로세스에서 그립니다.
    """
    command = [sys.executable, __file__, json.dumps([options, html, seconds])]
    with running(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUTF8": "1"},
    ) as process:
        try:
            picture, errors = process.communicate(timeout=seconds + MARGIN)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{seconds}초 안에 화면을 그리지 못했습니다.") from None
    if process.returncode:
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        raise RuntimeError(lines[-1] if lines else f"종료 상태 {process.returncode}")
    return picture


def capture(page, seconds=60, **options):
    """화면을 찍습니다. 바쁜 Chromium은 가끔 "Unable to capture"라고 하므로 다시 찍습니다."""
    from playwright.sync_api import Error

    deadline = time.monotonic() + seconds
    while True:
        try:
            return page.screenshot(**options)
        except Error as error:
            if "Unable to capture" not in error.message or time.monotonic() > deadline:
                raise


def _draw_here(options, html, seconds):
    from playwright.sync_api import Error, sync_playwright

    milliseconds = seconds * 1000
    try:
        with (
            sync_playwright() as playwright,
            launched(playwright, options | {"timeout": milliseconds}) as browser,
        ):
            page = browser.new_page(viewport={"width": 80, "height": 40})
            page.set_default_timeout(milliseconds)
            page.set_content(html)
            sys.stdout.buffer.write(capture(page, seconds))
    except Error as error:
        lines = error.message.removeprefix("BrowserType.launch: ").splitlines()
        # 브라우저가 스스로 밝힌 까닭(없는 라이브러리 따위)이 있으면 그것이 더 쓸모 있습니다.
        sys.exit(next((line for line in lines if "[err]" in line), lines[0]))


TEST_CARD = (
    "<body style='background: linear-gradient(90deg, rgb(200 0 0) 50%, rgb(0 0 200) 50%)'></body>"
)


def is_test_card(picture):
    """PNG의 왼쪽 절반이 빨강, 오른쪽 절반이 파랑인가."""
    try:
        image = Image.open(io.BytesIO(picture)).convert("RGB")
    except OSError:
        return False
    halves = [(0.25, (200, 0, 0)), (0.75, (0, 0, 200))]
    seen = [image.getpixel((int(image.width * x), image.height // 2)) for x, _ in halves]
    # 색을 조금 다르게 그리는 화면 설정은 봐줍니다.
    return all(
        abs(value - expected) < 40
        for pixel, (_, color) in zip(seen, halves, strict=True)
        for value, expected in zip(pixel, color, strict=True)
    )


def problem_with(options, seconds=30):
    """이 방법으로 화면을 그릴 수 없는 까닭. 잘 그리면 None입니다."""
    try:
        picture = draw(options, TEST_CARD, seconds)
    except RuntimeError as error:
        return str(error)
    return None if is_test_card(picture) else "켜졌지만 화면을 제대로 그리지 못했습니다."


# --- 설치 -------------------------------------------------------------------------------

APT_GET = (
    "apt-get",
    *("-o", "Acquire::Retries=0"),
    *("-o", "Acquire::http::Timeout=15"),
    *("-o", "Acquire::https::Timeout=15"),
    *("-o", "DPkg::Lock::Timeout=60"),
)


def _name(options):
    return next(iter(options.values()), "Playwright의 Chromium")


class Installer(NamedTuple):
    """설치하는 방법. `possible(machine, failures)`이 참일 때만 합니다."""

    announcement: str
    commands: tuple
    seconds: int
    gives: dict
    possible: Callable


INSTALLERS = (
    Installer(
        "브라우저가 없어 Playwright의 Chromium을 내려받습니다(길어야 2분).",
        # 화면 없이 그리는 작은 Chromium이면 충분합니다.
        ((sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"),),
        120,
        PLAYWRIGHT,
        lambda machine, failures: True,
    ),
    Installer(
        "브라우저가 없어 apt-get으로 chromium을 설치합니다.",
        (
            (*APT_GET, "update"),
            (*APT_GET, "install", "--yes", "--no-install-recommends", "chromium"),
        ),
        600,
        APT,
        # Ubuntu의 chromium은 컨테이너에서 돌지 않는 snap입니다.
        lambda machine, failures: machine.root and machine.distribution == "debian",
    ),
    Installer(
        "내려받은 Chromium이 켜지지 않아, 필요한 라이브러리를 설치합니다.",
        ((sys.executable, "-m", "playwright", "install-deps", "chromium"),),
        600,
        PLAYWRIGHT,
        lambda machine, failures: (
            machine.root
            and machine.system == "linux"
            and machine.distribution != "debian"
            and "Executable doesn't exist" not in failures[_name(PLAYWRIGHT)]
        ),
    ),
)


def trouble_with(command, seconds):
    """명령을 실행하고, 실패하면 까닭이 적힌 줄을 돌려줍니다."""
    try:
        with running(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        ) as process:
            output, _ = process.communicate(timeout=seconds)
    except FileNotFoundError:
        return f"{command[0]}: 없는 명령입니다."
    except subprocess.TimeoutExpired:
        return f"{seconds}초 안에 끝나지 않았습니다."
    if process.returncode == 0:
        return None
    lines = output.decode("utf-8", "replace").split("\n")
    # 마지막 줄은 node가 남긴 호출 위치일 때가 많습니다.
    wrong = (line.strip() for line in lines if re.search(r"^E: |[Ee]rror", line))
    return next(wrong, f"종료 상태 {process.returncode}")


def find(say, machine=None, options=None, installers=INSTALLERS, seconds=30):
    """쓸 수 있는 실행 방법 {"options": …}이나, 없는 까닭 {"problem": …}을 돌려줍니다.

    설치를 시작할 때는 `say`로 한 줄 알립니다.
    """
    machine = machine or Machine.here()
    failures = {}
    for option in candidates(machine) if options is None else options:
        problem = problem_with(option, seconds)
        if problem is None:
            return {"options": option}
        failures[_name(option)] = problem
    for installer in installers:
        if not installer.possible(machine, failures):
            continue
        say(installer.announcement)
        troubles = [trouble_with(command, installer.seconds) for command in installer.commands]
        problem = problem_with(installer.gives, seconds)
        if problem is None:
            return {"options": installer.gives}
        name = _name(installer.gives)
        failures[name] = "; ".join(dict.fromkeys(filter(None, [*troubles, problem])))
    return {"problem": " / ".join(f"{name}: {reason}" for name, reason in failures.items())}


if __name__ == "__main__":
    _draw_here(*json.loads(sys.argv[1]))
