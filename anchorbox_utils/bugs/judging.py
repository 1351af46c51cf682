"""고친 것이 정말 고친 것인지 가립니다. 규칙마다 어긴 것을 한 문장으로 말합니다.

체크리스트가 조용해졌다는 것만으로는 모자랍니다. 고장과 상관없는 칸은 그대로인지, 박스와 라벨이
올바른 값인지, 앵커가 처음 보는 박스에도 맞고 지나치게 많지 않은지, 함수가 다른 입력에서도 옳은지
함께 봅니다.
"""

import contextlib
import sys
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from anchorbox_utils.anchors import AnchorGrid, AnchorLevel
from anchorbox_utils.bugs.case import BugCase
from anchorbox_utils.bugs.pipeline import Pipeline, report_on
from anchorbox_utils.bugs.scenes import World
from anchorbox_utils.diagnosis import TOPICS, Report
from anchorbox_utils.feedback import error_text
from anchorbox_utils.matching import MatchResult, match_anchors

_PACKAGE = __name__.partition(".")[0]
_CLASSES = (Pipeline, AnchorGrid, AnchorLevel, MatchResult, Report)

# 고장과 상관없는 칸을 바꾸었을 때 하는 말.
_UNTOUCHED = {
    "boxes": "박스는 처음부터 옳았습니다. 박스를 고치면 검사만 조용해지고 정답이 달라집니다.",
    "image_sizes": "이미지의 크기는 사진이 정합니다. 크기를 바꾸어 오류를 감추지 마세요.",
    "labels": "클래스의 번호는 이 고장과 상관이 없습니다. 라벨은 그대로 두세요.",
    "grid": "학습의 앵커(grid)는 이 고장과 상관이 없습니다. 바꾸면 검사에 걸리지 않을 뿐입니다.",
    "fmt": "박스의 형식(fmt)은 옳게 적혀 있습니다. 형식을 바꾸어 읽으면 다른 박스가 됩니다.",
    "pos_thr": "임계값(pos_thr)은 고장과 상관이 없습니다. 낮추면 검사가 느슨해질 뿐입니다.",
    "neg_thr": "임계값(neg_thr)은 고장과 상관이 없습니다. 낮추면 검사가 느슨해질 뿐입니다.",
    "match": "매칭 코드(match)는 이 고장과 상관이 없습니다. 갈아 끼우면 검사를 피할 뿐입니다.",
    "encode": "인코딩 식(encode)은 옳습니다. 식을 비틀어 어긋남을 덮으면 다른 데이터에서 다시 "
    "틀립니다.",
    "decode": "디코딩 식(decode)은 옳습니다. 결과를 몇 픽셀 옮겨 덮으면 스트라이드가 다른 앵커에서 "
    "다시 틀립니다.",
    "decode_anchors": "추론의 앵커(decode_anchors)는 이 고장과 상관이 없습니다.",
    "iou": "IoU 함수(iou)는 이 고장과 상관이 없습니다.",
    "num_classes": "모델의 출력 수(num_classes)는 모델의 약속입니다. 그대로 두고 라벨을 고쳐 "
    "보세요.",
    "background": "배경의 번호(background)는 모델의 약속입니다. 그대로 두고 라벨을 고쳐 보세요.",
    "config": "설정(config)은 이 고장과 상관이 없습니다.",
}


@contextlib.contextmanager
def guarding():
    """그동안 학습자의 코드가 바꿔 놓은 라이브러리의 이름을 모으고, 끝나면 되돌립니다.

    Examples:
        >>> from anchorbox_utils.bugs import pipeline
        >>> with guarding() as changed:
        ...     pipeline.diagnose = None
        >>> changed, pipeline.diagnose is None
        (['diagnose'], False)
    """
    before, changed = _library(), []
    try:
        yield changed
    finally:
        # 검사를 부르기 전에 바꿔 놓은 것까지 봅니다.
        for owner, names in (*before, *_sealed):
            for name, value in names.items():
                if not _alike(vars(owner).get(name), value):
                    changed.append(name)
                    setattr(owner, name, value)


def seal():
    """지금 라이브러리의 함수와 클래스를 옳은 것으로 적어 둡니다. 모두 불러온 다음에 부릅니다."""
    for owner, names in _library():
        _sealed.append((owner, {name: value for name, value in names.items() if callable(value)}))


_sealed = []


def _library():
    modules = [m for name, m in list(sys.modules.items()) if name.split(".")[0] == _PACKAGE]
    return [(owner, dict(vars(owner))) for owner in (*modules, *_CLASSES)]


def _alike(now, before):
    # 모듈을 다시 불러와(reload) 새로 생긴 같은 함수는 바꿔 놓은 것이 아닙니다.
    if now is before:
        return True
    homes = [
        (getattr(v, "__module__", None), getattr(v, "__qualname__", "")) for v in (now, before)
    ]
    return callable(before) and homes[0] == homes[1] and "<" not in homes[0][1]


