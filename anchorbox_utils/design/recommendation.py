"""데이터에 맞는 앵커의 추천."""

from dataclasses import dataclass

import numpy as np

from anchorbox_utils.datasets import Dataset
from anchorbox_utils.design.clusters import kmeans_anchors
from anchorbox_utils.design.coverage import AnchorDesign, Coverage, anchor_coverage, center_ceiling
from anchorbox_utils.design.resizing import known_size
from anchorbox_utils.design.statistics import box_statistics
from anchorbox_utils.validation import as_count, as_generator, as_instance, as_number, as_numbers

# 스케일이나 종횡비를 이보다 많이 두는 검출기는 없습니다.
_MOST_CLUSTERS = 9
# 이미지보다 큰 스트라이드는 쓸모가 없습니다.
_LARGEST_STRIDE = 10**6


@dataclass(frozen=True, eq=False)
class Recommendation:
    """:func:`recommend_anchors`의 결과. ``print``하면 설계와 까닭이 함께 보입니다.

    Attributes:
        design: 추천하는 :class:`AnchorDesign`.
        reasons: 그렇게 고른 까닭들.
        coverage: 같은 데이터에서 잰 :class:`Coverage`. 고른 데이터로 잰 것이라 후한 값입니다.
        beyond_reach: 가장 촘촘한 스트라이드로도 ``pos_thr``를 보장하지 못하는 정답의 비율.
    """

    design: AnchorDesign
    reasons: tuple[str, ...]
    coverage: Coverage
    beyond_reach: float

    def __str__(self):
        return "\n".join(
            [
                f"스트라이드 {_listed(self.design.strides)}",
                f"스케일     {', '.join(_listed(level) for level in self.design.scales)}",
                f"종횡비     {_listed(self.design.ratios)} (높이/너비)",
                *(f"- {reason}" for reason in self.reasons),
            ]
        )


def recommend_anchors(
    dataset, strides=(4, 8, 16, 32, 64), pos_thr=0.5, fit=0.85, rng=0, budget=1_000_000
):
    """데이터에 맞는 스트라이드, 스케일, 종횡비를 까닭과 함께 추천합니다.

    1. **스트라이드.** 정답마다, 격자의 어디에 놓여도 IoU ``pos_thr``에 이를 수 있는 가장 성긴
       단계에 맡깁니다. 가장 촘촘한 단계로도 안 되면 그 단계에 두고 그 비율을 알립니다.
    2. **스케일.** 단계마다, 맡은 정답의 크기를 1 - IoU k-평균으로 묶습니다.
    3. **종횡비.** 모든 정답의 모양을 넓이가 1이 되게 하여 같은 방법으로 묶습니다.

    묶음의 수는 평균 IoU가 ``fit`` 이상이 되는 가장 적은 수입니다. 그러다 앵커가 ``budget``을
    넘으면 평균 IoU가 못 미치더라도 묶음을 줄입니다.

    Args:
        dataset: :class:`Dataset`. 망에 들어가는 크기로 조정한 다음이어야 합니다.
        strides: 쓸 수 있는 스트라이드들, 픽셀.
        pos_thr: 학습에 쓸 양성 임계값.
        fit: 묶음의 수를 정하는 평균 모양 IoU.
        rng: ``numpy.random.Generator`` 또는 시드(정수).
        budget: 이미지 한 장에 깔 앵커의 수. 넘으면 묶음의 수를 줄이고 그렇게 했다고 알립니다.
            기본은 RetinaNet이 800 × 1333 이미지에 까는 수(20만쯤)보다 조금 많습니다.

    Returns:
        :class:`Recommendation`.

    Raises:
        ValueError: 박스가 없거나, 크기를 모르는 이미지가 있거나, 인수가 올바르지 않을 때.

    Examples:
        >>> from anchorbox_utils import Dataset, LabeledImage
        >>> dataset = Dataset([LabeledImage("a.png", 640, 480, [[8, 8, 72, 40], [9, 90, 75, 122]])])
        >>> recommend_anchors(dataset).design
        AnchorDesign(strides=(16,), scales=((46.0,),), ratios=(0.5,), offset=0.5)

    출처: 문서 「구현 전에 알아둘 실무 포인트」 1.
    """
    as_instance(dataset, "dataset", Dataset)
    pos_thr = as_number(pos_thr, "pos_thr", above=0, below=1)
    fit = as_number(fit, "fit", above=0, below=1)
    budget = as_count(budget, "budget", least=1)
    available = sorted(as_numbers(strides, "strides", above=0, most=_LARGEST_STRIDE))
    shapes = box_statistics(dataset).shapes
    if len(shapes) == 0:
        raise ValueError("dataset: 박스가 하나도 없어 앵커를 고를 수 없습니다.")
    rng = as_generator(rng)

    reachable = np.stack(
        [center_ceiling(np.full_like(shapes, s), shapes) >= pos_thr for s in available]
    )
    reached = reachable.any(axis=0)
    level = np.where(reached, len(available) - 1 - reachable[::-1].argmax(axis=0), 0)
    used = np.unique(level).tolist()
    sizes = np.sqrt(shapes.prod(axis=1))
    scale_runs = []
    for number in used:
        side = sizes[level == number]
        scale_runs.append(_fewest_clusters(np.stack([side, side], 1), fit, rng))
    ratio_runs = _fewest_clusters(shapes / sizes[:, None], fit, rng)

    def designed(most):
        """묶음을 ``most``개까지만 쓴 설계."""
        return AnchorDesign(
            tuple(_plain(available[number]) for number in used),
            tuple(_rounded(runs[:most][-1].scales, 3) for runs in scale_runs),
            _rounded(ratio_runs[:most][-1].ratios, 2),
        )

    counts = {most: _most_anchors(dataset, designed(most)) for most in range(_MOST_CLUSTERS, 0, -1)}
    most = next((most for most, count in counts.items() if count <= budget), 1)
    design = designed(most)
    ratio_runs = ratio_runs[:most]
    coverage = anchor_coverage(dataset, design)
    shares = ", ".join(f"{_plain(available[n])}: {np.sum(level == n):,}개" for n in used)
    reasons = [
        f"스트라이드: 정답마다, 격자의 어디에 놓여도 IoU {pos_thr:g}에 이를 수 있는 가장 성긴 "
        f"단계에 맡겼습니다({shares}).",
        f"스케일: 단계마다 크기만 견준 평균 IoU가 {fit:g} 이상이 되는 가장 적은 수입니다.",
        "종횡비: 모양만 견준 평균 IoU가 "
        + ", ".join(f"{k}개면 {run.mean_iou:.2f}" for k, run in enumerate(ratio_runs, start=1))
        + "입니다.",
        f"결과: IoU {pos_thr:g} 이상인 앵커가 있는 정답은 {coverage.recall(pos_thr):.0%}, "
        f"앵커는 {coverage.n_anchors:,}개입니다.",
    ]
    if counts[_MOST_CLUSTERS] > budget:
        reasons.insert(1, _budget_reason(counts[_MOST_CLUSTERS], counts[most], budget, most))
    if not reached.all():
        reasons.insert(1, _wall_reason(shapes, reached, available[0], pos_thr))
    return Recommendation(design, tuple(reasons), coverage, float(np.mean(~reached)))


