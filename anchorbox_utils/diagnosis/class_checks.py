"""클래스의 검사: 번호가 목록과 맞는지, 이름이 서로 다른지."""

import re
import unicodedata
from collections import defaultdict

import numpy as np

from anchorbox_utils.datasets.folders import same_form
from anchorbox_utils.diagnosis.findings import Examples, Finding
from anchorbox_utils.diagnosis.rows import EXAMPLES
from anchorbox_utils.korean import with_particle

# 보이지 않거나 서로 바꾸어 쓰는 글자. 이것만 다른 이름은 같은 클래스일 때가 많습니다.
_SPACES = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff]+")


def check_classes(rows, num_classes=None, background=None):
    """클래스 번호. ``num_classes``와 ``background``는 모델이 정한 것입니다."""
    categories = rows.dataset.categories
    good = rows.of_kind("")
    used = set(np.unique(rows.labels[good]).tolist())
    unknown = good & ~np.isin(rows.labels, list(categories))
    if unknown.any() and categories:
        yield Finding(
            "unknown_class",
            f"목록의 번호는 {_numbers(sorted(categories))}인데 박스 {unknown.sum():,}개가 "
            f"{with_particle(_numbers(np.unique(rows.labels[unknown])), '을/를')} 씁니다.",
            _class_examples(rows, unknown),
        )
    if background is not None:
        hidden = good & (rows.labels == background)
        if hidden.any():
            yield Finding(
                "background_label",
                f"모델은 {with_particle(background, '을/를')} 배경으로 쓰는데 박스 "
                f"{hidden.sum():,}개의 번호가 "
                f"{background}입니다.",
                _class_examples(rows, hidden),
            )
    over = good & (rows.labels >= (np.inf if num_classes is None else num_classes))
    if over.any():
        yield Finding(
            "class_overflow",
            f"모델의 출력은 {num_classes}개(0~{num_classes - 1})인데 박스 {over.sum():,}개의 "
            "번호가 "
            f"{_numbers(np.unique(rows.labels[over]))}입니다.",
            _class_examples(rows, over),
        )
    elif num_classes is None and used and not unknown.any():
        listed = sorted(categories)
        if listed and listed[-1] - listed[0] + 1 > len(listed):
            evidence = f"클래스는 {len(listed)}개인데 번호는 {listed[0]}~{listed[-1]}입니다."
            yield Finding("class_gap", evidence)
    unused = [name for number, name in categories.items() if number not in used]
    if unused and used:
        evidence = f"클래스 {len(categories)}개 가운데 {len(unused)}개: {', '.join(unused[:8])}"
        yield Finding("unused_class", evidence + (" …" if len(unused) > 8 else ""))


def _numbers(values):
    values = [str(int(value)) for value in values]
    return ", ".join(values[:8]) + (" …" if len(values) > 8 else "")


def _class_examples(rows, mask):
    found = np.flatnonzero(mask)
    texts = (f"{rows.source(row)} → 클래스 {rows.labels[row]}" for row in found[:EXAMPLES])
    return Examples(texts, found)


def check_names(rows):
    """클래스의 이름: 빈 것, 두 번호에 쓰인 것, 서로 비슷한 것."""
    categories = rows.dataset.categories
    blank = [number for number, name in categories.items() if not _SPACES.sub("", name)]
    if blank:
        yield Finding("blank_class_name", f"클래스 {_numbers(blank)}의 이름이 비어 있습니다.")
    numbers = defaultdict(list)
    for number, name in categories.items():
        if number not in blank:
            numbers[name].append(number)
    twice = {name: same for name, same in numbers.items() if _is_repeated(rows, same)}
    if twice:
        listed = [f"{name}: 번호 {_numbers(same)}" for name, same in twice.items()]
        yield Finding(
            "duplicate_class_name", f"이름 {len(twice):,}개입니다.", tuple(listed[:EXAMPLES])
        )
    alike = defaultdict(list)
    for name in numbers:
        alike[_folded(name)].append(name)
    similar = [names for names in alike.values() if len(names) > 1]
    if similar:
        listed = [" / ".join(_shown(name, names) for name in names) for names in similar]
        yield Finding(
            "similar_class_names", f"{len(similar):,}묶음입니다.", tuple(listed[:EXAMPLES])
        )


def _is_repeated(rows, numbers):
    if len(numbers) < 2:
        return False
    # Roboflow의 COCO는 박스가 없는 0번에 데이터의 이름을 적는데, 클래스의 이름과 같기도 합니다.
    unused = [number for number in numbers if not (rows.labels == number).any()]
    return not (rows.dataset.fmt == "coco" and len(numbers) == 2 and unused == [0])


def _folded(name):
    name = same_form(name)
    # 한 글자인 이름은 글자를 찾는 데이터의 a와 A일 수 있습니다.
    bare = _SPACES.sub("", name)
    return bare.casefold() if len(bare) > 1 else bare


def _shown(name, others):
    """이름과, 눈으로 보아서는 가릴 수 없는 차이."""
    forms = {same_form(other) for other in others}
    spelled = " (글자가 풀어진 꼴, NFD)" if unicodedata.normalize("NFC", name) != name else ""
    return repr(name) + spelled * (len(forms) < len(others))
