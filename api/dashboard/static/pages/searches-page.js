/**
 * The list of searches: filters, a page at a time, live.
 * @module
 */

import { CapacityStrip } from "../components/capacity-strip.js";
import { firstSearch } from "../components/first-search.js";
import { nameColumn, progressColumn, statusColumn, submittedColumn, workerColumn } from "../components/job-columns.js";
import { jobFilters } from "../components/job-filters.js";
import { LiveTable } from "../components/live-table.js";
import { Page } from "../components/page.js";
import { Pager } from "../components/pager.js";
import { accuracyColumn, markColumn, skipsColumn } from "../components/search-columns.js";
import { SEARCH } from "../jobs/kind.js";
import { mark, marked, MOST_COMPARED } from "../jobs/marked.js";
import { isActive } from "../jobs/status.js";
import { h, setText, show } from "../lib/dom.js";
import { comparePage, pageUrl } from "../lib/paths.js";
import { navigate, setTitle } from "../lib/router.js";
import { getJson } from "../service/client.js";

/** @typedef {import("../service/types.js").Search} Search */

const PAGE_LENGTH = 25;
const WHILE_ACTIVE = 3_000;
const WHILE_STILL = 10_000;

export class SearchesPage extends Page {
  #strip = h(CapacityStrip);
  #body = h("div", { class: "list-body" });
  #pager = new Pager((after) => this.#goTo({ ...Object.fromEntries(this.address.parameters), after }));
  #compare = h("button", { type: "button", disabled: true, onclick: () => navigate(comparePage(marked)) }, "Compare");
  #clear = h("button", { type: "button", hidden: true, onclick: () => this.#clearMarks() }, "Clear selection");
  /** @type {Search[]} */
  #searches = [];
  /** The names of workers by their ids.
   * @type {Map<string, string>} */
  #workers = new Map();
  /** @type {LiveTable<Search>} */
  #table = new LiveTable({
    caption: "Searches, newest first",
    class: "searches",
    columns: [
      markColumn((id, wanted) => this.#mark(id, wanted)),
      nameColumn(SEARCH, "Search"),
      statusColumn,
      progressColumn(SEARCH),
      accuracyColumn,
      skipsColumn,
      workerColumn((id) => this.#workers.get(id) ?? id),
      submittedColumn,
    ],
    keyOf: ({ id }) => id,
  });
  /** @type {HTMLElement | null} */
  #nothing = null;

  start() {
    setTitle("Searches");
    show(
      this,
      h("div", { class: "page-head" }, h("h1", {}, "Searches"), h("a", { href: pageUrl(SEARCH.form), class: "button primary" }, "New search")),
      this.#strip,
      jobFilters(this.address.parameters, (wanted) => this.#goTo(wanted), [this.#clear, this.#compare]),
      this.#body,
      this.#pager.element,
    );
    this.#showMarked();
    this.keepAsking((signal) => this.#ask(signal), this.#body);
  }

  /** @param {Record<string, string>} wanted */
  #goTo(wanted) {
    const parameters = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
    navigate(`${pageUrl(SEARCH.list)}${parameters.size ? `?${parameters}` : ""}`);
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
    this.#workers = new Map(workers.data.map(({ id, name }) => [id, name]));
    this.#searches = list.data;
    this.#show();
    this.#pager.show(this.address.parameters.get("after"), list.next_cursor);
    this.#strip.capacity = capacity;
    return list.data.some(({ status }) => isActive(status)) ? WHILE_ACTIVE : WHILE_STILL;
  }

  #show() {
    if (this.#searches.length === 0) this.#showNothing();
    else if (this.#table.element.parentElement !== this.#body) show(this.#body, this.#table.element);
    this.#table.show(this.#searches);
  }

  /** Once, however often the list comes empty: a form that is made anew loses what was typed. */
  #showNothing() {
    if (this.#nothing?.parentElement === this.#body) return;
    const isFiltered = this.address.parameters.size > 0;
    this.#nothing = isFiltered ? h("p", { class: "empty" }, "No searches match these filters.") : firstSearch();
    show(this.#body, this.#nothing);
  }

  /**
   * @param {string} id
   * @param {boolean} wanted
   */
  #mark(id, wanted) {
    mark(id, wanted);
    this.#showMarked();
  }

  #clearMarks() {
    marked.clear();
    this.#table.show(this.#searches);
    this.#showMarked();
  }

  #showMarked() {
    const number = marked.size;
    this.#clear.hidden = number === 0;
    this.#compare.disabled = number < 2 || number > MOST_COMPARED;
    setText(this.#compare, number > MOST_COMPARED ? `Compare at most ${MOST_COMPARED}` : number ? `Compare ${number}` : "Compare");
  }
}

customElements.define("searches-page", SearchesPage);
