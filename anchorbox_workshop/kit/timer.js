// 강사의 페이지의 타이머와 인쇄 단추.

(() => {
  const $ = (id) => document.getElementById(id);
  const sheets = JSON.parse($("timer-data").textContent);
  const KEY = "anchorbox-timer";
  // 파일로 연 페이지에서는 저장소가 막혀 있을 수 있습니다. 그러면 기억하지 못할 뿐입니다.
  const memory = {
    read: () => { try { return JSON.parse(localStorage.getItem(KEY)); } catch { return null; } },
    write: (value) => { try { localStorage.setItem(KEY, JSON.stringify(value)); } catch { /* 위와 같음 */ } },
  };
  // entered는 지금의 줄로 넘어온 때(시작한 다음의 초)입니다.
  const state = { sheet: 0, row: 0, started: null, entered: null, ...memory.read() };
  if (!sheets[state.sheet]) Object.assign(state, { sheet: 0, row: 0, started: null, entered: null });

  const starts = (rows) => rows.reduce((all, row) => [...all, all.at(-1) + row.minutes], [0]);
  const minutes = (seconds) => {
    const whole = Math.abs(Math.trunc(seconds));
    return `${seconds < 0 ? "−" : ""}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  };

  /** 지금 얼마나 늦었는지(초). 이 줄을 시작한 때에 이미 늦은 만큼이고, 끝낼 때가 더 지났으면 그만큼입니다. */
  const lateness = (elapsed, begin, end) => Math.max((state.entered ?? begin) - begin, elapsed - end);

  // 반 초마다 다시 만들면 누르는 사이에 링크가 사라집니다.
  let linked = null;
  function showSlides(row) {
    if (linked === row) return;
    linked = row;
    $("timer-slides").hidden = row.slides.length === 0;
    $("timer-slides").replaceChildren("슬라이드 ", ...row.slides.map(([label, href]) =>
      Object.assign(document.createElement("a"), { textContent: label, href, target: "slides" })));
  }

  const passed = () => (state.started === null ? null : (Date.now() - state.started) / 1000);

  function draw() {
    const rows = sheets[state.sheet].rows;
    state.row = Math.min(state.row, rows.length - 1);
    const at = starts(rows).map((m) => m * 60);
    const row = rows[state.row], next = rows[state.row + 1];
    const elapsed = passed() ?? at[state.row];
    const late = state.started === null ? 0 : lateness(elapsed, at[state.row], at[state.row + 1]);
    $("timer-now").textContent = `${row.title} (${row.minutes}분)`;
    $("timer-left").textContent = minutes(at[state.row + 1] - elapsed);
    $("timer-opening").textContent = row.opening;
    $("timer-say").textContent = row.say;
    showSlides(row);
    $("timer-after").textContent = next ? `${next.title} (${next.minutes}분)` : "끝입니다.";
    const told = $("timer-late");
    const whole = Math.floor(Math.abs(late) / 60);
    told.textContent = state.started === null ? "시작을 누르면 시간을 잽니다."
      : whole === 0 ? "제시간입니다." : late > 0 ? `${whole}분 늦었습니다.` : `${whole}분 앞서 있습니다.`;
    told.className = state.started === null ? "" : late >= 60 ? "late" : "good";
    const cuts = late >= 60 ? rows.slice(state.row, state.row + 4) : [];
    $("timer-cuts").hidden = cuts.length === 0;
    $("timer-cuts").querySelector("ol").replaceChildren(...cuts.map(({ title, minutes, cut }) => {
      const item = document.createElement("li");
      item.textContent = `${title} (${minutes}분): ${cut}`;
      return item;
    }));
    $("timer-start").disabled = $("timer-sheet").disabled = state.started !== null;
  }

  function change(values) {
    Object.assign(state, values);
    memory.write(state);
    draw();
  }

  const last = () => sheets[state.sheet].rows.length - 1;
  const move = (step) => change({ row: Math.max(0, Math.min(last(), state.row + step)), entered: passed() });
  $("timer-sheet").append(...sheets.map(({ title }, n) => new Option(title, n, false, n === state.sheet)));
  $("timer-sheet").addEventListener("change", ({ target }) =>
    change({ sheet: Number(target.value), row: 0, started: null, entered: null }));
  $("timer-start").addEventListener("click", () => {
    const begun = starts(sheets[state.sheet].rows)[state.row] * 60_000;
    change({ started: Date.now() - begun, entered: null });
  });
  $("timer-next").addEventListener("click", () => move(1));
  $("timer-back").addEventListener("click", () => move(-1));
  $("timer-reset").addEventListener("click", () => {
    if (state.started !== null && !confirm("재던 시간을 지우고 처음으로 돌아갈까요?")) return;
    change({ row: 0, started: null, entered: null });
  });
  $("timer-full").addEventListener("click", () => $("timer-box").requestFullscreen());
  addEventListener("keydown", ({ key, target }) => {
    const inTimer = document.fullscreenElement || target.closest?.("#timer");
    if (!inTimer || target.matches?.("select")) return;
    if (key === "ArrowRight") move(1);
    if (key === "ArrowLeft") move(-1);
  });
  setInterval(draw, 500);
  draw();

  for (const button of document.querySelectorAll("[data-print]")) {
    button.addEventListener("click", () => {
      const part = document.getElementById(button.dataset.print);
      const around = part.closest(".part");
      part.classList.add("shown");
      around.classList.add("shown");
      if (around !== part) around.classList.add("narrow");
      document.body.dataset.only = "true";
      print();
      for (const one of [part, around]) one.classList.remove("shown", "narrow");
      delete document.body.dataset.only;
    });
  }
  // 접어 둔 것도 종이에 나와야 합니다.
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details:not([open])")) details.open = true;
  });
})();
