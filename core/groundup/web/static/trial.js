// Trials and markers from any view: names that count up, a condition, a countdown, keys and a foot pedal.

import { at, clock, h, say, store, stored } from "./dom.js";
import { order, tell } from "./room.js";

export class Trials {
  #send; #room = null; #trial = null; #heard = false; #counting = null; #ends = null;

  constructor(send) {
    this.#send = send;
    this.countdown = stored("countdown", 0);
    this.lasts = stored("lasts", 0);
    at("trial").addEventListener("submit", (event) => { event.preventDefault(); this.start(); });
    at("stop").addEventListener("click", () => this.stop());
    at("mark").addEventListener("click", () => this.mark());
    at("text").addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); this.mark(); } });
    at("condition").addEventListener("change", () => { if (!at("name").value || at("name").dataset.counted) this.#count(); });
  }

  get running() { return this.#trial !== null; }

  // Without a session of its own the page hears of trials from the dashboard.
  heard({ trial, heard }) {
    if (this.#room) return;
    this.#trial = trial; this.#heard = heard;
    this.#show(trial === null ? "no recorder is run from this page" : heard ? `trial “${trial}” runs` : `trial “${trial}” runs, but no recorder listens`);
  }

  room(room) {
    this.#room = room;
    const recorder = room.recorder, records = recorder.state === "recording";
    if (this.#trial !== null && !recorder.trial) clearTimeout(this.#ends);
    this.#trial = recorder.trial || null;
    if (!at("conditions").children.length) at("conditions").append(...room.conditions.map((c) => h("option", { value: c.name }, c.what)));
    for (const id of ["name", "condition", "text", "mark"]) at(id).disabled = !records;
    const now = records ? `● ${clock(recorder.elapsed_s)}${this.#trial ? `  ·  ${this.#trial} ${clock(recorder.trial_s)}` : ""}` : "not recording";
    this.#show(now, records);
  }

  async start() {
    if (this.#counting) return this.#cancel();
    if (!at("name").value) this.#count();
    const name = at("name").value, condition = at("condition").value || at("condition").placeholder;
    await this.#count_down(() => this.#begin(name, condition));
  }

  async #begin(name, condition) {
    if (!this.#room) { this.#send({ do: "trial_start", name, condition: at("condition").value }); return this.#count(); }
    const answer = await order("trial_start", { name, condition });
    if (answer.wrong) return;
    this.#count();
    clearTimeout(this.#ends);
    if (this.lasts > 0) this.#ends = setTimeout(() => { beep(); this.stop(); }, 1000 * this.lasts);
  }

  stop() {
    clearTimeout(this.#ends);
    if (!this.#room) return this.#send({ do: "trial_stop" });
    return order("trial_stop");
  }

  toggle() { return this.running ? this.stop() : this.start(); }

  async mark(words = "") {
    const given = words || at("text").value.trim();
    if (!this.#room) {
      if (!given) return tell("a marker needs a text", true);
      if (this.#send({ do: "marker", text: given })) tell(this.#heard ? `marked “${given}”` : `“${given}” was sent, but no recorder listens`, !this.#heard);
    } else if ((await order("marker", { text: given || "marker" })).wrong) return;
    at("text").value = "";
  }

  // The next name: walk 1, walk 2 ...; one that a person wrote gets a number, too.
  #count() {
    const field = at("name"), condition = at("condition").value || at("condition").placeholder;
    const found = /^(.*?)\s*(\d+)$/.exec(field.value);
    const stem = field.value && !field.dataset.counted ? (found ? found[1] : field.value) : condition;
    const key = `number.${stem}`;
    this.numbers ??= {};
    const number = (this.numbers[key] = Math.max(this.numbers[key] ?? 0, found && found[1] === stem ? Number(found[2]) : 0) + 1);
    field.value = `${stem} ${number}`;
    field.dataset.counted = "1";
  }

  async #count_down(then) {
    if (!(this.countdown > 0)) return then();
    const box = at("countdown");
    box.hidden = false;
    for (let left = this.countdown; left > 0; left--) {
      box.textContent = String(left);
      beep(440);
      await new Promise((go) => { this.#counting = { timer: setTimeout(go, 1000), go }; });
      if (this.#counting.cancelled) { this.#counting = null; box.hidden = true; return; }
    }
    this.#counting = null;
    box.hidden = true;
    beep(880);
    return then();
  }

  #cancel() { this.#counting.cancelled = true; clearTimeout(this.#counting.timer); this.#counting.go(); tell("the countdown was stopped: no trial was started"); }

  #show(words, records = true) {
    say(at("now-state"), words);
    at("now-state").classList.toggle("recording", Boolean(this.#room) && records);
    at("stop").disabled = this.#trial === null;
    at("start").disabled = Boolean(this.#room) && !records;
    say(at("start"), this.#counting ? "Cancel" : this.#trial === null ? "Start trial" : "Start the next");
  }

  keep() { store("countdown", this.countdown); store("lasts", this.lasts); }
}

let sound = null;
export function beep(hertz = 880) {
  try {
    sound ??= new AudioContext();
    const tone = sound.createOscillator(), gain = sound.createGain();
    tone.frequency.value = hertz; gain.gain.value = 0.1;
    tone.connect(gain).connect(sound.destination);
    tone.start(); tone.stop(sound.currentTime + 0.12);
  } catch { /* without sound the number is seen */ }
}
