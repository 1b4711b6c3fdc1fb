// Value per minute over an hour: one column a minute, tiers upon each other, one path a tier, changed in place.

import { byId, el, setAttr, setText, svg } from "./dom.js";
import { clock, exactMoney, money, roundMoney } from "./format.js";
import { TIERS } from "./tiers.js";

export const MINUTES = 60;
export const MINUTE = 60_000;

/** The picture, its legend and the words beside it; the pointer reads a minute. */
export class Flow {
  #svg;
  #read;
  #hour = null;
  #at = null;
  #paths = TIERS.map((tier) => svg("path", { class: `tier-${tier.css}` }));
  #grid = svg("path", { class: "grid" });
  #mark = svg("rect", { class: "minute", y: 0, visibility: "hidden" });
  #marks = [0, 0.5].map(() => svg("text", { class: "axis", x: 0 }));
  #times = [0, 0.5, 1].map((at) => svg("text", { class: "axis", "text-anchor": ["start", "middle", "end"][at * 2] }));
  #legend = byId("flow-legend");

  constructor(picture, read) {
    this.#svg = picture;
    this.#read = read;
    picture.append(this.#grid, this.#mark, ...this.#paths, ...this.#marks, ...this.#times);
    for (const tier of [...TIERS].reverse()) {
      this.#legend.append(el("li", { class: `tier-${tier.css}` }, el("span", { text: tier.name }), el("b")));
    }
    picture.addEventListener("pointermove", (event) => {
      const box = picture.getBoundingClientRect();
      this.#at = Math.min(MINUTES - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * MINUTES)));
      this.#readOut();
    });
    picture.addEventListener("pointerleave", () => {
      this.#at = null;
      this.#readOut();
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
    const foot = height - 16;
    const step = width / MINUTES;
    const sums = Array.from({ length: MINUTES }, (_, m) => minutes.reduce((sum, tier) => sum + tier[m], 0));
    const top = ceiling(Math.max(...sums, 1000));
    const under = new Float64Array(MINUTES);
    minutes.forEach((tier, rank) => {
      let path = "";
      for (let m = 0; m < MINUTES; m++) {
        if (tier[m] === 0) continue;
        const y = foot - ((under[m] + tier[m]) / top) * (foot - 14);
        const tall = Math.max(0.75, (tier[m] / top) * (foot - 14));
        path += `M${(m * step + 0.5).toFixed(2)} ${y.toFixed(2)}h${(step - 1.25).toFixed(2)}v${tall.toFixed(2)}h${(1.25 - step).toFixed(2)}z`;
        under[m] += tier[m];
      }
      setAttr(this.#paths[rank], "d", path || "M0 0");
    });
    setAttr(this.#grid, "d", [14, 14 + (foot - 14) / 2, foot].map((y) => `M0 ${Math.round(y) + 0.5}H${width}`).join(""));
    this.#marks.forEach((mark, i) => {
      setAttr(mark, "y", 9 + (i * (foot - 14)) / 2);
      setText(mark, i === 0 ? `${roundMoney(top)} a minute` : roundMoney(top / 2));
    });
    this.#times.forEach((label, i) => {
      setAttr(label, "x", (width * i) / 2);
      setAttr(label, "y", height - 3);
      setText(label, clock(end - ((2 - i) / 2) * MINUTES * MINUTE));
    });
    setAttr(this.#mark, "width", step.toFixed(2));
    setAttr(this.#mark, "height", foot);
    this.#readOut();
  }

  #readOut() {
    if (this.#hour === null) return;
    const { minutes, end } = this.#hour;
    const of = (rank) => (this.#at === null ? minutes[rank].reduce((a, b) => a + b, 0) : minutes[rank][this.#at]);
    const values = TIERS.map((tier) => of(tier.rank));
    const all = values.reduce((a, b) => a + b, 0);
    const when = this.#at === null ? "in the hour" : `at ${clock(end - (MINUTES - this.#at) * MINUTE)}`;
    setText(this.#read, `${money(all)} ${when}`);
    [...this.#legend.children].forEach((item, i) => {
      const value = values[TIERS.length - 1 - i];
      setText(item.lastChild, money(value));
      setAttr(item.lastChild, "title", exactMoney(value));
    });
    setAttr(this.#mark, "visibility", this.#at === null ? "hidden" : "visible");
    if (this.#at !== null) setAttr(this.#mark, "x", ((this.#at * this.#svg.clientWidth) / MINUTES).toFixed(2));
    if (this.#at === null) {
      setAttr(this.#svg, "aria-label", `Value of large trades per minute, ${money(all)} in the hour: `
        + TIERS.map((tier) => `${tier.name} ${money(values[tier.rank])}`).join(", "));
    }
  }
}

/** The next round number at or above: one figure and a power of ten, and 1.5 and 2.5 times it. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((n) => n * power).find((n) => n >= value);
}
