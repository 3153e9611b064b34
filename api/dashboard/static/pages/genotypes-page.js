/**
 * All genotypes of the reader: found, derived, imported; and a form to import one.
 * @module
 */

import { importGenotype } from "../components/import-genotype.js";
import { choiceFilter, listFilters, partFilter } from "../components/list-filters.js";
import { byName, inOrder, isOldestFirst, orderFilter, queryOf } from "../components/list-order.js";
import { Page } from "../components/page.js";
import { Pager, turnedTo } from "../components/pager.js";
import { genotypeName, sourceName } from "../genotype/words.js";
import { SEARCH } from "../jobs/kind.js";
import { h, show } from "../lib/dom.js";
import { formatAge, formatLarge, formatMoment } from "../lib/format.js";
import { genotypePage, jobPage, pageUrl } from "../lib/paths.js";
import { navigate, setTitle } from "../lib/router.js";
import { getJson } from "../service/client.js";

/** @typedef {import("../service/types.js").Genotype} Genotype */

const PAGE_LENGTH = 25;
/** @type {[value: string, words: string][]} */
const ORIGINS = [["", "any"], ["search", "found by a search"], ["derived", "derived later"], ["imported", "imported"]];
/** @type {Record<Genotype["origin"], string>} */
const HOW = { search: "found", derived: "derived", imported: "imported" };
const COLUMNS = [["Genotype"], ["Search"], ["Data set"], ["Skips", "number"], ["Parameters", "number"], ["Multiply-adds", "number"], ["Created"]];
/** Which network the counts are of. */
const SIZE_OF = "Parameters and multiply-adds are those of the paper's CIFAR network: 20 cells, 36 channels, 32×32 pixels, 10 classes.";
/** @type {import("../components/list-order.js").Order<Genotype>[]} */
const ORDERS = [
  { value: "name", words: "search A to Z", compare: (one, other) => byName(sourceName(one), sourceName(other)) },
  { value: "skips", words: "fewest skips first", compare: (one, other) => one.skip_connects - other.skip_connects },
  { value: "parameters", words: "smallest first", compare: (one, other) => one.network.parameters - other.network.parameters },
];
/** @param {URLSearchParams} parameters */
const addressOf = (parameters) => `${pageUrl("genotypes")}${parameters.size ? `?${parameters}` : ""}`;

export class GenotypesPage extends Page {
  #body = h("div");
  #pager = new Pager((after) => navigate(addressOf(turnedTo(this.address.parameters, after))));
  #stop = () => {};

  start() {
    setTitle("Genotypes");
    const { parameters } = this.address;
    const filters = [
      partFilter("Name or search", "name_contains", parameters),
      partFilter("Data set", "dataset_contains", parameters),
      choiceFilter("Origin", "origin", parameters, ORIGINS),
      orderFilter(parameters, ORDERS),
    ];
    show(
      this,
      h("h1", {}, "Genotypes"),
      h("details", { class: "card" }, h("summary", {}, "Import a genotype"), importGenotype()),
      listFilters(filters, (wanted) => this.#filter(wanted)),
      this.#body,
      this.#pager.element,
    );
    this.#read();
  }

  #read() {
    this.#stop();
    this.#stop = this.keepAsking((signal) => this.#ask(signal), this.#body);
  }

  /**
   * Show what these parameters ask for, without making the page anew: the reader is typing.
   * @param {URLSearchParams} wanted
   */
  #filter(wanted) {
    history.replaceState(null, "", addressOf(wanted));
    this.address = { ...this.address, parameters: wanted };
    this.#read();
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const { parameters } = this.address;
    const { data, next_cursor } = await getJson(`genotypes?${queryOf(parameters, PAGE_LENGTH)}`, { signal });
    const isFiltered = [...parameters.keys()].some((name) => name !== "sort");
    const nothing = isFiltered ? "No genotypes match these filters." : "No genotypes yet. Every search ends with some, and you can import your own.";
    show(this.#body, ...(data.length ? [h("p", { class: "quiet" }, SIZE_OF), table(inOrder(data, parameters, ORDERS))] : [h("p", { class: "card empty" }, nothing)]));
    this.#pager.show(parameters.get("after"), next_cursor, isOldestFirst(parameters));
    return null;
  }
}

/** @param {Genotype[]} genotypes */
function table(genotypes) {
  const head = h("thead", {}, h("tr", {}, COLUMNS.map(([name, look]) => h("th", { scope: "col", class: look }, name))));
  return h("div", { class: "card table-card" }, h("table", { class: "stacked" }, h("caption", { class: "off-screen" }, "Genotypes"), head, h("tbody", {}, genotypes.map(row))));
}

/** @param {Genotype} genotype */
function row(genotype) {
  const { created_at, id, network, origin, provenance, skip_connects } = genotype;
  const name = genotypeName(genotype);
  const source = sourceName(genotype);
  const search = provenance ? [h("a", { href: jobPage(SEARCH, provenance.search_id), class: "search-name", title: source }, source), h("span", { class: "quiet sub" }, `${HOW[origin]} · seed ${provenance.seed}${provenance.signal ? ` · signal ${provenance.signal.verdict}` : ""}`)] : ["imported"];
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("a", { href: genotypePage(id), class: "search-name", title: name }, name), h("span", { class: "quiet sub" }, id)),
    h("td", { class: "cell-search", "data-label": "Search" }, h("div", {}, search)),
    h("td", { "data-label": "Data set" }, provenance?.dataset ?? "–"),
    h("td", { class: "number", "data-label": "Skip-connects" }, skip_connects),
    h("td", { class: "number", "data-label": "Parameters" }, formatLarge(network.parameters)),
    h("td", { class: "number", "data-label": "Multiply-adds" }, formatLarge(network.multiply_adds)),
    h("td", { class: "quiet", "data-label": "Created", title: formatMoment(created_at) }, formatAge(created_at)),
  );
}

customElements.define("genotypes-page", GenotypesPage);
