"""plotting/: 무엇을 어디에 어떤 색으로 그리는지, 한글이 모두 보이는지 확인합니다."""

import ast
import base64
import itertools
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import matplotlib as mpl
import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import rgb_to_hsv, to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from nbclient import NotebookClient

from anchorbox_utils import plotting
from anchorbox_utils.anchors import AnchorGrid
from anchorbox_utils.boxes import box_convert, box_iou
from anchorbox_utils.coding import decode_boxes, encode_boxes
from anchorbox_utils.conventions import match_by_convention
from anchorbox_utils.misses import CAUSES, Group
from anchorbox_utils.plotting.methods import LOOKS
from anchorbox_utils.plotting.scene import place_label

ROOT = Path(__file__).parents[1]
IOU_MAX = np.array([0.82, 0.74, 0.55, 0.40, 0.29, 0.10, 0.68, 0.02])
ANCHOR = box_convert([[50, 50, 40, 20]], "cxcywh", "xyxy")
GT = box_convert([[58, 46, 50, 24]], "cxcywh", "xyxy")
GRID = AnchorGrid((64, 96), strides=(16, 32), scales=((24,), (48,)), ratios=(0.5, 1, 2))


@pytest.fixture(autouse=True)
def course_style():
    with mpl.rc_context():
        plotting.setup_plotting()
        yield


@pytest.fixture
def ax():
    return new_axes()


def new_axes(size=(8, 5)):
    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)
    return figure.subplots()


def texts(ax):
    return [text.get_text() for text in ax.texts]


# ── 설정 ──────────────────────────────────────────────────────────────


def test_import_has_no_side_effect():
    script = (
        "import matplotlib as mpl; from matplotlib import font_manager as fm\n"
        "before = dict(mpl.rcParams), list(fm.fontManager.ttflist)\n"
        "import sys, anchorbox_utils.plotting\n"
        "assert before == (dict(mpl.rcParams), list(fm.fontManager.ttflist))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "print('same')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        encoding="utf-8",
        # 백엔드가 정해져 있지 않으면 rcParams를 읽는 것만으로 pyplot을 불러옵니다.
        env={**os.environ, "MPLBACKEND": "agg"},
    )
    assert done.stdout.strip() == "same", done.stderr


def test_setup_is_idempotent_and_silent(capsys):
    before = len(font_manager.fontManager.ttflist)
    assert plotting.setup_plotting() is None
    assert len(font_manager.fontManager.ttflist) == before
    assert capsys.readouterr() == ("", "")
    assert Path(font_manager.findfont(plotting.FONT_FAMILY)) == plotting.FONT_PATH


DRAW = "fig, ax = plt.subplots(figsize=(3, 2))\nax.set_title('한글 −1')\nplt.show()"
PYPLOT = "import matplotlib.pyplot as plt"
SETUP = "from anchorbox_utils import setup_plotting\nsetup_plotting()"


@pytest.mark.filterwarnings("default")
def test_notebook_png_is_byte_stable_whatever_the_import_order():
    first, reverse, after_figure = (
        run_notebook(cells)
        for cells in (
            [PYPLOT, SETUP, DRAW],
            [SETUP, SETUP, PYPLOT, DRAW],
            [PYPLOT, "plt.subplots()\nplt.close()", SETUP, DRAW],
        )
    )
    assert first == reverse == after_figure
    assert first.startswith(b"\x89PNG") and b"Software" not in first


def run_notebook(cells):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(cwd=str(ROOT))
    (output,) = (output for cell in notebook.cells for output in cell.outputs)
    return base64.b64decode(output.data["image/png"])


# ── 색 ────────────────────────────────────────────────────────────────

# 색각 이상을 흉내 내는 행렬(Machado 외, 2009, 정도 1.0). 선형 RGB에 곱합니다.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
RGB_TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)


