/**
 * What a search would do, as the service's dry run tells it.
 * @module
 */

import { h, show } from "../lib/dom.js";
import { formatBytes, formatDuration, formatNumberOf, formatPercent } from "../lib/format.js";

/** @typedef {import("../service/types.js").Plan} Plan */

/**
 * @param {HTMLElement} place
 * @param {Plan} plan
 */
export function showPlan(place, { epochs, estimate, stages }) {
  show(
    place,
    h("strong", {}, `${formatNumberOf(stages.length, "stage")}, ${formatNumberOf(epochs, "epoch")}`),
    stages.length > 1 && h("span", {}, stages.map((stage) => stage.epochs).join(" + "), " epochs"),
    estimate !== null && estimate.seconds !== null && h("span", {}, time(estimate, estimate.seconds)),
    h("span", {}, memory(estimate, stages)),
  );
}

/**
 * How long it will take, on what, and how sure that is.
 * @param {NonNullable<Plan["estimate"]>} estimate
 * @param {number} seconds
 */
function time({ device, learned_from, measured_on, median_error, seconds_high, seconds_low }, seconds) {
  const about = `about ${formatDuration(seconds)}`;
  if (seconds_low === null || seconds_high === null) return `${about} on ${measured_on}; yours may differ`;
  const error = median_error === null ? "" : `, whose estimates were off by ${formatPercent(median_error, 0)}`;
  return `${about} (${formatDuration(seconds_low)} to ${formatDuration(seconds_high)}) on ${device}, as ${learned_from} searches took here${error}`;
}

/**
 * @param {Plan["estimate"]} estimate
 * @param {Plan["stages"]} stages
 */
function memory(estimate, stages) {
  if (estimate !== null) return `about ${formatBytes(estimate.memory_bytes)} of memory`;
  const least = Math.max(...stages.map((stage) => stage.memory_bytes ?? 0));
  return least > 0 ? `at least ${formatBytes(least)} of memory` : "";
}

/**
 * @param {HTMLElement} place
 * @param {string} sentence
 */
export function showNoPlan(place, sentence) {
  show(place, h("span", { class: "quiet" }, sentence));
}
