"""제출한 노트북의 글을 읽습니다. 학습자의 코드는 여기서 파이썬으로 읽지도 않습니다."""

import json


class Unreadable(ValueError):
    """노트북으로 읽을 수 없는 파일입니다."""


def read_cells(content, limit):
    """코드 셀마다 [과제의 셀 이름이나 빈 글, 글].

    저장할 때 붙은 BOM, cp949로 저장한 글, 사라진 메타데이터, 옛 형식(v3)을 받아들입니다.

    Raises:
        Unreadable: JSON이 아니거나, 셀이 없거나, 너무 클 때.

    Examples:
        >>> book = {"cells": [{"cell_type": "code", "metadata": {}, "source": ["x = 1"]}]}
        >>> read_cells(b"\\xef\\xbb\\xbf" + json.dumps(book).encode(), 1000)
        [['', 'x = 1']]
        >>> read_cells(b"{", 1000)
        Traceback (most recent call last):
            ...
        anchorbox_workshop.judge.notebook.Unreadable: 노트북 파일이 깨져 있습니다(JSON이 아닙니다).
    """
    cells = []
    for cell in notebook_cells(content, limit):
        if cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            lines = source if isinstance(source, list) else [source]
            if not all(isinstance(line, str) for line in lines):
                raise Unreadable("셀의 글이 글이 아닙니다.")
            text = "".join(lines).encode("utf-8", "replace").decode("utf-8")
            cells.append([grade_id(cell), text.replace("\r\n", "\n")])
    return cells


def notebook_cells(content, limit):
    """노트북의 셀(사전)들."""
    if len(content) > limit:
        raise Unreadable(f"파일이 너무 큽니다({len(content) / 1e6:.1f} MB).")
    try:
        book = json.loads(_text(content))
    except (ValueError, RecursionError):
        raise Unreadable("노트북 파일이 깨져 있습니다(JSON이 아닙니다).") from None
    cells = book.get("cells") if isinstance(book, dict) else None
    if cells is None and isinstance(book, dict) and isinstance(book.get("worksheets"), list):
        sheets = [sheet for sheet in book["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets for cell in sheet.get("cells") or ()]
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise Unreadable("노트북이 아닙니다. 셀이 없습니다.")
    return cells


def grade_id(cell):
    """nbgrader가 붙인 셀의 이름. 없으면 빈 글입니다."""
    for key in ("metadata", "nbgrader", "grade_id"):
        cell = cell.get(key) if isinstance(cell, dict) else None
    return cell if isinstance(cell, str) else ""


def _text(content):
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp949")