def lab(color, vision):
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = RGB_TO_XYZ @ np.clip(np.array(vision) @ linear, 0, 1) / [0.9505, 1, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize(
    "palette",
    [
        plotting.COLORS,
        {method: look[0] for method, look in LOOKS.items()},
        {cause: look[0] for cause, look in plotting.CAUSE_LOOKS.items()},
    ],
    ids=["boxes and labels", "methods", "causes"],
)
@pytest.mark.parametrize("vision", VISION)
def test_colors_are_distinguishable(vision, palette):
    colors = {kind: lab(color, VISION[vision]) for kind, color in palette.items()}
    for first, second in itertools.combinations(colors, 2):
        assert np.linalg.norm(colors[first] - colors[second]) > 20, (first, second)


def luminance(color):
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ RGB_TO_XYZ[1]


def contrast(first, second):
    dark, light = sorted(map(luminance, (first, second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("style", list(plotting.STYLES.values()), ids=lambda style: style.name)
def test_text_is_readable_on_the_card_and_under_white_letters(style):
    assert contrast(style.text, plotting.CARD) >= 4.5
    assert contrast(style.text, "white") >= 4.5
    hues = [rgb_to_hsv(to_rgb(color))[0] for color in (style.color, style.text)]
    assert np.ptp(hues) < 0.1 or style.name == "음성", "같은 뜻의 색이라야 합니다."


@pytest.mark.heavy
@pytest.mark.parametrize("value", np.linspace(0, 1, 21))
def test_numbers_of_the_matrix_are_readable(ax, value):
    image, _ = plotting.draw_iou_matrix(ax, [[value]])
    cell_color = image.cmap(image.norm(value))
    assert contrast(ax.texts[0].get_color(), cell_color[:3]) >= 4.5


def test_the_card_is_soft_and_its_ink_is_strong():
    for name in ("axes.facecolor", "figure.facecolor"):
        assert mpl.rcParams[name] == plotting.CARD
    assert mpl.rcParams["savefig.facecolor"] == "auto"
    assert contrast(plotting.CARD, "white") > 1.1
    for name in ("text.color", "axes.labelcolor", "xtick.color", "ytick.color"):
        assert contrast(mpl.rcParams[name], plotting.CARD) >= 7


def test_meaning_never_rests_on_colour_alone():
    boxes = [
        plotting.STYLES[kind][2:4] for kind in ("anchor", "gt", "prediction")
    ]  # (선 모양, 굵기)
    labels = [plotting.STYLES[kind] for kind in plotting.LABEL_KINDS.values()]
    assert len(set(boxes)) == 3
    assert len({style.marker for style in labels}) == 3
    assert len({style.hatch for style in labels}) == 3


# ── 그리기 함수 ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "image",
    [np.full((40, 60, 3), 200, np.uint8), np.full((40, 60, 3), 0.5), np.eye(40, 60, dtype="f4")],
)
def test_draw_image_matches_pixel_edges(ax, image):
    artist = plotting.draw_image(ax, image)
    assert tuple(artist.get_extent()) == (0, 60, 40, 0)
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 60), (40, 0))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x (px)", "y (px)")


def test_draw_image_puts_each_pixel_where_its_box_is(ax):
    image = np.zeros((4, 6))
    image[1, 4] = 1
    plotting.draw_image(ax, image)
    rendered = render(ax)
    column, row = ax.transData.transform((4.5, 1.5)).round().astype(int)
    assert (rendered[-row, column, :3] == 255).all()
    column, row = ax.transData.transform((3.5, 1.5)).round().astype(int)
    assert (rendered[-row, column, :3] == 0).all()


@pytest.mark.parametrize("kind", plotting.COLORS)
def test_draw_boxes(ax, kind):
    boxes = np.array([[10, 20, 40, 60], [5, 5, 5, 9]])
    patches = plotting.draw_boxes(ax, boxes, kind)
    corners = [(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in patches]
    assert corners == [(10, 20, 30, 40), (5, 5, 0, 4)]
    assert {patch.get_edgecolor() for patch in patches} == {to_rgba(plotting.COLORS[kind])}
    assert {patch.get_linestyle() for patch in patches} == {plotting.STYLES[kind].linestyle}
    assert ax.yaxis_inverted()
    assert min(ax.get_ylim()) <= 5 and max(ax.get_ylim()) >= 60


def test_fill_stays_transparent(ax):
    plotting.draw_boxes(ax, [[0, 0, 10, 10]], "gt", fill=0.1)
    column, row = ax.transData.transform((5, 5)).round().astype(int)
    card = np.array(to_rgb(plotting.CARD))
    expected = 255 * (0.1 * np.array(to_rgb(plotting.COLORS["gt"])) + 0.9 * card)
    np.testing.assert_allclose(render(ax)[-row, column, :3], expected, atol=2)


@pytest.mark.parametrize("kind", ["gt", "anchor"])
@pytest.mark.parametrize(
    "box", [[0, 0, 30, 20], [90, 0, 120, 20], [0, 60, 30, 80], [90, 60, 120, 80], [-9, -9, 130, 99]]
)
def test_box_labels_stay_inside_the_picture(ax, kind, box):
    plotting.draw_image(ax, np.zeros((80, 120)))
    plotting.draw_boxes(ax, [box], kind, labels=["고양이"])
    ax.figure.draw_without_rendering()
    (label,) = labels(ax)
    assert inside(label.get_bbox_patch().get_window_extent(), ax.get_window_extent())
    assert label.get_text() == "고양이" and label.get_fontsize() >= 11


def labels(ax):
    return [child for child in ax.get_children() if isinstance(child, Text) and child.get_text()
            and child.get_bbox_patch()]  # fmt: skip


def inside(inner, outer):
    return (inner.min >= outer.min - 1).all() and (inner.max <= outer.max + 1).all()


def overlap(first, second):
    return (np.minimum(first.max, second.max) - np.maximum(first.min, second.min)).min()


PLACES = st.tuples(*[st.integers(-50, 600)] * 2, *[st.integers(0, 300)] * 2)


@given(st.lists(PLACES, min_size=1, max_size=10), st.integers(20, 120), st.booleans())
@settings(max_examples=60, deadline=None)
def test_labels_find_room_wherever_the_boxes_are(places, width, above):
    view, size, taken = Bbox([[10, 20], [610, 420]]), np.array([width, 24.0]), []
    for x, y, w, h in places:
        box = Bbox([[x, y], [x + w, y + h]])
        taken.append(place_label(size, box, view, taken, above, gap=4))
    rectangles = [Bbox(place.reshape(2, 2)) for place in taken]
    assert all(inside(rectangle, view) for rectangle in rectangles)
    for first, second in itertools.combinations(rectangles, 2):
        assert overlap(first, second) <= 0, (first, second)


@pytest.mark.parametrize("legend", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_box_labels_never_collide_nor_leave_the_picture(seed, legend):
    rng = np.random.default_rng(seed)
    corners, n_gt = rng.uniform(-20, 260, (8, 2)), seed * 2
    boxes = np.hstack([corners, corners + rng.uniform(1, 200, (8, 2))])
    ax = new_axes((7, 4.8))
    draw_named(ax, boxes, n_gt)
    if legend:
        plotting.add_legend(ax, ["anchor", "gt"], loc="upper right")
    # 레슨은 다 그린 다음에 보이는 범위를 바꾸기도 합니다.
    ax.set(xlim=(0, 320), ylim=(240, 0))
    ax.figure.draw_without_rendering()
    extents = [label.get_bbox_patch().get_window_extent() for label in labels(ax)]
    assert len(extents) == len(boxes)
    assert all(inside(extent, ax.get_window_extent()) for extent in extents)
    if legend:
        extents.append(ax.get_legend().get_window_extent())
    for first, second in itertools.combinations(extents, 2):
        assert overlap(first, second) < 1, (first, second)


def draw_named(ax, boxes, n_gt):
    names = [f"상자 {number}" for number in range(len(boxes))]
    plotting.draw_boxes(ax, boxes[n_gt:], "anchor", labels=names[n_gt:])
    plotting.draw_boxes(ax, boxes[:n_gt], "gt", labels=names[:n_gt])


def test_detections_are_told_apart_by_number_colour_and_line(ax):
    boxes = np.array([[10, 20, 40, 50], [12, 22, 42, 52], [50, 20, 80, 50], [10, 24, 40, 54]])
    found = boxes, [0.987, 0.9, 0.8, 0.7], [0, 1, 2, 0]
    ax.set(xlim=(0, 100), ylim=(80, 0))
    patches, handles = plotting.draw_detections(ax, found, ["원", "세모", "네모"])
    render(ax)
    texts = [child for child in ax.get_children() if isinstance(child, Text) and child.get_text()]
    assert [text.get_text() for text in texts] == ["1·0.99", "2·0.90", "3·0.80", "4·0.70"]
    for first, second in itertools.combinations(texts, 2):
        width, height = np.minimum(first.rect[2:], second.rect[2:]) - np.maximum(
            first.rect[:2], second.rect[:2]
        )
        assert min(width, height) <= 0, "점수가 서로 가립니다."
    looks = [(patch.get_edgecolor(), patch.get_linestyle()) for patch in patches]
    assert looks[0] == looks[3] and len({*looks}) == 3
    assert len({line for _, line in looks}) == 3
    assert [handle.get_label() for handle in handles] == ["원", "세모", "네모"]


def test_detections_can_be_drawn_without_their_numbers(ax):
    patches, _ = plotting.draw_detections(ax, (GT, [0.5], [0]), ["원"], numbered=False)
    texts = [child for child in ax.get_children() if isinstance(child, Text) and child.get_text()]
    assert len(patches) == 1 and not texts


class TestTables:
    NUMBERS = {"mean": 60.0, "std": 1.0}
    BASE = dict.fromkeys(("AP", "AP50", "AP75"), NUMBERS) | {"positives": 11.1}

    def row(self, title, **delta):
        summary = self.BASE | ({"AP": self.NUMBERS | delta} if delta else {})
        return {"title": title, "runs": [{}] * 5, "summary": summary}

    @pytest.mark.parametrize(
        ("delta", "std", "wins", "mark"),
        [
            *[(-8.8, 0.9, 0, "▼"), (2.1, 1.2, 5, "▲"), (-0.3, 0.8, 2, "≈")],
            # 모든 시드에서 이겨도 퍼짐보다 작거나, 커도 한 시드에서 지면 말하지 않습니다.
            *[(0.5, 0.7, 5, "≈"), (2.0, 1.0, 4, "≈"), (-1.9, 1.4, 1, "≈")],
        ],
    )
    def test_a_difference_is_marked_only_when_it_holds(self, delta, std, wins, mark):
        row = self.row("가", delta=delta, delta_std=std, wins=wins)
        table = plotting.compare_runs({"base": self.row("기준"), "a": row}, "base", "a")
        assert table.rows[0][2] == "기준" and table.rows[1][2:4] == (
            f"{mark} {delta:+.1f} ± {std}",
            f"{wins}/5",
        )
        assert (table.deltas[1] == table.deltas[0]) is False

    def test_html_says_what_the_text_says_and_highlights_only_the_difference(self):
        row = self.row("가 < 나", delta=-8.8, delta_std=0.9, wins=0)
        table = plotting.compare_runs({"a": row}, "a")
        page = table._repr_html_()
        assert (
            "가 &lt; 나" in page and page.count("<strong>") == page.count("background-color") == 1
        )
        for text in (*table.rows[0][1:], table.note):
            assert text in str(table) and text.replace("-", "−") in page

    def test_an_unknown_experiment_is_named(self):
        with pytest.raises(ValueError, match="names: 'b'"):
            plotting.compare_runs({"a": self.row("가")}, "b")

    def test_scores_are_compared_with_the_first(self):
        values = {"가": 60.0, "나": 50.0, "다": 60.0, "라": 60.2}
        scores = {name: dict.fromkeys(self.BASE, value) for name, value in values.items()}
        assert [row[2] for row in plotting.compare_scores(scores).rows] == [
            *("기준", "-10", "같음", "+0")
        ]


def test_labels_without_room_stay_inside(ax):
    plotting.draw_image(ax, np.zeros((80, 120)))
    boxes = np.tile([[10, 10, 60, 60]], (80, 1))
    plotting.draw_boxes(ax, boxes, labels=["자리가 모자라는 긴 이름"] * len(boxes))
    ax.figure.draw_without_rendering()
    for label in labels(ax):
        assert inside(label.get_bbox_patch().get_window_extent(), ax.get_window_extent())


@pytest.mark.parametrize("kinds", list(itertools.permutations(["anchor", "gt", "positive"], 2)))
def test_a_smaller_box_lies_above_a_larger_one(ax, kinds):
    small, large = [[10, 10, 40, 40]], [[10, 10, 40, 60]]
    above = plotting.draw_boxes(ax, small, kinds[0])[0]
    below = plotting.draw_boxes(ax, large, kinds[1])[0]
    assert above.get_zorder() > below.get_zorder()


@pytest.mark.heavy
@pytest.mark.parametrize("order", [("anchor", "gt"), ("gt", "anchor")])
@pytest.mark.parametrize("gt", [[10, 10, 60, 60], [10, 10, 60, 80], [10, 10, 60, 40]])
def test_both_boxes_show_where_their_sides_coincide(ax, order, gt):
    boxes = {"anchor": [[10, 10, 60, 60]], "gt": [gt]}
    for kind in order:
        plotting.draw_boxes(ax, boxes[kind], kind)
    ax.grid(False)
    pixels = render(ax)[..., :3].astype(int)
    for kind, color in plotting.COLORS.items():
        near = np.abs(pixels - 255 * np.array(to_rgb(color))).sum(axis=2) < 60
        assert kind not in boxes or near.sum() > 300, kind


def test_draw_anchor_grid(ax):
    centers, anchors = plotting.draw_anchor_grid(ax, GRID, level=0, cell=(1, 2))
    np.testing.assert_array_equal(centers.get_offsets(), GRID.levels[0].centers)
    drawn = [patch.get_bbox().extents for patch in anchors]
    first = (1 * 6 + 2) * 3
    np.testing.assert_allclose(drawn, GRID.levels[0].boxes[first : first + 3])
    _, middle = plotting.draw_anchor_grid(new_axes(), GRID, level=1)
    np.testing.assert_allclose(middle[0].get_bbox().extents, GRID.levels[1].boxes[4 * 3])


def test_draw_encoding_draws_the_document_example(ax):
    artists = plotting.draw_encoding(ax, ANCHOR, GT[0])
    np.testing.assert_allclose(artists.anchor.get_bbox().extents, ANCHOR[0])
    np.testing.assert_allclose(artists.gt.get_bbox().extents, GT[0])
    vertices = artists.arrow.get_path().vertices
    np.testing.assert_allclose(vertices[0], (50, 50), atol=0.1)
    assert np.hypot(*(vertices - (58, 46)).T).min() < 0.5
    formulas = "".join(text.get_text() for text in artists.formulas)
    for value in ("0.200", "-0.200", "0.223", "0.182"):
        assert f"= {value}$" in formulas
    assert [text.get_text().split(" = ")[1] for text in artists.dimensions] == [
        "40", "50", "20", "24", "8", "−4",
    ]  # fmt: skip


def test_draw_encoding_follows_encode_boxes(ax):
    anchor, gt = [[0, 0, 30, 80]], [[60, 20, 80, 150]]
    formulas = plotting.draw_encoding(ax, anchor, gt).formulas
    lines = "\n".join(text.get_text() for text in formulas)
    for value in encode_boxes(anchor, gt)[0]:
        assert f"= {value:.3f}$" in lines


@pytest.mark.parametrize("size", [(8, 5), (6, 4), (5, 5), (10, 4)])
@pytest.mark.parametrize("gt", [GT, [[40, 50, 60, 52]], [[30, 0, 34, 90]], ANCHOR])
def test_draw_encoding_texts_do_not_overlap(size, gt):
    ax = new_axes(size)
    artists = plotting.draw_encoding(ax, ANCHOR, gt)
    ax.set_title("앵커를 정답 박스로 옮기는 네 값")
    assert_texts_apart(ax, artists)


def assert_texts_apart(ax, artists):
    ax.figure.draw_without_rendering()
    places = [text.get_window_extent() for text in artists.dimensions]
    places += [text.get_bbox_patch().get_window_extent() for text in artists.formulas]
    places += [ax.get_legend().get_window_extent()]
    for first, second in itertools.combinations(places, 2):
        assert overlap(first, second) < 3, (first, second)
    for text in places[:6]:
        assert inside(text, ax.get_window_extent()), text


@pytest.mark.heavy
def test_panels_of_one_scale_keep_their_texts_apart():
    figure = Figure(figsize=(9, 6.4))
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    deltas = encode_boxes(ANCHOR, GT)[0]
    for k, ax in enumerate(axes.flat):
        moved = decode_boxes(ANCHOR, [np.where(np.arange(4) == k, deltas, 0)])
        artists = plotting.draw_encoding(ax, ANCHOR, moved, show_formula=False, view=GT)
        ax.set_title("한 수만 적용")
        assert_texts_apart(ax, artists)
    assert len({ax.get_xlim() + ax.get_ylim() for ax in axes.flat}) == 1


def test_dimension_lines_keep_their_distance_when_the_view_changes(ax):
    artists = plotting.draw_encoding(ax, ANCHOR, GT, show_formula=False)
    ax.set(xlim=(-100, 200), ylim=(150, -50))
    ax.figure.draw_without_rendering()
    for text, other in itertools.combinations(artists.dimensions, 2):
        assert overlap(text.get_window_extent(), other.get_window_extent()) < 3


def test_draw_encoding_same_box_has_no_arrow(ax):
    artists = plotting.draw_encoding(ax, ANCHOR, ANCHOR, show_formula=False)
    assert artists.arrow is None and artists.formulas == []
    assert artists.dimensions[4].get_text() == r"$\Delta x$ = 0"


def test_draw_label_map(ax):
    anchors = GRID.boxes
    labels = np.resize([1, 0, 0, -1], len(anchors))
    markers, lines = plotting.draw_label_map(ax, GRID, labels)
    centers = (anchors[:, :2] + anchors[:, 2:]) / 2
    for label, kind in plotting.LABEL_KINDS.items():
        np.testing.assert_allclose(markers[label].get_offsets(), centers[labels == label])
        assert to_rgb(plotting.COLORS[kind]) == tuple(markers[label].get_facecolor()[0, :3])
    assert markers[0].get_zorder() < markers[-1].get_zorder() < markers[1].get_zorder()
    outlines = np.array(lines.get_segments())
    np.testing.assert_allclose(outlines[:, 0], anchors[labels == 1][:, :2])
    np.testing.assert_allclose(outlines[:, 2], anchors[labels == 1][:, 2:])
    assert plotting.draw_label_map(new_axes(), anchors, labels, boxes=False)[1] is None


def test_ground_truth_lies_above_the_positive_anchors_of_a_label_map(ax):
    _, lines = plotting.draw_label_map(ax, GRID, np.ones(len(GRID), dtype=int))
    (patch,) = plotting.draw_boxes(ax, [[0, 0, 10_000, 10_000]])
    assert patch.get_zorder() > lines.get_zorder()


def test_draw_label_map_uses_few_artists_for_many_anchors(ax):
    grid = AnchorGrid((640, 640), strides=8, scales=[32], ratios=(0.5, 1, 2))
    labels = np.resize([0, 0, 0, -1, 1], len(grid))
    plotting.draw_label_map(ax, grid, labels)
    assert len(grid) == 19_200 and len(ax.collections) == 4 and not ax.patches


def test_draw_threshold_bars(ax):
    bars = plotting.draw_threshold_bars(ax, IOU_MAX, 0.7, 0.3)
    np.testing.assert_array_equal([bar.get_height() for bar in bars], IOU_MAX)
    kinds = ["positive"] * 2 + ["ignore"] * 2 + ["negative"] * 2 + ["ignore", "negative"]
    assert [bar.get_facecolor() for bar in bars] == [to_rgba(plotting.COLORS[k]) for k in kinds]
    assert [bar.get_hatch() for bar in bars] == [plotting.STYLES[k].hatch for k in kinds]
    names = [label.get_text().split("\n")[1] for label in ax.get_xticklabels()]
    assert names == [plotting.STYLES[kind].name for kind in kinds]
    assert [line.get_ydata()[0] for line in ax.lines] == [0.7, 0.3]
    assert texts(ax)[:8] == [f"{value:.2f}" for value in IOU_MAX]


def test_draw_threshold_bars_keeps_strict_less_than(ax):
    bars = plotting.draw_threshold_bars(ax, IOU_MAX, 0.5, 0.4)
    assert bars[3].get_facecolor() == to_rgba(plotting.COLORS["ignore"])


def test_draw_iou_histogram(ax):
    bars = plotting.draw_iou_histogram(ax, IOU_MAX, 0.7, 0.3, bins=10)
    assert [bar.get_height() for bar in bars] == np.histogram(IOU_MAX, 10, (0, 1))[0].tolist()
    assert ax.get_yscale() == "log"
    summary = [text.get_text() for text in ax.get_legend().get_texts()]
    assert summary == [
        "음성 3개 (IoU < 0.3)",
        "무시 3개 (0.3 ≤ IoU < 0.7)",
        "양성 2개 (IoU ≥ 0.7)",
    ]
    linear = new_axes()
    plotting.draw_iou_histogram(linear, IOU_MAX, log=False)
    assert linear.get_yscale() == "linear"


def test_draw_iou_matrix(ax):
    iou = np.array([[0.1, 0.8], [0.0, 0.0], [0.5, 0.5]])
    image, frames = plotting.draw_iou_matrix(ax, iou)
    np.testing.assert_array_equal(image.get_array(), iou)
    assert texts(ax) == ["0.10", "0.80", "0.00", "0.00", "0.50", "0.50"]
    cells = [tuple(np.round(frame.get_center()).astype(int)) for frame in frames]
    assert cells == [(1, 0), (0, 2)]


def test_draw_assignment_steps():
    iou = np.array([[0.55, 0.1], [0.8, 0.72], [0.6, 0.66], [0.05, 0.12]])
    axes = Figure().subplots(1, 3)
    assert plotting.draw_assignment_steps(axes, iou) == {1: 0, 2: 1, 0: 0}
    titles = [ax.get_title(loc="left") for ax in axes]
    assert titles == ["1단계: 앵커 1 → GT 0", "2단계: 앵커 2 → GT 1", "나머지: IoU ≥ 0.5"]
    # 그은 칸과 테두리를 친 칸의 가운데 (열, 행).
    crossed = [{cell(patch) for patch in ax.patches if patch.get_hatch()} for ax in axes]
    assert crossed == [
        set(),
        {(0, 0), (0, 1), (1, 1), (0, 2), (0, 3)},
        {(1, 1), (0, 2)},
    ]
    framed = [[cell(patch) for patch in ax.patches if not patch.get_hatch()] for ax in axes]
    assert framed == [[(0, 1)], [(1, 2)], [(0, 1), (1, 2), (0, 0)]]
    assert [patch.get_linestyle() for patch in axes[2].patches if not patch.get_hatch()] == [
        "-", "-", "--",
    ]  # fmt: skip


def cell(patch):
    x, y = patch.get_center()
    return round(float(x)), round(float(y))


@given(data=st.data(), n_anchors=st.integers(1, 6), n_gt=st.integers(1, 4))
@settings(max_examples=10, deadline=None)
def test_assignment_steps_follow_the_convention_of_d2l(data, n_anchors, n_gt):
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    corners = rng.integers(0, 40, (n_anchors + n_gt, 2))
    boxes = np.hstack([corners, corners + rng.integers(10, 60, corners.shape)]).astype(float)
    anchors, gt_boxes = boxes[:n_anchors], boxes[n_anchors:]
    axes = Figure().subplots(1, min(n_anchors, n_gt) + 1)
    assigned = plotting.draw_assignment_steps(axes, box_iou(anchors, gt_boxes))
    expected = match_by_convention(anchors, gt_boxes, "d2l")
    positive = np.flatnonzero(expected.labels == 1)
    assert assigned == dict(zip(positive.tolist(), expected.matched_gt[positive], strict=True))


def test_causes_are_stacked_as_a_share_of_all_truths(ax):
    nothing = Group("개", 0, dict.fromkeys(CAUSES, 0))
    bars = plotting.draw_miss_causes(ax, [MISSED, nothing])
    # 첫 까닭은 하나도 없어 막대도 범례도 없습니다.
    assert [bar.get_width() for bar in bars[::2]] == [5 * number for number in range(1, 8)]
    assert max(bar.get_x() + bar.get_width() for bar in bars) == 100 * MISSED.missed / 20
    assert not any(bar.get_width() for bar in bars[1::2])
    titles = [CAUSES[name].title for name in CAUSES][1:]
    assert ax.get_legend_handles_labels()[1] == titles
    assert len({(bar.get_facecolor(), bar.get_hatch()) for bar in bars}) == 7


def test_add_legend(ax):
    legend = plotting.add_legend(ax, ["gt", "ignore"])
    assert [text.get_text() for text in legend.get_texts()] == ["정답 박스(GT)", "무시"]
    line, marker = legend.get_lines()
    assert line.get_color() == plotting.COLORS["gt"] and marker.get_marker() == "D"


EMPTY = np.empty((0, 4))


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plotting.draw_boxes(ax, EMPTY, labels=[]),
        lambda ax: plotting.draw_detections(ax, (EMPTY, [], []), ["원"]),
        lambda ax: plotting.draw_threshold_bars(ax, np.array([])),
        lambda ax: plotting.draw_label_map(ax, EMPTY, []),
        lambda ax: plotting.draw_iou_histogram(ax, np.array([])),
        lambda ax: plotting.draw_iou_matrix(ax, np.empty((0, 2))),
        lambda ax: plotting.draw_assignment_steps([ax], np.empty((0, 2))),
        lambda ax: plotting.draw_assignment_steps([ax], np.empty((3, 0))),
        lambda ax: plotting.draw_iou_matrix(ax, np.empty((3, 0))),
        lambda ax: plotting.add_legend(ax, []),
        lambda ax: plotting.draw_miss_causes(ax, []),
    ],
)
def test_empty_input_draws(ax, draw):
    draw(ax)
    assert render(ax).shape[2] == 4


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda ax: plotting.draw_image(ax, np.zeros((4, 4, 2))), r"image: 모양.*\(4, 4, 2\)"),
        (lambda ax: plotting.draw_image(ax, np.zeros((4, 4), int)), "image: .*int"),
        (lambda ax: plotting.draw_image(ax, np.full((4, 4), 2.0)), "image: .*최댓값 2"),
        (lambda ax: plotting.draw_image(ax, np.full((4, 4), np.nan)), "image: .*nan"),
        (lambda ax: plotting.draw_boxes(ax, GT, "box"), "kind: 'box'"),
        (lambda ax: plotting.draw_boxes(ax, [[9, 0, 1, 5]]), r"boxes\[0\]"),
        (lambda ax: plotting.draw_boxes(ax, GT, labels=["가", "나"]), "labels: .*1개.*2개"),
        (
            lambda ax: plotting.draw_detections(ax, (GT, [0.5], [1]), ["원"]),
            r"class_ids\[0\]: .*[1]",
        ),
        (lambda ax: plotting.draw_anchor_grid(ax, GT), "grid: .*ndarray"),
        (lambda ax: plotting.draw_anchor_grid(ax, GRID, level=2), "level: .*2입니다"),
        (lambda ax: plotting.draw_anchor_grid(ax, GRID, cell=(4, 0)), r"cell: .*\(4, 0\)"),
        (lambda ax: plotting.draw_encoding(ax, np.repeat(GT, 2, 0), GT), "anchor: .*2개"),
        (lambda ax: plotting.draw_label_map(ax, GT, [0, 1]), r"labels: .*2개"),
        (lambda ax: plotting.draw_label_map(ax, GT, [2]), r"labels\[0\]: .*2입니다"),
        (lambda ax: plotting.draw_threshold_bars(ax, IOU_MAX, 0.3, 0.7), "neg_thr"),
        (lambda ax: plotting.draw_iou_histogram(ax, [1.5]), "iou_max"),
        (lambda ax: plotting.draw_iou_matrix(ax, IOU_MAX), "iou: 모양"),
        (lambda ax: plotting.draw_iou_matrix(ax, [[0.5], [1.5]]), r"iou\[1, 0\]: .*1.5"),
        (lambda ax: plotting.draw_assignment_steps([ax], [[0.5]]), "axes: .*2개.*1개"),
        (lambda ax: plotting.draw_assignment_steps([ax], [[1.5]]), r"iou\[0, 0\]"),
        (lambda ax: plotting.draw_assignment_steps([ax, ax], [[0.5]], 2), "pos_thr"),
        (lambda ax: plotting.draw_encoding(ax, ANCHOR, GT, view=[[9, 0, 1, 5]]), r"view\[0\]"),
        (lambda ax: plotting.add_legend(ax, ["gt", "그림"]), r"kinds\[1\]: .그림."),
        (lambda ax: plotting.draw_method_lines(ax, ["5"], {"box": [[0.5]]}), "'box'.*anchor"),
        (
            lambda ax: plotting.draw_miss_causes(ax, [Group("", 1, {"늦잠": 1})]),
            r"groups\[0\]의 causes: '늦잠'",
        ),
    ],
)
def test_bad_input_is_named(ax, draw, message):
    with pytest.raises(ValueError, match=message):
        draw(ax)