def _most_anchors(dataset, design):
    """앵커가 가장 많은 이미지의 앵커 수."""
    return max(len(design.grid(size)) for size in {known_size(image) for image in dataset.images})


def _budget_reason(wanted, count, budget, most):
    """앵커가 예산을 넘어 줄였다는 것과, 줄여도 넘으면 무엇을 해야 하는지 말합니다."""
    told = (
        f"예산: fit만 보고 고르면 이미지 한 장의 앵커가 {wanted:,}개까지 되어 예산 {budget:,}개를 "
        f"넘습니다. 크기와 모양이 저마다 달라 앵커로 다 맞출 수 없는 데이터입니다. 스케일과 "
        f"종횡비를 {most}개까지로 줄여 {count:,}개가 되었습니다."
    )
    if count <= budget:
        return told
    return f"{told} 그래도 예산을 넘습니다. 더 성긴 스트라이드를 쓰거나 이미지를 줄이세요."


def _wall_reason(shapes, reachable, stride, pos_thr):
    """스트라이드가 벽인 정답의 90%가 벽을 넘으려면 이미지를 몇 배 키워야 하는지 말합니다."""
    p, q = stride / shapes[~reachable].T
    # (1 + p/f)(1 + q/f) = 1/pos_thr를 배율 f에 대해 푼 것입니다.
    total = p + q
    inverse = (np.sqrt(total**2 + 4 * p * q * (1 / pos_thr - 1)) - total) / (2 * p * q)
    factor = np.ceil(np.percentile(1 / inverse, 90) * 10) / 10
    return (
        f"벽: 정답의 {np.mean(~reachable):.0%}는 스트라이드 {_plain(stride)}에서도 자리가 나쁘면 "
        f"IoU {pos_thr:g}에 이르지 못합니다. 스케일과 종횡비로는 고칠 수 없습니다. 더 촘촘한 특징 "
        f"맵을 쓰거나 이미지를 키우세요. {factor:.1f}배로 키우면 그 가운데 90%가 벽을 넘습니다."
    )


def _fewest_clusters(shapes, fit, rng, most=_MOST_CLUSTERS):
    """평균 IoU가 ``fit``에 이를 때까지 묶음을 하나씩 늘린 결과들."""
    runs = []
    for k in range(1, min(most, len(np.unique(shapes, axis=0))) + 1):
        runs.append(kmeans_anchors(shapes, k, rng))
        if runs[-1].mean_iou >= fit:
            break
    return runs


def _rounded(values, digits):
    return tuple(sorted({float(f"{value:.{digits}g}") for value in values}))


def _plain(value):
    """4.0은 4로, 4.5는 4.5로."""
    return int(value) if value == int(value) else float(value)


def _listed(values):
    return "(" + ", ".join(f"{value:g}" for value in values) + ")"
