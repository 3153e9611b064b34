/**
 * What can be done with a search in its state.
 * @module
 */

import { h, show } from "../lib/dom.js";
import { likePage, pageUrl } from "../lib/paths.js";
import { navigate } from "../lib/router.js";
import { send } from "../service/client.js";
import { confirm } from "./confirm.js";
import { editSearch } from "./edit-search.js";
import { notice } from "./notice.js";
import { isFinal } from "./status-badge.js";

/** @typedef {import("../service/types.js").Search} Search */
/** @typedef {import("../service/types.js").Status} Status */
/** @typedef {"pause" | "resume" | "retry" | "cancel"} Move */

/** @type {Record<Move, {name: string, from: Status[], question?: string, consequence?: string}>} */
const MOVES = {
  pause: { name: "Pause", from: ["queued", "running"] },
  resume: { name: "Resume", from: ["paused"] },
  retry: { name: "Try again", from: ["failed"] },
  cancel: {
    name: "Cancel",
    from: ["queued", "running", "pausing", "paused"],
    question: "Cancel this search?",
    consequence: "It stops for good: a cancelled search cannot be resumed. What it measured stays.",
  },
};

class SearchActions extends HTMLElement {
  #buttons = h("div", { class: "row" });
  #trouble = h("div");
  /** @type {Search | null} */
  #search = null;
  /** Called when something was done. */
  onChange = () => {};

  connectedCallback() {
    this.replaceChildren(this.#buttons, this.#trouble);
  }

  /** @param {Search} search */
  set search(search) {
    const { id, status } = search;
    this.#search = search;
    if (this.dataset.status === status) return;
    this.dataset.status = status;
    const moves = /** @type {Move[]} */ (Object.keys(MOVES)).filter((move) => MOVES[move].from.includes(status));
    show(
      this.#buttons,
      moves.map((move) => h("button", { type: "button", class: move === "cancel" ? "danger" : null, onclick: () => this.#move(id, move) }, MOVES[move].name)),
      h("button", { type: "button", onclick: () => this.#edit() }, "Edit"),
      h("a", { href: likePage(id), class: "button" }, "Start one like it"),
      isFinal(status) && h("button", { type: "button", class: "danger", onclick: () => this.#delete(id) }, "Delete"),
    );
  }

  /**
   * @param {string} id
   * @param {Move} move
   */
  async #move(id, move) {
    const { name, question, consequence } = MOVES[move];
    if (question && !(await confirm(question, consequence ?? "", `${name} the search`))) return;
    await this.#attempt(() => send(`searches/${id}/${move}`, { method: "POST" }));
    this.onChange();
  }

  async #edit() {
    if (this.#search && (await editSearch(this.#search))) this.onChange();
  }

  /** @param {string} id */
  async #delete(id) {
    const consequence = "The search, its measurements, its genotypes and its checkpoints are gone for good.";
    if (!(await confirm("Delete this search?", consequence, "Delete the search"))) return;
    const done = await this.#attempt(() => send(`searches/${id}`, { method: "DELETE" }));
    if (done) navigate(pageUrl());
  }

  /** @param {() => Promise<unknown>} act */
  async #attempt(act) {
    try {
      await act();
      show(this.#trouble);
      return true;
    } catch (error) {
      show(this.#trouble, notice(error));
      return false;
    }
  }
}

customElements.define("search-actions", SearchActions);
