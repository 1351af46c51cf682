// 임계값 실험대: 두 임계값을 움직이면 앵커 수만 개의 색이 바로 바뀝니다.

const STAGE = { width: 500, height: 375 };
const TAG = { height: 17, baseline: 13, letter: 8 };
const STEPS = 20; // 0.05 간격. 정수로 세어야 0.15000000000000002가 되지 않습니다.
const MAX_BOXES = 300;
const STATE = ["scene", "grid", "thresholds", "force_match"];
const LABELS = [
  { label: 1, kind: "positive", name: "양성", field: "pos" },
  { label: 0, kind: "negative", name: "음성", field: "neg" },
  { label: -1, kind: "ignore", name: "무시", field: "ignore" },
];

function thresholdHtml(scenes, grids, most) {
  const options = (choices) =>
    choices.map(({ name }) => `<option>${escapeHtml(name)}</option>`).join("");
  const slider = (name, text) => `
    <label class="slider"><span><code>${name}</code> ${text}</span>
      <input data-ref="${name}" type="range" min="1" max="${STEPS - 1}" step="1">
      <data data-ref="${name}_value" class="result"></data></label>`;
  return `
  <section class="lab" aria-label="임계값 실험대">
    <header>
      <strong>임계값 실험대</strong>
      <label>장면 <select data-ref="scene">${options(scenes)}</select></label>
      <label>격자 <select data-ref="grid">${options(grids)}</select></label>
      <label class="toggle"><input data-ref="force" type="checkbox"> 강제 매칭</label>
      <label class="toggle"><input data-ref="free" type="checkbox"> 자유 모드 <small>(예측 없이 보기)</small></label>
    </header>
    <div class="columns">
      <div data-ref="frame" class="scene">
        <img data-ref="image" alt="">
        <canvas data-ref="canvas" role="img"></canvas>
        <svg data-ref="truth" aria-hidden="true"></svg>
      </div>
      <div class="controls">
        ${slider("pos_thr", "이상이면 양성")}
        ${slider("neg_thr", "미만이면 음성")}
        <form data-ref="form" class="predict" autocomplete="off" novalidate>
          <label>먼저 예측하세요. 지금 설정(강제 매칭 <span data-ref="force_word"></span>)에서 <b>양성 앵커</b>는 몇 개일까요?
            <input data-ref="prediction" type="number" min="0" max="${most}" step="1" inputmode="numeric"></label>
          <button type="submit" class="primary">예측하고 보기</button>
          <p data-ref="problem" class="problem"></p>
        </form>
        <div class="tiles">
          ${LABELS.map(
            ({ kind, name, field }) => `
            <div class="tile ${kind}"><span><span class="mark ${kind}"></span>${name}</span>
              <data data-ref="${field}" class="result">?</data><small data-ref="${field}_rate"></small></div>`,
          ).join("")}
        </div>
        <p class="legend"><span data-ref="forced_mark" class="mark prediction"></span><span data-ref="force_text"></span>
          <data data-ref="forced"></data></p>
        <p data-ref="verdict" class="note"></p>
        <table class="sizes">
          <caption>정답 박스마다 양성 앵커 (작은 것부터, 강제 매칭 <span data-ref="sizes_force"></span>)</caption>
          <tbody data-ref="sizes"></tbody>
        </table>
      </div>
    </div>
    <ul data-ref="ties" class="ties"></ul>
    <div data-ref="history" class="history" role="region" aria-label="예측 기록" tabindex="0">
      <table>
        <caption>예측 기록 (새것부터)</caption>
        <thead><tr>${["설정", "내 예측", "실제", "차이"].map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead>
        <tbody data-ref="predictions"></tbody>
      </table>
    </div>
    <p class="sentence" data-ref="sentence" aria-hidden="true"></p>
    <div data-ref="live" class="for-readers" role="status" aria-live="polite"></div>
  </section>`;
}

/** 마커 모양을 한 번만 그려 두고 픽셀로 찍습니다. 벡터로 만 번 그리는 것보다 열 배 빠릅니다. */
function makeSprite(size, paint) {
  const canvas = new OffscreenCanvas(size, size);
  const context = canvas.getContext("2d");
  context.translate(size / 2, size / 2);
  paint(context);
  const { data } = context.getImageData(0, 0, size, size);
  return { size, pixels: new Uint32Array(data.buffer) };
}

