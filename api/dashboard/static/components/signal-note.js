/**
 * Whether a search or a stage found anything: a badge, and the reason as text.
 * @module
 */

import { ADVICE, FINDINGS } from "../genotype/finding.js";
import { h } from "../lib/dom.js";

/** @typedef {import("../service/types.js").Signal} Signal */

/**
 * @param {Signal} signal
 * @param {string} [words]
 */
export const signalBadge = (signal, words = FINDINGS[signal.verdict]) => h("span", { class: "badge", "data-verdict": signal.verdict, title: signal.reason }, words);

/**
 * The verdict on a stage with its reason; nothing where it is not known.
 * @param {Signal | null | undefined} signal
 * @param {string} [advice]
 */
export function stageSignalNote(signal, advice = "") {
  if (!signal) return null;
  return h("div", { class: "signal-note" }, signalBadge(signal), h("p", { class: "quiet" }, `${signal.reason} ${advice}`.trim()));
}

/**
 * The verdict on a whole search with its reason, and what follows for its genotype.
 * @param {Signal | null | undefined} signal
 */
export const signalNote = (signal) => signal ? stageSignalNote(signal, ADVICE[signal.verdict]) : null;
