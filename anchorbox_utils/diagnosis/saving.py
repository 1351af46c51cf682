"""진단서의 파일을 쓰기: 다 쓴 다음 한 번에 바꾸고, 우리가 쓰지 않은 파일은 덮지 않습니다."""

from pathlib import Path

from anchorbox_utils.diagnosis.records import COLUMNS, SCHEMA, write_csv, write_json
from anchorbox_utils.files import replacing, temporary_beside

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
    path = Path(path)
    if not path.parent.is_dir():
        raise ValueError(f"--{kind}: {path.parent} 폴더가 없습니다.")
    if path.is_dir():
        raise ValueError(f"--{kind}: {path}은(는) 폴더입니다. 파일 이름까지 적어 주세요.")
    if path.exists():
        with open(path, "rb") as file:
            head = file.read(_HEAD)
        if head and OUTPUTS[kind][1].encode() not in head:
            raise ValueError(
                f"--{kind}: {path}에 진단서가 아닌 파일이 이미 있습니다. 덮지 않았으니 다른 이름을 "
                "주세요."
            )
    try:
        temporary = temporary_beside(path)
        temporary.touch()
        temporary.unlink()
    except OSError as error:
        raise ValueError(f"--{kind}: {path}에 쓸 수 없습니다. {error.strerror}.") from None


def save(report, kind, path):
    """진단서를 ``kind``(:data:`OUTPUTS`의 열쇠)로 저장합니다."""
    check_output(kind, path)
    write, _, encoding = OUTPUTS[kind]
    with replacing(Path(path), "w", encoding=encoding, newline="\n") as file:
        write(report, file)