function stamp(target, width, height, sprite, x, y) {
  const left = Math.round(x - sprite.size / 2);
  const top = Math.round(y - sprite.size / 2);
  for (let row = 0; row < sprite.size; row++) {
    const line = top + row;
    if (line < 0 || line >= height) continue;
    for (let column = 0; column < sprite.size; column++) {
      const pixel = sprite.pixels[row * sprite.size + column];
      const at = left + column;
      if (pixel >>> 24 > 90 && at >= 0 && at < width) target[line * width + at] = pixel;
    }
  }
}

function makeSprites(palette, ratio) {
  const disc = (radius, fill, edge, lineWidth) => (c) => {
    c.beginPath();
    c.arc(0, 0, radius * ratio, 0, 2 * Math.PI);
    c.fillStyle = fill;
    c.fill();
    if (!edge) return;
    c.lineWidth = lineWidth * ratio;
    c.strokeStyle = edge;
    c.stroke();
  };
  const diamond = (radius, fill, edge) => (c) => {
    c.rotate(Math.PI / 4);
    const side = radius * 1.42 * ratio;
    c.fillStyle = fill;
    c.fillRect(-side / 2, -side / 2, side, side);
    c.lineWidth = ratio;
    c.strokeStyle = edge;
    c.strokeRect(-side / 2, -side / 2, side, side);
  };
  const sprite = (radius, paint) => makeSprite(2 * Math.ceil(radius * ratio) + 1, paint);
  return {
    unknown: sprite(2, disc(1.4, "#4B5563")),
    negative: sprite(2, disc(1.4, "#767D87")),
    ignore: sprite(5, diamond(3.8, palette.ignore, "#222B36")),
    positive: sprite(6, disc(4.4, palette.positive, "#FFFFFF", 1.4)),
    forced: sprite(8, (c) => {
      disc(6.2, palette.prediction, "#FFFFFF", 1.4)(c);
      disc(2.4, "#FFFFFF")(c);
    }),
  };
}

/** 앵커를 음성 → 무시 → 양성 → 강제 매칭 순서로 찍고, 양성의 박스를 그립니다. */
function paintAnchors(canvas, sprites, anchors, scale, marks, palette) {
  const { width, height } = canvas;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const each = (list, sprite) => {
    for (const n of list) {
      const x = ((anchors[4 * n] + anchors[4 * n + 2]) / 2) * scale;
      const y = ((anchors[4 * n + 1] + anchors[4 * n + 3]) / 2) * scale;
      stamp(pixels, width, height, sprite, x, y);
    }
  };
  for (const kind of ["unknown", "negative", "ignore", "positive", "forced"]) {
    if (marks[kind]) each(marks[kind], sprites[kind]);
  }
  context.putImageData(image, 0, 0);
  const boxes = [...(marks.positive ?? []), ...(marks.forced ?? [])];
  if (boxes.length > MAX_BOXES) return;
  const ratio = window.devicePixelRatio || 1;
  context.globalAlpha = 0.7;
  for (const [list, color] of [[marks.positive, palette.positive], [marks.forced, palette.prediction]]) {
    if (!list?.length) continue;
    context.beginPath();
    for (const n of list) {
      const [x1, y1, x2, y2] = anchors.subarray(4 * n, 4 * n + 4).map((v) => v * scale);
      context.rect(x1, y1, x2 - x1, y2 - y1);
    }
    context.lineWidth = 1.3 * ratio;
    context.strokeStyle = color;
    context.stroke();
  }
}

