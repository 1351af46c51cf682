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
        // 풀이는 보기의 아래에 나타납니다. 화면은 다음다음 그리기에 다 그려져 있습니다.
        if (prediction) requestAnimationFrame(() => requestAnimationFrame(() => { slot.scrollTop = slot.scrollHeight; }));
      });
    }
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    const el = document.createElement("div");
    root.append(el);
    codes[kind].render({ model, el });
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
