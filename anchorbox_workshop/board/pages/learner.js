// 휴대전화의 화면: 투표와 손들기. 열쇠는 이 브라우저에만 있습니다.

import { byId, make, rich } from "./common.js";

const KEPT = "anchorbox-seat";
const POLL = 2500;
let token = localStorage.getItem(KEPT);
let shown = "";

async function ask(path, content) {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
  const options = content === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(content) };
  const response = await fetch(path, options);
  return { status: response.status, told: await response.json() };
}

function tell(problem) {
  byId("problem").textContent = problem ?? "";
}

async function send(path, content, after = refresh) {
  try {
    const { status, told } = await ask(path, content);
    tell(status === 200 ? "" : told.why);
    if (status === 200) await after();
    return status === 200 ? told : null;
  } catch {
    tell("보드에 닿지 않습니다. 네트워크를 확인하고 다시 눌러 주세요.");
    return null;
  }
}

byId("join").addEventListener("submit", async (event) => {
  event.preventDefault();
  const random = crypto.getRandomValues(new Uint8Array(32));
  const fresh = [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  token = fresh;
  const told = await send("api/join", { code: byId("code").value, name: byId("name").value, token });
  if (told) localStorage.setItem(KEPT, fresh);
  else token = null;
});

byId("hand").addEventListener("click", () => send("api/hand", { up: byId("hand").getAttribute("aria-pressed") !== "true" }));

byId("vote").addEventListener("submit", async (event) => {
  event.preventDefault();
  const chosen = byId("vote").querySelector("input:checked");
  if (!chosen) {
    tell("보기를 하나 고르세요.");
    return;
  }
  await send("api/vote", { choice: Number(chosen.value) });
});

const leave = (forget) => async () => {
  if (!confirm(forget ? "나가고, 지금까지 보낸 것도 지울까요?" : "수업에서 나갈까요?")) return;
  await send("api/leave", { forget }, forgetSeat);
};
byId("leave").addEventListener("click", leave(false));
byId("forget").addEventListener("click", leave(true));

function forgetSeat() {
  localStorage.removeItem(KEPT);
  token = null;
  showSeat(false);
}

function showSeat(seated) {
  byId("join").hidden = seated;
  byId("seat").hidden = !seated;
  byId("heading").textContent = document.title = seated ? "투표와 손들기" : "수업에 참여하기";
}

function showEnd({ right, mine, choices }) {
  const chosen = mine ? ` 고른 답은 ${mine}번입니다.` : "";
  byId("ended").replaceChildren(
    ...(right
      ? [make("b", { textContent: `답은 ${right}번입니다: ` }), ...rich(choices[right - 1]), mine ? ` ${mine === right ? "○" : "×"}${chosen}` : ""]
      : [`투표가 끝났습니다. 앞의 화면을 보세요.${chosen}`]),
  );
}

function showVote(vote) {
  byId("vote").hidden = !vote?.open;
  byId("ended").hidden = !vote || vote.open;
  byId("no-vote").hidden = Boolean(vote);
  if (!vote?.open) {
    shown = "";
    if (vote) showEnd(vote);
    return;
  }
  const asked = JSON.stringify([vote.ask, vote.round]);
  if (asked !== shown) {
    shown = asked;
    byId("ask").replaceChildren(make("b", { textContent: vote.round > 1 ? "다시 투표: " : "투표: " }), ...rich(vote.ask));
    byId("choices").replaceChildren(
      ...vote.choices.map((text, n) => make("label", {}, make("input", { type: "radio", name: "choice", value: n + 1, checked: vote.mine === n + 1 }), make("span", {}, make("b", { textContent: `${n + 1}. ` }), ...rich(text)))),
    );
  }
  byId("voted").textContent = vote.mine ? `${vote.mine}번에 투표했습니다. 마감 전까지 바꿀 수 있습니다.` : "";
}

async function refresh() {
  if (!token) {
    showSeat(false);
    return;
  }
  try {
    const { status, told } = await ask("api/me");
    if (status === 401 || status === 403) {
      forgetSeat();
      return;
    }
    if (status !== 200) return;
    showSeat(true);
    byId("who").textContent = told.name;
    byId("state").textContent = "참여하고 있습니다.";
    byId("hand").setAttribute("aria-pressed", told.hand);
    byId("hand").textContent = told.hand ? "✋ 손을 들었습니다. 누르면 내립니다." : "손들기";
    showVote(told.vote);
  } catch {
    byId("state").textContent = "보드에 닿지 않습니다. 다시 시도합니다.";
  }
}

setInterval(() => {
  if (!document.hidden) refresh();
}, POLL);
await refresh();
