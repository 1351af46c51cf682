"""여러 이미지에 걸친 같은 박스: 끝내지 않은 추적과, 정말로 움직이지 않는 물체를 가립니다."""

import numpy as np

from anchorbox_utils.datasets.images import shrunk
from anchorbox_utils.datasets.model import class_name
from anchorbox_utils.diagnosis.findings import Examples, Finding
from anchorbox_utils.diagnosis.rows import EXAMPLES, format_row

# 이어진 이미지 이만큼에, 또는 그보다 적어도 절반이 넘는 이미지에 똑같이 있어야 알립니다.
_IN_A_ROW = 10
_AT_LEAST = 8
# 이웃한 두 이미지 사이가 이 안이면 이어진 것입니다. 빠진 장이 섞일 수 있습니다.
_GAP = 2
# 이보다 여러 자리가 되풀이되면 한 추적의 실수가 아니라 자리가 정해진 데이터입니다.
_MANY_PLACES = 4
# 이미지를 가득 채운 박스는 full_frame이 봅니다.
_FULL = 0.95
# 박스 안의 그림이 같은지 볼 때 여는 이미지의 수, 줄여서 볼 크기, 같다고 할 상관계수.
_LOOKS, _THUMBNAIL, _ALIKE = 5, (16, 16), 0.9


def check_repeats(rows):
    """같은 클래스의 똑같은 박스가 여러 이미지에 있는지."""
    usable = np.flatnonzero(rows.unclaimed("") & ~rows.crowd & (rows.filled < _FULL))
    groups = [usable[rows_of] for rows_of in _repeated_groups(rows, usable)]
    if not groups:
        return
    if len(groups) > _MANY_PLACES:
        found = [("fixed_boxes", groups)]
    else:
        still = [_looks_still(rows, group) for group in groups]
        found = [
            (
                "repeated_box",
                [group for group, same in zip(groups, still, strict=True) if not same],
            ),
            ("fixed_boxes", [group for group, same in zip(groups, still, strict=True) if same]),
        ]
    for name, members in found:
        if members:
            most = max(len(group) for group in members)
            evidence = (
                f"되풀이되는 박스가 {len(members):,}가지입니다(많게는 이미지 "
                f"{len(rows.images):,}장 가운데 {most:,}장). 이어진 {_IN_A_ROW}장, 또는 박스가 "
                f"있는 이미지의 절반(최소 {_AT_LEAST}장)부터 알립니다."
            )
            yield Finding(name, evidence, _examples(rows, members))


def _repeated_groups(rows, usable):
    """되풀이되는 박스마다, ``usable``에서 그 박스인 자리들. 많이 되풀이되는 것부터입니다."""
    # 0.0과 -0.0을 같은 값으로 봅니다.
    mixed = _mixed([rows.labels[usable], *(rows.boxes[usable] + 0.0).T])
    enough = max(_AT_LEAST, 0.5 * np.count_nonzero(np.diff(rows.dataset.columns.starts)))
    least = int(min(_IN_A_ROW, np.ceil(enough)))
    ordered = np.sort(mixed)
    often = np.unique(ordered[least - 1 :][ordered[least - 1 :] == ordered[: 1 - least]])
    if not len(often):
        return []
    members_of = np.flatnonzero(np.isin(mixed, often))
    members_of = members_of[np.argsort(mixed[members_of], kind="stable")]
    # 이어진 장면은 이름도 이어집니다. 목록에는 섞여 있을 수 있습니다.
    by_path = sorted(range(len(rows.images)), key=lambda number: rows.images[number].path)
    rank = np.empty(len(by_path), np.intp)
    rank[by_path] = np.arange(len(by_path))
    groups = []
    for members in np.split(members_of, np.flatnonzero(np.diff(mixed[members_of])) + 1):
        places, first = np.unique(rank[rows.image[usable[members]]], return_index=True)
        in_a_row = len(places) >= _IN_A_ROW and np.median(np.diff(places)) <= _GAP
        if in_a_row or len(places) >= enough:
            groups.append(members[first])
    return sorted(groups, key=len, reverse=True)


def _mixed(columns):
    """(N,) 열들을 이어 붙인 행의 해시. 정수인 좌표는 아래 비트가 모두 0이라 위아래를 섞습니다."""
    mixed = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        mixed ^= np.ascontiguousarray(column, np.float64).view(np.uint64)
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
    return mixed


def _looks_still(rows, group):
    """이미지를 열어 볼 수 있고, 박스 안에 보이는 것이 모두 같은지."""
    opened = [row for row in group if rows.images[rows.image[row]].file_size is not None]
    chosen = [opened[i] for i in np.linspace(0, len(opened) - 1, _LOOKS).astype(int) if opened]
    views = [_view(rows.images[rows.image[row]].path, rows.boxes[row]) for row in chosen]
    # 아무것도 보이지 않는 민무늬는 같다고도 다르다고도 할 수 없습니다.
    if len(views) < 2 or any(view is None or view.std() == 0 for view in views):
        return False
    return all(np.corrcoef(views[0], view)[0, 1] >= _ALIKE for view in views[1:])


def _view(path, box):
    """박스 안을 작게 줄인 밝기. 열 수 없으면 None."""
    image = shrunk(path, "L", _THUMBNAIL, tuple(box))
    return None if image is None else np.asarray(image, float).ravel()


def _examples(rows, groups):
    names = rows.dataset.categories
    texts = (
        f"{rows.source(group[0])} → {class_name(names, rows.labels[group[0]])} "
        f"{format_row(rows.raw[group[0]])}: 이미지 {len(group):,}장"
        for group in groups[:EXAMPLES]
    )
    return Examples(texts, np.concatenate(groups))
