// 앵커 설계 실험대: 스케일·종횡비·스트라이드를 바꾸면 정답 박스를 얼마나 덮는지 바로 보입니다.

const PLOT = { width: 470, height: 350, bottom: 40, top: 8 };
const DIGIT = 8; // 눈금의 숫자 하나에 넉넉한 너비
const HISTOGRAM = { width: 330, height: 120, bins: 20 };
const STRIDES = [4, 8, 16, 32, 64];
const COVER_STEPS = 20;

const designHtml = `
  <section class="lab" aria-label="앵커 설계 실험대">
    <header>
      <strong>앵커 설계 실험대</strong>
      <span class="hint">파란 네모(앵커의 모양)를 끌거나 방향키로 움직이면 스케일이 바뀝니다. 초록 점은 덮인 정답, 주황 고리는 놓친 정답입니다.</span>
      <button data-ref="reset" type="button">처음으로</button>
    </header>
    <div class="columns">
      <svg data-ref="plot" class="stage" role="group" aria-label="정답 박스와 앵커의 너비와 높이, 로그 눈금"></svg>
      <div class="controls">
        <label class="field"><span>스케일 (px)</span><input data-ref="scales" type="text"></label>
        <label class="field"><span>종횡비 (높이/너비)</span><input data-ref="ratios" type="text"></label>
        <label class="slider"><span>스트라이드</span>
          <input data-ref="stride" type="range" min="0" max="${STRIDES.length - 1}" step="1">
          <data data-ref="stride_value" class="result"></data></label>
        <label class="slider"><span>덮었다고 볼 IoU</span>
          <input data-ref="cover" type="range" min="1" max="${COVER_STEPS - 1}" step="1">
          <data data-ref="cover_value" class="result"></data></label>
        <p data-ref="problem" class="problem"></p>
        <div class="tiles">
          <div class="tile positive"><span>덮인 정답</span><data data-ref="coverage" class="result"></data><small data-ref="covered"></small></div>
          <div class="tile anchor"><span>평균 최고 IoU</span><data data-ref="mean" class="result"></data></div>
          <div class="tile negative"><span>앵커 수</span><data data-ref="anchors" class="result"></data><small data-ref="shapes"></small></div>
        </div>
        <svg data-ref="histogram" class="histogram" role="img"></svg>
      </div>
    </div>
    <p class="sentence" data-ref="sentence" aria-hidden="true"></p>
    <div data-ref="live" class="for-readers" role="status" aria-live="polite"></div>
  </section>`;

/** "32, 64" → [32, 64]. 0.001 이상 100000 이하인 수의 목록이 아니면 null */
function parseList(text) {
  const values = text.split(/[\s,，、]+/).filter(Boolean).map(Number);
  return values.length > 0 && values.every((v) => v >= 1e-3 && v <= 1e5) ? values : null;
}

