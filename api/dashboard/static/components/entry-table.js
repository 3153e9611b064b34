/**
 * A cell's entries as a table, with those marked that differ from the recommended genotype.
 * @module
 */

import { stateName } from "../charts/heat-map.js";
import { CELL_NAMES, nodeOf } from "../genotype/words.js";
import { h } from "../lib/dom.js";
import { formatPercent } from "../lib/format.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */
/** @typedef {import("../service/types.js").CellKind} CellKind */

/**
 * @param {CellKind} kind
 * @param {Genotype} genotype
 * @param {Set<number>} changed
 * @returns {HTMLElement}
 */
export function entryTable(kind, { genotype, edge_weights }, changed) {
  const rows = genotype[kind].map(([operation, source], place) =>
    h(
      "tr",
      { class: changed.has(place) ? "changed" : null },
      h("th", { scope: "row" }, `${stateName(source)} → ${nodeOf(place) - 2}`),
      h("td", {}, operation, changed.has(place) && h("span", { class: "badge", "data-status": "changed" }, "changed")),
      h("td", { class: "number" }, formatPercent(edge_weights[kind][place])),
    ),
  );
  const head = h("tr", {}, ["Edge", "Operation", "Probability"].map((name) => h("th", { scope: "col" }, name)));
  return h("table", { class: "entries" }, h("caption", { class: "off-screen" }, CELL_NAMES[kind]), h("thead", {}, head), h("tbody", {}, rows));
}
