"""사건을 펼치고, 짚은 원인과 고친 코드를 봅니다."""

import numpy as np

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.boxes import box_iou
from anchorbox_utils.bugs.case import OpenedBug
from anchorbox_utils.bugs.catalogue import BUG_CASES
from anchorbox_utils.bugs.pipeline import Pipeline
from anchorbox_utils.diagnosis import KINDS
from anchorbox_utils.feedback import (
    CheckResult,
    call,
    describe_error,
    error_text,
    explain_error,
    is_blank,
    not_attempted,
    refuse,
    time_limit,
)

TIME_LIMIT = 20.0


def open_bug(name, seed=0):
    """사건을 펼칩니다. 증상과 원인의 후보가 보이고, ``.pipeline``에 고장 난 코드가 있습니다.

    Args:
        name: 사건의 이름. :data:`BUG_CASES`에 모두 있습니다.
        seed: 데이터를 만드는 씨앗.

    Returns:
        :class:`OpenedBug`.

    Raises:
        ValueError: 그런 사건이 없을 때.

    Examples:
        >>> bug = open_bug("nan_loss")
        >>> print(bug.case.title)
        첫 에폭에 회귀 손실이 NaN이 됩니다
        >>> bug.pipeline.diagnose().errors[0].name
        'mixed_formats'
    """
    case = _find(name)
    return OpenedBug(case, case.build(seed)[0])


def _find(name):
    if not isinstance(name, str) or name not in BUG_CASES:
        raise ValueError(f"name: {name!r}라는 사건은 없습니다. 가능한 이름: {', '.join(BUG_CASES)}")
    return BUG_CASES[name]


def check_cause(name, answer):
    """사건의 원인을 맞혔는지 봅니다.

    Args:
        name: 사건의 이름.
        answer: 원인의 이름. 사건을 펼치면 후보가 보입니다.

    Returns:
        :class:`CheckResult`. 맞히면 그 증상이 보고된 공개 글을 알려 줍니다.

    Raises:
        ValueError: 그런 사건이 없을 때.

    Examples:
        >>> check_cause("nan_loss", "mixed_formats").passed
        True
        >>> check_cause("nan_loss", "zero_size").status
        'failed'
    """
    case = _find(name)
    title = f"{name} · 원인"
    if answer is None or answer is ... or answer == "":
        return CheckResult(
            title, "not_attempted", "아직 고르지 않았습니다. 후보에서 하나를 고르세요."
        )
    if not isinstance(answer, str) or answer not in case.choices:
        told = ", ".join(f"`{choice}`" for choice in case.choices)
        return CheckResult(title, "failed", f"후보에 없는 답입니다. 후보: {told}")
    if answer != case.cause:
        return CheckResult(
            title,
            "failed",
            f"'{KINDS[answer].title}'는 이 증상을 다 설명하지 못합니다.",
            misconception=answer,
            hint=case.hint,
        )
    kind = KINDS[case.cause]
    return CheckResult(
        title,
        "passed",
        f"{kind.title}. {kind.cause}",
        details=(("실제로 보고된 곳", ", ".join(case.threads)),),
    )


def check_repair(name, fn, seed=0):
    """고치는 함수가 체크리스트를 통과시키는지 봅니다. 처음 보는 데이터로도 한 번 더 봅니다.

    오류를 없애려고 멀쩡한 박스를 지우거나, 앵커를 빼거나, 입력 크기를 바꾸면 통과하지 못합니다.

    Args:
        name: 사건의 이름.
        fn: ``fn(pipeline)``. 고친 :class:`Pipeline`을 돌려줍니다.
        seed: 데이터를 만드는 씨앗. 다음 씨앗의 데이터로도 검사합니다.

    Returns:
        :class:`CheckResult`. 학습자의 실수로는 예외를 내지 않습니다.

    Raises:
        ValueError: 그런 사건이 없을 때.

    Examples:
        >>> from dataclasses import replace
        >>> from anchorbox_utils import box_convert
        >>> def repair(pipeline):
        ...     return replace(
        ...         pipeline, boxes=[box_convert(b, "xywh", "xyxy") for b in pipeline.boxes]
        ...     )
        >>> check_repair("nan_loss", repair).passed
        True
        >>> check_repair("nan_loss", lambda pipeline: pipeline).status
        'failed'
    """
    case = _find(name)
    title = f"{name} · 고치기"
    refusal = refuse(title, fn, ("pipeline",))
    if refusal:
        return refusal
    for label, number in (("보이는 데이터", seed), ("처음 보는 데이터", seed + 1)):
        broken, truth = case.build(number)
        with time_limit(TIME_LIMIT) as limit:
            outcome = call(fn, (broken,), limit)
        if is_blank(fn, outcome):
            return not_attempted(title)
        where = (("검사한 데이터", label),)
        if outcome.error is not None:
            details = (*where, *describe_error(outcome))
            return CheckResult(title, "error", explain_error(outcome.error), details=details)
        try:
            problem = _remaining_problem(outcome.value, broken, truth)
        except Exception as error:
            # 돌려준 Pipeline에 무엇이 들었을지 모르므로 어떤 예외든 판정으로 바꿉니다.
            problem = f"고친 Pipeline을 진단할 수 없습니다. {error_text(error)}"
        if problem:
            return CheckResult(title, "failed", problem, details=where)
    return CheckResult(
        title, "passed", "체크리스트에 오류가 없습니다. 처음 보는 데이터에서도 통과했습니다."
    )


