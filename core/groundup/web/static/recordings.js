// Recordings: what lies in the folder, how good it is, and what can be made of it.

import { ask } from "./ask.js";
import { bytes, clock, h, say } from "./dom.js";
import { order } from "./room.js";

const STATES = { sound: "", reading: "is being read …", journal: "not sealed", unreadable: "cannot be read" };
const FORMATS = ["bdf", "bids", "c3d", "csv", "edf", "mat", "nwb", "opensim", "parquet", "xdf"];

export class Recordings {
  #rows = []; #open = ""; #marked = new Set(); #jobs = []; #busy = new Map(); #waiting = 0;

  constructor(home) {
    this.compare = h("button", { type: "button", disabled: true, onclick: () => this.#compare() }, "Compare two");
    this.find = h("input", { type: "search", placeholder: "person, name, trial", oninput: () => this.#draw() });
    this.count = h("span", { className: "faint" });
    this.work = h("div", { className: "jobs", role: "status" });
    this.body = h("tbody");
    this.table = h("table", { className: "library" }, h("thead", {}, h("tr", {}, ["", "when", "person", "recording", "length", "trials", "sync", "quality", ""].map((t, i) => h("th", { className: i === 4 ? "n" : "", scope: "col" }, t || h("span", { className: "sr-only" }, i ? "what to do" : "to compare"))))), this.body);
    this.empty = h("p", { className: "empty" }, "No recording yet. Start one under Record; it appears here when it is sealed.");
    home.replaceChildren(h("div", { className: "bar" }, h("label", {}, "Find", this.find), this.compare, this.count), this.work, this.empty, this.table);
  }

  async open() {
    const answer = await order("recordings");
    if (answer.wrong) return;
    this.#rows = answer.recordings;
    this.#draw();
    clearTimeout(this.#waiting);
    if (this.#rows.some((row) => row.state === "reading" || this.#doing(row)) && !this.table.closest("section").hidden) this.#waiting = setTimeout(() => this.open(), 1500);
  }

  // New rows when something has ended: a job, a sealing.
  room(room) {
    const { recorder } = room, before = this.known;
    this.#busy = new Map([...recorder.sealing.map((one) => [one, "is being sealed …"]), ...(recorder.file ? [[recorder.file, "is being recorded …"]] : [])]);
    this.#jobs = room.jobs.filter((job) => job.what !== "Check" && job.what !== "Look for devices");
    this.known = JSON.stringify([this.#jobs.map((job) => [job.number, job.state]), recorder.done.map((one) => one.file), recorder.sealing, recorder.file]);
    if (before !== this.known && !this.table.closest("section").hidden) this.open();
    this.#work();
  }

  #work() {
    const shown = this.#jobs.slice(0, 4);
    for (const [i, job] of shown.entries()) {
      const row = this.work.children[i] ?? this.work.appendChild(h("div", { className: "job" }, h("span"), h("progress", { max: 1 }), h("span", { className: "faint" }), h("button", { type: "button" }, "Cancel"), h("a", { target: "_blank", rel: "noopener" })));
      const [what, bar, words, cancel, link] = row.children, runs = job.state === "runs" || job.state === "waits", page = job.page;
      say(what, `${job.what}: ${job.about}`);
      bar.hidden = !runs;
      if (job.share === null) bar.removeAttribute("value"); else bar.value = job.share;
      bar.setAttribute("aria-label", job.what);
      say(words, job.state === "waits" ? "waits" : runs ? `${job.share === null ? "" : `${Math.round(100 * job.share)} %, `}${clock(job.seconds)}${job.left_s ? `, about ${clock(job.left_s)} left` : ""}` : job.state === "done" ? `✓ done in ${job.seconds} s${page || !job.said ? "" : `: ${job.said}`}` : `✗ ${job.state}: ${job.said}`);
      words.className = job.state === "failed" ? "wrong" : "faint";
      cancel.hidden = !runs;
      cancel.onclick = () => order("cancel", { number: job.number });
      link.hidden = job.state !== "done" || !page;
      if (page) { link.href = `pages/${page.split("/").map(encodeURIComponent).join("/")}`; say(link, "Open"); }
    }
    while (this.work.children.length > shown.length) this.work.lastChild.remove();
  }

  #draw() {
    const wanted = this.find.value.trim().toLowerCase();
    const rows = this.#rows.filter((row) => !wanted || `${row.name} ${row.participant} ${row.trials.map((t) => `${t.name} ${t.condition}`)}`.toLowerCase().includes(wanted));
    this.empty.hidden = this.#rows.length > 0;
    this.table.hidden = !this.#rows.length;
    say(this.count, this.#rows.length ? `${rows.length} of ${this.#rows.length}` : "");
    this.body.replaceChildren(...rows.flatMap((row) => [this.#row(row), row.name === this.#open ? this.#detail(row) : null]).filter(Boolean));
    this.compare.disabled = this.#marked.size !== 2;
  }

  #row(row) {
    const sound = row.state === "sound", when = row.started ? new Date(row.started) : null;
    const mark = h("input", { type: "checkbox", checked: this.#marked.has(row.name), disabled: !sound, ariaLabel: `compare ${row.name}`, onchange: (e) => { if (e.target.checked) this.#marked.add(row.name); else this.#marked.delete(row.name); this.compare.disabled = this.#marked.size !== 2; } });
    const cell = (label, ...inside) => h("td", { data: { label } }, ...inside);
    return h("tr", { data: { recording: row.name } }, cell("", mark), cell("when", when ? when.toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "–"), cell("person", row.participant || "–"),
      cell("", h("button", { type: "button", className: "link", ariaExpanded: String(row.name === this.#open), onclick: () => { this.#open = this.#open === row.name ? "" : row.name; this.#draw(); } }, row.name)),
      h("td", { className: "n", data: { label: "length" } }, row.seconds === null ? "–" : clock(row.seconds)), cell("trials", row.trials.length ? `${row.trials.length}: ${[...new Set(row.trials.map((t) => t.condition || t.name))].join(", ")}` : "none"),
      cell("sync", sound ? (row.sync_ms === null ? "not known" : `±${Number(row.sync_ms.toPrecision(2))} ms`) : "–"), cell("quality", this.#quality(row)), cell("", this.#buttons(row)));
  }

  // A journal that is written or sealed now is nothing to recover.
  #doing(row) { return row.state === "journal" ? this.#busy.get(row.name.split("/").at(-1).replace(".journal.xdf", ".h5")) : undefined; }

  #quality(row) {
    if (this.#doing(row)) return h("span", { className: "faint" }, this.#doing(row));
    if (row.state !== "sound") return h("span", { className: row.state === "reading" ? "faint" : "wrong", title: row.why }, STATES[row.state]);
    const parts = [];
    if (row.faults.length) parts.push(h("span", { className: "wrong" }, `✗ ${row.faults.length} fault${row.faults.length === 1 ? "" : "s"}`));
    if (row.lost === null) parts.push(h("span", { className: "warn" }, "! losses not known"));
    else if (row.lost) parts.push(h("span", { className: "warn" }, `! ${row.lost} samples lost`));
    if (!parts.length) parts.push(h("span", { className: "well" }, "✓ no fault"));
    return h("span", { className: "row" }, parts);
  }

  #buttons(row) {
    if (this.#doing(row) || row.state === "reading") return null;
    if (row.state === "journal") return h("button", { type: "button", onclick: () => order("recover", { name: row.name }) }, "Recover");
    if (row.state !== "sound") return h("button", { type: "button", onclick: () => this.#delete(row) }, "Delete");
    return h("span", { className: "row" }, row.report ? h("a", { className: "button", target: "_blank", rel: "noopener", href: page(row.name) }, "Open report") : null, h("button", { type: "button", className: row.report ? "" : "main", onclick: () => this.#report([row.name]) }, row.report ? "Anew" : "Report"));
  }

  #detail(row) {
    const format = h("select", { ariaLabel: "Format" }, FORMATS.map((f) => h("option", {}, f)));
    return h("tr", { className: "detail" }, h("td", { colSpan: 9 },
      row.why ? h("p", { className: "wrong" }, row.why) : null,
      h("p", {}, `${row.streams} streams, ${bytes(row.bytes)}, ${row.strides} strides, ${row.computable} of ${row.metrics} metrics have values${row.warnings ? `, ${row.warnings} warnings` : ""}`),
      row.trials.length ? h("ol", { className: "plain" }, row.trials.map((t) => h("li", {}, `${clock(t.t0)} to ${clock(t.t1)}  ${t.name}${t.condition && t.condition !== t.name ? ` (${t.condition})` : ""}`))) : h("p", { className: "faint" }, "No trials were marked."),
      row.faults.length ? h("ul", { className: "faults" }, row.faults.map((words) => h("li", {}, words))) : null,
      h("p", { className: "row" }, h("button", { type: "button", onclick: () => order("analyze", { name: row.name }) }, "Analyse again"), format, h("button", { type: "button", onclick: () => order("export", { name: row.name, format: format.value }) }, "Export"), h("button", { type: "button", className: "danger", onclick: () => this.#delete(row) }, "Delete …"))));
  }

  #report(names) {
    return order("report", { names });
  }

  // The one that was recorded first is the one before.
  #compare() {
    const rows = this.#rows.filter((row) => this.#marked.has(row.name)).sort((a, b) => (a.started ?? "").localeCompare(b.started ?? ""));
    return this.#report(rows.map((row) => row.name));
  }

  async #delete(row) {
    if (!(await ask(`Move ${row.name} to the trash?`, "Move to the trash", "Keep it"))) return;
    const answer = await order("delete", { name: row.name });
    if (answer.wrong) return;
    this.#marked.delete(row.name);
    await this.open();
    const back = h("button", { type: "button", onclick: async () => { await order("bring_back", { name: answer.trash }); this.open(); } }, "Bring it back");
    document.getElementById("said").append(" ", back);
  }
}

const page = (name) => `pages/${name.replace(/\.(h5|hdf5)$/, ".html").split("/").map(encodeURIComponent).join("/")}`;
