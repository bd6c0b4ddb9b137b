// The floor plan: plates by their corners, seen from above, with the direction of walking.

import { h, svg } from "./dom.js";

export class Plan {
  #change; #plates = [];

  constructor(change) {
    this.#change = change;
    this.node = svg("svg", { class: "plan", role: "img", "aria-label": "Floor plan of the force plates, seen from above" });
  }

  show(plates, chosen) {
    this.#plates = plates;
    const points = plates.flatMap((p) => p.corners_m).filter((c) => c.length > 1 && c.every(Number.isFinite));
    const xs = [0, 0.6, ...points.map((p) => p[0])], ys = [0, 0.6, ...points.map((p) => p[1])];
    const [x0, x1, y0, y1] = [Math.min(...xs) - 0.3, Math.max(...xs) + 0.3, Math.min(...ys) - 0.3, Math.max(...ys) + 0.3];
    this.node.setAttribute("viewBox", `${x0} ${-y1} ${x1 - x0} ${y1 - y0}`);
    const size = Math.max(x1 - x0, y1 - y0), font = size / 22;
    const parts = [];
    for (let x = Math.ceil(x0 / 0.2) * 0.2; x < x1; x += 0.2) parts.push(svg("line", { x1: x, x2: x, y1: -y1, y2: -y0, class: "rule" }));
    for (let y = Math.ceil(y0 / 0.2) * 0.2; y < y1; y += 0.2) parts.push(svg("line", { x1: x0, x2: x1, y1: -y, y2: -y, class: "rule" }));
    parts.push(svg("path", { d: `M0 0 H.25 M0 0 V-.25`, class: "axes" }), svg("text", { x: 0.26, y: 0.01, "font-size": font, class: "caption" }, "x"), svg("text", { x: 0.01, y: -0.27, "font-size": font, class: "caption" }, "y"), svg("circle", { r: size / 120, class: "origin" }));
    for (const plate of plates) {
      const good = plate.corners_m.length === 4 && plate.corners_m.every((c) => c.length === 3 && c.every(Number.isFinite));
      if (!good) continue;
      const outline = plate.corners_m.map(([x, y]) => `${x},${-y}`).join(" "), [mx, my] = [0, 1].map((i) => plate.corners_m.reduce((sum, c) => sum + c[i], 0) / 4);
      parts.push(svg("polygon", { points: outline, class: `plate${plate.id === chosen ? " chosen" : ""}` }), svg("text", { x: mx, y: -my, "font-size": font * 1.2, class: "name" }, plate.id));
      plate.corners_m.forEach(([x, y], i) => parts.push(svg("text", { x: x + (mx - x) * 0.16, y: -(y + (my - y) * 0.16) + font / 3, "font-size": font, class: "caption" }, String(i + 1))));
    }
    this.node.replaceChildren(...parts);
  }

  // Fields for one plate: its size and place, or the corners themselves.
  form(plate, types) {
    const corner = (i, k) => h("input", { inputMode: "decimal", size: 6, ariaLabel: `corner ${i + 1}, ${"xyz"[k]} in m`, value: plate.corners_m[i]?.[k] ?? "", onchange: (e) => { plate.corners_m[i] ??= [NaN, NaN, 0]; plate.corners_m[i][k] = parseFloat(e.target.value.replace(",", ".")); this.#change(plate); } });
    const type = h("select", { onchange: (e) => { plate.type = Number(e.target.value); this.#change(plate); } }, Object.entries(types).map(([n, channels]) => h("option", { value: n, selected: Number(n) === plate.type }, `type ${n}: ${channels.join(" ")}`)));
    const quick = ["width, along x", "length, along y", "middle, x", "middle, y"].map((words) => h("label", { className: "field" }, h("span", {}, words), h("input", { inputMode: "decimal", size: 6 }), h("small", {}, "m")));
    const lay = h("button", { type: "button", onclick: () => {
      const [w, l, x, y] = quick.map((one) => parseFloat(one.querySelector("input").value.replace(",", ".")));
      if (![w, l, x, y].every(Number.isFinite) || w <= 0 || l <= 0) return;
      plate.corners_m = [[x + w / 2, y + l / 2, 0], [x - w / 2, y + l / 2, 0], [x - w / 2, y - l / 2, 0], [x + w / 2, y - l / 2, 0]].map((c) => c.map((v) => Number(v.toFixed(4))));
      this.#change(plate, true);
    } }, "Lay it so");
    return h("div", {}, h("p", {}, h("label", {}, "C3D", type)), h("details", {}, h("summary", {}, "by its size and middle"), h("div", { className: "fields" }, quick, lay)),
      h("table", { className: "corners" }, h("thead", {}, h("tr", {}, ["corner", "x, m", "y, m", "z, m"].map((t) => h("th", {}, t)))), h("tbody", {}, [0, 1, 2, 3].map((i) => h("tr", {}, h("th", {}, String(i + 1)), [0, 1, 2].map((k) => h("td", {}, corner(i, k))))))),
      h("p", { className: "faint" }, "Corners go round the plate in the order of the C3D standard: the first is at +x +y of the plate’s own axes. Lengths in metres."));
  }
}
