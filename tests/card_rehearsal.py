"""노트북의 예측 카드를 그 커널에서 검사하는 코드. conftest.py가 카드의 셀을 실행한 다음에 보냅니다.

카드는 예측을 정해야 답을 계산하므로, 저장된 출력을 비교하는 것만으로는 답이 맞는지 알 수 없습니다.
"""

import numpy as np

from anchorbox_utils.labs.prediction_card import CARDS, run


def problems(card):
    """카드 하나에서 찾은 잘못들. 카드는 물은 그대로 남습니다."""
    question = card.question
    answer, printed, pictures = run(card._reveal, card._parameters)
    if not question.matches(answer, question.answer):
        yield f"계산한 답은 {answer}인데 물음에는 {question.answer}라고 적혀 있습니다."
    if pictures and not any(letter.isdigit() for letter in printed):
        yield "그림 곁에 print한 숫자 요약이 없습니다."
    again, printed_again, pictures_again = run(card._reveal, card._parameters)
    if (again, printed_again, pictures_again) != (answer, printed, pictures):
        yield "다시 계산하면 결과가 다릅니다."
    options = question.choices or question.slips
    for number, option in enumerate(options, start=1):
        prediction = [number] if question.choices else np.ravel(option.value)
        result = card.commit(*prediction).result
        card.prediction = None
        expected = "passed" if option.name == "right" else "failed"
        if (result["status"], result["why"] != "") != (expected, True):
            yield f"{option.name}을(를) 고르면 판정이 {result['status']}입니다."
    if card.prediction is not None or card.result is not None:
        yield "다시 물은 다음에도 답이 남아 있습니다."


def report(name):
    """`name`이라는 카드의 `problems`를 한 글로."""
    return "\n".join(problems(CARDS[name]))
