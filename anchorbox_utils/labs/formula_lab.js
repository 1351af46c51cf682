// 수식 실험대: 앵커와 정답 박스를 끌면 네 공식의 모든 기호가 함께 움직입니다.

const ROOM = { width: 520, height: 372, photoHeight: 280, bottom: 24, top: 10 };
const MIN_SIDE = 4;
const LETTER = 14; // 그리기 전이라 잴 수 없을 때의, 박스 이름 한 글자의 너비
const DIGIT = 8; // 눈금의 숫자 하나에 넉넉한 너비
// 이름표의 높이, 그 안의 글자 밑줄, 박스와의 사이
const LABEL = { height: 20, baseline: 15, gap: 4 };
const HANDLES = {
  nw: [0, 0], n: [0.5, 0], ne: [1, 0], e: [1, 0.5],
  se: [1, 1], s: [0.5, 1], sw: [0, 1], w: [0, 0.5],
};
const BOXES = { anchor: "앵커", gt: "정답 박스" };
const FIELDS = ["x", "y", "w", "h"];
const FIELD_NAMES = { x: "중심 x", y: "중심 y", w: "너비", h: "높이" };
const UP_DOWN = { ArrowUp: ARROW_KEYS.ArrowUp, ArrowDown: ARROW_KEYS.ArrowDown };
const GUESS_LIMIT = 1000;

const symbol = (name) => `<i>${name[0]}</i>${name[1] ? `<sub>${name[1]}</sub>` : ""}`;
const fraction = (top, bottom) =>
  `<span class="fraction"><span>${top}</span><span>${bottom}</span></span>`;

function equationHtml(name) {
  const isShift = name === "x" || name === "y";
  const size = name === "x" || name === "w" ? "w" : "h";
  const anchorSize = `<span class="anchor">${symbol(size + "a")}</span>`;
  const gtPart = `<span class="gt">${symbol(name)}</span>`;
  const symbols = isShift
    ? fraction(`${gtPart} − <span class="anchor">${symbol(name + "a")}</span>`, anchorSize)
    : `log${fraction(gtPart, anchorSize)}`;
  const number = (box, field) => `<span class="${box}" data-number="${box}.${field}"></span>`;
  const numbers = isShift
    ? fraction(`${number("gt", name)} − ${number("anchor", name)}`, number("anchor", size))
    : `log${fraction(number("gt", name), number("anchor", size))}`;
  return `
    <div class="equation">
      <span class="target">${symbol("t" + name)}</span>
      <span class="symbols" aria-hidden="true">= ${symbols}</span>
      <span class="substituted" aria-hidden="true">= ${numbers}</span>
      <span data-ref="read_${name}" class="for-readers"></span>
      <span>=</span><data data-ref="t${name}" class="result"></data>
      <input data-ref="guess_${name}" class="guess" type="number" step="any" min="${-GUESS_LIMIT}" max="${GUESS_LIMIT}"
        aria-label="t_${name} 추측" placeholder="추측">
      <span data-ref="verdict_${name}" class="verdict"></span>
    </div>`;
}

