// Puts the views together: who hears what from the server, which view is seen, and what a person asks for.

import { Devices } from "./devices.js";
import { Feedback } from "./feedback.js";
import { Health } from "./health.js";
import { Link } from "./link.js";
import { Profile } from "./profile.js";
import { RecipeBar } from "./recipe.js";
import { Signals } from "./signals.js";
import { Strides } from "./strides.js";

const VIEWS = ["signals", "strides", "profile", "health", "feedback"];
const at = (id) => document.getElementById(id);
const link = new Link();
const signals = new Signals(at("signals"));
const strides = new Strides(at("timeline"), at("lately"), at("trends"));
const profile = new Profile(at("profile"), strides);
const health = new Health(at("rows"));
const devices = new Devices(at("devices"), (message) => link.send(message));
const feedback = new Feedback(strides);
const recipe = new RecipeBar((message) => link.send(message));
let view = VIEWS[0], troubled = 0, state = "connecting …";

function show(name) {
  view = VIEWS.includes(name) ? name : VIEWS[0];
  for (const one of VIEWS) at(one).hidden = one !== view;
  for (const button of document.querySelectorAll("nav button")) {
    if (button.dataset.view === view) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  location.hash = view;
  refresh();
}

function refresh() {
  if (view === "profile") profile.draw();
  if (view === "feedback") feedback.draw();
}

function status() {
  at("link").textContent = state !== "live" ? state : troubled ? `${troubled} stream${troubled === 1 ? "" : "s"} in trouble: see Health` : "live, all streams well";
  at("link").className = state !== "live" || troubled ? "bad" : "";
}

function trial({ trial, heard }) {
  at("stop").disabled = trial === null;
  at("start").textContent = trial === null ? "Start trial" : "Start the next";
  const runs = trial === null ? "" : `trial “${trial}” runs`;
  if (runs || !at("said").dataset.kept) at("said").textContent = heard || !runs ? runs : `${runs}, but no recorder listens`;
}

function theme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
  signals.recolour();
  strides.recolour();
}

const on = (type, hear) => link.addEventListener(type, ({ detail }) => hear(detail));
on("state", (text) => { state = text; status(); });
on("hello", (hello) => {
  signals.panels(hello.panels);
  strides.panels(hello.panels, hello.metrics);
  profile.hello(hello);
  feedback.hello(hello);
  trial(hello);
});
on("streams", ({ streams }) => { signals.streams(streams); health.streams(streams); });
on("samples", (frame) => signals.samples(frame));
on("past", ({ events, metrics }) => { strides.events(events); strides.metrics(metrics); refresh(); });
on("news", ({ events, metrics }) => { strides.events(events); strides.metrics(metrics); if (metrics.length) refresh(); });
on("health", (message) => { troubled = health.show(message.streams); status(); trial(message); });
on("trial", trial);
on("recipe", (message) => recipe.show(message.recipe));
on("devices", (message) => { devices.show(message.devices); at("no-devices").hidden = message.devices.length > 0; at("no-devices").textContent = message.why; });
on("told", (message) => devices.told(message));
on("said", ({ text }) => { at("said").textContent = text; at("said").dataset.kept = "1"; });

// As often as the screen is drawn, and only what is seen; between two frames of the server time goes on.
let heard = { now: 0, at: 0 };
on("now", (now) => { heard = { now, at: performance.now() }; });
function draw() {
  const now = heard.now + (performance.now() - heard.at) / 1000;
  if (heard.now && view === "signals") signals.draw(now);
  if (heard.now && view === "strides") strides.draw(now);
  requestAnimationFrame(draw);
}

for (const button of document.querySelectorAll("nav button")) button.addEventListener("click", () => show(button.dataset.view));
addEventListener("hashchange", () => { if (location.hash.slice(1) !== view) show(location.hash.slice(1)); });
addEventListener("keydown", (event) => {
  if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const number = Number(event.key);
  if (number >= 1 && number <= VIEWS.length) { show(VIEWS[number - 1]); at("main").focus(); }
  if (event.key === "t") theme();
});
at("theme").addEventListener("click", theme);
at("trial").addEventListener("submit", (event) => {
  event.preventDefault();
  delete at("said").dataset.kept;
  link.send({ do: "trial_start", name: at("name").value || at("name").placeholder, condition: at("condition").value });
});
at("stop").addEventListener("click", () => { delete at("said").dataset.kept; link.send({ do: "trial_stop" }); });
at("mark").addEventListener("click", () => { link.send({ do: "marker", text: at("text").value }); at("text").value = ""; });

show(location.hash.slice(1));
link.open();
requestAnimationFrame(draw);
// The token has done its work: it need not stay in the address, for others to read over a shoulder.
if (location.search) history.replaceState(null, "", location.pathname + location.hash);
