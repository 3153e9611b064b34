/**
 * What matters most of an evaluation, in four figures: how far, how good, how it learns, how large.
 * @module
 */

import { EVALUATION } from "../jobs/kind.js";
import { formatInterval, formatLarge, formatNumberOf, formatPercent } from "../lib/format.js";
import { IMAGES, isAsGuessing } from "./evaluation-words.js";
import { trainingFigure } from "./search-figures.js";

/** @typedef {import("../service/types.js").Evaluation} Evaluation */
/** @typedef {import("../service/types.js").EvaluationEpoch} EvaluationEpoch */
/** @typedef {import("./key-figures.js").Figure} Figure */

const NONE = "–";

/**
 * @param {Evaluation} evaluation
 * @param {EvaluationEpoch[]} epochs
 * @returns {Figure[]}
 */
export const evaluationFigures = (evaluation, epochs) => [
  { name: "Progress", value: formatPercent(evaluation.progress.fraction, 0), words: EVALUATION.placeOf(evaluation) },
  accuracyFigure(evaluation),
  { name: "Training", ...trainingFigure(epochs.at(-1)) },
  networkFigure(evaluation),
];

/**
 * The accuracy of the end; in warning colours where it may as well be that of guessing.
 * @param {Evaluation} evaluation
 * @returns {Figure}
 */
function accuracyFigure({ result }) {
  if (!result) return { name: "Accuracy", value: NONE, words: "measured at the end" };
  const { accuracy, chance_accuracy, source } = result;
  const rests = `95% interval ${formatInterval(accuracy)} on ${formatNumberOf(accuracy.images, IMAGES[source])}; chance ${formatPercent(chance_accuracy)}`;
  const value = formatPercent(accuracy.value);
  return isAsGuessing(result) ? { name: "Accuracy", value, words: `no better than guessing; ${rests}`, mood: "warn" } : { name: "Accuracy", value, words: rests };
}

/**
 * @param {Evaluation} evaluation
 * @returns {Figure}
 */
function networkFigure({ result, spec }) {
  const shape = `${formatNumberOf(spec.layers, "cell")}, ${formatNumberOf(spec.init_channels, "channel")} in the first cell`;
  if (!result) return { name: "Network", value: NONE, words: shape };
  return { name: "Network", value: formatLarge(result.parameters), words: `parameters; ${formatLarge(result.multiply_adds)} multiply-adds for each image; ${shape}` };
}
