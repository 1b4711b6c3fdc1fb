// Keyboard shortcuts: j and k or the arrows move, → and ← open and close a burst, Enter opens, Escape
// closes, Space pauses, / filters, ? shows help.

import { byId } from "./dom.js";

/** Handles the keys of the whole page. Keys with Control, Alt or Meta are left to the browser. */
export class Keys {
  #parts;
  #help = byId("help");

  constructor(parts) {
    this.#parts = parts;
    byId("help-open").addEventListener("click", () => this.#help.showModal());
    byId("help-close").addEventListener("click", () => this.#help.close());
    this.#help.addEventListener("click", (event) => event.target === this.#help && this.#help.close());
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || this.#help.open) return;
      if (this.#press(event)) event.preventDefault();
    });
  }

  /** Returns true if the key was handled. */
  #press(event) {
    const { list, filters, closeDetail, openDetail, showFilters, togglePause } = this.#parts;
    const target = event.target;
    if (target.closest("input, select, textarea") !== null) {
      if (event.key !== "Escape" && !(event.key === "Enter" && target.matches("input"))) return false;
      byId("tape").focus();
      return true;
    }
    const inList = target === document.body || target.id === "tape";
    switch (event.key) {
      case "j": return list.move(1), true;
      case "k": return list.move(-1), true;
      case "ArrowDown": return inList && (list.move(1), true);
      case "ArrowUp": return inList && (list.move(-1), true);
      case "ArrowRight": return inList && list.setOpen(true);
      case "ArrowLeft": return inList && list.setOpen(false);
      case "g":
      case "Home": return inList && (list.toTop(), list.select(null), true);
      case " ": return inList && (togglePause(), true);
      case "Enter": return inList && (openDetail(), true);
      case "Escape": return closeDetail() || (list.select(null), true);
      case "/": return showFilters(), filters.focus(), true;
      case "x": return filters.clear(), true;
      case "?": return this.#help.showModal(), true;
      default: return false;
    }
  }
}
