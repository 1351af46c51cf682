"""--fix: 원본은 그대로 두고, 짐작 없이 고칠 수 있는 것만 고친 사본을 씁니다."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anchorbox_utils import diagnose, load_coco, load_dataset, load_voc, load_yolo
from anchorbox_utils.datasets import FORMATS
from anchorbox_utils.diagnosis import proposal
from anchorbox_utils.diagnosis.command import main
from anchorbox_utils.diagnosis.editors import EDITORS
from anchorbox_utils.diagnosis.repairs import REPAIRS, place_number

WIDTH, HEIGHT = 640, 480
# 종류마다: xyxy 박스들 → 고친 다음의 xyxy 박스들. 앞의 둘은 언제나 옳은 박스입니다.
GOOD = [[50, 50, 250, 250], [300, 100, 500, 400]]
TWINS = [*GOOD, [100, 220, 300, 420]]
BROKEN = {
    "duplicate_boxes": ([*GOOD, GOOD[0]], GOOD),
    "border_rounding": ([*GOOD, [400, 200, 640.5, 300]], [*GOOD, [400, 200, 640, 300]]),
    "flipped": ([*GOOD, [200, 440, 100, 320]], [*GOOD, [100, 320, 200, 440]]),
    "shifted_duplicates": (
        [*TWINS, *(np.array(TWINS) + 2).tolist()],
        TWINS,
    ),
}


def write_coco(folder, boxes, style):
    folder.mkdir(parents=True, exist_ok=True)
    images = [{"id": 0, "file_name": "사진.png", "width": WIDTH, "height": HEIGHT}]
    records = [
        {
            "id": number,
            "image_id": 0,
            "category_id": 1,
            "bbox": [x1, y1, round(x2 - x1, 4), round(y2 - y1, 4)],
            "메모": '괄호 }],{ 와 "따옴표"',
        }
        for number, (x1, y1, x2, y2) in enumerate(boxes, start=1)
    ]
    names = [{"id": 1, "name": "개"}]
    document = {"info": {"annotations": []}, "images": images, "annotations": records}
    options = {"tight": {"separators": (",", ":")}, "wide": {"indent": 2}, "plain": {}}[style]
    text = json.dumps(document | {"categories": names}, ensure_ascii=False, **options)
    (folder / "a.json").write_text(text + "\n\n", encoding="utf-8", newline="")


OBJECT = """  <object>
\t<name>개</name>  <pose/>
    <bndbox><xmin> {0:g} </xmin><ymin>{1:g}</ymin>
      <xmax>{2:g}</xmax><ymax>{3:g}</ymax></bndbox>
  </object>
