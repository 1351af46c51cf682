"""보드, 무거운 것들: 죽이고 끊기, 진짜 Chromium, 진짜 JupyterLab."""

import json
import subprocess
import sys

import pytest
from board_class import Apart, Here, Lossy, Teacher, wait_until
from board_people import NAMES, simulate
from browser import ARTIFACTS, PATIENCE, ROOT, lab_page, write_notebook
from processes import running

from anchorbox_utils.labs.prediction_card import markup
from anchorbox_workshop.board import knowledge

pytestmark = pytest.mark.heavy
STEPS = (("여는 말과 준비", 10.0), ("01. 공식", 45.0), ("쉬는 시간", 10.0))


@pytest.fixture
def board(tmp_path):
    here = Here(tmp_path / "board", title="3반", steps=STEPS)
    yield here
    here.close()


# 화면의 꾸밈과 카드의 꾸밈을 같은 꼴로.
RICH = """async ([text, card]) => {
    const { rich } = await import("/static/common.js");
    const box = document.createElement("div"), other = document.createElement("div");
    box.append(...rich(text));
    other.innerHTML = card;
    return [box, other].map((one) => one.innerHTML);
}"""


class Screen:
    """브라우저의 화면 하나와, 거기서 난 문제들."""

    def __init__(self, browser, board, path, size, scheme="light"):
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, locale="ko-KR"
        )
        # 바쁜 컴퓨터에서 늦는 것은 잘못이 아닙니다.
        self.context.set_default_timeout(PATIENCE * 1000)
        self.page = self.context.new_page()
        self.problems, self.asked = [], []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("request", lambda request: self.asked.append(request.url))
        if path != "/":
            self.page.goto(f"{board.address}/open?key={board.key}")
            self.page.wait_for_selector("#connection:has-text('이어짐')")
        if path != "/board":
            self.page.goto(board.address + path)

    def _hear(self, message):
        if message.type == "error":
            self.problems.append(message.text)

    def wait(self, selector):
        self.page.wait_for_selector(selector)

    def picture(self, name, full=False):
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"board-{name}.png", full_page=full)

    def close(self):
        self.context.close()


SIZES = {"1280": (1280, 720), "390": (390, 844)}
SCREENS = (
    ("/board", "1280", "light"),
    ("/projector", "1280", "light"),
    ("/projector", "1280", "dark"),
    ("/board", "390", "dark"),
    ("/projector", "390", "light"),
)


