// anywidget의 모델 가운데 실험대가 쓰는 것. 커널이 없으므로 보낼 곳도 없습니다.

globalThis.abx ??= {};

abx.Model = class {
  #values;
  #listeners = [];

  constructor(values) {
    this.#values = values;
  }

  get(name) {
    return this.#values[name];
  }

  set(name, value) {
    if (this.#values[name] === value) return;
    this.#values[name] = value;
    for (const [event, listener] of this.#listeners) if (event === `change:${name}`) listener();
  }

  on(event, listener) {
    this.#listeners.push([event, listener]);
  }

  off(event, listener) {
    this.#listeners = this.#listeners.filter(([name, other]) => name !== event || other !== listener);
  }

  save_changes() {}
};
