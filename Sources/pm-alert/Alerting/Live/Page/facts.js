// What the detail's sections are made of: titles, pairs of names and values, links to other sites.

import { el } from "./dom.js";
import { clock, exactMoney, instant, money, number, signed, stamp } from "./format.js";

/** A part of the detail, with its title. */
export function section(title, ...children) {
  return el("section", {}, el("h3", { text: title }), ...children);
}

/** Names with their values, those left out that have none; null when that is all of them. */
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  if (shown.length === 0) return null;
  return el("dl", {}, shown.map(([name, value]) => el("div", {}, el("dt", { text: name }), el("dd", {}, value))));
}

/** When it was so. */
export function asOf(part) {
  const at = instant(part.as_of);
  if (at === null) return null;
  return el("p", { class: "as-of", title: stamp(at), text: `as of ${clock(at)}` });
}

/** An amount, to the cent in its title; "" for what is no number. */
export function dollars(value, isGain = false) {
  const n = number(value);
  if (n === null) return "";
  return el("span", { title: exactMoney(n), text: isGain ? signed(n) : money(n) });
}

/** What `show` makes of a number; "" for anything else. */
export const known = (show, value) => (number(value) === null ? "" : show(value));

/** A link to another site, or its words alone where `href` is null. */
export function outside(href, words, key, title) {
  if (href === null) return el("span", { text: words, title });
  return el("a", { href, title, text: words, "data-key": key, target: "_blank", rel: "noopener noreferrer" });
}
