/**
 * A table of classes, and how each did.
 * @module
 */

import { h } from "../lib/dom.js";
import { formatCount, formatInterval, formatPercent } from "../lib/format.js";

/**
 * @typedef {object} ClassRow
 * @property {string | number} label
 * @property {number} images
 * @property {number} hits
 * @property {number | null} accuracy
 * @property {{low: number, high: number} | null} [interval] 95% of the accuracy
 */

/**
 * @param {ClassRow[]} classes
 * @returns {HTMLElement}
 */
export function classTable(classes) {
  const hasIntervals = classes.some(({ interval }) => interval);
  const columns = [["Class"], ["Images", "number"], ["Right", "number"], ["Accuracy", "number"], ...(hasIntervals ? [["95% interval", "number"]] : [])];
  const head = h("tr", {}, columns.map(([name, look]) => h("th", { scope: "col", class: look }, name)));
  const rows = classes.map(({ label, images, hits, accuracy, interval }) => {
    const figures = [formatCount(images), formatCount(hits), formatPercent(accuracy), ...(hasIntervals ? [formatInterval(interval ?? null) || "–"] : [])];
    return h("tr", {}, h("th", { scope: "row" }, String(label)), figures.map((figure) => h("td", { class: "number" }, figure)));
  });
  return h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Accuracy class by class" }, h("table", { class: "classes" }, h("thead", {}, head), h("tbody", {}, rows)));
}
