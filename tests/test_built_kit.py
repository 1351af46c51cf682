"""지은 강사의 페이지와 슬라이드를 브라우저에서 만져 봅니다. 모두 heavy입니다."""

import shutil

import pytest

from anchorbox_utils.course.lessons import LESSONS, find_lesson
from anchorbox_workshop.kit.decks import slides_of
from anchorbox_workshop.kit.page import page as render
from anchorbox_workshop.kit.page import write_page
from anchorbox_workshop.kit.runsheets import sheets
from anchorbox_workshop.kit.slides import build_slides

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(not shutil.which("npm"), reason="Marp를 받을 npm이 없습니다"),
]
LESSON = find_lesson("02")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kit")
    build_slides(folder / "slides", [LESSON])
    write_page(folder)
    return folder


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.outside, page.broken = [], []
    page.on("request", lambda r: page.outside.append(r.url) if is_outside(r.url) else None)
    page.on("pageerror", lambda error: page.broken.append(str(error)))
    yield page
    assert page.outside == [] and page.broken == []
    page.close()


def is_outside(url):
    return not url.startswith(("file:", "data:", "blob:"))


def test_slides_come_as_html_pdf_and_notes(built):
    slides = built / "slides"
    assert (slides / f"{LESSON.stem}.pdf").read_bytes().startswith(b"%PDF")
    told = (slides / f"{LESSON.stem}.txt").read_text(encoding="utf-8")
    assert "틀린 답" in told and "막히면" in told
    assert f'href="slides/{LESSON.stem}.html"' in (built / "index.html").read_text("utf-8")


