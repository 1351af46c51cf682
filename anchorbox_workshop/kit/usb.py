"""USB 꾸러미: 네트워크 없는 교실에서 설치할 휠, 레슨, 슬라이드, 사이트를 한 폴더에 모읍니다."""

import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from anchorbox_workshop.kit.lessons import ROOT, KitError
from anchorbox_workshop.kit.page import BUILD
from anchorbox_workshop.kit.programs import run

HERE = Path(__file__).parent
SITE = ROOT / "build" / "site"
# 학습자에게 나누어 주는 것. 정답(solutions/)과 강사의 글은 넣지 않습니다.
COURSE = ("notebooks", "exercises", "tools/jupyterlab", "README.md", "LICENSE", "LICENSE-texts")
# 슬라이드의 발표자 메모에는 답이 있습니다. PDF와 글 파일의 메모는 지울 수 없어 HTML만 넣습니다.
SPEAKER_NOTE = re.compile(r'<div class="bespoke-marp-note".*?</div>', re.DOTALL)
LEFT_OUT = shutil.ignore_patterns(".ipynb_checkpoints", "*.backup-*", "__pycache__")


class Platform(NamedTuple):
    """휠을 받을 운영 체제.

    Attributes:
        resolved: uv가 버전을 고를 때 쓰는 이름.
        tags: 휠의 이름에 적힌 꼬리표. 앞의 것일수록 새것입니다.
    """

    resolved: str
    tags: tuple[str, ...]


PLATFORMS = {
    "windows": Platform("x86_64-pc-windows-msvc", ("win_amd64",)),
    "macos": Platform(
        "aarch64-apple-darwin",
        tuple(f"macosx_{n}_0_{a}" for n in (14, 13, 12, 11) for a in ("arm64", "universal2")),
    ),
    "linux": Platform(
        "x86_64-manylinux_2_28",
        ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    ),
}
HERE_NAME = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

READ_ME = """\
앵커 박스 강좌: 네트워크 없이 설치하기

1. 이 폴더를 통째로 컴퓨터에 복사합니다. USB에서 바로 실행하면 느립니다.
2. 복사한 폴더에서 터미널을 열고 실행합니다.
       python install.py
   python을 찾지 못하면 Windows에서는 py install.py, macOS와 리눅스에서는 python3 install.py입니다.
3. 끝에 나오는 명령을 실행하면 첫 레슨이 열립니다.

쓸 수 있는 것: 운영 체제 {platforms}, Python {pythons}
{extras}
"""
EXTRAS = {
    "slides": "slides 폴더의 HTML을 브라우저로 열면 슬라이드입니다.",
    "site": "site/index.html을 브라우저로 열면 설치하지 않고 레슨을 읽고 실험대를 만집니다.",
}
MISSING = {
    "slides": "슬라이드는 아직 만들지 않아 뺐습니다. 넣으려면 먼저 실행하세요: "
    "uv run anchorbox-workshop slides",
    "site": "웹사이트는 아직 만들지 않아 뺐습니다(없어도 수업에는 지장이 없습니다). 넣으려면 먼저 "
    "실행하세요: uv run python tools/build_site.py",
}


def pin(platform, python, path):
    """그 운영 체제와 파이썬에서 강좌에 필요한 꾸러미들을 ``path``에 적습니다."""
    options = ["--extra", "course", "--no-header", "--no-annotate", "--quiet"]
    where = ["--python-platform", PLATFORMS[platform].resolved, "--python-version", python]
    command = ["uv", "pip", "compile", "pyproject.toml", *options, *where, "-o", str(path)]
    run(command, cwd=ROOT)


def download(pins, platform, python, folder):
    """목록에 적힌 꾸러미들의 휠을 받습니다."""
    tags = [word for tag in PLATFORMS[platform].tags for word in ("--platform", tag)]
    options = ["--no-deps", "--only-binary=:all:", "--quiet", "--disable-pip-version-check"]
    options += ["--python-version", python, *tags, "--dest", str(folder)]
    run(["uv", "tool", "run", "pip", "download", *options, "-r", str(pins)])


def build_usb(folder, platforms=(HERE_NAME,), pythons=(PYTHON,)):
    """USB 꾸러미를 ``folder``에 만들고, 넣지 못한 것의 이름들을 돌려줍니다.

    Args:
        folder: 없거나 비어 있는 폴더.
        platforms: :data:`PLATFORMS`의 이름들.
        pythons: ``"3.12"`` 같은 파이썬의 판들.

    Raises:
        KitError: 폴더가 비어 있지 않을 때, 휠을 받지 못했을 때.
    """
    folder = Path(folder).resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise KitError(f"{folder}: 이 폴더는 비어 있지 않습니다. 없거나 빈 폴더를 주세요.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # 다 모은 다음에 옮겨서, 멈추어도 반쪽짜리가 남지 않습니다.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".usb-") as temporary:
        made = Path(temporary, "usb")
        wheels = made / "wheels"
        wheels.mkdir(parents=True)
        run(["uv", "build", "--quiet", "--wheel", "--out-dir", str(wheels), str(ROOT)])
        # uv가 남기는, 커밋하지 말라는 표시입니다.
        (wheels / ".gitignore").unlink(missing_ok=True)
        for platform in platforms:
            for python in pythons:
                # 설치할 때는 이 목록만 봅니다. pip는 pyproject.toml의 uv 설정을 모릅니다.
                pins = wheels / f"{platform}-{python}.txt"
                pin(platform, python, pins)
                download(pins, platform, python, wheels)
        missing = _fill(made, platforms, pythons)
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    return missing


def _copy_slides(source, target):
    target.mkdir()
    for path in source.glob("*.html"):
        text = SPEAKER_NOTE.sub("", path.read_text(encoding="utf-8"))
        (target / path.name).write_text(text, encoding="utf-8", newline="\n")


def _fill(made, platforms, pythons):
    for name in COURSE:
        source, target = ROOT / name, made / "course" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=LEFT_OUT)
        else:
            shutil.copy(source, target)
    shutil.copy(HERE / "usb_install.py", made / "install.py")
    built = {"slides": (BUILD / "slides", _copy_slides), "site": (SITE, shutil.copytree)}
    for name, (source, copy) in built.items():
        if source.is_dir():
            copy(source, made / name)
    found = [name for name in built if (made / name).is_dir()]
    text = READ_ME.format(
        platforms=", ".join(platforms),
        pythons=", ".join(pythons),
        extras="\n".join(EXTRAS[name] for name in found),
    )
    # 한국어 Windows의 메모장도 BOM이 있으면 UTF-8로 읽습니다.
    (made / "READ_ME_FIRST.txt").write_text(text, encoding="utf-8-sig")
    return [name for name in built if name not in found]
