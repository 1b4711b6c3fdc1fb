// The panel at the side, or on top of a narrow screen: a trade, a market or a wallet.

import { byId, el, setText } from "./dom.js";
import { fetchTrades } from "./history.js";
import { priceChart, pricesFor } from "./price.js";
import { marketView, Related, walletView } from "./related.js";
import { tradeRow } from "./store.js";
import { tradeView } from "./trade.js";

/** The time between two looks for new trades of an open market or wallet, in ms. */
const REFRESH = 3_000;

/**
 * The panel `#detail`. `onFilter(field, value)` sets a filter, `onOpen(subject)` opens another subject, `onClose()` is
 * called when the viewer closes the panel.
 */
export class Panel {
  /** What is open: `{kind, id}`, or null. */
  subject = null;
  /** The row of an open trade, or null. */
  row = null;
  #panel = byId("detail");
  #body = byId("detail-body");
  #store;
  #related = null;
  #version = "";
  #drawnAt = 0;
  #message = "";
  #actions;

  constructor({ store, onFilter, onOpen, onClose }) {
    this.#store = store;
    this.#actions = { onFilter, onOpen };
    byId("detail-close").addEventListener("click", onClose);
    new ResizeObserver(() => this.#drawPrice()).observe(this.#panel);
  }

  /** Shows a subject; `row` is its trade if it is known. */
  show(subject, row = this.#store.get(subject.id) ?? null) {
    this.subject = subject;
    this.row = subject.kind === "trade" ? row : null;
    this.#related = null;
    this.#message = "";
    this.#panel.hidden = false;
    document.body.dataset.detail = "open";
    byId("side").scrollTop = 0;
    setText(byId("detail-title"), { trade: "Trade", market: "Market", wallet: "Wallet" }[subject.kind]);
    if (subject.kind === "trade" && this.row === null) this.#load(subject);
    if (subject.kind !== "trade") {
      this.#related = new Related(this.#store, subject, () => this.#build());
      this.#related.more();
    }
    this.#build();
  }

  hide() {
    this.subject = this.row = this.#related = null;
    this.#panel.hidden = true;
    delete document.body.dataset.detail;
    byId("side").scrollTop = 0;
  }

  /** Moves the keyboard focus into the panel. */
  focus() {
    byId("detail-close").focus();
  }

  /** Shows the latest revision of the trade, or the new trades of the market or wallet. */
  render(now) {
    if (this.subject === null) return;
    if (this.row !== null && this.#version !== versionOf(this.row)) this.#build();
    else if (now - this.#drawnAt < REFRESH) return;
    else if (this.#related === null) this.#drawPrice();
    else if (this.#related.refresh()) this.#build();
    else this.#drawnAt = now;
  }

  /** Loads a trade that is not on the page. */
  async #load(subject) {
    this.#message = "Loading the trade.";
    let row = null;
    try {
      const [event] = (await fetchTrades({ id: subject.id })).events;
      if (event !== undefined) row = tradeRow(event.record);
    } catch { /* the message below is true for this case, too */ }
    if (this.subject !== subject) return;
    this.row = this.#store.get(subject.id) ?? row;
    this.#message = this.row === null ? "This trade is neither in the server's memory nor in its database." : "";
    this.#build();
  }

  #build() {
    const focused = this.#body.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const isExpanded = this.#body.querySelector(".raw")?.open === true;
    this.#body.replaceChildren(...this.#sections().filter(Boolean));
    const record = this.#body.querySelector(".raw");
    if (record !== null) record.open = isExpanded;
    if (focused) this.#body.querySelector(`[data-key="${focused}"]`)?.focus();
    this.#version = this.row === null ? "" : versionOf(this.row);
    this.#drawPrice();
  }

  #sections() {
    if (this.#related !== null) {
      return (this.subject.kind === "market" ? marketView : walletView)(this.#related, this.#actions);
    }
    if (this.row !== null) return tradeView(this.row, this.#actions);
    return [el("p", { class: "quiet", text: this.#message })];
  }

  #drawPrice() {
    this.#drawnAt = Date.now();
    const box = byId("price-chart");
    if (box === null || box.clientWidth === 0) return;
    const row = this.#related?.rows[0] ?? this.row;
    if (row === null) return;
    const rows = this.#related?.rows ?? this.#store.rows.filter((other) => other.condition === row.condition);
    const trades = pricesFor(rows.includes(row) ? rows : [...rows, row], row);
    if (trades.length > 0) box.replaceChildren(priceChart(trades, row, box.clientWidth, this.#related === null));
  }
}

const versionOf = (row) => `${row.version ?? 0} ${row.burst?.version ?? 0}`;
