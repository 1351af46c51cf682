"""레슨 밖에서 학습자가 보는 글(꾸러미, 과제, 안내)도 강좌의 말을 지키는지 확인합니다."""

import pytest
from terms import TERMS, wrong_terms

from tools.notebooks import ROOT

SUFFIXES = {".py", ".js", ".toml", ".css"}
TEXTS = [
    *(
        path
        for package in ("anchorbox_utils", "anchorbox_workshop")
        for path in (ROOT / package).rglob("*")
        if path.suffix in SUFFIXES
    ),
    *(ROOT / "tools").glob("*.py"),
    *ROOT.glob("README.md"),
]


@pytest.mark.parametrize("path", sorted(TEXTS), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_package_uses_the_words_of_the_course(path):
    wrong = [
        f"{number}: {problem}"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for problem in wrong_terms(line, path.name)
    ]
    assert wrong == []


# 옳은 글과, 한 곳만 틀린 글.
EXAMPLES = [
    ("오프셋(offset) 또는 델타(delta)라고 부릅니다.", "이 델타를 예측합니다."),
    ("수정량(오프셋)은 얼마인가요?", "수정량은 얼마인가요?"),
    ("이 레슨에서 배웁니다.", "이 강의에서 배웁니다."),
    ("이 셀을 다시 실행해 보세요.", "이 칸을 다시 실행해 보세요."),
    ("격자의 칸마다 앵커가 있습니다.", "격자의 셀마다 앵커가 있습니다."),
    ("재현율(recall)이 낮습니다.", "리콜이 낮습니다."),
    ("로짓 −2 → 물체일 확률 12%", "점수 −2 → 물체일 확률 12%"),
    ("같은 최고 IoU를 받은 앵커", "같은 최고 점수를 받은 앵커"),
    ("기대한 모양과 자료형", "기대한 꼴"),
    ("앵커가 아홉 개 있습니다.", "앵커 아홉 개를 가지고 있습니다."),
]


@pytest.mark.parametrize(("term", "example"), list(zip(TERMS, EXAMPLES, strict=True)))
def test_each_term_knows_right_from_wrong(term, example):
    right, wrong = example
    assert list(wrong_terms(right, "01_formula.ipynb")) == []
    assert len(list(wrong_terms(wrong, "01_formula.ipynb"))) == 1
    assert list(term.found_in(wrong))


def test_the_plain_word_is_allowed_where_the_term_is_not_yet_taught():
    assert list(wrong_terms("수정량을 봅니다.", "00_intro.ipynb")) == []
