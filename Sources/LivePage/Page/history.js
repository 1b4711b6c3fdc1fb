// Loads trades that are not on the page: older ones of the list, and those of one market or wallet.

import { instant, list, object, text } from "./format.js";

/** The wait after a failed request, in ms. */
const PAUSE = 5_000;

/** Requests `trades` with parameters; returns the parsed page. Throws for any other answer than 200. */
export async function fetchTrades(parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  // The mode and the credentials are those of the preload in the document, so that its answer is used.
  const response = await fetch(query === "" ? "trades" : `trades?${query}`, { mode: "cors", credentials: "include" });
  if (!response.ok) throw Object.assign(new Error(`status ${response.status}`), { status: response.status });
  const page = object(await response.json());
  if (page === null) throw new Error("no object");
  return { ...page, events: list(page.events), older: text(page.older, 120) };
}

/**
 * The way back from the oldest trade of the list: first through the server's buffer, then through the database.
 * `onRecords(records)` gets older records, oldest first, and returns how many were new.
 */
export class History {
  /** idle, loading, failed or complete. */
  state = "complete";
  /** The time (ms) since which the list has all trades; null if unknown. */
  since = null;
  #older = "";
  #failedAt = 0;
  #onRecords;
  #onChange;

  constructor(onRecords, onChange) {
    this.#onRecords = onRecords;
    this.#onChange = onChange;
  }

  /** Begins at the oldest event of a page. */
  begin(page) {
    this.state = "complete";
    this.since = null;
    this.#advance(page);
  }

  /** Loads one page more, unless one is being loaded or nothing is left. Resolves to true if there may be more. */
  async more() {
    if (this.state === "loading" || this.state === "complete") return false;
    if (this.state === "failed" && Date.now() - this.#failedAt < PAUSE) return false;
    this.state = "loading";
    this.#onChange();
    const older = this.#older;
    try {
      // A page that has only trades which are on the list already is skipped, but not without end.
      for (let pages = 0; pages < 10; pages++) {
        const page = await fetchTrades({ before: this.#older });
        if (this.#older !== older && pages === 0) return false;
        const added = this.#onRecords(page.events.map((event) => event.record));
        this.#advance(page);
        if (added > 0 || this.state === "complete") break;
        this.state = "loading";
      }
    } catch {
      this.state = "failed";
      this.#failedAt = Date.now();
    }
    if (this.state === "loading") this.state = "idle";
    this.#onChange();
    return this.state === "idle";
  }

  #advance(page) {
    const times = page.events.map((event) => instant(event.record?.received_at) ?? instant(event.record?.time))
      .filter((time) => time !== null);
    if (times.length > 0) this.since = Math.min(...times);
    if (page.older === "") {
      this.state = "complete";
      return;
    }
    // All trades that left the buffer were received before the oldest one in it.
    this.#older = page.older !== "stored" ? page.older
      : times.length > 0 ? new Date(Math.max(...times) + 1).toISOString() : "9999-12-31T23:59:59.999Z";
    this.state = "idle";
  }
}
