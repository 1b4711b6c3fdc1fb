// The last hour in three pictures, drawn from the rows the page has: value per minute by tier, the markets with
// their buys against their sells, the wallets. One path or rectangle per thing shown, changed in place.

import { byId, el, setAttr, setText, svg } from "./dom.js";
import { clock, ends, exactMoney, money } from "./format.js";
import { TIERS } from "./tiers.js";

const MINUTES = 60;
const MINUTE = 60_000;
const PLACES = 6;

/**
 * The sums of the hour that ends at `end` (ms): `minutes[rank][m]` in dollars with m = 59 the newest, `markets` and
 * `wallets` largest first. Rows that the exchange took back do not count.
 */
export function tally(rows, end) {
  const begin = end - MINUTES * MINUTE;
  const minutes = TIERS.map(() => new Float64Array(MINUTES));
  const markets = new Map();
  const wallets = new Map();
  for (const row of rows) {
    if (row.kind !== "trade" || row.value === null || row.retracted !== null) continue;
    if (row.at === null || row.at <= begin || row.at > end) continue;
    minutes[row.tier.rank][Math.min(MINUTES - 1, Math.floor((row.at - begin) / MINUTE))] += row.value;
    const market = entry(markets, row.condition, () => ({ row, buys: 0, sells: 0, value: 0, trades: 0 }));
    market.value += row.value;
    market.trades += 1;
    if (row.side === "BUY") market.buys += row.value;
    if (row.side === "SELL") market.sells += row.value;
    if (row.wallet === "") continue;
    const wallet = entry(wallets, row.wallet, () => ({ row, value: 0, trades: 0 }));
    wallet.row = row;
    wallet.value += row.value;
    wallet.trades += 1;
  }
  const largest = (map) => [...map.values()].sort((a, b) => b.value - a.value).slice(0, PLACES);
  return { minutes, end, markets: largest(markets), wallets: largest(wallets) };
}

/** The column of the hour. `onMarket(row)` and `onWallet(row)` are told what was chosen in it. */
export class Hour {
  #flow = new Flow(byId("flow"), byId("flow-read"));
  #markets;
  #wallets;

  constructor({ onMarket, onWallet }) {
    this.#markets = new Places(byId("markets"), onMarket);
    this.#wallets = new Places(byId("wallets"), onWallet);
    // The columns are as wide as the picture: a new width is a new drawing.
    new ResizeObserver(() => this.#flow.draw()).observe(byId("flow"));
  }

  render(rows, now) {
    // A replay's trades are of another day: the hour shown is then theirs.
    let newest = 0;
    for (const row of rows) if (row.kind === "trade" && row.at > newest) newest = row.at;
    const end = newest > 0 && now - newest > MINUTES * MINUTE ? newest : now;
    const hour = tally(rows, end);
    this.#flow.show(hour);
    const market = Math.max(...hour.markets.map((m) => Math.max(m.buys, m.sells)), 1);
    this.#markets.show(hour.markets, (m) => ({
      name: m.row.title || ends(m.row.condition), value: m.value,
      title: `${exactMoney(m.buys)} bought, ${exactMoney(m.sells)} sold, ${m.trades} trades`,
      left: m.sells / market / 2, right: m.buys / market / 2, from: 0.5,
    }));
    const wallet = hour.wallets[0]?.value ?? 1;
    this.#wallets.show(hour.wallets, (w) => ({
      name: w.row.name || ends(w.row.wallet), value: w.value,
      title: `${exactMoney(w.value)} in ${w.trades} trades, ${w.row.wallet}`,
      left: 0, right: w.value / wallet, from: 0,
    }));
  }
}

/** Value per minute, one column a minute, tiers upon each other; the pointer reads a minute. */
class Flow {
  #svg;
  #read;
  #hour = null;
  #at = null;
  #paths = TIERS.map((tier) => svg("path", { class: `tier-${tier.css}` }));
  #grid = svg("path", { class: "grid" });
  #mark = svg("rect", { class: "minute", y: 0, visibility: "hidden" });
  #high = svg("text", { class: "axis", x: 0, y: 9 });
  #times = [0, 0.5, 1].map((at) => svg("text", { class: "axis", "text-anchor": ["start", "middle", "end"][at * 2] }));
  #legend = byId("flow-legend");