function formulaHtml() {
  const cell = (box, field) => `
    <td><input data-ref="${box}_${field}" type="number" step="1"
      aria-label="${BOXES[box]} ${FIELD_NAMES[field]}, 픽셀"></td>`;
  const row = (box) => `
    <tr><th scope="row" class="${box}"><span class="swatch ${box}"></span>${BOXES[box]}</th>
      ${FIELDS.map((field) => cell(box, field)).join("")}</tr>`;
  return `
  <section class="lab" aria-label="수식 실험대">
    <header>
      <strong>수식 실험대</strong>
      <span class="hint">박스나 네모 점을 끌어 옮기세요. <span class="keys"><kbd>Tab</kbd>과 방향키도 됩니다(<kbd>Shift</kbd>는 10픽셀씩).</span></span>
      <label class="toggle"><input data-ref="practice" type="checkbox"> 3분 연습</label>
      <button data-ref="reset" type="button">처음으로</button>
    </header>
    <div class="columns">
      <svg data-ref="stage" class="stage" role="group" aria-label="앵커와 정답 박스, 단위는 픽셀"></svg>
      <div class="controls">
        <table class="boxes">
          <thead><tr><th scope="col">(px)</th>
            ${FIELDS.map((field) => `<th scope="col">${FIELD_NAMES[field]}</th>`).join("")}</tr></thead>
          <tbody>${row("anchor")}${row("gt")}</tbody>
        </table>
        <p data-ref="problem" class="problem"></p>
        <form data-ref="form" class="equations" autocomplete="off" novalidate>
          ${FIELDS.map(equationHtml).join("")}
          <div class="practice-row">
            <button data-ref="check" type="submit" class="primary">확인</button>
            <span data-ref="practice_text"></span>
          </div>
        </form>
        <div class="facts">
          <div><span class="name">IoU</span><data data-ref="iou" class="result"></data>
            <span class="bar" aria-hidden="true"><span data-ref="iou_bar"></span></span></div>
          <div class="decoded"><span class="name">되돌린 박스</span>
            <span>${FIELDS.map((f) => `<i>${f}̂</i>&nbsp;<data data-ref="decoded_${f}"></data>`).join(" ")}</span></div>
        </div>
      </div>
    </div>
    <ul data-ref="slips" class="slips"></ul>
    <p data-ref="sentence" class="sentence" aria-hidden="true"></p>
    <div data-ref="live" class="for-readers" role="status" aria-live="polite"></div>
  </section>`;
}

/** 상자를 (dx, dy)만큼 옮깁니다. 화면 밖으로는 나가지 않습니다. */
function moveBox(box, dx, dy, [height, width]) {
  const [x1, y1, x2, y2] = fitBox(box, [height, width]);
  dx = Math.min(Math.max(dx, -x1), width - x2);
  dy = Math.min(Math.max(dy, -y1), height - y2);
  return [x1 + dx, y1 + dy, x2 + dx, y2 + dy];
}

/** 상자를 화면에 맞는 크기로 줄이고 화면 안으로 옮깁니다. */
function fitBox([x1, y1, x2, y2], [height, width]) {
  const [w, h] = [Math.min(x2 - x1, width), Math.min(y2 - y1, height)];
  const x = Math.min(Math.max((x1 + x2 - w) / 2, 0), width - w);
  const y = Math.min(Math.max((y1 + y2 - h) / 2, 0), height - h);
  return [x, y, x + w, y + h];
}

/** 앵커와 정답의 (중심, 크기)를 넣은 공식을 말로: 화면 낭독기는 분수의 가로줄을 읽지 못합니다. */
function sayEquation(index, anchor, gt) {
  const [a, g] = [anchor, gt].map((values) => values.map(shortNumber));
  return index < 2
    ? `는 (${g[index]} 빼기 ${a[index]}) 나누기 ${a[index + 2]}`
    : `는 로그 (${g[index]} 나누기 ${a[index]})`;
}

/** 손잡이를 (dx, dy)만큼 끌었을 때의 상자. 뒤집히지 않습니다. */
function resizeBox([x1, y1, x2, y2], handle, dx, dy, [height, width]) {
  const [u, v] = HANDLES[handle];
  if (u === 0) x1 = Math.max(0, Math.min(x1 + dx, x2 - MIN_SIDE));
  if (u === 1) x2 = Math.min(width, Math.max(x2 + dx, x1 + MIN_SIDE));
  if (v === 0) y1 = Math.max(0, Math.min(y1 + dy, y2 - MIN_SIDE));
  if (v === 1) y2 = Math.min(height, Math.max(y2 + dy, y1 + MIN_SIDE));
  return [x1, y1, x2, y2];
}

