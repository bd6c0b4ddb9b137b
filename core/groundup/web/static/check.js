// The morning's check: green, amber and red of each stream, what to do, and a button where a device can do it.

import { h, say } from "./dom.js";
import { order } from "./room.js";

const WORDS = { green: "✓ fit", amber: "! worth a look", red: "✗ wrong" };
const WHOLE = { green: "✓ Fit to record", amber: "! Fit to record; some things are worth a look", red: "✗ Not fit to record yet" };
const ORDER = { red: 0, amber: 1, green: 2 };

export class Check {
  #send; #shown = ""; #devices = [];

  constructor(home, send) {
    this.#send = send;
    this.button = h("button", { type: "button", className: "main", id: "check-button", onclick: () => order("check") }, "Check everything");
    this.state = h("span", { role: "status", className: "faint" });
    this.level = h("p", { className: "level", id: "check-level" }, "");
    this.list = h("div", { className: "cards findings" });
    home.replaceChildren(h("h2", {}, "Before the first recording"), h("p", {}, "Nobody moves, nobody stands on a plate: 4 s are looked at, and thrown away."), h("p", { className: "row" }, this.button, this.state), this.level, this.list);
  }

  devices(devices) { this.#devices = devices; this.#shown = ""; }

  show(room) {
    const job = room.jobs.find((one) => one.what === "Check"), runs = job && (job.state === "runs" || job.state === "waits");
    this.button.disabled = Boolean(runs) || room.recorder.state === "recording";
    say(this.state, runs ? `looking … ${Math.round(job.seconds)} s` : job?.state === "failed" ? job.said : room.recorder.state === "recording" ? "a recording runs" : room.check ? `looked at ${room.check.at}` : "");
    const shape = JSON.stringify(room.check);
    if (shape === this.#shown) return;
    this.#shown = shape;
    this.level.className = `level ${room.check?.level ?? ""}`;
    say(this.level, room.check ? WHOLE[room.check.level] : "");
    const streams = [...(room.check?.streams ?? [])].map((one) => ({ ...one, level: one.findings.map((f) => f.level).sort((a, b) => ORDER[a] - ORDER[b])[0] ?? "red" })).sort((a, b) => ORDER[a.level] - ORDER[b.level] || a.stream.localeCompare(b.stream));
    this.list.replaceChildren(...streams.map((one) => this.#card(one)));
  }

  #card({ stream, level, findings }) {
    const bad = findings.filter((f) => f.level !== "green"), good = findings.filter((f) => f.level === "green");
    return h("article", { className: `card ${level}`, data: { checked: stream, level } }, h("h3", {}, stream, " ", h("span", { className: `mark ${level}` }, WORDS[level])),
      ...bad.map((f) => h("div", {}, h("p", {}, h("b", {}, `${f.what}: `), f.message), f.remedy ? h("p", { className: "remedy" }, `→ ${f.remedy}`) : null, ...this.#mends(stream, f.what))),
      good.length ? h("details", {}, h("summary", {}, `${good.length} well`), ...good.map((f) => h("p", { className: "faint" }, `${f.what}: ${f.message}`))) : null);
  }

  #mends(stream, what) {
    const device = this.#devices.find((one) => one.name === stream.split(".")[0]);
    return (device?.commands ?? []).filter((command) => command.mends === what && !Object.keys(command.arguments).length).map((command) => h("button", { type: "button", title: command.summary, onclick: () => {
      if (!command.confirm || confirm(command.confirm)) this.#send({ do: "tell", device: device.name, lab: device.lab, command: command.name, arguments: [] });
    } }, `${command.summary || command.name.replaceAll("_", " ")}`));
  }
}
