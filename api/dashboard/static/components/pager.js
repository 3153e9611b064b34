/**
 * Leads through a list that the service gives page by page.
 * @module
 */

import { h, show } from "../lib/dom.js";

/**
 * The parameters of another page of the same list.
 * @param {URLSearchParams} parameters
 * @param {string} after its cursor; empty for the first
 */
export function turnedTo(parameters, after) {
  const turned = new URLSearchParams(parameters);
  if (after) turned.set("after", after);
  else turned.delete("after");
  return turned;
}

export class Pager {
  element = h("nav", { class: "pager", "aria-label": "Pages of the list" });
  #shown = "";
  #onTurn;

  /** @param {(after: string) => void} onTurn called with the cursor of the wanted page; empty for the first */
  constructor(onTurn) {
    this.#onTurn = onTurn;
  }

  /**
   * @param {string | null} here the cursor of the page that is shown
   * @param {string | null | undefined} next that of the one after it
   * @param {boolean} isOldestFirst
   */
  show(here, next, isOldestFirst) {
    const [first, later] = isOldestFirst ? ["Oldest", "Newer"] : ["Newest", "Older"];
    const state = `${here} ${next} ${first}`;
    if (this.#shown === state) return;
    this.#shown = state;
    show(
      this.element,
      here !== null && h("button", { type: "button", onclick: () => this.#onTurn("") }, first),
      next && h("button", { type: "button", onclick: () => this.#onTurn(next) }, later),
    );
  }
}
