// The list: any number of rows, as many elements as fit the window.
// Every row has the same height (`--row`), so that a row's place is a multiplication and scrolling measures nothing.

import { setAttr } from "./dom.js";
import { bind, build, tick } from "./row.js";

/** Rows kept above and below the window, so that a flick meets rows and not paper. */
const MARGIN = 8;

/** The list keeps still so long after the mouse has moved over it, in ms. */
const HOLD = 2000;

/**
 * A window on `view` (rows by ascending ordinal), newest on top. The reader's place is a row, not a distance: what
 * arrives above it does not move it.
 */
export class List {
  /** The selected row, or null. */
  selected = null;
  #scroller;
  #paper;
  #onOpen;
  #view = [];
  // The view grows in place between two frames; what is on the screen is its first `#length` rows.
  #length = 0;
  #live = new Map();
  #spare = [];
  #height = 0;
  #rowHeight = 1;
  #top = 0;
  #seen = -1;
  #tickedAt = 0;
  // Whether the reader wants the newest: so it is until they scroll away from it.
  #follows = true;
  #heldUntil = 0;
  #isPaused = false;

  /** `scroller` is the listbox, `paper` the element inside it that has the height of all rows. */
  constructor(scroller, paper, { onOpen, onSelect, onScroll }) {
    this.#scroller = scroller;
    this.#paper = paper;
    this.#onOpen = onOpen;
    this.onSelect = onSelect;
    scroller.addEventListener("scroll", () => {
      // Not where we have scrolled ourselves.
      if (Math.abs(scroller.scrollTop - this.#top) > 1) this.#follows = scroller.scrollTop <= this.#rowHeight / 2;
      onScroll();
    }, { passive: true });
    // A row must not run away from under the pointer that is about to press it.
    scroller.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse") this.#heldUntil = Date.now() + HOLD;
    }, { passive: true });
    scroller.addEventListener("pointerleave", () => (this.#heldUntil = 0));
    paper.addEventListener("click", (event) => {
      const node = event.target.closest(".row");
      if (node === null) return;
      this.select(node.row);
      onOpen(node.row);
    });
    new ResizeObserver(() => {
      this.#measure();
      onScroll();
    }).observe(scroller);
    this.#measure();
  }

  /** How many rows have come in above the window since its top was last looked at. */
  get unseen() {
    return this.#view.length - 1 - this.#indexAtMost(this.#seen);
  }

  /** Whether the list keeps its place until `toTop` or until it is told otherwise, whatever comes in. */
  get paused() {
    return this.#isPaused;
  }

  set paused(isPaused) {
    this.#isPaused = isPaused;
    this.#heldUntil = 0;
  }

  /** Shows `view`, as it is now. To be called once a frame at most. */
  render(view, now, quiet) {
    const height = this.#rowHeight;
    // Read once, before anything is written: a second look would make the browser lay out twice.
    const was = this.#scroller.scrollTop;
    let top = was;
    if (this.#length > 0 && (!this.#follows || this.#holds(now))) top = this.#anchor(view, top, height);
    else if (this.#follows) top = 0;
    this.#view = view;
    this.#length = view.length;
    this.#top = top;
    const paper = `${view.length * height}px`;
    if (this.#paper.style.height !== paper) this.#paper.style.height = paper;
    if (Math.abs(top - was) > 0.5) this.#scroller.scrollTop = top;
    if (top <= height / 2) this.#seen = view.at(-1)?.ordinal ?? -1;

    const first = Math.max(0, Math.floor(top / height) - MARGIN);
    const last = Math.min(view.length, Math.ceil((top + this.#height) / height) + MARGIN);
    const wanted = new Set();
    for (let i = first; i < last; i++) wanted.add(view[view.length - 1 - i].ordinal);
    for (const [ordinal, node] of this.#live) {
      if (wanted.has(ordinal)) continue;
      this.#live.delete(ordinal);
      node.hidden = true;
      this.#spare.push(node);
    }
    const everySecond = now - this.#tickedAt > 1000;
    if (everySecond) this.#tickedAt = now;
    for (let i = first; i < last; i++) this.#place(view[view.length - 1 - i], i, now, quiet, everySecond);
    setAttr(this.#scroller, "aria-activedescendant", this.#live.get(this.selected?.ordinal)?.id ?? null);
  }

  /** Selects a row of the view (null: none) and brings it into the window. */
  select(row) {
    this.selected = row;
    if (row !== null) this.#reveal(row);
    this.onSelect(row);
  }

  /** Moves the selection by `step` rows, down for positive. */
  move(step) {
    const count = this.#length;
    if (count === 0) return;
    const at = this.selected === null ? -1 : this.#positionOf(this.selected);
    const from = at < 0 ? Math.floor(this.#top / this.#rowHeight) - (step > 0 ? 1 : 0) : at;
    const to = Math.min(count - 1, Math.max(0, from + step));
    this.select(this.#view[count - 1 - to]);
  }

  open() {
    if (this.selected !== null) this.#onOpen(this.selected);
  }

  toTop() {
    this.#follows = true;
    this.paused = false;
    this.#top = 0;
    this.#scroller.scrollTop = 0;
  }

  /** Whether what is on the screen is to stay there: someone points at it, has chosen a row of it, or has said so. */
  #holds(now) {
    if (this.#isPaused || now < this.#heldUntil) return true;
    const at = this.selected === null ? -1 : this.#positionOf(this.selected) * this.#rowHeight;
    return at >= 0 && at + this.#rowHeight > this.#top && at < this.#top + this.#height;
  }

  #place(row, i, now, quiet, everySecond) {
    let node = this.#live.get(row.ordinal);
    if (node === undefined) {
      node = this.#spare.pop() ?? this.#paper.appendChild(build());
      node.hidden = false;
      this.#live.set(row.ordinal, node);
      bind(node, row, now, quiet);
    } else if (node.row !== row || node.version !== row.version) bind(node, row, now, quiet);
    else if (everySecond) tick(node, now);
    const y = i * this.#rowHeight;
    if (node.y !== y) {
      node.y = y;
      node.style.transform = `translateY(${y}px)`;
    }
    setAttr(node, "aria-selected", row === this.selected ? "true" : "false");
    setAttr(node, "aria-posinset", i + 1);
    setAttr(node, "aria-setsize", this.#view.length);
  }

  /** The scroll position that keeps the row now at the window's top where it is, in the new view. */
  #anchor(view, top, height) {
    const at = Math.min(this.#length - 1, Math.floor(top / height));
    const row = this.#view[this.#length - 1 - at];
    const index = lastAtMost(view, row.ordinal);
    return Math.max(0, (view.length - 1 - index) * height + (top - at * height));
  }

  #reveal(row) {
    const at = this.#positionOf(row);
    if (at < 0) return;
    const y = at * this.#rowHeight;
    const top = this.#scroller.scrollTop;
    if (y < top) this.#scroller.scrollTop = y;
    else if (y + this.#rowHeight > top + this.#height) {
      this.#scroller.scrollTop = y + this.#rowHeight - this.#height;
    }
    this.#top = this.#scroller.scrollTop;
  }

  #positionOf(row) {
    const index = this.#indexAtMost(row.ordinal);
    return index >= 0 && this.#view[index] === row ? this.#length - 1 - index : -1;
  }

  #indexAtMost(ordinal) {
    return lastAtMost(this.#view, ordinal);
  }

  #measure() {
    this.#height = this.#scroller.clientHeight;
    this.#rowHeight = parseFloat(getComputedStyle(this.#scroller).getPropertyValue("--row")) || 52;
  }
}

/** The index of the last row whose ordinal is at most that; −1 if there is none. */
function lastAtMost(view, ordinal) {
  let low = 0;
  let high = view.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (view[middle].ordinal <= ordinal) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
