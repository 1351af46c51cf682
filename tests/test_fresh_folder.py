"""README의 두 명령을 처음 받은 사람처럼: 한글과 빈칸이 있는 폴더에서, 아무 설정 없이."""

import contextlib
import json
import os
import re
import shutil
import urllib.request
from pathlib import Path
from subprocess import STDOUT, run

import pytest
from browser import wait_for
from cp949 import make_locale
from PIL import Image
from processes import free_port, running

ROOT = Path(__file__).resolve().parent.parent
# 설치를 처음부터 하므로 CI에서만 돌립니다.
pytestmark = [pytest.mark.heavy]

# 인터넷이 없는 교실처럼, 밖으로 나가는 모든 연결이 곧바로 실패합니다.
NO_NETWORK = {name: "http://127.0.0.1:9" for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")}
# 지금 돌고 있는 검사의 것이 새 환경에 새어 들어가지 않게 합니다.
OURS = ("VIRTUAL_ENV", "UV_", "PYTEST_", "JUPYTER", "IPYTHON", "ANCHORBOX_", "PYTHON", "LC_", "LOC")
# 이 검사를 cp949 로캘에서 돌려도 폴더의 이름은 리눅스의 uv가 읽을 수 있는 UTF-8입니다.
FOLDER = os.fsdecode("한글 폴더".encode())
KEPT = ("UV_CACHE_DIR", "UV_PYTHON")


@pytest.fixture(scope="module")
def uv(tmp_path_factory):
    """강좌를 한글 폴더에 복사하고, 거기서 uv를 부르는 함수를 돌려줍니다."""
    folder = tmp_path_factory.mktemp("fresh") / FOLDER
    left_out = shutil.ignore_patterns(
        ".*cache*", ".git", ".venv", ".hypothesis", "__pycache__", "test-artifacts", "uv.lock"
    )
    shutil.copytree(ROOT, folder, ignore=left_out)
    env = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or not name.startswith(OURS)
    }
    env["HOME"] = str(tmp_path_factory.mktemp("home"))
    # 집이 바뀌어도 이미 받은 꾸러미는 다시 받지 않습니다.
    command = [shutil.which("uv") or os.environ["UV"]]
    cache = run([*command, "cache", "dir"], capture_output=True, text=True, check=True)
    env["UV_CACHE_DIR"] = cache.stdout.strip()

    def call(*args, more=(), **options):
        options |= {"cwd": folder, "env": env | dict(more)}
        return run([*command, *args], capture_output=True, **options)

    @contextlib.contextmanager
    def start(*args, more=()):
        options = {"cwd": folder, "env": env | dict(more), "stderr": STDOUT}
        with call.log.open("wb") as log, running([*command, *args], stdout=log, **options) as found:
            yield found

    call.folder, call.log, call.running = folder, folder.parent / "log.txt", start
    return call


def _output(done):
    assert done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace")
    return done.stdout.decode("utf-8").strip()


def test_installing_where_the_console_is_cp949_leaves_only_ascii_paths(uv):
    _output(uv("sync", more={"PYTHONIOENCODING": "cp949", "PYTHONUTF8": "0"}))
    files = list((uv.folder / ".venv").rglob("*.pth"))
    assert any("anchorbox_utils" in path.name for path in files)
    assert [path for path in files if not path.read_bytes().isascii()] == []


def test_python_starts_under_a_cp949_locale(uv, tmp_path):
    # 리눅스의 uv는 cp949인 경로를 읽지 못하므로 파이썬을 바로 켭니다.
    python = uv.folder / ".venv/bin/python"
    code = "import locale, numpy; print(locale.getencoding())"
    done = run([python, "-c", code], env=os.environ | make_locale(tmp_path), capture_output=True)
    assert (_output(done), done.stderr) == ("CP949", b"")


def test_a_changed_time_needs_no_network(uv):
    # 복사하거나 압축을 풀거나 동기화하면 시각이 바뀌고, uv는 강좌를 다시 짓습니다.
    os.utime(uv.folder / "pyproject.toml")
    code = "import anchorbox_utils; print(ascii(anchorbox_utils.__file__))"
    done = uv("run", "python", "-c", code, more=NO_NETWORK)
    assert "anchorbox_utils" in _output(done)
    assert b"Built anchorbox-utils" in done.stderr


def test_the_first_command_opens_the_course_in_korean(uv):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = ["run", "jupyter", "lab", "--no-browser", f"--port={port}"]
    with uv.running(*command, "--IdentityProvider.token=", more=NO_NETWORK) as server:
        wait_for(f"{url}/api", server, uv.log)
        page = urllib.request.urlopen(f"{url}/lab/tree/notebooks/00_intro.ipynb").read()
        settings = urllib.request.urlopen(
            f"{url}/lab/api/settings/@jupyterlab/translation-extension:plugin"
        )
        assert b"jupyter-config-data" in page
        assert json.load(settings)["schema"]["properties"]["locale"]["default"] == "ko_KR"
        korean = json.load(urllib.request.urlopen(f"{url}/lab/api/translations/ko_KR"))
        assert korean["data"]["jupyterlab"]["Run All Cells"] == ["모든 셀 실행"]
    assert "/lab/tree/notebooks/00_intro.ipynb" in uv.log.read_text(encoding="utf-8")


def test_the_second_command_passes(uv):
    # 모든 검사는 지금 이것을 돌리고 있는 명령이 합니다. 여기서는 폴더가 문제되는 것만 봅니다.
    files = ("test_environment.py", "test_losses.py", "test_course.py")
    tests = [f"tests/{name}" for name in files]
    done = uv("run", "pytest", *tests, "notebooks/02_three_minute_exercise.ipynb", more=NO_NETWORK)
    assert re.search(r"\d+ passed", _output(done))


def test_the_checker_alone_needs_no_jupyterlab(uv, tmp_path):
    _output(uv("venv", tmp_path / "alone"))
    python = next(path for path in (tmp_path / "alone").glob("*/python*") if path.is_file())
    # pip처럼, uv에게만 하는 이야기([tool.uv])는 읽지 않습니다.
    _output(uv("--no-config", "pip", "install", "--python", python, "."))
    code = (
        "from importlib.util import find_spec; import anchorbox_utils\n"
        "print([n for n in ('jupyterlab', 'ipywidgets', 'skimage') if find_spec(n)])\n"
        "try: anchorbox_utils.FormulaLab\n"
        "except ImportError as error: print(ascii(str(error)))"
    )
    found, problem = _output(run([python, "-c", code], capture_output=True)).splitlines()
    assert found == "[]" and "anchorbox-utils[course]" in problem
    (tmp_path / "data").mkdir()
    Image.new("RGB", (64, 48)).save(tmp_path / "data" / "a.png")
    (tmp_path / "data" / "a.txt").write_text("0 0.5 0.5 0.25 0.25\n", encoding="utf-8")
    command = python.with_name("anchorbox-diagnose")
    report = tmp_path / "report.html"
    _output(run([command, tmp_path / "data", "--html", report], capture_output=True))
    assert "data:image/png;base64," in report.read_text(encoding="utf-8")
