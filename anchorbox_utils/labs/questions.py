"""예측 카드의 물음. ``predictions/``에 레슨마다 한 파일로 있습니다."""

import tomllib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from anchorbox_utils.feedback import safe_repr
from anchorbox_utils.korean import with_particle
from anchorbox_utils.labs.base import numbers

HERE = Path(__file__).parent / "predictions"


class Option(NamedTuple):
    """고를 수 있는 답 하나, 또는 흔히 적는 잘못된 답 하나.

    Attributes:
        name: 판정의 소식(:class:`Event`)에 오개념으로 적는 이름.
        value: 계산한 답과 견줄 값. 글이나 수, 수의 목록입니다.
        why: 맞으면 왜 맞는지, 틀리면 왜 그렇게 생각하기 쉽고 무엇이 다른지.
        text: 보기의 글. 흔히 적는 잘못된 답이면 빈 글입니다.
    """

    name: str
    value: object
    why: str
    text: str = ""


class Judgement(NamedTuple):
    """예측 하나의 판정.

    Attributes:
        right: 맞았는지.
        misconception: 알아본 오개념의 이름. 없으면 None.
        why: 이 예측의 풀이.
        others: 고르지 않은 보기들.
    """

    right: bool
    misconception: str | None
    why: str
    others: tuple[Option, ...]


class Question(NamedTuple):
    """물음 하나: ``predictions/``의 표 하나.

    글에는 `` `코드` ``, ``**굵은 글씨**``, ``t_x``를 쓸 수 있습니다.

    Attributes:
        name: 표의 이름.
        lesson: 레슨. 파일의 이름입니다.
        ask: 물음. ``{pos_thr}``처럼 적은 곳에는 :func:`predict`에 준 값이 들어갑니다.
        answer: 레슨에 적힌 값으로 계산하면 나오는 답. 검사가 정말 그런지 봅니다.
        choices: 하나를 고르는 물음의 보기들.
        fields: 수를 적는 물음의 칸 이름들.
        within: 수가 답의 몇 배 안이면 맞은 것으로 볼지.
        slips: 수를 적거나 그림에서 고르는 물음에서 흔한 잘못된 답들.
        right: 그런 물음에서 맞았을 때의 풀이.
        wrong: 그런 물음에서 ``slips``에도 없는 답일 때의 풀이.
        item: 그림에서 고르는 상자를 부르는 말.
        given: 레슨이 물음의 자리에 넣는 값들. 노트북 밖에서 물을 때 씁니다.
    """

    name: str
    lesson: str
    ask: str
    answer: object
    choices: tuple[Option, ...] = ()
    fields: tuple[str, ...] = ()
    within: float = 1.0
    slips: tuple[Option, ...] = ()
    right: str = ""
    wrong: str = ""
    item: str = "상자"
    given: dict = {}

    @property
    def kind(self):
        """``"choice"``(하나 고르기), ``"numbers"``(수 적기), ``"boxes"``(그림에서 고르기)."""
        return "choice" if self.choices else "numbers" if self.fields else "boxes"

    def matches(self, value, answer):
        """``value``가 ``answer``와 같은 답인지. 수는 ``within``배 안이면 같다고 봅니다."""
        first, second = np.ravel(value), np.ravel(answer)
        if first.shape != second.shape:
            return False
        if self.kind == "numbers" and self.within > 1:
            with np.errstate(divide="ignore", invalid="ignore"):
                distance = np.abs(np.log(first / second))
            return bool((distance <= np.log(self.within)).all())
        numeric = all(np.issubdtype(side.dtype, np.number) for side in (first, second))
        return np.allclose(first, second) if numeric else first.tolist() == second.tolist()

    def judge(self, prediction, answer):
        """:meth:`check`를 거친 예측을 계산한 답과 견줍니다."""
        known = self.choices and self.choices[prediction[0] - 1]
        right = self.matches(known.value if known else prediction, answer)
        if not known and not right:
            slips = (slip for slip in self.slips if self.matches(prediction, slip.value))
            known = next(slips, None)
        # 값을 바꾸어 답이 달라졌으면, 적어 둔 값에 맞춘 풀이는 맞지 않습니다.
        as_written = self.matches(answer, self.answer)
        return Judgement(
            right,
            known.name if known and not right else None,
            (known.why if known else self.right if right else self.wrong) if as_written else "",
            tuple(choice for choice in self.choices if as_written and choice is not known),
        )

    def right_choices(self, answer):
        """답과 같은 보기의 번호들(1부터)."""
        numbered = enumerate(self.choices, start=1)
        return [number for number, choice in numbered if self.matches(choice.value, answer)]

    def say(self, answer):
        """계산한 답을 글로 돌려줍니다."""
        values = np.ravel(answer).tolist()
        match self.kind:
            case "choice":
                same = (
                    choice.text for choice in self.choices if self.matches(choice.value, answer)
                )
                return next(same, ", ".join(map(str, values)))
            case "boxes":
                return ", ".join(f"{self.item} {value}" for value in values) or "없음"
        return ", ".join(
            f"{name} {_number(v)}" for name, v in zip(self.fields, values, strict=True)
        )

    def check(self, prediction, n_boxes=0):
        """답이 될 수 있는 예측이면 수의 목록으로 돌려줍니다. 아니면 ValueError를 냅니다."""
        said = f"prediction: {with_particle(safe_repr(prediction), '은/는')} 답이 될 수 없습니다. "
        try:
            listed = numbers(prediction, "prediction")
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"{said}수를 적으세요.") from None
        if self.kind == "numbers":
            if len(listed) != len(self.fields) or not np.isfinite(listed).all():
                raise ValueError(f"{said}수 {len(self.fields)}개를 차례로 적으세요.")
            return listed
        allowed = range(1, len(self.choices) + 1) if self.choices else range(n_boxes)
        repeated = len(set(listed)) < len(listed) or (self.choices and len(listed) != 1)
        if not listed or repeated or not set(listed) <= set(allowed):
            rule = "번호 하나" if self.choices else "번호"
            raise ValueError(f"{said}{allowed[0]}부터 {allowed[-1]}까지의 {rule}를 적으세요.")
        return sorted(int(number) for number in listed)


def _number(value):
    return f"{value:,.0f}" if value == round(value) else f"{value:,.3f}"


def read_questions(folder):
    """폴더의 파일들을 읽어 {물음의 이름: :class:`Question`}을 돌려줍니다."""
    questions = {}
    for path in sorted(folder.glob("*.toml")):
        for name, row in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if name in questions:
                raise ValueError(f"{path.name}: {name!r}라는 물음이 이미 있습니다.")
            lists = {
                "fields": tuple(row.pop("fields", ())),
                "choices": tuple(Option(**option) for option in row.pop("choices", ())),
                "slips": tuple(Option(**option) for option in row.pop("slips", ())),
            }
            questions[name] = Question(name, path.stem, **row, **lists)
    return questions


QUESTIONS = read_questions(HERE)
