/**
 * Where a search stands, in a sentence.
 * @module
 */

import { formatDuration, formatMoment, formatPercent, formatWhen, secondsBetween, secondsUntil } from "../lib/format.js";

/** @typedef {import("../service/types.js").Search} Search */
/** @typedef {import("../service/types.js").Epoch} Epoch */

const LEAST_FOR_RANGE = 2;

/**
 * @param {Search} search
 * @param {Epoch[]} epochs
 */
export function stateSentence(search, epochs) {
  switch (search.status) {
    case "queued":
      return search.attempt ? "Waits for a worker, to go on where it stopped." : "Waits for a worker.";
    case "running":
      return runningSentence(search, epochs);
    case "pausing":
      return "Pauses as soon as its checkpoint is written.";
    case "paused":
      return `Paused${where(search)}. Resumed, it goes on from its last checkpoint.`;
    case "cancelling":
      return "Stops within seconds.";
    case "cancelled":
      return `Cancelled${where(search)}, ${formatMoment(search.finished_at)}.`;
    case "succeeded":
      return succeededSentence(search);
    case "failed":
      return `Failed${where(search)}, ${formatMoment(search.finished_at)}.`;
  }
}

/** @param {Search} search */
function where({ progress: { stage, stages, epoch } }) {
  return stage === null ? " before its first epoch" : ` in stage ${stage} of ${stages}, epoch ${epoch}`;
}

/**
 * @param {Search} search
 * @param {Epoch[]} epochs
 */
function runningSentence({ progress }, epochs) {
  const { stage, stages, epoch, epochs: all, phase, eta } = progress;
  if (stage === null) return "A worker prepares it.";
  const doing = phase === "weights" ? "trains weights, the architecture is frozen" : "trains weights and architecture";
  const end = eta === null ? " When it ends can be told after some steps." : ` Done in ${remainingTime(secondsUntil(eta), epochs, stage)}, at about ${formatWhen(eta)}.`;
  return `Stage ${stage} of ${stages}, epoch ${epoch} of ${all}: ${doing}.${end}`;
}

/**
 * The time that is left, as a range as wide as the epochs of this stage differ.
 * @param {number} seconds
 * @param {Epoch[]} epochs
 * @param {number} stage
 */
function remainingTime(seconds, epochs, stage) {
  const last = epochs.findLast((epoch) => epoch.stage === stage);
  const times = epochs.filter((epoch) => epoch.stage === stage && epoch.phase === last?.phase).map((epoch) => epoch.seconds);
  if (times.length < LEAST_FOR_RANGE) return `about ${formatDuration(seconds)}`;
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const [low, high] = [Math.min(...times), Math.max(...times)].map((time) => formatDuration((seconds * time) / mean));
  return low === high ? `about ${low}` : `${low} to ${high}`;
}

/** @param {Search} search */
function succeededSentence({ started_at, finished_at, best_accuracy, skip_connects }) {
  const took = started_at && finished_at ? ` after ${formatDuration(secondsBetween(started_at, finished_at))}` : "";
  const accuracy = best_accuracy === null ? "" : ` Best accuracy on the second half ${formatPercent(best_accuracy)}.`;
  const skips = skip_connects === null ? "" : ` The recommended genotype has ${skip_connects} skip-connect${skip_connects === 1 ? "" : "s"} in its normal cell.`;
  return `Done${took}, ${formatMoment(finished_at)}.${accuracy}${skips}`;
}
