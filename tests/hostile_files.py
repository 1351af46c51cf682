"""망가뜨린 정답 파일: 옳은 것을 짓고 한두 군데를 망가뜨립니다. 그리고 진단이 지켜야 할 약속."""

import io
import json
import os
import re
from copy import deepcopy
from html.parser import HTMLParser

from hypothesis import strategies as st
from PIL import Image

from anchorbox_utils import AnchorGrid, diagnose, load_dataset
from anchorbox_utils.diagnosis.details import details
from anchorbox_utils.diagnosis.records import write_csv, write_json
from anchorbox_utils.visible import visible

GRID = AnchorGrid((64, 64), (8, 16), [[16], [32]])

TEXTS = [
    "",
    " ",
    "a.png",
    "../a.png",
    "/etc/passwd",
    "price$5_$10",
    "$\\frac{",
    "가" * 100,
    "a" * 3000,
    "\x1b]0;x\x07",
    "줄\n바꿈\r\t",
    "\u202egpj.exe",
    "z\u200bw\u2066",
    "\x9b31m\x7f",
    "\udcff\ud800",
    "\U000e0041\ufeff",
    "<script>alert(1)</script>",
    '"><img src=x onerror=x>',
    "=cmd|' /C x'!A0",
    "{0}%s",
    "nul\0",
    "NaN",
    "😀",
]
NUMBERS = [
    *(0, -1, 1, 0.5, -0.0, 1e-300, 1e155, -1e155, 1e300, 65535, 2**63, 10**400),
    *(float("nan"), float("inf"), float("-inf")),
]
SPELLINGS = [
    *(
        "0.1_5",
        "3_0",
        "٤٠",
        "５",
        "0x10",
        "1e400",
        "1e5",
        "nan",
        "-inf",
        "1d3",
        "1,5",
        "",
        "+",
        ".",
    ),
    *("+", ".", "true", "9" * 400, "0.5.5", "1e", "--1", "½", "Infinity", "1 2"),
]
YAMLS = [
    "names: [개, 새]",
    "names: {0: 개, 1: 새}",
    "names: {~: a}",
    'names: {!!int "": a}',
    "names: [2024-13-45]",
    "names: " + "[" * 60,
    "names: {1e999: a, .nan: b}",
    "names: {? [1] : a}",
    "names: &a [*a]",
    "nc: &a [*a]\nnames: [x]",
    "a: &a [x, x]\nb: &b [*a, *a]\nnames: *b\nnc: *b",
    "<<: {names: [a]}",
    "names: !!python/object:os.system x",
    "names: !!binary =",
    "names: !!timestamp x",
    "names: !!bool x",
    "names: [yes, no, ~, 1.5]",
    "names: {9999999999999999999999: a, -1: b, true: c}",
    "train: /etc\nval: ../..\nnames: [a]",
    "names: [a]\nkpt_shape: [-1, 99999999999]",
    "names: [a]\nkpt_shape: [17, 3]",
    "%YAML 9.9\n---\nnames: [a]",
    "\x00names",
    "names: [a]\n---\nnames: [b]",
]

_values = st.one_of(
    st.sampled_from([None, True, [], {}, [[]], {"a": [1]}, [1, 2, 3], ["x"] * 4, [[[1]] * 3]]),
    st.sampled_from(TEXTS),
    st.sampled_from(NUMBERS),
    st.floats(-100, 100),
)


def _places(node, path=()):
    """나무 모양 값의 모든 자리."""
    yield path
    pairs = node.items() if isinstance(node, dict) else enumerate(node if _is_list(node) else ())
    for key, child in pairs:
        yield from _places(child, (*path, key))


def _is_list(node):
    return isinstance(node, list)


