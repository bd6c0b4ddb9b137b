// Person: who is in the lab, from the table of participants; pseudonyms, no names.

import { h, say } from "./dom.js";
import { order } from "./room.js";

const FIELDS = [["mass_kg", "Mass", "kg", "metrics per body weight need it"], ["height_m", "Height", "m", "1.75"], ["leg_length_m", "Leg length", "m", "hip to floor"], ["birth_year", "Birth year", "", "norms are by age"]];

export class Person {
  #chosen = ""; #people = []; #editing = ""; #recording = false;

  constructor(home) {
    this.list = h("div", { className: "cards" });
    this.title = h("h2", {}, "Somebody new");
    this.fields = Object.fromEntries([["id", h("input", { required: true, maxLength: 32, pattern: "[A-Za-z0-9][A-Za-z0-9_\\-]{0,31}", id: "person-id" })],
      ...FIELDS.map(([key]) => [key, h("input", { inputMode: "decimal", size: 8, id: `person-${key}` })]), ["note", h("input", { maxLength: 200, size: 30, id: "person-note" })]]);
    const line = (key, label, unit, hint) => h("label", { className: "field" }, h("span", {}, label), this.fields[key], h("small", {}, [unit, hint].filter(Boolean).join(", ")));
    this.form = h("form", { id: "person-form", className: "fields", onsubmit: (e) => { e.preventDefault(); this.#save(); } },
      line("id", "Id", "", "a pseudonym; no names"), ...FIELDS.map((field) => line(...field)), line("note", "Note", "", "for the lab only"),
      h("p", { className: "row" }, h("button", { type: "submit", className: "main" }, "Save and choose"), h("button", { type: "button", onclick: () => this.#edit(null) }, "Clear")));
    home.replaceChildren(h("h2", {}, "Who is in the lab?"), this.list, this.title, this.form, h("p", { className: "faint" }, "All of it stands in participants.toml beside the recordings, and enters a recording with its person’s id. What is not known stays empty: metrics that need it then say so."));
  }

  room(room) {
    this.#recording = room.recorder.state === "recording";
    if (room.participant !== this.#chosen) { this.#chosen = room.participant; this.#draw(); }
  }

  async open() {
    const answer = await order("people");
    if (answer.wrong) return;
    this.#people = answer.people;
    this.#chosen = answer.chosen;
    this.next = answer.next;
    if (!this.fields.id.value) this.fields.id.value = answer.next;
    this.#draw();
  }

  #draw() {
    this.list.replaceChildren(...this.#people.map((one) => h("div", { className: `card${one.id === this.#chosen ? " chosen" : ""}`, data: { person: one.id } },
      h("b", {}, one.id), h("p", {}, FIELDS.map(([key, , unit]) => one[key] === null || one[key] === undefined ? "" : `${one[key]}${unit ? ` ${unit}` : ""}`).filter(Boolean).join(", ") || "nothing known yet"), one.note ? h("p", { className: "faint" }, one.note) : null,
      h("p", { className: "row" }, one.id === this.#chosen ? h("span", { className: "well" }, "✓ in the lab") : h("button", { type: "button", onclick: () => this.#choose(one.id) }, "Choose"), h("button", { type: "button", onclick: () => this.#edit(one) }, "Change")))));
    if (!this.#people.length) this.list.replaceChildren(h("p", { className: "empty" }, "Nobody yet: add the first person below."));
  }

  async #choose(id) { if (!(await order("choose", { id })).wrong) this.open(); }

  #edit(one) {
    this.#editing = one?.id ?? "";
    say(this.title, one ? `Change ${one.id}` : "Somebody new");
    this.fields.id.value = one?.id ?? this.next;
    this.fields.id.readOnly = Boolean(one);
    for (const key of [...FIELDS.map(([k]) => k), "note"]) this.fields[key].value = one?.[key] ?? "";
    this.fields[one ? "mass_kg" : "id"].focus();
  }

  async #save() {
    const given = Object.fromEntries(Object.entries(this.fields).map(([key, field]) => [key, field.value.trim()]));
    const answer = await order("person", { ...given, new: !this.#editing });
    if (answer.wrong) return;
    this.#editing = "";
    this.fields.id.value = "";
    this.fields.id.readOnly = false;
    for (const [key, field] of Object.entries(this.fields)) if (key !== "id") field.value = "";
    say(this.title, "Somebody new");
    await this.open();
  }
}
