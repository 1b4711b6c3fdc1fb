// The largest of the hour: names with bars, markets' from the middle, wallets' from the left.

import { el, setAttr, setText, svg } from "./dom.js";
import { money } from "./format.js";

/** How many there is room for. */
export const PLACES = 6;

/** A short list of names with bars; its buttons stay where they are while what they show changes. */
export class Places {
  #items;
  #empty;

  constructor(node, onChoose) {
    this.#items = Array.from({ length: PLACES }, () => {
      const name = el("span", { class: "p-name" });
      const value = el("b");
      const left = svg("rect", { class: "sell", height: 7, y: 0.5 });
      const right = svg("rect", { class: "buy", height: 7, y: 0.5 });
      const bar = svg("svg", { class: "p-bar", height: 8, "aria-hidden": "true" }, left, right);
      const before = el("span", { class: "p-side" });
      const after = el("span", { class: "p-side" });
      const item = { name, value, left, right, before, after, shown: null };
      const button = el("button", { type: "button", on: { click: () => item.shown && onChoose(item.shown.row) } },
        name, value, el("span", { class: "p-bars" }, before, bar, after));
      item.button = button;
      item.node = el("li", { hidden: "" }, button);
      return item;
    });
    this.#empty = el("li", { class: "p-none", text: "Nothing yet in this hour." });
    node.append(...this.#items.map((item) => item.node), this.#empty);
  }

  show(places, describe) {
    this.#empty.hidden = places.length > 0;
    this.#items.forEach((item, i) => {
      item.shown = places[i] ?? null;
      item.node.hidden = item.shown === null;
      if (item.shown === null) return;
      const { name, value, title, before, after, left, right, from } = describe(item.shown);
      setText(item.name, name);
      setText(item.value, money(value));
      setText(item.before, before);
      setText(item.after, after);
      setAttr(item.button, "title", `${name}: ${title}`);
      setAttr(item.button, "aria-label", `${name}: ${title}. Show only these`);
      setAttr(item.left, "x", `${((from - left) * 100).toFixed(2)}%`);
      setAttr(item.left, "width", `${(left * 100).toFixed(2)}%`);
      setAttr(item.right, "x", `${(from * 100).toFixed(2)}%`);
      setAttr(item.right, "width", `${(right * 100).toFixed(2)}%`);
    });
  }
}
