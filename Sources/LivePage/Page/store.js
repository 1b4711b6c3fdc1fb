// The rows of the page: every trade once, in order of arrival, newest last.

import { instant, list, number, object, text } from "./format.js";
import { tierOf } from "./tiers.js";

/** Rows kept. The oldest are removed, a thousand at a time. */
const CAPACITY = 20_000;

/**
 * All rows, by id. A row is one line of the list:
 * `ordinal` (ascending, never reused), `kind` (trade, gap, alert or notice), `at` (ms, the time of the event), `born`
 * (ms, the time of arrival), `version` (increases with every change), `revision`, and for a trade its validated fields
 * and the whole `record`.
 */
export class Store {
  rows = [];
  /** The number of rows that are trades, and of those that are a maker's. */
  trades = 0;
  makers = 0;
  /** Increases whenever rows are removed. */
  trims = 0;
  #byId = new Map();
  #ordinal = 0;

  get(id) {
    return this.#byId.get(id);
  }

  /** Applies one record; returns the row that it added or changed, or null. */
  apply(record, now) {
    if (object(record) === null) return null;
    switch (record.kind) {
      case "trade": return this.#trade(record, now);
      case "alert": return this.#alert(record, now);
      case "gap": return this.#gap(record, now);
      case "retract": return this.#retract(record, text(record.reason, 200) || "no reason given");
      case "restore": return this.#retract(record, null);
      default: return null;
    }
  }

  /** Adds a message of the page to its viewer. */
  notice(message, now) {
    return this.#add({ kind: "notice", id: `notice:${this.#ordinal}`, at: now, message }, now);
  }

  #trade(record, now) {
    const id = text(record.id, 64);
    if (id === "") return null;
    const revision = number(record.revision) ?? 0;
    const known = this.#byId.get(id);
    if (known === undefined) {
      return this.#add({ kind: "trade", id, alerts: [], retracted: null, ...validated(record, revision) }, now);
    }
    // After a restart of the server, known or older revisions may arrive again.
    if (revision < known.revision) return null;
    this.makers -= known.isMaker ? 1 : 0;
    Object.assign(known, validated(record, revision));
    this.makers += known.isMaker ? 1 : 0;
    return this.#changed(known);
  }

  #alert(record, now) {
    const alert = { rule: text(record.rule, 60), message: text(record.message, 600), at: instant(record.time) };
    const id = text(record.trade_id, 64);
    const row = this.#byId.get(id);
    if (row === undefined) {
      const key = `alert:${id}:${alert.rule}`;
      if (this.#byId.has(key)) return null;
      return this.#add({ kind: "alert", id: key, message: alert.message, at: alert.at ?? now, rule: alert.rule }, now);
    }
    const index = row.alerts.findIndex((other) => other.rule === alert.rule);
    if (index < 0) row.alerts.push(alert);
    else row.alerts[index] = alert;
    return this.#changed(row);
  }

  #gap(record, now) {
    const id = `gap:${text(record.id, 64)}`;
    const gap = {
      state: text(record.state, 20), feed: text(record.feed, 40), cause: text(record.cause, 200),
      from: instant(record.from), to: instant(record.to), recovered: number(record.recovered), record,
    };
    const known = this.#byId.get(id);
    if (known === undefined) return this.#add({ kind: "gap", id, at: gap.from ?? now, ...gap }, now);
    return this.#changed(Object.assign(known, gap));
  }

  /** Marks a trade as retracted for that reason; null restores it. */
  #retract(record, reason) {
    const row = this.#byId.get(text(record.id, 64));
    if (row === undefined) return null;
    row.retracted = reason;
    return this.#changed(row);
  }

  #add(row, now) {
    row.ordinal = this.#ordinal++;
    row.version = 0;
    row.born = now;
    row.revision ??= 0;
    this.rows.push(row);
    this.trades += row.kind === "trade" ? 1 : 0;
    this.makers += row.isMaker ? 1 : 0;
    this.#byId.set(row.id, row);
    if (this.rows.length > CAPACITY + 1000) {
      for (const old of this.rows.splice(0, this.rows.length - CAPACITY)) {
        this.#byId.delete(old.id);
        this.trades -= old.kind === "trade" ? 1 : 0;
        this.makers -= old.isMaker ? 1 : 0;
      }
      this.trims += 1;
    }
    return row;
  }

  #changed(row) {
    row.version += 1;
    return row;
  }
}

/** The fields of a trade that the list, the filters and the charts use, validated once. */
function validated(record, revision) {
  const profile = object(record.profile);
  const market = object(record.market);
  const price = number(record.price);
  const size = number(record.size);
  const title = text(record.title) || text(market?.question);
  const wallet = text(record.wallet, 64).toLowerCase();
  const name = walletName(record, profile);
  const eventSlug = text(record.event_slug, 201) || text(market?.event_slug, 201);
  const slug = text(record.slug, 201) || text(market?.slug, 201);
  return {
    record, revision, profile, market, price, size, title, wallet, name, slug, eventSlug,
    at: instant(record.time),
    value: number(record.value) ?? (price !== null && size !== null ? price * size : null),
    tier: tierOf(record.tier),
    side: record.side === "BUY" || record.side === "SELL" ? record.side : "",
    // A match has one row of its taker and one of each maker: it counts once, without the makers.
    isMaker: record.role === "maker",
    isCombo: record.market_type === "combo",
    outcome: text(record.outcome, 80),
    outcomeIndex: number(record.outcome_index),
    condition: text(record.condition_id, 80) || title,
    enrichment: text(record.enrichment, 20),
    tags: list(record.tags).slice(0, 20).map((tag) => text(tag, 40)).filter(Boolean),
    marketText: [title, slug, eventSlug, ...list(market?.tags).slice(0, 20).map((tag) => text(tag, 40))]
      .join(" ").toLowerCase(),
    walletText: `${wallet} ${name} ${text(record.name)} ${text(record.pseudonym)}`.toLowerCase(),
  };
}

/** The wallet's display name, or "". Default names ("0x…-1700000000000") are ignored: they only repeat the address. */
function walletName(record, profile) {
  const names = [profile?.name, record.name, profile?.pseudonym, record.pseudonym];
  return names.map((name) => text(name, 60)).find((name) => name !== "" && !/^0x[0-9a-f]{8}/i.test(name)) ?? "";
}
