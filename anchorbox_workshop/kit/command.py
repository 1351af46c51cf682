"""``anchorbox-workshop``: 강사의 페이지를 엽니다."""

import argparse
import sys
import webbrowser
from pathlib import Path

from anchorbox_workshop.kit.lessons import TEXTS, KitError

try:
    from anchorbox_workshop.kit.page import write_page
except ModuleNotFoundError as error:
    raise SystemExit(
        f'{error.name}이(가) 없습니다. pip install "anchorbox-utils[workshop]"으로 설치하세요.'
    ) from None

MISSING = (
    "workshop/ 폴더가 없습니다. 강사의 글은 꾸러미가 아니라 강좌의 저장소에 있으니, 내려받은 "
    "강좌의 폴더에서 `uv run anchorbox-workshop`으로 실행하세요."
)


def parser():
    """명령의 인수들."""
    told = argparse.ArgumentParser(
        prog="anchorbox-workshop",
        description="강사의 페이지를 엽니다. 진행표, 타이머, 노트, 채점이 한곳에 있습니다.",
    )
    told.add_argument(
        "--no-browser", action="store_true", help="페이지를 만들기만 하고 브라우저로 열지 않습니다"
    )
    told.set_defaults(work=open_page)
    works = told.add_subparsers(title="그 밖의 일", metavar="")
    slides = works.add_parser("slides", help="슬라이드를 HTML, PDF, 메모로 짓습니다")
    slides.set_defaults(work=build)
    usb = works.add_parser("usb", help="네트워크 없이 설치할 USB 꾸러미를 만듭니다")
    usb.add_argument("folder", type=Path, help="꾸러미를 만들 빈 폴더")
    usb.add_argument(
        "--platform",
        action="extend",
        nargs="+",
        choices=["windows", "macos", "linux"],
        help="휠을 받을 운영 체제. 여럿을 적을 수 있습니다(적지 않으면 이 컴퓨터)",
    )
    usb.add_argument(
        "--python",
        action="extend",
        nargs="+",
        metavar="3.12",
        help="학습자의 Python. 여럿을 적을 수 있습니다(적지 않으면 이 컴퓨터의 것)",
    )
    usb.set_defaults(work=pack)
    hub = works.add_parser("hub", help="교실의 JupyterHub를 시험 삼아 켭니다")
    hub.set_defaults(work=serve)
    return told


def build(args):
    """슬라이드를 짓고 페이지에 잇습니다."""
    # fontTools와 실험대까지 불러오는 것은 지을 때뿐입니다.
    from anchorbox_workshop.kit.slides import build_slides

    folder = build_slides()
    write_page()
    print(f"슬라이드: {folder}")


def pack(args):
    """USB 꾸러미를 만듭니다."""
    from anchorbox_workshop.kit import usb

    platforms, pythons = args.platform or [usb.HERE_NAME], args.python or [usb.PYTHON]
    missing = usb.build_usb(args.folder, platforms, pythons)
    size = sum(path.stat().st_size for path in args.folder.rglob("*") if path.is_file())
    print(f"USB 꾸러미: {args.folder.resolve()} ({size / 1e6:.0f} MB)")
    for name in missing:
        print(f"  {usb.MISSING[name]}")


def serve(args):
    """허브를 켭니다."""
    from anchorbox_workshop.kit.hub import run_hub

    run_hub()


def open_page(args):
    """페이지를 만들고 브라우저로 엽니다."""
    path = write_page()
    print(f"강사의 페이지: {path}")
    if not args.no_browser and not webbrowser.open(path.as_uri()):
        print("브라우저를 열지 못했습니다. 위의 파일을 브라우저로 여세요.")


def main(argv=None):
    """명령의 본문. 끝나면 종료 상태를 돌려줍니다."""
    args = parser().parse_args(argv)
    try:
        if not TEXTS.is_dir():
            raise KitError(MISSING)
        args.work(args)
    except KitError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
