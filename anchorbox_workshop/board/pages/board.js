// 강사의 화면.

import { act, byId, clock, exerciseName, follow, getFacts, histogram, keyed, make, paceText, rich, roundName, since, tick } from "./common.js";

const facts = await getFacts();
const room = { learners: new Map(), cells: new Map(), state: null };
const NONE = ["·", "아직 하지 않음"];

byId("title").textContent = facts.title;
byId("code").textContent = facts.code;
byId("address").textContent = facts.address;
byId("legend").textContent = [...Object.values(facts.states), NONE].map((pair) => pair.join(" ")).join("   ") + "   (작은 수는 검사한 횟수)";

const lessons = [["", "지금 가장 많이 하는 레슨"], ...Object.entries(facts.lessons)];
byId("lesson").append(...lessons.map(([value, textContent]) => make("option", { value, textContent })));
byId("lesson").addEventListener("change", (event) => act("choose_lesson", { lesson: event.target.value || null }));

for (const [stem, label] of Object.entries(facts.lessons)) {
  const asked = Object.entries(facts.questions).filter(([, question]) => question.lesson === stem);
  if (!asked.length) continue;
  const group = make("optgroup", { label });
  const number = stem.slice(0, 2);
  group.append(
    ...asked.map(([value, { line, refused }]) => {
      const textContent = `${number} · ${value} · ${refused ? `${refused}라 투표할 수 없습니다` : line}`;
      return make("option", { value, textContent, disabled: Boolean(refused) });
    }),
  );
  byId("question").append(group);
}
const showQuestion = () => byId("question-ask").replaceChildren(...rich(facts.questions[byId("question").value].ask));
byId("question").addEventListener("change", showQuestion);
showQuestion();
byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  act("open_vote", { question: byId("question").value });
});
for (const button of byId("vote-actions").children) {
  button.addEventListener("click", () => act(button.dataset.action));
}

byId("start").addEventListener("click", () => {
  if (!room.state?.pace.started || confirm("시계를 0분부터 다시 켤까요?")) act("start");
});
const move = (by) => () => act("step", { index: room.state.pace.step.index + by });
byId("next").addEventListener("click", move(1));
byId("back").addEventListener("click", move(-1));

function showPace() {
  const { pace } = room.state ?? { pace: {} };
  byId("pace").textContent = paceText(facts.steps, pace);
  byId("start").textContent = pace.started ? "시계를 처음부터" : "시계 켜기";
  const stepping = Boolean(pace.started && facts.steps.length);
  byId("next").hidden = !stepping || pace.step.index >= facts.steps.length - 1;
  byId("back").hidden = !stepping || pace.step.index === 0;
}

function mistakeCard() {
  const count = make("b", { className: "count" });
  const name = make("div");
  const hint = make("p", { className: "hint" });
  const say = make("p", { className: "say" });
  const people = make("p", { className: "mute" });
  const button = make("button", { type: "button" });
  let item;
  button.addEventListener("click", () => {
    const chosen = isLit(item) ? { name: null, misconception: null } : item;
    act("spotlight", { name: chosen.name, misconception: chosen.misconception });
  });
  const element = make("li", { className: "card" }, make("div", { className: "card-head" }, count, name, button), hint, say, people);
  return {
    element,
    update(row) {
      item = row;
      count.textContent = `${row.count}명`;
      name.replaceChildren(make("b", { textContent: mistakeTitle(row.name, row.misconception) }), " ", make("code", { className: "mute", textContent: row.misconception }), " · ", exerciseName(row));
      hint.replaceChildren(make("b", { textContent: "학습자가 본 힌트 " }), ...rich(row.hint));
      say.replaceChildren(make("b", { textContent: row.ours ? "30초 개입 " : "30초 개입(힌트에서 만듦) " }), ...rich(row.intervention));
      people.replaceChildren(since(row.since, { recently: "에 처음 나타남", ago: " 전에 처음 나타남" }), ` · ${row.people.join(", ")}`);
      button.textContent = row.lit ? "화면에서 내리기" : "함께 보는 화면에 띄우기";
      button.setAttribute("aria-pressed", Boolean(row.lit));
    },
  };
}

/** 오개념의 제목. 목록에 없으면 온 이름 그대로입니다. */
const mistakeTitle = (name, misconception) => facts.mistakes[name]?.[misconception] ?? misconception;

const isLit = (row) => {
  const lit = room.state?.spotlight;
  return Boolean(lit && lit.name === row.name && lit.misconception === row.misconception);
};

function stuckRow() {
  const element = make("li");
  return {
    element,
    update(row) {
      const [icon, word] = row.why === "quiet" ? ["…", "소식이 없음"] : facts.states[row.why];
      const where = row.name ? [" · ", make("code", { textContent: row.name })] : [];
      const tried = row.tries ? ` · ${row.tries}번 검사` : "";
      const mistake = row.misconception ? ` · ${mistakeTitle(row.name, row.misconception)}` : "";
      element.replaceChildren(make("b", { textContent: row.learner }), " ", since(row.since), ...where, make("span", { className: "mute", textContent: ` · ${icon} ${word}${tried}${mistake}` }));
    },
  };
}

function handRow() {
  const button = make("button", { type: "button", textContent: "내림" });
  const name = make("b");
  const time = make("span");
  let number;
  button.addEventListener("click", () => act("lower_hand", { learner: number }));
  return {
    element: make("li", {}, name, " ", time, " ", button),
    update(row) {
      number = row.number;
      name.textContent = `✋ ${row.learner}`;
      time.replaceChildren(since(row.since));
    },
  };
}

