"""강좌를 브라우저 안의 JupyterLab(JupyterLite)으로 짓습니다. 설치하지 않아도 셀과 검사가 돕니다.

`tools/build_site.py`가 사이트를 지으며 부릅니다. 파이썬(Pyodide)은 보통 공개 CDN에서 받게 하고,
풀어 둔 배포판의 폴더를 주면 그 파일까지 함께 놓습니다.
"""

import importlib.metadata
import json
import shutil
import sys
import tempfile
from pathlib import Path

from packaging.utils import canonicalize_name

from anchorbox_workshop.kit.programs import npm_packages, run

ROOT = Path(__file__).resolve().parent.parent
WEB, BUILD = ROOT / "web", ROOT / "build"
LOCK = "pyodide-lock.json"
NAME = "앵커 박스 실습"
# Pyodide가 스스로 배포하는 곳. 사이트에 적는 단 하나의 바깥 주소입니다.
CDN = "https://cdn.jsdelivr.net/pyodide/v{version}/full/"
COURSE = "anchorbox-utils"
# JupyterLab의 화면에 더하는 것: 실험대, 위젯, 파이썬의 커널.
EXTENSIONS = ("anywidget", "jupyterlab-widgets", "jupyterlite-pyodide-kernel")
# 배포판에 없을 수 있는, 파이썬으로만 쓴 꾸러미. 데스크톱과 같은 판을 함께 놓습니다.
PURE = ("anywidget", "comm", "defusedxml", "ipywidgets", "psygnal", "typing-extensions")
# 커널을 켜며 한꺼번에 받는 것. 커널의 것이 빠지면 켜지며 꾸러미 저장소에 묻습니다.
KERNEL = ("micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython")
STARTING = (*KERNEL, "ssl", "sqlite3", COURSE)
# 강좌의 화면에 드는 것은 꾸러미의 [course]에 적혀 있어 휠의 의존성에는 없습니다.
SCREEN = ("anywidget", "ipywidgets")
SETTINGS = {
    # 탭을 갑자기 닫아도 잃는 것은 몇 초입니다.
    "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": 5},
    # 사이트처럼 밤에는 어둡게 엽니다.
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
}
CORE = ("pyodide.mjs", "pyodide.js", "pyodide.asm.*", "python_stdlib.zip")
# 이 함수를 쓰는 레슨에는 scikit-image가 듭니다.
PHOTOS = ("load_coins", "load_words", "load_galaxies")
FETCH_PHOTOS = """\
# 브라우저에서만: 이 레슨의 진짜 사진에 드는 scikit-image를 받습니다.
try:
    import skimage
except ImportError:
    print("여기에는 scikit-image가 없어, 진짜 사진을 쓰는 셀은 돌지 않습니다.")
    print("그 셀까지 해 보려면 강좌를 내려받아 설치하세요.")
"""


def extension(package):
    """설치된 꾸러미에 든 JupyterLab 확장의 폴더."""
    (found,) = (
        file.locate().resolve().parent
        for file in importlib.metadata.files(package)
        if file.name == "package.json" and "labextensions" in file.parts
    )
    return found


# --- 꾸러미 -----------------------------------------------------------------------------


