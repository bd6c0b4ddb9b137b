// Puts the views together: who hears what from the server, which view is seen, and what keys do.

import { Check } from "./check.js";
import { Devices } from "./devices.js";
import { at, clock, h, say, store, stored } from "./dom.js";
import { Feedback } from "./feedback.js";
import { Health } from "./health.js";
import { Link } from "./link.js";
import { Numbers } from "./numbers.js";
import { Person } from "./person.js";
import { Profile } from "./profile.js";
import { RecipeBar } from "./recipe.js";
import { Record } from "./record.js";
import { Recordings } from "./recordings.js";
import { tell } from "./room.js";
import { SetUp } from "./setup.js";
import { Signals } from "./signals.js";
import { Strides } from "./strides.js";
import { Trials } from "./trial.js";

const SESSION = ["setup", "person", "check", "record", "signals", "live", "recordings"], LOOK = ["signals", "live", "check"];
const TITLES = { setup: "Set up", person: "Person", check: "Check", record: "Record", signals: "Signals", live: "Live", recordings: "Recordings" };
const PARTS = { numbers: "Numbers", strides: "Steps", profile: "Profile", feedback: "Biofeedback" };

const link = new Link(), send = (message) => link.send(message);
const signals = new Signals(at("signals")), strides = new Strides(at("timeline"), at("lately"), at("trends"));
const numbers = new Numbers(at("numbers"), strides), profile = new Profile(at("profile"), strides), feedback = new Feedback(strides);
const health = new Health(at("rows")), devices = new Devices(at("devices"), send), recipe = new RecipeBar(send), trials = new Trials(send);
const setUp = new SetUp(at("setup")), person = new Person(at("person")), check = new Check(at("morning"), send), record = new Record(at("record"), trials, show), recordings = new Recordings(at("recordings"));
let views = LOOK, view = "", part = stored("part", "numbers"), room = null, state = "connecting …", streams = { streams: 0, troubled: 0 }, first = true;

function show(name, look = true) {
  const before = view;
  view = views.includes(name) ? name : views[0];
  for (const one of SESSION) at(one).hidden = one !== view;
  mark(at("views"), (button) => button.dataset.view === view);
  document.title = `groundup: ${TITLES[view].toLowerCase()}`;
  if (location.hash.slice(1) !== view) history.replaceState(null, "", `#${view}`);
  if (view !== before && look) ({ setup: setUp, person, recordings })[view]?.open();
  if (view === "live") showPart(part);
}

function mark(nav, is) {
  for (const button of nav.children) {
    if (!is(button)) button.removeAttribute("aria-current");
    else { button.setAttribute("aria-current", "page"); button.scrollIntoView({ inline: "nearest", block: "nearest" }); }
  }
}

function showPart(name) {
  part = name in PARTS ? name : "numbers";
  store("part", part);
  for (const one of Object.keys(PARTS)) at(one).hidden = one !== part;
  mark(at("parts"), (button) => button.dataset.part === part);
  refresh();
}

function refresh() {
  if (view !== "live") return;
  const reasons = room?.live.reasons ?? {}, runs = room ? room.live.runs : strides.names().length > 0;
  const says = room?.live.says ?? "";
  at("no-live").hidden = runs && !says;
  at("no-live").className = runs ? "notice" : "empty";
  say(at("no-live"), runs ? says : !room ? "Nothing on the network measures live. groundup live lab.toml does, and groundup record where lab.toml has [live] metrics; groundup lab does it by itself." : !room.lab.there ? "Live numbers come of a lab: set it up first." : `Live analysis does not run${room.live.why ? `: ${room.live.why}` : " yet: the recorder and its devices are started first"}.`);
  if (part === "profile") profile.draw(reasons, nowHere());
  if (part === "numbers") numbers.draw(reasons, nowHere());
  feedback.reasons = reasons;
  if (part === "feedback") feedback.draw(nowHere());
}

function status() {
  const bad = state !== "live" || streams.troubled > 0;
  const some = streams.streams === 0 ? "no stream" : streams.troubled ? `${streams.troubled} of ${streams.streams} streams in trouble: see Check` : `${streams.streams} stream${streams.streams === 1 ? "" : "s"}, all well`;
  const records = room?.recorder.state === "recording" ? `● ${room.participant ? `${room.participant}, ` : ""}${clock(room.recorder.elapsed_s)}  ·  ` : "";
  say(at("link"), state !== "live" ? state : records + some);
  at("link").className = bad ? "bad" : "";
}

