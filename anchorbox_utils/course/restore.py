"""레슨을 처음 상태로 되돌립니다.

처음 상태는 이 폴더의 ``copies/``에 있습니다. git도 네트워크도 쓰지 않습니다. 학습자가 고친 노트북은
날짜를 붙여 옆에 남깁니다.
"""

import gzip
from dataclasses import dataclass
from pathlib import Path

from anchorbox_utils.course.lessons import HERE, LESSONS, PAGES, find_stem
from anchorbox_utils.files import write_atomically, write_beside

COPIES = HERE / "copies"
STEMS = (*(lesson.stem for lesson in LESSONS), *PAGES)
ALL = "all"

RELOAD = (
    "JupyterLab에 열려 있다면 저장하지 말고 "
    "메뉴에서 [파일 → 디스크에서 Notebook 다시 불러오기]를 고르세요."
)


@dataclass(frozen=True)
class Restored:
    """레슨 하나를 되돌린 결과.

    Attributes:
        path: 레슨 파일.
        backup: 고친 노트북을 남긴 파일. 남길 것이 없었으면 None.
        changed: 파일을 바꾸었으면 True.
    """

    path: Path
    backup: Path | None
    changed: bool

    def __str__(self):
        if not self.changed:
            return f"{self.path.name}: 처음 상태 그대로입니다."
        kept = f" 고친 것은 {self.backup.name}에 있습니다." if self.backup else ""
        return f"{self.path.name}: 되돌렸습니다.{kept}"


class Restoration(tuple):
    """:class:`Restored`의 묶음. 노트북 칸의 마지막 줄에 두면 한 일을 알려 줍니다."""

    def __repr__(self):
        changed = any(item.changed for item in self)
        return "\n".join([*map(str, self), *([RELOAD] if changed else [])])


def reset_lesson(*names):
    """레슨을 처음 상태로 되돌립니다. 고친 노트북은 옆에 날짜를 붙여 남깁니다.

    지금 연 레슨에도 쓸 수 있습니다. 실행한 다음에는 알려 주는 대로 디스크에서 다시 불러옵니다.

    Args:
        names: ``"02"``, ``2``, 파일 이름. 여럿을 차례로 쓸 수 있고 ``"all"``은 모두입니다.

    Returns:
        :class:`Restoration`.

    Raises:
        ValueError: 그런 레슨이나 강좌 폴더가 없을 때. 아무것도 되돌리지 않습니다.
        OSError: 파일을 쓸 수 없을 때. 고친 노트북은 그대로입니다.
    """
    stems = chosen(names)
    folder = lesson_folder()
    return Restoration(_restore(stem, folder) for stem in stems)


def is_changed(stem):
    """처음 상태에서 달라졌으면 True. 지워진 것도 달라진 것입니다."""
    return _content(lesson_folder() / f"{stem}.ipynb") != original(stem)


def chosen(names):
    """이름들이 가리키는 노트북을 정해진 차례로, 겹치지 않게.

    Examples:
        >>> chosen(["2", "00_intro", "02"])
        ('00_intro', '02_three_minute_exercise')
    """
    if not names:
        raise ValueError('되돌릴 레슨의 번호를 써 주세요. 예: "02". 모두 되돌리려면 "all"입니다.')
    everything = any(isinstance(name, str) and name == ALL for name in names)
    found = set(STEMS) if everything else {find_stem(name, "names") for name in names}
    return tuple(stem for stem in STEMS if stem in found)


def original(stem):
    """레슨의 처음 상태(바이트)."""
    return gzip.decompress((COPIES / f"{stem}.ipynb.gz").read_bytes())


def lesson_folder():
    """레슨의 폴더: 작업 폴더에서 위로 올라가며 찾고, 없으면 이 모듈이 있는 저장소입니다."""
    here = Path.cwd()
    for folder in (here, *here.parents, HERE.parents[1]):
        if (folder / "pyproject.toml").is_file() and (
            folder / "anchorbox_utils" / "course" / "lessons.toml"
        ).is_file():
            return folder / "notebooks"
    raise ValueError("강좌 폴더를 찾지 못했습니다. 내려받은 폴더 안에서 실행해 주세요.")


def _content(path):
    return path.read_bytes() if path.exists() else None


def _restore(stem, folder):
    path, content = folder / f"{stem}.ipynb", original(stem)
    try:
        folder.mkdir(exist_ok=True)
        mine = _content(path)
        if mine == content:
            return Restored(path, None, False)
        # 사본을 다 쓴 다음에야 레슨을 바꿉니다. 어디서 멈추어도 고친 것이 한 곳에는 있습니다.
        backup = None if mine is None else write_beside(path, "backup", mine)
        write_atomically(path, content)
    except OSError as error:
        raise OSError(
            f"{path.name}을(를) 되돌리지 못했습니다({error.strerror}). 고친 노트북은 그대로입니다. "
            "폴더에 쓸 수 있는지, 다른 프로그램이 파일을 잡고 있지 않은지 확인해 주세요."
        ) from error
    return Restored(path, backup, True)
