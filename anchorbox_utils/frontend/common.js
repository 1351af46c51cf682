// 세 실험대가 함께 쓰는 화면 도구.

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

/** 실험대 하나를 el에 놓습니다. draw는 names 가운데 하나라도 바뀌면 다시 불립니다. */
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
  const draw = setup(refs);
  const announce = announcer(refs.live);
  const redraw = () => {
    announce(draw());
    keepKeys(el);
  };
  const update = oncePerFrame(() => {
    redraw();
    model.save_changes();
  });
  for (const name of names) model.on(`change:${name}`, update);
  // 쓸 수 없는 값("abc", 너무 작은 너비)이 남아 있지 않도록, 칸을 떠나면 지금 값으로 다시 적습니다.
  el.addEventListener("focusout", update);
  // 화면을 넘기려던 휠이 초점을 둔 칸의 수를 몰래 바꾸지 않게 합니다.
  const leaveNumber = ({ target }) => target.type === "number" && target.blur();
  el.addEventListener("wheel", leaveNumber, { passive: true });
  el.addEventListener("keydown", keepKey);
  redraw();
  return () => {
    el.removeEventListener("focusout", update);
    el.removeEventListener("wheel", leaveNumber);
    el.removeEventListener("keydown", keepKey);
    update.cancel();
    announce.cancel();
    stopTheme();
    for (const name of names) model.off(`change:${name}`, update);
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

/** 표시용 수: 빼기표는 U+2212 */
function formatNumber(value, digits = 3) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? (0).toFixed(digits) : text).replace("-", "−");
}

/** 정수나 .5처럼 짧은 수는 짧게, 나머지는 둘째 자리까지 */
function shortNumber(value) {
  return String(Math.round(value * 100) / 100 + 0).replace("-", "−");
}

/** <data>에 보이는 글과 정확한 값을 함께 적습니다. */
function showValue(node, value, text) {
  node.value = String(value);
  node.textContent = text;
}

/** JupyterLab이 방향키와 글자 키를 단축키로 가져가지 않게 합니다. 초점을 받는 요소마다 있어야 합니다. */
function keepKeys(root) {
  for (const node of root.querySelectorAll("input, select, button, [tabindex]")) {
    node.dataset.lmSuppressShortcuts = "true";
  }
}

/** VS Code는 출력에서 올라온 글자와 이동 키를 노트북의 명령(셀 고르기, 지우기)으로 씁니다. */
function keepKey(event) {
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
