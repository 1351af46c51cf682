"""그림에 쓰는 한글 글꼴(`anchorbox_utils/plotting/fonts/`)을 만드는 도구입니다.

Noto Sans CJK 묶음(.ttc)에서 한국어 글꼴을 골라 강좌에 필요한 글자만 남깁니다. 결과를 저장소에
넣어 두므로 학습자는 실행할 일이 없고, 글자를 더할 때만 다시 실행합니다. 같은 원본과 같은 버전의
fontTools로 실행하면 바이트까지 같은 파일이 나옵니다.

    sudo apt install fonts-noto-cjk
    uv run python tools/make_font.py /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

글꼴 이름을 "Anchorbox Noto Sans KR"로 바꾸는 까닭: 학습자 컴퓨터에 "Noto Sans CJK KR"이 이미
있으면 Matplotlib이 그쪽을 고를 수 있고, 버전이 다르면 저장된 그림과 바이트가 달라집니다.
"""

import argparse
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

FAMILY = "Anchorbox Noto Sans KR"
OUTPUT = (
    Path(__file__).parents[1] / "anchorbox_utils" / "plotting" / "fonts" / "NotoSansKR-subset.otf"
)

RANGES = [
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x00FF),  # 라틴 문자 보충: × ÷ ± · ° ² ³ …
    (0x0391, 0x03C9),  # 그리스 문자
    (0x2010, 0x2027),  # 줄표, 따옴표, …
    (0x2070, 0x209C),  # 위 첨자와 아래 첨자
    (0x2190, 0x21FF),  # 화살표
    (0x2200, 0x22FF),  # 수학 기호(U+2212 빼기표 포함)
    (0x2460, 0x2473),  # ① … ⑳
    (0x25A0, 0x25FF),  # 도형
    (0x2600, 0x26FF),  # ☆ ★ 등
    (0x2700, 0x27BF),  # ✓ ✗ 등
    (0x3000, 0x303F),  # 한중일 문장 부호
    (0x3131, 0x318E),  # 한글 호환 자모
    (0xAC00, 0xD7A3),  # 한글 음절 11,172자
    (0xFF01, 0xFF5E),  # 전각 기호
]
EXTRA = "′″ˆ"


def subset_font(source: Path, output: Path) -> None:
    """`source`(.ttc)의 한국어 글꼴을 줄여 `output`(.otf)에 씁니다."""
    collection = TTCollection(source)
    number = [font["name"].getDebugName(6) for font in collection.fonts].index(
        "NotoSansCJKkr-Regular"
    )
    font = TTFont(source, fontNumber=number, recalcTimestamp=False)

    options = Options()
    options.hinting = False
    options.desubroutinize = False
    options.layout_features = ["kern"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE"]
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(
        unicodes=[code for start, stop in RANGES for code in range(start, stop + 1)], text=EXTRA
    )
    subsetter.subset(font)
    rename(font)
    font.save(output)


def rename(font: TTFont) -> None:
    """글꼴 안의 모든 이름을 `FAMILY`로 바꿉니다. 저작권과 사용 허가 항목은 그대로 둡니다."""
    postscript = FAMILY.replace(" ", "") + "-Regular"
    names = {1: FAMILY, 3: postscript, 4: FAMILY, 6: postscript}
    for record in font["name"].names:
        if record.nameID in names:
            record.string = names[record.nameID]
    cff = font["CFF "].cff
    cff.fontNames[0] = postscript
    top = cff.topDictIndex[0]
    top.FullName, top.FamilyName = FAMILY, FAMILY


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Noto Sans CJK에서 강좌용 한글 글꼴을 만듭니다.")
    parser.add_argument("source", type=Path, help="NotoSansCJK-Regular.ttc의 경로")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    args = parser.parse_args()
    subset_font(args.source, args.output)
    print(f"{args.output.name}: {args.output.stat().st_size:,}바이트")
