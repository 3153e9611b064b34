/**
 * What a search would do, as the service's dry run tells it.
 * @module
 */

import { h, show } from "../lib/dom.js";
import { formatBytes, formatNumberOf } from "../lib/format.js";

/**
 * @typedef {object} Plan
 * @property {number} epochs
 * @property {{stage: number, epochs: number, memory_bytes: number | null}[]} stages
 */

/**
 * @param {HTMLElement} place
 * @param {Plan} plan
 */
export function showPlan(place, { epochs, stages }) {
  const memory = Math.max(...stages.map((stage) => stage.memory_bytes ?? 0));
  show(
    place,
    h("strong", {}, `${formatNumberOf(stages.length, "stage")}, ${formatNumberOf(epochs, "epoch")}`),
    h("span", {}, stages.map((stage) => stage.epochs).join(" + "), " epochs"),
    memory > 0 && h("span", {}, `at least ${formatBytes(memory)} of memory`),
  );
}

/**
 * @param {HTMLElement} place
 * @param {string} sentence
 */
export function showNoPlan(place, sentence) {
  show(place, h("span", { class: "quiet" }, sentence));
}
