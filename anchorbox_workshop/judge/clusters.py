"""이름 없는 틀린 답들을 하는 짓이 같은 것끼리 모으고, 한 무리를 새 오개념으로 옮깁니다."""

import textwrap
from collections import Counter, defaultdict

from anchorbox_utils.homework.catalogue import QUESTIONS

# 한 무리로 보일 때 몇 사람부터인지.
AT_LEAST = 2


class Tally:
    """기록을 하나씩 보며 센 것. 사람의 수가 늘어도 거의 자라지 않습니다."""

    def __init__(self):
        self.learners = 0
        self.points = Counter()
        self.statuses = defaultdict(Counter)
        self.misconceptions = defaultdict(Counter)
        self.clusters = defaultdict(Counter)
        self.sample = {}
        self.words = Counter()
        self.attention = []
        self.numbers = defaultdict(list)

    def add(self, record, words, points):
        """기록 하나를 더합니다."""
        self.learners += 1
        self.points[points[0]] += 1
        self.total = points[1]
        self.words.update(words)
        # 쉼표가 붙은 늦음은 확인할 일이 아닙니다.
        ask = [w for w in words if w not in ("graded", "late", "provisional", "overruled")]
        if ask or record["notes"]:
            self.attention.append((record["learner"], words, attention_of(record)))
        if record["number"]:
            self.numbers[record["number"]].append(record["learner"])
        for row in record["rows"]:
            name = row["exercise"]
            self.statuses[name][row["status"]] += 1
            if row["misconception"]:
                self.misconceptions[name][row["misconception"]] += 1
            elif "behaviour" in row:
                self.clusters[name][row["behaviour"]] += 1
                self.sample.setdefault((name, row["behaviour"]), record["learner"])

    def ranked(self):
        """(사람 수, 문제, 오개념)들, 많은 것부터."""
        rows = [
            (count, name, mistake)
            for name, counts in self.misconceptions.items()
            for mistake, count in counts.items()
        ]
        return sorted(rows, key=lambda row: (-row[0], row[1], row[2]))

    def unnamed(self):
        """(사람 수, 문제, 무리)들, 많은 것부터. 혼자인 것은 넣지 않습니다."""
        rows = [
            (count, name, behaviour)
            for name, counts in self.clusters.items()
            for behaviour, count in counts.items()
            if count >= AT_LEAST
        ]
        return sorted(rows, key=lambda row: (-row[0], row[1], row[2]))

    def shared_numbers(self):
        """여러 사람이 함께 쓴 학번과 그 사람들."""
        return {number: who for number, who in self.numbers.items() if len(who) > 1}


def attention_of(record):
    """강사가 볼 글들: 쪽지와 수상한 줄."""
    rows = record["rows"]
    told = list(record["notes"])
    # 같은 줄이 문제마다 보이므로 한 번만 적습니다.
    told += dict.fromkeys(one for row in rows for one in row["evidence"])
    if all(row["status"] in ("unreadable", "not_judged") for row in rows):
        told.append(rows[0]["public"]["message"])
    return told


def source_of(records, tally_key):
    """그 무리의 한 사람이 쓴 글."""
    exercise, behaviour = tally_key
    for record in records:
        for row in record["rows"]:
            if row["exercise"] == exercise and row.get("behaviour") == behaviour:
                return row["source"]
    raise ValueError(f"{exercise}/{behaviour}: 그런 무리가 없습니다. class.html에서 이름을 보세요.")


def misconception_entry(exercise, behaviour, source):
    """문제의 파일에 붙여 넣을, 새 오개념의 코드.

    Examples:
        >>> print(misconception_entry("box_iou", "ab12", "def box_iou(boxes1, boxes2):\\n    return 0"))
        def _unnamed_ab12(boxes1, boxes2):
            def box_iou(boxes1, boxes2):
                return 0
        <BLANKLINE>
            return box_iou(boxes1, boxes2)
        <BLANKLINE>
        <BLANKLINE>
        # box_iou의 misconceptions에 더합니다. 이름, 제목, 힌트를 고치고 CONTRIBUTING.md의 (나)를 따르세요.
        Misconception(
            "unnamed_ab12",
            "여기에 짧은 제목",
            _unnamed_ab12,
            "여기에 생각할 곳을 가리키는 힌트를 한두 문장으로 적어 주세요. 답은 알려 주지 않습니다.",
        ),
    """  # noqa: E501
    parameters = ", ".join(QUESTIONS[exercise].parameters)
    body = textwrap.indent(source, "    ")
    return (
        f"def _unnamed_{behaviour}({parameters}):\n{body}\n\n"
        f"    return {exercise}({parameters})\n\n\n"
        f"# {exercise}의 misconceptions에 더합니다. 이름, 제목, 힌트를 고치고 "
        "CONTRIBUTING.md의 (나)를 따르세요.\n"
        f'Misconception(\n    "unnamed_{behaviour}",\n    "여기에 짧은 제목",\n'
        f"    _unnamed_{behaviour},\n"
        '    "여기에 생각할 곳을 가리키는 힌트를 한두 문장으로 적어 주세요. 답은 알려 주지 '
        '않습니다.",\n),'
    )
