"""과제 03의 연습 문제: 무시 영역. 박스가 덮인 비율, 보기 먼저, 무시 영역까지 본 라벨."""

import numpy as np

from anchorbox_utils.boxes import validate_boxes
from anchorbox_utils.homework.catalogue.common import (
    EMPTY_LABELS,
    EMPTY_MATRIX,
    FLOAT_RESULT,
    KEEP_INPUT,
    PLUS_ONE_HINT,
    READ_AS_XYWH_HINT,
    random_boxes,
)
from anchorbox_utils.homework.catalogue.labeling import (
    ONE_PIXEL_HINT,
    SMALL_BOXES,
    overlap_parts,
    share_of,
)
from anchorbox_utils.homework.exercise import Case, ExampleSet, Exercise, Misconception, Property

# ── box_ioa ─────────────────────────────────────────────────────────────────────────────────


def box_ioa(boxes, regions):
    """박스마다, 무시 영역마다 박스의 얼마가 영역에 덮였는지 구합니다.

    Args:
        boxes: (N, 4) 배열 [x1, y1, x2, y2], 픽셀. N은 0일 수도 있습니다.
        regions: (M, 4) 배열 [x1, y1, x2, y2], 픽셀. M은 0일 수도 있습니다.

    Returns:
        (N, M) 실수 배열. i행 j열은 boxes[i]의 넓이 가운데 regions[j]에 덮인 비율입니다.
    """
    low = np.maximum(boxes[:, None, :2], regions[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], regions[None, :, 2:])
    covered = np.clip(high - low, 0, None).prod(axis=2)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)[:, None]
    # 넓이가 0인 박스는 덮인 넓이도 0이므로 무엇으로 나누어도 0입니다.
    return covered / np.where(area > 0, area, 1)


def _ioa_cases(rng):
    box = np.array([[11.0, 10.0, 51.0, 40.0]])
    return [
        Case("일부만 덮인 박스", (box, np.array([[31.0, 10.0, 90.0, 80.0]]))),
        Case("박스 여섯과 영역 셋", (random_boxes(rng, 6, 0, 120), random_boxes(rng, 3, 0, 120))),
        Case("영역 안에 든 박스", (box, np.array([[0.0, 0.0, 200.0, 100.0]]))),
        Case("영역을 품은 박스", (box, np.array([[21.0, 15.0, 31.0, 25.0]]))),
        Case(
            "대각선으로 떨어진 영역",
            (box, np.array([[71.0, 60.0, 111.0, 90.0], [-60.0, -60.0, -20.0, -30.0]])),
        ),
        Case("한 방향으로만 떨어진 영역", (box, np.array([[71.0, 12.0, 95.0, 38.0]]))),
        Case("겹쳐 있는 두 영역", (box, np.array([[11.0, 10.0, 41.0, 40.0], [21.0, 0.0, 90, 90]]))),
        Case("음수 좌표", (random_boxes(rng, 2, -200, -100), random_boxes(rng, 3, -200, -100))),
        Case(
            "정수 배열",
            (np.array([[0, 0, 10, 10], [5, 5, 9, 20]]), np.array([[2, 3, 12, 9]])),
            edge=True,
        ),
        Case(
            "float32 배열",
            (random_boxes(rng, 3, 0, 100).astype("f4"), random_boxes(rng, 2, 0, 100).astype("f4")),
        ),
        Case(
            "넓이가 0인 박스",
            (np.array([[5.0, 5.0, 5.0, 9.0], [1.0, 2.0, 9.0, 2.0]]), np.array([[0.0, 0, 20, 20]])),
            edge=True,
        ),
        Case("0과 1 사이의 좌표", (SMALL_BOXES, SMALL_BOXES[::-1].copy()), edge=True),
        Case("영역이 없는 입력", (random_boxes(rng, 3), np.zeros((0, 4))), edge=True),
        Case("박스가 없는 입력", (np.zeros((0, 4)), random_boxes(rng, 2)), edge=True),
    ]


def _shares(whole=lambda area, region_area, covered: area, defined=np.greater, **parts):
    """겹친 넓이를 ``whole(박스의 넓이, 영역의 넓이, 겹친 넓이)``로 나누는 구현."""

    def wrong(boxes, regions):
        covered, area, region_area = overlap_parts(boxes, regions, **parts)
        return share_of(covered, whole(area, region_area, covered), defined)

    return wrong


def _sides(boxes, regions):
    """(덮인 너비와 높이, 박스의 너비와 높이). 마지막 축이 (가로, 세로)입니다."""
    a, b = boxes[:, None].astype(float), regions[None].astype(float)
    covered = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    return covered, np.broadcast_to(a[..., 2:] - a[..., :2], covered.shape)


