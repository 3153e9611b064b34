/**
 * One search, live.
 * @module
 */

import { AlphaExplorer } from "../components/alpha-explorer.js";
import { CellDrawing } from "../components/cell-drawing.js";
import { ClassAccuracies } from "../components/class-accuracies.js";
import { EventList } from "../components/event-list.js";
import { JobActions } from "../components/job-actions.js";
import { JobFacts } from "../components/job-facts.js";
import { KeyFigures } from "../components/key-figures.js";
import { Page } from "../components/page.js";
import { progressBar, showProgress } from "../components/progress-bar.js";
import { SearchCurves } from "../components/search-curves.js";
import { searchSentence } from "../components/search-sentence.js";
import { specDetails } from "../components/spec-details.js";
import { signalNote } from "../components/signal-note.js";
import { StageRail } from "../components/stage-rail.js";
import { showStatus, statusBadge } from "../components/status-badge.js";
import { showWarnings } from "../components/warning-list.js";
import { CELL_KINDS } from "../genotype/cell.js";
import { choiceName } from "../genotype/finding.js";
import { drawingWords } from "../genotype/words.js";
import { SEARCH } from "../jobs/kind.js";
import { h, setText, show } from "../lib/dom.js";
import { formatPercent } from "../lib/format.js";
import { genotypesPage, pageUrl } from "../lib/paths.js";
import { setTitle } from "../lib/router.js";
import { SearchFeed } from "../live/search-feed.js";

export class SearchPage extends Page {
  #feed = new SearchFeed("");
  #name = h("h1");
  #badge = statusBadge();
  #sentence = h("p", { class: "sentence" });
  #facts = h(JobFacts, { class: "quiet" });
  #figures = h(KeyFigures);
  #classes = h(ClassAccuracies, { class: "card", hidden: true });
  #fault = h("div");
  #warnings = h("div");
  #bar = progressBar();
  #rail = h(StageRail);
  #actions = h(JobActions);
  #curves = h(SearchCurves);
  #alphas = h(AlphaExplorer, { class: "card" });
  #events = h(EventList, { class: "card" });
  #result = h("section", { class: "card", hidden: true });
  #spec = h("div");
  #shownSpec = "";
  #stop = () => {};

  start() {
    setTitle("Search");
    this.#feed = new SearchFeed(this.address.id);
    this.#actions.onChange = () => this.#follow();
    this.#follow();
  }

  #follow() {
    this.#stop();
    this.#stop = this.keepAsking((signal) => this.#feed.ask(signal, () => this.#showNews()));
  }

  #showNews() {
    const { job: search, epochs, stages, events, newestAlphas, path } = this.#feed;
    if (!search) return;
    if (!this.#name.isConnected) this.#lay(search.warnings);
    setTitle(search.status === "running" ? `${formatPercent(search.progress.fraction, 0)} ${SEARCH.nameOf(search)}` : SEARCH.nameOf(search));
    setText(this.#name, SEARCH.nameOf(search));
    showStatus(this.#badge, search.status);
    setText(this.#sentence, searchSentence(search, epochs));
    show(this.#fault, search.error && h("p", { class: "notice", role: "alert" }, h("strong", {}, search.error.code.replaceAll("_", " ")), `: ${search.error.message}`));
    this.#facts.showJob(SEARCH, search);
    this.#figures.showFigures(search, epochs, newestAlphas);
    this.#classes.showAccuracy(search.accuracy);
    showProgress(this.#bar, SEARCH, search);
    this.#rail.showStages(search, stages);
    this.#actions.showJob(SEARCH, search);
    this.#curves.showEpochs(search, epochs);
    this.#alphas.showStages(path, stages, epochs);
    this.#events.showEvents(path, events);
    if (search.status === "failed") this.#events.openLog();
    this.#showSpec(search);
    this.#showResult();
  }

  /** @param {import("../service/types.js").Search} search */
  #showSpec(search) {
    const state = JSON.stringify([search.spec, search.attempts]);
    if (state === this.#shownSpec) return;
    this.#shownSpec = state;
    const isOpen = this.#spec.querySelector("details")?.open;
    const details = specDetails(search);
    details.open = isOpen ?? false;
    show(this.#spec, details);
  }

  /** @param {import("../service/types.js").SpecWarning[]} warnings they never change */
  #lay(warnings) {
    showWarnings(this.#warnings, warnings);
    show(
      this,
      h("p", { class: "crumbs" }, h("a", { href: pageUrl(SEARCH.list) }, "Searches")),
      h("div", { class: "page-head" }, h("div", { class: "title-row" }, this.#name, this.#badge), this.#actions),
      this.#facts,
      this.#sentence,
      this.#fault,
      this.#warnings,
      this.#figures,
      this.#classes,
      h("section", { class: "card", "aria-label": "Progress" }, this.#bar, this.#rail),
      this.#result,
      this.#curves,
      this.#alphas,
      this.#events,
      this.#spec,
    );
  }

  #showResult() {
    const { genotypes, job: search, path } = this.#feed;
    const recommended = genotypes.find((genotype) => genotype.recommended);
    if (!recommended || !search || !this.#result.hidden) return;
    this.#result.hidden = false;
    const signal = recommended.provenance?.signal;
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
    );
  }
}

customElements.define("search-page", SearchPage);
