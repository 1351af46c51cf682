"""명령줄: ``python -m anchorbox_utils.diagnosis 폴더_또는_파일``."""

import contextlib
import math
import os
import sys

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.datasets import load_dataset, load_predictions
from anchorbox_utils.diagnosis import diagnose
from anchorbox_utils.diagnosis.details import details
from anchorbox_utils.diagnosis.options import exit_code, parse_options
from anchorbox_utils.diagnosis.proposal import check_target, propose
from anchorbox_utils.diagnosis.saving import OUTPUTS, check_output, save
from anchorbox_utils.files import reason_of
from anchorbox_utils.visible import visible

# 4096×4096에 스트라이드 4로 앵커를 아홉씩 깔아도 이 안입니다. 넘으면 메모리를 다 씁니다.
MOST_ANCHORS = 10_000_000


def _grid(options):
    if options.input_size is None:
        return None
    scales = options.scales or [[s * 4 * 2 ** (i / 3) for i in range(3)] for s in options.strides]
    if len(scales) == 1:
        (scales,) = scales
    _check_anchors(options, max(map(len, scales)) if isinstance(scales[0], list) else len(scales))
    return AnchorGrid(options.input_size, options.strides, scales, options.ratios)


def _check_anchors(options, per_cell):
    cells = sum(
        math.prod(math.ceil(side / stride) for side in options.input_size)
        for stride in options.strides
    )
    count = cells * per_cell * len(options.ratios)
    if count > MOST_ANCHORS:
        raise ValueError(
            f"--input-size, --strides: 앵커가 {count:,}개가 됩니다. {MOST_ANCHORS:,}개까지 볼 수 "
            "있으니 스트라이드를 키우거나 입력 크기를 줄이세요."
        )


def main(arguments=None):
    """진단하고 종료 상태를 돌려줍니다. 뜻은 :data:`EXIT_CODES`에 있습니다.

    Examples:
        >>> main(["없는_폴더"])
        2
    """
    for stream in (sys.stdout, sys.stderr):
        # 옛 윈도 콘솔이나 C 로캘에 없는 글자가 있어도 멈추지 않습니다.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        return _run(parse_options(arguments))
    except KeyboardInterrupt:
        _tell("멈췄습니다. 쓰던 파일은 남기지 않았고, 있던 파일은 그대로입니다.", sys.stderr)
        return 130
    except BrokenPipeError:
        # argparse가 도움말을 쓰는 동안 받는 쪽이 끝났습니다.
        return 0
    finally:
        for stream in (sys.stdout, sys.stderr):
            _flush(stream)


def _run(options):
    outputs = {kind: getattr(options, kind) for kind in OUTPUTS if getattr(options, kind)}
    try:
        if len({os.path.realpath(path) for path in outputs.values()}) < len(outputs):
            raise ValueError("진단서의 파일마다 서로 다른 이름을 주세요.")
        # 오래 진단한 다음에야 쓸 수 없다고 하지 않습니다.
        for kind, path in outputs.items():
            check_output(kind, path)
        if options.fix:
            check_target(options.path, options.fix)
        grid = _grid(options)
        dataset = load_dataset(
            options.path, options.format, options.images, options.names, options.one_based
        )
        predictions, before_nms = (
            path and load_predictions(path, dataset)
            for path in (options.predictions, options.before_nms)
        )
        found = diagnose(
            dataset,
            grid,
            pos_thr=options.pos_thr,
            neg_thr=options.neg_thr,
            num_classes=options.num_classes,
            background=options.background,
            predictions=predictions,
            before_nms=before_nms,
            score_thr=options.score_thr,
        )
        report = found.without(options.ignore)
        _tell(f"{report}\n\n{details(report)}\n\n결론: {report.verdict()}")
        if options.config:
            _tell(f"설정: {options.config}")
        for kind, path in outputs.items():
            save(report, kind, path)
            _tell(f"{kind.upper()}: {path}")
        if options.fix:
            _tell(f"\n{propose(found, options.path, options.fix)}")
    except (ValueError, OSError, MemoryError) as error:
        _tell(_explain(error), sys.stderr)
        return 2
    return exit_code(report, options.fail_on)


def _explain(error):
    if isinstance(error, MemoryError):
        return "메모리가 모자라 멈췄습니다. 데이터를 나누어 진단하세요."
    if isinstance(error, OSError) and error.errno is not None:
        return f"{error.filename or '파일'}: {reason_of(error)}."
    return error


def _tell(text, stream=None):
    """한 줄 이상의 글을 씁니다. 받는 쪽이 먼저 끝났으면 조용히 하고, 파일은 마저 저장합니다."""
    stream = sys.stdout if stream is None else stream
    try:
        print(visible(text, lines=True), file=stream, flush=True)
    except BrokenPipeError:
        _drop(stream)


def _flush(stream):
    try:
        if stream is not None:
            stream.flush()
    except (OSError, ValueError):
        _drop(stream)


def _drop(stream):
    """파이썬이 끝나면서 못다 쓴 글 때문에 다시 오류를 내지 않게, 버리는 곳에 잇습니다."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
