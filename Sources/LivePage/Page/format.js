// Validates and formats the fields of records. Pure functions: the time is an argument.
// Every string and number of a record passes through `text` or `number` before it is used.

// Control characters, and invisible characters that reorder or hide text (Unicode TR 36, section 2.5).
// Joiners (U+200C, U+200D) are not included: scripts and emoji need them.
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+/g;

/** A string as one line of at most `most` characters; "" for anything but a string. */
export function text(value, most = 300) {
  if (typeof value !== "string") return "";
  const line = value.slice(0, most * 4).replace(INVISIBLE, " ").trim();
  return line.length > most ? line.slice(0, most - 1) + "…" : line;
}

/** A record as indented JSON with its invisible characters escaped, at most `most` characters of it. */
export function recordJSON(record, most) {
  const escaped = (character) => (character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return JSON.stringify(record, null, 1).slice(0, most)
    .replace(INVISIBLE, (characters) => [...characters].map(escaped).join(""));
}

/** A finite number, or null. */
export const number = (value) => (typeof value === "number" && Number.isFinite(value) ? value : null);

/** An array, or an empty one. */
export const list = (value) => (Array.isArray(value) ? value : []);

/** A plain object, or null. */
export const object = (value) => (value !== null && typeof value === "object" && !Array.isArray(value) ? value : null);

/** An RFC 3339 time in milliseconds since 1970, or null. */
export function instant(value) {
  const ms = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isFinite(ms) ? ms : null;
}

/** Dollars with three significant digits: $950, $12.4k, $1.24M; "–" for null. */
export function money(dollars) {
  if (dollars === null) return "–";
  const sign = dollars < 0 ? "−" : "";
  let size = Math.abs(dollars);
  if (size < 999.5) return `${sign}$${size < 10 && size > 0 ? size.toFixed(2) : Math.round(size)}`;
  let unit = 0;
  // 999.5 and not 1,000: with three digits 999,700 is 1.00M.
  while (size >= 999.5 && unit < 4) { size /= 1000; unit += 1; }
  return `${sign}$${size.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0)}${["", "k", "M", "B", "T"][unit]}`;
}

/** Round dollars for an axis, without trailing zeros: $8M, $1.5k. */
export const roundMoney = (dollars) => money(dollars).replace(/\.?0+(?=[kMBT]?$)/, (zeros, at, all) => (all.includes(".") ? "" : zeros));

/** A profit or loss in dollars, with its sign: +$12.4k, −$950. */
export const signed = (dollars) => (dollars > 0 ? "+" : "") + money(dollars);

const dollarsAndCents = new Intl.NumberFormat("en-US", {
  style: "currency", currency: "USD", minimumFractionDigits: 2, maximumFractionDigits: 6,
});
const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

/** Dollars with all digits, for titles. */
export const exactMoney = (dollars) => (dollars === null ? "" : dollarsAndCents.format(dollars));

/** A count or quantity with grouped digits; "–" for null. */
export const count = (n) => (n === null ? "–" : grouped.format(n));

/**
 * A price (dollars per share) in cents: 63¢, 49.75¢, 0.35¢; "–" for null. The smallest tick is a hundredth of a cent.
 */
export const cents = (price) => (price === null ? "–" : `${Number((price * 100).toFixed(2))}¢`);

/** A fraction from 0 to 1 in percent: 64%; "–" for null. */
export const percent = (fraction) => (fraction === null ? "–" : `${Math.round(fraction * 100)}%`);

/** The age of a time, in one unit: now, 12s, 4m, 3h, 5d. A time in the future is "now". */
export function ago(ms, now) {
  if (ms === null) return "";
  const s = Math.floor((now - ms) / 1000);
  if (s < 2) return "now";
  return duration(s);
}

/** A duration of `s` seconds, in one unit. */
export function duration(s) {
  if (s < 1) return "<1s";
  if (s < 60) return `${Math.floor(s)}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m`;
  if (s < 86400) return `${Math.floor(s / 3600)}h`;
  return `${Math.floor(s / 86400)}d`;
}

/** A time with milliseconds: 2026-11-22 10:06:22.123 UTC; "" for null. */
export const timestamp = (ms) => (ms === null ? "" : new Date(ms).toISOString().replace("T", " ").replace("Z", " UTC"));

/** A date: 22 Nov 2026; "–" for null. */
export const day = (ms) =>
  ms === null ? "–" : new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** Hours and minutes in the viewer's time zone: 10:06. */
export const timeOfDay = (ms) => new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

/** A long hex string, abbreviated: 0x94cf…5bca. */
export const abbreviated = (hex) => (hex.length > 14 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex);

const SLUG = /^[a-z0-9-]{1,200}$/;
const ADDRESS = /^0x[0-9a-f]{40}$/;
const HASH = /^0x[0-9a-f]{64}$/;

/** Links to other sites; null unless the slug, address or hash has exactly the expected form. */
export const link = {
  event: (slug) => (SLUG.test(slug) ? `https://polymarket.com/event/${slug}` : null),
  wallet: (address) => (ADDRESS.test(address) ? `https://polymarket.com/profile/${address}` : null),
  transaction: (hash) => (HASH.test(hash) ? `https://polygonscan.com/tx/${hash}` : null),
};
