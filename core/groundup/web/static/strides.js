// Stances of the last seconds as they are seen, and metrics over the last strides.

import { h, svg, text } from "./dom.js";
import { nice } from "./lanes.js";

const WINDOW_S = 10, KEPT = 400, SHOWN = 60, TREND_S = 60;

export class Strides {
  #timeline; #lately; #trends; #events = []; #values = new Map(); #plots = new Map(); #panels = []; #known = {}; #drawn = 0;

  constructor(timeline, lately, trends) {
    this.#timeline = timeline; this.#lately = lately; this.#trends = trends;
  }

  panels(panels, known) { this.#panels = panels.filter((p) => p.shows !== "signals"); this.#known = known; }

  events(events) {
    this.#events.push(...events);
    this.#events.splice(0, this.#events.length - KEPT);
    const words = { IC: "foot down", FO: "foot off" };
    const last = this.#events.filter((e) => e.side || !["IC", "FO"].includes(e.kind)).slice(-4).map((e) => `${e.side ? (e.side === "L" ? "left " : "right ") : ""}${words[e.kind] ?? e.text ?? e.kind}`);
    this.#lately.textContent = last.length ? `last: ${last.join(", ")}` : "";
  }

  metrics(values) {
    for (const v of values) {
      const key = v.name;
      if (!this.#values.has(key)) this.#values.set(key, []);
      const list = this.#values.get(key);
      list.push(v);
      list.splice(0, list.length - KEPT);
    }
  }

  values(name, side = "") { return (this.#values.get(name) ?? []).filter((v) => !side || v.side === side); }

  // Of somebody else: nothing of the person before is shown as theirs.
  clear() { this.#values.clear(); this.#events.length = 0; this.#lately.textContent = ""; }

  names() { return [...this.#values.keys()]; }

  draw(now) {
    this.#drawTimeline(now);
    if (Math.abs(now - this.#drawn) < 0.5) return;
    this.#drawn = now;
    for (const panel of this.#panels) this.#drawTrend(panel, now);
  }

  #drawTimeline(now) {
    const width = this.#timeline.clientWidth || 800, left = 60;
    const x = (t) => left + (width - left - 8) * (1 + (t - now) / WINDOW_S);
    const nodes = [];
    for (const [lane, side] of ["L", "R"].entries()) {
      const y = 12 + lane * 48;
      nodes.push(svg("text", { x: 4, y: y + 24, class: "lane" }, side === "L" ? "left" : "right"));
      for (const s of stances(this.#events.filter((e) => e.side === side), now)) {
        if (s.t1 < now - WINDOW_S) continue;
        const a = Math.max(x(s.t0), left);
        const bar = svg("rect", { x: a, y, width: Math.max(x(s.t1) - a, 1), height: 36, rx: 4, class: `stance-${side}${s.sure ? "" : " doubt"}` });
        bar.append(svg("title", {}, `${(s.t1 - s.t0).toFixed(3)} s`));
        nodes.push(bar);
      }
    }
    for (const e of this.#events) {
      if (e.kind === "IC" || e.kind === "FO" || e.time < now - WINDOW_S) continue;
      nodes.push(svg("line", { x1: x(e.time), x2: x(e.time), y1: 4, y2: 104, class: "mark" }));
      nodes.push(svg("text", { x: x(e.time) + 3, y: 118, class: "mark-text" }, (e.text || e.kind).slice(0, 30)));
    }
    this.#timeline.replaceChildren(...nodes);
    this.#timeline.dataset.events = this.#events.length;
  }

  // Values of the last minute, as points; the median of each leg as a line.
  #drawTrend(panel, now) {
    const name = panel.metrics[0], known = this.#known[name] ?? {}, values = this.values(name).slice(-SHOWN * 2).filter((v) => v.time > now - TREND_S);
    let box = this.#plots.get(panel.name);
    if (!box) {
      box = h("article", { className: "trend", data: { trend: name } }, h("h3", {}, known.title ?? panel.title, known.unit ? `, ${known.unit}` : ""), svg("svg", { role: "img", "aria-label": `${known.title ?? panel.title} over the last minute` }), h("p", { className: "faint" }));
      this.#plots.set(panel.name, box);
      this.#trends.append(box);
    }
    const [, picture, words] = box.children;
    picture.replaceChildren();
    words.textContent = values.length ? "" : "no value in the last minute";
    if (!values.length) return;
    const width = picture.clientWidth || 400, height = 170, all = [...values.map((v) => v.value), ...(panel.band ?? [])];
    const step = nice((Math.max(...all) - Math.min(...all) || Math.abs(all[0]) || 1) / 3), low = Math.floor(Math.min(...all) / step) * step, high = Math.max(Math.ceil(Math.max(...all) / step) * step, low + step);
    const x = (t) => 56 + (width - 64) * (1 + (t - now) / TREND_S), y = (v) => 8 + (height - 30) * (high - v) / (high - low);
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    if (panel.band) picture.append(svg("rect", { x: 56, y: y(panel.band[1]), width: width - 64, height: y(panel.band[0]) - y(panel.band[1]), class: "band" }));
    for (let v = low; v <= high + step / 2; v += step) picture.append(svg("line", { x1: 56, x2: width - 8, y1: y(v), y2: y(v), class: "rule" }), svg("text", { x: 50, y: y(v) + 4, class: "tick end" }, text(Math.abs(v) < step / 1e6 ? 0 : v)));
    for (const s of [60, 40, 20, 0]) picture.append(svg("text", { x: x(now - s), y: height - 6, class: "tick middle" }, s ? `−${s} s` : "now"));
    for (const v of values) picture.append(v.side === "R" ? svg("rect", { x: x(v.time) - 3.5, y: y(v.value) - 3.5, width: 7, height: 7, class: "R" }) : svg("circle", { cx: x(v.time), cy: y(v.value), r: 4, class: v.side === "L" ? "L" : "M" }));
  }
}

// From a contact to the foot off that follows; one that goes on lasts until now.
function stances(events, now) {
  const found = [];
  let down = null;
  for (const e of events) {
    if (e.kind === "IC") down = e;
    else if (e.kind === "FO" && down) {
      if (e.time > down.time) found.push({ t0: down.time, t1: e.time, sure: Math.min(down.confidence, e.confidence) >= 0.5 });
      down = null;
    }
  }
  if (down && now - down.time < 3) found.push({ t0: down.time, t1: now, sure: down.confidence >= 0.5 });
  return found;
}
