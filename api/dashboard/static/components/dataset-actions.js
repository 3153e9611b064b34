/**
 * What can be done with a data set.
 * @module
 */

import { suggestedSide } from "../datasets/words.js";
import { h, show } from "../lib/dom.js";
import { DATASETS, pageUrl } from "../lib/paths.js";
import { navigate } from "../lib/router.js";
import { send } from "../service/client.js";
import { confirm } from "./confirm.js";
import { attempt } from "./notice.js";

/** @typedef {import("../service/types.js").DatasetDetails} DatasetDetails */

export class DatasetActions extends HTMLElement {
  #buttons = h("div", { class: "row" });
  #trouble = h("div");
  #shown = "";
  /** Called when something was done. */
  onChange = () => {};

  connectedCallback() {
    this.replaceChildren(this.#buttons, this.#trouble);
  }

  /** @param {DatasetDetails} dataset */
  showDataset({ findings, kind, name, sizes, state }) {
    const skips = state === "invalid" && findings.every(({ level, can_be_skipped }) => level !== "error" || can_be_skipped);
    const shown = JSON.stringify([kind, name, sizes, state, skips]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const side = suggestedSide(sizes);
    const search = `${pageUrl("new")}?${new URLSearchParams({ dataset: name, ...(side === null ? {} : { image_size: String(side) }), ...(skips ? { skip_invalid: "true" } : {}) })}`;
    const path = `datasets/${encodeURIComponent(name)}`;
    show(
      this.#buttons,
      (skips || state !== "invalid") && h("a", { href: search, class: "button primary" }, skips ? "Start a search without these files" : "Start a search"),
      kind !== "builtin" && state !== "checking" && h("button", { type: "button", onclick: (/** @type {Event} */ event) => this.#check(event, path) }, state === "unchecked" ? "Check" : "Check again"),
      kind === "sent" && h("button", { type: "button", class: "danger", onclick: () => this.#delete(name, path) }, "Delete"),
    );
  }

  /**
   * @param {Event} event
   * @param {string} path
   */
  async #check({ currentTarget }, path) {
    const button = /** @type {HTMLButtonElement} */ (currentTarget);
    button.disabled = true;
    await attempt(this.#trouble, () => send(`${path}/check`, { method: "POST" }));
    button.disabled = false;
    this.onChange();
  }

  /**
   * @param {string} name
   * @param {string} path
   */
  async #delete(name, path) {
    if (!(await confirm(`Delete the data set “${name}”?`, "Its images and the findings of its check will be deleted. The results of jobs that used it are kept. This cannot be undone.", "Delete data set"))) return;
    if (await attempt(this.#trouble, () => send(path, { method: "DELETE" }))) navigate(pageUrl(DATASETS));
  }
}

customElements.define("dataset-actions", DatasetActions);
