// 함께 보는 화면. 이름은 오지도 보이지도 않습니다.

import { byId, clock, exerciseName, follow, getFacts, histogram, keyed, make, paceText, rich, roundName, strip, tick } from "./common.js";

const facts = await getFacts();
// 뒷자리에서도 읽히도록 한 화면에 들어가는 만큼만 보입니다.
const MOST_EXERCISES = 7;
const MOST_MISTAKES = 3;
let pace = {};

byId("code").textContent = facts.code;
byId("address").textContent = facts.address;
byId("legend").textContent = Object.values(facts.states).map((pair) => pair.join(" ")).join("   ");
byId("qr").addEventListener("error", (event) => event.target.remove());

function exerciseRow() {
  const element = make("li");
  return { element, update: (row) => element.replaceChildren(exerciseName(row), strip(facts.states, row)) };
}

function mistakeRow() {
  const element = make("li");
  return {
    element,
    update(row) {
      element.replaceChildren(make("b", { className: "count", textContent: `${row.count}명` }), make("div", {}, make("p", {}, ...rich(row.hint)), make("p", { className: "mute" }, make("code", { textContent: row.name }))));
    },
  };
}

function showSpotlight(row) {
  byId("spotlight").replaceChildren(
    make("p", { className: "mute" }, exerciseName(row), ` 지금 ${row.count}명이 여기에 있습니다.`),
    make("p", { className: "big" }, ...rich(row.hint)),
    make("p", { className: "say", textContent: "30초 동안 짝과 이야기해 보세요. 내 코드의 어느 줄이 이 말에 걸리나요?" }),
  );
}

function showVote(vote) {
  const now = vote.rounds.find((round) => round.round === vote.round)?.total ?? 0;
  const rows = vote.shown
    ? histogram(vote)
    : [make("ol", { className: "histogram" }, ...vote.options.map((option, n) => make("li", {}, make("div", { className: "option-text" }, make("b", { textContent: `${n + 1}. ` }), ...rich(option.text)))))];
  const state = vote.answered ? "답을 봅니다." : vote.open ? "투표하고 있습니다." : vote.shown ? "짝과 이야기하고, 다시 투표합니다." : "마감했습니다.";
  byId("vote").replaceChildren(
    make("p", { className: "ask" }, ...rich(vote.ask)),
    ...rows,
    make("p", { className: "mute", textContent: `${roundName(vote.round)} · ${now}명 · ${state} ${vote.open ? "휴대전화로 위의 주소를 열거나 노트북에서 seat.vote(번호)를 실행합니다." : ""}` }),
  );
}

let shown = "";
function show(state) {
  clock.set(state.now);
  pace = state.pace;
  byId("people").textContent = state.people;
  byId("stage").dataset.shows = state.vote ? "vote" : state.spotlight ? "spotlight" : "room";
  byId("lesson").textContent = facts.lessons[state.lesson] ?? "문제마다";
  const ours = state.exercises.filter((row) => !state.lesson || row.lesson === state.lesson);
  keyed(byId("exercises"), ours.slice(-MOST_EXERCISES), (row) => row.name, exerciseRow);
  byId("no-mistakes").hidden = state.mistakes.length > 0;
  keyed(byId("mistakes"), state.mistakes.slice(0, MOST_MISTAKES), (row) => `${row.name} ${row.misconception}`, mistakeRow);
  const told = JSON.stringify([state.vote, state.spotlight]);
  if (told !== shown) {
    shown = told;
    if (state.vote) showVote(state.vote);
    else if (state.spotlight) showSpotlight(state.spotlight);
  }
  update();
}

const update = tick(() => {
  byId("pace").textContent = paceText(facts.steps, pace);
});
follow("projector/stream", show);