/** 틀린 추측에 할 말. 여러 실수의 값이 같으면 모두 말합니다. */
function sayAdvice({ error, slips }) {
  const says = slips.map((slip) => slip.says);
  if (says.length > 1) return `이 문제에서는 값이 같아 다음 가운데 하나로 보입니다. ${says.map((text, k) => `(${k + 1}) ${text}`).join(" ")}`;
  const amount = formatNumber(Math.abs(error), 2);
  return says[0] ?? `${amount}만큼 ${error > 0 ? "큽니다" : "작습니다"}. 흔한 실수와는 다르니 넣은 수와 계산을 다시 보세요.`;
}

// 부동소수점의 찌꺼기는 0으로 봅니다.
const isZero = (value) => Math.abs(value) < 1e-9;

/** 옮기는 말의 조각들 [옮기지 않는 쪽, 옮기는 쪽] */
function describeMove(value, axis, side, negative, positive) {
  if (isZero(value)) return [`${axis}로는 옮기지 않고`, ""];
  const percent = formatNumber(Math.abs(value) * 100, 0);
  const amount = percent === "0" ? "1%보다 조금" : `${percent}%만큼`;
  return ["", `${side}의 ${amount} ${value < 0 ? negative : positive}로`];
}

function describeStretch(value, side) {
  if (isZero(value)) return [`${side}는 그대로 두고`, ""];
  const times = formatNumber(Math.exp(value), 2);
  return times === "1.00" ? [`${side}는 거의 그대로 두고`, ""] : ["", `${side}를 ${times}배`];
}

/** 네 오프셋을 한 문장으로 */
function describeDeltas([tx, ty, tw, th]) {
  const moves = [
    describeMove(tx, "가로", "너비", "왼쪽으", "오른쪽으"),
    describeMove(ty, "세로", "높이", "위", "아래"),
  ];
  const stretches = [describeStretch(tw, "너비"), describeStretch(th, "높이")];
  const words = (parts, kind, separator) => parts.map((part) => part[kind]).filter(Boolean).join(separator);
  const isStill = [tx, ty].every(isZero);
  const isSame = [tw, th].every(isZero);
  if (isStill && isSame) return "앵커가 정답과 똑같습니다. 옮기지도, 크기를 바꾸지도 않습니다.";
  const move = isStill ? "옮기지 않고" : `${words(moves, 0, " ")} ${words(moves, 1, ", ")} 옮기고`.trim();
  const resized = words(stretches, 1, ", ");
  const stretch = isSame
    ? "크기는 그대로 두면"
    : resized
      ? `${words(stretches, 0, " ")} ${resized}로 바꾸면`.trim()
      : "크기는 거의 그대로 두면";
  return `앵커를 ${move}, ${stretch} 정답입니다.`;
}

/** index번째 칸(중심 x, 중심 y, 너비, 높이)에 적을 수 있는 [가장 작은 수, 가장 큰 수] */
function allowedRange(index, center, [height, width]) {
  const room = index % 2 ? height : width;
  if (index > 1) return [Math.min(MIN_SIDE, room), room];
  const half = Math.min(center[index + 2], room) / 2;
  return [half, room - half];
}