IMAGE = np.random.default_rng(0).random((64, 96, 3))
LABELS = np.resize([1, 0, -1], len(GRID))
IOU = box_iou(GRID.boxes[:6], GT)
SCORES = {method: np.array([[0.5, 0.7]]) for method in LOOKS}
MISSED = Group("고양이", 20, {cause: number for number, cause in enumerate(CAUSES)})
EVERY_DRAW = {
    "draw_image": lambda ax: plotting.draw_image(ax, IMAGE),
    "draw_boxes": lambda ax: plotting.draw_boxes(ax, GT, labels=["고양이 ✓ −1 → ₀ ✗ ★"]),
    "draw_detections": lambda ax: plotting.draw_detections(ax, (GT, [0.5], [1]), ["원", "세모"]),
    "draw_anchor_grid": lambda ax: plotting.draw_anchor_grid(ax, GRID),
    "draw_encoding": lambda ax: plotting.draw_encoding(ax, ANCHOR, GT),
    "draw_label_map": lambda ax: plotting.draw_label_map(ax, GRID.boxes, LABELS),
    "draw_threshold_bars": lambda ax: plotting.draw_threshold_bars(ax, IOU_MAX),
    "draw_iou_histogram": lambda ax: plotting.draw_iou_histogram(ax, IOU_MAX),
    "draw_iou_matrix": lambda ax: plotting.draw_iou_matrix(ax, IOU),
    "draw_assignment_steps": lambda ax: plotting.draw_assignment_steps([ax, ax], IOU),
    "draw_method_bars": lambda ax: plotting.draw_method_bars(ax, ["작은 물체"], SCORES),
    "draw_method_lines": lambda ax: plotting.draw_method_lines(ax, ["5장"], SCORES),
    "draw_miss_causes": lambda ax: plotting.draw_miss_causes(ax, [MISSED]),
    "add_legend": lambda ax: plotting.add_legend(ax, tuple(plotting.COLORS)),
}


