"""고친 사본을 새 폴더에 씁니다. 원본은 읽기만 하고, 고친 것 말고는 한 바이트도 바꾸지 않습니다."""

import contextlib
import os
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from anchorbox_utils.datasets.folders import walk
from anchorbox_utils.datasets.reading import (
    UnreadableFile,
    decode_text,
    is_clean,
    plain_numbers,
    read_bytes,
)
from anchorbox_utils.diagnosis.editors import EDITORS
from anchorbox_utils.diagnosis.findings import KINDS
from anchorbox_utils.diagnosis.repairs import place_number, plan_repairs
from anchorbox_utils.files import reason_of, temporary_beside
from anchorbox_utils.visible import visible

# 이미지는 크고 고치지 않으므로 베끼지 않습니다.
_COPIED = {".json", ".xml", ".txt", ".yaml", ".yml", ".names", ".data", ".labels"}
_DIFF = "changes.diff"
# 이보다 긴 줄은 바뀐 곳의 둘레만 보입니다.
_LONG_LINE = 400
_AROUND = 60
_TOLERANCE = 1e-6


class Change(NamedTuple):
    """글의 ``start``부터 ``end`` 앞까지를 ``text``로 바꾸기."""

    start: int
    end: int
    text: str
    reason: str


def check_target(source, target):
    """고친 사본을 쓸 수 있는 폴더인지. 원본의 안이나 이미 있는 것이면 ValueError입니다."""
    source, target = Path(os.path.realpath(source)), Path(os.path.realpath(target))
    folder = source if os.path.isdir(source) else source.parent
    told = f"--fix: {visible(target)}"
    if target == folder or folder in target.parents or target in folder.parents:
        raise ValueError(f"{told}은(는) 원본 폴더이거나 그 안팎입니다. 다른 폴더를 주세요.")
    try:
        if os.path.lexists(target) and not (os.path.isdir(target) and not os.listdir(target)):
            raise ValueError(f"{told}이(가) 이미 있습니다. 없는 폴더나 빈 폴더를 주세요.")
        if not os.path.isdir(target.parent):
            raise ValueError(f"--fix: {visible(target.parent)} 폴더가 없습니다.")
    except OSError as error:
        raise ValueError(f"{told}에 쓸 수 없습니다. {reason_of(error)}.") from None


def propose(report, source, target):
    """고칠 수 있는 것을 고친 사본과 ``changes.diff``를 ``target``에 쓰고, 한 일을 말합니다.

    다 쓴 다음 이름을 한 번에 바꾸므로, 도중에 멈추면 아무것도 남지 않습니다.
    """
    check_target(source, target)
    source, target = Path(source), Path(target)
    if report.dataset.fmt not in EDITORS:
        return "--fix: 이 형식은 아직 고칠 수 없어 아무것도 쓰지 않았습니다."
    edited, skipped, done = _edit_files(report, plan_repairs(report))
    left = [f for f in report.findings if f.name not in done and f.severity != "info"]
    lines = [f"{KINDS[kind].title}: {count:,}건을 고쳤습니다." for kind, count in done.items()]
    lines += [f"고치지 않은 기록: {visible(place)}: {visible(why)}" for place, why in skipped[:10]]
    if len(skipped) > 10:
        lines.append(f"고치지 않은 기록이 {len(skipped) - 10:,}건 더 있습니다.")
    if left:
        told = ", ".join(finding.name for finding in left)
        lines.append(f"짐작해야 해서 고치지 않은 진단: {told}")
    if not edited:
        lines.insert(0, "--fix: 짐작 없이 고칠 수 있는 것이 없어 아무것도 쓰지 않았습니다.")
        return "\n".join(lines)
    # data.yaml처럼 라벨이 다른 폴더에 있는 것을 가리킬 수도 있습니다.
    root = Path(os.path.commonpath([_folder(source), *map(_folder, map(Path, edited))]))
    check_target(root, target)
    whole = [source] if {str(source)} == set(edited) else _copied_files(root)
    _write(edited, whole, root, target)
    return "\n".join([f"고친 사본: {target} (바뀐 곳: {target / _DIFF})", *lines])


