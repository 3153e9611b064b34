/**
 * What speaks against a spec.
 * @module
 */

import { h, show } from "../lib/dom.js";

/**
 * @param {HTMLElement} place
 * @param {import("../service/types.js").SpecWarning[]} warnings
 */
export function showWarnings(place, warnings) {
  const items = warnings.map(({ message }) => h("li", {}, message));
  show(place, items.length > 0 && h("section", { class: "warnings", "aria-label": "Warnings" }, h("strong", {}, "Warnings"), h("ul", {}, items)));
}
