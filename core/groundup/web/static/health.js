// How each stream does: in words and figures, never by colour alone.

const WORDS = { well: "✓ well", silent: "! silent", "wrong rate": "! wrong rate", "other clock": "✗ not stamped by the measured clock", lost: "✗ lost", failed: "✗ cannot be shown" };

export class Health {
  #rows; #streams = new Map();

  constructor(rows) { this.#rows = rows; }

  streams(streams) { this.#streams = new Map(streams.map((s) => [s.number, s])); }

  show(health) {
    this.#rows.replaceChildren(...health.map((h) => {
      const stream = this.#streams.get(h.number), row = document.createElement("tr");
      row.dataset.stream = stream?.name ?? "";
      const cell = (text, className = "") => Object.assign(row.insertCell(), { textContent: text, className });
      cell(stream?.name ?? "?");
      cell(WORDS[h.state] ?? h.state, `state-${h.state.split(" ")[0]}`);
      cell(h.rate === null ? "–" : stream?.rate ? `${h.rate.toFixed(1)} of ${stream.rate}` : h.rate.toFixed(1), "n");
      cell(String(h.samples), "n");
      cell(h.silent_s === null ? "–" : h.silent_s.toFixed(1), "n");
      cell(h.sync_ms === null ? h.state === "other clock" ? "unknown" : "not yet" : h.sync_ms.toFixed(3), "n");
      const device = cell("");
      for (const { words, colour } of h.levels ?? []) {
        const mark = { amber: "! ", red: "✗ " }[colour] ?? "";
        device.append(device.childNodes.length ? ", " : "", Object.assign(document.createElement("span"), { textContent: mark + words, className: `level-${colour}` }));
      }
      cell(stream?.host ?? "");
      return row;
    }));
    return health.filter((h) => h.state !== "well" || (h.levels ?? []).some(({ colour }) => colour === "red")).length;
  }
}