@dataclass(frozen=True, eq=False)
class _Trial:
    """규칙들이 보는 것."""

    case: BugCase
    world: World
    repaired: Pipeline
    answered: bool

    @cached_property
    def built(self):
        """고친 데이터의 사건과 올바른 답."""
        return self.case.build(self.world)

    @cached_property
    def fresh(self):
        """같은 고장이 난, 학습자의 함수가 보지 못한 데이터."""
        return self.case.build(self.world.next())

    @cached_property
    def designed(self):
        """알맞게 고친 것."""
        return self.case.repair(self.built.pipeline)


def find_problem(case, world, repaired, answered=False):
    """고친 것에 남은 문제 하나를 말합니다. 없으면 None.

    Args:
        case: :class:`BugCase`.
        world: 고친 데이터의 :class:`World`.
        repaired: 학습자의 함수가 돌려준 것.
        answered: 원인을 이미 맞혔는지. 그전에는 남은 오류의 이름을 말하지 않습니다.
    """
    if repaired is None:
        return "None을 돌려주었습니다. 고친 Pipeline을 return했는지 확인하세요."
    if not isinstance(repaired, Pipeline):
        kind = type(repaired).__name__
        return f"Pipeline을 돌려주어야 하는데 {kind}입니다. replace(pipeline, …)를 써 보세요."
    if type(repaired) is not Pipeline or set(vars(repaired)) != {f.name for f in fields(Pipeline)}:
        return (
            "진단하는 방법을 바꾼 Pipeline입니다. 검사를 끄는 것은 고치는 것이 아닙니다. "
            "replace(pipeline, …)로 값만 바꾸세요."
        )
    try:
        trial = _Trial(case, world, _plain(repaired), answered)
        problems = (rule(trial) for rule in _RULES)
        return next((problem for problem in problems if problem), None)
    except Exception as error:
        # 돌려준 Pipeline에 무엇이 들었을지 모르므로 어떤 예외든 판정으로 바꿉니다.
        return f"고친 Pipeline을 진단할 수 없습니다. {error_text(error)}"


def _plain(pipeline):
    """앵커가 스스로 지어낸 값을 말하지 못하도록, 격자를 단계의 수들에서 다시 만듭니다."""
    grids = {
        name: _plain_grid(getattr(pipeline, name))
        for name in ("grid", "decode_anchors")
        if isinstance(getattr(pipeline, name), AnchorGrid)
    }
    return replace(pipeline, **grids)


def _plain_grid(grid):
    levels = [
        AnchorLevel(tuple(v.shape), tuple(v.stride), v.offset, np.asarray(v.cell_anchors, float))
        for v in grid.levels
    ]
    return AnchorGrid.from_levels(grid.image_size, levels)


# 규칙: 앞의 것부터 봅니다.


def _grid_is_a_grid(trial):
    if not isinstance(trial.repaired.grid, AnchorGrid):
        return "앵커(grid)가 AnchorGrid가 아닙니다. 앵커를 빼면 검사도 사라질 뿐입니다."
    if trial.repaired.grid.image_size != trial.built.pipeline.grid.image_size:
        return (
            f"학습 입력의 크기(grid.image_size)는 {trial.built.pipeline.grid.image_size}입니다. "
            "그대로 두고 고쳐 보세요."
        )
    return None


def _images_are_kept(trial):
    if len(trial.repaired.boxes) != len(trial.built.boxes):
        before, after = len(trial.built.boxes), len(trial.repaired.boxes)
        return f"이미지가 {before}장에서 {after}장으로 바뀌었습니다."
    return None


def _only_the_fault_changes(trial):
    broken = trial.built.pipeline
    for name, told in _UNTOUCHED.items():
        if name not in trial.case.touches and not _same(
            getattr(trial.repaired, name), getattr(broken, name)
        ):
            return told
    if "config" in trial.case.touches and _same(trial.repaired.grid, broken.grid):
        if not _same(trial.repaired.config, broken.config):
            return "설정(config)만 바꾸었습니다. 학습에 쓰이는 앵커는 grid이니 다시 깔아야 합니다."
    return None


def _same(first, second):
    if isinstance(first, AnchorGrid) and isinstance(second, AnchorGrid):
        return _same(_numbers(first), _numbers(second))
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(_same(first[k], second[k]) for k in first)
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(map(_same, first, second))
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return np.array_equal(first, second)
    return first is second or first == second


def _numbers(grid):
    levels = [(v.shape, v.stride, v.offset, v.cell_anchors) for v in grid.levels]
    return (grid.image_size, levels)


def _no_object_is_dropped(trial):
    pairs = zip(trial.repaired.boxes, trial.built.boxes, strict=True)
    removed = sum(max(0, len(expected) - len(rows)) for rows, expected in pairs)
    if removed:
        return (
            f"박스가 {removed}개 사라졌습니다. 오류가 난 물체를 지우는 것은 고치는 것이 아닙니다."
        )
    return None


