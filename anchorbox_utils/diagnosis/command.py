"""명령줄: ``python -m anchorbox_utils.diagnosis 폴더_또는_JSON``."""

import argparse
import sys

from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.datasets import load_dataset
from anchorbox_utils.datasets.formats import FILE_TITLES, FORMATS, TITLES
from anchorbox_utils.diagnosis import diagnose

_STRIDES = (8.0, 16.0, 32.0, 64.0, 128.0)


def _parser():
    parser = argparse.ArgumentParser(
        prog="anchorbox-diagnose",
        description=f"{TITLES} 라벨을 디버깅 체크리스트로 진단합니다.",
        epilog="오류가 있으면 종료 상태가 1, 파일을 읽을 수 없으면 2입니다.",
    )
    parser.add_argument("path", help=f"폴더, {FILE_TITLES} 파일, 또는 YOLO의 data.yaml")
    parser.add_argument("--html", metavar="FILE", help="그림이 든 HTML 진단서를 저장할 파일")
    parser.add_argument("--format", choices=tuple(FORMATS), help="기본: 내용으로 알아봄")
    parser.add_argument("--images", metavar="DIR", help="이미지 폴더. 기본: path와 이웃에서 찾음")
    parser.add_argument("--names", metavar="FILE", help="YOLO 클래스 이름 파일")
    parser.add_argument("--one-based", action="store_true", help="VOC 좌표를 1부터 센 것으로 읽기")
    parser.add_argument(
        "--input-size",
        nargs=2,
        type=float,
        metavar=("H", "W"),
        help="학습 입력 크기. 주면 앵커도 검사합니다",
    )
    numbers = {"nargs": "+", "type": float, "metavar": "N"}
    parser.add_argument("--strides", **numbers, default=_STRIDES, help="기본: 8 16 32 64 128")
    parser.add_argument(
        "--scales",
        action="append",
        type=_numbers,
        metavar="N,N,…",
        help="앵커 크기(px). 단계 수만큼 되풀이하거나 한 번. 기본: 스트라이드의 4, 5.04, 6.35배",
    )
    parser.add_argument("--ratios", **numbers, default=(0.5, 1.0, 2.0), help="h/w. 기본: 0.5 1 2")
    parser.add_argument("--pos-thr", type=float, default=0.5, help="양성 임계값. 기본: 0.5")
    parser.add_argument("--neg-thr", type=float, default=0.4, help="음성 임계값. 기본: 0.4")
    parser.add_argument("--num-classes", type=int, help="모델의 출력 수")
    parser.add_argument("--background", type=int, help="모델이 배경으로 쓰는 번호")
    return parser


def _numbers(text):
    return [float(part) for part in text.split(",")]


def _grid(options):
    if options.input_size is None:
        return None
    scales = options.scales or [[s * 4 * 2 ** (i / 3) for i in range(3)] for s in options.strides]
    if len(scales) == 1:
        (scales,) = scales
    return AnchorGrid(options.input_size, options.strides, scales, options.ratios)


def main(arguments=None):
    """진단하고 종료 상태를 돌려줍니다. 0 이상 없음, 1 오류 있음, 2 읽을 수 없음.

    Examples:
        >>> main(["없는_폴더"])
        2
    """
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # 옛 윈도 콘솔에 없는 글자가 파일 이름에 있어도 멈추지 않습니다.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        dataset = load_dataset(
            options.path, options.format, options.images, options.names, options.one_based
        )
        report = diagnose(
            dataset,
            _grid(options),
            pos_thr=options.pos_thr,
            neg_thr=options.neg_thr,
            num_classes=options.num_classes,
            background=options.background,
        )
        print(report)
        if options.html:
            report.save_html(options.html)
            print(f"\nHTML 진단서: {options.html}")
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if report.ok else 1
