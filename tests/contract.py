"""공개 이름의 인수마다 나쁜 값을 넣어 보는 표. 약속: 인수를 말하는 한국어 ValueError이거나 옳은 답.

``CALLS``가 부를 수 있는 것마다 (인수의 종류, 옳은 값)을, ``EXEMPT``가 넣어 보지 않는 인수와 그
까닭을 적습니다. 둘을 더하면 공개된 모든 인수입니다.
"""

import dataclasses
import inspect
import itertools
import re
import signal
import warnings
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

import anchorbox_utils as ab

SECONDS = 20
# 파일에 넓이가 없으면 NaN이라고 적은 칸입니다.
NAN_FIELDS = {"areas", "columns"}
# 손실이 NaN이 된 기록을 읽는 과제와, 해당하는 정답이 없으면 NaN이라고 적은 함수입니다.
NAN_IS_THE_POINT = {"personal_log", "Coverage.recall"}


class Hostile:
    """무엇을 물어도 예외를 내는 객체."""

    def _refuse(self, *args, **kwargs):
        raise RuntimeError("나쁜 객체")

    __array__ = __len__ = __iter__ = __getitem__ = __bool__ = __float__ = __int__ = _refuse
    __index__ = __repr__ = __str__ = __eq__ = __lt__ = __gt__ = __le__ = __ge__ = _refuse
    __hash__ = __fspath__ = __call__ = __contains__ = __add__ = __mul__ = __sub__ = _refuse


def _itself():
    rows = []
    rows.append(rows)
    return rows


# 이름 → 부를 때마다 새로 만드는 나쁜 값. 종류에 따라서는 옳은 값이기도 합니다.
VALUES = {
    "none": lambda: None,
    "text": lambda: "abc",
    "empty_text": lambda: "",
    "number_text": lambda: "1",
    "nul_text": lambda: "a\0b",
    "bytes": lambda: b"abc",
    "nan": lambda: float("nan"),
    "nan32": lambda: np.float32("nan"),
    "inf": lambda: float("inf"),
    "minus_inf": lambda: float("-inf"),
    "minus": lambda: -1,
    "minus_half": lambda: -0.5,
    "zero": lambda: 0,
    "half": lambda: 0.5,
    "one_and_half": lambda: 1.5,
    "two": lambda: 2.0,
    "huge": lambda: 2**70,
    "giant": lambda: 10**400,
    "long_digits": lambda: 10**5000,
    "large": lambda: 1e308,
    "tiny": lambda: 5e-324,
    "true": lambda: True,
    "np_true": lambda: np.True_,
    "complex": lambda: 1 + 2j,
    "decimal": lambda: Decimal("0.5"),
    "decimal_nan": lambda: Decimal("nan"),
    "fraction": lambda: Fraction(1, 2),
    "timedelta": lambda: np.timedelta64(1, "D"),
    "date": lambda: datetime(2020, 1, 1),
    "long_double": lambda: np.longdouble("1e4000"),
    "zero_d": lambda: np.array(0.5),
    "zero_d_nan": lambda: np.array(np.nan),
    "empty_list": lambda: [],
    "empty_dict": lambda: {},
    "dict": lambda: {"a": 1},
    "set": lambda: {1, 2},
    "frozenset": lambda: frozenset({1, 2}),
    "generator": lambda: (number for number in (1, 2)),
    "endless": itertools.count,
    "long_range": lambda: range(10**12),
    "object": object,
    "hostile": Hostile,
    "function": lambda: lambda *args: None,
    "type": lambda: int,
    "module": lambda: np,
    "masked": lambda: np.ma.array([0.5, 0.2], mask=[0, 1]),
    "masked_rows": lambda: np.ma.array([[0.0, 0, 4, 4], [1, 1, 5, 5]], mask=[[0] * 4, [1] * 4]),
    "masked_in_list": lambda: [np.ma.array([0.0, 0, 4, 4], mask=[0, 0, 0, 1])] * 2,
    "masked_constant": lambda: np.ma.masked,
    "masked_constants": lambda: [np.ma.masked, 0.5],
    "ragged": lambda: [[1, 2], [3]],
    "texts": lambda: ["a", "b"],
    "text_array": lambda: np.array(["a", "b"]),
    "complex_array": lambda: np.array([1j, 2]),
    "complex_rows": lambda: np.array([[0, 0, 4, 4j], [0, 0, 2, 2]]),
    "bool_array": lambda: np.array([True, False]),
    "object_array": lambda: np.array([None, 1], dtype=object),
    "numbers_in_objects": lambda: [[0, 0, 4, 2**70]],
    "nan_array": lambda: np.array([0.5, np.nan]),
    "nan_rows": lambda: np.array([[0.0, 0, 4, 4], [0, 0, np.nan, 4]]),
    "inf_rows": lambda: np.array([[0.0, 0, np.inf, 4]]),
    "large_rows": lambda: np.array([[-1e308, -1e308, 1e308, 1e308]]),
    "flipped_rows": lambda: np.array([[0.0, 0, 4, 4], [5, 0, 2, 4]]),
    "minus_array": lambda: np.array([-1.0, -2.0]),
    "fraction_array": lambda: np.array([0.5, 1.5]),
    "three_columns": lambda: np.zeros((2, 3)),
    "three_axes": lambda: np.zeros((1, 2, 4)),
    "structured": lambda: np.zeros(2, dtype=[("x", float)]),
    "dates": lambda: np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]"),
    "itself": _itself,
    "nones": lambda: [None, None],
    "hostiles": lambda: [Hostile(), Hostile()],
}

