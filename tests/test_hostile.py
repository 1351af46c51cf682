"""남이 지은 파일: 무엇이 들었든 진단서나 우리말 오류 하나이고, 새는 것도 잃는 것도 없습니다."""

import base64
import io
import json
import os
import re
import signal
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hostile_files import FILES, GRID, TEXTS, assert_safe, hidden, run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from processes import running

from anchorbox_utils import diagnose, load_coco, load_dataset, load_voc, load_yolo
from anchorbox_utils.datasets import plain, reading, records
from anchorbox_utils.datasets.folders import walk
from anchorbox_utils.datasets.images import open_image, shrunk
from anchorbox_utils.diagnosis import command, figures, html, saving
from anchorbox_utils.diagnosis.command import main
from anchorbox_utils.visible import visible, visible_json

LINE = "0 0.5 0.5 0.5 0.5\n"
VOC = (
    "<annotation><filename>a.png</filename><size><width>64</width><height>48</height></size>"
    "{}</annotation>"
)
COMMAND = [sys.executable, "-m", "anchorbox_utils.diagnosis"]
posix = pytest.mark.skipif(os.name == "nt", reason="Windows에는 없는 종류의 파일입니다.")


@pytest.fixture
def no_charts(monkeypatch):
    monkeypatch.setattr(html, "draw_figures", lambda report: ())


def coco(path, name="a.png", box=(1, 2, -10, 10), categories=({"id": 1, "name": "x"},), size=None):
    width, height = size or (64, 48)
    image = {"id": 1, "file_name": name, "width": width, "height": height}
    record = {"id": 1, "image_id": 1, "category_id": 1, "bbox": list(box)}
    document = {"images": [image], "annotations": [record], "categories": list(categories)}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def yolo(folder, text=LINE, picture=(90, 120, 150)):
    folder.mkdir(exist_ok=True)
    (folder / "a.txt").write_text(text, encoding="utf-8")
    Image.new("RGB", (64, 48), picture).save(folder / "a.png")
    return folder


# 지은 파일들. 하나하나는 아래의 말뭉치에 남습니다.


@pytest.mark.parametrize("examples", [12, pytest.param(150, marks=pytest.mark.heavy)])
@pytest.mark.parametrize("fmt", FILES)
def test_made_up_files_keep_the_promise(fmt, examples, tmp_path_factory, no_charts):
    @settings(max_examples=examples, suppress_health_check=[HealthCheck.too_slow])
    @given(files=FILES[fmt], anchors=st.booleans())
    def keeps(files, anchors):
        run(tmp_path_factory.mktemp("set"), files, anchors=anchors)

    keeps()


# 예전에 진단이 멈추거나, 끝나지 않거나, 틀린 것을 받아들이던 파일들.

_BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10)
)


@pytest.mark.parametrize(
    "text",
    [
        "names: " + "[" * 5000,
        "names: {~: a}",
        'names: {!!int "": a}',
        "names: {a: 1}",
        "names: [2024-13-45]",
        _BOMB + "names: [*a9]\n",
        _BOMB + "names: [x]\nnc: *a9\n",
        "a: &a {x: 1}\n" + "".join(f"b{i}: &b{i} {{<<: [*a, *a]}}\n" for i in range(20)),
        "names: &a [*a]",
        "names: [[개]]",
        "names: {99999999999999999999: a}",
        'names: {!!float "": a}',
        "names: !!timestamp x",
    ],
)
def test_a_yaml_is_read_or_named(text, tmp_path):
    yolo(tmp_path)
    (tmp_path / "data.yaml").write_text(text, encoding="utf-8")
    dataset = load_dataset(tmp_path)
    assert dataset.n_boxes == 1
    assert all("data.yaml" in problem.source.file for problem in dataset.problems)


def test_a_number_beyond_float32_is_a_finding_without_a_warning(tmp_path, recwarn, no_charts):
    report = run(tmp_path, {"a.txt": b"0 0.5 0.5 0.25 " + b"9" * 60}, anchors=True)
    assert any(finding.kind.severity == "error" for finding in report.findings)
    assert not recwarn.list