  constructor(picture, read) {
    this.#svg = picture;
    this.#read = read;
    picture.append(this.#grid, this.#mark, ...this.#paths, this.#high, ...this.#times);
    for (const tier of [...TIERS].reverse()) {
      this.#legend.append(el("li", { class: `tier-${tier.css}` }, el("span", { text: tier.name }), el("b")));
    }
    picture.addEventListener("pointermove", (event) => {
      const box = picture.getBoundingClientRect();
      this.#at = Math.min(MINUTES - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * MINUTES)));
      this.#readOut();
    });
    picture.addEventListener("pointerleave", () => {
      this.#at = null;
      this.#readOut();
    });
  }

  show(hour) {
    this.#hour = hour;
    this.draw();
  }

  draw() {
    if (this.#hour === null) return;
    const { minutes, end } = this.#hour;
    const width = this.#svg.clientWidth;
    const height = this.#svg.clientHeight;
    if (width === 0) return;
    const foot = height - 16;
    const step = width / MINUTES;
    const sums = Array.from({ length: MINUTES }, (_, m) => minutes.reduce((sum, tier) => sum + tier[m], 0));
    const top = ceiling(Math.max(...sums, 1000));
    const under = new Float64Array(MINUTES);
    minutes.forEach((tier, rank) => {
      let path = "";
      for (let m = 0; m < MINUTES; m++) {
        if (tier[m] === 0) continue;
        const y = foot - ((under[m] + tier[m]) / top) * (foot - 14);
        const tall = Math.max(0.75, (tier[m] / top) * (foot - 14));
        path += `M${(m * step + 0.5).toFixed(2)} ${y.toFixed(2)}h${(step - 1.25).toFixed(2)}v${tall.toFixed(2)}h${(1.25 - step).toFixed(2)}z`;
        under[m] += tier[m];
      }
      setAttr(this.#paths[rank], "d", path || "M0 0");
    });
    setAttr(this.#grid, "d", [14, 14 + (foot - 14) / 2, foot].map((y) => `M0 ${Math.round(y) + 0.5}H${width}`).join(""));
    setText(this.#high, `${money(top)} a minute`);
    this.#times.forEach((label, i) => {
      setAttr(label, "x", (width * i) / 2);
      setAttr(label, "y", height - 3);
      setText(label, clock(end - ((2 - i) / 2) * MINUTES * MINUTE));
    });
    setAttr(this.#mark, "width", step.toFixed(2));
    setAttr(this.#mark, "height", foot);
    this.#readOut();
  }

  #readOut() {
    if (this.#hour === null) return;
    const { minutes, end } = this.#hour;
    const of = (rank) => (this.#at === null ? minutes[rank].reduce((a, b) => a + b, 0) : minutes[rank][this.#at]);
    const values = TIERS.map((tier) => of(tier.rank));
    const all = values.reduce((a, b) => a + b, 0);
    const when = this.#at === null ? "in the hour" : `at ${clock(end - (MINUTES - this.#at) * MINUTE)}`;
    setText(this.#read, `${money(all)} ${when}`);
    [...this.#legend.children].forEach((item, i) => {
      const value = values[TIERS.length - 1 - i];
      setText(item.lastChild, money(value));
      setAttr(item.lastChild, "title", exactMoney(value));
    });
    setAttr(this.#mark, "visibility", this.#at === null ? "hidden" : "visible");
    if (this.#at !== null) setAttr(this.#mark, "x", ((this.#at * this.#svg.clientWidth) / MINUTES).toFixed(2));
    if (this.#at === null) {
      setAttr(this.#svg, "aria-label", `Value of large trades per minute, ${money(all)} in the hour: `
        + TIERS.map((tier) => `${tier.name} ${money(values[tier.rank])}`).join(", "));
    }
  }
}

/** A short list of names with bars; its buttons stay where they are while what they show changes. */
class Places {
  #items;
  #empty;

  constructor(node, onChoose) {
    this.#items = Array.from({ length: PLACES }, () => {
      const name = el("span", { class: "p-name" });
      const value = el("b");
      const left = svg("rect", { class: "sell", height: 5, y: 0.5 });
      const right = svg("rect", { class: "buy", height: 5, y: 0.5 });
      const bar = svg("svg", { class: "p-bar", height: 6, "aria-hidden": "true" }, left, right);
      const item = { name, value, left, right, shown: null };
      const button = el("button", { type: "button", on: { click: () => item.shown && onChoose(item.shown.row) } },
        name, value, bar);
      item.button = button;
      item.node = el("li", { hidden: "" }, button);
      return item;
    });
    this.#empty = el("li", { class: "p-none", text: "Nothing yet in this hour." });
    node.append(...this.#items.map((item) => item.node), this.#empty);
  }

  show(places, describe) {
    this.#empty.hidden = places.length > 0;
    this.#items.forEach((item, i) => {
      item.shown = places[i] ?? null;
      item.node.hidden = item.shown === null;
      if (item.shown === null) return;
      const { name, value, title, left, right, from } = describe(item.shown);
      setText(item.name, name);
      setText(item.value, money(value));
      setAttr(item.button, "title", `${name}: ${title}`);
      setAttr(item.left, "x", `${((from - left) * 100).toFixed(2)}%`);
      setAttr(item.left, "width", `${(left * 100).toFixed(2)}%`);
      setAttr(item.right, "x", `${(from * 100).toFixed(2)}%`);
      setAttr(item.right, "width", `${(right * 100).toFixed(2)}%`);
    });
  }
}

/** The next round number at or above: one figure and a power of ten, and 1.5 and 2.5 times it. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((n) => n * power).find((n) => n >= value);
}

function entry(map, key, make) {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
