// The tiers, tags and alert rules, with their names on the page. Thresholds are pm-filter's and pm-enrich's defaults.

/** The tiers from lowest to highest; `rank` 0 is a trade below every tier. */
export const TIERS = [
  { rank: 0, id: "", name: "Below", full: "below every tier" },
  { rank: 1, id: "WHALE", name: "Whale", full: "whale" },
  { rank: 2, id: "MEGA_WHALE", name: "Mega", full: "mega whale" },
  { rank: 3, id: "SUPER_WHALE", name: "Super", full: "super whale" },
  { rank: 4, id: "GOD_WHALE", name: "God", full: "god whale" },
];

const byId = new Map(TIERS.map((tier) => [tier.id, tier]));

/** Returns the tier with an id; the lowest for an unknown id. */
export const tierOf = (id) => byId.get(id) ?? TIERS[0];

/** The name and the meaning of each tag that is not a tier. */
export const TAGS = new Map([
  ["SMART_MONEY", ["Smart", "Smart money: profit over $50,000 and a win rate over 60%"]],
  ["FRESH_WALLET", ["Fresh", "Fresh wallet: fewer than 10 trades, or an account younger than a week"]],
  ["SWEEPER", ["Sweeper", "Sweeper: took more than three levels of the book, or the whole side"]],
  ["INSIDER", ["Insider", "Insider: trades rarely, wins over 70%, profit over $10,000"]],
]);

/** Returns a tag's name on the page; an unknown tag in lower case. */
export const tagName = (tag) => TAGS.get(tag)?.[0] ?? tag.toLowerCase().replaceAll("_", " ");

/** The names of the alert rules. */
export const RULES = new Map([
  ["WHALE_MOVEMENT", "Whale movement"],
  ["SMART_MONEY_ENTRY", "Smart money entry"],
]);
