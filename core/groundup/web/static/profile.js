// The six axes of the strategy profile over the last strides, each metric against its norm where it has one.

const LAST = 30;

export class Profile {
  #home; #strides; #axes = []; #metrics = {}; #bound = "";

  constructor(home, strides) { this.#home = home; this.#strides = strides; }

  hello({ axes, metrics, bound }) { this.#axes = axes; this.#metrics = metrics; this.#bound = bound; this.draw(); }

  draw() {
    const parts = [Object.assign(document.createElement("p"), { className: "faint", textContent: `${this.#bound} Medians of the last ${LAST} values of each side.` })];
    for (const { axis, words } of this.#axes) {
      const part = Object.assign(document.createElement("article"), { className: "axis" });
      part.append(Object.assign(document.createElement("h2"), { textContent: axis[0].toUpperCase() + axis.slice(1) }));
      part.append(Object.assign(document.createElement("p"), { textContent: words }));
      const names = Object.keys(this.#metrics).filter((name) => this.#metrics[name].axis === axis);
      part.append(names.length ? this.#table(names) : Object.assign(document.createElement("p"), { textContent: "No installed metric speaks for this axis." }));
      parts.push(part);
    }
    this.#home.replaceChildren(...parts);
  }

  #table(names) {
    const table = document.createElement("table");
    table.innerHTML = "<thead><tr><th>metric</th><th class=n>left</th><th class=n>right</th><th class=n>strides</th><th>norm</th><th></th></tr></thead>";
    const body = document.createElement("tbody");
    for (const name of names) {
      const row = body.insertRow(), known = this.#metrics[name];
      row.dataset.metric = name;
      const [left, right] = ["L", "R"].map((side) => median(this.#strides.values(name, side), known.circular));
      const head = Object.assign(document.createElement("th"), { scope: "row", textContent: name.replaceAll("_", " "), title: known.definition });
      row.append(head);
      cell(row, text(left, known.unit), "n left");
      cell(row, text(right, known.unit), "n right");
      cell(row, String(this.#strides.values(name).length), "n");
      cell(row, known.norm ? `${text(known.norm.low)} to ${text(known.norm.high)} (${known.norm.name})` : known.no_norm ? `no norm: ${known.no_norm}` : "no norm");
      row.insertCell().append(strip(left, right, known.norm));
    }
    table.append(body);
    return table;
  }
}

// Of values that go round, of the circle cut open opposite their mean direction.
export function median(values, period) {
  const last = values.slice(-LAST).map((v) => v.value);
  if (!last.length) return NaN;
  const sum = (part) => last.reduce((total, v) => total + part(2 * Math.PI * v / period), 0);
  const rest = (v) => ((v % period) + period) % period;
  const middle = period ? Math.atan2(sum(Math.sin), sum(Math.cos)) * period / (2 * Math.PI) : 0;
  const sorted = last.map((v) => (period ? rest(v - middle + period / 2) - period / 2 : v)).sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const found = sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  return period ? rest(middle + found) : found;
}

export function text(value, unit = "") {
  if (!Number.isFinite(value)) return "–";
  return `${Number(value.toPrecision(3))}${unit ? " " + unit : ""}`;
}

function cell(row, words, className = "") { Object.assign(row.insertCell(), { textContent: words, className }); }

function strip(left, right, norm) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  node.setAttribute("class", "strip");
  node.setAttribute("viewBox", "0 0 160 16");
  node.setAttribute("aria-hidden", "true");
  const known = [left, right, norm?.low, norm?.high].filter(Number.isFinite);
  if (!known.length) return node;
  const low = Math.min(...known, 0), high = Math.max(...known), room = (high - low || 1) * 0.05;
  const x = (v) => 6 + 148 * (v - low + room) / (high - low + 2 * room);
  const add = (name, attributes) => {
    const part = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
    node.append(part);
  };
  if (norm) add("rect", { x: x(norm.low), width: x(norm.high) - x(norm.low), y: 1, height: 14, class: "norm" });
  add("line", { x1: 6, x2: 154, y1: 8, y2: 8 });
  if (Number.isFinite(left)) add("circle", { cx: x(left), cy: 8, r: 5, class: "L" });
  if (Number.isFinite(right)) add("rect", { x: x(right) - 4.5, y: 3.5, width: 9, height: 9, class: "R" });
  return node;
}
