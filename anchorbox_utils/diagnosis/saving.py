"""진단서의 파일을 쓰기: 다 쓴 다음 한 번에 바꾸고, 우리가 쓰지 않은 파일은 덮지 않습니다."""

import os
from pathlib import Path

from anchorbox_utils.diagnosis.records import COLUMNS, SCHEMA, write_csv, write_json
from anchorbox_utils.files import odd_kind, reason_of, replacing, temporary_beside
from anchorbox_utils.visible import visible

_HEAD = 512


def _write_html(report, file):
    file.write(report.to_html())


# 쓸 수 있는 파일: 이름 → (쓰는 함수, 우리가 쓴 파일의 머리에 있는 글, 인코딩). CSV의 BOM은 엑셀이
# 한글을 바르게 읽게 합니다.
OUTPUTS = {
    "html": (_write_html, SCHEMA, "utf-8"),
    "json": (write_json, SCHEMA, "utf-8"),
    "csv": (write_csv, ",".join(COLUMNS[:7]), "utf-8-sig"),
}


def check_output(kind, path):
    """``path``에 써도 되는지. 우리가 쓴 것이 아닌 파일이 이미 있으면 ValueError입니다."""
    path = _place(path)
    told = f"--{kind}: {visible(path)}"
    if not os.path.isdir(path.parent):
        raise ValueError(f"--{kind}: {visible(path.parent)} 폴더가 없습니다.")
    if os.path.isdir(path):
        raise ValueError(f"{told}은(는) 폴더입니다. 파일 이름까지 적어 주세요.")
    try:
        if os.path.lexists(path):
            if odd := odd_kind(path):
                raise ValueError(f"{told}은(는) 보통 파일이 아니라 {odd}입니다.")
            with open(path, "rb") as file:
                head = file.read(_HEAD)
            if head and OUTPUTS[kind][1].encode() not in head:
                kept = "덮지 않았으니 다른 이름을 주세요."
                raise ValueError(f"{told}에 진단서가 아닌 파일이 이미 있습니다. {kept}")
        temporary = temporary_beside(path)
        temporary.touch()
        temporary.unlink()
    except OSError as error:
        raise ValueError(f"{told}에 쓸 수 없습니다. {reason_of(error)}.") from None


def _place(path):
    """링크면 그것이 가리키는 파일. 바꿔 쓰다가 링크를 잃지 않게 합니다."""
    return Path(os.path.realpath(path))


def save(report, kind, path):
    """진단서를 ``kind``(:data:`OUTPUTS`의 열쇠)로 저장합니다."""
    check_output(kind, path)
    write, _, encoding = OUTPUTS[kind]
    try:
        with replacing(_place(path), "w", encoding=encoding, newline="\n") as file:
            write(report, file)
    except OSError as error:
        reason = f"{visible(path)}에 쓸 수 없습니다. {reason_of(error)}."
        raise OSError(f"--{kind}: {reason} 있던 파일은 그대로입니다.") from None
