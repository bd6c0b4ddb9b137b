// One lane of a signal: its scale, its ticks, its traces and its current value, drawn on a canvas.

const WIDE = { left: 190, right: 96 }, NARROW = { left: 112, right: 74 };
// No lane zooms in further than this: the noise of an empty plate is not to look like a step.
const LEAST = { N: 50, "N·m": 5, Nm: 5, "N*m": 5, V: 1e-4, mV: 0.1, "µV": 100, uV: 100, "m/s^2": 5, "m/s²": 5, g: 0.5, "deg/s": 50, "°/s": 50, "rad/s": 1, deg: 10, m: 0.05, mm: 50 };

// Axes of one quantity share a lane (Fx Fy Fz; acceleration; turning); every muscle has its own.
export function lanesOf(buffer, group) {
  const { stream } = buffer, channels = stream.channels;
  const together = stream.kind === "plate" || stream.kind === "imu" || group === "plates" || group === "imu";
  if (!together) return channels.map((c, i) => lane(buffer, group, [i], label(c, stream, channels.length)));
  const units = new Map();
  channels.forEach((c, i) => {
    const key = `${c.unit || quantity(c.label)}|${c.site}|${c.side}`;
    if (!units.has(key)) units.set(key, []);
    units.get(key).push(i);
  });
  return [...units.values()].flatMap((all) => all.length > 4 ? all.map((i) => lane(buffer, group, [i], label(channels[i], stream, 2))) : [lane(buffer, group, all, shared(stream, all))]);
}

function lane(buffer, group, indices, name) {
  const first = buffer.stream.channels[indices[0]];
  return { buffer, group, indices, key: `${buffer.stream.name}/${indices}`, label: name, unit: shownUnit(first.unit), side: first.side, range: null, gain: 1, shrink: 0 };
}

const QUANTITIES = { N: "force", "N·m": "moment", "m/s²": "acceleration", g: "acceleration", "°/s": "turning", "rad/s": "turning", m: "place", mm: "place" };
const quantity = (label) => (/acc/i.test(label) ? "acc" : /gyr|omega/i.test(label) ? "gyr" : /^m/i.test(label) ? "m" : /^f/i.test(label) ? "f" : label);
const shownUnit = (unit) => ({ "m/s^2": "m/s²", uV: "µV", "deg/s": "°/s", "N*m": "N·m", Nm: "N·m" }[unit] ?? unit);
const label = (c, stream, count) => count === 1 ? stream.name : c.site ? `${c.site.replaceAll("_", " ")}${c.side ? ` ${c.side}` : ""}` : c.label;
function shared(stream, all) {
  const names = all.map((i) => stream.channels[i].label), first = stream.channels[all[0]];
  const where = first.site && !first.site.startsWith("plate") ? `${first.site}${first.side ? ` ${first.side}` : ""}` : stream.name;
  return `${where} ${QUANTITIES[shownUnit(first.unit)] ?? names.join(" ").slice(0, 24)}`;
}

// The range that a lane shows: grows at once, shrinks when it has been too wide for a while; rounded.
export function rangeOf(lane, now, window, locked) {
  if (locked && lane.range) return lane.range;
  const { buffer } = lane;
  let low = Infinity, high = -Infinity;
  each(buffer, now, window, (at) => {
    for (const i of lane.indices) {
      const a = buffer.low[at * buffer.channels + i], b = buffer.high[at * buffer.channels + i];
      if (a < low) low = a;
      if (b > high) high = b;
    }
  });
  if (!(low <= high)) return lane.range ?? [-1, 1];
  const least = LEAST[lane.unit] ?? LEAST[buffer.stream.channels[lane.indices[0]].unit] ?? 1e-9, middle = (low + high) / 2;
  if (high - low < least) { low = middle - least / 2; high = middle + least / 2; if (middle - least / 2 < 0 && middle > -1e-3 * least && low > -least && middle < least / 2) { low = -least / 4; high = 3 * least / 4; } }
  const step = nice((high - low) / 4), wanted = [Math.floor(low / step) * step, Math.ceil(high / step) * step];
  const before = lane.range;
  if (!before || low < before[0] || high > before[1]) { lane.shrink = now; return before ? [Math.min(before[0], wanted[0]), Math.max(before[1], wanted[1])] : wanted; }
  if (wanted[1] - wanted[0] > 0.6 * (before[1] - before[0])) lane.shrink = now;
  return now - (lane.shrink ?? now) > 3 ? ((lane.shrink = now), wanted) : before;
}

