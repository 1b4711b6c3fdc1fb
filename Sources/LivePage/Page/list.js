// A virtual list: it has elements only for the rows in its viewport.
// All rows have the same height (`--row`), so a row's position is a multiplication and scrolling measures nothing.

import { setAttr } from "./dom.js";
import { bind, build, tick } from "./row.js";

/** Extra rows above and below the viewport, so that fast scrolling shows no blank space. */
const MARGIN = 8;

/** The list holds its position for this long after the mouse moved over it, in ms. */
const HOLD = 2000;

/**
 * Shows `view` (lines by ascending position), newest on top. The scroll position is anchored to a line: new lines above
 * the viewport do not move it. Calls `onOpen(line)`, `onSelect(line)`, `onScroll()`, and `onEnd()` when the oldest lines
 * come into view.
 */
export class List {
  /** The selected row, or null. */
  selected = null;
  #scroller;
  #content;
  #onOpen;
  #onEnd;
  #view = [];
  // The array grows between two frames; its first `#length` rows are on the screen.
  #length = 0;
  #nodes = new Map();
  #lastNode = 0;
  #unusedNodes = [];
  #height = 0;
  #rowHeight = 1;
  #top = 0;
  #seen = -Infinity;
  #tickedAt = 0;
  // Whether new rows scroll into view: true until the viewer scrolls away from the top.
  #follows = true;
  #heldUntil = 0;
  #isPaused = false;

  /** `scroller` is the tree; `content` is the element inside it that is as high as all rows together. */
  constructor(scroller, content, { onOpen, onSelect, onScroll, onEnd }) {
    this.#scroller = scroller;
    this.#content = content;
    this.#onOpen = onOpen;
    this.#onEnd = onEnd;
    this.onSelect = onSelect;
    scroller.addEventListener("scroll", () => {
      // Ignore our own scrolling.
      if (Math.abs(scroller.scrollTop - this.#top) > 1) this.#follows = scroller.scrollTop <= this.#rowHeight / 2;
      onScroll();
    }, { passive: true });
    // A row must not move away from a pointer that is about to press it.
    scroller.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse") this.#heldUntil = Date.now() + HOLD;
    }, { passive: true });
    scroller.addEventListener("pointerleave", () => (this.#heldUntil = 0));
    content.addEventListener("click", (event) => {
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

  /** The number of rows that were added since the top was last in view. */
  get unseen() {
    return this.#view.length - 1 - this.#indexAtMost(this.#seen);
  }

  /** Whether the list holds its position until `toTop` or until this is set to false. */
  get paused() {
    return this.#isPaused;
  }

  set paused(isPaused) {
    this.#isPaused = isPaused;
    this.#heldUntil = 0;
  }

  /** Shows the current `view`; called at most once per frame. If `isQuiet`, new rows have no tint. */
  render(view, now, isQuiet) {
    const height = this.#rowHeight;
    // Read once, before the document is changed: a later read would cause a second layout.
    const previousTop = this.#scroller.scrollTop;
    let top = previousTop;
    if (this.#length > 0 && (!this.#follows || this.#holds(now))) top = this.#anchoredTop(view, top, height);
    else if (this.#follows) top = 0;
    this.#view = view;
    this.#length = view.length;
    this.#top = top;
    const contentHeight = `${view.length * height}px`;
    if (this.#content.style.height !== contentHeight) this.#content.style.height = contentHeight;
    if (Math.abs(top - previousTop) > 0.5) this.#scroller.scrollTop = top;
    if (top <= height / 2) this.#seen = view.at(-1)?.position ?? -Infinity;

    const first = Math.max(0, Math.floor(top / height) - MARGIN);
    const last = Math.min(view.length, Math.ceil((top + this.#height) / height) + MARGIN);
    const wanted = new Set();
    for (let i = first; i < last; i++) wanted.add(view[view.length - 1 - i]);
    for (const [line, node] of this.#nodes) {
      if (wanted.has(line)) continue;
      this.#nodes.delete(line);
      node.hidden = true;
      this.#unusedNodes.push(node);
    }
    const isTick = now - this.#tickedAt > 1000;
    if (isTick) this.#tickedAt = now;
    for (let i = first; i < last; i++) this.#position(view[view.length - 1 - i], i, now, isQuiet, isTick);
    setAttr(this.#scroller, "aria-activedescendant", this.#nodes.get(this.selected)?.id ?? null);
    if (last === view.length) this.#onEnd();
  }

  /** Selects a row of the view, or none for null, and scrolls it into the viewport. */
  select(row) {
    this.selected = row;
    if (row !== null) this.#scrollTo(row);
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

  /** Opens or closes the selected burst; returns false if it is none, or is so already. */
  setOpen(isOpen) {
    const burst = this.selected?.kind === "burst" ? this.selected : isOpen ? null : this.selected?.burst ?? null;
    if (burst === null || burst.isOpen === isOpen) return false;
    this.select(burst);
    this.#onOpen(burst);
    return true;
  }

  toTop() {
    this.#follows = true;
    this.paused = false;
    this.#top = 0;
    this.#scroller.scrollTop = 0;
  }

  /** Returns true if the position is held: the list is paused, under the pointer, or shows the selected row. */
  #holds(now) {
    if (this.#isPaused || now < this.#heldUntil) return true;
    const at = this.selected === null ? -1 : this.#positionOf(this.selected) * this.#rowHeight;
    return at >= 0 && at + this.#rowHeight > this.#top && at < this.#top + this.#height;
  }

  #position(row, i, now, isQuiet, isTick) {
    let node = this.#nodes.get(row);
    if (node === undefined) {
      node = this.#unusedNodes.pop() ?? this.#make();
      node.hidden = false;
      this.#nodes.set(row, node);
      bind(node, row, now, isQuiet);
    } else if (node.row !== row || node.version !== row.version) bind(node, row, now, isQuiet);
    else if (isTick) tick(node, now);
    const y = i * this.#rowHeight;
    if (node.y !== y) {
      node.y = y;
      node.style.transform = `translateY(${y}px)`;
    }
    setAttr(node, "aria-selected", row === this.selected ? "true" : "false");
    setAttr(node, "aria-posinset", i + 1);
    setAttr(node, "aria-setsize", this.#view.length);
  }

  #make() {
    const node = build();
    node.id = `row-${++this.#lastNode}`;
    return this.#content.appendChild(node);
  }

  /** The scroll position in the new view at which the row at the top of the viewport does not move. */
  #anchoredTop(view, top, height) {
    const at = Math.min(this.#length - 1, Math.floor(top / height));
    const row = this.#view[this.#length - 1 - at];
    const index = lastAtMost(view, row.position);
    return Math.max(0, (view.length - 1 - index) * height + (top - at * height));
  }

  #scrollTo(row) {
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
    const index = this.#indexAtMost(row.position);
    return index >= 0 && this.#view[index] === row ? this.#length - 1 - index : -1;
  }

  #indexAtMost(position) {
    return lastAtMost(this.#view, position);
  }

  #measure() {
    this.#height = this.#scroller.clientHeight;
    this.#rowHeight = parseFloat(getComputedStyle(this.#scroller).getPropertyValue("--row")) || 52;
  }
}

/** The index of the last line whose position is at most `position`; −1 if there is none. */
function lastAtMost(view, position) {
  let low = 0;
  let high = view.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (view[middle].position <= position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
