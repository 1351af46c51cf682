"""교실을 화면의 데이터로. 함께 보는 화면에는 누가 무엇을 틀렸는지가 들어가지 않습니다."""

from collections import Counter, defaultdict

from anchorbox_workshop.board import knowledge

# 화면에 보일 오개념과 막힌 사람의 수, 조용하다고 볼 시간(초).
MOST_MISTAKES = 8
MOST_STUCK = 12
QUIET = 300
# 함께 보는 화면에는 혼자만의 오개념을 띄우지 않습니다. 모두가 누구인지 찾게 됩니다.
LEAST_SHOWN = 2


def exercises(room):
    """검사한 적이 있는 문제마다의 판정의 수. 나간 사람은 세지 않습니다."""
    counts = defaultdict(Counter)
    for (number, name), cell in room.cells.items():
        if not room.learners[number].left:
            counts[name][cell.status] += 1
    places = knowledge.names()
    return [
        {
            "name": name,
            "title": knowledge.title(name),
            "lesson": knowledge.home(name),
            "counts": dict(counts[name]),
        }
        for name in sorted(counts, key=places.__getitem__)
    ]


def misconceptions(room):
    """지금 교실에서 나타난 오개념. 통과하지 못한 채로 그 오개념에 있는 사람이 많은 것부터."""
    holders = defaultdict(list)
    for (number, name), cell in room.cells.items():
        learner = room.learners[number]
        if cell.status == "failed" and cell.misconception and not learner.left:
            holders[name, cell.misconception].append((cell, learner))
    ranked = sorted(
        holders.items(), key=lambda item: (-len(item[1]), -max(c.time for c, _ in item[1]), item[0])
    )
    told = []
    for (name, mistake), people in ranked[:MOST_MISTAKES]:
        advice = knowledge.advice(name, mistake)
        told.append(
            {
                "name": name,
                "title": knowledge.title(name),
                "misconception": mistake,
                "count": len(people),
                "hint": advice.hint,
                "intervention": advice.intervention,
                "ours": advice.ours,
                "since": min(cell.since for cell, _ in people),
                "people": [learner.name for _, learner in people],
            }
        )
    return told


def unnamed(room):
    """아직 이름을 붙이지 않은 틀린 답과 멈춘 코드의 수: (문제, 다시 보기, 실행 중 멈춤)."""
    counts = defaultdict(Counter)
    for (number, name), cell in room.cells.items():
        if room.learners[number].left or cell.status not in ("failed", "error"):
            continue
        if cell.status == "error" or not cell.misconception:
            counts[name][cell.status] += 1
    return [
        {"name": name, "failed": each["failed"], "error": each["error"]}
        for name, each in sorted(counts.items(), key=lambda item: -item[1].total())
    ]


def stuck(room, now):
    """지금 하는 문제에서 가장 오래 막힌 사람부터. 조용한 사람도 그 까닭과 함께 넣습니다."""
    told = []
    for learner in room.present():
        cell = room.cells.get((learner.number, learner.current))
        if cell is not None and cell.status != "passed":
            row = {"name": learner.current, "since": cell.since, "why": cell.status}
            row |= {"tries": cell.tries, "misconception": cell.misconception}
        elif now - learner.seen > QUIET:
            row = {"name": learner.current, "since": learner.seen, "why": "quiet"}
            row |= {"tries": 0, "misconception": None}
        else:
            continue
        told.append(row | {"learner": learner.name})
    return sorted(told, key=lambda row: row["since"])[:MOST_STUCK]


def hands(room):
    """든 손, 먼저 든 것부터."""
    up = sorted(
        (learner.hand, learner.number, learner.name)
        for learner in room.present()
        if learner.hand is not None
    )
    return [{"learner": name, "number": number, "since": since} for since, number, name in up]


