"""가장 작은 정직한 검출기의 부품: 앵커 안의 특징과 최소제곱 학습기."""

import numpy as np

from anchorbox_utils.boxes import box_convert


def pool_features(image, boxes, bins=8, context=1.5):
    """박스 둘레의 경계(기울기)를 ``bins`` × ``bins`` 칸으로 평균해 특징을 만듭니다.

    적분 영상을 쓰므로 박스가 커도 칸마다 네 번의 참조로 끝납니다.

    Args:
        image: (H, W, 3) 0~1 실수 RGB.
        boxes: (N, 4) xyxy 박스, 픽셀. 이미지 밖은 0으로 봅니다.
        bins: 가로세로 칸의 수.
        context: 박스를 중심에서 몇 배 넓혀서 볼지. 1보다 커야 박스 밖의 물체 끝이 보입니다.

    Returns:
        (N, 2 * bins * bins + 1) 특징. 가로·세로 기울기의 크기와 상수항 1입니다.

    Raises:
        ValueError: 박스가 올바르지 않을 때.

    Examples:
        >>> pool_features(np.zeros((20, 30, 3)), [[0, 0, 16, 16]], bins=2).shape
        (1, 9)

    출처: Viola와 Jones (2001)의 적분 영상, R-CNN (2014)의 영역 특징.
    """
    boxes = box_convert(boxes, "xyxy", "cxcywh")
    boxes[:, 2:] *= context
    boxes = box_convert(boxes, "cxcywh", "xyxy")
    gray = np.asarray(image, dtype=np.float64).mean(axis=2)
    edges = np.abs(np.stack(np.gradient(gray)))
    integral = np.pad(edges.cumsum(axis=1).cumsum(axis=2), ((0, 0), (1, 0), (1, 0)))
    x, y = (
        np.clip(
            np.round(np.linspace(boxes[:, low], boxes[:, low + 2], bins + 1, axis=1)), 0, limit
        ).astype(int)
        for low, limit in ((0, gray.shape[1]), (1, gray.shape[0]))
    )
    corners = integral[:, y[:, :, None], x[:, None, :]]
    sums = np.diff(np.diff(corners, axis=2), axis=3)
    area = np.maximum(np.diff(y, axis=1)[:, :, None] * np.diff(x, axis=1)[:, None, :], 1)
    means = np.moveaxis(sums / area, 0, 1).reshape(len(boxes), 2 * bins**2)
    scale = means.std(axis=1, keepdims=True) + 1e-6
    return np.concatenate([means / scale, np.ones((len(boxes), 1))], axis=1)


def fit_ridge(features, targets, strength=1.0):
    """``features @ weights``가 ``targets``에 가장 가까워지는 weights를 한 번에 풉니다.

    Args:
        features: (N, D) 특징.
        targets: (N, K) 목표값.
        strength: 가중치를 작게 유지하는 정도(릿지 항).

    Returns:
        (D, K) weights.

    Examples:
        >>> fit_ridge([[1.0], [2.0]], [[2.0], [4.0]], strength=0.0)
        array([[2.]])

    출처: 릿지 회귀 (Hoerl과 Kennard, 1970).
    """
    features, targets = np.asarray(features), np.asarray(targets)
    gram = features.T @ features + strength * np.eye(features.shape[1])
    return np.linalg.solve(gram, features.T @ targets)
