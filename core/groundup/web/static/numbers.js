// The numbers that people watch, large: medians of the last strides, left and right, and how alike they are.

import { clock, h, say } from "./dom.js";

const LAST = 10, OLD_S = 6;
// Of each card: what is shown, of which metrics, and how it is told. A share is made of two medians.
const CARDS = [
  { title: "Cadence", metric: "cadence", unit: "steps/min", whole: true, digits: 0 },
  { title: "Step time", metric: "step_time", unit: "s", digits: 2 },
  { title: "Stance", metric: "stance_time", over: "stride_time", unit: "% of stride", factor: 100, digits: 1 },
  { title: "Double support", metric: "double_support_time", over: "stride_time", unit: "% of stride", factor: 100, digits: 1 },
  { title: "Stride time", metric: "stride_time", unit: "s", digits: 2 },
  { title: "Swing time", metric: "swing_time", unit: "s", digits: 2 },
  { title: "Speed", metric: "walking_speed", unit: "m/s", whole: true, digits: 2 },
  { title: "Push-off work", metric: "push_off_work", unit: "J/kg", digits: 2 },
];

export class Numbers {
  #home; #values; #cards; #known = {};

  constructor(home, values) {
    this.#home = home; this.#values = values;
    this.#cards = CARDS.map((card) => {
      const parts = { big: h("p", { className: "big-number" }), left: h("b"), right: h("b"), alike: h("span", { className: "faint" }), why: h("p", { className: "faint" }) };
      parts.sides = h("p", { className: "sides" }, h("span", { className: "left" }, "L ", parts.left), " ", h("span", { className: "right" }, "R ", parts.right), " ", parts.alike);
      parts.box = h("article", { className: "number-card", data: { number: card.metric } }, h("h2", {}, card.title, " ", h("small", {}, card.unit)), parts.big, parts.sides, parts.why);
      return { ...card, ...parts };
    });
    home.replaceChildren(h("p", { className: "faint" }, `Medians of the last ${LAST} steps or strides of each leg. Alike: difference of the legs, in % of their mean.`), h("div", { className: "numbers" }, this.#cards.map((card) => card.box)));
  }

  hello({ metrics }) { this.#known = metrics; }

  draw(reasons = {}, now = NaN) {
    for (const card of this.#cards) {
      const of = (side) => this.#share(card, side);
      const left = of("L"), right = of("R"), both = card.whole ? this.#share(card, "") : (left + right) / 2;
      const show = (v) => (Number.isFinite(v) ? v.toFixed(card.digits) : "–");
      say(card.big, show(Number.isFinite(both) ? both : Number.isFinite(left) ? left : right));
      card.sides.hidden = card.whole;
      say(card.left, show(left)); say(card.right, show(right));
      const mean = (left + right) / 2;
      say(card.alike, Number.isFinite(mean) && mean ? `${Math.abs(200 * (left - right) / (left + right)).toFixed(1)} % apart` : "");
      const there = Number.isFinite(both) || Number.isFinite(left) || Number.isFinite(right);
      const newest = Math.max(...[card.metric, card.over].filter(Boolean).map((name) => this.#values.values(name).at(-1)?.time ?? NaN)), age = now - newest;
      card.box.classList.toggle("old", there && age > OLD_S);
      say(card.why, there ? (age > OLD_S ? `! no step for ${clock(age)}` : "") : !(card.metric in this.#known) ? "no installed plugin measures it" : reasons[card.metric] ? `not known: ${reasons[card.metric]}` : "no step yet");
      card.box.classList.toggle("none", !there);
    }
  }

  #share(card, side) {
    const one = middle(this.#values.values(card.metric, side)), over = card.over ? middle(this.#values.values(card.over, side)) : 1;
    return (card.factor ?? 1) * one / over;
  }
}

function middle(values) {
  const last = values.slice(-LAST).map((v) => v.value).sort((a, b) => a - b), half = last.length >> 1;
  return !last.length ? NaN : last.length % 2 ? last[half] : (last[half - 1] + last[half]) / 2;
}
