/**
 * Tables on how much the genotypes of several searches agree.
 * @module
 */

import { CELL_NAMES, EDGES, edgeName } from "../genotype/cell.js";
import { agreement, operationsByEdge } from "../genotype/difference.js";
import { h } from "../lib/dom.js";
import { formatPercent } from "../lib/format.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */
/** @typedef {import("../service/types.js").CellKind} CellKind */
/** @typedef {{letter: string, genotype: Genotype}} Lettered */

/**
 * Each edge's operation in each search.
 * @param {CellKind} kind
 * @param {Lettered[]} lettered
 */
export function edgeTable(kind, lettered) {
  const columns = lettered.map(({ genotype }) => operationsByEdge(genotype.genotype[kind]));
  const rows = EDGES.map((edge, i) => {
    const operations = columns.map((column) => column[i] ?? null);
    const agreed = operations.every((operation) => operation === operations[0]);
    const verdict = agreed ? (operations[0] === null ? "unused" : "all agree") : "differ";
    return h("tr", { class: agreed && operations[0] ? "agreed" : null }, h("th", { scope: "row" }, edgeName(edge)), operations.map((operation) => h("td", {}, operation ?? "–")), h("td", { class: "quiet" }, verdict));
  });
  const head = h("tr", {}, h("th", { scope: "col" }, "Edge"), lettered.map(({ letter }) => h("th", { scope: "col" }, letter)), h("th", { scope: "col" }, "Agreement"));
  return h("table", {}, h("caption", {}, CELL_NAMES[kind]), h("thead", {}, head), h("tbody", {}, rows));
}

/**
 * The share of entries that each two searches have in common.
 * @param {CellKind} kind
 * @param {Lettered[]} lettered
 */
export function pairTable(kind, lettered) {
  const rows = lettered.map((one) =>
    h("tr", {}, h("th", { scope: "row" }, one.letter), lettered.map((other) => h("td", { class: "number" }, one === other ? "·" : formatPercent(agreement(one.genotype.genotype[kind], other.genotype.genotype[kind]), 0)))),
  );
  const head = h("tr", {}, h("td", {}), lettered.map(({ letter }) => h("th", { scope: "col" }, letter)));
  return h("table", {}, h("caption", {}, `${CELL_NAMES[kind]}: entries in common (two cells drawn at random: about 9%)`), h("thead", {}, head), h("tbody", {}, rows));
}
