"""앵커 격자와 프리셋. 프리셋의 기댓값은 손으로 유도했거나 원본의 문서와 테스트에 실린 수입니다."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchorbox_utils import ANCHOR_PRESETS, AnchorGrid, AnchorLevel, box_area, make_cell_anchors


def test_grid_follows_the_level_y_x_anchor_order():
    grid = AnchorGrid((16, 24), strides=(8, 16), scales=((8,), (16,)), ratios=(1, 4))
    centers = (grid.boxes[:, :2] + grid.boxes[:, 2:]) / 2
    assert [level.shape for level in grid.levels] == [(2, 3), (1, 2)]
    assert centers[:4].tolist() == [[4, 4], [4, 4], [12, 4], [12, 4]]
    assert centers[6].tolist() == [4, 12]
    assert centers[12].tolist() == [8, 8]
    assert grid.level_index.tolist() == [0] * 12 + [1] * 4
    assert len(grid) == len(grid.boxes) == 16


def test_ratio_is_height_over_width_and_keeps_the_area():
    width, height = (make_cell_anchors([32], [0.25, 1, 4]) @ [[-1, 0], [0, -1], [1, 0], [0, 1]]).T
    assert width.tolist() == [64, 32, 16]
    assert height.tolist() == [16, 32, 64]


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    stride=st.tuples(st.floats(1, 40), st.floats(1, 40)),
    offset=st.floats(0, 1),
    sizes=st.lists(st.floats(1, 100), min_size=1, max_size=3),
)
def test_boxes_are_centers_plus_cell_anchors_to_the_last_bit(shape, stride, offset, sizes):
    level = AnchorLevel(shape, stride, offset, make_cell_anchors(sizes, [0.5, 1]))
    expected = np.tile(level.centers, 2)[:, None] + level.cell_anchors
    assert np.array_equal(level.boxes, expected.reshape(-1, 4))
    grid = AnchorGrid.from_levels((100, 100), [level, level])
    some = np.arange(len(grid))[::-2]
    assert np.array_equal(grid.boxes_at(some), grid.boxes[some])
    assert np.array_equal(grid.areas, box_area(grid.boxes))


def test_planes_locate_every_anchor():
    grid = AnchorGrid((20, 30), strides=(8, 16), scales=((8, 12), (16,)), ratios=(1, 4))
    planes = grid.planes
    seen = []
    for k, (rows, columns) in enumerate(planes.shape):
        for y in range(rows):
            for x in range(columns):
                index = planes.start[k] + y * planes.step[k, 0] + x * planes.step[k, 1]
                y1, y2 = planes.edges[0][:, planes.edge_start[k, 0] + y * planes.step[k, 1]]
                x1, x2 = planes.edges[1][:, planes.edge_start[k, 1] + x * planes.step[k, 1]]
                assert grid.boxes[index].tolist() == [x1, y1, x2, y2]
                seen.append(index)
    assert sorted(seen) == list(range(len(grid)))


@pytest.mark.parametrize(
    ("name", "image_size", "count"),
    [
        ("retinanet", (640, 640), 76_725),
        ("retinanet", (800, 1333), 201_600),
        ("retinanet_detectron2", (640, 640), 76_725),
        # 3 * (200 * 336 + 100 * 168 + 50 * 84 + 25 * 42 + 13 * 21)
        ("faster_rcnn_fpn", (800, 1333), 268_569),
        ("faster_rcnn_fpn_detectron2", (800, 1333), 268_569),
        ("ssd300", (300, 300), 8_732),  # SSD 논문 표 7
        ("d2l", (561, 728), 2_042_040),  # D2L 14.4절의 출력
        ("d2l_tiny_ssd", (256, 256), 5_444),  # D2L 14.7절의 출력
        ("yolov3", (416, 416), 10_647),  # YOLOv3: (13² + 26² + 52²) * 3
    ],
)
def test_preset_counts(name, image_size, count):
    grid = AnchorGrid.preset(name, image_size)
    assert len(grid) == count
    assert grid.image_size == image_size
    assert ANCHOR_PRESETS[name].source


def test_torchvision_presets_round_and_put_ratios_outside():
    # w = 32 / √0.5 = 45.25 → 반은 22.6 → 23. ratio 1, 크기 101의 반은 50.5 → 짝수 쪽 50.
    first, second, *_ = AnchorGrid.preset("retinanet", (640, 640)).levels
    assert first.cell_anchors[:3].tolist() == [
        [-23, -11, 23, 11],
        [-28, -14, 28, 14],
        [-35, -18, 35, 18],
    ]
    assert second.cell_anchors[5].tolist() == [-50, -50, 50, 50]
    assert first.boxes[:1].tolist() == [[-23, -11, 23, 11]]
    faster = AnchorGrid.preset("faster_rcnn_fpn", (640, 640)).levels[0]
    assert faster.cell_anchors.tolist() == [
        [-23, -11, 23, 11],
        [-16, -16, 16, 16],
        [-11, -23, 11, 23],
    ]


def test_torchvision_stride_is_the_padded_image_over_the_grid_per_axis():
    levels = AnchorGrid.preset("retinanet", (800, 1333)).levels
    assert [level.shape for level in levels] == [(100, 168), (50, 84), (25, 42), (13, 21), (7, 11)]
    assert [level.stride for level in levels] == [(8, 8), (16, 16), (32, 32), (61, 64), (114, 122)]
    detectron2 = AnchorGrid.preset("retinanet_detectron2", (800, 1333)).levels
    assert [level.shape for level in detectron2] == [level.shape for level in levels]
    assert [level.stride[0] for level in detectron2] == [8, 16, 32, 64, 128]


def test_detectron2_presets_do_not_round_and_put_sizes_outside():
    level = AnchorGrid.preset("retinanet_detectron2", (640, 640)).levels[0]
    half = 16 * np.array([1, 2 ** (1 / 3), 2 ** (2 / 3)])
    root = np.sqrt(2)
    assert level.cell_anchors[:, 2] == pytest.approx(np.outer(half, [root, 1, 1 / root]).ravel())
    assert level.cell_anchors[:, 3] == pytest.approx(np.outer(half, [1 / root, 1, root]).ravel())
    assert level.centers[1].tolist() == [8, 0]


def test_detectron2_own_unit_test_values():
    # detectron2 tests/modeling/test_anchor_generator.py: 크기 32·64, 종횡비 1/4·1·4, 스트라이드 4.
    level = AnchorLevel((1, 2), (4, 4), 0.0, make_cell_anchors([32, 64], [0.25, 1, 4]))
    assert level.boxes[[0, 1, 2, 3, 6, 11]].tolist() == [
        [-32, -8, 32, 8],
        [-16, -16, 16, 16],
        [-8, -32, 8, 32],
        [-64, -16, 64, 16],
        [-28, -8, 36, 8],
        [-12, -64, 20, 64],
    ]


def test_ssd300_first_cell():
    # 중심 (4, 4), s_1 = 0.07 * 300 = 21, s' = 300 * √(0.07 * 0.15), 종횡비 2는 21 * √2 대 21 / √2.
    grid = AnchorGrid.preset("ssd300", (300, 300))
    middle, long, short = 300 * np.sqrt(0.07 * 0.15), 21 * np.sqrt(2), 21 / np.sqrt(2)
    sizes = [(21, 21), (middle, middle), (long, short), (short, long)]
    expected = [[4 - w / 2, 4 - h / 2, 4 + w / 2, 4 + h / 2] for w, h in sizes]
    assert grid.boxes[:4] == pytest.approx(np.array(expected))
    assert [len(level.cell_anchors) for level in grid.levels] == [4, 6, 6, 6, 4, 4]
    # 마지막 단계의 가로형 0.87 * √2는 1에서 잘려 이미지 너비 300이 됩니다.
    half = 300 * 0.87 / np.sqrt(2) / 2
    assert grid.boxes[-2] == pytest.approx([0, 150 - half, 300, 150 + half])


def test_d2l_prints_these_numbers():
    # D2L 14.4절: boxes[250, 250, 0, :] = [0.06, 0.07, 0.63, 0.82] (너비와 높이로 나눈 값)
    grid = AnchorGrid.preset("d2l", (561, 728))
    box = grid.boxes_at([(250 * 728 + 250) * 5])[0] / [728, 561, 728, 561]
    assert box.round(2).tolist() == [0.06, 0.07, 0.63, 0.82]
    sizes = grid.levels[0].cell_anchors[:, 2:] * 2 / 561
    root = np.sqrt(2)
    expected = [(0.75, 0.75), (0.5, 0.5), (0.25, 0.25), (0.75 * root, 0.75 / root)]
    assert sizes[:4] == pytest.approx(np.array(expected))


def test_yolov3_starts_with_the_coarse_level():
    grid = AnchorGrid.preset("yolov3", (416, 416))
    assert [level.shape for level in grid.levels] == [(13, 13), (26, 26), (52, 52)]
    assert grid.boxes[0].tolist() == [16 - 58, 16 - 45, 16 + 58, 16 + 45]
    assert grid.boxes[-3].tolist() == [412 - 5, 412 - 6.5, 412 + 5, 412 + 6.5]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: AnchorGrid.preset("retina", (640, 640)), "모르는 프리셋.*retinanet"),
        (lambda: AnchorGrid.preset("ssd300", (512, 512)), r"image_size: .*\(512, 512\)"),
        (lambda: AnchorGrid.preset("yolov3", (600, 416)), "32의 배수"),
        (lambda: AnchorGrid.preset("d2l_tiny_ssd", (32, 64)), "64픽셀 이상"),
        (lambda: AnchorGrid.preset("retinanet", (0, 640)), "image_size"),
        (lambda: AnchorGrid.from_levels((8, 8), []), "levels"),
        (lambda: AnchorGrid((8, 8), 8, 8).boxes_at([0, 3]), r"indices\[1\]: .*3"),
        (lambda: AnchorGrid((8, 8), 8, 8).boxes_at([True]), "indices.*bool.*flatnonzero"),
        (lambda: AnchorGrid((8, 8), 8, 8).boxes_at([0.5]), r"indices\[0\]: .*0.5"),
        (lambda: AnchorGrid((8, 8), 8, 1e160), "넓이"),
        (lambda: AnchorGrid((8, 8), (8, 16), ((8,),)), "scales"),
        (lambda: AnchorGrid((8, 8), 8, 8, ratios=(1, -1)), "ratios"),
        (lambda: AnchorGrid((8, 8), 0, 8), "strides"),
        (lambda: AnchorGrid((8, 8), 8, 8, offset=2), "offset"),
    ],
)
def test_bad_input_is_named_in_korean(call, message):
    with pytest.raises(ValueError, match=message):
        call()