function render({ model, el }) {
  const imageSize = model.get("_image_size");
  const start = { anchor: model.get("anchor"), gt: model.get("gt") };
  const boxOf = (name) => model.get(name)[0];
  // 박스가 바뀌면 새 문제이므로, 지난 추측은 지웁니다.
  const withBox = (name, box) =>
    sameValue(box, boxOf(name)) ? {} : { [name]: [box], ...(model.get("practice") && { guess: null }) };

  return mountLab({
    model,
    el,
    html: formulaHtml(),
    names: ["anchor", "gt", "practice", "guess"],
    setup(refs, update) {
      el.dataset.photo = Boolean(model.get("_image"));
      const stage = buildStage(refs.stage, model, withBox);
      // 이름표의 너비는 화면에 붙은 다음에야 잴 수 있습니다.
      new ResizeObserver(update).observe(refs.stage);
      const refuse = refusalBoard(refs.problem, update);
      const changed = {
        practice() {
          refs.practice.checked = model.get("practice");
          for (const field of FIELDS) refuse(refs[`guess_${field}`], "");
        },
        guess() {
          const guess = model.get("guess");
          FIELDS.forEach((field, index) => {
            refs[`guess_${field}`].value = guess ? guess[index] : "";
            refuse(refs[`guess_${field}`], "");
          });
        },
      };
      for (const name of Object.keys(BOXES)) {
        const shows = FIELDS.map((field, index) => {
          const input = refs[`${name}_${field}`];
          const range = () => allowedRange(index, toCenter(boxOf(name)), imageSize);
          const write = (value) => {
            const center = toCenter(boxOf(name));
            center[index] = value;
            commit(model, withBox(name, fitBox(toCorners(center), imageSize)));
          };
          // 적는 칸의 위아래 키도 칸에 보이는 글이 아니라 모델의 값에서 한 걸음씩 갑니다.
          stepOnKeys(input, UP_DOWN, (_, dx, dy) => {
            const [low, high] = range();
            write(Math.min(Math.max(toCenter(boxOf(name))[index] - dy, low), high));
            shows[index]();
          });
          return typedField(
            input,
            () => shortNumber(toCenter(boxOf(name))[index]).replace("−", "-"),
            (text) => {
              const [low, high] = range();
              const value = text === "" ? NaN : Number(text);
              // 안내에 적은 범위는 둘째 자리까지이므로, 그만큼은 받아 줍니다.
              if (!(value >= low - 0.005 && value <= high + 0.005)) {
                return `${BOXES[name]}의 ${FIELD_NAMES[field]}: ${shortNumber(low)} 이상 ${shortNumber(high)} 이하의 수를 적어 주세요.`;
              }
              write(value);
              return "";
            },
            refuse,
          );
        });
        changed[name] = () => shows.forEach((show) => show());
      }
      refs.practice.addEventListener("change", () => {
        commit(model, { guess: null, practice: refs.practice.checked });
      });
      refs.reset.addEventListener("click", () => {
        for (const name of Object.keys(BOXES)) commit(model, withBox(name, start[name][0]));
      });
      refs.form.addEventListener("submit", (event) => {
        event.preventDefault();
        const guess = FIELDS.map((name) => refs[`guess_${name}`].valueAsNumber);
        const bad = FIELDS.filter((_, index) => !(Math.abs(guess[index]) <= GUESS_LIMIT));
        if (bad.length === 0) {
          commit(model, { guess });
          return;
        }
        for (const name of bad) {
          refuse(refs[`guess_${name}`], `t_${name} 추측: −${GUESS_LIMIT} 이상 ${GUESS_LIMIT} 이하의 수를 적어 주세요.`);
        }
        refs[`guess_${bad[0]}`].focus();
      });
      refs.form.addEventListener("input", ({ target }) => refuse(target, ""));
      submitOnEnter(refs.form);

      const draw = () => {
        const [anchor, gt] = [boxOf("anchor"), boxOf("gt")];
        const practice = model.get("practice");
        const guess = model.get("guess");
        const hidden = practice && guess === null;
        const deltas = encode(anchor, gt);
        const centers = { anchor: toCenter(anchor), gt: toCenter(gt) };
        const overlap = iou(anchor, gt);
        const decoded = toCenter(decode(anchor, deltas));

        el.dataset.practice = practice ? (hidden ? "asking" : "answered") : "off";
        const guessed = practice && guess ? decode(anchor, guess) : [];
        // 터무니없이 큰 추측(e의 800제곱)은 그릴 수 없습니다.
        stage.draw(guessed.length && guessed.every((v) => Math.abs(v) < 1e6) ? guessed : null);
        for (const node of el.querySelectorAll("[data-number]")) {
          const [box, field] = node.dataset.number.split(".");
          node.textContent = shortNumber(centers[box][FIELDS.indexOf(field)]);
        }
        const judged = !hidden && practice ? guess.map((v, index) => judgeGuess(index, anchor, gt, v)) : [];
        refs.slips.replaceChildren();
        FIELDS.forEach((name, index) => {
          const result = refs[`t${name}`];
          const verdict = refs[`verdict_${name}`];
          refs[`read_${name}`].textContent = sayEquation(index, centers.anchor, centers.gt);
          if (hidden) {
            result.removeAttribute("value");
            result.textContent = "?";
            verdict.textContent = "";
          } else {
            showValue(result, deltas[index], formatNumber(deltas[index]));
            const { right, error } = judged[index] ?? {};
            verdict.textContent = !practice ? "" : right ? "✓ 맞음" : `차이 ${formatNumber(error, 2)}`;
            verdict.dataset.right = Boolean(right);
          }
          const advice = judged[index] && !judged[index].right ? sayAdvice(judged[index]) : "";
          if (advice) {
            const item = document.createElement("li");
            item.innerHTML = `${symbol("t" + name)}: ${advice}`;
            refs.slips.append(item);
          }
          refs[`guess_${name}`].setAttribute("aria-description", `${verdict.textContent} ${advice}`.trim());
        });
        showValue(refs.iou, overlap, formatNumber(overlap));
        refs.iou_bar.style.width = `${overlap * 100}%`;
        FIELDS.forEach((field, index) => {
          const node = refs[`decoded_${field}`];
          if (hidden) {
            node.removeAttribute("value");
            node.textContent = "?";
          } else showValue(node, decoded[index], formatNumber(decoded[index], 1));
        });
        const rights = judged.filter(({ right }) => right).length;
        refs.practice_text.textContent = hidden
          ? "네 수를 손으로 계산해 적고 확인을 누르세요."
          : practice
            ? `4개 중 ${rights}개가 맞았습니다. 보라색이 내 추측입니다.`
            : "";
        const sentence = hidden
          ? "t는 추측을 적으면 보입니다. log는 자연로그입니다."
          : describeDeltas(deltas);
        refs.sentence.textContent = sentence;
        return [
          ...Object.keys(BOXES).map(
            (name) =>
              `${BOXES[name]}: 중심 ${centers[name].slice(0, 2).map(shortNumber).join(", ")}, ` +
              `크기 ${centers[name].slice(2).map(shortNumber).join(" × ")}.`,
          ),
          hidden ? "" : `오프셋 ${deltas.map((v) => formatNumber(v)).join(", ")}.`,
          `IoU ${formatNumber(overlap)}.`,
          refs.practice_text.textContent,
          refs.slips.textContent,
          sentence,
          refs.problem.textContent,
        ].join(" ");
      };
      return { draw, changed };
    },
  });
}

