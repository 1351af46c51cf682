"""강좌를 웹사이트로 짓습니다. 실험대와 예측 카드가 커널 없이 살아 있습니다.

uv run python tools/build_site.py                # build/site에 짓습니다
uv run python tools/build_site.py --out 폴더
uv run python tools/build_site.py --pyodide 폴더   # 풀어 둔 Pyodide 배포판까지 함께 놓습니다

사이트에만 드는 꾸러미(의존성 묶음 `site`, web/package.json)는 처음 지을 때 스스로 받습니다.
네트워크는 그때만 씁니다. 다 지은 사이트는 어디에 놓아도, 서버 없이 파일로 열어도 됩니다. 다만 셀을
실행하는 `lite/`는 서버에 놓아야 하고, 그때 파이썬을 Pyodide의 공개 CDN에서 받습니다.
"""

import argparse
import filecmp
import gc
import hashlib
import importlib.util
import logging
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
# 일꾼마다 코어를 나누어 쓰므로 행렬곱을 또 나누지 않습니다.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from anchorbox_workshop.kit.lessons import KitError  # noqa: E402
from anchorbox_workshop.kit.programs import npm_packages, run  # noqa: E402

WEB, BUILD = ROOT / "web", ROOT / "build"
WORKERS = 2
# 바뀌면 상태를 다시 뽑아야 하는 파일들
SOURCES = (".py", ".json", ".toml", ".jpg", ".otf")
# myst-nb의 CSS의 대부분입니다.
TERMINAL_COLORS = re.compile(r"(?<=[{}])[^{}]*\.-Color[^{}]*\{[^{}]*\}")


class SiteError(Exception):
    """사이트를 짓지 못했습니다."""


def start_states(pool, lessons):
    """레슨마다 상태를 뽑기 시작하고 (폴더, 끝나면 알 수 있는 것)들을 돌려줍니다."""
    from tools.site_states import export_lesson

    code = [path for path in (ROOT / "anchorbox_utils").rglob("*") if path.suffix in SOURCES]
    records = lessons[0].parent.glob("*.json")
    shared = hashlib.sha256()
    for path in sorted([*code, *records, ROOT / "tools" / "site_states.py"]):
        shared.update(path.read_bytes())
    jobs = []
    # 뒤의 레슨이 오래 걸립니다.
    for lesson in reversed(lessons):
        key = shared.copy()
        key.update(lesson.read_bytes())
        folder = BUILD / "site-states" / f"{lesson.stem}-{key.hexdigest()[:16]}"
        future = None if folder.exists() else pool.submit(export_lesson, lesson, folder)
        jobs.append((folder, future))
    return jobs


def collect_states(jobs, folder):
    """뽑은 상태를 `folder`에 모으고, 바뀌기 전의 레슨에서 뽑았던 것을 지웁니다."""
    for states, future in jobs:
        if future:
            future.result()
        shutil.copytree(states, folder, dirs_exist_ok=True)
    kept = {states for states, _ in jobs}
    for old in set((BUILD / "site-states").iterdir()) - kept:
        shutil.rmtree(old)


def update(source, fresh):
    """`fresh`의 것 가운데 달라진 파일만 `source`로 옮깁니다. Sphinx는 그것만 다시 읽습니다."""
    kept = {path.relative_to(fresh) for path in fresh.rglob("*") if path.is_file()}
    for path in source.rglob("*"):
        if path.is_file() and path.relative_to(source) not in kept:
            path.unlink()
    for name in kept:
        old, new = source / name, fresh / name
        if not (old.exists() and filecmp.cmp(new, old, shallow=False)):
            old.parent.mkdir(parents=True, exist_ok=True)
            os.replace(new, old)


def build_pages(source, out):
    """Sphinx로 페이지를 짓습니다."""
    from sphinx.application import Sphinx

    static = [str(WEB / "static"), str(source / "_static")]
    code = b"".join(path.read_bytes() for path in sorted(WEB.glob("*.py")))
    doctrees = BUILD / "site-doctrees" / hashlib.sha256(code).hexdigest()[:16]
    with (BUILD / "site-warnings.txt").open("w+", encoding="utf-8") as warnings:
        app = Sphinx(
            source,
            WEB,
            out,
            doctrees,
            "html",
            confoverrides={"html_static_path": static},
            status=None,
            warning=warnings,
            parallel=WORKERS,
        )
        app.build(force_all=True)
        warnings.seek(0)
        if found := warnings.read():
            raise SiteError(f"Sphinx의 경고\n{found}")


def letters_of(files):
    """파일들에 나오는 글자의 집합."""
    return set().union(*(path.read_text(encoding="utf-8") for path in files))


