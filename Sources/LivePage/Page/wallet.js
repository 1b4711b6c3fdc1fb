// The detail panel's section about the wallet: its profile, with the win rate and its confidence interval.

import { el, svg } from "./dom.js";
import { asOf, dollars, externalLink, facts, formatted, section, subjectButtons } from "./facts.js";
import { abbreviated, count, day, instant, link, money, number, object, percent, text } from "./format.js";

/** The section about a trade's wallet; `isOpen` in the wallet's own view. */
export function walletSection(row, actions, isOpen = false) {
  const profile = row.profile;
  const buttons = row.wallet === "" ? null
    : subjectButtons(actions, { kind: "wallet", id: row.wallet }, "wallet", row.wallet, isOpen);
  const header = el("p", { class: "who" },
    !isOpen && el("strong", { text: row.name || (row.wallet ? abbreviated(row.wallet) : "Unknown") }),
    text(profile?.label, 40) && el("em", { class: "mark label", text: text(profile.label, 40) }),
    row.wallet && externalLink(link.wallet(row.wallet), abbreviated(row.wallet), "wallet", row.wallet));
  if (profile === null) {
    const reason = text(row.record.enrichment_reason, 120);
    return section("Wallet", header, buttons, el("p", { class: "quiet", text: {
      pending: "Look-up in progress; the result appears here automatically.",
      failed: `Look-up failed${reason && `: ${reason}`}.`,
      skipped: `Not looked up${reason && `: ${reason}`}. It is retried later.`,
    }[row.enrichment] ?? "No profile." }));
  }
  return section("Wallet", header, buttons, winRate(profile), facts([
    [profile.truncated === true ? "Recent profit" : "Profit", dollars(profile.total_profit, true)],
    ["Portfolio", dollars(profile.portfolio_value)],
    ["Largest trade", dollars(profile.largest_trade)],
    ["Trades", formatted(count, profile.trades)],
    ["Positions", formatted(count, profile.positions)],
    ["Activity", text(profile.activity, 20).toLowerCase()],
    ["Account since", instant(profile.account_created_at) === null ? "" : day(instant(profile.account_created_at))],
    ...ranks(row.record.rank),
  ]), asOf(profile));
}

/** The win rate as a point on its interval, with a tick at the smart-money threshold, 60%. */
function winRate(profile) {
  const rate = number(profile.win_rate);
  if (rate === null) {
    return el("p", { class: "quiet", text: "No win rate: fewer than 20 positions, or some could not be read." });
  }
  const low = number(profile.win_rate_low);
  const high = number(profile.win_rate_high);
  const at = (fraction) => `${(Math.min(1, Math.max(0, fraction)) * 100).toFixed(1)}%`;
  const positions = number(profile.positions);
  const of = positions === null ? "" : `${count(positions)} positions`;
  const interval = low === null || high === null ? "" : `${percent(low)} to ${percent(high)}`;
  return el("div", { class: "win" },
    el("p", {}, "Wins ", el("b", { text: percent(rate) }), of && ` of ${of}`,
      interval && el("span", { class: "quiet", text: interval, title: "95% confidence interval (Wilson)" })),
    svg("svg", { height: 18, role: "img", "aria-label": `Win rate ${percent(rate)}${interval && `, interval ${interval}`}` },
      svg("rect", { class: "track", y: 7, width: "100%", height: 4 }),
      interval && svg("rect", { class: "span", x: at(low), y: 5, width: at(high - low), height: 8 }),
      svg("line", { class: "tick", x1: "60%", x2: "60%", y1: 1, y2: 17 }, svg("title", {}, "60%: smart money")),
      svg("circle", { cx: at(rate), cy: 9, r: 5 })));
}

/** The ranks on leaderboards: `rank` is an array of them, a single one, or an object by period. */
function ranks(rank) {
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