@posix
@pytest.mark.parametrize("name", ["b.txt", "b.xml", "b.png", "b.json", "data.yaml", "classes.txt"])
@pytest.mark.parametrize("kind", ["folder", "fifo", "dangling", "device", "loop"])
def test_special_files_are_skipped_and_named(name, kind, tmp_path):
    yolo(tmp_path)
    make = {
        "folder": os.mkdir,
        "fifo": os.mkfifo,
        "dangling": lambda path: os.symlink("없는것", path),
        "device": lambda path: os.symlink("/dev/zero", path),
        "loop": lambda path: os.symlink(path, path),
    }
    make[kind](tmp_path / name)
    dataset = load_dataset(tmp_path)
    assert dataset.n_boxes == 1 and not dataset.problems
    assert str(tmp_path / name) in dict(dataset.reading.skipped)


@posix
@pytest.mark.parametrize("load", [load_coco, load_voc, load_dataset])
def test_a_special_file_given_directly_is_one_error(load, tmp_path):
    os.mkfifo(tmp_path / "a.json")
    for path in ("/dev/zero", tmp_path / "a.json"):
        with pytest.raises(ValueError, match="장치 파일|파이프"):
            load(path)


NUMBERS = {"0.1_5": 0, "3_0": 0, "٤٠": 0, "５": 0, "0x1": 0, "1e5": 1, "+1.5E1": 1, ".5": 1}


@pytest.mark.parametrize("spelling", NUMBERS)
def test_only_plain_numbers_are_numbers(spelling, tmp_path):
    good = NUMBERS[spelling]
    corners = {"xmin": "0", "ymin": "0", "xmax": spelling, "ymax": "40"}
    inside = "".join(f"<{tag}>{value}</{tag}>" for tag, value in corners.items())
    text = VOC.format(f"<object><name>x</name><bndbox>{inside}</bndbox></object>")
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    assert load_voc(tmp_path).n_boxes == good
    (tmp_path / "l").mkdir()
    (tmp_path / "l" / "a.txt").write_text(f"{LINE}0 .5 .5 {spelling} .5", encoding="utf-8")
    kinds = [problem.kind for problem in load_yolo(tmp_path / "l", sizes=(48, 64)).problems]
    assert kinds == ([] if spelling == ".5" else ["not_normalized" if good else "bad_record"])
    box = f'<box label="x" xtl="0" ytl="0" xbr="{spelling}" ybr="9"/>'
    image = f'<annotations><image name="a" width="64" height="48">{box}</image></annotations>'
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a.xml").write_text(image, encoding="utf-8")
    assert load_dataset(tmp_path / "c").n_boxes == good


@pytest.mark.parametrize("inside", ["<a>" * 3000 + "</a>" * 3000, "&x;", "<a", "\x01", "<a b='1"])
def test_one_odd_xml_never_refuses_the_others(inside, tmp_path):
    (tmp_path / "a.xml").write_text(VOC.format(f"<object>{inside}</object>"), encoding="utf-8")
    (tmp_path / "b.xml").write_text(VOC.format(""), encoding="utf-8")
    dataset = load_voc(tmp_path)
    assert [problem.kind for problem in dataset.problems] == ["broken_file"]
    assert len(dataset.images) == 1


def test_an_xml_of_many_levels_ends(tmp_path):
    (tmp_path / "a.xml").write_text(VOC.format("<a>" * 10**5 + "</a>" * 10**5), encoding="utf-8")
    with pytest.raises(ValueError, match="100단계"):
        load_voc(tmp_path)