def test_the_pages_show_a_class_of_thirty(browser, board):
    pupils = simulate(board, NAMES[:29])
    rude = simulate(board, ["<b onclick=x>굵게</b>"], seed=5)
    teacher = Teacher(board)
    assert teacher.do("start") == 200
    screens = []
    for path, size, scheme in SCREENS:
        screen = Screen(browser, board, path, SIZES[size], scheme)
        screen.wait("#connection:has-text('이어짐')")
        screen.wait("#matrix tbody tr" if path == "/board" else "#exercises li")
        screen.picture(f"{path[1:]}-{size}-{scheme}", full=size == "390")
        screens.append(screen)
    private, projector = screens[0].page, screens[1].page
    assert private.locator("#matrix tbody tr").count() == 30
    assert private.locator("#matrix tbody th b").count() == 0
    assert "굵게" in private.locator("#matrix").inner_text()
    shown = projector.locator("body").inner_text()
    assert not [name for name in NAMES if name in shown]
    for name in NAMES:
        assert name not in json.dumps(teacher.look("/projector/stream")[1], ensure_ascii=False)
    # 함께 보는 화면은 한 화면에 들어갑니다.
    assert projector.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert projector.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for screen in screens:
        assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # 지금 일어난 일이 저절로 보입니다.
    pupils[0].check("encode_boxes", "failed", "no_log")
    projector.wait_for_selector("#mistakes li:has-text('크기의 비 그대로')")
    card = private.locator("#mistakes li", has_text="no_log")
    card.get_by_role("button").click()
    projector.wait_for_selector("#stage[data-shows='spotlight'] #spotlight .big")
    screens[1].picture("spotlight-1280-light")

    # 글의 꾸밈은 예측 카드의 것과 같습니다.
    cards = knowledge.PREDICTIONS.values()
    texts = [text for one in cards for text in (one.ask, *(o.text for o in one.choices))]
    for text in [*texts, *(o.why for one in cards for o in (*one.choices, *one.slips))]:
        shown = projector.evaluate(RICH, [text, markup(text)])
        assert shown[0] == shown[1]

    # 투표: 휴대전화로 참여해 투표하고, 토론하고, 다시 투표해 견줍니다.
    private.select_option("#question", "two_stickers")
    private.get_by_role("button", name="투표 열기").click()
    projector.wait_for_selector("#stage[data-shows='vote'] .ask")
    phone = Screen(browser, board, "/", SIZES["390"])
    phone.page.fill("#code", board.code)
    phone.page.fill("#name", "전화")
    phone.picture("phone-join")
    phone.page.get_by_role("button", name="참여하기").click()
    phone.page.locator("#choices label").nth(0).click()
    phone.page.get_by_role("button", name="투표하기").click()
    assert phone.page.locator("#choices label").nth(1).inner_text().startswith("2. ")
    assert phone.page.locator("h1").inner_text() == phone.page.title() == "투표와 손들기"
    phone.wait("#voted:has-text('1번에 투표했습니다')")
    phone.picture("phone-vote")
    options = knowledge.options("two_stickers")
    right = next(n for n, one in enumerate(options, 1) if one.right)
    for n, pupil in enumerate(pupils):
        pupil.post("/api/vote", choice=right if n % 3 == 0 else n % len(options) + 1)
    private.wait_for_selector("#vote-state:has-text('30명')")
    screens[1].picture("vote-hidden-1280")
    private.get_by_role("button", name="마감하기").click()
    private.wait_for_selector("#vote-state:has-text('첫 번째 투표 · 마감함')")
    phone.wait("#ended:has-text('앞의 화면을 보세요')")
    phone.picture("phone-closed")
    private.get_by_role("button", name="결과 보이기").click()
    projector.wait_for_selector("#vote meter")
    screens[1].picture("vote-first-1280")
    private.get_by_role("button", name="다시 투표").click()
    phone.wait("#ask:has-text('다시 투표')")
    for n, pupil in enumerate(pupils):
        pupil.post("/api/vote", choice=right if n % 5 else 1)
    private.get_by_role("button", name="답 보이기").click()
    projector.wait_for_selector("#vote .moved")
    phone.wait(f"#ended:has-text('답은 {right}번입니다')")
    phone.picture("phone-answered")
    screens[1].picture("vote-compared-1280")
    screens[2].page.wait_for_selector("#vote .moved")
    screens[2].picture("vote-compared-1280-dark")
    assert projector.evaluate("document.documentElement.scrollHeight <= innerHeight")
    private.wait_for_selector("#vote .moved")
    screens[0].picture("board-vote-1280-light", full=True)

    # 손.
    phone.page.get_by_role("button", name="손들기").click()
    private.wait_for_selector("#hands li:has-text('전화')")
    private.get_by_role("button", name="내림").click()
    phone.wait("#hand:has-text('손들기')")
    phone.page.on("dialog", lambda dialog: dialog.accept())
    phone.page.locator("summary").click()
    phone.page.get_by_role("button", name="나가고 내 기록 지우기").click()
    phone.wait("#join:visible")
    wait_until(lambda: "전화" not in json.dumps(teacher.look()[1], ensure_ascii=False))

    problems = [problem for screen in (*screens, phone) for problem in screen.problems]
    outside = {url for screen in (*screens, phone) for url in screen.asked}
    assert problems == [] and all(url.startswith(board.address) for url in outside)
    assert rude[0].shown == "<b onclick=x>굵게</b>"
    for screen in (*screens, phone):
        screen.close()


# --- 죽이기 ----------------------------------------------------------------------------------


LEARNER = """
import sys
from anchorbox_utils.classroom import join_class
from anchorbox_utils import feedback
seat = join_class(*sys.argv[1:4])
print(seat, flush=True)
for line in sys.stdin:
    feedback.report(feedback.Event(line.strip(), "failed", "no_log"))
    print("보냄" if line.strip() else seat, flush=True)
"""


