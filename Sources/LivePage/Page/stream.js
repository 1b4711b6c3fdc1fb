// The connection to the server. What was missed is loaded by requests, compressed; then one WebSocket brings what is new.
// Events are numbered, so a reconnection resumes after the last.

import { fetchTrades } from "./history.js";

/** A socket that is silent for this long, in ms, is dead: health messages arrive every 5 s. */
const SILENCE = 20_000;
/** A connection that lasted this long, in ms, resets the back-off. */
const STABLE = 10_000;
/** After more missed events than this the list begins anew: older trades are loaded when they are looked for. */
const MOST_MISSED = 2_000;

/**
 * The wait before attempt n, in ms: a random time up to 0.5 s × 2ⁿ, at most 30 s. With this "full jitter" a thousand
 * pages that lost the same server do not reconnect at the same time.
 */
class Backoff {
  attempt = 0;

  next(random) {
    const most = Math.min(30_000, 500 * 2 ** this.attempt);
    this.attempt += 1;
    return random * most;
  }
}

/**
 * Keeps the page connected, and calls its handlers:
 * `onState(state, retryAt)` (connecting, catching-up, live, waiting, offline, unauthorized; `retryAt` in ms, while waiting),
 * `onBegin(page)` (the newest events, before they are passed on; earlier rows are void), `onEvent(record)`,
 * `onHealth(health)` and `onMissed(n)` (the number of events that were lost).
 */
export class Stream {
  lastN = 0;
  events = 0;
  #epoch = null;
  #target = 0;
  #socket = null;
  #attempt = 0;
  #backoff = new Backoff();
  #opened = 0;
  #retry = 0;
  #silence = 0;
  #handlers;

  constructor(handlers) {
    this.#handlers = handlers;
    addEventListener("online", () => this.#reconnectNow());
    addEventListener("offline", () => this.#socket === null && this.#state("offline"));
    document.addEventListener("visibilitychange", () => document.hidden || this.#reconnectNow());
  }

  async connect() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    this.#state(this.#epoch === null ? "connecting" : "catching-up");
    const attempt = ++this.#attempt;
    try {
      await this.#catchUp();
    } catch (error) {
      if (attempt !== this.#attempt) return;
      if (error.status === 401) return this.#state("unauthorized");
      return this.#closed();
    }
    if (attempt === this.#attempt) this.#open();
  }

  /** Loads the events after the last one, or the newest ones at first and after a long absence. */
  async #catchUp() {
    if (this.#epoch === null) return this.#begin();
    while (true) {
      const page = await fetchTrades({ after: this.lastN });
      if (page.epoch !== this.#epoch) {
        // A restarted server numbers its events from 1 again, so our last number is meaningless.
        this.#epoch = page.epoch;
        this.lastN = 0;
        continue;
      }
      if (page.last - this.lastN > MOST_MISSED) return this.#begin();
      if (this.lastN > 0 && page.first > this.lastN + 1) {
        this.#handlers.onMissed(page.first - this.lastN - 1);
      }
      for (const event of page.events) this.#event(event);
      const isComplete = !(page.through > this.lastN) && page.events.length === 0;
      this.lastN = Math.max(this.lastN, page.through ?? 0);
      if (isComplete || this.lastN >= page.last) return;
    }
  }

  async #begin() {
    const page = await fetchTrades();
    this.#epoch = page.epoch;
    this.#handlers.onBegin(page);
    this.lastN = 0;
    for (const event of page.events) this.#event(event);
    this.lastN = page.last;
  }

  #open() {
    const address = new URL(`live?after=${this.lastN}`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.hash = "";
    const socket = new WebSocket(address);
    this.#socket = socket;
    this.#opened = 0;
    this.#watchSilence(socket);
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(data, socket);
    socket.onclose = () => socket === this.#socket && this.#closed();
  }

  #receive(data, socket) {
    this.#watchSilence(socket);
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
    // The server restarted, or the events after the last one left its buffer, since the request.
    if (this.#epoch !== epoch || first > this.lastN + 1) {
      this.#abandon(socket);
      return this.connect();
    }
    this.#target = Number.isSafeInteger(last) ? last : 0;
    this.#state(this.#target > this.lastN ? "catching-up" : "live");
  }

  #event({ n, record }) {
    if (!Number.isSafeInteger(n) || n <= this.lastN) return;
    const previousN = this.lastN;
    this.lastN = n;
    this.events += 1;
    this.#handlers.onEvent(record);
    // `n` jumps over the target if a later revision has replaced that event.
    if (this.#socket !== null && n >= this.#target && previousN < this.#target) this.#state("live");
  }

  #closed() {
    clearTimeout(this.#silence);
    this.#socket = null;
    // Not reset on open: a server that accepts and closes at once would be hammered.
    if (this.#opened > 0 && Date.now() - this.#opened > STABLE) this.#backoff.attempt = 0;
    const wait = this.#backoff.next(Math.random());
    this.#retry = setTimeout(() => this.connect(), wait);
    this.#state(navigator.onLine ? "waiting" : "offline", Date.now() + wait);
  }

  #watchSilence(socket) {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      // close() alone waits for a close frame that a dead peer never sends.
      this.#abandon(socket);
      this.#closed();
    }, SILENCE);
  }

  #abandon(socket) {
    clearTimeout(this.#silence);
    if (socket === this.#socket) this.#socket = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  /** Reconnects without further delay: the viewer or the network came back. */
  #reconnectNow() {
    if (this.#retry !== 0) this.connect();
  }

  #state(state, retryAt = null) {
    this.#handlers.onState(state, retryAt);
  }
}