/** 사진, 두 박스와 손잡이, 축, 중심의 화살표. draw()가 모델의 지금 값으로 옮겨 놓습니다. */
function buildStage(root, model, withBox) {
  const [imageSize, photo] = [model.get("_image_size"), model.get("_image")];
  const [height, width] = imageSize;
  const scale = Math.min(ROOM.width / width, (photo ? ROOM.photoHeight : ROOM.height) / height);
  const boxOf = (name) => model.get(name)[0];
  const [plotWidth, plotHeight] = [width * scale, height * scale];
  const step = tickStep(Math.max(width, height));
  const ticksTo = (end) => Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, k) => k * step);
  // 눈금의 숫자가 길어도 그림 안에 다 들어옵니다.
  const digits = Math.max(...[width, height].flatMap(ticksTo).map((tick) => shortNumber(tick).length));
  const [left, right] = [10 + digits * DIGIT, Math.max(10, (digits * DIGIT) / 2)];
  setAttributes(root, {
    viewBox: [-left, -ROOM.top, plotWidth + left + right, plotHeight + ROOM.top + ROOM.bottom].join(" "),
    width: plotWidth + left + right,
  });
  const defs = svg(root, "defs");
  const marker = svg(defs, "marker", {
    id: `abx-arrow-${Math.random().toString(36).slice(2)}`,
    viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: "auto",
  });
  svg(marker, "path", { d: "M0 0 L10 5 L0 10 z", class: "arrow-head" });
  svg(root, "rect", { width: plotWidth, height: plotHeight, class: "paper" });
  if (photo) {
    // 끌려던 사진이 브라우저의 그림 끌기로 넘어가지 않도록 눌리지 않게 둡니다(style.css).
    svg(root, "image", { href: photo, width: plotWidth, height: plotHeight, preserveAspectRatio: "none", class: "photo" });
  }
  for (const x of ticksTo(width)) {
    svg(root, "line", { x1: x * scale, x2: x * scale, y1: 0, y2: plotHeight, class: "grid" });
    svg(root, "text", { x: x * scale, y: plotHeight + 16, class: "tick middle" }, shortNumber(x));
  }
  for (const y of ticksTo(height)) {
    svg(root, "line", { x1: 0, x2: plotWidth, y1: y * scale, y2: y * scale, class: "grid" });
    svg(root, "text", { x: -6, y: y * scale + 4, class: "tick end" }, shortNumber(y));
  }
  const guessGroup = svg(root, "g");
  const guessBox = svg(guessGroup, "rect", { class: "box prediction" });
  const guessLabel = svg(guessGroup, "text", { class: "box-label prediction" }, "내 추측");
  const parts = {};
  for (const name of Object.keys(BOXES)) {
    const group = svg(root, "g");
    const halo = svg(group, "rect", { class: "box-halo" });
    const rect = svg(group, "rect", {
      class: `box ${name}`, tabindex: 0, role: "application", "data-box": name,
    });
    const label = svg(group, "text", { class: `box-label ${name}` }, BOXES[name]);
    parts[name] = { halo, rect, label, handles: {} };
    for (const [handle, [u, v]] of Object.entries(HANDLES)) {
      parts[name].handles[handle] = svg(group, "rect", {
        class: `handle ${name}`, width: 11, height: 11, rx: 2, "data-box": name, "data-handle": handle,
        style: `cursor: ${u === 0.5 ? "ns" : v === 0.5 ? "ew" : u === v ? "nwse" : "nesw"}-resize`,
        // 키보드에는 오른쪽 아래 하나면 됩니다. 여덟 개를 다 지나려면 Tab을 너무 많이 누릅니다.
        ...(handle === "se" ? { tabindex: 0, role: "application" } : {}),
      });
    }
  }
  const arrows = ["arrow-halo", "arrow"].map((kind) => svg(root, "line", { class: kind }));
  arrows[1].setAttribute("marker-end", `url(#${marker.id})`);
  const dots = Object.keys(BOXES).map((name) => svg(root, "circle", { r: 4, class: `dot ${name}` }));

  const area = ([x1, y1, x2, y2]) => (x2 - x1) * (y2 - y1);
  const reshape = (box, handle, dx, dy) =>
    handle ? resizeBox(box, handle, dx, dy, imageSize) : moveBox(box, dx, dy, imageSize);
  draggable(root, {
    model,
    names: [...Object.keys(BOXES), "guess"],
    grab(event) {
      // 포개진 박스는 손잡이, 그다음 작은 박스가 먼저 잡힙니다.
      const [under] = root.getRootNode().elementsFromPoint(event.clientX, event.clientY)
        .map((node) => node.dataset).filter(({ box }) => box)
        .sort((a, b) => !a.handle - !b.handle || area(boxOf(a.box)) - area(boxOf(b.box)));
      // 작은 박스도 가운데를 잡으면 옮길 수 있게, 손잡이는 변의 4분의 1까지만 잡힙니다.
      const near = withinReach([...root.querySelectorAll(".handle")], event, ({ dataset }) => {
        const { width, height } = parts[dataset.box].rect.getBoundingClientRect();
        return Math.min(REACH, Math.max(Math.min(width, height) / 4, 8));
      });
      const found = under?.handle ? under : near?.dataset ?? under;
      if (!found) return undefined;
      const { rect, handles } = parts[found.box];
      (found.handle ? handles.se : rect).focus({ preventScroll: true });
      return found;
    },
    drag({ box, handle }, start, from, to) {
      const [dx, dy] = [to.x - from.x, to.y - from.y].map((v) => Math.round(v / scale));
      return withBox(box, reshape(start[box][0], handle, dx, dy));
    },
  });
  stepOnKeys(root, ARROW_KEYS, ({ dataset: { box, handle } }, dx, dy) =>
    commit(model, withBox(box, reshape(boxOf(box), handle, dx, dy))),
  );

  const place = (node, [x1, y1, x2, y2]) =>
    setAttributes(node, {
      x: x1 * scale, y: y1 * scale, width: (x2 - x1) * scale, height: (y2 - y1) * scale,
    });
  /** 이름표를 박스 [x1, y1, x2, y2](화면 좌표)의 위나 아래에, 그림 안에서 서로 겹치지 않게 놓습니다. */
  const placeLabel = (node, [x1, y1, x2, y2], prefersBelow, taken) => {
    const width = (node.getComputedTextLength() || node.textContent.length * LETTER) + 4;
    const { height, baseline, gap } = LABEL;
    const [above, insideTop, insideBottom, below] = [y1 - height - gap, y1 + gap, y2 - height - gap, y2 + gap];
    const isIn = ([, y]) => y >= 0 && y + height <= plotHeight;
    const rows = prefersBelow ? [below, insideBottom, above, insideTop] : [above, insideTop, below, insideBottom];
    const columns = node === guessLabel ? [x2 - width, x1] : [x1, x2 - width];
    const spots = columns.flatMap((x) => rows.map((y) => [x, y]));
    // 그림 밖의 추측은 그쪽 가장자리에 적습니다.
    const [x, y] = placeApart([...spots.filter(isIn), ...spots], [width, height], [plotWidth, plotHeight], taken);
    setAttributes(node, { x: x + 2, y: y + baseline });
  };
  return {
    draw(guess) {
      const labels = [];
      const onScreen = (box) => box.map((v) => v * scale);
      for (const [name, { halo, rect, label, handles }] of Object.entries(parts)) {
        const box = boxOf(name);
        const [x1, y1, x2, y2] = box;
        const [cx, cy, w, h] = toCenter(box).map(shortNumber);
        for (const node of [halo, rect]) place(node, box);
        rect.setAttribute("aria-label", `${BOXES[name]} 옮기기: 중심 ${cx}, ${cy}, 크기 ${w} × ${h}`);
        handles.se.setAttribute("aria-label", `${BOXES[name]} 크기 바꾸기: ${w} × ${h}`);
        // 앵커의 이름은 아래쪽, 정답의 이름은 위쪽에 두어 겹치지 않게 합니다.
        placeLabel(label, onScreen(box), name === "anchor", labels);
        for (const [handle, node] of Object.entries(handles)) {
          const [u, v] = HANDLES[handle];
          setAttributes(node, {
            x: (x1 + u * (x2 - x1)) * scale - 5.5, y: (y1 + v * (y2 - y1)) * scale - 5.5,
          });
        }
      }
      const [from, to] = ["anchor", "gt"].map((name) => toCenter(boxOf(name)).map((v) => v * scale));
      setAttributes(dots[0], { cx: from[0], cy: from[1] });
      setAttributes(dots[1], { cx: to[0], cy: to[1] });
      for (const arrow of arrows) {
        setAttributes(arrow, {
          x1: from[0], y1: from[1], x2: to[0], y2: to[1],
          visibility: Math.hypot(to[0] - from[0], to[1] - from[1]) > 1 ? "visible" : "hidden",
        });
      }
      guessGroup.setAttribute("visibility", guess ? "visible" : "hidden");
      if (guess) {
        place(guessBox, guess);
        placeLabel(guessLabel, onScreen(guess), true, labels);
      }
    },
  };
}

export default { render };
