"""COCO의 결과 JSON: 예측마다 image_id, category_id, bbox(xywh 픽셀), score."""

from collections import Counter
from typing import Annotated, NamedTuple

import msgspec
import numpy as np

from anchorbox_utils.datasets.folders import same_form
from anchorbox_utils.datasets.model import Problem, Source
from anchorbox_utils.datasets.reading import (
    brief,
    decode_text,
    is_json_number,
    parse_json,
    read_bytes,
    refuse_bloat,
)
from anchorbox_utils.datasets.result_rows import ResultRows, base_name, file_name, file_stem
from anchorbox_utils.korean import with_particle
from anchorbox_utils.visible import visible

_LISTED = 5
_RECORD_COST = 300


class _Result(msgspec.Struct, gc=False):
    """평범한 기록. 이 형에 들지 않으면 하나씩 이유를 따집니다."""

    image_id: int | str
    category_id: Annotated[int, msgspec.Meta(ge=1 - 2**63, le=2**63 - 1)]
    bbox: tuple[float, float, float, float]
    score: float


def read_coco_results(path, heads):
    """결과 JSON을 :class:`ResultRows`로."""
    file, data = str(path), read_bytes(path, "json")
    problems, places, tables = [], None, _Tables({}, {})
    # 기록마다 네 수와 점수를 담은 물건들이 생깁니다.
    refuse_bloat(data.count(b"{") * _RECORD_COST, file)
    try:
        rows = msgspec.json.decode(data, type=list[_Result])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        document = parse_json(decode_text(data, path), path)
        listed, tables = _records_of(document, path), _tables_of(document)
        places, rows = _read_each(listed, file, problems)
        if listed and not rows:
            first = problems[0]
            raise ValueError(
                f"{visible(file)}: 예측으로 읽을 수 있는 기록이 없습니다. {first.source.place}: "
                f"{first.reason}"
            ) from None
    del data
    rows, named = _by_own_names(rows, tables.images, heads)
    numbers, shared, note = _find_images({row.image_id for row in rows}, heads, file)
    kept = [i for i, row in enumerate(rows) if row.image_id in numbers]
    place_of = range(len(rows)) if places is None else places
    lost = Counter(row.image_id for row in rows if row.image_id not in numbers)
    first_place = {row.image_id: place_of[i] for i, row in reversed(list(enumerate(rows)))}
    for identity, count in lost.items():
        kind, told = (
            ("ambiguous_image", "여럿이라 어느 것인지 모릅니다")
            if identity in shared
            else ("unknown_image", "데이터셋에 없습니다")
        )
        reason = (
            f"image_id {visible(identity, 60)}인 이미지가 {told}. 그런 예측이 {count:,}개입니다."
        )
        source = Source(file, f"[{first_place[identity]}]")
        problems.append(Problem(source, brief(identity), reason, kind))
    return ResultRows(
        np.array([numbers[rows[i].image_id] for i in kept], np.intp),
        np.array([rows[i].bbox for i in kept], np.float64).reshape(-1, 4),
        np.array([rows[i].category_id for i in kept], np.int64),
        np.array([rows[i].score for i in kept], np.float64),
        "xywh",
        lambda row: Source(file, f"[{place_of[kept[row]]}]"),
        problems,
        (named or note,) * bool(named or note),
        tables.classes,
    )


class _Tables(NamedTuple):
    """예측 파일에 함께 적힌 표: {이미지 번호: 파일 이름}과 {클래스 번호: 이름}."""

    images: dict
    classes: dict


def _tables_of(document):
    def table(key, name):
        rows = document.get(key) if isinstance(document, dict) else None
        return {
            row["id"]: row[name]
            for row in (rows if isinstance(rows, list) else ())
            if isinstance(row, dict)
            and isinstance(row.get("id"), int | str)
            and isinstance(row.get(name), str)
        }

    return _Tables(table("images", "file_name"), table("categories", "name"))


def _by_own_names(rows, named, heads):
    """(기록들, 알릴 말). 예측 파일이 번호마다 이름을 적어 두었고 정답과 다르면 이름으로 찾습니다.

    번호는 파일을 만들 때마다 다시 매기므로, 이름이 다르면 다른 사진입니다.
    """
    if not named:
        return rows, ""
    known = {head.image_id: file_name(head) for head in heads if head.image_id is not None}
    names = {identity: base_name(name) for identity, name in named.items()}
    used = {row.image_id for row in rows} & set(names)
    if all(known.get(one) == names[one] for one in used) or not set(names.values()) & set(
        map(file_name, heads)
    ):
        return rows, ""
    moved = [
        msgspec.structs.replace(row, image_id=names.get(row.image_id, row.image_id)) for row in rows
    ]
    return moved, "이미지는 image_id가 아니라 예측 파일의 images에 적힌 파일 이름으로 찾았습니다."


