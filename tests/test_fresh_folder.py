"""README의 두 명령을 처음 받은 사람처럼: 한글과 빈칸이 있는 폴더에서, 아무 설정 없이."""

import json
import os
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest
from browser import ended
from cp949 import make_locale

ROOT = Path(__file__).resolve().parent.parent
# 설치를 처음부터 하므로 CI에서만 돌립니다.
pytestmark = [pytest.mark.heavy]

# 인터넷이 없는 교실처럼, 밖으로 나가는 모든 연결이 곧바로 실패합니다.
NO_NETWORK = {name: "http://127.0.0.1:9" for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")}
# 지금 돌고 있는 검사의 것이 새 환경에 새어 들어가지 않게 합니다.
OURS = ("VIRTUAL_ENV", "UV_", "PYTEST_", "JUPYTER", "IPYTHON", "ANCHORBOX_", "PYTHON")
KEPT = ("UV_CACHE_DIR", "UV_PYTHON")


@pytest.fixture(scope="module")
def uv(tmp_path_factory):
    """강좌를 `한글 폴더`에 복사하고, 거기서 uv를 부르는 함수를 돌려줍니다."""
    folder = tmp_path_factory.mktemp("fresh") / "한글 폴더"
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
    cache = subprocess.run([*command, "cache", "dir"], capture_output=True, text=True, check=True)
    env["UV_CACHE_DIR"] = cache.stdout.strip()

    def call(*args, more={}, start=subprocess.run, **options):
        return start([*command, *args], cwd=folder, env=env | more, **options)

    call.folder = folder
    return call


def _output(process):
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def test_installing_where_the_console_is_cp949_leaves_only_ascii_paths(uv):
    korean_windows = {"PYTHONIOENCODING": "cp949", "PYTHONUTF8": "0"}
    _output(uv("sync", more=korean_windows, capture_output=True, text=True, errors="replace"))
    files = list((uv.folder / ".venv").rglob("*.pth"))
    assert any("anchorbox_utils" in path.name for path in files)
    assert [path for path in files if not path.read_bytes().isascii()] == []


def test_python_starts_and_finds_the_module_under_a_cp949_locale(uv, tmp_path):
    code = "import locale, anchorbox_utils; print(locale.getencoding())"
    options = {"more": make_locale(tmp_path), "capture_output": True}
    done = uv("run", "python", "-c", code, **options)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"CP949", b"")


def test_a_changed_time_needs_no_network(uv):
    # 복사하거나 압축을 풀거나 동기화하면 시각이 바뀌고, uv는 강좌를 다시 짓습니다.
    os.utime(uv.folder / "pyproject.toml")
    code = "import anchorbox_utils; print(anchorbox_utils.__file__)"
    done = uv("run", "python", "-c", code, more=NO_NETWORK, capture_output=True, text=True)
    assert Path(_output(done).strip()).is_relative_to(uv.folder)
    assert "Built anchorbox-utils" in done.stderr


def test_the_first_command_opens_the_course_in_korean(uv):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    command = ("run", "jupyter", "lab", "--no-browser", "--port=0", "--IdentityProvider.token=")
    server = uv(*command, more=NO_NETWORK, start=subprocess.Popen, **options)
    with ended(server):
        address = next(
            found[0]
            for line in server.stdout
            if (found := re.search(r"http://127\.0\.0\.1:\d+/lab\S*", line))
        )
        page = urllib.request.urlopen(address, timeout=30).read().decode("utf-8")
        config = json.loads(
            re.search(r'id="jupyter-config-data"[^>]*>(.+?)</script>', page, re.S)[1]
        )
        translations = urllib.request.urlopen(
            f"{config['baseUrl'].join([address.split('/lab')[0], ''])}lab/api/translations/ko_KR"
        )
        assert json.load(translations)["data"]
    assert address.endswith("/lab/tree/notebooks/00_intro.ipynb")


def test_the_second_command_passes(uv):
    # 모든 검사는 지금 이것을 돌리고 있는 명령이 합니다. 여기서는 폴더의 이름이 문제되는 것만 봅니다.
    files = [
        "tests/test_environment.py",
        "tests/test_boxes.py",
        "notebooks/02_three_minute_exercise.ipynb",
    ]
    done = uv("run", "pytest", *files, more=NO_NETWORK, capture_output=True, text=True)
    assert re.search(r"\d+ passed", _output(done))