def test_every_draw_function_is_listed():
    public = {name for name in vars(plotting) if name.startswith(("draw_", "add_"))}
    assert public == set(EVERY_DRAW)


@pytest.mark.parametrize("name", EVERY_DRAW)
def test_every_figure_shows_all_its_glyphs_and_keeps_its_input(ax, name):
    inputs = (IMAGE, GT, ANCHOR, IOU_MAX, LABELS, IOU, GRID.boxes, *SCORES.values())
    before = [array.copy() for array in inputs]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        EVERY_DRAW[name](ax)
        ax.set_title("한글 제목: 정답 박스(GT) 뷁 −0.5")
        render(ax)
    assert [str(warning.message) for warning in caught] == []
    for array, copy in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def render(ax):
    ax.figure.canvas.draw()
    return np.asarray(ax.figure.canvas.buffer_rgba())


def test_missing_glyph_would_be_caught(ax):
    ax.set_title("\U00013080")
    with pytest.warns(UserWarning, match="Glyph .* missing"):
        render(ax)


# ── 글꼴 ──────────────────────────────────────────────────────────────


def characters(path):
    return set(FT2Font(str(path)).get_charmap())


BUNDLED = characters(plotting.FONT_PATH)
FALLBACK = characters(font_manager.findfont("DejaVu Sans"))
# 수식과 섞인 문자열에서는 글자별 대체 글꼴이 쓰이지 않습니다.
DRAWABLE = {True: BUNDLED, False: BUNDLED | FALLBACK}