def test_one_broken_split_is_a_finding(tmp_path):
    for split in ("train", "val"):
        (tmp_path / split).mkdir()
        coco(tmp_path / split / "_annotations.coco.json", box=(1, 2, 3, 4))
    broken = tmp_path / "val" / "_annotations.coco.json"
    broken.write_text(broken.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    dataset = load_dataset(tmp_path)
    (problem,) = dataset.problems
    assert dataset.n_boxes == 1 and problem.kind == "broken_file" and "열에서" in problem.reason
    assert problem.source.file == str(broken)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_mark_at_the_start_tells_the_encoding(encoding, tmp_path):
    for name, text in (
        ("a.json", coco(tmp_path / "a.json", box=(1, 2, 3, 4)).read_text(encoding="utf-8")),
        ("a.xml", VOC.format("<object><name>개</name></object>")),
        ("a.txt", LINE),
    ):
        folder = tmp_path / name.replace(".", "_")
        folder.mkdir()
        (folder / name).write_bytes(text.encode(encoding))
        Image.new("RGB", (64, 48)).save(folder / "a.png")
        assert len(load_dataset(folder).images) == 1


@pytest.mark.parametrize("encoding", ["idna", "punycode", "undefined", "zip", "unicode_escape"])
def test_an_encoding_that_is_no_table_of_letters_is_not_obeyed(encoding, tmp_path):
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    (tmp_path / "a.xml").write_text(head + VOC.format(""), encoding="utf-8")
    assert len(load_voc(tmp_path).images) == 1


# 한도. 넘으면 읽지 않고 그렇다고 말합니다.


@pytest.mark.parametrize(
    ("name", "bound"), [("a.json", "json"), ("a.xml", "xml"), ("a.txt", "text")]
)
def test_a_file_over_its_bound_is_told_and_not_read(name, bound, tmp_path):
    with open(tmp_path / name, "wb") as file:
        file.truncate(reading.BOUNDS[bound].value + 1)
    with pytest.raises(ValueError, match=r"MB인 파일이라 읽지 않았습니다.*MB까지"):
        reading.read_bytes(tmp_path / name, bound)


@pytest.mark.parametrize(
    "text",
    [
        '{"images": [], "annotations": [' + "0," * 10**6 + "0]}",
        '{"images": [' + "{}," * 10**6 + '{}], "annotations": []}',
        "[" + "[]," * 10**6 + "[]]",
        '{"images": [], "annotations": [{"a": NaN}' + ",[]" * 10**6 + "]}",
    ],
)
def test_json_that_would_fill_the_memory_is_told(text, tmp_path, monkeypatch):
    small = reading.BOUNDS["memory"]._replace(value=2**25)
    monkeypatch.setitem(reading.BOUNDS, "memory", small)
    monkeypatch.setattr(plain, "_LONG", 2**20)
    monkeypatch.setattr(reading, "_SMALL", 2**20)
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="GB쯤 쓸 내용"):
        load_coco(tmp_path / "a.json")


@pytest.mark.parametrize("item", ["[[]]", '{"id": 1}', '{"image_id": 1, "bbox": [1, 2, 0, 0]}'])
def test_records_that_are_no_boxes_end_at_a_bound(item, tmp_path, monkeypatch):
    monkeypatch.setattr(records, "MOST_PROBLEMS", 100)
    image = '{"id": 1, "file_name": "a", "width": 9, "height": 9}'
    text = f'{{"images": [{image}], "annotations": [{", ".join([item] * 200)}]}}'
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="100개를 넘어"):
        load_coco(tmp_path / "a.json")


def test_bounds_leave_room_for_train2017():
    assert reading.BOUNDS["json"].value > 2 * 450 * 2**20


