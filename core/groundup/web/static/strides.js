// Stances of the last seconds as they are seen, and metrics over the last strides.

const WINDOW_S = 10, KEPT = 400, SHOWN = 60;
const svg = (name, attributes = {}, text = "") => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text) node.textContent = text;
  return node;
};

export class Strides {
  #timeline; #lately; #trends; #events = []; #values = new Map(); #plots = new Map(); #panels = []; #known = {};

  constructor(timeline, lately, trends) {
    this.#timeline = timeline; this.#lately = lately; this.#trends = trends;
  }

  panels(panels, known) { this.#panels = panels.filter((p) => p.shows !== "signals"); this.#known = known; }

  events(events) {
    this.#events.push(...events);
    this.#events.splice(0, this.#events.length - KEPT);
    const words = { IC: "foot down", FO: "foot off" };
    const last = this.#events.slice(-4).map((e) => `${e.side ? (e.side === "L" ? "left " : "right ") : ""}${words[e.kind] ?? e.text ?? e.kind}`);
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

  names() { return [...this.#values.keys()]; }

  draw(now) {
    this.#drawTimeline(now);
    for (const panel of this.#panels) this.#drawTrend(panel, now);
  }

  recolour() { for (const plot of this.#plots.values()) plot.destroy(); this.#plots.clear(); this.#trends.replaceChildren(); }

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

  #drawTrend(panel, now) {
    const name = panel.metrics[0], values = this.values(name).slice(-SHOWN);
    if (!values.length || !this.#trends.clientWidth) return;
    if (!this.#plots.has(panel.name)) this.#plots.set(panel.name, this.#trend(panel, name));
    const x = values.map((v) => v.time - now);
    this.#plots.get(panel.name).setData([x, ...["L", "R"].map((side) => values.map((v) => v.side === side || (!v.side && side === "L") ? v.value : null))]);
  }

  #trend(panel, name) {
    const style = getComputedStyle(document.documentElement), ink = style.getPropertyValue("--ink").trim();
    const box = document.createElement("div");
    const unit = this.#known[name]?.unit;
    box.append(Object.assign(document.createElement("h3"), { textContent: `${panel.title}${unit ? ", " + unit : ""}` }));
    this.#trends.append(box);
    const points = (colour) => ({ stroke: style.getPropertyValue(colour).trim(), paths: () => null, points: { show: true, size: 7, fill: style.getPropertyValue(colour).trim() } });
    const band = panel.band;
    return new uPlot({
      width: Math.max(box.clientWidth, 280), height: 170, legend: { show: false }, cursor: { show: false },
      scales: { x: { time: false } },
      axes: [{ stroke: ink, values: (_, t) => t.map((v) => `${Math.round(v)} s`) }, { stroke: ink, size: 60 }],
      series: [{}, points("--left"), points("--right")],
      hooks: { drawClear: band ? [(u) => {
        u.ctx.fillStyle = style.getPropertyValue("--band").trim();
        const a = u.valToPos(band[1], "y", true), b = u.valToPos(band[0], "y", true);
        u.ctx.fillRect(u.bbox.left, a, u.bbox.width, b - a);
      }] : [] },
    }, [[], [], []], box);
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
