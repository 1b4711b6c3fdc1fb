// The rows of the page: every trade once, in order of arrival, newest last. Older trades are put before them on demand.

import { Bursts } from "./bursts.js";
import { categoriesOf } from "./categories.js";
import { instant, list, number, object, text } from "./format.js";
import { tierOf } from "./tiers.js";

/** Rows kept. The oldest are removed, a thousand at a time. */
export const CAPACITY = 20_000;

/** Trades that are not on the page, of which something is known. */
const MOST_HELD = 2_000;

/**
 * All rows, by id. A row is one line of the list:
 * `ordinal` (ascending, never reused; negative for older trades that were loaded later), `kind` (trade, gap or notice), `at` (ms, the time of the event), `born`
 * (ms, the time of arrival), `version` (increases with every change), `revision`, and for a trade its validated fields,
 * its `burst` (null while it is alone) and the whole `record`.
 */
export class Store {
  rows = [];
  /** The number of rows that are trades, and of those that are a maker's. */
  trades = 0;
  makers = 0;
  /** Increases whenever rows are removed. */
  trims = 0;
  #byId = new Map();
  #bursts = new Bursts();
  // What is known of trades that are not on the page: alerts and retractions, by trade.
  #held = new Map();
  #ordinal = 0;
  #lowest = 0;

  get(id) {
    return this.#byId.get(id);
  }

  /** Applies one record; returns the row that it added or changed, or null. */
  apply(record, now) {
    if (object(record) === null) return null;
    switch (record.kind) {
      case "trade": return this.#trade(record, now);
      case "alert": return this.#alert(record);
      case "gap": return this.#gap(record, now);
      case "retract": return this.#retract(record, text(record.reason, 200) || "no reason given");
      case "restore": return this.#retract(record, null);
      default: return null;
    }
  }

  /**
   * Puts older records, oldest first, before all rows; returns the number of new rows. They are not born now: nothing
   * draws attention to them.
   */
  prepend(records) {
    const older = [];
    for (const record of [...records].reverse()) {
      const kind = object(record)?.kind;
      if (kind === "alert") this.#alert(record);
      if (kind === "retract") this.#retract(record);
      const row = kind === "trade" ? tradeRow(record) : kind === "gap" ? gapRow(record) : null;
      if (row === null || row.id === "" || this.#byId.has(row.id)) continue;
      older.push(Object.assign(row, { ordinal: --this.#lowest, version: 0, born: 0 }));
      this.#register(row);
    }
    this.rows = older.reverse().concat(this.rows);
    return older.length;
  }

  /** Removes all rows. */
  clear() {
    this.rows = [];
    this.trades = this.makers = 0;
    this.trims += 1;
    this.#byId.clear();
    this.#bursts = new Bursts();
    this.#held.clear();
  }

  /** Adds a message of the page to its viewer. */
  notice(message, now) {
    return this.#add({ kind: "notice", id: `notice:${this.#ordinal}`, at: now, message, burst: null }, now);
  }

  #trade(record, now) {
    const id = text(record.id, 64);
    if (id === "") return null;
    const revision = number(record.revision) ?? 0;
    const known = this.#byId.get(id);
    if (known === undefined) {
      return this.#add(tradeRow(record), now);
    }
    // After a restart of the server, known or older revisions may arrive again.
    if (revision < known.revision) return null;
    this.#count(known, -1);
    Object.assign(known, validated(record, revision));
    this.#count(known, 1);
    return this.#changed(known);
  }

  #alert(record) {
    const alert = { rule: text(record.rule, 60), message: text(record.message, 600), at: instant(record.time) };
    return this.#about(text(record.trade_id, 64), (row) => {
      const index = row.alerts.findIndex((other) => other.rule === alert.rule);
      if (index < 0) row.alerts.push(alert);
      else row.alerts[index] = alert;
    });
  }

  #gap(record, now) {
    const gap = gapRow(record);
    const known = this.#byId.get(gap.id);
    return known === undefined ? this.#add(gap, now) : this.#changed(Object.assign(known, gap));
  }

  /** Marks a trade as retracted for that reason; null restores it. */
  #retract(record, reason) {
    return this.#about(text(record.id, 64), (row) => { row.retracted = reason; });
  }

  /** Changes the row of a trade, now or when it is loaded. Returns the row; null if it is not on the page. */
  #about(id, change) {
    const row = this.#byId.get(id);
    if (row === undefined) {
      this.#held.set(id, [...(this.#held.get(id) ?? []), change].slice(-4));
      if (this.#held.size > MOST_HELD) this.#held.delete(this.#held.keys().next().value);
      return null;
    }
    change(row);
    return this.#changed(row);
  }

  #add(row, now) {
    row.ordinal = this.#ordinal++;
    row.version = 0;
    row.born = now;
    row.revision ??= 0;
    this.rows.push(row);
    this.#register(row);
    if (this.rows.length > CAPACITY + 1000) {
      const removed = this.rows.splice(0, this.rows.length - CAPACITY);
      for (const old of removed) {
        this.#byId.delete(old.id);
        this.#count(old, -1);
      }
      this.#bursts.forget(removed.filter((row) => row.kind === "trade"));
      this.trims += 1;
    }
    return row;
  }

  #register(row) {
    this.#byId.set(row.id, row);
    if (row.kind !== "trade") return;
    this.#count(row, 1);
    for (const change of this.#held.get(row.id) ?? []) change(row);
    this.#held.delete(row.id);
    this.#bursts.add(row);
  }

  #count(row, n) {
    this.trades += row.kind === "trade" ? n : 0;
    this.makers += row.isMaker ? n : 0;
  }

  #changed(row) {
    row.version += 1;
    row.burst?.update();
    return row;
  }
}

/** The row of a trade that is in no list yet. */
export function tradeRow(record) {
  const revision = number(record.revision) ?? 0;
  return { kind: "trade", id: text(record.id, 64), alerts: [], retracted: null, burst: null, ...validated(record, revision) };
}

function gapRow(record) {
  const from = instant(record.from);
  return {
    kind: "gap", id: `gap:${text(record.id, 64)}`, at: from, from, to: instant(record.to), record,
    state: text(record.state, 20), feed: text(record.feed, 40), cause: text(record.cause, 200),
    recovered: number(record.recovered), burst: null,
  };
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
    transaction: text(record.tx_hash, 80),
    value: number(record.value) ?? (price !== null && size !== null ? price * size : null),
    tier: tierOf(record.tier),
    side: record.side === "BUY" || record.side === "SELL" ? record.side : "",
    // A match has one row of its taker and one of each maker: it counts once, without the makers.
    isMaker: record.role === "maker",
    isCombo: record.market_type === "combo",
    categories: categoriesOf(market, eventSlug, slug),
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
