"""학습자가 보낸 것에서 받을 것만 남깁니다. 모르는 이름과 모르는 열쇠는 받지 않습니다."""

import json
import re
from datetime import datetime

from anchorbox_utils.classroom.seat import NAME_LIMIT
from anchorbox_utils.feedback import STATES
from anchorbox_utils.visible import visible
from anchorbox_workshop.board import knowledge

# 한 번에 받는 소식의 수와 글의 크기(바이트).
MOST_EVENTS = 200
MOST_BYTES = 1 << 16
TOKEN = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{32}")
_WORD = re.compile(r"[\w.-]{1,60}")
# 쌓였다가 온 소식도 받지만, 시계가 아주 틀린 컴퓨터의 시각은 믿지 않습니다(초).
OLDEST = 7 * 24 * 3600


def read_json(body):
    """요청의 JSON 사전. 사전이 아니면 ValueError를 냅니다."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("JSON이 아닙니다.") from None
    if not isinstance(content, dict):
        raise ValueError("JSON 사전이 아닙니다.")
    return content


def read_name(value):
    """화면에 보여도 되는 별명. 될 수 없는 값이면 ValueError를 냅니다.

    Examples:
        >>> read_name("  별이 ")
        '별이'
    """
    name = value.strip() if isinstance(value, str) else ""
    if not 1 <= len(name) <= NAME_LIMIT or visible(name) != name:
        raise ValueError(f"별명은 보이는 글자 1~{NAME_LIMIT}자여야 합니다.")
    return name


def seconds(text):
    """ISO 시각의 초. 아니면 None입니다."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.timestamp() if moment.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def read_events(content, now):
    """(받을 소식들, 거절한 소식의 번호들).

    보낸 컴퓨터의 시계가 틀려도 되도록, 보낸 때(``now``)와 받은 때의 차이만큼 시각을 옮깁니다.
    """
    rows = content.get("events")
    if not isinstance(rows, list) or len(rows) > MOST_EVENTS:
        raise ValueError(f"소식은 {MOST_EVENTS}건까지 한 번에 받습니다.")
    there = seconds(content.get("now"))
    shift = now - there if there is not None else 0.0
    read = [read_event(row, shift, now) for row in rows]
    refused = [
        row["id"]
        for row, event in zip(rows, read, strict=True)
        if event is None and isinstance(row, dict) and isinstance(row.get("id"), str)
    ]
    return [event for event in read if event], refused


def read_event(row, shift, now):
    """소식 하나. 받을 수 없으면 None입니다."""
    if not isinstance(row, dict) or not _matches(_ID, row.get("id")):
        return None
    name, status = row.get("name"), row.get("status")
    if not isinstance(name, str) or name not in knowledge.names():
        return None
    if not isinstance(status, str) or status not in STATES:
        return None
    mistake, lesson = row.get("misconception"), row.get("lesson")
    moment = seconds(row.get("time"))
    moment = now if moment is None else min(moment + shift, now)
    return {
        "id": row["id"],
        "kind": "check",
        "name": name,
        "status": status,
        "misconception": mistake if _matches(_WORD, mistake) else None,
        "lesson": lesson if isinstance(lesson, str) and lesson in knowledge.lessons() else None,
        "time": max(moment, now - OLDEST),
    }


def _matches(pattern, value):
    return isinstance(value, str) and pattern.fullmatch(value) is not None
