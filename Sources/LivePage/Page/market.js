// The detail panel's sections about the market, its outcomes and the trade's impact on the order book.

import { el, svg } from "./dom.js";
import { asOf, dollars, externalLink, facts, formatted, section, subjectButtons } from "./facts.js";
import { abbreviated, cents, count, day, instant, link, list, number, object, text } from "./format.js";

/** The section about a trade's market; `isOpen` in the market's own view. */
export function marketSection(row, actions, isOpen = false) {
  const market = row.market;
  const id = /^(0x)?[0-9a-f]{1,64}$/.test(row.condition) ? row.condition : "";
  const buttons = subjectButtons(actions, { kind: "market", id }, "market", row.slug || row.eventSlug, isOpen);
  const header = el("p", { class: "who" },
    !isOpen && el("strong", { text: text(market?.question) || row.title || abbreviated(row.condition) }),
    row.isCombo && el("em", { class: "mark combo", text: "combo" }),
    link.event(row.eventSlug) && externalLink(link.event(row.eventSlug), "on Polymarket", "event", row.eventSlug));
  if (market === null) return section("Market", header, buttons);
  const prices = list(market.outcome_prices).map(number);
  const outcomes = list(market.outcomes).slice(0, 12).map((name, i) => el("li", {},
    el("span", { text: text(name, 80) }),
    svg("svg", { height: 6, "aria-hidden": "true" },
      svg("rect", { class: "track", width: "100%", height: 6 }),
      svg("rect", { class: "buy", width: `${Math.min(1, Math.max(0, prices[i] ?? 0)) * 100}%`, height: 6 })),
    el("b", { text: cents(prices[i] ?? null) })));
  return section("Market", header, buttons,
    outcomes.length > 0 && el("ul", { class: "outcomes" }, outcomes),
    facts([
      ["Volume", dollars(market.volume)],
      ["Last 24 hours", dollars(market.volume_24h)],
      ["Liquidity", dollars(market.liquidity)],
      ["Ends", instant(market.end_date) === null ? "" : day(instant(market.end_date))],
      ["Kind", market.neg_risk === true ? "one of several outcomes" : ""],
      ["Topics", list(market.tags).slice(0, 6).map((tag) => text(tag, 30)).filter(Boolean).join(", ")],
    ]), asOf(market));
}

/** The section about the trade's impact on the order book; null if that is unknown. */
export function impactSection(row) {
  const book = object(row.record.impact);
  if (book === null) return null;
  const levels = number(book.levels);
  return section("Impact on the order book", facts([
    ["Levels taken", book.swept === true ? `${count(levels)}, the whole side` : formatted(count, levels)],
    ["Slippage", number(book.slippage_percent) === null ? "" : `${Number(book.slippage_percent.toFixed(2))}%`],
    ["Best price", formatted(cents, book.best_price)],
    ["Depth", dollars(book.depth_value)],
  ]), asOf(book));
}
