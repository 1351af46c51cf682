// anywidget의 모델 가운데 실험대가 쓰는 것. 커널 대신, 바뀐 값들을 받을 `keep`에 보냅니다.

globalThis.abx ??= {};

abx.Model = class {
  #values;
  #changed = {};
  #listeners = [];
  #keep;

  constructor(values, keep = () => {}) {
    this.#values = values;
    this.#keep = keep;
  }

  get(name) {
    return this.#values[name];
  }

  set(name, value) {
    if (this.#values[name] === value) return;
    this.#values[name] = this.#changed[name] = value;
    for (const [event, listener] of this.#listeners) if (event === `change:${name}`) listener();
  }

  on(event, listener) {
    this.#listeners.push([event, listener]);
  }

  off(event, listener) {
    this.#listeners = this.#listeners.filter(([name, other]) => name !== event || other !== listener);
  }

  save_changes() {
    this.#keep(this.#changed);
  }
};
