// Scrolling signals: lanes with ticks, units and values; pause, window, gain, solo. Axes of one sensor share a lane.

import { at, h, say, store, stored } from "./dom.js";
import { drawLane, rangeOf, lanesOf } from "./lanes.js";

const WINDOWS = [2, 5, 10, 30, 60], KEPT_S = 120;
const ORDER = ["plates", "emg", "imu"];

export class Signals {
  #home; #streams = new Map(); #panels = []; #groups = new Map(); #lanes = []; #window = stored("window", 10);
  #paused = 0; #locked = false; #solo = null; #chosen = null; #hidden = new Set(stored("hidden", [])); #dirty = true; #cursor = null; #values; #told = 0;
  #colours = null;

  constructor(home) {
    this.#home = home;
    this.#values = h("ul", { className: "sr-only", ariaLabel: "Current values" });
    this.pause = h("button", { type: "button", title: "key p", onclick: () => this.#pause() }, "Pause");
    this.lock = h("button", { type: "button", title: "key l: scales stay as they are", ariaPressed: "false", onclick: () => this.#lock() }, "Hold scales");
    this.soloButton = h("button", { type: "button", title: "key s or a double click: one lane alone", onclick: () => this.#toggleSolo() }, "One lane");
    this.window = h("select", { onchange: (e) => { this.#window = Number(e.target.value); store("window", this.#window); } }, WINDOWS.map((s) => h("option", { value: s, selected: s === this.#window }, `${s} s`)));
    this.chips = h("div", { className: "chips", role: "group", ariaLabel: "Groups" });
    this.chosen = h("span", { className: "faint" });
    const more = h("button", { type: "button", ariaLabel: "Zoom in", title: "key +", onclick: () => this.#zoom(2) }, "+");
    const less = h("button", { type: "button", ariaLabel: "Zoom out", title: "key −", onclick: () => this.#zoom(0.5) }, "−");
    this.bar = h("div", { className: "bar", hidden: true }, this.pause, h("label", {}, "Window", this.window), this.lock, less, more, this.soloButton, this.chips, this.chosen);
    this.grid = h("div", { className: "lanes" });
    this.empty = h("p", { className: "empty" }, "No stream yet. Start a device, or connect one under Set up; what other programs send over LSL in this session appears by itself.");
    home.replaceChildren(this.bar, this.empty, this.grid, this.#values);
    addEventListener("resize", () => { this.#dirty = true; });
  }

  panels(panels) { this.#panels = panels.filter((p) => p.shows === "signals"); }

  streams(streams) {
    const shown = streams.filter((s) => s.bucket_s > 0), wanted = new Map(shown.map((s) => [s.number, s]));
    for (const number of this.#streams.keys()) if (!wanted.has(number)) this.#streams.delete(number);
    for (const [number, stream] of wanted) if (!this.#streams.has(number)) this.#streams.set(number, new Buffer(stream));
    this.empty.hidden = shown.length > 0;
    this.bar.hidden = shown.length === 0;
    this.#arrange();
  }

  samples(frame) { this.#streams.get(frame.stream)?.take(frame); }

  recolour() { this.#colours = null; }

  key(key) {
    const does = { p: () => this.#pause(), l: () => this.#lock(), s: () => this.#toggleSolo(), "+": () => this.#zoom(2), "-": () => this.#zoom(0.5), ArrowDown: () => this.#move(1), ArrowUp: () => this.#move(-1), Escape: () => { this.#solo = null; this.#dirty = true; } }[key];
    does?.();
    return Boolean(does);
  }

  draw(now) {
    if (!this.#streams.size || !this.#home.offsetWidth) return;
    if (this.#dirty) this.#layOut();
    const time = this.#paused || now, colours = this.#colours ??= coloursNow();
    for (const group of this.#groups.values()) if (group.lanes.length) this.#drawGroup(group, time, colours);
    if (now - this.#told > 2) { this.#told = now; this.#tell(); }
  }

  #arrange() {
    const before = new Map(this.#lanes.map((lane) => [lane.key, lane]));
    this.#lanes = [];
    for (const buffer of [...this.#streams.values()].sort((a, b) => a.stream.name.localeCompare(b.stream.name))) {
      const panel = this.#panels.find((p) => p.streams.includes(buffer.stream.name) || p.kinds.includes(buffer.stream.kind));
      const name = panel?.name ?? (buffer.stream.role === "live" ? "live" : "other");
      const title = panel?.title ?? (name === "live" ? "Processed" : "Other streams");
      for (const lane of lanesOf(buffer, name)) {
        const old = before.get(lane.key);
        this.#lanes.push(Object.assign(lane, old ? { range: old.range, gain: old.gain } : {}, { title }));
      }
    }
    const names = [...new Set(this.#lanes.map((lane) => lane.group))].sort((a, b) => place(a) - place(b));
    for (const name of this.#groups.keys()) if (!names.includes(name)) { this.#groups.get(name).box.remove(); this.#groups.delete(name); }
    for (const name of names) if (!this.#groups.has(name)) this.#groups.set(name, this.#group(name, this.#lanes.find((lane) => lane.group === name).title));
    this.chips.replaceChildren(...names.map((name) => h("button", { type: "button", ariaPressed: String(!this.#hidden.has(name)), onclick: (e) => {
      if (!this.#hidden.delete(name)) this.#hidden.add(name);
      e.target.setAttribute("aria-pressed", String(!this.#hidden.has(name)));
      store("hidden", [...this.#hidden]);
      this.#dirty = true;
    } }, this.#groups.get(name).title)));
    this.grid.replaceChildren(...names.map((name) => this.#groups.get(name).box));
    this.#dirty = true;
  }

  #group(name, title) {
    const canvas = h("canvas", { tabIndex: 0, role: "img", ariaLabel: `${title}, scrolling; current values are listed below it` });
    const box = h("section", { className: `panel panel-${name}`, data: { panel: name } }, h("h2", {}, title), canvas);
    const group = { name, title, box, canvas, lanes: [], height: 30 };
    const lane = (e) => group.lanes[Math.floor(e.offsetY / group.height)] ?? null;
    canvas.addEventListener("pointermove", (e) => { this.#cursor = { canvas, x: e.offsetX }; });
    canvas.addEventListener("pointerleave", () => { this.#cursor = null; });
    canvas.addEventListener("click", (e) => this.#choose(lane(e)));
    canvas.addEventListener("dblclick", (e) => { this.#choose(lane(e)); this.#toggleSolo(); });
    return group;
  }

  // Plates above, over the whole width; what is left of the screen is for the others, in columns where it is wide.
  #layOut() {
    this.#dirty = false;
    const seen = (lane) => this.#solo ? lane.key === this.#solo : !this.#hidden.has(lane.group);
    const wide = this.#home.clientWidth >= 900, room = at("main").clientHeight - this.bar.offsetHeight - 20;
    let used = 0, columns = 0;
    for (const group of this.#groups.values()) {
      group.lanes = this.#lanes.filter((lane) => lane.group === group.name && seen(lane));
      group.box.hidden = !group.lanes.length;
      group.box.classList.toggle("whole", group.name === "plates" || Boolean(this.#solo));
      if (group.lanes.length && group.name !== "plates") columns++;
    }
    this.grid.classList.toggle("columns", wide && columns > 1 && !this.#solo);
    for (const group of this.#groups.values()) {
      if (!group.lanes.length) continue;
      if (this.#solo) group.height = Math.max(240, room - 50);
      else if (group.name === "plates") { group.height = columns ? Math.max(48, Math.min(110, 0.3 * room / group.lanes.length)) : Math.max(60, (room - 30) / group.lanes.length); used = group.height * group.lanes.length + 30; }
    }
    for (const group of this.#groups.values()) {
      if (!group.lanes.length || this.#solo || group.name === "plates") continue;
      group.height = wide ? Math.max(17, Math.min(110, (room - used - 34) / group.lanes.length)) : 34;
    }
    for (const { canvas, lanes, height } of this.#groups.values()) canvas.style.height = `${Math.round(height * lanes.length)}px`;
  }

  #drawGroup(group, now, colours) {
    const { canvas } = group, scale = devicePixelRatio || 1, width = canvas.clientWidth, height = Math.round(group.height * group.lanes.length);
    const view = canvas.getBoundingClientRect();
    if (view.bottom < 0 || view.top > innerHeight || !width) return;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) { canvas.width = Math.round(width * scale); canvas.height = Math.round(height * scale); }
    const c = canvas.getContext("2d");
    c.setTransform(scale, 0, 0, scale, 0, 0);
    c.clearRect(0, 0, width, height);
    const cursor = this.#cursor?.canvas === canvas ? this.#cursor.x : null;
    group.lanes.forEach((lane, i) => {
      lane.range = rangeOf(lane, now, this.#window, this.#locked);
      drawLane(c, lane, { x: 0, y: i * group.height, width, height: group.height, now, window: this.#window, colours, cursor, chosen: lane.key === this.#chosen, first: i === 0 });
    });
  }

  #choose(lane) {
    this.#chosen = lane?.key ?? null;
    say(this.chosen, lane ? `${lane.label}` : "");
  }

  #move(step) {
    const seen = [...this.#groups.values()].flatMap((group) => group.lanes);
    if (!seen.length) return;
    const i = seen.findIndex((lane) => lane.key === this.#chosen);
    this.#choose(seen[Math.max(0, Math.min(seen.length - 1, i + step))]);
    if (this.#solo) { this.#solo = this.#chosen; this.#dirty = true; }
  }

  #toggleSolo() {
    if (!this.#chosen && !this.#solo) this.#move(1);
    this.#solo = this.#solo ? null : this.#chosen;
    say(this.soloButton, this.#solo ? "All lanes" : "One lane");
    this.#dirty = true;
  }

  #zoom(by) {
    for (const lane of this.#lanes) if (!this.#chosen || lane.key === this.#chosen) lane.gain = Math.max(1 / 64, Math.min(1024, (lane.gain ?? 1) * by));
  }

  #pause() {
    this.#paused = this.#paused ? 0 : Math.max(...[...this.#streams.values()].map((b) => b.newest).filter(Number.isFinite), 0);
    say(this.pause, this.#paused ? "Go on" : "Pause");
    this.pause.classList.toggle("on", Boolean(this.#paused));
  }

  #lock() {
    this.#locked = !this.#locked;
    this.lock.setAttribute("aria-pressed", String(this.#locked));
  }

  #tell() {
    this.#values.replaceChildren(...this.#lanes.slice(0, 100).map((lane) => h("li", { data: { lane: lane.key, values: (lane.raw ?? []).join(" ") } }, `${lane.label}: ${lane.shown ?? "no value"}`)));
  }
}

// What has come of a stream: least and largest of each short stretch, in a ring.
class Buffer {
  constructor(stream) {
    this.stream = stream;
    this.channels = stream.channels.length;
    this.size = Math.ceil(KEPT_S / stream.bucket_s) + 8;
    this.time = new Float64Array(this.size).fill(NaN);
    this.low = new Float32Array(this.size * this.channels);
    this.high = new Float32Array(this.size * this.channels);
    this.next = 0; this.filled = 0; this.newest = NaN;
  }

  take({ begin, after, low, high, count, channels }) {
    for (let i = 0; i < count; i++) {
      this.time[this.next] = begin + after[i];
      this.low.set(low.subarray(i * channels, (i + 1) * channels), this.next * channels);
      this.high.set(high.subarray(i * channels, (i + 1) * channels), this.next * channels);
      this.next = (this.next + 1) % this.size;
      this.filled = Math.min(this.filled + 1, this.size);
    }
    if (count) this.newest = begin + after[count - 1];
  }
}

const place = (name) => { const i = ORDER.indexOf(name); return i < 0 ? 9 : i; };

function coloursNow() {
  const style = getComputedStyle(document.documentElement), read = (name) => style.getPropertyValue(name).trim();
  return { ink: read("--ink"), faint: read("--faint"), rule: read("--rule"), grid: read("--grid"), left: read("--left"), right: read("--right"), chosen: read("--chosen"), traces: read("--traces").split(/\s+/) };
}
