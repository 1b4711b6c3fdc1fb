// The strip at the foot: is the feed heard, does every stage keep up, is anything missing.

import { byId, el, setAttr, setText } from "./dom.js";
import { count, list, number, object, span, text } from "./format.js";

/** A feed this long unheard is worth a word, in seconds. A whale may be rare; any trade at all is not. */
const QUIET = 30;
/** A stage further behind than this is late, in seconds. */
const LATE = 5;
/** Health older than this is no longer health, in ms. */
const OLD = 15_000;

/** A short time, in seconds, as milliseconds where it is below one. */
const brief = (s) => (s < 1 ? `${Math.round(s * 1000)} ms` : `${s.toFixed(1)} s`);

/** Shows the last health the server told, and how old it has become since. */
export class Health {
  #strip = byId("health");
  #verdict = byId("verdict");
  #feed = byId("feed");
  #delay = byId("delay");
  #stages = byId("stages");
  #gaps = byId("gaps");
  #health = null;
  #heard = 0;
  #nodes = new Map();

  take(health, now) {
    this.#health = object(health);
    this.#heard = now;
    this.render(now);
  }

  /** To be called every second. */
  render(now) {
    const health = this.#health;
    const old = health === null || now - this.#heard > OLD;
    const status = old ? "unknown" : text(health.status, 20);
    setAttr(this.#strip, "data-status", status);
    setText(this.#verdict, {
      ok: "All well", degraded: "Degraded", down: "Down", ended: "Input ended", unknown: "Health not heard",
    }[status] ?? status);
    if (health === null) return;

    const silence = number(object(health.feed)?.heard_s_ago);
    const heard = silence === null ? null : silence + (now - this.#heard) / 1000;
    setText(this.#feed, heard === null ? "feed never heard" : `feed heard ${span(heard)} ago`);
    setAttr(this.#feed, "data-state", status !== "ended" && (heard === null || heard > QUIET) ? "stale" : "ok");
    const [usually, atWorst] = ["shown_after_s", "shown_after_s_p99"].map((key) => number(object(health.feed)?.[key]));
    setText(this.#delay, usually === null ? "" : `shown ${brief(usually)} after it is heard`);
    setAttr(this.#delay, "title", atWorst === null ? null : `99 of 100 trades within ${brief(atWorst)}`);

    const gaps = number(health.gaps_open) ?? 0;
    setText(this.#gaps, gaps === 0 ? "no open gaps" : `${count(gaps)} open ${gaps === 1 ? "gap" : "gaps"}`);
    setAttr(this.#gaps, "data-state", gaps === 0 ? "ok" : "stale");

    for (const stage of list(health.stages).slice(0, 12)) this.#stage(object(stage) ?? {}, old);
    const up = number(health.uptime_s);
    setAttr(this.#verdict, "title", up === null ? null : `Running for ${span(up)}`);
  }

  #stage(stage, old) {
    const name = text(stage.stage, 24);
    if (name === "") return;
    let node = this.#nodes.get(name);
    if (node === undefined) {
      node = el("li", {}, el("span", { class: "st-name", text: name.replace(/^pm-/, "") }), el("span", { class: "st-lag" }));
      this.#nodes.set(name, node);
      this.#stages.append(node);
    }
    const lag = number(stage.lag_s);
    const state = old ? "unknown" : text(stage.state, 12) || "gone";
    const late = state === "ok" && lag !== null && lag > LATE;
    setAttr(node, "data-state", late ? "late" : state);
    setText(node.lastChild, state === "ok" ? (lag === null ? "ok" : lag < 1 ? "on time" : `${span(lag)} behind`) : state);
    const age = number(stage.last_input_age_s);
    setAttr(node, "title", [
      `${name}: ${count(number(stage.lines_in))} lines in, ${count(number(stage.lines_out))} out`,
      age === null ? "" : `last input ${span(age)} ago`,
    ].filter(Boolean).join("; "));
  }
}
