"""설치와 검사의 약속: 환경 파일, README의 검사 명령, 저장소에 든 파일의 모양."""

import asyncio
import json
import os
import re
import shutil
import site
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from ipykernel.ipkernel import IPythonKernel
from jupyterlab.commands import get_app_dir
from packaging.requirements import Requirement
from rattler import MatchSpec
from traitlets.config import Config, PyFileConfigLoader

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _bounds(version):
    return sorted(str(version or "").split(","))


def _differences(entries, project):
    """conda 환경의 항목이 pyproject.toml과 다른 점: {이름: (environment.yml, pyproject.toml)}"""
    specs = [MatchSpec(entry) for entry in entries if isinstance(entry, str)]
    conda = {spec.name.normalized: _bounds(spec.version) for spec in specs}
    wanted = {"python": _bounds(project["requires-python"]), "pip": _bounds(None)}
    course = project["optional-dependencies"]["course"]
    for requirement in map(Requirement, project["dependencies"] + course):
        wanted[requirement.name] = _bounds(requirement.specifier)
    names = conda.keys() | wanted.keys()
    pairs = {name: (conda.get(name), wanted.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def test_environment_matches_pyproject():
    assert ENVIRONMENT["channels"] == ["conda-forge"]
    assert _differences(ENVIRONMENT["dependencies"], PROJECT) == {}
    assert ENVIRONMENT["dependencies"][-1] == {"pip": ["-e .[course]"]}


@pytest.mark.parametrize("entry", [e for e in ENVIRONMENT["dependencies"] if isinstance(e, str)])
def test_drift_in_any_entry_is_noticed(entry):
    entries = ENVIRONMENT["dependencies"]
    name = MatchSpec(entry).name.normalized
    assert name in _differences([e for e in entries if e != entry], PROJECT)
    changed = [f"{name}>=0.1,<0.2" if e == entry else e for e in entries]
    assert name in _differences(changed, PROJECT)


def test_ci_runs_the_command_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [line.strip() for line in readme.splitlines() if "uv run pytest" in line]
    assert commands, "README.md에 검사 명령(uv run pytest)이 없습니다."
    script = ROOT / ".ci" / "run"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    # 나머지 줄은 환경 변수를 정할 뿐이라, README만 따라 한 사람도 같은 검사를 돌립니다.
    settings = re.compile(r"#|$|set |cd |export |unset |[A-Z_]+=")
    assert [line for line in lines if not settings.match(line)] == [commands[0]]
    assert os.access(script, os.X_OK)


def _git(*args):
    command = ["git", "-c", "core.quotePath=false", *args]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode("utf-8")


@pytest.fixture(scope="module")
def files():
    if not (ROOT / ".git").exists():
        pytest.skip("git 저장소가 아닌 곳(압축 파일로 받은 경우)에는 추적 목록이 없습니다.")
    # 아직 커밋하지 않은 새 파일도 봅니다.
    names = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return {name: ROOT / name for name in names if name and (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def texts(files):
    contents = {name: path.read_bytes() for name, path in files.items()}
    return {name: content for name, content in contents.items() if b"\0" not in content}


def test_file_names_are_ascii(files):
    assert [name for name in files if not name.isascii()] == []


def test_texts_are_utf8_with_lf(texts):
    def wrong(content):
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            return True
        return b"\r" in content or content.startswith(b"\xef\xbb\xbf")

    assert "tests/test_environment.py" in texts
    assert [name for name, content in texts.items() if wrong(content)] == []


# 주소가 적힌 파일은 미러를 쓰는 곳이나 인터넷이 없는 곳에서 설치를 막습니다.
REGISTRY = re.compile(rb"\b(pypi|pythonhosted|anaconda|npmjs)\.(org|com)\b")


def test_no_file_names_a_package_registry(texts):
    assert REGISTRY.search(".".join(["https://files", "pythonhosted", "org"]).encode())
    assert [name for name, content in texts.items() if REGISTRY.search(content)] == []


def _jupyterlab_config():
    loader = PyFileConfigLoader("jupyter_lab_config.py", path=str(ROOT / "tools" / "jupyterlab"))
    return loader.load_config()


def test_jupyterlab_opens_the_first_lesson(monkeypatch):
    monkeypatch.chdir(ROOT)
    config = _jupyterlab_config()["LabApp"]
    first_lesson = min((ROOT / "notebooks").glob("*.ipynb"))
    assert config["default_url"] == f"/lab/tree/notebooks/{first_lesson.name}"
    overrides = Path(config["app_settings_dir"], "overrides.json").read_text(encoding="utf-8")
    # 설정의 이름이 바뀌면 JupyterLab은 아무 말 없이 무시하고 알림 창을 다시 띄웁니다.
    schemas = Path(get_app_dir(), "schemas")
    for plugin, settings in json.loads(overrides).items():
        extension, name = plugin.split(":")
        schema = json.loads((schemas / extension / f"{name}.json").read_text(encoding="utf-8"))
        assert settings.keys() <= schema["properties"].keys()


def test_jupyterlab_dims_figures_in_its_dark_theme(monkeypatch):
    monkeypatch.chdir(ROOT)
    config = _jupyterlab_config()
    assert config["LabApp"]["custom_css"] is True
    (folder,) = config["ServerApp"]["tornado_settings"]["static_custom_path"]
    style = Path(folder, "custom.css").read_text(encoding="utf-8")
    assert "[data-jp-theme-light='false'] .jp-RenderedImage img" in style


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_root_may_start_jupyterlab_and_is_told(monkeypatch, capsys, user, allowed):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    assert ("allow_root" in _jupyterlab_config()["ServerApp"]) is allowed
    assert len(capsys.readouterr().err.splitlines()) == allowed


def test_the_python_version_is_filled_on_opening_and_left_out_on_saving(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    manager_class = _jupyterlab_config()["ServerApp"]["contents_manager_class"]
    # 서명은 이 컴퓨터를 쓰는 사람의 목록이 아니라 여기에 적힙니다.
    config = Config(NotebookNotary={"data_dir": str(tmp_path)})
    manager = manager_class(root_dir=str(tmp_path), config=config)
    lesson = min((ROOT / "notebooks").glob("*.ipynb"))
    shutil.copy(lesson, tmp_path)

    model = asyncio.run(manager.get(lesson.name))
    language = model["content"]["metadata"]["language_info"]
    assert language == IPythonKernel.language_info
    asyncio.run(manager.save({"type": "notebook", "content": model["content"]}, lesson.name))
    saved = nbformat.read(tmp_path / lesson.name, as_version=4).metadata
    assert saved == nbformat.read(lesson, as_version=4).metadata
    (tmp_path / "bare.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook()), "utf-8")
    assert asyncio.run(manager.get("bare.ipynb"))["content"]["metadata"] == {}
    (tmp_path / "text.txt").write_text("글", encoding="utf-8")
    assert asyncio.run(manager.get("text.txt"))["content"] == "글"
    manager.notary.store.close()


def test_jupyterlab_is_left_alone_in_other_folders(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert _jupyterlab_config() == {}


def test_path_files_of_the_environment_are_ascii():
    # 한국어 Windows의 Python 3.11과 3.12는 .pth를 cp949로 읽다가 시작하지 못합니다.
    files = [path for folder in site.getsitepackages() for path in Path(folder).glob("*.pth")]
    assert any("anchorbox_utils" in path.name for path in files)
    assert [path for path in files if not path.read_bytes().isascii()] == []


def test_jupyterlab_config_is_installed_with_the_package():
    installed = Path(sys.prefix, "etc", "jupyter", "jupyter_lab_config.py")
    source = ROOT / "tools" / "jupyterlab" / "jupyter_lab_config.py"
    assert installed.is_file(), "uv sync를 다시 실행합니다."
    assert installed.read_bytes() == source.read_bytes(), "uv sync를 다시 실행합니다."