def wheels(folder, lock):
    """강좌의 휠, 커널의 휠, 목록 `lock`에 없는 꾸러미들의 휠을 `folder`에 모읍니다."""
    kept = BUILD / "lite-wheels"
    kept.mkdir(parents=True, exist_ok=True)
    options = ["--no-deps", "--only-binary=:all:", "--platform", "any", "--dest", str(kept)]
    for name in PURE:
        if name in lock.packages:
            continue
        version = importlib.metadata.version(name)
        wanted = f"{name.replace('-', '_')}-{version}-*.whl"
        if not [*kept.glob(wanted)]:
            run(["uv", "tool", "run", "pip", "download", *options, f"{name}=={version}"])
        shutil.copy(*kept.glob(wanted), folder)
    for wheel in (extension("jupyterlite-pyodide-kernel") / "static" / "pypi").glob("*.whl"):
        if wheel.name.partition("-")[0] in ("ipykernel", "piplite", "pyodide_kernel"):
            shutil.copy(wheel, folder)
    run(["uv", "build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT)])
    return sorted(folder.glob("*.whl"))


def read_lock(folder):
    """배포판의 꾸러미 목록."""
    from pyodide_lock import PyodideLockSpec

    lock = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    # 새 배포판의 목록에는 판이 적혀 있지 않은데 pyodide-lock은 그것까지 있어야 읽습니다.
    lock["info"].setdefault("version", "")
    return PyodideLockSpec(**lock)


def own_lock(lock, made, address):
    """배포판의 꾸러미 목록에 `made`의 휠들을 더합니다. 배포판의 파일은 `address`에 있습니다."""
    from pyodide_lock.utils import add_wheels_to_spec

    lock = lock.model_copy(deep=True)
    for package in lock.packages.values():
        package.file_name = address + package.file_name
    lock = add_wheels_to_spec(lock, made, ignore_missing_dependencies=True)
    lock.packages[COURSE].depends += SCREEN
    for package in lock.packages.values():
        # 화면에서만 쓰는 것처럼, 브라우저의 파이썬에 없고 없어도 되는 것을 뺍니다.
        names = map(canonicalize_name, package.depends)
        package.depends = [name for name in names if name in lock.packages]
    return lock


def needed(lock, names):
    """꾸러미들과, 그것들이 쓰는 것까지의 이름."""
    found, left = set(), [name for name in names if name in lock.packages]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += lock.packages[name].depends
    return found


def place_pyodide(folder, distribution):
    """파이썬의 꾸러미 목록과 휠을 `folder`에 놓고, (Pyodide의 주소, 목록)을 돌려줍니다."""
    folder.mkdir(parents=True)
    # CDN에 있는 것과 같은 목록이 npm의 꾸러미에 들어 있습니다.
    source = distribution or npm_packages(WEB) / "pyodide"
    lock = read_lock(source)
    if distribution is None:
        version = json.loads((source / "package.json").read_text(encoding="utf-8"))["version"]
        address = CDN.format(version=version)
        lock = own_lock(lock, wheels(folder, lock), address)
        lock.to_json(folder / LOCK)
        return address, lock
    lock.packages = {
        name: package
        for name, package in lock.packages.items()
        if (distribution / package.file_name).exists()
    }
    lock = own_lock(lock, wheels(folder, lock), "")
    used = needed(lock, (*STARTING, "scikit-image"))
    lock.packages = {name: lock.packages[name] for name in sorted(used)}
    lock.to_json(folder / LOCK)
    files = [file for pattern in CORE for file in distribution.glob(pattern)]
    for file in [*files, *(distribution / p.file_name for p in lock.packages.values())]:
        if file.exists():
            shutil.copy(file, folder)
    return "./static/pyodide/", lock


# --- 노트북 -----------------------------------------------------------------------------


def copy_notebooks(folder):
    """레슨과, 배포용 과제와, 레슨이 읽는 기록을 `folder`에 놓습니다."""
    for path in [
        *(ROOT / "notebooks").glob("*.ipynb"),
        *(ROOT / "notebooks").glob("*.json"),
        ROOT / "notebooks" / "source_document.md",
        *(ROOT / "exercises").glob("*/*.ipynb"),
    ]:
        if ".backup-" in path.name:
            continue
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        target.write_text(for_lite(text) if path.suffix == ".ipynb" else text, encoding="utf-8")


def for_lite(text):
    """노트북의 글을 브라우저의 것으로: 커널을 고르라고 묻지 않는 이름과, 사진을 받는 셀."""
    nb = json.loads(text)
    nb["metadata"]["kernelspec"] = {
        "name": "python",
        "display_name": "Python (Pyodide)",
        "language": "python",
    }
    first = next((i for i, cell in enumerate(nb["cells"]) if cell["cell_type"] == "code"), 0)
    if nb["cells"] and any(name in "".join(nb["cells"][first]["source"]) for name in PHOTOS):
        cell = {"id": "fetch-photos", "cell_type": "code", "source": FETCH_PHOTOS}
        nb["cells"].insert(first, cell | {"metadata": {}, "execution_count": None, "outputs": []})
    return json.dumps(nb, ensure_ascii=False, indent=1) + "\n"


# --- 짓기 -------------------------------------------------------------------------------


def settings(address, lock):
    """화면의 설정: 파이썬의 주소, 함께 받을 꾸러미, 진도를 적을 곳."""
    kernel = {
        "pyodideUrl": f"{address}pyodide.mjs",
        "disablePyPIFallback": True,
        "loadPyodideOptions": {
            "lockFileURL": f"./static/pyodide/{LOCK}",
            "packages": [name for name in STARTING if name in lock.packages],
            # 이 폴더에 적은 것은 노트북처럼 브라우저에 남습니다.
            "env": {"HOME": "/home/pyodide", "ANCHORBOX_HOME": "/drive/.anchorbox"},
        },
    }
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": NAME,
            "exposeAppInBrowser": True,
            "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
        },
    }


def build(out, distribution=None):
    """브라우저의 JupyterLab을 폴더 `out`에 짓습니다."""
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary, "source")
        pyodide = Path(temporary, "pyodide")
        found = settings(*place_pyodide(pyodide, distribution))
        copy_notebooks(source / "files")
        (source / "jupyter-lite.json").write_text(json.dumps(found), encoding="utf-8")
        desktop = (ROOT / "tools" / "jupyterlab" / "overrides.json").read_text(encoding="utf-8")
        overrides = json.dumps(json.loads(desktop) | SETTINGS)
        (source / "overrides.json").write_text(overrides, encoding="utf-8")
        config = {
            "LiteBuildConfig": {
                "apps": ["lab"],
                "output_dir": str(out),
                "cache_dir": str(Path(temporary, "cache")),
                "ignore_sys_prefix": ["federated_extensions"],
                "federated_extensions": [str(extension(package)) for package in EXTENSIONS],
                "no_sourcemaps": True,
                "no_unused_shared_packages": True,
            }
        }
        (source / "jupyter_lite_config.json").write_text(json.dumps(config), encoding="utf-8")
        run([sys.executable, "-m", "jupyterlite_core", "build", "--force"], cwd=source)
        shutil.copytree(pyodide, out / "static" / "pyodide", dirs_exist_ok=True)
    page = out / "lab" / "index.html"
    text = page.read_text(encoding="utf-8")
    script = (WEB / "lite.js").read_text(encoding="utf-8")
    for before, after in {
        "<html>": '<html lang="ko">',
        "<title>JupyterLite</title>": f"<title>{NAME}</title>",
        "</body>": f"<script>\n{script}</script></body>",
    }.items():
        text = text.replace(before, after)
    page.write_text(text, encoding="utf-8")
