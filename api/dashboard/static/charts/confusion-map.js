/**
 * Which classes were taken for which, as a table whose cells are coloured.
 * @module
 */

import { h } from "../lib/dom.js";
import { formatCount, formatPercent } from "../lib/format.js";
import { heatScale, shadeOf } from "./heat-map.js";

/** A matrix of more can no longer be read. */
export const MOST_CLASSES = 30;

/**
 * @param {string[]} names of the classes
 * @param {number[][]} confusion images of each class (a row) that were taken for each class (a column)
 * @returns {HTMLElement}
 */
export function confusionMap(names, confusion) {
  const head = h("tr", {}, h("th", { scope: "col" }, "Class"), names.map((name) => h("th", { scope: "col" }, name)));
  const rows = confusion.map((row, i) => {
    const images = row.reduce((sum, number) => sum + number, 0);
    return h("tr", {}, h("th", { scope: "row" }, names[i] ?? ""), row.map((number, j) => cell(number, images, `${formatCount(number)} of ${names[i]} taken for ${names[j]}`)));
  });
  return h(
    "div",
    {},
    h("ul", { class: "legend heat-legend" }, h("li", {}, "none", heatScale(), "all images of the class"), h("li", {}, "a row: the images of a class; a column: what they were taken for")),
    h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Confusion matrix" }, h("table", { class: "heat-map confusion" }, h("caption", {}, "Confusion matrix"), h("thead", {}, head), h("tbody", {}, rows))),
  );
}

/**
 * @param {number} number
 * @param {number} images of the class
 * @param {string} words
 */
function cell(number, images, words) {
  const share = images === 0 ? 0 : number / images;
  return h("td", { class: `heat-${shadeOf(share)}`, title: `${words}, ${formatPercent(share)}` }, formatCount(number));
}
