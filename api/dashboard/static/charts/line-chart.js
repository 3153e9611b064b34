/**
 * Lines over epochs: readable by eye, by keyboard (arrow keys) and as a table.
 * @module
 */

import { h, s, setText, show } from "../lib/dom.js";
import { alonePoints, linePath, nearestX, valueAt, xsOf } from "./line-data.js";
import { linearScale, roundRange } from "./scale.js";

/** @typedef {import("./line-data.js").Series} Series */

/**
 * @typedef {object} Chart
 * @property {string} title
 * @property {Series[]} series
 * @property {(value: number) => string} format of a value
 * @property {(x: number) => string} nameX of a place
 * @property {{from: number, to: number}[]} [shades] parts of the x axis
 * @property {{x: number, label: string}[]} [marks] where something begins
 * @property {number} [leastX] the start of the x axis, 1 unless given
 * @property {number} [mostX] the end of the x axis, where more is to come
 * @property {[number, number]} [bounds] that no value can pass
 */

const HEIGHT = 220;
const MARGIN = { left: 48, right: 12, top: 22, bottom: 26 };

export class LineChart extends HTMLElement {
  /** @type {Chart | null} */
  #chart = null;
  /** @type {number | null} */
  #cursor = null;
  #title = h("h3");
  #legend = h("ul", { class: "legend" });
  #readout = h("p", { class: "readout", "aria-live": "polite" });
  #plot = h("div", { class: "plot", tabindex: "0", role: "application" });
  #table = h("details", { class: "chart-table", ontoggle: () => this.#showTable() });
  #watcher = new ResizeObserver(() => this.#draw());

