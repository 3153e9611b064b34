/**
 * One search, live.
 * @module
 */

import { EpochAxis } from "../charts/epoch-axis.js";
import { AlphaExplorer } from "../components/alpha-explorer.js";
import { CellDrawing } from "../components/cell-drawing.js";
import { ClassAccuracies } from "../components/class-accuracies.js";
import { EpochCurves } from "../components/epoch-curves.js";
import { EvaluationList } from "../components/evaluation-list.js";
import { JobPage } from "../components/job-page.js";
import { KeyFigures } from "../components/key-figures.js";
import { searchFigures } from "../components/search-figures.js";
import { searchSentence } from "../components/search-sentence.js";
import { signalNote } from "../components/signal-note.js";
import { StageRail } from "../components/stage-rail.js";
import { TrainForm } from "../components/train-form.js";
import { showWarnings } from "../components/warning-list.js";
import { CELL_KINDS } from "../genotype/cell.js";
import { choiceName } from "../genotype/finding.js";
import { drawingWords } from "../genotype/words.js";
import { SEARCH } from "../jobs/kind.js";
import { h, show } from "../lib/dom.js";
import { genotypesPage } from "../lib/paths.js";
import { SearchFeed } from "../live/search-feed.js";

/** @typedef {import("../service/types.js").Search} Search */

const NOTE = "Second half: the images that train the alphas, not the weights.";

/** @extends {JobPage<Search, SearchFeed>} */
export class SearchPage extends JobPage {
  #figures = h(KeyFigures);
  #classes = h(ClassAccuracies, { class: "card", hidden: true });
  #warnings = h("div");
  #rail = h(StageRail);
  #curves = h(EpochCurves);
  #alphas = h(AlphaExplorer, { class: "card" });
  #result = h("section", { class: "card", hidden: true });
  #evaluations = h(EvaluationList);

  constructor() {
    super(SEARCH, (id) => new SearchFeed(id));
  }

  /**
   * @override
   * @param {Search} search its warnings never change
   */
  partsOf(search) {
    showWarnings(this.#warnings, search.warnings);
    return [this.#warnings, this.#figures, this.#classes, h("section", { class: "card", "aria-label": "Progress" }, this.bar, this.#rail), this.#result, this.#evaluations, this.#curves, this.#alphas];
  }

  /**
   * @override
   * @param {Search} search
   */
  sentenceOf(search) {
    return searchSentence(search, this.feed.epochs);
  }

  /**
   * @override
   * @param {Search} search
   */
  showOwn(search) {
    const { epochs, newestAlphas, path, stages } = this.feed;
    const axis = new EpochAxis(search.spec.stages);
    this.#figures.showFigures(searchFigures(search, epochs, newestAlphas));
    this.#classes.showAccuracy(search.accuracy);
    this.#rail.showStages(search, stages);
    this.#curves.showEpochs(epochs, {
      at: (epoch) => axis.at(epoch),
      others: "second half",
      note: NOTE,
      axis: { nameX: (x) => axis.name(x), shades: axis.shades, marks: axis.marks, mostX: axis.length },
    });
    this.#alphas.showStages(path, stages, epochs);
    this.#showResult(search);
  }

  /** @param {Search} search */
  #showResult(search) {
    const { genotypes, path } = this.feed;
    const recommended = genotypes.find((genotype) => genotype.recommended);
    if (!recommended || !this.#result.hidden) return;
    this.#result.hidden = false;
    const signal = recommended.provenance?.signal;
    const train = h(TrainForm);
    train.genotype = recommended;
    const cells = CELL_KINDS.map((kind) => {
      const drawing = h(CellDrawing);
      drawing.draw(`${path}/genotype?format=svg&cell=${kind}`, drawingWords(kind, recommended));
      return drawing;
    });
    show(
      this.#result,
      h("div", { class: "page-head" }, h("h2", {}, choiceName(signal)), h("a", { href: genotypesPage(search.id), class: "button primary" }, genotypes.length > 1 ? `All ${genotypes.length} genotypes` : "See the genotype")),
      signalNote(signal),
      h("div", { class: "cells" }, cells),
      train,
    );
    this.keepAsking((signal) => this.#evaluations.ask({ search: search.id }, signal), this.#evaluations);
  }
}

customElements.define("search-page", SearchPage);
