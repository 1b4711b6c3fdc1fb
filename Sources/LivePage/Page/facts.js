// Building blocks of the detail panel: sections, lists of names and values, links to other sites.

import { el } from "./dom.js";
import { exactMoney, instant, money, number, signed, timeOfDay, timestamp } from "./format.js";

/** A section of the detail panel. */
export function section(title, ...children) {
  return el("section", {}, el("h3", { text: title }), ...children);
}

/** A list of names and values without the pairs that have no value; null if none has one. */
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  if (shown.length === 0) return null;
  return el("dl", {}, shown.map(([name, value]) => el("div", {}, el("dt", { text: name }), el("dd", {}, value))));
}

/** The time at which a part of the record was looked up; null if unknown. */
export function asOf(part) {
  const at = instant(part.as_of);
  if (at === null) return null;
  return el("p", { class: "as-of", title: timestamp(at), text: `as of ${timeOfDay(at)}` });
}

/** A dollar amount with the exact one as its title; "" for anything but a number. */
export function dollars(value, isGain = false) {
  const n = number(value);
  if (n === null) return "";
  return el("span", { title: exactMoney(n), text: isGain ? signed(n) : money(n) });
}

/** A number formatted by `format`; "" for anything but a number. */
export const formatted = (format, value) => (number(value) === null ? "" : format(value));

/** A link to another site, or only its text if `href` is null. `key` identifies it across redraws. */
export function externalLink(href, label, key, title) {
  if (href === null) return el("span", { text: label, title });
  return el("a", { href, title, text: label, "data-key": key, target: "_blank", rel: "noopener noreferrer" });
}

/** The buttons under a market or wallet: to its own view, unless `isOpen`, and to the list with only its trades. */
export function subjectButtons({ onFilter, onOpen }, subject, field, value, isOpen) {
  return el("p", { class: "actions" },
    !isOpen && subject.id !== "" && el("button", { type: "button", class: "chip", "data-key": `open-${subject.kind}`,
      text: `Open this ${subject.kind}`, on: { click: () => onOpen(subject) } }),
    value !== "" && el("button", { type: "button", class: "chip", "data-key": `only-${subject.kind}`, text: `Show only this ${subject.kind}`,
      on: { click: () => onFilter(field, value) } }));
}