def _anchors_stay_within_budget(trial):
    if "grid" not in trial.case.touches:
        return None
    designed = len(trial.designed.grid)
    limit = int(designed * trial.case.margins.anchors)
    if len(trial.repaired.grid) > limit:
        return (
            f"앵커가 {len(trial.repaired.grid):,}개입니다. {designed:,}개로도 맞출 수 있는 "
            f"데이터이고, 예산은 {limit:,}개입니다. 앵커를 쏟아부으면 음성과 계산만 늘어납니다."
        )
    return None


def _checklist_is_silent(trial):
    errors = report_on(trial.repaired).errors
    if not errors:
        return None
    first = errors[0]
    if first.name != trial.case.cause:
        return f"다른 오류가 생겼습니다: {first.title}. {first.evidence}"
    if trial.answered:
        return f"아직 오류가 있습니다: {first.title}. {first.evidence}"
    topic = TOPICS[first.kind.topic].title
    told = ". 처음 걸린 기록: " + first.examples[0] if first.examples else "."
    return f"체크리스트의 '{topic}' 항목에 아직 같은 오류가 있습니다{told}"


def _sizes_are_true(trial):
    wanted = trial.designed.image_sizes
    pairs = zip(trial.repaired.image_sizes, wanted, strict=True)
    wrong = sum(tuple(size) != tuple(true) for size, true in pairs)
    if wrong:
        return (
            f"이미지 {len(wanted)}장 가운데 {wrong}장의 크기가 사진과 다릅니다. 박스가 안에 "
            "들어온다고 맞는 크기는 아닙니다."
        )
    return None


def _boxes_are_true(trial):
    images = trial.repaired.dataset().images
    names, gaps, extra = {}, [], 0
    rows = zip(images, trial.repaired.labels, trial.built.boxes, trial.built.labels, strict=True)
    for image, labels, expected, truth in rows:
        extra += max(0, len(image.boxes) - len(expected))
        if not len(expected) or not len(image.boxes):
            continue
        gap = image.boxes[None] - expected[:, None]
        nearest = np.abs(gap).max(axis=2).argmin(axis=1)
        gaps.append(gap[np.arange(len(expected)), nearest])
        for old, new in zip(truth, np.asarray(labels)[nearest], strict=True):
            names.setdefault(int(old), set()).add(int(new))
    if extra:
        return (
            f"물체가 아닌 박스가 {extra}개 남아 있습니다. 크기를 키워 덮으면 없는 물체를 배웁니다."
        )
    gaps = np.concatenate(gaps)
    off = np.abs(gaps).max(axis=1)
    wrong = off > trial.case.margins.box
    if wrong.all() and np.ptp(gaps, axis=0).max() < 0.01:
        return f"박스 {len(off)}개가 모두 {gaps[0].round(2).tolist()}픽셀 밀려 있습니다."
    if wrong.any():
        return (
            f"박스 {len(off)}개 가운데 {wrong.sum()}개가 물체와 어긋납니다(최대 "
            f"{off.max():.1f}픽셀). 오류만 사라졌습니다."
        )
    return _labels_are_true(trial, names)


def _labels_are_true(trial, names):
    if not trial.case.renumbers:
        if any({old} != numbers for old, numbers in names.items()):
            return "박스와 라벨의 짝이 어긋났습니다. 박스를 지울 때는 그 라벨도 함께 지우세요."
        return None
    new = [number for numbers in names.values() for number in numbers]
    if len(new) != len(names) or len(set(new)) != len(new):
        return "서로 다른 클래스가 합쳐졌거나 한 클래스가 나뉘었습니다."
    return None


def _anchors_fit_new_boxes(trial):
    if "grid" not in trial.case.touches:
        return None
    designed = trial.designed.grid
    gts = [
        rows * min(np.divide(designed.image_size, size))
        for rows, size in zip(trial.fresh.boxes, trial.fresh.pipeline.image_sizes, strict=True)
        if len(rows)
    ]
    found, wanted = (
        match_anchors(grid, np.concatenate(gts)).gt_best_iou
        for grid in (trial.repaired.grid, designed)
    )
    (recall, mean), (best_recall, best_mean) = (
        ((iou >= 0.5).mean(), iou.mean()) for iou in (found, wanted)
    )
    if (
        recall < best_recall - trial.case.margins.recall
        or mean < best_mean - trial.case.margins.best_iou
    ):
        return (
            f"같은 데이터에서 새로 뽑은 물체에는 앵커가 맞지 않습니다. 재현율 {recall:.2f}, 최고 "
            f"IoU 평균 {mean:.2f}인데, 알맞게 고치면 {best_recall:.2f}, {best_mean:.2f}입니다."
        )
    return None


def _functions_hold(trial):
    return trial.case.probe and trial.case.probe(
        trial.repaired, trial.built.pipeline, trial.fresh.boxes[:_PROBED]
    )


# 함수는 이만큼의 이미지에서 시험합니다.
_PROBED = 8

_RULES = (
    _grid_is_a_grid,
    _images_are_kept,
    _no_object_is_dropped,
    _only_the_fault_changes,
    _anchors_stay_within_budget,
    _checklist_is_silent,
    _sizes_are_true,
    _boxes_are_true,
    _anchors_fit_new_boxes,
    _functions_hold,
)