function render({ model, el }) {
  const boxes = toFloat64(model.get("_boxes"));
  const imageSize = model.get("_image_size");
  const names = ["scales", "ratios", "stride", "min_iou"];
  const start = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const sides = Array.from({ length: boxes.length / 4 }, (_, g) =>
    toCenter(boxes.subarray(4 * g, 4 * g + 4)).slice(2),
  );

  return mountLab({
    model,
    el,
    html: designHtml,
    names,
    setup(refs, update) {
      const plot = buildPlot(refs.plot, sides, imageSize, model);
      const histogram = buildHistogram(refs.histogram);
      const changed = {
        stride() {
          const stride = model.get("stride");
          const nearest = STRIDES.reduce((a, b) => (Math.abs(b - stride) < Math.abs(a - stride) ? b : a));
          refs.stride.value = STRIDES.indexOf(nearest);
          refs.stride.setAttribute("aria-valuetext", `${shortNumber(stride)}픽셀`);
        },
        min_iou() {
          refs.cover.value = Math.round(model.get("min_iou") * COVER_STEPS);
          refs.cover.setAttribute("aria-valuetext", formatNumber(model.get("min_iou"), 2));
        },
      };
      const refuse = refusalBoard(refs.problem, update);
      for (const [name, korean] of [["scales", "스케일은"], ["ratios", "종횡비는"]]) {
        changed[name] = typedField(
          refs[name],
          () => model.get(name).map((v) => trimZeros(formatNumber(v, 3))).join(", "),
          (text) => {
            const values = parseList(text);
            if (!values) return `${korean} 0보다 큰 수(0.001~100000)를 쉼표로 이어 적으세요. 예: 32, 64`;
            commit(model, { [name]: values });
            return "";
          },
          refuse,
        );
      }
      refs.stride.addEventListener("input", () => commit(model, { stride: STRIDES[refs.stride.valueAsNumber] }));
      refs.cover.addEventListener("input", () => commit(model, { min_iou: refs.cover.valueAsNumber / COVER_STEPS }));
      refs.reset.addEventListener("click", () => commit(model, start));

      const draw = () => {
        const [scales, ratios, stride, minIou] = names.map((name) => model.get(name));
        const best = bestIouOnGrid(boxes, { imageSize, stride, scales, ratios });
        const shapes = anchorShapes(scales, ratios);
        const cells = imageSize.map((size) => Math.ceil(size / stride)).reduce((a, b) => a * b);
        const covered = best.filter((value) => value >= minIou).length;
        const mean = best.reduce((a, b) => a + b, 0) / Math.max(best.length, 1);
        const coverage = covered / Math.max(best.length, 1);
        showValue(refs.stride_value, stride, `${shortNumber(stride)}px`);
        showValue(refs.cover_value, minIou, formatNumber(minIou, 2));
        showValue(refs.coverage, coverage, `${formatNumber(coverage * 100, 1)}%`);
        refs.covered.textContent = `${formatCount(covered)} / ${formatCount(best.length)}개`;
        showValue(refs.mean, mean, formatNumber(mean));
        showValue(refs.anchors, cells * shapes.length, formatCount(cells * shapes.length));
        refs.shapes.textContent = `칸 ${formatCount(cells)} × 모양 ${shapes.length}`;
        plot(best, minIou, scales, ratios);
        histogram(best, minIou);
        const text =
          best.length === 0
            ? "정답 박스가 없습니다."
            : `IoU ${formatNumber(minIou, 2)} 이상으로 덮인 정답은 ${formatCount(best.length)}개 가운데 ${formatCount(covered)}개` +
              `(${formatNumber(coverage * 100, 1)}%), 앵커는 ${formatCount(cells * shapes.length)}개입니다.`;
        refs.sentence.textContent = text;
        refs.histogram.setAttribute("aria-label", `최고 IoU의 히스토그램. 평균 ${formatNumber(mean)}. ${text}`);
        return `스케일 ${scales.map(shortNumber).join(", ")}, 종횡비 ${ratios.map(shortNumber).join(", ")}, 스트라이드 ${shortNumber(stride)}. ${text} ${refs.problem.textContent}`.trim();
      };
      return { draw, changed };
    },
  });
}

