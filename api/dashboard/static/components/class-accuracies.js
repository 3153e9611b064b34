/**
 * How each class did on the second half, where classes differ in size.
 * @module
 */

import { SECOND_HALF } from "../genotype/finding.js";
import { h, show } from "../lib/dom.js";
import { formatCount, formatPercent } from "../lib/format.js";

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
  const columns = [["Class"], ["Images", "number"], ["Right", "number"], ["Accuracy", "number"]];
  const head = h("tr", {}, columns.map(([name, look]) => h("th", { scope: "col", class: look }, name)));
  const rows = classes.map(({ label, images, hits, accuracy }) =>
    h("tr", {}, h("th", { scope: "row" }, label), h("td", { class: "number" }, formatCount(images)), h("td", { class: "number" }, formatCount(hits)), h("td", { class: "number" }, formatPercent(accuracy))),
  );
  return h(
    "details",
    {},
    h("summary", {}, `Classes differ in size: ${formatPercent(balanced)} in the mean over the classes`),
    h("p", { class: "quiet" }, `On ${SECOND_HALF}. Classes are numbered from 0, in the data set's order.`),
    h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Accuracy class by class" }, h("table", {}, h("thead", {}, head), h("tbody", {}, rows))),
  );
}

customElements.define("class-accuracies", ClassAccuracies);
