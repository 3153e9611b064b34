/**
 * Creates a key for somebody, and shows it the one time that it can be seen.
 * @module
 */

import { h, show } from "../lib/dom.js";
import { getJson } from "../service/client.js";
import { copyButton } from "./copy-button.js";
import { notices } from "./notice.js";

/** @type {[scope: import("../service/types.js").Scope, words: string][]} */
const SCOPES = [
  ["read", "view jobs, results, data sets and workers"],
  ["submit", "start, change and cancel jobs; create and delete data sets, weights, genotypes and webhooks"],
  ["admin", "all of this for its owner; also managing the keys of every owner, and draining workers"],
];
const ENDS = [
  ["", "never"],
  ["1", "in a day"],
  ["30", "in 30 days"],
  ["90", "in 90 days"],
  ["365", "in a year"],
];

export class NewKey extends HTMLElement {
  #owner = h("input", { id: "key-owner", required: true, autocomplete: "off", spellcheck: "false", "aria-describedby": "key-owner-hint" });
  #name = h("input", { id: "key-name", required: true, autocomplete: "off", "aria-describedby": "key-name-hint" });
  #scopes = SCOPES.map(([scope]) => h("input", { type: "checkbox", id: `key-scope-${scope}`, value: scope, checked: scope !== "admin" }));
  #end = h("select", { id: "key-end" }, ENDS.map(([days, words]) => h("option", { value: days }, words)));
  #submit = h("button", { class: "primary" }, "Create key");
  #outcome = h("div", { "aria-live": "polite" });
  /** Called when a key was made. */
  onMade = () => {};

  connectedCallback() {
    this.replaceChildren(
      h(
        "form",
        { class: "key-form", novalidate: true, onsubmit: (/** @type {Event} */ event) => this.#send(event) },
        h(
          "div",
          { class: "form-grid" },
          field("Owner", this.#owner, "Whose jobs and data it can see and create"),
          field("Name", this.#name, "What it is for"),
          h("div", { class: "field" }, h("label", { for: "key-end" }, "Expires"), this.#end),
        ),
        h("fieldset", { class: "scopes" }, h("legend", {}, "Scopes"), SCOPES.map(([scope, words], i) => h("label", { for: `key-scope-${scope}` }, this.#scopes[i], h("span", {}, h("strong", {}, scope), h("span", { class: "quiet" }, ` ${words}`))))),
        h("div", {}, this.#submit),
      ),
      this.#outcome,
    );
  }

  /** @param {Event} event */
  async #send(event) {
    event.preventDefault();
    const days = this.#end.value;
    const scopes = this.#scopes.filter((box) => box.checked).map((box) => box.value);
    const body = { owner: this.#owner.value.trim(), name: this.#name.value.trim(), scopes, ...(days ? { expires_in_days: Number(days) } : {}) };
    this.#submit.disabled = true;
    try {
      const made = await getJson("keys", { method: "POST", body });
      this.#showKey(made.key ?? "", body.owner);
      this.#name.value = "";
      this.onMade();
    } catch (error) {
      show(this.#outcome, notices(error));
    } finally {
      this.#submit.disabled = false;
    }
  }

  /**
   * @param {string} key
   * @param {string} owner
   */
  #showKey(key, owner) {
    show(
      this.#outcome,
      h(
        "div",
        { class: "fresh-key", role: "status" },
        h("p", {}, h("strong", {}, `Key for ${owner}. `), "Copy it now: it won't be shown again."),
        h("div", { class: "command" }, h("pre", { tabindex: "0", "aria-label": "The new key" }, h("code", {}, key)), copyButton("Copy", () => key)),
        h("p", {}, h("button", { type: "button", onclick: () => show(this.#outcome) }, "Done")),
      ),
    );
  }
}

/**
 * @param {string} name
 * @param {HTMLElement} input
 * @param {string} hint
 */
function field(name, input, hint) {
  return h("div", { class: "field" }, h("label", { for: input.id }, name), input, h("span", { class: "hint", id: `${input.id}-hint` }, hint));
}

customElements.define("new-key", NewKey);
