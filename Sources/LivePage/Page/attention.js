// Calls the viewer's attention to alerts: notifications while the page is hidden, and a sound. Both are off at first.

import { byId } from "./dom.js";
import { cents, money } from "./format.js";

/** The least time between two calls, in ms. */
const PAUSE = 3_000;

/** Handles the switches `#notify` and `#sound`; the choices are kept in the browser. `onOpen(id)` opens a trade. */
export class Attention {
  #notify = byId("notify");
  #sound = byId("sound");
  #note = byId("attention-note");
  #audio = null;
  #worker = null;
  #calledAt = 0;

  constructor(onOpen) {
    this.#sound.checked = read("sound");
    this.#notify.checked = read("notify") && globalThis.Notification?.permission === "granted";
    if (this.#notify.checked) this.#start();
    this.#sound.addEventListener("change", () => {
      write("sound", this.#sound.checked);
      if (this.#sound.checked) this.#play(1);
    });
    this.#notify.addEventListener("change", () => this.#choose());
    navigator.serviceWorker?.addEventListener("message", ({ data }) => {
      const id = /^#trade=([0-9a-f]{1,64})$/.exec(data?.open)?.[1];
      if (id !== undefined) onOpen(id);
    });
  }

  /** An alert about a row arrived. */
  call(row, now) {
    if (now - this.#calledAt < PAUSE) return;
    this.#calledAt = now;
    if (this.#sound.checked) this.#play(row.tier.rank);
    if (this.#notify.checked && document.hidden) this.#show(row);
  }

  async #choose() {
    this.#note.textContent = "";
    if (this.#notify.checked) {
      // Browsers offer notifications over https and on localhost only.
      const permission = globalThis.Notification === undefined || !isSecureContext ? "unavailable"
        : await Notification.requestPermission();
      if (permission !== "granted") {
        this.#notify.checked = false;
        this.#note.textContent = permission === "unavailable"
          ? "This browser offers no notifications here; they need https." : "The browser does not allow notifications of this page.";
      } else this.#start();
    }
    write("notify", this.#notify.checked);
  }

  /** Registers the service worker: Android shows notifications of a worker only. */
  #start() {
    navigator.serviceWorker?.register("worker.js").then((worker) => (this.#worker = worker), () => {});
  }

  #show(row) {
    const side = { BUY: "Buy", SELL: "Sell" }[row.side] ?? "Trade";
    const title = `${row.tier.rank > 0 ? `${row.tier.name}: ` : ""}${side} ${money(row.value)}`;
    const options = {
      body: `${row.outcome} at ${cents(row.price)}\n${row.title}`, icon: "icon.png", tag: row.id, data: `#trade=${row.id}`,
    };
    if (this.#worker !== null) this.#worker.showNotification(title, options).catch(() => {});
    else new Notification(title, options);
  }

  /** Plays two short tones, higher for a higher tier. */
  #play(rank) {
    this.#audio ??= new AudioContext();
    if (this.#audio.state === "suspended") this.#audio.resume().catch(() => {});
    const start = this.#audio.currentTime;
    [1, 1.5].forEach((factor, i) => {
      const [tone, volume] = [this.#audio.createOscillator(), this.#audio.createGain()];
      tone.frequency.value = (440 + 110 * rank) * factor;
      volume.gain.setValueAtTime(0.0001, start + i * 0.12);
      volume.gain.exponentialRampToValueAtTime(0.15, start + i * 0.12 + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + i * 0.12 + 0.25);
      tone.connect(volume).connect(this.#audio.destination);
      tone.start(start + i * 0.12);
      tone.stop(start + i * 0.12 + 0.3);
    });
  }
}

// A browser may forbid storage; the choices then last as long as the page.
function read(name) {
  try { return localStorage.getItem(`pm-${name}`) === "on"; } catch { return false; }
}

function write(name, isOn) {
  try { localStorage.setItem(`pm-${name}`, isOn ? "on" : "off"); } catch { /* see above */ }
}
