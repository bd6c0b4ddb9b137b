// Elements, made in one line; text goes in as text, never as markup.

export const at = (id) => document.getElementById(id);

export function h(tag, fields = {}, ...inside) {
  const one = document.createElement(tag);
  put(one, fields);
  one.append(...inside.flat(Infinity).filter((part) => part !== null && part !== undefined && part !== false));
  return one;
}

export function svg(tag, fields = {}, ...inside) {
  const one = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(fields)) {
    if (typeof value === "function") one.addEventListener(key.slice(2), value);
    else one.setAttribute(key, value);
  }
  one.append(...inside.flat(Infinity).filter((part) => part !== null && part !== undefined));
  return one;
}

function put(one, fields) {
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    if (key.startsWith("on")) one.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(one.dataset, value);
    else if (key in one && key !== "list") one[key] = value;
    else one.setAttribute(key, value);
  }
}

export const say = (one, text) => { if (one.textContent !== text) one.textContent = text; };

export function clock(seconds) {
  const all = Math.max(0, Math.floor(seconds)), two = (n) => String(n).padStart(2, "0");
  return all >= 3600 ? `${Math.floor(all / 3600)}:${two(Math.floor(all / 60) % 60)}:${two(all % 60)}` : `${Math.floor(all / 60)}:${two(all % 60)}`;
}

export function bytes(number) {
  if (number >= 1e9) return `${(number / 1e9).toFixed(number < 1e10 ? 1 : 0)} GB`;
  return number >= 1e6 ? `${(number / 1e6).toFixed(0)} MB` : `${Math.ceil(number / 1e3)} kB`;
}

// A number as people read it: three digits that count, and a share as per cent.
export function text(value, unit = "") {
  if (!Number.isFinite(value)) return "–";
  return `${Number(value.toPrecision(3))}${unit ? " " + unit : ""}`;
}

// With the same number of digits from one step to the next, so that it does not twitch.
export function steady(value) {
  if (!Number.isFinite(value)) return "–";
  return value.toFixed(Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(Math.abs(value) || 1)))));
}

export const stored = (key, other) => { try { return JSON.parse(localStorage.getItem(`groundup.${key}`)) ?? other; } catch { return other; } };
export const store = (key, value) => { try { localStorage.setItem(`groundup.${key}`, JSON.stringify(value)); } catch { /* a private window keeps nothing */ } };
