/**
 * Limits on skip-connects: which of a search's genotypes holds at one, and what they are called.
 * @module
 */

import { formatNumberOf } from "../lib/format.js";
import { ENTRIES } from "./cell.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */

/** The limit at which nothing is restricted. */
export const NO_LIMIT = ENTRIES;

/** @param {number} count */
export const skipWords = (count) => formatNumberOf(count, "skip-connect");

/**
 * The first genotype that keeps to a limit, or else the one that comes closest.
 * @param {Genotype[]} genotypes those of a search, the unrestricted first
 * @param {number} limit
 */
export const genotypeAt = (genotypes, limit) => genotypes.find(({ skip_connects }) => skip_connects <= limit) ?? genotypes.at(-1);

/** @param {Pick<Genotype, "skip_limit" | "skip_limit_reduce">} genotype */
export function limitName({ skip_limit, skip_limit_reduce }) {
  const normal = skip_limit === null ? "unrestricted" : `at most ${skipWords(skip_limit)}`;
  return skip_limit_reduce === null ? normal : `${normal}, ${skip_limit_reduce} in the reduction cell`;
}

/**
 * Why the recommended genotype is the one that it is.
 * @param {Genotype[]} genotypes those of a search, the unrestricted first
 * @param {number} limit the spec's `max_skip_connects`
 */
export function reasonFor(genotypes, limit) {
  const rule = `The spec allows at most ${skipWords(limit)} in the normal cell`;
  const free = genotypes[0]?.skip_connects ?? 0;
  const kept = genotypeAt(genotypes, limit)?.skip_connects ?? 0;
  if (free <= limit) return `${rule}; the unrestricted genotype has ${free}, so none had to be removed.`;
  if (kept > limit) return `${rule}; no genotype has that few, and this one comes closest with ${kept}.`;
  return `${rule}; the unrestricted genotype has ${free}, so the weakest were replaced.`;
}