_PLAIN = {"half", "one_and_half", "two", "zero_d", "tiny"}
_BIG = {"huge", "large"}
_ROWS = {"empty_list", "large_rows"}
_LIST = {"empty_list", "fraction_array", "bool_array"}

# 인수의 종류 → 옳을 수도 있는 값들. 나머지는 모두 거절해야 합니다.
KINDS = {
    "flag": {"true", "np_true"},
    "fraction": {"zero", "half", "zero_d", "tiny"},
    "inner_fraction": {"half", "zero_d", "tiny"},
    "number": {"zero", "minus", "minus_half", *_PLAIN, *_BIG},
    "not_negative": {"zero", *_PLAIN, *_BIG},
    "positive": {*_PLAIN, *_BIG},
    "count": {"zero", "huge"},
    "positive_count": {"huge"},
    "seed": {"zero", "huge", "giant", "long_digits"},
    "rng": {"zero", "huge", "giant", "long_digits"},
    "text": {"text", "empty_text", "number_text", "nul_text"},
    "student": {"zero", "huge", "giant", "long_digits", "number_text"},
    "choice": set(),
    "function": {"function"},
    "path": {"text", "number_text"},
    "paths": {"text", "number_text", "texts", "text_array", "empty_list"},
    "pair": {"fraction_array"},
    "range": {"fraction_array"},
    "boxes": _ROWS,
    "box": set(),
    "deltas": {*_ROWS, "flipped_rows"},
    "four": set(),
    "shapes": {"empty_list"},
    "sizes": {"fraction_array", *_PLAIN, *_BIG},
    "level_scales": {"ragged", "fraction_array", *_PLAIN, *_BIG},
    "fractions": {"half", "zero", "zero_d", "tiny", "empty_list"},
    "values": {
        "zero",
        "minus",
        "minus_half",
        "huge",
        "fraction_array",
        "minus_array",
        "empty_list",
    },
    "ious": {"empty_list", "fraction_array"},
    "labels": {"empty_list"},
    "ids": {"empty_list"},
    "texts": {"texts", "text_array", "empty_list", "nul_text"},
    "list": {"empty_list"},
    "object": set(),
    "image": set(),
    # 학습자의 답. 무엇이 와도 예외 없이 판정합니다.
    "answer": set(VALUES),
}


class Parameter(NamedTuple):
    """인수 하나의 종류와 옳은 값을 만드는 함수."""

    kind: str
    good: object
    also: frozenset = frozenset()

    def allows(self, name):
        optional = self.kind.endswith("?")
        kind = self.kind.removesuffix("?")
        return name in KINDS[kind] or name in self.also or (optional and name == "none")


class Outcome(NamedTuple):
    """한 번 부른 결과. ``fault``는 약속을 어긴 갈래이고, 지켰으면 None입니다."""

    fault: str | None
    told: str = ""


class Hang(BaseException):
    pass


def _ring(signum, frame):
    raise Hang


def try_call(call, name, argument, value, allowed, goods):
    """``call()``을 불러 약속을 지켰는지 봅니다."""
    before = [_fingerprint(one) for one in goods]
    old = signal.signal(signal.SIGALRM, _ring) if hasattr(signal, "SIGALRM") else None
    if old is not None:
        signal.alarm(SECONDS)
    fault = None
    try:
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            try:
                result = call()
                if not allowed:
                    fault = Outcome("silent", f"{_short(result)}")
                elif name not in NAN_IS_THE_POINT and has_nan(result):
                    fault = Outcome("nan", _short(result))
            except Hang:
                fault = Outcome("hang")
            except ValueError as error:
                fault = _judge_message(str(error), type(error), argument, value, allowed)
            except MemoryError:
                fault = Outcome("MemoryError")
            except BaseException as error:
                kind = type(error).__name__
                fault = Outcome(kind, str(error)[:150])
    finally:
        if old is not None:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, old)
    if seen and (fault is None or fault.fault is None):
        fault = Outcome("warning", str(seen[0].message)[:150])
    if [_fingerprint(one) for one in goods] != before:
        fault = Outcome("changed input")
    return fault or Outcome(None)


def _judge_message(text, kind, argument, value, allowed):
    if not re.search("[가-힣]", text):
        return Outcome("English ValueError", f"{kind.__name__}: {text[:150]}")
    named = re.search(rf"(?<![A-Za-z_]){re.escape(argument)}(?![A-Za-z_])", text)
    told = isinstance(value, str) and value and value in text
    # 다른 인수와 맞지 않을 뿐인 값이면 그 인수를 말해도 됩니다.
    if not (named or told or allowed):
        return Outcome("not named", text[:150])
    return Outcome(None, text)


