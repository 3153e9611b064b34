/**
 * How each class did on the second half, where classes differ in size.
 * @module
 */

import { SECOND_HALF } from "../genotype/finding.js";
import { h, show } from "../lib/dom.js";
import { formatPercent } from "../lib/format.js";
import { classTable } from "./class-table.js";

/** @typedef {import("../service/types.js").Accuracy} Accuracy */

export class ClassAccuracies extends HTMLElement {
  #shown = "";

  /** @param {Accuracy | null} accuracy */
  showAccuracy(accuracy) {
    const state = JSON.stringify(accuracy?.classes ?? null);
    if (state === this.#shown) return;
    this.#shown = state;
    this.hidden = !accuracy?.classes;
    if (accuracy?.classes) show(this, table(accuracy.classes, accuracy.balanced));
  }
}

/**
 * @param {NonNullable<Accuracy["classes"]>} classes
 * @param {number | null} balanced
 */
function table(classes, balanced) {
  return h(
    "details",
    {},
    h("summary", {}, `Classes differ in size: mean over the classes ${formatPercent(balanced)}`),
    h("p", { class: "quiet" }, `On ${SECOND_HALF}. Classes are numbered from 0, in the data set's order.`),
    classTable(classes),
  );
}

customElements.define("class-accuracies", ClassAccuracies);
