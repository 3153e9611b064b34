/**
 * One search, live.
 * @module
 */

import "../components/alpha-explorer.js";
import "../components/cell-drawing.js";
import "../components/curves.js";
import "../components/event-list.js";
import "../components/key-figures.js";
import { Page } from "../components/page.js";
import { nameOf, progressBar, showProgress } from "../components/progress-bar.js";
import "../components/search-actions.js";
import "../components/search-facts.js";
import { specDetails } from "../components/spec-details.js";
import "../components/stage-rail.js";
import { stateSentence } from "../components/state-sentence.js";
import { showStatus, statusBadge } from "../components/status-badge.js";
import { drawingWords } from "../genotype/words.js";
import { h, setText, show } from "../lib/dom.js";
import { formatPercent } from "../lib/format.js";
import { genotypesPage, pageUrl } from "../lib/paths.js";
import { setTitle } from "../lib/router.js";
import { SearchFeed } from "../live/search-feed.js";

class SearchPage extends Page {
  #feed = new SearchFeed("");
  #name = h("h1");
  #badge = statusBadge();
  #sentence = h("p", { class: "sentence" });
  #facts = /** @type {any} */ (h("search-facts", { class: "quiet" }));
  #figures = /** @type {any} */ (h("key-figures"));
  #fault = h("div");
  #bar = progressBar();
  #rail = /** @type {any} */ (h("stage-rail"));
  #actions = /** @type {any} */ (h("search-actions"));
  #curves = /** @type {any} */ (h("search-curves"));
  #alphas = /** @type {any} */ (h("alpha-explorer", { class: "card" }));
  #events = /** @type {any} */ (h("event-list", { class: "card" }));
  #result = h("section", { class: "card", hidden: true });
  #spec = h("div");
  #shownSpec = "";
  #stop = () => {};

  start() {
    setTitle("Search");
    this.#feed = new SearchFeed(this.address.names.id);
    this.#actions.onChange = () => this.#follow();
    this.#follow();
  }

  #follow() {
    this.#stop();
    this.#stop = this.keepAsking((signal) => this.#feed.ask(signal, () => this.#showNews()));
  }

  #showNews() {
    const { search, epochs, stages, events, newestAlphas, path } = this.#feed;
    if (!search) return;
    if (!this.#name.isConnected) this.#lay(search);
    setTitle(search.status === "running" ? `${formatPercent(search.progress.fraction, 0)} ${nameOf(search)}` : nameOf(search));
    setText(this.#name, nameOf(search));
    showStatus(this.#badge, search.status);
    setText(this.#sentence, stateSentence(search, epochs));
    show(this.#fault, search.error && h("p", { class: "notice", role: "alert" }, h("strong", {}, search.error.code.replaceAll("_", " ")), `: ${search.error.message}`));
    this.#facts.search = search;
    this.#figures.showFigures(search, epochs, newestAlphas);
    showProgress(this.#bar, search);
    this.#rail.search = search;
    this.#actions.search = search;
    this.#curves.showEpochs(search, epochs);
    this.#alphas.showStages(path, stages, epochs);
    this.#events.showEvents(path, events);
    if (search.status === "failed") this.#events.openLog();
    this.#showSpec(search);
    this.#showResult();
  }

  /** @param {import("../service/types.js").Search} search */
  #showSpec(search) {
    const state = JSON.stringify([search.spec, search.attempt]);
    if (state === this.#shownSpec) return;
    this.#shownSpec = state;
    const isOpen = this.#spec.querySelector("details")?.open;
    const details = specDetails(search);
    details.open = isOpen ?? false;
    show(this.#spec, details);
  }

  /** @param {import("../service/types.js").Search} search */
  #lay(search) {
    show(
      this,
      h("p", { class: "crumbs" }, h("a", { href: pageUrl() }, "Searches")),
      h("div", { class: "page-head" }, h("div", { class: "title-row" }, this.#name, this.#badge), this.#actions),
      this.#facts,
      this.#sentence,
      this.#fault,
      this.#figures,
      h("section", { class: "card", "aria-label": "Progress" }, this.#bar, this.#rail),
      this.#result,
      this.#curves,
      this.#alphas,
      this.#events,
      this.#spec,
    );
  }

  #showResult() {
    const { genotypes, search, path } = this.#feed;
    const recommended = genotypes.find((genotype) => genotype.recommended);
    if (!recommended || !search || !this.#result.hidden) return;
    this.#result.hidden = false;
    const cells = /** @type {const} */ (["normal", "reduce"]).map((kind) => {
      const drawing = /** @type {any} */ (h("cell-drawing"));
      drawing.draw(`${path}/genotype?format=svg&cell=${kind}`, drawingWords(kind, recommended));
      return drawing;
    });
    show(
      this.#result,
      h("div", { class: "page-head" }, h("h2", {}, "Recommended genotype"), h("a", { href: genotypesPage(search.id), class: "button primary" }, `All ${genotypes.length} genotypes`)),
      h("div", { class: "cells" }, cells),
    );
  }
}

customElements.define("search-page", SearchPage);