def _from_sides(shares):
    """덮인 변과 박스의 변에서 비율을 구하는 구현."""

    def wrong(boxes, regions):
        covered, size = _sides(boxes, regions)
        return shares(np.maximum(covered, 0), size, covered)

    return wrong


def _area_share(covered, size):
    return share_of(covered.prod(axis=-1), size.prod(axis=-1))


def _clamped_only(axis):
    def shares(clamped, size, covered):
        return _area_share(np.where(np.arange(2) == axis, clamped, covered), size)

    return _from_sides(shares)


def _share_of_sides(clamped, size, covered):
    return share_of(clamped.sum(axis=-1), size.sum(axis=-1))


def _ioa_area_lies_down(boxes, regions):
    covered, area, _ = overlap_parts(boxes, regions)
    lying = np.broadcast_to(area[:, 0] if len(regions) else np.ones(1), covered.shape)
    return share_of(covered, lying)


def _ioa_clamped_late(boxes, regions):
    return np.maximum(_shares(clamp=False)(boxes, regions), 0)


def _ioa_same_rows(boxes, regions):
    return np.diagonal(box_ioa(boxes[: len(regions)], regions[: len(boxes)])).copy()


def _ioa_enclosing(boxes, regions):
    a, b = boxes[:, None].astype(float), regions[None].astype(float)
    size = np.maximum(a[..., 2:], b[..., 2:]) - np.minimum(a[..., :2], b[..., :2])
    _, area, _ = overlap_parts(boxes, regions)
    return share_of(size.prod(axis=-1), area)


def _ioa_truncated(boxes, regions):
    out = np.zeros((len(boxes), len(regions)), dtype=boxes.dtype)
    out[:] = box_ioa(boxes, regions)
    return out


def _ioa_as_xywh(boxes, regions):
    def corners(boxes):
        return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1).astype(float)

    return box_ioa(corners(boxes), corners(regions))


def _ioa_zero_over_zero(boxes, regions):
    covered, area, _ = overlap_parts(boxes, regions)
    return covered / area


def _ioa_one_pixel(boxes, regions):
    covered, area, _ = overlap_parts(boxes, regions)
    return covered / np.maximum(area, 1)


def _ioa_stacked(boxes, regions):
    return np.stack([box_ioa(boxes, region[None])[:, 0] for region in regions], axis=1)


def _ioa_total(boxes, regions):
    ioa = box_ioa(boxes, regions)
    return np.broadcast_to(ioa.sum(axis=1, keepdims=True), ioa.shape).copy()


def _grows_with_the_region(fn):
    one = np.array([[2.0, 2.0, 6.0, 12.0]])
    regions = np.array([[0.0, 0.0, 4.0, 7.0], [0.0, 0.0, 40.0, 70.0]])
    return np.allclose(fn(one, regions), [[0.25, 1.0]])


BIG_REGION = "박스보다 훨씬 큰 영역을 보지 않았습니다."
FAR_APART = "서로 떨어진 박스와 영역을 모든 방향에서 보지는 않았습니다."
DIFFERENT_COUNTS = "박스와 영역의 수가 서로 다를 때를 보지 않았습니다."
PARTLY = "일부만 덮인 박스를 보지 않았습니다."

