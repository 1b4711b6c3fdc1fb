// The chart of a market's price: x is time, y is cents, and each large trade is a circle whose area is its value.

import { svg } from "./dom.js";
import { cents, exactMoney, number, timeOfDay } from "./format.js";

const HEIGHT = 170;
const LEFT = 34;
const FOOT = 18;
/** The most circles to draw; the largest trades come first. */
const MOST_CIRCLES = 250;

/**
 * The trades of `row`'s market, oldest first, as prices of `row`'s outcome: in a market with two outcomes, No at 37¢
 * is Yes at 63¢, and buying No is selling Yes. Each match is there once: a maker only if it is `row`.
 */
export function pricesFor(rows, row) {
  const trades = [];
  for (const other of rows) {
    if (other.kind !== "trade" || other.condition !== row.condition) continue;
    if (other.price === null || other.at === null || other.retracted !== null) continue;
    if (other.isMaker && other !== row) continue;
    const same = other.outcomeIndex === row.outcomeIndex && other.outcome === row.outcome;
    const mirrored = !same && other.outcomeIndex + row.outcomeIndex === 1;
    if (!same && !mirrored) continue;
    const buys = (other.side === "BUY") !== mirrored;
    trades.push({ row: other, at: other.at, price: mirrored ? 1 - other.price : other.price, buys });
  }
  return trades.sort((a, b) => a.at - b.at);
}

/**
 * The chart of `trades`, `width` pixels wide, with the market's price as a dashed line, and a ring around `row` if it is
 * marked.
 */
export function priceChart(trades, row, width, isMarked = true) {
  const index = row.outcomeIndex;
  const now = number(Array.isArray(row.market?.outcome_prices) ? row.market.outcome_prices[index] : undefined);
  const prices = trades.map((trade) => trade.price).concat(now ?? []);
  const [low, high] = paddedBounds(Math.min(...prices), Math.max(...prices));
  const begin = trades[0].at;
  const duration = Math.max(60_000, trades.at(-1).at - begin);
  const right = width - 12;
  const x = (at) => LEFT + 8 + ((at - begin) / duration) * (right - LEFT - 16);
  const y = (price) => 10 + (1 - (price - low) / (high - low)) * (HEIGHT - FOOT - 20);
  const largest = Math.max(...trades.map((trade) => trade.row.value ?? 0), 1);

  const radius = (trade) => Math.max(1.6, 13 * Math.sqrt((trade.row.value ?? 0) / largest));
  const mine = isMarked ? trades.find((trade) => trade.row === row) : undefined;

  const ticks = roundPrices(low, high).flatMap((price) => [
    svg("path", { class: "grid", d: `M${LEFT} ${Math.round(y(price)) + 0.5}H${width}` }),
    svg("text", { class: "axis", x: LEFT - 6, y: y(price) + 3.5, "text-anchor": "end" }, cents(price)),
  ]);
  const line = trades.map((trade, i) => `${i === 0 ? "M" : "H"}${x(trade.at).toFixed(1)}${i === 0 ? " " : "V"}${y(trade.price).toFixed(1)}`).join("");
  const circles = [...trades]
    .sort((a, b) => (b.row.value ?? 0) - (a.row.value ?? 0))
    .slice(0, MOST_CIRCLES)
    .map((trade) => svg("circle", {
      class: trade.buys ? "buys" : "sells",
      cx: x(trade.at).toFixed(1), cy: y(trade.price).toFixed(1),
      r: radius(trade).toFixed(1),
    }, svg("title", {}, `${trade.buys ? "Buy" : "Sell"} ${exactMoney(trade.row.value)} at ${cents(trade.price)}, ${timeOfDay(trade.at)}`)));

  return svg("svg", {
    class: "price", width, height: HEIGHT, role: "img",
    "aria-label": `Price of ${row.outcome || "the outcome"} in ${trades.length} large trades, `
      + `from ${cents(trades[0].price)} to ${cents(trades.at(-1).price)}`,
  },
    ticks,
    now === null ? null : svg("path", { class: "market-price", d: `M${LEFT} ${y(now).toFixed(1)}H${width}` },
      svg("title", {}, `The market's price when looked up: ${cents(now)}`)),
    now === null ? null : svg("text", { class: "axis", x: LEFT + 4, y: (y(now) - 4).toFixed(1) }, `market ${cents(now)}`),
    svg("path", { class: "path", d: line }),
    mine && svg("path", { class: "this", d: `M${x(mine.at).toFixed(1)} 4V${HEIGHT - FOOT}` }),
    circles,
    mine && svg("circle", { class: "this", cx: x(mine.at).toFixed(1), cy: y(mine.price).toFixed(1), r: (radius(mine) + 4).toFixed(1) }),
    svg("text", { class: "axis", x: LEFT, y: HEIGHT - 4 }, timeOfDay(begin)),
    svg("text", { class: "axis", x: right, y: HEIGHT - 4, "text-anchor": "end" }, timeOfDay(begin + duration)));
}

/** Three to six round prices between two bounds. Steps are 1, 2 or 5 times a power of ten. */
function roundPrices(low, high) {
  const steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
  const step = steps.find((size) => (high - low) / size <= 5) ?? 0.5;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

/** Bounds with padding, at least four cents apart, from 0 to 1. */
function paddedBounds(low, high) {
  const padding = Math.max(0.02, (high - low) * 0.12);
  return [Math.max(0, low - padding), Math.min(1, high + padding)];
}