def test_killing_the_board_and_the_kernel_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("ANCHORBOX_HOME", str(tmp_path / "home"))
    board = Apart(tmp_path / "board")
    wifi = Lossy(board.port)
    command = [sys.executable, "-c", LEARNER, wifi.address, board.code, "별이"]
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8", "cwd": ROOT}
    names = [name for name in knowledge.names() if not knowledge.is_prediction(name)]

    def report(kernel, some):
        for name in some:
            kernel.stdin.write(f"{name}\n")
            kernel.stdin.flush()
            while kernel.stdout.readline() != "보냄\n":
                pass

    try:
        with running(command, **pipes) as kernel:
            assert "수업에 참여했습니다" in kernel.stdout.readline()
            report(kernel, names[:20])
            board.kill()
            report(kernel, names[20:40])
            # 보내지 못한 것이 있는 채로 커널까지 죽습니다.
            kernel.kill()
            kernel.wait()
        assert len(list((tmp_path / "home").rglob("*.event"))) >= 20
        board = Apart(tmp_path / "board", board.port)
        wifi.cut.set()
        with running(command, **pipes) as kernel:
            report(kernel, names[40:50])
            wifi.cut.clear()
            wifi.drop()
            teacher = Teacher(board)
            wait_until(lambda: len(teacher.look()[1]["cells"]) == 50)
            # 받았다는 답을 들은 커널이 지웁니다. 먼저 끄면 듣지 못한 것이 남습니다.
            wait_until(lambda: not list((tmp_path / "home").rglob("*.event")))
        _, state = teacher.look()
        assert [row[1] for row in state["learners"]] == ["별이"]
        assert {cell[4] for cell in state["cells"]} == {1}
    finally:
        wifi.close()
        board.close()


# --- 리허설: 세 사람은 진짜 노트북에서, 스물일곱은 흉내로 ------------------------------------


JOIN = """
from anchorbox_utils import check, join_class, predict, start_lesson
import numpy as np
start_lesson("01_formula")
seat = join_class({address!r}, code={code!r}, name={name!r})
seat
"""
CENTERS = """
def xyxy_to_cxcywh(boxes):
    boxes = np.asarray(boxes, dtype=np.result_type(boxes, np.float32))
    x1, y1, x2, y2 = boxes.T
    return np.stack([(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1], axis=1)
check("xyxy_to_cxcywh", xyxy_to_cxcywh)
"""
# 세 사람이 차례로 실행하는 셀들. 막힌이는 고쳐도 고쳐도 멈추고, 다른이는 로그를 씌우지 않습니다.
DAYS = {
    "빠른이": [
        CENTERS,
        "predict('shift_signs', lambda: [1, -1]).commit(3)",
        """
def encode_boxes(anchors, gt_boxes):
    a, g = xyxy_to_cxcywh(anchors), xyxy_to_cxcywh(gt_boxes)
    return np.concatenate(
        [(g[:, :2] - a[:, :2]) / a[:, 2:], np.log(g[:, 2:] / a[:, 2:])], axis=1)
check("encode_boxes", encode_boxes)
""",
    ],
    "막힌이": [
        "def xyxy_to_cxcywh(boxes):\n    return boxes[4]\ncheck('xyxy_to_cxcywh', xyxy_to_cxcywh)",
        "def xyxy_to_cxcywh(boxes):\n    return box[:, 0]\ncheck('xyxy_to_cxcywh', xyxy_to_cxcywh)",
        "def xyxy_to_cxcywh(boxes):\n    return boxes.mean(axis=9)\n"
        "check('xyxy_to_cxcywh', xyxy_to_cxcywh)",
    ],
    "다른이": [
        CENTERS,
        "predict('log_symmetry', lambda: 0).commit(2)",
        """
def encode_boxes(anchors, gt_boxes):
    a, g = xyxy_to_cxcywh(anchors), xyxy_to_cxcywh(gt_boxes)
    return np.concatenate([(g[:, :2] - a[:, :2]) / a[:, 2:], g[:, 2:] / a[:, 2:]], axis=1)
check("encode_boxes", encode_boxes)
""",
    ],
}


