/**
 * Loss and accuracy by epoch, as two charts: of the images that train the weights, and of others.
 * @module
 */

import { LineChart } from "../charts/line-chart.js";
import { h, setText } from "../lib/dom.js";
import { formatPercent } from "../lib/format.js";

/** @typedef {{train_loss: number, valid_loss: number | null, train_accuracy: number, valid_accuracy: number | null}} Measured */
/** @typedef {"train_loss" | "valid_loss" | "train_accuracy" | "valid_accuracy"} Field */

/**
 * @template {Measured} E
 * @typedef {object} Looks
 * @property {(epoch: E) => number} at where an epoch stands, counted from 1
 * @property {string | null} others what the images are called that train no weights; null if there are none
 * @property {string} note on these images
 * @property {Pick<import("../charts/line-chart.js").Chart, "nameX" | "shades" | "marks" | "mostX">} axis
 */

export class EpochCurves extends HTMLElement {
  #loss = h(LineChart, { class: "card" });
  #accuracy = h(LineChart, { class: "card" });
  #note = h("p", { class: "quiet sub" });

  connectedCallback() {
    this.hidden = true;
    this.replaceChildren(this.#loss, this.#accuracy, this.#note);
  }

  /**
   * @template {Measured} E
   * @param {E[]} epochs
   * @param {Looks<E>} looks
   */
  showEpochs(epochs, { at, axis, note, others }) {
    this.hidden = epochs.length === 0;
    setText(this.#note, note);
    const series = (/** @type {"loss" | "accuracy"} */ what) => {
      const lines = /** @type {[string, Field][]} */ ([["training", `train_${what}`], ...(others === null ? [] : [[others, `valid_${what}`]])]);
      return lines.map(([name, field], style) => ({ name, style, points: epochs.map((epoch) => /** @type {import("../charts/line-data.js").Point} */ ([at(epoch), epoch[field]])) }));
    };
    this.#loss.chart = { ...axis, title: "Loss", bounds: [0, Infinity], format: shortNumber, series: series("loss") };
    this.#accuracy.chart = { ...axis, title: "Accuracy", bounds: [0, 1], format: wholePercent, series: series("accuracy") };
  }
}

/** @param {number} value */
export const shortNumber = (value) => String(Number(value.toPrecision(4)));

/** @param {number} value */
export const wholePercent = (value) => formatPercent(value, Number.isInteger(Math.round(value * 1e6) / 1e4) ? 0 : 1);

customElements.define("epoch-curves", EpochCurves);