def _fingerprint(value, depth=0):
    if isinstance(value, np.ndarray):
        value = value.view(np.ndarray)
        return value.dtype.str, value.shape, value.tobytes() if value.dtype != object else None
    if isinstance(value, (list, tuple)) and depth < 3 and len(value) < 100:
        return [_fingerprint(one, depth + 1) for one in value]
    if isinstance(value, dict) and depth < 3:
        return [(key, _fingerprint(one, depth + 1)) for key, one in value.items()]
    return None


def has_nan(value, depth=0):
    """결과 어딘가에 NaN이나 무한대가 있는지."""
    if depth > 3 or isinstance(value, (str, bytes, type)) or value is None:
        return False
    if isinstance(value, (float, np.floating)):
        return bool(np.isnan(value))
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "f" and bool(np.isnan(value).any() or np.isinf(value).any())
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return any(has_nan(one, depth + 1) for one in value[:100])
    if dataclasses.is_dataclass(value):
        return any(
            has_nan(one, depth + 1) for name, one in vars(value).items() if name not in NAN_FIELDS
        )
    return False


def _short(value):
    try:
        return repr(value)[:100]
    except Exception:
        return type(value).__name__


def signatures():
    """{부를 수 있는 것의 이름: 인수의 이름들}. 생성자와 공개 메서드도 하나씩입니다."""
    found = {}
    for name in ab.__all__:
        value = getattr(ab, name)
        if inspect.isclass(value):
            found[name] = _parameters(value)
            for method, function in vars(value).items():
                function = getattr(function, "__func__", function)
                if not method.startswith("_") and inspect.isfunction(function):
                    # 기본값이 함수인 데이터 칸은 메서드가 아닙니다.
                    if method not in getattr(value, "__dataclass_fields__", {}):
                        found[f"{name}.{method}"] = _parameters(function)[1:]
        elif callable(value):
            found[name] = _parameters(value)
    return {name: names for name, names in found.items() if names}


def _parameters(function):
    return list(inspect.signature(function).parameters)


def new(value):
    """표의 옳은 값. 함수로 적은 것은 부를 때마다 새로 만듭니다."""
    return value() if isinstance(value, Fresh) else value


class Fresh:
    """부를 때마다 새로 만드는 옳은 값."""

    def __init__(self, make):
        self._make = make

    def __call__(self):
        return self._make()


def axes():
    return Figure().subplots()


def trials(names=None, values=VALUES):
    """(이름, 인수, 값의 이름, 부를 함수, 값, 허락되는지, 옳은 인수들)을 하나씩 냅니다."""
    for name, parameters in CALLS.items():
        if names is not None and name not in names:
            continue
        for argument, parameter in parameters.items():
            for label in values:
                if label in SKIPPED.get(parameter.kind.removesuffix("?"), ()) or (
                    (name, argument, label) in TOO_LONG
                ):
                    continue
                value = VALUES[label]()
                receiver = RECEIVERS.get(name)
                target = target_of(name, receiver)
                goods = {key: new(p.good) for key, p in parameters.items() if key != argument}
                yield (
                    name,
                    argument,
                    label,
                    make_call(target, goods, argument, value),
                    value,
                    (parameter.allows(label)),
                    [*goods.values(), value if label not in ("endless", "generator") else None],
                )


def target_of(name, receiver):
    head, *method = name.split(".")
    value = getattr(ab, head)
    if not method:
        return value
    return getattr(receiver() if receiver else value, method[0])


def make_call(target, goods, argument, value):
    order = list(inspect.signature(target).parameters.values())
    star = next((p.name for p in order if p.kind is p.VAR_POSITIONAL), None)
    given = {**goods, argument: value}
    if star is None:
        return lambda: target(**given)
    before = [given[p.name] for p in order if p.kind is p.POSITIONAL_OR_KEYWORD and p.name in given]
    rest = given.get(star, ())
    rest = [rest] if argument == star else list(rest)
    only = {p.name: given[p.name] for p in order if p.kind is p.KEYWORD_ONLY and p.name in given}
    return lambda: target(*before, *rest, **only)


P = Parameter
BOXES = P("boxes", Fresh(lambda: np.array([[4.0, 4, 20, 24], [8, 30, 40, 60]])))
ONE_BOX = P("box", Fresh(lambda: np.array([4.0, 4, 20, 24])))
DELTAS = P("deltas", Fresh(lambda: np.array([[0.1, 0.2, 0.0, 0.1], [0.0, 0.1, 0.2, 0.3]])))
SCORES = P("values", Fresh(lambda: np.array([0.9, 0.3])))
IDS = P("ids", Fresh(lambda: np.array([0, 1])))
IOUS = P("ious", Fresh(lambda: np.array([0.8, 0.2])))
SIZE = P("pair", (64, 64))
RNG = P("rng", 0)
SEED = P("seed", 0)
GRID = P("object", Fresh(lambda: ab.AnchorGrid((64, 64), (8, 16), (16, 32))))
ANCHORS = P("boxes", GRID.good)
AX = P("object", Fresh(axes))
FLAG = P("flag", True)
POS, NEG = P("fraction", 0.7), P("fraction", 0.0)
FRACTION = P("fraction", 0.5)
STUDENT = P("student", "20260001")
IMAGES = Fresh(
    lambda: [
        ab.LabeledImage("a.png", 64, 64, [[4, 4, 20, 24], [8, 30, 40, 60]], ["개", "새"]),
        ab.LabeledImage("b.png", 64, 64, [[4, 8, 30, 24]], ["개"]),
    ]
)
DATASET = P("object", Fresh(lambda: ab.Dataset(IMAGES())))
DESIGN = P("object", Fresh(lambda: ab.AnchorDesign((8, 16), ((16,), (32,)), (0.5, 1))))
SCENES = P("list", Fresh(lambda: ab.make_detection_scenes(0, 2)))
RECIPE = P("object?", Fresh(lambda: ab.Recipe(steps=2, hidden=4)))
TEXT = P("text", "a")
FUNCTION = P("function", Fresh(lambda: lambda *args: None))
MAYBE = P("function?", None)
THRESHOLDS = {"pos_thr": POS, "neg_thr": NEG}
PATH = P("path", "no_such_folder")
IMAGES_FOLDER = P("path?", None)


