/**
 * What may be said of several evaluations' results beside each other, so that nobody takes chance for a finding.
 * @module
 */

import { isActive } from "../jobs/status.js";
import { formatCount, formatPercent } from "../lib/format.js";

/** @typedef {import("../service/types.js").Evaluation} Evaluation */
/** @typedef {import("../service/types.js").Result} Result */
/** @typedef {{letter: string, evaluation: Evaluation}} Lettered */
/** @typedef {{letter: string, evaluation: Evaluation, result: Result}} Measured */

/** Of a spec: where and when it runs, and what people call it. */
const NO_RECIPE = new Set(["name", "metadata", "priority", "device", "genotype", "search", "max_skip_connects", "genotype_document", "preset"]);

const DIGEST_SHOWN = 12;

/**
 * Sentences on which accuracies differ by more than the chance in their images.
 * @param {Lettered[]} compared
 * @returns {string[]}
 */
export function resultWords(compared) {
  const measured = compared.flatMap(({ letter, evaluation }) => (evaluation.result ? [{ letter, evaluation, result: evaluation.result }] : []));
  if (measured.length < 2) return [`Fewer than two evaluations have a result, so there is nothing to compare${compared.some(({ evaluation }) => isActive(evaluation.status)) ? " yet" : ""}.`];
  const groups = [...new Set(measured.map(imagesOf))].map((images) => measured.filter((one) => imagesOf(one) === images));
  const apart = groups.length > 1 ? [`They ${measured.every(({ evaluation }) => evaluation.dataset_digest) ? "were" : "may have been"} measured on different images (${groups.map((group) => names(group)).join("; ")}): accuracies are compared within each group only.`] : [];
  return [...apart, ...groups.filter((group) => group.length > 1).map(groupWords), ...seedWords(measured)];
}

/** What a result was measured on. @param {Measured} measured */
const imagesOf = ({ evaluation: { dataset_digest, spec }, result }) =>
  JSON.stringify([spec.dataset, dataset_digest, result.source, result.accuracy.images, ...(result.source === "validation" ? [spec.seed, spec.valid_portion, spec.max_images] : [])]);

/**
 * Of results on the same images.
 * @param {Measured[]} group
 */
function groupWords(group) {
  const [best, ...others] = [...group].sort((one, other) => other.result.accuracy.value - one.result.accuracy.value);
  if (best === undefined) return "";
  const accuracy = best.result.accuracy;
  const near = others.filter(({ result }) => result.accuracy.high >= accuracy.low);
  const far = others.filter(({ result }) => result.accuracy.high < accuracy.low);
  const first = `${best.letter} has the highest accuracy, ${formatPercent(accuracy.value)} of ${formatCount(accuracy.images)} images.`;
  const overlap = near.length > 0 ? ` Its 95% interval overlaps ${near.length > 1 ? "those" : "that"} of ${names(near)}: the choice of images alone may explain the difference.` : "";
  const clear = far.length > 0 ? ` ${names(far)} ${far.length > 1 ? "are" : "is"} clearly worse on these images: the intervals do not overlap.` : "";
  return first + overlap + clear;
}

/**
 * What the intervals leave out.
 * @param {Measured[]} measured
 */
function seedWords(measured) {
  const guessing = measured.filter(({ result }) => result.accuracy.low <= result.chance_accuracy);
  const guess = guessing.length > 0 ? [`${names(guessing)}: no better than guessing.`] : [];
  return [...guess, "An interval allows only for the choice of images. With another seed, each network would come out somewhat different, often by more than its interval: train with several seeds before you rely on a small difference. The more you compare, the more likely it is that the best one was lucky."];
}

/** @param {{letter: string}[]} of */
const names = (of) => of.map(({ letter }) => letter).join(", ");

/**
 * What differs in how they were trained, field by field.
 * @param {Lettered[]} compared
 * @returns {{name: string, values: string[]}[]}
 */
export function differences(compared) {
  const specs = compared.map(({ evaluation }) => new Map(Object.entries(evaluation.spec)));
  const fields = [...new Set(specs.flatMap((spec) => [...spec.keys()]))].filter((name) => !NO_RECIPE.has(name));
  const rows = fields.map((name) => ({ name, values: specs.map((spec) => shown(spec.get(name))) }));
  const cells = compared.map(({ evaluation: { genotype } }) => JSON.stringify([genotype.cells]));
  const kinds = [...new Set(cells)];
  const genotypes = { name: "genotype", values: compared.map(({ evaluation }, i) => evaluation.genotype.id ?? `no. ${kinds.indexOf(cells[i] ?? "") + 1}`) };
  const images = { name: "images (digest)", values: compared.map(({ evaluation }) => shown(evaluation.dataset_digest?.slice(0, DIGEST_SHOWN))) };
  return [...(kinds.length > 1 ? [genotypes] : []), ...[...rows, images].filter(({ values }) => new Set(values).size > 1)];
}

/** @param {unknown} value */
const shown = (value) => (value === null || value === undefined ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value));
