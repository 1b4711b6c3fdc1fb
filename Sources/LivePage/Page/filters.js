// The filters: a form, the predicate it describes, and a copy in the address bar, so that a view can be shared.

import { el } from "./dom.js";
import { tagName, TAGS, tierOf } from "./tiers.js";

const FIELDS = ["market", "wallet", "tier", "min", "side", "price", "category", "tag"];
/** An option of the tag filter that is not a tag: trades with an alert. */
const ALERTED = "+alert";

/** Parses dollars such as "25k", "$1.5m" and "8,001"; 0 for anything else. */
function parseDollars(text) {
  const match = /^\$?\s*([\d.,]+)\s*([km]?)$/i.exec(text.trim());
  if (match === null) return 0;
  const n = Number(match[1].replaceAll(",", ""));
  return Number.isFinite(n) ? n * { "": 1, k: 1e3, m: 1e6 }[match[2].toLowerCase()] : 0;
}

/** Parses a band of prices in cents such as "20-50"; null for anything else. Its upper bound is exclusive, except 100. */
function parseBand(text) {
  const match = /^(\d{1,3})-(\d{1,3})$/.exec(text);
  return match === null ? null : { low: match[1] / 100, high: match[2] >= 100 ? Infinity : match[2] / 100 };
}

/** Returns a predicate that accepts the rows to show. Gaps are always shown, because they concern all rows. */
function predicate({ market, wallet, tier, min, side, price, category, tag }) {
  const words = market.toLowerCase().split(/\s+/).filter(Boolean);
  const owner = wallet.trim().toLowerCase();
  const least = parseDollars(min);
  const rank = tierOf(tier).rank;
  const band = parseBand(price);
  return (row) => {
    if (row.kind === "gap" || row.kind === "notice") return true;
    return row.tier.rank >= rank
      && (least === 0 || (row.value ?? 0) >= least)
      && (side === "" || row.side === side)
      && (band === null || (row.price !== null && row.price >= band.low && row.price < band.high))
      && (category === "" || row.categories.includes(category))
      && (tag === "" || (tag === ALERTED ? row.alerts.length > 0 : row.tags.includes(tag)))
      && (owner === "" || row.walletText.includes(owner))
      && words.every((word) => row.marketText.includes(word));
  };
}

/** The most categories to choose from. */
const MOST_CATEGORIES = 60;

/** The form `#filters`. Calls `onChange(accepts, active)` with the predicate and the number of filters in use. */
export class Filters {
  #form;
  #address;
  #tagSelect;
  #categories = new Set();
  #knownTags = new Set([...TAGS.keys(), "GOD_WHALE", "SUPER_WHALE", "MEGA_WHALE", "WHALE"]);
  #onChange;

  /** `address` keeps a copy of the fields. */
  constructor(form, address, onChange) {
    this.#form = form;
    this.#address = address;
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

  /** Reads all fields from the address bar. */
  read() {
    for (const name of FIELDS) {
      const wanted = this.#address.get(name);
      const field = this.#form.elements[name];
      if (name === "category" && wanted !== "") this.#addCategory(wanted.slice(0, 30));
      // A band that is none of the choices is one more choice.
      if (name === "price" && parseBand(wanted) !== null && ![...field.options].some((option) => option.value === wanted)) {
        field.append(el("option", { value: wanted, text: `${wanted.replace("-", " to ")}¢` }));
      }
      field.value = wanted;
    }
    this.#changed();
  }

  /** Sets one field, as if it was typed. */
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

  /** Adds a row's new tags and categories to the choices, up to a limit. */
  addChoices(row) {
    for (const category of row.categories ?? []) this.#addCategory(category);
    for (const tag of row.tags ?? []) {
      if (this.#knownTags.has(tag) || this.#knownTags.size > 48) continue;
      this.#knownTags.add(tag);
      this.#tagSelect.append(el("option", { value: tag, text: tagName(tag) }));
    }
  }

  #addCategory(category) {
    if (this.#categories.has(category) || this.#categories.size >= MOST_CATEGORIES) return;
    this.#categories.add(category);
    const select = this.#form.elements.category;
    const next = [...select.options].slice(1).find((option) => option.value.localeCompare(category) > 0) ?? null;
    select.insertBefore(el("option", { value: category, text: category }), next);
  }

  #changed() {
    const values = Object.fromEntries(FIELDS.map((name) => [name, this.#form.elements[name].value]));
    const set = FIELDS.filter((name) => values[name].trim() !== "");
    this.#address.set(Object.fromEntries(FIELDS.map((name) => [name, set.includes(name) ? values[name] : ""])));
    this.#form.dataset.active = set.length;
    this.#onChange(predicate(values), set.length);
  }
}
