// 두 화면이 함께 쓰는 것. 글은 모두 textContent로만 넣으므로, 별명이 무엇이든 실행되지 않습니다.

export const byId = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** 예측 카드처럼, `코드`와 **굵은 글씨**와 t_x가 든 짧은 글. */
export function rich(text) {
  const parts = String(text).split(/(\*\*.+?\*\*|`[^`]+`|(?<![\p{L}\p{N}_])t_[xywh](?![A-Za-z0-9_])|\n)/u);
  return parts.filter(Boolean).flatMap((part) => {
    if (/^\*\*.+\*\*$/.test(part)) return make("b", {}, ...rich(part.slice(2, -2)));
    if (/^`[^`]+`$/.test(part)) return make("code", { textContent: part.slice(1, -1) });
    if (/^t_[xywh]$/.test(part)) return [make("i", { textContent: "t" }), make("sub", { textContent: part[2] })];
    return part === "\n" ? make("br") : document.createTextNode(part);
  });
}

/** `items`를 `box`에 차례로 보입니다. 같은 열쇠의 요소는 그대로 두므로, 누르는 동안에도 단추가 바뀌지 않습니다. */
export function keyed(box, items, keyOf, create) {
  box.kept ??= new Map();
  const wanted = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const entry = box.kept.get(key) ?? create(item);
    const told = JSON.stringify(item);
    if (entry.told !== told) {
      entry.told = told;
      entry.update(item);
    }
    wanted.set(key, entry);
  }
  for (const [key, entry] of box.kept) if (!wanted.has(key)) entry.element.remove();
  let place = box.firstElementChild;
  for (const { element } of wanted.values()) {
    if (element === place) place = place.nextElementSibling;
    else box.insertBefore(element, place);
  }
  box.kept = wanted;
}

/** 서버의 소식을 듣습니다. 끊기면 브라우저가 Last-Event-ID를 들고 다시 잇습니다. */
export function follow(url, show) {
  const sign = byId("connection");
  const tell = (live) => {
    document.body.dataset.live = live;
    sign.textContent = live ? "● 이어짐" : "○ 끊김: 다시 잇는 중";
  };
  const open = () => {
    const source = new EventSource(url);
    source.onopen = () => tell(true);
    source.onmessage = (event) => show(JSON.parse(event.data));
    source.onerror = () => {
      tell(false);
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 2000);
    };
  };
  open();
}

export async function getFacts() {
  return (await fetch("board/facts")).json();
}

export function act(action, content = {}) {
  const token = document.cookie.match(/(?:^|; )_xsrf=([^;]+)/)?.[1] ?? "";
  return fetch("board/do", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-XSRFToken": decodeURIComponent(token) },
    body: JSON.stringify({ action, ...content }),
  });
}

/** 서버의 시계로 지금(초). 이 컴퓨터의 시계가 틀려도 됩니다. */
export const clock = {
  shift: 0,
  set(now) {
    this.shift = now - Date.now() / 1000;
  },
  now() {
    return Date.now() / 1000 + this.shift;
  },
};

function minutesSince({ since, recently = "", ago = "" }) {
  const minutes = Math.max(0, Math.floor((clock.now() - since) / 60));
  return minutes ? `${minutes}분${ago}` : `1분 이내${recently}`;
}

/** `data-since`가 있는 글을 초마다 고칩니다. */
export function tick(more = () => {}) {
  const update = () => {
    for (const element of document.querySelectorAll("[data-since]")) {
      element.textContent = minutesSince(element.dataset);
    }
    more();
  };
  setInterval(update, 1000);
  return update;
}

export const since = (seconds, words = {}) => {
  const element = make("span", { className: "since" });
  Object.assign(element.dataset, words, { since: seconds });
  element.textContent = minutesSince(element.dataset);
  return element;
};

/** 진행표의 글: 지금의 단계, 남은 분, 늦은 분. */
export function paceText(steps, { started, step }) {
  if (!started) return "";
  const now = clock.now();
  const passed = Math.floor((now - started) / 60);
  if (!steps.length || !step) return `시작한 지 ${passed}분`;
  const { index, since: began } = step;
  const before = steps.slice(0, index).reduce((sum, one) => sum + one.minutes, 0);
  const planned = steps[index].minutes;
  const inStep = (now - began) / 60;
  // 단계를 늦게 시작한 만큼과, 지금 단계에서 넘긴 만큼.
  const late = Math.round((began - started) / 60 - before + Math.max(0, inStep - planned));
  const pace = late > 0 ? `${late}분 늦음` : late < 0 ? `${-late}분 빠름` : "예정대로";
  const next = steps[index + 1] ? ` · 다음: ${steps[index + 1].title}` : "";
  return `${index + 1}/${steps.length} ${steps[index].title} · ${Math.floor(inStep)}/${planned}분 · ${pace}${next}`;
}

const ORDER = ["", "첫", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열"];
export const roundName = (round) => (round ? `${ORDER[round] ? `${ORDER[round]} ` : round}번째 투표` : "예측 카드");

/** 물음 하나의 막대그림. 수와 기호를 막대 곁에 적어, 색을 보지 않아도 읽힙니다. */
export function histogram(vote) {
  const most = Math.max(1, ...vote.rounds.flatMap((round) => round.counts ?? [0]));
  const rows = vote.options.map((option, place) => {
    const bars = vote.rounds.filter((round) => round.counts).map((round, n) => {
      const count = round.counts[place];
      const fill = make("meter", { min: 0, max: most, value: count, className: `bar round-${n % 3}` });
      const who = vote.rounds.length > 1 ? make("span", { className: "mute", textContent: roundName(round.round) }) : null;
      return make("div", { className: "bar-row" }, who, fill, make("b", { textContent: `${count}명` }));
    });
    const sign = option.right === undefined ? "" : option.right ? "○ " : "× ";
    const text = make("div", { className: "option-text" }, make("b", { textContent: `${sign}${place + 1}. ` }), ...rich(option.text));
    const why = option.right !== undefined && option.why ? make("div", { className: "why mute" }, ...rich(option.why)) : null;
    return make("li", { className: option.right ? "right" : "" }, text, make("div", { className: "bars" }, ...bars), why);
  });
  const parts = [make("ol", { className: "histogram" }, ...rows)];
  if (vote.moved) {
    const { wrong_to_right, right_to_wrong, stayed_right, stayed_wrong } = vote.moved;
    parts.push(
      make("p", {
        className: "moved",
        textContent: `두 번 모두 투표한 사람: × → ○ ${wrong_to_right}명, ○ → × ${right_to_wrong}명, ○ 그대로 ${stayed_right}명, × 그대로 ${stayed_wrong}명`,
      }),
    );
  }
  return parts;
}

/** 문제 하나의 판정을 기호와 수로. */
export function strip(states, row) {
  const parts = Object.entries(states).map(([status, [icon, word]]) => {
    const count = row.counts[status] ?? 0;
    if (!count) return null;
    const part = make("span", { className: `part ${status}`, textContent: `${icon} ${count}`, title: `${word} ${count}명` });
    part.style.flexGrow = count;
    return part;
  });
  return make("div", { className: "strip" }, ...parts);
}

export function exerciseName(row) {
  return make(
    "div",
    { className: "name" },
    make("code", { textContent: row.name }),
    row.title ? make("span", { className: "mute", textContent: ` ${row.title}` }) : null,
  );
}
