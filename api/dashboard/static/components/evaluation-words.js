/**
 * What an evaluation measured, in words.
 * @module
 */

import { EVALUATION } from "../jobs/kind.js";
import { formatDuration, formatInterval, formatMoment, formatNumberOf, formatPercent, formatWhen, secondsUntil } from "../lib/format.js";
import { jobSentence, tookWords } from "./job-sentence.js";

/** @typedef {import("../service/types.js").Evaluation} Evaluation */
/** @typedef {import("../service/types.js").Result} Result */

/** What a result rests on, after a number: "360 test images".
 * @type {Record<Result["source"], string>} */
export const IMAGES = { test: "test image", validation: "held-out image" };

/** @type {Record<Result["source"], string>} */
export const SOURCES = {
  test: "Measured once, when training was over, on test images that took no part in it, with the weights of the last epoch.",
  validation: "The data set has no test images: this was measured on images held out of training, with the weights of the last epoch.",
};

/**
 * Whether guessing may do as well: the interval reaches down to what naming the largest class each time would give.
 * @param {Pick<Result, "accuracy" | "chance_accuracy">} result
 */
export const isAsGuessing = ({ accuracy, chance_accuracy }) => accuracy.low <= chance_accuracy;

/** @param {Evaluation} evaluation */
export const evaluationSentence = (evaluation) => jobSentence(EVALUATION, evaluation, { running: () => runningSentence(evaluation), succeeded: () => succeededSentence(evaluation) });

/** @param {Evaluation} evaluation */
function runningSentence({ progress }) {
  const { epoch, epochs, eta } = progress;
  if (epoch === null) return "A worker is preparing it.";
  const end = eta === null ? " Estimating time left…" : ` Done in about ${formatDuration(secondsUntil(eta))}, around ${formatWhen(eta)}.`;
  return `${epochs === 0 ? "Testing the given weights; nothing is trained" : `Epoch ${epoch} of ${epochs}`}.${end}`;
}

/** @param {Evaluation} evaluation */
function succeededSentence(evaluation) {
  const { finished_at, result } = evaluation;
  return `Finished${tookWords(evaluation)}, ${formatMoment(finished_at)}.${result ? ` ${resultSentence(result)}` : ""}`;
}

/** @param {Result} result */
function resultSentence(result) {
  const { accuracy, source } = result;
  const found = `${formatPercent(accuracy.value)} of ${formatNumberOf(accuracy.images, IMAGES[source])} right (95% interval ${formatInterval(accuracy)})`;
  return isAsGuessing(result) ? `No better than guessing: ${found}.` : `${found}.`;
}
