"""왜 놓쳤나: 까닭을 심은 장면에서 그 까닭을 찾는지, 수가 맞는지, 잘못된 입력을 말하는지."""

from collections import Counter
from dataclasses import replace

import miss_scenes as planted
import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from anchorbox_utils import CAUSES, FALSE_KINDS, AnchorGrid, box_iou, explain_misses, match_anchors
from anchorbox_utils.conventions import CONVENTIONS
from anchorbox_utils.evaluation import GroundTruths
from anchorbox_utils.misses.causes import DIRECTIONS, LACKS

N_SCENES = 240
NO_BOXES = (np.empty((0, 4)), [], [])


def explain(scenes, **options):
    usual = {
        "anchors": planted.GRID,
        "pos_thr": planted.POS_THR,
        "neg_thr": planted.NEG_THR,
        "force_match": False,
        "score_thr": planted.SCORE_THR,
    }
    return explain_misses(
        [scene.truths for scene in scenes],
        [scene.final for scene in scenes],
        [scene.before_nms for scene in scenes],
        **usual | options,
    )


@pytest.fixture(scope="module")
def scenes():
    return [planted.make_scene(seed) for seed in range(N_SCENES)]


@pytest.fixture(scope="module")
def explained(scenes):
    return explain(scenes)


def confusion(scenes, found):
    """{(심은 까닭, 찾은 까닭): 수}. 놓친 것으로 보지 않은 정답은 '찾음'입니다."""
    told = {(row.image, row.truth): row.cause for row in found.rows}
    table = Counter()
    for image, scene in enumerate(scenes):
        for truth, *causes in scene.expected:
            table["+".join(causes), told.pop((image, truth), "찾음")] += 1
    table.update(("심지 않음", cause) for cause in told.values())
    return table


def test_planted_causes_are_found(scenes, explained):
    table = confusion(scenes, explained)
    right = sum(n for (name, cause), n in table.items() if name.split("+")[0] == cause)
    assert {name.split("+")[0] for name, _ in table} >= set(CAUSES)
    assert right >= 0.95 * table.total(), table


def test_mixtures_say_that_they_are_unsure(scenes, explained):
    also = {(row.image, row.truth): row.also for row in explained.rows}
    mixed = [
        (also[image, truth], others)
        for image, scene in enumerate(scenes)
        for truth, _, *others in scene.expected
        if others and (image, truth) in also
    ]
    assert len(mixed) > 100
    assert sum(set(told) >= set(others) for told, others in mixed) >= 0.95 * len(mixed)


def test_planted_false_positives_are_sorted(scenes, explained):
    planted_kinds = sum((Counter(scene.false_kinds) for scene in scenes), Counter())
    # 섞어 심은 것은 예측 하나가 다른 정답을 찾거나 그 정답의 중복이 되기도 합니다.
    for kind, count in explained.false_counts.items():
        assert count == pytest.approx(planted_kinds[kind], rel=0.2), kind


def test_every_truth_and_every_detection_is_counted_once(scenes, explained):
    counts = explained.counts
    assert sum(counts.values()) == len(explained.rows) == explained.n_truths - explained.found
    good = sum((scores >= planted.SCORE_THR).sum() for _, scores, _ in explained.detections)
    assert good == explained.found + len(explained.false_positives) + explained.set_aside
    for groups in (explained.by_class(), explained.by_size(), [explained.total()]):
        assert sum(group.truths for group in groups) == explained.n_truths
        for cause in CAUSES:
            assert sum(group.causes[cause] for group in groups) == counts[cause]


def random_images(rng, n_images=12):
    """crowd와 여러 클래스가 섞인 정답과, 그 둘레의 예측."""
    truths, guesses = [], []
    for _ in range(n_images):
        corner = rng.uniform(0, 60, (rng.integers(0, 7), 2))
        boxes = np.concatenate([corner, corner + rng.uniform(8, 40, corner.shape)], axis=1)
        truths.append((boxes, rng.integers(0, 2, len(boxes)), rng.random(len(boxes)) < 0.25))
        around = np.repeat(boxes, 3, axis=0) + rng.normal(0, 4, (3 * len(boxes), 4))
        around = np.concatenate([around[:, :2], np.maximum(around[:, 2:], around[:, :2] + 1)], 1)
        scores = np.round(rng.random(len(around)), 2)
        guesses.append((around, scores, rng.integers(0, 2, len(around))))
    return truths, guesses