"""


def write_voc(folder, boxes, style):
    folder.mkdir(parents=True, exist_ok=True)
    objects = "".join(OBJECT.format(*box) for box in boxes)
    if style == "tight":
        objects = re.sub(r">\s+<", "><", objects).strip()
    text = (
        f"<annotation><filename>사진.png</filename><!-- <object> -->\n"
        f"<size><width>{WIDTH}</width><height>{HEIGHT}</height></size>\n{objects}</annotation>"
    )
    if style == "wide":
        text = text.replace("\n", "\r\n")
    if style == "plain":
        text = f"<?xml version='1.0' encoding='euc-kr'?>\n{text}"
    encoding = "cp949" if style == "plain" else "utf-8"
    (folder / "a.xml").write_text(text, encoding=encoding, newline="")


def write_yolo(folder, boxes, style):
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for x1, y1, x2, y2 in boxes:
        values = [(x1 + x2) / 2 / WIDTH, (y1 + y2) / 2 / HEIGHT, (x2 - x1) / WIDTH]
        values.append((y2 - y1) / HEIGHT)
        lines.append("0  " + "\t".join(f"{value:.7f}" for value in values))
    end = {"tight": "\n", "wide": "\r\n", "plain": "\n"}[style]
    text = end.join(lines) + (end if style != "tight" else "")
    encoding = "utf-8-sig" if style == "plain" else "utf-8"
    (folder / "a.txt").write_text(text, encoding=encoding, newline="")
    (folder / "classes.txt").write_text("개\n", encoding="utf-8")
    Image.new("RGB", (WIDTH, HEIGHT)).save(folder / "a.png")


FILES = {"coco": (write_coco, "a.json"), "voc": (write_voc, "a.xml"), "yolo": (write_yolo, "a.txt")}
STYLES = ("tight", "wide", "plain")


def snapshot(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("fmt", FILES)
@pytest.mark.parametrize("kind", REPAIRS)
def test_only_what_needs_no_guess_is_mended(kind, fmt, style, tmp_path, capsys):
    before, after = BROKEN[kind]
    write, name = FILES[fmt]
    source, target, again = (tmp_path / part for part in ("원본 데이터", "고친 것", "다시"))
    write(source, before, style)
    original = snapshot(source)
    assert kind in diagnose(load_dataset(source, fmt)).names
    main([str(source), "--format", fmt, "--fix", str(target)])
    out = capsys.readouterr().out
    assert snapshot(source) == original and "고친 사본" in out
    mended = snapshot(target)
    diff = mended.pop("changes.diff").decode("utf-8")
    assert set(mended) == {name for name in original if not name.endswith(".png")}
    assert f"--- a/{name}" in diff and re.search(r"^@@ .* @@ .+다\.$", diff, re.MULTILINE)
    # 고친 기록 말고는 한 바이트도 다르지 않습니다: 옳은 박스만 처음부터 적은 것과 견줍니다.
    write(again, after, style)
    expected = (again / name).read_bytes()
    if kind in ("border_rounding", "flipped"):
        assert without_numbers(mended[name]) == without_numbers(expected)
        good = mended[name][: len(original[name]) // 2]
        assert original[name].startswith(good)
    else:
        assert mended[name].rstrip() == expected.rstrip()
    for other in set(mended) - {name}:
        assert mended[other] == original[other]
    for picture in source.glob("*.png"):
        (target / picture.name).write_bytes(picture.read_bytes())
    fixed = load_dataset(target, fmt)
    assert np.allclose(fixed.images[0].boxes, after, atol=1e-3) and not fixed.problems
    assert kind not in diagnose(fixed).names


def without_numbers(data):
    return re.sub(rb"-?[0-9]+(\.[0-9]+)?", b"0", data)


def test_every_format_can_be_mended_or_says_it_cannot(tmp_path, capsys, monkeypatch):
    assert set(EDITORS) <= set(FORMATS)
    write_coco(tmp_path / "a", BROKEN["flipped"][0], "plain")
    monkeypatch.delitem(EDITORS, "coco")
    main([str(tmp_path / "a"), "--fix", str(tmp_path / "b")])
    assert "고칠 수 없어" in capsys.readouterr().out and not (tmp_path / "b").exists()


@pytest.mark.parametrize("fmt", FILES)
def test_the_place_of_a_record_begins_with_its_number(fmt, tmp_path):
    """고치기는 자리의 글에서 처음 나오는 수로 기록을 찾습니다."""
    FILES[fmt][0](tmp_path, GOOD, "plain")
    sources = [s for image in load_dataset(tmp_path, fmt).images for s in image.sources]
    first = 1 if fmt == "yolo" else 0
    assert [place_number(source) for source in sources] == [first, first + 1]


def test_untouched_bytes_stay_even_where_the_writing_is_odd(tmp_path):
    text = (
        '{ "annotations" :[\n {"bbox":[ 1.50 ,2,3e1,40.0] , "image_id":0,"category_id":1,"id":1} ,'
        '\n\n\t{"id":2,"image_id":0,"category_id":1,"bbox":[600,400,40.25,80.5],"x":[{"bbox":[0]}]}],'
        ' "images":[{"id":0,"width":640,"height":480}],"categories":[{"id":1,"name":"\\uac1c"}]}'
    )
    source = tmp_path / "a.json"
    source.write_text(text, encoding="utf-8")
    assert main([str(source), "--fix", str(tmp_path / "b" / ".." / "c")]) == 2
    (tmp_path / "b").mkdir()
    assert main([str(source), "--fix", str(tmp_path / "b")]) == 2
    target = tmp_path.parent / f"{tmp_path.name}-고침"
    assert main([str(source), "--fix", str(target)]) == 0
    fixed = (target / "a.json").read_text(encoding="utf-8")
    assert fixed == text.replace("[600,400,40.25,80.5]", "[600,400,40.00,80.00]")


def test_twins_of_coco_lose_the_later_one_with_its_comma(tmp_path):
    place = np.array(TWINS)
    for style in STYLES:
        for order in ("뒤에 한꺼번에", "번갈아", "앞에 한꺼번에"):
            both = [place, place + 2]
            rows = np.stack(both, 1).reshape(-1, 4) if order == "번갈아" else np.concatenate(both)
            if order == "앞에 한꺼번에":
                rows = np.concatenate(both[::-1])
            source, target = (tmp_path / style / order / name for name in ("a", "b"))
            write_coco(source, rows.tolist(), style)
            main([str(source / "a.json"), "--fix", str(target)])
            kept = json.loads((target / "a.json").read_text(encoding="utf-8"))["annotations"]
            ids = {"번갈아": [1, 3, 5]}.get(order, [1, 2, 3])
            assert [record["id"] for record in kept] == ids
            tail = (source / "a.json").read_bytes().rpartition(b"categories")[2]
            assert (target / "a.json").read_bytes().endswith(tail)


def test_records_that_differ_elsewhere_are_left_and_said(tmp_path, capsys):
    write_coco(tmp_path / "a", BROKEN["duplicate_boxes"][0], "wide")
    path = tmp_path / "a" / "a.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["annotations"][2]["속성"] = {"가림": 1}
    path.write_text(json.dumps(document), encoding="utf-8")
    main([str(path), "--fix", str(tmp_path / "b")])
    out = capsys.readouterr().out
    assert "짝과 달라" in out and "아무것도 쓰지 않았습니다" in out
    assert not (tmp_path / "b").exists()


def test_polygons_are_not_touched(tmp_path, capsys):
    folder = tmp_path / "a"
    folder.mkdir()
    Image.new("RGB", (WIDTH, HEIGHT)).save(folder / "a.png")
    line = "0 0.5 0.5 1.001 0.5 1.001 0.9 0.5 0.9\n"
    (folder / "a.txt").write_text(line, encoding="utf-8")
    report = diagnose(load_yolo(folder, folder))
    assert "border_rounding" in report.names
    told = proposal.propose(report, folder, tmp_path / "b")
    assert "손대지 않았습니다" in told and not (tmp_path / "b").exists()


def test_one_based_voc_keeps_its_way_of_counting(tmp_path):
    write_voc(tmp_path / "a", [[61, 61, 250, 250], [401, 201, 640.5, 300]], "wide")
    main([str(tmp_path / "a"), "--one-based", "--fix", str(tmp_path / "b")])
    before, after = (load_voc(tmp_path / name, one_based=True) for name in "ab")
    assert before.images[0].boxes[0].tolist() == after.images[0].boxes[0].tolist()
    assert after.images[0].boxes[1].tolist() == [400, 200, 640, 300]
    assert b"<xmin> 401 </xmin>" in (tmp_path / "b" / "a.xml").read_bytes()


@pytest.mark.parametrize(
    "target", ["a", ".", "a/안", "있는 폴더", "있는 파일", "없는/폴더"], ids=lambda name: name
)
def test_the_source_and_what_exists_are_never_written(target, tmp_path, monkeypatch, capsys):
    write_coco(tmp_path / "a", BROKEN["flipped"][0], "plain")
    (tmp_path / "있는 폴더").mkdir()
    (tmp_path / "있는 폴더" / "귀한 것").write_text("1", encoding="utf-8")
    (tmp_path / "있는 파일").write_text("1", encoding="utf-8")
    before = snapshot(tmp_path)
    assert main([str(tmp_path / "a" / "a.json"), "--fix", str(tmp_path / target)]) == 2
    assert "--fix" in capsys.readouterr().err and snapshot(tmp_path) == before


def test_an_empty_folder_may_be_used(tmp_path):
    write_coco(tmp_path / "a", BROKEN["flipped"][0], "plain")
    (tmp_path / "b").mkdir()
    main([str(tmp_path / "a"), "--fix", str(tmp_path / "b")])
    assert set(snapshot(tmp_path / "b")) == {"a.json", "changes.diff"}


@pytest.mark.parametrize("moment", [0, 1, 2, "replace"])
def test_a_failure_midway_leaves_nothing(moment, tmp_path, monkeypatch, capsys):
    write_yolo(tmp_path / "a", BROKEN["flipped"][0], "plain")
    before = snapshot(tmp_path)
    put, written = proposal._put, []

    def fails(*arguments):
        if len(written) == moment:
            raise OSError(28, "No space left on device")
        written.append(arguments)
        return put(*arguments)

    def refused(*_):
        raise OSError(13, "Permission denied")

    if moment == "replace":
        monkeypatch.setattr(os, "replace", refused)
    else:
        monkeypatch.setattr(proposal, "_put", fails)
    assert main([str(tmp_path / "a"), "--fix", str(tmp_path / "b")]) == 2
    assert snapshot(tmp_path) == before and sorted(p.name for p in tmp_path.iterdir()) == ["a"]


def test_nothing_to_mend_writes_nothing(tmp_path, capsys):
    write_coco(tmp_path / "a", [*GOOD, [5, 5, 5, 90]], "plain")
    assert main([str(tmp_path / "a"), "--fix", str(tmp_path / "b")]) == 1
    out = capsys.readouterr().out
    assert "아무것도 쓰지 않았습니다" in out and "zero_size" in out
    assert not (tmp_path / "b").exists()


def test_a_chain_of_copies_keeps_the_first(tmp_path):
    chain = [[50 + 2 * k, 50 + 2 * k, 250 + 2 * k, 250 + 2 * k] for k in range(4)]
    write_coco(tmp_path / "a", [*chain, *chain[:1]], "plain")
    main([str(tmp_path / "a"), "--fix", str(tmp_path / "b")])
    (image,) = load_coco(tmp_path / "b" / "a.json").images
    assert image.boxes[0].tolist() == chain[0] and len(image.boxes) < 4
