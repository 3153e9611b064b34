/**
 * The loss and accuracy of one search, as two charts.
 * @module
 */

import { EpochAxis } from "../charts/epoch-axis.js";
import { LineChart } from "../charts/line-chart.js";
import { h } from "../lib/dom.js";
import { formatPercent } from "../lib/format.js";

/** @typedef {import("../service/types.js").Search} Search */
/** @typedef {import("../service/types.js").Epoch} Epoch */

const LOSSES = /** @type {const} */ ([["training", "train_loss"], ["second half", "valid_loss"]]);
const ACCURACIES = /** @type {const} */ ([["training", "train_accuracy"], ["second half", "valid_accuracy"]]);

export class SearchCurves extends HTMLElement {
  #loss = h(LineChart, { class: "card" });
  #accuracy = h(LineChart, { class: "card" });

  connectedCallback() {
    this.hidden = true;
    this.replaceChildren(this.#loss, this.#accuracy, h("p", { class: "quiet sub" }, "Second half: the images that train the alphas, not the weights."));
  }

  /**
   * @param {Search} search
   * @param {Epoch[]} epochs
   */
  showEpochs(search, epochs) {
    this.hidden = epochs.length === 0;
    const axis = new EpochAxis(search.spec.stages);
    const shared = { nameX: (/** @type {number} */ x) => axis.name(x), shades: axis.shades, marks: axis.marks, mostX: axis.length };
    this.#loss.chart = { ...shared, title: "Loss", bounds: [0, Infinity], format: shortNumber, series: seriesOf(LOSSES, epochs, axis) };
    this.#accuracy.chart = { ...shared, title: "Accuracy", bounds: [0, 1], format: wholePercent, series: seriesOf(ACCURACIES, epochs, axis) };
  }
}

/** @param {number} value */
export const shortNumber = (value) => String(Number(value.toPrecision(4)));

/** @param {number} value */
export const wholePercent = (value) => formatPercent(value, Number.isInteger(Math.round(value * 1e6) / 1e4) ? 0 : 1);

/**
 * @param {readonly (readonly [string, "train_loss" | "valid_loss" | "train_accuracy" | "valid_accuracy"])[]} lines
 * @param {Epoch[]} epochs
 * @param {EpochAxis} axis
 * @returns {import("../charts/line-data.js").Series[]}
 */
function seriesOf(lines, epochs, axis) {
  return lines.map(([name, field], style) => ({ name, style, points: epochs.map((epoch) => [axis.at(epoch), epoch[field]]) }));
}

customElements.define("search-curves", SearchCurves);
