// The categories of a market. pm-alert's `--categories` uses the same: the tags of the market, or the first words of its
// slug or its event's.

import { list, text } from "./format.js";

/** The first words of slugs that name a category, where the tags of the market are not known yet. */
const PREFIXES = new Map([
  ["nfl", "Sports"], ["nba", "Sports"], ["nhl", "Sports"], ["mlb", "Sports"], ["cfb", "Sports"], ["cbb", "Sports"],
  ["epl", "Sports"], ["lal", "Sports"], ["bun", "Sports"], ["ucl", "Sports"], ["uel", "Sports"], ["unl", "Sports"],
  ["mls", "Sports"], ["atp", "Sports"], ["wta", "Sports"], ["ufc", "Sports"], ["cs2", "Esports"], ["lol", "Esports"],
  ["dota2", "Esports"], ["bitcoin", "Crypto"], ["btc", "Crypto"], ["ethereum", "Crypto"], ["eth", "Crypto"],
  ["solana", "Crypto"], ["xrp", "Crypto"], ["fed", "Economy"],
]);

/** The categories of a market, at most eight: its tags as written, else one by its slug; empty if unknown. */
export function categoriesOf(market, ...slugs) {
  const tags = list(market?.tags).slice(0, 8).map((tag) => text(tag, 30)).filter(Boolean);
  if (tags.length > 0) return tags;
  const found = slugs.map((slug) => PREFIXES.get(slug.split("-")[0])).find(Boolean);
  return found === undefined ? [] : [found];
}
