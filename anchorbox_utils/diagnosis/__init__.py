"""실행하는 디버깅 체크리스트: 데이터와 앵커와 학습 코드를 진단합니다.

    python -m anchorbox_utils.diagnosis 폴더_또는_JSON --html report.html

- ``findings``: 심각도, 체크리스트의 항목, 찾아낼 수 있는 것의 표(제목, 원인, 할 일).
- ``rows``: 모든 박스와 기록을 담은 표.
- ``data_checks``: 데이터의 검사. 주제마다 ``duplicate_checks``, ``repeat_checks``,
  ``field_checks``, ``file_checks``, ``class_checks``, ``balance``가 나누어 가집니다.
- ``anchor_checks``: 앵커의 검사.
- ``overview``, ``anchor_fit``, ``advice``: 데이터의 통계, 앵커가 덮는 정도, 앵커의 추천.
- ``report``: 진단서. 글로 보이고, ``html``이 ``figures``의 그림, ``sheet``의 사진과 함께 HTML로
  만듭니다. ``details``는 그 표, ``records``는 JSON과 CSV입니다.
- ``missed``: 예측을 주었을 때의 놓친 까닭. ``missed_html``이 그림과 보기 사진을 만듭니다.
- ``repairs``, ``proposal``: 짐작 없이 고칠 수 있는 것과, 고친 사본을 쓰기. ``editors``가 파일을
  고칩니다.
- ``command``, ``options``: 명령줄과 설정 파일.
"""

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.boxes import box_iou, validate_boxes
from anchorbox_utils.coding import decode_boxes, encode_boxes
from anchorbox_utils.datasets import Dataset, Predictions
from anchorbox_utils.diagnosis.anchor_checks import AnchorContext, Settings, run_anchor_checks
from anchorbox_utils.diagnosis.balance import check_balance
from anchorbox_utils.diagnosis.class_checks import check_classes, check_names
from anchorbox_utils.diagnosis.data_checks import DATA_CHECKS
from anchorbox_utils.diagnosis.findings import KINDS, SEVERITIES, TOPICS, Finding
from anchorbox_utils.diagnosis.missed import Missed
from anchorbox_utils.diagnosis.overview import Overview
from anchorbox_utils.diagnosis.report import Report
from anchorbox_utils.diagnosis.rows import Rows
from anchorbox_utils.matching import match_anchors, validate_thresholds
from anchorbox_utils.validation import as_callable, as_count, as_flag, as_fraction, as_instance

__all__ = ["KINDS", "SEVERITIES", "TOPICS", "Finding", "Report", "diagnose"]