@pytest.mark.parametrize("seed", range(3))
def test_found_missed_and_set_aside_are_those_of_pycocotools(seed, capsys):
    truths, guesses = random_images(np.random.default_rng(seed))
    found = explain_misses(truths, guesses, score_thr=0.3)
    images = [{"id": i} for i in range(len(truths))]
    xywh = [np.concatenate([b[:, :2], b[:, 2:] - b[:, :2]], 1) for b, *_ in (*truths, *guesses)]
    annotations = [
        {"image_id": i, "category_id": int(c), "bbox": box.tolist(), "iscrowd": int(crowd)}
        | {"area": float(box[2] * box[3])}
        for i, (_, ids, crowds) in enumerate(truths)
        for box, c, crowd in zip(xywh[i], ids, crowds, strict=True)
    ]
    results = [
        {"image_id": i, "category_id": int(c), "bbox": box.tolist(), "score": float(score)}
        for i, (_, scores, ids) in enumerate(guesses)
        for box, score, c in zip(xywh[len(truths) + i], scores, ids, strict=True)
        if score >= 0.3
    ]
    truth = COCO()
    truth.dataset = {"images": images, "categories": [{"id": 0}, {"id": 1}]}
    truth.dataset["annotations"] = [row | {"id": k + 1} for k, row in enumerate(annotations)]
    truth.createIndex()
    evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
    evaluation.params.iouThrs, evaluation.params.maxDets = np.array([0.5]), [1000]
    evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
    evaluation.evaluate()
    capsys.readouterr()
    matched = ignored = wrong = 0
    for row in filter(None, evaluation.evalImgs):
        hit, aside = row["dtMatches"][0] > 0, row["dtIgnore"][0].astype(bool)
        matched, ignored = matched + (hit & ~aside).sum(), ignored + aside.sum()
        wrong += (~hit & ~aside).sum()
    assert found.set_aside > 0
    assert (found.found, found.set_aside, len(found.false_positives)) == (matched, ignored, wrong)


def test_a_truth_left_out_of_the_score_is_neither_missed_nor_a_false_positive():
    """VOC의 difficult처럼, 세지 않는 정답은 예측 하나만 데려갑니다."""
    box = [0, 0, 64, 64]
    truth = GroundTruths([box, [100, 0, 164, 64]], [0, 0], ignore=[True, True])
    found = explain_misses([truth], [([box, box], [0.9, 0.8], [0, 0])], anchors=planted.GRID)
    assert (found.n_truths, found.rows, found.set_aside) == (0, (), 1)
    assert [row.kind for row in found.false_positives] == ["background"]


def test_the_size_is_the_area_of_the_object_where_it_is_known():
    areas = [400, np.nan, -1, np.inf]
    truth = GroundTruths([[0, 0, 64, 64]] * 4, [0] * 4, areas=areas)
    found = explain_misses([truth], [NO_BOXES])
    assert [group.truths for group in found.by_size()] == [1, 3] and found.ap == 0


def test_without_detections_only_the_anchors_are_asked():
    good, flat = [32, 32, 64, 64], [0, 0, 4, 60]
    grid = AnchorGrid((96, 96), 8, [32])
    found = explain_misses([([good, flat], [0, 0])], anchors=grid)
    assert [(row.truth, row.cause) for row in found.rows] == [(1, "no_anchor")]
    assert found.ap is None and found.gains == {} and "undetected" in found.unasked
    assert "묻지 않은 까닭: 예측 없음" in str(found)


def test_without_anchors_the_first_questions_are_said_to_be_unasked():
    found = explain_misses([([[0, 0, 4, 60]], [0])], [NO_BOXES])
    assert [row.cause for row in found.rows] == ["undetected"]
    assert found.unasked == ("no_anchor", "ignored", "taken", "suppressed")
    assert "배웠지만" not in found.rows[0].text
    assert "앵커, NMS 전의 예측이 있어야" in str(found)


def test_a_neighbour_that_covers_the_truth_is_told():
    truths = [([[0, 0, 64, 64], [16, 0, 80, 64]], [0, 0])]
    (row,) = explain_misses(truths, [([[0, 0, 64, 64]], [0.9], [0])]).rows
    assert (row.cause, row.also) == ("undetected", ("suppressed",))
    assert "정답 0번을 찾은 예측이 이 정답에도 겹칩니다(IoU 0.60)" in row.text


