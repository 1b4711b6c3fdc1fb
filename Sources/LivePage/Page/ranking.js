// A ranking: names with values and bars. The bars of markets start in the middle, those of wallets at the left.

import { el, setAttr, setText, svg } from "./dom.js";
import { money } from "./format.js";

/** The number of ranks. */
export const RANKS = 6;

/** A ranking in the list `node`; calls `onChoose(row)`. Buttons are reused when the content changes, so focus stays. */
export class Ranking {
  #items;
  #empty;

  constructor(node, onChoose) {
    this.#items = Array.from({ length: RANKS }, () => {
      const name = el("span", { class: "p-name" });
      const value = el("b");
      const left = svg("rect", { class: "sell", height: 7, y: 0.5 });
      const right = svg("rect", { class: "buy", height: 7, y: 0.5 });
      const bar = svg("svg", { class: "p-bar", height: 8, "aria-hidden": "true" }, left, right);
      const before = el("span", { class: "p-side" });
      const after = el("span", { class: "p-side" });
      const item = { name, value, left, right, before, after, entry: null };
      const button = el("button", { type: "button", on: { click: () => item.entry && onChoose(item.entry.row) } },
        name, value, el("span", { class: "p-bars" }, before, bar, after));
      item.button = button;
      item.node = el("li", { hidden: "" }, button);
      return item;
    });
    this.#empty = el("li", { class: "p-none", text: "Nothing yet in this hour." });
    node.append(...this.#items.map((item) => item.node), this.#empty);
  }

  /** Shows `entries`; `describe(entry)` returns the texts and the bar of one. */
  show(entries, describe) {
    this.#empty.hidden = entries.length > 0;
    this.#items.forEach((item, i) => {
      item.entry = entries[i] ?? null;
      item.node.hidden = item.entry === null;
      if (item.entry === null) return;
      const { name, value, title, before, after, left, right, from } = describe(item.entry);
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