def diagnose(
    dataset,
    grid=None,
    *,
    pos_thr=0.5,
    neg_thr=0.4,
    force_match=True,
    match=None,
    encode=encode_boxes,
    decode=decode_boxes,
    decode_anchors=None,
    iou=box_iou,
    num_classes=None,
    background=None,
    predictions=None,
    before_nms=None,
    score_thr=0.25,
):
    """데이터셋과 앵커를 체크리스트대로 진단합니다.

    데이터의 검사는 언제나, 앵커의 검사는 ``grid``를 줄 때만 합니다. ``grid``가 AnchorGrid면 그
    ``image_size``를 학습 입력의 크기로 보고, 이미지를 종횡비를 지켜 거기에 맞추었을 때의 박스로
    검사합니다. 앵커 검사는 이미지를 64장까지 고르게 뽑아서 합니다.

    학습 코드의 함수를 넘기면 그 함수도 시험합니다.

    Args:
        dataset: :class:`Dataset`.
        grid: :class:`AnchorGrid` 또는 (N, 4) 앵커. 없으면 데이터만 봅니다.
        pos_thr: 양성 임계값.
        neg_thr: 음성 임계값.
        force_match: 정답마다 최고 앵커를 강제로 양성으로 만드는지.
        match: ``match(grid, gt_boxes)``. :class:`MatchResult`처럼 labels, matched_gt, iou_max가
            있는 것을 돌려줍니다. 없으면 :func:`match_anchors`를 위의 값으로 부릅니다.
        encode: ``encode(anchors, gt_boxes)``.
        decode: ``decode(anchors, deltas)``.
        decode_anchors: 추론할 때 쓰는 앵커. 없으면 ``grid``와 같습니다.
        iou: ``iou(boxes1, boxes2)``.
        num_classes: 모델의 출력 수. 주면 이 수 이상인 클래스 번호를 찾습니다.
        background: 모델이 배경으로 쓰는 번호. 배경이 따로 없으면 None입니다.
        predictions: :func:`load_predictions`가 읽은 :class:`Predictions`. 주면 놓친 까닭도 봅니다.
        before_nms: NMS 전의 :class:`Predictions`.
        score_thr: 이 점수 이상인 예측만 찾은 것으로 칩니다.

    Returns:
        :class:`Report`.

    Raises:
        ValueError: 임계값이나 앵커가 올바르지 않을 때.

    Examples:
        >>> from anchorbox_utils import AnchorGrid, dataset_from_boxes
        >>> good = dataset_from_boxes([[[10, 10, 42, 40]], [[20, 8, 50, 44]]], (64, 64))
        >>> diagnose(good, AnchorGrid((64, 64), 8, [32])).ok
        True
        >>> bad = dataset_from_boxes([[[42, 10, 10, 40]]], (64, 64))
        >>> diagnose(bad).names
        ['flipped']

    출처: 문서 「실무 디버깅 체크리스트」, 「증상→원인 빠른 매핑」.
    """
    pos_thr, neg_thr = validate_thresholds(pos_thr, neg_thr)
    as_instance(dataset, "dataset", Dataset)
    as_flag(force_match, "force_match")
    for name, function in (("encode", encode), ("decode", decode), ("iou", iou)):
        as_callable(function, name)
    if match is not None:
        as_callable(match, "match")
    for name, given in (("predictions", predictions), ("before_nms", before_nms)):
        if given is not None:
            as_instance(given, name, Predictions)
    if before_nms is not None and predictions is None:
        raise ValueError("before_nms: NMS까지 마친 예측(predictions)도 주세요.")
    score_thr = as_fraction(score_thr, "score_thr")
    if num_classes is not None:
        num_classes = as_count(num_classes, "num_classes", least=1)
    if background is not None:
        background = as_count(background, "background", least=-1)
    if decode_anchors is not None and not isinstance(decode_anchors, AnchorGrid):
        decode_anchors = validate_boxes(decode_anchors, "decode_anchors")
    if grid is not None and not isinstance(grid, AnchorGrid):
        grid = validate_boxes(grid, "grid")
        if not len(grid):
            raise ValueError("grid: 앵커가 하나도 없습니다. 앵커를 보지 않으려면 None을 주세요.")
    rows = Rows(dataset)
    findings = [finding for check in DATA_CHECKS for finding in check(rows)]
    findings += check_classes(rows, num_classes, background)
    findings += check_names(rows)
    overview = Overview(rows)
    findings += check_balance(rows, overview)
    context = None
    if grid is not None:

        def own_match(anchors, gt_boxes):
            return match_anchors(anchors, gt_boxes, pos_thr, neg_thr, force_match)

        settings = Settings(
            pos_thr, match or own_match, match is None, encode, decode, decode_anchors, iou
        )
        context = AnchorContext(rows, grid, settings)
        if rows.claimed.sum() > 0.5 * len(rows):
            evidence = f"박스 {len(rows):,}개 가운데 {rows.claimed.sum():,}개에 문제가 있습니다."
            findings.append(Finding("fix_data_first", evidence))
            context = None
        else:
            try:
                findings += run_anchor_checks(context)
            except Exception as error:
                # 넘겨받은 함수가 무엇을 하다 멈췄든 진단서로 알려 줍니다.
                if (match, encode, decode, iou) == (None, encode_boxes, decode_boxes, box_iou):
                    raise
                evidence = f"{type(error).__name__}: {error}"
                findings.append(Finding("function_failed", evidence))
    missed = None
    if predictions is not None:
        thresholds = {"pos_thr": pos_thr, "neg_thr": neg_thr, "force_match": force_match}
        missed = Missed(rows, context, predictions, before_nms, score_thr, thresholds)
    order = list(SEVERITIES)
    findings.sort(key=lambda finding: order.index(finding.severity))
    return Report(dataset, tuple(findings), rows, context, overview, missed=missed)
