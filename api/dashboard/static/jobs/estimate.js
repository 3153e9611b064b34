/**
 * How long a job is expected to take, in words.
 * @module
 */

import { formatDuration, formatPercent } from "../lib/format.js";

/**
 * What searches and evaluations are told alike.
 * @typedef {Pick<import("../service/types.js").Evaluation["estimate"] & object, "device" | "learned_from" | "median_error" | "seconds" | "seconds_high" | "seconds_low" | "measured_on"> & { rough_factor?: number | null }} TimeEstimate
 */

/**
 * How long it will take, on what, and how sure that is.
 * @param {TimeEstimate | null} estimate
 * @param {import("./kind.js").Kind<any>} kind
 * @returns {string | null} null: nobody knows
 */
export function estimatedTime(estimate, kind) {
  if (estimate === null || estimate.seconds === null) return null;
  const { device, learned_from, measured_on, median_error } = estimate;
  const range = expectedRange(estimate);
  if (range === null && !measured_on) return null;
  if (range === null) return `about ${formatDuration(estimate.seconds)} on ${measured_on}; your machine may differ${rough(estimate)}`;
  const error = median_error === null ? "" : ` (median error ${formatPercent(median_error, 0)})`;
  return `about ${formatDuration(estimate.seconds)} (${range}) on ${device}, based on ${learned_from} ${kind.path} that ran here${error}`;
}

/** @param {TimeEstimate} estimate */
const rough = ({ rough_factor }) => (rough_factor ? `, and this is a rough guess: it may take 1/${rough_factor} of that, or ${rough_factor} times as long` : "");

/**
 * The times that others on this installation lead to expect.
 * @param {TimeEstimate | null} estimate
 * @returns {string | null} null: too few have ended
 */
export function expectedRange(estimate) {
  if (estimate === null || estimate.seconds_low === null || estimate.seconds_high === null) return null;
  const [low, high] = [estimate.seconds_low, estimate.seconds_high].map((seconds) => formatDuration(seconds));
  return low === high ? `${low}` : `${low} to ${high}`;
}