# 수식의 줄 높이를 0으로 하는 글꼴(MJXZERO)에 든 단 하나의 글자. 빼면 브라우저가 그 글꼴을 버립니다.
ZERO_HEIGHT = "\ueffc"


def lighten_math(static):
    """수식의 글꼴에서 쓰인 글자만 남깁니다. 어느 글자인지는 typeset.mjs가 CSS에 적습니다."""
    from anchorbox_workshop.kit.slides import subset_font

    css = (static / "mathjax.css").read_text(encoding="utf-8")
    letters = ZERO_HEIGHT + "".join(
        chr(int(code, 16)) if code else letter
        for code, letter in re.findall(r'content: "(?:\\([0-9A-F]+)|([^"]+))"', css)
    )
    for font in (static / "mathjax").glob("*.woff"):
        font.with_suffix(".woff2").write_bytes(subset_font(font, letters, flavor="woff2"))
        font.unlink()
    css = css.replace('.woff") format("woff")', '.woff2") format("woff2")')
    (static / "mathjax.css").write_text(css, encoding="utf-8")


def lighten_styles(static):
    """CSS의 주석과 들여쓰기를 빼고, 노트북에 없는 터미널 색의 규칙(myst-nb)을 뺍니다."""
    from tools.site_pages import compressed

    for path in static.rglob("*.css"):
        css = TERMINAL_COLORS.sub("", path.read_text(encoding="utf-8"))
        path.write_text(compressed(css), encoding="utf-8")


def build(out, pyodide):
    """사이트를 `out`에 짓습니다. `pyodide`는 함께 놓을 배포판의 폴더이고 없어도 됩니다."""
    from anchorbox_workshop.kit.page import FONT
    from anchorbox_workshop.kit.slides import subset_font
    from tools import build_lite, site_pages

    # Sphinx가 기록을 모두 보이게 해 둡니다.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    # 곧 끝나는 프로세스에서 버려진 순환을 찾는 데 열에 하나의 시간이 듭니다.
    gc.disable()
    source = BUILD / "site-source"
    lessons = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    shutil.rmtree(out, ignore_errors=True)
    # matplotlib을 불러오는 데만 3초라, 할 수 있으면 불러온 채로 가릅니다.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with (
        tempfile.TemporaryDirectory(dir=BUILD) as temporary,
        ProcessPoolExecutor(WORKERS, mp_context=context) as pool,
    ):
        fresh, lite = Path(temporary, "source"), Path(temporary, "lite")
        jobs = start_states(pool, lessons)
        lite_build = pool.submit(build_lite.build, lite, pyodide)
        fresh.mkdir()
        site_pages.lesson_pages(ROOT / "notebooks", fresh)
        site_pages.write_pages(fresh)
        update(source, fresh)
        mathjax = npm_packages(WEB) / "mathjax"
        build_pages(source, out)
        static = out / "_static"
        letters = letters_of(out.rglob("*.html"))
        run(["node", WEB / "typeset.mjs", mathjax, out])
        lighten_math(static)
        lighten_styles(static)
        collect_states(jobs, static / "labs")
        site_pages.lab_scripts(static / "labs")
        (out / "formula_lab.html").write_text(site_pages.single_file(), encoding="utf-8")
        letters |= letters_of((static / "labs").glob("*.js"))
        font = subset_font(FONT, "".join(sorted(letters)), flavor="woff2")
        (static / "course.woff2").write_bytes(font)
        # GitHub Pages가 밑줄로 시작하는 폴더를 빼지 않게 합니다.
        (out / ".nojekyll").touch()
        for leftover in (".buildinfo", ".doctrees"):
            (out / leftover).unlink(missing_ok=True)
        # 페이지를 다듬는 일이 JupyterLab의 화면까지 건드리지 않게, 맨 나중에 놓습니다.
        lite_build.result()
        shutil.move(lite, out / "lite")


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=BUILD / "site", help="사이트를 지을 폴더")
    parser.add_argument("--pyodide", type=Path, help="함께 놓을 Pyodide 배포판의 폴더")
    args = parser.parse_args(argv)
    if any(importlib.util.find_spec(name) is None for name in ("sphinx", "jupyterlite_core")):
        command = [os.environ.get("UV", "uv"), "run", "--group", "site", "python", __file__]
        command += ["--out", args.out.resolve()]
        command += ["--pyodide", args.pyodide.resolve()] if args.pyodide else []
        return subprocess.run(command).returncode
    BUILD.mkdir(exist_ok=True)
    try:
        build(args.out.resolve(), args.pyodide and args.pyodide.resolve())
    except (SiteError, KitError) as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in args.out.rglob("*") if path.is_file())
    print(f"{args.out}: {len([*args.out.rglob('*.html')])}쪽, {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
