// The detail panel: one trade with its wallet, its market and its impact on the order book.

import { byId, el } from "./dom.js";
import { externalLink, facts, section } from "./facts.js";
import { abbreviated, cents, count, exactMoney, instant, link, money, recordJSON, text, timestamp } from "./format.js";
import { impactSection, marketSection } from "./market.js";
import { priceChart, pricesFor } from "./price.js";
import { RULES, tagName, TAGS } from "./tiers.js";
import { walletSection } from "./wallet.js";

/**
 * The panel `#detail`. `rows()` returns all rows, `onFilter(field, value)` sets a filter, `onClose()` is called when
 * the viewer closes the panel.
 */
export class Detail {
  row = null;
  #panel = byId("detail");
  #body = byId("detail-body");
  #version = -1;
  #drawn = 0;
  #rows;
  #onFilter;

  constructor({ rows, onFilter, onClose }) {
    this.#rows = rows;
    this.#onFilter = onFilter;
    byId("detail-close").addEventListener("click", onClose);
    new ResizeObserver(() => this.#redraw()).observe(this.#panel);
  }

  open(row) {
    this.row = row;
    this.#panel.hidden = false;
    document.body.dataset.detail = "open";
    byId("side").scrollTop = 0;
    this.#build();
  }

  close() {
    this.row = null;
    this.#panel.hidden = true;
    delete document.body.dataset.detail;
    byId("side").scrollTop = 0;
  }

  /** Moves the keyboard focus into the panel. */
  focus() {
    byId("detail-close").focus();
  }

  /** Shows the row's latest revision, and every few seconds the market's new trades. */
  render(now) {
    if (this.row === null) return;
    if (this.row.version !== this.#version) this.#build();
    else if (now - this.#drawn > 3000) this.#redraw();
  }

  #build() {
    const row = this.row;
    this.#version = row.version;
    const focused = this.#body.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const isExpanded = this.#body.querySelector(".raw")?.open === true;
    const filterButton = (field, value) => this.#filterButton(field, value);
    const sections = row.kind === "trade"
      ? [head(row), this.#alerts(row), walletSection(row, filterButton), marketSection(row, filterButton),
        this.#price(row), impactSection(row), trade(row), raw(row)]
      : [el("p", { text: row.message ?? row.cause ?? "" }), row.record ? raw(row) : null];
    this.#body.replaceChildren(...sections.filter(Boolean));
    const record = this.#body.querySelector(".raw");
    if (record !== null) record.open = isExpanded;
    if (focused) this.#body.querySelector(`[data-key="${focused}"]`)?.focus();
    this.#redraw();
  }

  #alerts(row) {
    if (row.alerts.length === 0) return null;
    return section("Alerts", row.alerts.map((alert) => el("div", { class: "alerted" },
      el("strong", { text: RULES.get(alert.rule) ?? alert.rule }),
      alert.message && el("p", { text: alert.message }))));
  }

  #price(row) {
    if (row.price === null || row.at === null) return null;
    return section(`Price of ${row.outcome || "the outcome"}`, el("div", { id: "price-chart" }),
      el("p", { class: "quiet", text: "Each circle is a large trade on this page: filled for a buy, hollow for a sell." }));
  }

  #redraw() {
    this.#drawn = Date.now();
    const box = byId("price-chart");
    if (box === null || this.row === null || box.clientWidth === 0) return;
    const trades = pricesFor(this.#rows(), this.row);
    if (trades.length > 0) box.replaceChildren(priceChart(trades, this.row, box.clientWidth));
  }

  #filterButton(field, value) {
    return el("button", { type: "button", class: "plain", "data-key": `only-${field}`, text: `Show only this ${field}`,
      on: { click: () => this.#onFilter(field, value) } });
  }
}

function head(row) {
  const state = row.retracted !== null ? `Retracted by the exchange: ${row.retracted}` : {
    pending: "Look-up in progress", partial: "Partly looked up",
    failed: "Look-up failed", skipped: "Not looked up yet",
  }[row.enrichment] ?? "";
  return el("header", { class: `d-head tier-${row.tier.css}` },
    el("p", { class: "d-tier", text: row.tier.rank > 0 ? `${row.tier.name} ${row.tier.rank > 1 ? "whale" : ""}` : "Below all tiers" }),
    el("p", { class: "d-value", text: money(row.value), title: exactMoney(row.value) }),
    el("p", { class: "d-deal" },
      el("b", { text: { BUY: "Bought", SELL: "Sold" }[row.side] ?? "Traded" }),
      ` ${count(row.size)} ${row.outcome || "shares"} at ${cents(row.price)}`),
    el("p", { class: "quiet" }, el("time", { text: timestamp(row.at) }), state && ` · ${state}`),
    row.tags.some((tag) => TAGS.has(tag)) && el("ul", { class: "tags" }, row.tags.filter((tag) => TAGS.has(tag))
      .map((tag) => el("li", { class: `mark ${tag.toLowerCase()}`, text: tagName(tag), title: TAGS.get(tag)[1] }))));
}

function trade(row) {
  const { record } = row;
  const hash = text(record.tx_hash, 80);
  const received = instant(record.received_at);
  const delay = received === null || row.at === null ? "" : `${((received - row.at) / 1000).toFixed(1)} s after the trade`;
  return section("Trade", facts([
    ["Value", exactMoney(row.value)],
    ["Shares", count(row.size)],
    ["Received", delay],
    ["Role", { taker: "taker", maker: "maker: the match is counted with its taker" }[record.role] ?? ""],
    ["Source", [text(record.feed, 20), text(record.via, 20)].filter(Boolean).join(", ")],
    ["Transaction", hash && externalLink(link.transaction(hash), abbreviated(hash), "transaction", hash)],
    ["Revision", row.enrichment ? `${row.revision}, ${row.enrichment}` : ""],
  ]));
}

function raw(row) {
  return el("details", { class: "raw" }, el("summary", { text: "Record (JSON)", "data-key": "raw" }),
    el("pre", { tabindex: 0, text: recordJSON(row.record, 20_000) }));
}
