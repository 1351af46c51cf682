"""지은 웹사이트를 브라우저로: 커널 없이 실험대와 카드가 움직이는가, 누구나 읽을 수 있는가.

짓는 데 오래 걸려 CI에서만 합니다. 사이트에 드는 꾸러미는 tools/build_site.py가 스스로 받습니다.
"""

import functools
import hashlib
import json
import re
import shutil
import subprocess
import sys
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from browser import PATIENCE, ROOT, serving
from browser_plugin import skip_or_fail

from anchorbox_utils import encode_boxes, load_photo
from anchorbox_utils.labs.prediction_card import markup
from anchorbox_utils.labs.questions import QUESTIONS

pytestmark = pytest.mark.heavy

AXE = ROOT / "build" / "web-npm" / "node_modules" / "axe-core" / "axe.min.js"
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
RUN_AXE = "() => axe.run({ resultTypes: ['violations'], preload: false })"
# 첫 화면의 실험대가 모두 켜질 때까지
FIRST_ALIVE = """() => document.readyState === 'complete'
    && [...document.querySelectorAll('.abx-slot')]
        .filter((slot) => slot.getBoundingClientRect().top < innerHeight)
        .every((slot) => slot.dataset.alive)"""
ALL_ALIVE = """async () => {
    for (const slot of document.querySelectorAll('.abx-slot')) {
        slot.scrollIntoView();
        while (!slot.dataset.alive) await new Promise(requestAnimationFrame);
    }
    scrollTo(0, 0);
}"""
WATCH_SHIFTS = """window.shifts = [];
    const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(' ');
    new PerformanceObserver((list) => {
        for (const { hadRecentInput, value, startTime, sources } of list.getEntries()) {
            const moved = sources.map(({ node, previousRect, currentRect }) =>
                [node?.textContent.slice(0, 40), place(previousRect), place(currentRect)]);
            if (!hadRecentInput) window.shifts.push({ value, startTime, moved });
        }
    }).observe({ type: 'layout-shift', buffered: true });"""
WHAT_CAME = """() => performance.getEntries()
    .filter(({ entryType }) => ['paint', 'resource'].includes(entryType))
    .map(({ name, startTime, responseEnd }) => [name, startTime, responseEnd])"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """새 폴더에 지은 사이트."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, str(ROOT / "tools" / "build_site.py"), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        skip_or_fail(f"사이트를 짓지 못했습니다.\n{done.stdout}{done.stderr}")
    return out


@pytest.fixture(scope="module")
def address(site):
    """사이트를 내주는 서버의 주소."""
    with serving(site) as url:
        yield url


@pytest.fixture(scope="module")
def contexts(browser):
    """같은 화면은 함께 쓰는 브라우저의 창을 주는 함수."""

    @functools.cache
    def context(width, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, locale="ko-KR", **options
        )
        context.set_default_timeout(PATIENCE * 1000)
        context.add_init_script(WATCH_SHIFTS)
        return context

    return context


@pytest.fixture
def visit(contexts, address):
    """페이지를 여는 함수. 그동안의 요청과 문제는 `page.requests`와 `page.problems`에 모입니다."""
    pages = []

    def opened_page(name, width=1280, wait=True, **options):
        page = contexts(width, **options).new_page()
        pages.append(page)
        page.requests, page.problems = [], []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        bad = ("error", "warning")
        page.on("console", lambda m: m.type in bad and page.problems.append(m.text))
        page.goto(name if "://" in name else f"{address}/{name}.html")
        if wait:
            page.wait_for_function(FIRST_ALIVE)
        return page

    yield opened_page
    for page in pages:
        page.close()


# --- 읽기 -------------------------------------------------------------------------------


