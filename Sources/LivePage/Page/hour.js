// The last hour, summed over the rows of the page: value per minute, the largest markets with their buys and
// sells, the largest wallets. Each match counts once, unless the viewer asks for both sides.

import { byId } from "./dom.js";
import { FlowChart, MINUTE, MINUTES } from "./flow.js";
import { abbreviated, count, exactMoney, money } from "./format.js";
import { Ranking, RANKS } from "./ranking.js";

/**
 * Sums the hour that ends at `end` (ms): `minutes.BUY[m]`, `minutes.SELL[m]` and `minutes.all[m]` in dollars, where m = 59
 * is the newest minute; `markets` and `wallets`, largest first. Retracted trades do not count, and makers only if
 * `bothSides`.
 */
function hourSums(rows, end, bothSides) {
  const begin = end - MINUTES * MINUTE;
  const minutes = { BUY: new Float64Array(MINUTES), SELL: new Float64Array(MINUTES), all: new Float64Array(MINUTES) };
  const markets = new Map();
  const wallets = new Map();
  for (const row of rows) {
    if (row.kind !== "trade" || row.value === null || row.retracted !== null) continue;
    if (row.isMaker && !bothSides) continue;
    if (row.at === null || row.at <= begin || row.at > end) continue;
    const minute = Math.min(MINUTES - 1, Math.floor((row.at - begin) / MINUTE));
    minutes.all[minute] += row.value;
    if (row.side !== "") minutes[row.side][minute] += row.value;
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
  const largest = (map) => [...map.values()].sort((a, b) => b.value - a.value).slice(0, RANKS);
  return { minutes, end, markets: largest(markets), wallets: largest(wallets) };
}

/**
 * The panel `#hour`. Calls `onMarket(row)` and `onWallet(row)` when the viewer chooses one, and `onSides()` when the
 * viewer changes whether both sides of a match count.
 */
export class Hour {
  #flow = new FlowChart(byId("flow"), byId("flow-readout"));
  #markets;
  #wallets;
  #sides = byId("all-sides");

  constructor({ onMarket, onWallet, onSides }) {
    this.#sides.addEventListener("change", onSides);
    this.#markets = new Ranking(byId("markets"), onMarket);
    this.#wallets = new Ranking(byId("wallets"), onWallet);
    // The width of the columns depends on the chart's.
    new ResizeObserver(() => this.#flow.draw()).observe(byId("flow"));
  }

  /** Whether makers count, too. */
  get bothSides() {
    return this.#sides.checked;
  }

  /**
   * `since` (ms) is the time since which `rows` has all trades, or null. Returns the begin of the hour (ms).
   */
  render(rows, since, now) {
    // The trades of a replay are old: show the last hour of the replay.
    let newest = 0;
    for (const row of rows) if (row.kind === "trade" && row.at > newest) newest = row.at;
    const end = newest > 0 && now - newest > MINUTES * MINUTE ? newest : now;
    const hour = hourSums(rows, end, this.bothSides);
    const begin = end - MINUTES * MINUTE;
    this.#flow.show({ ...hour, since: since !== null && since > begin ? since : null });
    const market = Math.max(...hour.markets.map((m) => Math.max(m.buys, m.sells)), 1);
    this.#markets.show(hour.markets, (m) => ({
      name: m.row.title || abbreviated(m.row.condition), value: m.value,
      title: `${exactMoney(m.buys)} bought, ${exactMoney(m.sells)} sold, ${trades(m.trades)}`,
      before: m.sells > 0 ? money(m.sells) : "", after: m.buys > 0 ? money(m.buys) : "",
      left: m.sells / market / 2, right: m.buys / market / 2, from: 0.5,
    }));
    const wallet = hour.wallets[0]?.value ?? 1;
    this.#wallets.show(hour.wallets, (w) => ({
      name: w.row.name || abbreviated(w.row.wallet), value: w.value,
      title: `${exactMoney(w.value)} in ${trades(w.trades)}, ${w.row.wallet}`,
      before: "", after: trades(w.trades),
      left: 0, right: w.value / wallet, from: 0,
    }));
    return begin;
  }
}

const trades = (n) => `${count(n)} ${n === 1 ? "trade" : "trades"}`;

function entry(map, key, make) {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
