// One line of the list. Its elements are built once and bound to another row when the list is scrolled.

import { el, setAttr, setText } from "./dom.js";
import { abbreviated, ago, cents, count, duration, exactMoney, money, number, percent, signed, timeOfDay, timestamp } from "./format.js";
import { RULES, tagName, TAGS } from "./tiers.js";

/** A row that arrived less than this long ago, in ms, has a tint that fades. */
const FRESH = 1200;

/** Creates an empty line. Its property `parts` has the elements that `bind` changes. */
export function build() {
  const parts = {
    time: el("span", { class: "r-time" }),
    bar: el("i"),
    value: el("span", { class: "r-value" }),
    tier: el("span", { class: "r-tier" }),
    market: el("span", { class: "r-market" }),
    side: el("b", { class: "r-side" }),
    outcome: el("span", { class: "r-outcome" }),
    price: el("span", { class: "r-price" }),
    burst: el("em", { class: "mark burst", hidden: "" }),
    maker: el("em", { class: "mark maker", text: "maker", hidden: "", title: "A maker's side: the match is counted with its taker's trade" }),
    combo: el("em", { class: "mark combo", text: "combo", hidden: "", title: "Several legs, bought as one" }),
    alert: el("em", { class: "mark alert", text: "Alert", hidden: "" }),
    name: el("span", { class: "r-name" }),
    facts: el("span", { class: "r-facts" }),
    marks: el("span", { class: "r-marks" }),
    note: el("span", { class: "r-note" }),
  };
  const node = el("div", { class: "row", role: "treeitem" },
    parts.time,
    el("span", { class: "r-bar" }, parts.bar),
    el("span", { class: "r-money" }, parts.value, parts.tier),
    el("span", { class: "r-what" }, parts.market, el("span", { class: "r-deal" }, parts.side, parts.outcome, parts.price, parts.burst, parts.maker, parts.combo, parts.alert, parts.marks)),
    el("span", { class: "r-who" }, parts.name, el("span", { class: "r-sub" }, parts.facts)),
    parts.note);
  node.parts = parts;
  return node;
}

/** Shows `row` in `node`, without the tint if `isQuiet` (while catching up, or with many new rows). */
export function bind(node, row, now, isQuiet) {
  const changed = node.row === row && node.version !== row.version;
  node.row = row;
  node.version = row.version;
  const isBurst = row.kind === "burst";
  const isTrade = isBurst || row.kind === "trade";
  setAttr(node, "data-id", row.id);
  setAttr(node, "data-kind", isTrade ? "trade" : row.kind);
  setAttr(node, "aria-expanded", isBurst ? String(row.isOpen) : null);
  setAttr(node, "aria-level", isTrade && !isBurst && row.burst !== null ? 2 : 1);
  node.classList.toggle("fresh", !isQuiet && now - row.born < FRESH);
  node.classList.toggle("settled", changed);
  if (isTrade) bindTrade(node, row);
  else bindNote(node, row);
  tick(node, now);
}

/** Updates the age. */
export function tick(node, now) {
  setText(node.parts.time, node.row.kind === "end" ? "" : ago(node.row.at, now));
}

function bindTrade(node, row) {
  const { parts } = node;
  setAttr(node, "data-revision", row.revision);
  node.dataset.enrichment = row.enrichment;
  node.dataset.tier = row.tier.id;
  setAttr(node, "data-side", row.side);
  setAttr(node, "data-retracted", row.retracted === null ? null : "true");
  setAttr(parts.time, "title", timestamp(row.at));
  parts.bar.style.setProperty("--length", barLength(row.value));
  setText(parts.value, money(row.value));
  setAttr(parts.value, "title", exactMoney(row.value));
  setText(parts.tier, row.tier.rank > 0 ? row.tier.name : "");
  setAttr(parts.tier, "data-rank", row.tier.rank);
  setText(parts.market, row.title || abbreviated(row.condition) || "Unknown market");
  setAttr(parts.market, "title", row.title);
  setText(parts.side, row.side === "BUY" ? "▲ Buy" : row.side === "SELL" ? "▼ Sell" : "Trade");
  setText(parts.outcome, row.outcome);
  setText(parts.price, row.price === null ? "" : ` at ${row.kind === "burst" ? cents(Number(row.price.toFixed(3))) : cents(row.price)}`);
  parts.burst.hidden = row.kind !== "burst";
  if (row.kind === "burst") setText(parts.burst, burstText(row));
  setAttr(parts.price, "title", row.size === null ? null : `${count(row.size)} shares`);
  parts.maker.hidden = !row.isMaker;
  parts.combo.hidden = !row.isCombo;
  setText(parts.name, row.name || abbreviated(row.wallet) || "Wallet unknown");
  setAttr(parts.name, "title", row.wallet);
  bindFacts(parts, row);
  setText(parts.note, row.retracted === null ? "" : "retracted");
  setAttr(parts.note, "title", row.retracted);
}

