// One number, large, for the person who walks: below, within or above the band.

import { text } from "./profile.js";

export class Feedback {
  #strides; #known = {}; #seen = ""; #chosen = false;
  #at = (id) => document.getElementById(id);

  constructor(strides) {
    this.#strides = strides;
    for (const id of ["metric", "side", "low", "high"]) this.#at(id).addEventListener("input", () => this.draw());
    this.#at("metric").addEventListener("change", () => { this.#chosen = true; });
    this.#at("wall").addEventListener("click", () => this.#at("big").requestFullscreen());
  }

  hello({ metrics, panels }) {
    this.#known = metrics;
    const chosen = this.#at("metric").value;
    const names = Object.keys(metrics).sort();
    this.#at("metric").replaceChildren(...names.map((name) => new Option(name.replaceAll("_", " "), name)));
    const value = panels.find((p) => p.shows === "value") ?? panels.find((p) => p.shows === "trend");
    if (chosen) this.#at("metric").value = chosen;
    else if (value) {
      this.#at("metric").value = value.metrics[0];
      if (value.band) [this.#at("low").value, this.#at("high").value] = value.band;
    }
    this.draw();
  }

  draw() {
    // Until somebody chooses, what is measured is shown, rather than what nobody measures.
    const measured = this.#strides.names();
    if (!this.#chosen && measured.length && !measured.includes(this.#at("metric").value)) this.#at("metric").value = measured[0];
    const name = this.#at("metric").value, side = this.#at("side").value;
    const values = this.#strides.values(name, side), last = values[values.length - 1];
    const low = parseFloat(this.#at("low").value), high = parseFloat(this.#at("high").value);
    const where = side === "L" ? ", left" : side === "R" ? ", right" : "";
    this.#at("what").textContent = name ? `${name.replaceAll("_", " ")}${where}` : "\u00a0";
    this.#at("value").textContent = last ? text(last.value, this.#known[name]?.unit) : "–";
    const banded = Number.isFinite(low) && Number.isFinite(high) && low < high;
    const verdict = !last ? "no value yet" : !banded ? "" : last.value < low ? "▲ more" : last.value > high ? "▼ less" : "● in the band";
    this.#at("verdict").textContent = verdict;
    this.#at("big").className = last && banded ? (last.value >= low && last.value <= high ? "in" : "out") : "";
    if (last && banded) this.#gauge(last.value, low, high); else this.#at("gauge").replaceChildren();
  }

  #gauge(value, low, high) {
    const room = high - low, from = low - room, to = high + room;
    const x = (v) => 1000 * Math.min(1, Math.max(0, (v - from) / (to - from)));
    const key = `${low} ${high}`;
    if (this.#seen !== key || !this.#at("gauge").firstChild) {
      this.#seen = key;
      this.#at("gauge").innerHTML = `<rect class="scale" x="0" y="45" width="1000" height="30"/><rect class="band" x="${x(low)}" y="35" width="${x(high) - x(low)}" height="50"/><rect class="needle" x="-6" y="10" width="12" height="100" rx="6"/>`;
    }
    this.#at("gauge").querySelector(".needle").setAttribute("transform", `translate(${x(value)} 0)`);
  }
}
