/**
 * How much genotypes agree, edge by edge.
 * @module
 */

import { EDGES } from "../charts/heat-map.js";
import { entryKey } from "./choose.js";
import { nodeOf } from "./words.js";

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
export function agreement(cell, other) {
  const known = new Set(other.map(entryKey));
  return cell.filter((entry, place) => known.has(entryKey(entry, place))).length / cell.length;
}
