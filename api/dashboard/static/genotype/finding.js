/**
 * Whether a search found anything, in words.
 * @module
 */

/** @typedef {import("../service/types.js").Signal} Signal */

/** What accuracies are measured on. */
export const SECOND_HALF = "the second half (the images that train the alphas, not the weights)";

/** What each verdict says, here and below in the words of `pdarts_core/signal/words.py`.
 * @type {Record<Signal["verdict"], string>} */
export const FINDINGS = {
  none: "Signal none: nothing was found that stands out from chance",
  weak: "Signal weak: what was found hardly stands out from chance",
  clear: "Signal clear: what was found stands out from chance",
};

/** What follows from a verdict.
 * @type {Record<Signal["verdict"], string>} */
export const ADVICE = {
  none: "The genotype is no better supported than one drawn at random. What may help: more epochs, a higher arch_learning_rate, more images.",
  weak: "Before you rely on the genotype, run the search again with another seed.",
  clear: "Steady choices need not be the best ones: before you rely on the genotype, evaluate it beside another seed's.",
};

/**
 * A sentence about a search's end; empty where nothing is known.
 * @param {Signal | null} signal
 */
export const findingSentence = (signal) => (signal ? `${FINDINGS[signal.verdict]}.` : "");

/**
 * What a search's genotype is called: it is recommended unless nothing speaks for it.
 * @param {Signal | null | undefined} signal
 */
export const choiceName = (signal) => (signal?.verdict === "none" ? "Genotype for the skip limit" : "Recommended genotype");
