// 실험대들이 함께 쓰는 화면 도구.

/** 화면을 한 장 그릴 때 한 번만 부릅니다. 그 사이에 온 일은 가장 새것만 남습니다. */
function oncePerFrame(work) {
  let frame = 0;
  const run = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      work();
    });
  };
  run.cancel = () => cancelAnimationFrame(frame);
  return run;
}

/** 글자 색이 밝으면 어두운 테마입니다. JupyterLab, VS Code, Colab에서 똑같이 통합니다. */
function followTheme(el) {
  const update = () => {
    const [r, g, b] = getComputedStyle(el.parentElement ?? document.body)
      .color.match(/[\d.]+/g)
      .map(Number);
    el.dataset.theme = 0.3 * r + 0.59 * g + 0.11 * b > 140 ? "dark" : "light";
  };
  const observer = new MutationObserver(update);
  for (const node of [document.documentElement, document.body]) {
    observer.observe(node, { attributes: true });
  }
  update();
  // 화면에 붙기 전에는 물려받은 글자 색을 알 수 없습니다.
  requestAnimationFrame(update);
  return () => observer.disconnect();
}

/**
 * 실험대 하나를 el에 놓습니다. setup은 그리는 함수 draw와, 이름마다 그 값이 바뀐 바로 그때 할 일의
 * 표 changed를 돌려줍니다. 조작부의 값은 다음 화면을 기다리지 않고 changed에서 맞춥니다. 한 화면
 * 사이에 키가 여러 번 눌려도 늘 모델의 지금 값에서 이어 가야 하기 때문입니다. 모델이 아닌 것(너비,
 * 거절한 글)이 바뀌었으면 setup이 받은 둘째 인수를 불러 다시 그립니다.
 */
function mountLab({ model, el, html, names, setup }) {
  el.classList.add("abx");
  for (const [kind, color] of Object.entries(model.get("_palette"))) {
    el.style.setProperty(`--${kind}`, color);
  }
  el.innerHTML = html;
  const refs = Object.fromEntries(
    [...el.querySelectorAll("[data-ref]")].map((node) => [node.dataset.ref, node]),
  );
  const stopTheme = followTheme(el);
  const { draw, changed } = setup(refs, () => update());
  const announce = announcer(refs.live);
  const redraw = () => {
    announce(draw());
    el.ariaBusy = "false";
  };
  const nextFrame = oncePerFrame(redraw);
  const update = () => {
    el.ariaBusy = "true";
    nextFrame();
  };
  const listeners = [
    ...Object.entries(changed),
    ...names.map((name) => [name, update]),
  ].map(([name, listener]) => [`change:${name}`, listener]);
  for (const listener of listeners) model.on(...listener);
  const life = new AbortController();
  // 화면을 넘기려던 휠이 초점을 둔 칸의 수를 몰래 바꾸지 않게 합니다.
  const leaveNumber = ({ target }) => target.type === "number" && target.blur();
  el.addEventListener("wheel", leaveNumber, { passive: true, signal: life.signal });
  el.addEventListener("keydown", keepFromJupyterLab, { capture: true, signal: life.signal });
  el.addEventListener("keydown", keepFromVsCode, { signal: life.signal });
  for (const work of Object.values(changed)) work();
  redraw();
  return () => {
    life.abort();
    nextFrame.cancel();
    announce.cancel();
    stopTheme();
    for (const listener of listeners) model.off(...listener);
  };
}

/**
 * {이름: 값}을 모델에 적고 바로 커널로 보냅니다. 보내기를 미루면, 그 사이에 도착한 지난 값의
 * 메아리(echo)가 방금 적은 값을 되돌립니다. 몰아 보내기는 ipywidgets가 알아서 합니다.
 */
function commit(model, values) {
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  model.save_changes();
}

const sameValue = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/**
 * root 안의 것을 끌 수 있게 합니다. 손가락 하나만 듣고, Escape를 누르거나 브라우저가 끌기를
 * 거두어 가면(pointercancel) 끌기 전으로 돌아갑니다. 끄는 동안 커널이 값을 바꾸면 그 값에서 이어
 * 끕니다.
 *
 * - names: 끌면 바뀌는 모델의 이름들.
 * - grab(event): 잡힌 것. 아무것도 아니면 undefined.
 * - drag(grabbed, start, from, to): 시작할 때의 값 {이름: 값}과 SVG 좌표 두 점에서 구한 새 값.
 */
