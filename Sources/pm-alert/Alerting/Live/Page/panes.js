// Where there is room for one thing at a time: the list and the hour take turns, and a trade covers both.

import { byId, setAttr } from "./dom.js";

const NARROW = matchMedia("(max-width: 900px)");

/** `onChange()` is told when another pane is shown, `onBack()` when the viewer goes back from a trade that covers all. */
export class Panes {
  #onChange;

  constructor({ onChange, onBack }) {
    this.#onChange = onChange;
    for (const button of document.querySelectorAll("[data-show]")) {
      button.addEventListener("click", () => this.show(button.dataset.show));
    }
    addEventListener("popstate", () => onBack());
  }

  get areNarrow() {
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

  /** A trade covers all: the browser's Back is to uncover it, as people expect. */
  cover() {
    if (this.areNarrow && history.state?.isCovered !== true) history.pushState({ isCovered: true }, "");
  }

  /** The trade has led somewhere: its place in the history becomes that of where it led. */
  settle() {
    if (history.state?.isCovered === true) history.replaceState(null, "");
  }

  /** The trade is closed by other means than Back: its place in the history goes, too. */
  uncover() {
    if (history.state?.isCovered === true) history.back();
  }
}
