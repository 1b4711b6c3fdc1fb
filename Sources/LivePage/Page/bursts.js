// Groups trades as pm-alert does for an alert: the fills of a transaction, and further trades of one party soon after.
// A party is a wallet on one side of one outcome, as taker or as maker. Only the trades of one party are added up.

/** The longest pause between two trades of a burst, its longest duration, in ms, and the most trades. */
const PAUSE = 30_000;
const LONGEST = 120_000;
const MOST = 500;

/** Trades that share one line. It has the fields of its largest trade, with sums in their place. */
export class Burst {
  kind = "burst";
  /** All trades, the makers of its transactions included. */
  rows;
  isOpen = false;
  version = 0;
  #party;

  constructor(row) {
    this.rows = [row];
    this.#party = party(row);
    this.first = this.last = row.at;
    this.lead = row;
  }

  get id() { return `burst:${this.rows[0].id}`; }
  /** The row at whose place the line is: the first that arrived. */
  get anchor() { return this.rows[0]; }
  get ordinal() { return this.anchor.ordinal; }

  /** The trades that are added up. */
  get members() { return this.rows.filter((row) => party(row) === this.#party); }

  continues(row) {
    return this.rows.length < MOST && party(row) === this.#party && row.at !== null && this.first !== null
      && row.at - this.last <= PAUSE && this.first - row.at <= PAUSE
      && Math.max(row.at, this.last) - Math.min(row.at, this.first) <= LONGEST;
  }

  add(row) {
    this.rows.push(row);
    if (party(row) === this.#party) {
      this.first = Math.min(this.first, row.at);
      this.last = Math.max(this.last, row.at);
    } else if (!row.isMaker && (this.lead.isMaker || (row.value ?? 0) > (this.value ?? 0))) {
      this.#party = party(row);
      this.first = this.last = row.at;
    }
    this.update();
  }

  /** Takes over the fields of the trades after a change of one of them. */
  update() {
    // Empty if a revision has changed the party of all.
    const members = this.members.length > 0 ? this.members : this.rows;
    // The best known of the largest: a trade that is not looked up yet has no profile.
    const lead = members.reduce((best, row) => (rank(row) > rank(best) ? row : best));
    const sum = (name) => members.reduce((total, row) => total + (row[name] ?? 0), 0);
    const [value, size] = [sum("value"), sum("size")];
    this.lead = lead;
    for (const name of ["record", "revision", "profile", "market", "title", "wallet", "name", "slug", "eventSlug", "side",
      "isMaker", "isCombo", "outcome", "outcomeIndex", "condition", "categories", "enrichment", "marketText", "walletText"]) {
      this[name] = lead[name];
    }
    this.at = this.last;
    this.value = value;
    this.size = size;
    this.price = size > 0 ? value / size : lead.price;
    this.tier = members.reduce((best, row) => (row.tier.rank > best.rank ? row.tier : best), lead.tier);
    this.tags = [...new Set(members.flatMap((row) => row.tags))];
    this.alerts = members.flatMap((row) => row.alerts);
    this.retracted = members.every((row) => row.retracted !== null) ? lead.retracted : null;
    this.born = Math.max(...this.rows.map((row) => row.born ?? 0));
    this.version += 1;
  }
}

/** The bursts by party and by transaction. */
export class Bursts {
  #byParty = new Map();
  #byTransaction = new Map();

  /** Adds a trade, and sets its `burst`: null while it is alone. Returns the burst that has grown, or null. */
  add(row) {
    row.burst = null;
    const transaction = row.transaction === "" ? null : `${row.transaction}|${row.condition}`;
    const key = party(row);
    const parties = row.wallet === "" ? undefined : this.#byParty.get(key);
    const group = this.#byTransaction.get(transaction) ?? parties?.findLast((burst) => burst.continues(row));
    if (group !== undefined && group.rows.length < MOST) {
      group.add(row);
      for (const member of group.rows) member.burst = group;
      if (transaction !== null) this.#byTransaction.set(transaction, group);
      return group;
    }
    const burst = new Burst(row);
    if (transaction !== null) this.#byTransaction.set(transaction, burst);
    if (row.wallet === "" || row.at === null) return null;
    if (parties === undefined) this.#byParty.set(key, [burst]);
    else parties.push(burst);
    return null;
  }

  /** Forgets the bursts whose rows have left the page. */
  forget(rows) {
    const gone = new Set(rows);
    for (const row of rows) {
      const key = party(row);
      const left = this.#byParty.get(key)?.filter((burst) => !gone.has(burst.anchor)) ?? [];
      if (left.length === 0) this.#byParty.delete(key);
      else this.#byParty.set(key, left);
      this.#byTransaction.delete(`${row.transaction}|${row.condition}`);
    }
  }
}

const party = (row) => [row.wallet, row.condition, row.side, row.outcomeIndex ?? row.outcome, row.isMaker ? "maker" : ""].join("|");

const rank = (row) => (row.profile !== null ? 1e15 : 0) + (row.value ?? 0);
