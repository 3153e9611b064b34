/**
 * A table whose rows follow a list of items; a row that stays keeps focus and selection.
 * @module
 */

import { h, reconcile } from "../lib/dom.js";

/** @typedef {import("../lib/dom.js").Child} Child */

/**
 * @template T
 * @typedef {object} Column
 * @property {string} name its head; empty where the cells speak for themselves
 * @property {string} [class] of head and cells
 * @property {string} [cellClass] of the cells alone
 * @property {string | false} [label] stands beside the value where each row is a card; the name unless given
 * @property {boolean} [isHead] its cells name their rows
 * @property {boolean} [isNameHidden] the head is for screen readers alone
 * @property {(item: T) => Child[]} [create] what a new cell has
 * @property {(cell: HTMLElement, item: T) => void} update
 */

/** @template T */
export class LiveTable {
  #body = h("tbody");
  #columns;
  #keyOf;
  #isFaded;

  /**
   * @param {object} table
   * @param {string} table.caption
   * @param {string} table.class
   * @param {Column<T>[]} table.columns
   * @param {(item: T) => string} table.keyOf
   * @param {(item: T) => boolean} [table.isFaded] whether it no longer matters
   */
  constructor({ caption, class: className, columns, keyOf, isFaded = () => false }) {
    this.#columns = columns;
    this.#keyOf = keyOf;
    this.#isFaded = isFaded;
    const heads = columns.map((column) => (column.name ? h("th", { scope: "col", class: column.class }, column.isNameHidden ? h("span", { class: "off-screen" }, column.name) : column.name) : h("td")));
    const table = h("table", { class: className }, h("caption", { class: "off-screen" }, caption), h("thead", {}, h("tr", {}, heads)), this.#body);
    this.element = h("div", { class: "card table-card" }, table);
  }

  /** @param {T[]} items */
  show(items) {
    reconcile(this.#body, items, this.#keyOf, (item) => this.#row(item), (row, item) => this.#update(row, item));
  }

  /** @param {T} item */
  #row(item) {
    return h("tr", {}, this.#columns.map(({ class: both, cellClass, create, isHead, label, name }) => {
      const properties = isHead ? { scope: "row" } : { class: [both, cellClass].filter(Boolean).join(" ") || null, "data-label": label ?? (name || null) };
      return h(isHead ? "th" : "td", properties, ...(create?.(item) ?? []));
    }));
  }

  /**
   * @param {Element} row
   * @param {T} item
   */
  #update(row, item) {
    row.classList.toggle("faded", this.#isFaded(item));
    const cells = /** @type {Iterable<HTMLElement>} */ (row.children);
    [...cells].forEach((cell, i) => this.#columns[i]?.update(cell, item));
  }
}
