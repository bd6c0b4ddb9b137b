// Scrolling signals: a chart a stream, a lane a channel, least and largest of every short stretch.

const WINDOW_S = 10;
const PALETTE = getComputedStyle(document.documentElement).getPropertyValue("--traces").trim().split(/\s+/);

export class Signals {
  #charts = new Map();
  #home;
  #panels = [];

  constructor(home) { this.#home = home; }

  panels(panels) {
    this.#panels = panels.filter((p) => p.shows === "signals");
    for (const panel of this.#panels) this.#group(panel.name, panel.title);
  }

  streams(streams) {
    const shown = streams.filter((s) => s.bucket_s > 0);
    const wanted = new Set(shown.map((s) => s.number));
    for (const [number, chart] of this.#charts) if (!wanted.has(number)) { chart.remove(); this.#charts.delete(number); }
    this.#home.querySelector(".empty").hidden = shown.length > 0;
    for (const stream of shown) {
      if (this.#charts.has(stream.number)) continue;
      this.#charts.set(stream.number, new Chart(stream, this.#place(stream)));
    }
    for (const group of this.#home.querySelectorAll(".panel")) group.hidden = !group.querySelector(".stream");
  }

  samples(frame) { this.#charts.get(frame.stream)?.take(frame); }

  draw(now) { for (const chart of this.#charts.values()) chart.draw(now); }

  recolour() { for (const chart of this.#charts.values()) chart.rebuild(); }

  #place(stream) {
    const panel = this.#panels.find((p) => p.streams.includes(stream.name) || p.kinds.includes(stream.kind));
    const name = panel ? panel.name : stream.role === "live" ? "live" : "other";
    const title = panel ? panel.title : stream.role === "live" ? "Processed" : "Other streams";
    return this.#group(name, title);
  }

  #group(name, title) {
    let group = this.#home.querySelector(`[data-panel="${CSS.escape(name)}"]`);
    if (!group) {
      group = Object.assign(document.createElement("div"), { className: "panel", hidden: true });
      group.dataset.panel = name;
      group.append(Object.assign(document.createElement("h2"), { textContent: title }));
      this.#home.append(group);
    }
    return group;
  }
}

class Chart {
  #stream; #box; #plot = null; #size; #time; #low; #high; #filled = 0; #next = 0; #visible = true; #width = 0;

  constructor(stream, group) {
    this.#stream = stream;
    const channels = stream.channels.length;
    this.#size = Math.ceil(WINDOW_S / stream.bucket_s) + 8;
    this.#time = new Float64Array(this.#size);
    this.#low = new Float32Array(this.#size * channels);
    this.#high = new Float32Array(this.#size * channels);
    this.#box = Object.assign(document.createElement("div"), { className: "stream" });
    this.#box.dataset.stream = stream.name;
    const rate = stream.rate ? `${stream.rate} Hz` : "irregular";
    const words = `${stream.name}: ${channels} channel${channels === 1 ? "" : "s"}, ${rate}`;
    this.#box.setAttribute("role", "img");
    this.#box.setAttribute("aria-label", `${words}, scrolling; its newest values are in the page's data`);
    this.#box.append(Object.assign(document.createElement("p"), { textContent: words }));
    group.append(this.#box);
    new IntersectionObserver(([e]) => { this.#visible = e.isIntersecting; }).observe(this.#box);
  }

  remove() { this.#plot?.destroy(); this.#box.remove(); }

  rebuild() { this.#plot?.destroy(); this.#plot = null; }

  take({ begin, after, low, high, count, channels }) {
    for (let i = 0; i < count; i++) {
      const at = this.#next;
      this.#time[at] = begin + after[i];
      this.#low.set(low.subarray(i * channels, (i + 1) * channels), at * channels);
      this.#high.set(high.subarray(i * channels, (i + 1) * channels), at * channels);
      this.#next = (at + 1) % this.#size;
      this.#filled = Math.min(this.#filled + 1, this.#size);
    }
    // What is drawn can be read, too: by scripts and by tests.
    if (count) {
      this.#box.dataset.newest = this.#time[(this.#next + this.#size - 1) % this.#size].toFixed(3);
      this.#box.dataset.high = Array.from(high.subarray((count - 1) * channels, count * channels).slice(0, 8)).join(" ");
    }
  }

  draw(now) {
    if (!this.#visible || !this.#filled || !this.#box.offsetWidth) return;
    const width = this.#box.clientWidth;
    if (!this.#plot) this.#plot = this.#make(width);
    else if (width !== this.#width) this.#plot.setSize({ width, height: this.#plot.height });
    this.#width = width;
    this.#plot.setData(this.#data(now), false);
    this.#plot.setScale("x", { min: -WINDOW_S, max: 0 });
  }

  // Two points a stretch (its least and its largest value), each channel scaled into a lane of its own.
  #data(now) {
    const channels = this.#stream.channels.length, x = [], ys = Array.from({ length: channels }, () => []);
    const bottom = new Float32Array(channels).fill(Infinity), top = new Float32Array(channels).fill(-Infinity);
    const first = (this.#next - this.#filled + this.#size) % this.#size;
    const order = [];
    for (let i = 0; i < this.#filled; i++) {
      const at = (first + i) % this.#size;
      if (this.#time[at] < now - WINDOW_S - 1) continue;
      order.push(at);
      for (let c = 0; c < channels; c++) {
        const low = this.#low[at * channels + c], high = this.#high[at * channels + c];
        if (low < bottom[c]) bottom[c] = low;
        if (high > top[c]) top[c] = high;
      }
    }
    let before = NaN;
    for (const at of order) {
      const t = this.#time[at] - now;
      if (t - before > 1.5 * this.#stream.bucket_s) { x.push(before + this.#stream.bucket_s); for (const y of ys) y.push(null); }
      before = t;
      x.push(t, t + this.#stream.bucket_s / 2);
      for (let c = 0; c < channels; c++) {
        const middle = (bottom[c] + top[c]) / 2, half = Math.max((top[c] - bottom[c]) / 2, 1e-12), lane = channels - 1 - c;
        const place = (v) => Number.isFinite(v) ? lane + 0.45 * (v - middle) / half : null;
        ys[c].push(place(this.#low[at * channels + c]), place(this.#high[at * channels + c]));
      }
    }
    return [x, ...ys];
  }

  #make(width) {
    const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
    const rule = getComputedStyle(document.documentElement).getPropertyValue("--rule").trim();
    const channels = this.#stream.channels, count = channels.length;
    const every = Math.ceil(count / 32);
    const label = (c) => `${c.label}${c.side && !c.label.includes(c.side) ? " " + c.side : ""}${c.unit ? ", " + c.unit : ""}`;
    return new uPlot({
      width, height: Math.max(70, Math.min(26 * count, 900)) + 30, legend: { show: false }, cursor: { show: false },
      scales: { x: { time: false, auto: false, range: [-WINDOW_S, 0] }, y: { auto: false, range: [-0.6, count - 0.4] } },
      axes: [
        { stroke: ink, grid: { stroke: rule }, size: 28, values: (_, ticks) => ticks.map((t) => `${t} s`) },
        { stroke: ink, grid: { show: false }, ticks: { show: false }, size: 150, font: "11px system-ui, sans-serif",
          splits: () => channels.map((_, c) => count - 1 - c).filter((_, c) => c % every === 0),
          values: (_, splits) => splits.map((lane) => label(channels[count - 1 - lane]).slice(0, 20)) },
      ],
      series: [{}, ...channels.map((c, i) => ({
        stroke: c.side === "L" ? PALETTE[0] : c.side === "R" ? PALETTE[1] : PALETTE[i % PALETTE.length],
        width: 1, points: { show: false }, spanGaps: false,
      }))],
    }, [[], ...channels.map(() => [])], this.#box);
  }
}