function draggable(root, { model, names, grab, drag }) {
  let active = null;
  const read = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const toPoint = (event) =>
    new DOMPoint(event.clientX, event.clientY).matrixTransform(root.getScreenCTM().inverse());
  const finish = () => {
    const { pointer } = active;
    active = null;
    window.removeEventListener("keydown", escape, true);
    if (root.hasPointerCapture(pointer)) root.releasePointerCapture(pointer);
  };
  const cancel = () => {
    const { start } = active;
    finish();
    commit(model, start);
  };
  // 초점이 어디로 옮겨 갔든 Escape를 듣습니다.
  const escape = (event) => {
    if (!root.isConnected) finish();
    if (!active || event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    cancel();
  };
  root.addEventListener("pointerdown", (event) => {
    if (active || event.button !== 0) return;
    const grabbed = grab(event);
    if (grabbed === undefined) return;
    event.preventDefault();
    root.setPointerCapture(event.pointerId);
    window.addEventListener("keydown", escape, true);
    const [start, point] = [read(), toPoint(event)];
    active = { pointer: event.pointerId, grabbed, start, from: point, last: start, point };
  });
  // 손잡이의 바로 바깥을 잡아도 화면이 넘어가지 않게 합니다.
  root.addEventListener("touchstart", (event) => active && event.preventDefault(), { passive: false });
  const mine = (work) => (event) => active?.pointer === event.pointerId && work(event);
  root.addEventListener("pointermove", mine((event) => {
    const now = read();
    if (!sameValue(now, active.last)) Object.assign(active, { start: now, from: active.point });
    active.point = toPoint(event);
    commit(model, drag(active.grabbed, active.start, active.from, active.point));
    active.last = read();
  }));
  root.addEventListener("pointerup", mine(finish));
  root.addEventListener("pointercancel", mine(cancel));
  // 터치는 처음 닿은 요소가 잡고 있다가 root에 넘겨 줍니다. 그때의 것은 흘려보냅니다.
  root.addEventListener("lostpointercapture", mine(({ target }) => target === root && finish()));
}

// 손가락 끝이 닿는 만큼(화면의 px)
const REACH = 20;

/** 손가락이 누른 곳에서 닿는 만큼 안에 있는, 가장 가까운 요소. 마우스에는 없습니다. */
function withinReach(nodes, { pointerType, clientX, clientY }, reach = () => REACH) {
  if (pointerType !== "touch") return undefined;
  return nodes
    .map((node) => {
      const { x, y, width, height } = node.getBoundingClientRect();
      return { node, distance: Math.hypot(x + width / 2 - clientX, y + height / 2 - clientY) };
    })
    .filter(({ node, distance }) => distance <= reach(node))
    .sort((a, b) => a.distance - b.distance)[0]?.node;
}

const ARROW_KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
// 아래로 가는 것이 양수인 화면 좌표라, 슬라이더의 값은 dx − dy만큼 커집니다.
const SLIDER_KEYS = {
  ...ARROW_KEYS, PageUp: [0, -10], PageDown: [0, 10], Home: [-Infinity, 0], End: [Infinity, 0],
};

/** keys의 키를 누르면 step(그 요소, dx, dy)를 부릅니다. Shift는 열 배입니다. */
function stepOnKeys(root, keys, step) {
  root.addEventListener("keydown", (event) => {
    const direction = keys[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return;
    if (step(event.target, ...direction.map((v) => v * (event.shiftKey ? 10 : 1))) === false) return;
    event.preventDefault();
  });
}

/**
 * 글을 적는 칸. read()는 모델의 값을 글로 바꾸고, write(글)은 모델에 적습니다. 적는 동안에는 고쳐
 * 쓰지 않고("1."이 지워집니다), 칸을 떠나거나 값이 다른 데서 바뀌면 모델의 값으로 다시 적습니다.
 * write가 거절하는 까닭을 돌려주면 refuse(칸, 까닭)으로 알리고, 고쳐 쓸 때 거둡니다.
 */
function typedField(input, read, write, refuse) {
  let typing = false;
  const show = () => {
    if (typing) return;
    input.value = read();
    refuse?.(input, "");
  };
  input.addEventListener("input", () => {
    typing = true;
    const reason = write(input.value);
    typing = false;
    refuse?.(input, reason ?? "");
  });
  input.addEventListener("blur", show);
  return show;
}

/**
 * 받을 수 없는 글을 알리는 자리. 돌려준 함수 refuse(칸, 까닭)는 칸에 표시하고 node에 까닭을 적으며,
 * 까닭이 빈 글이면 거둡니다. 바뀌면 changed를 부릅니다.
 */
function refusalBoard(node, changed) {
  node.id = `abx-problem-${Math.random().toString(36).slice(2)}`;
  const reasons = new Map();
  return (input, reason) => {
    if ((reasons.get(input) ?? "") === reason) return;
    if (reason) {
      reasons.set(input, reason);
      setAttributes(input, { "aria-invalid": true, "aria-describedby": node.id });
    } else {
      reasons.delete(input);
      for (const name of ["aria-invalid", "aria-describedby"]) input.removeAttribute(name);
    }
    node.textContent = [...reasons.values()].join(" ");
    changed();
  };
}

/** 화면 낭독기에 알립니다. 끄는 동안 쏟아지지 않도록 멈춘 다음에 한 번만 읽습니다. */
function announcer(node) {
  let timer = 0;
  const announce = (text) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (node.textContent !== text) node.textContent = text;
    }, 300);
  };
  announce.cancel = () => clearTimeout(timer);
  return announce;
}

/** JupyterLab 4.6은 셀 안에서 Enter의 기본 동작(폼 보내기)을 막으므로 직접 보냅니다. */
function submitOnEnter(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.target.localName !== "input") return;
    event.preventDefault();
    form.requestSubmit();
  });
}

