// The chart of value per minute over an hour: stacked columns, one per minute, with one SVG path per tier.

import { byId, el, setAttr, setText, svg } from "./dom.js";
import { exactMoney, money, roundMoney, timeOfDay } from "./format.js";
import { TIERS } from "./tiers.js";

export const MINUTES = 60;
export const MINUTE = 60_000;

/** The chart with its legend and read-out: the sums of the hour, or of the minute under the pointer. */
export class FlowChart {
  #svg;
  #readout;
  #hour = null;
  #minute = null;
  #paths = TIERS.map((tier) => svg("path", { class: `tier-${tier.css}` }));
  #grid = svg("path", { class: "grid" });
  #cursor = svg("rect", { class: "minute", y: 0, visibility: "hidden" });
  #valueLabels = [0, 0.5].map(() => svg("text", { class: "axis", x: 0 }));
  #timeLabels = [0, 0.5, 1].map((at) => svg("text", { class: "axis", "text-anchor": ["start", "middle", "end"][at * 2] }));
  #legend = byId("flow-legend");

  constructor(chart, readout) {
    this.#svg = chart;
    this.#readout = readout;
    chart.append(this.#grid, this.#cursor, ...this.#paths, ...this.#valueLabels, ...this.#timeLabels);
    for (const tier of [...TIERS].reverse()) {
      this.#legend.append(el("li", { class: `tier-${tier.css}` }, el("span", { text: tier.name }), el("b")));
    }
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
    const bottom = height - 16;
    const step = width / MINUTES;
    const sums = Array.from({ length: MINUTES }, (_, m) => minutes.reduce((sum, tier) => sum + tier[m], 0));
    const top = ceiling(Math.max(...sums, 1000));
    const stacked = new Float64Array(MINUTES);
    minutes.forEach((tier, rank) => {
      let path = "";
      for (let m = 0; m < MINUTES; m++) {
        if (tier[m] === 0) continue;
        const y = bottom - ((stacked[m] + tier[m]) / top) * (bottom - 14);
        const columnHeight = Math.max(0.75, (tier[m] / top) * (bottom - 14));
        path += `M${(m * step + 0.5).toFixed(2)} ${y.toFixed(2)}h${(step - 1.25).toFixed(2)}v${columnHeight.toFixed(2)}h${(1.25 - step).toFixed(2)}z`;
        stacked[m] += tier[m];
      }
      setAttr(this.#paths[rank], "d", path || "M0 0");
    });
    setAttr(this.#grid, "d", [14, 14 + (bottom - 14) / 2, bottom].map((y) => `M0 ${Math.round(y) + 0.5}H${width}`).join(""));
    this.#valueLabels.forEach((mark, i) => {
      setAttr(mark, "y", 9 + (i * (bottom - 14)) / 2);
      setText(mark, i === 0 ? `${roundMoney(top)} a minute` : roundMoney(top / 2));
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
    const { minutes, end } = this.#hour;
    const of = (rank) => (this.#minute === null ? minutes[rank].reduce((a, b) => a + b, 0) : minutes[rank][this.#minute]);
    const values = TIERS.map((tier) => of(tier.rank));
    const all = values.reduce((a, b) => a + b, 0);
    const when = this.#minute === null ? "in the hour" : `at ${timeOfDay(end - (MINUTES - this.#minute) * MINUTE)}`;
    setText(this.#readout, `${money(all)} ${when}`);
    [...this.#legend.children].forEach((item, i) => {
      const value = values[TIERS.length - 1 - i];
      setText(item.lastChild, money(value));
      setAttr(item.lastChild, "title", exactMoney(value));
    });
    setAttr(this.#cursor, "visibility", this.#minute === null ? "hidden" : "visible");
    if (this.#minute !== null) setAttr(this.#cursor, "x", ((this.#minute * this.#svg.clientWidth) / MINUTES).toFixed(2));
    if (this.#minute === null) {
      setAttr(this.#svg, "aria-label", `Value of large trades per minute, ${money(all)} in the hour: `
        + TIERS.map((tier) => `${tier.name} ${money(values[tier.rank])}`).join(", "));
    }
  }
}

/** The next round number at or above `value`: 1, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((n) => n * power).find((n) => n >= value);
}
