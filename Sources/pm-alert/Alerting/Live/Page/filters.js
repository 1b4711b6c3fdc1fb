// What the viewer wants to see: a form, a predicate made of it, and the address bar so that a view can be shared.

import { el } from "./dom.js";
import { TAGS, tagName, tierOf } from "./tiers.js";

const FIELDS = ["market", "wallet", "tier", "min", "side", "tag"];
/** Not a tag: the trades that an alert was made of. */
const ALERTED = "+alert";

/** "25k", "$1.5m", "8,001" in dollars; 0 for anything else. */
export function dollars(text) {
  const match = /^\$?\s*([\d.,]+)\s*([km]?)$/i.exec(text.trim());
  if (match === null) return 0;
  const n = Number(match[1].replaceAll(",", ""));
  return Number.isFinite(n) ? n * { "": 1, k: 1e3, m: 1e6 }[match[2].toLowerCase()] : 0;
}

/** A function that says whether a row is to be shown. A stretch not heard is always shown: it is about all rows. */
export function predicate({ market, wallet, tier, min, side, tag }) {
  const words = market.toLowerCase().split(/\s+/).filter(Boolean);
  const who = wallet.trim().toLowerCase();
  const least = dollars(min);
  const rank = tierOf(tier).rank;
  return (row) => {
    if (row.kind === "gap" || row.kind === "notice") return true;
    if (row.kind === "alert") return rank === 0 && least === 0 && side === "" && words.length === 0 && who === "";
    return row.tier.rank >= rank
      && (least === 0 || (row.value ?? 0) >= least)
      && (side === "" || row.side === side)
      && (tag === "" || (tag === ALERTED ? row.alerts.length > 0 : row.tags.includes(tag)))
      && (who === "" || row.walletText.includes(who))
      && words.every((word) => row.marketText.includes(word));
  };
}

/** The form `#filters`. Calls `onChange(accepts, active)` with a predicate and the number of filters set. */
export class Filters {
  #form;
  #tagSelect;
  #known = new Set([...TAGS.keys(), "GOD_WHALE", "SUPER_WHALE", "MEGA_WHALE", "WHALE"]);
  #onChange;

  constructor(form, onChange) {
    this.#form = form;
    this.#tagSelect = form.elements.tag;
    this.#onChange = onChange;
    this.#tagSelect.append(
      el("option", { value: ALERTED, text: "With an alert" }),
      ...[...TAGS.keys()].map((tag) => el("option", { value: tag, text: tagName(tag) })));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => this.#changed());
    form.addEventListener("reset", () => queueMicrotask(() => this.#changed()));
    this.read();
  }

  /** Takes all fields from the address. */
  read() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    for (const name of FIELDS) this.#form.elements[name].value = wanted.get(name) ?? "";
    this.#changed();
  }

  /** Sets one field, as if typed. */
  set(name, value) {
    this.#form.elements[name].value = value;
    this.#changed();
  }

  clear() {
    this.#form.reset();
  }

  focus() {
    this.#form.elements.market.focus();
    this.#form.elements.market.select();
  }

  /** Offers a row's tags in the list, if they are new to it; at most forty of them. */
  learn(row) {
    for (const tag of row.tags ?? []) {
      if (this.#known.has(tag) || this.#known.size > 48) continue;
      this.#known.add(tag);
      this.#tagSelect.append(el("option", { value: tag, text: tagName(tag) }));
    }
  }

  #changed() {
    const values = Object.fromEntries(FIELDS.map((name) => [name, this.#form.elements[name].value]));
    const set = FIELDS.filter((name) => values[name].trim() !== "");
    const hash = new URLSearchParams(set.map((name) => [name, values[name]])).toString();
    history.replaceState(history.state, "", hash === "" ? location.pathname : `#${hash}`);
    this.#form.dataset.active = set.length;
    this.#onChange(predicate(values), set.length);
  }
}
