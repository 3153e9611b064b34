/**
 * What a search would do, as the service's dry run tells it.
 * @module
 */

import { estimatedTime } from "../jobs/estimate.js";
import { SEARCH } from "../jobs/kind.js";
import { h, show } from "../lib/dom.js";
import { formatBytes, formatNumberOf } from "../lib/format.js";

/** @typedef {import("../service/types.js").Plan} Plan */

/**
 * @param {HTMLElement} place
 * @param {Plan} plan
 */
export function showPlan(place, { epochs, estimate, stages }) {
  const expected = estimatedTime(estimate, SEARCH);
  show(
    place,
    h("strong", {}, `${formatNumberOf(stages.length, "stage")}, ${formatNumberOf(epochs, "epoch")}`),
    stages.length > 1 && h("span", {}, stages.map((stage) => stage.epochs).join(" + "), " epochs"),
    expected !== null && h("span", {}, expected),
    h("span", {}, memory(estimate, stages)),
  );
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
