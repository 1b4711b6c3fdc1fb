// The connection to the server: one WebSocket at a time. Events are numbered, so a reconnection resumes after the last.

/** A socket that is silent for this long, in ms, is dead: health messages arrive every 5 s. */
const SILENCE = 20_000;
/** A connection that lasted this long, in ms, resets the back-off. */
const STABLE = 10_000;

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
 * `onState(state, retryAt)` (connecting, catching-up, live, waiting, offline; `retryAt` in ms, while waiting),
 * `onEvent(record)`, `onHealth(health)` and `onMissed(n)` (the number of events that were lost).
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
    addEventListener("online", () => this.#reconnectNow());
    addEventListener("offline", () => this.#socket === null && this.#state("offline"));
    document.addEventListener("visibilitychange", () => document.hidden || this.#reconnectNow());
  }

  connect() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    this.#state("connecting");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/live?after=${this.lastN}`);
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
    const restarted = this.#epoch !== null && this.#epoch !== epoch;
    this.#epoch = epoch;
    if (restarted && this.lastN > 0) {
      // A restarted server numbers its events from 1 again, so our last number is meaningless.
      this.lastN = 0;
      this.#abandon(socket);
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
    const previousN = this.lastN;
    this.lastN = n;
    this.events += 1;
    this.#handlers.onEvent(record);
    // `n` jumps over the target if a later revision has replaced that event.
    if (n >= this.#target && previousN < this.#target) this.#state("live");
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
