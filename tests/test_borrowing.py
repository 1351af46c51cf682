"""라이브러리의 함수는 어떻게 감싸도 자기 답이 되지 못하고, 자기 답은 이름이 무엇이든 통과합니다."""

import functools
import importlib
import inspect
import sys
import threading
import types
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from right_answers import STYLES, encode_as_taught, iou_with_loops, targets_by_hand

import anchorbox_utils as ab
from anchorbox_utils import boxes, coding, encode_boxes
from anchorbox_utils.coding import encode_boxes as borrowed
from anchorbox_utils.design import best_anchor_iou, shape_iou
from anchorbox_utils.homework import EXERCISES, check, engine, grade, progress
from anchorbox_utils.homework.borrowing import LIBRARY_CALL
from anchorbox_utils.homework.catalogue import (
    anchor_budget,
    bug_report,
    checklist,
    design,
    detection,
    ignore_regions,
    logs,
    scoring,
    thresholds,
)
from anchorbox_utils.homework.catalogue.common import EXAMPLE_NUMBER

REFERENCE = EXERCISES["encode_boxes"].reference


def by_name(anchors, gt_boxes):
    return encode_boxes(anchors, gt_boxes)


def by_package(anchors, gt_boxes):
    return ab.encode_boxes(anchors, gt_boxes)


def by_module(anchors, gt_boxes):
    return coding.encode_boxes(anchors, gt_boxes)


def by_import_inside(anchors, gt_boxes):
    from anchorbox_utils import encode_boxes as inner

    return inner(anchors, gt_boxes)


def by_importlib(anchors, gt_boxes):
    return importlib.import_module("anchorbox_utils.coding").encode_boxes(anchors, gt_boxes)


def by_sys_modules(anchors, gt_boxes):
    return vars(sys.modules["anchorbox_utils.coding"])["encode_boxes"](anchors, gt_boxes)


def by_default(anchors, gt_boxes, encode=encode_boxes):
    return encode(anchors, gt_boxes)


def _closing_over(encode):
    def by_closure(anchors, gt_boxes):
        return encode(anchors, gt_boxes)

    return by_closure


@functools.wraps(encode_boxes)
def by_wraps(*args):
    return borrowed(*args)


class Encoder:
    run = staticmethod(encode_boxes)

    def method(self, anchors, gt_boxes):
        return self.run(anchors, gt_boxes)

    def __call__(self, anchors, gt_boxes):
        return self.method(anchors, gt_boxes)


def by_rows(anchors, gt_boxes):
    out = np.zeros((len(anchors), 4))
    for i in range(len(anchors)):
        out[i] = encode_boxes(anchors[i : i + 1], gt_boxes[i : i + 1])[0]
    return out


def by_map(anchors, gt_boxes):
    rows = map(encode_boxes, anchors[:, None], gt_boxes[:, None])
    return np.concatenate([np.zeros((0, 4)), *rows])


def by_apply_along_axis(anchors, gt_boxes):
    pairs = np.concatenate([anchors, gt_boxes], axis=1)
    if not len(pairs):
        return np.zeros((0, 4))
    return np.apply_along_axis(lambda p: encode_boxes(p[None, :4], p[None, 4:])[0], 1, pairs)


def by_thread(anchors, gt_boxes):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(encode_boxes, anchors, gt_boxes).result()


def swallowing(anchors, gt_boxes):
    try:
        return encode_boxes(anchors, gt_boxes)
    except BaseException:
        return encode_as_taught(anchors, gt_boxes)


def disguised(anchors, gt_boxes):
    return encode_boxes(anchors + 7, gt_boxes + 7) + 0.0


def thrown_away(anchors, gt_boxes):
    encode_boxes(anchors, gt_boxes)
    return encode_as_taught(anchors, gt_boxes)


def by_reference(anchors, gt_boxes):
    return REFERENCE(anchors, gt_boxes)


def by_misconception(anchors, gt_boxes):
    in_place = EXERCISES["encode_boxes"].misconceptions[-3]
    assert in_place.name == "in_place"
    return in_place.wrong(anchors.copy(), gt_boxes.copy())


def by_same_code(anchors, gt_boxes):
    return types.FunctionType(encode_boxes.__code__, encode_boxes.__globals__)(anchors, gt_boxes)


def by_same_code_of_another_file(anchors, gt_boxes):
    code = encode_boxes.__code__.replace(co_filename="my_own.py", co_name="mine")
    return types.FunctionType(code, encode_boxes.__globals__)(anchors, gt_boxes)


