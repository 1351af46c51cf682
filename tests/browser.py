"""진짜 JupyterLab을 127.0.0.1에 띄우고 브라우저로 여는 도구.

tests/test_browser.py와 tools/benchmark_labs.py가 함께 씁니다.
"""

import contextlib
import functools
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import nbformat
from browser_setup import launched
from playwright.sync_api import sync_playwright
from processes import free_port, running

ROOT = Path(__file__).resolve().parents[1]
ARTIFACTS = ROOT / "test-artifacts"
PATIENCE = 180
# 검사하던 프로세스가 갑자기 죽으면 서버의 stdin이 닫힙니다. 그때 서버도 스스로 끝냅니다.
SERVER = """
import os, signal, sys, threading

def follow():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=follow, daemon=True).start()
from jupyterlab.labapp import main
main()
"""


def write_notebook(path, *cells):
    """코드 셀들로 노트북을 만듭니다."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )
    nbformat.write(notebook, path)


def copy_course(folder):
    """강좌의 설정으로 켜지도록, 레슨과 설정을 `folder`에 베낍니다."""
    for name in ("notebooks", "tools/jupyterlab"):
        ignore = shutil.ignore_patterns(".ipynb_checkpoints")
        shutil.copytree(ROOT / name, Path(folder, name), ignore=ignore)


@contextlib.contextmanager
def jupyterlab(folder):
    """강좌의 사본인 `folder`를 여는 JupyterLab 서버. 사용자의 설정을 읽지도 고치지도 않습니다."""
    port = free_port()
    with tempfile.TemporaryDirectory() as temporary:
        places = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
        env = {f"JUPYTER_{place}": str(Path(temporary, place)) for place in places}
        env |= {
            f"JUPYTERLAB_{place}_DIR": str(Path(temporary, place))
            for place in ("SETTINGS", "WORKSPACES")
        }
        env |= {"IPYTHONDIR": str(Path(temporary, "ipython"))}
        command = [sys.executable, "-c", SERVER, "--no-browser", "--ip=127.0.0.1"]
        command += [f"--port={port}", "--ServerApp.port_retries=0", "--allow-root"]
        command += ["--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True"]
        command += [f"--ServerApp.root_dir={folder}"]
        log_path = Path(temporary, "server.log")
        with (
            log_path.open("wb") as log,
            running(
                command,
                env=os.environ | env,
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            ) as server,
        ):
            wait_for(f"http://127.0.0.1:{port}/api", server, log_path)
            yield f"http://127.0.0.1:{port}"


def wait_for(url, server, log_path, seconds=PATIENCE):
    """서버가 `url`에 답할 때까지 기다립니다. 그 전에 죽으면 로그와 함께 RuntimeError를 냅니다."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        # 서버가 죽으면 바로 알아챕니다.
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(0.1)
    raise RuntimeError(
        f"JupyterLab이 켜지지 않았습니다.\n{log_path.read_text(encoding='utf-8', errors='replace')}"
    )


class Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def serving(folder):
    """폴더의 파일들을 내주는 서버의 주소."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class LabPage:
    """JupyterLab이 열린 브라우저 화면. 화면의 모양이 아니라 앱의 명령으로 움직입니다."""

    def __init__(self, page):
        self.page = page
        self.problems = []
        self.requests = []
        page.on("pageerror", lambda error: self.problems.append(f"예외: {error}"))
        page.on("console", self._on_console)
        page.on("request", lambda request: self.requests.append(request.url))

    def _on_console(self, message):
        if message.type == "error":
            self.problems.append(f"콘솔: {message.text} ({message.location.get('url', '')})")

    def start(self, url):
        self.page.goto(f"{url}/lab/?reset")
        self.page.wait_for_function("window.jupyterapp?.commands.hasCommand('docmanager:open')")
        self.page.evaluate(
            """async () => { await jupyterapp.restored; jupyterapp.shell.collapseLeft();
                            window.panels = {}; }"""
        )

    def open(self, path):
        self.page.evaluate(
            """async (path) => {
                const panel = await jupyterapp.commands.execute(
                    'docmanager:open', { path, factory: 'Notebook' });
                window.panels[path] = panel;
                await panel.context.ready;
                await panel.sessionContext.ready;
                await panel.sessionContext.session.kernel.info;
            }""",
            path,
        )

    def start_run(self, path):
        """ "모두 실행"을 누르고 기다리지 않습니다."""
        self.page.evaluate(
            """(path) => {
                jupyterapp.shell.activateById(window.panels[path].id);
                const done = jupyterapp.commands.execute('notebook:run-all-cells');
                window.panels[path].abxDone = done;
            }""",
            path,
        )

    def finish_run(self, path):
        """실행이 끝나 커널이 idle이 될 때까지 기다리고, 셀들을 돌려줍니다."""
        return self.page.evaluate(
            """async (path) => {
                const panel = window.panels[path];
                await panel.abxDone;
                while (panel.sessionContext.session.kernel.status !== 'idle')
                    await new Promise((resolve) => setTimeout(resolve, 20));
                return panel.context.model.toJSON().cells;
            }""",
            path,
        )

    def close(self, path):
        """커널을 끄고, 저장하지 않고 닫습니다."""
        self.page.evaluate(
            """async (path) => {
                const panel = window.panels[path];
                delete window.panels[path];
                await panel.sessionContext.shutdown();
                panel.dispose();
            }""",
            path,
        )

    def activate(self, path):
        self.page.evaluate("(path) => jupyterapp.shell.activateById(panels[path].id)", path)

    def python(self, path, code):
        """그 노트북의 커널에서 코드를 실행하고 출력한 글을 돌려줍니다."""
        return self.page.evaluate(
            """async ([path, code]) => {
                const kernel = window.panels[path].sessionContext.session.kernel;
                const future = kernel.requestExecute({ code, store_history: false });
                let text = '';
                future.onIOPub = (message) => {
                    if (message.header.msg_type === 'stream') text += message.content.text;
                    if (message.header.msg_type === 'error')
                        text += message.content.traceback.join('\\n');
                };
                await future.done;
                return text;
            }""",
            [path, code],
        )

    def theme(self, name):
        """테마를 바꾸고, 화면의 실험대까지 모두 따라올 때까지 기다립니다."""
        self.page.evaluate(
            "(theme) => jupyterapp.commands.execute('apputils:change-theme', { theme })", name
        )
        self.page.wait_for_function(
            """(name) => {
                const { jpThemeName, jpThemeLight } = document.body.dataset;
                const wanted = jpThemeLight === 'true' ? 'light' : 'dark';
                return jpThemeName === name && [...document.querySelectorAll('.abx[data-theme]')]
                    .every((lab) => lab.dataset.theme === wanted);
            }""",
            arg=name,
        )


@contextlib.contextmanager
def opened(options):
    """찾아 둔 브라우저(`options`)를 켭니다. Playwright는 한 프로세스에 하나만 켤 수 있습니다."""
    with sync_playwright() as playwright, launched(playwright, options) as browser:
        yield browser


@contextlib.contextmanager
def lab_page(folder, browser):
    """`folder`의 JupyterLab을 1280×720 화면으로 엽니다."""
    with jupyterlab(folder) as url:
        context = browser.new_context(
            viewport={"width": 1280, "height": 720}, locale="ko-KR", has_touch=True
        )
        # 바쁜 컴퓨터에서 늦는 것은 잘못이 아닙니다. 오지 않을 상태를 기다릴 때만 여기까지 갑니다.
        context.set_default_timeout(PATIENCE * 1000)
        lab = LabPage(context.new_page())
        lab.start(url)
        yield lab
        context.close()