def test_font_covers_the_course():
    assert set(range(0xAC00, 0xD7A4)) <= BUNDLED
    wanted = "ㄱㅎㅏㅣτσμαβγλΔπθε←↑→↓↔⇒×÷−±≤≥≠≈∞√∩∪∈·•…–—″′°²³✓○●□■△▲▽▼☆★「」『』、。"
    assert [char for char in wanted if ord(char) not in BUNDLED] == []
    assert [char for char in "₀₁₂₉✗" if ord(char) not in FALLBACK] == []


def test_font_is_small_and_carries_its_licence():
    assert plotting.FONT_PATH.stat().st_size <= 1.5 * 2**20
    licence = (plotting.FONT_PATH.parent / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence and "2014-2021 Adobe" in licence
    assert FT2Font(str(plotting.FONT_PATH)).family_name == plotting.FONT_FAMILY


def code_cells(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            # %매직 줄은 파이썬 문법이 아니므로 뺍니다.
            lines = "".join(cell["source"]).splitlines()
            yield "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))


def strings(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


SOURCES = sorted([*(ROOT / "anchorbox_utils").rglob("*.py"), *(ROOT / "notebooks").glob("*.ipynb")])


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_font_covers_every_string_of_the_course(path):
    codes = code_cells(path) if path.suffix == ".ipynb" else [path.read_text(encoding="utf-8")]
    missing = {
        char
        for code in codes
        for string in strings(code)
        for char in string
        if ord(char) > 126 and ord(char) not in DRAWABLE["$" in string]
    }
    assert missing == set()
