/**
 * A cell's entries as a table, with those marked that differ from the recommended genotype.
 * @module
 */

import { CELL_NAMES, nodeOf, stateName } from "../genotype/cell.js";
import { h } from "../lib/dom.js";
import { formatPercent } from "../lib/format.js";

/** @typedef {import("../service/types.js").Cells} Cells */
/** @typedef {import("../service/types.js").CellKind} CellKind */
/** @typedef {import("../service/types.js").Entry} Entry */

const COLUMNS = [["Edge"], ["Operation"], ["Probability", "number"]];

/**
 * @param {CellKind} kind
 * @param {Cells} cells
 * @param {{weights: number[] | null, changes: Map<number, Entry>}} around `weights`: how probable each entry was,
 *   where that is known; `changes`: by the places that differ, the entry that stood there
 * @returns {HTMLElement}
 */
export function entryTable(kind, cells, { weights, changes }) {
  const rows = cells[kind].map(([operation, source], place) => {
    const instead = changes.get(place);
    return h(
      "tr",
      { class: instead ? "changed" : null },
      h("th", { scope: "row" }, edge(source, place)),
      h("td", {}, operation, instead && h("span", { class: "quiet sub" }, `changed: was ${instead[0]}, ${edge(instead[1], place)}`)),
      weights && h("td", { class: "number" }, formatPercent(weights[place])),
    );
  });
  const head = h("tr", {}, COLUMNS.slice(0, weights ? 3 : 2).map(([name, look]) => h("th", { scope: "col", class: look }, name)));
  return h("table", { class: "entries" }, h("caption", { class: "off-screen" }, CELL_NAMES[kind]), h("thead", {}, head), h("tbody", {}, rows));
}

/**
 * @param {number} source
 * @param {number} place
 */
const edge = (source, place) => `${stateName(source)}\u00a0→\u00a0${stateName(nodeOf(place))}`;
