// The panes of a narrow screen, which has room for one: the list, the hour, or the detail panel on top of both.

import { setAttr } from "./dom.js";

const NARROW = matchMedia("(max-width: 900px)");

/** Calls `onChange()` when another pane is shown, and `onBack()` when the viewer uses the Back button. */
export class Panes {
  #onChange;

  constructor({ onChange, onBack }) {
    this.#onChange = onChange;
    for (const button of document.querySelectorAll("[data-show]")) {
      button.addEventListener("click", () => this.show(button.dataset.show));
    }
    addEventListener("popstate", () => onBack());
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
    this.#onChange();
  }

  /** Adds the open detail to the browser's history, so that Back closes it. */
  pushDetail() {
    if (this.isNarrow && history.state?.isDetail !== true) history.pushState({ isDetail: true }, "");
  }

  /** Keeps the detail's history entry for the view that replaces the detail. */
  replaceDetail() {
    if (history.state?.isDetail === true) history.replaceState(null, "");
  }

  /** Removes the detail's history entry when it is closed by other means than Back. */
  popDetail() {
    if (history.state?.isDetail === true) history.back();
  }
}