BOX_IOA = Exercise(
    name="box_ioa",
    reference=box_ioa,
    cases=_ioa_cases,
    returns="(N, M) 비율 배열",
    rules=(
        "비율은 박스의 넓이로 나눈 것입니다. 박스가 영역에 통째로 들어가면 1입니다.",
        "겹치지 않거나 모서리만 맞닿으면 0이고, 넓이가 0인 박스의 비율도 0입니다.",
        "영역이 여럿이면 서로 겹치더라도 하나씩 따로 구합니다.",
        EMPTY_MATRIX,
        FLOAT_RESULT,
        KEEP_INPUT,
    ),
    allows=("box_area", "validate_boxes"),
    layout="pairs",
    misconceptions=(
        Misconception(
            "iou_instead",
            "덮인 비율 대신 IoU를 구함",
            _shares(lambda area, region_area, covered: area + region_area - covered),
            "IoU를 구하셨습니다. 큰 영역 안에 작은 박스가 쏙 들어가면 IoU는 아주 작습니다. 여기서 "
            "알고 싶은 것은 '박스의 얼마가' 덮였는가입니다.",
            unseen=BIG_REGION,
        ),
        Misconception(
            "over_region_area",
            "영역의 넓이로 나눔",
            _shares(lambda area, region_area, covered: region_area),
            "영역의 넓이로 나누셨습니다. 그것은 영역의 얼마가 박스에 덮였는가입니다. 묻는 것은 "
            "누구의 얼마인가요?",
            unseen=BIG_REGION,
        ),
        Misconception(
            "over_smaller_area",
            "작은 쪽의 넓이로 나눔",
            _shares(lambda area, region_area, covered: np.minimum(area, region_area)),
            "늘 작은 쪽의 넓이로 나누셨습니다. 큰 박스 안에 작은 영역이 있으면 박스는 조금만 "
            "덮였는데도 1이 됩니다.",
            unseen="박스 안에 쏙 든 영역을 보지 않았습니다.",
        ),
        Misconception(
            "over_larger_area",
            "큰 쪽의 넓이로 나눔",
            _shares(lambda area, region_area, covered: np.maximum(area, region_area)),
            "늘 큰 쪽의 넓이로 나누셨습니다. 영역이 아무리 커도 박스가 통째로 들어가면 얼마여야 "
            "할까요?",
            unseen=BIG_REGION,
        ),
        Misconception(
            "sum_of_areas",
            "두 넓이의 합으로 나눔",
            _shares(lambda area, region_area, covered: area + region_area),
            "두 넓이를 더한 것으로 나누셨습니다. 박스와 영역이 똑같을 때 얼마가 나오는지 보세요.",
            unseen=PARTLY,
        ),
        Misconception(
            "negative_times_negative",
            "음수 너비와 높이를 그대로 곱함",
            _shares(clamp=False),
            "떨어진 박스와 영역에서는 덮인 너비나 높이가 음수로 나옵니다. 하나만 음수이면 비율이 "
            "음수가 되고, 둘 다 음수이면 덮인 것처럼 보입니다.",
            (_shares(defined=np.not_equal, clamp=False),),
            unseen=FAR_APART,
        ),
        Misconception(
            "clamped_after_product",
            "곱한 다음에 0으로 막음",
            _ioa_clamped_late,
            "0으로 막는 곳이 늦었습니다. 덮인 너비와 높이가 둘 다 음수이면 곱은 이미 양수입니다. "
            "대각선으로 떨어진 짝을 그려 보세요.",
            unseen=FAR_APART,
        ),
        Misconception(
            "one_axis_clamped",
            "한 축만 0으로 막음",
            _clamped_only(0),
            "가로와 세로 가운데 하나만 0으로 막으셨습니다. 가로로 떨어진 짝과 세로로 떨어진 짝을 "
            "하나씩 그려 보세요.",
            (_clamped_only(1),),
        ),
        Misconception(
            "plus_one_size",
            "너비와 높이에 1을 더함",
            _shares(grow=1.0),
            PLUS_ONE_HINT,
            unseen="비율이 딱 떨어지는, 작고 단순한 박스를 보지 않았습니다.",
        ),
        Misconception(
            "covered_area_only",
            "덮인 넓이만 돌려줌",
            _shares(lambda area, region_area, covered: np.ones_like(covered)),
            "덮인 넓이까지 잘 구했습니다. 아직 픽셀 단위의 넓이이니 비율로 바꾸어 주세요.",
            unseen=PARTLY,
        ),
        Misconception(
            "touched_or_not",
            "닿았는지만 봄",
            lambda boxes, regions: (box_ioa(boxes, regions) > 0).astype(float),
            "조금이라도 덮였으면 1로 하셨습니다. 얼마나 덮였는지를 0과 1 사이의 수로 나타내 "
            "주세요.",
            unseen=PARTLY,
        ),
        Misconception(
            "inside_or_not",
            "통째로 들어갔는지만 봄",
            lambda boxes, regions: (box_ioa(boxes, regions) == 1).astype(float),
            "통째로 들어갔는지만 보셨습니다. 절반만 덮인 박스는 얼마일까요? `//`로 나누지는 "
            "않았는지도 "
            "보세요.",
            unseen=PARTLY,
        ),
        Misconception(
            "width_only",
            "너비만 견줌",
            _from_sides(
                lambda clamped, size, _: (
                    share_of(clamped[..., 0], size[..., 0]) * (clamped[..., 1] > 0)
                )
            ),
            "너비만 견주셨습니다. 가로로 절반, 세로로도 절반이 덮였다면 넓이로는 얼마일까요?",
            unseen="가로와 세로가 모두 일부만 덮인 박스를 보지 않았습니다.",
        ),
        Misconception(
            "height_only",
            "높이만 견줌",
            _from_sides(
                lambda clamped, size, _: (
                    share_of(clamped[..., 1], size[..., 1]) * (clamped[..., 0] > 0)
                )
            ),
            "높이만 견주셨습니다. 가로로 절반, 세로로도 절반이 덮였다면 넓이로는 얼마일까요?",
        ),
        Misconception(
            "percent",
            "백분율로 돌려줌",
            _shares(lambda area, region_area, covered: area / 100),
            "백분율로 돌려주셨습니다. 비율은 0과 1 사이의 수입니다.",
        ),
        Misconception(
            "sides_added",
            "넓이 대신 변을 더해 견줌",
            _from_sides(_share_of_sides),
            "덮인 너비와 높이를 더해 견주셨습니다. 넓이는 두 변을 더한 것이 아닙니다.",
        ),
        Misconception(
            "min_max_exchanged",
            "겹친 곳 대신 감싸는 곳을 구함",
            _ioa_enclosing,
            "겹친 곳이 아니라 둘을 감싸는 곳의 넓이를 구했습니다. 겹친 곳의 왼쪽 끝은 두 왼쪽 끝 "
            "가운데 어느 쪽일까요?",
            unseen=PARTLY,
        ),
        Misconception(
            "area_lies_down",
            "박스의 넓이를 가로로 눕힘",
            _ioa_area_lies_down,
            "박스의 넓이 (N,)을 (N, M)의 가로로 나누고 있습니다. N과 M이 같으면 소리 없이 "
            "틀립니다. "
            "넓이를 세우는 방법을 떠올려 보세요.",
        ),
        Misconception(
            "same_rows_only",
            "같은 번호끼리만 견줌",
            _ioa_same_rows,
            "같은 번호의 박스와 영역만 견주셨습니다. 박스 N개와 영역 M개의 '모든 짝'이 필요합니다.",
            unseen=DIFFERENT_COUNTS,
        ),
        Misconception(
            "transposed",
            "행과 열을 바꿈",
            lambda boxes, regions: box_ioa(boxes, regions).T,
            "행과 열이 바뀌었습니다. 행이 박스, 열이 영역입니다.",
            unseen=DIFFERENT_COUNTS,
        ),
        Misconception(
            "exchanged_arguments",
            "박스와 영역을 바꿈",
            lambda boxes, regions: box_ioa(regions, boxes),
            "박스와 영역의 역할이 바뀌었습니다. 결과의 행은 무엇이고, 무엇의 넓이로 나누나요?",
        ),
        Misconception(
            "regions_added_up",
            "영역들의 비율을 더함",
            _ioa_total,
            "영역들이 덮은 비율을 더하셨습니다. 영역마다 따로 구해 주세요. 서로 겹친 영역이면 더한 "
            "값이 1을 넘기도 합니다.",
            unseen="박스 하나에 영역이 둘 이상 걸친 때를 보지 않았습니다.",
        ),
        Misconception(
            "one_number_per_box",
            "가장 큰 비율 하나만 남김",
            lambda boxes, regions: box_ioa(boxes, regions).max(axis=1, initial=0),
            "영역들 가운데 가장 많이 덮은 비율 하나만 남기셨습니다. 결과의 열은 영역마다 "
            "하나입니다.",
            (lambda boxes, regions: box_ioa(boxes, regions).sum(axis=1),),
        ),
        Misconception(
            "zero_over_zero",
            "0을 0으로 나눔",
            _ioa_zero_over_zero,
            "거의 다 왔습니다. 넓이가 0인 박스에서 0을 0으로 나누게 됩니다. 그때의 값을 정한 "
            "약속을 "
            "다시 보세요.",
            unseen="넓이가 없는 박스를 보지 않았습니다.",
        ),
        Misconception("area_at_least_one", "넓이를 적어도 1로 둠", _ioa_one_pixel, ONE_PIXEL_HINT),
        Misconception(
            "empty_cannot_stack",
            "빈 배열을 쌓다 멈춤",
            _ioa_stacked,
            "영역이 하나도 없으면 쌓을 것이 없어 멈춥니다. 무시 영역은 없는 이미지가 훨씬 "
            "많습니다.",
            unseen="영역이 하나도 없는 이미지를 보지 않았습니다.",
        ),
        Misconception(
            "integer_truncation",
            "정수 배열에 소수를 담음",
            _ioa_truncated,
            "결과를 담는 배열이 정수형이라 0.8 같은 값이 0이 되었습니다. 실수 배열에 담아 주세요.",
        ),
        Misconception(
            "read_as_xywh",
            "모서리를 너비와 높이로 읽음",
            _ioa_as_xywh,
            READ_AS_XYWH_HINT,
            unseen="원점에서 떨어진 박스를 보지 않았습니다.",
        ),
    ),
    properties=(
        Property(
            "손으로 구한 비율",
            _grows_with_the_region,
            "종이에 그려 구한 비율 0.25와 1이 나와야 합니다.",
        ),
    ),
)