def _groups():
    return ab.explain_misses([([[4, 4, 20, 24]], [0])], [([], [], [])]).by_size()


def _predictions():
    return ab.Predictions([([[4.0, 4, 20, 24]], [0.5], [0])] * len(IMAGES()))


def _training():
    return ab.prepare_training(SCENES.good(), RECIPE.good())


def _detector():
    return ab.train_detector(_training(), RECIPE.good())


def _pipeline():
    return ab.open_bug("nan_loss").pipeline


def _evaluation():
    return ab.evaluate_detections(DETECTIONS.good(), TRUTHS.good())


RECEIVERS = {
    "Evaluation.ap": _evaluation,
    "Evaluation.ar": _evaluation,
    "AnchorDesign.grid": DESIGN.good,
    "AnchorGrid.boxes_at": GRID.good,
    "Recipe.grid": RECIPE.good,
    "Recipe.features": RECIPE.good,
    "Coverage.recall": lambda: ab.anchor_coverage(DATASET.good(), DESIGN.good()),
    "Detector.predict": _detector,
    "Detector.detect": _detector,
    "Detector.evaluate": _detector,
    "Report.without": lambda: ab.diagnose(DATASET.good()),
    "Report.save_html": lambda: ab.diagnose(DATASET.good()),
    "Report.save_json": lambda: ab.diagnose(DATASET.good()),
    "Report.save_csv": lambda: ab.diagnose(DATASET.good()),
}
DETECTIONS = P("list", Fresh(lambda: [(BOXES.good(), SCORES.good(), IDS.good())]))
TRUTHS = P("list", Fresh(lambda: [(BOXES.good(), IDS.good())]))
EVALUATED = {
    "iou_threshold": P("fraction?", 0.5),
    "area": P("choice", "all"),
    "max_dets": P("positive_count?", 100),
}
IMAGE = P("image", Fresh(lambda: np.zeros((64, 64, 3))))

