"""연습 문제를 이루는 데이터. 문제를 더하는 차례는 :mod:`anchorbox_utils.homework`에 있습니다."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np


class Case(NamedTuple):
    """검사 경우 하나.

    Attributes:
        label: 학습자에게 보일 짧은 설명.
        args: 함수에 차례로 넘길 인수.
        edge: 경계 경우인지. 빈 입력처럼 다른 실수와 따로 틀리기 쉬운 경우입니다.

    Examples:
        >>> Case("세 수", (np.zeros(3),)).label
        '세 수'
    """

    label: str
    args: tuple
    edge: bool = False


@dataclass(frozen=True)
class Misconception:
    """흔한 오개념 하나.

    Attributes:
        name: 문제 안에서 하나뿐인 이름.
        title: 사람이 읽을 짧은 제목. 문제 안에서 하나뿐이고 24자를 넘지 않습니다.
        wrong: 그렇게 잘못 생각했을 때의 구현.
        hint: 답을 알려 주지 않고 생각할 곳을 가리키는 힌트. ``백틱``은 코드로 보입니다.
        variants: 생각은 같고 답이 조금 다른 구현들.
        unseen: 이 구현을 잡지 못한 보기에 없는 것. 적으면 :class:`ExampleSet`이 이 구현을 씁니다.

    Examples:
        >>> ratio = lambda w, wa: w / wa
        >>> Misconception("no_log", "로그를 씌우지 않음", ratio, "로그를 떠올려 보세요.").title
        '로그를 씌우지 않음'
    """

    name: str
    title: str
    wrong: Callable
    hint: str
    variants: tuple[Callable, ...] = ()
    unseen: str = ""

    @property
    def ways(self):
        """이 오개념의 모든 구현."""
        return (self.wrong, *self.variants)


class Own(NamedTuple):
    """학습자마다 다른 경우를 검사에 넣는 방법.

    Attributes:
        case: ``case(번호)``가 그 번호의 :class:`Case`를 돌려줍니다.
        words: ``words(결과)``가 통과한 결과를 우리말 문장으로 풀어 줍니다.

    Examples:
        >>> own = Own(lambda number: Case(f"{number}번", (number,)), lambda answer: f"{answer}개")
        >>> own.case(3).label
        '3번'
    """

    case: Callable
    words: Callable


class Appraisal(NamedTuple):
    """좋고 나쁨이 있는 답을 잰 것.

    Attributes:
        problem: 무엇이 모자라는지 말하는 문장. 충분하면 None.
        misconception: 그 까닭으로 알아본 오개념의 이름. 없으면 None.
        notes: 함께 보일 (이름, 내용) 줄들.
        margin: 합격선을 넘은 만큼. 재지 않는 답이면 None.

    Examples:
        >>> Appraisal(None, None, (("재현율", "0.9"),)).problem is None
        True
    """

    problem: str | None
    misconception: str | None = None
    notes: tuple = ()
    margin: float | None = None


@dataclass(frozen=True)
class Property:
    """함수가 지녀야 할 성질 하나. 채점할 때 경우들에 더해 봅니다.

    정답 구현과 견주지 않으므로, 정답 구현이 틀렸을 때도 잡아냅니다.

    Attributes:
        name: 짧은 이름.
        holds: ``holds(fn)``이 성질을 지니면 참을 돌려줍니다.
        message: 지니지 않을 때 보일 문장.

    Examples:
        >>> Property("0은 그대로", lambda fn: fn(0) == 0, "0은 그대로여야 합니다.").holds(abs)
        True
    """

    name: str
    holds: Callable
    message: str


@dataclass(frozen=True)
class Exercise:
    """연습 문제 하나. 공개 검사, 숨은 채점, 힌트, 시험이 모두 이 정의에서 나옵니다.

    Attributes:
        name: 문제 이름. 과제에서 학습자가 쓰는 함수의 이름이기도 합니다.
        reference: 정답 구현. 과제에 낸 문제라면 과제의 함수 머리, 설명, 정답 셀이 여기서 나옵니다.
        cases: ``cases(rng)``가 :class:`Case`의 목록을 돌려줍니다. rng가 같으면 목록도 같습니다.
        misconceptions: 알아볼 오개념들. 앞에 있는 것을 먼저 견줍니다.
        returns: 무엇을 돌려주어야 하는지 한 구절로.
        rules: 검사가 보는 약속들(빈 입력, 자료형, 동점 등). 같은 문장이 문제의 글에도 있습니다.
        allows: 불러 써도 되는 라이브러리 함수의 이름들. 그 밖의 것을 부르면 통과하지 못합니다.
        columns: 결과의 마지막 축에 붙은 이름. 어느 열이 다른지 말할 때 씁니다.
        layout: 결과와 입력의 대응. ``"rows"``는 결과 i행이 각 인수의 i행에서, ``"pairs"``는
            결과 (i, j)가 첫 인수의 i행과 둘째 인수의 j행에서 나옵니다. ``"whole"``이면 대응이
            없습니다.
        tolerance: 허용 오차(절대, 상대).
        properties: 채점할 때만 더해 보는 :class:`Property`들.
        summary: ``summary(호출 전 인수, 호출 후 인수, 결과)``. 정답이 여럿인 문제에서 결과를
            견줄 수 있는 성질의 사전으로 줄입니다.
        own: 학습자 자신의 숫자로도 검사하는 문제라면 :class:`Own`. 규칙은 누구에게나 같습니다.
        by_hand: ``own``이 있고 눈과 손으로 푸는 문제인지. 학번을 주면 그 학번의 숫자만 검사하므로,
            계산하지 않고 적어 넣은 답도 통과합니다.
        variant: 규칙까지 학번마다 다른 문제라면 ``variant(학번)``이 그 학번의
            :class:`Exercise`입니다. 학번이 없으면 이 문제 그대로, 곧 보기의 학번으로 검사합니다.
        appraise: 답이 여럿이고 더 낫고 못함이 있는 문제라면 ``appraise(인수, 결과)``가
            :class:`Appraisal`을 돌려줍니다. 정답 구현과 같은지는 보지 않습니다.
        across: ``appraise``가 있는 문제에서 ``across(결과들)``가, 하나만 보아서는 알
            수 없는 오개념의 이름이나 None을 돌려줍니다.

    Examples:
        >>> from anchorbox_utils.homework.engine import judge
        >>> double = Exercise(
        ...     name="double",
        ...     reference=lambda values: values * 2.0,
        ...     cases=lambda rng: [Case("세 수", (rng.random(3),))],
        ...     misconceptions=(Misconception("squared", "제곱함", np.square, "배수를 보세요."),),
        ...     returns="두 배 한 값",
        ... )
        >>> judge(double, lambda values: values + values).status
        'passed'
        >>> judge(double, lambda values: values**2).misconception
        'squared'
    """

    name: str
    reference: Callable
    cases: Callable[[np.random.Generator], Sequence[Case]]
    misconceptions: tuple[Misconception, ...]
    returns: str
    rules: tuple[str, ...] = ()
    allows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    layout: str = "rows"
    tolerance: float = 1e-6
    properties: tuple[Property, ...] = ()
    summary: Callable | None = None
    own: Own | None = None
    by_hand: bool = False
    variant: Callable | None = None
    appraise: Callable | None = None
    across: Callable | None = None

    @cached_property
    def parameters(self):
        """함수가 차례로 받는 인수의 이름들."""
        return tuple(inspect.signature(self.reference).parameters)

    @property
    def personal(self):
        """검사가 학번에 따라 달라지는지. 그렇다면 과제의 검사 셀이 학번을 넘깁니다."""
        return self.own is not None or self.variant is not None


@dataclass(frozen=True)
class ExampleSet:
    """함수를 쓰기 전에 보기(입력과 기대하는 답)부터 쓰는 문제.

    보기가 좋은지는 잘못된 구현들을 넣어 몇 개나 잡아내는지로 봅니다. 잘못된 구현은 ``exercise``의
    오개념 가운데 ``unseen``이 적힌 것들입니다.

    Attributes:
        name: 문제 이름. 과제에서 학습자가 쓰는 함수의 이름이기도 합니다.
        exercise: 보기로 시험할 함수의 문제.
        reference: 모범 보기를 돌려주는, 인수 없는 함수.
        inputs: 입력의 이름마다 ``validate(값, 이름)`` 꼴의 검사 함수.
        need: 통과하려면 잡아내야 하는 잘못된 구현의 수.
        hidden: 채점할 때 더해 보는 잘못된 구현들.
        hidden_need: 그 가운데 잡아내야 하는 수.
        rules: 검사가 보는 약속들.

    Examples:
        >>> from anchorbox_utils.homework.catalogue import EXAMPLE_SETS
        >>> examples = EXAMPLE_SETS["examples_for_box_ioa"]
        >>> examples.exercise.name, examples.need < len(examples.misconceptions)
        ('box_ioa', True)
    """

    name: str
    exercise: Exercise
    reference: Callable
    inputs: Mapping[str, Callable]
    need: int
    hidden: tuple[Callable, ...]
    hidden_need: int
    rules: tuple[str, ...]
    # 누구의 보기든 같은 잘못된 구현들로 봅니다.
    personal: ClassVar[bool] = False
    by_hand: ClassVar[bool] = False

    @cached_property
    def misconceptions(self):
        """학습자의 보기로 잡아 볼 오개념들."""
        return tuple(m for m in self.exercise.misconceptions if m.unseen)
