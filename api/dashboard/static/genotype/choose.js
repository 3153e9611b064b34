/**
 * Which of a search's genotypes holds at a skip limit, and what differs between two.
 * @module
 */

import { nodeOf } from "./words.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */
/** @typedef {import("../service/types.js").Entry} Entry */

/** The limit at which nothing is restricted: a cell has no more entries. */
export const NO_LIMIT = 8;

/**
 * @param {Genotype[]} genotypes at least one, the unrestricted first
 * @param {number} limit
 */
export const genotypeAt = (genotypes, limit) =>
  genotypes.find((genotype) => genotype.skip_connects <= limit) ?? genotypes[genotypes.length - 1];

/**
 * How many entries of both cells the other genotype does not have.
 * @param {Genotype} genotype
 * @param {Genotype} other
 */
export function countChanges({ genotype }, { genotype: other }) {
  return placesMissingIn(genotype.normal, other.normal).length + placesMissingIn(genotype.reduce, other.reduce).length;
}

/**
 * The places of a cell's entries that the other cell does not have, each with what that has at the same node.
 * @param {Entry[]} cell
 * @param {Entry[]} other
 * @returns {Map<number, Entry>}
 */
export function changesFrom(cell, other) {
  const places = placesMissingIn(cell, other);
  const gone = placesMissingIn(other, cell);
  // As many of a node's two entries came as went.
  return new Map(places.map((place, i) => [place, other[gone[i]]]));
}

/**
 * The places of a cell's entries that the other cell does not have, node by node.
 * @param {Entry[]} cell
 * @param {Entry[]} other
 */
function placesMissingIn(cell, other) {
  const known = new Set(other.map(entryKey));
  return cell.flatMap((entry, place) => (known.has(entryKey(entry, place)) ? [] : [place]));
}

/**
 * An entry as text that is the same for the same operation on the same edge.
 * @param {Entry} entry
 * @param {number} place
 */
export const entryKey = ([operation, source], place) => `${source}>${nodeOf(place)} ${operation}`;

/**
 * Why the recommended genotype is the one that it is.
 * @param {Genotype[]} genotypes
 * @param {number} limit the spec's `max_skip_connects`
 */
export function reasonFor(genotypes, limit) {
  const [free] = genotypes;
  const rule = `The spec asks for at most ${limit} skip-connect${limit === 1 ? "" : "s"} in the normal cell`;
  if (free.skip_connects <= limit) return `${rule}; the unrestricted genotype has ${free.skip_connects}, so nothing had to be taken out.`;
  const chosen = genotypeAt(genotypes, limit);
  if (chosen.skip_connects > limit) return `${rule}; none has so few, and this one comes closest with ${chosen.skip_connects}.`;
  return `${rule}; the unrestricted genotype has ${free.skip_connects}, and the weakest were replaced.`;
}