CALLS = {
    # boxes, coding
    "validate_boxes": {"boxes": BOXES, "name": P("text", "boxes"), "fmt": P("choice", "xyxy")},
    "box_convert": {"boxes": BOXES, "in_fmt": P("choice", "xyxy"), "out_fmt": P("choice", "xywh")},
    "box_area": {"boxes": BOXES},
    "box_iou": {"boxes1": BOXES, "boxes2": BOXES},
    "clip_boxes": {"boxes": BOXES, "image_size": SIZE},
    "encode_boxes": {"anchors": BOXES, "gt_boxes": BOXES},
    "decode_boxes": {"anchors": BOXES, "deltas": DELTAS},
    "normalize_deltas": {
        "deltas": DELTAS,
        "mean": P("four", (0.0, 0.0, 0.0, 0.0)),
        "std": P("four", (0.1, 0.1, 0.2, 0.2)),
    },
    "denormalize_deltas": {
        "deltas": DELTAS,
        "mean": P("four", (0.0, 0.0, 0.0, 0.0)),
        "std": P("four", (0.1, 0.1, 0.2, 0.2)),
    },
    "delta_statistics": {"deltas": DELTAS},
    # anchors, matching
    "make_cell_anchors": {"scales": P("sizes", (16, 32)), "ratios": P("sizes", (0.5, 1))},
    "AnchorGrid": {
        "image_size": SIZE,
        "strides": P("sizes", (8, 16)),
        "scales": P("level_scales", (16, 32)),
        "ratios": P("sizes", (0.5, 1)),
        "offset": FRACTION,
    },
    "AnchorGrid.from_levels": {
        "image_size": SIZE,
        "levels": P("list", Fresh(lambda: GRID.good().levels)),
    },
    "AnchorGrid.preset": {"name": P("choice", "retinanet"), "image_size": SIZE},
    "AnchorGrid.boxes_at": {"indices": P("ids", Fresh(lambda: np.array([0, 3])))},
    "AnchorLevel": {
        "shape": P("pair", (2, 3)),
        "stride": P("pair", (8, 8)),
        "offset": FRACTION,
        "cell_anchors": BOXES,
    },
    "assign_anchor_labels": {"iou_max": IOUS, **THRESHOLDS},
    "count_labels": {"iou_max": IOUS, **THRESHOLDS},
    "match_anchors": {
        "anchors": ANCHORS,
        "gt_boxes": BOXES,
        **THRESHOLDS,
        "force_match": FLAG,
    },
    "count_window_pairs": {"grid": GRID, "gt_boxes": BOXES, "min_iou": FRACTION},
    "MatchResult.from_arrays": {
        "labels": P("labels", Fresh(lambda: np.array([1, 0]))),
        "matched_gt": P("ids", Fresh(lambda: np.array([0, -1]))),
        "iou_max": IOUS,
        "gt_best_iou": P("ious", Fresh(lambda: np.array([0.9])), frozenset({"nan_array"})),
        "forced": P("list", Fresh(lambda: np.array([False, True])), frozenset({"bool_array"})),
    },
    "Convention": {
        "source": TEXT,
        "positive": P("choice?", (">=", 0.7)),
        "negative": P("choice", ("<", 0.3)),
        "force": P("choice?", "ties"),
        "force_if": P("choice", (">", 0)),
        "forced_gt": P("choice", "own"),
    },
    "match_by_convention": {
        "anchors": ANCHORS,
        "gt_boxes": BOXES,
        "convention": P("choice", "course"),
    },
    # sampling, losses, nms, evaluation
    "sample_labels": {
        "labels": P("labels", Fresh(lambda: np.array([1, 0, -1]))),
        "batch_size": P("count", 2),
        "positive_fraction": FRACTION,
        "rng": RNG,
    },
    "hard_negative_mining": {
        "labels": P("labels", Fresh(lambda: np.array([1, 0]))),
        "losses": SCORES,
        "negative_ratio": P("not_negative", 3),
    },
    "smooth_l1_loss": {
        "predictions": SCORES,
        "targets": SCORES,
        "beta": P("not_negative", 1.0),
    },
    "binary_cross_entropy": {
        "logits": SCORES,
        "targets": P("ious", IOUS.good, frozenset({"bool_array"})),
    },
    "sigmoid_focal_loss": {
        "logits": SCORES,
        "targets": P("ious", Fresh(lambda: np.array([1.0, 0.0])), frozenset({"bool_array"})),
        "alpha": FRACTION,
        "gamma": P("not_negative", 2.0),
    },
    "reduce_loss": {"loss": SCORES, "gradient": SCORES, "normalizer": P("not_negative", 2)},
    "nms": {"boxes": BOXES, "scores": SCORES, "iou_threshold": FRACTION},
    "batched_nms": {
        "boxes": BOXES,
        "scores": SCORES,
        "class_ids": IDS._replace(also=frozenset({"minus_array"})),
        "iou_threshold": FRACTION,
    },
    "average_precision": {
        "detections": DETECTIONS,
        "ground_truths": TRUTHS,
        "iou_thresholds": P("fractions", (0.5, 0.75)),
        "max_dets": P("positive_count", 100),
        "match": MAYBE,
    },
    "summarize_ap": {
        "detections": DETECTIONS,
        "ground_truths": TRUTHS,
        "match": MAYBE,
    },
    "evaluate_detections": {
        "detections": DETECTIONS,
        "ground_truths": TRUTHS,
        "iou_thresholds": P("fractions", (0.5, 0.75)),
        "area_ranges": P("object", Fresh(lambda: {"all": (0, 1e10)}), frozenset({"empty_dict"})),
        "max_dets": P("sizes", (1, 10)),
        "class_ids": P("ids?", Fresh(lambda: np.array([0, 1])), frozenset({"minus_array"})),
        "fmt": P("choice", "xyxy"),
    },
    "Evaluation.ap": EVALUATED,
    "Evaluation.ar": EVALUATED,
    "explain_misses": {
        "ground_truths": P("list", Fresh(lambda: [(BOXES.good(), IDS.good())])),
        "detections": P("list?", Fresh(lambda: [(BOXES.good(), SCORES.good(), IDS.good())])),
        "before_nms": P("list?", Fresh(lambda: [(BOXES.good(), SCORES.good(), IDS.good())])),
        "anchors": P("boxes?", Fresh(lambda: ab.AnchorGrid((64, 64), 8, 16))),
        **THRESHOLDS,
        "force_match": FLAG,
        "convention": P("choice?", None),
        "resize": P("sizes?", 1.0),
        "score_thr": FRACTION,
        "iou_thr": P("inner_fraction", 0.5),
        "loose_iou": P("inner_fraction", 0.1),
        "class_names": P("object?", None, frozenset({"empty_dict"})),
    },
    # datasets
    "LabeledImage": {
        "path": TEXT,
        "width": P("positive?", 64),
        "height": P("positive?", 64),
        "boxes": P("boxes", Fresh(lambda: np.array([[4.0, 4, 20, 24], [8, 30, 40, 60]]))),
        "class_names": P("texts", ("개", "새")),
        "crowd": P("list?", None, frozenset({"bool_array"})),
        "sources": P("list?", None),
        "labels": P("ids?", None, frozenset({"minus_array"})),
        "file_size": P("pair?", None),
        "rotated": FLAG,
        "polygon": P("list?", None, frozenset({"bool_array"})),
        "marks": P("list?", None),
        "areas": P("values?", None),
        "split": TEXT,
        "named_only": FLAG,
        "image_id": P("text?", "a", KINDS["seed"] | {"minus"}),
    },
    "Dataset": {
        "images": P("list", IMAGES),
        "problems": P("list", ()),
        "categories": P("object?", None, frozenset({"empty_dict"})),
        "name": TEXT,
        "fmt": TEXT,
        "box_format": P("choice", "xyxy"),
        "reading": P("object", ab.Reading()),
    },
    "Scene": {
        "image": P("image", Fresh(lambda: np.zeros((64, 64, 3)))),
        "boxes": BOXES,
        "class_names": P("texts", ("원", "네모")),
    },
    "dataset_from_boxes": {
        "boxes": P("list", Fresh(lambda: [BOXES.good()]), frozenset({"three_axes"})),
        "image_sizes": P("list", Fresh(lambda: [(64, 64)]), frozenset({"fraction_array"})),
        "labels": P("list?", Fresh(lambda: [[0, 1]])),
        "names": P("object?", None, frozenset({"empty_dict"})),
        "fmt": P("choice", "xyxy"),
        "paths": P("list?", Fresh(lambda: ["a"])),
    },
    "load_coco": {"path": P("paths", "no_such.json"), "images": IMAGES_FOLDER},
    "load_cvat": {"path": P("paths", "no_such.xml"), "images": IMAGES_FOLDER},
    "load_kitti": {"path": P("paths", "no_such"), "images": IMAGES_FOLDER},
    "load_labelme": {"path": P("paths", "no_such"), "images": IMAGES_FOLDER},
    "load_voc": {
        "path": P("paths", "no_such"),
        "one_based": FLAG,
        "images": IMAGES_FOLDER,
    },
    "load_yolo": {
        "labels": P("paths", "no_such"),
        "images": IMAGES_FOLDER,
        "sizes": P("pair?", None, frozenset({"empty_dict"})),
        "names": P(
            "list?", None, frozenset({"texts", "text", "number_text", "empty_dict", "text_array"})
        ),
    },
    "load_dataset": {
        "path": PATH,
        "fmt": P("choice?", "coco"),
        "images": IMAGES_FOLDER,
        "names": P(
            "list?", None, frozenset({"texts", "text", "number_text", "empty_dict", "text_array"})
        ),
        "one_based": FLAG,
    },
    "load_predictions": {"path": P("path", "no_such.json"), "dataset": DATASET},
    "recognise_format": {"path": PATH},
    "make_scene": {
        "rng": RNG,
        "image_size": P("pair", (64, 64)),
        "n_objects": P("count", 2),
        "size_range": P("range", (10, 20)),
        "ratio_range": P("range", (0.5, 2.0)),
        "max_iou": FRACTION,
    },
    # design
    "AnchorDesign": {
        "strides": P("sizes", (8, 16)),
        "scales": P("level_scales", (16, 32)),
        "ratios": P("sizes", (0.5, 1)),
        "offset": FRACTION,
    },
    "AnchorDesign.grid": {"image_size": SIZE},
    "Coverage.recall": {
        "threshold": FRACTION,
        "size_range": P("range", (0, 96)),
    },
    "anchor_coverage": {
        "dataset": DATASET,
        "design": DESIGN,
        "thresholds": P("fractions", (0.5, 0.7)),
    },
    "best_anchor_iou": {"grid": GRID, "boxes": BOXES},
    "stride_ceiling": {"grid": GRID, "boxes": BOXES},
    "box_statistics": {"dataset": DATASET},
    "fit_size": {
        "image_size": SIZE,
        "short_side": P("positive?", 32),
        "long_side": P("positive?", 64),
    },
    "resize_dataset": {
        "dataset": DATASET,
        "short_side": P("positive?", 32),
        "long_side": P("positive?", 64),
        "shape": P("pair?", None),
    },
    "shape_iou": {
        "shapes1": P("shapes", Fresh(lambda: np.array([[4.0, 8]]))),
        "shapes2": P("shapes", Fresh(lambda: np.array([[4.0, 8]]))),
    },
    "kmeans_anchors": {
        "shapes": P("shapes", Fresh(lambda: np.array([[4.0, 8], [9, 9], [20, 4]]))),
        "k": P("positive_count", 2),
        "rng": RNG,
        "n_init": P("positive_count", 2),
    },
    "recommend_anchors": {
        "dataset": DATASET,
        "strides": P("sizes", (8, 16)),
        "pos_thr": P("inner_fraction", 0.5),
        "fit": P("inner_fraction", 0.85),
        "rng": RNG,
        "budget": P("positive_count", 300_000),
    },
    "uniform_design": {
        "design": DESIGN,
        "strides": P("sizes", (8, 16, 32)),
    },
    "export_anchors": {"design": DESIGN, "tool": P("choice", "yolov5")},
    # detector
    "Recipe": {
        "stride": P("positive", 8),
        "scales": P("sizes", (14, 20)),
        "ratios": P("sizes", (0.5, 1)),
        "pos_thr": POS,
        "neg_thr": NEG,
        "force_match": FLAG,
        "box_target": P("choice", "deltas"),
        "anchor_position": P("number", 0.0),
        "normalization": P("choice", "data"),
        "classification": P("choice", "sampled"),
        "box_weight": P("positive", 1.0),
        "class_weight": P("positive", 1.0),
        "beta": P("positive", 1.0),
        "initial_logit": P("number", -2.0),
        "hidden": P("positive_count", 4),
        "steps": P("positive_count", 2),
        "images_per_step": P("positive_count", 8),
        "learning_rate": P("positive", 0.005),
    },
    "Recipe.grid": {"image_size": SIZE},
    "Recipe.features": {"image": IMAGE, "anchors": BOXES},
    "make_detection_scenes": {
        "rng": RNG,
        "n_scenes": P("count", 1),
        "ratio_range": P("range", (0.5, 2.0)),
    },
    "prepare_training": {"scenes": SCENES, "recipe": RECIPE},
    "train_detector": {
        "training": P("object", Fresh(_training)),
        "recipe": RECIPE,
        "seed": SEED,
        "on_step": MAYBE,
        "decode": MAYBE,
        "nms": MAYBE,
    },
    "print_progress": {"total": P("positive_count", 2), "width": P("positive_count", 4)},
    "Detector.predict": {"image": IMAGE},
    "Detector.detect": {
        "image": IMAGE,
        "score_threshold": FRACTION,
        "iou_threshold": FRACTION,
        "max_dets": P("count", 10),
    },
    "Detector.evaluate": {
        "scenes": SCENES,
        "match": MAYBE,
    },
    # plotting
    "add_legend": {"ax": AX, "kinds": P("list", ("gt",))},
    "draw_image": {"ax": AX, "image": IMAGE._replace(also=frozenset({"three_columns"}))},
    "draw_boxes": {
        "ax": AX,
        "boxes": P("boxes", BOXES.good),
        "kind": P("choice", "gt"),
        "labels": P("texts?", ("가", "나"), frozenset({"fraction_array", "minus_array"})),
        "linewidth": P("not_negative?", 1.0),
        "fill": FRACTION,
    },
    "draw_detections": {
        "ax": AX,
        "detections": P("list", Fresh(lambda: (BOXES.good(), SCORES.good(), IDS.good()))),
        "class_names": P("texts", ("원", "네모")),
        "numbered": FLAG,
    },
    "draw_anchor_grid": {
        "ax": AX,
        "grid": GRID,
        "level": P("count", 0),
        "cell": P("pair?", (0, 0)),
    },
    "draw_label_map": {
        "ax": AX,
        "anchors": P("boxes", BOXES.good),
        "labels": P("labels", Fresh(lambda: np.array([1, 0]))),
        "boxes": FLAG,
    },
    "draw_threshold_bars": {"ax": AX, "iou_max": IOUS, **THRESHOLDS},
    "draw_iou_histogram": {
        "ax": AX,
        "iou_max": IOUS,
        **THRESHOLDS,
        "bins": P("positive_count", 5),
        "log": FLAG,
    },
    "draw_iou_matrix": {
        "ax": AX,
        "iou": P("shapes", Fresh(lambda: np.array([[0.1, 0.8]])), frozenset({"three_columns"})),
    },
    "draw_assignment_steps": {
        "axes": P("list", Fresh(lambda: Figure().subplots(1, 3))),
        "iou": P(
            "shapes",
            Fresh(lambda: np.array([[0.6, 0.5], [0.9, 0.8]])),
            frozenset({"three_columns"}),
        ),
        "pos_thr": POS,
    },
    "draw_encoding": {
        "ax": AX,
        "anchor": ONE_BOX,
        "gt": P("box", Fresh(lambda: np.array([5.0, 4, 22, 24]))),
        "show_formula": FLAG,
        "view": P("four?", None, frozenset({"empty_list"})),
    },
    "draw_method_lines": {
        "ax": AX,
        "ticks": P("texts", ("5", "20")),
        "scores": P("object", Fresh(lambda: {"deltas": [[0.6, 0.7], [0.7, 0.8]]})),
    },
    "draw_method_bars": {
        "ax": AX,
        "groups": P("texts", ("가", "나")),
        "scores": P("object", Fresh(lambda: {"deltas": [[0.6, 0.7], [0.7, 0.8]]})),
    },
    "draw_miss_causes": {"ax": AX, "groups": P("list", Fresh(_groups))},
    "compare_runs": {
        "table": P("object", Fresh(lambda: {"a": RUN}), frozenset({"empty_dict"})),
        "names": P("choice", ("a",)),
    },
    "compare_scores": {
        "scores": P("object", Fresh(lambda: {"가": dict.fromkeys(("AP", "AP50", "AP75"), 1.0)})),
    },
    # diagnosis
    "diagnose": {
        "dataset": DATASET,
        "grid": P("boxes?", None),
        **THRESHOLDS,
        "force_match": FLAG,
        "match": MAYBE,
        "encode": P("function", ab.encode_boxes),
        "decode": P("function", ab.decode_boxes),
        "decode_anchors": P("boxes?", None),
        "iou": P("function", ab.box_iou),
        "num_classes": P("positive_count?", 3),
        "background": P("count?", None, frozenset({"minus"})),
        "predictions": P("object?", Fresh(_predictions)),
        "before_nms": P("object?", Fresh(_predictions)),
        "score_thr": FRACTION,
    },
    "Report.without": {"kinds": P("texts", ("flipped",), frozenset({"set", "frozenset"}))},
    "Report.save_html": {"path": PATH},
    "Report.save_json": {"path": PATH},
    "Report.save_csv": {"path": PATH},
    # homework, bugs, course
    "anchor_brief": {"student_number": STUDENT},
    "bug_report": {"student_number": STUDENT},
    "personal_boxes": {"student_number": STUDENT},
    "personal_log": {"student_number": STUDENT},
    "personal_matches": {"student_number": STUDENT},
    "personal_numbers": {"student_number": STUDENT},
    "personal_offsets": {"student_number": STUDENT},
    "check": {
        "name": P("choice", "count_labels"),
        "fn": P("answer", len),
        "seed": SEED,
        "number": P("student?", None),
    },
    "mine_or_ours": {
        "name": P("choice", "count_labels"),
        "mine": P("answer", len),
        "ours": MAYBE,
    },
    "progress": {"number": P("student?", None)},
    "check_cause": {"name": P("choice", "nan_loss"), "answer": P("answer", "flipped")},
    "check_repair": {"name": P("choice", "nan_loss"), "fn": P("answer", len), "seed": SEED},
    "open_bug": {"name": P("choice", "nan_loss"), "seed": SEED},
    "predict": {
        "name": P("choice", "shift_signs"),
        "reveal": FUNCTION,
        "picture": P("list?", None),
    },
    # 없는 보드라 아무 데도 닿지 않고, 뒤에서 다시 시도하는 실만 남습니다.
    "join_class": {
        "address": P("choice", "http://127.0.0.1:9"),
        "code": P("text", "K7M2QX"),
        "name": P("text", "별이"),
    },
    "leave_class": {"forget": FLAG},
    "reset_lesson": {"names": P("choice", ("00_intro",), frozenset({"zero", "number_text"}))},
}
RUN = {
    "title": "가",
    "runs": [{}],
    "summary": {
        name: {"mean": 1.0, "std": 1.0, "delta": 1.0, "delta_std": 1.0, "wins": 1}
        for name in ("AP", "AP50", "AP75")
    }
    | {"positives": 1.0},
}
# 넣지 않는 값. 받은 함수를 부르다 난 예외는 그 함수의 것이고, 답의 공격은 test_apart.py가 봅니다.
SKIPPED = {"function": {"hostile", "type"}, "answer": {"hostile"}}
# 옳은 값이지만 정말로 오래 걸리는 것.
TOO_LONG = {
    ("train_detector", "recipe", "none"),
    ("Report.save_html", "path", "text"),
    ("Report.save_html", "path", "number_text"),
}

