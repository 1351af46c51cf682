"""USB 꾸러미: 네트워크 없이 설치할 폴더를 만들고, 정말 네트워크 없이 설치되는지 봅니다."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from anchorbox_workshop.kit import usb
from anchorbox_workshop.kit.command import parser
from anchorbox_workshop.kit.lessons import KitError

INSTALL = Path(usb.__file__).parent / "usb_install.py"


@pytest.fixture
def commands(monkeypatch, tmp_path):
    """명령을 실행하지 않고 적어 둡니다. 휠 하나는 만든 척합니다."""
    told = []

    def run(command, cwd=None, env=None):
        told.append(command)
        if command[:2] == ["uv", "build"]:
            folder = Path(command[command.index("--out-dir") + 1])
            (folder / "anchorbox_utils-0-py3-none-any.whl").touch()
            (folder / ".gitignore").touch()
        if command[:3] == ["uv", "pip", "compile"]:
            Path(command[-1]).write_text("numpy==2.4.6\n", encoding="utf-8")

    monkeypatch.setattr(usb, "run", run)
    monkeypatch.setattr(usb, "BUILD", tmp_path / "build")
    monkeypatch.setattr(usb, "SITE", tmp_path / "site")
    return told


def test_the_kit_holds_the_course_without_solutions(commands, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").touch()
    missing = usb.build_usb(tmp_path / "usb", ["linux", "windows"], ["3.11", "3.12"])
    made = tmp_path / "usb"
    assert missing == ["slides"] and (made / "site" / "index.html").exists()
    assert {path.name for path in (made / "course").iterdir()} == {
        *("notebooks", "exercises", "tools", "README.md", "LICENSE", "LICENSE-texts")
    }
    assert not [path for path in made.rglob("*") if "solutions" in path.name]
    assert sorted(path.name for path in (made / "wheels").iterdir()) == [
        "anchorbox_utils-0-py3-none-any.whl",
        *("linux-3.11.txt", "linux-3.12.txt", "windows-3.11.txt", "windows-3.12.txt"),
    ]
    read_me = (made / "READ_ME_FIRST.txt").read_text(encoding="utf-8-sig")
    assert "linux, windows" in read_me and "site/index.html" in read_me
    assert "slides 폴더" not in read_me
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".usb")] == []


def test_the_slides_of_the_kit_hold_no_answers(commands, tmp_path):
    slides = tmp_path / "build" / "slides"
    slides.mkdir(parents=True)
    note = '<div class="bespoke-marp-note" data-index="1"><p>정답: 0.2\n\n틀린 답</p></div>'
    shown = "<section><div>문제</div></section>"
    (slides / "01_formula.html").write_text(f"{shown}{note}{note}<p>끝</p>", encoding="utf-8")
    for suffix in ("txt", "pdf"):
        (slides / f"01_formula.{suffix}").write_text("정답: 0.2", encoding="utf-8")
    assert usb.build_usb(tmp_path / "usb") == ["site"]
    (copied,) = (tmp_path / "usb" / "slides").iterdir()
    assert copied.read_text(encoding="utf-8") == f"{shown}<p>끝</p>"


def test_every_download_is_of_wheels_for_that_machine(commands, tmp_path):
    usb.build_usb(tmp_path / "usb", usb.PLATFORMS, ["3.12"])
    downloads = [command for command in commands if "download" in command]
    assert len(downloads) == len(usb.PLATFORMS)
    for command, platform in zip(downloads, usb.PLATFORMS.values(), strict=True):
        assert "--only-binary=:all:" in command and "3.12" in command
        assert [t for t in command if t in platform.tags] == list(platform.tags)


def test_a_folder_with_something_in_it_is_left_alone(commands, tmp_path):
    (tmp_path / "mine.txt").write_text("내 글", encoding="utf-8")
    with pytest.raises(KitError, match="이 폴더는 비어 있지 않습니다"):
        usb.build_usb(tmp_path)
    with pytest.raises(KitError, match="이 폴더는 비어 있지 않습니다"):
        usb.build_usb(tmp_path / "mine.txt")
    assert commands == [] and (tmp_path / "mine.txt").exists()


def test_a_download_that_fails_leaves_nothing_behind(commands, tmp_path, monkeypatch):
    def fail(*_):
        raise KitError("휠을 받지 못했습니다.")

    monkeypatch.setattr(usb, "download", fail)
    with pytest.raises(KitError, match="휠을 받지"):
        usb.build_usb(tmp_path / "usb")
    assert sorted(path.name for path in tmp_path.iterdir()) == []


def test_the_installer_says_what_the_kit_is_for(tmp_path, capsys):
    shutil.copy(INSTALL, tmp_path / "install.py")
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "windows-3.99.txt").touch()
    assert runpy.run_path(str(tmp_path / "install.py"))["main"]() == 1
    told = capsys.readouterr().out
    assert f"{usb.HERE_NAME}-{usb.PYTHON}" in told and "windows-3.99" in told
    # 강사가 받아 적을 수 있는 인수입니다.
    asked = re.search("`(.+)`", told)[1].split()
    args = parser().parse_args(["usb", "폴더", *asked])
    assert (args.platform, args.python) == ([usb.HERE_NAME], [usb.PYTHON])


# 새 네트워크 이름 공간에는 아무 데도 닿지 않는 lo만 있습니다. 커널은 그 lo를 씁니다.
OFFLINE = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    fcntl.ioctl(probe, 0x8914, struct.pack("16sh14x", b"lo", 0x41))
os.execvp(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.wide
@pytest.mark.skipif(not shutil.which("unshare"), reason="네트워크를 끌 수 있는 리눅스에서만")
def test_the_kit_installs_and_runs_a_lesson_without_a_network(tmp_path):
    made = tmp_path / "교실 1"
    usb.build_usb(made)
    offline = ["unshare", "--map-root-user", "--net", sys.executable, "-c", OFFLINE]
    environment = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    install = [*offline, sys.executable, str(made / "install.py")]
    subprocess.run(install, check=True, env=environment)
    jupyter = made / "course" / ".venv" / "bin" / "jupyter"
    lesson = made / "course" / "notebooks" / "01_formula.ipynb"
    subprocess.run([*offline, str(jupyter), "execute", str(lesson)], check=True, env=environment)
