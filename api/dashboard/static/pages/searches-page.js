/**
 * The list of searches, some of them marked for comparing.
 * @module
 */

import { CapacityStrip } from "../components/capacity-strip.js";
import { firstSearch } from "../components/first-search.js";
import { nameColumn, progressColumn, statusColumn, submittedColumn, workerColumn } from "../components/job-columns.js";
import { JobListPage } from "../components/job-list-page.js";
import { byLargest, byName } from "../components/list-order.js";
import { LiveTable } from "../components/live-table.js";
import { MarkTools } from "../components/mark-tools.js";
import { accuracyColumn, signalColumn, skipsColumn } from "../components/search-columns.js";
import { SEARCH, SEARCH_FORM } from "../jobs/kind.js";
import { h } from "../lib/dom.js";
import { comparePage, pageUrl } from "../lib/paths.js";
import { getJson } from "../service/client.js";

/** @typedef {import("../service/types.js").Search} Search */

/** @type {import("../components/list-order.js").Order<Search>[]} */
const ORDERS = [
  { value: "name", words: "A to Z", compare: (one, other) => byName(SEARCH.nameOf(one), SEARCH.nameOf(other)) },
  { value: "accuracy", words: "best accuracy first", compare: (one, other) => byLargest(one.accuracy?.value ?? null, other.accuracy?.value ?? null) },
];

/** @extends {JobListPage<Search>} */
export class SearchesPage extends JobListPage {
  #strip = h(CapacityStrip);
  /** @type {MarkTools<Search>} */
  #marks = new MarkTools(SEARCH, comparePage, () => this.showAgain());
  /** @type {LiveTable<Search>} */
  #table = new LiveTable({
    caption: "Searches",
    class: "searches",
    columns: [
      this.#marks.column,
      nameColumn(SEARCH, "Search"),
      statusColumn,
      progressColumn(SEARCH),
      signalColumn,
      accuracyColumn,
      skipsColumn,
      workerColumn((id) => this.workerName(id)),
      submittedColumn,
    ],
    keyOf: ({ id }) => id,
  });

  constructor() {
    super(SEARCH, ORDERS);
  }

  start() {
    this.startList([h("a", { href: pageUrl(SEARCH_FORM), class: "button primary" }, "New search")], [this.#strip]);
    this.#marks.show();
  }

  /** @override */
  get table() {
    return this.#table;
  }

  /** @override */
  get tools() {
    return this.#marks.buttons;
  }

  /** @override */
  makeNothing() {
    return firstSearch();
  }

  /**
   * @override
   * @param {AbortSignal} signal
   */
  async readBeside(signal) {
    this.#strip.capacity = await getJson("capacity", { signal });
  }
}

customElements.define("searches-page", SearchesPage);
