/**
 * The searches that the reader marked for comparing, kept while they go from page to page.
 * @module
 */

export const MOST_COMPARED = 10;

/** @type {Set<string>} */
export const marked = new Set();

/**
 * @param {string} id
 * @param {boolean} wanted
 */
export function mark(id, wanted) {
  if (wanted) marked.add(id);
  else marked.delete(id);
}