# ── examples_for_box_ioa ────────────────────────────────────────────────────────────────────


def examples_for_box_ioa():
    """2번 문제의 box_ioa를 시험할 보기를 셋까지 돌려줍니다.

    Returns:
        보기의 리스트. 보기 하나는 사전 {"boxes": [박스, …], "regions": [영역, …],
        "answer": [[비율, …], …]}이고, answer의 i행 j열은 boxes[i]와 regions[j]의 비율입니다.
    """
    return [
        {
            "boxes": [[10, 10, 14, 14], [10, 10, 30, 14]],
            "regions": [[12, 12, 90, 90], [11, 10, 13, 13], [50, 50, 60, 60]],
            "answer": [[4 / 16, 6 / 16, 0], [18 * 2 / 80, 6 / 80, 0]],
        },
        {
            "boxes": [[7, 3, 7, 9], [0, 0, 4, 2]],
            "regions": [[6, 0, 20, 20], [0, 5, 4, 9]],
            "answer": [[0, 0], [0, 0]],
        },
        {"boxes": [[1, 2, 3, 4]], "regions": [], "answer": [[]]},
    ]


EXAMPLES_FOR_BOX_IOA = ExampleSet(
    name="examples_for_box_ioa",
    exercise=BOX_IOA,
    reference=examples_for_box_ioa,
    inputs={"boxes": validate_boxes, "regions": validate_boxes},
    need=16,
    hidden=(
        _clamped_only(0),
        _clamped_only(1),
        _from_sides(_share_of_sides),
        _from_sides(lambda clamped, size, _: share_of(clamped, size).min(axis=-1)),
        _from_sides(lambda clamped, size, _: share_of(clamped.prod(-1), size[..., 0] ** 2)),
        _from_sides(lambda clamped, size, _: share_of(clamped[..., 0] ** 2, size.prod(-1))),
        lambda boxes, regions: np.round(box_ioa(boxes, regions)),
        lambda boxes, regions: np.sort(box_ioa(boxes, regions), axis=1),
    ),
    hidden_need=6,
    rules=(
        "보기는 셋까지이고, 보기 하나에 박스도 영역도 셋까지입니다.",
        "답은 손으로 구해 수로 적습니다. 나눗셈은 `1 / 3`처럼 적어도 됩니다.",
        "다른 함수나 함수 밖의 변수는 쓰지 않습니다.",
        "박스나 영역이 없을 때는 빈 리스트 `[]`로 적습니다.",
        "답이 옳은 보기만 받고, 잘못된 구현 19개 가운데 16개를 잡아내면 통과입니다.",
        "채점할 때는 처음 보는 잘못된 구현 8개 가운데 6개도 잡아내야 합니다.",
    ),
)