  connectedCallback() {
    this.#plot.addEventListener("keydown", (event) => this.#step(event));
    this.#plot.addEventListener("pointermove", (event) => this.#point(event));
    this.#plot.addEventListener("pointerleave", () => this.#moveTo(null));
    this.replaceChildren(this.#title, this.#legend, this.#plot, this.#readout, this.#table);
    this.#watcher.observe(this.#plot);
  }

  disconnectedCallback() {
    this.#watcher.disconnect();
  }

  /** @param {Chart} chart */
  set chart(chart) {
    this.#chart = chart;
    setText(this.#title, chart.title);
    this.#plot.setAttribute("aria-label", `${chart.title}: read the values with the arrow keys`);
    show(this.#legend, chart.series.map(({ name, style }) => h("li", {}, h("span", { class: `swatch line-${style}`, "aria-hidden": "true" }), name)));
    this.#draw();
    this.#showTable();
  }

  /** Places and scales for the size that the chart has now. */
  #frame() {
    const chart = /** @type {Chart} */ (this.#chart);
    const width = Math.max(this.#plot.clientWidth, 200);
    const xs = xsOf(chart.series);
    const ys = chart.series.flatMap(({ points }) => points.flatMap(([, y]) => (y === null ? [] : [y])));
    const [least, most] = roundRange(ys, chart.bounds);
    const first = chart.leastX ?? 1;
    const last = Math.max(chart.mostX ?? 1, xs.at(-1) ?? 1, first + 1);
    const x = linearScale(first, last, MARGIN.left, width - MARGIN.right, Math.max(2, width / 90));
    const y = linearScale(least, most, HEIGHT - MARGIN.bottom, MARGIN.top);
    return { width, xs, x, y };
  }

  #draw() {
    const chart = this.#chart;
    if (!chart || !this.isConnected) return;
    if (xsOf(chart.series).length === 0) {
      show(this.#plot, h("p", { class: "empty" }, "No data yet"));
      return;
    }
    const { width, x, y } = this.#frame();
    const right = width - MARGIN.right;
    const bottom = HEIGHT - MARGIN.bottom;
    show(
      this.#plot,
      s(
        "svg",
        { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" },
        (chart.shades ?? []).map(({ from, to }) => s("rect", { class: "shade", x: x.at(from), y: MARGIN.top, width: Math.max(0, x.at(to) - x.at(from)), height: bottom - MARGIN.top })),
        y.ticks.flatMap((tick) => [s("line", { class: "grid", x1: MARGIN.left, x2: right, y1: y.at(tick), y2: y.at(tick) }), s("text", { class: "tick", x: MARGIN.left - 8, y: y.at(tick) + 4, "text-anchor": "end" }, chart.format(tick))]),
        x.ticks.filter(Number.isInteger).map((tick) => s("text", { class: "tick", x: x.at(tick), y: HEIGHT - 8, "text-anchor": "middle" }, String(tick))),
        (chart.marks ?? []).flatMap((mark) => [s("line", { class: "mark", x1: x.at(mark.x), x2: x.at(mark.x), y1: MARGIN.top, y2: bottom }), s("text", { class: "tick", x: x.at(mark.x) + 4, y: MARGIN.top - 8 }, mark.label)]),
        chart.series.flatMap(({ points, style }) => [s("path", { class: `line line-${style}`, d: linePath(points, x, y) }), ...alonePoints(points).flatMap((point) => dot(point, style, x, y))]),
        this.#cursorMarks(x, y, bottom),
      ),
    );
  }

  /**
   * @param {import("./scale.js").Scale} x
   * @param {import("./scale.js").Scale} y
   * @param {number} bottom
   */
  #cursorMarks(x, y, bottom) {
    const at = this.#cursor;
    if (at === null || !this.#chart) return [];
    const line = s("line", { class: "cursor", x1: x.at(at), x2: x.at(at), y1: MARGIN.top, y2: bottom });
    return [line, ...this.#chart.series.flatMap(({ points, style }) => dot([at, valueAt(points, at)], style, x, y))];
  }

  /** @param {PointerEvent} event */
  #point(event) {
    if (!this.#chart || xsOf(this.#chart.series).length === 0) return;
    const { xs, x } = this.#frame();
    const place = event.clientX - this.#plot.getBoundingClientRect().left;
    this.#moveTo(nearestX(xs, (one) => Math.abs(x.at(one) - place)));
  }

  /** @param {KeyboardEvent} event */
  #step(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined || !this.#chart) return;
    const xs = xsOf(this.#chart.series);
    if (xs.length === 0) return;
    event.preventDefault();
    const place = this.#cursor === null ? (by > 0 ? 0 : xs.length - 1) : xs.indexOf(this.#cursor) + by;
    this.#moveTo(xs[Math.min(xs.length - 1, Math.max(0, place))] ?? null);
  }

  /** @param {number | null} x */
  #moveTo(x) {
    if (x === this.#cursor || !this.#chart) return;
    this.#cursor = x;
    this.#draw();
    const { series, format, nameX } = this.#chart;
    const values = x === null ? [] : series.map(({ name, points }) => [name, valueAt(points, x)]).filter(([, value]) => value !== null);
    setText(this.#readout, x === null ? "" : `${nameX(x)}: ${values.map(([name, value]) => `${name} ${format(/** @type {number} */ (value))}`).join(", ")}`);
  }

  /** The table is made only when it is looked at. */
  #showTable() {
    if (!this.#table.firstChild) this.#table.append(h("summary", {}, "As a table"), h("div", { class: "scroll-x", tabindex: "0", role: "region" }));
    if (!this.#table.open || !this.#chart) return;
    const { series, format, nameX, title } = this.#chart;
    const place = /** @type {HTMLElement} */ (this.#table.lastChild);
    place.setAttribute("aria-label", title);
    const head = h("tr", {}, h("th", { scope: "col" }, "Epoch"), series.map(({ name }) => h("th", { scope: "col" }, name)));
    const rows = xsOf(series).map((x) =>
      h("tr", {}, h("th", { scope: "row" }, nameX(x)), series.map(({ points }) => {
        const value = valueAt(points, x);
        return h("td", { class: "number" }, value === null ? "–" : format(value));
      })),
    );
    show(place, h("table", {}, h("thead", {}, head), h("tbody", {}, rows)));
  }
}

/**
 * @param {[number, number | null]} point
 * @param {number} style
 * @param {import("./scale.js").Scale} x
 * @param {import("./scale.js").Scale} y
 */
function dot([at, value], style, x, y) {
  return value === null ? [] : [s("circle", { class: `dot line-${style}`, cx: x.at(at), cy: y.at(value), r: 3.5 })];
}

customElements.define("line-chart", LineChart);
