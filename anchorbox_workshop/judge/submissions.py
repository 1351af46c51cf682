"""제출을 찾습니다: 노트북이 든 폴더, nbgrader의 ``submitted/``, LMS에서 내려받은 압축 파일.

여기서는 파일의 이름과 시각만 봅니다. 압축은 풀지 않고 필요한 것만 읽습니다.
"""

import contextlib
import io
import os
import re
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from anchorbox_utils.homework.assignments import ASSIGNMENTS

# LMS가 사람의 이름 뒤에 붙이는 것: Moodle의 폴더, Canvas의 파일 이름.
_LMS_FOLDER = re.compile(r"_\d+_assignsubmission_\w+?_?$")
_LMS_FILE = re.compile(r"^(.+?)(_LATE)?_\d+_\d+_(.+)$", re.IGNORECASE)
_COPY = re.compile(
    r"(-Copy\d+|[ _]?\(\d+\)|[ _-]*[ _-](복?사본|(진짜)?(최종본?|수정본|제출본?)|final)\d*)+$",
    re.IGNORECASE,
)
_COPY_NUMBER = re.compile(r"(\d+)\)?$")
_EDGES = " _-.,"
_STAMP = "timestamp.txt"
# 압축 안의 압축을 몇 겹까지 열지, 한 파일에서 몇 바이트까지 읽을지.
_NESTED = 2
_ZIP_LIMIT = 200 << 20
# 터미널의 한 줄에 늘어놓을 이름의 수.
_NAMES_SHOWN = 5
_UNZIPPABLE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, KeyError)


@dataclass(frozen=True)
class Submission:
    """제출 하나.

    Attributes:
        learner: 누구의 것인지. 폴더나 파일의 이름에서 왔습니다.
        source: 어느 파일인지(보이기 위한 글).
        read: ``read(limit)``이 그 바이트를 돌려줍니다.
        time: 낸 때. 모르면 None.
        others: 같은 사람이 낸, 채점하지 않은 파일들.
    """

    learner: str
    source: str
    read: Callable = field(repr=False, compare=False)
    time: datetime | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class _File:
    path: PurePosixPath
    read: Callable
    time: datetime | None


def find_submissions(root, assignment, told=lambda line: None):
    """``root``에서 찾은 ``assignment``의 :class:`Submission`들. 사람의 차례입니다.

    Args:
        root: 폴더나 zip 파일.
        assignment: 과제의 이름.
        told: 채점하지 않는 파일이 있으면 ``told(그렇다는 한 줄)``.

    Raises:
        ValueError: 그런 곳이 없을 때, 노트북이 하나도 없을 때.
    """
    root = Path(root)
    if root.is_file() and zipfile.is_zipfile(root):
        files = list(_in_zip(root.open, PurePosixPath(), _NESTED))
    elif root.is_dir():
        files = list(_in_folder(root))
    else:
        raise ValueError(f"{root}: 폴더나 zip 파일이 아닙니다.")
    stamps = {
        file.path.parent: _stamp(file.read(100))
        for file in files
        if file.path.name.lower() == _STAMP
    }
    notebooks = [file for file in files if file.path.suffix.lower() == ".ipynb"]
    by_learner = defaultdict(list)
    for learner, file in _learners(notebooks, assignment):
        by_learner[learner].append((_relevance(file.path, assignment), file))
    found, strangers = [], []

    def when(file):
        return str(stamps.get(file.path.parent) or file.time or "")

    for learner, choices in sorted(by_learner.items()):
        best = max(relevance for relevance, _ in choices)
        strangers += [str(file.path) for relevance, file in choices if relevance == 0]
        if best == 0:
            # 다른 과제의 노트북뿐입니다.
            continue
        mine = sorted(
            (file for relevance, file in choices if relevance == best),
            key=lambda file: (when(file), _copy_number(file.path), file.path),
        )
        *others, last = mine
        vague = [str(file.path) for relevance, file in choices if 0 < relevance < best]
        if others or vague:
            why = "이 과제의 이름이 있어서"
            if others:
                same = when(others[-1]) == when(last)
                why = "낸 때가 같아, 사본의 번호나 이름이 뒤라서" if same else "가장 나중에 내서"
            aside = some([*vague, *(str(file.path) for file in others)])
            told(f"{learner}의 파일이 여럿: {last.path}을(를) 채점({why}), 제쳐 둔 것 {aside}")
        time = stamps.get(last.path.parent) or last.time
        names = tuple(str(file.path) for file in others)
        found.append(Submission(learner, str(last.path), last.read, time, names))
    if strangers:
        told(f"다른 과제의 것이라 보지 않은 노트북 {len(strangers)}개: {some(strangers)}")
    rest = [
        str(file.path)
        for file in files
        if file.path.suffix.lower() != ".ipynb" and file.path.name.lower() != _STAMP
    ]
    if rest:
        told(f"노트북(.ipynb)이 아니라서 보지 않은 파일 {len(rest)}개: {some(rest)}")
    if not found:
        raise ValueError(f"{root}: {assignment}의 노트북(.ipynb)이 없습니다.")
    return found