def _edit_files(report, repairs):
    """({파일: (옛 글, 새 바이트, 바뀐 곳들)}, 고치지 못한 (자리, 까닭)들, 종류마다 고친 수)."""
    rows, by_file = report.rows, {}
    for repair in repairs:
        by_file.setdefault(rows.source(repair.row).file, []).append(repair)
    edited, skipped, done = {}, [], Counter()
    for file, group in by_file.items():
        try:
            text, encoding = _read(file)
        except (UnreadableFile, UnicodeError) as error:
            skipped.append((file, str(error)))
            continue
        numbers = {place_number(rows.source(r)) for p in group for r in (p.row, p.twin) if r >= 0}
        editor = EDITORS[report.dataset.fmt]
        try:
            places = editor.places(text, numbers)
        except (RecursionError, LookupError, ValueError):
            skipped.append((file, "기록의 자리를 찾을 수 없어 손대지 않았습니다."))
            continue
        changes, removed = [], {}
        for repair in group:
            why, found = _changes_of(text, rows, repair, places)
            if why:
                skipped.append((rows.source(repair.row), why))
                continue
            done[repair.kind] += 1
            changes += found
            if repair.raw is None:
                removed[place_number(rows.source(repair.row))] = repair.reason
        changes += _removals(places, removed, editor.separated)
        if changes:
            changes.sort()
            edited[file] = (text, _apply(text, changes).encode(encoding), changes)
    return edited, skipped, done


def _read(file):
    """(글, 그대로 되돌려 적을 수 있는 인코딩)."""
    data = read_bytes(file, "json")
    text = decode_text(data, file)
    for encoding in ("utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le", "utf-16-be"):
        with contextlib.suppress(UnicodeError):
            if text.encode(encoding) == data:
                return text, encoding
    raise UnreadableFile(file, "글자를 그대로 되돌려 적을 수 없는 파일입니다.")


def _changes_of(text, rows, repair, places):
    """(고칠 수 없는 까닭, 바꿀 곳들)."""
    place = places.get(place_number(rows.source(repair.row)))
    shift = _shift(text, rows, repair.row, place)
    if shift is None:
        return "파일에 적힌 수가 읽은 박스와 달라 손대지 않았습니다.", []
    if repair.raw is None:
        twin = places.get(place_number(rows.source(repair.twin)))
        if _shift(text, rows, repair.twin, twin) is None:
            return "파일에 적힌 수가 읽은 박스와 달라 손대지 않았습니다.", []
        level = "strict" if repair.kind == "duplicate_boxes" else "loose"
        if getattr(place, level) != getattr(twin, level):
            return "박스 말고 다른 내용이 짝과 달라 어느 것을 지울지 알 수 없습니다.", []
        return "", []
    tokens = [text[start:end] for start, end in place.numbers]
    digits = max(map(_decimals, tokens))
    if rows.dataset.box_format == "yolo":
        # 0~1의 값은 자리가 모자라면 다시 테두리를 넘습니다.
        digits = max(digits, 6)
    changes = []
    for (start, end), token, new, moved in zip(
        place.numbers, tokens, repair.raw, shift, strict=True
    ):
        if abs(float(token) - new - moved) > _TOLERANCE:
            changes.append(Change(start, end, _written(new + moved, digits), repair.reason))
    return "", changes


def _shift(text, rows, row, place):
    """파일의 수에서 읽은 수를 뺀 것. 1부터 세는 VOC는 (1, 1, 0, 0)이고, 다르면 None입니다."""
    if place is None or len(place.numbers) != 4:
        return None
    tokens = [text[start:end] for start, end in place.numbers]
    written = plain_numbers(tokens, all(map(is_clean, tokens)))
    if written is None:
        return None
    shift = [value - raw for value, raw in zip(written, rows.raw[row].tolist(), strict=True)]
    near = [round(value) if abs(value - round(value)) < 1e-3 else value for value in shift]
    close = all(
        abs(value - whole) <= _TOLERANCE * max(1, abs(size))
        for value, whole, size in zip(shift, near, written, strict=True)
    )
    return near if close and near in ([0, 0, 0, 0], [1, 1, 0, 0]) else None


