/**
 * One evaluation, live.
 * @module
 */

import { EpochCurves } from "../components/epoch-curves.js";
import { evaluationFigures } from "../components/evaluation-figures.js";
import { EvaluationResult } from "../components/evaluation-result.js";
import { evaluationSentence } from "../components/evaluation-words.js";
import { JobPage } from "../components/job-page.js";
import { KeyFigures } from "../components/key-figures.js";
import { showWarnings } from "../components/warning-list.js";
import { EVALUATION, SEARCH } from "../jobs/kind.js";
import { h } from "../lib/dom.js";
import { genotypePage, jobPage } from "../lib/paths.js";
import { EvaluationFeed } from "../live/evaluation-feed.js";

/** @typedef {import("../service/types.js").Evaluation} Evaluation */

const NOTE = "Training: measured on the images as training alters them (cropped, blanked out, mixed), which are harder to classify than the originals.";
const HELD_OUT = " Held out: images kept out of training; they choose the best epoch.";

/** @extends {JobPage<Evaluation, EvaluationFeed>} */
export class EvaluationPage extends JobPage {
  #warnings = h("div");
  #figures = h(KeyFigures);
  #curves = h(EpochCurves);
  #result = h(EvaluationResult, { hidden: true });

  constructor() {
    super(EVALUATION, (id) => new EvaluationFeed(id));
  }

  /**
   * @override
   * @param {Evaluation} evaluation its warnings never change
   */
  partsOf({ genotype: { id, search_id }, spec: { weights }, warnings }) {
    showWarnings(this.#warnings, warnings);
    const links = [id !== null && h("a", { href: genotypePage(id) }, "its genotype"), search_id !== null && h("a", { href: jobPage(SEARCH, search_id) }, "its search"), weights !== null && `begins with the weights ${weights}`].filter((link) => link !== false);
    return [links.length > 0 && h("p", { class: "quiet" }, links.flatMap((link, i) => (i ? [" · ", link] : [link]))), this.#warnings, this.#figures, h("section", { class: "card", "aria-label": "Progress" }, this.bar), this.#result, this.#curves];
  }

  /**
   * @override
   * @param {Evaluation} evaluation
   */
  sentenceOf(evaluation) {
    return evaluationSentence(evaluation);
  }

  /**
   * @override
   * @param {Evaluation} evaluation
   */
  showOwn(evaluation) {
    const { epochs, result } = this.feed;
    const isHeldOut = epochs.some(({ valid_loss }) => valid_loss !== null);
    this.#figures.showFigures(evaluationFigures(evaluation, epochs));
    this.#curves.showEpochs(epochs, {
      at: ({ epoch }) => epoch,
      others: isHeldOut ? "held out" : null,
      note: NOTE + (isHeldOut ? HELD_OUT : ""),
      axis: { nameX: (x) => `epoch ${x}`, mostX: evaluation.progress.epochs },
    });
    this.#result.showResult(`evaluations/${evaluation.id}`, result);
  }
}

customElements.define("evaluation-page", EvaluationPage);