@st.composite
def _damaged_tree(draw, tree, values=_values):
    """값을 하나 바꾸거나, 빼거나, 두 번 적은 나무."""
    *above, last = draw(st.sampled_from([path for path in _places(tree) if path]))
    parent = tree
    for key in above:
        parent = parent[key]
    match draw(st.sampled_from(["replace", "replace", "remove", "repeat"])):
        case "replace":
            # 견본을 그대로 넣으면 다음 보기가 그것을 고칩니다.
            parent[last] = deepcopy(draw(values))
        case "remove":
            del parent[last]
        case "repeat" if isinstance(parent, list):
            parent.append(deepcopy(parent[last]))
        case "repeat":
            parent[draw(st.sampled_from(TEXTS))] = deepcopy(parent[last])
    return tree


@st.composite
def _damaged_bytes(draw, text):
    """글을 바이트로. 가끔 인코딩을 바꾸거나, 끊거나, 몇 바이트를 바꿉니다."""
    encoding = draw(st.sampled_from(["utf-8"] * 6 + ["utf-16", "utf-32", "utf-8-sig", "cp949"]))
    errors = "surrogatepass" if encoding.startswith("utf") else "replace"
    data = text.encode(encoding, errors)
    match draw(st.sampled_from(["whole"] * 6 + ["cut", "splice"])):
        case "cut":
            return data[: draw(st.integers(0, len(data)))]
        case "splice":
            start = draw(st.integers(0, len(data)))
            return data[:start] + draw(st.binary(max_size=4)) + data[start + 2 :]
    return data


def _boxes(draw, most=4):
    sides = st.tuples(*[st.sampled_from([0, 1, 4, 8.5, 20, 30, 47, 64])] * 4)
    return [list(box) for box in draw(st.lists(sides, min_size=1, max_size=most))]


@st.composite
def coco_files(draw):
    """{파일 이름: 바이트}."""
    tree = {
        "images": [
            {"id": i, "file_name": name, "width": 64, "height": 48}
            for i, name in enumerate(["a.png", "b.png"], 1)
        ],
        "annotations": [
            {"id": i, "image_id": 1 + i % 2, "category_id": 1 + i % 2, "bbox": box}
            | {"area": 4.0, "iscrowd": 0, "segmentation": [[1, 1, 9, 1, 9, 9]]}
            for i, box in enumerate(_boxes(draw), 1)
        ],
        "categories": [{"id": 1, "name": "개"}, {"id": 2, "name": "새"}],
    }
    for _ in range(draw(st.integers(0, 3))):
        tree = draw(_damaged_tree(tree))
    ascii_only = draw(st.booleans())
    return {"a.json": draw(_damaged_bytes(json.dumps(tree, ensure_ascii=ascii_only)))}


def _xml(tree):
    tag, content = tree
    inside = content if isinstance(content, str) else "".join(map(_xml, content))
    return f"<{tag}>{inside}</{str(tag).split(' ')[0]}>"


@st.composite
def voc_files(draw):
    """{파일 이름: 바이트}."""

    def number():
        return draw(st.sampled_from(["1", "2.5", "30", "40"] * 4 + SPELLINGS))

    objects = [
        [
            "object",
            [
                ["name", draw(st.sampled_from(["개"] * 4 + TEXTS))],
                ["bndbox", [[tag, number()] for tag in ("xmin", "ymin", "xmax", "ymax")]],
            ],
        ]
        for _ in range(draw(st.integers(0, 3)))
    ]
    size = ["size", [["width", "64"], ["height", "48"]]]
    tree = ["annotation", [["filename", "a.png"], size, *objects]]
    parts = st.sampled_from(
        [["a", "x"], ["object", []], ["bndbox", "x"], ["annotation", []], ["a b='1' b='1'", ""]]
        + [["a", "&x;"], ["a", "<![CDATA[<]]>"], ["a", "<b>" * 200 + "</b>" * 200], ["size", "3"]]
        + [["filename", text] for text in TEXTS]
    )
    for _ in range(draw(st.integers(0, 3))):
        children = tree[1]
        if children and draw(st.booleans()):
            inner = draw(st.sampled_from(children))
            children = inner[1] if isinstance(inner[1], list) else children
        place = draw(st.integers(0, len(children)))
        children[place : place + draw(st.integers(0, 1))] = [deepcopy(draw(parts))]
    heads = ["", "<?xml version='1.0' encoding='euc-kr'?>", "<?xml version='1.0' encoding='idna'?>"]
    heads += ["<!DOCTYPE a [<!ENTITY x 'y'>]>", "\n\n", "<?xml version='1.0' encoding='utf-16'?>"]
    text = draw(st.sampled_from([""] * 6 + heads)) + _xml(tree)
    return {"a.xml": draw(_damaged_bytes(text))}


