/**
 * The columns that lists of searches have beside those of all jobs.
 * @module
 */

import { SECOND_HALF } from "../genotype/finding.js";
import { h, part, setText } from "../lib/dom.js";
import { formatInterval, formatNumberOf, formatPercent } from "../lib/format.js";

/** @typedef {import("./live-table.js").Column<import("../service/types.js").Search>} Column */

/** @type {Column} */
export const accuracyColumn = {
  name: "Accuracy",
  class: "number",
  create: () => [h("div"), h("span", { class: "quiet sub" })],
  update: (cell, { accuracy }) => {
    setText(part(cell, "div"), formatPercent(accuracy?.value));
    setText(part(cell, "span"), formatInterval(accuracy));
    cell.title = accuracy ? accuracyWords(accuracy) : "";
  },
};

/**
 * What an accuracy rests on.
 * @param {NonNullable<import("../service/types.js").Search["accuracy"]>} accuracy
 */
function accuracyWords({ chance, images, stage }) {
  const place = `On ${SECOND_HALF}, after stage ${stage}`;
  return images === null ? place : `${place}: ${formatNumberOf(images, "image")}, chance ${formatPercent(chance)}; below, the 95% interval`;
}

/** @type {Column} */
export const signalColumn = {
  name: "Signal",
  create: () => [h("span")],
  update: (cell, { signal }) => {
    const words = part(cell, "span");
    words.className = signal ? "badge" : "quiet";
    words.title = signal?.reason ?? "";
    words.dataset.verdict = signal?.verdict ?? "";
    setText(words, signal?.verdict ?? "–");
  },
};

/** @type {Column} */
export const skipsColumn = {
  name: "Skips",
  class: "number",
  update: (cell, { skip_connects }) => setText(cell, skip_connects === null ? "–" : String(skip_connects)),
};
