/**
 * Asks for an API key when the service wants one.
 * @module
 */

import { h, show } from "../lib/dom.js";

/** Be ready to ask. */
export function setUpKeyDialog() {
  addEventListener("pdarts:key-wanted", (event) => {
    const { accept, wasGiven } = /** @type {CustomEvent} */ (event).detail;
    open(accept, wasGiven);
  });
}

/**
 * @param {(key: string) => void} accept
 * @param {boolean} wasGiven whether a key was refused
 */
function open(accept, wasGiven) {
  const field = h("input", { id: "api-key", type: "password", autocomplete: "off", required: true, spellcheck: "false" });
  const take = (/** @type {Event} */ event) => {
    event.preventDefault();
    dialog.close();
    dialog.remove();
    accept(field.value.trim());
  };
  const dialog = h("dialog", { "aria-labelledby": "api-key-title", oncancel: (/** @type {Event} */ e) => e.preventDefault() });
  show(
    dialog,
    h(
      "form",
      { onsubmit: take },
      h("h2", { id: "api-key-title" }, "API key"),
      wasGiven && h("p", { class: "notice", role: "alert" }, "The service refused this key."),
      h("p", {}, "This service answers to those with a key. It stays in this tab and is forgotten with it."),
      h("label", { for: "api-key" }, "Key"),
      field,
      h("div", { class: "dialog-actions" }, h("button", { class: "primary" }, "Use this key")),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
