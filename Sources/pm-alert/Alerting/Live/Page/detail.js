// One trade in full: what was traded, by whom, in which market, at what cost to the book.

import { byId, el, svg } from "./dom.js";
import {
  cents, clock, count, day, ends, exactMoney, instant, link, list, money, number, object, percent, stamp, text,
} from "./format.js";
import { pricePicture, pricesOf } from "./price.js";
import { RULES, TAGS, tagName } from "./tiers.js";

/** The panel `#detail`. `rows()` gives all rows; `onFilter(field, value)` sets a filter; `onClose()` is told. */
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

  /** Moves the keyboard into the panel. */
  focus() {
    byId("detail-close").focus();
  }

  /** Follows the row's revisions, and its market's new trades every few seconds. */
  render(now) {
    if (this.row === null) return;
    if (this.row.version !== this.#version) this.#build();
    else if (now - this.#drawn > 3000) this.#redraw();
  }

  #build() {
    const row = this.row;
    this.#version = row.version;
    const focused = this.#body.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const sections = row.kind === "trade"
      ? [head(row), this.#alerts(row), this.#wallet(row), this.#market(row), this.#price(row), impact(row), trade(row), raw(row)]
      : [el("p", { text: row.message ?? row.cause ?? "" }), row.record ? raw(row) : null];
    this.#body.replaceChildren(...sections.filter(Boolean));
    if (focused) this.#body.querySelector(`[data-key="${focused}"]`)?.focus();
    this.#redraw();
  }

  #alerts(row) {
    if (row.alerts.length === 0) return null;
    return section("Alerts", row.alerts.map((alert) => el("div", { class: "alerted" },
      el("strong", { text: RULES.get(alert.rule) ?? alert.rule }),
      alert.message && el("p", { text: alert.message }))));
  }

  #wallet(row) {
    const profile = row.profile;
    const filter = row.wallet === "" ? null : this.#filterButton("wallet", row.wallet, "Show only this wallet");
    const who = el("p", { class: "who" },
      el("strong", { text: row.name || (row.wallet ? ends(row.wallet) : "Unknown") }),
      text(profile?.label, 40) && el("em", { class: "mark label", text: text(profile.label, 40) }),
      row.wallet && outside(link.wallet(row.wallet), ends(row.wallet), "wallet", row.wallet), filter);
    if (profile === null) {
      const why = text(row.record.enrichment_reason, 120);
      return section("Wallet", who, el("p", { class: "quiet", text: {
        pending: "Being looked up; it appears here by itself.",
        failed: `Could not be looked up${why && `: ${why}`}.`,
        skipped: `Not looked up${why && `: ${why}`}. It is tried again later.`,
      }[row.enrichment] ?? "Nothing more is known." }));
    }
    return section("Wallet", who, winRate(profile), facts([
      ["Profit", dollars(profile.total_profit, true)],
      ["Portfolio", dollars(profile.portfolio_value)],
      ["Largest trade", dollars(profile.largest_trade)],
      ["Trades", known(count, profile.trades)],
      ["Positions", known(count, profile.positions)],
      ["Activity", text(profile.activity, 20).toLowerCase()],
      ["Account since", instant(profile.account_created_at) === null ? "" : day(instant(profile.account_created_at))],
      ...places(row.record.rank),
    ]), asOf(profile));
  }

  #market(row) {
    const market = row.market;
    const slug = row.slug || row.eventSlug;
    const header = el("p", { class: "who" },
      el("strong", { text: text(market?.question) || row.title || ends(row.condition) }),
      outside(link.event(row.eventSlug), "on Polymarket", "event", row.eventSlug),
      slug && this.#filterButton("market", slug, "Show only this market"));
    if (market === null) return section("Market", header);
    const prices = list(market.outcome_prices).map(number);
    const outcomes = list(market.outcomes).slice(0, 12).map((name, i) => el("li", {},
      el("span", { text: text(name, 80) }),
      svg("svg", { height: 6, "aria-hidden": "true" },
        svg("rect", { class: "track", width: "100%", height: 6 }),
        svg("rect", { class: "buy", width: `${Math.min(1, Math.max(0, prices[i] ?? 0)) * 100}%`, height: 6 })),
      el("b", { text: cents(prices[i] ?? null) })));
    return section("Market", header,
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

  #price(row) {
    if (row.price === null || row.at === null) return null;
    return section(`Price of ${row.outcome || "the outcome"}`, el("div", { id: "price-picture" }),
      el("p", { class: "quiet", text: "Each circle is a large trade this page has seen: filled is a buy, hollow a sell." }));
  }

  #redraw() {
    this.#drawn = Date.now();
    const box = byId("price-picture");
    if (box === null || this.row === null || box.clientWidth === 0) return;
    const trades = pricesOf(this.#rows(), this.row);
    if (trades.length > 0) box.replaceChildren(pricePicture(trades, this.row, box.clientWidth));
  }

  #filterButton(field, value, label) {
    return el("button", { type: "button", class: "plain", "data-key": `only-${field}`, text: label,
      on: { click: () => this.#onFilter(field, value) } });
  }
}

function head(row) {
  const state = row.retracted !== null ? `Taken back by the exchange: ${row.retracted}` : {
    pending: "Still being looked up", partial: "Looked up in part",
    failed: "Could not be looked up", skipped: "Not looked up yet",
  }[row.enrichment] ?? "";
  return el("header", { class: `d-head tier-${row.tier.css}` },
    el("p", { class: "d-tier", text: row.tier.rank > 0 ? `${row.tier.name} ${row.tier.rank > 1 ? "whale" : ""}` : "Below every tier" }),
    el("p", { class: "d-value", text: money(row.value), title: exactMoney(row.value) }),
    el("p", { class: "d-deal" },
      el("b", { text: { BUY: "Bought", SELL: "Sold" }[row.side] ?? "Traded" }),
      ` ${count(row.size)} ${row.outcome || "shares"} at ${cents(row.price)}`),
    el("p", { class: "quiet" }, el("time", { text: stamp(row.at) }), state && ` · ${state}`),
    row.tags.some((tag) => TAGS.has(tag)) && el("ul", { class: "tags" }, row.tags.filter((tag) => TAGS.has(tag))
      .map((tag) => el("li", { class: `mark ${tag.toLowerCase()}`, text: tagName(tag), title: TAGS.get(tag)[1] }))));
}

/** The rate as a point on its interval; the tick is where smart money begins, at 60 %. */
function winRate(profile) {
  const rate = number(profile.win_rate);
  if (rate === null) {
    return el("p", { class: "quiet", text: "Win rate withheld: fewer than 20 positions, or not all of them could be read." });
  }
  const low = number(profile.win_rate_low);
  const high = number(profile.win_rate_high);
  const at = (share) => `${(Math.min(1, Math.max(0, share)) * 100).toFixed(1)}%`;
  const interval = low === null || high === null ? "" : `${percent(low)} and ${percent(high)}`;
  return el("div", { class: "win" },
    el("p", {}, "Wins ", el("b", { text: percent(rate) }), interval && el("span", { class: "quiet", text: `between ${interval}` })),
    svg("svg", { height: 18, role: "img", "aria-label": `Win rate ${percent(rate)}${interval && `, interval ${interval}`}` },
      svg("rect", { class: "track", y: 7, width: "100%", height: 4 }),
      interval && svg("rect", { class: "span", x: at(low), y: 5, width: at(high - low), height: 8 }),
      svg("line", { class: "tick", x1: "60%", x2: "60%", y1: 1, y2: 17 }, svg("title", {}, "60%: smart money")),
      svg("circle", { cx: at(rate), cy: 9, r: 5 })));
}

function impact(row) {
  const book = object(row.record.impact);
  if (book === null) return null;
  const levels = number(book.levels);
  return section("Impact on the book", facts([
    ["Levels taken", book.swept === true ? `${count(levels)}, the whole side` : known(count, levels)],
    ["Slippage", number(book.slippage_percent) === null ? "" : `${Number(book.slippage_percent.toFixed(2))}%`],
    ["Best price", known(cents, book.best_price)],
    ["Depth", dollars(book.depth_value)],
  ]), asOf(book));
}

function trade(row) {
  const { record } = row;
  const hash = text(record.tx_hash, 80);
  const heard = instant(record.received_at);
  const late = heard === null || row.at === null ? "" : `${((heard - row.at) / 1000).toFixed(1)} s after it happened`;
  return section("Trade", facts([
    ["Value", exactMoney(row.value)],
    ["Shares", count(row.size)],
    ["Heard", late],
    ["Came by", [text(record.feed, 20), text(record.via, 20)].filter(Boolean).join(", ")],
    ["Transaction", hash && outside(link.transaction(hash), ends(hash), "transaction", hash)],
    ["Revision", row.enrichment ? `${row.revision}, ${row.enrichment}` : ""],
  ]));
}

function raw(row) {
  return el("details", { class: "raw" }, el("summary", { text: "The record itself", "data-key": "raw" }),
    el("pre", { tabindex: 0, text: JSON.stringify(row.record, null, 1).slice(0, 20_000) }));
}

/** Leaderboard places: an array of them, one alone, or an object of them by period. */
function places(rank) {
  const one = object(rank);
  const all = Array.isArray(rank) ? rank
    : Array.isArray(one?.places) ? one.places
    : one === null ? [] : "rank" in one ? [one]
    : Object.entries(one).filter(([, place]) => object(place)).map(([period, place]) => ({ period, ...place }));
  return all.slice(0, 6).map(object).filter(Boolean).map((place) => {
    const at = number(place.rank) ?? text(place.rank, 8);
    const pnl = number(place.pnl);
    const period = text(place.period, 12).toLowerCase();
    return [`Rank, ${period === "all" ? "all time" : period}`, `${at}${pnl === null ? "" : ` (${money(pnl)})`}`];
  });
}

function section(title, ...children) {
  return el("section", {}, el("h3", { text: title }), ...children);
}

function facts(pairs) {
  const shown = pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  if (shown.length === 0) return null;
  return el("dl", {}, shown.map(([name, value]) => el("div", {}, el("dt", { text: name }), el("dd", {}, value))));
}

function asOf(part) {
  const at = instant(part.as_of);
  if (at === null) return null;
  return el("p", { class: "as-of", title: stamp(at), text: `as of ${clock(at)}` });
}

function dollars(value, signed = false) {
  const n = number(value);
  if (n === null) return "";
  return el("span", { title: exactMoney(n), text: `${signed && n > 0 ? "+" : ""}${money(n)}` });
}

const known = (show, value) => (number(value) === null ? "" : show(value));

/** A link to another site, or its words alone where `href` is null. */
function outside(href, words, key, title) {
  if (href === null) return el("span", { text: words, title });
  return el("a", { href, title, text: words, "data-key": key, target: "_blank", rel: "noopener noreferrer" });
}