/**
 * 파이썬의 `f"{value:z.{digits}f}"`와 같은 글. 다만 빼기표는 U+2212입니다. toFixed는 딱 절반일 때
 * 올리지만(0.5625 → 0.563) 파이썬은 짝수로 맞춥니다(0.562).
 */
function formatNumber(value, digits = 3) {
  // 소수 digits자리에서 딱 절반인 수는 2 ** -(digits + 1)의 홀수 배뿐입니다.
  const isHalf = Math.abs((value * 2 ** (digits + 1)) % 2) === 1;
  const cut = value.toFixed(digits + 1).slice(0, digits ? -1 : -2);
  const rounded = isHalf && "02468".includes(cut.at(-1)) ? cut : toFixedText(value, digits);
  return (Number(rounded) === 0 ? (0).toFixed(digits) : rounded).replace("-", "−");
}

// toFixed는 1e21부터 "1e+21"처럼 적습니다. 그만큼 큰 수는 모두 정수입니다.
function toFixedText(value, digits) {
  const isHuge = Number.isFinite(value) && Math.abs(value) >= 1e21;
  return isHuge ? `${BigInt(value)}${(0).toFixed(digits).slice(1)}` : value.toFixed(digits);
}

/** 소수점 아래 끝의 0을 뺀 글 */
function trimZeros(decimal) {
  return decimal.replace(/\.?0+$/, "");
}

/** 정수나 .5처럼 짧은 수는 짧게, 나머지는 둘째 자리까지 */
function shortNumber(value) {
  return trimZeros(formatNumber(value, 2));
}

/** 개수: 파이썬의 `f"{count:,}"`. 브라우저의 언어를 따르지 않습니다. */
function formatCount(count) {
  return count.toLocaleString("en-US");
}

/** <data>에 보이는 글과 정확한 값을 함께 적습니다. */
function showValue(node, value, text) {
  node.value = String(value);
  node.textContent = text;
}

// Ctrl+C나 Ctrl+Z처럼 글을 고치는 키는 칸의 것입니다.
const isShortcut = (event) => (event.ctrlKey || event.metaKey) && /^[^acvxyz]$/i.test(event.key);

/**
 * JupyterLab이 방향키와 글자 키를 단축키로 가져가지 않게 하되, Ctrl+S(저장) 같은 단축키는 보냅니다.
 * 키를 받은 요소를 고르는 단축키(":focus")가 있어, 표시는 감싼 요소가 아니라 그 요소에 둡니다.
 */
function keepFromJupyterLab(event) {
  event.target.toggleAttribute("data-lm-suppress-shortcuts", !isShortcut(event));
}

/** VS Code는 출력에서 올라온 글자와 이동 키를 노트북의 명령(셀 고르기, 지우기)으로 씁니다. */
function keepFromVsCode(event) {
  const isCommand = event.ctrlKey || event.metaKey || event.altKey;
  const runsCell = event.shiftKey && event.key === "Enter";
  const isOurs = event.key.length === 1 || /^(Arrow|Page|Home|End|Enter|Backspace|Delete)/.test(event.key);
  if (isOurs && !isCommand && !runsCell) event.stopPropagation();
}

function svg(parent, tag, attributes = {}, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(node, attributes);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}

/** 파이썬의 float64 바이트를 Float64Array로 (DataView의 시작 위치가 8의 배수가 아닐 수 있어 복사합니다) */
function toFloat64(view) {
  return new Float64Array(
    view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength),
  );
}

function escapeHtml(text) {
  const node = document.createElement("span");
  node.textContent = text;
  return node.innerHTML;
}

/** 축 눈금의 간격: 눈금이 8개를 넘지 않는 가장 작은 1, 2, 5 × 10ⁿ */
function tickStep(length) {
  const power = 10 ** Math.floor(Math.log10(length / 8));
  return [1, 2, 5, 10].map((k) => k * power).find((step) => length / step <= 8);
}

/**
 * 이름표를 그림 안의, 다른 이름표와 겹치지 않는 자리에 놓습니다. 놓은 자리를 taken에 더하고 그 왼쪽
 * 위 [x, y]를 돌려줍니다. spots의 앞쪽부터 보고, 모두 막혔으면 그림의 양옆을 위에서부터 훑습니다.
 */
function placeApart(spots, [width, height], [roomWidth, roomHeight], taken) {
  const inside = ([x, y]) => [
    Math.max(0, Math.min(x, roomWidth - width)),
    Math.max(0, Math.min(y, roomHeight - height)),
  ];
  const isFree = ([x, y]) =>
    taken.every(([left, top, w, h]) =>
      x >= left + w || left >= x + width || y >= top + h || top >= y + height);
  const rows = Array.from({ length: Math.ceil(roomHeight / height) }, (_, row) => row * height);
  const sides = rows.flatMap((y) => [[0, y], [roomWidth, y]]);
  const places = [...spots, ...sides].map(inside);
  const place = places.find(isFree) ?? places[0];
  taken.push([...place, width, height]);
  return place;
}
