/**
 * The genotypes of a search: sliders over the skip limits, both cells drawn, ways to take one along.
 * @module
 */

import "../components/genotype-view.js";
import { notice } from "../components/notice.js";
import { Page } from "../components/page.js";
import { nameOf } from "../components/progress-bar.js";
import { countChanges, genotypeAt, NO_LIMIT, reasonFor } from "../genotype/choose.js";
import { limitName, skipWords } from "../genotype/words.js";
import { h, setText, show } from "../lib/dom.js";
import { genotypesPage, pageUrl, searchPage } from "../lib/paths.js";
import { setTitle } from "../lib/router.js";
import { getJson } from "../service/client.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */
/** @typedef {import("../service/types.js").Search} Search */

class SearchGenotypesPage extends Page {
  #path = "";
  /** @type {Genotype[]} */
  #genotypes = [];
  #normal = limitSlider("skip-limit", "Skip-connects in the normal cell, at most", "input", () => this.#choose());
  // A change, not each step on the way: what it asks for is derived and kept.
  #reduce = limitSlider("skip-limit-reduce", "In the reduction cell, at most", "change", () => this.#choose());
  #summary = h("p", { class: "sentence", "aria-live": "polite" });
  #trouble = h("div");
  #view = /** @type {any} */ (h("genotype-view"));

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
    const { parameters } = this.address;
    const recommended = search.spec.max_skip_connects;
    this.#normal.value = parameters.get("limit") ?? recommended;
    this.#reduce.value = parameters.get("reduce") ?? NO_LIMIT;
    show(
      this,
      crumbs,
      h("h1", {}, "Genotypes"),
      h("p", { class: "quiet" }, h("strong", {}, "Recommended: "), reasonFor(this.#genotypes, recommended)),
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
    const limits = [this.#normal.value, this.#reduce.value];
    const [normal, reduce] = limits;
    const address = new URLSearchParams({ limit: String(normal), ...(reduce < NO_LIMIT ? { reduce: String(reduce) } : {}) });
    history.replaceState(null, "", `${genotypesPage(this.address.names.id)}?${address}`);
    try {
      const genotype = reduce < NO_LIMIT ? await this.#derive(normal, reduce) : genotypeAt(this.#genotypes, normal);
      if (limits[0] !== this.#normal.value || limits[1] !== this.#reduce.value) return;
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
   * @returns {Promise<Genotype>}
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
  if (genotype.id === recommended.id) return `The recommended genotype (${limitName(genotype)}): ${has}.`;
  const changes = countChanges(genotype, recommended);
  const differ = changes === 0 ? "no entry differs" : `${changes} ${changes === 1 ? "entry differs" : "entries differ"}`;
  return `The genotype ${limitName(genotype) === "unrestricted" ? "without a limit" : `with ${limitName(genotype)}`}: ${has}; ${differ} from the recommended one.`;
}

customElements.define("search-genotypes-page", SearchGenotypesPage);
