/**
 * Up to ten evaluations beside each other: figures with intervals, what differs between them, curves.
 * @module
 */

import { LineChart } from "../charts/line-chart.js";
import { CompareJobsPage } from "../components/compare-jobs-page.js";
import { differences, resultWords } from "../components/compared-results.js";
import { shortNumber, wholePercent } from "../components/epoch-curves.js";
import { IMAGES } from "../components/evaluation-words.js";
import { showStatus, statusBadge } from "../components/status-badge.js";
import { EVALUATION } from "../jobs/kind.js";
import { h } from "../lib/dom.js";
import { formatInterval, formatLarge, formatNumberOf, formatPercent } from "../lib/format.js";
import { jobPage } from "../lib/paths.js";
import { getJson } from "../service/client.js";

/** @typedef {import("../service/types.js").Evaluation} Evaluation */
/** @typedef {import("../service/types.js").EvaluationEpoch} Epoch */
/** @typedef {{letter: string, style: number, evaluation: Evaluation, epochs: Epoch[]}} Compared */

/** @extends {CompareJobsPage<Evaluation, Compared>} */
export class CompareEvaluationsPage extends CompareJobsPage {
  constructor() {
    super(EVALUATION, "Compare evaluations");
  }

  /**
   * @param {string} id
   * @param {number} place
   * @param {AbortSignal} signal
   */
  read(id, place, signal) {
    return read(id, place, signal);
  }

  /** @param {Compared} compared */
  jobOf({ evaluation }) {
    return evaluation;
  }

  /** @param {Compared[]} compared */
  partsOf(compared) {
    return partsOf(compared);
  }
}

/**
 * @param {string} id
 * @param {number} place
 * @param {AbortSignal} signal
 * @returns {Promise<Compared>}
 */
async function read(id, place, signal) {
  const path = /** @type {const} */ (`evaluations/${encodeURIComponent(id)}`);
  const [evaluation, epochs] = await Promise.all([getJson(path, { signal }), getJson(`${path}/epochs`, { signal })]);
  return { letter: String.fromCharCode(65 + place), style: place, evaluation, epochs: epochs.data };
}

/** @param {Compared[]} compared */
const partsOf = (compared) => [
  h("div", { class: "card table-card" }, overview(compared)),
  h("section", { class: "card compared-words" }, h("h2", {}, "What the figures say"), resultWords(compared).map((sentence) => h("p", {}, sentence))),
  h("section", { class: "card" }, h("h2", {}, "What differs"), differing(compared)),
  ...curves(compared),
];

/** @param {Compared[]} compared */
function overview(compared) {
  const columns = ["", "Evaluation", "Status", "Data set", "Seed", "Accuracy", "95% interval", "Images", "Chance", "Parameters"];
  const rows = compared.map(({ letter, style, evaluation }) => {
    const badge = statusBadge();
    showStatus(badge, evaluation.status);
    const { result, spec } = evaluation;
    return h(
      "tr",
      {},
      h("td", {}, swatch(style), letter),
      h("th", { scope: "row" }, h("a", { href: jobPage(EVALUATION, evaluation.id) }, EVALUATION.nameOf(evaluation))),
      h("td", {}, badge),
      h("td", { "data-label": "Data set" }, spec.dataset),
      h("td", { class: "number", "data-label": "Seed" }, spec.seed),
      h("td", { class: "number", "data-label": "Accuracy" }, formatPercent(result?.accuracy.value)),
      h("td", { class: "number", "data-label": "95% interval" }, formatInterval(result && result.accuracy) || "–"),
      h("td", { class: "number", "data-label": "Images" }, result ? formatNumberOf(result.accuracy.images, IMAGES[result.source]) : "–"),
      h("td", { class: "number", "data-label": "Chance" }, formatPercent(result?.chance_accuracy)),
      h("td", { class: "number", "data-label": "Parameters" }, result ? formatLarge(result.parameters) : "–"),
    );
  });
  const head = h("tr", {}, columns.map((name) => (name ? h("th", { scope: "col" }, name) : h("td", {}))));
  return h("table", { class: "stacked" }, h("caption", { class: "off-screen" }, "Compared evaluations"), h("thead", {}, head), h("tbody", {}, rows));
}

/** @param {number} style */
const swatch = (style) => h("span", { class: `swatch line-${style}`, "aria-hidden": "true" });

/** @param {Compared[]} compared */
function differing(compared) {
  const rows = differences(compared);
  if (rows.length === 0) return h("p", { class: "quiet" }, "Nothing: the same genotype, recipe and seed.");
  const head = h("tr", {}, h("td", {}), compared.map(({ letter, style }) => h("th", { scope: "col" }, swatch(style), letter)));
  const body = rows.map(({ name, values }) => h("tr", {}, h("th", { scope: "row" }, name), values.map((value) => h("td", {}, value))));
  const table = h("table", { class: "differences" }, h("caption", { class: "off-screen" }, "What differs"), h("thead", {}, head), h("tbody", {}, body));
  return h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "What differs" }, table);
}

/** @param {Compared[]} compared */
function curves(compared) {
  const isHeldOut = compared.every(({ epochs }) => epochs.every(({ valid_loss }) => valid_loss !== null));
  const half = isHeldOut ? "valid" : "train";
  const place = isHeldOut ? "on the held-out images" : "in training";
  const mostX = Math.max(2, ...compared.map(({ evaluation }) => evaluation.progress.epochs));
  const axis = { nameX: (/** @type {number} */ x) => `epoch ${x}`, mostX };
  const series = (/** @type {"accuracy" | "loss"} */ what) =>
    compared.map(({ letter, style, epochs }) => ({ name: letter, style, points: epochs.map((epoch) => /** @type {import("../charts/line-data.js").Point} */ ([epoch.epoch, epoch[`${half}_${what}`]])) }));
  const [accuracy, loss] = [h(LineChart, { class: "card" }), h(LineChart, { class: "card" })];
  accuracy.chart = { ...axis, title: `Accuracy ${place}`, bounds: [0, 1], format: wholePercent, series: series("accuracy") };
  loss.chart = { ...axis, title: `Loss ${place}`, bounds: [0, Infinity], format: shortNumber, series: series("loss") };
  return [accuracy, loss];
}

customElements.define("compare-evaluations-page", CompareEvaluationsPage);
