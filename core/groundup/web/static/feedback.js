// One number, large, for the person who walks: of which leg, below, within or above the band, and how old it is.

import { at, h, say, steady, svg, text } from "./dom.js";

const SMOOTH = 3, OLD_S = 5;
const SIDES = { L: "left", R: "right" };

export class Feedback {
  #strides; #known = {}; #seen = ""; #chosen = false; #names = "";

  constructor(strides) {
    this.#strides = strides;
    for (const id of ["metric", "side", "low", "high"]) at(id).addEventListener("input", () => this.draw());
    at("metric").addEventListener("change", () => { this.#chosen = true; at("low").value = at("high").value = ""; this.draw(); });
    at("wall").addEventListener("click", () => at("big").requestFullscreen());
  }

  hello({ metrics, panels }) {
    this.#known = metrics;
    this.#names = "";
    const value = panels.find((p) => p.shows === "value") ?? panels.find((p) => p.shows === "trend");
    this.#list(value?.metrics[0]);
    if (!this.#chosen && value?.band && at("metric").value === value.metrics[0]) [at("low").value, at("high").value] = value.band.map((v) => v * this.#scale(value.metrics[0]).by);
    this.draw();
  }

  // What is measured can be chosen; the rest is there, and says that it has no value.
  #list(first = "") {
    const measured = this.#strides.names(), key = `${measured} ${Object.keys(this.#known).length}`;
    if (key === this.#names) return;
    this.#names = key;
    const before = at("metric").value || first, title = (name) => this.#known[name]?.title ?? name.replaceAll("_", " ");
    const sorted = (names) => [...names].sort((a, b) => title(a).localeCompare(title(b))).map((name) => h("option", { value: name }, title(name)));
    const others = Object.keys(this.#known).filter((name) => !measured.includes(name) && this.#known[name].of.some((one) => one !== "trial"));
    at("metric").replaceChildren(h("optgroup", { label: measured.length ? "measured now" : "nothing is measured yet" }, sorted(measured)), h("optgroup", { label: "without a value now" }, sorted(others)));
    at("metric").value = before;
  }

  // A share is told in per cent.
  #scale(name) {
    const unit = this.#known[name]?.unit ?? "";
    return unit === "" && /share|time$|factor/.test(name) ? { by: 100, unit: "%" } : { by: 1, unit };
  }

  draw(now = NaN) {
    this.#list();
    const measured = this.#strides.names();
    if (!this.#chosen && measured.length && !measured.includes(at("metric").value)) at("metric").value = measured.includes("stance_time") ? "stance_time" : measured[0];
    const name = at("metric").value, wanted = at("side").value, { by, unit } = this.#scale(name);
    const all = this.#strides.values(name, wanted), last = all.at(-1), side = wanted || last?.side || "";
    const same = all.filter((v) => v.side === (last?.side ?? "")).slice(-SMOOTH).map((v) => v.value * by);
    const value = same.length ? same.reduce((a, b) => a + b, 0) / same.length : NaN;
    const low = parseFloat(at("low").value), high = parseFloat(at("high").value), given = Number.isFinite(low) && Number.isFinite(high), banded = given && low < high;
    say(at("band-unit"), unit);
    say(at("band-wrong"), given && !banded ? "“from” must be below “to”" : "");
    say(at("what"), name ? `${this.#known[name]?.title ?? name}${side ? `, ${SIDES[side]}` : ""}` : "\u00a0");
    const known = this.#known[name], why = !known ? "nothing is measured yet" : this.reasons?.[name] ?? (known.usual ? "no step yet" : "it is not measured live: name it in [live] metrics of lab.toml");
    const shown = last ? `${steady(value)} ${unit}` : "–";
    if (at("value").dataset.shown !== shown) { at("value").dataset.shown = shown; at("value").replaceChildren(last ? steady(value) : "–", last && unit ? h("small", {}, ` ${unit}`) : ""); }
    const age = last && Number.isFinite(now) ? now - last.time : NaN;
    say(at("verdict"), !last ? why : !banded || age > OLD_S ? "" : value < low ? "▲ more" : value > high ? "▼ less" : "● in the band");
    at("verdict").classList.toggle("why", !last);
    if (Number.isFinite(age)) say(at("age"), age > OLD_S ? `no value for ${age.toFixed(0)} s` : `mean of the last ${same.length}, ${Math.max(age, 0).toFixed(0)} s ago`);
    at("big").className = `${last && banded && !(age > OLD_S) ? (value >= low && value <= high ? "in" : "out") : ""} ${age > OLD_S ? "old" : ""}`;
    const address = new URLSearchParams({ metric: name, ...(banded ? { low: low / by, high: high / by } : {}), ...(wanted ? { side: wanted } : {}) });
    at("walker-link").href = `walker#${address}`;
    if (last && banded) this.#gauge(value, low, high); else at("gauge").replaceChildren();
  }

  #gauge(value, low, high) {
    const room = high - low, from = low - room, to = high + room, x = (v) => 1000 * Math.min(1, Math.max(0, (v - from) / (to - from)));
    const key = `${low} ${high}`;
    if (this.#seen !== key || !at("gauge").firstChild) {
      this.#seen = key;
      at("gauge").replaceChildren(svg("rect", { class: "scale", x: 0, y: 45, width: 1000, height: 30 }), svg("rect", { class: "band", x: x(low), y: 35, width: x(high) - x(low), height: 50 }), svg("rect", { class: "needle", x: -6, y: 10, width: 12, height: 100, rx: 6 }),
        svg("text", { x: x(low), y: 118, class: "end" }, text(low)), svg("text", { x: x(high), y: 118, class: "end" }, text(high)));
    }
    at("gauge").querySelector(".needle").setAttribute("transform", `translate(${x(value)} 0)`);
  }
}