class Links(HTMLParser):
    """페이지의 링크와 아이디, 제목의 단계."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.targets, self.headings, self.lang = set(), [], [], None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids.add(found.get("id"))
        self.targets += [found[name] for name in ("href", "src") if found.get(name)]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "html":
            self.lang = found.get("lang")


def pages_of(site):
    """우리가 지은 페이지들. 브라우저의 JupyterLab은 제 페이지를 스스로 짓습니다."""
    return [path for path in site.rglob("*.html") if site / "lite" not in path.parents]


def test_every_link_leads_somewhere(site):
    pages = {path: Links(path) for path in pages_of(site)}
    broken = []
    for path, page in pages.items():
        for target in page.targets:
            parts = urllib.parse.urlsplit(target)
            if parts.scheme:
                assert parts.scheme in ("https", "data"), target
                continue
            name = urllib.parse.unquote(parts.path)
            there = (path.parent / name).resolve() if name else path
            anchor = urllib.parse.unquote(parts.fragment)
            if not there.is_file() or (anchor and anchor not in pages[there].ids):
                broken.append(f"{path.relative_to(site)} → {target}")
    assert broken == []


def test_pages_are_korean_with_headings_in_order(site):
    for path in pages_of(site):
        page = Links(path)
        assert page.lang == "ko", path.name
        steps = page.headings
        if path.name != "formula_lab.html":
            assert steps[0] == 1 and steps.count(1) == 1, path.name
        assert all(b - a <= 1 for a, b in zip(steps, steps[1:], strict=False)), path.name


def test_no_formula_is_left_as_tex(site):
    pages = [path.read_text(encoding="utf-8") for path in site.glob("*.html")]
    assert not any('class="tex"' in page for page in pages)
    assert sum(page.count("<mjx-container") for page in pages) > 100


def test_the_answers_stand_in_no_page(site):
    for path in (site / "_static" / "labs").glob("*-answer.js"):
        state = path.with_name(path.name.replace("-answer", "")).read_text(encoding="utf-8")
        answer = json.loads(path.read_text(encoding="utf-8").partition("=")[2].rstrip(";"))
        assert "right_why" in answer and "right_why" not in state
        assert all(why not in state for why in answer["whys"])


# --- 보기 -------------------------------------------------------------------------------


def assert_still(page):
    """그때까지 글이 밀리지 않았습니다."""
    shifts = page.evaluate("window.shifts")
    # 드물게만 밀리는 것의 까닭을 찾을 수 있게, 그때 무엇이 언제 왔는지 적습니다.
    assert sum(shift["value"] for shift in shifts) <= 0.02, json.dumps(
        [shifts, page.evaluate(WHAT_CAME)], ensure_ascii=False
    )


def assert_still_and_light(page, site):
    """처음 보이는 동안 글이 밀리지 않고, 실험대를 모두 켜도 받은 것이 가볍습니다."""
    page.wait_for_load_state("networkidle")
    assert_still(page)
    paths = {urllib.parse.urlsplit(url).path.lstrip("/") for url in page.requests}
    files = [site / path for path in paths]
    assert sum(file.stat().st_size for file in files if file.is_file()) <= 1_700_000


@pytest.mark.parametrize(
    "name", ["index", *LESSONS, "home", "checklist", "symptoms", "diagnose", "api/boxes"]
)
def test_a_phone_shows_everything_and_asks_only_this_site(visit, site, address, name):
    page = visit(name, width=390, color_scheme="dark")
    assert_still_and_light(page, site)
    page.evaluate(ALL_ALIVE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # 본문의 칸은 넘친 것을 제 안에서 굴려 감춥니다.
    assert page.evaluate("document.querySelector('.content').scrollWidth") <= 390
    asked = [url for url in page.requests if not url.startswith(("data:", "blob:"))]
    assert [url for url in asked if not url.startswith(address)] == []
    assert page.problems == []
    assert page.evaluate("[...document.querySelectorAll('img:not([alt])')].length") == 0


@pytest.mark.parametrize("width", [844, 1024])
def test_a_turned_phone_and_a_tablet_need_no_sideways_scrolling(visit, width):
    page = visit("00_intro", width)
    page.evaluate(ALL_ALIVE)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", ["index", "00_intro", "api/losses"])
def test_a_wide_page_is_light_and_still(visit, site, name):
    assert_still_and_light(visit(name), site)


HAS_FONT = "[...document.fonts].some(({ family }) => family.includes('Anchorbox Web'))"
FONT_CAME = """async () => {
    const came = ({ name, responseEnd }) => name.endsWith('course.woff2') && responseEnd;
    while (!performance.getEntriesByType('resource').some(came))
        await new Promise(requestAnimationFrame);
    await document.fonts.ready;
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
}"""


def test_a_font_that_comes_late_moves_nothing(contexts, address):
    held = []
    with contexts(1280).new_page() as page:
        page.route("**/course.woff2", lambda route: held.append(route))
        page.goto(f"{address}/symptoms.html", wait_until="commit")
        page.wait_for_function("performance.getEntriesByType('paint').length")
        held.pop().continue_()
        page.evaluate(FONT_CAME)
        assert_still(page)
        assert not page.evaluate(HAS_FONT)
        page.unroute("**/course.woff2")
        # 받아 둔 글꼴은 바쁜 컴퓨터에서나 또 늦습니다.
        assert any(page.reload() and page.evaluate(HAS_FONT) for _ in range(20))


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [
        ("index", "dark", 1280),
        ("01_formula", "light", 390),
        ("04_threshold_experiment", "dark", 1280),
        ("symptoms", "light", 1280),
    ],
)
def test_axe_finds_nothing_serious(visit, name, scheme, width):
    page = visit(name, width, color_scheme=scheme)
    page.evaluate(ALL_ALIVE)
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found = page.evaluate(RUN_AXE)["violations"]
    serious = [
        f"{v['id']}: {[node['target'] for node in v['nodes']][:3]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("임계값", "04_threshold_experiment"),
        ("앵커", "00_intro"),
        ("강제 매칭", "03_labeling"),
        ("정규화", "07_training_stability"),
        ("종횡비", "06_anchor_design"),
        ("인코딩", "01_formula"),
        ("NaN", "symptoms"),
        ("box_iou", "api/boxes"),
        ("뒤집힌 박스", "checklist"),
        ("검출기", "08_mini_detector"),
        ("앵커박스", "00_intro"),
        ("앵커 박스 란", "00_intro"),
        ("임계 값", "04_threshold_experiment"),
        ("강제매칭", "03_labeling"),
        ("손실이 안 줄어요", "05_debugging_checklist"),
    ],
)
def test_search_finds_korean_inside_words(visit, address, query, page):
    found = visit(f"{address}/search.html?q={urllib.parse.quote(query)}")
    found.locator(f"#search-results a[href*='{page}']").first.wait_for()


def test_without_javascript_the_pictures_stay(visit):
    page = visit("01_formula", wait=False, java_script_enabled=False)
    assert page.locator(".abx-slot img").first.is_visible()
    assert "예측" in page.locator(".abx-slot[data-lab=PredictionCard]").first.inner_text()


# --- 만지기 -----------------------------------------------------------------------------


def numbers(page):
    names = ("tx", "ty", "tw", "th")
    return [
        float(page.locator(f"data[data-ref={name}]").first.evaluate("n => n.value"))
        for name in names
    ]


def test_dragging_the_anchor_moves_the_four_numbers(visit):
    page = visit("index")
    before = numbers(page)
    assert np.allclose(before, encode_boxes([[80, 60, 240, 260]], load_photo().boxes)[0])
    box = page.locator("rect.box.anchor").first
    box.hover(position={"x": 12, "y": 40})
    page.mouse.down()
    page.mouse.move(300, 300, steps=3)
    page.mouse.up()
    page.wait_for_function(
        "before => document.querySelector('.abx-slot').shadowRoot"
        ".querySelector('data[data-ref=tx]').value != before",
        arg=before[0],
    )
    box.focus()
    dragged = numbers(page)
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('.abx-slot').shadowRoot"
        ".querySelector('data[data-ref=tx]').value < before",
        arg=dragged[0],
    )
    assert page.problems == []


FINGER = {"width": 390, "color_scheme": "dark", "has_touch": True, "is_mobile": True}
# 40px보다 작은 누를 것과, 누르면 iOS가 화면을 키우는 칸
TOO_SMALL = """() => {
    const roots = [...document.querySelectorAll('.abx-slot')].map((slot) => slot.shadowRoot);
    const found = [document, ...roots].flatMap((root) => [...root.querySelectorAll(
        'button, select, summary, input, .option, .toggle, .mobile-header label')]);
    const isBox = ({ type }) => ['checkbox', 'radio'].includes(type);
    return found.filter((node) => node.checkVisibility() && !isBox(node)).filter((node) => {
        const { width, height } = node.getBoundingClientRect();
        const letters = parseFloat(getComputedStyle(node).fontSize);
        return width < 40 || height < 39.5 || (node.matches('input, select') && letters < 16);
    }).map((node) => node.outerHTML.slice(0, 90));
}"""


@pytest.mark.parametrize("name", ["00_intro", "04_threshold_experiment", "06_anchor_design"])
def test_a_finger_can_press_everything(visit, name):
    page = visit(name, **FINGER)
    page.evaluate(ALL_ALIVE)
    assert page.evaluate(TOO_SMALL) == []


def test_a_phone_keyboard_has_the_signs_a_learner_types(visit):
    """`inputmode="decimal"`의 자판에는 빼기표도 쉼표도 없습니다."""
    page = visit("06_anchor_design", **FINGER)
    page.evaluate(ALL_ALIVE)
    lab = page.locator(".abx-slot[data-lab=DesignLab]")
    assert lab.locator("input[type=text]").count() == 2
    assert page.locator("[inputmode=decimal]").count() == 0
    page = visit("00_intro", **FINGER)
    assert page.locator(".guess").count() == 4
    assert page.locator("[inputmode=decimal]").count() == 0


def swipe(page, start, end):
    """손가락 하나로 start에서 end까지 끕니다."""
    session = page.context.new_cdp_session(page)
    for kind, points in (("Start", [start]), ("Move", [end]), ("End", [])):
        points = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})


def test_a_finger_beside_a_handle_resizes_and_one_inside_moves(visit):
    page = visit("index", **FINGER)
    box = page.locator("rect.box.anchor").first
    size = (
        "() => ['width', 'height'].map((name) => document.querySelector('.abx-slot')"
        ".shadowRoot.querySelector('rect.box.anchor').getAttribute(name)).join()"
    )
    before, place = page.evaluate(size), box.bounding_box()
    left, bottom = place["x"], place["y"] + place["height"]
    # 왼쪽 아래 손잡이의 바깥: 화면이 넘어가지 않아야 합니다.
    swipe(page, (left - 12, bottom + 10), (left - 40, bottom - 60))
    page.wait_for_function(f"before => ({size})() !== before", arg=before)
    assert page.evaluate("scrollY") == 0
    resized, place = page.evaluate(size), box.bounding_box()
    inside = place["x"] + place["width"] / 4, place["y"] + place["height"] * 3 / 4
    swipe(page, inside, (inside[0] + 30, inside[1] + 20))
    page.wait_for_function(
        "before => document.querySelector('.abx-slot').shadowRoot"
        ".querySelector('rect.box.anchor').getBoundingClientRect().x > before + 10",
        arg=place["x"],
    )
    assert page.evaluate(size) == resized
    assert page.problems == []


def test_pressing_a_figure_opens_it_alone(visit):
    page = visit("01_formula", **FINGER)
    figure = page.locator("img.figure").first
    address = figure.evaluate("image => image.src")
    figure.tap()
    page.wait_for_url(address)


def first_card(page):
    page.evaluate(ALL_ALIVE)
    return page.locator(".abx-slot[data-lab=PredictionCard]").first


def test_a_card_tells_its_answer_only_after_the_commit(visit):
    page = visit("01_formula", width=390, has_touch=True)
    card = first_card(page)
    assert not any("answer" in url for url in page.requests)
    card.locator("label.option").nth(2).tap()
    card.get_by_role("button", name="예측 정하기").tap()
    card.get_by_text("예측이 맞았습니다.").wait_for()
    assert [url for url in page.requests if "answer" in url] == [
        url for url in page.requests if url.endswith("01-11-answer.js")
    ]
    card.get_by_role("button", name="다시 예측하기").tap()
    card.locator("input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    card.get_by_text("예측과 다릅니다.").wait_for()
    assert page.problems == []


def test_what_was_done_stays_when_the_page_is_opened_again(visit):
    page = visit("01_formula")
    card = first_card(page)
    lab = page.locator(".abx-slot[data-lab=FormulaLab]").first
    moved = lab.locator("data[data-ref=tx]").first
    start = moved.evaluate("n => n.value")
    card.locator("label.option").nth(2).click()
    card.get_by_role("button", name="예측 정하기").click()
    lab.locator("rect.box.anchor").first.press("Shift+ArrowRight")
    is_at = "([n, value, same]) => (n.value === value) === same"
    page.wait_for_function(is_at, arg=[moved.element_handle(), start, False])
    here = moved.evaluate("n => n.value")

    page.reload()
    page.evaluate(ALL_ALIVE)
    card.get_by_text("예측이 맞았습니다.").wait_for()
    page.wait_for_function(is_at, arg=[moved.element_handle(), here, True])
    # 되살린 값이 아니라 강좌의 처음 값으로 돌아갑니다.
    lab.get_by_role("button", name="처음으로").click()
    page.wait_for_function(is_at, arg=[moved.element_handle(), start, True])
    card.get_by_role("button", name="다시 예측하기").click()

    page.reload()
    page.evaluate(ALL_ALIVE)
    assert card.get_by_role("button", name="예측 정하기").is_enabled()
    assert moved.evaluate("n => n.value") == start
    assert page.problems == []


def test_what_does_not_fit_any_more_is_forgotten(visit):
    page = visit("01_formula")
    page.evaluate("sessionStorage.setItem(`abx ${location.pathname} 01-11`, '{')")
    page.reload()
    card = first_card(page)
    assert card.get_by_role("button", name="예측 정하기").is_enabled()
    assert page.evaluate("sessionStorage.length") == 0 and page.problems == []


def test_tab_stops_at_a_lab_before_it_is_alive(visit):
    page = visit("01_formula", width=390, color_scheme="dark")
    held = []
    page.route("**/labs/01-39.js", lambda route: held.append(route))
    page.reload(wait_until="commit")
    slot = page.locator(".abx-slot[data-state='01-39']")
    slot.focus()
    assert slot.get_attribute("role") == "group"
    page.wait_for_function("() => !document.querySelector('.abx-slot:not([data-started])')")
    held.pop().continue_()
    page.wait_for_function("() => document.activeElement.shadowRoot?.activeElement")
    assert slot.get_attribute("tabindex") is None


def test_the_menu_of_a_phone_opens_by_keyboard(visit):
    page = visit("01_formula", width=390, color_scheme="dark")
    menu = page.locator(".sidebar-drawer")
    assert not menu.is_visible()
    page.locator("#__navigation").focus()
    page.keyboard.press("Space")
    menu.get_by_role("link", name="02. 3분 연습").wait_for()


def test_paper_shows_labs_that_were_never_on_the_screen(visit):
    page = visit("01_formula")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.abx-slot')].every((slot) => slot.dataset.alive)"
    )
    assert page.evaluate("scrollY") == 0


def test_a_lost_answer_is_told_and_can_be_asked_again(visit):
    page = visit("01_formula")
    card = first_card(page)
    page.route("**/*-answer.js", lambda route: route.abort())
    card.locator("label.option").first.click()
    card.get_by_role("button", name="예측 정하기").click()
    card.get_by_text("결과를 보일 수 없습니다.").wait_for()
    page.unroute("**/*-answer.js")
    card.get_by_role("button", name="다시 예측하기").click()
    card.locator("label.option").first.click()
    card.get_by_role("button", name="예측 정하기").click()
    card.get_by_text("예측과 다릅니다.").wait_for()


def guesses(question):
    """물음 하나에 넣어 볼 예측들: 모든 보기, 답, 흔한 잘못, 엉뚱한 것."""
    if question.choices:
        return [[number] for number in range(1, len(question.choices) + 1)]
    answer = np.ravel(question.answer).astype(float)
    near = [answer, answer * question.within * 0.999, answer * question.within * 1.001, answer + 1]
    return [np.ravel(v).tolist() for v in [*near, *(slip.value for slip in question.slips)]]


def test_the_browser_judges_as_python_does(visit, site):
    """이름으로 찾은 물음마다, 저장된 답의 파일로 한 판정이 Question.judge와 같은가."""
    page = visit("index")
    keys = {}
    for path in (site / "_static" / "labs").glob("*-answer.js"):
        keys[path.stem] = json.loads(path.read_text(encoding="utf-8").partition("=")[2].rstrip(";"))
    judged = 0
    for question in QUESTIONS.values():
        whys = [markup(option.why) for option in question.choices or question.slips]
        key = next(k for k in keys.values() if k["whys"] == whys and k["answer"] == _flat(question))
        asked = {"kind": question.kind, "choices": [markup(o.text) for o in question.choices]}
        for guess in guesses(question):
            told = page.evaluate("([a, k, p]) => abx.judge(a, k, p)", [asked, key, guess])
            wanted = question.judge(guess, question.answer)
            assert (told["status"] == "passed") == wanted.right, (question.name, guess)
            assert told["why"] == markup(wanted.why), (question.name, guess)
            assert told["others"] == [[markup(o.text), markup(o.why)] for o in wanted.others]
            judged += 1
    assert judged > 100


def _flat(question):
    return np.ravel(question.answer).tolist()


# --- 브라우저에서 실행하기 --------------------------------------------------------------


def lite_settings(site):
    """브라우저의 JupyterLab이 파이썬을 켤 때 보는 설정."""
    found = json.loads((site / "lite" / "jupyter-lite.json").read_text(encoding="utf-8"))
    plugins = found["jupyter-config-data"]["litePluginSettings"]
    return plugins["@jupyterlite/pyodide-kernel-extension:kernel"]


@pytest.mark.parametrize("stem", LESSONS)
def test_a_lesson_leads_to_the_place_where_it_runs(site, stem):
    page = Links(site / f"{stem}.html")
    assert f"lite/lab/index.html?path=notebooks/{stem}.ipynb" in page.targets
    assert (site / "lite" / "files" / "notebooks" / f"{stem}.ipynb").is_file()


@pytest.mark.parametrize("scheme", ["Light", "Dark"])
def test_jupyterlab_in_the_page_is_dark_at_night(visit, scheme):
    page = visit("lite/lab/index", wait=False, color_scheme=scheme.lower())
    page.wait_for_function(
        "(name) => document.body.dataset.jpThemeName === name", arg=f"JupyterLab {scheme}"
    )


def test_a_file_does_not_lead_to_what_needs_a_server(visit, site):
    page = visit((site / "01_formula.html").as_uri())
    page.wait_for_function("() => !document.querySelector('.web-run')")


def test_python_comes_from_the_one_outside_address(site):
    settings, folder = lite_settings(site), site / "lite" / "static" / "pyodide"
    schema = "extensions/@jupyterlite/pyodide-kernel-extension/static/schema/kernel.v0.schema.json"
    known = json.loads((site / "lite" / schema).read_text(encoding="utf-8"))["properties"]
    # 커널이 스스로 정한 판입니다. web/package.json의 것이 다르면 켜지지 않을 수 있습니다.
    assert settings["pyodideUrl"] == known["pyodideUrl"]["default"]
    assert settings["disablePyPIFallback"] is True
    cdn = settings["pyodideUrl"].removesuffix("pyodide.mjs")
    packages = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    assert "anchorbox_utils" in packages["anchorbox-utils"]["imports"]
    for name, package in packages.items():
        assert set(package["depends"]) <= set(packages), name
        if not package["file_name"].startswith(cdn):
            content = (folder / package["file_name"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == package["sha256"], name
    assert set(settings["loadPyodideOptions"]["packages"]) <= set(packages)
    assert {"numpy", "matplotlib", "scikit-image"} <= set(packages)
    assert {"anywidget", "numpy", "msgspec"} <= set(packages["anchorbox-utils"]["depends"])


def test_the_python_of_the_site_starts_as_far_as_numpy(site, tmp_path):
    """꾸러미 저장소에 있는 것은 Pyodide의 알맹이뿐이라, NumPy를 찾는 데까지 켭니다."""
    core, made = ROOT / "build" / "web-npm" / "node_modules" / "pyodide", tmp_path / "pyodide"
    shutil.copytree(core, made)
    shutil.copytree(site / "lite" / "static" / "pyodide", made, dirs_exist_ok=True)
    script = tmp_path / "script.py"
    script.write_text(STARTS, encoding="utf-8")
    (wheel,) = made.glob("anchorbox_utils-*.whl")
    command = ["node", ROOT / "tests" / "run_pyodide.mjs", made, wheel, script]
    done = subprocess.run(
        [*command, "comm", "defusedxml", "psygnal"], capture_output=True, encoding="utf-8"
    )
    assert done.stdout.split() == ["(3,", "14)", "numpy"], done.stderr


STARTS = """
import sys
import comm, defusedxml, psygnal
try:
    import anchorbox_utils
except ModuleNotFoundError as error:
    print(sys.version_info[:2], error.name)
"""


# --- 파일로 열기 ------------------------------------------------------------------------


def test_the_site_lives_from_a_folder_without_a_server(visit, site):
    page = visit((site / "01_formula.html").as_uri())
    card = first_card(page)
    card.locator("label.option").nth(2).click()
    card.get_by_role("button", name="예측 정하기").click()
    card.get_by_text("예측이 맞았습니다.").wait_for()


def test_the_single_file_lab_moves(visit, site, tmp_path):
    copy = Path(tmp_path, "formula_lab.html")
    copy.write_bytes((site / "formula_lab.html").read_bytes())
    page = visit(copy.as_uri(), width=390)
    before = numbers(page)
    page.locator("rect.box.anchor").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('data[data-ref=tx]').value != before", arg=before[0]
    )
    assert page.requests == [copy.as_uri()] and page.problems == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