# ── label_with_ignore ───────────────────────────────────────────────────────────────────────


def label_with_ignore(iou, ioa, pos_thr, neg_thr, ignore_thr):
    """무시 영역까지 보고 앵커마다 라벨을 정합니다.

    Args:
        iou: (N, M) 배열. i행 j열은 앵커 i와 정답 j의 IoU. M은 0일 수도 있습니다.
        ioa: (N, K) 배열. i행 k열은 앵커 i가 무시 영역 k에 덮인 비율. K는 0일 수도 있습니다.
        pos_thr: 양성 임계값.
        neg_thr: 음성 임계값. pos_thr 이하입니다.
        ignore_thr: 무시 영역에 이만큼 이상 덮인 배경은 무시합니다.

    Returns:
        (N,) 정수 배열. 양성 1, 음성 0, 무시 -1. 입력은 바꾸지 않습니다.
    """
    best = iou.max(axis=1, initial=0)
    covered = ioa.max(axis=1, initial=0)
    labels = np.full(len(iou), -1)
    labels[(best < neg_thr) & (covered < ignore_thr)] = 0
    labels[best >= pos_thr] = 1
    return labels


def _ignore_cases(rng):
    iou = np.array([[0.75, 0.1], [0.2, 0.0], [0.5, 0.1], [0.1, 0.05], [0.0, 0.72], [0.25, 0.28]])
    ioa = np.array([[0.1, 0.0], [0.9, 0.1], [0.8, 0.0], [0.3, 0.45], [0.95, 0.9], [0.0, 0.6]])

    def case(label, n, m, k, thresholds=(0.5, 0.4, 0.5)):
        # 배경이 많고 덮인 앵커와 덮이지 않은 앵커가 모두 나오게 합니다.
        return Case(label, (rng.random((n, m)) ** 2, rng.random((n, k)) ** 2, *thresholds))

    return [
        Case("앵커 여섯, 정답 둘, 영역 둘", (iou, ioa, 0.7, 0.3, 0.5)),
        Case("영역에 통째로 든 양성", (np.array([[0.8], [0.1]]), np.ones((2, 1)), 0.7, 0.3, 0.5)),
        Case(
            "조금씩 두 영역에 걸친 배경",
            (np.array([[0.0], [0.1], [0.9]]), np.array([[0.3, 0.4], [0.1, 0.2], [0, 0]]))
            + (0.7, 0.3, 0.5),
        ),
        case("무작위 행렬", 20, 3, 2),
        case("다른 임계값", 24, 2, 3, (0.7, 0.3, 0.25)),
        case("영역이 하나일 때", 16, 3, 1, (0.6, 0.3, 0.75)),
        Case(
            "경계와 꼭 같은 값",
            (
                np.array([[0.5], [0.25], [0.1], [0.1], [0.5], [0.25]]),
                np.array([[0.0], [0.9], [0.75], [0.5], [0.75], [0.0]]),
                *(0.5, 0.25, 0.75),
            ),
            edge=True,
        ),
        Case(
            "float32 배열",
            (
                np.array([[0.5, 0.125], [0.125, 0.0], [0.25, 0.0]], dtype="f4"),
                np.array([[0.0], [0.875], [0.25]], dtype="f4"),
                *(0.5, 0.375, 0.5),
            ),
        ),
        Case(
            "정답이 없는 이미지",
            (np.zeros((4, 0)), np.array([[0.9], [0.2], [0.6], [0.0]]), 0.7, 0.3, 0.5),
            edge=True,
        ),
        Case("영역이 없는 이미지", (iou, np.zeros((6, 0)), 0.7, 0.3, 0.5), edge=True),
        Case("앵커 하나", (np.array([[0.1]]), np.array([[0.7]]), 0.7, 0.3, 0.5)),
        Case("앵커가 없는 입력", (np.zeros((0, 2)), np.zeros((0, 1)), 0.7, 0.3, 0.5), edge=True),
    ]