@st.composite
def yolo_files(draw):
    """{파일 이름: 바이트}."""
    lines = []
    for _ in range(draw(st.integers(0, 5))):
        fields = ["0", "0.5", "0.5", "0.25", "0.2"]
        if draw(st.integers(0, 4)) == 0:
            fields += draw(st.lists(st.sampled_from(["0.4", "0.7", "1", "7"]), max_size=8))
        for _ in range(draw(st.integers(0, 2))):
            fields[draw(st.integers(0, len(fields) - 1))] = draw(st.sampled_from(SPELLINGS))
        lines.append(" ".join(fields))
    text = draw(st.sampled_from(["\n", "\r\n", "\x0b", "\u2028"])).join(lines)
    files = {"a.txt": draw(_damaged_bytes(text)), "b.txt": b"1 0.5 0.5 0.1 0.1"}
    if draw(st.booleans()):
        files["data.yaml"] = draw(_damaged_bytes(draw(st.sampled_from(YAMLS))))
    if draw(st.booleans()):
        names = "\n".join(draw(st.lists(st.sampled_from(TEXTS), max_size=3)))
        files["classes.txt"] = draw(_damaged_bytes(names))
    return files


FILES = {"coco": coco_files(), "voc": voc_files(), "yolo": yolo_files()}


class _Tags(HTMLParser):
    """진단서가 쓰지 않는 요소나 속성이 있는지."""

    _ours = set(
        "html head meta title style body a main div h1 h2 h3 p dl dt dd ul li span small section "
        "code b nav figure figcaption picture source img svg g path rect use image defs circle br "
        "i table thead tbody tr th td pre".split()
    )

    def handle_starttag(self, tag, attrs):
        assert tag in self._ours, tag
        assert not any(name.startswith("on") for name, _ in attrs), attrs


def hidden(text):
    """그대로 내보내면 안 되는 글자가 있는지."""
    return visible(text, lines=True) != text


def run(folder, files, anchors=False):
    """파일들을 폴더에 쓰고 진단서까지 만듭니다. 약속을 어기면 AssertionError나 그 예외입니다.

    Returns:
        진단서, 또는 우리말 오류 하나로 거절했으면 None.
    """
    for name in ("a.png", "b.png"):
        if not os.path.exists(folder / name):
            Image.new("RGB", (64, 48), (90, 120, 150)).save(folder / name)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    try:
        dataset = load_dataset(folder)
    except ValueError as error:
        text = str(error)
        assert re.search("[가-힣]", text) and not hidden(text), ascii(text)
        return None
    report = diagnose(dataset, GRID if anchors else None)
    assert_safe(report)
    return report


def assert_safe(report):
    """글, HTML, JSON, CSV에 그대로 보이면 안 되는 글자가 없고, 모두 UTF-8로 저장됩니다."""
    outputs = {"text": f"{report}\n{details(report)}", "html": report.to_html()}
    for name, write in (("json", write_json), ("csv", write_csv)):
        file = io.StringIO()
        write(report, file)
        outputs[name] = file.getvalue()
    for name, text in outputs.items():
        text.encode("utf-8")
        assert not hidden(text), name
    json.loads(outputs["json"], parse_constant=lambda word: 1 / 0)
    _Tags().feed(outputs["html"])
