/**
 * The columns that lists of evaluations have beside those of all jobs.
 * @module
 */

import { EVALUATION } from "../jobs/kind.js";
import { h, part, setText } from "../lib/dom.js";
import { formatCount, formatInterval, formatPercent } from "../lib/format.js";
import { isAsGuessing } from "./evaluation-words.js";
import { nameColumn, progressColumn, statusColumn, submittedColumn } from "./job-columns.js";

/** @typedef {import("../service/types.js").Evaluation} Evaluation */
/** @typedef {import("./live-table.js").Column<Evaluation>} Column */

/** @type {Record<NonNullable<Evaluation["result"]>["source"], string>} */
const SOURCES = { test: "test", validation: "held out" };

/** @type {Column} */
const accuracyColumn = {
  name: "Accuracy",
  class: "number",
  create: () => [h("div"), h("span", { class: "sub" })],
  update: (cell, { result }) => {
    setText(part(cell, "div"), formatPercent(result?.accuracy.value));
    const words = part(cell, "span");
    const isGuess = result !== null && isAsGuessing(result);
    words.className = isGuess ? "sub collapsing" : "quiet sub";
    setText(words, isGuess ? "no better than guessing" : "");
  },
};

/** @type {Column} */
const intervalColumn = { name: "95% interval", class: "number", update: (cell, { result }) => setText(cell, formatInterval(result && result.accuracy) || "–") };

/** @type {Column} */
const imagesColumn = { name: "Images", class: "number", update: (cell, { result }) => setText(cell, result ? `${formatCount(result.accuracy.images)} (${SOURCES[result.source]})` : "–") };

/** @type {Column[]} */
export const EVALUATION_COLUMNS = [nameColumn(EVALUATION, "Evaluation"), statusColumn, progressColumn(EVALUATION), accuracyColumn, intervalColumn, imagesColumn, submittedColumn];
