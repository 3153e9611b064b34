/**
 * Whether a search found anything, in words.
 * @module
 */

/** @typedef {import("../service/types.js").Signal} Signal */

/** What accuracies are measured on. */
export const SECOND_HALF = "the second half (the images that train the alphas, not the weights)";

/** @type {Record<Signal["verdict"], string>} */
export const FINDINGS = {
  none: "no finding: as good as a random choice",
  weak: "weak finding: hardly more than chance",
  clear: "clear finding: more than chance",
};

/** What follows from a verdict.
 * @type {Record<Signal["verdict"], string>} */
export const ADVICE = {
  none: "What may help: more epochs, a higher arch_learning_rate, more images.",
  weak: "Another seed may well choose otherwise: run the search again before you rely on it.",
  clear: "Steady choices need not be the best ones: before you rely on the genotype, evaluate it beside another seed's.",
};

/** @type {Record<Signal["verdict"], string>} */
const SENTENCES = {
  none: "Nothing was found that stands out from chance: the genotype is as good as a random one.",
  weak: "What was found hardly stands out from chance.",
  clear: "What was found stands out from chance.",
};

/**
 * A sentence about a search's end; empty where nothing is known.
 * @param {Signal | null} signal
 */
export const findingSentence = (signal) => (signal ? SENTENCES[signal.verdict] : "");

/**
 * What a search's genotype is called: it is recommended unless nothing speaks for it.
 * @param {Signal | null | undefined} signal
 */
export const choiceName = (signal) => (signal?.verdict === "none" ? "Genotype by the skip limit" : "Recommended genotype");