def prediction(room, name, answered, shown=True):
    """물음 하나: 보기, 차례마다의 수, 마지막 두 차례 사이에 옮겨 간 수."""
    rounds = room.ballots.get(name, {})
    options = knowledge.options(name)
    told = {
        "name": name,
        "lesson": knowledge.home(name),
        "ask": knowledge.ask(name),
        "options": [{"text": one.text} for one in options],
        "rounds": [],
        "moved": None,
    }
    if answered:
        for row, one in zip(told["options"], options, strict=True):
            row |= {"right": one.right, "why": one.why}
    for number in sorted(rounds):
        counts = Counter(rounds[number].values())
        row = {"round": number, "total": counts.total()}
        if shown:
            row["counts"] = [counts[one.name] for one in options]
        told["rounds"].append(row)
    votes = sorted(number for number in rounds if number > 0)
    if shown and answered and len(votes) > 1:
        told["moved"] = _moved(*(rounds[number] for number in votes[-2:]), options)
    return told


def _moved(first, second, options):
    right = {one.name for one in options if one.right}
    both = first.keys() & second.keys()
    pairs = Counter((first[who] in right, second[who] in right) for who in both)
    return {
        "wrong_to_right": pairs[False, True],
        "right_to_wrong": pairs[True, False],
        "stayed_right": pairs[True, True],
        "stayed_wrong": pairs[False, False],
    }


def vote(room, private):
    """열린 투표. 함께 보는 화면에는 강사가 보인 것만 있습니다."""
    now = room.vote
    if not now:
        return None
    answered, shown = private or now["answered"], private or now["shown"]
    return prediction(room, now["question"], answered, shown) | {
        key: now[key] for key in ("round", "open", "shown", "answered")
    }


def cards(room):
    """예측 카드와 투표가 모인 물음들, 강사에게만."""
    places = knowledge.names()
    return [
        prediction(room, name, answered=True)
        for name in sorted(room.ballots, key=places.__getitem__)
    ]


def spotlight(room):
    """강사가 함께 보는 화면에 띄운 오개념. 없으면 None입니다."""
    chosen = room.controls.get("spotlight")
    if not chosen:
        return None
    name, mistake = chosen["name"], chosen["misconception"]
    advice = knowledge.advice(name, mistake)
    found = [
        row
        for row in misconceptions(room)
        if (row["name"], row["misconception"]) == (name, mistake)
    ]
    return {
        "name": name,
        "title": knowledge.title(name),
        "misconception": mistake,
        "count": found[0]["count"] if found else 0,
        "hint": advice.hint,
    }


def lesson(room):
    """볼 레슨: 강사가 고른 것, 고르지 않았으면 지금 가장 많은 사람이 하는 것."""
    chosen = room.controls.get("lesson")
    if chosen:
        return chosen
    at = Counter(knowledge.home(one.current) for one in room.present() if one.current)
    return at.most_common(1)[0][0] if at else None


def pace(room):
    """시작한 때와 지금의 단계."""
    return {"started": room.controls.get("started"), "step": room.controls.get("step")}


def projector_view(room, now):
    """함께 보는 화면. 이름이 하나도 없습니다."""
    hidden = ("people", "intervention", "ours")
    return {
        "now": now,
        "people": len(room.present()),
        "exercises": exercises(room),
        "mistakes": [
            {key: value for key, value in row.items() if key not in hidden}
            for row in misconceptions(room)
            if row["count"] >= LEAST_SHOWN
        ],
        "spotlight": spotlight(room),
        "vote": vote(room, private=False),
        "lesson": lesson(room),
        "pace": pace(room),
    }


def private_view(room, now, last=0):
    """강사의 화면. ``last`` 뒤에 바뀐 사람과 칸만 담습니다."""
    return {
        "now": now,
        "full": last == 0,
        "people": len(room.present()),
        "learners": [
            [one.number, one.name, one.left] for one in room.learners.values() if one.seq > last
        ],
        "cells": [
            [number, name, cell.status, cell.misconception, cell.tries]
            for (number, name), cell in room.cells.items()
            if cell.seq > last
        ],
        "exercises": exercises(room),
        "mistakes": misconceptions(room),
        "unnamed": unnamed(room),
        "stuck": stuck(room, now),
        "hands": hands(room),
        "vote": vote(room, private=True),
        "cards": cards(room),
        "spotlight": spotlight(room),
        "lesson": lesson(room),
        "chosen_lesson": room.controls.get("lesson"),
        "pace": pace(room),
    }
