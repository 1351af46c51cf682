"""노트북의 예측 카드를 그 커널에서 검사하는 코드. conftest.py가 카드의 셀을 실행한 다음에 보냅니다.

카드는 예측을 정해야 답을 계산하므로, 저장된 출력을 비교하는 것만으로는 답이 맞는지 알 수 없습니다.
"""

import numpy as np

from anchorbox_utils.labs.prediction_card import CARDS, markup, run


def problems(card):
    """카드 하나에서 찾은 잘못들. 카드는 물은 그대로 남습니다."""
    question = card.question
    answer, printed, pictures = run(card._reveal, card._parameters)
    if not question.matches(answer, question.answer):
        yield f"계산한 답은 {answer}인데 물음에는 {question.answer}라고 적혀 있습니다."
    if pictures and not any(letter.isdigit() for letter in printed):
        yield "그림 곁에 print한 숫자 요약이 없습니다."
    options = question.choices or question.slips
    for number, option in enumerate(options, start=1):
        prediction = [number] if question.choices else np.ravel(option.value).tolist()
        judgement = question.judge(prediction, answer)
        if (judgement.right, judgement.why != "") != (option.name == "right", True):
            yield f"{option.name}을(를) 고르면 맞았다고 하는지: {judgement.right}"
    # 정하면 다시 계산합니다. 그림을 그리는 카드는 오래 걸리므로, 판정과 재현을 한 번에 봅니다.
    right = question.right_choices(question.answer) or np.ravel(question.answer)
    result = card.commit(*right).result
    card.prediction = None
    if (result["status"], result["why"] != "") != ("passed", True):
        yield f"맞는 답을 고르면 판정이 {result['status']}입니다."
    if [result[key] for key in ("said", "printed", "pictures")] != [
        markup(question.say(answer)),
        printed,
        pictures,
    ]:
        yield "다시 계산하면 결과가 다릅니다."
    if card.prediction is not None or card.result is not None:
        yield "다시 물은 다음에도 답이 남아 있습니다."


def report(name):
    """`name`이라는 카드의 `problems`를 한 글로."""
    return "\n".join(problems(CARDS[name]))
