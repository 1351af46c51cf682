"""YOLO의 예측: 이미지마다 글 파일 하나, 줄마다 클래스와 0~1의 박스와 신뢰도."""

import os

import numpy as np

from anchorbox_utils.datasets.folders import same_form, split_of, stem_of
from anchorbox_utils.datasets.model import Problem, Source
from anchorbox_utils.datasets.reading import (
    UnreadableFile,
    brief,
    is_clean,
    plain_numbers,
    read_text,
    track,
)
from anchorbox_utils.datasets.result_rows import ResultRows, file_name, file_stem
from anchorbox_utils.datasets.yolo_lines import box_of_polygon
from anchorbox_utils.visible import visible

# 예측과 같은 폴더에 흔히 있는, 예측이 아닌 글 파일.
_NOT_RESULTS = {"classes", "labels", "obj", "names", "readme", "args", "opt", "results", "train"}


def read_yolo_results(path, heads, files, others=()):
    """글 파일들을 :class:`ResultRows`로."""
    numbers, problems, rows, used, skipped = _by_stem(heads), [], [], set(), []
    no_score = 0
    for file in track(files, "예측 읽는 중"):
        image = _owner(file, numbers, heads)
        if image is None:
            if stem_of(file).casefold() in _NOT_RESULTS:
                skipped.append(os.path.basename(file))
                continue
            same = len(numbers.get(same_form(stem_of(file)), ()))
            kind, reason = (
                ("ambiguous_image", f"이름이 같은 이미지가 {same}장이라 어느 것인지 모릅니다.")
                if same
                else ("unknown_image", "이 파일과 이름이 같은 이미지가 데이터셋에 없습니다.")
            )
            problems.append(Problem(Source(file, ""), os.path.basename(file), reason, kind))
            continue
        used.add(image)
        try:
            lines = read_text(file).splitlines()
        except UnreadableFile as error:
            problems.append(Problem(Source(file, ""), "", error.reason, "broken_file"))
            continue
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            kind, found = _read_line(line)
            if kind == "no_score":
                no_score += 1
            if kind == "" and heads[image].width is None:
                kind, found = (
                    "no_image_size",
                    "이미지의 크기를 알 수 없어 픽셀로 바꾸지 못했습니다.",
                )
            if kind:
                source = Source(file, f"{number}행")
                problems.append(Problem(source, brief(line), found, kind, heads[image].path))
            else:
                rows.append((image, *found, file, number))
    if not used:
        raise ValueError(
            f"{visible(path)}: 글 파일 {len(files):,}개 가운데 데이터셋의 이미지와 이름이 같은 "
            f"것이 하나도 없습니다. 예측: {visible(os.path.basename(files[0]), 60)}, 데이터셋: "
            f"{visible(file_name(heads[0]), 60) if len(heads) else '이미지 없음'}."
        )
    if no_score and not rows:
        raise ValueError(
            f"{visible(path)}: 줄마다 신뢰도가 없습니다. 정답 폴더이거나 --save-conf 없이 저장한 "
            "것입니다. --save-txt와 --save-conf를 함께 주어 다시 저장하세요."
        )
    unread = [problem for problem in problems if problem.source.place]
    if unread and not rows:
        first = unread[0]
        raise ValueError(
            f"{visible(first.source.file)}: 예측으로 읽을 수 있는 줄이 하나도 없습니다. "
            f"{first.source.place}({visible(first.record, 60)}): {first.reason}"
        )
    images, labels, raw, scores, places, lines = zip(*rows, strict=True) if rows else [()] * 6
    return ResultRows(
        np.array(images, np.intp),
        np.array(raw, np.float64).reshape(-1, 4),
        np.array(labels, np.int64),
        np.array(scores, np.float64),
        "yolo",
        lambda row: Source(places[row], f"{lines[row]}행"),
        problems,
        tuple(_notes(heads, used, skipped, others)),
    )


def _notes(heads, used, skipped, others):
    if empty := len(heads) - len(used):
        yield f"예측 파일이 없는 이미지 {empty:,}장은 예측이 없는 것으로 읽었습니다."
    if passed := [*skipped, *map(os.path.basename, others)]:
        listed = ", ".join(visible(name, 60) for name in passed[:5]) + " …" * (len(passed) > 5)
        yield f"예측이 아니어서 읽지 않은 파일이 {len(passed):,}개 있습니다: {listed}"


def _by_stem(heads):
    """{확장자를 뺀 이름: 이미지 번호들}."""
    found = {}
    for number, head in enumerate(heads):
        found.setdefault(file_stem(head), []).append(number)
    return found


def _owner(file, numbers, heads):
    """글 파일의 이미지 번호. 이름이 같은 이미지가 여럿이면 나눔의 이름으로 가립니다."""
    same = numbers.get(same_form(stem_of(file)), ())
    if len(same) > 1:
        split = split_of(os.path.dirname(file))
        same = [number for number in same if split and split_of(heads[number].path) == split]
    return same[0] if len(same) == 1 else None


def _read_line(line):
    """("", (클래스, 네 수, 신뢰도)) 또는 (문제의 종류, 이유)."""
    label, *values = plain_numbers(line.split(), is_clean(line)) or [-1]
    if not (0 <= label < 2**63 and label == int(label)):
        return "bad_record", "클래스 번호(0 이상의 정수)와 수로 이루어진 줄이 아닙니다."
    count = len(values)
    if count in (5, 6):
        # 여섯이면 마지막은 추적 번호입니다.
        return "", (int(label), values[:4], values[4])
    if count >= 7 and count % 2:
        return "", (int(label), box_of_polygon(values[:-1]), values[-1])
    if count == 4 or count >= 8:
        return "no_score", "줄에 신뢰도가 없습니다. --save-conf로 저장해 주세요."
    return "bad_record", f"클래스 뒤에 박스의 네 수와 신뢰도가 있어야 하는데 수가 {count}개입니다."
