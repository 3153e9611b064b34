/**
 * One genotype by its id, wherever it comes from.
 * @module
 */

import { confirm } from "../components/confirm.js";
import { EvaluationList } from "../components/evaluation-list.js";
import { GenotypeView } from "../components/genotype-view.js";
import { notice } from "../components/notice.js";
import { Page } from "../components/page.js";
import { signalNote } from "../components/signal-note.js";
import { skipWords } from "../genotype/skip-limit.js";
import { genotypeName } from "../genotype/words.js";
import { h, show } from "../lib/dom.js";
import { formatMoment } from "../lib/format.js";
import { genotypesPage, pageUrl } from "../lib/paths.js";
import { navigate, setTitle } from "../lib/router.js";
import { getJson, send } from "../service/client.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */

/** @type {Record<Genotype["origin"], string>} */
const ORIGINS = { search: "Found by a search", derived: "Derived", imported: "Imported" };

export class GenotypePage extends Page {
  #view = h(GenotypeView);
  #trouble = h("div");
  #evaluations = h(EvaluationList);

  start() {
    setTitle("Genotype");
    this.#view.like = this.address.parameters.get("like");
    const path = /** @type {const} */ (`genotypes/${encodeURIComponent(this.address.id)}`);
    this.keepAsking(async (signal) => {
      this.#lay(await getJson(path, { signal }), path);
      this.keepAsking((signal) => this.#evaluations.ask({ genotype: this.address.id }, signal), this.#evaluations);
      return null;
    });
  }

  /**
   * @param {Genotype} genotype
   * @param {string} path
   */
  #lay(genotype, path) {
    const { created_at, origin, provenance, skip_connects, skip_connects_reduce } = genotype;
    setTitle(genotypeName(genotype));
    const remove = h("button", { type: "button", class: "danger", onclick: () => this.#delete(path) }, "Delete");
    const from = provenance && h("a", { href: genotypesPage(provenance.search_id) }, "all genotypes of its search");
    show(
      this,
      h("p", { class: "crumbs" }, h("a", { href: pageUrl("genotypes") }, "Genotypes")),
      h("div", { class: "page-head" }, h("h1", {}, genotypeName(genotype)), origin !== "search" && remove),
      h("p", { class: "quiet" }, `${ORIGINS[origin]}, ${formatMoment(created_at)}`, from && " · ", from),
      h("p", { class: "sentence" }, `${skipWords(skip_connects)} in the normal cell, ${skip_connects_reduce} in the reduction cell.`),
      signalNote(provenance?.signal),
      this.#trouble,
      this.#view,
      this.#evaluations,
    );
    this.#view.showGenotype(genotype);
  }

  /** @param {string} path */
  async #delete(path) {
    if (!(await confirm("Delete this genotype?", "This cannot be undone.", "Delete genotype"))) return;
    try {
      await send(path, { method: "DELETE" });
      navigate(pageUrl("genotypes"));
    } catch (error) {
      show(this.#trouble, notice(error));
    }
  }
}

customElements.define("genotype-page", GenotypePage);