export function drawLane(c, lane, { x, y, width, height, now, window, colours, cursor, chosen, first }) {
  const room = width < 600 ? NARROW : WIDE, left = x + room.left, right = x + width - room.right, [low, high] = zoomed(lane), pad = Math.min(4, height / 8);
  const px = (t) => left + (right - left) * (1 + (t - now) / window);
  const py = (v) => y + height - pad - (height - 2 * pad) * (v - low) / (high - low);
  if (chosen) { c.fillStyle = colours.chosen; c.fillRect(x, y, width, height); }
  c.lineWidth = 1;
  c.strokeStyle = colours.grid;
  c.beginPath();
  c.moveTo(x, y + height - 0.5); c.lineTo(x + width, y + height - 0.5);
  for (let s = 0; s <= window; s += nice(window / 5)) { const at = Math.round(px(now - s)) + 0.5; c.moveTo(at, y); c.lineTo(at, y + height); }
  c.stroke();
  lane.scale = scaleOf(lane, Math.max(Math.abs(low), Math.abs(high)), (high - low) / 100);
  ticks(c, low, high, { y, height, left }, py, colours, lane);
  const where = cursor !== null && cursor > left && cursor < right ? now - window * (1 - (cursor - left) / (right - left)) : null;
  c.save();
  c.beginPath(); c.rect(left, y, right - left, height); c.clip();
  lane.indices.forEach((index, n) => trace(c, lane.buffer, index, now, window, px, py, colour(lane, n, colours)));
  if (where !== null) { c.strokeStyle = colours.ink; c.beginPath(); c.moveTo(cursor, y); c.lineTo(cursor, y + height); c.stroke(); }
  c.restore();
  names(c, lane, { x, y, height, right, colours, where, now, most: room === NARROW ? room.left - 34 : room.left - 58 });
  if (first) { c.fillStyle = colours.faint; c.font = "11px system-ui, sans-serif"; c.textAlign = "left"; c.fillText(where === null ? `${window} s` : `${(where - now).toFixed(2)} s`, left + 4, y + 11); }
}

function zoomed(lane) {
  const [low, high] = lane.range ?? [-1, 1], gain = lane.gain ?? 1, middle = low <= 0 && high >= 0 ? 0 : (low + high) / 2;
  return gain === 1 ? [low, high] : [middle + (low - middle) / gain, middle + (high - middle) / gain];
}

// Volts as the microvolts they are; and as many decimals as the scale is worth.
function scaleOf(lane, most, finest) {
  const [by, unit] = lane.unit === "V" ? (most < 5e-3 ? [1e6, "µV"] : most < 2 ? [1e3, "mV"] : [1, "V"]) : [1, lane.unit];
  const decimals = Math.max(0, Math.min(6, Math.ceil(-Math.log10(by * finest))));
  return { by, unit, show: (v) => (Math.abs(by * v) >= 1e6 ? (by * v).toExponential(2) : (by * v).toFixed(decimals).replace(/^-(0(\.0*)?)$/, "$1")) };
}

function ticks(c, low, high, { y, height, left }, py, colours, lane) {
  if (height < 22) {
    const most = Math.max(Math.abs(low), Math.abs(high));
    c.font = "9px system-ui, sans-serif"; c.textAlign = "right"; c.fillStyle = colours.faint;
    c.fillText(low < 0 && high > 0 ? `±${short(lane.scale.by * most)}` : `${short(lane.scale.by * low)}…${short(lane.scale.by * high)}`, left - 4, y + height / 2 + 3);
    return;
  }
  const step = height > 60 ? nice((high - low) / Math.min(10, Math.round(height / 35))) : high - low;
  c.font = "10px system-ui, sans-serif"; c.textAlign = "right"; c.textBaseline = "middle"; c.fillStyle = colours.faint; c.strokeStyle = colours.grid;
  const top = py(high), bottom = py(low);
  for (let v = height > 60 ? Math.ceil(low / step - 1e-9) * step : low; v <= high + 1e-9 * step; v += step) {
    const at = Math.min(bottom - 3, Math.max(top + 4, py(v)));
    c.fillText(short(lane.scale.by * v, height > 60 ? lane.scale.by * step : 0), left - 6, at);
    c.beginPath(); c.moveTo(left - 4, py(v)); c.lineTo(left, py(v)); c.stroke();
  }
  c.textBaseline = "alphabetic";
}

