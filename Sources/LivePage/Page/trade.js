// The panel's view of one trade, with its wallet, its market and its impact on the order book.

import { el } from "./dom.js";
import { externalLink, facts, section } from "./facts.js";
import { abbreviated, cents, count, exactMoney, instant, link, money, recordJSON, text, timestamp } from "./format.js";
import { impactSection, marketSection } from "./market.js";
import { priceKey } from "./related.js";
import { RULES, tagName, TAGS } from "./tiers.js";
import { walletSection } from "./wallet.js";

/** The sections about a trade. */
export function tradeView(row, actions) {
  return [head(row), burst(row), alerts(row), walletSection(row, actions), marketSection(row, actions), price(row),
    impactSection(row), trade(row), raw(row)];
}

function head(row) {
  const state = row.retracted !== null ? `Retracted by the exchange: ${row.retracted}` : {
    pending: "Look-up in progress", partial: "Partly looked up",
    failed: "Look-up failed", skipped: "Not looked up yet",
  }[row.enrichment] ?? "";
  const [side, deal] = { BUY: ["buys", "▲ Bought"], SELL: ["sells", "▼ Sold"] }[row.side] ?? ["", "Traded"];
  return el("header", { class: `d-head ${side}-edge` },
    el("p", { class: "d-tier", text: row.tier.rank > 0 ? `${row.tier.name} ${row.tier.rank > 1 ? "whale" : ""}` : "Below all tiers" }),
    el("p", { class: "d-value", text: money(row.value), title: exactMoney(row.value) }),
    el("p", { class: "d-deal" }, el("b", { class: side, text: deal }),
      ` ${count(row.size)} ${row.outcome || "shares"} at ${cents(row.price)}`),
    el("p", { class: "quiet" }, el("time", { text: timestamp(row.at) }), state && ` · ${state}`),
    row.tags.some((tag) => TAGS.has(tag)) && el("ul", { class: "tags" }, row.tags.filter((tag) => TAGS.has(tag))
      .map((tag) => el("li", { class: `mark ${tag.toLowerCase()}`, text: tagName(tag), title: TAGS.get(tag)[1] }))));
}

function burst(row) {
  if (row.burst === null) return null;
  const { members, rows, value, price: average } = row.burst;
  if (members.length < 2) return null;
  return el("p", { class: "quiet", text: `One of ${count(members.length)} trades of a burst: ${money(value)} at `
    + `${cents(Number(average.toFixed(3)))} on average${rows.length > members.length ? `, with ${count(rows.length - members.length)} makers` : ""}.` });
}

function alerts(row) {
  if (row.alerts.length === 0) return null;
  return section("Alerts", row.alerts.map((alert) => el("div", { class: "alerted" },
    el("strong", { text: RULES.get(alert.rule) ?? alert.rule }),
    alert.message && el("p", { text: alert.message }))));
}

function price(row) {
  if (row.price === null || row.at === null) return null;
  return section(`Price of ${row.outcome || "the outcome"}`, el("div", { id: "price-chart" }), priceKey());
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
