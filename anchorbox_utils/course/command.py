"""명령줄: ``anchorbox-reset 02``."""

import argparse
import sys

from anchorbox_utils.course.progress import reset_progress
from anchorbox_utils.course.restore import STEMS, is_changed, reset_lesson


def _parser():
    parser = argparse.ArgumentParser(
        prog="anchorbox-reset",
        description="레슨을 처음 상태로 되돌립니다. 고친 노트북은 날짜를 붙여 옆에 남깁니다.",
        epilog="그런 레슨이 없거나 파일을 쓸 수 없으면 종료 상태가 2입니다.",
    )
    parser.add_argument("lessons", nargs="*", metavar="레슨", help="02, 2, 파일 이름, 또는 all")
    parser.add_argument("--list", action="store_true", help="레슨마다 고친 것이 있는지 보입니다")
    parser.add_argument("--progress", action="store_true", help="진도 기록을 지웁니다")
    return parser


def main(arguments=None):
    """되돌리고 종료 상태를 돌려줍니다. 0 잘 됨, 2 그런 레슨이 없거나 파일을 쓸 수 없음.

    Examples:
        >>> main(["99"])
        2
    """
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # 옛 윈도 콘솔에 없는 글자가 폴더 이름에 있어도 멈추지 않습니다.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        if options.list:
            for stem in STEMS:
                print("고침  " if is_changed(stem) else "그대로", stem)
        if options.progress:
            reset_progress()
        if options.lessons or not (options.list or options.progress):
            print(reset_lesson(*options.lessons))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0
