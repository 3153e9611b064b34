/**
 * All genotypes of the reader: found, derived, imported; and a form to import one.
 * @module
 */

import { importGenotype } from "../components/import-genotype.js";
import { Page } from "../components/page.js";
import { Pager } from "../components/pager.js";
import { genotypeName } from "../genotype/words.js";
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
const COLUMNS = [["Genotype"], ["From"], ["Skips", "number"], ["Parameters", "number"], ["FLOPs", "number"], ["Created"]];

export class GenotypesPage extends Page {
  #body = h("div");
  #pager = new Pager((after) => this.#goTo({ ...Object.fromEntries(this.address.parameters), after }));

  start() {
    setTitle("Genotypes");
    const origin = h("select", { id: "filter-origin", onchange: () => this.#goTo({ origin: origin.value }) }, ORIGINS.map(([value, words]) => h("option", { value }, words)));
    origin.value = this.address.parameters.get("origin") ?? "";
    show(
      this,
      h("h1", {}, "Genotypes"),
      h("details", { class: "card" }, h("summary", {}, "Import a genotype"), importGenotype()),
      h("div", { class: "filters" }, h("div", { class: "filter" }, h("label", { for: "filter-origin" }, "Origin"), origin)),
      this.#body,
      this.#pager.element,
    );
    this.keepAsking((signal) => this.#read(signal), this.#body);
  }

  /** @param {AbortSignal} signal */
  async #read(signal) {
    const query = new URLSearchParams(this.address.parameters);
    query.set("limit", String(PAGE_LENGTH));
    const { data, next_cursor } = await getJson(`genotypes?${query}`, { signal });
    show(this.#body, data.length ? table(data) : h("p", { class: "card empty" }, "No genotypes yet. Every search ends with some, and you can import your own."));
    this.#pager.show(query.get("after"), next_cursor);
    return null;
  }

  /** @param {Record<string, string>} wanted */
  #goTo(wanted) {
    const parameters = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
    navigate(`${pageUrl("genotypes")}${parameters.size ? `?${parameters}` : ""}`);
  }
}

/** @param {Genotype[]} genotypes */
function table(genotypes) {
  const head = h("thead", {}, h("tr", {}, COLUMNS.map(([name, look]) => h("th", { scope: "col", class: look }, name))));
  return h("div", { class: "card table-card" }, h("table", { class: "stacked" }, h("caption", { class: "off-screen" }, "Genotypes, newest first"), head, h("tbody", {}, genotypes.map(row))));
}

/** @param {Genotype} genotype */
function row(genotype) {
  const { created_at, id, network, origin, provenance, skip_connects } = genotype;
  const from = provenance ? h("a", { href: jobPage(SEARCH, provenance.search_id) }, `${origin === "derived" ? "derived from search" : "search"}, seed ${provenance.seed}`) : origin;
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("a", { href: genotypePage(id), class: "search-name" }, genotypeName(genotype)), h("span", { class: "quiet sub" }, id)),
    h("td", { "data-label": "From" }, from),
    h("td", { class: "number", "data-label": "Skip-connects" }, skip_connects),
    h("td", { class: "number", "data-label": "Parameters" }, formatLarge(network.parameters)),
    h("td", { class: "number", "data-label": "FLOPs" }, formatLarge(network.multiply_adds)),
    h("td", { class: "quiet", "data-label": "Created", title: formatMoment(created_at) }, formatAge(created_at)),
  );
}

customElements.define("genotypes-page", GenotypesPage);
