"""채점기의 검사가 쓰는 노트북들: 정직한 답과, 그것으로 만든 제출."""

import json

HONEST = {
    "xyxy_to_cxcywh": """\
def xyxy_to_cxcywh(boxes):
    size = boxes[:, 2:] - boxes[:, :2]
    return np.concatenate([boxes[:, :2] + size / 2, size], axis=1)
""",
    "safe_encode_boxes": """\
def safe_encode_boxes(anchors, gt_boxes):
    def center(boxes):
        size = boxes[:, 2:] - boxes[:, :2]
        return boxes[:, :2] + size / 2, np.maximum(size, 1e-6)

    (ca, sa), (cg, sg) = center(anchors), center(gt_boxes)
    return np.concatenate([(cg - ca) / sa, np.log(sg / sa)], axis=1)
""",
    "decode_to_original": """\
def decode_to_original(anchors, deltas, scale, pad):
    size = anchors[:, 2:] - anchors[:, :2]
    center = anchors[:, :2] + size / 2 + deltas[:, :2] * size
    half = size * np.exp(deltas[:, 2:]) / 2
    corners = np.concatenate([center - half, center + half], axis=1)
    return (corners - [*pad, *pad]) / scale
""",
}
WRONG = {
    "xyxy_to_cxcywh": "def xyxy_to_cxcywh(boxes):\n    return np.full((len(boxes), 4), 7.0)\n",
    "safe_encode_boxes": (
        "def safe_encode_boxes(anchors, gt_boxes):\n    return np.full((len(anchors), 4), 7.0)\n"
    ),
    "decode_to_original": (
        "def decode_to_original(anchors, deltas, scale, pad):\n"
        "    return np.full((len(anchors), 4), 7.0)\n"
    ),
}
ASSIGNMENT = "01_formula"
SETUP = "import numpy as np\n\nfrom anchorbox_utils import check, progress"


def code(source, name=""):
    """코드 셀 하나."""
    metadata = {"nbgrader": {"grade_id": name, "solution": True, "locked": False}} if name else {}
    return {
        "cell_type": "code",
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def book(cells):
    """노트북의 바이트."""
    told = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(told, ensure_ascii=False).encode()


def submission(answers, before="", after=""):
    """과제 01의 제출. ``answers``는 문제마다의 글이고, 없는 문제는 틀린 답입니다."""
    cells = [code(SETUP, "setup"), *([code(before)] if before else [])]
    cells += [code(source, name) for name, source in (WRONG | answers).items()]
    return book([*cells, *([code(after)] if after else [])])
