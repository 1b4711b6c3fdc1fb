// The connection: one WebSocket at a time, numbered events, and coming back by the last number seen.

/** Nothing heard for this long on an open socket means it is dead: health comes every 5 s. */
const SILENCE = 20_000;
/** A connection that lived this long was a good one, and the next wait starts small again. */
const SETTLED = 10_000;

/**
 * How long to wait before attempt n: anywhere between nothing and 0.5 s × 2ⁿ, at most 30 s ("full jitter": a
 * thousand pages that lost the same server do not come back together).
 */
export class Backoff {
  attempt = 0;

  next(random) {
    const most = Math.min(30_000, 500 * 2 ** this.attempt);
    this.attempt += 1;
    return random * most;
  }
}

/**
 * Keeps a page connected. Tells what happens through
 * `onState(state, retryAt)` (connecting, catching-up, live, waiting, offline; `retryAt` in ms, while waiting),
 * `onEvent(record)`, `onHealth(health)` and `onMissed(n, why)` (events that will never be seen here).
 */
export class Stream {
  lastN = 0;
  events = 0;
  #epoch = null;
  #target = 0;
  #socket = null;
  #backoff = new Backoff();
  #opened = 0;
  #retry = 0;
  #silence = 0;
  #handlers;

  constructor(handlers) {
    this.#handlers = handlers;
    addEventListener("online", () => this.#soon());
    addEventListener("offline", () => this.#socket === null && this.#state("offline"));
    document.addEventListener("visibilitychange", () => document.hidden || this.#soon());
  }

  connect() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    this.#state("connecting");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/live?after=${this.lastN}`);
    this.#socket = socket;
    this.#opened = 0;
    this.#listen(socket);
    socket.onmessage = ({ data }) => socket === this.#socket && this.#hear(data, socket);
    socket.onclose = () => socket === this.#socket && this.#lost();
  }

  #hear(data, socket) {
    this.#listen(socket);
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    switch (message?.type) {
      case "hello": return this.#hello(message, socket);
      case "event": return this.#event(message);
      case "health": return this.#handlers.onHealth(message.health);
      case "lagged": return this.#state("catching-up");
    }
  }

  #hello({ epoch, first, last }, socket) {
    this.#opened = Date.now();
    const restarted = this.#epoch !== null && this.#epoch !== epoch;
    this.#epoch = epoch;
    if (restarted && this.lastN > 0) {
      // Another server numbers from its own beginning: our number means nothing to it.
      this.lastN = 0;
      this.#release(socket);
      return this.connect();
    }
    if (this.lastN > 0 && first > this.lastN + 1) {
      this.#handlers.onMissed(first - this.lastN - 1);
      this.lastN = first - 1;
    }
    this.#target = Number.isSafeInteger(last) ? last : 0;
    this.#state(this.#target > this.lastN ? "catching-up" : "live");
  }

  #event({ n, record }) {
    if (!Number.isSafeInteger(n) || n <= this.lastN) return;
    const before = this.lastN;
    this.lastN = n;
    this.events += 1;
    this.#handlers.onEvent(record);
    // Past it where the target was a revision that a later one has replaced on the way.
    if (n >= this.#target && before < this.#target) this.#state("live");
  }

  #lost() {
    clearTimeout(this.#silence);
    this.#socket = null;
    // Not on open: a server that accepts and drops at once would be hammered.
    if (this.#opened > 0 && Date.now() - this.#opened > SETTLED) this.#backoff.attempt = 0;
    const wait = this.#backoff.next(Math.random());
    this.#retry = setTimeout(() => this.connect(), wait);
    this.#state(navigator.onLine ? "waiting" : "offline", Date.now() + wait);
  }

  #listen(socket) {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      // close() alone waits for an answer that a dead peer never gives.
      this.#release(socket);
      this.#lost();
    }, SILENCE);
  }

  #release(socket) {
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  /** Tries now what would be tried later: someone came back to the page, or the network did. */
  #soon() {
    if (this.#retry !== 0) this.connect();
  }

  #state(state, retryAt = null) {
    this.#handlers.onState(state, retryAt);
  }
}
