/**
 * The genotypes of a search: sliders over the skip limits, both cells drawn, ways to take one along.
 * @module
 */

import { GenotypeView } from "../components/genotype-view.js";
import { notice } from "../components/notice.js";
import { Page } from "../components/page.js";
import { signalNote } from "../components/signal-note.js";
import { countChanges } from "../genotype/difference.js";
import { choiceName } from "../genotype/finding.js";
import { genotypeAt, limitName, NO_LIMIT, reasonFor, skipWords } from "../genotype/skip-limit.js";
import { SEARCH } from "../jobs/kind.js";
import { h, setText, show } from "../lib/dom.js";
import { genotypesPage, jobPage, pageUrl } from "../lib/paths.js";
import { formatNumberOf } from "../lib/format.js";
import { setTitle } from "../lib/router.js";
import { getJson } from "../service/client.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */
/** @typedef {import("../service/types.js").Search} Search */

export class SearchGenotypesPage extends Page {
  /** @type {`searches/${string}`} */
  #path = "searches/";
  /** @type {Genotype[]} */
  #genotypes = [];
  #normal = limitSlider("skip-limit", "Maximum skip-connects in the normal cell", "input", () => this.#choose());
  // A change, not each step on the way: what it asks for is derived and kept.
  #reduce = limitSlider("skip-limit-reduce", "Maximum in the reduction cell", "change", () => this.#choose());
  #summary = h("p", { class: "sentence", "aria-live": "polite" });
  #trouble = h("div");
  #view = h(GenotypeView);

  start() {
    setTitle("Genotypes");
    this.#path = `searches/${encodeURIComponent(this.address.id)}`;
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
    const crumbs = h("p", { class: "crumbs" }, h("a", { href: pageUrl(SEARCH.list) }, "Searches"), " / ", h("a", { href: jobPage(SEARCH, search.id) }, SEARCH.nameOf(search)));
    setTitle(`Genotypes of ${SEARCH.nameOf(search)}`);
    if (this.#genotypes.length === 0) {
      show(this, crumbs, h("h1", {}, "Genotypes"), h("p", { class: "empty" }, "None yet: genotypes are derived at the end of the last stage."));
      return;
    }
    const { parameters } = this.address;
    const recommended = search.spec.max_skip_connects;
    this.#normal.value = Number(parameters.get("limit") ?? recommended);
    this.#reduce.value = Number(parameters.get("reduce") ?? NO_LIMIT);
    show(
      this,
      crumbs,
      h("h1", {}, "Genotypes"),
      signalNote(search.signal),
      h("p", { class: "quiet" }, h("strong", {}, search.signal?.verdict === "none" ? "For the skip limit: " : "Recommended: "), reasonFor(this.#genotypes, recommended)),
      h(
        "section",
        { class: "card limit-tools", "aria-label": "Skip limits" },
        this.#normal.element,
        this.#reduce.element,
        h("datalist", { id: "skip-limits" }, Array.from({ length: NO_LIMIT + 1 }, (_, limit) => h("option", { value: String(limit) }))),
        this.#summary,
        this.#trouble,
      ),
      this.#view,
    );
    this.#choose();
  }

  async #choose() {
    const normal = this.#normal.value;
    const reduce = this.#reduce.value;
    const address = new URLSearchParams({ limit: String(normal), ...(reduce < NO_LIMIT ? { reduce: String(reduce) } : {}) });
    history.replaceState(null, "", `${genotypesPage(this.address.id)}?${address}`);
    try {
      const genotype = reduce < NO_LIMIT ? await this.#derive(normal, reduce) : genotypeAt(this.#genotypes, normal);
      if (!genotype || normal !== this.#normal.value || reduce !== this.#reduce.value) return;
      const recommended = this.#genotypes.find((one) => one.recommended) ?? genotype;
      setText(this.#summary, summaryOf(genotype, recommended));
      this.#view.showGenotype(genotype, recommended);
      show(this.#trouble);
    } catch (error) {
      show(this.#trouble, notice(error));
    }
  }

  /**
   * The genotype at limits on both cells, derived by the service from the search's last alphas.
   * @param {number} normal
   * @param {number} reduce
   */
  async #derive(normal, reduce) {
    const body = { max_skip_connects: normal < NO_LIMIT ? normal : null, max_skip_connects_reduce: reduce };
    return getJson(`${this.#path}/derive`, { method: "POST", body });
  }
}

/**
 * @param {string} id
 * @param {string} words
 * @param {"input" | "change"} event after which `onChange` is called
 * @param {() => void} onChange
 */
function limitSlider(id, words, event, onChange) {
  const slider = h("input", { type: "range", id, min: "0", max: String(NO_LIMIT), list: "skip-limits", oninput: say });
  const output = h("output", { for: id });
  slider.addEventListener(event, onChange);
  function say() {
    const limit = Number(slider.value);
    setText(output, limit === NO_LIMIT ? "no limit" : String(limit));
    slider.setAttribute("aria-valuetext", limit === NO_LIMIT ? "no limit" : `at most ${limit}`);
  }
  return {
    element: h("div", { class: "slider" }, h("label", { for: id }, words), slider, output),
    get value() {
      return Number(slider.value);
    },
    set value(limit) {
      slider.value = String(limit);
      say();
    },
  };
}

/**
 * @param {Genotype} genotype
 * @param {Genotype} recommended
 */
function summaryOf(genotype, recommended) {
  const has = `${skipWords(genotype.skip_connects)} in the normal cell, ${genotype.skip_connects_reduce} in the reduction cell`;
  const name = choiceName(recommended.provenance?.signal).toLowerCase();
  if (genotype.id === recommended.id) return `The ${name} (${limitName(genotype)}): ${has}.`;
  const changes = countChanges(genotype.genotype, recommended.genotype);
  const differ = `${formatNumberOf(changes, "entry differs", "entries differ")} from the ${name}`;
  return `The genotype ${limitName(genotype) === "unrestricted" ? "without a limit" : `with ${limitName(genotype)}`}: ${has}; ${differ}.`;
}

customElements.define("search-genotypes-page", SearchGenotypesPage);
