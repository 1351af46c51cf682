"""한 반의 제출들: 정직한 답, 쓰다 만 답, 오개념마다의 답, 망가진 파일, 공격."""

import random

from judge_attacks import ATTACKS
from judge_books import HONEST, WRONG, submission

# 흔한 오개념을 학습자가 쓸 법한 글로.
MISTAKES = {
    "integer_truncation": (
        "xyxy_to_cxcywh",
        "def xyxy_to_cxcywh(boxes):\n"
        "    out = np.zeros_like(boxes)\n"
        "    out[:, :2] = (boxes[:, :2] + boxes[:, 2:]) / 2\n"
        "    out[:, 2:] = boxes[:, 2:] - boxes[:, :2]\n"
        "    return out\n",
    ),
    "no_floor": (
        "safe_encode_boxes",
        HONEST["safe_encode_boxes"].replace("np.maximum(size, 1e-6)", "size"),
    ),
    "pad_forgotten": (
        "decode_to_original",
        HONEST["decode_to_original"].replace("(corners - [*pad, *pad])", "corners"),
    ),
    "scale_forgotten": (
        "decode_to_original",
        HONEST["decode_to_original"].replace(" / scale\n", "\n"),
    ),
    "scale_before_pad": (
        "decode_to_original",
        HONEST["decode_to_original"].replace(
            "(corners - [*pad, *pad]) / scale", "corners / scale - [*pad, *pad]"
        ),
    ),
}
# 이름이 없는, 똑같이 틀린 답. 글은 다르고 하는 짓은 같습니다.
UNNAMED = (
    "def xyxy_to_cxcywh(boxes):\n    # 김아무개\n    return boxes * 3 + 1\n",
    "def xyxy_to_cxcywh(b):\n    three = 3\n    return b * three + 1\n",
)


def notebook(rng):
    """제출 하나의 (바이트, 받을 점수)."""
    dice = rng.random()
    if dice < 0.35:
        return submission(HONEST), 10
    if dice < 0.5:
        done = dict(list(HONEST.items())[: rng.randint(0, 2)])
        stub = {n: s.split("\n")[0] + "\n    raise NotImplementedError\n" for n, s in WRONG.items()}
        return submission(stub | done), {0: 0, 1: 2, 2: 6}[len(done)]
    if dice < 0.72:
        name, source = rng.choice(sorted(MISTAKES.values()))
        return submission(HONEST | {name: source}), 10 - {"xyxy_to_cxcywh": 2}.get(name, 4)
    if dice < 0.8:
        return submission(HONEST | {"xyxy_to_cxcywh": rng.choice(UNNAMED)}), 8
    # 오래 붙드는 것은 반 하나에 넣기에는 느립니다.
    slow = ("for ever", "without end", "long call", "huge array")
    attack = rng.choice([a for a in ATTACKS if not any(word in a.name for word in slow)])
    return attack.content, attack.deserved


def write_class(folder, count, seed=0, assignment="01_formula"):
    """nbgrader의 submitted/처럼 생긴 폴더에 한 반을 쓰고, 사람마다 받을 점수를 돌려줍니다."""
    rng, deserved = random.Random(seed), {}
    for number in range(count):
        learner = f"{20260001 + number}"
        content, points = notebook(rng)
        target = folder / learner / assignment
        target.mkdir(parents=True)
        (target / f"{assignment}.ipynb").write_bytes(content)
        deserved[learner] = points
    return deserved
