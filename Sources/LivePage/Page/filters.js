// The filters: a form, the predicate it describes, and a copy in the address bar, so that a view can be shared.

import { el } from "./dom.js";
import { tagName, TAGS, tierOf } from "./tiers.js";

const FIELDS = ["market", "wallet", "tier", "min", "side", "tag"];
/** An option of the tag filter that is not a tag: trades with an alert. */
const ALERTED = "+alert";

/** Parses dollars such as "25k", "$1.5m" and "8,001"; 0 for anything else. */
function parseDollars(text) {
  const match = /^\$?\s*([\d.,]+)\s*([km]?)$/i.exec(text.trim());
  if (match === null) return 0;
  const n = Number(match[1].replaceAll(",", ""));
  return Number.isFinite(n) ? n * { "": 1, k: 1e3, m: 1e6 }[match[2].toLowerCase()] : 0;
}

/** Returns a predicate that accepts the rows to show. Gaps are always shown, because they concern all rows. */
function predicate({ market, wallet, tier, min, side, tag }) {
  const words = market.toLowerCase().split(/\s+/).filter(Boolean);
  const owner = wallet.trim().toLowerCase();
  const least = parseDollars(min);
  const rank = tierOf(tier).rank;
  return (row) => {
    if (row.kind === "gap" || row.kind === "notice") return true;
    if (row.kind === "alert") return rank === 0 && least === 0 && side === "" && words.length === 0 && owner === "";
    return row.tier.rank >= rank
      && (least === 0 || (row.value ?? 0) >= least)
      && (side === "" || row.side === side)
      && (tag === "" || (tag === ALERTED ? row.alerts.length > 0 : row.tags.includes(tag)))
      && (owner === "" || row.walletText.includes(owner))
      && words.every((word) => row.marketText.includes(word));
  };
}

/** The form `#filters`. Calls `onChange(accepts, active)` with the predicate and the number of filters in use. */
export class Filters {
  #form;
  #tagSelect;
  #knownTags = new Set([...TAGS.keys(), "GOD_WHALE", "SUPER_WHALE", "MEGA_WHALE", "WHALE"]);
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

  /** Reads all fields from the address bar. */
  read() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    for (const name of FIELDS) this.#form.elements[name].value = wanted.get(name) ?? "";
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

  /** Adds a row's new tags to the choices, up to forty. */
  addTags(row) {
    for (const tag of row.tags ?? []) {
      if (this.#knownTags.has(tag) || this.#knownTags.size > 48) continue;
      this.#knownTags.add(tag);
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
