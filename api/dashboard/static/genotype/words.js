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

/** @param {number} count */
export const skipWords = (count) => `${count} skip-connect${count === 1 ? "" : "s"}`;

/** @param {Genotype} genotype */
export function limitName({ skip_limit, skip_limit_reduce }) {
  const normal = skip_limit === null ? "unrestricted" : `at most ${skipWords(skip_limit)}`;
  return skip_limit_reduce === null ? normal : `${normal}, ${skip_limit_reduce} in the reduction cell`;
}

/** @param {Genotype} genotype */
export const genotypeName = (genotype) => genotype.name ?? (genotype.origin === "imported" ? "imported" : `Genotype, ${limitName(genotype)}`);
