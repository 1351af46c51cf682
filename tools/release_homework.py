"""과제를 만들고 배포합니다.

과제의 표(anchorbox_utils/homework/assignments.toml)와 정답 구현에서 solutions/의 셀을 새로 쓰고,
내용이 바뀐 노트북은 다시 실행해 출력을 담습니다. 강사의 정답지(solutions/answer_key.md)도 새로
쓰고, 그다음 nbgrader가 정답과 숨은 검사를 뺀 exercises/를 만듭니다.

uv run python tools/release_homework.py            # solutions/와 exercises/를 새로 만듭니다
uv run python tools/release_homework.py --check    # 만들지 않고 지금 것과 같은지만 봅니다
"""

import argparse
import filecmp
import logging
import sys
import tempfile
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from anchorbox_utils.files import write_atomically  # noqa: E402
from anchorbox_utils.homework.assignments import ASSIGNMENTS  # noqa: E402
from tools.answer_key import answer_key  # noqa: E402
from tools.homework_cells import HomeworkError, fill  # noqa: E402
from tools.notebooks import NotebookError, execute, normalize, read, serialize  # noqa: E402

KEY = "answer_key.md"
# nbgrader가 검사 셀에 붙이는 자물쇠입니다.
LOCKS = ("deletable", "editable")


def load_config() -> Config:
    """저장소의 nbgrader 설정을 읽습니다."""
    return PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()


def write_solutions(source: Path, course: Path) -> None:
    """``source``의 원본에서 만들어 내는 셀을 새로 써 ``course``의 solutions/에 둡니다."""
    for assignment in ASSIGNMENTS.values():
        name = f"solutions/{assignment.name}/{assignment.name}.ipynb"
        stored = source / name
        nb = read(stored.read_text(encoding="utf-8")) if stored.exists() else None
        target = course / name
        target.parent.mkdir(parents=True)
        _write(target, serialize(normalize(fill(nb, assignment))))
    _write(course / "solutions" / KEY, answer_key(ASSIGNMENTS.values()))


def run(path: Path) -> None:
    """노트북을 처음부터 실행해 출력을 담습니다. 셀이 그대로여도 문제가 바뀌면 출력이 바뀝니다."""
    try:
        _write(path, serialize(execute(path)))
    except NotebookError as error:
        raise HomeworkError(f"{path.stem}: {error}") from None


def release(course: Path) -> Path:
    """``course`` 폴더의 solutions/를 배포해 그 옆의 exercises/를 돌려줍니다.

    배포는 nbgrader가 하고, 그 결과를 저장소의 정규형으로 다듬기만 합니다.
    """
    config = load_config()
    # 성적표는 학교에서 nbgrader generate_assignment를 돌릴 때 만들어집니다.
    config.SaveCells.enabled = False
    log = logging.getLogger("release_homework")
    log.setLevel(logging.WARNING)
    for source in sorted(_folders(course / "solutions")):
        directory = CourseDirectory(
            config=config, root=str(course), assignment_id=source.name, log=log
        )
        GenerateAssignment(coursedir=directory, config=config, no_database=True, log=log).start()
    exercises = course / "exercises"
    for path in sorted(exercises.rglob("*.ipynb")):
        _write(path, _tidy(path.read_text(encoding="utf-8")))
    return exercises


def _folders(solutions: Path) -> list[Path]:
    return [path for path in solutions.iterdir() if path.is_dir() and path.name[0] != "."]


def _tidy(text: str) -> str:
    released = read(text)
    tidy = normalize(released)
    for cell, locked in zip(tidy.cells, released.cells, strict=True):
        cell.metadata.update({key: locked.metadata[key] for key in LOCKS if key in locked.metadata})
    return serialize(tidy)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


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


def update(fresh: Path, stored: Path) -> None:
    """``stored``에서 다른 파일만 바꿔 씁니다. ``fresh``에 없는 파일은 지웁니다."""
    for name in differences(fresh, stored):
        target = stored / name
        if (fresh / name).exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(target, (fresh / name).read_bytes())
        else:
            target.unlink()


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """명령줄에서 부르는 곳입니다. 잘 되면 0, 만들 수 없거나 ``--check``에서 다르면 1입니다."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="만들지 않고 비교만 합니다")
    args = parser.parse_args(argv)
    folders = {path.name for path in _folders(root / "solutions")}
    strangers = sorted(folders - ASSIGNMENTS.keys())
    if strangers:
        # 손으로 쓴 정답과 글이 들어 있으므로 저절로 지우지 않습니다.
        print(f"solutions/의 {', '.join(strangers)}: 과제의 표에 없습니다.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        try:
            write_solutions(root, course)
            if not args.check:
                for path in sorted((course / "solutions").rglob("*.ipynb")):
                    run(path)
        except HomeworkError as error:
            print(error, file=sys.stderr)
            return 1
        release(course)
        changed = [
            f"{name}/{path}"
            for name in ("solutions", "exercises")
            for path in differences(course / name, root / name)
        ]
        if not args.check:
            for name in ("solutions", "exercises"):
                update(course / name, root / name)
    for name in changed:
        print(f"{name}  {'다릅니다' if args.check else '저장'}")
    if not changed:
        print("solutions/와 exercises/가 과제의 표와 맞습니다.")
    return 1 if changed and args.check else 0


if __name__ == "__main__":
    sys.exit(main())
