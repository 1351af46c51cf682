"""교실의 허브: 켜지 않고 설정을 읽어 약속을 확인합니다."""

import json
import runpy
import sys
import types
from collections import defaultdict
from pathlib import Path

import pytest

from anchorbox_workshop.kit import hub
from anchorbox_workshop.kit.lessons import ROOT, KitError


class Settings(defaultdict):
    """``c.JupyterHub.이름 = 값``을 적어 두는 것."""

    def __getattr__(self, name):
        return self[name]


class Section:
    pass


@pytest.fixture
def configure(monkeypatch, tmp_path):
    """설정 파일을 읽는 함수. 꾸러미 jupyterhub는 없어도 됩니다."""

    pytest.importorskip("resource", reason="허브는 리눅스와 macOS에서 켭니다")

    class Spawner:
        def make_preexec_fn(self, name):
            return lambda: None

    package, spawner = types.ModuleType("jupyterhub"), types.ModuleType("jupyterhub.spawner")
    spawner.SimpleLocalProcessSpawner = Spawner
    monkeypatch.setitem(sys.modules, "jupyterhub", package)
    monkeypatch.setitem(sys.modules, "jupyterhub.spawner", spawner)
    monkeypatch.setenv("ANCHORBOX_HUB_DATA", str(tmp_path / "hub"))
    monkeypatch.setenv("ANCHORBOX_HUB_PROXY", "node\nproxy.js")

    def read(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(f"ANCHORBOX_HUB_{name}", value)
        settings = Settings(Section)
        names = runpy.run_path(
            str(hub.HUB / "jupyterhub_config.py"), init_globals={"get_config": lambda: settings}
        )
        return settings, names

    return read


def test_the_hub_stays_on_this_machine_and_limits_everyone(configure):
    settings, _ = configure()
    assert settings.JupyterHub.bind_url == "http://127.0.0.1:8000"
    assert settings.JupyterHub.active_server_limit >= 30
    first = settings.Spawner.default_url.removeprefix("/lab/tree/")
    assert (ROOT / first).is_file()
    assert set(settings.Spawner.environment.values()) == {"1"}
    (role,) = settings.JupyterHub.load_roles
    (service,) = settings.JupyterHub.services
    assert role["services"] == [service["name"]] and "delete:servers" in role["scopes"]
    assert any(word.startswith("--timeout=") for word in service["command"])
    assert settings.ConfigurableHTTPProxy.command == ["node", "proxy.js"]


def test_a_hub_for_the_room_needs_a_password(configure):
    with pytest.raises(SystemExit, match="교실 암호를 정하세요"):
        configure(ADDRESS="0.0.0.0")
    settings, _ = configure(ADDRESS="0.0.0.0", PASSWORD="앵커", PORT="9000")
    assert settings.JupyterHub.bind_url == "http://0.0.0.0:9000"
    assert settings.DummyAuthenticator.password == "앵커"


def test_a_newcomer_gets_the_course_and_keeps_their_work(configure, tmp_path):
    settings, names = configure()
    home = tmp_path / "home" / "learner"
    person = types.SimpleNamespace(home_dir=str(home))
    settings.Spawner.pre_spawn_hook(person)
    lesson = home / "notebooks" / "01_formula.ipynb"
    assert lesson.read_bytes() == (ROOT / "notebooks" / lesson.name).read_bytes()
    assert (home / "exercises").is_dir() and not (home / "solutions").exists()
    lesson.write_text("내가 고친 것", encoding="utf-8")
    settings.Spawner.pre_spawn_hook(person)
    assert lesson.read_text(encoding="utf-8") == "내가 고친 것"


def test_what_the_hub_needs_is_told(monkeypatch):
    monkeypatch.setattr(hub.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(KitError, match="jupyterhub, jupyterhub_idle_culler.*--extra hub"):
        hub.hub_command()


def test_npm_packages_are_of_one_exact_version():
    for folder in (hub.HUB, hub.HUB.parent / "slides"):
        wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
        assert all(version.replace(".", "").isdecimal() for version in wanted.values())
        assert not list(Path(folder).glob("*lock*"))
