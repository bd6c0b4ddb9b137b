// The six axes of the strategy profile over the last strides: medians with their intervals, against the norm.

import { clock, h, svg, text } from "./dom.js";

const LAST = 30, OLD_S = 6;

export class Profile {
  #home; #strides; #axes = []; #metrics = {}; #bound = ""; #reasons = {}; #shown = "";

  constructor(home, strides) { this.#home = home; this.#strides = strides; }

  hello({ axes, metrics, bound }) { this.#axes = axes; this.#metrics = metrics; this.#bound = bound; this.#shown = ""; this.draw(); }

  draw(reasons = this.#reasons, now = NaN) {
    this.#reasons = reasons;
    const age = now - Math.max(...this.#strides.names().map((name) => this.#strides.values(name).at(-1).time));
    const parts = [h("p", { className: "faint" }, `${this.#bound} Medians of the last ${LAST} values of each side; the bar is the interval in which the median lies with 95 %, the green field the norm, in whose units the strip is drawn.`)];
    if (age > OLD_S && Number.isFinite(age)) parts.unshift(h("p", { className: "warn" }, `! no step for ${clock(age)}: this is what was measured before`));
    for (const { axis, words } of this.#axes) {
      const names = Object.keys(this.#metrics).filter((name) => this.#metrics[name].axis === axis), live = names.filter((name) => this.#strides.values(name).length), rest = names.filter((name) => !live.includes(name));
      const part = h("article", { className: "axis" }, h("h2", {}, axis[0].toUpperCase() + axis.slice(1)), h("p", {}, words));
      if (live.length) part.append(this.#table(live));
      if (rest.length) part.append(h("details", {}, h("summary", {}, live.length ? `${rest.length} more without a value now` : `No value now: ${rest.length} metrics`), h("ul", { className: "plain" }, rest.map((name) => h("li", {}, this.#metrics[name].title, " ", h("small", {}, name), `: ${this.#why(name)}`)))));
      if (!names.length) part.append(h("p", {}, "No installed metric speaks for this axis."));
      parts.push(part);
    }
    const open = [...this.#home.querySelectorAll("details")].map((one) => one.open);
    this.#home.replaceChildren(...parts);
    [...this.#home.querySelectorAll("details")].forEach((one, i) => { one.open = open[i] ?? false; });
  }

  #why(name) {
    if (this.#reasons[name]) return this.#reasons[name];
    const known = this.#metrics[name];
    if (!known.of.some((one) => one !== "trial")) return "of a whole trial: in the report, not live";
    return known.usual ? "no stride yet" : "not chosen: name it in [live] metrics of lab.toml";
  }

  #table(names) {
    const rows = names.map((name) => {
      const known = this.#metrics[name], [left, right] = ["L", "R"].map((side) => spread(this.#strides.values(name, side), known.circular));
      const cell = (one, label, className) => h("td", { className: `n ${className}`, data: { label } }, text(one.middle, known.unit), Number.isFinite(one.low) ? h("small", {}, ` ${text(one.low)} to ${text(one.high)}`) : one.count ? h("small", {}, " too few for an interval") : null);
      return h("tr", { data: { metric: name } }, h("th", { scope: "row", title: known.definition }, known.title, " ", h("small", {}, name)), cell(left, "left", "left"), cell(right, "right", "right"),
        h("td", { className: "n", data: { label: "values" } }, String(left.count + right.count || this.#strides.values(name).length)), h("td", { data: { label: "norm" } }, known.norm ? `${text(known.norm.low)} to ${text(known.norm.high)}` : "no norm", h("small", {}, ` ${known.norm?.name ?? known.no_norm ?? ""}`)), h("td", {}, strip(left, right, known.norm)));
    });
    return h("table", {}, h("thead", {}, h("tr", {}, ["metric", "left", "right", "values", "norm", ""].map((t, i) => h("th", { className: i > 0 && i < 4 ? "n" : "", scope: "col" }, t || h("span", { className: "sr-only" }, "picture"))))), h("tbody", {}, rows));
  }
}

// Median and its interval by ranks (binomial, 95 % or more, no assumption on how values are spread); values that go
// round are cut open opposite their mean direction first.
export function spread(values, period) {
  const last = values.slice(-LAST).map((v) => v.value), n = last.length;
  if (!n) return { middle: NaN, low: NaN, high: NaN, count: 0 };
  const sum = (part) => last.reduce((total, v) => total + part(2 * Math.PI * v / period), 0), rest = (v) => ((v % period) + period) % period;
  const mean = period ? Math.atan2(sum(Math.sin), sum(Math.cos)) * period / (2 * Math.PI) : 0;
  const sorted = last.map((v) => (period ? rest(v - mean + period / 2) - period / 2 : v)).sort((a, b) => a - b);
  const back = (v) => (period ? rest(mean + v) : v), half = n >> 1, rank = lowerRank(n);
  return { middle: back(n % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2), low: rank ? back(sorted[rank - 1]) : NaN, high: rank ? back(sorted[n - rank]) : NaN, count: n };
}

export const median = (values, period) => spread(values, period).middle;

// The greatest rank r with P(fewer than r of n values below the median) <= 2.5 %; 0 where there is none (under 6).
function lowerRank(n) {
  let sum = 0, term = 0.5 ** n, rank = 0;
  for (let k = 0; k < n / 2; k++) { sum += term; if (sum > 0.025) break; rank = k + 1; term *= (n - k) / (k + 1); }
  return rank;
}

function strip(left, right, norm) {
  const node = svg("svg", { class: "strip", viewBox: "0 0 160 24", "aria-hidden": "true" });
  const known = [left.middle, right.middle, left.low, left.high, right.low, right.high, norm?.low, norm?.high].filter(Number.isFinite);
  if (!known.length) return node;
  const low = Math.min(...known, norm ? Infinity : 0), high = Math.max(...known, norm ? -Infinity : 0), room = (high - low || 1) * 0.08;
  const x = (v) => 6 + 148 * (v - low + room) / (high - low + 2 * room);
  if (norm) node.append(svg("rect", { x: x(norm.low), width: Math.max(x(norm.high) - x(norm.low), 1), y: 1, height: 22, class: "norm" }));
  node.append(svg("line", { x1: 6, x2: 154, y1: 12, y2: 12 }));
  for (const [one, y, side] of [[left, 7, "L"], [right, 17, "R"]]) {
    if (Number.isFinite(one.low) && one.low <= one.high) node.append(svg("line", { x1: x(one.low), x2: x(one.high), y1: y, y2: y, class: `interval ${side}` }));
    if (Number.isFinite(one.middle)) node.append(side === "L" ? svg("circle", { cx: x(one.middle), cy: y, r: 4.5, class: "L" }) : svg("rect", { x: x(one.middle) - 4, y: y - 4, width: 8, height: 8, class: "R" }));
  }
  return node;
}
