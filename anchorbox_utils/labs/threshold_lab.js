// 임계값 실험대: 두 임계값을 움직이면 앵커 수만 개의 색이 바로 바뀝니다.

const STAGE = { width: 540, height: 405 };
const STEPS = 20; // 0.05 간격. 정수로 세어야 0.15000000000000002가 되지 않습니다.
const MAX_BOXES = 300;
const LABELS = [
  { label: 1, kind: "positive", name: "양성", field: "pos" },
  { label: 0, kind: "negative", name: "음성", field: "neg" },
  { label: -1, kind: "ignore", name: "무시", field: "ignore" },
];

function thresholdHtml(scenes, grids) {
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
    </header>
    <div class="columns">
      <div class="scene">
        <img data-ref="image" alt="">
        <canvas data-ref="canvas" role="img"></canvas>
        <svg data-ref="truth" aria-hidden="true"></svg>
      </div>
      <div class="controls">
        ${slider("pos_thr", "이상이면 양성")}
        ${slider("neg_thr", "미만이면 음성")}
        <form data-ref="form" class="predict" autocomplete="off">
          <label>먼저 예측하세요. 지금 임계값에서 <b>양성 앵커</b>는 몇 개일까요?
            <input data-ref="prediction" type="number" min="0" max="9999999" step="1" inputmode="numeric" required></label>
          <button type="submit" class="primary">예측하고 보기</button>
        </form>
        <div class="tiles">
          ${LABELS.map(
            ({ kind, name, field }) => `
            <div class="tile ${kind}"><span><span class="mark ${kind}"></span>${name}</span>
              <data data-ref="${field}" class="result">?</data><small data-ref="${field}_rate"></small></div>`,
          ).join("")}
        </div>
        <p data-ref="legend" class="legend"><span class="mark prediction"></span>강제 매칭으로 양성이 된 앵커
          <data data-ref="forced"></data></p>
        <p data-ref="verdict" class="note"></p>
        <table class="sizes">
          <caption>정답 박스마다 양성 앵커 (작은 것부터)</caption>
          <tbody data-ref="sizes"></tbody>
        </table>
      </div>
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
  const zoom = Math.min(STAGE.width / width, STAGE.height / height);
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

  return mountLab({
    model,
    el,
    html: thresholdHtml(scenes, grids),
    names: ["thresholds", "scene", "grid", "force_match", "prediction", "_first"],
    setup(refs) {
      setAttributes(refs.canvas, { width: Math.round(width * zoom * ratio), height: Math.round(height * zoom * ratio) });
      refs.canvas.parentElement.style.width = `${width * zoom}px`;
      refs.canvas.parentElement.style.aspectRatio = `${width} / ${height}`;
      refs.truth.setAttribute("viewBox", `0 0 ${width * zoom} ${height * zoom}`);
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
      submitOnEnter(refs.form);
      refs.form.addEventListener("submit", (event) => {
        event.preventDefault();
        commit(model, { prediction: refs.prediction.valueAsNumber });
        refs.pos_thr.focus();
      });
      const changed = {
        thresholds() {
          model.get("thresholds").forEach((value, index) => {
            const slider = refs[["pos_thr", "neg_thr"][index]];
            slider.value = Math.round(value * STEPS);
            slider.setAttribute("aria-valuetext", value.toFixed(2));
          });
        },
        scene: () => (refs.scene.value = model.get("scene")),
        grid: () => (refs.grid.value = model.get("grid")),
        force_match: () => (refs.force.checked = model.get("force_match")),
        prediction() {
          const hidden = model.get("prediction") === null;
          // 초점을 슬라이더로 옮기려면 예측 칸이 사라지는 것도 지금이어야 합니다.
          el.dataset.revealed = !hidden;
          if (hidden) refs.prediction.value = "";
        },
      };
      let drawnScene = null;

      const draw = () => {
        const [posThr, negThr] = model.get("thresholds");
        const [scene, grid] = [indexOf(scenes, model.get("scene")), indexOf(grids, model.get("grid"))];
        const prediction = model.get("prediction");
        const [anchors, match] = [anchorsOf[grid], matchOf(scene, grid)];
        const { labels, forced } = labelAnchors(match, posThr, negThr, model.get("force_match"));
        const sizes = sizesOf(truthOf[scene]);
        if (drawnScene !== scene) {
          refs.image.src = scenes[scene].image;
          drawTruth(refs.truth, truthOf[scene], zoom);
          drawnScene = scene;
        }
        showValue(refs.pos_thr_value, posThr, posThr.toFixed(2));
        showValue(refs.neg_thr_value, negThr, negThr.toFixed(2));
        const hidden = prediction === null;
        const marks = hidden ? { unknown: labels.keys() } : groupByMark(labels, forced);
        paintAnchors(refs.canvas, sprites, anchors, zoom * ratio, marks, palette);
        if (hidden) {
          for (const { field } of LABELS) {
            refs[field].removeAttribute("value");
            refs[field].textContent = "?";
            refs[`${field}_rate`].textContent = "";
          }
          refs.verdict.textContent = "";
          refs.sizes.replaceChildren();
          refs.sentence.textContent = `앵커 ${labels.length.toLocaleString()}개, 정답 박스 ${sizes.length}개. 예측을 적으면 라벨이 보입니다.`;
          refs.canvas.setAttribute("aria-label", refs.sentence.textContent);
          return refs.sentence.textContent;
        }
        const counts = countLabels(labels);
        LABELS.forEach(({ field }) => {
          showValue(refs[field], counts[field], counts[field].toLocaleString());
          refs[`${field}_rate`].textContent = `${((counts[field] / Math.max(labels.length, 1)) * 100).toFixed(2)}%`;
        });
        const first = model.get("_first");
        refs.verdict.textContent = first;
        const perTruth = drawSizes(refs.sizes, sizes, labels, forced, match.matchedGt);
        const forcedCount = forced.reduce((sum, value) => sum + value, 0);
        showValue(refs.forced, forcedCount, `${forcedCount.toLocaleString()}개`);
        const text =
          LABELS.map(({ name, field }) => `${name} ${counts[field].toLocaleString()}개`).join(", ") +
          `, 강제 매칭 ${forcedCount}개. 양성이 없는 정답 ${perTruth.filter((n) => n === 0).length}개.`;
        refs.sentence.textContent =
          text + (counts.pos > MAX_BOXES ? ` 양성이 ${MAX_BOXES}개를 넘어 박스는 그리지 않습니다.` : "");
        refs.canvas.setAttribute("aria-label", `장면 위의 앵커: ${text}`);
        return `pos_thr ${posThr.toFixed(2)}, neg_thr ${negThr.toFixed(2)}. ${text} ${first}`;
      };
      return { draw, changed };
    },
  });
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

function drawTruth(root, gts, zoom) {
  root.replaceChildren();
  for (let g = 0; g < gts.length / 4; g++) {
    const [x1, y1, x2, y2] = gts.subarray(4 * g, 4 * g + 4).map((v) => v * zoom);
    for (const kind of ["halo", "gt"]) {
      svg(root, "rect", { x: x1, y: y1, width: x2 - x1, height: y2 - y1, class: `truth ${kind}` });
    }
    const top = y1 > 20 ? y1 - 19 : y1 + 2;
    svg(root, "rect", { x: x1, y: top, width: 40, height: 17, class: "truth-tag" });
    svg(root, "text", { x: x1 + 20, y: top + 13, class: "truth-text" }, `GT ${g}`);
  }
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
      <tr data-gt="${g}" data-count="${count}" data-forced="${forcedCount}"><th scope="row">GT ${g} · ${size.toFixed(0)}px</th>
        <td class="bar"><span style="width:${(count / longest) * 100}%"></span></td>
        <td>${count}개${forcedCount ? ` <b class="forced">강제 ${forcedCount}</b>` : ""}</td></tr>`,
    )
    .join("");
  return rows.map(({ count }) => count);
}

export default { render };