def _decimals(token):
    match = re.fullmatch(r"[-+]?\d*\.?(\d*)", token)
    return 6 if match is None else len(match[1]) if "." in token else 0


def _written(value, digits):
    if digits == 0 and abs(value - round(value)) > _TOLERANCE:
        digits = 6
    return f"{value:.{digits}f}"


def _removals(places, removed, separated):
    """지울 곳들. 쉼표로 나뉘는 형식에서는 이어서 지우는 기록을 한데 묶습니다."""
    if not separated:
        return [Change(places[n].start, places[n].end, "", why) for n, why in removed.items()]
    runs = []
    for number in sorted(removed):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    changes = []
    for run in runs:
        start, end = places[run[0]].start, places[run[-1]].end
        if run[-1] + 1 in places:
            end = places[run[-1] + 1].start
        elif run[0] - 1 in places:
            start = places[run[0] - 1].end
        changes.append(Change(start, end, "", " / ".join(removed[n] for n in run)))
    return changes


def _apply(text, changes):
    parts, position = [], 0
    for change in changes:
        parts += [text[position : change.start], change.text]
        position = change.end
    return "".join([*parts, text[position:]])


def _folder(path):
    path = Path(os.path.realpath(path))
    return path if os.path.isdir(path) else path.parent


def _write(edited, copied, root, target):
    made = temporary_beside(target)
    try:
        made.mkdir()
        for file in copied:
            _put(made / file.relative_to(root), read_bytes(file, "json"))
        diff = []
        for file, (text, data, changes) in sorted(edited.items()):
            name = Path(file).resolve().relative_to(root)
            _put(made / name, data)
            diff.append(_diff(text, changes, name.as_posix()))
        _put(made / _DIFF, "".join(diff).encode("utf-8", "replace"))
        if target.exists():
            target.rmdir()
        os.replace(made, target)
    except OSError as error:
        reason = f"{visible(target)}에 쓸 수 없습니다. {reason_of(error)}."
        raise ValueError(f"--fix: {reason} 아무것도 남기지 않았습니다.") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _copied_files(root):
    files = (Path(file) for file in walk(root).files)
    # 링크는 가리키는 글이 사본이 됩니다. walk가 밖을 가리키는 것은 이미 뺐습니다.
    return [path for path in files if path.suffix.lower() in _COPIED]


def _put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _diff(text, changes, name):
    """바뀐 줄만 보이는 unified diff. 까닭은 @@ 뒤에 있습니다."""
    name = visible(name)
    parts, line, position, moved = [f"--- a/{name}\n+++ b/{name}\n"], 1, 0, 0
    for start, end, inside in _blocks(text, changes):
        line += text.count("\n", position, start)
        position = start
        old = text[start:end]
        new = _apply(old, [c._replace(start=c.start - start, end=c.end - start) for c in inside])
        whole = [len(_lines(part)) for part in (old, new)]
        reasons = " / ".join(dict.fromkeys(change.reason for change in inside))
        parts.append(f"@@ -{line},{whole[0]} +{line + moved},{whole[1]} @@ {visible(reasons)}\n")
        parts += [
            f"{mark}{visible(row)}\n"
            for mark, part in (("-", old), ("+", new))
            for row in _lines(part)
        ]
        moved += whole[1] - whole[0]
    return "".join(parts)


def _blocks(text, changes):
    """함께 보일 (처음, 끝, 바뀐 곳들). 줄 단위이고, 아주 긴 줄이면 바뀐 곳의 둘레만입니다."""
    blocks = []
    for change in changes:
        start = text.rfind("\n", 0, change.start) + 1
        end = text.find("\n", max(change.start, change.end - 1)) + 1 or len(text)
        if end - start > _LONG_LINE + change.end - change.start:
            start = max(start, change.start - _AROUND)
            end = min(end, change.end + _AROUND)
        if blocks and start < blocks[-1][1]:
            blocks[-1][1] = max(end, blocks[-1][1])
            blocks[-1][2].append(change)
        else:
            blocks.append([start, end, [change]])
    return blocks


def _lines(block):
    lines = block.removesuffix("\n").split("\n") if block else []
    return [visible(line.rstrip("\r")) for line in lines]
