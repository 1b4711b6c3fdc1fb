// The panes of a narrow screen, which has room for one: the list, the hour, or the detail panel on top of both.

import { byId, setAttr, setText } from "./dom.js";

const NARROW = matchMedia("(max-width: 900px), (max-height: 480px)");

/** Shows one pane, and the filters, which a narrow screen hides behind a button. Calls `onChange()` for another pane. */
export class Panes {
  #onChange;
  #filters = byId("filters-open");

  constructor(onChange) {
    this.#onChange = onChange;
    for (const button of document.querySelectorAll("[data-show]")) {
      button.addEventListener("click", () => this.show(button.dataset.show));
    }
    this.#filters.addEventListener("click", () => this.showFilters(document.body.dataset.filters !== "open"));
    byId("filters-done").addEventListener("click", () => {
      this.showFilters(false);
      this.#filters.focus();
    });
  }

  get isNarrow() {
    return NARROW.matches;
  }

  /** Shows `tape` or `hour`. */
  show(pane) {
    document.body.dataset.pane = pane;
    for (const button of document.querySelectorAll("[data-show]")) {
      setAttr(button, "aria-pressed", String(button.dataset.show === pane));
    }
    if (pane === "hour") this.showFilters(false);
    this.#onChange();
  }

  showFilters(isOpen) {
    if (isOpen) {
      document.body.dataset.filters = "open";
      if (document.body.dataset.pane !== "tape") this.show("tape");
    } else delete document.body.dataset.filters;
    setAttr(this.#filters, "aria-expanded", String(isOpen));
  }

  /** Shows the number of active filters on the button. */
  showActive(count) {
    setText(byId("filters-count"), count > 0 ? String(count) : "");
    setAttr(this.#filters, "aria-label", count > 0 ? `Filters, ${count} active` : "Filters");
  }
}
