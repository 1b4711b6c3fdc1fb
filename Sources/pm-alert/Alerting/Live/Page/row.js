// One line of the list: built once, bound to row after row as the list is scrolled.

import { el, setAttr, setText } from "./dom.js";
import { ago, cents, clock, count, ends, exactMoney, money, number, percent, signed, span, stamp } from "./format.js";
import { RULES, TAGS, tagName } from "./tiers.js";

/** A row heard less than this many ms ago comes in with a tint that fades. */
const FRESH = 1200;

/** A new, empty line. What `bind` writes to is kept on it as `parts`. */
export function build() {
  const parts = {
    time: el("span", { class: "r-time" }),
    bar: el("i"),
    value: el("span", { class: "r-value" }),
    tier: el("span", { class: "r-tier" }),
    market: el("span", { class: "r-market" }),
    side: el("b"),
    outcome: el("span", { class: "r-outcome" }),
    price: el("span", { class: "r-price" }),
    alert: el("em", { class: "mark alert", text: "Alert", hidden: "" }),
    name: el("span", { class: "r-name" }),
    facts: el("span", { class: "r-facts" }),
    marks: el("span", { class: "r-marks" }),
    note: el("span", { class: "r-note" }),
  };
  const node = el("div", { class: "row", role: "option" },
    parts.time,
    el("span", { class: "r-tide" }, parts.bar),
    el("span", { class: "r-money" }, parts.value, parts.tier),
    el("span", { class: "r-what" }, parts.market, el("span", { class: "r-deal" }, parts.side, parts.outcome, parts.price, parts.alert)),
    el("span", { class: "r-who" }, parts.name, el("span", { class: "r-sub" }, parts.facts, parts.marks)),
    parts.note);
  node.parts = parts;
  return node;
}

/** Shows `row` on `node`. `quiet` rows (a catch-up, a scroll) come without the tint. */
export function bind(node, row, now, quiet) {
  const changed = node.row === row && node.version !== row.version;
  node.row = row;
  node.version = row.version;
  node.id = `row-${row.ordinal}`;
  setAttr(node, "data-id", row.id);
  setAttr(node, "data-kind", row.kind);
  node.classList.toggle("fresh", !quiet && now - row.born < FRESH);
  node.classList.toggle("settled", changed);
  if (row.kind === "trade") bindTrade(node, row);
  else bindNote(node, row);
  tick(node, now);
}

/** What changes by time alone. */
export function tick(node, now) {
  setText(node.parts.time, ago(node.row.at, now));
}

function bindTrade(node, row) {
  const { parts } = node;
  setAttr(node, "data-revision", row.revision);
  node.dataset.enrichment = row.enrichment;
  node.dataset.tier = row.tier.id;
  setAttr(node, "data-side", row.side);
  setAttr(node, "data-retracted", row.retracted === null ? null : "true");
  node.className = node.className.replace(/ ?tier-\w+/, "") + ` tier-${row.tier.css}`;
  setAttr(parts.time, "title", stamp(row.at));
  parts.bar.style.setProperty("--reach", reach(row.value));
  setText(parts.value, money(row.value));
  setAttr(parts.value, "title", exactMoney(row.value));
  setText(parts.tier, row.tier.rank > 0 ? row.tier.name : "");
  setText(parts.market, row.title || ends(row.condition) || "Unknown market");
  setAttr(parts.market, "title", row.title);
  setText(parts.side, row.side === "BUY" ? "Buy" : row.side === "SELL" ? "Sell" : "Trade");
  setText(parts.outcome, row.outcome);
  setText(parts.price, row.price === null ? "" : ` at ${cents(row.price)}`);
  setAttr(parts.price, "title", row.size === null ? null : `${count(row.size)} shares`);
  setText(parts.name, row.name || ends(row.wallet) || "Wallet unknown");
  setAttr(parts.name, "title", row.wallet);
  bindFacts(parts, row);
  setText(parts.note, row.retracted === null ? "" : "taken back");
  setAttr(parts.note, "title", row.retracted);
}

function bindFacts(parts, row) {
  const facts = [];
  const profile = row.profile;
  if (profile !== null) {
    if (typeof profile.win_rate === "number") facts.push(`wins ${percent(profile.win_rate)}`);
    // A wallet that has gained nothing yet is a new one, and its tag says so.
    const profit = number(profile.total_profit) ?? 0;
    if (Math.abs(profit) >= 1) facts.push(profile.truncated === true ? `${signed(profit)} of late` : signed(profit));
  } else if (row.enrichment === "pending") facts.push("looking up the wallet");
  else if (row.enrichment === "failed") facts.push("not looked up");
  const tags = row.tags.filter((tag) => TAGS.has(tag));
  // The line has room for a fact less with every second mark.
  setText(parts.facts, facts.slice(0, Math.max(0, 3 - tags.length)).join(" · "));
  parts.marks.replaceChildren(...tags.map((tag) =>
    el("em", { class: `mark ${tag.toLowerCase()}`, text: tagName(tag), title: TAGS.get(tag)[1] })));
  parts.alert.hidden = row.alerts.length === 0;
  setAttr(parts.alert, "title", row.alerts.map((alert) => RULES.get(alert.rule) ?? alert.rule).join(", "));
}

/** Lines that are no trade: a stretch not heard, an alert whose trade is no longer here, a word from the page. */
function bindNote(node, row) {
  const { parts } = node;
  for (const name of ["data-revision", "data-enrichment", "data-tier", "data-side", "data-retracted"]) {
    setAttr(node, name, null);
  }
  node.className = node.className.replace(/ ?tier-\w+/, "");
  setAttr(parts.time, "title", stamp(row.at));
  setText(parts.note, noteText(row));
  setAttr(parts.note, "title", row.kind === "gap" ? row.cause : null);
}

/** The sentence of a line that is no trade. */
export function noteText(row) {
  if (row.kind !== "gap") return row.message;
  const feed = row.feed === "" ? "The feed" : `Feed “${row.feed}”`;
  const from = row.from === null ? "" : ` from ${clock(row.from)}`;
  if (row.state === "open") return `${feed} not heard${from}; what was missed is being fetched`;
  const to = row.to === null ? "" : ` to ${clock(row.to)}`;
  const length = row.from === null || row.to === null ? "" : ` (${span((row.to - row.from) / 1000)})`;
  const end = row.state === "closed"
    ? `repaired, ${count(row.recovered ?? 0)} trades recovered`
    : "could not be repaired";
  return `${feed} not heard${from}${to}${length}: ${end}`;
}

/** How far a value's bar reaches, 0.03 to 1: by its logarithm, from $1,000 to $1,000,000. */
export function reach(value) {
  if (value === null || value <= 0) return 0;
  return Math.min(1, Math.max(0.03, (Math.log10(value) - 3) / 3)).toFixed(3);
}
