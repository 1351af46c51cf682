// 예측 카드: 예측을 정해야 결과가 보입니다. 답은 정하기 전에는 화면 어디에도 없습니다.

function cardHtml({ kind, ask, choices, fields, boxes, image, size, item }, group) {
  const option = (type, value, text) => `
    <label class="option" data-value="${value}">
      <input type="${type}" name="${group}" value="${value}"><span>${text}</span></label>`;
  const lists = {
    choice: () => choices.map((text, n) => option("radio", n + 1, text)).join(""),
    boxes: () => boxes.map((_, n) => option("checkbox", n, `${item} ${n}`)).join(""),
    numbers: () => fields.map((text, n) => `
      <label class="number"><span>${text}</span>
        <input type="number" name="${group}" data-field="${n}" step="any" required></label>`).join(""),
  };
  const picture = image
    ? `<svg data-ref="picture" class="picture" viewBox="0 0 ${size[0]} ${size[1]}" aria-hidden="true">
        <image href="${image}" width="${size[0]}" height="${size[1]}"></image></svg>`
    : "";
  return `
  <section class="lab card" aria-label="예측 카드">
    <form data-ref="form" autocomplete="off" novalidate>
      <fieldset data-ref="fields">
        <legend><span class="badge">예측</span> <span>${ask}</span></legend>
        ${picture}<div class="options" data-kind="${kind}">${lists[kind]()}</div>
      </fieldset>
      <div class="actions">
        <button data-ref="commit" type="submit" class="primary">예측 정하기</button>
        <button data-ref="again" type="button">다시 예측하기</button>
        <span data-ref="problem" class="problem" role="alert"></span>
      </div>
    </form>
    <div data-ref="result" class="outcome" tabindex="-1"></div>
    <div data-ref="live" class="for-readers" role="status" aria-live="polite"></div>
  </section>`;
}

const VERDICTS = {
  passed: ["○", "예측이 맞았습니다."],
  failed: ["×", "예측과 다릅니다."],
  error: ["△", "결과를 보일 수 없습니다."],
};
const ASKING = { choice: "보기를 하나 고르세요.", boxes: "하나 넘게 고르세요.", numbers: "수를 모두 적으세요." };

function outcomeHtml({ status, said, why, others, printed, pictures }) {
  const [icon, word] = VERDICTS[status];
  const rest = others.map(([text, reason]) => `<li><b>${text}</b><br>${reason}</li>`).join("");
  return `
    <p class="result-line"><b>${icon} ${word}</b>${said && ` 답: <b>${said}</b>`}</p>
    ${why && `<p class="why">${why}</p>`}
    ${printed && `<pre>${escapeHtml(printed)}</pre>`}
    ${pictures.map((url) => `<img src="${url}" alt="${escapeHtml(printed)}">`).join("")}
    ${rest && `<details><summary>다른 보기의 풀이</summary><ul>${rest}</ul></details>`}`;
}

let cards = 0;

function render({ model, el }) {
  const group = `abx-card-${(cards += 1)}`;
  let unmount = () => {};
  // 값을 바꾸어 새로 물으면 물음과 보기까지 다시 그립니다.
  const mount = () => {
    unmount();
    const asked = model.get("_asked");
    unmount = mountLab({
      model,
      el,
      html: cardHtml(asked, group),
      names: ["prediction", "result"],
      setup: (refs) => setupCard(model, el, asked, refs),
    });
  };
  model.on("change:_asked", mount);
  mount();
  return () => {
    model.off("change:_asked", mount);
    unmount();
  };
}

function setupCard(model, el, asked, refs) {
  const inputs = [...refs.fields.querySelectorAll("input")];
  const typed = asked.kind === "numbers";
  const chosen = () =>
    typed
      ? inputs.map((input) => (input.value.trim() === "" ? NaN : Number(input.value)))
      : inputs.filter((input) => input.checked).map((input) => Number(input.value));
  const complete = (values) => values.length > 0 && values.every(Number.isFinite);
  const shapes = refs.picture ? drawChoices(refs.picture, asked, inputs) : [];

  const showPrediction = () => {
    const prediction = model.get("prediction");
    if (!prediction) {
      if (el.dataset.state && el.dataset.state !== "asking") refs.form.reset();
      return;
    }
    inputs.forEach((input, n) => {
      if (typed) input.value = String(prediction[n]);
      else input.checked = prediction.includes(Number(input.value));
    });
  };
  // 다시 물은 다음에도, 커널이 지울 때까지는 지난 결과가 남아 있습니다.
  const currentResult = () => (model.get("prediction") ? model.get("result") : null);
  const showState = () => {
    showPrediction();
    el.dataset.state = currentResult() ? "answered" : model.get("prediction") ? "waiting" : "asking";
    const locked = el.dataset.state !== "asking";
    refs.fields.disabled = locked;
    refs.commit.disabled = locked;
    for (const shape of shapes) shape.update(locked);
  };

  refs.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = chosen();
    refs.problem.textContent = complete(values) ? "" : ASKING[asked.kind];
    if (!complete(values)) {
      (typed ? inputs.find((input) => !Number.isFinite(Number(input.value || NaN))) : inputs[0]).focus();
      return;
    }
    refs.result.focus({ preventScroll: true });
    commit(model, { prediction: values });
  });
  submitOnEnter(refs.form);
  refs.form.addEventListener("input", () => {
    refs.problem.textContent = "";
    for (const shape of shapes) shape.update(false);
  });
  refs.again.addEventListener("click", () => {
    commit(model, { prediction: null });
    refs.form.reset();
    for (const shape of shapes) shape.update(false);
    inputs[0].focus();
  });

  return {
    changed: { prediction: showState, result: showState },
    draw() {
      const result = currentResult();
      for (const label of refs.fields.querySelectorAll(".option")) {
        label.dataset.right = Boolean(result?.right.includes(Number(label.dataset.value)));
      }
      refs.result.innerHTML = result
        ? outcomeHtml(result)
        : el.dataset.state === "waiting" ? "<p>결과를 계산하고 있습니다…</p>" : "";
      refs.result.dataset.status = result?.status ?? "";
      return refs.result.querySelector(".result-line, p")?.textContent ?? "";
    },
  };
}

/** 그림 위의 상자마다 누르면 고르고 다시 누르면 풉니다. 키보드는 아래의 목록을 씁니다. */
function drawChoices(root, { boxes, item }, inputs) {
  return boxes.map(([x1, y1, x2, y2], n) => {
    const shape = { x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
    svg(root, "rect", { ...shape, class: "choice-halo" });
    const rect = svg(root, "rect", { ...shape, class: "choice-box" });
    const top = y1 > 16 ? y1 - 15 : y2 + 2;
    svg(root, "rect", { x: x1, y: top, width: 34, height: 13, class: "truth-tag" });
    svg(root, "text", { x: x1 + 17, y: top + 10, class: "truth-text choice-tag" }, `${item} ${n}`);
    const update = (locked) => {
      rect.dataset.chosen = inputs[n].checked;
      rect.dataset.locked = locked;
    };
    rect.addEventListener("click", () => {
      if (inputs[n].disabled || inputs[n].closest("fieldset").disabled) return;
      inputs[n].click();
    });
    return { update };
  });
}

export default { render };
