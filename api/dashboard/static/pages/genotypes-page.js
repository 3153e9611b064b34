/**
 * The genotypes of a search: a slider over the skip limit, both cells drawn, ways to take one along.
 * @module
 */

import "../components/cell-drawing.js";
import { entryTable } from "../components/entry-table.js";
import { Page } from "../components/page.js";
import { nameOf } from "../components/progress-bar.js";
import { takeAlong } from "../components/take-along.js";
import { changesFrom, genotypeAt, NO_LIMIT, reasonFor } from "../genotype/choose.js";
import { CELL_NAMES, drawingWords, limitName } from "../genotype/words.js";
import { h, setText, show } from "../lib/dom.js";
import { genotypesPage, pageUrl, searchPage } from "../lib/paths.js";
import { setTitle } from "../lib/router.js";
import { getJson } from "../service/client.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */
/** @typedef {import("../service/types.js").Search} Search */

const KINDS = /** @type {const} */ (["normal", "reduce"]);

class GenotypesPage extends Page {
  #path = "";
  /** @type {Genotype[]} */
  #genotypes = [];
  #slider = h("input", { type: "range", id: "skip-limit", min: "0", max: String(NO_LIMIT), list: "skip-limits", oninput: () => this.#choose() });
  #limit = h("output", { for: "skip-limit" });
  #summary = h("p", { class: "sentence", "aria-live": "polite" });
  #tools = h("div");
  #cells = KINDS.map((kind) => ({ kind, drawing: /** @type {any} */ (h("cell-drawing")), entries: h("div") }));

  start() {
    setTitle("Genotypes");
    this.#path = `searches/${encodeURIComponent(this.address.names.id)}`;
    this.keepAsking((signal) => this.#read(signal));
  }

  /** @param {AbortSignal} signal */
  async #read(signal) {
    const [search, { data }] = await Promise.all([getJson(this.#path, { signal }), getJson(`${this.#path}/genotypes`, { signal })]);
    this.#genotypes = data;
    this.#lay(search);
    return null;
  }

  /** @param {Search} search */
  #lay(search) {
    const crumbs = h("p", { class: "crumbs" }, h("a", { href: pageUrl() }, "Searches"), " / ", h("a", { href: searchPage(search.id) }, nameOf(search)));
    setTitle(`Genotypes of ${nameOf(search)}`);
    if (this.#genotypes.length === 0) {
      show(this, crumbs, h("h1", {}, "Genotypes"), h("p", { class: "empty" }, "There are none yet: they are derived at the end of the last stage."));
      return;
    }
    const recommended = search.spec.max_skip_connects;
    this.#slider.value = this.address.parameters.get("limit") ?? String(recommended);
    show(
      this,
      crumbs,
      h("h1", {}, "Genotypes"),
      h("p", { class: "quiet" }, h("strong", {}, "Recommended: "), reasonFor(this.#genotypes, recommended)),
      h(
        "section",
        { class: "card limit-tools", "aria-label": "Skip limit" },
        h("div", { class: "slider" }, h("label", { for: "skip-limit" }, "Skip-connects in the normal cell, at most"), this.#slider, this.#limit),
        h("datalist", { id: "skip-limits" }, Array.from({ length: NO_LIMIT + 1 }, (_, limit) => h("option", { value: String(limit) }))),
        this.#summary,
        this.#tools,
      ),
      h("div", { class: "cells" }, this.#cells.map(({ kind, drawing, entries }) => h("section", { class: "card drawn-cell", "aria-label": CELL_NAMES[kind] }, drawing, entries))),
    );
    this.#choose();
  }

  #choose() {
    const limit = Number(this.#slider.value);
    const genotype = genotypeAt(this.#genotypes, limit);
    const recommended = this.#genotypes.find((one) => one.recommended) ?? genotype;
    setText(this.#limit, limit === NO_LIMIT ? "no limit" : String(limit));
    this.#slider.setAttribute("aria-valuetext", limit === NO_LIMIT ? "no limit" : `at most ${limit}`);
    const changes = KINDS.map((kind) => changesFrom(genotype.genotype[kind], recommended.genotype[kind]));
    setText(this.#summary, summaryOf(genotype, changes[0].size + changes[1].size));
    show(this.#tools, takeAlong(this.#path, limit, genotype));
    this.#cells.forEach(({ kind, drawing, entries }, i) => {
      drawing.draw(`${this.#path}/genotype?max_skip_connects=${genotype.skip_connects}&format=svg&cell=${kind}`, drawingWords(kind, genotype));
      show(entries, entryTable(kind, genotype.genotype, { weights: genotype.edge_weights[kind], changes: changes[i] }));
    });
    history.replaceState(null, "", `${genotypesPage(this.address.names.id)}?limit=${limit}`);
  }
}

/**
 * @param {Genotype} genotype
 * @param {number} changes
 */
function summaryOf(genotype, changes) {
  const has = `${genotype.skip_connects} skip-connect${genotype.skip_connects === 1 ? "" : "s"}`;
  if (genotype.recommended) return `The recommended genotype (${limitName(genotype)}): ${has}.`;
  const differ = changes === 0 ? "no entry differs" : `${changes} ${changes === 1 ? "entry differs" : "entries differ"}`;
  return `The genotype ${limitName(genotype) === "unrestricted" ? "without a limit" : `with ${limitName(genotype)}`}: ${has}; ${differ} from the recommended one.`;
}

customElements.define("genotypes-page", GenotypesPage);
