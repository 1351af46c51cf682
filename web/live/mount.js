// 커널 없이 실험대와 예측 카드를 제자리에서 켭니다. 화면의 코드는 Jupyter와 같은 파일이고, 여기서는
// 그것이 말을 거는 모델만 흉내 냅니다. 켤 수 없으면 그림을 보입니다.

(() => {
  const LABS = new URL("labs/", document.currentScript.src);
  const urlOf = (name) => new URL(name, LABS).href;
  const loading = new Map();

  /**
   * labs/의 파일 하나가 abx에 적은 값. fetch와 모듈은 file://에서 막히므로, 내려받은 사이트에서도
   * 열리도록 <script>로 받습니다.
   */
  function load(name) {
    if (!loading.has(name)) {
      loading.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = urlOf(`${name}.js`);
        script.onload = () => resolve(abx[name]);
        script.onerror = () => {
          loading.delete(name);
          script.remove();
          reject(new Error(`${script.src}를 받지 못했습니다.`));
        };
        document.head.append(script);
      }));
    }
    return loading.get(name);
  }

  async function inflated(base64) {
    const packed = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new DataView(await new Response(stream).arrayBuffer());
  }

  /** 상태에 적힌 그림의 이름을 주소로, 묶은 배열을 바이트로 바꾼 것 */
  async function filled(value) {
    if (Array.isArray(value)) return Promise.all(value.map(filled));
    if (value === null || typeof value !== "object") return value;
    if (value.picture) return urlOf(value.picture);
    if (value.deflated) return inflated(value.deflated);
    const entries = Object.entries(value).map(async ([name, item]) => [name, await filled(item)]);
    return Object.fromEntries(await Promise.all(entries));
  }

  /** 예측을 정하면 그제야 답을 받아 판정합니다. */
  function answerCards(model, name) {
    model.on("change:prediction", async () => {
      const prediction = model.get("prediction");
      if (!prediction) return model.set("result", null);
      const result = await load(`${name}-answer`).then(filled)
        .then((key) => abx.judge(model.get("_asked"), key, prediction))
        .catch((error) => ({ ...NO_ANSWER, why: error.message }));
      if (model.get("prediction") === prediction) model.set("result", result);
    });
  }

  const NO_ANSWER = { status: "error", said: "", others: [], right: [], printed: "", pictures: [] };

  // 저장을 막은 브라우저에서는 없습니다.
  const store = (() => {
    try {
      return sessionStorage;
    } catch {
      return null;
    }
  })();
  const placeOf = (name) => `abx ${location.pathname} ${name}`;

  /** 새로 고치거나 다른 페이지에 다녀와도 이 탭에서 한 것이 남게 합니다. 판정은 그때 다시 합니다. */
  function keep(name, { result, ...values }) {
    try {
      store?.setItem(placeOf(name), JSON.stringify(values));
    } catch {
      // 자리가 모자라면 새로 고칠 때 처음으로 돌아갈 뿐입니다.
    }
  }

  function recall(model, name) {
    try {
      const kept = JSON.parse(store?.getItem(placeOf(name)) ?? "{}");
      for (const [key, value] of Object.entries(kept)) model.set(key, value);
    } catch {
      // 사이트가 바뀌어 맞지 않는 것이 다음에 또 막지 않게 합니다.
      store.removeItem(placeOf(name));
    }
  }

  async function mount(slot) {
    const { lab, state: name } = slot.dataset;
    const [{ render }, css, state] = await Promise.all([load(lab), load("style"), load(name).then(filled)]);
    const model = new abx.Model(state, (values) => keep(name, values));
    if (lab === "PredictionCard") answerCards(model, name);
    // 사이트의 CSS가 실험대를 바꾸지 못하게 그림자 DOM에 놓습니다. 대신 보이던 그림은 그때 가려집니다.
    const root = slot.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    const el = document.createElement("div");
    root.append(el);
    const waiting = document.activeElement === slot;
    render({ model, el });
    // 처음으로 돌아가는 단추가 강좌의 처음 값을 알도록, 켠 다음에 되살립니다.
    recall(model, name);
    hold(slot, false);
    if (waiting) el.querySelector(FOCUSABLE)?.focus();
    slot.dataset.alive = "true";
  }

  const FOCUSABLE = "button, input, select, [tabindex='0']";

  /** 켜지기 전의 자리에도 Tab이 멈추게 합니다. 먼 자리를 건너뛰면 키보드로는 켤 수 없습니다. */
  function hold(slot, waiting) {
    const marks = { tabindex: "0", role: "group", "aria-label": "실험대를 켜는 중입니다" };
    for (const [name, value] of Object.entries(marks)) {
      if (waiting) slot.setAttribute(name, value);
      else slot.removeAttribute(name);
    }
  }

  function tellFailure(slot, error) {
    hold(slot, false);
    const picture = slot.querySelector("noscript");
    if (picture) slot.innerHTML = picture.textContent;
    const note = document.createElement("p");
    note.className = "abx-failure";
    note.setAttribute("role", "alert");
    note.textContent = `실험대를 켜지 못했습니다. 페이지를 새로 고쳐 보세요. (${error.message})`;
    slot.after(note);
  }

  function start(slot) {
    seen.unobserve(slot);
    if (slot.dataset.started) return;
    slot.dataset.started = "true";
    mount(slot).catch((error) => tellFailure(slot, error));
  }

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) start(target);
  }, { rootMargin: "800px" });
  // 페이지가 다 오기 전에도, 온 만큼의 자리를 찾아 켭니다.
  const watch = () => {
    for (const slot of document.querySelectorAll(".abx-slot:not([data-seen])")) {
      slot.dataset.seen = "true";
      hold(slot, true);
      seen.observe(slot);
    }
  };
  const arriving = new MutationObserver(watch);
  arriving.observe(document, { childList: true, subtree: true });

  // 셀의 출력은 JupyterLab의 표시를 보고, 실험대는 속성이 바뀌는 것을 보고 테마를 따릅니다.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const followTheme = () => {
    const { theme } = document.body.dataset;
    document.body.dataset.jpThemeLight = theme === "light" || (theme !== "dark" && !dark.matches);
  };

  // 옆으로 밀어야 다 보이는 코드와 수식, 표는 키보드로도 밀 수 있어야 합니다.
  const WIDE = "pre, .math-wrapper, .table-wrapper, :is(.text_html, .text_html div):has(> table), "
    + "[style*='overflow-x']";
  const sized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });

  const finish = () => {
    arriving.disconnect();
    watch();
    followTheme();
    // 셀을 실행하는 페이지는 서버에 놓아야 열립니다.
    if (location.protocol === "file:") document.querySelector(".web-run")?.remove();
    dark.addEventListener("change", followTheme);
    new MutationObserver(followTheme).observe(document.body, { attributeFilter: ["data-theme"] });
    document.querySelectorAll(WIDE).forEach((element) => sized.observe(element));
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", finish);
  else finish();
  watch();

  // 먼 자리도 한가할 때 켜 둡니다. 켜지지 않은 것은 종이에 나오지 않습니다.
  const startAll = () => document.querySelectorAll(".abx-slot").forEach(start);
  addEventListener("load", () => (globalThis.requestIdleCallback ?? setTimeout)(startAll));

  // 접어 둔 것도 종이에 나와야 합니다.
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) details.open = true;
  });
})();
