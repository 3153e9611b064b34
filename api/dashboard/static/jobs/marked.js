/**
 * The jobs that the reader marked for comparing, kept while they go from page to page.
 * @module
 */

export const MOST_COMPARED = 10;

/** By the kind's part of the addresses.
 * @type {Map<string, Set<string>>} */
const MARKED = new Map();

/**
 * The ids of the marked jobs of a kind.
 * @param {import("./kind.js").Kind<any>} kind
 */
export function marksOf({ path }) {
  const marks = MARKED.get(path) ?? new Set();
  MARKED.set(path, marks);
  return marks;
}