class Lazy:
    """읽을 때 비로소 라이브러리를 부르는 물건들."""

    def __init__(self, *args):
        self.args, self.reads = args, 0

    def __array__(self, dtype=None, copy=None):
        return encode_boxes(*self.args)


class LaterLazy(Lazy):
    def __array__(self, dtype=None, copy=None):
        self.reads += 1
        return np.array([self]) if self.reads == 1 else encode_boxes(*self.args)


class LazySequence:
    def __init__(self, *args):
        self.args = args

    def __len__(self):
        return len(self.args[0])

    def __getitem__(self, index):
        return encode_boxes(*self.args)[index]


class LazyInterface:
    def __init__(self, *args):
        self.args = args

    @property
    def __array_interface__(self):
        self.kept = encode_boxes(*self.args)
        return self.kept.__array_interface__


def lazy_rows(anchors, gt_boxes):
    return [Lazy(a[None], g[None]) for a, g in zip(anchors, gt_boxes, strict=True)]


kept_pool = []


def by_thread_of_an_earlier_case(anchors, gt_boxes):
    if not kept_pool:
        kept_pool.append(ThreadPoolExecutor(1))
        kept_pool[0].submit(len, anchors).result()
        return encode_as_taught(anchors, gt_boxes)
    return kept_pool[0].submit(encode_boxes, anchors, gt_boxes).result()


other_file = types.ModuleType("my_helpers")
exec(
    "from anchorbox_utils import encode_boxes as mine\ndef go(a, g):\n    return mine(a, g)",
    vars(other_file),
)

CHEATS = {
    "itself": encode_boxes,
    "alias": borrowed,
    "reference": REFERENCE,
    "partial": functools.partial(encode_boxes),
    "lambda": lambda anchors, gt_boxes: encode_boxes(anchors, gt_boxes),
    "closure": _closing_over(encode_boxes),
    "object": Encoder(),
    "bound_method": Encoder().method,
    "other_file": other_file.go,
    "singledispatch": functools.singledispatch(encode_boxes),
    **{
        f.__name__: f
        for f in (
            *(by_name, by_package, by_module, by_import_inside, by_importlib, by_sys_modules),
            *(by_default, by_wraps, by_rows, by_map, by_apply_along_axis, by_thread),
            *(swallowing, disguised, thrown_away, by_reference, by_misconception, by_same_code),
            *(by_same_code_of_another_file, by_thread_of_an_earlier_case),
            *(Lazy, LazySequence, LazyInterface, lazy_rows),
        )
    },
}


@pytest.mark.heavy
@pytest.mark.parametrize("cheat", CHEATS.values(), ids=list(CHEATS))
@pytest.mark.parametrize("judge", [check, grade])
def test_the_librarys_function_is_recognised_however_it_is_wrapped(judge, cheat):
    kept_pool.clear()
    result = judge("encode_boxes", cheat)
    assert (result.status, result.misconception) == ("failed", LIBRARY_CALL)
    assert "라이브러리의 함수(`" in result.message and "직접 써" in result.message


class LazyMapping(Mapping):
    def __init__(self, compute, names):
        self.compute, self.names = compute, names

    def __iter__(self):
        return iter(self.names)

    def __len__(self):
        return len(self.names)

    def __getitem__(self, name):
        return self.compute()[name]


class LazyArray:
    def __init__(self, compute):
        self.compute = compute

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.compute())


@pytest.mark.heavy
@pytest.mark.parametrize("name", EXERCISES)
def test_no_answer_is_borrowed_later_when_it_is_read(name):
    reference = EXERCISES[name].reference

    def lazy(*args):
        def compute():
            return reference(*args)

        kept = KEYS.get(name)
        return LazyMapping(compute, kept) if kept else LazyArray(compute)

    lazy.__signature__ = inspect.signature(reference)
    for judge in (check, grade):
        assert judge(name, lazy).misconception == LIBRARY_CALL


# 사전으로 답하는 문제의 열쇠.
KEYS = {
    "count_labels": ("pos", "neg", "ignore"),
    "positives_by_size": ("small", "medium", "large"),
    "read_log": ("first_bad_step", "part", "cause"),
    "my_log": ("first_bad_step", "part", "cause"),
}


def test_an_object_that_shows_another_face_when_read_again_is_read_once():
    assert check("encode_boxes", LaterLazy).status == "failed"


def test_a_dict_that_computes_when_read_is_borrowing():
    class LazyCounts(dict):
        def __iter__(self):
            return iter(("pos", "neg", "ignore"))

        def __getitem__(self, name):
            return ab.count_labels(*self.args)[name]

    def lazy(iou_max, pos_thr, neg_thr):
        counts = LazyCounts(pos=0, neg=0, ignore=0)
        counts.args = iou_max, pos_thr, neg_thr
        return counts

    assert check("count_labels", lazy).misconception == LIBRARY_CALL


