// The screen of the person who walks: one bar a step, the band to be in, and how old the newest value is.
// Without a recipe, the address says what to show: /walker#metric=NAME&low=0.2&high=0.3 (side=L: of one leg).

import { Link } from "./link.js";
import { text } from "./dom.js";

const BARS = 10, OLD_S = 3, TARGET_S = 3;
const SIDES = { L: "left", R: "right", "": "" };
const at = (id) => document.getElementById(id);
const chosen = new URLSearchParams(location.hash.slice(1));
const values = new Map();
let known = {}, target = null, targetAt = -Infinity, heard = { now: 0, at: 0 }, state = "connecting …", drawn = "";

const now = () => heard.now + (performance.now() - heard.at) / 1000;

// What is to be shown: a recipe's target while it holds, else what the address says.
function wanted() {
  if (target?.bands && performance.now() / 1000 - targetAt < TARGET_S) return { metric: target.metric, bands: target.bands };
  if (!chosen.get("metric")) return null;
  const band = [parseFloat(chosen.get("low")), parseFloat(chosen.get("high"))];
  const bands = {};
  for (const side of chosen.get("side") ? [chosen.get("side")] : ["L", "R"]) bands[side] = band[0] < band[1] ? band : null;
  return { metric: chosen.get("metric"), bands };
}

function take(metrics) {
  for (const v of metrics) {
    const key = `${v.name}/${v.side}`;
    const list = values.get(key) ?? values.set(key, []).get(key);
    list.push(v);
    list.splice(0, list.length - BARS);
  }
}

function draw() {
  const show = wanted(), sides = show ? Object.keys(show.bands).filter((side) => side in SIDES) : [];
  const layout = show ? `${known[show.metric]?.title} ${show.metric} ${sides}` : "";
  if (layout !== drawn) {
    drawn = layout;
    at("what").textContent = show ? known[show.metric]?.title ?? show.metric : "\u00a0";
    at("sides").replaceChildren(...sides.map(column));
  }
  at("state").textContent = state !== "live" ? state : show ? "" : "Walk as you like.";
  for (const side of sides) fill(at(`side-${side}`), show.metric, side, show.bands[side]);
  requestAnimationFrame(draw);
}

function column(side) {
  const box = Object.assign(document.createElement("section"), { id: `side-${side}`, className: "side" });
  const title = document.createElement("h2");
  title.textContent = SIDES[side];
  title.style.color = side === "L" ? "var(--left)" : side === "R" ? "var(--right)" : "";
  const bars = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  bars.setAttribute("viewBox", "0 0 100 100");
  bars.setAttribute("preserveAspectRatio", "none");
  bars.setAttribute("aria-hidden", "true");
  box.append(title, bars, ...["number", "verdict", "age"].map((name) => Object.assign(document.createElement("p"), { className: name })));
  return box;
}

function fill(box, metric, side, given) {
  const band = Array.isArray(given) && given.every(Number.isFinite) ? given : null;
  const list = values.get(`${metric}/${side}`) ?? [], last = list.at(-1);
  const age = last && heard.now ? now() - last.time : Infinity;
  const inside = last && band && last.value >= band[0] && last.value <= band[1];
  box.className = `side ${!last || !band ? "" : inside ? "in" : "out"} ${age > OLD_S ? "old" : ""}`;
  const [, number, unit] = last ? text(last.value, known[metric]?.unit ?? last.unit).match(/^(\S+)\s*(.*)$/) : ["", "–", ""];
  const shown = box.querySelector(".number");
  if (shown.dataset.shown !== `${number} ${unit}`) {
    shown.dataset.shown = `${number} ${unit}`;
    shown.replaceChildren(number, unit ? Object.assign(document.createElement("small"), { textContent: ` ${unit}` }) : "");
  }
  box.querySelector(".verdict").textContent = !last || !band || age > OLD_S ? "" : inside ? "● in the band" : last.value < band[0] ? "▲ more" : "▼ less";
  box.querySelector(".age").textContent = !last ? "no step measured yet" : age > OLD_S ? `no value for ${age.toFixed(0)} s` : `${Math.max(age, 0).toFixed(1)} s ago`;
  const key = JSON.stringify([list.map((v) => v.value), band]);
  const svg = box.querySelector("svg");
  if (svg.dataset.key !== key) { svg.dataset.key = key; svg.innerHTML = bars(list.map((v) => v.value), band, inside); }
}

// From nothing, or from below it where there are negative values, to a little above the greatest.
function bars(list, band, inside) {
  const all = [0, ...list, ...(band ?? [])], low = Math.min(...all), high = Math.max(...all), room = (high - low || 1) * 1.08;
  const y = (value) => 98 - 96 * (value - low) / room;
  const width = 100 / BARS;
  const one = (value, i) => {
    const x = 100 - (list.length - i) * width, top = Math.min(y(value), y(0)), tall = Math.max(Math.abs(y(value) - y(0)), .3);
    return `<rect class="bar${i === list.length - 1 ? ` last${inside ? " in" : ""}` : ""}" x="${x + .12 * width}" y="${top}" width="${.76 * width}" height="${tall}"/>`;
  };
  const zone = band ? `<rect class="band" x="0" y="${y(band[1])}" width="100" height="${y(band[0]) - y(band[1])}"/>` : "";
  const edges = (band ?? []).map((value) => `<line class="edge" x1="0" x2="100" y1="${y(value)}" y2="${y(value)}"/>`).join("");
  return zone + list.map(one).join("") + edges + `<line class="floor" x1="0" x2="100" y1="${y(0)}" y2="${y(0)}"/>`;
}

const link = new Link();
const on = (type, hear) => link.addEventListener(type, ({ detail }) => hear(detail));
on("state", (text) => { state = text; });
on("hello", ({ metrics }) => { known = metrics; });
on("past", ({ metrics }) => take(metrics));
on("news", ({ metrics }) => take(metrics));
on("target", ({ target: given }) => { target = given; targetAt = performance.now() / 1000; });
on("now", (time) => { heard = { now: time, at: performance.now() }; });
link.open();
requestAnimationFrame(draw);
// The token has done its work: it need not stay in the address.
if (location.search) history.replaceState(null, "", location.pathname + location.hash);
