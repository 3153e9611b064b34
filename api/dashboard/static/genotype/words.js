/**
 * Genotypes in words.
 * @module
 */

import { CELL_NAMES, nodeOf, stateName } from "./cell.js";
import { limitName } from "./skip-limit.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */

/**
 * The alternative text of a drawing.
 * @param {import("../service/types.js").CellKind} kind
 * @param {Genotype} genotype
 */
export function drawingWords(kind, { genotype }) {
  const inputs = genotype[kind].map(([operation, source], i) => `node ${stateName(nodeOf(i))}: ${operation} from ${stateName(source)}`);
  return `${CELL_NAMES[kind]}. ${inputs.join("; ")}`;
}

/** @param {Genotype} genotype */
export const genotypeName = (genotype) => genotype.name ?? (genotype.origin === "imported" ? "Imported genotype" : `Genotype, ${limitName(genotype)}`);

/**
 * The search that a genotype comes from, as lists of searches call it; empty for an imported one.
 * @param {Genotype} genotype
 */
export const sourceName = ({ provenance }) => (provenance ? (provenance.search_name ?? `${provenance.dataset}, seed ${provenance.seed}`) : "");