def test_a_neighbour_of_another_class_that_covers_the_truth_is_told():
    truths = [([[0, 0, 64, 64], [16, 0, 80, 64]], [0, 1])]
    (row,) = explain_misses(truths, [([[0, 0, 64, 64]], [0.9], [0])]).rows
    assert (row.cause, row.also) == ("undetected", ("wrong_class",))
    assert "클래스가 다른 예측이 이 정답에도 겹칩니다(IoU 0.60)" in row.text


@pytest.mark.parametrize(("same_class", "told"), [(True, ""), (False, "클래스가 클래스 1이고 ")])
def test_the_one_that_suppressed_is_named(same_class, told):
    truths = [([[0, 0, 64, 64], [16, 0, 80, 64]], [0, 0 if same_class else 1])]
    raw = ([[0, 0, 64, 64], [16, 0, 80, 64]], [0.8, 0.9], truths[0][1])
    final = ([[16, 0, 80, 64]], [0.9], truths[0][1][1:])
    (row,) = explain_misses(truths, [final], [raw]).rows
    assert row.cause == "suppressed" and row.evidence["by"]["truth"] == 1
    assert f"{told}점수가 0.90인 예측이 지웠습니다(두 예측의 IoU 0.60, 정답 1번" in row.text


def test_a_detection_lost_to_a_limit_has_no_suppressor():
    raw = ([[0, 0, 64, 64]], [0.8], [0])
    (row,) = explain_misses([([[0, 0, 64, 64]], [0])], [NO_BOXES], [raw]).rows
    assert row.cause == "suppressed" and "남기는 예측의 수를 보세요" in row.text


@pytest.mark.parametrize("moved", [0.04, -0.04])
def test_a_rounded_copy_is_the_same_detection(moved):
    """파일에 소수 둘째 자리까지 적혀도, 남은 예측을 지워졌다고 하지 않습니다."""
    truths = [([[0, 0, 64, 64], [16, 0, 80, 64]], [0, 0])]
    raw = ([[0, 0, 64, 64]], [0.9], [0])
    final = (np.array([[0, 0, 64, 64]]) + moved, [0.9], [0])
    assert [row.cause for row in explain_misses(truths, [final], [raw]).rows] == ["undetected"]


SIZES = {
    "smaller": (8, 8),
    "larger": (120, 120),
    "wider": (90, 11),
    "taller": (11, 90),
    "smaller_wider": (24, 3),
    "smaller_taller": (3, 24),
    "larger_wider": (250, 25),
    "larger_taller": (25, 250),
}


@pytest.mark.parametrize("lack", SIZES)
def test_what_the_anchors_lack_is_said(lack):
    grid = AnchorGrid((256, 256), 8, [32], [1])
    box = planted.around((124, 124), SIZES[lack])
    (row,) = explain_misses([([box], [0])], anchors=grid).rows
    assert row.evidence["lack"] == lack and LACKS[lack] in row.text


def test_a_sparse_grid_lacks_places_not_shapes():
    grid = AnchorGrid((256, 256), 64, [32], [1])
    found = explain_misses([([planted.around((128, 128), (32, 32))], [0])], anchors=grid)
    assert found.rows[0].evidence["lack"] == "denser"
    assert "자리가 성깁니다" in found.first_step


MOVES = {
    "left": (-20, 0, 0, 0),
    "right": (20, 0, 0, 0),
    "up": (0, -20, 0, 0),
    "down": (0, 20, 0, 0),
    "narrow": (0, 0, -28, 0),
    "wide": (0, 0, 60, 0),
    "short": (0, 0, 0, -28),
    "tall": (0, 0, 0, 60),
}


@pytest.mark.parametrize("direction", MOVES)
def test_the_direction_of_a_loose_box_is_said(direction):
    x, y, width, height = MOVES[direction]
    guess = planted.around((100 + x, 100 + y), (40 + width, 40 + height))
    truths = [([planted.around((100, 100), (40, 40))], [0])]
    (row,) = explain_misses(truths, [([guess], [0.9], [0])]).rows
    assert (row.cause, row.evidence["direction"]) == ("loose", direction)
    assert DIRECTIONS[direction][0] in row.text


