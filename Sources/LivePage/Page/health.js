// The health strip at the bottom: the feed, each stage and the open gaps.

import { byId, el, setAttr, setText } from "./dom.js";
import { count, duration, list, number, object, text } from "./format.js";

/** A feed without messages for this long, in seconds, is stale. Large trades may be rare; messages are not. */
const QUIET = 30;
/** A stage with a longer lag than this, in seconds, is late. */
const LATE = 5;
/** A health message older than this, in ms, is outdated. */
const OUTDATED = 15_000;

/** A duration of `s` seconds, in milliseconds if it is below one second. */
const shortDuration = (s) => (s < 1 ? `${Math.round(s * 1000)} ms` : `${s.toFixed(1)} s`);

/** The strip `#health`: shows the latest health message. */
export class Health {
  #strip = byId("health");
  #summary = byId("health-summary");
  #feed = byId("feed");
  #delay = byId("delay");
  #stages = byId("stages");
  #gaps = byId("gaps");
  #health = null;
  #receivedAt = 0;
  #nodes = new Map();

  update(health, now) {
    this.#health = object(health);
    this.#receivedAt = now;
    this.render(now);
  }

  /** Updates the ages; called every second. */
  render(now) {
    const health = this.#health;
    const isOld = health === null || now - this.#receivedAt > OUTDATED;
    const status = isOld ? "unknown" : text(health.status, 20);
    setAttr(this.#strip, "data-status", status);
    setText(this.#summary, {
      ok: "Healthy", degraded: "Degraded", down: "Down", ended: "Input ended", unknown: "Health unknown",
    }[status] ?? status);
    if (health === null) return;

    const silence = number(object(health.feed)?.heard_s_ago);
    const age = silence === null ? null : silence + (now - this.#receivedAt) / 1000;
    setText(this.#feed, age === null ? "no feed data yet" : `feed data ${duration(age)} ago`);
    setAttr(this.#feed, "data-state", status !== "ended" && (age === null || age > QUIET) ? "stale" : "ok");
    const [median, p99] = ["shown_after_s", "shown_after_s_p99"].map((key) => number(object(health.feed)?.[key]));
    setText(this.#delay, median === null ? "" : `display latency ${shortDuration(median)}`);
    setAttr(this.#delay, "title", p99 === null ? null : `99% of trades within ${shortDuration(p99)} of their arrival`);

    const gaps = number(health.gaps_open) ?? 0;
    setText(this.#gaps, gaps === 0 ? "no open gaps" : `${count(gaps)} open ${gaps === 1 ? "gap" : "gaps"}`);
    setAttr(this.#gaps, "data-state", gaps === 0 ? "ok" : "stale");

    for (const stage of list(health.stages).slice(0, 12)) this.#stage(object(stage) ?? {}, isOld);
    const up = number(health.uptime_s);
    setAttr(this.#summary, "title", up === null ? null : `Running for ${duration(up)}`);
  }

  #stage(stage, isOld) {
    const name = text(stage.stage, 24);
    if (name === "") return;
    let node = this.#nodes.get(name);
    if (node === undefined) {
      node = el("li", {}, el("span", { class: "st-name", text: name.replace(/^pm-/, "") }), el("span", { class: "st-lag" }));
      this.#nodes.set(name, node);
      this.#stages.append(node);
    }
    const lag = number(stage.lag_s);
    const state = isOld ? "unknown" : text(stage.state, 12) || "gone";
    const late = state === "ok" && lag !== null && lag > LATE;
    setAttr(node, "data-state", late ? "late" : state);
    setText(node.lastChild, state === "ok" ? (lag === null ? "ok" : lag < 1 ? "on time" : `${duration(lag)} behind`) : state);
    const inputAge = number(stage.last_input_age_s);
    setAttr(node, "title", [
      `${name}: ${count(number(stage.lines_in))} lines in, ${count(number(stage.lines_out))} out`,
      inputAge === null ? "" : `last input ${duration(inputAge)} ago`,
    ].filter(Boolean).join("; "));
  }
}