def _at_least_pos(best, covered, pos, neg, ignore):
    return best >= pos


def _quiet_background(best, covered, pos, neg, ignore):
    return (best < neg) & (covered < ignore)


def _ignoring(
    positive=_at_least_pos,
    background=_quiet_background,
    best=lambda iou: iou.max(axis=1, initial=0),
    covered=lambda ioa: ioa.max(axis=1, initial=0),
    labels=(1, 0, -1),
):
    """라벨을 정하는 각 단계를 갈아 끼울 수 있게 나눈 것. 양성의 조건이 앞섭니다."""

    def wrong(iou, ioa, *thresholds):
        given = (best(iou), covered(ioa), *thresholds)
        conditions = [positive(*given), background(*given)]
        return np.select(conditions, labels[:2], labels[2])

    return wrong


def _not_covered(best, covered, pos, neg, ignore):
    return (best >= pos) & (covered < ignore)


def _strict_empty(matrix):
    return matrix.max(axis=1)


def _place_by_column(positive_first):
    def wrong(iou, ioa, pos_thr, neg_thr, ignore_thr):
        best, covered = iou.max(axis=0), ioa.max(axis=0)
        steps = [
            (lambda: best >= pos_thr, 1),
            (lambda: (best < neg_thr) & (covered < ignore_thr), 0),
        ]
        labels = np.full(len(iou), -1)
        for condition, label in steps if positive_first else steps[::-1]:
            labels[condition()] = label
        return labels

    return wrong


def _stays_one_label_per_anchor(fn):
    iou, ioa = np.array([[0.9, 0.8], [0.0, 0.1], [0.0, 0.1]]), np.array([[0.9], [0.9], [0.1]])
    return np.array_equal(fn(iou, ioa, 0.6, 0.3, 0.5), [1, -1, 0])


