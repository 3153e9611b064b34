/**
 * What matters most of a search, in four figures: how far, how good, how it learns, how many skip-connects.
 * @module
 */

import { COLLAPSE, ENTRIES } from "../genotype/cell.js";
import { SECOND_HALF } from "../genotype/finding.js";
import { SEARCH } from "../jobs/kind.js";
import { formatCount, formatInterval, formatNumberOf, formatPercent } from "../lib/format.js";

/** @typedef {import("../service/types.js").Search} Search */
/** @typedef {import("../service/types.js").Epoch} Epoch */
/** @typedef {import("../service/types.js").EpochAlphas} EpochAlphas */
/** @typedef {Omit<import("./key-figures.js").Figure, "name">} Figure */

const NONE = "–";

/**
 * @param {Search} search
 * @param {Epoch[]} epochs
 * @param {EpochAlphas | null} newest the alphas of the newest epoch
 * @returns {import("./key-figures.js").Figure[]}
 */
export const searchFigures = (search, epochs, newest) => [
  { name: "Progress", ...progressFigure(search) },
  { name: "Accuracy", ...accuracyFigure(search) },
  { name: "Training", ...trainingFigure(epochs.at(-1)) },
  { name: "Skip-connects", ...skipFigure(search, newest, epochs.at(-1)?.phase) },
];

/**
 * @param {Search} search
 * @returns {Figure}
 */
function progressFigure(search) {
  return { value: formatPercent(search.progress.fraction, 0), words: SEARCH.placeOf(search) };
}

/**
 * The newest accuracy; in warning colours where it may as well be that of guessing.
 * @param {Search} search
 * @returns {Figure}
 */
function accuracyFigure({ accuracy }) {
  if (accuracy === null) return { value: NONE, words: "measured in the last epochs of each stage" };
  const { value, images, low, chance, balanced, classes, stage, epoch } = accuracy;
  const place = `after stage ${stage}, epoch ${epoch}, on ${SECOND_HALF}`;
  if (images === null) return { value: formatPercent(value), words: place };
  const mean = classes ? `; mean over the classes ${formatPercent(balanced)}` : "";
  const words = `95% interval ${formatInterval(accuracy)} on ${formatNumberOf(images, "image")}; chance ${formatPercent(chance)}${mean}; ${place}`;
  return { value: formatPercent(value), words, ...(low !== null && chance !== null && low <= chance ? { mood: "warn" } : {}) };
}

/**
 * @param {{train_accuracy: number, train_loss: number, images_per_second: number} | undefined} last the newest epoch
 * @returns {Figure}
 */
export function trainingFigure(last) {
  if (!last) return { value: NONE, words: "no epoch finished yet" };
  return { value: formatPercent(last.train_accuracy), words: `accuracy on the training images · loss ${last.train_loss.toFixed(3)} · ${formatCount(Math.round(last.images_per_second))} images/s` };
}

/**
 * @param {Search} search
 * @param {EpochAlphas | null} newest
 * @param {string | undefined} phase of the newest epoch
 * @returns {Figure}
 */
function skipFigure({ signal, skip_connects, spec }, newest, phase) {
  const limit = spec.max_skip_connects;
  if (skip_connects !== null && signal?.verdict === "none") return { value: `${skip_connects} of ${ENTRIES}`, words: "in the normal cell, which is no better supported than one drawn at random" };
  if (skip_connects !== null) return { value: `${skip_connects} of ${ENTRIES}`, words: "in the recommended normal cell", mood: skip_connects <= limit ? "good" : "warn" };
  if (newest === null) return { value: NONE, words: "known after the first epoch" };
  if (phase === "weights") return { value: `${newest.skip_connects} of ${ENTRIES}`, words: "arbitrary while the architecture is frozen" };
  return { value: `${newest.skip_connects} of ${ENTRIES}`, ...verdict(newest.skip_connects, limit) };
}

/**
 * Whether a search runs into skip-connects.
 * @param {number} skips
 * @param {number} limit
 * @returns {{words: string, mood: "good" | "warn" | undefined}}
 */
function verdict(skips, limit) {
  if (skips >= COLLAPSE) return { words: "if it stopped now: collapsing into skip-connects", mood: "warn" };
  if (skips > limit) return { words: `if it stopped now; the limit of ${limit} would remove some`, mood: undefined };
  return { words: `if it stopped now, within the limit of ${limit}`, mood: "good" };
}
