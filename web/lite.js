// 파이썬이 켜지는 동안 무엇을 기다리는지, 켜진 다음에는 한 일이 어디에 남는지 알립니다.

(() => {
  const LOOK = `
    #abx-wait { position: fixed; right: 16px; bottom: 36px; z-index: 10000; display: flex; gap: 12px;
      align-items: center; max-width: min(30em, calc(100vw - 64px)); padding: 10px 16px;
      border-left: 4px solid #1565c0; box-shadow: 0 2px 12px rgba(0, 0, 0, 0.35);
      background: var(--jp-layout-color1, #fff); color: var(--jp-ui-font-color1, #222);
      font: 14px/1.5 var(--jp-ui-font-family, system-ui), sans-serif; word-break: keep-all; }
    #abx-wait[data-ready] { border-color: #388e3c; }
    #abx-wait button { flex: none; padding: 4px 10px; font: inherit; cursor: pointer; color: inherit;
      background: transparent; border: 1px solid currentColor; }
    #abx-wait:not([data-ready]) button, #abx-wait[data-ready] time { display: none; }`;
  const SCREEN = "1/3 화면을 여는 중입니다.";
  const PYTHON = "2/3 파이썬과 강좌를 받아 켜는 중입니다. 처음에는 20초 넘게 걸리기도 하고, "
    + "다음부터는 받아 둔 것을 씁니다. 그동안 레슨을 읽어 보세요.";
  const READY = "3/3 준비되었습니다. 셀을 고르고 Shift+Enter를 누르세요. 고친 것은 이 브라우저에만 남습니다. "
    + "내거나 옮기려면 메뉴의 파일에서 다운로드하세요.";
  const FAILED = "파이썬을 켜지 못했습니다. 네트워크를 확인하고 이 페이지를 새로 고치세요.";
  const SLOW = "2분이 지나도록 켜지지 않았습니다. 네트워크가 느리거나 파이썬을 받는 곳이 막혀 있을 수 "
    + "있습니다. 이 페이지를 새로 고쳐 보고, 그래도 안 되면 강좌를 설치하세요.";

  const box = document.createElement("div");
  box.id = "abx-wait";
  box.innerHTML = `<style>${LOOK}</style><span role="status"></span><time aria-hidden="true"></time>
    <button type="button">닫기</button>`;
  const [, text, clock, close] = box.children;
  close.onclick = () => box.remove();
  document.body.append(box);
  let since = performance.now();
  setInterval(() => {
    const seconds = Math.round((performance.now() - since) / 1000);
    clock.textContent = `${seconds}초`;
    if (seconds >= 120 && text.textContent === PYTHON) text.textContent = SLOW;
  }, 1000);

  function say(words, ready = false) {
    text.textContent = words;
    box.toggleAttribute("data-ready", ready);
    document.body.append(box);
  }

  // JupyterLite는 사본이 브라우저에 있어도 서버에 먼저 묻습니다. 네트워크가 끊기면 서버에는 없는 것으로
  // 하여, 그 사본으로 저장하고 내려받게 합니다.
  const ask = window.fetch;
  window.fetch = (question, options) => ask(question, options).catch((error) => {
    if (String(question.url ?? question).includes("/files/")) return new Response("", { status: 404 });
    throw error;
  });

  const met = new WeakSet();

  async function follow(panel) {
    if (!panel?.sessionContext || met.has(panel)) return;
    met.add(panel);
    since = performance.now();
    say(PYTHON);
    await panel.context.ready;
    await panel.sessionContext.ready;
    const connection = panel.sessionContext.session?.kernel;
    if (!connection) return say(FAILED, true);
    // 사본이 브라우저에 한 번 적히고 나면, 네트워크가 끊겨도 저장할 수 있습니다.
    if (!panel.context.model.readOnly) await panel.context.save();
    await connection.info;
    // 좁은 화면에서는 파일 목록이 레슨을 가립니다.
    if (innerWidth < 900) jupyterapp.shell.collapseLeft();
    say(READY, true);
  }

  async function start() {
    while (!window.jupyterapp) await new Promise((resolve) => setTimeout(resolve, 100));
    await jupyterapp.started;
    const { shell } = jupyterapp;
    shell.currentChanged.connect(() => follow(shell.currentWidget));
    follow(shell.currentWidget);
  }

  say(SCREEN);
  start();
})();
