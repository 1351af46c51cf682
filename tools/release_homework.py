"""과제를 배포합니다: solutions/에서 정답과 숨은 검사를 뺀 exercises/를 만듭니다.

uv run python tools/release_homework.py            # exercises/를 새로 만듭니다
uv run python tools/release_homework.py --check    # 만들지 않고 지금 것과 같은지만 봅니다
"""

import argparse
import filecmp
import logging
import shutil
import sys
import tempfile
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.notebooks import normalize, read, serialize  # noqa: E402

# nbgrader가 검사 칸에 붙이는 자물쇠입니다.
LOCKS = ("deletable", "editable")


def load_config() -> Config:
    """저장소의 nbgrader 설정을 읽습니다."""
    return PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()


def release(course: Path) -> Path:
    """``course`` 폴더의 solutions/를 배포해 그 옆의 exercises/를 돌려줍니다.

    배포는 nbgrader가 하고, 그 결과를 저장소의 정규형으로 다듬기만 합니다.
    """
    config = load_config()
    # 성적표는 학교에서 nbgrader generate_assignment를 돌릴 때 만들어집니다.
    config.SaveCells.enabled = False
    log = logging.getLogger("release_homework")
    log.setLevel(logging.WARNING)
    for source in sorted((course / "solutions").iterdir()):
        directory = CourseDirectory(
            config=config, root=str(course), assignment_id=source.name, log=log
        )
        GenerateAssignment(coursedir=directory, config=config, no_database=True, log=log).start()
    exercises = course / "exercises"
    for path in sorted(exercises.rglob("*.ipynb")):
        path.write_text(_tidy(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    return exercises


def _tidy(text: str) -> str:
    released = read(text)
    tidy = normalize(released)
    for cell, locked in zip(tidy.cells, released.cells, strict=True):
        cell.metadata.update({key: locked.metadata[key] for key in LOCKS if key in locked.metadata})
    return serialize(tidy)


def differences(left: Path, right: Path) -> list[str]:
    """두 폴더에서 서로 다르거나 한쪽에만 있는 파일을 돌려줍니다."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (left, right)
        for path in folder.rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }
    _, changed, missing = filecmp.cmpfiles(left, right, names, shallow=False)
    return sorted(changed + missing)


def main(argv: list[str] | None = None) -> int:
    """명령줄에서 부르는 곳입니다. 잘 되면 0, ``--check``에서 다르면 1을 돌려줍니다."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="만들지 않고 비교만 합니다")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        shutil.copytree(
            ROOT / "solutions",
            course / "solutions",
            ignore=shutil.ignore_patterns(".ipynb_checkpoints"),
        )
        fresh = release(course)
        changed = differences(fresh, ROOT / "exercises")
        if not args.check:
            shutil.rmtree(ROOT / "exercises", ignore_errors=True)
            shutil.copytree(fresh, ROOT / "exercises")
    for name in changed:
        print(f"exercises/{name}  {'다릅니다' if args.check else '저장'}")
    if not changed:
        print("exercises/는 solutions/와 맞습니다.")
    return 1 if changed and args.check else 0


if __name__ == "__main__":
    sys.exit(main())
