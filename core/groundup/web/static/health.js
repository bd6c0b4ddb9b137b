// How each stream does: in words and figures, never by colour alone; what has been gone for a minute is forgotten.

import { at, h } from "./dom.js";

const WORDS = { well: "✓ well", silent: "! silent", "wrong rate": "! wrong rate", "other clock": "✗ not stamped by the measured clock", lost: "✗ lost", failed: "✗ cannot be shown" };
const FORGET_S = 60;

export class Health {
  #rows; #streams = new Map(); #lost = new Map();

  constructor(rows) { this.#rows = rows; }

  streams(streams) { this.#streams = new Map(streams.map((s) => [s.number, s])); }

  // The states that matter: of those that are there, or were until lately and did not come back by the same name.
  show(health) {
    const now = performance.now() / 1000, name = (one) => this.#streams.get(one.number)?.name ?? "?";
    const there = new Set(health.filter((one) => one.state !== "lost").map(name));
    for (const one of health) if (one.state === "lost") { if (!this.#lost.has(one.number)) this.#lost.set(one.number, now); } else this.#lost.delete(one.number);
    const shown = health.filter((one) => one.state !== "lost" || (!there.has(name(one)) && now - this.#lost.get(one.number) < FORGET_S));
    at("health").hidden = !shown.length;
    at("no-streams").hidden = shown.length > 0;
    this.#rows.replaceChildren(...shown.map((one) => this.#row(one, this.#streams.get(one.number))));
    const counted = shown.filter((one) => !name(one).startsWith("groundup."));
    return { streams: counted.length, troubled: counted.filter((one) => one.state !== "well" || (one.levels ?? []).some(({ colour }) => colour === "red")).length };
  }

  #row(one, stream) {
    const cell = (label, words, className = "") => h("td", { className, data: { label } }, words);
    const device = (one.levels ?? []).map(({ words, colour }, i) => [i ? ", " : "", h("span", { className: `level-${colour}` }, ({ amber: "! ", red: "✗ " }[colour] ?? "") + words)]);
    return h("tr", { data: { stream: stream?.name ?? "" } }, h("th", { scope: "row" }, stream?.name ?? "?"), cell("state", WORDS[one.state] ?? one.state, `state-${one.state.split(" ")[0]}`),
      cell("rate, Hz", one.rate === null ? "–" : stream?.rate ? `${one.rate.toFixed(1)} of ${stream.rate}` : one.rate.toFixed(1), "n"), cell("samples", String(one.samples), "n"), cell("silent, s", one.silent_s === null ? "–" : one.silent_s.toFixed(1), "n"),
      cell("in sync, ±ms", one.sync_ms === null ? (one.state === "other clock" ? "unknown" : "not yet") : one.sync_ms.toFixed(3), "n"), cell("device", device.flat()), cell("from", stream?.host ?? ""));
  }
}