// The server says whether this page runs a session, or only looks on.
function heardRoom(message) {
  const wanted = message.room ? SESSION : LOOK, changed = wanted !== views || !at("views").children.length;
  if (room && message.room && room.participant !== message.room.participant) strides.clear();
  room = message.room;
  if (changed) {
    views = wanted;
    at("views").replaceChildren(...views.map((one, i) => h("button", { type: "button", title: `key ${i + 1}`, data: { view: one }, onclick: () => show(one) }, TITLES[one])));
  }
  if (first) { first = false; show(location.hash.slice(1) || begin()); } else if (changed) show(view);
  document.body.classList.toggle("idle", Boolean(room) && room.recorder.state !== "recording");
  if (!room) return;
  trials.room(room); record.show(room); person.room(room); check.show(room); recordings.room(room);
  status();
  refresh();
}

// Where a session goes on: what has to be done first.
const begin = () => (!room ? "signals" : !room.lab.there || room.lab.wrong ? "setup" : !room.participant ? "person" : "record");

function theme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches, now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light"), next = now === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  try { localStorage.setItem("groundup.theme", next); } catch { /* a private window keeps nothing */ }
  signals.recolour();
}

const on = (type, hear) => link.addEventListener(type, ({ detail }) => hear(detail));
on("state", (text) => { state = text; status(); });
on("hello", (hello) => { signals.panels(hello.panels); strides.panels(hello.panels, hello.metrics); numbers.hello(hello); profile.hello(hello); feedback.hello(hello); trials.heard(hello); });
on("streams", (message) => { signals.streams(message.streams); health.streams(message.streams); if (room) setUp.heard(message.streams); });
on("samples", (frame) => signals.samples(frame));
on("past", ({ events, metrics }) => { strides.events(events); strides.metrics(metrics); refresh(); });
on("news", ({ events, metrics }) => { strides.events(events); strides.metrics(metrics); if (metrics.length) refresh(); });
on("health", (message) => { streams = health.show(message.streams); status(); trials.heard(message); });
on("trial", (message) => trials.heard(message));
on("room", heardRoom);
on("recipe", (message) => recipe.show(message.recipe));
on("devices", (message) => { devices.show(message.devices); check.devices(message.devices); if (room) check.show(room); at("no-devices").hidden = message.devices.length > 0; say(at("no-devices"), message.why); });
on("told", (message) => { devices.told(message); tell(`${message.device}: ${message.answer}`, !message.ok); });
on("said", ({ text }) => tell(text, true));

// As often as the screen is drawn, and only what is seen; between two frames of the server time goes on.
let heard = { now: 0, at: 0 };
const nowHere = () => (heard.now ? heard.now + (performance.now() - heard.at) / 1000 : NaN);
on("now", (now) => { heard = { now, at: performance.now() }; });
function draw() {
  if (heard.now && view === "signals") signals.draw(nowHere());
  if (heard.now && view === "live" && part === "strides") strides.draw(nowHere());
  requestAnimationFrame(draw);
}
setInterval(() => { if (view === "live") refresh(); }, 1000);

at("parts").replaceChildren(...Object.entries(PARTS).map(([name, words]) => h("button", { type: "button", data: { part: name }, onclick: () => showPart(name) }, words)));
addEventListener("hashchange", () => { if (!first && location.hash.slice(1) !== view) show(location.hash.slice(1)); });
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || at("ask").open) return;
  if (event.target.matches("input, select, textarea")) { if (event.key === "Escape") event.target.blur(); return; }
  if (event.key === stored("pedal", null)) { event.preventDefault(); return stored("pedal.does", "marker") === "trial" ? trials.toggle() : trials.mark("pedal"); }
  const number = Number(event.key);
  if (number >= 1 && number <= views.length) { show(views[number - 1]); at("main").focus(); }
  else if (event.key === "d") theme();
  else if (event.key === "t") trials.toggle();
  else if (event.key === "m") { event.preventDefault(); if (!at("text").disabled) at("text").focus(); }
  else if (view === "signals" && signals.key(event.key)) event.preventDefault();
});
at("theme").addEventListener("click", theme);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => signals.recolour());

link.open();
requestAnimationFrame(draw);
// The token has done its work: it need not stay in the address.
if (location.search) history.replaceState(null, "", location.pathname + location.hash);
