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
    side: el("b"),
    outcome: el("span", { class: "r-outcome" }),
    price: el("span", { class: "r-price" }),
    maker: el("em", { class: "mark maker", text: "maker", hidden: "", title: "A maker's side: the match is counted with its taker's trade" }),
    combo: el("em", { class: "mark combo", text: "combo", hidden: "", title: "Several legs, bought as one" }),
    alert: el("em", { class: "mark alert", text: "Alert", hidden: "" }),
    name: el("span", { class: "r-name" }),
    facts: el("span", { class: "r-facts" }),
    marks: el("span", { class: "r-marks" }),
    note: el("span", { class: "r-note" }),
  };
  const node = el("div", { class: "row", role: "option" },
    parts.time,
    el("span", { class: "r-bar" }, parts.bar),
    el("span", { class: "r-money" }, parts.value, parts.tier),
    el("span", { class: "r-what" }, parts.market, el("span", { class: "r-deal" }, parts.side, parts.outcome, parts.price, parts.maker, parts.combo, parts.alert)),
    el("span", { class: "r-who" }, parts.name, el("span", { class: "r-sub" }, parts.facts, parts.marks)),
    parts.note);
  node.parts = parts;
  return node;
}

/** Shows `row` in `node`, without the tint if `isQuiet` (while catching up, or with many new rows). */
export function bind(node, row, now, isQuiet) {
  const changed = node.row === row && node.version !== row.version;
  node.row = row;
  node.version = row.version;
  node.id = `row-${row.ordinal}`;
  setAttr(node, "data-id", row.id);
  setAttr(node, "data-kind", row.kind);
  node.classList.toggle("fresh", !isQuiet && now - row.born < FRESH);
  node.classList.toggle("settled", changed);
  if (row.kind === "trade") bindTrade(node, row);
  else bindNote(node, row);
  tick(node, now);
}

/** Updates the age. */
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
  setAttr(parts.time, "title", timestamp(row.at));
  parts.bar.style.setProperty("--length", barLength(row.value));
  setText(parts.value, money(row.value));
  setAttr(parts.value, "title", exactMoney(row.value));
  setText(parts.tier, row.tier.rank > 0 ? row.tier.name : "");
  setText(parts.market, row.title || abbreviated(row.condition) || "Unknown market");
  setAttr(parts.market, "title", row.title);
  setText(parts.side, row.side === "BUY" ? "Buy" : row.side === "SELL" ? "Sell" : "Trade");
  setText(parts.outcome, row.outcome);
  setText(parts.price, row.price === null ? "" : ` at ${cents(row.price)}`);
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
    if (Math.abs(profit) >= 1) facts.push(profile.truncated === true ? `${signed(profit)} recently` : signed(profit));
  } else if (row.enrichment === "pending") facts.push("looking up the wallet");
  else if (row.enrichment === "failed") facts.push("look-up failed");
  const tags = row.tags.filter((tag) => TAGS.has(tag));
  // Each tag takes the room of one fact.
  setText(parts.facts, facts.slice(0, Math.max(0, 3 - tags.length)).join(" · "));
  parts.marks.replaceChildren(...tags.map((tag) =>
    el("em", { class: `mark ${tag.toLowerCase()}`, text: tagName(tag), title: TAGS.get(tag)[1] })));
  parts.alert.hidden = row.alerts.length === 0;
  setAttr(parts.alert, "title", row.alerts.map((alert) => RULES.get(alert.rule) ?? alert.rule).join(", "));
}

/** Binds a line that is not a trade: a gap, an alert whose trade is not in the list, a message of the page. */
function bindNote(node, row) {
  const { parts } = node;
  for (const name of ["data-revision", "data-enrichment", "data-tier", "data-side", "data-retracted"]) {
    setAttr(node, name, null);
  }
  node.className = node.className.replace(/ ?tier-\w+/, "");
  setAttr(parts.time, "title", timestamp(row.at));
  setText(parts.note, noteText(row));
  setAttr(parts.note, "title", row.kind === "gap" ? row.cause : null);
}

/** The text of a line that is not a trade. */
function noteText(row) {
  if (row.kind !== "gap") return row.message;
  const feed = row.feed === "" ? "The feed" : `Feed “${row.feed}”`;
  const from = row.from === null ? "" : ` from ${timeOfDay(row.from)}`;
  if (row.state === "open") return `${feed}: gap${from}; back-fill in progress`;
  const to = row.to === null ? "" : ` to ${timeOfDay(row.to)}`;
  const length = row.from === null || row.to === null ? "" : ` (${duration((row.to - row.from) / 1000)})`;
  const end = row.state === "closed"
    ? `back-filled, ${count(row.recovered ?? 0)} trades recovered`
    : "could not be back-filled";
  return `${feed}: gap${from}${to}${length}; ${end}`;
}

/** The length of a value's bar, 0.03 to 1, on a logarithmic scale from $1,000 to $1,000,000; 0 for no value. */
function barLength(value) {
  if (value === null || value <= 0) return 0;
  return Math.min(1, Math.max(0.03, (Math.log10(value) - 3) / 3)).toFixed(3);
}
