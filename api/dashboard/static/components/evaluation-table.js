/**
 * The evaluations of a genotype, with their figures: how good its trained network is.
 * @module
 */

import { h } from "../lib/dom.js";
import { formatCount, formatInterval, formatMoment, formatPercent } from "../lib/format.js";

/** @typedef {import("../service/types.js").Evaluation} Evaluation */

const COLUMNS = [["Evaluation"], ["Data set"], ["Recipe"], ["Status"], ["Accuracy", "number"], ["95 % interval", "number"], ["Images", "number"], ["Submitted"]];

/** @type {Record<string, string>} */
const SOURCES = { test: "test", validation: "held out" };

/**
 * @param {Evaluation[]} evaluations
 * @returns {HTMLElement | null} null if there are none
 */
export function evaluationTable(evaluations) {
  if (!evaluations.length) return null;
  const head = h("tr", {}, COLUMNS.map(([name, look]) => h("th", { scope: "col", class: look }, name)));
  const rows = evaluations.map(({ id, spec, status, result, created_at }) => {
    const accuracy = result && result.accuracy;
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, spec.name ?? id),
      h("td", {}, spec.dataset),
      h("td", {}, `${spec.preset}, ${formatCount(spec.epochs)} epochs`),
      h("td", {}, status),
      h("td", { class: "number" }, formatPercent(accuracy && accuracy.value)),
      h("td", { class: "number" }, formatInterval(accuracy)),
      h("td", { class: "number" }, accuracy && result && `${formatCount(accuracy.images)} (${SOURCES[result.source]})`),
      h("td", {}, formatMoment(created_at)),
    );
  });
  return h(
    "section",
    {},
    h("h2", {}, "Evaluations"),
    h("div", { class: "scroll-x" }, h("table", { class: "evaluations" }, h("thead", {}, head), h("tbody", {}, rows))),
  );
}