function render({ model, el }) {
  const [scenes, grids, palette] = ["_scenes", "_grids", "_palette"].map((name) => model.get(name));
  const [height, width] = model.get("_image_size");
  const most = model.get("_most");
  const ratio = window.devicePixelRatio || 1;
  const sprites = makeSprites(palette, ratio);
  const anchorsOf = grids.map(({ boxes }) => toFloat64(boxes));
  const truthOf = scenes.map(({ gt }) => toFloat64(gt));
  const matches = new Map();
  const matchOf = (scene, grid) => {
    const key = `${scene},${grid}`;
    if (!matches.has(key)) matches.set(key, matchAnchors(anchorsOf[grid], truthOf[scene]));
    return matches.get(key);
  };
  const indexOf = (choices, name) => choices.findIndex((choice) => choice.name === name);

  const stateOf = (source) => STATE.map((name) => source(name));
  const stateNow = () => stateOf((name) => model.get(name));
  const entryNow = () =>
    model.get("_predictions").find((entry) => sameValue(stateOf((name) => entry[name]), stateNow()));
  const isHidden = () => model.get("mode") === "prediction" && !entryNow();
  // 기록의 실제 수는 바뀌지 않으므로 한 번만 셉니다.
  const actuals = new Map();
  const actualOf = (entry) => {
    const key = JSON.stringify(stateOf((name) => entry[name]));
    if (!actuals.has(key)) {
      const match = matchOf(indexOf(scenes, entry.scene), indexOf(grids, entry.grid));
      actuals.set(key, countLabels(labelAnchors(match, ...entry.thresholds, entry.force_match).labels).pos);
    }
    return actuals.get(key);
  };

  return mountLab({
    model,
    el,
    html: thresholdHtml(scenes, grids, most),
    names: [...STATE, "mode", "_predictions"],
    setup(refs, update) {
      const widest = Math.min(STAGE.width / width, STAGE.height / height) * width;
      Object.assign(refs.frame.style, { maxWidth: `${widest}px`, aspectRatio: `${width} / ${height}` });
      new ResizeObserver(update).observe(refs.frame);
      const refuse = refusalBoard(refs.problem, update);
      for (const name of ["pos_thr", "neg_thr"]) {
        refs[name].addEventListener("input", () => {
          const moved = refs[name].valueAsNumber / STEPS;
          const [pos, neg] = model.get("thresholds");
          // 한쪽이 다른 쪽을 넘으면 함께 밀고 가서 순서를 지킵니다.
          const thresholds = name === "pos_thr" ? [moved, Math.min(neg, moved)] : [Math.max(pos, moved), moved];
          commit(model, { thresholds });
        });
      }
      for (const name of ["scene", "grid"]) {
        refs[name].addEventListener("change", () => commit(model, { [name]: refs[name].value }));
      }
      refs.force.addEventListener("change", () => commit(model, { force_match: refs.force.checked }));
      refs.free.addEventListener("change", () => commit(model, { mode: refs.free.checked ? "free" : "prediction" }));
      submitOnEnter(refs.form);
      refs.form.addEventListener("submit", (event) => {
        event.preventDefault();
        const prediction = refs.prediction.valueAsNumber;
        if (!(Number.isInteger(prediction) && prediction >= 0 && prediction <= most)) {
          refuse(refs.prediction, `0 이상 ${formatCount(most)} 이하의 정수를 적어 주세요.`);
          refs.prediction.focus();
          return;
        }
        const [scene, grid, thresholds, force_match] = stateNow();
        const entry = { scene, grid, thresholds, force_match, prediction };
        commit(model, { _predictions: [...model.get("_predictions"), entry] });
        refs.prediction.value = "";
        refs.pos_thr.focus();
      });
      refs.prediction.addEventListener("input", () => refuse(refs.prediction, ""));
      // 초점을 옮기려면 예측 칸이 나타나고 사라지는 것도 다음 화면이 아니라 지금이어야 합니다.
      const reveal = () => {
        el.dataset.revealed = !isHidden();
        if (!isHidden()) refuse(refs.prediction, "");
      };
      const changed = {
        thresholds() {
          model.get("thresholds").forEach((value, index) => {
            const slider = refs[["pos_thr", "neg_thr"][index]];
            slider.value = Math.round(value * STEPS);
            slider.setAttribute("aria-valuetext", formatNumber(value, 2));
          });
          reveal();
        },
        scene() {
          refs.scene.value = model.get("scene");
          reveal();
        },
        grid() {
          refs.grid.value = model.get("grid");
          reveal();
        },
        force_match() {
          refs.force.checked = model.get("force_match");
          reveal();
        },
        mode() {
          refs.free.checked = model.get("mode") === "free";
          reveal();
        },
        _predictions: reveal,
      };
      let drawn = "";

      const draw = () => {
        const [posThr, negThr] = model.get("thresholds");
        const [scene, grid] = [indexOf(scenes, model.get("scene")), indexOf(grids, model.get("grid"))];
        const force = model.get("force_match");
        const [anchors, match] = [anchorsOf[grid], matchOf(scene, grid)];
        const { labels, forced } = labelAnchors(match, posThr, negThr, force);
        const sizes = sizesOf(truthOf[scene]);
        // 화면에 붙기 전에는 너비를 알 수 없습니다.
        const zoom = (refs.frame.clientWidth || widest) / width;
        if (drawn !== `${scene},${zoom}`) {
          refs.image.src = scenes[scene].image;
          setAttributes(refs.canvas, { width: Math.round(width * zoom * ratio), height: Math.round(height * zoom * ratio) });
          drawTruth(refs.truth, truthOf[scene], zoom, [width * zoom, height * zoom]);
          drawn = `${scene},${zoom}`;
        }
        showValue(refs.pos_thr_value, posThr, formatNumber(posThr, 2));
        showValue(refs.neg_thr_value, negThr, formatNumber(negThr, 2));
        const forceWord = onOrOff(force);
        refs.force_word.textContent = refs.sizes_force.textContent = forceWord;
        const history = model.get("_predictions").map((entry) => ({ ...entry, actual: actualOf(entry) }));
        drawHistory(refs.predictions, history);
        refs.history.hidden = history.length === 0;
        const setting = `pos_thr ${formatNumber(posThr, 2)}, neg_thr ${formatNumber(negThr, 2)}, 강제 매칭 ${forceWord}`;
        const hidden = isHidden();
        const marks = hidden ? { unknown: labels.keys() } : groupByMark(labels, forced);
        paintAnchors(refs.canvas, sprites, anchors, zoom * ratio, marks, palette);
        if (hidden) {
          for (const { field } of LABELS) {
            refs[field].removeAttribute("value");
            refs[field].textContent = "?";
            refs[`${field}_rate`].textContent = "";
          }
          refs.verdict.textContent = "";
          refs.ties.replaceChildren();
          refs.sizes.replaceChildren();
          refs.sentence.textContent = `앵커 ${formatCount(labels.length)}개, 정답 박스 ${sizes.length}개. 이 설정의 예측을 적으면 라벨이 보입니다.`;
          refs.canvas.setAttribute("aria-label", refs.sentence.textContent);
          return `${setting}. ${refs.sentence.textContent} ${refs.problem.textContent}`.trim();
        }
        const counts = countLabels(labels);
        LABELS.forEach(({ field }) => {
          showValue(refs[field], counts[field], formatCount(counts[field]));
          refs[`${field}_rate`].textContent = `${formatNumber((counts[field] / Math.max(labels.length, 1)) * 100, 2)}%`;
        });
        const entry = history.find((e) => sameValue(stateOf((name) => e[name]), stateNow()));
        refs.verdict.textContent = entry
          ? `내 예측 ${formatCount(entry.prediction)}개, 실제 ${formatCount(entry.actual)}개 (${sayDifference(entry)})`
          : "";
        const perTruth = drawSizes(refs.sizes, sizes, labels, forced, match.matchedGt);
        const ties = sayTies(match.best, forced);
        refs.ties.innerHTML = ties.map((text) => `<li>${text}</li>`).join("");
        const forcedCount = forced.reduce((sum, value) => sum + value, 0);
        refs.forced_mark.hidden = !force;
        refs.force_text.textContent = force
          ? "강제 매칭 켬: 그래서 양성이 된 앵커"
          : "강제 매칭 끔: 임계값만으로 정한 수입니다.";
        showValue(refs.forced, forcedCount, force ? `${formatCount(forcedCount)}개` : "");
        const text =
          LABELS.map(({ name, field }) => `${name} ${formatCount(counts[field])}개`).join(", ") +
          ` (강제 매칭 ${forceWord}${force ? `, 강제로 된 양성 ${formatCount(forcedCount)}개` : ""}). ` +
          `양성이 없는 정답 ${perTruth.filter((n) => n === 0).length}개.`;
        refs.sentence.textContent =
          text + (counts.pos > MAX_BOXES ? ` 양성이 ${MAX_BOXES}개를 넘어 박스는 그리지 않습니다.` : "");
        refs.canvas.setAttribute("aria-label", `장면 위의 앵커: ${text}`);
        return `${setting}. ${text} ${ties.join(" ")} ${refs.verdict.textContent}`.trim();
      };
      return { draw, changed };
    },
  });
}

