// The last hour in three pictures, drawn from the rows the page has: value per minute by tier, the markets with
// their buys against their sells, the wallets.

import { byId } from "./dom.js";
import { Flow, MINUTE, MINUTES } from "./flow.js";
import { count, ends, exactMoney, money } from "./format.js";
import { PLACES, Places } from "./places.js";
import { TIERS } from "./tiers.js";

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
      title: `${exactMoney(m.buys)} bought, ${exactMoney(m.sells)} sold, ${trades(m.trades)}`,
      before: m.sells > 0 ? money(m.sells) : "", after: m.buys > 0 ? money(m.buys) : "",
      left: m.sells / market / 2, right: m.buys / market / 2, from: 0.5,
    }));
    const wallet = hour.wallets[0]?.value ?? 1;
    this.#wallets.show(hour.wallets, (w) => ({
      name: w.row.name || ends(w.row.wallet), value: w.value,
      title: `${exactMoney(w.value)} in ${trades(w.trades)}, ${w.row.wallet}`,
      before: "", after: trades(w.trades),
      left: 0, right: w.value / wallet, from: 0,
    }));
  }
}

const trades = (n) => `${count(n)} ${n === 1 ? "trade" : "trades"}`;

function entry(map, key, make) {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
