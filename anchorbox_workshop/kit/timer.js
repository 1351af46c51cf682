// 강사의 페이지의 타이머, 준비 목록, 보낼 글, 인쇄 단추.

(() => {
  const $ = (id) => document.getElementById(id);
  const sheets = JSON.parse($("timer-data").textContent);
  // 파일로 연 페이지에서는 저장소가 막혀 있을 수 있습니다. 그러면 기억하지 못할 뿐입니다.
  const memory = {
    read: (key) => { try { return JSON.parse(localStorage.getItem(`anchorbox-${key}`)); } catch { return null; } },
    write: (key, value) => { try { localStorage.setItem(`anchorbox-${key}`, JSON.stringify(value)); } catch { /* 위와 같음 */ } },
  };
  // entered는 지금의 줄로 넘어온 때(시작한 다음의 초), paused는 멈춘 때(시각)입니다.
  const begin = { row: 0, started: null, entered: null, paused: null };
  const state = { sheet: 0, ...begin, ...memory.read("timer") };
  if (!sheets[state.sheet]) Object.assign(state, { sheet: 0, ...begin });

  // 전체 화면에 스크롤하지 않고 들어가는 만큼.
  const MOST_CUTS = 4;
  const starts = (rows) => rows.reduce((all, row) => [...all, all.at(-1) + row.minutes], [0]);
  const minutes = (seconds) => {
    const whole = Math.abs(Math.trunc(seconds));
    return `${seconds <= -1 ? "−" : ""}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
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

  const passed = () => (state.started === null ? null : ((state.paused ?? Date.now()) - state.started) / 1000);

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
    const said = whole === 0 ? "제시간입니다." : late > 0 ? `${whole}분 늦었습니다.` : `${whole}분 앞서 있습니다.`;
    told.textContent = state.started === null ? "시작을 누르면 시간을 잽니다."
      : state.paused === null ? said : `멈추어 두었습니다. ${said}`;
    told.className = state.started === null ? "" : late >= 60 ? "late" : "good";
    showCuts(late >= 60 ? rows.slice(state.row + 1) : [], whole);
    $("timer-start").disabled = $("timer-sheet").disabled = state.started !== null;
    $("timer-pause").disabled = state.started === null;
    $("timer-pause").textContent = state.paused === null ? "멈춤" : "이어서";
    $("timer-next").disabled = !next;
  }

  /** 아직 하지 않은 줄에서, 늦은 시간을 되찾을 때까지 뺄 것 */
  function showCuts(ahead, late) {
    const useful = ahead.filter((row) => row.saves > 0);
    // 통째로 빠지는 여유가 먼저이고, 나머지는 차례대로입니다.
    const cuts = [...useful.filter((row) => row.isSpare), ...useful.filter((row) => !row.isSpare)];
    const sums = cuts.reduce((all, row) => [...all, all.at(-1) + row.saves], [0]);
    const enough = sums.findIndex((sum) => sum >= late);
    const shown = cuts.slice(0, Math.min(MOST_CUTS, enough < 0 ? MOST_CUTS : enough));
    const given = sums[shown.length];
    $("timer-cuts").hidden = late === 0 || cuts.length === 0;
    $("timer-cuts").querySelector("ol").replaceChildren(...shown.map(({ title, saves, cut }) => {
      const item = document.createElement("li");
      item.textContent = `${title} (${saves}분 줄어듭니다): ${cut}`;
      return item;
    }));
    $("timer-given").textContent = given >= late ? `여기까지 빼면 ${given}분이라, 늦은 ${late}분을 되찾습니다.`
      : `여기까지 빼면 ${given}분, 남은 줄에서 모두 빼면 ${sums.at(-1)}분입니다. 늦은 시간은 ${late}분입니다.`;
  }

  function change(values) {
    Object.assign(state, values);
    memory.write("timer", state);
    draw();
  }

  const last = () => sheets[state.sheet].rows.length - 1;
  const move = (step) => change({ row: Math.max(0, Math.min(last(), state.row + step)), entered: passed() });
  $("timer-sheet").append(...sheets.map(({ title }, n) => new Option(title, n, false, n === state.sheet)));
  $("timer-sheet").addEventListener("change", ({ target }) =>
    change({ sheet: Number(target.value), ...begin }));
  $("timer-start").addEventListener("click", () => {
    const begun = starts(sheets[state.sheet].rows)[state.row] * 60_000;
    change({ started: Date.now() - begun, entered: null });
  });
  $("timer-pause").addEventListener("click", () => change(state.paused === null ? { paused: Date.now() }
    : { started: state.started + Date.now() - state.paused, paused: null }));
  $("timer-next").addEventListener("click", () => move(1));
  $("timer-back").addEventListener("click", () => move(-1));
  $("timer-reset").addEventListener("click", () => {
    if (state.started !== null && !confirm("재던 시간을 지우고 처음으로 돌아갈까요?")) return;
    change(begin);
  });
  $("timer-full").addEventListener("click", () =>
    (document.fullscreenElement ? document.exitFullscreen() : $("timer-box").requestFullscreen()));
  addEventListener("fullscreenchange", () => {
    $("timer-full").textContent = document.fullscreenElement ? "전체 화면 끝내기(Esc)" : "전체 화면";
  });
  // 누른 단추가 꺼지면 초점이 문서로 가므로, 어디에 있든 듣습니다. 브라우저의 단축키(Alt+←)는 그대로 둡니다.
  addEventListener("keydown", ({ key, target, altKey, ctrlKey, metaKey }) => {
    if (altKey || ctrlKey || metaKey || target.matches?.("select, input, nav, nav *")) return;
    if (key === "ArrowRight") move(1);
    if (key === "ArrowLeft") move(-1);
  });
  setInterval(draw, 500);
  draw();

  // 글을 고친 줄은 다시 비어 있습니다.
  const ticked = new Set(memory.read("checklists"));
  for (const box of document.querySelectorAll(".checklist input")) {
    const told = box.closest("li").textContent;
    box.checked = ticked.has(told);
    box.addEventListener("change", () => {
      ticked[box.checked ? "add" : "delete"](told);
      memory.write("checklists", [...ticked]);
    });
  }

  const told = $("invitation-text"), address = $("invitation-address");
  const template = told.textContent;
  const fill = () => {
    told.textContent = template.replace("{address}", () => address.value.trim() || "교실에서 USB로 나누어 드립니다.");
  };
  address.value = memory.read("address") ?? "";
  address.addEventListener("input", () => { memory.write("address", address.value); fill(); });
  fill();
  $("invitation-copy").addEventListener("click", async () => {
    // 복사가 막힌 브라우저에서는 골라 두어, 바로 복사할 수 있게 합니다.
    getSelection().selectAllChildren(told);
    await navigator.clipboard?.writeText(told.textContent).catch(() => {});
  });

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
