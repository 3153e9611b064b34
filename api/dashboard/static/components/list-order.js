/**
 * The order of a list. The service sorts all entries by their time; by anything else, the page sorts
 * those that it shows, and says so.
 * @module
 */

import { choiceFilter } from "./list-filters.js";

/**
 * @template T
 * @typedef {{value: string, words: string, compare: (one: T, other: T) => number}} Order of those shown
 */

/** @type {[value: string, words: string][]} */
const BY_TIME = [["", "newest first"], ["oldest", "oldest first"]];

/**
 * The choice of an order.
 * @param {URLSearchParams} parameters those of the address
 * @param {Order<any>[]} orders of those shown
 */
export const orderFilter = (parameters, orders) =>
  choiceFilter("Sort", "sort", parameters, [...BY_TIME, ...orders.map(({ value, words }) => /** @type {[string, string]} */ ([value, `${words} (this page only)`]))]);

/** @param {URLSearchParams} parameters those of the address */
export const isOldestFirst = (parameters) => parameters.get("sort") === "oldest";

/**
 * What the service is asked for: it knows the orders by time alone.
 * @param {URLSearchParams} parameters those of the address
 * @param {number} limit entries on a page
 */
export function queryOf(parameters, limit) {
  const query = new URLSearchParams(parameters);
  query.set("limit", String(limit));
  if (!isOldestFirst(parameters)) query.delete("sort");
  return query;
}

/**
 * @template T
 * @param {T[]} items
 * @param {URLSearchParams} parameters those of the address
 * @param {Order<T>[]} orders of those shown
 * @returns {T[]}
 */
export function inOrder(items, parameters, orders) {
  const wanted = orders.find(({ value }) => value === parameters.get("sort"));
  return wanted ? items.toSorted(wanted.compare) : items;
}

/** @param {string} one @param {string} other */
export const byName = (one, other) => one.localeCompare(other, undefined, { numeric: true, sensitivity: "base" });

/**
 * The largest first, what is not known last.
 * @param {number | null} one
 * @param {number | null} other
 */
export const byLargest = (one, other) => (other ?? -Infinity) - (one ?? -Infinity) || 0;
