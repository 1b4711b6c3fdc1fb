// The fragment of the page's address: the filters, and the trade, market or wallet that is open. So a view can be
// shared, and Back closes what was opened last.

/** The subjects that can be open, by their key in the fragment: `#trade=f663…`, `#market_id=0x…`, `#wallet_id=0x…`. */
const SUBJECTS = { trade: "trade", market_id: "market", wallet_id: "wallet" };

/** Calls `onChange()` when the viewer changes the address: with Back, Forward or a link. */
export class Address {
  constructor(onChange) {
    addEventListener("popstate", () => onChange());
  }

  get(name) {
    return this.#fields().get(name) ?? "";
  }

  /** Replaces fields of the fragment; an empty value removes its field. */
  set(values) {
    const fields = this.#fields();
    for (const [name, value] of Object.entries(values)) {
      if (value === "") fields.delete(name);
      else fields.set(name, value);
    }
    this.#write(fields, "replaceState", history.state);
  }

  /** The open subject, `{kind, id}`, or null. */
  get subject() {
    for (const [key, kind] of Object.entries(SUBJECTS)) {
      const id = this.get(key).toLowerCase();
      if (/^(0x)?[0-9a-f]{1,64}$/.test(id)) return { kind, id };
    }
    return null;
  }

  /** Opens a subject: as a step that Back undoes, or in place of the open one. */
  open({ kind, id }, isStep) {
    const fields = this.#withoutSubject();
    fields.set(Object.keys(SUBJECTS).find((key) => SUBJECTS[key] === kind), id);
    const depth = (history.state?.depth ?? 0) + (isStep ? 1 : 0);
    this.#write(fields, isStep ? "pushState" : "replaceState", { depth });
  }

  /** Closes the open subject, and undoes the steps to it. Returns true if `onChange` follows. */
  close() {
    const depth = history.state?.depth ?? 0;
    if (depth > 0) {
      history.go(-depth);
      return true;
    }
    this.#write(this.#withoutSubject(), "replaceState", null);
    return false;
  }

  /** Forgets the open subject without a step: something else took its place. */
  drop() {
    this.#write(this.#withoutSubject(), "replaceState", history.state);
  }

  #withoutSubject() {
    const fields = this.#fields();
    for (const key of Object.keys(SUBJECTS)) fields.delete(key);
    return fields;
  }

  #fields() {
    return new URLSearchParams(location.hash.slice(1));
  }

  #write(fields, method, state) {
    const fragment = fields.toString();
    history[method](state, "", fragment === "" ? location.pathname + location.search : `#${fragment}`);
  }
}
