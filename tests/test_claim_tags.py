"""견주는 문장의 규칙이 거짓을 정말 잡는가: 꼬리표가 없는 말, 기록과 다른 말, 방향이 뒤집힌 말."""

import json
from html.parser import HTMLParser

import pytest
from claim_tags import COMMENT, TAG, measure, problems, said, sentences
from lesson_rules import comparisons_are_measured
from nbconvert.filters import markdown2html
from nbformat import read

from tools.claims import CLAIMS
from tools.notebooks import ROOT

LESSONS = sorted((ROOT / "notebooks").glob("0*.ipynb"))
HOMEWORK = sorted((ROOT / "solutions").glob("*/*.ipynb"))
FOCAL = "focal loss가 1:3 표본보다 AP +3.1 ± 1.3 앞섭니다<!-- 주장: focal_tuned > base, AP -->."
TRUE = [
    FOCAL,
    "1:3 표본은 focal loss보다 낮습니다<!-- 주장: base < focal_tuned, AP -->.",
    "어려운 음성 고르기와는 다르다고 말할 수 없습니다"
    "<!-- 주장: focal_tuned ≈ hard_negatives_tuned, AP -->.",
    "정규화를 빼면 AP75가 떨어집니다<!-- 주장: no_normalization < base, AP75, 기준의 설정 -->.",
    '절대 좌표는 "앵커 그대로"보다 못합니다<!-- 주장: absolute < anchor, scenes_80 -->.',
    "수정량은 다섯 걸음 뒤에 앞섭니다<!-- 주장: deltas > position, step_5 -->.",
    "격자가 8배 빠릅니다<!-- 주장: grid > blocks, 정답 200개의 시간 -->.",
    "0.7에서는 스케일을 늘린 쪽이 이깁니다<!-- 주장: more_scales > fitted_ratios, words@0.7 -->.",
    "모든 시드에서 이겼을 때만 그렇게 말합니다<!-- 주장 아님: 말하는 규칙입니다 -->.",
]
FALSE = [
    ("꼬리표가 없습니다", "focal loss가 1:3 표본보다 낫습니다."),
    ("꼬리표가 없습니다", "추천은 기본 앵커보다 재현율이 높습니다."),
    ("꼬리표가 없습니다", "로그를 빼도 가릴 수 없습니다."),
    ("꼬리표가 없습니다", FOCAL.replace("<!--", "낫습니다. <!--", 1).replace("앞섭니다", "")),
    ("기록에 없거나", FOCAL.replace("focal_tuned", "focal_best")),
    ("기록에 없거나", "낫습니다<!-- 주장: tall_matched > base, AP -->."),
    ("기록에 없거나", "낫습니다<!-- 주장: focal_tuned > early_sampled_tuned, AP -->."),
    ("기록은 >가 아니라 ≈", "낫습니다<!-- 주장: focal_tuned > hard_negatives_tuned, AP -->."),
    ("기록은 >가 아니라 <", "1:3 표본이 낫습니다<!-- 주장: base > focal_tuned, AP -->."),
    ("기록은 ≈가 아니라 >", "가릴 수 없습니다<!-- 주장: deltas ≈ pixels, scenes_20 -->."),
    ("말의 방향(<)이 꼬리표(>)와", FOCAL.replace("앞섭니다", "뒤집니다")),
    ("말의 방향(≈)이 꼬리표(>)와", FOCAL.replace("앞섭니다", "앞서지는 않습니다")),
    ("말의 방향(>)이 꼬리표(≈)와", "낫습니다<!-- 주장: deltas ≈ no_log, scenes_80 -->."),
    ("설정을 찾지 않았습니다", "낫습니다<!-- 주장: base > no_normalization, AP -->."),
    ("'focal loss보다'의 앞이", "1:3 표본이 focal loss보다" + FOCAL.partition("보다")[2]),
    ("3.9 ± 1.3은 꼬리표의 기록이", FOCAL.replace("3.1", "3.9")),
    ("꼬리표의 꼴이", FOCAL.replace(", AP -->", " AP -->")),
    ("꼬리표의 꼴이", "모든 시드에서 이겼습니다<!-- 주장 아님: -->."),
    ("문장의 끝", "- <!-- 주장: focal_tuned > base, AP -->focal loss가 낫습니다."),
]


