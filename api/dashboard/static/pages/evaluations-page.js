/**
 * The list of evaluations.
 * @module
 */

import { EVALUATION_COLUMNS } from "../components/evaluation-columns.js";
import { JobListPage } from "../components/job-list-page.js";
import { byLargest, byName } from "../components/list-order.js";
import { LiveTable } from "../components/live-table.js";
import { MarkTools } from "../components/mark-tools.js";
import { EVALUATION } from "../jobs/kind.js";
import { h } from "../lib/dom.js";
import { compareEvaluationsPage, pageUrl } from "../lib/paths.js";

/** @typedef {import("../service/types.js").Evaluation} Evaluation */

/** @type {import("../components/list-order.js").Order<Evaluation>[]} */
const ORDERS = [
  { value: "name", words: "A to Z", compare: (one, other) => byName(EVALUATION.nameOf(one), EVALUATION.nameOf(other)) },
  { value: "accuracy", words: "best accuracy first", compare: (one, other) => byLargest(one.result?.accuracy.value ?? null, other.result?.accuracy.value ?? null) },
];

/** @extends {JobListPage<Evaluation>} */
export class EvaluationsPage extends JobListPage {
  /** @type {MarkTools<Evaluation>} */
  #marks = new MarkTools(EVALUATION, compareEvaluationsPage, () => this.showAgain());
  /** @type {LiveTable<Evaluation>} */
  #table = new LiveTable({ caption: "Evaluations", class: "searches evaluations", columns: [this.#marks.column, ...EVALUATION_COLUMNS], keyOf: ({ id }) => id });

  constructor() {
    super(EVALUATION, ORDERS);
  }

  start() {
    this.startList();
    this.#marks.show();
  }

  /** @override */
  get tools() {
    return this.#marks.buttons;
  }

  /** @override */
  get table() {
    return this.#table;
  }

  /** @override */
  makeNothing() {
    return h("p", { class: "empty" }, "No evaluations yet: choose a ", h("a", { href: pageUrl("genotypes") }, "genotype"), " and train it.");
  }
}

customElements.define("evaluations-page", EvaluationsPage);
