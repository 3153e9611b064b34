/**
 * How much genotypes agree, and where they differ.
 * @module
 */

import { CELL_KINDS, EDGES, nodeOf } from "./cell.js";

/** @typedef {import("../service/types.js").Cells} Cells */
/** @typedef {import("../service/types.js").Entry} Entry */

/**
 * The operation of a cell on each of the 14 edges; null where the edge is not in the cell.
 * @param {Entry[]} cell
 * @returns {(string | null)[]}
 */
export function operationsByEdge(cell) {
  return EDGES.map(({ source, node }) => cell.find((entry, place) => entry[1] === source && nodeOf(place) === node)?.[0] ?? null);
}

/**
 * The share of a cell's entries that another has too: the same operation on the same edge.
 * @param {Entry[]} cell
 * @param {Entry[]} other
 */
export const agreement = (cell, other) => 1 - placesMissingIn(cell, other).length / cell.length;

/**
 * How many entries of both cells the other genotype does not have.
 * @param {Cells} cells
 * @param {Cells} others
 */
export const countChanges = (cells, others) => CELL_KINDS.reduce((sum, kind) => sum + placesMissingIn(cells[kind], others[kind]).length, 0);

/**
 * The places of a cell's entries that the other cell does not have, each with what that has at the same node.
 * @param {Entry[]} cell
 * @param {Entry[]} other
 * @returns {Map<number, Entry>}
 */
export function changesFrom(cell, other) {
  const places = placesMissingIn(cell, other);
  // As many of a node's two entries came as went.
  const gone = placesMissingIn(other, cell).flatMap((place) => other.slice(place, place + 1));
  return new Map(gone.flatMap((entry, i) => places.slice(i, i + 1).map((place) => [place, entry])));
}

/**
 * The places of a cell's entries that the other cell does not have, node by node.
 * @param {Entry[]} cell
 * @param {Entry[]} other
 */
function placesMissingIn(cell, other) {
  const known = new Set(other.map(keyOf));
  return cell.flatMap((entry, place) => (known.has(keyOf(entry, place)) ? [] : [place]));
}

/**
 * An entry as text that is the same for the same operation on the same edge.
 * @param {Entry} entry
 * @param {number} place
 */
const keyOf = ([operation, source], place) => `${source}>${nodeOf(place)} ${operation}`;