def some(names):
    """이름들을 한 줄로. 많으면 앞의 몇만 보입니다.

    Examples:
        >>> some(["가", "나"]), some(["가"] * 7)
        ('가, 나', '가, 가, 가, 가, 가 외 2개')
    """
    left = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" 외 {left}개" if left > 0 else "")


def _copy_number(path):
    """``답(2).ipynb``의 2. 사본이 아니면 0입니다."""
    copy = _COPY.search(path.stem)
    number = copy and _COPY_NUMBER.search(copy[0])
    return int(number[1]) if number else 0


def _in_folder(root):
    for path in sorted(root.rglob("*")):
        inside = PurePosixPath(file_text(path.relative_to(root).as_posix()))
        if any(_is_junk(part) for part in inside.parts):
            continue
        # 바로가기로 폴더 밖의 것을 제출할 수 없습니다.
        if path.is_symlink() or not path.is_file():
            continue
        if path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
            yield from _in_zip(path.open, inside.with_suffix(""), _NESTED)
            continue
        when = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        yield _File(inside, _file_reader(path), when)


def _is_junk(part):
    """운영 체제나 JupyterLab이 곁에 남긴 것."""
    return (part[0] == "." and part not in ("..", ".")) or part == "__MACOSX"


def file_text(name):
    """파일 이름의 글. 맥의 풀어 쓴 한글(NFD)을 모으고, UTF-8이 아닌 이름은 cp949로 읽습니다.

    Examples:
        >>> file_text(os.fsdecode("홍길동".encode("cp949")))
        '홍길동'
    """
    raw = os.fsencode(name)
    for encoding in ("utf-8", "cp949"):
        try:
            return unicodedata.normalize("NFC", raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _file_reader(path):
    def read(limit):
        # 읽을 수 없는 파일은 빈 노트북처럼 "읽을 수 없음"이 됩니다.
        with contextlib.suppress(OSError), path.open("rb") as file:
            return file.read(limit + 1)
        return b""

    return read


def _in_zip(open_archive, folder, nested):
    with open_archive("rb") as file, zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
    for entry in entries:
        inside = folder / unicodedata.normalize("NFC", zip_name(entry))
        if entry.is_dir() or any(_is_junk(part) for part in inside.parts):
            continue
        read = _entry_reader(open_archive, entry.filename)
        if inside.suffix.lower() == ".zip" and nested > 1:
            content = read(_ZIP_LIMIT)
            if zipfile.is_zipfile(io.BytesIO(content)):
                yield from _in_zip(_memory(content), inside.with_suffix(""), nested - 1)
            continue
        try:
            when = datetime(*entry.date_time).astimezone()
        except ValueError:
            when = None
        yield _File(inside, read, when)


def _memory(content):
    return lambda mode="rb": io.BytesIO(content)


def _entry_reader(open_archive, name):
    def read(limit):
        # 암호가 걸렸거나, 깨졌거나, 모르는 방법으로 누른 것도 "읽을 수 없음"이 됩니다.
        with contextlib.suppress(*_UNZIPPABLE), open_archive("rb") as file:
            with zipfile.ZipFile(file) as archive, archive.open(name) as entry:
                return entry.read(limit + 1)
        return b""

    return read


def zip_name(entry):
    """압축 안의 이름. UTF-8이라고 적혀 있지 않으면 한국어 Windows가 만든 것(cp949)으로 읽어 봅니다.

    Examples:
        >>> entry = zipfile.ZipInfo("홍길동".encode("cp949").decode("cp437") + "/a.ipynb")
        >>> zip_name(entry)
        '홍길동/a.ipynb'
    """
    name = entry.filename.replace("\\", "/")
    if entry.flag_bits & 0x800 or name.isascii():
        return name
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return name
    for encoding in ("utf-8", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _stamp(content):
    text = content.decode("utf-8", "replace").strip().removesuffix("UTC").strip()
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    # nbgrader는 시간대를 적지 않으면 UTC입니다.
    return when.astimezone() if when.tzinfo else datetime.fromisoformat(text + "+00:00")


def _learners(files, assignment):
    """노트북마다 (누구의 것인지, 파일)."""
    inside = [file for file in files if len(file.path.parts) > 1]
    graded = [file for file in inside if file.path.parts[-2] in ASSIGNMENTS]
    if graded:
        # nbgrader의 submitted/사람/과제/노트북. 다른 과제의 폴더는 보지 않습니다.
        for file in graded:
            if file.path.parts[-2] == assignment and len(file.path.parts) > 2:
                yield _name(file.path.parts[-3]), file
            elif file.path.parts[-2] == assignment:
                yield _from_file(file.path.stem, assignment), file
        return
    depth = _shared_depth(files)
    for file in files:
        parts = file.path.parts[depth:]
        if len(parts) > 1:
            yield _name(_LMS_FOLDER.sub("", parts[0])), file
        else:
            yield _from_file(file.path.stem, assignment), file


def _shared_depth(files):
    """모두를 함께 싸고 있는 폴더의 수. 사람마다의 폴더는 세지 않습니다."""
    tops = {file.path.parts[0] for file in files if len(file.path.parts) > 1}
    alone = len(tops) == 1 and all(len(file.path.parts) > 1 for file in files)
    if not alone or len(files) == 1:
        return 0
    depths = {len(file.path.parts) for file in files}
    return 1 if depths == {2} or min(depths) > 2 else 0


def _from_file(stem, assignment):
    """``20260001_01_formula``, ``01_formula 홍길동 (1)``처럼 과제의 이름이 섞인 파일의 주인."""
    canvas = _LMS_FILE.match(stem)
    if canvas:
        return _name(canvas[1])
    bare = _COPY.sub("", stem)
    owner = re.sub(re.escape(assignment), "", bare, flags=re.IGNORECASE)
    return _name(_COPY.sub("", owner.strip(_EDGES)) or bare or stem)


def _name(text):
    return unicodedata.normalize("NFC", text).strip(_EDGES) or text


def _relevance(path, assignment):
    """이 과제의 노트북으로 보이는 정도. 다른 과제의 것이면 0입니다."""
    text = str(path).lower()
    if assignment.lower() in text:
        return 2
    return 0 if any(name.lower() in path.name.lower() for name in ASSIGNMENTS) else 1


def number_of(learner, roster):
    """그 사람의 학번. 명단에 있거나, 이름이 숫자뿐이거나, 이름 끝에 학번이 붙어 있을 때입니다.

    Examples:
        >>> number_of("20260007", {}), number_of("홍길동_20260007", {}), number_of("홍길동", {})
        ('20260007', '20260007', None)
    """
    if learner in roster:
        return roster[learner]
    if learner.isascii() and learner.isdigit():
        return learner
    runs = re.findall(r"(?<!\d)\d{7,10}(?!\d)", learner)
    return runs[0] if len(runs) == 1 else None