# 카드와 실험대는 보이는 장에서만 자리에 맞추어집니다.
CUT = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const shown = () => document.querySelector('.bespoke-marp-active section');
  await frame();
  await frame();
  return [...shown().children].filter((one) => one.offsetTop + one.offsetHeight > 722
    && !one.matches('[data-alive], script') || one.scrollWidth > one.clientWidth + 1
    && one.matches('pre') || one.matches('[data-live]')
    && one.scrollHeight > one.clientHeight).map((one) => one.tagName);
}"""


def test_nothing_on_a_slide_is_cut_off(built, page):
    cut = {}
    for slide in slides_of(LESSON.stem):
        page.goto((built / "slides" / f"{LESSON.stem}.html").as_uri() + f"#{slide.number}")
        page.reload()
        cut[slide.number] = page.evaluate(CUT)
    assert len(cut) > 9 and not any(cut.values()), cut


def test_links_of_the_run_sheet_open_the_slide_they_name(built, page):
    page.goto((built / "index.html").as_uri())
    links = page.locator("#sheet-semester a.slide").evaluate_all(
        "(all) => all.map((a) => [a.href, a.closest('span')?.children[1].textContent, a.innerText])"
    )
    asked = 0
    for url, name, label in links:
        page.goto(url)
        page.reload()
        shown = page.locator(".bespoke-marp-active section")
        if name is None:
            heading = shown.locator("h1, h2").inner_text()
            assert label.split(maxsplit=1)[1].split() == heading.split()
        else:
            asked += 1
            assert shown.locator(f"[data-live='card-{name}'], code:text-is('{name}')").count()
    assert len(links) > asked >= 4


# 진행표마다 한참 늦은 것으로 하고, 줄마다 뺄 것까지 전체 화면에 다 들어오는지 봅니다.
OVERFLOWING = """() => {
  const part = (id) => document.getElementById(`timer-${id}`);
  const keydown = (key) => new KeyboardEvent('keydown', { key, bubbles: true });
  const press = (key) => part('box').dispatchEvent(keydown(key));
  return JSON.parse(part('data').textContent).flatMap(({ title, rows }, number) => {
    Date.now = () => 0;
    part('sheet').value = number;
    part('sheet').dispatchEvent(new Event('change'));
    part('start').click();
    Date.now = () => 1e10;
    press('ArrowLeft');
    return rows.map((row) => {
      const { height, bottom } = part('cuts').getBoundingClientRect();
      const over = part('box').scrollHeight - part('box').clientHeight;
      const now = part('now').textContent;
      press('ArrowRight');
      const ahead = rows.slice(rows.indexOf(row) + 1).some(({ saves }) => saves > 0);
      return [`${title}: ${now}`, height > 0 === ahead && bottom <= innerHeight && over <= 0];
    });
  });
}"""


def test_what_to_cut_is_seen_in_full_screen_without_scrolling(tmp_path, page):
    index = tmp_path / "index.html"
    index.write_text(
        render({lesson.stem: [f"{lesson.stem}.html"] for lesson in LESSONS}), encoding="utf-8"
    )
    page.goto(index.as_uri())
    page.locator("#timer-full").click()
    page.wait_for_function("() => document.fullscreenElement")
    seen = page.evaluate(OVERFLOWING)
    rows = [row for sheet in sheets() for session in sheet.sessions for row in session.rows]
    assert len(seen) == len(rows) > 150
    assert all(row.title in told for row, (told, _) in zip(rows, seen, strict=True))
    assert [told for told, fits in seen if not fits] == []


PRINTED = """(selector) => [...document.querySelectorAll('[data-print]')].map((button) => {
  const target = document.getElementById(button.dataset.print);
  const seen = (one) => one.checkVisibility();
  let shown = null;
  window.print = () => {
    const inside = [...target.querySelectorAll('td, li, pre')];
    const all = [...document.querySelectorAll('td, li, pre')];
    shown = [inside.filter(seen).length, inside.length, all.filter(seen).length];
  };
  button.click();
  return [button.dataset.print, ...shown];
})"""


def test_every_print_button_prints_what_it_stands_on_and_nothing_else(built, page):
    page.goto((built / "index.html").as_uri())
    page.emulate_media(media="print")
    # 접어 둔 것은 인쇄할 때 펼쳐집니다.
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = page.evaluate(PRINTED)
    assert len(printed) > 15
    for name, inside, all_of_it, everything in printed:
        assert inside == all_of_it == everything > 0, name
    # 종이에서도 슬라이드의 번호는 남습니다.
    row = page.locator("#sheet-semester td.what:has(> .slide)").first
    assert "슬라이드 " in row.locator("b").first.evaluate(
        "(b) => getComputedStyle(b, '::before').content"
    )


def test_tables_are_cards_on_a_phone(built, page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto((built / "index.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    # 좁은 칸에서 한 글자씩 내려 쓴 글이 없습니다. 시각처럼 짧은 칸만 나란히 섭니다.
    cells = page.locator("main td:not(.n)")
    assert cells.count() > 1000
    narrow = "(all) => all.filter((one) => one.offsetParent && one.offsetWidth < 240).length"
    assert cells.evaluate_all(narrow) == 0


def test_a_card_answers_and_its_keys_do_not_turn_the_page(built, page):
    page.goto((built / "slides" / f"{LESSON.stem}.html").as_uri() + "#3")
    card = page.locator("[data-live='card-three_minute_shift'][data-alive]")
    fields = card.locator("input")
    fields.nth(0).fill("0.2")
    fields.nth(0).press("ArrowRight")
    fields.nth(1).fill("-0.2")
    fields.nth(1).press("End")
    card.locator("[data-ref=commit]").click()
    assert "예측이 맞았습니다" in card.locator(".result-line").inner_text()
    assert page.url.endswith("#3")
    # 답한 다음에는 리모컨의 키가 다시 듣습니다.
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.hash === '#4'")


def test_a_lab_in_a_slide_moves(built, page):
    page.goto((built / "slides" / f"{LESSON.stem}.html").as_uri() + "#10")
    box = page.locator("[data-live^='lab-'][data-alive] .box.gt")
    before = box.bounding_box()
    box.focus()
    box.press("Shift+ArrowRight")
    page.wait_for_function(
        "(x) => document.querySelector('[data-live^=lab-]').shadowRoot"
        ".querySelector('.box.gt').getBoundingClientRect().x > x + 5",
        arg=before["x"],
    )
    assert page.url.endswith("#10")


def test_the_timer_tells_now_next_and_how_late(built, page):
    page.clock.install()
    page.goto((built / "index.html").as_uri())
    page.locator("#timer-start").click()
    first = page.locator("#timer-now").inner_text()
    page.clock.run_for("13:20")
    assert page.locator("#timer-late").inner_text() == "3분 늦었습니다."
    # 이미 지나가는 줄은 뺄 수 없습니다.
    cuts = page.locator("#timer-cuts li")
    assert "여유 (3분 줄어듭니다)" in cuts.first.inner_text() and cuts.count() == 1
    assert "늦은 3분을 되찾습니다" in page.locator("#timer-given").inner_text()
    page.reload()
    page.clock.run_for(1000)
    assert page.locator("#timer-late").inner_text() == "3분 늦었습니다."
    after = page.locator("#timer-after").inner_text()
    page.locator("#timer-next").click()
    assert page.locator("#timer-now").inner_text() == after != first
    # 늦게 시작한 줄은 제시간에 있어도 그만큼 늦은 것입니다.
    assert page.locator("#timer-late").inner_text() == "3분 늦었습니다."
    page.locator("#timer-next").click()
    assert "1분 앞서 있습니다" in page.locator("#timer-late").inner_text()
    assert page.locator("#timer-sheet").is_disabled()
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.locator("#timer-reset").click()
    assert "1분 앞서 있습니다" in page.locator("#timer-late").inner_text()
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#timer-reset").click()
    assert page.locator("#timer-now").inner_text() == first


def test_the_timer_pauses_and_hears_keys_right_after_a_button(built, page):
    page.clock.install()
    page.goto((built / "index.html").as_uri())
    page.locator("#timer-start").click()
    first, after = (page.locator(f"#timer-{one}").inner_text() for one in ("now", "after"))
    page.keyboard.press("ArrowRight")
    assert page.locator("#timer-now").inner_text() == after
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert page.locator("#timer-now").inner_text() == first
    page.locator("#timer-pause").click()
    left = page.locator("#timer-left").inner_text()
    page.clock.run_for("20:00")
    page.reload()
    assert page.locator("#timer-left").inner_text() == left
    page.locator("#timer-pause").click()
    page.clock.run_for("01:00")
    assert page.locator("#timer-left").inner_text() != left
    assert "제시간" in page.locator("#timer-late").inner_text()


def test_ticks_and_the_address_are_kept(built, page):
    page.goto((built / "index.html").as_uri())
    page.locator(".checklist input").nth(2).check()
    page.locator("#invitation-address").fill("학교의 자료실")
    page.reload()
    assert page.locator(".checklist input:checked").count() == 1
    assert page.locator(".checklist input").nth(2).is_checked()
    assert "받습니다: 학교의 자료실" in page.locator("#invitation-text").inner_text()


def test_the_question_stays_in_sight_after_the_answer(built, page):
    page.goto((built / "slides" / f"{LESSON.stem}.html").as_uri() + "#4")
    card = page.locator("[data-live='card-three_minute_size'][data-alive]")
    card.locator("input").first.check()
    card.locator("[data-ref=commit]").click()
    why = card.locator(".why")
    why.wait_for()
    fits = "(slot) => slot.scrollHeight <= slot.clientHeight"
    page.wait_for_function(fits, arg=card.element_handle())
    asked = card.locator("legend").bounding_box()
    assert asked["y"] > 0 and why.bounding_box()["y"] + why.bounding_box()["height"] < 720
