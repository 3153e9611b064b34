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
 * How long a search will take, on what, and how sure that is.
 * @param {NonNullable<Plan["estimate"]>} estimate
 * @param {number} seconds
 */
function time(estimate, seconds) {
  return learnedTime(estimate, seconds, "searches") ?? `about ${formatDuration(seconds)} on ${estimate.measured_on}; yours may differ`;
}

/**
 * How long a job will take, as others took.
 * @param {Pick<NonNullable<Plan["estimate"]>, "device" | "learned_from" | "median_error" | "seconds_high" | "seconds_low">} estimate
 * @param {number} seconds
 * @param {string} plural what the others are called
 * @returns {string | null} null: too few have ended
 */
export function learnedTime({ device, learned_from, median_error, seconds_high, seconds_low }, seconds, plural) {
  if (seconds_low === null || seconds_high === null) return null;
  const error = median_error === null ? "" : `, whose estimates were off by ${formatPercent(median_error, 0)}`;
  return `about ${formatDuration(seconds)} (${formatDuration(seconds_low)} to ${formatDuration(seconds_high)}) on ${device}, as ${learned_from} ${plural} took here${error}`;
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
