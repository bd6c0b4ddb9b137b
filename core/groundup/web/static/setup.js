// Set up: devices and streams, where each channel is on the body, where plates lie; written to lab.toml, seen before.

import { Body } from "./body.js";
import { h, say } from "./dom.js";
import { Plan } from "./plan.js";
import { order, tell } from "./room.js";

export class SetUp {
  #facts = null; #changes = new Map(); #stream = ""; #channel = ""; #plates = new Map(); #base = ""; #found = {};

  constructor(home) {
    this.intro = h("p", { className: "lead" });
    this.wrong = h("p", { className: "notice bad", hidden: true, role: "alert" });
    this.scan = h("button", { type: "button", className: "main", id: "scan", onclick: () => this.#scan() }, "Look for devices");
    this.again = h("button", { type: "button", onclick: () => this.open() }, "Look for streams again");
    this.scanned = h("span", { role: "status", className: "faint" });
    this.devices = h("div", { className: "cards" });
    this.streams = h("div", { className: "cards", id: "setup-streams" });
    this.detail = h("div", { id: "setup-detail" });
    this.body = new Body((site, side) => this.#place(site, side));
    this.plan = new Plan((plate, anew) => this.#plateChanged(plate, anew));
    this.difference = h("pre", { className: "difference", hidden: true, tabIndex: 0, ariaLabel: "What changes in lab.toml" });
    this.belt = h("input", { inputMode: "decimal", size: 6, id: "belt", onchange: (e) => this.#belt(e.target) });
    this.count = h("span", { className: "faint" });
    this.preview = h("button", { type: "button", id: "preview", onclick: () => this.#preview() }, "Show the difference");
    this.write = h("button", { type: "button", className: "main", id: "write", disabled: true, onclick: () => this.#write() }, "Write lab.toml");
    this.forget = h("button", { type: "button", onclick: () => { this.#changes.clear(); this.#plates.clear(); this.open(); } }, "Forget the changes");
    home.replaceChildren(this.intro, this.wrong, h("h2", {}, "1 Devices"), h("p", { className: "row" }, this.scan, this.scanned), this.devices,
      h("h2", {}, "2 Streams"), h("p", { className: "row" }, this.again, h("span", { className: "faint" }, "of devices that run, and of other programs in this LSL session")), this.streams, this.detail,
      h("h2", {}, "3 Treadmill"), h("p", {}, h("label", {}, "Speed of the belt", this.belt, "m/s"), " ", h("span", { className: "faint" }, "empty where people walk overground, or where a stream tells it; without it there is no speed, no stride length and no work on a treadmill")),
      h("h2", {}, "4 Write it down"), h("p", { className: "row" }, this.preview, this.write, this.forget, this.count), this.difference);
  }

  async open() {
    const facts = await order("set_up");
    if (facts.wrong && !facts.path) return;
    this.#facts = facts;
    this.#base = facts.base;
    say(this.intro, facts.there ? `${facts.path}: what is changed here is written there, and every comment stays.` : `No lab.toml in this folder yet. Look for devices, or start the programs that send, choose what belongs to the lab, and write it down: ${facts.path}`);
    this.wrong.hidden = !facts.wrong;
    say(this.wrong, facts.wrong);
    if (!this.#changes.has(JSON.stringify([["treadmill"], "speed_m_s"]))) this.belt.value = facts.lab.belt ?? "";
    this.#draw();
  }

  // Streams come and go while the page is open.
  heard(streams) {
    const names = streams.filter((s) => !s.role).map((s) => s.name).sort().join();
    if (names !== this.names && !this.streams.closest("section").hidden && !this.streams.closest("section").contains(document.activeElement?.closest("input, select"))) this.open();
    this.names = names;
  }

  #set(table, key, value) {
    this.#changes.set(JSON.stringify([table, key]), [table, key, value]);
    this.#difference();
  }

  #wants(table, key, other) { return this.#changes.get(JSON.stringify([table, key]))?.[2] ?? other; }

  #difference() {
    this.write.disabled = true;
    this.difference.hidden = true;
    say(this.count, this.#changes.size ? `${this.#changes.size} change${this.#changes.size === 1 ? "" : "s"} not written yet` : "");
  }

  async #scan() {
    this.scan.disabled = true;
    say(this.scanned, "asking every driver …");
    const answer = await order("scan");
    this.scan.disabled = false;
    this.#found = answer.devices ?? {};
    const count = Object.keys(this.#found).length;
    say(this.scanned, answer.wrong ?? (count ? `${count} found` : "none found: switch the device on; some must be paired first, see their page"));
    this.#draw();
  }

  #draw() {
    const { lab } = this.#facts;
    const known = Object.entries(lab.devices).map(([name, one]) => h("div", { className: "card", data: { device: name } }, h("b", {}, name), h("p", { className: "faint" }, one.driver), this.#required(["devices", name], one.required)));
    const taken = new Set(Object.keys(lab.devices));
    const fresh = Object.entries(this.#found).filter(([name, one]) => !Object.values(lab.devices).some((d) => d.driver === one.driver && name === d.name)).map(([name, one]) => {
      let id = name, n = 1;
      while (taken.has(id)) id = `${name}_${++n}`;
      const added = this.#changes.has(JSON.stringify([["devices", id], "driver"]));
      return h("div", { className: `card${added ? " chosen" : ""}`, data: { found: id } }, h("b", {}, id), h("p", { className: "faint" }, Object.entries(one).map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(", ")), h("button", { type: "button", disabled: added, onclick: () => { for (const [key, value] of Object.entries(one)) this.#set(["devices", id], key, value); this.#draw(); } }, added ? "✓ will be added" : "Add it"));
    });
    this.devices.replaceChildren(...known, ...fresh);
    if (!known.length && !fresh.length) this.devices.replaceChildren(h("p", { className: "empty" }, "No device yet. Look for devices; or write a table [devices.NAME] in lab.toml, as the page of its driver says."));
    this.streams.replaceChildren(...this.#facts.streams.map((stream) => this.#card(stream)));
    if (!this.#facts.streams.length) this.streams.replaceChildren(h("p", { className: "empty" }, "No stream yet: start a device, or see the network page. Streams appear here by themselves."));
    this.#drawDetail();
    this.#difference();
  }

  #belt(field) {
    const speed = parseFloat(field.value.replace(",", "."));
    if (field.value.trim() && !(speed >= 0)) return tell("the speed of the belt is a number of m/s", true);
    this.#set(["treadmill"], "speed_m_s", field.value.trim() ? speed : null);
  }

  #required(table, required) {
    return h("label", {}, h("input", { type: "checkbox", checked: this.#wants(table, "required", required), onchange: (e) => this.#set(table, "required", e.target.checked) }), "must be there");
  }

  #card(stream) {
    const table = ["streams", stream.id], known = this.#facts.lab.streams[stream.id], mine = stream.device || known || this.#changes.has(JSON.stringify([table, "match"]));
    const open = stream.channels.filter((c) => !this.#site(stream, c).site && c.guess.length).length;
    return h("div", { className: `card${stream.id === this.#stream ? " chosen" : ""}`, data: { stream: stream.id } }, h("b", {}, stream.id), h("p", { className: "faint" }, `${stream.type || "no type"}, ${stream.channels.length} channel${stream.channels.length === 1 ? "" : "s"}, ${stream.rate ? `${stream.rate} Hz` : "irregular"}${stream.host ? `, on ${stream.host}` : ""}`),
      open ? h("p", { className: "warn" }, `${open} labels to confirm`) : null,
      h("p", { className: "row" }, mine ? h("span", { className: "well" }, stream.device ? `✓ of ${stream.device}` : "✓ in the lab") : h("button", { type: "button", onclick: () => { this.#claim(stream); this.#draw(); } }, "Add to the lab"), h("button", { type: "button", ariaPressed: String(stream.id === this.#stream), onclick: () => { this.#stream = this.#stream === stream.id ? "" : stream.id; this.#channel = ""; this.#draw(); } }, "Channels and places")));
  }

  // What holds for a channel: what was chosen here, what lab.toml says, what the device says.
  #site(stream, channel) {
    const lab = this.#facts.lab.streams[stream.id]?.channels?.[channel.label] ?? {};
    const chosen = this.#changes.get(JSON.stringify([["streams", stream.id, "channels"], channel.label]))?.[2] ?? {};
    return { site: chosen.site ?? (lab.site || channel.site), side: chosen.side ?? (lab.site ? lab.side : channel.side), unit: chosen.unit ?? (lab.unit || channel.unit), from: chosen.site !== undefined ? "chosen" : lab.site ? "lab.toml" : channel.site ? "the device" : "" };
  }

  #choose(stream, channel, more) {
    const now = this.#site(stream, channel), wanted = { site: now.site, side: now.side, unit: now.unit, ...more };
    const value = Object.fromEntries(Object.entries(wanted).filter(([key, v]) => v && (key !== "unit" || v !== channel.unit)));
    this.#set(["streams", stream.id, "channels"], channel.label, value);
    this.#claim(stream);
    this.#draw();
  }

  // What is said of a stream's channels or plate makes it one of the lab: its table has to find it.
  #claim(stream) {
    const table = ["streams", stream.id];
    if (stream.device || this.#facts.lab.streams[stream.id] || this.#changes.has(JSON.stringify([table, "match"]))) return;
    this.#set(table, "match", stream.match);
    if (stream.rate) this.#set(table, "rate", stream.rate);
  }

  #drawDetail() {
    const stream = this.#facts.streams.find((one) => one.id === this.#stream);
    if (!stream) return this.detail.replaceChildren();
    const plate = stream.kind === "plate" || stream.channels.filter((c) => /^[fm]_?[xyz]$|^c_?[fm]?[xyz]|cop/i.test(c.label)).length >= 3;
    this.detail.replaceChildren(h("div", { className: "two" }, h("section", {}, h("h3", {}, `${stream.id}: channels`), this.#channels(stream)), plate ? this.#platePart(stream) : this.#bodyPart(stream)));
  }

  #channels(stream) {
    const sites = [...this.#facts.muscles.map((m) => m.name), ...this.#facts.segments];
    const guesses = stream.channels.filter((c) => c.guess.length === 1 && !this.#site(stream, c).site);
    const table = h("table", { className: "channels" }, h("thead", {}, h("tr", {}, ["label", "where", "side", "unit", ""].map((t) => h("th", {}, t)))), h("tbody", {}, stream.channels.map((c) => {
      const now = this.#site(stream, c), pick = h("select", { ariaLabel: `where ${c.label} is`, onchange: (e) => this.#choose(stream, c, { site: e.target.value }) }, h("option", { value: "" }, "–"), sites.map((s) => h("option", { value: s, selected: s === now.site }, s.replaceAll("_", " "))));
      const side = h("select", { ariaLabel: `side of ${c.label}`, onchange: (e) => this.#choose(stream, c, { side: e.target.value }) }, [["", "–"], ["L", "left"], ["R", "right"]].map(([v, t]) => h("option", { value: v, selected: v === now.side }, t)));
      const unit = h("input", { size: 5, value: now.unit, ariaLabel: `unit of ${c.label}`, onchange: (e) => this.#choose(stream, c, { unit: e.target.value.trim() }) });
      const guess = now.site ? h("span", { className: "faint" }, now.from) : c.guess.length === 1 ? h("button", { type: "button", onclick: () => this.#choose(stream, c, { site: c.guess[0], side: c.guess_side }) }, `${c.exact ? "" : "probably "}${c.guess[0].replaceAll("_", " ")}${c.guess_side ? ` ${c.guess_side}` : ""}?`) : c.guess.length ? h("span", { className: "warn" }, `${c.guess.map((g) => g.replaceAll("_", " ")).join(" or ")}? choose`) : h("span", { className: "faint" }, stream.kind === "emg" ? "its label names no muscle" : "");
      return h("tr", { className: c.label === this.#channel ? "chosen" : "", data: { channel: c.label } }, h("td", {}, h("button", { type: "button", className: "link", onclick: () => { this.#channel = c.label; this.#drawDetail(); } }, c.label)), h("td", {}, pick), h("td", {}, side), h("td", {}, unit), h("td", {}, guess));
    })));
    return h("div", {}, guesses.length > 1 ? h("p", { className: "row" }, h("button", { type: "button", id: "confirm-all", onclick: () => { for (const c of guesses) this.#choose(stream, c, { site: c.guess[0], side: c.guess_side }); } }, `These ${guesses.length} guesses are right`), h("span", { className: "faint" }, "look at each first")) : null, table);
  }

  #bodyPart(stream) {
    const taken = new Map(stream.channels.map((c) => [c, this.#site(stream, c)]).filter(([, now]) => now.site).map(([c, now]) => [`${now.site}/${now.side}`, c.label]));
    const chosen = stream.channels.find((c) => c.label === this.#channel), now = chosen && this.#site(stream, chosen);
    this.body.show(taken, stream.kind === "imu" ? "imu" : stream.kind === "emg" ? "emg" : "", now ? `${now.site}/${now.side}` : "");
    return h("section", {}, h("h3", {}, "Where it is"), h("p", { className: "faint" }, chosen ? `${chosen.label}: click on its place. Blue is left, orange right.` : "Choose a channel by its label, then its place. Blue is left, orange right; filled: taken."), this.body.node);
  }

  #place(site, side) {
    const stream = this.#facts.streams.find((one) => one.id === this.#stream), i = stream?.channels.findIndex((c) => c.label === this.#channel) ?? -1;
    if (i < 0) return tell("choose a channel first, by its label", true);
    this.#choose(stream, stream.channels[i], { site, side });
    const next = stream.channels.slice(i + 1).find((c) => !this.#site(stream, c).site);
    if (next) { this.#channel = next.label; this.#drawDetail(); }
  }

  #platePart(stream) {
    const lab = this.#facts.lab.streams[stream.id]?.plate, plate = this.#plates.get(stream.id) ?? { id: stream.id, type: lab?.type ?? stream.plate?.type ?? 2, corners_m: structuredClone(lab?.corners_m ?? stream.plate?.corners_m ?? []) };
    this.#plates.set(stream.id, plate);
    this.#drawPlan();
    return h("section", {}, h("h3", {}, "Where the plate lies"), h("p", { className: "faint" }, lab ? "from lab.toml" : stream.plate ? "as the device says" : "nobody has said it yet: without its corners there is no centre of pressure, and no step length"), this.plan.node, this.plan.form(plate, this.#facts.plate_types));
  }

  #drawPlan() {
    const others = this.#facts.streams.filter((s) => !this.#plates.has(s.id)).map((s) => ({ id: s.id, ...(this.#facts.lab.streams[s.id]?.plate ?? s.plate) })).filter((p) => p.corners_m);
    this.plan.show([...others, ...this.#plates.values()], this.#stream);
  }

  #plateChanged(plate, anew) {
    const table = ["streams", plate.id, "plate"];
    this.#claim(this.#facts.streams.find((one) => one.id === plate.id));
    this.#set(table, "type", plate.type);
    if (plate.corners_m.length === 4 && plate.corners_m.every((c) => c.every(Number.isFinite))) this.#set(table, "corners_m", plate.corners_m);
    this.#drawPlan();
    if (anew) this.#drawDetail();
  }

  async #preview() {
    const answer = await order("preview", { changes: [...this.#changes.values()] });
    this.difference.hidden = false;
    this.difference.className = `difference${answer.wrong ? " bad" : ""}`;
    this.difference.replaceChildren(...(answer.wrong ? [answer.wrong] : (answer.difference || "Nothing changes.").split("\n").map((line) => h("span", { className: line.startsWith("+") ? "plus" : line.startsWith("-") ? "minus" : "" }, `${line}\n`))));
    this.#base = answer.base ?? this.#base;
    this.write.disabled = Boolean(answer.wrong) || !answer.difference;
  }

  async #write() {
    const answer = await order("write", { changes: [...this.#changes.values()], base: this.#base });
    if (answer.wrong) return;
    this.#changes.clear();
    this.#plates.clear();
    this.#found = {};
    await this.open();
  }
}
