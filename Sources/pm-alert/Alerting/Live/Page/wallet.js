// Who made the trade: the wallet's profile, with its win rate as a point on its interval.

import { el, svg } from "./dom.js";
import { asOf, dollars, facts, known, outside, section } from "./facts.js";
import { count, day, ends, instant, link, money, number, object, percent, text } from "./format.js";

/** The section about a trade's wallet; `onlyThis(field, value)` makes the button that filters by it. */
export function walletSection(row, onlyThis) {
  const profile = row.profile;
  const filter = row.wallet === "" ? null : onlyThis("wallet", row.wallet);
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
    [profile.truncated === true ? "Profit of late" : "Profit", dollars(profile.total_profit, true)],
    ["Portfolio", dollars(profile.portfolio_value)],
    ["Largest trade", dollars(profile.largest_trade)],
    ["Trades", known(count, profile.trades)],
    ["Positions", known(count, profile.positions)],
    ["Activity", text(profile.activity, 20).toLowerCase()],
    ["Account since", instant(profile.account_created_at) === null ? "" : day(instant(profile.account_created_at))],
    ...places(row.record.rank),
  ]), asOf(profile));
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
  const positions = number(profile.positions);
  const of = positions === null ? "" : `${count(positions)} positions`;
  const interval = low === null || high === null ? "" : `${percent(low)} to ${percent(high)}`;
  return el("div", { class: "win" },
    el("p", {}, "Wins ", el("b", { text: percent(rate) }), of && ` of ${of}`,
      interval && el("span", { class: "quiet", text: interval, title: "95% interval (Wilson's)" })),
    svg("svg", { height: 18, role: "img", "aria-label": `Win rate ${percent(rate)}${interval && `, interval ${interval}`}` },
      svg("rect", { class: "track", y: 7, width: "100%", height: 4 }),
      interval && svg("rect", { class: "span", x: at(low), y: 5, width: at(high - low), height: 8 }),
      svg("line", { class: "tick", x1: "60%", x2: "60%", y1: 1, y2: 17 }, svg("title", {}, "60%: smart money")),
      svg("circle", { cx: at(rate), cy: 9, r: 5 })));
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