function trace(c, buffer, index, now, window, px, py, stroke) {
  c.strokeStyle = stroke; c.lineWidth = 1.4; c.beginPath();
  let before = NaN, pen = false;
  each(buffer, now, window + 1, (at) => {
    const t = buffer.time[at], a = buffer.low[at * buffer.channels + index], b = buffer.high[at * buffer.channels + index];
    if (!Number.isFinite(a) || !Number.isFinite(b)) { pen = false; return; }
    if (!(t - before < 1.5 * buffer.stream.bucket_s + 1e-3)) pen = false;
    before = t;
    const x = px(t);
    if (pen) c.lineTo(x, py(a)); else c.moveTo(x, py(a));
    if (a !== b) c.lineTo(x, py(b));
    pen = true;
  });
  c.stroke();
}

function names(c, lane, { x, y, height, right, colours, where, now, most }) {
  const small = height < 26, { buffer } = lane;
  c.textAlign = "left"; c.fillStyle = colours.ink; c.font = `${small ? 10 : 12}px system-ui, sans-serif`;
  c.fillText(fit(c, lane.label, most), x + 4, y + (small ? height / 2 + 4 : Math.min(15, height / 2)));
  if (!small) { c.fillStyle = colours.faint; c.font = "11px system-ui, sans-serif"; c.fillText(lane.scale.unit, x + 4, y + Math.min(30, height / 2 + 14)); }
  const old = now - buffer.newest > 1.5, at = where === null ? (buffer.next + buffer.size - 1) % buffer.size : nearest(buffer, where);
  const values = at < 0 || (old && where === null) ? [] : lane.indices.map((i) => (buffer.low[at * buffer.channels + i] + buffer.high[at * buffer.channels + i]) / 2);
  lane.raw = values;
  lane.shown = values.length ? `${values.map((v) => lane.scale.show(v)).join(", ")} ${lane.scale.unit}` : "no value now";
  c.font = `${small ? 10 : 12}px system-ui, sans-serif`;
  const rows = Math.min(values.length, Math.max(1, Math.floor(height / 14)));
  values.slice(0, rows).forEach((v, n) => { c.fillStyle = values.length > 1 ? colour(lane, n, colours) : colours.ink; c.fillText(`${values.length > 1 ? `${axis(lane, n)} ` : ""}${lane.scale.show(v)}${n === 0 ? ` ${lane.scale.unit}` : ""}`, right + 8, y + (rows === 1 ? height / 2 + 4 : 13 + 14 * n)); });
  if (!values.length) { c.fillStyle = colours.faint; c.fillText("silent", right + 8, y + height / 2 + 4); }
}

const axis = (lane, n) => lane.buffer.stream.channels[lane.indices[n]].label.replace(/[\d_ .]+$/, "").slice(-1);
const colour = (lane, n, colours) => lane.indices.length === 1 && lane.side === "L" ? colours.left : lane.indices.length === 1 && lane.side === "R" ? colours.right : colours.traces[n % colours.traces.length];

function each(buffer, now, window, look) {
  const first = (buffer.next - buffer.filled + buffer.size) % buffer.size;
  // The newest are at the end: begin where the window does, as far as the ring is regular.
  const behind = Math.min(buffer.filled, Math.ceil((window + Math.max(0, buffer.newest - now) + 1) / buffer.stream.bucket_s) + 2);
  for (let i = buffer.filled - behind; i < buffer.filled; i++) {
    const at = (first + i) % buffer.size, t = buffer.time[at];
    if (t >= now - window && t <= now + 0.5) look(at);
  }
}

function nearest(buffer, time) {
  let found = -1, off = Infinity;
  for (let i = 0; i < buffer.filled; i++) { const d = Math.abs(buffer.time[i] - time); if (d < off) { off = d; found = i; } }
  return off < 3 * buffer.stream.bucket_s ? found : -1;
}

export function nice(rough) {
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough)), share = rough / power;
  return power * (share > 5 ? 10 : share > 2 ? 5 : share > 1 ? 2 : 1);
}

function short(value, step = 0) {
  const v = Math.abs(value) < step / 1e6 ? 0 : value;
  return Math.abs(v) >= 1e5 || (v !== 0 && Math.abs(v) < 1e-3) ? v.toExponential(0) : String(Number(v.toPrecision(3)));
}

function fit(c, words, width) {
  if (c.measureText(words).width <= width) return words;
  let n = words.length;
  while (n > 1 && c.measureText(`${words.slice(0, n)}…`).width > width) n--;
  return `${words.slice(0, n)}…`;
}