_RECORD = "함수가 돌려주는 기록입니다. 받아서 읽기만 합니다."
_ROW = "이름 붙은 튜플입니다. 받는 함수가 검사합니다."
_LEARNER = "문제를 쓰는 사람의 정의입니다. 검사는 tests/test_homework.py가 합니다."
_LAB = "실험대의 값은 tests/test_labs.py와 실험대의 표가 검사합니다."
_CARD = "물음과 답은 predict()가 만들고, 예측은 tests/test_prediction_card.py가 검사합니다."
_OLD_LESSON = "옛 강좌의 노트북이 멈추지 않게, 모르는 레슨의 이름은 글로만 알려 줍니다."
_ANY_FUNCTIONS = "이름이 정해지지 않은 인수들입니다."

# 넣어 보지 않는 인수와 그 까닭. 이름만 적으면 그 이름의 모든 인수입니다.
EXEMPT = {
    "AnchorClusters": _RECORD,
    "BoxStatistics": _RECORD,
    "CheckResult": _RECORD,
    "Coverage": _RECORD,
    "Detector": _RECORD,
    "MatchResult": _RECORD,
    "Misses": _RECORD,
    "Predictions": _RECORD,
    "Problem": _RECORD,
    "Recommendation": _RECORD,
    "Report": _RECORD,
    "Finding": _RECORD,
    "Detections": _ROW,
    "Evaluation": _RECORD,
    "GroundTruths": _ROW,
    "Reading": _ROW,
    "Source": _ROW,
    "Exercise": _LEARNER,
    "Misconception": _LEARNER,
    "DesignLab": _LAB,
    "DesignLab.draw": _LAB,
    "FormulaLab": _LAB,
    "FormulaLab.draw": _LAB,
    "ThresholdLab": _LAB,
    "ThresholdLab.draw": _LAB,
    "PredictionCard": _CARD,
    "PredictionCard.ask": _CARD,
    "PredictionCard.commit": _CARD,
    "PredictionCard.export": _CARD,
    "Pipeline": "고장 나 있어야 하는 코드 한 벌입니다. 무엇이 들어 있든 check_repair가 판정합니다.",
    "start_lesson": _OLD_LESSON,
    "finish_lesson": _OLD_LESSON,
    "add_legend.kwargs": "ax.legend에 그대로 넘깁니다.",
    "predict.parameters": _ANY_FUNCTIONS,
    "progress.functions": _ANY_FUNCTIONS,
}
