// The views of one market and of one wallet: its figures, and its trades on the page and in the database.

import { el } from "./dom.js";
import { facts, section } from "./facts.js";
import { abbreviated, ago, cents, count, exactMoney, money, timestamp } from "./format.js";
import { fetchTrades } from "./history.js";
import { marketSection } from "./market.js";
import { tradeRow } from "./store.js";
import { walletSection } from "./wallet.js";

/** Trades listed at first; a button shows more. */
const LISTED = 40;

/** The trades of one market or wallet: those of the page, and those that were loaded from the database. */
export class Related {
  /** Newest first. */
  rows = [];
  /** idle, loading, failed or complete. */
  state = "idle";
  /** The number of trades to list. */
  listed = LISTED;
  subject;
  #loaded = new Map();
  #older = "";
  #isFirst = true;
  #store;
  #onChange;

  constructor(store, subject, onChange) {
    this.#store = store;
    this.subject = subject;
    this.#onChange = onChange;
    this.refresh();
  }

  /** Takes in new trades of the page; returns true if there are some, or one has changed. */
  refresh() {
    const { kind, id } = this.subject;
    const matches = kind === "market" ? (row) => row.condition === id : (row) => row.wallet === id;
    const known = this.#signature();
    const rows = new Map(this.#loaded);
    for (const row of this.#store.rows) if (row.kind === "trade" && matches(row)) rows.set(row.id, row);
    this.rows = [...rows.values()].sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
    return this.#signature() !== known;
  }

  /** Loads older trades from the database. */
  async more() {
    if (this.state === "loading" || this.state === "complete") return;
    this.state = "loading";
    const { kind, id } = this.subject;
    try {
      const page = await fetchTrades({ [kind]: id, ...(this.#isFirst ? {} : { before: this.#older }) });
      for (const { record } of page.events) {
        const row = tradeRow(record);
        if (row.id !== "") this.#loaded.set(row.id, row);
      }
      this.#isFirst = false;
      this.#older = page.older;
      this.state = page.older === "" ? "complete" : "idle";
    } catch {
      this.state = "failed";
    }
    this.refresh();
    this.#onChange();
  }

  /** Lists more trades, and loads more if too few are loaded. */
  showMore() {
    this.listed += LISTED;
    if (this.listed > this.rows.length) this.more();
    this.#onChange();
  }

  #signature() {
    return `${this.rows.length} ${this.rows.reduce((sum, row) => sum + (row.version ?? 0), 0)}`;
  }
}

/** The sections about a market: price, figures and trades. */
export function marketView(related, actions) {
  const { rows } = related;
  const best = rows.find((row) => row.market !== null) ?? rows[0];
  if (best === undefined) return [empty(related, "market")];
  return [
    title(best.market?.question ?? best.title, best.title || abbreviated(best.condition)),
    section(`Price of ${rows[0].outcome || "the outcome"}`, el("div", { id: "price-chart" }), priceKey()),
    sums(rows),
    marketSection(best, actions, true),
    trades(related, actions, (row) => row.name || abbreviated(row.wallet) || "Wallet unknown"),
  ];
}

/** The sections about a wallet: results, figures and trades. */
export function walletView(related, actions) {
  const { rows } = related;
  const best = rows.find((row) => row.profile !== null) ?? rows[0];
  if (best === undefined) return [empty(related, "wallet")];
  return [
    title(best.name, abbreviated(best.wallet)),
    walletSection(best, actions, true),
    sums(rows),
    trades(related, actions, (row) => row.title || abbreviated(row.condition)),
  ];
}

/** The key to the price picture. */
export const priceKey = () =>
  el("p", { class: "quiet", text: "Each circle is a large trade, its area the value: filled for a buy, hollow for a sell." });

const title = (name, fallback) => el("p", { class: "d-subject", text: name || fallback });

function empty(related, kind) {
  return el("p", { class: "quiet", text: {
    loading: `Looking for trades of this ${kind}.`, failed: "The database cannot be read now.",
  }[related.state] ?? `No large trade of this ${kind} is known.` });
}

/** What was bought and sold; each match counts once, with its taker. */
function sums(rows) {
  const counted = rows.filter((row) => !row.isMaker && row.retracted === null);
  const sum = (side) => counted.reduce((total, row) => total + (row.side === side ? row.value ?? 0 : 0), 0);
  const [bought, sold] = [sum("BUY"), sum("SELL")];
  return section("Large trades here", facts([
    ["Bought", el("span", { class: "buys", title: exactMoney(bought), text: `▲ ${money(bought)}` })],
    ["Sold", el("span", { class: "sells", title: exactMoney(sold), text: `▼ ${money(sold)}` })],
    ["Trades", count(counted.length)],
    ["Since", rows.length === 0 ? "" : timestamp(rows.at(-1).at).slice(0, 16)],
  ]));
}

function trades(related, { onOpen }, describe) {
  const { rows, listed, state } = related;
  const now = Date.now();
  const items = rows.slice(0, listed).map((row) => el("li", {}, el("button", {
    type: "button", class: "related", "data-key": `trade-${row.id}`, on: { click: () => onOpen({ kind: "trade", id: row.id }, row) },
  },
    el("span", { class: { BUY: "buys", SELL: "sells" }[row.side] ?? "", text: `${{ BUY: "▲ Buy", SELL: "▼ Sell" }[row.side] ?? "Trade"} ${money(row.value)}` }),
    el("span", { class: "quiet", text: `${row.outcome} ${cents(row.price)}${row.isMaker ? ", as maker" : ""}` }),
    el("time", { class: "quiet", title: timestamp(row.at), text: ago(row.at, now) }),
    el("span", { class: "r-name", text: describe(row) }))));
  const hasMore = rows.length > listed || state === "idle" || state === "failed";
  return section("Trades", el("ol", { class: "related-list" }, items),
    state === "failed" && el("p", { class: "quiet", text: "The database cannot be read now." }),
    state === "loading" && el("p", { class: "quiet", text: "Loading older trades." }),
    hasMore && el("button", { type: "button", class: "wide-button", "data-key": "more", text: "Show older trades",
      on: { click: () => related.showMore() } }));
}
