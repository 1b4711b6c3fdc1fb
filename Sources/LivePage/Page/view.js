// The lines of the list: the rows that pass the filters, each burst as one line, which opens into its trades.

/**
 * Lines by ascending `position`, the newest last. A line is a row or a burst. The trades of an open burst have positions
 * just before it, so that they are shown under it.
 */
export class View {
  lines = [];
  /** The number of trades shown, and of those that are a maker's. */
  trades = 0;
  makers = 0;
  #accepts = () => true;
  #mustFilter = true;
  #mustBuild = true;
  #trims = 0;
  #end;

  /** `end` is the line after the oldest trade; it is shown while there are trades. */
  constructor(end) {
    this.#end = Object.assign(end, { position: -Infinity });
  }

  setFilter(accepts) {
    this.#accepts = accepts;
    this.#mustFilter = true;
  }

  /** Rows were put before others, or a burst was opened or closed. */
  invalidate() {
    this.#mustBuild = true;
  }

  /** A row was added to the end of the store, or changed. */
  apply(row, isNew) {
    if (this.#mustFilter) return;
    const wasShown = row.isShown;
    row.isShown = this.#accepts(row);
    if (isNew && row.burst === null) {
      if (!row.isShown || this.#mustBuild) return;
      this.#append(row);
    } else if (row.burst !== null || row.isShown !== wasShown) this.#mustBuild = true;
  }

  /** Brings `lines` up to date with the store's rows. */
  update(store) {
    if (this.#trims !== store.trims) this.#mustBuild = true;
    if (!this.#mustFilter && !this.#mustBuild) return;
    if (this.#mustFilter) for (const row of store.rows) row.isShown = this.#accepts(row);
    this.#trims = store.trims;
    this.#mustFilter = this.#mustBuild = false;
    this.lines = store.trades > 0 ? [this.#end] : [];
    this.trades = this.makers = 0;
    for (const row of store.rows) {
      if (row.isShown === undefined) row.isShown = this.#accepts(row);
      if (row.burst !== null && row.burst !== undefined) {
        if (row === row.burst.anchor) this.#appendBurst(row.burst);
      } else if (row.isShown) this.#append(row);
    }
  }

  #append(row) {
    row.position = row.ordinal;
    this.lines.push(row);
    this.#count(row);
  }

  /** A burst is shown if its sum passes the filters, or one of its trades does. */
  #appendBurst(burst) {
    const passes = this.#accepts(burst);
    for (const row of burst.rows) if (row.isShown === undefined) row.isShown = this.#accepts(row);
    const shown = burst.rows.filter((row) => passes || row.isShown);
    if (shown.length === 0) return;
    if (burst.isOpen) {
      const rows = [...burst.rows].sort((a, b) => a.at - b.at || a.ordinal - b.ordinal);
      rows.forEach((row, i) => {
        row.position = burst.ordinal - (rows.length - i) / 1000;
        this.lines.push(row);
      });
    }
    burst.position = burst.ordinal;
    this.lines.push(burst);
    for (const row of shown) this.#count(row);
  }

  #count(row) {
    this.trades += row.kind === "trade" ? 1 : 0;
    this.makers += row.isMaker ? 1 : 0;
  }
}