const onOrOff = (force) => (force ? "켬" : "끔");

function sayDifference({ prediction, actual }) {
  const difference = prediction - actual;
  return difference ? `${formatCount(Math.abs(difference))}개 ${difference > 0 ? "많음" : "적음"}` : "같음";
}

function drawHistory(body, history) {
  const rows = history.map((entry) => {
    const [posThr, negThr] = entry.thresholds.map((value) => formatNumber(value, 2));
    return [
      `${entry.scene} · ${entry.grid} · (${posThr}, ${negThr}) · 강제 매칭 ${onOrOff(entry.force_match)}`,
      `${formatCount(entry.prediction)}개`, `${formatCount(entry.actual)}개`, sayDifference(entry),
    ];
  });
  body.innerHTML = rows.reverse()
    .map(([state, ...cells]) =>
      `<tr><th scope="row">${escapeHtml(state)}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`)
    .join("");
}

/** 강제 매칭이 최고 IoU가 같은 앵커 여럿을 함께 양성으로 만들었으면 그 설명들 */
function sayTies(best, forced) {
  const tied = best
    .map(({ iou: value, anchors }, g) => ({ g, value, anchors }))
    .filter(({ anchors }) => anchors.length > 1 && anchors.some((n) => forced[n]))
    .map(({ g, value, anchors }) =>
      `GT ${g}: 최고 IoU(${formatNumber(value, 2)})가 같은 앵커 ${formatCount(anchors.length)}개가 모두 양성이 됩니다.`);
  if (tied.length === 0) return [];
  return [...tied, "앵커가 정답을 통째로 덮거나 정답 안에 통째로 들어가면, 자리가 달라도 IoU가 같습니다."];
}

