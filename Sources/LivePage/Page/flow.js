// The chart of value per minute over an hour: columns of buys above the line and of sells below it.

import { byId, setAttr, setText, svg } from "./dom.js";
import { exactMoney, money, roundMoney, timeOfDay } from "./format.js";

export const MINUTES = 60;
export const MINUTE = 60_000;

/** The height of the time labels, in pixels. */
const FOOT = 16;
const SIDES = ["BUY", "SELL"];

/** The chart with its legend and read-out: the sums of the hour, or of the minute under the pointer. */
export class FlowChart {
  #svg;
  #readout;
  #hour = null;
  #minute = null;
  #paths = SIDES.map((side) => svg("path", { class: side === "BUY" ? "buys" : "sells" }));
  #grid = svg("path", { class: "grid" });
  #cursor = svg("rect", { class: "minute", y: 0, visibility: "hidden" });
  #valueLabels = SIDES.map(() => svg("text", { class: "axis", x: 0 }));
  #timeLabels = [0, 0.5, 1].map((at) => svg("text", { class: "axis", "text-anchor": ["start", "middle", "end"][at * 2] }));
  #sums = { BUY: byId("flow-buys"), SELL: byId("flow-sells") };

  constructor(chart, readout) {
    this.#svg = chart;
    this.#readout = readout;
    chart.append(this.#grid, this.#cursor, ...this.#paths, ...this.#valueLabels, ...this.#timeLabels);
    chart.addEventListener("pointermove", (event) => {
      const box = chart.getBoundingClientRect();
      this.#minute = Math.min(MINUTES - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * MINUTES)));
      this.#updateReadout();
    });
    chart.addEventListener("pointerleave", () => {
      this.#minute = null;
      this.#updateReadout();
    });
  }

  /** `hour` is the result of `hourSums`. */
  show(hour) {
    this.#hour = hour;
    this.draw();
  }

  draw() {
    if (this.#hour === null) return;
    const { minutes, end } = this.#hour;
    const width = this.#svg.clientWidth;
    const height = this.#svg.clientHeight;
    if (width === 0) return;
    const bottom = height - FOOT;
    const largest = SIDES.map((side) => Math.max(...minutes[side], 0));
    const least = Math.max(...largest, 1000) * 0.05;
    // The line divides the height as the largest columns do, but leaves each side some room.
    const share = Math.min(0.8, Math.max(0.2, largest[0] / (largest[0] + largest[1] || 1)));
    const middle = Math.round(14 + (bottom - 14) * share);
    const scale = Math.min((middle - 14) / Math.max(largest[0], least), (bottom - middle) / Math.max(largest[1], least));
    const step = width / MINUTES;
    SIDES.forEach((side, i) => {
      let path = "";
      for (let m = 0; m < MINUTES; m++) {
        if (minutes[side][m] === 0) continue;
        const length = Math.max(1, minutes[side][m] * scale);
        const y = i === 0 ? middle - length : middle;
        path += `M${(m * step + 0.5).toFixed(2)} ${y.toFixed(2)}h${(step - 1.25).toFixed(2)}v${length.toFixed(2)}h${(1.25 - step).toFixed(2)}z`;
      }
      setAttr(this.#paths[i], "d", path || "M0 0");
    });
    setAttr(this.#grid, "d", `M0 ${middle + 0.5}H${width}`);
    this.#valueLabels.forEach((label, i) => {
      setAttr(label, "y", i === 0 ? 9 : bottom - 3);
      setText(label, largest[i] === 0 ? "" : i === 0 ? `▲ up to ${roundMoney(largest[0])} a minute` : `▼ up to ${roundMoney(largest[1])}`);
    });
    this.#timeLabels.forEach((label, i) => {
      setAttr(label, "x", (width * i) / 2);
      setAttr(label, "y", height - 3);
      setText(label, timeOfDay(end - ((2 - i) / 2) * MINUTES * MINUTE));
    });
    setAttr(this.#cursor, "width", step.toFixed(2));
    setAttr(this.#cursor, "height", bottom);
    this.#updateReadout();
  }

  #updateReadout() {
    if (this.#hour === null) return;
    const { minutes, end, since } = this.#hour;
    const of = (values) => (this.#minute === null ? values.reduce((a, b) => a + b, 0) : values[this.#minute]);
    const all = of(minutes.all);
    const when = this.#minute !== null ? `at ${timeOfDay(end - (MINUTES - this.#minute) * MINUTE)}`
      : since === null ? "in the hour" : `since ${timeOfDay(since)}`;
    setText(this.#readout, `${money(all)} ${when}`);
    for (const side of SIDES) {
      setText(this.#sums[side], money(of(minutes[side])));
      setAttr(this.#sums[side], "title", exactMoney(of(minutes[side])));
    }
    setAttr(this.#cursor, "visibility", this.#minute === null ? "hidden" : "visible");
    if (this.#minute !== null) setAttr(this.#cursor, "x", ((this.#minute * this.#svg.clientWidth) / MINUTES).toFixed(2));
    else {
      setAttr(this.#svg, "aria-label",
        `Value of large trades per minute: ${money(of(minutes.BUY))} bought and ${money(of(minutes.SELL))} sold ${when}`);
    }
  }
}