@pytest.mark.wide
def test_rehearsal(tmp_path, browser, monkeypatch):
    home, folder = tmp_path / "home", tmp_path / "board"
    monkeypatch.setenv("ANCHORBOX_HOME", str(home))
    board = Here(folder)
    wifi, scenes = Lossy(board.port), len(DAYS)
    try:
        (tmp_path / "lab").mkdir()
        for n, (name, cells) in enumerate(DAYS.items()):
            joining = JOIN.format(address=wifi.address, code=board.code, name=name)
            write_notebook(tmp_path / "lab" / f"{n}.ipynb", joining, *cells)
        with lab_page(tmp_path / "lab", browser) as lab:
            for n in range(scenes):
                lab.open(f"{n}.ipynb")
            # 첫 셀까지만: 참여합니다.
            for n in range(scenes):
                told = run_cell(lab, f"{n}.ipynb", 0)
                assert "수업에 참여했습니다" in told
            # 와이파이가 끊긴 채로 한 셀씩 하고, 그 사이에 보드도 죽습니다.
            for n in range(scenes):
                run_cell(lab, f"{n}.ipynb", 1)
            wifi.cut.set()
            for n in range(scenes):
                run_cell(lab, f"{n}.ipynb", 2)
            # 스물일곱도 모두 하고 있고, 몇은 방금 막혔습니다.
            simulate(board, NAMES[:27], ago=1)
            board.close()
            board = Here(folder, board.port)
            wifi.cut.clear()
            wifi.drop()
            verdicts = [run_cell(lab, f"{n}.ipynb", 3) for n in range(scenes)]
            for verdict, word in zip(verdicts, ("통과", "실행 중 멈춤", "다시 보기"), strict=True):
                assert word in verdict
            teacher = Teacher(board)
            wait_until(lambda: len(everything(teacher)) == 7)
            assert sorted(everything(teacher)) == [
                ("다른이", "encode_boxes", "failed", "no_log", 1),
                ("다른이", "log_symmetry", "failed"),
                ("다른이", "xyxy_to_cxcywh", "passed", None, 1),
                ("막힌이", "xyxy_to_cxcywh", "error", None, 3),
                ("빠른이", "encode_boxes", "passed", None, 1),
                ("빠른이", "shift_signs", "passed"),
                ("빠른이", "xyxy_to_cxcywh", "passed", None, 1),
            ]
            # 보드가 받은 다음에야 지웁니다.
            wait_until(lambda: not list(home.rglob("*.event")))
            look_at_the_board(browser, board)
    finally:
        wifi.close()
        board.close()


def run_cell(lab, path, number):
    """노트북의 그 셀을 실행하고, 그 출력의 글을 돌려줍니다."""
    return lab.page.evaluate(
        """async ([path, number]) => {
            const panel = window.panels[path];
            jupyterapp.shell.activateById(panel.id);
            // 앞에 나온 다음에야 명령이 이 노트북에 갑니다.
            while (jupyterapp.shell.currentWidget !== panel)
                await new Promise((resolve) => setTimeout(resolve, 20));
            panel.content.activeCellIndex = number;
            await jupyterapp.commands.execute('notebook:run-cell');
            const cell = panel.context.model.toJSON().cells[number];
            if (cell.outputs.some((one) => one.output_type === 'error'))
                throw new Error(JSON.stringify(cell.outputs));
            return JSON.stringify(cell.outputs);
        }""",
        [path, number],
    )


def everything(teacher):
    """세 사람에 대해 기록에 있는 것: 검사는 (이름, 문제, 판정, 오개념, 횟수), 예측은 앞의 셋."""
    _, state = teacher.look()
    names = {number: name for number, name, _ in state["learners"] if name in DAYS}
    told = [(names[cell[0]], *cell[1:]) for cell in state["cells"] if cell[0] in names]
    _, _, export = teacher.get("/board/export.csv")
    rows = [row.split(",") for row in export.decode("utf-8-sig").splitlines()[1:]]
    told += [
        (row[1], row[3], row[4])
        for row in rows
        if row[1] in DAYS and knowledge.is_prediction(row[3])
    ]
    return told


def look_at_the_board(browser, board):
    """강사의 화면만 보고 틀린 생각과 막힌 사람을 찾습니다."""
    screen = Screen(browser, board, "/board", SIZES["1280"])
    screen.wait("#mistakes li:has-text('다른이')")
    screen.wait("#stuck li:has-text('막힌이')")
    screen.picture("rehearsal", full=True)
    card = screen.page.locator("#mistakes li").first.inner_text()
    assert "다른이" in card
    assert "no_log" in card and "30초 개입" in card
    row = screen.page.locator("#stuck li").first.inner_text()
    assert "막힌이" in row and "xyxy_to_cxcywh" in row and "3번 검사" in row
    screen.close()
