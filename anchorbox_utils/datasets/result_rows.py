"""예측 파일들이 함께 쓰는 것: 한 줄로 편 예측과, 이미지를 부르는 이름."""

import os
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from anchorbox_utils.datasets.folders import same_form


class ResultRows(NamedTuple):
    """파일에서 읽은 예측을 한 줄로 편 것. N은 예측의 수입니다.

    Attributes:
        images: (N,) 데이터셋의 이미지 번호.
        raw: (N, 4) 적힌 그대로의 네 수.
        labels: (N,) 적힌 그대로의 클래스 번호.
        scores: (N,) 점수.
        box_format: 네 수의 뜻.
        source_of: 행의 :class:`Source`를 주는 함수.
        problems: 예측이 되지 못한 기록.
        notes: 알릴 문장들.
        classes: 예측 파일이 적어 둔 {클래스 번호: 이름}.
    """

    images: np.ndarray
    raw: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    box_format: str
    source_of: Callable
    problems: list
    notes: tuple
    classes: dict = {}


def base_name(path):
    """경로의 파일 이름. Windows의 경로도, 한글의 꼴이 다른 이름도 같게 봅니다."""
    return same_form(path.replace("\\", "/")).rpartition("/")[2]


def file_name(head):
    """이미지의 파일 이름."""
    return base_name(head.path)


def file_stem(head):
    """확장자를 뺀 :func:`file_name`."""
    return os.path.splitext(file_name(head))[0]