# 강좌의 부품으로 만든, 그대로 두면 옳은 구현들.
PARTS = {
    "repair_report": bug_report._report(EXAMPLE_NUMBER).back(),
    "reproduce_report": bug_report._report(EXAMPLE_NUMBER).answer("offset_added"),
    "design_anchors": anchor_budget._answer,
    "nearest_anchor_iou": anchor_budget._nearest_with(),
    "count_anchors": anchor_budget._counter(anchor_budget._cells),
    "greedy_nms": detection._suppressor(),
    "match_predictions": detection._matcher(),
    "positives_by_size": thresholds._sized(),
    "label_with_ignore": ignore_regions._ignoring(),
    "box_ioa": ignore_regions._shares(),
    "anchor_recall": design._recaller(),
    "find_bad_boxes": checklist._without(),
    "nms_per_class": scoring._suppressor(),
    "ap_with_difficult": scoring._averager(),
    "read_log": logs._reader(),
}


@pytest.mark.heavy
@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_a_misconception_that_is_right_by_default_is_borrowed(name):
    for judge in (check, grade):
        assert judge(name, PARTS[name]).misconception == LIBRARY_CALL


def test_what_was_remembered_holds_no_answer():
    brief = anchor_budget.anchor_brief(EXAMPLE_NUMBER)
    key = brief.boxes.tobytes(), brief.image_size, brief.budget
    assert isinstance(anchor_budget._best_known(*key), float)


def _targets(anchor, gt):
    corners = ab.box_convert(np.stack([anchor, gt]), "cxcywh", "xyxy")
    return ab.encode_boxes(corners[:1], corners[1:])[0]


def _decoded_to_original(anchors, deltas, scale, pad):
    return (ab.decode_boxes(anchors, deltas) - np.tile(pad, 2)) / scale


def _decoded_box(anchor, deltas):
    return ab.decode_boxes(ab.box_convert(anchor[None], "cxcywh", "xyxy"), deltas[None])[0]


def _ioa_of_iou(boxes, regions):
    iou, area = ab.box_iou(boxes, regions), ab.box_area(boxes)[:, None]
    return iou / (1 + iou) * (area + ab.box_area(regions)) / np.maximum(area, 1e-9)


def _labels_and_regions(iou, ioa, pos_thr, neg_thr, ignore_thr):
    labels = ab.assign_anchor_labels(iou.max(axis=1, initial=0), pos_thr, neg_thr)
    return np.where((labels == 0) & (ioa.max(axis=1, initial=0) >= ignore_thr), -1, labels)


def _counted_by_size(iou, areas, pos_thr):
    owner = areas[iou.argmax(axis=1)] if len(areas) else np.zeros(len(iou))
    groups = {"small": owner < 32**2, "large": owner >= 96**2}
    groups["medium"] = ~groups["small"] & ~groups["large"]
    best = iou.max(axis=1, initial=0)
    return {
        name: ab.count_labels(best[mask], pos_thr, pos_thr)["pos"] for name, mask in groups.items()
    }


# 문제마다, 그 답을 대신해 주는 라이브러리의 함수들.
SOLVED_BY = {
    "xyxy_to_cxcywh": [lambda boxes: ab.box_convert(boxes, "xyxy", "cxcywh")],
    "encode_boxes": [ab.encode_boxes],
    "safe_encode_boxes": [ab.encode_boxes],
    "decode_boxes": [ab.decode_boxes],
    "personal_targets": [_targets],
    "decode_to_original": [_decoded_to_original],
    "personal_box": [_decoded_box],
    "box_ioa": [_ioa_of_iou],
    "label_with_ignore": [_labels_and_regions],
    "positives_by_size": [_counted_by_size],
    "box_iou": [ab.box_iou, boxes.box_iou],
    "assign_anchor_labels": [ab.assign_anchor_labels],
    "count_labels": [ab.count_labels],
    "shape_iou": [shape_iou],
    "count_anchors": [
        lambda rows, size: sum(len(ab.AnchorGrid(size, s, [a], [r])) for s, a, r in rows)
    ],
    "nearest_anchor_iou": [
        lambda boxes, rows: np.stack(
            [best_anchor_iou(ab.AnchorGrid((900, 900), s, [a], [r]), boxes) for s, a, r in rows], 1
        )
    ],
    "normalize_deltas": [
        ab.normalize_deltas,
        lambda deltas, mean, std: ab.denormalize_deltas(deltas, -mean / std, 1 / std),
    ],
    "sample_labels": [ab.sample_labels],
    "hard_negative_mining": [ab.hard_negative_mining],
    "nms_per_class": [
        lambda boxes, scores, class_ids, iou_threshold, max_detections: ab.batched_nms(
            boxes, scores, class_ids, iou_threshold
        )[:max_detections],
    ],
    "ap_with_difficult": [
        lambda scores, iou, difficult, iou_threshold: ab.average_precision(
            [([[0, 0, 1, 1]], [1.0], [0])], [([[0, 0, 1, 1]], [0])], [iou_threshold]
        )[0][0]
    ],
}


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("name", "cheat"),
    [
        pytest.param(name, cheat, id=f"{name}-{number}")
        for name in EXERCISES
        for number, cheat in enumerate([EXERCISES[name].reference, *SOLVED_BY.get(name, ())])
    ],
)
def test_no_function_of_the_library_solves_any_exercise(name, cheat):
    exercise = EXERCISES[name]

    def wrapped(*args):
        return cheat(*args)

    wrapped.__signature__ = inspect.signature(exercise.reference)
    for fn in (cheat, wrapped):
        assert check(name, fn).misconception == LIBRARY_CALL


