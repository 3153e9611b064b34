/**
 * Leads through a list that the service gives page by page, the newest first.
 * @module
 */

import { h, show } from "../lib/dom.js";

export class Pager {
  element = h("nav", { class: "pager", "aria-label": "Pages of the list" });
  #shown = "";
  #onTurn;

  /** @param {(after: string) => void} onTurn called with the cursor of the wanted page; empty for the newest */
  constructor(onTurn) {
    this.#onTurn = onTurn;
  }

  /**
   * @param {string | null} here the cursor of the page that is shown
   * @param {string | null | undefined} next that of the one after it
   */
  show(here, next) {
    const state = `${here} ${next}`;
    if (this.#shown === state) return;
    this.#shown = state;
    show(
      this.element,
      here !== null && h("button", { type: "button", onclick: () => this.#onTurn("") }, "Newest"),
      next && h("button", { type: "button", onclick: () => this.#onTurn(next) }, "Older"),
    );
  }
}
