/**
 * What a list of jobs of any kind can be filtered by.
 * @module
 */

import { STATUSES } from "../jobs/status.js";
import { choiceFilter, metadataFilter, partFilter } from "./list-filters.js";

/**
 * @param {URLSearchParams} parameters those of the address
 * @returns {import("./list-filters.js").Filter[]}
 */
export const jobFilters = (parameters) => [
  choiceFilter("Status", "status", parameters, [["", "any"], ...STATUSES.map((name) => /** @type {[string, string]} */ ([name, name]))]),
  partFilter("Data set", "dataset_contains", parameters),
  partFilter("Name", "name_contains", parameters),
  metadataFilter(parameters),
];
