/**
 * The list of searches: filters, a page at a time, live.
 * @module
 */

import { CapacityStrip } from "../components/capacity-strip.js";
import { firstSearch } from "../components/first-search.js";
import { nameColumn, progressColumn, statusColumn, submittedColumn, workerColumn } from "../components/job-columns.js";
import { jobFilters } from "../components/job-filters.js";
import { listFilters } from "../components/list-filters.js";
import { byLargest, byName, inOrder, isOldestFirst, orderFilter, queryOf } from "../components/list-order.js";
import { LiveTable } from "../components/live-table.js";
import { Page } from "../components/page.js";
import { Pager, turnedTo } from "../components/pager.js";
import { accuracyColumn, markColumn, signalColumn, skipsColumn } from "../components/search-columns.js";
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
/** @type {import("../components/list-order.js").Order<Search>[]} */
const ORDERS = [
  { value: "name", words: "A to Z", compare: (one, other) => byName(SEARCH.nameOf(one), SEARCH.nameOf(other)) },
  { value: "accuracy", words: "best accuracy first", compare: (one, other) => byLargest(one.accuracy?.value ?? null, other.accuracy?.value ?? null) },
];
/** @param {URLSearchParams} parameters */
const addressOf = (parameters) => `${pageUrl(SEARCH.list)}${parameters.size ? `?${parameters}` : ""}`;

export class SearchesPage extends Page {
  #strip = h(CapacityStrip);
  #body = h("div", { class: "list-body" });
  #pager = new Pager((after) => navigate(addressOf(turnedTo(this.address.parameters, after))));
  #compare = h("button", { type: "button", disabled: true, onclick: () => navigate(comparePage(marked)) }, "Compare");
  #clear = h("button", { type: "button", hidden: true, onclick: () => this.#clearMarks() }, "Clear selection");
  /** @type {Search[]} */
  #searches = [];
  /** The names of workers by their ids.
   * @type {Map<string, string>} */
  #workers = new Map();
  /** @type {LiveTable<Search>} */
  #table = new LiveTable({
    caption: "Searches",
    class: "searches",
    columns: [
      markColumn((id, wanted) => this.#mark(id, wanted)),
      nameColumn(SEARCH, "Search"),
      statusColumn,
      progressColumn(SEARCH),
      signalColumn,
      accuracyColumn,
      skipsColumn,
      workerColumn((id) => this.#workers.get(id) ?? id),
      submittedColumn,
    ],
    keyOf: ({ id }) => id,
  });
  /** @type {HTMLElement | null} */
  #nothing = null;
  #stop = () => {};

  start() {
    setTitle("Searches");
    show(
      this,
      h("div", { class: "page-head" }, h("h1", {}, "Searches"), h("a", { href: pageUrl(SEARCH.form), class: "button primary" }, "New search")),
      this.#strip,
      listFilters([...jobFilters(this.address.parameters), orderFilter(this.address.parameters, ORDERS)], (wanted) => this.#filter(wanted), [this.#clear, this.#compare]),
      this.#body,
      this.#pager.element,
    );
    this.#showMarked();
    this.#follow();
  }

  #follow() {
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
    this.#follow();
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const { parameters } = this.address;
    const query = queryOf(parameters, PAGE_LENGTH);
    const [list, capacity, workers] = await Promise.all([
      getJson(`searches?${query}`, { signal }),
      getJson("capacity", { signal }),
      getJson("workers", { signal }),
    ]);
    this.#workers = new Map(workers.data.map(({ id, name }) => [id, name]));
    this.#searches = inOrder(list.data, parameters, ORDERS);
    this.#show();
    this.#pager.show(parameters.get("after"), list.next_cursor, isOldestFirst(parameters));
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
    const isFiltered = [...this.address.parameters.keys()].some((name) => name !== "sort");
    const kind = isFiltered ? "no-match" : "first-search";
    if (this.#nothing?.parentElement === this.#body && this.#nothing.dataset.kind === kind) return;
    this.#nothing = isFiltered ? h("p", { class: "empty" }, "No searches match these filters.") : firstSearch();
    this.#nothing.dataset.kind = kind;
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
