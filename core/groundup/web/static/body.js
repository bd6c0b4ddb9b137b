// A picture of the body, of our own: where muscles and segments are, on the front and on the back.

import { svg } from "./dom.js";

// Place of the right one in a figure of 100 x 220, seen from the front or the back; the left is its mirror image.
const PLACES = {
  front: {
    head: [50, 10], trunk: [50, 62], pelvis: [50, 100], thigh: [37, 132], shank: [39, 176], foot: [37, 211],
    sternocleidomastoideus: [46, 29], deltoideus_anterior: [29, 44], deltoideus_medius: [24, 48], rectus_abdominis: [45, 78], external_oblique: [37, 76], internal_oblique: [39, 91],
    iliopsoas: [43, 104], tensor_fasciae_latae: [32, 108], sartorius: [41, 116], adductor_longus: [46, 118], gracilis: [47, 130], rectus_femoris: [38, 124], vastus_lateralis: [32, 139], vastus_medialis: [43, 149],
    tibialis_anterior: [40, 170], peroneus_longus: [34, 172], peroneus_brevis: [35, 188], extensor_digitorum_brevis: [34, 206], abductor_hallucis: [41, 208],
  },
  back: {
    head: [50, 10], trunk: [50, 55], pelvis: [50, 97], thigh: [63, 140], shank: [62, 186], foot: [62, 211],
    trapezius_descendens: [56, 34], trapezius_transversalis: [57, 47], trapezius_ascendens: [55, 57], deltoideus_posterior: [73, 45], latissimus_dorsi: [63, 69], longissimus: [54, 75], iliocostalis: [58, 79], erector_spinae: [54, 84], multifidus: [53, 92],
    gluteus_medius: [64, 98], gluteus_minimus: [69, 103], gluteus_maximus: [60, 109], adductor_magnus: [54, 124], biceps_femoris: [65, 134], semitendinosus: [59, 132], semimembranosus: [57, 143],
    gastrocnemius_lateralis: [66, 168], gastrocnemius_medialis: [58, 169], soleus: [62, 180], tibialis_posterior: [58, 187],
  },
};
const OUTLINE = "M50 1c7 0 9 5 9 11s-3 9-4 12c0 3 1 5 4 6l12 4c6 2 8 6 9 13l4 24 4 24c0 4-2 7-4 7s-3-3-4-7l-5-22-4-16-1 22c0 8 3 14 3 22 0 12-3 24-4 36l-3 16c0 9 2 16 0 26l-4 22c0 4 4 6 4 9 0 2-3 3-8 3-4 0-6-2-6-5l-1-22c-1-12 0-22-1-34l-2-30-2 0-2 30c-1 12 0 22-1 34l-1 22c0 3-2 5-6 5-5 0-8-1-8-3 0-3 4-5 4-9l-4-22c-2-10 0-17 0-26l-3-16c-1-12-4-24-4-36 0-8 3-14 3-22l-1-22-4 16-5 22c-1 4-2 7-4 7s-4-3-4-7l4-24 4-24c1-7 3-11 9-13l12-4c3-1 4-3 4-6-1-3-4-6-4-12s2-11 9-11z";

export class Body {
  #pick; #taken = new Map(); #dots = [];

  constructor(pick) {
    this.#pick = pick;
    this.node = svg("svg", { viewBox: "0 0 220 226", class: "body", role: "group", "aria-label": "The body, front and back: choose a place" });
    for (const [view, dx] of [["front", 0], ["back", 112]]) {
      this.node.append(svg("path", { d: OUTLINE, class: "outline", transform: `translate(${dx} 0)` }), svg("text", { x: dx + 50, y: 225, class: "caption" }, view));
      for (const [site, [x, y]] of Object.entries(PLACES[view])) for (const side of x === 50 ? [""] : ["R", "L"]) {
        // Seen from the front, the right leg is on the left of the picture; PLACES has it there, and on the right from behind.
        const at = dx + (side === "L" ? 100 - x : x), words = `${site.replaceAll("_", " ")}${side ? (side === "L" ? ", left" : ", right") : ""}`;
        const dot = svg("circle", { cx: at, cy: y, r: site in { head: 1, trunk: 1, pelvis: 1, thigh: 1, shank: 1, foot: 1 } ? 3.2 : 2.4, class: "site", tabindex: 0, role: "button", "aria-label": words, onclick: () => this.#pick(site, side), onkeydown: (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); this.#pick(site, side); } } }, svg("title", {}, words));
        this.#dots.push({ dot, site, side });
        this.node.append(dot);
      }
    }
  }

  // What is taken already, and which of the two kinds may be chosen now.
  show(taken, kind, chosen) {
    const segments = new Set(["head", "trunk", "pelvis", "thigh", "shank", "foot"]);
    for (const { dot, site, side } of this.#dots) {
      const key = `${site}/${side}`;
      dot.setAttribute("class", `site ${side || "M"} ${taken.has(key) ? "taken" : ""} ${chosen === key ? "chosen" : ""} ${kind && (kind === "imu") !== segments.has(site) ? "off" : ""}`);
    }
  }
}