/** 너비 × 높이 산점도(로그 눈금). 앵커의 모양을 끌면 그 스케일이 바뀝니다. */
function buildPlot(root, sides, imageSize, model) {
  const { width, height, top } = PLOT;
  const low = 4;
  const high = Math.max(...imageSize) * 1.25;
  // 눈금의 숫자가 길어도 그림 안에, 세로축의 이름과 겹치지 않게 들어옵니다.
  const digits = formatNumber(high, 0).length;
  const [left, right] = [22 + digits * DIGIT, Math.max(8, (digits * DIGIT) / 2)];
  setAttributes(root, {
    viewBox: `${-left} ${-top} ${width + left + right} ${height + top + PLOT.bottom}`,
    width: width + left + right,
  });
  const toX = (value) => (Math.log(value / low) / Math.log(high / low)) * width;
  const toY = (value) => height - (Math.log(value / low) / Math.log(high / low)) * height;
  const toSize = ({ x, y }) =>
    low * Math.exp(((x / width + (height - y) / height) / 2) * Math.log(high / low));
  svg(root, "rect", { width, height, class: "paper" });
  for (let value = low; value <= high; value *= 2) {
    svg(root, "line", { x1: toX(value), x2: toX(value), y1: 0, y2: height, class: "grid" });
    svg(root, "line", { x1: 0, x2: width, y1: toY(value), y2: toY(value), class: "grid" });
    svg(root, "text", { x: toX(value), y: height + 15, class: "tick middle" }, value);
    svg(root, "text", { x: -6, y: toY(value) + 4, class: "tick end" }, value);
  }
  svg(root, "text", { x: width / 2, y: height + 33, class: "tick middle" }, "너비 (px, 로그 눈금)");
  svg(root, "text", { x: -height / 2, y: 14 - left, transform: "rotate(-90)", class: "tick middle" }, "높이 (px, 로그 눈금)");
  const dots = sides.map(([w, h]) =>
    svg(root, "circle", { cx: toX(Math.max(w, low)), cy: toY(Math.max(h, low)), r: 3.4 }),
  );
  const layer = svg(root, "g");
  const clampScale = (value) => Math.round(Math.min(Math.max(value, low), high));
  const withScale = (scales, index, scale) => ({ scales: scales.with(index, clampScale(scale)) });
  draggable(root, {
    model,
    names: ["scales"],
    grab(event) {
      const target = withinReach([...layer.children], event) ?? event.target;
      if (target.dataset.scale === undefined) return undefined;
      // 초점은 스케일마다 첫 모양이 대표로 받습니다.
      layer.querySelector(`[data-scale="${target.dataset.scale}"]`).focus({ preventScroll: true });
      return Number(target.dataset.scale);
    },
    drag: (index, { scales }, from, to) =>
      // 끄는 동안 커널이 스케일을 줄였으면 끌던 것이 없을 수 있습니다.
      index in scales ? withScale(scales, index, scales[index] * (toSize(to) / toSize(from))) : {},
  });
  stepOnKeys(root, SLIDER_KEYS, ({ dataset }, dx, dy) => {
    const [index, scales] = [Number(dataset.scale), model.get("scales")];
    if (!(index in scales)) return false;
    commit(model, withScale(scales, index, scales[index] + dx - dy));
    return true;
  });

  return (best, minIou, scales, ratios) => {
    dots.forEach((dot, g) => dot.setAttribute("class", best[g] >= minIou ? "gt-dot covered" : "gt-dot missed"));
    const count = scales.length * ratios.length;
    while (layer.children.length > count) layer.lastChild.remove();
    while (layer.children.length < count) svg(layer, "rect", { width: 14, height: 14, rx: 2, class: "shape", role: "slider" });
    scales.forEach((scale, i) =>
      anchorShapes([scale], ratios).forEach(([w, h], j) => {
        const node = layer.children[i * ratios.length + j];
        setAttributes(node, {
          x: toX(w) - 7, y: toY(h) - 7, "data-scale": i,
          // 스케일마다 첫 모양 하나만 Tab으로 고릅니다.
          tabindex: j === 0 ? 0 : -1, "aria-hidden": j > 0,
          "aria-valuemin": low, "aria-valuemax": Math.floor(high),
          "aria-label": `스케일 ${i + 1}`, "aria-valuenow": scale, "aria-valuetext": `${shortNumber(scale)}픽셀`,
        });
      }),
    );
  };
}

function buildHistogram(root) {
  const { width, height, bins } = HISTOGRAM;
  setAttributes(root, { viewBox: `-30 -16 ${width + 36} ${height + 52}` });
  const bars = Array.from({ length: bins }, (_, i) =>
    svg(root, "rect", { x: (i / bins) * width + 1, width: width / bins - 2 }),
  );
  svg(root, "line", { x1: 0, x2: width, y1: height, y2: height, class: "axis" });
  for (const value of [0, 0.25, 0.5, 0.75, 1]) {
    svg(root, "text", { x: value * width, y: height + 15, class: "tick middle" }, value);
  }
  svg(root, "text", { x: width / 2, y: height + 32, class: "tick middle" }, "정답마다 최고 IoU");
  const most = svg(root, "text", { x: -4, y: 4, class: "tick end" });
  const line = svg(root, "line", { y1: -6, y2: height, class: "threshold" });
  return (best, minIou) => {
    const counts = new Array(bins).fill(0);
    for (const value of best) {
      // 곱셈의 끝자리 오차로 옆 칸에 들어가지 않도록 칸의 경계와 다시 견줍니다.
      let bin = Math.min(Math.round(value * bins), bins - 1);
      while (value < bin / bins) bin -= 1;
      counts[bin] += 1;
    }
    const tallest = Math.max(1, ...counts);
    bars.forEach((bar, i) => {
      const size = (counts[i] / tallest) * (height - 4);
      setAttributes(bar, {
        y: height - size, height: size, "data-count": counts[i],
        class: (i + 0.5) / bins >= minIou ? "bin covered" : "bin missed",
      });
    });
    most.textContent = tallest;
    setAttributes(line, { x1: minIou * width, x2: minIou * width });
  };
}

export default { render };
