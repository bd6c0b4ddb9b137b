// Record: one large button, what has to be there, how long, how much room, and what was said when.

import { ask } from "./ask.js";
import { bytes, clock, h, say, store, stored } from "./dom.js";
import { order } from "./room.js";

const KEYS = { trial: "starts and stops a trial", marker: "sets a marker" };

export class Record {
  #room = null; #busy = false; #trials; #shape = "";

  constructor(home, trials, go) {
    this.#trials = trials;
    this.button = h("button", { type: "button", id: "record-button", className: "record", onclick: () => this.#press() }, "Start recording");
    this.elapsed = h("p", { className: "elapsed" }, "0:00");
    this.file = h("p", { className: "faint" });
    this.disk = h("p", { className: "faint" });
    this.why = h("p", { className: "notice", hidden: true, role: "status" });
    this.crash = h("div", { className: "notice bad", hidden: true, role: "alert" });
    this.who = h("button", { type: "button", className: "chip", onclick: () => go("person") });
    this.name = h("input", { maxLength: 60, id: "task", value: "walk" });
    this.needs = h("ul", { className: "needs" });
    this.faults = h("ul", { className: "faults" });
    this.log = h("ol", { className: "log", id: "log" });
    this.done = h("div");
    this.quick = h("div", { className: "row" });
    home.replaceChildren(this.crash, this.why, h("div", { className: "two" },
      h("section", { ariaLabel: "Recording" },
        h("p", { className: "row" }, "Person", this.who), h("p", {}, h("label", {}, "What is done", this.name), " ", h("span", { className: "faint" }, "is part of the file’s name")),
        this.button, this.elapsed, this.file, this.disk, this.done, h("h2", {}, "What has to be there"), this.needs, this.faults),
      h("section", { ariaLabel: "Trials and markers" },
        h("h2", {}, "Trials"), this.#trialSettings(), this.#pedal(), h("h2", {}, "What was said"), this.log)));
  }

  #trialSettings() {
    const seconds = (label, key, values, words) => h("label", {}, label, h("select", { onchange: (e) => { this.#trials[key] = Number(e.target.value); this.#trials.keep(); } },
      values.map((v) => h("option", { value: v, selected: v === this.#trials[key] }, words(v)))));
    this.conditions = h("div", { className: "chips", role: "group", ariaLabel: "Conditions" });
    this.conditionWords = h("p", { className: "faint" });
    return h("div", {}, this.conditions, this.conditionWords,
      h("p", { className: "row" }, seconds("Countdown", "countdown", [0, 3, 5, 10], (v) => v ? `${v} s` : "none"), seconds("A trial ends after", "lasts", [0, 3, 5, 10, 30, 60, 120, 360], (v) => v ? clock(v) : "Stop trial is pressed")),
      h("p", { className: "faint" }, "Trials and markers are started at the foot of every view, or by keys: t a trial, m a marker."));
  }

  #pedal() {
    const key = stored("pedal", null), does = h("select", { ariaLabel: "What the pedal does", onchange: (e) => store("pedal.does", e.target.value) }, Object.entries(KEYS).map(([value, words]) => h("option", { value, selected: value === stored("pedal.does", "marker") }, words)));
    const learn = h("button", { type: "button", onclick: () => {
      learn.textContent = "Press the pedal …";
      addEventListener("keydown", (e) => { e.preventDefault(); e.stopPropagation(); if (e.key !== "Escape") store("pedal", e.key); learn.textContent = name(stored("pedal", null)); }, { once: true, capture: true });
    } }, name(key));
    return h("p", { className: "row" }, "Foot pedal or key", learn, does);
  }

  show(room) {
    this.#room = room;
    const { recorder } = room, records = recorder.state === "recording", ready = recorder.state === "idle" || records;
    const missing = room.needed.filter((one) => one.required && one.state !== "well" && one.state !== "wrong rate");
    this.button.classList.toggle("on", records);
    this.button.disabled = this.#busy || !ready;
    say(this.button, this.#busy ? "one moment …" : records ? "■ Stop recording" : recorder.state === "stopping" ? "is being stopped …" : missing.length ? "● Start without what is missing" : "● Start recording");
    this.button.classList.toggle("missing", !records && missing.length > 0);
    say(this.elapsed, clock(recorder.elapsed_s));
    say(this.file, records ? `into ${recorder.file}` : recorder.sealing.length ? `being sealed: ${recorder.sealing.join(", ")}` : `will go into ${room.participant ? `${room.participant}_` : ""}${this.name.value.trim() || "walk"}_001.h5, or the next free number`);
    const disk = room.disk;
    say(this.disk, disk.wrong || `${bytes(disk.free_bytes)} left on the disk${disk.hours ? `, for about ${disk.hours < 2 ? `${Math.round(60 * disk.hours)} min` : `${Math.floor(disk.hours)} h`} at this rate` : ""}`);
    this.disk.className = disk.free_bytes < 2e9 ? "wrong" : "faint";
    say(this.who, room.participant || "nobody chosen: choose a person");
    this.who.classList.toggle("missing", !room.participant);
    if (document.activeElement !== this.name && !this.name.dataset.changed) this.name.value = room.name;
    this.why.hidden = ready || recorder.state === "stopping";
    say(this.why, !room.lab.there ? "There is no lab.toml yet: set up the lab first." : room.lab.wrong || recorder.why || "the recorder is not there yet");
    this.#crashed(room);
    this.#lists(room);
  }

  #crashed({ recorder }) {
    this.crash.hidden = !recorder.crashed;
    if (recorder.crashed && this.crash.dataset.text !== recorder.crashed) {
      this.crash.dataset.text = recorder.crashed;
      this.crash.replaceChildren(h("p", {}, `${recorder.crashed} What it had recorded is kept: recover it under Recordings. It is started again by itself.`), h("button", { type: "button", onclick: () => order("seen") }, "I have seen it"));
    }
  }

  #lists(room) {
    const { recorder } = room;
    const shape = JSON.stringify([room.needed, recorder.faults, recorder.done, room.log, room.conditions.length]);
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.needs.replaceChildren(...room.needed.map((one) => h("li", { className: `need ${one.state === "well" ? "well" : one.required ? "bad" : "warn"}` }, h("b", {}, one.id), ` ${one.state === "well" ? "✓" : "✗"} ${one.words}${one.required ? "" : " (not required)"}`)));
    if (!room.needed.length) this.needs.replaceChildren(h("li", { className: "faint" }, "Nothing yet: name devices and streams under Set up."));
    this.faults.replaceChildren(...recorder.faults.map((words) => h("li", {}, words)));
    this.log.replaceChildren(...[...room.log].reverse().map((line) => h("li", { className: line.kind }, h("time", {}, line.at), " ", h("b", {}, line.clock), " ", line.text)));
    if (!room.log.length) this.log.replaceChildren(h("li", { className: "faint" }, "Nothing yet. What you start, stop and mark is listed here."));
    this.done.replaceChildren(...recorder.done.slice(-1).map((one) => h("p", { className: one.status === 0 ? "well" : "warn" }, one.message)));
    if (!this.conditions.children.length) this.conditions.append(...room.conditions.map((c) => h("button", { type: "button", title: c.what, onclick: () => this.#condition(c) }, c.name)));
  }

  #condition(c) {
    const field = document.getElementById("condition");
    field.value = c.name;
    field.dispatchEvent(new Event("change"));
    say(this.conditionWords, c.what);
    for (const one of this.conditions.children) one.setAttribute("aria-pressed", String(one.textContent === c.name));
  }

  async #press() {
    if (this.#busy) return;
    const records = this.#room.recorder.state === "recording";
    if (records && !(await ask("Stop the recording? It is sealed then, and cannot go on.", "Stop and seal", "Go on recording"))) return;
    this.#busy = true;
    this.show(this.#room);
    this.name.dataset.changed = "";
    await order(records ? "stop" : "start", { name: this.name.value });
    this.#busy = false;
  }
}

const name = (key) => (key ? `key “${key === " " ? "space" : key}”` : "none yet: press to choose");
