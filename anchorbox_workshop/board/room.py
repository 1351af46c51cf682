"""지금의 교실. 적힌 바뀜을 차례로 넣으면 언제나 같은 교실이 됩니다."""

import json
from dataclasses import dataclass, field

from anchorbox_workshop.board import knowledge


@dataclass
class Learner:
    """참여한 사람 하나. 시각은 모두 초입니다."""

    number: int
    name: str
    joined: float
    seq: int
    left: bool = False
    hand: float | None = None
    seen: float = 0.0
    current: str | None = None
    sent: int = 0


@dataclass
class Cell:
    """한 사람의 한 문제.

    Attributes:
        since: 통과하지 못한 채로 처음 검사한 때. 통과하면 그때입니다.
        tries: 검사한 수.
    """

    status: str
    misconception: str | None
    since: float
    time: float
    seq: int
    tries: int = 0


@dataclass
class Room:
    """교실.

    Attributes:
        version: 마지막으로 넣은 바뀜의 번호.
        ballots: 물음 → 차례 → 사람 → 고른 보기. 0은 예측 카드, 1부터는 투표의 차례입니다.
        controls: 강사가 정한 것들.
    """

    version: int = 0
    learners: dict[int, Learner] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    cells: dict[tuple[int, str], Cell] = field(default_factory=dict)
    ballots: dict[str, dict[int, dict[int, str]]] = field(default_factory=dict)
    controls: dict = field(default_factory=dict)

    def apply(self, row):
        """바뀜 하나를 넣습니다. 모르는 종류는 버전만 올립니다."""
        self.version = row.seq
        learner = self.learners.get(row.learner)
        if row.kind == "join":
            self._join(row)
        elif row.kind == "control":
            self.controls[row.name] = json.loads(row.status)
        elif learner is not None:
            learner.seq = row.seq
            learner.sent += 1
            learner.seen = max(learner.seen, row.time)
            getattr(self, f"_{row.kind}", self._unknown)(row, learner)

    def _unknown(self, row, learner):
        """새 보드가 적은 것을 옛 보드가 읽을 때."""

    def _join(self, row):
        taken = {learner.name for learner in self.learners.values()}
        name, number = row.name, 2
        while name in taken:
            name, number = f"{row.name} ({number})", number + 1
        self.learners[row.seq] = Learner(row.seq, name, row.time, row.seq, seen=row.time)
        self.tokens[row.status] = row.seq

    def _leave(self, row, learner):
        learner.left, learner.hand = True, None

    def _back(self, row, learner):
        learner.left = False

    def _hand(self, row, learner):
        learner.hand = row.time if row.status == "up" else None

    def _vote(self, row, learner):
        rounds = self.ballots.setdefault(row.name, {})
        rounds.setdefault(row.round, {})[learner.number] = row.misconception

    def _check(self, row, learner):
        if knowledge.is_prediction(row.name):
            chosen = knowledge.option_of(row.name, row.status, row.misconception)
            if chosen is not None:
                cards = self.ballots.setdefault(row.name, {}).setdefault(0, {})
                # 답을 보기 전의 첫 예측만 예측입니다.
                cards.setdefault(learner.number, chosen)
            return
        key = (learner.number, row.name)
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = Cell(row.status, row.misconception, row.time, row.time, 0)
        elif row.time >= cell.time:
            # 늦게 온 옛 소식은 세기만 합니다.
            if row.status == "passed" or cell.status == "passed":
                if row.status != cell.status:
                    cell.since = row.time
            cell.status, cell.misconception, cell.time = row.status, row.misconception, row.time
        cell.tries += 1
        cell.seq = row.seq
        if learner.current is None or row.time >= self.cells[learner.number, learner.current].time:
            learner.current = row.name

    @property
    def vote(self):
        """열린 투표: 물음, 차례, 받는 중인지, 결과와 답을 보였는지. 없으면 빈 사전입니다."""
        return self.controls.get("vote") or {}

    def present(self):
        """나가지 않은 사람들."""
        return [learner for learner in self.learners.values() if not learner.left]


def rebuild(rows):
    """적힌 바뀜들에서 교실을 다시 만듭니다."""
    room = Room()
    for row in rows:
        room.apply(row)
    return room