def test_force_match_trains_the_ignored_but_not_the_unreached():
    scenes = [planted.make_scene(seed) for seed in range(60)]
    forced, free = explain(scenes, force_match=True).counts, explain(scenes).counts
    assert free["ignored"] > 0 == forced["ignored"]
    assert forced["no_anchor"] == free["no_anchor"]
    flat = explain_misses([([[0, 0, 4, 60]], [0])], [NO_BOXES], anchors=AnchorGrid((96, 96), 8, 32))
    assert flat.rows[0].also == ("undetected",) and "강제 매칭으로만" in flat.rows[0].text


@pytest.mark.parametrize("name", CONVENTIONS)
def test_every_convention_agrees_with_its_own_labels(name):
    truths = [scene.truths for scene in map(planted.make_scene, range(24))]
    found = explain_misses(truths, anchors=planted.GRID, convention=name)
    rows = {(row.image, row.truth): row for row in found.rows}
    for image, (boxes, _) in enumerate(truths):
        best = box_iou(planted.GRID.boxes, boxes).max(axis=0)
        for truth, iou in enumerate(best):
            if (row := rows.get((image, truth))) is not None:
                assert row.evidence["iou"] == pytest.approx(iou)
            elif CONVENTIONS[name].positive is not None:
                assert iou > 0.25


def test_course_convention_and_thresholds_are_one():
    truths = [scene.truths for scene in map(planted.make_scene, range(24))]
    options = {"anchors": planted.GRID, "pos_thr": 0.7, "neg_thr": 0.3}
    by_thresholds = explain_misses(truths, **options)
    by_name = explain_misses(truths, anchors=planted.GRID, convention="course")
    assert by_thresholds.counts == by_name.counts
    as_array = explain_misses(truths, **options | {"anchors": planted.GRID.boxes})
    one_each = explain_misses(truths, **options | {"anchors": [planted.GRID] * len(truths)})
    assert as_array.counts == one_each.counts == by_name.counts


def test_truths_without_a_positive_are_those_of_match_anchors():
    for scene in map(planted.make_scene, range(24)):
        options = {"pos_thr": 0.6, "neg_thr": 0.4, "force_match": False}
        owned = match_anchors(planted.GRID, scene.truths[0], **options).pos_gt
        found = explain_misses([scene.truths], anchors=planted.GRID, **options)
        assert {row.truth for row in found.rows} == set(range(len(scene.truths[0]))) - set(owned)


def test_resize_lays_the_anchors_on_the_larger_image():
    truths = [([[16, 16, 32, 32]], [0])]
    grid = AnchorGrid((96, 96), 8, [32])
    assert explain_misses(truths, anchors=grid).counts["no_anchor"] == 1
    assert explain_misses(truths, anchors=grid, resize=2).rows == ()
    assert explain_misses(truths, anchors=grid, resize=[2]).rows == ()


def test_gains_are_what_repairing_by_hand_gives():
    truths = [([[0, 0, 20, 20], [40, 0, 60, 20]], [0, 0]), ([[0, 0, 20, 20]], [0])]
    guesses = [
        ([[0, 0, 20, 20]], [0.9], [0]),
        ([[8, 8, 28, 28], [60, 60, 80, 80]], [0.8, 0.95], [0, 0]),
    ]
    found = explain_misses(truths, guesses)
    assert found.counts | {"undetected": 1, "loose": 1} == found.counts
    hits = {"now": [0, 1, 0], "undetected": [0, 1, 1, 0], "loose": [0, 1, 1], "background": [1, 0]}

    def ap(flags):
        right = np.cumsum(flags)
        precision = right / np.arange(1, len(flags) + 1)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        places = np.searchsorted(right / 3, np.linspace(0, 1, 101))
        return 100 * sum(best[p] for p in places if p < len(flags)) / 101

    assert found.ap == pytest.approx(ap(hits["now"]))
    for name in ("undetected", "loose", "background"):
        assert found.gains[name] == pytest.approx(ap(hits[name]) - found.ap), name


@pytest.fixture(scope="module")
def few(scenes):
    """심은 까닭이 모두 한 번씩은 나오는 장면들."""
    return explain(scenes[:24])


def test_repairing_never_makes_it_worse(few):
    assert set(few.gains) == set(CAUSES) | set(FALSE_KINDS)
    assert min(few.gains.values()) >= 0


