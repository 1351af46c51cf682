"""사람이 정하는 일. 정한 것은 까닭과 함께 기록에 더해질 뿐, 채점기의 판정을 고쳐 쓰지 않습니다."""

import copy

from anchorbox_utils.homework.catalogue import QUESTIONS

# 판정을 바꾸는 말마다 (설명, 기록의 한 줄을 고치는 함수).
VERDICTS = {
    "passed": ("만점을 줍니다", lambda row: row.update(status="passed", points=list(row["max"]))),
    "half": (
        "공개 검사의 점수만 줍니다",
        lambda row: row.update(status="failed", points=[row["max"][0], 0]),
    ),
    "failed": ("점수를 주지 않습니다", lambda row: row.update(status="failed", points=[0, 0])),
    "innocent": ("수상하지 않다고 봅니다", lambda row: row.update(evidence=[])),
    "confirmed": (
        "수상한 것을 확인했습니다. 점수를 주지 않습니다",
        lambda row: row.update(status="failed", points=[0, 0]),
    ),
}


def overrule(records, learner, exercise, verdict, reason):
    """한 사람의 한 문제의 판정이나 오개념을 바꿉니다.

    Args:
        records: :class:`~anchorbox_workshop.judge.records.Records`.
        learner: 누구의 것인지.
        exercise: 문제 이름.
        verdict: :data:`VERDICTS`의 이름이나, 그 문제의 오개념 이름.
        reason: 까닭. 기록에 남습니다.

    Raises:
        ValueError: 기록이 없는 사람, 그 과제에 없는 문제, 모르는 판정일 때, 까닭이 비었을 때.
    """
    record = records.one(learner)
    if record is None:
        raise ValueError(f"{learner}: 채점한 기록이 없습니다.")
    known = [row["exercise"] for row in record["rows"]]
    if exercise not in known:
        raise ValueError(f"{exercise}: 이 과제의 문제가 아닙니다. 문제: {', '.join(known)}")
    mistakes = {one.name: one.title for one in QUESTIONS[exercise].misconceptions}
    if verdict not in VERDICTS and verdict not in mistakes:
        raise ValueError(
            f"{verdict}: 판정({', '.join(VERDICTS)})이나 이 문제의 오개념이 아닙니다. "
            f"오개념: {', '.join(f'{name}({title})' for name, title in mistakes.items())}"
        )
    _need_reason(reason)
    decision = {"kind": "overrule", "exercise": exercise, "verdict": verdict, "reason": reason}
    records.decide(learner, decision)


def regrade(records, learner, reason):
    """한 사람을 다시 채점하게 합니다. 앞의 점수와 까닭이 기록에 남습니다."""
    record = records.one(learner)
    if record is None:
        raise ValueError(f"{learner}: 채점한 기록이 없습니다.")
    _need_reason(reason)
    before = sum(sum(row["points"]) for row in record["rows"])
    records.decide(learner, {"kind": "regrade", "points_before": before, "reason": reason})
    records.drop(learner)


def _need_reason(reason):
    if not (reason or "").strip():
        raise ValueError("--reason: 까닭을 적어 주세요. 기록에 남습니다.")


def with_decisions(record, decisions):
    """채점기의 기록에 사람이 정한 것을 더한, 내보일 기록."""
    if not decisions:
        return record | {"decisions": []}
    record = copy.deepcopy(record) | {"decisions": decisions}
    for decision in decisions:
        if decision["kind"] != "overrule":
            continue
        row = next(r for r in record["rows"] if r["exercise"] == decision["exercise"])
        if decision["verdict"] in VERDICTS:
            VERDICTS[decision["verdict"]][1](row)
        else:
            mistakes = QUESTIONS[row["exercise"]].misconceptions
            found = next((m for m in mistakes if m.name == decision["verdict"]), None)
            row["misconception"] = decision["verdict"]
            row["hint"] = found.hint if found else None
        row["overruled"] = decision["reason"]
    return record


# 제출 하나를 한마디로. 앞의 것이 먼저입니다.
_WORDS = ("unreadable", "not_judged")
# 상태의 우리말.
STATUS = {
    "graded": "채점함",
    "unreadable": "읽을 수 없음",
    "not_judged": "채점 못 함",
    "suspicious": "확인 필요",
    "mismatch": "학번이 다름",
    "late": "늦음",
    "overruled": "사람이 정함",
    "provisional": "잠정",
}


def status_of(record):
    """한 제출의 상태를 나타내는 낱말들.

    Examples:
        >>> status_of({"rows": [], "late": True, "mismatch": False, "provisional": False})
        ['graded', 'late']
    """
    rows = record["rows"]
    told = [word for word in _WORDS if any(row["status"] == word for row in rows)] or ["graded"]
    if any(row["evidence"] for row in rows):
        told.append("suspicious")
    if any("overruled" in row for row in rows):
        told.append("overruled")
    return told + [word for word in ("mismatch", "late", "provisional") if record[word]]


def points_of(record):
    """(얻은 점수, 만점). 사람이 채점할 글은 넣지 않습니다."""
    rows = record["rows"]
    return sum(sum(row["points"]) for row in rows), sum(sum(row["max"]) for row in rows)
