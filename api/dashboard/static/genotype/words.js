/**
 * Genotypes in words.
 * @module
 */

import { stateName } from "../charts/heat-map.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */
/** @typedef {import("../service/types.js").CellKind} CellKind */
/** @typedef {import("../service/types.js").Entry} Entry */

/** @type {Record<CellKind, string>} */
export const CELL_NAMES = { normal: "Normal cell", reduce: "Reduction cell" };

/**
 * The alternative text of a drawing.
 * @param {CellKind} kind
 * @param {Genotype} genotype
 */
export function drawingWords(kind, { genotype }) {
  const inputs = genotype[kind].map(([operation, source], i) => `node ${nodeOf(i) - 2}: ${operation} from ${stateName(source)}`);
  return `${CELL_NAMES[kind]}. ${inputs.join("; ")}`;
}

/**
 * The node that an entry of a cell leads to: two entries a node, from state 2 on.
 * @param {number} place of the entry
 */
export const nodeOf = (place) => 2 + Math.floor(place / 2);

/**
 * @param {Genotype} genotype
 */
export function limitName({ skip_limit }) {
  return skip_limit === null ? "unrestricted" : `at most ${skip_limit} skip-connect${skip_limit === 1 ? "" : "s"}`;
}
