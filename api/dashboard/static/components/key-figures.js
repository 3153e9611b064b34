/**
 * What matters most of a search, in four figures: how far, how good, how it learns, how many skip-connects.
 * @module
 */

import { COLLAPSE, ENTRIES } from "../genotype/cell.js";
import { SECOND_HALF } from "../genotype/finding.js";
import { SEARCH } from "../jobs/kind.js";
import { h, setText } from "../lib/dom.js";
import { formatCount, formatInterval, formatNumberOf, formatPercent } from "../lib/format.js";

/** @typedef {import("../service/types.js").Search} Search */
/** @typedef {import("../service/types.js").Epoch} Epoch */
/** @typedef {import("../service/types.js").EpochAlphas} EpochAlphas */
/** @typedef {{value: string, words: string, mood?: "good" | "warn"}} Figure */

const NONE = "–";
export class KeyFigures extends HTMLElement {
  #progress = tile("Progress");
  #accuracy = tile("Accuracy");
  #training = tile("Training");
  #skips = tile("Skip-connects");

  connectedCallback() {
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", "Key figures");
    this.replaceChildren(this.#progress.element, this.#accuracy.element, this.#training.element, this.#skips.element);
  }

  /**
   * @param {Search} search
   * @param {Epoch[]} epochs
   * @param {EpochAlphas | null} newest the alphas of the newest epoch
   */
  showFigures(search, epochs, newest) {
    this.#progress.show(progressFigure(search));
    this.#accuracy.show(accuracyFigure(search));
    this.#training.show(trainingFigure(epochs));
    this.#skips.show(skipFigure(search, newest, epochs.at(-1)?.phase));
  }
}

/** @param {string} name */
function tile(name) {
  const value = h("span", { class: "figure-value" });
  const words = h("span", { class: "quiet sub" });
  const element = h("div", { class: "figure" }, h("span", { class: "figure-name" }, name), value, words);
  const show = (/** @type {Figure} */ figure) => {
    setText(value, figure.value);
    setText(words, figure.words);
    element.dataset.mood = figure.mood ?? "";
  };
  return { element, show };
}

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
  const mean = classes ? `; ${formatPercent(balanced)} in the mean over the classes` : "";
  const words = `95 % interval ${formatInterval(accuracy)} by ${formatNumberOf(images, "image")}; chance ${formatPercent(chance)}${mean}; ${place}`;
  return { value: formatPercent(value), words, ...(low !== null && chance !== null && low <= chance ? { mood: "warn" } : {}) };
}

/**
 * @param {Epoch[]} epochs
 * @returns {Figure}
 */
function trainingFigure(epochs) {
  const last = epochs.at(-1);
  if (!last) return { value: NONE, words: "no epoch finished yet" };
  return { value: formatPercent(last.train_accuracy), words: `loss ${last.train_loss.toFixed(3)} · ${formatCount(Math.round(last.images_per_second))} images/s` };
}

/**
 * @param {Search} search
 * @param {EpochAlphas | null} newest
 * @param {string | undefined} phase of the newest epoch
 * @returns {Figure}
 */
function skipFigure({ signal, skip_connects, spec }, newest, phase) {
  const limit = spec.max_skip_connects;
  if (skip_connects !== null && signal?.verdict === "none") return { value: `${skip_connects} of ${ENTRIES}`, words: "in the normal cell, which is as good as a random one" };
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

customElements.define("key-figures", KeyFigures);
