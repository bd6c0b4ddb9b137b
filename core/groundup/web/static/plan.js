// The floor plan: plates by their corners, seen from above, with the direction of walking.

import { h, svg } from "./dom.js";

export class Plan {
  #change;

  constructor(change) {
    this.#change = change;
    this.node = svg("svg", { class: "plan", role: "img", "aria-label": "Floor plan of the force plates, seen from above" });
  }

  // Drawn in centimetres, as texts want a size of their own; y points up.
  show(plates, chosen) {
    const good = plates.filter((p) => p.corners_m.length === 4 && p.corners_m.every((c) => c?.length === 3 && c.every(Number.isFinite)));
    const points = good.flatMap((p) => p.corners_m), place = ([x, y]) => [100 * x, -100 * y];
    const xs = [0, 0.6, ...points.map((p) => p[0])], ys = [0, 0.6, ...points.map((p) => p[1])];
    const [left, bottom] = place([Math.min(...xs) - 0.3, Math.min(...ys) - 0.3]), [right, top] = place([Math.max(...xs) + 0.3, Math.max(...ys) + 0.3]);
    this.node.setAttribute("viewBox", `${left} ${top} ${right - left} ${bottom - top}`);
    const font = Math.max(right - left, bottom - top) / 24, parts = [], words = (x, y, size, name, what) => svg("text", { x, y, "font-size": size, class: name }, what);
    for (let x = Math.ceil(left / 20) * 20; x < right; x += 20) parts.push(svg("line", { x1: x, x2: x, y1: top, y2: bottom, class: "rule" }));
    for (let y = Math.ceil(top / 20) * 20; y < bottom; y += 20) parts.push(svg("line", { x1: left, x2: right, y1: y, y2: y, class: "rule" }));
    for (const plate of good) {
      const corners = plate.corners_m.map(place), [mx, my] = [0, 1].map((k) => corners.reduce((sum, c) => sum + c[k], 0) / 4);
      parts.push(svg("polygon", { points: corners.map((c) => c.join()).join(" "), class: `plate${plate.id === chosen ? " chosen" : ""}` }), words(mx, my, 1.2 * font, "name", plate.id));
      corners.forEach(([x, y], i) => parts.push(words(x + 0.16 * (mx - x), y + 0.16 * (my - y) + font / 3, font, "caption", String(i + 1))));
    }
    parts.push(svg("path", { d: "M0 0H25M0 0V-25", class: "axes" }), words(29, 1, font, "caption", "x"), words(0, -27, font, "caption", "y"), svg("circle", { r: 1, class: "origin" }));
    parts.push(words(right - 4 * font, bottom - font / 2, 0.8 * font, "caption", "a square: 20 cm"));
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
