/**
 * The list of searches: filters, a page at a time, live.
 * @module
 */

import "../components/capacity-strip.js";
import { firstSearch } from "../components/first-search.js";
import { Page } from "../components/page.js";
import { COLUMNS, searchRow, updateSearchRow } from "../components/search-row.js";
import { isActive } from "../components/status-badge.js";
import { h, reconcile, setText, show } from "../lib/dom.js";
import { choose, chosen, MOST_COMPARED } from "../lib/chosen.js";
import { comparePage, pageUrl } from "../lib/paths.js";
import { navigate, setTitle } from "../lib/router.js";
import { getJson } from "../service/client.js";

/** @typedef {import("../service/types.js").Search} Search */

const PAGE_LENGTH = 25;
const WHILE_ACTIVE = 3_000;
const WHILE_STILL = 10_000;
const STATUSES = ["queued", "running", "pausing", "paused", "cancelling", "cancelled", "succeeded", "failed"];

class SearchesPage extends Page {
  #strip = /** @type {any} */ (h("capacity-strip"));
  #rows = h("tbody");
  #body = h("div", { class: "list-body" });
  #pager = h("nav", { class: "pager", "aria-label": "Pages of the list" });
  #compare = h("button", { type: "button", disabled: true, onclick: () => navigate(comparePage(chosen)) }, "Compare");
  #forget = h("button", { type: "button", hidden: true, onclick: () => this.#forgetChosen() }, "Mark none");
  /** @type {HTMLElement | null} */
  #table = null;
  /** @type {HTMLElement | null} */
  #nothing = null;

  start() {
    setTitle("Searches");
    const table = h(
      "table",
      { class: "searches" },
      h("caption", { class: "off-screen" }, "Searches, the newest first"),
      h("thead", {}, h("tr", {}, COLUMNS.map((column, i) => h("th", { scope: "col", class: column.class }, i === 0 ? h("span", { class: "off-screen" }, column.name) : column.name)))),
      this.#rows,
    );
    this.#table = h("div", { class: "card table-card" }, table);
    show(
      this,
      h("div", { class: "page-head" }, h("h1", {}, "Searches"), h("a", { href: pageUrl("new"), class: "button primary" }, "New search")),
      this.#strip,
      this.#filters(),
      this.#body,
      this.#pager,
    );
    this.#showChosen();
    this.keepAsking((signal) => this.#ask(signal), this.#body);
  }

  #filters() {
    const { parameters } = this.address;
    const status = h("select", { id: "filter-status", name: "status" }, h("option", { value: "" }, "any"), STATUSES.map((name) => h("option", { value: name }, name)));
    const dataset = h("input", { id: "filter-dataset", name: "dataset", placeholder: "any", size: "12" });
    const name = h("input", { id: "filter-name", placeholder: "any", size: "14" });
    const metadata = h("input", { id: "filter-metadata", placeholder: "name=value", size: "14", pattern: "[^=]+=.*", title: "A member of the metadata and its value, such as team=vision" });
    status.value = parameters.get("status") ?? "";
    dataset.value = parameters.get("dataset") ?? "";
    name.value = parameters.get("name") ?? "";
    metadata.value = metadataOf(parameters);
    const apply = (/** @type {Event} */ event) => {
      event.preventDefault();
      const [member, value] = metadata.value.split(/=(.*)/s).map((/** @type {string} */ part) => part.trim());
      const wanted = { status: status.value, dataset: dataset.value.trim(), name: name.value.trim() };
      this.#goTo({ ...wanted, ...(member && value ? { [`metadata[${member}]`]: value } : {}) });
    };
    return h(
      "form",
      { class: "filters", onsubmit: apply, onchange: apply },
      h("div", { class: "filter" }, h("label", { for: "filter-status" }, "Status"), status),
      h("div", { class: "filter" }, h("label", { for: "filter-dataset" }, "Data set"), dataset),
      h("div", { class: "filter" }, h("label", { for: "filter-name" }, "Name"), name),
      h("div", { class: "filter" }, h("label", { for: "filter-metadata" }, "Metadata"), metadata),
      h("div", { class: "row filters-end" }, this.#forget, this.#compare),
    );
  }

  /** @param {Record<string, string>} wanted */
  #goTo(wanted) {
    const parameters = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
    navigate(`${pageUrl()}${parameters.size ? `?${parameters}` : ""}`);
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const query = new URLSearchParams(this.address.parameters);
    query.set("limit", String(PAGE_LENGTH));
    const [list, capacity, workers] = await Promise.all([
      getJson(`searches?${query}`, { signal }),
      getJson("capacity", { signal }),
      getJson("workers", { signal }),
    ]);
    this.#show(list, new Map(workers.data.map((/** @type {any} */ worker) => [worker.id, worker.name])));
    this.#strip.capacity = capacity;
    return list.data.some((/** @type {Search} */ search) => isActive(search.status)) ? WHILE_ACTIVE : WHILE_STILL;
  }

  /**
   * @param {{data: Search[], next_cursor: string | null}} list
   * @param {Map<string, string>} workers their names by id
   */
  #show(list, workers) {
    if (list.data.length === 0) {
      this.#showNothing();
    } else if (this.#table?.parentElement !== this.#body) show(this.#body, this.#table);
    reconcile(
      this.#rows,
      list.data,
      (search) => search.id,
      (search) => searchRow(search, (id, wanted) => this.#choose(id, wanted)),
      (row, search) =>
        updateSearchRow(row, search, {
          chosen: chosen.has(search.id),
          worker: search.worker ? (workers.get(search.worker) ?? search.worker) : "–",
        }),
    );
    this.#showPager(list.next_cursor);
  }

  /** Once, however often the list comes empty: a form that is made anew loses what was typed. */
  #showNothing() {
    if (this.#nothing?.parentElement === this.#body) return;
    const isFiltered = this.address.parameters.size > 0;
    this.#nothing = isFiltered ? h("p", { class: "empty" }, "No search fits these filters.") : firstSearch();
    show(this.#body, this.#nothing);
  }

  /** @param {string | null} cursor */
  #showPager(cursor) {
    const parameters = this.address.parameters;
    const wanted = Object.fromEntries(parameters);
    const newest = h("button", { type: "button", onclick: () => this.#goTo({ ...wanted, after: "" }) }, "Newest");
    const older = h("button", { type: "button", onclick: () => this.#goTo({ ...wanted, after: cursor ?? "" }) }, "Older");
    const state = `${parameters.get("after")} ${cursor}`;
    if (this.#pager.dataset.state === state) return;
    this.#pager.dataset.state = state;
    show(this.#pager, parameters.has("after") && newest, cursor && older);
  }

  /**
   * @param {string} id
   * @param {boolean} wanted
   */
  #choose(id, wanted) {
    choose(id, wanted);
    this.#showChosen();
  }

  #forgetChosen() {
    chosen.clear();
    for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (this.#rows.querySelectorAll("input[type=checkbox]"))) box.checked = false;
    this.#showChosen();
  }

  #showChosen() {
    const number = chosen.size;
    this.#forget.hidden = number === 0;
    this.#compare.disabled = number < 2 || number > MOST_COMPARED;
    setText(this.#compare, number > MOST_COMPARED ? `Compare at most ${MOST_COMPARED}` : number ? `Compare ${number}` : "Compare");
  }
}

/** The filter by metadata as it is typed. @param {URLSearchParams} parameters */
function metadataOf(parameters) {
  const found = [...parameters].find(([name]) => name.startsWith("metadata["));
  return found ? `${found[0].slice("metadata[".length, -1)}=${found[1]}` : "";
}

customElements.define("searches-page", SearchesPage);