@pytest.mark.parametrize("sentence", TRUE)
def test_what_the_record_says_may_be_said(sentence):
    assert said(sentence) and list(problems(sentence)) == []


@pytest.mark.parametrize(("why", "sentence"), FALSE)
def test_what_the_record_does_not_say_is_refused(why, sentence):
    assert any(why in problem for problem in problems(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "## 더 나아가기",
        "어느 쪽이 나을까요?",
        "어느 값이 나은지는 학습해 보아야 압니다.",
        '정말 "더 안정적이다"라는 말이 맞는지 봅시다.',
        "사라집니다. 뒤집힌 박스입니다. 배경이기 때문입니다. 앞서 본 그림입니다.",
        "`neg_thr`는 `pos_thr`보다 크지 않습니다.",
    ],
)
def test_what_compares_nothing_needs_no_tag(sentence):
    assert list(problems(sentence)) == []


def test_a_measured_pair_reads_the_same_from_both_sides():
    there, back = measure("focal_tuned", "base", "AP"), measure("base", "focal_tuned", "AP")
    assert (there.delta, there.wins, there.losses) == (-back.delta, back.losses, back.wins)
    assert (there.sign, back.sign) == (">", "<")


def test_every_record_can_be_called_by_its_name():
    rows = [row for rows in json.loads(CLAIMS.read_text(encoding="utf-8")).values() for row in rows]
    assert len({row["name"] for row in rows}) == len(rows)
    for row in rows:
        tag = TAG.fullmatch(f"<!-- 주장: {row['name']} -->")
        found = measure(*tag.group("ours", "rival", "what"))
        assert (found.sign == ">") == row["holds"] and found.seeds == row["seeds"]


def tagged_cells(paths):
    return [
        (path, i)
        for path in paths
        for i, cell in enumerate(read(path, as_version=4).cells)
        if cell.cell_type == "markdown" and TAG.search(cell.source)
    ]


TAGGED = tagged_cells([*LESSONS, *HOMEWORK])


def test_lessons_and_homework_have_tags_to_break():
    assert len({path for path, _ in TAGGED if path in LESSONS}) >= 5
    assert {path for path, _ in TAGGED if path in HOMEWORK}


@pytest.mark.parametrize(("path", "i"), TAGGED, ids=lambda part: getattr(part, "stem", part))
def test_breaking_a_told_comparison_fails_its_notebook(path, i):
    nb = read(path, as_version=4)
    told = nb.cells[i].source
    flip = {">": "<", "<": ">", "≈": ">"}
    reversed_sign = TAG.sub(
        lambda tag: tag[0].replace(f" {tag['sign']} ", f" {flip[tag['sign']]} "), told
    )
    broken = {
        "뒤집은 부호": reversed_sign,
        "없는 기록": TAG.sub(lambda tag: tag[0].replace(tag["ours"], "x"), told),
    }
    if any(said(sentence) for sentence in sentences(told) if TAG.search(sentence)):
        broken["지운 꼬리표"] = TAG.sub("", told)
    for damage, source in broken.items():
        nb.cells[i].source = source
        assert list(comparisons_are_measured(nb, path)), damage


@pytest.mark.parametrize("path", HOMEWORK, ids=lambda path: path.stem)
def test_a_false_sentence_in_a_homework_prompt_fails_it(path):
    nb = read(path, as_version=4)
    before = list(comparisons_are_measured(nb, path))
    prompt = next(cell for cell in nb.cells if cell.source.startswith("## 1. "))
    prompt.source += (
        "\n\n절대 좌표가 수정량보다 낫습니다<!-- 주장: position > deltas, scenes_2 -->."
    )
    after = list(comparisons_are_measured(nb, path))
    assert len(after) == len(before) + 1 and "기록은 >가 아니라 <" in after[-1]


class Shown(HTMLParser):
    """화면에 보이는 글."""

    def __init__(self, page):
        super().__init__()
        self.text = ""
        self.feed(page)

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize(("path", "i"), TAGGED, ids=lambda part: getattr(part, "stem", part))
def test_tags_are_not_seen(path, i):
    source = read(path, as_version=4).cells[i].source
    with_tags, without = (
        Shown(markdown2html(text)).text for text in (source, COMMENT.sub("", source))
    )
    assert with_tags == without and "주장:" not in with_tags
