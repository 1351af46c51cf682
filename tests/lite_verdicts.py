"""정답과 모든 오개념의 판정을, 브라우저의 파이썬에서는 끝나지 않는 함수의 판정까지 출력합니다.

test_lite가 끝에 `main(...)`을 붙여, 데스크톱의 파이썬과 브라우저의 파이썬에서 똑같이 실행합니다.
"""

import contextlib
import json
import sys
import time

from anchorbox_utils.homework import check, engine
from anchorbox_utils.homework.catalogue import EXERCISES


def tell(*row):
    print(json.dumps(row, ensure_ascii=False))


def endless(boxes1, boxes2):
    while True:
        pass


def swallowing(boxes1, boxes2):
    while True:
        try:
            int("x")
        except:  # noqa: E722
            pass


def suppressing(boxes1, boxes2):
    while True:
        with contextlib.suppress(BaseException):
            int("x")


def never_done():
    for _ in range(10**12):
        pass


def swallowing_inside(boxes1, boxes2):
    while True:
        try:
            never_done()
        except BaseException:
            pass


def in_one_try(boxes1, boxes2):
    try:
        while True:
            pass
    except ValueError:
        pass


def comprehending(boxes1, boxes2):
    return [0 for _ in range(10**12)]


class Endless:
    def __array__(self, *args, **kwargs):
        endless(self, self)


def endless_array(boxes1, boxes2):
    return Endless()


def sleeping(boxes1, boxes2):
    time.sleep(1)


def deep(boxes1, boxes2):
    return deep(boxes1, boxes2)


NEVER = (endless, swallowing, suppressing, swallowing_inside, in_one_try, comprehending)
NEVER += (endless_array, sleeping)


def main(seeds):
    if sys.platform == "emscripten":
        limit, engine.TIME_LIMIT = engine.TIME_LIMIT, 0.2
        for fn in NEVER:
            tell(fn.__name__, check("box_iou", fn).message)
        engine.TIME_LIMIT = limit
        tell(deep.__name__, check("box_iou", deep).message)
        tell("passed", check("box_iou", EXERCISES["box_iou"].misconceptions[0].wrong).misconception)

    # 라이브러리 안에 있는 정답과 오개념의 구현을 학습자의 함수인 양 넣어 봅니다.
    engine.watching = lambda allows, borrowed: contextlib.nullcontext()
    ask = engine.asked_of
    for seed in seeds:
        for exercise in EXERCISES.values():
            # 판정마다 모든 오개념을 다시 돌리지 않습니다.
            asked = ask(exercise, seed)
            engine.asked_of = lambda *question, asked=asked: asked
            ways = [way for mistake in exercise.misconceptions for way in mistake.ways]
            for fn in (exercise.reference, *ways):
                told = engine.judge(exercise, fn, seed)
                tell(exercise.name, told.status, told.misconception, told.message, told.hint)
