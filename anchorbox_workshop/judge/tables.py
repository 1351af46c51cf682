"""성적표(CSV)와 모든 판정(JSON)."""

import csv
import io
import json
import platform

import numpy as np

from anchorbox_utils.files import replacing
from anchorbox_workshop.judge.people import points_of, status_of
from anchorbox_workshop.judge.records import VERSION

COLUMNS = ("learner", "assignment", "points", "max_points", "status")
# Excel은 이런 글자로 시작하는 칸을 수식으로 실행합니다.
_FORMULA = tuple("=+-@\t\r\n")


def cell(text):
    """Excel이 수식으로 읽지 않는 칸.

    Examples:
        >>> cell("=cmd()"), cell("홍길동")
        ("'=cmd()", '홍길동')
    """
    return f"'{text}" if str(text).startswith(_FORMULA) else text


def write_grades(path, records):
    """한 사람이 한 줄인 성적표. 한국어 Excel에서 그대로 열립니다."""
    with replacing(path, "w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        header = None
        for record in records:
            if header is None:
                header = [row["exercise"] for row in record["rows"]]
                table.writerow([*COLUMNS, *header])
            points, total = points_of(record)
            told = [record["learner"], record["assignment"], points, total]
            each = [sum(row["points"]) for row in record["rows"]]
            table.writerow([cell(one) for one in (*told, " ".join(status_of(record)), *each)])
        if header is None:
            table.writerow(COLUMNS)


def write_results(path, records, assignment, secret):
    """모든 판정. 같은 씨앗과 같은 제출이면 같은 파일입니다."""
    head = {
        "assignment": assignment,
        "seed": secret,
        "versions": {
            "judge": VERSION,
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
    }
    with replacing(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "records": [')
        for number, record in enumerate(records):
            file.write("," * bool(number) + "\n  " + json.dumps(record, ensure_ascii=False))
        file.write("\n ]\n}\n")


def read_roster(path):
    """명단(CSV의 앞 두 열: 사람, 학번)을 사전으로. utf-8과 cp949를 읽습니다.

    Raises:
        ValueError: 학번이 숫자가 아닌 줄이 있을 때.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp949")
    roster = {}
    for line, row in enumerate(csv.reader(io.StringIO(text)), start=1):
        if len(row) < 2:
            continue
        learner, number = row[0].strip(), row[1].strip()
        if not (number.isascii() and number.isdigit()):
            if line == 1:
                # 열의 이름입니다.
                continue
            raise ValueError(f"{path}의 {line}번째 줄: 학번이 숫자가 아닙니다({number!r}).")
        roster[learner] = number
    return roster
