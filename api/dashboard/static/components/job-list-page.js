/**
 * The list of jobs of a kind: filters, a page at a time, live.
 * @module
 */

import { isActive } from "../jobs/status.js";
import { h, show } from "../lib/dom.js";
import { pageUrl } from "../lib/paths.js";
import { navigate, setTitle } from "../lib/router.js";
import { getJson } from "../service/client.js";
import { jobFilters } from "./job-filters.js";
import { listFilters } from "./list-filters.js";
import { inOrder, isOldestFirst, orderFilter, queryOf } from "./list-order.js";
import { Page } from "./page.js";
import { Pager, turnedTo } from "./pager.js";

/** @typedef {import("../jobs/kind.js").Job} Job */

const PAGE_LENGTH = 25;
const WHILE_ACTIVE = 3_000;
const WHILE_STILL = 10_000;

/** @template {Job} J */
export class JobListPage extends Page {
  #kind;
  #orders;
  #body = h("div", { class: "list-body" });
  #pager = new Pager((after) => navigate(this.#addressOf(turnedTo(this.address.parameters, after))));
  /** @type {J[]} */
  #jobs = [];
  /** The names of workers by their ids.
   * @type {Map<string, string>} */
  #workers = new Map();
  /** @type {HTMLElement | null} */
  #nothing = null;
  #stop = () => {};

  /**
   * @param {import("../jobs/kind.js").Kind<J>} kind
   * @param {import("./list-order.js").Order<J>[]} orders of those shown
   */
  constructor(kind, orders) {
    super();
    this.#kind = kind;
    this.#orders = orders;
  }

  /**
   * The table of those shown.
   * @returns {import("./live-table.js").LiveTable<J>}
   */
  get table() {
    throw new Error("a list has a table");
  }

  /** Stands at the end of the line with the filters.
   * @returns {HTMLElement[]} */
  get tools() {
    return [];
  }

  /**
   * What an empty list shows, made anew each time.
   * @returns {HTMLElement}
   */
  makeNothing() {
    return h("p", { class: "empty" }, `No ${this.#kind.listName.toLowerCase()} yet.`);
  }

  /**
   * Read what stands beside the list.
   * @param {AbortSignal} _signal
   * @returns {Promise<void>}
   */
  async readBeside(_signal) {}

  /** @param {string} id */
  workerName(id) {
    return this.#workers.get(id) ?? id;
  }

  /**
   * Show the page and follow the list.
   * @param {(Element | false)[]} [beside] stands beside the page's name
   * @param {Element[]} [above] stands above the filters
   */
  startList(beside = [], above = []) {
    const { listName } = this.#kind;
    setTitle(listName);
    show(
      this,
      h("div", { class: "page-head" }, h("h1", {}, listName), beside),
      above,
      listFilters([...jobFilters(this.address.parameters), orderFilter(this.address.parameters, this.#orders)], (wanted) => this.#filter(wanted), this.tools),
      this.#body,
      this.#pager.element,
    );
    this.#follow();
  }

  /** Show those that are known again, where what the page knows of them has changed. */
  showAgain() {
    this.table.show(this.#jobs);
  }

  /** @param {URLSearchParams} parameters */
  #addressOf(parameters) {
    return `${pageUrl(this.#kind.list)}${parameters.size ? `?${parameters}` : ""}`;
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
    history.replaceState(null, "", this.#addressOf(wanted));
    this.address = { ...this.address, parameters: wanted };
    this.#follow();
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const { parameters } = this.address;
    const query = queryOf(parameters, PAGE_LENGTH);
    const [list, workers] = await Promise.all([getJson(`${this.#kind.path}?${query}`, { signal }), getJson("workers", { signal }), this.readBeside(signal)]);
    const { data, next_cursor } = /** @type {{data: J[], next_cursor: string | null}} */ (/** @type {unknown} */ (list));
    this.#workers = new Map(workers.data.map(({ id, name }) => [id, name]));
    this.#jobs = inOrder(data, parameters, this.#orders);
    this.#show();
    this.#pager.show(parameters.get("after"), next_cursor, isOldestFirst(parameters));
    return data.some(({ status }) => isActive(status)) ? WHILE_ACTIVE : WHILE_STILL;
  }

  #show() {
    if (this.#jobs.length === 0) this.#showNothing();
    else if (this.table.element.parentElement !== this.#body) show(this.#body, this.table.element);
    this.showAgain();
  }

  /** Once, however often the list comes empty: a form that is made anew loses what was typed. */
  #showNothing() {
    const isFiltered = [...this.address.parameters.keys()].some((name) => name !== "sort");
    const state = isFiltered ? "no-match" : "none";
    if (this.#nothing?.parentElement === this.#body && this.#nothing.dataset.state === state) return;
    this.#nothing = isFiltered ? h("p", { class: "empty" }, `No ${this.#kind.listName.toLowerCase()} match these filters.`) : this.makeNothing();
    this.#nothing.dataset.state = state;
    show(this.#body, this.#nothing);
  }
}
