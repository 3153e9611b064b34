/**
 * What a search would do, as the service's dry run tells it.
 * @module
 */

import { h, show } from "../lib/dom.js";
import { formatBytes, formatDuration, formatNumberOf } from "../lib/format.js";

/**
 * @typedef {object} Plan
 * @property {number} epochs
 * @property {{stage: number, epochs: number, memory_bytes: number | null, seconds?: number | null}[]} stages
 */

/**
 * @param {HTMLElement} place
 * @param {Plan} plan
 */
export function showPlan(place, { epochs, stages }) {
  const memory = Math.max(...stages.map((stage) => stage.memory_bytes ?? 0));
  const seconds = stages.map((stage) => stage.seconds).filter((one) => typeof one === "number");
  const time = seconds.length === stages.length ? seconds.reduce((sum, one) => sum + one, 0) : null;
  show(
    place,
    h("strong", {}, `${formatNumberOf(stages.length, "stage")}, ${formatNumberOf(epochs, "epoch")}`),
    h("span", {}, stages.map((stage) => stage.epochs).join(" + "), " epochs"),
    memory > 0 && h("span", {}, `at least ${formatBytes(memory)} of memory`),
    time !== null && h("span", {}, `about ${formatDuration(time)}`),
  );
}

/**
 * @param {HTMLElement} place
 * @param {string} sentence
 */
export function showNoPlan(place, sentence) {
  show(place, h("span", { class: "quiet" }, sentence));
}
