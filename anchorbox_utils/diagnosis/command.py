"""명령줄: ``python -m anchorbox_utils.diagnosis 폴더_또는_파일``."""

import os
import sys

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.datasets import load_dataset, load_predictions
from anchorbox_utils.diagnosis import diagnose
from anchorbox_utils.diagnosis.details import details
from anchorbox_utils.diagnosis.options import exit_code, parse_options
from anchorbox_utils.diagnosis.proposal import check_target, propose
from anchorbox_utils.diagnosis.saving import OUTPUTS, check_output, save


def _grid(options):
    if options.input_size is None:
        return None
    scales = options.scales or [[s * 4 * 2 ** (i / 3) for i in range(3)] for s in options.strides]
    if len(scales) == 1:
        (scales,) = scales
    return AnchorGrid(options.input_size, options.strides, scales, options.ratios)


def main(arguments=None):
    """진단하고 종료 상태를 돌려줍니다. 뜻은 :data:`EXIT_CODES`에 있습니다.

    Examples:
        >>> main(["없는_폴더"])
        2
    """
    options = parse_options(arguments)
    for stream in (sys.stdout, sys.stderr):
        # 옛 윈도 콘솔에 없는 글자가 파일 이름에 있어도 멈추지 않습니다.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    outputs = {kind: getattr(options, kind) for kind in OUTPUTS if getattr(options, kind)}
    try:
        if len({os.path.abspath(path) for path in outputs.values()}) < len(outputs):
            raise ValueError("진단서의 파일마다 서로 다른 이름을 주세요.")
        # 오래 진단한 다음에야 쓸 수 없다고 하지 않습니다.
        for kind, path in outputs.items():
            check_output(kind, path)
        if options.fix:
            check_target(options.path, options.fix)
        dataset = load_dataset(
            options.path, options.format, options.images, options.names, options.one_based
        )
        predictions, before_nms = (
            path and load_predictions(path, dataset)
            for path in (options.predictions, options.before_nms)
        )
        found = diagnose(
            dataset,
            _grid(options),
            pos_thr=options.pos_thr,
            neg_thr=options.neg_thr,
            num_classes=options.num_classes,
            background=options.background,
            predictions=predictions,
            before_nms=before_nms,
            score_thr=options.score_thr,
        )
        report = found.without(options.ignore)
        print(report, details(report), sep="\n\n")
        print(f"\n결론: {report.verdict()}")
        if options.config:
            print(f"설정: {options.config}")
        for kind, path in outputs.items():
            save(report, kind, path)
            print(f"{kind.upper()}: {path}")
        if options.fix:
            print(f"\n{propose(found, options.path, options.fix)}")
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return exit_code(report, options.fail_on)