LABEL_WITH_IGNORE = Exercise(
    name="label_with_ignore",
    reference=label_with_ignore,
    cases=_ignore_cases,
    returns="(N,) 정수 배열 (양성 1, 음성 0, 무시 -1)",
    rules=(
        "정답과의 최대 IoU가 `pos_thr` 이상이면 양성이고, 무시 영역에 덮여도 양성입니다.",
        "최대 IoU가 `neg_thr` 미만이면 배경이고, 그 사이의 앵커는 무시입니다.",
        "배경 가운데 어느 한 영역에라도 `ignore_thr` 이상 덮인 앵커는 음성이 아니라 무시입니다.",
        "정답이나 영역이 하나도 없으면 IoU나 덮인 비율을 0으로 봅니다.",
        EMPTY_LABELS,
        KEEP_INPUT,
    ),
    layout="whole",
    misconceptions=(
        Misconception(
            "regions_forgotten",
            "무시 영역을 보지 않음",
            _ignoring(background=lambda best, covered, pos, neg, ignore: best < neg),
            "무시 영역을 보지 않으셨습니다. 레슨의 라벨 그대로입니다. 군중 위의 앵커를 배경이라고 "
            "가르치게 됩니다.",
        ),
        Misconception(
            "positives_ignored_too",
            "덮인 양성까지 무시함",
            _ignoring(positive=_not_covered),
            "무시 영역에 덮인 양성까지 무시하셨습니다. 그 앵커는 이미 제 정답을 찾았습니다. 영역이 "
            "바꾸는 것은 어느 라벨뿐일까요?",
        ),
        Misconception(
            "covered_becomes_positive",
            "덮인 배경을 양성으로 함",
            _ignoring(
                positive=lambda best, covered, pos, neg, ignore: (
                    (best >= pos) | ((best < neg) & (covered >= ignore))
                )
            ),
            "영역에 덮인 배경이 양성이 되었습니다. 그 안의 물체에는 정답 박스가 없어 배울 것이 "
            "없습니다.",
        ),
        Misconception(
            "covered_middle_becomes_negative",
            "애매한 앵커를 음성으로 함",
            _ignoring(
                background=lambda best, covered, pos, neg, ignore: (best < pos) & (covered < ignore)
            ),
            "라벨을 모두 0으로 두고 시작하면 이렇게 됩니다. 영역에 덮이지 않은 애매한 앵커까지 "
            "음성이 되었습니다. 두 임계값 사이의 앵커는 영역과 "
            "상관없이 무시입니다.",
        ),
        Misconception(
            "inside_and_outside_exchanged",
            "덮인 곳과 아닌 곳을 바꿈",
            _ignoring(
                background=lambda best, covered, pos, neg, ignore: (
                    (best < neg) & (covered >= ignore)
                )
            ),
            "거꾸로 되었습니다. 영역에 덮인 배경이 음성으로 남고, 덮이지 않은 배경이 빠졌습니다.",
        ),
        Misconception(
            "added_over_regions",
            "영역들의 비율을 더함",
            _ignoring(covered=lambda ioa: ioa.sum(axis=1)),
            "여러 영역이 덮은 비율을 더하셨습니다. 서로 겹친 영역이면 같은 곳을 두 번 셉니다. "
            "약속은 '어느 한 영역에라도'입니다.",
        ),
        Misconception(
            "every_region_required",
            "모든 영역에 덮여야 무시함",
            _ignoring(covered=lambda ioa: ioa.min(axis=1, initial=1) * (ioa.shape[1] > 0)),
            "모든 영역에 덮여야 무시하셨습니다. 영역이 둘이면 둘 다에 덮이는 앵커는 거의 없습니다.",
        ),
        Misconception(
            "first_region_only",
            "첫째 영역만 봄",
            _ignoring(covered=lambda ioa: ioa[:, :1].sum(axis=1)),
            "첫째 영역만 보셨습니다. 영역은 여럿일 수 있습니다.",
        ),
        Misconception(
            "strict_ignore",
            "무시 기준과 같은 비율을 뺌",
            _ignoring(
                background=lambda best, covered, pos, neg, ignore: (
                    (best < neg) & (covered <= ignore)
                )
            ),
            "`ignore_thr`와 꼭 같은 비율을 어떻게 할지 다시 보세요. '이상'에는 '같다'가 들어 "
            "있습니다.",
        ),
        Misconception(
            "strict_positive",
            "양성 임계값과 같은 값을 뺌",
            _ignoring(positive=lambda best, covered, pos, neg, ignore: best > pos),
            "양성 임계값과 꼭 같은 IoU가 양성에서 빠졌습니다. '이상'을 기호로 옮겨 보세요.",
        ),
        Misconception(
            "inclusive_negative",
            "음성 임계값과 같아도 음성으로 함",
            _ignoring(
                background=lambda best, covered, pos, neg, ignore: (
                    (best <= neg) & (covered < ignore)
                )
            ),
            "음성 임계값과 꼭 같은 IoU가 배경이 되었습니다. '미만'을 기호로 옮겨 보세요.",
        ),
        Misconception(
            "labels_exchanged",
            "무시와 음성을 바꿈",
            _ignoring(labels=(1, -1, 0)),
            "무시와 음성이 서로 바뀌었습니다. 0은 '배경이라고 배우는' 앵커, -1은 '손실에서 빼는' "
            "앵커입니다.",
        ),
        Misconception(
            "thresholds_exchanged",
            "두 기준을 바꾸어 씀",
            _ignoring(
                background=lambda best, covered, pos, neg, ignore: (best < ignore) & (covered < neg)
            ),
            "IoU의 임계값과 덮인 비율의 임계값을 서로 바꾸어 쓰셨습니다. 어느 수를 무엇과 "
            "견주나요?",
        ),
        Misconception(
            "either_is_enough",
            "한 조건만 맞아도 음성으로 함",
            _ignoring(
                background=lambda best, covered, pos, neg, ignore: (best < neg) | (covered < ignore)
            ),
            "두 조건 가운데 하나만 맞아도 음성이 되었습니다. 음성이 되려면 정답과도 멀고 영역에도 "
            "덮이지 않아야 합니다.",
        ),
        Misconception(
            "any_touch_ignored",
            "조금만 걸쳐도 무시함",
            _ignoring(
                background=lambda best, covered, pos, neg, ignore: (best < neg) & (covered == 0)
            ),
            "영역에 조금만 걸쳐도 무시하셨습니다. 얼마부터 무시하는지는 `ignore_thr`가 정합니다.",
        ),
        Misconception(
            "float_labels",
            "라벨을 실수로 돌려줌",
            lambda *args: label_with_ignore(*args) * 1.0,
            "라벨이 1.0 같은 실수입니다. `np.full_like`는 원래 배열의 자료형을 물려받으니, "
            "자료형을 "
            "따로 알려 주세요.",
        ),
        Misconception(
            "index_instead_of_value",
            "값 대신 번호를 견줌",
            _ignoring(best=lambda iou: iou.argmax(axis=1) if iou.shape[1] else np.zeros(len(iou))),
            "가장 잘 맞는 정답의 '번호'를 임계값과 견주셨습니다. `argmax`와 `max`는 무엇이 "
            "다른가요?",
            (
                _ignoring(
                    best=lambda iou: iou.argmax(axis=1) if iou.shape[1] else np.zeros(len(iou)),
                    covered=lambda ioa: ioa.argmax(axis=1) if ioa.shape[1] else np.zeros(len(ioa)),
                ),
                _ignoring(best=lambda iou: iou.argmax(axis=1)),
            ),
        ),
        Misconception(
            "fixed_ignore",
            "받은 무시 기준을 쓰지 않음",
            _ignoring(
                background=lambda best, covered, pos, neg, ignore: (best < neg) & (covered < 0.5)
            ),
            "무시 영역의 기준을 바꾸어도 결과가 그대로입니다. 함수가 받은 `ignore_thr`를 쓰고 "
            "있나요?",
        ),
        Misconception(
            "fixed_positive",
            "받은 양성 기준을 쓰지 않음",
            _ignoring(positive=lambda best, covered, pos, neg, ignore: best >= 0.5),
            "양성의 기준을 바꾸어도 결과가 그대로입니다. 함수가 받은 `pos_thr`를 쓰고 있나요?",
            (_ignoring(positive=lambda best, covered, pos, neg, ignore: best >= 0.7),),
        ),
        Misconception(
            "wrong_axis",
            "앵커가 아니라 정답마다 구함",
            _ignoring(best=lambda iou: iou.max(axis=0), covered=lambda ioa: ioa.max(axis=0)),
            "정답마다, 영역마다 가장 큰 값을 구하셨습니다. 라벨은 앵커마다 하나입니다. `axis`가 "
            "무엇을 "
            "없애는지 보세요.",
            (_place_by_column(True), _place_by_column(False)),
        ),
        Misconception(
            "mean_over_objects",
            "정답들의 IoU를 평균함",
            _ignoring(
                best=lambda iou: iou.mean(axis=1) if iou.shape[1] else np.zeros(len(iou)),
            ),
            "정답마다의 IoU를 더하거나 평균하셨습니다. 정답이 여럿이면 앵커는 그 가운데 하나에만 "
            "잘 맞으면 "
            "됩니다.",
            (_ignoring(best=lambda iou: iou.sum(axis=1)),),
        ),
        Misconception(
            "empty_has_no_maximum",
            "빈 입력에서 최댓값을 구함",
            _ignoring(best=_strict_empty, covered=_strict_empty),
            "거의 다 왔습니다. 정답이나 영역이 하나도 없으면 최댓값을 구할 수 없어 멈춥니다. "
            "그때를 "
            "무엇으로 보기로 했나요?",
            (_ignoring(best=_strict_empty), _ignoring(covered=_strict_empty)),
        ),
    ),
    properties=(
        Property(
            "세 갈래의 앵커",
            _stays_one_label_per_anchor,
            "군중 속의 양성은 양성, 군중 위의 배경은 무시, 밖의 배경은 음성이어야 합니다.",
        ),
    ),
)

EXERCISES = (BOX_IOA, LABEL_WITH_IGNORE)
EXAMPLE_SETS = (EXAMPLES_FOR_BOX_IOA,)