def _records_of(document, path):
    if isinstance(document, dict):
        # 정답의 틀에 예측을 담는 도구도 있습니다.
        document = document.get("annotations")
    if not isinstance(document, list):
        raise ValueError(
            f"{visible(path)}: 예측의 목록이 아닙니다. [{{image_id, category_id, bbox, score}}, …] "
            "꼴의 결과 파일을 주세요."
        )
    return document


def _read_each(listed, file, problems):
    """평범한 기록의 (차례들, 기록들). 나머지는 이유와 함께 문제로 남깁니다."""
    places, rows = [], []
    for place, record in enumerate(listed):
        fault = _fault(record)
        if fault is None:
            score = float(record["score"])
            bbox = tuple(map(float, record["bbox"]))
            places.append(place)
            rows.append(_Result(record["image_id"], int(record["category_id"]), bbox, score))
        else:
            source = Source(file, f"[{place}]")
            problems.append(Problem(source, brief(record), fault[1], fault[0]))
    return places, rows


def _fault(record):
    """기록의 (문제의 종류, 이유). 없으면 None입니다."""
    if not isinstance(record, dict):
        return "bad_record", "사전이 아닌 기록입니다."
    identity, label, box, score = (
        record.get(key) for key in ("image_id", "category_id", "bbox", "score")
    )
    if not isinstance(identity, int | str) or isinstance(identity, bool):
        return "unknown_image", f"image_id가 수나 글이 아닙니다: {brief(identity)[:60]}"
    if not _is_number(label) or abs(label) >= 2**63 or int(label) != label:
        return "bad_class", f"category_id가 정수가 아닙니다: {brief(label)[:60]}"
    if not (isinstance(box, list) and len(box) == 4 and all(map(_is_number, box))):
        return "bad_box", f"bbox가 수 네 개 [x, y, 너비, 높이]가 아닙니다: {brief(box)[:60]}"
    if score is None:
        return "no_score", "score가 없습니다. 예측이 아니라 정답 파일을 준 것 같습니다."
    if not _is_number(score):
        return "bad_score", f"score가 수가 아닙니다: {brief(score)[:60]}"
    return None


def _is_number(value):
    return is_json_number(value) and value == value


def _whole_stem(head):
    stem = file_stem(head)
    return int(stem) if stem.isdecimal() else None


# 예측 파일의 image_id가 이미지를 부르는 법 → 이미지에서 그 id를 얻는 함수.
_WAYS = {
    "이미지 id": lambda head: head.image_id,
    "글로 적은 이미지 id": lambda head: None if head.image_id is None else str(head.image_id),
    "파일 이름": file_name,
    "확장자를 뺀 파일 이름": file_stem,
    "파일 이름의 수": _whole_stem,
}


def _find_images(identities, heads, file):
    """({image_id: 이미지 번호}, 이미지가 여럿인 image_id들, 알릴 말).

    image_id가 이미지를 부르는 법 가운데 가장 많은 id를 찾아 주는 한 가지만 씁니다.
    """
    best, shared, chosen = {}, set(), None
    for name, key_of in _WAYS.items():
        keys = [key_of(head) for head in heads]
        counts = Counter(keys)
        numbers = {key: i for i, key in enumerate(keys) if key is not None and counts[key] == 1}
        found = {one: numbers[_form(one)] for one in identities if _form(one) in numbers}
        if len(found) > len(best):
            best, chosen = found, name
            shared = {one for one in identities if counts[_form(one)] > 1}
    if identities and not best:
        asked, known = sorted(map(str, identities)), [_name_of(head) for head in heads]
        raise ValueError(
            f"{visible(file)}: image_id 가운데 데이터셋에 있는 것이 하나도 없습니다. 예측은 "
            f"{_listed(asked)}이고 데이터셋은 {_listed(known)}입니다."
        )
    note = (
        ""
        if chosen in (None, "이미지 id")
        else f"예측의 image_id를 {with_particle(chosen, '으로/로')} 읽었습니다."
    )
    return best, shared, note


def _listed(names):
    return ", ".join(visible(name, 60) for name in names[:_LISTED]) + " …" * (len(names) > _LISTED)


def _form(identity):
    return same_form(identity) if isinstance(identity, str) else identity


def _name_of(head):
    return head.path if head.image_id is None else str(head.image_id)