def test_the_inputs_stay_and_their_order_does_not_matter():
    truths, guesses = random_images(np.random.default_rng(5))
    before = [[np.copy(part) for part in row] for row in (*truths, *guesses)]
    found = explain_misses(truths, guesses)
    for row, kept in zip((*truths, *guesses), before, strict=True):
        for part, copy in zip(row, kept, strict=True):
            np.testing.assert_array_equal(part, copy)
    turned = explain_misses(truths[::-1], guesses[::-1])
    assert (turned.counts, turned.false_counts) == (found.counts, found.false_counts)


def test_text_and_html_say_the_same_and_escape(few):
    named = replace(few, class_names={0: "<b>가</b>", 1: "나", 2: "다"})
    text, page = str(named), named._repr_html_()
    for cause, count in named.counts.items():
        title = CAUSES[cause].title
        assert title in text and title in page
        assert f">{count:,}<" in page
    assert "<b>가" not in page and "&lt;b&gt;가" in page and "<b>가</b>" in text
    assert CAUSES[named.largest].advice.replace("`", "") in text.replace("`", "")


def test_nothing_missed_is_said_plainly():
    found = explain_misses([([[0, 0, 9, 9]], [0])], [([[0, 0, 9, 9]], [0.9], [0])])
    assert found.largest is None and found.first_step == "" and "놓친 정답: 0개" in str(found)
    empty = explain_misses([], [])
    assert empty.ap is None and "정답: 0개" in str(empty) and empty._repr_html_()


TRUTH = [([[0, 0, 9, 9]], [0])]
BAD = {
    "detections와 anchors": {},
    "before_nms를 주려면": {"before_nms": [NO_BOXES], "anchors": planted.GRID},
    "detections: 이미지가 2장": {"detections": [NO_BOXES, NO_BOXES]},
    r"detections\[0\]의 scores\[0\]: .*nan": {"detections": [([[0, 0, 9, 9]], [np.nan], [0])]},
    r"detections\[0\]의 class_ids\[0\]: 정수": {"detections": [([[0, 0, 9, 9]], [0.5], [1.5])]},
    r"detections\[0\]의 scores: .*\(2,\)여야 하는데 \(1,\)": {
        "detections": [([[0, 0, 9, 9]] * 2, [0.5], [1, 1])]
    },
    r"detections\[0\]의 boxes\[0\]: x2": {"detections": [([[9, 0, 0, 9]], [0.5], [1])]},
    "score_thr": {"detections": [NO_BOXES], "score_thr": 1.5},
    "iou_thr": {"detections": [NO_BOXES], "iou_thr": 0},
    "loose_iou": {"detections": [NO_BOXES], "loose_iou": 0.5},
    "neg_thr": {"anchors": planted.GRID, "neg_thr": 0.9},
    "convention: '코스'": {"anchors": planted.GRID, "convention": "코스"},
    "convention: {}": {"anchors": planted.GRID, "convention": {}},
    "class_names": {"detections": [NO_BOXES], "class_names": 5},
    "force_match": {"anchors": planted.GRID, "force_match": "no"},
    "anchors: 앵커가 하나도": {"anchors": np.empty((0, 4))},
    "anchors: 이미지마다 하나씩이면 1개": {"anchors": [planted.GRID] * 2},
    "resize": {"anchors": planted.GRID, "resize": 0},
    "resize: 비어": {"anchors": planted.GRID, "resize": []},
}


@pytest.mark.parametrize("message", BAD)
def test_bad_arguments_are_named(message):
    with pytest.raises(ValueError, match=message):
        explain_misses(TRUTH, **BAD[message])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (([[0, 0, 9, 9]], [0, 1]), r"ground_truths\[0\]의 class_ids"),
        (([[0, 0, 9, 9]], [0], [2]), r"ground_truths\[0\]의 crowd"),
        (([[0, 0, 9, 9]], [0], None, [1, 2]), r"ground_truths\[0\]의 areas"),
        (([[0, 0, 9, 9]],), r"ground_truths\[0\]: .*1개"),
        (([[0, 0, np.inf, 9]], [0]), r"ground_truths\[0\]의 boxes\[0\]"),
        (5, r"ground_truths\[0\]"),
    ],
)
def test_bad_truths_are_named(row, message):
    with pytest.raises(ValueError, match=message):
        explain_misses([row], [NO_BOXES])
