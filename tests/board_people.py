"""흉내 낸 학습자 서른 명의 수업: 정해진 차례로 검사하고, 예측하고, 투표합니다."""

import random

from board_class import Pupil, event

from anchorbox_workshop.board import knowledge

LESSON = ("xyxy_to_cxcywh", "encode_boxes", "decode_boxes")
QUESTIONS = ("shift_signs", "log_symmetry")
NAMES = (
    "별이 하늘 바다 구름 소나무 라온 가람 누리 다솔 마루 보람 새봄 아라 이든 지우 초록 "
    "코코 토리 파랑 햇살 은하 수달 여우 참새 두루 미르 노을 단비 나래 산들"
).split()


def simulate(board, names, seed=0, ago=900.0):
    """`names`의 학습자들이 참여해 `ago`초 전부터 지금까지 한 일. 참여한 학습자들을 돌려줍니다."""
    rng = random.Random(seed)
    pupils = []
    for name in names:
        pupil = Pupil(board, name)
        pupil.send(*_day(rng, ago))
        pupils.append(pupil)
    return pupils


def _day(rng, ago):
    """한 사람의 소식들. 거의 모두가 앞 문제를 풀고 뒤 문제를 하고 있습니다."""
    now, events = ago * rng.uniform(0.9, 1.0), []
    for question in QUESTIONS:
        options = knowledge.options(question)
        chosen = rng.choices(options, [4 if one.right else 1 for one in options])[0]
        now -= ago * 0.02
        status, mistake = ("passed", None) if chosen.right else ("failed", chosen.name)
        events.append(event(question, status, mistake, now))
    doing = rng.choice([1, 2, 2, 2, 3])
    for place, name in enumerate(LESSON[:doing], 1):
        mistakes = knowledge.EXERCISES[name].misconceptions[:3]
        for _ in range(rng.choice([0, 0, 1, 2])):
            now = max(1, now - ago * rng.uniform(0.03, 0.12))
            status = rng.choice(["failed", "failed", "error", "not_attempted"])
            mistake = rng.choice(mistakes).name if status == "failed" else None
            events.append(event(name, status, mistake, now))
        if place < doing or rng.random() < 0.6:
            now = max(1, now - ago * rng.uniform(0.05, 0.12))
            events.append(event(name, "passed", None, now))
    return events
