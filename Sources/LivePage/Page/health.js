// Shows the state of the page: the badge, the title, the announcer and the strip at the bottom.

import { byId, el, setAttr, setText } from "./dom.js";
import { statusOf } from "./status.js";

const TITLE = document.title;

/** Keeps the parts of `statusOf`, and shows its result wherever the page speaks about its state. */
export class Health {
  /** The last result of `statusOf`. */
  status = null;
  /** The number of trades that arrived while the page was hidden. */
  unread = 0;
  #inputs = { connection: "connecting", retryAt: null, health: null, healthAt: 0 };
  #nodes = new Map();
  #announce;
  #announced = null;

  /** `announce(sentence)` tells screen readers. */
  constructor(announce) {
    this.#announce = announce;
  }

  setConnection(connection, retryAt, now) {
    // A report from before an outage says nothing about the time after it.
    if (["waiting", "offline"].includes(this.#inputs.connection)) this.#inputs.health = null;
    Object.assign(this.#inputs, { connection, retryAt });
    setAttr(document.body, "data-connection", connection);
    this.render(now);
  }

  setReport(health, now) {
    Object.assign(this.#inputs, { health, healthAt: now });
    this.render(now);
  }

  /** Updates the words; called every second, because some have ages in them. */
  render(now) {
    const status = statusOf({ ...this.#inputs, now });
    this.status = status;
    setAttr(document.body, "data-level", status.level);
    setText(byId("connection-text"), status.badge);
    setAttr(byId("connection"), "title", status.sentence);
    setText(byId("health-summary"), status.sentence);
    setText(byId("feed"), status.feed);
    setText(byId("delay"), status.delay);
    setText(byId("gaps"), status.gaps);
    for (const stage of status.stages) this.#stage(stage);
    this.showTitle();
    this.#announceNews(status);
  }

  /** Shows in the title what a tab in the background must say: trouble, and the number of unread trades. */
  showTitle() {
    const trouble = this.status?.level === "bad" ? `⚠ ${this.status.badge} · ` : "";
    const title = `${trouble}${this.unread > 0 ? `(${this.unread}) ` : ""}${TITLE}`;
    if (document.title !== title) document.title = title;
  }

  /** Announces a state that is not the last announced one. A wait ends soon, and a good beginning is no news. */
  #announceNews({ key, level, sentence }) {
    if (level === "wait" || key === this.#announced) return;
    if (this.#announced !== null || level !== "good") this.#announce(sentence);
    this.#announced = key;
  }

  #stage({ name, level, text, title }) {
    let node = this.#nodes.get(name);
    if (node === undefined) {
      node = el("li", {}, el("span", { class: "st-name", text: name }), el("span", { class: "st-state" }));
      this.#nodes.set(name, node);
      byId("stages").append(node);
    }
    setAttr(node, "data-level", level);
    setText(node.lastChild, text);
    setAttr(node, "title", title);
  }
}