let shownVote = "";
function showVote({ vote, cards }) {
  byId("vote-actions").hidden = !vote;
  byId("ask").hidden = Boolean(vote);
  const told = JSON.stringify([vote, cards]);
  if (told === shownVote) return;
  shownVote = told;
  const box = byId("vote");
  box.replaceChildren();
  byId("vote-state").textContent = "";
  if (vote) {
    const now = vote.rounds.find((round) => round.round === vote.round)?.total ?? 0;
    const state = vote.open ? "받는 중" : "마감함";
    const screen = vote.answered ? "답까지 보임" : vote.shown ? "결과를 보임" : "결과를 감춤";
    byId("vote-state").textContent = `${roundName(vote.round)} · ${state} ${now}명 · 함께 보는 화면: ${screen}`;
    box.append(make("p", { className: "ask" }, ...rich(vote.ask)), ...histogram(vote));
    for (const button of byId("vote-actions").children) {
      const done = { close_vote: !vote.open, show_votes: vote.shown, answer_vote: vote.answered };
      button.disabled = Boolean(done[button.dataset.action]);
    }
  }
  const open = new Set([...byId("cards").querySelectorAll("details[open]")].map((one) => one.dataset.name));
  byId("cards").replaceChildren(
    ...cards.filter((card) => card.name !== vote?.name).map((card) => {
      const [first] = card.rounds;
      const right = card.options.findIndex((option) => option.right);
      const correct = first.counts[right] ?? 0;
      const summary = make("summary", {}, make("b", { textContent: `${correct}/${first.total} 맞음 ` }), ...rich(card.ask));
      const element = make("details", { open: open.has(card.name) }, summary, ...histogram(card));
      element.dataset.name = card.name;
      return element;
    }),
  );
}

let columns = [];
function showMatrix(state, fresh) {
  const wanted = state.exercises.filter((row) => row.lesson === state.lesson || row.lesson === null || !state.lesson).map((row) => row.name);
  if (fresh || wanted.join() !== columns.join()) {
    columns = wanted;
    const heads = columns.map((name) => make("th", { scope: "col" }, make("code", { textContent: name })));
    byId("matrix").tHead.replaceChildren(make("tr", {}, make("th", { scope: "col", textContent: "학습자" }), ...heads));
    byId("matrix").tBodies[0].replaceChildren();
    byId("matrix").tBodies[0].kept = new Map();
    for (const row of state.exercises.filter(({ name }) => columns.includes(name))) {
      const head = byId("matrix").tHead.rows[0].cells[columns.indexOf(row.name) + 1];
      if (row.title) head.append(make("div", { className: "mute", textContent: row.title }));
    }
  }
  const rows = [...room.learners].map(([number, [name, left]]) => ({
    number,
    name,
    left,
    cells: columns.map((column) => room.cells.get(`${number} ${column}`) ?? null),
  }));
  keyed(byId("matrix").tBodies[0], rows, (row) => row.number, () => {
    const head = make("th", { scope: "row" });
    const cells = columns.map(() => make("td"));
    return {
      element: make("tr", {}, head, ...cells),
      update(row) {
        head.textContent = row.left ? `${row.name} (나감)` : row.name;
        cells.forEach((cell, place) => showCell(cell, columns[place], row.cells[place]));
      },
    };
  });
}

function showCell(cell, name, value) {
  const [status, misconception, tries] = value ?? ["none", null, 0];
  const mistake = misconception && mistakeTitle(name, misconception);
  const [icon, word] = facts.states[status] ?? NONE;
  cell.className = status;
  cell.title = `${word}${mistake ? ` · ${mistake}` : ""}`;
  cell.replaceChildren(make("span", { className: "sign", textContent: icon }), tries > 1 ? make("small", { textContent: tries }) : "", mistake ? make("div", { className: "mistake", textContent: mistake }) : "");
  cell.setAttribute("aria-label", `${cell.title}${tries ? `, ${tries}번 검사` : ""}`);
}

function show(state) {
  clock.set(state.now);
  if (state.full) {
    room.learners.clear();
    room.cells.clear();
  }
  for (const [number, name, left] of state.learners) room.learners.set(number, [name, left]);
  for (const [number, name, ...cell] of state.cells) room.cells.set(`${number} ${name}`, cell);
  room.state = state;
  byId("people").textContent = state.people;
  byId("wrong-codes").textContent = state.wrong_codes ? `틀린 반 코드 ${state.wrong_codes}번` : "";
  if (document.activeElement !== byId("lesson")) byId("lesson").value = state.chosen_lesson ?? "";
  byId("no-mistakes").hidden = state.mistakes.length > 0;
  byId("no-stuck").hidden = state.stuck.length > 0;
  byId("no-hands").hidden = state.hands.length > 0;
  keyed(byId("mistakes"), state.mistakes.map((row) => ({ ...row, lit: isLit(row) })), (row) => `${row.name} ${row.misconception}`, mistakeCard);
  const unnamed = state.unnamed.slice(0, 5).map((row) => `${row.name} × ${row.failed} △ ${row.error}`);
  byId("unnamed").textContent = unnamed.length ? `아직 이름을 붙이지 않은 틀린 답과 멈춘 코드: ${unnamed.join(" · ")}` : "";
  keyed(byId("stuck"), state.stuck, (row) => row.learner, stuckRow);
  keyed(byId("hands"), state.hands, (row) => row.number, handRow);
  showVote(state);
  showMatrix(state, state.full);
  update();
}

const update = tick(showPace);
follow("board/stream", show);