function countLabels(labels) {
  const counts = { pos: 0, neg: 0, ignore: 0 };
  for (const label of labels) counts[label === 1 ? "pos" : label === 0 ? "neg" : "ignore"] += 1;
  return counts;
}

function groupByMark(labels, forced) {
  const marks = { negative: [], ignore: [], positive: [], forced: [] };
  labels.forEach((label, n) => {
    marks[forced[n] ? "forced" : label === 1 ? "positive" : label === 0 ? "negative" : "ignore"].push(n);
  });
  return marks;
}

/** 정답마다의 크기(넓이의 제곱근), 픽셀 */
function sizesOf(gts) {
  return Array.from({ length: gts.length / 4 }, (_, g) => {
    const [, , w, h] = toCenter(gts.subarray(4 * g, 4 * g + 4));
    return Math.sqrt(w * h);
  });
}

function drawTruth(root, gts, zoom, room) {
  root.replaceChildren();
  root.setAttribute("viewBox", `0 0 ${room.join(" ")}`);
  const boxes = Array.from({ length: gts.length / 4 }, (_, g) => gts.subarray(4 * g, 4 * g + 4).map((v) => v * zoom));
  for (const [x1, y1, x2, y2] of boxes) {
    for (const kind of ["halo", "gt"]) {
      svg(root, "rect", { x: x1, y: y1, width: x2 - x1, height: y2 - y1, class: `truth ${kind}` });
    }
  }
  const tags = [];
  boxes.forEach(([x1, y1, x2, y2], g) => {
    const name = `GT ${g}`;
    const size = [name.length * TAG.letter + 8, TAG.height];
    const rows = [y1 - 19, y1 + 2, y2 + 2, y2 - 19].filter((y) => y >= 0 && y + TAG.height <= room[1]);
    const spots = [x1, x2 - size[0]].flatMap((x) => rows.map((y) => [x, y]));
    const [x, y] = placeApart(spots, size, room, tags);
    svg(root, "rect", { x, y, width: size[0], height: TAG.height, class: "truth-tag" });
    svg(root, "text", { x: x + size[0] / 2, y: y + TAG.baseline, class: "truth-text" }, name);
  });
}

function drawSizes(body, sizes, labels, forced, matchedGt) {
  const rows = sizes.map((size, g) => ({ g, size, count: 0, forced: 0 }));
  labels.forEach((label, n) => {
    if (label !== 1 || matchedGt[n] < 0) return;
    rows[matchedGt[n]].count += 1;
    rows[matchedGt[n]].forced += forced[n];
  });
  const longest = Math.max(1, ...rows.map(({ count }) => count));
  body.innerHTML = [...rows]
    .sort((a, b) => a.size - b.size)
    .map(
      ({ g, size, count, forced: forcedCount }) => `
      <tr data-gt="${g}" data-count="${count}" data-forced="${forcedCount}"><th scope="row">GT ${g} · ${formatNumber(size, 0)}px</th>
        <td class="bar"><span style="width:${(count / longest) * 100}%"></span></td>
        <td>${formatCount(count)}개${forcedCount ? ` <b class="forced">강제 ${formatCount(forcedCount)}</b>` : ""}</td></tr>`,
    )
    .join("");
  return rows.map(({ count }) => count);
}

export default { render };
