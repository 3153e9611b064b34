/**
 * Where a search stands, in a sentence.
 * @module
 */

import { choiceName, findingSentence } from "../genotype/finding.js";
import { skipWords } from "../genotype/skip-limit.js";
import { SEARCH } from "../jobs/kind.js";
import { formatDuration, formatInterval, formatMoment, formatNumberOf, formatPercent, formatWhen, secondsUntil } from "../lib/format.js";
import { jobSentence, tookWords } from "./job-sentence.js";

/** @typedef {import("../service/types.js").Search} Search */
/** @typedef {import("../service/types.js").Epoch} Epoch */

const LEAST_FOR_RANGE = 2;

/**
 * @param {Search} search
 * @param {Epoch[]} epochs
 */
export const searchSentence = (search, epochs) =>
  jobSentence(SEARCH, search, { running: () => runningSentence(search, epochs), succeeded: () => succeededSentence(search) });

/**
 * @param {Search} search
 * @param {Epoch[]} epochs
 */
function runningSentence({ progress }, epochs) {
  const { stage, stages, epoch, epochs: all, phase, eta } = progress;
  if (stage === null) return "A worker is preparing it.";
  const doing = phase === "weights" ? "training weights; the architecture is frozen" : "training weights and architecture";
  const end = eta === null ? " Estimating time left…" : ` Done in ${remainingTime(secondsUntil(eta), epochs, stage)}, around ${formatWhen(eta)}.`;
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

/**
 * How often a network is right, and what that rests on.
 * @param {NonNullable<Search["accuracy"]>} accuracy
 */
function accuracyWords(accuracy) {
  const { value, images, chance } = accuracy;
  if (images === null) return `${formatPercent(value)} of the second half of the training images`;
  return `${formatPercent(value)} of ${formatNumberOf(images, "image")} of the second half (95% interval ${formatInterval(accuracy)}, chance ${formatPercent(chance)})`;
}

/** @param {Search} search */
function succeededSentence(search) {
  const { finished_at, accuracy, signal, skip_connects } = search;
  const right = accuracy === null ? "" : ` Accuracy at the end: ${accuracyWords(accuracy)}.`;
  const skips = skip_connects === null ? "" : ` The ${choiceName(signal).toLowerCase()} has ${skipWords(skip_connects)} in its normal cell.`;
  const finding = signal ? ` ${findingSentence(signal)}` : "";
  return `Finished${tookWords(search)}, ${formatMoment(finished_at)}.${finding}${right}${skips}`;
}
