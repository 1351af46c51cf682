// 커널이 없는 슬라이드에서 예측 카드와 실험대를 켭니다. 화면의 코드는 Jupyter와, 모델과 판정은
// 웹사이트와 같은 파일입니다.

(({ codes, css, states }) => {
  /** 바이트로 묶인 배열 */
  const filled = (value) => {
    if (Array.isArray(value)) return value.map(filled);
    if (value === null || typeof value !== "object") return value;
    if (value.bytes !== undefined) return new DataView(Uint8Array.from(atob(value.bytes), (c) => c.charCodeAt(0)).buffer);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, filled(item)]));
  };

  // 답한 다음에는 고른 것과 답만 남겨, 물음과 풀이를 큰 글자로 함께 보입니다.
  const ANSWERED = `
    .abx .card { max-width: none; }
    .abx[data-state="answered"] .option:not([data-right="true"], :has(input:checked)) { display: none; }`;

  /** 물음과 풀이가 함께 보이도록 줄입니다. 뒷자리에서 읽을 수 없게 되기 전에 멈추고, 나머지는 밀어 봅니다. */
  function fit(slot) {
    slot.style.zoom = "";
    let zoom = Number(getComputedStyle(slot).zoom);
    const smallest = zoom * 0.7;
    while (slot.scrollHeight > slot.clientHeight && zoom > smallest) slot.style.zoom = zoom -= 0.05;
  }

  function mount(slot) {
    const { kind, state, key } = states[slot.dataset.live];
    const model = new abx.Model(filled(state));
    // 슬라이드의 CSS가 실험대를 바꾸지 못하게 그림자 DOM에 놓습니다. 대신 보이던 것은 그때 가려집니다.
    const root = slot.attachShadow({ mode: "open" });
    if (key) {
      model.on("change:prediction", () => {
        const prediction = model.get("prediction");
        model.set("result", prediction ? abx.judge(model.get("_asked"), key, prediction) : null);
        // 답한 다음의 키는 다시 슬라이드를 넘깁니다.
        if (prediction) root.activeElement?.blur();
      });
    }
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css + ANSWERED);
    root.adoptedStyleSheets = [sheet];
    const el = document.createElement("div");
    root.append(el);
    codes[kind].render({ model, el });
    new ResizeObserver(() => fit(slot)).observe(el);
    // 실험대를 만지는 키와 끌기가 슬라이드를 넘기지 않게 합니다. 쓰지 않는 키는 지나갑니다.
    const isUsed = (happened) => !happened.type.startsWith("key") || happened.defaultPrevented
      || happened.composedPath()[0].matches?.("input, textarea, select, button");
    for (const event of ["keydown", "keyup", "wheel", "touchstart", "touchmove", "touchend", "click"]) {
      slot.addEventListener(event, (happened) => { if (isUsed(happened)) happened.stopPropagation(); });
    }
    slot.dataset.alive = "true";
  }

  addEventListener("DOMContentLoaded", () => {
    for (const slot of document.querySelectorAll("[data-live]")) mount(slot);
  });
})