def test_what_an_exercise_allows_exists_and_may_be_called():
    for exercise in EXERCISES.values():
        assert all(callable(getattr(ab, name)) for name in exercise.allows)

    def converting(anchors, gt_boxes):
        a, g = (ab.box_convert(boxes, "xyxy", "cxcywh") for boxes in (anchors, gt_boxes))
        return np.hstack([(g[:, :2] - a[:, :2]) / a[:, 2:], np.log(g[:, 2:] / a[:, 2:])])

    assert check("encode_boxes", converting).passed
    result = check("encode_boxes", by_name)
    assert dict(result.details) == {"불러 써도 되는 것": "`box_convert`, `validate_boxes`"}


def test_ones_own_function_of_the_same_name_passes():
    namespace = {"np": np}
    source = inspect.getsource(encode_as_taught).replace("encode_as_taught", "encode_boxes")
    exec(source, namespace)
    assert namespace["encode_boxes"].__name__ == "encode_boxes"
    assert check("encode_boxes", namespace["encode_boxes"]).passed
    assert grade("encode_boxes", namespace["encode_boxes"]).passed


def test_importing_or_naming_without_calling_is_not_borrowing():
    def imports(anchors, gt_boxes):
        from anchorbox_utils import encode_boxes as unused  # noqa: F401

        assert ab.encode_boxes is not None
        return encode_as_taught(anchors, gt_boxes)

    assert check("encode_boxes", imports).passed


def test_progress_does_not_count_a_borrowed_answer():
    shown = progress(encode_boxes=encode_boxes, box_iou=iou_with_loops)
    assert shown.line == "1/2 통과 · 공개 검사"


def _endless(anchors, gt_boxes):
    while True:
        pass


@pytest.mark.parametrize(
    "fn", [encode_as_taught, encode_boxes, by_thread, lambda a, g: 1 / 0, _endless, None]
)
def test_nothing_is_left_behind(fn, monkeypatch):
    monkeypatch.setattr(engine, "TIME_LIMIT", 0.05)
    seen = []

    def profiler(frame, event, argument):
        seen.append(event)

    before = encode_boxes.__code__
    sys.setprofile(profiler)
    threading.setprofile(profiler)
    try:
        check("encode_boxes", fn)
        assert (sys.getprofile(), threading.getprofile()) == (profiler, profiler)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    assert encode_boxes.__code__ is before and ab.encode_boxes is encode_boxes
    assert len(encode_boxes([[0, 0, 1, 1]], [[0, 0, 1, 1]])) == 1


@pytest.mark.heavy
def test_two_checks_in_two_threads_do_not_blame_each_other():
    start = threading.Barrier(2)

    def run(fn):
        start.wait()
        return [check("encode_boxes", fn).misconception for _ in range(20)]

    with ThreadPoolExecutor(2) as pool:
        honest, cheating = pool.map(run, (encode_as_taught, by_name))
    assert set(honest) == {None} and set(cheating) == {LIBRARY_CALL}
    assert threading.getprofile() is None


@pytest.mark.heavy
@pytest.mark.parametrize("name", EXERCISES)
def test_right_answers_are_never_taken_for_the_librarys(name):
    for style in STYLES[name]:
        assert check(name, style).misconception is None


def test_a_plain_answer_to_the_own_numbers_is_not_borrowed():
    assert check("personal_targets", targets_by_hand, number=7).passed