def png_of(width, height):
    """머리와, 풀면 검은 그림이 될 몸. 압축한 0이라 파일은 작습니다."""

    def chunk(name, body):
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes((width // 8 + 1) * height), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp"])
def test_a_huge_picture_is_measured_and_never_unpacked(name, tmp_path, no_charts):
    """이름과 내용이 달라도 마찬가지입니다."""
    (tmp_path / name).write_bytes(png_of(20_000, 20_000))
    (tmp_path / "a.txt").write_text(LINE + "0 0.5 0.5 -0.1 0.1", encoding="utf-8")
    limit = Image.MAX_IMAGE_PIXELS
    dataset = load_dataset(tmp_path)
    assert dataset.images[0].file_size == (20_000, 20_000)
    assert not [problem for problem in dataset.problems if problem.kind == "broken_image"]
    assert shrunk(str(tmp_path / name), "RGB", (64, 64)) is None
    assert "data:image/jpeg" not in diagnose(dataset).to_html()
    assert Image.MAX_IMAGE_PIXELS == limit


def test_only_pictures_are_opened_as_pictures(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(OSError):
        open_image(str(tmp_path / "a.jpg"))


# 남이 지은 글.


@pytest.mark.parametrize("name", TEXTS, ids=ascii)
def test_no_name_reaches_the_reader_raw(name, tmp_path, no_charts):
    names = ({"id": 1, "name": name}, {"id": 2, "name": name + "2"})
    report = diagnose(load_coco(coco(tmp_path / "a.json", name + ".png", categories=names)))
    assert_safe(report)
    assert not hidden(report._repr_html_())
    report.save_html(tmp_path / "r.html")
    assert not hidden((tmp_path / "r.html").read_text(encoding="utf-8"))


@pytest.mark.heavy
@pytest.mark.parametrize("first", [0, 12])
def test_charts_take_any_class_name(first, tmp_path, monkeypatch):
    """그림 속의 이름: 수식 기호, 글꼴에 없는 글자, 서로게이트."""
    monkeypatch.setattr(figures, "_FIGURES", (figures._draw_classes,))
    texts = [*TEXTS, "ข้อมูล"][first : first + 15]
    names = [{"id": i, "name": name} for i, name in enumerate(texts)]
    document = json.loads(coco(tmp_path / "a.json").read_text(encoding="utf-8"))
    document["categories"] = names
    document["annotations"] = [
        {"id": i + 1, "image_id": 1, "category_id": i, "bbox": [1, 2, 20, 20 + i]}
        for i in range(len(names))
        for _ in range(len(names) - i)
    ]
    (tmp_path / "a.json").write_text(json.dumps(document), encoding="utf-8")
    assert_safe(diagnose(load_coco(tmp_path / "a.json")))


@pytest.mark.parametrize(
    "box",
    [(0, 0, 1e155, 1e155), (0, 0, 1e160, 1), (-1e155, 0, 5, 5), (0, 0, 1e-300, 5), (1e29,) * 4],
)
def test_any_corner_gives_a_report(box, tmp_path, no_charts):
    report = diagnose(load_coco(coco(tmp_path / "a.json", box=box)), GRID)
    assert_safe(report)
    boxes = load_coco(tmp_path / "a.json").images[0].boxes
    assert len(boxes) == 0 or np.isfinite((boxes[:, 2:] - boxes[:, :2]).prod(axis=1)).all()


def test_a_cell_is_never_a_formula(tmp_path):
    coco(tmp_path / "a.json", "=1+1.png", (900, 2, 10, 10), [{"id": 1, "name": "@SUM(A1)"}])
    diagnose(load_coco(tmp_path / "a.json")).save_csv(tmp_path / "r.csv")
    text = (tmp_path / "r.csv").read_text(encoding="utf-8-sig")
    assert ",'=1+1.png," in text and ",'@SUM(A1)," in text


@given(st.text())
def test_visible_text_has_nothing_hidden_and_json_stays_the_same(text):
    shown = visible(text)
    assert not hidden(shown) and "\n" not in shown
    shown.encode("utf-8")
    coded = visible_json(json.dumps(text, ensure_ascii=False))
    assert not hidden(coded)
    if not re.search("[\ud800-\udfff]", text):
        assert json.loads(coded) == text


@posix
@pytest.mark.parametrize(
    "name", ["a\x1b]0;x\x07", "줄\n바꿈", "\u202egpj", "$5_$10", "\udcc0\udcda"]
)
def test_no_file_name_reaches_the_terminal_raw(name, tmp_path, capsys, no_charts):
    try:
        # 다른 인코딩의 컴퓨터에서는 같은 바이트가 멀쩡한 글자일 수 있습니다.
        name = os.fsdecode(os.fsencode(name))
    except UnicodeEncodeError:
        pytest.skip("이 컴퓨터의 파일 이름으로는 적을 수 없는 글자입니다.")
    folder = yolo(tmp_path / name, f"{LINE}0 0.5 0.5 -0.2 0.2\nx\x1b y\n")
    (folder / f"{name}.txt").write_bytes(b"\xff\xfe\xfd")
    outputs = {kind: str(tmp_path / f"r.{kind}") for kind in saving.OUTPUTS}
    arguments = [part for kind, path in outputs.items() for part in (f"--{kind}", path)]
    assert main([str(folder), *arguments, "--fix", str(tmp_path / "고침")]) == 1
    assert main([str(folder / "없음")]) == 2
    told = capsys.readouterr()
    written = [(tmp_path / f"r.{kind}").read_text(encoding="utf-8-sig") for kind in outputs]
    written.append((tmp_path / "고침" / "changes.diff").read_text(encoding="utf-8"))
    for text in (told.out, told.err, *written):
        assert not hidden(text)
    assert "고친 사본" not in told.err and (tmp_path / "고침" / "a.txt").is_file()


# 사생활: 받은 폴더와 그 짝, --images의 안에 있는 그림만 엽니다.

_PINK = (255, 0, 255)


def leaked(report):
    """진단서에 실린 분홍 픽셀의 수."""
    coded = re.findall(r"data:image/jpeg;base64,([A-Za-z0-9+/=]+)", report.to_html())
    pictures = [Image.open(io.BytesIO(base64.b64decode(part))) for part in coded]
    return sum(
        int((np.abs(np.asarray(one.convert("RGB"), int) - _PINK).max(axis=2) < 12).sum())
        for one in pictures
    )


@pytest.fixture
def secret(tmp_path):
    folder = tmp_path / "비밀"
    folder.mkdir()
    Image.new("RGB", (64, 48), _PINK).save(folder / "private.png")
    return folder / "private.png"


@pytest.mark.parametrize("written", ["{0}", "../비밀/{1}", "..\\비밀\\{1}", "file://{0}", "{1}"])
@pytest.mark.parametrize("fmt", ["coco", "voc", "labelme", "cvat"])
@pytest.mark.parametrize("with_images", [False, True])
def test_a_written_name_never_opens_a_place(
    written, fmt, with_images, secret, tmp_path, monkeypatch, no_charts
):
    monkeypatch.chdir(secret.parent)
    name, folder = written.format(secret, secret.name), tmp_path / "데이터"
    folder.mkdir()
    if fmt == "coco":
        coco(folder / "a.json", name)
    elif fmt == "voc":
        text = VOC.format("").replace("a.png", name).replace("<size>", f"<path>{name}</path><size>")
        (folder / "a.xml").write_text(text, encoding="utf-8")
    elif fmt == "labelme":
        shape = {"label": "x", "points": [[1, 2], [30, 40]], "shape_type": "rectangle"}
        document = {"shapes": [shape], "imagePath": name, "imageWidth": 64, "imageHeight": 48}
        (folder / "a.json").write_text(json.dumps(document), encoding="utf-8")
    else:
        box = '<box label="x" xtl="1" ytl="2" xbr="30" ybr="40"/>'
        text = (
            f'<annotations><image name="{name}" width="64" height="48">{box}</image></annotations>'
        )
        (folder / "a.xml").write_text(text, encoding="utf-8")
    Image.new("RGB", (9, 9)).save(folder / "other.png")
    report = diagnose(load_dataset(folder, images=folder if with_images else None))
    assert leaked(report) == 0 and report.n_opened == 0
    assert str(secret.parent) not in report.dataset.reading.roots
    assert str(folder) in str(report)


@posix
@pytest.mark.parametrize("place", ["file", "folder", "twin", "labels"])
def test_a_link_out_of_the_data_is_named_and_not_followed(place, secret, tmp_path, no_charts):
    folder = tmp_path / "데이터"
    (folder / "annotations").mkdir(parents=True)
    link = {
        "file": folder / "annotations" / "private.png",
        "folder": folder / "annotations" / "images",
        "twin": folder / "images",
        "labels": folder / "annotations" / "b.txt",
    }[place]
    os.symlink(secret if place in ("file", "labels") else secret.parent, link)
    (folder / "annotations" / "private.txt").write_text(f"{LINE}0 .5 .5 -.1 .1", encoding="utf-8")
    dataset = load_dataset(folder / "annotations")
    assert leaked(diagnose(dataset)) == 0
    reasons = dict(dataset.reading.skipped)
    assert "가리키는 링크" in reasons[str(link)]
    # 그 폴더를 직접 주면 봅니다.
    assert leaked(diagnose(load_dataset(folder / "annotations", images=secret.parent))) > 0


@posix
def test_a_link_within_the_data_is_followed(tmp_path, no_charts):
    folder = yolo(tmp_path / "데이터", picture=_PINK)
    (folder / "store").mkdir()
    (folder / "a.png").rename(folder / "store" / "b.png")
    os.symlink(folder / "store" / "b.png", folder / "a.png")
    assert leaked(diagnose(load_dataset(folder))) > 0
    deep = folder
    for _ in range(60):
        deep = deep / "d"
    deep.mkdir(parents=True)
    assert len(walk(folder).files) == 3


def test_a_yaml_does_not_open_another_place(secret, tmp_path):
    for folder in ("labels", "images"):
        (secret.parent / folder).mkdir()
    (secret.parent / "labels" / "p.txt").write_text(LINE, encoding="utf-8")
    secret.rename(secret.parent / "images" / "p.png")
    (tmp_path / "데이터").mkdir()
    file = tmp_path / "데이터" / "data.yaml"
    file.write_text(f"path: {secret.parent}\ntrain: images\nnames: [x]", encoding="utf-8")
    with pytest.raises(ValueError, match="직접 주고 --names"):
        load_dataset(file)


@posix
@pytest.mark.parametrize("name", ["classes.txt", "obj.data"])
def test_a_list_of_classes_does_not_read_another_place(name, tmp_path):
    (tmp_path / "private.txt").write_text("password", encoding="utf-8")
    folder = yolo(tmp_path / "데이터")
    if name == "obj.data":
        (folder / name).write_text(f"names = {tmp_path}/private.txt\n", encoding="utf-8")
    else:
        os.symlink(tmp_path / "private.txt", folder / name)
    assert "password" not in load_dataset(folder).categories.values()


# 명령: 무엇이 멈추어도 먼저 있던 파일은 그대로이고, 한 줄로 끝납니다.


@pytest.mark.parametrize("kind", saving.OUTPUTS)
@pytest.mark.parametrize("trouble", [KeyboardInterrupt, UnicodeEncodeError, OSError, MemoryError])
def test_a_write_that_stops_keeps_the_older_report(kind, trouble, tmp_path, monkeypatch, capsys):
    folder, path = yolo(tmp_path / "데이터"), tmp_path / f"r.{kind}"
    monkeypatch.setattr(html, "draw_figures", lambda report: ())
    assert main([str(folder), f"--{kind}", str(path)]) == 0
    before = path.read_bytes()
    arguments = {UnicodeEncodeError: ("utf-8", "\ud800", 0, 1, "x"), OSError: (28, "full")}

    def stop(report, file):
        file.write("반만")
        raise trouble(*arguments.get(trouble, ()))

    monkeypatch.setitem(saving.OUTPUTS, kind, (stop, *saving.OUTPUTS[kind][1:]))
    capsys.readouterr()
    assert main([str(folder), f"--{kind}", str(path)]) == (
        130 if trouble is KeyboardInterrupt else 2
    )
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "Traceback" not in told
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(["데이터", path.name])


def test_ctrl_c_is_one_line(tmp_path, monkeypatch, capsys):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "load_dataset", interrupt)
    assert main([str(yolo(tmp_path / "데이터"))]) == 130
    assert capsys.readouterr().err.count("\n") == 1


# 진단서를 반만 쓰고 기다리는 명령. SIGINT의 처리기는 뒤에서 띄운 프로세스에서도 있게 합니다.
_HALF_WAY = """
import signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
from anchorbox_utils.diagnosis import command, saving
def half(report, file):
    file.write("반만"); file.flush(); print("쓰는 중", flush=True); threading.Event().wait()
saving.OUTPUTS["json"] = (half, *saving.OUTPUTS["json"][1:])
sys.exit(command.main())
"""


@posix
@pytest.mark.heavy
@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_signal_halfway_leaves_the_older_report(sent, tmp_path):
    folder, path = yolo(tmp_path / "데이터"), tmp_path / "r.json"
    path.write_text('{"schema": "anchorbox-diagnose", "old": 1}', encoding="utf-8")
    line = [sys.executable, "-c", _HALF_WAY, str(folder), "--json", str(path)]
    with running(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert any("쓰는 중" in row.decode("utf-8") for row in process.stdout)
        process.send_signal(getattr(signal, sent))
        _, told = process.communicate(timeout=60)
    if sent == "SIGINT":
        assert process.returncode == 130 and told.count(b"\n") == 1
        assert sorted(one.name for one in tmp_path.iterdir()) == sorted(["데이터", "r.json"])
    assert "old" in path.read_text(encoding="utf-8")


@posix
@pytest.mark.heavy
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 {} -h >/dev/null", 0),
        ("{} -h | true; exit ${{PIPESTATUS[0]}}", 0),
        ("{} data --json r.json | head -1; exit ${{PIPESTATUS[0]}}", 0),
        ("{} data >/dev/full", 2),
        ("{} data >&-", 0),
        ("trap '' XFSZ; ulimit -f 0; {} data --json r.json", 2),
    ],
)
def test_the_command_in_a_shell(line, code, tmp_path):
    yolo(tmp_path / "data")
    if "/dev/full" in line and not os.path.exists("/dev/full"):
        pytest.skip("/dev/full이 없습니다.")
    line = line.format(" ".join(COMMAND))
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
    assert done.stderr.count("\n") <= 1
    if "ulimit" in line:
        assert not (tmp_path / "r.json").exists()
    elif "--json" in line:
        assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "options",
    [
        *("--strides 0", "--strides -8", "--strides nan", "--strides 1e-9", "--strides 1_6"),
        *("--strides ٨", "--input-size 1e9 1e9", "--input-size 0 5", "--input-size 0x10 5"),
        *("--scales 1e300", "--scales ,", "--ratios 0", "--ratios inf", "--pos-thr 2"),
        *("--neg-thr nan", "--num-classes 0", "--num-classes 1.5", "--background -9"),
        *("--background 99999999999999999999", "--format x", "--fail-on x", "--ignore x"),
    ],
)
def test_an_absurd_option_is_one_korean_error(options, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([str(tmp_path), *options.split()])
    told = capsys.readouterr().err.splitlines()[-1]
    assert stopped.value.code == 2 and re.search("[가-힣]", told)
    assert options.split()[0] in told


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--input-size 100000 100000 --strides 1", "앵커가"),
        ("--images 없음", "폴더가 없습니다"),
        ("--names 없음", "그런 파일이 없습니다"),
        ("--html 없음/r.html", "폴더가 없습니다"),
        ("--input-size 64 64 --scales 8 --scales 16", "단계"),
    ],
)
def test_an_option_that_cannot_be_done_is_one_line(options, word, tmp_path, capsys):
    assert main([str(yolo(tmp_path / "데이터")), *options.split()]) == 2
    told = capsys.readouterr()
    assert word in told.err and told.err.count("\n") == 1 and not told.out


@posix
def test_an_output_is_never_a_special_file_and_a_link_stays(tmp_path, capsys):
    folder = yolo(tmp_path / "데이터")
    os.mkfifo(tmp_path / "fifo")
    for path in ("/dev/null", str(tmp_path / "fifo")):
        assert main([str(folder), "--json", path]) == 2
    (tmp_path / "real").mkdir()
    os.symlink(tmp_path / "real" / "r.json", tmp_path / "r.json")
    assert main([str(folder), "--json", str(tmp_path / "r.json")]) == 0
    assert (tmp_path / "r.json").is_symlink() and (tmp_path / "real" / "r.json").is_file()
    long = tmp_path / ("r" * 250 + ".json")
    assert main([str(folder), "--json", str(long)]) == 0 and long.is_file()
