/**
 * The searches that the reader marked for comparing, kept while they go from page to page.
 * @module
 */

export const MOST_COMPARED = 10;

/** @type {Set<string>} */
export const chosen = new Set();

/**
 * @param {string} id
 * @param {boolean} wanted
 */
export function choose(id, wanted) {
  if (wanted) chosen.add(id);
  else chosen.delete(id);
}