function bindFacts(parts, row) {
  const facts = [];
  const profile = row.profile;
  if (profile !== null) {
    if (typeof profile.win_rate === "number") facts.push(`wins ${percent(profile.win_rate)}`);
    // No profit means a new wallet, which has a tag for that.
    const profit = number(profile.total_profit) ?? 0;
    if (Math.abs(profit) >= 1) facts.push(`${profile.truncated === true ? "recent profit" : "profit"} ${signed(profit)}`);
  } else if (row.enrichment === "pending") facts.push("looking up the wallet");
  else if (row.enrichment === "failed") facts.push("look-up failed");
  const tags = row.tags.filter((tag) => TAGS.has(tag));
  setText(parts.facts, facts.join(" · "));
  parts.marks.replaceChildren(...tags.map((tag) =>
    el("em", { class: `mark ${tag.toLowerCase()}`, text: tagName(tag), title: TAGS.get(tag)[1] })));
  parts.alert.hidden = row.alerts.length === 0;
  setAttr(parts.alert, "title", row.alerts.map((alert) => RULES.get(alert.rule) ?? alert.rule).join(", "));
}

/** Binds a line that is not a trade: a gap, a message of the page, the end of the list. */
function bindNote(node, row) {
  const { parts } = node;
  for (const name of ["data-revision", "data-enrichment", "data-tier", "data-side", "data-retracted"]) {
    setAttr(node, name, null);
  }
  setAttr(parts.time, "title", timestamp(row.at));
  setText(parts.note, noteText(row));
  setAttr(parts.note, "title", null);
}

/** The trades of a burst in words: "4 trades in 12s", "+3 makers". */
function burstText(burst) {
  const members = burst.members.length;
  const others = burst.rows.length - members;
  const long = burst.last - burst.first;
  const own = members > 1 ? `${count(members)} trades${long >= 1000 ? ` in ${duration(long / 1000)}` : ""}` : "";
  const word = burst.rows.every((row) => row.isMaker || burst.members.includes(row)) ? "maker" : "other";
  const rest = others > 0 ? `+${count(others)} ${others === 1 ? word : `${word}s`}` : "";
  return [own, rest].filter(Boolean).join(", ");
}

/** The text of a line that is not a trade. */
function noteText(row) {
  if (row.kind !== "gap") return row.message;
  const feed = row.feed === "" ? "The feed" : `Feed “${row.feed}”`;
  const from = row.from === null ? "" : ` from ${timeOfDay(row.from)}`;
  const cause = row.cause === "" ? "" : ` (${row.cause})`;
  if (row.state === "open") return `${feed}: gap${from}${cause}; not back-filled yet, trades may be missing`;
  const to = row.to === null ? "" : ` to ${timeOfDay(row.to)}`;
  const length = row.from === null || row.to === null ? "" : ` (${duration((row.to - row.from) / 1000)})`;
  const end = row.state === "closed"
    ? `back-filled, ${count(row.recovered ?? 0)} trades recovered`
    : "could not be back-filled";
  return `${feed}: gap${from}${to}${length}${cause}; ${end}`;
}

/** The length of a value's bar, 0.03 to 1, on a logarithmic scale from $1,000 to $1,000,000; 0 for no value. */
function barLength(value) {
  if (value === null || value <= 0) return 0;
  return Math.min(1, Math.max(0.03, (Math.log10(value) - 3) / 3)).toFixed(3);
}