def _remaining_problem(repaired, broken, truth):
    """고친 것에 남은 문제 하나를 말합니다. 없으면 None."""
    if repaired is None:
        return "None을 돌려주었습니다. 고친 Pipeline을 return했는지 확인하세요."
    if not isinstance(repaired, Pipeline):
        kind = type(repaired).__name__
        return f"Pipeline을 돌려주어야 하는데 {kind}입니다. replace(pipeline, …)를 써 보세요."
    if not isinstance(repaired.grid, AnchorGrid):
        return "앵커(grid)가 AnchorGrid가 아닙니다. 앵커를 빼면 검사도 사라질 뿐입니다."
    if repaired.grid.image_size != broken.grid.image_size:
        return "학습 입력의 크기(grid.image_size)는 그대로 두고 고쳐 보세요."
    if len(repaired.boxes) != len(truth):
        return f"이미지가 {len(truth)}장에서 {len(repaired.boxes)}장으로 바뀌었습니다."
    if broken.num_classes is not None and repaired.num_classes is None:
        return "모델의 출력 수(num_classes)를 지우면 검사도 사라질 뿐입니다."
    if repaired.background != broken.background:
        return "배경의 번호(background)는 모델의 약속입니다. 그대로 두고 라벨을 고쳐 보세요."
    turned = tuple((width, height) for height, width in broken.image_sizes)
    if tuple(map(tuple, repaired.image_sizes)) not in (tuple(broken.image_sizes), turned):
        return "이미지의 크기는 사진이 정합니다. 크기를 바꾸어 박스를 담지 마세요."
    pairs = zip(repaired.boxes, truth, strict=True)
    removed = sum(max(0, len(expected) - len(rows)) for rows, expected in pairs)
    if removed:
        return (
            f"박스가 {removed}개 사라졌습니다. 오류가 난 물체를 지우는 것은 고치는 것이 아닙니다."
        )
    report = repaired.diagnose()
    if report.errors:
        first = report.errors[0]
        return f"아직 오류가 있습니다: {first.title}. {first.evidence}"
    return _lost_truth(report.dataset, truth) or _merged_labels(repaired, broken, truth)


def _lost_truth(dataset, truth):
    for number, (image, expected) in enumerate(zip(dataset.images, truth, strict=True)):
        if len(image.boxes) != len(expected):
            return (
                f"{number}번 이미지에 박스가 {len(expected)}개 있어야 하는데 "
                f"{len(image.boxes)}개입니다. "
                "멀쩡한 물체를 지우거나 없는 물체를 남기지 않았나요?"
            )
        close = box_iou(expected, image.boxes) >= 0.9
        if not (close.any(axis=1).all() and close.any(axis=0).all()):
            return f"{number}번 이미지의 박스가 물체와 맞지 않습니다. 오류만 사라졌습니다."
    return None


def _merged_labels(repaired, broken, truth):
    """클래스가 합쳐지거나 나뉘지 않았는지. 박스가 지워진 사건에서는 클래스가 하나뿐입니다."""
    before, after = np.concatenate(broken.labels), np.concatenate(repaired.labels)
    if len(before) != len(after):
        return None
    pairs = set(zip(before.tolist(), after.tolist(), strict=True))
    if len(pairs) != len(set(before.tolist())) or len(pairs) != len(set(after.tolist())):
        return "서로 다른 클래스가 합쳐졌거나 한 클래스가 나뉘었습니다."
    return None
